"""What a case's papers are told."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document as Docx

from casework.case import Case
from casework.errors import Refused
from casework.joining import Merge, merge
from casework.moves import (
    Approve,
    AskExtension,
    Assign,
    Close,
    Finish,
    GrantExtension,
    Pause,
    RecordVisit,
    Redo,
    Remind,
    Return,
    Sign,
    Whistle,
)
from casework.report import Report
from casework.vocabulary import Colour, ReminderKind, Result, Satisfaction
from config.county import load_county
from dashboard.exports.facts import check_paper, colour_at, paper_facts
from dashboard.exports.papers import ClockLine, Paper, PaperFacts, VisitLine, paper, standing
from dashboard.live.board import Board
from db.database import Database
from db.inbox import Recorder
from db.queries import cases
from db.queries.cases import ReportTexts, WholeCase
from db.queries.wall import current_work
from tests.casework.stories import GRID, HOTLINE, RULES, TO_HAND_OUT, Story, heard
from tests.db.centre import Centre
from tests.records import CONFIG, VAULT, at, event, order, translated

COUNTY = load_county(CONFIG / "county.toml")
TOWNSHIP = COUNTY.townships[0]
CITY, FIRE = (unit for unit in COUNTY.departments[:2])
NAMES = ("欧阳试验", "诸葛虚构", "19900001234", "19900007777")
WHY = {"reason": "有原因"}


def words(report: Report) -> ReportTexts:
    persons = tuple((person.role.value, f"{person.name[0]}**", "199****0000") for person in report.persons)
    source = (report.feed, report.source_id, report.channel)
    return ReportTexts(*source, report.title, report.content, report.address, report.result, persons)


def ordered(**changes: Any) -> Story:
    """A complaint of Friday morning, given to a department at nine."""
    story = Story()
    story.hear(**({"organizationCode": CITY.code, "areaCode": TOWNSHIP.code} | changes))
    return story


def handled(**changes: Any) -> Story:
    story = ordered(**changes)
    story.do(Sign, "11-20 10:00")
    return story


def told(story: Story, when: str = "11-20 12:00", case: Case | None = None, *reports: Report) -> PaperFacts:
    texts = tuple(words(report) for report in reports or (heard(),))
    whole = WholeCase(1, "YC-20261120-00001", case or story.case, tuple(story.entries), texts)
    return paper_facts(whole, COUNTY, RULES, at(when))


def clock(facts: PaperFacts, name: str) -> ClockLine:
    (found,) = (each for each in facts.clocks if each.name == name)
    return found


def late(story: Story, when: str) -> int:
    return told(story, when).overdue_working_days


def test_a_case_is_told_with_the_words_of_the_county() -> None:
    facts = told(handled())
    assert (facts.code, facts.county, facts.unit) == ("YC-20261120-00001", COUNTY.centre_name, CITY.name)
    assert (facts.township, facts.village) == (TOWNSHIP.name, "")
    assert (facts.status, facts.colour, facts.appeal, facts.urgency) == ("handling", "blue", "complaint", "ordinary")
    assert (facts.title, facts.place, facts.channel) == ("小区楼下油烟扰民", "城关镇新华路 8 号", "电话")
    assert (facts.feeds, facts.source_ids) == (("hotline12345",), ("DH2026112000001",))
    assert facts.persons == (("caller", "欧**", "199****0000"),)
    assert (facts.reported_at, facts.assigned_at) == (at("11-20 08:00"), at("11-20 09:00"))
    assert (facts.promise_at, facts.original_promise_at, facts.provisional) == (at("11-28 00:00"), None, False)
    assert (facts.round, facts.result, facts.reminders, facts.paused_at) == (1, "", (), None)


def test_the_units_clocks_are_told_with_their_rules_and_counts() -> None:
    facts = told(handled())
    assert [each.name for each in facts.clocks] == ["sign", "contact", "finish"]
    assert (clock(facts, "sign").stopped_at, clock(facts, "contact").stopped_at) == (at("11-20 10:00"), None)
    assert clock(facts, "contact").days == (), "hours are not counted in days"
    finish = clock(facts, "finish")
    assert (finish.due_at, finish.rule) == (at("11-28 00:00"), "2026-1/finish/complaint")
    assert [(day.day, counts) for day, counts, _ in finish.days] == [
        (20, False), (21, False), (22, False), (23, True), (24, True), (25, True), (26, True), (27, True),
    ]  # fmt: skip
    assert [why for _, _, why in finish.days[:3]] == ["day 0", "weekend", "weekend"]


def test_a_day_of_a_count_is_named_by_its_occasion() -> None:
    story = ordered(
        callTime="2026-09-29 10:00:00", dispatchTime="2026-09-29 10:00:00", updateTime="2026-09-29 10:00:00"
    )
    days = {day: why for day, _, why in clock(told(story), "finish").days}
    assert (days[date(2026, 10, 1)], days[date(2026, 10, 10)]) == ("National Day", "National Day")


def test_a_case_no_unit_has_yet() -> None:
    facts = told(ordered(**TO_HAND_OUT))
    assert (facts.unit, facts.assigned_at, facts.clocks) == ("", None, ())
    assert facts.promise_at == at("11-28 00:00")


def test_a_case_that_was_given_back_has_no_unit() -> None:
    story = handled()
    story.do(Return, "11-20 11:00", **WHY)
    facts = told(story)
    assert (facts.unit, facts.assigned_at, facts.clocks) == ("", None, ())


def test_a_case_that_is_closed_names_the_unit_that_finished_it() -> None:
    story = handled()
    story.do(Finish, "11-23 10:00", result=Result.SETTLED)
    story.do(Approve, "11-23 11:00")
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=True)
    story.do(Close, "11-24 11:00")
    facts = told(story, "12-31 10:00")
    assert (facts.unit, facts.status, facts.result, facts.overdue_working_days) == (CITY.name, "closed", "settled", 0)
    assert [(each.name, each.stopped_at) for each in facts.clocks] == [
        ("sign", at("11-20 10:00")),
        ("contact", None),
        ("finish", at("11-23 10:00")),
        ("visit", at("11-24 10:00")),
    ]


def test_after_it_went_to_another_unit_only_that_units_clocks_are_told() -> None:
    story = handled()
    story.do(Assign, "11-27 10:00", unit=FIRE.code, **WHY)
    facts = told(story)
    assert (facts.unit, facts.assigned_at) == (FIRE.name, at("11-27 10:00"))
    assert [(each.name, each.stopped_at) for each in facts.clocks] == [
        ("sign", None), ("contact", None), ("finish", None),
    ]  # fmt: skip
    assert (facts.promise_at, clock(facts, "finish").due_at) == (at("11-28 00:00"), at("12-01 00:00"))


def test_a_co_handlers_clocks_are_not_the_units() -> None:
    """It was called in at the very instant the holder got the case."""
    story = ordered()
    story.do(Whistle, "11-20 09:00", units=(FIRE.code,), **WHY)
    assert [each.name for each in told(story).clocks] == ["sign", "contact", "finish"]


def test_another_round_is_told_with_its_own_clocks() -> None:
    story = handled()
    story.do(Finish, "11-23 10:00")
    story.do(Approve, "11-23 11:00")
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=False)
    story.do(Redo, "11-24 11:00", **WHY)
    facts = told(story)
    assert (facts.round, facts.assigned_at) == (2, at("11-24 11:00"))
    assert [(each.name, each.stopped_at) for each in facts.clocks] == [
        ("sign", None), ("contact", None), ("finish", None),
    ]  # fmt: skip


def test_a_provisional_deadline_is_told_as_that() -> None:
    story = ordered(
        callTime="2026-12-29 10:00:00", dispatchTime="2026-12-29 10:00:00", updateTime="2026-12-29 10:00:00"
    )
    facts = told(story, "12-29 11:00")
    assert facts.provisional
    assert clock(facts, "finish").provisional
    assert not clock(facts, "sign").provisional
    assert "unpublished" in [why for _, _, why in clock(facts, "finish").days]


def test_an_extended_deadline_is_told_with_the_first_one() -> None:
    story = handled()
    story.do(AskExtension, "11-24 10:00", amount=2, **WHY)
    story.do(GrantExtension, "11-24 11:00")
    facts = told(story)
    assert (facts.promise_at, facts.original_promise_at) == (at("12-02 00:00"), at("11-28 00:00"))


def test_reminders_are_told_in_order() -> None:
    story = handled()
    for when, kind in (("11-26 10:00", ReminderKind.REMIND), ("11-28 10:00", ReminderKind.NOTICE)):
        story.do(Remind, when, kind=kind, unit=CITY.code)
    assert told(story).reminders == (("remind", at("11-26 10:00")), ("notice", at("11-28 10:00")))


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ("11-27 23:59", 0),
        ("11-28 10:00", 0),  # Saturday
        ("11-30 10:00", 0),  # the Monday is not over
        ("12-01 00:00", 1),
        ("12-01 10:00", 1),
        ("12-04 23:59", 4),
        ("12-05 00:00", 5),
    ],
)
def test_only_whole_working_days_late_are_counted(when: str, days: int) -> None:
    assert late(handled(), when) == days


def test_late_days_of_a_limit_in_hours_are_counted_after_its_day() -> None:
    story = handled(pilotLight="特急")
    assert story.promise == at("11-21 08:00"), "a Saturday"
    assert [late(story, when) for when in ("11-23 23:59", "11-24 00:00")] == [0, 1]


def test_a_late_units_days_are_counted_from_its_own_deadline() -> None:
    """The promise ran out on Friday, the second unit's time on Monday: the paper names the unit's date, and counts from it."""
    story = handled()
    story.do(Assign, "11-27 10:00", unit=FIRE.code, **WHY)
    facts = told(story, "12-02 10:00")
    assert facts.overdue_working_days == 1
    assert "应于2026年11月30日24:00前办结" in standing(facts, at("12-02 10:00"))
    assert "已超期1个工作日" in standing(facts, at("12-02 10:00"))


def test_days_late_stand_still_with_the_clock() -> None:
    story = handled()
    story.do(Pause, "12-02 10:00", approver="centre", **WHY)
    facts = told(story, "12-31 10:00")
    assert (facts.overdue_working_days, facts.paused_at) == (2, at("12-02 10:00"))
    assert "已超期2个工作日" in standing(facts, at("12-31 10:00"))


def test_a_case_paused_in_time_is_not_late() -> None:
    story = handled()
    story.do(Pause, "11-23 10:00", approver="centre", **WHY)
    facts = told(story, "12-31 10:00")
    assert facts.overdue_working_days == 0
    assert "起中止办理" in standing(facts, at("12-31 10:00"))


def test_days_late_end_with_the_finish() -> None:
    story = handled()
    story.do(Finish, "12-02 10:00")
    assert late(story, "12-31 10:00") == 2


def joined() -> tuple[Story, Case, tuple[Report, Report]]:
    """A hotline order and what the grid tells of the same matter, which is behind it."""
    story, other = handled(), Story()
    reports = heard(), translated(GRID, event(dealDeptCode=FIRE.code))
    other.hear(reports[1])
    to_parent, _ = merge(
        other.case, other.entries, story.case, 1, Merge(by="desk", at=at("11-20 11:00"), reason="同一件事")
    )
    return story, to_parent.case, reports


def test_a_merged_case_is_told_by_the_report_that_is_behind_and_in_the_words_of_all() -> None:
    story, case, reports = joined()
    facts = told(story, "11-20 12:00", case, *reports)
    assert case.lead.feed == GRID
    assert (facts.feeds, facts.source_ids) == ((HOTLINE, GRID), ("DH2026112000001", "WG2026112000001"))
    assert (facts.unit, facts.status, facts.place) == (FIRE.name, "to_sign", "河口乡渡口村")
    assert facts.persons == (("caller", "诸**", "199****0000"),)
    assert facts.content.splitlines() == [report.content for report in reports]
    assert facts.texts == (
        ("【12345 热线（电话） DH2026112000001】", reports[0].content),
        (f"【网格上报（{reports[1].channel}） WG2026112000001】", reports[1].content),
    )
    assert facts.reported_at == at("11-20 08:00")


def test_words_of_a_report_that_says_nothing_leave_no_empty_line() -> None:
    story, case, (first, second) = joined()
    assert told(story, "11-20 12:00", case, first._replace(content=""), second).content == second.content


def text_of(document: bytes) -> str:
    opened = Docx(BytesIO(document))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])


def whole(file: bytes) -> str:
    """Every part of a file, properties included."""
    with ZipFile(BytesIO(file)) as packed:
        return "\n".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def made(facts: PaperFacts, when: datetime) -> dict[Paper, str]:
    return {kind: text_of(paper(kind, facts, when, "云综治〔2026〕1号")) for kind in Paper}


def paused() -> Story:
    story = handled()
    story.do(Pause, "11-23 10:00", approver="centre", **WHY)
    return story


def provisional() -> Story:
    return ordered(callTime="2026-12-29 10:00:00", dispatchTime="2026-12-29 10:00:00", updateTime="2026-12-29 10:00:00")


@pytest.mark.parametrize(
    "story",
    [ordered(**TO_HAND_OUT), handled(), paused(), provisional()],
    ids=["no unit yet", "handled", "paused", "provisional"],
)
def test_all_four_papers_are_made_of_any_case(story: Story) -> None:
    when = at("12-30 10:00")
    for kind, text in made(told(story, "12-30 10:00"), when).items():
        assert "YC-20261120-00001" in text, kind


def test_a_provisional_deadline_is_marked_on_the_paper() -> None:
    assert "暂定" in made(told(provisional(), "12-30 10:00"), at("12-30 10:00"))[Paper.DISPATCH]


def test_a_paused_case_is_told_as_that_on_the_paper() -> None:
    assert "起中止办理" in made(told(paused(), "12-30 10:00"), at("12-30 10:00"))[Paper.PROMPT]


def test_nothing_personal_is_in_the_facts_or_in_any_paper(database: Database, recorder: Recorder) -> None:
    """From the feed's words to the file: two reports that tell names and numbers wherever they can."""
    centre = Centre(database, recorder)
    case_id = centre.hear(
        HOTLINE, order(title="欧阳试验投诉", majorContent="欧阳试验19900001234", address="欧阳试验家")
    )
    centre.merge(
        centre.hear(GRID, event(desc="诸葛虚构19900007777", eventAddress="诸葛虚构家", result="诸葛虚构")), case_id
    )
    centre.act(case_id, Sign(by="U-CITY", at=at("11-20 10:00")))
    with database.read() as session:
        found = cases.whole_case(session, VAULT, case_id)
    facts = paper_facts(found, COUNTY, RULES, at("11-20 12:00"))
    texts = [repr(facts), *(whole(paper(kind, facts, at("11-20 12:00"), "1")) for kind in Paper)]
    for secret in NAMES:
        assert not any(secret in text for text in texts), secret


