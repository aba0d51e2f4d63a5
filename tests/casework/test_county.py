from casework.county import County, Township, Unit, UnitKind, Village, committee_of, grids_of, units_of

TOWN = Township(
    "999921101", "青石镇", "青石", "镇", 38_600, 110.4, 38.1, (2, 0), "999921510200", "999921602000", "999921702000"
)
VILLAGE = Village("999921101004", "大坬村", TOWN.code, urban=False, grids=3, lon=110.41, lat=38.11)
OFFICE = Unit("999921801000", "人社局", UnitKind.DEPARTMENT, "云川县人力资源和社会保障局")
COUNTY = County(
    name="云川县",
    slug="yunchuan",
    prefix="YC",
    division="999921",
    centre_name="云川县社会治安综合治理中心",
    townships=(TOWN,),
    villages=(VILLAGE,),
    grids=tuple(grids_of(VILLAGE)),
    units=(OFFICE, *units_of(TOWN), committee_of(VILLAGE)),
)


def test_a_police_station_answers_for_its_township() -> None:
    assert COUNTY.township_of_station("999921510200") == TOWN.code
    assert COUNTY.township_of_station("999921510900") is None


def test_places_lie_in_one_another() -> None:
    assert COUNTY.township_of_village(VILLAGE.code) == TOWN.code
    assert COUNTY.township_of_grid("99992110100403") == TOWN.code
    assert COUNTY.township_of_grid("99992110100404") is None
    assert COUNTY.villages_of(TOWN.code) == (VILLAGE,)


def test_a_villages_grids_are_numbered_from_one() -> None:
    assert [grid.code for grid in COUNTY.grids] == ["99992110100401", "99992110100402", "99992110100403"]


def test_every_township_has_a_centre_a_station_and_a_judicial_office() -> None:
    assert [unit.name for unit in units_of(TOWN)] == ["青石综治中心", "青石派出所", "青石司法所"]


def test_a_villages_code_is_its_committees_unit_code() -> None:
    assert COUNTY.unit_name(VILLAGE.code) == "大坬村调委会"
    assert COUNTY.township_of_unit(VILLAGE.code) == TOWN.code


def test_a_department_belongs_to_no_township() -> None:
    assert COUNTY.departments == (OFFICE,)
    assert COUNTY.township_of_unit(OFFICE.code) is None


def test_an_unknown_code_is_shown_as_it_is_and_no_code_as_nothing() -> None:
    assert COUNTY.unit_name("42") == "42"
    assert COUNTY.township_name("42") == "42"
    assert COUNTY.village_name(None) == ""
