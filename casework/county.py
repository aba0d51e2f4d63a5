"""The county as the centre knows it: townships, villages, grids, units and their names. Knows no file and no screen.

Every place is addressed by its code: six digits of division, three of township, three of village, two of grid.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

# A place on the county's map: x to the right and y down, both from 0 to 1, in one box for the whole county whose longer
# side is 1. A ring is closed; its first point is not repeated.
Point = tuple[float, float]
Ring = tuple[Point, ...]


class UnitKind(StrEnum):
    """What sort of unit can hold a case."""

    COUNTY_CENTRE = "county_centre"
    DEPARTMENT = "department"
    TOWNSHIP_CENTRE = "township_centre"
    POLICE_STATION = "police_station"
    JUDICIAL_OFFICE = "judicial_office"
    VILLAGE_COMMITTEE = "village_committee"


@dataclass(frozen=True, slots=True)
class Unit:
    """Who can hold a case. `township` is None for units of the whole county; `full_name` is for papers."""

    code: str
    name: str
    kind: UnitKind
    full_name: str
    township: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """The smallest cell, one grid worker's beat."""

    code: str
    name: str
    village: str
    township: str


@dataclass(frozen=True, slots=True)
class Village:
    """A village (村) or community (社区); its centre is in WGS-84 degrees. `code` is also its committee's unit code."""

    code: str
    name: str
    township: str
    urban: bool
    grids: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Township:
    """A township of any kind (镇/乡/街道). `tile` is its (column, row) on the tile map; the codes are of its units.

    `outline` holds every ring of its area, islands and holes alike (a point inside crosses an odd number of them); empty
    where the county supplies no map.
    """

    code: str
    name: str
    short: str
    kind: str
    population: int
    lon: float
    lat: float
    tile: tuple[int, int]
    station: str
    centre: str
    judicial_office: str
    outline: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True)
class County:
    """A county. `prefix` begins case codes, `slug` names it in feed sources, `division` is 行政区划. `map_aspect` is the
    width of the box of the outlines over its height, 1 without outlines."""

    name: str
    slug: str
    prefix: str
    division: str
    centre_name: str
    townships: tuple[Township, ...]
    villages: tuple[Village, ...]
    grids: tuple[Grid, ...]
    units: tuple[Unit, ...]
    map_aspect: float = 1.0
    _townships: dict[str, Township] = field(init=False, repr=False, compare=False)
    _villages: dict[str, Village] = field(init=False, repr=False, compare=False)
    _grids: dict[str, Grid] = field(init=False, repr=False, compare=False)
    _units: dict[str, Unit] = field(init=False, repr=False, compare=False)
    _stations: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, index in (
            ("_townships", {each.code: each for each in self.townships}),
            ("_villages", {each.code: each for each in self.villages}),
            ("_grids", {each.code: each for each in self.grids}),
            ("_units", {each.code: each for each in self.units}),
            ("_stations", {each.station: each.code for each in self.townships}),
        ):
            object.__setattr__(self, name, index)

    @property
    def departments(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.kind is UnitKind.DEPARTMENT)

    @property
    def population(self) -> int:
        return sum(township.population for township in self.townships)

    def township(self, code: str | None) -> Township | None:
        return self._townships.get(code or "")

    def village(self, code: str | None) -> Village | None:
        return self._villages.get(code or "")

    def grid(self, code: str | None) -> Grid | None:
        return self._grids.get(code or "")

    def unit(self, code: str | None) -> Unit | None:
        return self._units.get(code or "")

    def township_name(self, code: str | None) -> str:
        """The township's name; a code nobody knows is shown as it is, never guessed, and no code is an empty name."""
        found = self.township(code)
        return found.name if found else code or ""

    def village_name(self, code: str | None) -> str:
        """The village's name, or the unknown code itself."""
        found = self.village(code)
        return found.name if found else code or ""

    def unit_name(self, code: str | None) -> str:
        """The unit's short name, or the unknown code itself."""
        found = self.unit(code)
        return found.name if found else code or ""

    def township_of_station(self, station: str | None) -> str | None:
        """The township code a police station answers for."""
        return self._stations.get(station or "")

    def township_of_village(self, village: str | None) -> str | None:
        found = self.village(village)
        return found.township if found else None

    def township_of_grid(self, grid: str | None) -> str | None:
        found = self.grid(grid)
        return found.township if found else None

    def township_of_unit(self, unit: str | None) -> str | None:
        """The township a unit belongs to; None for county units and unknown codes."""
        found = self.unit(unit)
        return found.township if found else None

    def villages_of(self, township: str) -> tuple[Village, ...]:
        return tuple(village for village in self.villages if village.township == township)


def grids_of(village: Village) -> Iterable[Grid]:
    """A village's grids by rule: village code and a running number."""
    for number in range(1, village.grids + 1):
        yield Grid(f"{village.code}{number:02d}", f"{village.name}第{number:02d}网格", village.code, village.township)


def units_of(township: Township) -> tuple[Unit, ...]:
    """The three units every township has besides its villages."""
    return (
        _local(township, township.centre, UnitKind.TOWNSHIP_CENTRE, "综治中心", "社会治安综合治理中心"),
        _local(township, township.station, UnitKind.POLICE_STATION, "派出所", "派出所"),
        _local(township, township.judicial_office, UnitKind.JUDICIAL_OFFICE, "司法所", "司法所"),
    )


def _local(township: Township, code: str, kind: UnitKind, ending: str, full_ending: str) -> Unit:
    return Unit(code, township.short + ending, kind, township.name + full_ending, township.code)


def committee_of(village: Village) -> Unit:
    """The village's people's mediation committee (调委会)."""
    name = f"{village.name}调委会"
    return Unit(village.code, name, UnitKind.VILLAGE_COMMITTEE, f"{village.name}人民调解委员会", village.township)
