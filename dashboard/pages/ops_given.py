"""What the browser hands back to the page of operations, whichever of its sections asks."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from dashboard.words import Words, language_of
from dashboard.workplace import Workplace

Told = str | Component | list[Component]
"""What is said of something that was done."""


def words_of(workplace: Workplace, search: str | None) -> Words:
    return workplace.languages[language_of(search, workplace.languages)]


def rows_of(marked: object) -> list[Mapping[str, Any]]:
    """The marked rows of a list, as the browser hands them back."""
    return [row for row in marked if isinstance(row, Mapping)] if isinstance(marked, Sequence) else []
