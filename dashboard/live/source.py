"""The one seam between the wall and the database: rows of one instant, with the journal position they belong to."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from casework.rules import Rules
from dashboard.live.board import Board, Overview, first_day
from db import journal
from db.database import Database
from db.journal import Follower
from db.queries import wall

READ_ANEW_AFTER: Final = timedelta(hours=1)
MANY_ENTRIES: Final = 5_000  # after so many it is quicker to begin anew


class WallSource(Protocol):
    """Each method is one read; any of them raises whatever the database raises while it is away."""

    def overview(self, at: datetime) -> Overview: ...

    def feeds(self) -> tuple[wall.FeedHealth, ...]: ...

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]: ...

    def follower(self) -> Follower: ...


class DatabaseWall:
    """The real source: every method is one transaction of the database. One thread asks it for overviews."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules
        self._board = Board(rules)
        self._filled_at: datetime | None = None

    def overview(self, at: datetime) -> Overview:
        with self._database.read() as session:
            position = journal.position(session)
            if not self._follows(at, position):
                board = Board(self._rules)
                board.fill(wall.current_work(session, first_day(at)), position, first_day(at))
                self._board, self._filled_at = board, at
            elif position > self._board.position:
                self._board.change(wall.changed_work(session, self._board.position, position), position)
        return self._board.overview(at)

    def _follows(self, at: datetime, position: int) -> bool:
        """Whether the board may be kept up: not on another day, for what counts is another week; not when the journal is
        shorter than it was, for then it is another journal; and never for long, for projections can be made again."""
        filled_at, board = self._filled_at, self._board
        if filled_at is None or board.since != first_day(at) or abs(at - filled_at) >= READ_ANEW_AFTER:
            return False
        return 0 <= position - board.position <= MANY_ENTRIES

    def feeds(self) -> tuple[wall.FeedHealth, ...]:
        with self._database.read() as session:
            return tuple(wall.feed_health(session))

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]:
        with self._database.read() as session:
            return tuple(wall.usual_inflow(session, at))

    def follower(self) -> Follower:
        return self._database.follower()
