"""The review on tablets, by touch: numbers open their cases, charts let the page scroll, nothing is too small or too wide."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.dashboard.conftest import RunningServer
from tests.dashboard.offices import Office, county, sign_in_by_hand
from tests.dashboard.reviews import AT, MadeReviews
from tests.dashboard.test_accessibility import faults

pytestmark = pytest.mark.browser

TABLETS = ((1024, 1366), (1366, 1024), (1180, 820), (1024, 768))
FINGER = 44
STEPS = 20
SECOND = county().townships[1].code
# Links within running text may be smaller (WCAG 2.2, 2.5.8); the review has none.
SMALL = f"""() => [...document.querySelectorAll('#review :is(button, a, summary, input, [role=button])')]
    .filter((node) => node.checkVisibility() && !node.disabled)
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([node, box]) => box.width > 0 && (box.height < {FINGER} || box.width < {FINGER}))
    .map(([node, box]) => `${{node.outerHTML.slice(0, 90)}} ${{box.width}}x${{box.height}}`)"""


@pytest.fixture
def server(office: Office) -> Iterator[RunningServer]:
    office.now = lambda: AT
    office.reviews = MadeReviews()
    with office.served() as server:
        yield server


@contextmanager
def tablet(
    browser: Browser,
    server: RunningServer,
    size: tuple[int, int],
    login: str = "leader",
    path: str = "/review/2026-W47",
) -> Iterator[tuple[Page, list[str]]]:
    """A touch screen with the review on it, and what its browser complained of or asked for elsewhere."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, locale="zh-CN")
    sign_in_by_hand(context, server.address, login)
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            complaints.append(asked.url) if not asked.url.startswith((server.address, "blob:", "data:")) else None
        ),
    )
    page.goto(f"{server.address}{path}")
    page.wait_for_selector("#review-shown", state="attached")
    yield page, complaints
    context.close()


def turned(page: Page) -> Iterator[tuple[int, int]]:
    """The same page on every tablet, one after another; where it is now."""
    for width, height in TABLETS:
        page.set_viewport_size({"width": width, "height": height})
        yield width, height


def test_nothing_is_too_small_for_a_finger_or_too_wide_for_the_screen(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, TABLETS[0]) as (page, complaints):
        page.locator("#review-replay").tap()
        page.locator("details summary").first.tap()
        for size in turned(page):
            assert page.evaluate(SMALL) == [], size
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.locator(f'[data-list="finished.missed.township.{SECOND}"]').first.tap()
        expect(page.locator(".review-lines li")).to_have_count(12)
        for size in turned(page):
            assert page.evaluate(SMALL) == [], size
        page.locator("#review-drawer-close").tap()
        page.locator("#review-as-of-open").tap()
        for size in turned(page):
            assert page.evaluate(SMALL) == [], size
        assert complaints == []


@pytest.mark.parametrize("size", TABLETS[:2])
def test_every_number_that_is_tapped_opens_as_many_cases(
    browser: Browser, server: RunningServer, size: tuple[int, int]
) -> None:
    with tablet(browser, server, size) as (page, complaints):
        for key in (f"finished.missed.township.{SECOND}", "closed.late.county.", "overdue_open.good.county."):
            number = page.locator(f'[data-list="{key}"]').first
            count = number.get_attribute("data-count")
            number.tap()
            expect(page.locator("#review-drawer-body .review-told")).to_have_text(f"{count} 件")
            expect(page.locator(".review-lines li")).to_have_count(int(count or 0))
            page.locator("#review-drawer-close").tap()
        page.locator('[data-list="closed.all.county."]').first.tap()
        expect(page.locator("#review-drawer-body .review-told")).to_have_text("前 50 件，共 961 件")
        page.locator("[data-more]").tap()
        expect(page.locator(".review-lines li")).to_have_count(250)
        page.locator(".review-tabs button").nth(1).tap()
        expect(page.locator("#review-drawer-body .review-told")).to_contain_text("件")
        assert complaints == []


