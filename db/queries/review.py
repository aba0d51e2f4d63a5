"""A week, month or quarter of the county as `casework.review` tells it, and the cases behind each of its numbers.

All of a review is read in the caller's one transaction and belongs to one position of the journal. Its numbers are the
county's and know nobody who looks; only lists are narrowed, by `Sight`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.clocks import longest_answer
from casework.county import County, UnitKind
from casework.handling import Finished, Stretch, Took, WorkingTime, handling, took
from casework.indicators import By, Indicator, Period, SpanKey, UnitSpan, group_of, outcomes
from casework.review import (
    CLOCK_OF,
    WEIGHED_WEEKS,
    CaseLine,
    Line,
    ListKey,
    ObjectionState,
    Part,
    PeriodKind,
    PeriodName,
    Review,
    why_missed,
)
from casework.roles import Sight
from casework.rules import Rules
from casework.scoring import ScoreRules, Standing, Tallied, fingerprint, ranking
from casework.vocabulary import Feed
from casework.weighing import (
    Group,
    Lapse,
    Late,
    Noted,
    Places,
    Running,
    Told,
    UnitCount,
    Weighed,
    ranked,
    standings_of,
)
from db.models import Case
from db.projections import pauses_of
from db.queries import review_cases, review_notes
from db.queries.as_of import cases_at, position_at, seen_at
from db.queries.performance import (
    WAYS_OF,
    Way,
    day_counts,
    days_of,
    ended_on_the_last_day,
    finished_in,
    given_in,
    is_of,
    late_in,
    open_at_the_end,
    running_marks,
    spans_noted,
    spans_of_period,
)
from db.queries.sight import in_sight

AT_ONCE: Final = 5_000
_NO_OTHERS: Final = text("SET LOCAL max_parallel_workers_per_gather = 0")


@dataclass(frozen=True)
class ReviewRules:
    """What a review is reckoned by: the rules in force and the county as it is configured."""

    rules: Rules
    county: County

    @cached_property
    def places(self) -> Places:
        units = self.county.units
        committees = (unit.code for unit in units if unit.kind is UnitKind.VILLAGE_COMMITTEE)
        return Places(
            {unit.code: unit.township for unit in units if unit.township is not None},
            frozenset(unit.code for unit in self.county.departments),
            frozenset((*committees, *(grid.code for grid in self.county.grids))),
        )

    def score(self, period: Period) -> ScoreRules:
        """The version in force when a period begins: none is judged by what came in its middle."""
        return self.rules.score.at(period.start)


def read_review(
    session: Session, workings: ReviewRules, name: PeriodName, at: datetime, as_of: datetime | None = None
) -> Review:
    """A period as it is seen at `at`; or as it was seen at the past instant `as_of`, by what the journal told then.

    The same `as_of` gives the same review ever after, but for what no journal tells: decisions, and figures of the court.
    """
    return _Reading(session, workings, name, at if as_of is None else as_of, as_of).review()


def cases_behind(
    session: Session,
    workings: ReviewRules,
    name: PeriodName,
    at: datetime,
    as_of: datetime | None,
    key: ListKey,
    sight: Sight,
    *,
    position: int | None = None,
) -> tuple[CaseLine, ...]:
    """The spans that a number of the same review counts, in the order of the cases, as far as the sight has them: those of
    cases it sees, and of its own units' protected cases a row that names nothing. `position`: the review's own, so that the
    list is the number's whatever was written since."""
    reading = _Reading(session, workings, name, at if as_of is None else as_of, as_of, position)
    return tuple(reading.behind(key, sight))


