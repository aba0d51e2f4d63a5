"""Papers open again and say what they must."""

import getpass
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document as Docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.clocks import named_limits
from casework.report import Role
from casework.vocabulary import Appeal, Category, Colour, Feed, Status, Urgency
from config import locale
from config.rules import load_rules
from dashboard import words
from dashboard.exports import papers
from dashboard.exports.papers import ClockLine, Paper, PaperFacts, VisitLine, file_name, paper
from tests.records import CONFIG

NUMBER = "云综治交〔2026〕42号"
LATE = (Paper.URGING, Paper.PROMPT)


def local(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    """An instant by the clock of Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


MADE = local(11, 23, 14, 5)
SPRING_FESTIVAL = tuple(
    (date(2026, 2, day), counts, why)
    for days, counts, why in (
        ((12,), False, "day 0"),
        ((13,), True, "weekday"),
        ((14,), True, "make-up"),
        (range(15, 24), False, "Spring Festival"),
        ((24, 25, 26), True, "weekday"),
    )
    for day in days
)
FINISH = ClockLine("finish", local(11, 28), None, "2026-1/finish/complaint", False, ())
FACTS = PaperFacts(
    code="YC-20261121-00042",
    county="云川县",
    status=Status.HANDLING,
    colour=Colour.YELLOW,
    category=Category.LABOUR,
    appeal=Appeal.COMPLAINT,
    urgency=Urgency.URGENT,
    township="青石镇",
    village="石桥村",
    place="石桥村三组砖厂",
    title="反映石桥砖厂拖欠工资",
    content="来电人反映：其在石桥砖厂务工，三个月未发工资。\n对方以“货款未回”为由推脱。",
    channel="电话",
    feeds=(Feed.HOTLINE12345, Feed.GRID),
    source_ids=("GD2026112100317", "WG-88213"),
    persons=((Role.CALLER, "王**", "138****5678"), (Role.WORKER, "李*", "")),
    reported_at=local(11, 21, 9, 12),
    unit="青石镇综治中心",
    assigned_at=local(11, 21, 9, 40),
    promise_at=local(11, 28),
    original_promise_at=local(11, 28),
    provisional=False,
    paused_at=None,
    clocks=(
        ClockLine("sign", local(11, 21, 11, 40), local(11, 21, 10, 5), "2026-1/sign/urgent", False, ()),
        ClockLine("contact", local(11, 22, 9, 40), local(11, 22, 15), "2026-1/contact/limit", False, ()),
        FINISH,
    ),
    reminders=(("remind", local(11, 27)), ("urge", local(11, 28))),
    overdue_working_days=0,
    round=1,
    result="",
)
EMPTY = replace(
    FACTS,
    township="",
    village="",
    place="",
    title="",
    content="",
    channel="",
    feeds=(),
    source_ids=(),
    persons=(),
    unit="",
    assigned_at=None,
    promise_at=None,
    original_promise_at=None,
    clocks=(),
    reminders=(),
)


@cache
def opened(kind: Paper, facts: PaperFacts = FACTS, at: datetime = MADE) -> Document:
    """The paper, read again; no test changes it."""
    return Docx(BytesIO(paper(kind, facts, at, NUMBER)))


def text_of(document: Document) -> str:
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells_of(document)])


def cells_of(document: Document) -> Iterator[str]:
    """Every cell's text; a merged cell once."""
    for table in document.tables:
        for row in table.rows:
            yield from {cell._tc: cell.text for cell in row.cells}.values()


def field(document: Document, label: str) -> str:
    """What stands beside a label."""
    texts = list(cells_of(document))
    return texts[texts.index(label) + 1]


def table_headed(document: Document, header: str) -> Table:
    return next(table for table in document.tables if table.cell(0, 0).text == header)


@pytest.mark.parametrize(
    ("kind", "title", "addressee"),
    [
        (Paper.DISPATCH, "交办单", "青石镇综治中心："),
        (Paper.URGING, "催办通知书", "青石镇综治中心主管负责同志："),
        (Paper.PROMPT, "工作提示函", "青石镇综治中心："),
    ],
)
def test_a_letter_tells_who_writes_whom_under_which_number_and_when(kind: Paper, title: str, addressee: str) -> None:
    assert [paragraph.text for paragraph in opened(kind).paragraphs][:4] == [
        "云川县社会治安综合治理中心",
        title,
        f"编号：{NUMBER}\t制发时间：2026年11月23日14:05",
        addressee,
    ]


def test_a_centre_that_is_named_in_full_is_not_named_twice() -> None:
    assert papers.centre_name(replace(FACTS, county="云川县综治中心")) == "云川县综治中心"


def test_the_fields_of_the_case_are_told_in_chinese() -> None:
    document = opened(Paper.DISPATCH)
    assert {
        label: field(document, label)
        for label in ("案件编号", "案件状态", "事项类别", "诉求类型", "紧急程度", "风险等级", "来件渠道", "来件编号")
    } == {
        "案件编号": "YC-20261121-00042",
        "案件状态": "办理中",
        "事项类别": "劳动人事",
        "诉求类型": "投诉",
        "紧急程度": "紧急",
        "风险等级": "黄色",
        "来件渠道": "12345 热线、网格上报（电话）",
        "来件编号": "GD2026112100317、WG-88213",
    }
    assert field(document, "受理时间") == "2026年11月21日09:12"
    assert field(document, "当 事 人") == "诉求人 王** 138****5678；网格员 李*"


def test_the_matter_is_told_line_by_line() -> None:
    told = [paragraph.text for paragraph in opened(Paper.DISPATCH).paragraphs]
    at = told.index("二、诉求内容")
    assert told[at + 1 : at + 3] == FACTS.content.split("\n")


@pytest.mark.parametrize("kind", Paper)
def test_no_paper_lets_a_code_of_ours_through(kind: Paper) -> None:
    told = text_of(opened(kind))
    codes = (*Status, *Appeal, *Urgency, *Feed, *Role, *papers.CLOCKS, *papers.REMINDERS, "2026-1/")
    assert [code for code in codes if code in told] == []


@pytest.mark.parametrize(
    ("told", "msgids"),
    [
        (papers.STATUSES, words.STATUSES),
        (papers.COLOURS, words.COLOURS),
        (papers.CATEGORIES, words.CATEGORIES),
        (papers.FEEDS, words.FEEDS),
    ],
)
def test_papers_and_screens_have_the_same_words(told: Mapping[str, str], msgids: Mapping[str, str]) -> None:
    chinese = locale.load()[words.CHINESE]
    assert dict(told) == {code: chinese[msgid] for code, msgid in msgids.items()}


@pytest.mark.parametrize(
    ("told", "codes"), [(papers.APPEALS, Appeal), (papers.URGENCIES, Urgency), (papers.ROLES, Role)]
)
def test_every_other_code_has_a_word_too(told: Mapping[str, str], codes: type[Appeal | Urgency | Role]) -> None:
    assert set(told) == set(codes)


def test_what_ends_with_a_day_ends_at_its_24_00() -> None:
    document = opened(Paper.DISPATCH)
    assert field(document, "办结") == "2026年11月27日24:00"
    assert field(document, "承诺时限") == "2026年11月27日24:00"
    assert "请于2026年11月27日24:00前办结，并将《反馈表》及证明材料报送本中心。" in text_of(document)


def test_a_clock_tells_its_rule_and_how_it_ended() -> None:
    rows = [[cell.text for cell in row.cells] for row in table_headed(opened(Paper.DISPATCH), "环节").rows]
    assert rows[1:] == [
        ["签收", "2026年11月21日11:40", "2026-1版·签收·紧急", "2026年11月21日10:05完成"],
        ["联系群众", "2026年11月22日09:40", "2026-1版·联系群众", "2026年11月22日15:00完成，超期"],
        ["办结", "2026年11月27日24:00", "2026-1版·办结·投诉", "未完成，未到期"],
    ]


def test_only_what_is_still_to_be_done_is_asked_for() -> None:
    assert "前签收" not in text_of(opened(Paper.DISPATCH))
    waiting = replace(FACTS, clocks=tuple(replace(clock, stopped_at=None) for clock in FACTS.clocks))
    told = text_of(opened(Paper.DISPATCH, waiting, local(11, 21, 10)))
    assert "（一）请于2026年11月21日11:40前签收" in told
    assert "（二）请于2026年11月22日09:40前联系群众" in told


def test_nobody_is_asked_for_anything_by_a_date_that_is_past() -> None:
    waiting = replace(FACTS, clocks=tuple(replace(clock, stopped_at=None) for clock in FACTS.clocks))
    told = text_of(opened(Paper.DISPATCH, waiting, local(11, 22, 9)))
    assert "（一）期限（2026年11月21日11:40）已过，请立即签收" in told
    assert "（二）请于2026年11月22日09:40前联系群众" in told
    assert "（三）请于2026年11月27日24:00前办结" in told
    late = text_of(opened(Paper.DISPATCH, waiting, local(12, 2)))
    assert "（三）期限（2026年11月27日24:00）已过，请立即办结" in late
    form = text_of(opened(Paper.FEEDBACK, waiting, local(12, 2)))
    assert "本表由承办单位填写，办结期限已过，请立即报送" in form
    assert "前报送" not in form


@pytest.mark.parametrize("kind", Paper)
def test_a_provisional_deadline_says_so_wherever_it_is_told(kind: Paper) -> None:
    facts = replace(FACTS, provisional=True, clocks=(replace(FINISH, provisional=True),))
    told = text_of(opened(kind, facts))
    assert told.count("2026年11月27日24:00") == told.count("2026年11月27日24:00（暂定）") >= 2
    assert "暂定" not in text_of(opened(kind))


def test_a_provisional_deadline_is_explained() -> None:
    note = "注：“暂定”期限涉及放假安排尚未公布的年度，待公布后重新核定并告知。"
    facts = replace(FACTS, clocks=(replace(FINISH, provisional=True),))
    assert note in text_of(opened(Paper.DISPATCH, facts))


def test_the_days_of_a_count_stand_in_one_line_below_their_clock() -> None:
    facts = replace(FACTS, clocks=(replace(FINISH, days=SPRING_FESTIVAL),))
    rows = table_headed(opened(Paper.DISPATCH, facts), "环节").rows
    assert [rows[2].cells[0].text, rows[2].cells[1].text] == [
        "计日",
        "计入5天：2026年2月13日、14日（调休上班）、24日至26日；不计10天：2026年2月12日（起算日）、15日至23日（春节）",
    ]


def test_a_count_over_the_turn_of_a_year_names_both_years() -> None:
    days = ((date(2026, 12, 31), True, ""), (date(2027, 1, 1), True, ""), (date(2027, 2, 1), True, "特批"))
    assert papers.days_words(days) == "计入3天：2026年12月31日至2027年1月1日、2月1日（特批）"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("source", "来件系统载明的期限"),
        ("2026-1/finish/category-utilities", "2026-1版·办结·水电气热"),
        ("2026-1/finish/dispute-general", "2026-1版·办结·矛盾纠纷（一般）"),
        ("2026-1/finish/other", "2026-1版·办结·其他事项"),
        ("2026-1/minimum_handling/limit", "2026-1版·最短办理时间"),
        ("2026-1/extension/most", "2026-1版·经批准延期"),
        ("某县办法第七条", "某县办法第七条"),
    ],
)
def test_a_rule_is_told_in_words(rule: str, told: str) -> None:
    assert papers.rule_words(rule) == told


