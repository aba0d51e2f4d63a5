"""Whatever feeds tell and people do, in any order and with clocks that disagree: what every case keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from casework.case import Case, Entry, Span, Thread
from casework.clocks import clocks_of, whistle_due
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import evolve
from casework.ladder import rungs
from casework.lifecycle import Merge, Move, Receive, Split, decide, fold, merge, split
from casework.moves import (
    Accept,
    Allot,
    Approve,
    AskExtension,
    Assign,
    Classify,
    Close,
    Contact,
    Continue,
    Decline,
    Escalate,
    Finish,
    GrantExtension,
    GrantReturn,
    Oversee,
    Pause,
    Rate,
    RecordVisit,
    Redate,
    Redo,
    RefuseExtension,
    RefuseReturn,
    Reject,
    Remind,
    Reopen,
    Return,
    SetColour,
    Sign,
    TakeBack,
    Whistle,
)
from casework.moving import possible
from casework.overlays import overlays
from casework.report import Milestones
from casework.vocabulary import (
    COLOUR_ORDER,
    Appeal,
    Colour,
    Complexity,
    EntryType,
    Feed,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
    Urgency,
    WhistleStep,
)
from tests.casework.stories import DUE_SOON, HOTLINE, RULES, START, Telling, report_from, telling

REPORTS: Final = [f"{HOTLINE}:R1", f"{HOTLINE}:R2"]
FEEDS: Final = frozenset(Feed)
# Long after anything a story tells of.
LATE, LATER = datetime(2028, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)

units = st.sampled_from(["A", "B", "C"])
maybe_beside = st.sampled_from([None, None, None, "A", "B", "C"])
nothing: st.SearchStrategy[dict[str, Any]] = st.just({})


def saying(**words: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(words)


# Every move, and what can be said in it.
MOVES: Final[dict[type[Move], st.SearchStrategy[dict[str, Any]]]] = {
    Accept: saying(complexity=st.sampled_from([None, *Complexity])),
    Decline: nothing,
    Assign: saying(unit=units, unit_name=st.sampled_from([None, "甲局"])),
    TakeBack: nothing,
    Sign: saying(unit=maybe_beside),
    Contact: saying(unit=maybe_beside),
    Return: nothing,
    GrantReturn: nothing,
    RefuseReturn: nothing,
    Pause: saying(approver=st.sampled_from(["centre", "centre", "A", ""])),
    Continue: nothing,
    AskExtension: saying(amount=st.sampled_from([1, 10, 0, 11])),
    GrantExtension: nothing,
    RefuseExtension: nothing,
    Finish: saying(unit=maybe_beside, result=st.sampled_from([None, *Result]), mediated=st.sampled_from([None, True])),
    Approve: nothing,
    Reject: nothing,
    RecordVisit: saying(reached=st.booleans(), satisfaction=st.sampled_from([None, None, *Satisfaction])),
    Redo: nothing,
    Close: nothing,
    Reopen: nothing,
    Whistle: saying(units=st.lists(units, max_size=2).map(tuple)),
    Allot: saying(unit=units, to=st.just("某科")),
    Oversee: saying(unit=units),
    Rate: saying(unit=units, rating=st.integers(0, 6)),
    Classify: saying(complexity=st.sampled_from(Complexity)),
    SetColour: saying(colour=st.sampled_from(Colour)),
    Escalate: nothing,
    Remind: saying(kind=st.sampled_from(ReminderKind), unit=units),
    Redate: nothing,
}
# What leads from the first word to the last, and back.
NEXT: Final[dict[Status, list[type[Move]]]] = {
    Status.RECEIVED: [Accept, Assign, Decline],
    Status.TO_ASSIGN: [Assign],
    Status.TO_SIGN: [Sign],
    Status.HANDLING: [Finish],
    Status.TO_REVIEW: [Approve, Reject],
    Status.TO_VISIT: [RecordVisit, Close, Redo],
    Status.CLOSED: [Reopen],
}
reports = st.sampled_from([None, *REPORTS])
# A source that only names a stage and a unit leaves people something to do.
stages = st.sampled_from([Status.RECEIVED, Status.TO_ASSIGN, Status.TO_SIGN, Status.HANDLING])
calm = st.tuples(stages, st.sampled_from(["A", "A", "B"])).map(lambda said: Milestones(said[0], said[1]))
calm_telling = st.tuples(
    st.sampled_from(["R1", "R2"]), calm, st.sampled_from([Urgency.ORDINARY, Urgency.URGENT]), st.sampled_from(Appeal)
)
tellings = st.one_of(calm_telling, telling)
# People's clocks go on, by minutes or by days, and are now and then a little wrong.
minutes = st.sampled_from([0, 5, 10, 30, 60, 120, 600, 1_440, 9_000])
errors = st.sampled_from([0, 0, 0, -90, -5, 30])
reasons = st.sampled_from([*["事由"] * 9, ""])
actors = st.sampled_from(["desk", "desk", "A"])
DECISIONS: Final = frozenset({
    EntryType.RETURN_REFUSED, EntryType.EXTENDED, EntryType.EXTENSION_REFUSED, EntryType.REVIEWED, EntryType.REJECTED,
})  # fmt: skip


@settings(stateful_step_count=30)
class Centre(RuleBasedStateMachine):
    """A few cases with at most two reports, as the database would keep them: their journals, and what these tell."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: dict[int, Case] = {}
        self.journals: dict[int, list[Entry]] = {}
        self.stored: dict[int, list[Entry]] = {}
        self.now = START
        self.versions = 0

    @initialize(told=tellings)
    def begin(self, told: Telling) -> None:
        self._hear(told, joins=False)

    @rule(told=tellings, joins=st.booleans(), data=st.data())
    def a_feed_tells(self, told: Telling, joins: bool, data: st.DataObject) -> None:
        """A version of a report: of one it told before, of one that joins a case, or of a new one."""
        self._hear(told, joins=joins)
        self._people_act(data)

    @rule(data=st.data(), by_link=st.booleans())
    def two_cases_become_one(self, data: st.DataObject, by_link: bool) -> None:
        self._merge(data.draw(self._any_case()), data.draw(self._any_case()), by_link=by_link)
        self._people_act(data)

    @rule(data=st.data(), report=st.sampled_from(REPORTS))
    def a_report_leaves(self, data: st.DataObject, report: str) -> None:
        """For a case of its own, or for any other there is."""
        self._split(data.draw(self._any_case()), data.draw(st.integers(1, len(self.cases) + 1)), report)
        self._people_act(data)

    @rule(data=st.data(), kind=st.sampled_from(list(MOVES)))
    def somebody_tries(self, data: st.DataObject, kind: type[Move]) -> None:
        """Anything at all, in any case."""
        self._do(data, data.draw(self._any_case()), kind)
        self._people_act(data)

    def _people_act(self, data: st.DataObject) -> None:
        """Between all that, people lead a report towards its end, or do what else fits where it stands."""
        for _ in range(data.draw(st.integers(0, 5))):
            number = data.draw(st.sampled_from(self._open()))
            thread = self.cases[number].lead
            fitting = data.draw(st.sampled_from([NEXT.get(thread.status, [Redate]), _between(thread)]))
            self._do(data, number, data.draw(st.sampled_from(fitting)))

    def _hear(self, told: Telling, *, joins: bool) -> None:
        report = report_from(told, self.versions)
        self.versions += 1
        number, link = self._case_of(report.key), None
        if number is None and joins and self.cases:
            number = max(self._open())
            link = self.cases[number].lead.report
        number = number or len(self.cases) + 1
        before = self.cases.get(number, Case())
        self._write(number, before, decide(before, Receive(report, link), RULES))
        assert decide(self.cases[number], Receive(report), RULES).entries == (), "heard again, it says nothing new"

    def _do(self, data: st.DataObject, number: int, kind: type[Move]) -> None:
        self.now += timedelta(minutes=data.draw(minutes))
        said: dict[str, Any] = data.draw(MOVES[kind])
        at = self.now + timedelta(minutes=data.draw(errors))
        move = kind(by=data.draw(actors), at=at, reason=data.draw(reasons), report=data.draw(reports), **said)
        note(f"{number}: {move}")
        before = self.cases[number]
        try:
            decision = decide(before, move, RULES)
        except Refused as refusal:
            note(f"refused: {refusal}")
            assert str(refusal), "a refusal says why"
            assert "{" not in str(refusal)
            return
        assert decision.entries or kind is Redate, "what is allowed leaves a trace"
        for thread in before.threads:
            instants = {entry.occurred_at for entry in decision.entries if entry.report == thread.report}
            assert len(instants) < 2, "a move happens at one instant"
            assert all(instant >= max(at, thread.latest_at) for instant in instants), "and after what is known"
            if instants:
                possible(kind, thread, said.get("unit") or move.by)  # what was done was offered
        self._write(number, before, decision)
        if kind is Assign:
            _check_undone(before, decision, move)

    def _merge(self, child: int, parent: int, *, by_link: bool) -> None:
        if child == parent:
            return
        move = None if by_link else Merge(by="desk", at=self.now, reason="同一事")
        before, into = self.cases[child], self.cases[parent]
        try:
            to_parent, to_child = merge(before, self.journals[child], into, parent, move)
        except Refused as refusal:
            note(f"refused: {refusal}")
            return
        self._write(parent, into, to_parent)
        self._write(child, before, to_child)

    def _split(self, parent: int, child: int, report: str) -> None:
        if child == parent:
            return
        before, into = self.cases[parent], self.cases.get(child, Case())
        move = Split(by="desk", at=self.now, report=report, reason="同一件事")
        try:
            to_parent, to_child = split(before, self.journals[parent], into, child, move)
        except Refused as refusal:
            note(f"refused: {refusal}")
            return
        self._write(parent, before, to_parent)
        self._write(child, into, to_child)

    @invariant()
    def every_report_is_in_one_case(self) -> None:
        told = [thread.report for number in self._open() for thread in self.cases[number].threads]
        assert sorted(told) == sorted(set(told))

    def _case_of(self, report: str) -> int | None:
        return next((number for number in self._open() if self.cases[number].thread(report) is not None), None)

    def _any_case(self) -> st.SearchStrategy[int]:
        """Any case, more often one that goes on."""
        return st.sampled_from([*self._open(), *self._open(), *self.cases])

    def _open(self) -> list[int]:
        return [number for number, case in self.cases.items() if case.merged_into is None]

    def _write(self, number: int, before: Case, decision: Decision) -> None:
        state = before
        for entry in decision.entries:
            after = evolve(state, entry)
            _check_entry(state.thread(entry.report), after.thread(entry.report), entry)
            state = after
        self.cases[number] = decision.case
        self.journals.setdefault(number, []).extend(decision.entries)
        self.stored.setdefault(number, []).extend(_stored(entry) for entry in decision.entries)
        assert fold(self.journals[number]) == decision.case, "the journal alone tells the case"
        assert fold(self.stored[number]) == decision.case, "and so it does when it was stored"
        assert decision.case.version == len(self.journals[number])
        _check_case(decision.case, self.now)


