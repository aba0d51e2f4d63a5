"""What each kind of entry changes of the one report it is about. `evolve` says what it changes of the case."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from casework.calendar import Due
from casework.case import ADVANCE, NO_EXTRAS, UNFINISHED, Entry, Given, Helper, Pause, Reminder, Span, Thread, Visit
from casework.payloads import (
    BULK,
    CONTACT,
    FOR,
    FROM_STATUS,
    ORIGINAL,
    SIGN,
    STATUSES,
    VISIT,
    due_of,
    facts_of,
    instant,
)
from casework.vocabulary import (
    FEEDS,
    Colour,
    Complexity,
    EntryType,
    ObjectionState,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
)


def opened(thread: Thread, entry: Entry) -> Thread:
    """Another round begins; one that a person began has a promise of its own."""
    spans = _end_last(thread.spans, entry.occurred_at, "reopened")
    thread = with_extras(thread, unreached=0, again=True)
    if "due_at" in entry.payload:
        thread = thread._replace(promise=due_of(entry.payload, entry.occurred_at), original_due_at=None)
        thread = with_extras(thread, reopened_at=entry.occurred_at, extension_asked=None, extensions=0, extended_by=0)
    return thread._replace(
        status=Status.TO_ASSIGN, spans=spans, finished_at=None, closed_at=None, visit=None, visit_due=None
    )


def span_of(entry: Entry, number: int) -> Span:
    """The span of work that an entry begins: a holder's, or that of a unit called in."""
    told, at = entry.payload, entry.occurred_at
    return Span(
        number,
        told["unit"],
        told.get("unit_name"),
        at,
        due_of(told, at, SIGN),
        due_of(told, at, CONTACT),
        due_of(told, at),
    )


def hold(thread: Thread, entry: Entry, number: int, told: Mapping[str, Any], *, corrects: bool) -> Thread:
    """A unit has the report from now on; `corrects`: it is the last span that was told otherwise before."""
    as_it_was = thread
    if thread.extras is not NO_EXTRAS:
        thread = _handed_over(thread, told["unit"], entry.occurred_at)
    before = thread.spans[:-1] if corrects else _end_last(thread.spans, entry.occurred_at, "reassigned")
    source_unit = told["unit"] if entry.actor in FEEDS else thread.source_unit
    span = span_of(entry, number)
    if corrects:
        span = span._replace(again=thread.spans[-1].again, objection=thread.spans[-1].objection)
    elif thread.extras.again:
        span, thread = span._replace(again=True), with_extras(thread, again=False)
    held = thread._replace(spans=(*before, span), status=Status.TO_SIGN, source_unit=source_unit, closed_at=None)
    return with_extras(held, given=_given(as_it_was, entry)) if FROM_STATUS in told else held


def _given(before: Thread, entry: Entry) -> Given:
    """The memory of an assignment that may be taken back; that of an earlier one ends with it."""
    told = entry.payload
    before = with_extras(before, given=None)._replace(status=STATUSES[told[FROM_STATUS]])
    return Given(entry.actor, told.get(FOR, entry.actor), entry.occurred_at, before, told.get(BULK))


def _taken_back(thread: Thread, entry: Entry) -> Thread:
    """As if it had never been given: the span is gone, the one before runs on. What the source said since, it has said."""
    given = thread.extras.given
    assert given is not None, "only what a person gave is taken back"
    return given.before._replace(source_status=thread.source_status, source_unit=thread.source_unit)


def _handed_over(thread: Thread, unit: str, at: datetime) -> Thread:
    """What the last unit asked for is no question any more, and a co-handler that becomes the holder is none."""
    helpers = tuple(
        helper._replace(span=_cut(helper.span, at, "took over"))
        if helper.span.unit_code == unit and helper.span.ended_at is None
        else helper
        for helper in thread.extras.helpers
    )
    return with_extras(thread, return_asked=False, extension_asked=None, helpers=helpers)


