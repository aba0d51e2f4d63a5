"""The wall in a real browser, over a real server."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from casework.vocabulary import Feed, FeedState
from dashboard.live.overview import Overview, TownshipLoad
from db.queries.wall import FeedHealth
from tests.dashboard import county_rows
from tests.dashboard.conftest import RunningServer, Screen, eventually
from tests.dashboard.fakes import FakeWall

pytestmark = pytest.mark.browser

Serve = Callable[..., RunningServer]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SIZES = ((1920, 1080), (3840, 2160), (3840, 1080), (1366, 768))


def grid_silent(at: datetime) -> tuple[FeedHealth, ...]:
    told = [row for row in county_rows.feeds(at) if row.feed != Feed.GRID]
    return (*told, county_rows.a_feed(Feed.GRID, at, FeedState.SILENT, heard=12.5 * 60))


def number(page: Page, key: str) -> str:
    return page.locator(f"#{key}-value").inner_text()


def test_it_shows_the_countys_numbers_and_asks_no_other_host(serve: Serve, screen: Screen) -> None:
    server = serve(FakeWall())
    page = screen.open(f"{server.address}/wall")
    expect(page.locator("#received-note")).to_have_text("较上周同时 +12")
    keys = ("received", "open", "due-soon", "overdue-count", "closed", "on-time")
    assert [number(page, key) for key in keys] == [
        "128",
        "342",
        "9",
        "17",
        "96",
        "94.2",
    ]
    expect(page.locator("#on-time-note")).to_have_text("604 / 641")
    expect(page.locator("#open .figure-note")).to_have_text("红 12暂定期限 3")
    expect(page.locator("#open .mark[data-colour=red]")).to_be_visible()
    assert page.locator(".headline .mark").count() == 1, "a colour's mark stands for a risk, not for a count"
    expect(page.locator("#overdue-list .row").first).to_contain_text("6 天 4 时")
    expect(page.locator("#inflow-chart .inflow-bar")).to_have_count(3 * 24)
    assert {urlsplit(url).hostname for url in screen.requests} == {"127.0.0.1"}
    assert screen.complaints == []


def test_the_clock_is_chinas_whatever_the_displays_zone(serve: Serve, screen: Screen) -> None:
    server = serve(FakeWall())
    page = screen.open(f"{server.address}/wall")
    page.wait_for_function("document.getElementById('time').textContent !== '--:--:--'")
    hour, minute, _ = page.locator("#time").inner_text().split(":")
    told = datetime.now(UTC) + timedelta(hours=8)
    apart = abs(int(hour) * 60 + int(minute) - told.hour * 60 - told.minute)
    assert min(apart, 24 * 60 - apart) <= 1


def test_a_new_case_appears_marked_and_a_finished_one_leaves(serve: Serve, screen: Screen) -> None:
    source, now = FakeWall(), datetime.now(UTC)
    before = county_rows.busy(now)
    source.change(lambda at, position: before)
    page = screen.open(f"{serve(source).address}/wall")
    cards = page.locator("#lane-police110-list .card:not(.leaving)")
    expect(cards.first).to_be_visible()
    finished, fresh = (
        before.cards[1],
        replace(county_rows.a_card(now, 999), reported_at=now),
    )
    rest = tuple(card for card in before.cards if card is not finished)
    source.change(lambda at, position: replace(before, cards=(fresh, *rest)))
    expect(cards.filter(has_text="0999")).to_have_class(re.compile("fresh"))
    expect(cards.filter(has_text=f"{int(finished.code[-5:]):04d}")).to_have_count(0)
    assert screen.complaints == []


def test_a_card_turns_overdue_by_itself_when_its_deadline_passes(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    now = datetime.now(UTC)  # the page is there: a slow one must not be shown what is overdue already
    card = county_rows.a_card(now, 7, due_in=timedelta(seconds=4))
    source.change(lambda at, position: replace(county_rows.busy(now), cards=(card,)))
    told = page.locator("#lane-police110-list .card", has_text="0007").locator(".card-left")
    expect(told).to_have_text("剩 0 分")
    expect(told).to_have_text("超 0 分")


def test_a_silent_feed_greys_its_lane_and_says_since_when(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    lane = page.locator("#lane-grid")
    expect(lane).not_to_have_attribute("data-blind", "")
    source.health = grid_silent
    expect(lane).to_have_attribute("data-blind", "")
    expect(lane.locator(".lane-notice")).to_contain_text("静默 12 分")
    expect(lane.locator(".lane-notice")).to_contain_text("此后来件未知")
    expect(page.locator("#lamp-grid")).to_contain_text("静默 12 分")
    expect(page.locator("#lane-police110")).not_to_have_attribute("data-blind", "")


UNCOVERED = """(node) => {
  const { left, top, width, height } = node.getBoundingClientRect();
  const front = document.elementFromPoint(left + width / 2, top + height / 2);
  return width > 0 && (front === node || node.contains(front));
}"""


def assert_both_are_seen(page: Page) -> None:
    """The sentence whole, large on a head that is all warning, and beside it every feed's lamp, struck."""
    banner = page.locator("#banner")
    background = page.locator(".masthead").evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert background == "rgb(232, 187, 43)"
    assert banner.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize) > innerHeight / 30")
    assert banner.evaluate(UNCOVERED)
    assert banner.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    lamps = page.locator(".lamp").all()
    assert [lamp.inner_text() for lamp in lamps] in (["110", "12345", "网格"], ["110", "12345", "Grid"])
    for lamp in lamps:
        assert lamp.evaluate(UNCOVERED)
        assert "line-through" in lamp.evaluate("(node) => getComputedStyle(node).textDecoration")


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_wall_without_a_server_still_shows_which_feeds_there_are_at_every_size(
    serve: Serve, display: BrowserContext, language: str
) -> None:
    display.add_init_script("const real = Date.now; Date.now = () => real() + 7 * 60 * 1000;")  # a fault more
    server = serve(FakeWall())
    page = display.new_page()
    Screen(page).open(f"{server.address}/wall?lang={language}")
    server.stop()
    expect(page.locator("#banner")).to_be_visible(timeout=4000)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert_both_are_seen(page)


