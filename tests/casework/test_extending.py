"""The clock stands still and goes on with the time that was left; a deadline is extended."""

from typing import Any

import pytest

from casework.clocks import Kind, State, clocks_of
from casework.lifecycle import Move
from casework.moves import AskExtension, Assign, Continue, Finish, GrantExtension, Pause, RefuseExtension, Return, Sign
from casework.vocabulary import EntryType, Overlay, Status
from tests.casework.stages import PROMISED, WHY, dispute, given, handled, paused
from tests.casework.stories import heard
from tests.records import at


def test_a_pause_stops_the_finish_clocks_and_says_who_approved_it() -> None:
    story = handled()
    assert story.do(Pause, "11-24 09:00", reason=WHY, approver="centre") == [EntryType.PAUSED]
    assert story.told() == {"approver": "centre", "reason": WHY}
    assert story.status is Status.HANDLING
    assert story.state(Kind.PROMISE, "12-20 09:00") is State.PAUSED
    assert story.state(Kind.FINISH, "12-20 09:00") is State.PAUSED
    assert story.state(Kind.CONTACT, "12-20 09:00") is State.OVERDUE, "the citizen can be spoken to all the same"


def test_a_pause_needs_a_reason_and_an_approver() -> None:
    story = handled()
    assert story.refuses(Pause, "11-24 09:00", approver="centre") == "a reason is required"
    assert story.refuses(Pause, "11-24 09:00", approver=" ", reason=WHY).startswith("who approved it is required")


def test_only_what_is_being_handled_is_paused() -> None:
    assert "possible when it is handling" in given().refuses(Pause, "11-20 10:00", reason=WHY, approver="centre")


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (Pause, {"approver": "centre"}),
        (Assign, {"unit": "U-WATER"}),
        (Return, {}),
        (AskExtension, {"amount": 1}),
        (Finish, {}),
    ],
)
def test_what_stands_still_goes_on_first(kind: type[Move], more: dict[str, Any]) -> None:
    assert paused().refuses(kind, "11-24 10:00", reason=WHY, **more) == "the case is paused; let it continue first"


def test_only_what_stands_still_goes_on() -> None:
    assert handled().refuses(Continue, "11-24 10:00") == "the case is not paused"


def test_working_days_go_on_with_as_many_as_were_left() -> None:
    story = paused()  # Wednesday, Thursday and Friday are left
    assert story.do(Continue, "12-02 15:00") == [EntryType.CONTINUED]
    assert story.promise == at("12-08 00:00"), "Thursday, Friday and Monday"
    assert story.holder.finish_due == story.thread.promise
    assert story.thread.extras.pauses == ((at("11-24 09:00"), "centre", at("12-02 15:00")),)
    assert story.state(Kind.PROMISE, "12-02 15:00") is State.RUNNING
    assert story.thread.original_due_at is None, "a pause is no extension"


def test_natural_days_go_on_with_as_many_as_were_left() -> None:
    story = dispute()
    story.do(Assign, "11-20 09:00", unit="U-CITY")
    story.do(Sign, "11-20 10:00")
    assert story.promise == at("11-28 00:00"), "seven days"
    story.do(Pause, "11-24 09:00", reason=WHY, approver="centre")
    story.do(Continue, "12-02 15:00")
    assert story.promise == at("12-06 00:00"), "three days after the 2nd is the 5th"


def test_hours_go_on_with_as_many_as_were_left() -> None:
    story = handled(pilotLight="特急")
    assert story.promise == at("11-21 08:00")
    story.do(Pause, "11-20 20:00", reason=WHY, approver="centre")
    story.do(Continue, "11-22 20:00")
    assert story.promise == at("11-23 08:00")


def test_a_date_of_the_source_moves_by_the_length_of_the_pause() -> None:
    story = paused(deadlineDate="2026-11-26 17:30:00")
    story.do(Continue, "11-25 10:00")
    assert story.promise == at("11-27 18:30")


def test_time_standing_still_makes_nobody_late() -> None:
    story = paused()
    assert Overlay.OVERDUE not in story.overlays("12-20 09:00")
    story.do(Continue, "12-20 09:00")
    assert story.state(Kind.PROMISE, "12-20 09:01") is not State.OVERDUE
    assert Overlay.OVERDUE not in story.overlays("12-20 09:01")


def test_what_was_late_before_it_stood_still_stays_late() -> None:
    story = handled()
    story.do(Pause, "11-28 09:00", reason=WHY, approver="centre")
    assert story.state(Kind.PROMISE, "12-20 09:00") is State.OVERDUE
    assert story.overlays("12-20 09:00") == {Overlay.OVERDUE, Overlay.PAUSED}
    story.do(Continue, "12-20 09:00")
    assert story.promise == PROMISED
    assert story.state(Kind.PROMISE, "12-20 09:00") is State.OVERDUE


