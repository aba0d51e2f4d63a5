"""The objections that a meeting has before it, with the spans they are about and the versions of their cases."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.indicators import Period, UnitSpan
from casework.review import Objection
from casework.roles import Sight
from db.models import Case
from db.queries import review_notes
from db.queries.as_of import seen_at
from db.queries.performance import spans_of_cases
from db.queries.sight import in_sight


class Contested(NamedTuple):
    """An objection, the span it is about as it is now, and its case with the version of its journal."""

    objection: Objection
    span: UnitSpan
    case_id: int
    version: int


def contested(session: Session, period: Period, sight: Sight) -> tuple[Contested, ...]:
    """Those that are open, and those asked or settled in the period, the earliest first; none of a case out of sight."""
    told = review_notes.objections(session, period, seen_at(session))
    cases = _cases(session, sorted({each.case_code for each in told}), sight)
    spans = {span.key: span for span in spans_of_cases(session, {case_id for case_id, _ in cases.values()})}
    return tuple(
        Contested(each, spans[case_id, each.span], case_id, version)
        for each in told
        if each.case_code in cases
        for case_id, version in (cases[each.case_code],)
    )


def _cases(session: Session, codes: Sequence[str], sight: Sight) -> dict[str, tuple[int, int]]:
    wanted = select(Case.code, Case.id, Case.version).where(Case.code.in_(codes), in_sight(sight))
    return {code: (case_id, version) for code, case_id, version in session.execute(wanted)}
