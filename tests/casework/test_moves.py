"""What people do with a case: allowed or refused with a sentence, what is written of it, and how the clocks stand then.

The story is always the hotline's order of Friday 2026-11-20: called in at 08:00, given to U-CITY at 09:00, promised within
five working days, which end on Friday the 27th at 24:00.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from casework.calendar import Calendar, Due, last_day
from casework.case import BY_HAND, Case, Entry
from casework.clocks import Kind, State, clocks_of, whistle_due
from casework.errors import Refused
from casework.ladder import Rung, next_step, rungs
from casework.lifecycle import Merge, Move, Split, decide, fold, merge, split
from casework.moves import (
    Accept,
    Allot,
    Approve,
    AskExtension,
    Assign,
    Classify,
    Close,
    Contact,
    Continue,
    Decline,
    Escalate,
    Finish,
    GrantExtension,
    GrantReturn,
    Oversee,
    Pause,
    Rate,
    RecordVisit,
    Redate,
    Redo,
    RefuseExtension,
    RefuseReturn,
    Reject,
    Remind,
    Reopen,
    Return,
    SetColour,
    Sign,
    Whistle,
)
from casework.report import Milestones, Report
from casework.vocabulary import (
    Appeal,
    Category,
    Colour,
    Complexity,
    EntryType,
    Overlay,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
    WhistleStep,
)
from tests.casework.stories import GRID, HOTLINE, RULES, TO_HAND_OUT, Story, heard, kinds
from tests.records import at, event, translated

PROMISED = at("11-28 00:00")
ORDER = "hotline12345:DH2026112000001"
WHY = "事由"


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


def test_a_report_is_taken_up_once() -> None:
    story = received()
    assert story.do(Accept, "11-20 09:00") == [EntryType.ACCEPTED]
    assert story.status is Status.TO_ASSIGN
    assert story.refuses(Accept, "11-20 09:01") == (
        "not possible while the case is to_assign; possible when it is received"
    )


def test_taking_up_a_dispute_may_say_how_complex_it_is() -> None:
    story = dispute()
    assert story.do(Accept, "11-20 09:00", complexity=Complexity.SIMPLE) == [EntryType.ACCEPTED, EntryType.CLASSIFIED]
    assert story.promise == at("11-22 00:00")


def test_what_is_not_the_centres_is_declined_with_a_reason() -> None:
    story = received()
    assert story.refuses(Decline, "11-20 09:00") == "a reason is required"
    assert story.refuses(Decline, "11-20 09:00", reason="  ") == "a reason is required"
    assert story.do(Decline, "11-20 09:00", reason=WHY) == [EntryType.DECLINED]
    assert story.told() == {"reason": WHY}
    assert (story.status, story.case.closed_at) == (Status.DECLINED, at("11-20 09:00"))
    assert story.state(Kind.PROMISE, "12-20 09:00") is State.ENDED


def test_what_was_handed_out_is_not_declined() -> None:
    assert "possible when it is received" in given().refuses(Decline, "11-20 10:00", reason=WHY)


def test_handing_out_takes_up_and_starts_the_units_clocks() -> None:
    story = received()
    assert story.do(Assign, "11-20 15:00", unit="U-CITY", unit_name="城管局") == [
        EntryType.ACCEPTED,
        EntryType.ASSIGNED,
    ]
    assert story.status is Status.TO_SIGN
    span = story.holder
    assert (span.number, span.unit_code, span.unit_name, span.assigned_at) == (1, "U-CITY", "城管局", at("11-20 15:00"))
    assert (span.sign_due.at, span.contact_due.at, span.finish_due.at) == (
        at("11-24 00:00"),
        at("11-21 15:00"),
        PROMISED,
    )


def test_the_first_holder_has_the_promise_however_little_is_left_of_it() -> None:
    story = received()
    story.do(Assign, "11-27 23:00", unit="U-CITY")
    assert story.holder.finish_due.at == PROMISED


def test_at_the_last_minute_a_case_goes_to_another_unit_and_the_promise_stays() -> None:
    story = handled()
    assert story.do(Assign, "11-27 23:59", unit="U-WATER", reason=WHY) == [EntryType.ASSIGNED]
    first, second = story.thread.spans
    assert (first.ended_at, first.end_reason) == (at("11-27 23:59"), "reassigned")
    assert story.promise == PROMISED, "the citizen's clock knows of no units"
    assert second.finish_due.at == at("12-01 00:00"), "one working day after Friday night is Monday"
    assert second.finish_due.rule == "2026-1/minimum_handling/limit"
    assert (second.signed_at, story.status) == (None, Status.TO_SIGN)
    assert story.state(Kind.PROMISE, "11-28 00:01") is State.OVERDUE
    assert story.state(Kind.FINISH, "11-28 00:01") is State.RUNNING
    assert story.state(Kind.FINISH, "11-28 00:01", "U-CITY") is State.ENDED


def test_a_unit_that_gets_it_early_has_the_promise_and_no_more() -> None:
    story = handled()
    story.do(Assign, "11-23 09:00", unit="U-WATER", reason=WHY)
    assert story.holder.finish_due == story.thread.promise


def test_taking_it_from_a_unit_needs_a_reason() -> None:
    assert handled().refuses(Assign, "11-23 09:00", unit="U-WATER") == (
        "a reason is required to take a case from one unit to another"
    )


def test_a_unit_is_not_given_what_it_holds() -> None:
    assert handled().refuses(Assign, "11-23 09:00", unit="U-CITY", reason=WHY) == "U-CITY holds the case already"


def test_what_is_finished_is_not_handed_out() -> None:
    assert "possible when it is received, to_assign, to_sign, handling" in finished().refuses(
        Assign, "11-24 09:00", unit="U-WATER", reason=WHY
    )


def test_a_move_about_a_report_that_is_not_there_is_refused() -> None:
    assert given().refuses(Sign, "11-20 10:00", report="grid:X") == "the report grid:X is not in this case"


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


def test_a_move_with_a_clock_that_is_slow_happens_at_the_last_thing_known() -> None:
    story = given()
    story.do(Sign, "11-20 08:59")
    assert story.holder.signed_at == story.holder.assigned_at == at("11-20 09:00")


def test_a_first_return_in_time_goes_back_at_once() -> None:
    story = given()
    assert story.do(Return, "11-24 23:59", reason=WHY) == [EntryType.RETURNED, EntryType.COLOURED]
    assert story.status is Status.TO_ASSIGN
    assert story.thread.holder is None
    assert (story.thread.spans[0].ended_at, story.thread.spans[0].end_reason) == (at("11-24 23:59"), "returned")
    assert story.case.colour is Colour.YELLOW
    assert story.promise == PROMISED


def test_a_return_needs_a_reason() -> None:
    assert given().refuses(Return, "11-23 09:00") == "a reason is required"


def test_a_late_return_is_refused() -> None:
    assert given().refuses(Return, "11-25 00:01", reason=WHY) == (
        "too late to return it: that was possible until 2026-11-24"
    )


def returned_once() -> Story:
    """Given back by U-CITY on Monday, and with U-WATER since 10:00 that day."""
    story = given()
    story.do(Return, "11-23 09:00", reason=WHY)
    story.do(Assign, "11-23 10:00", unit="U-WATER")
    return story


def test_a_second_return_is_asked_of_the_centre() -> None:
    story = returned_once()
    assert story.do(Return, "11-24 09:00", reason=WHY) == [EntryType.RETURN_ASKED]
    assert (story.status, story.holder.unit_code, story.thread.returns) == (Status.TO_SIGN, "U-WATER", 1)
    assert story.refuses(Return, "11-24 10:00", reason=WHY) == (
        "the county centre has not decided about the return that was asked for"
    )


def test_a_second_return_is_asked_for_in_time_too() -> None:
    assert "too late" in returned_once().refuses(Return, "11-26 00:01", reason=WHY)


def test_the_centre_takes_it_back() -> None:
    story = returned_once()
    story.do(Return, "11-24 09:00", reason=WHY)
    assert story.do(GrantReturn, "11-24 15:00") == [EntryType.RETURNED]
    assert (story.status, story.thread.returns, story.thread.extras.return_asked) == (Status.TO_ASSIGN, 2, False)
    assert story.thread.spans[-1].ended_at == at("11-24 15:00")


def test_the_centre_leaves_it_where_it_is() -> None:
    story = returned_once()
    story.do(Return, "11-24 09:00", reason=WHY)
    assert story.refuses(RefuseReturn, "11-24 15:00") == "a reason is required"
    assert story.do(RefuseReturn, "11-24 15:00", reason=WHY) == [EntryType.RETURN_REFUSED]
    assert (story.status, story.holder.unit_code, story.thread.extras.return_asked) == (
        Status.TO_SIGN,
        "U-WATER",
        False,
    )


def own_work() -> list[tuple[Story, list[type[Move]]]]:
    """What U-WATER and U-CITY asked for or handed in, and who may decide about it."""
    returning = returned_once()
    returning.do(Return, "11-24 09:00", reason=WHY)
    extending = handled()
    extending.do(AskExtension, "11-24 09:00", amount=3, reason=WHY)
    return [
        (returning, [GrantReturn, RefuseReturn]),
        (extending, [GrantExtension, RefuseExtension]),
        (finished(), [Approve, Reject]),
    ]


def test_a_unit_does_not_decide_about_its_own_work() -> None:
    for story, deciding in own_work():
        unit = story.holder.unit_code
        for kind in deciding:
            refused = story.refuses(kind, "11-24 10:00", by=unit, reason=WHY)
            assert refused == f"{unit} holds the report and can't decide about its own work"
        assert story.do(deciding[0], "11-24 10:00", by="U-ANOTHER", reason=WHY)


def test_a_unit_does_not_approve_its_own_pause() -> None:
    story = handled()
    refused = story.refuses(Pause, "11-24 09:00", by="desk", approver="U-CITY", reason=WHY)
    assert refused == "U-CITY holds the report and can't decide about its own work"
    assert story.do(Pause, "11-24 09:00", by="U-CITY", approver="centre", reason=WHY) == [EntryType.PAUSED]


@pytest.mark.parametrize("kind", [GrantReturn, RefuseReturn])
def test_the_centre_decides_only_what_it_was_asked(kind: type[Move]) -> None:
    assert given().refuses(kind, "11-23 09:00", reason=WHY) == "nobody has asked to return it"


def test_what_one_unit_asked_is_not_asked_by_the_next() -> None:
    story = returned_once()
    story.do(Return, "11-24 09:00", reason=WHY)
    story.do(Assign, "11-24 10:00", unit="U-ROADS", reason=WHY)
    assert story.refuses(GrantReturn, "11-24 11:00") == "nobody has asked to return it"
    assert story.do(Return, "11-24 12:00", reason=WHY) == [EntryType.RETURN_ASKED]


def test_a_paused_case_is_not_taken_back() -> None:
    story = returned_once()
    story.do(Sign, "11-23 11:00")
    story.do(Return, "11-24 09:00", reason=WHY)
    story.do(Pause, "11-24 10:00", reason=WHY, approver="centre")
    assert story.refuses(GrantReturn, "11-24 11:00") == "the case is paused; let it continue first"


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


def paused(**changes: Any) -> Story:
    """Standing still since Tuesday 09:00."""
    story = handled(**changes)
    story.do(Pause, "11-24 09:00", reason=WHY, approver="centre")
    return story


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


def test_a_finish_in_order_leads_to_the_visit() -> None:
    story = finished()
    assert story.do(Approve, "11-23 15:00") == [EntryType.REVIEWED]
    assert story.status is Status.TO_VISIT
    assert "possible when it is to_review" in story.refuses(Approve, "11-23 16:00")


def test_a_finish_sent_back_runs_on_as_if_it_had_not_been() -> None:
    story = finished()
    assert story.refuses(Reject, "11-23 15:00") == "a reason is required"
    assert story.do(Reject, "11-23 15:00", reason=WHY) == [EntryType.REJECTED]
    assert (story.status, story.thread.finished_at, story.holder.finished_at) == (Status.HANDLING, None, None)
    assert story.promise == PROMISED
    assert story.state(Kind.PROMISE, "11-28 00:01") is State.OVERDUE
    assert Kind.VISIT not in {clock.kind for clock in clocks_of(story.thread)}
    story.do(Finish, "11-24 12:00")
    assert story.thread.finished_at == at("11-24 12:00")


def test_only_a_finish_under_review_is_sent_back() -> None:
    assert "possible when it is to_review" in to_visit().refuses(Reject, "11-23 16:00", reason=WHY)


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


def test_a_unit_that_never_signed_has_to_when_its_finish_is_sent_back() -> None:
    story = given()
    story.hear(state="已处置", completeTime="2026-11-23 12:00:00")
    story.do(Reject, "11-23 15:00", reason=WHY)
    assert story.status is Status.TO_SIGN
    assert story.do(Sign, "11-23 16:00") == [EntryType.SIGNED]


def test_a_visit_writes_down_what_the_citizen_said() -> None:
    story = to_visit()
    assert story.do(
        RecordVisit, "11-24 10:00", reached=True, solved=False, satisfaction=Satisfaction.BASICALLY_SATISFIED
    ) == [EntryType.VISITED]
    assert story.thread.visit == (at("11-24 10:00"), True, False, Satisfaction.BASICALLY_SATISFIED)
    assert story.status is Status.TO_VISIT
    assert story.state(Kind.VISIT, "12-20 09:00") is State.MET


def test_who_was_not_reached_has_said_nothing() -> None:
    story = to_visit()
    sentence = "who was not reached has not answered"
    assert story.refuses(RecordVisit, "11-24 10:00", reached=False, solved=True) == sentence
    assert story.refuses(RecordVisit, "11-24 10:00", reached=False, satisfaction=Satisfaction.DISSATISFIED) == sentence


def test_nobody_is_visited_before_the_review() -> None:
    assert "possible when it is to_visit" in finished().refuses(RecordVisit, "11-24 10:00", reached=True)


def test_a_case_is_closed_after_a_visit() -> None:
    story = to_visit()
    sentence = "close it after a visit, or after 3 that reached nobody"
    assert story.refuses(Close, "11-24 09:00") == sentence
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=True)
    assert story.do(Close, "11-24 11:00") == [EntryType.CLOSED]
    assert (story.status, story.case.closed_at) == (Status.CLOSED, at("11-24 11:00"))
    assert (story.thread.spans[-1].ended_at, story.thread.spans[-1].end_reason) == (at("11-24 11:00"), "closed")


def test_a_case_is_closed_after_three_visits_that_reached_nobody() -> None:
    story = to_visit()
    for day in (24, 25):
        story.do(RecordVisit, f"11-{day} 10:00", reached=False)
        assert "close it after a visit" in story.refuses(Close, f"11-{day} 11:00")
    story.do(RecordVisit, "11-26 10:00", reached=False)
    assert story.do(Close, "11-26 11:00") == [EntryType.CLOSED]


def test_a_case_is_not_closed_from_a_units_desk() -> None:
    assert "possible when it is to_visit" in handled().refuses(Close, "11-24 11:00")


def test_the_clocks_of_a_closed_case_are_frozen() -> None:
    story = closed()
    for kind, state in (
        (Kind.SIGN, State.MET),
        (Kind.CONTACT, State.LATE),  # nobody ever called, and the case stayed open past the day
        (Kind.FINISH, State.MET),
        (Kind.PROMISE, State.MET),
        (Kind.VISIT, State.MET),
    ):
        assert story.state(kind, "11-24 11:00") is story.state(kind, "12-30 11:00") is state, kind


def dissatisfied() -> Story:
    story = to_visit()
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=False, satisfaction=Satisfaction.DISSATISFIED)
    return story


def test_an_unsolved_matter_goes_to_the_same_unit_in_another_round() -> None:
    story = dissatisfied()
    assert story.refuses(Redo, "11-24 11:00") == "a reason is required"
    assert story.do(Redo, "11-24 11:00", reason=WHY) == [EntryType.REDONE, EntryType.ASSIGNED]
    first, second = story.thread.spans
    assert (first.ended_at, first.end_reason, first.finished_at) == (at("11-24 11:00"), "redone", at("11-23 12:00"))
    assert (second.unit_code, second.unit_name, second.assigned_at, second.signed_at) == (
        "U-CITY",
        "城管局",
        at("11-24 11:00"),
        None,
    )
    assert (story.status, story.case.round, story.thread.finished_at) == (Status.TO_SIGN, 2, None)
    assert story.promise == PROMISED
    assert story.state(Kind.PROMISE, "11-28 00:01") is State.OVERDUE


def test_only_what_waits_for_its_visit_is_redone() -> None:
    assert "possible when it is to_visit" in closed().refuses(Redo, "11-25 10:00", reason=WHY)


def test_each_round_raises_the_colour_as_the_rules_say() -> None:
    story = to_visit()
    colours = []
    for day in (24, 25, 26):
        story.do(Redo, f"11-{day} 09:00", reason=WHY)
        colours.append(story.case.colour)
        story.do(Sign, f"11-{day} 10:00")
        story.do(Finish, f"11-{day} 11:00")
        story.do(Approve, f"11-{day} 12:00")
    assert colours == [Colour.BLUE, Colour.ORANGE, Colour.RED]
    assert story.case.round == 4


def second_round_visit() -> Story:
    """Visited in the first round, redone, and finished again on Wednesday."""
    story = dissatisfied()
    story.do(Redo, "11-24 11:00", reason=WHY)
    story.do(Sign, "11-24 12:00")
    story.do(Finish, "11-25 12:00")
    story.do(Approve, "11-25 13:00")
    return story


def test_a_new_round_is_closed_after_a_visit_of_its_own() -> None:
    story = second_round_visit()
    assert "close it after a visit" in story.refuses(Close, "11-25 14:00")
    story.do(RecordVisit, "11-26 10:00", reached=True, solved=True)
    assert story.do(Close, "11-26 11:00") == [EntryType.CLOSED]


def test_the_visit_of_one_round_does_not_stop_the_clock_of_the_next() -> None:
    assert second_round_visit().state(Kind.VISIT, "11-27 00:01") is State.OVERDUE


def test_calls_that_reached_nobody_count_in_their_own_round() -> None:
    story = to_visit()
    for hour in (9, 10, 11):
        story.do(RecordVisit, f"11-24 {hour:02}:00", reached=False)
    story.do(Redo, "11-24 12:00", reason=WHY)
    story.do(Sign, "11-24 13:00")
    story.do(Finish, "11-25 12:00")
    story.do(Approve, "11-25 13:00")
    assert "close it after a visit" in story.refuses(Close, "11-25 14:00")


def test_a_closed_case_is_opened_again_for_its_last_unit() -> None:
    story = closed()
    assert story.refuses(Reopen, "12-01 09:00") == "a reason is required"
    assert story.do(Reopen, "12-01 09:00", reason=WHY) == [EntryType.REOPENED, EntryType.ASSIGNED]
    assert (story.status, story.case.round, story.case.closed_at) == (Status.TO_SIGN, 2, None)
    assert story.thread.finished_at is None
    assert (story.holder.unit_code, story.holder.assigned_at) == ("U-CITY", at("12-01 09:00"))
    assert story.promise == story.holder.finish_due.at == at("12-09 00:00"), "a new round has a promise of its own"


def test_a_unit_has_a_case_that_was_opened_again_from_then_on() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    done = heard(updateTime="2026-11-24 12:00:00", organizationCode="")
    told = done.milestones._replace(stage=Status.CLOSED, finished_at=at("11-23 12:00"), closed_at=at("11-24 12:00"))
    story.hear(done._replace(milestones=told))
    story.do(Reopen, "11-24 11:00", reason=WHY)  # a slow clock
    assert story.holder.assigned_at == at("11-24 12:00"), "not before it was closed"


def test_only_a_closed_case_is_opened_again() -> None:
    assert "possible when it is closed" in to_visit().refuses(Reopen, "11-24 10:00", reason=WHY)


def test_calls_that_reached_nobody_do_not_close_a_case_that_was_opened_again() -> None:
    story = to_visit()
    for hour in (9, 10, 11):
        story.do(RecordVisit, f"11-24 {hour:02}:00", reached=False)
    story.do(Close, "11-24 12:00")
    story.do(Reopen, "12-01 09:00", reason=WHY)
    story.do(Sign, "12-01 10:00")
    story.do(Finish, "12-01 11:00")
    story.do(Approve, "12-01 12:00")
    assert "close it after a visit" in story.refuses(Close, "12-01 13:00")


def test_opening_a_case_of_two_reports_again_is_one_round() -> None:
    story = two_reports()
    for kind, more in ((Sign, {}), (Finish, {}), (Approve, {}), (RecordVisit, {"reached": True}), (Close, {})):
        story.do(kind, "11-24 10:00", **more)
    assert story.status is Status.CLOSED
    story.do(Reopen, "12-01 09:00", reason=WHY)
    assert [thread.status for thread in story.case.threads] == [Status.TO_SIGN, Status.TO_SIGN]
    assert story.case.round == 2


def two_reports() -> Story:
    story = given()
    story.hear(heard(orderNum="DH2", organizationCode="U-WATER"), link="DH2026112000001")
    return story


def test_a_move_that_names_no_report_is_for_all_it_fits() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00", report="hotline12345:DH2")
    assert story.do(Sign, "11-20 11:00") == [EntryType.SIGNED]
    assert [thread.holder.signed_at for thread in story.case.threads if thread.holder] == [
        at("11-20 11:00"),
        at("11-20 10:00"),
    ]


def test_a_move_that_only_some_reports_take_says_which_it_was_refused_for() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00", report="hotline12345:DH2")
    decision = decide(story.case, Sign(by="desk", at=at("11-20 11:00")), RULES)
    ((report, refusal),) = decision.refusals
    assert report == "hotline12345:DH2"
    assert str(refusal) == "not possible while the case is handling; possible when it is to_sign"
    assert decide(decision.case, Finish(by="desk", at=at("11-20 12:00")), RULES).refusals == ()


def whistled() -> Story:
    """U-CITY called the fire brigade on Monday at 09:00."""
    story = handled()
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",))
    return story


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


def test_a_department_is_rated_one_to_five_for_what_it_did() -> None:
    story = whistled()
    assert story.refuses(Rate, "11-23 10:00", unit="U-FIRE", rating=3) == "the part of U-FIRE is not done yet"
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-24 10:00", unit="U-FIRE")
    for rating in (0, 6):
        assert story.refuses(Rate, "11-24 11:00", unit="U-FIRE", rating=rating) == "a rating is 1 to 5"


def rated() -> Story:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-24 10:00", unit="U-FIRE")
    story.do(Rate, "11-24 11:00", unit="U-FIRE", rating=2)
    return story


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


@pytest.mark.parametrize(
    ("complexity", "due"),
    [
        (Complexity.SIMPLE, "11-22 00:00"),
        (Complexity.GENERAL, "11-28 00:00"),
        (Complexity.COMPLEX, "12-11 00:00"),
    ],
)
def test_a_dispute_has_one_seven_or_twenty_days(complexity: Complexity, due: str) -> None:
    story = dispute()
    assert story.do(Classify, "11-20 09:00", complexity=complexity, reason=WHY) == [EntryType.CLASSIFIED]
    assert (story.promise, story.thread.promise.rule) == (at(due), f"2026-1/finish/dispute-{complexity}")
    assert story.thread.extras.complexity is complexity


def test_a_hard_dispute_is_complex_until_somebody_says_otherwise() -> None:
    story = dispute(hard=True)
    assert story.promise == at("12-11 00:00")
    story.do(Classify, "11-20 09:00", complexity=Complexity.GENERAL, reason=WHY)
    assert story.promise == at("11-28 00:00")


def test_the_units_clock_follows_the_class() -> None:
    story = dispute()
    story.do(Assign, "11-20 09:00", unit="U-CITY")
    story.do(Classify, "11-20 10:00", complexity=Complexity.COMPLEX, reason=WHY)
    assert story.holder.finish_due == story.thread.promise
    story.do(Assign, "11-23 09:00", unit="U-WATER", reason=WHY)
    story.do(Classify, "11-23 10:00", complexity=Complexity.SIMPLE, reason=WHY)
    assert story.promise == at("11-22 00:00")
    assert story.holder.finish_due.at == at("11-25 00:00"), "never less than the minimum"


def test_a_date_of_the_source_does_not_follow_the_class() -> None:
    story = dispute(milestones=Milestones(due_at=at("12-24 12:00")))
    assert story.do(Classify, "11-20 09:00", complexity=Complexity.SIMPLE) == [EntryType.CLASSIFIED]
    assert story.promise == at("12-24 12:00")


def test_a_class_that_moves_the_promise_has_a_reason() -> None:
    story = dispute()
    assert story.refuses(Classify, "11-20 09:00", complexity=Complexity.SIMPLE) == (
        "a reason is required: the promise would move to 2026-11-21"
    )
    assert story.do(Classify, "11-20 09:00", complexity=Complexity.GENERAL) == [EntryType.CLASSIFIED], "nothing moves"
    assert story.do(Classify, "11-20 10:00", complexity=Complexity.SIMPLE, reason=WHY) == [EntryType.CLASSIFIED]
    assert story.told()["reason"] == WHY


def test_a_dispute_is_not_classified_as_what_it_is() -> None:
    story = dispute()
    story.do(Classify, "11-20 09:00", complexity=Complexity.COMPLEX, reason=WHY)
    assert story.refuses(Classify, "11-20 10:00", complexity=Complexity.COMPLEX, reason=WHY) == (
        "it is classified as complex already"
    )


def test_only_a_dispute_has_a_class() -> None:
    sentence = "only a dispute is simple, general or complex; this is complaint"
    assert given().refuses(Classify, "11-20 10:00", complexity=Complexity.SIMPLE, reason=WHY) == sentence
    story = received()
    assert story.refuses(Accept, "11-20 09:00", complexity=Complexity.SIMPLE) == sentence
    assert story.status is Status.RECEIVED


def test_a_finished_dispute_keeps_its_class() -> None:
    assert "not possible while" in finished().refuses(Classify, "11-24 09:00", complexity=Complexity.SIMPLE)


def test_a_person_lowers_a_colour_with_a_reason() -> None:
    story = handled(isHardOrder=1)
    assert story.refuses(SetColour, "11-20 11:00", colour=Colour.BLUE) == "a reason is required"
    assert story.do(SetColour, "11-20 11:00", colour=Colour.BLUE, reason=WHY) == [EntryType.COLOURED]
    assert story.told() == {"colour": "blue", "rule": "person", "rules_colour": "orange", "reason": WHY}
    assert story.case.colour is Colour.BLUE
    assert story.refuses(SetColour, "11-20 12:00", colour=Colour.BLUE, reason=WHY) == "it has that colour"


def test_a_lowered_colour_rises_again_by_a_graver_clause_only() -> None:
    story = handled(isHardOrder=1)
    story.do(SetColour, "11-20 11:00", colour=Colour.BLUE, reason=WHY)
    colours = []
    story.do(Return, "11-20 12:00", reason=WHY)
    colours.append(story.case.colour)  # a return is yellow, and orange was lowered
    for urgency in ("紧急", "特急"):
        story.hear(isHardOrder=1, updateTime="2026-11-20 13:00:00", pilotLight=urgency)
        colours.append(story.case.colour)
    assert colours == [Colour.BLUE, Colour.BLUE, Colour.RED]


def test_a_person_raises_a_colour_too() -> None:
    story = handled()
    story.do(SetColour, "11-20 11:00", colour=Colour.RED, reason=WHY)
    assert story.case.colour is Colour.RED


def test_an_ended_case_keeps_its_colour() -> None:
    assert closed().refuses(SetColour, "11-25 09:00", colour=Colour.RED, reason=WHY) == (
        "a case that has ended keeps its colour"
    )


def test_a_third_unit_that_lets_it_go_raises_it_to_orange() -> None:
    story = handled()
    colours = []
    for unit in ("U-A", "U-B", "U-C"):
        story.do(Assign, "11-23 09:00", unit=unit, reason=WHY)
        colours.append(story.case.colour)
    assert colours == [Colour.BLUE, Colour.BLUE, Colour.ORANGE]
    assert story.told()["rule"] == "2026-1/handed over"


def test_the_level_above_takes_charge() -> None:
    story = handled()
    assert story.refuses(Escalate, "11-23 09:00") == "a reason is required"
    assert story.do(Escalate, "11-23 09:00", reason=WHY) == [EntryType.ESCALATED]
    assert story.overlays("11-23 09:00") == {Overlay.ESCALATED}
    assert story.status is Status.HANDLING
    assert closed().refuses(Escalate, "11-25 09:00", reason=WHY) == "the case has ended"


NEW_YEAR = {date(2027, 1, 1): (False, "元旦"), date(2027, 1, 4): (False, "元旦")}
WITH_2027 = replace(RULES, calendar=Calendar("with-2027", NEW_YEAR, frozenset({2027})))


def new_years_eve() -> Story:
    """Told of on 2026-12-31: five working days end in a year without a notice."""
    story = Story()
    story.hear(callTime="2026-12-31 08:00:00", dispatchTime="2026-12-31 09:00:00", updateTime="2026-12-31 09:00:00")
    return story


def test_a_published_year_dates_again_what_rested_on_it() -> None:
    story = new_years_eve()
    assert story.thread.promise.provisional
    assert story.promise == at("12-31 00:00") + timedelta(days=9), "to 8 January, Monday to Friday"
    story.rules = WITH_2027
    assert story.do(Redate, "12-31 10:00") == [EntryType.REDATED]
    assert story.told()["calendar"] == "with-2027"
    assert story.promise == at("12-31 00:00") + timedelta(days=12), "to 11 January, for the 4th is off"
    assert not story.thread.promise.provisional
    assert story.holder.finish_due == story.thread.promise
    assert not story.holder.sign_due.provisional
    assert story.holder.sign_due.at == at("12-31 00:00") + timedelta(days=6), "Tuesday the 5th"
    assert story.do(Redate, "12-31 11:00") == [], "there is nothing left"


def test_a_year_still_unpublished_dates_nothing() -> None:
    assert new_years_eve().do(Redate, "12-31 10:00") == []


def test_a_published_year_dates_again_what_departments_had() -> None:
    story = new_years_eve()
    story.do(Sign, "12-31 10:00")
    story.do(Whistle, "12-31 11:00", units=("U-FIRE",))
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    span = story.helper().span
    assert not span.finish_due.provisional
    assert last_day(span.finish_due.at) == date(2027, 1, 7), "the third working day of the published year"
    assert story.do(Redate, "12-31 13:00") == []


def test_a_published_year_dates_the_visit_again() -> None:
    story = new_years_eve()
    story.do(Sign, "12-31 10:00")
    story.do(Finish, "12-31 11:00")
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    assert story.thread.visit_due is not None
    assert (story.thread.visit_due.provisional, story.thread.visit_due.at) == (
        False,
        at("12-31 00:00") + timedelta(days=6),
    )


def test_an_ended_case_keeps_its_dates() -> None:
    story = Story()
    story.hear(**TO_HAND_OUT, callTime="2026-12-31 08:00:00", updateTime="2026-12-31 08:00:00")
    story.do(Decline, "12-31 09:00", reason=WHY)
    story.rules = WITH_2027
    assert story.do(Redate, "12-31 10:00") == []


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


SECOND = "grid:WG2026112000001"


def of_the_grid() -> Story:
    """The grid's own case of the same matter."""
    story = Story()
    story.hear(translated(GRID, event()))
    return story