def test_a_township_that_is_tapped_shows_where_it_lost_points_and_the_table_stays(
    browser: Browser, server: RunningServer
) -> None:
    with tablet(browser, server, (1024, 1366)) as (page, complaints):
        page.locator(f'[data-pick="{SECOND}"]').tap()
        expect(page.locator("#review-unit-title")).to_contain_text("青石镇")
        expect(page.locator(f'[data-pick="{SECOND}"]')).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[data-pick][aria-pressed=true]")).to_have_count(1)
        expect(page.locator("#review-unit-panel")).to_be_in_viewport()
        page.locator("#review-unit-panel .review-part").nth(2).tap()
        expect(page.locator("#review-drawer-title")).to_have_text("青石镇 · 按时办结率")
        assert complaints == []


def test_one_goes_from_period_to_period_without_leaving_the_page(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, complaints):
        page.evaluate("window.same = true")
        page.locator("#review-ways a").first.tap()
        page.wait_for_selector('#review-shown[data-name="2026-W46"]', state="attached")
        assert page.url.endswith("/review/2026-W46")
        page.get_by_role("link", name="月").tap()
        page.wait_for_selector('#review-shown[data-name="2026-11"]', state="attached")
        page.go_back()
        page.wait_for_selector('#review-shown[data-name="2026-W46"]', state="attached")
        page.locator("nav").get_by_text("周研判").tap()
        page.wait_for_selector('#review-shown[data-name="2026-W47"]', state="attached")
        assert page.evaluate("window.same") is True
        page.go_back()
        page.wait_for_selector('#review-shown[data-name="2026-W46"]', state="attached")
        assert complaints == []


def test_a_past_instant_is_chosen_by_day_or_by_the_minute_and_left_again(
    browser: Browser, server: RunningServer
) -> None:
    with tablet(browser, server, (1024, 1366)) as (page, complaints):
        page.locator("#review-as-of-open").tap()
        page.get_by_text("11月18日 24:00").tap()
        expect(page.locator("#review-title")).to_contain_text("按 11月19日 00:00 时的情况")
        assert page.url.endswith("/review/2026-W47?as_of=2026-11-19T00:00")
        page.locator("#review-as-of-open").tap()
        page.fill("#review-as-of-field", "2026-11-17T09:30")
        page.locator("#review-as-of-fields button").tap()
        expect(page.locator("#review-title")).to_contain_text("按 11月17日 09:30 时的情况")
        page.get_by_text("回到现在").tap()
        expect(page.locator("#review-title")).to_contain_text("进行中")
        assert complaints == []


def swipe(page: Page, selector: str, by: int) -> None:
    """One finger, straight up, as the browser's own gestures understand it."""
    page.locator(selector).first.scroll_into_view_if_needed()
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, STEPS + 1):
        points = [{"x": x, "y": y - by * step / STEPS}]
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(100)


def test_a_swipe_that_begins_on_a_chart_moves_the_page(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1180, 820)) as (page, _):
        page.locator("#review-replay").tap()
        page.wait_for_selector(".review-race")
        for chart in (".review-part .review-bar", ".review-weekly", ".review-lapse-rows", ".review-ranking"):
            page.evaluate("scrollTo(0, 0)")
            page.locator(chart).first.scroll_into_view_if_needed()
            before = page.evaluate("scrollY")
            swipe(page, chart, 300)
            assert page.evaluate("scrollY") - before > 200, chart
            expect(page.locator("#review-drawer")).to_be_hidden()


def test_the_time_lapse_redraws_ranks_and_counts_without_asking(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, complaints):
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url))
        page.locator("#review-replay").tap()
        told = page.locator("#review-lapse-told")
        expect(told).to_contain_text("累计派遣 959 件")
        slider = page.locator("#review-slider input")
        slider.focus()
        page.keyboard.press("Home")
        expect(told).to_have_text("11月16日 24:00：累计派遣 137 件，存量超期 10 件")
        page.locator("#review-play").tap()
        expect(told).to_contain_text("累计派遣 274 件")
        page.locator("#review-play").tap()
        expect(page.locator("#review-play")).to_have_text("播放")
        assert [url for url in asked if "_dash" in url] == []
        assert complaints == []