def with_extras(thread: Thread, **changes: Any) -> Thread:
    """The thread with what few threads have (`casework.case.Extras`) changed."""
    return thread._replace(extras=thread.extras._replace(**changes))


def _end_last(spans: tuple[Span, ...], at: datetime, reason: str) -> tuple[Span, ...]:
    if not spans or spans[-1].ended_at is not None:
        return spans
    return (*spans[:-1], spans[-1]._replace(ended_at=at, end_reason=reason))


def _on_last_span(thread: Thread, **changes: Any) -> tuple[Span, ...]:
    return (*thread.spans[:-1], thread.spans[-1]._replace(**changes)) if thread.spans else ()


def _on_span_at(thread: Thread, at: datetime, **changes: Any) -> tuple[Span, ...]:
    """Late news goes to the span that was running when it happened."""
    index = len(thread.spans) - 1
    while index > 0 and thread.spans[index].assigned_at > at:
        index -= 1
    return (*thread.spans[:index], thread.spans[index]._replace(**changes), *thread.spans[index + 1 :])


def _on_helper(thread: Thread, number: int, change: Callable[[Helper], Helper]) -> Thread:
    helpers = tuple(change(helper) if helper.span.number == number else helper for helper in thread.extras.helpers)
    return with_extras(thread, helpers=helpers)


def _on_helpers_span(thread: Thread, entry: Entry, **changes: Any) -> Thread:
    return _on_helper(
        thread, entry.payload["span"], lambda helper: helper._replace(span=helper.span._replace(**changes))
    )


