"""What walls may know: codes, units, clocks and counts. No row type here has a field for a person, a text or an address.

All functions take the instant the answer is for, in UTC; "today" is the Asia/Shanghai day of that instant.
"""

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from casework.calendar import SHANGHAI
from db.models import Assignment, Case, DeadLetter, FeedStatus

DUE_SOON: Final = timedelta(hours=2)
WEEK: Final = timedelta(weeks=1)
HOUR: Final = timedelta(hours=1)
USUAL_WEEKS: Final = 12
LEAST_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """Counts of cases. `next_due_*` is the nearest deadline still ahead; `longest_overdue_since` the oldest one passed.

    `on_time` / `should_finish`: assignments of this week (from Monday 00:00) that were finished in time, over those
    whose finish clock ended this week (ran out, or was met early). Both 0 means there is no rate to show.
    """

    received_today: int
    received_same_time_last_week: int
    open: int
    open_provisional: int
    due_soon: int
    next_due_at: datetime | None
    next_due_township: str | None
    overdue: int
    longest_overdue_since: datetime | None
    closed_today: int
    on_time: int
    should_finish: int


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """Cases whose first report came by this feed."""

    feed: str
    open: int
    today: int


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One open case as a wall shows it. `due_at` is the finish deadline; `finished_at` is set while it waits for a visit."""

    code: str
    feed: str
    category: str
    township: str | None
    unit_code: str | None
    status: str
    urgency: str
    colour: str
    reported_at: datetime
    due_at: datetime | None
    provisional: bool
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class TownshipLoad:
    township: str | None
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """New cases of one feed in the hour that begins at `hour` (UTC instant of a full Asia/Shanghai hour)."""

    feed: str
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class UsualHour:
    """All feeds together: the 10th and 90th percentile and the median of that hour on the same weekday, last 12 weeks."""

    hour: datetime
    low: float
    median: float
    high: float
    samples: int


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed as its ingester last reported it; `reported_at` is when it did (an old one means the ingester is gone)."""

    feed: str
    state: str
    since: datetime
    last_event_at: datetime | None
    last_received_at: datetime | None
    events_per_minute: float
    lag_seconds: float | None
    dead_letters: int
    reason: str
    reported_at: datetime


def headline(session: Session, at: datetime) -> Headline:
    today = _midnight(at)
    open_count, provisional, due_soon, overdue, oldest = session.execute(
        select(
            func.count(),
            func.count().filter(Case.provisional),
            func.count().filter(_due_soon(at)),
            func.count().filter(_overdue(at)),
            func.min(Case.due_at).filter(_overdue(at)),
        ).where(_OPEN)
    ).one()
    upcoming = session.execute(_next_due(at)).first()
    on_time, should_finish = finished_in_time(session, _monday(at), at)
    return Headline(
        received_today=_received(session, today, at),
        received_same_time_last_week=_received(session, today - WEEK, at - WEEK),
        open=open_count,
        open_provisional=provisional,
        due_soon=due_soon,
        next_due_at=upcoming[0] if upcoming else None,
        next_due_township=upcoming[1] if upcoming else None,
        overdue=overdue,
        longest_overdue_since=oldest,
        closed_today=_closed(session, today, at),
        on_time=on_time,
        should_finish=should_finish,
    )


def lane_counts(session: Session, at: datetime) -> list[LaneCounts]:
    open_cases = dict(session.execute(select(Case.feed, func.count()).where(_OPEN).group_by(Case.feed)).all())
    of_today = select(Case.feed, func.count()).where(_received_between(_midnight(at), at)).group_by(Case.feed)
    today = dict(session.execute(of_today).all())
    feeds = sorted(open_cases.keys() | today.keys())
    return [LaneCounts(feed, open_cases.get(feed, 0), today.get(feed, 0)) for feed in feeds]


def newest_cards(session: Session, feed: str, at: datetime, limit: int) -> list[CaseCard]:
    """Open, unfinished, non-sensitive cases of one feed, newest first."""
    shown = and_(_OPEN, Case.feed == feed, Case.finished_at.is_(None), ~Case.sensitive, Case.reported_at <= at)
    return _cards(session, _card_columns().where(shown).order_by(Case.reported_at.desc(), Case.id.desc()).limit(limit))


def longest_overdue(session: Session, at: datetime, limit: int) -> list[CaseCard]:
    """Overdue, non-sensitive cases, the one overdue longest first."""
    shown = and_(_OPEN, _overdue(at), ~Case.sensitive)
    return _cards(session, _card_columns().where(shown).order_by(Case.due_at, Case.id).limit(limit))


def township_loads(session: Session, at: datetime) -> list[TownshipLoad]:
    """Open and overdue cases of each township that has any; `None` is the township nobody knows."""
    counted = select(Case.township, func.count(), func.count().filter(_overdue(at))).where(_OPEN)
    rows = session.execute(counted.group_by(Case.township).order_by(Case.township))
    return [TownshipLoad(*row) for row in rows]


def inflow(session: Session, at: datetime) -> list[HourCount]:
    """The 24 hours that end with the running one; an hour without cases has no row."""
    start = _first_hour(at)
    rows = session.execute(select(Case.feed, Case.reported_at).where(_received_between(start, at)))
    counts = Counter((feed, _hour(reported_at)) for feed, reported_at in rows)
    return [HourCount(feed, hour, count) for (feed, hour), count in sorted(counts.items())]