def test_how_a_number_is_counted_is_one_tap_away(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, _):
        page.locator("[data-define=finished]").first.tap()
        expect(page.locator("#review-drawer-title")).to_have_text("按时办结率")
        expect(page.locator("#review-drawer-body")).to_contain_text("分母")
        page.keyboard.press("Escape")
        expect(page.locator("#review-drawer")).to_be_hidden()


def test_back_from_a_case_the_list_is_there_again(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, _):
        page.locator(f'[data-list="finished.missed.township.{SECOND}"]').first.tap()
        page.locator("a.review-line").first.tap()
        page.wait_for_url("**/case/YC-20261116-00114?*")
        page.wait_for_selector("#case, .office-nothing")
        page.go_back()
        expect(page.locator("#review-drawer-title")).to_have_text("青石镇 · 按时办结率")
        expect(page.locator(".review-lines li")).to_have_count(12)


def test_a_township_reads_the_table_and_taps_only_its_own(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1024, 1366), login="other-township") as (page, complaints):
        expect(page.locator(".review-ranking tbody tr[data-unit]")).to_have_count(9)
        keys = page.locator("[data-list]").evaluate_all("nodes => nodes.map((node) => node.dataset.list)")
        assert keys
        assert all(SECOND in key for key in keys)
        expect(page.locator("#review-unit-title")).to_contain_text("青石镇")
        assert complaints == []


def test_what_a_screen_shows_is_told_to_be_old_when_the_server_is_gone(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, _):
        server.stop()
        expect(page.locator("#review[data-blind]")).to_have_count(1)
        page.locator(f'[data-list="finished.missed.township.{SECOND}"]').first.tap()
        expect(page.locator("#review-drawer")).to_be_hidden()
        expect(page.locator("#office-line")).to_contain_text("未")


def test_a_server_that_takes_its_time_is_seen_to_work(browser: Browser, server: RunningServer) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(900)
        route.continue_()

    with tablet(browser, server, (1366, 1024)) as (page, _):
        page.route("**/_dash-update-component*", slowly)
        page.locator("#review-ways a").first.tap()
        expect(page.locator("#review-progress")).to_be_visible()
        page.wait_for_selector('#review-shown[data-name="2026-W46"]', state="attached")
        expect(page.locator("#review-progress")).to_be_hidden()
        page.unroute_all(behavior="wait")


def test_a_period_that_is_none_is_answered_with_a_way_on(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, (1366, 1024), path="/review/2026-W60") as (page, complaints):
        expect(page.locator("#review-main")).to_contain_text("没有这个周期")
        expect(page.locator("#review-progress")).to_be_hidden()
        page.get_by_text("查看本周研判").tap()
        page.wait_for_selector('#review-shown[data-name="2026-W47"]', state="attached")
        assert complaints == []


def test_on_paper_there_are_no_buttons_and_every_page_says_who_printed_it(
    browser: Browser, server: RunningServer
) -> None:
    with tablet(browser, server, (1366, 1024)) as (page, _):
        page.emulate_media(media="print")
        for hidden in (".office-masthead", ".review-controls", "#review-drawer", "#review-lapse"):
            expect(page.locator(hidden)).to_be_hidden()
        expect(page.locator(".review-water").first).to_contain_text("leader")
        expect(page.locator(".review-water").first).to_contain_text("7f3a0002cfee")
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_axe_finds_nothing(browser: Browser, server: RunningServer) -> None:
    with tablet(browser, server, TABLETS[0]) as (page, _):
        assert faults(page) == []
        page.locator("#review-replay").tap()
        page.locator(f'[data-list="finished.missed.township.{SECOND}"]').first.tap()
        page.wait_for_selector(".review-lines li")
        assert faults(page) == []
        page.locator("#review-drawer-close").tap()
        page.locator("#review-as-of-open").tap()
        assert faults(page) == []
