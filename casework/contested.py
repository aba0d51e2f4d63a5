"""What an objection is worth: how the townships stand with a contested span, and how without it. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from casework.indicators import Counted, Indicator, Tally, UnitSpan, outcomes
from casework.review import Review
from casework.scoring import Standing, Tallied, ranking
from casework.weighing import Places


class Change(NamedTuple):
    """How the township that a span counts for stands in a review: `counted` with the span, `left_out` without it."""

    township: str
    counted: Standing
    left_out: Standing


def change_of(review: Review, span: UnitSpan, places: Places) -> Change | None:
    """What upholding an objection to the span takes away, or refusing it gives back; `None` where the span counts for no
    township of the review, or for nothing in its period."""
    lines = {each.line.code: each.line.tallies for each in review.townships}
    township = places.townships.get(span.unit_code)
    told = outcomes(span, review.period, review.rules.visits, span.unit_code in places.local)
    if township not in lines or not told:
        return None
    now = lines[township]
    other = _moved(now, told, 1 if span.excluded else -1)
    counted, left_out = (other, now) if span.excluded else (now, other)
    return Change(
        township,
        ranking(_tallied({**lines, township: counted}), review.rules)[township],
        ranking(_tallied({**lines, township: left_out}), review.rules)[township],
    )


def _moved(tallies: Mapping[Indicator, Tally], told: list[Counted], by: int) -> dict[Indicator, Tally]:
    """The counts with a span's own put in (1) or taken out (-1); never below nought, whatever came since they were counted."""
    moved = dict(tallies)
    for indicator, good, total in told:
        tally = moved[indicator]
        moved[indicator] = Tally(max(0, tally.good + by * good), max(0, tally.total + by * total))
    return moved


def _tallied(lines: Mapping[str, Mapping[Indicator, Tally]]) -> dict[str, Tallied]:
    return {code: Tallied(tallies) for code, tallies in lines.items()}
