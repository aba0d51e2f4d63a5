"""People at the doors of a test's database: accounts of the demo county, made cheaply, and a clock that is set by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select

from casework.roles import Account, Role
from config.county import load_county
from db import accounts
from db.audit import Deed
from db.database import Database
from db.models import AuditRow
from db.passwords import Passwords
from db.sign_ins import DatabaseSignIns
from db.vault import Vault
from tests.records import CONFIG, NOW, VAULT

COUNTY = load_county(CONFIG / "county.toml")
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "correct horse battery"
STORED = CHEAP.stored(PASSWORD)
ADDRESS, AGENT = "10.7.0.5", "a browser"


@dataclass
class People:
    """Accounts and attempts to sign in at the time `now`."""

    database: Database
    vault: Vault = VAULT
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.door = DatabaseSignIns(self.database, self.vault, lambda: self.now, CHEAP)

    def add(self, login: str = "zhangmin", role: Role = Role.OPERATOR, unit: str | None = None, **more: Any) -> Account:
        told = {"name": "张敏", "password_hash": STORED, "at": self.now, **more}
        with self.database.write() as session:
            return accounts.add_account(session, COUNTY, login=login, role=role, unit=unit, **told)

    def tries(self, password: str = PASSWORD, login: str = "zhangmin") -> accounts.Attempt:
        return self.door.try_password(login, password, ADDRESS, AGENT)

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)

    def logged(self, *kinds: Deed) -> list[AuditRow]:
        """The audit's rows, of these kinds if any are given, the oldest first."""
        with self.database.read() as session:
            wanted = select(AuditRow).order_by(AuditRow.id)
            return list(session.scalars(wanted.where(AuditRow.kind.in_(kinds)) if kinds else wanted))
