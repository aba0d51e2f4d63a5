"""A review's pack: what its workbook and its report hold is what the review says, to the last digit, and nothing runs."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from casework.calendar import SHANGHAI
from casework.indicators import Indicator
from casework.review import PeriodName
from casework.roles import Sight
from dashboard.components import review_numbers as numbers
from dashboard.exports.minutes import Held, Settled, minutes
from dashboard.exports.minutes import file_name as minutes_name
from dashboard.exports.pack import Pack, codes_in, file_name, narrowed, sentences
from dashboard.exports.pack_docx import pack_docx
from dashboard.exports.pack_xlsx import pack_xlsx
from db import audit
from db.audit import Asked, Deed
from tests.dashboard.offices import Office, county, languages
from tests.dashboard.pack_review import FORMULA, pack_of, spans
from tests.dashboard.reviews import AT, RULES, MadeReviews, review

SHEETS: Final = [
    "总览", "排名", "周报表", "失分", "部门", "类型", "渠道", "升高与热点", "再诉", "会议交办", "申诉", "法院指标", "明细",
    "口径",
]  # fmt: skip
WEEK: Final = "/office/review/2026-W47"
Cells = list[dict[str, Any]]


def book_of(pack: Pack, many: int = 40) -> Workbook:
    with pack_xlsx(pack, spans(many)) as file:
        return load_workbook(BytesIO(file.read()))


def packed(pack: Pack, many: int = 40) -> bytes:
    with pack_xlsx(pack, spans(many)) as file:
        return file.read()


def rows_of(book: Workbook, sheet: str) -> Cells:
    """A sheet's rows by its titles."""
    titles, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows]


