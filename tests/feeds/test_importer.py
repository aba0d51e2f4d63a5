"""History from tables, through the same road as the live feeds."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from casework.vocabulary import Outcome
from config.tables import read_table
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case, Report
from feeds.errors import BadMapping
from feeds.importer import ImportReport, import_table
from feeds.mapping import BadRow, TableMapping, mapping_from
from feeds.replay import replays
from feeds.tables import table_rows
from tests.records import CONFIG, NOW, READERS, Feed, at, translated


def mapping(name: str) -> TableMapping:
    path = CONFIG / "mappings" / name
    return mapping_from(read_table(path), name)


EXCEL_ROW = {
    "工单编号": "DH1",
    "来电时间": datetime(2026, 11, 20, 8, 0),  # noqa: DTZ001 - a spreadsheet's cells have no zone
    "来电人": "欧阳试验",
    "来电号码": 19900001234,
    "诉求类型": "投诉",
    "紧急程度": "一般",
    "是否保密": "否",
    "诉求标题": "小区楼下油烟扰民",
    "诉求内容": "油烟直排",
    "承办单位代码": "U-CITY",
    "承办单位": "城管局",
    "派单时间": "2026/11/20 9:00",
    "签收时间": None,
    "截止时间": date(2026, 11, 27),
    "工单状态": "已派遣",
    "办结时间": None,
    "回访时间": None,
}


def workbook(path: Path, *rows: dict[str, Any]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return path


def bring_in(database: Database, recorder: Recorder, plan: TableMapping, path: Path) -> ImportReport:
    rows = table_rows(path, plan.encoding, plan.sheet)
    return import_table(database, recorder, READERS, plan, rows, NOW)


def test_no_version_of_a_row_tells_what_happened_long_after_it() -> None:
    """Replayed, such a version would be refused."""
    boston = {"CASE_ENQUIRY_ID": "1", "OPEN_DT": "01/01/2015 08:00:00 AM", "CLOSED_DT": "03/01/2015 08:00:00 AM"}
    times = {"派单时间": "2026-11-23", "签收时间": "2026-11-25", "联系时间": "2026-11-27", "办结时间": "2026-12-01"}
    rows: list[tuple[str, dict[str, Any], int]] = [
        ("boston311.toml", boston, 2),
        ("hotline-excel.toml", EXCEL_ROW | times, 5),
    ]
    for name, row, count in rows:
        versions = mapping(name).versions(row)
        assert len(versions) == count
        assert {translated(version.feed, version.record).too_early for version in versions} == {None}


def test_a_chinese_excel_export_becomes_cases(database: Database, recorder: Recorder, tmp_path: Path) -> None:
    done = EXCEL_ROW | {
        "工单编号": "DH2",
        "工单状态": "已结案",
        "签收时间": "2026-11-20 10:00:00",
        "办结时间": "2026-11-21 11:00:00",
    }
    path = workbook(tmp_path / "orders.xlsx", EXCEL_ROW, done, EXCEL_ROW | {"工单编号": None})
    report = bring_in(database, recorder, mapping("hotline-excel.toml"), path)
    assert report.rows == 3
    assert report.outcomes == {Outcome.CREATED: 2}
    assert report.refused == [(4, "orderNum is empty")]
    assert "回访时间" not in " ".join(report.missing_columns)
    assert any("关联工单" in column for column in report.missing_columns)
    with database.read() as session:
        rows = session.execute(select(Case.status, Case.reported_at, Case.due_at).order_by(Case.id)).all()
    assert [tuple(row) for row in rows] == [
        ("to_sign", at("11-20 08:00"), at("11-27 00:00")),
        ("closed", at("11-20 08:00"), at("11-27 00:00")),
    ]


def test_importing_twice_changes_nothing(database: Database, recorder: Recorder, tmp_path: Path) -> None:
    path = workbook(tmp_path / "orders.xlsx", EXCEL_ROW)
    plan = mapping("hotline-excel.toml")
    bring_in(database, recorder, plan, path)
    assert bring_in(database, recorder, plan, path).outcomes == {Outcome.REPEATED: 1}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Report)) == 1


BOSTON = {
    "CASE_ENQUIRY_ID": "1",
    "OPEN_DT": "01/01/2015 12:20:09 AM",
    "TARGET_DT": "01/16/2015 08:30:00 AM",
    "CLOSED_DT": "",
    "SUBJECT": "Public Works Department",
    "REASON": "Street Lights",
    "TYPE": "Street Light Outages",
    "Department": "PWDx",
    "Location": "somewhere",
    "neighborhood": "Fenway",
    "LATITUDE": "42.3",
    "LONGITUDE": "-71.0",
    "Source": "Constituent Call",
}


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_boston_keeps_its_deadlines_to_the_second(database: Database, recorder: Recorder, tmp_path: Path) -> None:
    closed = BOSTON | {"CASE_ENQUIRY_ID": "2", "CLOSED_DT": "01/16/2015 08:30:01 AM", "Source": "City Worker App"}
    plan = mapping("boston311.toml")
    rules = replace(recorder.rules, source_wins=recorder.rules.source_wins | plan.source_wins)
    with_deadlines = Recorder(rules, recorder.prefix)
    bring_in(database, with_deadlines, plan, table(tmp_path / "cases.csv", BOSTON, closed))
    with database.read() as session:
        rows = session.execute(select(Case.feed, Case.due_at, Case.finished_at).order_by(Case.id)).all()
        units = set(session.scalars(select(Assignment.unit_code)))
    target = datetime(2015, 1, 16, 13, 30, tzinfo=UTC)
    assert [tuple(row) for row in rows] == [
        ("hotline12345", target, None),
        ("grid", target, target.replace(second=1)),
    ]
    assert units == {"PWDx"}


def test_a_row_that_closes_before_it_opens_is_still_closed() -> None:
    first, second = mapping("boston311.toml").versions(BOSTON | {"CLOSED_DT": "12/31/2014 11:00:00 PM"})
    assert second.at > first.at
    assert second.record["completeTime"].startswith("2015-01-01T04:00:00")


def test_a_row_without_its_first_time_is_refused_by_the_columns_name() -> None:
    with pytest.raises(BadRow, match="OPEN_DT"):
        mapping("boston311.toml").versions(BOSTON | {"OPEN_DT": ""})
    with pytest.raises(BadRow, match="column OPEN_DT is no time"):
        mapping("boston311.toml").versions(BOSTON | {"OPEN_DT": "yesterday"})


def test_a_table_without_the_needed_column_is_refused_as_a_whole(
    database: Database, recorder: Recorder, tmp_path: Path
) -> None:
    path = table(tmp_path / "cases.csv", {"a": "1"})
    with pytest.raises(BadMapping, match="CASE_ENQUIRY_ID"):
        bring_in(database, recorder, mapping("boston311.toml"), path)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({}, "at least one"),
        ({"feed": [{"name": "water"}]}, r"feed\[0\].name"),
        ({"feed": [{"name": "grid", "fields": {}}]}, "eventCode"),
        ({"feed": [{"name": "grid", "fields": {"eventCode": "a"}}]}, "version"),
        (
            {"feed": [{"name": "grid", "fields": {"eventCode": {"no": 1}}, "version": [{"at": "a"}]}]},
            "expected a column name",
        ),
        ({"timezone": "Mars/Olympus", "feed": []}, "timezone"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_named_by_file_and_field(broken: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadMapping, match=f"m.toml: .*{sentence}"):
        mapping_from(broken, "m.toml")


def test_a_replay_sends_each_feed_in_order_with_steady_sequences() -> None:
    plan = mapping("boston311.toml")
    told = [
        version
        for number in range(5)
        for version in plan.versions(
            BOSTON | {"CASE_ENQUIRY_ID": str(number), "CLOSED_DT": f"01/0{number + 2}/2015 09:00:00 AM"}
        )
    ]
    (script,) = replays(told, "replay", speed=1.0)
    assert script.feed is Feed.HOTLINE12345
    assert [version.sequence for version in script.versions] == list(range(1, 11))
    assert [version.at for version in script.versions] == sorted(version.at for version in told)
    assert replays(list(reversed(told)), "replay", speed=9.0)[0].versions == script.versions
