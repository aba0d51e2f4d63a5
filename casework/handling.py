"""How long the work took: natural time and working hours, paused time out. Knows no clock of a rule and no score."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from casework.calendar import ONE_DAY, SHANGHAI, Calendar, local_day
from casework.indicators import Period, SpanKey, UnitSpan
from casework.review import Handling, Spread
from casework.scoring import OFFICE_HOURS

NINE_TENTHS: Final = 0.9
Hours = Sequence[tuple[time, time]]
Stretch = tuple[datetime, datetime]


def handling(
    spans: Iterable[UnitSpan],
    period: Period,
    calendar: Calendar,
    hours: Hours = OFFICE_HOURS,
    pauses: Mapping[SpanKey, Sequence[Stretch]] | None = None,
) -> Handling:
    """平均办理时长 of the spans finished in the period: from assignment to finish, less the pauses that are over, in seconds.

    Working hours are those `hours` of the days the calendar says are worked (Asia/Shanghai). `pauses`: the pauses of the spans
    that have any (`UnitSpan.paused_seconds`), from and until; only they tell which working hours stood still.
    """
    finished = [span for span in spans if span.finished_at is not None and period.has(span.finished_at)]
    paused = pauses or {}
    clock = WorkingTime(calendar, hours)
    return Handling(
        spread([_natural(span) for span in finished]),
        spread([_worked(span, clock, paused.get(span.key, ())) for span in finished]),
    )


def spread(seconds: Sequence[float]) -> Spread:
    """Mean, median, and P90: the shortest time that at least nine tenths did not exceed (nearest rank)."""
    if not seconds:
        return Spread(0)
    ordered = sorted(seconds)
    rank = math.ceil(NINE_TENTHS * len(ordered))
    return Spread(len(ordered), math.fsum(ordered) / len(ordered), statistics.median(ordered), ordered[rank - 1])


def _natural(span: UnitSpan) -> float:
    """Never less than nothing: a source may tell a finish from before the assignment."""
    assert span.finished_at is not None
    return max(0.0, (span.finished_at - span.assigned_at).total_seconds() - span.paused_seconds)


def _worked(span: UnitSpan, clock: "WorkingTime", pauses: Sequence[Stretch]) -> float:
    assert span.finished_at is not None
    stood = sum(clock.between(since, until) for since, until in pauses)
    return max(0.0, clock.between(span.assigned_at, span.finished_at) - stood)


class WorkingTime:
    """Working seconds between instants. Each day is looked up once; a stretch costs the same however long it is."""

    def __init__(self, calendar: Calendar, hours: Hours = OFFICE_HOURS) -> None:
        self._calendar = calendar
        self._hours = [(_seconds(start), _seconds(end)) for start, end in hours]
        self._whole = float(sum(end - start for start, end in self._hours))
        self._sums: dict[date, float] = {}
        self._first: date | None = None
        self._last: date | None = None

    def between(self, start: datetime, end: datetime) -> float:
        """0 when `end` is not after `start`."""
        if end <= start:
            return 0.0
        return self._until(end) - self._until(start)

    def _until(self, at: datetime) -> float:
        """Working seconds from some fixed midnight to an instant; negative before it."""
        local = at.astimezone(SHANGHAI)
        day = local.date()
        if not self._calendar.day(day).worked:
            return self._before(day)
        gone = (local.hour * 60 + local.minute) * 60 + local.second + local.microsecond / 1_000_000
        return self._before(day) + sum(min(max(gone - start, 0.0), end - start) for start, end in self._hours)

    def _before(self, day: date) -> float:
        """Working seconds from the fixed midnight to that of a day: sums by day, grown at either end."""
        if self._first is None or self._last is None:
            self._first = self._last = day
            self._sums[day] = 0.0
        while self._last < day:
            self._sums[self._last + ONE_DAY] = self._sums[self._last] + self._of(self._last)
            self._last += ONE_DAY
        while self._first > day:
            self._first -= ONE_DAY
            self._sums[self._first] = self._sums[self._first + ONE_DAY] - self._of(self._first)
        return self._sums[day]

    def _of(self, day: date) -> float:
        return self._whole if self._calendar.day(day).worked else 0.0


def _seconds(at: time) -> int:
    return (at.hour * 60 + at.minute) * 60 + at.second


def days_of(start: datetime, end: datetime) -> list[date]:
    """The local days from one instant to before another."""
    first, last = local_day(start), local_day(end - timedelta(microseconds=1))
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def midnight(day: date) -> datetime:
    """The instant a local day begins."""
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)
