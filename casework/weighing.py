"""From counts to a review's lines, ranks and time-lapse. Pure: what was read comes in, values go out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from typing import Final, NamedTuple

from casework.calendar import FIRST_DAY, ONE_DAY, day_number, local_day
from casework.indicators import (
    NO_TALLIES,
    PLACE,
    PLACES,
    By,
    Indicator,
    Mark,
    Measure,
    Period,
    Tally,
    UnitSpan,
    VisitRule,
    added,
    is_in,
    marks,
    outcomes,
    places,
    stands,
    tallied,
)
from casework.review import Line, Ranked, Snapshot
from casework.scoring import ScoreRules, Standing, Tallied, change_of_rank, ranking
from casework.vocabulary import ObjectionState

Group = tuple[By, str]
Sums = dict[str, list[int]]
"""By unit: counts by place (`casework.indicators.PLACE`)."""
KINDS: Final = (By.CATEGORY, By.FEED)


class UnitCount(NamedTuple):
    """How often a measure of a unit's spans was counted, and how often of these well; less than nothing takes some out."""

    unit_code: str
    measure: Measure
    excluded: bool
    good: int
    total: int


DayCounts = Mapping[date, Sequence[UnitCount]]
"""By local day."""


class Running:
    """What spans count for that no day's count in the database holds, by local day: those that still run. Of those `periods`
    that run, what counts by the instant looked at is known apart."""

    def __init__(self, periods: Iterable[Period] = ()) -> None:
        self._days: defaultdict[int, _Sums] = defaultdict(_none)
        self._last = {day_number(period.at): (period, _none()) for period in periods if period.runs}

    def add(self, span: UnitSpan, times: int = 1) -> None:
        """All that a span counts for, ever; `times` -1 for one that the database's days hold, and that had not ended yet as
        it was: what is taken out is taken out of whole days alone."""
        unit, excluded = span.unit_code, span.excluded
        for mark in marks(span):
            measure, good, at, _ = mark
            day = day_number(at)
            self._days[day][unit, measure, excluded, good] += times
            if day in self._last and times > 0:
                period, sums = self._last[day]
                sums[unit, measure, excluded, good] += is_in(mark, period)

    def whole_days(self, period: Period) -> DayCounts:
        """The days of a period that are over at the instant looked at."""
        first, until = day_number(period.start), day_number(period.whole_until)
        days = (day for day in range(first, until) if day in self._days)
        return {FIRST_DAY + day * ONE_DAY: _told(self._days[day]) for day in days}

    def last_day(self, period: Period) -> list[UnitCount]:
        """The day of the instant looked at, up to it; nothing of a period that does not run."""
        return _told(self._last[day_number(period.at)][1]) if period.runs else []


_Sums = defaultdict[tuple[str, Measure, bool, bool], int]


def _none() -> _Sums:
    return defaultdict(int)


def _told(sums: _Sums) -> list[UnitCount]:
    return [
        UnitCount(unit, measure, excluded, number * good, number)
        for (unit, measure, excluded, good), number in sums.items()
    ]


def unit_counts(told: Iterable[tuple[UnitSpan, Mark]]) -> list[UnitCount]:
    """Marks of spans in sums."""
    sums = _none()
    for span, (measure, good, _, _) in told:
        sums[span.unit_code, measure, span.excluded, good] += 1
    return _told(sums)


class Given(NamedTuple):
    """What became of the spans given in a period, of one unit, category and feed: `closed` by its end, `on_time` of these."""

    unit_code: str
    category: str
    feed: str
    excluded: bool
    given: int
    closed: int
    on_time: int


class StillOpen(NamedTuple):
    """A unit's spans that were open when a period was over, and how many of them were `overdue`."""

    unit_code: str
    excluded: bool
    open: int
    overdue: int


class Late(NamedTuple):
    """The instants of a span that may have been open and overdue."""

    assigned_at: datetime
    finish_due_at: datetime
    finished_at: datetime | None
    ended_at: datetime | None
    paused_at: datetime | None


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

    def groups(self, unit: str) -> list[Group]:
        """All that a unit's work counts for."""
        found = [(By.COUNTY, "")]
        township = self.townships.get(unit)
        if township is not None:
            found.append((By.TOWNSHIP, township))
        if unit in self.units:
            found.append((By.UNIT, unit))
        return found


