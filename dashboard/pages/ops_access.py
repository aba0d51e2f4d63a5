"""Operations, who is let in: the displays with a link, and the accounts. Each change leaves a row in the audit."""

from collections import Counter
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from dash import Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from casework.roles import Right, Role
from dashboard.asking import Asking, asking
from dashboard.auth import LINK_PATH
from dashboard.callbacks import in_thread
from dashboard.components import ops_page, ops_people
from dashboard.components.ops_people import Filled, filled
from dashboard.machine import Machine
from dashboard.pages.ops_given import Told, rows_of, words_of
from dashboard.words import Words, mark
from dashboard.workplace import Workplace
from db import accounts, audit, device_links
from db.audit import Deed
from db.database import DatabaseAway, Session


def register(app: Dash, workplace: Workplace, machine: Machine) -> None:
    _register_lists(app, workplace)
    _register_links(app, workplace)
    _register_accounts(app, workplace, machine)
    _register_new_account(app, workplace, machine)


def _register_lists(app: Dash, workplace: Workplace) -> None:
    @app.callback(
        Output("ops-links", "rowData"),
        Output("ops-accounts", "rowData"),
        Input("ops-people-tick", "n_intervals"),
        Input("ops-links-told", "children"),
        Input("ops-accounts-told", "children"),
        Input("ops-added-told", "children"),
        State("address", "search"),
    )
    @in_thread
    def show_people(*given: Any) -> tuple[Any, Any]:
        asking().must(Right.PEOPLE)
        try:
            return read_people(workplace, words_of(workplace, given[-1]))
        except DatabaseAway:
            return no_update, no_update


