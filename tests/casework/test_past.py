"""What was so at a past instant, as the whole journal tells it today."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.calendar import Calendar
from casework.case import Case, Entry
from casework.errors import Refused
from casework.lifecycle import Merge, Receive, Split, decide, fold, merge, split
from casework.moves import (
    Accept,
    Approve,
    AskExtension,
    Assign,
    Classify,
    Close,
    Continue,
    Decline,
    Finish,
    GrantExtension,
    Move,
    Pause,
    RecordVisit,
    Redate,
    Redo,
    Reject,
    Reopen,
    Return,
    Sign,
    Whistle,
)
from casework.past import Past, pasts
from casework.report import Report
from casework.vocabulary import Appeal, Complexity, EntryType
from tests.casework.stories import RULES, START, TO_HAND_OUT, Story, Telling, heard, report_from, telling
from tests.records import at

WHY: dict[str, Any] = {"reason": "有原因"}


def told(**changes: Any) -> Story:
    """An order whose source wants it done by noon of 24 November."""
    story = Story()
    story.hear(deadlineDate="2026-11-24 12:00:00", **changes)
    return story


def signed(**changes: Any) -> Story:
    story = told(**changes)
    story.do(Sign, "11-20 10:00")
    return story


def finished(when: str = "11-23 10:00") -> Story:
    story = signed()
    story.do(Finish, when)
    return story


def closed(when: str = "11-25 10:00") -> Story:
    story = finished()
    story.do(Approve, "11-23 11:00")
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=True)
    story.do(Close, when)
    return story


def dispute(**changes: Any) -> Report:
    return heard(**changes)._replace(appeal=Appeal.DISPUTE)


def past(story: Story) -> Past:
    (only,) = pasts(story.entries)
    return only


def opens(story: Story, *whens: str) -> list[bool]:
    return [past(story).open_at(at(when)) for when in whens]


def overdue(story: Story, *whens: str) -> list[bool]:
    return [past(story).overdue_at(at(when)) for when in whens]


def due(story: Story, when: str) -> datetime:
    return past(story).due_at(at(when))


def test_work_is_open_from_the_report_on() -> None:
    assert opens(told(), "11-20 07:59", "11-20 08:00", "12-31 00:00") == [False, True, True]


def test_it_is_overdue_only_after_its_deadline() -> None:
    story = told()
    assert overdue(story, "11-20 07:00", "11-24 12:00", "11-24 12:01") == [False, False, True]
    assert past(story).overdue_at(at("11-24 12:00") + timedelta(microseconds=1))


def test_finished_work_is_neither_open_nor_overdue() -> None:
    story = finished("11-25 10:00")
    assert opens(story, "11-25 09:59", "11-25 10:00") == [True, False]
    assert overdue(story, "11-24 13:00", "11-25 09:59", "11-25 10:00", "12-01 00:00") == [True, True, False, False]


def test_late_news_corrects_the_past() -> None:
    """On the 26th the source tells that it was done on the 23rd: on the 25th it was not overdue after all."""
    story = signed()
    assert overdue(story, "11-25 10:00") == [True]
    story.hear(
        deadlineDate="2026-11-24 12:00:00",
        state="待回访",
        completeTime="2026-11-23 10:00:00",
        updateTime="2026-11-26 09:00:00",
    )
    assert overdue(story, "11-25 10:00") == [False]
    assert opens(story, "11-23 09:59", "11-23 10:00") == [True, False]


@pytest.mark.parametrize("second", ["2026-11-22 10:00:00", "2026-11-24 10:00:00"])
def test_a_finish_told_again_with_another_time_replaces_the_first(second: str) -> None:
    story = told()
    for minute, time in enumerate(("2026-11-23 10:00:00", second)):
        story.hear(
            deadlineDate="2026-11-24 12:00:00",
            state="待回访",
            completeTime=time,
            updateTime=f"2026-11-25 09:0{minute}:00",
        )
    when = second[5:16]
    assert past(story).open_at(at(when) - timedelta(minutes=1))
    assert not past(story).open_at(at(when))


def test_a_correction_of_the_finish_does_not_undo_the_close() -> None:
    """The order was closed on the 25th; later the source tells the 27th as the day it was finished."""
    done = {"deadlineDate": "2026-11-24 12:00:00", "state": "已结案"}
    story = told()
    story.hear(**done, completeTime="2026-11-23 10:00:00", updateTime="2026-11-25 10:00:00")
    story.hear(**done, completeTime="2026-11-27 10:00:00", updateTime="2026-11-27 11:00:00")
    assert story.status == "closed"
    assert opens(story, "11-23 11:00", "11-25 11:00", "11-26 10:00", "11-28 10:00") == [True, False, False, False]


def test_declined_work_is_not_open() -> None:
    story = told(**TO_HAND_OUT)
    story.do(Decline, "11-21 10:00", **WHY)
    assert opens(story, "11-21 09:59", "11-21 10:00") == [True, False]


def test_a_co_handlers_finish_is_not_the_works() -> None:
    story = signed()
    story.do(Whistle, "11-20 11:00", units=("U-FIRE",), **WHY)
    story.do(Sign, "11-20 12:00", unit="U-FIRE")
    story.do(Finish, "11-21 10:00", unit="U-FIRE")
    assert opens(story, "11-22 10:00") == [True]


def test_a_rejected_finish_leaves_a_gap_and_then_the_old_deadline() -> None:
    story = finished("11-23 10:00")
    story.do(Reject, "11-24 18:00", **WHY)
    assert opens(story, "11-23 09:00", "11-23 11:00", "11-24 18:00") == [True, False, True]
    assert overdue(story, "11-24 13:00", "11-24 18:00") == [False, True]


def test_each_round_is_told_by_itself() -> None:
    story = finished("11-23 10:00")
    story.do(Approve, "11-23 11:00")
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=False)
    story.do(Redo, "11-24 11:00", **WHY)
    story.do(Sign, "11-25 09:00")
    story.do(Finish, "11-26 10:00")
    whens = ("11-23 09:00", "11-23 10:00", "11-24 10:59", "11-24 11:00", "11-26 09:59", "11-26 10:00")
    assert opens(story, *whens) == [True, False, False, True, True, False]


def test_a_case_that_is_opened_again_was_closed_meanwhile() -> None:
    story = closed("11-25 10:00")
    story.do(Reopen, "11-27 09:00", **WHY)
    assert opens(story, "11-24 10:00", "11-26 10:00", "11-27 09:00") == [False, False, True]
    assert overdue(story, "11-26 10:00", "11-27 09:00", "12-05 00:01") == [False, False, True], "a new promise"


def test_a_new_report_of_a_closed_matter_is_another_past() -> None:
    story = closed("11-25 10:00")
    story.hear(heard(orderNum="DH2", callTime="2026-11-28 10:00:00", updateTime="2026-11-28 10:00:00"), link="x")
    first, second = pasts(story.entries)
    assert [each.open_at(at("11-28 11:00")) for each in (first, second)] == [False, True]
    assert not second.open_at(at("11-28 09:00"))


def test_what_the_source_takes_back_is_open_from_then_on() -> None:
    done = {"deadlineDate": "2026-11-24 12:00:00", "completeTime": "2026-11-23 10:00:00"}
    story = told()
    story.hear(**done, state="待回访", updateTime="2026-11-23 10:05:00")
    story.hear(**done, state="待处置", updateTime="2026-11-25 10:00:00")
    assert opens(story, "11-23 09:00", "11-24 10:00", "11-25 10:00") == [True, False, True]
    assert overdue(story, "11-24 13:00", "11-25 10:00") == [False, True]


def test_a_declined_report_the_source_hands_to_a_unit_after_all_is_open_again() -> None:
    story = told()
    story.hear(deadlineDate="2026-11-24 12:00:00", state="不予受理", updateTime="2026-11-21 10:00:00")
    story.hear(deadlineDate="2026-11-24 12:00:00", state="已派遣", updateTime="2026-11-22 10:00:00")
    assert opens(story, "11-21 09:00", "11-21 12:00", "11-22 10:00") == [True, False, True]


def test_an_assignment_takes_an_ending_back_by_itself() -> None:
    story = told()
    registered, assigned = story.entries
    declined = Entry(EntryType.DECLINED, registered.report, at("11-20 08:30"), "desk", {})
    story.entries = [registered, declined, assigned]
    assert fold(story.entries).status == "to_sign"
    assert opens(story, "11-20 08:29", "11-20 08:45", "11-20 09:00") == [True, False, True]


def test_an_extension_counts_from_when_it_was_granted() -> None:
    story = signed()
    story.do(AskExtension, "11-24 10:00", amount=2, **WHY)
    story.do(GrantExtension, "11-25 10:00")
    assert (due(story, "11-25 09:59"), due(story, "11-25 10:00")) == (at("11-24 12:00"), at("11-27 00:00"))
    assert overdue(story, "11-24 18:00", "11-25 10:00", "11-27 00:01") == [True, False, True]


def test_a_pause_before_the_deadline_keeps_it_from_running_out() -> None:
    story = signed()
    story.do(Pause, "11-23 12:00", approver="centre", **WHY)
    assert overdue(story, "11-24 18:00", "12-31 00:00") == [False, False]
    assert opens(story, "12-31 00:00") == [True]
    story.do(Continue, "11-26 12:00")
    assert (due(story, "11-26 11:59"), due(story, "11-26 12:00")) == (at("11-24 12:00"), at("11-27 12:00"))
    assert overdue(story, "11-25 12:00", "11-27 12:00", "11-27 12:01") == [False, False, True]


def test_a_pause_after_the_deadline_changes_nothing() -> None:
    story = signed()
    story.do(Pause, "11-25 12:00", approver="centre", **WHY)
    assert overdue(story, "11-24 11:00", "11-24 13:00", "11-26 12:00") == [False, True, True]


def test_each_of_two_pauses_counts() -> None:
    story = signed()
    for stops, goes_on in (("11-21 10:00", "11-22 10:00"), ("11-25 10:00", "11-26 10:00")):
        story.do(Pause, stops, approver="centre", **WHY)
        story.do(Continue, goes_on)
    assert [due(story, when) for when in ("11-21 12:00", "11-25 12:00", "11-26 12:00")] == [
        at("11-24 12:00"),
        at("11-25 12:00"),
        at("11-26 12:00"),
    ]
    assert overdue(story, "11-25 12:30", "11-26 12:01") == [False, True]


def test_a_pause_ends_with_the_case_also_where_no_entry_says_so() -> None:
    story = signed()
    story.do(Pause, "11-23 12:00", approver="centre", **WHY)
    done = {"deadlineDate": "2026-11-24 12:00:00", "completeTime": "2026-11-25 10:00:00", "state": "已结案"}
    story.hear(**done, updateTime="2026-11-25 10:00:00")
    story.do(Reopen, "11-27 09:00", **WHY)
    story.entries = [entry for entry in story.entries if entry.type is not EntryType.CONTINUED]
    assert fold(story.entries).lead.paused_at is None
    assert overdue(story, "11-24 18:00", "11-27 10:00", "12-05 00:01") == [False, False, True]


def test_a_deadline_the_source_corrects_never_was_the_old_one() -> None:
    story = told()
    story.hear(deadlineDate="2026-11-26 12:00:00", updateTime="2026-11-25 09:00:00")
    assert overdue(story, "11-24 18:00", "11-26 11:00", "11-26 13:00") == [False, False, True]


def test_a_corrected_deadline_does_not_undo_an_extension() -> None:
    story = signed()
    story.do(AskExtension, "11-24 10:00", amount=2, **WHY)
    story.do(GrantExtension, "11-24 11:00")
    story.hear(deadlineDate="2026-11-23 12:00:00", updateTime="2026-11-24 15:00:00")
    whens = ("11-24 10:00", "11-24 11:00", "11-24 16:00")
    assert [due(story, when) for when in whens] == [at("11-23 12:00"), at("11-27 00:00"), at("11-27 00:00")]


def test_a_corrected_deadline_replaces_one_the_rules_moved() -> None:
    """Until the source spoke, what was classified held; from then on the source's date does, whatever it was called first."""
    story = Story()
    story.hear(dispute())
    story.do(Classify, "11-21 10:00", complexity=Complexity.SIMPLE, **WHY)
    story.hear(dispute(deadlineDate="2026-12-05 12:00:00", updateTime="2026-11-23 10:00:00"))
    story.hear(dispute(deadlineDate="2026-12-06 12:00:00", updateTime="2026-11-24 10:00:00"))
    assert story.promise == at("12-06 12:00")
    whens = ("11-20 09:00", "11-21 11:00", "11-23 11:00", "11-25 11:00")
    simple, corrected = at("11-22 00:00"), at("12-06 12:00")
    assert [due(story, when) for when in whens] == [corrected, simple, corrected, corrected]
    assert overdue(story, "11-22 10:00", "11-23 11:00") == [True, False]


