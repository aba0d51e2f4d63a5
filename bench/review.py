"""What the weekly review costs among a million cases, and any list behind its numbers; beside it the same table by pandas.

The other way is what people do with a full export: every span is read into a data frame, and the table is made of columns.
"""

import gc
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

import pandas
from sqlalchemy import select, text
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
from db.models import Assignment
from db.queries.review import ReviewRules, cases_behind, read_review
from db.rollup import count_anew

CASES: Final = 1_000_000
PAST: Final = 6
"""Weeks that are read: the running one and those before it."""
TARGET: Final = "≤ 600 ms, PostgreSQL 300"
LIST_TARGET: Final = "≤ 300 ms"
AS_SERVED: Final = (100_000, 50, 50)
"""How often the interpreter looks for reference cycles in every process of ours (`run.py`)."""
EVERYTHING: Final = Sight(whole_county=True)
COLUMNS: Final = (*ON_THE_WALL, Indicator.CLOSED, Indicator.CLOSED_ON_TIME, Indicator.DISSATISFIED)
"""Of the weekly table: the scored rates of the wall, and what the sheet counties publish is made of."""
INSTANTS: Final = (
    "assigned_at", "sign_due_at", "signed_at", "contact_due_at", "contacted_at", "finish_due_at", "finished_at", "ended_at",
    "paused_at", "visited_at",
)  # fmt: skip
EXPORT: Final = select(
    *(
        Assignment.__table__.c[name]
        for name in ("unit_code", *INSTANTS, "reached", "solved", "satisfaction", "excluded")
    )
)


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
        if not database.is_sqlite:
            # So much is counted between two statements.
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        count_anew(session)
    database.close()


def _figures(county: Installation, rounds: int) -> Iterator[Figure]:
    now = datetime.now(UTC)
    at = PeriodName.holding(now).before().period(now).end - timedelta(minutes=1)
    database = Database(county.url)
    try:
        first, found = times(database, rounds, at)
        by_pandas, differing = beside_pandas(database, at)
    finally:
        database.close()
    yield Figure("cases in the database", f"{county.cases():,}", f"{CASES:,}", absolute=True)
    yield Figure("the first week, its statements not yet made", f"{first * 1000:,.0f} ms", TARGET, absolute=True)
    for name, seconds in found.items():
        target = TARGET if name == "week" else LIST_TARGET if name == "list" else ""
        yield Figure(f"{name} p50", f"{median(seconds) * 1000:,.0f} ms", absolute=True)
        yield Figure(f"{name} p95", f"{percentile(seconds, 95) * 1000:,.0f} ms", target, absolute=True)
    yield Figure("by pandas from a full export, times the week", f"{by_pandas / median(found['week']):.0f}")
    yield Figure(f"of its {len(COLUMNS)} columns differ", str(differing), "0")


def times(database: Database, rounds: int, at: datetime) -> tuple[float, dict[str, list[float]]]:
    """Seconds of the very first review, for which every statement is made and planned; then seconds by what was read: the
    running week and some before it, a month, a quarter, and lists of each of its numbers.

    `at`: the clock, put back to late on a Sunday, when a running week is fullest; the tables are as they are now.
    """
    gc.set_threshold(*AS_SERVED)
    workings = ReviewRules(load_rules(CONFIG), load_county(CONFIG / "county.toml"))
    first, _ = _timed_review(database, workings, PeriodName.holding(at), at)
    found: dict[str, list[float]] = {"week": [], "month": [], "quarter": [], "list": []}
    weeks = [PeriodName.holding(at - timedelta(weeks=back)) for back in range(PAST)]
    for _ in range(rounds):
        for name in (*weeks, PeriodName.holding(at, PeriodKind.MONTH), PeriodName.holding(at, PeriodKind.QUARTER)):
            seconds, review = _timed_review(database, workings, name, at)
            found[str(name.kind)].append(seconds)
            if name.kind is PeriodKind.WEEK:
                found["list"] += _timed_lists(database, workings, review, at)
    return first, found


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


