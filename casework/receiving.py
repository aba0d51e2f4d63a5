"""What a feed's newest version of a report means for its case: compared with what is known, and the difference written down.

A feed hands over whole records. An entry is placed by its `occurred_at`, never by when it arrived. What a person here has
decided since the source last said something new stands until it says something new again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.calendar import Due
from casework.case import ADVANCE, UNFINISHED, Case, Entry, Facts, Thread, Visit
from casework.clocks import ClockRules, contact_due, finish_due, rule_due, sign_due, span_due, visit_due
from casework.decision import Decision
from casework.escalation import RiskRules, rule_colour
from casework.evolve import evolve
from casework.masking import scrub
from casework.payloads import CONTACT, SIGN, VISIT, due_items
from casework.report import Milestones, Report
from casework.rules import Rules
from casework.vocabulary import COLOUR_ORDER, Colour, Complexity, EntryType, Status


@dataclass(frozen=True, slots=True)
class Receive:
    """A feed hands over the newest version of a report. `link` names the report through which it joined the case."""

    report: Report
    link: str | None = None


# What a source can't do to a report that stands still: then it goes on, with the time that was left.
_GOES_ON = frozenset({
    EntryType.ASSIGNED, EntryType.RETURNED, EntryType.REDONE, EntryType.FINISHED, EntryType.CLOSED, EntryType.DECLINED,
})  # fmt: skip


def received(case: Case, command: Receive, rules: Rules) -> Decision:
    """What the record says that the case does not know yet; no entries when it says nothing new."""
    decision = _received(case, command, rules)
    known = case.thread(command.report.key)
    if known is None or known.paused_at is None:
        return decision
    goes_on = [entry.occurred_at for entry in decision.entries if entry.type in _GOES_ON]
    if not goes_on:
        return decision
    at = max(known.paused_at, goes_on[0])
    told = continued(known, known.paused_at, at, rules)
    entry = Entry(EntryType.CONTINUED, known.report, at, command.report.feed, told)
    again = _received(evolve(case, entry), command, rules)
    return Decision((entry, *again.entries), again.case)


def continued(thread: Thread, paused: datetime, at: datetime, rules: Rules) -> dict[str, Any]:
    """What an entry says that lets a report go on at `at` that has stood still since `paused`."""
    told = due_items(rules.calendar.moved(thread.promise, paused, at), at)
    holder = thread.holder
    if holder is not None:
        since = max(paused, holder.assigned_at)  # a source may have given it to another unit meanwhile
        told["unit"] = due_items(rules.calendar.moved(holder.finish_due, since, at), at)
    return told


def _received(case: Case, command: Receive, rules: Rules) -> Decision:
    draft = _Draft(case, command.report, rules)
    stands = draft.known is not None and _stands(draft)
    overruled = draft.known is not None and draft.known.extras.by_hand and not stands
    _describe(draft, command.link)
    if not stands:
        _take_back(draft)
        _return(draft)
        _redo(draft)
        _assign(draft)
        _progress(draft)
    _extend(draft)
    if not stands:
        _conclude(draft)
    if overruled:
        _remember(draft)
    _colour(draft)
    return Decision(tuple(draft.entries), draft.case)


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

    def clocks(self, at: datetime) -> ClockRules:
        """The time limits in force at an instant."""
        return self.rules.clocks.at(at)

    def write(self, kind: EntryType, at: datetime, payload: Mapping[str, Any] | None = None) -> None:
        told = self.milestones.stage
        if told is not None and (self._thread is None or self._thread.source_status is not told):
            payload = {**(payload or {}), "stage": told}
        entry = Entry(kind, self.key, at, self.report.feed, payload or {})
        self.entries.append(entry)
        self.case = evolve(self.case, entry)
        self._thread = self.case.thread(self.key)


def _describe(draft: _Draft, link: str | None) -> None:
    report, known = draft.report, draft.known
    facts = _facts(report)
    rules = draft.rules
    due = _finish_due(draft, facts)
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
        {
            **described,
            **due_items(due, report.reported_at),
            "colour": _first_colour(report, facts, due, rules.risk.at(report.reported_at)),
        },
    )
    if link is not None:
        draft.write(EntryType.LINKED, report.reported_at, {"to": link})


def _finish_due(draft: _Draft, facts: Facts, complexity: Complexity | None = None) -> Due:
    report, rules = draft.report, draft.rules
    clocks = rules.clocks.at(report.reported_at)
    return finish_due(report, facts, clocks, rules.calendar, rules.source_wins, complexity)


def _first_colour(report: Report, facts: Facts, due: Due, rules: RiskRules) -> Colour:
    return rule_colour(Thread(report.key, report.reported_at, facts, due), rules)[0]


def _revise(draft: _Draft, known: Thread, facts: Facts, due: Due) -> None:
    changed: dict[str, Any] = {}
    if facts != known.facts:
        told = zip(Facts._fields, known.facts, facts, strict=True)
        changed = {name: value for name, before, value in told if value != before}
    if draft.report.reported_at != known.reported_at:
        changed["reported_at"] = draft.report.reported_at
    if _is_new_date(draft, known, facts, due):
        plain, due = due, _counted(draft, known, facts)
        changed |= due_items(due, draft.report.version_at)
        if due != plain:
            changed["source_due_at"] = plain.at  # what the record came to without a person's class
        if known.holder is not None:
            begun = known.holder.assigned_at
            own = span_due(due, begun, draft.clocks(begun), draft.rules.calendar, first=len(known.spans) == 1)
            changed["unit"] = due_items(own, draft.report.version_at)
    if changed:
        draft.write(EntryType.REVISED, draft.report.version_at, changed)


def _is_new_date(draft: _Draft, known: Thread, facts: Facts, due: Due) -> bool:
    """Whether the source gives another date, or other facts that the rules count another one from.

    A date that people or a newer calendar have moved since is no reason: then the record says what it said before.
    """
    if due.rule.startswith("source") or known.promise.rule.startswith("source"):
        return due.at not in (known.source_due_at, known.original_due_at or known.promise.at)
    if facts == known.facts and draft.report.reported_at == known.reported_at:
        return False
    before = _by_rule(draft, known, known.facts, known.reported_at)
    return _by_rule(draft, known, facts, draft.report.reported_at).at != before.at


def _counted(draft: _Draft, known: Thread, facts: Facts) -> Due:
    """The promise the record comes to, with what people decided since: the class, a round's own beginning, pauses."""
    report, rules, extras = draft.report, draft.rules, known.extras
    due = _finish_due(draft, facts, extras.complexity)
    if extras.reopened_at is not None and not due.rule.startswith("source"):
        due = _by_rule(draft, known, facts, report.reported_at)
    for pause in extras.pauses:
        if pause.until is not None and pause.at >= (extras.reopened_at or pause.at):
            due = rules.calendar.moved(due, pause.at, pause.until)
    return due


