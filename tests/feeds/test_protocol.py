"""The receiving side, without a socket."""

from typing import Any

import orjson
import pytest

from casework.vocabulary import Feed, Outcome
from db.vault import Vault
from feeds.protocol import Acknowledger, Dialect, FrameReader, greeting, resume_address
from tests.records import DIALECTS, NOW, envelope, event, order


def reader(vault: Vault) -> FrameReader:
    return FrameReader(DIALECTS[Feed.GRID], vault)


def test_an_event_becomes_a_message_with_its_report(vault: Vault) -> None:
    ((message, time),) = reader(vault).read(orjson.dumps(envelope(Feed.GRID, event(), "e1", 7)), NOW)
    assert (message.event_id, message.sequence, message.received_at) == ("e1", 7, NOW)
    assert message.report is not None
    assert time == NOW


def test_a_record_that_can_not_be_translated_keeps_its_identity(vault: Vault) -> None:
    ((message, _),) = reader(vault).read(orjson.dumps(envelope(Feed.GRID, event(eventCode=""), "e1", 7)), NOW)
    assert (message.event_id, message.report, message.reason) == ("e1", None, "eventCode: absent, but required")


@pytest.mark.parametrize(
    ("feed", "record", "milestone"),
    [
        (Feed.GRID, event(distributeTime="2027-11-20 08:20:00"), "assigned_at"),
        (Feed.GRID, event(dealTime="2026-11-21 08:20:01"), "finished_at"),
        (Feed.HOTLINE12345, order(signTime="2026-12-20 10:00:00"), "signed_at"),
        (Feed.HOTLINE12345, order(contactTime="2026-12-20 10:00:00"), "contacted_at"),
        (Feed.HOTLINE12345, order(backTime="2026-12-20 10:00:00"), "returned_at"),
        (Feed.HOTLINE12345, order(visitTime="2026-12-20 10:00:00"), "visited_at"),
        (Feed.GRID, event(endTime="2026-12-20 10:00:00"), "closed_at"),
    ],
)
def test_what_a_record_can_not_know_yet_is_refused_by_name(
    vault: Vault, feed: Feed, record: dict[str, Any], milestone: str
) -> None:
    ((message, _),) = FrameReader(DIALECTS[feed], vault).read(orjson.dumps(envelope(feed, record, "e1", 7)), NOW)
    assert (message.event_id, message.sequence, message.report) == ("e1", 7, None)
    assert message.reason == f"{milestone}: more than a day after the record's own update time"


@pytest.mark.parametrize("told", [{"dealTime": "2026-11-21 08:20:00"}, {"deadlineTime": "2030-01-01 00:00:00"}])
def test_clocks_differ_by_a_day_and_deadlines_are_in_the_future(vault: Vault, told: dict[str, str]) -> None:
    ((message, _),) = reader(vault).read(orjson.dumps(envelope(Feed.GRID, event(**told), "e1", 7)), NOW)
    assert message.report is not None


def test_a_message_without_an_id_is_known_again_by_its_content(vault: Vault) -> None:
    ((first, _),) = reader(vault).read(b"rubbish", NOW)
    ((again, _),) = reader(vault).read(b"rubbish", NOW)
    ((other, _),) = reader(vault).read(b"other rubbish", NOW)
    assert first.event_id == again.event_id != other.event_id


def test_a_translators_own_mistake_loses_nothing(vault: Vault) -> None:
    def fail(data: object, codes: object) -> None:
        raise ZeroDivisionError

    broken = Dialect(Feed.GRID, DIALECTS[Feed.GRID].event_type, fail, DIALECTS[Feed.GRID].codes)  # type: ignore[arg-type]
    ((message, _),) = FrameReader(broken, vault).read(orjson.dumps(envelope(Feed.GRID, event(), "e1", 7)), NOW)
    assert message.reason == "the translator failed: ZeroDivisionError"


def test_acknowledgements_are_cumulative_and_never_fall() -> None:
    side, new = Acknowledger(), Outcome.CREATED
    assert side.committed([]) is None
    assert side.committed([(None, new)]) is None
    assert side.committed([(5, new), (6, new), (4, new)]) == '{"ack":"6"}'
    assert side.committed([(2, new)]) == '{"ack":"6"}', "a late one is covered by what was acknowledged before"
    assert side.committed([(9, new), (None, new)]) == '{"ack":"9"}'
    assert side.committed([(number, Outcome.REPEATED) for number in range(1, 9)] * 9) == '{"ack":"9"}'


def test_a_numbering_that_begins_again_is_followed_down() -> None:
    side = Acknowledger()
    side.committed([(10**15, Outcome.DEAD_LETTER)])
    assert side.committed([(number, Outcome.CREATED) for number in range(1, 16)]) == '{"ack":"1000000000000000"}'
    assert side.committed([(16, Outcome.CREATED)]) == '{"ack":"16"}'
    assert side.committed([(17, Outcome.CREATED)]) == '{"ack":"17"}'


def test_where_to_resume_is_said_both_ways_round() -> None:
    assert greeting(None) == '{"resume_after":null}'
    assert greeting(41) == '{"resume_after":"41"}'
    assert resume_address("wss://host/", None) == "wss://host/"
    assert resume_address("wss://host/", 41) == "wss://host/?after=41"
    assert resume_address("wss://host/?a=b", 41) == "wss://host/?a=b&after=41"
