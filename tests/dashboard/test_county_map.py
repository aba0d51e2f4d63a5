"""The map a wall draws: the demo county's outlines, and tiles where there are none."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from casework.county import Point, Ring, Township
from config.county import load_county
from dashboard.components.county_map import CountyMap, county_map, depth, innermost
from tests.config.shapes import covers, segments
from tests.records import CONFIG

COUNTY = load_county(CONFIG / "county.toml")
UNDRAWN = [replace(township, outline=()) for township in COUNTY.townships]
DRAWN = county_map(COUNTY.townships, COUNTY.map_aspect)
TILES = county_map(UNDRAWN)
BOX = 1000


def rings(path: str) -> tuple[Ring, ...]:
    """The corners of a path of straight lines."""
    found = []
    for ring in re.findall(r"M([^MZ]*)Z", path):
        points = [tuple(map(int, pair.split())) for pair in re.split("[LQ]", ring)]
        found.append(tuple((float(x), float(y)) for x, y in points))
    return tuple(found)


def area(outline: Sequence[Ring]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for ring in outline for a, b in segments(ring))) / 2


def tile_corners(path: str) -> tuple[int, int, int, int]:
    """West, north, east, south."""
    numbers = [int(number) for number in re.findall(r"\d+", path)]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def shared(one: Ring, other: Ring) -> int:
    return len({frozenset(side) for side in segments(one)} & {frozenset(side) for side in segments(other)})


def test_a_map_names_townships_and_carries_no_code_of_a_place() -> None:
    for drawn in (DRAWN, TILES):
        assert [place["township"] for place in drawn["places"]] == [each.name for each in COUNTY.townships]
        assert [place["code"] for place in drawn["places"]] == list(range(9))
        assert set(drawn) == {"aspect", "places"}
        assert {key for place in drawn["places"] for key in place} == {"township", "code", "outline", "label", "room"}
        assert "999921" not in json.dumps(drawn)


def test_a_path_is_made_of_whole_units_inside_the_box() -> None:
    assert DRAWN["aspect"] == pytest.approx(COUNTY.map_aspect, abs=1e-4)
    points = [point for place in DRAWN["places"] for ring in rings(place["outline"]) for point in ring]
    assert (min(x for x, _ in points), max(x for x, _ in points)) == (0, BOX)
    assert (min(y for _, y in points), max(y for _, y in points)) == (0, round(BOX / COUNTY.map_aspect))
    assert all(re.fullmatch(r"(M\d+ \d+(L\d+ \d+)+Z)+", place["outline"]) for place in DRAWN["places"])


def test_a_label_lies_well_inside_its_own_township() -> None:
    for place in DRAWN["places"]:
        outline = rings(place["outline"])
        assert covers(outline, place["label"])
        nearest = min(math.dist(place["label"], point) for ring in outline for point in ring)
        assert nearest >= place["room"] - 2
        assert place["room"] > 0.25 * math.sqrt(area(outline)), "a square has half its side"


def test_outlines_of_the_demo_county_do_not_overlap() -> None:
    outlines = [rings(place["outline"]) for place in DRAWN["places"]]
    for x in range(5, BOX, 10):
        for y in range(5, BOX, 10):
            assert sum(covers(outline, (x + 0.37, y + 0.41)) for outline in outlines) <= 1


def test_the_town_in_the_middle_is_wholly_surrounded_by_neighbours() -> None:
    town, *others = (township.outline[0] for township in COUNTY.townships)
    assert sum(shared(town, other) for other in others) == len(town)
    assert sum(shared(one, other) > 3 for one, other in combinations([town, *others], 2)) >= 12


def test_the_description_is_small() -> None:
    for drawn in (DRAWN, TILES):
        assert len(json.dumps(drawn, ensure_ascii=False).encode()) < 8_000


def test_a_large_county_with_as_many_points_as_a_map_may_have_is_under_thirty_kilobytes() -> None:
    assert len(json.dumps(many_townships(), ensure_ascii=False).encode()) < 30_000


def many_townships() -> CountyMap:
    """81 townships of 31 points each, the most that `config.outlines` lets through."""
    turn = 2 * math.pi / 31
    circle = [(math.cos(step * turn) / 20, math.sin(step * turn) / 20) for step in range(31)]
    townships = [
        replace(
            COUNTY.townships[0],
            outline=(tuple((0.1 + number % 9 / 10 + x, 0.1 + number // 9 / 10 + y) for x, y in circle),),
        )
        for number in range(81)
    ]
    return county_map(townships, 1.0)


def test_a_label_avoids_holes_and_islands() -> None:
    ring = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    hole = ((0.3, 0.3), (0.9, 0.3), (0.9, 0.9), (0.3, 0.9))
    island = ((2.0, 0.0), (2.2, 0.0), (2.2, 0.2), (2.0, 0.2))
    point, room = innermost((ring, hole, island))
    assert max(point) < 0.3
    assert room == pytest.approx(0.3 / (1 + math.sqrt(0.5)), abs=0.005), (
        "the circle that touches two sides and the hole"
    )


def test_depth_is_negative_outside() -> None:
    square = (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),)
    assert depth((0.25, 0.5), square) == pytest.approx(0.25)
    assert depth((-0.25, 0.5), square) == pytest.approx(-0.25)


def test_a_label_of_a_bent_township_is_not_its_middle() -> None:
    bent = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.2), (0.2, 0.2), (0.2, 1.0), (0.0, 1.0))
    (x, y), room = innermost((bent,))
    assert min(x, y) < 0.2
    assert room == pytest.approx(0.2 / (1 + math.sqrt(0.5)), abs=0.02)


def test_without_outlines_each_township_is_a_tile_in_its_place() -> None:
    assert TILES["aspect"] == 1.0
    for place, township in zip(TILES["places"], COUNTY.townships, strict=True):
        west, north, east, south = tile_corners(place["outline"])
        assert east - west == pytest.approx(south - north, abs=1)
        assert (west * 3 // BOX, north * 3 // BOX) == township.tile
        assert place["label"] == pytest.approx(((west + east) / 2, (north + south) / 2), abs=1)


def test_tiles_are_equal_and_close_but_do_not_touch() -> None:
    corners = {each.tile: tile_corners(place["outline"]) for each, place in zip(UNDRAWN, TILES["places"], strict=True)}
    sides = {east - west for west, _, east, _ in corners.values()}
    assert max(sides) - min(sides) <= 1
    for column in (0, 1):
        assert 2 <= corners[column + 1, 0][0] - corners[column, 0][2] <= 15
        assert 2 <= corners[0, column + 1][1] - corners[0, column][3] <= 15


def test_tiles_may_begin_anywhere_and_leave_gaps() -> None:
    wide = [replace(UNDRAWN[0], tile=(-1, 4)), replace(UNDRAWN[1], tile=(2, 5))]
    drawn = county_map(wide)
    assert drawn["aspect"] == 2.0
    assert [place["label"] for place in drawn["places"]] == [(125, 125), (875, 375)]


def test_one_township_without_an_outline_makes_it_a_tile_map() -> None:
    mixed: list[Township] = [UNDRAWN[0], *COUNTY.townships[1:]]
    assert county_map(mixed, COUNTY.map_aspect) == TILES


def test_the_places_of_the_outlines_are_those_of_the_tiles() -> None:
    """The demo's tile map and its outlines show the same county: columns go east, rows go south."""
    centres: dict[tuple[int, int], Point] = {
        each.tile: place["label"] for each, place in zip(COUNTY.townships, DRAWN["places"], strict=True)
    }
    for row in range(3):
        across = [centres[column, row][0] for column in range(3)]
        down = [centres[row, step][1] for step in range(3)]
        assert across == sorted(across)
        assert down == sorted(down)
