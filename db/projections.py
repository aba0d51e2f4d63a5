"""What a folded case looks like in the tables: rows of `cases` and `assignments`, and nothing the journal does not tell."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from casework.case import BY_HAND, Case, Pause, Reminder, Span, Thread
from casework.vocabulary import ObjectionState, Status

Row = tuple[Any, ...]
_NOT_VISITED: Final = (None, None, None, None)


def case_row(case_id: int, code: str, case: Case) -> Row:
    """`cases` in column order."""
    lead, pressing = case.lead, case.pressing
    facts = lead.facts
    holder = lead.spans[-1] if lead.spans and (lead.ended or lead.spans[-1].ended_at is None) else None
    return (
        case_id,
        code,
        case.status,
        case.ended,
        case.threads[0].feed,
        lead.report,
        len(case.threads),
        facts.category,
        facts.appeal,
        facts.urgency,
        case.colour,
        facts.township,
        facts.village,
        facts.grid,
        holder.unit_code if holder is not None else None,
        _sensitive(case),
        case.round,
        case.reported_at,
        pressing.promise.at,
        pressing.promise.rule,
        pressing.original_due_at,
        pressing.promise.provisional,
        pressing.paused_at,
        lead.visit_due.at if lead.visit_due is not None else None,
        lead.extras.result,
        pressing.finished_at,
        case.closed_at,
        case.merged_into,
        case.version,
    )


def _sensitive(case: Case) -> bool:
    if len(case.threads) == 1:
        return case.threads[0].facts.sensitive
    return any(thread.facts.sensitive for thread in case.threads)


def assignment_rows(case_id: int, case: Case) -> list[Row]:
    """`assignments` in column order; a merged case has none, for its reports are told in the other case."""
    if case.status is Status.MERGED:
        return []
    return [row for thread in case.threads for row in _spans_of(case_id, thread)]


def _spans_of(case_id: int, thread: Thread) -> Iterator[Row]:
    for span in thread.spans:
        yield _assignment_row(case_id, thread, span, "holder")
    for helper in thread.extras.helpers:
        yield _assignment_row(case_id, thread, helper.span, "helper")


def pauses_of(span: Span, pauses: Iterable[Pause]) -> Iterator[tuple[datetime, datetime]]:
    """The part of each pause that is over which fell into the span's work."""
    for pause in pauses:
        if pause.until is not None:
            since = max(pause.at, span.assigned_at)
            until = pause.until if span.until is None else min(pause.until, span.until)
            if since < until:
                yield since, until


def _last_step(span: Span, reminders: Sequence[Reminder]) -> Reminder | None:
    """The last step of the ladder this span's unit was told of while it held the span."""
    for reminder in reversed(reminders):
        if reminder.unit_code == span.unit_code and reminder.step != BY_HAND and _while_held(span, reminder.at):
            return reminder
    return None


def _while_held(span: Span, at: datetime) -> bool:
    return span.assigned_at <= at and (span.ended_at is None or at <= span.ended_at)


def _assignment_row(case_id: int, thread: Thread, span: Span, role: str) -> Row:
    """A pause is the holder's: a co-handler's clock runs on."""
    extras = thread.extras
    told = _last_step(span, extras.reminders) if extras.reminders else None
    pauses = extras.pauses if role == "holder" else ()
    return (
        case_id,
        span.number,
        role,
        thread.report,
        span.unit_code,
        span.unit_name,
        span.assigned_at,
        span.sign_due.at,
        span.sign_due.rule,
        span.signed_at,
        span.contact_due.at,
        span.contact_due.rule,
        span.contacted_at,
        span.finish_due.at,
        span.finish_due.rule,
        span.original_due_at,
        span.finish_due.provisional,
        thread.paused_at if pauses and span.ended_at is None else None,
        told.step if told is not None else None,
        told.at if told is not None else None,
        span.finished_at,
        span.ended_at,
        span.end_reason,
        *(span.visit or _NOT_VISITED),
        extras.excluded_by is not None or span.objection == ObjectionState.UPHELD,
        span.objection,
        span.again,
        round(sum((until - since).total_seconds() for since, until in pauses_of(span, pauses))) if pauses else 0,
        span.result,
    )
