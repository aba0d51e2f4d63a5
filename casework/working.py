"""A unit's own work: it signs (签收), speaks to the citizen, and finishes (办结), as the holder or for its part of a whistle."""

from typing import Any, Final

from casework.case import Helper, Span, Thread
from casework.clocks import visit_due
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, holder_of, must, must_run
from casework.errors import Refused
from casework.moves import Contact, Finish, Sign
from casework.payloads import VISIT, due_items
from casework.vocabulary import EntryType, Status
from casework.whistling import helper_of, must_be_open, must_have_signed


def _can_sign(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        must(thread, Status.TO_SIGN)
        return
    if helper.span.signed_at is not None:
        raise Refused("{unit} has signed already", unit=helper.span.unit_code)
    must_be_open(helper)


def _sign(draft: Draft[Sign], thread: Thread) -> None:
    helper = _part(thread, draft.move)
    _can_sign(thread, helper)
    draft.write(thread, EntryType.SIGNED, _of_part(helper))


def _can_contact(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        must(thread, *OPEN_WORK)
        _must_be_first(holder_of(thread))
        return
    must_be_open(helper)
    _must_be_first(helper.span)


def _contact(draft: Draft[Contact], thread: Thread) -> None:
    helper = _part(thread, draft.move)
    _can_contact(thread, helper)
    draft.write(thread, EntryType.CONTACTED, _of_part(helper))


def _must_be_first(span: Span) -> None:
    if span.contacted_at is not None:
        raise Refused("the first contact is on record already")


def _can_finish(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        must(thread, Status.HANDLING)
        must_run(thread)
    else:
        must_have_signed(helper)


def _finish(draft: Draft[Finish], thread: Thread) -> None:
    move = draft.move
    helper = _part(thread, move)
    _can_finish(thread, helper)
    if helper is not None:
        draft.write(thread, EntryType.FINISHED, _of_part(helper))
        return
    at = draft.instant(thread)
    told: dict[str, Any] = {
        "review": True,
        **due_items(visit_due(at, draft.clocks(thread), draft.rules.calendar), at, VISIT),
    }
    if move.result is not None:
        told["result"] = move.result
    if move.mediated is not None:
        told["mediated"] = move.mediated
    draft.write(thread, EntryType.FINISHED, told)


def _part(thread: Thread, move: Sign | Contact | Finish) -> Helper | None:
    """The co-handler's part that a move is about, `None` for the holder's: who was called in never acts for the holder."""
    holder = thread.holder.unit_code if thread.holder is not None else None
    own = _own_part(thread, move.acting)
    if own is not None and move.unit not in (None, move.acting):
        raise Refused("{unit} was called in and acts for its own part only", unit=move.acting)
    return own if own is not None or move.unit in (None, holder) else helper_of(thread, move.unit)


def _own_part(thread: Thread, unit: str) -> Helper | None:
    """The part of a co-handler; `None` for a unit that was not called in, or that holds the report."""
    if thread.holder is not None and unit == thread.holder.unit_code:
        return None
    own = (helper for helper in reversed(thread.extras.helpers) if helper.span.unit_code == unit)
    return next(own, None)


def _of_part(helper: Helper | None) -> dict[str, Any]:
    """How an entry tells that it is about a co-handler's part."""
    return {} if helper is None else {"span": helper.span.number}


PROCEDURES: Final[Procedures] = {
    Sign: Procedure(lambda thread, unit: _can_sign(thread, _own_part(thread, unit)), _sign, of_a_part=True),
    Contact: Procedure(lambda thread, unit: _can_contact(thread, _own_part(thread, unit)), _contact, of_a_part=True),
    Finish: Procedure(lambda thread, unit: _can_finish(thread, _own_part(thread, unit)), _finish, of_a_part=True),
}
