"""One reading for everybody who asks within a while, and what a screen shows stays at hand."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from casework.review import PeriodName, Review
from dashboard.live.clock import Clock
from dashboard.reviewing import FRESH, KEPT, KEPT_FOR, Reviews
from tests.dashboard.reviews import AT, NAME, MadeReviews

PAST = PeriodName.parse("2026-W46")


@dataclass
class Hands:
    """A clock that is moved by hand."""

    at: datetime = AT

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def source() -> MadeReviews:
    return MadeReviews()


@pytest.fixture
def reviews(source: MadeReviews, hands: Hands) -> Reviews:
    return Reviews(source, Clock(now=hands.now))


def test_a_running_period_is_read_anew_after_a_while_and_not_before(
    reviews: Reviews, source: MadeReviews, hands: Hands
) -> None:
    first = reviews.read(NAME)
    source.at_position += 1
    hands.at += FRESH - timedelta(seconds=1)
    assert reviews.read(NAME) is first
    hands.at += timedelta(seconds=1)
    assert reviews.read(NAME).period.at == hands.at


def test_a_period_that_is_over_is_kept_until_something_is_written(
    reviews: Reviews, source: MadeReviews, hands: Hands
) -> None:
    first = reviews.read(PAST)
    hands.at += KEPT_FOR - timedelta(seconds=1)
    assert reviews.read(PAST) is first
    source.at_position += 1
    assert reviews.read(PAST) is not first


def test_what_was_at_a_past_instant_stays_whatever_is_written(
    reviews: Reviews, source: MadeReviews, hands: Hands
) -> None:
    as_of = AT - timedelta(days=1)
    first = reviews.read(NAME, as_of)
    source.at_position += 1
    hands.at += FRESH * 2
    assert reviews.read(NAME, as_of) is first
    assert reviews.read(NAME) is not first


def test_a_clock_that_was_set_back_makes_nothing_fresh(reviews: Reviews, hands: Hands) -> None:
    first = reviews.read(NAME)
    hands.at -= timedelta(hours=1)
    assert reviews.read(NAME) is not first


def test_what_a_meeting_decided_is_read_at_once(reviews: Reviews, source: MadeReviews) -> None:
    """Whichever dashboard it was written by."""
    for as_of in (None, AT - timedelta(days=1)):
        first = reviews.read(PAST, as_of)
        source.notes += "decided"
        assert reviews.read(PAST, as_of) is not first
        assert reviews.read(PAST, as_of) is reviews.read(PAST, as_of)


def test_what_a_screen_shows_is_told_again_by_its_fingerprint(
    reviews: Reviews, source: MadeReviews, hands: Hands
) -> None:
    on_screen = reviews.read(NAME)
    source.at_position += 1
    hands.at += FRESH
    newest = reviews.read(NAME)
    assert newest is not on_screen
    assert reviews.shown(NAME, None, on_screen.fingerprint) is on_screen
    assert reviews.shown(NAME, None, "forgotten long ago") is newest
    assert reviews.shown(PAST, None, on_screen.fingerprint).name == PAST, "a fingerprint opens no other period"


def test_only_so_many_are_kept(reviews: Reviews, source: MadeReviews) -> None:
    for number in range(KEPT + 1):
        source.at_position += 1
        reviews.read(NAME, AT - timedelta(minutes=number + 1))
    asked = len(source.asked)
    reviews.read(NAME, AT - timedelta(minutes=1))
    assert len(source.asked) == asked + 1, "the oldest one was let go"
    reviews.read(NAME, AT - timedelta(minutes=KEPT + 1))
    assert len(source.asked) == asked + 1


@dataclass
class SlowReviews(MadeReviews):
    """Reads only when it is let."""

    begun: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, name: PeriodName, at: datetime, as_of: datetime | None) -> Review:
        self.begun.set()
        assert self.may_go_on.wait(5)
        return super().read(name, at, as_of)


def test_ten_tablets_at_once_cost_one_reading(hands: Hands) -> None:
    source = SlowReviews()
    reviews = Reviews(source, Clock(now=hands.now))
    found: list[Review] = []
    tablets = [threading.Thread(target=lambda: found.append(reviews.read(NAME))) for _ in range(10)]
    for tablet in tablets:
        tablet.start()
    assert source.begun.wait(5)
    source.may_go_on.set()
    for tablet in tablets:
        tablet.join(5)
    assert len(source.asked) == 1
    assert len(found) == 10
    assert all(each is found[0] for each in found)
