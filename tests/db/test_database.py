"""The doors to the database, and its schema."""

import threading

import pytest
from sqlalchemy import select, text

from db import migrate
from db.database import Database, DatabaseAway, DatabaseError, when_committed
from db.models import CaseCounter
from tests.postgres import PostgresServer


def test_what_is_written_is_committed_when_the_block_ends(database: Database) -> None:
    with database.write() as session:
        session.add(CaseCounter(day="20261120", last=7))
    with database.read() as session:
        assert session.scalar(select(CaseCounter.last)) == 7


def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            session.add(CaseCounter(day="20261120", last=7))
            session.flush()
            raise LookupError

    pytest.raises(LookupError, fail)
    with database.read() as session:
        assert session.scalar(select(CaseCounter.last)) is None


def test_a_reader_sees_one_moment_however_long_it_reads(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalar(select(CaseCounter.last)) is None
        with database.write() as writer:
            writer.add(CaseCounter(day="20261120", last=7))
        assert reader.scalar(select(CaseCounter.last)) is None


def test_a_second_writer_waits_for_the_first(database: Database) -> None:
    with database.write() as session:
        session.add(CaseCounter(day="20261120", last=0))
    ready = threading.Barrier(4)

    def count_up() -> None:
        ready.wait()
        for _ in range(10):
            with database.write() as session:
                session.execute(text("UPDATE case_counters SET last = last + 1"))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.scalar(select(CaseCounter.last)) == 40


def test_a_stopped_server_is_said_to_be_away_and_found_again(postgres: PostgresServer) -> None:
    database = Database(postgres.new_database("away"))
    with database.read() as session:
        session.execute(text("SELECT 1"))
    postgres.stop()
    try:
        with pytest.raises(DatabaseAway), database.read() as session:
            session.execute(text("SELECT 1"))
    finally:
        postgres.start()
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_connection_that_was_idle_while_its_server_was_restarted_is_replaced_unnoticed(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.database.IDLE_SECONDS", 0.0)
    database = Database(postgres.new_database("restarted"))
    with database.read() as session:
        session.execute(text("SELECT 1"))
    postgres.restart()
    with database.write() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_what_is_to_follow_a_commit_follows_no_other_end(database: Database) -> None:
    done: list[str] = []

    def fail() -> None:
        with database.write() as session:
            when_committed(session, lambda: done.append("undone"))
            raise LookupError

    pytest.raises(LookupError, fail)
    with database.write() as session:
        when_committed(session, lambda: done.append("committed"))
        assert done == []
    assert done == ["committed"]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://localhost/x", "mysql is not supported"),
        ("sqlite://", "needs a file"),
    ],
)
def test_a_url_that_can_not_be_used_is_named(url: str, sentence: str) -> None:
    with pytest.raises(DatabaseError, match=sentence):
        Database(url)


def test_the_schema_agrees_with_the_models(database: Database) -> None:
    assert migrate.differences(database) == []


def test_the_schema_goes_down_and_up_again(database: Database) -> None:
    migrate.downgrade(database)
    with pytest.raises(DatabaseError, match=r"run\.py migrate"):
        migrate.require_newest(database)
    migrate.upgrade(database)
    migrate.require_newest(database)
    assert migrate.differences(database) == []
