"""The video wall. The layout holds words and room for every scene, never data: a script fills it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from dash import html
from dash.development.base_component import Component

from casework.vocabulary import Feed
from dashboard import notices
from dashboard.auth import LIVE_PATH
from dashboard.components.attributes import attributes
from dashboard.components.scenes import SCENES, Scene, scene
from dashboard.words import FEEDS_SHORT, Words, mark, script_words

PATH = "/wall"


class Turn(NamedTuple):
    """How long a scene stays, in seconds."""

    scene: Scene
    seconds: float


def layout(
    centre_name: str, plan: Sequence[Turn], county_map: Mapping[str, object], language: str, words: Words
) -> Component:
    """`plan` is the order of the scenes; `county_map` what `components.county_map` describes."""
    told = {"language": language, **script_words(words)}
    return html.Div(
        [
            _masthead(centre_name, plan, words),
            *(scene(turn.scene, words, county_map) for turn in plan),
            _alert(words),
        ],
        id="wall",
        className="wall",
        lang=language.replace("_", "-"),
        **attributes(
            data_state="waiting",
            data_live=LIVE_PATH,
            data_plan=orjson.dumps([turn._asdict() for turn in plan]).decode(),
            data_feeds=orjson.dumps(list(Feed)).decode(),
            data_words=orjson.dumps(told).decode(),
            data_refused=orjson.dumps(list(zip(("zh-CN", "en"), notices.TAKEN_BACK, strict=True))).decode(),
        ),
    )


def _masthead(centre_name: str, plan: Sequence[Turn], words: Words) -> Component:
    tabs = [html.Span(words[SCENES[turn.scene]], id=f"tab-{turn.scene}", className="scene-tab") for turn in plan]
    return html.Header(
        [
            html.H1(centre_name),
            html.Div(
                [
                    html.Nav(tabs, className="scene-tabs"),
                    html.Span(id="held", className="held"),
                    html.Div(role="alert", id="banner", className="banner"),
                    html.Div([_lamp(feed, words) for feed in Feed], className="lamps"),
                ],
                className="masthead-middle",
            ),
            html.Div(
                [
                    html.Span(id="clock-fault", className="clock-fault"),
                    html.Span(id="date"),
                    html.Span("--:--:--", id="time"),
                ],
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


def _alert(words: Words) -> Component:
    """Room for a case that has turned red: what a wall may know of it, and no more."""
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className="mark", **attributes(data_colour="red")),
                    html.Span(words[mark("A case has turned red")]),
                ],
                className="alert-head",
            ),
            html.Div(id="alert-title", className="alert-title"),
            html.Div(id="alert-where", className="alert-where"),
            html.Div(
                [html.Span(id="alert-code"), html.Span(id="alert-since"), html.Span(id="alert-left")],
                className="alert-notes",
            ),
            html.Div(html.I(id="alert-rest", className="alert-rest"), className="alert-bar"),
        ],
        id="alert",
        className="alert",
        role="alert",
        hidden=True,
    )
