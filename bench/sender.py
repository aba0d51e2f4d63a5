"""The bench's own sender: three sources that connect to a listening centre. Runs in a process of its own, imports no centre.

Frames come ready made, so that what is measured is the receiving side. Instants are epoch seconds, to be compared with
those of other processes on this machine.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from bench.workload import ID_MARK, SEQUENCE_MARK, Frame
from casework.vocabulary import Feed
from feeds.simulator.window import MOST_UNACKNOWLEDGED, read_ack, read_resume

EVENTS_A_FRAME: Final = 20
SUBPROTOCOL: Final = Subprotocol("cloudevents.json")
PATIENCE_SECONDS: Final = 60
KNOCK_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Centre:
    """Where to send: one port for the three feeds, one token."""

    port: int
    token: str


class Sent(NamedTuple):
    """One event's way: when it was handed to the socket, and when its acknowledgement was read."""

    sent_at: float
    acked_at: float


class Flooded(NamedTuple):
    """What a flood wanted to send, and what the sockets took of it."""

    offered: int
    taken: int


class Line:
    """One feed's connection, with what is not yet acknowledged."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._waiting: deque[tuple[int, float]] = deque()
        self._news = asyncio.Event()
        self.ways: list[Sent] = []

    async def send(self, frame: Frame) -> None:
        """Send, once fewer events are unacknowledged than the protocol allows."""
        while len(self._waiting) >= MOST_UNACKNOWLEDGED:
            await self._settled()
        self._waiting.append((frame.sequence, time.time()))
        await self._connection.send(frame.text, text=True)

    async def send_all(self, frames: Sequence[Frame]) -> None:
        """Send a backlog as sources do, in batches of `EVENTS_A_FRAME`."""
        for first in range(0, len(frames), EVENTS_A_FRAME):
            batch = frames[first : first + EVENTS_A_FRAME]
            while len(self._waiting) + len(batch) > MOST_UNACKNOWLEDGED:
                await self._settled()
            self._waiting.extend((frame.sequence, time.time()) for frame in batch)
            await self._connection.send(b"[" + b",".join(frame.text for frame in batch) + b"]", text=True)
        await self.finish()

    async def finish(self) -> None:
        """Wait for the last acknowledgement."""
        while self._waiting:
            await self._settled()

    async def read_acks(self) -> None:
        async for frame in self._connection:
            sequence, at = read_ack(frame), time.time()
            while sequence is not None and self._waiting and self._waiting[0][0] <= sequence:
                self.ways.append(Sent(self._waiting.popleft()[1], at))
            self._news.set()
        raise ConnectionError(f"the centre hung up: {self._connection.close_code} {self._connection.close_reason}")

    async def _settled(self) -> None:
        self._news.clear()
        await self._news.wait()


def burst(centre: Centre, frames: Sequence[Frame]) -> float:
    """Send everything as fast as the window allows, the feeds at once; seconds from the first frame to the last ack."""
    return asyncio.run(_burst(centre, frames))


def paced(centre: Centre, frames: Sequence[Frame], rate: float) -> list[Sent]:
    """Send one by one, evenly spaced, `rate` a second over all feeds; in the order of their acknowledgements."""
    return asyncio.run(_paced(centre, frames, rate))


def flood(centre: Centre, templates: Sequence[Frame], rate: float, seconds: float) -> Flooded:
    """Offer new events at `rate`, minding no window: only a socket that takes no more holds this sender back."""
    return asyncio.run(_flood(centre, templates, rate, seconds))


async def _burst(centre: Centre, frames: Sequence[Frame]) -> float:
    async with _lines(centre) as lines:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for feed, line in lines.items():
                tasks.create_task(line.send_all([frame for frame in frames if frame.feed is feed]))
        return time.perf_counter() - began


async def _paced(centre: Centre, frames: Sequence[Frame], rate: float) -> list[Sent]:
    async with _lines(centre) as lines:
        began = time.perf_counter()
        for number, frame in enumerate(frames):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            await lines[frame.feed].send(frame)
        for line in lines.values():
            await line.finish()
        return sorted((way for line in lines.values() for way in line.ways), key=lambda way: way.acked_at)


@asynccontextmanager
async def _lines(centre: Centre) -> AsyncIterator[dict[Feed, Line]]:
    """All three connected and greeted; acknowledgements are read meanwhile, and a lost connection ends it all."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        lines = {feed: Line(await stack.enter_async_context(_connected(centre, feed))) for feed in Feed}
        reading = [tasks.create_task(line.read_acks()) for line in lines.values()]
        yield lines
        for task in reading:
            task.cancel()


@asynccontextmanager
async def _connected(centre: Centre, feed: Feed) -> AsyncIterator[ClientConnection]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        connection = await _dial(centre, feed)
        read_resume(await connection.recv())
    try:
        yield connection
    finally:
        await connection.close()


async def _dial(centre: Centre, feed: Feed) -> ClientConnection:
    """A centre that is just starting, or does not hold the feed yet, is asked again."""
    while True:
        try:
            return await connect(
                f"ws://127.0.0.1:{centre.port}/feeds/{feed}",
                additional_headers={"Authorization": f"Bearer {centre.token}"},
                subprotocols=[SUBPROTOCOL],
                compression=None,
                proxy=None,
                ping_interval=None,
            )
        except (OSError, InvalidHandshake):
            await asyncio.sleep(KNOCK_SECONDS)


async def _flood(centre: Centre, templates: Sequence[Frame], rate: float, seconds: float) -> Flooded:
    async with AsyncExitStack() as stack:
        connections = {feed: await stack.enter_async_context(_connected(centre, feed)) for feed in Feed}
        until = time.perf_counter() + seconds
        floods = [
            _pour(connection, [frame.text for frame in templates if frame.feed is feed], until)
            for feed, connection in connections.items()
        ]
        taken = sum(await asyncio.gather(*floods))
        return Flooded(max(taken, round(rate * seconds)), taken)


async def _pour(connection: ClientConnection, templates: Sequence[bytes], until: float) -> int:
    """As many as the socket takes. Acknowledgements are read and thrown away, else they would hold the centre back."""
    reading = asyncio.create_task(_ignore(connection))
    taken = 0
    try:
        async with asyncio.timeout(until - time.perf_counter()):
            while True:
                name = b"F%d" % taken
                text = templates[taken % len(templates)].replace(ID_MARK, name)
                await connection.send(text.replace(SEQUENCE_MARK, b"%d" % (taken + 1)), text=True)
                taken += 1
    except (TimeoutError, ConnectionClosed):
        return taken
    finally:
        reading.cancel()


async def _ignore(connection: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        async for _ in connection:
            pass
