"""What the three translators read in the same way."""

from typing import Final

from casework.masking import speaks_of_protected_matter
from casework.report import Person
from casework.vocabulary import Appeal, Category, Satisfaction
from feeds.codes import CodeMap, Lookup
from feeds.fields import Fields

# GB/T 31000-2015 classes are disputes; the rest of the vocabulary is everyday matters.
_DISPUTES: Final = frozenset(category for category in Category if category.value.isdigit() and category.value != "99")
_HAZARDS: Final = frozenset({Category.FIRE_HAZARD, Category.WORK_SAFETY})


def category_of(fields: Fields, codes: CodeMap, lookup: Lookup, names: tuple[str, ...]) -> tuple[Category, str]:
    """Our category and the source's own code, by the first of the fields (finest first) whose code is known."""
    given = [(name, code) for name in names if (code := fields.code(name))]
    for _, code in given:
        if code in codes.category:
            return codes.category[code], code
    for name, code in given[:1]:
        lookup.find(codes.category, name, code, Category.OTHER)
        return Category.OTHER, code
    return Category.OTHER, ""


def is_protected(fields: Fields, codes: CodeMap, names: tuple[str, ...], text: str) -> bool:
    """Whether the source's category, or the text itself, says that no wall may show the matter as a card."""
    return any(fields.code(name) in codes.protected for name in names) or speaks_of_protected_matter(text)


def appeal_of(category: Category, otherwise: Appeal) -> Appeal:
    """For sources that don't tell what the citizen wants: what a matter of this category usually is."""
    if category in _DISPUTES:
        return Appeal.DISPUTE
    return Appeal.HAZARD if category in _HAZARDS else otherwise


def persons(*found: Person) -> tuple[Person, ...]:
    """Those that carry a name or a phone."""
    return tuple(person for person in found if person.name or person.phone)


def satisfaction_of(fields: Fields, codes: CodeMap, lookup: Lookup, name: str) -> Satisfaction | None:
    """The grade, `None` before a visit, unknown when the map doesn't know the answer given."""
    answer = fields.code(name)
    return lookup.find(codes.satisfaction, name, answer, Satisfaction.UNKNOWN) if answer else None
