"""Which unit may make which move, and which of them an account of its may. Knows the county and the case, and no session.

A unit is whoever the county knows by that code, or who works on the report under a code of its source's own. Who is neither,
and acts for none, is a person at the command line, and passes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from casework import moves, moving
from casework.assigning import can_be_taken_back
from casework.case import Case, Span, Thread
from casework.county import County, UnitKind
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import Move
from casework.objecting import all_spans, span_numbered
from casework.roles import Account, Role, acting_unit


class Part(StrEnum):
    """What a unit is to one report's handling, in the words a refusal tells it with."""

    CENTRE = "the county centre"
    HOLDER = "the unit that holds the report"
    CALLED_IN = "a unit that was called in, for its own part"
    CALLER = "the holder that called the unit in"
    SCORED = "the unit that is scored by the work, or its township"


CENTRE: Final = frozenset({Part.CENTRE})
HOLDER: Final = frozenset({Part.HOLDER})
WORKER: Final = frozenset({Part.HOLDER, Part.CALLED_IN})

# The whole of it: what is not told here no unit may do.
MAY: Final[Mapping[type[Move], frozenset[Part]]] = {
    moves.Accept: CENTRE,
    moves.Decline: CENTRE,
    moves.Assign: CENTRE,
    moves.TakeBack: CENTRE,
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
    moves.MarkUnreasonable: CENTRE,
    moves.SettleObjection: CENTRE,
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
    moves.Contest: frozenset({Part.SCORED}),
    moves.Sign: WORKER,
    moves.Contact: WORKER,
    moves.Finish: WORKER,
    moves.Allot: frozenset({Part.CALLED_IN}),
}
# What an account may make of its unit's moves, by its role: a second look at the same table, never more than that, but for
# the pause that a leader approves.
OF_ROLE: Final[Mapping[Role, frozenset[type[Move]]]] = {
    Role.OPERATOR: frozenset(MAY),
    Role.TOWNSHIP: frozenset(MAY),
    Role.DEPARTMENT: frozenset(MAY),
    Role.LEADER: frozenset({
        moves.GrantReturn, moves.RefuseReturn, moves.GrantExtension, moves.RefuseExtension, moves.Approve, moves.Reject,
        moves.SetColour, moves.MarkUnreasonable, moves.Escalate, moves.Oversee, moves.Remind, moves.Pause,
        moves.SettleObjection,
    }),
    Role.GRID: frozenset({moves.Sign, moves.Contact, moves.Finish, moves.Return}),
    Role.AUDITOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}  # fmt: skip
# The refusals, by what the unit is to the report; the last is for one that is nothing to it.
_REFUSALS: Final[Mapping[Part | None, str]] = {
    Part.HOLDER: "only {who} may do this; {unit} holds the report",
    Part.CALLED_IN: "only {who} may do this; {unit} was called in beside {holder}",
    None: "only {who} may do this; {unit} neither holds the report nor was called in, {holder} holds it",
}
_OF_OWN_PART: Final = (moves.Sign, moves.Contact, moves.Finish, moves.Allot)


def authority(county: County, account: Account | None = None) -> Callable[[Move, Thread], None]:
    """What `moving.moved` asks about each report: raises `Refused`, saying who may, for a unit or an account that may not.

    `account`: who makes the moves; they must be its own, for the unit it acts for.
    """

    def may(move: Move, thread: Thread) -> None:
        if account is not None:
            _check_account(move, account, county)
        _check(move, thread, county, account.role if account is not None else None)

    return may


def allowed_moves(case: Case, account: Account, county: County, at: datetime | None = None) -> tuple[type[Move], ...]:
    """The kinds of moves the account may make about a report of the case as it stands, in the order of the table.

    What only the words, the rules or the time would forbid is among them; with `at`, what can't be taken back any more is not.
    """
    if case.merged_into is not None:
        return ()
    own = OF_ROLE[account.role]
    return tuple(kind for kind in MAY if kind in own and _is_possible(kind, case, account, county, at))


