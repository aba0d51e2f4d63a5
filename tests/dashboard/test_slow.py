"""What is costly is read seldom, apart from the frames; one reading that fails stops no other."""

from datetime import timedelta

import pytest

from dashboard.live.slow import Errand, SlowReader
from tests.dashboard import county_rows
from tests.dashboard.fakes import FakeTime, FakeWall


class Read:
    """A reader whose seconds are counted by hand."""

    def __init__(self) -> None:
        self.time = FakeTime()
        self.wall = FakeWall()
        self.failures = 0
        self.position = 1
        self.reader = SlowReader(self.wall, lambda: self.position, count=self._count, clock=self.time.clock)

    def until(self, seconds: float) -> None:
        while self.time.elapsed < seconds:
            self.reader.step()
            self.time.pause(1)

    def times(self, what: str) -> int:
        return self.wall.reads.count(what)

    def _count(self) -> None:
        self.failures += 1


@pytest.fixture
def read() -> Read:
    return Read()


def test_each_is_read_at_its_own_pace(read: Read) -> None:
    read.until(15 * 60)
    assert (read.times("usual"), read.times("standings"), read.times("rises")) == (1, 30, 2)


def test_too_little_history_is_looked_for_again_soon(read: Read) -> None:
    read.wall.band = lambda at: ()
    read.until(60)
    assert read.times("usual") == 4


def test_while_history_arrives_it_is_read_again(read: Read) -> None:
    read.until(5)
    read.position = 20_000
    read.until(20)
    assert (read.times("usual"), read.times("rises")) == (2, 2)


def test_a_new_hour_has_a_band_of_its_own(read: Read) -> None:
    read.until(18 * 60)
    assert read.times("usual") == 2, "the fake day begins at 42 minutes past"


def test_one_that_fails_is_named_and_tried_again_while_the_others_go_on(read: Read) -> None:
    read.until(1)

    def broken(at: object) -> None:
        raise ValueError("王小明 13800001234")

    read.wall.table = broken  # type: ignore[assignment]
    read.until(60)
    assert read.reader.picture.failed == {Errand.STANDINGS}
    assert read.reader.picture.standings is not None, "what was known stays, and is known to be old"
    assert read.failures >= 2
    read.wall.table = county_rows.standings
    read.until(80)
    assert read.reader.picture.failed == frozenset()


def test_a_database_that_is_away_is_no_scenes_fault(read: Read) -> None:
    read.wall.away = True
    read.until(30)
    assert (read.reader.picture.failed, read.failures) == (frozenset(), 0)
    read.wall.away = False
    read.until(30 + timedelta(minutes=1).total_seconds())
    assert read.reader.picture.standings is not None
