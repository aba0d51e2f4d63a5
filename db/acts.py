"""What people and the clock do to cases: decided by the same lifecycle as the feeds, written in the caller's transaction."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, union
from sqlalchemy.orm import Session

from casework.authority import authority
from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.county import County
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import CONTACT, PROMISE, SIGN, VISIT
from casework.ladder import Rung, next_step, rungs
from casework.lifecycle import Merge, Move, Rules, Split, decide, merge, split
from casework.moves import Redate, Remind, moved
from casework.vocabulary import EntryType, Feed, FeedState
from db import bulk, journal, lookups
from db.casebook import Casebook
from db.models import Assignment, Case, CaseCounter, FeedStatus, JournalEntry, Report

CHUNK: Final = 1_000
LADDER: Final = "ladder"
CALENDAR: Final = "calendar"
LAST_WORD: Final = timedelta(seconds=60)
SETTLED: Final = timedelta(seconds=15)  # a feed that has only just come back may have its backlog still before it
_FEEDS: Final = frozenset(feed.value for feed in Feed)
_TELLING: Final = frozenset({FeedState.CONNECTED.value, FeedState.SILENT.value})


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


def code_of(session: Session, case_id: int) -> str:
    """The code of a case by its id."""
    return session.scalars(select(Case.code).where(Case.id == case_id)).one()


def act(
    session: Session,
    rules: Rules,
    case_id: int,
    move: Move,
    recorded_at: datetime,
    seen: int | None = None,
    county: County | None = None,
) -> Decision:
    """Let a move happen. Raises `Refused`; `StaleCase` when the case is no longer at the version `seen`.

    `county`: whose units may make only the moves that are theirs; without it whoever acts has been asked already.
    """
    journal.hold(session)
    book = Casebook(session)
    book.open([case_id])
    case = _case(book, case_id)
    if move.by in _FEEDS:
        raise Refused("{by} is the name of a feed, not of a person", by=move.by)
    if seen is not None and seen != case.version:
        raise StaleCase(seen, case.version)
    decision = moved(case, move, rules, authority(county) if county is not None else None)
    book.append(case_id, decision)
    _write(book, recorded_at)
    return decision


def merge_cases(
    session: Session, child_id: int, parent_id: int, move: Merge, recorded_at: datetime, county: County | None = None
) -> None:
    """并案: the child's reports go on in the parent. `county` as in `act`."""
    if child_id == parent_id:
        raise Refused("a case can't be merged into itself")
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    child, parent = _case(book, child_id), _case(book, parent_id)
    _must_be_allowed(move, (child, parent), county)
    to_parent, to_child = merge(child, book.whole_journal(child_id), parent, parent_id, move)
    book.append(parent_id, to_parent)
    book.append(child_id, to_child)
    book.move_reports(child_id, parent_id)
    _write(book, recorded_at)


def split_report(
    session: Session, parent_id: int, move: Split, prefix: str, recorded_at: datetime, county: County | None = None
) -> int:
    """拆出: a report goes back to the case it came from, or into a new one; that case's id. `county` as in `act`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    _must_be_allowed(move, [_case(book, parent_id)], county)
    child_id = _origin(book, parent_id, move.report or "")
    if child_id is None:
        child_id = lookups.answers(book.connection, [lookups.highest_ids()])[0][0][1] + 1
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


def feeds_behind(session: Session, at: datetime, expected: Iterable[str] = ()) -> dict[str, str]:
    """The feeds that don't tell the present at `at`, and how each stands: what they would say of their reports is not known.

    A feed tells it when its ingester spoke within `LAST_WORD` and it has been connected, or silent, and not lagging for
    `SETTLED`. One that no ingester ever spoke of is not waited for (its reports were imported), unless it is `expected`.
    """
    behind = dict.fromkeys(expected, FeedState.ABSENT.value)
    for feed, state, since, reported_at in session.execute(_STATUSES):
        behind.pop(feed, None)
        if at - reported_at > LAST_WORD:
            behind[feed] = FeedState.ABSENT.value
        elif state not in _TELLING:
            behind[feed] = state
        elif at - since < SETTLED:
            behind[feed] = "only just back"
    return behind


def _is_behind(report: str, behind: Collection[str]) -> bool:
    return report.partition(":")[0] in behind


def cases_at_a_step(session: Session, rules: Rules, at: datetime, behind: Collection[str] = ()) -> list[int]:
    """The cases with a span that has come to a step it was not told of yet; found without folding any journal.

    The reports of feeds that are `behind` wait: their units may long have done what they would be urged to do.
    """
    ladder, due = rules.ladder.at(at), set()
    for case_id, report, assigned_at, due_at, step, told_at in session.execute(_RUNNING_SPANS):
        if _is_behind(report, behind):
            continue
        told = [(step, told_at)] if step is not None else []
        if next_step(assigned_at, due_at, told, at, ladder, rules.calendar) is not None:
            due.add(case_id)
    return sorted(due)


def climb(
    session: Session,
    rules: Rules,
    at: datetime,
    among: Sequence[int] | None = None,
    behind: Collection[str] = (),
) -> list[tuple[str, Rung]]:
    """Take every step of the ladder that is due at `at`: one entry each, in the case's journal; (code, step) of each.

    `among`: only these cases; what has changed about them since they were found is seen. Reports of feeds `behind` wait.
    """
    waiting = cases_at_a_step(session, rules, at, behind) if among is None else among
    if not waiting:
        return []
    journal.hold(session)
    taken: list[tuple[str, Rung]] = []
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id in waiting[first : first + CHUNK]:
            for rung in _rungs(book.states[case_id], rules, at, behind):
                book.append(case_id, decide(book.states[case_id], _reminder(rung, at), rules))
                taken.append((book.codes[case_id], rung))
        _write(book, at)
    return taken


def due_rungs(session: Session, rules: Rules, at: datetime, behind: Collection[str] = ()) -> list[tuple[str, Rung]]:
    """The steps that `climb` would take at `at`, the earliest first; writes nothing."""
    found: list[tuple[str, Rung]] = []
    waiting = cases_at_a_step(session, rules, at, behind)
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id, case in book.states.items():
            found += [(book.codes[case_id], rung) for rung in _rungs(case, rules, at, behind)]
    return sorted(found, key=lambda each: (each[1].at, each[0]))


def _rungs(case: CaseState, rules: Rules, at: datetime, behind: Collection[str]) -> list[Rung]:
    """The case's steps, all found before any is taken."""
    found = rungs(case, at, rules.ladder.at(at), rules.calendar)
    return [rung for rung in found if not _is_behind(rung.report, behind)]


