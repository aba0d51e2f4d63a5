"""Which unit may make which move. Knows the county and the case, and no account: accounts of persons come later and pass.

A unit is whoever the county knows by that code, or who works on the report under a code of its source's own.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from casework import moves
from casework.case import Thread
from casework.county import County, UnitKind
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import Move


class Part(StrEnum):
    """What a unit is to one report's handling, in the words a refusal tells it with."""

    CENTRE = "the county centre"
    HOLDER = "the unit that holds the report"
    CALLED_IN = "a unit that was called in, for its own part"
    CALLER = "the holder that called the unit in"


CENTRE: Final = frozenset({Part.CENTRE})
HOLDER: Final = frozenset({Part.HOLDER})
WORKER: Final = frozenset({Part.HOLDER, Part.CALLED_IN})

# The whole of it: what is not told here no unit may do.
MAY: Final[Mapping[type[Move], frozenset[Part]]] = {
    moves.Accept: CENTRE,
    moves.Decline: CENTRE,
    moves.Assign: CENTRE,
    moves.GrantReturn: CENTRE,
    moves.RefuseReturn: CENTRE,
    moves.GrantExtension: CENTRE,
    moves.RefuseExtension: CENTRE,
    moves.Approve: CENTRE,
    moves.Reject: CENTRE,
    moves.RecordVisit: CENTRE,
    moves.Close: CENTRE,
    moves.Redo: CENTRE,
    moves.Reopen: CENTRE,
    moves.Classify: CENTRE,
    moves.SetColour: CENTRE,
    moves.Escalate: CENTRE,
    moves.Oversee: CENTRE,
    moves.Remind: CENTRE,
    Merge: CENTRE,
    Split: CENTRE,
    moves.Whistle: CENTRE | HOLDER,
    moves.Return: HOLDER,
    moves.AskExtension: HOLDER,
    moves.Pause: HOLDER,
    moves.Continue: HOLDER,
    moves.Rate: frozenset({Part.CALLER}),
    moves.Sign: WORKER,
    moves.Contact: WORKER,
    moves.Finish: WORKER,
    moves.Allot: frozenset({Part.CALLED_IN}),
}
# The refusals, by what the unit is to the report; the last is for one that is nothing to it.
_REFUSALS: Final[Mapping[Part | None, str]] = {
    Part.HOLDER: "only {who} may do this; {unit} holds the report",
    Part.CALLED_IN: "only {who} may do this; {unit} was called in beside {holder}",
    None: "only {who} may do this; {unit} neither holds the report nor was called in, {holder} holds it",
}
_OF_OWN_PART: Final = (moves.Sign, moves.Contact, moves.Finish, moves.Allot)


def authority(county: County) -> Callable[[Move, Thread], None]:
    """What `moves.moved` asks about each report: raises `Refused`, saying who may, for a unit that may not."""

    def may(move: Move, thread: Thread) -> None:
        _check(move, thread, county)

    return may


def _check(move: Move, thread: Thread, county: County) -> None:
    unit = county.unit(move.by)
    parts = _parts(move, thread, county)
    if unit is None and not parts & WORKER:
        return  # a person's account
    allowed = MAY.get(type(move), frozenset())
    if not parts & allowed:
        raise Refused(
            _REFUSALS[next((part for part in (Part.HOLDER, Part.CALLED_IN) if part in parts), None)],
            who=" or ".join(part for part in Part if part in allowed) or "no unit",
            unit=county.unit_name(move.by),
            holder=county.unit_name(_holder(thread)) or "nobody",
        )
    if isinstance(move, _OF_OWN_PART) and move.unit not in (None, move.by):
        raise Refused(
            "{unit} acts for itself only; for {other} only {other} may",
            unit=county.unit_name(move.by),
            other=county.unit_name(move.unit),
        )


def _parts(move: Move, thread: Thread, county: County) -> frozenset[Part]:
    """Everything the one who moves is to the report. Who held it when it ended holds it still, to rate whom it called."""
    unit, parts = county.unit(move.by), set[Part]()
    if unit is not None and unit.kind is UnitKind.COUNTY_CENTRE:
        parts.add(Part.CENTRE)
    if _holder(thread) == move.by:
        parts.add(Part.HOLDER)
    helpers = thread.extras.helpers
    if any(helper.span.unit_code == move.by for helper in helpers):
        parts.add(Part.CALLED_IN)
    if isinstance(move, moves.Rate) and Part.HOLDER in parts:
        called = [helper.called_by for helper in helpers if helper.span.unit_code == move.unit]
        if called and called[-1] == move.by:
            parts.add(Part.CALLER)
    return frozenset(parts)


def _holder(thread: Thread) -> str | None:
    if thread.holder is not None:
        return thread.holder.unit_code
    return thread.spans[-1].unit_code if thread.spans and thread.ended else None