@pytest.mark.parametrize(
    ("facts", "at", "told"),
    [
        (FACTS, MADE, "该件办结期限为2026年11月27日24:00，截至2026年11月23日14:05尚未办结。"),
        (
            FACTS,
            local(11, 28, 9),
            "该件应于2026年11月27日24:00前办结，截至2026年11月28日09:00仍未办结，已超期（不足1个工作日）。",
        ),
        (
            replace(FACTS, overdue_working_days=3),
            local(12, 2, 10),
            "该件应于2026年11月27日24:00前办结，截至2026年12月2日10:00仍未办结，已超期3个工作日。",
        ),
        (
            replace(FACTS, paused_at=local(11, 25, 10)),
            local(12, 2, 10),
            "该件办结期限为2026年11月27日24:00，自2026年11月25日10:00起中止办理，中止期间不计入办理时限。",
        ),
        (
            replace(FACTS, paused_at=local(12, 1, 10), overdue_working_days=1),
            local(12, 2, 10),
            "该件应于2026年11月27日24:00前办结，截至2026年12月2日10:00仍未办结，已超期1个工作日。",
        ),
        (
            replace(FACTS, clocks=(replace(FINISH, stopped_at=local(11, 30, 8)),)),
            local(12, 2, 10),
            "该件办结期限为2026年11月27日24:00，已于2026年11月30日08:00超期办结。",
        ),
        (
            replace(FACTS, clocks=(), promise_at=None),
            local(12, 2, 10),
            "该件截至2026年12月2日10:00尚未办结。",
        ),
    ],
)
def test_where_a_case_stands_is_one_true_sentence(facts: PaperFacts, at: datetime, told: str) -> None:
    assert papers.standing(facts, at) == told


