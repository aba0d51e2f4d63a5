"""The commands that scripts outside the project call."""

import asyncio
import contextlib
import csv
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from docx import Document as Docx
from sqlalchemy import select
from typer.testing import CliRunner

import run
from casework.calendar import SHANGHAI
from casework.county import UnitKind
from casework.vocabulary import FeedState
from config.county import load_county
from config.settings import load_settings
from dashboard.exports.papers import NAMES, Paper
from dashboard.terminal.console import console
from db import commands
from db.accounts import Answer
from db.audit import Deed
from db.database import Database
from db.inbox import Recorder
from db.message import Message
from db.models import Assignment, AuditRow, Case, FeedStatus, JournalEntry
from db.vault import Vault, new_key
from feeds.server import token_hash
from tests.db.people import PASSWORD, People
from tests.records import CONFIG, KEY, Feed, call, envelope, event, message, order, rubbish

ROOT = CONFIG.parent


class Shell:
    """Calls the commands on one database with one vault key; `run` inside this process, `process` as a person would."""

    def __init__(self, url: str) -> None:
        self.key = KEY
        self.environment = {"BIHUAN_DATABASE_URL": url, "BIHUAN_VAULT_KEY": self.key, "COLUMNS": "200"}

    def run(self, *arguments: str, code: int = 0, typed: str | None = None, **environment: str) -> str:
        console.width = 200
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        try:
            done = CliRunner().invoke(run.app, arguments, input=typed, env=self.environment | environment)
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
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
    assert "0 differences" in shell.run("rebuild", "--check")


