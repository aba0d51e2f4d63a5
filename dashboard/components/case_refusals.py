"""Refusals in the words of the page: their sentences, and the codes that stand in them."""

from collections.abc import Mapping
from typing import Final

from casework.authority import Part
from casework.county import County
from casework.errors import Refused
from casework.vocabulary import Status
from dashboard.components.case_words import AMOUNTS, APPEALS, COMPLEXITIES, ENTRIES, actor_name
from dashboard.components.review_words import OBJECTIONS
from dashboard.office_shell import ROLES
from dashboard.words import STATUSES, Words, mark

# Sentences that stand in no `Refused("…")`, where the catalogues' check would find them: looked up in a table, or a class's own.
_ELSEWHERE: Final = (
    mark("only {who} may do this; {unit} holds the report"),
    mark("only {who} may do this; {unit} neither holds the report nor was called in, {holder} holds it"),
    mark("only {who} may do this; {unit} was called in beside {holder}"),
    mark("the case has changed meanwhile: you saw entry {seen}, it is at {found} now"),
    mark("the part of {unit} ended when it took the case over, not by a finish of its own"),
    mark("the part of {unit} ended with the case, not by a finish of its own"),
    mark("the part of {unit} ended with the holder's finish, not by its own"),
    mark("there is no case {code}"),
)
_PARTS: Final[Mapping[str, str]] = {
    Part.CENTRE: mark("the county centre"),
    Part.HOLDER: mark("the unit that holds the report"),
    Part.CALLED_IN: mark("a unit that was called in, for its own part"),
    Part.CALLER: mark("the holder that called the unit in"),
    Part.SCORED: mark("the unit that is scored by the work, or its township"),
    "nobody": mark("nobody"),
    "no unit": mark("no unit"),
}
_UNITS: Final = frozenset({"unit", "holder", "other", "by"})
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {status.value: msgid for status, msgid in STATUSES.items()},
    "appeal": {appeal.value: msgid for appeal, msgid in APPEALS.items()},
    "complexity": {each.value: msgid for each, msgid in COMPLEXITIES.items()},
    "role": {role.value: msgid for role, msgid in ROLES.items()},
    "state": {state.value: msgid for state, msgid in OBJECTIONS.items()},
    "entry": {entry.value: msgid for entry, msgid in ENTRIES.items()},
}


def said(refusal: Refused, county: County, names: Mapping[str, str], words: Words) -> str:
    """A refusal as a sentence of the page's language; one that no catalogue has, as it is. `names`: of accounts, by login."""
    pattern = words.get(refusal.sentence, refusal.sentence)
    values = {name: _value(name, str(value), county, names, words) for name, value in refusal.values.items()}
    return pattern.format(**values)


def _value(name: str, value: str, county: County, names: Mapping[str, str], words: Words) -> str:
    if value in _PARTS:
        return words[_PARTS[value]]
    if name == "unit" and value in AMOUNTS:
        return words[AMOUNTS[value]]
    if name in _UNITS:
        return actor_name(value, county, names, words)
    if name == "allowed":
        return words[mark(", ")].join(words[STATUSES[Status(each)]] for each in value.split(", "))
    if name == "who":
        return words[mark(" or ")].join(words[_PARTS[each]] for each in value.split(" or "))
    codes = _CODES.get(name, {})
    return words[codes[value]] if value in codes else value