@pytest.mark.parametrize("kind", LATE)
def test_a_late_case_s_paper_says_how_late_and_lists_what_was_done_about_it(kind: Paper) -> None:
    late = replace(FACTS, overdue_working_days=6)
    document = opened(kind, late, local(12, 7, 9))
    assert papers.standing(late, local(12, 7, 9)) in text_of(document)
    rows = [[cell.text for cell in row.cells] for row in table_headed(document, "序号").rows]
    assert rows[1:] == [["1", "到期提醒", "2026年11月27日00:00"], ["2", "超期催办", "2026年11月28日00:00"]]


def test_urging_and_prompting_say_by_when_to_answer() -> None:
    assert "请自收到本通知书之日起1个工作日内，" in text_of(opened(Paper.URGING))
    assert "请自收到本函之日起3个工作日内办结，" in text_of(opened(Paper.PROMPT))


def test_an_extended_and_paused_promise_tells_both_dates_and_since_when() -> None:
    facts = replace(FACTS, promise_at=local(12, 5), paused_at=local(12, 1, 10))
    told = "2026年12月4日24:00；原定2026年11月27日24:00，经批准延期；自2026年12月1日10:00起中止办理"
    assert field(opened(Paper.DISPATCH, facts), "承诺时限") == told


def test_the_feedback_form_leaves_room_for_the_unit_to_write() -> None:
    table = table_headed(opened(Paper.FEEDBACK), "办理情况（由承办单位填写）")
    assert [row.cells[0].text for row in table.rows][1:] == ["处理经过", "处理结果", "群众意见", "证明材料"]
    assert table.rows[1].cells[1].text.strip() == ""
    assert all((row.height or 0) >= Mm(14) for row in list(table.rows)[1:])
    assert "化解成功□" in table.rows[2].cells[1].text


