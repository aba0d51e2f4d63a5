"""A county's map: what is refused and by which sentence, and what is left of a border."""

import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from casework.county import Point, Ring
from config.outlines import MOST_POINTS, TOLERANCES, MapFileError, load_outlines
from tests.config.shapes import covers, segments

WEST, EAST = "999921101", "999921102"
NAMES = {WEST: "城关镇", EAST: "青石镇"}


def square(lon: float, lat: float, side: float = 0.1) -> list[list[float]]:
    east, north = round(lon + side, 6), round(lat + side, 6)
    return [[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]


def feature(code: Any, *rings: list[list[float]], kind: str = "Polygon", key: str = "code") -> dict[str, Any]:
    coordinates = list(rings) if kind == "Polygon" else [[ring] for ring in rings]
    return {"type": "Feature", "properties": {key: code}, "geometry": {"type": kind, "coordinates": coordinates}}


def written(folder: Path, *features: Any, **more: Any) -> Path:
    path = folder / "map.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | more), encoding="utf-8")
    return path


def two(folder: Path, *more: Any) -> Path:
    return written(folder, feature(WEST, square(110.0, 38.0)), feature(EAST, square(110.1, 38.0)), *more)


def area(rings: Sequence[Ring]) -> float:
    return sum(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in segments(ring))) / 2 for ring in rings)


def test_the_box_is_as_long_as_one_with_north_above_and_west_on_the_left(tmp_path: Path) -> None:
    outlines, aspect = load_outlines(two(tmp_path), "code", NAMES)
    assert aspect == pytest.approx(2 * math.cos(math.radians(38.05)))
    height = round(1 / aspect, 5)
    assert set(outlines[WEST][0]) == {(0.0, 0.0), (0.5, 0.0), (0.5, height), (0.0, height)}
    assert set(outlines[EAST][0]) == {(0.5, 0.0), (1.0, 0.0), (1.0, height), (0.5, height)}


def test_a_county_that_is_tall_fits_too(tmp_path: Path) -> None:
    path = written(tmp_path, feature(WEST, square(110.0, 38.0)), feature(EAST, square(110.0, 38.1)))
    outlines, aspect = load_outlines(path, "code", NAMES)
    assert aspect < 1
    assert max(y for ring in outlines[WEST] for _, y in ring) == 1.0, "the southern one is below"
    assert max(x for ring in outlines[WEST] for x, _ in ring) == pytest.approx(aspect, abs=1e-5)


def test_open_rings_heights_numbers_and_a_byte_order_mark_are_taken(tmp_path: Path) -> None:
    expected = load_outlines(two(tmp_path), "code", NAMES)
    loose = written(
        tmp_path,
        feature(int(WEST), [[*point, 900.0] for point in square(110.0, 38.0)[:-1]], key="adcode"),
        feature(int(EAST), square(110.1, 38.0)[:-1], key="adcode"),
        name="a map",
    )
    loose.write_bytes(b"\xef\xbb\xbf" + loose.read_bytes())
    assert load_outlines(loose, "adcode", NAMES) == expected


def test_islands_and_holes_are_rings_of_their_township(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        feature(WEST, square(110.0, 38.0), square(110.02, 38.02, 0.02)),
        feature(EAST, square(110.1, 38.0), square(110.25, 38.0, 0.02), kind="MultiPolygon"),
    )
    outlines, _ = load_outlines(path, "code", NAMES)
    assert [len(outlines[code]) for code in (WEST, EAST)] == [2, 2]
    hole = outlines[WEST][1]
    middle = (sum(x for x, _ in hole) / 4, sum(y for _, y in hole) / 4)
    assert not covers(outlines[WEST], middle)


GOOD = feature(WEST, square(110.0, 38.0))
POINT = {"type": "Feature", "properties": {"code": EAST}, "geometry": {"type": "Point", "coordinates": [110.1, 38.0]}}


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        (
            feature("999921999", square(110.1, 38.0)),
            r"features\[1\]: code '999921999' is no township of the county file",
        ),
        (feature(WEST, square(110.1, 38.0)), r"features\[1\]: township 999921101 城关镇 is drawn twice"),
        (feature(EAST, square(110.1, 38.0), key="id"), r"features\[1\]: has no property 'code'"),
        (POINT, r"features\[1\]\.geometry: .*'Point'.*'Polygon', 'MultiPolygon'"),
        (feature(EAST, square(38.0, 110.1)), r"features\[1\]\.geometry\.Polygon\.coordinates\[0\]\[0\]\[0\]: .*73"),
        (
            feature(EAST, square(412_000.0, 4_213_000.0)),
            r"features\[1\]\..*: Input should be less than or equal to 136",
        ),
        (feature(EAST, [[110.1, 38.0], [110.2, 38.0], [110.1, 38.0]]), r"features\[1\]\..*three different points"),
        (feature(EAST, [[110.1], [110.2, 38.0], [110.1, 38.1]]), r"features\[1\]\..*coordinates\[0\]\[0\]"),
        (feature(EAST), r"features\[1\]\..*at least 1 item"),
    ],
)
def test_a_wrong_feature_is_refused_by_file_and_feature(tmp_path: Path, second: Any, complaint: str) -> None:
    with pytest.raises(MapFileError, match=rf"^map\.geojson: {complaint}"):
        load_outlines(written(tmp_path, GOOD, second), "code", NAMES)


def test_a_township_that_is_not_drawn_is_named(tmp_path: Path) -> None:
    with pytest.raises(MapFileError, match=r"^map\.geojson: no feature for township 999921102 青石镇$"):
        load_outlines(written(tmp_path, GOOD), "code", NAMES)


