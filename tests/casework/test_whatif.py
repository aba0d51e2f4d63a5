"""What other rules would have made of the past."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given

from casework.calendar import Calendar
from casework.case import Case
from casework.clocks import Kind
from casework.joining import Merge, merge
from casework.moves import (
    Approve,
    AskExtension,
    Assign,
    Classify,
    Continue,
    Finish,
    GrantExtension,
    Pause,
    RecordVisit,
    Return,
    Sign,
    Whistle,
)
from casework.report import Allowance
from casework.rules import Rules, Versions
from casework.vocabulary import Appeal, Complexity, Feed, Urgency
from casework.whatif import Changed, changes
from tests.casework.stories import RULES, TO_HAND_OUT, Story, Telling, heard, received, reports_from, tellings
from tests.records import at

WHY = {"reason": "有原因"}
DUE = at("11-28 00:00")  # five working days after Friday the 20th
ELEVEN_DAYS = at("12-05 00:00")  # ten of them
OLD = RULES.clocks.newest


def ruled(**clocks: Any) -> Rules:
    """The rules with these limits instead."""
    return replace(RULES, clocks=Versions.of([replace(OLD, version="new", **clocks)]))


def complaints_within(amount: int, unit: str = "working_day") -> dict[str, Any]:
    return {"finish_by_appeal": {**OLD.finish_by_appeal, Appeal.COMPLAINT: Allowance(amount, unit)}}


TEN_DAYS = ruled(**complaints_within(10))
TWO_DAYS = ruled(**complaints_within(2))


def told(story: Story, new: Rules, when: str = "11-20 12:00", old: Rules = RULES) -> list[Changed]:
    return list(changes(story.case, old, new, at(when)))


def dues(found: list[Changed]) -> list[tuple[Kind, str | None, datetime, datetime]]:
    return [(each.kind, each.unit_code, each.old_at, each.new_at) for each in found]


def verdicts(found: list[Changed]) -> list[tuple[bool, bool]]:
    return [(each.was_late, each.would_be_late) for each in found]


def ordered(**changes: Any) -> Story:
    story = Story()
    story.hear(**changes)
    return story


def handled(**changes: Any) -> Story:
    story = ordered(**changes)
    story.do(Sign, "11-20 10:00")
    return story


def test_the_same_rules_change_nothing() -> None:
    story = handled()
    story.do(Finish, "11-25 10:00")
    assert told(story, RULES, "12-20 10:00") == []


@given(tellings)
def test_the_same_rules_change_nothing_whatever_the_feeds_told(told: list[Telling]) -> None:
    case, _ = received(RULES, *reports_from(told))
    assert list(changes(case, RULES, RULES, at("12-20 10:00"))) == []


def test_a_changed_deadline_names_both_rules_and_dates() -> None:
    assert told(ordered(), TEN_DAYS) == [
        Changed(
            "hotline12345:DH2026112000001",
            Kind.PROMISE,
            None,
            at("11-20 08:00"),
            "2026-1/finish/complaint",
            DUE,
            "new/finish/complaint",
            ELEVEN_DAYS,
            False,
            False,
        )
    ]


@pytest.mark.parametrize(
    ("new", "when", "verdict"),
    [
        (TWO_DAYS, "11-24 23:59", (False, False)),
        (TWO_DAYS, "11-25 10:00", (False, True)),
        (TWO_DAYS, "11-28 10:00", (True, True)),
        (TEN_DAYS, "11-28 10:00", (True, False)),
        (TEN_DAYS, "12-06 10:00", (True, True)),
    ],
)
def test_unfinished_work_is_late_by_the_instant_one_asks_for(new: Rules, when: str, verdict: tuple[bool, bool]) -> None:
    assert verdicts(told(ordered(), new, when)) == [verdict]


def test_finished_work_is_judged_by_when_it_was_finished() -> None:
    story = handled()
    story.do(Finish, "11-26 10:00")
    assert verdicts(told(story, TWO_DAYS, "12-31 10:00")) == [(False, True)]
    assert verdicts(told(story, TEN_DAYS, "12-31 10:00")) == [(False, False)]


def test_declined_work_is_judged_by_when_it_was_declined() -> None:
    story = ordered(state="不予受理", updateTime="2026-11-26 10:00:00")
    assert verdicts(told(story, TWO_DAYS, "12-31 10:00")) == [(False, True)]


def test_paused_work_is_judged_by_when_its_clock_stopped() -> None:
    story = handled()
    story.do(Pause, "11-26 10:00", approver="centre", **WHY)
    assert verdicts(told(story, TWO_DAYS, "12-31 10:00")) == [(False, True)]
    assert verdicts(told(story, TEN_DAYS, "12-31 10:00")) == [(False, False)]


def test_time_that_stood_still_is_added_to_both_deadlines() -> None:
    """From Monday to Wednesday: two working days are added to both."""
    story = handled()
    story.do(Pause, "11-23 10:00", approver="centre", **WHY)
    story.do(Continue, "11-25 10:00")
    assert story.promise == at("12-02 00:00")
    assert dues(told(story, TEN_DAYS)) == [(Kind.PROMISE, None, story.promise, at("12-09 00:00"))]
    assert verdicts(told(story, TEN_DAYS, "12-01 10:00")) == [(False, False)]


def test_a_deadline_the_source_gave_is_not_the_rules() -> None:
    assert told(ordered(deadlineDate="2026-11-24 12:00:00"), TEN_DAYS) == []


def test_a_source_whose_dates_are_not_taken_any_more_changes_the_deadline_it_gave() -> None:
    story = ordered(deadlineDate="2026-11-24 12:00:00")
    found = told(story, replace(RULES, source_wins=frozenset()), "11-25 10:00")
    assert dues(found) == [(Kind.PROMISE, None, at("11-24 12:00"), DUE)]
    assert verdicts(found) == [(True, False)]
    assert [(each.old_rule, each.new_rule) for each in found] == [("source", "2026-1/finish/complaint")]


def test_a_date_that_was_taken_by_an_import_stays() -> None:
    """The import's own mapping said to take it: neither rule file does."""
    story = ordered(deadlineDate="2026-11-24 12:00:00")
    by_rule = replace(RULES, source_wins=frozenset[Feed]())
    assert told(story, replace(TEN_DAYS, source_wins=frozenset()), old=by_rule) == []


