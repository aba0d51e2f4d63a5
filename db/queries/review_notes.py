"""What meetings, units and the court add to a review's numbers: decisions, objections and imported figures."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from casework.calendar import last_day
from casework.indicators import Period, UnitSpan
from casework.review import CourtFigure, Decision, DecisionState, Objection, ObjectionState, PeriodName
from db.meetings import decision_of
from db.models import Assignment, Case, JournalEntry
from db.models import CourtFigure as CourtRow
from db.models import Decision as DecisionRow
from db.queries.as_of import Seen
from db.queries.performance import spans_of_cases
from db.search import among
from db.types import UTCDateTime

OBJECTED, SETTLED = "objected", "objection_settled"
"""`casework.vocabulary.EntryType` of an objection and of what became of it."""


def stamp(session: Session) -> str:
    """Another one as soon as a meeting has decided, an objection was asked or settled, or the court has told figures."""
    return repr(tuple(session.execute(_STAMP).one()))


def decisions(session: Session, name: PeriodName, at: datetime) -> tuple[Decision, ...]:
    """What the meetings of this period and of the one before decided, and whatever is still open, the earliest first; as it
    was at an instant."""
    meetings = [str(name), str(name.before())]
    rows = session.execute(
        _DECISIONS.where(DecisionRow.made_at <= at).where(
            or_(DecisionRow.meeting.in_(meetings), DecisionRow.state == DecisionState.OPEN, DecisionRow.settled_at > at)
        )
    )
    return tuple(_decision(row, code, at) for row, code in rows)


def _decision(row: DecisionRow, code: str | None, at: datetime) -> Decision:
    """As it stood at an instant."""
    found = decision_of(row, code)
    if found.settled_at is not None and found.settled_at <= at:
        return found
    return found._replace(state=DecisionState.OPEN, settled_at=None, outcome="")


class _Asked(NamedTuple):
    """An objection as the journal tells it."""

    reason: str
    at: datetime
    settled_at: datetime | None = None
    settled_by: str | None = None


def objections(session: Session, period: Period, seen: Seen) -> tuple[Objection, ...]:
    """Those that are open, and those asked or settled in the period, the earliest first."""
    concerned = {*session.scalars(_OPEN_OBJECTIONS), *session.scalars(_TOLD_OF_ONE, period._asdict())}
    stored = spans_of_cases(session, concerned - seen.cases.keys())
    spans = [span for span in (*stored, *seen.then) if span.objection is not None]
    case_ids = sorted({span.case_id for span in spans})
    asked = _asked(session, case_ids, seen.position)
    codes = dict(session.execute(select(Case.id, Case.code).where(among(session, Case.id, case_ids))).all())
    found = [_objection(span, codes[span.case_id], asked[span.key]) for span in spans if span.key in asked]
    return tuple(
        sorted((each for each in found if _is_of(each, period)), key=lambda each: (each.asked_at, each.case_code))
    )


def _is_of(objection: Objection, period: Period) -> bool:
    if objection.state is ObjectionState.OPEN:
        return objection.asked_at < period.end
    settled = objection.settled_at
    return period.has(objection.asked_at) or (settled is not None and period.has(settled))


def _objection(span: UnitSpan, code: str, asked: _Asked) -> Objection:
    assert span.objection is not None
    state = ObjectionState(span.objection)
    return Objection(
        code, span.number, span.unit_code, asked.reason, asked.at, state, asked.settled_at, asked.settled_by
    )


def _asked(session: Session, case_ids: Sequence[int], position: int) -> Mapping[tuple[int, int], _Asked]:
    """By span, what was said of its objection last."""
    found: dict[tuple[int, int], _Asked] = {}
    for case_id, kind, at, actor, told in _entries(session, case_ids, position):
        key = (case_id, told.get("span", 0))
        if kind == OBJECTED:
            found[key] = _Asked(told.get("reason", ""), at)
        elif key in found:
            found[key] = found[key]._replace(settled_at=at, settled_by=told.get("approver", actor))
    return found


def _entries(session: Session, case_ids: Sequence[int], position: int) -> Iterator[Any]:
    wanted = _OBJECTIONS.where(among(session, JournalEntry.case_id, case_ids), JournalEntry.id <= position)
    yield from session.execute(wanted)


def court(session: Session, name: PeriodName, at: datetime) -> tuple[CourtFigure, ...]:
    """The court's figures of the period's months; of the last month before it that has any, when these have none yet."""
    first, last = f"{name.first_day():%Y-%m}", f"{last_day(name.period(at).end):%Y-%m}"
    rows = session.scalars(_COURT.where(CourtRow.month <= last, CourtRow.imported_at <= at)).all()
    newest = max((row.month for row in rows), default="")
    return tuple(
        CourtFigure(row.month, row.measure, row.code, row.numerator, row.denominator, row.definition)
        for row in rows
        if row.month >= min(first, newest)
    )


# As the partial index says it, word for word.
_ABOUT_ONE: Final = text("type IN ('objected', 'objection_settled')")
_STAMP: Final = select(
    *(
        select(told).scalar_subquery()
        for told in (
            func.count(DecisionRow.id),
            func.max(DecisionRow.settled_at),
            func.max(CourtRow.imported_at),
        )
    ),
    select(func.max(JournalEntry.id)).where(_ABOUT_ONE).scalar_subquery(),
)
_DECISIONS: Final = (
    select(DecisionRow, Case.code)
    .outerjoin(Case, Case.id == DecisionRow.case_id)
    .order_by(DecisionRow.made_at, DecisionRow.id)
)
_OPEN_OBJECTIONS: Final = select(Assignment.case_id).where(Assignment.objection == ObjectionState.OPEN)
_TOLD_OF_ONE: Final = select(JournalEntry.case_id).where(
    _ABOUT_ONE,
    JournalEntry.occurred_at >= bindparam("start", type_=UTCDateTime()),
    JournalEntry.occurred_at < bindparam("end", type_=UTCDateTime()),
)
_OBJECTIONS: Final = (
    select(JournalEntry.case_id, JournalEntry.type, JournalEntry.occurred_at, JournalEntry.actor, JournalEntry.payload)
    .where(JournalEntry.type.in_([OBJECTED, SETTLED]))
    .order_by(JournalEntry.case_id, JournalEntry.version)
)
_COURT: Final = select(CourtRow).order_by(CourtRow.month, CourtRow.measure, CourtRow.code)
