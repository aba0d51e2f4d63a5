"""Which rows of `cases` an account sees: the one condition for it, which every query of cases for a person takes."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from casework.roles import Sight
from db.models import Assignment, Case


class not_by_index(FunctionElement[Any]):  # noqa: N801 - reads as a function
    """A column, by whose index SQLite shall not look.

    It knows nothing of how many rows an index would give it, and would rather look a unit up among all its cases, or a span
    among all that run, than among the two or three spans of a case. PostgreSQL counts, and is told nothing.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(not_by_index)
def _column(element: not_by_index, compiler: SQLCompiler, **told: Any) -> str:
    return compiler.process(element.clauses, **told)


@compiles(not_by_index, "sqlite")
def _column_on_sqlite(element: not_by_index, compiler: SQLCompiler, **told: Any) -> str:
    return "+" + compiler.process(element.clauses, **told)


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
        held = exists().where(span.case_id == Case.id, _of(span, sight.units))
        ways.append(held.where(or_(~Case.sensitive, span.ended_at.is_(None))).correlate(Case))
    return or_(*ways) if ways else false()


def in_sight_once_ended(sight: Sight, *, listed: bool) -> ColumnElement[bool]:
    """`in_sight` of a case that has ended, for going through years of them: nobody works on it, so a protected one is the
    county's alone.

    `listed`: the cases that the units had are found at once and kept as a list. SQLite needs it, which would look for spans
    with each of a million cases; PostgreSQL joins them where there are units alone, and looks where most lie in a place.
    """
    if sight.whole_county:
        return true()
    places = [column.in_(codes) for column, codes in _places(sight) if codes]
    if not sight.units or (places and not listed):
        return and_(~Case.sensitive, in_sight(sight))
    span = aliased(Assignment)
    had = span.unit_code.in_(sorted(sight.units))
    if listed:
        return and_(~Case.sensitive, or_(*places, Case.id.in_(select(span.case_id).where(had))))
    return and_(~Case.sensitive, exists().where(span.case_id == Case.id, had).correlate(Case))


def works(units: Collection[str], role: str) -> ColumnElement[bool]:
    """One of the units works on the case in that role."""
    span = aliased(Assignment)
    running = _of(span, units), span.role == role, not_by_index(span.ended_at).is_(None)
    return exists().where(span.case_id == Case.id, *running).correlate(Case)


def _of(span: Any, units: Collection[str]) -> ColumnElement[bool]:
    """That the span is one of the units'; of one alone SQLite has it from the index, row untouched."""
    column = span.unit_code if len(units) == 1 else not_by_index(span.unit_code)
    return column.in_(sorted(units))


def _places(sight: Sight) -> tuple[tuple[ColumnElement[Any], list[str]], ...]:
    columns = Case.__table__.c
    return (
        (columns.township, sorted(sight.townships)),
        (columns.village, sorted(sight.villages)),
        (columns.grid, sorted(sight.grids)),
    )
