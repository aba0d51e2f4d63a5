"""Departments that are called in beside the holder: their clocks, their parts, and what ends them."""

from typing import Any

import pytest

from casework.calendar import Due
from casework.clocks import Kind, State, whistle_due
from casework.ladder import rungs
from casework.lifecycle import Move
from casework.moves import Allot, Approve, Assign, Finish, Oversee, Rate, Redo, Reject, Sign, Whistle
from casework.vocabulary import EntryType, Status, WhistleStep
from tests.casework.stages import WHY, finished, handled, rated, whistled
from tests.casework.stories import RULES, Story
from tests.records import at


def test_a_whistle_gives_each_department_a_span_and_clocks_of_its_own() -> None:
    story = handled()
    assert story.do(Whistle, "11-23 09:00", units=("U-FIRE", "U-WATER")) == [EntryType.HELP_CALLED] * 2
    fire, water = story.thread.extras.helpers
    assert (fire.span.number, fire.span.unit_code, fire.called_by, fire.whistle) == (2, "U-FIRE", "U-CITY", True)
    assert (water.span.number, water.span.unit_code) == (3, "U-WATER")
    assert (fire.span.sign_due.at, fire.span.contact_due.at, fire.span.finish_due.at) == (
        at("11-23 11:00"),
        at("11-24 09:00"),
        at("11-27 00:00"),
    ), "two hours to answer, three working days for its part"
    assert fire.span.finish_due.rule == "2026-1/whistle/handle"
    assert story.holder.unit_code == "U-CITY"
    assert story.state(Kind.SIGN, "11-23 11:01", "U-FIRE") is State.OVERDUE


def test_a_co_handler_without_a_whistle_called_at_the_last_minute_has_its_minimum() -> None:
    story = handled()
    story.do(Whistle, "11-27 23:00", units=("U-FIRE",), whistle=False)
    assert story.helper().span.finish_due.at == at("12-01 00:00")


def test_who_works_on_it_already_is_not_called() -> None:
    story = whistled()
    assert story.refuses(Whistle, "11-23 10:00", units=("U-FIRE",)) == "U-FIRE works on the case already"
    assert story.refuses(Whistle, "11-23 10:00", units=("U-CITY",)) == "U-CITY works on the case already"


@pytest.mark.parametrize("units", [("U-FIRE", "U-CITY"), ("U-FIRE", "U-FIRE")])
def test_a_whistle_is_heard_by_all_it_names_or_by_none(units: tuple[str, ...]) -> None:
    assert "works on the case already" in handled().refuses(Whistle, "11-23 09:00", units=units)


def test_a_whistle_names_somebody() -> None:
    assert handled().refuses(Whistle, "11-23 09:00", units=()) == "say whom to call in"


def test_a_whistle_is_blown_while_there_is_work() -> None:
    assert "possible when it is to_sign, handling" in finished().refuses(Whistle, "11-24 09:00", units=("U-FIRE",))


def test_a_whistle_goes_its_six_steps() -> None:
    story = whistled()
    assert story.do(Sign, "11-23 10:00", unit="U-FIRE") == [EntryType.SIGNED]
    assert story.do(Allot, "11-23 11:00", unit="U-FIRE", to="第二大队") == [EntryType.ALLOTTED]
    assert story.do(Finish, "11-24 10:00", unit="U-FIRE") == [EntryType.FINISHED]
    assert story.do(Oversee, "11-24 11:00", unit="U-FIRE") == [EntryType.OVERSEEN]
    assert story.do(Rate, "11-24 12:00", unit="U-FIRE", rating=4) == [EntryType.RATED]
    helper = story.helper()
    assert [helper.taken(step) for step in WhistleStep] == [
        at("11-23 09:00"), at("11-23 10:00"), at("11-23 11:00"), at("11-24 10:00"), at("11-24 11:00"), at("11-24 12:00"),
    ]  # fmt: skip
    assert (helper.allotted_to, helper.rating) == ("第二大队", 4)
    assert (helper.span.ended_at, helper.span.end_reason) == (at("11-24 10:00"), "finished")
    assert story.status is Status.HANDLING, "the holder's own work goes on"
    assert story.holder.finished_at is None


def due_of_step(story: Story, step: WhistleStep) -> Due | None:
    return whistle_due(story.helper(), step, RULES.clocks.newest, RULES.calendar)


def test_the_steps_of_a_whistle_have_their_times() -> None:
    story = whistled()
    dues = {step: due_of_step(story, step) for step in WhistleStep}
    assert {step: due.at for step, due in dues.items() if due is not None} == {
        WhistleStep.ANSWER: at("11-23 11:00"),
        WhistleStep.HANDLE: at("11-27 00:00"),
        WhistleStep.OVERSEE: at("12-01 00:00"),
    }
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    allot = due_of_step(story, WhistleStep.ALLOT)
    assert allot is not None
    assert (allot.at, allot.rule) == (at("11-23 14:00"), "2026-1/whistle/allot")
    story.do(Finish, "11-24 10:00", unit="U-FIRE")
    rate = due_of_step(story, WhistleStep.RATE)
    assert rate is not None
    assert rate.at == at("11-27 00:00")