def beside_pandas(database: Database, at: datetime) -> tuple[float, int]:
    """Seconds that a full export into pandas takes to tell the running week's table, and how many of its columns are not the
    review's to the last digit."""
    workings = ReviewRules(load_rules(CONFIG), load_county(CONFIG / "county.toml"))
    with database.read() as session:
        review = read_review(session, workings, PeriodName.holding(at), at)
        began = time.perf_counter()
        table = pandas_table(session, review.period, workings)
        seconds = time.perf_counter() - began
    told = {each.line.code: each.line.tallies for each in review.townships}
    other = [
        indicator
        for indicator in COLUMNS
        if any(tuple(told[code][indicator]) != table[indicator][code] for code in told)
    ]
    return seconds, len(other)


def pandas_table(
    session: Session, period: Period, workings: ReviewRules
) -> dict[Indicator, dict[str, tuple[int, int]]]:
    """The weekly table by township, of all spans there are: for each column numerator and denominator."""
    spans = pandas.read_sql(EXPORT, session.connection())
    for name in INSTANTS:
        spans[name] = pandas.to_datetime(spans[name], utc=True, format="ISO8601")
    spans["township"] = spans["unit_code"].map(dict(workings.places.townships))
    spans = spans[spans["township"].notna() & ~spans["excluded"].astype(bool)]
    satisfied = workings.rules.score.at(period.start).visits.satisfied
    found: dict[Indicator, dict[str, tuple[int, int]]] = {}
    for indicator, (good, total) in _columns(spans, period, satisfied).items():
        by_township = [each.groupby(spans["township"]).sum() for each in (good, total)]
        found[indicator] = {
            code: (int(by_township[0].get(code, 0)), int(by_township[1].get(code, 0))) for code in workings.places.codes
        }
    return found


Masks = tuple[Any, Any]
"""Which spans count well, and which count at all."""


def _columns(spans: Any, period: Period, satisfied: frozenset[Satisfaction]) -> dict[Indicator, Masks]:
    until = spans[["finished_at", "ended_at"]].min(axis=1)
    paused = spans["paused_at"] <= spans["finish_due_at"]
    return {
        Indicator.SIGNED: _clock(spans, "signed_at", "sign_due_at", until, period),
        Indicator.CONTACTED: _clock(spans, "contacted_at", "contact_due_at", until, period),
        Indicator.FINISHED: _clock(spans, "finished_at", "finish_due_at", spans["ended_at"], period, paused),
        **_visits(spans, period, satisfied),
        **_of_given(spans, period),
    }


def _happened(instants: Any, period: Period) -> Any:
    return (instants >= period.start) & (instants < period.end) & (instants <= period.at)


def _clock(spans: Any, done: str, due: str, until: Any, period: Period, stood: Any = None) -> Masks:
    """Met in time in the period, and that or run out in it while somebody was still asked; `stood`: whose clock did not run."""
    met = spans[done] <= spans[due]
    passed = (spans[due] >= period.start) & (spans[due] < period.end) & (spans[due] < period.at)
    ran_out = ~met & passed & (until.isna() | (until > spans[due]))
    good = met & _happened(spans[done], period)
    return good, good | (ran_out if stood is None else ran_out & ~stood)


def _visits(spans: Any, period: Period, satisfied: frozenset[Satisfaction]) -> dict[Indicator, Masks]:
    visited = _happened(spans["visited_at"], period) & spans["reached"].fillna(0).astype(bool)
    solved, answer = spans["solved"], spans["satisfaction"]
    says, answers = visited & solved.notna(), visited & answer.notna() & (answer != Satisfaction.UNKNOWN.value)
    unhappy = [Satisfaction.DISSATISFIED.value, Satisfaction.VERY_DISSATISFIED.value]
    return {
        Indicator.SOLVED: (says & solved.fillna(0).astype(bool), says),
        Indicator.SATISFIED: (answers & answer.isin([each.value for each in satisfied]), answers),
        Indicator.DISSATISFIED: (answers & answer.isin(unhappy), answers),
    }


def _of_given(spans: Any, period: Period) -> dict[Indicator, Masks]:
    given = _happened(spans["assigned_at"], period)
    finished = given & (spans["finished_at"] < period.end) & (spans["finished_at"] <= period.at)
    return {
        Indicator.CLOSED: (finished, given),
        Indicator.CLOSED_ON_TIME: (finished & (spans["finished_at"] <= spans["finish_due_at"]), given),
    }
