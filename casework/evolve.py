"""Folds journal entries into the case they tell. Pure, total over every entry ever written, and the only way a case changes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from casework.calendar import INSTANT, Due
from casework.case import ADVANCE, NO_EXTRAS, Case, Entry, Facts, Given, Helper, Pause, Reminder, Span, Thread, Visit
from casework.vocabulary import (
    Appeal,
    Category,
    Colour,
    Complexity,
    EntryType,
    Feed,
    ObjectionState,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
    Urgency,
)

_CATEGORIES: Final = {category.value: category for category in Category}
_APPEALS: Final = {appeal.value: appeal for appeal in Appeal}
_URGENCIES: Final = {urgency.value: urgency for urgency in Urgency}
_COLOURS: Final = {colour.value: colour for colour in Colour}
_STATUSES: Final = {status.value: status for status in Status}
_FEEDS: Final = frozenset(feed.value for feed in Feed)
UNFINISHED: Final = ADVANCE[Status.TO_REVIEW]
FEW: Final = 8
# What an entry tells of who made it: the unit an account acted for, and the whole (of many cases) it was made with. An
# assignment that says where the report stood before may be taken back.
FOR: Final = "for"
BULK: Final = "bulk"
FROM_STATUS: Final = "from_status"
_SOURCES_WORD: Final = frozenset({"stage", "source_unit"})

DueKeys = tuple[str, str, str, str, str]
# How a payload tells a deadline: its instant, its rule, its count ("5 working_day"), from when (absent: the entry's own
# instant), and whether it is provisional.
PROMISE: Final = ("due_at", "due_rule", "due_count", "due_from", "provisional")
SIGN: Final = ("sign_due_at", "sign_rule", "sign_count", "sign_from", "sign_provisional")
CONTACT: Final = ("contact_due_at", "contact_rule", "contact_count", "contact_from", "contact_provisional")
ORIGINAL: Final = "original_due_at"
VISIT: Final = ("visit_due_at", "visit_rule", "visit_count", "visit_from", "visit_provisional")


def due_items(due: Due, at: datetime, keys: DueKeys = PROMISE) -> dict[str, Any]:
    """A deadline as an entry that occurs at `at` tells it."""
    items: dict[str, Any] = {keys[0]: due.at, keys[1]: due.rule}
    if due.unit != INSTANT:
        items[keys[2]] = _count_text(due.amount, due.unit)
        if due.start != at:
            items[keys[3]] = due.start
    if due.provisional:
        items[keys[4]] = True
    return items


def due_of(payload: Mapping[str, Any], at: datetime, keys: DueKeys = PROMISE) -> Due:
    """The deadline an entry that occurred at `at` tells."""
    count = payload.get(keys[2])
    provisional = payload.get(keys[4], False)
    if count is None:
        return Due(instant(payload[keys[0]]), payload.get(keys[1], ""), provisional)
    start = payload.get(keys[3])
    begun = at if start is None else instant(start)
    return Due(instant(payload[keys[0]]), payload[keys[1]], provisional, begun, *_count_of(count))


@lru_cache(maxsize=256)
def _count_text(amount: int, unit: str) -> str:
    return f"{amount} {unit}"


@lru_cache(maxsize=256)
def _count_of(text: str) -> tuple[int, str]:
    amount, _, unit = text.partition(" ")
    return int(amount), unit


def instant(value: datetime | str) -> datetime:
    """A payload's instant: a datetime when it was just decided, ISO 8601 text when it comes from the stored journal."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def fold(entries: Iterable[Entry]) -> Case:
    """The case a whole journal tells."""
    case, told = Case(), iter(entries)
    for entry in told:
        case = evolve(case, entry)
        if len(case.threads) > FEW:
            return _fold_many(case, told)
    return case


def _fold_many(case: Case, entries: Iterable[Entry]) -> Case:
    """The same for a case of many reports: an entry costs what its own report costs, however many there are beside it."""
    threads = {thread.report: thread for thread in case.threads}
    for entry in entries:
        if entry.type in _OF_ALL_REPORTS:
            case = evolve(case._replace(threads=tuple(threads.values())), entry)
            threads = {thread.report: thread for thread in case.threads}
            continue
        own = threads.get(entry.report)
        case = evolve(case._replace(threads=(own,) if own is not None else ()), entry)
        threads.update((thread.report, thread) for thread in case.threads)
    return case._replace(threads=tuple(threads.values()))


