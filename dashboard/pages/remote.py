"""The page of a tablet in the hall: what all walls show now and for how long, and the buttons that put something else on them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson
from dash import html
from dash.development.base_component import Component

from dashboard.auth import LIVE_PATH, REMOTE_PATH, STAGE_PATH
from dashboard.components.attributes import attributes
from dashboard.components.scenes import SCENES
from dashboard.live.remote import HELD_FOR
from dashboard.pages.wall import Turn
from dashboard.words import Words, script_words

PATH = REMOTE_PATH
_MINUTE: Final = timedelta(minutes=1)


def layout(centre_name: str, plan: Sequence[Turn], language: str, words: Words) -> Component:
    """`plan` is the walls' own order of scenes."""
    t = words.__getitem__
    told = {"language": language, **script_words(words)}
    return html.Div(
        [
            html.Header([html.H1(t("What the walls show")), html.P(centre_name)]),
            _now(words),
            _choice(plan, words),
        ],
        id="remote",
        className="remote",
        lang=language.replace("_", "-"),
        **attributes(
            data_live=LIVE_PATH,
            data_stage=STAGE_PATH,
            data_plan=orjson.dumps([turn._asdict() for turn in plan]).decode(),
            data_held_for=str(HELD_FOR // timedelta(milliseconds=1)),
            data_words=orjson.dumps(told).decode(),
        ),
    )


def _now(words: Words) -> Component:
    """What is on, why and for how long, and the three steps from it. Script fills it."""
    t = words.__getitem__
    return html.Section(
        [
            html.H2(t("On the walls now")),
            html.P("—", id="remote-now", className="remote-now"),
            html.P(id="remote-state", className="remote-state", role="status"),
            html.Div(html.I(id="remote-rest"), className="remote-bar"),
            html.Div(
                [
                    _button("remote-previous", t("Previous")),
                    _button("remote-hold", t("Hold this one"), aria_pressed="false"),
                    _button("remote-next", t("Next")),
                ],
                className="remote-steps",
            ),
        ]
    )


def _choice(plan: Sequence[Turn], words: Words) -> Component:
    t = words.__getitem__
    held = t("It stays for {minutes} minutes; then the walls go on with their plan.").format(
        minutes=HELD_FOR // _MINUTE
    )
    scenes = [
        html.Button(
            [html.B(words[SCENES[turn.scene]]), html.Span(className="remote-turn")],
            type="button",
            className="remote-button remote-scene",
            **attributes(data_scene=turn.scene),
        )
        for turn in plan
    ]
    return html.Section(
        [html.H2(t("Put one on all walls")), html.Div(scenes, className="remote-scenes"), html.P(held)],
    )


def _button(key: str, label: str, **told: str) -> Component:
    return html.Button(label, id=key, type="button", className="remote-button", **attributes(**told))