def _between(thread: Thread) -> list[type[Move]]:
    """What people may well do beside leading a report to its end."""
    if thread.status not in (Status.TO_SIGN, Status.HANDLING):
        return [SetColour, Escalate, Remind, Classify, Oversee, Rate]
    if thread.paused_at is not None:
        return [Continue]
    extras = thread.extras
    found: list[type[Move]] = [Contact, Assign, TakeBack, Whistle, Classify, SetColour, Remind]
    found += [GrantReturn, RefuseReturn] if extras.return_asked else [Return]
    found += [AskExtension] if extras.extension_asked is None else [GrantExtension, RefuseExtension]
    found += [Pause] if thread.status is Status.HANDLING else []
    return found + ([Sign, Allot, Finish, Oversee, Rate] if extras.helpers else [])


def _check_undone(before: Case, assigned: Decision, move: Move) -> None:
    """Taken back at once, an assignment leaves nothing but its entries, and a number that names no span any more."""
    case, touched = assigned.case, {entry.report for entry in assigned.entries}
    for report in touched:
        case = decide(case, TakeBack(by=move.by, at=move.at, report=report), RULES).case
    assert case.version > before.version + len(assigned.entries)
    assert case.spans > before.spans
    assert case._replace(version=0, spans=0, threads=()) == before._replace(version=0, spans=0, threads=())
    assert case.threads == tuple(
        thread._replace(extras=thread.extras._replace(by_hand=True, given=None)) if thread.report in touched else thread
        for thread in before.threads
    )


