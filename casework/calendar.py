"""Working days of the People's Republic: which days count, and when a number of them is over.

Days off and make-up workdays (调休) come from the `chinese_calendar` library, which follows the State Council's yearly
notice. A year without a notice yet is counted Monday to Friday and the result is marked provisional (暂定).
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
ONE_DAY: Final = timedelta(days=1)
FRIDAY: Final = 4
_ROUND_THE_CLOCK: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


class Due(NamedTuple):
    """A deadline. `provisional`: it rests on a year whose days off are not published yet."""

    at: datetime
    rule: str
    provisional: bool = False


@lru_cache(maxsize=4096)
def working_day(day: date) -> tuple[bool, bool]:
    """Whether `day` is worked, and whether that is provisional because its year is not published."""
    try:
        return chinese_calendar.is_workday(day), False
    except NotImplementedError:
        return day.weekday() <= FRIDAY, True


@lru_cache(maxsize=4096)
def after_working_days(day: date, count: int) -> tuple[date, bool]:
    """The `count`-th working day after `day` (which is day 0), and whether any day counted was provisional."""
    provisional = False
    while count > 0:
        day += ONE_DAY
        worked, guessed = working_day(day)
        provisional = provisional or guessed
        count -= worked
    return day, provisional


@lru_cache(maxsize=4096)
def end_of(day: date) -> datetime:
    """24:00 of `day` in Asia/Shanghai, the instant a deadline in days is over."""
    return datetime.combine(day + ONE_DAY, time(0), tzinfo=SHANGHAI).astimezone(UTC)


def local_day(at: datetime) -> date:
    """The Asia/Shanghai day of an instant."""
    return at.astimezone(SHANGHAI).date()


def due_after(at: datetime, amount: int, unit: str, rule: str) -> Due:
    """The instant `amount` units after `at`.

    Unit is "working_day" or "day" (both end at 24:00 of the last day), or "hour" or "minute" (round the clock).
    """
    if unit in _ROUND_THE_CLOCK:
        return Due(at + amount * _ROUND_THE_CLOCK[unit], rule)
    if unit == "day":
        return Due(end_of(local_day(at) + amount * ONE_DAY), rule)
    day, provisional = after_working_days(local_day(at), amount)
    return Due(end_of(day), rule, provisional)
