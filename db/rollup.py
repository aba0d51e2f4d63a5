"""How often each measure of a unit's spans fell on a day: `unit_days`, kept in the transaction that writes the spans.

A span is in the table once it has ended, with all it counts for (`casework.indicators.marks`), by the local days of the
marks: nothing of it changes by the passing of time alone any more. Those that still run are few; whoever reads adds them
(`db.queries.performance.days_of`). So an event costs nothing here unless it ends a span or changes one that had ended, and
no day holds a miss that may yet not happen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casework.calendar import FIRST_DAY, day_number
from casework.case import Case
from casework.indicators import Measure, UnitSpan, marks
from db.models import Assignment, UnitDay
from db.models import Case as CaseRow
from db.projections import assignment_rows

Row = tuple[Any, ...]
GOOD: Final = 1 << 32
"""What a good one adds to a number that counts both."""
_COLUMNS: Final = tuple(Assignment.__table__.columns.keys())
NUMBER: Final = _COLUMNS.index("number")
ENDED: Final = _COLUMNS.index("ended_at")
_OF_CASE: Final = ("category", "feed", "township", "village", "sensitive")
COUNTED: Final = _OF_CASE.index("sensitive")
"""What of a case comes before that decides what its spans count for (`casework.indicators.marks`)."""
_OWN: Final = tuple(name for name in UnitSpan._fields if name not in _OF_CASE)
_PICK: Final = itemgetter(*map(_COLUMNS.index, _OWN))


class UnitDayKey(NamedTuple):
    """`unit_days`' primary key."""

    day: date
    unit_code: str
    measure: str
    excluded: bool


class Changes:
    """By how much `unit_days` is to change. In the writer's way: counts are of plain keys, good ones and all in one number."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[int, str, Measure, bool], int] = defaultdict(int)

    def take(self, before: Case | None, after: Case, known: Mapping[int, Row], told: Iterable[Row]) -> None:
        """What a case's spans counted for (`known`, by number) is taken out where it changed, what they count for is put in."""
        were = {number: row for number, row in known.items() if row[ENDED] is not None} if known else known
        are = {row[NUMBER]: row for row in told if row[ENDED] is not None}
        if not were and not are:
            return
        facts, facts_before = _facts_of(after), _facts_of(before) if before is not None else None
        other = facts_before is None or facts[:COUNTED] != facts_before[:COUNTED]
        for number, row in were.items():
            if other or are.get(number) != row:
                assert facts_before is not None, "what was there before has a case"
                self.count(_unit_span(row, facts_before), -1)
        for number, row in are.items():
            if other or were.get(number) != row:
                self.count(_unit_span(row, facts), 1)

    def count(self, span: UnitSpan, times: int = 1) -> None:
        """All that an ended span counts for."""
        counts, unit, excluded = self._counts, span.unit_code, span.excluded
        good_and_all = times * GOOD + times
        for measure, good, at, _ in marks(span):
            counts[day_number(at), unit, measure, excluded] += good_and_all if good else times

    def add(self, other: "Changes") -> None:
        for key, number in other._counts.items():
            self._counts[key] += number

    def rows(self) -> dict[UnitDayKey, tuple[int, int]]:
        """What is to be added: how many good ones, and how many in all."""
        return {
            UnitDayKey(FIRST_DAY + timedelta(days=day), unit, measure.value, excluded): _parted(number)
            for (day, unit, measure, excluded), number in self._counts.items()
            if number
        }

    def write(self, session: Session) -> None:
        """Add it to the table, set-wise."""
        if not self._counts:
            return
        rows = sorted((*key, *counts) for key, counts in self.rows().items())
        connection = session.connection()
        cursor = connection.connection.cursor()
        if connection.dialect.name == "sqlite":
            cursor.executemany(_ADD_SQLITE, [(day.isoformat(), *more) for day, *more in rows])
        elif rows:
            cursor.execute(_ADD_POSTGRES, [list(column) for column in zip(*rows, strict=True)])


def _parted(number: int) -> tuple[int, int]:
    """Good ones and all, of which either may be less than nothing."""
    good = (number + GOOD // 2) // GOOD
    return good, number - good * GOOD


def forget(session: Session) -> None:
    """Empty the table, to be written anew."""
    session.execute(delete(UnitDay))


def count_anew(session: Session) -> None:
    """Write the table from the spans as they are stored, not from the journal: for those that have none (`bench`)."""
    forget(session)
    own, of_case = _columns_of(Assignment, _OWN), _columns_of(CaseRow, _OF_CASE)
    asked = (
        select(*own, *of_case).join(CaseRow, CaseRow.id == Assignment.case_id).where(Assignment.ended_at.is_not(None))
    )
    changes = Changes()
    for row in session.execute(asked.execution_options(yield_per=10_000)):
        changes.count(UnitSpan(*row))
    changes.write(session)


def _columns_of(model: Any, names: Iterable[str]) -> list[Any]:
    return [model.__table__.c[name] for name in names]


def unit_spans(case_id: int, case: Case) -> list[UnitSpan]:
    """Every span of a folded case as scores read it; none of a case that went on in another."""
    facts = _facts_of(case) if case.threads else None
    return [_unit_span(row, facts) for row in assignment_rows(case_id, case)] if facts is not None else []


def _facts_of(case: Case) -> Row:
    """What `UnitSpan` tells of its case."""
    facts = case.lead.facts
    threads = case.threads
    sensitive = any(thread.facts.sensitive for thread in threads) if len(threads) > 1 else facts.sensitive
    return facts.category, threads[0].feed, facts.township, facts.village, sensitive


def _unit_span(row: Row, facts: Row) -> UnitSpan:
    return UnitSpan(*_PICK(row), *facts)


_ADD_SQLITE: Final = """
    INSERT INTO unit_days (day, unit_code, measure, excluded, good, total) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, unit_code, measure, excluded)
    DO UPDATE SET good = unit_days.good + excluded.good, total = unit_days.total + excluded.total"""
_ADD_POSTGRES: Final = """
    INSERT INTO unit_days (day, unit_code, measure, excluded, good, total)
    SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::boolean[], %s::int[], %s::int[])
    ON CONFLICT (day, unit_code, measure, excluded)
    DO UPDATE SET good = unit_days.good + excluded.good, total = unit_days.total + excluded.total"""
