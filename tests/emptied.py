"""One PostgreSQL database handed to test after test, each time as it was when it was new.

A new database costs some four hundred files, and a tenth of a second or more; deleting a test's few rows costs none. Where a test
changed more than rows, or left much behind, the database is made anew, so that no test can tell.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import psycopg

from tests.postgres import PostgresServer

MUCH_BYTES: Final = 4 << 20
TABLES: Final = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
BYTES: Final = (
    "SELECT sum(pg_relation_size(oid)) FROM pg_class"
    " WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace"
)
OTHERS: Final = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SEQUENCES: Final = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
# What is not PostgreSQL's own of each catalogue. Every change of a definition removes a row or writes one in a later
# transaction; so does ANALYZE.
CATALOGUES: Final = {
    "pg_class": "oid >= 16384",
    "pg_attribute": "attrelid >= 16384",
    "pg_attrdef": "true",
    "pg_index": "indexrelid >= 16384",
    "pg_constraint": "conrelid >= 16384",
    "pg_trigger": "true",
    "pg_proc": "oid >= 16384",
    "pg_statistic": "starelid >= 16384",
}


class Look(NamedTuple):
    """What a new database looks like: its tables without rows, those with some, and a text of its definitions and these rows."""

    empty: tuple[str, ...]
    seeded: tuple[str, ...]
    drawn: str


class Emptied:
    """The database `name` of a server, made like `template`."""

    def __init__(self, server: PostgresServer, name: str, template: str) -> None:
        self._server = server
        self._name = name
        self._template = template
        self._look: Look | None = None

    def url(self) -> str:
        """Its URL, once it is as new; whoever is still connected is sent away."""
        if self._look is None or not self._cleared(self._look):
            self._server.new_database(self._name, self._template)
            with psycopg.connect(self._server.url(self._name)) as connection:
                self._look = looked_at(connection)
        return self._server.url(self._name)

    def _cleared(self, look: Look) -> bool:
        """Whether taking the rows away brought it back to this look."""
        try:
            with psycopg.connect(self._server.url(self._name), autocommit=True) as connection:
                connection.execute(OTHERS)
                if one(connection, BYTES) > MUCH_BYTES or drawn(connection, look.seeded) != look.drawn:
                    return False
                deletions = "; ".join(f'DELETE FROM "{table}"' for table in look.empty)
                connection.execute(f"SET session_replication_role = replica; {deletions}; {SEQUENCES}".encode())
        except psycopg.Error:
            return False
        return True


def looked_at(connection: psycopg.Connection[tuple[Any, ...]]) -> Look:
    tables = [table for (table,) in connection.execute(TABLES).fetchall()]
    seeded = tuple(table for table in tables if one(connection, f'SELECT EXISTS (SELECT FROM "{table}")'))
    return Look(tuple(table for table in tables if table not in seeded), seeded, drawn(connection, seeded))


def drawn(connection: psycopg.Connection[tuple[Any, ...]], seeded: Iterable[str]) -> str:
    """A text that is another as soon as a definition, a statistic or a row of these tables is."""
    parts = [
        f"(SELECT concat(count(*), ' ', max(xmin::text::bigint)) FROM {name} WHERE {own})"
        for name, own in CATALOGUES.items()
    ]
    parts += [
        f"(SELECT md5(string_agg(told::text, ',' ORDER BY told::text)) FROM \"{table}\" told)" for table in seeded
    ]
    return str(one(connection, f"SELECT concat_ws(', ', {', '.join(parts)})"))


def one(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> Any:
    """The only value a statement finds."""
    ((value,),) = connection.execute(statement.encode()).fetchall()
    return value
