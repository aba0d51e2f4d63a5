"""The desk's list: filtered, ordered and searched cases, a page at a time, and the counts above it.

Every statement asks `in_sight` for its rows. Texts are scrubbed, persons masked, and both only where the sight has them. What is
open, overdue and due soon is what the wall says it is (`dashboard.live.board`): a case that is finished is neither of the
last two, and a clock that stands still neither comes nor passes. All instants are UTC.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from casework.calendar import ONE_DAY, end_of, local_day
from casework.escalation import shown_colour, turns_red_at
from casework.masking import masked_name, masked_phone, scrub
from casework.report import Person, Role
from casework.roles import Sight
from casework.rules import Rules
from casework.vocabulary import COLOUR_ORDER, Appeal, Category, Colour, Feed, Status, Urgency
from db import journal, search
from db.models import Assignment, Case, CaseCounter, JournalEntry, Report, VaultReport
from db.queries.sight import in_sight
from db.search import Sought
from db.vault import Vault

# Beyond so many, what has ended is not counted, nor put in an order that no index has: the newest so many are.
MOST: Final = 10_000
MOST_REPORTS: Final = 2_000  # that have the words looked for, the newest ones
DUE_SOON: Final = timedelta(hours=2)
HOT: Final = 3
"""From so many reports on a case is a hot matter."""
TITLE_CHARACTERS: Final = 60


class State(StrEnum):
    """Which cases: those still open, those that have ended (closed, declined or told in another), or all."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


class Column(StrEnum):
    """What a list may be ordered by."""

    CODE = "code"
    REPORTED = "reported_at"
    DUE = "due_at"
    STATUS = "status"
    TOWNSHIP = "township"
    UNIT = "unit"
    COLOUR = "colour"
    CATEGORY = "category"
    FEED = "feed"


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


@dataclass(frozen=True, slots=True)
class Order:
    """Statuses, colours and urgencies are ordered by how far or how grave, codes as texts; equal cases by their ids. What has
    nothing to compare, as a finished case has no deadline any more, comes last."""

    column: Column = Column.DUE
    descending: bool = False


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
class Page:
    """Some rows of a list and how long it is, at one position of the journal.

    `capped`: there are more than `total` says, or may be, because only the newest were looked at.
    """

    rows: tuple[Row, ...]
    total: int
    capped: bool
    position: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Open cases in sight, as the wall counts them: all, by what their deadline says, by status, by the first report's feed.

    `hot`: those with `HOT` reports or more.
    """

    position: int
    open: int
    overdue: int
    due_soon: int
    by_status: Mapping[Status, int]
    by_feed: Mapping[Feed, int]
    hot: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """What the journal told of cases: rows of those in sight, and the ids of the others, which may have been in sight before.

    `gone` is to be compared with what a screen shows, and not sent to it.
    """

    rows: tuple[Row, ...]
    gone: frozenset[int]


def queue_page(
    session: Session,
    sight: Sight,
    wanted: Filter,
    order: Order,
    start: int,
    count: int,
    at: datetime,
    *,
    vault: Vault,
    rules: Rules,
) -> Page:
    """`count` rows from the `start`-th on (0 is the first), as they are at `at`. Persons are opened for these rows alone."""
    position = journal.position(session)
    if sight.blind:
        return Page((), 0, False, position)
    found = _Question(session, sight, wanted, order, at, rules).page(start, count)
    rows = _rows(session, found.case_ids, sight, at, vault, rules)
    return Page(rows, found.total, found.capped, position)


def queue_counts(session: Session, sight: Sight, at: datetime) -> Counts:
    """The open cases in sight, counted."""
    conditions = _overdue(at), _due_within(at, DUE_SOON), Case.reports >= HOT
    late, soon, hot = (_number_of(condition) for condition in conditions)
    asked = select(Case.status, Case.feed, func.count(), late, soon, hot).where(~Case.ended, in_sight(sight))
    found = [] if sight.blind else session.execute(asked.group_by(Case.status, Case.feed)).all()
    by_status, by_feed = dict.fromkeys(Status, 0), dict.fromkeys(Feed, 0)
    for status, feed, number, *_ in found:
        by_status[Status(status)] += number
        by_feed[Feed(feed)] += number
    return Counts(
        journal.position(session),
        open=sum(by_feed.values()),
        overdue=sum(row[3] for row in found),
        due_soon=sum(row[4] for row in found),
        by_status=by_status,
        by_feed=by_feed,
        hot=sum(row[5] for row in found),
    )


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
    return Changed(_rows(session, seen, sight, at, vault, rules), frozenset(changed.difference(seen)))


def rows_of(
    session: Session, case_ids: Sequence[int], sight: Sight, at: datetime, vault: Vault, rules: Rules
) -> tuple[Row, ...]:
    """The rows of these cases as they are at `at`, in that order; whether they are in sight has been asked."""
    return _rows(session, case_ids, sight, at, vault, rules)


class _Found(NamedTuple):
    """One page's ids in their order."""

    case_ids: list[int]
    total: int
    capped: bool


