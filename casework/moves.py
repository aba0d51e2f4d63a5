"""What people at the centre and in the units do with a case: every move, when it is allowed, and the entries it writes.

A move is about one report's handling when `report` names it, else about every report of the case it is allowed for. It is
refused with a sentence. Its instant never lies before what is already known to have happened.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from casework.calendar import SHANGHAI, Calendar, Due, last_day
from casework.case import BY_HAND, Case, Entry, Given, Helper, Span, Thread
from casework.clocks import ClockRules, extended_due, rule_due, span_due, visit_due
from casework.decision import Decision
from casework.errors import Refused
from casework.escalation import rule_colour
from casework.evolve import (
    BULK,
    CONTACT,
    FOR,
    FROM_STATUS,
    ORIGINAL,
    PROMISE,
    SIGN,
    VISIT,
    DueKeys,
    due_items,
    evolve,
)
from casework.receiving import assignment, continued, risen
from casework.rules import Rules
from casework.vocabulary import (
    Appeal,
    Colour,
    Complexity,
    EntryType,
    ObjectionState,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
    WhistleStep,
)

CODE: Final = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")
OPEN_WORK: Final = (Status.TO_SIGN, Status.HANDLING)
# Of a report, for the unit that would make a move: raises `Refused`.
Check = Callable[[Thread, str], None]
TAKE_BACK_WITHIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something a person does. `by`: who (an account or a unit, never a name); `at`: when; `reason`: why, scrubbed.

    `unit_of`: the unit it is made for, where `by` is an account. `bulk`: names the whole that many moves are made as.
    """

    by: str
    at: datetime
    reason: str = ""
    report: str | None = None
    unit_of: str | None = None
    bulk: int | None = None

    @property
    def acting(self) -> str:
        """Whose move it is: the account's unit, or whoever makes it."""
        return self.unit_of or self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Move):
    """受理: take the case up."""

    complexity: Complexity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Move):
    """不予受理, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Move):
    """交办: give it to a unit, or from one unit to another (then with a reason)."""

    unit: str
    unit_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(Move):
    """撤销: undo an assignment soon after it was made, if nothing else has happened to the report; with `bulk`, one of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign(Move):
    """签收, by the holder, or by the co-handler `unit` (接哨); a co-handler that names no unit means itself."""

    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Move):
    """The citizen was spoken to, by the holder or the co-handler `unit`."""

    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Move):
    """退单: a first one in time goes back at once; a second is asked of the county centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReturn(Move):
    """The county centre takes the case back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseReturn(Move):
    """The county centre leaves it where it is, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Move):
    """中止: the finish clock stands still; reason and approver required."""

    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(Move):
    """The work goes on, with the time that was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskExtension(Move):
    """延期: ask for `amount` more of the rule's unit (working days), before the deadline."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExtension(Move):
    """The centre approves what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseExtension(Move):
    """The centre refuses it, with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Move):
    """办结 by the holder, or the part of the co-handler `unit` (办哨)."""

    result: Result | None = None
    mediated: bool | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Move):
    """The review finds the finish in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Move):
    """驳回: the unit goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVisit(Move):
    """回访: whether the citizen was reached, and what they said."""

    reached: bool
    solved: bool | None = None
    satisfaction: Satisfaction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo(Move):
    """重办: the same unit begins another round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Move):
    """办结归档, after a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Move):
    """再诉 without a new report: a closed case goes to its last unit again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whistle(Move):
    """吹哨: call departments in beside the holder; each gets a span and clocks of its own."""

    units: tuple[str, ...]
    whistle: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Allot(Move):
    """分哨: the department says which office comes; one that names no unit means itself."""

    unit: str | None = None
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversee(Move):
    """督哨: the centre has looked after a department's part."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Move):
    """评哨: the caller rates a department's part, 1 to 5; a rating that is there is changed with a reason."""

    unit: str
    rating: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Move):
    """How complex a dispute is; its deadline follows, then with a reason."""

    complexity: Complexity


