"""The commands that scripts outside the project call."""

import gc
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

import run
from db.database import Database
from db.inbox import Recorder
from db.message import Message
from db.vault import Vault, new_key
from tests.records import CONFIG, KEY, Feed, envelope, event, message, order, rubbish

ROOT = CONFIG.parent


class Shell:
    """Calls the commands on one database with one vault key; `run` inside this process, `process` as a person would."""

    def __init__(self, url: str) -> None:
        self.key = KEY
        self.environment = {"BIHUAN_DATABASE_URL": url, "BIHUAN_VAULT_KEY": self.key, "COLUMNS": "200"}

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        run.console.width = 200
        root, thresholds = logging.getLogger(), gc.get_threshold()
        handlers, level = list(root.handlers), root.level
        try:
            done = CliRunner().invoke(run.app, arguments, env=self.environment | environment)
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            gc.set_threshold(*thresholds)
        if code == 2:
            assert isinstance(done.exception, run.REFUSALS), done.output
            return str(done.exception)
        assert done.exit_code == code, f"{done.output}{done.exception!r}"
        return done.output

    def process(self, *arguments: str, code: int = 0) -> str:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
        done = subprocess.run(
            [sys.executable, "run.py", *arguments],
            cwd=ROOT,
            env=inherited | self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def shell(database_url: str) -> Shell:
    return Shell(database_url)


def record(database: Database, shell: Shell, recorder: Recorder, *messages: Message) -> None:
    with database.write() as session:
        recorder.record(session, messages)


def test_migrate_makes_a_database_that_every_other_command_takes(shell: Shell) -> None:
    assert "newest schema" in shell.process("migrate")
    assert "0 differences" in shell.process("rebuild", "--check")


def test_a_database_without_a_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    fresh = Shell(f"sqlite:///{tmp_path / 'new.db'}")
    assert "bihuan: the database schema is at nothing" in fresh.process("rebuild", "--check", code=2)


def test_another_vault_key_is_refused(shell: Shell) -> None:
    shell.run("migrate")
    assert "not the key this database was sealed with" in shell.run("migrate", code=2, BIHUAN_VAULT_KEY=new_key())


def test_a_tampered_projection_is_found_and_made_again(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, order(), "e1", 1))
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE cases SET status = 'closed'")
    assert "1 differences" in shell.run("rebuild", "--check", code=1)
    shell.run("rebuild")
    assert "0 differences" in shell.run("rebuild", "--check")


def test_dead_letters_are_listed_retried_and_discarded(
    shell: Shell, database: Database, recorder: Recorder, tmp_path: Path
) -> None:
    mended = orjson.dumps(envelope(Feed.GRID, event(), "e1", 1))
    broken = orjson.dumps(envelope(Feed.GRID, event(eventCode=""), "e2", 2))
    record(
        database,
        shell,
        recorder,
        rubbish("e1", 1, mended, "the translator failed: KeyError"),
        rubbish("e2", 2, broken, "eventCode: absent, but required"),
    )
    listed = shell.run("dead-letters", "list")
    assert "the translator failed: KeyError" in listed
    assert "诸葛虚构" not in listed
    said = shell.run("dead-letters", "retry", "--all")
    assert "1 of 2 recorded" in said
    assert "2: still not understood: eventCode: absent, but required" in said
    assert "1 of 1 discarded" in shell.run("dead-letters", "discard", "2")
    assert "eventCode" not in shell.run("dead-letters", "list")
    assert "0 differences" in shell.run("rebuild", "--check")
    with database.read() as session:
        outcomes = session.connection().exec_driver_sql("SELECT event_id, outcome FROM feed_messages ORDER BY 1").all()
    assert [tuple(row) for row in outcomes] == [("e1", "created"), ("e2", "dead_letter")]


def test_a_vault_is_rotated_to_a_new_key(shell: Shell, database: Database, recorder: Recorder) -> None:
    shell.run("migrate")
    record(database, shell, recorder, message(Feed.HOTLINE12345, order(), "e1", 1))
    new = shell.run("vault", "new-key").strip()
    said = shell.run("vault", "rotate", BIHUAN_VAULT_KEY=new, BIHUAN_VAULT_OLD_KEYS=shell.key)
    assert "2 values sealed" in said
    with database.read() as session:
        (sealed,) = session.connection().exec_driver_sql("SELECT sealed FROM vault_reports").scalars()
    assert Vault([new]).open_report(sealed)[0][0].phone == "19900001234"
    shell.run("migrate", BIHUAN_VAULT_KEY=new)


def test_a_wall_link_is_made_listed_and_revoked(shell: Shell) -> None:
    shell.run("migrate")
    assert re.search(r"/wall-link/[\w-]{43}", shell.run("wall-link", "new", "--name", "大厅"))
    assert "大厅" in shell.run("wall-link", "list")
    assert "1 links of 大厅 revoked" in shell.run("wall-link", "revoke", "--name", "大厅")


def test_an_ingester_without_a_token_says_which_setting_is_missing(shell: Shell) -> None:
    shell.run("migrate")
    assert "BIHUAN_FEEDS__POLICE110__TOKEN" in shell.run("ingest", code=2)


def test_a_feed_token_and_its_hash_are_printed(shell: Shell) -> None:
    token, hashed = shell.run("feed-token").split()
    assert len(token) >= 40
    assert hashed.startswith("sha256:")
    assert token not in hashed


def test_an_import_says_what_it_did(shell: Shell, tmp_path: Path) -> None:
    shell.run("migrate")
    table = tmp_path / "orders.csv"
    table.write_text("工单编号,来电时间,工单状态\nDH1,2026-11-20 08:00:00,待受理\nDH2,,待受理\n", encoding="utf-8")
    said = shell.run("import", str(table), "--mapping", "config/mappings/hotline-excel.toml")
    assert "2 rows: 1 created, 1 refused" in said
    assert "row 3: column" in said
