"""What the ingester's memory does when a source minds no window and offers ten times what can be written.

It fills its caches and its allocator for a while, and must then stay as it is: so the middle third of the time is compared with
the last. That sees no growth that is over before, which `max − before` tells, nor a slow one, for which more seconds are needed.
"""

import time
from concurrent.futures import Future, wait
from dataclasses import dataclass
from statistics import median

import psutil

from bench import sender
from bench.figures import Figure
from bench.installation import Kind
from bench.sender import Flooded
from bench.stand import Stand
from bench.workload import busy_day, templates

TIMES_TOO_MANY = 10
TEMPLATES = 3_000
LOOK_SECONDS = 0.25
SETTLE_SECONDS = 3.0
MEBIBYTE = 2**20
FLAT = 5
TIMES_AS_LONG = 9  # as the other parts: a minute or so passes until everything has its size


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes: `resident` counts the database file's pages that are mapped in, `own` what only this process has."""

    resident: int
    own: int


def title(stand: Stand) -> str:
    return (
        f"memory: the ingester while a source that minds no window offers {TIMES_TOO_MANY} times what can be written, "
        f"for {_seconds(stand):g} s"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    """Its caches are filled first, by three months of history sent as the protocol asks."""
    installation = stand.ground.new(kind)
    warm = stand.frames(stand.history)
    stand.say(f"{kind}: {len(warm):,} events within the window, then a flood")
    with installation.ingesting() as pid:
        rate = TIMES_TOO_MANY * len(warm) / stand.burst(installation, warm)
        before = _settled(pid)
        flood = templates(busy_day(stand.world, TEMPLATES), stand.world.county.slug)
        flooding = stand.sender.submit(sender.flood, installation.centre, flood, rate, _seconds(stand))
        during = _weighed_during(flooding, pid)
        after = _settled(pid)
    flooded = flooding.result()
    written = installation.cases()
    stand.ground.discard(installation)
    return _told(before, during, after, flooded, written)


def _seconds(stand: Stand) -> float:
    return TIMES_AS_LONG * stand.options.seconds


def _told(before: Weight, during: list[Weight], after: Weight, flooded: Flooded, cases: int) -> list[Figure]:
    own, resident = max(weight.own for weight in during), max(weight.resident for weight in during)
    third = len(during) // 3
    middle, last = (
        median(weight.own for weight in part) for part in (during[third : 2 * third + 1], during[2 * third :])
    )
    return [
        Figure("own memory, its last third − its middle one", _mebibytes(last - middle), f"≤ {FLAT} MiB"),
        Figure("own memory, max − before", _mebibytes(own - before.own)),
        Figure("resident, max − before", _mebibytes(resident - before.resident)),
        Figure("own memory before / max / after", _three(before.own, own, after.own), absolute=True),
        Figure("resident before / max / after", _three(before.resident, resident, after.resident), absolute=True),
        Figure("events offered", f"{flooded.offered:,}", absolute=True),
        Figure("events the sockets took", f"{flooded.taken:,}", absolute=True),
        Figure("cases in the database after it", f"{cases:,}", absolute=True),
    ]


def _weighed_during(work: Future[Flooded], pid: int) -> list[Weight]:
    weights = [_weight(pid)]
    while not work.done():
        wait([work], timeout=LOOK_SECONDS)
        weights.append(_weight(pid))
    return weights


def _settled(pid: int) -> Weight:
    """After a pause in which nothing comes in."""
    time.sleep(SETTLE_SECONDS)
    return _weight(pid)


def _weight(pid: int) -> Weight:
    info = psutil.Process(pid).memory_info()
    return Weight(info.rss, info.rss - info.shared)


def _mebibytes(size: float) -> str:
    return f"{size / MEBIBYTE:+,.1f} MiB"


def _three(*sizes: int) -> str:
    return " / ".join(f"{size / MEBIBYTE:,.0f}" for size in sizes) + " MiB"