@pytest.mark.parametrize(
    ("kind", "when", "sentence"),
    [
        (Paper.DISPATCH, "11-20 09:30", "no unit has been given the case yet"),
        (Paper.FEEDBACK, "11-20 09:30", "no unit has been given the case yet"),
        (Paper.URGING, "11-20 09:30", "no unit holds the case: there is nobody to urge"),
        (Paper.PROMPT, "12-20 09:30", "no unit holds the case: there is nobody to urge"),
    ],
)
def test_a_paper_is_refused_that_would_speak_to_nobody(kind: Paper, when: str, sentence: str) -> None:
    story = Story()
    story.hear(**TO_HAND_OUT)
    with pytest.raises(Refused, match=sentence):
        check_paper(kind, story.case, at(when))


@pytest.mark.parametrize("kind", [Paper.URGING, Paper.PROMPT])
def test_nobody_is_urged_before_the_deadline_nor_after_the_finish(kind: Paper) -> None:
    story = ordered()
    story.do(Sign, "11-20 10:00")
    with pytest.raises(Refused, match="the unit's deadline has not passed"):
        check_paper(kind, story.case, at("11-27 10:00"))
    story.do(Remind, "11-28 09:00", kind=ReminderKind.SUPERVISE, unit=CITY.code)
    check_paper(kind, story.case, at("11-28 10:00"))
    story.do(Finish, "11-28 11:00")
    with pytest.raises(Refused, match="the work is finished"):
        check_paper(kind, story.case, at("11-28 12:00"))