def evolve(case: Case, entry: Entry) -> Case:
    """The case after one more entry."""
    whole = _OF_CASE.get(entry.type)
    if whole is not None:
        return whole(case, entry)
    change = _OF_THREAD[entry.type]
    if len(case.threads) == 1 and case.threads[0].report == entry.report:
        changed: tuple[Thread, ...] = (_told(change(case.threads[0], entry), entry),)
    else:
        changed = _with_own(case, entry, lambda thread: _told(change(thread, entry), entry))
    # Built whole: every entry comes this way, and `_replace` costs four times as much.
    return Case(changed, case.version + 1, case.spans, case.reopened, case.merged_into, case.awaited)


def _with_own(case: Case, entry: Entry, change: Callable[[Thread], Thread]) -> tuple[Thread, ...]:
    """The threads, with a change of the entry's own; one that has just joined is found at once, at the end."""
    threads = case.threads
    for place in range(len(threads) - 1, -1, -1):
        if threads[place].report == entry.report:
            return (*threads[:place], change(threads[place]), *threads[place + 1 :])
    return threads


def _told(thread: Thread, entry: Entry) -> Thread:
    """Remember the source's last word, and whether a person has decided since."""
    stage = entry.payload.get("stage")
    if stage is not None:
        thread = thread._replace(source_status=_STATUSES[stage])
    if "source_unit" in entry.payload:
        thread = thread._replace(source_unit=entry.payload["source_unit"])
    if thread.extras.given is not None:
        thread = _overtaken(thread, thread.extras.given, entry)
    if entry.type not in _MOVES:
        return thread
    if entry.actor in _FEEDS:
        return _with(thread, by_hand=False) if thread.extras.by_hand else thread
    if not thread.extras.by_hand:
        thread = _with(thread, by_hand=True)
    return thread


def _overtaken(thread: Thread, given: Given, entry: Entry) -> Thread:
    """Remember what happened to a report first after a person gave it to a unit.

    No such thing are the assignment itself, the colour a rule raises for it, and the source's word that it has heard of it.
    """
    kind, told = entry.type, entry.payload
    itself = kind is EntryType.ASSIGNED and FROM_STATUS in told
    raised = kind is EntryType.COLOURED and told.get("rule") != "person"
    heard = kind is EntryType.REVISED and told.keys() <= _SOURCES_WORD
    if itself or raised or heard or given.then is not None:
        return thread
    return _with(thread, given=given._replace(then=(kind, entry.actor)))


def _registered(case: Case, entry: Entry) -> Case:
    told, at = entry.payload, entry.occurred_at
    due = due_of(told, at)
    thread = Thread(
        entry.report,
        at,
        _facts_of(told),
        due,
        colour=_COLOURS[told.get("colour", Colour.BLUE)],
        source_status=_STATUSES.get(told.get("stage", "")),
        source_due_at=due.at,
    )
    if case.awaited == entry.report:
        thread, case = _with(thread, again=True), case._replace(awaited=None)
    return case._replace(threads=(*case.threads, thread), version=case.version + 1)


def _reopened(case: Case, entry: Entry) -> Case:
    """A new report of a closed matter begins a round; or a person opens one report again.

    Reports that are opened again together, or in a case where others are still open, begin one round and none.
    """
    again = 1 if case.threads and case.ended else 0
    threads = tuple(
        _told(_opened(thread, entry), entry) if thread.report == entry.report else thread for thread in case.threads
    )
    awaited = entry.report if case.thread(entry.report) is None else None
    return case._replace(threads=threads, version=case.version + 1, reopened=case.reopened + again, awaited=awaited)


def _opened(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "reopened")
    thread = _with(thread, unreached=0, again=True)
    if "due_at" in entry.payload:  # a person opened it again: the new round has a promise of its own
        thread = thread._replace(promise=due_of(entry.payload, entry.occurred_at), original_due_at=None)
        thread = _with(thread, reopened_at=entry.occurred_at, extension_asked=None, extensions=0, extended_by=0)
    return thread._replace(
        status=Status.TO_ASSIGN, spans=spans, finished_at=None, closed_at=None, visit=None, visit_due=None
    )


def _merged(case: Case, entry: Entry) -> Case:
    return case._replace(version=case.version + 1, merged_into=entry.payload["into"])


