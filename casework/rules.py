"""Everything decisions depend on besides the case and the command: one value, handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Generic, Protocol, TypeVar

from casework.calendar import SHANGHAI, Calendar
from casework.clocks import ClockRules
from casework.escalation import RiskRules
from casework.ladder import Ladder
from casework.matching import MatchingRules
from casework.scoring import ScoreRules
from casework.vocabulary import Feed


class Dated(Protocol):
    """Anything that applies from the beginning of a local day."""

    @property
    def version(self) -> str: ...

    @property
    def effective_from(self) -> date: ...


R = TypeVar("R", bound=Dated)


@dataclass(frozen=True, slots=True)
class Versions(Generic[R]):
    """A rule's versions, the earliest first. What happened before the first one is judged by the first one."""

    each: tuple[R, ...]
    _begins: tuple[datetime, ...]

    @classmethod
    def of(cls, each: Sequence[R]) -> "Versions[R]":
        ordered = tuple(sorted(each, key=lambda rule: rule.effective_from))
        begins = tuple(datetime.combine(rule.effective_from, time(0), SHANGHAI).astimezone(UTC) for rule in ordered)
        return cls(ordered, begins)

    def at(self, instant: datetime) -> R:
        """The version in force at an instant."""
        if len(self.each) == 1:
            return self.each[0]
        found = self.each[0]
        for rule, begins in zip(self.each, self._begins, strict=True):
            if begins > instant:
                break
            found = rule
        return found

    def begun(self, instant: datetime) -> bool:
        """Whether any version was in force at an instant."""
        return self._begins[0] <= instant

    @property
    def newest(self) -> R:
        return self.each[-1]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule files in force. `source_wins`: feeds whose own deadline goes before the centre's."""

    clocks: Versions[ClockRules]
    risk: Versions[RiskRules]
    ladder: Versions[Ladder]
    score: Versions[ScoreRules]
    matching: Versions[MatchingRules]
    calendar: Calendar
    source_wins: frozenset[Feed] = frozenset()
