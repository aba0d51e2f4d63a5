"""A meeting held on a tablet, by touch: the walls follow, decisions are listed, objections settled, and the minutes are there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.conftest import RunningServer
from tests.dashboard.offices import Office, county
from tests.dashboard.reviews import AT, MadeReviews
from tests.dashboard.test_accessibility import faults
from tests.dashboard.test_meeting import contest
from tests.dashboard.test_review_in_browser import tablet

pytestmark = pytest.mark.browser
SIZES = ((1366, 1024), (1024, 1366))
TAP = 56
SECOND = county().townships[1]
SMALL = f"""() => [...document.querySelectorAll('#meeting :is(button, .button, input, textarea), .meeting-charge')]
    .filter((node) => node.checkVisibility())
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([node, box]) => box.height < {TAP} || box.width < {TAP})
    .map(([node, box]) => `${{node.outerHTML.slice(0, 90)}} ${{box.width}}x${{box.height}}`)"""


@pytest.fixture
def server(office: Office) -> Iterator[RunningServer]:
    office.now = lambda: AT
    office.reviews = MadeReviews()
    contest(office)
    with office.served() as server:
        yield server


def fits(page: Page) -> None:
    """What is shown now, on either tablet."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(SMALL) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_meeting_from_its_beginning_to_its_minutes(browser: Browser, server: RunningServer) -> None:
    wall = browser.new_page(viewport={"width": 1920, "height": 1080})
    wall.goto(f"{server.address}/wall")
    expect(wall.locator("#scene-overview")).to_be_visible()
    with tablet(browser, server, SIZES[0]) as (page, complaints):
        expect(page.locator("#meeting")).to_be_hidden()
        page.locator("#review-meeting").tap()
        page.locator("#meeting-begin").tap()
        expect(page.locator("#meeting-said")).to_have_text("会议已开始。")
        expect(page.locator("#meeting-state")).to_contain_text("主持：leader")

        page.locator("#meeting [data-scene=townships]").tap()
        expect(wall.locator("#scene-townships")).to_be_visible()
        expect(page.locator("#meeting-wall")).to_contain_text("大屏：乡镇考核，保持到 17:12")
        fits(page)
        page.locator('#meeting [data-scene=""]').tap()
        expect(wall.locator("#scene-overview")).to_be_visible()

        page.locator("#meeting [data-sheet=decide]").tap()
        fits(page)
        page.locator(f'#meeting [data-unit="{SECOND.centre}"]').tap()
        page.locator('#meeting [data-day="2026-11-27"]').tap()
        page.locator("#meeting-matter").fill("逐户回访并报告")
        page.locator("#meeting-record").tap()
        expect(page.locator("#meeting-decided li")).to_have_count(1)
        expect(page.locator("#meeting-decided li")).to_contain_text("逐户回访并报告")
        expect(page.locator("#meeting-matter")).to_have_value("")

        page.locator("#meeting [data-sheet=objections]").tap()
        item = page.locator("#meeting-objections li")
        expect(item).to_contain_text("如采纳：青石镇")
        item.locator("[data-settle=upheld]").tap()
        item.locator("[data-why]").first.tap()
        page.locator("#meeting [data-scene=heat]").tap()
        expect(page.locator("#meeting-wall")).to_contain_text("大屏：矛盾热力图，保持到 17:12")
        expect(item.locator("textarea").first).to_have_value("情况属实")  # what was begun outlasts what else is done
        fits(page)
        item.locator("[data-confirm=upheld]").tap()
        expect(page.locator("#meeting-said")).to_have_text("已采纳，该件不计入考核。")
        expect(item).to_contain_text("已采纳：青石镇")

        with page.expect_download() as download:
            page.locator("#meeting-minutes").tap()
        assert download.value.suggested_filename == "会议纪要_2026-W47_20261121.docx"
        page.locator("#meeting-end").tap()
        page.locator("#meeting-end").tap()
        expect(page.locator("#meeting-begin")).to_be_visible()
        assert complaints == []
    wall.close()


def test_a_meeting_that_is_held_is_there_after_a_reload_and_a_case_of_a_list_can_be_charged_with(
    browser: Browser, server: RunningServer
) -> None:
    with tablet(browser, server, SIZES[0]) as (page, complaints):
        page.locator("#review-meeting").tap()
        page.locator("#meeting-begin").tap()
        expect(page.locator("#meeting-said")).to_have_text("会议已开始。")
        page.reload()
        expect(page.locator("#meeting")).to_be_visible()
        page.locator(f'[data-list="finished.missed.township.{SECOND.code}"]').first.tap()
        expect(page.locator(".meeting-charge")).to_have_count(12)
        assert page.evaluate(SMALL) == []
        page.locator(".meeting-charge").first.tap()
        expect(page.locator("#review-drawer")).to_be_hidden()
        expect(page.locator("#meeting-case")).to_have_value("YC-20261116-00114")
        assert faults(page) == []
        assert complaints == []


def test_what_is_missing_is_said_and_nothing_that_was_written_is_lost(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, SIZES[1]) as (page, _):
        page.locator("#review-meeting").tap()
        page.locator("#meeting-begin").tap()
        expect(page.locator("#meeting-said")).to_have_text("会议已开始。")
        page.locator("#meeting [data-sheet=decide]").tap()
        page.locator("#meeting-matter").fill("会勘")
        page.locator("#meeting-record").tap()
        expect(page.locator("#meeting-said")).to_have_text("请选择承办单位")
        page.locator(f'#meeting [data-unit="{SECOND.centre}"]').tap()
        page.locator("#meeting-day").fill("2026-11-30")
        page.locator("#meeting-case").fill("YC-20261120-99999")
        page.locator("#meeting-record").tap()
        expect(page.locator("#meeting-said")).to_contain_text("YC-20261120-99999")
        expect(page.locator("#meeting-matter")).to_have_value("会勘")
        page.locator("#meeting-case").fill("")
        page.locator("#meeting-record").tap()
        expect(page.locator("#meeting-decided li")).to_contain_text("11月30日 24:00")
