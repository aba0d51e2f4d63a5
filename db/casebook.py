"""The cases one transaction is about: folded from the journal, decided on in memory, written back set-wise at its end.

Whoever opens one holds the journal's lock (`journal.hold`), so nobody else can append to these cases meanwhile.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry
from casework.decision import Decision
from casework.lifecycle import fold
from db import bulk, journal, lookups, rollup
from db.models import Assignment, Case, JournalEntry, Report
from db.projections import assignment_rows, case_row


class Known(Protocol):
    """Folded cases by (id, version)."""

    def get(self, key: tuple[int, int]) -> CaseState | None: ...


Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


class Projected(NamedTuple):
    """Rows as they are to be, new ones and changed ones; the spans that are `gone`, by case; and what `days` count."""

    cases: Rows
    spans: Rows
    gone: list[tuple[int, set[int]]]
    days: rollup.Changes


class Casebook:
    """`states` are the cases as they are now, `before` as they were stored; `codes` of all that are written."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.connection = session.connection()
        self.states: dict[int, CaseState] = {}
        self.before: dict[int, CaseState] = {}
        self.codes: dict[int, str] = {}
        self.entries: list[tuple[int, int, Entry]] = []
        self.moved: dict[int, int] = {}

    def open(self, case_ids: Iterable[int], known: Known | None = None) -> None:
        """Bring cases in; those whose (id, version) is `known` need not be folded."""
        missing = []
        for case_id, code, version in lookups.case_heads(self.connection, case_ids):
            self.codes[case_id] = code
            cached = known.get((case_id, version)) if known is not None else None
            if cached is None:
                missing.append(case_id)
            else:
                self.states[case_id] = cached
        if missing:
            for case_id, entries in journal.entries_of(self.session, missing).items():
                self.states[case_id] = fold(entries)
        self.before.update(self.states)

    def append(self, case_id: int, decision: Decision) -> None:
        """What was decided about a case; a new one is simply not in `before`."""
        entries, case = decision.entries, decision.case
        version = case.version - len(entries)
        self.entries.extend((case_id, version + number, entry) for number, entry in enumerate(entries, 1))
        self.states[case_id] = case

    def whole_journal(self, case_id: int) -> list[Entry]:
        """Every entry of a case, those decided here included."""
        entries = journal.entries_of(self.session, [case_id])[case_id]
        return [*entries, *(entry for each, _, entry in self.entries if each == case_id)]

    def move_reports(self, child: int, parent: int) -> None:
        """The reports of `child` are told in `parent` from now on."""
        self.moved[child] = parent

    def current(self, case_id: int) -> int:
        """Where a case's reports are told now."""
        while case_id in self.moved:
            case_id = self.moved[case_id]
        return case_id

    @property
    def touched(self) -> set[int]:
        """The cases that something was decided about."""
        return {case_id for case_id, _, _ in self.entries}

    def write(self, made: Projected | None = None) -> None:
        """Everything that was decided about cases that were known before: their rows (`made`: as in `write_cases`), and the
        journal."""
        if not self.entries:
            return
        end = journal.end(self.session)
        with bulk.together(self.session):
            self.write_moved_reports()
            self.write_cases(made)
            self.write_journal(end)

    def projected(self) -> Projected:
        """The rows of every case that was touched. Of one with thousands of reports they take longer to make than to write."""
        made = Projected(([], []), ([], []), [], rollup.Changes())
        for case_id in sorted(self.touched):
            before, after = self.before.get(case_id), self.states[case_id]
            made.cases[before is not None].append(case_row(case_id, self.codes[case_id], after))
            known = {row[1]: row for row in assignment_rows(case_id, before)} if before is not None else {}
            told = assignment_rows(case_id, after)
            made.days.take(before, after, known, told)
            for row in told:
                if known.get(row[1]) != row:
                    made.spans[row[1] in known].append(row)
            gone = known.keys() - {row[1] for row in told}
            if gone:
                made.gone.append((case_id, gone))
        return made

    def write_cases(self, made: Projected | None = None) -> None:
        """All projections of every case that was touched; `made`: their rows, where they were made before."""
        cases, spans, gone, days = made or self.projected()
        for case_id, numbers in gone:
            self._forget_spans(case_id, numbers)
        for model, (new, changed) in ((Case, cases), (Assignment, spans)):
            bulk.insert(self.session, model, new)
            bulk.update(self.session, model, changed)
        days.write(self.session)

    def _forget_spans(self, case_id: int, numbers: Iterable[int]) -> None:
        table = Assignment.__table__
        gone = delete(Assignment).where(table.c.case_id == case_id, table.c.number.in_(list(numbers)))
        self.connection.execute(gone)

    def write_moved_reports(self) -> None:
        for child, parent in self.moved.items():
            moved = update(Report).where(Report.case_id == child)
            self.connection.execute(moved.values(case_id=self.current(parent)))

    def write_journal(self, end: journal.End) -> None:
        """Append the entries where the journal ends, and wake the followers."""
        if not self.entries:
            return
        recorded_at = end.next_recorded_at()
        rows: Sequence[tuple[Any, ...]] = [
            journal.entry_row(entry_id, case_id, version, entry, recorded_at)
            for entry_id, (case_id, version, entry) in enumerate(self.entries, end.position + 1)
        ]
        bulk.insert(self.session, JournalEntry, rows)
        journal.announce(self.session)
