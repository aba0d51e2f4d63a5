"""The page of a tablet that chooses what all walls show: one large button a scene, and one that gives them back."""

from collections.abc import Sequence

import orjson
from dash import html
from dash.development.base_component import Component

from dashboard.auth import LIVE_PATH, REMOTE_PATH, STAGE_PATH
from dashboard.components.attributes import attributes
from dashboard.components.scenes import SCENES
from dashboard.pages.wall import Turn
from dashboard.words import Words, script_words

PATH = REMOTE_PATH


def layout(centre_name: str, plan: Sequence[Turn], language: str, words: Words) -> Component:
    """`plan` is the walls' own order of scenes."""
    t = words.__getitem__
    told = {"language": language, **script_words(words)}
    buttons = [_button(turn.scene, words[SCENES[turn.scene]]) for turn in plan]
    return html.Div(
        [
            html.Header([html.H1(t("What the walls show")), html.P(centre_name)]),
            html.Div([*buttons, _button("", t("One after the other"))], className="remote-buttons"),
            html.P(id="remote-state", className="remote-state", role="status"),
        ],
        id="remote",
        className="remote",
        lang=language.replace("_", "-"),
        **attributes(
            data_live=LIVE_PATH,
            data_stage=STAGE_PATH,
            data_words=orjson.dumps(told).decode(),
        ),
    )


def _button(scene: str, label: str) -> Component:
    return html.Button(
        label, type="button", className="remote-button", **attributes(data_scene=scene, aria_pressed="false")
    )
