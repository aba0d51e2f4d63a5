"""退单: when a unit may send a case back, and what the county centre decides about a return that was asked of it."""

from typing import Final

from casework.calendar import last_day
from casework.case import Thread
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, holder_of, must, must_be_anothers, must_run
from casework.errors import Refused
from casework.moves import GrantReturn, RefuseReturn, Return
from casework.vocabulary import EntryType


def _can_return(thread: Thread, unit: str) -> None:
    must(thread, *OPEN_WORK)
    must_run(thread)
    if thread.extras.return_asked:
        raise Refused("the county centre has not decided about the return that was asked for")


def _return(draft: Draft[Return], thread: Thread) -> None:
    holder, clocks = holder_of(thread), draft.clocks(thread)
    limit = draft.rules.calendar.due_after(holder.assigned_at, *clocks.return_within, "")
    if draft.instant(thread) > limit.at:
        raise Refused("too late to return it: that was possible until {until}", until=f"{last_day(limit.at)}")
    if thread.returns >= clocks.returns:
        draft.write(thread, EntryType.RETURN_ASKED)
        return
    draft.write(thread, EntryType.RETURNED)


def _can_grant_return(thread: Thread, unit: str) -> None:
    _can_refuse_return(thread, unit)
    must_run(thread)


def _grant_return(draft: Draft[GrantReturn], thread: Thread) -> None:
    draft.write(thread, EntryType.RETURNED)


def _can_refuse_return(thread: Thread, unit: str) -> None:
    must(thread, *OPEN_WORK)
    if not thread.extras.return_asked:
        raise Refused("nobody has asked to return it")
    must_be_anothers(thread, unit)


def _refuse_return(draft: Draft[RefuseReturn], thread: Thread) -> None:
    draft.write(thread, EntryType.RETURN_REFUSED)


PROCEDURES: Final[Procedures] = {
    Return: Procedure(_can_return, _return, reasoned=True),
    GrantReturn: Procedure(_can_grant_return, _grant_return),
    RefuseReturn: Procedure(_can_refuse_return, _refuse_return, reasoned=True),
}
