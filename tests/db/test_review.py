"""Every number of a review is what plain loops over the journal find, as of any instant; and every list is its number."""

import statistics
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import bindparam, func, select, text, update

from casework.case import Case as CaseState
from casework.case import Entry, Span, Thread
from casework.county import County, Unit, UnitKind
from casework.errors import Refused
from casework.evolve import fold
from casework.indicators import Indicator, Period
from casework.moves import Approve, Assign, Close, Contest, Finish, MarkUnreasonable, RecordVisit, Sign
from casework.review import By, Line, ListKey, Part, PeriodKind, PeriodName, Review, Tally
from casework.roles import Sight
from casework.rules import Rules
from casework.scoring import ranking
from casework.vocabulary import EntryType, Result, Satisfaction
from casework.weighing import township_tallies
from config.county import load_county
from db import acts
from db.inbox import Recorder
from db.models import JournalEntry
from db.queries.as_of import position_at, seen_at
from db.queries.performance import days_of, running_marks
from db.queries.review import ReviewRules, cases_behind, read_review
from db.rebuild import differences
from tests.conftest import Databases
from tests.db.centre import PREFIX, Centre
from tests.db.test_performance import LivedIn, by_span, outcomes
from tests.db.test_wall_and_journal import BEGINNING
from tests.records import CONFIG, NOW, at

INSTANT = timedelta(microseconds=1)
ONE, OTHER, THIRD = "999921101", "999921102", "999921103"
UNITS = (
    Unit("U-CITY", "城管", UnitKind.TOWNSHIP_CENTRE, "城管", ONE),
    Unit("U-WATER", "供水", UnitKind.VILLAGE_COMMITTEE, "供水", ONE),
    Unit("U-FIRE", "消防", UnitKind.TOWNSHIP_CENTRE, "消防", OTHER),
    Unit("U-STATION", "派出所", UnitKind.DEPARTMENT, "派出所", None),
)
EVERYTHING = Sight(whole_county=True)
SATISFIED = {Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED}
Keys = dict[Indicator, tuple[set[Any], set[Any]]]


@pytest.fixture(scope="module")
def places() -> County:
    county = load_county(CONFIG / "county.toml")
    known = {unit.code: unit for unit in county.units} | {unit.code: unit for unit in UNITS}
    return replace(county, units=tuple(known.values()))


@pytest.fixture(scope="module")
def workings(rules: Rules, places: County) -> ReviewRules:
    return ReviewRules(rules, places)


@pytest.fixture(
    scope="module", params=[("sqlite", 3), ("sqlite", 4), ("postgresql", 3)], ids=lambda each: f"{each[0]}-{each[1]}"
)
def county(request: pytest.FixtureRequest, databases: Databases, rules: Rules) -> Iterator[LivedIn]:
    """Two weeks of a county's life, told entry by entry over the same two weeks; some matters are found unreasonable."""
    kind, seed = request.param
    database = databases.open(databases.url(kind, "reviewed"))
    county = LivedIn(Centre(database, Recorder(rules, PREFIX)), seed)
    county.fill(200)
    county.live(1200)
    with database.write() as session:
        for case_id in range(5, 200, 9):
            with suppress(Refused):
                move = MarkUnreasonable(by="op", at=NOW - timedelta(hours=3), reason="无依据", approver="leader")
                acts.act(session, rules, case_id, move)
                county.done["MarkUnreasonable"] += 1
        newest = session.scalars(select(func.max(JournalEntry.id))).one()
        step = (NOW - BEGINNING) / newest
        told = [{"entry": number, "told_at": BEGINNING + number * step} for number in range(1, newest + 1)]
        table: Any = JournalEntry.__table__
        changed = update(table).where(table.c.id == bindparam("entry")).values(recorded_at=bindparam("told_at"))
        session.connection().execute(changed, told)
    with database.read() as session:
        assert list(differences(session)) == [], "the days' counts are the journal's"
    assert min(county.done[name] for name in ("MarkUnreasonable", "Merge", "Split", "Reopen", "Redo", "Return")) > 0
    yield county
    database.close()


class Held(NamedTuple):
    """A span as the folded journal tells it."""

    case_id: int
    case: CaseState
    thread: Thread
    span: Span
    clocks: Any
    paused_at: datetime | None

    @property
    def key(self) -> tuple[int, int]:
        return self.case_id, self.span.number

    @property
    def excluded(self) -> bool:
        return self.thread.extras.excluded_by is not None