def test_a_merged_case_goes_on_in_the_other() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    assert cabinet.reports(1) == [ORDER, SECOND]
    assert (cabinet.cases[2].status, cabinet.cases[2].merged_into) == (Status.MERGED, 1)
    end = cabinet.journals[2][-1]
    assert (end.type, end.occurred_at, end.actor, end.payload) == (
        EntryType.MERGED,
        at("11-24 09:00"),
        "desk",
        {"into": 1, "reason": WHY},
    )


def test_in_a_merged_case_nobody_moves() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    story = of_the_grid()
    story.case = cabinet.cases[2]
    assert story.refuses(Sign, "11-24 10:00") == "the case went on in another one; act there"


def test_what_went_on_elsewhere_is_neither_late_nor_watched_here() -> None:
    grid = of_the_grid()
    grid.do(Escalate, "11-20 10:00", reason=WHY)
    cabinet = Cabinet(handled(), grid)
    cabinet.merge(2, 1)
    grid.case = cabinet.cases[2]
    assert grid.overlays("12-30 09:00") == set()


def test_each_report_keeps_its_own_clocks_in_the_case_they_share() -> None:
    grid = of_the_grid()
    promised = grid.promise
    cabinet = Cabinet(handled(), grid)
    cabinet.merge(2, 1)
    first, second = cabinet.cases[1].threads
    assert (first.promise.at, second.promise.at) == (PROMISED, promised)
    assert [span.number for thread in (first, second) for span in thread.spans] == [1, 2]


