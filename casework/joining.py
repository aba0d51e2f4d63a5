"""Two cases become one, and part again. The entries of a report are told again wherever it goes, so that every journal can
be folded by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from casework.case import Case, Entry
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import evolve
from casework.moves import Move, told_by
from casework.vocabulary import EntryType

_BEGINS_SPAN: Final = frozenset({EntryType.ASSIGNED, EntryType.HELP_CALLED})


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
    if move is not None:
        _must_say_why(move)
    moved, parent = _told_again(_own(child_entries), parent)
    last = moved[-1]
    at = last.occurred_at if move is None else max(move.at, last.occurred_at)
    told: dict[str, Any] = {"into": parent_id} if move is None else {"into": parent_id, **told_by(move)}
    end = Entry(EntryType.MERGED, last.report, at, "link" if move is None else move.by, told)
    return Decision(tuple(moved), parent), Decision((end,), evolve(child, end))


def split(
    parent: Case, parent_entries: Iterable[Entry], child: Case, child_id: int, move: Split
) -> tuple[Decision, Decision]:
    """Take one report out of `parent` into `child`: a new, empty case, or the one it came from."""
    if parent.merged_into is not None:
        raise Refused("the case went on in another one; act there")
    thread = parent.thread(move.report or "")
    if thread is None:
        raise Refused("the report {report} is not in this case", report=move.report)
    if len(parent.threads) == 1:
        raise Refused("the only report of a case can't be split from it")
    if child.threads and child.merged_into is None:
        raise Refused("the case it would go back to goes on by itself")
    _must_say_why(move)
    at = max(move.at, thread.latest_at)
    out = Entry(EntryType.SPLIT, thread.report, at, move.by, {"into": child_id, **told_by(move)})
    back = [Entry(EntryType.RESTORED, thread.report, at, move.by, {})] if child.version else []
    for entry in back:
        child = evolve(child, entry)
    own = [each for each in _own(parent_entries) if each.entry.report == thread.report]
    entries, child = _told_again(own, child)
    return Decision((out,), evolve(parent, out)), Decision((*back, *entries), child)


def _must_say_why(move: Move) -> None:
    if not move.reason.strip():
        raise Refused("a reason is required")


class _Told(NamedTuple):
    """An entry as a case's journal tells it, and the number of the span it began there."""

    entry: Entry
    began: int | None


def _own(entries: Iterable[Entry]) -> list[_Told]:
    """What the reports themselves went through, as it was last told: a case that came back begins anew."""
    told: list[_Told] = []
    spans = 0
    for entry in entries:
        if entry.type is EntryType.RESTORED:
            told.clear()
            spans = 0
        elif entry.type is EntryType.SPLIT:
            told = [each for each in told if each.entry.report != entry.report]
        elif entry.type is not EntryType.MERGED:
            began = entry.type in _BEGINS_SPAN and not entry.payload.get("corrects", False)
            spans += began
            told.append(_Told(entry, spans if began else None))
    return told


def _told_again(own: Iterable[_Told], case: Case) -> tuple[list[Entry], Case]:
    """The same entries for another case, where spans have other numbers; and that case after them."""
    numbers: dict[int, int] = {}
    entries = []
    for told in own:
        entry = told.entry
        if "span" in entry.payload:
            entry = entry._replace(payload={**entry.payload, "span": numbers[entry.payload["span"]]})
        case = evolve(case, entry)
        entries.append(entry)
        if told.began is not None:
            numbers[told.began] = case.spans
    return entries, case