def held_as_of(session: Any, position: int) -> list[Held]:
    """Every span there was when the journal was at a position."""
    entries: dict[int, list[Entry]] = {}
    for each in session.scalars(select(JournalEntry).where(JournalEntry.id <= position).order_by(JournalEntry.id)):
        told = Entry(EntryType(each.type), each.report, each.occurred_at, each.actor, each.payload)
        entries.setdefault(each.case_id, []).append(told)
    found = []
    for case_id, told_of in entries.items():
        case = fold(told_of)
        for thread in case.threads if case.merged_into is None else ():
            holders = len(thread.spans)
            for place, (span, clocks) in enumerate(by_span(thread)):
                paused = thread.paused_at if place < holders and span.ended_at is None else None
                found.append(Held(case_id, case, thread, span, clocks, paused))
    return found


def where(held: Held, by: By, places: County) -> str | None:
    facts = held.case.lead.facts
    match by:
        case By.COUNTY:
            return ""
        case By.TOWNSHIP:
            return places.township_of_unit(held.span.unit_code)
        case By.UNIT:
            return held.span.unit_code
        case By.VILLAGE:
            return facts.village
        case By.CATEGORY:
            return facts.category
        case By.FEED:
            return held.case.threads[0].feed


def counted(spans: Iterable[Held], period: Period, places: County) -> Keys:  # noqa: PLR0912 - one loop, so that it is plain
    """Every indicator by its definition, span by span, without a mark, a table or a roll-up."""
    found: Keys = {indicator: (set(), set()) for indicator in Indicator}

    def put(indicator: Indicator, held: Held, good: bool, total: bool = True) -> None:
        if good:
            found[indicator][0].add(held.key)
        if total:
            found[indicator][1].add(held.key)

    def in_it(moment: datetime | None) -> bool:
        return moment is not None and period.start <= moment < period.end and moment <= period.at

    end = min(period.end - INSTANT, period.at)
    for held in spans:
        span, facts = held.span, held.case.lead.facts
        for indicator, good in outcomes(span, held.clocks, period.start, end):
            if indicator is not Indicator.SATISFIED:
                put(indicator, held, good)
        where = facts.village or (facts.township if held.case.threads[0].feed != "grid" else None)
        if in_it(span.assigned_at):
            put(Indicator.DATA, held, where is not None and facts.category != "99")
            put(Indicator.RETURNED, held, False)
            put(Indicator.REPEATED, held, span.again)
            finished = span.finished_at is not None and span.finished_at <= end
            put(Indicator.CLOSED, held, finished)
            late = span.finished_at is not None and span.finished_at > span.finish_due.at
            put(Indicator.CLOSED_ON_TIME, held, finished and not late)
        if in_it(span.ended_at) and span.end_reason in ("returned", "redone"):
            put(Indicator(span.end_reason), held, True, False)
        if in_it(span.finished_at):
            put(Indicator.REDONE, held, False)
        if facts.category[0] in "01":
            if in_it(span.signed_at):
                put(Indicator.SETTLED_ACCEPTED, held, False)
            if in_it(span.finished_at) and span.result is not None:
                put(Indicator.SETTLED_ENDED, held, span.result is Result.SETTLED)
                put(Indicator.SETTLED_ACCEPTED, held, span.result is Result.SETTLED, False)
        visit = span.visit
        if visit is not None and visit.reached and in_it(visit.at):
            if visit.solved:
                unit = places.unit(span.unit_code)
                put(Indicator.LOCAL, held, unit is not None and unit.kind is UnitKind.VILLAGE_COMMITTEE)
            if visit.satisfaction not in (None, Satisfaction.UNKNOWN):
                put(Indicator.SATISFIED, held, visit.satisfaction in SATISFIED)
                put(Indicator.DISSATISFIED, held, str(visit.satisfaction).endswith("dissatisfied"))
        over = [moment for moment in (span.finished_at, span.ended_at) if moment is not None and moment <= end]
        if span.assigned_at <= end and not over:
            passed = span.finish_due.at < min(period.end, period.at)
            stood = held.paused_at is not None and held.paused_at <= span.finish_due.at
            put(Indicator.OVERDUE_OPEN, held, passed and not stood)
    return found


