"""Reads frames in a process of its own beside the ingester: decoding, translating, scrubbing and sealing, in order.

That is half of an event's work and touches no database, so it belongs on another core than the writing. The child knows
no socket but the one to its parent, and ends with it. When it dies it is started again and asked again; a frame it died
of twice is not read a third time but becomes a dead letter.
"""

import asyncio
import gc
import logging
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Final

from feeds.protocol import FrameReader, Read

ROOT: Final = Path(__file__).resolve().parent.parent
LENGTH: Final = struct.Struct("!I")
DEATHS_OF_ONE_FRAME: Final = 2
RESTART_SECONDS: Final = 0.2

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    """A frame that is being read."""

    feed: str
    frame: bytes
    at: datetime
    binary: bool
    answer: asyncio.Future[list[Read]]
    deaths: int = 0

    def block(self) -> bytes:
        return _block((self.feed, self.frame, self.at, self.binary))


class Reading:
    """The reading process as the ingester sees it. `readers` by feed; `process` is its id while it runs."""

    def __init__(self, readers: Mapping[str, FrameReader]) -> None:
        self._readers = dict(readers)
        self._asked: deque[_Asked] = deque()
        self._to_child: StreamWriter | None = None
        self.process: int | None = None
        self._began = False

    def read(self, feed: str, frame: bytes, at: datetime, *, binary: bool) -> asyncio.Future[list[Read]]:
        """What the frame carries, once it is read; frames are read in the order they are asked for."""
        asked = _Asked(feed, frame, at, binary, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._to_child is not None:
            self._to_child.write(asked.block())
        return asked.answer

    async def run(self) -> None:
        """Keep a child reading until cancelled; nobody will answer then what was still asked."""
        try:
            while True:
                code = await self._run_child()
                log.error("the reading process ended with %s and is started again", code)
                self._give_up_on_deadly()
                await asyncio.sleep(RESTART_SECONDS)
        finally:
            for asked in self._asked:
                asked.answer.cancel()

    async def _run_child(self) -> int:
        """Start a child, ask it what is still to be read, and take its answers until it ends."""
        ours, theirs = socket.socketpair()
        with theirs:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, cwd=ROOT
            )
        from_child, to_child = await asyncio.open_connection(sock=ours)
        try:
            to_child.write(_block(self._readers))
            for asked in self._asked:
                to_child.write(asked.block())
            self._to_child, self.process, self._began = to_child, child.pid, False
            await self._take_answers(from_child)
        finally:
            self._to_child = self.process = None
            to_child.close()
            with suppress(ProcessLookupError):
                child.kill()  # it has nothing to lose
            code = await child.wait()
        return code

    async def _take_answers(self, from_child: StreamReader) -> None:
        try:
            while True:
                (length,) = LENGTH.unpack(await from_child.readexactly(LENGTH.size))
                items: list[Read] | None = pickle.loads(await from_child.readexactly(length))  # noqa: S301 - our child's
                if items is None:
                    self._began = True
                    continue
                answer = self._asked.popleft().answer
                if not answer.done():
                    answer.set_result(items)
        except (IncompleteReadError, OSError):
            return

    def _give_up_on_deadly(self) -> None:
        """A child that never began died of something else than what it was asked."""
        if not self._asked or not self._began:
            return
        first = self._asked[0]
        first.deaths += 1
        if first.deaths == DEATHS_OF_ONE_FRAME:
            self._asked.popleft()
            if not first.answer.done():
                reason = "frame: reading it ended the reading process"
                first.answer.set_result(self._readers[first.feed].refuse(first.frame, first.at, reason))


def _block(value: Any) -> bytes:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(content)) + content


def _next_block(stream: BufferedIOBase) -> Any:
    """What the parent says next; `EOFError` when it is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)  # noqa: S301 - our own parent's


def main() -> None:
    """Answer the parent until it is gone. Whoever stops the ingester stops this with it, and not the other way round."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    gc.set_threshold(100_000, 50, 50)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as parent, parent.makefile("rwb") as stream:
        try:
            readers: dict[str, FrameReader] = _next_block(stream)
            stream.write(_block(None))  # ready
            stream.flush()
            while True:
                feed, frame, at, binary = _next_block(stream)
                stream.write(_block(readers[feed].read(frame, at, binary=binary)))
                stream.flush()
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    main()
