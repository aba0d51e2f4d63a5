"""The life of a case: `decide` turns a command into journal entries, `evolve` folds an entry into the case.

Both are pure. A feed hands over whole records, so deciding about one means comparing what it says with what the case
already knows and writing down the difference. An entry is placed by its `occurred_at`, never by when it arrived.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.calendar import Due
from casework.case import ADVANCE, Case, Entry, Facts, Span, Thread, Visit
from casework.clocks import ClockRules, contact_due, finish_due, sign_due, span_due
from casework.escalation import RiskRules, rule_colour
from casework.masking import scrub
from casework.report import Milestones, Report
from casework.vocabulary import (
    COLOUR_ORDER,
    Appeal,
    Category,
    Colour,
    EntryType,
    Satisfaction,
    Status,
    Urgency,
)

_CATEGORIES = {category.value: category for category in Category}
_APPEALS = {appeal.value: appeal for appeal in Appeal}
_URGENCIES = {urgency.value: urgency for urgency in Urgency}
_COLOURS = {colour.value: colour for colour in Colour}
_UNFINISHED = ADVANCE[Status.TO_REVIEW]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything decisions depend on besides the case and the command."""

    clocks: ClockRules
    risk: RiskRules


@dataclass(frozen=True, slots=True)
class Receive:
    """A feed hands over the newest version of a report. `link` names the report through which it joined the case."""

    report: Report
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The entries to write, and the case as it is after them."""

    entries: tuple[Entry, ...]
    case: Case


def decide(case: Case, command: Receive, rules: Rules) -> Decision:
    """What the command means for the case; no entries when it says nothing new."""
    draft = _Draft(case, command.report, rules)
    _describe(draft, command.link)
    _take_back(draft)
    _return(draft)
    _redo(draft)
    _assign(draft)
    _progress(draft)
    _extend(draft)
    _conclude(draft)
    _colour(draft)
    return Decision(tuple(draft.entries), draft.case)


def merge(child: Case, child_entries: Iterable[Entry], parent: Case, parent_id: int) -> tuple[Decision, Decision]:
    """Move every report of `child` into `parent`: what to write to the parent, and to the child.

    The child's entries are told again in the parent's journal, so that each journal can be folded by itself.
    """
    moved: list[Entry] = []
    for entry in child_entries:
        if entry.type is EntryType.MERGED:
            continue
        moved.append(entry)
        parent = evolve(parent, entry)
    last = moved[-1]
    end = Entry(EntryType.MERGED, last.report, last.occurred_at, "link", {"into": parent_id})
    return Decision(tuple(moved), parent), Decision((end,), evolve(child, end))


class _Draft:
    """The entries decided so far about one report, and the case as they leave it."""

    def __init__(self, case: Case, report: Report, rules: Rules) -> None:
        self.case = case
        self.report = report
        self.rules = rules
        self.entries: list[Entry] = []
        self.milestones: Milestones = report.milestones
        self.key = report.key
        self.known = case.thread(self.key)
        self._thread = self.known

    @property
    def thread(self) -> Thread:
        assert self._thread is not None, "described before anything else is decided"
        return self._thread

    @property
    def stage(self) -> Status:
        """Where the source says the report stands; where it was, when the source says nothing we understand."""
        return self.report.milestones.stage or self.thread.status

    def write(self, kind: EntryType, at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        entry = Entry(kind, self.key, at, self.report.feed, payload or {})
        self.entries.append(entry)
        self.case = evolve(self.case, entry)
        self._thread = self.case.thread(self.key)


def _describe(draft: _Draft, link: str | None) -> None:
    report, known = draft.report, draft.known
    facts = _facts(report)
    due = finish_due(report, draft.rules.clocks)
    if known is not None:
        _revise(draft, known, facts, due)
        return
    closed_at = draft.case.closed_at if draft.case.threads else None
    if closed_at is not None and report.reported_at > closed_at:
        draft.write(EntryType.REOPENED, report.reported_at)
    described = {
        name: value
        for name, value in zip(Facts._fields, facts, strict=True)
        if value is not None and value is not False
    }
    draft.write(
        EntryType.REGISTERED,
        report.reported_at,
        {**described, **_due_items(due), "colour": _first_colour(report, facts, due, draft.rules.risk)},
    )
    if link is not None:
        draft.write(EntryType.LINKED, report.reported_at, {"to": link})


def _first_colour(report: Report, facts: Facts, due: Due, rules: RiskRules) -> Colour:
    return rule_colour(Thread(report.key, report.reported_at, facts, due), rules)[0]


def _revise(draft: _Draft, known: Thread, facts: Facts, due: Due) -> None:
    changed: dict[str, Any] = {}
    if facts != known.facts:
        told = zip(Facts._fields, known.facts, facts, strict=True)
        changed = {name: value for name, before, value in told if value != before}
    if draft.report.reported_at != known.reported_at:
        changed["reported_at"] = draft.report.reported_at
    if due.at != (known.original_due_at or known.promise.at):
        changed |= _due_items(due)
        if known.holder is not None:
            own = span_due(due, known.holder.assigned_at, draft.rules.clocks, first=len(known.spans) == 1)
            changed["unit"] = _due_items(own)
    if changed:
        draft.write(EntryType.REVISED, draft.report.version_at, changed)


def _take_back(draft: _Draft) -> None:
    """The source lets a concluded report go on: an ending withdrawn, or a finish sent back by review."""
    thread, stage = draft.thread, draft.stage
    concluded = ADVANCE[thread.status] >= _UNFINISHED
    if concluded and ADVANCE[stage] < ADVANCE[thread.status] and _round_told(draft) <= thread.redos:
        # From declined to closed the way leads through a finish and a visit, like any other.
        goes_on = Status.TO_VISIT if stage is Status.CLOSED else stage
        draft.write(EntryType.RESUMED, draft.report.version_at, {"status": goes_on})


def _return(draft: _Draft) -> None:
    told = draft.milestones
    if told.returned_at is None or told.returned_at == draft.thread.returned_at:
        return
    waiting = draft.stage is Status.TO_ASSIGN
    if waiting and draft.thread.returns and draft.thread.holder is None:
        return  # the same return, told again with another time
    holds_unit = waiting and told.unit_code is not None
    if holds_unit and not draft.thread.spans:
        _write_assignment(draft, told.assigned_at or draft.report.reported_at)
    draft.write(EntryType.RETURNED, told.returned_at, _reason(draft, told.return_reason))


def _redo(draft: _Draft) -> None:
    told, thread = draft.milestones, draft.thread
    rounds = _round_told(draft)
    if rounds <= thread.redos:
        return
    if told.visited_at is not None and thread.finished_at is not None:
        _visit(draft)
    draft.write(EntryType.REDONE, _redone_at(draft), {"round": rounds})


def _round_told(draft: _Draft) -> int:
    """How often the report has been sent back, as far as the record tells."""
    told, thread = draft.milestones, draft.thread
    if told.redo_count is not None:
        return told.redo_count
    sent_back = told.redone and ADVANCE[draft.stage] < _UNFINISHED
    concluded = ADVANCE[thread.status] >= _UNFINISHED
    return thread.redos + (sent_back and (concluded or not (thread.spans or thread.redos)))


def _redone_at(draft: _Draft) -> datetime:
    """The first sign of the new round the record gives; sources don't say when they sent it back."""
    thread, told = draft.thread, draft.milestones
    if not thread.spans:
        return thread.reported_at
    span = thread.spans[-1]
    seen = [at for at in (span.assigned_at, span.signed_at, span.contacted_at, thread.finished_at) if at is not None]
    if thread.visit is not None:
        seen.append(thread.visit.at)
    told_times = (told.assigned_at, told.signed_at, told.contacted_at, told.finished_at)
    return min((at for at in told_times if at is not None and at > max(seen)), default=draft.report.version_at)


