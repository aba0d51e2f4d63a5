"""Which rows of `cases` an account sees: the one condition for it, which every query of cases for a person takes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import aliased

from casework.roles import Sight
from db.models import Assignment, Case


def in_sight(sight: Sight) -> ColumnElement[bool]:
    """What must hold of a row of `cases` for the sight to see it, as `casework.roles.Sight` says it.

    A unit works on a case while one of its spans there has not ended; an assignment that was taken back has left no span.
    """
    if sight.whole_county:
        return true()
    ways = [and_(~Case.sensitive, column.in_(places)) for column, places in _places(sight) if places]
    if sight.units:
        # One EXISTS, so that PostgreSQL can begin with the units' own spans where there is no other way in.
        span = aliased(Assignment)
        held = exists().where(span.case_id == Case.id, span.unit_code.in_(sorted(sight.units)))
        ways.append(held.where(or_(~Case.sensitive, span.ended_at.is_(None))).correlate(Case))
    return or_(*ways) if ways else false()


def _places(sight: Sight) -> tuple[tuple[ColumnElement[Any], list[str]], ...]:
    columns = Case.__table__.c
    return (
        (columns.township, sorted(sight.townships)),
        (columns.village, sorted(sight.villages)),
        (columns.grid, sorted(sight.grids)),
    )
