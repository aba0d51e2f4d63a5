"""Taking a case up, declining it, and giving it to a unit: when it is allowed, and how the clocks stand then."""

from casework.clocks import Kind, State
from casework.moves import Accept, Assign, Decline
from casework.vocabulary import Complexity, EntryType, Status
from tests.casework.stages import PROMISED, WHY, dispute, finished, given, handled, received
from tests.records import at


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
