"""A feed's dictionaries: which of the source's codes is which of ours. Values only; `config/` reads the files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from casework.vocabulary import Appeal, Category, Colour, Satisfaction, Status, Urgency

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CodeMap:
    """Source code → our word. `stations` gives the township of a police station.

    `protected` lists category codes no wall may show as a card: domestic violence, minors, suicide.
    """

    category: Mapping[str, Category] = field(default_factory=dict)
    appeal: Mapping[str, Appeal] = field(default_factory=dict)
    urgency: Mapping[str, Urgency] = field(default_factory=dict)
    stage: Mapping[str, Status] = field(default_factory=dict)
    satisfaction: Mapping[str, Satisfaction] = field(default_factory=dict)
    colour: Mapping[str, Colour] = field(default_factory=dict)
    stations: Mapping[str, str] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()


class Lookup:
    """Looks codes up and remembers the ones nobody knows, by field: they are kept and counted, never guessed."""

    def __init__(self) -> None:
        self.unknown: list[tuple[str, str]] = []

    def find(self, known: Mapping[str, T], name: str, code: str, otherwise: T) -> T:
        if not code:
            return otherwise
        found = known.get(code)
        if found is None:
            self.unknown.append((name, code))
            return otherwise
        return found