def test_a_department_is_rated_one_to_five_for_what_it_did() -> None:
    story = whistled()
    assert story.refuses(Rate, "11-23 10:00", unit="U-FIRE", rating=3) == "the part of U-FIRE is not done yet"
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-24 10:00", unit="U-FIRE")
    for rating in (0, 6):
        assert story.refuses(Rate, "11-24 11:00", unit="U-FIRE", rating=rating) == "a rating is 1 to 5"


def test_a_rating_that_is_there_is_changed_with_a_reason() -> None:
    story = rated()
    assert story.refuses(Rate, "11-24 12:00", unit="U-FIRE", rating=5) == (
        "it is rated 2 already; a reason is required to change that"
    )
    assert story.helper().rating == 2
    story.do(Rate, "11-24 12:00", unit="U-FIRE", rating=5, reason=WHY)
    assert (story.helper().rating, story.told()["reason"]) == (5, WHY)


@pytest.mark.parametrize(("kind", "more"), [(Rate, {"rating": 3}), (Oversee, {})])
def test_a_part_that_was_cut_off_is_neither_rated_nor_overseen(kind: type[Move], more: dict[str, Any]) -> None:
    story = whistled()
    story.do(Finish, "11-24 10:00")
    assert story.refuses(kind, "11-24 11:00", unit="U-FIRE", **more) == (
        "the part of U-FIRE ended with the holder's finish, not by its own"
    )
    taken = whistled()
    taken.do(Assign, "11-24 10:00", unit="U-FIRE", reason=WHY)
    assert "ended when it took the case over" in taken.refuses(kind, "11-24 11:00", unit="U-FIRE", **more)
    closed_by_source = whistled()
    closed_by_source.hear(state="不予受理", updateTime="2026-11-24 10:00:00")
    assert "ended with the case" in closed_by_source.refuses(kind, "11-24 11:00", unit="U-FIRE", **more)


def test_a_department_is_called_again_after_its_part_is_done() -> None:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-23 11:00", unit="U-FIRE")
    story.do(Whistle, "11-24 09:00", units=("U-FIRE",))
    story.do(Sign, "11-24 10:00", unit="U-FIRE")
    assert [helper.span.signed_at for helper in story.thread.extras.helpers] == [at("11-23 10:00"), at("11-24 10:00")]


def test_what_departments_had_not_done_ends_with_the_holders_finish() -> None:
    story = handled()
    story.do(Whistle, "11-23 09:00", units=("U-FIRE", "U-WATER"))
    story.do(Sign, "11-23 10:00", unit="U-WATER")
    story.do(Finish, "11-23 12:00", unit="U-WATER")
    story.do(Finish, "11-24 10:00")
    fire, water = (helper.span for helper in story.thread.extras.helpers)
    assert (fire.ended_at, fire.end_reason, fire.finished_at) == (at("11-24 10:00"), "holder finished", None)
    assert (water.ended_at, water.end_reason) == (at("11-23 12:00"), "finished")
    assert story.state(Kind.SIGN, "12-30 09:00", "U-FIRE") is State.LATE, "two hours it had, and did not answer"
    assert story.state(Kind.CONTACT, "12-30 09:00", "U-FIRE") is State.LATE, "an hour before"
    assert story.state(Kind.FINISH, "12-30 09:00", "U-FIRE") is State.ENDED
    assert not list(rungs(story.case, at("12-30 09:00"), RULES.ladder.newest, RULES.calendar))
    assert story.refuses(Sign, "11-24 11:00", unit="U-FIRE") == "the part of U-FIRE is done"


def test_a_department_is_called_in_again_after_the_holders_finish_is_sent_back_or_redone() -> None:
    story = whistled()
    story.do(Finish, "11-24 10:00")
    story.do(Reject, "11-24 11:00", reason=WHY)
    assert story.helper().span.ended_at == at("11-24 10:00"), "its part is not taken up again by itself"
    story.do(Whistle, "11-24 12:00", units=("U-FIRE",))
    story.do(Finish, "11-25 10:00")
    story.do(Approve, "11-25 11:00")
    story.do(Redo, "11-25 12:00", reason=WHY)
    story.do(Whistle, "11-25 13:00", units=("U-FIRE",))
    assert [helper.span.end_reason for helper in story.thread.extras.helpers] == ["holder finished"] * 2 + [None]


def test_declining_ends_what_departments_had_not_done() -> None:
    story = whistled()
    story.hear(state="不予受理", updateTime="2026-11-24 13:00:00")
    span = story.helper().span
    assert (span.ended_at, span.end_reason) == (at("11-24 13:00"), "declined")
    assert story.state(Kind.FINISH, "12-30 09:00", "U-FIRE") is State.ENDED


def test_what_a_department_does_is_never_before_it_was_called() -> None:
    story = handled()
    story.do(Whistle, "11-23 10:00", units=("U-FIRE",))
    story.do(Sign, "11-23 09:30", unit="U-FIRE")  # its clock is slow
    assert story.helper().span.signed_at == at("11-23 10:00")


def test_a_department_that_becomes_the_holder_is_no_longer_beside_it() -> None:
    story = whistled()
    story.do(Assign, "11-24 09:00", unit="U-FIRE", reason=WHY)
    span = story.helper().span
    assert (span.ended_at, span.end_reason) == (at("11-24 09:00"), "took over")
    assert (story.holder.unit_code, story.holder.number) == ("U-FIRE", 3)