def test_a_prompt_letter_tells_of_a_supervision_that_is_on_record_for_its_unit() -> None:
    story = handled()
    story.do(Remind, "11-28 09:00", kind=ReminderKind.NOTICE, unit=CITY.code)
    with pytest.raises(Refused, match=f"remind --kind supervise --unit {CITY.code}"):
        check_paper(Paper.PROMPT, story.case, at("12-04 10:00"))
    check_paper(Paper.URGING, story.case, at("12-04 10:00"))
    story.do(Remind, "12-04 09:00", kind=ReminderKind.SUPERVISE, unit=CITY.code)
    check_paper(Paper.PROMPT, story.case, at("12-04 10:00"))
    story.do(Assign, "12-04 11:00", unit=FIRE.code, **WHY)
    with pytest.raises(Refused, match=f"no supervision .* of {FIRE.code} is on record"):
        check_paper(Paper.PROMPT, story.case, at("12-20 10:00"))
    story.do(Assign, "12-07 11:00", unit=CITY.code, **WHY)
    with pytest.raises(Refused, match="no supervision"):
        check_paper(Paper.PROMPT, story.case, at("12-20 10:00"))


@pytest.mark.parametrize(
    ("when", "colour"),
    [("11-27 23:59", Colour.BLUE), ("11-28 00:01", Colour.YELLOW), ("12-05 00:01", Colour.RED)],
)
def test_a_late_case_has_the_colour_the_wall_shows(when: str, colour: Colour) -> None:
    story = handled()
    assert (colour_at(story.case, RULES, at(when)), told(story, when).colour) == (colour, colour)
    assert story.case.colour is Colour.BLUE, "which is stored"


