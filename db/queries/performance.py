"""The spans of responsibility that a period's performance is reckoned from. Knows no rate and no score."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, union
from sqlalchemy.orm import Session

from casework.indicators import UnitSpan
from db.models import Assignment
from db.types import UTCDateTime

A_YEAR: Final = timedelta(days=366)


def spans_of_period(
    session: Session, start: datetime, end: datetime, answered_within: timedelta = A_YEAR
) -> list[UnitSpan]:
    """Every span that was given or visited, or one of whose clocks ended, from `start` to before `end`; no other, in no order.

    Clocks end as `casework.indicators` says. A running one whose deadline is still ahead but before `end` is among them:
    it will have run out by then, unless it is met. `answered_within`: longer than any clock to sign or to speak to the
    citizen runs (`casework.clocks.longest_answer`), so that older spans need not be looked at for these.
    """
    asked = {"start": start, "end": end, "since": start - answered_within}
    return [UnitSpan._make(row) for row in session.execute(_OF_PERIOD, asked)]


# The statements, built once: building one costs more than running it.
_SPAN: Final = Assignment.__table__.c
_START: Final = bindparam("start", type_=UTCDateTime())
_END: Final = bindparam("end", type_=UTCDateTime())


def _falls(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(column >= _START, column < _END)


def _not_by(due: ColumnElement[Any], *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """None of these had happened at the deadline."""
    return and_(*(or_(column.is_(None), column > due) for column in columns))


def _met(done: ColumnElement[Any], due: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(_falls(done), done <= due)


def _ran_out(due: ColumnElement[Any], *stops: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(_falls(due), _not_by(due, *stops))


# What a clock to sign or to speak to the citizen did in the period: such clocks are short, so that no old span can have.
_ANSWERED: Final = and_(
    _SPAN.assigned_at >= bindparam("since", type_=UTCDateTime()),
    or_(
        _met(_SPAN.signed_at, _SPAN.sign_due_at),
        _ran_out(_SPAN.sign_due_at, _SPAN.signed_at, _SPAN.finished_at, _SPAN.ended_at),
        _met(_SPAN.contacted_at, _SPAN.contact_due_at),
        _ran_out(_SPAN.contact_due_at, _SPAN.contacted_at, _SPAN.finished_at, _SPAN.ended_at),
    ),
)
_WAYS: Final = (
    _falls(_SPAN.assigned_at),
    _falls(_SPAN.visited_at),
    _ANSWERED,
    _met(_SPAN.finished_at, _SPAN.finish_due_at),
    _ran_out(_SPAN.finish_due_at, _SPAN.finished_at, _SPAN.ended_at, _SPAN.paused_at),
)
_COLUMNS: Final = tuple(_SPAN[name] for name in UnitSpan._fields)
# A union, so that each way in has its index on both databases.
_OF_PERIOD: Final = union(*(select(*_COLUMNS).where(way) for way in _WAYS))
