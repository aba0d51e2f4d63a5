"""What the desks' one thread reads: what the journal changed in a sight, its counts, and which cases lie in it."""

from collections.abc import Collection
from datetime import datetime

from casework.county import County
from casework.roles import Sight
from casework.rules import Rules
from dashboard.components.queue_rows import counts, grid_row, tag
from dashboard.live.desks import Changed
from db import journal
from db.database import Database
from db.journal import Follower
from db.looks import codes_in_sight
from db.queries.queue import changed_rows, queue_counts
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
        """Rows and counts of one snapshot: the counts say which position of the journal they are of."""
        with self._database.read() as session:
            told = changed_rows(session, sight, after, to, at, vault=self._vault, rules=self._rules)
            counted = queue_counts(session, sight, at)
        seal = self._vault.fingerprint
        return Changed(
            rows=tuple(grid_row(row, self._county, seal) for row in told.rows),
            gone=tuple(sorted(tag(case_id, seal) for case_id in told.gone)),
            counts=counts(counted),
        )

    def visible(self, sight: Sight, codes: Collection[str]) -> Collection[str]:
        with self._database.read() as session:
            return codes_in_sight(session, sight, codes)

    def follower(self) -> Follower:
        return self._database.follower()
