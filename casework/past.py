"""What was true at a past instant: read from the whole journal by when things happened, not by when they were told.

A report's work is open from its report until it is finished or ended, and again when that is taken back. It is overdue at
an instant when it is open then, its clock was not standing still before its deadline, and the promise as it stood then had
passed. Later news about an earlier time corrects the past; a deadline that was moved counts from when it was moved.

An assignment that was taken back changes nothing here: no assignment moves the promise. Who held a report between the two is
told by folding its journal up to then; scores never know of that span, whichever instant they are asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from casework.case import ADVANCE, UNFINISHED, Entry
from casework.payloads import due_of, instant
from casework.vocabulary import EntryType, Status

_ENDS: Final = frozenset({EntryType.CLOSED, EntryType.DECLINED})
_TAKES_ENDING_BACK: Final = frozenset({
    EntryType.ASSIGNED, EntryType.REDONE, EntryType.REOPENED, EntryType.RESUMED,
})  # fmt: skip
_TAKES_FINISH_BACK: Final = frozenset({EntryType.REJECTED, EntryType.REDONE, EntryType.REOPENED})
_MOVES_DUE: Final = frozenset({
    EntryType.EXTENDED, EntryType.CONTINUED, EntryType.REDATED, EntryType.CLASSIFIED, EntryType.REOPENED,
})  # fmt: skip
V = TypeVar("V")


@dataclass(slots=True)
class Past:
    """One report's history: what changed when, each list in the order it was told.

    `finishes`, `endings`: that the work was finished or ended (True), or that it no longer was. `given`: the deadline that
    source or rule gave, as it is known today; `moves`: what it was moved to, `None` for back to the given one. `pauses`:
    since when the clock stood still, `None` for it goes on.
    """

    report: str
    reported_at: datetime
    township: str | None
    given: datetime
    extended: bool = False
    reopened: bool = False
    finishes: list[tuple[datetime, bool]] = field(default_factory=list)
    endings: list[tuple[datetime, bool]] = field(default_factory=list)
    moves: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def open_at(self, at: datetime) -> bool:
        """Whether somebody was still to finish it."""
        return at >= self.reported_at and not _as_of(self.finishes, at, False) and not _as_of(self.endings, at, False)

    def due_at(self, at: datetime) -> datetime:
        """The promise as it stood."""
        return _as_of(self.moves, at, None) or self.given

    def overdue_at(self, at: datetime) -> bool:
        """Whether it was late then; a clock that stood still at its deadline never ran out."""
        return self.open_at(at) and (_as_of(self.pauses, at, None) or at) > self.due_at(at)


def _as_of(changes: Sequence[tuple[datetime, V]], at: datetime, before: V) -> V:
    """The last value told of `at` or an earlier instant."""
    return next((value for since, value in reversed(changes) if since <= at), before)


def pasts(entries: Iterable[Entry]) -> list[Past]:
    """The history of every report a case's journal tells of, in the order they joined; split-off ones are told elsewhere."""
    found: dict[str, Past] = {}
    for entry in entries:
        if entry.type is EntryType.RESTORED:
            found.clear()
        elif entry.type is EntryType.SPLIT:
            found.pop(entry.report, None)
        elif entry.type is EntryType.REGISTERED:
            found[entry.report] = _begun(entry)
        elif entry.type is EntryType.MERGED:
            found.clear()  # told again where it went
        elif entry.report in found:
            _tell(found[entry.report], entry)
    return list(found.values())


def _begun(entry: Entry) -> Past:
    at = entry.occurred_at
    return Past(entry.report, at, entry.payload.get("township"), due_of(entry.payload, at).at)


def _tell(past: Past, entry: Entry) -> None:
    kind, told, at = entry.type, entry.payload, entry.occurred_at
    if kind is EntryType.REVISED:
        _revise(past, told, at)
    elif kind is EntryType.FINISHED and "span" not in told:
        _finish(past, at)
    elif kind is EntryType.PAUSED:
        past.pauses.append((at, at))
    elif kind in _ENDS:
        past.endings.append((at, True))
    elif kind in _TAKES_FINISH_BACK or (kind is EntryType.RESUMED and ADVANCE[Status(told["status"])] < UNFINISHED):
        past.finishes.append((at, False))
    if kind in _TAKES_ENDING_BACK and past.endings:
        past.endings.append((at, False))
    if (kind in _ENDS or kind is EntryType.CONTINUED) and past.pauses:
        past.pauses.append((at, None))
    if kind in _MOVES_DUE and "due_at" in told:
        past.moves.append((at, instant(told["due_at"])))
        past.reopened = past.reopened or kind is EntryType.REOPENED
        past.extended = kind is EntryType.EXTENDED or (past.extended and kind is not EntryType.REOPENED)


def _finish(past: Past, at: datetime) -> None:
    """A finish that is told again with another time replaces the one before it."""
    if past.finishes and past.finishes[-1][1]:
        past.finishes.pop()
    past.finishes.append((at, True))


def _revise(past: Past, told: Mapping[str, Any], at: datetime) -> None:
    if "township" in told:
        past.township = told["township"]
    if "reported_at" in told:
        past.reported_at = instant(told["reported_at"])
    if "due_at" in told:
        # The source corrects the date it had given: the mistake never held. An extension granted since stands.
        # After a person opened it again, it corrects the new round's.
        due = instant(told["due_at"])
        if past.reopened:
            if not past.extended:
                past.moves.append((at, due))
            return
        past.given = due
        if past.moves and not past.extended:
            past.moves.append((at, None))
