"""How grave a case is: the risk colour a rule gives it, and the rule's name."""

from dataclasses import dataclass

from casework.case import Thread
from casework.vocabulary import COLOUR_ORDER, Colour, Urgency


@dataclass(frozen=True, slots=True)
class RiskRules:
    """One version of the thresholds (集贤 county's colours; the numbers are configuration)."""

    version: str
    group_people: int
    orange_redos: int
    red_redos: int
    yellow_returns: int


def rule_colour(thread: Thread, rules: RiskRules) -> tuple[Colour, str]:
    """The colour the rules give and the clause that gives it; time-dependent rises (overdue) are computed by the screens."""
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
    if facts.hard or thread.redos >= rules.orange_redos:
        return Colour.ORANGE, "hard" if facts.hard else "redone"
    if facts.urgency is Urgency.URGENT:
        return Colour.YELLOW, "urgent"
    if thread.returns >= rules.yellow_returns:
        return Colour.YELLOW, "returned"
    return Colour.BLUE, "ordinary"
