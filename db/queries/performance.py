"""The spans of responsibility that a period's performance is reckoned from. Knows no rate and no score."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from casework.calendar import JUST_BEFORE, local_day
from casework.indicators import By, Mark, Measure, Period, UnitSpan, is_in, marks
from db.models import Assignment, Case, UnitDay
from db.types import UTCDateTime

A_YEAR: Final = timedelta(days=366)
AT_ONCE: Final = 10_000


def spans_of_period(
    session: Session,
    start: datetime,
    end: datetime,
    answered_within: timedelta = A_YEAR,
    only: ColumnElement[bool] | None = None,
) -> list[UnitSpan]:
    """Every span that a period from `start` to before `end` may count, once, in no order: those that were given, finished,
    ended or visited in it, one of whose clocks ended in it, and those that stood open at its end, whenever they were given.

    Clocks end as `casework.indicators` says. A running one whose deadline is still ahead but before `end` is among them:
    it will have run out by then, unless it is met. `answered_within`: longer than any clock to sign or to speak to the
    citizen runs (`casework.clocks.longest_answer`), so that older spans need not be looked at for these. `only`: see `is_of`.
    """
    asked = {"start": start, "end": end, "since": start - answered_within}
    wanted = _OF_PERIOD if only is None else _OF_PERIOD.where(only)
    return [UnitSpan._make(row) for row in session.execute(wanted, asked)]


def is_of(by: By, code: str, townships: Mapping[str, str]) -> ColumnElement[bool] | None:
    """What must hold of a span to count there, as `casework.indicators.group_of` says; nothing for the county."""
    match by:
        case By.COUNTY:
            return None
        case By.TOWNSHIP:
            return _SPAN.unit_code.in_(sorted(unit for unit, township in townships.items() if township == code))
        case By.UNIT:
            return _SPAN.unit_code == code
        case By.VILLAGE | By.CATEGORY | By.FEED:
            return _CASE[by.value] == code


def spans_of_cases(session: Session, case_ids: Iterable[int]) -> list[UnitSpan]:
    """Every span of these cases."""
    wanted = sorted(case_ids)
    found: list[UnitSpan] = []
    for first in range(0, len(wanted), AT_ONCE):
        rows = session.execute(_SPANS.where(_SPAN.case_id.in_(wanted[first : first + AT_ONCE])))
        found += map(UnitSpan._make, rows)
    return found


def spans_objected(session: Session) -> list[UnitSpan]:
    """Those whose unit objected to being scored by them."""
    return [UnitSpan._make(row) for row in session.execute(_SPANS.where(_SPAN.objection.is_not(None)))]


def unended_spans(session: Session, before: datetime) -> list[UnitSpan]:
    """Those that have not ended yet, given before an instant."""
    rows = session.execute(_UNENDED, {"before": before})
    return [UnitSpan._make(row) for row in rows]


class Running(NamedTuple):
    """A mark that `unit_days` does not hold, of a span that still runs; or, `times` -1, one it holds of a span that had not
    ended yet as it was."""

    unit_code: str
    mark: Mark
    times: int = 1


def running_marks(
    session: Session, before: datetime, changed: Collection[int] = (), corrected: Iterable[tuple[UnitSpan, int]] = ()
) -> list[Running]:
    """What `days_of` needs beside the table for periods that end by an instant. `changed`: cases whose spans are told by
    `corrected` alone, each so many times."""
    running = ((span, 1) for span in unended_spans(session, before) if span.case_id not in changed)
    return [
        Running(span.unit_code, mark, times)
        for span, times in (*running, *corrected)
        for mark in (() if span.excluded else marks(span))
        if mark[2] < before
    ]


def days_of(session: Session, period: Period, running: Iterable[Running]) -> dict[str, dict[tuple[Measure, bool], int]]:
    """By unit: how often each measure was counted in a period of whole days, well or not; the excluded left out."""
    counts: defaultdict[str, defaultdict[tuple[Measure, bool], int]] = defaultdict(lambda: defaultdict(int))
    days = {"first": local_day(period.start), "last": local_day(period.end - JUST_BEFORE)}
    for unit, measure, good, total in session.execute(_OF_DAYS, days):
        counts[unit][Measure(measure), True] += good
        counts[unit][Measure(measure), False] += total - good
    for unit, mark, times in running:
        if is_in(mark, period):
            counts[unit][mark[:2]] += times
    return {unit: dict(counted) for unit, counted in counts.items()}


# The statements, built once: building one costs more than running it.
_SPAN: Final = Assignment.__table__.c
_CASE: Final = Case.__table__.c
_START: Final = bindparam("start", type_=UTCDateTime())
_END: Final = bindparam("end", type_=UTCDateTime())


def _falls(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(column >= _START, column < _END)


def _not_by(due: ColumnElement[Any], *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """None of these had happened at the deadline."""
    return and_(*(or_(column.is_(None), column > due) for column in columns))


def _ran_out(due: ColumnElement[Any], *stops: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(_falls(due), _not_by(due, *stops))


# What a clock to sign or to speak to the citizen did in the period: such clocks are short, so that no old span can have.
_ANSWERED: Final = and_(
    _SPAN.assigned_at >= bindparam("since", type_=UTCDateTime()),
    or_(
        _falls(_SPAN.signed_at),
        _ran_out(_SPAN.sign_due_at, _SPAN.finished_at, _SPAN.ended_at),
        and_(_falls(_SPAN.contacted_at), _SPAN.contacted_at <= _SPAN.contact_due_at),
        _ran_out(_SPAN.contact_due_at, _SPAN.finished_at, _SPAN.ended_at),
    ),
)
_OPEN: Final = and_(_SPAN.assigned_at < _END, or_(_SPAN.finished_at.is_(None), _SPAN.finished_at >= _END))
_WAYS: Final = (
    _falls(_SPAN.assigned_at),
    _falls(_SPAN.visited_at),
    _ANSWERED,
    _falls(_SPAN.finished_at),
    _ran_out(_SPAN.finish_due_at, _SPAN.finished_at, _SPAN.ended_at, _SPAN.paused_at),
    _falls(_SPAN.ended_at),
    and_(_SPAN.ended_at.is_(None), _OPEN),
    and_(_SPAN.ended_at >= _END, _OPEN),
)
# A union of keys, so that each way in has its index on both databases, and no row is compared with another.
_KEYS: Final = union(*(select(_SPAN.case_id, _SPAN.number).where(way) for way in _WAYS)).cte("keys")
_OF_CASE: Final = ("category", "feed", "township", "village", "sensitive")
_SPANS: Final = select(
    *(_SPAN[name] for name in UnitSpan._fields if name not in (*_OF_CASE, "repeated")),
    *(_CASE[name] for name in _OF_CASE),
    or_(_CASE.reports > 1, _CASE.round > 1),
).join_from(Assignment, Case, _CASE.id == _SPAN.case_id)
_OF_PERIOD: Final = _SPANS.join(_KEYS, and_(_KEYS.c.case_id == _SPAN.case_id, _KEYS.c.number == _SPAN.number))
_UNENDED: Final = _SPANS.where(_SPAN.ended_at.is_(None), _SPAN.assigned_at < bindparam("before", type_=UTCDateTime()))
_DAY: Final = UnitDay.__table__.c
_OF_DAYS: Final = (
    select(_DAY.unit_code, _DAY.measure, func.sum(_DAY.good), func.sum(_DAY.total))
    .where(_DAY.day >= bindparam("first", type_=Date()), _DAY.day <= bindparam("last", type_=Date()), ~_DAY.excluded)
    .group_by(_DAY.unit_code, _DAY.measure)
)
