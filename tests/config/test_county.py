from collections import Counter
from pathlib import Path

import pytest

from casework.county import UnitKind
from config.county import CountyFileError, load_county

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