def _assign(draft: _Draft) -> None:
    told, thread, version_at = draft.milestones, draft.thread, draft.report.version_at
    if draft.stage in (Status.RECEIVED, Status.DECLINED) or thread.ended:
        return
    if told.unit_code is None or (draft.stage is Status.TO_ASSIGN and (told.assigned_at is None or thread.returns)):
        if thread.status is Status.RECEIVED:
            draft.write(EntryType.ACCEPTED, version_at)
        return
    holder = thread.holder
    if holder is None:
        _write_assignment(draft, _assigned_at(draft))
    elif holder.unit_code != told.unit_code:
        later = told.assigned_at if told.assigned_at and told.assigned_at > holder.assigned_at else version_at
        _write_assignment(draft, later)
    elif told.assigned_at not in (None, holder.assigned_at) and len(thread.spans) == 1 and holder.signed_at is None:
        assert told.assigned_at is not None
        _write_assignment(draft, told.assigned_at, corrects=True)


def _assigned_at(draft: _Draft) -> datetime:
    """When the unit now named got it: as the source says, unless that was before the last unit let it go."""
    told, thread = draft.milestones, draft.thread
    if not thread.spans:
        return told.assigned_at or thread.reported_at
    released = thread.spans[-1].ended_at
    if told.assigned_at is not None and released is not None and told.assigned_at >= released:
        return told.assigned_at
    return released or draft.report.version_at


