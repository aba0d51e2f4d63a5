"""The audit: who saw, looked for, revealed, took away or changed what. Read, searched, checked and exported; never changed.

Reading it leaves a row once in ten minutes, every export and every check of its seals one of its own. Cases are told by their
codes alone.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from dash import Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from casework.calendar import SHANGHAI
from casework.roles import Right
from dashboard import notices
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components.attributes import attributes
from dashboard.components.audit_rows import (
    DEEDS,
    TITLES,
    BadAsked,
    BadDay,
    asked,
    fault_sentence,
    file_row,
    grid_rows,
    told_of,
)
from dashboard.components.ops_grid import Column, grid
from dashboard.components.ops_page import said
from dashboard.door import OFFICE
from dashboard.exports.tables import csv_file, pieces, xlsx_file
from dashboard.words import CHINESE, Words, language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import audit
from db.audit import Asked, Deed, End

PATH: Final = "/audit"
EXPORT_PATH: Final = f"{OFFICE}audit/export"
ROWS: Final = 100
LONGEST_ID: Final = 18  # digits: what a database counts by
AGAIN_AFTER: Final = timedelta(minutes=10)
FILTERS: Final = ("login", "kinds", "code", "since", "until")
FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTHS: Final = (10, 20, 18, 22, 24, 80)  # of an export's columns, in characters
COLUMNS: Final = (
    Column("row", TITLES[0], 100, figures=True),
    Column("at", TITLES[1], 170, figures=True),
    Column("login", TITLES[2], 140),
    Column("kind", TITLES[3], 170),
    Column("code", TITLES[4], 170, figures=True),
    Column("detail", TITLES[5]),
)


def layout(visit: Visit) -> Component:
    words = visit.words
    return html.Div(
        [
            html.H1(words[mark("Audit")]),
            html.P(words[mark("Who saw, looked for, revealed, took away or changed what; days are of Beijing time.")]),
            _filters(words),
            html.Div(
                [
                    html.Button(words[mark("Newest")], id="audit-newest", type="button"),
                    html.Button(words[mark("Older")], id="audit-older", type="button"),
                    html.Span(id="audit-told", className="quiet figures", role="status"),
                    _export_form(words, visit.language),
                ],
                className="ops-buttons",
            ),
            grid("audit-rows", COLUMNS, words, height="calc(100vh - 330px)", empty=mark("No row is like that.")),
            html.H2(words[mark("Seals")]),
            html.P(
                words[
                    mark("Each row is sealed together with the one before it: what was changed by force shows here.")
                ],
                className="quiet",
            ),
            html.Div(
                [
                    _field("audit-known", words[mark("An end that was kept elsewhere (optional)")], wide=True),
                    html.Button(words[mark("Check the seals")], id="audit-check", type="button"),
                ],
                className="ops-form",
            ),
            dcc.Loading(said("audit-checked"), delay_show=300),
            dcc.Store(id="audit-shown"),
        ],
        id="audit",
        className="office-sheet",
    )


def _filters(words: Words) -> Component:
    return html.Div(
        [
            _field("audit-login", words[mark("Who (login)")]),
            _kinds(words),
            _field("audit-code", words[mark("Case")]),
            _field("audit-since", words[mark("From (day)")], "2026-11-01"),
            _field("audit-until", words[mark("To (day)")], "2026-11-30"),
            html.Button(words[mark("Show rows")], id="audit-show", type="button", className="main"),
        ],
        className="ops-form",
        role="search",
    )


def _kinds(words: Words) -> Component:
    """Marked and unmarked in the browser; those marked are the data of the store."""
    chips = [
        html.Button(words[msgid], value=deed.value, type="button", className="chip", **attributes(aria_pressed="false"))
        for deed, msgid in DEEDS.items()
    ]
    told = html.Span(words[mark("anything")], id="audit-kinds-told", className="audit-kinds-told")
    return html.Div(
        [
            html.Details(
                [html.Summary([html.Span(words[mark("What")]), told]), html.Div(chips, className="audit-chips")],
                id="audit-kinds",
            ),
            dcc.Store(id="audit-kinds-chosen", data=[]),
        ],
        className="ops-field ops-wide",
    )


def _field(name: str, word: str, example: str = "", *, wide: bool = False) -> Component:
    entry = dcc.Input(id=name, type="text", value="", autoComplete="off", maxLength=80, placeholder=example)
    return html.Div([html.Label(word, htmlFor=name), entry], className="ops-field" + (" ops-wide" if wide else ""))


def _export_form(words: Words, language: str) -> Component:
    """Sends what the list was last asked for, in the body: a login has no place in an address."""
    return html.Form(
        [
            dcc.Input(id="audit-export-asked", type="hidden", name="asked", value="{}"),
            dcc.Input(id="audit-export-language", type="hidden", name="language", value=language),
            html.Button(words[mark("Export CSV")], type="submit", name="format", value="csv"),
            html.Button(words[mark("Export Excel")], type="submit", name="format", value="xlsx"),
        ],
        id="audit-export",
        action=EXPORT_PATH,
        method="post",
        className="ops-buttons audit-export",
        **attributes(aria_label=words[mark("Export what is asked for")]),
    )


PAGE: Final = Page(PATH, mark("Audit"), Right.AUDIT, layout)


def register(app: Dash, workplace: Workplace) -> None:
    @app.callback(
        Output("audit-rows", "rowData"),
        Output("audit-told", "children"),
        Output("audit-shown", "data"),
        Output("audit-export-asked", "value"),
        Input("audit-show", "n_clicks"),
        Input("audit-newest", "n_clicks"),
        Input("audit-older", "n_clicks"),
        *(Input(f"audit-{name}", "n_submit") for name in FILTERS if name != "kinds"),
        *(
            State("audit-kinds-chosen", "data") if name == "kinds" else State(f"audit-{name}", "value")
            for name in FILTERS
        ),
        State("audit-shown", "data"),
        State("address", "search"),
    )
    @in_thread
    def show_rows(*given: Any) -> tuple[list[dict[str, Any]], str, dict[str, Any], str]:
        *values, shown, search = given[-len(FILTERS) - 2 :]
        shown = shown if isinstance(shown, Mapping) else {}
        before = shown.get("last") if ctx.triggered_id == "audit-older" else None
        again = ctx.triggered_id in {"audit-older", "audit-newest"}
        wanted = shown.get("asked", {}) if again else dict(zip(FILTERS, values, strict=True))
        return read_rows(workplace, asking(), wanted, before, words_of(workplace, search))

    @app.callback(
        Output("audit-checked", "children"),
        Input("audit-check", "n_clicks"),
        State("audit-known", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def check(_click: object, known: str | None, search: str | None) -> list[Component]:
        return check_seals(workplace, asking(), known or "", words_of(workplace, search))

    async def export(request: Request) -> Response:
        return await export_rows(workplace, asking(), await request.body())

    app.server.add_api_route(EXPORT_PATH, export, methods=["POST"], include_in_schema=False, response_model=None)


def words_of(workplace: Workplace, search: str | None) -> Words:
    return workplace.languages[language_of(search, workplace.languages)]


def read_rows(
    workplace: Workplace, who: Asking, wanted: Mapping[str, Any], before: object, words: Words
) -> tuple[list[dict[str, Any]], str, dict[str, Any], str]:
    """A page of rows, a sentence about it, what was asked and where the next page begins, and what an export would ask."""
    who.must(Right.AUDIT)
    told = {name: value for name, value in wanted.items() if name in FILTERS and value}
    kept = orjson.dumps(told).decode()
    try:
        conditions = asked(told)
    except BadDay as error:
        return [], words[mark("{day} is no day; write it like 2026-11-22")].format(day=error), {}, "{}"
    note_reading(workplace, who, conditions)
    with workplace.database.read() as session:
        rows = audit.rows(session, conditions, before if isinstance(before, int) else None, ROWS)
    last = rows[-1].id if len(rows) == ROWS else None
    more = words[mark("{n} rows; there are older ones")] if last is not None else words[mark("{n} rows; no older ones")]
    shown = {"asked": told, "last": last if last is not None else (rows[-1].id if rows else before)}
    return grid_rows(rows, words), more.format(n=len(rows)), shown, kept


def note_reading(workplace: Workplace, who: Asking, wanted: Asked) -> None:
    """Once in `AGAIN_AFTER`; written before anything is shown."""
    at = workplace.clock.now()
    mine = Asked(login=who.account.login, kinds=(Deed.AUDIT_READ,), since=at - AGAIN_AFTER)
    with workplace.database.read() as session:
        if any("checked" not in row.detail for row in audit.rows(session, mine)):
            return
    with workplace.database.write() as session:
        audit.record(session, workplace.vault, who.account, Deed.AUDIT_READ, at, detail=told_of(wanted))


def check_seals(workplace: Workplace, who: Asking, known: str, words: Words) -> list[Component]:
    """`known`: an earlier end, "ID:SEAL", that the audit must still go through; empty for none."""
    who.must(Right.AUDIT)
    try:
        earlier = end_from(known)
    except ValueError:
        return [html.P(words[mark("An end looks like 1234:0a1b2c…, as an earlier check told it.")])]
    at = workplace.clock.now()
    with workplace.database.read() as session:
        faults = audit.faults(session, workplace.vault)
        end = audit.end_of(session, workplace.vault)
        lost = earlier is not None and audit.seal_of(session, earlier.id) != earlier.seal
    sentences = [fault_sentence(fault, words) for fault in faults[:ROWS]]
    if lost:
        sentences.append(words[mark("the audit no longer goes through the end that was kept elsewhere")])
    with workplace.database.write() as session:
        detail = {"checked": True, "faults": len(faults) + lost}
        audit.record(session, workplace.vault, who.account, Deed.AUDIT_READ, at, detail=detail)
    told = [html.P(sentence, className="late") for sentence in sentences] or [
        html.P(words[mark("Every row is as it was sealed.")], className="ops-well")
    ]
    kept = words[mark("The end is {end}; keep it somewhere else, and a later check can be asked about it.")]
    ends = [html.P(kept.format(end=f"{end.id}:{end.seal.hex()}"), className="figures")] if end is not None else []
    return [*told, *ends]


def end_from(text: str) -> End | None:
    """Raises ValueError for what is no end."""
    if not text.strip():
        return None
    row_id, _, seal = text.strip().partition(":")
    if len(row_id) > LONGEST_ID:
        raise ValueError(row_id)
    return End(int(row_id), bytes.fromhex(seal))


def told_asked(told: object) -> Mapping[str, Any]:
    """Raises `BadAsked` for what is no question at all."""
    if not isinstance(told, dict):
        raise BadAsked("no question")
    return told


async def export_rows(workplace: Workplace, who: Asking, body: bytes) -> Response:
    """All rows that are asked for, the oldest first, as a file. A form that is no form of ours is refused."""
    if not (who.account.may(Right.AUDIT) and who.account.may(Right.EXPORT)):
        return HTMLResponse(notices.NOT_YOURS, 403)
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    try:
        told = orjson.loads(form.get("asked", "{}"))
        conditions = asked(told_asked(told))
    except ValueError:  # no JSON, or not asked as we ask
        return HTMLResponse(notices.NOT_UNDERSTOOD, 400)
    kind = form.get("format", "csv")
    if kind not in FORMATS:
        return HTMLResponse(notices.NOT_UNDERSTOOD, 400)
    words = workplace.languages.get(form.get("language", ""), workplace.languages[CHINESE])
    at = workplace.clock.now()
    file = await asyncio.to_thread(_packed, workplace, who, conditions, kind, at, words)
    return StreamingResponse(
        pieces(file),
        media_type=FORMATS[kind],
        headers={"content-disposition": f'attachment; filename="audit-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.{kind}"'},
    )


def _packed(
    workplace: Workplace, who: Asking, wanted: Asked, kind: str, at: datetime, words: Words
) -> SpooledTemporaryFile[bytes]:
    """That it is taken away is written down first, so the file itself tells of it."""
    detail = {"what": "audit", "format": kind, **told_of(wanted)}
    with workplace.database.write() as session:
        audit.record(session, workplace.vault, who.account, Deed.EXPORTED, at, detail=detail)
    titles = [words[title] for title in TITLES]
    with workplace.database.read() as session:
        rows = (file_row(row, words) for row in audit.every_row(session, wanted))
        return csv_file(titles, rows) if kind == "csv" else xlsx_file(words[mark("Audit")], titles, WIDTHS, rows)
