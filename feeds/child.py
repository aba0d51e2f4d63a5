"""A process of our own beside the ingester: it knows one socket, to its parent, is told everything over it, and ends with it.

Values travel pickled, each after its length. Whoever stops the ingester stops its children with it: a child minds no signal
of a terminal, only that its parent is gone.
"""

import asyncio
import gc
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase, BufferedRWPair
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
LENGTH: Final = struct.Struct("!I")


class Child:
    """A child as its parent sees it."""

    def __init__(self, process: Process, reader: StreamReader, writer: StreamWriter) -> None:
        self.pid = process.pid
        self._process = process
        self._reader = reader
        self._writer = writer

    def tell(self, value: Any) -> None:
        self._writer.write(block(value))

    async def answer(self) -> Any:
        """What the child says next; `EOFError` when it is gone."""
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            return pickle.loads(await self._reader.readexactly(length))  # noqa: S301 - our own child's
        except (IncompleteReadError, OSError):
            raise EOFError from None

    async def end(self, patience: float = 0.0) -> int:
        """Let the child know that it is over, kill it after `patience` seconds, and give back how it ended."""
        self._writer.close()
        try:
            async with asyncio.timeout(patience):
                return await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
        return await self._process.wait()


async def start(module: str) -> Child:
    """Start `python -m module`, which must call `parent()` first of all."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, cwd=ROOT
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    return Child(process, reader, writer)


@contextmanager
def parent() -> Iterator[BufferedRWPair]:
    """The child's side: the stream to its parent, until that one is gone."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_IGN)
    gc.set_threshold(100_000, 50, 50)  # `run.py` says why
    gc.freeze()
    with (
        suppress(EOFError, OSError),  # also of closing the stream, which tries once more to write what is left
        socket.socket(fileno=os.dup(sys.stdin.fileno())) as connection,
        connection.makefile("rwb") as stream,
    ):
        yield stream


def block(value: Any) -> bytes:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(content)) + content


def next_block(stream: BufferedIOBase) -> Any:
    """What the parent says next; `EOFError` when it is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)  # noqa: S301 - our own parent's
