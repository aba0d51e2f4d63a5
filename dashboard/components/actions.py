"""What may be done with cases, as one table; the forms a script draws from it, and what a filled-in form means.

It must not know a database or a page: it makes moves of texts, and sentences of what came of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from casework import moves
from casework.authority import OF_ROLE
from casework.case import Case
from casework.clocks import Kind
from casework.county import County
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import TAKE_BACK_WITHIN, Move
from casework.preview import Preview, ReportPreview, UnitWeek
from casework.roles import Account, Right, Role
from casework.vocabulary import Colour, Complexity, ReminderKind, Result, Satisfaction
from dashboard.components.attributes import attributes
from dashboard.components.case_reveal import consent_dialog
from dashboard.components.case_words import (
    COMPLEXITIES,
    ENTRIES,
    KINDS,
    RESULTS,
    SATISFACTIONS,
    STATES,
    Telling,
    report_name,
    when,
)
from dashboard.live.frames import epoch_ms
from dashboard.words import COLOURS, Words, mark
from db.acts import Happened
from db.queries.casefile import Staff

MOST_REASON: Final = 500
MOST_CASES: Final = 500  # of one bulk
MOST_TEXT: Final = 4_000
MOST_PREVIEWED: Final = 100
MOST_DAYS: Final = 365


class Field(StrEnum):
    """What a form asks for; values name the fields of `Asked.fields`."""

    UNIT = "unit"
    UNITS = "units"
    WORKER = "worker"  # a unit that works on the case
    HELPER = "helper"  # a unit that was called in
    REPORT = "report"
    REASON = "reason"
    AMOUNT = "amount"
    RESULT = "result"
    MEDIATED = "mediated"
    REACHED = "reached"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    COMPLEXITY = "complexity"
    COLOUR = "colour"
    RATING = "rating"
    TO = "to"
    APPROVER = "approver"
    CASE = "case"


class Known(NamedTuple):
    """Whom the texts of a form may name. `unit`: the code of the unit a text names, raises `Refused`; `approvers`: logins."""

    unit: Callable[[str], str]
    approvers: frozenset[str]


class Form(NamedTuple):
    """One line of the table: a move, by which key it is named and pressed, and what it asks for.

    `must`: the fields it can't do without, of `fields`. `bulk`: also for several cases. `fixed`: what is said without asking.
    """

    name: str
    move: type[Move]
    title: str
    fields: tuple[Field, ...] = ()
    must: frozenset[Field] = frozenset()
    key: str = ""
    bulk: bool = False
    previewed: bool = False
    fixed: Mapping[str, Any] = {}


def _form(name: str, move: type[Move], title: str, *fields: Field, must: Sequence[Field] = (), **more: Any) -> Form:
    return Form(name, move, title, fields, frozenset(must), **more)


_WHY: Final = (Field.REASON,)
UNDO: Final = "undo"
# Which of them an account is offered `casework.authority.allowed_moves` says; the order is that of the buttons.
FORMS: Final = (
    _form("accept", moves.Accept, mark("Accept"), Field.COMPLEXITY, key="a", bulk=True),
    _form("decline", moves.Decline, mark("Decline"), Field.REASON, must=_WHY),
    _form(
        "assign", moves.Assign, mark("Assign"), Field.UNIT, Field.REASON, must=(Field.UNIT,), key="r", bulk=True,
        previewed=True,
    ),
    _form("sign", moves.Sign, mark("Sign for"), key="s"),
    _form("contact", moves.Contact, mark("Citizen contacted"), key="c"),
    _form("finish", moves.Finish, mark("Finish"), Field.RESULT, Field.MEDIATED, Field.REASON, key="f"),
    _form("return", moves.Return, mark("Return"), Field.REASON, must=_WHY, key="b"),
    _form("grant-return", moves.GrantReturn, mark("Grant the return"), Field.REASON),
    _form("refuse-return", moves.RefuseReturn, mark("Refuse the return"), Field.REASON, must=_WHY),
    _form(
        "ask-extension", moves.AskExtension, mark("Ask for an extension"), Field.AMOUNT, Field.REASON,
        must=(Field.AMOUNT, Field.REASON), key="e",
    ),
    _form("grant-extension", moves.GrantExtension, mark("Grant the extension"), Field.REASON),
    _form("refuse-extension", moves.RefuseExtension, mark("Refuse the extension"), Field.REASON, must=_WHY),
    _form(
        "pause", moves.Pause, mark("Stop the clock"), Field.APPROVER, Field.REASON, must=(Field.APPROVER, Field.REASON),
        key="p",
    ),
    _form("continue", moves.Continue, mark("Let the clock run"), Field.REASON, key="p"),
    _form("approve", moves.Approve, mark("Approve the finish"), Field.REASON, bulk=True),
    _form("reject", moves.Reject, mark("Send it back"), Field.REASON, must=_WHY),
    _form(
        "visit", moves.RecordVisit, mark("Record a visit"), Field.REACHED, Field.SOLVED, Field.SATISFACTION,
        Field.REASON, must=(Field.REACHED,), key="v",
    ),
    _form("close", moves.Close, mark("Close the case"), Field.REASON, key="x"),
    _form("redo", moves.Redo, mark("Have it redone"), Field.REASON, must=_WHY),
    _form("reopen", moves.Reopen, mark("Open it again"), Field.REASON, must=_WHY),
    _form(
        "urge", moves.Remind, mark("Urge"), Field.WORKER, Field.REASON, key="u", bulk=True,
        fixed={"kind": ReminderKind.URGE},
    ),
    _form(
        "supervise", moves.Remind, mark("Supervise"), Field.WORKER, Field.REASON, key="d", bulk=True,
        fixed={"kind": ReminderKind.SUPERVISE},
    ),
    _form("whistle", moves.Whistle, mark("Call units in"), Field.UNITS, Field.REASON, must=(Field.UNITS,), key="w"),
    _form("allot", moves.Allot, mark("Allot an office"), Field.TO, must=(Field.TO,)),
    _form("oversee", moves.Oversee, mark("Oversee the co-handler"), Field.HELPER, Field.REASON, must=(Field.HELPER,)),
    _form(
        "rate", moves.Rate, mark("Rate the co-handler"), Field.HELPER, Field.RATING, Field.REASON,
        must=(Field.HELPER, Field.RATING),
    ),
    _form(
        "classify", moves.Classify, mark("Set the complexity"), Field.COMPLEXITY, Field.REASON,
        must=(Field.COMPLEXITY,),
    ),
    _form(
        "colour", moves.SetColour, mark("Change the colour"), Field.COLOUR, Field.REASON,
        must=(Field.COLOUR, Field.REASON), key="o", bulk=True,
    ),
    _form("escalate", moves.Escalate, mark("Raise to the county"), Field.REASON, must=_WHY),
    _form(
        "unreasonable", moves.MarkUnreasonable, mark("Mark as unreasonable"), Field.APPROVER, Field.REASON,
        must=(Field.APPROVER, Field.REASON),
    ),
    _form("merge", Merge, mark("Merge into another"), Field.CASE, Field.REASON, must=(Field.CASE, Field.REASON), key="m"),
    _form("split", Split, mark("Take a report out"), Field.REPORT, Field.REASON, must=(Field.REPORT, Field.REASON)),
)  # fmt: skip
BY_NAME: Final = {form.name: form for form in FORMS}

LABELS: Final[Mapping[Field, str]] = {
    Field.UNIT: mark("Unit"),
    Field.UNITS: mark("Units"),
    Field.WORKER: mark("Unit"),
    Field.HELPER: mark("Co-handler"),
    Field.REPORT: mark("Report"),
    Field.REASON: mark("Reason"),
    Field.AMOUNT: mark("Working days"),
    Field.RESULT: mark("Result"),
    Field.MEDIATED: mark("Mediated"),
    Field.REACHED: mark("Citizen reached"),
    Field.SOLVED: mark("Solved"),
    Field.SATISFACTION: mark("Satisfaction"),
    Field.COMPLEXITY: mark("Complexity"),
    Field.COLOUR: mark("Colour"),
    Field.RATING: mark("Rating"),
    Field.TO: mark("Office"),
    Field.APPROVER: mark("Approved by"),
    Field.CASE: mark("Into which case"),
}
_YES_NO: Final = (("yes", mark("yes")), ("no", mark("no")))
_RATINGS: Final = tuple(str(rating) for rating in range(1, 6))
# How the script draws a field; selects without options here are filled from the offer, by the field's name.
_SHAPES: Final[Mapping[Field, str]] = {
    Field.UNIT: "unit",
    Field.UNITS: "units",
    Field.REASON: "area",
    Field.AMOUNT: "number",
    Field.TO: "text",
    Field.CASE: "text",
}


def bar(account: Account, county: County, words: Words) -> Component:
    """Where a script draws buttons and forms; what stands in a form is the script's alone, so that nothing wipes it."""
    told = {"forms": spec(account.role, words), "units": [[unit.code, unit.name] for unit in county.units]}
    stores = (dcc.Store(id=name) for name in ("act-look", "act-offer", "act-ask", "act-told", "consent-ask"))
    dialog = [consent_dialog(words)] if account.may(Right.CONSENT) else []
    return html.Section(
        [html.Div(id="act-room"), *dialog, *stores],
        id="act",
        className="act",
        **attributes(aria_label=words[mark("Actions")], data_spec=orjson.dumps(told).decode()),
    )