def test_a_classified_dispute_has_its_new_deadline_from_then_on() -> None:
    story = Story()
    story.hear(dispute())
    story.do(Classify, "11-23 10:00", complexity=Complexity.SIMPLE, **WHY)
    assert (due(story, "11-23 09:59"), due(story, "11-23 10:00")) == (at("11-28 00:00"), at("11-22 00:00"))
    assert overdue(story, "11-23 09:59", "11-23 10:00") == [False, True]


def test_a_deadline_counted_again_holds_from_when_it_was_counted() -> None:
    story = Story()
    story.hear(callTime="2026-12-28 10:00:00", dispatchTime="2026-12-28 10:00:00", updateTime="2026-12-28 10:00:00")
    before = story.promise
    notice = Calendar("2027", {date(2027, 1, 2): (True, "元旦")}, frozenset({2027}))
    story.rules = replace(RULES, calendar=notice)
    story.do(Redate, "12-29 10:00", by="calendar")
    assert story.promise < before, "the Saturday after New Year's Day is worked"
    assert (due(story, "12-29 09:59"), due(story, "12-29 10:00")) == (before, story.promise)


def test_what_the_source_says_of_place_and_time_of_the_report_is_believed_from_the_beginning() -> None:
    story = told(areaCode="999921001")
    story.hear(
        deadlineDate="2026-11-24 12:00:00",
        areaCode="999921003",
        callTime="2026-11-20 06:00:00",
        updateTime="2026-11-22 10:00:00",
    )
    assert past(story).township == "999921003"
    assert opens(story, "11-20 05:59", "11-20 06:00") == [False, True]
    story.hear(deadlineDate="2026-11-24 12:00:00", areaCode="", updateTime="2026-11-23 10:00:00")
    assert past(story).township is None


