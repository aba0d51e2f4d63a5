"""The spans of responsibility that a period's performance is reckoned from. Knows no rate and no score."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, func, or_, select, text, union, union_all
from sqlalchemy.orm import Session

from casework.calendar import JUST_BEFORE, local_day
from casework.handling import Finished
from casework.indicators import By, Indicator, Measure, Period, UnitSpan, is_in, marks
from casework.weighing import DayCounts, Given, Late, Running, StillOpen, UnitCount, unit_counts
from db.models import Assignment, Case, UnitDay
from db.types import UTCDateTime

A_YEAR: Final = timedelta(days=366)
AT_ONCE: Final = 10_000
_MEASURES: Final = {measure.value: measure for measure in Measure}


class Way(StrEnum):
    """What of a span may fall in a period, and make it count there."""

    GIVEN = "given"
    VISITED = "visited"
    ANSWERED = "answered"
    FINISHED = "finished"
    RAN_OUT = "ran_out"
    ENDED = "ended"
    OPEN = "open"


ALL_WAYS: Final = frozenset(Way)
MARKED: Final = ALL_WAYS - {Way.OPEN}
"""By which a span comes to have a mark (`casework.indicators.marks`)."""
_CLOCK, _VISIT, _BEGUN = frozenset({Way.ANSWERED}), frozenset({Way.VISITED}), frozenset({Way.GIVEN})
WAYS_OF: Final[Mapping[Indicator, frozenset[Way]]] = {
    Indicator.SIGNED: _CLOCK,
    Indicator.CONTACTED: _CLOCK,
    Indicator.FINISHED: frozenset({Way.FINISHED, Way.RAN_OUT}),
    Indicator.SOLVED: _VISIT,
    Indicator.SATISFIED: _VISIT,
    Indicator.DISSATISFIED: _VISIT,
    Indicator.LOCAL: _VISIT,
    Indicator.DATA: _BEGUN,
    Indicator.REPEATED: _BEGUN,
    Indicator.CLOSED: _BEGUN,
    Indicator.CLOSED_ON_TIME: _BEGUN,
    Indicator.RETURNED: frozenset({Way.GIVEN, Way.ENDED}),
    Indicator.REDONE: frozenset({Way.FINISHED, Way.ENDED}),
    Indicator.SETTLED_ENDED: frozenset({Way.FINISHED}),
    Indicator.SETTLED_ACCEPTED: frozenset({Way.FINISHED, Way.ANSWERED}),
    Indicator.OVERDUE_OPEN: frozenset({Way.OPEN, Way.FINISHED, Way.ENDED}),
}
"""By which of them a span comes to count in an indicator. What is open at an instant of the period may be over by its end."""


def spans_of_period(
    session: Session,
    start: datetime,
    end: datetime,
    answered_within: timedelta = A_YEAR,
    only: ColumnElement[bool] | None = None,
    ways: frozenset[Way] = ALL_WAYS,
    *,
    ended: bool = False,
) -> list[UnitSpan]:
    """Every span that a period from `start` to before `end` may count, once, in no order: those that were given, finished,
    ended or visited in it, one of whose clocks ended in it, and those that stood open at its end, whenever they were given.

    Clocks end as `casework.indicators` says. A running one whose deadline is still ahead but before `end` is among them:
    it will have run out by then, unless it is met. `answered_within`: longer than any clock to sign or to speak to the
    citizen runs (`casework.clocks.longest_answer`), so that older spans need not be looked at for these.
    `only`: see `is_of`. `ways`: those that matter (`WAYS_OF`). `ended`: those alone that have ended by now.
    """
    asked = {"start": start, "end": end, "since": start - answered_within}
    found = _of_period(ways, ended=ended)
    wanted = found if only is None else found.where(only)
    return [UnitSpan._make(row) for row in session.execute(wanted, asked).all()]


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


def spans_noted(session: Session, start: datetime) -> list[UnitSpan]:
    """The few that are excluded, objected to, or given because the matter came again, of those of which anything happened from
    `start` on or may still."""
    return [UnitSpan._make(row) for row in session.execute(_NOTED, {"start": start})]


def unended_spans(session: Session, before: datetime) -> list[UnitSpan]:
    """Those that have not ended yet, given before an instant."""
    return [UnitSpan._make(row) for row in session.execute(_UNENDED, {"before": before}).all()]


def running_marks(
    session: Session,
    before: datetime,
    periods: Iterable[Period] = (),
    changed: Collection[int] = (),
    corrected: Iterable[tuple[UnitSpan, int]] = (),
) -> Running:
    """What is needed beside the table for periods that end by an instant. `periods`: those that run, if any do. `changed`: cases
    whose spans are told by `corrected` alone, each so many times."""
    running = Running(periods)
    for span in unended_spans(session, before):
        if span.case_id not in changed:
            running.add(span)
    for span, times in corrected:
        running.add(span, times)
    return running


def ended_on_the_last_day(
    session: Session, period: Period, answered_within: timedelta, changed: Collection[int] = ()
) -> list[UnitCount]:
    """What spans that have ended count for on the day of a period that is not over at the instant looked at, up to it: the
    table has this day whole. None of the cases `changed`."""
    first = period.whole_until
    if first >= period.end:
        return []
    ended = spans_of_period(session, first, period.last + JUST_BEFORE, answered_within, ways=MARKED, ended=True)
    return unit_counts(
        (span, mark)
        for span in ended
        if span.case_id not in changed
        for mark in marks(span)
        if mark[2] >= first and is_in(mark, period)
    )


def day_counts(session: Session, period: Period) -> DayCounts:
    """Every count of the days of a period that are over at the instant looked at."""
    found: defaultdict[date, list[UnitCount]] = defaultdict(list)
    for day, unit, measure, excluded, good, total in session.execute(_EACH_DAY, _days(period)).all():
        found[day].append(UnitCount(unit, _MEASURES[measure], excluded, good, total))
    return found


def days_of(session: Session, period: Period, running: Running) -> Iterator[UnitCount]:
    """What was counted on the days of a period that are over at the instant looked at, in the table and beside it; the excluded
    left out."""
    for unit, measure, good, total in session.execute(_OF_DAYS, _days(period)).all():
        yield UnitCount(unit, _MEASURES[measure], False, good, total)
    for counts in running.whole_days(period).values():
        yield from (each for each in counts if not each.excluded)


def _days(period: Period) -> dict[str, Any]:
    return {"first": local_day(period.start), "until": local_day(period.whole_until)}


def given_in(session: Session, period: Period) -> list[Given]:
    """What was given in a period, and what became of it by its end: as `casework.indicators.stands` says of each span."""
    asked = {"start": period.start, "last": period.last}
    return [Given._make(row) for row in session.execute(_GIVEN, asked).all()]


def open_at_the_end(session: Session, period: Period) -> list[StillOpen]:
    """What was open when a period was over, however long ago it was given: as `casework.indicators.stands` says."""
    asked = {"last": period.last, "until": min(period.end, period.at)}
    return [StillOpen._make(row) for row in session.execute(_STILL_OPEN, asked)]


def finished_in(session: Session, period: Period) -> list[Finished]:
    """What was finished in a period, the excluded left out."""
    asked = {"start": period.start, "last": period.last}
    return [Finished._make(row) for row in session.execute(_FINISHED, asked).all()]


def late_in(session: Session, period: Period) -> list[tuple[int, Late]]:
    """Every span that was open and overdue at any time in a period, by its case; the excluded left out."""
    asked = {"start": period.start, "last": period.last, "until": min(period.end, period.at)}
    return [(case_id, Late._make(row)) for case_id, *row in session.execute(_LATE, asked)]


# The statements, built once: building one costs more than running it. Of tables and not of the mapped classes: rows of these are
# made twice.
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
_WAYS: Final[Mapping[Way, tuple[ColumnElement[bool], ...]]] = {
    Way.GIVEN: (_falls(_SPAN.assigned_at),),
    Way.VISITED: (_falls(_SPAN.visited_at),),
    Way.ANSWERED: (_ANSWERED,),
    Way.FINISHED: (_falls(_SPAN.finished_at),),
    Way.RAN_OUT: (_ran_out(_SPAN.finish_due_at, _SPAN.finished_at, _SPAN.ended_at, _SPAN.paused_at),),
    Way.ENDED: (_falls(_SPAN.ended_at),),
    Way.OPEN: (and_(_SPAN.ended_at.is_(None), _OPEN), and_(_SPAN.ended_at >= _END, _OPEN)),
}
_OF_CASE: Final = ("category", "feed", "township", "village", "sensitive")
_SPANS: Final = select(
    *(_SPAN[name] for name in UnitSpan._fields if name not in _OF_CASE),
    *(_CASE[name] for name in _OF_CASE),
).join_from(Assignment.__table__, Case.__table__, _CASE.id == _SPAN.case_id)


@lru_cache
def _of_period(ways: frozenset[Way], *, ended: bool) -> Select[Any]:
    # A union of keys, so that each way in has its index on both databases, and no row is compared with another.
    wanted = (condition for way in Way if way in ways for condition in _WAYS[way])
    which = (_SPAN.ended_at.is_not(None),) if ended else ()
    keys = (
        union(*(select(_SPAN.case_id, _SPAN.number).where(condition, *which) for condition in wanted))
        .cte("keys")
        .prefix_with("MATERIALIZED")
    )
    return _SPANS.join(keys, and_(keys.c.case_id == _SPAN.case_id, keys.c.number == _SPAN.number))


_UNENDED: Final = _SPANS.where(_SPAN.ended_at.is_(None), _SPAN.assigned_at < bindparam("before", type_=UTCDateTime()))
# As the partial index says it, word for word.
_NOTED: Final = _SPANS.where(
    text("(excluded OR again OR objection IS NOT NULL)"),
    or_(
        _SPAN.ended_at.is_(None),
        *(
            _SPAN[name] >= _START
            for name in ("ended_at", "finished_at", "visited_at", "assigned_at", "signed_at", "contacted_at")
        ),
    ),
)
_DAY: Final = UnitDay.__table__.c
_WHOLE_DAYS: Final = and_(
    _DAY.day >= bindparam("first", type_=Date()),
    _DAY.day < bindparam("until", type_=Date()),
)
_EACH_DAY: Final = select(_DAY.day, _DAY.unit_code, _DAY.measure, _DAY.excluded, _DAY.good, _DAY.total).where(
    _WHOLE_DAYS
)
_OF_DAYS: Final = (
    select(_DAY.unit_code, _DAY.measure, func.sum(_DAY.good), func.sum(_DAY.total))
    .where(_WHOLE_DAYS, ~_DAY.excluded)
    .group_by(_DAY.unit_code, _DAY.measure)
)
_LAST: Final = bindparam("last", type_=UTCDateTime())
_UNTIL: Final = bindparam("until", type_=UTCDateTime())


def _many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group it holds of."""
    return func.sum(case((condition, 1), else_=0))


