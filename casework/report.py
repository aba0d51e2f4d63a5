"""A report (来件): what one source record says in its latest version, in the centre's own words.

Translators make it, the lifecycle compares it with what the case knows. Times are aware UTC datetimes. The values that are
made anew for every event are named tuples: as immutable as frozen dataclasses, and made four times as fast.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from casework.vocabulary import Appeal, Category, Colour, Feed, Satisfaction, Status, Urgency

# What a source can only tell when it has happened; deadlines are no such thing.
HAPPENED: Final = (
    "assigned_at", "signed_at", "contacted_at", "returned_at", "finished_at", "visited_at", "closed_at",
)  # fmt: skip
CLOCKS_DIFFER: Final = timedelta(days=1)


class Role(StrEnum):
    """Whose name and phone it is."""

    CALLER = "caller"  # who called, or the party of a grid event
    CONTACT = "contact"  # another number given for calling back
    WORKER = "worker"  # the grid worker who reported


class Person(NamedTuple):
    """Personal data: it goes to the vault and nowhere else."""

    role: Role
    name: str = ""
    phone: str = ""


class Allowance(NamedTuple):
    """How long the source itself gives: `amount` of `unit` ("working_day", "day" or "hour")."""

    amount: int
    unit: str


class Milestones(NamedTuple):
    """What the source says has happened so far; `None` is "not yet, or not told".

    A source either counts its redo rounds (`redo_count`) or only says that the report was sent back now (`redone`).
    """

    stage: Status | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    assigned_at: datetime | None = None
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    returned_at: datetime | None = None
    return_reason: str | None = None
    due_at: datetime | None = None
    extended_due_at: datetime | None = None
    extension_reason: str | None = None
    redo_count: int | None = None
    redone: bool = False
    finished_at: datetime | None = None
    mediated: bool | None = None
    visited_at: datetime | None = None
    reached: bool | None = None
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    closed_at: datetime | None = None


class Report(NamedTuple):
    """One record of one feed. `key` is unique across the centre; `links` are source ids of the same feed.

    `sensitive` marks what no wall may show as a card: secret, tip-off, minors, domestic violence, suicide.
    `unknown_codes` names the fields whose code the feed's map doesn't know, with the code, for counting.
    """

    feed: Feed
    source_id: str
    version_at: datetime
    reported_at: datetime
    links: tuple[str, ...] = ()
    title: str = ""
    content: str = ""
    address: str = ""
    result: str = ""
    lon: float | None = None
    lat: float | None = None
    channel: str = ""
    category: Category = Category.OTHER
    source_category: str = ""
    appeal: Appeal = Appeal.UNKNOWN
    urgency: Urgency = Urgency.ORDINARY
    colour: Colour | None = None
    township: str | None = None
    village: str | None = None
    grid: str | None = None
    sensitive: bool = False
    group: bool = False
    involved: int | None = None
    hard: bool = False
    unreasonable: bool = False
    allowance: Allowance | None = None
    persons: tuple[Person, ...] = ()
    milestones: Milestones = Milestones()
    unknown_codes: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.feed}:{self.source_id}"

    @property
    def too_early(self) -> str | None:
        """The name of a milestone that lies more than a day after the record's own update, which can't know of it then.

        Taken for true, it would drag every later move to that future.
        """
        latest = self.version_at + CLOCKS_DIFFER
        for name in HAPPENED:
            at = getattr(self.milestones, name)
            if at is not None and at > latest:
                return name
        return None
