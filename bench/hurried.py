"""A county whose days pass in seconds: `python -m bench.hurried SPEED BEGUN SINCE serve|play`.

Both programs, handed the same numbers, agree on what time it is; the ingester beside them goes by the machine's clock, for which
all they tell is past.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import run
from bench.clock import Hurried
from bench.workload import demo_world
from casework.vocabulary import Feed
from config.settings import load_settings
from feeds.simulator.instants import sequence_at
from feeds.simulator.play import Play
from feeds.simulator.source import send_live
from feeds.simulator.world import Version, World

BEAT_SECONDS: Final = 0.05


class Life:
    """What one source of the county tells from when the clock was set: what lies before is there already."""

    beat_seconds = BEAT_SECONDS

    def __init__(self, feed: Feed, world: World, clock: Hurried) -> None:
        self._play = Play(feed, world, clock, beat_seconds=BEAT_SECONDS)
        self._begun = sequence_at(datetime.fromtimestamp(clock.begun, UTC))
        self.feed, self.slug = feed, self._play.slug

    def happenings(self, after: int | None) -> AsyncIterator[list[Version]]:
        return self._play.happenings(max(after or 0, self._begun))

    def all_acknowledged(self) -> None:
        """A county never ends."""


async def play(clock: Hurried) -> None:
    """The county's three sources, which connect to the ingester; until cancelled."""
    settings, world = load_settings(), demo_world()
    async with asyncio.TaskGroup() as tasks:
        for feed in Feed:
            url = f"ws://{settings.listen.host}:{settings.listen.port}/feeds/{feed}"
            token = settings.feeds.of(feed).token.get_secret_value()
            tasks.create_task(send_live(Life(feed, world, clock), url=url, token=token))


def main(*arguments: str) -> None:
    *numbers, command = arguments
    clock = Hurried(*map(float, numbers))
    if command == "play":
        asyncio.run(play(clock))
        return
    run.now = clock
    sys.argv = [sys.argv[0], command]
    run.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
