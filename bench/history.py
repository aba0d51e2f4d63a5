"""What a frame costs in a county with a million cases behind it, beside what it cost with twenty thousand."""

from datetime import UTC, datetime
from typing import Final

from bench import sender
from bench.figures import Figure
from bench.growth import grow
from bench.installation import Installation, Kind, metric
from bench.stand import Stand
from bench.workload import new_cases

CASES: Final = 1_000_000
RATE: Final = 20
AFTER: Final = 40_000_000
SERIES: Final = 20  # of new cases that no other part uses


def title(stand: Stand) -> str:
    return f"history: reading and drawing one frame, {RATE} new cases a second for {stand.options.seconds:g} s each"


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.county(kind)
    before = _seconds_a_frame(stand, county, 0)
    stand.say(f"{kind}: growing to {CASES:,} cases")
    grow(county.url, CASES)
    after = _seconds_a_frame(stand, county, 1)
    return [
        Figure("cases in the database", f"{county.cases():,}", f"{CASES:,}", absolute=True),
        Figure("times the cost before they were there", f"{after / before:.2f}", "≤ 1.2"),
        Figure("a frame, before", f"{before * 1000:.2f} ms", absolute=True),
        Figure("a frame, after", f"{after * 1000:.2f} ms", absolute=True),
    ]


def _seconds_a_frame(stand: Stand, county: Installation, series: int) -> float:
    """By the dashboard's own reckoning."""
    cases = round(RATE * stand.options.seconds)
    events = stand.frames(new_cases(stand.world, cases, datetime.now(UTC), AFTER + series * cases, SERIES + series))
    with county.ingesting(), county.serving() as dashboard:
        before = _reckoned(dashboard.address)
        stand.sender.submit(sender.paced, county.centre, events, RATE).result()
        seconds, frames = (now - then for now, then in zip(_reckoned(dashboard.address), before, strict=True))
        return seconds / frames


def _reckoned(address: str) -> tuple[float, float]:
    """Seconds spent so far, and on how many rounds."""
    return metric(address, "bihuan_projector_seconds_sum"), metric(address, "bihuan_projector_seconds_count")
