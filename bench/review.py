"""What the weekly review costs among a million cases, and any list behind its numbers; beside it the same table naively.

The naive way is what people do with a full export: every case and every span is read into memory and gone through in plain
Python for each township and rate. (No pandas in the lock; a script of the same sort.)
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.figures import Figure, percentile
from bench.growth import grow
from bench.installation import Installation, Kind
from bench.stand import Stand
from bench.workload import CONFIG
from casework.indicators import ON_THE_WALL, Indicator, Period
from casework.review import ListKey, Part, PeriodKind, PeriodName, Review
from casework.roles import Sight
from casework.vocabulary import Satisfaction
from config.county import load_county
from config.rules import load_rules
from db import journal
from db.database import Database
from db.models import Assignment, Case
from db.queries.review import ReviewRules, cases_behind, read_review
from db.rollup import count_anew

CASES: Final = 1_000_000
PAST: Final = 6
"""Weeks back that are read beside the running one."""
TARGET: Final = "≤ 600 ms, PostgreSQL 300"
LIST_TARGET: Final = "≤ 300 ms"
EVERYTHING: Final = Sight(whole_county=True)


def title(_: Stand) -> str:
    return f"review: a week's page and its lists among {CASES:,} cases"


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = stand.ground.new(kind)
    with county.ingesting():
        stand.burst(county, stand.frames(stand.history))
    stand.say(f"{kind}: growing to {CASES:,} cases")
    grow(county.url, CASES)
    with_days(county.url)
    figures = list(_figures(county, stand.options.rounds))
    stand.ground.discard(county)
    return figures


def with_days(url: str) -> None:
    """Count the days of the copies, which no journal tells."""
    database = Database(url)
    with database.write() as session:
        count_anew(session)
    database.close()


def _figures(county: Installation, rounds: int) -> Iterator[Figure]:
    database = Database(county.url)
    try:
        found = times(database, rounds)
        naive, same = beside_naive(database)
    finally:
        database.close()
    yield Figure("cases in the database", f"{county.cases():,}", f"{CASES:,}", absolute=True)
    for name, seconds in found.items():
        target = TARGET if name == "week" else LIST_TARGET if name == "list" else ""
        yield Figure(f"{name} p50", f"{median(seconds) * 1000:,.0f} ms", absolute=True)
        yield Figure(f"{name} p95", f"{percentile(seconds, 95) * 1000:,.0f} ms", target, absolute=True)
    yield Figure("naively from a full export, times the week", f"{naive / median(found['week']):.0f}")
    yield Figure("rates that differ from the naive ones", f"{len(ON_THE_WALL) - same}", "0")


def times(database: Database, rounds: int) -> dict[str, list[float]]:
    """Seconds by what was read: the running week and some before it, a month, a quarter, and lists of each of its numbers."""
    workings, at = ReviewRules(load_rules(CONFIG), load_county(CONFIG / "county.toml")), datetime.now(UTC)
    found: dict[str, list[float]] = {"week": [], "month": [], "quarter": [], "list": []}
    weeks = [PeriodName.holding(at - timedelta(weeks=back)) for back in range(PAST)]
    for _ in range(rounds):
        for name in (*weeks, PeriodName.holding(at, PeriodKind.MONTH), PeriodName.holding(at, PeriodKind.QUARTER)):
            seconds, review = _timed_review(database, workings, name, at)
            found[str(name.kind)].append(seconds)
            if name.kind is PeriodKind.WEEK:
                found["list"] += _timed_lists(database, workings, review, at)
    return found


def _timed_review(database: Database, workings: ReviewRules, name: PeriodName, at: datetime) -> tuple[float, Review]:
    with database.read() as session:
        journal.position(session)  # a connection is there
        began = time.perf_counter()
        review = read_review(session, workings, name, at)
        return time.perf_counter() - began, review


def _timed_lists(database: Database, workings: ReviewRules, review: Review, at: datetime) -> Iterator[float]:
    """The county's missed clocks and the first township's; each list is as long as its number."""
    first = review.townships[0].line
    for line in (review.county, first):
        key = ListKey(Indicator.FINISHED, Part.MISSED, line.by, line.code)
        with database.read() as session:
            journal.position(session)
            began = time.perf_counter()
            found = cases_behind(session, workings, review.name, at, None, key, EVERYTHING, position=review.position)
            yield time.perf_counter() - began
        assert len(found) == line.tallies[Indicator.FINISHED].missed, "a list is its number"


def beside_naive(database: Database) -> tuple[float, int]:
    """Seconds the naive way takes for the running week, and how many of the wall's rates agree in every township."""
    workings, at = ReviewRules(load_rules(CONFIG), load_county(CONFIG / "county.toml")), datetime.now(UTC)
    name = PeriodName.holding(at)
    with database.read() as session:
        review = read_review(session, workings, name, at)
        began = time.perf_counter()
        naive = _naive(session, review.period, workings)
        seconds = time.perf_counter() - began
    told = {each.line.code: each.line.tallies for each in review.townships}
    same = [all(tuple(told[code][indicator]) == naive[code, indicator] for code in told) for indicator in ON_THE_WALL]
    return seconds, sum(same)


def _naive(session: Session, period: Period, workings: ReviewRules) -> dict[tuple[str, Indicator], tuple[int, int]]:
    """Everything exported, then gone through."""
    cases = {row.id: row for row in session.execute(select(Case.__table__))}
    spans = [row for row in session.execute(select(Assignment.__table__)) if row.case_id in cases]
    satisfied = workings.rules.score.at(period.start).visits.satisfied
    found: defaultdict[tuple[str, Indicator], list[int]] = defaultdict(lambda: [0, 0])
    for row in spans:
        township = workings.places.townships.get(row.unit_code)
        if township is None or row.excluded:
            continue
        for indicator, good in _outcomes(row, period, satisfied):
            found[township, indicator][0] += good
            found[township, indicator][1] += 1
    codes = workings.places.codes
    return {(code, each): tuple(found[code, each]) for code in codes for each in ON_THE_WALL}  # type: ignore[misc]


class _Clock(NamedTuple):
    indicator: Indicator
    done: datetime | None
    due: datetime
    until: datetime | None


def _outcomes(row: Any, period: Period, satisfied: frozenset[Satisfaction]) -> Iterator[tuple[Indicator, bool]]:
    until = min((each for each in (row.finished_at, row.ended_at) if each is not None), default=None)
    paused = row.paused_at is not None and row.paused_at <= row.finish_due_at
    for clock in (
        _Clock(Indicator.SIGNED, row.signed_at, row.sign_due_at, until),
        _Clock(Indicator.CONTACTED, row.contacted_at, row.contact_due_at, until),
        _Clock(Indicator.FINISHED, row.finished_at, row.finish_due_at, row.ended_at),
    ):
        if clock.done is not None and clock.done <= clock.due:
            if period.start <= clock.done < period.end and clock.done <= period.at:
                yield clock.indicator, True
        elif period.start <= clock.due < period.end and clock.due < period.at:
            asked = clock.until is None or clock.until > clock.due
            if asked and not (paused and clock.indicator is Indicator.FINISHED):
                yield clock.indicator, False
    if row.visited_at is not None and row.reached and period.has(row.visited_at):
        if row.solved is not None:
            yield Indicator.SOLVED, row.solved
        if row.satisfaction not in (None, Satisfaction.UNKNOWN):
            yield Indicator.SATISFIED, row.satisfaction in satisfied
