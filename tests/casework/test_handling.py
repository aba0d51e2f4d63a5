"""How long work took: natural time, working hours, and no pause in either."""

import random
from datetime import datetime, time, timedelta

import pytest

from casework.calendar import Calendar
from casework.handling import Finished, WorkingTime, handling, spread, took
from casework.review import Spread
from tests.records import at

CALENDAR = Calendar()
HOUR = 3600.0


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("11-20 09:00", "11-20 11:30", 2.5),  # a Friday
        ("11-20 11:00", "11-20 15:30", 2.0),  # over noon
        ("11-20 07:00", "11-20 23:00", 7.0),
        ("11-20 17:00", "11-23 09:30", 2.0),  # over a weekend
        ("11-21 09:00", "11-22 17:00", 0.0),  # Saturday and Sunday
        ("02-13 17:00", "02-14 09:30", 2.0),  # a Saturday that is worked
        ("09-30 17:00", "10-08 09:30", 2.0),  # National Day, and the first working day after it
        ("11-20 23:00", "11-21 01:00", 0.0),  # over midnight
        ("12-31 17:30", "12-31 20:00", 0.5),
        ("11-20 12:00", "11-20 12:00", 0.0),
        ("11-20 12:00", "11-20 09:00", 0.0),  # told in the wrong order
    ],
)
def test_working_hours_are_those_of_working_days(start: str, end: str, hours: float) -> None:
    assert WorkingTime(CALENDAR).between(at(start), at(end)) == hours * HOUR


def test_working_time_is_counted_alike_in_whatever_order_it_is_asked_and_adds_up() -> None:
    rng, clock = random.Random(1), WorkingTime(CALENDAR)
    first = at("09-20 00:00")
    for _ in range(60):
        one, two, three = sorted(first + timedelta(minutes=rng.randrange(60_000)) for _ in range(3))
        whole = clock.between(one, three)
        assert whole == pytest.approx(clock.between(one, two) + clock.between(two, three))
        assert whole == WorkingTime(CALENDAR).between(one, three) == by_minutes(one, three)


def by_minutes(start: datetime, end: datetime) -> float:
    """Minute by minute, for stretches of whole minutes."""
    worked, minute = 0, start
    while minute < end:
        local = minute + timedelta(hours=8)
        if CALENDAR.day(local.date()).worked and (
            time(8, 30) <= local.time() < time(12) or time(14, 30) <= local.time() < time(18)
        ):
            worked += 60
        minute += timedelta(minutes=1) if local.time() != time(18) else timedelta(hours=14)
    return float(worked)


def finished(number: int, given: str, done: str, paused_seconds: int = 0) -> Finished:
    return Finished(number, 1, "A", at(given), at(done), paused_seconds)


def test_pauses_are_out_of_both_times() -> None:
    clock = WorkingTime(CALENDAR)
    paused = finished(2, "11-19 09:00", "11-20 11:00", 20 * 3600)
    stood = [(at("11-19 12:00"), at("11-20 08:00"))]
    told = handling([took(finished(1, "11-20 09:00", "11-20 11:00"), clock), took(paused, clock, stood)])
    assert told.natural == Spread(2, 4 * HOUR, 4 * HOUR, 6 * HOUR)
    # The afternoon of the 19th (3.5 hours) stood still: of the two mornings 3 and 2.5 hours are left.
    assert told.working == Spread(2, 3.75 * HOUR, 3.75 * HOUR, 5.5 * HOUR)
    assert handling([]) == (Spread(0), Spread(0))


def test_a_finish_told_from_before_the_assignment_took_no_time() -> None:
    assert took(finished(1, "11-20 11:00", "11-20 09:00"), WorkingTime(CALENDAR)) == (0.0, 0.0)


def test_parts_of_a_second_are_counted() -> None:
    start = at("11-20 09:00") + timedelta(microseconds=250_000)
    assert WorkingTime(CALENDAR).between(start, at("11-20 09:01")) == 59.75
    assert WorkingTime(CALENDAR).between(at("11-20 07:00"), start) == 1800.25


@pytest.mark.parametrize(("many", "p90"), [(1, 1), (9, 9), (10, 9), (11, 10), (20, 18)])
def test_nine_tenths_took_no_longer_than_p90(many: int, p90: int) -> None:
    seconds = [float(number) for number in range(1, many + 1)]
    random.Random(many).shuffle(seconds)
    assert spread(seconds) == Spread(many, (many + 1) / 2, (many + 1) / 2, p90)
