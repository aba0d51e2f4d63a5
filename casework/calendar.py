"""Working days of the People's Republic: which days count, when a number of them is over, and the count itself, day by day.

Days off and make-up workdays (调休) come from the `chinese_calendar` library, which follows the State Council's yearly
notice; a county's files may publish a later year or change single days. A year without a notice is counted Monday to
Friday, less the days that are off by law in every year, and what rests on it is provisional (暂定).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
ONE_DAY: Final = timedelta(days=1)
JUST_BEFORE: Final = timedelta(microseconds=1)
SATURDAY: Final = 5
MOST: Final = 10_000
UNITS: Final = ("working_day", "day", "hour", "minute")
INSTANT: Final = "instant"
# Off in every year by the national rules on public holidays (as of 2025), whatever a notice adds; lunar ones are left out.
_OFF_BY_LAW: Final = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_ROUND_THE_CLOCK: Final = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_LAST_IN_LIBRARY: Final = max(day.year for day in holidays)
_FIRST_IN_LIBRARY: Final = min(day.year for day in holidays)


class Due(NamedTuple):
    """A deadline and how it is counted: `amount` units after `start`. Unit "instant" is a date somebody gave.

    `provisional`: it rests on a year whose days off are not published yet.
    """

    at: datetime
    rule: str
    provisional: bool = False
    start: datetime | None = None
    amount: int = 0
    unit: str = INSTANT


class Day(NamedTuple):
    """Whether a day is worked, and why: "weekday", "weekend", "holiday", "make-up", "county" or "unpublished"."""

    worked: bool
    why: str
    name: str = ""

    @property
    def provisional(self) -> bool:
        return self.why == "unpublished"


class Counted(NamedTuple):
    """One day of a count: the day it begins on is number 0 ("day 0"); a day that does not count keeps the number before it."""

    day: date
    number: int
    counts: bool
    why: str
    name: str = ""


@dataclass(frozen=True, eq=False)
class Calendar:
    """One version of the calendar.

    `days` are the county's own: worked or not, and the name of the occasion. `published` are years whose notice those files
    hold. A day ends at `close` (Asia/Shanghai); `None` is 24:00.
    """

    version: str = f"state-council-{_LAST_IN_LIBRARY}"
    days: Mapping[date, tuple[bool, str]] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    close: time | None = None

    def day(self, day: date) -> Day:
        """What the calendar says of a day."""
        return _day(self, day)

    def first_known(self) -> int:
        """The first year whose days off are known."""
        first: int = _FIRST_IN_LIBRARY
        return first

    def last_published(self) -> int:
        """The last year whose days off are known."""
        last: int = _LAST_IN_LIBRARY
        return max((last, *self.published))

    def end_of(self, day: date) -> datetime:
        """The instant a deadline in days is over."""
        return _end_of(self, day)

    def due_after(self, start: datetime, amount: int, unit: str, rule: str) -> Due:
        """The deadline `amount` units after `start`.

        Units: "working_day" and "day" end with their last day, the day of `start` is day 0; "hour" and "minute" run round
        the clock. Raises `ValueError` for any other unit or more than `MOST` of it.
        """
        if unit in _ROUND_THE_CLOCK:
            return Due(start + amount * _ROUND_THE_CLOCK[unit], rule, False, start, amount, unit)
        if unit not in UNITS or not 0 <= amount <= MOST:
            raise ValueError(f"{amount} {unit}: expected at most {MOST} of {', '.join(UNITS)}")
        if unit == "day":
            return Due(_end_of(self, local_day(start) + amount * ONE_DAY), rule, False, start, amount, unit)
        day, provisional = _after(self, local_day(start), amount)
        return Due(_end_of(self, day), rule, provisional, start, amount, unit)

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after `first`, up to and with `last`; 0 when `last` is not after `first`."""
        return sum(self.day(first + number * ONE_DAY).worked for number in range(1, (last - first).days + 1))

    def count(self, due: Due) -> Iterator[Counted]:
        """The days of a deadline's count in order, each with the reason it counts or doesn't. Empty for clock hours."""
        if due.start is None or due.unit not in ("working_day", "day"):
            return
        day, last, number = local_day(due.start), last_day(due.at), 0
        yield Counted(day, 0, False, "day 0")
        while day < last:
            day += ONE_DAY
            told = self.day(day)
            counts = told.worked or due.unit == "day"
            number += counts
            yield Counted(day, number, counts, "natural" if due.unit == "day" else told.why, told.name)

    def moved(self, due: Due, stopped: datetime, started: datetime) -> Due:
        """`due` after its clock stood still from `stopped` to `started`: what was left then is left now.

        Days are left as whole days after the day it stopped on. A clock that had run out before it stopped stays as it was.
        """
        if due.at <= stopped or started <= stopped:
            return due
        if due.unit == "working_day":
            left = self.working_days_between(local_day(stopped), last_day(due.at))
            return self.due_after(started, left, due.unit, due.rule)
        if due.unit == "day":
            return self.due_after(started, (last_day(due.at) - local_day(stopped)).days, due.unit, due.rule)
        pause = started - stopped
        if due.unit == INSTANT and due.at == end_of(last_day(due.at)):
            pause = local_day(started) - local_day(stopped)  # a date, given as the end of a day, stays one
        return due._replace(at=due.at + pause, start=None, amount=0, unit=INSTANT)

    def counted_again(self, due: Due) -> Due:
        """The same count with this calendar, for a deadline that rested on an unpublished year."""
        if due.start is None or due.unit == INSTANT:
            return due
        return self.due_after(due.start, due.amount, due.unit, due.rule)


