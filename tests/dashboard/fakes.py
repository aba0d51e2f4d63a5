"""Hand-written stand-ins: a database that holds one picture, a journal one can move, a clock one can turn."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dashboard.live.clock import Clock
from dashboard.live.overview import Overview
from dashboard.live.source import RisesRead
from dashboard.live.standings import Standings
from db.database import DatabaseAway
from db.queries.wall import FeedHealth, Stage, UsualHour
from tests.dashboard import county_rows

NOON = datetime(2026, 11, 21, 8, 42, 7, tzinfo=UTC)


class FakeJournal:
    """A position that threads wait for, never for long: a test ends sooner."""

    def __init__(self, position: int = 1) -> None:
        self.position = position
        self._moved = threading.Condition()

    def advance(self) -> None:
        with self._moved:
            self.position += 1
            self._moved.notify_all()

    def wait(self, after: int, timeout: float) -> int:
        with self._moved:
            self._moved.wait_for(lambda: self.position > after, min(timeout, 0.1))
            return self.position

    def close(self) -> None:
        """Nothing is held."""


class FakeWall:
    """Rows made from the instant they are asked for; `away` makes every read fail as a database that is gone does."""

    def __init__(self, build: Callable[[datetime, int], Overview] = county_rows.busy) -> None:
        self.journal = FakeJournal()
        self.build = build
        self.away = False
        self.broken = False
        self.health: Callable[[datetime], tuple[FeedHealth, ...]] = county_rows.feeds
        self.band: Callable[[datetime], tuple[UsualHour, ...]] = county_rows.usual
        self.table: Callable[[datetime], Standings] = county_rows.standings
        self.risen: Callable[[datetime], RisesRead] = county_rows.rises
        self.staged: Stage | None = None
        self.reads: list[str] = []
        self.now: Callable[[], datetime] = Clock().now

    def change(self, build: Callable[[datetime, int], Overview]) -> None:
        """Commit another picture."""
        self.build = build
        self.journal.advance()

    def overview(self, at: datetime) -> Overview:
        self._answer("overview")
        return replace(self.build(at, self.journal.position), position=self.journal.position)

    def feeds(self) -> tuple[FeedHealth, ...]:
        self._answer("feeds")
        return self.health(self.now())

    def stage(self, at: datetime) -> Stage | None:
        return self.staged if self.staged is not None and self.staged.until > at else None

    def put_on_walls(self, scene: str | None, until: datetime) -> None:
        self._answer("put on walls")
        self.staged = None if scene is None else Stage(scene, until)

    def usual(self, at: datetime) -> tuple[UsualHour, ...]:
        self._answer("usual")
        return self.band(at)

    def standings(self, at: datetime) -> Standings:
        self._answer("standings")
        return self.table(at)

    def rises(self, at: datetime) -> RisesRead:
        self._answer("rises")
        return self.risen(at)

    def follower(self) -> FakeJournal:
        return self.journal

    def _answer(self, what: str) -> None:
        self.reads.append(what)
        if self.away:
            raise DatabaseAway("the database is away")
        if self.broken:
            raise ValueError("王小明 13800001234")


@dataclass
class FakeTime:
    """A clock that moves only when somebody waits; `events` are commits at seconds from the start."""

    elapsed: float = 0.0
    position: int = 1
    events: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=lambda: self.elapsed)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._advance(self.elapsed + seconds)

    def wait(self, after: int, timeout: float) -> int:
        end = self.elapsed + timeout
        while self.position <= after and self.events and self.events[0] <= end:
            self._advance(self.events[0])
        if self.position <= after:
            self._advance(end)
        return self.position

    def close(self) -> None:
        """Nothing is held."""

    def _advance(self, to: float) -> None:
        self.elapsed = max(self.elapsed, to)
        while self.events and self.events[0] <= self.elapsed:
            self.events.pop(0)
            self.position += 1