_OF_GIVEN: Final = (_SPAN.unit_code, _CASE.category, _CASE.feed, _SPAN.excluded)
_CLOSED: Final = _SPAN.finished_at <= _LAST
_GIVEN: Final = (
    select(*_OF_GIVEN, func.count(), _many(_CLOSED), _many(and_(_CLOSED, _SPAN.finished_at <= _SPAN.finish_due_at)))
    .join_from(Assignment.__table__, Case.__table__, _CASE.id == _SPAN.case_id)
    .where(_SPAN.assigned_at >= _START, _SPAN.assigned_at <= _LAST)
    .group_by(*_OF_GIVEN)
)


def _unended(*columns: ColumnElement[Any], after: ColumnElement[Any]) -> tuple[Select[Any], Select[Any]]:
    """Spans that had not ended by an instant: those that have not yet, and those that ended later. Two ways in, for each of
    which there is an index on both databases."""
    return select(*columns).where(_SPAN.ended_at.is_(None)), select(*columns).where(_SPAN.ended_at > after)


_OVERDUE: Final = and_(
    _SPAN.finish_due_at < _UNTIL, or_(_SPAN.paused_at.is_(None), _SPAN.paused_at > _SPAN.finish_due_at)
)
_STOOD: Final = and_(_SPAN.assigned_at <= _LAST, or_(_SPAN.finished_at.is_(None), _SPAN.finished_at > _LAST))
# Counted outside of the union: told to group inside, SQLite goes through the whole table by unit.
_WERE_OPEN: Final = union_all(
    *(
        way.where(_STOOD)
        for way in _unended(_SPAN.unit_code, _SPAN.excluded, case((_OVERDUE, 1), else_=0).label("overdue"), after=_LAST)
    )
).subquery()
_STILL_OPEN: Final = select(
    _WERE_OPEN.c.unit_code, _WERE_OPEN.c.excluded, func.count(), func.sum(_WERE_OPEN.c.overdue)
).group_by(_WERE_OPEN.c.unit_code, _WERE_OPEN.c.excluded)
_FINISHED: Final = select(*(_SPAN[name] for name in Finished._fields)).where(
    _SPAN.finished_at >= _START, _SPAN.finished_at <= _LAST, ~_SPAN.excluded
)
_LATE: Final = union_all(
    *(
        way.where(
            ~_SPAN.excluded,
            _OVERDUE,
            _SPAN.assigned_at <= _LAST,
            or_(
                _SPAN.finished_at.is_(None), and_(_SPAN.finished_at > _SPAN.finish_due_at, _SPAN.finished_at >= _START)
            ),
            or_(_SPAN.ended_at.is_(None), _SPAN.ended_at > _SPAN.finish_due_at),
        )
        for way in _unended(_SPAN.case_id, *(_SPAN[name] for name in Late._fields), after=_START)
    )
)
