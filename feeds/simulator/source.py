"""A simulated source as a real sender of the feed protocol, either way round. Knows the wire and the world, no centre.

A source keeps nothing about its receivers: where to go on comes with each connection, and the world can tell any
window again. `clock` gives the instant up to which things have happened.
"""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from casework.vocabulary import Feed
from feeds.simulator.events import frames
from feeds.simulator.instants import instant_of, sequence_at
from feeds.simulator.window import Window, read_ack, read_resume, read_sequence
from feeds.simulator.world import Version, World

SUBPROTOCOL: Final = Subprotocol("cloudevents.json")
PING_SECONDS: Final = 20
CLOSING_SECONDS: Final = 3
LARGEST_ACK: Final = 64 * 1024
PROTOCOL_ERROR: Final = 1002
INTERNAL_ERROR: Final = 1011
# A long gap is told in pieces, so that the first of it is on its way while the rest is still being written.
PIECE: Final = timedelta(hours=12)
LONGEST_HURRIED: Final = timedelta(days=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Play:
    """What is played on one feed and how: `beat_seconds` is how often a source looks whether something has happened."""

    feed: Feed
    world: World
    clock: Callable[[], datetime]
    pace: float = 1.0
    beat_seconds: float = 0.25

    def history(self, after: int | None, now: datetime) -> list[Version]:
        """What a receiver far behind is sent: every record as it stands, instead of all that was ever said of it.

        A receiver that comes for the first time gets the history at normal pace, whatever is played on top from now.
        """
        start = now - timedelta(days=self.world.settings.history_days)
        told = self.world.snapshot(self.feed, start, now, min(1.0, self.pace))
        if after is None:
            return list(told)
        missed = {version.sequence: version for version in told if version.sequence > after}
        missed.update((version.sequence, version) for version in self._left_open(after, now))
        return [missed[sequence] for sequence in sorted(missed)]

    def _left_open(self, after: int, now: datetime) -> Iterator[Version]:
        """Records of the extra worlds the receiver has seen begin: they must not stay open for ever."""
        heard = instant_of(after)
        told = self.world.snapshot(self.feed, heard - LONGEST_HURRIED, now, self.pace, heard_until=heard)
        return (version for version in told if version.sequence > after)

    def is_far_behind(self, after: int | None, now: datetime) -> bool:
        return after is None or now - instant_of(after) > timedelta(days=self.world.settings.replay_days)


async def serve_source(
    feed: Feed,
    world: World,
    *,
    port: int,
    token: str,
    clock: Callable[[], datetime],
    pace: float = 1.0,
    host: str = "127.0.0.1",
) -> None:
    """Serve one feed to centres that dial in, until cancelled."""
    server = await open_source(Play(feed, world, clock, pace), port=port, token=token, host=host)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
        # Bounded, as a loop that is being shut down may have cancelled the closing itself.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await server.wait_closed()


async def open_source(play: Play, *, port: int, token: str, host: str = "127.0.0.1") -> Server:
    """A listening source; port 0 takes a free one, which `server.sockets` tells."""
    return await serve(
        _dialled(play),
        host,
        port,
        process_request=_door(token),
        subprotocols=[SUBPROTOCOL],
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        max_size=LARGEST_ACK,
        compression=None,
    )


async def send_live(
    feed: Feed,
    world: World,
    *,
    url: str,
    token: str,
    clock: Callable[[], datetime],
    pace: float = 1.0,
) -> None:
    """Connect to a listening centre, as often as it takes, and send until cancelled. Raises if it refuses the token."""
    await send_play(Play(feed, world, clock, pace), url=url, token=token)


async def send_play(play: Play, *, url: str, token: str) -> None:
    """`send_live` for a play that is made already."""
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
            raise ConnectionError(f"{play.feed}: the centre did not agree on subprotocol {SUBPROTOCOL}")
        await _greeted(connection, play)
        # The library waits between failed attempts only; a centre that hangs up at once must not be rung without end.
        await asyncio.sleep(play.beat_seconds)


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


def _dialled(play: Play) -> Callable[[ServerConnection], Awaitable[None]]:
    async def attend(connection: ServerConnection) -> None:
        assert connection.request is not None  # the handshake is over
        await _attend(connection, play, _resume_point(connection.request.path))

    return attend


async def _greeted(connection: Connection, play: Play) -> None:
    """Listen mode: the centre says first where to go on."""
    try:
        after = read_resume(await connection.recv())
    except ValueError as error:
        await connection.close(PROTOCOL_ERROR, str(error))
    except ConnectionClosed:
        log.info("%s: the centre hung up before it said where to resume", play.feed)
    else:
        await _attend(connection, play, after)


async def _attend(connection: Connection, play: Play, after: int | None) -> None:
    """One connection from beginning to end: sending on one side, acks on the other; either ending ends both."""
    log.info("%s: sending after %s", play.feed, after)
    outlet = Outlet(connection, play.world.county.slug)
    sending = asyncio.create_task(_send_all(outlet, play, after))
    try:
        await outlet.read_acks()
    finally:
        sending.cancel()
        (outcome,) = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionClosed):
        raise outcome


class Outlet:
    """Sends versions over a connection, and waits whenever too many are unacknowledged."""

    def __init__(self, connection: Connection, slug: str) -> None:
        self._connection = connection
        self._slug = slug
        self._window = Window()
        self._settled = asyncio.Event()

    async def send(self, versions: Iterable[Version]) -> None:
        for text, sequences in frames(versions, self._slug):
            await self._room_for(sequences)
            self._window.sent(sequences)
            await self._connection.send(text, text=True)

    async def read_acks(self) -> None:
        """Until the connection is closed, by either side or by a lost line."""
        with suppress(ConnectionClosed):
            async for frame in self._connection:
                sequence = read_ack(frame)
                if sequence is not None:
                    self._window.acknowledged(sequence)
                    self._settled.set()

    async def hang_up(self) -> None:
        await self._connection.close(INTERNAL_ERROR, "the source failed")

    async def _room_for(self, sequences: Sequence[int]) -> None:
        while not self._window.has_room_for(len(sequences)):
            self._settled.clear()
            await self._settled.wait()


async def _send_all(outlet: Outlet, play: Play, after: int | None) -> None:
    try:
        async for versions in _happenings(play, after):
            await outlet.send(versions)
    except ConnectionClosed:
        return
    except Exception:
        # The reading side would wait for ever for acks of what is never sent.
        await outlet.hang_up()
        raise


async def _happenings(play: Play, after: int | None) -> AsyncIterator[list[Version]]:
    """What to send: first what was missed, then what happens, a list whenever there is something."""
    now = play.clock()
    position = sequence_at(now) if after is None else after
    if play.is_far_behind(after, now):
        yield await asyncio.to_thread(play.history, after, now)
        position = sequence_at(now)
    while True:
        until = min(play.clock(), instant_of(position) + PIECE)
        found = await asyncio.to_thread(_window, play, position, until)
        position = max(position, sequence_at(until))
        if found:
            yield found
        if play.clock() - until < timedelta(seconds=play.beat_seconds):
            await asyncio.sleep(play.beat_seconds)


def _window(play: Play, after: int, until: datetime) -> list[Version]:
    return list(play.world.versions(play.feed, instant_of(after), until, play.pace))
