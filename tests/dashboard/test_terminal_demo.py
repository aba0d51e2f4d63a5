"""The demo's accounts: made once, shown at each start, and always with a password that opens the door."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from casework.county import County
from casework.roles import Role
from config.demo_accounts import load_demo_accounts
from dashboard.terminal.demo import Shown, demo_accounts, open_doors, readable_password
from db import accounts, audit
from db.accounts import Answer
from db.audit import COMMAND_LINE, Asked, Deed
from db.database import Database
from db.passwords import Passwords
from db.vault import Vault
from tests.db.people import CHEAP, COUNTY, STORED, People
from tests.records import CONFIG, NOW, VAULT

WANTED = load_demo_accounts(CONFIG / "demo_accounts.toml", COUNTY)


@dataclass
class Demo:
    """A centre as the commands are handed it."""

    database: Database
    file: Path
    vault: Vault = VAULT
    county: County = COUNTY
    passwords: Passwords = CHEAP

    def ready(self) -> Database:
        return self.database

    def now(self) -> datetime:
        return NOW

    def start(self) -> list[Shown]:
        return demo_accounts(self, WANTED, self.file)


@pytest.fixture
def demo(database: Database, tmp_path: Path) -> Demo:
    return Demo(database, tmp_path / "var" / "demo-accounts.txt")


def opens(demo: Demo, shown: list[Shown]) -> bool:
    people = People(demo.database)
    return all(people.tries(each.password, each.login).answer is Answer.ADMITTED for each in shown)


def test_the_first_start_makes_one_account_of_each_role(demo: Demo) -> None:
    shown = demo.start()
    assert [each.role for each in shown] == list(Role)
    assert [each.unit for each in shown[:4]] == ["县综治中心", "县综治中心", "青石综治中心", "城管局"]
    assert len({each.password for each in shown}) == len(Role)
    assert opens(demo, shown)
    assert open_doors(demo.database) == sorted(each.login for each in shown)


def test_each_is_written_down_without_its_password(demo: Demo) -> None:
    shown = demo.start()
    with demo.database.read() as session:
        rows = audit.rows(session, Asked())
    assert {(row.kind, row.login, row.account_id) for row in rows} == {(Deed.ACCOUNT_CHANGED, COMMAND_LINE, None)}
    assert [row.detail["account"] for row in rows][::-1] == [each.login for each in shown]
    assert not any(each.password in repr(rows) or each.name in repr(rows) for each in shown)


def test_a_restart_shows_the_same_and_changes_nothing(demo: Demo) -> None:
    first, text = demo.start(), demo.file.read_text()
    assert demo.start() == first
    assert demo.file.read_text() == text
    with demo.database.read() as session:
        assert len(audit.rows(session, Asked())) == len(WANTED)


def test_the_passwords_are_readable_by_their_owner_only(demo: Demo) -> None:
    shown = demo.start()
    assert demo.file.stat().st_mode & 0o777 == 0o600
    assert all(f"{each.login} {each.password}\n" in demo.file.read_text() for each in shown)


def test_a_lost_file_is_made_again_with_passwords_that_fit(demo: Demo) -> None:
    first = demo.start()
    demo.file.unlink()
    again = demo.start()
    assert [each.login for each in again] == [each.login for each in first]
    assert not {each.password for each in again} & {each.password for each in first}
    assert opens(demo, again)
    assert open_doors(demo.database) == sorted(each.login for each in first), "they are the demo's still"


def test_a_new_database_gets_the_passwords_of_the_file(demo: Demo) -> None:
    demo.file.parent.mkdir()
    demo.file.write_text("operator zero-zero-gaga-bibi\n")
    shown = demo.start()
    assert shown[0].password == "zero-zero-gaga-bibi"
    assert opens(demo, shown)


def test_one_that_is_disabled_or_has_a_password_of_its_own_is_the_demos_no_more(demo: Demo) -> None:
    demo.start()
    with demo.database.write() as session:
        accounts.disable(session, "leader", NOW)
        accounts.set_password(session, "operator", STORED, NOW)
    shown = demo.start()
    assert [each.role for each in shown] == [role for role in Role if role not in (Role.LEADER, Role.OPERATOR)]
    assert People(demo.database).tries(login="operator").answer is Answer.ADMITTED
    assert "leader" not in open_doors(demo.database)


def test_where_people_have_accounts_the_demo_makes_none(demo: Demo) -> None:
    People(demo.database).add()
    assert demo.start() == []
    assert not demo.file.exists()
    assert open_doors(demo.database) == []


def test_a_password_can_be_read_out_and_not_be_guessed() -> None:
    made = {readable_password() for _ in range(200)}
    assert len(made) == 200
    assert all(CHEAP.stored(password) for password in list(made)[:20])
    assert all([len(group) for group in password.split("-")] == [4, 4, 4, 4] for password in made)
