"""Exactly once in effect: whatever arrives, in whatever order and however often."""

import random
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.vocabulary import Outcome
from db.database import Database
from db.inbox import Hold, LostFeed, Recorder, cursor, take_feed
from db.message import Message
from db.models import Assignment, Case, DeadLetter, FeedMessage, JournalEntry, Report, VaultReport
from db.rebuild import differences
from db.vault import Vault
from tests.records import Feed, at, call, event, message, order, rubbish

HOTLINE, POLICE, GRID = Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID


def record(database: Database, recorder: Recorder, *messages: Message, hold: Hold | None = None) -> list[Outcome]:
    with database.write() as session:
        return recorder.record(session, messages, [hold] if hold is not None else []).outcomes


def rows(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


def version(minute: int, **changes: Any) -> dict[str, Any]:
    return order(updateTime=f"2026-11-20 09:{minute:02}:00", **changes)


def test_each_feed_records_its_first_report(database: Database, recorder: Recorder) -> None:
    outcomes = record(
        database,
        recorder,
        message(POLICE, call(), "e1", 1),
        message(HOTLINE, order(), "e1", 1),
        message(GRID, event(), "e1", 1),
    )
    assert outcomes == [Outcome.CREATED] * 3
    assert rows(database, Case.code, Case.feed, Case.status, Case.unit_code, Case.township) == [
        ("YC-20261120-00001", "police110", "to_sign", "U-STATION", "999921001"),
        ("YC-20261120-00002", "hotline12345", "to_sign", "U-CITY", "999921001"),
        ("YC-20261120-00003", "grid", "to_sign", "U-FIRE", "999921003"),
    ]


def test_a_redelivery_changes_nothing(database: Database, recorder: Recorder) -> None:
    first = message(HOTLINE, order(), "e1", 1)
    assert record(database, recorder, first) == [Outcome.CREATED]
    assert record(database, recorder, first, first) == [Outcome.REPEATED, Outcome.REPEATED]
    assert rows(database, FeedMessage.event_id, FeedMessage.outcome) == [("e1", "created")]


def test_an_older_version_that_comes_late_is_kept_and_changes_nothing(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(HOTLINE, version(30, state="待处置", signTime="2026-11-20 09:30:00"), "e2", 2))
    before = rows(database, JournalEntry.id)
    assert record(database, recorder, message(HOTLINE, version(0), "e1", 1)) == [Outcome.STALE]
    assert rows(database, JournalEntry.id) == before
    assert rows(database, Report.version_at) == [(at("11-20 09:30"),)]
    assert [row[1] for row in rows(database, FeedMessage.event_id, FeedMessage.outcome)] == ["stale", "created"]


def test_a_newer_version_updates_the_report_and_its_case(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(HOTLINE, version(0), "e1", 1))
    outcomes = record(database, recorder, message(HOTLINE, version(30, signTime="2026-11-20 09:30:00"), "e2", 2))
    assert outcomes == [Outcome.UPDATED]
    assert rows(database, Case.status, Case.version) == [("handling", 3)]
    assert rows(database, Assignment.signed_at) == [(at("11-20 09:30"),)]


def test_several_versions_in_one_batch_are_one_story(database: Database, recorder: Recorder) -> None:
    outcomes = record(
        database,
        recorder,
        message(HOTLINE, version(0), "e1", 1),
        message(HOTLINE, version(30, signTime="2026-11-20 09:30:00"), "e2", 2),
        message(HOTLINE, version(10), "e3", 3),
        message(HOTLINE, version(0), "e1", 1),
    )
    assert outcomes == [Outcome.CREATED, Outcome.UPDATED, Outcome.STALE, Outcome.REPEATED]
    assert rows(database, Case.status, Case.version) == [("handling", 3)]


def test_what_can_not_be_understood_is_kept_as_a_dead_letter(
    database: Database, recorder: Recorder, vault: Vault
) -> None:
    said = b'{"secret": "\xe7\x8e\x8b"}'
    bad = rubbish("e1", 1, said, "eventCode: absent, but required")
    assert record(database, recorder, bad) == [Outcome.DEAD_LETTER]
    assert record(database, recorder, bad) == [Outcome.REPEATED]
    ((reason, state, body),) = rows(database, DeadLetter.reason, DeadLetter.state, DeadLetter.body)
    assert (reason, state) == ("eventCode: absent, but required", "open")
    assert vault.open(body, GRID) == said
    assert rows(database, FeedMessage.outcome) == [("dead_letter",)]


def test_an_explicit_link_puts_two_reports_into_one_case(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(POLICE, call(), "e1", 1))
    record(database, recorder, message(POLICE, call(jjdbh="J2", gljjdbh="J2026112000001"), "e2", 2))
    assert rows(database, Case.reports, Case.version) == [(2, 5)]
    assert len({case_id for (case_id,) in rows(database, Report.case_id)}) == 1


def test_a_link_to_a_report_that_comes_later_works_as_well(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(POLICE, call(jjdbh="J2", gljjdbh="J2026112000001"), "e2", 2))
    record(database, recorder, message(POLICE, call(), "e1", 1))
    assert rows(database, Case.reports) == [(2,)]


@pytest.mark.parametrize(
    "arrival", [("A", "B", "C"), ("C", "B", "A"), ("A", "C", "B"), ("B", "A", "C"), ("C", "A", "B")]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_chain_of_links_is_one_case_in_every_order(
    database: Database, recorder: Recorder, arrival: tuple[str, ...], together: bool
) -> None:
    chain = {"A": call(jjdbh="A"), "B": call(jjdbh="B", gljjdbh="A"), "C": call(jjdbh="C", gljjdbh="B")}
    messages = [message(POLICE, chain[name], f"e{name}", number) for number, name in enumerate(arrival)]
    for batch in [messages] if together else [[one] for one in messages]:
        record(database, recorder, *batch)
    cases = rows(database, Case.status, Case.reports, Case.merged_into)
    assert [row for row in cases if row[0] != "merged"] == [("to_sign", 3, None)]
    (holder,) = {case_id for (case_id,) in rows(database, Report.case_id)}
    assert {merged_into for status, _, merged_into in cases if status == "merged"} <= {holder}
    assert {case_id for (case_id,) in rows(database, Assignment.case_id)} == {holder}
    assert len(rows(database, Assignment.number)) == 3
    with database.read() as session:
        assert list(differences(session)) == []


def test_a_report_that_links_to_itself_is_an_ordinary_one(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(POLICE, call(gljjdbh="J2026112000001"), "e1", 1))
    assert rows(database, Case.reports) == [(1,)]


def test_a_link_that_a_later_version_adds_merges_the_cases(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(POLICE, call(jjdbh="A"), "e1", 1), message(POLICE, call(jjdbh="B"), "e2", 2))
    later = call(jjdbh="B", gljjdbh="A", gxsj="2026-11-20 09:00:00")
    record(database, recorder, message(POLICE, later, "e3", 3))
    assert rows(database, Case.status, Case.reports) == [("merged", 1), ("to_sign", 2)]


def test_texts_are_stored_without_phones_and_names_and_kept_in_the_vault(
    database: Database, recorder: Recorder, vault: Vault
) -> None:
    content = "欧阳试验来电：楼下油烟，电话19900001234"
    record(database, recorder, message(HOTLINE, order(majorContent=content), "e1", 1))
    assert rows(database, Report.content) == [("欧某来电：楼下油烟，电话[电话]",)]
    ((sealed, caller),) = rows(database, VaultReport.sealed, VaultReport.caller_hash)
    assert vault.open_report(sealed)[1][1] == content
    assert caller == vault.phone_hash("19900001234")


def test_no_table_but_the_vault_holds_a_persons_data(database: Database, recorder: Recorder) -> None:
    record(
        database,
        recorder,
        message(POLICE, call(bjnr="找司徒样本，电话19900004321"), "e1", 1),
        message(HOTLINE, order(title="欧阳试验投诉", address="新华路 8 号 19900001234"), "e2", 2),
        message(GRID, event(desc="当事人诸葛虚构19900007777"), "e3", 3),
        rubbish("e4", 4, "诸葛虚构19900007777".encode(), "frame: not JSON"),
    )
    with database.read() as session:
        for table in Report.metadata.sorted_tables:
            for row in session.execute(select(*table.columns)):
                told = repr(tuple(row))
                for secret in ("欧阳试验", "司徒样本", "诸葛虚构", "1990000", "\\xe8\\xaf\\xb8\\xe8\\x91\\x9b"):
                    assert secret not in told, table.name


def test_the_cursor_moves_with_the_events_and_not_without(database: Database, recorder: Recorder) -> None:
    with database.write() as session:
        hold = take_feed(session, HOTLINE)
    record(database, recorder, message(HOTLINE, order(), "e5", 5), hold=hold)
    with database.read() as session:
        assert cursor(session, HOTLINE) == 5

    def fail() -> None:
        with database.write() as session:
            recorder.record(session, [message(HOTLINE, order(orderNum="DH2"), "e6", 6)], [hold])
            raise LookupError

    pytest.raises(LookupError, fail)
    with database.read() as session:
        assert cursor(session, HOTLINE) == 5
    assert len(rows(database, FeedMessage.event_id)) == 1


def test_a_redelivery_from_far_back_does_not_move_the_cursor_back(database: Database, recorder: Recorder) -> None:
    with database.write() as session:
        hold = take_feed(session, HOTLINE)
    record(database, recorder, message(HOTLINE, order(), "e5", 5), hold=hold)
    record(database, recorder, message(HOTLINE, order(orderNum="DH2"), "e9", 9), hold=hold)
    record(database, recorder, message(HOTLINE, order(), "e5", 5), hold=hold)
    with database.read() as session:
        assert cursor(session, HOTLINE) == 9


def test_a_redelivery_under_a_new_number_moves_the_cursor_with_its_acknowledgement(
    database: Database, recorder: Recorder
) -> None:
    with database.write() as session:
        hold = take_feed(session, HOTLINE)
    record(database, recorder, message(HOTLINE, order(), "e5", 5), hold=hold)
    record(database, recorder, message(HOTLINE, order(), "e5", 8), hold=Hold(HOTLINE, hold.epoch, connection=1))
    with database.read() as session:
        assert cursor(session, HOTLINE) == 8


def test_a_source_that_numbers_again_from_below_is_followed_there(database: Database, recorder: Recorder) -> None:
    with database.write() as session:
        hold = take_feed(session, HOTLINE)
    record(database, recorder, message(HOTLINE, order(), "old", 900), hold=hold)
    again = Hold(HOTLINE, hold.epoch, connection=1)
    record(database, recorder, message(HOTLINE, order(orderNum="DH2"), "new", 1), hold=again)
    with database.read() as session:
        assert cursor(session, HOTLINE) == 1


def test_who_lost_a_feed_can_write_nothing_more_for_it(database: Database, recorder: Recorder) -> None:
    with database.write() as session:
        old = take_feed(session, HOTLINE)
    with database.write() as session:
        take_feed(session, HOTLINE)
    with pytest.raises(LostFeed):
        record(database, recorder, message(HOTLINE, order(), "e1", 1), hold=old)
    assert rows(database, FeedMessage.event_id) == []


def test_a_recorder_that_did_not_see_the_last_entries_folds_them_first(database: Database, recorder: Recorder) -> None:
    """Two processes write to one case in turn; neither may trust what it remembers."""
    other = Recorder(recorder.rules, recorder.prefix)
    record(database, recorder, message(HOTLINE, version(0), "e1", 1))
    record(database, other, message(HOTLINE, version(10, signTime="2026-11-20 09:10:00"), "e2", 2))
    record(database, recorder, message(HOTLINE, version(20, contactTime="2026-11-20 09:20:00"), "e3", 3))
    assert rows(database, Case.status, Case.version) == [("handling", 4)]
    with database.read() as session:
        assert list(differences(session)) == []


def test_what_was_rolled_back_is_not_remembered(database: Database, recorder: Recorder) -> None:
    record(database, recorder, message(HOTLINE, version(0), "e1", 1))

    def fail() -> None:
        with database.write() as session:
            recorder.record(session, [message(HOTLINE, version(10, signTime="2026-11-20 09:10:00"), "e2", 2)])
            raise LookupError

    pytest.raises(LookupError, fail)
    record(database, recorder, message(HOTLINE, version(11, contactTime="2026-11-20 09:11:00"), "e3", 3))
    assert [kind for _, kind in rows(database, JournalEntry.id, JournalEntry.type)] == [
        "registered",
        "assigned",
        "contacted",
    ]


def test_a_shuffled_flood_in_any_batches_ends_in_the_same_place(database: Database, recorder: Recorder) -> None:
    """1,200 events of 150 records in ten versions, some twice: every record is there once, at its newest version."""
    randomness = random.Random(20261120)
    numbers = count(1)
    sent = [
        message(HOTLINE, version(minute, orderNum=f"DH{record_number}"), f"{record_number}-{minute}", next(numbers))
        for record_number in range(150)
        for minute in range(8)
    ]
    sent += randomness.sample(sent, 60)
    randomness.shuffle(sent)
    while sent:
        size = randomness.randint(1, 200)
        record(database, recorder, *sent[:size])
        del sent[:size]
    assert rows(database, func.count(), func.min(Report.version_at), func.max(Report.version_at)) == [
        (150, at("11-20 09:07"), at("11-20 09:07"))
    ]
    assert rows(database, func.count(FeedMessage.event_id)) == [(1200,)]
    with database.read() as session:
        assert list(differences(session)) == []


def test_case_codes_count_within_the_local_day_of_the_report(database: Database, recorder: Recorder) -> None:
    for number, time in enumerate(("2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-20 00:00:01")):
        record(database, recorder, message(HOTLINE, order(orderNum=f"DH{number}", callTime=time), f"e{number}", number))
    assert [code for (code,) in rows(database, Case.code)] == [
        "YC-20261119-00001",
        "YC-20261120-00001",
        "YC-20261120-00002",
    ]


def test_entries_say_when_it_happened_and_when_it_was_written_here(database: Database, recorder: Recorder) -> None:
    """Not when it was received: it may have waited since, and no position of the journal would hold for that instant."""
    before = datetime.now(UTC)
    record(database, recorder, message(HOTLINE, order(), "e1", 1, received_at=before - timedelta(hours=1)))
    assert rows(database, JournalEntry.type, JournalEntry.occurred_at, JournalEntry.actor) == [
        ("assigned", at("11-20 09:00"), "hotline12345"),
        ("registered", at("11-20 08:00"), "hotline12345"),
    ]
    (first,), (second,) = rows(database, JournalEntry.recorded_at)
    assert before <= first == second <= datetime.now(UTC)
