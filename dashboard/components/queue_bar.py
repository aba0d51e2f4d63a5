"""What stands above and over the queue: search, chips with counts, pickers, saved views, and the help. The script runs them."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from casework.county import County
from casework.roles import Account, Right, Role
from casework.vocabulary import ENDED, Colour, Feed, Status
from dashboard.components import actions, keys
from dashboard.components.attributes import attributes
from dashboard.components.queue_ask import LONGEST_TEXT
from dashboard.words import COLOURS, FEEDS_SHORT, STATUSES, Words, mark
from db.views import LONGEST_NAME

# What a chip asks for, by its key; each is the count of that name too (`queue_rows.counts`).
CHIPS = (
    ("open", mark("In hand")),
    ("overdue", mark("Overdue")),
    ("due_soon", mark("Within 2 h")),
    (Status.TO_ASSIGN.value, STATUSES[Status.TO_ASSIGN]),
    (Status.TO_SIGN.value, STATUSES[Status.TO_SIGN]),
    (Status.TO_REVIEW.value, STATUSES[Status.TO_REVIEW]),
    (Status.TO_VISIT.value, STATUSES[Status.TO_VISIT]),
    ("hot", mark("Many reports")),
)
STATES = (("open", mark("Still open")), ("ended", mark("Ended")), ("all", mark("Open and ended")))
KEYS = (
    ("/", mark("search")),
    ("j  k", mark("next, previous case")),
    ("↑ ↓ ← →", mark("move in the list; Tab leaves it")),
    ("Space", mark("mark for a bulk action; with Shift a range")),
    ("Enter", mark("open the whole case")),
    ("n", mark("show what is new")),
    ("Esc", mark("leave the search or a form; clear the marks")),
    ("?", mark("this help")),
)


def bar(county: County, account: Account, search: str, words: Words) -> Component:
    """`search`: of the address, which goes with every link."""
    matches = [_matches(search, words)] if account.may(Right.MATCHES) else []
    return html.Div(
        [
            html.Div(
                [
                    _search(words),
                    html.Div(
                        [*(_chip(key, words[msgid]) for key, msgid in CHIPS), *matches],
                        className="desk-chips",
                        role="group",
                    ),
                ],
                className="desk-bar-line",
            ),
            html.Div(
                [
                    *_pickers(county, words),
                    *_views(words),
                    html.Span(id="desk-ways", className="desk-ways"),
                    html.Div(
                        [
                            html.Span(id="desk-total", className="quiet figures", role="status"),
                            html.Span(id="desk-position", className="quiet figures"),
                            html.Button(id="desk-fresh", type="button", hidden=True),
                            keys.opener(words),
                        ],
                        className="desk-told",
                    ),
                ],
                className="desk-bar-line",
            ),
        ],
        className="desk-tools",
    )


def _search(words: Words) -> Component:
    return html.Form(
        [
            html.Label(words[mark("Search")], htmlFor="desk-text", className="unseen"),
            dcc.Input(
                id="desk-text",
                type="search",
                value="",
                maxLength=LONGEST_TEXT,
                autoComplete="off",
                placeholder=words[mark("code, words, place, phone")],
            ),
            html.Kbd("/", **attributes(aria_hidden="true")),
        ],
        id="desk-search",
        className="desk-search",
        role="search",
    )


def _chip(key: str, word: str) -> Component:
    return html.Button(
        [word, " ", html.Span(id=f"desk-count-{key}", className="figures")],
        type="button",
        className="chip",
        **attributes(data_chip=key, aria_pressed="false"),
    )


def _matches(search: str, words: Words) -> Component:
    """The way to what may be one matter, with how much of it waits."""
    number = html.Span(id="desk-count-matches", className="figures")
    return dcc.Link(
        [words[mark("Possible duplicates")], " ", number], href=f"/matches{search}", className="button chip"
    )


def _pickers(county: County, words: Words) -> list[Component]:
    open_statuses = [status for status in Status if status not in ENDED]
    return [
        _picker("townships", words[mark("All townships")], [(each.code, each.name) for each in county.townships]),
        _picker("feeds", words[mark("All sources")], [(feed.value, words[FEEDS_SHORT[feed]]) for feed in Feed]),
        _picker(
            "statuses", words[mark("All statuses")], [(each.value, words[STATUSES[each]]) for each in open_statuses]
        ),
        _picker(
            "colours", words[mark("All colours")], [(each.value, words[COLOURS[each]]) for each in reversed(Colour)]
        ),
        _select("state", words[mark("Open or ended")], [(code, words[msgid]) for code, msgid in STATES]),
    ]


def _picker(key: str, whole: str, options: Sequence[tuple[str, str]]) -> Component:
    """One of several; the first option leaves it open."""
    return _select(key, whole, [("", whole), *options])


def _select(key: str, label: str, options: Sequence[tuple[str, str]]) -> Component:
    return html.Select(
        [html.Option(word, value=code) for code, word in options],
        id=f"desk-{key}",
        **attributes(data_picks=key, aria_label=label),
    )


def _views(words: Words) -> list[Component]:
    return [
        html.Select(
            [html.Option(words[mark("Saved views")], value="")],
            id="desk-view",
            **attributes(aria_label=words[mark("Saved views")]),
        ),
        html.Button(words[mark("Save view")], id="desk-view-save", type="button", className="link"),
        html.Button(words[mark("Delete view")], id="desk-view-delete", type="button", className="link", hidden=True),
    ]


def dialogs(role: Role, words: Words) -> list[Component]:
    """Over the page, when asked for: the keys, and the name of a view to be saved."""
    return [
        keys.help_dialog([*KEYS, *actions.keys(role)], words),
        html.Dialog(
            html.Form(
                [
                    html.H2(words[mark("Save view")], id="desk-name-title"),
                    html.P(words[mark("Filters and order are kept, not what was searched by code or phone.")]),
                    html.Label(words[mark("Name")], htmlFor="desk-name"),
                    dcc.Input(id="desk-name", type="text", value="", maxLength=LONGEST_NAME, autoComplete="off"),
                    html.P(id="desk-name-said", className="late", role="alert"),
                    html.Div(
                        [
                            html.Button(words[mark("Save")], id="desk-name-save", type="submit", className="main"),
                            html.Button(words[mark("Cancel")], id="desk-name-cancel", type="button"),
                        ],
                        className="desk-bar-line",
                    ),
                ],
                id="desk-name-form",
            ),
            id="desk-name-dialog",
            className="desk-dialog",
            **attributes(aria_labelledby="desk-name-title"),
        ),
    ]