DONE = replace(
    FACTS,
    status=Status.CLOSED,
    clocks=(*FACTS.clocks[:2], replace(FINISH, stopped_at=local(11, 24, 16))),
    result="settled",
    visit=VisitLine(local(11, 25, 10), True, True, "very_satisfied"),
)


def boxes(document: Document) -> dict[str, str]:
    table = table_headed(document, "办理情况（由承办单位填写）")
    return {row.cells[0].text: row.cells[1].text for row in list(table.rows)[1:]}


def test_what_is_known_of_a_finished_case_is_filled_in() -> None:
    told = boxes(opened(Paper.FEEDBACK, DONE, local(11, 30)))
    assert told["处理经过"].strip() == ("2026年11月21日10:05签收；2026年11月22日15:00联系群众；2026年11月24日16:00办结")
    assert "化解成功☑　未成功□" in told["处理结果"]
    assert "已解决☑　未解决□　　满意☑　基本满意□　不满意□" in told["群众意见"]
    assert "2026年11月25日10:00回访" in told["群众意见"]
    assert "前报送" not in text_of(opened(Paper.FEEDBACK, DONE, local(11, 25)))


def test_a_result_in_the_source_s_own_words_is_told_as_it_is() -> None:
    told = boxes(opened(Paper.FEEDBACK, replace(DONE, result="已协调", visit=None)))
    assert "☑" not in "".join(told.values())
    assert "已协调" in told["处理结果"]
    unreached = replace(DONE, visit=VisitLine(local(11, 25, 10), False, None, ""))
    assert "回访" not in boxes(opened(Paper.FEEDBACK, unreached))["群众意见"]


def test_of_several_reports_each_text_has_its_heading() -> None:
    texts = (
        (papers.report_words(Feed.HOTLINE12345, "电话", "GD1"), "油烟\n噪音"),
        (papers.report_words(Feed.GRID, "", "WG-2"), ""),
    )
    told = [paragraph.text for paragraph in opened(Paper.DISPATCH, replace(FACTS, texts=texts)).paragraphs]
    at = told.index("二、诉求内容")
    assert told[at + 1 : at + 6] == ["【12345 热线（电话） GD1】", "油烟", "噪音", "【网格上报 WG-2】", "—"]
    single = [paragraph.text for paragraph in opened(Paper.DISPATCH, replace(FACTS, texts=texts[:1])).paragraphs]
    assert not [line for line in single if line.startswith("【")]


