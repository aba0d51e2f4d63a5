"""What walls may know: codes, units, clocks and counts. No row type here has a field for a person, a text or an address.

All instants are UTC; a week is seven days of Asia/Shanghai.
"""

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Executable, Integer, bindparam, exists, func, select, union
from sqlalchemy.orm import Session

from casework.indicators import WEEK
from db.models import Assignment, Case, DeadLetter, FeedStatus, JournalEntry, Meeting, WallStage
from db.types import UTCDateTime

HOUR: Final = timedelta(hours=1)
USUAL_WEEKS: Final = 12
LEAST_SAMPLES: Final = 3


class CaseRow(NamedTuple):
    """A case as `cases` has it. `due_at` is the finish deadline; `paused_at` is set while its clock stands still."""

    id: int
    code: str
    feed: str
    status: str
    ended: bool
    category: str
    township: str | None
    unit_code: str | None
    urgency: str
    colour: str
    sensitive: bool
    reported_at: datetime
    due_at: datetime | None
    provisional: bool
    paused_at: datetime | None
    finished_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None


class SpanRow(NamedTuple):
    """One unit's span of responsibility as `assignments` has it; (`case_id`, `number`) names it."""

    case_id: int
    number: int
    role: str
    unit_code: str
    finish_due_at: datetime
    paused_at: datetime | None
    reminded_step: str | None
    finished_at: datetime | None
    ended_at: datetime | None


class Work(NamedTuple):
    """Cases with all or some of their spans."""

    cases: list[CaseRow]
    spans: list[SpanRow]


class Stage(NamedTuple):
    """A scene for all walls, in place of their plan; `in_meeting` while a meeting is being held."""

    scene: str
    until: datetime
    in_meeting: bool = False


class UsualHour(NamedTuple):
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


def current_work(session: Session, since: datetime) -> Work:
    """Every open case with its spans, every case received or closed since then, every span due or finished since then."""
    asked = {"since": since}
    return _work(session, _CURRENT_CASES, _CURRENT_SPANS, asked)


def changed_work(session: Session, after: int, position: int) -> Work:
    """The cases that the journal tells of after that entry, up to `position`, as they are now, with every span they ever had."""
    told = session.scalars(_CHANGED, {"after": after, "most": position - after})
    asked = {"ids": list(set(told))}
    return _work(session, _CASES_OF, _SPANS_OF, asked)


def _work(session: Session, cases: Executable, spans: Executable, asked: dict[str, Any]) -> Work:
    return Work(
        [CaseRow._make(row) for row in session.execute(cases, asked)],
        [SpanRow._make(row) for row in session.execute(spans, asked)],
    )


def stage(session: Session, at: datetime) -> Stage | None:
    """What somebody has put on all walls, while it holds."""
    row = session.execute(_STAGE).first()
    return Stage(*row) if row is not None and row[1] > at else None


def usual_inflow(session: Session, at: datetime) -> list[UsualHour]:
    """The usual band for the 24 hours that end with the running one; costs a scan of a day in each of 12 weeks, so ask
    once an hour."""
    start = local_hour(at) - 23 * HOUR
    hours = [start + number * HOUR for number in range(24)]
    weeks = _weeks_with_history(session, start)
    counts = [_hourly(session, start - week * WEEK) for week in range(1, weeks + 1)]
    return [_usual(hour, [week[number] for week in counts]) for number, hour in enumerate(hours)]


def feed_health(session: Session) -> list[FeedHealth]:
    """Each feed's last word, with its dead letters that are still open."""
    waiting: dict[str, int] = dict(session.execute(_OPEN_LETTERS).all())
    return [
        FeedHealth(*row[:-2], dead_letters=waiting.get(row[0], 0), reason=row[-2], reported_at=row[-1])
        for row in session.execute(_STATUSES)
    ]


def _weeks_with_history(session: Session, start: datetime) -> int:
    first = session.execute(_FIRST_REPORT).scalar_one()
    return 0 if first is None else max(0, min(USUAL_WEEKS, (start - first) // WEEK))


def _hourly(session: Session, start: datetime) -> list[int]:
    day = {"start": start, "end": start + 24 * HOUR}
    counts = Counter(local_hour(reported_at) for reported_at in session.scalars(_RECEIVED_WHEN, day))
    return [counts[start + number * HOUR] for number in range(24)]


def _usual(hour: datetime, counts: list[int]) -> UsualHour:
    if len(counts) < LEAST_SAMPLES:
        return UsualHour(hour, 0.0, 0.0, 0.0, len(counts))
    deciles = statistics.quantiles(counts, n=10, method="inclusive")
    return UsualHour(hour, deciles[0], statistics.median(counts), deciles[-1], len(counts))


def local_hour(at: datetime) -> datetime:
    """The start, in UTC, of the Asia/Shanghai hour that holds `at` (its offset is a whole number of hours)."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


# The statements, built once: building one costs more than running it.
_SINCE: Final = bindparam("since", type_=UTCDateTime())
_CASE: Final = Case.__table__.c
_SPAN: Final = Assignment.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_LETTER: Final = DeadLetter.__table__.c
_STATUS: Final = FeedStatus.__table__.c

_CASES: Final = select(*(_CASE[name] for name in CaseRow._fields))
_SPANS: Final = select(*(_SPAN[name] for name in SpanRow._fields))
# Written as NOT so that the partial indexes of `cases` apply on both databases; a union, so that each part has its index.
_OPEN: Final = ~_CASE.ended
_CURRENT_CASES: Final = union(
    _CASES.where(_OPEN), _CASES.where(_CASE.reported_at >= _SINCE), _CASES.where(_CASE.closed_at >= _SINCE)
)
_CURRENT_SPANS: Final = union(
    _SPANS.where(_SPAN.case_id.in_(select(_CASE.id).where(_OPEN))),
    _SPANS.where(_SPAN.finish_due_at >= _SINCE),
    _SPANS.where(_SPAN.finished_at >= _SINCE),
)
# Ids have no gaps, so the limit takes nothing away; without it PostgreSQL, whose statistics of a journal are always old,
# reads the whole of it.
_CHANGED: Final = (
    select(_ENTRY.case_id)
    .where(_ENTRY.id > bindparam("after"))
    .order_by(_ENTRY.id)
    .limit(bindparam("most", type_=Integer()))
)
_CASES_OF: Final = _CASES.where(_CASE.id.in_(bindparam("ids", expanding=True)))
_SPANS_OF: Final = _SPANS.where(_SPAN.case_id.in_(bindparam("ids", expanding=True)))
_RECEIVED_WHEN: Final = select(_CASE.reported_at).where(
    _CASE.reported_at >= bindparam("start", type_=UTCDateTime()),
    _CASE.reported_at < bindparam("end", type_=UTCDateTime()),
    _CASE.merged_into.is_(None),
)
_STAGE: Final = select(WallStage.scene, WallStage.until, exists().where(Meeting.ended_at.is_(None)))
_FIRST_REPORT: Final = select(func.min(_CASE.reported_at))
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