def merged_pair() -> tuple[list[Entry], list[Entry], Case, Case]:
    """The journals of a parent and of the child that went on in it, and both cases."""
    parent, child = Story(), finished("11-25 10:00")
    parent.hear(orderNum="P", deadlineDate="2026-11-26 12:00:00")
    to_parent, to_child = merge(
        child.case, child.entries, parent.case, 1, Merge(by="desk", at=at("11-26 09:00"), reason="同一件事")
    )
    return [*parent.entries, *to_parent.entries], [*child.entries, *to_child.entries], to_parent.case, to_child.case


def test_a_merged_report_is_told_where_it_went_with_its_whole_past() -> None:
    parent, child, _, _ = merged_pair()
    assert pasts(child) == []
    own, joined = pasts(parent)
    assert (own.report, joined.report) == ("hotline12345:P", "hotline12345:DH2026112000001")
    assert [joined.overdue_at(at(when)) for when in ("11-24 13:00", "11-25 10:00")] == [True, False]
    assert [own.overdue_at(at(when)) for when in ("11-24 13:00", "11-26 13:00")] == [False, True]


def test_a_report_that_was_split_off_is_told_by_its_own_case_alone() -> None:
    parent, child, parent_case, child_case = merged_pair()
    move = Split(by="desk", at=at("11-27 09:00"), report="hotline12345:DH2026112000001", **WHY)
    to_parent, to_child = split(parent_case, parent, child_case, 2, move)
    (own,) = pasts([*parent, *to_parent.entries])
    (back,) = pasts([*child, *to_child.entries])
    assert (own.report, back.report) == ("hotline12345:P", "hotline12345:DH2026112000001")
    assert [back.overdue_at(at(when)) for when in ("11-24 13:00", "11-25 10:00")] == [True, False]


