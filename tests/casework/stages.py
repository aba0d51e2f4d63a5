"""How far a story of the hotline's order may have come.

The order is that of Friday 2026-11-20: called in at 08:00, given to U-CITY at 09:00, promised within five working days, which
end on Friday the 27th at 24:00.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from casework.calendar import Calendar
from casework.case import Case, Entry
from casework.ladder import Rung, rungs
from casework.lifecycle import Merge, Split, fold, merge, split
from casework.moves import Approve, Assign, Close, Finish, Pause, Rate, RecordVisit, Remind, Return, Sign, Whistle
from casework.report import Report
from casework.vocabulary import Appeal, Category, Result, Satisfaction
from tests.casework.stories import GRID, HOTLINE, RULES, TO_HAND_OUT, Story, heard
from tests.records import at, event, translated

PROMISED = at("11-28 00:00")
ORDER = "hotline12345:DH2026112000001"
WHY = "事由"
NEW_YEAR = {date(2027, 1, 1): (False, "元旦"), date(2027, 1, 4): (False, "元旦")}
WITH_2027 = replace(RULES, calendar=Calendar("with-2027", NEW_YEAR, frozenset({2027})))
SECOND = "grid:WG2026112000001"


def received() -> Story:
    story = Story()
    story.hear(**TO_HAND_OUT)
    return story


def given() -> Story:
    story = Story()
    story.hear()
    return story


def handled(**changes: Any) -> Story:
    """In the unit's hands since Friday 10:00."""
    story = Story()
    story.hear(**changes)
    story.do(Sign, "11-20 10:00")
    return story


def finished() -> Story:
    """Done on Monday noon, for the centre to review."""
    story = handled()
    story.do(Finish, "11-23 12:00", result=Result.SETTLED, mediated=True)
    return story


def to_visit() -> Story:
    story = finished()
    story.do(Approve, "11-23 15:00")
    return story


def closed() -> Story:
    story = to_visit()
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=True, satisfaction=Satisfaction.SATISFIED)
    story.do(Close, "11-24 11:00")
    return story


def dispute(**changes: Any) -> Story:
    """A dispute the hotline told of on Friday at 08:00, without a unit and without a date of its own."""
    story = Story()
    told = {"appeal": Appeal.DISPUTE, "category": Category.NEIGHBOURS} | changes
    story.hear(Report(HOTLINE, "D1", at("11-20 08:00"), at("11-20 08:00"), **told))
    return story


def returned_once() -> Story:
    """Given back by U-CITY on Monday, and with U-WATER since 10:00 that day."""
    story = given()
    story.do(Return, "11-23 09:00", reason=WHY)
    story.do(Assign, "11-23 10:00", unit="U-WATER")
    return story


def paused(**changes: Any) -> Story:
    """Standing still since Tuesday 09:00."""
    story = handled(**changes)
    story.do(Pause, "11-24 09:00", reason=WHY, approver="centre")
    return story


def two_reports() -> Story:
    story = given()
    story.hear(heard(orderNum="DH2", organizationCode="U-WATER"), link="DH2026112000001")
    return story


def whistled() -> Story:
    """U-CITY called the fire brigade on Monday at 09:00."""
    story = handled()
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",))
    return story


def rated() -> Story:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-24 10:00", unit="U-FIRE")
    story.do(Rate, "11-24 11:00", unit="U-FIRE", rating=2)
    return story


def new_years_eve() -> Story:
    """Told of on 2026-12-31: five working days end in a year without a notice."""
    story = Story()
    story.hear(callTime="2026-12-31 08:00:00", dispatchTime="2026-12-31 09:00:00", updateTime="2026-12-31 09:00:00")
    return story


def due_steps(story: Story, when: str) -> list[Rung]:
    return list(rungs(story.case, at(when), RULES.ladder.newest, RULES.calendar))


def climb(story: Story, when: str) -> list[str]:
    """The steps that are due, taken."""
    steps = due_steps(story, when)
    for rung in steps:
        story.do(Remind, when, kind=rung.step.kind, unit=rung.unit_code, step=rung.step.name, report=rung.report)
    return [rung.step.name for rung in steps]


class Cabinet:
    """Cases by their number, each with its journal, as the database would keep them."""

    def __init__(self, *stories: Story) -> None:
        self.cases = {number: story.case for number, story in enumerate(stories, 1)}
        self.journals: dict[int, list[Entry]] = {number: list(story.entries) for number, story in enumerate(stories, 1)}

    def merge(self, child: int, parent: int, when: str = "11-24 09:00", reason: str = WHY) -> None:
        move = Merge(by="desk", at=at(when), reason=reason)
        to_parent, to_child = merge(self.cases[child], self.journals[child], self.cases[parent], parent, move)
        self._write(parent, to_parent.entries, to_parent.case)
        self._write(child, to_child.entries, to_child.case)

    def split(self, parent: int, report: str, child: int, when: str = "11-25 09:00") -> None:
        move = Split(by="desk", at=at(when), reason=WHY, report=report)
        to_parent, to_child = split(
            self.cases[parent], self.journals[parent], self.cases.get(child, Case()), child, move
        )
        self._write(parent, to_parent.entries, to_parent.case)
        self._write(child, to_child.entries, to_child.case)

    def _write(self, number: int, entries: tuple[Entry, ...], case: Case) -> None:
        self.journals.setdefault(number, []).extend(entries)
        self.cases[number] = case
        assert fold(self.journals[number]) == case, "every journal tells its case by itself"

    def reports(self, number: int) -> list[str]:
        return [thread.report for thread in self.cases[number].threads]


def of_the_grid() -> Story:
    """The grid's own case of the same matter."""
    story = Story()
    story.hear(translated(GRID, event()))
    return story
