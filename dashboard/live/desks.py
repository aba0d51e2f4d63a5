"""What everybody at a desk is told as it happens: the rows that changed, the counts, and who else has a case open.

One thread follows the journal for all desks of the process. It reads once for each sight, serialises once, and hands the
bytes to every seat with that sight; a seat that falls behind is told to read anew instead of being sent what it missed.
"""

import asyncio
import logging
import secrets
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson

from casework.roles import Sight
from dashboard.asking import Asking
from dashboard.live.clock import Clock
from dashboard.live.frames import epoch_ms
from db.database import DatabaseAway
from db.journal import Follower

log = logging.getLogger(__name__)

GAP: Final = 0.1  # seconds between two frames, or
REST: Final = 2  # times as long as the last one took, if that is less
COUNTS_EVERY: Final = 5.0  # clocks run out without a journal entry
COUNTS_GAP: Final = 0.5  # to count a sight's open cases takes tens of milliseconds, to read what changed a few
COUNTS_AT_ONCE: Final = 2  # sights counted anew for one frame
MEETS_EVERY: Final = 1.0  # asks who sits at other processes' desks
TELLS_EVERY: Final = 5.0  # says anew who sits here; `db.looks.SITS_FOR` is longer
BEAT_EVERY: Final = 0.5
BACKLOG: Final = 20
RETRY_AFTER: Final = 0.5
MANY_ENTRIES: Final = 5_000  # after so many it is quicker to begin anew; fewer than none is another journal


@dataclass(frozen=True, slots=True)
class Changed:
    """What a sight sees of what changed: rows as the grid takes them. `gone`: what changed out of sight, by tags that say nothing
    to who has no row of it (`dashboard.components.queue_rows.tag`)."""

    rows: tuple[Mapping[str, Any], ...] = ()
    gone: tuple[str, ...] = ()


NOTHING: Final = Changed()


class Counted(NamedTuple):
    """What was counted for a sight, and when (monotonic seconds)."""

    at: float
    told: Mapping[str, int]


Opened = frozenset[tuple[int, str]]
"""Accounts, by id, and the code of a case each has open."""


class DeskSource(Protocol):
    """Each method is one read; any of them raises whatever the database raises while it is away."""

    def position(self) -> int: ...

    def changed(self, sight: Sight, after: int, to: int, at: datetime) -> Changed: ...

    def counts(self, sight: Sight, at: datetime) -> Mapping[str, int]:
        """With "position": of the journal they are true for."""

    def visible(self, sight: Sight, codes: Collection[str]) -> Collection[str]: ...

    def sit(self, process: str, opened: Opened, at: datetime) -> None:
        """Say who has what open at this process's desks."""

    def elsewhere(self, process: str, at: datetime) -> Collection[tuple[str, str]]:
        """(code, name) of whoever has a case open at another process's desk."""

    def cut(self, at: datetime) -> Collection[str]:
        """The feeds nothing is heard of."""

    def follower(self) -> Follower: ...


class Seat:
    """One open desk: what it has still to be sent."""

    def __init__(self, who: Asking) -> None:
        self.who = who
        self.open_case: str | None = None
        self.anew = True  # it has not been told yet to read what is there
        self._frames: deque[bytes] = deque()
        self._beat: bytes | None = None
        self._filled = asyncio.Event()

    def offer(self, frame: bytes, anew: bytes) -> None:
        """The next frame; `anew` is sent in place of it, and of all that wait, to a seat that must begin anew."""
        if self.anew or len(self._frames) >= BACKLOG:
            self._frames.clear()
            frame, self.anew = anew, False
        self._frames.append(frame)
        self._beat = None
        self._filled.set()

    def offer_beat(self, beat: bytes) -> None:
        self._beat = beat
        self._filled.set()

    async def take(self) -> bytes:
        while True:
            await self._filled.wait()
            if self._frames:
                return self._frames.popleft()
            beat, self._beat = self._beat, None
            self._filled.clear()
            if beat is not None:
                return beat


