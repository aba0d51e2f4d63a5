"""The wall's table over a real database: nine weeks of history, and no past week read more often than it must be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from casework.indicators import Indicator, Period
from casework.rules import Rules
from dashboard.live.standings import WeeklyStandings
from db.database import Database
from db.inbox import Recorder
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


def test_weeks_are_told_oldest_first_and_a_weak_one_has_no_score(centre: Centre, standings: WeeklyStandings) -> None:
    for week, cases in ((2, 12), (1, 12), (0, 3)):
        for number in range(cases):
            hear(
                centre,
                100 * week + number,
                at("11-17 09:00") - week * timedelta(weeks=1),
                late=week == 2 and number < 6,
            )
    found = standings.read(FRIDAY)
    (row,) = (row for row in found.rows if row.township == "999921101")
    assert row.standing.rank is None, "three cases are too few this week"
    assert row.rates[Indicator.FINISHED].denominator == 3
    *older, two_weeks_ago, last_week, this_week = row.weekly
    assert (older, this_week) == ([None] * 5, None)
    assert two_weeks_ago is not None
    assert last_week is not None
    assert two_weeks_ago < last_week


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
    assert len(reads) == 7
    standings.read(FRIDAY + timedelta(seconds=30))
    assert len(reads) == 7, "only the running week"
    standings.read(FRIDAY + timedelta(hours=1, seconds=1))
    assert len(reads) == 14
    monkeypatch.setattr("dashboard.live.standings.HISTORY_ARRIVES", 1)
    hear(centre, 1, at("11-17 09:00"))
    standings.read(FRIDAY + timedelta(hours=1, seconds=30))
    assert len(reads) == 21
    standings.read(FRIDAY + timedelta(weeks=1))
    assert len(reads) == 28, "another week has passed"


def test_equal_fingerprints_mean_the_same_journal_rules_and_instant(centre: Centre, standings: WeeklyStandings) -> None:
    first = standings.read(FRIDAY)
    assert standings.read(FRIDAY).fingerprint == first.fingerprint
    hear(centre, 1, at("11-17 09:00"))
    assert standings.read(FRIDAY).fingerprint != first.fingerprint
