"""From a commit to a wall: a real browser notes when a number changes, the sender notes when its event was acknowledged."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench import sender
from bench.figures import Figure, delays
from bench.installation import Failed, Installation, Kind
from bench.sender import Sent
from bench.stand import Stand
from bench.workload import new_cases

RATES: Final = {5: "≤ 60 ms", 50: "≤ 120 ms"}
AFTER: Final = 2_000_000
PAINTS: Final = 5
SIZE: Final = {"width": 1920, "height": 1080}
PROGRAMS: Final = ("chromium", "google-chrome", "chromium-browser")
ARGUMENTS: Final = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
PATIENCE_SECONDS: Final = 20
LOOK_SECONDS: Final = 0.1
REST_SECONDS: Final = 3
CHART: Final = "#inflow-chart .inflow-bar"

FIRST_PAINT: Final = """() => new Promise((found) => new PerformanceObserver((list) => {
    const paint = list.getEntriesByName("first-contentful-paint")[0];
    if (paint) found(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""
NUMBERS_SHOWN: Final = """() => document.querySelector(".wall[data-state=live]") ? performance.now() : 0"""
NOTE_CHANGES: Final = """() => {
    const room = document.getElementById("received");
    const value = () => Number(document.getElementById("received-value").textContent);
    window.seen = [[performance.timeOrigin + performance.now(), value()]];
    new MutationObserver(() => {
        const now = value();
        if (now !== window.seen.at(-1)[1]) window.seen.push([performance.timeOrigin + performance.now(), now]);
    }).observe(room, { childList: true, characterData: true, subtree: true });
}"""


@dataclass(frozen=True, slots=True)
class Change:
    """At an epoch second the wall's count of today's cases became `received`."""

    at: float
    received: int


def title(stand: Stand) -> str:
    return (
        f"screen: a wall in Chromium, {SIZE['width']}×{SIZE['height']}; new cases one by one, {stand.options.seconds:g} s "
        "each; acknowledged until counted on the page"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    figures = [Figure("cases in the database", f"{county.cases():,}", "20,000", absolute=True)]
    with county.ingesting_apart(), county.serving() as dashboard, chromium() as browser:
        stand.say(f"{kind}: first paints")
        figures += _paints(browser, f"{dashboard.address}/wall")
        page = opened_wall(browser, f"{dashboard.address}/wall")
        come_to_rest(page)
        page.evaluate(NOTE_CHANGES)
        for series, (rate, target) in enumerate(RATES.items(), 1):
            stand.say(f"{kind}: {rate} new cases a second")
            figures += delays(f"{rate}/s: visible", waits(stand, county, page, rate, series), {95: target})
    return figures


def _paints(browser: Browser, url: str) -> list[Figure]:
    """Each in a browser context that has cached nothing."""
    paints, numbers = [], []
    for _ in range(PAINTS):
        page = opened_wall(browser, url)
        paints.append(page.evaluate(FIRST_PAINT) / 1000)
        numbers.append(page.wait_for_function(NUMBERS_SHOWN).json_value() / 1000)
        page.context.close()
    return [
        Figure(f"first contentful paint, median of {PAINTS}", f"{median(paints):,.2f} s", "≤ 2 s"),
        Figure(f"first numbers shown, median of {PAINTS}", f"{median(numbers):,.2f} s", "≤ 2 s"),
    ]


def opened_wall(browser: Browser, url: str) -> Page:
    """A page that shows numbers already; the connection it came by is its context's own."""
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
    page.goto(url)
    page.wait_for_function(NUMBERS_SHOWN)
    return page


def come_to_rest(page: Page) -> None:
    """What is measured is the overview of a wall that has been on for a while, not one that is still drawing its charts."""
    page.keyboard.press("1")
    page.keyboard.press(" ")  # it stays
    page.wait_for_selector(CHART, state="attached")  # at night the first bar has no height
    page.wait_for_timeout(REST_SECONDS * 1000)


def waits(stand: Stand, county: Installation, page: Page, rate: int, series: int) -> list[float]:
    """For each new case the seconds from its acknowledgement until the wall counted it."""
    before = _changes(page)[-1].received
    cases = round(rate * stand.options.seconds)
    events = stand.frames(new_cases(stand.world, cases, datetime.now(UTC), AFTER * series, series))
    sent = stand.sender.submit(sender.paced, county.centre, events, rate).result()
    return list(_until_counted(sent, _counted(page, before + cases), before))


def _until_counted(sent: list[Sent], changes: list[Change], before: int) -> Iterator[float]:
    for number, way in enumerate(sent, before + 1):
        yield next(change.at for change in changes if change.received >= number) - way.acked_at


def _counted(page: Page, received: int) -> list[Change]:
    """All changes, once the wall has counted that many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (changes := _changes(page))[-1].received < received:
        if time.monotonic() > deadline:
            raise Failed(f"the wall never counted {received:,} cases of today; it stopped at {changes[-1].received:,}")
        page.wait_for_timeout(LOOK_SECONDS * 1000)
    return changes


def _changes(page: Page) -> list[Change]:
    return [Change(at / 1000, received) for at, received in page.evaluate("window.seen")]


@contextmanager
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
