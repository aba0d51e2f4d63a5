"""The meeting's panel over the review: its bar, the buttons of the walls, and the form of a decision. Pure.

All of it stays while what it tells is drawn anew (`meeting_lists`); a script opens and closes it (`assets/meeting.js`).
"""

from collections.abc import Sequence
from typing import Final

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from casework.county import County
from casework.roles import Account, Right
from dashboard.components.attributes import attributes
from dashboard.components.scenes import SCENES
from dashboard.pages.wall import Turn
from dashboard.words import Words, mark

STORES: Final = ("meeting-ask", "meeting-told")
SHEETS: Final = (
    ("decide", mark("Charge a unit")),
    ("decided", mark("This meeting's decisions")),
    ("earlier", mark("Earlier decisions")),
    ("objections", mark("Objections")),
)
"""What opens below the bar, one at a time: by name, with its button's text."""


def panel(account: Account, county: County, plan: Sequence[Turn], words: Words) -> Component:
    """Closed, until the button `review-meeting` opens it."""
    return html.Section(
        [
            html.Div(
                [
                    html.Div(id="meeting-state", className="meeting-state"),
                    walls(plan, words) if account.may(Right.DRIVE) and plan else None,
                    _openers(words),
                ],
                className="meeting-bar",
            ),
            html.P("", id="meeting-said", className="meeting-said", role="status"),
            *(_sheet(name, parts) for name, parts in _sheets(county, words)),
            *(dcc.Store(id=name) for name in STORES),
        ],
        id="meeting",
        className="meeting",
        hidden=True,
        **attributes(
            aria_label=words[mark("Meeting")],
            data_plan=orjson.dumps([turn._asdict() for turn in plan]).decode(),
        ),
    )


def walls(plan: Sequence[Turn], words: Words) -> Component:
    """A button for each scene of the walls' plan, and one that lets them turn by themselves again."""
    scenes = [_wall(turn.scene, words[SCENES[turn.scene]]) for turn in plan]
    return html.Div(
        [
            html.Div(
                [*scenes, _wall("", words[mark("By themselves")])],
                className="meeting-scenes",
                role="group",
                **attributes(aria_label=words[mark("On the walls")]),
            ),
            html.P("", id="meeting-wall", className="meeting-wall figures", role="status"),
        ],
        className="meeting-walls",
    )


def _wall(scene: str, name: str) -> Component:
    return html.Button(name, type="button", **attributes(data_scene=scene, aria_pressed="false"))


def _openers(words: Words) -> Component:
    buttons = [
        html.Button(
            [words[title], html.Span("", className="meeting-count figures")],
            type="button",
            **attributes(data_sheet=name, aria_expanded="false", aria_controls=f"meeting-{name}"),
        )
        for name, title in SHEETS
    ]
    return html.Div(buttons, className="meeting-openers", role="group", **attributes(aria_label=words[mark("Meeting")]))


def _sheets(county: County, words: Words) -> list[tuple[str, list[Component]]]:
    form: list[Component] = [*units(county, words), *_charge(words)]
    drawn: list[tuple[str, list[Component]]] = [(name, [html.Div(id=f"meeting-{name}-told")]) for name, _ in SHEETS[1:]]
    return [("decide", form), *drawn]


def _sheet(name: str, parts: list[Component]) -> Component:
    return html.Div(parts, id=f"meeting-{name}", className="meeting-sheet", hidden=True)


def units(county: County, words: Words) -> list[Component]:
    """Whom one can charge with something: the townships, by their centres, and the departments; a button each."""
    townships = [(each.centre, each.name) for each in county.townships]
    departments = [(each.code, each.name) for each in county.departments]
    return [
        _group(words[mark("Townships and streets")], townships),
        _group(words[mark("Departments")], departments),
    ]


def _group(title: str, named: Sequence[tuple[str, str]]) -> Component:
    buttons = [
        html.Button(name, type="button", **attributes(data_unit=code, aria_pressed="false")) for code, name in named
    ]
    return html.Div(
        [html.H2(title), html.Div(buttons, className="meeting-units", role="group", **attributes(aria_label=title))]
    )


def _charge(words: Words) -> list[Component]:
    """By when, what, and about which case; the script adds the fields of a day and of a case, which Dash has no elements for."""
    return [
        html.H2(words[mark("Deadline")]),
        html.Div(
            id="meeting-days", className="meeting-days", role="group", **attributes(aria_label=words[mark("Deadline")])
        ),
        html.Div(
            [
                html.Label(words[mark("Matter")], htmlFor="meeting-matter"),
                html.Textarea(id="meeting-matter", rows=2, maxLength=200),
                html.Div(id="meeting-case-room", className="meeting-case-room"),
                html.Button(words[mark("Record it")], id="meeting-record", type="button", className="main"),
            ],
            className="meeting-matter",
        ),
    ]
