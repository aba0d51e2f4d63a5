"""A month of a county's life in minutes or hours: does what the dashboard and a wall's browser keep in memory grow?

The days are those that lie just behind us, lived again in a hurry by the sources, the dashboard and the wall: cases come, run
late, end and leave the week that a wall counts, hours are left behind, and the wall turns through its scenes all the while.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import fmean, linear_regression
from typing import Final

import psutil
from playwright.sync_api import Browser, CDPSession, Page
from sqlalchemy import func, select

from bench.clock import Hurried
from bench.figures import Figure
from bench.installation import Installation, Kind
from bench.screen import CHART, SIZE, chromium
from bench.stand import Stand
from bench.workload import history
from casework.indicators import WEEK
from db import journal
from db.database import Database
from db.models import Case

LIVED: Final = timedelta(days=32)
SAMPLES: Final = 64
WARMING: Final = 0.25  # of the time, in which memory may still grow: a wall holds eight days
QUARTERS: Final = 4
MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held after so many of the county's weeks: MiB, but for nodes, open cases and the journal's position; `server`
    without what files are mapped in."""

    weeks: float
    position: int
    open: int
    server: float
    heap: float
    nodes: float


def title(stand: Stand) -> str:
    return (
        f"soak: {LIVED.days} days of the demo county in {stand.options.seconds:g} s, a wall in Chromium "
        "turning through its scenes"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county, begun = stand.ground.new(kind), datetime.now(UTC) - LIVED
    with county.ingesting():
        stand.burst(county, stand.frames(history(stand.world, begun)))
    clock = Hurried(LIVED.total_seconds() / stand.options.seconds, begun.timestamp(), time.time())
    with county.hurried(clock) as dashboard, chromium() as browser:
        page = _opened(browser, f"{dashboard.address}/wall", clock)
        samples = [*_samples(stand, county, clock, page, psutil.Process(dashboard.pid))]
    settled = samples[int(len(samples) * WARMING) :]
    return [
        Figure("days lived", f"{(samples[-1].weeks - samples[0].weeks) * 7:.0f}", absolute=True),
        Figure("entries of the journal", f"{samples[-1].position - samples[0].position:,}", absolute=True),
        Figure("dashboard's memory, MiB, by quarters", _by_quarters(samples, "server"), "flat", absolute=True),
        Figure("wall's heap, MiB, by quarters", _by_quarters(samples, "heap", 1), "flat", absolute=True),
        Figure("open cases, by quarters", _by_quarters(samples, "open")),
        Figure("wall's nodes, by quarters", _by_quarters(samples, "nodes"), "flat"),
        Figure("dashboard, MiB kept a week, warm", f"{_growth(settled, 'server'):.2f}", "0"),
        Figure("wall, MiB kept a week, warm", f"{_growth(settled, 'heap'):.3f}", "0"),
    ]


def _opened(browser: Browser, url: str, clock: Hurried) -> Page:
    """A wall by the same clock, for which seconds are hours: it deems every picture late, says so, and draws it all the same."""
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
    page.add_init_script(clock.script)
    page.goto(url)
    page.wait_for_selector(CHART, state="attached")
    return page


def _samples(
    stand: Stand, county: Installation, clock: Hurried, page: Page, server: psutil.Process
) -> Iterator[Sample]:
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    begun = clock()
    for _ in range(SAMPLES):
        page.wait_for_timeout(stand.options.seconds / SAMPLES * 1000)
        sample = _sample(tools, server, county, (clock() - begun) / WEEK)
        stand.say(f"{sample.weeks * 7:.1f} days, {sample.open:,} cases open, {sample.server:,.0f} MiB")
        yield sample


def _sample(tools: CDPSession, server: psutil.Process, county: Installation, weeks: float) -> Sample:
    tools.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    held = server.memory_full_info().uss / MEBIBYTE
    position, open_cases = _told(county)
    return Sample(weeks, position, open_cases, held, told["JSHeapUsedSize"] / MEBIBYTE, told["Nodes"])


def _told(county: Installation) -> tuple[int, int]:
    """The journal's position, and how many cases are open."""
    database = Database(county.url)
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(Case).where(~Case.ended)) or 0
        position = journal.position(session)
    database.close()
    return position, found


def _by_quarters(samples: list[Sample], what: str, places: int = 0) -> str:
    """The mean of each quarter of the time."""
    edges = [len(samples) * quarter // QUARTERS for quarter in range(QUARTERS + 1)]
    means = (fmean(getattr(sample, what) for sample in samples[start:end]) for start, end in pairwise(edges))
    return ", ".join(f"{mean:,.{places}f}" for mean in means)


def _growth(samples: list[Sample], what: str) -> float:
    """The slope, in MiB a week of the county."""
    slope, _ = linear_regression([sample.weeks for sample in samples], [getattr(sample, what) for sample in samples])
    return slope