def texts_of(file: bytes) -> list[str]:
    """Every paragraph of a Word file, those in tables too, in order of kind."""
    document = Document(BytesIO(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells


def local(at: datetime | None) -> datetime | None:
    return at.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0) if at is not None else None


@pytest.fixture(scope="module")
def book() -> Workbook:
    return book_of(pack_of())


def test_the_workbook_has_one_sheet_for_each_table(book: Workbook) -> None:
    assert book.sheetnames == SHEETS


@pytest.mark.parametrize(
    ("period", "third", "title"), [("2026-11", "月报表", "月分析"), ("2026-Q4", "季报表", "季度排名")]
)
def test_a_month_and_a_quarter_have_the_same_under_their_own_names(period: str, third: str, title: str) -> None:
    pack = pack_of(review(PeriodName.parse(period)))
    assert book_of(pack).sheetnames == [*SHEETS[:2], third, *SHEETS[3:]]
    assert pack.title.startswith(title)
    assert any(text.startswith(title) for text in texts_of(pack_docx(pack)))


def test_in_english_no_chinese_is_left_but_names_and_what_people_wrote() -> None:
    book = book_of(pack_of(language="en"))
    assert book.sheetnames[:3] == ["Overview", "Ranking", "Weekly sheet"]
    titles = [str(cell.value) for sheet in book for cell in next(sheet.iter_rows())]
    assert not [title for title in titles if re.search("[一-鿿]", title)]


def test_the_ranking_tells_every_townships_numbers_exactly(book: Workbook) -> None:
    told = review()
    for row, ranked in zip(rows_of(book, "排名"), told.townships, strict=True):
        assert row["乡镇"] == county().township_name(ranked.line.code)
        assert row["名次"] == ranked.standing.rank
        assert row["名次变化"] == ranked.change
        assert row["得分"] == (ranked.standing.score.points if ranked.standing.score else None)
        assert row["派遣总数"] == ranked.line.tallies[Indicator.CLOSED].total
        for name, indicator in (("按时办结率", Indicator.FINISHED), ("满意率", Indicator.SATISFIED)):
            tally = ranked.line.tallies[indicator]
            assert row[name] == (float(tally.share) if tally.share is not None else None)
            assert (row[f"{name}·分子"], row[f"{name}·分母"]) == (tally.good, tally.total)
        assert row["2026-W47"] == ranked.weekly[-1]
        assert row["2026-W40"] == ranked.weekly[0]


def test_the_sheet_counties_publish_is_there_with_the_county_below(book: Workbook) -> None:
    told = review()
    rows = rows_of(book, "周报表")
    for row, line in zip(rows, [*(each.line for each in told.townships), told.county], strict=True):
        shown = numbers.sheet_row(line)
        shares = (shown.closed, shown.closed_on_time, shown.dissatisfied_share, shown.change)
        assert [row[title] for title in ("派遣总数", "按时办结", "超时办结", "未办结", "不满意数")] == [
            shown.given, shown.on_time, shown.late, shown.unfinished, shown.dissatisfied,
        ]  # fmt: skip
        assert [row[title] for title in ("结案率", "按时结案率", "不满意率", "环比")] == [
            None if share is None else float(share) for share in shares
        ]
    assert rows[-1]["乡镇"] == county().name


def test_points_lost_add_up_to_what_the_score_lacks(book: Workbook) -> None:
    rows = rows_of(book, "失分")
    for ranked in review().townships:
        if ranked.standing.score is None:
            continue
        own = [
            row for row in rows if row["乡镇"] == county().township_name(ranked.line.code) and row["失分"] is not None
        ]
        assert len(own) == len(RULES.terms)
        assert sum(row["应得分"] for row in own) == pytest.approx(ranked.standing.score.possible)
        assert sum(row["得分"] for row in own) == pytest.approx(ranked.standing.score.points, abs=0.05)
        for row, part in zip(own, ranked.standing.score.parts, strict=True):
            assert row["得分"] == part.got
            assert row["失分"] == float(numbers.lost(part))


def test_the_overview_says_what_the_numbers_rest_on(book: Workbook) -> None:
    told, rows = review(), {row["事项"]: row for row in rows_of(book, "总览")}
    assert rows["指纹"]["本期"] == told.fingerprint
    assert rows["截至"]["本期"] == local(told.period.at)
    assert rows["制表人"]["本期"] == "王主任"
    tally, before = told.county.tallies[Indicator.FINISHED], told.county.before[Indicator.FINISHED]
    assert tally.share is not None
    assert before.share is not None
    finished = rows["按时办结率"]
    assert finished["本期"] == float(tally.share)
    assert finished["变化"] == float((tally.share - before.share) * 100)


def test_numbers_are_numbers_with_formats_and_instants_are_dates(book: Workbook) -> None:
    formats = {
        title: cell.number_format
        for title, cell in zip(*list(book["排名"].iter_rows(max_row=2)), strict=True)
        for title in [title.value]
    }
    assert formats["得分"] == "#,##0.0"
    assert formats["按时办结率"] == "0.0%"
    assert formats["派遣总数"] == "#,##0"
    row = rows_of(book, "明细")[0]
    assert row["派遣时间"] == local(spans()[0].assigned_at)
    assert row["中止（小时）"] == 1.5
    assert book["明细"]["H2"].number_format == "yyyy-mm-dd hh:mm"


def test_under_each_indicator_the_rows_add_up_to_its_counts_without_the_excluded(book: Workbook) -> None:
    rows = rows_of(book, "明细")
    counted = [span for span in spans() if not span.excluded]
    assert len(rows) == len(spans())
    for name, indicator in (
        ("按时办结率", Indicator.FINISHED),
        ("按时签收率", Indicator.SIGNED),
        ("结案率", Indicator.CLOSED),
    ):
        told = [row[name] for row in rows if row[name] is not None]
        assert sum(told) == sum(indicator in span.good for span in counted)
        assert len(told) == sum(indicator in span.all for span in counted)
    assert [row["剔除"] for row in rows[:3]] == [None, "剔除", None]


def test_every_definition_is_told_with_its_weight(book: Workbook) -> None:
    rows = {row["指标"]: row for row in rows_of(book, "口径")}
    assert len([row for row in rows.values() if row["分母"]]) == len(Indicator)
    assert rows["按时办结率"]["权重"] == float(RULES.terms[Indicator.FINISHED].weight)
    assert rows["退单率"]["权重"] is None
    assert rows["指纹"]["分子"] == review().fingerprint


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_is_frozen_filtered_wide_enough_and_ready_to_print(book: Workbook, name: str) -> None:
    sheet: Worksheet = book[name]
    assert sheet.freeze_panes is not None
    assert str(sheet.freeze_panes).endswith("2")
    assert bool(sheet.auto_filter.ref) is (name != "总览")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.oddHeader is not None
    assert sheet.oddFooter is not None
    assert "王主任 2026-11-22 09:30" in str(sheet.oddHeader.right.text)
    assert review().fingerprint in str(sheet.oddFooter.left.text)
    for number, column in enumerate(sheet.iter_cols(max_row=min(sheet.max_row, 60), values_only=True), 1):
        words = [value for value in column[1:] if isinstance(value, str)]
        width = sheet.column_dimensions[get_column_letter(number)].width
        assert width >= min(48, max((len(word.encode("gbk", "replace")) for word in words), default=0))


def test_what_begins_like_a_formula_is_text_in_every_sheet() -> None:
    told = review()
    bad = told._replace(
        decisions=(told.decisions[0]._replace(matter=FORMULA, outcome=FORMULA, made_by=FORMULA),),
        objections=(told.objections[0]._replace(reason=FORMULA),),
        court=(told.court[0]._replace(definition=FORMULA, measure=FORMULA, month=FORMULA),),
    )
    spanned = [spans(1)[0]._replace(case_code=FORMULA, unit_code=FORMULA)]
    with pack_xlsx(pack_of(bad, made_by=FORMULA), spanned) as file:
        data = file.read()
    with ZipFile(BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]
    book = load_workbook(BytesIO(data))
    seen = [cell for sheet in book for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert len(seen) == 10
    assert {cell.data_type for cell in seen} == {"s"}
    assert {cell.value for cell in seen} == {FORMULA.replace("\x07", "")}


def test_the_same_pack_is_the_same_bytes_and_a_long_list_is_whole() -> None:
    assert packed(pack_of()) == packed(pack_of())
    assert pack_docx(pack_of()) == pack_docx(pack_of())
    rows = rows_of(book_of(pack_of(), 1201), "明细")
    assert [row["案件"] for row in rows] == [span.case_code for span in spans(1201)]


def test_a_review_of_nothing_is_told_too() -> None:
    bare = review()._replace(
        townships=(), departments=(), categories=(), feeds=(), rises=(), hot_spots=(), repeats=(),
        decisions=(), objections=(), court=(),
    )  # fmt: skip
    assert book_of(pack_of(bare), 0).sheetnames == SHEETS
    assert "没有办结后再诉的事项。" in texts_of(pack_docx(pack_of(bare)))


def test_the_report_tells_the_same_numbers_as_the_screen() -> None:
    told = review()
    texts = texts_of(pack_docx(pack_of(told)))
    for ranked in told.townships:
        if ranked.standing.score is None:
            continue
        assert numbers.points(ranked.standing.score.points) in texts
        for indicator in RULES.terms:
            tally = ranked.line.tallies[indicator]
            assert f"{numbers.percent(tally.share)}\n{numbers.ratio(tally)}" in texts
    assert {"一、总体情况", "二、排名", "三、周报表", "四、失分", "九、口径"} <= set(texts)
    assert "YC-20261112-00031" in texts
    assert "欠薪案县级专班包案，本周五前支付到位" in texts


def test_the_sentences_are_made_of_the_numbers() -> None:
    pack = pack_of()
    told = sentences(pack.review, pack.telling)
    county_line = review().county
    row, finished = numbers.sheet_row(county_line), county_line.tallies[Indicator.FINISHED]
    assert f"派遣 {row.given} 件" in told[0]
    assert numbers.percent(row.closed) in told[0]
    assert f"应办结 {finished.total} 件，按时办结 {finished.good} 件" in told[1]
    risen, fallen = (next(each for each in told if word in each) for word in ("名次上升", "名次下降"))
    for ranked in review().townships:
        name = county().township_name(ranked.line.code)
        assert (name in risen) is ((ranked.change or 0) > 0)
        assert (name in fallen) is ((ranked.change or 0) < 0)
    assert any("开发区" in each and "不参与排名" in each for each in told)


def test_who_has_a_copy_and_what_it_rests_on_stand_on_every_page() -> None:
    document = Document(BytesIO(pack_docx(pack_of())))
    section = document.sections[0]
    assert "制表：王主任 2026-11-22 09:30" in section.header.paragraphs[0].text
    assert review().fingerprint in section.footer.paragraphs[-1].text
    assert section.footer.paragraphs[0]._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
    assert (section.page_width, section.page_height) == (7560310, 10692130)  # A4


def test_every_run_names_a_font_for_chinese() -> None:
    document = Document(BytesIO(pack_docx(pack_of())))
    runs = [run for table in document.tables for row in table.rows for cell in row.cells
            for paragraph in cell.paragraphs for run in paragraph.runs]  # fmt: skip
    runs += [run for paragraph in document.paragraphs for run in paragraph.runs]
    assert {run._r.rPr.rFonts.get(qn("w:eastAsia")) for run in runs} == {"仿宋", "黑体", "宋体"}


def test_rare_names_and_controls_do_not_break_the_report() -> None:
    told = review()
    bad = told._replace(decisions=(told.decisions[0]._replace(matter="坬圐墕塄村\x00\x1b欠薪\ud800"),))
    assert "坬圐墕塄村欠薪" in texts_of(pack_docx(pack_of(bad)))


def test_in_english_sections_have_numbers_of_their_own() -> None:
    assert "1. The period in short" in texts_of(pack_docx(pack_of(language="en")))


def made_minutes(pack: Pack) -> bytes:
    told = pack.review
    held = Held(AT, AT + timedelta(hours=1), "李书记", ("乡镇考核", "矛盾热力图"))
    township = told.townships[0].line.code
    settled = [Settled(told.objections[1], township, 93.6, 94.0), Settled(told.objections[2], township, 93.6, 93.6)]
    return minutes(pack, held, told.decisions, settled)


def test_the_minutes_tell_what_was_shown_decided_and_settled() -> None:
    texts = texts_of(made_minutes(pack_of()))
    whole = "\n".join(texts)
    name = county().township_name(review().townships[0].line.code)
    assert "会议时间：2026-11-21 16:42 至 2026-11-21 17:42；主持人：李书记。" in texts
    assert "大屏展示：乡镇考核、矛盾热力图。" in texts
    assert review().fingerprint in whole
    assert {"人社局", "欠薪案县级专班包案，本周五前支付到位", "2026-11-20 15:42"} <= set(texts)
    assert {f"{name} 93.6 → 94.0", f"{name} 93.6"} <= set(texts)


def test_minutes_of_a_meeting_that_decided_nothing_say_so() -> None:
    pack = pack_of()
    held = Held(AT, None, "李书记")
    texts = texts_of(minutes(pack, held, (), ()))
    assert {"本次会议没有交办事项。", "本次会议未裁定考核申诉。"} <= set(texts)
    assert any("尚未结束" in text for text in texts)
    assert minutes_name(pack, held) == "会议纪要_2026-W47_20261121.docx"


def test_a_file_is_named_after_its_period_and_instant() -> None:
    words = languages()["zh_CN"]
    week = PeriodName.parse("2026-W47")
    assert file_name(week, None, words, "xlsx") == "周研判_2026-W47.xlsx"
    assert file_name(week, AT, words, "docx") == "周研判_2026-W47_截至20261121-1642.docx"
    assert file_name(PeriodName.parse("2026-Q4"), None, languages()["en"], "docx") == "Quarterly-ranking_2026-Q4.docx"


def test_a_township_is_told_of_no_case_out_of_its_sight_and_of_nobodys_decisions_but_its_own() -> None:
    told = review()
    code = told.objections[0].case_code
    sight = Sight(townships=frozenset({"x"}), units=frozenset({told.decisions[2].unit_code}), texts=True)
    own = narrowed(told, sight, frozenset({code}))
    assert {each.case_code for each in own.repeats} == {code}
    assert {each.case_code for each in own.objections} == {code}
    assert {each.reason for each in own.objections if each.unit_code not in sight.units} == {""}
    assert own.decisions == (told.decisions[2],)
    assert own.townships == told.townships  # the table is published
    assert codes_in(own) == {code}


def test_who_may_read_no_texts_is_told_no_sentence_of_anybody() -> None:
    told = review()
    shown = narrowed(told, Sight(whole_county=True), codes_in(told))
    assert {(each.matter, each.outcome) for each in shown.decisions} == {("", "")}
    assert {each.reason for each in shown.objections} == {""}
    assert len(shown.decisions) == len(told.decisions)


@pytest.fixture
def reviewed(office: Office) -> Office:
    return replace(office, reviews=MadeReviews())


def exports(office: Office, login: str) -> list[Mapping[str, Any]]:
    with office.database.read() as session:
        wanted = Asked(login=login, kinds=(Deed.EXPORTED,))
        return [row.detail for row in audit.rows(session, wanted)]


@pytest.mark.parametrize("login", ["operator", "leader", "township", "department", "auditor"])
@pytest.mark.parametrize("ending", ["xlsx", "docx"])
def test_whoever_may_export_takes_it_away_and_that_is_written_down(reviewed: Office, login: str, ending: str) -> None:
    with reviewed.client(login) as client:
        answer = client.get(f"{WEEK}.{ending}?as_of=2026-11-21T16:42")
    assert answer.status_code == 200
    name = unquote(answer.headers["content-disposition"].partition("UTF-8''")[2])
    assert name == f"周研判_2026-W47_截至20261121-1642.{ending}"
    assert answer.headers["cache-control"] == "no-store"
    told = exports(reviewed, login)[0]
    assert {key: told[key] for key in ("what", "period", "format")} == {
        "what": "review", "period": "2026-W47", "format": ending,
    }  # fmt: skip
    assert told["fingerprint"] == answer.headers["x-fingerprint"]
    assert told["as_of"] == "2026-11-21T08:42:00+00:00"


@pytest.mark.parametrize("login", ["village", "administrator"])
def test_whoever_may_not_export_is_refused_and_nothing_is_made(reviewed: Office, login: str) -> None:
    with reviewed.client(login) as client:
        assert client.get(f"{WEEK}.xlsx").status_code == 403
    assert exports(reviewed, login) == []


def test_a_stranger_takes_nothing_away(reviewed: Office) -> None:
    with reviewed.client() as client:
        assert client.get(f"{WEEK}.xlsx").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/office/review/2026-W99.xlsx", 400),
        ("/office/review/nothing.docx", 400),
        (f"{WEEK}.xlsx?as_of=tomorrow", 400),
        (f"{WEEK}.xlsx?as_of=2999-01-01T00:00", 400),
        (f"{WEEK}.exe", 404),
    ],
)
def test_what_can_not_be_asked_is_answered_with_a_sentence(reviewed: Office, path: str, status: int) -> None:
    with reviewed.client("operator") as client:
        answer = client.get(path)
    assert answer.status_code == status
    assert "。" in answer.text
    assert exports(reviewed, "operator") == []