def _write_assignment(draft: _Draft, at: datetime, *, corrects: bool = False) -> None:
    thread, clocks = draft.thread, draft.rules.clocks
    due = span_due(thread.promise, at, clocks, first=corrects or not thread.spans)
    payload = {
        "unit": draft.milestones.unit_code,
        "unit_name": draft.milestones.unit_name,
        "sign_due_at": sign_due(at, thread.facts.urgency, clocks),
        "contact_due_at": contact_due(at, clocks),
        **_due_items(due),
    }
    if corrects:
        payload["corrects"] = True
    draft.write(EntryType.ASSIGNED, at, payload)


def _progress(draft: _Draft) -> None:
    holder, told = draft.thread.holder, draft.milestones
    if holder is None or draft.thread.ended:
        return
    # Clocks of sources differ by minutes, so the first holder may seem to sign before it was assigned.
    only = len(draft.thread.spans) == 1 and not draft.thread.returns and not draft.thread.redos
    for kind, at, before in (
        (EntryType.SIGNED, told.signed_at, holder.signed_at),
        (EntryType.CONTACTED, told.contacted_at, holder.contacted_at),
    ):
        if at is not None and at != before and (only or at >= holder.assigned_at):
            draft.write(kind, at)


def _extend(draft: _Draft) -> None:
    told = draft.milestones
    if told.extended_due_at is None or told.extended_due_at == draft.thread.promise.at:
        return
    payload = {"due_at": told.extended_due_at, **_reason(draft, told.extension_reason)}
    draft.write(EntryType.EXTENDED, draft.report.version_at, payload)


def _reason(draft: _Draft, reason: str | None) -> dict[str, str]:
    """A reason for the journal, which everybody may read: without persons and numbers."""
    names = tuple(person.name for person in draft.report.persons)
    return {"reason": scrub(reason, names)} if reason else {}


def _conclude(draft: _Draft) -> None:
    told, version_at = draft.milestones, draft.report.version_at
    if draft.stage is Status.DECLINED:
        if draft.thread.status is not Status.DECLINED:
            draft.write(EntryType.DECLINED, told.closed_at or version_at)
        return
    if ADVANCE[draft.stage] < _UNFINISHED:
        return
    _finish(draft)
    if ADVANCE[draft.stage] >= ADVANCE[Status.TO_VISIT]:
        if draft.thread.status is Status.TO_REVIEW:
            draft.write(EntryType.REVIEWED, version_at)
        _visit(draft)
    if draft.stage is Status.CLOSED and draft.thread.status is not Status.CLOSED:
        draft.write(EntryType.CLOSED, told.closed_at or version_at)


def _finish(draft: _Draft) -> None:
    told, thread = draft.milestones, draft.thread
    span = thread.spans[-1] if thread.spans else None
    at = told.finished_at
    if at is not None and span is not None and len(thread.spans) > 1 and at < span.assigned_at:
        at = None  # what an earlier round finished
    if thread.finished_at is not None and (at is None or at == thread.finished_at):
        return
    payload: dict[str, Any] = {"review": draft.stage is Status.TO_REVIEW}
    if told.mediated is not None:
        payload["mediated"] = told.mediated
    draft.write(EntryType.FINISHED, at or told.closed_at or draft.report.version_at, payload)


def _visit(draft: _Draft) -> None:
    told = draft.milestones
    if told.visited_at is None and told.reached is None and told.solved is None and told.satisfaction is None:
        return
    known = draft.thread.visit
    at = told.visited_at or (known.at if known is not None else draft.report.version_at)
    if known == Visit(at, told.reached, told.solved, told.satisfaction):
        return
    payload = {"reached": told.reached, "solved": told.solved, "satisfaction": told.satisfaction}
    draft.write(EntryType.VISITED, at, payload)


