"""One open connection, dialled or accepted: frames go to the writer, acknowledgements come back. It never decides anything."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode

from casework.vocabulary import Outcome
from db.message import Message
from feeds.health import FeedHealth
from feeds.protocol import Acknowledger, Read
from feeds.reading import Reading
from feeds.writer import Delivery, Inlet, Superseded

FAILED: Final = 1011
FRAMES_AHEAD: Final = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything a connection of one feed needs, whichever way round it was made."""

    feed: str
    inlet: Inlet
    health: FeedHealth
    reading: Reading
    clock: Callable[[], datetime]


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

    tasks = [
        asyncio.create_task(_take_in(connection, intake, being_read)),
        asyncio.create_task(_hand_on(intake, number, being_read, note)),
        asyncio.create_task(_acknowledge(connection, committed, news)),
        asyncio.create_task(intake.inlet.lost.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
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
) -> None:
    """A few frames ahead of the writer, so that the next is read while the last is written."""
    while True:
        frame = await connection.recv(decode=False)
        at = intake.clock()
        reading = intake.reading.read(intake.feed, frame, at, binary=connection.binary.popleft())
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
