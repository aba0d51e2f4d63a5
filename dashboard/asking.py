"""Who is asking, for the length of one request: set at the office's door, read by its callbacks and routes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from casework.roles import Account, Right, Sight


class NotAllowed(Exception):
    """The account may not do this; the answer is a refusal without a word of data."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The account that asks, what it sees, the session it asks in and the address it comes from."""

    account: Account
    sight: Sight
    sign_in: int
    address: str

    def must(self, right: Right) -> None:
        """Raise `NotAllowed` unless the account's role has that right."""
        if not self.account.may(right):
            raise NotAllowed(right.value)


_ASKING: ContextVar[Asking] = ContextVar("asking")


def asking() -> Asking:
    """Who asks. Raises `NotAllowed` outside a request that came through the office's door."""
    try:
        return _ASKING.get()
    except LookupError:
        raise NotAllowed("nobody is signed in") from None


@contextmanager
def asked_by(who: Asking) -> Iterator[None]:
    """Everything that is called within, in threads too, is asked for by this account."""
    token = _ASKING.set(who)
    try:
        yield
    finally:
        _ASKING.reset(token)
