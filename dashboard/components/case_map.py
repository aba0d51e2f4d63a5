"""Where a case lies, no finer than its village: the county's map with its township marked and a point for the village."""

from collections.abc import Sequence
from typing import NamedTuple

from casework.county import County, Point, Village
from dashboard.components.county_map import UNITS, CountyMap, depth

LEAST = 3  # places that tell how degrees lie on the map


class Mark(NamedTuple):
    """`township`: its number in the map's order; `at`: in the map's units, `None` where the village is not known."""

    township: int
    at: tuple[int, int] | None


def mark_of(county: County, drawn: CountyMap, township: str | None, village: str | None) -> Mark | None:
    """`None` where the county does not know the township."""
    number = next((number for number, each in enumerate(county.townships) if each.code == township), None)
    if number is None:
        return None
    found = county.village(village)
    if found is None or found.township != township:
        return Mark(number, None)
    return Mark(number, _on_map(county, drawn, number, found))


def _on_map(county: County, drawn: CountyMap, number: int, village: Village) -> tuple[int, int]:
    """The village's place beside its township's label, as far from it as the county's own degrees say; never outside."""
    township, place = county.townships[number], drawn["places"][number]
    across, down = (
        _scale([(each.lon, at["label"][0]) for each, at in zip(county.townships, drawn["places"], strict=True)]),
        _scale([(each.lat, at["label"][1]) for each, at in zip(county.townships, drawn["places"], strict=True)]),
    )
    x, y = place["label"]
    away = ((village.lon - township.lon) * across, (village.lat - township.lat) * down)
    for share in (1.0, 0.75, 0.5, 0.25):
        at = (x + away[0] * share, y + away[1] * share)
        if _inside(at, township.outline, place["label"], place["room"]):
            return round(at[0]), round(at[1])
    return x, y


def _scale(pairs: Sequence[tuple[float, int]]) -> float:
    """Units of the map for a degree, by least squares; 0 where too few places tell it."""
    if len(pairs) < LEAST:
        return 0.0
    middle = sum(degree for degree, _ in pairs) / len(pairs)
    spread = sum((degree - middle) ** 2 for degree, _ in pairs)
    return sum((degree - middle) * unit for degree, unit in pairs) / spread if spread else 0.0


def _inside(at: Point, outline: Sequence[Sequence[Point]], label: Point, room: int) -> bool:
    if outline:
        return depth((at[0] / UNITS, at[1] / UNITS), [tuple(ring) for ring in outline]) > 0
    return max(abs(at[0] - label[0]), abs(at[1] - label[1])) < room
