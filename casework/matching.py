"""One matter, one case (一案一码): which reports to compare, and what the comparison says. Pure; knows no index and no clock.

Whoever keeps the index stores each report's `keys` and, for a new report, reads the newest `newest_of_a_key` reports under
each of its own keys, orders them with `most_promising` and compares no more than `most_candidates`: the cost of one report is
bounded whatever has piled up under a key. In a flood (ten thousand reports of one power cut) the newest under a key are as
good as any other, for they are in the same case already; what is not part of it is found by phone, by address, or by the
corner's key of its own category.

Of one case only `most_of_a_case` reports are compared, its first among them. They speak for it (`of_case`): a report about
another place than one of them does not join the case by itself, however much it is like the next. So complaints written from
one template do not make a chain of places.
"""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, TypeVar

from casework.likeness import Features, Likeness, Traits, Weights, likeness, most_points, pieces
from casework.places import EARTH_METRES, NOWHERE, Kind, PlaceWords, Spot, runs
from casework.vocabulary import Category

CELL_METRES: Final = 200
"""The side of a cell. Two points within it share a corner of their cells; no two that share one are 600 m apart."""
BEGINNING: Final = 40
"""Characters in which a text without a title is expected to say where."""
DEGREE: Final = math.radians(1) * EARTH_METRES
RANKS: Final = {"r": 64.0, "p": 32.0, "a": 16.0, "n": 8.0, "k": 4.0, "c": 1.0, "w": 1.0}
"""What it is worth to share a key, by its first letter: report, phone, address, name, corner and category, corner, wording."""
T = TypeVar("T", bound=Hashable)


class Verdict(StrEnum):
    """What is done about two reports."""

    LINK = "link"  # one matter: the report joins the other's case by itself
    SUGGEST = "suggest"  # perhaps: a person is asked
    APART = "apart"


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """One version of when reports are one matter. Scores from `link` on join, those from `suggest` on are shown.

    Reports further apart in time than `within` are not compared.
    """

    version: str
    effective_from: date
    link: float
    suggest: float
    newest_of_a_key: int
    most_candidates: int
    most_of_a_case: int
    within: timedelta
    weights: Weights
    places: PlaceWords

    def compare(self, one: Traits, other: Traits) -> Likeness | None:
        """How alike two reports are; `None` where a glance shows that it can't be enough to suggest them."""
        if most_points(one, other, self.weights) < math.log(self.suggest / (1 - self.suggest)):
            return None
        return likeness(one, other, self.weights)

    def verdict(self, found: Likeness) -> Verdict:
        """Nothing is linked unasked without a place or a phone in common. Two places are apart by their score: `config` refuses
        weights that could outweigh them."""
        if found.linked:
            return Verdict.LINK
        if found.score < self.suggest:
            return Verdict.APART
        return Verdict.LINK if found.score >= self.link and found.anchored else Verdict.SUGGEST

    def of_case(self, found: Sequence[Likeness]) -> Verdict:
        """What is done about a report and a case, by the reports that speak for it; at least one."""
        best = max(found, key=lambda each: each.score)
        verdict = self.verdict(best)
        if verdict is Verdict.LINK and not best.linked and any(each.elsewhere for each in found):
            return Verdict.SUGGEST
        return verdict

    def traits(self, features: Features) -> Traits:
        """Features made ready. Without an address the place is looked for in the title, then in the text's beginning."""
        spot = self.places.read(features.place)
        if not features.place:
            spot = self._in_words(features)
        title = pieces(features.title)
        return Traits(features, spot, title, title | pieces(features.text))

    def _in_words(self, features: Features) -> Spot:
        said = frozenset(runs(features.title or features.text[:BEGINNING]))
        for words in (features.title, features.text[:BEGINNING]):
            spot = self.places.read(words)
            if spot.told:
                return spot._replace(text="", runs=said)
        return NOWHERE._replace(runs=said)


def keys(traits: Traits) -> frozenset[str]:
    """Under what a report is kept and looked for. Reports that share none are never compared.

    r: itself and what it names; p: phones; a: the address; n: names of places in their township; k, c: the corners of the
    cell of its coordinates, with and without its category; w: runs of the title's characters, where neither coordinates nor an
    address is told.
    """
    features, spot = traits.features, traits.spot
    found = {f"r{key}" for key in (features.key, *features.links)}
    found.update(f"p{phone.hex()}" for phone in features.phones)
    if spot.tells_enough:
        found.add(f"a{_short(spot.text)}")
    found.update(f"n{features.township or ''}{name}" for name in _names(spot))
    if features.lon is not None and features.lat is not None:
        for corner in _corners(features.lon, features.lat):
            found.add(f"c{corner}")
            if features.category is not Category.OTHER:
                found.add(f"k{corner}{features.category}")
    else:
        found.update(f"w{run}" for run in spot.runs)
    return frozenset(found)


def key_number(key: str) -> int:
    """A key as an index keeps it: 63 bits of its hash, so that no index tells a place."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1


def most_promising(shared: Mapping[T, Collection[str]], most: int) -> list[T]:
    """Of candidates with the keys they share (newest first), those worth comparing: the most telling keys first."""
    return sorted(shared, key=lambda candidate: -sum(RANKS[key[0]] for key in shared[candidate]))[:most]


def _names(spot: Spot) -> set[str]:
    """Names of estates and bodies, and of villages with their groups; of villages and roads only where nothing is finer."""
    fine = {name.tail for kind in (Kind.AREA, Kind.BODY) for name in spot.names.get(kind, ())}
    groups = spot.numbers.get(Kind.GROUP, ())
    fine.update(f"{name.tail}{group}" for name in spot.names.get(Kind.VILLAGE, ()) for group in groups)
    if fine:
        return fine
    return {name.tail for kind in (Kind.VILLAGE, Kind.ROAD) for name in spot.names.get(kind, ())}


def _corners(lon: float, lat: float) -> list[str]:
    """The four corners of the cell a point lies in, so that neighbours over a border share at least one.

    A band of latitudes has cells of its own width in degrees, so that they are square everywhere.
    """
    north = lat * DEGREE / CELL_METRES
    row = math.floor(north)
    found: list[str] = []
    for upper in (row, row + 1):
        across = DEGREE * math.cos(math.radians(upper * CELL_METRES / DEGREE)) / CELL_METRES
        column = math.floor(lon * across)
        found.extend(f"{upper}:{each}" for each in (column, column + 1))
    return found


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()
