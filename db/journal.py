"""The journal: appended under one lock, so that ids become visible in the order they were given, and followed without a gap.

Ids handed out by a sequence become visible in commit order, not in id order: a follower that remembers the last id it saw
would lose entry 100 for ever when 101 commits first. Here every appending transaction holds one lock until it ends.
"""

import sqlite3
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import psycopg
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from casework.case import Entry
from casework.vocabulary import EntryType
from db.models import JournalEntry

CHANNEL: Final = "bihuan_journal"
APPEND_LOCK: Final = 0x62696875616E  # "bihuan"
SQLITE_POLL_SECONDS: Final = 0.005
POSTGRES_RECHECK_SECONDS: Final = 1.0
_HOLD: Final = text("SELECT pg_advisory_xact_lock(:key)")
_ANNOUNCE: Final = text(f"NOTIFY {CHANNEL}")
_NEWEST: Final = select(JournalEntry.id, JournalEntry.recorded_at).order_by(JournalEntry.id.desc()).limit(1)


def hold(session: Session) -> None:
    """Become the only one who appends until this transaction ends. On SQLite its beginning already does that."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_HOLD, {"key": APPEND_LOCK})


def announce(session: Session) -> None:
    """Wake the followers when this transaction commits."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_ANNOUNCE)


class End(NamedTuple):
    """Where the journal ends: its newest entry, and when that was recorded; 0 and `None` of an empty one."""

    position: int = 0
    recorded_at: datetime | None = None

    def next_recorded_at(self) -> datetime:
        """When what is written now is recorded: asked for with the journal held, so that instants rise with ids, also when
        the clocks of two writers differ or one is set back. What is told as of an instant that is past stays as it is."""
        now = datetime.now(UTC)
        return now if self.recorded_at is None else max(self.recorded_at, now)


def end(session: Session) -> End:
    """The newest visible entry."""
    found = session.execute(_NEWEST).one_or_none()
    return End() if found is None else End(*found)


def position(session: Session) -> int:
    """The id of the newest visible entry; 0 for an empty journal."""
    return session.scalar(select(func.max(JournalEntry.id))) or 0


def entries_of(session: Session, case_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """The whole journal of each case, in order."""
    found: dict[int, list[Entry]] = {case_id: [] for case_id in case_ids}
    table = JournalEntry.__table__.c
    statement = (
        select(table.case_id, table.type, table.report, table.occurred_at, table.actor, table.payload)
        .where(table.case_id.in_(case_ids))
        .order_by(table.case_id, table.version)
    )
    for case_id, kind, report, occurred_at, actor, payload in session.execute(statement):
        found[case_id].append(Entry(EntryType(kind), report, occurred_at, actor, payload))
    return found


def entry_row(entry_id: int, case_id: int, version: int, entry: Entry, recorded_at: datetime) -> tuple[Any, ...]:
    """An entry as `db.bulk` writes it: `journal` in column order."""
    return (
        entry_id,
        case_id,
        version,
        entry.type,
        entry.report,
        entry.occurred_at,
        recorded_at,
        entry.actor,
        entry.payload,
    )


class Follower(Protocol):
    """Follows the journal from another thread or process; misses nothing, whoever wrote it."""

    def wait(self, after: int, timeout: float) -> int:
        """Block until the newest committed id is above `after` and return it; after `timeout` seconds return `after`.

        Raises `ConnectionError` while the database is away; call again to reconnect.
        """

    def close(self) -> None:
        """End a wait in another thread, and the connection."""


class SqliteFollower:
    """Watches `PRAGMA data_version`, which changes with every commit of another connection and costs microseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._closed = threading.Event()

    def wait(self, after: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        try:
            connection = self._connected()
            seen = None
            while True:
                version = connection.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    seen = version
                    newest = connection.execute("SELECT max(id) FROM journal").fetchone()[0] or 0
                    if newest > after:
                        return int(newest)
                if time.monotonic() >= deadline or self._closed.wait(SQLITE_POLL_SECONDS):
                    return after
        except sqlite3.Error as error:
            self._connection = None
            raise ConnectionError(f"the database can't be followed: {type(error).__name__}") from None

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=5, check_same_thread=False)
        return self._connection

    def close(self) -> None:
        self._closed.set()


class PostgresFollower:
    """LISTENs for the writers' NOTIFY; looks once a second by itself, in case a notification was lost with a connection."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._closed = False

    def wait(self, after: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        try:
            connection = self._connected()
            while not self._closed:
                row = connection.execute("SELECT max(id) FROM journal").fetchone()
                newest = (row[0] if row else None) or 0
                left = deadline - time.monotonic()
                if newest > after:
                    return int(newest)
                if left <= 0:
                    break
                for _ in connection.notifies(timeout=min(left, POSTGRES_RECHECK_SECONDS), stop_after=1):
                    pass
        except (psycopg.Error, OSError) as error:
            self._drop()
            raise ConnectionError(f"the database can't be followed: {type(error).__name__}") from None
        return after

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._conninfo, autocommit=True, connect_timeout=5, tcp_user_timeout=10_000, keepalives_idle=10
            )
            self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        self._closed = True
        self._drop()
