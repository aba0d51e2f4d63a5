"""Many rows at once, the fastest way each database has: COPY on PostgreSQL, executemany on SQLite.

Rows are tuples in the table's column order. The caller's transaction is used; nothing is committed here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import JSON, Column, Table
from sqlalchemy.orm import Session

from db.models import Base
from db.types import UTCDateTime

FEW_ROWS: Final = 3  # a COPY costs PostgreSQL as much to begin as this many single rows
INSTANT_CHARACTERS: Final = len("2026-11-21 08:30:00.000000")

Row = tuple[Any, ...]
Converter = tuple[int, Callable[[Any], Any]]


def columns(model: type[Base]) -> tuple[str, ...]:
    """The column names a row of `model` must follow."""
    return tuple(column.name for column in model.__table__.columns)


def insert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Add rows that are known to be new; a clash raises IntegrityError."""
    if not rows:
        return
    cursor = _cursor(session)
    table, dialect = _table(model), session.get_bind().dialect.name
    names = ", ".join(columns(model))
    converted = _converted(rows, _converters(model, dialect))
    if dialect == "sqlite":
        marks = ", ".join("?" * len(table.columns))
        cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", converted)  # noqa: S608 - own names
        return
    if len(rows) <= FEW_ROWS:
        marks = ", ".join(["%s"] * len(table.columns))
        for row in converted:
            cursor.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", row)  # noqa: S608 - own names
        return
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in converted:
            copy.write_row(row)


def update(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Overwrite the rows with the same primary key."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    statement, order = _update_statement(model, "?" if dialect == "sqlite" else "%s")
    converted = _converted(rows, _converters(model, dialect))
    ordered = [tuple(row[index] for index in order) for row in converted]
    if len(ordered) == 1:
        _cursor(session).execute(statement, ordered[0])
    else:
        _cursor(session).executemany(statement, ordered)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _cursor(session: Session) -> Any:
    session.flush()
    return session.connection().connection.cursor()


@lru_cache(maxsize=64)
def _update_statement(model: type[Base], mark: str) -> tuple[str, tuple[int, ...]]:
    table = _table(model)
    everything: list[Column[Any]] = list(table.columns)
    changed = [column for column in everything if not column.primary_key]
    keys = [column for column in everything if column.primary_key]
    sets = ", ".join(f"{column.name} = {mark}" for column in changed)
    where = " AND ".join(f"{column.name} = {mark}" for column in keys)
    order = tuple(everything.index(column) for column in (*changed, *keys))
    return f"UPDATE {table.name} SET {sets} WHERE {where}", order  # noqa: S608 - names of our own tables


@lru_cache(maxsize=64)
def _converters(model: type[Base], dialect: str) -> tuple[Converter, ...]:
    found: list[Converter] = []
    for index, column in enumerate(model.__table__.columns):
        if isinstance(column.type, UTCDateTime) and dialect == "sqlite":
            found.append((index, _sqlite_instant))
        elif isinstance(column.type, JSON):
            found.append((index, _json))
    return tuple(found)


def _converted(rows: Sequence[Row], converters: tuple[Converter, ...]) -> Iterable[Row]:
    # Column by column: the loop over a column's values is a tight one.
    by_column: list[Any] = list(zip(*rows, strict=True))
    for index, convert in converters:
        by_column[index] = [None if value is None else convert(value) for value in by_column[index]]
    return zip(*by_column, strict=True)


def _sqlite_instant(value: Any) -> str:
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    text: str = value.isoformat(" ", "microseconds")
    return text[:INSTANT_CHARACTERS]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
