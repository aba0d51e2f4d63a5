"""How the townships stand this week: what the database tells of nine weeks, put together by the rules of the score."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from casework.clocks import longest_answer
from casework.indicators import Period, UnitSpan, weeks_until
from casework.rules import Rules
from casework.scoring import ScoreRules, TownshipRow, Week, fingerprint, wall_table, week
from db import journal
from db.database import Database
from db.queries.performance import spans_of_period

WEEKS: Final = 8
PAST_READ_ANEW_AFTER: Final = timedelta(hours=1)
HISTORY_ARRIVES: Final = 5_000  # entries since a reading that an hour of ordinary work does not write


class _Kept(NamedTuple):
    """A past week as it was read at an instant and a position of the journal."""

    at: datetime
    position: int
    week: Week

    def is_fresh(self, at: datetime, position: int) -> bool:
        """Late news and later visits change a past week; much news at once is history that arrives."""
        return timedelta(0) <= at - self.at < PAST_READ_ANEW_AFTER and position - self.position < HISTORY_ARRIVES


@dataclass(frozen=True, slots=True)
class Standings:
    """The wall's table for the week that began at `begins` as it was at `at`, with what this week's numbers rest on."""

    begins: datetime
    at: datetime
    rows: tuple[TownshipRow, ...]
    rules: ScoreRules
    calendar: str
    position: int
    fingerprint: str


class WeeklyStandings:
    """Reads this week each time, and each earlier one once an hour. Not for several threads."""

    def __init__(self, database: Database, rules: Rules, townships: Mapping[str, str]) -> None:
        """`townships`: unit code → township code, for every unit that belongs to one."""
        self._database = database
        self._rules = rules
        self._townships = townships
        self._answered_within = longest_answer(rules.clocks.each)
        self._past: dict[datetime, _Kept] = {}

    def read(self, at: datetime) -> Standings:
        """The table at an instant; reading nine weeks takes as long as nine weeks hold, so ask every half minute at most."""
        *past, period = weeks_until(at, WEEKS)
        with self._database.read() as session:
            position = journal.position(session)
        earlier = [self._past_week(week, at, position) for week in past]
        with self._database.read() as session:
            position = journal.position(session)
            spans = spans_of_period(session, period.start, period.end, self._answered_within)
        this_week = self._reckoned(spans, period)
        self._past = {begun: kept for begun, kept in self._past.items() if begun >= past[0].start}
        calendar = self._rules.calendar.version
        return Standings(
            period.start,
            at,
            wall_table([*earlier, this_week]),
            this_week.rules,
            calendar,
            position,
            fingerprint(position, this_week.rules.version, calendar, period),
        )

    def _past_week(self, period: Period, at: datetime, position: int) -> Week:
        kept = self._past.get(period.start)
        if kept is None or not kept.is_fresh(at, position):
            with self._database.read() as session:
                spans = spans_of_period(session, period.start, period.end, self._answered_within)
            kept = self._past[period.start] = _Kept(at, position, self._reckoned(spans, period))
        return kept.week

    def _reckoned(self, spans: Iterable[UnitSpan], period: Period) -> Week:
        return week(spans, period, self._townships, self._rules.score.at(period.start))
