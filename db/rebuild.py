"""Makes the projections again from the journal, or finds where they differ from it."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casework.lifecycle import fold
from db import bulk, journal
from db.models import Assignment, Case, JournalEntry
from db.projections import assignment_rows, case_row

CHUNK: Final = 2_000

Row = tuple[Any, ...]


def rebuild(session: Session) -> int:
    """Write both projections anew; returns the number of cases."""
    journal.hold(session)
    codes = dict(session.execute(select(Case.id, Case.code)).all())
    session.execute(delete(Assignment))
    session.execute(delete(Case))
    total = 0
    for cases, assignments in _told(session, codes):
        bulk.insert(session, Case, cases)
        bulk.insert(session, Assignment, assignments)
        total += len(cases)
    journal.announce(session)
    return total


def differences(session: Session) -> Iterator[str]:
    """One sentence for each case whose stored projection is not what its journal tells."""
    codes = dict(session.execute(select(Case.id, Case.code)).all())
    seen: set[int] = set()
    for cases, assignments in _told(session, codes):
        ids = [row[0] for row in cases]
        seen.update(ids)
        stored = {tuple(row) for row in session.execute(_all_columns(Case).where(Case.id.in_(ids)))}
        spans = {tuple(row) for row in session.execute(_all_columns(Assignment).where(Assignment.case_id.in_(ids)))}
        for row in cases:
            if row not in stored:
                yield f"case {row[0]} ({row[1]}) differs from its journal"
        for row in spans.symmetric_difference(assignments):
            yield f"assignment {row[1]} of case {row[0]} differs from its journal"
    yield from (f"case {case_id} ({codes[case_id]}) has no journal" for case_id in codes.keys() - seen)


def _told(session: Session, codes: dict[int, str]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Both projections, chunk by chunk of cases. A case the table has lost gets a code that says so."""
    last = session.scalar(select(func.max(JournalEntry.case_id))) or 0
    for first in range(1, last + 1, CHUNK):
        wanted = select(JournalEntry.case_id).where(JournalEntry.case_id.between(first, first + CHUNK - 1)).distinct()
        entries = journal.entries_of(session, list(session.scalars(wanted)))
        folded = {case_id: fold(told) for case_id, told in entries.items()}
        cases = [case_row(case_id, codes.get(case_id, f"LOST-{case_id}"), case) for case_id, case in folded.items()]
        yield cases, [row for case_id, case in folded.items() for row in assignment_rows(case_id, case)]


def _all_columns(model: Any) -> Any:
    return select(*model.__table__.columns)
