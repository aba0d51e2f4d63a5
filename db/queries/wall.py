"""What walls may know: codes, units, clocks and counts. No row type here has a field for a person, a text or an address.

All functions take the instant the answer is for, in UTC; "today" is the Asia/Shanghai day of that instant.
"""

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from casework.calendar import SHANGHAI
from db.models import Assignment, Case, DeadLetter, FeedStatus
from db.types import UTCDateTime

DUE_SOON: Final = timedelta(hours=2)
WEEK: Final = timedelta(weeks=1)
HOUR: Final = timedelta(hours=1)
USUAL_WEEKS: Final = 12
LEAST_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """Counts of cases. `next_due_*` is the nearest deadline still ahead; `longest_overdue_since` the oldest one passed:
    both of cases that may be shown, for a single deadline tells of a single case. The counts are of all.

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
    """One open case as a wall shows it. `due_at` is the finish deadline; `finished_at` is set while it waits for a visit,
    `paused_at` while its clock stands still."""

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
    paused_at: datetime | None
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
    open_count, provisional, due_soon, overdue, oldest = session.execute(_OPEN_COUNTS, _moment(at)).one()
    upcoming = session.execute(_NEXT_DUE, _moment(at)).first()
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
        closed_today=session.execute(_CLOSED, {"start": today, "at": at}).scalar_one(),
        on_time=on_time,
        should_finish=should_finish,
    )


def lane_counts(session: Session, at: datetime) -> list[LaneCounts]:
    open_cases: dict[str, int] = dict(session.execute(_OPEN_BY_FEED).all())
    today: dict[str, int] = dict(session.execute(_RECEIVED_BY_FEED, {"start": _midnight(at), "at": at}).all())
    feeds = sorted(open_cases.keys() | today.keys())
    return [LaneCounts(feed, open_cases.get(feed, 0), today.get(feed, 0)) for feed in feeds]


def newest_cards(session: Session, feed: str, at: datetime, limit: int) -> list[CaseCard]:
    """Open, unfinished, non-sensitive cases of one feed, newest first."""
    return _cards(session, _NEWEST, {"feed": feed, "at": at, "most": limit})


def longest_overdue(session: Session, at: datetime, limit: int) -> list[CaseCard]:
    """Overdue, non-sensitive cases, the one overdue longest first."""
    return _cards(session, _LONGEST_OVERDUE, {"at": at, "most": limit})


def township_loads(session: Session, at: datetime) -> list[TownshipLoad]:
    """Open and overdue cases of each township that has any; `None` is the township nobody knows."""
    return [TownshipLoad(*row) for row in session.execute(_LOADS, {"at": at})]


def inflow(session: Session, at: datetime) -> list[HourCount]:
    """The 24 hours that end with the running one; an hour without cases has no row."""
    rows = session.execute(_RECEIVED_WHEN, {"start": _first_hour(at), "at": at})
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
    passes = session.execute(_FIRST_DUE, {"at": at}).scalar_one()
    comes = session.execute(_FIRST_DUE, {"at": at + DUE_SOON}).scalar_one()
    strikes = [strike for strike in (passes, comes - DUE_SOON if comes is not None else None) if strike is not None]
    return min(strikes, default=None)


def feed_health(session: Session) -> list[FeedHealth]:
    """Each feed's last word, with its dead letters that are still open."""
    waiting: dict[str, int] = dict(session.execute(_OPEN_LETTERS).all())
    return [
        FeedHealth(*row[:-2], dead_letters=waiting.get(row[0], 0), reason=row[-2], reported_at=row[-1])
        for row in session.execute(_STATUSES)
    ]


def finished_in_time(session: Session, start: datetime, at: datetime) -> tuple[int, int]:
    """按时办结: spans finished in time, over spans whose finish clock ended in [start, at] (ran out, or was met early).

    A span that was taken away before its deadline without being finished is nobody's failure and is not counted.
    """
    period = {"start": start, "at": at}
    on_time: int = session.execute(_MET, period).scalar_one()
    late: int = session.execute(_RAN_OUT, period).scalar_one()
    return on_time, on_time + late


def _cards(session: Session, statement: Select[*tuple[Any, ...]], asked: dict[str, Any]) -> list[CaseCard]:
    return [CaseCard(*row) for row in session.execute(statement, asked)]


def _received(session: Session, start: datetime, end: datetime) -> int:
    count: int = session.execute(_RECEIVED, {"start": start, "at": end}).scalar_one()
    return count