def test_an_extended_deadline_is_what_a_person_granted() -> None:
    story = handled()
    story.do(AskExtension, "11-24 10:00", amount=2, **WHY)
    story.do(GrantExtension, "11-24 11:00")
    assert told(story, TWO_DAYS, "12-01 10:00") == []


def test_a_dispute_is_counted_as_it_was_classified() -> None:
    story = Story()
    story.hear(heard()._replace(appeal=Appeal.DISPUTE))
    story.do(Classify, "11-20 10:00", complexity=Complexity.SIMPLE, **WHY)
    general = ruled(finish_by_complexity={**OLD.finish_by_complexity, Complexity.GENERAL: Allowance(9, "day")})
    simple = ruled(finish_by_complexity={**OLD.finish_by_complexity, Complexity.SIMPLE: Allowance(2, "day")})
    assert told(story, general) == []
    assert dues(told(story, simple)) == [(Kind.PROMISE, None, at("11-22 00:00"), at("11-23 00:00"))]


def test_a_version_that_applies_later_leaves_what_began_before_it() -> None:
    later = replace(OLD, version="new", effective_from=date(2026, 11, 20), **complaints_within(10))
    new = replace(RULES, clocks=Versions.of([OLD, later]))
    reported = {"callTime": "2026-11-19 23:59:59"}
    assert told(ordered(**reported), new) == []
    assert [each.new_rule for each in told(ordered(), new)] == ["new/finish/complaint"]


def test_another_calendar_is_another_deadline() -> None:
    day_off = replace(RULES, calendar=Calendar("county", {date(2026, 11, 25): (False, "县庆")}))
    assert dues(told(handled(), day_off)) == [(Kind.PROMISE, None, DUE, at("12-01 00:00"))]
    closes = replace(RULES, calendar=Calendar("county", close=time(17, 30)))
    found = {each.kind: each.new_at for each in told(handled(), closes)}
    assert found == {Kind.PROMISE: at("11-27 17:30"), Kind.SIGN: at("11-23 17:30")}


HOUR = Allowance(1, "hour")


def test_a_units_clocks_to_sign_and_to_speak_to_the_citizen_are_its_own() -> None:
    story = ordered()
    story.do(Sign, "11-20 10:30")
    found = told(story, ruled(sign={**OLD.sign, Urgency.ORDINARY: HOUR}, contact=HOUR), "11-21 12:00")
    assert dues(found) == [
        (Kind.SIGN, "U-CITY", at("11-24 00:00"), at("11-20 10:00")),
        (Kind.CONTACT, "U-CITY", at("11-21 09:00"), at("11-20 10:00")),
    ]
    assert verdicts(found) == [(False, True), (True, True)]


