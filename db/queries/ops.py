"""What the page of operations tells: dead letters by reason, and the database itself. No body of a letter is read here.

All instants are UTC.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from db import journal
from db.models import DeadLetter

_LETTER: Final = DeadLetter.__table__.c
_OPEN: Final = _LETTER.state == "open"


class ReasonCount(NamedTuple):
    """The letters of a feed that are open for one reason."""

    feed: str
    reason: str
    letters: int
    oldest: datetime
    newest: datetime


class Letter(NamedTuple):
    """An open dead letter without its body. `sequence`: the number its source gave it, if it gave one."""

    id: int
    received_at: datetime
    sequence: int | None


class DatabaseFacts(NamedTuple):
    """`size` in bytes, as the database counts it; `schema`: the newest migration it has had; `position`: of the journal."""

    kind: str
    version: str
    size: int
    schema: str
    position: int


def letter_reasons(session: Session, most: int) -> list[ReasonCount]:
    """Why letters are open, the most frequent reason first, no more than `most` of them."""
    kind = _LETTER.received_at.type
    first, last = func.min(_LETTER.received_at, type_=kind), func.max(_LETTER.received_at, type_=kind)
    wanted = (
        select(_LETTER.feed, _LETTER.reason, func.count().label("letters"), first, last)
        .where(_OPEN)
        .group_by(_LETTER.feed, _LETTER.reason)
        .order_by(text("letters DESC"), _LETTER.feed, _LETTER.reason)
        .limit(most)
    )
    return [ReasonCount(*row) for row in session.execute(wanted)]


def letters_of(session: Session, feed: str, reason: str, most: int) -> list[Letter]:
    """The open letters of a feed with that reason, the oldest first, no more than `most` of them."""
    wanted = select(_LETTER.id, _LETTER.received_at, _LETTER.sequence).where(
        _OPEN, _LETTER.feed == feed, _LETTER.reason == reason
    )
    return [Letter(*row) for row in session.execute(wanted.order_by(_LETTER.id).limit(most))]


def database_facts(session: Session) -> DatabaseFacts:
    """Cheap enough to be asked every two seconds."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    version, size = _SQLITE if sqlite else _POSTGRESQL
    return DatabaseFacts(
        "SQLite" if sqlite else "PostgreSQL",
        str(session.scalar(version)),
        int(session.scalar(size) or 0),
        str(session.scalar(_SCHEMA) or ""),
        journal.position(session),
    )


def ping(session: Session) -> None:
    """Ask the database for nothing."""
    session.execute(_NOTHING)


_NOTHING: Final = text("SELECT 1")
_SCHEMA: Final = text("SELECT version_num FROM alembic_version")
_SQLITE: Final = (
    text("SELECT sqlite_version()"),
    text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
)
_POSTGRESQL: Final = (
    text("SELECT current_setting('server_version')"),
    text("SELECT pg_database_size(current_database())"),
)
