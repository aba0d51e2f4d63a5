"""A week's performance as the database finds it is what plain reckoning finds in the journal, whatever people and feeds do."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from casework.case import Case as CaseState
from casework.case import Span, Thread
from casework.clocks import Clock, Kind, State, clocks_of
from casework.errors import Refused
from casework.indicators import ON_THE_WALL, WEEK, Indicator, Period, SpanKey, UnitSpan, VisitRule, figures, weeks_until
from casework.lifecycle import Rules
from casework.moves import Approve, Assign, Contact, Finish, Move, RecordVisit, Redo, Sign
from casework.scoring import wall_table, week
from casework.vocabulary import Satisfaction, Status
from dashboard.live.board import first_day
from db import acts
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case
from db.queries import performance
from tests.boards import overview_of
from tests.conftest import Databases
from tests.db.centre import PREFIX, Centre, folded
from tests.db.test_wall_and_journal import BEGINNING, County, local
from tests.records import NOW, Feed, at

INSTANT = timedelta(microseconds=1)
TOWNSHIPS = {"U-CITY": "T-1", "U-WATER": "T-1", "U-FIRE": "T-2"}  # U-STATION's is unknown
SATISFIED = frozenset({Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED})
ANSWERS = (None, *Satisfaction)
Counts = dict[tuple[str, Indicator], tuple[list[SpanKey], list[SpanKey]]]


class LivedIn(County):
    """A county whose people speak to citizens, finish and go back to ask, besides all that the others do."""

    def try_something(self, session: Any, case_id: int, case: CaseState, case_ids: list[int], moment: datetime) -> None:
        if self.random.random() < 0.5:
            super().try_something(session, case_id, case, case_ids, moment)
            return
        for move in self.random.choice(WAYS)(moment, self.random.random(), self.random.choice(ANSWERS)):
            with suppress(Refused):
                acts.act(session, self.centre.rules, case_id, move)
                self.done[type(move).__name__] += 1

    def report(self, feed: Feed, number: int) -> dict[str, Any]:
        """The hotline tells of visits, too."""
        told = super().report(feed, number)
        if told.get("state") == "已结案" and self.random.random() < 0.8:
            asked = {"visitCallIsConnected": "1", "visitIsSolved": self.random.choice("01")}
            told |= {"visitTime": local(self.moment()), "visitSatisfaction": "满意"} | asked
        return told


def goes_back(moment: datetime, chance: float, answer: Satisfaction | None) -> Iterator[Move]:
    """Somebody finishes it at once and the centre asks the citizen; not everybody is reached, or says everything."""
    yield Sign(by="u", at=moment)
    yield Finish(by="u", at=moment)
    yield Approve(by="centre", at=moment)
    yield from asks(moment + timedelta(hours=1), chance, answer)


def asks(moment: datetime, chance: float, answer: Satisfaction | None) -> Iterator[Move]:
    if chance < 0.2:
        yield RecordVisit(by="centre", at=moment, reached=False)
    else:
        solved = None if chance < 0.3 else chance < 0.7
        yield RecordVisit(by="centre", at=moment, reached=True, solved=solved, satisfaction=answer)
    if chance > 0.9:
        yield Redo(by="centre", at=moment, reason="不满意")


WAYS: tuple[Callable[[datetime, float, Satisfaction | None], Iterator[Move]], ...] = (
    lambda moment, chance, answer: iter([Contact(by="u", at=moment)]),
    lambda moment, chance, answer: iter([Contact(by="u", at=moment)]),
    lambda moment, chance, answer: iter([Contact(by="u", at=moment, unit="U-FIRE")]),
    lambda moment, chance, answer: iter([Assign(by="u", at=moment, unit="U-CITY", reason="职责")]),
    goes_back,
    asks,
)


@pytest.fixture(
    scope="module", params=[("sqlite", 2), ("sqlite", 5), ("postgresql", 2)], ids=lambda param: f"{param[0]}-{param[1]}"
)
def county(request: pytest.FixtureRequest, databases: Databases, rules: Rules) -> Iterator[LivedIn]:
    """For who only looks."""
    kind, seed = request.param
    database = databases.open(databases.url(kind, "lived_in"))
    county = LivedIn(Centre(database, Recorder(rules, PREFIX)), seed)
    county.fill(200)
    county.live(1500)
    county.centre.check()
    yield county
    database.close()


def reckoned(cases: dict[int, CaseState], period: Period) -> Counts:
    """Every rate by walking the cases' own clocks: one that ended in time is met, one that is late ran out when it was due.

    Independent of `casework.indicators`: it asks how each clock stands (`Clock.state`), as a case's page does.
    """
    last = min(period.at, period.end - INSTANT)
    found: Counts = {}
    for case_id, case in cases.items():
        for thread in case.threads if case.status is not Status.MERGED else ():
            for span, clocks in by_span(thread):
                township = TOWNSHIPS.get(span.unit_code)
                if township is not None:
                    key = (case_id, span.number)
                    for indicator, good in outcomes(span, clocks, period.start, last):
                        all_of, good_of = found.setdefault((township, indicator), ([], []))
                        all_of.append(key)
                        good_of += [key] if good else []
    return found


def by_span(thread: Thread) -> Iterator[tuple[Span, list[Clock]]]:
    """Every span of a report, holders' and co-handlers', with its three clocks."""
    spans = [*thread.spans, *(helper.span for helper in thread.extras.helpers)]
    clocks = [clock for clock in clocks_of(thread) if clock.kind in (Kind.SIGN, Kind.CONTACT, Kind.FINISH)]
    assert len(clocks) == 3 * len(spans)
    for place, span in enumerate(spans):
        yield span, clocks[3 * place : 3 * place + 3]


RATES = {Kind.SIGN: Indicator.SIGNED, Kind.CONTACT: Indicator.CONTACTED, Kind.FINISH: Indicator.FINISHED}
HEAVEN = datetime.max.replace(tzinfo=NOW.tzinfo)


def outcomes(span: Span, clocks: list[Clock], start: datetime, last: datetime) -> Iterator[tuple[Indicator, bool]]:
    for clock in clocks:
        state = clock.state(HEAVEN, 0.2)
        ended = clock.stopped_at if state is State.MET else clock.due.at + INSTANT
        # A clock that nobody was asked about any more at its deadline did not run out, though it was answered late.
        late = state in (State.LATE, State.OVERDUE) and (clock.until is None or clock.until > clock.due.at)
        late = late and (clock.paused_at is None or clock.paused_at > clock.due.at)
        if (state is State.MET or late) and ended is not None and start <= ended <= last:
            yield RATES[clock.kind], state is State.MET
    visit = span.visit
    if visit is not None and visit.reached is True and start <= visit.at <= last:
        if visit.solved in (True, False):
            yield Indicator.SOLVED, visit.solved is True
        if visit.satisfaction in set(Satisfaction) - {Satisfaction.UNKNOWN}:
            yield Indicator.SATISFIED, visit.satisfaction in SATISFIED


def test_every_rate_of_every_week_is_what_plain_reckoning_finds(county: LivedIn) -> None:
    centre, chance = county.centre, LivedIn(county.centre, 2)
    assert county.done["RecordVisit"] > 20
    assert county.done["Contact"] > 10
    with centre.database.read() as session:
        cases = folded(session)
    seen: Counter[tuple[Indicator, bool]] = Counter()
    for moment in [NOW, *(chance.moment(BEGINNING, NOW + 2 * WEEK) for _ in range(4))]:
        for period in [*weeks_until(moment, 4), *random_periods(chance, moment)]:
            with centre.database.read() as session:
                spans = performance.spans_of_period(session, period.start, period.end)
            told = figures(spans, period, TOWNSHIPS, VisitRule(SATISFIED, False))
            expected = reckoned(cases, period)
            for township, found in told.items():
                for indicator in ON_THE_WALL:
                    rate = found.rates[indicator]
                    every, good = expected.get((township, indicator), ([], []))
                    assert (rate.all, rate.good) == (tuple(sorted(every)), tuple(sorted(good))), (township, indicator)
                    seen[indicator, True] += rate.numerator
                    seen[indicator, False] += len(rate.missed)
    assert all(seen[indicator, good] for indicator in ON_THE_WALL for good in (True, False)), seen


def random_periods(county: County, moment: datetime) -> Iterator[Period]:
    """Stretches between any two instants, some of an hour."""
    for _ in range(6):
        start = county.moment(BEGINNING, NOW + WEEK)
        yield Period(start, start + timedelta(minutes=county.random.choice([60, 60, 5000, 20_000])), moment)


def test_the_spans_of_a_period_are_those_that_have_something_in_it_and_no_other(county: LivedIn) -> None:
    centre, chance = county.centre, LivedIn(county.centre, 5)
    with centre.database.read() as session:
        every = {span[:2]: span for span in performance.spans_of_period(session, BEGINNING - 9 * WEEK, NOW + 9 * WEEK)}
        assert set(every) == set(session.execute(select(Assignment.case_id, Assignment.number)).all())
        sizes = set()
        for period in [*weeks_until(NOW + WEEK, 5), *random_periods(chance, NOW)]:
            found = performance.spans_of_period(session, period.start, period.end)
            keys = [span[:2] for span in found]
            assert len(keys) == len(set(keys))
            assert set(keys) == {key for key, span in every.items() if has_something(span, period.start, period.end)}
            assert all(every[span[:2]] == span for span in found)
            sizes.add(len(keys))
    assert len(sizes) > 3


def has_something(span: UnitSpan, start: datetime, end: datetime) -> bool:
    """Counted in a period of that length at the end of time: what the indicators see, or that anything happened to it."""
    period = Period(start, end, HEAVEN)
    found = figures([span], period, {span.unit_code: "T"}, VisitRule(SATISFIED, True))["T"]
    times = (span.assigned_at, span.signed_at, span.finished_at, span.ended_at, span.visited_at)
    happened = any(each is not None and start <= each < end for each in times)
    return happened or any(rate.all or rate.good for rate in found.rates.values())


def test_the_countys_rate_of_those_finished_in_time_is_the_walls_headline(county: LivedIn) -> None:
    centre, chance = county.centre, LivedIn(county.centre, 7)
    everyone = dict.fromkeys(("U-CITY", "U-WATER", "U-FIRE", "U-STATION"), "T")
    for moment in [NOW, *(chance.moment(NOW, NOW + WEEK) for _ in range(8))]:
        headline = overview_of(centre.database, centre.rules, moment).headline
        (period,) = weeks_until(moment, 1)
        assert first_day(moment) <= period.start, "the board knows the whole week"
        with centre.database.read() as session:
            spans = performance.spans_of_period(session, period.start, period.end)
        rate = figures(spans, period, everyone, VisitRule(SATISFIED, False))["T"].rates[Indicator.FINISHED]
        assert (rate.numerator, rate.denominator) == (headline.on_time, headline.should_finish)
        assert rate.denominator > 0


def test_the_walls_table_is_made_from_the_database(county: LivedIn) -> None:
    centre, weeks = county.centre, []
    with centre.database.read() as session:
        cases = folded(session)
        for period in weeks_until(NOW, 8):
            spans = performance.spans_of_period(session, period.start, period.end)
            rules = replace(centre.rules.score.at(period.start), visits=VisitRule(SATISFIED, False))
            weeks.append(week(spans, period, TOWNSHIPS, rules))
    table = wall_table(weeks)
    assert {line.township for line in table} == {"T-1", "T-2"}
    expected = reckoned(cases, weeks_until(NOW, 1)[0])
    for line in table:
        assert line.standing.rank in (1, 2)
        assert line.standing.score is not None
        assert line.weekly[-1] == line.standing.score.points
        assert line.weekly[:6] == (None,) * 6, "before the county's beginning"
        for indicator in ON_THE_WALL:
            rate = line.rates[indicator]
            every, good = expected[line.township, indicator]
            assert (rate.numerator, rate.denominator) == (len(good), len(every))


def long_ago(number: int) -> dict[str, Any]:
    """A span of last year that was done in time."""
    begun = at("01-01 00:00") - timedelta(days=30 + number % 300)
    due = begun + timedelta(days=5)
    done: dict[str, Any] = dict.fromkeys(("signed_at", "contacted_at", "finished_at", "ended_at", "visited_at"), begun)
    due_at = dict.fromkeys(("sign_due_at", "contact_due_at", "finish_due_at"), due)
    words = {
        "role": "holder",
        "report": "grid:1",
        "unit_code": "U",
        "sign_rule": "",
        "contact_rule": "",
        "finish_rule": "",
    }
    return {"case_id": number, "number": 1, "assigned_at": begun, "provisional": False} | words | due_at | done


START, END = at("11-16 00:00"), at("11-23 00:00")
EDGES = {START - INSTANT: False, START: True, END - INSTANT: True, END: False}


@pytest.mark.parametrize(
    "changed",
    [
        ("assigned_at",),
        ("visited_at",),
        ("signed_at", "sign_due_at"),  # done at its very deadline
        ("contacted_at", "contact_due_at"),
        ("finished_at", "finish_due_at"),
    ],
)
def test_a_period_has_its_first_instant_and_not_that_of_its_end(database: Database, changed: tuple[str, ...]) -> None:
    spans = [long_ago(number) | dict.fromkeys(changed, moment) for number, moment in enumerate(EDGES, 1)]
    assert counted(database, spans) == [number for number, is_in in enumerate(EDGES.values(), 1) if is_in]


@pytest.mark.parametrize(
    ("done", "due"),
    [("signed_at", "sign_due_at"), ("contacted_at", "contact_due_at"), ("finished_at", "finish_due_at")],
)
def test_a_deadline_that_passes_belongs_to_the_period_that_has_it(database: Database, done: str, due: str) -> None:
    """Of a span that was given afterwards, so that nothing else of it is in the period."""
    not_done: dict[str, Any] = {
        done: None,
        "finished_at": None,
        "ended_at": None,
        "assigned_at": END + timedelta(days=1),
    }
    spans = [long_ago(number) | not_done | {due: moment} for number, moment in enumerate(EDGES, 1)]
    spans += [long_ago(5) | not_done | {due: START, "ended_at": START - INSTANT}]
    assert counted(database, spans) == [2, 3]


@pytest.mark.parametrize(
    ("changes", "is_in"),
    [
        ({}, True),
        ({"assigned_at": END - INSTANT}, True),
        ({"assigned_at": END}, False),
        ({"finished_at": END}, True),
        ({"finished_at": START - INSTANT}, False),
        ({"ended_at": END}, True),
        ({"ended_at": START - INSTANT}, False),
        ({"finished_at": START - INSTANT, "ended_at": END}, False),
    ],
)
def test_what_stands_open_at_the_end_belongs_to_the_period_whenever_it_was_given(
    database: Database, changes: dict[str, Any], is_in: bool
) -> None:
    still_open = {"finished_at": None, "ended_at": None}
    assert counted(database, [long_ago(1) | still_open | changes]) == ([1] if is_in else [])


def store(session: Any, spans: list[dict[str, Any]]) -> None:
    """The spans, each of a case of its own."""
    words = dict.fromkeys(("status", "feed", "report", "category", "appeal", "urgency", "colour"), "")
    facts = words | {"ended": False, "sensitive": False, "provisional": False, "reports": 1, "round": 1, "version": 1}
    cases = [facts | {"id": span["case_id"], "code": str(span["case_id"]), "reported_at": START} for span in spans]
    session.execute(insert(Case), cases)
    session.execute(insert(Assignment), spans)


def counted(database: Database, spans: list[dict[str, Any]]) -> list[int]:
    """Which of these rows the period from `START` to `END` has."""
    with database.write() as session:
        store(session, [{"paused_at": None} | each for each in spans])
    with database.read() as session:
        return sorted(span.case_id for span in performance.spans_of_period(session, START, END))


def test_an_hour_of_a_week_is_found_without_scanning_what_is_old(database: Database) -> None:
    with database.write() as session:
        store(session, [long_ago(number) for number in range(1, 4001)])
    with database.read() as session:
        session.execute(text("ANALYZE"))
        plan = explained(session, database, performance._of_period(performance.ALL_WAYS, ended=False))
        assert "SCAN assignments" not in plan
        assert "Seq Scan on assignments" not in plan
        for name in ("assigned", "visited", "finished", "finish_due", "ended"):
            assert f"ix_assignments_{name}_at" in plan, f"the way in by {name}_at has its index"
        for asked, index in (
            (performance._STILL_OPEN, "ended_at"),
            (performance._LATE, "ended_at"),
            (performance._FINISHED, "finished_at"),
            (performance._GIVEN, "assigned_at"),
            (performance._NOTED, "noted"),
        ):
            plan = explained(session, database, asked)
            assert f"ix_assignments_{index}" in plan, index
            assert "Seq Scan on assignments" not in plan, index


def explained(session: Any, database: Database, asked: Any) -> str:
    statement = asked.compile(database.engine, compile_kwargs={"render_postcompile": True})
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    start = at("11-20 11:00")
    end = start + timedelta(hours=1)
    bounds: Any = {"start": start, "end": end, "last": end, "until": end, "since": start - timedelta(days=22)}
    rows = (
        session.connection()
        .exec_driver_sql(f"{explain} {statement}", processed(statement, statement.params | bounds, database))
        .all()
    )
    return "\n".join(str(row) for row in rows)


def processed(statement: Any, bounds: Any, database: Database) -> Any:
    """The bounds as the driver wants them."""
    as_text = {name: value.isoformat() for name, value in bounds.items() if isinstance(value, datetime)}
    values = bounds | as_text if database.is_sqlite else bounds
    if statement.positional:
        return tuple(values[name] for name in statement.positiontup)
    return values
