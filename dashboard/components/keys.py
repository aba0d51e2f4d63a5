"""The help that `?` opens: which key does what, on the page it was asked for."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.words import Words, mark

Key = tuple[str, str]
"""A key and the message id of what it does."""

HELP = "help"
OPEN = "help-open"


def opener(words: Words) -> Component:
    return html.Button("?", id=OPEN, type="button", **attributes(aria_label=words[mark("Keys")]))


def help_dialog(keys: Sequence[Key], words: Words) -> Component:
    """`assets/office.js` opens it; Esc and its button close it, and the focus goes back to where it was."""
    rows = [html.Tr([html.Td(html.Kbd(key)), html.Td(words[msgid])]) for key, msgid in keys]
    half = (len(rows) + 1) // 2  # beside each other: all of it is seen at once
    return html.Dialog(
        [
            html.H2(words[mark("Keys")], id=f"{HELP}-title"),
            html.Div(
                [html.Table(html.Tbody(part)) for part in (rows[:half], rows[half:]) if part], className="help-keys"
            ),
            html.Form(html.Button(words[mark("Close")], type="submit"), method="dialog"),
        ],
        id=HELP,
        className="desk-dialog",
        **attributes(aria_labelledby=f"{HELP}-title"),
    )
