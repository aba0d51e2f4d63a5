"""What the command line tells a person of deadlines, clocks and journals, line by line. It must not know a terminal, a database
or a clock.

Instants are told in Asia/Shanghai.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any

import orjson

from casework.calendar import INSTANT, SHANGHAI, Calendar, Due, last_day, local_day
from casework.case import Entry, Helper, Thread
from casework.clocks import Clock, State, whistle_due
from casework.county import County
from casework.payloads import instant
from casework.rules import Rules
from casework.vocabulary import EntryType, WhistleStep


def minute(at: datetime | None) -> str:
    """An instant to the minute; nothing where there is none."""
    return "" if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def moment(at: datetime, *, end_of_day: bool = False) -> str:
    """An instant in Asia/Shanghai; a deadline at midnight is 24:00 of the day before."""
    local = at.astimezone(SHANGHAI)
    if end_of_day and local.time() == time(0):
        return f"{last_day(at)} 24:00"
    return minute(at)


def count_lines(due: Due, calendar: Calendar, received_at: datetime | None = None) -> Iterator[str]:
    """A deadline and its count for whoever disputes it; the first line is its date, and 暂定 where that applies.

    `received_at`: when the matter was received; a count may begin with something else, an assignment or a finish.
    """
    day = last_day(due.at)
    yield f"{day} 暂定" if due.provisional else f"{day}"
    yield f"due at {moment(due.at, end_of_day=True)}"
    if due.start is not None:
        yield f"{due.amount} {due.unit.replace('_', ' ')}(s) after {moment(due.start)}; {due.rule}"
    yield f"calendar {calendar.version}"
    if due.provisional:
        yield f"provisional: the days off after {calendar.last_published()} are not published yet"
    if due.start is not None and due.unit == "working_day" and local_day(due.start).year < calendar.first_known():
        yield f"the days off before {calendar.first_known()} are not known: Monday to Friday are counted there"
    for counted in calendar.count(due):
        begins = counted.why == "day 0"
        number = counted.number if counted.counts or begins else "-"
        why = "received" if begins and due.start == received_at else counted.why
        occasion = f" ({counted.name})" if counted.name else ""
        yield f"  {counted.day} {counted.day:%a}  {number:>3}  {why}{occasion}"


def version_lines(rules: Rules, at: datetime) -> Iterator[str]:
    """What must be said of a count by the time limits of an instant before there were any."""
    if not rules.clocks.begun(at):
        first = rules.clocks.at(at)
        yield (
            f"no version of the rules was in force yet at {moment(at)}: "
            f"the first one was used, {first.version}, in force since {first.effective_from}"
        )


def clock_lines(
    clock: Clock,
    state: State,
    calendar: Calendar,
    county: County,
    received_at: datetime | None = None,
    extended_by: int = 0,
) -> Iterator[str]:
    """One clock as it stands, and its count; `extended_by`: how many days an extension gave the report."""
    unit = county.unit_name(clock.unit_code) if clock.unit_code else ""
    first, due, *rest = count_lines(clock.due, calendar, received_at)
    mark = " 暂定" if first.endswith("暂定") else ""
    yield f"  {clock.kind} {unit}: {state}, {due}{mark}, {clock.due.rule}"
    if clock.original_due_at is not None:
        yield f"    first due at {moment(clock.original_due_at, end_of_day=True)}{_extension(clock.due, extended_by)}"
    yield from (f"  {line}" for line in rest if line.startswith("  "))


def _extension(due: Due, extended_by: int) -> str:
    """How many days of a count came by extension; nothing where that is not known, as of a source's own."""
    if not extended_by:
        return ""
    unit = "working day" if due.unit == INSTANT else due.unit.replace("_", " ")
    counted = f"{extended_by} of the {due.amount}" if extended_by <= due.amount else f"{extended_by}"
    return f"; {counted} {unit}(s) came by extension"


def whistle_lines(helper: Helper, rules: Rules, county: County, at: datetime) -> Iterator[str]:
    """The six steps of a whistle: when each was taken, and until when it is to be."""
    clocks = rules.clocks.at(helper.span.assigned_at)
    given_up = helper.span.ended_at if helper.span.finished_at is None else None
    yield f"  whistle to {county.unit_name(helper.span.unit_code)}"
    for step in WhistleStep:
        taken, due = helper.taken(step), whistle_due(helper, step, clocks, rules.calendar)
        limit = f", by {moment(due.at, end_of_day=True)} ({due.rule})" if due is not None else ""
        late = " late" if due is not None and (taken or given_up or at) > due.at else ""
        yield f"    {step}: {minute(taken) or 'not yet'}{limit}{late}"


def pending_lines(thread: Thread, entries: Sequence[Entry], rules: Rules) -> Iterator[str]:
    """What the holder has asked for and nobody has decided, and since when the journal has it."""
    if thread.extras.return_asked:
        yield f"  a return is asked for{_since(thread, entries, EntryType.RETURN_ASKED)}"
    amount = thread.extras.extension_asked
    if amount is not None:
        unit = rules.clocks.newest.extension.unit.replace("_", " ")
        yield f"  an extension of {amount} {unit}(s) is asked for{_since(thread, entries, EntryType.EXTENSION_ASKED)}"


def _since(thread: Thread, entries: Sequence[Entry], kind: EntryType) -> str:
    asked = (entry for entry in reversed(entries) if entry.type is kind and entry.report == thread.report)
    found = next(asked, None)
    return f", since {moment(found.occurred_at)}" if found is not None else ""


def journal_line(entry: Entry) -> str:
    """A journal's entry, whole."""
    told = orjson.dumps(_local(entry.payload)).decode()
    return f"  {minute(entry.occurred_at)}  {entry.type}  {entry.actor}  {entry.report}  {told}"


def _local(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload whose instants are told like any other; they are those under names that end so."""
    told: dict[str, Any] = {}
    for name, value in payload.items():
        if isinstance(value, Mapping):
            told[name] = _local(value)
        elif value is not None and name.endswith(("_at", "_from")):
            told[name] = moment(instant(value), end_of_day=name.endswith("due_at"))
        else:
            told[name] = value
    return told
