"""Accounts and the sessions of those who signed in, as rows: each function is one step inside the caller's transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from casework.county import County
from casework.roles import LOGIN, BadAccount, Role, checked_unit
from casework.roles import Account as Person
from db.device_links import hash_of
from db.models import Account, SignIn

FAILURES_ALLOWED: Final = 5
FIRST_LOCK: Final = timedelta(minutes=1)  # doubled with each further failure
LONGEST_LOCK: Final = timedelta(minutes=15)
LASTS: Final = timedelta(hours=12)  # one shift
IDLE: Final = timedelta(hours=2)
SEEN_EVERY: Final = timedelta(minutes=1)


class Answer(StrEnum):
    """What came of an attempt to sign in. Whoever tries is told no difference between the last three: that an account is locked
    would tell that there is one."""

    ADMITTED = "admitted"
    WRONG = "wrong"
    LOCKED = "locked"
    DISABLED = "disabled"


class SignedIn(NamedTuple):
    """A session in force."""

    id: int
    account: Person
    seen_at: datetime


class Attempt(NamedTuple):
    """`token`: the new session's, told only this once."""

    answer: Answer
    account: Person | None = None
    token: str | None = None


class Stored(NamedTuple):
    """What an attempt to sign in is checked against. `password_hash` is None for who signs in elsewhere."""

    account: Person
    password_hash: str | None
    locked_until: datetime | None
    disabled: bool

    def refusal(self, at: datetime) -> Answer | None:
        """Why nobody signs in with it at that time, whatever they know."""
        if self.locked_until is not None and self.locked_until > at:
            return Answer.LOCKED
        return Answer.DISABLED if self.disabled else None


def person_of(row: Account) -> Person:
    return Person(row.id, row.login, row.name, Role(row.role), row.unit)


def add_account(
    session: Session,
    county: County,
    *,
    login: str,
    name: str,
    role: Role,
    unit: str | None,
    password_hash: str | None,
    at: datetime,
    subject: str | None = None,
    demo: bool = False,
) -> Person:
    """A new account; raises `BadAccount` when there is one of that login, or it does not fit the county."""
    unit = checked_unit(login, role, unit, county)
    if not name.strip():
        raise BadAccount("an account needs the name of the person it is for")
    if password_hash is None and subject is None:
        raise BadAccount(f"{login}: an account needs a password, or the subject the identity provider knows it by")
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        raise BadAccount(f"there is an account {login} already")
    if subject is not None and session.scalar(select(Account.id).where(Account.subject == subject)) is not None:
        raise BadAccount(f"{login}: the identity provider's subject belongs to another account")
    row = Account(
        login=login,
        name=name.strip(),
        role=role.value,
        unit=unit,
        password_hash=password_hash,
        subject=subject,
        demo=demo,
        created_at=at,
        failures=0,
    )
    session.add(row)
    session.flush()
    return person_of(row)


def accounts(session: Session) -> Sequence[Account]:
    """Every account there ever was, by login."""
    return session.scalars(select(Account).order_by(Account.login)).all()


def named(session: Session, account_ids: Sequence[int]) -> dict[int, Person]:
    """Accounts by id, disabled ones too: the journal and the audit go on naming them."""
    rows = session.scalars(select(Account).where(Account.id.in_(account_ids)))
    return {row.id: person_of(row) for row in rows}


def names_of_logins(session: Session) -> dict[str, str]:
    """The persons' names by login, for time lines."""
    rows = session.execute(select(Account.login, Account.name)).all()
    return {row.login: row.name for row in rows}


def account_row(session: Session, login: str) -> Account:
    """The account of that login; raises `BadAccount` when there is none."""
    row = session.scalar(select(Account).where(Account.login == login))
    if row is None:
        raise BadAccount(f"there is no account {login}; see: run.py users list")
    return row


def disable(session: Session, login: str, at: datetime) -> int:
    """Nobody signs in with it any more, and who is signed in is shown out; how many sessions that ended."""
    row = account_row(session, login)
    row.disabled_at = row.disabled_at or at
    return end_sessions(session, row.id, at)


def enable(session: Session, login: str) -> None:
    row = account_row(session, login)
    row.disabled_at, row.failures, row.locked_until = None, 0, None


