"""The video wall, scene 1: everything at a glance. The layout holds words and room, never data: a script fills it."""

import orjson
from dash import html
from dash.development.base_component import Component

from casework.vocabulary import Feed
from dashboard.auth import LIVE_PATH
from dashboard.components.attributes import attributes
from dashboard.components.headline import figure
from dashboard.components.panel import listing, panel
from dashboard.words import FEEDS, FEEDS_SHORT, Words, script_words

PATH = "/wall"


def layout(centre_name: str, language: str, words: Words) -> Component:
    told = {"language": language, **script_words(words)}
    return html.Div(
        [
            _masthead(centre_name, words),
            _headline(words),
            html.Div([*_lanes(words), _side(words)], className="stage"),
            html.Div(
                listing("townships", kind="townships"),
                id="townships",
                className="foot",
            ),
        ],
        id="wall",
        className="wall",
        lang=language.replace("_", "-"),
        **attributes(
            data_state="waiting",
            data_live=LIVE_PATH,
            data_words=orjson.dumps(told).decode(),
        ),
    )


def _masthead(centre_name: str, words: Words) -> Component:
    t = words.__getitem__
    return html.Header(
        [
            html.H1(centre_name),
            html.Div(
                [
                    html.Nav(
                        html.Span(
                            t("Overview"),
                            className="scene",
                            **attributes(aria_current="page"),
                        )
                    ),
                    html.Div([_lamp(feed, words) for feed in Feed], className="lamps"),
                    html.Div(role="alert", id="banner", className="banner"),
                ],
                className="masthead-middle",
            ),
            html.Div(
                [html.Span(id="date"), html.Span("--:--:--", id="time")],
                className="clock",
            ),
        ],
        className="masthead",
    )


def _lamp(feed: Feed, words: Words) -> Component:
    return html.Span(
        [
            html.Span(className="lamp-light", **attributes(aria_hidden="true")),
            html.Span(words[FEEDS_SHORT[feed]]),
            html.Span(id=f"lamp-{feed}-note", className="lamp-note"),
        ],
        id=f"lamp-{feed}",
        className="lamp",
        **attributes(data_feed_state="unknown"),
    )


def _headline(words: Words) -> Component:
    t = words.__getitem__
    return html.Section(
        [
            figure("received", t("Received today")),
            figure("open", t("Open")),
            figure("due-soon", t("Due within 2 hours"), shape="yellow"),
            figure("overdue-count", t("Overdue"), shape="red"),
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
            [listing(f"lane-{feed}", kind="cards")],
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
