"""What people and the clock do to cases: decided by the same lifecycle as the feeds, written in the caller's transaction.

An account acts from its `Desk`, which holds its moves to its sight, its role and its unit, and writes each into the audit. The
command line acts without one. Locks are taken in one order: the journal's, then the audit's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, or_, select, union
from sqlalchemy.orm import Session

from casework.authority import authority
from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.case import Entry, Span, Thread
from casework.county import County
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import BULK, CONTACT, PROMISE, SIGN, VISIT
from casework.ladder import Rung, next_step, rungs
from casework.lifecycle import Merge, Move, Rules, Split, decide, merge, split
from casework.masking import scrub
from casework.moves import Allot, Assign, Redate, Remind, TakeBack, Whistle, moved
from casework.roles import Account, Sight, acting_unit, sight_of
from casework.vocabulary import EntryType, Feed, FeedState
from db import audit, bulk, journal, lookups
from db.casebook import Casebook
from db.models import Assignment, Case, CaseCounter, FeedStatus, JournalEntry, Report
from db.outbox import AssignmentKind, tell_assignment
from db.queries.cases import person_names, unit_had_work
from db.queries.sight import in_sight
from db.vault import Vault

CHUNK: Final = 1_000
ROWS_AT_ONCE: Final = 100
_CHANGES_UNIT: Final = (EntryType.ASSIGNED, EntryType.TAKEN_BACK)
LADDER: Final = "ladder"
CALENDAR: Final = "calendar"
LAST_WORD: Final = timedelta(seconds=60)
SETTLED: Final = timedelta(seconds=15)  # a feed that has only just come back may have its backlog still before it
_FEEDS: Final = frozenset(feed.value for feed in Feed)
_TELLING: Final = frozenset({FeedState.CONNECTED.value, FeedState.SILENT.value})


Asks = Callable[[Move, Thread], None]
"""`casework.authority`: raises `Refused` for a report whose handling is not for whoever makes the move."""


class Happened(NamedTuple):
    """An entry that somebody has not seen yet."""

    type: EntryType
    actor: str
    at: datetime


class StaleCase(Refused):
    """The case has changed since the person saw it; nothing was written. `meanwhile`: what has happened, in order."""

    def __init__(self, seen: int, found: int, meanwhile: Sequence[Happened] = ()) -> None:
        super().__init__(
            "the case has changed meanwhile: you saw entry {seen}, it is at {found} now", seen=seen, found=found
        )
        self.meanwhile = tuple(meanwhile)


class NoSuchCase(Refused):
    """No case has that code."""

    def __init__(self, code: str) -> None:
        super().__init__("there is no case {code}", code=code)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an account acts from: who it is, what its moves are held to and decided by, and whose seals the audit carries."""

    account: Account
    county: County
    rules: Rules
    vault: Vault

    @property
    def sight(self) -> Sight:
        return sight_of(self.account, self.county)


class Asked(NamedTuple):
    """One row of a bulk: a move, and the version of the case it was decided on."""

    case_id: int
    seen: int | None
    move: Move


class Outcome(NamedTuple):
    """What became of one row: it was done (`decision`), or refused by itself."""

    case_id: int
    decision: Decision | None
    refusal: Refused | None


class Bulk(NamedTuple):
    """`number` names what was done in all rows together: `take_back_many` undoes it."""

    number: int
    outcomes: tuple[Outcome, ...]


def case_id_of(session: Session, code: str, sight: Sight | None = None) -> int:
    """The id of a case by its code; one that is out of sight is none at all."""
    wanted = select(Case.id).where(Case.code == code)
    found = session.scalar(wanted if sight is None else wanted.where(in_sight(sight)))
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
    decision = _decide(book, case_id, move, rules, _asks(county), seen)
    _write(book, recorded_at)
    _tell_sources(book, [(case_id, decision)], county)
    return decision