def spec(role: Role, words: Words) -> list[dict[str, Any]]:
    """The forms of a role, as the script draws them."""
    return [
        {
            "name": form.name,
            "title": words[form.title],
            "key": form.key,
            "bulk": form.bulk,
            "previewed": form.previewed,
            "fields": [_field(field, form, words) for field in form.fields],
        }
        for form in FORMS
        if form.move in OF_ROLE[role]
    ]


def _field(field: Field, form: Form, words: Words) -> dict[str, Any]:
    told = {"name": field.value, "label": words[LABELS[field]], "must": field in form.must}
    return told | {"shape": _SHAPES.get(field, "select"), "options": _options(field, words)}


def _options(field: Field, words: Words) -> list[list[str]]:
    match field:
        case Field.RESULT:
            return [[code.value, words[msgid]] for code, msgid in RESULTS.items()]
        case Field.MEDIATED | Field.REACHED | Field.SOLVED:
            return [[code, words[msgid]] for code, msgid in _YES_NO]
        case Field.SATISFACTION:
            return [[code.value, words[msgid]] for code, msgid in SATISFACTIONS.items()]
        case Field.COMPLEXITY:
            return [[code.value, words[msgid]] for code, msgid in COMPLEXITIES.items()]
        case Field.COLOUR:
            return [[code.value, words[msgid]] for code, msgid in COLOURS.items()]
        case Field.RATING:
            return [[rating, rating] for rating in _RATINGS]
        case _:
            return []


