"""Evidence that two reports are one matter, as it is stored: signs and numbers, nothing that somebody said.

The sentences a screen makes of it ("同一电话；相距 40 米") are in the catalogues.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from casework.likeness import Fact, Sign


def told(facts: Iterable[Fact]) -> dict[str, Any]:
    """{"facts": [[sign, number], …]}; metres are whole, hours and shares have two decimals."""
    return {"facts": [[fact.sign.value, _rounded(fact)] for fact in facts]}


def facts_of(evidence: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The facts that were told so."""
    return tuple(Fact(Sign(sign), number) for sign, number in evidence["facts"])


def without_persons(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """For who may not know who told a report: not even that it was the same person."""
    return tuple(fact for fact in facts if fact.sign is not Sign.PHONE)


def _rounded(fact: Fact) -> float | None:
    if fact.number is None:
        return None
    return round(fact.number) if fact.sign is Sign.METRES else round(fact.number, 2)
