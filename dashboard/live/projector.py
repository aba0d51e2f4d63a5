"""The one thread that turns commits and clock strikes into frames. It must not know sockets, or who is watching.

It never ends by itself: whatever fails is counted, told on every screen, and tried again.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.gauges import Gauges
from dashboard.live.agenda import FRAME_GAP, Agenda, Part
from dashboard.live.clock import Clock
from dashboard.live.edition import Edition
from dashboard.live.frames import (
    AsOf,
    Body,
    Names,
    Picture,
    Telling,
    body,
    epoch_ms,
    serialise,
)
from dashboard.live.slow import SlowReader
from dashboard.live.source import WallSource
from db.database import DatabaseAway
from db.journal import Follower

log = logging.getLogger(__name__)

RETRY_AFTER = 0.5


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the projector knows of itself, replaced as a whole so that any thread may read it.

    `confirmed_at` is the last instant at which the picture was known to be the newest; `stepped` and `drawn` are
    monotonic seconds; `failing` is the type of the error it is trying to get past.
    """

    seq: int = 0
    position: int = 0
    confirmed_at: datetime | None = None
    feeds_at: datetime | None = None
    away_since: datetime | None = None
    stepped: float | None = None
    drawn: float | None = None
    failing: str = ""
    errors: int = 0

    def telling(self, kind: str, at: datetime) -> Telling:
        return Telling(
            type=kind,
            now=epoch_ms(at),
            seq=self.seq,
            position=self.position,
            database="up" if self.away_since is None else "away",
            database_since=None if self.away_since is None else epoch_ms(self.away_since),
            as_of=AsOf(
                overview=None if self.confirmed_at is None else epoch_ms(self.confirmed_at),
                feeds=None if self.feeds_at is None else epoch_ms(self.feeds_at),
            ),
        )


class Projector:
    """Waits, reads what is due, and publishes a frame if the picture changed."""

    def __init__(
        self,
        source: WallSource,
        names: Names,
        publish: Callable[[Edition], None],
        *,
        gauges: Gauges,
        clock: Clock,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.pulse = Pulse()
        self._source = source
        self._names = names
        self._slow = SlowReader(source, lambda: self.pulse.position, count=gauges.errors.inc, clock=clock)
        self._publish = publish
        self._gauges = gauges
        self._clock = clock
        self._ending = threading.Event()
        self._pause = pause or self._ending.wait
        self._thread: threading.Thread | None = None
        self._follower: Follower | None = None
        self._agenda = Agenda()
        self._moved_at = float("-inf")
        self._picture = Picture()
        self._shown: tuple[Body, datetime | None] | None = None
        self._parts: dict[str, tuple[int, bytes]] = {}

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()
        self._slow.start()

    def stop(self) -> None:
        """End within a wait's length; the follower is closed by the thread that used it."""
        self._ending.set()
        self._slow.stop()
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def beat(self) -> bytes:
        return serialise(self.pulse.telling("beat", self._clock.now()))

    def step(self) -> None:
        """One round: rest if a frame has just gone out, wait for news, read, publish."""
        try:
            confirmed_at = self._look(self._listen())
        except Exception as error:  # noqa: BLE001 - a wall outlives whatever its source does
            self._fail(error)
            self._draw(self.pulse.confirmed_at)
        else:
            self._set(away_since=None)
            self._draw(confirmed_at)
            self._set(failing="")
        self._set(stepped=self._clock.monotonic())

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.step()
            except Exception as error:  # noqa: BLE001 - the thread never ends by itself
                self._count(error)
                self._pause(RETRY_AFTER)
        if self._follower is not None:
            self._follower.close()

    def _listen(self) -> bool:
        """Whether the journal has grown past the picture. A lone event is told at once, a burst every `FRAME_GAP`."""
        rest = self._moved_at + FRAME_GAP - self._clock.monotonic()
        if rest > 0:
            self._pause(rest)
        if self._follower is None:
            self._follower = self._source.follower()
        patience = self._agenda.patience(self._clock.monotonic(), self._clock.now())
        return self._follower.wait(self.pulse.position, patience) > self.pulse.position

    def _look(self, moved: bool) -> datetime:
        """Read what is due; the instant given back is the one the whole picture is true for."""
        at, mono = self._clock.now(), self._clock.monotonic()
        if moved:
            self._moved_at = mono  # only commits start a rest: a feed's lamp must not delay an event
        due = self._agenda.due(mono, at, moved)
        with self._gauges.seconds.time():
            for part in Part:
                if part in due:
                    self._read(part, at)
                    self._agenda.note(part, mono, at)
        return at

    def _read(self, part: Part, at: datetime) -> None:
        match part:
            case Part.OVERVIEW:
                overview = self._source.overview(at)
                strike = overview.next_strike
                self._agenda.strike = strike if strike > at else None
                self._picture = replace(self._picture, overview=overview)
                self._set(position=overview.position)
            case Part.FEEDS:
                self._picture = replace(self._picture, feeds=self._source.feeds(), stage=self._source.stage(at))

    def _draw(self, confirmed_at: datetime | None) -> None:
        """Publish what screens do not show yet; an unchanged picture costs nobody anything. Only drawn is confirmed."""
        at = self._clock.now()
        self._picture = replace(self._picture, slow=self._slow.picture)
        shown = (body(self._picture, at, self._names), self.pulse.away_since)
        self._tell_gauges(shown[0], at)
        self._confirm(confirmed_at)
        if shown == self._shown:
            return
        self._set(seq=self.pulse.seq + 1, drawn=self._clock.monotonic())
        before: Mapping[str, object] = self._shown[0] if self._shown is not None else {}
        changed = {name: part for name, part in shown[0].items() if name not in before or part != before.get(name)}
        self._parts = self._parts | {name: (self.pulse.seq, serialise(part)) for name, part in changed.items()}
        self._shown = shown
        edition = Edition(self.pulse.seq, serialise(self.pulse.telling("frame", at)), self._parts)
        self._gauges.frames.inc()
        self._gauges.frame_bytes.set(len(edition.since(self.pulse.seq - 1)))
        self._publish(edition)

    def _confirm(self, at: datetime | None) -> None:
        self._set(confirmed_at=at, feeds_at=self._agenda.read_at.get(Part.FEEDS))

    def _tell_gauges(self, view: Body, at: datetime) -> None:
        self._gauges.database_up.set(self.pulse.away_since is None)
        for feed in view["feeds"]:
            self._gauges.tell_feed(feed, epoch_ms(at))

    def _fail(self, error: Exception) -> None:
        self._count(error)
        if isinstance(error, ConnectionError | DatabaseAway):
            self._set(away_since=self.pulse.away_since or self._clock.now())
        self._pause(RETRY_AFTER)

    def _count(self, error: Exception) -> None:
        """Says the type alone, once: a message of the database may quote the row it failed on."""
        name = type(error).__name__
        if name != self.pulse.failing:
            log.error("the projector failed and goes on trying: %s", name)
        self._gauges.errors.inc()
        self._set(errors=self.pulse.errors + 1, failing=name)

    def _set(self, **changes: object) -> None:
        self.pulse = replace(self.pulse, **changes)  # type: ignore[arg-type]
