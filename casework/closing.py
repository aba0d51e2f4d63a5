"""After a finish: its review, the visit (回访), another round (重办), the end (办结归档), and the case opened again (再诉)."""

from typing import Final

from casework.assigning import give
from casework.case import Thread
from casework.clocks import rule_due
from casework.draft import Draft, Procedure, Procedures, must, must_be_anothers, when
from casework.errors import Refused
from casework.moves import Approve, Close, RecordVisit, Redo, Reject, Reopen
from casework.payloads import due_items
from casework.vocabulary import EntryType, Status


def _can_review(thread: Thread, unit: str) -> None:
    must(thread, Status.TO_REVIEW)
    must_be_anothers(thread, unit)


def _approve(draft: Draft[Approve], thread: Thread) -> None:
    draft.write(thread, EntryType.REVIEWED)


def _reject(draft: Draft[Reject], thread: Thread) -> None:
    draft.write(thread, EntryType.REJECTED)


def _record_visit(draft: Draft[RecordVisit], thread: Thread) -> None:
    move = draft.move
    if not move.reached and (move.solved is not None or move.satisfaction is not None):
        raise Refused("who was not reached has not answered")
    if not move.reached and _has_answered(thread):
        raise Refused("the citizen has answered in this round; a visit that reached nobody would put that aside")
    told = {"reached": move.reached, "solved": move.solved, "satisfaction": move.satisfaction}
    draft.write(thread, EntryType.VISITED, told)


def _has_answered(thread: Thread) -> bool:
    """Whether the last visit of this round reached the citizen."""
    return thread.answer is not None and thread.answer.reached is not False


def _redo(draft: Draft[Redo], thread: Thread) -> None:
    last = thread.spans[-1] if thread.spans else None
    now = draft.write(thread, EntryType.REDONE, {"round": thread.redos + 1})
    if last is not None:
        give(draft, now, last.unit_code, last.unit_name)


def _close(draft: Draft[Close], thread: Thread) -> None:
    tries = draft.clocks(thread).unreached
    if not _has_answered(thread) and thread.extras.unreached < tries:
        raise Refused("close it after a visit, or after {tries} that reached nobody", tries=tries)
    draft.write(thread, EntryType.CLOSED)


def _reopen(draft: Draft[Reopen], thread: Thread) -> None:
    last = thread.spans[-1] if thread.spans else None
    at, rules = draft.instant(thread), draft.rules
    clocks = rules.clocks.at(at)
    due = rule_due(at, thread.facts, thread.extras.complexity, clocks, rules.calendar)
    now = draft.write(thread, EntryType.REOPENED, due_items(due, at))
    if last is not None:
        give(draft, now, last.unit_code, last.unit_name)


PROCEDURES: Final[Procedures] = {
    Approve: Procedure(_can_review, _approve),
    Reject: Procedure(_can_review, _reject, reasoned=True),
    RecordVisit: Procedure(when(Status.TO_VISIT), _record_visit),
    Redo: Procedure(when(Status.TO_VISIT), _redo, reasoned=True),
    Close: Procedure(when(Status.TO_VISIT), _close),
    Reopen: Procedure(when(Status.CLOSED), _reopen, reasoned=True),
}