def tallied(keys: Keys) -> dict[Indicator, Tally]:
    return {indicator: Tally(len(good), len(every)) for indicator, (good, every) in keys.items()}


def lines_of(review: Review) -> list[Line]:
    townships = [each.line for each in review.townships]
    return [review.county, *townships, *review.departments, *review.categories, *review.feeds]


def told_of(by: By, tallies: Mapping[Indicator, Tally]) -> Mapping[Indicator, Tally]:
    """What a line of a kind tells: of categories and feeds only what was given, and what became of it."""
    only = {Indicator.CLOSED, Indicator.CLOSED_ON_TIME} if by in (By.CATEGORY, By.FEED) else set(Indicator)
    return {indicator: tally if indicator in only else Tally() for indicator, tally in tallies.items()}


NAMES = ["2026-W46", "2026-W47", "2026-W48", "2026-11", "2026-Q4"]


@pytest.mark.parametrize("name", NAMES)
def test_every_number_as_of_any_instant_is_what_plain_loops_over_the_journal_find(
    county: LivedIn, workings: ReviewRules, places: County, name: str
) -> None:
    wanted = PeriodName.parse(name)
    for moment in (None, *(county.moment(BEGINNING, NOW) for _ in range(2))):
        now = moment or NOW + timedelta(days=2)
        period = wanted.period(now)
        before = wanted.before().period(now)
        if period.start <= period.at < period.end:  # as much of the one before as of this one is over
            before = before._replace(at=before.start + (period.at - period.start))
        with county.centre.database.read() as session:
            review = read_review(session, workings, wanted, now, moment)
            position = position_at(session, moment) if moment is not None else county.centre.position()
            spans = held_as_of(session, position)
        assert review.position == position
        assert len(review.townships) == len(places.townships)
        for line in lines_of(review):
            of_it = [held for held in spans if where(held, line.by, places) == line.code]
            kept = [held for held in of_it if not held.excluded]
            assert line.tallies == told_of(line.by, tallied(counted(kept, period, places))), (
                line.by,
                line.code,
                moment,
            )
            assert line.tallies_with == told_of(line.by, tallied(counted(of_it, period, places)))
            assert line.before == told_of(line.by, tallied(counted(kept, before, places)))
        for ranked in review.townships:
            again = ranking({"T": Rates(ranked.line.tallies)}, review.rules)["T"]
            assert ranked.standing.score == again.score
            assert ranked.weekly[-1] == (again.score.points if again.score is not None else None)


class Rates(NamedTuple):
    rates: Any


def test_a_number_of_every_kind_was_seen(county: LivedIn, workings: ReviewRules) -> None:
    with county.centre.database.read() as session:
        told = read_review(session, workings, PeriodName.parse("2026-11"), NOW + timedelta(days=2)).county
    silent = {indicator for indicator, tally in told.tallies.items() if not tally.good or tally.good == tally.total}
    # These reports tell no village, no mediation and no matter that came again with a span of its own that was good.
    assert silent <= {Indicator.DATA, Indicator.SETTLED_ENDED, Indicator.SETTLED_ACCEPTED, Indicator.LOCAL}, silent
    assert told.excluded > 0
    assert told.tallies != told.tallies_with


@pytest.mark.parametrize("name", ["2026-W46", "2026-W47", "2026-11"])
def test_the_list_behind_a_number_is_the_number(
    county: LivedIn, workings: ReviewRules, places: County, name: str
) -> None:
    wanted = PeriodName.parse(name)
    for moment in (None, county.moment(BEGINNING + timedelta(days=5), NOW)):
        now = moment or NOW
        with county.centre.database.read() as session:
            review = read_review(session, workings, wanted, now, moment)
            spans = [held for held in held_as_of(session, review.position) if not held.excluded]
            codes = {held.case_id: acts.code_of(session, held.case_id) for held in spans}
            for _ in range(25):
                line = county.random.choice(lines_of(review))
                indicators = [each for each in Indicator if told_of(line.by, {each: Tally(1, 1)})[each].total]
                key = ListKey(
                    county.random.choice(indicators), county.random.choice(list(Part)[:3]), line.by, line.code
                )
                found = cases_behind(session, workings, wanted, now, moment, key, EVERYTHING, position=review.position)
                of_it = [held for held in spans if where(held, line.by, places) == line.code]
                good, every = counted(of_it, review.period, places)[key.indicator]
                expected = {Part.GOOD: good, Part.ALL: every, Part.MISSED: every - good}[key.part]
                assert {(each.case_code, each.span) for each in found} == {
                    (codes[case_id], number) for case_id, number in expected
                }, key
                assert len(found) == len(expected)


