"""The one writer of an ingester: takes what the feeds hand in, writes it in batches, and says what is committed.

A batch is whatever has gathered while the last one was being written, so a lone event never waits. The intake is bounded:
when the database is slow or away, handing in blocks, and with it the socket; nothing is dropped.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from casework.vocabulary import Outcome
from db.database import Database, DatabaseAway
from db.inbox import Hold, LostFeed, Recorded, Recorder
from db.message import Message
from feeds.protocol import MOST_IN_FLIGHT

MOST_A_BATCH: Final = 1_500
MOST_BYTES: Final = 16 * 2**20
MOST_BATCH_BYTES: Final = 8 * 2**20
RETRY_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way into the database, and who wants to know when it is there."""

    message: Message
    committed: Callable[[Message, Outcome], None]


class Superseded(Exception):
    """The connection that hands something in is no longer the feed's newest."""


class Inlet:
    """One feed's bounded way into the writer. `hold` is the right to write for the feed; `None`: nobody here may."""

    def __init__(self, feed: str, wake: asyncio.Event) -> None:
        self.feed = feed
        self.hold: Hold | None = None
        self.lost = asyncio.Event()
        self._wake = wake
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._connection = 0
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, delivery: Delivery, connection: int) -> None:
        """Hand a message in; waits while the inlet is full. Raises `Superseded` once a newer connection has begun.

        What an old connection still had to say comes again over the new one. Taken now, with what was before it already
        forgotten, it would be acknowledged for all of that.
        """
        while not self._room.is_set():
            await self._room.wait()
        if connection != self._connection:
            raise Superseded(self.feed)
        self._waiting.append(delivery)
        self._bytes += len(delivery.message.sealed)
        if len(self._waiting) >= MOST_IN_FLIGHT or self._bytes >= MOST_BYTES:
            self._room.clear()
        self._wake.set()

    def take(self, most: int, most_bytes: int) -> list[Delivery]:
        """The oldest ones, at least one if there is any."""
        taken: list[Delivery] = []
        size = 0
        while self._waiting and len(taken) < most and size < most_bytes:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].message.sealed)
        self._bytes -= size
        if taken:
            self._room.set()
        return taken

    def begin(self, hold: Hold) -> None:
        """The feed is held here from now on."""
        self.hold = hold
        self.lost.clear()
        self.restart()

    def lose(self) -> None:
        """Another ingester has the feed."""
        self.hold = None
        self.lost.set()

    def restart(self) -> int:
        """A new connection begins: what an old one left unwritten will be sent again. Gives back the new one's number."""
        self._waiting.clear()
        self._bytes = 0
        self._room.set()
        self._connection += 1
        if self.hold is not None:
            self.hold = Hold(self.feed, self.hold.epoch, self._connection)
        return self._connection

    def __len__(self) -> int:
        return len(self._waiting)


class Writer:
    """Writes the inlets' messages until cancelled; `run` may be called once, and ends with the batch it is at, whose messages are
    not acknowledged any more. `outcome` is told each message's fate, for counting.

    It writes on one thread of its own: what a batch needs is freed where the next one takes it from. Handed around among the
    threads of a pool, each of them keeps as much as the largest batch ever took.
    """

    def __init__(
        self, database: Database, recorder: Recorder, feeds: Sequence[str], outcome: Callable[[Message, Outcome], None]
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._outcome = outcome
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "writer")
        self.inlets = {feed: Inlet(feed, self._wake) for feed in feeds}
        self.away_since: float | None = None

    async def run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._take():
                    await self._write(batch)
        finally:
            await asyncio.to_thread(self._thread.shutdown)

    def _take(self) -> list[Delivery]:
        """A fair share of each inlet, so that a flood in one feed does not delay the others."""
        waiting = [inlet for inlet in self.inlets.values() if len(inlet)]
        share = len(waiting)
        return [
            delivery for inlet in waiting for delivery in inlet.take(MOST_A_BATCH // share, MOST_BATCH_BYTES // share)
        ]

    async def _write(self, batch: list[Delivery]) -> None:
        attempt = 0
        while batch:
            try:
                messages = [delivery.message for delivery in batch]
                recorded = await asyncio.get_running_loop().run_in_executor(self._thread, self._record, messages)
            except DatabaseAway as error:
                self._away(error)
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
            except LostFeed as lost:
                batch = self._drop(batch, str(lost))
            except Exception as error:  # noqa: BLE001 - whatever one message does, the others must be written
                await self._write_apart(batch, error)
                return
            else:
                self._back()
                self._committed(batch, recorded)
                return

    def _record(self, messages: list[Message]) -> Recorded:
        feeds = dict.fromkeys(message.feed for message in messages)
        holds = []
        for feed in feeds:
            hold = self.inlets[feed].hold
            if hold is None:
                raise LostFeed(feed)
            holds.append(hold)
        with self._database.write() as session:
            return self._recorder.record(session, messages, holds)

    def _committed(self, batch: list[Delivery], recorded: Recorded) -> None:
        for hold in recorded.holds:
            inlet = self.inlets[hold.feed]
            if inlet.hold is not None and inlet.hold.connection == hold.connection and inlet.hold.epoch == hold.epoch:
                inlet.hold = hold
        for delivery, outcome in zip(batch, recorded.outcomes, strict=True):
            delivery.committed(delivery.message, outcome)
            self._outcome(delivery.message, outcome)

    async def _write_apart(self, batch: list[Delivery], error: Exception) -> None:
        """Halve a batch that can't be written until the message that spoils it is alone; that one becomes a dead letter."""
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._write(batch[:middle])
            await self._write(batch[middle:])
            return
        message = batch[0].message
        log.error("a message of feed %s could not be recorded: %s", message.feed, type(error).__name__)
        if message.report is None:
            raise error
        reason = f"could not be recorded: {type(error).__name__}"
        await self._write([replace(batch[0], message=message._replace(report=None, contents=None, reason=reason))])

    def _drop(self, batch: list[Delivery], feed: str) -> list[Delivery]:
        """Another ingester has the feed: it will be sent everything that was not acknowledged."""
        if self.inlets[feed].hold is not None:
            log.warning("feed %s is held by another ingester now", feed)
        self.inlets[feed].lose()
        return [delivery for delivery in batch if delivery.message.feed != feed]

    def _away(self, error: DatabaseAway) -> None:
        if self.away_since is None:
            self.away_since = asyncio.get_running_loop().time()
            log.warning("the database is away, feeds are held back: %s", error)

    def _back(self) -> None:
        if self.away_since is not None:
            log.info("the database is back after %.1f s", asyncio.get_running_loop().time() - self.away_since)
            self.away_since = None
