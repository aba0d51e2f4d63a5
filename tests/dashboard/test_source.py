"""The real source over a real database."""

from datetime import UTC, datetime

import pytest

from casework.lifecycle import Rules
from dashboard.live.frames import Picture, body
from dashboard.live.slow import SlowPicture
from dashboard.live.source import DatabaseWall
from db.database import Database
from tests.dashboard.county_rows import Places

AT = datetime(2026, 11, 21, 8, 42, 7, tzinfo=UTC)


@pytest.fixture
def source(database: Database, rules: Rules) -> DatabaseWall:
    return DatabaseWall(database, rules, {})


def test_an_empty_database_is_a_wall_of_zeros_without_a_rate(
    source: DatabaseWall,
) -> None:
    picture = Picture(
        source.overview(AT),
        source.feeds(),
        slow=SlowPicture(tuple(source.usual(AT)), source.standings(AT), source.rises(AT)),
    )
    view = body(picture, AT, Places())
    assert view["headline"] is not None
    assert (view["headline"]["open"], view["headline"]["should_finish"]) == (0, 0)
    assert [lane["cards"] for lane in view["lanes"]] == [[], [], []]
    assert view["inflow"] is not None
    assert view["inflow"]["high"] == [None] * 24


def test_the_follower_of_an_empty_journal_stays_at_its_beginning(
    source: DatabaseWall,
) -> None:
    follower = source.follower()
    assert follower.wait(source.overview(AT).position, 0.01) == 0
    follower.close()
