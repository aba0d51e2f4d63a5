"""Dial mode: the centre connects to the source, and goes on connecting for ever."""

import asyncio
import logging
import random
from collections.abc import Callable, Generator
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, NegotiationError
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from feeds.connection import Dialled, Intake, ending, receive
from feeds.protocol import LARGEST_FRAME, PING_SECONDS, SUBPROTOCOL, resume_address

FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 15.0
SHORT_CONNECTION_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


class Dialler(connect):
    """The library's reconnecting client, dialling each time for what comes after the cursor as it is then."""

    def __init__(self, url: str, cursor: Callable[[], int | None], **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self._url = url
        self._cursor = cursor

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A source is where its setting says; a token is not carried elsewhere."""
        return exc

    async def connect(self) -> ClientConnection:
        self.uri = resume_address(self._url, await asyncio.to_thread(self._cursor))
        self.ws_uri = parse_uri(self.uri)
        connection = await super().connect()
        if connection.subprotocol != SUBPROTOCOL:
            await connection.close(1002, "subprotocol cloudevents.json is required")
            raise NegotiationError(f"the source did not agree on subprotocol {SUBPROTOCOL}")
        return connection


async def dial(intake: Intake, url: str, token: str, cursor: Callable[[], int | None]) -> None:
    """Receive from the source at `url` until the feed is lost to another ingester."""

    def not_connected(error: Exception) -> None:
        note = intake.health.refused if _is_refusal(error) else intake.health.reconnecting
        note(_reason(error))

    dialler = Dialler(
        url,
        cursor,
        additional_headers={"Authorization": f"Bearer {token}"},
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        compression=None,
        max_size=LARGEST_FRAME,
        ping_interval=PING_SECONDS,
        ping_timeout=PING_SECONDS,
        process_exception=not_connected,
        reconnect_delays=delays,
        proxy=None,
        create_connection=Dialled,
    )
    pauses = delays()
    async for connection in dialler:
        assert isinstance(connection, Dialled)
        began = asyncio.get_running_loop().time()
        intake.health.connected(intake.clock())
        log.info("feed %s is connected", intake.feed)
        await receive(connection, intake, intake.inlet.restart())
        if intake.inlet.lost.is_set():
            return
        intake.health.reconnecting(ending(connection))
        log.info("feed %s lost its connection: %s", intake.feed, ending(connection))
        if asyncio.get_running_loop().time() - began < SHORT_CONNECTION_SECONDS:
            # The library waits only after a failed attempt: a source that accepts and hangs up must not be hammered.
            await asyncio.sleep(next(pauses))
        else:
            pauses = delays()


def delays() -> Generator[float]:
    """Random exponential: sources that went down together are not dialled together."""
    delay = FIRST_DELAY
    while True:
        yield random.uniform(delay / 2, delay)  # noqa: S311 - spreads load only
        delay = min(2 * delay, LONGEST_DELAY)


def _is_refusal(error: Exception) -> bool:
    refused = isinstance(error, InvalidStatus) and 300 <= error.response.status_code < 500  # noqa: PLR2004 - HTTP
    return refused or isinstance(error, NegotiationError)


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        return f"the source answered HTTP {error.response.status_code}"
    if isinstance(error, NegotiationError):
        return str(error)
    return f"can't connect: {type(error).__name__}"