def test_a_colour_does_not_rise_while_the_clock_stands_still() -> None:
    in_time, late = handled(), handled()
    in_time.do(Pause, "11-25 10:00", approver="centre", **WHY)
    late.do(Pause, "11-30 10:00", approver="centre", **WHY)
    assert [colour_at(each.case, RULES, at("12-30 10:00")) for each in (in_time, late)] == [Colour.BLUE, Colour.YELLOW]


def test_the_wall_and_the_papers_show_one_colour(database: Database, recorder: Recorder) -> None:
    centre = Centre(database, recorder)
    running, paused, late = (centre.hear(HOTLINE, order(orderNum=f"DH{number}")) for number in range(3))
    for case_id, when in ((paused, "11-25 10:00"), (late, "11-30 10:00")):
        centre.act(case_id, Sign(by="U-CITY", at=at("11-20 10:00")))
        centre.act(case_id, Pause(by="U-CITY", at=at(when), approver="centre", reason="等鉴定"))
    now, board = at("12-10 10:00"), Board(RULES)
    with database.read() as session:
        board.fill(current_work(session, now), centre.position(), now)
    shown = {card.code: card.colour for card in board.overview(now).cards}
    ours = {centre.case(each).code: colour_at(centre.state(each), RULES, now) for each in (running, paused, late)}
    assert shown == ours
    assert set(ours.values()) == {Colour.RED, Colour.BLUE, Colour.YELLOW}


