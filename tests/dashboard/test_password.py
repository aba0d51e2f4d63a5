"""One's own password: who may change it, to what, what ends with it, and what is written down."""

import pytest
from playwright.sync_api import BrowserContext, expect
from starlette.testclient import TestClient

from casework.roles import Role
from dashboard.door import PASSWORD_PATH
from dashboard.pages.password import FIELDS
from db import accounts, audit
from db.accounts import FAILURES_ALLOWED
from db.audit import Asked, Deed
from tests.dashboard.offices import PASSWORD, Office, callback, sign_in, sign_in_on

NEW = "quite another password"
OUTPUT = "..password-told.children...{}..".format("...".join(f"password-{name}.value" for name in FIELDS))


def change(client: TestClient, current: str, new: str, again: str | None = None) -> str:
    typed = zip(FIELDS, (current, new, new if again is None else again), strict=True)
    state = {f"password-{name}.value": text for name, text in typed} | {"address.search": ""}
    answer = callback(client, OUTPUT, {"password-set.n_clicks": 1, "password-again.n_submit": None}, state)
    assert answer.status_code == 200, answer.text
    told = answer.json()["response"]
    assert all(told[f"password-{name}"]["value"] == "" for name in FIELDS), "nothing typed stays"
    said: str = told["password-told"]["children"]
    return said


def noted(office: Office) -> list[str]:
    with office.database.read() as session:
        rows = audit.rows(session, Asked(kinds=(Deed.ACCOUNT_CHANGED.value,)))
    return [f"{row.login} {row.detail['account']} {row.detail['change']}" for row in reversed(rows)]


@pytest.mark.parametrize("login", ["operator", "administrator", "auditor"])
def test_who_knows_the_present_password_sets_another_and_is_shown_out_elsewhere(office: Office, login: str) -> None:
    with office.client(login) as here, office.client(login) as elsewhere:
        assert change(here, PASSWORD, NEW) == "密码已修改；其他 1 处登录已退出。"
        assert here.get(PASSWORD_PATH).status_code == 200
        assert elsewhere.get("/office/_dash-layout").status_code == 401
        assert sign_in(elsewhere, login).status_code == 403
        assert sign_in(elsewhere, login, NEW).status_code == 303
    assert noted(office) == [f"{login} {login} own password"]


@pytest.mark.parametrize(
    ("current", "new", "again", "sentence"),
    [
        ("wrong" * 3, NEW, NEW, "当前密码不对。"),
        (PASSWORD, NEW, NEW + "r", "两次输入的新密码不一致。"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与当前密码相同。"),
        (PASSWORD, "short", "short", "密码"),
        (PASSWORD, "ab" * 10, "ab" * 10, "密码"),
    ],
)
def test_what_is_no_password_changes_nothing(office: Office, current: str, new: str, again: str, sentence: str) -> None:
    with office.client("operator") as client, office.client("operator") as elsewhere:
        assert sentence in change(client, current, new, again)
        assert elsewhere.get("/desk").status_code == 200
        assert sign_in(elsewhere, "operator").status_code == 303
    assert "operator operator own password" not in noted(office)


def test_guessing_the_present_password_locks_the_account(office: Office) -> None:
    with office.client("operator") as client:
        for _ in range(FAILURES_ALLOWED):
            assert change(client, "wrong" * 3, NEW) == "当前密码不对。"
        assert change(client, PASSWORD, NEW) == "密码多次输错，请稍后再试。"
    assert noted(office) == ["operator operator wrong password"] * FAILURES_ALLOWED


def test_who_signs_in_elsewhere_has_no_password_here(office: Office) -> None:
    with office.client("operator") as client:
        with office.database.write() as session:
            row = accounts.account_row(session, "operator")
            row.password_hash, row.subject = None, "S-1"
        assert change(client, PASSWORD, NEW) == "您通过统一身份认证登录，这里没有密码。"


def test_a_demo_account_with_a_password_of_its_own_is_none_any_more(office: Office) -> None:
    office.add("demo", Role.OPERATOR)
    with office.database.write() as session:
        accounts.account_row(session, "demo").demo = True
    with office.client("demo") as client:
        change(client, PASSWORD, NEW)
    with office.database.read() as session:
        assert accounts.demo_logins(session) == []


def test_a_stranger_is_led_to_sign_in_and_back(office: Office) -> None:
    with office.client() as client:
        assert client.get(PASSWORD_PATH).headers["location"] == f"/sign-in?next={PASSWORD_PATH}"


@pytest.mark.browser
def test_it_is_found_and_changed_with_keys_alone(office: Office, display: BrowserContext) -> None:
    with office.served() as server:
        page = display.new_page()
        complaints: list[str] = []
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        sign_in_on(page, server.address, "administrator", "/ops")
        page.get_by_title("修改密码").press("Enter")
        page.wait_for_selector("#password")
        page.focus("#password-current")
        for text in (PASSWORD, NEW, NEW):
            page.keyboard.type(text)
            page.keyboard.press("Tab" if page.evaluate("document.activeElement.id") != "password-again" else "Enter")
        expect(page.locator("#password-told")).to_have_text("密码已修改；其他 0 处登录已退出。")
        expect(page.locator("#password-new")).to_have_value("")
        assert complaints == []