def test_each_lane_tells_what_it_is_true_for(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    stamps = page.locator(".lane .aside")
    confirmed = page.locator("#inflow-aside")
    expect(stamps).to_have_text([re.compile(r"^截至 \d\d:\d\d:\d\d$")] * 3)
    expect(page.locator("#lane-police110-counts")).to_have_text("在办 104 · 今日 41")
    source.health = grid_silent
    expect(page.locator("#lane-grid")).to_have_attribute("data-blind", "")
    silent, others = (page.locator(f"#lane-{lane}-aside").inner_text() for lane in ("grid", "police110"))
    assert confirmed.inner_text() == f"{others} · 缺 网格"
    minutes = [int(told[3:5]) * 60 + int(told[6:8]) for told in (silent, others)]
    assert (minutes[1] - minutes[0]) % (24 * 60) in (12, 13), "its own last message"
    colours = stamps.evaluate_all("(nodes) => nodes.map((node) => getComputedStyle(node).color)")
    assert colours[0] == colours[1] != colours[2]


def test_a_lane_that_never_heard_of_its_feed_has_no_instant(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    source.health = lambda at: tuple(row for row in county_rows.feeds(at) if row.feed != Feed.GRID)
    page = screen.open(f"{serve(source).address}/wall")
    expect(page.locator("#lane-grid .lane-notice")).to_contain_text("尚未收到")
    expect(page.locator("#lane-grid-aside")).to_have_text("")


def test_a_lane_last_heard_on_another_day_names_it(serve: Serve, screen: Screen) -> None:
    source = FakeWall()

    def silent_for_days(at: datetime) -> tuple[FeedHealth, ...]:
        return tuple(county_rows.a_feed(feed, at, FeedState.SILENT, heard=3 * 86_400) for feed in Feed)

    source.health = silent_for_days
    page = screen.open(f"{serve(source).address}/wall")
    expect(page.locator("#lane-grid-aside")).to_have_text(re.compile(r"^截至 \d+月\d+日 \d\d:\d\d$"))
    expect(page.locator("#inflow-aside")).to_have_text(re.compile(r"· 缺 3 路$"))


def test_a_wall_that_loses_the_server_says_so_and_comes_back_without_a_reload(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    server = serve(source)
    page = screen.open(f"{server.address}/wall")
    page.evaluate("window.stillTheSamePage = true")
    server.stop()
    banner = page.locator("#banner")
    expect(banner).to_be_visible(timeout=3000)
    expect(banner).to_have_text(re.compile(r"与服务器失去联系 · 画面停在 \d\d:\d\d:\d\d"))
    assert number(page, "open") == "342"
    light = page.locator(".lamp-light").first
    assert light.evaluate("(node) => getComputedStyle(node).backgroundColor") == "rgba(0, 0, 0, 0)", "nobody knows"
    assert_both_are_seen(page)
    source.change(lambda at, position: county_rows.empty(at))
    serve(source, server.port)
    expect(banner).to_be_hidden(timeout=4000)
    expect(page.locator("#open-value")).to_have_text("0")
    assert light.evaluate("(node) => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.evaluate("window.stillTheSamePage") is True


def test_a_database_that_is_away_is_told_apart_from_a_lost_server(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    source.away = True
    source.journal.advance()
    expect(page.locator("#banner")).to_have_text(re.compile("数据库暂无应答"), timeout=3000)
    assert_both_are_seen(page)
    source.away = False
    expect(page.locator("#banner")).to_be_hidden(timeout=4000)


def test_the_english_wall_has_no_chinese_but_names(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    source.health = grid_silent
    page = screen.open(f"{serve(source).address}/wall?lang=en")
    expect(page.locator("#received-note")).to_have_text("without Grid")
    page.evaluate(
        "document.querySelectorAll('h1, .card-where, .row-where, .township-name, #due-soon-note')"
        ".forEach((name) => name.remove())"
    )
    assert CHINESE.findall(page.locator("body").inner_text()) == []
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_county_without_a_case_is_a_calm_wall(serve: Serve, screen: Screen) -> None:
    source = FakeWall(county_rows.empty)
    source.band = lambda at: ()
    page = screen.open(f"{serve(source).address}/wall")
    expect(page.locator("#on-time-value")).to_have_text("—")
    expect(page.locator("#overdue-list")).to_have_attribute("data-empty", "没有超期件")
    keys = ("received", "open", "due-soon", "overdue-count", "closed")
    assert [page.locator(f"#{key}-note").inner_text() for key in keys] == [""] * 5, "a zero says it all"
    expect(page.locator("#lane-grid-list")).to_have_attribute("data-empty", "暂无在办件")
    assert screen.complaints == []


MEASURE = """() => {
  const height = innerHeight, small = [], cut = [];
  const box = (node) => node.getBoundingClientRect();
  for (const node of document.querySelectorAll(".wall *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const size = parseFloat(getComputedStyle(node).fontSize);
    if (own && box(node).height && size < height / 45 - 0.01) small.push(node.className);
  }
  for (const node of document.querySelectorAll(".card, .row, .township, .figure, .masthead, .lamp")) {
    const room = box(node.parentElement), own = box(node);
    if (own.bottom > room.bottom + 1 || own.right > room.right + 1 || own.right > innerWidth) cut.push(node.className);
  }
  const wide = [...document.querySelectorAll(".figure-value, .township-count, .wall")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1)
    .map((node) => node.className);
  const big = parseFloat(getComputedStyle(document.querySelector(".figure-value")).fontSize);
  return { small, cut, wide, big: big / height, scrolls: document.documentElement.scrollHeight > height };
}"""


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_is_large_enough_and_whole_at_every_size(
    serve: Serve, screen: Screen, width: int, height: int
) -> None:
    screen.page.set_viewport_size({"width": width, "height": height})
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    expect(page.locator("#overdue-list .row")).to_have_count(5)
    assert page.locator("#lane-grid-list .card").count() >= 6
    measured = page.evaluate(MEASURE)
    assert (measured["small"], measured["cut"], measured["scrolls"]) == ([], [], False)
    assert measured["big"] >= 1 / 11


def crowded(at: datetime, position: int) -> Overview:
    """More than any county has: long numbers, eighteen townships, a case nobody holds yet."""
    calm = county_rows.busy(at)
    codes = [*county_rows.TOWNSHIPS, *(f"街道{number}" for number in range(9))]
    return replace(
        calm,
        headline=replace(calm.headline, received_today=12840, open=23342, due_soon=1209),
        townships=tuple(TownshipLoad(code, 140 - 4 * index, 10 + index % 3) for index, code in enumerate(codes)),
        cards=(replace(calm.cards[0], due_at=None, unit_code=None, township=None), *calm.cards[1:]),
    )


def troubled(at: datetime) -> tuple[FeedHealth, ...]:
    states = (FeedState.LAGGING, FeedState.REFUSED, FeedState.RECONNECTING)
    return tuple(
        replace(county_rows.a_feed(feed, at, state, heard=3700), dead_letters=128)
        for feed, state in zip(Feed, states, strict=True)
    )


def test_a_crowded_county_with_every_trouble_still_fits(serve: Serve, screen: Screen) -> None:
    source = FakeWall(crowded)
    source.health = troubled
    page = screen.open(f"{serve(source).address}/wall")
    expect(page.locator(".township").last).to_contain_text("其余")
    measured = page.evaluate(MEASURE)
    assert (measured["small"], measured["cut"], measured["wide"]) == ([], [], [])
    assert int(page.locator(".township").last.locator("b").first.inner_text()) == sum(
        140 - 4 * index for index in range(page.locator(".township").count() - 1, 18)
    )


def test_screens_that_leave_are_forgotten(serve: Serve, screen: Screen) -> None:
    server = serve(FakeWall())
    page = screen.open(f"{server.address}/wall")

    def connected() -> str:
        return page.request.get(f"{server.address}/metrics").text()

    assert "bihuan_screens 1.0" in connected()
    page.goto("about:blank")
    assert eventually(lambda: "bihuan_screens 0.0" in connected())


LAMPS = """() => [...document.querySelectorAll(".lamp")].map((lamp, number, all) => {
  const note = lamp.querySelector(".lamp-note"), next = all[number + 1] || document.querySelector(".clock");
  const right = Math.max(...[lamp, ...lamp.children].map((node) => node.getBoundingClientRect().right));
  return note.scrollWidth <= note.clientWidth + 1 && right + 8 <= next.getBoundingClientRect().left;
})"""


@pytest.mark.parametrize("lagging", [1, 2, 3])
def test_how_late_a_feed_is_is_never_cut(serve: Serve, screen: Screen, lagging: int) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    states = [FeedState.LAGGING] * lagging + [FeedState.CONNECTED] * (len(Feed) - lagging)
    source.health = lambda at: tuple(
        replace(county_rows.a_feed(feed, at, state, heard=48), lag_seconds=59 * 60)
        for feed, state in zip(Feed, states, strict=True)
    )
    expect(page.locator(".lamp[data-feed-state=lagging]")).to_have_count(lagging)
    assert page.evaluate(LAMPS) == [True] * len(Feed)
