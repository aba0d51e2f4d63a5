"""A script as a real sender of the feed protocol, either way round. Knows the wire; not what is told, and no centre.

A source keeps nothing about its receivers: where to go on comes with each connection, and a script can tell what came
after any sequence again. Only what a centre tells it, where it is `following`, it keeps.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from casework.vocabulary import Feed
from feeds.simulator.events import frames
from feeds.simulator.following import ASKING, Following, noted, read_told
from feeds.simulator.window import Window, read_ack, read_resume, read_sequence
from feeds.simulator.world import Version

SUBPROTOCOL: Final = Subprotocol("cloudevents.json")
PING_SECONDS: Final = 20
LARGEST_ACK: Final = 64 * 1024
PROTOCOL_ERROR: Final = 1002
INTERNAL_ERROR: Final = 1011
log = logging.getLogger(__name__)


class Script(Protocol):
    """What a source sends on one feed: `happenings` gives, for ever or to its end, what comes after a sequence."""

    @property
    def feed(self) -> Feed: ...

    @property
    def slug(self) -> str: ...

    @property
    def beat_seconds(self) -> float: ...

    def happenings(self, after: int | None) -> AsyncIterator[list[Version]]: ...

    def all_acknowledged(self) -> None:
        """Everything there was to send has arrived."""


async def serve_source(
    script: Script, *, port: int, token: str, host: str = "127.0.0.1", following: Following | None = None
) -> None:
    """Serve one feed to centres that dial in, until cancelled. `following`: who hears what they tell, if anybody."""
    async with await open_source(script, port=port, token=token, host=host, following=following) as server:
        await server.serve_forever()


async def open_source(
    script: Script, *, port: int, token: str, host: str = "127.0.0.1", following: Following | None = None
) -> Server:
    """A listening source; port 0 takes a free one, which `server.sockets` tells."""
    return await serve(
        _dialled(script, following),
        host,
        port,
        process_request=_door(token),
        subprotocols=[SUBPROTOCOL],
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        max_size=LARGEST_ACK,
        compression=None,
    )


async def send_live(script: Script, *, url: str, token: str, following: Following | None = None) -> None:
    """Connect to a listening centre, as often as it takes, and send until cancelled. Raises if it refuses the token."""
    connecting = connect(
        url,
        additional_headers={"Authorization": f"Bearer {token}"},
        subprotocols=[SUBPROTOCOL],
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        max_size=LARGEST_ACK,
        compression=None,
    )
    async for connection in connecting:
        if connection.subprotocol != SUBPROTOCOL:
            await connection.close(PROTOCOL_ERROR, "subprotocol cloudevents.json is required")
            raise ConnectionError(f"{script.feed}: the centre did not agree on subprotocol {SUBPROTOCOL}")
        await _greeted(connection, script, following)
        # The library waits between failed attempts only; a centre that hangs up at once must not be rung without end.
        await asyncio.sleep(script.beat_seconds)


def _door(token: str) -> Callable[[ServerConnection, Request], Response | None]:
    """Turns away who has no token, or asks to resume after something that is no sequence."""
    expected = f"Bearer {token}".encode()

    def admit(connection: ServerConnection, request: Request) -> Response | None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), expected):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "a bearer token is required\n")
        try:
            _resume_point(request.path)
        except ValueError as error:
            return connection.respond(HTTPStatus.BAD_REQUEST, f"after: {error}\n")
        return None

    return admit


def _resume_point(path: str) -> int | None:
    given = parse_qs(urlsplit(path).query).get("after", [])
    return read_sequence(given[-1]) if given else None


def _dialled(script: Script, following: Following | None) -> Callable[[ServerConnection], Awaitable[None]]:
    async def attend(connection: ServerConnection) -> None:
        assert connection.request is not None  # the handshake is over
        await _attend(connection, script, _resume_point(connection.request.path), following)

    return attend


async def _greeted(connection: Connection, script: Script, following: Following | None) -> None:
    """Listen mode: the centre says first where to go on."""
    try:
        after = read_resume(await connection.recv())
    except ValueError as error:
        await connection.close(PROTOCOL_ERROR, str(error))
    except ConnectionClosed:
        log.info("%s: the centre hung up before it said where to resume", script.feed)
    else:
        await _attend(connection, script, after, following)


async def _attend(connection: Connection, script: Script, after: int | None, following: Following | None) -> None:
    """One connection from beginning to end: sending on one side, acks on the other; either ending ends both."""
    log.info("%s: sending after %s", script.feed, after)
    outlet = Outlet(connection, script.slug, following)
    sending = asyncio.create_task(_send_all(outlet, script, after))
    try:
        await outlet.listen()
    finally:
        sending.cancel()
        (outcome,) = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionClosed):
        raise outcome


class Outlet:
    """Sends versions over a connection, and waits whenever too many are unacknowledged; hears what comes back."""

    def __init__(self, connection: Connection, slug: str, following: Following | None = None) -> None:
        self._connection = connection
        self._slug = slug
        self._following = following
        self._window = Window()
        self._settled = asyncio.Event()

    async def send(self, versions: Iterable[Version]) -> None:
        for text, sequences in frames(versions, self._slug):
            await self._room_for(sequences)
            self._window.sent(sequences)
            await self._connection.send(text, text=True)

    async def listen(self) -> None:
        """Until the connection is closed, by either side or by a lost line."""
        with suppress(ConnectionClosed):
            if self._following is not None:
                await self._connection.send(ASKING)
            async for frame in self._connection:
                sequence = read_ack(frame)
                if sequence is not None:
                    self._window.acknowledged(sequence)
                    self._settled.set()
                elif self._following is not None:
                    await self._hear(self._following, frame)

    async def _hear(self, following: Following, frame: str | bytes) -> None:
        """Keep what the centre tells, then say so; what is no such thing is not ours to understand."""
        told = read_told(frame)
        if told is not None:
            following.hear(told)
            await self._connection.send(noted(told))

    async def hang_up(self) -> None:
        await self._connection.close(INTERNAL_ERROR, "the source failed")

    async def _room_for(self, sequences: Sequence[int]) -> None:
        while not self._window.has_room_for(len(sequences)):
            self._settled.clear()
            await self._settled.wait()

    async def settle(self) -> None:
        """Wait until everything sent is acknowledged."""
        while self._window.unacknowledged:
            self._settled.clear()
            await self._settled.wait()


async def _send_all(outlet: Outlet, script: Script, after: int | None) -> None:
    try:
        async for versions in script.happenings(after):
            await outlet.send(versions)
        await outlet.settle()
        script.all_acknowledged()
    except ConnectionClosed:
        return
    except Exception:
        # The reading side would wait for ever for acks of what is never sent.
        await outlet.hang_up()
        raise
