"""What many tests need: both databases, the rules in force, a vault, a recorder."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from casework.lifecycle import Rules
from config.rules import load_rules
from db import migrate
from db.database import Database
from db.inbox import Recorder
from db.vault import Vault
from tests.postgres import PostgresServer
from tests.records import CONFIG, VAULT

# Shrinking a whole story takes a minute; the failing one is readable enough as it was found.
settings.register_profile(
    "suite", max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
settings.load_profile("suite")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    database = Database(postgres.new_database("template_bihuan"))
    migrate.upgrade(database)
    database.close()
    return "template_bihuan"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "bihuan.db")
        return f"sqlite:///{tmp_path / 'bihuan.db'}"
    template = request.getfixturevalue("postgres_template")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(f"test_{next(_numbers)}", template)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load_rules(CONFIG)


@pytest.fixture
def vault() -> Vault:
    """The one the tests' messages are sealed with."""
    return VAULT


@pytest.fixture
def recorder(rules: Rules) -> Recorder:
    return Recorder(rules, "YC")
