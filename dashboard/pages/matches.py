"""What may be one matter (疑似重复): suggestions, the likeliest first, both cases of one side by side, and what is decided of it.

Its callbacks also answer the strip of a case's page. Sight, role and state are asked again by `db.match_acts`, in the transaction
that writes: the second of two people is told what the first decided.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from casework.authority import OF_ROLE
from casework.calendar import SHANGHAI
from casework.county import County
from casework.errors import Refused
from casework.joining import Merge
from casework.roles import Account, Right, Role
from dashboard.asking import Asking, NotAllowed, asking
from dashboard.callbacks import in_thread
from dashboard.components import keys, match_list, match_pane
from dashboard.components.attributes import attributes
from dashboard.components.case_refusals import said
from dashboard.components.case_words import Telling
from dashboard.components.match_evidence import sentence
from dashboard.words import CHINESE, Words, language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import acts, audit, looks, match_acts, match_part
from db.accounts import names_of_logins
from db.acts import Desk
from db.audit import Asked, Deed
from db.database import Session
from db.match_acts import Decided
from db.queries import casefile, match_sides, matches
from db.queries.match_sides import Opened
from db.queries.matches import Wanted

PATH: Final = "/matches"
SEARCH: Final = State("address", "search")
MOST: Final = 50
MOST_TEXT: Final = 500
AN_HOUR: Final = timedelta(hours=1)
MORNING: Final = time(8)
"""Of Asia/Shanghai: when what is put off to tomorrow comes back."""
KEYS: Final = (
    ("j  k", mark("next, previous suggestion")),
    ("a", mark("one matter: merge them")),
    ("x", mark("not one matter")),
    ("l", mark("decide later")),
    ("u  z", mark("take the last merge apart again")),
    ("o  O", mark("open the left, the right case")),
    ("n", mark("show what is new")),
    ("Esc", mark("leave a form")),
    ("?", mark("this help")),
)


class Ask(NamedTuple):
    """What a browser asks to be done. `code` and `other`: of a case, and of the one that went on in it."""

    n: int
    do: str
    pair: int
    reason: str
    until: str
    code: str
    other: str


def page(county: County) -> Page:
    return Page(PATH, mark("Possible duplicates"), Right.MATCHES, partial(layout, county))


def may_decide(account: Account) -> bool:
    """Whoever may merge cases of the whole county; units may not, whatever their role allows them in theirs."""
    return account.role is Role.OPERATOR and Merge in OF_ROLE[account.role]


def layout(county: County, visit: Visit) -> Component:
    """Words and room; a script asks for the list (`assets/match.js`)."""
    words, may = visit.words, may_decide(visit.who.account)
    return html.Div(
        [
            html.H1(words[mark("Possible duplicates")], className="unseen"),
            html.Section(
                [
                    _tools(county, words),
                    html.Ol(id="match-list", className="match-list"),
                    html.P(id="match-nothing", className="match-nothing quiet", role="status"),
                ],
                className="match-queue",
                **attributes(aria_label=words[mark("Suggestions")]),
            ),
            html.Section(
                [
                    html.Div([*([_buttons(words)] if may else []), *room()], className="match-bar"),
                    html.Div(id="match-pane", className="match-pane"),
                ],
                className="match-room",
                **attributes(aria_label=words[mark("Side by side")]),
            ),
            keys.help_dialog([each for each in KEYS if may or each[0] not in _DECIDING], words),
            *(dcc.Store(id=f"match-{name}") for name in ("want", "found", "open")),
        ],
        id="match",
        className="match",
        **attributes(data_may="yes" if may else "no"),
    )


_DECIDING: Final = frozenset({"a", "x", "l", "u  z"})


def room() -> list[Component]:
    """Where a script draws forms and says what came of them; here, and above a case's page."""
    return [
        html.Div(id="match-form", className="match-form", hidden=True),
        html.Div(id="match-said", className="match-said", role="status"),
        dcc.Store(id="match-ask"),
        dcc.Store(id="match-told"),
    ]


def _tools(county: County, words: Words) -> Component:
    townships = [(each.code, each.name) for each in county.townships]
    return html.Div(
        [
            html.Select(
                [html.Option(name, value=code) for code, name in (("", words[mark("All townships")]), *townships)],
                id="match-township",
                **attributes(aria_label=words[mark("Township")]),
            ),
            html.Span(id="match-total", className="quiet figures", role="status"),
            html.Button(id="match-fresh", type="button", hidden=True),
            keys.opener(words),
        ],
        className="match-tools",
    )


