"""撤销: an assignment that is undone in time leaves the report as it was, and its entries in the journal."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from casework.assigning import can_be_taken_back
from casework.case import Case, Entry, Thread
from casework.evolve import fold
from casework.indicators import SpanKey
from casework.ladder import rungs
from casework.lifecycle import Merge, Split, merge, split
from casework.moves import (
    TAKE_BACK_WITHIN,
    Assign,
    Continue,
    Finish,
    GrantReturn,
    Move,
    Pause,
    Redo,
    Return,
    Sign,
    TakeBack,
    Whistle,
)
from casework.past import pasts
from casework.vocabulary import Colour, EntryType, Status
from tests.casework.stories import RULES, TO_HAND_OUT, Story, heard
from tests.records import at

WHY = "事由"


def held() -> Story:
    """With the city's managers since Friday 09:00."""
    story = Story(RULES)
    story.hear()
    return story


def given(when: str = "11-20 10:00", **more: Any) -> Story:
    """Given on to the water works by the desk."""
    story = held()
    story.do(Assign, when, unit="U-WATER", reason=WHY, **more)
    return story


def untold(thread: Thread) -> Thread:
    """The report without what only remembers that a person decided."""
    return thread._replace(extras=thread.extras._replace(by_hand=False, given=None))


def test_the_unit_before_holds_it_on_with_its_clocks_as_if_it_had_never_left() -> None:
    story = held()
    before = story.thread
    story.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    assert story.holder.unit_code == "U-WATER"
    assert story.do(TakeBack, "11-20 10:09") == [EntryType.TAKEN_BACK]
    assert untold(story.thread) == untold(before)
    assert story.holder == before.holder
    assert story.thread.extras.by_hand, "a person decided"
    assert story.told() == {"span": 2, "unit": "U-WATER", "unit_name": None, "back_to": "U-CITY"}


def test_the_journal_alone_tells_it_as_it_was_stored() -> None:
    story = given()
    story.do(TakeBack, "11-20 10:05")
    assert fold(story.entries) == story.case
    assert fold([_stored(entry) for entry in story.entries]) == story.case


def _stored(entry: Entry) -> Entry:
    return entry._replace(payload=orjson.loads(orjson.dumps(entry.payload)))


def test_what_was_taken_up_by_being_assigned_is_not_taken_up_any_more() -> None:
    story = Story(RULES)
    story.hear(**TO_HAND_OUT)
    before = story.thread
    assert story.do(Assign, "11-20 10:00", unit="U-WATER") == [EntryType.ACCEPTED, EntryType.ASSIGNED]
    story.do(TakeBack, "11-20 10:01")
    assert untold(story.thread) == untold(before)
    assert (story.status, story.told()["back_to"]) == (Status.RECEIVED, None)


def test_a_signature_that_was_there_before_is_there_again() -> None:
    story = held()
    story.do(Sign, "11-20 09:30", by="U-CITY")
    story.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    assert story.status is Status.TO_SIGN
    story.do(TakeBack, "11-20 10:05")
    assert (story.status, story.holder.signed_at) == (Status.HANDLING, at("11-20 09:30"))


def test_a_co_handler_that_became_the_holder_is_a_co_handler_again() -> None:
    story = held()
    story.do(Whistle, "11-20 09:30", by="U-CITY", units=("U-WATER",), reason=WHY)
    before = story.helper()
    story.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    assert story.helper().span.end_reason == "took over"
    story.do(TakeBack, "11-20 10:05")
    assert story.helper() == before


def test_what_the_unit_had_asked_for_is_asked_again() -> None:
    story = held()
    story.do(Return, "11-20 09:30", by="U-CITY", reason=WHY)
    story.do(Assign, "11-20 09:40", unit="U-CITY")
    story.do(Return, "11-20 09:50", by="U-CITY", reason=WHY)
    assert story.thread.extras.return_asked
    story.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    assert not story.thread.extras.return_asked
    story.do(TakeBack, "11-20 10:05")
    assert story.thread.extras.return_asked
    assert story.do(GrantReturn, "11-20 10:06") == [EntryType.RETURNED]


def test_the_colour_that_the_hand_over_raised_falls_with_it() -> None:
    story = held()
    for minute, unit in ((0, "U-WATER"), (20, "U-FIRE"), (40, "U-CITY")):
        story.do(Assign, f"11-20 10:{minute:02}", unit=unit, reason=WHY)
    assert story.entries[-1].type is EntryType.COLOURED
    raised = story.thread.colour
    assert story.do(TakeBack, "11-20 10:45") == [EntryType.TAKEN_BACK]
    assert (raised, story.thread.colour) == (Colour.ORANGE, Colour.BLUE)


