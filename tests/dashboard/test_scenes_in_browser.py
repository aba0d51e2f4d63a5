"""The wall's scenes in a real browser: their turns, their room, their words, and what takes the screen from them."""

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import urlsplit

import orjson
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from casework.calendar import SHANGHAI
from casework.indicators import WEEK, Indicator, Period, Rate, week_of
from casework.vocabulary import Category, Colour, Feed, FeedState
from dashboard.auth import LINK_COOKIE, STAGE_PATH, Access
from dashboard.components.scenes import Scene
from dashboard.live.clock import Clock
from dashboard.live.overview import Alert, TownshipLoad
from dashboard.live.slow import UNSETTLED_EVERY
from dashboard.live.standings import Standings, Why
from dashboard.notices import TAKEN_BACK
from dashboard.pages.wall import Turn
from db.device_links import InForce, Opened, Opening, hash_of
from db.queries.wall import Stage
from tests.dashboard import county_rows
from tests.dashboard.conftest import FOREVER, RunningServer, Screen, eventually, free_port, make_app
from tests.dashboard.fakes import FakeWall

pytestmark = pytest.mark.browser

Serve = Callable[..., RunningServer]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SIZES = ((1920, 1080), (3840, 2160), (3840, 1080), (1366, 768))

LONGEST_IN_ENGLISH = Category.ETHNIC_RELIGIOUS

MEASURE = """(scene) => {
  const height = innerHeight, small = [], cut = [], wide = [];
  const box = (node) => node.getBoundingClientRect();
  const room = document.getElementById(`scene-${scene}`);
  for (const node of room.querySelectorAll("*")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const drawn = node instanceof SVGElement;
    const size = drawn ? box(node).height / 1.2 : parseFloat(getComputedStyle(node).fontSize);
    const { right, bottom, height: tall } = box(node);
    if (own && tall && size < height / 45 - 0.6) small.push(`${node.className.baseVal || node.className} ${size}`);
    if (tall && !drawn && (right > innerWidth + 1 || bottom > height + 1)) cut.push(node.className);
  }
  const told = ".rate-value, .rate-parts, .rank-name, .rank-head span, .late-span, .late-step, .late-title, .late-township,"
    + " .late-code, .due-where, .rise-what, .mix-name";
  for (const node of room.querySelectorAll(told)) {
    if (box(node).width && node.scrollWidth > node.clientWidth + 1) wide.push(`${node.className}: ${node.textContent}`);
  }
  return { small, cut, wide, scrolls: document.documentElement.scrollHeight > height };
}"""


def show(page: Page, scene: Scene) -> None:
    page.keyboard.press(str(list(Scene).index(scene) + 1))
    expect(page.locator(f"#scene-{scene}")).to_be_visible()


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_scene_is_large_enough_and_whole_at_every_size(
    serve: Serve, screen: Screen, language: str, width: int, height: int
) -> None:
    source, busy = FakeWall(), county_rows.busy(datetime.now(UTC))
    longest = tuple(replace(late, card=replace(late.card, category=LONGEST_IN_ENGLISH)) for late in busy.late)
    source.change(lambda at, position: replace(busy, late=longest))
    screen.page.set_viewport_size({"width": width, "height": height})
    page = screen.open(f"{serve(source).address}/wall?lang={language}")
    for scene in (Scene.LATE, Scene.TOWNSHIPS, Scene.HEAT):
        show(page, scene)
        if scene is Scene.TOWNSHIPS:
            expect(page.locator(".rank-row:not(.rank-head)")).to_have_count(8)
            list_, last = (
                page.locator("#ranking-list").bounding_box(),
                page.locator("#ranking-list .rank-row").last.bounding_box(),
            )
            assert list_ is not None
            assert last is not None
            assert last["y"] + last["height"] <= list_["y"] + list_["height"] + 1, "the last one is whole on first show"
        measured = page.evaluate(MEASURE, scene)
        assert measured == {"small": [], "cut": [], "wide": [], "scrolls": False}, scene
    assert {urlsplit(url).hostname for url in screen.requests} == {"127.0.0.1"}
    assert screen.complaints == []


