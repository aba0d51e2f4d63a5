"""Many rows at once, the way each database likes best: an array a column on PostgreSQL, executemany on SQLite.

Rows are tuples in the table's column order. The caller's transaction is used; nothing is committed here. On PostgreSQL a
set of writes made inside `together` is sent without waiting for each answer, so that the server works on one table while
the rows of the next are being prepared. Where there are few rows it is the number of statements that costs: those are kept
to the end and sent as one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any, Final

import orjson
import psycopg
from sqlalchemy import JSON, Boolean, Column, LargeBinary, String, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from db.models import Base
from db.types import UTCDateTime

Row = tuple[Any, ...]
Values = Sequence[Any]
Convert = Callable[[Values], Any]
_POSTGRES: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
FEW: Final = 20
_FLIGHT: Final = "bulk.together"
_MARK: Final = re.compile("%[sb]")


class _Flight:
    """What is written inside one `together` on PostgreSQL. The few rows that are kept must not depend on each other."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._kept: list[tuple[str, list[Any]]] = []

    def write(self, statement: str, arrays: list[Any], *, few: bool) -> None:
        if few:
            self._kept.append((statement, arrays))
        else:
            self._driver.cursor().execute(statement, arrays)

    def end(self) -> None:
        """Send what was kept."""
        if self._kept:
            statement = _as_one(tuple(statement for statement, _ in self._kept))
            # A raw cursor: the other one would look for the marks in so long a statement each time.
            cursor = psycopg.RawCursor(self._driver)
            cursor.execute(statement, [array for _, arrays in self._kept for array in arrays])


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
    flight = session.info[_FLIGHT] = _Flight(driver)
    try:
        with driver.pipeline():
            yield
            flight.end()
    finally:
        del session.info[_FLIGHT]


def insert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Add rows that are known to be new; a clash raises IntegrityError."""
    _write(session, model, rows, _insert_statement)


def update(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Overwrite the rows with the same primary key."""
    _write(session, model, rows, _update_statement)


def _write(session: Session, model: type[Base], rows: Sequence[Row], statement: Callable[..., str]) -> None:
    if not rows:
        return
    flight: _Flight | None = session.info.get(_FLIGHT)
    if flight is not None:
        flight.write(*_for_postgresql(model, rows, statement), few=len(rows) <= FEW)
        return
    connection = session.connection()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        cursor.executemany(*_for_sqlite(model, rows, statement))
    else:
        cursor.execute(*_for_postgresql(model, rows, statement))


def _for_postgresql(model: type[Base], rows: Sequence[Row], statement: Callable[..., str]) -> tuple[str, list[Any]]:
    """The statement, and one array a column."""
    written = tuple(_table(model).columns)
    told = zip(*rows, strict=True)
    arrays = [_converter(column, "postgresql")(values) for column, values in zip(written, told, strict=True)]
    return statement(model, "postgresql", written), arrays


def _for_sqlite(
    model: type[Base], rows: Sequence[Row], statement: Callable[..., str]
) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement, and the values of each row."""
    values = dict(zip(_table(model).columns, zip(*rows, strict=True), strict=True))
    if statement is _insert_statement:
        # Each value costs, an empty one most, and most of an assignment is empty while it is new.
        values = {column: told for column, told in values.items() if any(value is not None for value in told)}
    converted = [_converter(column, "sqlite")(told) for column, told in values.items()]
    return statement(model, "sqlite", tuple(values)), list(zip(*converted, strict=True))


@lru_cache(maxsize=256)
def _as_one(statements: tuple[str, ...]) -> str:
    """Several writes as one statement, its marks numbered. All of them see the tables as they were before it."""
    *others, last = statements
    named = ", ".join(f"w{number} AS ({each})" for number, each in enumerate(others))
    numbers = count(1)
    return _MARK.sub(lambda _: f"${next(numbers)}", f"WITH {named} {last}" if others else last)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@lru_cache(maxsize=256)
def _insert_statement(model: type[Base], dialect: str, written: tuple[Column[Any], ...]) -> str:
    names = ", ".join(column.name for column in written)
    marks = ", ".join("?" for _ in written)
    rows = f"VALUES ({marks})" if dialect == "sqlite" else f"SELECT * FROM {_arrays(written)}"  # noqa: S608
    return f"INSERT INTO {_table(model).name} ({names}) {rows}"


@lru_cache(maxsize=256)
def _update_statement(model: type[Base], dialect: str, written: tuple[Column[Any], ...]) -> str:
    table, sqlite = _table(model), dialect == "sqlite"
    values = {column: f"?{place}" if sqlite else f"new.{column.name}" for place, column in enumerate(written, 1)}
    sets = ", ".join(f"{column.name} = {values[column]}" for column in written if not column.primary_key)
    names = ", ".join(column.name for column in written)
    source = "" if sqlite else f"FROM {_arrays(written)} AS new ({names})"
    keys = " AND ".join(f"{table.name}.{key.name} = {values[key]}" for key in table.primary_key)
    return f"UPDATE {table.name} SET {sets} {source} WHERE {keys}"  # noqa: S608 - names of our own tables


def _arrays(written: Sequence[Column[Any]]) -> str:
    """Rows from one array a column. Texts have no length here: the table's own is checked, not cut to."""
    return f"unnest({', '.join(f'{_mark(column)}::{_postgres_type(column)}[]' for column in written)})"


def _mark(column: Column[Any]) -> str:
    """Bytes go as they are; written as text they are twice as long."""
    return "%b" if isinstance(column.type, LargeBinary) else "%s"


def _postgres_type(column: Column[Any]) -> str:
    return "text" if isinstance(column.type, String) else column.type.compile(_POSTGRES)


@lru_cache(maxsize=512)
def _converter(column: Column[Any], dialect: str) -> Convert:
    """What makes a column's values fit the driver. Column by column: the loop over a column's values is a tight one."""
    kind = column.type
    if dialect == "sqlite":
        if isinstance(kind, UTCDateTime):
            return _sqlite_instants
        if isinstance(kind, JSON):
            return _each(lambda value: orjson.dumps(value).decode())
        # The driver asks of every value that is not quite a str, int or bytearray whether there is a better form of it.
        for exact, plain in ((String, str), (Boolean, int), (LargeBinary, bytearray)):
            if isinstance(kind, exact):
                return _each(plain)
        return _as_they_are
    if isinstance(kind, LargeBinary):
        return list
    if isinstance(kind, JSON):
        return _array_of(lambda value: orjson.dumps(value).decode())
    return _text_array if isinstance(kind, String) else _array


def _as_they_are(values: Values) -> Values:
    return values


def _each(convert: Callable[[Any], Any]) -> Convert:
    return lambda values: [None if value is None else convert(value) for value in values]


def _array_of(convert: Callable[[Any], str]) -> Convert:
    return lambda values: _array([None if value is None else convert(value) for value in values])


def _array(values: Values) -> str:
    """As PostgreSQL reads an array: JSON but for the brackets. Not for texts with control characters, see `_text_array`."""
    return "{" + orjson.dumps(values).decode()[1:-1] + "}"


def _text_array(values: Values) -> str:
    """JSON writes a line break as `\\n`, which an array reads as the letter n: such texts are quoted here."""
    if all(value is None or value.isprintable() for value in values):
        return _array(values)
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


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
