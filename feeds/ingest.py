"""The ingester: holds its feeds, receives from their sources, writes, and reports their health. Runs until cancelled."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from casework.vocabulary import Outcome
from db import outbox
from db.commands import admit_vault_key, prune_bodies, report_feed_status
from db.database import Database, DatabaseAway
from db.holding import FeedLock
from db.inbox import Hold, Recorder, cursor, take_feed
from db.message import Message
from db.models import FeedStatus
from db.vault import Vault
from feeds.client import dial
from feeds.connection import Intake
from feeds.health import FeedHealth
from feeds.outbox import Outbox
from feeds.protocol import Dialect, FrameReader
from feeds.reading import Reading
from feeds.server import FeedServer, Listening, token_hash
from feeds.writer import Writer

HOLD_SECONDS: Final = 1.0
STATUS_SECONDS: Final = 1.0
PRUNE_SECONDS: Final = 24 * 3600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """How one feed is reached: `mode` is "dial" (to `url`) or "listen"."""

    dialect: Dialect
    mode: str
    url: str
    token: str
    silent_after: timedelta
    lag_after: timedelta


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


class Ingester:
    """Everything one ingester process runs. `listening` tells the address once sources may connect.

    `source`: how the centre names itself to the sources it tells something, `/bihuan/` and the county's slug.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        vault: Vault,
        links: Sequence[FeedLink],
        listen: Address,
        *,
        clock: Callable[[], datetime],
        keep_raw: timedelta,
        outcome: Callable[[Message, Outcome], None] = lambda message, outcome: None,
        source: str = "/bihuan",
    ) -> None:
        self._database = database
        self._vault = vault
        self._links = links
        self._listen = listen
        self._clock = clock
        self._keep_raw = keep_raw
        self._source = source
        self.writer = Writer(database, recorder, [link.dialect.feed for link in links], outcome)
        self._reading = Reading({link.dialect.feed: FrameReader(link.dialect, vault) for link in links})
        self._intakes = {link.dialect.feed: self._intake(link) for link in links}
        self.listening: asyncio.Future[Address] = asyncio.get_running_loop().create_future()

    def _intake(self, link: FeedLink) -> Intake:
        feed = link.dialect.feed
        health = FeedHealth(feed, self._clock(), link.silent_after, link.lag_after)
        told = Outbox(self._database, feed, self._source, self._clock)
        return Intake(feed, self.writer.inlets[feed], health, self._reading, self._clock, told)

    async def run(self) -> None:
        """Until cancelled, or until something fails that must not be passed over. No source is let in before it can be read."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reading.run())
            await self._reading.ready.wait()
            tasks.create_task(self.writer.run())
            tasks.create_task(self._report())
            tasks.create_task(self._prune())
            for link in self._links:
                tasks.create_task(self._hold(link))
            tasks.create_task(self._accept())

    async def _hold(self, link: FeedLink) -> None:
        """Wait for the feed's lock, then receive; start again when another ingester took the feed."""
        feed = link.dialect.feed
        intake = self._intakes[feed]
        lock = FeedLock(self._database, feed)
        try:
            while True:
                if await self._take(lock, intake):
                    log.info("feed %s is held here", feed)
                    await self._held(link, intake, lock)
                    await asyncio.to_thread(lock.release)
                await asyncio.sleep(HOLD_SECONDS)
        finally:
            await asyncio.to_thread(lock.release)

    async def _take(self, lock: FeedLock, intake: Intake) -> bool:
        if not await asyncio.to_thread(lock.take):
            return False
        try:
            intake.inlet.begin(await asyncio.to_thread(self._take_feed, intake.feed))
        except DatabaseAway:
            return False
        return True

    def _take_feed(self, feed: str) -> Hold:
        with self._database.write() as session:
            admit_vault_key(session, self._vault, self._clock())  # it may have been rotated meanwhile
            return take_feed(session, feed)

    async def _held(self, link: FeedLink, intake: Intake, lock: FeedLock) -> None:
        """Receive while the feed is ours. The lock is looked at now and then: a lost connection frees it for others."""
        receiving = asyncio.create_task(self._receive(link, intake))
        try:
            while not receiving.done():
                await asyncio.wait([receiving], timeout=2 * HOLD_SECONDS)
                if not await asyncio.to_thread(lock.take) and lock.refused:
                    intake.inlet.lose()
            receiving.result()
        except Exception as error:  # noqa: BLE001 - one feed's trouble must not end the others
            intake.health.reconnecting(f"the receiver failed: {type(error).__name__}")
            log.error("feed %s: receiving failed and begins again: %s", intake.feed, type(error).__name__)
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)

    async def _receive(self, link: FeedLink, intake: Intake) -> None:
        if link.mode == "dial":
            await dial(intake, link.url, link.token, lambda: self._cursor(intake.feed))
        else:
            await intake.inlet.lost.wait()

    def _cursor(self, feed: str) -> int | None:
        with self._database.read() as session:
            return cursor(session, feed)

    async def _accept(self) -> None:
        feeds: Mapping[str, Listening] = {
            link.dialect.feed: Listening(
                self._intakes[link.dialect.feed],
                token_hash(link.token),
                lambda feed=link.dialect.feed: self._cursor(feed),  # type: ignore[misc]
            )
            for link in self._links
            if link.mode == "listen"
        }
        if not feeds:
            self.listening.set_result(self._listen)
            return
        server = await FeedServer(feeds).start(self._listen.host, self._listen.port)
        host, port = server.sockets[0].getsockname()[:2]
        log.info("listening for sources on ws://%s:%s/feeds/…", host, port)
        self.listening.set_result(Address(host, port))
        try:
            await server.serve_forever()
        finally:
            server.close()

    async def _report(self) -> None:
        """Store the health of the feeds held here; a process that stops reporting is noticed by the screens."""
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            held = [intake for intake in self._intakes.values() if intake.inlet.hold is not None]
            try:
                await asyncio.to_thread(self._store_status, [intake.health.status(self._clock()) for intake in held])
            except DatabaseAway:
                continue
            except Exception as error:  # noqa: BLE001 - a lamp that can't be written must not stop the feeds
                log.error("the feeds' health could not be stored: %s", type(error).__name__)

    def _store_status(self, statuses: Sequence[FeedStatus]) -> None:
        with self._database.write() as session:
            report_feed_status(session, statuses)

    async def _prune(self) -> None:
        while True:
            try:
                pruned = await asyncio.to_thread(self._prune_once)
                if pruned:
                    log.info("%d raw messages older than %s emptied", pruned, self._keep_raw)
            except DatabaseAway as error:
                log.warning("raw messages were not pruned: %s", error)
            await asyncio.sleep(PRUNE_SECONDS)

    def _prune_once(self) -> int:
        before = self._clock() - self._keep_raw
        with self._database.write() as session:
            outbox.prune(session, before)
            return prune_bodies(session, before)
