"""A simulated source that heeds what the centre tells it: a record given to another unit there goes on here as that unit's.

Knows the wire and the records' field names; no socket, no clock, and no centre.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from casework.vocabulary import Feed
from feeds.simulator.instants import sequence_at
from feeds.simulator.window import read_sequence
from feeds.simulator.world import Version

ASSIGNMENT: Final = "cn.bihuan.assignment.v1"
ASKING: Final = orjson.dumps({"accepts": [ASSIGNMENT]}).decode()
# The fields in which each source names the unit that handles a record: its code, and its name where it gives one.
UNIT_FIELDS: Final[Mapping[Feed, tuple[str, str | None]]] = {
    Feed.POLICE110: ("cbdwdm", None),
    Feed.HOTLINE12345: ("organizationCode", "organizationName"),
    Feed.GRID: ("dealDeptCode", None),
}

log = logging.getLogger(__name__)


class Told(NamedTuple):
    """One event of the centre's. `at`: a sequence, as versions have; `previous`: the unit the record was taken from."""

    sequence: int
    record: str
    unit: str | None
    unit_name: str | None
    previous: str | None
    at: int


class Takeover(NamedTuple):
    """From `at` on a record is handled by `unit` where its own story says `instead_of`."""

    unit: str
    unit_name: str | None
    instead_of: str
    at: int


class Following:
    """What one feed's source was told, kept in the file at `path` for its next start.

    Without a file it keeps a count and follows nothing: one that forgot would give every record back to the unit of its story.
    """

    def __init__(self, feed: Feed, path: Path | None = None) -> None:
        self._fields = UNIT_FIELDS[feed]
        self._feed = feed
        self._path = path
        self._takeovers: dict[str, Takeover] = {}
        self.count = 0
        for line in path.read_bytes().splitlines() if path is not None and path.exists() else ():
            with suppress(ValueError, TypeError):  # empty, or half written when the source was killed: it is told again
                self._take_over(Told(*orjson.loads(line)))

    def hear(self, told: Told) -> None:
        """Heed and keep it; only then may it be noted."""
        self.count += 1
        log.info("%s: the centre has told of %d assignments, the last of %s", self._feed, self.count, told.record)
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write(b"\n" + orjson.dumps(tuple(told)))
        self._take_over(told)

    def applied(self, versions: Iterable[Version]) -> list[Version]:
        """The versions as the source tells them, with the units it was told of."""
        return [self._applied(version) for version in versions]

    def _take_over(self, told: Told) -> None:
        if told.unit is None or told.previous is None:
            return  # the source's own desk gives work to a record that nobody has
        before = self._takeovers.get(told.record)
        own = before.instead_of if before is not None and before.unit == told.previous else told.previous
        self._takeovers[told.record] = Takeover(told.unit, told.unit_name, own, told.at)

    def _applied(self, version: Version) -> Version:
        takeover, (code, name) = self._takeovers.get(version.source_id), self._fields
        if takeover is None or version.sequence <= takeover.at or version.record.get(code) != takeover.instead_of:
            return version
        record = {**version.record, code: takeover.unit}
        if name is not None:
            record[name] = takeover.unit_name
        return replace(version, record=record)


def read_told(frame: str | bytes) -> Told | None:
    """What an event of the centre's tells of an assignment; `None` for any other frame."""
    try:
        event: Any = orjson.loads(frame)
        if not isinstance(event, dict) or event.get("type") != ASSIGNMENT:
            return None
        data = event["data"]
        return Told(
            read_sequence(event["sequence"]),
            data["record"],
            data["unit"],
            data["unit_name"],
            data["previous_unit"],
            sequence_at(datetime.fromisoformat(data["assigned_at"])),
        )
    except (ValueError, LookupError, TypeError):
        return None


def noted(told: Told) -> str:
    """The frame that says that it is kept."""
    return orjson.dumps({"noted": str(told.sequence)}).decode()