def test_what_is_no_map_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MapFileError, match=r"^nowhere\.geojson: .*No such file"):
        load_outlines(tmp_path / "nowhere.geojson", "code", NAMES)
    path = tmp_path / "map.geojson"
    path.write_text("no map", encoding="utf-8")
    with pytest.raises(MapFileError, match=r"^map\.geojson: file: Invalid JSON"):
        load_outlines(path, "code", NAMES)
    path.write_bytes("城关镇".encode("gbk"))
    with pytest.raises(MapFileError, match=r"^map\.geojson: .*utf-8"):
        load_outlines(path, "code", NAMES)
    with pytest.raises(MapFileError, match=r"^map\.geojson: type: "):
        load_outlines(written(tmp_path, GOOD, type="Topology"), "code", NAMES)
    line = [[110.0, 38.0], [110.1, 38.0], [110.2, 38.0]]
    with pytest.raises(MapFileError, match=r"^map\.geojson: the townships lie on one line$"):
        load_outlines(written(tmp_path, feature(WEST, line), feature(EAST, line)), "code", NAMES)


def wavy(points: int, wave: float) -> Iterator[list[float]]:
    """The border from south to north at 110.1 E."""
    for number in range(points + 1):
        share = number / points
        yield [round(110.1 + wave * math.sin(40 * share), 7), round(38.0 + 0.1 * share, 7)]


def wavy_map(folder: Path, points: int, wave: float) -> Path:
    border = list(wavy(points, wave))
    west = [[110.0, 38.1], [110.0, 38.0], *border]
    east = [*border[::-1], [110.2, 38.0], [110.2, 38.1]]
    return written(folder, feature(WEST, west), feature(EAST, east))


def border_of(rings: Sequence[Ring]) -> set[frozenset[Point]]:
    return {frozenset(pair) for ring in rings for pair in segments(ring)}


@pytest.mark.parametrize(("points", "wave"), [(400, 0.01), (6_000, 0.01)])
def test_a_simplified_border_is_the_same_on_both_sides(tmp_path: Path, points: int, wave: float) -> None:
    outlines, aspect = load_outlines(wavy_map(tmp_path, points, wave), "code", NAMES)
    drawn = sum(len(ring) for rings in outlines.values() for ring in rings)
    assert 60 < drawn < 400
    sides = Counter(pair for rings in outlines.values() for pair in border_of(rings))
    inner = [pair for pair, number in sides.items() if number == 2]
    outer = [pair for pair, number in sides.items() if number == 1]
    assert len(inner) > 30
    assert len(outer) == 6, "the straight sides"
    assert area([*outlines[WEST], *outlines[EAST]]) == pytest.approx(1 / aspect, abs=1e-4), "no gap and no overlap"


def test_of_two_points_equally_far_both_neighbours_keep_the_same_one(tmp_path: Path) -> None:
    border = [[110.1, 38.0], [110.10014, 38.03], [110.10014, 38.07], [110.1, 38.1]]
    west = [[110.0, 38.1], [110.0, 38.0], *border]
    path = written(tmp_path, feature(WEST, west), feature(EAST, [*border[::-1], [110.2, 38.0], [110.2, 38.1]]))
    outlines, _ = load_outlines(path, "code", NAMES)
    assert len(border_of(outlines[WEST]) & border_of(outlines[EAST])) == 2


def test_no_point_left_out_is_farther_from_the_border_than_the_tolerance(tmp_path: Path) -> None:
    outlines, aspect = load_outlines(wavy_map(tmp_path, 400, 0.01), "code", NAMES)
    height = 1 / aspect
    for lon, lat in list(wavy(400, 0.01))[::7]:
        x, y = (lon - 110.0) / 0.2, (38.1 - lat) / 0.1 * height
        near = min(_from_segment((x, y), *pair) for ring in outlines[WEST] for pair in segments(ring))
        assert near <= TOLERANCES[0] + 2e-5


def _from_segment(point: Point, start: Point, end: Point) -> float:
    """By trying two hundred places of the segment: slow and certain."""
    return min(
        math.dist(point, (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
        for share in (step / 200 for step in range(201))
    )


def test_a_map_drawn_too_finely_is_simplified_until_a_wall_can_be_sent_it(tmp_path: Path) -> None:
    source = random.Random(4)
    border = [[110.1 + source.uniform(0, 0.0006), 38.0 + 0.1 * number / 4_000] for number in range(4_001)]
    west = [[110.0, 38.1], [110.0, 38.0], *border]
    path = written(tmp_path, feature(WEST, west), feature(EAST, [*border[::-1], [110.2, 38.0], [110.2, 38.1]]))
    outlines, _ = load_outlines(path, "code", NAMES)
    assert sum(len(ring) for rings in outlines.values() for ring in rings) <= MOST_POINTS


def test_an_island_too_small_to_be_seen_is_left_out_and_a_township_never(tmp_path: Path) -> None:
    speck = square(110.25, 38.0, 0.00001)
    seen = written(
        tmp_path, feature(WEST, square(110.0, 38.0), speck, kind="MultiPolygon"), feature(EAST, square(110.1, 38.0))
    )
    assert len(load_outlines(seen, "code", NAMES)[0][WEST]) == 1
    only = written(tmp_path, feature(WEST, square(110.0, 38.0)), feature(EAST, square(110.1, 38.0, 0.00004)))
    assert len(load_outlines(only, "code", NAMES)[0][EAST]) == 1
