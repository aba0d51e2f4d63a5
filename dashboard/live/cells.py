"""Which counts of a table are too small to be told, beside a total that is. It must not know what is counted.

The rule: a wall shows no cell under five cases. What is kept back must not be reckoned from what is told either: whoever
knows the total and every other cell knows the last one (secondary disclosure; Hundepool and others, *Statistical Disclosure
Control*, chapter 4). So one small cell takes another one with it, an empty one if there is one, and a word is told of both
that is true of both.
"""

from collections.abc import Hashable, Iterator, Mapping
from itertools import count
from typing import TypeVar

from casework.rises import FEWEST_SHOWN

Key = TypeVar("Key", bound=Hashable)


def untold(counts: Mapping[Key, int]) -> dict[Key, int]:
    """The cells that are not told, each with the round number that every one of them is fewer than.

    With these limits alone no kept count follows from the total and the cells that are told, unless the total itself has no
    two cells to stand for.
    """
    small = [key for key, cases in counts.items() if 0 < cases < FEWEST_SHOWN]
    if not small:
        return {}
    empty = [key for key, cases in counts.items() if cases == 0]
    large = sorted((key for key in counts if counts[key] >= FEWEST_SHOWN), key=counts.__getitem__)
    kept, others = small, iter([*empty, *large])
    limit = FEWEST_SHOWN
    while not _is_safe([counts[key] for key in kept], limit):
        more = next(others, None)
        if more is None:
            break
        kept = [*kept, more]
        limit = _round_above(max(counts[key] for key in kept))
    return dict.fromkeys(kept, limit)


def _is_safe(kept: list[int], limit: int) -> bool:
    """Whether two pictures at least fit what is known of these cells: their sum, and that each is fewer than `limit`."""
    return len(kept) > 1 and sum(kept) < len(kept) * (limit - 1)


def _round_above(cases: int) -> int:
    """5, 10, 20, 50, 100, 200 …: the first that is more."""
    return next(number for number in _round_numbers() if number > cases)


def _round_numbers() -> Iterator[int]:
    yield FEWEST_SHOWN
    for power in count(1):
        yield from (factor * 10**power for factor in (1, 2, 5))
