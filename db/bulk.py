"""Many rows at once, the way each database likes best: one JSON parameter on PostgreSQL, executemany on SQLite.

Rows are tuples in the table's column order. The caller's transaction is used; nothing is committed here. On PostgreSQL a
set of writes made inside `together` is sent without waiting for each answer, so that the server works on one table while
the rows of the next are being prepared.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import JSON, LargeBinary, Table
from sqlalchemy.orm import Session

from db.models import Base
from db.types import UTCDateTime

Row = tuple[Any, ...]
Converter = tuple[int, Callable[[Sequence[Any]], list[Any]]]


def columns(model: type[Base]) -> tuple[str, ...]:
    """The column names a row of `model` must follow."""
    return tuple(column.name for column in _table(model).columns)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send the writes made inside without waiting for each; an error of any of them is raised at the end at the latest."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    with driver.pipeline():
        yield


def insert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Add rows that are known to be new; a clash raises IntegrityError."""
    _write(session, model, rows, _insert_statement)


def update(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Overwrite the rows with the same primary key."""
    _write(session, model, rows, _update_statement)


def _write(session: Session, model: type[Base], rows: Sequence[Row], statement: Callable[..., str]) -> None:
    if not rows:
        return
    table, connection = _table(model), session.connection()
    dialect = connection.dialect.name
    converted = _converted(rows, _converters(model, dialect))
    cursor = connection.connection.cursor()
    if dialect == "sqlite":
        cursor.executemany(statement(model, dialect), list(converted))
        return
    names = tuple(column.name for column in table.columns)
    records = [dict(zip(names, row, strict=True)) for row in converted]
    cursor.execute(statement(model, dialect), (orjson.dumps(records).decode(),))


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@lru_cache(maxsize=64)
def _insert_statement(model: type[Base], dialect: str) -> str:
    table = _table(model)
    names = ", ".join(column.name for column in table.columns)
    if dialect == "sqlite":
        marks = ", ".join(f"?{place}" for place in range(1, len(table.columns) + 1))
        return f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_recordset(table)}"  # noqa: S608


@lru_cache(maxsize=64)
def _update_statement(model: type[Base], dialect: str) -> str:
    table = _table(model)
    values = {
        column.name: f"?{place}" if dialect == "sqlite" else f"new.{column.name}"
        for place, column in enumerate(table.columns, 1)
    }
    sets = ", ".join(f"{column.name} = {values[column.name]}" for column in table.columns if not column.primary_key)
    source = "" if dialect == "sqlite" else f"FROM {_recordset(table)} AS new"
    keys = " AND ".join(f"{table.name}.{key.name} = {values[key.name]}" for key in table.primary_key)
    return f"UPDATE {table.name} SET {sets} {source} WHERE {keys}"  # noqa: S608 - names of our own tables


def _recordset(table: Table) -> str:
    return f"json_populate_recordset(NULL::{table.name}, %s::json)"


@lru_cache(maxsize=64)
def _converters(model: type[Base], dialect: str) -> tuple[Converter, ...]:
    """What the driver, or JSON on PostgreSQL, can't take as it is: the column's place, and what makes its values fit."""
    found: list[Converter] = []
    for index, column in enumerate(_table(model).columns):
        if dialect == "sqlite" and isinstance(column.type, UTCDateTime):
            found.append((index, _sqlite_instants))
        elif dialect == "sqlite" and isinstance(column.type, JSON):
            found.append((index, _each(_sqlite_json)))
        elif dialect != "sqlite" and isinstance(column.type, LargeBinary):
            found.append((index, _each(_postgres_bytes)))
    return tuple(found)


def _converted(rows: Sequence[Row], converters: tuple[Converter, ...]) -> Iterable[Row]:
    # Column by column: the loop over a column's values is a tight one.
    by_column: list[Any] = list(zip(*rows, strict=True))
    for index, convert in converters:
        by_column[index] = convert(by_column[index])
    return zip(*by_column, strict=True)


def _each(convert: Callable[[Any], Any]) -> Callable[[Sequence[Any]], list[Any]]:
    return lambda values: [None if value is None else convert(value) for value in values]


def _sqlite_instants(values: Sequence[datetime | None]) -> list[str | None]:
    """As `UTCDateTime` writes them, but a whole column at once, which costs a fifth."""
    present = [value for value in values if value is not None]
    if not present:
        return [None] * len(values)
    together = orjson.dumps(present).decode()
    if together.count("+00:00") != len(present):
        together = orjson.dumps([value.astimezone(UTC) for value in present]).decode()
    texts = iter(together[2:-2].split('","'))
    return [None if value is None else next(texts) for value in values]


def _sqlite_json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _postgres_bytes(value: bytes) -> str:
    return "\\x" + value.hex()
