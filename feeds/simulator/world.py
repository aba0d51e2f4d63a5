"""The simulated county over all time: any window of any feed's versions, from nothing but county, settings and seed.

Nothing is remembered between calls but a cache of days, so a source can be stopped, restarted and asked again for the
same window. Sequences are emission instants in epoch microseconds; the part below a second is each story's own slot,
which is what makes them strictly rising. World 1 is played at normal pace. At pace X, worlds 2..X are played on top,
their stories over within hours, so that every time in every record stays a real instant that has passed.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import chain, islice
from math import ceil
from operator import attrgetter
from typing import Final, NamedTuple

from casework.county import County
from casework.vocabulary import Feed
from feeds.simulator import grid, hotline12345, police110
from feeds.simulator.instants import DAY, MICRO, instant_of, local_day, sequence_at
from feeds.simulator.matter import Matter
from feeds.simulator.plan import Planner
from feeds.simulator.settings import Settings
from feeds.simulator.story import Record, Story, Storyteller

STYLES: Final = {Feed.POLICE110: police110.STYLE, Feed.HOTLINE12345: hotline12345.STYLE, Feed.GRID: grid.STYLE}
# How many days after a matter's own its last version may still come: a retelling after 2, its story after 40 more.
REACH_NORMAL: Final = 43
REACH_HURRIED: Final = 1
# How many days after a matter's own somebody may still tell it for the first time.
RETOLD_WITHIN: Final = 3
STORIES_A_DAY: Final = 1000
SLOTS: Final = 1_000_000
# A number without a common factor with SLOTS: spreads neighbouring stories over the second.
SPREAD: Final = 618_033
HURRIED_FIRST_SLOT: Final = (REACH_NORMAL + 2) * STORIES_A_DAY
FASTEST: Final = 400
SLICE_SECONDS: Final = DAY
DAYS_KEPT: Final = 3 * (REACH_NORMAL + 5)
HURRIED_DAYS_KEPT: Final = 3 * 200


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record, as sent. `number` counts the record's versions from 0."""

    feed: Feed
    source_id: str
    at: datetime
    sequence: int
    number: int
    record: Record


class Emission(NamedTuple):
    """A version not yet written out; sorts by sequence, which no two of a feed share."""

    sequence: int
    number: int
    story: Story

    def version(self) -> Version:
        told = self.story.case.telling
        at, record = instant_of(self.sequence), self.story.record(self.number)
        return Version(told.feed, told.source_id, at, self.sequence, self.number, record)


