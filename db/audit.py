"""Who saw, looked for, revealed, took away or changed what: written in the transaction of the thing itself, never changed.

The database refuses to change or delete a row (triggers). What its owner does by force shows in `faults`: each row carries a
seal over itself and the one before it, and the end (`AuditHead`) one of its own, so that rows cut off at the end are missed too.

The keys of the seals are the audit's own (`AuditKey`), kept sealed by the vault, so that they outlive the vault's keys. With each
new vault key a new one is begun: who has an old vault key and a copy of the database can't rewrite what was sealed before, for
the first seal after it would not fit, nor seal what comes after. What no seal can tell is an audit put back whole as it once was,
head and keys included: against that, keep what `end_of` says elsewhere, and ask `seal_of` about it later.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from casework.roles import Account
from db.models import AuditHead, AuditKey, AuditRow, Case
from db.vault import HASH_BYTES, KEY_BYTES, Vault

LOCK: Final = 0x6175646974  # "audit"
HEAD: Final = 1  # the id of the head's only row
NOTHING_BEFORE: Final = b""
NOBODY: Final = ""
COMMAND_LINE: Final = "command line"  # the login of whoever needs none: no account's, for it has a blank
CHUNK: Final = 2_000


class Deed(StrEnum):
    """What is written down."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    VIEWED = "viewed"
    SEARCHED = "searched"
    LISTED = "listed"
    REVEAL_ASKED = "reveal_asked"
    REVEAL_GRANTED = "reveal_granted"
    REVEAL_REFUSED = "reveal_refused"
    REVEALED = "revealed"
    EXPORTED = "exported"
    ACTED = "acted"
    ACT_REFUSED = "act_refused"
    MATCH_DECIDED = "match_decided"
    MEETING = "meeting"
    DECIDED = "decided"
    LETTER_SETTLED = "letter_settled"
    LINK_CHANGED = "link_changed"
    ACCOUNT_CHANGED = "account_changed"
    AUDIT_READ = "audit_read"
    VAULT_ROTATED = "vault_rotated"


class FaultKind(StrEnum):
    """What is wrong at a row."""

    ALTERED = "altered"  # it does not say what was sealed
    GAP = "gap"  # what was before it is gone
    END = "end"  # what was after it is gone, or the mark of the end is


class Fault(NamedTuple):
    """`id`: of the row; of the last one there is, at the end (0: there is none)."""

    id: int
    kind: FaultKind


class End(NamedTuple):
    """What the audit ended with at some time."""

    id: int
    seal: bytes


