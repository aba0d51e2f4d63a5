"""What a board tells at an instant: codes, units, clocks and counts. No field for a person, a text or an address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from casework.vocabulary import Colour, ReminderKind

ALERT_LASTS: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Headline:
    """Counts of cases. `next_due_*` is the nearest deadline still ahead; `longest_overdue_since` the oldest one passed:
    both of cases that may be shown, for a single deadline tells of a single case. The counts are of all. `red`: of the open
    ones, those that are red now, by what was decided or by their lateness.

    `on_time` / `should_finish`: assignments of this week (from Monday 00:00) that were finished in time, over those
    whose finish clock ended this week (ran out, or was met early). Both 0 means there is no rate to show. A span that was
    taken away before its deadline without being finished is nobody's failure and is not counted.
    """

    received_today: int
    received_same_time_last_week: int
    open: int
    red: int
    open_provisional: int
    due_soon: int
    next_due_at: datetime | None
    next_due_township: str | None
    overdue: int
    longest_overdue_since: datetime | None
    closed_today: int
    on_time: int
    should_finish: int


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """Cases whose first report came by this feed."""

    feed: str
    open: int
    today: int


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One open case as a wall shows it, in its colour at that instant. `due_at` is the finish deadline, none while a clock
    stands still that had not run out."""

    code: str
    feed: str
    category: str
    township: str | None
    unit_code: str | None
    status: str
    urgency: str
    colour: str
    reported_at: datetime
    due_at: datetime | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class LateSpan:
    """An overdue assignment: whose, since when, and the last step of the reminder ladder its unit was told of, by the name
    the rule file gives it and by its kind (None when no version of the file has that name any more). Its card has the
    colour of the case as this unit's own lateness raises it, and no other's."""

    card: CaseCard
    number: int
    unit_code: str
    due_at: datetime
    step: str | None
    step_kind: ReminderKind | None


@dataclass(frozen=True, slots=True)
class LateCases:
    """How overdue assignments and overdue cases go together: a case has one promise to the citizen, each unit a clock of its own.

    `with_late_unit`: cases of which at least one assignment is overdue. `without`: overdue cases of which none is: nobody has
    the case yet, or whoever took it over is still within its own time. `in_time`: of the former, those whose own deadline
    has not passed, only that of a unit called in. So the overdue cases are `with_late_unit - in_time + without`.
    """

    with_late_unit: int
    without: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Alert:
    """A case that has turned red, to be shown from `at` on."""

    card: CaseCard
    at: datetime


@dataclass(frozen=True, slots=True)
class CategoryLoad:
    """Open cases of a category."""

    category: str
    open: int


@dataclass(frozen=True, slots=True)
class TownshipLoad:
    """Open and overdue cases of a township; `None` is the township nobody knows."""

    township: str | None
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """New cases of one feed in the hour that begins at `hour` (UTC instant of a full Asia/Shanghai hour)."""

    feed: str
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the board tells at an instant. `cards` holds every lane's, newest first within a lane; `inflow` the 24 hours that
    end with the running one; `late` the gravest overdue assignments, gravest first, and `late_by_colour` how many there
    are of each colour, those that may not be shown included; `upcoming` the deadlines of the next two hours.
    """

    position: int
    headline: Headline
    lanes: tuple[LaneCounts, ...]
    cards: tuple[CaseCard, ...]
    overdue: tuple[CaseCard, ...]
    townships: tuple[TownshipLoad, ...]
    inflow: tuple[HourCount, ...]
    late: tuple[LateSpan, ...]
    late_by_colour: tuple[tuple[Colour, int], ...]
    late_cases: LateCases
    upcoming: tuple[CaseCard, ...]
    categories: tuple[CategoryLoad, ...]
    alerts: tuple[Alert, ...]
    next_strike: datetime
