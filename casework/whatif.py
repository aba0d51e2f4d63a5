"""What other rules would have made of the past: whose deadlines would be others, and who would be late that was not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from casework.calendar import Calendar, Due
from casework.case import Case, Pause, Span, Thread
from casework.clocks import Kind, contact_due, rule_due, sign_due, span_due, visit_due
from casework.rules import Rules


class Changed(NamedTuple):
    """One deadline that would be another. `was_late`, `would_be_late`: by what is known at the instant asked for."""

    report: str
    kind: Kind
    unit_code: str | None
    began_at: datetime
    old_rule: str
    old_at: datetime
    new_rule: str
    new_at: datetime
    was_late: bool
    would_be_late: bool


def changes(case: Case, old: Rules, new: Rules, at: datetime) -> Iterator[Changed]:
    """Every deadline the rules gave (not those a source or a person gave) that `new` would give otherwise.

    The first holder's finish clock is the promise, and told as that. What a source would have given had it been asked is
    not on record: only that a source's date would no longer be taken changes anything.
    """
    if case.merged_into is not None:
        return
    for thread in case.threads:
        yield from _promise(thread, old, new, at)
        for span in thread.spans:
            yield from _first_steps(thread, span, old, new, at)
        for span in thread.spans[1:]:
            stopped = span.finished_at or span.ended_at or thread.paused_at or at
            yield from _own_finish(thread, span, thread.extras.pauses, old, new, stopped)
        for helper in thread.extras.helpers:
            yield from _first_steps(thread, helper.span, old, new, at)
            stopped = helper.span.finished_at or helper.span.ended_at or at
            yield from _own_finish(thread, helper.span, (), old, new, stopped)
        yield from _visit(thread, old, new, at)


def _promise(thread: Thread, old: Rules, new: Rules, at: datetime) -> Iterator[Changed]:
    stopped = thread.finished_at or thread.closed_at or thread.paused_at or at
    before, after = _promises(thread, thread.extras.pauses, old, new)
    yield from _changed(thread, Kind.PROMISE, None, thread.reported_at, before, after, stopped)


def _promises(thread: Thread, pauses: Sequence[Pause], old: Rules, new: Rules) -> tuple[Due, Due]:
    """What old and new rules promise after these pauses; the same twice where a source or a person gave it."""
    sources = thread.promise.rule.partition("/")[0] == "source"
    stays = thread.feed in new.source_wins or thread.feed not in old.source_wins
    if thread.original_due_at is not None or (sources and stays):
        return thread.promise, thread.promise
    before = thread.promise if sources else _ruled(thread, pauses, old)
    return before, _ruled(thread, pauses, new)


def _ruled(thread: Thread, pauses: Sequence[Pause], rules: Rules) -> Due:
    begun = thread.extras.reopened_at or thread.reported_at
    due = rule_due(begun, thread.facts, thread.extras.complexity, rules.clocks.at(begun), rules.calendar)
    return _after(due, pauses, rules.calendar)


def _after(due: Due, pauses: Sequence[Pause], calendar: Calendar) -> Due:
    """The deadline after its clock stood still; a pause that lasts has moved nothing yet."""
    ended = [(pause.at, pause.until) for pause in pauses if pause.until is not None]
    return reduce(lambda moved, pause: calendar.moved(moved, *pause), ended, due)


def _first_steps(thread: Thread, span: Span, old: Rules, new: Rules, at: datetime) -> Iterator[Changed]:
    """A unit's clocks to sign and to speak to the citizen."""
    begun, left, urgency = span.assigned_at, span.until or at, thread.facts.urgency
    for kind, count, stopped in (
        (Kind.SIGN, sign_due, span.signed_at),
        (Kind.CONTACT, contact_due, span.contacted_at),
    ):
        before = count(begun, urgency, old.clocks.at(begun), old.calendar)
        after = count(begun, urgency, new.clocks.at(begun), new.calendar)
        yield from _changed(thread, kind, span.unit_code, begun, before, after, stopped or left)


def _own_finish(
    thread: Thread, span: Span, pauses: Sequence[Pause], old: Rules, new: Rules, stopped: datetime
) -> Iterator[Changed]:
    """A later holder's or a co-handler's finish clock, unless it was extended."""
    if span.original_due_at is not None:
        return
    begun, ended = span.assigned_at, span.ended_at
    earlier = [pause for pause in thread.extras.pauses if pause.at < begun]
    own = [pause for pause in pauses if pause.at >= begun and (ended is None or pause.at < ended)]
    before, after = (
        _after(span_due(promise, begun, rules.clocks.at(begun), rules.calendar, first=False), own, rules.calendar)
        for promise, rules in zip(_promises(thread, earlier, old, new), (old, new), strict=True)
    )
    yield from _changed(thread, Kind.FINISH, span.unit_code, begun, before, after, stopped)


def _visit(thread: Thread, old: Rules, new: Rules, at: datetime) -> Iterator[Changed]:
    begun = thread.finished_at
    if begun is None or thread.visit_due is None:
        return
    stopped = thread.answer.at if thread.answer is not None else thread.closed_at or at
    before, after = (visit_due(begun, rules.clocks.at(begun), rules.calendar) for rules in (old, new))
    yield from _changed(thread, Kind.VISIT, None, begun, before, after, stopped)


def _changed(
    thread: Thread, kind: Kind, unit: str | None, begun: datetime, before: Due, after: Due, stopped: datetime
) -> Iterator[Changed]:
    if after.at != before.at:
        late = stopped > before.at, stopped > after.at
        yield Changed(thread.report, kind, unit, begun, before.rule, before.at, after.rule, after.at, *late)
