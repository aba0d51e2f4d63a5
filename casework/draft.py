"""What every move's procedure is made of: the draft of what a move writes, and the requirements that several moves share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from casework.case import Case, Entry, Span, Thread
from casework.clocks import ClockRules
from casework.errors import Refused
from casework.evolve import evolve
from casework.moves import Move, told_by
from casework.payloads import BULK
from casework.receiving import risen
from casework.rules import Rules
from casework.vocabulary import EntryType, Status

OPEN_WORK: Final = (Status.TO_SIGN, Status.HANDLING)
# Of a report, for the unit that would make a move: raises `Refused`.
Check = Callable[[Thread, str], None]
M = TypeVar("M", bound=Move)


class Draft(Generic[M]):
    """The entries decided so far, and the case as they leave it."""

    def __init__(self, case: Case, move: M, rules: Rules) -> None:
        self.case = case
        self.move = move
        self.rules = rules
        self.entries: list[Entry] = []

    def instant(self, thread: Thread) -> datetime:
        """The move's instant, or the last thing known of the report when clocks disagree."""
        written = [entry.occurred_at for entry in self.entries if entry.report == thread.report]
        return max(self.move.at, thread.latest_at, *written)

    def clocks(self, thread: Thread) -> ClockRules:
        return self.rules.clocks.at(self.instant(thread))

    def write(self, thread: Thread, kind: EntryType, payload: Mapping[str, Any] | None = None) -> Thread:
        """Write an entry about a report, and the colour it raises; the report as it is then."""
        told = {**(payload or {}), **told_by(self.move)}
        at = self.instant(thread)
        now = self._evolve(Entry(kind, thread.report, at, self.move.by, told))
        raised = risen(now, at, self.rules) if kind is not EntryType.COLOURED and not now.ended else None
        if raised is not None:
            raised |= {BULK: self.move.bulk} if self.move.bulk is not None else {}
            now = self._evolve(Entry(EntryType.COLOURED, thread.report, at, self.move.by, raised))
        return now

    def _evolve(self, entry: Entry) -> Thread:
        self.entries.append(entry)
        self.case = evolve(self.case, entry)
        found = self.case.thread(entry.report)
        assert found is not None, "a move never takes a report out of its case"
        return found


@dataclass(frozen=True, slots=True)
class Procedure:
    """When a kind of move is allowed, and what it writes.

    `possible`: what must hold of the report, whatever is said in the move. `make` asks what depends on its words, the rules or
    the time, and writes. `reasoned`: not without a reason. `of_a_part`: it names a unit's part, and `make` asks about that
    one instead of `possible`.
    """

    possible: Check
    make: Callable[[Draft[Any], Thread], None]
    reasoned: bool = False
    of_a_part: bool = False


Procedures = Mapping[type[Move], Procedure]


def when(*allowed: Status) -> Check:
    """Possible while the report stands there."""
    return lambda thread, unit: must(thread, *allowed)


def must(thread: Thread, *allowed: Status) -> None:
    """Raise `Refused` unless the report stands at one of these."""
    if thread.status not in allowed:
        raise Refused(
            "not possible while the case is {status}; possible when it is {allowed}",
            status=thread.status.value,
            allowed=", ".join(status.value for status in allowed),
        )


def must_run(thread: Thread) -> None:
    """Raise `Refused` while its clock stands still."""
    if thread.paused_at is not None:
        raise Refused("the case is paused; let it continue first")


def holder_of(thread: Thread) -> Span:
    """The span of the unit that holds the report; raises `Refused` when nobody does."""
    holder = thread.holder
    if holder is None:
        raise Refused("no unit holds the case")
    return holder


def must_be_anothers(thread: Thread, by: str) -> None:
    """Raise `Refused` where the holder would decide about its own work."""
    if thread.holder is not None and by == thread.holder.unit_code:
        raise Refused("{unit} holds the report and can't decide about its own work", unit=by)