def test_what_is_finished_has_the_colour_it_was_given() -> None:
    story = handled()
    story.do(Finish, "12-30 10:00")
    assert colour_at(story.case, RULES, at("12-31 10:00")) is Colour.BLUE


def test_a_visit_of_this_round_is_told() -> None:
    story = handled()
    story.do(Finish, "11-23 10:00")
    story.do(Approve, "11-23 11:00")
    assert told(story).visit is None
    story.do(RecordVisit, "11-24 10:00", reached=True, solved=False, satisfaction=Satisfaction.DISSATISFIED)
    assert told(story).visit == VisitLine(at("11-24 10:00"), True, False, "dissatisfied")
    story.do(Redo, "11-24 11:00", **WHY)
    assert told(story).visit is None


def test_a_tip_offs_paper_does_not_say_who_told_or_where_they_live() -> None:
    report = heard(callerType="举报", isSecret="1")._replace(sensitive=True)
    story = Story()
    story.hear(report)
    whole = WholeCase(1, "YC-20261120-00001", story.case, tuple(story.entries), (words(report),))
    facts = paper_facts(whole, COUNTY, RULES, at("11-20 12:00"))
    assert (facts.persons, facts.place) == ((), "")
    told = "".join(
        cell.text
        for table in Docx(BytesIO(paper(Paper.DISPATCH, facts, at("11-20 12:00"), "1"))).tables
        for row in table.rows
        for cell in row.cells
    )
    assert "**" not in told
    assert report.address not in told
