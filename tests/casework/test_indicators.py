"""A township's rates, against spans laid out by hand: which clocks ended in a week, and how."""

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.indicators import (
    FLOWS,
    NOTHING,
    ON_THE_WALL,
    WEEK,
    By,
    Figures,
    Indicator,
    Period,
    Rate,
    UnitSpan,
    VisitRule,
    figures,
    week_of,
    weeks_until,
)
from casework.vocabulary import Satisfaction
from dashboard.live.board import Board
from db.queries.wall import SpanRow, Work
from tests.casework.stories import RULES
from tests.records import at

MONDAY, NEXT_MONDAY, NOW = at("11-16 00:00"), at("11-23 00:00"), at("11-20 12:00")
WHOLE, RUNNING = Period(MONDAY, NEXT_MONDAY, NEXT_MONDAY + WEEK), Period(MONDAY, NEXT_MONDAY, NOW)
INSTANT, HOUR = timedelta(microseconds=1), timedelta(hours=1)
UNITS = {"U-1": "T-1", "U-2": "T-1", "U-3": "T-2"}
VISITS = VisitRule(
    frozenset({Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED}), False
)
EVERY_ANSWER = VISITS._replace(unanswered_counts=True)
# The three clocks: the rate, when it was done, when it was due.
CLOCKS = (
    (Indicator.SIGNED, "signed_at", "sign_due_at"),
    (Indicator.CONTACTED, "contacted_at", "contact_due_at"),
    (Indicator.FINISHED, "finished_at", "finish_due_at"),
)
by_clock = pytest.mark.parametrize(("rate", "done", "due"), CLOCKS)


def span(number: int = 1, /, **changes: Any) -> UnitSpan:
    """A span of last year, of which nothing counts in the week, with changes."""
    long_ago = MONDAY - timedelta(days=300)
    plain = UnitSpan(
        7, number, "U-1", long_ago, long_ago, long_ago, long_ago, long_ago, long_ago, long_ago, None, None, None, None,
        None, None,
    )  # fmt: skip
    return plain._replace(**changes)


def of(*spans: UnitSpan, period: Period = WHOLE, visits: VisitRule = VISITS, township: str = "T-1") -> Figures:
    return figures(spans, period, UNITS, visits)[township]


def counted(rate: Indicator, *spans: UnitSpan, period: Period = WHOLE, visits: VisitRule = VISITS) -> tuple[int, int]:
    found = of(*spans, period=period, visits=visits)
    others = [each for each in ON_THE_WALL if each is not rate and found.rates[each].all]
    assert not others, "nothing but this rate has anything to count"
    return found.rates[rate].numerator, found.rates[rate].denominator


def test_a_township_without_spans_has_no_rate_to_show() -> None:
    assert figures([], WHOLE, UNITS, VISITS) == {"T-1": NOTHING, "T-2": NOTHING}
    assert [rate.share for rate in NOTHING.rates.values()] == [None] * len(Indicator)
    assert of(span()) == NOTHING, "what lies outside the week is not in it"


@by_clock
@pytest.mark.parametrize(
    ("done_at", "due_at", "expected"),
    [
        ("11-17 09:00", "11-18 09:00", (1, 1)),  # in time
        ("11-18 09:00", "11-18 09:00", (1, 1)),  # at the very instant
        ("11-18 09:01", "11-18 09:00", (0, 1)),  # late
        (None, "11-18 09:00", (0, 1)),  # not done
        ("11-24 09:00", "11-18 09:00", (0, 1)),  # late, after the week: it ran out in it
        ("11-17 09:00", "11-30 09:00", (1, 1)),  # early: its clock ended now
        ("11-16 00:00", "11-30 09:00", (1, 1)),  # at the week's first instant
        ("11-15 23:59", "11-30 09:00", (0, 0)),  # before it
        ("11-23 00:00", "11-30 09:00", (0, 0)),  # at the first instant of the next
        (None, "11-16 00:00", (0, 1)),  # due at the first instant: it runs out just after
        (None, "11-15 23:59", (0, 0)),  # last week's
        ("11-16 09:00", "11-15 23:59", (0, 0)),  # ran out last week, whenever it was done
        (None, "11-23 00:00", (0, 0)),  # next week's
        (None, "11-30 09:00", (0, 0)),  # there is still time
    ],
)
def test_a_clock_counts_in_the_week_it_ended_in(
    rate: Indicator, done: str, due: str, done_at: str | None, due_at: str, expected: tuple[int, int]
) -> None:
    changed = {done: at(done_at) if done_at is not None else None, due: at(due_at)}
    still_asked = {} if done == "finished_at" else {"finished_at": None, "finish_due_at": at("11-30 00:00")}
    assert counted(rate, span(**changed, **still_asked)) == expected


