"""How the townships stand this week: what the database tells of nine weeks, put together by the rules of the score.

A week that has hardly begun ranks hardly anybody. Until it ranks half of the townships, the week that ended is told: a hall
should not look at an empty table. While a meeting is held about one of the last eight weeks, that one is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from casework.clocks import longest_answer
from casework.indicators import Period, weeks_until
from casework.rules import Rules
from casework.scoring import ScoreRules, Tallied, TownshipRow, Week, fingerprint, wall_table, week
from casework.weighing import Places, Running, township_tallies
from db import journal
from db.database import Database, Session
from db.meetings import Held, meeting_now
from db.queries.performance import days_of, running_marks, spans_of_period

WEEKS: Final = 8
"""How many a township's scores are told of, the one that is shown the last."""
A_MEETING: Final = timedelta(hours=12)
"""One that nobody has ended by then is forgotten, not held."""
PAST_READ_ANEW_AFTER: Final = timedelta(hours=1)
HISTORY_ARRIVES: Final = 5_000  # entries since a reading that an hour of ordinary work does not write


class _Kept(NamedTuple):
    """The past weeks as they were read at an instant and a position of the journal, the earliest first."""

    begins: datetime
    at: datetime
    position: int
    weeks: tuple[Week, ...]

    def is_fresh(self, at: datetime, position: int) -> bool:
        """Late news and later visits change a past week; much news at once is history that arrives."""
        return timedelta(0) <= at - self.at < PAST_READ_ANEW_AFTER and position - self.position < HISTORY_ARRIVES


class Why(StrEnum):
    """Why another week than the running one is told."""

    FEW = "few"  # the running one ranks hardly anybody
    MEETING = "meeting"  # it is what a meeting is about


@dataclass(frozen=True, slots=True)
class Standings:
    """The wall's table for a week with what its numbers rest on; `why` it is not the running one."""

    week: Period
    why: Why | None
    rows: tuple[TownshipRow, ...]
    rules: ScoreRules
    calendar: str
    position: int
    fingerprint: str


class WeeklyStandings:
    """Reads this week's spans each time, and the days of an earlier one that is told; of the others once an hour. Not for
    several threads."""

    def __init__(
        self, database: Database, rules: Rules, townships: Mapping[str, str], local: Collection[str] = ()
    ) -> None:
        """`townships`: unit code → township code, for every unit that belongs to one; `local`: units of villages and grids."""
        self._database = database
        self._rules = rules
        self._places = Places(townships, frozenset(), frozenset(local))
        self._answered_within = longest_answer(rules.clocks.each)
        self._past: _Kept | None = None

    def read(self, at: datetime) -> Standings:
        """The table at an instant; reading a week takes as long as the week holds, so ask every half minute at most."""
        *past, running = periods = weeks_until(at, WEEKS + 1)
        with self._database.read() as session:
            position, held = journal.position(session), meeting_now(session)
            weeks = [*self._past_weeks(session, past, position), self._running_week(session, running)]
            which, why = _shown(weeks, periods, held)
            if why is not None:  # it is told as of now, not as it was up to an hour ago
                weeks[which] = self._past_week(session, periods[which], running_marks(session, past[-1].end))
        shown, period, calendar = weeks[which], periods[which], self._rules.calendar.version
        told = fingerprint(position, shown.rules.version, calendar, period)
        return Standings(period, why, _table(weeks, which), shown.rules, calendar, position, told)

    def _running_week(self, session: Session, period: Period) -> Week:
        places, rules = self._places, self._rules.score.at(period.start)
        spans = spans_of_period(session, period.start, period.end, self._answered_within)
        return week(spans, period, places.townships, rules, local=places.local)

    def _past_weeks(self, session: Session, periods: Sequence[Period], position: int) -> tuple[Week, ...]:
        first, at = periods[0].start, periods[0].at
        kept = self._past
        if kept is None or kept.begins != first or not kept.is_fresh(at, position):
            running = running_marks(session, periods[-1].end)
            weeks = tuple(self._past_week(session, period, running) for period in periods)
            kept = self._past = _Kept(first, at, position, weeks)
        return kept.weeks

    def _past_week(self, session: Session, period: Period, running: Running) -> Week:
        rules = self._rules.score.at(period.start)
        found = township_tallies(days_of(session, period, running), self._places, rules.visits)
        return Week({code: Tallied(tallies) for code, tallies in found.items()}, rules)


def _shown(weeks: Sequence[Week], periods: Sequence[Period], held: Held | None) -> tuple[int, Why | None]:
    """Which of these weeks is told, and why not the last one, which runs."""
    last, at = len(weeks) - 1, periods[-1].at
    meets = held is not None and at - held.began_at < A_MEETING
    reviewed = held.period.period(at) if held is not None and meets else None
    if reviewed in periods[:last]:
        return periods.index(reviewed), Why.MEETING
    now = _table(weeks, last)
    if reviewed != periods[last] and 2 * _ranked(now) < len(now) and _ranked(_table(weeks, last - 1)) > _ranked(now):
        return last - 1, Why.FEW
    return last, None


def _table(weeks: Sequence[Week], which: int) -> tuple[TownshipRow, ...]:
    """Of weeks before the first of these no score is told."""
    known = weeks[max(0, which + 1 - WEEKS) : which + 1]
    unknown = (None,) * (WEEKS - len(known))
    return tuple(row._replace(weekly=(*unknown, *row.weekly)) for row in wall_table(known))


def _ranked(rows: Sequence[TownshipRow]) -> int:
    return sum(row.standing.rank is not None for row in rows)
