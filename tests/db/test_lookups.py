"""What the inbox asks is found by its indexes, though it was planned once, before there was anything to find."""

import re
from typing import Any

import pytest
from sqlalchemy import Connection, text

from db import bulk, lookups
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case, Report, VaultReport
from tests.records import Feed, call, event, message

KEYS = ("days", "events", "records", "fresh", "naming")
MARK = re.compile(r"%\((\w+)\)s|%[sb]")


def plan(connection: Connection, statement: str) -> str:
    """How PostgreSQL goes about a statement for any values, here and now."""
    cursor: Any = connection.connection.cursor()
    numbers: dict[str | int, str] = {}
    asked = MARK.sub(lambda mark: numbers.setdefault(mark[1] or mark.start(), f"${len(numbers) + 1}"), statement)
    cursor.execute(f"PREPARE asked AS {asked}")
    cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    rows = cursor.execute(f"EXPLAIN EXECUTE asked({', '.join(['NULL'] * len(numbers))})").fetchall()
    cursor.execute("DEALLOCATE asked")
    return "\n".join(line for (line,) in rows)


def mode(database: Database) -> str:
    """How a transaction plans what it asks."""
    with database.write() as session:
        lookups.answers(session.connection(), [lookups.the_lock()])
        return str(session.scalar(text("SHOW plan_cache_mode")))


def test_what_is_planned_once_is_found_by_its_keys(database: Database, recorder: Recorder) -> None:
    """Of no table that has grown is more read than what is asked for: not all of it, and not all of a feed."""
    if database.is_sqlite:
        pytest.skip("SQLite plans by rules, not by sizes")
    for feed, record in ((Feed.GRID, event), (Feed.POLICE110, call)):
        key = {Feed.GRID: "eventCode", Feed.POLICE110: "jjdbh"}[feed]
        told = [message(feed, record(**{key: f"N{number}"}), f"e{number}") for number in range(lookups.GROWN // 2 + 1)]
        with database.write() as session:
            recorder.record(session, told)
    assert mode(database) == "force_custom_plan", "nobody has counted them yet"
    with database.write() as session:
        session.execute(text("ANALYZE"))
    assert mode(database) == "force_generic_plan"
    with database.write() as session:
        connection = session.connection()
        known = lookups.known(connection, Feed.GRID, **{name: ["a"] for name in KEYS})
        statements = [
            lookups._as_text(known.statement, connection.dialect)[0],
            lookups._as_text(lookups._case_heads("postgresql"), connection.dialect)[0],
            *(
                bulk._update_statement(model, "postgresql", tuple(bulk._table(model).columns))
                for model in (Case, Assignment, Report, VaultReport)
            ),
        ]
        told_plan = "\n".join(plan(connection, statement) for statement in statements)
    assert not re.search("Seq Scan on (reports|feed_messages|cases|assignments|vault_reports)", told_plan)
    for index, condition in {
        "pk_feed_messages": r"feed.* AND .*event_id.* ANY",
        "uq_reports_feed_source_id": r"feed.* AND .*source_id.* ANY",
        "pk_assignments": "case_id = new.case_id.* AND .*number = new.number",
    }.items():
        assert re.search(rf"{index}\b.*\n +Index Cond: .*{condition}", told_plan), (index, told_plan)