def _restored(case: Case, entry: Entry) -> Case:
    """It goes on by itself; what its reports did meanwhile is told again after this entry, from their beginning."""
    return case._replace(version=case.version + 1, merged_into=None, threads=(), spans=0, reopened=0, awaited=None)


def _split(case: Case, entry: Entry) -> Case:
    """A round that nobody but the report that leaves has begun goes with it."""
    threads = tuple(thread for thread in case.threads if thread.report != entry.report)
    last = case.threads[-1] if case.threads else None
    alone = last is not None and last.report == entry.report and _began_round(last)
    reopened = max(0, case.reopened - 1) if alone else case.reopened
    return case._replace(version=case.version + 1, threads=threads, reopened=reopened)


def _began_round(thread: Thread) -> bool:
    """Whether it joined a matter that had ended before."""
    return thread.spans[0].again if thread.spans else thread.extras.again


def _facts_of(told: Mapping[str, Any]) -> Facts:
    colour = told.get("source_colour")
    return Facts(
        _CATEGORIES[told["category"]],
        _APPEALS[told["appeal"]],
        _URGENCIES[told["urgency"]],
        told.get("township"),
        told.get("village"),
        told.get("grid"),
        told.get("sensitive", False),
        told.get("group", False),
        told.get("involved"),
        told.get("hard", False),
        told.get("unreasonable", False),
        _COLOURS[colour] if colour is not None else None,
    )


def _assigned(case: Case, entry: Entry) -> Case:
    told, corrects = entry.payload, entry.payload.get("corrects", False)
    number = case.spans if corrects else case.spans + 1

    def held(thread: Thread) -> Thread:
        own = thread.spans[-1].number if corrects else number
        return _told(_hold(thread, entry, own, told, corrects=corrects), entry)

    return case._replace(threads=_with_own(case, entry, held), version=case.version + 1, spans=number)


def _span(entry: Entry, number: int) -> Span:
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


def _hold(thread: Thread, entry: Entry, number: int, told: Mapping[str, Any], *, corrects: bool) -> Thread:
    as_it_was = thread
    if thread.extras is not NO_EXTRAS:
        thread = _handed_over(thread, told["unit"], entry.occurred_at)
    before = thread.spans[:-1] if corrects else _end_last(thread.spans, entry.occurred_at, "reassigned")
    source_unit = told["unit"] if entry.actor in _FEEDS else thread.source_unit
    span = _span(entry, number)
    if corrects:
        span = span._replace(again=thread.spans[-1].again, objection=thread.spans[-1].objection)
    elif thread.extras.again:
        span, thread = span._replace(again=True), _with(thread, again=False)
    held = thread._replace(spans=(*before, span), status=Status.TO_SIGN, source_unit=source_unit, closed_at=None)
    return _with(held, given=_given(as_it_was, entry)) if FROM_STATUS in told else held


def _given(before: Thread, entry: Entry) -> Given:
    """The memory of an assignment that may be taken back; that of an earlier one ends with it."""
    told = entry.payload
    before = _with(before, given=None)._replace(status=_STATUSES[told[FROM_STATUS]])
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
    return _with(thread, return_asked=False, extension_asked=None, helpers=helpers)


def _help_called(case: Case, entry: Entry) -> Case:
    """A co-handler's span is numbered with the holders', so that a number names one span of the case."""
    number, told = case.spans + 1, entry.payload
    helper = Helper(_span(entry, number), told.get("whistle", False), told["called_by"])
    threads = tuple(
        _told(_with(thread, helpers=(*thread.extras.helpers, helper)), entry)
        if thread.report == entry.report
        else thread
        for thread in case.threads
    )
    return case._replace(threads=threads, version=case.version + 1, spans=number)


def _with(thread: Thread, **changes: Any) -> Thread:
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
    return _with(thread, helpers=helpers)


def _on_helpers_span(thread: Thread, entry: Entry, **changes: Any) -> Thread:
    return _on_helper(
        thread, entry.payload["span"], lambda helper: helper._replace(span=helper.span._replace(**changes))
    )