def _by_rule(draft: _Draft, known: Thread, facts: Facts, reported_at: datetime) -> Due:
    begun = known.extras.reopened_at or reported_at
    rules = draft.rules
    return rule_due(begun, facts, known.extras.complexity, rules.clocks.at(begun), rules.calendar)


def _stands(draft: _Draft) -> bool:
    """Whether a person's decision stands: the source says of stage and unit what it said before."""
    thread, told = draft.thread, draft.milestones
    if not thread.extras.by_hand:
        return False
    return told.stage in (None, thread.source_status) and told.unit_code in (None, thread.source_unit)


def _remember(draft: _Draft) -> None:
    """What the source said without effect was said all the same: repeated, it is no news."""
    told, thread = draft.milestones, draft.thread
    unit = {} if told.unit_code in (None, thread.source_unit) else {"source_unit": told.unit_code}
    if unit or told.stage not in (None, thread.source_status):
        draft.write(EntryType.REVISED, draft.report.version_at, unit)


def _take_back(draft: _Draft) -> None:
    """The source lets a concluded report go on: an ending withdrawn, or a finish sent back by review."""
    thread, stage = draft.thread, draft.stage
    concluded = ADVANCE[thread.status] >= UNFINISHED
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
    at = _redone_at(draft)
    if told.visited_at is not None and thread.finished_at is not None and told.visited_at <= at:
        _visit(draft)
    draft.write(EntryType.REDONE, at, {"round": rounds})


def _round_told(draft: _Draft) -> int:
    """How often the report has been sent back, as far as the record tells."""
    told, thread = draft.milestones, draft.thread
    if told.redo_count is not None:
        return told.redo_count
    sent_back = (told.redone and ADVANCE[draft.stage] < UNFINISHED) or _worked_on_again(draft)
    concluded = ADVANCE[thread.status] >= UNFINISHED
    return thread.redos + (sent_back and (concluded or not (thread.spans or thread.redos)))


