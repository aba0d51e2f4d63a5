"""Two cases become one, and part again. The entries of a report are told again wherever it goes, so that every journal can
be folded by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from casework.case import Case, Entry
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import evolve
from casework.moves import Move
from casework.vocabulary import EntryType


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Move):
    """并案: the case goes on in another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Move):
    """拆出: `report` leaves for a case of its own, or for the one it came from."""


def merge(
    child: Case, child_entries: Iterable[Entry], parent: Case, parent_id: int, move: Merge | None = None
) -> tuple[Decision, Decision]:
    """Move every report of `child` into `parent`: what to write to the parent, and to the child.

    Without a `move` it is the sources' own link that says they are one matter.
    """
    if child.merged_into is not None or parent.merged_into is not None:
        raise Refused("a case that went on in another can't be merged")
    moved = _own(child_entries)
    for entry in moved:
        parent = evolve(parent, entry)
    last = moved[-1]
    at = last.occurred_at if move is None else max(move.at, last.occurred_at)
    told: dict[str, Any] = {"into": parent_id}
    if move is not None and move.reason:
        told["reason"] = move.reason
    end = Entry(EntryType.MERGED, last.report, at, "link" if move is None else move.by, told)
    return Decision(tuple(moved), parent), Decision((end,), evolve(child, end))


def split(
    parent: Case, parent_entries: Iterable[Entry], child: Case, child_id: int, move: Split
) -> tuple[Decision, Decision]:
    """Take one report out of `parent` into `child`: a new, empty case, or the one it came from."""
    thread = parent.thread(move.report or "")
    if thread is None:
        raise Refused("the report {report} is not in this case", report=move.report)
    if len(parent.threads) == 1:
        raise Refused("the only report of a case can't be split from it")
    if child.threads and child.merged_into is None:
        raise Refused("the case it would go back to goes on by itself")
    at = max(move.at, thread.latest_at)
    told = {"into": child_id, **({"reason": move.reason} if move.reason else {})}
    out = Entry(EntryType.SPLIT, thread.report, at, move.by, told)
    entries = [Entry(EntryType.RESTORED, thread.report, at, move.by, {})] if child.version else []
    entries += [entry for entry in _own(parent_entries) if entry.report == thread.report]
    for entry in entries:
        child = evolve(child, entry)
    return Decision((out,), evolve(parent, out)), Decision(tuple(entries), child)


def _own(entries: Iterable[Entry]) -> list[Entry]:
    """What the reports themselves went through, as it was last told: a case that came back begins anew."""
    told: list[Entry] = []
    for entry in entries:
        if entry.type is EntryType.RESTORED:
            told.clear()
        elif entry.type is EntryType.SPLIT:
            told = [each for each in told if each.report != entry.report]
        elif entry.type is not EntryType.MERGED:
            told.append(entry)
    return told
