"""What a filled-in form means: texts become a move, or a refusal. It must not know a database or a page."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from casework import moves
from casework.case import Case
from casework.county import County
from casework.errors import Refused
from casework.moves import Move
from casework.roles import Account
from casework.vocabulary import Colour, Complexity, Result, Satisfaction
from dashboard.components.actions import Field, Form

MOST_REASON: Final = 500
MOST_DAYS: Final = 365
MOST_DIGITS: Final = 4


class Known(NamedTuple):
    """Whom the texts of a form may name. `unit`: the code of the unit a text names, raises `Refused`; `approvers`: logins."""

    unit: Callable[[str], str]
    approvers: frozenset[str]


def made(
    form: Form, fields: Mapping[str, str], account: Account, case: Case | None, at: datetime, known: Known
) -> Move:
    """The move a filled-in form means. Raises `Refused` where a field is missing or says nothing that is known.

    `case`: whose holder is meant where no unit is picked.
    """
    missing = [field for field in Field if field in form.must and not fields.get(field, "").strip()]
    if Field.REASON in missing:
        raise Refused("a reason is required")
    if missing:
        raise Refused("fill in what the form asks for")
    told: dict[str, Any] = {"by": account.login, "at": at, **form.fixed}
    told["reason"] = " ".join(fields.get(Field.REASON, "").split())[:MOST_REASON]
    told["report"] = fields.get(Field.REPORT) or None
    for field in form.fields:
        if field in _READ and fields.get(field, "").strip():
            told |= _READ[field](fields[field].strip(), known)
    if Field.WORKER in form.fields and "unit" not in told:
        told["unit"] = _holder_of(case)
    return form.move(**told)


def _holder_of(case: Case | None) -> str:
    holder = case.lead.holder if case is not None and case.threads else None
    if holder is None:
        raise Refused("no unit holds the case")
    return holder.unit_code


_Read = Callable[[str, Known], dict[str, Any]]


def _code(name: str, kind: type[StrEnum]) -> _Read:
    def read(text: str, _: Known) -> dict[str, Any]:
        if text not in set(kind):
            raise Refused("fill in what the form asks for")
        return {name: kind(text)}

    return read


def _truth(name: str) -> _Read:
    def read(text: str, _: Known) -> dict[str, Any]:
        return {name: text == "yes"}

    return read


def _number(name: str) -> _Read:
    def read(text: str, _: Known) -> dict[str, Any]:
        if not (text.isascii() and text.isdigit() and int(text[:4]) <= MOST_DAYS):
            raise Refused("fill in what the form asks for")
        return {name: int(text[:4])}

    return read


def _approver(text: str, known: Known) -> dict[str, Any]:
    if text not in known.approvers:
        raise Refused("fill in what the form asks for")
    return {"approver": text}


def _units(text: str, known: Known) -> dict[str, Any]:
    return {"units": tuple(known.unit(each) for each in text.splitlines() if each.strip())}


def _work(text: str, _: Known) -> dict[str, Any]:
    """ "hotline12345:DH1 2": a report and the number of one of its spans."""
    report, _space, number = text.rpartition(" ")
    if not (report and number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS):
        raise Refused("fill in what the form asks for")
    return {"report": report, "span": int(number)}


_READ: Final[Mapping[Field, _Read]] = {
    Field.UNIT: lambda text, known: {"unit": known.unit(text)},
    Field.UNITS: _units,
    Field.WORKER: lambda text, known: {"unit": text},
    Field.HELPER: lambda text, known: {"unit": text},
    Field.AMOUNT: _number("amount"),
    Field.RATING: _number("rating"),
    Field.RESULT: _code("result", Result),
    Field.MEDIATED: _truth("mediated"),
    Field.REACHED: _truth("reached"),
    Field.SOLVED: _truth("solved"),
    Field.SATISFACTION: _code("satisfaction", Satisfaction),
    Field.COMPLEXITY: _code("complexity", Complexity),
    Field.COLOUR: _code("colour", Colour),
    Field.TO: lambda text, known: {"to": text[:60]},
    Field.APPROVER: _approver,
    Field.SPAN: _work,
    Field.CONTESTED: _work,
    Field.UPHELD: _truth("upheld"),
}


def unit_named(text: str, county: County, had_work: Callable[[str], bool]) -> str:
    """The code of the unit that a text names: its code, its name, or both as the list offers them.

    `had_work`: whether a unit of that code was ever given a case; sources have codes of their own.
    """
    text = text.strip()
    name, _, code = text.rpartition(" ")
    found = county.unit(code)
    if found is not None and name in ("", found.name):
        return code
    named = [unit.code for unit in county.units if text and text in (unit.name, unit.full_name)]
    if len(named) == 1:
        return named[0]
    if moves.CODE.fullmatch(text) is not None and had_work(text):
        return text
    raise Refused("it is not clear which unit is meant; pick one from the list")
