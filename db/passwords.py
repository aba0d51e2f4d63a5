"""Passwords: what is stored of them, and whether one is right. Knows no account.

argon2id with the library's own parameters (RFC 9106); checking takes tens of milliseconds and 64 MiB by design, so it happens
outside any transaction and few at a time.
"""

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casework.roles import BadAccount

LEAST_CHARACTERS: Final = 12  # NIST SP 800-63B asks for 15 without a second factor, 8 with one; ours is between
MOST_CHARACTERS: Final = 256
AT_ONCE: Final = 2


class Passwords:
    """Makes and checks stored passwords. Threads may share one."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash("nobody has this password")

    def stored(self, password: str) -> str:
        """What to store of a new password; raises `BadAccount` when it is too short or too long."""
        if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
            raise BadAccount(f"a password needs {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
        if len(set(password)) < LEAST_CHARACTERS // 3:
            raise BadAccount("a password of so few different characters is guessed at once")
        with self._room:
            return self._hasher.hash(_written(password))

    def fits(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one. Without one (no such account) it takes as long, and is wrong."""
        if len(password) > MOST_CHARACTERS:
            return False
        with self._room:
            try:
                self._hasher.verify(stored or self._nobodys, _written(password))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None


def _written(password: str) -> bytes:
    """One spelling of it, whichever keyboard it was typed on; what is no text is a password like any other."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
