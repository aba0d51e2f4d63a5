"""What people do to cases: decided by the same lifecycle as the feeds, written in the caller's transaction.

An account acts from its `Desk`, which holds its moves to its sight, its role and its unit, and writes each into the audit. The
command line acts without one. Locks are taken in one order: the journal's, then the audit's.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from casework.authority import authority
from casework.case import Case as CaseState
from casework.case import Entry, Span, Thread
from casework.county import County
from casework.decision import Decision
from casework.errors import Refused
from casework.lifecycle import Move, Rules
from casework.masking import scrub
from casework.moves import Allot, Assign, TakeBack, Whistle
from casework.moving import moved
from casework.payloads import BULK
from casework.roles import Account, Sight, acting_unit, sight_of
from casework.vocabulary import FEEDS, EntryType
from db import audit, journal
from db.casebook import Casebook
from db.models import Case, JournalEntry
from db.outbox import AssignmentKind, tell_assignment
from db.queries.cases import person_names, unit_had_work
from db.queries.sight import in_sight
from db.vault import Vault

ROWS_AT_ONCE: Final = 100
ENTRIES_AT_ONCE: Final = 1_000
_CHANGES_UNIT: Final = (EntryType.ASSIGNED, EntryType.TAKEN_BACK)
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
    seen: int | None = None,
    county: County | None = None,
) -> Decision:
    """Let a move happen. Raises `Refused`; `StaleCase` when the case is no longer at the version `seen`.

    `county`: whose units may make only the moves that are theirs; without it whoever acts has been asked already.
    """
    journal.hold(session)
    book = Casebook(session)
    book.open([case_id])
    decision = _decide(book, case_id, move, rules, asks(county), seen)
    book.write()
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
    decision = _decide_for(book, desk, seen_by(book, desk), Asked(case_id, seen, move))
    book.write()
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
        visible = seen_by(book, desk)
        done = [_attempt(book, desk, visible, row) for row in chunk]
        book.write()
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
    case = state_of(book, case_id)
    if move.by in FEEDS:
        raise Refused("{by} is the name of a feed, not of a person", by=move.by)
    if seen is not None and seen != case.version:
        raise StaleCase(seen, case.version, _meanwhile(book, case_id, seen))
    decision = moved(case, move, rules, may)
    book.append(case_id, decision)
    return decision


def _decide_for(book: Casebook, desk: Desk, visible: Collection[int], row: Asked) -> Decision:
    if row.case_id not in visible:
        raise NoSuchCase(f"#{row.case_id}")
    move = owned(book.session, desk, [row.case_id], row.move)
    return _decide(book, row.case_id, move, desk.rules, authority(desk.county, desk.account), row.seen)


def _meanwhile(book: Casebook, case_id: int, seen: int) -> list[Happened]:
    since = book.whole_journal(case_id)[max(seen, 0) :]
    return [Happened(entry.type, entry.actor, entry.occurred_at) for entry in since]


def state_of(book: Casebook, case_id: int) -> CaseState:
    """The case as it is in the book; raises `NoSuchCase`."""
    found = book.states.get(case_id)
    if found is None:
        raise NoSuchCase(f"#{case_id}")
    return found


def asks(county: County | None) -> Asks | None:
    """What is asked of a move that comes from no desk; nothing without a county."""
    return authority(county) if county is not None else None


def seen_by(book: Casebook, desk: Desk) -> frozenset[int]:
    """The cases of the book that the account sees."""
    wanted = select(Case.id).where(Case.id.in_(list(book.states)), in_sight(desk.sight))
    return frozenset(book.session.scalars(wanted))


def owned(session: Session, desk: Desk, case_ids: Sequence[int], move: Move) -> Move:
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


_ENTRY: Final = JournalEntry.__table__.c
_AFTER: Final = (
    select(_ENTRY.id, _ENTRY.case_id, _ENTRY.payload)
    .where(_ENTRY.id > bindparam("last"))
    .order_by(_ENTRY.id)
    .limit(ENTRIES_AT_ONCE)
)
