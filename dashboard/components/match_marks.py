"""What two texts have in common, marked in each: pairs of neighbouring Chinese characters, and whole words of other
letters, from two on.

The same pieces as likeness of text is counted by (`casework.likeness.pieces`), found in the texts as they stand.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from dash import html
from dash.development.base_component import Component

LONGEST: Final = 2_000
"""Characters of a text that are looked at; what follows is shown unmarked."""
_RUN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]+|[a-z0-9]{2,}", re.IGNORECASE)


def marked(text: str, other: str) -> list[Component | str]:
    """`text` in runs, those it has in common with `other` marked; joined they are `text` again."""
    common = {piece for piece, _, _ in _pieces(other)}
    inside = [False] * len(text)
    for piece, start, end in _pieces(text):
        if piece in common:
            inside[start:end] = [True] * (end - start)
    for place, character in enumerate(text):  # a sign on a character goes with it
        if place and unicodedata.category(character).startswith("M"):
            inside[place] = inside[place - 1]
    runs = groupby(range(len(text)), inside.__getitem__)
    told = ((so, "".join(text[place] for place in places)) for so, places in runs)
    return [html.Mark(run) if so else run for so, run in told]


def _pieces(text: str) -> Iterator[tuple[str, int, int]]:
    """Each piece and where it stands."""
    for found in _RUN.finditer(text[:LONGEST]):
        start, run = found.start(), found.group()
        if run.isascii():
            yield run.lower(), start, found.end()
        else:
            yield from ((run[at : at + 2], start + at, start + at + 2) for at in range(len(run) - 1))
