"""Risk colours: raised by rules that have names, and by lateness that is never stored."""

from datetime import timedelta
from typing import Any

import pytest

from casework.case import Case
from casework.escalation import rule_colour, shown_colour
from casework.lifecycle import Receive, Rules, decide
from casework.vocabulary import Colour
from tests.records import Feed, at, event, order, translated


@pytest.mark.parametrize(
    ("feed", "record", "colour", "clause"),
    [
        (Feed.HOTLINE12345, order(), Colour.BLUE, "ordinary"),
        (Feed.HOTLINE12345, order(pilotLight="紧急"), Colour.YELLOW, "urgent"),
        (Feed.HOTLINE12345, order(pilotLight="特急"), Colour.RED, "critical"),
        (Feed.HOTLINE12345, order(isHardOrder=1), Colour.ORANGE, "hard"),
        (Feed.GRID, event(isGroup=1, involvedCount=30), Colour.RED, "group"),
        (Feed.GRID, event(isGroup=1, involvedCount=29), Colour.BLUE, "ordinary"),
        (Feed.GRID, event(isGroup=0, involvedCount=300), Colour.BLUE, "ordinary"),
        (Feed.GRID, event(riskColour="橙"), Colour.ORANGE, "source"),
    ],
)
def test_each_clause_gives_its_colour(
    rules: Rules, feed: Feed, record: dict[str, Any], colour: Colour, clause: str
) -> None:
    case = decide(Case(), Receive(translated(feed, record)), rules).case
    assert case.colour is colour
    assert rule_colour(case.lead, rules.risk.newest)[1].endswith(clause)


def test_a_colour_never_falls_by_itself(rules: Rules) -> None:
    case = decide(Case(), Receive(translated(Feed.HOTLINE12345, order(pilotLight="特急"))), rules).case
    calmer = order(pilotLight="一般", updateTime="2026-11-20 10:00:00")
    assert decide(case, Receive(translated(Feed.HOTLINE12345, calmer)), rules).case.colour is Colour.RED


def test_lateness_raises_the_colour_from_the_instant_it_begins(rules: Rules) -> None:
    due = at("11-20 12:00")  # a Friday; five working days later is the Friday after, which ends at 24:00
    soon = timedelta(microseconds=1)
    assert shown_colour(Colour.BLUE, due, due, rules.risk.newest, rules.calendar) is Colour.BLUE
    assert shown_colour(Colour.BLUE, due, due + soon, rules.risk.newest, rules.calendar) is Colour.YELLOW
    assert shown_colour(Colour.ORANGE, due, due + soon, rules.risk.newest, rules.calendar) is Colour.ORANGE
    assert shown_colour(Colour.BLUE, due, at("11-28 00:00"), rules.risk.newest, rules.calendar) is Colour.YELLOW
    assert shown_colour(Colour.BLUE, due, at("11-28 00:00") + soon, rules.risk.newest, rules.calendar) is Colour.RED
    assert shown_colour(Colour.BLUE, None, due, rules.risk.newest, rules.calendar) is Colour.BLUE