@dataclass(frozen=True, slots=True, kw_only=True)
class SetColour(Move):
    """A person raises or lowers the risk colour, with a reason."""

    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkUnreasonable(Move):
    """不合理诉求: what units did about it scores nobody any more; reason and approver required."""

    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest(Move):
    """考核申诉: the unit, or its township, contests that the span `span` is scored; with a reason, once."""

    span: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleObjection(Move):
    """The centre decides about an objection, with a reason and an approver; it may decide otherwise later.

    `upheld`: the span scores nobody any more.
    """

    span: int
    upheld: bool
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Move):
    """提级: the level above takes charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind(Move):
    """A step of the ladder, or a person's own urging (催办, 督办)."""

    kind: ReminderKind
    unit: str
    step: str = BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Redate(Move):
    """Count again what rested on an unpublished calendar."""


def moved(case: Case, move: Move, rules: Rules, may: Callable[[Move, Thread], None] | None = None) -> Decision:
    """The entries a move writes, and the reports it is not allowed for; raises `Refused` when it is allowed for none.

    `may` raises `Refused` for a report whose handling is not for whoever makes the move; without it anybody may.
    """
    if case.merged_into is not None:
        raise Refused("the case went on in another one; act there")
    about = [thread for thread in case.threads if move.report in (None, thread.report)]
    if not about:
        raise Refused("the report {report} is not in this case", report=move.report)
    _check_words(move)
    draft = _Draft(case, move, rules)
    refusals: list[tuple[str, Refused]] = []
    for thread in about:
        try:
            if may is not None:
                may(move, thread)
            if not isinstance(move, _ABOUT_A_PART):
                possible(type(move), thread, move.acting)
            _MOVES[type(move)](draft, thread)
        except Refused as refusal:
            refusals.append((thread.report, refusal))
    if not draft.entries and refusals:
        raise refusals[0][1]
    return Decision(tuple(draft.entries), draft.case, tuple(refusals))


def possible(kind: type[Move], thread: Thread, unit: str) -> None:
    """Raise `Refused` where the report stands so that `unit` can't make a move of that kind, whatever it says in it.

    What depends on the words, the rules or the time is asked by the move itself.
    """
    _POSSIBLE[kind](thread, unit)


class _Draft:
    """The entries decided so far, and the case as they leave it."""

    def __init__(self, case: Case, move: Any, rules: Rules) -> None:
        self.case = case
        self.move = move
        self.rules = rules
        self.entries: list[Entry] = []

    def instant(self, thread: Thread) -> datetime:
        """The move's instant, or the last thing known of the report when clocks disagree."""
        asked: datetime = self.move.at
        written = [entry.occurred_at for entry in self.entries if entry.report == thread.report]
        return max(asked, thread.latest_at, *written)

    def clocks(self, thread: Thread) -> ClockRules:
        return self.rules.clocks.at(self.instant(thread))

    def write(self, thread: Thread, kind: EntryType, payload: Mapping[str, Any] | None = None) -> Thread:
        """Write an entry about a report, and the colour it raises; the report as it is then."""
        told = {**(payload or {}), **told_by(self.move)}
        at = self.instant(thread)
        now = self._evolve(Entry(kind, thread.report, at, self.move.by, told))
        raised = risen(now, at, self.rules) if kind is not EntryType.COLOURED and not now.ended else None
        if raised is not None:
            raised |= {BULK: self.move.bulk} if self.move.bulk is not None else {}
            now = self._evolve(Entry(EntryType.COLOURED, thread.report, at, self.move.by, raised))
        return now

    def _evolve(self, entry: Entry) -> Thread:
        self.entries.append(entry)
        self.case = evolve(self.case, entry)
        found = self.case.thread(entry.report)
        assert found is not None, "a move never takes a report out of its case"
        return found


def told_by(move: Move) -> dict[str, Any]:
    """What every entry a move writes tells of it."""
    told = {"reason": move.reason or None, FOR: move.unit_of, BULK: move.bulk}
    return {name: value for name, value in told.items() if value is not None}


_REASONED: Final = (
    Decline, Return, RefuseReturn, Pause, AskExtension, RefuseExtension, Reject, Redo, Reopen, SetColour, Escalate,
    MarkUnreasonable, Contest, SettleObjection,
)  # fmt: skip


def _check_words(move: Move) -> None:
    if isinstance(move, _REASONED) and not move.reason.strip():
        raise Refused("a reason is required")
    if CODE.fullmatch(move.by) is None:
        raise Refused("who does it is told by an account or a unit's code, without spaces")
    if move.unit_of is not None and CODE.fullmatch(move.unit_of) is None:
        raise Refused("whom it is done for is told by a unit's code, without spaces")
    if isinstance(move, Pause | MarkUnreasonable | SettleObjection) and CODE.fullmatch(move.approver) is None:
        raise Refused("who approved it is required: an account or a unit's code, without spaces")


