"""Who has a case: it is taken up or declined (受理, 不予受理), given to a unit (交办), and taken back from it at once (撤销)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from casework.calendar import SHANGHAI
from casework.case import Given, Thread
from casework.correcting import classify_as, must_be_dispute
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, holder_of, must, must_run, when
from casework.errors import Refused
from casework.moves import TAKE_BACK_WITHIN, Accept, Assign, Decline, TakeBack
from casework.payloads import FROM_STATUS
from casework.receiving import assignment
from casework.vocabulary import EntryType, Status


def _accept(draft: Draft[Accept], thread: Thread) -> None:
    if draft.move.complexity is not None:
        must_be_dispute(thread)
    now = draft.write(thread, EntryType.ACCEPTED)
    if draft.move.complexity is not None:
        classify_as(draft, now, draft.move.complexity)


def _decline(draft: Draft[Decline], thread: Thread) -> None:
    draft.write(thread, EntryType.DECLINED)


def _can_assign(thread: Thread, unit: str) -> None:
    must(thread, Status.RECEIVED, Status.TO_ASSIGN, *OPEN_WORK)
    must_run(thread)


def _assign(draft: Draft[Assign], thread: Thread) -> None:
    move, holder, stood = draft.move, thread.holder, thread.status
    if holder is not None and holder.unit_code == move.unit:
        raise Refused("{unit} holds the case already", unit=move.unit)
    if holder is not None and not move.reason.strip():
        raise Refused("a reason is required to take a case from one unit to another")
    if thread.status is Status.RECEIVED:
        thread = draft.write(thread, EntryType.ACCEPTED)
    give(draft, thread, move.unit, move.unit_name, {FROM_STATUS: stood})


def give(
    draft: Draft[Any], thread: Thread, unit: str, unit_name: str | None, more: Mapping[str, Any] | None = None
) -> None:
    """Begin the span of a unit, with the clocks the rules give it."""
    at = draft.instant(thread)
    told = assignment(thread, unit, unit_name, at, draft.rules, first=not thread.spans)
    draft.write(thread, EntryType.ASSIGNED, {**told, **(more or {})})


def _can_take_back(thread: Thread, unit: str) -> None:
    _last_given(thread)


def _take_back(draft: Draft[TakeBack], thread: Thread) -> None:
    """What an account of the centre's assigned another may take back; whose unit is not told takes back its own."""
    given, undone, move = _last_given(thread), holder_of(thread), draft.move
    if move.unit_of is None and move.by not in (given.by, given.unit):
        raise Refused("{by} assigned it and may take it back", by=given.by)
    if move.bulk not in (None, given.bulk):
        raise Refused("it was assigned otherwise since")
    if not can_be_taken_back(thread, draft.instant(thread)):
        until = (given.at + TAKE_BACK_WITHIN).astimezone(SHANGHAI)
        raise Refused("too late to take it back: that was possible until {until}", until=f"{until:%H:%M}")
    before = given.before.holder
    told = {
        "span": undone.number,
        "unit": undone.unit_code,
        "unit_name": undone.unit_name,
        "back_to": before.unit_code if before is not None else None,
    }
    draft.write(thread, EntryType.TAKEN_BACK, told)


def _last_given(thread: Thread) -> Given:
    given = thread.extras.given
    if given is None:
        raise Refused("no assignment was made here that could be taken back")
    if given.then is not None:
        kind, by = given.then
        raise Refused("it can't be taken back: the journal has {entry} by {by} since", by=by, entry=kind.value)
    return given


def can_be_taken_back(thread: Thread, at: datetime) -> bool:
    """Whether the last assignment may still be undone, for all that has happened by then."""
    given = thread.extras.given
    return given is not None and given.then is None and at <= given.at + TAKE_BACK_WITHIN


PROCEDURES: Final[Procedures] = {
    Accept: Procedure(when(Status.RECEIVED), _accept),
    Decline: Procedure(when(Status.RECEIVED), _decline, reasoned=True),
    Assign: Procedure(_can_assign, _assign),
    TakeBack: Procedure(_can_take_back, _take_back),
}