def _weeks_with_history(session: Session, start: datetime) -> int:
    first = session.execute(_FIRST_REPORT).scalar_one()
    return 0 if first is None else max(0, min(USUAL_WEEKS, (start - first) // WEEK))


def _hourly(session: Session, start: datetime) -> list[int]:
    day = {"start": start, "at": start + 24 * HOUR - timedelta(microseconds=1)}
    counts = Counter(_hour(reported_at) for _, reported_at in session.execute(_RECEIVED_WHEN, day))
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


def _moment(at: datetime) -> dict[str, datetime]:
    return {"at": at, "soon": at + DUE_SOON}


# The statements, built once: building one costs more than running it. `at` is the instant the answer is for.
_AT: Final = bindparam("at", type_=UTCDateTime())
_START: Final = bindparam("start", type_=UTCDateTime())
_CASE: Final = Case.__table__.c
_SPAN: Final = Assignment.__table__.c
_LETTER: Final = DeadLetter.__table__.c
_STATUS: Final = FeedStatus.__table__.c

# Written as NOT so that the partial indexes of `cases` apply on both databases.
_OPEN: Final = ~_CASE.ended
# A paused clock stands still: it neither comes nor passes, and what had passed before stays so.
_TICKING: Final = and_(_CASE.finished_at.is_(None), _CASE.paused_at.is_(None))
_RUNNING: Final = and_(_OPEN, _TICKING, _CASE.due_at > _AT)
_OVERDUE: Final = and_(
    _CASE.finished_at.is_(None), _CASE.due_at < _AT, or_(_CASE.paused_at.is_(None), _CASE.due_at < _CASE.paused_at)
)
_SOON: Final = and_(_TICKING, _CASE.due_at >= _AT, _CASE.due_at <= bindparam("soon", type_=UTCDateTime()))
_IN_PERIOD: Final = and_(_CASE.reported_at >= _START, _CASE.reported_at <= _AT, _CASE.merged_into.is_(None))
_CARD: Final = select(
    _CASE.code,
    _CASE.feed,
    _CASE.category,
    _CASE.township,
    _CASE.unit_code,
    _CASE.status,
    _CASE.urgency,
    _CASE.colour,
    _CASE.reported_at,
    _CASE.due_at,
    _CASE.provisional,
    _CASE.paused_at,
    _CASE.finished_at,
).limit(bindparam("most", type_=Integer()))

_OPEN_COUNTS: Final = select(
    func.count(),
    func.count().filter(_CASE.provisional),
    func.count().filter(_SOON),
    func.count().filter(_OVERDUE),
    func.min(_CASE.due_at).filter(_OVERDUE, ~_CASE.sensitive),
).where(_OPEN)
_NEXT_DUE: Final = (
    select(_CASE.due_at, _CASE.township).where(_RUNNING, ~_CASE.sensitive).order_by(_CASE.due_at, _CASE.id).limit(1)
)
_FIRST_DUE: Final = select(func.min(_CASE.due_at)).where(_RUNNING)
_CLOSED: Final = (
    select(func.count())
    .select_from(Case.__table__)
    .where(_CASE.closed_at >= _START, _CASE.closed_at <= _AT, _CASE.status == "closed")
)
_OPEN_BY_FEED: Final = select(_CASE.feed, func.count()).where(_OPEN).group_by(_CASE.feed)
_RECEIVED: Final = select(func.count()).select_from(Case.__table__).where(_IN_PERIOD)
_RECEIVED_BY_FEED: Final = select(_CASE.feed, func.count()).where(_IN_PERIOD).group_by(_CASE.feed)
_RECEIVED_WHEN: Final = select(_CASE.feed, _CASE.reported_at).where(_IN_PERIOD)
_FIRST_REPORT: Final = select(func.min(_CASE.reported_at))
_NEWEST: Final = _CARD.where(
    _OPEN,
    _CASE.feed == bindparam("feed"),
    _CASE.finished_at.is_(None),
    ~_CASE.sensitive,
    _CASE.reported_at <= _AT,
).order_by(_CASE.reported_at.desc(), _CASE.id.desc())
_LONGEST_OVERDUE: Final = _CARD.where(_OPEN, _OVERDUE, ~_CASE.sensitive).order_by(_CASE.due_at, _CASE.id)
_LOADS: Final = (
    select(_CASE.township, func.count(), func.count().filter(_OVERDUE))
    .where(_OPEN)
    .group_by(_CASE.township)
    .order_by(_CASE.township)
)
_MET: Final = (
    select(func.count())
    .select_from(Assignment.__table__)
    .where(_SPAN.finished_at >= _START, _SPAN.finished_at <= _AT, _SPAN.finished_at <= _SPAN.finish_due_at)
)
_RAN_OUT: Final = (
    select(func.count())
    .select_from(Assignment.__table__)
    .where(
        _SPAN.finish_due_at >= _START,
        _SPAN.finish_due_at < _AT,
        or_(_SPAN.finished_at.is_(None), _SPAN.finished_at > _SPAN.finish_due_at),
        or_(_SPAN.ended_at.is_(None), _SPAN.ended_at > _SPAN.finish_due_at),
        or_(_SPAN.paused_at.is_(None), _SPAN.paused_at > _SPAN.finish_due_at),
    )
)
_OPEN_LETTERS: Final = select(_LETTER.feed, func.count()).where(_LETTER.state == "open").group_by(_LETTER.feed)
_STATUSES: Final = select(
    _STATUS.feed,
    _STATUS.state,
    _STATUS.since,
    _STATUS.last_event_at,
    _STATUS.last_received_at,
    _STATUS.events_per_minute,
    _STATUS.lag_seconds,
    _STATUS.reason,
    _STATUS.reported_at,
).order_by(_STATUS.feed)