def test_every_clause_of_the_rules_is_told_in_chinese() -> None:
    for name in named_limits(load_rules(CONFIG).clocks.newest):
        told = papers.rule_words(f"2026-1/{name}").removeprefix("2026-1版·")
        assert told
        assert not re.search(r"[a-z]", told), name


def test_the_feedback_form_says_by_when_it_is_due_and_bears_the_unit_s_seal() -> None:
    document = opened(Paper.FEEDBACK)
    assert "本表由承办单位填写，于2026年11月27日24:00前报送云川县社会治安综合治理中心" in text_of(document)
    assert field(document, "单位盖章") == "青石镇综治中心"
    assert field(opened(Paper.DISPATCH), "单位盖章") == "云川县社会治安综合治理中心"


def test_the_feedback_form_tells_a_long_matter_in_short() -> None:
    document = opened(Paper.FEEDBACK, replace(FACTS, content="长" * 10_000))
    assert field(document, "诉求摘要") == "长" * 70 + "……（全文见交办单）"


@pytest.mark.parametrize("kind", Paper)
def test_every_paper_is_signed(kind: Paper) -> None:
    signatures = opened(kind).tables[-1]
    assert [cell.text for row in signatures.rows for cell in row.cells][::2] == [
        "经 办 人",
        "审 核 人",
        "单位盖章",
        "日　　期",
    ]


@pytest.mark.parametrize("kind", Paper)
def test_every_run_names_its_east_asian_font(kind: Paper) -> None:
    document = opened(kind)
    footer = document.sections[0].footer._element
    runs = [run for root in (document.element, footer) for run in root.iter(qn("w:r"))]
    fonts = {run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}").get(qn("w:eastAsia")) for run in runs}
    assert {"宋体", "仿宋", "黑体"} >= fonts >= {"宋体", "仿宋"}


def test_what_is_typed_into_a_paper_later_is_in_its_fonts_too() -> None:
    document = opened(Paper.FEEDBACK)
    defaults = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:rFonts')}")
    assert defaults.get(qn("w:eastAsia")) == "仿宋"
    assert not [name for name in defaults.attrib if "Theme" in name]


def test_the_page_is_that_of_an_official_document() -> None:
    document = opened(Paper.DISPATCH)
    section, body = document.sections[0], document.paragraphs[4]
    assert [round(Length(told or 0).mm) for told in (section.page_width, section.page_height)] == [210, 297]
    assert body.style is not None
    assert body.style.element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋"
    assert body.style.element.rPr.sz_val == Pt(16)
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.element.rPr.sz_val == Pt(22)


@pytest.mark.parametrize("kind", Paper)
def test_rows_stay_whole_and_headers_come_again_on_the_next_page(kind: Paper) -> None:
    """The boxes of the form may break: a unit may write more than a page."""
    *told, signatures = opened(kind).tables
    for table in told:
        rows = table._tbl.tr_lst
        assert [row.find(f".//{qn('w:tblHeader')}") is not None for row in rows] == [True] + [False] * (len(rows) - 1)
    unbroken = [row for table in (*told, signatures) for row in table._tbl.tr_lst]
    boxes = 4 if kind is Paper.FEEDBACK else 0
    assert sum(row.find(f".//{qn('w:cantSplit')}") is None for row in unbroken) == boxes


def test_a_row_that_no_page_can_hold_may_break() -> None:
    table = table_headed(opened(Paper.DISPATCH, replace(FACTS, title="题" * 3000)), "案件基本情况")
    broken = [row for row in table.rows if row._tr.find(f".//{qn('w:cantSplit')}") is None]
    assert [row.cells[0].text for row in broken] == ["事项标题"]


@pytest.mark.parametrize("kind", [Paper.DISPATCH, *LATE])
def test_ten_thousand_characters_are_all_there(kind: Paper) -> None:
    content = "长" * 9_000 + "A" * 1_000
    assert content in [paragraph.text for paragraph in opened(kind, replace(FACTS, content=content)).paragraphs]


