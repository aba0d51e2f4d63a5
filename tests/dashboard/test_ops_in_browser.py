"""Operations and audit in a real browser: what a person sees and presses, and that the page's rules on scripts hold."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from casework.vocabulary import Feed
from tests.dashboard.conftest import RunningServer, eventually
from tests.dashboard.offices import Office, sign_in_by_hand
from tests.records import envelope, event, rubbish

pytestmark = pytest.mark.browser


@contextmanager
def opened(browser: Browser, server: RunningServer, login: str, path: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of the office, signed in, with what the browser complained of."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    sign_in_by_hand(context, server.address, login)
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.address}{path}")
    yield page, complaints
    context.close()


def test_a_message_is_retried_with_the_keyboard_and_the_list_keeps_up(office: Office, browser: Browser) -> None:
    mended = orjson.dumps(envelope(Feed.GRID, event(eventCode="WG9"), "e91", 91))
    with office.database.write() as session:
        office.centre.recorder.record(session, [rubbish("e91", 91, mended, "<b>KeyError</b>")])
    with office.served() as server, opened(browser, server, "operator", "/ops") as (page, complaints):
        reason = page.locator("#ops-reasons .ag-row")
        expect(reason).to_contain_text("<b>KeyError</b>")
        reason.locator(".ag-cell").nth(1).click()
        expect(page.locator("#ops-letters .ag-row")).to_have_count(1)
        page.wait_for_timeout(2_500)  # a tick leaves the mark where it is
        expect(page.locator("#ops-reasons .ag-row-selected")).to_have_count(1)
        page.focus("#ops-retry-reason")
        page.keyboard.press("Enter")
        expect(page.locator("#ops-letters-told")).to_contain_text("已入库 1 条，共 1 条")
        expect(page.locator("#ops-reasons .ag-row")).to_have_count(0)
        expect(page.locator("#ops-accounts")).to_have_count(0)
        assert complaints == []


def test_one_tab_leaves_a_list_of_operations(office: Office, browser: Browser) -> None:
    with office.database.write() as session:
        office.centre.recorder.record(session, [rubbish(f"e{n}", n, b"{", f"reason {n}") for n in range(91, 96)])
    with office.served() as server, opened(browser, server, "operator", "/ops") as (page, complaints):
        rows = page.locator("#ops-reasons .ag-row")
        expect(rows).to_have_count(5)
        in_list = page.locator("#ops-reasons :focus")
        for out in ("Tab", "Shift+Tab"):
            rows.nth(1).locator(".ag-cell").nth(1).click()
            page.keyboard.press("ArrowDown")
            expect(page.locator("#ops-reasons .ag-cell:focus")).to_have_count(1)
            page.keyboard.press(out)
            expect(in_list).to_have_count(0)
            page.keyboard.press("Shift+Tab" if out == "Tab" else "Tab")
            expect(in_list).to_have_count(1)
            page.keyboard.press(out)
            expect(in_list).to_have_count(0)
        assert complaints == []


def test_what_is_shown_turns_grey_when_the_server_is_gone(office: Office, browser: Browser) -> None:
    with office.served() as server, opened(browser, server, "operator", "/ops") as (page, _):
        expect(page.locator(".ops-figure")).not_to_have_count(0)
        expect(page.locator("#ops[data-old]")).to_have_count(0)
        server.stop()
        expect(page.locator("#ops[data-old]")).to_have_count(1)


def test_an_administrator_adds_an_account_and_disables_it_after_being_asked(office: Office, browser: Browser) -> None:
    questions: list[str] = []

    def answer(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.accept()

    with office.served() as server, opened(browser, server, "administrator", "/ops") as (page, complaints):
        page.fill("#ops-add-login", "newcomer")
        page.fill("#ops-add-name", "新来")
        page.get_by_label("角色").select_option("乡镇")
        page.get_by_label("所属单位").fill("综治中心")
        expect(page.locator("#ops-add-units option")).not_to_have_count(0)
        page.fill("#ops-add-unit", page.locator("#ops-add-units option").first.get_attribute("value") or "")
        page.fill("#ops-add-password", "another long enough one")
        page.click("#ops-add")
        expect(page.locator("#ops-added-told")).to_contain_text("newcomer 可以登录")
        expect(page.locator("#ops-add-password")).to_have_value("")
        page.on("dialog", answer)
        page.locator("#ops-accounts .ag-row", has_text="newcomer").locator(".ag-cell").nth(1).click()
        page.click("#ops-account-disable button")
        expect(page.locator("#ops-accounts-told")).to_contain_text("newcomer 已停用")
        assert questions == ["停用选中的账号，并让其立即退出？"]
        assert complaints == []


def test_the_audit_is_filtered_checked_and_taken_away(office: Office, browser: Browser, tmp_path: Path) -> None:
    with office.served() as server, opened(browser, server, "auditor", "/audit") as (page, complaints):
        expect(page.locator("#audit-rows .ag-row").first).to_contain_text("auditor")
        page.fill("#audit-login", "auditor")
        page.keyboard.press("Enter")
        expect(page.locator("#audit-told")).to_contain_text("没有更早的")
        assert eventually(lambda: "auditor" in page.input_value("#audit-export-asked"))
        page.click("#audit-check")
        expect(page.locator("#audit-checked")).to_contain_text("全部记录与封印一致")
        with page.expect_download() as taken:
            page.get_by_role("button", name="导出 CSV").click()
        taken.value.save_as(tmp_path / "audit.csv")
        assert complaints == []
    found = list(csv.reader(StringIO((tmp_path / "audit.csv").read_text("utf-8-sig"))))
    assert {row[2] for row in found[1:]} == {"auditor"}
    assert found[-1][3] == "导出"
