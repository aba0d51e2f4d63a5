"""What a source corrects after people or a calendar have moved a deadline, and what goes by between two of its records."""

import pytest

from casework.calendar import last_day, local_day
from casework.moves import (
    AskExtension,
    Assign,
    Continue,
    Finish,
    GrantExtension,
    Pause,
    Redate,
    Reopen,
    Sign,
    Whistle,
)
from casework.vocabulary import EntryType, Status
from tests.casework.stages import WHY, WITH_2027, closed, due_steps, handled, new_years_eve, paused
from tests.casework.stories import POLICE, RULES, Story
from tests.records import at, call, translated

LATER = "2026-12-03 08:00:00"


def test_a_corrected_fact_does_not_take_a_pause_back() -> None:
    story = paused()
    story.do(Continue, "12-02 15:00")
    assert story.promise == at("12-08 00:00"), "three working days were left on the second"
    story.hear(callerType="求助", updateTime=LATER)
    assert story.promise == at("12-04 00:00"), "two days less by the rule for a request for help: one was left"
    story.hear(callerType="求助", areaCode="999921003", updateTime="2026-12-03 09:00:00")
    assert story.promise == at("12-04 00:00")
    assert "due_at" not in story.told(), "a place has no deadline: nothing is said of it"


def test_a_corrected_fact_counts_a_reopened_case_from_its_own_beginning() -> None:
    story = closed()
    story.do(Reopen, "12-01 09:00", reason=WHY)
    story.hear(callerType="求助", updateTime=LATER, state="待处置")
    assert story.promise == at("12-05 00:00"), "three working days after it was opened again"


def test_an_update_does_not_undo_a_new_count_by_the_calendar() -> None:
    story = new_years_eve()
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    promised = story.promise
    story.rules = RULES
    assert story.hear(
        callTime="2026-12-31 08:00:00",
        dispatchTime="2026-12-31 09:00:00",
        signTime="2026-12-31 10:00:00",
        updateTime="2026-12-31 13:00:00",
    ) == [EntryType.SIGNED]
    assert (story.promise, story.thread.promise.provisional) == (promised, False)


def test_an_extension_of_a_provisional_deadline_is_counted_again_as_a_whole() -> None:
    story = new_years_eve()
    story.do(Sign, "12-31 10:00")
    story.do(AskExtension, "12-31 10:30", amount=3, reason=WHY)
    story.do(GrantExtension, "12-31 11:00")
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    thread, calendar = story.thread, WITH_2027.calendar
    assert thread.original_due_at is not None
    received = local_day(thread.reported_at)
    days = [calendar.working_days_between(received, last_day(due)) for due in (thread.original_due_at, story.promise)]
    assert days == [5, 8]
    assert story.holder.original_due_at == thread.original_due_at
    assert not thread.promise.provisional


def test_what_was_asked_ends_with_the_unit_that_asked() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=3, reason=WHY)
    story.do(Assign, "11-23 10:00", unit="U-WATER", reason=WHY)
    assert story.refuses(GrantExtension, "11-24 09:00") == "no extension was asked for"


def test_a_reopened_case_may_be_extended_once_more() -> None:
    story = handled()
    story.do(AskExtension, "11-23 09:00", amount=3, reason=WHY)
    story.do(GrantExtension, "11-23 10:00")
    story.hear(state="已结案", completeTime="2026-11-24 09:00:00", updateTime="2026-11-24 10:00:00")
    story.do(Reopen, "12-01 09:00", reason=WHY)
    story.do(Sign, "12-01 10:00")
    assert story.do(AskExtension, "12-01 11:00", amount=3, reason=WHY) == [EntryType.EXTENSION_ASKED]


def test_a_department_goes_on_being_reminded_while_the_holder_waits_and_not_when_it_is_done() -> None:
    story = handled()
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",))
    story.do(Pause, "11-23 10:00", reason=WHY, approver="centre")
    assert [rung.unit_code for rung in due_steps(story, "11-28 10:00")] == ["U-FIRE"]
    story.do(Continue, "11-24 10:00")
    story.do(Finish, "11-24 11:00")
    assert due_steps(story, "11-28 10:00") == []


@pytest.mark.parametrize("said", [True, False])
def test_a_round_that_went_by_between_two_records_is_a_round(said: bool) -> None:
    story = Story()
    first = translated(POLICE, call())
    signed, finished = at("11-20 08:30"), at("11-21 09:00")
    once = first.milestones._replace(signed_at=signed, finished_at=finished, visited_at=at("11-22 09:00"))
    story.hear(first._replace(version_at=at("11-22 10:00"), milestones=once._replace(stage=None)))
    story.hear(first._replace(version_at=at("11-22 11:00"), milestones=once._replace(stage=Status.TO_VISIT)))
    again = once._replace(
        stage=Status.CLOSED,
        redone=said,
        signed_at=at("11-23 09:00"),
        finished_at=at("11-24 09:00"),
        visited_at=at("11-25 09:00"),
        closed_at=at("11-25 10:00"),
    )
    report = first._replace(version_at=at("11-25 11:00"), milestones=again)
    assert EntryType.REDONE in story.hear(report)
    before, after = story.thread.spans
    assert (before.signed_at, before.finished_at) == (signed, finished), "the first round keeps what it did"
    assert (after.signed_at, after.finished_at) == (at("11-23 09:00"), at("11-24 09:00"))
    assert story.case.round == 2
    assert story.hear(report) == []


def test_what_is_finished_is_not_signed_for_again() -> None:
    story = Story()
    first = translated(POLICE, call())
    done = first.milestones._replace(stage=Status.TO_VISIT, signed_at=at("11-20 08:30"), finished_at=at("11-21 09:00"))
    story.hear(first._replace(version_at=at("11-22 10:00"), milestones=done))
    late = done._replace(signed_at=at("11-23 09:00"))
    story.hear(first._replace(version_at=at("11-23 10:00"), milestones=late))
    assert story.thread.spans[-1].signed_at == at("11-20 08:30")