@pytest.mark.parametrize("days", [1, 3, 7, 30])
def test_days_add_up_to_the_spans_of_any_stretch_of_them(
    county: LivedIn, workings: ReviewRules, places: County, days: int
) -> None:
    for _ in range(3):
        first = at("11-09 00:00") + timedelta(days=county.random.randrange(14))
        period = Period(first, first + timedelta(days=days), first + timedelta(days=days))
        with county.centre.database.read() as session:
            spans = [held for held in held_as_of(session, county.centre.position()) if not held.excluded]
            told = days_of(session, period, running_marks(session, period.end))
        found = township_tallies(told, workings.places, workings.rules.score.newest.visits)
        for township, tallies in found.items():
            of_it = [held for held in spans if where(held, By.TOWNSHIP, places) == township]
            expected = tallied(counted(of_it, period, places))
            for indicator in set(Indicator) - {Indicator.CLOSED, Indicator.CLOSED_ON_TIME, Indicator.OVERDUE_OPEN}:
                assert tallies[indicator] == expected[indicator], (township, indicator)


def test_a_review_is_read_by_one_process_of_the_databases(county: LivedIn, workings: ReviewRules) -> None:
    database, asked = county.centre.database, text("SHOW max_parallel_workers_per_gather")
    if database.is_sqlite:
        return
    with database.read() as session:
        usual = session.scalars(asked).one()
        read_review(session, workings, PeriodName.parse("2026-W47"), NOW)
        assert session.scalars(asked).one() == "0" != usual
    with database.read() as session:
        assert session.scalars(asked).one() == usual, "only for this reading"


def test_earlier_periods_and_each_day_of_the_lapse_are_scored_as_their_spans_are(
    county: LivedIn, workings: ReviewRules, places: County
) -> None:
    name = PeriodName.parse("2026-W48")
    for moment in (None, NOW - timedelta(hours=30)):
        now = moment or NOW + timedelta(days=3)
        with county.centre.database.read() as session:
            review = read_review(session, workings, name, now, moment)
            spans = [held for held in held_as_of(session, review.position) if not held.excluded]
        by_township = {
            township.code: [held for held in spans if where(held, By.TOWNSHIP, places) == township.code]
            for township in places.townships
        }

        def points(period: Period) -> dict[str, float | None]:
            rates = {code: Rates(tallied(counted(of_it, period, places))) for code, of_it in by_township.items()}  # noqa: B023
            stood = ranking(rates, review.rules)  # noqa: B023 - called at once
            return {code: each.score.points if each.score is not None else None for code, each in stood.items()}

        week = name
        for back in range(1, 4):
            week = week.before()
            told = {each.line.code: each.weekly[-1 - back] for each in review.townships}
            assert told == points(week.period(now))
        for snapshot in review.lapse:
            seen = Period(review.period.start, min(snapshot.at, review.period.end), max(snapshot.at, review.period.end))
            if snapshot.at == review.period.at:
                seen = review.period
            keys = counted(spans, seen, places)
            assert snapshot.given == len(keys[Indicator.RETURNED][1])
            assert snapshot.overdue_open == len(keys[Indicator.OVERDUE_OPEN][0])
            assert snapshot.points == points(seen)


def test_durations_are_those_of_what_was_finished_with_pauses_out(
    county: LivedIn, workings: ReviewRules, places: County
) -> None:
    name = PeriodName.parse("2026-11")
    with county.centre.database.read() as session:
        review = read_review(session, workings, name, NOW)
        spans = [held for held in held_as_of(session, review.position) if not held.excluded]
    seconds = []
    for held in spans:
        finished = held.span.finished_at
        if finished is not None and review.period.has(finished):
            took = (finished - held.span.assigned_at).total_seconds()
            until = min(each for each in (finished, held.span.ended_at) if each is not None)
            for pause in held.thread.extras.pauses if held.span in held.thread.spans else ():
                if pause.until is not None:
                    overlap = min(pause.until, until) - max(pause.at, held.span.assigned_at)
                    took -= max(0.0, overlap.total_seconds())
            seconds.append(max(0.0, took))
    assert review.county.handling is not None
    told = review.county.handling.natural
    assert told.spans == len(seconds) > 10
    assert told.mean == pytest.approx(statistics.fmean(seconds), abs=1)
    assert told.median == pytest.approx(statistics.median(seconds), abs=1)


