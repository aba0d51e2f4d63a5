"""The life of a case as its feeds tell it."""

from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given

from casework.calendar import Due
from casework.case import Case, Entry
from casework.lifecycle import Receive, Rules, decide, fold, merge
from casework.report import Report
from casework.vocabulary import Colour, EntryType, Satisfaction, Status, Urgency
from tests.casework.stories import GRID, HOTLINE, POLICE, RULES, Telling, kinds, received, reports_from, tellings
from tests.records import at, call, event, order, translated


def orders(*versions: dict[str, Any]) -> list[Report]:
    """Versions of one order, each with what the earlier ones said and a later update time."""
    record: dict[str, Any] = {}
    reports = []
    for number, version in enumerate(versions):
        record = order(**(record | version | {"updateTime": f"2026-11-20 09:{number:02}:00"}))
        reports.append(translated(HOTLINE, record))
    return reports


SIGNED = {"state": "待处置", "signTime": "2026-11-20 09:30:00"}
CONTACTED = {"contactTime": "2026-11-20 10:00:00"}
FINISHED = {"state": "待回访", "completeTime": "2026-11-21 11:00:00"}
VISITED = {
    "state": "已结案",
    "visitTime": "2026-11-22 09:00:00",
    "visitCallIsConnected": "1",
    "visitIsSolved": 1,
    "visitSatisfaction": "满意",
}


def test_an_order_goes_from_call_to_close(rules: Rules) -> None:
    case, entries = received(rules, *orders({}, SIGNED, CONTACTED, FINISHED, VISITED))
    assert kinds(entries) == [
        EntryType.REGISTERED,
        EntryType.ASSIGNED,
        EntryType.SIGNED,
        EntryType.CONTACTED,
        EntryType.FINISHED,
        EntryType.VISITED,
        EntryType.CLOSED,
    ]
    assert case.status is Status.CLOSED
    (span,) = case.lead.spans
    assert span.unit_code == "U-CITY"
    assert (span.assigned_at, span.signed_at, span.contacted_at, span.finished_at) == (
        at("11-20 09:00"),
        at("11-20 09:30"),
        at("11-20 10:00"),
        at("11-21 11:00"),
    )
    assert span.end_reason == "closed"
    visit = case.lead.visit
    assert visit is not None
    assert (visit.reached, visit.solved, visit.satisfaction) == (True, True, Satisfaction.SATISFIED)


def test_a_record_seen_only_at_its_end_tells_the_same_story(rules: Rules) -> None:
    step_by_step, _ = received(rules, *orders({}, SIGNED, CONTACTED, FINISHED, VISITED))
    at_once, _ = received(rules, orders({}, SIGNED, CONTACTED, FINISHED, VISITED)[-1])
    assert at_once._replace(version=0) == step_by_step._replace(version=0)


def test_the_same_version_twice_changes_nothing(rules: Rules) -> None:
    (first,) = orders(SIGNED)
    _, entries = received(rules, first, first)
    assert kinds(entries) == [EntryType.REGISTERED, EntryType.ASSIGNED, EntryType.SIGNED]


def test_a_returned_order_leaves_its_unit_and_goes_to_another(rules: Rules) -> None:
    returned = {"state": "待派遣", "backTime": "2026-11-20 15:00:00", "backReason": "不属于我局职责"}
    again = {
        "state": "已派遣",
        "organizationCode": "U-WATER",
        "dispatchTime": "2026-11-20 16:00:00",
        "backTime": "2026-11-20 15:00:00",
    }
    case, entries = received(rules, *orders({}, SIGNED, returned, again))
    first, second = case.lead.spans
    assert (first.unit_code, first.ended_at, first.end_reason) == ("U-CITY", at("11-20 15:00"), "returned")
    assert (second.unit_code, second.assigned_at, second.ended_at) == ("U-WATER", at("11-20 16:00"), None)
    assert second.signed_at is None, "what the first unit signed is not the second one's"
    assert case.lead.returns == 1
    assert case.colour is Colour.YELLOW
    assert kinds(entries)[-1] is EntryType.ASSIGNED


