"""The page of operations before anything is known: its sections, lists and forms, in the order in which they are needed."""

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from casework.roles import Role
from dashboard.components.attributes import attributes
from dashboard.components.ops_grid import Column, grid
from dashboard.components.ops_people import password_rule
from dashboard.office_shell import ROLES
from dashboard.words import Words, mark
from db.passwords import MOST_CHARACTERS

LONGEST_NAME = 64

REASON_COLUMNS = (
    Column("source", mark("Feed"), 90),
    Column("reason", mark("Why it was not understood")),
    Column("letters", mark("Messages"), 100, figures=True),
    Column("oldest", mark("First one"), 150, figures=True),
    Column("newest", mark("Last one"), 150, figures=True),
)
LETTER_COLUMNS = (
    Column("number", mark("Number"), 110, figures=True),
    Column("received", mark("Received at"), 160, figures=True),
    Column("sequence", mark("Source's number"), figures=True),
)
LINK_COLUMNS = (
    Column("name", mark("Display")),
    Column("kind", mark("Kind"), 170),
    Column("made", mark("Made at"), 150, figures=True),
    Column("bound", mark("Opened at"), 150, figures=True),
    Column("seen", mark("Last seen"), 150, figures=True),
    Column("state", mark("State"), 220, figures=True),
)
ACCOUNT_COLUMNS = (
    Column("login", mark("Login"), 150),
    Column("name", mark("Person's name"), 150),
    Column("role", mark("Role"), 130),
    Column("unit", mark("Belongs to")),
    Column("seen", mark("Last seen"), 150, figures=True),
    Column("sessions", mark("Sessions"), 90, figures=True),
    Column("state", mark("State"), 230, figures=True),
)


def section(name: str, title: str, *parts: Component) -> Component:
    heading = f"{name}-title"
    return html.Section(
        [html.H2(title, id=heading), *parts],
        className="ops-section",
        **attributes(aria_labelledby=heading),
    )


def letters_section(words: Words) -> Component:
    return section(
        "ops-letters-section",
        words[mark("Messages that could not be understood")],
        html.P(
            words[mark("Their contents are personal data and are not shown. Mark a reason to see its messages.")],
            className="quiet",
        ),
        grid(
            "ops-reasons",
            REASON_COLUMNS,
            words,
            height="190px",
            empty=mark("Every message was understood."),
            many=False,
        ),
        html.Div(
            [
                _button("ops-retry-reason", words[mark("Retry all of this reason")]),
                _sure(
                    "ops-discard-reason",
                    words[mark("Discard all of this reason")],
                    words[mark("Discard all messages of this reason for good?")],
                ),
            ],
            className="ops-buttons",
        ),
        grid("ops-letters", LETTER_COLUMNS, words, height="230px", empty=mark("No reason is marked."), many=True),
        html.Div(
            [
                _button("ops-retry-marked", words[mark("Retry the marked ones")]),
                _sure(
                    "ops-discard-marked",
                    words[mark("Discard the marked ones")],
                    words[mark("Discard the marked messages for good?")],
                ),
            ],
            className="ops-buttons",
        ),
        said("ops-letters-told"),
    )


def links_section(words: Words) -> Component:
    return section(
        "ops-links-section",
        words[mark("Displays")],
        grid("ops-links", LINK_COLUMNS, words, height="230px", empty=mark("No display has a link."), many=False),
        html.Div(
            [
                _sure(
                    "ops-link-revoke",
                    words[mark("Take back the marked display's links")],
                    words[mark("Take back every link of this display? It goes dark within two seconds.")],
                )
            ],
            className="ops-buttons",
        ),
        html.Div(
            [
                _field("ops-link-name", words[mark("New link for the display")], most=LONGEST_NAME),
                _choice(
                    "ops-link-drives",
                    words[mark("Kind")],
                    {"": words[mark("wall")], "drives": words[mark("a tablet that chooses what all walls show")]},
                ),
                _button("ops-link-new", words[mark("Make a link")], main=True),
            ],
            className="ops-form",
        ),
        said("ops-links-told"),
    )


def accounts_section(words: Words) -> Component:
    return section(
        "ops-accounts-section",
        words[mark("Accounts")],
        grid(
            "ops-accounts", ACCOUNT_COLUMNS, words, height="360px", empty=mark("There is no account yet."), many=False
        ),
        html.Div(
            [
                _sure(
                    "ops-account-disable",
                    words[mark("Disable")],
                    words[mark("Disable the marked account and show its person out?")],
                ),
                _button("ops-account-enable", words[mark("Enable")]),
                _button("ops-account-out", words[mark("End its sessions")]),
                _field("ops-account-new-password", words[mark("New password")], secret=True),
                _button("ops-account-password", words[mark("Set password")]),
            ],
            className="ops-form",
        ),
        said("ops-accounts-told"),
        html.H3(words[mark("Add an account")]),
        html.Div(
            [
                _field("ops-add-login", words[mark("Login")], most=32),
                _field("ops-add-name", words[mark("Person's name")], most=LONGEST_NAME),
                _choice(
                    "ops-add-role",
                    words[mark("Role")],
                    {"": words[mark("choose")], **{role.value: words[ROLES[role]] for role in Role}},
                ),
                _labelled(
                    "ops-add-unit",
                    words[mark("Belongs to")],
                    dcc.Input(
                        id="ops-add-unit",
                        type="text",
                        value="",
                        list="ops-add-units",
                        placeholder=words[mark("the county centre")],
                    ),
                ),
                html.Datalist(id="ops-add-units"),
                _field("ops-add-password", words[mark("Password")], secret=True),
                _button("ops-add", words[mark("Add")], main=True),
            ],
            className="ops-form",
        ),
        html.P(password_rule(words), className="quiet"),
        said("ops-added-told"),
    )


def said(name: str) -> Component:
    """Where it is told what came of something."""
    return html.Div(id=name, className="ops-said", role="status")


def _button(name: str, word: str, *, main: bool = False) -> Component:
    return html.Button(word, id=name, type="button", className="main" if main else "")


def _sure(name: str, word: str, question: str) -> Component:
    """A button that asks before it does what can't be undone."""
    return dcc.ConfirmDialogProvider(html.Button(word, type="button"), id=name, message=question)


def _field(name: str, word: str, *, secret: bool = False, most: int = MOST_CHARACTERS) -> Component:
    """A browser that keeps passwords must not offer to keep, or fill in, other people's."""
    entry = dcc.Input(
        id=name,
        type="password" if secret else "text",
        value="",
        maxLength=most,
        autoComplete="new-password" if secret else "off",
    )
    return _labelled(name, word, entry)


def _choice(name: str, word: str, options: Mapping[str, str]) -> Component:
    """One of a few, with the browser's own control; what is chosen is the data of the store NAME-chosen, put there by ops.js.

    Dash's own lists hold boxes inside options and have no name, which a screen reader can't tell.
    """
    offered = [html.Option(label, value=value) for value, label in options.items()]
    chosen = dcc.Store(id=f"{name}-chosen", data=next(iter(options)))
    return html.Div([_labelled(name, word, html.Select(offered, id=name, className="ops-choice")), chosen])


def _labelled(name: str, word: str, entry: Component) -> Component:
    return html.Div([html.Label(word, htmlFor=name), entry], className="ops-field")
