"""What people and the clock do to cases: decided by the same lifecycle as the feeds, written in the caller's transaction."""

from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.decision import Decision
from casework.errors import Refused
from casework.ladder import Rung, next_step, rungs
from casework.lifecycle import Merge, Move, Rules, Split, decide, merge, split
from casework.moves import Redate, Remind
from db import bulk, journal, lookups
from db.casebook import Casebook
from db.models import Assignment, Case, CaseCounter, JournalEntry, Report

CHUNK: Final = 1_000
LADDER: Final = "ladder"
CALENDAR: Final = "calendar"


class StaleCase(Refused):
    """The case has changed since the person saw it; nothing was written."""

    def __init__(self, seen: int, found: int) -> None:
        super().__init__(
            "the case has changed meanwhile: you saw entry {seen}, it is at {found} now", seen=seen, found=found
        )


class NoSuchCase(Refused):
    """No case has that code."""

    def __init__(self, code: str) -> None:
        super().__init__("there is no case {code}", code=code)


def case_id_of(session: Session, code: str) -> int:
    """The id of a case by its code."""
    found = session.scalar(select(Case.id).where(Case.code == code))
    if found is None:
        raise NoSuchCase(code)
    return found


def act(
    session: Session, rules: Rules, case_id: int, move: Move, recorded_at: datetime, seen: int | None = None
) -> Decision:
    """Let a move happen. Raises `Refused`; `StaleCase` when the case is no longer at the version `seen`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([case_id])
    case = _case(book, case_id)
    if seen is not None and seen != case.version:
        raise StaleCase(seen, case.version)
    decision = decide(case, move, rules)
    book.append(case_id, decision)
    _write(book, recorded_at)
    return decision


def merge_cases(session: Session, child_id: int, parent_id: int, move: Merge, recorded_at: datetime) -> None:
    """并案: the child's reports go on in the parent."""
    if child_id == parent_id:
        raise Refused("a case can't be merged into itself")
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    child, parent = _case(book, child_id), _case(book, parent_id)
    to_parent, to_child = merge(child, book.whole_journal(child_id), parent, parent_id, move)
    book.append(parent_id, to_parent)
    book.append(child_id, to_child)
    book.move_reports(child_id, parent_id)
    _write(book, recorded_at)


def split_report(session: Session, parent_id: int, move: Split, prefix: str, recorded_at: datetime) -> int:
    """拆出: a report goes back to the case it came from, or into a new one; that case's id."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    _case(book, parent_id)
    child_id = _origin(session, parent_id, move.report or "")
    if child_id is not None:
        book.open([child_id])
    else:
        child_id = lookups.last_ids(book.connection)[1] + 1
        book.states[child_id] = CaseState()
    entries = book.whole_journal(parent_id)
    to_parent, to_child = split(book.states[parent_id], entries, book.states[child_id], child_id, move)
    book.append(parent_id, to_parent)
    book.append(child_id, to_child)
    if child_id not in book.codes:
        book.codes[child_id] = _new_code(session, prefix, book.states[child_id])
    _write(book, recorded_at)
    feed, _, source_id = (move.report or "").partition(":")
    row = session.execute(select(Report).where(Report.feed == feed, Report.source_id == source_id)).scalar_one()
    row.case_id = child_id
    return child_id


def climb(session: Session, rules: Rules, at: datetime) -> list[tuple[str, Rung]]:
    """Take every step of the ladder that is due at `at`: one entry each, in the case's journal; (code, step) of each."""
    journal.hold(session)
    taken: list[tuple[str, Rung]] = []
    waiting = _come_due(session, rules, at)
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id in waiting[first : first + CHUNK]:
            for rung in list(rungs(book.states[case_id], at, rules.ladder.at(at), rules.calendar)):
                book.append(case_id, decide(book.states[case_id], _reminder(rung, at), rules))
                taken.append((book.codes[case_id], rung))
        _write(book, at)
    return taken


def due_rungs(session: Session, rules: Rules, at: datetime) -> list[tuple[str, Rung]]:
    """The steps that `climb` would take at `at`, the earliest first; writes nothing."""
    found: list[tuple[str, Rung]] = []
    waiting = _come_due(session, rules, at)
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id, case in book.states.items():
            found += [(book.codes[case_id], rung) for rung in rungs(case, at, rules.ladder.at(at), rules.calendar)]
    return sorted(found, key=lambda each: (each[1].at, each[0]))


def _reminder(rung: Rung, at: datetime) -> Remind:
    step = rung.step
    return Remind(by=LADDER, at=at, report=rung.report, kind=step.kind, unit=rung.unit_code, step=step.name)


def _come_due(session: Session, rules: Rules, at: datetime) -> list[int]:
    """The cases with a span that has come to a step it was not told of yet; found without folding any journal."""
    ladder, due = rules.ladder.at(at), set()
    for case_id, assigned_at, due_at, step, told_at in session.execute(_RUNNING_SPANS):
        told = [(step, told_at)] if step is not None else []
        if next_step(assigned_at, due_at, told, at, ladder, rules.calendar) is not None:
            due.add(case_id)
    return sorted(due)


def redate(session: Session, rules: Rules, at: datetime) -> int:
    """Count provisional deadlines again with the calendar in force; how many cases have new ones."""
    journal.hold(session)
    waiting = session.scalars(
        select(Assignment.case_id)
        .where(Assignment.provisional, Assignment.ended_at.is_(None))
        .union(select(Case.id).where(Case.provisional, ~Case.ended))
    ).all()
    changed = 0
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id in waiting[first : first + CHUNK]:
            decision = decide(book.states[case_id], Redate(by=CALENDAR, at=at), rules)
            if decision.entries:
                book.append(case_id, decision)
                changed += 1
        _write(book, at)
    return changed


def _case(book: Casebook, case_id: int) -> CaseState:
    found = book.states.get(case_id)
    if found is None:
        raise NoSuchCase(f"#{case_id}")
    return found


def _write(book: Casebook, recorded_at: datetime) -> None:
    if not book.entries:
        return
    last_entry = book.session.scalar(select(func.max(JournalEntry.id))) or 0
    with bulk.together(book.session):
        book.write_moved_reports()
        book.write_cases()
        book.write_journal(last_entry, recorded_at)


def _origin(session: Session, parent_id: int, report: str) -> int | None:
    """The case merged into this one that the report came from; the newest if it came more than once."""
    return session.scalar(
        select(Case.id)
        .join(JournalEntry, and_(JournalEntry.case_id == Case.id, JournalEntry.report == report))
        .where(Case.merged_into == parent_id, JournalEntry.type == "registered")
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )


def _new_code(session: Session, prefix: str, case: CaseState) -> str:
    day = f"{local_day(case.reported_at):%Y%m%d}"
    counter = session.get(CaseCounter, day)
    if counter is None:
        counter = CaseCounter(day=day, last=0)
        session.add(counter)
    counter.last += 1
    return f"{prefix}-{day}-{counter.last:05d}"


_SPAN: Final = Assignment.__table__.c
_RUNNING_SPANS: Final = select(
    _SPAN.case_id, _SPAN.assigned_at, _SPAN.finish_due_at, _SPAN.reminded_step, _SPAN.reminded_at
).where(_SPAN.ended_at.is_(None), _SPAN.finished_at.is_(None), _SPAN.paused_at.is_(None))
