"""Hands the newest frame and beat to every screen, the same bytes to all that have seen the same. It must not know what
is in them.

Everything but `publish` runs on the event loop, so nothing here is locked.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dashboard.gauges import Gauges
from dashboard.live.edition import Edition

BEAT_EVERY = 0.5


class Slot:
    """What one screen has still to be sent: the newest edition, cut to what it has not seen, and at most one beat."""

    def __init__(self) -> None:
        self._edition: Edition | None = None
        self._beat: bytes | None = None
        self._seen = 0
        self._filled = asyncio.Event()

    def offer_edition(self, edition: Edition) -> None:
        """A beat not yet sent is dropped: the frame says the same and is newer."""
        self._edition, self._beat = edition, None
        self._filled.set()

    def offer_beat(self, beat: bytes) -> None:
        self._beat = beat
        self._filled.set()

    async def take(self) -> bytes:
        """Wait for something to send; the frame goes first."""
        while True:
            await self._filled.wait()
            edition, self._edition = self._edition, None
            if edition is not None:
                seen, self._seen = self._seen, edition.seq
                return edition.since(seen)
            beat, self._beat = self._beat, None
            self._filled.clear()
            if beat is not None:
                return beat


class Hub:
    """All screens of this process."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._slots: set[Slot] = set()
        self._newest: Edition | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def close(self) -> None:
        self._loop = None

    @property
    def screens(self) -> int:
        """How many are connected."""
        return len(self._slots)

    def publish(self, edition: Edition) -> None:
        """Called from the projector's thread; an edition made while the loop is ending is nobody's loss."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._spread, edition)

    @contextmanager
    def screen(self) -> Iterator[Slot]:
        """A newcomer finds the whole current picture in its slot."""
        slot = Slot()
        if self._newest is not None:
            slot.offer_edition(self._newest)
        self._slots.add(slot)
        self._gauges.screens.set(len(self._slots))
        try:
            yield slot
        finally:
            self._slots.discard(slot)
            self._gauges.screens.set(len(self._slots))

    async def beat(self, make: Callable[[], bytes]) -> None:
        """Tell every screen twice a second that somebody is there, until cancelled."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            beat = make()
            for slot in self._slots:
                slot.offer_beat(beat)

    def _spread(self, edition: Edition) -> None:
        self._newest = edition
        for slot in self._slots:
            slot.offer_edition(edition)
