"""What was decided: the entries to write, and the case as it is after them."""

from dataclasses import dataclass

from casework.case import Case, Entry


@dataclass(frozen=True, slots=True)
class Decision:
    """No entries: nothing is new."""

    entries: tuple[Entry, ...]
    case: Case
