"""What is written many at once reads back as it was, on either database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from casework.vocabulary import EntryType, Feed
from db import bulk
from db.database import Database
from db.models import Base, JournalEntry, Report, VaultReport

NOW = datetime(2026, 11, 20, 1, 2, 3, 450_000, UTC)
TEXTS = [
    "",
    "噪音扰民",
    "NULL",
    "null",
    "{a,b}",
    '他说"不行"',
    "C:\\dir",
    "第一行\n第二行\t缩进\r",
    "'; --",
    "a　b\u200b%s ?1 𠮷",
]


@dataclass(frozen=True)
class Table:
    database: Database
    model: type[Base]

    def insert(self, *rows: tuple[Any, ...]) -> None:
        with self.database.write() as session, bulk.together(session):
            bulk.insert(session, self.model, rows)

    def update(self, *rows: tuple[Any, ...]) -> None:
        with self.database.write() as session, bulk.together(session):
            bulk.update(session, self.model, rows)

    def rows(self) -> list[tuple[Any, ...]]:
        columns = self.model.__table__.columns
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(select(*columns).order_by(columns[0]))]


def report(number: int, words: str = "", **changes: Any) -> tuple[Any, ...]:
    told = {
        "id": number,
        "feed": Feed.GRID,
        "source_id": f"G{number}",
        "version_at": NOW,
        "case_id": 2**40,
        "reported_at": NOW - timedelta(days=1),
        "received_at": NOW.replace(microsecond=0),
        "channel": "微信",
        "source_category": words[:9],
        "title": words,
        "content": words,
        "address": words,
        "result": words,
        "lon": None,
        "lat": -1.5e-07,
        "unknown_codes": None,
    }
    return tuple((told | changes).values())


def test_every_text_comes_back_as_it_was(database: Database) -> None:
    table = Table(database, Report)
    rows = [report(number, words) for number, words in enumerate(TEXTS, 1)]
    table.insert(*rows)
    assert table.rows() == rows


@pytest.mark.parametrize("words", TEXTS)
def test_a_text_that_comes_alone_is_no_other(database: Database, words: str) -> None:
    table = Table(database, Report)
    table.insert(report(1, "前"))
    table.update(report(1, words))
    assert table.rows() == [report(1, words)]


def test_what_a_payload_holds_comes_back_as_it_was(database: Database) -> None:
    table = Table(database, JournalEntry)
    payload = {"reason": '第一行\n"二"\\三', "review": True, "amount": 3, "to": None, "unit": {"a": ["x", 1.5]}}
    entry = (1, 7, 1, EntryType.RETURNED, "grid:G1", NOW, NOW, "grid", payload)
    table.insert(entry, (2, 7, 2, EntryType.CLOSED, "grid:G1", NOW, NOW, "grid", {}))
    assert table.rows() == [entry, (2, 7, 2, "closed", "grid:G1", NOW, NOW, "grid", {})]


def test_an_instant_is_the_same_in_whatever_zone_it_is_told(database: Database) -> None:
    table = Table(database, Report)
    local = NOW.astimezone(timezone(timedelta(hours=8)))
    table.insert(report(1, version_at=local), report(2))
    assert [row[3] for row in table.rows()] == [NOW, NOW]


def test_bytes_come_back_and_what_no_row_has_stays_empty(database: Database) -> None:
    table = Table(database, VaultReport)
    rows = [(1, b'\x00\\\xff"{}', None, None), (2, b"", None, None)]
    table.insert(*rows)
    assert table.rows() == rows
    changed = [(1, b"new", b"\x00" * 16, None), (2, b"", None, b"\xff" * 16)]
    table.update(*changed)
    assert table.rows() == changed


def test_what_is_taken_away_is_empty_again(database: Database) -> None:
    table = Table(database, Report)
    table.insert(report(1, lat=1.5, unknown_codes={"a": "b"}))
    table.update(report(1, lat=None))
    assert table.rows() == [report(1, lat=None)]


def test_a_row_that_is_there_is_not_inserted_again(database: Database) -> None:
    table = Table(database, Report)
    table.insert(report(1))
    with pytest.raises(Exception, match=r"(?i)unique"):
        table.insert(report(2, source_id="G1"))
    assert table.rows() == [report(1)]


def test_postgresql_refuses_a_text_that_is_too_long(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no lengths")
    table = Table(database, Report)
    with pytest.raises(Exception, match="too long"):
        table.insert(report(1, source_id="G" * 257))
    assert table.rows() == []


def test_many_rows_and_few_are_written_together_or_not_at_all(database: Database) -> None:
    many = [report(number) for number in range(1, bulk.FEW + 2)]
    few = [(1, b"sealed", None, None)]

    def write(*of_the_vault: Any) -> None:
        with database.write() as session, bulk.together(session):
            bulk.insert(session, VaultReport, of_the_vault)
            bulk.insert(session, Report, many)
            bulk.update(session, Report, [report(1, "改")])

    with pytest.raises(Exception, match=r"(?i)unique"):
        write(*few, *few)
    assert (Table(database, Report).rows(), Table(database, VaultReport).rows()) == ([], [])
    write(*few)
    assert Table(database, Report).rows() == [report(1, "改"), *many[1:]]
    assert Table(database, VaultReport).rows() == few
