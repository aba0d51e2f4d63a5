"""What a folded case looks like in the tables: rows of `cases` and `assignments`, and nothing the journal does not tell."""

from typing import Any

from casework.case import Case, Span, Thread
from casework.vocabulary import Status

Row = tuple[Any, ...]


def case_row(case_id: int, code: str, case: Case) -> Row:
    """`cases` in column order."""
    lead = case.lead
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
        lead.promise.at,
        lead.promise.rule,
        lead.promise.provisional,
        lead.finished_at,
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
    return [_assignment_row(case_id, thread, span) for thread in case.threads for span in thread.spans]


def _assignment_row(case_id: int, thread: Thread, span: Span) -> Row:
    return (
        case_id,
        span.number,
        thread.report,
        span.unit_code,
        span.unit_name,
        span.assigned_at,
        span.sign_due_at,
        span.signed_at,
        span.contact_due_at,
        span.contacted_at,
        span.finish_due.at,
        span.finish_due.rule,
        span.original_due_at,
        span.finished_at,
        span.ended_at,
        span.end_reason,
    )