def test_a_past_instant_is_told_the_same_after_more_was_written(databases: Databases, workings: ReviewRules) -> None:
    for kind in ("sqlite", "postgresql"):
        database = databases.open(databases.url(kind, "as_of"))
        centre = Centre(database, Recorder(workings.rules, PREFIX))
        county = LivedIn(centre, 9)
        county.fill(60)
        county.live(200)
        with database.write() as session:
            table: Any = JournalEntry.__table__
            session.connection().execute(update(table).values(recorded_at=NOW - timedelta(days=2)))
        as_of = NOW - timedelta(days=1)
        names = [PeriodName.holding(as_of, each) for each in PeriodKind]
        with database.read() as session:
            first = [read_review(session, workings, name, NOW, as_of) for name in names]
            assert seen_at(session, position_at(session, as_of)).cases == {}
        county.live(400)
        county.fill(0)
        with database.read() as session:
            assert seen_at(session, position_at(session, as_of)).cases, "the journal has told more of these"
            again = [read_review(session, workings, name, NOW + timedelta(days=3), as_of) for name in names]
            present = read_review(session, workings, names[0], NOW)
        assert again == first
        assert present.fingerprint != first[0].fingerprint
        assert present.county != first[0].county
        database.close()


def test_the_position_of_an_instant_is_that_of_the_last_entry_told_by_then(county: LivedIn) -> None:
    with county.centre.database.read() as session:
        times = list(session.scalars(select(JournalEntry.recorded_at).order_by(JournalEntry.id)))
        assert position_at(session, times[0] - INSTANT) == 0
        for number in (1, 2, 3, 64, 65, len(times) // 2, len(times) - 1):
            assert position_at(session, times[number - 1]) == number
            assert position_at(session, times[number] - INSTANT) == number
        assert position_at(session, NOW + timedelta(days=900)) == len(times)


def test_a_case_given_to_another_township_on_its_last_day_costs_the_one_that_held_it_when_its_clock_ran_out(
    databases: Databases, workings: ReviewRules
) -> None:
    """Due at 24:00 of Sunday: who gave it up that evening is not late, and who got it has time of its own."""
    from tests.records import Feed, order  # noqa: PLC0415

    database = databases.open(databases.url("sqlite", "last_day"))
    centre = Centre(database, Recorder(workings.rules, PREFIX))
    due = {"deadlineDate": "2026-11-22 24:00:00".replace("24:00:00", "23:59:59")}
    given_up = centre.hear(Feed.HOTLINE12345, order(orderNum="DH1", **due))
    kept = centre.hear(Feed.HOTLINE12345, order(orderNum="DH2", **due))
    moment = at("11-22 20:00")
    centre.act(given_up, Assign(by="centre", at=moment, unit="U-FIRE", reason="职责"))
    centre.act(given_up, Sign(by="U-FIRE", at=moment + timedelta(hours=1)))
    centre.act(given_up, Finish(by="U-FIRE", at=moment + timedelta(hours=2)))
    name = PeriodName.parse("2026-W47")
    with database.read() as session:
        review = read_review(session, workings, name, at("11-24 09:00"))
    told = {each.line.code: each.line.tallies for each in review.townships}
    assert told[ONE][Indicator.FINISHED] == Tally(0, 1), "the one it kept"
    assert told[OTHER][Indicator.FINISHED] == Tally(1, 1)
    assert told[THIRD] == dict.fromkeys(Indicator, Tally()), "a township without a case"
    assert (told[ONE][Indicator.RETURNED].total, told[OTHER][Indicator.RETURNED].total) == (2, 1)
    assert kept
    ranks = {each.line.code: each.standing.reason for each in review.townships}
    assert {ranks[ONE], ranks[THIRD]} == {"few_cases", "no_cases"}
    database.close()


def test_a_township_opens_its_own_cases_and_the_protected_ones_without_what_names_them(
    databases: Databases, workings: ReviewRules
) -> None:
    from tests.records import Feed, order  # noqa: PLC0415

    database = databases.open(databases.url("sqlite", "sights"))
    centre = Centre(database, Recorder(workings.rules, PREFIX))
    plain = centre.hear(Feed.HOTLINE12345, order(orderNum="DH1"))
    secret = centre.hear(Feed.HOTLINE12345, order(orderNum="DH2", isSecret="1"))
    for case_id in (plain, secret):
        centre.act(case_id, Assign(by="centre", at=at("11-20 20:00"), unit="U-FIRE", reason="职责"))
    key = ListKey(Indicator.RETURNED, Part.ALL, By.TOWNSHIP, ONE)
    sight = Sight(townships=frozenset({THIRD}), units=frozenset({"U-CITY"}))
    name = PeriodName.parse("2026-W47")
    with database.read() as session:
        whole = cases_behind(session, workings, name, NOW, None, key, EVERYTHING)
        own = cases_behind(session, workings, name, NOW, None, key, sight)
        nobody = cases_behind(session, workings, name, NOW, None, key, Sight(units=frozenset({"U-WATER"})))
    code = {case_id: centre.case(case_id).code for case_id in (plain, secret)}
    assert [each.case_code for each in whole] == [code[plain], code[secret]]
    assert [each.case_code for each in own] == [code[plain], ""]
    hidden = own[1]
    assert (hidden.category, hidden.township, hidden.colour, hidden.status) == ("", None, "", "")
    assert (hidden.unit_code, hidden.span) == ("U-CITY", 1)
    assert nobody == ()
    database.close()


def test_a_township_with_six_cases_has_its_share_with_an_interval_and_no_rank(
    databases: Databases, workings: ReviewRules
) -> None:
    from tests.records import Feed, order  # noqa: PLC0415

    for kind in ("sqlite", "postgresql"):
        database = databases.open(databases.url(kind, "six"))
        centre = Centre(database, Recorder(workings.rules, PREFIX))
        for number in range(6):
            case_id = centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}"))
            if number:
                moment = at("11-20 12:00") + timedelta(minutes=number)
                centre.act(case_id, Sign(by="U-CITY", at=moment))
                centre.act(case_id, Finish(by="U-CITY", at=moment))
        with database.read() as session:
            review = read_review(session, workings, PeriodName.parse("2026-11"), at("12-05 09:00"))
        six = next(each for each in review.townships if each.line.code == ONE)
        assert six.line.tallies[Indicator.FINISHED] == Tally(5, 6)
        assert six.line.tallies[Indicator.CLOSED] == Tally(5, 6)
        assert (six.standing.rank, six.standing.score, six.standing.reason) == (None, None, "few_cases")
        assert six.standing.interval == pytest.approx((0.4365, 0.9699), abs=1e-4), "Wilson, of 5 among 6"
        database.close()


