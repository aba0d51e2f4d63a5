"""Dead letters by reason, retried and discarded, with what the audit says of it; and what the database tells of itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson
import pytest
from sqlalchemy import func, select

from casework.vocabulary import Feed
from db import audit, journal
from db.audit import COMMAND_LINE, Asked, Deed
from db.database import Database
from db.inbox import Recorder
from db.letters import Letters, Retried
from db.message import Message
from db.models import Case, DeadLetter
from db.queries import ops
from tests.records import NOW, READERS, VAULT, envelope, event, rubbish

LATER = NOW + timedelta(hours=1)


def read(feed: str, body: bytes, at: datetime) -> Sequence[Message]:
    return [message for message, _ in READERS[Feed(feed)].read(body, at)]


@pytest.fixture
def letters(database: Database, recorder: Recorder) -> Letters:
    """Three letters of two reasons; the first could be understood now."""
    mended = orjson.dumps(envelope(Feed.GRID, event(), "e1", 1))
    broken = [orjson.dumps(envelope(Feed.GRID, event(eventCode=""), f"e{number}", number)) for number in (2, 3)]
    told = [rubbish("e1", 1, mended, "KeyError")]
    told += [rubbish(f"e{number}", number, body, "absent") for number, body in enumerate(broken, 2)]
    with database.write() as session:
        recorder.record(session, told)
    return Letters(database, VAULT, recorder, read)


def test_reasons_are_counted_the_most_frequent_first(letters: Letters) -> None:
    with letters.database.read() as session:
        assert ops.letter_reasons(session, 10) == [("grid", "absent", 2, NOW, NOW), ("grid", "KeyError", 1, NOW, NOW)]
        assert [each.letters for each in ops.letter_reasons(session, 1)] == [2]
        assert ops.letters_of(session, "grid", "absent", 10) == [(2, NOW, 2), (3, NOW, 3)]
        assert ops.letters_of(session, "grid", "absent", 1) == [(2, NOW, 2)]
        assert ops.letters_of(session, "police110", "absent", 10) == []


def test_a_letter_is_recorded_once_and_settled_with_its_row_in_the_audit(letters: Letters) -> None:
    assert letters.retry(1, LATER) == Retried(True)
    assert letters.retry(1, LATER) == Retried(False)
    with letters.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        (row,) = audit.rows(session, Asked(kinds=(Deed.LETTER_SETTLED,)))
        assert audit.faults(session, VAULT) == []
    assert (row.login, row.at, row.detail) == (
        COMMAND_LINE, LATER, {"change": "retried", "feed": "grid", "letters": [1]}
    )  # fmt: skip


def test_a_letter_that_is_still_not_understood_stays_as_it_is(letters: Letters) -> None:
    found = letters.retry(2, LATER)
    assert not found.recorded
    assert len(found.reasons) == 1
    with letters.database.read() as session:
        assert session.get_one(DeadLetter, 2).state == "open"
        assert audit.rows(session, Asked(kinds=(Deed.LETTER_SETTLED,))) == []


def test_only_open_letters_are_discarded_and_nothing_is_said_of_none(letters: Letters) -> None:
    assert letters.discard([2, 77], LATER) == 1
    assert letters.discard([2], LATER) == 0
    with letters.database.read() as session:
        assert [each.letters for each in ops.letter_reasons(session, 10)] == [1, 1]
        assert [row.detail for row in audit.rows(session, Asked(kinds=(Deed.LETTER_SETTLED,)))] == [
            {"change": "discarded", "letters": [2]}
        ]


def test_the_database_tells_its_size_schema_and_position(letters: Letters) -> None:
    letters.retry(1, LATER)
    with letters.database.read() as session:
        ops.ping(session)
        facts = ops.database_facts(session)
        assert facts.kind == ("SQLite" if letters.database.is_sqlite else "PostgreSQL")
        assert facts.version[0].isdigit()
        assert 50_000 < facts.size < 100_000_000
        assert facts.schema.startswith("0")
        assert facts.position == journal.position(session) > 0
