"""A centre at work, for tests: feeds report, people act, and after every write the tables are what the journal tells."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.calendar import Calendar
from casework.case import Case as CaseState
from casework.decision import Decision
from casework.evolve import fold
from casework.joining import Merge, Split
from casework.moves import Move
from casework.rules import Rules
from db import acts, clockwork, joining, journal
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case, JournalEntry, Report
from db.rebuild import differences
from tests.records import NOW, Feed, message, translated

PREFIX = "YC"


class Centre:
    """One database with its recorder; every method that writes does so in a transaction of its own."""

    def __init__(self, database: Database, recorder: Recorder, first: int = 1) -> None:
        """`first`: the number of the next event."""
        self.database = database
        self.recorder = recorder
        self._numbers = count(first)

    @property
    def rules(self) -> Rules:
        return self.recorder.rules

    def hear(self, feed: Feed, record: Mapping[str, Any], recorder: Recorder | None = None) -> int:
        """A feed tells the newest version of a record; the id of the case it is in then."""
        number = next(self._numbers)
        with self.writing() as session:
            (recorder or self.recorder).record(session, [message(feed, record, f"e{number}", number)])
        return self.case_of(translated(feed, record).key)

    def act(self, case_id: int, move: Move, seen: int | None = None) -> Decision:
        with self.writing() as session:
            return acts.act(session, self.rules, case_id, move, seen)

    def merge(self, child_id: int, parent_id: int, at: datetime = NOW) -> None:
        with self.writing() as session:
            joining.merge_cases(session, child_id, parent_id, Merge(by="centre", at=at, reason="同一件事"))

    def split(self, parent_id: int, report: str, at: datetime = NOW) -> int:
        """Take a report out of a case; the id of the case it is in then."""
        with self.writing() as session:
            move = Split(by="centre", at=at, report=report, reason="不是一件事")
            return joining.split_report(session, parent_id, move, PREFIX)

    def climb(self, at: datetime) -> list[tuple[str, str]]:
        """(code, step) of every step of the ladder that was taken."""
        with self.writing() as session:
            return [(code, rung.step.name) for code, rung in clockwork.climb(session, self.rules, at)]

    def redate(self, rules: Rules, at: datetime) -> int:
        with self.writing() as session:
            return clockwork.redate(session, rules, at)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.database.write() as session:
            yield session
        self.check()

    def check(self) -> None:
        """Everything that holds after every write, whoever wrote."""
        with self.database.read() as session:
            assert list(differences(session)) == []
            ids = list(session.scalars(select(JournalEntry.id).order_by(JournalEntry.id)))
            assert ids == list(range(1, len(ids) + 1)), "ids have no gaps"
            versions = session.execute(select(JournalEntry.case_id, JournalEntry.version).order_by(JournalEntry.id))
            told: Counter[int] = Counter()
            for case_id, version in versions:
                told[case_id] += 1
                assert version == told[case_id], "a case's entries are numbered in the order they were written"
            here = {
                (thread.report, case_id)
                for case_id, case in folded(session).items()
                if case.merged_into is None
                for thread in case.threads
            }
            stored = session.execute(select(Report.feed, Report.source_id, Report.case_id))
            assert here == {(f"{feed}:{source_id}", case_id) for feed, source_id, case_id in stored}

    def case(self, case_id: int) -> Case:
        with self.database.read() as session:
            return session.get_one(Case, case_id)

    def spans(self, case_id: int) -> list[Assignment]:
        with self.database.read() as session:
            found = select(Assignment).where(Assignment.case_id == case_id).order_by(Assignment.number)
            return list(session.scalars(found))

    def state(self, case_id: int) -> CaseState:
        with self.database.read() as session:
            return fold(journal.entries_of(session, [case_id])[case_id])

    def kinds(self, case_id: int) -> list[str]:
        """The types of a case's entries, in order."""
        with self.database.read() as session:
            found = select(JournalEntry.type).where(JournalEntry.case_id == case_id).order_by(JournalEntry.version)
            return list(session.scalars(found))

    def case_of(self, report: str) -> int:
        feed, _, source_id = report.partition(":")
        with self.database.read() as session:
            return session.scalars(
                select(Report.case_id).where(Report.feed == feed, Report.source_id == source_id)
            ).one()

    def position(self) -> int:
        """How many entries the journal has."""
        with self.database.read() as session:
            return journal.position(session)


def folded(session: Session) -> dict[int, CaseState]:
    """Every case, folded from its journal."""
    case_ids = list(session.scalars(select(JournalEntry.case_id).distinct()))
    return {case_id: fold(entries) for case_id, entries in journal.entries_of(session, case_ids).items()}


def with_calendar(rules: Rules, calendar: Calendar) -> Rules:
    """The same rules with another calendar."""
    return replace(rules, calendar=calendar)
