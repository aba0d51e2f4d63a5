"""What people do to cases, from the desk and from the case page: one way for every move, alone or for many cases at once.

A browser says which form, of which cases, at which versions. Sight, role, state and version are asked again by `db.acts`, in the
transaction that writes; what is refused leaves the form as it was, with a sentence.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from casework.authority import allowed_moves, authority
from casework.decision import Decision
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import TAKE_BACK_WITHIN, Assign, Move, TakeBack
from casework.preview import reassign_preview
from casework.roles import Right, acting_unit
from dashboard.asking import Asking, NotAllowed, asking
from dashboard.callbacks import in_thread
from dashboard.components import actions
from dashboard.components.action_moves import Known, made, unit_named
from dashboard.components.action_previews import happened_lines, preview_lines
from dashboard.components.actions import Field, Form
from dashboard.components.case_refusals import said
from dashboard.components.case_words import Telling, report_name
from dashboard.live.frames import epoch_ms
from dashboard.words import language_of, mark
from dashboard.workplace import Workplace
from db import acts, audit, joining, journal
from db.accounts import names_of_logins
from db.acts import Asked, Bulk, Desk, StaleCase
from db.queries import casefile
from db.queries.cases import unit_had_work

SEARCH = State("address", "search")


class Ask(NamedTuple):
    """What a browser asks for. `cases`: codes with the versions that were seen; `number`: of the bulk that is to be undone."""

    n: int
    do: str
    form: Form | None
    cases: tuple[tuple[str, int], ...]
    fields: Mapping[str, str]
    number: int

    @property
    def code(self) -> str:
        return self.cases[0][0] if self.cases else ""


def register(app: Dash, workplace: Workplace) -> None:
    app.clientside_callback(ClientsideFunction("act", "offered"), Input("act-offer", "data"))  # type: ignore[no-untyped-call]
    app.clientside_callback(ClientsideFunction("act", "told"), Input("act-told", "data"))  # type: ignore[no-untyped-call]

    @app.callback(Output("desk-actions", "children"), Input("desk-actions", "id"), SEARCH)
    @in_thread
    def stand_by(_: str, search: str | None) -> Component | None:
        return bar(workplace, asking(), search)

    @app.callback(Output("act-offer", "data"), Input("act-look", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def offer(told: object, search: str | None) -> dict[str, Any]:
        return offered(workplace, asking(), asked(told), search)

    @app.callback(Output("act-told", "data"), Input("act-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def act(told: object, search: str | None) -> dict[str, Any]:
        return answered(workplace, asking(), asked(told), search)


def asked(told: object) -> Ask:
    """`{"n", "do", "form", "cases": [{"code", "version"}], "fields", "number"}`; what is not so is taken for nothing."""
    given = told if isinstance(told, Mapping) else {}
    cases = given.get("cases")
    fields = given.get("fields")
    return Ask(
        n=_number(given.get("n")),
        do=str(given.get("do")),
        form=actions.BY_NAME.get(str(given.get("form"))),
        cases=tuple(
            (each["code"], _number(each.get("version")))
            for each in (cases if isinstance(cases, list) else [])[: actions.MOST_CASES]
            if isinstance(each, Mapping) and isinstance(each.get("code"), str)
        ),
        fields={
            str(name): value[: actions.MOST_TEXT]
            for name, value in (fields if isinstance(fields, Mapping) else {}).items()
            if isinstance(value, str)
        },
        number=_number(given.get("number")),
    )


def _number(told: object) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else 0


def bar(workplace: Workplace, who: Asking, search: str | None) -> Component | None:
    """The room for actions; none for who may not act."""
    if not (who.account.may(Right.ACT) or who.account.may(Right.CONSENT)):
        return None
    return actions.bar(who.account, workplace.county, workplace.languages[language_of(search, workplace.languages)])


def offered(workplace: Workplace, who: Asking, ask: Ask, search: str | None) -> dict[str, Any]:
    """What may be done with the cases, by who asks; nothing with a case that is not there or not theirs to see."""
    who.must(Right.CASES)
    if len(ask.cases) != 1 or not who.account.may(Right.ACT):
        return actions.offer_of_many([code for code, _ in ask.cases], who.account.role)
    at = workplace.clock.now()
    with workplace.database.read() as session:
        found = casefile.case_state(session, who.sight, ask.code)
        staff, names = casefile.approvers(session), names_of_logins(session)
    if found is None:
        return {"code": ask.code, "version": 0, **actions.NOTHING}
    allowed = allowed_moves(found[1], who.account, workplace.county, at)
    return actions.offer(ask.code, found[1], allowed, who.account, staff, _telling(workplace, names, search))


def answered(workplace: Workplace, who: Asking, ask: Ask, search: str | None) -> dict[str, Any]:
    """What came of it: `kind` is "done", "refused", "stale", "preview" or "rows", with sentences of the page's language."""
    if not who.account.may(Right.ACT):
        raise NotAllowed(Right.ACT.value)
    with workplace.database.read() as session:
        telling = _telling(workplace, names_of_logins(session), search)
    try:
        told = _DO[ask.do](workplace, who, ask, telling) if ask.do in _DO and (ask.cases or ask.number) else _nothing()
    except StaleCase as stale:
        _note_refusal(workplace, who, ask, stale)
        told = {
            "kind": "stale",
            "sentence": said(stale, telling.county, telling.names, telling.words),
            "lines": happened_lines(stale.meanwhile, telling),
            "version": stale.values["found"],
        }
    except Refused as refusal:
        _note_refusal(workplace, who, ask, refusal)
        told = {"kind": "refused", "sentence": _said(refusal, telling)}
    return {"n": ask.n, "do": ask.do, "lines": [], "rows": [], "undo": None, **told}


