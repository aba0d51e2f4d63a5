"""The numbers `/metrics` tells; it must not know who reads them or how they come about."""

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from casework.vocabulary import Feed, FeedState
from dashboard.live.frames import FeedView
from db.outbox import Waiting


class Gauges:
    """One registry an application, so that two applications in a process never count for each other."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.frames = Counter("bihuan_frames", "Frames made.", registry=self.registry)
        self.frame_bytes = Gauge("bihuan_frame_bytes", "Size of what the newest frame changed.", registry=self.registry)
        self.screens = Gauge("bihuan_screens", "Screens connected.", registry=self.registry)
        self.dropped = Counter(
            "bihuan_screens_dropped",
            "Screens that went without a goodbye.",
            registry=self.registry,
        )
        self.seconds = Histogram(
            "bihuan_projector_seconds",
            "Reading and drawing one picture.",
            registry=self.registry,
        )
        self.errors = Counter(
            "bihuan_projector_errors",
            "Steps of the projector that failed.",
            registry=self.registry,
        )
        self.database_up = Gauge(
            "bihuan_database_up",
            "1 while the database answers.",
            registry=self.registry,
        )
        self._state = Gauge(
            "bihuan_feed_state",
            "1 for the state it is in.",
            ["feed", "state"],
            registry=self.registry,
        )
        self._age = Gauge(
            "bihuan_feed_age_seconds",
            "Since its last message.",
            ["feed"],
            registry=self.registry,
        )
        self._dead = Gauge(
            "bihuan_feed_dead_letters",
            "Messages not understood.",
            ["feed"],
            registry=self.registry,
        )

        self._untold = Gauge(
            "bihuan_outbox_waiting",
            "Decisions its source has not acknowledged.",
            ["feed"],
            registry=self.registry,
        )
        self._untold_age = Gauge(
            "bihuan_outbox_oldest_seconds",
            "Since the oldest of them was made.",
            ["feed"],
            registry=self.registry,
        )

    def tell_feed(self, feed: FeedView, now: int) -> None:
        for state in FeedState:
            self._state.labels(feed["feed"], state.value).set(state.value == feed["state"])
        received = feed["last_received_at"]
        self._age.labels(feed["feed"]).set(float("nan") if received is None else (now - received) / 1000)
        self._dead.labels(feed["feed"]).set(feed["dead_letters"])

    def tell_outbox(self, waiting: Mapping[str, Waiting] | None, now: datetime) -> None:
        """By feed; None while nobody knows."""
        for feed in Feed:
            told = waiting.get(feed) if waiting is not None else None
            unknown = float("nan") if waiting is None else 0
            self._untold.labels(feed).set(told.events if told is not None else unknown)
            self._untold_age.labels(feed).set((now - told.oldest).total_seconds() if told is not None else unknown)

    def text(self) -> bytes:
        return generate_latest(self.registry)
