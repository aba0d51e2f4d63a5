"""The county's map as a wall's script draws it: one path and one place for a label per township. Dash has no SVG of its own."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Final, TypedDict

from casework.county import Point, Ring, Township

UNITS: Final = 1000
GAP: Final = 0.02
"""Between two tiles, in tiles."""
ROUNDING: Final = 0.06
"""Radius of a tile's corners, in tiles."""
FIRST_LOOK: Final = 16
"""Columns and rows of the places where a label is tried first."""
CLOSER_LOOKS: Final = 3


class Place(TypedDict):
    """A township: `code` counts from 0 in the county's order, `outline` is SVG path data to be filled by the even-odd rule,
    no border comes nearer to `label` than `room`."""

    township: str
    code: int
    outline: str
    label: tuple[int, int]
    room: int


class CountyMap(TypedDict):
    """Lengths are in units of which the longer side of the box has a thousand, y down; `aspect` is width over height."""

    aspect: float
    places: list[Place]


def county_map(townships: Sequence[Township], aspect: float = 1.0) -> CountyMap:
    """The map of outlines in a box of that aspect (`County.map_aspect`), or of tiles if a township has no outline.

    Under 30 KB of JSON for what `config.outlines` lets through.
    """
    if not all(township.outline for township in townships):
        return _tile_map(townships)
    return CountyMap(
        aspect=round(aspect, 4),
        places=[_place(number, each.name, each.outline) for number, each in enumerate(townships)],
    )


def _place(number: int, name: str, outline: tuple[Ring, ...]) -> Place:
    label, room = innermost(outline)
    path = "".join(_path(ring) for ring in outline)
    return Place(township=name, code=number, outline=path, label=_units(label), room=math.floor(room * UNITS))


def _path(ring: Ring) -> str:
    return "M" + "L".join("{} {}".format(*_units(point)) for point in ring) + "Z"


def _units(point: Point) -> tuple[int, int]:
    return round(point[0] * UNITS), round(point[1] * UNITS)


@cache
def innermost(outline: tuple[Ring, ...]) -> tuple[Point, float]:
    """The place inside that is farthest from every border (pole of inaccessibility), and how far; to about a hundredth of
    the area's size. Looked for on a grid, then on finer ones around the best place found. Costs some milliseconds, so it
    is looked for once for the wall and every page that draws the same county."""
    xs, ys = ([point[axis] for ring in outline for point in ring] for axis in (0, 1))
    centre = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    reach = ((max(xs) - min(xs)) / 2, (max(ys) - min(ys)) / 2)
    best = (-math.inf, centre)
    for look in range(1 + CLOSER_LOOKS):
        steps = FIRST_LOOK if look == 0 else 4
        best = max(best, *((depth(point, outline), point) for point in _grid(centre, reach, steps)))
        centre = best[1]
        reach = (2 * reach[0] / steps, 2 * reach[1] / steps)
    return best[1], best[0]


def _grid(centre: Point, reach: Point, steps: int) -> Iterator[Point]:
    """The middles of `steps` times `steps` cells that fill the box."""
    shares = [(2 * step + 1) / steps - 1 for step in range(steps)]
    for across, down in product(shares, shares):
        yield centre[0] + across * reach[0], centre[1] + down * reach[1]


def depth(point: Point, outline: Sequence[Ring]) -> float:
    """How far a point is from the nearest border; negative outside."""
    nearest, inside = math.inf, False
    x, y = point
    for (x1, y1), (x2, y2) in _edges(outline):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        dx, dy = x2 - x1, y2 - y1
        along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)
        along = min(1.0, max(0.0, along))
        nearest = min(nearest, math.hypot(x - x1 - along * dx, y - y1 - along * dy))
    return nearest if inside else -nearest


def _edges(outline: Iterable[Ring]) -> Iterator[tuple[Point, Point]]:
    for ring in outline:
        yield from ((start, end) for start, end in zip(ring, (*ring[1:], ring[0]), strict=True) if start != end)


def _tile_map(townships: Sequence[Township]) -> CountyMap:
    """Equal squares with round corners at the townships' columns and rows, close together so that they make one shape."""
    left, top = (min(township.tile[axis] for township in townships) for axis in (0, 1))
    columns, rows = (max(each.tile[axis] for each in townships) - least + 1 for axis, least in ((0, left), (1, top)))
    side = UNITS / max(columns, rows)
    return CountyMap(
        aspect=round(columns / rows, 4),
        places=[
            _tile(number, each.name, (each.tile[0] - left) * side, (each.tile[1] - top) * side, side)
            for number, each in enumerate(townships)
        ],
    )


def _tile(number: int, name: str, x: float, y: float, side: float) -> Place:
    gap, bend = side * GAP / 2, side * ROUNDING
    x1, y1, x2, y2 = (round(each) for each in (x + gap, y + gap, x + side - gap, y + side - gap))
    r = round(bend)
    path = (
        f"M{x1 + r} {y1}L{x2 - r} {y1}Q{x2} {y1} {x2} {y1 + r}L{x2} {y2 - r}Q{x2} {y2} {x2 - r} {y2}"
        f"L{x1 + r} {y2}Q{x1} {y2} {x1} {y2 - r}L{x1} {y1 + r}Q{x1} {y1} {x1 + r} {y1}Z"
    )
    middle = (round(x + side / 2), round(y + side / 2))
    return Place(township=name, code=number, outline=path, label=middle, room=math.floor(side / 2 - gap))
