"""What many tests need: both databases, the rules in force, a vault, a recorder."""

import gc
import shutil
import signal
from collections import Counter
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
from tests.emptied import Emptied
from tests.postgres import PostgresServer
from tests.records import CONFIG, VAULT

# Shrinking a whole story takes a minute; the failing one is readable enough as it was found.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
settings.register_profile("suite", max_examples=50, deadline=None, phases=PHASES)
settings.register_profile("fuzz", max_examples=2000, deadline=None, phases=PHASES)  # make fuzz
settings.load_profile("suite")
gc.set_threshold(
    100_000, 50, 50
)  # as the commands run; looking for reference cycles more often costs a twelfth of the suite


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker waits for another's last one: those with a browser, those of the database,
    the others; of each the largest first."""
    size = Counter(item.path for item in items)
    shown = {item.path for item in items if item.get_closest_marker("browser") is not None}
    items.sort(key=lambda item: (item.path not in shown, "db" not in item.path.parts, -size[item.path], item.path))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop(signal.SIGQUIT)  # nobody wants back what it holds


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


class Databases:
    """A migrated, empty database of each kind at one address each, as new for every test; and others, for who keeps one longer.

    What a `Database` has compiled is worth more than what it has open, so there is one of each address for all tests.
    """

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        self._emptied: dict[str, Emptied] = {}
        self._opened: dict[str, Database] = {}

    def url(self, kind: str, name: str = "test") -> str:
        """The URL of the database of this name, in which there is nothing now."""
        if kind == "sqlite":
            return self.copied(self._request.getfixturevalue("sqlite_template"), name)
        if name not in self._emptied:
            template: str = self._request.getfixturevalue("postgres_template")
            self._emptied[name] = Emptied(self._request.getfixturevalue("postgres"), name, template)
        return self._emptied[name].url()

    def open(self, url: str) -> Database:
        return self._opened.setdefault(url, Database(url))

    def copied(self, template: Path, name: str) -> str:
        """The URL of an SQLite database of this name, which has what the template has."""
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return f"sqlite:///{shutil.copy(template, folder / 'bihuan.db')}"


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(request, tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, databases: Databases) -> str:
    """The URL of a migrated, empty database of each kind."""
    return databases.url(request.param)


@pytest.fixture
def database(database_url: str, databases: Databases) -> Iterator[Database]:
    database = databases.open(database_url)
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
