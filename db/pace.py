"""How fast reports come in, as somebody sees it who works beside the writer and may let it go first."""

import time
from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select

from db.database import Database, DatabaseAway
from db.models import Report

MANY_A_SECOND: Final = 20.0
"""New reports: a county's busiest hours bring one or two."""


class Pace:
    """Asked now and then whether reports come in fast. `clock` tells seconds that only go forward."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._seen: tuple[float, int] | None = None

    def is_fast(self) -> bool:
        """Whether more than `MANY_A_SECOND` have come since this was asked last. To a database that is away none comes."""
        before, self._seen = self._seen, self._look()
        if before is None or self._seen is None:
            return False
        (then, old), (now, newest) = before, self._seen
        return newest - old > MANY_A_SECOND * (now - then)

    def _look(self) -> tuple[float, int] | None:
        """When, and the newest report's id."""
        try:
            with self._database.read() as session:
                return self._clock(), session.scalar(select(func.max(Report.id))) or 0
        except DatabaseAway:
            return None