def _worked_on_again(draft: _Draft) -> bool:
    """Whether a concluded record tells of a later finish, and of work between the one known and it: a round went by untold."""
    told, before = draft.milestones, draft.thread.finished_at
    if before is None or told.finished_at is None or _is_an_earlier_rounds(draft.thread, told.finished_at):
        return False
    worked = [at for at in (told.assigned_at, told.signed_at, told.contacted_at) if at is not None]
    return max(worked, default=before) <= told.finished_at and any(before < at for at in worked)


def _is_an_earlier_rounds(thread: Thread, finished_at: datetime) -> bool:
    """Whether a finish lies before the unit that holds the report now was given it."""
    return len(thread.spans) > 1 and finished_at < thread.spans[-1].assigned_at


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
    if thread.finished_at is not None and ADVANCE[draft.stage] >= UNFINISHED:
        return  # who reviews or visits is not who handled it
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
    thread, told = draft.thread, draft.milestones
    assert told.unit_code is not None, "only a named unit is given anything"
    payload = assignment(thread, told.unit_code, told.unit_name, at, draft.rules, first=corrects or not thread.spans)
    if corrects:
        payload["corrects"] = True
    draft.write(EntryType.ASSIGNED, at, payload)


def assignment(
    thread: Thread, unit: str, unit_name: str | None, at: datetime, rules: Rules, *, first: bool
) -> dict[str, Any]:
    """What an assignment says: the unit and its three clocks. `first`: it is the report's first holder."""
    clocks, calendar, urgency = rules.clocks.at(at), rules.calendar, thread.facts.urgency
    return {
        "unit": unit,
        "unit_name": unit_name,
        **due_items(sign_due(at, urgency, clocks, calendar), at, SIGN),
        **due_items(contact_due(at, urgency, clocks, calendar), at, CONTACT),
        **due_items(span_due(thread.promise, at, clocks, calendar, first=first), at),
    }


def _progress(draft: _Draft) -> None:
    holder, told = draft.thread.holder, draft.milestones
    if holder is None or draft.thread.ended:
        return
    # Clocks of sources differ by minutes, so the first holder may seem to sign before it was assigned.
    only = len(draft.thread.spans) == 1 and not draft.thread.returns and not draft.thread.redos
    done = max((at for at in (holder.finished_at, told.finished_at) if at is not None), default=None)
    for kind, at, before in (
        (EntryType.SIGNED, told.signed_at, holder.signed_at),
        (EntryType.CONTACTED, told.contacted_at, holder.contacted_at),
    ):
        if at is None or at == before or (holder.finished_at is not None and done is not None and at > done):
            continue  # what was done is not signed for again
        if only or at >= holder.assigned_at:
            draft.write(kind, at)


def _extend(draft: _Draft) -> None:
    told = draft.milestones
    if told.extended_due_at in (None, draft.thread.source_extension, draft.thread.promise.at):
        return
    at, holder = draft.report.version_at, draft.thread.holder
    due = Due(told.extended_due_at, "source/extension")
    payload: dict[str, Any] = {**due_items(due, at), **_reason(draft, told.extension_reason)}
    if holder is not None:
        begun, first = holder.assigned_at, len(draft.thread.spans) == 1
        own = span_due(due, begun, draft.clocks(begun), draft.rules.calendar, first=first)
        payload["unit"] = due_items(own, at)
    draft.write(EntryType.EXTENDED, at, payload)


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
    if ADVANCE[draft.stage] < UNFINISHED:
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
    at = told.finished_at
    if at is not None and _is_an_earlier_rounds(thread, at):
        at = None
    if thread.finished_at is not None and (at is None or at == thread.finished_at):
        return
    at = at or told.closed_at or draft.report.version_at
    visit = visit_due(at, draft.clocks(at), draft.rules.calendar)
    payload: dict[str, Any] = {"review": draft.stage is Status.TO_REVIEW, **due_items(visit, at, VISIT)}
    if told.mediated is not None:
        payload["mediated"] = told.mediated
    draft.write(EntryType.FINISHED, at, payload)


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
    at = draft.entries[-1].occurred_at
    raised = risen(draft.thread, at, draft.rules)
    if raised is not None:
        draft.write(EntryType.COLOURED, at, raised)


def risen(thread: Thread, at: datetime, rules: Rules) -> dict[str, Any] | None:
    """The colour the rules now raise a report to, if they do; below what a person lowered it from they keep still."""
    colour, rule = rule_colour(thread, rules.risk.at(at))
    least = max(thread.colour, thread.extras.lowered_from or Colour.BLUE, key=COLOUR_ORDER.index)
    if COLOUR_ORDER.index(colour) <= COLOUR_ORDER.index(least):
        return None
    return {"colour": colour, "rule": rule}


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
