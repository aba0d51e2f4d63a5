"""The audit: nobody changes it in passing, and what is changed by force is noticed."""

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from casework.roles import Account, Role
from db import audit
from db.audit import COMMAND_LINE, Asked, Deed, End, Fault, FaultKind
from db.commands import rotate_vault
from db.database import Database
from db.inbox import Recorder
from db.models import AuditRow
from db.vault import Vault, VaultError, new_key
from tests.db.centre import Centre
from tests.records import NOW, VAULT, Feed, call, order

ZHANG = Account(7, "zhangmin", "张敏", Role.OPERATOR, "999921900000")
LI = Account(8, "lina", "李娜", Role.AUDITOR, "999921900000")


def write(database: Database, kind: Deed = Deed.VIEWED, account: Account | None = ZHANG, **more: Any) -> None:
    told: dict[str, Any] = {"vault": VAULT, "at": NOW, **more}
    with database.write() as session:
        audit.record(session, told.pop("vault"), account, kind, told.pop("at"), **told)


@pytest.fixture
def written(database: Database) -> Database:
    """A database whose audit has five rows."""
    for number in range(1, 6):
        write(database, case_id=number, at=NOW + timedelta(minutes=number), detail={"n": number, "why": "查看"})
    return database


def found(database: Database, vault: Vault = VAULT) -> list[Fault]:
    with database.read() as session:
        return audit.faults(session, vault)


def ids(database: Database) -> list[int]:
    with database.read() as session:
        return [row.id for row in audit.rows(session, Asked())][::-1]


def by_force(database: Database, *statements: str) -> None:
    """As the database's owner, who can take the triggers away."""
    with database.write() as session:
        if database.is_sqlite:
            for trigger in ("audit_no_update", "audit_no_delete", "audit_no_replace"):
                session.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        else:
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        for statement in statements:
            session.execute(text(statement))


def test_what_is_written_is_read_as_it_was_told(database: Database) -> None:
    local = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    write(
        database, Deed.SEARCHED, at=local, detail={"words": "油烟", "found": 3, "list": [1, {"a": None}], "share": 0.1}
    )
    write(database, Deed.SIGN_IN_FAILED, None)
    write(database, Deed.ACCOUNT_CHANGED, None, login=COMMAND_LINE)
    with database.read() as session:
        nobody, program, first = (audit.rows(session, Asked())[place] for place in (1, 0, 2))
    assert (first.id, first.at, first.account_id, first.login) == (1, local, 7, "zhangmin")
    assert first.detail == {"words": "油烟", "found": 3, "list": [1, {"a": None}], "share": 0.1}
    assert (nobody.account_id, nobody.login, program.login) == (None, "", "command line")
    assert found(database) == []


def test_an_audit_that_was_never_begun_has_no_fault(database: Database) -> None:
    assert found(database) == []


def test_a_row_that_is_rolled_back_leaves_no_gap(written: Database) -> None:
    def fail() -> None:
        with written.write() as session:
            audit.record(session, VAULT, ZHANG, Deed.VIEWED, NOW)
            raise LookupError

    pytest.raises(LookupError, fail)
    write(written)
    assert ids(written) == [1, 2, 3, 4, 5, 6]
    assert found(written) == []


def test_several_rows_of_one_transaction_follow_each_other(written: Database) -> None:
    with written.write() as session:
        for _ in range(3):
            audit.record(session, VAULT, ZHANG, Deed.VIEWED, NOW)
    assert ids(written) == list(range(1, 9))
    assert found(written) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET login = 'lina' WHERE id = 3",
        "UPDATE audit SET detail = '{}'",
        "UPDATE audit SET id = 9 WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT OR REPLACE INTO audit SELECT id, at, 8, 'lina', kind, case_id, detail, seal FROM audit WHERE id = 3",
    ],
)
def test_the_database_refuses_to_change_it(written: Database, statement: str) -> None:
    if written.is_sqlite and statement.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")
    if not written.is_sqlite and "OR REPLACE" in statement:
        pytest.skip("PostgreSQL has no REPLACE")
    with pytest.raises(Exception, match="the audit is append-only"), written.write() as session:
        session.execute(text(statement))
    assert ids(written) == [1, 2, 3, 4, 5]
    assert found(written) == []


def test_a_row_is_not_changed_through_its_model_either(written: Database) -> None:
    with pytest.raises(Exception, match="the audit is append-only"), written.write() as session:
        session.get_one(AuditRow, 3).login = "lina"
    assert found(written) == []


@pytest.mark.parametrize(
    "change",
    [
        "login = 'lina'",
        "account_id = 8",
        "account_id = NULL",
        "kind = 'exported'",
        "case_id = 99",
        "detail = '[]'",
        "at = '2026-11-20 04:03:01+00:00'",
        "seal = (SELECT seal FROM audit WHERE id = 4)",
    ],
)
def test_a_row_altered_by_force_is_found(written: Database, change: str) -> None:
    by_force(written, f"UPDATE audit SET {change} WHERE id = 3")
    faults = found(written)
    assert faults[0] == Fault(3, FaultKind.ALTERED)
    assert len(faults) == (2 if change.startswith("seal") else 1)


