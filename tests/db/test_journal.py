"""A follower of the journal misses nothing."""

import threading
from queue import Queue

import pytest
from sqlalchemy import func, select

from db import journal
from db.database import Database
from db.inbox import Recorder
from db.models import JournalEntry
from tests.postgres import PostgresServer
from tests.records import Feed, message, order


def record(database: Database, recorder: Recorder, number: int) -> None:
    with database.write() as session:
        recorder.record(session, [message(Feed.HOTLINE12345, order(orderNum=f"DH{number}"), f"e{number}", number)])


def test_a_follower_wakes_at_a_commit_of_another_connection(database: Database, recorder: Recorder) -> None:
    follower = database.follower()
    heard: Queue[int] = Queue()
    thread = threading.Thread(target=lambda: heard.put(follower.wait(0, 30)))
    thread.start()
    record(database, recorder, 1)
    assert heard.get(timeout=30) == 2
    thread.join()
    follower.close()


def test_a_follower_that_hears_nothing_gives_back_where_it_was(database: Database) -> None:
    follower = database.follower()
    assert follower.wait(0, 0.05) == 0
    follower.close()


def test_an_open_transaction_hides_no_entry_from_a_follower(
    database: Database, recorder: Recorder, vault: object
) -> None:
    """Two writers: the first takes its ids and stays open while the second wants to commit.

    Whatever the follower is told at any moment, everything up to that id is visible and nothing below appears later.
    """
    other = Recorder(recorder.rules, recorder.prefix)
    first_wrote, finish_first = threading.Event(), threading.Event()

    def hold_open() -> None:
        with database.write() as session:
            recorder.record(session, [message(Feed.HOTLINE12345, order(orderNum="DH1"), "e1", 1)])
            first_wrote.set()
            finish_first.wait(30)

    first = threading.Thread(target=hold_open)
    first.start()
    assert first_wrote.wait(30)
    second = threading.Thread(target=record, args=(database, other, 2))
    second.start()
    follower = database.follower()
    assert follower.wait(0, 0.2) == 0, "the second writer may not become visible before the first"
    finish_first.set()
    position = 0
    seen: list[int] = []
    while len(seen) < 4:
        position = follower.wait(position, 30)
        with database.read() as session:
            newest = list(
                session.scalars(select(JournalEntry.id).where(JournalEntry.id <= position).order_by(JournalEntry.id))
            )
        assert newest[: len(seen)] == seen, "an entry appeared below one that was seen before"
        assert newest == list(range(1, position + 1)), "ids have no gaps"
        seen = newest
    first.join()
    second.join()
    follower.close()


def test_ids_are_given_in_commit_order_by_many_writers(database: Database, recorder: Recorder) -> None:
    recorders = [Recorder(recorder.rules, recorder.prefix) for _ in range(4)]

    def work(number: int) -> None:
        for step in range(5):
            record(database, recorders[number], number * 100 + step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert journal.position(session) == session.scalar(select(func.count()).select_from(JournalEntry)) == 40


@pytest.mark.postgres
def test_a_follower_says_when_the_database_is_away_and_follows_on(postgres: PostgresServer, recorder: Recorder) -> None:
    database = Database(postgres.new_database("followed", "template_bihuan"))
    follower = database.follower()
    assert follower.wait(0, 0.01) == 0
    postgres.restart()
    with pytest.raises(ConnectionError):
        follower.wait(0, 5)
    record(database, recorder, 1)
    assert follower.wait(0, 30) == 2
    follower.close()
    database.close()
