"""A database that was emptied is as one that is new."""

import psycopg
import pytest

from tests.emptied import Emptied, looked_at
from tests.postgres import PostgresServer


@pytest.fixture(scope="module")
def emptied(postgres: PostgresServer, postgres_template: str) -> Emptied:
    return Emptied(postgres, "emptied", postgres_template)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO case_counters VALUES ('20261120', 7)",
        "INSERT INTO search_pending (report_id) VALUES (1)",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP TRIGGER reports_search_new ON reports",
        "DROP INDEX ix_cases_reported_at",
        "ALTER TABLE cases ALTER COLUMN code DROP NOT NULL",
        "CREATE TABLE more ()",
        "UPDATE alembic_version SET version_num = 'none'",
        "ANALYZE",
        "INSERT INTO case_counters SELECT n::text, 7 FROM generate_series(1, 200000) n",
    ],
)
def test_whatever_a_test_did_the_next_one_finds_it_as_new(emptied: Emptied, change: str) -> None:
    with psycopg.connect(emptied.url()) as connection:
        before = looked_at(connection)
        connection.execute(change.encode())
    with psycopg.connect(emptied.url()) as connection:
        after = looked_at(connection)
        (row,) = connection.execute("INSERT INTO search_pending (report_id) VALUES (1) RETURNING id").fetchall()
    assert after == before
    assert "case_counters" in after.empty
    assert row == (1,), "numbers are given from one again"


def test_who_is_still_connected_is_sent_away(emptied: Emptied) -> None:
    with psycopg.connect(emptied.url()) as left_over:
        left_over.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        psycopg.connect(emptied.url()).close()
        with pytest.raises(psycopg.OperationalError):
            left_over.execute("SELECT 1")