def test_a_database_without_a_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    fresh = Shell(f"sqlite:///{tmp_path / 'new.db'}")
    said = fresh.run("rebuild", "--check", code=2)
    assert said.startswith(f"the schema of sqlite:///{tmp_path / 'new.db'} is at nothing")
    assert "run.py migrate" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://bihuan:secret@127.0.0.1:1/x", "the database can't be used now: OperationalError: connection"),
        ("postgresql://h:no-port/x", "BIHUAN_DATABASE_URL is not a database URL"),
        ("sqlite:///{file}", "can't be used: file is not a database"),
        ("sqlite:///{file}/b.db", "BIHUAN_DATABASE_URL: there is no folder"),
        ("sqlite:///{folder}", "the database can't be used now: OperationalError: unable to open"),
        ("", "BIHUAN_DATABASE_URL is empty"),
    ],
)
def test_a_database_that_is_none_is_told_in_a_sentence(url: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to be one" * 10)
    told = Shell(url.format(file=tmp_path / "text", folder=tmp_path)).process("dead-letters", "list", code=2)
    assert told.startswith("bihuan: ")
    assert said in told
    assert told.count("\n") == 1
    assert "secret" not in told


@pytest.mark.parametrize("command", ["ingest", "serve"])
def test_what_runs_for_months_waits_for_a_server_that_is_not_there_yet(command: str) -> None:
    shell = Shell("postgresql://bihuan:x@127.0.0.1:1/x")
    ports = {"BIHUAN_LISTEN__PORT": "0", "BIHUAN_WEB__PORT": "0"}
    for feed in Feed:
        ports |= {f"BIHUAN_FEEDS__{feed.upper()}__MODE": "listen", f"BIHUAN_FEEDS__{feed.upper()}__TOKEN": "any"}
    with subprocess.Popen(
        [sys.executable, "run.py", command],
        cwd=ROOT,
        env=os.environ | shell.environment | ports,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stderr is not None
            assert b"waiting for the database (BIHUAN_DATABASE_URL)" in process.stderr.readline()
            assert process.poll() is None
        finally:
            process.kill()


def test_an_ingester_says_that_its_port_is_taken(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shell.environment |= {"BIHUAN_LISTEN__PORT": str(port), "BIHUAN_FEEDS__GRID__MODE": "listen"}
        said = shell.process("ingest", code=2)
    assert said.startswith(f"bihuan: the ingester can't listen on port {port} of 127.0.0.1 (")
    assert "BIHUAN_LISTEN__PORT" in said


def test_no_key_is_made_for_a_database_that_has_been_sealed(tmp_path: Path) -> None:
    shell = Shell(f"sqlite:///{tmp_path / 'b.db'}")
    shell.run("migrate")
    said = shell.run("dead-letters", "list", code=2, BIHUAN_VAULT_KEY="")
    assert said.startswith("this database was sealed with a key, and none is here: set BIHUAN_VAULT_KEY")
    assert not (tmp_path / "vault.key").exists()


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
    assert "there are more than 1" in shell.run("dead-letters", "list", "--limit", "1")
    for unsaid in ([], ["1", "--all"]):
        assert "say which by their ids, or --all" in shell.process("dead-letters", "retry", *unsaid, code=2)
    assert "7: not open" in shell.run("dead-letters", "retry", "7")
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
    assert "0 links of 大堂 revoked" in shell.run("wall-link", "revoke", "--name", "大堂")
    noted = [line for line in shell.run("audit", "list").splitlines() if "link_changed" in line]
    assert [re.findall(r'"change":"(\w+)"', line) for line in noted] == [["revoked"], ["made"]]
    assert all("command line" in line and "大厅" in line for line in noted)


def test_a_wall_link_leads_to_where_the_display_reaches_the_dashboard(shell: Shell) -> None:
    shell.run("migrate")
    told = shell.run("wall-link", "new", "--name", "大厅", "--address", "https://wall.example/")
    assert re.search(r"^https://wall\.example/wall-link/[\w-]{43}$", told, re.MULTILINE)


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


@pytest.fixture
def offline(tmp_path: Path) -> Shell:
    """A shell for commands that ask no database; there is none."""
    return Shell(f"sqlite:///{tmp_path / 'none.db'}")


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-12T10:00", "2026-02-26"),  # over the Spring Festival, with a Saturday worked before it
        ("2026-09-29", "2026-10-12"),  # over the National Day holiday
        ("2026-09-29T23:59:59+08:00", "2026-10-12"),
        ("2026-09-29T16:00:00+00:00", "2026-10-13"),  # the 30th in Shanghai
        ("2026-04-30 10:00", "2026-05-11"),  # over Labour Day
    ],
)
def test_a_deadline_over_holidays_and_make_up_workdays(offline: Shell, received: str, due: str) -> None:
    lines = offline.run("deadline", received, "--working-days", "5").splitlines()
    assert lines[:2] == [due, f"due at {due} 24:00"]
    counted = [line.split()[2] for line in lines if line.startswith("  ") and line.split()[2] not in ("-", "0")]
    assert counted == ["1", "2", "3", "4", "5"]


def test_a_deadline_shows_why_each_day_counts_or_does_not(offline: Shell) -> None:
    said = offline.run("deadline", "2026-02-12T10:00", "--working-days", "5")
    assert re.search(r"2026-02-12 Thu +0 +received", said)
    assert re.search(r"2026-02-14 Sat +2 +make-up \(Spring Festival\)", said)
    assert re.search(r"2026-02-17 Tue +- +holiday \(Spring Festival\)", said)
    assert "5 working day(s) after 2026-02-12 10:00; asked for" in said


def test_a_deadline_in_a_year_that_is_not_published_is_provisional(offline: Shell) -> None:
    first, *rest = offline.run("deadline", "2026-12-29T10:00", "--working-days", "5").splitlines()
    assert first == "2027-01-06 暂定"
    assert any(line.startswith("provisional: ") for line in rest)


@pytest.mark.parametrize(
    ("options", "due"),
    [
        (("--hours", "24"), "2026-02-13 10:00"),
        (("--minutes", "15"), "2026-02-12 10:15"),
        (("--hours", "14"), "2026-02-12 24:00"),  # as everywhere: midnight ends the day before
        (("--days", "7"), "2026-02-19 24:00"),
        (("--working-days", "0"), "2026-02-12 24:00"),
        (("--rule", "finish/complaint"), "2026-02-26 24:00"),
        (("--rule", "2026-1/finish/complaint"), "2026-02-26 24:00"),
        (("--rule", "complaint"), "2026-02-26 24:00"),
        (("--rule", "sign/urgent"), "2026-02-12 12:00"),
        (("--rule", "finish/dispute-simple"), "2026-02-13 24:00"),
    ],
)
def test_a_deadline_in_other_units_or_by_a_rule(offline: Shell, options: tuple[str, str], due: str) -> None:
    lines = offline.run("deadline", "2026-02-12T10:00", *options).splitlines()
    assert lines[1] == f"due at {due}"
    assert lines[0] == due.split(maxsplit=1)[0]


def test_a_deadline_by_a_rule_names_the_clause_and_its_version(offline: Shell) -> None:
    assert "; 2026-1/finish/complaint" in offline.run("deadline", "2026-02-12T10:00", "--rule", "complaint")


@pytest.mark.parametrize(
    ("received", "told"),
    [
        ("2025-12-31T23:59", True),
        ("2026-01-01", False),
    ],
)
def test_a_deadline_by_a_rule_before_there_were_rules_says_so(offline: Shell, received: str, told: bool) -> None:
    said = offline.run("deadline", received, "--rule", "complaint")
    sentence = "no version of the rules was in force yet at 2025-12-31 23:59: the first one was used, 2026-1, "
    assert (f"{sentence}in force since 2026-01-01" in said) is told
    assert "no version" not in offline.run("deadline", received, "--days", "5")


@pytest.mark.parametrize(("received", "told"), [("2003-12-31", True), ("1999-01-04", True), ("2004-01-01", False)])
def test_a_count_before_the_first_year_of_known_holidays_says_so(offline: Shell, received: str, told: bool) -> None:
    said = offline.run("deadline", received, "--working-days", "5")
    assert ("the days off before 2004 are not known: Monday to Friday are counted there" in said) is told
    assert "not known" not in offline.run("deadline", received, "--days", "5"), "every day counts"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("yesterday", "--days", "5"), "yesterday: expected a time like 2026-02-12T10:00"),
        (("2026-02-30", "--days", "5"), "2026-02-30: expected a time"),
        (("0001-01-01T00:00", "--days", "5"), "0001-01-01T00:00: expected a time"),
        (("2026-02-12",), "none is given: say one of --working-days, --days, --hours, --minutes or --rule"),
        (("2026-02-12", "--days", "5", "--hours", "5"), "--days and --hours are given: say one of --working-days"),
        (("2026-02-12", "--working-days", "5", "--rule", "x"), "--working-days and --rule are given: say one of"),
        (("2026-02-12", "--rule", "finish/nonsense"), "no such clause; there are sign/critical"),
        (("2026-02-12", "--rule", ""), "no such clause"),
        (("2026-02-12", "--days", "-1"), "-1: expected 0 to 10000"),
        (("2026-02-12", "--hours", "-1"), "-1: expected 0 to 10000"),
        (("2026-02-12", "--working-days", "10001"), "10001: expected 0 to 10000"),
        (("2026-02-12", "--minutes", "99999999999999999999"), "expected 0 to 10000"),
        (("9999-12-31T10:00", "--working-days", "5"), "no calendar reaches that far"),
        (("9999-12-31T10:00", "--hours", "100"), "no calendar reaches that far"),
    ],
)
def test_a_deadline_of_nonsense_is_refused(offline: Shell, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in offline.run("deadline", *arguments, code=2)


def test_a_refusal_is_one_sentence_and_exit_2(offline: Shell) -> None:
    said = offline.process("deadline", "2026-02-12", "--rule", "nonsense", code=2)
    assert said.startswith("bihuan: --rule nonsense: no such clause")
    assert len(said.splitlines()) == 1


def test_the_rules_in_force_are_listed_clause_by_clause(offline: Shell) -> None:
    said = offline.run("rules", "list")
    for clause, limit in (
        ("sign/critical", "15 minute"), ("finish/complaint", "5 working day"), ("finish/dispute-complex", "20 day"),
        ("finish/category-utilities", "24 hour"), ("extension/most", "10 working day"), ("whistle/answer", "2 hour"),
    ):  # fmt: skip
        assert re.search(rf"2026-1\W+2026-01-01\W+{clause}\W+{limit}\W", said), clause
    assert re.search(r"calendar state-council-\d+, published to the end of \d{4}", said)


CENTRE = load_county(CONFIG / "county.toml")
TOWNSHIP = CENTRE.townships[0]


def old_order(**changes: Any) -> dict[str, Any]:
    """A complaint of Monday 4 March 2024, due on the Monday after: late on any clock a test may run by."""
    times = dict.fromkeys(("callTime", "dispatchTime", "updateTime"), "2024-03-04 09:00:00")
    return order(**({"areaCode": TOWNSHIP.code} | times | changes))


def fresh_order(**changes: Any) -> dict[str, Any]:
    """A complaint of an hour ago: the commands act now."""
    local = f"{(run.now() - timedelta(hours=1)).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return order(**(dict.fromkeys(("callTime", "dispatchTime", "updateTime"), local) | changes))


def code_of(database: Database, report: str = "hotline12345:DH2026112000001") -> str:
    with database.read() as session:
        wanted = select(Case.code).where(Case.report == report, Case.merged_into.is_(None))
        return session.scalars(wanted).one()


def entries(database: Database) -> list[tuple[str, str]]:
    """(type, actor) of the whole journal."""
    with database.read() as session:
        told = session.execute(select(JournalEntry.type, JournalEntry.actor).order_by(JournalEntry.id))
        return [(kind, actor) for kind, actor in told]


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A copy of the configuration in which a complaint has two working days."""
    folder = shutil.copytree(CONFIG, tmp_path / "config")
    clocks = folder / "rules" / "clocks.toml"
    changed = clocks.read_text(encoding="utf-8").replace(
        "complaint = { working_days = 5 }", "complaint = { working_days = 2 }"
    )
    assert changed != clocks.read_text(encoding="utf-8")
    clocks.write_text(changed, encoding="utf-8")
    return folder


def test_a_rule_change_is_tried_on_history(
    shell: Shell, database: Database, recorder: Recorder, candidate: Path, tmp_path: Path
) -> None:
    done = {"state": "待回访", "completeTime": "2024-03-08 10:00:00", "updateTime": "2024-03-08 10:00:00"}
    record(
        database,
        shell,
        recorder,
        message(Feed.HOTLINE12345, old_order(**done), "e1", 1),
        message(Feed.HOTLINE12345, old_order(orderNum="DH2", callTime="2024-03-03 23:59:59"), "e2", 2),
        message(Feed.HOTLINE12345, old_order(orderNum="DH3", deadlineDate="2024-03-20 12:00:00"), "e3", 3),
    )
    out = tmp_path / "changed.csv"
    said = shell.run("rules", "test", "--since", "2024-03-04", "--rules", str(candidate), "--out", str(out))
    assert "1 deadlines of 1 cases (of 2) would change; 1 would be late that were not, 0 would not be late" in said
    assert re.search(
        r"YC-20240304-00001\W+promise\W+2026-1/finish/complaint\W+2024-03-11 24:00\W+2024-03-06 24:00", said
    )
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["code"], row["report"], row["kind"]) == ("YC-20240304-00001", "hotline12345:DH2026112000001", "promise")
    assert (row["was_late"], row["would_be_late"]) == ("False", "True")
    assert (row["began_at"], row["new_at"]) == ("2024-03-04 09:00:00+08:00", "2024-03-07 00:00:00+08:00")
    assert (row["old_due"], row["new_due"]) == ("2024-03-11 24:00", "2024-03-06 24:00"), "as a person reads it"
    every = shell.run("rules", "test", "--since", "2024-01-01", "--rules", str(candidate))
    assert "2 deadlines of 2 cases (of 3) would change" in every


def test_the_same_rules_change_nothing(shell: Shell, database: Database, recorder: Recorder, tmp_path: Path) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    out = tmp_path / "changed.csv"
    for rules in ((), ("--rules", str(CONFIG))):
        said = shell.run("rules", "test", "--since", "2024-01-01", "--out", str(out), *rules)
        assert "0 deadlines of 0 cases (of 1) would change" in said
        assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 1


def test_a_rule_that_can_not_be_is_refused_with_file_line_and_field(shell: Shell, candidate: Path) -> None:
    clocks = candidate / "rules" / "clocks.toml"
    clocks.write_text(clocks.read_text(encoding="utf-8").replace("share = 0.2", "share = 2.0"), encoding="utf-8")
    said = shell.run("rules", "test", "--since", "2024-01-01", "--rules", str(candidate), code=2)
    assert re.search(r"clocks\.toml:\d+: due_soon\.share: ", said)


def test_the_ladder_on_trial_writes_nothing_and_says_what_the_real_one_then_does(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    before = entries(database)
    assert "0 steps would be taken" in shell.run("ladder", "--dry-run", "--at", "2024-03-05T10:00")
    told = shell.run("ladder", "--dry-run", "--at", "2024-03-11T10:00")
    assert re.search(r"提醒\W+unit\W+U-CITY\W+YC-20240304-00001\W+2024-03-11 24:00", told)
    tried = shell.run("ladder", "--dry-run")
    assert entries(database) == before
    taken = shell.run("ladder")
    assert taken.replace("1 steps were taken", "") == tried.replace("1 steps would be taken", "")
    assert re.search(r"督办\W+centre\W+U-CITY\W+YC-20240304-00001", taken)
    assert entries(database) == [*before, ("reminded", "ladder")]
    assert shell.run("ladder").strip() == "0 steps were taken"
    assert shell.run("ladder", "--dry-run").strip() == "0 steps would be taken"


def tell(database: Database, feed: Feed, state: FeedState, since: timedelta = timedelta(minutes=5)) -> None:
    """An ingester says just now how its feed stands."""
    told = run.now()
    status = FeedStatus(
        feed=feed, state=state, since=told - since, last_event_at=None, last_received_at=None,
        events_per_minute=0.0, lag_seconds=None, reason="", reported_at=told,
    )  # fmt: skip
    with database.write() as session:
        commands.report_feed_status(session, [status])


def test_the_ladder_says_which_feeds_hold_steps_back(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    tell(database, Feed.HOTLINE12345, FeedState.LAGGING)
    tell(database, Feed.GRID, FeedState.SILENT)
    before = entries(database)
    waits = "the reports of these feeds wait, for they don't tell the present: hotline12345 (lagging)"
    for arguments, told in ((("--dry-run",), "0 steps would be taken"), ((), "0 steps were taken")):
        said = shell.run("ladder", *arguments)
        assert told in said
        assert waits in said
    assert entries(database) == before
    then = shell.run("ladder", "--dry-run", "--at", "2024-03-20T10:00")
    assert "1 steps would be taken" in then
    assert "wait" not in then
    tell(database, Feed.HOTLINE12345, FeedState.CONNECTED)
    said = shell.run("ladder")
    assert "1 steps were taken" in said
    assert "wait" not in said


def test_an_ingester_climbs_when_it_has_heard_its_feeds_for_a_round(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    settings = load_settings(database_url=shell.environment["BIHUAN_DATABASE_URL"], vault_key=shell.key)
    parts, before = run.Parts(settings), entries(database)
    try:
        assert set(run._climb(parts)) == set(Feed), "no feed was heard yet"
        assert entries(database) == before
        tell(database, Feed.HOTLINE12345, FeedState.CONNECTED)
        assert set(run._climb(parts, first=True)) == {Feed.POLICE110, Feed.GRID}
        assert entries(database) == before, "an ingester before it may have said so"
        tell(database, Feed.HOTLINE12345, FeedState.CONNECTED, timedelta(seconds=1))
        assert run._climb(parts)["hotline12345"] == "only just back"
        assert entries(database) == before
        tell(database, Feed.HOTLINE12345, FeedState.CONNECTED)
        assert set(run._climb(parts)) == {Feed.POLICE110, Feed.GRID}, "of others nobody has to wait"
        assert entries(database) == [*before, ("reminded", "ladder")]
    finally:
        parts.close()


def test_an_ingester_takes_no_step_in_its_first_round(shell: Shell, database: Database, recorder: Recorder) -> None:
    """What is stored of a feed then was said by an ingester before it."""
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    tell(database, Feed.HOTLINE12345, FeedState.CONNECTED)
    parts = run.Parts(load_settings(database_url=shell.environment["BIHUAN_DATABASE_URL"], vault_key=shell.key))
    before = entries(database)
    try:
        with contextlib.suppress(TimeoutError):
            asyncio.run(asyncio.wait_for(run._keep_up(parts), 1.5))
    finally:
        parts.close()
    assert entries(database) == before


def test_the_ladder_is_climbed_now_or_not_at_all(shell: Shell) -> None:
    assert "--at: only with --dry-run" in shell.run("ladder", "--at", "2024-03-11T10:00", code=2)


def test_the_register_tells_whether_a_reminder_moved_the_case(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    assert shell.run("reminders").strip() == "0 reminders, 0 of them moved the case"
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    shell.run("ladder")
    said = shell.run("reminders")
    assert re.search(r"督办\W+U-CITY\W+YC-20240304-00001\W+ladder\W+no\W", said)
    assert "1 reminders, 0 of them moved the case" in said
    shell.run("case", "act", code_of(database), "sign", "--by", "U-CITY")
    said = shell.run("reminders", "--since", "2024-01-01")
    assert re.search(r"ladder\W+signed\W+0\.0 h", said)
    assert "1 reminders, 1 of them moved the case" in said
    assert "0 reminders" in shell.run("reminders", "--since", "2999-01-01")


def test_open_and_overdue_work_is_told_as_of_any_instant(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(
        database,
        shell,
        recorder,
        message(Feed.HOTLINE12345, old_order(), "e1", 1),
        message(Feed.HOTLINE12345, old_order(orderNum="DH2", areaCode="", deadlineDate="2024-03-05 12:00:00"), "e2", 2),
    )
    assert "0 open, 0 overdue at 2024-03-04 08:59" in shell.run("overdue", "--at", "2024-03-04T08:59")
    said = shell.run("overdue", "--at", "2024-03-06T10:00")
    assert re.search(rf"{TOWNSHIP.name}\W+1\W+0\W", said)
    assert "2 open, 1 overdue at 2024-03-06 10:00" in said
    assert "2 open, 2 overdue at 2024-03-12 00:01" in shell.run("overdue", "--at", "2024-03-12T00:01")
    assert "2 open, 2 overdue" in shell.run("overdue")
    counted = "open: not finished yet; waiting for review or visit are not counted"
    assert counted in said
    assert "forecast" not in said
    assert "that instant is ahead: a forecast" in shell.run("overdue", "--at", "2999-01-01")
    assert "expected a time" in shell.run("overdue", "--at", "noon", code=2)


PERSONS = ("欧阳试验", "19900001234", "司徒样本", "19900004321")


def test_a_case_is_shown_with_its_clocks_their_counts_and_its_journal(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    said = shell.run("case", "show", "YC-20240304-00001")
    assert "YC-20240304-00001: to_sign, red, round 1, version 2; overdue" in said
    assert "finish U-CITY: overdue, due at 2024-03-11 24:00, 2026-1/finish/complaint" in said
    assert "promise : overdue, due at 2024-03-11 24:00, 2026-1/finish/complaint" in said
    assert re.search(r"2024-03-09 Sat +- +weekend", said)
    assert re.search(r"2024-03-04 09:00\W+assigned\W+hotline12345\W+hotline12345:DH2026112000001", said)
    assert not any(secret in said for secret in PERSONS)


def test_what_was_written_by_others_is_shown_as_it_is(shell: Shell, database: Database, recorder: Recorder) -> None:
    told = {"state": "待派遣", "backTime": "2024-03-04 10:00:00", "backReason": "[/red]见附件[bold] :warning:"}
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(**told, orderNum="[/b]"), "e1", 1))
    said = shell.run("case", "show", "YC-20240304-00001")
    assert "[/red]见附件[bold] :warning:" in said
    assert "hotline12345:[/b]" in said


def test_a_case_nobody_knows_is_refused(shell: Shell) -> None:
    for arguments in (("show", "YC-1"), ("act", "YC-1", "sign", "--by", "x")):
        assert "there is no case YC-1" in shell.run("case", *arguments, code=2)
    assert "there is no case YC-1" in shell.run("paper", "YC-1", "dispatch", code=2)


TO_HAND_OUT = {"state": "待受理", "organizationCode": "", "dispatchTime": ""}


def units_of_the_source(*units: str) -> list[Message]:
    """Old orders by which the centre has heard of these units."""
    told = [old_order(orderNum=f"U{number}", organizationCode=unit) for number, unit in enumerate(units)]
    return [message(Feed.HOTLINE12345, each, f"u{number}", 100 + number) for number, each in enumerate(told)]


def test_a_case_goes_its_whole_way_by_the_desk(shell: Shell, database: Database, recorder: Recorder) -> None:
    known = units_of_the_source("U-CITY", "U-ROADS", "U-FIRE", "U-WATER")
    record(database, shell, recorder, *known, message(Feed.HOTLINE12345, fresh_order(**TO_HAND_OUT), "e1", 1))
    code = code_of(database)

    def act(move: str, *options: str, by: str = "centre") -> str:
        return shell.run("case", "act", code, move, "--by", by, *options).splitlines()[-1].split(" is ")[1]

    why = ("--reason", "有原因")
    assert act("accept") == "to_assign, version 2"
    assert act("assign", "--unit", "U-CITY") == "to_sign, version 3"
    assert act("return", *why, by="U-CITY") == "to_assign, version 5", "given back once, it turns yellow"
    assert act("assign", "--unit", "U-ROADS") == "to_sign, version 6"
    assert act("sign", by="U-ROADS") == "handling, version 7"
    assert act("contact", by="U-ROADS") == "handling, version 8"
    assert act("ask-extension", "--amount", "3", *why, by="U-ROADS") == "handling, version 9"
    assert act("grant-extension") == "handling, version 10"
    assert act("pause", "--approver", "centre", *why) == "handling, version 11"
    assert act("continue") == "handling, version 12"
    assert act("whistle", "--unit", "U-FIRE", "--unit", "U-WATER", *why) == "handling, version 14"
    assert act("sign", "--unit", "U-FIRE", by="U-FIRE") == "handling, version 15"
    assert act("allot", "--unit", "U-FIRE", "--to", "二中队") == "handling, version 16"
    assert act("finish", "--unit", "U-FIRE", by="U-FIRE") == "handling, version 17"
    assert act("oversee", "--unit", "U-FIRE") == "handling, version 18"
    assert act("rate", "--unit", "U-FIRE", "--rating", "5") == "handling, version 19"
    assert act("remind", "--kind", "urge", "--unit", "U-ROADS") == "handling, version 20"
    assert act("set-colour", "--colour", "red", *why) == "handling, version 21"
    assert act("escalate", *why) == "handling, version 22"
    assert act("remind", "--kind", "supervise", "--unit", "U-ROADS") == "handling, version 23"
    assert act("finish", "--result", "settled", "--mediated", by="U-ROADS") == "to_review, version 24"
    assert act("reject", *why) == "handling, version 25"
    assert act("finish", "--result", "settled", "--not-mediated", by="U-ROADS") == "to_review, version 26"
    assert act("approve") == "to_visit, version 27"
    assert act("record-visit", "--not-reached") == "to_visit, version 28"
    assert act("record-visit", "--reached", "--not-solved", "--satisfaction", "dissatisfied") == "to_visit, version 29"
    assert act("redo", *why) == "to_sign, version 31"
    assert act("sign", by="U-ROADS") == "handling, version 32"
    assert act("finish", by="U-ROADS") == "to_review, version 33"
    assert act("approve") == "to_visit, version 34"
    assert act("record-visit", "--reached", "--solved", "--satisfaction", "satisfied") == "to_visit, version 35"
    assert act("close") == "closed, version 36"
    assert act("reopen", *why) == "to_sign, version 38"
    assert "0 differences" in shell.run("rebuild", "--check")
    said = shell.run("case", "show", code)
    assert f"{code}: to_sign, red, round 3, version 38; " in said
    assert "escalated" in said
    assert "first due at" in said


def test_a_case_that_is_declined_takes_no_further_move(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(**TO_HAND_OUT), "e1", 1))
    code = code_of(database)
    assert f"{code} is declined" in shell.run(
        "case", "act", code, "decline", "--by", "centre", "--reason", "不归我们管"
    )
    assert "not possible while the case is declined" in shell.run("case", "act", code, "accept", "--by", "x", code=2)
    [noted] = [line for line in shell.run("audit", "list", "--case", code).splitlines() if "acted" in line]
    assert "command line" in noted
    assert '"actor":"centre"' in noted
    assert '"move":"Decline"' in noted


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fly",), "fly: no such move; there are accept, decline, assign"),
        (("redate",), "redate: no such move"),
        (("assign",), "assign: needs --unit"),
        (("assign", "--unit", "U-NOWHERE"), "--unit U-NOWHERE: neither the county nor any case knows such a unit"),
        (("whistle", "--unit", "U-CITY", "--unit", "U-NOWHERE"), "--unit U-NOWHERE: neither the county nor any case"),
        (("whistle",), "whistle: needs --unit."),
        (("allot",), "allot: needs --to"),
        (("rate", "--unit", "U-FIRE"), "rate: needs --rating"),
        (("pause", "--reason", "x"), "pause: needs --approver"),
        (("ask-extension", "--reason", "x"), "ask-extension: needs --amount"),
        (("record-visit",), "record-visit: needs --reached"),
        (("remind", "--unit", "U-CITY"), "remind: needs --kind"),
        (("set-colour",), "set-colour: needs --colour"),
        (("merge",), "--to is needed"),
        (("split",), "--report is needed"),
        (("escalate",), "a reason is required"),
        (("escalate", "--reason", " "), "a reason is required"),
        (("finish",), "not possible while the case is to_sign; possible when it is handling"),
        (("sign", "--report", "hotline12345:nobody"), "the report hotline12345:nobody is not in this case"),
        (("sign", "--unit", "U-FIRE"), "U-CITY acts for itself only; for U-FIRE only U-FIRE may"),
        (("approve",), "only the county centre may do this; U-CITY holds the report"),
        (("assign", "--unit", "派出所"), "--unit 派出所: which one? there are "),
        (("assign", "--unit", "无此单位"), "--unit 无此单位: neither the county nor any case knows such a unit"),
        (
            ("split", "--report", "hotline12345:DH2026112000001", "--reason", "两件事"),
            "only the county centre may do this; U-CITY holds the report",
        ),
        (("merge", "--to", "YC-1"), "there is no case YC-1"),
        (("sign", "--seen", "1"), "the case has changed meanwhile: you saw entry 1, it is at 2 now"),
        (("merge", "--to", "YC-1", "--seen", "1"), "--seen: not with merge"),
        (("split", "--report", "x", "--seen", "1"), "--seen: not with split"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # tests/db refuses them on both
def test_a_move_that_can_not_be_is_refused_and_writes_nothing(
    shell: Shell, database: Database, recorder: Recorder, arguments: tuple[str, ...], sentence: str
) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(), "e1", 1))
    before = entries(database)
    move, *options = arguments
    said = shell.run("case", "act", code_of(database), move, "--by", "U-CITY", *options, code=2)
    assert sentence in f"{said}."
    assert entries(database) == before


def test_a_unit_of_the_county_is_given_work_though_no_case_knows_it(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(**TO_HAND_OUT), "e1", 1))
    said = shell.run("case", "act", code_of(database), "assign", "--by", "centre", "--unit", TOWNSHIP.centre)
    assert "is to_sign" in said


def units_of(database: Database) -> list[tuple[str, Any, Any]]:
    """(unit, signed, finished) of every span."""
    with database.read() as session:
        spans = select(Assignment).order_by(Assignment.number)
        return [(span.unit_code, span.signed_at, span.finished_at) for span in session.scalars(spans)]


def test_a_co_handler_that_finishes_does_not_finish_the_holders_work(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    holder, helper = CENTRE.departments[:2]
    told = fresh_order(organizationCode=holder.code)
    record(database, shell, recorder, message(Feed.HOTLINE12345, told, "e1", 1))
    code = code_of(database)
    shell.run("case", "act", code, "sign", "--by", holder.code)
    shell.run("case", "act", code, "whistle", "--by", holder.code, "--unit", helper.name)
    for move in ("sign", "finish"):
        assert f"{code} is handling" in shell.run("case", "act", code, move, "--by", helper.code)
    (own, signed, finished), (beside, _, beside_finished) = units_of(database)
    assert (own, beside) == (holder.code, helper.code)
    assert signed is not None
    assert finished is None
    assert beside_finished is not None
    said = shell.run("case", "act", code, "finish", "--by", CENTRE.departments[2].code, code=2)
    assert "neither holds the report nor was called in" in said
    assert "only the county centre may do this" in shell.run(
        "case", "act", code, "approve", "--by", holder.code, code=2
    )


def test_cases_are_merged_and_split_by_no_unit_but_the_centre(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    orders = (fresh_order(), fresh_order(orderNum="DH2"))
    record(database, shell, recorder, *(message(Feed.HOTLINE12345, each, f"e{n}", n) for n, each in enumerate(orders)))
    parent, child = code_of(database), code_of(database, "hotline12345:DH2")
    centre = next(unit for unit in CENTRE.units if unit.kind is UnitKind.COUNTY_CENTRE)
    merged = ("case", "act", child, "merge", "--to", parent, "--reason", "同一件事")
    split = ("case", "act", parent, "split", "--report", "hotline12345:DH2", "--reason", "两件事")
    for move in (merged, split):
        before = entries(database)
        for by in ("U-CITY", CENTRE.departments[0].code):
            assert "only the county centre may do this" in shell.run(*move, "--by", by, code=2)
        assert entries(database) == before
        assert "goes on in" in shell.run(*move, "--by", centre.code)
    assert "a reason is required" in shell.run(*merged[:-2], "--by", centre.code, code=2)


def test_a_unit_is_named_by_its_short_or_its_full_name(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(**TO_HAND_OUT), "e1", 1))
    code, (first, second) = code_of(database), CENTRE.departments[:2]
    shell.run("case", "act", code, "assign", "--by", "centre", "--unit", first.name)
    shell.run("case", "act", code, "assign", "--by", "centre", "--unit", second.full_name, "--reason", "职责")
    assert [unit for unit, _, _ in units_of(database)] == [first.code, second.code]
    centre = CENTRE.unit(TOWNSHIP.centre)
    assert centre is not None
    said = shell.run("case", "act", code, "assign", "--by", "centre", "--unit", TOWNSHIP.short, code=2)
    assert f"--unit {TOWNSHIP.short}: which one? there are " in said
    assert f"{centre.code} {centre.name}" in said


def test_the_countys_units_are_listed(shell: Shell) -> None:
    unit = CENTRE.departments[0]
    said = shell.run("units", unit.name)
    assert re.search(rf"{unit.code}\W+{unit.name}\W+{unit.full_name}\W+department", said)
    assert "1 units" in said
    assert re.search(rf"{TOWNSHIP.station}.*police_station\W+{TOWNSHIP.name}", shell.run("units", TOWNSHIP.short))
    assert f"{len(CENTRE.units)} units" in shell.run("units")
    assert shell.run("units", "无此单位").strip() == "0 units"


def test_a_move_that_some_reports_do_not_take_says_which(shell: Shell, database: Database, recorder: Recorder) -> None:
    orders = (fresh_order(), fresh_order(orderNum="DH2"))
    record(database, shell, recorder, *(message(Feed.HOTLINE12345, each, f"e{n}", n) for n, each in enumerate(orders)))
    code = code_of(database)
    merged = ("merge", "--by", "centre", "--to", code, "--reason", "同一件事")
    shell.run("case", "act", code_of(database, "hotline12345:DH2"), *merged)
    shell.run("case", "act", code, "sign", "--by", "U-CITY", "--report", "hotline12345:DH2")
    said = shell.run("case", "act", code, "sign", "--by", "U-CITY")
    assert "signed hotline12345:DH2026112000001" in said
    assert "refused for hotline12345:DH2: not possible while the case is handling" in said


def test_a_case_says_what_is_pending_and_its_journal_is_told_whole_in_local_time(
    shell: Shell, database: Database, recorder: Recorder
) -> None:
    told = old_order(dispatchTime="2024-03-04 10:00:00", deadlineDate="2099-03-20 12:00:00")
    record(database, shell, recorder, message(Feed.HOTLINE12345, told, "e1", 1))
    code, why = code_of(database), "申请说明" * 60
    assert "asked for" not in shell.run("case", "show", code)
    ask = ("ask-extension", "--by", "U-CITY", "--amount", "3", "--reason", why)
    shell.run("case", "act", code, *ask)
    said = shell.run("case", "show", code)
    assert re.search(r"an extension of 3 working day\(s\) is asked for, since 20\d\d-\d\d-\d\d \d\d:\d\d", said)
    assert "a return is asked for" not in said
    assert f'"reason":"{why}"' in said, "a line is as long as what it tells"
    assert '"sign_due_at":"2024-03-05 24:00"' in said
    assert '"due_at":"2099-03-20 12:00"' in said
    assert "+00:00" not in said
    assert re.search(r"2024-03-04 Mon +0 +day 0", said), "the count of the unit's clocks begins with the assignment"


def test_a_return_that_waits_for_the_centre_is_pending(shell: Shell, database: Database, recorder: Recorder) -> None:
    known = units_of_the_source("U-CITY", "U-ROADS")
    record(database, shell, recorder, *known, message(Feed.HOTLINE12345, fresh_order(), "e1", 1))
    code = code_of(database)
    shell.run("case", "act", code, "return", "--by", "U-CITY", "--reason", "不归我们管")
    shell.run("case", "act", code, "assign", "--by", "centre", "--unit", "U-ROADS")
    shell.run("case", "act", code, "return", "--by", "U-ROADS", "--reason", "不归我们管")
    assert re.search(r"a return is asked for, since 20\d\d-\d\d-\d\d \d\d:\d\d", shell.run("case", "show", code))


def test_a_move_on_the_version_one_saw_is_made(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(), "e1", 1))
    said = shell.run("case", "act", code_of(database), "sign", "--by", "U-CITY", "--seen", "2")
    assert "signed hotline12345:DH2026112000001" in said
    assert entries(database)[-1] == ("signed", "U-CITY")


def test_a_reason_is_scrubbed_before_it_is_written(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, fresh_order(), "e1", 1))
    code = code_of(database)
    shell.run("case", "act", code, "escalate", "--by", "centre", "--reason", "来电 19900001234 反映")
    with database.read() as session:
        payload = session.scalars(select(JournalEntry.payload).order_by(JournalEntry.id.desc()).limit(1)).one()
    assert payload == {"reason": "来电 [电话] 反映"}


def test_cases_are_merged_and_split_by_the_desk(shell: Shell, database: Database, recorder: Recorder) -> None:
    record(
        database,
        shell,
        recorder,
        message(Feed.HOTLINE12345, old_order(), "e1", 1),
        message(Feed.HOTLINE12345, old_order(orderNum="DH2"), "e2", 2),
    )
    parent, child = "YC-20240304-00001", "YC-20240304-00002"
    said = shell.run("case", "act", child, "merge", "--by", "centre", "--to", parent, "--reason", "同一件事")
    assert said.strip() == f"{child} goes on in {parent}"
    assert f"{child} went on in {parent}" in shell.run("case", "show", child)
    assert "hotline12345:DH2 to_sign" in shell.run("case", "show", parent)
    assert "went on in another" in shell.run("case", "act", child, "sign", "--by", "U-CITY", code=2)
    assert "went on in another case" in shell.run("paper", child, "dispatch", code=2)
    split = ("split", "--by", "centre", "--report", "hotline12345:DH2", "--reason", "两件事")
    assert shell.run("case", "act", parent, *split).strip() == f"the report goes on in {child}"
    assert "went on" not in shell.run("case", "show", child)
    assert "0 differences" in shell.run("rebuild", "--check")


@pytest.mark.parametrize("kind", list(Paper))
def test_every_paper_is_written_without_a_raw_name_or_number(
    shell: Shell, database: Database, recorder: Recorder, tmp_path: Path, kind: Paper
) -> None:
    told = old_order(majorContent="欧阳试验来电：楼下油烟，电话19900001234")
    record(
        database,
        shell,
        recorder,
        message(Feed.HOTLINE12345, told, "e1", 1),
        message(Feed.POLICE110, call(bjsj="2024-03-04 10:00:00", bjnr="司徒样本说吵，19900004321"), "e2", 2),
    )
    merged = ("case", "act", "YC-20240304-00002", "merge", "--by", "centre", "--to", "YC-20240304-00001")
    shell.run(*merged, "--reason", "同一件事")
    supervised = ("remind", "--by", "centre", "--kind", "supervise", "--unit", "U-STATION")
    shell.run("case", "act", "YC-20240304-00001", *supervised)
    out = tmp_path / "paper.docx"
    said = shell.run("paper", "YC-20240304-00001", kind.value, "--out", str(out), "--number", "云综治〔2024〕1号")
    assert said.strip() == f"written to {out}"
    opened = Docx(str(out))
    cells = (cell.text for table in opened.tables for row in table.rows for cell in row.cells)
    text = "\n".join([*(paragraph.text for paragraph in opened.paragraphs), *cells])
    assert NAMES[kind] in text.replace(" ", "").replace("\u3000", "")
    assert "云综治〔2024〕1号" in text
    assert "YC-20240304-00001" in text
    assert not any(secret in text for secret in PERSONS)


def test_a_paper_names_itself(shell: Shell, database: Database, recorder: Recorder, tmp_path: Path) -> None:
    record(database, shell, recorder, message(Feed.HOTLINE12345, old_order(), "e1", 1))
    with contextlib.chdir(tmp_path):
        assert "written to 交办单_YC-20240304-00001.docx" in shell.run("paper", "YC-20240304-00001", "dispatch")
    assert (tmp_path / "交办单_YC-20240304-00001.docx").stat().st_size > 0


def changes_of(database: Database) -> list[tuple[str, Any]]:
    """(login, detail) of every change of an account that is in the audit."""
    with database.read() as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.kind == Deed.ACCOUNT_CHANGED).order_by(AuditRow.id)
        ).all()
        return [(row.login, row.detail) for row in rows]


@pytest.fixture
def account(database: Database) -> str:
    """The login of somebody whose password is `PASSWORD`, and was cheap to store."""
    return People(database).add("zhangmin").login


def sign_in(database: Database, password: str = PASSWORD) -> Answer:
    return People(database, now=run.now()).tries(password).answer


def test_an_account_is_added_listed_disabled_and_enabled(shell: Shell, database: Database) -> None:
    added = ("users", "add", "zhangmin", "--name", "张敏", "--role", "operator", "--password-stdin")
    assert "zhangmin is operator at 县综治中心" in shell.run(*added, typed=f"{PASSWORD}\n")
    assert sign_in(database) is Answer.ADMITTED
    assert re.search(r"zhangmin\W+张敏\W+operator\W+县综治中心", shell.run("users", "list"))
    assert "zhangmin is disabled; 1 sessions ended" in shell.run("users", "disable", "zhangmin")
    assert "disabled since 20" in shell.run("users", "list")
    assert "zhangmin may sign in" in shell.run("users", "enable", "zhangmin")
    assert "disabled" not in shell.run("users", "list")
    assert [detail["change"] for _, detail in changes_of(database)] == ["added", "disabled", "enabled"]
    assert {(login, detail["account"]) for login, detail in changes_of(database)} == {("command line", "zhangmin")}


def test_a_password_is_changed_and_whoever_had_the_old_one_is_shown_out(
    shell: Shell, database: Database, account: str
) -> None:
    sign_in(database)
    said = shell.run("users", "password", account, "--password-stdin", typed="another good password\n")
    assert "zhangmin has a new password; 1 sessions ended" in said
    assert sign_in(database, "another good password") is Answer.ADMITTED
    assert "1 sessions of zhangmin ended" in shell.run("users", "sign-out", account)
    assert "0 sessions of zhangmin ended" in shell.run("users", "sign-out", account)
    assert [detail["change"] for _, detail in changes_of(database)] == ["password", "signed out", "signed out"]


def test_a_password_is_typed_twice_and_not_shown(shell: Shell, database: Database) -> None:
    typed = "one mistyped password\nanother password\n" + f"{PASSWORD}\n" * 2
    said = shell.run("users", "add", "zhangmin", "--name", "张敏", "--role", "operator", typed=typed)
    assert "do not match" in said
    assert PASSWORD not in said
    assert sign_in(database) is Answer.ADMITTED


def test_a_password_is_no_argument(shell: Shell) -> None:
    said = CliRunner().invoke(run.app, ["users", "add", "--help"]).output
    assert "--password-stdin" in said
    assert not re.search(r"--password[ =]", said)


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (
            ("add", "zhangmin", "--name", "张敏", "--role", "operator", "--subject", "s"),
            "",
            "an account zhangmin already",
        ),
        (("add", "lina", "--name", "李娜", "--role", "grid", "--subject", "s"), "", "needs a unit; see: run.py units"),
        (("add", "Lina", "--name", "李娜", "--role", "leader", "--subject", "s"), "", "Lina: a login is 2 to 32"),
        (
            ("add", "lina", "--name", "李娜", "--role", "leader", "--password-stdin"),
            "short\n",
            "12 to 256 characters",
        ),
        (("password", "zhangmin", "--password-stdin"), "", "12 to 256 characters"),
        (("password", "nobody", "--password-stdin"), "x", "there is no account nobody; see: run.py users list"),
        (("disable", "nobody"), "", "there is no account nobody"),
        (("enable", "nobody"), "", "there is no account nobody"),
        (("sign-out", "nobody"), "", "there is no account nobody"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # tests/db refuses it on both
def test_what_can_not_be_done_with_an_account_is_refused_and_not_written_down(
    shell: Shell, database: Database, account: str, arguments: tuple[str, ...], typed: str, sentence: str
) -> None:
    assert sentence in shell.run("users", *arguments, code=2, typed=typed)
    assert changes_of(database) == []


def test_several_accounts_are_disabled_at_once(shell: Shell, database: Database) -> None:
    for login in ("one", "two"):
        shell.run("users", "add", login, "--name", "某", "--role", "leader", "--subject", login)
    assert "single sign-on" in shell.run("users", "list")
    said = shell.run("users", "disable", "one", "two")
    assert "one is disabled" in said
    assert "two is disabled" in said
    assert [detail["account"] for _, detail in changes_of(database)] == ["one", "two"] * 2


def test_the_audit_is_listed_by_who_what_and_when_and_that_it_was_read_is_in_it(
    shell: Shell, database: Database, account: str
) -> None:
    sign_in(database)
    assert "1 rows" in shell.run("audit", "list")
    said = shell.run("audit", "list", "--kind", "signed_in", "--login", account)
    assert re.search(r"1\W+20\d\d-\d\d-\d\d \d\d:\d\d\W+zhangmin\W+signed_in", said)
    assert "1 rows" in said
    assert "0 rows" in shell.run("audit", "list", "--since", "2100-01-01")
    assert "0 rows" in shell.run("audit", "list", "--case", "YC-1")
    said = shell.run("audit", "list", "--kind", "audit_read", "--limit", "4")
    assert "4 rows" in said
    assert '{"login":"zhangmin","kinds":["signed_in"]}' in said
    assert '{"since":"2100-01-01T00:00:00+08:00"}' in said


def test_an_audit_that_is_whole_is_said_to_be_and_tells_its_end(shell: Shell) -> None:
    shell.run("audit", "list")
    said = shell.run("audit", "check")
    assert "0 faults" in said
    end = re.search(r"the end is (1:[0-9a-f]{32})", said)
    assert end is not None
    shell.run("audit", "list")
    assert "0 faults" in shell.run("audit", "check", "--known", end[1])
    other = end[1][:-1] + ("0" if end[1][-1] != "0" else "1")
    assert f"no longer goes through {other}" in shell.run("audit", "check", "--known", other, code=1)
    assert "no longer goes through 9:00" in shell.run("audit", "check", "--known", "9:00", code=1)
    assert "expected what an earlier check printed" in shell.run("audit", "check", "--known", "{x}", code=2)


def test_an_audit_that_was_altered_is_found(shell: Shell, database: Database) -> None:
    shell.run("audit", "list")
    shell.run("audit", "list")
    with database.write() as session:
        drop = "DROP TRIGGER audit_no_delete" if database.is_sqlite else "ALTER TABLE audit DISABLE TRIGGER ALL"
        session.connection().exec_driver_sql(drop)
        session.connection().exec_driver_sql("DELETE FROM audit WHERE id = 2")
    assert "after row 1 rows are gone" in shell.run("audit", "check", code=1)
    shell.run("audit", "list")
    said = shell.run("audit", "check", code=1)
    assert "before row 4 rows are gone" in said
    assert "1 faults" in said


def test_the_audit_is_whole_after_the_vaults_key_was_changed_and_the_old_one_forgotten(shell: Shell) -> None:
    shell.run("audit", "list")
    new = new_key()
    shell.run("vault", "rotate", BIHUAN_VAULT_KEY=new, BIHUAN_VAULT_OLD_KEYS=shell.key)
    assert "0 faults" in shell.run("audit", "check", BIHUAN_VAULT_KEY=new)
    said = shell.run("audit", "list", "--kind", "vault_rotated", BIHUAN_VAULT_KEY=new)
    assert re.search(r"command line\W+vault_rotated", said)


def test_a_centre_is_not_served_while_an_account_of_the_demo_lets_anybody_in(
    shell: Shell, database: Database, account: str
) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE accounts SET demo = true")
    refusal = "accounts of the demo can sign in here: zhangmin; end that with: run.py users disable zhangmin"
    assert shell.run("serve", code=2) == refusal
    shell.run("users", "disable", account)
    run._refuse_demo(load_settings(database_url=shell.environment["BIHUAN_DATABASE_URL"]), database)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_said_before_anything_is_promised(shell: Shell, command: str) -> None:
    shell.run("migrate")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = shell.process(command, "--port", str(port), code=2)
    assert said.startswith(f"bihuan: the dashboard can't listen on port {port} of 127.0.0.1 (")
    assert "--port" in said


@pytest.mark.parametrize("token", [run.DEMO_TOKEN, token_hash(run.DEMO_TOKEN)])
def test_a_centre_is_not_served_with_the_demos_token(shell: Shell, token: str) -> None:
    said = shell.run("serve", code=2, BIHUAN_FEEDS__GRID__TOKEN=token)
    assert said.startswith("BIHUAN_FEEDS__GRID__TOKEN: this is the demo's token")


def test_a_centre_is_not_served_with_another_vault_key(shell: Shell) -> None:
    shell.run("migrate")
    assert "not the key this database was sealed with" in shell.run("serve", code=2, BIHUAN_VAULT_KEY=new_key())