def test_a_unit_that_gave_the_case_back_was_asked_no_longer() -> None:
    story = ordered()
    story.do(Return, "11-20 09:30", **WHY)
    found = told(story, ruled(contact=HOUR), "11-30 10:00")
    assert verdicts(found) == [(False, False)]


def test_a_later_holder_has_at_least_the_minimum_time() -> None:
    story = handled()
    story.do(Assign, "11-27 10:00", unit="U-ROADS", **WHY)
    assert story.holder.finish_due.at == at("12-01 00:00")
    found = told(story, ruled(minimum_handling=Allowance(3, "working_day")), "12-02 10:00")
    assert dues(found) == [(Kind.FINISH, "U-ROADS", at("12-01 00:00"), at("12-03 00:00"))]
    assert verdicts(found) == [(True, False)]


def test_a_later_holders_clock_follows_the_promise() -> None:
    story = handled()
    story.do(Assign, "11-23 10:00", unit="U-ROADS", **WHY)
    assert dues(told(story, TEN_DAYS)) == [
        (Kind.PROMISE, None, DUE, ELEVEN_DAYS),
        (Kind.FINISH, "U-ROADS", DUE, ELEVEN_DAYS),
    ]


def test_a_co_handlers_clocks_are_told_too() -> None:
    story = handled()
    story.do(Whistle, "11-27 10:00", units=("U-FIRE",), **WHY)
    new = ruled(minimum_handling=Allowance(3, "working_day"), sign={**OLD.sign, Urgency.ORDINARY: HOUR})
    assert dues([each for each in told(story, new) if each.unit_code == "U-FIRE"]) == [
        (Kind.SIGN, "U-FIRE", at("12-01 00:00"), at("11-27 11:00")),
        (Kind.FINISH, "U-FIRE", at("12-01 00:00"), at("12-03 00:00")),
    ]


def test_the_visits_deadline_counts_from_the_finish() -> None:
    story = handled()
    story.do(Finish, "11-25 10:00")
    new = ruled(visit=Allowance(1, "hour"))
    assert dues(told(story, new)) == [(Kind.VISIT, None, at("11-27 00:00"), at("11-25 11:00"))]
    assert verdicts(told(story, new, "11-26 10:00")) == [(False, True)]
    story.do(Approve, "11-25 10:10")
    story.do(RecordVisit, "11-25 10:30", reached=True)
    assert verdicts(told(story, new, "12-26 10:00")) == [(False, False)]


def test_work_no_unit_has_yet_has_only_its_promise() -> None:
    new = ruled(contact=HOUR, **complaints_within(10))
    assert [each.kind for each in told(ordered(**TO_HAND_OUT), new)] == [Kind.PROMISE]


def test_every_report_of_a_case_is_told_and_none_where_it_went_on_elsewhere() -> None:
    parent, child = ordered(orderNum="P"), ordered()
    to_parent, to_child = merge(
        child.case, child.entries, parent.case, 1, Merge(by="desk", at=at("11-20 10:00"), reason="同一件事")
    )

    def reports(case: Case) -> list[str]:
        return [each.report for each in changes(case, RULES, TEN_DAYS, at("11-20 12:00"))]

    assert reports(to_parent.case) == ["hotline12345:P", "hotline12345:DH2026112000001"]
    assert reports(to_child.case) == []


def test_the_old_deadlines_are_those_the_case_shows() -> None:
    every = {"contact": HOUR, "visit": HOUR, **complaints_within(9, "hour")}
    story = handled()
    story.do(Finish, "11-25 10:00")
    shown = [story.thread.promise, story.holder.contact_due, story.thread.visit_due]
    assert [(each.old_at, each.old_rule) for each in told(story, ruled(**every))] == [
        (due.at, due.rule) for due in shown if due is not None
    ]


def test_who_has_finished_was_asked_to_sign_no_longer() -> None:
    story = ordered(state="已处置", completeTime="2026-11-20 10:00:00")
    slower = ruled(sign={**OLD.sign, Urgency.ORDINARY: Allowance(3, "working_day")})
    (change,) = told(story, slower, "12-20 09:00")
    assert (change.kind, change.was_late, change.would_be_late) == (Kind.SIGN, False, False)
