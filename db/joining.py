"""Two cases become one, and a report leaves the case it is in (并案, 拆出), as `casework.joining` decides."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.authority import authority
from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.county import County
from casework.errors import Refused
from casework.lifecycle import Merge, Move, Split, merge, split
from casework.vocabulary import EntryType
from db import audit, journal, lookups
from db.acts import Asks, Desk, NoSuchCase, asks, owned, seen_by, state_of
from db.casebook import Casebook
from db.models import CaseCounter, JournalEntry, Report


def merge_cases(session: Session, child_id: int, parent_id: int, move: Merge, county: County | None = None) -> None:
    """并案: the child's reports go on in the parent. `county` as in `acts.act`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    _merge(book, child_id, parent_id, move, asks(county))
    book.write()


def merge_as(session: Session, desk: Desk, child_id: int, parent_id: int, move: Merge, at: datetime) -> None:
    """Let an account merge two cases that are both in its sight; refusals as in `acts.act_as`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id, parent_id])
    _must_see(book, desk, [child_id, parent_id])
    own = owned(session, desk, [child_id, parent_id], move)
    assert isinstance(own, Merge), "a move keeps its kind"
    _merge(book, child_id, parent_id, own, authority(desk.county, desk.account))
    book.write()
    for case_id, other in ((child_id, parent_id), (parent_id, child_id)):
        told = {"move": "Merge", "with": book.codes[other], "version": book.states[case_id].version}
        audit.record(session, desk.vault, desk.account, audit.Deed.ACTED, at, case_id=case_id, detail=told)


def _merge(book: Casebook, child_id: int, parent_id: int, move: Merge, may: Asks | None) -> None:
    if child_id == parent_id:
        raise Refused("a case can't be merged into itself")
    child, parent = state_of(book, child_id), state_of(book, parent_id)
    _must_be_allowed(move, (child, parent), may)
    to_parent, to_child = merge(child, book.whole_journal(child_id), parent, parent_id, move)
    book.append(parent_id, to_parent)
    book.append(child_id, to_child)
    book.move_reports(child_id, parent_id)


def split_report(session: Session, parent_id: int, move: Split, prefix: str, county: County | None = None) -> int:
    """拆出: a report goes back to the case it came from, or into a new one; that case's id. `county` as in `acts.act`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    return _split(book, parent_id, move, prefix, asks(county))


def split_as(session: Session, desk: Desk, parent_id: int, move: Split, at: datetime) -> int:
    """Let an account take a report out of a case in its sight; refusals as in `acts.act_as`."""
    journal.hold(session)
    book = Casebook(session)
    book.open([parent_id])
    _must_see(book, desk, [parent_id])
    own = owned(session, desk, [parent_id], move)
    assert isinstance(own, Split), "a move keeps its kind"
    may = authority(desk.county, desk.account)
    child_id = _split(book, parent_id, own, desk.county.prefix, may)
    told = {"move": "Split", "with": book.codes[child_id], "version": book.states[parent_id].version}
    audit.record(session, desk.vault, desk.account, audit.Deed.ACTED, at, case_id=parent_id, detail=told)
    return child_id


def _split(book: Casebook, parent_id: int, move: Split, prefix: str, may: Asks | None) -> int:
    session = book.session
    _must_be_allowed(move, [state_of(book, parent_id)], may)
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
    book.write()
    feed, _, source_id = (move.report or "").partition(":")
    row = session.execute(select(Report).where(Report.feed == feed, Report.source_id == source_id)).scalar_one()
    row.case_id = child_id
    return child_id


def _must_see(book: Casebook, desk: Desk, case_ids: Iterable[int]) -> None:
    visible = seen_by(book, desk)
    for case_id in case_ids:
        if case_id not in visible:
            raise NoSuchCase(f"#{case_id}")


def _must_be_allowed(move: Move, states: Iterable[CaseState], may: Asks | None) -> None:
    """Raise `Refused` where somebody may not do this to one of the reports."""
    if may is None:
        return
    for thread in (thread for state in states for thread in state.threads):
        may(move, thread)


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
