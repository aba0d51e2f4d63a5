"""The whole path: a burst of a county's events from three sockets into the database, against one commit per event."""

from functools import partial
from statistics import median

from bench.figures import Figure, spread
from bench.installation import Installation, Kind
from bench.stand import Stand
from bench.workload import busy_day
from feeds.simulator.world import Version


def title(stand: Stand) -> str:
    options = stand.options
    return (
        f"path: {options.events:,} events of three feeds at once, at most 2,000 a feed in flight, 20 a frame; beside it "
        f"{options.naive_events:,} with a commit each; {options.rounds} rounds by turns (min / median / max)"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    """Raises `Mismatch` when a run lost, doubled or aged a record."""
    versions = busy_day(stand.world, stand.options.events)
    ours, naive, records = [], [], 0
    for number in range(1, stand.options.rounds + 1):
        stand.say(f"{kind}: round {number} of {stand.options.rounds}")
        naive.append(_rate(stand, kind, versions[: stand.options.naive_events], naively=True)[0])
        rate, records = _rate(stand, kind, versions, naively=False)
        ours.append(rate)
    ratios = [fast / slow for fast, slow in zip(ours, naive, strict=True)]
    return [
        Figure("times a commit per event", spread(ratios, 1), "≥ 8"),
        Figure("records there once, at their newest version", f"{records:,} of {records:,}", "all"),
        Figure("events/s", spread(ours), "≥ 5,000", absolute=True),
        Figure("events/s, a commit per event", spread(naive), absolute=True),
        Figure("µs an event (median)", f"{1e6 / median(ours):,.0f}", "≤ 200", absolute=True),
    ]


def _rate(stand: Stand, kind: Kind, versions: list[Version], *, naively: bool) -> tuple[float, int]:
    """Events a second on a fresh database, and how many records it holds in the end."""
    installation = stand.ground.new(kind)
    receiving = partial(Installation.ingesting_naively if naively else Installation.ingesting, installation)
    with receiving():
        seconds = stand.burst(installation, stand.frames(versions))
    records = installation.check(versions)
    stand.ground.discard(installation)
    return len(versions) / seconds, records
