"""How a matter is put into words: every telling in its own, the facts the same. Knows no field names."""

from random import Random
from typing import Final

from casework.county import County
from casework.vocabulary import Feed
from feeds.simulator.draw import happens, pick
from feeds.simulator.matter import Matter, Telling
from feeds.simulator.scenery import identity_number, phone, plate
from feeds.simulator.settings import Settings

DETAIL_CHANCE: Final = 0.5
PRIVATE_CHANCE: Final = 0.05
PLATE_CHANCE: Final = 0.45


class Wording:
    """Fills the settings' sentences; every choice is drawn from the generator it is given."""

    def __init__(self, county: County, settings: Settings) -> None:
        self._division = county.division
        self._words = settings.words
        self._details = settings.details
        self._results = settings.frames.results
        self._frames = {
            Feed.POLICE110: settings.frames.police110,
            Feed.HOTLINE12345: settings.frames.hotline12345,
            Feed.GRID: settings.frames.grid,
        }

    def title(self, rng: Random, matter: Matter) -> str:
        return pick(rng, matter.theme.titles).format_map(matter.slots)

    def content(self, rng: Random, matter: Matter, telling: Telling) -> str:
        """A telling's text: another wording of the trouble than the telling before it."""
        troubles = matter.theme.troubles
        trouble = troubles[(int(matter.lot * 9973) + telling.number) % len(troubles)]
        return pick(rng, self._frames[telling.feed]).format(
            trouble=trouble.format_map(matter.slots),
            detail=self._detail(rng, matter, telling),
            ask=pick(rng, matter.theme.asks).format_map(matter.slots),
            name=telling.caller.name,
        )

    def _detail(self, rng: Random, matter: Matter, telling: Telling) -> str:
        if happens(rng, PRIVATE_CHANCE):
            return self._private(rng, self._details.private, telling)
        if matter.theme.plate and happens(rng, PLATE_CHANCE):
            return self._private(rng, self._details.plate, telling)
        if matter.theme.kind == "consult" or not happens(rng, DETAIL_CHANCE):
            return ""
        return pick(rng, self._details.dispute if matter.theme.kind == "dispute" else self._details.other)

    def _private(self, rng: Random, sentences: tuple[str, ...], telling: Telling) -> str:
        return pick(rng, sentences).format(
            name=telling.caller.name,
            other=f"{pick(rng, self._words.surnames)}某",
            phone=phone(rng),
            idno=identity_number(rng, self._division),
            plate=plate(rng),
        )

    def result(self, rng: Random, matter: Matter, unit: str, *, again: bool) -> str:
        if matter.unreasonable:
            return pick(rng, self._words.unreasonable)
        result = pick(rng, matter.theme.results).format_map(matter.slots)
        told = pick(rng, self._results).format(unit=unit, result=result)
        return pick(rng, self._words.redo_results).format(result=told.rstrip("。")) if again else told

    def back_reason(self, rng: Random, other: str) -> str:
        return pick(rng, self._words.back_reasons).format(other=other)

    def delay_reason(self, rng: Random) -> str:
        return pick(rng, self._words.delay_reasons)

    def decline_reason(self, rng: Random) -> str:
        return pick(rng, self._words.decline_reasons)

    def channel(self, rng: Random, feed: Feed) -> str:
        return pick(rng, self._words.sources_grid if feed is Feed.GRID else self._words.sources_hotline)

    def grid_worker(self, grid: str) -> tuple[str, str]:
        """The name and phone of a grid's worker, always the same."""
        number = int(grid[-8:])
        surnames, given = self._words.surnames, self._words.given
        name = surnames[number * 7 % len(surnames)] + given[number * 13 % len(given)] + given[number * 29 % len(given)]
        return name, f"19901{number % 1_000_000:06d}"
