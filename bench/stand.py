"""The stand the parts are measured on: the options, the demo world, the sender's process, and counties with a history."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bench import sender
from bench.installation import Ground, Installation, Kind
from bench.workload import Frame, demo_world, frames, history
from feeds.simulator.world import Version, World


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured. `seconds` is the length of every timed part."""

    events: int = 30_000
    naive_events: int = 1_000
    rounds: int = 3
    seconds: float = 20.0


@dataclass
class Stand:
    """`say` tells a waiting person what is being done; `at` is the instant the county's history ends."""

    options: Options
    ground: Ground
    sender: Executor
    at: datetime
    say: Callable[[str], None]
    _counties: dict[Kind, Installation] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        return demo_world()

    @cached_property
    def history(self) -> list[Version]:
        self.say("making a county's history")
        return history(self.world, self.at)

    def frames(self, versions: list[Version]) -> list[Frame]:
        return frames(versions, self.world.county.slug)

    def burst(self, installation: Installation, events: list[Frame]) -> float:
        """Seconds from the first frame to the last acknowledgement."""
        return self.sender.submit(sender.burst, installation.centre, events).result()

    def county(self, kind: Kind) -> Installation:
        """An installation with three months behind it; made once, for all parts that only add to it."""
        if kind not in self._counties:
            installation = self.ground.new(kind)
            events = self.frames(self.history)
            self.say(f"{kind}: receiving {len(events):,} events of history")
            with installation.ingesting():
                self.burst(installation, events)
            installation.check(self.history)
            installation.settle()
            self._counties[kind] = installation
        return self._counties[kind]