@by_clock
def test_a_clock_that_ends_at_the_last_instant_of_a_week_is_in_that_week_and_no_other(
    rate: Indicator, done: str, due: str
) -> None:
    last = NEXT_MONDAY - INSTANT
    after = Period(NEXT_MONDAY, NEXT_MONDAY + WEEK, NEXT_MONDAY + WEEK)
    asked = {"finished_at": None, "finish_due_at": NEXT_MONDAY + 3 * WEEK}
    for changes, expected in (({done: last, due: NEXT_MONDAY + HOUR}, (1, 1)), ({done: None, due: last}, (0, 1))):
        ended = span(**(asked | changes))
        assert counted(rate, ended) == expected
        assert counted(rate, ended, period=after) == (0, 0)
        assert counted(rate, ended, period=WHOLE._replace(at=NEXT_MONDAY)) == expected


@by_clock
def test_what_has_not_happened_yet_does_not_count(rate: Indicator, done: str, due: str) -> None:
    asked = {"finished_at": None, "finish_due_at": NEXT_MONDAY + WEEK}
    met, late = span(**(asked | {done: NOW, due: NOW + HOUR})), span(**(asked | {done: None, due: NOW}))
    assert counted(rate, met, period=RUNNING) == (1, 1)
    assert counted(rate, met, period=RUNNING._replace(at=NOW - INSTANT)) == (0, 0)
    assert counted(rate, late, period=RUNNING) == (0, 0), "a deadline is kept up to its very instant"
    assert counted(rate, late, period=RUNNING._replace(at=NOW + INSTANT)) == (0, 1)


@by_clock
@pytest.mark.parametrize(("taken_away", "expected"), [(-INSTANT, (0, 0)), (timedelta(0), (0, 0)), (INSTANT, (0, 1))])
def test_a_span_taken_away_before_its_deadline_is_nobodys_failure(
    rate: Indicator, done: str, due: str, taken_away: timedelta, expected: tuple[int, int]
) -> None:
    asked = {"finished_at": None, "finish_due_at": NEXT_MONDAY + WEEK}
    held = span(**(asked | {done: None, due: NOW}), ended_at=NOW + taken_away)
    assert counted(rate, held) == expected


def test_what_a_unit_did_before_it_was_taken_away_stays_its_own() -> None:
    held = span(
        signed_at=NOW, sign_due_at=NOW + HOUR, ended_at=NOW + INSTANT, finished_at=None, finish_due_at=NOW + WEEK
    )
    assert counted(Indicator.SIGNED, held) == (1, 1)


@pytest.mark.parametrize(("paused_at", "expected"), [(NOW - HOUR, (0, 0)), (NOW, (0, 0)), (NOW + INSTANT, (0, 1))])
def test_a_finish_clock_that_stands_still_at_its_deadline_did_not_run_out(
    paused_at: datetime, expected: tuple[int, int]
) -> None:
    held = span(finished_at=None, finish_due_at=NOW, paused_at=paused_at)
    assert counted(Indicator.FINISHED, held) == expected


@pytest.mark.parametrize(("rate", "done", "due"), CLOCKS[:2])
def test_a_pause_holds_no_clock_but_the_finish(rate: Indicator, done: str, due: str) -> None:
    held = span(finished_at=None, finish_due_at=NOW, paused_at=MONDAY, **{done: None, due: NOW})
    assert counted(rate, held) == (0, 1)


@pytest.mark.parametrize(("rate", "done", "due"), CLOCKS[:2])
def test_with_the_work_done_nobody_is_asked_to_sign_or_to_speak_to_the_citizen(
    rate: Indicator, done: str, due: str
) -> None:
    before = {"finished_at": NOW - HOUR, "finish_due_at": NEXT_MONDAY}
    found = of(span(**before, **{done: None, due: NOW}))
    assert found.rates[rate].all == ()
    assert found.rates[Indicator.FINISHED].numerator == 1
    after = {"finished_at": NOW + HOUR, "finish_due_at": NEXT_MONDAY}
    assert of(span(**after, **{done: None, due: NOW})).rates[rate].denominator == 1


