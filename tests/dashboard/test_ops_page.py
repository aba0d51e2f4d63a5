"""Operations: what the page tells, what it changes, and who may."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from casework.moves import Assign
from casework.roles import Role
from casework.vocabulary import Feed
from dashboard.components.ops_live import span
from dashboard.components.ops_people import OFFERED, account_fault, filled, unit_code, units_for, units_told
from db import accounts, audit, commands, device_links
from db.audit import Asked, Deed
from db.models import DeadLetter, FeedStatus
from tests.dashboard.offices import PASSWORD, Office, callback, county, sign_in
from tests.records import envelope, event, rubbish

SHOW_MACHINE = "..ops-feeds.children...ops-figures.children...ops-reasons.rowData...ops-asof.children.."
SHOW_PEOPLE = "..ops-links.rowData...ops-accounts.rowData.."
CHANGE_LINKS = "..ops-links-told.children...ops-link-name.value.."
CHANGE_ACCOUNT = "..ops-accounts-told.children...ops-account-new-password.value.."
ADD_ACCOUNT = "..ops-added-told.children...ops-add-password.value.."
MENDED = "the translator failed: KeyError"
BROKEN = "eventCode: absent, but required"
OTHER_PASSWORD = "another long enough one"
SEARCH = {"address.search": ""}
FEEDS_ROLES = ("operator", "administrator")
EVERYBODY = ("operator", "leader", "township", "department", "village", "auditor", "administrator")


@pytest.fixture
def letters(office: Office) -> Office:
    """Two messages of the grid that were not understood: one would be now."""
    mended = orjson.dumps(envelope(Feed.GRID, event(eventCode="WG9"), "e91", 91))
    broken = orjson.dumps(envelope(Feed.GRID, event(eventCode=""), "e92", 92))
    with office.database.write() as session:
        office.centre.recorder.record(session, [rubbish("e91", 91, mended, MENDED), rubbish("e92", 92, broken, BROKEN)])
    return office


@pytest.fixture
def administrator(office: Office) -> Iterator[TestClient]:
    with office.client("administrator") as client:
        yield client


def machine(client: TestClient) -> str:
    return callback(client, SHOW_MACHINE, {"ops-tick.n_intervals": 1, "ops-letters-told.children": None}, SEARCH).text


def settle(client: TestClient, button: str, reasons: list[Any], marked: list[Any]) -> str:
    inputs = {
        "ops-retry-reason.n_clicks": 1,
        "ops-discard-reason.submit_n_clicks": 1,
        "ops-retry-marked.n_clicks": 1,
        "ops-discard-marked.submit_n_clicks": 1,
    }
    state = {"ops-reasons.selectedRows": reasons, "ops-letters.selectedRows": marked} | SEARCH
    changed = next(name for name in inputs if name.startswith(button))
    return callback(client, "ops-letters-told.children", inputs, state, changed).text


def shown_letters(client: TestClient, reason: str) -> str:
    marked = [{"feed": "grid", "reason": reason}]
    inputs = {"ops-reasons.selectedRows": marked, "ops-letters-told.children": None}
    return callback(client, "ops-letters.rowData", inputs).text


def people(client: TestClient) -> str:
    inputs = {
        "ops-people-tick.n_intervals": 1,
        "ops-links-told.children": None,
        "ops-accounts-told.children": None,
        "ops-added-told.children": None,
    }
    return callback(client, SHOW_PEOPLE, inputs, SEARCH).text


def change_links(client: TestClient, button: str, name: str = "", marked: list[Any] | None = None) -> str:
    inputs = {"ops-link-new.n_clicks": 1, "ops-link-revoke.submit_n_clicks": 1}
    state = {
        "ops-link-name.value": name,
        "ops-link-drives-chosen.data": "",
        "ops-links.selectedRows": marked,
        "address.href": "http://centre.example:8050/ops",
    }
    changed = next(each for each in inputs if each.startswith(button))
    return callback(client, CHANGE_LINKS, inputs, state | SEARCH, changed).text


def change_account(client: TestClient, do: str, login: str, password: str = "") -> str:
    inputs = {
        "ops-account-disable.submit_n_clicks": 1,
        "ops-account-enable.n_clicks": 1,
        "ops-account-out.n_clicks": 1,
        "ops-account-password.n_clicks": 1,
    }
    state = {"ops-accounts.selectedRows": [{"login": login}], "ops-account-new-password.value": password} | SEARCH
    changed = next(each for each in inputs if each.startswith(f"ops-account-{do}"))
    return callback(client, CHANGE_ACCOUNT, inputs, state, changed).text


def add_account(client: TestClient, **told: Any) -> str:
    given = {"login": "newcomer", "name": "新来", "role": "leader", "unit": None, "password": OTHER_PASSWORD} | told
    state = {
        f"ops-add-{'role-chosen.data' if name == 'role' else f'{name}.value'}": told for name, told in given.items()
    }
    return callback(client, ADD_ACCOUNT, {"ops-add.n_clicks": 1}, state | SEARCH).text


def offered_units(client: TestClient, role: str, changed: str, typed: str = "") -> str:
    inputs = {"ops-add-role-chosen.data": role, "ops-add-unit.value": typed}
    return callback(client, "..ops-add-units.children...ops-add-unit.value..", inputs, changed=changed).text


def details(office: Office, deed: Deed) -> list[Mapping[str, Any]]:
    with office.database.read() as session:
        return [row.detail for row in audit.rows(session, Asked(kinds=(deed,)))]


def states(office: Office) -> list[str]:
    with office.database.read() as session:
        return list(session.scalars(select(DeadLetter.state).order_by(DeadLetter.id)))


@pytest.mark.parametrize("login", EVERYBODY)
def test_who_sees_the_machine(letters: Office, login: str) -> None:
    with letters.client(login) as client:
        told = machine(client) + shown_letters(client, MENDED)
        settle(client, "ops-discard-reason", [{"feed": "grid", "reason": MENDED}], [])
    assert (MENDED in told) is (login in FEEDS_ROLES)
    assert ("SQLite" in told) is (login in FEEDS_ROLES)
    assert (states(letters)[0] == "discarded") is (login in FEEDS_ROLES)


@pytest.mark.parametrize("login", EVERYBODY)
def test_only_the_administrator_reaches_accounts_and_links(office: Office, login: str) -> None:
    with office.client(login) as client:
        seen = people(client)
        change_links(client, "ops-link-new", "大厅")
        add_account(client)
        change_account(client, "disable", "other-township")
        offered = offered_units(client, "township", "ops-add-role-chosen.data")
    may = login == "administrator"
    assert ("other-township" in seen) is may
    assert ("综治中心" in offered) is may
    with office.database.read() as session:
        assert bool(device_links.links(session)) is may
        assert ("newcomer" in {row.login for row in accounts.accounts(session)}) is may
        assert (accounts.account_row(session, "other-township").disabled_at is not None) is may


def test_a_feed_that_nobody_reports_on_is_absent_and_a_lagging_one_says_how_far(
    office: Office, administrator: TestClient
) -> None:
    at = datetime.now(UTC)
    with office.database.write() as session:
        commands.report_feed_status(session, [_lagging(at)])
    told = machine(administrator)
    assert told.count('"data-state":"absent"') == 2
    assert '"data-state":"lagging"' in told
    assert "7 分" in told


def _lagging(at: datetime) -> FeedStatus:
    return FeedStatus(
        feed=Feed.GRID, state="lagging", since=at, last_event_at=at, last_received_at=at, events_per_minute=3.0,
        lag_seconds=430.0, reason="far behind", reported_at=at,
    )  # fmt: skip


def test_no_letter_tells_what_is_in_it(letters: Office, administrator: TestClient) -> None:
    told = machine(administrator) + shown_letters(administrator, MENDED)
    assert '"sequence":91' in told
    assert "诸葛虚构" not in told
    assert "19900007777" not in told


def test_all_letters_of_a_reason_are_retried_and_the_audit_tells_who_did(
    letters: Office, administrator: TestClient
) -> None:
    told = settle(administrator, "ops-retry-reason", [{"feed": "grid", "reason": MENDED}], [])
    assert "已入库 1 条，共 1 条" in told
    assert states(letters) == ["retried", "open"]
    assert details(letters, Deed.LETTER_SETTLED) == [{"change": "retried", "feed": "grid", "letters": [1]}]
    assert settle(administrator, "ops-retry-reason", [{"feed": "grid", "reason": MENDED}], []).count("未选中") == 1
    letters.centre.check()


def test_a_letter_that_is_still_not_understood_stays_open_and_says_why(
    letters: Office, administrator: TestClient
) -> None:
    told = settle(administrator, "ops-retry-marked", [], [{"number": 2}])
    assert f"仍未读懂：{BROKEN}" in told
    assert states(letters) == ["open", "open"]
    assert details(letters, Deed.LETTER_SETTLED) == []


def test_only_the_marked_letters_are_discarded(letters: Office, administrator: TestClient) -> None:
    settle(administrator, "ops-discard-marked", [{"feed": "grid", "reason": MENDED}], [{"number": 2}, {"number": 777}])
    assert states(letters) == ["open", "discarded"]
    assert details(letters, Deed.LETTER_SETTLED) == [{"change": "discarded", "letters": [2]}]


def test_a_links_address_is_told_once_and_works(office: Office, administrator: TestClient) -> None:
    told = change_links(administrator, "ops-link-new", " 大厅 ")
    address = told.partition("http:")[2].partition('"')[0].replace("\\u002f", "/")
    assert address.startswith("//centre.example:8050/")
    token = address.rpartition("/")[2].rpartition("=")[2]
    with office.database.read() as session:
        assert device_links.look_at_link(session, token, office.now()) is None, "it may be bound"
    shown = people(administrator)
    assert "大厅" in shown
    assert token not in shown
    assert all(token not in str(detail) for detail in details(office, Deed.LINK_CHANGED))


def test_a_displays_links_are_taken_back(office: Office, administrator: TestClient) -> None:
    change_links(administrator, "ops-link-new", "大厅")
    assert "1 个链接" in change_links(administrator, "ops-link-revoke", marked=[{"name": "大厅"}])
    with office.database.read() as session:
        assert [link.revoked_at is None for link in device_links.links(session)] == [False]
    assert [detail["change"] for detail in details(office, Deed.LINK_CHANGED)] == ["revoked", "made"]


def test_a_new_account_signs_in_as_what_it_was_made(office: Office, administrator: TestClient) -> None:
    township = county().townships[0]
    told = add_account(administrator, role="township", unit=county().unit_name(township.centre))
    assert "newcomer 可以登录" in told
    assert OTHER_PASSWORD not in told
    (detail,) = details(office, Deed.ACCOUNT_CHANGED)
    assert detail == {"account": "newcomer", "change": "added", "role": "township"}
    with office.client() as client:
        assert sign_in(client, "newcomer", OTHER_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"login": "Ö"}, "登录名为"),
        ({"login": "operator"}, "已有账号 operator"),
        ({"name": "  "}, "使用人姓名"),
        ({"role": None}, "选择角色"),
        ({"role": "township"}, "所属单位"),
        ({"role": "township", "unit": "人社局"}, "所属单位"),
        ({"password": "short"}, "12 至 256"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "一猜就中"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_in_the_pages_language(
    office: Office, administrator: TestClient, told: dict[str, Any], sentence: str
) -> None:
    assert sentence in add_account(administrator, **told)
    assert details(office, Deed.ACCOUNT_CHANGED) == []


def test_an_account_is_disabled_and_enabled(office: Office, administrator: TestClient) -> None:
    with office.client("operator") as other:
        assert "1 个会话" in change_account(administrator, "disable", "operator")
        later = office.now() + timedelta(seconds=2)
        office.now = lambda: later
        assert any(other.get("/desk").status_code == 303 for _ in range(300))
    change_account(administrator, "enable", "operator")
    with office.client() as client:
        assert sign_in(client, "operator").status_code == 303
    assert [detail["change"] for detail in details(office, Deed.ACCOUNT_CHANGED)] == ["enabled", "disabled"]


def test_another_password_ends_the_sessions_and_the_old_one(office: Office, administrator: TestClient) -> None:
    assert "12 至 256" in change_account(administrator, "password", "operator", "short")
    told = change_account(administrator, "password", "operator", OTHER_PASSWORD)
    assert "operator 已设置新密码" in told
    assert OTHER_PASSWORD not in told
    with office.client() as client:
        assert sign_in(client, "operator", PASSWORD).status_code == 403
        assert sign_in(client, "operator", OTHER_PASSWORD).status_code == 303


def test_sessions_are_ended(office: Office, administrator: TestClient) -> None:
    with office.client("operator"):
        assert "已结束 operator 的 1 个会话" in change_account(administrator, "out", "operator")
    assert details(office, Deed.ACCOUNT_CHANGED) == [{"account": "operator", "change": "signed out"}]


@pytest.mark.parametrize("do", ["disable", "enable", "out", "password"])
def test_nobody_changes_their_own_account(office: Office, administrator: TestClient, do: str) -> None:
    assert "您自己的账号" in change_account(administrator, do, "administrator", OTHER_PASSWORD)
    assert details(office, Deed.ACCOUNT_CHANGED) == []
    assert administrator.get("/ops").status_code == 200


def test_a_role_is_offered_the_units_it_may_be_for() -> None:
    assert units_for("leader", county()) == units_for(None, county()) == []
    townships = {each.centre for each in county().townships}
    assert {option["value"] for option in units_for("township", county())} == townships
    assert county().grids[0].code in {option["value"] for option in units_for("grid", county())}
    for role in (Role.TOWNSHIP, Role.DEPARTMENT, Role.GRID):
        unit = units_for(role.value, county())[0]["value"]
        assert account_fault(filled("someone", "某人", role.value, unit, PASSWORD), (), {}) is None


def test_a_unit_is_offered_by_what_was_typed_of_its_name_and_told_by_it(administrator: TestClient) -> None:
    names = units_told("grid", "第01网格", county())
    assert len(names) == OFFERED
    assert all("第01网格" in name for name in names)
    assert units_told("grid", county().grids[0].name, county()) == [county().grids[0].name]
    assert unit_code("grid", county().grids[0].name, county()) == county().grids[0].code
    assert unit_code("leader", county().grids[0].name, county()) == ""
    assert "网格" not in offered_units(administrator, "department", "ops-add-unit.value", "第01网格")
    assert '"value":""' in offered_units(administrator, "department", "ops-add-role-chosen.data", "第01网格")


@pytest.mark.parametrize(
    ("seconds", "told"), [(-3, "0 s"), (59, "59 s"), (60, "1 m"), (3599, "59 m"), (3600, "1 h"), (200_000, "2 d")]
)
def test_a_span_is_told_in_one_unit(seconds: int, told: str) -> None:
    words = {"{s} s": "{s} s", "{m} min": "{m} m", "{h} h": "{h} h", "{d} d": "{d} d"}
    assert span(timedelta(seconds=seconds), words) == told


def test_what_no_source_has_acknowledged_yet_is_among_the_metrics(office: Office) -> None:
    case_id = office.centre.case_of("hotline12345:DH2026112000001")
    at = office.now()
    office.centre.act(case_id, Assign(by="operator", at=at, unit=county().departments[1].code, reason="涉及供水"))
    office.now = lambda: at + timedelta(seconds=90)
    with office.client() as client:
        told = client.get("/metrics").text
    assert 'bihuan_outbox_waiting{feed="hotline12345"} 1.0' in told
    assert 'bihuan_outbox_waiting{feed="grid"} 0.0' in told
    found = re.search(r'bihuan_outbox_oldest_seconds\{feed="hotline12345"\} ([\d.]+)', told)
    assert found is not None
    assert 89 <= float(found[1]) <= 120
