"""One case, or all of them, as their journals tell them; for people who may see more than a wall does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry, Span
from casework.evolve import fold
from casework.masking import masked_name, masked_phone, scrub
from casework.past import pasts
from casework.report import Person
from casework.vocabulary import EntryType
from db import journal
from db.models import Assignment, Case, JournalEntry, Report, VaultReport
from db.vault import Vault

CHUNK: Final = 2_000


@dataclass(frozen=True, slots=True)
class WholeCase:
    """A case folded, with its journal and its reports' scrubbed texts."""

    id: int
    code: str
    state: CaseState
    entries: tuple[Entry, ...]
    reports: tuple["ReportTexts", ...]


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """What a report says in words, scrubbed; `persons` are (role, masked name, masked phone)."""

    feed: str
    source_id: str
    channel: str
    title: str
    content: str
    address: str
    result: str
    persons: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class OverdueCount:
    """Cases being worked on in a township at an instant, and how many of them were overdue."""

    township: str | None
    open: int
    overdue: int


def whole_case(session: Session, vault: Vault, case_id: int) -> WholeCase:
    """The case with everything in it, persons masked."""
    code = session.scalars(select(Case.code).where(Case.id == case_id)).one()
    entries = journal.entries_of(session, [case_id])[case_id]
    rows = session.execute(
        select(Report, VaultReport.sealed)
        .outerjoin(VaultReport, VaultReport.report_id == Report.id)
        .where(Report.case_id == case_id)
        .order_by(Report.id)
    )
    opened = [(report, _persons(vault, sealed)) for report, sealed in rows]
    names = tuple(person.name for _, persons in opened for person in persons if person.name)
    reports = tuple(_texts(report, persons, names) for report, persons in opened)
    return WholeCase(case_id, code, fold(entries), tuple(entries), reports)


def _persons(vault: Vault, sealed: bytes | None) -> tuple[Person, ...]:
    return vault.open_report(sealed)[0] if sealed is not None else ()


def person_names(session: Session, vault: Vault, case_id: int) -> tuple[str, ...]:
    """The names of everybody the case's reports name: what free text about it must not say."""
    sealed = session.scalars(
        select(VaultReport.sealed).join(Report, Report.id == VaultReport.report_id).where(Report.case_id == case_id)
    )
    return tuple(person.name for each in sealed for person in vault.open_report(each)[0] if person.name)


def unit_had_work(session: Session, unit: str) -> bool:
    """Whether a unit of that code was ever given a case, or called in beside its holder."""
    return session.scalar(select(exists().where(Assignment.unit_code == unit))) is True


def _texts(report: Report, persons: Sequence[Person], names: tuple[str, ...]) -> ReportTexts:
    """A report's words; one report of a case may name another's persons."""
    return ReportTexts(
        report.feed,
        report.source_id,
        report.channel,
        scrub(report.title, names),
        scrub(report.content, names),
        scrub(report.address, names),
        scrub(report.result, names),
        tuple((person.role.value, masked_name(person.name), masked_phone(person.phone)) for person in persons),
    )


def all_journals(session: Session, since: datetime | None = None) -> Iterator[tuple[int, str, list[Entry]]]:
    """(id, code, journal) of every case reported since an instant, in chunks of bounded size."""
    last = session.scalar(select(func.max(Case.id))) or 0
    for first in range(1, last + 1, CHUNK):
        wanted = select(Case.id, Case.code).where(Case.id.between(first, first + CHUNK - 1))
        if since is not None:
            wanted = wanted.where(Case.reported_at >= since)
        codes: dict[int, str] = dict(session.execute(wanted.order_by(Case.id)).all())
        for case_id, entries in journal.entries_of(session, list(codes)).items():
            yield case_id, codes[case_id], entries


def overdue_at(session: Session, at: datetime) -> list[OverdueCount]:
    """By township, the cases that were being worked on at `at`, and the overdue among them, as the journal tells today.

    A case is overdue when one of its reports is; its township is that of the report due first.
    """
    counts: dict[str | None, list[int]] = {}
    for _, _, entries in all_journals(session):
        running = [past for past in pasts(entries) if past.open_at(at)]
        if running:
            first = min(running, key=lambda past: past.due_at(at))
            count = counts.setdefault(first.township, [0, 0])
            count[0] += 1
            count[1] += any(past.overdue_at(at) for past in running)
    known = sorted(township for township in counts if township is not None)
    townships = [*known, *([None] if None in counts else [])]
    return [OverdueCount(township, *counts[township]) for township in townships]