@pytest.mark.parametrize(("due", "due_in"), [("2026-12-31 23:59:59", "12"), ("2027-01-01 00:00:00", "01")])
def test_a_clock_that_runs_out_at_the_turn_of_the_year_counts_on_one_side_of_it(
    databases: Databases, workings: ReviewRules, due: str, due_in: str
) -> None:
    """Midnight, month, quarter and year turn at once; the week of 28 December holds both sides. A deadline at 24:00 runs out on
    the next day; what was done in the last second was done in the old year."""
    from tests.records import Feed, order  # noqa: PLC0415

    database = databases.open(databases.url("sqlite", "year"))
    centre = Centre(database, Recorder(workings.rules, PREFIX))
    old = {
        "callTime": "2026-12-29 08:00:00",
        "dispatchTime": "2026-12-29 09:00:00",
        "updateTime": "2026-12-29 09:00:00",
    }
    late = centre.hear(Feed.HOTLINE12345, order(orderNum="DH1", deadlineDate=due, **old))
    done = centre.hear(Feed.HOTLINE12345, order(orderNum="DH2", deadlineDate="2027-01-09 18:00:00", **old))
    finished_at = at("12-31 23:59") + timedelta(seconds=59, microseconds=999_999)
    centre.act(done, Sign(by="U-CITY", at=at("12-30 09:00")))
    centre.act(done, Finish(by="U-CITY", at=finished_at))
    now = at("12-31 23:59") + timedelta(days=20)
    with database.read() as session:
        told = {
            name: read_review(session, workings, PeriodName.parse(name), now).county
            for name in ("2026-12", "2027-01", "2026-Q4", "2027-Q1", "2026-W53", "2027-W01")
        }
    new_year = due_in == "01"
    missed = {name: line.tallies[Indicator.FINISHED].missed for name, line in told.items()}
    assert missed == {
        "2026-12": 1 - new_year, "2026-Q4": 1 - new_year, "2027-01": new_year, "2027-Q1": new_year, "2026-W53": 1, "2027-W01": 0,
    }  # fmt: skip
    good = {name: line.tallies[Indicator.FINISHED].good for name, line in told.items()}
    assert good == {"2026-12": 1, "2026-Q4": 1, "2027-01": 0, "2027-Q1": 0, "2026-W53": 1, "2027-W01": 0}
    assert told["2026-12"].tallies[Indicator.OVERDUE_OPEN] == Tally(1 - new_year, 1)
    assert centre.case(late).code != centre.case(done).code
    database.close()


