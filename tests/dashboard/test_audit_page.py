"""The audit's page: who reads it, what a filter finds, what an export holds, and that reading is written down too."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlencode

import httpx2
import orjson
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from starlette.testclient import TestClient

from casework.calendar import SHANGHAI, local_day
from config.locale import load
from dashboard.components import audit_rows
from dashboard.components.audit_rows import BadAsked, BadDay, asked, told_of
from dashboard.exports.tables import csv_file, xlsx_file
from dashboard.pages.audit import FILTERS
from db import audit
from db.audit import Asked, Deed
from tests.dashboard.offices import ORIGIN, Office, callback
from tests.records import VAULT

SHOW = "..audit-rows.rowData...audit-told.children...audit-shown.data...audit-export-asked.value.."
FORM = ORIGIN | {"content-type": "application/x-www-form-urlencoded"}
EVERYBODY = ("operator", "leader", "township", "department", "village", "auditor", "administrator")


@pytest.fixture
def auditor(office: Office) -> Iterator[TestClient]:
    with office.client("auditor") as client:
        yield client


def show(client: TestClient, button: str = "audit-show", shown: Any = None, **filters: Any) -> httpx2.Response:
    inputs: dict[str, int | None] = {f"audit-{name}.n_clicks": 1 for name in ("show", "newest", "older")}
    inputs |= {f"audit-{name}.n_submit": None for name in FILTERS if name != "kinds"}
    state = {
        "audit-kinds-chosen.data" if name == "kinds" else f"audit-{name}.value": filters.get(name) for name in FILTERS
    }
    return callback(
        client, SHOW, inputs, state | {"audit-shown.data": shown, "address.search": ""}, f"{button}.n_clicks"
    )


def rows(answer: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["response"]["audit-rows"]["rowData"]
    return found


def check(client: TestClient, known: str = "") -> str:
    state = {"audit-known.value": known, "address.search": ""}
    return callback(client, "audit-checked.children", {"audit-check.n_clicks": 1}, state).text


def export(client: TestClient, kind: str, told: str = "{}") -> httpx2.Response:
    body = urlencode({"asked": told, "format": kind, "language": "zh_CN"})
    return client.post("/office/audit/export", content=body, headers=FORM)


def note(office: Office, login: str, kind: Deed, at: datetime | None = None, case_id: int | None = None) -> None:
    with office.database.write() as session:
        audit.record(session, VAULT, office.people[login], kind, at or office.now(), case_id=case_id)


def sheet_of(packed: bytes) -> Worksheet:
    """An Excel file's first sheet."""
    return load_workbook(BytesIO(packed)).worksheets[0]


def kinds(office: Office, login: str) -> list[str]:
    with office.database.read() as session:
        return [row.kind for row in audit.rows(session, Asked(login=login))]


@pytest.mark.parametrize("login", EVERYBODY)
def test_only_the_auditor_reads_checks_and_exports(office: Office, login: str) -> None:
    with office.client(login) as client:
        read, checked = show(client).text, check(client)
        answer = export(client, "csv")
    may = login == "auditor"
    assert ("登录" in read) is may
    assert ("末端标记为" in checked) is may
    assert answer.status_code == (200 if may else 403)
    assert ("signed_in" in answer.text or "登录" in answer.text) is may
    assert (Deed.EXPORTED in kinds(office, login)) is may


def test_a_stranger_exports_nothing(office: Office) -> None:
    with office.client() as client:
        assert export(client, "csv").status_code == 401


def test_the_newest_come_first_and_a_case_is_told_by_its_code_alone(office: Office, auditor: TestClient) -> None:
    note(office, "operator", Deed.VIEWED, case_id=1)
    found = rows(show(auditor))
    assert [row["kind"] for row in found][:2] == ["查阅审计", "查看案件"]
    assert found[1]["code"].startswith("YC-")
    told = show(auditor).text
    assert "油烟" not in told
    assert "欧阳试验" not in told


@pytest.mark.parametrize(
    ("filters", "logins"),
    [
        ({"login": " operator "}, {"operator"}),
        ({"kinds": ["viewed"]}, {"operator", "leader"}),
        ({"login": "leader", "kinds": ["signed_out"]}, set()),
        ({"code": "yc-nothing"}, set()),
        ({"until": "2001-01-01"}, set()),
    ],
)
def test_a_filter_finds_what_it_says(
    office: Office, auditor: TestClient, filters: dict[str, Any], logins: set[str]
) -> None:
    note(office, "operator", Deed.VIEWED, case_id=1)
    note(office, "leader", Deed.VIEWED, case_id=2)
    assert {row["login"] for row in rows(show(auditor, **filters))} == logins


def test_a_case_is_found_by_its_code_and_a_day_is_whole(office: Office, auditor: TestClient) -> None:
    note(office, "operator", Deed.VIEWED, case_id=1)
    code = office.centre.case(1).code
    today = f"{local_day(office.now())}"
    assert [row["code"] for row in rows(show(auditor, code=code.lower(), since=today, until=today))] == [code]


def test_a_day_that_is_none_is_said_to_be_none(auditor: TestClient) -> None:
    answer = show(auditor, since="22.11.2026")
    assert "“22.11.2026”不是日期" in answer.text
    assert rows(answer) == []


def test_older_rows_follow_without_a_gap_or_a_repetition(office: Office, auditor: TestClient) -> None:
    with office.database.write() as session:
        for _ in range(150):
            audit.record(session, VAULT, office.people["operator"], Deed.SEARCHED, office.now())
    first = show(auditor, login="operator")
    shown = first.json()["response"]["audit-shown"]["data"]
    second = show(auditor, "audit-older", shown, login="somebody else typed meanwhile")
    ids = [row["row"] for row in rows(first) + rows(second)]
    assert len(rows(first)) == 100
    assert len(rows(second)) == 50
    assert ids == sorted(set(ids), reverse=True)
    newest = rows(show(auditor, "audit-newest", shown))
    assert [row["row"] for row in newest] == ids[:100]