def _colour(draft: _Draft) -> None:
    if not draft.entries or draft.thread.colour is Colour.RED:
        return
    colour, rule = rule_colour(draft.thread, draft.rules.risk)
    if COLOUR_ORDER.index(colour) > COLOUR_ORDER.index(draft.thread.colour):
        draft.write(EntryType.COLOURED, draft.entries[-1].occurred_at, {"colour": colour, "rule": rule})


def _facts(report: Report) -> Facts:
    return Facts(
        report.category,
        report.appeal,
        report.urgency,
        report.township,
        report.village,
        report.grid,
        report.sensitive,
        report.group,
        report.involved,
        report.hard,
        report.unreasonable,
        report.colour,
    )


def _due_items(due: Due) -> dict[str, Any]:
    items: dict[str, Any] = {"due_at": due.at, "due_rule": due.rule}
    if due.provisional:
        items["provisional"] = True
    return items


def _instant(value: datetime | str) -> datetime:
    """A payload's instant: a datetime when it was just decided, ISO 8601 text when it comes from the stored journal."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _due(payload: Mapping[str, Any]) -> Due:
    return Due(_instant(payload["due_at"]), payload["due_rule"], payload.get("provisional", False))


def fold(entries: Iterable[Entry]) -> Case:
    """The case a whole journal tells."""
    case = Case()
    for entry in entries:
        case = evolve(case, entry)
    return case


def evolve(case: Case, entry: Entry) -> Case:
    """The case after one more entry."""
    if entry.type is EntryType.REGISTERED:
        return _registered(case, entry)
    if entry.type is EntryType.REOPENED:
        return case._replace(version=case.version + 1, reopened=case.reopened + 1)
    if entry.type is EntryType.MERGED:
        return case._replace(version=case.version + 1, merged_into=entry.payload["into"])
    if entry.type is EntryType.ASSIGNED:
        return _assigned(case, entry)
    changed = tuple(
        _EVOLVE[entry.type](thread, entry) if thread.report == entry.report else thread for thread in case.threads
    )
    return case._replace(threads=changed, version=case.version + 1)


def _registered(case: Case, entry: Entry) -> Case:
    told = entry.payload
    thread = Thread(
        entry.report, entry.occurred_at, _facts_of(told), _due(told), colour=_COLOURS[told.get("colour", Colour.BLUE)]
    )
    return case._replace(threads=(*case.threads, thread), version=case.version + 1)


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
    threads = []
    for thread in case.threads:
        if thread.report == entry.report:
            held = thread.spans[-1].number if corrects else number
            thread = _hold(thread, entry, held, told, corrects=corrects)  # noqa: PLW2901 - the one thread is replaced
        threads.append(thread)
    return case._replace(threads=tuple(threads), version=case.version + 1, spans=number)


def _hold(thread: Thread, entry: Entry, number: int, told: Mapping[str, Any], *, corrects: bool) -> Thread:
    span = Span(
        number,
        told["unit"],
        told.get("unit_name"),
        entry.occurred_at,
        _instant(told["sign_due_at"]),
        _instant(told["contact_due_at"]),
        _due(told),
    )
    before = thread.spans[:-1] if corrects else _end_last(thread.spans, entry.occurred_at, "reassigned")
    return thread._replace(spans=(*before, span), status=Status.TO_SIGN)


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


def _revised(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    reported_at = _instant(told["reported_at"]) if "reported_at" in told else thread.reported_at
    thread = thread._replace(facts=_facts_of({**thread.facts._asdict(), **told}), reported_at=reported_at)
    if "due_at" not in told:
        return thread
    # What is granted by an extension stays; the correction is about the date that was extended.
    spans = _redated_holder(thread, _due(told["unit"])) if "unit" in told else thread.spans
    if thread.original_due_at is not None:
        return thread._replace(original_due_at=_due(told).at, spans=spans)
    return thread._replace(promise=_due(told), spans=spans)


def _redated_holder(thread: Thread, due: Due) -> tuple[Span, ...]:
    if thread.spans[-1].original_due_at is not None:
        return _on_last_span(thread, original_due_at=due.at)
    return _on_last_span(thread, finish_due=due)


def _accepted(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(status=Status.TO_ASSIGN)


def _signed(thread: Thread, entry: Entry) -> Thread:
    spans = _on_span_at(thread, entry.occurred_at, signed_at=entry.occurred_at)
    status = Status.HANDLING if thread.status is Status.TO_SIGN and spans[-1].signed_at else thread.status
    return thread._replace(spans=spans, status=status)


def _contacted(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(spans=_on_span_at(thread, entry.occurred_at, contacted_at=entry.occurred_at))


def _returned(thread: Thread, entry: Entry) -> Thread:
    thread = thread._replace(returned_at=entry.occurred_at, returns=thread.returns + 1)
    holder = thread.holder
    if holder is None or holder.assigned_at > entry.occurred_at:
        return thread
    return thread._replace(spans=_end_last(thread.spans, entry.occurred_at, "returned"), status=Status.TO_ASSIGN)


def _extended(thread: Thread, entry: Entry) -> Thread:
    due = Due(_instant(entry.payload["due_at"]), "extension")
    original = thread.original_due_at or thread.promise.at
    holder = thread.holder
    spans = thread.spans
    if holder is not None:
        spans = _on_last_span(thread, finish_due=due, original_due_at=holder.original_due_at or holder.finish_due.at)
    return thread._replace(promise=due, original_due_at=original, spans=spans)


def _finished(thread: Thread, entry: Entry) -> Thread:
    spans = _on_last_span(thread, finished_at=entry.occurred_at)
    status = Status.TO_REVIEW if entry.payload.get("review") else Status.TO_VISIT
    if thread.ended:
        status = thread.status
    mediated = entry.payload.get("mediated", thread.mediated)
    return thread._replace(spans=spans, status=status, finished_at=entry.occurred_at, mediated=mediated)


def _reviewed(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(status=Status.TO_VISIT)


def _visited(thread: Thread, entry: Entry) -> Thread:
    told = entry.payload
    answer = told.get("satisfaction")
    satisfaction = Satisfaction(answer) if answer is not None else None
    return thread._replace(visit=Visit(entry.occurred_at, told.get("reached"), told.get("solved"), satisfaction))


def _redone(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "redone")
    return thread._replace(
        redos=entry.payload["round"], spans=spans, status=Status.TO_ASSIGN, finished_at=None, closed_at=None
    )


def _closed(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "closed")
    return thread._replace(status=Status.CLOSED, closed_at=entry.occurred_at, spans=spans)


def _declined(thread: Thread, entry: Entry) -> Thread:
    spans = _end_last(thread.spans, entry.occurred_at, "declined")
    return thread._replace(status=Status.DECLINED, closed_at=entry.occurred_at, spans=spans)


def _resumed(thread: Thread, entry: Entry) -> Thread:
    status = Status(entry.payload["status"])
    running = ADVANCE[status] < _UNFINISHED
    finished_at = None if running else thread.finished_at
    spans = thread.spans
    if spans and spans[-1].end_reason in (None, "closed", "declined"):
        spans = _on_last_span(thread, ended_at=None, end_reason=None, finished_at=finished_at)
    thread = thread._replace(status=status, spans=spans, finished_at=finished_at, closed_at=None)
    return thread._replace(status=_running_status(thread)) if running else thread


def _running_status(thread: Thread) -> Status:
    """Where an unfinished thread stands: what its holder has done says more than the source's word."""
    if thread.holder is not None:
        return Status.HANDLING if thread.holder.signed_at is not None else Status.TO_SIGN
    return min(thread.status, Status.TO_ASSIGN, key=ADVANCE.__getitem__)


def _coloured(thread: Thread, entry: Entry) -> Thread:
    return thread._replace(colour=Colour(entry.payload["colour"]))


def _linked(thread: Thread, entry: Entry) -> Thread:
    return thread


_EVOLVE: Mapping[EntryType, Callable[[Thread, Entry], Thread]] = {
    EntryType.REVISED: _revised,
    EntryType.ACCEPTED: _accepted,
    EntryType.SIGNED: _signed,
    EntryType.CONTACTED: _contacted,
    EntryType.RETURNED: _returned,
    EntryType.EXTENDED: _extended,
    EntryType.FINISHED: _finished,
    EntryType.REVIEWED: _reviewed,
    EntryType.VISITED: _visited,
    EntryType.REDONE: _redone,
    EntryType.CLOSED: _closed,
    EntryType.DECLINED: _declined,
    EntryType.RESUMED: _resumed,
    EntryType.COLOURED: _coloured,
    EntryType.LINKED: _linked,
}
