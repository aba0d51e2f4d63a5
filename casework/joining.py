"""Two cases become one, and part again. The entries of a report are told again wherever it goes, so that every journal can
be folded by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile
from typing import Any, Final, NamedTuple

from casework import evidence
from casework.case import Case, Entry
from casework.decision import Decision
from casework.errors import Refused
from casework.evolve import evolve
from casework.likeness import Fact
from casework.moves import Move, told_by
from casework.vocabulary import EntryType

# Who joins cases unasked: the sources' own links, and reports that are as good as the same (`casework.matching`).
LINK: Final = "link"
MATCHING: Final = "matching"
_BEGINS_SPAN: Final = frozenset({EntryType.ASSIGNED, EntryType.HELP_CALLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Move):
    """并案: the case goes on in another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Move):
    """拆出: `report` leaves for a case of its own, or for the one it came from."""


class Match(NamedTuple):
    """Why two cases are joined unasked: how alike `report` and `other` are, from 0 to 1, and by what. Tells nothing personal."""

    report: str
    other: str
    score: float
    facts: tuple[Fact, ...]


class Standing(NamedTuple):
    """What of a case decides how it is joined. `closed_at` of one that has ended; `reports`: how many it has."""

    ended: bool
    closed_at: datetime | None
    reported_at: datetime
    reports: int


def standing(case: Case) -> Standing:
    return Standing(case.ended, case.closed_at, case.reported_at, len(case.threads))


def goes_on_in(one: Standing, other: Standing) -> bool:
    """Whether `one` goes on in `other` when they are joined, or `other` in `one`.

    What is reported after a matter was closed begins a round of it; else the open one goes on, that with more reports (all
    those of the other are told again), the one reported first; of equals `other`.
    """
    if begins_round(one, other) or begins_round(other, one):
        return begins_round(one, other)
    if one.ended is not other.ended:
        return one.ended
    if one.reports != other.reports:
        return one.reports < other.reports
    return one.reported_at >= other.reported_at


def begins_round(later: Standing, earlier: Standing) -> bool:
    """Whether a case tells of a matter that had ended before (再诉)."""
    return earlier.closed_at is not None and later.reported_at > earlier.closed_at


def merge(
    child: Case,
    child_entries: Iterable[Entry],
    parent: Case,
    parent_id: int,
    move: Merge | None = None,
    match: Match | None = None,
) -> tuple[Decision, Decision]:
    """Move every report of `child` into `parent`: what to write to the parent, and to the child.

    Without a `move` nobody was asked: there is a `match`, or the sources' own link says that they are one matter. A child
    that came after the parent was closed begins a round of it.
    """
    if child.merged_into is not None or parent.merged_into is not None:
        raise Refused("a case that went on in another can't be merged")
    if move is not None:
        _must_say_why(move)
    again = []
    if parent.ended and begins_round(standing(child), standing(parent)):
        actor = LINK if match is None else MATCHING
        again = [Entry(EntryType.REOPENED, child.lead.report, child.reported_at, move.by if move else actor, {})]
    for entry in again:
        parent = evolve(parent, entry)
    moved, parent = _told_again(_own(child_entries), parent)
    last = moved[-1]
    at = last.occurred_at if move is None else max(move.at, last.occurred_at)
    end = Entry(EntryType.MERGED, last.report, at, *_why(parent_id, move, match))
    return Decision((*again, *moved), parent), Decision((end,), evolve(child, end))


def _why(parent_id: int, move: Merge | None, match: Match | None) -> tuple[str, dict[str, Any]]:
    """Who joined them, and what is told of it."""
    if move is not None:
        return move.by, {"into": parent_id, **told_by(move)}
    if match is None:
        return LINK, {"into": parent_id}
    told = {"report": match.report, "other": match.other, "score": round(match.score, 4), **evidence.told(match.facts)}
    return MATCHING, {"into": parent_id, **told}


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
    told = [each for each in _own(parent_entries) if each.entry.report == thread.report]
    own = dropwhile(lambda each: each.entry.type is EntryType.REOPENED, told)  # the round it began was the parent's
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
