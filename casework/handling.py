"""How long the work took: natural time and working hours, paused time out. Knows no clock of a rule and no score."""

import math
import statistics
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final, NamedTuple

from casework.calendar import ONE_DAY, Calendar, local_day, midnight
from casework.indicators import SpanKey
from casework.review import Handling, Spread
from casework.scoring import OFFICE_HOURS

NINE_TENTHS: Final = 0.9
DAY: Final = 86_400
_MIDNIGHT: Final = midnight(date(2026, 1, 1))
"""Days are numbered from here; Asia/Shanghai has had no summer time since 1991."""
Hours = Sequence[tuple[time, time]]
Stretch = tuple[datetime, datetime]


class Finished(NamedTuple):
    """What a finished span tells of how long it took; `paused_seconds` as in `casework.indicators.UnitSpan`."""

    case_id: int
    number: int
    unit_code: str
    assigned_at: datetime
    finished_at: datetime
    paused_seconds: int

    @property
    def key(self) -> SpanKey:
        return self.case_id, self.number


class Took(NamedTuple):
    """Seconds, pauses out: in natural time and in working hours."""

    natural: float
    worked: float


def took(span: Finished, clock: "WorkingTime", pauses: Sequence[Stretch] = ()) -> Took:
    """From assignment to finish, less the pauses that are over: `pauses` of a span that has any, from and until; only they tell
    which working hours stood still. Never less than nothing: a source may tell a finish from before the assignment."""
    natural = (span.finished_at - span.assigned_at).total_seconds() - span.paused_seconds
    worked = clock.between(span.assigned_at, span.finished_at)
    if pauses:
        worked -= sum(clock.between(since, until) for since, until in pauses)
    return Took(max(0.0, natural), max(0.0, worked))


def handling(each: Collection[Took]) -> Handling:
    """平均办理时长 of spans."""
    return Handling(spread([one.natural for one in each]), spread([one.worked for one in each]))


def spread(seconds: Sequence[float]) -> Spread:
    """Mean, median, and P90: the shortest time that at least nine tenths did not exceed (nearest rank)."""
    if not seconds:
        return Spread(0)
    ordered = sorted(seconds)
    rank = math.ceil(NINE_TENTHS * len(ordered))
    return Spread(len(ordered), math.fsum(ordered) / len(ordered), statistics.median(ordered), ordered[rank - 1])


class WorkingTime:
    """Working seconds between instants. Each day is looked up once; a stretch costs the same however long it is.

    Working hours are those `hours` of the days the calendar says are worked (Asia/Shanghai).
    """

    def __init__(self, calendar: Calendar, hours: Hours = OFFICE_HOURS) -> None:
        self._calendar = calendar
        self._hours = [(_seconds(start), _seconds(end)) for start, end in hours]
        self._whole = float(sum(end - start for start, end in self._hours))
        self._gone = _by_second(tuple(self._hours))
        self._days: dict[int, _Day] = {}

    def between(self, start: datetime, end: datetime) -> float:
        """0 when `end` is not after `start`."""
        if end <= start:
            return 0.0
        return self._until(end) - self._until(start)

    def _until(self, at: datetime) -> float:
        """Working seconds from some fixed midnight to an instant; negative before it."""
        since = at - _MIDNIGHT
        day = self._days.get(since.days) or self._reach(since.days)
        if not day.worked:
            return day.before
        if not since.microseconds:
            return day.before + self._gone[since.seconds]
        gone = since.seconds + since.microseconds / 1_000_000
        return day.before + sum(min(max(gone - start, 0.0), end - start) for start, end in self._hours)

    def _reach(self, number: int) -> "_Day":
        """A day by its number: sums by day, grown at either end."""
        if not self._days:
            self._days[number] = _Day(0.0, self._is_worked(number))
        first, last = min(self._days), max(self._days)
        for day in range(last + 1, number + 1):
            self._days[day] = _Day(self._days[day - 1].before + self._of(day - 1), self._is_worked(day))
        for day in range(first - 1, number - 1, -1):
            self._days[day] = _Day(self._days[day + 1].before - self._of(day), self._is_worked(day))
        return self._days[number]

    def _is_worked(self, number: int) -> bool:
        return self._calendar.day(local_day(_MIDNIGHT) + number * ONE_DAY).worked

    def _of(self, number: int) -> float:
        return self._whole if self._is_worked(number) else 0.0


class _Day(NamedTuple):
    """Working seconds from some fixed midnight to that of the day, and whether the day is worked."""

    before: float
    worked: bool


@lru_cache(maxsize=8)
def _by_second(hours: tuple[tuple[int, int], ...]) -> tuple[float, ...]:
    """Working seconds of a worked day up to each of its seconds."""
    return tuple(float(sum(min(max(gone - start, 0), end - start) for start, end in hours)) for gone in range(DAY))


def _seconds(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60 + at.second
