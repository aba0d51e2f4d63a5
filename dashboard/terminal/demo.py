"""The demo's accounts: one of each role, with passwords that are made once and shown at every start of the demo.

They are marked in the database, and `serve` does not start while one of them lets anybody in.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from rich.table import Table

from casework.county import County
from casework.roles import Role
from dashboard.terminal.console import Centre, place_name
from db import accounts, audit
from db.audit import COMMAND_LINE, Deed
from db.database import Database, Session

CONSONANTS: Final = "bdfgkmnprstvz"
VOWELS: Final = "aeiou"
GROUPS: Final = 4  # of two syllables, 12 bits each
HEADING: Final = "# The demo's accounts. Made by run.py demo, which prints them; delete it for other passwords.\n"


class Wanted(NamedTuple):
    """An account the demo is to have."""

    login: str
    name: str
    role: Role
    unit: str | None


class Shown(NamedTuple):
    """An account of the demo, as a newcomer needs it."""

    login: str
    password: str
    name: str
    role: str
    unit: str


def demo_accounts(centre: Centre, wanted: Sequence[Wanted], file: Path) -> list[Shown]:
    """The demo's accounts with passwords that open them. They are made where there is no account at all; afterwards those that
    are left of them (neither disabled nor given a password of their own) are shown."""
    database, at = centre.ready(), centre.now()
    with database.read() as session:
        fresh = not accounts.accounts(session)
        open_ = set(accounts.demo_logins(session))
    left = [each.login for each in wanted if fresh or each.login in open_]
    passwords = _kept_passwords(file, left)
    if fresh:
        _add(centre, wanted, passwords, at)
    else:
        _mend(centre, passwords)
    with database.read() as session:
        return list(_shown(session, centre.county, passwords))


def account_table(shown: Sequence[Shown]) -> Table:
    """For the terminal."""
    table = Table("login", "password", "name", "role", "unit", title="accounts of the demo")
    for each in shown:
        table.add_row(*each)
    return table


def open_doors(database: Database) -> list[str]:
    """The demo's accounts that still let somebody in."""
    with database.read() as session:
        return accounts.demo_logins(session)


def readable_password() -> str:
    """Easily read out and typed: 48 random bits."""
    syllables = (secrets.choice(CONSONANTS) + secrets.choice(VOWELS) for _ in range(2 * GROUPS))
    return "-".join(first + second for first, second in zip(syllables, syllables, strict=True))


def _kept_passwords(file: Path, logins: Sequence[str]) -> dict[str, str]:
    """The passwords of these logins: those of the file, and new ones where it has none, which it is given."""
    kept = dict(_lines(file))
    new = {login: readable_password() for login in logins if login not in kept}
    if new:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(HEADING + "".join(f"{login} {password}\n" for login, password in (kept | new).items()))
    return {login: (kept | new)[login] for login in logins}


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    if file.exists():
        for line in file.read_text().splitlines():
            login, _, password = line.strip().partition(" ")
            if password and not login.startswith("#"):
                yield login, password


def _add(centre: Centre, wanted: Sequence[Wanted], passwords: Mapping[str, str], at: datetime) -> None:
    stored = {login: centre.passwords.stored(password) for login, password in passwords.items()}
    with centre.ready().write() as session:
        for each in wanted:
            accounts.add_account(
                session,
                centre.county,
                login=each.login,
                name=each.name,
                role=each.role,
                unit=each.unit,
                password_hash=stored[each.login],
                at=at,
                demo=True,
            )
            detail = {"account": each.login, "change": "added", "role": each.role.value, "demo": True}
            audit.record(session, centre.vault, None, Deed.ACCOUNT_CHANGED, at, detail=detail, login=COMMAND_LINE)


def _mend(centre: Centre, passwords: Mapping[str, str]) -> None:
    """What is shown must open the door: where the file is another one than it was, its passwords are set."""
    with centre.ready().read() as session:
        stored = {login: accounts.account_row(session, login).password_hash for login in passwords}
    for login, password in passwords.items():
        if centre.passwords.fits(stored[login], password):
            continue
        new = centre.passwords.stored(password)
        with centre.ready().write() as session:
            accounts.set_password(session, login, new, centre.now())
            accounts.account_row(session, login).demo = True
            detail = {"account": login, "change": "password", "demo": True}
            audit.record(
                session, centre.vault, None, Deed.ACCOUNT_CHANGED, centre.now(), detail=detail, login=COMMAND_LINE
            )


def _shown(session: Session, county: County, passwords: Mapping[str, str]) -> Iterator[Shown]:
    for login, password in passwords.items():
        row = accounts.account_row(session, login)
        yield Shown(login, password, row.name, row.role, place_name(county, row.unit))