def act_as(session: Session, desk: Desk, case_id: int, move: Move, at: datetime, seen: int | None = None) -> Decision:
    """Let an account make a move, in its own name and for its own unit, whatever the move says of that.

    Raises `Refused`; `StaleCase` as `act` does, and `NoSuchCase` for a case that is out of its sight. What is refused is not
    in the audit, for nothing is written; `act_many` writes that, too.
    """
    journal.hold(session)
    book = Casebook(session)
    book.open([case_id])
    decision = _decide_for(book, desk, _seen_by(book, desk), Asked(case_id, seen, move))
    _write(book, at)
    _tell_sources(book, [(case_id, decision)], desk.county)
    _audit(session, desk, Asked(case_id, seen, move), Outcome(case_id, decision, None), at)
    return decision


def act_many(session: Session, desk: Desk, rows: Sequence[Asked], at: datetime) -> Bulk:
    """Let an account make many moves: each row is done or refused by itself, and the whole is in one transaction.

    The feeds wait meanwhile: the journal is held until the transaction ends.
    """
    journal.hold(session)
    number = journal.position(session) + 1
    named = [row._replace(move=replace(row.move, bulk=number)) for row in rows]
    return Bulk(number, _each(session, desk, named, at))


def take_back_many(session: Session, desk: Desk, number: int, at: datetime) -> Bulk:
    """Undo every assignment of a bulk that can still be undone; a row for each of its cases that the account sees.

    A bulk that is all out of its sight is none at all.
    """
    journal.hold(session)
    told = _cases_of_bulk(session, number)
    visible = set(session.scalars(select(Case.id).where(Case.id.in_(told), in_sight(desk.sight))))
    case_ids = [case_id for case_id in told if case_id in visible]
    if not case_ids:
        raise Refused("nothing was done under the number {number}", number=number)
    move = TakeBack(by=desk.account.login, at=at, bulk=number)
    return Bulk(number, _each(session, desk, [Asked(case_id, None, move) for case_id in case_ids], at))


def _each(session: Session, desk: Desk, rows: Sequence[Asked], at: datetime) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    for first in range(0, len(rows), ROWS_AT_ONCE):
        chunk = rows[first : first + ROWS_AT_ONCE]
        book = Casebook(session)
        book.open({row.case_id for row in chunk})
        visible = _seen_by(book, desk)
        done = [_attempt(book, desk, visible, row) for row in chunk]
        _write(book, at)
        _tell_sources(book, [(case_id, each) for case_id, each, _ in done if each is not None], desk.county)
        for row, outcome in zip(chunk, done, strict=True):
            _audit(session, desk, row, outcome, at)
        outcomes += done
    return tuple(outcomes)


def _attempt(book: Casebook, desk: Desk, visible: Collection[int], row: Asked) -> Outcome:
    try:
        return Outcome(row.case_id, _decide_for(book, desk, visible, row), None)
    except Refused as refusal:
        return Outcome(row.case_id, None, refusal)


def _cases_of_bulk(session: Session, number: int) -> list[int]:
    """A bulk is named by the id of its first entry, and its entries follow each other: the journal was held."""
    found: dict[int, None] = {}
    last = number - 1
    while True:
        page = session.execute(_AFTER, {"last": last}).all()
        ours = list(takewhile(lambda row: row.payload.get(BULK) == number, page))
        found.update(dict.fromkeys(row.case_id for row in ours))
        if not ours or len(ours) < len(page):
            return list(found)
        last = ours[-1].id


def _decide(book: Casebook, case_id: int, move: Move, rules: Rules, may: Asks | None, seen: int | None) -> Decision:
    """Decide about a move and remember it; nothing is written yet."""
    case = _case(book, case_id)
    if move.by in _FEEDS:
        raise Refused("{by} is the name of a feed, not of a person", by=move.by)
    if seen is not None and seen != case.version:
        raise StaleCase(seen, case.version, _meanwhile(book, case_id, seen))
    decision = moved(case, move, rules, may)
    book.append(case_id, decision)
    return decision


