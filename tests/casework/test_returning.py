"""A unit sends a case back: at once, or by leave of the county centre."""

from casework.moves import GrantReturn, Pause, RefuseReturn, Return, Sign
from casework.vocabulary import Colour, EntryType, Status
from tests.casework.stages import PROMISED, WHY, given, returned_once
from tests.records import at


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


def test_a_paused_case_is_not_taken_back() -> None:
    story = returned_once()
    story.do(Sign, "11-23 11:00")
    story.do(Return, "11-24 09:00", reason=WHY)
    story.do(Pause, "11-24 10:00", reason=WHY, approver="centre")
    assert story.refuses(GrantReturn, "11-24 11:00") == "the case is paused; let it continue first"
