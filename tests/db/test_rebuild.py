"""The projections are what the journal tells, and nothing else."""

import pytest
from sqlalchemy import select, update

from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case
from db.rebuild import differences, rebuild
from tests.records import Feed, call, message, order


@pytest.fixture
def told(database: Database, recorder: Recorder) -> Database:
    with database.write() as session:
        recorder.record(
            session,
            [message(Feed.HOTLINE12345, order(orderNum=f"DH{number}"), f"e{number}", number) for number in range(5)]
            + [
                message(Feed.POLICE110, call(), "e", 1),
                message(Feed.POLICE110, call(jjdbh="J2", gljjdbh="J2026112000001"), "f", 2),
            ],
        )
    return database


def test_live_projections_do_not_differ_from_the_journal(told: Database) -> None:
    with told.read() as session:
        assert list(differences(session)) == []


def test_every_tampering_is_found(told: Database) -> None:
    with told.write() as session:
        session.execute(update(Case).where(Case.id == 2).values(status="closed"))
        session.execute(update(Assignment).where(Assignment.case_id == 3).values(unit_code="U-OTHER"))
    with told.read() as session:
        found = list(differences(session))
    assert any(sentence.startswith("case 2 ") for sentence in found)
    assert any("case 3 " in sentence for sentence in found)


def test_a_lost_case_is_found_and_comes_back(told: Database) -> None:
    with told.write() as session:
        before = [tuple(row) for row in session.execute(select(*Case.__table__.columns).order_by(Case.id))]
        session.execute(update(Case).where(Case.id == 2).values(status="closed"))
        session.execute(Assignment.__table__.delete())  # type: ignore[attr-defined]
    with told.write() as session:
        assert rebuild(session) == 6
    with told.read() as session:
        assert list(differences(session)) == []
        assert [tuple(row) for row in session.execute(select(*Case.__table__.columns).order_by(Case.id))] == before