def _decide_for(book: Casebook, desk: Desk, visible: Collection[int], row: Asked) -> Decision:
    if row.case_id not in visible:
        raise NoSuchCase(f"#{row.case_id}")
    move = _owned(book.session, desk, [row.case_id], row.move)
    return _decide(book, row.case_id, move, desk.rules, authority(desk.county, desk.account), row.seen)


def _meanwhile(book: Casebook, case_id: int, seen: int) -> list[Happened]:
    since = book.whole_journal(case_id)[max(seen, 0) :]
    return [Happened(entry.type, entry.actor, entry.occurred_at) for entry in since]


def _seen_by(book: Casebook, desk: Desk) -> frozenset[int]:
    """The cases of the book that the account sees."""
    wanted = select(Case.id).where(Case.id.in_(list(book.states)), in_sight(desk.sight))
    return frozenset(book.session.scalars(wanted))


def _owned(session: Session, desk: Desk, case_ids: Sequence[int], move: Move) -> Move:
    """The move as the account's own, naming nobody of the cases, and giving work only to units that somebody knows."""
    spoken = isinstance(move, Allot) or bool(move.reason)
    asked = case_ids if spoken else ()
    names = tuple(name for case_id in asked for name in person_names(session, desk.vault, case_id))
    given = (move.unit,) if isinstance(move, Assign) else move.units if isinstance(move, Whistle) else ()
    for unit in given:
        if desk.county.unit(unit) is None and not unit_had_work(session, unit):
            raise Refused("neither the county nor any case knows a unit {unit}", unit=unit)
    if isinstance(move, Allot):
        move = replace(move, to=scrub(move.to, names))
    unit_of = acting_unit(desk.account, desk.county)
    return replace(move, by=desk.account.login, unit_of=unit_of, reason=scrub(move.reason, names))


def _audit(session: Session, desk: Desk, row: Asked, outcome: Outcome, at: datetime) -> None:
    """Which move it was and what came of it; no word that somebody wrote."""
    told: dict[str, Any] = {"move": type(row.move).__name__}
    if row.move.bulk is not None:
        told[BULK] = row.move.bulk
    if outcome.decision is not None:
        deed = audit.Deed.ACTED
        told |= {"version": outcome.decision.case.version}
    else:
        deed = audit.Deed.ACT_REFUSED
        told |= {"refused": outcome.refusal.sentence if outcome.refusal is not None else ""}
    audit.record(session, desk.vault, desk.account, deed, at, case_id=row.case_id, detail=told)


def _tell_sources(book: Casebook, done: Iterable[tuple[int, Decision]], county: County | None) -> None:
    """Tell the source of each report whose unit a person has just changed, in the same transaction."""
    for case_id, decision in done:
        for entry in decision.entries:
            thread = decision.case.thread(entry.report) if entry.type in _CHANGES_UNIT else None
            if thread is not None:
                _tell_source(book.session, book.codes[case_id], thread, entry, county)


def _tell_source(session: Session, code: str, thread: Thread, entry: Entry, county: County | None) -> None:
    feed, _, source_id = entry.report.partition(":")
    holder, previous = thread.holder, _unit_before(thread, entry)
    unit = holder.unit_code if holder is not None else ""
    if entry.type is EntryType.TAKEN_BACK:
        kind = AssignmentKind.TAKEN_BACK
    else:
        kind = AssignmentKind.ASSIGNED if previous in (None, unit) else AssignmentKind.REASSIGNED
    tell_assignment(
        session,
        feed,
        source_id,
        unit,
        _name_of(holder, county),
        code,
        entry.occurred_at,
        kind=kind,
        previous=previous,
        dues=_dues_of(holder),
    )


