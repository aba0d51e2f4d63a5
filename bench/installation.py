"""Installations to measure: a fresh database each, and the project's own programs as processes of their own beside it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import func, select

from bench.clock import Hurried
from bench.sender import Centre
from bench.workload import Key, newest
from casework.vocabulary import Feed
from db import matching
from db.database import Database
from db.models import Case, DeadLetter, FeedMessage, Report
from db.vault import new_key
from feeds.simulator.world import Version
from tests.postgres import PostgresServer

ROOT: Final = Path(__file__).resolve().parent.parent
PROGRAM: Final = "run.py"
TOKEN: Final = "bench-only-not-a-secret"
PATIENCE_SECONDS: Final = 60
LOOK_SECONDS: Final = 0.05
LOG_CHARACTERS: Final = 2_000
MANY: Final = 1_000_000


class Mismatch(Exception):
    """The database does not hold what was sent and acknowledged."""


class Failed(Exception):
    """A program ended by itself, or never came up; the message ends with its last words."""


class Kind(StrEnum):
    SQLITE = "SQLite"
    POSTGRESQL = "PostgreSQL"


class Served(NamedTuple):
    """A dashboard that runs: its address and its process id."""

    address: str
    pid: int


@dataclass(frozen=True)
class Installation:
    """One database, migrated and empty at first, and the settings of the programs that work on it."""

    kind: Kind
    url: str
    folder: Path
    centre: Centre
    web_port: int
    vault_key: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @contextmanager
    def ingesting(self) -> Iterator[int]:
        """The real ingester, listening for all three feeds; its process id."""
        with self._running(PROGRAM, "ingest") as process:
            yield process.pid

    @contextmanager
    def ingesting_naively(self) -> Iterator[int]:
        with self._running("-m", "bench.naive", str(self.centre.port)) as process:
            yield process.pid

    def ingesting_apart(self) -> AbstractContextManager[int]:
        """The real ingester, but that every report stays a case of its own: for who waits until all of them are counted."""
        return self.ingesting_matched("off")

    @contextmanager
    def ingesting_matched(self, wanted: str) -> Iterator[int]:
        """The real ingester with the comparison of reports "on" or "off"."""
        with self._running("-m", "bench.matched", wanted) as process:
            yield process.pid

    def unmatched(self) -> int:
        """How many reports are still to be compared."""
        database = Database(self.url)
        with database.read() as session:
            waiting = matching.pending(session, MANY)
        database.close()
        return waiting

    @contextmanager
    def serving(self) -> Iterator[Served]:
        """The real dashboard, once it is well."""
        with self._running(PROGRAM, "serve") as process:
            self._wait_until_well(process)
            yield Served(self.address, process.pid)

    @contextmanager
    def hurried(self, clock: Hurried) -> Iterator[Served]:
        """The real ingester, and by a clock of their own the real dashboard and the demo county's sources."""
        program = ("-m", "bench.hurried", *clock.arguments)
        with self.ingesting(), self._running(*program, "serve") as dashboard, self._running(*program, "play"):
            self._wait_until_well(dashboard)
            yield Served(self.address, dashboard.pid)

    @contextmanager
    def watched(self, walls: int) -> Iterator[None]:
        """So many more walls connected to the dashboard, which read all they are sent and draw nothing."""
        with self._running("-m", "bench.walls", self.address, str(walls)):
            self._wait_for_screens(walls)
            yield

    def migrate(self) -> None:
        with self._running(PROGRAM, "migrate", ends=True):
            pass

    def check(self, sent: Iterable[Version]) -> int:
        """How many records there are; raises `Mismatch` unless each is there once, at its newest version, and each event once."""
        sent = list(sent)
        expected = newest(sent)
        database = Database(self.url)
        with database.read() as session:
            rows = session.execute(select(Report.feed, Report.source_id, Report.version_at)).tuples().all()
            messages = session.scalar(select(func.count()).select_from(FeedMessage)) or 0
            dead = session.scalar(select(func.count()).select_from(DeadLetter)) or 0
        database.close()
        found: dict[Key, object] = {(Feed(feed), source_id): at for feed, source_id, at in rows}
        events = {(version.feed, version.source_id, version.number) for version in sent}
        if len(rows) != len(found) or found != expected or messages != len(events) or dead:
            wrong = sum(found.get(key) != at for key, at in expected.items())
            raise Mismatch(
                f"{self.kind}: {wrong} of {len(expected)} records are missing or old, {len(rows)} are there; "
                f"{messages} of {len(events)} events are there; {dead} dead letters"
            )
        return len(expected)

    def settle(self) -> None:
        """PostgreSQL's checkpoint, which comes every few minutes: until its first one a server makes every piece of its log
        anew, 16 MiB of zeros each, and a commit waits for them. No other falls into the minutes after it."""
        if self.kind is Kind.POSTGRESQL:
            database = Database(self.url)
            with database.engine.connect() as connection:
                connection.exec_driver_sql("CHECKPOINT")
            database.close()

    def cases(self) -> int:
        database = Database(self.url)
        with database.read() as session:
            found = session.scalar(select(func.count()).select_from(Case)) or 0
        database.close()
        return found

    @cached_property
    def _environment(self) -> dict[str, str]:
        """Ours alone: what is set on this machine for another installation must not reach these programs."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
        environment |= {
            "BIHUAN_DATABASE_URL": self.url,
            "BIHUAN_VAULT_KEY": self.vault_key,
            "BIHUAN_LISTEN__PORT": str(self.centre.port),
            "BIHUAN_WEB__PORT": str(self.web_port),
        }
        for feed in Feed:
            prefix = f"BIHUAN_FEEDS__{feed.upper()}"
            environment |= {f"{prefix}__MODE": "listen", f"{prefix}__TOKEN": self.centre.token}
        return environment

    @contextmanager
    def _running(self, *command: str, ends: bool = False) -> Iterator[subprocess.Popen[bytes]]:
        """A program of the project; one that is not meant to end by itself must still be there at the end."""
        path = self.folder / "log"
        with path.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        try:
            yield process
            code = process.wait(PATIENCE_SECONDS) if ends else process.poll()
            if code != (0 if ends else None):
                raise Failed(f"{' '.join(command)} ended with {code}: {_last_words(path)}")
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)

    def _wait_for_screens(self, walls: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while metric(self.address, "bihuan_screens") < walls:
            if time.monotonic() > deadline:
                raise Failed(f"{walls} walls never connected: {_last_words(self.folder / 'log')}")
            time.sleep(LOOK_SECONDS)

    def _wait_until_well(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _is_well(self.address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"the dashboard did not come up: {_last_words(self.folder / 'log')}")
            time.sleep(LOOK_SECONDS)


class Ground:
    """Where installations are made; a PostgreSQL server is started when the first one needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._postgres: PostgresServer | None = None

    def new(self, kind: Kind) -> Installation:
        number = next(self._numbers)
        folder = self._folder / f"installation-{number}"
        folder.mkdir()
        url = self._server().new_database(f"bench_{number}") if kind is Kind.POSTGRESQL else f"sqlite:///{folder}/b.db"
        listen, web = _free_ports(2)
        made = Installation(kind, url, folder, Centre(listen, TOKEN), web, new_key())
        made.migrate()
        return made

    def discard(self, installation: Installation) -> None:
        """Free the disk of a SQLite file; PostgreSQL's are freed with the server."""
        shutil.rmtree(installation.folder)

    def close(self) -> None:
        if self._postgres is not None:
            self._postgres.stop()

    def _server(self) -> PostgresServer:
        if self._postgres is None:
            self._postgres = PostgresServer(self._folder / "postgres", durable=True)
        return self._postgres


def _is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def metric(address: str, name: str) -> float:
    """A number of the dashboard's `/metrics`."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:
        told = answer.read().decode()
    return next(float(line.split()[1]) for line in told.splitlines() if line.startswith(f"{name} "))


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-LOG_CHARACTERS:]


def _free_ports(number: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
