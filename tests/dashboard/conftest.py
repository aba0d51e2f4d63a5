"""A real server and a real browser for the tests that need them."""

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
import uvicorn
from dash import Dash
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from casework.rules import Rules
from config.locale import load
from dashboard.app import create_app
from dashboard.auth import Access
from dashboard.components.scenes import Scene
from dashboard.live.clock import Clock
from dashboard.live.source import WallSource
from dashboard.pages.wall import Turn
from dashboard.serving import server_config
from db.database import Database
from db.inbox import Recorder
from tests.conftest import Databases
from tests.dashboard.county_rows import TOWNSHIPS, Places

if TYPE_CHECKING:
    from tests.dashboard.offices import Office

CENTRE = "云川县社会治安综合治理中心"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
# The address line's own menus are pages too, drawn for every window at the cost of the one that is tested. The switch
# replaces Playwright's, so those of its features that would ask other hosts or hold a page back are named again.
UNWANTED_FEATURES = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
)
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(UNWANTED_FEATURES)}",
)

USUAL_SIZE: ViewportSize = {"width": 1920, "height": 1080}
PATIENCE_SECONDS = 15.0  # how long a slow machine may take; who passes does not wait
expect.set_options(timeout=1000 * PATIENCE_SECONDS)

COUNTY_MAP = {
    "aspect": 1.0,
    "places": [
        {
            "township": name,
            "outline": f"M{x} {y}h310v310h-310Z",
            "label": [x + 155, y + 155],
        }
        for name, (x, y) in zip(TOWNSHIPS.values(), product((10, 340, 670), repeat=2), strict=True)
    ],
}
# Turns go by the clock: the first one lasts for ever, or a test would find another scene at some times of the day.
FOREVER = 10**12
PLAN = (Turn(Scene.OVERVIEW, FOREVER), Turn(Scene.LATE, 30), Turn(Scene.TOWNSHIPS, 30), Turn(Scene.HEAT, 30))


def make_app(
    source: WallSource, access: Access | None = None, plan: Sequence[Turn] = PLAN, clock: Clock | None = None
) -> Dash:
    return create_app(
        source=source,
        names=Places(),
        centre_name=CENTRE,
        county_map=COUNTY_MAP,
        plan=plan,
        languages=load(),
        access=access,
        clock=clock,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(holds: Callable[[], bool], within: float = PATIENCE_SECONDS) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            return False
        threading.Event().wait(0.02)
    return True


class RunningServer:
    """The application on a port of this machine, in a thread of its own; killing it cuts every line at once."""

    def __init__(self, app: Dash, port: int) -> None:
        self.app = app
        self.port = port
        self._server = uvicorn.Server(server_config(app, "127.0.0.1", port))
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._thread.start()
        assert eventually(lambda: self._server.started)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        self._server.run()


@pytest.fixture
def serve() -> Iterator[Callable[[WallSource], RunningServer]]:
    """Start a server on a free port, or on the port given; all are stopped at the end."""
    running: list[RunningServer] = []

    def start(source: WallSource, port: int | None = None) -> RunningServer:
        running.append(RunningServer(make_app(source), port or free_port()).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="session")
def new_office(databases: Databases, rules: Rules) -> "Office":
    """What every office begins with, closed."""
    from tests.dashboard.offices import new_office  # noqa: PLC0415 - it needs what is above

    database = Database(databases.url("sqlite", "new_office"))
    office = new_office(database, rules, Recorder(rules, "YC"))
    database.close()
    return office


@pytest.fixture
def office(databases: Databases, new_office: "Office", recorder: Recorder) -> Iterator["Office"]:
    """An office on SQLite; what depends on the database is tested in tests/db on both."""
    assert new_office.database.url.database is not None
    database = databases.open(databases.copied(Path(new_office.database.url.database), "office"))
    yield new_office.like_this(database, recorder)
    database.close()


@pytest.fixture(scope="module")  # its event loop runs as long as it does, and would be in the way of other modules' own
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        yield chromium
        chromium.close()


class Screen:
    """One wall display: its page, and what its browser complained of and asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda line: self.requests.append(line.url))

    def open(self, address: str) -> Page:
        self.page.goto(address)
        self.page.wait_for_selector(".wall[data-state=live]")
        return self.page

    def clear(self) -> None:
        """Show nothing, and forget what was."""
        self.page.goto("about:blank")
        self.page.unroute_all()
        self.page.context.clear_cookies()
        self.page.set_viewport_size(USUAL_SIZE)
        self.complaints.clear()
        self.requests.clear()


@pytest.fixture
def display(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser, for tests that need several pages or prepare theirs before it loads."""
    context = new_display(browser)
    yield context
    context.close()


def new_display(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=USUAL_SIZE, timezone_id="America/New_York")


@pytest.fixture(scope="module")
def kept_screen(browser: Browser) -> Iterator[Screen]:
    context = new_display(browser)
    yield Screen(context.new_page())
    context.close()


@pytest.fixture
def screen(kept_screen: Screen) -> Iterator[Screen]:
    """A screen on which nothing is shown; a page that is there already costs half of a new one."""
    yield kept_screen
    kept_screen.clear()