def offer(
    code: str, case: Case, allowed: Sequence[type[Move]], account: Account, staff: Sequence[Staff], telling: Telling
) -> dict[str, Any]:
    """What may be done with one case, and what its forms let one choose from."""
    county, words = telling.county, telling.words
    holders = [thread.holder.unit_code for thread in case.threads if thread.holder is not None]
    helpers = [helper.span.unit_code for thread in case.threads for helper in thread.extras.helpers]
    approvers = [each for each in staff if account.role is not Role.LEADER or each.login == account.login]
    given = [thread.extras.given for thread in case.threads if thread.extras.given is not None]
    undo = moves.TakeBack in allowed
    return {
        "code": code,
        "version": case.version,
        "forms": [form.name for form in FORMS if form.move in allowed],
        "undo_until": epoch_ms(max(each.at for each in given) + TAKE_BACK_WITHIN) if undo and given else None,
        "reassigns": bool(holders),
        "choices": {
            Field.WORKER: [[unit, county.unit_name(unit)] for unit in dict.fromkeys((*holders, *helpers))],
            Field.HELPER: [[unit, county.unit_name(unit)] for unit in dict.fromkeys(helpers)],
            Field.REPORT: [[thread.report, report_name(thread.report, words)] for thread in case.threads],
            Field.APPROVER: [[each.login, each.name] for each in approvers],
        },
    }


def offer_of_many(codes: Sequence[str], role: Role) -> dict[str, Any]:
    """What may be tried with several cases at once; each answers for itself."""
    names = [form.name for form in FORMS if form.bulk and form.move in OF_ROLE[role]]
    return {"codes": list(codes), "forms": names, "undo_until": None, "reassigns": True, "choices": {}}


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


def preview_lines(preview: Preview, telling: Telling) -> list[str]:
    """What a reassignment would do, a sentence each: to the promise, to the clocks, to the weeks of the units."""
    words = telling.words
    lines = [line for report in preview.reports for line in _report_lines(report, len(preview.reports) > 1, telling)]
    untouched = [telling.who(each.unit_code) for each in preview.week if not each.is_affected]
    if untouched:
        told = words[mark("this week's score is not affected: {units}")]
        lines.append(told.format(units=words[mark(", ")].join(untouched)))
    return [*lines, *(_week_line(each, telling) for each in preview.week if each.is_affected)]


def _report_lines(report: ReportPreview, several: bool, telling: Telling) -> Iterator[str]:
    words, county = telling.words, telling.county
    old = county.unit_name(report.old_unit) if report.old_unit is not None else words[mark("nobody")]
    head = f"{report_name(report.report, words)}: " if several else ""
    yield f"{head}{old} → {county.unit_name(report.new_unit)}"
    promise = words[mark("the promise to the citizen stays: {due}")]
    yield promise.format(due=when(report.promise.at, deadline=True))
    new = words[mark("the new unit signs by {sign}, contacts by {contact}, finishes by {finish}")]
    yield new.format(
        sign=when(report.sign_due.at, deadline=True),
        contact=when(report.contact_due.at, deadline=True),
        finish=when(report.finish_due.at, deadline=True),
    )
    if report.lifted:
        yield words[mark("that is later than the promise: the minimum handling time")]
    states = [f"{words[KINDS[kind]]} {words[STATES[state]]}" for kind, state in report.old_clocks if kind in _OWN]
    if states and report.old_unit is not None:
        yield f"{old}: {words[mark(', ')].join(states)}"
    if report.raised_to is not None:
        yield words[mark("the risk colour rises to {colour}")].format(colour=words[COLOURS[report.raised_to]])


_OWN: Final = frozenset({Kind.SIGN, Kind.CONTACT, Kind.FINISH})


def _week_line(unit: UnitWeek, telling: Telling) -> str:
    told = telling.words[mark("{unit}, finished in time this week: {before} → {after}")]
    before, after = (
        f"{share.good}/{share.all}" + (f" (+{share.to_come})" if share.to_come else "")
        for share in (unit.before, unit.after)
    )
    return told.format(unit=telling.who(unit.unit_code), before=before, after=after)


def happened_lines(meanwhile: Sequence[Happened], telling: Telling) -> list[str]:
    """What somebody has not seen yet, a line each."""
    return [f"{when(each.at)}  {telling.words[ENTRIES[each.type]]}  {telling.who(each.actor)}" for each in meanwhile]
