"""What a source is told, and what it says to that, without a socket."""

from typing import Any

import orjson
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from db.outbox import Untold
from feeds.telling import ASSIGNMENT, LARGEST_CONTROL, Accepts, Noted, Teller, Unheeded, announcement, read_control
from tests.records import NOW, Feed, envelope, order

WANTED = Accepts(frozenset({ASSIGNMENT}))


def asking(most: int = 3) -> Teller:
    """The telling of a source that has asked for it."""
    teller = Teller(most)
    assert teller.hear(WANTED) is None
    return teller


def test_a_source_asks_and_notes_in_frames_of_one_key() -> None:
    assert read_control(b'{"accepts": ["cn.bihuan.assignment.v1", "another"]}') == Accepts(
        frozenset({ASSIGNMENT, "another"})
    )
    assert read_control(b' {"noted":"42"} ') == Noted(42)


@pytest.mark.parametrize(
    "frame",
    [
        orjson.dumps(envelope(Feed.HOTLINE12345, order(), "e1", 1)),
        b'{"noted":"1","title":"x"}',
        b'{"accepts":[],"noted":"1"}',
        b'{"ack":"1"}',
        b"{}",
        b'["accepts"]',
        b'[{"noted":"1"}]',
        b'"noted"',
        b"noted",
        b"",
        b"\xff",
        b"[" * 3_000,
        b'{"noted":"' + b"1" * LARGEST_CONTROL + b'"}',
    ],
)
def test_whatever_else_comes_is_read_as_events(frame: bytes) -> None:
    assert read_control(frame) is None


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b'{"accepts":"all of it"}', "accepts: expected an array of event types, got text of 9 characters"),
        (b'{"accepts":null}', "accepts: expected an array of event types, got nothing"),
        (b'{"accepts":[1]}', "accepts: expected an array of texts"),
        (b'{"noted":7}', "noted: expected decimal digits as text, got a number"),
        (b'{"noted":"-7"}', "noted: expected decimal digits as text, got text of 2 characters"),
        ('{"noted":"٣"}'.encode(), "noted: expected decimal digits as text, got text of 1 characters"),
        (b'{"noted":"12345678901234567890"}', "noted: expected decimal digits as text, got text of 20 characters"),
        (b'{"noted":null}', "noted: expected decimal digits as text, got nothing"),
        (b'{"noted":{}}', "noted: expected decimal digits as text, got an object"),
    ],
)
def test_a_control_frame_that_makes_no_sense_says_why(frame: bytes, reason: str) -> None:
    control = read_control(frame)
    assert control == Unheeded(reason)
    assert asking().hear(control) == reason


def test_a_source_that_did_not_ask_is_told_nothing() -> None:
    teller = Teller()
    assert teller.room == 0
    teller.hear(Accepts(frozenset({"another"})))
    assert teller.room == 0


def test_a_source_may_stop_wanting_to_be_told_and_want_it_again() -> None:
    teller = asking()
    teller.sent(1)
    teller.hear(Accepts(frozenset()))
    assert teller.room == 0
    assert teller.hear(Noted(1)) is None, "what it was sent before still counts"
    teller.hear(WANTED)
    assert (teller.room, teller.after) == (3, 1)


def test_no_more_is_on_the_way_than_there_is_room_for() -> None:
    teller = asking(most=3)
    rooms = [teller.room]
    for sequence in (4, 8, 9):
        teller.sent(sequence)
        rooms.append(teller.room)
    assert rooms == [3, 2, 1, 0]
    assert teller.after == 9


def test_what_is_noted_covers_all_that_was_sent_before_it() -> None:
    teller = asking(most=3)
    for sequence in (4, 8, 9):
        teller.sent(sequence)
    teller.hear(Noted(8))
    assert (teller.noted, teller.room) == (8, 2)
    teller.hear(Noted(4))
    assert (teller.noted, teller.room) == (8, 2), "a late one takes nothing back"
    teller.hear(Noted(9))
    assert (teller.noted, teller.room) == (9, 3)


def test_a_source_can_not_note_what_it_was_not_sent() -> None:
    teller = asking()
    teller.sent(4)
    assert teller.hear(Noted(5)) == "noted: names more than was sent over this connection"
    assert (teller.noted, teller.room) == (0, 2)


def test_an_assignment_is_a_cloudevent_any_sdk_reads() -> None:
    data: dict[str, Any] = {"record": "DH1", "unit": "U-WATER"}
    event = JSONFormat().read(CloudEvent, announcement(Untold(17, "an-id", NOW, data), "/bihuan/yunchuan"))
    assert (event.get_id(), event.get_source(), event.get_type()) == ("an-id", "/bihuan/yunchuan", ASSIGNMENT)
    assert (event.get_time(), event.get_extension("sequence")) == (NOW, "17")
    assert (event.get_datacontenttype(), event.get_data()) == ("application/json", data)
