"""Reads `demo_accounts.toml`: the accounts the demo is given, one of each role."""

from pathlib import Path

from casework.county import County
from casework.errors import RuleError
from casework.roles import BadAccount, Role, checked_unit
from config.tables import Table, read_table, word
from dashboard.terminal.demo import Wanted


def load_demo_accounts(path: Path, county: County) -> tuple[Wanted, ...]:
    """The accounts in the file's order; raises `RuleError` naming file, line and field where one does not fit the county."""
    table = read_table(path)
    table.only("account")
    found: list[Wanted] = []
    for each in table.tables("account"):
        wanted = _wanted(each, county)
        if any(wanted.login == other.login for other in found):
            raise each.error(f"{wanted.login} is an account already", "login")
        found.append(wanted)
    missing = set(Role) - {each.role for each in found}
    if missing:
        raise RuleError(f"{path.name}: no account of role {', '.join(sorted(missing))}")
    return tuple(found)


def _wanted(table: Table, county: County) -> Wanted:
    table.only("login", "name", "role", "unit")
    login, name = table.text("login"), table.text("name")
    role = word(table.text("role"), Role, table, "role")
    unit = table.text("unit") if "unit" in table else None
    try:
        checked_unit(login, role, unit, county)
    except BadAccount as error:
        raise table.error(str(error)) from None
    return Wanted(login, name, role, unit)