def test_pauses_and_extensions_go_with_the_report() -> None:
    story = paused()
    story.do(Continue, "11-25 09:00")
    story.do(AskExtension, "11-25 10:00", amount=2, reason=WHY)
    story.do(GrantExtension, "11-25 11:00")
    story.do(Pause, "11-25 12:00", reason=WHY, approver="centre")
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1, "11-26 09:00")
    moved = cabinet.cases[1].thread(ORDER)
    assert moved is not None
    assert moved.extras == story.thread.extras
    assert (moved.promise, moved.original_due_at) == (story.thread.promise, story.thread.original_due_at)
    assert moved.paused_at == at("11-25 12:00")


def test_what_departments_did_goes_with_the_report() -> None:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-23 11:00", unit="U-FIRE")
    story.do(Rate, "11-23 12:00", unit="U-FIRE", rating=5)
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1)
    moved = cabinet.cases[1].thread(ORDER)
    assert moved is not None
    (helper,) = moved.extras.helpers
    assert helper == story.helper()._replace(span=story.helper().span._replace(number=3))
    assert helper.rating == 5


def test_a_report_goes_back_to_the_case_it_came_from() -> None:
    grid = of_the_grid()
    cabinet = Cabinet(handled(), grid)
    before = cabinet.cases[2]
    cabinet.merge(2, 1)
    cabinet.split(1, SECOND, 2)
    assert cabinet.reports(1) == [ORDER]
    assert cabinet.cases[2].threads == before.threads
    assert cabinet.cases[2].merged_into is None
    assert kinds(cabinet.journals[2])[-2:] == [EntryType.REGISTERED, EntryType.ASSIGNED]
    split_off = cabinet.journals[1][-1]
    assert (split_off.type, split_off.report, split_off.payload) == (
        EntryType.SPLIT,
        SECOND,
        {"into": 2, "reason": WHY},
    )


