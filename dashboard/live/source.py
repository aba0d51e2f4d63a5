"""The one seam between the wall and the database: rows of one instant, with the journal position they belong to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from casework.rises import Rise, rises
from casework.rules import Rules
from dashboard.live.board import Board, first_day
from dashboard.live.overview import Overview
from dashboard.live.standings import Standings, WeeklyStandings
from db import commands, journal
from db.database import Database
from db.journal import Follower
from db.queries import wall
from db.queries.inflow import week_inflow
from db.queries.matches import hot_matters

MOST_HOT: Final = 999
READ_ANEW_AFTER: Final = timedelta(hours=1)
MANY_ENTRIES: Final = 5_000  # after so many it is quicker to begin anew; fewer than none is another journal


@dataclass(frozen=True, slots=True)
class RisesRead:
    """What has risen this week as it was at `at`, compared with so many earlier weeks. `hot`: how many reports each open matter
    has that many told, the most first."""

    at: datetime
    weeks: int
    rises: tuple[Rise, ...]
    hot: tuple[int, ...] = ()


class WallSource(Protocol):
    """Each method is one read, but for `put_on_walls`; any of them raises whatever the database raises while it is away."""

    def overview(self, at: datetime) -> Overview: ...

    def feeds(self) -> tuple[wall.FeedHealth, ...]: ...

    def stage(self, at: datetime) -> wall.Stage | None: ...

    def put_on_walls(self, scene: str | None, until: datetime) -> None: ...

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]: ...

    def standings(self, at: datetime) -> Standings: ...

    def rises(self, at: datetime) -> RisesRead: ...

    def follower(self) -> Follower: ...


class DatabaseWall:
    """The real source: every method is one transaction of the database. One thread asks for overviews, one for standings."""

    def __init__(
        self, database: Database, rules: Rules, townships: Mapping[str, str], local: Collection[str] = ()
    ) -> None:
        """`townships`: unit code → township code, for every unit that belongs to one; `local`: units of villages and grids."""
        self._database = database
        self._rules = rules
        self._board = Board(rules)
        self._filled_at: datetime | None = None
        self._standings = WeeklyStandings(database, rules, townships, local)

    def overview(self, at: datetime) -> Overview:
        with self._database.read() as session:
            position = journal.position(session)
            behind = position - self._board.position
            near = self._filled_at is not None and 0 <= behind <= MANY_ENTRIES
            if near and behind:
                self._board.change(wall.changed_work(session, self._board.position, position), position, at)
            if not near or self._is_old(at):
                self._board.fill(wall.current_work(session, first_day(at)), position, first_day(at))
                self._filled_at = at
        return self._board.overview(at)

    def _is_old(self, at: datetime) -> bool:
        """Whether the board must be read anew: on another day, for what counts is another week; and after a while in any
        case, for projections can be made again."""
        filled_at = self._filled_at
        return filled_at is None or self._board.since != first_day(at) or abs(at - filled_at) >= READ_ANEW_AFTER

    def feeds(self) -> tuple[wall.FeedHealth, ...]:
        with self._database.read() as session:
            return tuple(wall.feed_health(session))

    def stage(self, at: datetime) -> wall.Stage | None:
        with self._database.read() as session:
            return wall.stage(session, at)

    def put_on_walls(self, scene: str | None, until: datetime) -> None:
        with self._database.write() as session:
            commands.put_on_walls(session, scene, until)

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]:
        with self._database.read() as session:
            return tuple(wall.usual_inflow(session, at))

    def standings(self, at: datetime) -> Standings:
        return self._standings.read(at)

    def rises(self, at: datetime) -> RisesRead:
        with self._database.read() as session:
            inflow = week_inflow(session, at)
            hot = tuple(each.reports for each in hot_matters(session, None, MOST_HOT))
        earlier = [week.counts for week in inflow.earlier]
        return RisesRead(at, len(earlier), rises(inflow.now.counts, earlier), hot)

    def follower(self) -> Follower:
        return self._database.follower()
