"""The review's page as a whole: where each part stands. Pure; what it is made of is in the other `review_` modules."""

from datetime import datetime
from typing import NamedTuple

from dash import dcc, html
from dash.development.base_component import Component

from casework.review import PeriodName, Review
from dashboard.components import review_head as head
from dashboard.components import review_lists as lists
from dashboard.components import review_notes as notes
from dashboard.components import review_sheet as sheets
from dashboard.components.attributes import attributes
from dashboard.components.review_ask import PATH, address
from dashboard.components.review_lapse import lapse
from dashboard.components.review_table import ranking
from dashboard.components.review_unit import picked_unit, unit
from dashboard.components.review_words import NOT_BEGUN, Telling
from dashboard.words import Words, mark


class Drawn(NamedTuple):
    """What is drawn anew with every review: the title, the ways to others, and all below."""

    title: list[Component]
    ways: list[Component]
    main: list[Component]


def frame(words: Words, *, may_export: bool, may_meet: bool) -> list[Component]:
    """Room for what is drawn, and what stays while it is drawn anew."""
    return [
        html.Div(
            id="review-progress",
            className="review-progress",
            role="progressbar",
            hidden=True,
            **attributes(aria_label=words[mark("The numbers are being read")]),
        ),
        html.Header(
            [
                html.Div(id="review-title", className="review-title"),
                head.controls(words, may_export=may_export, may_meet=may_meet),
            ],
            className="review-head",
        ),
        html.Div(id="review-meeting-panel"),
        html.Div(id="review-main", className="review-main"),
        html.Aside(
            [
                html.Div(
                    [
                        html.H2(id="review-drawer-title", tabIndex=-1),
                        html.Button(words[mark("Close")], type="button", id="review-drawer-close"),
                    ],
                    className="review-card-head",
                ),
                html.Div(id="review-drawer-body", className="review-drawer-body"),
            ],
            id="review-drawer",
            className="review-drawer",
            hidden=True,
            **attributes(aria_labelledby="review-drawer-title"),
        ),
    ]


def drawn(review: Review, number: int, wanted: str | None, telling: Telling, who: str, now: datetime) -> Drawn:
    """`number`: of the answer, so that the script knows its own; `wanted`: the township that was picked; `who` looks, `now`."""
    picked = picked_unit(review, wanted, telling)
    if review.period.at < review.period.start:
        return Drawn(
            head.title(review, telling), head.ways(review, telling, now), _not_begun(review, number, telling, now)
        )
    main = [
        head.marker(review, number, picked),
        lapse(review, telling),
        html.Div(
            [
                html.Div(
                    [
                        ranking(review, telling, picked),
                        lists.rises(review, telling),
                        sheets.composition(review, telling),
                    ],
                    className="review-column",
                ),
                html.Div(
                    [
                        html.Section(
                            unit(review, picked, telling),
                            id="review-unit-panel",
                            className="review-card review-unit",
                            **attributes(aria_labelledby="review-unit-title"),
                        ),
                        notes.decisions(review, telling),
                        lists.hot_spots(review, telling),
                        lists.repeats(review, telling),
                        notes.objections(review, telling),
                    ],
                    className="review-column",
                ),
            ],
            className="review-room",
        ),
        sheets.sheet(review, telling),
        sheets.process(review, telling),
        html.Div(
            [
                html.Div([sheets.departments(review, telling)], className="review-column"),
                html.Div([sheets.handling(review, telling), notes.court(review, telling)], className="review-column"),
            ],
            className="review-room review-even",
        ),
        notes.definitions(review, telling),
        notes.foot(review, telling),
        notes.watermark(review, who, now, telling),
        head.as_of_dialog(review, telling, now),
        head.export_dialog(review, telling),
    ]
    return Drawn(head.title(review, telling), head.ways(review, telling, now), main)


def _not_begun(review: Review, number: int, telling: Telling, now: datetime) -> list[Component]:
    """A sentence in place of tables full of noughts; what lies in the head goes on to work."""
    words, running = telling.words, PeriodName.holding(now, review.name.kind)
    way = dcc.Link(
        words[mark("To the one that runs")],
        href=address(running, None, telling.search),
        className="button review-within",
    )
    return [
        head.marker(review, number, ""),
        lapse(review, telling),
        html.Div([html.P(words[NOT_BEGUN[review.name.kind]]), way], className="review-card"),
        head.as_of_dialog(review, telling, now),
        head.export_dialog(review, telling),
    ]


def nothing(sentence: str, number: int, telling: Telling) -> Drawn:
    """What can't be shown, and the way to what can. `number`: of the answer."""
    words = telling.words
    way = dcc.Link(
        words[mark("To this week's review")], href=f"{PATH}{telling.search}", className="button review-within"
    )
    return Drawn(
        [html.H1(words[mark("Weekly review")])],
        [],
        [
            html.Div(id="review-shown", hidden=True, **attributes(data_n=str(number))),
            html.Div([html.P(sentence), way], className="review-card"),
        ],
    )
