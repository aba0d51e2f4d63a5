"""What gives the work more time: its clock stands still (中止) and goes on, or its deadline is moved (延期)."""

from datetime import datetime
from typing import Final

from casework.case import Thread
from casework.clocks import extended_due
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, must, must_be_anothers, must_run
from casework.errors import Refused
from casework.moves import AskExtension, Continue, GrantExtension, Pause, RefuseExtension
from casework.payloads import due_items
from casework.receiving import continued
from casework.vocabulary import EntryType, Status


def _can_pause(thread: Thread, unit: str) -> None:
    must(thread, Status.HANDLING)
    must_run(thread)


def _pause(draft: Draft[Pause], thread: Thread) -> None:
    move = draft.move
    must_be_anothers(thread, move.acting if move.approver == move.by else move.approver)
    draft.write(thread, EntryType.PAUSED, {"approver": move.approver})


def _can_continue(thread: Thread, unit: str) -> None:
    _paused_at(thread)


def _continue(draft: Draft[Continue], thread: Thread) -> None:
    paused = _paused_at(thread)
    draft.write(thread, EntryType.CONTINUED, continued(thread, paused, draft.instant(thread), draft.rules))


def _paused_at(thread: Thread) -> datetime:
    if thread.paused_at is None:
        raise Refused("the case is not paused")
    return thread.paused_at


def _can_ask_extension(thread: Thread, unit: str) -> None:
    must(thread, *OPEN_WORK)
    must_run(thread)
    if thread.extras.extension_asked is not None:
        raise Refused("an extension is asked for already")


def _ask_extension(draft: Draft[AskExtension], thread: Thread) -> None:
    clocks, extras, amount = draft.clocks(thread), thread.extras, draft.move.amount
    if extras.extensions >= clocks.extensions:
        raise Refused("a case is extended {times} time(s) at most", times=clocks.extensions)
    if not 0 < amount <= clocks.extension.amount:
        raise Refused("an extension is 1 to {most} {unit}s", most=clocks.extension.amount, unit=clocks.extension.unit)
    if draft.instant(thread) > thread.promise.at:
        raise Refused("too late: an extension is asked for before the deadline")
    draft.write(thread, EntryType.EXTENSION_ASKED, {"amount": amount})


def _can_grant_extension(thread: Thread, unit: str) -> None:
    _can_refuse_extension(thread, unit)
    must_run(thread)


def _grant_extension(draft: Draft[GrantExtension], thread: Thread) -> None:
    amount = _asked_extension(thread)
    clocks, calendar, at = draft.clocks(thread), draft.rules.calendar, draft.instant(thread)
    told = due_items(extended_due(thread.promise, amount, clocks, calendar), at)
    holder = thread.holder
    if holder is not None:
        told["unit"] = due_items(extended_due(holder.finish_due, amount, clocks, calendar), at)
    draft.write(thread, EntryType.EXTENDED, {**told, "amount": amount})


def _can_refuse_extension(thread: Thread, unit: str) -> None:
    _asked_extension(thread)
    must_be_anothers(thread, unit)


def _refuse_extension(draft: Draft[RefuseExtension], thread: Thread) -> None:
    draft.write(thread, EntryType.EXTENSION_REFUSED)


def _asked_extension(thread: Thread) -> int:
    must(thread, *OPEN_WORK)
    if thread.extras.extension_asked is None:
        raise Refused("no extension was asked for")
    return thread.extras.extension_asked


PROCEDURES: Final[Procedures] = {
    Pause: Procedure(_can_pause, _pause, reasoned=True),
    Continue: Procedure(_can_continue, _continue),
    AskExtension: Procedure(_can_ask_extension, _ask_extension, reasoned=True),
    GrantExtension: Procedure(_can_grant_extension, _grant_extension),
    RefuseExtension: Procedure(_can_refuse_extension, _refuse_extension, reasoned=True),
}
