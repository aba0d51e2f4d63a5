"""Reads frames in a process of its own beside the ingester: decoding, translating, scrubbing and sealing, in order.

That is half of an event's work and touches no database, so it belongs on another core than the writing. The child knows
no socket but the one to its parent, and ends with it. When it dies it is started again and asked again; a frame it died
of twice is not read a third time but becomes a dead letter.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from feeds.child import Child, block, next_block, parent, start
from feeds.protocol import FrameReader, Read

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

    def told(self) -> tuple[str, bytes, datetime, bool]:
        return (self.feed, self.frame, self.at, self.binary)


class Reading:
    """The reading process as the ingester sees it, `readers` by feed.

    `process` is its id while it runs; `ready` is set once it reads.
    """

    def __init__(self, readers: Mapping[str, FrameReader]) -> None:
        self._readers = dict(readers)
        self._asked: deque[_Asked] = deque()
        self._child: Child | None = None
        self._began = False
        self.ready = asyncio.Event()

    def read(self, feed: str, frame: bytes, at: datetime, *, binary: bool) -> asyncio.Future[list[Read]]:
        """What the frame carries, once it is read; frames are read in the order they are asked for."""
        asked = _Asked(feed, frame, at, binary, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._child is not None:
            self._child.tell(asked.told())
        return asked.answer

    @property
    def process(self) -> int | None:
        return self._child.pid if self._child is not None else None

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
        child = await start(__name__)
        try:
            child.tell(self._readers)
            for asked in self._asked:
                child.tell(asked.told())
            self._child, self._began = child, False
            await self._take_answers(child)
        finally:
            self._child = None
            self.ready.clear()
            code = await child.end()  # at once: it has nothing to lose
        return code

    async def _take_answers(self, child: Child) -> None:
        while True:
            try:
                items: list[Read] | None = await child.answer()
            except EOFError:
                return
            if items is None:
                self._began = True
                self.ready.set()
                continue
            answer = self._asked.popleft().answer
            if not answer.done():
                answer.set_result(items)

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


def main() -> None:
    """Answer the parent until it is gone."""
    with parent() as stream:
        readers: dict[str, FrameReader] = next_block(stream)
        stream.write(block(None))  # ready
        stream.flush()
        while True:
            feed, frame, at, binary = next_block(stream)
            stream.write(block(readers[feed].read(frame, at, binary=binary)))
            stream.flush()


if __name__ == "__main__":
    main()