def test_rows_that_change_places_are_found(written: Database) -> None:
    by_force(
        written,
        "UPDATE audit SET id = 99 WHERE id = 2",
        "UPDATE audit SET id = 2 WHERE id = 3",
        "UPDATE audit SET id = 3 WHERE id = 99",
    )
    assert [fault.id for fault in found(written)] == [2, 3, 4]


def test_a_row_taken_out_of_the_middle_is_found(written: Database) -> None:
    by_force(written, "DELETE FROM audit WHERE id = 3")
    assert found(written) == [Fault(4, FaultKind.GAP)]
    by_force(written, "UPDATE audit SET id = 3 WHERE id = 4", "UPDATE audit SET id = 4 WHERE id = 5")
    assert [fault.id for fault in found(written)] == [3, 4, 4], "nor does moving the others up hide it"


def test_the_first_rows_taken_out_are_found(written: Database) -> None:
    by_force(written, "DELETE FROM audit WHERE id < 3")
    assert found(written) == [Fault(3, FaultKind.GAP)]


@pytest.mark.parametrize(
    "head",
    [
        "",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET last_id = 3, last_seal = (SELECT seal FROM audit WHERE id = 3)",
    ],
)
def test_a_tail_cut_off_is_found_and_going_on_does_not_hide_it(written: Database, head: str) -> None:
    by_force(written, "DELETE FROM audit WHERE id > 3", *filter(None, [head]))
    assert found(written) == [Fault(3, FaultKind.END)]
    write(written)
    write(written)
    faults = found(written)
    assert [fault.kind for fault in faults] == [FaultKind.GAP]
    assert ids(written)[-2:] == [faults[0].id, faults[0].id + 1], (
        "the desk goes on, the gap stays, what follows is sound"
    )


def test_all_rows_taken_out_are_found(written: Database) -> None:
    by_force(written, "DELETE FROM audit")
    assert found(written) == [Fault(0, FaultKind.END)]
    by_force(written, "DELETE FROM audit_head")
    assert found(written) == [Fault(0, FaultKind.END)], "the keys tell that there was something"
    write(written)
    assert [fault.kind for fault in found(written)] == [FaultKind.GAP]


def test_a_row_added_by_force_is_found(written: Database) -> None:
    by_force(
        written,
        "INSERT INTO audit (id, at, account_id, login, kind, case_id, detail, seal)"
        " SELECT 6, at, account_id, login, kind, case_id, detail, seal FROM audit WHERE id = 5",
    )
    assert found(written) == [Fault(6, FaultKind.ALTERED), Fault(6, FaultKind.END)]


def test_an_audit_put_back_whole_shows_by_what_was_kept_elsewhere(written: Database) -> None:
    with written.read() as session:
        head = session.execute(text("SELECT last_id, last_seal, seal FROM audit_head")).one()
    write(written)
    with written.read() as session:
        kept = audit.end_of(session, VAULT)
    assert kept is not None
    by_force(written, "DELETE FROM audit WHERE id > 5")
    with written.write() as session:
        session.execute(
            text("UPDATE audit_head SET last_id = :id, last_seal = :last, seal = :seal"),
            {"id": head[0], "last": head[1], "seal": head[2]},
        )
    assert found(written) == [], "the database alone can't tell"
    write(written, Deed.EXPORTED)
    with written.read() as session:
        assert audit.seal_of(session, kept.id) != kept.seal
        assert audit.seal_of(session, 99) is None


def test_another_vault_makes_no_seals_that_fit(written: Database) -> None:
    with pytest.raises(VaultError, match="a key this process does not have"):
        write(written, vault=Vault([new_key()]))
    assert ids(written) == [1, 2, 3, 4, 5]


def test_a_key_of_the_audit_that_was_moved_or_altered_is_said(written: Database) -> None:
    by_force(written, "UPDATE audit_keys SET first_id = 2")
    with pytest.raises(VaultError, match="altered or moved"):
        found(written)


def rotated(database: Database, new: str, old: Vault) -> Vault:
    """The database under a new vault key; the vault that then knows this key alone."""
    with database.write() as session:
        rotate_vault(session, Vault([new, *old._given]), NOW)
    return Vault([new])


def test_seals_hold_when_the_vaults_key_changes_and_the_old_one_is_dropped(written: Database) -> None:
    vault = rotated(written, new_key(), VAULT)
    assert found(written, vault) == []
    write(written, vault=vault)
    vault = rotated(written, new_key(), vault)
    write(written, vault=vault)
    assert found(written, vault) == []
    assert ids(written) == list(range(1, 10))
    with written.read() as session:
        changes = audit.rows(session, Asked(kinds=(Deed.VAULT_ROTATED,)))
    assert [(row.id, row.login) for row in changes] == [(8, COMMAND_LINE), (6, COMMAND_LINE)]
    assert changes[0].detail == {"key": vault.key_id}