def _stored(entry: Entry) -> Entry:
    return entry._replace(payload=orjson.loads(orjson.dumps(entry.payload)))


def _spans(thread: Thread) -> list[Span]:
    return [*thread.spans, *(helper.span for helper in thread.extras.helpers)]


def _check_entry(before: Thread | None, after: Thread | None, entry: Entry) -> None:
    """What one entry may do to its report."""
    if before is None or after is None:
        return
    if COLOUR_ORDER.index(after.colour) < COLOUR_ORDER.index(before.colour) and entry.type is not EntryType.TAKEN_BACK:
        assert (entry.type, entry.payload["rule"]) == (EntryType.COLOURED, "person"), "colours fall by persons only"
    if entry.actor in FEEDS:
        return
    if before.holder is not None:
        decides = entry.actor if entry.type in DECISIONS else entry.payload.get("approver")
        assert decides != before.holder.unit_code, "a unit does not decide about its own work"
    if entry.type in (EntryType.CONTINUED, EntryType.EXTENDED):
        assert after.promise.at >= before.promise.at
        if before.holder is not None and after.holder is not None:
            assert after.holder.finish_due.at >= before.holder.finish_due.at
    known = {span.number: span for span in _spans(before)}
    for span in _spans(after):
        for name in ("signed_at", "contacted_at", "finished_at", "ended_at"):
            when = getattr(span, name)
            new = when is not None and when != getattr(known.get(span.number), name, None)
            assert not new or when >= span.assigned_at, f"{name} before the unit had it"


