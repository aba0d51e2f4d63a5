"""Reviews as every page and every file of them reads them: one reading for all, so that screen and export tell the same numbers.

It must not know how they are drawn.
"""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol, TypeVar

from casework.county import County
from casework.review import AnyKey, ArrivalKey, CaseLine, PeriodName, Review
from casework.roles import Sight
from casework.rules import Rules
from dashboard.live.clock import Clock
from db import journal
from db.database import Database
from db.queries.as_of import settle
from db.queries.review import ReviewRules, cases_behind, read_review
from db.queries.review_arrivals import arrivals_behind
from db.queries.review_notes import stamp

FRESH: Final = timedelta(seconds=15)
KEPT_FOR: Final = timedelta(minutes=10)
KEPT: Final = 64
"""Reviews, and the ones seen longest ago go first; one takes some hundred kilobytes."""
TURNS: Final = 8
SETTLED: Final = timedelta(minutes=2)
"""What was being written at an instant so long ago has come to its end: no transaction may take as long."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Asked = tuple[PeriodName, datetime | None]


class State(NamedTuple):
    """Where the journal ends, and what of meetings and the court there is (`db.queries.review_notes.stamp`): whichever process
    wrote it."""

    position: int
    notes: str


class ReviewSource(Protocol):
    """Where reviews are read; several threads may ask it at once. All raise `DatabaseAway`."""

    def state(self) -> State:
        """What the database holds now."""

    def read(self, name: PeriodName, at: datetime, as_of: datetime | None) -> Review:
        """The period as it is seen at an instant, or as it was seen at a past one."""

    def cases(self, review: Review, key: AnyKey, sight: Sight) -> tuple[CaseLine, ...]:
        """Those behind a number of that review which the sight sees."""


class DatabaseReviews:
    """Reads them from the database, each in one transaction."""

    def __init__(self, database: Database, rules: Rules, county: County) -> None:
        self._database = database
        self._rules = ReviewRules(rules, county)

    def state(self) -> State:
        with self._database.read() as session:
            return State(journal.position(session), stamp(session))

    def read(self, name: PeriodName, at: datetime, as_of: datetime | None) -> Review:
        if as_of is not None and at - as_of < SETTLED:
            settle(self._database)
        with self._database.read() as session:
            return read_review(session, self._rules, name, at, as_of)

    def cases(self, review: Review, key: AnyKey, sight: Sight) -> tuple[CaseLine, ...]:
        """By the journal as it was when the review was read, so that no list is longer than its number."""
        at, position = review.period.at, review.position
        with self._database.read() as session:
            if isinstance(key, ArrivalKey):
                return arrivals_behind(session, review, key, sight)
            return cases_behind(session, self._rules, review.name, at, review.as_of, key, sight, position=position)


class _Kept(NamedTuple):
    """A review, when it was read, and what there was just before."""

    review: Review
    at: datetime
    state: State

    def is_fresh(self, at: datetime, state: State) -> bool:
        """Whether it may be told for now. What runs changes with time alone; what is over, when something was written; what was
        at a past instant, never; and each with what meetings decide."""
        age, review = at - self.at, self.review
        same = self.state.position == state.position
        still = review.as_of is not None or (same and review.period.end <= review.period.at)
        return self.state.notes == state.notes and timedelta(0) <= age < (KEPT_FOR if still else FRESH)


class Reviews:
    """Keeps what was read: one reading serves everybody who asks within `FRESH`, and what a screen shows stays at hand by its
    fingerprint. For any thread; those that ask for the same at once wait for one reading."""

    def __init__(self, source: ReviewSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: OrderedDict[Asked, _Kept] = OrderedDict()
        self._seen: OrderedDict[str, Review] = OrderedDict()
        self._turns = tuple(threading.Lock() for _ in range(TURNS))

    def read(self, name: PeriodName, as_of: datetime | None = None) -> Review:
        """The period as it is now, not older than `FRESH`, or as it was at a past instant."""
        asked = (name, as_of)
        with self._turns[hash(asked) % TURNS]:
            return self._read(asked)

    def shown(self, name: PeriodName, as_of: datetime | None, fingerprint: str) -> Review:
        """The very review with that fingerprint, while it is kept: what is opened from a screen tells the screen's numbers."""
        with self._lock:
            found = self._seen.get(fingerprint)
        if found is not None and (found.name, found.as_of) == (name, as_of):
            return found
        return self.read(name, as_of)

    def cases(self, review: Review, key: AnyKey, sight: Sight) -> tuple[CaseLine, ...]:
        """Those behind a number of that review which the sight sees."""
        return self._source.cases(review, key, sight)

    def _read(self, asked: Asked) -> Review:
        at, state = self._clock.now(), self._source.state()
        with self._lock:
            kept = self._newest.get(asked)
        if kept is not None and kept.is_fresh(at, state):
            return kept.review
        review = self._source.read(asked[0], at, asked[1])
        with self._lock:
            _keep(self._newest, asked, _Kept(review, at, state))
            _keep(self._seen, review.fingerprint, review)
        return review


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > KEPT:
        kept.popitem(last=False)
