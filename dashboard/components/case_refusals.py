"""Refusals in the words of the page: every sentence of the moves, and the codes that stand in them."""

from collections.abc import Mapping
from typing import Final

from casework.authority import Part
from casework.county import County
from casework.errors import Refused
from casework.vocabulary import Status
from dashboard.components.case_words import AMOUNTS, APPEALS, COMPLEXITIES, ENTRIES
from dashboard.components.queue_journal import actor
from dashboard.office_shell import ROLES
from dashboard.words import STATUSES, Words, mark

# What `casework` and `db.acts` refuse with; a test holds these against their sources.
SENTENCES: Final = frozenset({
    mark("a case can't be merged into itself"),
    mark("a case is extended {times} time(s) at most"),
    mark("a case that has ended keeps its colour"),
    mark("a case that went on in another can't be merged"),
    mark("a leader lets the clock stand still as the one who approves it"),
    mark("a rating is 1 to 5"),
    mark("a reason is required"),
    mark("a reason is required to take a case from one unit to another"),
    mark("a reason is required: the promise would move to {due}"),
    mark("an account acts for its own unit, and in its own name"),
    mark("an account of role {role} does not do this"),
    mark("an extension is 1 to {most} {unit}s"),
    mark("an extension is asked for already"),
    mark("close it after a visit, or after {tries} that reached nobody"),
    mark("it can't be taken back: the journal has {entry} by {by} since"),
    mark("it has that colour"),
    mark("it is classified as {complexity} already"),
    mark("it is marked as unreasonable already"),
    mark("it is rated {rating} already; a reason is required to change that"),
    mark("it was assigned otherwise since"),
    mark("neither the county nor any case knows a unit {unit}"),
    mark("no assignment was made here that could be taken back"),
    mark("no extension was asked for"),
    mark("no unit holds the case"),
    mark("no unit was called in whose part could be looked after"),
    mark("no unit was called in whose part is done"),
    mark("no unit was given it yet, so that it counts for nobody"),
    mark("nobody has asked to return it"),
    mark("not possible while the case is {status}; possible when it is {allowed}"),
    mark("nothing was done under the number {number}"),
    mark("only a dispute is simple, general or complex; this is {appeal}"),
    mark("only {who} may do this; {unit} holds the report"),
    mark("only {who} may do this; {unit} neither holds the report nor was called in, {holder} holds it"),
    mark("only {who} may do this; {unit} was called in beside {holder}"),
    mark("say whom to call in"),
    mark("the case has changed meanwhile: you saw entry {seen}, it is at {found} now"),
    mark("the case has ended"),
    mark("the case is not paused"),
    mark("the case is paused; let it continue first"),
    mark("the case it would go back to goes on by itself"),
    mark("the case went on in another one; act there"),
    mark("the citizen has answered in this round; a visit that reached nobody would put that aside"),
    mark("the county centre has not decided about the return that was asked for"),
    mark("the first contact is on record already"),
    mark("the only report of a case can't be split from it"),
    mark("the part of {unit} ended when it took the case over, not by a finish of its own"),
    mark("the part of {unit} ended with the case, not by a finish of its own"),
    mark("the part of {unit} ended with the holder's finish, not by its own"),
    mark("the part of {unit} is done"),
    mark("the part of {unit} is not done yet"),
    mark("the report {report} is not in this case"),
    mark("there is no case {code}"),
    mark("too late to return it: that was possible until {until}"),
    mark("too late to take it back: that was possible until {until}"),
    mark("too late: an extension is asked for before the deadline"),
    mark("who approved it is required: an account or a unit's code, without spaces"),
    mark("who does it is told by an account or a unit's code, without spaces"),
    mark("who was not reached has not answered"),
    mark("whom it is done for is told by a unit's code, without spaces"),
    mark("{by} assigned it and may take it back"),
    mark("{by} is the name of a feed, not of a person"),
    mark("{unit} acts for itself only; for {other} only {other} may"),
    mark("{unit} does not work on the case"),
    mark("{unit} has signed already"),
    mark("{unit} has to sign first"),
    mark("{unit} holds the case already"),
    mark("{unit} holds the report and can't decide about its own work"),
    mark("{unit} was called in and acts for its own part only"),
    mark("{unit} was not called in"),
    mark("{unit} works on the case already"),
})  # fmt: skip
_PARTS: Final[Mapping[str, str]] = {
    Part.CENTRE: mark("the county centre"),
    Part.HOLDER: mark("the unit that holds the report"),
    Part.CALLED_IN: mark("a unit that was called in, for its own part"),
    Part.CALLER: mark("the holder that called the unit in"),
    "nobody": mark("nobody"),
    "no unit": mark("no unit"),
}
_UNITS: Final = frozenset({"unit", "holder", "other", "by"})
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "status": {status.value: msgid for status, msgid in STATUSES.items()},
    "appeal": {appeal.value: msgid for appeal, msgid in APPEALS.items()},
    "complexity": {each.value: msgid for each, msgid in COMPLEXITIES.items()},
    "role": {role.value: msgid for role, msgid in ROLES.items()},
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
        return actor(value, county, names, words)
    if name == "allowed":
        return words[mark(", ")].join(words[STATUSES[Status(each)]] for each in value.split(", "))
    if name == "who":
        return words[mark(" or ")].join(words[_PARTS[each]] for each in value.split(" or "))
    codes = _CODES.get(name, {})
    return words[codes[value]] if value in codes else value
