"""What a newly published calendar writes: the deadlines that it counts differently, or no longer provisionally."""

from datetime import datetime
from typing import Any, Final

from casework.calendar import Calendar, Due
from casework.case import Span, Thread
from casework.draft import Draft, Procedure, Procedures
from casework.moves import Redate
from casework.payloads import CONTACT, ORIGINAL, PROMISE, SIGN, VISIT, DueKeys, due_items
from casework.vocabulary import EntryType


def _redate(draft: Draft[Redate], thread: Thread) -> None:
    """Write down the deadlines that a newer calendar counts differently, or no longer provisionally."""
    if thread.ended:
        return
    at, calendar = draft.instant(thread), draft.rules.calendar
    told = _again(calendar, thread.promise, at, PROMISE) | _again(calendar, thread.visit_due, at, VISIT)
    if told and thread.original_due_at is not None:
        told |= _original_again(calendar, thread.promise, thread.extras.extended_by)
    if thread.holder is not None:
        told |= _span_again(calendar, thread.holder, at)
        if "unit" in told and thread.holder.original_due_at is not None:
            told["unit"] |= _original_again(calendar, thread.holder.finish_due, thread.extras.extended_by)
    if told:
        draft.write(thread, EntryType.REDATED, {**told, "calendar": calendar.version})
    for helper in thread.extras.helpers:
        told = _span_again(calendar, helper.span, at) if helper.span.ended_at is None else {}
        if told:
            told |= {"span": helper.span.number, "calendar": calendar.version}
            draft.write(thread, EntryType.REDATED, told)


def _span_again(calendar: Calendar, span: Span, at: datetime) -> dict[str, Any]:
    told = _again(calendar, span.sign_due, at, SIGN) if span.signed_at is None else {}
    told |= _again(calendar, span.contact_due, at, CONTACT) if span.contacted_at is None else {}
    unit = _again(calendar, span.finish_due, at, PROMISE)
    return told | ({"unit": unit} if unit else {})


def _original_again(calendar: Calendar, due: Due, extended_by: int) -> dict[str, Any]:
    """What the date before an extension is by the calendar now; nothing when its count is not in the deadline's own."""
    if due.start is None or due.unit != "working_day" or not 0 < extended_by < due.amount:
        return {}
    return {ORIGINAL: calendar.due_after(due.start, due.amount - extended_by, due.unit, due.rule).at}


def _again(calendar: Calendar, due: Due | None, at: datetime, keys: DueKeys) -> dict[str, Any]:
    """A provisional deadline as the calendar counts it now; nothing when that is as before."""
    if due is None or not due.provisional:
        return {}
    counted = calendar.counted_again(due)
    return due_items(counted, at, keys) if counted != due else {}


PROCEDURES: Final[Procedures] = {
    Redate: Procedure(lambda thread, unit: None, _redate),
}