def _reminder(rung: Rung, at: datetime) -> Remind:
    step = rung.step
    return Remind(by=LADDER, at=at, report=rung.report, kind=step.kind, unit=rung.unit_code, step=step.name)


def redate(session: Session, rules: Rules, at: datetime) -> int:
    """Count provisional deadlines again with the calendar in force; how many cases have new ones."""
    waiting = session.scalars(_PROVISIONAL).all()
    if not waiting:
        return 0
    journal.hold(session)
    changed = 0
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id, before in book.before.items():
            if before.merged_into is not None:
                continue  # since it was found, while we waited for the journal
            decision = decide(before, Redate(by=CALENDAR, at=at), rules)
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


def _must_be_allowed(move: Move, states: Iterable[CaseState], county: County | None) -> None:
    """Raise `Refused` where a unit may not do this to one of the reports."""
    if county is None:
        return
    may = authority(county)
    for thread in (thread for state in states for thread in state.threads):
        may(move, thread)


def _write(book: Casebook, recorded_at: datetime) -> None:
    if not book.entries:
        return
    last_entry = book.session.scalar(select(func.max(JournalEntry.id))) or 0
    with bulk.together(book.session):
        book.write_moved_reports()
        book.write_cases()
        book.write_journal(last_entry, recorded_at)


def _origin(book: Casebook, parent_id: int, report: str) -> int | None:
    """The case the report came from, if that went on in another one; it is opened. `None`: it needs one of its own.

    It came from the case a person last took it out into, else from the one that registered it first: wherever it was told
    again since, through however many cases, it was a guest.
    """
    told = (
        select(JournalEntry.case_id, JournalEntry.type, JournalEntry.payload)
        .where(JournalEntry.report == report, JournalEntry.type.in_((EntryType.REGISTERED, EntryType.SPLIT)))
        .order_by(JournalEntry.id)
    )
    entries = book.session.execute(told).all()
    if not entries:
        return None
    taken_out = [payload["into"] for _, kind, payload in entries if kind == EntryType.SPLIT]
    origin: int = taken_out[-1] if taken_out else entries[0].case_id
    if origin == parent_id:
        return None
    book.open([origin])
    return origin if book.states[origin].merged_into is not None else None


def _new_code(session: Session, prefix: str, case: CaseState) -> str:
    day = f"{local_day(case.reported_at):%Y%m%d}"
    counter = session.get(CaseCounter, day)
    if counter is None:
        counter = CaseCounter(day=day, last=0)
        session.add(counter)
    counter.last += 1
    return f"{prefix}-{day}-{counter.last:05d}"


_SPAN: Final = Assignment.__table__.c
_CASE: Final = Case.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_STATUS: Final = FeedStatus.__table__.c
_STATUSES: Final = select(_STATUS.feed, _STATUS.state, _STATUS.since, _STATUS.reported_at).order_by(_STATUS.feed)
_RUNNING_SPANS: Final = select(
    _SPAN.case_id, _SPAN.report, _SPAN.assigned_at, _SPAN.finish_due_at, _SPAN.reminded_step, _SPAN.reminded_at
).where(
    _SPAN.case_id.in_(select(_CASE.id).where(~_CASE.ended)),  # found by the index of open cases, after years too
    _SPAN.ended_at.is_(None),
    _SPAN.finished_at.is_(None),
    _SPAN.paused_at.is_(None),
)
# The tables tell only of the deadlines to finish. That one to sign, to contact or to visit, or of a report that does not speak
# for its case, is provisional stands in the journal alone; it is looked up there for the cases that wait for such a thing.
_WAITING: Final = union(
    select(_SPAN.case_id).where(_SPAN.ended_at.is_(None), or_(_SPAN.signed_at.is_(None), _SPAN.contacted_at.is_(None))),
    select(_CASE.id).where(~_CASE.ended, or_(_CASE.visit_due_at.is_not(None), _CASE.reports > 1)),
)
_TOLD_SO: Final = or_(*(_ENTRY.payload[keys[-1]].as_boolean() for keys in (PROMISE, SIGN, CONTACT, VISIT)))
_PROVISIONAL: Final = union(
    select(_SPAN.case_id).where(_SPAN.provisional, _SPAN.ended_at.is_(None)),
    select(_CASE.id).where(_CASE.provisional, ~_CASE.ended),
    select(_ENTRY.case_id).where(_ENTRY.case_id.in_(_WAITING), _TOLD_SO),
)