def _revised(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    reported_at = instant(told["reported_at"]) if "reported_at" in told else thread.reported_at
    thread = thread._replace(facts=_facts_of({**thread.facts._asdict(), **told}), reported_at=reported_at)
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
    source_unit = None if entry.actor in _FEEDS else thread.source_unit
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
        return _with(thread, return_asked=False, extension_asked=None)
    return thread


def _return_asked(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, return_asked=True)


def _return_refused(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, return_asked=False)


def _paused(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, pauses=(*thread.extras.pauses, Pause(entry.occurred_at, entry.payload["approver"])))


def _continued(thread: Thread, entry: Entry) -> Thread:
    pauses = (*thread.extras.pauses[:-1], thread.extras.pauses[-1]._replace(until=entry.occurred_at))
    return _redated(_with(thread, pauses=pauses), entry)


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
    return _redated(_with(thread, complexity=Complexity(entry.payload["complexity"])), entry)


def _extension_asked(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, extension_asked=entry.payload["amount"])


def _extension_refused(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, extension_asked=None)


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
    thread = _with(
        thread,
        extension_asked=None,
        extensions=extras.extensions + 1,
        extended_by=extras.extended_by + told.get("amount", 0),
    )
    by_source = due.at if entry.actor in _FEEDS else thread.source_extension
    return thread._replace(promise=due, original_due_at=original, spans=spans, source_extension=by_source)


def _finished(thread: Thread, entry: Entry) -> Thread:
    told, at = entry.payload, entry.occurred_at
    if "span" in told:
        return _on_helpers_span(thread, entry, finished_at=at, ended_at=at, end_reason="finished")
    result = _result_of(told) or (thread.spans[-1].result if thread.spans else None)
    thread = _nothing_asked(thread)
    if thread.extras.helpers:
        thread = _with(thread, helpers=_cut_helpers(thread, at, "holder finished"))
    spans = _on_last_span(thread, finished_at=at, result=result)
    status = Status.TO_REVIEW if told.get("review") else Status.TO_VISIT
    if thread.ended:
        status = thread.status
    if "result" in told:
        thread = _with(thread, result=Result(told["result"]))
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
        thread = _with(thread, unreached=thread.extras.unreached + 1)
    if thread.extras.visit_past:
        thread = _with(thread, visit_past=False)
    visit = Visit(entry.occurred_at, told.get("reached"), told.get("solved"), satisfaction)
    return thread._replace(visit=visit, spans=_on_last_span(thread, visit=visit))


def _redone(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "redone")
    if thread.visit is not None:
        thread = _with(thread, unreached=0, visit_past=True)
    return thread._replace(
        redos=entry.payload["round"],
        spans=spans,
        status=Status.TO_ASSIGN,
        finished_at=None,
        closed_at=None,
        visit_due=None,
        source_unit=None if entry.actor in _FEEDS else thread.source_unit,
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
        thread = _with(thread, lowered_from=Colour(told["rules_colour"]))
    return thread._replace(colour=Colour(told["colour"]))


def _marked_unreasonable(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, excluded_by=entry.payload["approver"])


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
    return _with(thread, reminders=(*thread.extras.reminders, reminder))


def _escalated(thread: Thread, entry: Entry) -> Thread:
    return _with(thread, escalated_at=entry.occurred_at)


def _unchanged(thread: Thread, entry: Entry) -> Thread:
    return thread


_OF_CASE: Final[Mapping[EntryType, Callable[[Case, Entry], Case]]] = {
    EntryType.REGISTERED: _registered,
    EntryType.REOPENED: _reopened,
    EntryType.MERGED: _merged,
    EntryType.RESTORED: _restored,
    EntryType.SPLIT: _split,
    EntryType.ASSIGNED: _assigned,
    EntryType.HELP_CALLED: _help_called,
}
# Of the others an entry changes no report but its own.
_OF_ALL_REPORTS: Final = frozenset({EntryType.REOPENED, EntryType.RESTORED, EntryType.SPLIT})
_OF_THREAD: Final[Mapping[EntryType, Callable[[Thread, Entry], Thread]]] = {
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
# What moves a report along: after a person did it, the source's unchanged record must not undo it.
_MOVES: Final = frozenset({
    EntryType.ACCEPTED,
    EntryType.ASSIGNED,
    EntryType.SIGNED,
    EntryType.RETURNED,
    EntryType.FINISHED,
    EntryType.REVIEWED,
    EntryType.REJECTED,
    EntryType.REDONE,
    EntryType.REOPENED,
    EntryType.CLOSED,
    EntryType.DECLINED,
    EntryType.RESUMED,
    EntryType.TAKEN_BACK,
})  # fmt: skip