def _is_possible(kind: type[Move], case: Case, account: Account, county: County, at: datetime | None) -> bool:
    unit = acting_unit(account, county)
    if kind in (Merge, Split):  # about all reports, or one of several
        allowed = all(_parts(thread, unit, county) & _allowed(kind, account.role) for thread in case.threads)
        return allowed and (kind is Merge or len(case.threads) > 1)
    return any(_stands(kind, thread, account, unit, county, at) for thread in case.threads)


def _stands(kind: type[Move], thread: Thread, account: Account, unit: str, county: County, at: datetime | None) -> bool:
    parts = _parts(thread, unit, county)
    if kind is moves.Rate and Part.HOLDER in parts and unit in _callers(thread).values():
        parts |= {Part.CALLER}
    if not parts & _allowed(kind, account.role):
        return False
    try:
        moving.possible(kind, thread, unit)
    except Refused:
        return False
    return kind is not moves.TakeBack or at is None or can_be_taken_back(thread, at)


def _check_account(move: Move, account: Account, county: County) -> None:
    if type(move) not in OF_ROLE[account.role]:
        raise Refused("an account of role {role} does not do this", role=account.role.value)
    if (move.by, move.unit_of) != (account.login, acting_unit(account, county)):
        raise Refused("an account acts for its own unit, and in its own name")
    if account.role is Role.LEADER and isinstance(move, moves.Pause) and move.approver != account.login:
        raise Refused("a leader lets the clock stand still as the one who approves it")


def _allowed(kind: type[Move], role: Role | None) -> frozenset[Part]:
    """Whose move it is; a leader approves a pause as the centre."""
    allowed = MAY.get(kind, frozenset())
    return allowed | CENTRE if role is Role.LEADER and kind is moves.Pause else allowed


def _check(move: Move, thread: Thread, county: County, role: Role | None) -> None:
    acting = move.acting
    parts = _parts(thread, acting, county)
    if isinstance(move, moves.Contest) and not is_scored_by(span_numbered(thread, move.span), acting, county):
        parts -= {Part.SCORED}
    if isinstance(move, moves.Rate) and Part.HOLDER in parts and _callers(thread).get(move.unit) == acting:
        parts |= {Part.CALLER}
    if move.unit_of is None and county.unit(acting) is None and not parts & WORKER:
        return  # a person at the command line
    allowed = _allowed(type(move), role)
    if not parts & allowed:
        raise Refused(
            _REFUSALS[next((part for part in (Part.HOLDER, Part.CALLED_IN) if part in parts), None)],
            who=" or ".join(part for part in Part if part in allowed) or "no unit",
            unit=county.unit_name(acting),
            holder=county.unit_name(_holder(thread)) or "nobody",
        )
    if isinstance(move, _OF_OWN_PART) and move.unit not in (None, acting):
        raise Refused(
            "{unit} acts for itself only; for {other} only {other} may",
            unit=county.unit_name(acting),
            other=county.unit_name(move.unit),
        )


def _parts(thread: Thread, acting: str, county: County) -> frozenset[Part]:
    """What a unit is to the report. Who held it when it ended holds it still, to rate whom it called."""
    unit, parts = county.unit(acting), set[Part]()
    if unit is not None and unit.kind is UnitKind.COUNTY_CENTRE:
        parts.add(Part.CENTRE)
    if _holder(thread) == acting:
        parts.add(Part.HOLDER)
    if any(helper.span.unit_code == acting for helper in thread.extras.helpers):
        parts.add(Part.CALLED_IN)
    if any(is_scored_by(span, acting, county) for span in all_spans(thread)):
        parts.add(Part.SCORED)
    return frozenset(parts)


def is_scored_by(span: Span, unit: str, county: County) -> bool:
    """A township's centre answers for all units of its township."""
    if span.unit_code == unit:
        return True
    known = county.unit(unit)
    is_centre = known is not None and known.kind is UnitKind.TOWNSHIP_CENTRE
    return is_centre and county.township_of_unit(span.unit_code) == county.township_of_unit(unit)


def _callers(thread: Thread) -> Mapping[str, str]:
    """Who called each unit in, the last time."""
    return {helper.span.unit_code: helper.called_by for helper in thread.extras.helpers}


def _holder(thread: Thread) -> str | None:
    if thread.holder is not None:
        return thread.holder.unit_code
    return thread.spans[-1].unit_code if thread.spans and thread.ended else None
