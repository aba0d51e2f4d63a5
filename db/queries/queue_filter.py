"""What is asked of the desk's list: a filter, and its conditions in SQL.

Persons and texts are looked for only where the sight has them; rows themselves are narrowed by `db.queries.sight`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, literal, or_, select, true
from sqlalchemy.orm import Session

from casework.roles import Sight
from casework.vocabulary import Category, Colour, Feed, Status, Urgency
from db import search
from db.models import Case, CaseCounter, Report, VaultReport
from db.queries.queue_clocks import due_within, overdue
from db.queries.sight import works
from db.search import Sought

MOST_REPORTS: Final = 2_000  # that have the words looked for, the newest ones


class State(StrEnum):
    """Which cases: those still open, those that have ended (closed, declined or told in another), or all."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of a case, all of it; an empty set, an empty text and `None` ask for nothing.

    `feeds`: of its first report, as the wall's lanes have it. `units`: who holds it; `helpers`: who works on it beside the
    holder. `reports`: so many at least. `colours`: as shown, lateness included. `overdue` and `due_within`: unfinished cases
    only. `code`: whole, or its end, such as 0412 (number 412 of any day) or 20261121-00412. `source_id`: a report's number in
    its own source. `phone_hash`: `Vault.phone_hash` of a phone; it finds nothing for a sight without persons, nor do `words`
    (anywhere in a report) and `place` (in its address) for one without texts, nor any of them a protected case that it may
    not read.
    """

    state: State = State.OPEN
    feeds: frozenset[Feed] = frozenset()
    townships: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()
    statuses: frozenset[Status] = frozenset()
    colours: frozenset[Colour] = frozenset()
    categories: frozenset[Category] = frozenset()
    urgencies: frozenset[Urgency] = frozenset()
    overdue: bool = False
    due_within: timedelta | None = None
    reports: int = 0
    sensitive: bool | None = None
    paused: bool | None = None
    provisional: bool | None = None
    reported_from: datetime | None = None
    reported_before: datetime | None = None
    code: str = ""
    source_id: str = ""
    words: str = ""
    place: str = ""
    phone_hash: bytes | None = None


def conditions(wanted: Filter, at: datetime, shown: Any) -> Iterator[ColumnElement[bool]]:
    """All that a filter asks of a case by itself."""
    chosen: tuple[tuple[Any, Collection[str]], ...] = (
        (Case.feed, wanted.feeds),
        (Case.township, wanted.townships),
        (Case.village, wanted.villages),
        (Case.unit_code, wanted.units),
        (Case.status, wanted.statuses),
        (shown, wanted.colours),
        (Case.category, wanted.categories),
        (Case.urgency, wanted.urgencies),
    )
    yield from (_among(column, sorted(map(str, values))) for column, values in chosen if values)
    asked: tuple[tuple[Any, bool | None], ...] = (
        (Case.sensitive, wanted.sensitive),
        (Case.paused_at.is_not(None), wanted.paused),
        (Case.provisional, wanted.provisional),
    )
    yield from (condition if so else ~condition for condition, so in asked if so is not None)
    if wanted.reports:
        yield Case.reports >= wanted.reports
    if wanted.helpers:
        yield works(wanted.helpers, "helper")
    if wanted.overdue:
        yield overdue(at)
    if wanted.due_within is not None:
        yield due_within(at, wanted.due_within)
    if wanted.reported_from is not None:
        yield Case.reported_at >= wanted.reported_from
    if wanted.reported_before is not None:
        yield Case.reported_at < wanted.reported_before


def _among(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """One value alone is compared: with a list of it SQLite would not see that `ix_cases_history_rare` has all there is."""
    found: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return found


def reports_with(session: Session, sight: Sight, wanted: Filter) -> list[int] | None:
    """The newest reports that have the words and the place; `None` where neither is asked for."""
    if not (wanted.words or wanted.place):
        return None
    sought, still_open = Sought(wanted.words, wanted.place), wanted.state is State.OPEN
    return search.found(session, sought, MOST_REPORTS, still_open=still_open) if sight.texts else []


def told_in(session: Session, sight: Sight, report_ids: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That one of the reports is of the case, and may be read."""
    if report_ids is None:
        return []
    told = select(Report.case_id).where(search.among(session, Report.id, report_ids))
    return [Case.id.in_(told), _texts_in_sight(sight)]


def searched(session: Session, sight: Sight, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    """What is looked for by something that few cases have."""
    if wanted.code:
        yield _has_code(session, wanted.code)
    if wanted.source_id:
        own = select(Report.case_id).where(Report.feed.in_(list(map(str, Feed))), Report.source_id == wanted.source_id)
        yield Case.id.in_(own)
    if wanted.phone_hash is not None:
        # Whoever may not read a protected case must not learn by a number who told it.
        yield and_(_has_phone(wanted.phone_hash), _texts_in_sight(sight)) if sight.persons else false()


def _has_code(session: Session, code: str) -> ColumnElement[bool]:
    """The code itself; or what ends in a number, of any day that gave out so many, or of those that the digits before it end."""
    tail = _CODE_TAIL.fullmatch(code.strip())
    if tail is None:
        return Case.code == code.strip().upper()
    newest = session.scalar(select(Case.code).order_by(Case.id.desc()).limit(1)) or ""
    number = int(tail["number"])
    days = select(literal(f"{newest.partition('-')[0]}-") + CaseCounter.day + literal(f"-{number:05d}"))
    return Case.code.in_(days.where(CaseCounter.last >= number, CaseCounter.day.endswith(tail["day"] or "")))


def _has_phone(phone_hash: bytes) -> ColumnElement[bool]:
    told = or_(VaultReport.caller_hash == phone_hash, VaultReport.contact_hash == phone_hash)
    return Case.id.in_(select(Report.case_id).join(VaultReport, VaultReport.report_id == Report.id).where(told))


def _texts_in_sight(sight: Sight) -> ColumnElement[bool]:
    """Whose words may be read: of a protected case only the county centre and the unit that holds it may."""
    if not sight.texts:
        return false()
    if sight.whole_county:
        return true()
    return or_(~Case.sensitive, works(sight.units, "holder")) if sight.units else ~Case.sensitive


_CODE_TAIL: Final = re.compile(r"-?(?:(?P<day>[0-9]{1,8})-)?(?P<number>[0-9]{1,5})")