def visited(number: int = 1, /, **changes: Any) -> UnitSpan:
    found: dict[str, Any] = {"visited_at": NOW, "reached": True, "solved": True, "satisfaction": "satisfied"}
    return span(number, **(found | changes))


@pytest.mark.parametrize(
    ("changes", "solved", "satisfied"),
    [
        ({}, (1, 1), (1, 1)),
        ({"solved": False}, (0, 1), (1, 1)),
        ({"satisfaction": "very_satisfied"}, (1, 1), (1, 1)),
        ({"satisfaction": "basically_satisfied"}, (1, 1), (1, 1)),
        ({"satisfaction": "dissatisfied"}, (1, 1), (0, 1)),
        ({"satisfaction": "very_dissatisfied"}, (1, 1), (0, 1)),
        ({"reached": False, "solved": None, "satisfaction": None}, (0, 0), (0, 0)),
        ({"reached": None}, (0, 0), (0, 0)),
        ({"visited_at": None}, (0, 0), (0, 0)),
        ({"visited_at": MONDAY}, (1, 1), (1, 1)),
        ({"visited_at": MONDAY - INSTANT}, (0, 0), (0, 0)),
        ({"visited_at": NEXT_MONDAY}, (0, 0), (0, 0)),
        ({"solved": None}, (0, 0), (1, 1)),
        ({"satisfaction": None}, (1, 1), (0, 0)),
        ({"satisfaction": "unknown"}, (1, 1), (0, 0)),
    ],
)
def test_visits_that_reached_somebody_say_whether_it_was_solved_and_how_it_was_liked(
    changes: dict[str, Any], solved: tuple[int, int], satisfied: tuple[int, int]
) -> None:
    rates = of(visited(**changes)).rates
    assert (rates[Indicator.SOLVED].numerator, rates[Indicator.SOLVED].denominator) == solved
    assert (rates[Indicator.SATISFIED].numerator, rates[Indicator.SATISFIED].denominator) == satisfied


@pytest.mark.parametrize(
    "silent", [{"solved": None, "satisfaction": None}, {"solved": None, "satisfaction": "unknown"}]
)
def test_a_county_may_count_visits_that_do_not_say(silent: dict[str, Any]) -> None:
    rates = of(visited(1), visited(2, **silent), visited(3, reached=False, **silent), visits=EVERY_ANSWER).rates
    for indicator in (Indicator.SOLVED, Indicator.SATISFIED):
        assert rates[indicator] == Rate(((7, 1),), ((7, 1), (7, 2))), "not the one that reached nobody"


def test_which_answers_are_satisfied_is_configured() -> None:
    strict = VISITS._replace(satisfied=frozenset({Satisfaction.SATISFIED}))
    rates = of(visited(1), visited(2, satisfaction="basically_satisfied"), visits=strict).rates
    assert rates[Indicator.SATISFIED].share == Fraction(1, 2)


def test_a_visit_that_is_still_to_come_says_nothing() -> None:
    assert of(visited(visited_at=NOW + INSTANT), period=RUNNING) == NOTHING
    assert of(visited(visited_at=NOW), period=RUNNING).rates[Indicator.SOLVED].denominator == 1


def test_a_span_counts_for_the_township_of_the_unit_that_held_it() -> None:
    late = {"finished_at": None, "finish_due_at": NOW}
    spans = [span(number, unit_code=unit, **late) for number, unit in enumerate(("U-3", "U-9", "U-2", "U-1", "U-2"))]
    found = figures(spans, WHOLE, UNITS, VISITS)
    assert list(found) == ["T-1", "T-2"]
    assert found["T-1"].rates[Indicator.FINISHED].all == ((7, 2), (7, 3), (7, 4))
    assert found["T-2"].rates[Indicator.FINISHED].all == ((7, 0),)


def test_a_case_handed_over_counts_once_for_each_unit_that_answered_for_it() -> None:
    gave_back = span(1, unit_code="U-1", finished_at=None, finish_due_at=NOW, ended_at=NOW + HOUR)
    took_over = span(2, unit_code="U-3", finished_at=NOW + 2 * HOUR, finish_due_at=NOW + 3 * HOUR)
    found = figures([gave_back, took_over], WHOLE, UNITS, VISITS)
    assert found["T-1"].rates[Indicator.FINISHED] == Rate((), ((7, 1),))
    assert found["T-2"].rates[Indicator.FINISHED] == Rate(((7, 2),), ((7, 2),))