def test_a_merge_back_tells_the_report_once() -> None:
    parent, child, parent_case, child_case = merged_pair()
    move = Split(by="desk", at=at("11-27 09:00"), report="hotline12345:DH2026112000001", **WHY)
    to_parent, to_child = split(parent_case, parent, child_case, 2, move)
    parent, child = [*parent, *to_parent.entries], [*child, *to_child.entries]
    again, gone = merge(
        to_child.case, child, to_parent.case, 1, Merge(by="desk", at=at("11-28 09:00"), reason="同一件事")
    )
    assert [each.report for each in pasts([*parent, *again.entries])] == [
        "hotline12345:P",
        "hotline12345:DH2026112000001",
    ]
    assert pasts([*child, *gone.entries]) == []


# Whatever happened, in whatever order it was told: of the newest instant the past says what the case says.
hours = st.integers(1, 60)
makes: list[st.SearchStrategy[Move]] = [
    st.builds(kind, by=st.just("desk"), at=st.just(START), reason=st.just("有原因"), **more)
    for kind, more in (
        (Accept, {}),
        (Decline, {}),
        (Assign, {"unit": st.sampled_from("AB")}),
        (Sign, {}),
        (Return, {}),
        (Pause, {"approver": st.just("centre")}),
        (Continue, {}),
        (AskExtension, {"amount": st.integers(1, 10)}),
        (GrantExtension, {}),
        (Finish, {}),
        (Approve, {}),
        (Reject, {}),
        (RecordVisit, {"reached": st.just(True)}),
        (Redo, {}),
        (Close, {}),
        (Reopen, {}),
        (Classify, {"complexity": st.sampled_from(list(Complexity))}),
    )
]
Step = tuple[int, Move | Telling]
steps = st.lists(st.tuples(hours, st.one_of(*makes, telling)), min_size=1, max_size=14)


