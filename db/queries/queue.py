"""The desk's list: filtered, ordered and searched cases, a page at a time.

Every statement asks `db.queries.sight` for its rows. What a row tells is `db.queries.queue_rows`', what may be asked
`db.queries.queue_filter`'s.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, case, cast, false, func, null, select, true, union_all
from sqlalchemy.orm import Session

from casework.roles import Sight
from casework.rules import Rules
from casework.vocabulary import COLOUR_ORDER, Feed, Status
from db import journal
from db.models import Case
from db.queries.queue_clocks import colours_shown, unfinished
from db.queries.queue_filter import MOST_REPORTS, Filter, State, conditions, reports_with, searched, told_in
from db.queries.queue_rows import Row, rows_of
from db.queries.sight import in_sight, in_sight_once_ended
from db.vault import Vault

# Beyond so many, what has ended is not counted, nor put in an order that no index has: the newest so many are.
MOST: Final = 10_000


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
class Order:
    """Statuses, colours and urgencies are ordered by how far or how grave, codes as texts; equal cases by their ids. What has
    nothing to compare, as a finished case has no deadline any more, comes last."""

    column: Column = Column.DUE
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list and how long it is, at one position of the journal.

    `capped`: there are more than `total` says, or may be, because only the newest were looked at.
    """

    rows: tuple[Row, ...]
    total: int
    capped: bool
    position: int


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
    rows = rows_of(session, found.case_ids, sight, at, vault, rules)
    return Page(rows, found.total, found.capped, position)


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
        self.shown = colours_shown(session, at, rules) if by_colour else Case.colour
        self.reports = reports_with(session, sight, wanted)
        self.searched = [*searched(session, sight, wanted), *told_in(session, sight, self.reports)]

    def page(self, start: int, count: int) -> _Found:
        """What matches is found first, with what it is ordered by, and then ordered; of what has ended only the newest."""
        hits = self._hits().cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
        number = select(func.count()).select_from(hits).scalar_subquery()
        wanted = select(hits.c.id, number).order_by(*self._ordered(hits.c.key, hits.c.id))
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
        """`id` and `key` of what matches: every open case, of those that have ended the newest. What is searched for is few."""
        state = self.wanted.state
        if self.searched:
            return self._matching(*_IN_STATE[state])
        if self.wanted.overdue or self.wanted.due_within is not None or self.wanted.helpers:  # of what is worked on
            return self._open().where(true() if state is not State.ENDED else false())
        if state is State.OPEN:
            return self._open()
        if state is State.ENDED:
            return self._newest_ended()
        newest = self._newest_ended().subquery().c
        both = union_all(self._open(), select(newest.id, newest.key)).subquery()
        return select(both.c.id, both.c.key)

    def _open(self) -> Select[Any]:
        """Every feed is named, so that `ix_cases_open` is taken, whatever else is asked."""
        return self._matching(~Case.ended, Case.feed.in_(list(map(str, Feed))))

    def _matching(self, *states: Any) -> Select[Any]:
        asked = *states, *conditions(self.wanted, self.at, self.shown), *self.searched
        return select(Case.id, self._key(self.shown)).where(*asked, in_sight(self.sight))

    def _newest_ended(self) -> Select[Any]:
        """In the order of `ix_cases_history`, and with nothing that is not in it: no row of the table is touched."""
        column = self.order.column
        sqlite = self.session.get_bind().dialect.name == "sqlite"
        seen = in_sight_once_ended(self.sight, listed=sqlite)
        asked = Case.ended, *conditions(self.wanted, self.at, Case.colour), seen
        found = select(Case.id).where(*asked).order_by(Case.id.desc()).limit(MOST + 1)
        if column is Column.CODE:
            newest = found.subquery()
            return select(Case.id, self._key(Case.colour)).join(newest, newest.c.id == Case.id)
        return found.add_columns(self._key(Case.colour) if column is not Column.DUE else _NEVER_DUE)

    def _walked(self, start: int, count: int) -> list[int]:
        """A page out of very many, along the column's own index; neither column is ever empty."""
        keys = (each.desc() if self.order.descending else each for each in (_WALKED[self.order.column], Case.id))
        matching = self._matching(*_IN_STATE[self.wanted.state]).with_only_columns(Case.id)
        return list(self.session.scalars(matching.order_by(*keys).offset(start).limit(count)))

    def _key(self, shown: Any) -> ColumnElement[Any]:
        key: ColumnElement[Any] = _key(self.order.column, shown).label("key")
        return key

    def _ordered(self, key: Any, case_id: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        if self.order.descending:
            return key.desc().nulls_last(), case_id.desc()
        return key.asc().nulls_last(), case_id.asc()


_IN_STATE: Final[Mapping[State, Sequence[Any]]] = {State.OPEN: [~Case.ended], State.ENDED: [Case.ended], State.ALL: []}
_WALKED: Final[Mapping[Column, Any]] = {Column.REPORTED: Case.reported_at, Column.CODE: Case.code}
# What has ended is due no more.
_NEVER_DUE: Final = cast(null(), Case.__table__.c.due_at.type).label("key")


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
            return case((unfinished(), Case.due_at))  # what is finished is due no more, and comes last
        case _:
            return Case.__table__.c[column.value]


def _place_in(column: Any, ordered: Iterable[str]) -> ColumnElement[int]:
    return case({str(value): number for number, value in enumerate(ordered)}, value=column)
