"""What an objection is worth is what the review says once it was upheld, and before."""

from typing import Any

from casework.contested import Change, change_of
from casework.indicators import Indicator, Period, UnitSpan
from casework.review import Line, Ranked, Review, Tally
from casework.scoring import Tallied, Unranked, ranking
from casework.weighing import Places
from tests.dashboard.offices import county
from tests.dashboard.reviews import RULES, review
from tests.records import at

TOWNSHIPS = {each.centre: each.code for each in county().townships}
PLACES = Places(TOWNSHIPS, frozenset(), frozenset())
FIRST, SECOND = county().townships[:2]


def late(unit: str = SECOND.centre, excluded: bool = False) -> UnitSpan:
    """A span of the reviewed week that its unit signed for and finished too late."""
    fields: dict[str, Any] = {
        "case_id": 1, "number": 1, "unit_code": unit, "assigned_at": at("11-17 09:00"), "sign_due_at": at("11-17 10:00"),
        "contact_due_at": at("11-18 09:00"), "finish_due_at": at("11-19 00:00"), "signed_at": at("11-17 12:00"),
        "contacted_at": at("11-17 13:00"), "finished_at": at("11-20 09:00"), "ended_at": None, "excluded": excluded,
    }  # fmt: skip
    defaults: dict[str, Any] = dict.fromkeys(UnitSpan._fields) | UnitSpan._field_defaults
    return UnitSpan(**{**defaults, **fields})


def change(span: UnitSpan, told: Review | None = None) -> Change:
    found = change_of(told or review(), span, PLACES)
    assert found is not None
    return found


def without(told: Review, span: UnitSpan) -> Review:
    """The same review with the span's township counted by hand without it."""
    lost = {
        Indicator.SIGNED: Tally(0, 1), Indicator.CONTACTED: Tally(1, 1), Indicator.FINISHED: Tally(0, 1),
        Indicator.DATA: Tally(0, 1), Indicator.RETURNED: Tally(0, 1), Indicator.REPEATED: Tally(0, 1),
        Indicator.REDONE: Tally(0, 1), Indicator.CLOSED: Tally(1, 1), Indicator.CLOSED_ON_TIME: Tally(0, 1),
        Indicator.SETTLED_ACCEPTED: Tally(0, 0),
    }  # fmt: skip

    def less(line: Line) -> Line:
        taken = {
            indicator: Tally(
                tally.good - lost.get(indicator, Tally()).good, tally.total - lost.get(indicator, Tally()).total
            )
            for indicator, tally in line.tallies.items()
        }
        return line._replace(tallies=taken)

    lines = [less(each.line) if each.line.code == TOWNSHIPS[span.unit_code] else each.line for each in told.townships]
    stood = ranking({line.code: Tallied(line.tallies) for line in lines}, RULES)
    changed = [Ranked(line, stood[line.code], stood[line.code], None, ()) for line in lines]
    return told._replace(townships=tuple(changed))


def test_it_is_the_standing_of_the_township_with_the_span_and_without_it() -> None:
    told, span = review(), late()
    found = change(span)
    now = next(each.standing for each in told.townships if each.line.code == SECOND.code)
    then = next(each.standing for each in without(told, span).townships if each.line.code == SECOND.code)
    assert found == Change(SECOND.code, now, then)
    assert found.left_out.score is not None
    assert found.counted.score is not None
    assert found.left_out.score.points > found.counted.score.points


def test_of_a_span_that_is_left_out_already_the_review_is_what_it_would_be_without() -> None:
    told = review()
    upheld = without(told, late())
    found = change(late(excluded=True), upheld)
    assert found.left_out == next(each.standing for each in upheld.townships if each.line.code == SECOND.code)
    assert found.counted == next(each.standing for each in told.townships if each.line.code == SECOND.code)


def test_a_span_of_no_township_or_of_another_week_is_worth_nothing() -> None:
    assert change_of(review(), late(unit="U-DEPARTMENT"), PLACES) is None
    old = review()
    earlier = old.name.before().before()
    other = old._replace(period=Period(*earlier.period(old.period.at)))
    assert change_of(other, late(), PLACES) is None


def test_who_is_not_ranked_stays_so() -> None:
    few = review().townships[-2].line.code
    unit = next(centre for centre, code in TOWNSHIPS.items() if code == few)
    found = change(late(unit=unit))
    assert (found.counted.rank, found.left_out.rank) == (None, None)
    assert found.left_out.reason is Unranked.FEW_CASES
