"""Commits and clock strikes become frames, not too many and none too late."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from dashboard.gauges import Gauges
from dashboard.live.frames import Picture
from dashboard.live.overview import Overview
from dashboard.live.projector import Projector
from tests.dashboard import county_rows
from tests.dashboard.county_rows import Places
from tests.dashboard.fakes import NOON, FakeTime, FakeWall


class FollowedWall(FakeWall):
    """A wall whose journal is the fake time's."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__(lambda at, position: replace(county_rows.busy(NOON), headline=counted(at, position)))
        self.time = time
        self.now = time.now
        self.health = lambda at: county_rows.feeds(NOON + timedelta(days=1))

    def overview(self, at: datetime) -> Overview:
        self._answer("overview")
        return replace(self.build(at, self.time.position), position=self.time.position)

    def follower(self) -> FakeTime:  # type: ignore[override]
        return self.time


def counted(at: datetime, position: int) -> Any:
    return replace(county_rows.headline(NOON), open=position)


class Sent(list[tuple[float, dict[str, Any]]]):
    """Frames with the second they went out at."""

    def openings(self) -> list[int]:
        return [frame["body"]["headline"]["open"] for _, frame in self]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def wall(time: FakeTime) -> FollowedWall:
    return FollowedWall(time)


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def projector(time: FakeTime, wall: FollowedWall, sent: Sent) -> Projector:
    return Projector(
        wall,
        Places(),
        lambda edition: sent.append((time.elapsed, orjson.loads(edition.since(0)))),
        gauges=Gauges(),
        clock=time.clock,
        pause=time.pause,
    )


def run(projector: Projector, time: FakeTime, until: float) -> None:
    while time.elapsed < until:
        projector.step()


def test_a_lone_event_goes_out_at_once(projector: Projector, time: FakeTime, sent: Sent) -> None:
    time.events = [4.321]
    run(projector, time, 6)
    assert [at for at, frame in sent if frame["body"]["headline"]["open"] == 2] == [pytest.approx(4.321)]


def test_an_event_right_after_another_waits_a_twentieth_of_a_second(
    projector: Projector, time: FakeTime, sent: Sent
) -> None:
    time.events = [4.321, 4.331]
    run(projector, time, 6)
    assert [at for at, _ in sent][-2:] == [pytest.approx(4.321), pytest.approx(4.371)]


def test_a_burst_makes_twenty_frames_a_second_and_the_newest_state_wins(
    projector: Projector, time: FakeTime, sent: Sent
) -> None:
    run(projector, time, 2)
    time.events = [3 + n / 200 for n in range(200)]
    before = len(sent)
    run(projector, time, 6)
    assert 18 <= len(sent) - before <= 22
    assert sent.openings()[-1] == 201
    assert sent.openings() == sorted(sent.openings())


def test_a_picture_that_did_not_change_is_not_sent_again(projector: Projector, time: FakeTime, sent: Sent) -> None:
    run(projector, time, 20)
    assert len(sent) == 1


def test_a_deadline_that_passes_redraws_without_a_commit(
    projector: Projector, time: FakeTime, wall: FollowedWall, sent: Sent
) -> None:
    strike = NOON + timedelta(seconds=3.4)
    wall.build = lambda at, position: replace(
        county_rows.busy(NOON),
        headline=replace(county_rows.headline(NOON), overdue=18 if at >= strike else 17),
        next_strike=strike if at < strike else at + timedelta(hours=1),
    )
    run(projector, time, 5)
    assert [(at, frame["body"]["headline"]["overdue"]) for at, frame in sent] == [
        (0.0, 17),
        (pytest.approx(3.4), 18),
    ]


