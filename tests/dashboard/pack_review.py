"""A review's pack made by hand, on the review of `tests.dashboard.reviews`: its spans, and texts that would run if they could."""

from datetime import UTC, datetime, timedelta
from typing import Final

from casework.indicators import Indicator
from casework.review import ObjectionState, Review
from casework.roles import Sight
from casework.vocabulary import Category, Feed
from dashboard.components.review_words import Telling
from dashboard.exports.pack import Pack
from db.queries.review_spans import SpanLine
from tests.dashboard.offices import county, languages
from tests.dashboard.reviews import AT, review

MADE_AT: Final = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
COUNTY_SIGHT: Final = Sight(whole_county=True, texts=True, persons=True)
FORMULA: Final = '=HYPERLINK("http://x.example","点我")&CHAR(7)\x07'


def pack_of(
    told: Review | None = None, language: str = "zh_CN", sight: Sight = COUNTY_SIGHT, made_by: str = "王主任"
) -> Pack:
    search = "?lang=en" if language == "en" else ""
    telling = Telling(county(), languages()[language], sight, search)
    return Pack(told or review(), telling, language, county().centre_name, made_by, MADE_AT)


def spans(many: int = 40) -> list[SpanLine]:
    """As many, spread over townships and days; every third late, the second excluded."""
    return [_span(number) for number in range(many)]


def _span(number: int) -> SpanLine:
    township = county().townships[number % 9]
    at = AT - timedelta(days=5, minutes=number)
    late = number % 3 == 0
    counted = frozenset({Indicator.SIGNED, Indicator.FINISHED, Indicator.CLOSED, Indicator.CLOSED_ON_TIME})
    missed = frozenset({Indicator.FINISHED, Indicator.CLOSED_ON_TIME}) if late else frozenset()
    return SpanLine(
        case_code=f"YC-20261116-{number + 1:05}",
        span=1 + number % 2,
        unit_code=township.centre,
        township=township.code,
        category=list(Category)[number % len(Category)].value,
        feed=list(Feed)[number % 3].value,
        assigned_at=at,
        sign_due_at=at + timedelta(hours=8),
        signed_at=at + timedelta(hours=1),
        contact_due_at=at + timedelta(days=1),
        contacted_at=None,
        finish_due_at=at + timedelta(days=3),
        finished_at=at + timedelta(days=4 if late else 2),
        ended_at=None,
        paused_seconds=5400 if number == 0 else 0,
        excluded=number == 1,
        objection=ObjectionState.OPEN if number == 3 else None,
        good=counted - missed,
        all=counted,
    )
