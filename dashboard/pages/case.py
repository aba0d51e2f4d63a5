"""A case's page: all of it that may be shown to who asks, what may be done with it, and, on request, who is behind it."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import orjson
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from fastapi import Response

from casework.authority import allowed_moves
from casework.county import County
from casework.errors import Refused
from casework.evidence import without_persons
from casework.joining import Split
from casework.roles import Right
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components import (
    actions,
    case_clocks,
    case_joins,
    case_journal,
    case_parts,
    case_reveal,
    keys,
    review_ask,
)
from dashboard.components.attributes import attributes
from dashboard.components.case_map import mark_of
from dashboard.components.case_refusals import said
from dashboard.components.case_words import Telling
from dashboard.components.county_map import CountyMap, county_map
from dashboard.exports.facts import check_paper, paper_facts
from dashboard.exports.papers import Paper, file_name, paper
from dashboard.office_shell import nothing_here
from dashboard.pages.matches import may_decide, room
from dashboard.words import language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import acts, audit, looks, reveals
from db.accounts import names_of_logins
from db.database import Session
from db.queries import match_sides, matches
from db.queries.casefile import CaseFile, case_file, ids_in_sight, reveal_in_sight
from db.queries.cases import whole_case

PATH: Final = "/case/"
PAPER: Final = "/office/paper/{code}/{kind}"
WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CODE: Final = re.compile(r"[A-Z]{1,8}-\d{8}-\d{5,9}")
SEARCH: Final = State("address", "search")
Parts = tuple[Any, Any]
SUGGESTED: Final = 3
"""Suggestions that are shown above a case; the list has all."""
KEYS: Final = (("Esc", mark("leave a form")), ("?", mark("this help")))


def page(county: County) -> Page:
    drawn = county_map(county.townships, county.map_aspect)
    return Page(PATH, mark("Case"), Right.CASES, partial(layout, county, drawn), listed=False)


def layout(county: County, drawn: CountyMap, visit: Visit) -> Component:
    """Room for what is read, and what stays while that is read anew: actions, and what somebody is being shown."""
    words, account = visit.words, visit.who.account
    code = visit.rest.upper()
    bar = actions.bar(account, county, words) if account.may(Right.ACT) or account.may(Right.CONSENT) else None
    return html.Div(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.Div(id="case-strip", className="case-strip"),
                            html.Div(room(), className="case-match"),
                            html.Div(id="case-main", className="case-main"),
                        ],
                        className="case-column",
                    ),
                    html.Div(
                        [
                            html.Div(
                                [
                                    dcc.Link(
                                        words[mark("Back to the desk")], id="case-back", href=f"/desk{_search(visit)}"
                                    ),
                                    keys.opener(words),
                                ],
                                className="case-back",
                            ),
                            html.Div(bar, id="case-actions"),
                            *([case_reveal.room(words)] if account.may(Right.REVEAL) else []),
                            html.Div(id="case-side"),
                        ],
                        className="case-aside",
                    ),
                ],
                className="case-sheet",
            ),
            html.Div(id="case-map", hidden=True, **attributes(data_map=orjson.dumps(drawn).decode())),
            keys.help_dialog([*KEYS, *actions.keys(account.role)], words),
            dcc.Store(id="case-ask", data={"code": code, "n": 0}),
        ],
        id="case",
        className="case",
        **attributes(data_code=code, data_me=account.name),
    )


def _search(visit: Visit) -> str:
    return "?lang=en" if visit.language == "en" else ""


def way_back(workplace: Workplace, search: str | None) -> tuple[str, str]:
    """To where the case was opened from: a review, or else the desk. What is written on the way, and its address."""
    words = workplace.languages[language_of(search, workplace.languages)]
    review = review_ask.way_back(search, workplace.clock.now())
    if review is not None:
        return words[mark("Back to the review")], review
    return words[mark("Back to the desk")], f"/desk{review_ask.language_search(search)}"


def register(app: Dash, workplace: Workplace) -> None:
    drawn = county_map(workplace.county.townships, workplace.county.map_aspect)
    app.server.add_api_route(PAPER, partial(download, workplace), methods=["GET"], include_in_schema=False)

    @app.callback(Output("case-main", "children"), Output("case-side", "children"), Input("case-ask", "data"), SEARCH)
    @in_thread
    def show(told: object, search: str | None) -> Parts:
        return read(workplace, drawn, asking(), _code(told), search or "")

    @app.callback(Output("case-back", "children"), Output("case-back", "href"), Input("case-ask", "data"), SEARCH)
    def show_way_back(told: object, search: str | None) -> tuple[str, str]:
        return way_back(workplace, search)

    @app.callback(Output("case-strip", "children"), Input("case-ask", "data"), SEARCH)
    @in_thread
    def show_strip(told: object, search: str | None) -> list[Component]:
        return read_strip(workplace, asking(), _code(told), search or "")

    @app.callback(
        Output("reveal-number", "data"),
        Output("reveal-said", "children"),
        Output("reveal-shown", "children"),
        Output("reveal-wait", "disabled"),
        Output("reveal-reason", "value"),
        Input("reveal-ask", "n_clicks"),
        State("reveal-reason", "value"),
        State("case-ask", "data"),
        SEARCH,
        prevent_initial_call=True,
    )
    @in_thread
    def ask(_: int, reason: str | None, told: object, search: str | None) -> tuple[Any, ...]:
        return ask_reveal(workplace, asking(), _code(told), reason or "", search)

    @app.callback(
        Output("reveal-said", "children", allow_duplicate=True),
        Output("reveal-shown", "children", allow_duplicate=True),
        Output("reveal-wait", "disabled", allow_duplicate=True),
        Input("reveal-wait", "n_intervals"),
        State("reveal-number", "data"),
        SEARCH,
        prevent_initial_call=True,
    )
    @in_thread
    def wait(_: int, number: object, search: str | None) -> tuple[Any, ...]:
        return open_reveal(workplace, asking(), number, search)

    @app.callback(
        Output("reveal-shown", "children", allow_duplicate=True),
        Input("reveal-wipe", "n_intervals"),
        prevent_initial_call=True,
    )
    @in_thread
    def wipe(ticks: int | None) -> Any:
        return [] if ticks else no_update

    @app.callback(Output("consent-list", "children"), Input("consent-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def consent(told: object, search: str | None) -> list[Component]:
        return consents(workplace, asking(), told if isinstance(told, Mapping) else {}, search)


def _code(told: object) -> str:
    code = told.get("code") if isinstance(told, Mapping) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) is not None else ""


def _telling(workplace: Workplace, names: Mapping[str, str], search: str | None) -> Telling:
    language = language_of(search, workplace.languages)
    return Telling(workplace.county, workplace.languages[language], language, names)


def read(workplace: Workplace, drawn: CountyMap, who: Asking, code: str, search: str) -> Parts:
    """The page's two columns. That it was seen is written down before it is."""
    who.must(Right.CASES)
    at, rules, county = workplace.clock.now(), workplace.rules, workplace.county
    _note_look(workplace, who, code, at)
    with workplace.database.read() as session:
        file = case_file(session, workplace.vault, rules, who.sight, code, at)
        joins = _joins(session, who, file, county, at) if file is not None else None
    telling = _telling(workplace, file.names if file is not None else {}, search)
    words = telling.words
    if file is None or joins is None:
        return nothing_here(words), []
    case, share = file.whole.state, rules.clocks.at(at).due_soon
    main = [
        *case_parts.head(file, share, search, telling, at),
        html.H2(words[mark("Clocks")]),
        *case_clocks.clocks(case, rules, telling, at, search),
        *case_joins.reports(file, joins, telling),
        html.H2(words[mark("Journal")]),
        *case_journal.left_out(file.whole.entries, search, telling),
        case_journal.journal(file.whole.entries, file.codes, len(case.threads) > 1, search, telling),
    ]
    side = [
        html.H2(words[mark("Where it lies")]),
        *case_parts.place(file, mark_of(county, drawn, file.row.township, file.row.village), telling),
        *_papers(file, who, telling, at),
        html.H2(words[mark("Who has looked at it")]),
        *case_journal.looks(file.looks, telling, readable=file.readable),
        html.Div(id="case-shown", hidden=True, **attributes(data_code=code, data_version=str(file.row.version))),
    ]
    return main, side


