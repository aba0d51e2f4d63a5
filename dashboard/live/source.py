"""The one seam between the wall and the database: rows of one instant, with the journal position they belong to."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from casework.calendar import ONE_DAY, local_day
from casework.escalation import shown_colour
from casework.rules import Rules
from casework.vocabulary import Colour, Feed
from db import journal
from db.database import Database
from db.journal import Follower
from db.queries import wall

CARDS_A_LANE = 16
OVERDUE_ROWS = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """What scene 1 shows, but for the feeds and the inflow. `cards` holds every lane's, newest first within a lane."""

    position: int
    headline: wall.Headline
    lanes: tuple[wall.LaneCounts, ...]
    cards: tuple[wall.CaseCard, ...]
    overdue: tuple[wall.CaseCard, ...]
    townships: tuple[wall.TownshipLoad, ...]
    next_strike: datetime | None


class WallSource(Protocol):
    """Each method is one read; any of them raises whatever the database raises while it is away."""

    def overview(self, at: datetime) -> Overview: ...

    def feeds(self) -> tuple[wall.FeedHealth, ...]: ...

    def inflow(self, at: datetime) -> tuple[wall.HourCount, ...]: ...

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]: ...

    def follower(self) -> Follower: ...


class DatabaseWall:
    """The real source: every method is one transaction of the database."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules

    def overview(self, at: datetime) -> Overview:
        with self._database.read() as session:
            return Overview(
                position=journal.position(session),
                headline=wall.headline(session, at),
                lanes=tuple(wall.lane_counts(session, at)),
                cards=tuple(
                    self._coloured(card, at)
                    for feed in Feed
                    for card in wall.newest_cards(session, feed, at, CARDS_A_LANE)
                ),
                overdue=tuple(self._coloured(card, at) for card in wall.longest_overdue(session, at, OVERDUE_ROWS)),
                townships=tuple(wall.township_loads(session, at)),
                next_strike=self._strike(wall.next_strike(session, at), at),
            )

    def _strike(self, deadline: datetime | None, at: datetime) -> datetime:
        """When the picture changes with no write: a deadline, or the end of a working day, which turns late cases red."""
        calendar = self._rules.calendar
        close = calendar.end_of(local_day(at))
        if close <= at:
            close = calendar.end_of(local_day(at) + ONE_DAY)
        return close if deadline is None else min(deadline, close)

    def _coloured(self, card: wall.CaseCard, at: datetime) -> wall.CaseCard:
        """The card in its colour at an instant; a paused clock stands where it stood, and one that was not late has none."""
        seen, due_at = at, card.due_at
        if card.paused_at is not None and card.paused_at <= at:
            seen = card.paused_at
            due_at = due_at if due_at is not None and due_at < seen else None
        rules = self._rules
        colour = shown_colour(Colour(card.colour), due_at, seen, rules.risk.at(at), rules.calendar)
        return replace(card, colour=colour, due_at=due_at)

    def feeds(self) -> tuple[wall.FeedHealth, ...]:
        with self._database.read() as session:
            return tuple(wall.feed_health(session))

    def inflow(self, at: datetime) -> tuple[wall.HourCount, ...]:
        with self._database.read() as session:
            return tuple(wall.inflow(session, at))

    def usual(self, at: datetime) -> tuple[wall.UsualHour, ...]:
        with self._database.read() as session:
            return tuple(wall.usual_inflow(session, at))

    def follower(self) -> Follower:
        return self._database.follower()
