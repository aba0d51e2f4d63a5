"""What an account may see and do, by its role and its place in the county. Knows no password, no session and no screen.

A role says which rights one has; its unit says where. Rows are narrowed by `Sight`, which every query of cases takes, so
that no page can forget to ask.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from casework.county import County, UnitKind
from casework.errors import CaseworkError
from casework.vocabulary import Feed

# Begins with a letter and has none of the signs that codes of units and feeds are written with.
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")


# Who else the journal names as an actor: the feeds and what joins their reports, the reminder ladder, the calendar.
RESERVED: Final = frozenset({*(feed.value for feed in Feed), "link", "matching", "ladder", "calendar"})


class BadAccount(CaseworkError):
    """An account that can't be: a role without its unit, a unit nobody knows, a login no one could type."""


class Role(StrEnum):
    """What somebody is at the centre or in a unit."""

    OPERATOR = "operator"
    LEADER = "leader"
    TOWNSHIP = "township"
    DEPARTMENT = "department"
    GRID = "grid"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a role may do; in which cases is a matter of its sight, and which moves of `casework.authority`.

    `CONSENT`: be the second person without whom nobody in a protected case is revealed. `FEEDS`: dead letters and the state of
    the feeds. `PEOPLE`: accounts and device links. `DRIVE`: choose what all walls show. `MEET`: hold the review as a meeting,
    and record what it decides. `MATCHES`: the list of what may be one matter.
    """

    CASES = "cases"
    TEXTS = "texts"
    REVEAL = "reveal"
    CONSENT = "consent"
    ACT = "act"
    EXPORT = "export"
    AUDIT = "audit"
    FEEDS = "feeds"
    PEOPLE = "people"
    DRIVE = "drive"
    MEET = "meet"
    MATCHES = "matches"


_IN_CASES: Final = frozenset({Right.CASES, Right.TEXTS})
_OF_UNITS: Final = _IN_CASES | {Right.REVEAL, Right.ACT, Right.EXPORT}
# The whole of it. Who administers accounts sees no case, and who audits sees no text and nobody: neither needs to.
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.OPERATOR: _OF_UNITS | {Right.FEEDS, Right.DRIVE, Right.MEET, Right.MATCHES},
    Role.LEADER: _IN_CASES | {Right.CONSENT, Right.ACT, Right.EXPORT, Right.DRIVE, Right.MEET, Right.MATCHES},
    Role.TOWNSHIP: _OF_UNITS,
    Role.DEPARTMENT: _OF_UNITS,
    Role.GRID: _IN_CASES | {Right.REVEAL, Right.ACT},
    Role.AUDITOR: frozenset({Right.CASES, Right.AUDIT, Right.EXPORT}),
    Role.ADMINISTRATOR: frozenset({Right.FEEDS, Right.PEOPLE}),
}
COUNTY_ROLES: Final = frozenset({Role.OPERATOR, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR})


class Account(NamedTuple):
    """Somebody who signs in. `unit`: the code of the unit they work for, of the grid for a grid worker; the county centre's
    own people have the centre's."""

    id: int
    login: str
    name: str
    role: Role
    unit: str

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class Sight:
    """Which cases an account sees, and which of their columns.

    Without `whole_county` a case is in sight when it lies in one of the `townships`, `villages` or `grids`, or when one of the
    `units` has or had an assignment in it. A protected (sensitive) case is in sight only while one of the `units` works on
    it: whoever a complaint is about must not read it because it lies in their township. `texts`: what was said, scrubbed;
    `persons`: who said it, masked.
    """

    whole_county: bool = False
    townships: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    grids: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    texts: bool = False
    persons: bool = False

    @property
    def blind(self) -> bool:
        """Sees no case at all."""
        return not (self.whole_county or self.townships or self.villages or self.grids or self.units)


def sight_of(account: Account, county: County) -> Sight:
    """What the account may see now, by the county as it is configured now."""
    if not account.may(Right.CASES):
        return Sight()
    texts = account.may(Right.TEXTS)
    persons = account.may(Right.REVEAL) or account.may(Right.CONSENT)
    if account.role in COUNTY_ROLES:
        return Sight(whole_county=True, texts=texts, persons=persons)
    places = _places(account, county)
    return Sight(
        townships=places.get("townships", frozenset()),
        villages=places.get("villages", frozenset()),
        grids=places.get("grids", frozenset()),
        units=places.get("units", frozenset()),
        texts=texts,
        persons=persons,
    )


def _places(account: Account, county: County) -> Mapping[str, frozenset[str]]:
    own = frozenset({account.unit})
    match account.role:
        case Role.TOWNSHIP:
            township = county.township_of_unit(account.unit)
            units = frozenset(unit.code for unit in county.units if unit.township == township)
            return {"townships": frozenset({township}), "units": units} if township is not None else {}
        case Role.GRID if county.grid(account.unit) is not None:
            return {"grids": own}
        case Role.GRID:
            return {"villages": own, "units": own}
        case _:
            return {"units": own}


def acting_unit(account: Account, county: County) -> str:
    """The unit whose moves the account makes: a grid worker makes those of the village's committee."""
    grid = county.grid(account.unit)
    return grid.village if grid is not None else account.unit


def centre_of(county: County) -> str:
    """The code of the county centre itself."""
    return next(unit.code for unit in county.units if unit.kind is UnitKind.COUNTY_CENTRE)


def checked_unit(login: str, role: Role, unit: str | None, county: County) -> str:
    """The unit an account of that role is for; raises `BadAccount`, saying what to give instead."""
    if LOGIN.fullmatch(login) is None:
        raise BadAccount(
            f"{login}: a login is 2 to 32 small letters, digits, '.', '_' or '-', and begins with a letter"
        )
    if login in RESERVED:
        raise BadAccount(f"{login}: the journal names somebody else so; choose another login")
    if role in COUNTY_ROLES:
        if unit not in (None, centre_of(county)):
            raise BadAccount(f"an account of role {role} is of the county centre itself; give no unit")
        return centre_of(county)
    if unit is None:
        raise BadAccount(f"an account of role {role} needs a unit; see: run.py units")
    fits = {
        Role.TOWNSHIP: _is(county, unit, UnitKind.TOWNSHIP_CENTRE),
        Role.GRID: county.grid(unit) is not None or _is(county, unit, UnitKind.VILLAGE_COMMITTEE),
        Role.DEPARTMENT: _is(county, unit, UnitKind.DEPARTMENT, UnitKind.POLICE_STATION, UnitKind.JUDICIAL_OFFICE),
    }
    if not fits[role]:
        wanted = {
            Role.TOWNSHIP: "a township's centre",
            Role.GRID: "a village's committee or a grid",
            Role.DEPARTMENT: "a department, a police station or a judicial office",
        }
        raise BadAccount(f"{unit}: an account of role {role} is for {wanted[role]}; see: run.py units")
    return unit


def _is(county: County, code: str, *kinds: UnitKind) -> bool:
    unit = county.unit(code)
    return unit is not None and unit.kind in kinds
