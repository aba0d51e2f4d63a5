"""What the sources are to be told: written with the decision, kept until acknowledged, on both databases."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import outbox
from db.database import Database
from db.models import OutboxRow
from db.outbox import Untold
from tests.records import NOW, Feed

HOTLINE, GRID = Feed.HOTLINE12345, Feed.GRID


def tell(session: Session, source_id: str = "DH1", feed: Feed = HOTLINE, **more: str) -> None:
    outbox.tell_assignment(
        session,
        feed,
        source_id,
        more.get("unit", "U-WATER"),
        "水务局",
        "YC-20261120-00001",
        NOW,
        kind=more.get("kind", "reassigned"),
        previous="U-CITY",
        dues={"sign": NOW + timedelta(hours=2), "finish": NOW + timedelta(days=3)},
    )


def told(database: Database, *source_ids: str, feed: Feed = HOTLINE) -> None:
    for source_id in source_ids:
        with database.write() as session:
            tell(session, source_id, feed)


def untold(database: Database, feed: Feed = HOTLINE, after: int = 0, limit: int = 100) -> list[Untold]:
    with database.read() as session:
        return outbox.unacknowledged(session, feed, after, limit)


def acknowledged(database: Database, sequence: int, feed: Feed = HOTLINE) -> int:
    with database.write() as session:
        return outbox.acknowledge(session, feed, sequence, NOW)


def records(rows: list[Untold]) -> list[str]:
    return [row.data["record"] for row in rows]


def test_a_source_is_told_who_has_its_record_now_and_until_when(database: Database) -> None:
    told(database, "DH1")
    (row,) = untold(database)
    assert (row.sequence, row.at) == (1, NOW)
    assert row.data == {
        "record": "DH1",
        "case": "YC-20261120-00001",
        "kind": "reassigned",
        "unit": "U-WATER",
        "unit_name": "水务局",
        "previous_unit": "U-CITY",
        "assigned_at": "2026-11-20T12:00:00.000+08:00",
        "dues": {"sign": "2026-11-20T14:00:00.000+08:00", "finish": "2026-11-23T12:00:00.000+08:00"},
    }


def test_a_record_taken_back_to_nobody_names_no_unit(database: Database) -> None:
    with database.write() as session:
        tell(session, unit="", kind="taken_back")
    (row,) = untold(database)
    assert (row.data["unit"], row.data["kind"]) == (None, "taken_back")


def test_a_decision_that_is_not_committed_is_not_told(database: Database) -> None:
    def decide_in_vain() -> None:
        with database.write() as session:
            tell(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide_in_vain()
    assert untold(database) == []


def test_what_happened_must_have_a_name(database: Database) -> None:
    with pytest.raises(ValueError, match="sold"), database.write() as session:
        tell(session, kind="sold")


def test_each_feed_is_told_its_own_the_oldest_first(database: Database) -> None:
    told(database, "DH1", "DH2")
    told(database, "WG1", feed=GRID)
    told(database, "DH3")
    assert records(untold(database)) == ["DH1", "DH2", "DH3"]
    assert records(untold(database, feed=GRID)) == ["WG1"]
    assert records(untold(database, limit=2)) == ["DH1", "DH2"]
    assert records(untold(database, after=2)) == ["DH3"]


def test_an_acknowledgement_covers_all_before_it_of_its_own_feed(database: Database) -> None:
    told(database, "DH1")
    told(database, "WG1", feed=GRID)
    told(database, "DH2", "DH3")
    assert acknowledged(database, 3) == 2
    assert acknowledged(database, 3) == 0, "once is enough"
    assert records(untold(database)) == ["DH3"]
    assert records(untold(database, feed=GRID)) == ["WG1"]


def test_what_is_told_again_has_the_same_id_and_nothing_else_has(database: Database) -> None:
    told(database, "DH1", "DH1")
    first, again = untold(database), untold(database)
    assert first == again
    assert len({row.event_id for row in first}) == 2


def test_sequences_rise_in_the_order_of_commits_whoever_writes(database: Database) -> None:
    seen: list[list[int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append([row.sequence for row in untold(database)])

    watcher = threading.Thread(target=watch)
    writers = [threading.Thread(target=told, args=(database, *["DH1"] * 5)) for _ in range(4)]
    watcher.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    watcher.join()
    assert [row.sequence for row in untold(database)] == list(range(1, 21))
    for before, after in pairwise(seen):
        assert after[: len(before)] == before, "nothing appears below what was seen"


def test_what_was_acknowledged_long_ago_is_forgotten_and_no_sequence_is_given_out_twice(database: Database) -> None:
    told(database, "DH1", "DH2", "DH3")
    acknowledged(database, 3)
    with database.write() as session:
        assert outbox.prune(session, NOW) == 0, "it was acknowledged just then"
        assert outbox.prune(session, NOW + timedelta(seconds=1)) == 2
    told(database, "DH4")
    assert [row.sequence for row in untold(database)] == [4]


def test_what_nobody_acknowledged_is_never_forgotten(database: Database) -> None:
    told(database, "DH1", "DH2")
    with database.write() as session:
        assert outbox.prune(session, NOW + timedelta(days=1000)) == 0


def test_it_is_known_how_much_waits_and_since_when(database: Database) -> None:
    with database.read() as session:
        assert outbox.waiting(session) == {}
    told(database, "DH1", "DH2")
    told(database, "WG1", feed=GRID)
    with database.write() as session:
        session.get_one(OutboxRow, 2).created_at = NOW + timedelta(hours=1)
    acknowledged(database, 1)
    with database.read() as session:
        assert outbox.waiting(session) == {HOTLINE: (1, NOW + timedelta(hours=1)), GRID: (1, NOW)}


def test_no_column_holds_what_was_said_or_by_whom(database: Database) -> None:
    told(database, "DH1")
    with database.read() as session:
        row = session.scalars(select(OutboxRow)).one()
        assert row.source_id == "DH1"
        assert set(row.payload) == {
            "record", "case", "kind", "unit", "unit_name", "previous_unit", "assigned_at", "dues",
        }  # fmt: skip