class _Question:
    """One filter in one order, asked for one sight at one instant."""

    def __init__(
        self, session: Session, sight: Sight, wanted: Filter, order: Order, at: datetime, rules: Rules
    ) -> None:
        self.session = session
        self.sight = sight
        self.wanted = wanted
        self.order = order
        self.at = at
        by_colour = bool(wanted.colours) or order.column is Column.COLOUR
        self.shown = _shown_colour(session, at, rules) if by_colour else Case.colour
        self.reports = _reports_with(session, sight, wanted)
        self.searched = [*_searched(session, sight, wanted), *_told_in(session, sight, self.reports)]

    def page(self, start: int, count: int) -> _Found:
        """What matches is found first, and then ordered; of what has ended no more than the newest is."""
        hits = self._hits().cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
        number = select(func.count()).select_from(hits).scalar_subquery()
        wanted = select(Case.id, number).join(hits, hits.c.id == Case.id).order_by(*self._ordered())
        rows = self.session.execute(wanted.offset(start).limit(count)).all()
        if not rows and start:  # beyond the end
            return self.page(0, 1)._replace(case_ids=[])
        ids, total = [case_id for case_id, _ in rows], rows[0][1] if rows else 0
        if self.searched:
            return _Found(ids, total, len(self.reports or ()) == MOST_REPORTS)
        if total <= MOST or self.wanted.state is State.OPEN:
            return _Found(ids, total, capped=False)
        return _Found(self._walked(start, count) if self.order.column in _WALKED else ids, MOST, capped=True)

    def _hits(self) -> Select[Any]:
        """Ids of what matches: every open case, of those that have ended the newest. What is searched for is few."""
        state = self.wanted.state
        if self.searched:
            return self._matching(self.shown, *_IN_STATE[state])
        if self.wanted.overdue or self.wanted.due_within is not None:  # of the unfinished
            return self._open().where(true() if state is not State.ENDED else false())
        if state is State.OPEN:
            return self._open()
        if state is State.ENDED:
            return self._newest_ended()
        both = union_all(self._open(), select(self._newest_ended().subquery().c.id)).subquery()
        return select(both.c.id)

    def _open(self) -> Select[Any]:
        """Every feed is named, so that `ix_cases_open` is taken, whatever else is asked."""
        return self._matching(self.shown, ~Case.ended, Case.feed.in_(list(map(str, Feed))))

    def _matching(self, colour: Any, *states: Any) -> Select[Any]:
        conditions = _conditions(self.wanted, self.at, colour)
        return select(Case.id).where(*states, *conditions, *self.searched, in_sight(self.sight))

    def _newest_ended(self) -> Select[Any]:
        """In the order of `ix_cases_history`. A protected case that has ended has nobody who works on it."""
        over = self._matching(Case.colour, Case.ended)
        if not self.sight.whole_county:
            over = over.where(~Case.sensitive)
            if self.session.get_bind().dialect.name == "sqlite":
                over = over.where(_near(self.sight))
        return over.order_by(Case.id.desc()).limit(MOST + 1)

    def _walked(self, start: int, count: int) -> list[int]:
        """A page out of very many, along the column's own index."""
        keys = (each.desc() if self.order.descending else each for each in (_WALKED[self.order.column], Case.id))
        matching = self._matching(self.shown, *_IN_STATE[self.wanted.state])
        return list(self.session.scalars(matching.order_by(*keys).offset(start).limit(count)))

    def _ordered(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        key = _key(self.order.column, self.shown)
        if self.order.descending:
            return key.desc().nulls_last(), Case.id.desc()
        return key.asc().nulls_last(), Case.id.asc()


_IN_STATE: Final[Mapping[State, Sequence[Any]]] = {State.OPEN: [~Case.ended], State.ENDED: [Case.ended], State.ALL: []}
_WALKED: Final[Mapping[Column, Any]] = {Column.REPORTED: Case.reported_at, Column.CODE: Case.code}


def _key(column: Column, shown: Any) -> Any:
    """What an order compares."""
    match column:
        case Column.STATUS:
            return _place_in(Case.status, Status)
        case Column.COLOUR:
            return _place_in(shown, COLOUR_ORDER)
        case Column.UNIT:
            return Case.unit_code
        case Column.DUE:
            return case((_unfinished(), Case.due_at))  # what is finished is due no more, and comes last
        case _:
            return Case.__table__.c[column.value]


def _place_in(column: Any, ordered: Iterable[str]) -> ColumnElement[int]:
    return case({str(value): number for number, value in enumerate(ordered)}, value=column)


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _unfinished() -> ColumnElement[bool]:
    return and_(~Case.ended, Case.finished_at.is_(None))


def _overdue(at: datetime) -> ColumnElement[bool]:
    """As the wall's count has it: a clock that stands still had passed before, or does not pass."""
    return and_(_unfinished(), Case.due_at < at, or_(Case.paused_at.is_(None), Case.due_at < Case.paused_at))


def _due_within(at: datetime, ahead: timedelta) -> ColumnElement[bool]:
    return and_(_unfinished(), Case.paused_at.is_(None), Case.due_at.between(at, at + ahead))


def _conditions(wanted: Filter, at: datetime, shown: Any) -> Iterator[ColumnElement[bool]]:
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
    yield from (column.in_(sorted(map(str, values))) for column, values in chosen if values)
    asked: tuple[tuple[Any, bool | None], ...] = (
        (Case.sensitive, wanted.sensitive),
        (Case.paused_at.is_not(None), wanted.paused),
        (Case.provisional, wanted.provisional),
    )
    yield from (condition if so else ~condition for condition, so in asked if so is not None)
    if wanted.reports:
        yield Case.reports >= wanted.reports
    if wanted.helpers:
        yield _works(wanted.helpers, "helper")
    if wanted.overdue:
        yield _overdue(at)
    if wanted.due_within is not None:
        yield _due_within(at, wanted.due_within)
    if wanted.reported_from is not None:
        yield Case.reported_at >= wanted.reported_from
    if wanted.reported_before is not None:
        yield Case.reported_at < wanted.reported_before


def _works(units: Collection[str], role: str) -> ColumnElement[bool]:
    """One of the units works on the case in that role."""
    span = aliased(Assignment)
    running = span.unit_code.in_(sorted(units)), span.role == role, span.ended_at.is_(None)
    return exists().where(span.case_id == Case.id, *running).correlate(Case)


def _near(sight: Sight) -> ColumnElement[bool]:
    """What holds of every case in sight and is found at once: that it lies there, or that its id is among those of the units.

    SQLite looks at a case's spans for `in_sight`; for each of a million cases that takes seconds, and few are near.
    PostgreSQL finds its own way, and would be kept from it.
    """
    places = ((Case.township, sight.townships), (Case.village, sight.villages), (Case.grid, sight.grids))
    ways: list[ColumnElement[bool]] = [column.in_(sorted(codes)) for column, codes in places if codes]
    if sight.units:
        ways.append(Case.id.in_(select(Assignment.case_id).where(Assignment.unit_code.in_(sorted(sight.units)))))
    return or_(*ways)


def _reports_with(session: Session, sight: Sight, wanted: Filter) -> list[int] | None:
    """The newest reports that have the words and the place; `None` where neither is asked for."""
    if not (wanted.words or wanted.place):
        return None
    sought, still_open = Sought(wanted.words, wanted.place), wanted.state is State.OPEN
    return search.found(session, sought, MOST_REPORTS, still_open=still_open) if sight.texts else []


def _told_in(session: Session, sight: Sight, report_ids: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That one of the reports is of the case, and may be read."""
    if report_ids is None:
        return []
    told = select(Report.case_id).where(search.among(session, Report.id, report_ids))
    return [Case.id.in_(told), _texts_in_sight(sight)]


def _searched(session: Session, sight: Sight, wanted: Filter) -> Iterator[ColumnElement[bool]]:
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
    return or_(~Case.sensitive, _works(sight.units, "holder")) if sight.units else ~Case.sensitive


def _shown_colour(session: Session, at: datetime, rules: Rules) -> ColumnElement[str]:
    """`casework.escalation.shown_colour` of each case; those that stand still are few, and looked at one by one."""
    paused = select(Case.id, Case.colour, Case.due_at, Case.paused_at, Case.finished_at, Case.ended)
    still = session.execute(paused.where(_overdue(at), Case.paused_at.is_not(None)))
    red = [row.id for row in still if _colour(row, at, rules) is Colour.RED]
    runs_red = and_(Case.paused_at.is_(None), Case.due_at <= _red_through(at, rules))
    return case(
        (and_(_overdue(at), or_(runs_red, Case.id.in_(red))), Colour.RED.value),
        (and_(_overdue(at), Case.colour == Colour.BLUE.value), Colour.YELLOW.value),
        else_=Case.colour,
    )


def _red_through(at: datetime, rules: Rules) -> datetime:
    """The latest end of a day whose deadlines have been passed so long that who still runs is shown red."""
    day, risk = local_day(at), rules.risk.at(at)
    while turns_red_at(end_of(day), risk, rules.calendar) >= at:
        day -= ONE_DAY
    return end_of(day)


def _colour(row: Any, at: datetime, rules: Rules) -> Colour:
    """As the wall shows it: an unfinished case by where its clock stands."""
    if row.ended or row.finished_at is not None:
        return Colour(row.colour)
    seen = row.paused_at if row.paused_at is not None and row.paused_at <= at else at
    return shown_colour(Colour(row.colour), row.due_at, seen, rules.risk.at(at), rules.calendar)


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

    key: str
    title: str
    persons: tuple[Person, ...]


def _rows(
    session: Session, case_ids: Sequence[int], sight: Sight, at: datetime, vault: Vault, rules: Rules
) -> tuple[Row, ...]:
    """The rows of cases that are in sight, in that order."""
    if not case_ids:
        return ()
    cases = {row.id: row for row in session.execute(select(*_ROW).where(Case.id.in_(case_ids)))}
    spans, feeds = _spans_of(session, case_ids), _feeds_of(session, case_ids)
    told = _told_of(session, case_ids, vault) if sight.texts or sight.persons else {}
    return tuple(
        _row(cases[case_id], spans[case_id], feeds[case_id], told.get(case_id, []), sight, at, rules)
        for case_id in case_ids
    )


def _spans_of(session: Session, case_ids: Sequence[int]) -> Mapping[int, list[_Holding]]:
    found: defaultdict[int, list[_Holding]] = defaultdict(list)
    columns = (getattr(Assignment, name) for name in _Holding._fields)
    asked = select(*columns).where(Assignment.case_id.in_(case_ids)).order_by(Assignment.case_id, Assignment.number)
    for row in session.execute(asked):
        found[row.case_id].append(_Holding(*row))
    return found


def _feeds_of(session: Session, case_ids: Sequence[int]) -> Mapping[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for case_id, feed in session.execute(select(Report.case_id, Report.feed).where(Report.case_id.in_(case_ids))):
        found[case_id].add(feed)
    return found


def _told_of(session: Session, case_ids: Sequence[int], vault: Vault) -> Mapping[int, list[_Told]]:
    """Scrubbed once more where a case has several reports: one of them may name another's people."""
    found: defaultdict[int, list[_Told]] = defaultdict(list)
    told = select(Report.case_id, Report.feed, Report.source_id, Report.title, Report.content, VaultReport.sealed)
    joined = told.outerjoin(VaultReport, VaultReport.report_id == Report.id).order_by(Report.id)
    for row in session.execute(joined.where(Report.case_id.in_(case_ids))):
        persons = vault.open_report(row.sealed)[0] if row.sealed is not None else ()
        found[row.case_id].append(_Told(f"{row.feed}:{row.source_id}", row.title or row.content, persons))
    for case_id, reports in found.items():
        names = tuple(person.name for report in reports for person in report.persons if person.name)
        found[case_id] = [report._replace(title=scrub(report.title, names)[:TITLE_CHARACTERS]) for report in reports]
    return found


def _row(
    row: Any,
    spans: Sequence[_Holding],
    feeds: Collection[str],
    told: Sequence[_Told],
    sight: Sight,
    at: datetime,
    rules: Rules,
) -> Row:
    held = [span for span in spans if (span.role, span.report, span.unit_code) == ("holder", row.report, row.unit_code)]
    lead = next((report for report in told if report.key == row.report), told[0] if told else _Told("", "", ()))
    unfinished = not row.ended and row.finished_at is None
    runs = unfinished and row.paused_at is None
    readable = _may_read(row.sensitive, spans, sight)
    passed = row.due_at is not None and row.due_at < at
    return Row(
        id=row.id,
        code=row.code,
        version=row.version,
        feeds=tuple(feed for feed in Feed if feed in feeds or feed == row.feed),
        reports=row.reports,
        category=Category(row.category),
        appeal=Appeal(row.appeal),
        urgency=Urgency(row.urgency),
        colour=_colour(row, at, rules),
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
    """As `_texts_in_sight`, of a case whose spans are known."""
    held = any(span.role == "holder" and span.ended_at is None and span.unit_code in sight.units for span in spans)
    return sight.texts and (not sensitive or sight.whole_county or held)


def _caller(persons: Sequence[Person]) -> tuple[str, str]:
    caller = next((person for person in persons if person.role is Role.CALLER), Person(Role.CALLER))
    return masked_name(caller.name), masked_phone(caller.phone)


_CODE_TAIL: Final = re.compile(r"-?(?:(?P<day>[0-9]{1,8})-)?(?P<number>[0-9]{1,5})")
_ROW: Final = tuple(
    Case.__table__.c[name]
    for name in (
        "id", "code", "version", "feed", "report", "reports", "category", "appeal", "urgency", "colour", "township",
        "village", "unit_code", "status", "round", "reported_at", "due_at", "provisional", "paused_at", "sensitive",
        "ended", "finished_at",
    )
)  # fmt: skip
