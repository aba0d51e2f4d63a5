"""Accounts and device links on the page of operations: their lists, their forms, and what is wrong with what was filled in."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from casework.county import County, UnitKind
from casework.roles import COUNTY_ROLES, LOGIN, Role
from dashboard.exports.lines import minute
from dashboard.office_shell import ROLES
from dashboard.words import Words, mark
from db.models import Account, DeviceLink
from db.passwords import LEAST_CHARACTERS, MOST_CHARACTERS

KINDS = {
    Role.TOWNSHIP: (UnitKind.TOWNSHIP_CENTRE,),
    Role.GRID: (UnitKind.VILLAGE_COMMITTEE,),
    Role.DEPARTMENT: (UnitKind.DEPARTMENT, UnitKind.POLICE_STATION, UnitKind.JUDICIAL_OFFICE),
}
OFFERED = 25


class Filled(NamedTuple):
    """What somebody filled in for a new account, as it came from the browser."""

    login: str
    name: str
    role: str
    unit: str
    password: str


def filled(*values: object) -> Filled:
    """What is no text was not filled in."""
    texts = [value if isinstance(value, str) else "" for value in values]
    *told, password = texts
    return Filled._make([*(text.strip() for text in told), password])


def account_rows(
    rows: Sequence[Account],
    seen: Mapping[int, datetime],
    sessions: Mapping[int, int],
    county: County,
    at: datetime,
    words: Words,
) -> list[dict[str, Any]]:
    """For the list. `sessions`: how many are in force, by account; the first rows are those that may sign in."""
    ordered = sorted(rows, key=lambda row: (row.disabled_at is not None, row.login))
    return [
        {
            "id": row.login,
            "login": row.login,
            "name": row.name,
            "role": words[ROLES[Role(row.role)]],
            "unit": place_name(county, row.unit),
            "seen": minute(seen.get(row.id)) or "—",
            "sessions": sessions.get(row.id, 0),
            "state": "、".join(_states(row, at, words)) or words[mark("may sign in")],
        }
        for row in ordered
    ]


def _states(row: Account, at: datetime, words: Words) -> list[str]:
    told = [
        (row.disabled_at is not None, words[mark("disabled since {at}")].format(at=minute(row.disabled_at))),
        (
            row.locked_until is not None and row.locked_until > at,
            words[mark("locked until {at}")].format(at=minute(row.locked_until)),
        ),
        (row.demo, words[mark("of the demo")]),
        (row.password_hash is None, words[mark("no password")]),
        (row.subject is not None, words[mark("single sign-on")]),
    ]
    return [word for so, word in told if so]


def link_rows(links: Sequence[DeviceLink], words: Words) -> list[dict[str, Any]]:
    """For the list: those in force first, the newest first."""
    ordered = sorted(links, key=lambda link: (link.revoked_at is not None, -link.id))
    return [
        {
            "id": str(link.id),
            "name": link.name,
            "kind": words[mark("tablet that drives the walls")] if link.drives else words[mark("wall")],
            "made": minute(link.created_at),
            "bound": minute(link.bound_at) or "—",
            "seen": minute(link.seen_at) or "—",
            "state": words[mark("revoked {at}")].format(at=minute(link.revoked_at))
            if link.revoked_at is not None
            else words[mark("in force")]
            if link.bound_at is not None
            else words[mark("not opened yet")],
        }
        for link in ordered
    ]


def units_for(role: str | None, county: County) -> list[dict[str, str]]:
    """What an account of that role may be for, as a picker's options; none for the county's own people."""
    if role not in set(Role) or Role(role) in COUNTY_ROLES:
        return []
    units = [unit for unit in county.units if unit.kind in KINDS[Role(role)]]
    grids = [{"value": grid.code, "label": grid.name} for grid in county.grids] if role == Role.GRID else []
    return [{"value": unit.code, "label": unit.name} for unit in units] + grids


def units_told(role: str | None, typed: str, county: County) -> list[str]:
    """The names a picker offers to who has typed that much; `OFFERED` at most."""
    names = [unit["label"] for unit in units_for(role, county) if typed.strip() in unit["label"]]
    return names[:OFFERED]


def unit_code(role: str, told: str, county: County) -> str:
    """Of a unit or a grid told by its name or its code; "" for what no account of that role may be for."""
    return next((unit["value"] for unit in units_for(role, county) if told in unit.values()), "")


def account_fault(told: Filled, taken: Collection[str], words: Words) -> str | None:
    """What has to be mended first; `taken`: logins there are."""
    if LOGIN.fullmatch(told.login) is None:
        return words[mark("A login is 2 to 32 small letters, digits, '.', '_' or '-', and begins with a letter.")]
    if told.login in taken:
        return words[mark("There is an account {login} already.")].format(login=told.login)
    if not told.name:
        return words[mark("Whose account is it? The person's name is missing.")]
    if told.role not in set(Role):
        return words[mark("Choose a role.")]
    if Role(told.role) not in COUNTY_ROLES and not told.unit:
        return words[mark("An account of this role needs a unit.")]
    return password_fault(told.password, words)


def password_fault(password: str, words: Words) -> str | None:
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        return password_rule(words)
    if len(set(password)) < LEAST_CHARACTERS // 3:
        return words[mark("A password of so few different characters is guessed at once.")]
    return None


def password_rule(words: Words) -> str:
    told = words[mark("A password has {least} to {most} characters; several words are easy to keep in mind.")]
    return told.format(least=LEAST_CHARACTERS, most=MOST_CHARACTERS)


def place_name(county: County, code: str) -> str:
    """The name of a unit or a grid; a code nobody knows as it is."""
    grid = county.grid(code)
    return grid.name if grid is not None else county.unit_name(code)