class _Reader:
    """Adds counts of measures to counts by place, by a rule of visits."""

    def __init__(self, who: Places, visits: VisitRule) -> None:
        self._local = who.local
        self._at_local, self._elsewhere = places(visits, True), places(visits, False)

    def add(self, sums: list[int], counted: UnitCount) -> None:
        unit, measure, _, good, total = counted
        read = self._at_local if unit in self._local else self._elsewhere
        for place in read.get((measure, True), ()):
            sums[place] += good
        for place in read.get((measure, False), ()):
            sums[place] += total - good


class Weighed:
    """A period's counts: of what counts, and of what is excluded. `visits`: how its visits are read."""

    def __init__(self, who: Places, visits: VisitRule) -> None:
        self._who = who
        self._reader = _Reader(who, visits)
        self._sums: dict[bool, Sums] = {False: {}, True: {}}
        self._kinds: dict[tuple[bool, By, str], list[int]] = {}

    def add_counts(self, counts: Iterable[UnitCount]) -> None:
        """What was counted on any of its days."""
        for each in counts:
            self._reader.add(self._of(each.unit_code, each.excluded), each)

    def add_given(self, given: Iterable[Given]) -> None:
        for each in given:
            of_kinds = (self._of_kind(each.excluded, by, getattr(each, by.value)) for by in KINDS)
            for counts in (self._of(each.unit_code, each.excluded), *of_kinds):
                _add(counts, Indicator.CLOSED, each.closed, each.given)
                _add(counts, Indicator.CLOSED_ON_TIME, each.on_time, each.given)

    def add_open(self, still: Iterable[StillOpen]) -> None:
        for unit, excluded, number, overdue in still:
            _add(self._of(unit, excluded), Indicator.OVERDUE_OPEN, overdue, number)

    def add_standing(self, span: UnitSpan, period: Period, times: int) -> None:
        """How one span stood when the period was over, so many times."""
        for indicator, good, total in stands(span, period):
            groups = [self._of(span.unit_code, span.excluded)]
            if indicator is not Indicator.OVERDUE_OPEN:
                groups += (self._of_kind(span.excluded, by, getattr(span, by.value)) for by in KINDS)
            for counts in groups:
                _add(counts, indicator, times * good, times * total)

    def _of(self, unit: str, excluded: bool) -> list[int]:
        return self._sums[excluded].setdefault(unit, [0] * PLACES)

    def _of_kind(self, excluded: bool, by: By, code: str) -> list[int]:
        return self._kinds.setdefault((excluded, by, code), [0] * PLACES)

    def told(self) -> "Told":
        """By group, once nothing more is added."""
        sums: dict[bool, dict[Group, list[int]]] = {False: {}, True: {}}
        for excluded, units in self._sums.items():
            for unit, counts in units.items():
                for group in self._who.groups(unit):
                    so_far = sums[excluded].get(group)
                    sums[excluded][group] = counts if so_far is None else list(map(int.__add__, so_far, counts))
        for (excluded, by, code), counts in self._kinds.items():
            sums[excluded][by, code] = counts
        return Told(
            *({group: tallied(counts) for group, counts in each.items() if any(counts)} for each in sums.values())
        )


class Told(NamedTuple):
    """Tallies by group, of what counts and of what is excluded. Of categories and feeds only what is given is told apart:
    `CLOSED` and `CLOSED_ON_TIME`."""

    kept: Mapping[Group, Mapping[Indicator, Tally]]
    excluded: Mapping[Group, Mapping[Indicator, Tally]]

    def line(self, by: By, code: str, before: "Told") -> Line:
        """One line; nothing in it where there was nothing."""
        group = (by, code)
        now, excluded = self.kept.get(group, NO_TALLIES), self.excluded.get(group)
        return Line(
            by,
            code,
            now,
            now if excluded is None else added(now, excluded),
            before.kept.get(group, NO_TALLIES),
        )

    def codes(self, by: By, before: "Told | None" = None) -> list[str]:
        """Those that have anything, here or there, the ones that were given most first, then by code."""
        groups = self.kept.keys() | self.excluded.keys() | (before.kept if before is not None else {}).keys()
        found = {code for kind, code in groups if kind is by}
        return sorted(found, key=lambda code: (-self._given(by, code), code))

    def _given(self, by: By, code: str) -> int:
        return self.kept.get((by, code), NO_TALLIES)[Indicator.CLOSED].total


def _add(counts: list[int], indicator: Indicator, good: int, total: int) -> None:
    place = PLACE[indicator]
    counts[place] += good
    counts[place + 1] += total


