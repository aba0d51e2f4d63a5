"""What a sender has sent and not yet had acknowledged. Sans-IO: knows sequences, no socket and no clock."""

from collections import deque
from collections.abc import Iterable
from typing import Final

import orjson

MOST_UNACKNOWLEDGED: Final = 2000
LONGEST_SEQUENCE: Final = 19


class Window:
    """Acks are cumulative: one for a sequence settles everything sent up to it."""

    def __init__(self, most: int = MOST_UNACKNOWLEDGED) -> None:
        self._most = most
        self._sent: deque[int] = deque()

    @property
    def unacknowledged(self) -> int:
        return len(self._sent)

    def has_room_for(self, events: int) -> bool:
        return len(self._sent) + events <= self._most

    def sent(self, sequences: Iterable[int]) -> None:
        self._sent.extend(sequences)

    def acknowledged(self, sequence: int) -> None:
        while self._sent and self._sent[0] <= sequence:
            self._sent.popleft()


def read_ack(frame: str | bytes) -> int | None:
    """The sequence of `{"ack": "SEQUENCE"}`; `None` for anything else, which is not ours to understand."""
    return _sequence_under("ack", frame)


def read_resume(frame: str | bytes) -> int | None:
    """The sequence of `{"resume_after": SEQUENCE}`; `None` when the receiver has nothing yet. Raises ValueError."""
    try:
        parsed = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise ValueError("the first frame is not JSON") from error
    if not isinstance(parsed, dict) or "resume_after" not in parsed:
        raise ValueError("the first frame has no resume_after")
    if parsed["resume_after"] is None:
        return None
    return read_sequence(str(parsed["resume_after"]))


def read_sequence(text: str) -> int:
    """A sequence from its decimal digits. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_SEQUENCE):
        raise ValueError("a sequence is up to 19 decimal digits")
    return int(text)


def _sequence_under(key: str, frame: str | bytes) -> int | None:
    try:
        parsed = orjson.loads(frame)
        return read_sequence(str(parsed[key])) if isinstance(parsed, dict) and key in parsed else None
    except ValueError:
        return None