def test_spans_are_counted_in_the_week_they_were_given() -> None:
    moments = (MONDAY - INSTANT, MONDAY, NOW, NOW + INSTANT, NEXT_MONDAY - INSTANT, NEXT_MONDAY)
    spans = [span(number, assigned_at=moment) for number, moment in enumerate(moments)]
    assert of(*spans).given == ((7, 1), (7, 2), (7, 3), (7, 4))
    assert of(*spans, period=RUNNING).given == ((7, 1), (7, 2))


def test_the_spans_behind_a_rate_are_named_in_order() -> None:
    late = {"finished_at": NOW + INSTANT, "finish_due_at": NOW}
    in_time = {"finished_at": NOW, "finish_due_at": NOW}
    rate = of(span(3, **late), span(10, **in_time), span(2, **in_time), span(1, **late)).rates[Indicator.FINISHED]
    assert rate == Rate(good=((7, 2), (7, 10)), all=((7, 1), (7, 2), (7, 3), (7, 10)))
    assert rate.missed == ((7, 1), (7, 3))
    assert (rate.numerator, rate.denominator, rate.share) == (2, 4, Fraction(1, 2))


@pytest.mark.parametrize(
    ("moment", "start"),
    [
        (MONDAY, MONDAY),
        (NEXT_MONDAY - INSTANT, MONDAY),
        (at("11-16 07:59"), MONDAY),  # still Sunday in Greenwich
        (NEXT_MONDAY, NEXT_MONDAY),
        (at("01-01 00:00"), at("01-01 00:00") - timedelta(days=3)),
    ],
)
def test_a_week_begins_on_monday_at_local_midnight(moment: datetime, start: datetime) -> None:
    week = week_of(moment)
    assert week == Period(start, start + WEEK, moment)
    assert week.start.tzinfo is UTC


def test_weeks_follow_each_other_and_end_with_the_running_one() -> None:
    weeks = weeks_until(NOW, 8)
    assert len(weeks) == 8
    assert weeks[-1] == week_of(NOW) == RUNNING
    assert all(earlier.end == later.start for earlier, later in pairwise(weeks))
    assert {week.at for week in weeks} == {NOW}


def shares(
    *spans: UnitSpan, period: Period = WHOLE, local: frozenset[str] = frozenset()
) -> dict[Indicator, tuple[int, int]]:
    """Numerator and denominator of everything that has either, the wall's five left out."""
    rates = figures(spans, period, UNITS, VISITS, By.COUNTY, local).get("", NOTHING).rates
    counts = {indicator: (rate.numerator, rate.denominator) for indicator, rate in rates.items()}
    return {indicator: found for indicator, found in counts.items() if any(found) and indicator not in ON_THE_WALL}


GIVEN_NOW = {"assigned_at": NOW, "finished_at": None, "ended_at": None, "finish_due_at": NEXT_MONDAY}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"village": "V", "category": "noise"}, (1, 1)),
        ({"village": "V", "category": "99"}, (0, 1)),
        ({"village": None, "feed": "grid", "township": "T", "category": "noise"}, (0, 1)),
        ({"village": None, "feed": "police110", "township": "T", "category": "noise"}, (1, 1)),
        ({"village": None, "feed": "police110", "township": None, "category": "noise"}, (0, 1)),
    ],
)
def test_data_is_good_when_it_says_where_and_what(changes: dict[str, Any], expected: tuple[int, int]) -> None:
    assert shares(span(**GIVEN_NOW, **changes))[Indicator.DATA] == expected


def test_what_is_returned_is_set_against_what_was_given_in_the_same_period() -> None:
    long_held = span(1, ended_at=NOW, end_reason="returned", finished_at=None)
    assert shares(long_held) == {Indicator.RETURNED: (1, 0)}
    assert shares(long_held, span(2, **GIVEN_NOW))[Indicator.RETURNED] == (1, 1)
    assert shares(span(1, ended_at=NOW, end_reason="reassigned", finished_at=None)) == {}
    assert (
        shares(span(1, ended_at=NEXT_MONDAY, end_reason="returned", finished_at=None)).get(Indicator.RETURNED) is None
    )


@pytest.mark.parametrize("due", [NOW, NOW - HOUR])
def test_what_is_done_again_is_set_against_what_was_finished_in_time_or_late(due: datetime) -> None:
    finished = span(1, finished_at=NOW, finish_due_at=due)
    redone = span(2, ended_at=NOW, end_reason="redone")
    assert shares(finished, redone) == {Indicator.REDONE: (1, 1)}


