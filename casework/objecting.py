"""考核申诉: a unit contests that a span of work is scored, and the centre decides about it."""

from typing import Final

from casework.case import Span, Thread
from casework.draft import Draft, Procedure, Procedures
from casework.errors import Refused
from casework.moves import Contest, SettleObjection
from casework.vocabulary import EntryType, ObjectionState


def _can_contest(thread: Thread, unit: str) -> None:
    if all(span.objection is not None for span in all_spans(thread)):
        raise Refused("there is no work left in it whose scoring could be contested")


def _contest(draft: Draft[Contest], thread: Thread) -> None:
    span = span_numbered(thread, draft.move.span)
    if span.objection is not None:
        raise Refused("it was contested already: {state}", state=span.objection)
    draft.write(thread, EntryType.OBJECTED, {"span": span.number})


def _can_settle_objection(thread: Thread, unit: str) -> None:
    if all(span.objection is None for span in all_spans(thread)):
        raise Refused("nobody has contested it")


def _settle_objection(draft: Draft[SettleObjection], thread: Thread) -> None:
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


def all_spans(thread: Thread) -> tuple[Span, ...]:
    """The holders' spans, then those of co-handlers."""
    return (*thread.spans, *(helper.span for helper in thread.extras.helpers))


def span_numbered(thread: Thread, number: int) -> Span:
    """Raises `Refused` where the report has no such span."""
    for span in all_spans(thread):
        if span.number == number:
            return span
    raise Refused("the report has no assignment of that number")


PROCEDURES: Final[Procedures] = {
    Contest: Procedure(_can_contest, _contest, reasoned=True),
    SettleObjection: Procedure(_can_settle_objection, _settle_objection, reasoned=True),
}