@dataclass(frozen=True, slots=True)
class RegisteredReminder:
    """One line of the register of reminders (催办督办台账). `moved_at`: the unit's next step, if one followed."""

    code: str
    at: datetime
    step: str
    kind: str
    unit_code: str
    by: str
    moved_at: datetime | None
    moved_by: str | None


_OF_UNITS: Final = frozenset({
    EntryType.SIGNED, EntryType.CONTACTED, EntryType.RETURNED, EntryType.RETURN_ASKED, EntryType.FINISHED,
    EntryType.EXTENSION_ASKED, EntryType.PAUSED, EntryType.CONTINUED, EntryType.ASSIGNED, EntryType.CLOSED,
    EntryType.HELP_CALLED, EntryType.ALLOTTED,
})  # fmt: skip


def reminders(session: Session, since: datetime) -> list[RegisteredReminder]:
    """Every reminder since an instant, the oldest first, with what the case did after it."""
    wanted = (
        select(JournalEntry.case_id)
        .join(Case, and_(Case.id == JournalEntry.case_id, Case.merged_into.is_(None)))
        .where(JournalEntry.type == EntryType.REMINDED.value, JournalEntry.occurred_at >= since)
        .distinct()
    )
    case_ids = list(session.scalars(wanted))
    found: list[RegisteredReminder] = []
    for first in range(0, len(case_ids), CHUNK):
        chunk = case_ids[first : first + CHUNK]
        codes = dict(session.execute(select(Case.id, Case.code).where(Case.id.in_(chunk))).all())
        for case_id, entries in journal.entries_of(session, chunk).items():
            found += _register(codes[case_id], entries, since)
    return sorted(found, key=lambda line: (line.at, line.code))


def _register(code: str, entries: list[Entry], since: datetime) -> Iterator[RegisteredReminder]:
    helpers = [helper.span for thread in fold(entries).threads for helper in thread.extras.helpers]
    told_here = _told_here(entries)
    for number, entry in enumerate(told_here):
        if entry.type is not EntryType.REMINDED or entry.occurred_at < since:
            continue
        after = (each for each in told_here[number + 1 :] if _moves(each, entry, helpers))
        moved = min(after, key=lambda each: each.occurred_at, default=None)
        told = entry.payload
        yield RegisteredReminder(
            code,
            entry.occurred_at,
            told["step"],
            told["kind"],
            told["unit"],
            entry.actor,
            moved.occurred_at if moved is not None else None,
            moved.type.value if moved is not None else None,
        )


def _told_here(entries: list[Entry]) -> list[Entry]:
    """The journal without what was told again in another case, or again later in this one, and without what was taken back."""
    told: list[Entry] = []
    for entry in entries:
        if entry.type is EntryType.RESTORED:
            told.clear()
        elif entry.type is EntryType.SPLIT:
            told = [each for each in told if each.report != entry.report]
        elif entry.type is EntryType.TAKEN_BACK:
            given = (EntryType.ASSIGNED, entry.report)
            undone = [number for number, each in enumerate(told) if (each.type, each.report) == given]
            for number in undone[-1:]:
                del told[number]
        else:
            told.append(entry)
    return told


def _moves(entry: Entry, reminder: Entry, helpers: list[Span]) -> bool:
    """Whether an entry is a step of the unit that was reminded: the holder's, or that co-handler's own."""
    if entry.report != reminder.report or entry.type not in _OF_UNITS or entry.occurred_at < reminder.occurred_at:
        return False
    own = {span.number for span in helpers if span.unit_code == reminder.payload["unit"]}
    if "span" in entry.payload:
        return entry.payload["span"] in own
    ended = entry.type is EntryType.CLOSED
    return ended or not any(span.number in own and _runs(span, reminder.occurred_at) for span in helpers)


def _runs(span: Span, at: datetime) -> bool:
    return span.assigned_at <= at and (span.ended_at is None or at <= span.ended_at)
