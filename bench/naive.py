"""The baseline: the same protocol, translators and recorder, but every event is a transaction of its own, one after the other.

It is what one writes first: receive, write, commit, acknowledge. The socket is read again when that is done.
"""

import asyncio
import gc
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

import run
from config.settings import load_settings
from db.database import Database
from db.inbox import Recorder
from db.message import Message
from feeds.protocol import SUBPROTOCOL, FrameReader, acknowledgement, greeting
from feeds.server import PREFIX


@dataclass(frozen=True, slots=True)
class Naive:
    """Everything the naive ingester needs; `readers` by path."""

    database: Database
    recorder: Recorder
    readers: dict[str, FrameReader]

    async def receive(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        reader = self.readers[connection.request.path]
        with suppress(ConnectionClosed):
            await connection.send(greeting(None))
            while True:
                frame = await connection.recv(decode=False)
                for message, _ in reader.read(frame, datetime.now(UTC)):
                    self.write(message)
                    await connection.send(acknowledgement(message.sequence or 0))

    def write(self, message: Message) -> None:
        with self.database.write() as session:
            self.recorder.record(session, [message])


async def listen(naive: Naive, port: int) -> None:
    async with serve(
        naive.receive, "127.0.0.1", port, compression=None, subprotocols=[Subprotocol(SUBPROTOCOL)]
    ) as server:
        await server.serve_forever()


def main(port: int) -> None:
    run.settle_in()
    gc.freeze()
    parts = run.Parts(load_settings())
    readers = {f"{PREFIX}{feed}": reader for feed, reader in parts.readers.items()}
    asyncio.run(listen(Naive(parts.ready(), parts.recorder, readers), port))


if __name__ == "__main__":
    main(int(sys.argv[1]))
