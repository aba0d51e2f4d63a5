"""What the journal told at one of its positions: the cases that it has told more of since, folded up to there.

Everything else stands in the tables as it did. So a past instant costs what has happened since, and gives the same numbers
whenever it is asked for.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry
from casework.indicators import UnitSpan
from casework.lifecycle import fold
from casework.vocabulary import EntryType
from db import journal
from db.database import Database
from db.models import JournalEntry
from db.queries.performance import spans_of_cases
from db.rollup import unit_spans
from db.search import among

MOST_BITS: Final = 48
"""Of an entry's id."""
AT_ONCE: Final = 5_000


class Seen(NamedTuple):
    """The journal at `position`. `cases`: those it has told more of since, as they were, without threads if they were not yet;
    `now` and `then`: their spans as the tables have them, and as they were."""

    position: int
    cases: Mapping[int, CaseState]
    now: tuple[UnitSpan, ...]
    then: tuple[UnitSpan, ...]

    def spans(self, stored: Collection[UnitSpan]) -> list[UnitSpan]:
        """Spans from the tables, put back to what they were. All that had changed are among them, counted or not."""
        if not self.cases:
            return list(stored)
        return [*(span for span in stored if span.case_id not in self.cases), *self.then]

    def corrections(self) -> Iterator[tuple[UnitSpan, int]]:
        """For `db.queries.performance.running_marks`: what the table holds of these cases is taken out, what was is put in."""
        yield from ((span, -1) for span in self.now if span.ended_at is not None)
        yield from ((span, 1) for span in self.then)


def position_at(session: Session, at: datetime) -> int:
    """The last entry recorded by an instant; 0 before the first.

    Ids have no gaps and rise with the commits, and so do the instants (`journal.End.next_recorded_at`). The ids looked at do not
    depend on how long the journal is: the same instant has the same position ever after, once what was being written at it
    has come to its end (`settle`).
    """
    newest, found = journal.position(session), 0
    for bit in reversed(range(MOST_BITS)):
        tried = found + (1 << bit)
        if tried <= newest and session.execute(_RECORDED, {"id": tried}).scalar_one() <= at:
            found = tried
    return found


def settle(database: Database) -> None:
    """Wait for who holds the journal: all that is recorded by now can be seen after. Raises `DatabaseAway`."""
    with database.write() as session:
        journal.hold(session)


def seen_at(session: Session, position: int | None = None) -> Seen:
    """The journal at a position; at its end without one."""
    newest = journal.position(session)
    if position is None or position >= newest:
        return Seen(newest, {}, (), ())
    changed = sorted(session.scalars(_TOLD_SINCE, {"id": position}))
    cases = dict(cases_at(session, changed, position))
    then = [span for case_id, case in cases.items() for span in unit_spans(case_id, case)]
    return Seen(position, cases, tuple(spans_of_cases(session, changed)), tuple(then))


def cases_at(session: Session, case_ids: Sequence[int], position: int) -> Iterator[tuple[int, CaseState]]:
    """Cases as the journal told them at a position, without threads if it had not yet."""
    for first in range(0, len(case_ids), AT_ONCE):
        portion = case_ids[first : first + AT_ONCE]
        entries: dict[int, list[Entry]] = {case_id: [] for case_id in portion}
        wanted = _ENTRIES.where(among(session, _ENTRY.case_id, portion), _ENTRY.id <= position)
        for case_id, kind, report, occurred_at, actor, payload in session.execute(wanted):
            entries[case_id].append(Entry(EntryType(kind), report, occurred_at, actor, payload))
        yield from ((case_id, fold(told)) for case_id, told in entries.items())


_ENTRY: Final[Any] = JournalEntry.__table__.c
_RECORDED: Final = select(_ENTRY.recorded_at).where(_ENTRY.id == bindparam("id"))
_TOLD_SINCE: Final = select(_ENTRY.case_id).where(_ENTRY.id > bindparam("id")).distinct()
_ENTRIES: Final = select(
    _ENTRY.case_id, _ENTRY.type, _ENTRY.report, _ENTRY.occurred_at, _ENTRY.actor, _ENTRY.payload
).order_by(_ENTRY.case_id, _ENTRY.version)
