"""The desk: the queue of cases, and one of them in short beside it. Rows come in blocks as the grid asks for them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from casework.county import County
from casework.errors import Refused
from casework.roles import Right
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components import queue_bar, queue_panel
from dashboard.components.attributes import attributes
from dashboard.components.case_refusals import said
from dashboard.components.case_words import Telling
from dashboard.components.queue_ask import Ask, Wanted, asked, kept, wanted_rows
from dashboard.components.queue_grid import GRID, grid
from dashboard.components.queue_rows import found, grid_page
from dashboard.words import language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import audit, journal, looks, views
from db.audit import Deed
from db.queries.brief import brief
from db.queries.queue import Page as Rows
from db.queries.queue import queue_page

PATH = "/desk"


def page(county: County) -> Page:
    return Page(PATH, mark("Desk"), Right.CASES, partial(layout, county))


def layout(county: County, visit: Visit) -> Component:
    """Words and room; a script asks for the rows (`assets/desk.js`). `desk-actions` belongs to whoever acts on cases."""
    words = visit.words
    return html.Div(
        [
            html.H1(words[mark("Desk")], className="unseen"),
            queue_bar.bar(county, visit.who.account, "?lang=en" if visit.language == "en" else "", words),
            html.Div(
                [
                    html.Section(
                        [
                            grid(visit.who.sight, words),
                            html.Div(id="desk-nothing", className="desk-nothing", role="status"),
                        ],
                        className="desk-queue",
                        **attributes(aria_label=words[mark("Queue")]),
                    ),
                    html.Aside(
                        [
                            html.Div(id="desk-brief"),
                            html.Div(id="desk-marked", className="desk-marked", role="status"),
                            html.Div(id="desk-actions"),
                            html.Div(id="desk-rest"),
                            html.P(words[mark("Pick a case to see it here.")], className="desk-none quiet"),
                        ],
                        id="desk-panel",
                        className="desk-panel",
                        **attributes(aria_label=words[mark("Case")]),
                    ),
                ],
                className="desk-room",
            ),
            *queue_bar.dialogs(visit.who.account.role, words),
            *(dcc.Store(id=name) for name in ("desk-ask", "desk-found", "desk-open", "desk-views-ask", "desk-views")),
        ],
        id="desk",
        className="desk",
        **attributes(data_me=visit.who.account.name, data_open="no"),
    )


def register(app: Dash, workplace: Workplace) -> None:
    vault, county = workplace.vault, workplace.county
    app.clientside_callback(ClientsideFunction("desk", "found"), Input("desk-found", "data"))  # type: ignore[no-untyped-call]
    app.clientside_callback(ClientsideFunction("desk", "views"), Input("desk-views", "data"))  # type: ignore[no-untyped-call]

    @app.callback(
        Output(GRID, "getRowsResponse"),
        Output("desk-found", "data"),
        Input(GRID, "getRowsRequest"),
        State("desk-ask", "data"),
        prevent_initial_call=True,
    )
    @in_thread
    def show_rows(request: object, told: object) -> tuple[Any, Any]:
        if told is None:  # the script has not said yet what is wanted
            return no_update, no_update
        who = asking()
        ask = asked(told, who.sight, vault.phone_hash)
        wanted = wanted_rows(request)
        rows, newest = read_rows(workplace, who, ask, wanted)
        return grid_page(rows, county, vault.fingerprint), found(rows, ask, wanted.start, newest)

    @app.callback(
        Output("desk-brief", "children"),
        Output("desk-rest", "children"),
        Input("desk-open", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def show_case(told: object, search: str | None) -> tuple[Any, Any]:
        code = told.get("code") if isinstance(told, Mapping) else None
        return read_case(workplace, asking(), code, search or "") if isinstance(code, str) else ([], [])

    @app.callback(
        Output("desk-views", "data"),
        Input("desk-views-ask", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def keep_views(told: object, search: str | None) -> dict[str, Any]:
        return change_views(workplace, asking(), told if isinstance(told, Mapping) else {}, search or "")


def read_rows(workplace: Workplace, who: Asking, ask: Ask, wanted: Wanted) -> tuple[Rows, int]:
    """One block of the list, and the newest case's id. A search is written down before anything of it is handed out: how, and
    how much it found."""
    who.must(Right.CASES)
    at, vault = workplace.clock.now(), workplace.vault
    with workplace.database.read() as session:
        newest = looks.newest_case(session)
        if ask.filter is None:
            return Rows((), 0, False, journal.position(session)), newest
        rows = queue_page(
            session,
            who.sight,
            ask.filter,
            wanted.order,
            wanted.start,
            wanted.most,
            at,
            vault=vault,
            rules=workplace.rules,
        )
    if ask.way is not None:
        detail = {"by": ask.way.value, "found": rows.total, "from": wanted.start}
        with workplace.database.write() as session:
            audit.record(session, vault, who.account, Deed.SEARCHED, at, detail=detail)
    return rows, newest


def read_case(workplace: Workplace, who: Asking, code: str, search: str) -> tuple[list[Component], list[Component]]:
    """The side panel's two parts: above the actions, and below. That it was seen is written down before it is."""
    who.must(Right.CASES)
    at, language = workplace.clock.now(), language_of(search, workplace.languages)
    words, county = workplace.languages[language], workplace.county
    with workplace.database.read() as session:
        told = brief(session, workplace.vault, workplace.rules, who.sight, code, at)
    if told is None:
        return queue_panel.nothing(words), []
    looks.note_look(workplace.database, workplace.vault, who.account, told.row.id, at)
    telling = Telling(county, words, language, told.names)
    return queue_panel.head(told, county, words, search), queue_panel.rest(told, telling)


def change_views(workplace: Workplace, who: Asking, told: Mapping[str, Any], search: str) -> dict[str, Any]:
    """`{"do": "save", "name", "query"}`, `{"do": "delete", "id"}` or `{"do": "list"}`; the account's views afterwards, and why
    one was not saved."""
    who.must(Right.CASES)
    words, why = workplace.languages[language_of(search, workplace.languages)], None
    with workplace.database.write() as session:
        match told:
            case {"do": "save", "name": str(name)}:
                try:
                    views.save_view(session, who.account.id, name, kept(told.get("query")), workplace.clock.now())
                except Refused as refusal:
                    why = said(refusal, workplace.county, {}, words)
            case {"do": "delete", "id": int(view_id)}:
                views.delete_view(session, who.account.id, view_id)
        return {"views": [view._asdict() for view in views.views_of(session, who.account.id)], "refused": why}