def test_alterations_are_found_in_rows_of_before_and_after_a_change_of_keys(written: Database) -> None:
    vault = rotated(written, new_key(), VAULT)
    write(written, vault=vault)
    by_force(written, "UPDATE audit SET login = 'lina' WHERE id IN (2, 7)")
    assert found(written, vault) == [Fault(2, FaultKind.ALTERED), Fault(7, FaultKind.ALTERED)]


def test_who_has_an_old_key_of_the_audit_can_not_rewrite_the_past(written: Database) -> None:
    """Even sealed anew with the right key, the last row of before is not the one the first seal after it was made on."""
    with written.read() as session:
        key = audit._key_of(session, VAULT, 5)
        before = audit.seal_of(session, 4)
        assert key is not None
        assert before is not None
        row = session.get_one(AuditRow, 5)
        row.login = "lina"
        seal = audit._sealed(key, before, audit._told(row))
        session.rollback()
    vault = rotated(written, new_key(), VAULT)
    by_force(written, "UPDATE audit SET login = 'lina' WHERE id = 5")
    with written.write() as session:
        session.execute(text("UPDATE audit SET seal = :seal WHERE id = 5"), {"seal": seal})
    assert found(written, vault) == [Fault(6, FaultKind.ALTERED)]


def test_taking_the_newest_key_away_is_found(written: Database) -> None:
    vault = rotated(written, new_key(), VAULT)
    write(written, vault=vault)
    by_force(written, "DELETE FROM audit_keys WHERE first_id > 1")
    assert Fault(6, FaultKind.ALTERED) in found(written, vault)
    assert Fault(7, FaultKind.END) in found(written, vault)
    write(written, vault=vault)
    assert Fault(9, FaultKind.GAP) in found(written, vault)


def test_who_still_has_the_old_vault_key_writes_no_more(written: Database) -> None:
    rotated(written, new_key(), VAULT)
    with pytest.raises(VaultError):
        write(written)


def test_a_vault_is_rotated_before_anybody_did_anything(database: Database) -> None:
    vault = rotated(database, new_key(), VAULT)
    assert found(database, vault) == []
    assert ids(database) == [1]


def test_writers_at_once_get_ids_without_gaps_and_one_chain(database: Database) -> None:
    """The first rows of all, too: only one of the writers may begin."""
    everybody = threading.Barrier(8)

    def work(number: int) -> None:
        everybody.wait(timeout=20)
        for turn in range(5):
            write(database, account=ZHANG._replace(id=number), case_id=turn)

    writers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert ids(database) == list(range(1, 41))
    assert found(database) == []


def test_rows_are_asked_for_by_who_what_when_and_which_case(database: Database, recorder: Recorder) -> None:
    centre = Centre(database, recorder)
    first = centre.hear(Feed.HOTLINE12345, order())
    other = centre.hear(Feed.POLICE110, call())
    write(database, case_id=first)
    write(database, Deed.EXPORTED, LI, at=NOW + timedelta(hours=1))
    write(database, Deed.REVEALED, LI, case_id=other, at=NOW + timedelta(hours=2))
    write(database, Deed.VIEWED, LI, case_id=first, at=NOW + timedelta(hours=3))
    code = centre.case(first).code

    def asked(**what: Any) -> list[int]:
        with database.read() as session:
            newest_first = [row.id for row in audit.rows(session, Asked(**what))]
            assert [row.id for row in audit.every_row(session, Asked(**what))] == newest_first[::-1]
            return newest_first

    assert asked() == [4, 3, 2, 1]
    assert asked(login="lina") == [4, 3, 2]
    assert asked(login="lin") == []
    assert asked(kinds=(Deed.VIEWED, Deed.EXPORTED)) == [4, 2, 1]
    assert asked(code=code) == [4, 1]
    assert asked(code="YC-1") == []
    assert asked(since=NOW + timedelta(hours=1)) == [4, 3, 2]
    assert asked(until=NOW + timedelta(hours=1)) == [1]
    assert asked(login="lina", kinds=(Deed.VIEWED,), code=code) == [4]
    with database.read() as session:
        assert [(row.id, row.code) for row in audit.rows(session, Asked(), before=3, limit=1)] == [(2, None)]
        assert [row.code for row in audit.rows(session, Asked(), before=2)] == [code]
        assert [row.id for row in audit.of_case(session, first)] == [4, 1]
        assert [row.id for row in audit.of_case(session, first, limit=1)] == [4]


def test_the_end_is_what_was_written_last(written: Database) -> None:
    with written.read() as session:
        seal = audit.seal_of(session, 5)
        assert seal is not None
        assert audit.end_of(session, VAULT) == End(5, seal)
