"""How a move is made: for each report of a case it is allowed or refused with a sentence, and the entries it writes.

A move is about one report's handling when `report` names it, else about every report of the case it is allowed for. Its
instant never lies before what is already known to have happened.
"""

from collections.abc import Callable
from typing import Final

from casework import (
    assigning,
    closing,
    correcting,
    extending,
    objecting,
    redating,
    returning,
    urging,
    whistling,
    working,
)
from casework.case import Case, Thread
from casework.decision import Decision
from casework.draft import Draft, Procedure, Procedures
from casework.errors import Refused
from casework.moves import CODE, MarkUnreasonable, Move, Pause, Redate, SettleObjection
from casework.rules import Rules

PROCEDURES: Final[Procedures] = {
    **assigning.PROCEDURES,
    **working.PROCEDURES,
    **returning.PROCEDURES,
    **extending.PROCEDURES,
    **closing.PROCEDURES,
    **whistling.PROCEDURES,
    **correcting.PROCEDURES,
    **objecting.PROCEDURES,
    **urging.PROCEDURES,
    **redating.PROCEDURES,
}
# Those a person may make; to date again is the calendar's alone.
PEOPLES_MOVES: Final = tuple(kind for kind in PROCEDURES if kind is not Redate)


def moved(case: Case, move: Move, rules: Rules, may: Callable[[Move, Thread], None] | None = None) -> Decision:
    """The entries a move writes, and the reports it is not allowed for; raises `Refused` when it is allowed for none.

    `may` raises `Refused` for a report whose handling is not for whoever makes the move; without it anybody may.
    """
    if case.merged_into is not None:
        raise Refused("the case went on in another one; act there")
    about = [thread for thread in case.threads if move.report in (None, thread.report)]
    if not about:
        raise Refused("the report {report} is not in this case", report=move.report)
    procedure, draft = PROCEDURES[type(move)], Draft(case, move, rules)
    _check_words(move, procedure)
    refusals: list[tuple[str, Refused]] = []
    for thread in about:
        try:
            if may is not None:
                may(move, thread)
            if not procedure.of_a_part:
                procedure.possible(thread, move.acting)
            procedure.make(draft, thread)
        except Refused as refusal:
            refusals.append((thread.report, refusal))
    if not draft.entries and refusals:
        raise refusals[0][1]
    return Decision(tuple(draft.entries), draft.case, tuple(refusals))


def possible(kind: type[Move], thread: Thread, unit: str) -> None:
    """Raise `Refused` where the report stands so that `unit` can't make a move of that kind, whatever it says in it.

    What depends on the words, the rules or the time is asked by the move itself.
    """
    PROCEDURES[kind].possible(thread, unit)


def _check_words(move: Move, procedure: Procedure) -> None:
    if procedure.reasoned and not move.reason.strip():
        raise Refused("a reason is required")
    if CODE.fullmatch(move.by) is None:
        raise Refused("who does it is told by an account or a unit's code, without spaces")
    if move.unit_of is not None and CODE.fullmatch(move.unit_of) is None:
        raise Refused("whom it is done for is told by a unit's code, without spaces")
    if isinstance(move, Pause | MarkUnreasonable | SettleObjection) and CODE.fullmatch(move.approver) is None:
        raise Refused("who approved it is required: an account or a unit's code, without spaces")
