"""The wall's table over a real database: nine weeks of history, and no past week read more often than it must be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.indicators import WEEK, Indicator, Period, week_of
from casework.review import PeriodName
from casework.rules import Rules
from casework.scoring import fingerprint
from dashboard.live.standings import A_MEETING, WeeklyStandings, Why
from db.database import Database
from db.inbox import Recorder
from db.models import Meeting
from db.queries import performance
from tests.db.centre import Centre
from tests.records import Feed, at, order

FRIDAY = at("11-20 12:00")
TOWNSHIPS = {"U-CITY": "999921101", "U-FIRE": "999921102"}


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


@pytest.fixture
def standings(database: Database, rules: Rules) -> WeeklyStandings:
    return WeeklyStandings(database, rules, TOWNSHIPS)


def hear(centre: Centre, number: int, day: datetime, *, late: bool = False) -> None:
    """An order given on that day with a day's time, finished in time or a day late."""

    def told(after: timedelta) -> str:
        return f"{day + timedelta(hours=8) + after:%Y-%m-%d %H:%M:%S}"

    record: dict[str, Any] = {
        "orderNum": f"DH{number:05}",
        "callTime": told(timedelta(0)),
        "dispatchTime": told(timedelta(minutes=5)),
        "signTime": told(timedelta(minutes=30)),
        "deadlineDate": told(timedelta(days=1)),
        "completeTime": told(timedelta(days=2 if late else 0, hours=3)),
        "state": "待回访",
    }
    centre.hear(Feed.HOTLINE12345, order(**record))


def test_weeks_are_told_oldest_first_and_one_without_cases_has_no_score(
    centre: Centre, standings: WeeklyStandings
) -> None:
    for week, cases in ((2, 12), (1, 12), (0, 10)):
        for number in range(cases):
            hear(
                centre,
                100 * week + number,
                at("11-17 09:00") - week * timedelta(weeks=1),
                late=week == 2 and number < 6,
            )
    found = standings.read(FRIDAY)
    (row,) = (row for row in found.rows if row.township == "999921101")
    assert found.week == week_of(FRIDAY)
    assert row.rates[Indicator.FINISHED].denominator == 10
    *older, two_weeks_ago, last_week, this_week = row.weekly
    assert older == [None] * 5
    assert two_weeks_ago is not None
    assert last_week is not None
    assert this_week == last_week
    assert two_weeks_ago < last_week


def test_until_a_week_ranks_half_of_the_townships_the_one_before_is_told(
    centre: Centre, standings: WeeklyStandings
) -> None:
    for number in range(12):
        hear(centre, number, at("11-10 09:00"), late=number < 6)
    for number in range(9):
        hear(centre, 100 + number, at("11-17 09:00"))
    found, last = standings.read(FRIDAY), week_of(FRIDAY - WEEK)
    assert found.week == Period(last.start, last.end, FRIDAY)
    row = found.rows[0]
    assert (row.township, row.standing.rank, row.given) == ("999921101", 1, 12)
    assert (row.rates[Indicator.FINISHED].numerator, row.rates[Indicator.FINISHED].denominator) == (6, 12)
    assert row.standing.score is not None
    assert row.weekly == (*[None] * 7, row.standing.score.points)
    assert found.fingerprint == fingerprint(found.position, found.rules.version, found.calendar, found.week)
    hear(centre, 12, at("11-10 09:00"))
    assert standings.read(FRIDAY).rows[0].given == 13, "as of now"
    hear(centre, 109, at("11-17 09:00"))
    assert standings.read(FRIDAY).week == week_of(FRIDAY), "ten are enough, and one of two is half"


def test_in_a_meeting_the_week_it_is_about_is_told(centre: Centre, standings: WeeklyStandings) -> None:
    for back in (0, 1, 2):
        for number in range(12):
            hear(centre, 100 * back + number, at("11-17 09:00") - back * WEEK)
    assert (standings.read(FRIDAY).week, standings.read(FRIDAY).why) == (week_of(FRIDAY), None)
    for back, why in ((2, Why.MEETING), (0, None)):
        name = PeriodName.holding(FRIDAY - back * WEEK)
        with centre.database.write() as session:
            session.add(Meeting(period=str(name), began_at=FRIDAY, began_by="leader"))
        found = standings.read(FRIDAY)
        assert (found.week, found.why) == (name.period(FRIDAY), why)
        assert found.rows[0].given == 12
        assert [score is not None for score in found.rows[0].weekly] == [False] * (5 + back) + [True] * (3 - back)


def test_a_meeting_that_nobody_ended_is_forgotten_after_half_a_day(centre: Centre, standings: WeeklyStandings) -> None:
    name = PeriodName.holding(FRIDAY - 2 * WEEK)
    with centre.database.write() as session:
        session.add(Meeting(period=str(name), began_at=FRIDAY - A_MEETING, began_by="leader"))
    assert standings.read(FRIDAY - timedelta(minutes=1)).week == name.period(FRIDAY - timedelta(minutes=1))
    assert standings.read(FRIDAY).week == week_of(FRIDAY)


def test_where_no_week_ranks_anybody_the_running_one_is_told(centre: Centre, standings: WeeklyStandings) -> None:
    hear(centre, 1, at("11-10 09:00"))
    assert standings.read(FRIDAY).week == week_of(FRIDAY)


def test_a_past_week_is_read_once_an_hour_unless_history_arrives(
    centre: Centre, standings: WeeklyStandings, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[datetime] = []
    real = performance.days_of

    def counted(session: Any, period: Period, *rest: Any) -> Any:
        reads.append(period.start)
        return real(session, period, *rest)

    monkeypatch.setattr("dashboard.live.standings.days_of", counted)
    standings.read(FRIDAY)
    assert len(reads) == 8
    standings.read(FRIDAY + timedelta(seconds=30))
    assert len(reads) == 8, "only the running week"
    standings.read(FRIDAY + timedelta(hours=1, seconds=1))
    assert len(reads) == 16
    monkeypatch.setattr("dashboard.live.standings.HISTORY_ARRIVES", 1)
    hear(centre, 1, at("11-17 09:00"))
    standings.read(FRIDAY + timedelta(hours=1, seconds=30))
    assert len(reads) == 24
    standings.read(FRIDAY + timedelta(weeks=1))
    assert len(reads) == 32, "another week has passed"


def test_equal_fingerprints_mean_the_same_journal_rules_and_instant(centre: Centre, standings: WeeklyStandings) -> None:
    first = standings.read(FRIDAY)
    assert standings.read(FRIDAY).fingerprint == first.fingerprint
    hear(centre, 1, at("11-17 09:00"))
    assert standings.read(FRIDAY).fingerprint != first.fingerprint
