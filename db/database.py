"""The doors to the database: `read()` sees one consistent state, `write()` is the only one that commits."""

import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
import sqlalchemy.exc
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.orm import Session as Session  # noqa: PLC0414 - for those above, who name what they hand on
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from db.journal import Follower, PostgresFollower, SqliteFollower

BUSY_SECONDS: Final = 15
# Plans are made anew for each statement: one made while a table was still empty would be kept, and scan it, for ever.
# A page out of turn costs little on today's disks: with the default, small tables are scanned for every batch's updates.
POSTGRES_OPTIONS: Final = (
    "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=20000"
    " -c timezone=UTC -c random_page_cost=1.1 -c plan_cache_mode=force_custom_plan"
)


IDLE_SECONDS: Final = 1.0
_COMMITTED: Final = "when_committed"
_USED: Final = "used_at"


class DatabaseError(Exception):
    """The database can't be used as configured; says why and what to do."""


class DatabaseAway(DatabaseError):
    """The database can't be reached, or can't serve now; the same work may be tried again."""


_AWAY: Final = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.TimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    sqlite3.OperationalError,
)


class Database:
    """One database, SQLite or PostgreSQL, by URL. Cheap to make: nothing is opened before the first use."""

    def __init__(self, url: str) -> None:
        self.url = _checked(url)
        self.engine = _engine(self.url)
        self._writing = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def address(self) -> str:
        """The URL, its password included, with which another process of ours opens this database from whatever folder."""
        url = self.url
        if self.is_sqlite and url.database is not None:
            url = url.set(database=str(Path(url.database).absolute()))
        return url.render_as_string(hide_password=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one snapshot and never commits."""
        with away_as_a_fact(), Session(self.engine, autoflush=False) as session:
            if not self.is_sqlite:
                session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                )
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits when its block ends, and rolls back when it raises. On SQLite it is the only writer."""
        with away_as_a_fact(), Session(self._writing) as session:
            with session.begin():
                yield session
            for then in session.info.get(_COMMITTED, ()):
                then()

    def follower(self) -> Follower:
        """A follower of the journal, with a connection of its own; close it when done."""
        if self.is_sqlite:
            assert self.url.database is not None
            return SqliteFollower(Path(self.url.database))
        return PostgresFollower(self.url.set(drivername="postgresql").render_as_string(hide_password=False))

    def close(self) -> None:
        self.engine.dispose()


def when_committed(session: Session, then: Callable[[], None]) -> None:
    """Do something once what a session of `Database.write` has written is committed, and only then."""
    session.info.setdefault(_COMMITTED, []).append(then)


@contextmanager
def away_as_a_fact() -> Iterator[None]:
    """What a driver says when the database can't be reached becomes `DatabaseAway`."""
    try:
        yield
    except _AWAY as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseAway(f"{type(cause).__name__}: {str(cause).splitlines()[0] if str(cause) else ''}") from error


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError("BIHUAN_DATABASE_URL is not a database URL; example: sqlite:///var/bihuan.db") from None
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise DatabaseError("BIHUAN_DATABASE_URL: SQLite needs a file, for several programs share it")
        _make_folder(Path(parsed.database).parent)
        return parsed.set(drivername="sqlite")
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise DatabaseError(f"BIHUAN_DATABASE_URL: {parsed.get_backend_name()} is not supported; use sqlite or postgresql")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"BIHUAN_DATABASE_URL: there is no folder {folder} and it can't be made ({error.strerror})"
        ) from None


def _engine(url: URL) -> Engine:
    shared: dict[str, Any] = {"json_serializer": _json, "json_deserializer": orjson.loads, "hide_parameters": True}
    if url.get_backend_name() != "sqlite":
        arguments = {"connect_timeout": 5, "options": POSTGRES_OPTIONS, "tcp_user_timeout": 10_000}
        engine = create_engine(url, connect_args=arguments, **shared)
        event.listen(engine, "checkin", _note_when_it_was_used)
        event.listen(engine, "checkout", _try_what_was_idle)
        return engine
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **shared)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _note_when_it_was_used(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _try_what_was_idle(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: PoolProxiedConnection) -> None:
    """A server may have been restarted meanwhile. Trying each time, as the pool itself would, costs a tenth of a lone event."""
    if time.monotonic() - record.info.get(_USED, -math.inf) < IDLE_SECONDS:
        return
    try:
        connection.cursor().execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours to say, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "cache_size=-16384",
        "journal_size_limit=134217728",
        "wal_autocheckpoint=16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the write lock at once: upgrading a read transaction later can fail with SQLITE_BUSY at any moment.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