def _telling(workplace: Workplace, names: Mapping[str, str], search: str | None) -> Telling:
    language = language_of(search, workplace.languages)
    return Telling(workplace.county, workplace.languages[language], language, names)


def _said(refusal: Refused, telling: Telling) -> str:
    return said(refusal, telling.county, telling.names, telling.words)


def _nothing() -> dict[str, Any]:
    raise Refused("fill in what the form asks for")


def _note_refusal(workplace: Workplace, who: Asking, ask: Ask, refusal: Refused) -> None:
    """Into the audit, unless the case is none of theirs: then nothing is said of it anywhere."""
    if ask.do == "preview":
        return
    with workplace.database.write() as session:
        case_id = casefile.ids_in_sight(session, who.sight, [ask.code]).get(ask.code)
        if case_id is not None:
            told = {"move": _move_of(ask), "refused": refusal.sentence}
            deed = audit.Deed.ACT_REFUSED
            audit.record(
                session, workplace.vault, who.account, deed, workplace.clock.now(), case_id=case_id, detail=told
            )


def _move_of(ask: Ask) -> str:
    return ask.form.move.__name__ if ask.form is not None else TakeBack.__name__


def _desk(workplace: Workplace, who: Asking) -> Desk:
    return Desk(who.account, workplace.county, workplace.rules, workplace.vault)


def _act(workplace: Workplace, who: Asking, ask: Ask, telling: Telling) -> dict[str, Any]:
    """One form for one case, or for each of many."""
    if ask.form is None:
        return _nothing()
    if len(ask.cases) > 1:
        return _act_on_many(workplace, who, ask, ask.form, telling)
    at, (code, seen), form, desk = workplace.clock.now(), ask.cases[0], ask.form, _desk(workplace, who)
    with workplace.database.write() as session:
        journal.hold(session)
        case_id = acts.case_id_of(session, code, who.sight)
        casefile.must_be_as_seen(session, case_id, seen)
        case = casefile.state_of(session, case_id)
        move = made(form, ask.fields, who.account, case, at, _known(workplace, session, form))
        if isinstance(move, Merge):
            into = ask.fields.get(Field.CASE, "").strip().upper()
            joining.merge_as(session, desk, case_id, acts.case_id_of(session, into, who.sight), move, at)
            return _joined(form, code, into, telling)
        if isinstance(move, Split):
            child_id = joining.split_as(session, desk, case_id, move, at)
            other = casefile.codes_of(session, who.sight, [child_id]).get(child_id, "")
            return _joined(form, code, other, telling)
        decision = acts.act_as(session, desk, case_id, move, at, seen)
    return _done(_title(form, again=case.lead.holder is not None), code, decision, telling) | {
        "undo": _undo_of(code, move, at)
    }


def _title(form: Form, *, again: bool) -> str:
    """What was done, as the button said: of several cases, and of one that somebody held, an assignment is a reassignment."""
    return actions.REASSIGN if form.move is Assign and again else form.title


def _known(workplace: Workplace, session: Any, form: Form) -> Known:
    """Whom the texts of a form name: units of the county or of the cases, and leaders who approve, if it names one."""
    unit = partial(unit_named, county=workplace.county, had_work=partial(unit_had_work, session))
    leaders = casefile.approvers(session) if Field.APPROVER in form.fields else ()
    return Known(unit, frozenset(staff.login for staff in leaders))


def _done(title: str, code: str, decision: Decision, telling: Telling) -> dict[str, Any]:
    words = telling.words
    return {
        "kind": "done",
        "sentence": words[mark("{code}: done: {what}")].format(code=code, what=words[title]),
        "lines": [f"{report_name(report, words)}: {_said(why, telling)}" for report, why in decision.refusals],
        "version": decision.case.version,
    }


def _joined(form: Form, code: str, other: str, telling: Telling) -> dict[str, Any]:
    """`other`: the code of the case it is in now; empty where that is out of sight."""
    words = telling.words
    told = {
        mark("{code}: it goes on in {other}"): form.move is Merge,
        mark("{code}: the report goes on in {other}"): True,
    }
    sentence = next(words[msgid] for msgid, so in told.items() if so).format(
        code=code, other=other or words[mark("another case")]
    )
    return {"kind": "done", "sentence": sentence, "version": 0, "other": other}


def _undo_of(code: str, move: Move, at: datetime) -> dict[str, Any] | None:
    """How an assignment is undone, and until when."""
    return {"code": code, "until": epoch_ms(at + TAKE_BACK_WITHIN)} if isinstance(move, Assign) else None