class _Reading:
    """One period at one position of the journal."""

    def __init__(
        self,
        session: Session,
        workings: ReviewRules,
        name: PeriodName,
        at: datetime,
        as_of: datetime | None,
        position: int | None = None,
    ) -> None:
        _by_one_process(session)
        self.session = session
        self.workings = workings
        self.name = name
        self.at = at
        self.as_of = as_of
        self.places = workings.places
        self.period = name.period(at)
        self.before = name.beside(self.period)
        self.answered = longest_answer(workings.rules.clocks.each)
        if position is None and as_of is not None:
            position = position_at(session, as_of)
        self.seen = seen_at(session, position)
        self.rules, self.rules_before = workings.score(self.period), workings.score(self.before)

    def review(self) -> Review:
        period, rules = self.period, self.rules
        running = self._running()
        counts, lapse = self._stood(period, rules), Lapse(period, self.places, rules)
        for day, counted in self._by_day(running):
            counts.add_counts(counted)
            lapse.add_counts(day, counted)
        lapse.add_late(self._late())
        now, before, took = counts.told(), self._before(running), self._took()
        noted = Noted(self.seen.spans(spans_noted(self.session, period.start)), period, self.places, rules.visits)

        def timed(by: By, code: str) -> Line:
            return noted.on(now.line(by, code, before))._replace(handling=handling(took.get((by, code), ())))

        townships = {code: timed(By.TOWNSHIP, code) for code in self.places.codes}
        stood_before = ranking({code: Tallied(line.before) for code, line in townships.items()}, self.rules_before)
        inflow = review_cases.inflow(self.session, period, self.seen, weekly=self.name.kind is PeriodKind.WEEK)
        return Review(
            name=self.name,
            period=period,
            as_of=self.as_of,
            position=self.seen.position,
            rules=rules,
            calendar=self.workings.rules.calendar.version,
            fingerprint=self._fingerprint(),
            county=timed(By.COUNTY, ""),
            townships=ranked(townships, rules, stood_before, self._earlier(running, stood_before)),
            departments=tuple(timed(By.UNIT, code) for code in now.codes(By.UNIT)),
            categories=tuple(now.line(By.CATEGORY, code, before) for code in now.codes(By.CATEGORY, before)),
            feeds=tuple(now.line(By.FEED, feed, before) for feed in Feed),
            rises=review_cases.risen(inflow),
            rises_weeks=len(inflow.earlier),
            hot_spots=review_cases.hot_spots(inflow, self.workings.county),
            repeats=review_cases.repeats(self.session, noted.again, self.seen),
            decisions=review_notes.decisions(self.session, self.name, self.at),
            objections=review_notes.objections(self.session, period, self.seen),
            court=review_notes.court(self.session, self.name, self.at),
            lapse=lapse.snapshots(),
        )

    def _stood(self, period: Period, rules: ScoreRules) -> Weighed:
        """A period's counts of how spans stood at its end; what they count for day by day is not in them yet."""
        counts = Weighed(self.places, rules.visits)
        counts.add_given(given_in(self.session, period))
        counts.add_open(open_at_the_end(self.session, period))
        for spans, times in ((self.seen.now, -1), (self.seen.then, 1)):
            for span in spans:
                counts.add_standing(span, period, times)
        return counts

    def _running(self) -> Running:
        both, changed = (self.period, self.before), self.seen.cases.keys()
        return running_marks(self.session, self.period.end, both, changed, self.seen.corrections())

    def _by_day(self, running: Running) -> Iterator[tuple[date, Sequence[UnitCount]]]:
        """What was counted on each day of the period."""
        yield from day_counts(self.session, self.period).items()
        yield from running.whole_days(self.period).items()
        yield local_day(self.period.whole_until), self._last_day(self.period, running)

    def _last_day(self, period: Period, running: Running) -> list[UnitCount]:
        """What was counted on the day of the instant looked at, up to it; nothing of a period that is over."""
        ended = ended_on_the_last_day(self.session, period, self.answered, self.seen.cases.keys())
        return [*running.last_day(period), *ended]

    def _before(self, running: Running) -> Told:
        """What the period is compared with."""
        counts = self._stood(self.before, self.rules_before)
        counts.add_counts(days_of(self.session, self.before, running))
        counts.add_counts(self._last_day(self.before, running))
        return counts.told()

    def _late(self) -> list[Late | UnitSpan]:
        """What was open and overdue at any time in the period."""
        late = [each for case_id, each in late_in(self.session, self.period) if case_id not in self.seen.cases]
        return [*late, *(span for span in self.seen.then if not span.excluded)]

    def _took(self) -> dict[Group, list[Took]]:
        """How long each span took that was finished in the period, by all it counts for."""
        finished = [each for each in finished_in(self.session, self.period) if each.case_id not in self.seen.cases]
        finished += (
            Finished(*span.key, span.unit_code, span.assigned_at, span.finished_at, span.paused_seconds)
            for span in self.seen.then
            if span.finished_at is not None and not span.excluded and self.period.has(span.finished_at)
        )
        clock = WorkingTime(self.workings.rules.calendar, self.rules.hours)
        pauses = self._pauses([each.key for each in finished if each.paused_seconds])
        by_unit: defaultdict[str, list[Took]] = defaultdict(list)
        for each in finished:
            by_unit[each.unit_code].append(took(each, clock, pauses.get(each.key, ())))
        found: defaultdict[Group, list[Took]] = defaultdict(list)
        for unit, told in by_unit.items():
            for group in self.places.groups(unit):
                found[group] += told
        return found

    def _fingerprint(self) -> str:
        """When it was looked at changes no number of a period that is over."""
        period = self.period._replace(at=min(self.period.at, self.period.end))
        calendar = self.workings.rules.calendar.version
        return fingerprint(self.seen.position, self.rules.version, calendar, period)

    def _pauses(self, keys: Sequence[SpanKey]) -> Mapping[SpanKey, Sequence[Stretch]]:
        """The pauses of those spans; only their journals tell."""
        wanted = {case_id for case_id, _ in keys}
        cases = dict(cases_at(self.session, sorted(wanted - self.seen.cases.keys()), self.seen.position))
        cases |= {case_id: case for case_id, case in self.seen.cases.items() if case_id in wanted}
        return {key: pauses for case_id, case in cases.items() for key, pauses in _pauses_of(case_id, case)}

    def _earlier(self, running: Running, before: Mapping[str, Standing]) -> list[Mapping[str, Standing]]:
        """How the townships stood in the whole periods before this one, the oldest first; one that was not over says nothing.
        `before`: as they stood in what the period is compared with."""
        names = [self.name.before()]
        while len(names) < WEIGHED_WEEKS - 1:
            names.append(names[-1].before())
        whole = [] if self.period.runs else [before]
        found: list[Mapping[str, Standing]] = []
        for name in reversed(names[len(whole) :]):
            period = name.period(self.at)
            if period.end > self.at:
                found.append({})
                continue
            found.append(standings_of(days_of(self.session, period, running), self.places, self.workings.score(period)))
        return [*found, *whole]

    def behind(self, key: ListKey, sight: Sight) -> Iterator[CaseLine]:
        """See `cases_behind`."""
        spans = [
            span
            for span in sorted(self._spans(key))
            if not span.excluded
            and group_of(span, key.by, self.places.townships) == key.code
            and self._is_behind(span, key)
        ]
        cases = self._cases(sorted({span.case_id for span in spans}), sight)
        for span in spans:
            case, in_view = cases[span.case_id]
            if in_view:
                yield _line(span, key, case.code, *self._face(case), self.at)
            elif span.unit_code in sight.units:
                yield _line(span._replace(category="", township=None), key, "", "", "", self.at)

    def _spans(self, key: ListKey) -> list[UnitSpan]:
        """All that may count for a number of the period; of what has changed since, perhaps for another, too."""
        only, ways = is_of(key.by, key.code, self.places.townships), WAYS_OF[key.indicator]
        if key.indicator is Indicator.FINISHED and key.part is Part.MISSED:
            ways = frozenset({Way.RAN_OUT})
        period = self.period
        return self.seen.spans(spans_of_period(self.session, period.start, period.end, self.answered, only, ways))

    def _is_behind(self, span: UnitSpan, key: ListKey) -> bool:
        counted = [
            each
            for each in outcomes(span, self.period, self.rules.visits, span.unit_code in self.places.local)
            if each.indicator is key.indicator
        ]
        good, total = any(each.good for each in counted), any(each.total for each in counted)
        match key.part:
            case Part.GOOD:
                return good
            case Part.ALL:
                return total
            case Part.MISSED:
                return total and not good
            case Part.LATE:
                return good and span.finished_at is not None and span.finished_at > span.finish_due_at

    def _cases(self, case_ids: Sequence[int], sight: Sight) -> dict[int, tuple[Any, bool]]:
        """Each case's row, and whether the sight sees it."""
        found: dict[int, tuple[Any, bool]] = {}
        for first in range(0, len(case_ids), AT_ONCE):
            wanted = Case.id.in_(case_ids[first : first + AT_ONCE])
            for row in self.session.execute(
                select(Case.id, Case.code, Case.status, Case.colour, in_sight(sight).label("seen")).where(wanted)
            ):
                found[row.id] = (row, bool(row.seen))
        return found

    def _face(self, row: Any) -> tuple[str, str]:
        """Colour and status, as they were."""
        case = self.seen.cases.get(row.id)
        return (row.colour, row.status) if case is None else (case.colour.value, case.status.value)


def _by_one_process(session: Session) -> None:
    """No statement of a review runs for as long as PostgreSQL takes to start others beside its own process."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_NO_OTHERS)


def _pauses_of(case_id: int, case: CaseState) -> Iterator[tuple[SpanKey, list[Stretch]]]:
    for thread in case.threads:
        for span in thread.spans:
            yield (case_id, span.number), list(pauses_of(span, thread.extras.pauses))


def _line(span: UnitSpan, key: ListKey, code: str, colour: str, status: str, at: datetime) -> CaseLine:
    due_field, done_field = CLOCK_OF[key.indicator]
    due: datetime | None = getattr(span, due_field) if due_field is not None else None
    done: datetime | None = getattr(span, done_field) if done_field is not None else None
    late = None
    if due is not None:
        until = done or span.ended_at or at
        late = (until - due).total_seconds() if until > due else None
    return CaseLine(
        code,
        span.number,
        span.unit_code,
        span.category,
        span.township,
        colour,
        status,
        span.assigned_at,
        due,
        done,
        late,
        why_missed(span, key.indicator) if key.part is Part.MISSED else "",
        span.excluded,
        ObjectionState(span.objection) if span.objection is not None else None,
    )
