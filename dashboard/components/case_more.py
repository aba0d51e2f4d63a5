"""How much of a case is drawn: what came last of a flood's thousands of reports and entries, and the way to more. Pure."""

from typing import Final
from urllib.parse import parse_qs, urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.words import Words

FIRST: Final = 20
"""Reports whose clocks are drawn, unless more are asked for; each has three or four."""
STEP: Final = 5
MOST: Final = FIRST * STEP**3
LINES: Final = 10
"""Entries of the journal that are drawn for each report."""
ASKED: Final = "shown"


def shown(search: str) -> int:
    """How many reports the address asks for."""
    told = parse_qs(search.removeprefix("?")).get(ASKED, [""])[-1]
    return min(max(int(told), FIRST), MOST) if told.isascii() and told.isdigit() else FIRST


def more(sentence: str, drawn: int, of_all: int, search: str, words: Words, link: str) -> list[Component]:
    """The sentence ("The last {n} of {all} …") where something is left out, and as far as it goes the way to more of it."""
    if drawn >= of_all:
        return []
    many = shown(search)
    parts: list[Component | str] = [words[sentence].format(n=drawn, all=of_all)]
    if many < MOST:
        asked = parse_qs(search.removeprefix("?")) | {ASKED: [str(min(many * STEP, MOST))]}
        parts += [" ", html.A(words[link], href=f"?{urlencode(asked, doseq=True)}")]
    return [html.P(parts, className="quiet case-left-out")]