@dataclass(frozen=True, slots=True)
class Placed:
    """A story with its own place, in microseconds, within every second it is told at."""

    story: Story
    slot: int

    def emission(self, number: int) -> Emission:
        return Emission(self.story.seconds[number] * MICRO + self.slot, number, self.story)

    def emissions(self) -> Iterator[Emission]:
        return (self.emission(number) for number in range(len(self.story.seconds)))

    def first_sequence(self) -> int:
        return self.story.seconds[0] * MICRO + self.slot

    def told_until(self, end: int) -> int:
        """How many versions there are up to the sequence `end`."""
        return bisect_right(self.story.seconds, (end - self.slot) // MICRO)


class Chronicle:
    """One feed's stories of one day of one world; put in order of time when first asked for a window."""

    def __init__(self, stories: tuple[Placed, ...]) -> None:
        self.stories = stories

    def between(self, after: int, until: int) -> tuple[Emission, ...]:
        """Emissions with `after < sequence <= until`."""
        sequences, emissions = self._in_order
        return emissions[bisect_right(sequences, after) : bisect_right(sequences, until)]

    @cached_property
    def _in_order(self) -> tuple[tuple[int, ...], tuple[Emission, ...]]:
        emissions = tuple(sorted(chain.from_iterable(placed.emissions() for placed in self.stories)))
        return tuple(emission.sequence for emission in emissions), emissions


class World:
    """All three sources of a county. Safe to share between feeds and threads."""

    def __init__(self, county: County, settings: Settings, seed: int) -> None:
        self.county = county
        self.settings = settings
        self._planner = Planner(county, settings, seed)
        self._teller = Storyteller(county, settings, STYLES)
        self._matters = lru_cache(DAYS_KEPT + HURRIED_DAYS_KEPT)(self._planner.matters)
        self._normal = lru_cache(DAYS_KEPT)(self._chronicle)
        self._hurried = lru_cache(HURRIED_DAYS_KEPT)(self._chronicle)

    def versions(self, feed: Feed, after: datetime, until: datetime, pace: float = 1.0) -> Iterator[Version]:
        """Every version with `after < at <= until`, in emission order."""
        begin, end = sequence_at(after), sequence_at(until)
        while begin < end:
            stop = min(end, begin + SLICE_SECONDS * MICRO)
            found = list(chain.from_iterable(self._emissions(feed, begin, stop, pace)))
            found.sort()
            yield from (emission.version() for emission in found)
            begin = stop

    def snapshot(
        self, feed: Feed, start: datetime, at: datetime, pace: float = 1.0, *, heard_until: datetime | None = None
    ) -> Iterator[Version]:
        """What a first connect at `at` is sent of the records first heard of from `start` on, in emission order.

        Each record's newest version, and where a unit gave it back or it was redone also the version just before.
        """
        begin, end = sequence_at(start), sequence_at(at)
        last = min(end, sequence_at(heard_until or at))
        found: list[Version] = []
        for world, share in _worlds(pace):
            for day in _days(begin // MICRO - RETOLD_WITHIN * DAY, last // MICRO):
                for placed in self._chronicle(feed, world, day).stories:
                    if begin <= placed.first_sequence() <= last and placed.story.lot < share:
                        found.extend(emission.version() for emission in _condensed(placed, end))
        found.sort(key=attrgetter("sequence"))
        return iter(found)

    def truth(self, start: datetime, until: datetime, pace: float = 1.0) -> list[frozenset[tuple[Feed, str]]]:
        """Which records are one matter: a group for every matter that began in the window, also those told once."""
        begin, end = sequence_at(start) // MICRO, sequence_at(until) // MICRO
        return [
            frozenset((telling.feed, telling.source_id) for telling in matter.tellings)
            for world, share in _worlds(pace)
            for day in _days(begin, end)
            for matter in self._matters(day, world)
            if begin < matter.tellings[0].at <= end and matter.lot < share
        ]

    def matters(self, day: date, world: int = 1) -> tuple[Matter, ...]:
        """What really happens on a local day of a world."""
        return self._matters(day, world)

    def _emissions(self, feed: Feed, begin: int, end: int, pace: float) -> Iterator[Iterator[Emission]]:
        for world, share in _worlds(pace):
            reach = REACH_NORMAL if world == 1 else REACH_HURRIED
            for day in _days(begin // MICRO - reach * DAY, end // MICRO):
                found = self._day(feed, world, day).between(begin, end)
                yield (emission for emission in found if emission.story.lot < share)

    def _day(self, feed: Feed, world: int, day: date) -> Chronicle:
        return self._normal(feed, world, day) if world == 1 else self._hurried(feed, world, day)

    def _chronicle(self, feed: Feed, world: int, day: date) -> Chronicle:
        stories = islice(self._stories(feed, world, day), STORIES_A_DAY)
        return Chronicle(tuple(Placed(story, _slot(world, day, index)) for index, story in enumerate(stories)))

    def _stories(self, feed: Feed, world: int, day: date) -> Iterator[Story]:
        for matter in self._matters(day, world):
            for telling in matter.tellings:
                if telling.feed is feed:
                    yield self._teller.tell(matter, telling, hurried=world > 1)


def _worlds(pace: float) -> Iterator[tuple[int, float]]:
    """The worlds a pace plays and which share of each."""
    if not 0 < pace <= FASTEST:
        raise ValueError(f"pace must be above 0 and at most {FASTEST}, not {pace}")
    for world in range(1, ceil(pace) + 1):
        yield world, min(1.0, pace - (world - 1))


def _days(first: int, last: int) -> Iterator[date]:
    """The local days from one epoch second's to another's."""
    day, end = local_day(first), local_day(last)
    while day <= end:
        yield day
        day += timedelta(days=1)


def _slot(world: int, day: date, index: int) -> int:
    """A story's own microsecond within every second, shared with no story that can be alive at the same time."""
    if world == 1:
        place = day.toordinal() % (REACH_NORMAL + 2) * STORIES_A_DAY + index
    else:
        place = HURRIED_FIRST_SLOT + ((world - 2) * 2 + day.toordinal() % 2) * STORIES_A_DAY + index
    return place * SPREAD % SLOTS


def _condensed(placed: Placed, end: int) -> Iterator[Emission]:
    """Of one record's versions up to `end`: the last of every holding, and the newest."""
    newest = placed.told_until(end) - 1
    kept = {number - 1 for number in placed.story.breaks if 0 < number <= newest}
    return (placed.emission(number) for number in sorted(kept | {newest}))
