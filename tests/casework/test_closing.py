"""After a finish: its review, the visit, another round, the end, and a case opened again."""

from casework.clocks import Kind, State, clocks_of
from casework.moves import Approve, Close, Finish, RecordVisit, Redo, Reject, Reopen, Return, Sign
from casework.vocabulary import Colour, EntryType, Satisfaction, Status
from tests.casework.stages import PROMISED, WHY, closed, finished, given, handled, to_visit, two_reports
from tests.casework.stories import Story, heard
from tests.records import at


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