def _must(thread: Thread, *allowed: Status) -> None:
    if thread.status not in allowed:
        raise Refused(
            "not possible while the case is {status}; possible when it is {allowed}",
            status=thread.status.value,
            allowed=", ".join(status.value for status in allowed),
        )


def _must_run(thread: Thread) -> None:
    if thread.paused_at is not None:
        raise Refused("the case is paused; let it continue first")


def _holder(thread: Thread) -> Span:
    holder = thread.holder
    if holder is None:
        raise Refused("no unit holds the case")
    return holder


def _must_be_anothers(thread: Thread, by: str) -> None:
    """A unit does not decide about its own work."""
    if thread.holder is not None and by == thread.holder.unit_code:
        raise Refused("{unit} holds the report and can't decide about its own work", unit=by)


def _helper(thread: Thread, unit: str) -> Helper:
    for helper in reversed(thread.extras.helpers):
        if helper.span.unit_code == unit:
            return helper
    raise Refused("{unit} was not called in", unit=unit)


def _part(thread: Thread, move: Any) -> Helper | None:
    """The co-handler's part that a move is about, `None` for the holder's: who was called in never acts for the holder."""
    holder = thread.holder.unit_code if thread.holder is not None else None
    own = _own_part(thread, move.acting)
    if own is not None and move.unit not in (None, move.acting):
        raise Refused("{unit} was called in and acts for its own part only", unit=move.acting)
    return own if own is not None or move.unit in (None, holder) else _helper(thread, move.unit)


def _own_part(thread: Thread, unit: str) -> Helper | None:
    """The part of a co-handler; `None` for a unit that was not called in, or that holds the report."""
    if thread.holder is not None and unit == thread.holder.unit_code:
        return None
    own = (helper for helper in reversed(thread.extras.helpers) if helper.span.unit_code == unit)
    return next(own, None)


def _accept(draft: _Draft, thread: Thread) -> None:
    if draft.move.complexity is not None:
        _must_be_dispute(thread)
    now = draft.write(thread, EntryType.ACCEPTED)
    if draft.move.complexity is not None:
        _classify_as(draft, now, draft.move.complexity)


def _decline(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.DECLINED)


def _assign(draft: _Draft, thread: Thread) -> None:
    move, holder, stood = draft.move, thread.holder, thread.status
    if holder is not None and holder.unit_code == move.unit:
        raise Refused("{unit} holds the case already", unit=move.unit)
    if holder is not None and not move.reason.strip():
        raise Refused("a reason is required to take a case from one unit to another")
    if thread.status is Status.RECEIVED:
        thread = draft.write(thread, EntryType.ACCEPTED)
    _give(draft, thread, move.unit, move.unit_name, {FROM_STATUS: stood})


def _give(
    draft: _Draft, thread: Thread, unit: str, unit_name: str | None, more: Mapping[str, Any] | None = None
) -> None:
    at = draft.instant(thread)
    told = assignment(thread, unit, unit_name, at, draft.rules, first=not thread.spans)
    draft.write(thread, EntryType.ASSIGNED, {**told, **(more or {})})


def _take_back(draft: _Draft, thread: Thread) -> None:
    """What an account of the centre's assigned another may take back; whose unit is not told takes back its own."""
    given, undone, move = _last_given(thread), _holder(thread), draft.move
    if move.unit_of is None and move.by not in (given.by, given.unit):
        raise Refused("{by} assigned it and may take it back", by=given.by)
    if move.bulk not in (None, given.bulk):
        raise Refused("it was assigned otherwise since")
    if not can_be_taken_back(thread, draft.instant(thread)):
        until = (given.at + TAKE_BACK_WITHIN).astimezone(SHANGHAI)
        raise Refused("too late to take it back: that was possible until {until}", until=f"{until:%H:%M}")
    before = given.before.holder
    told = {
        "span": undone.number,
        "unit": undone.unit_code,
        "unit_name": undone.unit_name,
        "back_to": before.unit_code if before is not None else None,
    }
    draft.write(thread, EntryType.TAKEN_BACK, told)