def test_a_report_that_went_back_may_come_again() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    cabinet.split(1, SECOND, 2)
    cabinet.merge(2, 1, "11-26 09:00")
    assert cabinet.reports(1) == [ORDER, SECOND]
    numbers = [span.number for thread in cabinet.cases[1].threads for span in thread.spans]
    assert numbers == [1, 3], "the numbers of the first time are not given again"
    cabinet.split(1, SECOND, 2, "11-27 09:00")
    assert cabinet.reports(2) == [SECOND]


def test_a_report_leaves_for_a_case_of_its_own() -> None:
    cabinet = Cabinet(two_reports())
    cabinet.split(1, "hotline12345:DH2", 9)
    assert cabinet.reports(1) == [ORDER]
    assert cabinet.reports(9) == ["hotline12345:DH2"]
    assert cabinet.cases[9].lead.spans[0].number == 1


def test_what_departments_did_for_a_report_that_leaves_goes_with_it() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00")
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",), report="hotline12345:DH2")
    story.do(Sign, "11-23 10:00", unit="U-FIRE", report="hotline12345:DH2")
    cabinet = Cabinet(story)
    cabinet.split(1, "hotline12345:DH2", 9)
    (helper,) = cabinet.cases[9].lead.extras.helpers
    assert (helper.span.number, helper.span.signed_at) == (2, at("11-23 10:00"))


