"""Personal data's own room: seals and opens it, and hashes phones so that they can be matched without being read.

AES-256-GCM with a random nonce; the context (table and feed) is authenticated, so a sealed value can't be moved elsewhere.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.report import Person, Report, Role

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
NONCES_AT_ONCE: Final = 512
KEY_ID_BYTES: Final = 4
HASH_BYTES: Final = 16
PHONE_TAIL: Final = 11


class VaultError(Exception):
    """A key is wrong, or a sealed value was sealed with a key this process does not have."""


@dataclass(frozen=True, slots=True)
class _Key:
    key_id: bytes
    cipher: AESGCM
    hash_key: bytes = field(repr=False)


class SealedPersons(NamedTuple):
    """What a report leaves in the vault."""

    sealed: bytes
    caller_hash: bytes | None
    contact_hash: bytes | None


class _Nonces:
    """Random nonces, fetched from the system many at a time. Safe to share between threads."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []
        os.register_at_fork(after_in_child=self._ready.clear)  # two processes must not use the same ones

    def take(self) -> bytes:
        while True:
            try:
                return self._ready.pop()  # atomic: no nonce is given out twice
            except IndexError:
                fresh = os.urandom(NONCE_BYTES * NONCES_AT_ONCE)
                self._ready.extend(fresh[place : place + NONCE_BYTES] for place in range(0, len(fresh), NONCE_BYTES))


class Vault:
    """Seals with the first key, opens with any of them. A key is 32 random bytes, urlsafe base64."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise VaultError("no vault key: set BIHUAN_VAULT_KEY to 32 random bytes in urlsafe base64")
        self._given = tuple(keys)
        self._keys = [_derive(key) for key in keys]
        self._by_id = {key.key_id: key for key in self._keys}
        self._nonces = _Nonces()

    def __reduce__(self) -> tuple[type["Vault"], tuple[tuple[str, ...]]]:
        """A process of ours that seals as well makes its own from the keys."""
        return Vault, (self._given,)

    @property
    def key_id(self) -> str:
        return self._keys[0].key_id.hex()

    def seal(self, plain: bytes, context: str) -> bytes:
        """Key id, nonce and ciphertext of `plain`."""
        key = self._keys[0]
        nonce = self._nonces.take()
        return key.key_id + nonce + key.cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        key = self._by_id.get(bytes(sealed[:KEY_ID_BYTES]))
        if key is None:
            raise VaultError("sealed with a key this process does not have: add it to BIHUAN_VAULT_OLD_KEYS")
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        try:
            return key.cipher.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], context.encode())
        except InvalidTag:
            raise VaultError("a sealed value was altered or moved from its place") from None

    def phone_hash(self, phone: str) -> bytes | None:
        """The keyed hash of a phone's digits (country code dropped), or `None` when there are too few to be one."""
        digits = "".join(filter(str.isdigit, phone))[-PHONE_TAIL:]
        if len(digits) < 7:  # noqa: PLR2004 - the shortest landline
            return None
        return hashlib.blake2b(digits.encode(), key=self._keys[0].hash_key, digest_size=HASH_BYTES).digest()

    def fingerprint(self, raw: bytes) -> str:
        """A keyed name for a message that has no id of its own."""
        return hmac.new(self._keys[0].hash_key, raw, hashlib.sha256).hexdigest()[:32]

    def seal_report(self, report: Report) -> SealedPersons:
        """Persons and original texts of a report."""
        return self._seal_persons(report.persons, (report.title, report.content, report.address, report.result))

    def reseal(self, sealed: bytes) -> SealedPersons:
        """The same content under the first key."""
        return self._seal_persons(*self.open_report(sealed))

    def _seal_persons(self, persons: Sequence[Person], texts: tuple[str, str, str, str]) -> SealedPersons:
        plain = {"persons": [[person.role, person.name, person.phone] for person in persons], "texts": texts}
        by_role = {person.role: self.phone_hash(person.phone) for person in persons}
        sealed = self.seal(orjson.dumps(plain), "vault_reports")
        return SealedPersons(sealed, by_role.get(Role.CALLER), by_role.get(Role.CONTACT))

    def open_report(self, sealed: bytes) -> tuple[tuple[Person, ...], tuple[str, str, str, str]]:
        """Persons, and title, content, address and result as they were written."""
        plain = orjson.loads(self.open(sealed, "vault_reports"))
        persons = tuple(Person(Role(role), name, phone) for role, name, phone in plain["persons"])
        title, content, address, result = plain["texts"]
        return persons, (title, content, address, result)


def new_key() -> str:
    """A fresh random key, as settings write it."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def _derive(key: str) -> _Key:
    try:
        raw = base64.urlsafe_b64decode(key)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise VaultError("a vault key must be 32 bytes in urlsafe base64; make one with: run.py vault new-key")
    material = HKDF(hashes.SHA256(), 2 * KEY_BYTES, salt=None, info=b"bihuan vault 1").derive(raw)
    key_id = hashlib.sha256(b"id" + material).digest()[:KEY_ID_BYTES]
    return _Key(key_id, AESGCM(material[:KEY_BYTES]), material[KEY_BYTES:])
