"""A table's records as a source that sends them with the table's own timing, faster or slower. Knows no wire and no file."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from casework.vocabulary import Feed
from feeds import mapping
from feeds.simulator.world import Version

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Replay:
    """One feed's versions in the order of their time; a sequence is the place in that order, from 1, in every run.

    `epoch` is the table's first instant over all its feeds: the feeds keep their distance in time.
    """

    feed: Feed
    slug: str
    versions: tuple[Version, ...]
    epoch: datetime
    speed: float
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    beat_seconds: float = 0.05

    async def happenings(self, after: int | None) -> AsyncIterator[list[Version]]:
        """What is due since the connection began, in batches, to the end. Resuming goes on from there, without the wait."""
        place = after or 0
        loop = asyncio.get_running_loop()
        first = self.versions[place].at if place < len(self.versions) else self.epoch
        begun, start = loop.time(), self.epoch if place == 0 else first
        while place < len(self.versions):
            reached = start + timedelta(seconds=(loop.time() - begun) * self.speed)
            due = min(bisect_right(self.versions, reached, key=attrgetter("at")), place + BATCH)
            if due > place:
                yield list(self.versions[place:due])
                place = due
            else:
                await asyncio.sleep(self.beat_seconds)

    def all_acknowledged(self) -> None:
        self.finished.set()


def replays(told: Iterable[mapping.Version], slug: str, speed: float) -> list[Replay]:
    """A script for each feed that the table has records of."""
    ordered = sorted(told, key=lambda version: (version.at, version.source_id))
    scripts = []
    for feed in Feed:
        numbers: dict[str, int] = {}
        versions: list[Version] = []
        for version in ordered:
            if version.feed is feed:
                number = numbers[version.source_id] = numbers.get(version.source_id, -1) + 1
                versions.append(Version(feed, version.source_id, version.at, len(versions) + 1, number, version.record))
        if versions:
            scripts.append(Replay(feed, slug, tuple(versions), ordered[0].at, speed))
    return scripts
