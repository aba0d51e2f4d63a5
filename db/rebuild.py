"""Makes the projections again from the journal, or finds where they differ from it."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casework.lifecycle import fold
from db import bulk, journal, rollup
from db.models import Assignment, Case, JournalEntry, UnitDay
from db.projections import assignment_rows, case_row

CHUNK: Final = 2_000

Row = tuple[Any, ...]


def rebuild(session: Session, told: Callable[[int, int], object] | None = None) -> int:
    """Write all projections anew; returns the number of cases. `told`: is told after every so many, how many of how many."""
    journal.hold(session)
    codes = dict(session.execute(select(Case.id, Case.code)).all())
    session.execute(delete(Assignment))
    session.execute(delete(Case))
    rollup.forget(session)
    total = 0
    for chunk in _told(session, codes):
        bulk.insert(session, Case, chunk.cases)
        bulk.insert(session, Assignment, chunk.assignments)
        chunk.days.write(session)
        total += len(chunk.cases)
        if told is not None:
            told(total, max(total, len(codes)))
    journal.announce(session)
    return total


def differences(session: Session) -> Iterator[str]:
    """One sentence for each case whose stored projection is not what its journal tells, and for each wrong count of a day."""
    codes = dict(session.execute(select(Case.id, Case.code)).all())
    seen: set[int] = set()
    days = rollup.Changes()
    for chunk in _told(session, codes):
        ids = [row[0] for row in chunk.cases]
        seen.update(ids)
        days.add(chunk.days)
        stored = {tuple(row) for row in session.execute(_all_columns(Case).where(Case.id.in_(ids)))}
        spans = {tuple(row) for row in session.execute(_all_columns(Assignment).where(Assignment.case_id.in_(ids)))}
        for row in chunk.cases:
            if row not in stored:
                yield f"case {row[0]} ({row[1]}) differs from its journal"
        for row in spans.symmetric_difference(chunk.assignments):
            yield f"assignment {row[1]} of case {row[0]} differs from its journal"
    yield from (f"case {case_id} ({codes[case_id]}) has no journal" for case_id in codes.keys() - seen)
    yield from _differing_days(session, days)


def _differing_days(session: Session, expected: rollup.Changes) -> Iterator[str]:
    """A count that has gone back to nothing may have a row, or none."""
    left = expected.rows()
    for day, unit, measure, excluded, good, total in session.execute(_all_columns(UnitDay)):
        key = rollup.UnitDayKey(day, unit, measure, excluded)
        if (good, total) != left.pop(key, (0, 0)):
            yield f"the count of {measure} of {unit} on {day} differs from the journal"
    for key in left:
        yield f"the count of {key.measure} of {key.unit_code} on {key.day} is missing"


class _Chunk(NamedTuple):
    """Rows of some cases, and what their ended spans count for by day."""

    cases: list[Row]
    assignments: list[Row]
    days: rollup.Changes


def _told(session: Session, codes: dict[int, str]) -> Iterator[_Chunk]:
    """All projections, chunk by chunk of cases. A case the table has lost gets a code that says so."""
    last = session.scalar(select(func.max(JournalEntry.case_id))) or 0
    for first in range(1, last + 1, CHUNK):
        wanted = select(JournalEntry.case_id).where(JournalEntry.case_id.between(first, first + CHUNK - 1)).distinct()
        entries = journal.entries_of(session, list(session.scalars(wanted)))
        folded = {case_id: fold(told) for case_id, told in entries.items()}
        chunk = _Chunk([], [], rollup.Changes())
        for case_id, case in folded.items():
            spans = assignment_rows(case_id, case)
            chunk.cases.append(case_row(case_id, codes.get(case_id, f"LOST-{case_id}"), case))
            chunk.assignments.extend(spans)
            chunk.days.take(None, case, {}, spans)
        yield chunk


def _all_columns(model: Any) -> Any:
    return select(*model.__table__.columns)
