"""How people sign in and are known afterwards: what the dashboard's door asks, each method a few transactions of its own."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from casework.roles import Account
from db import accounts, audit
from db.accounts import Answer, Attempt, SignedIn, Stored
from db.audit import Deed
from db.database import Database
from db.passwords import Passwords
from db.vault import Vault


class DatabaseSignIns:
    """The sessions of one database. Every method may block, and raises `DatabaseAway` while the database is."""

    def __init__(
        self, database: Database, vault: Vault, now: Callable[[], datetime], passwords: Passwords | None = None
    ) -> None:
        self._database = database
        self._vault = vault
        self._now = now
        self._passwords = passwords or Passwords()

    def try_password(self, login: str, password: str, address: str, agent: str) -> Attempt:
        """Sign in, or not. While an account is locked its password is not looked at: guessing on is no use.

        Every way through it takes as long as looking at a password does, so that nobody learns which logins there are.
        """
        with self._database.read() as session:
            known = accounts.stored(session, login)
        locked = known is not None and known.refusal(self._now()) is Answer.LOCKED
        fits = self._passwords.fits(known.password_hash if known is not None and not locked else None, password)
        if known is None:
            return self._refused(None, Answer.WRONG, address)
        if locked or not fits:
            return self._refused(known.account, Answer.LOCKED if locked else Answer.WRONG, address)
        return self._admitted(known, address, agent, by_password=True)

    def by_subject(self, subject: str, address: str, agent: str) -> Attempt:
        """Sign in whom an identity provider vouches for, if there is an account for them. Its locks are the provider's."""
        with self._database.read() as session:
            known = accounts.by_subject(session, subject)
        if known is None:
            return self._refused(None, Answer.WRONG, address)
        return self._admitted(known, address, agent, by_password=False)

    def in_force(self) -> Mapping[str, SignedIn]:
        """Every session in force, by the hash of its token."""
        with self._database.read() as session:
            return accounts.in_force(session, self._now())

    def mark_seen(self, sign_in_ids: Collection[int]) -> None:
        with self._database.write() as session:
            accounts.mark_seen(session, list(sign_in_ids), self._now())

    def end(self, signed_in: SignedIn) -> None:
        """Sign out."""
        with self._database.write() as session:
            accounts.end_session(session, signed_in.id, self._now())
            audit.record(session, self._vault, signed_in.account, Deed.SIGNED_OUT, self._now())

    def _admitted(self, known: Stored, address: str, agent: str, *, by_password: bool) -> Attempt:
        """Begin a session, if the account is still what it was when the password was looked at, which takes a while: many guesses
        at once must not come to more than one after the other, and who was put out meanwhile stays out."""
        at = self._now()
        with self._database.write() as session:
            now = accounts.stored(session, known.account.login, hold=True)
            answer = _answer(known, now, at) if by_password else _answer_elsewhere(now)
            if answer is Answer.ADMITTED:
                accounts.note_success(session, known.account.id)
                token = accounts.begin_session(session, known.account.id, at, address, agent)
                audit.record(session, self._vault, known.account, Deed.SIGNED_IN, at, detail={"address": address})
                return Attempt(Answer.ADMITTED, known.account, token)
        return self._refused(known.account, answer, address)

    def _refused(self, account: Account | None, answer: Answer, address: str) -> Attempt:
        """Written down under the account's login; a login nobody has may be a password typed in the wrong field."""
        at = self._now()
        with self._database.write() as session:
            if account is not None and answer is Answer.WRONG:
                accounts.note_failure(session, account.id, at)
            detail = {"why": answer.value, "address": address}
            audit.record(session, self._vault, account, Deed.SIGN_IN_FAILED, at, detail=detail)
        return Attempt(answer)


def _answer(seen: Stored, now: Stored | None, at: datetime) -> Answer:
    """For who knows the password that was stored when it was looked at."""
    if now is None or now.password_hash != seen.password_hash:
        return Answer.WRONG
    return now.refusal(at) or Answer.ADMITTED


def _answer_elsewhere(now: Stored | None) -> Answer:
    return Answer.DISABLED if now is None or now.disabled else Answer.ADMITTED
