from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.calendar import (
    FIRST_DAY,
    ONE_DAY,
    SHANGHAI,
    Calendar,
    Counted,
    day_number,
    end_of,
    last_day,
    local_day,
)

PLAIN = Calendar()
# The notice for 2027 is not out yet; this one is invented, as a county's file would tell it.
NOTICE = {
    date(2027, 1, 1): (False, "元旦"),
    date(2027, 1, 2): (True, "元旦"),
    date(2027, 1, 4): (False, "元旦"),
}
NEXT_YEAR = Calendar("with-2027", NOTICE, frozenset({2027}))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)


def ends(received: date, count: int, calendar: Calendar = PLAIN) -> tuple[date, bool]:
    due = calendar.due_after(noon(received), count, "working_day", "r")
    return last_day(due.at), due.provisional


@given(day=st.dates(date(1992, 1, 1), date(2100, 1, 1)), seconds=st.integers(0, 86_399))
def test_days_are_numbered_as_they_are_named(day: date, seconds: int) -> None:
    at = datetime.combine(day, time(), UTC) + timedelta(seconds=seconds)
    assert FIRST_DAY + day_number(at) * ONE_DAY == local_day(at)


@pytest.mark.parametrize(
    ("received", "count", "due"),
    [
        (date(2026, 2, 12), 5, date(2026, 2, 26)),  # Spring Festival 02-15..02-23, make-up workdays 02-14 and 02-28
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # the make-up Saturday itself
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 9, 29), 5, date(2026, 10, 12)),  # National Day 10-01..10-07, make-up workday 10-10
        (date(2026, 4, 30), 5, date(2026, 5, 11)),  # Labour Day 05-01..05-05, make-up workday 05-09
        (date(2026, 1, 1), 1, date(2026, 1, 4)),  # New Year's Day 01-01..01-03, make-up Sunday 01-04
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # make-up Sunday before the National Day
        (date(2026, 6, 18), 1, date(2026, 6, 22)),  # Dragon Boat Festival 06-19..06-21
        (date(2026, 11, 16), 5, date(2026, 11, 23)),  # an ordinary week
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # received on a Saturday
        (date(2025, 12, 31), 2, date(2026, 1, 5)),  # over the turn of a published year
        (date(2026, 12, 30), 1, date(2026, 12, 31)),  # the last published day
    ],
)
def test_working_days_end_where_the_state_council_says(received: date, count: int, due: date) -> None:
    assert ends(received, count) == (due, False)


def test_a_deadline_that_crosses_into_a_year_without_a_notice_is_provisional() -> None:
    assert ends(date(2026, 12, 30), 5) == (date(2027, 1, 7), True), "1 January is off by law, whatever the notice says"
    assert ends(date(2026, 12, 30), 5, NEXT_YEAR) == (date(2027, 1, 7), False)
    assert ends(date(2026, 12, 31), 1, NEXT_YEAR) == (date(2027, 1, 2), False), (
        "a make-up Saturday of the county's file"
    )


def test_a_provisional_deadline_is_counted_again_with_the_published_year() -> None:
    due = PLAIN.due_after(noon(date(2026, 12, 31)), 2, "working_day", "r")
    again = NEXT_YEAR.counted_again(due)
    assert (last_day(due.at), due.provisional) == (date(2027, 1, 5), True)
    assert (last_day(again.at), again.provisional) == (date(2027, 1, 5), False)
    assert (again.start, again.amount, again.unit, again.rule) == (due.start, 2, "working_day", "r")


def test_a_county_may_change_single_days() -> None:
    flood = Calendar("flood", {date(2026, 11, 21): (True, "抗洪抢险"), date(2026, 11, 23): (False, "校庆")})
    assert ends(date(2026, 11, 20), 1, flood) == (date(2026, 11, 21), False)
    assert ends(date(2026, 11, 20), 2, flood) == (date(2026, 11, 24), False)
    assert flood.day(date(2026, 11, 21)) == (True, "county", "抗洪抢险")


def test_a_day_is_over_at_its_local_midnight_or_at_the_close_of_business() -> None:
    assert end_of(date(2026, 11, 20)) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    office = Calendar(close=time(17, 30))
    due = office.due_after(noon(date(2026, 2, 12)), 5, "working_day", "r")
    assert due.at == datetime(2026, 2, 26, 9, 30, tzinfo=UTC)


def test_the_day_of_receipt_is_the_local_one() -> None:
    late_in_utc = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # 01:00 on Friday the 20th in Shanghai
    assert PLAIN.due_after(late_in_utc, 1, "working_day", "r").at == end_of(date(2026, 11, 23))
    assert PLAIN.due_after(late_in_utc, 1, "day", "r").at == end_of(date(2026, 11, 21))


def test_hours_and_minutes_run_round_the_clock() -> None:
    start = datetime(2026, 2, 17, 15, 0, tzinfo=UTC)
    assert PLAIN.due_after(start, 24, "hour", "r").at == datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
    assert PLAIN.due_after(start, 15, "minute", "r").at == datetime(2026, 2, 17, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(("amount", "unit"), [(1, "week"), (-1, "day"), (10**9, "working_day")])
def test_what_can_not_be_counted_is_refused(amount: int, unit: str) -> None:
    with pytest.raises(ValueError, match="expected at most"):
        PLAIN.due_after(noon(date(2026, 11, 20)), amount, unit, "r")


def test_the_count_says_of_every_day_why_it_counts_or_not() -> None:
    due = PLAIN.due_after(noon(date(2026, 4, 30)), 3, "working_day", "r")
    told = list(PLAIN.count(due))
    assert told[0] == Counted(date(2026, 4, 30), 0, False, "day 0")
    assert [(each.day.day, each.number, each.why) for each in told[1:]] == [
        (1, 0, "holiday"),
        (2, 0, "holiday"),
        (3, 0, "holiday"),
        (4, 0, "holiday"),
        (5, 0, "holiday"),
        (6, 1, "weekday"),
        (7, 2, "weekday"),
        (8, 3, "weekday"),
    ]
    assert list(PLAIN.count(PLAIN.due_after(noon(date(2026, 4, 30)), 3, "hour", "r"))) == []


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
counts = st.integers(1, 30)


@given(days, counts, st.sampled_from(["working_day", "day"]))
def test_the_count_ends_with_its_number_on_the_last_day(day: date, amount: int, unit: str) -> None:
    due = PLAIN.due_after(noon(day), amount, unit, "r")
    told = list(PLAIN.count(due))
    assert told[-1].day == last_day(due.at)
    assert (told[-1].number, told[-1].counts) == (amount, True)
    assert sum(each.counts for each in told) == amount


@given(days, counts, st.integers(0, 40), st.integers(0, 40))
def test_a_pause_takes_no_working_day_and_gives_none(day: date, amount: int, until: int, pause: int) -> None:
    due = PLAIN.due_after(noon(day), amount, "working_day", "r")
    stopped = noon(day) + timedelta(days=until)
    started = stopped + timedelta(days=pause)
    moved = PLAIN.moved(due, stopped, started)
    if stopped >= due.at:
        assert moved == due
        return
    left = PLAIN.working_days_between(local_day(stopped), last_day(due.at))
    assert PLAIN.working_days_between(local_day(started), last_day(moved.at)) == left
    assert moved.at >= due.at


def test_a_pause_moves_hours_by_its_length() -> None:
    start = noon(date(2026, 11, 20))
    due = PLAIN.due_after(start, 24, "hour", "r")
    moved = PLAIN.moved(due, start + timedelta(hours=3), start + timedelta(hours=10))
    assert moved.at == due.at + timedelta(hours=7)
