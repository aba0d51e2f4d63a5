"""Departments that are called in beside the holder (吹哨): the call, and what becomes of each one's part (分哨, 督哨, 评哨)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from casework.case import Helper, Thread
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, holder_of, when
from casework.errors import Refused
from casework.moves import Allot, Oversee, Rate, Whistle
from casework.payloads import PROMISE, SIGN, due_items
from casework.receiving import assignment
from casework.rules import Rules
from casework.vocabulary import EntryType, WhistleStep

# What a part that its unit did not finish ended with.
_CUT_OFF: Final[Mapping[str | None, str]] = {
    "holder finished": "the part of {unit} ended with the holder's finish, not by its own",
    "took over": "the part of {unit} ended when it took the case over, not by a finish of its own",
}


def _whistle(draft: Draft[Whistle], thread: Thread) -> None:
    move, holder = draft.move, holder_of(thread)
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


def _allot(draft: Draft[Allot], thread: Thread) -> None:
    helper = helper_of(thread, draft.move.unit or draft.move.acting)
    must_have_signed(helper)
    draft.write(thread, EntryType.ALLOTTED, {"span": helper.span.number, "to": draft.move.to})


def _can_oversee(thread: Thread, unit: str) -> None:
    helpers = thread.extras.helpers
    if all(helper.span.ended_at is not None and helper.span.finished_at is None for helper in helpers):
        raise Refused("no unit was called in whose part could be looked after")


def _oversee(draft: Draft[Oversee], thread: Thread) -> None:
    helper = helper_of(thread, draft.move.unit)
    _must_not_be_cut_off(helper)
    draft.write(thread, EntryType.OVERSEEN, {"span": helper.span.number})


def _can_rate(thread: Thread, unit: str) -> None:
    last = {helper.span.unit_code: helper for helper in thread.extras.helpers}
    if not any(helper.span.finished_at is not None for helper in last.values()):
        raise Refused("no unit was called in whose part is done")


def _rate(draft: Draft[Rate], thread: Thread) -> None:
    helper = helper_of(thread, draft.move.unit)
    _must_not_be_cut_off(helper)
    if helper.span.finished_at is None:
        raise Refused("the part of {unit} is not done yet", unit=draft.move.unit)
    if not 1 <= draft.move.rating <= 5:  # noqa: PLR2004 - the scale
        raise Refused("a rating is 1 to 5")
    if helper.rating is not None and not draft.move.reason.strip():
        raise Refused("it is rated {rating} already; a reason is required to change that", rating=helper.rating)
    draft.write(thread, EntryType.RATED, {"span": helper.span.number, "rating": draft.move.rating})


def helper_of(thread: Thread, unit: str) -> Helper:
    """The last part a unit was called in for; raises `Refused` when it never was."""
    for helper in reversed(thread.extras.helpers):
        if helper.span.unit_code == unit:
            return helper
    raise Refused("{unit} was not called in", unit=unit)


def must_be_open(helper: Helper) -> None:
    """Raise `Refused` when the part has ended."""
    if helper.span.ended_at is not None:
        raise Refused("the part of {unit} is done", unit=helper.span.unit_code)


def must_have_signed(helper: Helper) -> None:
    """Raise `Refused` unless the part runs and its unit has signed for it."""
    must_be_open(helper)
    if helper.span.signed_at is None:
        raise Refused("{unit} has to sign first", unit=helper.span.unit_code)


def _must_not_be_cut_off(helper: Helper) -> None:
    span = helper.span
    if span.ended_at is not None and span.finished_at is None:
        told = "the part of {unit} ended with the case, not by a finish of its own"
        raise Refused(_CUT_OFF.get(span.end_reason, told), unit=span.unit_code)


PROCEDURES: Final[Procedures] = {
    Whistle: Procedure(when(*OPEN_WORK), _whistle),
    Allot: Procedure(lambda thread, unit: must_have_signed(helper_of(thread, unit)), _allot, of_a_part=True),
    Oversee: Procedure(_can_oversee, _oversee, of_a_part=True),
    Rate: Procedure(_can_rate, _rate, of_a_part=True),
}
