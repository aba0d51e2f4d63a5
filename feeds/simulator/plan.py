"""What happens on one day of one world: its matters and who reports them where. A day knows nothing of other days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from random import Random
from typing import Final

from casework.county import County
from casework.vocabulary import Feed, Urgency
from feeds.simulator.draw import happens, pick, pick_weighed, seeded
from feeds.simulator.instants import DAY, HOUR, MINUTE, local_day, local_midnight
from feeds.simulator.matter import LARGE_GROUP, Matter, Persona, Place, Telling
from feeds.simulator.scenery import Scenery
from feeds.simulator.settings import Burst, Settings, Theme

FEEDS: Final = tuple(Feed)
HOURS: Final = range(24)
SECOND_TELLINGS: Final = 2 * DAY
HURRY: Final = 24
BURST_LENGTH: Final = 2 * HOUR
SEEDS: Final = 1 << 48
ID_LETTERS: Final = {Feed.POLICE110: "", Feed.HOTLINE12345: "YC", Feed.GRID: "WG"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody turns to a feed at an epoch second."""

    feed: Feed
    at: int


@dataclass(frozen=True, slots=True)
class Chance:
    """Themes of one feed in one month, with their cumulated weights."""

    themes: tuple[Theme, ...]
    weights: tuple[float, ...]


