"""Reads what is costly and changes slowly in a thread of its own, so that no frame waits for it. It must not know screens.

What fails is counted and tried again; the scene that needs it says so, and the others go on.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from dashboard.live.clock import Clock
from dashboard.live.source import RisesRead, WallSource
from dashboard.live.standings import HISTORY_ARRIVES, Standings
from db.database import DatabaseAway
from db.queries.wall import LEAST_SAMPLES, UsualHour, local_hour

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
USUAL_EVERY: Final = 3600.0
STANDINGS_EVERY: Final = 30.0
RISES_EVERY: Final = 600.0
UNSETTLED_EVERY: Final = 15.0  # while there is too little history, or history is arriving just now


class Errand(StrEnum):
    """One reading."""

    USUAL = "usual"
    STANDINGS = "standings"
    RISES = "rises"


EVERY: Final = {Errand.USUAL: USUAL_EVERY, Errand.STANDINGS: STANDINGS_EVERY, Errand.RISES: RISES_EVERY}


@dataclass(frozen=True, slots=True)
class SlowPicture:
    """What was read last, replaced as a whole so that any thread may look; `failed` are those whose last reading failed."""

    usual: tuple[UsualHour, ...] = ()
    standings: Standings | None = None
    rises: RisesRead | None = None
    failed: frozenset[Errand] = frozenset()


class SlowReader:
    """Runs the errands as they fall due. `position` tells how far the journal is; `count` is called for every failure."""

    def __init__(
        self, source: WallSource, position: Callable[[], int], *, count: Callable[[], object], clock: Clock
    ) -> None:
        self.picture = SlowPicture()
        self._source = source
        self._position = position
        self._count = count
        self._clock = clock
        self._done: dict[Errand, tuple[float, int, datetime]] = {}
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="slow reader", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None

    def step(self) -> None:
        """Run what is due. What fails is tried again after a while; what the database was away for, at once."""
        for errand in Errand:
            if self._is_due(errand):
                self._run_errand(errand)

    def _run(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            self.step()

    def _is_due(self, errand: Errand) -> bool:
        if errand not in self._done:
            return True
        mono, position, at = self._done[errand]
        age = self._clock.monotonic() - mono
        settled = self._is_settled(errand) and self._position() - position < HISTORY_ARRIVES
        new_hour = local_hour(self._clock.now()) > at
        return age >= (EVERY[errand] if settled else min(UNSETTLED_EVERY, EVERY[errand])) or new_hour

    def _is_settled(self, errand: Errand) -> bool:
        if errand in self.picture.failed:
            return False
        return errand is not Errand.USUAL or any(hour.samples >= LEAST_SAMPLES for hour in self.picture.usual)

    def _run_errand(self, errand: Errand) -> None:
        position, at = self._position(), self._clock.now()
        failed = self.picture.failed - {errand}
        try:
            match errand:
                case Errand.USUAL:
                    self.picture = replace(self.picture, usual=self._source.usual(at), failed=failed)
                case Errand.STANDINGS:
                    self.picture = replace(self.picture, standings=self._source.standings(at), failed=failed)
                case Errand.RISES:
                    self.picture = replace(self.picture, rises=self._source.rises(at), failed=failed)
        except (ConnectionError, DatabaseAway):
            self._done.pop(errand, None)  # the wall as a whole says that the database is away
            return
        except Exception as error:  # noqa: BLE001 - one scene's trouble is not the others'
            if errand not in self.picture.failed:
                log.error("%s can't be read and is tried again: %s", errand, type(error).__name__)
            self._count()
            self.picture = replace(self.picture, failed=failed | {errand})
        self._done[errand] = (self._clock.monotonic(), position, at)