def _register_links(app: Dash, workplace: Workplace) -> None:
    @app.callback(
        Output("ops-links-told", "children"),
        Output("ops-link-name", "value"),
        Input("ops-link-new", "n_clicks"),
        Input("ops-link-revoke", "submit_n_clicks"),
        State("ops-link-name", "value"),
        State("ops-link-drives-chosen", "data"),
        State("ops-links", "selectedRows"),
        State("address", "href"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def change_links(_new: object, _revoke: object, name: object, drives: object, marked: object, href: object,
                     search: str | None) -> tuple[Told, Any]:  # fmt: skip
        words = words_of(workplace, search)
        if ctx.triggered_id == "ops-link-new":
            return make_link(workplace, asking(), name, drives=bool(drives), page=str(href), words=words), ""
        return revoke_links(workplace, asking(), marked, words), no_update


def _register_accounts(app: Dash, workplace: Workplace, machine: Machine) -> None:
    @app.callback(
        Output("ops-accounts-told", "children"),
        Output("ops-account-new-password", "value"),
        Input("ops-account-disable", "submit_n_clicks"),
        Input("ops-account-enable", "n_clicks"),
        Input("ops-account-out", "n_clicks"),
        Input("ops-account-password", "n_clicks"),
        State("ops-accounts", "selectedRows"),
        State("ops-account-new-password", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def change_account(*given: Any) -> tuple[Told, str]:
        marked, password, search = given[-3:]
        do = str(ctx.triggered_id).removeprefix("ops-account-")
        words = words_of(workplace, search)
        return change_marked(workplace, machine, asking(), do, marked, password or "", words), ""


def _register_new_account(app: Dash, workplace: Workplace, machine: Machine) -> None:
    @app.callback(
        Output("ops-added-told", "children"),
        Output("ops-add-password", "value"),
        Input("ops-add", "n_clicks"),
        State("ops-add-login", "value"),
        State("ops-add-name", "value"),
        State("ops-add-role-chosen", "data"),
        State("ops-add-unit", "value"),
        State("ops-add-password", "value"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def add_account(_click: object, *given: Any) -> tuple[Told, str]:
        *told, search = given
        return add(workplace, machine, asking(), filled(*told), words_of(workplace, search)), ""

    @app.callback(
        Output("ops-add-units", "children"),
        Output("ops-add-unit", "value"),
        Input("ops-add-role-chosen", "data"),
        Input("ops-add-unit", "value"),
        prevent_initial_call=True,
    )
    @in_thread
    def offer_units(role: str | None, typed: str | None) -> tuple[list[Component], Any]:
        asking().must(Right.PEOPLE)
        anew = ctx.triggered_id == "ops-add-role-chosen"
        names = ops_people.units_told(role, "" if anew else typed or "", workplace.county)
        return [html.Option(value=name) for name in names], "" if anew else no_update


def read_people(workplace: Workplace, words: Words) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the links and of the accounts."""
    at = workplace.clock.now()
    with workplace.database.read() as session:
        links = ops_people.link_rows(device_links.links(session), words)
        sessions = Counter(each.account.id for each in accounts.in_force(session, at).values())
        seen = accounts.last_seen(session)
        rows = accounts.accounts(session)
        return links, ops_people.account_rows(rows, seen, sessions, workplace.county, at, words)


def make_link(workplace: Workplace, who: Asking, name: object, *, drives: bool, page: str, words: Words) -> Told:
    """`page`: the address this page was opened under, which is where a display finds us too."""
    who.must(Right.PEOPLE)
    given = name.strip()[: ops_page.LONGEST_NAME] if isinstance(name, str) else ""
    if not given:
        return words[mark("What is the display called?")]
    at = workplace.clock.now()
    with workplace.database.write() as session:
        token = device_links.new_link(session, given, at, drives=drives)
        _note(workplace, who, session, Deed.LINK_CHANGED, at, display=given, change="made", drives=drives)
    here = urlsplit(page)
    open_it = words[
        mark("Open this address on {display} itself, within {days} days. It works once and is shown only now:")
    ]
    return [
        html.P(open_it.format(display=given, days=device_links.OPEN_WITHIN.days)),
        html.Code(f"{here.scheme}://{here.netloc}{LINK_PATH}{token}", className="ops-address"),
    ]


def revoke_links(workplace: Workplace, who: Asking, marked: object, words: Words) -> Told:
    who.must(Right.PEOPLE)
    name = next((row["name"] for row in rows_of(marked) if isinstance(row.get("name"), str)), None)
    if name is None:
        return words[mark("Nothing is marked.")]
    at = workplace.clock.now()
    with workplace.database.write() as session:
        count = device_links.revoke_links(session, name, at)
        if count:
            _note(workplace, who, session, Deed.LINK_CHANGED, at, display=name, change="revoked", links=count)
    return words[mark("{n} links of {display} taken back")].format(n=count, display=name)


def change_marked(
    workplace: Workplace, machine: Machine, who: Asking, do: str, marked: object, password: str, words: Words
) -> Told:
    """`do`: "disable", "enable", "out" or "password". Nobody does it to their own account."""
    who.must(Right.PEOPLE)
    login = next((row["login"] for row in rows_of(marked) if isinstance(row.get("login"), str)), None)
    if login is None:
        return words[mark("Nothing is marked.")]
    if login == who.account.login:
        return words[mark("This is your own account: somebody else has to do that.")]
    fault = ops_people.password_fault(password, words) if do == "password" else None
    if fault is not None:
        return fault
    stored = machine.passwords.stored(password) if do == "password" else ""
    at = workplace.clock.now()
    with workplace.database.write() as session:
        match do:
            case "disable":
                ended, change = accounts.disable(session, login, at), "disabled"
            case "enable":
                accounts.enable(session, login)
                ended, change = 0, "enabled"
            case "password":
                ended, change = accounts.set_password(session, login, stored, at), "password"
            case _:
                account_id = accounts.account_row(session, login).id
                ended, change = accounts.end_sessions(session, account_id, at), "signed out"
        _note(workplace, who, session, Deed.ACCOUNT_CHANGED, at, account=login, change=change)
    return words[CHANGES[change]].format(login=login, n=ended)


CHANGES: Final = {
    "disabled": mark("{login} is disabled; {n} sessions ended"),
    "enabled": mark("{login} may sign in"),
    "password": mark("{login} has a new password; {n} sessions ended"),
    "signed out": mark("{n} sessions of {login} ended"),
}


def add(workplace: Workplace, machine: Machine, who: Asking, told: Filled, words: Words) -> Told:
    who.must(Right.PEOPLE)
    told = told._replace(unit=ops_people.unit_code(told.role, told.unit, workplace.county))
    with workplace.database.read() as session:
        taken = {row.login for row in accounts.accounts(session)}
    fault = ops_people.account_fault(told, taken, words)
    if fault is not None:
        return fault
    stored, at = machine.passwords.stored(told.password), workplace.clock.now()
    with workplace.database.write() as session:
        added = accounts.add_account(
            session,
            workplace.county,
            login=told.login,
            name=told.name[: ops_page.LONGEST_NAME],
            role=Role(told.role),
            unit=told.unit or None,
            password_hash=stored,
            at=at,
        )
        _note(workplace, who, session, Deed.ACCOUNT_CHANGED, at, account=added.login, change="added", role=told.role)
    return words[CHANGES["enabled"]].format(login=added.login)


def _note(workplace: Workplace, who: Asking, session: Session, deed: Deed, at: datetime, **detail: object) -> None:
    audit.record(session, workplace.vault, who.account, deed, at, detail=detail)
