"""Device links: how a display without a person is let in, and put out again. Tokens are stored hashed."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.models import DeviceLink

SEEN_EVERY: Final = timedelta(minutes=1)


def new_link(session: Session, name: str, at: datetime) -> str:
    """A link for the display of that name; returns its token, which is told only this once."""
    token = secrets.token_urlsafe(32)
    session.add(DeviceLink(name=name, token_hash=_hash(token), created_at=at, seen_at=None, revoked_at=None))
    return token


def links(session: Session) -> Sequence[DeviceLink]:
    """All links ever given out, the newest last."""
    return session.scalars(select(DeviceLink).order_by(DeviceLink.id)).all()


def revoke_links(session: Session, name: str, at: datetime) -> int:
    """Take back every link of a display; returns how many were in force."""
    statement = update(DeviceLink).where(DeviceLink.name == name, DeviceLink.revoked_at.is_(None))
    return session.connection().execute(statement.values(revoked_at=at)).rowcount


def valid_link(session: Session, token: str) -> DeviceLink | None:
    """The link in force with that token."""
    wanted = select(DeviceLink).where(DeviceLink.token_hash == _hash(token), DeviceLink.revoked_at.is_(None))
    return session.scalar(wanted)


def is_seen_lately(link: DeviceLink, at: datetime) -> bool:
    """Whether there is no need to write down again that the display is there."""
    return link.seen_at is not None and at - link.seen_at < SEEN_EVERY


def mark_seen(session: Session, link_id: int, at: datetime) -> None:
    session.execute(update(DeviceLink).where(DeviceLink.id == link_id).values(seen_at=at))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
