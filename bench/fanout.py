"""Fifty walls on one dashboard: what they cost it, and how quickly the one that is looked at follows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psutil

from bench.figures import Figure, delays
from bench.installation import Kind
from bench.screen import NOTE_CHANGES, chromium, come_to_rest, opened_wall, waits
from bench.stand import Stand

WALLS: Final = 50
AFTER_SCREEN: Final = 10  # series of new cases that no other part uses
RATES: Final = {5: ("≤ 8 %", "≤ 30 ms"), 50: ("≤ 25 %", "≤ 70 ms")}
BROWSER_TARGET: Final = "< 60 %"


class Load:
    """What share of one core some processes used, filled in at the end of a `with`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.used = 0.0

    @property
    def share(self) -> str:
        return f"{100 * self.used / self.seconds:.1f} %"


def title(stand: Stand) -> str:
    return (
        f"fanout: a wall in Chromium beside {WALLS - 1} others on one dashboard; new cases one by one, "
        f"{stand.options.seconds:g} s each; acknowledged until counted on the page"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    figures: list[Figure] = []
    with county.ingesting_apart(), county.serving() as dashboard, county.watched(WALLS - 1), chromium() as browser:
        page = opened_wall(browser, f"{dashboard.address}/wall")
        come_to_rest(page)
        page.evaluate(NOTE_CHANGES)
        server, screen = psutil.Process(dashboard.pid), psutil.Process(_chromium_pid())
        for series, (rate, (share, quick)) in enumerate(RATES.items(), AFTER_SCREEN):
            stand.say(f"{kind}: {rate} new cases a second, {WALLS} walls")
            with _load_of([server]) as load, _load_of([screen, *screen.children(recursive=True)]) as drawing:
                seen = waits(stand, county, page, rate, series)
            figures += delays(f"{rate}/s: visible", seen, {95: quick})
            figures.append(Figure(f"{rate}/s: the dashboard, of one core", load.share, share, absolute=True))
            figures.append(Figure(f"{rate}/s: the browser, of one core", drawing.share, BROWSER_TARGET, absolute=True))
    return figures


@contextmanager
def _load_of(processes: list[psutil.Process]) -> Iterator[Load]:
    load = Load()
    before, begun = _used(processes), time.monotonic()
    yield load
    load.used, load.seconds = _used(processes) - before, time.monotonic() - begun


def _used(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes if process.is_running())


def _chromium_pid() -> int:
    """The browser this process has started."""
    ours = psutil.Process().children(recursive=True)
    return next(child.pid for child in ours if "chrom" in child.name())
