"""A gap in time is shown, not hidden."""

from datetime import timedelta

from casework.vocabulary import FeedState
from feeds.health import FeedHealth
from tests.records import NOW


def health() -> FeedHealth:
    return FeedHealth("grid", NOW, timedelta(minutes=20), timedelta(minutes=5))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_a_feed_nobody_has_reached_is_reconnecting() -> None:
    status = health().status(NOW + minutes(1))
    assert (status.state, status.since) == (FeedState.RECONNECTING, NOW)


def test_a_refusal_is_told_with_its_reason() -> None:
    feed = health()
    feed.refused("the source answered HTTP 401")
    status = feed.status(NOW)
    assert (status.state, status.reason) == (FeedState.REFUSED, "the source answered HTTP 401")


def test_a_connected_feed_falls_silent_since_its_last_event() -> None:
    feed = health()
    feed.connected(NOW)
    feed.received(NOW + minutes(1), 1, NOW + minutes(1))
    assert feed.status(NOW + minutes(21)).state is FeedState.CONNECTED
    silent = feed.status(NOW + minutes(22))
    assert (silent.state, silent.since) == (FeedState.SILENT, NOW + minutes(1))
    feed.received(NOW + minutes(23), 1, NOW + minutes(23))
    assert feed.status(NOW + minutes(23)).state is FeedState.CONNECTED


def test_a_feed_that_is_usually_quiet_is_given_longer() -> None:
    feed = health()
    feed.connected(NOW)
    at = NOW
    for _ in range(200):
        at += minutes(10)
        feed.received(at, 1, at)
    assert feed.status(at + minutes(60)).state is FeedState.CONNECTED
    assert feed.status(at + minutes(90)).state is FeedState.SILENT


def test_events_written_long_before_they_arrive_are_a_lag() -> None:
    feed = health()
    feed.connected(NOW)
    feed.received(NOW + minutes(30), 1, NOW)
    status = feed.status(NOW + minutes(30))
    assert (status.state, status.lag_seconds) == (FeedState.LAGGING, 1800.0)


def test_a_backlog_that_was_caught_up_with_is_no_lag_a_minute_later() -> None:
    feed = health()
    feed.connected(NOW)
    feed.received(NOW + minutes(1), 1, NOW - minutes(30))
    assert feed.status(NOW + minutes(1)).state is FeedState.LAGGING
    assert feed.status(NOW + minutes(2.1)).state is FeedState.CONNECTED


def test_the_rate_is_that_of_the_last_minute() -> None:
    feed = health()
    feed.connected(NOW)
    feed.received(NOW, 100, NOW)
    feed.received(NOW + timedelta(seconds=50), 20, NOW)
    assert feed.status(NOW + timedelta(seconds=55)).events_per_minute == 120
    assert feed.status(NOW + timedelta(seconds=65)).events_per_minute == 20