def test_a_matter_that_came_again_counts_where_its_round_was_given() -> None:
    assert shares(span(1, **GIVEN_NOW), span(2, **GIVEN_NOW, again=True))[Indicator.REPEATED] == (1, 2)


@pytest.mark.parametrize(
    ("changes", "ended", "accepted"),
    [
        ({"result": "settled"}, (1, 1), (1, 1)),
        ({"result": "not_settled"}, (0, 1), (0, 1)),
        ({"result": None}, None, (0, 1)),
        ({"result": "settled", "signed_at": MONDAY - HOUR}, (1, 1), (1, 0)),
        ({"result": "settled", "category": "noise"}, None, None),
        ({"result": "settled", "category": "17"}, (1, 1), (1, 1)),
        ({"result": "settled", "finished_at": NEXT_MONDAY}, None, (0, 1)),
    ],
)
def test_mediations_are_counted_among_those_ended_and_among_those_accepted(
    changes: dict[str, Any], ended: tuple[int, int] | None, accepted: tuple[int, int] | None
) -> None:
    dispute = {"category": "02", "signed_at": NOW - HOUR, "finished_at": NOW, "finish_due_at": NEXT_MONDAY}
    found = shares(span(**(dispute | changes)))
    assert (found.get(Indicator.SETTLED_ENDED), found.get(Indicator.SETTLED_ACCEPTED)) == (ended, accepted)


def test_what_is_solved_at_a_village_is_set_against_all_that_is_solved() -> None:
    spans = [visited(1, unit_code="U-1"), visited(2, unit_code="U-2"), visited(3, unit_code="U-2", solved=False)]
    assert shares(*spans, local=frozenset({"U-2"}))[Indicator.LOCAL] == (1, 2)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("satisfied", (0, 1)), ("dissatisfied", (1, 1)), ("very_dissatisfied", (1, 1)), ("unknown", None), (None, None)],
)
def test_the_dissatisfied_are_those_who_say_so(answer: str | None, expected: tuple[int, int] | None) -> None:
    assert shares(visited(satisfaction=answer)).get(Indicator.DISSATISFIED) == expected


@pytest.mark.parametrize(
    ("changes", "closed", "on_time"),
    [
        ({}, (0, 1), (0, 1)),
        ({"finished_at": NOW + HOUR, "finish_due_at": NOW + HOUR}, (1, 1), (1, 1)),
        ({"finished_at": NOW + HOUR, "finish_due_at": NOW}, (1, 1), (0, 1)),
        ({"finished_at": NEXT_MONDAY, "finish_due_at": NEXT_MONDAY}, (0, 1), (0, 1)),
    ],
)
def test_what_was_given_in_a_period_is_closed_by_its_end_or_not(
    changes: dict[str, Any], closed: tuple[int, int], on_time: tuple[int, int]
) -> None:
    found = shares(span(**(GIVEN_NOW | changes)))
    assert (found[Indicator.CLOSED], found[Indicator.CLOSED_ON_TIME]) == (closed, on_time)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (1, 1)),
        ({"finish_due_at": NEXT_MONDAY}, (0, 1)),  # due at the period's very end
        ({"finish_due_at": NEXT_MONDAY - INSTANT}, (1, 1)),
        ({"paused_at": NOW}, (0, 1)),
        ({"paused_at": NOW + INSTANT}, (1, 1)),
        ({"finished_at": NEXT_MONDAY - INSTANT}, None),
        ({"finished_at": NEXT_MONDAY}, (1, 1)),
        ({"ended_at": NEXT_MONDAY - INSTANT}, None),
        ({"ended_at": NEXT_MONDAY}, (1, 1)),
        ({"assigned_at": NEXT_MONDAY}, None),
    ],
)
def test_what_stood_open_and_overdue_when_a_period_ended(
    changes: dict[str, Any], expected: tuple[int, int] | None
) -> None:
    long_open = {"finished_at": None, "ended_at": None, "finish_due_at": NOW}
    assert shares(span(**(long_open | changes))).get(Indicator.OVERDUE_OPEN) == expected