class Planner:
    """Draws the matters of a day from a generator seeded by seed, world and local date."""

    def __init__(self, county: County, settings: Settings, seed: int) -> None:
        self._settings = settings
        self._seed = seed
        self._division = county.division
        self._scenery = Scenery(county, settings)
        self._themes = {each.name: each for each in settings.theme}
        self._hours = {feed: tuple(accumulate(settings.hours[feed])) for feed in FEEDS}
        self._chances = {(feed, month): self._chance(feed, month) for feed in FEEDS for month in range(1, 13)}

    def matters(self, day: date, world: int) -> tuple[Matter, ...]:
        """All matters that begin on a local day, the ordinary ones first."""
        rng = seeded(f"{self._seed}/{world}/{day.isoformat()}")
        found: list[Matter] = []
        for feed in FEEDS:
            for _ in range(self._count(rng, feed, day)):
                found.append(self._ordinary(rng, day, world, len(found), feed))
        for burst in self._settings.burst:
            if day.month in burst.months and happens(rng, burst.chance):
                for theme, place, arrivals in self._burst(rng, burst, day):
                    found.append(self._matter(rng, day, world, len(found), theme, place, arrivals))
        return tuple(found)

    def _chance(self, feed: Feed, month: int) -> Chance:
        themes = tuple(t for t in self._settings.theme if not t.months or month in t.months)
        return Chance(themes, tuple(accumulate(theme.weight[feed] for theme in themes)))

    def _count(self, rng: Random, feed: Feed, day: date) -> int:
        """How many matters come by this feed first: a few less than its reports, as some are told more than once."""
        volume = self._settings.volume
        years = (day - volume.growth_from).days / 365
        usual = {Feed.POLICE110: volume.police110, Feed.HOTLINE12345: volume.hotline12345, Feed.GRID: volume.grid}[feed]
        mean = usual * volume.weekday[day.weekday()] * (1 + volume.growth_per_year * years)
        mean /= 1 + volume.repeated * (1 + volume.third)
        return max(0, round(rng.gauss(mean, (1.3 * mean) ** 0.5)))

    def _ordinary(self, rng: Random, day: date, world: int, number: int, feed: Feed) -> Matter:
        chance = self._chances[feed, day.month]
        theme = pick_weighed(rng, chance.themes, chance.weights)
        hour = pick_weighed(rng, HOURS, self._hours[feed])
        first = Arrival(feed, local_midnight(day) + hour * HOUR + int(rng.random() * HOUR))
        place = self._scenery.place(rng, self._scenery.village(rng, theme.where))
        arrivals = [first, *self._retellings(rng, first, theme, world)]
        return self._matter(rng, day, world, number, theme, place, arrivals)

    def _retellings(self, rng: Random, first: Arrival, theme: Theme, world: int) -> Iterator[Arrival]:
        """The same matter told again, mostly soon and elsewhere, at the latest two days later."""
        volume = self._settings.volume
        chance = volume.repeated
        while happens(rng, chance):
            feed = rng.choices(FEEDS, weights=[theme.weight[each] + 1.0 for each in FEEDS])[0]
            wait = int(5 * MINUTE + (SECOND_TELLINGS - 5 * MINUTE) * rng.random() ** 3)
            yield Arrival(feed, first.at + (wait if world == 1 else wait // HURRY))
            chance = volume.third if chance == volume.repeated else 0.0

    def _burst(self, rng: Random, burst: Burst, day: date) -> Iterator[tuple[Theme, Place, list[Arrival]]]:
        """Many reports within two hours: what one village reports of one theme is one matter."""
        start = local_midnight(day) + 6 * HOUR + int(rng.random() * 14 * HOUR)
        villages = self._scenery.villages(rng, self._themes[burst.themes[0]].where, burst.villages)
        shares = tuple(accumulate(burst.shares.get(feed, 0.0) for feed in FEEDS))
        told: dict[tuple[str, str], list[Arrival]] = {}
        for _ in range(rng.randint(burst.smallest, burst.largest)):
            at = start + int(BURST_LENGTH * rng.betavariate(1.4, 3))
            key = (pick(rng, burst.themes), pick(rng, villages).code)
            told.setdefault(key, []).append(Arrival(pick_weighed(rng, FEEDS, shares), at))
        by_code = {village.code: village for village in villages}
        for (theme, village), arrivals in told.items():
            arrivals.sort(key=lambda each: each.at)
            yield self._themes[theme], self._scenery.place(rng, by_code[village]), arrivals

    def _matter(
        self, rng: Random, day: date, world: int, number: int, theme: Theme, place: Place, arrivals: list[Arrival]
    ) -> Matter:
        involved = self._involved(rng, theme)
        slots = self._scenery.slots(rng, place)
        slots["n"] = str(involved)
        return Matter(
            theme=theme,
            place=place,
            slots=slots,
            urgency=_urgency(rng, theme),
            involved=involved,
            hard=happens(rng, theme.hard),
            secret=happens(rng, theme.secret),
            unreasonable=happens(rng, theme.unreasonable),
            lot=rng.random(),
            tellings=tuple(self._tellings(rng, day, world, number, arrivals)),
        )

    def _involved(self, rng: Random, theme: Theme) -> int:
        if happens(rng, theme.group):
            return LARGE_GROUP + int(rng.random() * 40)
        return 2 + int(22 * rng.random() ** 2)

    def _tellings(self, rng: Random, day: date, world: int, number: int, arrivals: list[Arrival]) -> Iterator[Telling]:
        volume = self._settings.volume
        caller = self._scenery.persona(rng)
        earlier: dict[Feed, str] = {}
        for index, arrival in enumerate(arrivals):
            person: Persona = caller
            if index and not happens(rng, volume.same_phone):
                person = self._scenery.persona(rng)
            linked = arrival.feed in earlier and happens(rng, volume.linked)
            source_id = self._source_id(arrival, day, world, number, index)
            kin = earlier[arrival.feed] if linked else ""
            yield Telling(arrival.feed, source_id, arrival.at, index, int(rng.random() * SEEDS), person, kin)
            earlier.setdefault(arrival.feed, source_id)

    def _source_id(self, arrival: Arrival, day: date, world: int, number: int, index: int) -> str:
        """The source's own number: the date it came, how many days after the matter, world, matter and telling."""
        came = local_day(arrival.at)
        head = ID_LETTERS[arrival.feed] or self._division
        date_digits = came.isoformat().replace("-", "")
        return f"{head}{date_digits}{(came - day).days}{world:03d}{number:04d}{index:02d}"


def _urgency(rng: Random, theme: Theme) -> Urgency:
    draw = rng.random()
    if draw < theme.critical:
        return Urgency.CRITICAL
    return Urgency.URGENT if draw < theme.critical + theme.urgent else Urgency.ORDINARY
