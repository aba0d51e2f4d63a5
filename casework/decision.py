"""What was decided: the entries to write, and the case as it is after them."""

from dataclasses import dataclass

from casework.case import Case, Entry
from casework.errors import Refused


@dataclass(frozen=True, slots=True)
class Decision:
    """No entries: nothing is new. `refusals`: the reports a move was refused for, when others of the case took it."""

    entries: tuple[Entry, ...]
    case: Case
    refusals: tuple[tuple[str, Refused], ...] = ()
