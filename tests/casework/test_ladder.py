"""The ladder of reminders: each step has its instant, and is taken once."""

import pytest

from casework.ladder import next_step, rungs
from casework.moves import AskExtension, Assign, GrantExtension, Remind
from casework.vocabulary import ReminderKind
from tests.casework.stages import (
    ORDER,
    PROMISED,
    WHY,
    Cabinet,
    climb,
    closed,
    due_steps,
    finished,
    handled,
    of_the_grid,
    paused,
    whistled,
)
from tests.casework.stories import RULES
from tests.records import at


@pytest.mark.parametrize(
    ("before", "since", "name"),
    [
        ("11-26 11:23", "11-26 11:24", "提醒"),  # a fifth of the 183 hours since it was given out is left
        ("11-27 23:59", "11-28 00:00", "催办"),
        ("11-30 08:59", "11-30 09:00", "催办通知书"),  # the next working day, Monday
        ("12-04 08:59", "12-04 09:00", "督办"),  # five working days later, Friday
    ],
)
def test_each_step_has_its_instant(before: str, since: str, name: str) -> None:
    story = handled()
    climb(story, before)
    assert due_steps(story, before) == []
    (rung,) = due_steps(story, since)
    assert (rung.step.name, rung.at, rung.unit_code, rung.report) == (name, at(since), "U-CITY", ORDER)


def test_each_step_is_taken_once() -> None:
    story = handled()
    assert climb(story, "11-27 09:00") == ["提醒"]
    assert climb(story, "11-27 10:00") == []
    assert climb(story, "11-28 09:00") == ["催办"]
    assert climb(story, "11-28 10:00") == []


def test_of_several_steps_only_the_gravest_is_taken() -> None:
    story = handled()
    assert climb(story, "12-20 09:00") == ["督办"]
    assert climb(story, "12-20 10:00") == []


def test_an_urging_by_hand_is_no_step_of_the_ladder() -> None:
    story = handled()
    story.do(Remind, "11-28 08:00", kind=ReminderKind.URGE, unit="U-CITY")
    assert climb(story, "11-28 09:00") == ["催办"]


def test_a_later_deadline_begins_the_ladder_anew() -> None:
    story = handled()
    story.do(AskExtension, "11-27 08:00", amount=5, reason=WHY)
    assert climb(story, "11-28 09:00") == ["催办"]
    story.do(GrantExtension, "11-28 10:00")
    assert climb(story, "11-28 11:00") == []
    assert climb(story, "12-04 23:00") == ["提醒"]
    assert climb(story, "12-05 09:00") == ["催办"]


def test_nobody_is_reminded_of_what_stands_still_or_is_finished() -> None:
    assert due_steps(paused(), "12-20 09:00") == []
    assert due_steps(finished(), "12-20 09:00") == []
    assert due_steps(closed(), "12-20 09:00") == []


def test_nobody_is_reminded_of_what_went_on_elsewhere() -> None:
    cabinet = Cabinet(of_the_grid(), handled())
    cabinet.merge(2, 1)
    assert list(rungs(cabinet.cases[2], at("12-20 09:00"), RULES.ladder.newest, RULES.calendar)) == []


def test_the_next_unit_is_reminded_of_its_own_deadline() -> None:
    story = handled()
    climb(story, "11-27 12:00")
    story.do(Assign, "11-27 13:00", unit="U-WATER", reason=WHY)
    assert due_steps(story, "11-28 09:00") == [], "its clock ends on Monday"
    (rung,) = due_steps(story, "12-01 09:00")
    assert (rung.unit_code, rung.step.name) == ("U-WATER", "催办通知书")


def test_departments_called_in_are_reminded_too() -> None:
    story = whistled()
    assert {(rung.unit_code, rung.step.name) for rung in due_steps(story, "11-28 00:01")} == {
        ("U-CITY", "催办"),
        ("U-FIRE", "催办通知书"),
    }


def test_a_step_that_the_ladder_no_longer_has_counts_for_none() -> None:
    told = [("一年前的步骤", at("11-28 01:00"))]
    found = next_step(at("11-20 09:00"), PROMISED, told, at("11-28 09:00"), RULES.ladder.newest, RULES.calendar)
    assert found is not None
    assert found[0].name == "催办"