def test_a_case_that_came_back_counts_its_rounds_once() -> None:
    story = closed()
    story.do(Reopen, "12-01 09:00", reason=WHY)
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1, "12-02 09:00")
    cabinet.split(1, ORDER, 2, "12-03 09:00")
    assert cabinet.cases[2].round == story.case.round == 2


def test_what_has_gone_on_elsewhere_is_not_merged() -> None:
    cabinet = Cabinet(handled(), of_the_grid(), dispute())
    cabinet.merge(2, 1)
    for child, parent in ((2, 3), (3, 2)):
        with pytest.raises(Refused, match="a case that went on in another can't be merged"):
            cabinet.merge(child, parent)


def test_a_case_keeps_at_least_one_report() -> None:
    cabinet = Cabinet(handled())
    with pytest.raises(Refused, match="the only report of a case can't be split from it"):
        cabinet.split(1, ORDER, 9)
    with pytest.raises(Refused, match="the report grid:X is not in this case"):
        cabinet.split(1, "grid:X", 9)


def test_a_report_does_not_leave_from_where_it_no_longer_is() -> None:
    cabinet = Cabinet(two_reports(), of_the_grid())
    cabinet.merge(1, 2)
    with pytest.raises(Refused, match="the case went on in another one; act there"):
        cabinet.split(1, ORDER, 9)