def usual_inflow(session: Session, at: datetime) -> list[UsualHour]:
    """The usual band for the same 24 hours; costs a scan of one day in each of 12 weeks, so ask once an hour."""
    start = _first_hour(at)
    hours = [start + number * HOUR for number in range(24)]
    weeks = _weeks_with_history(session, start)
    counts = [_hourly(session, start - week * WEEK) for week in range(1, weeks + 1)]
    return [_usual(hour, [week[number] for week in counts]) for number, hour in enumerate(hours)]


def next_strike(session: Session, at: datetime) -> datetime | None:
    """The next instant at which a wall changes with no write: a deadline passes, or comes within two hours."""
    passes = session.scalar(select(func.min(Case.due_at)).where(_running(at)))
    comes = session.scalar(select(func.min(Case.due_at)).where(_running(at + DUE_SOON)))
    strikes = [strike for strike in (passes, comes - DUE_SOON if comes is not None else None) if strike is not None]
    return min(strikes, default=None)


def feed_health(session: Session) -> list[FeedHealth]:
    """Each feed's last word, with its dead letters that are still open."""
    dead = select(DeadLetter.feed, func.count()).where(DeadLetter.state == "open").group_by(DeadLetter.feed)
    waiting = dict(session.execute(dead).all())
    return [
        FeedHealth(
            status.feed,
            status.state,
            status.since,
            status.last_event_at,
            status.last_received_at,
            status.events_per_minute,
            status.lag_seconds,
            waiting.get(status.feed, 0),
            status.reason,
            status.reported_at,
        )
        for status in session.scalars(select(FeedStatus).order_by(FeedStatus.feed))
    ]


def finished_in_time(session: Session, start: datetime, at: datetime) -> tuple[int, int]:
    """按时办结: spans finished in time, over spans whose finish clock ended in [start, at] (ran out, or was met early).

    A span that was taken away before its deadline without being finished is nobody's failure and is not counted.
    """
    in_time = and_(Assignment.finished_at.is_not(None), Assignment.finished_at <= Assignment.finish_due_at)
    met = and_(in_time, Assignment.finished_at >= start, Assignment.finished_at <= at)
    ran_out = and_(
        Assignment.finish_due_at >= start,
        Assignment.finish_due_at < at,
        or_(Assignment.finished_at.is_(None), Assignment.finished_at > Assignment.finish_due_at),
        or_(Assignment.ended_at.is_(None), Assignment.ended_at > Assignment.finish_due_at),
    )
    on_time = session.scalar(select(func.count()).select_from(Assignment).where(met)) or 0
    late = session.scalar(select(func.count()).select_from(Assignment).where(ran_out)) or 0
    return on_time, on_time + late


# "ended" is written as NOT so that the partial indexes of `cases` apply on both databases.
_OPEN: Final = ~Case.ended


def _overdue(at: datetime) -> ColumnElement[bool]:
    return and_(Case.finished_at.is_(None), Case.due_at < at)


def _due_soon(at: datetime) -> ColumnElement[bool]:
    return and_(Case.finished_at.is_(None), Case.due_at >= at, Case.due_at <= at + DUE_SOON)


def _running(at: datetime) -> ColumnElement[bool]:
    return and_(_OPEN, Case.finished_at.is_(None), Case.due_at > at)


def _next_due(at: datetime) -> Select[*tuple[Any, ...]]:
    return select(Case.due_at, Case.township).where(_running(at)).order_by(Case.due_at, Case.id).limit(1)


def _received_between(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(Case.reported_at >= start, Case.reported_at <= end, Case.merged_into.is_(None))


def _received(session: Session, start: datetime, end: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(_received_between(start, end))) or 0


def _closed(session: Session, start: datetime, end: datetime) -> int:
    closed = and_(Case.closed_at >= start, Case.closed_at <= end, Case.status == "closed")
    return session.scalar(select(func.count()).select_from(Case).where(closed)) or 0


def _card_columns() -> Select[*tuple[Any, ...]]:
    return select(
        Case.code,
        Case.feed,
        Case.category,
        Case.township,
        Case.unit_code,
        Case.status,
        Case.urgency,
        Case.colour,
        Case.reported_at,
        Case.due_at,
        Case.provisional,
        Case.finished_at,
    )


def _cards(session: Session, statement: Select[*tuple[Any, ...]]) -> list[CaseCard]:
    return [CaseCard(*row) for row in session.execute(statement).all()]


def _weeks_with_history(session: Session, start: datetime) -> int:
    first = session.scalar(select(func.min(Case.reported_at)))
    return 0 if first is None else max(0, min(USUAL_WEEKS, (start - first) // WEEK))


def _hourly(session: Session, start: datetime) -> list[int]:
    rows = session.scalars(
        select(Case.reported_at).where(_received_between(start, start + 24 * HOUR - timedelta(microseconds=1)))
    )
    counts = Counter(_hour(reported_at) for reported_at in rows)
    return [counts[start + number * HOUR] for number in range(24)]


def _usual(hour: datetime, counts: list[int]) -> UsualHour:
    if len(counts) < LEAST_SAMPLES:
        return UsualHour(hour, 0.0, 0.0, 0.0, len(counts))
    deciles = statistics.quantiles(counts, n=10, method="inclusive")
    return UsualHour(hour, deciles[0], statistics.median(counts), deciles[-1], len(counts))


def _midnight(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _monday(at: datetime) -> datetime:
    midnight = _midnight(at)
    return midnight - timedelta(days=midnight.weekday())


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _first_hour(at: datetime) -> datetime:
    return _hour(at) - 23 * HOUR