def _act_on_many(workplace: Workplace, who: Asking, ask: Ask, form: Form, telling: Telling) -> dict[str, Any]:
    """Each case answers for itself, all in one transaction and under one number."""
    if not form.bulk:
        return _nothing()
    at, refused, rows = workplace.clock.now(), dict[str, Refused](), list[Asked]()
    with workplace.database.write() as session:
        journal.hold(session)
        ids, known = (
            casefile.ids_in_sight(session, who.sight, [code for code, _ in ask.cases]),
            _known(workplace, session, form),
        )
        for code, seen in dict(ask.cases).items():
            try:
                case_id = ids[code] if code in ids else acts.case_id_of(session, code, who.sight)
                case = casefile.state_of(session, case_id) if Field.WORKER in form.fields else None
                rows.append(Asked(case_id, seen, made(form, ask.fields, who.account, case, at, known)))
            except Refused as refusal:
                refused[code] = refusal
        bulk = acts.act_many(session, _desk(workplace, who), rows, at)
    codes = {case_id: code for code, case_id in ids.items()}
    done = any(outcome.decision is not None for outcome in bulk.outcomes)
    undo = {"number": bulk.number, "until": epoch_ms(at + TAKE_BACK_WITHIN)}
    told = _rows(_title(form, again=True), bulk, codes, telling, refused)
    return told | {"undo": undo if done and form.move is Assign else None}


def _rows(
    title: str, bulk: Bulk, codes: Mapping[int, str], telling: Telling, refused: Mapping[str, Refused] | None = None
) -> dict[str, Any]:
    """A result per row; what is out of sight is no row."""
    words = telling.words
    done = words[mark("done")]
    rows = [
        {
            "code": codes[outcome.case_id],
            "done": outcome.refusal is None,
            "sentence": done if outcome.refusal is None else _said(outcome.refusal, telling),
            "version": outcome.decision.case.version if outcome.decision is not None else None,
        }
        for outcome in bulk.outcomes
        if outcome.case_id in codes
    ]
    rows += [
        {"code": code, "done": False, "sentence": _said(why, telling), "version": None}
        for code, why in (refused or {}).items()
    ]
    succeeded = sum(row["done"] is True for row in rows)
    sentence = words[mark("{what}: {done} done, {refused} refused")]
    return {
        "kind": "rows",
        "sentence": sentence.format(what=words[title], done=succeeded, refused=len(rows) - succeeded),
        "rows": rows,
    }


def _preview(workplace: Workplace, who: Asking, ask: Ask, telling: Telling) -> dict[str, Any]:
    """What a reassignment would do; nothing is written."""
    form = ask.form
    if form is None or not form.previewed:
        return _nothing()
    words, at, may = telling.words, workplace.clock.now(), authority(workplace.county, who.account)
    lines, refused = list[str](), 0
    with workplace.database.read() as session:
        known = _known(workplace, session, form)
        for code, seen in ask.cases[: actions.MOST_PREVIEWED]:
            case_id = acts.case_id_of(session, code, who.sight)
            case = casefile.state_of(session, case_id)
            try:
                casefile.must_be_as_seen(session, case_id, seen)
                move = made(form, ask.fields, who.account, case, at, known)
                assert isinstance(move, Assign), "only assignments are previewed"
                own = replace(move, unit_of=acting_unit(who.account, workplace.county))
                told = preview_lines(reassign_preview(case, own, workplace.rules, at, may), telling)
            except Refused as refusal:
                if len(ask.cases) == 1:
                    raise
                told, refused = [_said(refusal, telling)], refused + 1
            lines += told if len(ask.cases) == 1 else [f"{code}: {told[0]}"]
    sentence = words[mark("{n} would go, {refused} would be refused")]
    able = min(len(ask.cases), actions.MOST_PREVIEWED) - refused
    many = sentence.format(n=able, refused=refused)
    return {"kind": "preview", "sentence": many if len(ask.cases) > 1 else "", "lines": lines, "able": able}


def _undo(workplace: Workplace, who: Asking, ask: Ask, telling: Telling) -> dict[str, Any]:
    """Take the last assignment of one case back."""
    at, (code, seen) = workplace.clock.now(), ask.cases[0]
    with workplace.database.write() as session:
        case_id = acts.case_id_of(session, code, who.sight)
        move = TakeBack(by=who.account.login, at=at)
        decision = acts.act_as(session, _desk(workplace, who), case_id, move, at, seen or None)
    return _done(UNDONE, code, decision, telling)


def _undo_many(workplace: Workplace, who: Asking, ask: Ask, telling: Telling) -> dict[str, Any]:
    """Take back all that was assigned under one number."""
    with workplace.database.write() as session:
        bulk = acts.take_back_many(session, _desk(workplace, who), ask.number, workplace.clock.now())
        codes = casefile.codes_of(session, who.sight, [outcome.case_id for outcome in bulk.outcomes])
    return _rows(UNDONE, bulk, codes, telling)


UNDONE = mark("undo")
_DO = {"act": _act, "preview": _preview, "undo": _undo, "undo-many": _undo_many}