def test_no_unit_inherits_zero_time(rules: Rules) -> None:
    late = {"organizationCode": "U-WATER", "dispatchTime": "2026-11-27 20:00:00", "deadlineDate": "2026-11-27"}
    case, _ = received(rules, *orders({"deadlineDate": "2026-11-27"}, late))
    first, second = case.lead.spans
    assert first.finish_due.at == at("11-28 00:00") == case.lead.promise.at
    assert second.finish_due.at == at("12-01 00:00"), "one working day after Friday evening is Monday"


def test_a_redone_order_begins_a_new_round_with_its_own_clocks(rules: Rules) -> None:
    dissatisfied = {**VISITED, "state": "已派遣", "visitSatisfaction": "不满意", "visitIsSolved": 0, "rehandleNum": 1}
    finished = {"state": "待回访", "completeTime": "2026-11-24 11:00:00"}
    case, entries = received(rules, *orders({}, SIGNED, FINISHED, dissatisfied, finished))
    assert case.round == 2
    assert [span.finished_at for span in case.lead.spans] == [at("11-21 11:00"), at("11-24 11:00")]
    assert kinds(entries).count(EntryType.VISITED) == 1
    assert case.status is Status.TO_VISIT


def test_an_extension_keeps_both_dates(rules: Rules) -> None:
    case, _ = received(
        rules, *orders({"deadlineDate": "2026-11-27"}, {"delayDeadlineDate": "2026-12-04", "delayReason": "需现场勘查"})
    )
    (span,) = case.lead.spans
    assert (span.original_due_at, span.finish_due.at) == (at("11-28 00:00"), at("12-05 00:00"))
    assert (case.lead.original_due_at, case.lead.promise.at) == (at("11-28 00:00"), at("12-05 00:00"))


def test_a_finish_sent_back_by_review_runs_on(rules: Rules) -> None:
    handed_in = {"state": "已处置", "completeTime": "2026-11-21 11:00:00"}
    rejected = {"state": "待处置", "completeTime": None}
    case, entries = received(rules, *orders({}, SIGNED, handed_in, rejected))
    assert kinds(entries)[-2:] == [EntryType.FINISHED, EntryType.RESUMED]
    assert case.status is Status.HANDLING
    assert case.lead.finished_at is None
    assert case.lead.spans[0].finished_at is None


def test_a_review_passed_leads_to_the_visit(rules: Rules) -> None:
    case, entries = received(
        rules, *orders({}, SIGNED, {"state": "已处置", "completeTime": "2026-11-21 11:00:00"}, FINISHED)
    )
    assert kinds(entries)[-1] is EntryType.REVIEWED
    assert case.status is Status.TO_VISIT


def test_a_declined_order_is_over(rules: Rules) -> None:
    case, entries = received(
        rules, *orders({"state": "待受理", "organizationCode": "", "dispatchTime": ""}, {"state": "不予受理"})
    )
    assert kinds(entries) == [EntryType.REGISTERED, EntryType.DECLINED]
    assert case.status is Status.DECLINED
    assert case.ended


def test_a_declined_order_that_is_closed_after_all_has_a_close(rules: Rules) -> None:
    closed = {"state": "已结案", "completeTime": "2026-11-21 11:00:00"}
    case, _ = received(rules, *orders({}, {"state": "不予受理"}, closed))
    assert case.status is Status.CLOSED
    assert case.closed_at is not None
    assert case.lead.spans[-1].end_reason == "closed"


def test_a_reason_goes_into_the_journal_without_persons_and_numbers(rules: Rules) -> None:
    returned = {"state": "待派遣", "backTime": "2026-11-20 15:00:00", "backReason": "欧阳试验19900001234不属本单位"}
    _, entries = received(rules, *orders({}, returned))
    assert entries[-2].payload["reason"] == "欧某[电话]不属本单位"


def test_a_linked_report_from_before_the_close_does_not_reopen(rules: Rules) -> None:
    closed, _ = received(rules, *orders({}, SIGNED, FINISHED, VISITED))
    earlier = translated(HOTLINE, order(orderNum="DH2", state="已结案", completeTime="2026-11-20 12:00:00"))
    assert decide(closed, Receive(earlier, "DH2026112000001"), rules).case.round == 1