class Desks:
    """All desks of this process. The seats are the event loop's; the thread reads a copy of them.

    Who sits at another process's desks is told by the database, within a second or two.
    """

    def __init__(self, source: DeskSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._counted: Mapping[Sight, Counted] = {}
        self._opened: Opened = frozenset()
        self._said: Opened = frozenset()  # as the database has it
        self._said_at = float("-inf")
        self._met_at = float("-inf")
        self._elsewhere: frozenset[tuple[str, str]] = frozenset()
        self._cut: tuple[str, ...] = ()
        self._seats: frozenset[Seat] = frozenset()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = threading.Event()
        self._stirred = threading.Event()
        self._thread: threading.Thread | None = None
        self._seq = 0
        self._position: int | None = None  # None while nobody sits here
        self._told_at = float("-inf")
        self._away = False

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="desks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop = None
        self._ending.set()
        self._stirred.set()
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None

    @contextmanager
    def seat(self, who: Asking) -> Iterator[Seat]:
        """A newcomer is told where the journal is, and reads by itself what is there."""
        seat = Seat(who)
        self._seats |= {seat}
        self._stirred.set()
        try:
            yield seat
        finally:
            self._seats -= {seat}
            self._stirred.set()

    def opens(self, seat: Seat, code: str | None) -> None:
        """The seat has a case open, or none."""
        seat.open_case = code
        self._stirred.set()

    def people(self) -> list[Asking]:
        """Who sits at a desk now."""
        return [seat.who for seat in self._seats]

    @property
    def hears(self) -> bool:
        """Whether the thread that follows the journal is there, and reaches the database."""
        return self._thread is not None and self._thread.is_alive() and not self._away

    async def beat(self) -> None:
        """Tell every desk twice a second that somebody is there, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            beat = orjson.dumps({"type": "beat", **self._telling()})
            for seat in self._seats:
                seat.offer_beat(beat)

    def _telling(self) -> dict[str, Any]:
        return {
            "now": epoch_ms(self._clock.now()),
            "seq": self._seq,
            "position": self._position or 0,
            "database": "away" if self._away else "up",
            "cut": self._cut,
        }

    def _run(self) -> None:
        follower: Follower | None = None
        while not self._ending.is_set():
            try:
                follower = follower or self._source.follower()
                self._step(follower)
                self._away = False
            except (DatabaseAway, ConnectionError) as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - a desk that stands still must be told so, not left alone
                self._fail(error)
                log.error("the desks were not told what changed: %s", type(error).__name__)
        if follower is not None:
            follower.close()

    def _step(self, follower: Follower) -> None:
        """Wait a little for something to tell, and tell it."""
        if not self._seats:
            self._position = None
            self._opened = frozenset()
            self._sit()
            self._stirred.clear()
            if not self._seats:
                self._stirred.wait(BEAT_EVERY)
            else:  # somebody sat down just now, and may have stirred before
                self._stirred.set()
            return
        before = self._position or 0
        newest = follower.wait(before, GAP)
        every = COUNTS_GAP if self._counts_lag() else COUNTS_EVERY
        if newest > before or self._stirred.is_set() or self._clock.monotonic() - self._told_at >= every:
            self._stirred.clear()
            begun = self._clock.monotonic()
            self._publish(newest if newest > before else self._source.position())
            self._told_at = self._clock.monotonic()
            self._ending.wait(min(GAP, REST * (self._told_at - begun)))
        if self._clock.monotonic() - self._met_at >= MEETS_EVERY:
            self._meet()

    def _counts_lag(self) -> bool:
        return any(counted.told["position"] != self._position for counted in self._counted.values())

    def _meet(self) -> None:
        """Say who sits here, and hear who sits elsewhere and which feeds are silent."""
        self._met_at, at = self._clock.monotonic(), self._clock.now()
        self._sit()
        self._cut = tuple(self._source.cut(at))  # the next beat tells of it
        elsewhere = frozenset(self._source.elsewhere(self._process, at))
        if elsewhere != self._elsewhere:
            self._elsewhere = elsewhere
            self._stirred.set()

    def _sit(self) -> None:
        """Nothing is written while nobody here has a case open, and nobody had."""
        old = bool(self._opened) and self._clock.monotonic() - self._said_at >= TELLS_EVERY
        if self._opened == self._said and not old:
            return
        self._source.sit(self._process, self._opened, self._clock.now())
        self._said, self._said_at = self._opened, self._clock.monotonic()

    def _fail(self, error: Exception) -> None:
        if not self._away:
            log.warning("the desks wait for the database: %s", type(error).__name__)
        self._away = True
        self._ending.wait(RETRY_AFTER)

    def _publish(self, to: int) -> None:
        """Read for each sight what changed up to `to` since the last frame, and hand it out; then count, and hand that out,
        too: nobody waits for a count to see what a colleague has done."""
        at, seats = self._clock.now(), self._seats
        after = to if self._position is None else self._position
        leap = not 0 <= to - after <= MANY_ENTRIES
        by_sight: dict[Sight, list[Seat]] = {}
        for seat in seats:
            by_sight.setdefault(seat.who.sight, []).append(seat)
        present = self._present(by_sight)
        told = {sight: NOTHING if leap else self._changed(sight, after, to, at) for sight in by_sight}
        self._counted = {sight: self._counted[sight] for sight in by_sight if sight in self._counted}
        self._count([sight for sight in by_sight if sight not in self._counted], at)
        self._position = to
        self._seq += 1  # once for all: a screen that is not at a beat's number knows that it missed something
        for sight, sitting in by_sight.items():
            self._tell(sitting, told[sight], present[sight], self._counted[sight], leap=leap)
        for sight in self._count(self._old_counts(to), at):
            self._tell(by_sight[sight], NOTHING, present[sight], self._counted[sight])

    def _changed(self, sight: Sight, after: int, to: int, at: datetime) -> Changed:
        return self._source.changed(sight, after, to, at) if to > after else NOTHING

    def _tell(
        self,
        seats: Collection[Seat],
        changed: Changed,
        present: Mapping[str, Collection[str]],
        counted: Counted,
        *,
        leap: bool = False,
    ) -> None:
        """One frame for these seats; after a `leap` they are told to read anew."""
        whole = self._telling() | {"type": "frame", "counts": counted.told, "present": present}
        anew = orjson.dumps(whole | {"anew": True, "rows": [], "gone": []})
        frame = orjson.dumps(whole | {"rows": changed.rows, "gone": changed.gone})
        self._hand(seats, anew if leap else frame, anew)

    def _old_counts(self, to: int) -> list[Sight]:
        """Those that may be made anew, as they are of an earlier position or their clocks ran on: the oldest, so many at once.
        A count says itself which position of the journal it is of."""
        now = self._clock.monotonic()
        old = [
            sight
            for sight, (since, told) in self._counted.items()
            if now - since >= (COUNTS_EVERY if told["position"] == to else COUNTS_GAP)
        ]
        return sorted(old, key=lambda sight: self._counted[sight].at)[:COUNTS_AT_ONCE]

    def _count(self, sights: Collection[Sight], at: datetime) -> Collection[Sight]:
        """Count for these sights, and give them back."""
        counted = {sight: Counted(self._clock.monotonic(), self._source.counts(sight, at)) for sight in sights}
        self._counted = {**self._counted, **counted}
        return sights

    def _present(self, by_sight: Mapping[Sight, Collection[Seat]]) -> Mapping[Sight, dict[str, list[str]]]:
        """For each sight who has which case open: only cases in it, and only who sees them, whatever else a screen says."""
        here = {seat.open_case for seats in by_sight.values() for seat in seats if seat.open_case is not None}
        said = sorted(here | {code for code, _ in self._elsewhere})
        visible = {sight: set(self._source.visible(sight, said)) if said else set() for sight in by_sight}
        names: dict[str, set[str]] = {}
        opened: set[tuple[int, str]] = set()
        for elsewhere, name in self._elsewhere:  # its own process has asked whether they see it
            names.setdefault(elsewhere, set()).add(name)
        for sight, seats in by_sight.items():
            for seat in seats:
                code = seat.open_case  # may change meanwhile
                if code is not None and code in visible[sight]:
                    names.setdefault(code, set()).add(seat.who.account.name)
                    opened.add((seat.who.account.id, code))
        self._opened = frozenset(opened)
        return {
            sight: {code: sorted(names[code]) for code in sorted(codes & names.keys())}
            for sight, codes in visible.items()
        }

    def _hand(self, seats: Collection[Seat], frame: bytes, anew: bytes) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def offer() -> None:
            for seat in seats:
                seat.offer(frame, anew)

        loop.call_soon_threadsafe(offer)