def set_password(session: Session, login: str, password_hash: str, at: datetime, but: int | None = None) -> int:
    """Another password, which ends every session (but the one of that id) and every lock; how many sessions that ended."""
    row = account_row(session, login)
    row.password_hash, row.demo, row.failures, row.locked_until = password_hash, False, 0, None
    return end_sessions(session, row.id, at, but)


def end_sessions(session: Session, account_id: int, at: datetime, but: int | None = None) -> int:
    """End the account's sessions, but the one of that id."""
    mine = update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.id != (but or 0))
    return session.connection().execute(mine.values(ended_at=at)).rowcount


def end_session(session: Session, sign_in_id: int, at: datetime) -> None:
    session.connection().execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=at)
    )


def sessions_of(session: Session, account_id: int, at: datetime) -> Sequence[SignIn]:
    """The account's sessions in force, the newest first."""
    return session.scalars(
        select(SignIn).where(SignIn.account_id == account_id, *_in_force(at)).order_by(SignIn.id.desc())
    ).all()


def last_seen(session: Session) -> dict[int, datetime]:
    """When each account was last used, by its id."""
    rows = select(SignIn.account_id, func.max(SignIn.seen_at)).group_by(SignIn.account_id)
    return dict(session.execute(rows).all())


def demo_logins(session: Session) -> list[str]:
    """The accounts somebody could sign in to with a password that is printed and kept in a file."""
    found = select(Account.login).where(Account.demo, Account.disabled_at.is_(None))
    return list(session.scalars(found.order_by(Account.login)))


def stored(session: Session, login: str, *, hold: bool = False) -> Stored | None:
    """The account of that login; `hold`: nobody else changes it until the transaction ends."""
    if LOGIN.fullmatch(login) is None:
        return None
    found = select(Account).where(Account.login == login)
    return _stored(session.scalar(found.with_for_update() if hold else found))


def by_subject(session: Session, subject: str) -> Stored | None:
    """The account an identity provider knows by that subject."""
    return _stored(session.scalar(select(Account).where(Account.subject == subject)))


def _stored(row: Account | None) -> Stored | None:
    if row is None:
        return None
    return Stored(person_of(row), row.password_hash, row.locked_until, row.disabled_at is not None)


def begin_session(session: Session, account_id: int, at: datetime, address: str, agent: str) -> str:
    """A new session; its token is told only here."""
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            account_id=account_id,
            token_hash=hash_of(token),
            created_at=at,
            seen_at=at,
            expires_at=at + LASTS,
            address=address[:64],
            agent=agent[:256],
        )
    )
    return token


def note_failure(session: Session, account_id: int, at: datetime) -> None:
    """One more wrong password; from the `FAILURES_ALLOWED`th on the account is locked for a while."""
    row = session.get(Account, account_id, with_for_update=True)
    if row is None:
        return
    row.failures += 1
    beyond = row.failures - FAILURES_ALLOWED
    if beyond >= 0:
        row.locked_until = at + min(LONGEST_LOCK, FIRST_LOCK * 2 ** min(beyond, 10))


def note_success(session: Session, account_id: int) -> None:
    session.connection().execute(update(Account).where(Account.id == account_id).values(failures=0, locked_until=None))


def in_force(session: Session, at: datetime) -> dict[str, SignedIn]:
    """Every session in force, by the hash of its token."""
    rows = session.execute(
        select(SignIn.token_hash, SignIn.id, SignIn.seen_at, Account)
        .join(Account, Account.id == SignIn.account_id)
        .where(*_in_force(at), Account.disabled_at.is_(None))
    )
    return {token_hash: SignedIn(sign_in_id, person_of(row), seen_at) for token_hash, sign_in_id, seen_at, row in rows}


def mark_seen(session: Session, sign_in_ids: Sequence[int], at: datetime) -> None:
    """Sessions in use; one that has ended meanwhile, or was idle for too long, stays so."""
    session.connection().execute(update(SignIn).where(SignIn.id.in_(sign_in_ids), *_in_force(at)).values(seen_at=at))


def _in_force(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (SignIn.ended_at.is_(None), SignIn.expires_at > at, SignIn.seen_at > at - IDLE)
