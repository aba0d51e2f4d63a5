"""What speaks for two reports being one matter, in sentences: 同一电话；相距 40 米；3 小时内；文本相似 0.82."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from casework.likeness import Fact, Sign
from dashboard.words import Words, mark
from db.match_rows import State

SENTENCES: Final[Mapping[Sign, str]] = {
    Sign.LINKED: mark("the source says so"),
    Sign.PHONE: mark("the same phone"),
    Sign.ADDRESS: mark("the same address"),
    Sign.PLACE: mark("the same place"),
    Sign.ECHO: mark("the titles share words"),
    Sign.AROUND: mark("the same village or road"),
    Sign.NEIGHBOUR: mark("another house"),
    Sign.ELSEWHERE: mark("another place"),
    Sign.METRES: mark("{number} m apart"),
    Sign.CATEGORY: mark("the same category"),
    Sign.OTHER_CATEGORY: mark("another category"),
    Sign.HOURS: mark("within {number} h"),
    Sign.WORDING: mark("likeness of text {number}"),
}
WITHIN_DAYS: Final = mark("within {number} days")
JOIN: Final = mark("; ")
STATES: Final[Mapping[State, str]] = {
    State.LINKED: mark("joined by itself"),
    State.SUGGESTED: mark("perhaps one matter"),
    State.ACCEPTED: mark("one matter"),
    State.REFUSED: mark("not one matter"),
    State.SPLIT: mark("taken apart again"),
}
"""What is known of two reports."""
REFUSALS: Final = (
    mark("there is no suggestion {pair}"),
    mark("this was decided meanwhile: {state}, by {by}"),
    mark("later is a time that has not come yet"),
)
"""The sentences of `db.match_acts`; `state` is a code of `STATES`."""
_TWO_DAYS: Final = 48
_A_DAY: Final = 24
_A_KILOMETRE: Final = 1000
_TENS: Final = 10


def sentence(facts: Iterable[Fact], words: Words) -> str:
    """All facts in one line."""
    return words[JOIN].join(clauses(facts, words))


def clauses(facts: Iterable[Fact], words: Words) -> list[str]:
    """Each fact in words: metres to ten above a hundred, hours upwards, from two days on days, shares with two decimals."""
    return [_clause(fact, words) for fact in facts]


def _clause(fact: Fact, words: Words) -> str:
    number = fact.number
    if number is None:
        return words[SENTENCES[fact.sign]]
    if fact.sign is Sign.HOURS:
        hours = max(1, math.ceil(number))
        if hours >= _TWO_DAYS:
            return words[WITHIN_DAYS].format(number=math.ceil(hours / _A_DAY))
        return words[SENTENCES[Sign.HOURS]].format(number=hours)
    if fact.sign is Sign.METRES:
        told = round(number) if number < _A_KILOMETRE / _TENS else _TENS * round(number / _TENS)
        return words[SENTENCES[Sign.METRES]].format(number=told)
    return words[SENTENCES[fact.sign]].format(number=f"{number:.2f}")
