"""Where things happen and who speaks: places of the county by weight, addresses, names. Knows no feed and no clock."""

from collections.abc import Mapping
from itertools import accumulate
from random import Random
from typing import Final

from casework.county import County, Township, Village
from feeds.simulator.draw import happens, pick, pick_weighed
from feeds.simulator.matter import Persona, Place
from feeds.simulator.settings import Settings, TownshipPace, Where

ESTATES_A_VILLAGE: Final = 3
SPREAD_URBAN: Final = 0.0025
SPREAD_RURAL: Final = 0.006
ESTATE_SHARE: Final = 0.72
SPOKEN_NUMBERS: Final = "零一二三四五六七八九十"


class Scenery:
    """The county's places, ready to be drawn from."""

    def __init__(self, county: County, settings: Settings) -> None:
        self._county = county
        self._words = settings.words
        self._names = settings.places
        self._townships = {each.code: each for each in county.townships}
        self._order = {village.code: index for index, village in enumerate(county.villages)}
        self._drawing: dict[Where, tuple[tuple[Village, ...], tuple[float, ...]]] = {
            "urban": _weighed([each for each in county.villages if each.urban], settings.pace),
            "rural": _weighed([each for each in county.villages if not each.urban], settings.pace),
            "any": _weighed(county.villages, settings.pace),
        }

    def village(self, rng: Random, where: Where) -> Village:
        villages, weights = self._drawing[where]
        return pick_weighed(rng, villages, weights)

    def villages(self, rng: Random, where: Where, count: int) -> list[Village]:
        """Several villages of one neighbourhood: the nearest to one that was drawn."""
        heart = self.village(rng, where)
        all_of_kind = self._drawing[where][0]
        return sorted(all_of_kind, key=lambda each: (each.lon - heart.lon) ** 2 + (each.lat - heart.lat) ** 2)[:count]

    def place(self, rng: Random, village: Village) -> Place:
        township = self._townships[village.township]
        spot, address = (self._urban if village.urban else self._rural)(rng, township, village)
        spread = SPREAD_URBAN if village.urban else SPREAD_RURAL
        lon = village.lon + rng.uniform(-spread, spread)
        return Place(township, village, spot, address, lon, village.lat + rng.uniform(-spread, spread))

    def slots(self, rng: Random, place: Place) -> dict[str, str]:
        """The variable parts of a text, the same for every telling of one matter."""
        local = self._order[place.village.code]
        return {
            "place": place.spot,
            "village": place.village.name,
            "road": _near(self._names.roads, local, rng),
            "shop": _near(self._names.shops, local, rng),
            "site": _near(self._names.sites, local, rng),
            "school": _near(self._names.schools, local, rng),
            "months": SPOKEN_NUMBERS[2 + int(rng.random() * 6)],
            "days": SPOKEN_NUMBERS[2 + int(rng.random() * 8)],
            "money": str(2 + int(rng.random() * 30)),
        }

    def persona(self, rng: Random) -> Persona:
        surnames, given = self._words.surnames, self._words.given
        name = surnames[int(rng.random() * len(surnames))] + given[int(rng.random() * len(given))]
        if happens(rng, 0.55):
            name += given[int(rng.random() * len(given))]
        return Persona(name, phone(rng))

    def _urban(self, rng: Random, township: Township, village: Village) -> tuple[str, str]:
        local = self._order[village.code]
        estate, road = _near(self._names.estates, local, rng), _near(self._names.roads, local, rng)
        front = f"{self._county.name}{township.name}"
        number = 1 + int(rng.random() * 180)
        if happens(rng, ESTATE_SHARE):
            spot = f"{village.name}{estate}"
            return spot, f"{front}{road}{number}号{estate}{1 + number % 18}号楼{1 + number % 4}单元"
        shop = _near(self._names.shops, local, rng)
        return f"{road}{village.name}段", f"{front}{village.name}{road}{number}号{shop}旁"

    def _rural(self, rng: Random, township: Township, village: Village) -> tuple[str, str]:
        group = SPOKEN_NUMBERS[1 + int(rng.random() * 8)]
        spot = village.name + pick(rng, self._names.rural).format(group=group)
        house = f"{1 + int(rng.random() * 90)}号" if spot.endswith("组") else ""
        return spot, f"{self._county.name}{township.name}{spot}{house}"


def phone(rng: Random) -> str:
    """Eleven digits that look like a mobile phone; 19900 is given to nobody here."""
    return f"19900{int(rng.random() * 1_000_000):06d}"


def identity_number(rng: Random, division: str) -> str:
    """Eighteen characters in the form of an ID number, of a division that doesn't exist."""
    year, month, day = 1950 + int(rng.random() * 55), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28)
    return f"{division}{year}{month:02d}{day:02d}{int(rng.random() * 1000):03d}{'0123456789X'[int(rng.random() * 11)]}"


def plate(rng: Random) -> str:
    """A number plate of a series that was never issued."""
    return f"陕Z{'ABCDEFGHJK'[int(rng.random() * 10)]}{int(rng.random() * 10_000):04d}"


def _weighed(
    villages: list[Village] | tuple[Village, ...], pace: Mapping[str, TownshipPace]
) -> tuple[tuple[Village, ...], tuple[float, ...]]:
    usual = TownshipPace()
    weights = accumulate(each.grids * pace.get(each.township, usual).share for each in villages)
    return tuple(villages), tuple(weights)


def _near(names: tuple[str, ...], local: int, rng: Random) -> str:
    """One of the few names a village has of a kind, so that the same corner turns up again and again."""
    return names[(local * 5 + int(rng.random() * ESTATES_A_VILLAGE)) % len(names)]