def _buttons(words: Words) -> Component:
    told = (
        ("accept", "a", words[mark("Merge")], "main"),
        ("refuse", "x", words[mark("Not one matter")], ""),
        ("later", "l", words[mark("Later")], ""),
    )
    return html.Div(
        [
            html.Button(
                [word, " ", html.Kbd(key, **attributes(aria_hidden="true"))],
                type="button",
                className=kind,
                **attributes(data_match=do),
            )
            for do, key, word, kind in told
        ],
        id="match-buttons",
        className="match-row",
    )


def register(app: Dash, workplace: Workplace) -> None:
    for name in ("found", "told"):
        app.clientside_callback(ClientsideFunction("match", name), Input(f"match-{name}", "data"))  # type: ignore[no-untyped-call]

    @app.callback(Output("match-found", "data"), Input("match-want", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def find(told: object, search: str | None) -> dict[str, Any]:
        return read_list(workplace, asking(), told if isinstance(told, Mapping) else {}, search)

    @app.callback(Output("match-pane", "children"), Input("match-open", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def open_(told: object, search: str | None) -> list[Component]:
        return read_pair(workplace, asking(), _number(told, "id"), search)

    @app.callback(Output("match-told", "data"), Input("match-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def decide(told: object, search: str | None) -> dict[str, Any]:
        return answered(workplace, asking(), asked(told), search)


def asked(told: object) -> Ask:
    """`{"n", "do", "id", "reason", "until", "code", "other"}`; what is not so is taken for nothing."""
    texts = [_text(told, name) for name in ("do", "reason", "until", "code", "other")]
    do, reason, until, code, other = texts
    return Ask(_number(told, "n"), do, _number(told, "id"), reason, until, code, other)


def _number(told: object, name: str) -> int:
    value = told.get(name) if isinstance(told, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else 0


def _text(told: object, name: str) -> str:
    value = told.get(name) if isinstance(told, Mapping) else None
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""


def _telling(workplace: Workplace, names: Mapping[str, str], search: str | None) -> Telling:
    language = language_of(search, workplace.languages)
    return Telling(workplace.county, workplace.languages[language], language, names)


def read_list(workplace: Workplace, who: Asking, told: Mapping[str, Any], search: str | None) -> dict[str, Any]:
    """`{"n", "township", "shown": [ids]}`: the likeliest suggestions, how many there are, and what became of those of the shown
    that wait no more. That the list was looked at is written down before it is."""
    who.must(Right.MATCHES)
    at, shown = workplace.clock.now(), match_list.ids_of(told.get("shown"), MOST)
    township = _text(told, "township")
    wanted = Wanted(townships=frozenset({township}) if township else frozenset())
    note_listed(workplace, who, at)
    with workplace.database.read() as session:
        found = matches.suggestions(
            session, who.sight, wanted, 0, MOST, at, vault=workplace.vault, rules=workplace.rules
        )
        listed = {each.pair.id for each in found.rows}
        left = {each: matches.pair_in_sight(session, who.sight, each) for each in shown if each not in listed}
        telling = _telling(workplace, names_of_logins(session), search)
    return {
        "n": _number(told, "n"),
        "total": found.total,
        "rows": match_list.listed(found, workplace.county, telling.words),
        "gone": match_list.went(left, at, telling),
    }


def note_listed(workplace: Workplace, who: Asking, at: datetime) -> None:
    """Once in `looks.AGAIN_AFTER`: the list is read anew whenever something changes in it."""
    mine = Asked(login=who.account.login, kinds=(Deed.LISTED,), since=at - looks.AGAIN_AFTER)
    with workplace.database.read() as session:
        if any(row.detail.get("list") == "matches" for row in audit.rows(session, mine)):
            return
    with workplace.database.write() as session:
        audit.record(session, workplace.vault, who.account, Deed.LISTED, at, detail={"list": "matches"})


def read_pair(workplace: Workplace, who: Asking, pair_id: int, search: str | None) -> list[Component]:
    """Both cases side by side; that both were seen is written down before they are. Nothing for what waits no more."""
    who.must(Right.MATCHES)
    at = workplace.clock.now()
    with workplace.database.read() as session:
        opened = _opened(workplace, who, session, pair_id, at)
        telling = _telling(workplace, {}, search)
    if opened is None:
        return []
    for row in (opened.a.row, opened.b.row):
        looks.note_look(workplace.database, workplace.vault, who.account, row.id, at)
    return match_pane.pane(opened, search or "", telling)


def _opened(workplace: Workplace, who: Asking, session: Session, pair_id: int, at: datetime) -> Opened | None:
    return match_sides.opened(session, workplace.vault, workplace.rules, who.sight, pair_id, at)


def answered(workplace: Workplace, who: Asking, ask: Ask, search: str | None) -> dict[str, Any]:
    """`{"n", "do", "id", "kind", "sentence", "undo"}`: `kind` is "done", "refused", or "decided" where somebody was faster."""
    if not may_decide(who.account):
        raise NotAllowed(Right.ACT.value)
    at = workplace.clock.now()
    with workplace.database.read() as session:
        telling = _telling(workplace, names_of_logins(session), search)
    try:
        told = _DO.get(ask.do, _nothing)(workplace, who, ask, at, telling)
    except Decided:
        with workplace.database.read() as session:
            pair = matches.pair_in_sight(session, who.sight, ask.pair)
        told = {"kind": "decided", "sentence": match_list.how(pair, at, telling)}
    except Refused as refusal:
        told = {"kind": "refused", "sentence": said(refusal, telling.county, telling.names, telling.words)}
    return {"n": ask.n, "do": ask.do, "id": ask.pair, "undo": None, **told}


def _desk(workplace: Workplace, who: Asking) -> Desk:
    return Desk(who.account, workplace.county, workplace.rules, workplace.vault)


def _nothing(workplace: Workplace, who: Asking, ask: Ask, at: datetime, telling: Telling) -> dict[str, Any]:
    raise Refused("fill in what the form asks for")


def _accept(workplace: Workplace, who: Asking, ask: Ask, at: datetime, telling: Telling) -> dict[str, Any]:
    """The journal's reason is the evidence."""
    with workplace.database.write() as session:
        pair = matches.pair_in_sight(session, who.sight, ask.pair)
        reason = sentence(pair.facts, workplace.languages[CHINESE]) if pair is not None else "-"
        parent = match_acts.accept(session, _desk(workplace, who), ask.pair, reason, at)
        assert pair is not None, "it was accepted"
        codes = casefile.codes_of(session, who.sight, [pair.a_case, pair.b_case])
    stays = codes[parent]
    goes = next(code for case_id, code in codes.items() if case_id != parent)
    told = telling.words[mark("{goes} goes on in {stays}.")].format(goes=goes, stays=stays)
    return {"kind": "done", "sentence": told, "undo": {"code": stays, "other": goes}}


def _refuse(workplace: Workplace, who: Asking, ask: Ask, at: datetime, telling: Telling) -> dict[str, Any]:
    reason = ask.reason or workplace.languages[CHINESE][mark("not one matter")]
    with workplace.database.write() as session:
        match_acts.refuse(session, _desk(workplace, who), ask.pair, reason, at)
    return {"kind": "done", "sentence": telling.words[mark("Not one matter: it will not be suggested again.")]}


def _later(workplace: Workplace, who: Asking, ask: Ask, at: datetime, telling: Telling) -> dict[str, Any]:
    until = at + AN_HOUR if ask.until == "hour" else tomorrow(at)
    with workplace.database.write() as session:
        match_acts.later(session, _desk(workplace, who), ask.pair, until, at)
    local = until.astimezone(SHANGHAI)
    sentence_ = telling.words[mark("Put off until {time}.")].format(time=f"{local:%m-%d %H:%M}")
    return {"kind": "done", "sentence": sentence_}


def tomorrow(at: datetime) -> datetime:
    """Tomorrow morning in Asia/Shanghai."""
    return datetime.combine(at.astimezone(SHANGHAI).date() + timedelta(days=1), MORNING, tzinfo=SHANGHAI)


def _part(workplace: Workplace, who: Asking, ask: Ask, at: datetime, telling: Telling) -> dict[str, Any]:
    """What went on in the case goes on by itself again. An undo gives no reason of its own."""
    reason = ask.reason or (workplace.languages[CHINESE][mark("merged by mistake")] if ask.do == "undo" else "")
    if not reason:
        raise Refused("a reason is required")
    with workplace.database.write() as session:
        ids = [acts.case_id_of(session, code, who.sight) for code in (ask.code, ask.other)]
        home = match_part.take_apart(session, _desk(workplace, who), ids[0], ids[1], reason, at)
        code = casefile.codes_of(session, who.sight, [home]).get(home, "")
    told = telling.words[mark("{other} goes on by itself again, out of {code}.")]
    return {"kind": "done", "sentence": told.format(code=ask.code, other=code or ask.other)}


_Do = Callable[[Workplace, Asking, Ask, datetime, Telling], dict[str, Any]]
_DO: Final[Mapping[str, _Do]] = {
    "accept": _accept,
    "refuse": _refuse,
    "later": _later,
    "undo": _part,
    "part": _part,
}