class Noted:
    """The spans of a period that something is said of: how many are `excluded` or `contested`, by all they count for, and those
    given because the matter came `again`."""

    def __init__(self, spans: Iterable[UnitSpan], period: Period, who: Places, visits: VisitRule) -> None:
        self.again: list[UnitSpan] = []
        self._excluded: Counter[Group] = Counter()
        self._contested: Counter[Group] = Counter()
        for span in spans:
            if span.again and not span.excluded and period.has(span.assigned_at):
                self.again.append(span)
            contested = span.objection == ObjectionState.OPEN
            if (span.excluded or contested) and outcomes(span, period, visits):
                groups = who.groups(span.unit_code)
                self._excluded.update(groups if span.excluded else ())
                self._contested.update(groups if contested else ())

    def on(self, line: Line) -> Line:
        """A line with what is said of its spans."""
        group = (line.by, line.code)
        return line._replace(excluded=self._excluded[group], contested=self._contested[group])


class Lapse:
    """A period day by day: points of the townships, how much was given, and how much was open and overdue."""

    def __init__(self, period: Period, who: Places, rules: ScoreRules) -> None:
        self._period = period
        self._who = who
        self._rules = rules
        self._reader = _Reader(who, rules.visits)
        self._ends = _days(period)
        self._days = {code: [[0] * PLACES for _ in self._ends] for code in who.codes}
        self._given = [0] * len(self._ends)
        self._overdue = [0] * (len(self._ends) + 1)
        self._first = local_day(period.start)

    def add_counts(self, day: date, counts: Iterable[UnitCount]) -> None:
        """What was counted on a day of the period."""
        number = (day - self._first).days
        for each in counts:
            if each.excluded:
                continue
            if each.measure is Measure.GIVEN:
                self._given[number] += each.total
            days = self._days.get(self._who.townships.get(each.unit_code, ""))
            if days is not None:
                self._reader.add(days[number], each)

    def add_late(self, spans: Iterable[Late | UnitSpan]) -> None:
        for span in spans:
            _add_overdue(self._overdue, span, self._period, len(self._ends))

    def snapshots(self) -> tuple[Snapshot, ...]:
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


def _days(period: Period) -> list[datetime]:
    """The ends of the days that have begun; of the running one the instant looked at."""
    ends = []
    start = period.start
    while start < period.end and start <= period.at:
        ends.append(min(start + ONE_DAY, period.at, period.end))
        start += ONE_DAY
    return ends


def _add_overdue(changes: list[int], span: Late | UnitSpan, period: Period, days: int) -> None:
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
    lines: Mapping[str, Line],
    rules: ScoreRules,
    before: Mapping[str, Standing],
    earlier: Sequence[Mapping[str, Standing]],
) -> tuple[Ranked, ...]:
    """The townships by rank, the unranked after them, each by code. `before`: how they stood in what the period is compared
    with; `earlier`: in the whole periods before it, the oldest first."""
    now = ranking({code: Tallied(line.tallies) for code, line in lines.items()}, rules)
    with_excluded = ranking({code: Tallied(line.tallies_with) for code, line in lines.items()}, rules)
    changes = change_of_rank(now, before)
    return tuple(
        Ranked(
            lines[code],
            standing,
            with_excluded[code],
            changes[code],
            tuple(points(each.get(code)) for each in (*earlier, now)),
        )
        for code, standing in now.items()
    )


def points(standing: Standing | None) -> float | None:
    """As shown; `None` where unranked."""
    return standing.score.points if standing is not None and standing.score is not None else None


def standings_of(counts: Iterable[UnitCount], who: Places, rules: ScoreRules) -> dict[str, Standing]:
    """How the townships stood by what their units' days tell (`db.queries.performance.days_of`)."""
    return ranking({code: Tallied(each) for code, each in township_tallies(counts, who, rules.visits).items()}, rules)


def township_tallies(counts: Iterable[UnitCount], who: Places, visits: VisitRule) -> dict[str, dict[Indicator, Tally]]:
    """Every township's indicators from all these counts of its units: those that a span alone decides. The others
    (`CLOSED`, `CLOSED_ON_TIME`, `OVERDUE_OPEN`) have nothing."""
    sums, reader = {code: [0] * PLACES for code in who.codes}, _Reader(who, visits)
    for each in counts:
        of_township = sums.get(who.townships.get(each.unit_code, ""))
        if of_township is not None:
            reader.add(of_township, each)
    return {code: tallied(summed) for code, summed in sums.items()}
