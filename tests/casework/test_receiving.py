"""What a person decided stands while the source repeats itself, and gives way when it says something new."""

from casework.clocks import Kind, State
from casework.moves import Assign, Classify, Continue, Reject, Return, Sign
from casework.report import Report
from casework.vocabulary import Appeal, Category, Complexity, EntryType, Status
from tests.casework.stages import WHY, closed, dispute, given, handled, paused
from tests.casework.stories import HOTLINE
from tests.records import at


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
