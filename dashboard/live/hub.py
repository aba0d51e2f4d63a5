"""Hands the newest frame and beat to every screen, the same bytes to all. It must not know what is in them.

Everything but `publish` runs on the event loop, so nothing here is locked.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dashboard.gauges import Gauges

BEAT_EVERY = 0.5


class Slot:
    """What one screen has still to be sent: at most one frame and one beat, whatever happened since it last read."""

    def __init__(self) -> None:
        self._frame: bytes | None = None
        self._beat: bytes | None = None
        self._filled = asyncio.Event()

    def offer_frame(self, frame: bytes) -> None:
        """A beat not yet sent is dropped: the frame says the same and is newer."""
        self._frame, self._beat = frame, None
        self._filled.set()

    def offer_beat(self, beat: bytes) -> None:
        self._beat = beat
        self._filled.set()

    async def take(self) -> bytes:
        """Wait for something to send; the frame goes first."""
        while True:
            await self._filled.wait()
            frame, self._frame = self._frame, None
            if frame is not None:
                return frame
            beat, self._beat = self._beat, None
            self._filled.clear()
            if beat is not None:
                return beat


class Hub:
    """All screens of this process."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._slots: set[Slot] = set()
        self._newest: bytes | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def close(self) -> None:
        self._loop = None

    def publish(self, frame: bytes) -> None:
        """Called from the projector's thread; a frame made while the loop is ending is nobody's loss."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._spread, frame)

    @contextmanager
    def screen(self) -> Iterator[Slot]:
        """A newcomer finds the current frame in its slot."""
        slot = Slot()
        if self._newest is not None:
            slot.offer_frame(self._newest)
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

    def _spread(self, frame: bytes) -> None:
        self._newest = frame
        for slot in self._slots:
            slot.offer_frame(frame)
