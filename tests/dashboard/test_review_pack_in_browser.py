"""Taking a review away with a real browser: it says that the file is being made, keeps it, or says why not."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from tests.dashboard.offices import Office, sign_in_by_hand
from tests.dashboard.reviews import MadeReviews

pytestmark = pytest.mark.browser
PERIOD = "/review/2026-W46?as_of=2026-11-14T12:00"


@pytest.fixture
def said() -> list[str]:
    """What the browser's console complained of."""
    return []


@pytest.fixture
def page(office: Office, browser: Browser, said: list[str]) -> Iterator[Page]:
    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    with replace(office, reviews=MadeReviews()).served() as server:
        context = browser.new_context(viewport={"width": 1180, "height": 820}, has_touch=True, accept_downloads=True)
        sign_in_by_hand(context, server.address, "leader")
        page = context.new_page()
        page.on("console", listen)
        page.goto(f"{server.address}{PERIOD}")
        expect(page.locator("a.review-file")).to_have_count(2)
        page.tap("#review-export-open")
        yield page
        context.close()


def test_a_tap_makes_the_workbook_and_says_so(page: Page, said: list[str], tmp_path: Path) -> None:
    link = page.locator("a.review-file[data-file=xlsx]")
    with page.expect_download() as download:
        link.tap()
    assert download.value.suggested_filename == "周研判_2026-W46_截至20261114-1200.xlsx"
    download.value.save_as(tmp_path / "pack.xlsx")
    assert load_workbook(BytesIO((tmp_path / "pack.xlsx").read_bytes())).sheetnames[0] == "总览"
    expect(page.locator("#review-export-told")).to_contain_text("已制作完成")
    expect(link).not_to_have_attribute("aria-busy", "true")
    assert said == []


def test_while_it_is_made_that_is_said_and_a_second_tap_asks_for_nothing_more(page: Page, said: list[str]) -> None:
    held: list[Route] = []
    page.route("**/office/review/*.docx*", lambda route: held.append(route))  # noqa: PLW0108 - playwright takes no builtin
    link = page.locator("a.review-file[data-file=docx]")
    link.tap()
    expect(page.locator("#review-export-told")).to_contain_text("正在制作文件")
    expect(link).to_have_attribute("aria-busy", "true")
    expect(page.locator(".review-file-seconds")).to_contain_text("秒")
    link.tap()
    assert len(held) == 1
    with page.expect_download():
        held[0].continue_()
    assert said == []


def test_a_file_that_can_not_be_made_is_answered_with_a_sentence(page: Page) -> None:
    page.route("**/office/review/*.docx*", lambda route: route.fulfill(status=500, body="x"))
    page.locator("a.review-file[data-file=docx]").tap()
    expect(page.locator("#review-export-told")).to_have_text("文件未能制作，请重试。")
    page.route("**/office/review/*.xlsx*", lambda route: route.abort())
    page.locator("a.review-file[data-file=xlsx]").tap()
    expect(page.locator("#review-export-told")).to_have_text("文件未能制作，请重试。")
