"""From spans to a review's lines, ranks and time-lapse. Pure: what was read comes in, values go out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final

from casework.calendar import ONE_DAY, Calendar
from casework.handling import Hours, Stretch, handling
from casework.indicators import (
    NO_TALLIES,
    PLACES,
    By,
    Indicator,
    Measure,
    Period,
    SpanKey,
    Tally,
    UnitSpan,
    VisitRule,
    added,
    group_of,
    marks,
    places,
    places_of,
    stands,
    tallied,
)
from casework.review import Line, Ranked, Snapshot
from casework.scoring import ScoreRules, Standing, Tallied, change_of_rank, ranking
from casework.vocabulary import ObjectionState

Group = tuple[By, str]
Sums = dict[Group, list[int]]
"""Counts by place (`casework.indicators.PLACE`)."""
UnitCounts = Mapping[str, Mapping[tuple[Measure, bool], int]]
"""By unit: how often each measure was counted, well or not."""
OF_THE_CASE: Final = (By.CATEGORY, By.FEED, By.VILLAGE)
TIMED: Final = frozenset({By.COUNTY, By.TOWNSHIP, By.UNIT})


@dataclass(frozen=True, slots=True)
class Places:
    """Who is who: `townships` of the units that belong to one, `units` that are told apart by themselves (departments), and
    `local`: villages' committees and grids."""

    townships: Mapping[str, str]
    units: frozenset[str]
    local: frozenset[str]

    @property
    def codes(self) -> list[str]:
        """The townships."""
        return sorted(set(self.townships.values()))

    def groups(self, span: UnitSpan) -> list[Group]:
        """All that a span counts for."""
        found = [(By.COUNTY, "")]
        township = self.townships.get(span.unit_code)
        if township is not None:
            found.append((By.TOWNSHIP, township))
        if span.unit_code in self.units:
            found.append((By.UNIT, span.unit_code))
        for by in OF_THE_CASE:
            code = group_of(span, by, self.townships)
            if code is not None:
                found.append((by, code))
        return found


class Weighed:
    """The spans of a period and of the one before, counted once, for every line there is. `rules`: of each of the two."""

    def __init__(
        self,
        spans: Iterable[UnitSpan],
        period: Period,
        before: Period,
        who: Places,
        rules: tuple[ScoreRules, ScoreRules],
    ) -> None:
        self._period, self._last_period = period, before
        self._who = who
        self._rules = rules[0]
        self._visits = tuple(each.visits for each in rules)
        self._now: Sums = {}
        self._excluded: Sums = {}
        self._before: Sums = {}
        self._left_out: defaultdict[Group, int] = defaultdict(int)
        self._contested: defaultdict[Group, int] = defaultdict(int)
        self._finished: dict[Group, list[UnitSpan]] = {}
        self._ends = _days(period)
        self._days = {code: [[0] * PLACES for _ in self._ends] for code in who.codes}
        self._given = [0] * len(self._ends)
        self._overdue = [0] * (len(self._ends) + 1)
        for span in spans:
            self._weigh(span)

    def _weigh(self, span: UnitSpan) -> None:
        groups = self._who.groups(span)
        local = span.unit_code in self._who.local
        now, before = self._counted(span, local)
        if span.excluded:
            _add(self._excluded, groups, now)
        else:
            _add(self._now, groups, now)
            _add(self._before, groups, before)
            _add_overdue(self._overdue, span, self._period, len(self._ends))
        if now:
            for group in groups if span.excluded else ():
                self._left_out[group] += 1
            for group in groups if span.objection == ObjectionState.OPEN else ():
                self._contested[group] += 1
        if span.finished_at is not None and not span.excluded and self._period.has(span.finished_at):
            for group in groups:
                if group[0] in TIMED:
                    self._finished.setdefault(group, []).append(span)

    def _counted(self, span: UnitSpan, local: bool) -> tuple[list[int], list[int]]:
        """Which counts go up by one, of the period and of the one before."""
        period, last = self._period, self._last_period
        here, there = places(self._visits[0], local), places(self._visits[1], local)
        days = None if span.excluded else self._days.get(self._who.townships.get(span.unit_code, ""))
        now, before = list(places_of(stands(span, period))), list(places_of(stands(span, last)))
        for measure, good, at, ran_out in marks(span):
            if at < last.start:
                continue
            which = last if at < period.start else period
            if at >= which.end or at > which.at or (ran_out and at == which.at):
                continue
            if which is last:
                before += there.get((measure, good), ())
                continue
            found = here.get((measure, good), ())
            now += found
            day = (at - period.start) // ONE_DAY
            if measure is Measure.GIVEN and not span.excluded:
                self._given[day] += 1
            if days is not None:
                counts = days[day]
                for place in found:
                    counts[place] += 1
        return now, before

    def line(self, by: By, code: str) -> Line:
        """One line; nothing in it where there was nothing."""
        group = (by, code)
        now, excluded = _told(self._now, group), self._excluded.get(group)
        return Line(
            by,
            code,
            now,
            now if excluded is None else added(now, tallied(excluded)),
            _told(self._before, group),
            excluded=self._left_out.get(group, 0),
            contested=self._contested.get(group, 0),
        )

    def timed(
        self, by: By, code: str, calendar: Calendar, hours: Hours, pauses: Mapping[SpanKey, Sequence[Stretch]]
    ) -> Line:
        """The same, with how long the work took."""
        took = handling(self._finished.get((by, code), ()), self._period, calendar, hours, pauses)
        return self.line(by, code)._replace(handling=took)

    def paused(self) -> list[SpanKey]:
        """The finished spans whose clock ever stood still."""
        return [span.key for span in self._finished.get((By.COUNTY, ""), ()) if span.paused_seconds]

    def codes(self, by: By) -> list[str]:
        """Those that have anything in this period, the ones that were given most first, then by code."""
        found = {code for kind, code in self._now.keys() | self._excluded.keys() if kind is by}
        return sorted(found, key=lambda code: (-_told(self._now, (by, code))[Indicator.RETURNED].total, code))

    def lapse(self) -> tuple[Snapshot, ...]:
        """The county at the end of each day of the period that has begun, the running one at the instant looked at.

        Points are of all that the period held up to then. Days are cut as clocks are: a deadline at 24:00 runs out on the next.
        """
        given, overdue = accumulate(self._given), accumulate(self._overdue)
        so_far = {code: [0] * PLACES for code in self._days}
        found = []
        for number, (at, all_given, late) in enumerate(zip(self._ends, given, overdue, strict=False)):
            for code, days in self._days.items():
                so_far[code] = [one + other for one, other in zip(so_far[code], days[number], strict=True)]
            stood = ranking({code: Tallied(tallied(counts)) for code, counts in so_far.items()}, self._rules)
            ranks = {code: standing.rank for code, standing in stood.items()}
            found.append(Snapshot(at, {code: points(each) for code, each in stood.items()}, ranks, all_given, late))
        return tuple(found)