def test_a_new_day_redraws_by_itself(projector: Projector, time: FakeTime, wall: FollowedWall, sent: Sent) -> None:
    to_midnight = (datetime(2026, 11, 21, 16, tzinfo=NOON.tzinfo) - NOON).total_seconds()
    wall.build = lambda at, position: replace(
        county_rows.busy(NOON),
        headline=replace(county_rows.headline(NOON), received_today=at.day),
    )
    time.elapsed = to_midnight - 4
    reads = len(wall.reads)
    run(projector, time, to_midnight + 1.5)
    assert wall.reads[reads:].count("overview") == 2


def test_feeds_are_read_every_second(projector: Projector, time: FakeTime, wall: FollowedWall) -> None:
    run(projector, time, 60)
    assert 58 <= wall.reads.count("feeds") <= 62


def test_an_hour_that_begins_redraws_the_inflow(projector: Projector, time: FakeTime, wall: FollowedWall) -> None:
    time.elapsed = (datetime(2026, 11, 21, 9, tzinfo=NOON.tzinfo) - NOON).total_seconds() - 3
    run(projector, time, time.elapsed + 4)
    assert wall.reads.count("overview") == 2


def test_a_database_that_is_away_is_told_and_comes_back_by_itself(
    projector: Projector, time: FakeTime, wall: FollowedWall, sent: Sent
) -> None:
    run(projector, time, 3)
    wall.away = True
    run(projector, time, 6)
    assert sent[-1][1]["database"] == "away"
    assert sent[-1][1]["body"]["headline"] is not None
    since = sent[-1][1]["database_since"]
    wall.away = False
    run(projector, time, 9)
    assert sent[-1][1]["database"] == "up"
    assert sent[-1][1]["database_since"] is None
    assert since == pytest.approx((NOON + timedelta(seconds=3)).timestamp() * 1000, abs=1500)


def test_while_the_database_is_away_the_picture_keeps_the_instant_it_was_true_for(
    projector: Projector, time: FakeTime, wall: FollowedWall
) -> None:
    run(projector, time, 3)
    confirmed = orjson.loads(projector.beat())["as_of"]["overview"]
    wall.away = True
    run(projector, time, 30)
    beat = orjson.loads(projector.beat())
    assert beat["as_of"]["overview"] == pytest.approx(confirmed, abs=1500)
    assert beat["now"] > confirmed + 25_000


def test_a_fault_of_ours_is_logged_by_its_type_and_without_a_word_of_data(
    projector: Projector,
    time: FakeTime,
    wall: FollowedWall,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run(projector, time, 2)
    wall.broken = True
    run(projector, time, 8)
    assert [record.getMessage() for record in caplog.records] == ["the projector failed and goes on trying: ValueError"]
    assert "13800001234" not in caplog.text
    assert projector.pulse.failing == "ValueError"


class ForgetfulPlaces(Places):
    """Names that fail to be found once they are asked to."""

    forgetting = False

    def township_name(self, code: str) -> str:
        if self.forgetting:
            raise KeyError(code)
        return super().township_name(code)


def test_a_picture_that_cannot_be_drawn_is_not_confirmed(time: FakeTime, wall: FollowedWall) -> None:
    places = ForgetfulPlaces()
    projector = Projector(
        wall,
        places,
        lambda frame: None,
        gauges=Gauges(),
        clock=time.clock,
        pause=time.pause,
    )
    run(projector, time, 3)
    confirmed = orjson.loads(projector.beat())["as_of"]["overview"]
    places.forgetting = True
    with pytest.raises(KeyError):
        run(projector, time, 9)
    assert orjson.loads(projector.beat())["as_of"]["overview"] == confirmed


def test_before_anything_was_read_the_frame_says_so(
    projector: Projector, time: FakeTime, wall: FollowedWall, sent: Sent
) -> None:
    wall.away = True
    run(projector, time, 1)
    assert sent[0][1]["body"]["headline"] is None
    assert Picture().overview is None


def test_the_beat_names_the_newest_frame(projector: Projector, time: FakeTime, sent: Sent) -> None:
    time.events = [1.5, 2.5]
    run(projector, time, 4)
    assert orjson.loads(projector.beat())["seq"] == sent[-1][1]["seq"] == 3
