"""Frames become events or refusals; nothing raises."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.envelope import MOST_IN_A_FRAME, Envelope, Refusal, read_frame
from tests.records import Feed, envelope, event

TYPE = "cn.grid.event.v1"


def good(event_id: str = "e1", sequence: int = 7, **changes: Any) -> dict[str, Any]:
    return envelope(Feed.GRID, event(), event_id, sequence) | changes


def only(frame: bytes, *, binary: bool = False) -> Envelope | Refusal:
    (item,) = read_frame(frame, TYPE, binary=binary)
    return item


def refusal(frame: bytes, *, binary: bool = False) -> Refusal:
    item = only(frame, binary=binary)
    assert isinstance(item, Refusal)
    return item


def test_one_object_is_one_event() -> None:
    frame = orjson.dumps(good())
    item = only(frame)
    assert isinstance(item, Envelope)
    assert (item.id, item.sequence, item.raw) == ("e1", 7, frame)
    assert item.data == event()


def test_an_array_is_a_batch_in_order() -> None:
    items = read_frame(orjson.dumps([good("a", 1), good("b", 2)]), TYPE)
    assert [item.id for item in items] == ["a", "b"]
    assert orjson.loads(items[1].raw)["id"] == "b"


def test_unknown_attributes_are_kept_in_the_raw_message() -> None:
    item = only(orjson.dumps(good(traceparent="00-abc")))
    assert isinstance(item, Envelope)
    assert b"traceparent" in item.raw


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": None}, "id: expected text, got nothing"),
        ({"id": 5}, "id: expected text, got a number"),
        ({"id": "x" * 300}, "id: longer"),
        ({"id": "a\u0000b"}, "id: has characters"),
        ({"source": ""}, "source"),
        ({"type": "cn.police110.jjd.v1"}, "type"),
        ({"sequence": "12a"}, "sequence"),
        ({"sequence": "-1"}, "sequence"),
        ({"sequence": "9" * 30}, "sequence: larger"),
        ({"sequence": None}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"sequence": "\u0663"}, "sequence"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-11-20T12:00:00"}, "time"),
        ({"time": "0001-01-01T00:00:00+08:00"}, "time"),
        ({"time": "9999-12-31T23:59:59-08:00"}, "time"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data": None}, "data: expected an object, got nothing"),
        ({"data": [1]}, "data: expected an object, got an array"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], reason: str) -> None:
    assert refusal(orjson.dumps(good(**changes))).reason.startswith(reason)


def test_a_refused_event_keeps_its_identity_so_that_it_can_be_acknowledged() -> None:
    item = refusal(orjson.dumps(good(specversion="2.0")))
    assert (item.id, item.sequence) == ("e1", 7)


@pytest.mark.parametrize(
    "frame",
    [b"", b"{", b"null", b"5", b'"text"', b"[" * 10_000, b'{"a":' * 10_000, b"\xff\xfe", b"[]", "\ufeff{}".encode()],
)
def test_what_is_no_event_at_all_is_one_refusal(frame: bytes) -> None:
    assert refusal(frame).raw == frame


def test_no_sequence_is_guessed_from_what_is_no_json() -> None:
    assert refusal(b'{"specversion":"1.0","sequence":"9000000000000000000","data":{').sequence is None


def test_a_binary_frame_is_refused_whatever_it_holds() -> None:
    item = refusal(orjson.dumps(good()), binary=True)
    assert item.reason.startswith("frame: binary")
    assert item.sequence == 7


@pytest.mark.parametrize("depth", [254, 500, 900])
def test_what_can_be_read_but_not_written_again_is_a_refusal(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    spoilt = orjson.dumps(good("bad", 2)).replace(b'"2026-11-20 08:00:00"', nested, 1)
    frame = b"[%b,%b]" % (spoilt, orjson.dumps(good("c", 3)))
    first, second = read_frame(frame, TYPE)
    assert isinstance(first, Refusal)
    assert (first.id, first.sequence) == ("bad", 2)
    assert isinstance(second, Envelope)
    assert read_frame(b'[{"x":' + nested + b"}]", TYPE)
    assert read_frame(nested, TYPE)


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", '"\\ud800"', "1e999"])
def test_one_bad_event_does_not_take_the_batch_with_it(bad: str) -> None:
    spoilt = json.dumps(good("bad", 2)).replace('"2026-11-20 08:00:00"', bad, 1)
    frame = f"[{json.dumps(good('a', 1))},{spoilt},{json.dumps(good('c', 3))}]".encode()
    first, second, third = read_frame(frame, TYPE)
    assert isinstance(first, Envelope)
    assert isinstance(third, Envelope)
    assert (second.id, second.sequence) == ("bad", 2)


def test_a_reason_never_quotes_what_was_sent() -> None:
    secret = "诸葛虚构19900007777"
    for name in good():
        for value in (secret, [secret], {"x": secret}):
            for item in read_frame(orjson.dumps(good() | {name: value}), TYPE):
                if isinstance(item, Refusal):
                    assert secret not in item.reason


@given(st.binary(max_size=400))
def test_no_bytes_raise(frame: bytes) -> None:
    assert read_frame(frame, TYPE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*good(), "x"]), inner, max_size=8),
        max_leaves=20,
    )
)
def test_no_json_raises(value: Any) -> None:
    assert read_frame(json.dumps(value).encode(), TYPE)


@pytest.mark.parametrize("last", ["1", "NaN"])
def test_a_batch_of_more_than_a_frame_could_hold_is_one_refusal(last: str) -> None:
    def batch(items: int) -> bytes:
        return f"[{'1,' * (items - 1)}{last}]".encode()

    assert len(read_frame(batch(MOST_IN_A_FRAME), TYPE)) == MOST_IN_A_FRAME
    frame = batch(MOST_IN_A_FRAME + 1)
    (item,) = read_frame(frame, TYPE)
    assert item == Refusal(f"frame: a batch of {MOST_IN_A_FRAME + 1}, at most {MOST_IN_A_FRAME} are read", frame)
