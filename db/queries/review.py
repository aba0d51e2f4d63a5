"""A week, month or quarter of the county as `casework.review` tells it, and the cases behind each of its numbers.

All of a review is read in the caller's one transaction and belongs to one position of the journal. Its numbers are the
county's and know nobody who looks; only lists are narrowed, by `Sight`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.clocks import longest_answer
from casework.county import County, UnitKind
from casework.handling import Stretch
from casework.indicators import By, Indicator, Period, SpanKey, UnitSpan, group_of, outcomes
from casework.lifecycle import fold
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
from casework.scoring import ScoreRules, Standing, fingerprint
from casework.vocabulary import Feed
from casework.weighing import Places, Weighed, ranked, standings_of
from db import journal
from db.models import Case
from db.projections import pauses_of
from db.queries import review_cases, review_notes
from db.queries.as_of import position_at, seen_at
from db.queries.performance import days_of, is_of, running_marks, spans_of_period
from db.queries.sight import in_sight

LEAST_OF_A_VILLAGE: Final = 5
"""[default] A village that was given fewer is not told apart."""
AT_ONCE: Final = 5_000


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
        self.session = session
        self.workings = workings
        self.name = name
        self.at = at
        self.as_of = as_of
        self.places = workings.places
        self.period, self.before = name.period(at), name.before().period(at)
        if position is None and as_of is not None:
            position = position_at(session, as_of)
        self.seen = seen_at(session, position)
        self.rules = workings.score(self.period)

    def review(self) -> Review:
        period, calendar = self.period, self.workings.rules.calendar
        spans = self._spans(self.before.start)
        rules_before = self.workings.score(self.before)
        lines = Weighed(spans, period, self.before, self.places, (self.rules, rules_before))
        pauses = self._pauses(lines.paused())

        def timed(by: By, code: str) -> Line:
            return lines.timed(by, code, calendar, self.rules.hours, pauses)

        townships = {code: timed(By.TOWNSHIP, code) for code in self.places.codes}
        villages = (lines.line(By.VILLAGE, code) for code in lines.codes(By.VILLAGE))
        inflow = review_cases.inflow(self.session, period, self.seen, weekly=self.name.kind is PeriodKind.WEEK)
        return Review(
            name=self.name,
            period=period,
            as_of=self.as_of,
            position=self.seen.position,
            rules=self.rules,
            calendar=calendar.version,
            fingerprint=self._fingerprint(),
            county=timed(By.COUNTY, ""),
            townships=ranked(townships, self.rules, rules_before, self._earlier()),
            departments=tuple(timed(By.UNIT, code) for code in lines.codes(By.UNIT)),
            categories=tuple(lines.line(By.CATEGORY, code) for code in lines.codes(By.CATEGORY)),
            feeds=tuple(lines.line(By.FEED, feed) for feed in Feed),
            villages=tuple(line for line in villages if line.tallies[Indicator.RETURNED].total >= LEAST_OF_A_VILLAGE),
            rises=review_cases.risen(inflow),
            rises_weeks=len(inflow.earlier),
            hot_spots=review_cases.hot_spots(inflow, self.workings.county),
            repeats=review_cases.repeats(self.session, spans, period, self.seen),
            decisions=review_notes.decisions(self.session, self.name, self.at),
            objections=review_notes.objections(self.session, period, self.seen),
            court=review_notes.court(self.session, self.name, self.at),
            lapse=lines.lapse(),
        )

    def _fingerprint(self) -> str:
        """When it was looked at changes no number of a period that is over."""
        period = self.period._replace(at=min(self.period.at, self.period.end))
        calendar = self.workings.rules.calendar.version
        return fingerprint(self.seen.position, self.rules.version, calendar, period)

    def _spans(self, start: datetime, by: By = By.COUNTY, code: str = "") -> list[UnitSpan]:
        """All that may count from an instant to the period's end, there; of what has changed since, perhaps elsewhere, too."""
        answered = longest_answer(self.workings.rules.clocks.each)
        only = is_of(by, code, self.places.townships)
        return self.seen.spans(spans_of_period(self.session, start, self.period.end, answered, only))

    def _pauses(self, keys: Sequence[SpanKey]) -> Mapping[SpanKey, Sequence[Stretch]]:
        """The pauses of those spans; only their journals tell."""
        case_ids = sorted({case_id for case_id, _ in keys} - self.seen.cases.keys())
        told = journal.entries_of(self.session, case_ids) if case_ids else {}
        cases = {case_id: fold(entries) for case_id, entries in told.items()} | dict(self.seen.cases)
        wanted = {case_id for case_id, _ in keys}
        return {key: pauses for case_id in wanted for key, pauses in _pauses_of(case_id, cases[case_id])}

    def _earlier(self) -> list[Mapping[str, Standing]]:
        """How the townships stood in the periods before the last one, the oldest first; one that was not over says nothing."""
        names = [self.name.before().before()]
        while len(names) < WEIGHED_WEEKS - 2:
            names.append(names[-1].before())
        running = running_marks(self.session, self.before.start, self.seen.cases.keys(), self.seen.corrections())
        found: list[Mapping[str, Standing]] = []
        for name in reversed(names):
            period = name.period(self.at)
            if period.end > self.at:
                found.append({})
                continue
            found.append(standings_of(days_of(self.session, period, running), self.places, self.workings.score(period)))
        return found

    def behind(self, key: ListKey, sight: Sight) -> Iterator[CaseLine]:
        """See `cases_behind`."""
        spans = [
            span
            for span in sorted(self._spans(self.period.start, key.by, key.code))
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