def test_an_unknown_state_moves_nothing(rules: Rules) -> None:
    before, _ = received(rules, *orders({}, SIGNED, FINISHED))
    after, entries = received(rules, *orders({}, SIGNED, FINISHED, {"state": "某新状态"}))
    assert after == before
    assert kinds(entries)[-1] is EntryType.FINISHED


def test_a_corrected_field_is_revised_and_nothing_else(rules: Rules) -> None:
    case, entries = received(rules, *orders({}, {"pilotLight": "紧急"}))
    assert kinds(entries)[-2:] == [EntryType.REVISED, EntryType.COLOURED]
    assert entries[-2].payload == {"urgency": "urgent"}
    assert case.lead.facts.urgency is Urgency.URGENT
    assert case.colour is Colour.YELLOW


def test_a_110_slip_sent_back_counts_one_round_each_time_it_was_finished(rules: Rules) -> None:
    def slip(minute: int, **changes: Any) -> Report:
        return translated(POLICE, call(qssj="2026-11-20 08:20:00", gxsj=f"2026-11-20 09:{minute:02}:00", **changes))

    finished = {"fksj": "2026-11-20 09:00:00"}
    case, _ = received(
        rules, slip(0), slip(1, jdzt="4", **finished), slip(2, jdzt="8", **finished), slip(3, jdzt="8", **finished)
    )
    assert case.round == 2
    case, _ = received(
        rules, slip(4, jdzt="4", fksj="2026-11-20 09:04:00"), slip(5, jdzt="8", fksj="2026-11-20 09:04:00"), case=case
    )
    assert case.round == 3


def test_a_void_grid_event_is_declined(rules: Rules) -> None:
    case, _ = received(
        rules, translated(GRID, event()), translated(GRID, event(eventState="作废", updateTime="2026-11-20 09:00:00"))
    )
    assert case.status is Status.DECLINED


def test_a_second_report_of_a_closed_matter_reopens_the_case(rules: Rules) -> None:
    closed, _ = received(rules, *orders({}, SIGNED, FINISHED, VISITED))
    repeat = translated(HOTLINE, order(orderNum="DH2", oldOrderNum="DH2026112000001", callTime="2026-11-25 08:00:00"))
    decision = decide(closed, Receive(repeat, "DH2026112000001"), rules)
    assert kinds(list(decision.entries))[:3] == [EntryType.REOPENED, EntryType.REGISTERED, EntryType.LINKED]
    assert decision.case.status is Status.TO_SIGN
    assert decision.case.round == 2
    assert decision.case.closed_at is None


def test_a_case_is_as_far_as_its_slowest_report(rules: Rules) -> None:
    first = orders({}, SIGNED, FINISHED, VISITED)[-1]
    second = translated(HOTLINE, order(orderNum="DH2"))
    one_way, _ = received(rules, first, second)
    other_way, _ = received(rules, second, first)
    assert one_way.status is other_way.status is Status.TO_SIGN
    assert one_way.lead == other_way.lead._replace(spans=one_way.lead.spans)


def test_a_merged_case_ends_and_its_reports_go_on_in_the_other(rules: Rules) -> None:
    child, child_entries = received(rules, *orders({}, SIGNED))
    parent, parent_entries = received(rules, translated(HOTLINE, order(orderNum="DH0")))
    to_parent, to_child = merge(child, child_entries, parent, parent_id=7)
    assert to_child.case.status is Status.MERGED
    assert to_child.case.merged_into == 7
    assert [thread.report for thread in to_parent.case.threads] == ["hotline12345:DH0", "hotline12345:DH2026112000001"]
    assert fold([*parent_entries, *to_parent.entries]) == to_parent.case


def test_late_news_goes_to_the_span_that_was_running_then(rules: Rules) -> None:
    case, _ = received(rules, *orders({}, {"organizationCode": "U-WATER", "dispatchTime": "2026-11-20 16:00:00"}))
    late = Entry(EntryType.SIGNED, case.lead.report, at("11-20 10:00"), "desk", {})
    first, second = fold([*entries_of(case, rules), late]).lead.spans
    assert first.signed_at == at("11-20 10:00")
    assert second.signed_at is None


