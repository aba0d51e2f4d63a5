"""A unit signs, speaks to the citizen and finishes, as the holder or for its part of a whistle."""

from typing import Any

import pytest

from casework.clocks import Kind, State
from casework.lifecycle import Move
from casework.moves import Allot, Approve, Assign, Close, Contact, Finish, Oversee, Rate, RecordVisit, Reject, Sign
from casework.vocabulary import EntryType, Result, Status
from tests.casework.stages import WHY, given, handled, received, whistled
from tests.records import at


def test_signing_stops_its_clock_and_begins_the_work() -> None:
    story = given()
    assert story.state(Kind.SIGN, "11-20 10:00") is State.RUNNING
    assert story.do(Sign, "11-20 10:00") == [EntryType.SIGNED]
    assert (story.status, story.holder.signed_at) == (Status.HANDLING, at("11-20 10:00"))
    assert story.state(Kind.SIGN, "12-20 10:00") is State.MET
    assert "possible when it is to_sign" in story.refuses(Sign, "11-20 11:00")


def test_signing_after_the_deadline_stays_late() -> None:
    story = given()
    assert story.state(Kind.SIGN, "11-24 00:01") is State.OVERDUE
    story.do(Sign, "11-24 00:01")
    assert story.state(Kind.SIGN, "12-20 10:00") is State.LATE


def test_the_citizen_is_spoken_to_first_once() -> None:
    story = given()
    assert story.do(Contact, "11-20 10:00") == [EntryType.CONTACTED]
    assert story.state(Kind.CONTACT, "12-20 10:00") is State.MET
    assert story.refuses(Contact, "11-20 11:00") == "the first contact is on record already"


def test_nobody_speaks_for_a_unit_that_has_no_case() -> None:
    assert "possible when it is to_sign, handling" in received().refuses(Contact, "11-20 10:00")


def test_a_finish_stops_the_clocks_and_starts_the_visits() -> None:
    story = handled()
    assert story.do(Finish, "11-23 12:00", result=Result.SETTLED, mediated=True) == [EntryType.FINISHED]
    thread = story.thread
    assert (story.status, thread.finished_at, story.holder.finished_at) == (
        Status.TO_REVIEW,
        at("11-23 12:00"),
        at("11-23 12:00"),
    )
    assert (thread.extras.result, thread.mediated) == (Result.SETTLED, True)
    assert thread.visit_due is not None
    assert thread.visit_due.at == at("11-25 00:00"), "one working day after Monday"
    assert story.state(Kind.PROMISE, "12-20 09:00") is State.MET
    assert story.state(Kind.VISIT, "11-25 00:01") is State.OVERDUE


def test_only_what_was_signed_is_finished() -> None:
    assert "possible when it is handling" in given().refuses(Finish, "11-20 12:00")


def test_nobody_is_asked_to_sign_for_or_to_speak_about_what_is_finished() -> None:
    story = given()
    story.hear(state="已处置", completeTime="2026-11-20 12:00:00")
    assert story.holder.ended_at is None
    for kind in (Kind.SIGN, Kind.CONTACT):
        assert story.state(kind, "11-20 11:59") is State.RUNNING
        assert story.state(kind, "12-20 09:00") is State.ENDED, kind
    story.do(Reject, "11-23 15:00", reason=WHY)
    assert story.state(Kind.SIGN, "12-20 09:00") is State.OVERDUE, "sent back, it is asked again"


def test_what_was_not_signed_in_time_before_it_was_finished_stays_late() -> None:
    story = given()
    story.hear(state="已处置", completeTime="2026-11-24 12:00:00")
    assert story.state(Kind.SIGN, "12-20 09:00") is State.LATE


@pytest.mark.parametrize(
    ("kind", "more"),
    [(Sign, {}), (Contact, {}), (Finish, {}), (Allot, {"to": "x"}), (Oversee, {}), (Rate, {"rating": 3})],
)
def test_who_was_not_called_has_no_part(kind: type[Move], more: dict[str, Any]) -> None:
    assert whistled().refuses(kind, "11-23 10:00", unit="U-WATER", **more) == "U-WATER was not called in"


@pytest.mark.parametrize(("kind", "more"), [(Finish, {}), (Allot, {"to": "x"})])
def test_a_department_signs_before_it_does_anything(kind: type[Move], more: dict[str, Any]) -> None:
    assert whistled().refuses(kind, "11-23 10:00", unit="U-FIRE", **more) == "U-FIRE has to sign first"


def test_a_department_signs_and_speaks_to_the_citizen_once() -> None:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    assert story.refuses(Sign, "11-23 11:00", unit="U-FIRE") == "U-FIRE has signed already"
    assert story.do(Contact, "11-23 12:00", unit="U-FIRE") == [EntryType.CONTACTED]
    assert story.refuses(Contact, "11-23 13:00", unit="U-FIRE") == "the first contact is on record already"
    assert (story.helper().span.contacted_at, story.holder.contacted_at) == (at("11-23 12:00"), None)


@pytest.mark.parametrize(("kind", "more"), [(Sign, {}), (Contact, {}), (Finish, {}), (Allot, {"to": "x"})])
def test_a_part_that_is_done_is_done(kind: type[Move], more: dict[str, Any]) -> None:
    story = whistled()
    if kind is not Sign:
        story.do(Sign, "11-23 10:00", unit="U-FIRE")
        story.do(Finish, "11-24 10:00", unit="U-FIRE")
        assert story.refuses(kind, "11-24 11:00", unit="U-FIRE", **more) == "the part of U-FIRE is done"
    else:
        story.do(Finish, "11-24 10:00")
        story.do(Approve, "11-24 11:00")
        story.do(RecordVisit, "11-24 12:00", reached=True)
        story.do(Close, "11-24 13:00")
        assert story.refuses(Sign, "11-24 14:00", unit="U-FIRE") == "the part of U-FIRE is done"


def test_who_was_called_in_acts_for_its_own_part_without_saying_so() -> None:
    """A finish by U-FIRE that names no unit once ended the holder's work."""
    story = whistled()
    assert story.refuses(Finish, "11-23 10:00", by="U-FIRE") == "U-FIRE has to sign first"
    story.do(Sign, "11-23 10:00", by="U-FIRE")
    story.do(Contact, "11-23 10:30", by="U-FIRE")
    story.do(Allot, "11-23 11:00", by="U-FIRE", to="第二大队")
    story.do(Finish, "11-24 10:00", by="U-FIRE")
    helper, holder = story.helper(), story.holder
    assert (helper.span.signed_at, helper.span.contacted_at) == (at("11-23 10:00"), at("11-23 10:30"))
    assert (helper.allotted_to, helper.span.finished_at) == ("第二大队", at("11-24 10:00"))
    assert (holder.contacted_at, holder.finished_at, story.status) == (None, None, Status.HANDLING)
    assert story.refuses(Finish, "11-24 11:00", by="U-FIRE") == "the part of U-FIRE is done"


@pytest.mark.parametrize("kind", [Sign, Contact, Finish])
def test_who_was_called_in_does_not_act_for_the_holder_by_naming_it(kind: type[Move]) -> None:
    assert whistled().refuses(kind, "11-23 10:00", by="U-FIRE", unit="U-CITY") == (
        "U-FIRE was called in and acts for its own part only"
    )


def test_who_was_called_in_and_then_given_the_case_acts_as_its_holder() -> None:
    story = whistled()
    story.do(Assign, "11-24 10:00", unit="U-FIRE", reason=WHY)
    story.do(Sign, "11-24 11:00", by="U-FIRE")
    assert (story.status, story.holder.signed_at) == (Status.HANDLING, at("11-24 11:00"))
