"""One ingester at a time holds a feed. The lock is the kernel's or the server's, so a killed holder lets go at once.

It only keeps two ingesters from wasting work; what makes double holding harmless is the epoch in `feed_cursors`.
"""

import zlib
from typing import Final

import psycopg
from filelock import FileLock, Timeout

from db.database import Database

LOCK_SPACE: Final = 0x66656564  # "feed"


class FeedLock:
    """The lock of one feed in one database."""

    def __init__(self, database: Database, feed: str) -> None:
        self._database = database
        self._feed = feed
        self._connection: psycopg.Connection[tuple[bool]] | None = None
        self._file = FileLock(f"{database.url.database}.{feed}.lock") if database.is_sqlite else None

    def take(self) -> bool:
        """Whether this process holds the feed now; asks again if the connection that held it is gone."""
        if self._file is not None:
            return self._take_file(self._file)
        try:
            if self._connection is not None:
                self._connection.execute("SELECT 1")
                return True
            return self._take_advisory()
        except psycopg.Error:
            self.release()
            return False

    def _take_file(self, lock: FileLock) -> bool:
        if lock.is_locked:
            return True
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _take_advisory(self) -> bool:
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=5, tcp_user_timeout=10_000, keepalives_idle=5
        )
        key = zlib.crc32(self._feed.encode()) & 0x7FFFFFFF
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, key)).fetchone()
        if row is None or not row[0]:
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.release()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
