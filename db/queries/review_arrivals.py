"""The cases behind what rose and behind a hot spot: those that came in during a period, by the journal as it was then."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.review import ArrivalKey, CaseLine, Review
from casework.roles import Sight
from db.models import Case
from db.queries.as_of import Seen, seen_at
from db.queries.sight import in_sight

NO_SPAN: Final = 0
"""In place of a span's number: it is the case itself that is counted."""
AT_ONCE: Final = 5_000


def arrivals_behind(session: Session, review: Review, key: ArrivalKey, sight: Sight) -> tuple[CaseLine, ...]:
    """Those of them that the sight sees, by code; as `db.queries.review_cases.inflow` counts them: merged ones are not among
    them. Raises nothing for a place or a category nobody knows: there is no case of it."""
    period = review.period
    seen, end = seen_at(session, review.position), min(period.end, period.at)
    lines = [
        *(_line(row) for row in _stored(session, key, period.start, end, sight) if row.id not in seen.cases),
        *_as_they_were(session, seen, key, (period.start, end), sight),
    ]
    return tuple(sorted(lines))


_CASE: Final = Case.__table__.c
_COLUMNS: Final = (
    _CASE.id, _CASE.code, _CASE.unit_code, _CASE.category, _CASE.township, _CASE.colour, _CASE.status, _CASE.reported_at,
)  # fmt: skip


def _stored(session: Session, key: ArrivalKey, start: datetime, end: datetime, sight: Sight) -> Sequence[Any]:
    asked: list[ColumnElement[bool]] = [
        _CASE[column] == wanted for column, wanted in key._asdict().items() if wanted is not None
    ]
    within = and_(_CASE.reported_at >= start, _CASE.reported_at < end, _CASE.merged_into.is_(None))
    return session.execute(select(*_COLUMNS).where(within, *asked, in_sight(sight))).all()


def _as_they_were(
    session: Session, seen: Seen, key: ArrivalKey, within: tuple[datetime, datetime], sight: Sight
) -> Iterator[CaseLine]:
    start, end = within
    found = {
        case_id: case
        for case_id, case in seen.cases.items()
        if case.threads and case.merged_into is None and start <= case.reported_at < end and _is_of(case, key)
    }
    ids = sorted(found)
    for first in range(0, len(ids), AT_ONCE):
        portion = Case.id.in_(ids[first : first + AT_ONCE])
        for row in session.execute(select(*_COLUMNS).where(portion, in_sight(sight))):
            yield _line(row)._replace(
                category=str(found[row.id].lead.facts.category),
                township=found[row.id].lead.facts.township,
                colour=found[row.id].colour.value,
                status=found[row.id].status.value,
            )


def _is_of(case: CaseState, key: ArrivalKey) -> bool:
    facts = case.lead.facts
    pairs = ((key.township, facts.township), (key.village, facts.village), (key.category, facts.category))
    return all(wanted is None or wanted == told for wanted, told in pairs)


def _line(row: Any) -> CaseLine:
    return CaseLine(
        case_code=row.code,
        span=NO_SPAN,
        unit_code=row.unit_code or "",
        category=row.category,
        township=row.township,
        colour=row.colour,
        status=row.status,
        assigned_at=row.reported_at,
        due_at=None,
        done_at=None,
        late_seconds=None,
        why="",
        excluded=False,
        objection=None,
    )