class Row(NamedTuple):
    """A row as the audit's page shows it. `code`: of the case it is about."""

    id: int
    at: datetime
    account_id: int | None
    login: str
    kind: str
    case_id: int | None
    code: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are wanted; what is None is not asked about. `until` is exclusive."""

    login: str | None = None
    kinds: tuple[str, ...] = ()
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    session: Session,
    vault: Vault,
    account: Account | None,
    kind: Deed,
    at: datetime,
    *,
    case_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    login: str = NOBODY,
) -> None:
    """Write a row; `login`: who tried, where there is no account. `detail` must hold no personal data.

    Rows are written one after the other (a lock to the transaction's end): ids rise without gaps, as the seals need. So this is
    the last thing a transaction does; one that appends to the journal has its lock by then, which must come first everywhere.
    """
    _hold(session)
    session.flush()
    before = _end_to_build_on(session, vault)
    row = AuditRow(
        id=before.id + 1,
        at=at.astimezone(UTC),
        account_id=account.id if account is not None else None,
        login=account.login if account is not None else login[:64],
        kind=kind.value,
        case_id=case_id,
        detail=dict(detail or {}),
    )
    key = _key_of(session, vault, row.id) or _begin_key(session, vault, row.id)
    row.seal = _sealed(key, before.seal, _told(row))
    session.add(row)
    session.merge(AuditHead(id=HEAD, last_id=row.id, last_seal=row.seal, seal=_head_seal(key, row.id, row.seal)))
    session.flush()


def rotate(session: Session, vault: Vault, at: datetime) -> None:
    """Seal the audit's keys with the vault's first key, and go on with a new one of them; the rows keep their seals."""
    _hold(session)
    following = _end_to_build_on(session, vault).id + 1
    for kept in session.scalars(select(AuditKey)):
        kept.sealed = vault.seal(vault.open(kept.sealed, _context(kept.first_id)), _context(kept.first_id))
    if not _nothing_yet(session):
        _begin_key(session, vault, following)
    record(session, vault, None, Deed.VAULT_ROTATED, at, detail={"key": vault.key_id}, login=COMMAND_LINE)


def faults(session: Session, vault: Vault) -> list[Fault]:
    """Where the audit is not what was written: altered rows, rows that are gone, an end that is not the last one written.

    Raises `VaultError` when one of the audit's keys was itself altered, or is sealed with a key this process does not have.
    """
    keys = [
        (kept.first_id, _opened(vault, kept)) for kept in session.scalars(select(AuditKey).order_by(AuditKey.first_id))
    ]
    found: list[Fault] = []
    last = End(0, NOTHING_BEFORE)
    for row in session.scalars(select(AuditRow).order_by(AuditRow.id).execution_options(yield_per=CHUNK)):
        key = next((key for first_id, key in reversed(keys) if first_id <= row.id), None)
        if row.id != last.id + 1:
            found.append(Fault(row.id, FaultKind.GAP))
        elif key is None or bytes(row.seal) != _sealed(key, last.seal, _told(row)):
            found.append(Fault(row.id, FaultKind.ALTERED))
        last = End(row.id, bytes(row.seal))
    if end_of(session, vault) != last and not (last.id == 0 and _nothing_yet(session)):
        found.append(Fault(last.id, FaultKind.END))
    return found


def end_of(session: Session, vault: Vault) -> End | None:
    """The audit's end as it was last written; None when it is not what was written, or nothing was."""
    head = session.get(AuditHead, HEAD, populate_existing=True)
    if head is None:
        return None
    end, key = End(head.last_id, bytes(head.last_seal)), _key_of(session, vault, head.last_id)
    return end if key is not None and bytes(head.seal) == _head_seal(key, *end) else None


def seal_of(session: Session, row_id: int) -> bytes | None:
    """A row's seal, to be compared with what was kept of it elsewhere."""
    return session.scalar(select(AuditRow.seal).where(AuditRow.id == row_id))


def _hold(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _end_to_build_on(session: Session, vault: Vault) -> End:
    """After which row the next one goes. An end that somebody changed is not covered up by going on from it, nor does it keep
    people from working: one id is left out, for good, and `faults` tells."""
    last = session.scalar(select(func.max(AuditRow.id))) or 0
    end = end_of(session, vault)
    if end is not None and end.id == last:
        return end
    if last == 0 and _nothing_yet(session):
        return End(0, NOTHING_BEFORE)
    head = session.get(AuditHead, HEAD)
    return End(max(last, head.last_id if head is not None else 0) + 1, NOTHING_BEFORE)


def _nothing_yet(session: Session) -> bool:
    """Whether the audit was never begun."""
    begun = (session.scalar(select(AuditHead.id).limit(1)), session.scalar(select(AuditKey.first_id).limit(1)))
    return begun == (None, None)


def _key_of(session: Session, vault: Vault, row_id: int) -> bytes | None:
    """The key that seals the row of that id."""
    wanted = select(AuditKey).where(AuditKey.first_id <= row_id).order_by(AuditKey.first_id.desc()).limit(1)
    kept = session.scalar(wanted)
    return _opened(vault, kept) if kept is not None else None


def _begin_key(session: Session, vault: Vault, first_id: int) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    session.add(AuditKey(first_id=first_id, sealed=vault.seal(key, _context(first_id))))
    session.flush()
    return key


def _opened(vault: Vault, kept: AuditKey) -> bytes:
    return vault.open(bytes(kept.sealed), _context(kept.first_id))


def _context(first_id: int) -> str:
    return f"audit_keys {first_id}"


def _sealed(key: bytes, before: bytes, told: bytes) -> bytes:
    """The seal of what is told after what `before` seals."""
    return hashlib.blake2b(before + told, key=key, digest_size=HASH_BYTES, person=b"bihuan audit").digest()


def _head_seal(key: bytes, last_id: int, last_seal: bytes) -> bytes:
    told = last_id.to_bytes(8, "big") + last_seal
    return hashlib.blake2b(told, key=key, digest_size=HASH_BYTES, person=b"bihuan head").digest()


def _told(row: AuditRow) -> bytes:
    """What a seal is over; the same bytes before and after the row was in a database."""
    told = [row.id, row.at.isoformat(), row.account_id, row.login, row.kind, row.case_id, row.detail]
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def rows(session: Session, asked: Asked, before: int | None = None, limit: int = 100) -> list[Row]:
    """The newest first; `before`: only rows with smaller ids, for the next page."""
    wanted = (
        select(AuditRow, Case.code)
        .outerjoin(Case, Case.id == AuditRow.case_id)
        .where(*_conditions(asked))
        .order_by(AuditRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(AuditRow.id < before)
    return [_row(row, code) for row, code in session.execute(wanted)]


def every_row(session: Session, asked: Asked) -> Iterator[Row]:
    """All rows that are asked for, the oldest first, for an export."""
    wanted = (
        select(AuditRow, Case.code)
        .outerjoin(Case, Case.id == AuditRow.case_id)
        .where(*_conditions(asked))
        .order_by(AuditRow.id)
        .execution_options(yield_per=CHUNK)
    )
    for row, code in session.execute(wanted):
        yield _row(row, code)


def of_case(session: Session, case_id: int, limit: int = 200) -> list[Row]:
    """谁看过这件: everything anybody did with a case, the newest first."""
    wanted = select(AuditRow).where(AuditRow.case_id == case_id).order_by(AuditRow.id.desc()).limit(limit)
    return [_row(row, None) for row in session.scalars(wanted)]


def _conditions(asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.login is not None:
        found.append(AuditRow.login == asked.login)
    if asked.kinds:
        found.append(AuditRow.kind.in_(asked.kinds))
    if asked.code is not None:
        found.append(AuditRow.case_id.in_(select(Case.id).where(Case.code == asked.code)))
    if asked.since is not None:
        found.append(AuditRow.at >= asked.since)
    if asked.until is not None:
        found.append(AuditRow.at < asked.until)
    return found


def _row(row: AuditRow, code: str | None) -> Row:
    return Row(row.id, row.at, row.account_id, row.login, row.kind, row.case_id, code, row.detail)
