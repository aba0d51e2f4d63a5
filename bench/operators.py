"""Thirty operators without browsers at one dashboard: each gives a case to another unit once in a while, for a stated time.

They run in the sender's process, so that what they cost is not the dashboard's, and know no database.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from tests.dashboard.operators import Operator, Seen, at_the_desks

OPERATORS: Final = 30
SHARED: Final = 3  # cases that all of them work on; each has one of their own besides
ON_A_SHARED_ONE: Final = 0.3
PACE: Final = (3.0, 5.0)  # seconds from one act of an operator to the next


class Acted(NamedTuple):
    """What an operator asked for, what came of it, and the seconds until the answer said so. No two have the same reason."""

    reason: str
    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Shift:
    """Who works where on what: a session's token and a case of one's own for each operator, and the cases they share."""

    address: str
    tokens: Sequence[str]
    own: Sequence[Seen]
    shared: Sequence[Seen]
    units: Sequence[str]
    seconds: float


def work(shift: Shift) -> list[Acted]:
    """What all of them did."""
    return asyncio.run(_work(shift))


async def _work(shift: Shift) -> list[Acted]:
    async with at_the_desks(shift.address, shift.tokens) as operators:
        until = time.monotonic() + shift.seconds
        works = (_one(operator, number, shift, until) for number, operator in enumerate(operators))
        return [acted for each in await asyncio.gather(*works) for acted in each]


async def _one(operator: Operator, number: int, shift: Shift, until: float) -> list[Acted]:
    """An operator acts on what the line told last; who was too late does something else meanwhile."""
    random, acts = Random(number), list[Acted]()
    operator.seen |= {case.code: case for case in (shift.own[number], *shift.shared)} | operator.seen
    await asyncio.sleep(random.uniform(0, PACE[0]))  # they do not all begin at once
    while time.monotonic() < until:
        chosen = random.choice(shift.shared) if random.random() < ON_A_SHARED_ONE else shift.own[number]
        case = operator.seen[chosen.code]
        unit = random.choice([unit for unit in shift.units if unit != case.unit])
        reason, begun = f"量测{number}，第{len(acts) + 1}次", time.perf_counter()
        answer = await operator.act("assign", case, unit=unit, reason=reason)
        acts.append(Acted(reason, answer["kind"], time.perf_counter() - begun))
        await asyncio.sleep(random.uniform(*PACE))
    return acts
