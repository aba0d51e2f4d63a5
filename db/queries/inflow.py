"""New cases by township and category, this week so far and in the same part of earlier weeks. No row has a person or a text.

A week begins on Monday 00:00 of Asia/Shanghai, which has no summer time: the same part of a week is the same span of time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from casework.indicators import WEEK, week_of
from db.models import Case
from db.types import UTCDateTime

EARLIER_WEEKS: Final = 12


@dataclass(frozen=True, slots=True)
class WeekPart:
    """Cases reported from `start` (a Monday) to before `end`, by codes of township (None: unknown) and category."""

    start: datetime
    end: datetime
    counts: Mapping[tuple[str | None, str], int]


@dataclass(frozen=True, slots=True)
class Inflow:
    """This week up to an instant, and the same part of earlier weeks, the latest first.

    `earlier` holds at most twelve, and none that began before the centre's first case: what was not yet counted was not zero.
    """

    now: WeekPart
    earlier: tuple[WeekPart, ...]


def week_inflow(session: Session, at: datetime) -> Inflow:
    """The cases of each week's part by when they were reported, protected ones too, those merged into another not.

    Costs a scan of that part of 13 weeks through the index on `cases.reported_at`, with one look at the row of every case: some
    2,000 rows in a county of 9,000 cases a year, 200,000 in one a hundred times as large. Ask every ten minutes.
    """
    start = week_of(at).start
    first = session.execute(_FIRST_REPORT).scalar_one()
    weeks = 0 if first is None else max(0, min(EARLIER_WEEKS, (start - first) // WEEK))
    return Inflow(
        _part(session, start, at),
        tuple(_part(session, start - week * WEEK, at - week * WEEK) for week in range(1, weeks + 1)),
    )


def _part(session: Session, start: datetime, end: datetime) -> WeekPart:
    rows = session.execute(_RECEIVED, {"start": start, "end": end})
    return WeekPart(start, end, {(township, category): count for township, category, count in rows})


_CASE: Final = Case.__table__.c
_RECEIVED: Final = (
    select(_CASE.township, _CASE.category, func.count())
    .where(
        _CASE.reported_at >= bindparam("start", type_=UTCDateTime()),
        _CASE.reported_at < bindparam("end", type_=UTCDateTime()),
        _CASE.merged_into.is_(None),
    )
    .group_by(_CASE.township, _CASE.category)
)
_FIRST_REPORT: Final = select(func.min(_CASE.reported_at))