def lived(first: Telling, told: list[Step]) -> tuple[Case, list[Entry]]:
    """A case and its journal after these steps; those that are refused are left out."""
    case, entries, now = Case(), list[Entry](), START
    for wait, step in [(0, first), *told]:
        now += timedelta(hours=wait)
        command = (
            replace(step, at=now) if isinstance(step, Move) else Receive(report_from(step, 0)._replace(version_at=now))
        )
        try:
            decision = decide(case, command, RULES)
        except Refused:
            continue
        case, entries = decision.case, [*entries, *decision.entries]
    return case, entries


@given(telling, steps, st.integers(0, 30))
def test_of_the_newest_instant_the_past_says_what_the_case_says(first: Telling, told: list[Step], days: int) -> None:
    case, entries = lived(first, told)
    newest = max(entry.occurred_at for entry in entries) + timedelta(days=days, microseconds=1)
    for thread, found in zip(case.threads, pasts(entries), strict=True):
        unfinished = not thread.ended and thread.finished_at is None
        asked = thread.paused_at or newest
        assert found.report == thread.report
        assert found.open_at(newest) == (unfinished and newest >= thread.reported_at)
        assert found.township == thread.facts.township
        assert found.reported_at == thread.reported_at
        assert found.overdue_at(newest) == (unfinished and asked > thread.promise.at)
        if unfinished:
            assert found.due_at(newest) == thread.promise.at


@given(telling, steps, st.integers(0, 400))
def test_a_journal_read_back_from_json_tells_the_same_past(first: Telling, told: list[Step], hour: int) -> None:
    _, entries = lived(first, told)
    stored = [entry._replace(payload=orjson.loads(orjson.dumps(entry.payload))) for entry in entries]
    moment = START + timedelta(hours=hour)
    for fresh, read in zip(pasts(entries), pasts(stored), strict=True):
        assert (fresh.open_at(moment), fresh.due_at(moment), fresh.overdue_at(moment)) == (
            read.open_at(moment),
            read.due_at(moment),
            read.overdue_at(moment),
        )