def can_be_taken_back(thread: Thread, at: datetime) -> bool:
    """Whether the last assignment may still be undone, for all that has happened by then."""
    given = thread.extras.given
    return given is not None and given.then is None and at <= given.at + TAKE_BACK_WITHIN


def _last_given(thread: Thread) -> Given:
    given = thread.extras.given
    if given is None:
        raise Refused("no assignment was made here that could be taken back")
    if given.then is not None:
        kind, by = given.then
        raise Refused("it can't be taken back: the journal has {entry} by {by} since", by=by, entry=kind.value)
    return given


def _sign(draft: _Draft, thread: Thread) -> None:
    helper = _part(thread, draft.move)
    _can_sign(thread, helper)
    draft.write(thread, EntryType.SIGNED, _of_part(helper))


def _can_sign(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        _must(thread, Status.TO_SIGN)
        return
    if helper.span.signed_at is not None:
        raise Refused("{unit} has signed already", unit=helper.span.unit_code)
    _must_be_open(helper)


def _of_part(helper: Helper | None) -> dict[str, Any]:
    """How an entry tells that it is about a co-handler's part."""
    return {} if helper is None else {"span": helper.span.number}


def _contact(draft: _Draft, thread: Thread) -> None:
    helper = _part(thread, draft.move)
    _can_contact(thread, helper)
    draft.write(thread, EntryType.CONTACTED, _of_part(helper))


def _can_contact(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        _must(thread, *OPEN_WORK)
        _must_be_first(_holder(thread))
        return
    _must_be_open(helper)
    _must_be_first(helper.span)


def _must_be_first(span: Span) -> None:
    if span.contacted_at is not None:
        raise Refused("the first contact is on record already")


def _return(draft: _Draft, thread: Thread) -> None:
    holder, clocks = _holder(thread), draft.clocks(thread)
    limit = draft.rules.calendar.due_after(holder.assigned_at, *clocks.return_within, "")
    if draft.instant(thread) > limit.at:
        raise Refused("too late to return it: that was possible until {until}", until=f"{last_day(limit.at)}")
    if thread.returns >= clocks.returns:
        draft.write(thread, EntryType.RETURN_ASKED)
        return
    draft.write(thread, EntryType.RETURNED)


def _can_return(thread: Thread, unit: str) -> None:
    _must(thread, *OPEN_WORK)
    _must_run(thread)
    if thread.extras.return_asked:
        raise Refused("the county centre has not decided about the return that was asked for")


def _grant_return(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.RETURNED)


def _can_grant_return(thread: Thread, unit: str) -> None:
    _can_refuse_return(thread, unit)
    _must_run(thread)


def _refuse_return(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.RETURN_REFUSED)


def _can_refuse_return(thread: Thread, unit: str) -> None:
    _must(thread, *OPEN_WORK)
    if not thread.extras.return_asked:
        raise Refused("nobody has asked to return it")
    _must_be_anothers(thread, unit)


def _pause(draft: _Draft, thread: Thread) -> None:
    move = draft.move
    _must_be_anothers(thread, move.acting if move.approver == move.by else move.approver)
    draft.write(thread, EntryType.PAUSED, {"approver": move.approver})


def _can_pause(thread: Thread, unit: str) -> None:
    _must(thread, Status.HANDLING)
    _must_run(thread)


def _continue(draft: _Draft, thread: Thread) -> None:
    paused = _paused_at(thread)
    draft.write(thread, EntryType.CONTINUED, continued(thread, paused, draft.instant(thread), draft.rules))


def _ask_extension(draft: _Draft, thread: Thread) -> None:
    clocks, extras, amount = draft.clocks(thread), thread.extras, draft.move.amount
    if extras.extensions >= clocks.extensions:
        raise Refused("a case is extended {times} time(s) at most", times=clocks.extensions)
    if not 0 < amount <= clocks.extension.amount:
        raise Refused("an extension is 1 to {most} {unit}s", most=clocks.extension.amount, unit=clocks.extension.unit)
    if draft.instant(thread) > thread.promise.at:
        raise Refused("too late: an extension is asked for before the deadline")
    draft.write(thread, EntryType.EXTENSION_ASKED, {"amount": amount})


def _can_ask_extension(thread: Thread, unit: str) -> None:
    _must(thread, *OPEN_WORK)
    _must_run(thread)
    if thread.extras.extension_asked is not None:
        raise Refused("an extension is asked for already")


def _asked_extension(thread: Thread) -> int:
    _must(thread, *OPEN_WORK)
    if thread.extras.extension_asked is None:
        raise Refused("no extension was asked for")
    return thread.extras.extension_asked


def _grant_extension(draft: _Draft, thread: Thread) -> None:
    amount = _asked_extension(thread)
    clocks, calendar, at = draft.clocks(thread), draft.rules.calendar, draft.instant(thread)
    told = due_items(extended_due(thread.promise, amount, clocks, calendar), at)
    holder = thread.holder
    if holder is not None:
        told["unit"] = due_items(extended_due(holder.finish_due, amount, clocks, calendar), at)
    draft.write(thread, EntryType.EXTENDED, {**told, "amount": amount})


def _can_grant_extension(thread: Thread, unit: str) -> None:
    _can_refuse_extension(thread, unit)
    _must_run(thread)


def _refuse_extension(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.EXTENSION_REFUSED)


def _can_refuse_extension(thread: Thread, unit: str) -> None:
    _asked_extension(thread)
    _must_be_anothers(thread, unit)


def _finish(draft: _Draft, thread: Thread) -> None:
    move = draft.move
    helper = _part(thread, move)
    _can_finish(thread, helper)
    if helper is not None:
        draft.write(thread, EntryType.FINISHED, _of_part(helper))
        return
    at = draft.instant(thread)
    told: dict[str, Any] = {
        "review": True,
        **due_items(visit_due(at, draft.clocks(thread), draft.rules.calendar), at, VISIT),
    }
    if move.result is not None:
        told["result"] = move.result
    if move.mediated is not None:
        told["mediated"] = move.mediated
    draft.write(thread, EntryType.FINISHED, told)


def _can_finish(thread: Thread, helper: Helper | None) -> None:
    if helper is None:
        _must(thread, Status.HANDLING)
        _must_run(thread)
    else:
        _must_have_signed(helper)


def _approve(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.REVIEWED)


def _reject(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.REJECTED)


def _can_review(thread: Thread, unit: str) -> None:
    _must(thread, Status.TO_REVIEW)
    _must_be_anothers(thread, unit)


def _record_visit(draft: _Draft, thread: Thread) -> None:
    move = draft.move
    if not move.reached and (move.solved is not None or move.satisfaction is not None):
        raise Refused("who was not reached has not answered")
    if not move.reached and _has_answered(thread):
        raise Refused("the citizen has answered in this round; a visit that reached nobody would put that aside")
    told = {"reached": move.reached, "solved": move.solved, "satisfaction": move.satisfaction}
    draft.write(thread, EntryType.VISITED, told)


def _has_answered(thread: Thread) -> bool:
    """Whether the last visit of this round reached the citizen."""
    return thread.answer is not None and thread.answer.reached is not False


def _redo(draft: _Draft, thread: Thread) -> None:
    last = thread.spans[-1] if thread.spans else None
    now = draft.write(thread, EntryType.REDONE, {"round": thread.redos + 1})
    if last is not None:
        _give(draft, now, last.unit_code, last.unit_name)


def _close(draft: _Draft, thread: Thread) -> None:
    tries = draft.clocks(thread).unreached
    if not _has_answered(thread) and thread.extras.unreached < tries:
        raise Refused("close it after a visit, or after {tries} that reached nobody", tries=tries)
    draft.write(thread, EntryType.CLOSED)


def _reopen(draft: _Draft, thread: Thread) -> None:
    last = thread.spans[-1] if thread.spans else None
    at, rules = draft.instant(thread), draft.rules
    clocks = rules.clocks.at(at)
    due = rule_due(at, thread.facts, thread.extras.complexity, clocks, rules.calendar)
    now = draft.write(thread, EntryType.REOPENED, due_items(due, at))
    if last is not None:
        _give(draft, now, last.unit_code, last.unit_name)


def _whistle(draft: _Draft, thread: Thread) -> None:
    move, holder = draft.move, _holder(thread)
    if not move.units:
        raise Refused("say whom to call in")
    here = {helper.span.unit_code for helper in thread.extras.helpers if helper.span.ended_at is None}
    for number, unit in enumerate(move.units):
        if unit in {holder.unit_code, *here, *move.units[:number]}:
            raise Refused("{unit} works on the case already", unit=unit)
    at = draft.instant(thread)
    for unit in move.units:
        told = assignment(thread, unit, None, at, draft.rules, first=False)
        if move.whistle:
            told = _whistled(told, at, draft.rules)
        told |= {"whistle": move.whistle, "called_by": holder.unit_code}
        thread = draft.write(thread, EntryType.HELP_CALLED, told)


def _whistled(told: Mapping[str, Any], at: datetime, rules: Rules) -> dict[str, Any]:
    """A whistle's own limits in place of the rules for holders: to answer is to sign, to handle is to finish."""
    clocks, ours = rules.clocks.at(at), dict(told)
    for step, keys in ((WhistleStep.ANSWER, SIGN), (WhistleStep.HANDLE, PROMISE)):
        limit = clocks.whistle.get(step)
        if limit is not None:
            for key in keys:
                ours.pop(key, None)
            due = rules.calendar.due_after(at, limit.amount, limit.unit, f"{clocks.version}/whistle/{step}")
            ours |= due_items(due, at, keys)
    return ours


def _must_be_open(helper: Helper) -> None:
    if helper.span.ended_at is not None:
        raise Refused("the part of {unit} is done", unit=helper.span.unit_code)


def _must_have_signed(helper: Helper) -> None:
    _must_be_open(helper)
    if helper.span.signed_at is None:
        raise Refused("{unit} has to sign first", unit=helper.span.unit_code)


# What a part that its unit did not finish ended with.
_CUT_OFF: Final[Mapping[str | None, str]] = {
    "holder finished": "the part of {unit} ended with the holder's finish, not by its own",
    "took over": "the part of {unit} ended when it took the case over, not by a finish of its own",
}


def _must_not_be_cut_off(helper: Helper) -> None:
    span = helper.span
    if span.ended_at is not None and span.finished_at is None:
        told = "the part of {unit} ended with the case, not by a finish of its own"
        raise Refused(_CUT_OFF.get(span.end_reason, told), unit=span.unit_code)


def _allot(draft: _Draft, thread: Thread) -> None:
    helper = _helper(thread, draft.move.unit or draft.move.acting)
    _must_have_signed(helper)
    draft.write(thread, EntryType.ALLOTTED, {"span": helper.span.number, "to": draft.move.to})


def _oversee(draft: _Draft, thread: Thread) -> None:
    helper = _helper(thread, draft.move.unit)
    _must_not_be_cut_off(helper)
    draft.write(thread, EntryType.OVERSEEN, {"span": helper.span.number})


def _rate(draft: _Draft, thread: Thread) -> None:
    helper = _helper(thread, draft.move.unit)
    _must_not_be_cut_off(helper)
    if helper.span.finished_at is None:
        raise Refused("the part of {unit} is not done yet", unit=draft.move.unit)
    if not 1 <= draft.move.rating <= 5:  # noqa: PLR2004 - the scale
        raise Refused("a rating is 1 to 5")
    if helper.rating is not None and not draft.move.reason.strip():
        raise Refused("it is rated {rating} already; a reason is required to change that", rating=helper.rating)
    draft.write(thread, EntryType.RATED, {"span": helper.span.number, "rating": draft.move.rating})


def _classify(draft: _Draft, thread: Thread) -> None:
    complexity: Complexity = draft.move.complexity
    if thread.extras.complexity is complexity:
        raise Refused("it is classified as {complexity} already", complexity=complexity.value)
    due = _due_as(draft, thread, complexity)
    if due is not None and due.at != thread.promise.at and not draft.move.reason.strip():
        raise Refused("a reason is required: the promise would move to {due}", due=f"{last_day(due.at)}")
    _classify_as(draft, thread, complexity)


def _must_be_dispute(thread: Thread) -> None:
    if thread.facts.appeal is not Appeal.DISPUTE:
        raise Refused(
            "only a dispute is simple, general or complex; this is {appeal}", appeal=thread.facts.appeal.value
        )


def _due_as(draft: _Draft, thread: Thread, complexity: Complexity) -> Due | None:
    """The promise the rules give a dispute of that class; `None` where it does not follow the class."""
    ours = not thread.promise.rule.startswith("source") and thread.original_due_at is None
    if not ours or thread.extras.pauses:
        return None
    rules, begun = draft.rules, thread.reported_at
    return rule_due(begun, thread.facts, complexity, rules.clocks.at(begun), rules.calendar)


def _classify_as(draft: _Draft, thread: Thread, complexity: Complexity) -> None:
    """The rule's deadline follows; one the source gave, or that was extended, stays."""
    told: dict[str, Any] = {"complexity": complexity}
    at, rules = draft.instant(thread), draft.rules
    due = _due_as(draft, thread, complexity)
    if due is not None:
        told |= due_items(due, at)
        if thread.holder is not None:
            begun, first = thread.holder.assigned_at, len(thread.spans) == 1
            told["unit"] = due_items(span_due(due, begun, rules.clocks.at(begun), rules.calendar, first=first), at)
    draft.write(thread, EntryType.CLASSIFIED, told)


def _set_colour(draft: _Draft, thread: Thread) -> None:
    if draft.move.colour is thread.colour:
        raise Refused("it has that colour")
    rules_colour, _ = rule_colour(thread, draft.rules.risk.at(draft.instant(thread)))
    told = {"colour": draft.move.colour, "rule": "person", "rules_colour": rules_colour}
    draft.write(thread, EntryType.COLOURED, told)


def _mark_unreasonable(draft: _Draft, thread: Thread) -> None:
    move = draft.move
    _must_be_anothers(thread, move.acting if move.approver == move.by else move.approver)
    draft.write(thread, EntryType.MARKED_UNREASONABLE, {"approver": move.approver})


def _can_mark_unreasonable(thread: Thread, unit: str) -> None:
    if thread.extras.excluded_by is not None:
        raise Refused("it is marked as unreasonable already")
    if not thread.spans:
        raise Refused("no unit was given it yet, so that it counts for nobody")


def _contest(draft: _Draft, thread: Thread) -> None:
    span = span_numbered(thread, draft.move.span)
    if span.objection is not None:
        raise Refused("it was contested already: {state}", state=span.objection)
    draft.write(thread, EntryType.OBJECTED, {"span": span.number})


def _can_contest(thread: Thread, unit: str) -> None:
    if all(span.objection is not None for span in all_spans(thread)):
        raise Refused("there is no work left in it whose scoring could be contested")


def _settle_objection(draft: _Draft, thread: Thread) -> None:
    move, span = draft.move, span_numbered(thread, draft.move.span)
    if span.objection is None:
        raise Refused("nobody has contested it")
    if span.objection == (ObjectionState.UPHELD if move.upheld else ObjectionState.REFUSED):
        raise Refused("it was decided so already")
    decides = move.acting if move.approver == move.by else move.approver
    if decides == span.unit_code:
        raise Refused("{unit} holds the report and can't decide about its own work", unit=decides)
    told = {"span": span.number, "upheld": move.upheld, "approver": move.approver}
    draft.write(thread, EntryType.OBJECTION_SETTLED, told)


def _can_settle_objection(thread: Thread, unit: str) -> None:
    if all(span.objection is None for span in all_spans(thread)):
        raise Refused("nobody has contested it")


def all_spans(thread: Thread) -> tuple[Span, ...]:
    """The holders' spans, then those of co-handlers."""
    return (*thread.spans, *(helper.span for helper in thread.extras.helpers))


def span_numbered(thread: Thread, number: int) -> Span:
    """Raises `Refused` where the report has no such span."""
    for span in all_spans(thread):
        if span.number == number:
            return span
    raise Refused("the report has no assignment of that number")


def _escalate(draft: _Draft, thread: Thread) -> None:
    draft.write(thread, EntryType.ESCALATED)


def _remind(draft: _Draft, thread: Thread) -> None:
    move = draft.move
    here = {helper.span.unit_code for helper in thread.extras.helpers if helper.span.ended_at is None}
    if thread.holder is not None:
        here.add(thread.holder.unit_code)
    if move.unit not in here:
        raise Refused("{unit} does not work on the case", unit=move.unit)
    draft.write(thread, EntryType.REMINDED, {"step": move.step, "kind": move.kind, "unit": move.unit})


def _redate(draft: _Draft, thread: Thread) -> None:
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


def _when(*allowed: Status) -> Check:
    """Possible while the report stands there."""
    return lambda thread, unit: _must(thread, *allowed)


def _can_assign(thread: Thread, unit: str) -> None:
    _must(thread, Status.RECEIVED, Status.TO_ASSIGN, *OPEN_WORK)
    _must_run(thread)


def _can_take_back(thread: Thread, unit: str) -> None:
    _last_given(thread)


def _paused_at(thread: Thread) -> datetime:
    if thread.paused_at is None:
        raise Refused("the case is not paused")
    return thread.paused_at


def _can_continue(thread: Thread, unit: str) -> None:
    _paused_at(thread)


def _can_oversee(thread: Thread, unit: str) -> None:
    helpers = thread.extras.helpers
    if all(helper.span.ended_at is not None and helper.span.finished_at is None for helper in helpers):
        raise Refused("no unit was called in whose part could be looked after")


def _can_rate(thread: Thread, unit: str) -> None:
    last = {helper.span.unit_code: helper for helper in thread.extras.helpers}
    if not any(helper.span.finished_at is not None for helper in last.values()):
        raise Refused("no unit was called in whose part is done")


def _can_classify(thread: Thread, unit: str) -> None:
    _must(thread, Status.RECEIVED, Status.TO_ASSIGN, *OPEN_WORK)
    _must_be_dispute(thread)


def _can_colour(thread: Thread, unit: str) -> None:
    if thread.ended:
        raise Refused("a case that has ended keeps its colour")


def _while_open(thread: Thread, unit: str) -> None:
    if thread.ended:
        raise Refused("the case has ended")


# What must hold of a report for a move of that kind, whatever is said in it.
_POSSIBLE: Final[Mapping[type[Move], Check]] = {
    Accept: _when(Status.RECEIVED),
    Decline: _when(Status.RECEIVED),
    Assign: _can_assign,
    TakeBack: _can_take_back,
    Sign: lambda thread, unit: _can_sign(thread, _own_part(thread, unit)),
    Contact: lambda thread, unit: _can_contact(thread, _own_part(thread, unit)),
    Return: _can_return,
    GrantReturn: _can_grant_return,
    RefuseReturn: _can_refuse_return,
    Pause: _can_pause,
    Continue: _can_continue,
    AskExtension: _can_ask_extension,
    GrantExtension: _can_grant_extension,
    RefuseExtension: _can_refuse_extension,
    Finish: lambda thread, unit: _can_finish(thread, _own_part(thread, unit)),
    Approve: _can_review,
    Reject: _can_review,
    RecordVisit: _when(Status.TO_VISIT),
    Redo: _when(Status.TO_VISIT),
    Close: _when(Status.TO_VISIT),
    Reopen: _when(Status.CLOSED),
    Whistle: _when(*OPEN_WORK),
    Allot: lambda thread, unit: _must_have_signed(_helper(thread, unit)),
    Oversee: _can_oversee,
    Rate: _can_rate,
    Classify: _can_classify,
    SetColour: _can_colour,
    MarkUnreasonable: _can_mark_unreasonable,
    Contest: _can_contest,
    SettleObjection: _can_settle_objection,
    Escalate: _while_open,
    Remind: _while_open,
    Redate: lambda thread, unit: None,
}
# These name a unit's part, and are asked about that.
_ABOUT_A_PART: Final = (Sign, Contact, Finish, Allot, Oversee, Rate)
_MOVES: Final[Mapping[type[Move], Callable[[_Draft, Thread], None]]] = {
    Accept: _accept,
    Decline: _decline,
    Assign: _assign,
    TakeBack: _take_back,
    Sign: _sign,
    Contact: _contact,
    Return: _return,
    GrantReturn: _grant_return,
    RefuseReturn: _refuse_return,
    Pause: _pause,
    Continue: _continue,
    AskExtension: _ask_extension,
    GrantExtension: _grant_extension,
    RefuseExtension: _refuse_extension,
    Finish: _finish,
    Approve: _approve,
    Reject: _reject,
    RecordVisit: _record_visit,
    Redo: _redo,
    Close: _close,
    Reopen: _reopen,
    Whistle: _whistle,
    Allot: _allot,
    Oversee: _oversee,
    Rate: _rate,
    Classify: _classify,
    SetColour: _set_colour,
    MarkUnreasonable: _mark_unreasonable,
    Contest: _contest,
    SettleObjection: _settle_objection,
    Escalate: _escalate,
    Remind: _remind,
    Redate: _redate,
}
# Those a person makes; the others are made by the ladder and the calendar.
PEOPLES_MOVES: Final = tuple(kind for kind in _MOVES if kind is not Redate)