def test_a_running_period_is_told_apart_as_it_stands() -> None:
    long_open = span(finished_at=None, finish_due_at=NOW)
    assert shares(long_open, period=RUNNING)[Indicator.OVERDUE_OPEN] == (0, 1), "kept up to its very instant"
    later = RUNNING._replace(at=NOW + INSTANT)
    assert shares(long_open, period=later)[Indicator.OVERDUE_OPEN] == (1, 1)
    assert shares(span(finished_at=NOW + INSTANT, finish_due_at=NEXT_MONDAY), period=RUNNING) == {
        Indicator.OVERDUE_OPEN: (0, 1)
    }


@pytest.mark.parametrize(
    ("by", "codes"),
    [
        (By.COUNTY, {"": 3}),
        (By.TOWNSHIP, {"T-1": 2, "T-2": 0}),
        (By.UNIT, {"U-1": 2, "U-9": 1}),
        (By.VILLAGE, {"V": 2}),
        (By.CATEGORY, {"02": 1, "99": 2}),
        (By.FEED, {"": 1, "grid": 2}),
    ],
)
def test_one_function_tells_spans_apart_by_whatever_is_asked(by: By, codes: dict[str, int]) -> None:
    spans = [
        span(1, **GIVEN_NOW, village="V", category="02", feed="grid"),
        span(2, **GIVEN_NOW, feed="grid"),
        span(3, **GIVEN_NOW, village="V", unit_code="U-9"),
    ]
    found = figures(spans, WHOLE, UNITS, VISITS, by)
    assert {code: len(told.given) for code, told in found.items()} == codes


INSTANTS = st.integers(-30, 60).map(lambda number: MONDAY + number * timedelta(hours=6))
PERHAPS = st.none() | INSTANTS
SPANS = st.builds(
    UnitSpan, st.integers(1, 9), st.integers(1, 999), st.sampled_from(["U-1", "U-2", "U-3", "U-9"]), INSTANTS, INSTANTS,
    PERHAPS, INSTANTS, PERHAPS, INSTANTS, PERHAPS, PERHAPS, PERHAPS, PERHAPS, st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]), st.none() | st.sampled_from([each.value for each in Satisfaction]),
)  # fmt: skip
OF_THE_END = {Indicator.CLOSED, Indicator.CLOSED_ON_TIME, Indicator.OVERDUE_OPEN}  # how it stood when a period ended
COUNTY = st.lists(SPANS, max_size=40, unique_by=lambda each: (each.case_id, each.number))


def row(each: UnitSpan) -> SpanRow:
    """The span as the wall's board is told of it."""
    times = (each.finish_due_at, each.paused_at, None, each.finished_at, each.ended_at)
    return SpanRow(each.case_id, each.number, "holder", each.unit_code, *times)


@given(COUNTY, INSTANTS)
def test_the_rate_of_those_finished_in_time_is_the_headlines(spans: list[UnitSpan], moment: datetime) -> None:
    board = Board(RULES)
    board.fill(Work([], [row(each) for each in spans]), 1, MONDAY - 4 * WEEK)
    headline = board.overview(moment).headline
    everyone = dict.fromkeys((each.unit_code for each in spans), "T")
    rate = figures(spans, week_of(moment), everyone, VISITS).get("T", NOTHING).rates[Indicator.FINISHED]
    assert (rate.numerator, rate.denominator) == (headline.on_time, headline.should_finish)


@given(COUNTY, st.integers())
def test_weeks_count_every_clock_once_and_no_order_changes_them(spans: list[UnitSpan], seed: int) -> None:
    weeks = [figures(spans, week, UNITS, EVERY_ANSWER) for week in weeks_until(MONDAY + 9 * WEEK, 13)]
    whole = figures(
        spans, Period(weeks_until(MONDAY, 5)[0].start, MONDAY + 10 * WEEK, MONDAY + 10 * WEEK), UNITS, EVERY_ANSWER
    )
    for township, found in whole.items():
        assert sorted(key for week in weeks for key in week[township].given) == list(found.given)
        for indicator, rate in found.rates.items():
            if indicator in OF_THE_END:
                continue
            apart = [week[township].rates[indicator] for week in weeks]
            assert sorted(key for each in apart for key in each.all) == list(rate.all)
            assert sorted(key for each in apart for key in each.good) == list(rate.good)
            assert indicator in FLOWS or set(rate.good) <= set(rate.all)
            assert len(set(rate.all)) == len(rate.all)
    shuffled = list(spans)
    random.Random(seed).shuffle(shuffled)
    assert figures(shuffled, weeks_until(MONDAY, 1)[0], UNITS, VISITS) == figures(spans, week_of(MONDAY), UNITS, VISITS)
