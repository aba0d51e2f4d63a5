"""What the projector has to read next, and how long it may sleep; it must not know how anything is read."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from db.queries.wall import local_hour

FRAME_GAP = 0.05  # between two frames that tell of commits
FEEDS_EVERY = 1.0
OVERVIEW_AT_LEAST_EVERY = 10.0
LONGEST_SLEEP = 1.0


class Part(StrEnum):
    """One read."""

    OVERVIEW = "overview"
    FEEDS = "feeds"


@dataclass(slots=True)
class Agenda:
    """Keeps when each part was last read. `mono` is a monotonic time in seconds, `at` the instant on the wall."""

    read: dict[Part, float] = field(default_factory=dict)
    read_at: dict[Part, datetime] = field(default_factory=dict)
    strike: datetime | None = None

    def note(self, part: Part, mono: float, at: datetime) -> None:
        self.read[part] = mono
        self.read_at[part] = at

    def due(self, mono: float, at: datetime, moved: bool) -> set[Part]:
        """What must be read now; nothing read yet means everything."""
        wanted = {Part.OVERVIEW} if moved or self._struck(at) else set()
        if self._age(Part.OVERVIEW, mono) >= OVERVIEW_AT_LEAST_EVERY:
            wanted.add(Part.OVERVIEW)
        if self._age(Part.FEEDS, mono) >= FEEDS_EVERY:
            wanted.add(Part.FEEDS)
        return wanted

    def patience(self, mono: float, at: datetime) -> float:
        """Seconds until something falls due with no write: the second's tick or the next strike of a clock."""
        waits = [
            LONGEST_SLEEP,
            FEEDS_EVERY - self._age(Part.FEEDS, mono),
        ]
        if self.strike is not None:
            waits.append((self.strike - at).total_seconds())
        return max(0.0, min(waits))

    def _struck(self, at: datetime) -> bool:
        """A deadline fell due, or an hour or a day began: the numbers change although nothing was written."""
        return self._new_hour(Part.OVERVIEW, at) or (self.strike is not None and at >= self.strike)

    def _new_hour(self, part: Part, at: datetime) -> bool:
        last = self.read_at.get(part)
        return last is not None and local_hour(last) != local_hour(at)

    def _age(self, part: Part, mono: float) -> float:
        return mono - self.read[part] if part in self.read else float("inf")
