"""Device links: how a display without a person is let in, and put out again.

A link is opened once, by its token; from then on it belongs to the display that opened it, which proves itself by a secret
of its own. Tokens and secrets are stored hashed.
"""

import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.database import Database
from db.models import DeviceLink

OPEN_WITHIN: Final = timedelta(days=7)  # our choice: long enough to carry an address to a display


class Opening(StrEnum):
    """What became of a link that was opened."""

    BOUND = "bound"  # now, to whoever opened it
    TAKEN = "taken"  # to a display that opened it before
    EXPIRED = "expired"  # nobody opened it in time
    UNKNOWN = "unknown"  # never made, or taken back


class Opened(NamedTuple):
    """`link_id` is told of links that are bound, `secret` only once, of the one that has just been."""

    outcome: Opening
    link_id: int | None = None
    secret: str | None = None


class InForce(NamedTuple):
    """A link that is bound and not taken back. `drives`: its tablet may choose what all walls show."""

    secret_hash: str
    drives: bool = False


def new_link(session: Session, name: str, at: datetime, *, drives: bool = False) -> str:
    """A link for the display of that name; returns its token, which is told only this once."""
    token = secrets.token_urlsafe(32)
    session.add(DeviceLink(name=name, token_hash=hash_of(token), created_at=at, drives=drives))
    return token


def links(session: Session) -> Sequence[DeviceLink]:
    """All links ever given out, the newest last."""
    return session.scalars(select(DeviceLink).order_by(DeviceLink.id)).all()


def revoke_links(session: Session, name: str, at: datetime) -> int:
    """Take back every link of a display; returns how many were in force."""
    statement = update(DeviceLink).where(DeviceLink.name == name, DeviceLink.revoked_at.is_(None))
    return session.connection().execute(statement.values(revoked_at=at)).rowcount


def look_at_link(session: Session, token: str, at: datetime) -> Opened | None:
    """What would become of the link with that token; None: it may be bound."""
    link = session.scalar(select(DeviceLink).where(DeviceLink.token_hash == hash_of(token)))
    if link is None or link.revoked_at is not None:
        return Opened(Opening.UNKNOWN)
    if link.binding_hash is not None:
        return Opened(Opening.TAKEN, link.id)
    return Opened(Opening.EXPIRED) if link.created_at <= at - OPEN_WITHIN else None


def bind_link(session: Session, token: str, at: datetime) -> Opened:
    """Bind the link with that token to whoever asks. Of any number who ask at once, one is told the secret."""
    secret = secrets.token_urlsafe(32)
    mine = update(DeviceLink).where(
        DeviceLink.token_hash == hash_of(token),
        DeviceLink.revoked_at.is_(None),
        DeviceLink.binding_hash.is_(None),
        DeviceLink.created_at > at - OPEN_WITHIN,
    )
    session.connection().execute(mine.values(binding_hash=hash_of(secret), bound_at=at, seen_at=at))
    link_id = session.scalar(select(DeviceLink.id).where(DeviceLink.binding_hash == hash_of(secret)))
    if link_id is not None:
        return Opened(Opening.BOUND, link_id, secret)
    return look_at_link(session, token, at) or Opened(Opening.UNKNOWN)


def links_in_force(session: Session) -> dict[int, InForce]:
    """The links that are bound and not taken back, by id."""
    wanted = select(DeviceLink.id, DeviceLink.binding_hash, DeviceLink.drives)
    rows = session.execute(wanted.where(DeviceLink.binding_hash.is_not(None), DeviceLink.revoked_at.is_(None)))
    return {link_id: InForce(secret_hash, drives) for link_id, secret_hash, drives in rows if secret_hash is not None}


def mark_seen(session: Session, link_ids: Collection[int], at: datetime) -> None:
    session.connection().execute(update(DeviceLink).where(DeviceLink.id.in_(link_ids)).values(seen_at=at))


def hash_of(secret: str) -> str:
    """Of a token or a display's secret: 256 random bits, so that nothing slower than SHA-256 is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class DatabaseLinks:
    """The links of one database. Every method may block, and raises `DatabaseAway` while the database is."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def open(self, token: str) -> Opened:
        """Reads first: a stranger who tries tokens must not get at the write lock."""
        with self._database.read() as session:
            opened = look_at_link(session, token, self._now())
        if opened is not None:
            return opened
        with self._database.write() as session:
            return bind_link(session, token, self._now())

    def in_force(self) -> Mapping[int, InForce]:
        with self._database.read() as session:
            return links_in_force(session)

    def mark_seen(self, link_ids: Collection[int]) -> None:
        with self._database.write() as session:
            mark_seen(session, link_ids, self._now())