def merge_cases(
    session: Session, child_id: int, parent_id: int, move: Merge, recorded_at: datetime, county: County | None = None
) -> None:
    """并案: the child's reports go on in the parent. `county` as in `act`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    _merge(book, child_id, parent_id, move, _asks(county))
    _write(book, recorded_at)


def merge_as(session: Session, desk: Desk, child_id: int, parent_id: int, move: Merge, at: datetime) -> None:
    """Let an account merge two cases that are both in its sight; refusals as in `act_as`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    _must_see(book, desk, [child_id, parent_id])
    own = _owned(session, desk, [child_id, parent_id], move)
    assert isinstance(own, Merge), "a move keeps its kind"
    _merge(book, child_id, parent_id, own, authority(desk.county, desk.account))
    _write(book, at)
    for case_id, other in ((child_id, parent_id), (parent_id, child_id)):
        told = {"move": "Merge", "with": other, "version": book.states[case_id].version}
        audit.record(session, desk.vault, desk.account, audit.Deed.ACTED, at, case_id=case_id, detail=told)


def _merge(book: Casebook, child_id: int, parent_id: int, move: Merge, may: Asks | None) -> None:
    if child_id == parent_id:
        raise Refused("a case can't be merged into itself")
    child, parent = _case(book, child_id), _case(book, parent_id)
    _must_be_allowed(move, (child, parent), may)
    to_parent, to_child = merge(child, book.whole_journal(child_id), parent, parent_id, move)
    book.append(parent_id, to_parent)
    book.append(child_id, to_child)
    book.move_reports(child_id, parent_id)


def split_report(
    session: Session, parent_id: int, move: Split, prefix: str, recorded_at: datetime, county: County | None = None
) -> int:
    """拆出: a report goes back to the case it came from, or into a new one; that case's id. `county` as in `act`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    return _split(book, parent_id, move, prefix, recorded_at, _asks(county))


def split_as(session: Session, desk: Desk, parent_id: int, move: Split, at: datetime) -> int:
    """Let an account take a report out of a case in its sight; refusals as in `act_as`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    _must_see(book, desk, [parent_id])
    own = _owned(session, desk, [parent_id], move)
    assert isinstance(own, Split), "a move keeps its kind"
    may = authority(desk.county, desk.account)
    child_id = _split(book, parent_id, own, desk.county.prefix, at, may)
    told = {"move": "Split", "with": child_id, "version": book.states[parent_id].version}
    audit.record(session, desk.vault, desk.account, audit.Deed.ACTED, at, case_id=parent_id, detail=told)
    return child_id


def _split(book: Casebook, parent_id: int, move: Split, prefix: str, recorded_at: datetime, may: Asks | None) -> int:
    session = book.session
    _must_be_allowed(move, [_case(book, parent_id)], may)
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


def _must_see(book: Casebook, desk: Desk, case_ids: Iterable[int]) -> None:
    visible = _seen_by(book, desk)
    for case_id in case_ids:
        if case_id not in visible:
            raise NoSuchCase(f"#{case_id}")


def _asks(county: County | None) -> Asks | None:
    return authority(county) if county is not None else None


def _unit_before(thread: Thread, entry: Entry) -> str | None:
    """Who had the report until an assignment, or the taking back of one."""
    if entry.type is EntryType.TAKEN_BACK:
        undone: str = entry.payload["unit"]
        return undone
    before = thread.spans[-2] if len(thread.spans) > 1 else None
    return before.unit_code if before is not None and before.ended_at == entry.occurred_at else None


def _name_of(holder: Span | None, county: County | None) -> str | None:
    if holder is None:
        return None
    known = county.unit(holder.unit_code) if county is not None else None
    return known.name if known is not None else holder.unit_name


def _dues_of(holder: Span | None) -> dict[str, datetime]:
    if holder is None:
        return {}
    return {"sign": holder.sign_due.at, "contact": holder.contact_due.at, "finish": holder.finish_due.at}


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


def _must_be_allowed(move: Move, states: Iterable[CaseState], may: Asks | None) -> None:
    """Raise `Refused` where somebody may not do this to one of the reports."""
    if may is None:
        return
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
_AFTER: Final = (
    select(_ENTRY.id, _ENTRY.case_id, _ENTRY.payload)
    .where(_ENTRY.id > bindparam("last"))
    .order_by(_ENTRY.id)
    .limit(CHUNK)
)
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
