"""What an ingester knows of a feed's health, computed from instants handed in; it owns no clock and no socket."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from casework.vocabulary import FeedState
from db.models import FeedStatus

RATE_WINDOW: Final = timedelta(minutes=1)
USUAL_GAP_WEIGHT: Final = 0.05
SILENT_GAPS: Final = 8  # with random arrivals, one gap in three thousand is longer than eight mean ones
LONGEST_REASON: Final = 200


class FeedHealth:
    """One feed's health. `silent_after` is the least silence worth telling; the feed's own usual gap may be longer."""

    def __init__(self, feed: str, at: datetime, silent_after: timedelta, lag_after: timedelta) -> None:
        self.feed = feed
        self._silent_after = silent_after
        self._lag_after = lag_after
        self._link = FeedState.RECONNECTING
        self._reason = "not connected yet"
        self._connected_at = at
        self._told: tuple[FeedState, datetime] = (FeedState.RECONNECTING, at)
        self._last_received_at: datetime | None = None
        self._last_event_at: datetime | None = None
        self._usual_gap = 0.0
        self._arrivals: deque[tuple[datetime, int]] = deque()

    def connected(self, at: datetime) -> None:
        self._link, self._reason, self._connected_at = FeedState.CONNECTED, "", at

    def reconnecting(self, reason: str) -> None:
        self._link, self._reason = FeedState.RECONNECTING, reason[:LONGEST_REASON]

    def refused(self, reason: str) -> None:
        self._link, self._reason = FeedState.REFUSED, reason[:LONGEST_REASON]

    def received(self, at: datetime, count: int, event_time: datetime | None) -> None:
        """A frame with `count` events came in; `event_time` is the newest one's."""
        if self._last_received_at is not None:
            gap = (at - self._last_received_at).total_seconds()
            self._usual_gap += USUAL_GAP_WEIGHT * (gap - self._usual_gap)
        self._last_received_at = at
        if event_time is not None:
            self._last_event_at = event_time
        self._arrivals.append((at, count))
        self._forget(at)

    def status(self, at: datetime) -> FeedStatus:
        """The row to store; `since` is when the state now told began."""
        self._forget(at)
        state = self._state(at)
        if state is not self._told[0]:
            self._told = (state, self._began(state, at))
        return FeedStatus(
            feed=self.feed,
            state=state,
            since=self._told[1],
            last_event_at=self._last_event_at,
            last_received_at=self._last_received_at,
            events_per_minute=float(sum(count for _, count in self._arrivals)),
            lag_seconds=self._lag(),
            reason=self._reason,
            reported_at=at,
        )

    def _state(self, at: datetime) -> FeedState:
        if self._link is not FeedState.CONNECTED:
            return self._link
        if at - self._last_sign() > self._patience():
            return FeedState.SILENT
        lag = self._lag()
        # What came late and was followed by nothing, a backlog just caught up with for instance, is no lag of now.
        if lag is not None and self._arrivals and lag > self._lag_after.total_seconds():
            return FeedState.LAGGING
        return FeedState.CONNECTED

    def _began(self, state: FeedState, at: datetime) -> datetime:
        # A feed that is silent has been so since the last thing it said, not since we lost patience.
        return self._last_sign() if state is FeedState.SILENT else at

    def _last_sign(self) -> datetime:
        return max(self._connected_at, self._last_received_at or self._connected_at)

    def _patience(self) -> timedelta:
        return max(self._silent_after, timedelta(seconds=SILENT_GAPS * self._usual_gap))

    def _lag(self) -> float | None:
        if self._last_received_at is None or self._last_event_at is None:
            return None
        return max(0.0, (self._last_received_at - self._last_event_at).total_seconds())

    def _forget(self, at: datetime) -> None:
        while self._arrivals and at - self._arrivals[0][0] > RATE_WINDOW:
            self._arrivals.popleft()
