from datetime import UTC, date, datetime

import pytest

from casework.calendar import Due, after_working_days, due_after, end_of


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 2, 12), date(2026, 2, 26)),  # over the Spring Festival, with make-up workdays on 02-14 and 02-28
        (date(2026, 9, 29), date(2026, 10, 12)),  # over the National Day, with a make-up workday on 10-10
        (date(2026, 4, 30), date(2026, 5, 11)),  # over the Labour Day, with a make-up workday on 05-09
        (date(2026, 11, 16), date(2026, 11, 23)),  # an ordinary week
    ],
)
def test_five_working_days_end_where_the_state_council_says(received: date, due: date) -> None:
    assert after_working_days(received, 5) == (due, False)


def test_a_deadline_that_crosses_into_a_year_without_a_notice_is_provisional() -> None:
    day, provisional = after_working_days(date(2026, 12, 30), 5)
    assert provisional
    assert day == date(2027, 1, 6)


def test_a_deadline_on_the_last_published_day_is_not_provisional() -> None:
    assert after_working_days(date(2026, 12, 30), 1) == (date(2026, 12, 31), False)


def test_a_day_is_over_at_its_local_midnight() -> None:
    assert end_of(date(2026, 11, 20)) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def test_the_day_of_receipt_is_the_local_one() -> None:
    late_in_utc = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # 01:00 on Friday the 20th in Shanghai
    assert due_after(late_in_utc, 1, "working_day", "r") == Due(end_of(date(2026, 11, 23)), "r", False)
    assert due_after(late_in_utc, 1, "day", "r") == Due(end_of(date(2026, 11, 21)), "r", False)


def test_hours_and_minutes_run_round_the_clock() -> None:
    start = datetime(2026, 2, 17, 15, 0, tzinfo=UTC)
    assert due_after(start, 24, "hour", "r").at == datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
    assert due_after(start, 15, "minute", "r").at == datetime(2026, 2, 17, 15, 15, tzinfo=UTC)
