"""From a frame to CloudEvents: bytes in, envelopes and refusals out. No socket, no clock, no translation.

CloudEvents 1.0 in structured JSON, one object or an array of them, with the *sequence* extension.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson

from feeds.errors import NotAnEvent

LONGEST_ID: Final = 256
MOST_IN_A_FRAME: Final = 12_000
"""A frame of the permitted size has no room for more events, of 90 bytes at least; taken apart, what they cost is a thousand
times what they were."""
LARGEST_SEQUENCE: Final = 2**63 - 1
YEARS: Final = range(1971, 2101)


class Envelope(NamedTuple):
    """One CloudEvent of this feed; `raw` is its own JSON text."""

    id: str
    sequence: int
    time: datetime | None
    data: dict[str, Any]
    raw: bytes


class Refusal(NamedTuple):
    """Something that is no event of this feed, with what could still be read of its identity."""

    reason: str
    raw: bytes
    id: str | None = None
    sequence: int | None = None


def read_frame(frame: bytes, event_type: str, *, binary: bool = False) -> list[Envelope | Refusal]:
    """Everything one frame carries, in order; never raises."""
    if binary:
        return [_refusal("frame: binary, expected UTF-8 text", _loosely(frame), frame)]
    try:
        parsed = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return _read_carefully(frame, event_type)
    if not isinstance(parsed, list):
        return [_read(parsed, event_type, frame)]
    refused = _refused_whole(parsed, frame)
    return refused or [_read_item(item, event_type) for item in parsed]


def _refused_whole(batch: list[Any], frame: bytes) -> list[Envelope | Refusal]:
    if not batch:
        return [Refusal("frame: an empty batch", frame)]
    if len(batch) > MOST_IN_A_FRAME:
        return [Refusal(f"frame: a batch of {len(batch)}, at most {MOST_IN_A_FRAME} are read", frame)]
    return []


def _read_item(item: object, event_type: str) -> Envelope | Refusal:
    """One event of a batch, as if it had come alone."""
    try:
        raw = orjson.dumps(item)
    except orjson.JSONEncodeError:  # what can be read can't always be written: deep nesting, lone surrogates
        return _refusal("JSON: nested too deeply, or not Unicode", item, _loose_bytes(item))
    return _read(item, event_type, raw)


def _read_carefully(frame: bytes, event_type: str) -> list[Envelope | Refusal]:
    """A frame strict JSON refuses. In a batch, one bad event must not take the good ones with it."""
    try:
        parsed = json.loads(frame)
    except (ValueError, RecursionError):
        return [Refusal("frame: not JSON", frame)]  # a sequence guessed from it could be anything
    if not isinstance(parsed, list):
        return [_refuse_loose(parsed, frame)]
    return _refused_whole(parsed, frame) or [
        _read_item(item, event_type) if _is_strict(item) else _refuse_loose(item, _loose_bytes(item)) for item in parsed
    ]


def _is_strict(item: object) -> bool:
    """NaN and Infinity are all that Python's reader takes and its own strict writer refuses."""
    try:
        json.dumps(item, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _loose_bytes(item: object) -> bytes:
    try:
        return json.dumps(item).encode()
    except RecursionError:
        return b"(nested too deeply to be written again)"


def _refuse_loose(item: object, raw: bytes) -> Refusal:
    return _refusal("JSON: NaN, Infinity, a lone surrogate or a number out of range", item, raw)


def _read(item: object, event_type: str, raw: bytes) -> Envelope | Refusal:
    try:
        return _envelope(item, event_type, raw)
    except NotAnEvent as error:
        return _refusal(str(error), item, raw)


def _envelope(item: object, event_type: str, raw: bytes) -> Envelope:
    if not isinstance(item, dict):
        raise NotAnEvent(f"event: expected an object, got {type_name(item)}")
    if item.get("specversion") != "1.0":
        raise NotAnEvent('specversion: expected "1.0"')
    event_id = _identifier(item.get("id"))
    if not isinstance(item.get("source"), str) or not item["source"]:
        raise NotAnEvent(f"source: expected text, got {type_name(item.get('source'))}")
    if item.get("type") != event_type:
        raise NotAnEvent(f"type: expected {event_type}")
    sequence = _sequence(item.get("sequence"))
    time = _time(item.get("time"))
    _check_content_type(item.get("datacontenttype"))
    data = item.get("data")
    if not isinstance(data, dict):
        raise NotAnEvent(f"data: expected an object, got {type_name(data)}")
    return Envelope(event_id, sequence, time, data, raw)


def _identifier(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise NotAnEvent(f"id: expected text, got {type_name(value)}")
    if len(value) > LONGEST_ID:
        raise NotAnEvent(f"id: longer than {LONGEST_ID} characters")
    if not value.isprintable():
        raise NotAnEvent("id: has characters that can't be printed")
    return value


def _sequence(value: object) -> int:
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= LONGEST_ID:
        number = int(value)
    if number is None:
        raise NotAnEvent(f"sequence: expected decimal digits as text, got {type_name(value)}")
    if not 0 <= number <= LARGEST_SEQUENCE:
        raise NotAnEvent("sequence: larger than 9223372036854775807 or negative")
    return number


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or time.year not in YEARS:
        raise NotAnEvent(f"time: expected RFC 3339 with offset, got {type_name(value)}")
    return time.astimezone(UTC)


def _check_content_type(value: object) -> None:
    if value is None:
        return
    kind = value.partition(";")[0].strip().lower() if isinstance(value, str) else ""
    if kind != "application/json" and not kind.endswith("+json"):
        raise NotAnEvent("datacontenttype: expected application/json")


def _refusal(reason: str, item: object, raw: bytes) -> Refusal:
    """A refusal with whatever identity the object has, so that it can be acknowledged and known again."""
    if not isinstance(item, dict):
        return Refusal(reason, raw)
    try:
        event_id: str | None = _identifier(item.get("id"))
        if event_id is not None:
            event_id.encode()
    except (NotAnEvent, UnicodeEncodeError):
        event_id = None
    try:
        sequence: int | None = _sequence(item.get("sequence"))
    except NotAnEvent:
        sequence = None
    return Refusal(reason, raw, event_id, sequence)


def _loosely(frame: bytes) -> object:
    """What a frame that is refused anyway seems to hold, for its identity."""
    try:
        return json.loads(frame)
    except (ValueError, RecursionError):
        return None


def type_name(value: object) -> str:
    """How a reason names a value: its JSON type and size, never itself."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return f"text of {len(value)} characters"
        case list():
            return "an array"
        case _:
            return "an object"
