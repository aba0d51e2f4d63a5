"""Reads the county file into `casework.county.County`; refuses a wrong one by file and field. Knows no user of it."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from casework.county import County, Grid, Township, Unit, UnitKind, Village, committee_of, grids_of, units_of
from casework.errors import RuleError
from config.outlines import Latitude, Longitude, load_outlines

Name = Annotated[str, Field(min_length=1)]
Division = Annotated[str, Field(pattern=r"^\d{6}$")]
TownshipCode = Annotated[str, Field(pattern=r"^\d{9}$")]
VillageNumber = Annotated[str, Field(pattern=r"^\d{3}$")]
UnitCode = Annotated[str, Field(pattern=r"^\d{12}$")]


class CountyFileError(RuleError):
    """The county file can't be used; the message names file, field and reason."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Village(_Table):
    code: VillageNumber
    name: Name
    kind: Annotated[str, Field(pattern=r"^(村|社区)$")]
    grids: Annotated[int, Field(ge=1, le=99)]
    lon: Longitude
    lat: Latitude


class _Township(_Table):
    code: TownshipCode
    name: Name
    short: Name
    kind: Annotated[str, Field(pattern=r"^(镇|乡|街道)$")]
    population: Annotated[int, Field(gt=0)]
    lon: Longitude
    lat: Latitude
    tile: tuple[int, int]
    station: UnitCode
    centre: UnitCode
    judicial_office: UnitCode
    villages: Annotated[tuple[_Village, ...], Field(min_length=1)]


class _Department(_Table):
    code: UnitCode
    name: Name
    full_name: Name


class _County(_Table):
    name: Name
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,6}$")]
    division: Division
    centre_name: Name
    centre_code: UnitCode
    map: Name | None = None
    map_code: Name = "code"
    department: tuple[_Department, ...]
    township: Annotated[tuple[_Township, ...], Field(min_length=1)]


def load_county(path: Path) -> County:
    """The county of a TOML file, with the outlines of the GeoJSON file it names; raises `CountyFileError`, `MapFileError`."""
    try:
        read = _County.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise CountyFileError(_first_reason(path, error)) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CountyFileError(f"{path.name}: {error}") from error
    county = _county(read)
    _refuse_contradictions(path, county)
    return county if read.map is None else _drawn(county, path.parent / read.map, read.map_code)


def _drawn(county: County, path: Path, key: str) -> County:
    outlines, aspect = load_outlines(path, key, {each.code: each.name for each in county.townships})
    townships = tuple(replace(each, outline=outlines[each.code]) for each in county.townships)
    return replace(county, townships=townships, map_aspect=aspect)


def _first_reason(path: Path, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    return f"{path.name}: {place or 'file'}: {first['msg']}"


def _county(read: _County) -> County:
    townships = tuple(Township(**each.model_dump(exclude={"villages"})) for each in read.township)
    villages = tuple(_villages(read))
    return County(
        name=read.name,
        slug=read.slug,
        prefix=read.prefix,
        division=read.division,
        centre_name=read.centre_name,
        townships=townships,
        villages=villages,
        grids=tuple(_grids(villages)),
        units=tuple(_units(read, townships, villages)),
    )


def _villages(read: _County) -> Iterator[Village]:
    for township in read.township:
        for each in township.villages:
            code = township.code + each.code
            yield Village(code, each.name, township.code, each.kind == "社区", each.grids, each.lon, each.lat)


def _grids(villages: Iterable[Village]) -> Iterator[Grid]:
    for village in villages:
        yield from grids_of(village)


def _units(read: _County, townships: Iterable[Township], villages: Iterable[Village]) -> Iterator[Unit]:
    yield Unit(read.centre_code, "县综治中心", UnitKind.COUNTY_CENTRE, read.centre_name)
    for each in read.department:
        yield Unit(each.code, each.name, UnitKind.DEPARTMENT, each.full_name)
    for township in townships:
        yield from units_of(township)
    for village in villages:
        yield committee_of(village)


def _refuse_contradictions(path: Path, county: County) -> None:
    _refuse_repeats(path, "township code", (each.code for each in county.townships))
    _refuse_repeats(path, "township tile", (str(each.tile) for each in county.townships))
    _refuse_repeats(path, "village code", (each.code for each in county.villages))
    _refuse_repeats(path, "unit code", (each.code for each in county.units))
    _refuse_strangers(path, county)


def _refuse_repeats(path: Path, what: str, values: Iterable[str]) -> None:
    repeated = [value for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise CountyFileError(f"{path.name}: {what} {repeated[0]} is given twice")


def _refuse_strangers(path: Path, county: County) -> None:
    for township in county.townships:
        if not township.code.startswith(county.division):
            raise CountyFileError(f"{path.name}: township code {township.code} is not of division {county.division}")
