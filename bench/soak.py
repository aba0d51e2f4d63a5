"""Hours of a busy county's life in minutes: does what the dashboard and a wall's browser keep in memory grow?

Cases come and end at the same pace, far above a county's; the wall turns through its scenes all the while. The dashboard
holds what the last eight days do (its board) and what this week does (while it reads the standings). What these weigh is
measured apart: in a county they are the same week after week, here weeks of events come in one day.
"""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean, linear_regression
from typing import Final

import psutil
from playwright.sync_api import CDPSession, Page
from sqlalchemy import func, select

from bench import sender
from bench.figures import Figure
from bench.installation import Installation, Kind
from bench.screen import chromium, opened_wall
from bench.stand import Stand
from bench.workload import CONFIG, short_lives
from config.county import load_county
from config.rules import load_rules
from dashboard.live.source import DatabaseWall
from db.database import Database
from db.models import Case

RATE: Final = 25
AFTER: Final = 60_000_000
SERIES: Final = 40  # of new cases that no other part uses
CHUNK_SECONDS: Final = 30.0
WARMING: Final = 0.25  # of the time, in which memory may still grow
QUARTERS: Final = 4
MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held after so many events: MiB, but for nodes and open cases; `server` without what files are mapped in."""

    events: int
    open: int
    server: float
    heap: float
    nodes: float


def title(stand: Stand) -> str:
    return (
        f"soak: {RATE} events a second for {stand.options.seconds:g} s, half of them the ends of cases; a wall in Chromium "
        "turning through its scenes"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    before = _week_weighs(county)
    with county.ingesting(), county.serving() as dashboard, chromium() as browser:
        page = opened_wall(browser, f"{dashboard.address}/wall")
        samples = [*_samples(stand, county, page, psutil.Process(dashboard.pid))]
    week = (_week_weighs(county) - before) * 1024 / samples[-1].events
    settled = samples[int(len(samples) * WARMING) :]
    kept = _growth(settled, "server")
    return [
        Figure("events", f"{samples[-1].events:,}", absolute=True),
        Figure("dashboard's memory, MiB, by quarters", _by_quarters(samples, "server"), absolute=True),
        Figure("wall's heap, MiB, by quarters", _by_quarters(samples, "heap", 1), absolute=True),
        Figure("open cases, by quarters", _by_quarters(samples, "open"), "flat"),
        Figure("wall's nodes, by quarters", _by_quarters(samples, "nodes"), "flat"),
        Figure("dashboard, KiB kept an event", f"{kept:.3f}"),
        Figure("  of these for what eight days hold", f"{week:.3f}"),
        Figure("  beyond that", f"{kept - week:.3f}", "flat"),
        Figure("wall, KiB kept an event", f"{_growth(settled, 'heap'):.3f}", "flat"),
    ]


def _samples(stand: Stand, county: Installation, page: Page, server: psutil.Process) -> Iterator[Sample]:
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    chunks = max(QUARTERS, round(stand.options.seconds / CHUNK_SECONDS))
    sent = 0
    for chunk in range(chunks):
        cases = round(RATE * CHUNK_SECONDS / 2)
        versions = short_lives(stand.world, cases, datetime.now(UTC), AFTER + sent, SERIES + chunk)
        stand.sender.submit(sender.paced, county.centre, stand.frames(versions), RATE).result()
        sent += len(versions)
        sample = _sample(tools, server, sent, _open_cases(county))
        stand.say(f"{sent:,} events, {sample.open:,} cases open, {sample.server:,.0f} MiB")
        yield sample


def _sample(tools: CDPSession, server: psutil.Process, events: int, open_cases: int) -> Sample:
    tools.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    held = server.memory_full_info().uss / MEBIBYTE
    return Sample(events, open_cases, held, told["JSHeapUsedSize"] / MEBIBYTE, told["Nodes"])


def _open_cases(county: Installation) -> int:
    database = Database(county.url)
    with database.read() as session:
        found = session.scalar(select(func.count()).select_from(Case).where(~Case.ended)) or 0
    database.close()
    return found


def _week_weighs(county: Installation) -> float:
    """MiB a dashboard needs at most while it holds its board and reads the standings of this week."""
    database, at = Database(county.url), datetime.now(UTC)
    townships = {unit.code: unit.township for unit in load_county(CONFIG / "county.toml").units if unit.township}
    source = DatabaseWall(database, load_rules(CONFIG), townships)
    source.standings(at)  # the weeks before, which are read once an hour
    tracemalloc.start()
    source.overview(at)
    source.standings(at)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    database.close()
    return most / MEBIBYTE


def _by_quarters(samples: list[Sample], what: str, places: int = 0) -> str:
    """The mean of each quarter of the time."""
    edges = [len(samples) * quarter // QUARTERS for quarter in range(QUARTERS + 1)]
    means = (fmean(getattr(sample, what) for sample in samples[start:end]) for start, end in pairwise(edges))
    return ", ".join(f"{mean:,.{places}f}" for mean in means)


def _growth(samples: list[Sample], what: str) -> float:
    """The slope, in KiB an event."""
    slope, _ = linear_regression([sample.events for sample in samples], [getattr(sample, what) for sample in samples])
    return slope * 1024
