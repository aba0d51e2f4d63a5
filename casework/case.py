"""The case as the journal tells it: frozen values that `lifecycle.evolve` builds entry by entry.

A case holds one thread per report: that report's own handling, with its spans of responsibility. What the case as a whole
is, is read from its threads (`Case.lead`), so that the order in which reports join changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from casework.calendar import Due
from casework.vocabulary import (
    COLOUR_ORDER,
    ENDED,
    Appeal,
    Category,
    Colour,
    Complexity,
    EntryType,
    ReminderKind,
    Result,
    Satisfaction,
    Status,
    Urgency,
    WhistleStep,
)

# The further along, the higher; an ended thread is furthest. The least advanced thread speaks for the case.
ADVANCE = {status: number for number, status in enumerate(Status)}
UNFINISHED: Final = ADVANCE[Status.TO_REVIEW]  # what is less advanced has its finish before it


class Entry(NamedTuple):
    """One journal entry. `report` is the key of the thread it belongs to; `payload` holds what JSON can say, and instants."""

    type: EntryType
    report: str
    occurred_at: datetime
    actor: str
    payload: Mapping[str, Any]


class Visit(NamedTuple):
    """What the return visit found; two visits are the same when all of it is."""

    at: datetime
    reached: bool | None
    solved: bool | None
    satisfaction: Satisfaction | None


class Span(NamedTuple):
    """One unit's responsibility for one report, from `assigned_at` to `ended_at`. `number` is unique in the case.

    `visit`: what the last return visit found of what this span finished. `result`: what it was finished with; `again`: it is
    the first of a round that began because the matter came again (再诉); `objection`: what became of its unit's objection to
    being scored by it, as `casework.review.ObjectionState` names it.
    """

    number: int
    unit_code: str
    unit_name: str | None
    assigned_at: datetime
    sign_due: Due
    contact_due: Due
    finish_due: Due
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    original_due_at: datetime | None = None
    finished_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    visit: Visit | None = None
    result: Result | None = None
    again: bool = False
    objection: str | None = None

    @property
    def until(self) -> datetime | None:
        """When nobody asked the unit any more to sign or to speak to the citizen: its work was done, or it let it go."""
        return min((at for at in (self.finished_at, self.ended_at) if at is not None), default=None)


class Helper(NamedTuple):
    """A unit called in beside the holder (co-handler), with its own span; by `whistle` when a township called it."""

    span: Span
    whistle: bool
    called_by: str
    allotted_at: datetime | None = None
    allotted_to: str | None = None
    overseen_at: datetime | None = None
    rated_at: datetime | None = None
    rating: int | None = None

    def taken(self, step: WhistleStep) -> datetime | None:
        """When a step was taken."""
        times = (
            self.span.assigned_at,
            self.span.signed_at,
            self.allotted_at,
            self.span.finished_at,
            self.overseen_at,
            self.rated_at,
        )
        return times[tuple(WhistleStep).index(step)]

    @property
    def known_times(self) -> tuple[datetime | None, ...]:
        """All that is known to have happened in its part; `None` is what has not."""
        span = self.span
        return (
            span.assigned_at,
            span.signed_at,
            span.contacted_at,
            span.finished_at,
            span.ended_at,
            self.allotted_at,
            self.overseen_at,
            self.rated_at,
        )

    def since(self, step: WhistleStep) -> datetime | None:
        """From when a step's time is counted: handling and overseeing from the call, the others from the step before."""
        before = {
            WhistleStep.ANSWER: WhistleStep.BLOW,
            WhistleStep.ALLOT: WhistleStep.ANSWER,
            WhistleStep.HANDLE: WhistleStep.BLOW,
            WhistleStep.OVERSEE: WhistleStep.BLOW,
            WhistleStep.RATE: WhistleStep.HANDLE,
        }
        return self.taken(before[step]) if step in before else None


class Pause(NamedTuple):
    """A stretch in which the finish clock stood still (中止); `until` is `None` while it lasts."""

    at: datetime
    approver: str
    until: datetime | None = None


BY_HAND = "by hand"


class Reminder(NamedTuple):
    """One rung of the ladder that was reached; `step` is `BY_HAND` when a person urged."""

    step: str
    kind: ReminderKind
    at: datetime
    unit_code: str


