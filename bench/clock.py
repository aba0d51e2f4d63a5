"""A clock that goes faster than the machine's."""

import time
from dataclasses import astuple, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Hurried:
    """It showed `begun` when the machine's showed `since` (epoch seconds both), and has gone `speed` times as fast since."""

    speed: float
    begun: float
    since: float

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.begun + (time.time() - self.since) * self.speed, UTC)

    @property
    def arguments(self) -> list[str]:
        """From which another process makes the same clock."""
        return [str(number) for number in astuple(self)]

    @property
    def script(self) -> str:
        """What makes a page's clock agree."""
        begun, since = self.begun * 1000, self.since * 1000
        return f"(real => {{ Date.now = () => {begun} + (real() - {since}) * {self.speed}; }})(Date.now)"