def test_a_report_does_not_go_back_to_a_case_that_lives_by_itself() -> None:
    cabinet = Cabinet(two_reports(), of_the_grid())
    with pytest.raises(Refused, match="the case it would go back to goes on by itself"):
        cabinet.split(1, ORDER, 2)


def test_the_last_fifth_of_the_time_is_due_soon_and_then_it_is_overdue() -> None:
    story = handled()  # 184 hours; the last fifth begins 36.8 hours before the end
    assert story.overlays("11-26 11:11") == set()
    assert story.overlays("11-26 11:12") == {Overlay.DUE_SOON}
    assert story.overlays("11-28 00:00") == {Overlay.DUE_SOON}
    assert story.overlays("11-28 00:01") == {Overlay.OVERDUE}


def test_a_late_finish_is_finished_late_for_ever() -> None:
    story = handled()
    story.do(Finish, "11-28 00:01")
    assert story.overlays("11-28 00:01") == {Overlay.FINISHED_LATE}
    story.do(Approve, "11-28 09:00")
    story.do(RecordVisit, "11-28 10:00", reached=True)
    story.do(Close, "11-28 11:00")
    assert story.overlays("12-30 00:00") == {Overlay.FINISHED_LATE}
    assert closed().overlays("12-30 00:00") == set()


