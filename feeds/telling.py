"""The telling side of the feed protocol, sans I/O: what a source wants to be told, what is on its way, what it has noted.

It knows no socket, no clock and no database. The wire is in docs/feed-protocol.md, "What the centre tells you".
"""

from collections import deque
from typing import Final, NamedTuple

import orjson

from db.outbox import Untold, wire_time
from feeds.envelope import type_name

ASSIGNMENT: Final = "cn.bihuan.assignment.v1"
MOST_TOLD: Final = 100
LARGEST_CONTROL: Final = 4_096
LONGEST_SEQUENCE: Final = 19


class Accepts(NamedTuple):
    """The source says of which types it wants to be told from now on."""

    types: frozenset[str]


class Noted(NamedTuple):
    """The source has, and keeps, everything it was sent up to and including `sequence`."""

    sequence: int


class Unheeded(NamedTuple):
    """A control frame that says nothing that can be done; `reason` names the key and the value's type, never the value."""

    reason: str


Control = Accepts | Noted | Unheeded


def read_control(frame: bytes) -> Control | None:
    """What a text frame says about the telling; `None`: it says nothing about it, and is to be read as events.

    A control frame is a JSON object with one key, `accepts` or `noted`. An event has more than one, so that nothing that
    holds a citizen's matter is ever taken for one.
    """
    if b"specversion" in frame or len(frame) > LARGEST_CONTROL:  # spares parsing what is an event, or none of this
        return None
    try:
        parsed = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    match parsed:
        case {"accepts": types, **rest} if not rest:
            return _accepts(types)
        case {"noted": sequence, **rest} if not rest:
            return _noted(sequence)
        case _:
            return None


def _accepts(types: object) -> Accepts | Unheeded:
    if not isinstance(types, list):
        return Unheeded(f"accepts: expected an array of event types, got {type_name(types)}")
    if not all(isinstance(each, str) for each in types):
        return Unheeded("accepts: expected an array of texts")
    return Accepts(frozenset(types))


def _noted(sequence: object) -> Noted | Unheeded:
    digits = isinstance(sequence, str) and sequence.isascii() and sequence.isdigit()
    if not isinstance(sequence, str) or not digits or len(sequence) > LONGEST_SEQUENCE:
        return Unheeded(f"noted: expected decimal digits as text, got {type_name(sequence)}")
    return Noted(int(sequence))


def announcement(told: Untold, source: str) -> str:
    """The frame that tells a source of an assignment: one CloudEvent. `source` is the centre's own name."""
    event = {
        "specversion": "1.0",
        "id": told.event_id,
        "source": source,
        "type": ASSIGNMENT,
        "time": wire_time(told.at),
        "sequence": str(told.sequence),
        "datacontenttype": "application/json",
        "data": told.data,
    }
    return orjson.dumps(event).decode()


class Teller:
    """One connection's telling. Nothing is sent before the source has asked, and never more at once than `most`.

    `after`: the last sequence sent over this connection; `noted`: the last one the source has, of those. 0: none.
    """

    def __init__(self, most: int = MOST_TOLD) -> None:
        self._most = most
        self._wanted = False
        self._on_the_way: deque[int] = deque()
        self.after = 0
        self.noted = 0

    @property
    def room(self) -> int:
        """How many more may be sent now."""
        return self._most - len(self._on_the_way) if self._wanted else 0

    def hear(self, control: Control) -> str | None:
        """Heed what the source says; gives back why not, where it can't be heeded."""
        match control:
            case Accepts(types):
                self._wanted = ASSIGNMENT in types
                return None
            case Noted(sequence) if sequence > self.after:
                return "noted: names more than was sent over this connection"
            case Noted(sequence):
                self.noted = max(self.noted, sequence)
                while self._on_the_way and self._on_the_way[0] <= sequence:
                    self._on_the_way.popleft()
                return None
            case Unheeded(reason):
                return reason

    def sent(self, sequence: int) -> None:
        """Something is on its way. Said before it is handed to the socket: the answer may come at any moment after."""
        self._on_the_way.append(sequence)
        self.after = sequence
