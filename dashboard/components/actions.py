"""What may be done with cases, as one table, and the forms that a script draws from it. It must not know a database or a page.

What a filled-in form means is in `action_moves`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from casework import moves
from casework.authority import OF_ROLE, is_scored_by
from casework.case import Case, Span, Thread
from casework.county import County
from casework.joining import Merge, Split
from casework.moves import TAKE_BACK_WITHIN, Move
from casework.objecting import all_spans
from casework.roles import Account, Right, Role, acting_unit
from casework.vocabulary import ReminderKind
from dashboard.components.attributes import attributes
from dashboard.components.case_reveal import consent_dialog
from dashboard.components.case_words import COMPLEXITIES, RESULTS, SATISFACTIONS, Telling, report_name, when
from dashboard.components.keys import Key
from dashboard.live.frames import epoch_ms
from dashboard.words import COLOURS, Words, mark
from db.queries.casefile import Staff

MOST_CASES: Final = 500  # of one bulk
MOST_TEXT: Final = 4_000
MOST_PREVIEWED: Final = 100


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
    SPAN = "span"  # work that nobody has contested yet
    CONTESTED = "contested"  # work whose scoring was contested
    UPHELD = "upheld"


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
    _form(
        "contest", moves.Contest, mark("Contest the scoring"), Field.SPAN, Field.REASON,
        must=(Field.SPAN, Field.REASON),
    ),
    _form(
        "settle-objection", moves.SettleObjection, mark("Decide the objection"), Field.CONTESTED, Field.UPHELD,
        Field.APPROVER, Field.REASON, must=(Field.CONTESTED, Field.UPHELD, Field.APPROVER, Field.REASON),
    ),
    _form("merge", Merge, mark("Merge into another"), Field.CASE, Field.REASON, must=(Field.CASE, Field.REASON), key="m"),
    _form("split", Split, mark("Take a report out"), Field.REPORT, Field.REASON, must=(Field.REPORT, Field.REASON)),
)  # fmt: skip
REASSIGN: Final = mark("Reassign")
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
    Field.SPAN: mark("Which work"),
    Field.CONTESTED: mark("Which work"),
    Field.UPHELD: mark("Decision"),
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


def keys(role: Role) -> list[Key]:
    """Which keys act, for the page's help."""
    own = [form for form in FORMS if form.key and form.move in OF_ROLE[role]]
    found = [(form.key, REASSIGN if form.move is moves.Assign else form.title) for form in own]
    return [*found, ("z", mark("undo the last assignment"))] if moves.TakeBack in OF_ROLE[role] else found


def _field(field: Field, form: Form, words: Words) -> dict[str, Any]:
    told = {"name": field.value, "label": words[LABELS[field]], "must": field in form.must}
    return told | {"shape": _SHAPES.get(field, "select"), "options": _options(field, words)}


def _options(field: Field, words: Words) -> list[list[str]]:
    match field:
        case Field.RESULT:
            return [[code.value, words[msgid]] for code, msgid in RESULTS.items()]
        case Field.UPHELD:
            return [["yes", words[mark("Uphold")]], ["no", words[mark("Do not uphold")]]]
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


NOTHING: Final[Mapping[str, Any]] = {"forms": (), "undo_until": None, "reassigns": False, "must": {}, "choices": {}}
"""What is offered of a case nobody may act on. `must`: by form, the fields that this case's state asks for."""


def offer(
    code: str, case: Case, allowed: Sequence[type[Move]], account: Account, staff: Sequence[Staff], telling: Telling
) -> dict[str, Any]:
    """What may be done with one case, and what its forms let one choose from."""
    county, words = telling.county, telling.words
    holders = [thread.holder.unit_code for thread in case.threads if thread.holder is not None]
    helpers = [helper.span.unit_code for thread in case.threads for helper in thread.extras.helpers]
    approvers = [each for each in staff if account.role is not Role.LEADER or each.login == account.login]
    given = [thread.extras.given for thread in case.threads if thread.extras.given is not None]
    undo, own = moves.TakeBack in allowed, acting_unit(account, county)
    work = [(_work(thread, span, telling), span) for thread in case.threads for span in all_spans(thread)]
    return {
        "code": code,
        "version": case.version,
        "forms": [form.name for form in FORMS if form.move in allowed],
        "undo_until": epoch_ms(max(each.at for each in given) + TAKE_BACK_WITHIN) if undo and given else None,
        "reassigns": bool(holders),
        "must": {"assign": [Field.REASON]} if holders else {},
        "choices": {
            Field.WORKER: [[unit, county.unit_name(unit)] for unit in dict.fromkeys((*holders, *helpers))],
            Field.HELPER: [[unit, county.unit_name(unit)] for unit in dict.fromkeys(helpers)],
            Field.REPORT: [[thread.report, report_name(thread.report, words)] for thread in case.threads],
            Field.APPROVER: [[each.login, each.name] for each in approvers],
            Field.SPAN: [told for told, span in work if span.objection is None and is_scored_by(span, own, county)],
            Field.CONTESTED: [told for told, span in work if span.objection is not None],
        },
    }


def _work(thread: Thread, span: Span, telling: Telling) -> list[str]:
    """A span to choose: its report and number, and whose work it was from when to when."""
    sentence = mark("{unit}, since {begin}") if span.ended_at is None else mark("{unit}, {begin} to {end}")
    told = telling.words[sentence].format(
        unit=telling.county.unit_name(span.unit_code),
        begin=when(span.assigned_at),
        end=when(span.ended_at) if span.ended_at is not None else "",
    )
    return [f"{thread.report} {span.number}", told]


def offer_of_many(codes: Sequence[str], role: Role) -> dict[str, Any]:
    """What may be tried with several cases at once; each answers for itself."""
    names = [form.name for form in FORMS if form.bulk and form.move in OF_ROLE[role]]
    return {**NOTHING, "codes": list(codes), "forms": names, "reassigns": True}
