"""What the inbox asks about a whole batch at once. Each statement is built once and takes any number of keys as one parameter."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    String,
    and_,
    any_,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.types import TypeEngine

from db.journal import APPEND_LOCK
from db.models import Case, CaseCounter, DeadLetter, FeedCursor, FeedMessage, JournalEntry, Report, ReportLink

_MESSAGE: Final = FeedMessage.__table__.c
_REPORT: Final = Report.__table__.c
_LINK: Final = ReportLink.__table__.c
_CASE: Final = Case.__table__.c
_CURSOR: Final = FeedCursor.__table__.c
_COUNTER: Final = CaseCounter.__table__.c


class Question(NamedTuple):
    """One look-up to be asked together with others."""

    statement: Any
    asked: dict[str, Any]


def answers(connection: Connection, questions: Sequence[Question]) -> list[Sequence[Any]]:
    """The rows each question finds; on PostgreSQL they are all sent before the first answer is waited for."""
    if connection.dialect.name == "sqlite":
        return [connection.execute(question.statement, question.asked).fetchall() for question in questions]
    driver: Any = connection.connection.driver_connection
    cursors = []
    with driver.pipeline():
        for question in questions:
            cursor = driver.cursor()
            statement, constants = _as_text(question.statement, connection.dialect)
            cursor.execute(statement, constants | question.asked)
            cursors.append(cursor)
    return [cursor.fetchall() for cursor in cursors]


@lru_cache(maxsize=64)
def _as_text(statement: Any, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """A statement as the driver takes it, and the constants in it."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), dict(compiled.params)


def the_lock() -> Question:
    """Hold the journal until the transaction ends (PostgreSQL only)."""
    return Question(_LOCK, {"key": APPEND_LOCK})


def known_events(connection: Connection, feed: str, event_ids: Iterable[str]) -> Question:
    """(event_id) of those that the inbox has already."""
    return Question(_known_events(connection.dialect.name), _keys(connection, event_ids, feed=feed))


def known_reports(connection: Connection, feed: str, source_ids: Iterable[str]) -> Question:
    """(source_id, id, version_at, case_id, received_at) of those records that are known."""
    return Question(_known_reports(connection.dialect.name), _keys(connection, source_ids, feed=feed))


def cases_waiting_for(connection: Connection, feed: str, source_ids: Iterable[str]) -> Question:
    """(target, case_id) of reports that named one of these records before it arrived."""
    return Question(_cases_waiting_for(connection.dialect.name), _keys(connection, source_ids, feed=feed))


def case_counters(connection: Connection, days: Iterable[str]) -> Question:
    """(day, last number given out) of those local days that have one."""
    return Question(_case_counters(connection.dialect.name), _keys(connection, days))


def highest_ids() -> Question:
    """(report, case, entry, dead letter): the highest id of each."""
    return Question(_LAST_IDS, {})


def links_of(connection: Connection, source_ids: Iterable[str]) -> Question:
    """(feed, source_id, target) of every link these records are known to have, in whatever feed."""
    return Question(_links_of(connection.dialect.name), _keys(connection, source_ids))


def case_heads(connection: Connection, case_ids: Iterable[int]) -> Sequence[Any]:
    """(id, code, version) of cases."""
    return connection.execute(_case_heads(connection.dialect.name), _keys(connection, case_ids)).fetchall()


def move_cursor(connection: Connection, feed: str, epoch: int, sequence: int | None, *, only_up: bool) -> bool:
    """Set a feed's cursor (`None`: leave it where it is); False when this epoch no longer holds the feed."""
    statement = _RAISE_CURSOR if only_up else _SET_CURSOR
    moved = connection.execute(statement, {"of_feed": feed, "of_epoch": epoch, "to_sequence": sequence})
    return moved.rowcount == 1


def _keys(connection: Connection, keys: Iterable[Any], **others: Any) -> dict[str, Any]:
    listed = list(keys)
    return {"keys": listed if connection.dialect.name == "postgresql" else orjson.dumps(listed).decode(), **others}


def _among(dialect: str, column: ColumnElement[Any], kind: TypeEngine[Any]) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column == any_(bindparam("keys", type_=ARRAY(kind)))
    return column.in_(select(func.json_each(bindparam("keys", type_=String())).table_valued("value").c.value))


@lru_cache
def _known_events(dialect: str) -> Any:
    wanted = and_(_MESSAGE.feed == bindparam("feed"), _among(dialect, _MESSAGE.event_id, String()))
    return select(_MESSAGE.event_id).where(wanted)


@lru_cache
def _known_reports(dialect: str) -> Any:
    wanted = and_(_REPORT.feed == bindparam("feed"), _among(dialect, _REPORT.source_id, String()))
    return select(_REPORT.source_id, _REPORT.id, _REPORT.version_at, _REPORT.case_id, _REPORT.received_at).where(wanted)


@lru_cache
def _cases_waiting_for(dialect: str) -> Any:
    wanted = and_(_LINK.feed == bindparam("feed"), _among(dialect, _LINK.target, String()))
    same = and_(_REPORT.feed == _LINK.feed, _REPORT.source_id == _LINK.source_id)
    joined = select(_LINK.target, _REPORT.case_id).join_from(ReportLink.__table__, Report.__table__, same)
    return joined.where(wanted).order_by(_REPORT.case_id)


@lru_cache
def _links_of(dialect: str) -> Any:
    return select(_LINK.feed, _LINK.source_id, _LINK.target).where(_among(dialect, _LINK.source_id, String()))


@lru_cache
def _case_heads(dialect: str) -> Any:
    return select(_CASE.id, _CASE.code, _CASE.version).where(_among(dialect, _CASE.id, BigInteger()))


@lru_cache
def _case_counters(dialect: str) -> Any:
    return select(_COUNTER.day, _COUNTER.last).where(_among(dialect, _COUNTER.day, String()))


_LOCK: Final = text("SELECT 1 FROM (SELECT pg_advisory_xact_lock(:key)) AS held")
_LAST_IDS: Final = select(
    *(
        func.coalesce(select(func.max(model.__table__.c.id)).scalar_subquery(), 0)
        for model in (Report, Case, JournalEntry, DeadLetter)
    )
)
_TO: Final = bindparam("to_sequence", type_=BigInteger())
_HELD: Final = update(FeedCursor.__table__).where(  # type: ignore[arg-type]
    _CURSOR.feed == bindparam("of_feed"), _CURSOR.epoch == bindparam("of_epoch")
)
_SET_CURSOR: Final = _HELD.values(sequence=func.coalesce(_TO, _CURSOR.sequence))
_RAISE_CURSOR: Final = _HELD.values(
    sequence=case(
        (_CURSOR.sequence > func.coalesce(_TO, -1), _CURSOR.sequence), else_=func.coalesce(_TO, _CURSOR.sequence)
    )
)
