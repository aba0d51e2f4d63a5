"""What the simulated county sends on one feed as time passes. Knows the world and a clock handed in; no wire.

`clock` gives the instant up to which things have happened.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from casework.vocabulary import Feed
from feeds.simulator.following import Following
from feeds.simulator.instants import instant_of, sequence_at
from feeds.simulator.world import Version, World

# A long gap is told in pieces, so that the first of it is on its way while the rest is still being written.
PIECE: Final = timedelta(hours=12)
LONGEST_HURRIED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Play:
    """What is played on one feed and how: `beat_seconds` is how often a source looks whether something has happened.

    `following`: what the source was told by its centre, which changes what it tells.
    """

    feed: Feed
    world: World
    clock: Callable[[], datetime]
    pace: float = 1.0
    beat_seconds: float = 0.25
    following: Following | None = None

    @property
    def slug(self) -> str:
        return self.world.county.slug

    async def happenings(self, after: int | None) -> AsyncIterator[list[Version]]:
        """What to send: first what was missed, then what happens, a list whenever there is something."""
        now = self.clock()
        position = sequence_at(now) if after is None else after
        if self.is_far_behind(after, now):
            yield self._followed(await asyncio.to_thread(self.history, after, now))
            position = sequence_at(now)
        while True:
            until = min(self.clock(), instant_of(position) + PIECE)
            found = await asyncio.to_thread(self._window, position, until)
            position = max(position, sequence_at(until))
            if found:
                yield self._followed(found)
            if self.clock() - until < timedelta(seconds=self.beat_seconds):
                await asyncio.sleep(self.beat_seconds)

    def _followed(self, versions: list[Version]) -> list[Version]:
        return versions if self.following is None else self.following.applied(versions)

    def all_acknowledged(self) -> None:
        """A county never ends."""

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

    def _window(self, after: int, until: datetime) -> list[Version]:
        return list(self.world.versions(self.feed, instant_of(after), until, self.pace))
