"""What comparing reports costs the feeds: a burst through the real ingester, with the comparison beside it and without."""

import time
from typing import Final

from bench.figures import Figure, spread
from bench.installation import Installation, Kind
from bench.stand import Stand
from bench.workload import busy_day
from feeds.simulator.world import Version

LEAST: Final = 0.7
CATCHING_UP_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.2


def title(stand: Stand) -> str:
    options = stand.options
    return (
        f"matching beside a burst of {options.events:,} events of three feeds; {options.rounds} rounds by turns "
        "(min / median / max)"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    """Raises `Mismatch` when a run lost, doubled or aged a record."""
    versions = busy_day(stand.world, stand.options.events)
    rates: dict[str, list[float]] = {"on": [], "off": []}
    compared: list[float] = []
    for number in range(1, stand.options.rounds + 1):
        stand.say(f"{kind}: round {number} of {stand.options.rounds}")
        rates["off"].append(_rate(stand, kind, versions, "off")[0])
        rate, each = _rate(stand, kind, versions, "on")
        rates["on"].append(rate)
        compared.append(each)
    ratios = [on / off for on, off in zip(rates["on"], rates["off"], strict=True)]
    return [
        Figure("rate with matching : without", spread(ratios, 2), f"≥ {LEAST}"),
        Figure("events/s with matching", spread(rates["on"]), absolute=True),
        Figure("events/s without", spread(rates["off"]), absolute=True),
        Figure("reports compared a second, after the burst", spread(compared), absolute=True),
    ]


def _rate(stand: Stand, kind: Kind, versions: list[Version], wanted: str) -> tuple[float, float]:
    """Events a second on a fresh database, and how many reports a second are compared once the burst is over."""
    installation = stand.ground.new(kind)
    with installation.ingesting_matched(wanted):
        seconds = stand.burst(installation, stand.frames(versions))
        each = _catching_up(installation) if wanted == "on" else 0.0
    installation.check(versions)
    stand.ground.discard(installation)
    return len(versions) / seconds, each


def _catching_up(installation: Installation) -> float:
    began, before = time.monotonic(), installation.unmatched()
    left = before
    while left and time.monotonic() < began + CATCHING_UP_SECONDS:
        time.sleep(LOOK_SECONDS)
        left = installation.unmatched()
    return (before - left) / (time.monotonic() - began)
