"""Reads a county's map, a GeoJSON file, into outlines as `casework.county` holds them. Knows no screen and fetches nothing."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from casework.county import Point, Ring
from casework.errors import RuleError

Longitude = Annotated[float, Field(ge=73, le=136)]
Latitude = Annotated[float, Field(ge=3, le=54)]

MOST_POINTS: Final = 2_500
"""Of the whole county: what a wall is sent stays under 30 KB."""
TOLERANCES: Final = (0.0005, 0.001, 0.002, 0.004)
"""How far a simplified border may lie from the true one, in the county's longer side: half a point in a thousand, and
coarser ones until few enough points are left."""
DIGITS: Final = 5
CORNERS: Final = 3


class MapFileError(RuleError):
    """The map can't be used; the message names file, feature and reason."""


def _flat(position: Any) -> Any:
    """A position without its height."""
    return position[:2] if isinstance(position, list | tuple) else position


def _opened(ring: tuple[Point, ...]) -> tuple[Point, ...]:
    """A ring without the repetition of its first point, which not every program writes."""
    points = ring[:-1] if ring[0] == ring[-1] else ring
    if len(set(points)) < CORNERS:
        raise ValueError("a ring needs three different points")
    return points


_Position = Annotated[tuple[Longitude, Latitude], BeforeValidator(_flat)]
_Ring = Annotated[tuple[_Position, ...], Field(min_length=CORNERS), AfterValidator(_opened)]
_Rings = Annotated[tuple[_Ring, ...], Field(min_length=1)]


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: _Rings

    @property
    def rings(self) -> tuple[Ring, ...]:
        return self.coordinates


class _MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: Annotated[tuple[_Rings, ...], Field(min_length=1)]

    @property
    def rings(self) -> tuple[Ring, ...]:
        return tuple(ring for polygon in self.coordinates for ring in polygon)


class _Feature(BaseModel):
    type: Literal["Feature"]
    properties: dict[str, Any]
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]


class _Collection(BaseModel):
    type: Literal["FeatureCollection"]
    features: tuple[_Feature, ...]


Outlines = Mapping[str, tuple[Ring, ...]]


def load_outlines(path: Path, key: str, townships: Mapping[str, str]) -> tuple[Outlines, float]:
    """Every township's rings by its code, and width over height of their box; raises `MapFileError`.

    `key` is the property that carries a township's code, `townships` names every code there has to be. Longitudes are
    shrunk by the cosine of the middle latitude (equirectangular projection): within a county the error is below a screen's
    pixel.
    """
    try:
        read = _Collection.model_validate_json(path.read_text(encoding="utf-8-sig"))
    except ValidationError as error:
        raise MapFileError(_first_reason(path, error)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise MapFileError(f"{path.name}: {error}") from error
    found: dict[str, tuple[Ring, ...]] = {}
    for number, feature in enumerate(read.features):
        code = _code(f"{path.name}: features[{number}]", feature, key, townships)
        if code in found:
            raise MapFileError(f"{path.name}: features[{number}]: township {code} {townships[code]} is drawn twice")
        found[code] = feature.geometry.rings
    missing = [f"{code} {name}" for code, name in townships.items() if code not in found]
    if missing:
        raise MapFileError(f"{path.name}: no feature for township {', '.join(missing)}")
    fitted, aspect = _fitted(path.name, found)
    return _simplified(fitted), aspect


def _code(place: str, feature: _Feature, key: str, townships: Mapping[str, str]) -> str:
    if key not in feature.properties:
        raise MapFileError(f"{place}: has no property {key!r}")
    code = str(feature.properties[key])
    if code not in townships:
        raise MapFileError(f"{place}: {key} {code!r} is no township of the county file")
    return code


def _first_reason(path: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    return f"{path.name}: {place or 'file'}: {first['msg']}"


def _fitted(name: str, outlines: Outlines) -> tuple[Outlines, float]:
    """The outlines in a box whose longer side is 1, y down, and the box's width over its height."""
    points = [point for rings in outlines.values() for ring in rings for point in ring]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    shrink = math.cos(math.radians((south + north) / 2))
    width, height = (east - west) * shrink, north - south
    if width == 0 or height == 0:
        raise MapFileError(f"{name}: the townships lie on one line")
    side = max(width, height)

    def placed(point: Point) -> Point:
        lon, lat = point
        return round((lon - west) * shrink / side, DIGITS), round((north - lat) / side, DIGITS)

    fitted = {
        code: tuple(tuple(_unrepeated(placed(point) for point in ring)) for ring in rings)
        for code, rings in outlines.items()
    }
    return fitted, width / height


def _unrepeated(points: Iterable[Point]) -> Iterator[Point]:
    last: Point | None = None
    for point in points:
        if point != last:
            yield point
        last = point


def _simplified(outlines: Outlines) -> Outlines:
    """With fewer points: as few as the finest tolerance leaves, and no more than a wall needs."""
    for tolerance in TOLERANCES:
        corners = _corners(ring for rings in outlines.values() for ring in rings)
        outlines = {
            code: _worth_drawing(rings, [_thinned(ring, corners, tolerance) for ring in rings])
            for code, rings in outlines.items()
        }
        if sum(len(ring) for rings in outlines.values() for ring in rings) <= MOST_POINTS:
            break
    return outlines


def _worth_drawing(before: Sequence[Ring], after: Sequence[Ring]) -> tuple[Ring, ...]:
    """Without what is smaller than the tolerance; a township that is so as a whole keeps its largest ring as it was."""
    return tuple(ring for ring in after if len(ring) >= CORNERS) or (max(before, key=len),)


def _corners(rings: Iterable[Ring]) -> frozenset[Point]:
    """Points where borders part: not all rings that pass there come from the same two neighbours."""
    ways: defaultdict[Point, set[frozenset[Point]]] = defaultdict(set)
    for ring in rings:
        for before, point, after in zip((ring[-1], *ring[:-1]), ring, (*ring[1:], ring[0]), strict=True):
            ways[point].add(frozenset((before, after)))
    return frozenset(point for point, found in ways.items() if len(found) > 1)


def _thinned(ring: Ring, corners: frozenset[Point], tolerance: float) -> Ring:
    """The ring with each stretch between two corners simplified by itself, so that neighbours keep one border."""
    stops = [place for place, point in enumerate(ring) if point in corners] or [ring.index(min(ring))]
    turned = ring[stops[0] :] + ring[: stops[0]] + (ring[stops[0]],)
    ends = [stop - stops[0] for stop in stops] + [len(ring)]
    return tuple(point for start, end in pairwise(ends) for point in _stretch(turned[start : end + 1], tolerance)[:-1])


def _stretch(points: Ring, tolerance: float) -> Ring:
    """The same for both neighbours, who walk it in opposite directions."""
    backwards = points[::-1]
    return _douglas_peucker(points, tolerance) if points <= backwards else _douglas_peucker(backwards, tolerance)[::-1]


def _douglas_peucker(points: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker, *Algorithms for the reduction of the number of points required to represent a digitized line or
    its caricature*, 1973: no point that was left out lies farther than `tolerance` from the line."""
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        between = range(first + 1, last)
        farthest = max(between, key=lambda place: _distance(points[place], points[first], points[last]), default=None)
        if farthest is not None and _distance(points[farthest], points[first], points[last]) > tolerance:
            kept.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return tuple(points[place] for place in sorted(kept))


def _distance(point: Point, start: Point, end: Point) -> float:
    """Of a point from a segment."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    length = dx * dx + dy * dy
    along = ((point[0] - x) * dx + (point[1] - y) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(point[0] - x - along * dx, point[1] - y - along * dy)
