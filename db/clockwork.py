"""What the clock does to cases: the ladder climbs, and a published calendar dates deadlines again.

Decided by the same lifecycle as what people do, and written in the caller's transaction, with the journal held.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.ladder import Rung, next_step, rungs
from casework.lifecycle import Rules, decide
from casework.moves import Redate, Remind
from casework.payloads import CONTACT, PROMISE, SIGN, VISIT
from casework.vocabulary import FeedState
from db import journal
from db.casebook import Casebook
from db.models import Assignment, Case, FeedStatus, JournalEntry

CHUNK: Final = 1_000
LADDER: Final = "ladder"
CALENDAR: Final = "calendar"
LAST_WORD: Final = timedelta(seconds=60)
SETTLED: Final = timedelta(seconds=15)  # a feed that has only just come back may have its backlog still before it
_TELLING: Final = frozenset({FeedState.CONNECTED.value, FeedState.SILENT.value})


def feeds_behind(session: Session, at: datetime, expected: Iterable[str] = ()) -> dict[str, str]:
    """The feeds that don't tell the present at `at`, and how each stands: what they would say of their reports is not known.

    A feed tells it when its ingester spoke within `LAST_WORD` and it has been connected, or silent, and not lagging for
    `SETTLED`. One that no ingester ever spoke of is not waited for (its reports were imported), unless it is `expected`.
    """
    behind = dict.fromkeys(expected, FeedState.ABSENT.value)
    for feed, state, since, reported_at in session.execute(_STATUSES):
        behind.pop(feed, None)
        if at - reported_at > LAST_WORD:
            behind[feed] = FeedState.ABSENT.value
        elif state not in _TELLING:
            behind[feed] = state
        elif at - since < SETTLED:
            behind[feed] = "only just back"
    return behind


def _is_behind(report: str, behind: Collection[str]) -> bool:
    return report.partition(":")[0] in behind


def cases_at_a_step(session: Session, rules: Rules, at: datetime, behind: Collection[str] = ()) -> list[int]:
    """The cases with a span that has come to a step it was not told of yet; found without folding any journal.

    The reports of feeds that are `behind` wait: their units may long have done what they would be urged to do.
    """
    ladder, due = rules.ladder.at(at), set()
    for case_id, report, assigned_at, due_at, step, told_at in session.execute(_RUNNING_SPANS):
        if _is_behind(report, behind):
            continue
        told = [(step, told_at)] if step is not None else []
        if next_step(assigned_at, due_at, told, at, ladder, rules.calendar) is not None:
            due.add(case_id)
    return sorted(due)


def climb(
    session: Session,
    rules: Rules,
    at: datetime,
    among: Sequence[int] | None = None,
    behind: Collection[str] = (),
) -> list[tuple[str, Rung]]:
    """Take every step of the ladder that is due at `at`: one entry each, in the case's journal; (code, step) of each.

    `among`: only these cases; what has changed about them since they were found is seen. Reports of feeds `behind` wait.
    """
    waiting = cases_at_a_step(session, rules, at, behind) if among is None else among
    if not waiting:
        return []
    journal.hold(session)
    taken: list[tuple[str, Rung]] = []
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id in waiting[first : first + CHUNK]:
            for rung in _rungs(book.states[case_id], rules, at, behind):
                book.append(case_id, decide(book.states[case_id], _reminder(rung, at), rules))
                taken.append((book.codes[case_id], rung))
        book.write()
    return taken


def due_rungs(session: Session, rules: Rules, at: datetime, behind: Collection[str] = ()) -> list[tuple[str, Rung]]:
    """The steps that `climb` would take at `at`, the earliest first; writes nothing."""
    found: list[tuple[str, Rung]] = []
    waiting = cases_at_a_step(session, rules, at, behind)
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id, case in book.states.items():
            found += [(book.codes[case_id], rung) for rung in _rungs(case, rules, at, behind)]
    return sorted(found, key=lambda each: (each[1].at, each[0]))


def _rungs(case: CaseState, rules: Rules, at: datetime, behind: Collection[str]) -> list[Rung]:
    """The case's steps, all found before any is taken."""
    found = rungs(case, at, rules.ladder.at(at), rules.calendar)
    return [rung for rung in found if not _is_behind(rung.report, behind)]


def _reminder(rung: Rung, at: datetime) -> Remind:
    step = rung.step
    return Remind(by=LADDER, at=at, report=rung.report, kind=step.kind, unit=rung.unit_code, step=step.name)


def redate(session: Session, rules: Rules, at: datetime) -> int:
    """Count provisional deadlines again with the calendar in force; how many cases have new ones."""
    waiting = session.scalars(_PROVISIONAL).all()
    if not waiting:
        return 0
    journal.hold(session)
    changed = 0
    for first in range(0, len(waiting), CHUNK):
        book = Casebook(session)
        book.open(waiting[first : first + CHUNK])
        for case_id, before in book.before.items():
            if before.merged_into is not None:
                continue  # since it was found, while we waited for the journal
            decision = decide(before, Redate(by=CALENDAR, at=at), rules)
            if decision.entries:
                book.append(case_id, decision)
                changed += 1
        book.write()
    return changed


_SPAN: Final = Assignment.__table__.c
_CASE: Final = Case.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_STATUS: Final = FeedStatus.__table__.c
_STATUSES: Final = select(_STATUS.feed, _STATUS.state, _STATUS.since, _STATUS.reported_at).order_by(_STATUS.feed)
_RUNNING_SPANS: Final = select(
    _SPAN.case_id, _SPAN.report, _SPAN.assigned_at, _SPAN.finish_due_at, _SPAN.reminded_step, _SPAN.reminded_at
).where(
    _SPAN.case_id.in_(select(_CASE.id).where(~_CASE.ended)),  # found by the index of open cases, after years too
    _SPAN.ended_at.is_(None),
    _SPAN.finished_at.is_(None),
    _SPAN.paused_at.is_(None),
)
# The tables tell only of the deadlines to finish. That one to sign, to contact or to visit, or of a report that does not speak
# for its case, is provisional stands in the journal alone; it is looked up there for the cases that wait for such a thing.
_WAITING: Final = union(
    select(_SPAN.case_id).where(_SPAN.ended_at.is_(None), or_(_SPAN.signed_at.is_(None), _SPAN.contacted_at.is_(None))),
    select(_CASE.id).where(~_CASE.ended, or_(_CASE.visit_due_at.is_not(None), _CASE.reports > 1)),
)
_TOLD_SO: Final = or_(*(_ENTRY.payload[keys[-1]].as_boolean() for keys in (PROMISE, SIGN, CONTACT, VISIT)))
_PROVISIONAL: Final = union(
    select(_SPAN.case_id).where(_SPAN.provisional, _SPAN.ended_at.is_(None)),
    select(_CASE.id).where(_CASE.provisional, ~_CASE.ended),
    select(_ENTRY.case_id).where(_ENTRY.case_id.in_(_WAITING), _TOLD_SO),
)
