"""The receiving side of the feed protocol, sans I/O: frames in, messages out; commits in, acknowledgements out.

It knows no socket, no clock and no database. What the wire looks like is in docs/feed-protocol.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from casework.errors import Untranslatable
from casework.report import Report
from casework.vocabulary import Outcome
from db.message import Message, refused, understood
from db.progress import Progress
from db.vault import Vault
from feeds.codes import CodeMap
from feeds.envelope import Envelope, Refusal, read_frame

SUBPROTOCOL: Final = "cloudevents.json"
LARGEST_FRAME: Final = 2**20
PING_SECONDS: Final = 20
MOST_IN_FLIGHT: Final = 2_000

Translate = Callable[[Mapping[str, Any], CodeMap], Report]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one feed speaks: its event type, its translator, its dictionaries."""

    feed: str
    event_type: str
    translate: Translate
    codes: CodeMap


Read = tuple[Message, datetime | None]


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Makes messages of one feed's frames. It remembers nothing: any process may read any frame."""

    dialect: Dialect
    vault: Vault

    def read(self, frame: bytes, at: datetime, *, binary: bool = False) -> list[Read]:
        """What the frame carries, in order, each with the time its source gave it. Bad input comes as a reason."""
        return [self._message(item, at) for item in read_frame(frame, self.dialect.event_type, binary=binary)]

    def refuse(self, frame: bytes, at: datetime, reason: str) -> list[Read]:
        """A frame that may not even be looked at."""
        return [self._message(Refusal(reason, frame), at)]

    def _message(self, item: Envelope | Refusal, at: datetime) -> Read:
        feed = self.dialect.feed
        if isinstance(item, Refusal):
            # What has no name of its own is known again by its content.
            event_id = item.id or f"unnamed:{self.vault.fingerprint(item.raw)}"
            return refused(self.vault, feed, event_id, item.sequence, at, item.raw, item.reason), None
        identity = (feed, item.id, item.sequence, at, item.raw)
        report, reason = self._translated(item)
        if report is None:
            return refused(self.vault, *identity, reason), item.time
        return understood(self.vault, *identity, report), item.time

    def _translated(self, item: Envelope) -> tuple[Report | None, str]:
        try:
            report = self.dialect.translate(item.data, self.dialect.codes)
        except Untranslatable as error:
            return None, str(error)
        except Exception as error:  # noqa: BLE001 - a translator's own mistake must not stop the feed or lose the message
            return None, f"the translator failed: {type(error).__name__}"
        if report.too_early is not None:
            return None, f"{report.too_early}: more than a day after the record's own update time"
        return report, ""


class Acknowledger:
    """One connection's memory of what was committed."""

    def __init__(self) -> None:
        self._progress = Progress()

    def committed(self, events: Iterable[tuple[int | None, Outcome]]) -> str | None:
        """The acknowledgement to send once these are committed; `None` when nothing can be named yet."""
        for sequence, outcome in events:
            if sequence is not None:
                repeated = outcome is Outcome.REPEATED
                self._progress = (self._progress.with_repeated if repeated else self._progress.with_new)(sequence)
        return None if self._progress.highest is None else acknowledgement(self._progress.highest)


def acknowledgement(sequence: int) -> str:
    """Every event up to and including `sequence` is committed."""
    return orjson.dumps({"ack": str(sequence)}).decode()


def greeting(cursor: int | None) -> str:
    """The centre's first frame in listen mode: where the source shall resume."""
    return orjson.dumps({"resume_after": None if cursor is None else str(cursor)}).decode()


def resume_address(url: str, cursor: int | None) -> str:
    """The address to dial: with `after`, except on the very first connect."""
    if cursor is None:
        return url
    return f"{url}{'&' if '?' in url else '?'}after={cursor}"
