"""What the inbox asks about a whole batch at once. Each statement is built once and takes any number of keys as one parameter."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.types import TypeEngine

from db.journal import APPEND_LOCK
from db.models import Base, Case, CaseCounter, DeadLetter, FeedCursor, FeedMessage, JournalEntry, Report, ReportLink
from db.types import UTCDateTime

GROWN: Final = 3_000
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


class Kind(IntEnum):
    """What a row that `known` finds tells: (kind, name, name_2, number, number_2, at, at_2), of which most are empty."""

    ID = 0  # number: the highest id of reports, number_2: of cases
    ENTRY_ID = (
        1  # number: the id of the journal's newest entry, at: when it was recorded, number_2: the last dead letter's
    )
    DAY = 2  # name: a local day that has a counter of cases, number: the last one given out
    EVENT = 3  # name: an event the inbox has already
    REPORT = (
        4  # name: the record, number: its report's id, number_2: its case, at: its version, at_2: when it was received
    )
    WAITING = 5  # name: a record that was named before it arrived, number: the case of the report that names it
    LINK = 6  # name: a record, name_2: one it is known to have named


def answers(connection: Connection, questions: Sequence[Question]) -> list[Sequence[Any]]:
    """The rows each question finds; on PostgreSQL they are all sent before the first answer is waited for."""
    if connection.dialect.name == "sqlite":
        return [connection.execute(question.statement, question.asked).fetchall() for question in questions]
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        cursors = [_sent(connection, question) for question in questions]
    return [cursor.fetchall() for cursor in cursors]


def _sent(connection: Connection, question: Question) -> Any:
    """The driver's cursor of a question that was sent to PostgreSQL; the answer may not be there yet."""
    statement, constants = _as_text(question.statement, connection.dialect)
    cursor = connection.connection.cursor()
    cursor.execute(statement, constants | question.asked)
    return cursor


@lru_cache(maxsize=64)
def _as_text(statement: Any, dialect: Dialect) -> tuple[str, dict[str, Any]]:
    """A statement as the driver takes it, and the constants in it."""
    compiled = statement.compile(dialect=dialect)
    return str(compiled), dict(compiled.params)


def the_lock() -> Question:
    """Hold the journal until the transaction ends, and say how what it asks is planned (PostgreSQL only).

    To plan a lone event's statements takes longer than to run them: they are planned once and for all, but only where the
    tables have grown and PostgreSQL has counted them (it plans anew when it counts again). A plan made before that reads all
    of a feed for one record.
    """
    return Question(_LOCK, {})


def known(
    connection: Connection,
    feed: str,
    *,
    days: Iterable[str],
    events: Iterable[str],
    records: Iterable[str],
    fresh: Iterable[str],
    naming: Iterable[str],
) -> Question:
    """Everything a batch needs to know of a feed, as rows of each `Kind`; in one, for it is the number of questions that costs.

    `days` are those of the reports, `records` all that occur, `fresh` those that have reports here, `naming` those of them
    that name others.
    """
    keys = {"days": days, "events": events, "records": records, "fresh": fresh, "naming": naming}
    postgresql = connection.dialect.name == "postgresql"
    handed = {name: list(told) if postgresql else orjson.dumps(list(told)).decode() for name, told in keys.items()}
    return Question(_known(connection.dialect.name), {"feed": feed, **handed})


def highest_ids() -> Question:
    """(report, case, entry, dead letter): the highest id of each."""
    return Question(_LAST_IDS, {})


def case_heads(connection: Connection, case_ids: Iterable[int]) -> Sequence[Any]:
    """(id, code, version) of cases."""
    listed = list(case_ids)
    handed = listed if connection.dialect.name == "postgresql" else orjson.dumps(listed).decode()
    return answers(connection, [Question(_case_heads(connection.dialect.name), {"ids": handed})])[0]