def test_ten_minutes_are_the_limit() -> None:
    assert timedelta(minutes=10) == TAKE_BACK_WITHIN
    story = given("11-20 10:00")
    assert story.refuses(TakeBack, "11-20 10:11") == "too late to take it back: that was possible until 10:10"
    assert can_be_taken_back(story.thread, at("11-20 10:10"))
    assert not can_be_taken_back(story.thread, at("11-20 10:11"))
    assert story.do(TakeBack, "11-20 10:10") == [EntryType.TAKEN_BACK]


@pytest.mark.parametrize(
    ("kind", "more", "told"),
    [
        (Sign, {"by": "U-WATER"}, "signed by U-WATER"),
        (Return, {"by": "U-WATER", "reason": WHY}, "returned by U-WATER"),
        (Whistle, {"by": "U-WATER", "units": ("U-FIRE",), "reason": WHY}, "help_called by U-WATER"),
    ],
)
def test_what_has_happened_since_is_not_undone_and_is_told(kind: type[Move], more: dict[str, Any], told: str) -> None:
    story = given()
    story.do(kind, "11-20 10:02", **more)
    assert story.refuses(TakeBack, "11-20 10:03") == f"it can't be taken back: the journal has {told} since"


def test_a_correction_of_the_source_stands_in_its_way() -> None:
    story = given()
    story.hear(updateTime="2026-11-20 10:02:00", pilotLight="紧急")
    assert "the journal has revised by hotline12345 since" in story.refuses(TakeBack, "11-20 10:03")


def test_an_assignment_after_it_is_the_one_that_is_taken_back() -> None:
    story = given("11-20 10:00")
    story.do(Assign, "11-20 10:02", unit="U-FIRE", reason=WHY)
    story.do(TakeBack, "11-20 10:03")
    assert story.holder.unit_code == "U-WATER"
    assert "no assignment was made here" in story.refuses(TakeBack, "11-20 10:04"), "only the last step is undone"


def test_a_new_round_is_no_assignment_to_take_back() -> None:
    story = held()
    story.hear(updateTime="2026-11-20 12:00:00", state="待回访", completeTime="2026-11-20 11:00:00")
    assert story.do(Redo, "11-20 13:00", reason=WHY)[:2] == [EntryType.REDONE, EntryType.ASSIGNED]
    assert "no assignment was made here" in story.refuses(TakeBack, "11-20 13:01")


def test_what_a_source_assigned_is_not_taken_back() -> None:
    assert "no assignment was made here" in held().refuses(TakeBack, "11-20 09:01")


def test_it_is_taken_back_by_who_made_it_or_by_an_account_that_acts_for_the_same() -> None:
    story = given(by="desk")
    assert story.refuses(TakeBack, "11-20 10:01", by="another") == "desk assigned it and may take it back"
    assert story.do(TakeBack, "11-20 10:01", by="another", unit_of="centre") == [EntryType.TAKEN_BACK]
    assert story.told()["for"] == "centre"


def test_of_a_bulk_only_its_own_assignment_is_taken_back() -> None:
    story = given(bulk=7)
    assert story.refuses(TakeBack, "11-20 10:01", bulk=8) == "it was assigned otherwise since"
    assert story.do(TakeBack, "11-20 10:01", bulk=7) == [EntryType.TAKEN_BACK]
    story.do(Assign, "11-20 10:02", unit="U-FIRE", reason=WHY)
    assert story.refuses(TakeBack, "11-20 10:03", bulk=7) == "it was assigned otherwise since"


def test_the_source_repeating_itself_changes_nothing() -> None:
    story = given()
    story.do(TakeBack, "11-20 10:05")
    assert story.hear(updateTime="2026-11-20 10:10:00") == []
    assert story.holder.unit_code == "U-CITY"


def test_a_source_that_followed_may_be_taken_back_from_and_follow_again() -> None:
    """It is told of the assignment, names the new unit in its next version, and is told of the undoing."""
    story = given()
    assert story.hear(updateTime="2026-11-20 10:01:00", organizationCode="U-WATER") == [EntryType.REVISED]
    assert story.do(TakeBack, "11-20 10:05") == [EntryType.TAKEN_BACK]
    assert story.holder.unit_code == "U-CITY"
    assert story.hear(updateTime="2026-11-20 10:06:00", organizationCode="U-WATER") == [], "said before, it is no news"
    assert story.hear(updateTime="2026-11-20 10:07:00") == [EntryType.REVISED]
    assert (story.holder.unit_code, story.thread.source_unit) == ("U-CITY", "U-CITY")


