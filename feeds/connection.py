"""One open connection, dialled or accepted: frames go to the writer, acknowledgements come back. It never decides anything.

A source that asks for it is told of what was decided here about its records (`feeds.telling`), beside all that.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode

from casework.vocabulary import Outcome
from db.database import DatabaseAway
from db.message import Message
from feeds.health import FeedHealth
from feeds.outbox import Outbox
from feeds.protocol import Acknowledger, Read
from feeds.reading import Reading
from feeds.telling import Control, Teller, read_control
from feeds.writer import Delivery, Inlet, Superseded

FAILED: Final = 1011
TRY_AGAIN_LATER: Final = 1013
FRAMES_AHEAD: Final = 8
LOOK_SECONDS: Final = 0.4  # how soon a decision is on its way to a source that wants to be told
TELL_AGAIN_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything a connection of one feed needs, whichever way round it was made."""

    feed: str
    inlet: Inlet
    health: FeedHealth
    reading: Reading
    clock: Callable[[], datetime]
    outbox: Outbox


class KindOfMessage(Connection):
    """Remembers of each message whether it came as text or binary.

    Messages are read as bytes, so that text that is not UTF-8 becomes a dead letter instead of ending the connection
    (a source would send it again for ever); the library then no longer tells the two kinds apart.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.binary: deque[bool] = deque()

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
            self.binary.append(event.opcode is Opcode.BINARY)
        super().process_event(event)


class Dialled(KindOfMessage, ClientConnection):
    """A connection the centre made."""


class Accepted(KindOfMessage, ServerConnection):
    """A connection a source made."""


def ending(connection: Dialled | Accepted) -> str:
    """Why a connection ended, as a feed's health tells it."""
    said = connection.protocol.close_sent
    if said is not None and said.code == CloseCode.MESSAGE_TOO_BIG:
        return "the source sent a frame over 1 MiB, which ends the connection; it must send smaller ones"
    return f"connection ended: {connection.close_code or 'lost'}"


async def receive(connection: Dialled | Accepted, intake: Intake, number: int) -> None:
    """Take everything the source sends until the connection ends, is superseded, or the feed is lost to another ingester.

    `number` is the one the inlet gave this connection.
    """
    being_read: asyncio.Queue[tuple[datetime, asyncio.Future[list[Read]]]] = asyncio.Queue(FRAMES_AHEAD)
    committed: deque[tuple[int | None, Outcome]] = deque()
    news = asyncio.Event()

    def note(message: Message, outcome: Outcome) -> None:
        committed.append((message.sequence, outcome))
        news.set()

    teller, heard = Teller(), asyncio.Event()
    tasks = [
        asyncio.create_task(_take_in(connection, intake, being_read, _listener(intake.feed, teller, heard))),
        asyncio.create_task(_hand_on(intake, number, being_read, note)),
        asyncio.create_task(_acknowledge(connection, committed, news)),
        asyncio.create_task(_tell(connection, intake.outbox, teller, heard)),
        asyncio.create_task(intake.inlet.lost.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if intake.inlet.lost.is_set():
            await connection.close(TRY_AGAIN_LATER, "another ingester holds this feed")
    except (ConnectionClosed, Superseded):
        pass
    except Exception as error:  # noqa: BLE001 - whatever a source makes happen here may end its own connection only
        log.error("feed %s: the connection failed: %s", intake.feed, type(error).__name__)
        await connection.close(FAILED, "the receiver failed")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _take_in(
    connection: Dialled | Accepted,
    intake: Intake,
    being_read: asyncio.Queue[tuple[datetime, asyncio.Future[list[Read]]]],
    listen: Callable[[Control], None],
) -> None:
    """A few frames ahead of the writer, so that the next is read while the last is written."""
    while True:
        frame = await connection.recv(decode=False)
        binary = connection.binary.popleft()
        control = None if binary else read_control(frame)
        if control is not None:
            listen(control)
            continue
        at = intake.clock()
        reading = intake.reading.read(intake.feed, frame, at, binary=binary)
        await being_read.put((at, reading))


async def _hand_on(
    intake: Intake,
    number: int,
    being_read: asyncio.Queue[tuple[datetime, asyncio.Future[list[Read]]]],
    note: Callable[[Message, Outcome], None],
) -> None:
    while True:
        at, reading = await being_read.get()
        items = await reading
        newest = max((time for _, time in items if time is not None), default=None)
        intake.health.received(at, len(items), newest)
        for message, _ in items:
            await intake.inlet.put(Delivery(message, note), number)


async def _acknowledge(
    connection: Dialled | Accepted,
    committed: deque[tuple[int | None, Outcome]],
    news: asyncio.Event,
) -> None:
    """Send one acknowledgement for all that was committed meanwhile; a peer that doesn't read it delays only itself."""
    acknowledger = Acknowledger()
    while True:
        await news.wait()
        news.clear()
        events = list(committed)
        committed.clear()
        acknowledgement = acknowledger.committed(events)
        if acknowledgement is not None:
            await connection.send(acknowledgement)


def _listener(feed: str, teller: Teller, heard: asyncio.Event) -> Callable[[Control], None]:
    """Hands on what the source says about being told. What makes no sense is logged, once a connection, and passed over."""
    passed_over = False

    def listen(control: Control) -> None:
        nonlocal passed_over
        reason = teller.hear(control)
        heard.set()
        if reason is not None and not passed_over:
            passed_over = True
            log.warning("feed %s: the source said something that can't be heeded: %s", feed, reason)

    return listen


async def _tell(connection: Dialled | Accepted, outbox: Outbox, teller: Teller, heard: asyncio.Event) -> None:
    """Tell the source what it wants to be told, and keep what it has noted; nothing here may end the connection.

    It looks for what is new by itself while the source wants to be told: decisions are made in other processes. A follower
    of the journal would be woken by every batch of the feeds' own events; a look at a small index costs a millisecond.
    """
    kept = 0
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS if teller.room else None):
                await heard.wait()
        heard.clear()
        try:
            if teller.noted > kept:
                noted = teller.noted
                await asyncio.to_thread(outbox.noted, noted)
                kept = noted
            if teller.room:
                for sequence, frame in await asyncio.to_thread(outbox.waiting, teller.after, teller.room):
                    teller.sent(sequence)
                    await connection.send(frame)
        except ConnectionClosed:
            raise
        except DatabaseAway:
            await _pause(heard)
        except Exception as error:  # noqa: BLE001 - the source's own events must go on, whatever is wrong with ours
            log.error("feed %s: telling its source failed and goes on trying: %s", outbox.feed, type(error).__name__)
            await _pause(heard)


async def _pause(heard: asyncio.Event) -> None:
    """A while, and then another try, whatever is heard meanwhile."""
    await asyncio.sleep(TELL_AGAIN_SECONDS)
    heard.set()
