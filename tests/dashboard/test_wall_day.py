"""A wall that stays on while hours, days and weeks end: over a real board and a real server, with a clock that leaps."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from casework.rules import Rules
from casework.vocabulary import Feed
from config.locale import load
from dashboard.app import create_app
from dashboard.live.clock import Clock
from dashboard.live.source import DatabaseWall
from db import journal
from db.database import Database
from db.inbox import Recorder
from tests.dashboard.conftest import CENTRE, COUNTY_MAP, PLAN, RunningServer, Screen, eventually, free_port
from tests.dashboard.county_rows import Places
from tests.db.centre import Centre
from tests.records import order

pytestmark = pytest.mark.browser

SUNDAY_NIGHT = datetime(2026, 11, 22, 15, 58, tzinfo=UTC)  # 23:58 in Yunchuan
BEFORE_MIDNIGHT = timedelta(minutes=2)


class LeapingTime:
    """It runs as time does, and can be sent ahead."""

    def __init__(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def leap_to(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)


@pytest.fixture
def time() -> LeapingTime:
    return LeapingTime(SUNDAY_NIGHT)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    """A county with three calls on Sunday, of which one was overdue since noon."""
    centre = Centre(database, recorder)
    for number, hour in enumerate(("09:00", "21:30", "23:40"), 1):
        at = f"2026-11-22 {hour}:00"
        told = {"orderNum": f"DH{number}", "callTime": at, "dispatchTime": at, "updateTime": at}
        deadline = {"deadlineDate": "2026-11-22 12:00:00"} if number == 1 else {}
        centre.hear(Feed.HOTLINE12345, order(**told, **deadline))
    return centre


@pytest.fixture
def wall(centre: Centre, rules: Rules, time: LeapingTime, screen: Screen) -> Iterator[Page]:
    app = create_app(
        source=DatabaseWall(centre.database, rules, {"U-CITY": "999921001"}),
        names=Places(),
        centre_name=CENTRE,
        county_map=COUNTY_MAP,
        plan=PLAN,
        languages=load(),
        clock=Clock(now=time.now),
    )
    server = RunningServer(app, free_port()).start()
    yield screen.open(f"{server.address}/wall")
    server.stop()


def inflow(page: Page) -> list[int]:
    """How many hours before the running one something came in."""
    heights = page.locator("#inflow-chart .inflow-bar").evaluate_all(
        "(bars) => bars.map((bar) => Number(bar.getAttribute('height')))"
    )
    return [23 - index // 3 for index, height in enumerate(heights) if height > 0]


def test_a_day_an_hour_and_a_week_end_without_a_word_from_anybody(
    wall: Page, time: LeapingTime, centre: Centre, screen: Screen
) -> None:
    expect(wall.locator("#received-value")).to_have_text("3")
    expect(wall.locator("#on-time-value")).to_have_text("0.0")
    codes = wall.locator("#lane-hotline12345-list .card-code")
    expect(codes).to_have_text([re.compile("0003$"), re.compile("0002$"), re.compile("0001$")])
    assert inflow(wall) == [14, 2, 0]

    time.leap_to(SUNDAY_NIGHT + BEFORE_MIDNIGHT - timedelta(seconds=2))
    expect(wall.locator("#time")).to_have_text(re.compile(r"^00:00:\d\d$"))
    expect(wall.locator("#date")).to_have_text("11月23日 星期一")
    expect(wall.locator("#received-value")).to_have_text("0")
    expect(wall.locator("#lane-hotline12345-counts")).to_have_text("在办 3 · 今日 0")
    expect(wall.locator("#on-time-value")).to_have_text("—")
    expect(codes).to_have_text([re.compile(f"1122-000{number}$") for number in (3, 2, 1)])
    expect(wall.locator("#open-value")).to_have_text("3")
    assert inflow(wall) == [15, 3, 1]

    at = "2026-11-23 00:00:00"
    centre.hear(Feed.HOTLINE12345, order(orderNum="DH9", callTime=at, dispatchTime=at, updateTime=at))
    with centre.database.write() as session:
        journal.announce(session)
    expect(wall.locator("#received-value")).to_have_text("1")
    expect(codes.filter(has_text=re.compile(" 0001$"))).to_have_count(1)
    wall.keyboard.press("3")
    expect(wall.locator("#ranking-week")).to_have_text("第 48 周")
    wall.keyboard.press("1")

    time.leap_to(datetime(2026, 11, 22, 16, 59, 58, tzinfo=UTC))
    expect(wall.locator("#time")).to_have_text(re.compile(r"^01:00:\d\d$"))
    assert eventually(lambda: inflow(wall) == [16, 4, 2, 1])
    expect(wall.locator(".wall[data-state=live]")).to_be_visible()
    assert screen.complaints == []


@pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # what is read at each hour, the other test reads on both
def test_a_day_is_passed_in_leaps_and_the_picture_stays_true(wall: Page, time: LeapingTime, screen: Screen) -> None:
    """After every leap the wall tells the hour it has come to, and what is kept on the page does not grow."""
    wall.wait_for_timeout(1000)
    nodes = wall.evaluate("document.getElementsByTagName('*').length")
    for hour in (1, 2, 3, 6, 10, 14, 19, 24):
        at = SUNDAY_NIGHT + timedelta(hours=hour)
        time.leap_to(at)
        local = (at + timedelta(hours=8)).hour
        expect(wall.locator("#time")).to_have_text(re.compile(f"^{local:02}:"))
        expect(wall.locator("#inflow-aside")).to_have_text(re.compile(f"^截至 {local:02}:"))
        expect(wall.locator("#received-value")).to_have_text("0")
    assert inflow(wall) == [], "all of it is more than a day ago"
    assert wall.evaluate("document.getElementsByTagName('*').length") <= nodes
    assert screen.complaints == []