def _joins(session: Session, who: Asking, file: CaseFile, county: County, at: datetime) -> case_joins.Joins:
    """What joined the case's reports; that two came from one phone only where they may be read."""
    pairs = matches.evidence_of(session, who.sight, file.row.id) if len(file.whole.reports) > 1 else ()
    if not (file.readable and file.row.caller is not None):
        pairs = tuple(pair._replace(facts=without_persons(pair.facts)) for pair in pairs)
    joined = match_sides.joined_cases(session, who.sight, file.row.id, case_joins.SHOWN)
    may_split = Split in allowed_moves(file.whole.state, who.account, county, at)
    return case_joins.Joins(pairs, joined, may_split)


def read_strip(workplace: Workplace, who: Asking, code: str, search: str) -> list[Component]:
    """What else may be the same matter, above the page; nothing for a case out of sight."""
    who.must(Right.CASES)
    at = workplace.clock.now()
    with workplace.database.read() as session:
        case_id = ids_in_sight(session, who.sight, [code]).get(code)
        ids = match_sides.of_case(session, who.sight, case_id, SUGGESTED, at) if case_id is not None else []
        given = session, workplace.vault, workplace.rules, who.sight
        opened = [found for each in ids if (found := match_sides.opened(*given, each, at)) is not None]
    if case_id is None:
        return []
    return case_joins.strip(opened, case_id, may_decide(who.account), search, _telling(workplace, {}, search))


