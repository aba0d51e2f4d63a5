"""A county's database grown to a size: what has ended is copied, each copy some weeks further back than the next.

The journals are not copied: what is measured on a grown database reads the journal's newest entries by their ids alone.
"""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Insert, Integer, func, insert, literal_column, select, text
from sqlalchemy.orm import Session

from db import search
from db.database import Database
from db.models import Assignment, Base, Case, Report, VaultReport
from db.types import UTCDateTime
from db.vault import Vault

SPREAD: Final = timedelta(days=4 * 365)  # so far back lies the last copy
INDEXED_AT_ONCE: Final = 5_000

# A code of an earlier day, with the copy's own number: YC-20261121-00042 becomes YC-20260822-00342.
_EARLIER_CODE: Final = {
    "sqlite": "substr(code, 1, 3) || strftime('%Y%m%d', substr(code, 4, 4) || '-' || substr(code, 8, 2) || '-'"
    " || substr(code, 10, 2), '-{days} days') || printf('-%05d', substr(code, 13) + {more})",
    "postgresql": "substr(code, 1, 3) || to_char(to_date(substr(code, 4, 8), 'YYYYMMDD') - {days}, 'YYYYMMDD')"
    " || to_char(substr(code, 13)::int + {more}, 'FM\"-\"00000')",
}
_COUNT_CODES: Final = (
    "DELETE FROM case_counters",
    "INSERT INTO case_counters (day, last) SELECT substr(code, 4, 8), max(CAST(substr(code, 13) AS int)) FROM cases"
    " GROUP BY substr(code, 4, 8)",
)


def grow(url: str, cases: int) -> None:
    """Copy what has ended until there are so many cases; what a wall reads of them, and no reports."""
    database = Database(url)
    with database.write() as session:
        _copy_all(session, cases)
    _look_around(database)
    database.close()


def grow_whole(url: str, vault_key: str, cases: int, still_open: int) -> None:
    """As `grow`, with reports, persons and an index of the words, and so many open cases; these are copied to the day."""
    database, vault = Database(url), Vault([vault_key])
    with database.write() as session:
        _copy_all(session, cases, still_open, whole=True)
    while _indexed(database, vault):
        pass
    _look_around(database)
    database.close()


def _indexed(database: Database, vault: Vault) -> int:
    with database.write() as session:
        return search.index_pending(session, vault, INDEXED_AT_ONCE)


def _look_around(database: Database) -> None:
    """Let PostgreSQL count what it has, as it does by itself before long. SQLite never does, and is not made to here."""
    if database.is_sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _copy_all(session: Session, cases: int, still_open: int = 0, *, whole: bool = False) -> None:
    dialect, highest = session.get_bind().dialect.name, _Highest(*session.execute(_HIGHEST).one())
    number = dict(session.execute(select(Case.ended, func.count()).group_by(Case.ended)).all())
    over, still = number.get(True, 0) or 1, number.get(False, 0) or 1
    back = max(0, -(-(cases - over - still) // over))
    beside = max(0, -(-(still_open - still) // still))
    for copy in range(1, back + 1):  # the oldest first, as they would have come
        _copy(session, _Copy(dialect, copy, SPREAD.days * (back + 1 - copy) // back, highest, Case.ended), whole=whole)
    for copy in range(back + 1, back + 1 + beside):
        _copy(session, _Copy(dialect, copy, 0, highest, ~Case.ended), whole=whole)
    for statement in _COUNT_CODES:
        session.execute(text(statement))


def _copy(session: Session, copy: "_Copy", *, whole: bool) -> None:
    highest = copy.highest
    session.execute(copy.of(Case, "id", {"id": highest.case, "merged_into": highest.case}))
    session.execute(copy.of(Assignment, "case_id", {"case_id": highest.case}))
    if whole:
        session.execute(copy.of(Report, "case_id", {"id": highest.report, "case_id": highest.case}))
        session.execute(copy.of_the_vault(highest.report))


class _Highest(NamedTuple):
    """The highest ids before anything was copied, and the highest number a day has given, a code's last five digits."""

    case: int
    report: int
    number: int


_HIGHEST: Final = select(
    func.max(Case.id),
    select(func.max(Report.id)).scalar_subquery(),
    func.max(func.substr(Case.code, 13).cast(Integer)),
)


class _Copy:
    """Some of the first cases once more, so many days earlier, with ids and codes of their own."""

    def __init__(self, dialect: str, number: int, days: int, highest: _Highest, which: Any) -> None:
        self.dialect = dialect
        self.number = number
        self.days = days
        self.highest = highest
        self.cases = select(Case.id).where(which, Case.id <= highest.case)

    def of(self, model: type[Base], case_id: str, steps: dict[str, int]) -> Insert:
        """`steps`: by how much the ids grow from one copy to the next."""
        table = model.__table__.c
        values: dict[str, Any] = {name: self._value(column) for name, column in table.items()}
        values |= {name: table[name] + self.number * step for name, step in steps.items()}
        return _inserted(model, values, table[case_id].in_(self.cases))

    def of_the_vault(self, step: int) -> Insert:
        table = VaultReport.__table__.c
        values: dict[str, Any] = dict(table.items()) | {"report_id": table.report_id + self.number * step}
        return _inserted(
            VaultReport, values, table.report_id.in_(select(Report.id).where(Report.case_id.in_(self.cases)))
        )

    def _value(self, column: Any) -> Any:
        if isinstance(column.type, UTCDateTime):
            return self._earlier(column)
        if column.name == "code":
            more = self.number * self.highest.number  # so that each copy's codes are its own
            return literal_column(_EARLIER_CODE[self.dialect].format(days=self.days, more=more))
        return column + f"/{self.number}" if column.name in ("report", "source_id") else column

    def _earlier(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if self.dialect == "sqlite":
            return literal_column(f"date(substr({column}, 1, 10), '-{self.days} days') || substr({column}, 11)")
        return literal_column(f"{column} - interval '{self.days} days'")


def _inserted(model: type[Base], values: dict[str, Any], wanted: ColumnElement[bool]) -> Insert:
    rows = select(*(value.label(name) for name, value in values.items())).where(wanted)
    return insert(model).from_select(list(values), rows)