def move_cursor(connection: Connection, feed: str, epoch: int, sequence: int | None, *, only_up: bool) -> Any:
    """Set a feed's cursor (`None`: leave it where it is). The `rowcount` of what is given back is 0 when this epoch no longer
    holds the feed; inside `bulk.together` it may be asked for afterwards only."""
    move = Question(
        _RAISE_CURSOR if only_up else _SET_CURSOR, {"of_feed": feed, "of_epoch": epoch, "to_sequence": sequence}
    )
    if connection.dialect.name == "sqlite":
        return connection.execute(move.statement, move.asked)
    return _sent(connection, move)


def _among(dialect: str, column: ColumnElement[Any], name: str, kind: TypeEngine[Any]) -> ColumnElement[bool]:
    """Whether a column is one of the keys handed over under that name, as one value."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(kind)))
    return column.in_(select(func.json_each(bindparam(name, type_=String())).table_valued("value").c.value))


def _row(kind: Kind, **told: Any) -> Select[Any]:
    """Rows that tell one kind of thing."""
    empty: dict[str, TypeEngine[Any]] = {
        "name": String(),
        "name_2": String(),
        "number": BigInteger(),
        "number_2": BigInteger(),
        "at": UTCDateTime(),
        "at_2": UTCDateTime(),
    }
    columns = [told.get(name, cast(null(), each)).label(name) for name, each in empty.items()]
    return select(literal_column(str(kind.value)).label("kind"), *columns)


@lru_cache
def _known(dialect: str) -> Any:
    def keyed(feed: ColumnElement[Any], column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        return and_(feed == bindparam("feed"), _among(dialect, column, name, String()))

    last = {model: _last(model) for model in (Report, Case, JournalEntry, DeadLetter)}
    same = and_(_REPORT.feed == _LINK.feed, _REPORT.source_id == _LINK.source_id)
    report = {
        "name": _REPORT.source_id,
        "number": _REPORT.id,
        "number_2": _REPORT.case_id,
        "at": _REPORT.version_at,
        "at_2": _REPORT.received_at,
    }
    waiting = _row(Kind.WAITING, name=_LINK.target, number=_REPORT.case_id)
    return union_all(
        _row(Kind.ID, number=last[Report], number_2=last[Case]),
        _row(Kind.ENTRY_ID, number=last[JournalEntry], number_2=last[DeadLetter], at=_last_recorded_at()),
        _row(Kind.DAY, name=_COUNTER.day, number=_COUNTER.last).where(_among(dialect, _COUNTER.day, "days", String())),
        _row(Kind.EVENT, name=_MESSAGE.event_id).where(keyed(_MESSAGE.feed, _MESSAGE.event_id, "events")),
        _row(Kind.REPORT, **report).where(keyed(_REPORT.feed, _REPORT.source_id, "records")),
        waiting.join_from(ReportLink.__table__, Report.__table__, same).where(keyed(_LINK.feed, _LINK.target, "fresh")),
        _row(Kind.LINK, name=_LINK.source_id, name_2=_LINK.target).where(keyed(_LINK.feed, _LINK.source_id, "naming")),
    )


def _last(model: type[Base]) -> ColumnElement[int]:
    return func.coalesce(select(func.max(model.__table__.c.id)).scalar_subquery(), 0)


def _last_recorded_at() -> ColumnElement[Any]:
    entry = JournalEntry.__table__.c
    return select(entry.recorded_at).order_by(entry.id.desc()).limit(1).scalar_subquery()


@lru_cache
def _case_heads(dialect: str) -> Any:
    return select(_CASE.id, _CASE.code, _CASE.version).where(_among(dialect, _CASE.id, "ids", BigInteger()))


_LOCK: Final = text(
    f"SELECT pg_advisory_xact_lock({APPEND_LOCK}), set_config('plan_cache_mode',"  # noqa: S608 - our own numbers
    f" CASE WHEN min(reltuples) >= {GROWN} THEN 'force_generic_plan' ELSE 'force_custom_plan' END, true)"
    " FROM pg_class WHERE oid IN ('reports'::regclass, 'feed_messages'::regclass, 'assignments'::regclass)"
)
_LAST_IDS: Final = select(*(_last(model) for model in (Report, Case, JournalEntry, DeadLetter)))
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