def entries_of(case: Case, rules: Rules) -> list[Entry]:
    return received(rules, *orders({}, {"organizationCode": "U-WATER", "dispatchTime": "2026-11-20 16:00:00"}))[1]


def promised(report: Report, rules: Rules) -> Due:
    return received(rules, report)[0].lead.promise


@pytest.mark.parametrize(
    ("changes", "due", "rule"),
    [
        ({"deadlineDate": "2026-11-25"}, "11-26 00:00", "source"),
        ({"deadlineDate": "2026-11-25 17:30:00"}, "11-25 17:30", "source"),
        ({"handleDays": "2", "timeUnit": "工作日"}, "11-25 00:00", "source/allowance"),
        ({"handleDays": 48, "timeUnit": "小时"}, "11-22 08:00", "source/allowance"),
        ({"pilotLight": "特急"}, "11-21 08:00", "2026-1/finish/critical"),
        ({"callerType": "咨询"}, "11-26 00:00", "2026-1/finish/consult"),
        ({}, "11-28 00:00", "2026-1/finish/complaint"),
    ],
)
def test_the_promise_is_the_sources_or_the_rules(rules: Rules, changes: dict[str, Any], due: str, rule: str) -> None:
    promise = promised(translated(HOTLINE, order(**changes)), rules)
    assert (promise.at, promise.rule) == (at(due), rule)


def test_a_grid_deadline_does_not_win_where_it_is_not_configured(rules: Rules) -> None:
    report = translated(GRID, event(deadlineTime="2026-11-20 09:00:00"))
    assert promised(report, rules).rule.startswith("2026-1/")


@given(tellings)
def test_the_journal_alone_tells_the_case(told: list[Telling]) -> None:
    case, entries = received(RULES, *reports_from(told))
    stored = [entry._replace(payload=orjson.loads(orjson.dumps(entry.payload))) for entry in entries]
    assert fold(stored) == case
    assert case.version == len(entries)


@given(tellings)
def test_spans_follow_one_another_and_an_ended_report_holds_nobody(told: list[Telling]) -> None:
    case, _ = received(RULES, *reports_from(told))
    for thread in case.threads:
        for before, _after in pairwise(thread.spans):
            assert before.ended_at is not None
        if thread.ended:
            assert thread.holder is None
        elif thread.status in (Status.TO_SIGN, Status.HANDLING):
            assert thread.holder is not None
    numbers = sorted(span.number for thread in case.threads for span in thread.spans)
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_finish_that_is_corrected_to_a_later_one_takes_the_signature_before_it_along(rules: Rules) -> None:
    """Once: heard again, the same record says nothing new."""
    done = order(state="待回访", completeTime="2026-11-20 10:00:00")
    corrected = done | {"completeTime": "2026-11-20 14:00:00", "signTime": "2026-11-20 12:00:00"}
    last = translated(HOTLINE, corrected)
    case, _ = received(rules, translated(HOTLINE, done), last)
    assert decide(case, Receive(last), rules).entries == ()


@given(tellings)
def test_hearing_the_last_version_again_says_nothing_new(told: list[Telling]) -> None:
    reports = reports_from(told)
    case, _ = received(RULES, *reports)
    assert decide(case, Receive(reports[-1]), RULES).entries == ()


def test_what_a_source_returns_after_its_finish_is_not_finished(rules: Rules) -> None:
    done = translated(HOTLINE, order(state="待回访", completeTime="2026-11-20 10:00:00"))
    back = translated(
        HOTLINE, order(state="待派遣", completeTime="2026-11-20 10:00:00", backTime="2026-11-20 14:00:00")
    )
    again = translated(HOTLINE, order(backTime="2026-11-20 14:00:00", dispatchTime="2026-11-20 15:00:00"))
    case, _ = received(rules, done, back)
    assert (case.status, case.threads[0].finished_at) == (Status.TO_ASSIGN, None)
    case, _ = received(rules, again, case=case)
    assert (case.status, case.threads[0].finished_at) == (Status.TO_SIGN, None)