def local_day(at: datetime) -> date:
    """The Asia/Shanghai day of an instant."""
    return at.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """The instant a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(0), tzinfo=SHANGHAI).astimezone(UTC)


FIRST_DAY: Final = date(1970, 1, 1)
_FIRST_MIDNIGHT: Final = midnight(FIRST_DAY)


def day_number(at: datetime) -> int:
    """The Asia/Shanghai day of an instant, in days since `FIRST_DAY`; several times faster than `local_day`. Right from 1992 on:
    there has been no summer time since."""
    return (at - _FIRST_MIDNIGHT).days


def end_of(day: date) -> datetime:
    """24:00 of a day in Asia/Shanghai: what a source means that names a day only."""
    return datetime.combine(day + ONE_DAY, time(0), tzinfo=SHANGHAI).astimezone(UTC)


def last_day(at: datetime) -> date:
    """The Asia/Shanghai day a deadline belongs to: 24:00 is the end of the day before."""
    return local_day(at - JUST_BEFORE)


@lru_cache(maxsize=8192)
def _day(calendar: Calendar, day: date) -> Day:
    ours = calendar.days.get(day)
    if ours is not None:
        return Day(ours[0], "county", ours[1])
    weekend = day.weekday() >= SATURDAY
    if _FIRST_IN_LIBRARY <= day.year <= _LAST_IN_LIBRARY:
        if weekend and day in workdays:
            return Day(True, "make-up", workdays[day])
        if day in holidays:
            return Day(False, "holiday", holidays[day])
    elif day.year > _LAST_IN_LIBRARY and day.year not in calendar.published:
        by_law = (day.month, day.day) in _OFF_BY_LAW
        return Day(not weekend and not by_law, "unpublished", "off by law" if by_law else "")
    return Day(not weekend, "weekend" if weekend else "weekday")


@lru_cache(maxsize=8192)
def _after(calendar: Calendar, day: date, count: int) -> tuple[date, bool]:
    """The `count`-th working day after `day`, and whether any day looked at was provisional."""
    provisional = False
    while count > 0:
        day += ONE_DAY
        told = _day(calendar, day)
        provisional = provisional or told.provisional
        count -= told.worked
    return day, provisional


@lru_cache(maxsize=8192)
def _end_of(calendar: Calendar, day: date) -> datetime:
    if calendar.close is None:
        return end_of(day)
    return datetime.combine(day, calendar.close, tzinfo=SHANGHAI).astimezone(UTC)
