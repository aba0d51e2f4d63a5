"""A follower of the journal misses nothing."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from queue import Queue

import pytest
from sqlalchemy import func, select, update

from db import journal
from db.database import Database
from db.inbox import Recorder
from db.models import JournalEntry
from db.queries.as_of import position_at, settle
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


def write_at_once(database: Database, recorder: Recorder, writers: int, times: int) -> None:
    """Some writers, each in a thread of its own, which record a case so many times."""
    recorders = [Recorder(recorder.rules, recorder.prefix) for _ in range(writers)]

    def work(number: int) -> None:
        for step in range(times):
            record(database, recorders[number], number * 100 + step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_ids_are_given_in_commit_order_by_many_writers(database: Database, recorder: Recorder) -> None:
    write_at_once(database, recorder, 4, 5)
    with database.read() as session:
        assert journal.position(session) == session.scalar(select(func.count()).select_from(JournalEntry)) == 40


def recorded(database: Database) -> list[datetime]:
    """When each entry was recorded, in the order of the ids."""
    with database.read() as session:
        return list(session.scalars(select(JournalEntry.recorded_at).order_by(JournalEntry.id)))


def test_instants_rise_with_ids_when_two_writers_take_turns(database: Database, recorder: Recorder) -> None:
    write_at_once(database, recorder, 2, 10)
    times = recorded(database)
    assert len(times) == 40
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert len(set(times)) == 20, "one instant a transaction"


def test_a_clock_that_was_set_back_records_nothing_before_what_is_there(database: Database, recorder: Recorder) -> None:
    record(database, recorder, 1)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with database.write() as session:
        session.execute(update(JournalEntry).values(recorded_at=ahead))
    record(database, recorder, 2)
    assert recorded(database) == [ahead] * 4


def test_what_waits_for_the_journal_is_not_known_at_an_instant_before_it_was_written(
    database: Database, recorder: Recorder
) -> None:
    """Its message was received long before; whoever asks as of now is told the same when it is there."""
    holds, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            journal.hold(session)
            holds.set()
            let_go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(30)
    writer = threading.Thread(target=record, args=(database, recorder, 1))
    writer.start()
    writer.join(0.2)
    asked_at = datetime.now(UTC)
    with database.read() as session:
        assert position_at(session, asked_at) == 0
    let_go.set()
    for thread in (holder, writer):
        thread.join()
    with database.read() as session:
        assert journal.position(session) == 2
        assert position_at(session, asked_at) == 0


def test_what_is_being_written_at_an_instant_can_be_seen_once_it_has_settled(
    database: Database, recorder: Recorder
) -> None:
    wrote, finish = threading.Event(), threading.Event()

    def write() -> None:
        with database.write() as session:
            recorder.record(session, [message(Feed.HOTLINE12345, order(orderNum="DH1"), "e1", 1)])
            wrote.set()
            finish.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    assert wrote.wait(30)
    asked_at = datetime.now(UTC)
    with database.read() as session:
        assert position_at(session, asked_at) == 0, "it can't be seen yet"
    threading.Timer(0.2, finish.set).start()
    settle(database)
    with database.read() as session:
        assert position_at(session, asked_at) == 2
    writer.join()


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
