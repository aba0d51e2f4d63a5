"""What a person sets right about a matter: how complex a dispute is, its colour, and that it is unreasonable (不合理诉求)."""

from typing import Any, Final

from casework.calendar import Due, last_day
from casework.case import Thread
from casework.clocks import rule_due, span_due
from casework.draft import OPEN_WORK, Draft, Procedure, Procedures, must, must_be_anothers
from casework.errors import Refused
from casework.escalation import rule_colour
from casework.moves import Classify, MarkUnreasonable, SetColour
from casework.payloads import due_items
from casework.vocabulary import Appeal, Complexity, EntryType, Status


def _can_classify(thread: Thread, unit: str) -> None:
    must(thread, Status.RECEIVED, Status.TO_ASSIGN, *OPEN_WORK)
    must_be_dispute(thread)


def _classify(draft: Draft[Classify], thread: Thread) -> None:
    complexity = draft.move.complexity
    if thread.extras.complexity is complexity:
        raise Refused("it is classified as {complexity} already", complexity=complexity.value)
    due = _due_as(draft, thread, complexity)
    if due is not None and due.at != thread.promise.at and not draft.move.reason.strip():
        raise Refused("a reason is required: the promise would move to {due}", due=f"{last_day(due.at)}")
    classify_as(draft, thread, complexity)


def must_be_dispute(thread: Thread) -> None:
    """Raise `Refused` for what has no class."""
    if thread.facts.appeal is not Appeal.DISPUTE:
        raise Refused(
            "only a dispute is simple, general or complex; this is {appeal}", appeal=thread.facts.appeal.value
        )


def classify_as(draft: Draft[Any], thread: Thread, complexity: Complexity) -> None:
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


def _due_as(draft: Draft[Any], thread: Thread, complexity: Complexity) -> Due | None:
    """The promise the rules give a dispute of that class; `None` where it does not follow the class."""
    ours = not thread.promise.rule.startswith("source") and thread.original_due_at is None
    if not ours or thread.extras.pauses:
        return None
    rules, begun = draft.rules, thread.reported_at
    return rule_due(begun, thread.facts, complexity, rules.clocks.at(begun), rules.calendar)


def _can_colour(thread: Thread, unit: str) -> None:
    if thread.ended:
        raise Refused("a case that has ended keeps its colour")


def _set_colour(draft: Draft[SetColour], thread: Thread) -> None:
    if draft.move.colour is thread.colour:
        raise Refused("it has that colour")
    rules_colour, _ = rule_colour(thread, draft.rules.risk.at(draft.instant(thread)))
    told = {"colour": draft.move.colour, "rule": "person", "rules_colour": rules_colour}
    draft.write(thread, EntryType.COLOURED, told)


def _can_mark_unreasonable(thread: Thread, unit: str) -> None:
    if thread.extras.excluded_by is not None:
        raise Refused("it is marked as unreasonable already")
    if not thread.spans:
        raise Refused("no unit was given it yet, so that it counts for nobody")


def _mark_unreasonable(draft: Draft[MarkUnreasonable], thread: Thread) -> None:
    move = draft.move
    must_be_anothers(thread, move.acting if move.approver == move.by else move.approver)
    draft.write(thread, EntryType.MARKED_UNREASONABLE, {"approver": move.approver})


PROCEDURES: Final[Procedures] = {
    Classify: Procedure(_can_classify, _classify),
    SetColour: Procedure(_can_colour, _set_colour, reasoned=True),
    MarkUnreasonable: Procedure(_can_mark_unreasonable, _mark_unreasonable, reasoned=True),
}
