"""One ingester at a time holds a feed. The lock is the kernel's or the server's, so a killed holder lets go at once.

It only keeps two ingesters from wasting work; what makes double holding harmless is the epoch in `feed_cursors`.
"""

import threading
import zlib
from typing import Final

import psycopg
from filelock import FileLock, Timeout

from db.database import Database

LOCK_SPACE: Final = 0x66656564  # "feed"


class FeedLock:
    """The lock of one feed in one database. Its methods may be called from any thread.

    `refused`: the last attempt was answered, and another process holds the feed.
    """

    def __init__(self, database: Database, feed: str) -> None:
        self._database = database
        self._feed = feed
        self._mutex = threading.Lock()
        self._connection: psycopg.Connection[tuple[bool]] | None = None
        self.refused = False
        self._file = (
            FileLock(f"{database.url.database}.{feed}.lock", thread_local=False) if database.is_sqlite else None
        )

    def take(self) -> bool:
        """Whether this process holds the feed now; asks again if the connection that held it is gone."""
        with self._mutex:
            if self._file is not None:
                return _take_file(self._file)
            try:
                if self._connection is None:
                    self._connection = self._take_advisory()
                else:
                    self._connection.execute("SELECT 1")
            except psycopg.Error:
                self._disconnect()
            return self._connection is not None

    def release(self) -> None:
        """Let go; waits for a `take` that is under way in another thread."""
        with self._mutex:
            if self._file is not None:
                self._file.release()
            self._disconnect()

    def _take_advisory(self) -> psycopg.Connection[tuple[bool]] | None:
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(
            url, autocommit=True, connect_timeout=5, tcp_user_timeout=10_000, keepalives_idle=5
        )
        key = zlib.crc32(self._feed.encode()) & 0x7FFFFFFF
        try:
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, key)).fetchone()
        except psycopg.Error:
            row = None
        self.refused = row is not None and not row[0]
        if row is None or not row[0]:
            connection.close()
            return None
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _take_file(lock: FileLock) -> bool:
    if lock.is_locked:
        return True
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
