"""How grave a case is: the risk colour a rule gives it, and the rule's name."""

from dataclasses import dataclass
from datetime import date, datetime

from casework.calendar import JUST_BEFORE, Calendar
from casework.case import Thread
from casework.vocabulary import COLOUR_ORDER, Colour, Urgency


@dataclass(frozen=True, slots=True)
class RiskRules:
    """One version of the thresholds (集贤 county's colours; the numbers are configuration)."""

    version: str
    effective_from: date
    group_people: int
    orange_redos: int
    orange_handovers: int
    red_redos: int
    yellow_returns: int
    red_overdue_working_days: int


def shown_colour(colour: Colour, due_at: datetime | None, at: datetime, rules: RiskRules, calendar: Calendar) -> Colour:
    """The colour of an unfinished case at an instant: lateness raises it, and is computed, never stored.

    Overdue is at least yellow; overdue for more than the configured number of whole working days is red.
    """
    if due_at is None or at <= due_at:
        return colour
    if at > turns_red_at(due_at, rules, calendar):
        return Colour.RED
    return max(colour, Colour.YELLOW, key=COLOUR_ORDER.index)


def turns_red_at(due_at: datetime, rules: RiskRules, calendar: Calendar) -> datetime:
    """When a case that is still not finished has been overdue for the configured working days."""
    return calendar.due_after(due_at - JUST_BEFORE, rules.red_overdue_working_days, "working_day", "").at


def rule_colour(thread: Thread, rules: RiskRules) -> tuple[Colour, str]:
    """The colour the rules give and the clause that gives it; what lateness adds is `shown_colour`'s."""
    colour, clause = _clause(thread, rules)
    source = thread.facts.source_colour
    if source is not None and COLOUR_ORDER.index(source) > COLOUR_ORDER.index(colour):
        return source, "source"
    return colour, f"{rules.version}/{clause}"


def _clause(thread: Thread, rules: RiskRules) -> tuple[Colour, str]:
    """The gravest clause that holds."""
    facts = thread.facts
    if facts.urgency is Urgency.CRITICAL:
        return Colour.RED, "critical"
    if facts.group and (facts.involved or 0) >= rules.group_people:
        return Colour.RED, "group"
    if thread.redos >= rules.red_redos:
        return Colour.RED, "redone"
    if facts.hard:
        return Colour.ORANGE, "hard"
    if thread.redos >= rules.orange_redos:
        return Colour.ORANGE, "redone"
    if len(thread.spans) >= rules.orange_handovers and _handovers(thread) >= rules.orange_handovers:
        return Colour.ORANGE, "handed over"
    if facts.urgency is Urgency.URGENT:
        return Colour.YELLOW, "urgent"
    if thread.returns >= rules.yellow_returns:
        return Colour.YELLOW, "returned"
    return Colour.BLUE, "ordinary"


def _handovers(thread: Thread) -> int:
    """How often a unit let it go without having finished it."""
    return sum(span.end_reason in ("returned", "reassigned") for span in thread.spans)
