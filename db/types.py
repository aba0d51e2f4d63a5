"""Column types: what a value is, whatever the database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, LargeBinary, String, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

ROW_ID = BigInteger().with_variant(Integer(), "sqlite")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. PostgreSQL: timestamptz. SQLite: ISO 8601 text in UTC.

    Comparing these texts compares instants: they end in "+00:00", and "+" sorts before the "." of a fraction.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(32) if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset: got a datetime without one")
        if dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """The function itself: reviews read some ten thousands of instants."""
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


RowId = Annotated[int, mapped_column(ROW_ID, autoincrement=False)]
Instant = Annotated[datetime, mapped_column(UTCDateTime)]
Code = Annotated[str, mapped_column(String(64))]
Key = Annotated[str, mapped_column(String(256))]
Body = Annotated[str, mapped_column(Text)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
KeyedHash = Annotated[bytes, mapped_column(LargeBinary(16))]
Payload = Annotated[dict[str, Any], mapped_column(JSON)]
