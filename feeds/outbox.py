"""One feed's outbox as its connection uses it. Both methods block, and raise `DatabaseAway` while the database is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from db import outbox
from db.database import Database
from feeds.telling import announcement


@dataclass(frozen=True, slots=True)
class Outbox:
    """`source` is how the centre names itself in what it sends, `/bihuan/` and the county's slug."""

    database: Database
    feed: str
    source: str
    clock: Callable[[], datetime]

    def waiting(self, after: int, most: int) -> list[tuple[int, str]]:
        """Sequences and frames of what the source has not acknowledged above `after`, the oldest first."""
        with self.database.read() as session:
            found = outbox.unacknowledged(session, self.feed, after, most)
        return [(told.sequence, announcement(told, self.source)) for told in found]

    def noted(self, sequence: int) -> None:
        """The source has everything up to and including `sequence`."""
        with self.database.write() as session:
            outbox.acknowledge(session, self.feed, sequence, self.clock())