def test_a_deadline_on_an_unpublished_year_is_provisional() -> None:
    assert Overlay.PROVISIONAL in new_years_eve().overlays("12-31 10:00")


def test_what_stands_still_is_neither_due_soon_nor_overdue() -> None:
    assert paused().overlays("11-27 23:00") == paused().overlays("12-30 00:00") == {Overlay.PAUSED}


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (ReminderKind.REMIND, set()),
        (ReminderKind.URGE, {Overlay.URGED}),
        (ReminderKind.NOTICE, {Overlay.URGED}),
        (ReminderKind.SUPERVISE, {Overlay.SUPERVISED}),
    ],
)
def test_urging_shows_until_something_moves(kind: ReminderKind, shown: set[Overlay]) -> None:
    story = given()
    assert story.do(Remind, "11-23 09:00", kind=kind, unit="U-CITY") == [EntryType.REMINDED]
    assert story.thread.extras.reminders == ((BY_HAND, kind, at("11-23 09:00"), "U-CITY"),)
    assert story.overlays("11-23 10:00") == shown
    story.do(Sign, "11-23 11:00")
    assert story.overlays("11-23 12:00") == set()


def test_the_graver_urging_is_the_one_shown() -> None:
    story = handled()
    story.do(Remind, "11-23 09:00", kind=ReminderKind.SUPERVISE, unit="U-CITY")
    story.do(Remind, "11-23 10:00", kind=ReminderKind.URGE, unit="U-CITY")
    assert story.overlays("11-23 10:00") == {Overlay.SUPERVISED}


def test_nobody_is_urged_about_what_has_ended() -> None:
    assert closed().refuses(Remind, "11-25 09:00", kind=ReminderKind.URGE, unit="U-CITY") == "the case has ended"


def test_nothing_is_watched_before_it_began() -> None:
    story = handled()
    story.do(Escalate, "11-23 09:00", reason=WHY)
    story.do(Remind, "11-23 09:00", kind=ReminderKind.URGE, unit="U-CITY")
    assert story.overlays("11-23 08:59") == set()
    assert story.overlays("11-23 09:00") == {Overlay.ESCALATED, Overlay.URGED}


def due_steps(story: Story, when: str) -> list[Rung]:
    return list(rungs(story.case, at(when), RULES.ladder.newest, RULES.calendar))


def climb(story: Story, when: str) -> list[str]:
    """The steps that are due, taken."""
    steps = due_steps(story, when)
    for rung in steps:
        story.do(Remind, when, kind=rung.step.kind, unit=rung.unit_code, step=rung.step.name, report=rung.report)
    return [rung.step.name for rung in steps]


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


def test_what_a_person_decided_stands_while_the_source_repeats_itself() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    assert story.hear(updateTime="2026-11-20 11:00:00") == []
    assert story.status is Status.TO_ASSIGN
    story.do(Assign, "11-20 12:00", unit="U-WATER")
    assert story.hear(updateTime="2026-11-20 13:00:00") == []
    assert story.holder.unit_code == "U-WATER"


def test_a_repeated_record_may_still_correct_what_the_matter_is() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    assert story.hear(pilotLight="紧急", updateTime="2026-11-20 11:00:00") == [EntryType.REVISED]
    assert story.status is Status.TO_ASSIGN


def test_a_closed_case_stays_closed_while_the_source_repeats_itself() -> None:
    story = closed()
    assert story.hear(updateTime="2026-11-25 09:00:00") == []
    assert story.status is Status.CLOSED


