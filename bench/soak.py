"""Hours of a busy county's life in minutes: does what the dashboard and a wall's browser keep in memory grow?

Cases come and end at a rate a county sees in an hour; the wall turns through its scenes all the while.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import linear_regression
from typing import Final

import psutil
from playwright.sync_api import CDPSession, Page

from bench import sender
from bench.figures import Figure
from bench.installation import Kind
from bench.screen import chromium, opened_wall
from bench.stand import Stand
from bench.workload import short_lives

RATE: Final = 25
AFTER: Final = 60_000_000
SERIES: Final = 40  # of new cases that no other part uses
CHUNK_SECONDS: Final = 30.0
WARMING: Final = 0.25  # of the time, in which memory may still grow
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What was held after so many events, garbage collected where one can."""

    events: int
    server: float
    heap: float
    nodes: float


def title(stand: Stand) -> str:
    return (
        f"soak: {RATE} events a second for {stand.options.seconds:g} s, cases that come and end; a wall in Chromium "
        "turning through its scenes"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    with county.ingesting(), county.serving() as dashboard, chromium() as browser:
        page = opened_wall(browser, f"{dashboard.address}/wall")
        samples = [*_samples(stand, county.centre, page, psutil.Process(dashboard.pid))]
    settled = samples[int(len(samples) * WARMING) :]
    first, last = settled[0], settled[-1]
    return [
        Figure("events", f"{last.events:,}", absolute=True),
        Figure("dashboard's memory, MiB: settled, end", f"{first.server:,.0f}, {last.server:,.0f}", absolute=True),
        Figure("wall's heap, MiB: settled, end", f"{first.heap:,.1f}, {last.heap:,.1f}", absolute=True),
        Figure("wall's nodes: settled, end", f"{first.nodes:,.0f}, {last.nodes:,.0f}"),
        Figure("dashboard, KiB kept an event", f"{_growth(settled, 'server'):.3f}", "flat"),
        Figure("wall, KiB kept an event", f"{_growth(settled, 'heap'):.3f}", "flat"),
    ]


def _samples(stand: Stand, centre: sender.Centre, page: Page, server: psutil.Process) -> Iterator[Sample]:
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")
    chunks = max(4, round(stand.options.seconds / CHUNK_SECONDS))
    sent = 0
    for chunk in range(chunks):
        cases = round(RATE * CHUNK_SECONDS / 2)
        versions = short_lives(stand.world, cases, datetime.now(UTC), AFTER + sent, SERIES + chunk)
        stand.sender.submit(sender.paced, centre, stand.frames(versions), RATE).result()
        sent += len(versions)
        yield _sample(tools, server, sent)
        stand.say(f"{sent:,} events")


def _sample(tools: CDPSession, server: psutil.Process, events: int) -> Sample:
    tools.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in tools.send("Performance.getMetrics")["metrics"]}
    return Sample(events, server.memory_info().rss / MEGABYTE, told["JSHeapUsedSize"] / MEGABYTE, told["Nodes"])


def _growth(samples: list[Sample], what: str) -> float:
    """The slope, in KiB an event."""
    slope, _ = linear_regression([sample.events for sample in samples], [getattr(sample, what) for sample in samples])
    return slope * 1024
