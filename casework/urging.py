"""Pressure from above: a unit is urged (催办, 督办), by the ladder or by hand, and the level above takes charge (提级)."""

from typing import Final

from casework.case import Thread
from casework.draft import Draft, Procedure, Procedures
from casework.errors import Refused
from casework.moves import Escalate, Remind
from casework.vocabulary import EntryType


def _while_open(thread: Thread, unit: str) -> None:
    if thread.ended:
        raise Refused("the case has ended")


def _remind(draft: Draft[Remind], thread: Thread) -> None:
    move = draft.move
    here = {helper.span.unit_code for helper in thread.extras.helpers if helper.span.ended_at is None}
    if thread.holder is not None:
        here.add(thread.holder.unit_code)
    if move.unit not in here:
        raise Refused("{unit} does not work on the case", unit=move.unit)
    draft.write(thread, EntryType.REMINDED, {"step": move.step, "kind": move.kind, "unit": move.unit})


def _escalate(draft: Draft[Escalate], thread: Thread) -> None:
    draft.write(thread, EntryType.ESCALATED)


PROCEDURES: Final[Procedures] = {
    Escalate: Procedure(_while_open, _escalate, reasoned=True),
    Remind: Procedure(_while_open, _remind),
}
