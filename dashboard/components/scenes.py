"""The scenes of the wall: words and room, never data: a script fills them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import orjson
from dash import html
from dash.development.base_component import Component

from casework.vocabulary import Colour, Feed
from dashboard.components.attributes import attributes
from dashboard.components.headline import figure
from dashboard.components.panel import listing, panel
from dashboard.words import FEEDS, INDICATORS, Words, mark


class Scene(StrEnum):
    """What the wall can show."""

    OVERVIEW = "overview"
    LATE = "late"
    TOWNSHIPS = "townships"
    HEAT = "heat"


SCENES: Mapping[Scene, str] = {
    Scene.OVERVIEW: mark("Overview"),
    Scene.LATE: mark("Overdue assignments"),
    Scene.TOWNSHIPS: mark("Townships"),
    Scene.HEAT: mark("Heat map"),
}


def scene(kind: Scene, words: Words, county_map: Mapping[str, object]) -> Component:
    """One scene, hidden until its turn comes."""
    match kind:
        case Scene.OVERVIEW:
            return _room(kind, _overview(words))
        case Scene.LATE:
            return _room(kind, _late(words))
        case Scene.TOWNSHIPS:
            return _room(kind, _townships(words))
        case Scene.HEAT:
            return _room(kind, _heat(words), data_map=orjson.dumps(county_map).decode())


def _room(kind: Scene, content: Sequence[Component], **told: str) -> Component:
    return html.Section(
        [*content], id=f"scene-{kind}", className=f"scene-room scene-{kind}", hidden=True, **attributes(**told)
    )


def _overview(words: Words) -> list[Component]:
    return [
        _headline(words),
        html.Div([*_lanes(words), _side(words)], className="stage"),
        html.Div(listing("townships", kind="townships"), id="townships", className="foot"),
    ]


def _headline(words: Words) -> Component:
    t = words.__getitem__
    return html.Section(
        [
            figure("received", t("Received today")),
            figure("open", t("Open"), share=Colour.RED),
            figure("due-soon", t("Due within 2 hours")),
            figure("overdue-count", t("Overdue cases")),
            figure("closed", t("Closed today")),
            figure("on-time", t("On time this week")),
        ],
        id="headline",
        className="headline",
    )


def _lanes(words: Words) -> list[Component]:
    return [
        panel(
            f"lane-{feed}",
            words[FEEDS[feed]],
            [html.Div(id=f"lane-{feed}-counts", className="lane-counts"), listing(f"lane-{feed}", kind="cards")],
            kind="lane",
        )
        for feed in Feed
    ]


def _side(words: Words) -> Component:
    t = words.__getitem__
    return html.Div(
        [
            panel("overdue", t("Longest overdue"), [listing("overdue", kind="rows")]),
            panel(
                "inflow",
                t("Last 24 hours"),
                [
                    html.Div(id="inflow-chart", className="chart"),
                    html.Div(id="inflow-legend", className="legend"),
                ],
                kind="inflow",
            ),
        ],
        className="side",
    )


def _late(words: Words) -> list[Component]:
    t = words.__getitem__
    return [
        _title(t("Overdue assignments"), [html.Div(id="late-counts", className="late-counts")]),
        html.Div(
            [
                panel(
                    "late",
                    t("Overdue, unit by unit"),
                    [
                        listing("late", kind="late-rows"),
                        html.Div(id="late-pages", className="pages"),
                        html.Div(id="late-cases", className="note"),
                    ],
                    beside=[html.Span(id="late-total", className="note")],
                ),
                panel(
                    "upcoming",
                    t("Due in the next two hours"),
                    [listing("upcoming", kind="upcoming"), html.Div(id="upcoming-more", className="pages")],
                ),
            ],
            className="late-stage",
        ),
    ]


def _townships(words: Words) -> list[Component]:
    t = words.__getitem__
    labels = [
        t("Rank"),
        t("Township"),
        t("Score"),
        t("Given"),
        *(words[name] for name in INDICATORS.values()),
        t("Eight weeks"),
    ]
    period = [
        html.Span(id="ranking-week", className="ranking-week"),
        html.Span(id="ranking-period", className="note"),
        html.Span(t("the stroke on a bar is the target"), className="note ranking-target"),
        html.Div(id="ranking-aside", className="aside"),
    ]
    return [
        _title(t("Township performance"), period),
        html.Div([html.Span(label) for label in labels], className="rank-row rank-head"),
        listing("ranking", kind="rank-rows"),
        html.Footer(
            [
                html.Div(
                    [
                        html.B(t("Not ranked")),
                        html.Div(id="ranking-unranked-list", className="unranked-list"),
                        html.Span(id="ranking-unranked-page"),
                    ],
                    id="ranking-unranked",
                    className="unranked",
                    hidden=True,
                ),
                html.Div(id="ranking-key", className="note"),
                html.Div(id="ranking-basis", className="note"),
            ],
            className="ranking-foot",
        ),
    ]


def _heat(words: Words) -> list[Component]:
    t = words.__getitem__
    return [
        _title(t("Where trouble gathers"), [html.Span(id="heat-hot", className="note")]),
        html.Div(
            [
                panel(
                    "heat",
                    t("Open cases per 10,000 people"),
                    [html.Div(id="heat-map", className="map-room"), html.Div(id="heat-legend", className="legend")],
                ),
                panel("places", t("Township by township"), [html.Div(id="places-list", className="mix")]),
                html.Div(
                    [
                        panel("mix", t("What open cases are about"), [html.Div(id="mix-list", className="mix")]),
                        panel("rises", t("Risen beyond the usual this week"), [listing("rises", kind="rises")]),
                    ],
                    className="side",
                ),
            ],
            className="heat-stage",
        ),
    ]


def _title(title: str, beside: Sequence[Component]) -> Component:
    return html.Header([html.H2(title), *beside], className="scene-title")