def test_a_finish_sent_back_here_stands_while_the_source_repeats_it() -> None:
    done = {"state": "已处置", "signTime": "2026-11-20 10:00:00", "completeTime": "2026-11-23 12:00:00"}
    story = handled()
    story.hear(**done)
    story.do(Reject, "11-23 15:00", reason=WHY)
    assert story.hear(**done, updateTime="2026-11-23 16:00:00") == []
    assert story.status is Status.HANDLING


def test_what_a_person_decided_gives_way_when_the_source_names_another_unit() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    story.hear(organizationCode="U-WATER", dispatchTime="2026-11-20 11:00:00", updateTime="2026-11-20 11:00:00")
    assert (story.status, story.holder.unit_code) == (Status.TO_SIGN, "U-WATER")


def test_what_a_person_decided_gives_way_when_the_source_goes_on() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    done = {"state": "待回访", "completeTime": "2026-11-23 12:00:00", "updateTime": "2026-11-23 12:00:00"}
    story.hear(**done)
    assert (story.status, story.thread.finished_at) == (Status.TO_VISIT, at("11-23 12:00"))
    assert story.hear(**done) == []


def test_after_it_gave_way_the_source_is_followed_as_before() -> None:
    story = given()
    story.do(Sign, "11-20 10:00")
    story.hear(organizationCode="U-WATER", dispatchTime="2026-11-20 11:00:00", updateTime="2026-11-20 11:00:00")
    story.hear(
        organizationCode="U-WATER",
        dispatchTime="2026-11-20 11:00:00",
        signTime="2026-11-20 12:00:00",
        updateTime="2026-11-20 12:00:00",
    )
    assert story.holder.signed_at == at("11-20 12:00")
    assert not story.thread.extras.by_hand


def test_a_continued_deadline_stands_while_the_source_repeats_itself() -> None:
    story = paused()
    story.do(Continue, "12-02 15:00")
    assert story.hear(updateTime="2026-12-02 16:00:00") == []
    assert story.promise == at("12-08 00:00")


def test_a_class_stands_while_the_source_repeats_itself() -> None:
    story = dispute()
    story.do(Classify, "11-20 09:00", complexity=Complexity.COMPLEX, reason=WHY)
    again = Report(
        HOTLINE, "D1", at("11-20 10:00"), at("11-20 08:00"), appeal=Appeal.DISPUTE, category=Category.NEIGHBOURS
    )
    assert story.hear(again) == []
    assert story.promise == at("12-11 00:00")


def test_an_extension_of_the_source_is_not_told_twice_when_the_case_stood_still() -> None:
    more = {"delayDeadlineDate": "2026-12-04", "deadlineDate": "2026-11-27"}
    story = paused(**more)
    story.do(Continue, "11-25 09:00")
    promised = story.promise
    assert story.hear(**more, updateTime="2026-11-25 10:00:00") == []
    assert story.promise == promised


def test_the_source_goes_on_in_the_same_breath_as_it_corrects_something() -> None:
    story = given()
    story.do(Return, "11-20 10:00", reason=WHY)
    story.hear(pilotLight="紧急", state="待回访", completeTime="2026-11-23 12:00:00", updateTime="2026-11-23 12:00:00")
    assert story.status is Status.TO_VISIT


def test_what_the_source_said_without_effect_is_remembered_as_said() -> None:
    story = given()
    story.do(Sign, "11-20 10:00")
    story.hear(state="待处置", updateTime="2026-11-20 11:00:00")  # nothing to write: it is being handled
    story.do(Return, "11-20 12:00", reason=WHY)
    assert story.hear(state="待处置", updateTime="2026-11-20 13:00:00") == []
    assert story.status is Status.TO_ASSIGN


def test_a_source_that_finishes_what_stands_still_is_in_time() -> None:
    story = paused()
    story.hear(state="待回访", completeTime="2026-12-20 12:00:00", updateTime="2026-12-20 12:00:00")
    assert story.state(Kind.PROMISE, "12-20 12:00") is State.MET
    assert story.thread.paused_at is None


def test_a_visit_that_reached_nobody_does_not_put_an_answer_aside() -> None:
    story = to_visit()
    story.do(RecordVisit, "11-24 09:00", reached=False)
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=True)
    assert story.refuses(RecordVisit, "11-24 11:00", reached=False) == (
        "the citizen has answered in this round; a visit that reached nobody would put that aside"
    )
    assert story.do(RecordVisit, "11-24 12:00", reached=True, solved=False) == [EntryType.VISITED]
    story.do(Redo, "11-24 13:00", reason=WHY)
    for kind, more in ((Sign, {}), (Finish, {}), (Approve, {}), (RecordVisit, {"reached": False})):
        story.do(kind, "11-25 10:00", **more)
    assert story.thread.answer is not None
    assert story.thread.answer.reached is False, "another round asks anew"


def test_a_visit_that_reached_nobody_is_folded_in_when_the_source_says_so() -> None:
    told = {"state": "待回访", "completeTime": "2026-11-23 12:00:00"}
    story = handled()
    story.hear(**told, visitTime="2026-11-24 10:00:00", visitCallIsConnected="1", updateTime="2026-11-24 10:00:00")
    story.hear(**told, visitTime="2026-11-25 10:00:00", visitCallIsConnected="0", updateTime="2026-11-25 10:00:00")
    assert story.thread.answer is not None
    assert (story.thread.answer.at, story.thread.answer.reached) == (at("11-25 10:00"), False)


def test_merging_and_splitting_by_hand_say_why() -> None:
    first, second = handled(), dispute()
    with pytest.raises(Refused, match="a reason is required"):
        merge(second.case, second.entries, first.case, 1, Merge(by="desk", at=at("11-23 10:00"), reason=" "))
    to_parent, to_child = merge(second.case, second.entries, first.case, 1)
    assert to_child.entries[-1].payload == {"into": 1}, "the sources' own link needs none"
    move = Split(by="desk", at=at("11-23 11:00"), report="hotline12345:D1")
    with pytest.raises(Refused, match="a reason is required"):
        split(to_parent.case, [*first.entries, *to_parent.entries], to_child.case, 2, move)
