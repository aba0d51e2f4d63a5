"""What is true of a case at an instant beside its status (临期, 超期, 暂定 …): computed, never stored."""

from collections.abc import Iterator
from datetime import datetime

from casework.case import Case, Thread
from casework.clocks import due_soon_at
from casework.vocabulary import Overlay, ReminderKind


def overlays(case: Case, at: datetime, due_soon: float) -> frozenset[Overlay]:
    """Every overlay of the case at `at`; one that has ended keeps only how it ended, one that went on elsewhere has none."""
    if case.merged_into is not None:
        return frozenset()
    return frozenset(overlay for thread in case.threads for overlay in _overlays(thread, at, due_soon))


def _overlays(thread: Thread, at: datetime, due_soon: float) -> Iterator[Overlay]:
    stopped = thread.finished_at or thread.closed_at
    if stopped is not None and stopped <= at:
        if stopped > thread.promise.at:
            yield Overlay.FINISHED_LATE
    else:
        yield from _running(thread, at, due_soon)
    if not thread.ended:
        yield from _watched(thread, at)


def _running(thread: Thread, at: datetime, due_soon: float) -> Iterator[Overlay]:
    due = thread.promise
    paused = thread.paused_at
    asked = at if paused is None else min(paused, at)
    if asked > due.at:
        yield Overlay.OVERDUE
    elif paused is None and at >= due_soon_at(thread.reported_at, due.at, due_soon):
        yield Overlay.DUE_SOON
    if paused is not None:
        yield Overlay.PAUSED
    if due.provisional:
        yield Overlay.PROVISIONAL


def _watched(thread: Thread, at: datetime) -> Iterator[Overlay]:
    escalated = thread.extras.escalated_at
    if escalated is not None and escalated <= at:
        yield Overlay.ESCALATED
    moved = thread.latest_at
    fresh = {reminder.kind for reminder in thread.extras.reminders if moved <= reminder.at <= at}
    if ReminderKind.SUPERVISE in fresh:
        yield Overlay.SUPERVISED
    elif fresh & {ReminderKind.URGE, ReminderKind.NOTICE}:
        yield Overlay.URGED