@pytest.mark.parametrize("kind", Paper)
def test_what_is_not_known_is_a_dash(kind: Paper) -> None:
    document = opened(kind, EMPTY)
    labels = ("事项标题", "当 事 人", "交办时间", "承办单位")
    assert [field(document, label) for label in labels] == ["—"] * 4
    assert "None" not in text_of(document)


def test_a_letter_of_an_empty_case_still_says_what_is_asked() -> None:
    document = opened(Paper.DISPATCH, EMPTY)
    told = [paragraph.text for paragraph in document.paragraphs]
    assert told[told.index("二、诉求内容") + 1] == "—"
    assert "（一）请按规定时限办结，并将《反馈表》及证明材料报送本中心。" in told
    assert [cell.text for cell in table_headed(document, "环节").rows[1].cells] == ["—"] * 4


def test_what_xml_cannot_hold_is_left_out_and_the_rest_is_kept() -> None:
    facts = replace(
        FACTS,
        title="甲\x00乙\x0b丙\x1f丁\ud800戊\ufffe己\u202e庚",
        content="一\x07二\r\n\x0c\n三😀",
        persons=((Role.CALLER, "王\x08**", "138\x00****5678"),),
        clocks=(replace(FINISH, rule="办法\x01第七条", days=((date(2026, 11, 23), True, "特\x02批"),)),),
    )
    document = opened(Paper.DISPATCH, facts)
    told = [paragraph.text for paragraph in document.paragraphs]
    at = told.index("二、诉求内容")
    assert field(document, "事项标题") == "甲乙丙丁戊己庚"
    assert told[at + 1 : at + 3] == ["一二", "三😀"]
    assert field(document, "当 事 人") == "诉求人 王** 138****5678"
    assert "办法第七条" in cells_of(document)
    assert field(document, "计日") == "计入1天：2026年11月23日（特批）"


@settings(max_examples=12, deadline=None)
@given(kind=st.sampled_from(Paper), written=st.text(st.characters(), max_size=60))
def test_no_text_breaks_a_paper(kind: Paper, written: str) -> None:
    facts = replace(
        FACTS,
        code=written,
        county=written,
        status=written,
        title=written,
        content=written,
        unit=written,
        persons=((written, written, written),),
        reminders=((written, MADE),),
    )
    made = paper(kind, facts, MADE, written)
    assert Docx(BytesIO(made)).tables[-1].cell(0, 0).text == "经 办 人"


@pytest.mark.parametrize("kind", Paper)
def test_a_file_s_properties_tell_the_paper_and_the_centre_and_nothing_else(kind: Paper) -> None:
    told = opened(kind).core_properties
    assert told.title == f"{papers.NAMES[kind]} YC-20261121-00042"
    assert told.author == told.last_modified_by == "云川县社会治安综合治理中心"
    assert told.created == told.modified == MADE
    assert [told.comments, told.subject, told.keywords, told.category, told.identifier, told.version] == [""] * 6


@pytest.mark.parametrize("kind", Paper)
def test_a_file_names_no_machine_no_program_and_no_matter_outside_its_text(kind: Paper) -> None:
    with ZipFile(BytesIO(paper(kind, FACTS, MADE, NUMBER))) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
        assert {entry.date_time[0] for entry in package.infolist()} == {1980}
    assert not [name for name in parts if "thumbnail" in name or "app.xml" in name or "customXml" in name]
    about = "".join(text for name, text in parts.items() if name.startswith("docProps"))
    leaks = ("python-docx", "Macintosh", socket.gethostname(), getpass.getuser(), FACTS.title, "王**", FACTS.unit)
    assert [leak for leak in leaks if leak in about] == []
    assert "python-docx" not in "".join(parts.values())


def test_the_same_facts_make_the_same_file() -> None:
    assert paper(Paper.DISPATCH, FACTS, MADE, NUMBER) == paper(Paper.DISPATCH, FACTS, MADE, NUMBER)


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        (Paper.DISPATCH, "YC-20261121-00042", "交办单_YC-20261121-00042.docx"),
        (Paper.FEEDBACK, "YC/../a:b\r\n", "反馈表_YC____a_b__.docx"),
    ],
)
def test_a_file_s_name_is_safe_everywhere(kind: Paper, code: str, name: str) -> None:
    assert file_name(kind, replace(FACTS, code=code)) == name