def _check_case(case: Case, now: datetime) -> None:
    """What holds of every case at any time."""
    numbers = [span.number for thread in case.threads for span in _spans(thread)]
    assert len(numbers) == len(set(numbers)), "a number names one span"
    assert max(numbers, default=0) <= case.spans
    for thread in case.threads:
        assert all(pause.until is None or pause.until >= pause.at for pause in thread.extras.pauses)
        if thread.finished_at is not None:
            assert all(helper.span.ended_at is not None for helper in thread.extras.helpers), (
                "nobody works beside nobody"
            )
        if thread.ended:
            _check_frozen(thread)
        elif thread.status in (Status.TO_SIGN, Status.HANDLING):
            assert thread.holder is not None, "work is in somebody's hands"
    _show(case, now)


def _check_frozen(thread: Thread) -> None:
    """Nothing runs of what has ended."""
    assert all(span.ended_at is not None for span in _spans(thread))
    assert thread.paused_at is None
    for clock in clocks_of(thread):
        assert clock.state(LATE, DUE_SOON) is clock.state(LATER, DUE_SOON), clock.kind


def _show(case: Case, now: datetime) -> None:
    """Everything that screens and the ladder ask of a case; it is enough that none of it raises."""
    for at in (START, now, LATE):
        overlays(case, at, DUE_SOON)
        list(rungs(case, at, RULES.ladder.newest, RULES.calendar))
        for thread in case.threads:
            for clock in clocks_of(thread):
                clock.state(at, DUE_SOON)
            for helper in thread.extras.helpers:
                for step in WhistleStep:
                    whistle_due(helper, step, RULES.clocks.newest, RULES.calendar)


TestCentre = Centre.TestCase
