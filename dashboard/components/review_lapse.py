"""The time-lapse of a period: what the script needs to draw each of its days without asking, and the room for it. Pure."""

from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component

from casework.review import By, PeriodKind, Review
from dashboard.components.attributes import attributes
from dashboard.components.review_words import Telling, minute
from dashboard.live.frames import epoch_ms
from dashboard.words import mark

TITLES = {
    PeriodKind.WEEK: mark("The week, day by day"),
    PeriodKind.MONTH: mark("The month, day by day"),
    PeriodKind.QUARTER: mark("The quarter, day by day"),
}


def lapse(review: Review, telling: Telling) -> Component:
    """Closed until it is asked for; its rows and its slider are the script's (`assets/review-lapse.js`)."""
    words = telling.words
    data = orjson.dumps(lapse_data(review, telling)).decode()
    return html.Section(
        [
            html.Div(
                [
                    html.H2(words[TITLES[review.name.kind]], id="review-lapse-title"),
                    html.Button(words[mark("Close")], type="button", id="review-lapse-close"),
                ],
                className="review-card-head",
            ),
            html.Div(
                [
                    html.Button(words[mark("Play")], type="button", id="review-play", className="main"),
                    html.Div(id="review-slider", **attributes(data_label=words[mark("Day")])),
                ],
                className="review-lapse-bar",
            ),
            html.P(id="review-lapse-told", className="review-lapse-told figures", role="status"),
            html.Div(id="review-lapse-rows", className="review-lapse-rows"),
        ],
        id="review-lapse",
        className="review-card review-lapse",
        hidden=True,
        **attributes(aria_labelledby="review-lapse-title", data_lapse=data, data_key=review.fingerprint),
    )


def lapse_data(review: Review, telling: Telling) -> dict[str, Any]:
    """`names` by township, and for each day its label, its counts, and the points and rank of each township (or null).
    `possible`: the points a score can reach."""
    possible = sum(term.weight for term in review.rules.terms.values())
    return {
        "names": {each.line.code: telling.name(By.TOWNSHIP, each.line.code) for each in review.townships},
        "possible": float(possible),
        "days": [
            {
                "at": epoch_ms(each.at),
                "told": minute(each.at, telling.words, deadline=True),
                "given": each.given,
                "overdue": each.overdue_open,
                "rows": {code: [each.points.get(code), each.ranks.get(code)] for code in each.points},
            }
            for each in review.lapse
        ],
    }
