"""`users`: accounts, as whoever looks after the machine adds, lists and ends them. Each change is in the audit.

A password is typed without being shown, or read from the standard input: a command's arguments are seen by everybody on the
machine, and stay in the shell's history.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.table import Table

from casework.roles import Role
from dashboard.exports.lines import minute
from dashboard.terminal.console import Centre, centre_of, console, place_name
from db import accounts, audit
from db.audit import COMMAND_LINE, Deed
from db.database import Session
from db.models import Account

commands = typer.Typer(no_args_is_help=True, help="Accounts: who signs in, as what, and who no longer does.")

StdinOption = Annotated[bool, typer.Option("--password-stdin", help="read the password from the standard input")]


@commands.command("add")
def add_user(
    context: typer.Context,
    login: str,
    name: Annotated[str, typer.Option(help="the person's name")],
    role: Annotated[Role, typer.Option()],
    unit: Annotated[str | None, typer.Option(help="the code of their unit or grid; see: run.py units")] = None,
    subject: Annotated[str | None, typer.Option(help="what the identity provider calls them; no password then")] = None,
    password_stdin: StdinOption = False,
) -> None:
    """Add an account; the password is asked for."""
    centre = centre_of(context)
    centre.ready()
    password = None if subject is not None and not password_stdin else _password(password_stdin)
    stored = centre.passwords.stored(password) if password is not None else None
    with _changing(centre, login, "added", role=role.value) as session:
        added = accounts.add_account(
            session,
            centre.county,
            login=login,
            name=name,
            role=role,
            unit=unit,
            password_hash=stored,
            at=centre.now(),
            subject=subject,
        )
    console.print(f"{login} is {role} at {place_name(centre.county, added.unit)}")


@commands.command("list")
def list_users(context: typer.Context) -> None:
    """All accounts, disabled ones too: what they did goes on naming them."""
    centre = centre_of(context)
    table = Table("login", "name", "role", "unit", "made", "last seen", "state")
    with centre.ready().read() as session:
        seen = accounts.last_seen(session)
        for each in accounts.accounts(session):
            unit = place_name(centre.county, each.unit)
            instants = (minute(each.created_at), minute(seen.get(each.id)))
            table.add_row(each.login, each.name, each.role, unit, *instants, ", ".join(_states(each, centre)))
    console.print(table)


def _states(row: Account, centre: Centre) -> Iterator[str]:
    if row.disabled_at is not None:
        yield f"disabled since {minute(row.disabled_at)}"
    if row.locked_until is not None and row.locked_until > centre.now():
        yield f"locked until {minute(row.locked_until)}"
    if row.demo:
        yield "demo"
    if row.password_hash is None:
        yield "no password"
    if row.subject is not None:
        yield "single sign-on"


@commands.command("disable")
def disable_users(context: typer.Context, logins: list[str]) -> None:
    """Let nobody sign in with them any more, and show out who is signed in."""
    centre = centre_of(context)
    for login in logins:
        with _changing(centre, login, "disabled") as session:
            ended = accounts.disable(session, login, centre.now())
        console.print(f"{login} is disabled; {ended} sessions ended")


@commands.command("enable")
def enable_user(context: typer.Context, login: str) -> None:
    """Let a disabled account sign in again, or a locked one before its time."""
    with _changing(centre_of(context), login, "enabled") as session:
        accounts.enable(session, login)
    console.print(f"{login} may sign in")


@commands.command("password")
def change_password(context: typer.Context, login: str, password_stdin: StdinOption = False) -> None:
    """Give an account another password; whoever is signed in with it is shown out."""
    centre = centre_of(context)
    with centre.ready().read() as session:
        accounts.account_row(session, login)  # nobody types a password for an account there is not
    stored = centre.passwords.stored(_password(password_stdin))
    with _changing(centre, login, "password") as session:
        ended = accounts.set_password(session, login, stored, centre.now())
    console.print(f"{login} has a new password; {ended} sessions ended")


@commands.command("sign-out")
def sign_out(context: typer.Context, login: str) -> None:
    """End every session of an account."""
    centre = centre_of(context)
    with _changing(centre, login, "signed out") as session:
        ended = accounts.end_sessions(session, accounts.account_row(session, login).id, centre.now())
    console.print(f"{ended} sessions of {login} ended")


@contextmanager
def _changing(centre: Centre, login: str, change: str, **more: Any) -> Iterator[Session]:
    """A transaction that changes an account, and its row in the audit."""
    with centre.ready().write() as session:
        yield session
        detail = {"account": login, "change": change, **more}
        audit.record(session, centre.vault, None, Deed.ACCOUNT_CHANGED, centre.now(), detail=detail, login=COMMAND_LINE)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return typed