def test_the_overdue_are_told_gravest_first_with_their_step_and_what_comes_due(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    show(page, Scene.LATE)
    expect(page.locator("#late-total")).to_have_text("19 项 · 涉及案件 14 件")
    expect(page.locator("#late-cases")).to_have_text(
        "超期案件 17 件，其中 4 件待分派或新接手，无单位超期 · 另 1 件承办超期而案件未超期"
    )
    expect(page.locator(".late-count")).to_have_text(["红6", "橙4", "黄9"])
    rows = page.locator(".late-row")
    marks = [row.get_attribute("data-colour") or "" for row in rows.all()]
    assert marks == sorted(marks, key=["red", "orange", "yellow"].index)
    expect(page.locator("#late-pages")).to_contain_text("另有 2 项只计数、不列出")
    expect(page.locator(".due-row:visible")).to_have_count(9)


def test_the_townships_are_ranked_and_the_small_one_stands_apart(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    show(page, Scene.TOWNSHIPS)
    first = page.locator(".rank-row:not(.rank-head)").first
    expect(first).to_contain_text("城关镇")
    expect(first.locator(".score-value")).to_have_text("91.4")
    expect(first.locator(".rate").first).to_have_text(re.compile(r"\d+\.\d\d+/130"))
    expect(page.locator("#ranking-unranked")).to_contain_text("云台乡：本期应办结 6 件，少于 10 件")
    expect(page.locator("#ranking-basis")).to_contain_text("指纹 7f3a91c4d01b")


def test_cards_that_only_find_room_are_not_shown_as_new(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    cards = page.locator("#lane-grid-list .card")
    expect(cards).not_to_have_count(0)
    before = cards.count()
    page.set_viewport_size({"width": 3840, "height": 1080})
    expect(cards).not_to_have_count(before)
    assert cards.count() > before
    expect(page.locator(".card.fresh")).to_have_count(0, timeout=1)


def test_while_a_week_ranks_too_few_the_one_before_is_told_as_such(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    last = week_of(source.now() - WEEK)
    source.table = lambda at: replace(county_rows.standings(at), week=Period(last.start, last.end, at), why=Why.FEW)
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.TOWNSHIPS)
    expect(page.locator("#ranking-week")).to_have_text(f"第 {last.start.astimezone(SHANGHAI).isocalendar().week} 周")
    days = [f"{day.month}月{day.day}日" for day in (last.start.astimezone(SHANGHAI), last.end - timedelta(hours=12))]
    expect(page.locator("#ranking-period")).to_have_text(f"上周 {days[0]} – {days[1]} · 本周案件尚少")
    source.table = lambda at: replace(county_rows.standings(at), week=Period(last.start, last.end, at), why=Why.MEETING)
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.TOWNSHIPS)
    expect(page.locator("#ranking-period")).to_have_text(f"{days[0]} – {days[1]} · 正在研判的一周")


def test_the_map_is_coloured_by_rate_and_tells_no_number_under_five(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    now = datetime.now(UTC)
    busy = county_rows.busy(now)
    less = {"999921203": 4, "999921105": 1, "999921001": 0}
    few = tuple(replace(load, open=less.get(load.township or "", load.open)) for load in busy.townships)
    source.change(lambda at, position: replace(busy, townships=few))
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.HEAT)
    expect(page.locator(".map-rate")).to_have_count(9)
    rates = dict(
        zip(page.locator(".map-name").all_text_contents(), page.locator(".map-rate").all_text_contents(), strict=True)
    )
    assert (rates["云台乡"], rates["东岭镇"]) == ("不足 5 件", "不足 5 件")
    assert rates["开发区"] == "0", "nothing is no small number"
    assert float(rates["城关镇"]) == pytest.approx(96 * 10_000 / county_rows.Places.townships[0].population, abs=0.05)
    expect(page.locator(".rise").first).to_contain_text("青石镇")


def test_scenes_take_turns_by_the_plan_and_keys_hold_one(screen: Screen) -> None:
    plan = (Turn(Scene.LATE, 2), Turn(Scene.HEAT, 2))
    server = RunningServer(make_app(FakeWall(), plan=plan), free_port()).start()
    try:
        page = screen.open(f"{server.address}/wall")
        for scene in (Scene.LATE, Scene.HEAT, Scene.LATE):
            expect(page.locator(f"#tab-{scene}")).to_have_attribute("aria-current", "page")
        page.keyboard.press("2")
        page.wait_for_timeout(3000)  # longer than a turn: it must not have moved on
        expect(page.locator("#tab-heat")).to_have_attribute("aria-current", "page")
        for scene in (Scene.LATE, Scene.HEAT):  # nothing moves by itself while one is held
            page.keyboard.press("ArrowRight")
            expect(page.locator(f"#tab-{scene}")).to_have_attribute("aria-current", "page")
        page.keyboard.press("Escape")
        expect(page.locator("#tab-late")).to_have_attribute("aria-current", "page")
    finally:
        server.stop()


@dataclass
class Ahead:
    """How far the clock that paces the work was sent ahead."""

    seconds: float = 0.0

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: time.monotonic() + self.seconds)


# A wall tries a scene that failed every ten seconds of its own.
LEAPING = """() => {
  const real = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => real() + ahead;
  window.leap = () => { ahead += 10001; };
}"""


def test_a_scene_that_fails_is_left_out_and_named_until_it_is_well(screen: Screen) -> None:
    source, ahead = FakeWall(), Ahead()

    def broken(at: datetime) -> None:
        raise ValueError("no table")

    source.table = broken  # type: ignore[assignment]
    plan = (Turn(Scene.TOWNSHIPS, FOREVER), Turn(Scene.HEAT, 30))
    server = RunningServer(make_app(source, plan=plan, clock=ahead.clock()), free_port()).start()
    try:
        page = screen.open(f"{server.address}/wall")
        expect(page.locator("#tab-townships")).to_have_attribute("data-failed", "")
        expect(page.locator("#scene-heat")).to_be_visible()
        expect(page.locator("#scene-townships")).to_be_hidden()
        source.table = county_rows.standings
        ahead.seconds = UNSETTLED_EVERY
        page.evaluate(LEAPING)

        def is_tried_again_and_shown() -> bool:
            page.evaluate("leap()")
            page.wait_for_timeout(300)
            return page.locator("#scene-townships").is_visible()

        assert eventually(is_tried_again_and_shown, within=12)  # a scene that never failed is read every thirty seconds
        expect(page.locator("#tab-townships")).not_to_have_attribute("data-failed", "")
    finally:
        server.stop()


def test_a_scene_that_throws_while_it_draws_is_left_out_and_named(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    page.evaluate("() => { bihuan.scenes.late.prototype.tick = () => { throw new Error('a fault of ours'); }; }")
    page.keyboard.press("2")
    expect(page.locator("#tab-late")).to_have_attribute("data-failed", "")
    struck = "(node) => getComputedStyle(node).textDecorationLine"
    assert page.locator("#tab-late").evaluate(struck) == "line-through"
    expect(page.locator("#scene-late")).to_be_hidden()
    expect(page.locator("#scene-overview")).to_be_visible()
    page.keyboard.press("4")
    expect(page.locator("#scene-heat")).to_be_visible()
    assert screen.complaints == [], "it is warned of, and nothing else breaks"


def test_a_wall_without_one_of_its_scripts_shows_the_other_scenes(serve: Serve, screen: Screen) -> None:
    screen.page.route(
        "**/wall-late*.js*", lambda route: route.fulfill(body="syntax error", content_type="text/javascript")
    )
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    expect(page.locator("#tab-late")).to_have_attribute("data-failed", "")
    page.keyboard.press("2")
    expect(page.locator("#scene-overview")).to_be_visible()
    expect(page.locator("#scene-late")).to_be_hidden()
    expect(page.locator("#open-value")).to_have_text("342")


def test_a_case_that_turned_red_takes_the_screen_and_gives_it_back(serve: Serve, screen: Screen) -> None:
    source, now = FakeWall(), datetime.now(UTC)
    page = screen.open(f"{serve(source).address}/wall")
    card = replace(county_rows.a_card(now, 42), colour=Colour.RED)
    since = datetime.now(UTC) - timedelta(seconds=15)
    source.change(lambda at, position: replace(county_rows.busy(now), alerts=(Alert(card, since),)))
    alert = page.locator("#alert")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("一件转为红色")
    expect(alert).to_contain_text("城关镇·人社局")
    expect(alert).to_be_hidden()


def test_a_tablet_puts_a_scene_on_every_wall_and_gives_them_back(serve: Serve, display: BrowserContext) -> None:
    server = serve(FakeWall())
    wall = Screen(display.new_page()).open(f"{server.address}/wall")
    tablet = display.new_page()
    tablet.set_viewport_size({"width": 1024, "height": 1366})
    tablet.goto(f"{server.address}/remote")
    button = tablet.get_by_role("button", name="矛盾热力图")
    expect(tablet.locator("#remote-state")).to_have_text(re.compile("^按计划轮播 · .*后换到超期督办$"))
    expect(tablet.locator("#remote-now")).to_have_text("总览")
    button.click()
    expect(wall.locator("#scene-heat")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(tablet.locator("#remote-state")).to_have_text(re.compile(r"^停在此屏 · 至 \d\d:\d\d，还有 (29|30) 分$"))
    tablet.get_by_role("button", name="恢复轮播").click()
    expect(wall.locator("#scene-overview")).to_be_visible()
    expect(tablet.locator("#remote-now")).to_have_text("总览")


def test_a_wall_that_a_meeting_drives_says_so(serve: Serve, screen: Screen) -> None:
    source = FakeWall()
    page = screen.open(f"{serve(source).address}/wall")
    held = page.locator("#held")
    until = datetime.now(UTC) + timedelta(minutes=30)
    source.staged = Stage(Scene.HEAT, until)
    expect(page.locator("#scene-heat")).to_be_visible()
    expect(page.locator("#wall")).to_have_attribute("data-held", "")
    expect(held).to_be_hidden()
    source.staged = Stage(Scene.LATE, until, in_meeting=True)
    expect(held).to_have_text("会议中")
    expect(page.locator(".scene-tab:visible")).to_have_text(["超期督办"])
    source.staged = None
    expect(page.locator("#scene-overview")).to_be_visible()
    expect(held).to_be_hidden()
    expect(page.locator("#wall")).not_to_have_attribute("data-held", "")


def test_a_rate_under_its_target_is_told_by_more_than_its_colour(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    show(page, Scene.TOWNSHIPS)
    lines = "(all) => [...new Set(all.map((node) => getComputedStyle(node).textDecorationLine))]"
    expect(page.locator(".rate[data-low] .rate-value").first).to_be_visible()
    assert page.locator(".rate[data-low] .rate-value").evaluate_all(lines) == ["underline"]
    assert page.locator(".rate:not([data-low]) .rate-value").evaluate_all(lines) == ["none"]
    page.set_viewport_size({"width": 3840, "height": 1080})
    first = page.locator("#ranking-list .rate[data-low]").first
    bar, target = (first.locator(part).bounding_box() for part in (".rate-fill", ".rate-target"))
    assert bar is not None
    assert target is not None
    assert bar["x"] + bar["width"] < target["x"], "on a wide wall it ends before the stroke"


def test_a_tablet_steps_through_the_scenes_and_holds_one(serve: Serve, display: BrowserContext) -> None:
    server = serve(FakeWall())
    wall = Screen(display.new_page()).open(f"{server.address}/wall")
    tablet = display.new_page()
    tablet.goto(f"{server.address}/remote")
    shown = tablet.locator("#remote-now")
    expect(shown).to_have_text("总览")
    tablet.get_by_role("button", name="停在此屏").click()
    expect(tablet.locator("#remote-hold")).to_have_text("恢复轮播")
    tablet.locator("#remote-previous").click()
    expect(shown).to_have_text("矛盾热力图")
    tablet.locator("#remote-next").click()
    tablet.locator("#remote-next").click()  # at once, before any wall could tell of the first
    expect(shown).to_have_text("超期督办")
    expect(wall.locator("#scene-late")).to_be_visible()
    expect(tablet.locator("[aria-current]")).to_have_text(re.compile("超期督办.*停在此屏"))


def test_of_presses_that_wait_for_an_earlier_one_the_last_alone_is_sent(serve: Serve, display: BrowserContext) -> None:
    server = serve(FakeWall())
    wall = Screen(display.new_page()).open(f"{server.address}/wall")
    tablet = display.new_page()
    sent: list[str] = []
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        sent.append(orjson.loads(route.request.post_data or "")["scene"])
        if len(sent) == 1:
            held.append(route)
        else:
            route.continue_()

    tablet.route(f"**{STAGE_PATH}", hold_the_first)
    tablet.goto(f"{server.address}/remote")
    expect(tablet.locator("#remote-next")).to_be_enabled()
    tablet.evaluate("for (let n = 0; n < 3; n++) document.getElementById('remote-next').click()")
    expect(tablet.locator("#remote-now")).to_have_text("矛盾热力图")
    held[0].continue_()
    expect(wall.locator("#scene-heat")).to_be_visible()
    assert sent == ["late", "heat"]


def test_a_tablet_that_loses_the_server_takes_no_press(serve: Serve, screen: Screen) -> None:
    server = serve(FakeWall())
    tablet = screen.page
    tablet.goto(f"{server.address}/remote")
    hold = tablet.locator("#remote-hold")
    expect(hold).to_be_enabled()
    server.stop()
    expect(hold).to_be_disabled()
    expect(tablet.locator("#remote-state")).to_have_text("与服务器失去联系")


@pytest.mark.parametrize(("width", "height"), [(1024, 1366), (1366, 1024)])
def test_a_tablets_buttons_are_large_and_not_stretched(serve: Serve, screen: Screen, width: int, height: int) -> None:
    tablet = screen.page
    tablet.set_viewport_size({"width": width, "height": height})
    tablet.goto(f"{serve(FakeWall()).address}/remote")
    expect(tablet.locator("#remote-hold")).to_be_enabled()
    boxes = [button.bounding_box() for button in tablet.get_by_role("button").all()]
    assert len(boxes) == 7
    for box in boxes:
        assert box is not None
        assert 88 <= box["height"] <= height / 6
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
    assert tablet.evaluate("document.documentElement.scrollHeight") <= height, "nothing hides below"
    assert max(box["y"] + box["height"] for box in boxes if box is not None) > 0.85 * height, "it is used whole"


class OneLink:
    """One display's link, which can be taken back."""

    def __init__(self) -> None:
        self.secret = "s" * 43
        self.revoked = False

    def open(self, token: str) -> Opened:
        return Opened(Opening.UNKNOWN)

    def in_force(self) -> Mapping[int, InForce]:
        return {} if self.revoked else {1: InForce(hash_of(self.secret))}

    def mark_seen(self, link_ids: Collection[int]) -> None:
        """Nobody asks."""


def test_a_wall_whose_link_is_taken_back_goes_dark_with_a_sentence(display: BrowserContext) -> None:
    links = OneLink()
    server = RunningServer(make_app(FakeWall(), Access("link", links)), free_port()).start()
    try:
        display.add_cookies([{"name": LINK_COOKIE, "value": f"1.{links.secret}", "url": server.address}])
        page = Screen(display.new_page()).open(f"{server.address}/wall")
        assert page.goto(f"{server.address}/remote").status == 403, "a wall's link drives nothing"  # type: ignore[union-attr]
        page = Screen(page).open(f"{server.address}/wall")
        links.revoked = True
        expect(page.locator(".put-out")).to_be_visible()
        assert page.locator(".wall").inner_text().split("\n\n") == list(TAKEN_BACK), "and nothing else"
        page.reload()
        assert [line.inner_text() for line in page.locator("p").all()] == list(TAKEN_BACK), "the page says the same"
        looks = page.evaluate(
            "[document.body, ...document.querySelectorAll('p')].map((node) => getComputedStyle(node))"
            ".map((style) => [style.backgroundColor, parseFloat(style.fontSize)])"
        )
        assert looks[0][0] == "rgb(11, 15, 20)"
        assert min(size for _, size in looks[1:]) >= 1080 / 45
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(7, "^本屏时钟快 [67] 分$"), (-7, "^本屏时钟慢 [67] 分$"), (-60 * 24 * 400, "^本屏时钟慢 (399|400) 天$")],
)
def test_a_display_whose_clock_is_wrong_is_told_so_and_shows_the_servers_time(
    serve: Serve, display: BrowserContext, minutes: int, told: str
) -> None:
    display.add_init_script(f"const real = Date.now; Date.now = () => real() + {minutes} * 60 * 1000;")
    page = Screen(display.new_page()).open(f"{serve(FakeWall()).address}/wall")
    expect(page.locator("#clock-fault")).to_have_text(re.compile(told))
    expect(page.locator("#clock-fault")).to_be_visible()
    expect(page.locator("#date")).to_be_hidden()
    hour, minute, _ = map(int, page.locator("#time").inner_text().split(":"))
    now = datetime.now(UTC) + timedelta(hours=8)
    assert (now.hour * 60 + now.minute - hour * 60 - minute) % (24 * 60) <= 1


def test_a_display_that_is_set_right_or_wrong_while_it_runs_is_noticed(serve: Serve, display: BrowserContext) -> None:
    display.add_init_script("window.ahead = 0; const real = Date.now; Date.now = () => real() + window.ahead;")
    page = Screen(display.new_page()).open(f"{serve(FakeWall()).address}/wall")
    page.wait_for_function("document.getElementById('time').textContent !== '--:--:--'")
    expect(page.locator("#clock-fault")).to_have_text("")
    page.evaluate("window.ahead = 3 * 3600 * 1000")
    expect(page.locator("#clock-fault")).to_have_text(re.compile("^本屏时钟快 [23] 时$"))
    page.evaluate("window.ahead = 20 * 1000")
    expect(page.locator("#clock-fault")).to_have_text("")  # no screen's clock is that exact


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_instant_a_panel_is_true_for_is_cut_short(serve: Serve, screen: Screen, language: str) -> None:
    source = FakeWall()
    source.health = lambda at: tuple(county_rows.a_feed(feed, at, FeedState.SILENT, heard=750) for feed in Feed)
    page = screen.open(f"{serve(source).address}/wall?lang={language}")
    for (width, height), scene in product(SIZES, Scene):
        page.set_viewport_size({"width": width, "height": height})
        show(page, scene)
        asides = page.locator(f"#scene-{scene} .aside:visible")
        expect(asides.first).to_be_visible()
        cut = asides.evaluate_all(
            "(all) => all.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.textContent)"
        )
        assert cut == [], (width, height, scene)


def test_no_scene_tells_a_number_under_five_of_a_place_or_a_subject(serve: Serve, screen: Screen) -> None:
    source, busy = FakeWall(), county_rows.busy(datetime.now(UTC))
    few = {"999921203": TownshipLoad("999921203", 3, 2), "999921105": TownshipLoad("999921105", 2, 1)}
    townships = tuple(few.get(load.township or "", load) for load in busy.townships)
    counts = (60, 40, 7, 3, 2, 1)
    categories = tuple(replace(row, open=count) for row, count in zip(busy.categories, counts, strict=False))
    rates = Rate(((1, 1),), ((1, 1), (2, 1)))

    def table(at: datetime) -> Standings:
        rows = county_rows.standings(at).rows
        first = rows[0]._replace(given=3, rates={**rows[0].rates, Indicator.SOLVED: rates})
        last = rows[-1]._replace(rates={**rows[-1].rates, Indicator.FINISHED: rates})
        return replace(county_rows.standings(at), rows=(first, *rows[1:-1], last))

    source.table = table
    source.change(lambda at, position: replace(busy, townships=townships, categories=categories))
    page = screen.open(f"{serve(source).address}/wall")
    foot = page.locator(".township", has_text="云台乡")
    expect(foot.locator(".township-count")).to_have_text("在办 不足 5 件")
    show(page, Scene.HEAT)
    expect(page.locator(".map-rate[data-few]")).to_have_text(["不足 5 件", "不足 5 件"])
    expect(page.locator("#mix-list .mix-count")).to_have_text(["60", "40", "7", "6"])
    expect(page.locator("#mix-list .mix-name").last).to_have_text("其余类别")
    show(page, Scene.TOWNSHIPS)
    first = page.locator("#ranking-list .rank-row").first
    expect(first.locator(".given")).to_have_text("不足 5 件")
    expect(first.locator(".rate").nth(3)).to_have_text("—不足 5 件")
    expect(page.locator("#ranking-unranked-list")).to_have_text("本期应办结不足 5 件：云台乡")
    measured = page.evaluate(MEASURE, Scene.TOWNSHIPS)
    assert (measured["cut"], measured["wide"]) == ([], [])
    assert screen.complaints == []


def test_every_scene_is_english_when_it_is_asked_to_be(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall?lang=en")
    for scene in (Scene.LATE, Scene.TOWNSHIPS, Scene.HEAT):
        show(page, scene)
    told = page.evaluate(  # at once: the next frame would write the names again
        "document.querySelectorAll('.late-township, .late-unit, .due-where, .none-next, #places .mix-name, .rank-name,"
        " .map-name, .rise-what, #ranking-unranked-list, #ranking-basis, h1,"
        " .card-where, .row-where, .township-name, #due-soon-note, #alert')"
        ".forEach((name) => name.remove()) || document.body.textContent"
    )
    assert CHINESE.findall(told) == []


def test_english_tells_steps_and_days_in_one_form_of_its_own(serve: Serve, screen: Screen) -> None:
    source, now = FakeWall(), datetime.now(UTC)
    busy = county_rows.busy(now)
    source.change(lambda at, position: replace(busy, late=busy.late[:1]))
    page = screen.open(f"{serve(source).address}/wall?lang=en")
    show(page, Scene.LATE)
    expect(page.locator(".late-step")).to_have_text("supervised")
    day = re.search(r"\d+ [A-Z][a-z]{2}$", page.locator("#date").inner_text())
    assert day is not None
    show(page, Scene.TOWNSHIPS)
    expect(page.locator("#ranking-period")).to_contain_text(f"to {day.group()} ")


def test_a_step_is_told_in_chinese_as_the_rule_file_names_it(serve: Serve, screen: Screen) -> None:
    source, now = FakeWall(), datetime.now(UTC)
    busy = county_rows.busy(now)
    source.change(lambda at, position: replace(busy, late=(replace(busy.late[0], step="黄牌警示"),)))
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.LATE)
    expect(page.locator(".late-step")).to_have_text("黄牌警示")


def test_two_hours_without_a_deadline_say_so_and_tell_what_comes_next(serve: Serve, screen: Screen) -> None:
    source, now = FakeWall(), datetime.now(UTC)
    busy = county_rows.busy(now)
    calm = replace(busy.headline, due_soon=0, next_due_at=now + timedelta(hours=3, minutes=20, seconds=30))
    source.change(lambda at, position: replace(busy, upcoming=(), headline=calm))
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.LATE)
    told = page.locator(".none-due")
    expect(told).to_contain_text("两小时内无到期件")
    expect(told).to_contain_text("城关镇")
    expect(told).to_contain_text("还有 3 时 20 分")
    expect(page.locator(".due-tick:visible")).to_have_count(5)
    hidden = replace(calm, due_soon=2)
    source.change(lambda at, position: replace(busy, upcoming=(), headline=hidden))
    expect(told).to_contain_text("到期 2 件，只计数、不列出")
    source.change(lambda at, position: busy)
    expect(told).to_be_hidden()
    expect(page.locator(".due-row:visible")).to_have_count(9)


@pytest.mark.parametrize(("width", "columns"), [(1920, 1), (3840, 2)])
def test_a_wall_twice_as_wide_has_two_columns_of_rows(serve: Serve, screen: Screen, width: int, columns: int) -> None:
    screen.page.set_viewport_size({"width": width, "height": 1080})
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    show(page, Scene.LATE)
    lefts = page.locator(".late-row").evaluate_all("(rows) => rows.map((row) => row.getBoundingClientRect().left)")
    assert len(set(lefts)) == columns
    show(page, Scene.HEAT)
    assert page.locator("#places").is_visible() is (columns == 2)
    box, places = page.locator(".map").bounding_box(), page.locator("#heat").bounding_box()
    assert box is not None
    assert places is not None
    if columns == 2:
        assert places["width"] < 1.1 * box["height"], "the map has no void beside it"


def test_every_panel_tells_what_it_is_true_for_at_the_right_end_of_its_head(serve: Serve, screen: Screen) -> None:
    page = screen.open(f"{serve(FakeWall()).address}/wall")
    for scene, panels in ((Scene.LATE, ("late", "upcoming")), (Scene.HEAT, ("heat", "mix", "rises"))):
        show(page, scene)
        for panel in panels:
            expect(page.locator(f"#{panel}-aside")).to_have_text(re.compile("^截至 "))
            aside, room = page.locator(f"#{panel}-aside").bounding_box(), page.locator(f"#{panel}").bounding_box()
            assert aside is not None
            assert room is not None
            assert aside["x"] + aside["width"] == pytest.approx(room["x"] + room["width"], abs=1), panel
        heads = {page.locator(f"#{panel}-aside").bounding_box()["y"] for panel in panels[:2]}  # type: ignore[index]
        assert len(heads) == 1, "side by side they stand on one line"
        assert page.locator(f"#scene-{scene} .aside:visible").count() == len(panels), "and each says it once"


def test_many_townships_without_a_rank_stay_within_the_screen(serve: Serve, screen: Screen) -> None:
    source = FakeWall()

    def all_small(at: datetime) -> Standings:
        table = county_rows.standings(at)
        return replace(table, rows=tuple(table.rows[-1]._replace(township=code) for code in county_rows.TOWNSHIPS) * 3)

    source.table = all_small
    page = screen.open(f"{serve(source).address}/wall")
    show(page, Scene.TOWNSHIPS)
    expect(page.locator("#ranking-unranked-page")).to_have_text(re.compile(r"第 \d / [2-9] 页"))
    measured = page.evaluate(MEASURE, Scene.TOWNSHIPS)
    assert (measured["cut"], measured["scrolls"]) == ([], False)
    listed = page.locator("#ranking-unranked-list").bounding_box()
    assert listed is not None
    assert listed["x"] + listed["width"] <= 1920
    assert listed["height"] <= 2 * 1.31 * 24
