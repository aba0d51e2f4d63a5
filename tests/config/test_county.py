import json
import math
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from casework.county import UnitKind
from config.county import CountyFileError, load_county
from config.outlines import MapFileError
from tests.config.shapes import covers, cross, segments

FILE = Path(__file__).parents[2] / "config" / "county.toml"
COUNTY = load_county(FILE)


def changed(folder: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "county.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_demo_county_has_the_size_of_the_county_it_is_modelled_on() -> None:
    assert len(COUNTY.townships) == 9
    assert len(COUNTY.villages) == 157
    assert len(COUNTY.grids) == 609
    assert len(COUNTY.departments) == 25
    assert COUNTY.population == 310_000


def test_no_code_and_no_village_name_is_used_twice() -> None:
    units = Counter(unit.code for unit in COUNTY.units)
    assert units.most_common(1)[0][1] == 1
    assert len({grid.code for grid in COUNTY.grids}) == len(COUNTY.grids)
    assert len({village.name for village in COUNTY.villages}) == len(COUNTY.villages)


def test_every_township_has_a_tile_of_its_own_and_units() -> None:
    assert len({township.tile for township in COUNTY.townships}) == 9
    for township in COUNTY.townships:
        assert COUNTY.township_of_station(township.station) == township.code
        assert COUNTY.unit_name(township.centre) == f"{township.short}综治中心"


def test_some_villages_are_written_with_rare_characters() -> None:
    names = "".join(village.name for village in COUNTY.villages)
    assert set("坬圐圙墕塄") <= set(names)


def test_villages_lie_near_the_centre_of_their_township() -> None:
    for village in COUNTY.villages:
        township = COUNTY.township(village.township)
        assert township is not None
        assert abs(village.lon - township.lon) < 0.06
        assert abs(village.lat - township.lat) < 0.05


def test_the_county_centre_is_a_unit_that_can_hold_a_case() -> None:
    centres = [unit for unit in COUNTY.units if unit.kind is UnitKind.COUNTY_CENTRE]
    assert [unit.full_name for unit in centres] == [COUNTY.centre_name]


MAP = json.loads((FILE.parent / "map.geojson").read_text(encoding="utf-8"))
LINES = {each["properties"]["code"]: each["geometry"]["coordinates"][0] for each in MAP["features"]}


def test_the_demo_map_covers_each_townships_centre_and_nearly_all_of_its_villages() -> None:
    strays = 0
    for township in COUNTY.townships:
        ring = tuple((lon, lat) for lon, lat in LINES[township.code])
        assert 30 <= len(ring) <= 80
        assert covers([ring], (township.lon, township.lat))
        strays += sum(not covers([ring], (each.lon, each.lat)) for each in COUNTY.villages_of(township.code))
    assert strays <= 3


def test_outlines_lie_where_the_townships_do_and_borders_do_not_cross() -> None:
    lons, lats = zip(*(point for ring in LINES.values() for point in ring), strict=True)
    middle = math.cos(math.radians((min(lats) + max(lats)) / 2))
    width, height = (max(lons) - min(lons)) * middle, max(lats) - min(lats)
    assert COUNTY.map_aspect == pytest.approx(width / height)
    for township in COUNTY.townships:
        place = ((township.lon - min(lons)) * middle / width, (max(lats) - township.lat) / width)
        assert [each.name for each in COUNTY.townships if covers(each.outline, place)] == [township.name]
    sides = {frozenset(side) for each in COUNTY.townships for ring in each.outline for side in segments(ring)}
    pairs = [(min(side), max(side)) for side in sides]
    assert not any(cross(one, other) for one, other in combinations(pairs, 2))


def test_a_county_without_a_map_has_tiles_and_no_outlines(tmp_path: Path) -> None:
    county = load_county(changed(tmp_path, 'map = "map.geojson"', ""))
    assert {township.outline for township in county.townships} == {()}
    assert county.map_aspect == 1.0


def test_a_map_is_looked_for_beside_the_county_file_with_the_property_it_names(tmp_path: Path) -> None:
    path = changed(tmp_path, 'map = "map.geojson"', 'map = "drawn.json"\nmap_code = "adcode"')
    with pytest.raises(MapFileError, match=r"drawn\.json: "):
        load_county(path)
    text = json.dumps(MAP).replace('"code"', '"adcode"')
    (tmp_path / "drawn.json").write_text(text, encoding="utf-8")
    assert load_county(path) == COUNTY


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("population = 92400", 'population = "many"', r"county\.toml: township\[0\]\.population: .*integer"),
        ("population = 92400", "population = 0", r"township\[0\]\.population: .*greater than 0"),
        ("lon = 110.3520", "lon = 11.0", r"township\[0\]\.lon: .*greater than or equal to 73"),
        ('prefix = "YC"', 'prefix = "yc"', "prefix: "),
        ('slug = "yunchuan"', 'slug = "yunchuan"\ncolour = "red"', "colour: Extra inputs are not permitted"),
        ('code = "999921802000"', 'code = "999921801000"', "unit code 999921801000 is given twice"),
        ("tile = [1, 1]", "tile = [0, 0]", "township tile"),
        ('division = "999921"', 'division = "999922"', "is not of division 999922"),
    ],
)
def test_a_wrong_county_file_is_refused_by_file_and_field(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(CountyFileError, match=complaint):
        load_county(changed(tmp_path, old, new))


def test_a_file_that_is_no_toml_or_absent_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CountyFileError, match=r"county\.toml: "):
        load_county(changed(tmp_path, "[[department]]", "[[department"))
    with pytest.raises(CountyFileError, match=r"nowhere\.toml: "):
        load_county(tmp_path / "nowhere.toml")
