"""Listen mode: sources connect to the centre's `/feeds/FEED`, each with its own token."""

import asyncio
import hashlib
import hmac
import http
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from db.database import DatabaseAway
from feeds.connection import TRY_AGAIN_LATER, Accepted, Intake, ending, receive
from feeds.protocol import LARGEST_FRAME, PING_SECONDS, SUBPROTOCOL, greeting

PREFIX: Final = "/feeds/"
OPEN_SECONDS: Final = 10
REPLACED: Final = 4000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """A feed that is listened for: only the hash of its token is known here."""

    intake: Intake
    token_hash: str
    cursor: Callable[[], int | None]


def token_hash(token: str) -> str:
    """How a configured token is kept: `sha256:` and hex, made here or already in the setting.

    A token is long and random, so a fast hash is enough. What a peer presents is always hashed: the hash is no token.
    """
    return token if token.startswith("sha256:") else _hashed(token)


def _hashed(token: str) -> str:
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


class FeedServer:
    """Accepts sources. A feed has one connection: a new one replaces the old, which may be half dead."""

    def __init__(self, feeds: Mapping[str, Listening]) -> None:
        self._feeds = feeds
        self._connections: dict[str, Accepted] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> Server:
        return await serve(
            self._serve,
            host,
            port,
            process_request=self._admit,
            select_subprotocol=_select_subprotocol,
            compression=None,
            max_size=LARGEST_FRAME,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            create_connection=Accepted,
            server_header=None,
        )

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        feed = request.path.partition("?")[0].removeprefix(PREFIX)
        listening = self._feeds.get(feed)
        given = request.headers.get_all("Authorization")
        expected = listening.token_hash if listening is not None else ""
        if not hmac.compare_digest(_bearer_hash(given), expected) or listening is None:
            log.warning(
                "a source was refused: wrong or no token for %s", feed if listening is not None else "no feed of ours"
            )
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "a valid bearer token for this feed is required\n")
        if listening.intake.inlet.hold is None:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "another ingester holds this feed\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert isinstance(connection, Accepted)
        assert connection.request is not None
        feed = connection.request.path.partition("?")[0].removeprefix(PREFIX)
        listening = self._feeds[feed]
        intake = listening.intake
        before = self._connections.get(feed)
        self._connections[feed] = connection
        if before is not None:
            # It may be half dead and never answer: the new one does not wait for that.
            closing = asyncio.create_task(before.close(REPLACED, "a newer connection of this feed took over"))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        number = intake.inlet.restart()
        try:
            await connection.send(greeting(await asyncio.to_thread(listening.cursor)))
            intake.health.connected(intake.clock())
            log.info("feed %s is connected", feed)
            await receive(connection, intake, number)
        except ConnectionClosed:
            pass
        except DatabaseAway:
            await connection.close(TRY_AGAIN_LATER, "the database is away")
        finally:
            if self._connections.get(feed) is connection:
                del self._connections[feed]
                intake.health.reconnecting(ending(connection))
                log.info("feed %s lost its connection: %s", feed, ending(connection))


def _bearer_hash(headers: Sequence[str]) -> str:
    scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    return _hashed(token.strip()) if scheme.lower() == "bearer" else ""


def _select_subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol:
    if SUBPROTOCOL not in offered:
        log.warning("a source was refused: it does not speak subprotocol %s", SUBPROTOCOL)
        raise NegotiationError(f"subprotocol {SUBPROTOCOL} is required")
    return Subprotocol(SUBPROTOCOL)
