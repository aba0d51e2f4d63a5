"""The rows of the desk's list: what one case tells, to whom.

Texts are scrubbed, persons masked, and both are only where the sight has them. All instants are UTC.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from casework.masking import masked_name, masked_phone, scrub
from casework.report import Person, Role
from casework.roles import Sight
from casework.rules import Rules
from casework.vocabulary import Appeal, Category, Colour, Feed, Status, Urgency
from db.models import Assignment, Case, JournalEntry, Report, VaultReport
from db.queries.queue_clocks import DUE_SOON, colour_of
from db.queries.sight import in_sight
from db.vault import Vault

TITLE_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the list. `colour` is what the wall would show, `due_at` the finish deadline, `feeds` those of its reports.

    `title` and `caller` (masked name, masked phone) are `None` where the sight has no texts or persons, or may not read this
    protected case; an empty text is one that was not told. `unit_name` is what its source called the holder.
    """

    id: int
    code: str
    version: int
    feeds: tuple[Feed, ...]
    reports: int
    category: Category
    appeal: Appeal
    urgency: Urgency
    colour: Colour
    township: str | None
    village: str | None
    unit_code: str | None
    unit_name: str | None
    helpers: tuple[str, ...]
    status: Status
    round: int
    reported_at: datetime
    due_at: datetime | None
    provisional: bool
    paused_at: datetime | None
    overdue: bool
    due_soon: bool
    sensitive: bool
    title: str | None
    caller: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What the journal told of cases: rows of those in sight, and the ids of the others, which may have been in sight before.

    `gone` is to be compared with what a screen shows, and not sent to it.
    """

    rows: tuple[Row, ...]
    gone: frozenset[int]


def changed_rows(
    session: Session, sight: Sight, after: int, to: int, at: datetime, *, vault: Vault, rules: Rules
) -> Changed:
    """The cases that the journal tells of after the entry `after` and up to `to`, as they are now."""
    if sight.blind or to <= after:
        return Changed((), frozenset())
    # Ids have no gaps, so the limit takes nothing away; see `db.queries.wall`.
    told = select(JournalEntry.case_id).where(JournalEntry.id > after).order_by(JournalEntry.id).limit(to - after)
    changed = set(session.scalars(told))
    seen = list(session.scalars(select(Case.id).where(Case.id.in_(changed), in_sight(sight)).order_by(Case.id)))
    return Changed(rows_of(session, seen, sight, at, vault, rules), frozenset(changed.difference(seen)))


class _Holding(NamedTuple):
    """One span of a case, as far as a list tells it."""

    case_id: int
    role: str
    report: str
    unit_code: str
    unit_name: str | None
    ended_at: datetime | None


class _Told(NamedTuple):
    """One report of a case: its title, or how it begins, and whom it names."""

    feed: str
    source_id: str
    title: str
    persons: tuple[Person, ...]


def rows_of(
    session: Session, case_ids: Sequence[int], sight: Sight, at: datetime, vault: Vault, rules: Rules
) -> tuple[Row, ...]:
    """The rows of these cases as they are at `at`, in that order; whether they are in sight has been asked."""
    if not case_ids:
        return ()
    cases = {row.id: row for row in session.execute(select(*_ROW).where(Case.id.in_(case_ids)))}
    spans, told = _spans_of(session, case_ids), _told_of(session, case_ids, sight, vault)
    return tuple(_row(cases[case_id], spans[case_id], told[case_id], sight, at, rules) for case_id in case_ids)


def _spans_of(session: Session, case_ids: Sequence[int]) -> Mapping[int, list[_Holding]]:
    found: defaultdict[int, list[_Holding]] = defaultdict(list)
    columns = (getattr(Assignment, name) for name in _Holding._fields)
    asked = select(*columns).where(Assignment.case_id.in_(case_ids)).order_by(Assignment.case_id, Assignment.number)
    for row in session.execute(asked):
        found[row.case_id].append(_Holding(*row))
    return found


def _told_of(session: Session, case_ids: Sequence[int], sight: Sight, vault: Vault) -> Mapping[int, list[_Told]]:
    """Scrubbed once more where a case has several reports: one of them may name another's people. Of who may have neither
    texts nor persons, the vault is not asked."""
    found: defaultdict[int, list[_Told]] = defaultdict(list)
    told = select(Report.case_id, Report.feed, Report.source_id, Report.title, Report.content, VaultReport.sealed)
    open_to = VaultReport.report_id == Report.id if sight.texts or sight.persons else false()
    joined = told.outerjoin(VaultReport, open_to).order_by(Report.id)
    for row in session.execute(joined.where(Report.case_id.in_(case_ids))):
        persons = vault.open_report(row.sealed)[0] if row.sealed is not None else ()
        found[row.case_id].append(_Told(row.feed, row.source_id, row.title or row.content, persons))
    for case_id, reports in found.items():
        names = tuple(person.name for report in reports for person in report.persons if person.name)
        found[case_id] = [report._replace(title=scrub(report.title, names)[:TITLE_CHARACTERS]) for report in reports]
    return found


def _row(row: Any, spans: Sequence[_Holding], told: Sequence[_Told], sight: Sight, at: datetime, rules: Rules) -> Row:
    held = [span for span in spans if (span.role, span.report, span.unit_code) == ("holder", row.report, row.unit_code)]
    own = (report for report in told if f"{report.feed}:{report.source_id}" == row.report)
    lead = next(own, told[0] if told else _Told("", "", "", ()))
    feeds = {row.feed, *(report.feed for report in told)}
    unfinished = not row.ended and row.finished_at is None
    runs = unfinished and row.paused_at is None
    readable = _may_read(row.sensitive, spans, sight)
    passed = row.due_at is not None and row.due_at < at
    return Row(
        id=row.id,
        code=row.code,
        version=row.version,
        feeds=tuple(feed for feed in Feed if feed in feeds),
        reports=row.reports,
        category=Category(row.category),
        appeal=Appeal(row.appeal),
        urgency=Urgency(row.urgency),
        colour=colour_of(row, at, rules),
        township=row.township,
        village=row.village,
        unit_code=row.unit_code,
        unit_name=held[-1].unit_name if held else None,
        helpers=tuple(span.unit_code for span in spans if span.role == "helper" and span.ended_at is None),
        status=Status(row.status),
        round=row.round,
        reported_at=row.reported_at,
        due_at=row.due_at,
        provisional=row.provisional,
        paused_at=row.paused_at,
        overdue=unfinished and passed and (row.paused_at is None or row.due_at < row.paused_at),
        due_soon=runs and row.due_at is not None and at <= row.due_at <= at + DUE_SOON,
        sensitive=row.sensitive,
        title=lead.title if readable else None,
        caller=_caller(lead.persons) if sight.persons and readable else None,
    )


def _may_read(sensitive: bool, spans: Sequence[_Holding], sight: Sight) -> bool:
    """As `queue_filter.texts_in_sight`, of a case whose spans are known."""
    held = any(span.role == "holder" and span.ended_at is None and span.unit_code in sight.units for span in spans)
    return sight.texts and (not sensitive or sight.whole_county or held)


def _caller(persons: Sequence[Person]) -> tuple[str, str]:
    caller = next((person for person in persons if person.role is Role.CALLER), Person(Role.CALLER))
    return masked_name(caller.name), masked_phone(caller.phone)


_ROW: Final = tuple(
    Case.__table__.c[name]
    for name in (
        "id", "code", "version", "feed", "report", "reports", "category", "appeal", "urgency", "colour", "township",
        "village", "unit_code", "status", "round", "reported_at", "due_at", "provisional", "paused_at", "sensitive",
        "ended", "finished_at",
    )
)  # fmt: skip