def test_work_goes_on_from_there() -> None:
    story = given()
    story.do(TakeBack, "11-20 10:05")
    story.do(Sign, "11-20 11:00", by="U-CITY")
    story.do(Pause, "11-20 12:00", by="U-CITY", reason=WHY, approver="centre")
    story.do(Continue, "11-20 13:00", by="U-CITY")
    assert story.do(Finish, "11-23 10:00", by="U-CITY") == [EntryType.FINISHED]
    assert [span.unit_code for span in story.thread.spans] == ["U-CITY"]


def test_a_number_names_one_span_for_ever() -> None:
    story = given()
    story.do(TakeBack, "11-20 10:05")
    story.do(Assign, "11-20 10:06", unit="U-FIRE", reason=WHY)
    assert [span.number for span in story.thread.spans] == [1, 3]


def test_the_ladder_counts_for_the_unit_that_has_it() -> None:
    story = held()
    story.do(Assign, "11-27 17:00", unit="U-WATER", reason=WHY)
    story.do(TakeBack, "11-27 17:05")
    reached = {rung.unit_code for rung in rungs(story.case, at("11-28 09:00"), RULES.ladder.newest, RULES.calendar)}
    assert reached == {"U-CITY"}


def test_the_past_knows_who_held_it_between_the_two_and_counts_the_same_without_them() -> None:
    story = given("11-20 10:00")
    story.do(TakeBack, "11-20 10:05")

    def holder_at(when: datetime) -> str | None:
        holder = fold(entry for entry in story.entries if entry.occurred_at <= when).lead.holder
        return holder.unit_code if holder is not None else None

    assert [holder_at(at(f"11-20 {hour}")) for hour in ("09:59", "10:02", "10:06")] == ["U-CITY", "U-WATER", "U-CITY"]
    (past,) = pasts(story.entries)
    (without,) = pasts(held().entries)
    for when in (at("11-20 10:02"), at("11-27 23:00"), at("11-28 01:00")):
        assert (past.open_at(when), past.overdue_at(when)) == (without.open_at(when), without.overdue_at(when))


def two() -> tuple[Story, Story]:
    first, second = held(), Story(RULES)
    second.hear(orderNum="DH2", organizationCode="U-FIRE")
    return first, second


def spans_of(case: Case) -> list[SpanKey]:
    return [(number, span.number) for number, thread in enumerate(case.threads) for span in thread.spans]


@pytest.mark.parametrize("before_merging", [True, False])
def test_it_is_told_again_where_its_report_goes(before_merging: bool) -> None:
    parent, child = two()
    child.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    if before_merging:
        child.do(TakeBack, "11-20 10:01")
    to_parent, _ = merge(child.case, child.entries, parent.case, 1, Merge(by="desk", at=at("11-20 10:02"), reason=WHY))
    parent._go_on(to_parent.entries, to_parent.case)
    if not before_merging:
        parent.do(TakeBack, "11-20 10:03", report="hotline12345:DH2")
    assert fold(parent.entries) == parent.case
    merged = parent.case.thread("hotline12345:DH2")
    assert merged is not None
    assert [(span.unit_code, span.number) for span in merged.spans] == [("U-FIRE", 2)]
    out = Split(by="desk", at=at("11-20 10:04"), report="hotline12345:DH2", reason=WHY)
    to_old, to_new = split(parent.case, parent.entries, Case(), 3, out)
    assert fold([*parent.entries, *to_old.entries]) == to_old.case
    assert fold(to_new.entries) == to_new.case
    assert spans_of(to_new.case) == [(0, 1)]
    assert [span.unit_code for span in to_new.case.lead.spans] == ["U-FIRE"]


def test_a_merged_case_takes_back_only_what_still_can_be() -> None:
    parent, child = two()
    parent.do(Assign, "11-20 09:30", unit="U-WATER", reason=WHY)
    child.do(Assign, "11-20 10:00", unit="U-WATER", reason=WHY)
    to_parent, _ = merge(child.case, child.entries, parent.case, 1, Merge(by="desk", at=at("11-20 10:02"), reason=WHY))
    parent._go_on(to_parent.entries, to_parent.case)
    parent.do(TakeBack, "11-20 10:05")
    assert [thread.holder.unit_code for thread in parent.case.threads if thread.holder] == ["U-WATER", "U-FIRE"]


def test_the_old_and_the_new_word_of_a_source_are_both_heard() -> None:
    """A record that names a third unit is news, whoever decided what before."""
    story = given()
    story.do(TakeBack, "11-20 10:05")
    assert story.hear(heard(updateTime="2026-11-20 11:00:00", organizationCode="U-FIRE")) == [EntryType.ASSIGNED]
    assert story.holder.unit_code == "U-FIRE"