def test_the_file_has_the_numbers_of_the_screen_though_a_newer_review_was_read(reviewed: Office) -> None:
    source = reviewed.reviews
    assert isinstance(source, MadeReviews)
    start = reviewed.now()
    moved = replace(reviewed, now=lambda: start + shift[0])
    shift = [timedelta(0)]
    with moved.client("operator") as client:
        seen = client.get(f"{WEEK}.docx").headers["x-fingerprint"]
        source.at_position += 0x100
        shift[0] = timedelta(minutes=5)
        newer = client.get(f"{WEEK}.docx").headers["x-fingerprint"]
        again = client.get(f"{WEEK}.docx?fingerprint={seen}").headers["x-fingerprint"]
    assert newer != seen
    assert again == seen


@pytest.mark.parametrize(("ending", "part"), [("xlsx", "libsclo.so"), ("docx", "libswlo.so")])
def test_an_office_suite_opens_the_files(tmp_path: Path, ending: str, part: str) -> None:
    """LibreOffice, where the machine has it, with the part of it (Calc, Writer) that reads such a file."""
    office = shutil.which("soffice")
    if office is None or not (Path(office).resolve().parent / part).exists():
        pytest.skip(f"no LibreOffice here that reads .{ending}")
    written = tmp_path / f"pack.{ending}"
    written.write_bytes(packed(pack_of()) if ending == "xlsx" else pack_docx(pack_of()))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    asked = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(written)]
    subprocess.run(asked, check=True, capture_output=True, timeout=110)
    assert (tmp_path / "pack.pdf").read_bytes().startswith(b"%PDF-")