def test_a_second_pause_counts_from_where_the_first_left_it() -> None:
    story = paused()
    story.do(Continue, "12-02 15:00")
    story.do(Pause, "12-04 09:00", reason=WHY, approver="centre")
    story.do(Continue, "12-10 09:00")
    assert story.promise == at("12-12 00:00"), "Monday was left, so Friday the 11th"
    assert [pause.until for pause in story.thread.extras.pauses] == [at("12-02 15:00"), at("12-10 09:00")]


def test_a_source_that_gives_a_paused_case_to_another_unit_lets_it_go_on() -> None:
    story = paused()
    assert story.hear(organizationCode="U-WATER", dispatchTime="2026-12-02 09:00:00") == [
        EntryType.CONTINUED,
        EntryType.ASSIGNED,
    ]
    assert story.thread.paused_at is None
    assert story.promise == story.holder.finish_due.at == at("12-08 00:00"), "three working days were left"


def test_a_pause_ends_with_the_case_and_never_before_it_began() -> None:
    story = paused()
    done = heard(updateTime="2026-11-24 12:00:00")
    told = done.milestones._replace(stage=Status.CLOSED, finished_at=at("11-23 12:00"), closed_at=at("11-23 13:00"))
    story.hear(done._replace(milestones=told))
    assert story.status is Status.CLOSED
    assert story.thread.extras.pauses[-1].until == at("11-24 09:00")


def test_an_extension_is_asked_for_granted_and_keeps_both_dates() -> None:
    story = handled()
    assert story.do(AskExtension, "11-27 23:59", amount=10, reason=WHY) == [EntryType.EXTENSION_ASKED]
    assert (story.promise, story.thread.extras.extension_asked) == (PROMISED, 10), "asking moves nothing"
    assert story.do(GrantExtension, "11-30 09:00") == [EntryType.EXTENDED]
    assert (story.thread.original_due_at, story.promise) == (PROMISED, at("12-12 00:00"))
    assert (story.holder.original_due_at, story.holder.finish_due.at) == (PROMISED, at("12-12 00:00"))
    assert (story.thread.extras.extension_asked, story.thread.extras.extensions) == (None, 1)
    (promise,) = [clock for clock in clocks_of(story.thread) if clock.kind is Kind.PROMISE]
    assert promise.original_due_at == PROMISED


def test_a_unit_with_a_later_date_of_its_own_is_extended_from_that() -> None:
    story = handled()
    story.do(Assign, "11-27 12:00", unit="U-WATER", reason=WHY)
    story.do(AskExtension, "11-27 13:00", amount=1, reason=WHY)
    story.do(GrantExtension, "11-27 14:00")
    assert (story.promise, story.holder.finish_due.at) == (at("12-01 00:00"), at("12-02 00:00"))


@pytest.mark.parametrize("amount", [-1, 0, 11, 10**9])
def test_an_extension_is_one_to_ten_working_days(amount: int) -> None:
    assert handled().refuses(AskExtension, "11-23 09:00", amount=amount, reason=WHY) == (
        "an extension is 1 to 10 working_days"
    )


def test_an_extension_is_asked_for_before_the_deadline() -> None:
    assert handled().refuses(AskExtension, "11-28 00:01", amount=1, reason=WHY) == (
        "too late: an extension is asked for before the deadline"
    )


def test_an_extension_needs_a_reason() -> None:
    assert handled().refuses(AskExtension, "11-23 09:00", amount=1) == "a reason is required"


def test_an_extension_is_asked_for_once_at_a_time() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=1, reason=WHY)
    assert story.refuses(AskExtension, "11-23 10:00", amount=2, reason=WHY) == "an extension is asked for already"


def test_a_case_is_extended_once() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=1, reason=WHY)
    story.do(GrantExtension, "11-23 10:00")
    assert story.refuses(AskExtension, "11-24 09:00", amount=1, reason=WHY) == "a case is extended 1 time(s) at most"


def test_a_refused_extension_may_be_asked_for_again() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=10, reason=WHY)
    assert story.refuses(RefuseExtension, "11-23 10:00") == "a reason is required"
    assert story.do(RefuseExtension, "11-23 10:00", reason=WHY) == [EntryType.EXTENSION_REFUSED]
    assert (story.promise, story.thread.original_due_at) == (PROMISED, None)
    story.do(AskExtension, "11-24 09:00", amount=1, reason=WHY)


@pytest.mark.parametrize("kind", [GrantExtension, RefuseExtension])
def test_an_extension_nobody_asked_for_is_not_decided(kind: type[Move]) -> None:
    assert handled().refuses(kind, "11-23 09:00", reason=WHY) == "no extension was asked for"


def test_an_extension_waits_while_the_case_stands_still() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=1, reason=WHY)
    story.do(Pause, "11-23 10:00", reason=WHY, approver="centre")
    assert story.refuses(GrantExtension, "11-23 11:00") == "the case is paused; let it continue first"
