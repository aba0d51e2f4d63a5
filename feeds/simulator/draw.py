"""Chance: drawing from weighted and unweighted choices, fast enough for 20,000 reports in three seconds. Holds no state."""

from bisect import bisect_right
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def seeded(seed: int | str) -> Random:
    """A generator that draws the same for ever from the same seed."""
    return Random(seed)  # noqa: S311 (an invented county needs repeatable chance, not secrets)


def happens(rng: Random, chance: float) -> bool:
    return rng.random() < chance


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of them, all alike; without the exactness of `rng.choice` for very long sequences, at a third of its cost."""
    return choices[int(rng.random() * len(choices))]


def pick_weighed(rng: Random, choices: Sequence[T], cumulated: Sequence[float]) -> T:
    """One of them by cumulated weights; what weighs nothing is never drawn."""
    return choices[bisect_right(cumulated, rng.random() * cumulated[-1], 0, len(choices) - 1)]
