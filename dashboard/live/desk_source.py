"""What the desks' one thread reads: what the journal changed in a sight, its counts, and which cases lie in it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from casework.county import County
from casework.roles import Sight
from casework.rules import Rules
from dashboard.components.queue_rows import counts, grid_row, tag
from dashboard.live.desks import Changed, Opened
from dashboard.live.frames import cut_feeds
from db import journal
from db.database import Database
from db.journal import Follower
from db.looks import codes_in_sight, sit, sitting_elsewhere
from db.queries import matches
from db.queries.queue_counts import queue_counts
from db.queries.queue_rows import changed_rows
from db.queries.wall import feed_health
from db.vault import Vault


class DatabaseDesks:
    """The real source: each method is one transaction of the database."""

    def __init__(self, database: Database, vault: Vault, rules: Rules, county: County) -> None:
        self._database = database
        self._vault = vault
        self._rules = rules
        self._county = county

    def position(self) -> int:
        with self._database.read() as session:
            return journal.position(session)

    def changed(self, sight: Sight, after: int, to: int, at: datetime) -> Changed:
        with self._database.read() as session:
            told = changed_rows(session, sight, after, to, at, vault=self._vault, rules=self._rules)
        seal = self._vault.fingerprint
        return Changed(
            rows=tuple(grid_row(row, self._county, seal) for row in told.rows),
            gone=tuple(sorted(tag(case_id, seal) for case_id in told.gone)),
        )

    def counts(self, sight: Sight, at: datetime) -> Mapping[str, int]:
        with self._database.read() as session:
            suggested = matches.waiting(session, sight, at) if sight.whole_county else 0
            return {**counts(queue_counts(session, sight, at)), "matches": suggested}

    def visible(self, sight: Sight, codes: Collection[str]) -> Collection[str]:
        with self._database.read() as session:
            return codes_in_sight(session, sight, codes)

    def sit(self, process: str, opened: Opened, at: datetime) -> None:
        with self._database.write() as session:
            sit(session, process, opened, at)

    def elsewhere(self, process: str, at: datetime) -> Collection[tuple[str, str]]:
        with self._database.read() as session:
            return sitting_elsewhere(session, process, at)

    def cut(self, at: datetime) -> Collection[str]:
        with self._database.read() as session:
            return cut_feeds(feed_health(session), at)

    def follower(self) -> Follower:
        return self._database.follower()