def _revised(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    reported_at = instant(told["reported_at"]) if "reported_at" in told else thread.reported_at
    thread = thread._replace(facts=facts_of({**thread.facts._asdict(), **told}), reported_at=reported_at)
    if "due_at" not in told:
        return thread
    # What is granted by an extension stays; the correction is about the date that was extended.
    spans = _redated_holder(thread, due_of(told["unit"], entry.occurred_at)) if "unit" in told else thread.spans
    due = due_of(told, entry.occurred_at)
    thread = thread._replace(spans=spans, source_due_at=instant(told.get("source_due_at", due.at)))
    if thread.original_due_at is not None:
        return thread._replace(original_due_at=due.at)
    return thread._replace(promise=due)


def _redated_holder(thread: Thread, due: Due) -> tuple[Span, ...]:
    if thread.spans[-1].original_due_at is not None:
        return _on_last_span(thread, original_due_at=due.at)
    return _on_last_span(thread, finish_due=due)


def _accepted(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(status=Status.TO_ASSIGN)


def _signed(thread: Thread, entry: Entry) -> Thread:
    if "span" in entry.payload:
        return _on_helpers_span(thread, entry, signed_at=entry.occurred_at)
    spans = _on_span_at(thread, entry.occurred_at, signed_at=entry.occurred_at)
    status = Status.HANDLING if thread.status is Status.TO_SIGN and spans[-1].signed_at else thread.status
    return thread._replace(spans=spans, status=status)


def _contacted(thread: Thread, entry: Entry) -> Thread:
    if "span" in entry.payload:
        return _on_helpers_span(thread, entry, contacted_at=entry.occurred_at)
    return thread._replace(spans=_on_span_at(thread, entry.occurred_at, contacted_at=entry.occurred_at))


def _returned(thread: Thread, entry: Entry) -> Thread:
    source_unit = None if entry.actor in FEEDS else thread.source_unit
    thread = thread._replace(returned_at=entry.occurred_at, returns=thread.returns + 1, source_unit=source_unit)
    thread = _nothing_asked(thread)
    holder = thread.holder
    if holder is None or holder.assigned_at > entry.occurred_at:
        return thread
    spans = _end_last(thread.spans, entry.occurred_at, "returned")
    # What comes back is not finished, whatever was said before.
    return thread._replace(spans=spans, status=Status.TO_ASSIGN, finished_at=None, visit_due=None)


def _nothing_asked(thread: Thread) -> Thread:
    """Questions end with the work of the unit that asked them."""
    extras = thread.extras
    if extras.return_asked or extras.extension_asked is not None:
        return with_extras(thread, return_asked=False, extension_asked=None)
    return thread


def _return_asked(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, return_asked=True)


def _return_refused(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, return_asked=False)


def _paused(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, pauses=(*thread.extras.pauses, Pause(entry.occurred_at, entry.payload["approver"])))


def _continued(thread: Thread, entry: Entry) -> Thread:
    pauses = (*thread.extras.pauses[:-1], thread.extras.pauses[-1]._replace(until=entry.occurred_at))
    return _redated(with_extras(thread, pauses=pauses), entry)


def _redated(thread: Thread, entry: Entry) -> Thread:
    """Deadlines that moved without being extended: the clock stood still, or the calendar was published."""
    told = entry.payload
    if "span" in told:
        return _on_helper(thread, told["span"], lambda helper: helper._replace(span=_redated_span(helper.span, entry)))
    if "due_at" in told:
        thread = thread._replace(promise=due_of(told, entry.occurred_at))
    if ORIGINAL in told:
        thread = thread._replace(original_due_at=instant(told[ORIGINAL]))
    if VISIT[0] in told:
        thread = thread._replace(visit_due=due_of(told, entry.occurred_at, VISIT))
    if not thread.spans:
        return thread
    return thread._replace(spans=(*thread.spans[:-1], _redated_span(thread.spans[-1], entry)))


def _redated_span(span: Span, entry: Entry) -> Span:
    told, at = entry.payload, entry.occurred_at
    unit = told.get("unit", {})
    return span._replace(
        original_due_at=instant(unit[ORIGINAL]) if ORIGINAL in unit else span.original_due_at,
        sign_due=due_of(told, at, SIGN) if SIGN[0] in told else span.sign_due,
        contact_due=due_of(told, at, CONTACT) if CONTACT[0] in told else span.contact_due,
        finish_due=due_of(told["unit"], at) if "unit" in told else span.finish_due,
    )


def _classified(thread: Thread, entry: Entry) -> Thread:
    return _redated(with_extras(thread, complexity=Complexity(entry.payload["complexity"])), entry)


def _extension_asked(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, extension_asked=entry.payload["amount"])


def _extension_refused(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, extension_asked=None)


def _extended(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    due = due_of(told, entry.occurred_at) if "due_rule" in told else Due(instant(told["due_at"]), "extension")
    unit = due_of(told["unit"], entry.occurred_at) if "unit" in told else due
    original = thread.original_due_at or thread.promise.at
    holder = thread.holder
    spans = thread.spans
    if holder is not None:
        spans = _on_last_span(thread, finish_due=unit, original_due_at=holder.original_due_at or holder.finish_due.at)
    extras = thread.extras
    thread = with_extras(
        thread,
        extension_asked=None,
        extensions=extras.extensions + 1,
        extended_by=extras.extended_by + told.get("amount", 0),
    )
    by_source = due.at if entry.actor in FEEDS else thread.source_extension
    return thread._replace(promise=due, original_due_at=original, spans=spans, source_extension=by_source)


def _finished(thread: Thread, entry: Entry) -> Thread:
    told, at = entry.payload, entry.occurred_at
    if "span" in told:
        return _on_helpers_span(thread, entry, finished_at=at, ended_at=at, end_reason="finished")
    result = _result_of(told) or (thread.spans[-1].result if thread.spans else None)
    thread = _nothing_asked(thread)
    if thread.extras.helpers:
        thread = with_extras(thread, helpers=_cut_helpers(thread, at, "holder finished"))
    spans = _on_last_span(thread, finished_at=at, result=result)
    status = Status.TO_REVIEW if told.get("review") else Status.TO_VISIT
    if thread.ended:
        status = thread.status
    if "result" in told:
        thread = with_extras(thread, result=Result(told["result"]))
    return thread._replace(
        spans=spans,
        status=status,
        finished_at=at,
        mediated=told.get("mediated", thread.mediated),
        visit_due=due_of(told, at, VISIT) if VISIT[0] in told else thread.visit_due,
    )


def _result_of(told: Mapping[str, Any]) -> Result | None:
    """What the work came to; sources only tell whether a mediation succeeded."""
    if "result" in told:
        return Result(told["result"])
    mediated = told.get("mediated")
    return None if mediated is None else Result.SETTLED if mediated else Result.NOT_SETTLED


def _reviewed(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(status=Status.TO_VISIT)


def _rejected(thread: Thread, entry: Entry) -> Thread:
    """The finish did not count: the unit goes on, its clock as it was."""
    thread = thread._replace(
        finished_at=None, visit_due=None, spans=_on_last_span(thread, finished_at=None, result=None)
    )
    return thread._replace(status=_running_status(thread))


def _visited(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    answer = told.get("satisfaction")
    satisfaction = Satisfaction(answer) if answer is not None else None
    if told.get("reached") is False:
        thread = with_extras(thread, unreached=thread.extras.unreached + 1)
    if thread.extras.visit_past:
        thread = with_extras(thread, visit_past=False)
    visit = Visit(entry.occurred_at, told.get("reached"), told.get("solved"), satisfaction)
    return thread._replace(visit=visit, spans=_on_last_span(thread, visit=visit))


def _redone(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "redone")
    if thread.visit is not None:
        thread = with_extras(thread, unreached=0, visit_past=True)
    return thread._replace(
        redos=entry.payload["round"],
        spans=spans,
        status=Status.TO_ASSIGN,
        finished_at=None,
        closed_at=None,
        visit_due=None,
        source_unit=None if entry.actor in FEEDS else thread.source_unit,
    )


def _closed(thread: Thread, entry: Entry) -> Thread:
    return _ended(thread, entry.occurred_at, Status.CLOSED)


def _declined(thread: Thread, entry: Entry) -> Thread:
    return _ended(thread, entry.occurred_at, Status.DECLINED)


def _ended(thread: Thread, at: datetime, status: Status) -> Thread:
    """Everything stops with it: a pause, and what co-handlers had not done."""
    extras = thread.extras
    if thread.paused_at is not None:
        until = max(at, thread.paused_at)  # a source may say it had ended before
        extras = extras._replace(pauses=(*extras.pauses[:-1], extras.pauses[-1]._replace(until=until)))
    if extras.helpers:
        extras = extras._replace(helpers=_cut_helpers(thread, at, status.value))
    spans = _end_last(thread.spans, at, status.value)
    return thread._replace(status=status, closed_at=at, spans=spans, extras=extras)


def _cut_helpers(thread: Thread, at: datetime, reason: str) -> tuple[Helper, ...]:
    """The co-handlers, and of none of them a part that still runs."""
    return tuple(
        helper if helper.span.ended_at is not None else helper._replace(span=_cut(helper.span, at, reason))
        for helper in thread.extras.helpers
    )


def _cut(span: Span, at: datetime, reason: str) -> Span:
    return span._replace(ended_at=max(at, span.assigned_at), end_reason=reason)


def _resumed(thread: Thread, entry: Entry) -> Thread:
    status = Status(entry.payload["status"])
    running = ADVANCE[status] < UNFINISHED
    finished_at = None if running else thread.finished_at
    spans = thread.spans
    if spans and spans[-1].end_reason in (None, "closed", "declined"):
        result = None if running else spans[-1].result
        spans = _on_last_span(thread, ended_at=None, end_reason=None, finished_at=finished_at, result=result)
    thread = thread._replace(status=status, spans=spans, finished_at=finished_at, closed_at=None)
    return thread._replace(status=_running_status(thread)) if running else thread


def _running_status(thread: Thread) -> Status:
    """Where an unfinished thread stands: what its holder has done says more than the source's word."""
    if thread.holder is not None:
        return Status.HANDLING if thread.holder.signed_at is not None else Status.TO_SIGN
    return min(thread.status, Status.TO_ASSIGN, key=ADVANCE.__getitem__)


def _coloured(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    if "rules_colour" in told:
        thread = with_extras(thread, lowered_from=Colour(told["rules_colour"]))
    return thread._replace(colour=Colour(told["colour"]))


def _marked_unreasonable(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, excluded_by=entry.payload["approver"])


def _objected(thread: Thread, entry: Entry) -> Thread:
    return _on_any_span(thread, entry.payload["span"], objection=ObjectionState.OPEN)


def _objection_settled(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    return _on_any_span(
        thread, told["span"], objection=ObjectionState.UPHELD if told["upheld"] else ObjectionState.REFUSED
    )


def _on_any_span(thread: Thread, number: int, **changes: Any) -> Thread:
    """A holder's span or a co-handler's, by its number; a report that has left it behind is not changed."""
    spans = tuple(span._replace(**changes) if span.number == number else span for span in thread.spans)
    thread = thread._replace(spans=spans)
    return _on_helper(thread, number, lambda helper: helper._replace(span=helper.span._replace(**changes)))


def _allotted(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    return _on_helper(
        thread,
        told["span"],
        lambda helper: helper._replace(allotted_at=entry.occurred_at, allotted_to=told.get("to")),
    )


def _overseen(thread: Thread, entry: Entry) -> Thread:
    return _on_helper(thread, entry.payload["span"], lambda helper: helper._replace(overseen_at=entry.occurred_at))


def _rated(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    return _on_helper(
        thread, told["span"], lambda helper: helper._replace(rated_at=entry.occurred_at, rating=told["rating"])
    )


def _reminded(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    reminder = Reminder(told["step"], ReminderKind(told["kind"]), entry.occurred_at, told["unit"])
    return with_extras(thread, reminders=(*thread.extras.reminders, reminder))


def _escalated(thread: Thread, entry: Entry) -> Thread:
    return with_extras(thread, escalated_at=entry.occurred_at)


def _unchanged(thread: Thread, entry: Entry) -> Thread:
    return thread


CHANGES: Final[Mapping[EntryType, Callable[[Thread, Entry], Thread]]] = {
    EntryType.REVISED: _revised,
    EntryType.ACCEPTED: _accepted,
    EntryType.SIGNED: _signed,
    EntryType.CONTACTED: _contacted,
    EntryType.RETURNED: _returned,
    EntryType.RETURN_ASKED: _return_asked,
    EntryType.RETURN_REFUSED: _return_refused,
    EntryType.PAUSED: _paused,
    EntryType.CONTINUED: _continued,
    EntryType.CLASSIFIED: _classified,
    EntryType.EXTENSION_ASKED: _extension_asked,
    EntryType.EXTENSION_REFUSED: _extension_refused,
    EntryType.EXTENDED: _extended,
    EntryType.FINISHED: _finished,
    EntryType.REVIEWED: _reviewed,
    EntryType.REJECTED: _rejected,
    EntryType.VISITED: _visited,
    EntryType.REDONE: _redone,
    EntryType.CLOSED: _closed,
    EntryType.DECLINED: _declined,
    EntryType.RESUMED: _resumed,
    EntryType.COLOURED: _coloured,
    EntryType.MARKED_UNREASONABLE: _marked_unreasonable,
    EntryType.OBJECTED: _objected,
    EntryType.OBJECTION_SETTLED: _objection_settled,
    EntryType.LINKED: _unchanged,
    EntryType.ALLOTTED: _allotted,
    EntryType.OVERSEEN: _overseen,
    EntryType.RATED: _rated,
    EntryType.REMINDED: _reminded,
    EntryType.ESCALATED: _escalated,
    EntryType.REDATED: _redated,
    EntryType.TAKEN_BACK: _taken_back,
}