def test_a_month_that_runs_is_compared_with_as_much_of_the_one_before(
    databases: Databases, workings: ReviewRules
) -> None:
    """On the 6th at noon: with what the month before had on its 6th at noon, and no more."""
    from tests.records import Feed, order  # noqa: PLC0415

    database = databases.open(databases.url("sqlite", "alike"))
    centre = Centre(database, Recorder(workings.rules, PREFIX))
    for number, told in enumerate(("10-06 11:59", "10-06 12:01", "10-20 09:00", "11-05 09:00")):
        moment = f"2026-{told}:00"
        times = {"callTime": moment, "dispatchTime": moment, "updateTime": moment}
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}", **times))
    with database.read() as session:
        running = read_review(session, workings, PeriodName.parse("2026-11"), at("11-06 12:00")).county
        over = read_review(session, workings, PeriodName.parse("2026-11"), at("12-06 12:00")).county
        ahead = read_review(session, workings, PeriodName.parse("2026-12"), at("11-06 12:00"))
    assert (running.tallies[Indicator.CLOSED].total, running.before[Indicator.CLOSED].total) == (1, 1)
    assert (over.tallies[Indicator.CLOSED].total, over.before[Indicator.CLOSED].total) == (1, 3)
    assert (ahead.county.tallies[Indicator.CLOSED].total, ahead.lapse) == (0, ())
    database.close()


def test_only_a_closed_matter_that_was_brought_again_is_a_repeat_in_the_number_and_in_the_list(
    databases: Databases, workings: ReviewRules
) -> None:
    """Two reports joined while both were open are one matter (一事多报); a report of a closed one begins a round (再诉)."""
    from tests.records import Feed, order  # noqa: PLC0415

    for kind in ("sqlite", "postgresql"):
        database = databases.open(databases.url(kind, "again"))
        centre = Centre(database, Recorder(workings.rules, PREFIX))
        one, other = (centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}")) for number in (1, 2))
        centre.merge(other, one)
        centre.act(one, Contest(by="U-CITY", at=at("11-20 10:00"), span=1, reason="停电"))
        closed = centre.hear(Feed.HOTLINE12345, order(orderNum="DH3"))
        for move in (
            Sign(by="U-CITY", at=at("11-20 10:00")),
            Finish(by="U-CITY", at=at("11-20 11:00")),
            Approve(by="centre", at=at("11-20 12:00")),
            RecordVisit(by="centre", at=at("11-20 13:00"), reached=True, solved=True),
            Close(by="centre", at=at("11-20 14:00")),
        ):
            centre.act(closed, move)
        times = {
            "callTime": "2026-11-21 08:00:00",
            "dispatchTime": "2026-11-21 09:00:00",
            "updateTime": "2026-11-21 09:00:00",
        }
        centre.hear(Feed.HOTLINE12345, order(orderNum="DH4", oldOrderNum="DH3", **times))
        with database.read() as session:
            review = read_review(session, workings, PeriodName.parse("2026-W47"), at("11-22 12:00"))
        told = review.county.tallies[Indicator.REPEATED]
        assert (told.good, [each.case_code for each in review.repeats]) == (1, [centre.case(closed).code])
        (repeat,) = review.repeats
        assert (repeat.reports, repeat.rounds, repeat.last_at) == (2, 2, at("11-21 09:00"))
        database.close()
