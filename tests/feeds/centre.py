"""A running ingester, and a source of our own that speaks the protocol, for tests over real sockets."""

import asyncio
import concurrent.futures
import http
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from casework.lifecycle import Rules
from db.database import Database
from db.inbox import Recorder
from db.models import FeedMessage
from db.vault import Vault
from feeds.ingest import Address, FeedLink, Ingester
from tests.records import DIALECTS, Feed, envelope, order

TOKEN = "a-long-random-token"
SUBPROTOCOL = Subprotocol("cloudevents.json")
FEED = Feed.HOTLINE12345
PATIENCE = 30


def link(mode: str, url: str = "", feed: Feed = FEED) -> FeedLink:
    return FeedLink(DIALECTS[feed], mode, url, TOKEN, timedelta(minutes=20), timedelta(minutes=5))


@asynccontextmanager
async def ingesting(url: str, vault: Vault, rules: Rules, *links: FeedLink) -> AsyncIterator[Address]:
    """An ingester with a database of its own, and where it listens."""
    database = Database(url)
    ingester = Ingester(
        database,
        Recorder(rules, "YC"),
        vault,
        links,
        Address("127.0.0.1", 0),
        clock=lambda: datetime.now(UTC),
        keep_raw=timedelta(days=1),
        source="/bihuan/yunchuan",
    )
    running = asyncio.create_task(ingester.run())
    try:
        yield await asyncio.wait_for(asyncio.shield(ingester.listening), PATIENCE)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await idle_threads()
        database.close()


async def idle_threads() -> None:
    """Wait for what a cancelled task left running in a thread: it may still hold a connection."""
    executor = concurrent.futures.ThreadPoolExecutor()
    loop = asyncio.get_running_loop()
    before = loop._default_executor  # type: ignore[attr-defined]
    loop.set_default_executor(executor)
    if before is not None:
        await asyncio.to_thread(before.shutdown)


class Source:
    """A sending system in dial mode: remembers who dialled with which `after`, and what was acknowledged."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[tuple[str, ServerConnection]] = asyncio.Queue()

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[str]:
        async def attend(connection: ServerConnection) -> None:
            assert connection.request is not None
            assert connection.request.headers["Authorization"] == f"Bearer {TOKEN}"
            await self.connections.put((connection.request.path, connection))
            await connection.wait_closed()

        async with serve(attend, "127.0.0.1", port, subprotocols=[SUBPROTOCOL], close_timeout=1) as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def dialled(self) -> tuple[str, ServerConnection]:
        return await asyncio.wait_for(self.connections.get(), PATIENCE)


async def acknowledged(connection: ServerConnection | ClientConnection, sequence: int) -> list[int]:
    """Read acknowledgements until one covers `sequence`; all of them, in order."""
    seen: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while not seen or seen[-1] < sequence:
            seen.append(int(orjson.loads(await connection.recv())["ack"]))
    return seen


def knock(address: Address, token: str | None = TOKEN, feed: str = FEED, **more: Any) -> connect:
    """A source that connects to a listening centre."""
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    subprotocols = more.pop("subprotocols", [SUBPROTOCOL])
    return connect(
        f"ws://{address.host}:{address.port}/feeds/{feed}",
        additional_headers=headers,
        subprotocols=subprotocols,
        compression=None,
        **more,
    )


@asynccontextmanager
async def admitted(address: Address, **more: Any) -> AsyncIterator[tuple[ClientConnection, str | None]]:
    """A source's connection and where it is asked to resume; knocks until the ingester holds the feed."""
    connection = await asyncio.wait_for(_admitted(address, **more), PATIENCE)
    async with connection:
        yield connection, orjson.loads(await connection.recv())["resume_after"]


async def _admitted(address: Address, **more: Any) -> ClientConnection:
    while True:
        try:
            return await knock(address, **more)
        except InvalidStatus as refusal:
            if refusal.response.status_code != http.HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            await asyncio.sleep(0.02)


def frame(number: int, **changes: Any) -> bytes:
    """The event with that sequence: a new order."""
    return orjson.dumps(envelope(FEED, order(orderNum=f"DH{number}", **changes), f"e{number}", number))


async def send(connection: ServerConnection | ClientConnection, *frames: bytes) -> None:
    for each in frames:
        await connection.send(each, text=True)


def recorded(database: Database) -> dict[str, str]:
    """Event id → outcome, as a reader sees it now."""
    with database.read() as session:
        return {row[0]: row[1] for row in session.execute(select(FeedMessage.event_id, FeedMessage.outcome))}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