class Given(NamedTuple):
    """An assignment that a person made, and `before`: the report as it was, which taking it back brings again.

    `unit`: whom the person acted for; `bulk`: the whole it was made with. `then`: what happened to the report after it, and
    by whom; nothing is taken back over that.
    """

    by: str
    unit: str
    at: datetime
    before: "Thread"
    bulk: int | None = None
    then: tuple[EntryType, str] | None = None


class Extras(NamedTuple):
    """What few reports ever have, kept apart so that the many are small.

    `by_hand`: a person here decided last; the source's unchanged record does not undo that. `lowered_from`: the colour the
    rules gave when a person lowered it; only a graver clause raises it again. `visit_past`: the visit was an earlier round's.
    `given`: the last assignment of a person's, until it is taken back. `excluded_by`: who approved that it scores nobody.
    `again`: the next span is the first of a round that began because the matter came again.
    """

    pauses: tuple[Pause, ...] = ()
    helpers: tuple[Helper, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    complexity: Complexity | None = None
    result: Result | None = None
    extension_asked: int | None = None
    extensions: int = 0
    extended_by: int = 0
    return_asked: bool = False
    unreached: int = 0
    visit_past: bool = False
    lowered_from: Colour | None = None
    reopened_at: datetime | None = None
    escalated_at: datetime | None = None
    by_hand: bool = False
    given: Given | None = None
    excluded_by: str | None = None
    again: bool = False


NO_EXTRAS = Extras()


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
    """One report's handling. `source_status`, `source_unit`, `source_due_at`, `source_extension` are the source's last word
    on each: what its record came to, whatever people made of it since.
    """

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
    visit_due: Due | None = None
    closed_at: datetime | None = None
    source_status: Status | None = None
    source_unit: str | None = None
    source_due_at: datetime | None = None
    source_extension: datetime | None = None
    extras: Extras = NO_EXTRAS

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

    @property
    def paused_at(self) -> datetime | None:
        """Since when the finish clock stands still."""
        pauses = self.extras.pauses
        return pauses[-1].at if pauses and pauses[-1].until is None else None

    @property
    def answer(self) -> Visit | None:
        """The last visit of this round: what an earlier finish was worth says nothing about this one."""
        return None if self.extras.visit_past else self.visit

    @property
    def latest_at(self) -> datetime:
        """The last thing that is known to have happened in it."""
        span = self.spans[-1] if self.spans else None
        told: list[datetime | None] = [self.reported_at, self.returned_at, self.finished_at, self.closed_at]
        if span is not None:
            told += [span.assigned_at, span.signed_at, span.contacted_at, span.finished_at, span.ended_at]
        if self.visit is not None:
            told.append(self.visit.at)
        if self.extras.pauses:
            told += self.extras.pauses[-1][::2]
        for helper in self.extras.helpers:
            told += helper.known_times
        return max(at for at in told if isinstance(at, datetime))


class Case(NamedTuple):
    """A matter. `version` counts its journal entries; `merged_into` is the id of the case it went on in. `awaited`: the report
    that has begun a round of it, until it joins."""

    threads: tuple[Thread, ...] = ()
    version: int = 0
    spans: int = 0
    reopened: int = 0
    merged_into: int | None = None
    awaited: str | None = None

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
    def pressing(self) -> Thread:
        """The thread whose deadline is the case's: of those still to be finished the one due first; else the lead."""
        if len(self.threads) == 1:
            return self.threads[0]
        unfinished = [thread for thread in self.threads if not thread.ended and thread.finished_at is None]
        # A clock that stands still presses nobody, unless it had run out before.
        running = [thread for thread in unfinished if thread.paused_at is None or thread.paused_at > thread.promise.at]
        return min(running or unfinished or [self.lead], key=lambda thread: thread.promise.at)

    @property
    def status(self) -> Status:
        return Status.MERGED if self.merged_into is not None else self.lead.status

    @property
    def ended(self) -> bool:
        """As `status` tells, and known from the first open thread; of ten thousand the least advanced is not looked for."""
        return self.merged_into is not None or all(thread.ended for thread in self.threads)

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
