"""Brings a database to the newest schema, one process at a time, and says whether models and schema agree."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, exc, text
from sqlalchemy.orm import Session

from db.database import Database, DatabaseError, away_as_a_fact
from db.models import Base

SCRIPTS: Final = Path(__file__).parent / "migrations"
MIGRATION_LOCK: Final = 0x6D696772617465  # "migrate"


def upgrade(database: Database, revision: str = "head", tell_again: Callable[[Session], object] | None = None) -> bool:
    """Create or upgrade the schema; a second process that starts meanwhile waits. True when an older one was there.

    `tell_again` makes an older schema's projections anew, in the same transaction: an upgrade is whole or has not been.
    """
    with _exclusive(database) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(_config(connection), revision)
        older = before not in (None, MigrationContext.configure(connection).get_current_revision())
        if older and tell_again is not None:
            with Session(connection, join_transaction_mode="rollback_only") as session:
                tell_again(session)
                session.commit()
        return older


def downgrade(database: Database, revision: str = "base") -> None:
    with _exclusive(database) as connection:
        command.downgrade(_config(connection), revision)


def differences(database: Database) -> list[Any]:
    """What the models have that the schema has not, or the other way round; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_of_the_models})
        return list(compare_metadata(context, Base.metadata))


def _is_of_the_models(name: str | None, kind: str, parents: Any) -> bool:
    """All but the index of words, which is made as each database has it, with tables of its own on SQLite (`db.search`)."""
    return kind != "table" or name is None or not name.startswith("report_words")


def require_newest(database: Database) -> None:
    """Refuse to run on a schema that is not the newest. Raises `DatabaseError`; `DatabaseAway` where nobody answers."""
    newest = ScriptDirectory(str(SCRIPTS)).get_current_head()
    with _no_database_as_a_fact(database), database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != newest:
        where = database.url.render_as_string(hide_password=True)
        raise DatabaseError(
            f"the schema of {where} is at {found or 'nothing'}, this program needs {newest}: run.py migrate, if that is "
            f"the right database"
        )


@contextmanager
def _exclusive(database: Database) -> Iterator[Connection]:
    with ExitStack() as opened:
        with _no_database_as_a_fact(database):
            connection = opened.enter_context(database.engine.execution_options(writes=True).begin())
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            MigrationContext.configure(connection).get_current_revision()
        yield connection


@contextmanager
def _no_database_as_a_fact(database: Database) -> Iterator[None]:
    """It is the first that a program asks of a database: one that is away or none at all is told in a sentence."""
    try:
        with away_as_a_fact():
            yield
    except exc.DatabaseError as error:
        where = database.url.render_as_string(hide_password=True)
        raise DatabaseError(f"BIHUAN_DATABASE_URL: {where} can't be used: {str(error.orig).splitlines()[0]}") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
