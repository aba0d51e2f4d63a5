"""The case as the journal tells it: frozen values that `lifecycle.evolve` builds entry by entry.

A case holds one thread per report: that report's own handling, with its spans of responsibility. What the case as a whole
is, is read from its threads (`Case.lead`), so that the order in which reports join changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from casework.calendar import Due
from casework.vocabulary import (
    COLOUR_ORDER,
    ENDED,
    Appeal,
    Category,
    Colour,
    EntryType,
    Satisfaction,
    Status,
    Urgency,
)

# The further along, the higher; an ended thread is furthest. The least advanced thread speaks for the case.
ADVANCE = {status: number for number, status in enumerate(Status)}


class Entry(NamedTuple):
    """One journal entry. `report` is the key of the thread it belongs to; `payload` holds what JSON can say, and instants."""

    type: EntryType
    report: str
    occurred_at: datetime
    actor: str
    payload: Mapping[str, Any]


class Span(NamedTuple):
    """One unit's responsibility for one report, from `assigned_at` to `ended_at`. `number` is unique in the case."""

    number: int
    unit_code: str
    unit_name: str | None
    assigned_at: datetime
    sign_due_at: datetime
    contact_due_at: datetime
    finish_due: Due
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    original_due_at: datetime | None = None
    finished_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None


class Visit(NamedTuple):
    """What the return visit found; two visits are the same when all of it is."""

    at: datetime
    reached: bool | None
    solved: bool | None
    satisfaction: Satisfaction | None


class Facts(NamedTuple):
    """What the source says the matter is; a later version may correct any of it."""

    category: Category
    appeal: Appeal
    urgency: Urgency
    township: str | None
    village: str | None
    grid: str | None
    sensitive: bool
    group: bool
    involved: int | None
    hard: bool
    unreasonable: bool
    source_colour: Colour | None


class Thread(NamedTuple):
    """One report's handling."""

    report: str
    reported_at: datetime
    facts: Facts
    promise: Due
    status: Status = Status.RECEIVED
    colour: Colour = Colour.BLUE
    spans: tuple[Span, ...] = ()
    original_due_at: datetime | None = None
    returned_at: datetime | None = None
    returns: int = 0
    redos: int = 0
    finished_at: datetime | None = None
    mediated: bool | None = None
    visit: Visit | None = None
    closed_at: datetime | None = None

    @property
    def feed(self) -> str:
        return self.report.partition(":")[0]

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def holder(self) -> Span | None:
        """The span of the unit that holds it now, finished or not; none before assignment and after a return."""
        return self.spans[-1] if self.spans and self.spans[-1].ended_at is None else None


class Case(NamedTuple):
    """A matter. `version` counts its journal entries; `merged_into` is the id of the case it went on in."""

    threads: tuple[Thread, ...] = ()
    version: int = 0
    spans: int = 0
    reopened: int = 0
    merged_into: int | None = None

    def thread(self, report: str) -> Thread | None:
        for thread in self.threads:
            if thread.report == report:
                return thread
        return None

    @property
    def lead(self) -> Thread:
        """The thread that speaks for the case: the least advanced one, then the one due first, then the first to join."""
        if len(self.threads) == 1:
            return self.threads[0]
        return min(self.threads, key=lambda thread: (ADVANCE[thread.status], thread.promise.at))

    @property
    def status(self) -> Status:
        return Status.MERGED if self.merged_into is not None else self.lead.status

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def reported_at(self) -> datetime:
        if len(self.threads) == 1:
            return self.threads[0].reported_at
        return min(thread.reported_at for thread in self.threads)

    @property
    def closed_at(self) -> datetime | None:
        """When its last thread ended; `None` while one is open."""
        if not self.ended:
            return None
        return max((thread.closed_at for thread in self.threads if thread.closed_at is not None), default=None)

    @property
    def colour(self) -> Colour:
        if len(self.threads) == 1:
            return self.threads[0].colour
        return max((thread.colour for thread in self.threads), key=COLOUR_ORDER.index)

    @property
    def round(self) -> int:
        return 1 + self.reopened + max(thread.redos for thread in self.threads)