def _add(sums: Sums, groups: Iterable[Group], counted: Collection[int]) -> None:
    if not counted:
        return
    for group in groups:
        counts = sums.get(group)
        if counts is None:
            counts = sums[group] = [0] * PLACES
        for place in counted:
            counts[place] += 1


def _told(sums: Sums, group: Group) -> Mapping[Indicator, Tally]:
    counts = sums.get(group)
    return NO_TALLIES if counts is None else tallied(counts)


def _days(period: Period) -> list[datetime]:
    """The ends of the days that have begun; of the running one the instant looked at."""
    ends = []
    start = period.start
    while start < period.end and start <= period.at:
        ends.append(min(start + ONE_DAY, period.at, period.end))
        start += ONE_DAY
    return ends


def _add_overdue(changes: list[int], span: UnitSpan, period: Period, days: int) -> None:
    """From the end of which day on a span was open and overdue, and from which on no more."""
    due, paused, given = span.finish_due_at, span.paused_at, span.assigned_at
    since = max(due, given)
    if since >= period.end or due >= period.at or given > period.at or (paused is not None and paused <= due):
        return
    until = min((at for at in (span.finished_at, span.ended_at) if at is not None and at <= period.at), default=None)
    first = max(0, (since - period.start) // ONE_DAY)
    last = days if until is None else min(days, (until - period.start) // ONE_DAY)
    if first < last:
        changes[first] += 1
        changes[last] -= 1


def ranked(
    lines: Mapping[str, Line], rules: ScoreRules, rules_before: ScoreRules, earlier: Sequence[Mapping[str, Standing]]
) -> tuple[Ranked, ...]:
    """The townships by rank, the unranked after them, each by code. `earlier`: standings of the periods before the last one,
    the oldest first."""
    now = ranking({code: Tallied(line.tallies) for code, line in lines.items()}, rules)
    with_excluded = ranking({code: Tallied(line.tallies_with) for code, line in lines.items()}, rules)
    before = ranking({code: Tallied(line.before) for code, line in lines.items()}, rules_before)
    changes = change_of_rank(now, before)
    history = (*earlier, before, now)
    return tuple(
        Ranked(
            lines[code],
            standing,
            with_excluded[code],
            changes[code],
            tuple(points(each.get(code)) for each in history),
        )
        for code, standing in now.items()
    )


def points(standing: Standing | None) -> float | None:
    """As shown; `None` where unranked."""
    return standing.score.points if standing is not None and standing.score is not None else None


def standings_of(counts: UnitCounts, who: Places, rules: ScoreRules) -> dict[str, Standing]:
    """How the townships stood by what their units' days tell (`db.queries.performance.days_of`)."""
    return ranking({code: Tallied(each) for code, each in township_tallies(counts, who, rules.visits).items()}, rules)


def township_tallies(counts: UnitCounts, who: Places, visits: VisitRule) -> dict[str, dict[Indicator, Tally]]:
    """Every township's indicators from the counts of its units: those that a span alone decides. The others (`CLOSED`,
    `CLOSED_ON_TIME`, `OVERDUE_OPEN`) have nothing."""
    sums = {code: [0] * PLACES for code in who.codes}
    for unit, counted in counts.items():
        of_township = sums.get(who.townships.get(unit, ""))
        if of_township is not None:
            read = places(visits, unit in who.local)
            for key, number in counted.items():
                for place in read.get(key, ()):
                    of_township[place] += number
    return {code: tallied(counted) for code, counted in sums.items()}
