"""The reminder ladder: who is told what, and when, as a case's finish clock runs down and after it has run out. Data, and pure.

Of several steps that are due at once only the gravest is taken: nobody is reminded of what they are being supervised for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from casework.calendar import JUST_BEFORE, SHANGHAI, Calendar, last_day
from casework.case import Case, Span, Thread
from casework.clocks import due_soon_at
from casework.vocabulary import ReminderKind


class Reach(StrEnum):
    """Whom a step reaches."""

    UNIT = "unit"  # who handles it
    LEADER = "leader"  # the leader in charge of the unit
    CENTRE = "centre"  # the county centre and the unit's leader


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `share`: when that part of the time is left; else `working_days` after expiry, 0 being expiry itself."""

    name: str
    kind: ReminderKind
    reach: Reach
    share: float | None = None
    working_days: int = 0
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """One version of the ladder, mildest step first. Steps some working days after expiry are taken at `opens`, local time."""

    version: str
    effective_from: date
    opens: time
    steps: tuple[Step, ...]


class Rung(NamedTuple):
    """A step that is due for a unit, and since when."""

    step: Step
    report: str
    unit_code: str
    due_at: datetime
    at: datetime


def rungs(case: Case, at: datetime, ladder: Ladder, calendar: Calendar) -> Iterator[Rung]:
    """The step each of the case's running finish clocks has come to at `at` and that was not taken yet."""
    if case.merged_into is not None:
        return
    for thread in case.threads:
        if thread.ended:
            continue
        spans = [helper.span for helper in thread.extras.helpers if helper.span.ended_at is None]
        if thread.holder is not None and thread.holder.finished_at is None and thread.paused_at is None:
            spans.insert(0, thread.holder)
        for span in spans:
            rung = _rung(thread, span, at, ladder, calendar)
            if rung is not None:
                yield rung


def next_step(
    assigned_at: datetime,
    due_at: datetime,
    told: Sequence[tuple[str, datetime]],
    at: datetime,
    ladder: Ladder,
    calendar: Calendar,
) -> tuple[Step, datetime] | None:
    """The gravest step a finish clock has come to, and since when; `None` when none, or when it was told already.

    `told`: the steps that were taken, with their instants. A deadline that moved later begins the ladder anew.
    """
    order = {step.name: number for number, step in enumerate(ladder.steps)}
    for number, step in reversed(list(enumerate(ladder.steps))):
        fires = fires_at(step, assigned_at, due_at, ladder, calendar)
        if fires <= at:
            done = any(when >= fires and order.get(name, -1) >= number for name, when in told)
            return None if done else (step, fires)
    return None


def fires_at(step: Step, assigned_at: datetime, due_at: datetime, ladder: Ladder, calendar: Calendar) -> datetime:
    """When a step is due."""
    if step.share is not None:
        return due_soon_at(assigned_at, due_at, step.share)
    if not step.working_days:
        return due_at
    counted = calendar.due_after(due_at - JUST_BEFORE, step.working_days, "working_day", "")
    return datetime.combine(last_day(counted.at), ladder.opens, SHANGHAI).astimezone(UTC)


def _rung(thread: Thread, span: Span, at: datetime, ladder: Ladder, calendar: Calendar) -> Rung | None:
    told = [(taken.step, taken.at) for taken in thread.extras.reminders if taken.unit_code == span.unit_code]
    found = next_step(span.assigned_at, span.finish_due.at, told, at, ladder, calendar)
    return None if found is None else Rung(found[0], thread.report, span.unit_code, span.finish_due.at, found[1])