def test_reading_is_written_down_once_in_ten_minutes(office: Office, auditor: TestClient) -> None:
    for _ in range(3):
        show(auditor, login="operator")
    assert kinds(office, "auditor").count(Deed.AUDIT_READ) == 1
    later = office.now() + timedelta(minutes=10, seconds=1)
    office.now = lambda: later
    show(auditor)
    assert kinds(office, "auditor").count(Deed.AUDIT_READ) == 2


def test_a_check_is_written_down_and_does_not_count_as_a_reading(office: Office, auditor: TestClient) -> None:
    check(auditor)
    show(auditor)
    assert kinds(office, "auditor").count(Deed.AUDIT_READ) == 2


def test_what_is_typed_as_a_login_is_not_written_down_unless_it_could_be_one() -> None:
    assert told_of(asked({"login": "欧阳试验 19900001234", "code": "油烟"})) == {}
    told = told_of(asked({"login": "operator", "code": "yc-20261120-00001", "kinds": ["viewed"]}))
    assert told == {"login": "operator", "case": "YC-20261120-00001", "kinds": ["viewed"]}


def test_nonsense_from_a_browser_asks_for_nothing_special() -> None:
    assert asked({"kinds": [], "since": None, "code": ""}) == Asked()
    nonsense: tuple[dict[str, Any], ...] = ({"login": 3}, {"kinds": "viewed"}, {"kinds": [{}]}, {"code": "a\0"})
    for told in nonsense:
        with pytest.raises(BadAsked):
            asked(told)
    with pytest.raises(BadDay):
        asked({"until": "2026-02-30"})


def test_sound_seals_are_said_to_be_and_an_end_is_given_to_keep(office: Office, auditor: TestClient) -> None:
    told = check(auditor)
    assert "全部记录与封印一致" in told
    kept = told.partition("末端标记为 ")[2].partition("；")[0]
    assert "与封印一致" in check(auditor, kept)
    assert "不再经过" in check(auditor, f"1:{'00' * 16}")
    assert "末端标记形如" in check(auditor, "nonsense")


def test_a_row_that_was_changed_by_force_is_named(office: Office, auditor: TestClient) -> None:
    note(office, "operator", Deed.VIEWED)
    with office.database.write() as session:
        connection = session.connection()
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        for (name,) in connection.exec_driver_sql(triggers).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit SET login = 'leader' WHERE id = 2")
    told = check(auditor)
    assert "第 2 条与封印不符" in told
    assert "全部记录与封印一致" not in told


def test_an_export_holds_what_was_asked_for_the_oldest_first_and_tells_of_itself(
    office: Office, auditor: TestClient
) -> None:
    note(office, "operator", Deed.VIEWED, case_id=1)
    answer = export(auditor, "csv", orjson.dumps({"login": "auditor"}).decode())
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    found = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert found[0] == ["序号", "时间", "账号", "事项", "案件", "详情"]
    assert [row[3] for row in found[1:]] == ["登录", "导出"]
    assert {row[2] for row in found[1:]} == {"auditor"}
    assert datetime.strptime(found[1][1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).year >= 2026


def test_an_excel_export_has_real_dates(office: Office, auditor: TestClient) -> None:
    first, second = list(sheet_of(export(auditor, "xlsx").content).iter_rows())[:2]
    assert [cell.value for cell in first][1] == "时间"
    assert isinstance(second[1].value, datetime)
    assert abs(second[1].value.replace(tzinfo=SHANGHAI) - office.now()) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("pdf", "{}"),
        ("csv", "{"),
        ("csv", "[]"),
        ("csv", '{"since": "yesterday"}'),
        ("csv", '{"kinds": ["viewed", "no such kind"]}'),
        ("csv", '{"login": {}}'),
    ],
)
def test_a_form_that_is_not_ours_is_refused(office: Office, auditor: TestClient, kind: str, told: str) -> None:
    assert export(auditor, kind, told).status_code == 400
    assert Deed.EXPORTED not in kinds(office, "auditor")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    with csv_file(["title"], [[text]]) as file:
        assert next(csv.reader(StringIO(file.read().decode("utf-8-sig").partition("\r\n")[2]))) == [f"'{text}"]
    with xlsx_file("sheet", ["title"], [10], [[text]]) as packed:
        cell = sheet_of(packed.read())["A2"]
    assert (cell.data_type, cell.value) == ("s", text)


def test_a_control_character_does_not_break_a_file() -> None:
    with xlsx_file("sheet", ["title"], [10], [["a\x00b"]]) as packed:
        assert sheet_of(packed.read())["A2"].value == "ab"


def test_details_are_told_in_words_and_what_was_not_written_down_is_left_open() -> None:
    words = load()["zh_CN"]
    stale = "the case has changed meanwhile: you saw entry {seen}, it is at {found} now"
    told = audit_rows.detail({"move": "Assign", "refused": stale}, words)
    assert told == "操作: 交办 · 原因: 案件已有变化：您看到的是第 … 条，现为第 … 条"
    told = audit_rows.detail({"change": "made", "drives": False, "role": "leader", "with": "YC-20261120-00001"}, words)
    assert told == "变更: 新建 · 可切换大屏: 否 · 角色: 县领导 · 另一案件: YC-20261120-00001"
    assert (
        audit_rows.detail({"kinds": ["viewed"], "feed": "grid", "found": 3}, words)
        == "事项: 查看案件 · 来源: 网格 · 命中: 3"
    )
