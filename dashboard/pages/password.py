"""One's own password: changed by who knows the present one. Every other session of the account ends, and the audit says so."""

from functools import partial
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components.ops_page import said
from dashboard.components.ops_people import password_fault, password_rule
from dashboard.door import PASSWORD_PATH
from dashboard.machine import Machine
from dashboard.words import Words, language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import accounts, audit
from db.accounts import Answer
from db.audit import Deed
from db.passwords import MOST_CHARACTERS

FIELDS: Final = ("current", "new", "again")
EMPTIED: Final = ("",) * len(FIELDS)


def layout(visit: Visit) -> Component:
    words = visit.words
    return html.Div(
        [
            html.H1(words[mark("Your password")]),
            html.P([words[mark("Account")], " ", html.B(visit.who.account.login), f" · {visit.who.account.name}"]),
            html.P(password_rule(words), className="quiet"),
            html.P(words[mark("You stay signed in here; wherever else you are signed in, you are shown out.")]),
            *_field("current", words[mark("Present password")], "current-password"),
            *_field("new", words[mark("New password")], "new-password"),
            *_field("again", words[mark("New password, once more")], "new-password"),
            html.Div(
                html.Button(words[mark("Set password")], id="password-set", type="button", className="main"),
                className="password-row",
            ),
            said("password-told"),
        ],
        id="password",
        className="office-sheet password",
    )


def _field(name: str, word: str, kind: str) -> tuple[Component, Component]:
    entry = dcc.Input(id=f"password-{name}", type="password", value="", maxLength=MOST_CHARACTERS, autoComplete=kind)
    return html.Label(word, htmlFor=f"password-{name}"), entry


PAGE: Final = Page(PASSWORD_PATH, mark("Your password"), None, layout, listed=False)


def register(app: Dash, workplace: Workplace, machine: Machine) -> None:
    @app.callback(
        Output("password-told", "children"),
        *(Output(f"password-{name}", "value") for name in FIELDS),
        Input("password-set", "n_clicks"),
        Input("password-again", "n_submit"),
        *(State(f"password-{name}", "value") for name in FIELDS),
        State("address", "search"),
        prevent_initial_call=True,
    )
    @in_thread
    def change(_click: object, _submit: object, *given: Any) -> tuple[str, ...]:
        *typed, search = given
        words = workplace.languages[language_of(search, workplace.languages)]
        texts = (text if isinstance(text, str) else "" for text in typed)
        return change_password(workplace, machine, asking(), *texts, words=words), *EMPTIED


def change_password(
    workplace: Workplace, machine: Machine, who: Asking, current: str, new: str, again: str, *, words: Words
) -> str:
    """What came of it, in a sentence. A wrong present password counts as one at the door does: too many lock the account."""
    fault = password_fault(new, words)
    if fault is None and new != again:
        fault = words[mark("The new password was typed differently the second time.")]
    if fault is None and new == current:
        fault = words[mark("That is the present password.")]
    if fault is not None:
        return fault
    login, at = who.account.login, workplace.clock.now()
    note = partial(audit.record, vault=workplace.vault, account=who.account, kind=Deed.ACCOUNT_CHANGED, at=at)
    with workplace.database.read() as session:
        known = accounts.stored(session, login)
    if known is None or known.password_hash is None:
        return words[mark("You sign in elsewhere: there is no password of yours here.")]
    if known.refusal(at) is Answer.LOCKED:
        return words[mark("Too many wrong passwords; please try again later.")]
    if not machine.passwords.fits(known.password_hash, current):
        with workplace.database.write() as session:
            accounts.note_failure(session, who.account.id, at)
            note(session, detail={"account": login, "change": "wrong password"})
        return words[mark("The present password is wrong.")]
    stored = machine.passwords.stored(new)
    with workplace.database.write() as session:
        now = accounts.stored(session, login, hold=True)
        if now is None or now.password_hash != known.password_hash or now.refusal(at) is not None:
            return words[mark("The account was changed meanwhile; please try again.")]
        ended = accounts.set_password(session, login, stored, at, but=who.sign_in)
        note(session, detail={"account": login, "change": "own password"})
    return words[mark("Your password is changed; {n} other sessions ended.")].format(n=ended)