def _note_look(workplace: Workplace, who: Asking, code: str, at: datetime) -> None:
    with workplace.database.read() as session:
        case_id = ids_in_sight(session, who.sight, [code]).get(code)
    if case_id is not None:
        looks.note_look(workplace.database, workplace.vault, who.account, case_id, at)


def _papers(file: CaseFile, who: Asking, telling: Telling, at: datetime) -> list[Component]:
    """Only for who may take papers away, of what they may read."""
    if not (who.account.may(Right.EXPORT) and file.readable and file.whole.reports):
        return []
    return [html.H2(telling.words[mark("Papers")]), *case_parts.papers(file, file.whole.state, telling, at)]


def download(workplace: Workplace, code: str, kind: str) -> Response:
    """A paper as a Word file. Whoever may not have it, for whatever reason, is told that there is none."""
    who, at = asking(), workplace.clock.now()
    if kind not in set(Paper) or CODE.fullmatch(code) is None or not who.account.may(Right.EXPORT):
        return Response(status_code=404)
    with workplace.database.read() as session:
        file = case_file(session, workplace.vault, workplace.rules, who.sight, code, at)
        if file is None or not file.readable or not file.whole.reports:
            return Response(status_code=404)
        whole = whole_case(session, workplace.vault, file.row.id)
    try:
        check_paper(Paper(kind), whole.state, at)
    except Refused:
        return Response(status_code=409)
    facts = paper_facts(whole, workplace.county, workplace.rules, at)
    made = paper(Paper(kind), facts, at, code)
    with workplace.database.write() as session:
        detail = {"paper": kind}
        deed = audit.Deed.EXPORTED
        audit.record(session, workplace.vault, who.account, deed, at, case_id=file.row.id, detail=detail)
    named = quote(file_name(Paper(kind), facts))
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{named}"}
    return Response(made, media_type=WORD, headers=headers)


def ask_reveal(
    workplace: Workplace, who: Asking, code: str, reason: str, search: str | None
) -> tuple[Any, Any, Any, bool, Any]:
    """Ask who is behind a case: shown at once, or after a second person's word. A refusal keeps the reason."""
    who.must(Right.REVEAL)
    at, vault = workplace.clock.now(), workplace.vault
    with workplace.database.read() as session:
        telling = _telling(workplace, names_of_logins(session), search)
    try:
        with workplace.database.write() as session:
            case_id = acts.case_id_of(session, code, who.sight)
            asked = reveals.ask(session, vault, who.account, case_id, reason, at)
            number, waits = asked.id, asked.needs_second
            found = None if waits else reveals.open_(session, vault, who.account, number, at)
    except Refused as refusal:
        return no_update, _said(refusal, telling), [], True, no_update
    if found is None:
        return number, telling.words[mark("A second person is asked; what they allow is shown here.")], [], False, ""
    return number, "", case_reveal.shown(*found, telling), True, ""


def open_reveal(workplace: Workplace, who: Asking, number: object, search: str | None) -> tuple[Any, Any, bool]:
    """Whether the second person has decided: nothing changes while they have not. Sight is asked again, of the reveal's case."""
    who.must(Right.REVEAL)
    if not isinstance(number, int) or isinstance(number, bool):
        return no_update, no_update, True
    at = workplace.clock.now()
    with workplace.database.read() as session:
        telling = _telling(workplace, names_of_logins(session), search)
    try:
        with workplace.database.write() as session:
            if not reveal_in_sight(session, who.sight, number):
                raise Refused("nobody asked for this")
            if any(each.id == number for each in reveals.waiting(session, at)):
                return no_update, no_update, False
            found = reveals.open_(session, workplace.vault, who.account, number, at)
    except Refused as refusal:
        return _said(refusal, telling), [], True
    return "", case_reveal.shown(*found, telling), True


def consents(workplace: Workplace, who: Asking, told: Mapping[str, Any], search: str | None) -> list[Component]:
    """`{"do": "grant" | "refuse", "reveal"}` decides about one; what waits afterwards."""
    who.must(Right.CONSENT)
    at, words = workplace.clock.now(), workplace.languages[language_of(search, workplace.languages)]
    match told:
        case {"do": "grant" | "refuse" as what, "reveal": int(number)}:
            with workplace.database.write() as session:
                reveals.decide(session, workplace.vault, who.account, number, at, grant=what == "grant")
    with workplace.database.read() as session:
        return case_reveal.consents(reveals.waiting(session, at), words)


def _said(refusal: Refused, telling: Telling) -> str:
    return said(refusal, telling.county, telling.names, telling.words)
