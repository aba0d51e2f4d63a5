"""The command line: reads the configuration, hands the values down, starts things. Everything else lives behind it."""

import gc

# Batches and imports make many objects and no reference cycles: with the usual thresholds, looking for some would take a third
# of a batch's time and a fifth of the imports'.
gc.set_threshold(100_000, 50, 50)

import asyncio
import csv
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import MISSING, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
import uvicorn
import uvloop
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from casework.calendar import MOST, SHANGHAI, local_day
from casework.clocks import clocks_of, find_limit, named_limits
from casework.county import County, Unit
from casework.errors import CaseworkError
from casework.lifecycle import Merge, Rules, Split, fold
from casework.masking import scrub
from casework.moves import Move
from casework.moving import PEOPLES_MOVES
from casework.overlays import overlays
from casework.report import Allowance
from casework.vocabulary import Colour, Complexity, Feed, ReminderKind, Result, Satisfaction
from casework.whatif import Changed, changes
from config.county import load_county
from config.demo_accounts import load_demo_accounts
from config.locale import load as load_catalogues
from config.logs import start_logging
from config.rules import load_codes, load_rules, load_score
from config.settings import SettingError, Settings, load_settings, strangers
from config.simulator import load_simulator
from config.tables import read_table
from config.wall import load_wall
from dashboard.app import create_app
from dashboard.auth import LINK_PATH, Access
from dashboard.components.county_map import county_map
from dashboard.exports.facts import check_paper, colour_at, paper_facts
from dashboard.exports.lines import (
    clock_lines,
    count_lines,
    journal_line,
    minute,
    moment,
    pending_lines,
    version_lines,
    whistle_lines,
)
from dashboard.exports.papers import Paper, file_name, paper
from dashboard.live.clock import Clock
from dashboard.live.source import DatabaseWall
from dashboard.provider import OpenIdProvider, Registration
from dashboard.serving import server_config
from dashboard.terminal import auditing, matching, people, scoring
from dashboard.terminal.console import console
from dashboard.terminal.demo import account_table, demo_accounts, open_doors
from dashboard.workplace import Workplace
from db import acts, audit, clockwork, commands, device_links, joining, migrate, search
from db.audit import COMMAND_LINE, Deed
from db.database import Database, DatabaseAway, DatabaseError, Session
from db.inbox import Recorder
from db.letters import Letters
from db.matching import CHORE, Matcher
from db.message import Message
from db.passwords import Passwords
from db.queries import cases
from db.queries.review import ReviewRules
from db.rebuild import differences, rebuild
from db.sign_ins import DatabaseSignIns
from db.vault import Vault, VaultError, new_key
from feeds.errors import FeedError
from feeds.importer import import_table
from feeds.ingest import Address, FeedLink, Ingester
from feeds.mapping import BadRow, TableMapping, mapping_from
from feeds.protocol import Dialect, FrameReader
from feeds.replay import Replay, replays
from feeds.server import token_hash
from feeds.simulator.following import Following
from feeds.simulator.play import Play
from feeds.simulator.source import Script, send_live, serve_source
from feeds.simulator.world import World
from feeds.sources import grid, hotline12345, police110
from feeds.tables import table_rows
from feeds.upkeep import Chore, Upkeep

DEMO_TOKEN: Final = "demo-only-not-a-secret"  # noqa: S105 - what it says
DEMO_TOKENS: Final = (DEMO_TOKEN, token_hash(DEMO_TOKEN))
SOURCES: Final = {Feed.POLICE110: police110, Feed.HOTLINE12345: hotline12345, Feed.GRID: grid}
SIMULATOR_PORTS: Final = {Feed.POLICE110: 8101, Feed.HOTLINE12345: 8102, Feed.GRID: 8103}
REFUSED_SHOWN: Final = 10
CHANGES_SHOWN: Final = 40
CANDIDATES_SHOWN: Final = 10
MOST_LISTED: Final = 1_000_000
LARGEST_ID: Final = 2**63 - 1
WAIT_SECONDS: Final = 2.0
UPKEEP_SECONDS: Final = clockwork.SETTLED.total_seconds()
STEPS_AT_ONCE: Final = 200
INDEXED_AT_ONCE: Final = 200
MOVES: Final = {re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower(): kind for kind in PEOPLES_MOVES}
GIVING: Final = ("assign", "whistle")  # the moves that give a unit work
OPTIONS: Final = {"units": "unit"}  # how a person gives a move's field, where the option has another name
# What stops a command with one sentence instead of a traceback.
REFUSALS: Final = (SettingError, DatabaseError, VaultError, CaseworkError, FeedError)

WITH_PARENT: Final = "BIHUAN_WITH_PARENT"

HostOption = Annotated[str | None, typer.Option(help="address to listen on")]
PortOption = Annotated[int | None, typer.Option(help="port to listen on")]
SpeedOption = Annotated[float, typer.Option(help="how many times as busy as the real county")]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Bihuan 闭环")
wall_links = typer.Typer(no_args_is_help=True, help="Displays that may show the wall.")
letters = typer.Typer(no_args_is_help=True, help="Messages that could not be understood.")
vault_app = typer.Typer(no_args_is_help=True, help="The key that seals personal data.")
case_app = typer.Typer(no_args_is_help=True, help="One case: look at it, act on it.")
rules_app = typer.Typer(no_args_is_help=True, help="The rules in force, and what other ones would change.")
app.add_typer(letters, name="dead-letters")
app.add_typer(case_app, name="case")
app.add_typer(rules_app, name="rules")
app.add_typer(vault_app, name="vault")
app.add_typer(wall_links, name="wall-link")
app.add_typer(people.commands, name="users")
app.add_typer(auditing.commands, name="audit")
app.command("matches")(matching.matches_command)
app.command("score")(scoring.score_command)
app.command("court")(scoring.court_command)
_opened = ExitStack()  # closed when the command ends


@dataclass
class Parts:
    """What the commands are made of, each built when first asked for."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url)

    @cached_property
    def county(self) -> County:
        return load_county(self.settings.config / "county.toml")

    @cached_property
    def rules(self) -> Rules:
        return load_rules(self.settings.config)

    def score_rules(self, path: Path) -> Rules:
        """The rules in force, but scored by that file alone."""
        return scoring.scored_by(self.rules, load_score(path))

    @cached_property
    def vault(self) -> Vault:
        current = self.settings.vault_key.get_secret_value() or _key_file(self.database, self._is_sealed)
        old = [key for key in self.settings.vault_old_keys.get_secret_value().split(",") if key]
        return Vault([current, *old])

    @cached_property
    def passwords(self) -> Passwords:
        return Passwords()

    @cached_property
    def recorder(self) -> Recorder:
        return Recorder(self.rules, self.county.prefix)

    def dialect(self, feed: Feed) -> Dialect:
        source = SOURCES[feed]
        stations = {township.station: township.code for township in self.county.townships}
        return Dialect(feed, source.EVENT_TYPE, source.translate, load_codes(self.settings.config, feed, stations))

    @cached_property
    def readers(self) -> dict[Feed, FrameReader]:
        return {feed: FrameReader(self.dialect(feed), self.vault) for feed in Feed}

    @cached_property
    def letters(self) -> Letters:
        return Letters(self.database, self.vault, self.recorder, self._read)

    def _read(self, feed: str, body: bytes, at: datetime) -> list[Message]:
        return [message for message, _ in self.readers[Feed(feed)].read(body, at)]

    def _is_sealed(self) -> bool:
        with self.database.read() as session:
            return commands.is_sealed(session)

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()

    def migrated(self) -> Database:
        """The database, if its schema is the newest."""
        migrate.require_newest(self.database)
        return self.database

    def ready(self) -> Database:
        """The database, checked: newest schema, and sealed with the key we have."""
        with self.migrated().write() as session:
            commands.admit_vault_key(session, self.vault, now())
        return self.database

    def now(self) -> datetime:
        return now()


def now() -> datetime:
    return datetime.now(UTC)


def _parts() -> Parts:
    for name in strangers(os.environ):
        print(f"bihuan: {name} is no setting of ours; is it misspelt?", file=sys.stderr)
    parts = Parts(load_settings())
    _opened.callback(parts.close)
    return parts


def _key_file(database: Database, is_sealed: Callable[[], bool]) -> str:
    """The key of an installation that was given none: made once, kept beside the database, readable by its owner only."""
    path = _beside(database) / "vault.key"
    if not path.exists():
        if is_sealed():
            raise VaultError(
                f"this database was sealed with a key, and none is here: set BIHUAN_VAULT_KEY, or bring {path} back"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(new_key())
        console.print(f"made a vault key in {path}: keep a copy, without it personal data can't be read again")
    return path.read_text().strip()


def _beside(database: Database) -> Path:
    """The folder for what belongs to a database and must not be in it."""
    return Path(database.url.database).parent if database.is_sqlite and database.url.database else Path("var")


@app.callback()
def begin(context: typer.Context) -> None:
    context.call_on_close(_opened.close)
    context.obj = _parts
    settle_in()


def settle_in() -> None:
    """What every process of ours does first."""
    start_logging()
    if os.environ.pop(WITH_PARENT, None):
        _end_with_parent()


@app.command("migrate")
def migrate_command() -> None:
    """Create the database, or bring it to the newest schema."""
    parts = _parts()
    _bring_up(parts)
    console.print("the database has the newest schema")


def _bring_up(parts: Parts) -> None:
    """The newest schema; what an older one knew is told again from the journal."""
    if migrate.upgrade(parts.database, tell_again=_rebuild_aloud):
        console.print("every case was told again from its journal")
    parts.ready()


def _rebuild_aloud(session: Session) -> int:
    """Every case told again, which takes minutes where there are many."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("telling every case again")
        return rebuild(session, lambda done, of: progress.update(task, completed=done, total=of))


@app.command("rebuild")
def rebuild_command(
    check: Annotated[bool, typer.Option("--check", help="only compare, change nothing")] = False,
) -> None:
    """Make the projections again from the journal, or find where they differ from it."""
    database = _parts().ready()
    if check:
        with database.read() as session:
            found = list(differences(session))
        for sentence in found[:REFUSED_SHOWN]:
            console.print(sentence)
        console.print(f"{len(found)} differences between the journal and its projections")
        raise typer.Exit(1 if found else 0)
    with database.write() as session:
        console.print(f"{_rebuild_aloud(session)} cases made again from the journal")


@app.command()
def ingest() -> None:
    """Receive the feeds, until stopped."""
    parts = _parts()
    settings = parts.settings
    if any(settings.feeds.of(feed).mode == "listen" for feed in Feed):
        advice = "choose another with BIHUAN_LISTEN__HOST and BIHUAN_LISTEN__PORT"
        _must_be_free("the ingester", settings.listen.host, settings.listen.port, advice)
    links = [_link(parts, feed) for feed in Feed]
    _when_it_is_there(parts)
    _until_stopped(_ingest(parts, links))


def _when_it_is_there(parts: Parts) -> Database:
    """The database, checked. What runs for months waits for a server that starts later than it does, and says so."""
    log, said = logging.getLogger(__name__), ""
    while True:
        try:
            database = parts.ready()
        except DatabaseAway as error:
            if parts.database.is_sqlite:
                raise
            if str(error) != said:
                log.warning("waiting for the database (BIHUAN_DATABASE_URL): %s", error)
            said = str(error)
            time.sleep(WAIT_SECONDS)
        else:
            if said:
                log.info("the database is there")
            return database


async def _ingest(parts: Parts, links: Sequence[FeedLink]) -> None:
    settings = parts.settings
    listen = Address(settings.listen.host, settings.listen.port)
    ingester = Ingester(
        parts.database,
        parts.recorder,
        parts.vault,
        links,
        listen,
        source=f"/bihuan/{parts.county.slug}",
        clock=now,
        keep_raw=settings.keep_raw,
    )
    upkeep = Upkeep(parts.database.address, _chores(parts))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ingester.run())
            tasks.create_task(_keep_up(parts))
            tasks.create_task(upkeep.run())
    except ExceptionGroup as group:
        # A key that was rotated away, for instance: one sentence, not a tree of tracebacks.
        refused = _first_refusal(group)
        raise refused if refused is not None else group from None


def _chores(parts: Parts) -> Sequence[Chore]:
    """What is kept up behind the writer."""
    return [
        Chore("the words' index", partial(search.index_portion, vault=parts.vault)),
        Chore(CHORE, Matcher(parts.rules).portion),
    ]


def _first_refusal(error: BaseException) -> BaseException | None:
    """What a group of failures says in one sentence, if any of them does."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_first_refusal, error.exceptions)), None)
    return error if isinstance(error, REFUSALS) else None


async def _keep_up(parts: Parts) -> None:
    """What time alone makes happen: deadlines a newly published calendar dates again, and steps of the reminder ladder."""
    log = logging.getLogger(__name__)
    redated_on: date | None = None
    behind: Mapping[str, str] | None = None
    while True:
        try:
            if redated_on != local_day(now()):  # daily: another ingester may have written with an older calendar
                await asyncio.to_thread(_redate, parts)
                redated_on = local_day(now())
            # At first what is stored of the feeds was said by whoever held them before: one round later we know ourselves.
            known, behind = behind, await asyncio.to_thread(_climb, parts, first=behind is None)
            if behind != known and known is not None:
                log.info("the ladder waits for %s", _behind_words(behind) or "no feed")
        except DatabaseAway as error:
            log.warning("the ladder waits for the database: %s", error)
        except Exception as error:  # noqa: BLE001 - the feeds must go on, whatever is wrong with the ladder
            log.error("the ladder failed and goes on trying: %s", type(error).__name__)
        await asyncio.sleep(UPKEEP_SECONDS)


def _redate(parts: Parts) -> None:
    with parts.database.write() as session:
        count = clockwork.redate(session, parts.rules, now())
    if count:
        log = logging.getLogger(__name__)
        log.info("%d cases have deadlines counted again with calendar %s", count, parts.rules.calendar.version)


def _climb(parts: Parts, *, first: bool = False) -> Mapping[str, str]:
    """Take the steps that are due; the feeds whose reports wait, and why. In the `first` round of an ingester none is taken."""
    with parts.database.read() as session:
        behind = clockwork.feeds_behind(session, now(), expected=Feed)
        waiting = [] if first else clockwork.cases_at_a_step(session, parts.rules, now(), behind)
    for begin_ in range(0, len(waiting), STEPS_AT_ONCE):  # the feeds write in between
        with parts.database.write() as session:
            behind = clockwork.feeds_behind(session, now(), expected=Feed)
            taken = clockwork.climb(session, parts.rules, now(), waiting[begin_ : begin_ + STEPS_AT_ONCE], behind)
        if taken:
            logging.getLogger(__name__).info("%d steps of the reminder ladder were taken", len(taken))
    return behind


def _behind_words(behind: Mapping[str, str]) -> str:
    return ", ".join(f"{feed} ({state})" for feed, state in sorted(behind.items()))


def _link(parts: Parts, feed: Feed) -> FeedLink:
    settings = parts.settings.feeds.of(feed)
    token = settings.token.get_secret_value()
    name = f"BIHUAN_FEEDS__{feed.upper()}"
    if not token:
        raise SettingError(f"{name}__TOKEN: a token is needed; make one with: run.py feed-token")
    if settings.mode == "dial" and not settings.url.startswith(("ws://", "wss://")):
        raise SettingError(f"{name}__URL: expected an address that begins with ws:// or wss://")
    if settings.mode == "dial" and token.startswith("sha256:"):
        raise SettingError(f"{name}__TOKEN: the centre presents this token when it dials, so it can't be a hash")
    return FeedLink(parts.dialect(feed), settings.mode, settings.url, token, settings.silent_after, settings.lag_after)


@app.command()
def serve(host: HostOption = None, port: PortOption = None) -> None:
    """Serve the dashboard, until stopped."""
    parts = _parts()
    address = _free_address(parts.settings, host, port)
    _refuse_demo(parts.settings, _when_it_is_there(parts))
    _serve(parts, *address)


def _free_address(settings: Settings, host: str | None, port: int | None) -> tuple[str, int]:
    """Where the dashboard will listen. Raises `SettingError` where it can't, before anything is begun or promised."""
    host, port = host or settings.web.host, settings.web.port if port is None else port
    _must_be_free("the dashboard", host, port, "choose another with --port or BIHUAN_WEB__PORT")
    return host, port


def _must_be_free(what: str, host: str, port: int, advice: str) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise SettingError(
            f"{what} can't listen on port {port} of {host} ({error.strerror}): end what listens there, or {advice}"
        ) from None


def _refuse_demo(settings: Settings, database: Database) -> None:
    """What everybody knows from the demo must not open a centre's doors."""
    feeds = [feed for feed in Feed if settings.feeds.of(feed).token.get_secret_value() in DEMO_TOKENS]
    if feeds:
        names = ", ".join(f"BIHUAN_FEEDS__{feed.upper()}__TOKEN" for feed in feeds)
        raise SettingError(
            f"{names}: this is the demo's token, which everybody knows; make one with: run.py feed-token"
        )
    logins = open_doors(database)
    if logins:
        raise SettingError(
            f"accounts of the demo can sign in here: {', '.join(logins)}; end that with: "
            f"run.py users disable {' '.join(logins)}"
        )


def _serve(parts: Parts, host: str, port: int) -> None:
    web = parts.settings.web
    links = device_links.DatabaseLinks(parts.database, now)
    access = Access(web.wall_access, links, web.metrics_token.get_secret_value() or None)
    townships = {unit.code: unit.township for unit in parts.county.units if unit.township is not None}
    languages, clock = load_catalogues(), Clock(now)
    dashboard = create_app(
        source=DatabaseWall(
            parts.database, parts.rules, townships, ReviewRules(parts.rules, parts.county).places.local
        ),
        names=parts.county,
        centre_name=parts.county.centre_name,
        county_map=county_map(parts.county.townships, parts.county.map_aspect),
        plan=load_wall(parts.settings.config / "wall.toml"),
        languages=languages,
        access=access,
        workplace=Workplace(
            parts.database, parts.vault, parts.rules, parts.county, parts.county.centre_name, languages, clock
        ),
        sign_ins=DatabaseSignIns(parts.database, parts.vault, now, parts.passwords),
        letters=parts.letters,
        passwords=parts.passwords,
        provider=_provider(parts),
        clock=clock,
    )
    for name, path in (("wall", "/wall"), ("desk", "/desk"), ("review", "/review/")):
        console.print(f"the {name} is at http://{host}:{port}{path}")
    uvicorn.Server(server_config(dashboard, host, port)).run()


def _provider(parts: Parts) -> OpenIdProvider | None:
    """The identity provider people may sign in with, if one is configured."""
    oidc = parts.settings.oidc
    if not oidc.issuer:
        return None
    secret = oidc.client_secret.get_secret_value()
    return OpenIdProvider(Registration(oidc.issuer, oidc.client_id, secret, oidc.redirect_url), parts.vault)


@wall_links.command("new")
def new_wall_link(
    name: Annotated[str, typer.Option(help="what the display is called")],
    remote: Annotated[bool, typer.Option("--remote", help="a tablet that chooses what all walls show")] = False,
    address: Annotated[
        str | None,
        typer.Option(
            help="where the display reaches the dashboard, such as https://wall.example; else by the settings"
        ),
    ] = None,
) -> None:
    """Let a display show the wall: open the printed address on it. It is bound to the first that does."""
    parts = _parts()
    with parts.migrated().write() as session:
        at = now()
        token = device_links.new_link(session, name, at, drives=remote)
        _note(parts, session, Deed.LINK_CHANGED, at, display=name, change="made", drives=remote)
    web = parts.settings.web
    console.print(f"{(address or f'http://{web.host}:{web.port}').rstrip('/')}{LINK_PATH}{token}")
    console.print(f"open it on the display itself, within {device_links.OPEN_WITHIN.days} days; it works once")


@wall_links.command("list")
def list_wall_links() -> None:
    """All displays, since when each is bound, when it was last seen, and which links were taken back."""
    table = Table("name", "kind", "made", "bound", "last seen", "revoked")
    with _parts().migrated().read() as session:
        for link in device_links.links(session):
            instants = (link.created_at, link.bound_at, link.seen_at, link.revoked_at)
            table.add_row(link.name, "remote" if link.drives else "wall", *map(minute, instants))
    console.print(table)


@wall_links.command("revoke")
def revoke_wall_link(name: Annotated[str, typer.Option()]) -> None:
    """Take back every link of a display; an open wall goes dark within two seconds."""
    parts = _parts()
    with parts.migrated().write() as session:
        at = now()
        count = device_links.revoke_links(session, name, at)
        if count:
            _note(parts, session, Deed.LINK_CHANGED, at, display=name, change="revoked", links=count)
    console.print(f"{count} links of {name} revoked")


@app.command()
def simulate(
    feed: Annotated[Feed | None, typer.Option(help="only this feed")] = None,
    speed: SpeedOption = 1.0,
    seed: Annotated[int | None, typer.Option(help="another county story")] = None,
) -> None:
    """Play the demo county's three sources on ws://127.0.0.1:8101-8103, until stopped."""
    parts = _parts()
    settings = load_simulator(parts.settings.config / "simulator.toml")
    world = World(parts.county, settings, settings.seed if seed is None else seed)
    _until_stopped(_simulate(parts, world, [feed] if feed else list(Feed), speed))


async def _simulate(parts: Parts, world: World, feeds: list[Feed], speed: float) -> None:
    async with asyncio.TaskGroup() as tasks:
        for feed in feeds:
            token = parts.settings.feeds.of(feed).token.get_secret_value() or DEMO_TOKEN
            port = SIMULATOR_PORTS[feed]
            following = Following(feed, _beside(parts.database) / f"told-{feed}")
            play = Play(feed, world, now, speed, following=following)
            tasks.create_task(serve_source(play, port=port, token=token, following=following))


@app.command("replay")
def replay_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    speed: Annotated[float, typer.Option(min=0.001, help="how many times as fast as it happened")] = 1.0,
) -> None:
    """Play a file through the real sockets with its own timing: the sources of the feeds it has records of.

    Run it beside `run.py ingest`, which dials it, or is connected to where a feed is in mode listen.
    """
    parts = _parts()
    plan = mapping_from(read_table(mapping), mapping.name)
    told, refused = [], 0
    for _, row in table_rows(file, plan.encoding, plan.sheet):
        try:
            told += plan.versions(row)
        except BadRow:
            refused += 1
    console.print(f"{len(told)} versions to send, {refused} rows refused")
    _until_stopped(_replay(parts, replays(told, "replay", speed)))


async def _replay(parts: Parts, scripts: list[Replay]) -> None:
    sending = [asyncio.create_task(_send_script(parts, script)) for script in scripts]
    finished = asyncio.create_task(_all_finished(scripts))
    try:
        done, _ = await asyncio.wait([*sending, finished], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        console.print("everything is acknowledged")
    finally:
        for task in (*sending, finished):
            task.cancel()
        await asyncio.gather(*sending, finished, return_exceptions=True)


async def _all_finished(scripts: list[Replay]) -> None:
    for script in scripts:
        await script.finished.wait()


async def _send_script(parts: Parts, script: Script) -> None:
    settings = parts.settings.feeds.of(script.feed)
    token = settings.token.get_secret_value() or DEMO_TOKEN
    if settings.mode == "listen":
        listen = parts.settings.listen
        await send_live(script, url=f"ws://{listen.host}:{listen.port}/feeds/{script.feed}", token=token)
    else:
        port = urlsplit(settings.url).port or SIMULATOR_PORTS[script.feed]
        await serve_source(script, port=port, token=token)


@app.command()
def demo(speed: SpeedOption = 1.0, host: HostOption = None, port: PortOption = None) -> None:
    """The whole thing with an invented county: sources, ingester and dashboard, on this machine."""
    for feed in Feed:
        prefix = f"BIHUAN_FEEDS__{feed.upper()}"
        os.environ.update({f"{prefix}__TOKEN": DEMO_TOKEN, f"{prefix}__MODE": "dial"})
        os.environ[f"{prefix}__URL"] = f"ws://127.0.0.1:{SIMULATOR_PORTS[feed]}"
    parts = _parts()
    host, port = _free_address(parts.settings, host, port)
    _bring_up(parts)
    accounts = load_demo_accounts(parts.settings.config / "demo_accounts.toml", parts.county)
    shown = demo_accounts(parts, accounts, _beside(parts.database) / "demo-accounts.txt")
    if shown:
        console.print(account_table(shown))
    with _children(["simulate", "--speed", str(speed)], ["ingest"]):
        console.print(
            f"{parts.county.name} is an invented county; its last twelve weeks arrive in about a minute at the first start"
        )
        _serve(parts, host, port)


@contextmanager
def _children(*commands_: list[str]) -> Iterator[None]:
    """Further processes of this program, ended with us: each watches its standard input, which closes when we are gone."""
    environment = os.environ | {WITH_PARENT: "1"}
    started = [
        subprocess.Popen([sys.executable, __file__, *command], stdin=subprocess.PIPE, env=environment)  # noqa: S603
        for command in commands_
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _end_with_parent() -> None:
    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):  # below Python's buffers, whose lock would be held when we end
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@app.command()
def feed_token() -> None:
    """Make a token for a feed in mode listen: give the source the first line, keep the second as the setting."""
    token = secrets.token_urlsafe(32)
    console.print(token)
    console.print(token_hash(token))


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    refused: Annotated[
        Path | None, typer.Option(help="write the refused rows' numbers and reasons to this CSV")
    ] = None,
) -> None:
    """Bring in history from a CSV or XLSX file; doing it twice changes nothing."""
    parts = _parts()
    database = parts.ready()
    plan = mapping_from(read_table(mapping), mapping.name)
    rules = _with_deadlines(parts.rules, plan)
    recorder = Recorder(rules, parts.county.prefix)
    with _progress("rows") as progress:
        report = import_table(
            database,
            recorder,
            parts.readers,
            plan,
            table_rows(file, plan.encoding, plan.sheet),
            now(),
            progress,
        )
    with _progress("reports made searchable") as progress:
        indexed = 0
        while done := _index_some(parts):
            progress(indexed := indexed + done)
    if report.missing_columns:
        console.print(f"columns the file does not have: {', '.join(report.missing_columns)}")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
    console.print(f"{report.rows} rows: {told or 'nothing'}, {len(report.refused)} refused")
    for number, reason in report.refused[:REFUSED_SHOWN]:
        console.print(f"  row {number}: {reason}")
    if refused is not None:
        _write_table(refused, ("row", "reason"), report.refused)


def _index_some(parts: Parts) -> int:
    """How many changes of reports were indexed, some at a time: an ingester beside us writes in between."""
    with parts.database.write() as session:
        return search.index_pending(session, parts.vault, INDEXED_AT_ONCE)


def _with_deadlines(rules: Rules, plan: TableMapping) -> Rules:
    """The rules with the feeds whose own deadlines the mapping says to take."""
    return replace(rules, source_wins=rules.source_wins | plan.source_wins)


@contextmanager
def _progress(what: str) -> Iterator[Any]:
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} " + what), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done: shown.update(task, completed=done)


@letters.command("list")
def list_letters(
    feed: Annotated[Feed | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED)] = 100,
) -> None:
    """Those still open, the oldest first. What is in them is personal data and is not shown."""
    with _parts().ready().read() as session:
        found = commands.open_dead_letters(session, feed, limit + 1)
    table = Table("id", "feed", "received", "sequence", "reason")
    for letter in found[:limit]:
        sequence = "" if letter.sequence is None else str(letter.sequence)
        table.add_row(str(letter.id), letter.feed, f"{letter.received_at:%Y-%m-%d %H:%M:%S}Z", sequence, letter.reason)
    console.print(table)
    if len(found) > limit:
        console.print(f"there are more than {limit}: --limit N shows N of them")


@letters.command("retry")
def retry_letters(
    ids: Annotated[list[int] | None, typer.Argument(min=1, max=LARGEST_ID)] = None,
    every: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Translate again, for example after a code map was mended; those that still can't be understood stay open."""
    if bool(ids) == every:
        raise typer.BadParameter("say which by their ids, or --all")
    parts = _parts()
    database = parts.ready()
    with database.read() as session:
        chosen = (
            [letter.id for letter in commands.open_dead_letters(session, limit=sys.maxsize)] if every else ids or []
        )
    tried = {letter_id: parts.letters.retry(letter_id, now()) for letter_id in chosen}
    _tell(f"{letter}: still not understood: {reason}" for letter, each in tried.items() for reason in each.reasons)
    _tell(f"{letter}: not open" for letter, each in tried.items() if not each.recorded and not each.reasons)
    console.print(f"{sum(each.recorded for each in tried.values())} of {len(chosen)} recorded")


@letters.command("discard")
def discard_letters(ids: Annotated[list[int], typer.Argument(min=1, max=LARGEST_ID)]) -> None:
    """Put away for good; the row stays, marked."""
    parts = _parts()
    parts.ready()
    console.print(f"{parts.letters.discard(ids, now())} of {len(ids)} discarded; what was not open stays as it is")


@app.command("deadline")
def deadline_command(
    received: Annotated[str, typer.Argument(help="when it was received, like 2026-02-12T10:00 (Asia/Shanghai)")],
    working_days: Annotated[int | None, typer.Option()] = None,
    days: Annotated[int | None, typer.Option()] = None,
    hours: Annotated[int | None, typer.Option()] = None,
    minutes: Annotated[int | None, typer.Option()] = None,
    rule: Annotated[str | None, typer.Option(help="a clause of the rules in force, like finish/complaint")] = None,
) -> None:
    """When something received then is due, and the count, day by day."""
    rules = _parts().rules
    start = _instant(received)
    units = {"working_day": working_days, "day": days, "hour": hours, "minute": minutes}
    asked = [Allowance(amount, unit) for unit, amount in units.items() if amount is not None]
    given = [f"--{limit.unit.replace('_', '-')}s" for limit in asked] + ["--rule"] * (rule is not None)
    if len(given) != 1:
        told = f"{' and '.join(given)} are given" if given else "none is given"
        raise SettingError(f"{told}: say one of --working-days, --days, --hours, --minutes or --rule")
    if rule is not None:
        clocks = rules.clocks.at(start)
        found = find_limit(rule, clocks)
        if found is None:
            raise SettingError(f"--rule {rule}: no such clause; there are {', '.join(named_limits(clocks))}")
        name, limit = f"{clocks.version}/{found[0]}", found[1]
    else:
        name, limit = "asked for", asked[0]
    if not 0 <= limit.amount <= MOST:
        raise SettingError(f"{limit.amount}: expected 0 to {MOST}")
    try:
        due = rules.calendar.due_after(start, limit.amount, limit.unit, name)
    except OverflowError:
        raise SettingError(f"{received}: no calendar reaches that far") from None
    _tell(count_lines(due, rules.calendar, start))
    if rule is not None:
        _tell(version_lines(rules, start))


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, highlight=False)


def _instant(text: str) -> datetime:
    """An instant as a person writes it; without an offset it is Asia/Shanghai's."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise SettingError(f"{text}: expected a time like 2026-02-12T10:00") from None


@rules_app.command("list")
def list_rules() -> None:
    """Every version of the time limits, and what the calendar knows."""
    rules = _parts().rules
    table = Table("version", "from", "clause", "limit")
    for clocks in rules.clocks.each:
        for name, limit in named_limits(clocks).items():
            unit = limit.unit.replace("_", " ")
            table.add_row(clocks.version, f"{clocks.effective_from}", name, f"{limit.amount} {unit}")
    console.print(table)
    console.print(f"calendar {rules.calendar.version}, published to the end of {rules.calendar.last_published()}")


@rules_app.command("test")
def try_rules(
    since: Annotated[str, typer.Option(help="cases reported since this day")],
    candidate: Annotated[
        Path | None,
        typer.Option("--rules", exists=True, help="a folder like config/ with the changed rules and calendar"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write every changed deadline to this CSV")] = None,
) -> None:
    """Replay a rule change over history: whose deadlines would be others, and who would be late that was not."""
    parts = _parts()
    old, at = parts.rules, now()
    new = load_rules(candidate) if candidate is not None else old
    seen = 0
    found: list[tuple[str, Changed]] = []
    with parts.ready().read() as session:
        for _, code, entries in cases.all_journals(session, _instant(since)):
            seen += 1
            found += [(code, change) for change in changes(fold(entries), old, new, at)]
    _tell_changes(found, seen)
    if out is not None:
        names = ("code", *Changed._fields, "old_due", "new_due")
        _write_table(out, names, ((code, *_locally(each), *_dues(each)) for code, each in found))


def _dues(change: Changed) -> tuple[str, str]:
    """Both deadlines as a person reads them: what ends with a day ends at its 24:00."""
    return moment(change.old_at, end_of_day=True), moment(change.new_at, end_of_day=True)


def _locally(row: Iterable[object]) -> list[object]:
    """A row with its instants in Asia/Shanghai, and their offset."""
    return [value.astimezone(SHANGHAI) if isinstance(value, datetime) else value for value in row]


def _write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV that spreadsheets open with its Chinese intact."""
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(chain([names], rows))
    except OSError as error:
        raise SettingError(f"{path} can't be written: {error.strerror}") from None


def _tell_changes(found: list[tuple[str, Changed]], seen: int) -> None:
    touched = {code for code, _ in found}
    worse = [each for _, each in found if each.would_be_late and not each.was_late]
    better = [each for _, each in found if each.was_late and not each.would_be_late]
    table = Table("case", "clock", "unit", "rule", "due", "would be due", "late", "would be late")
    for code, each in found[:CHANGES_SHOWN]:
        late = ["yes" if value else "no" for value in (each.was_late, each.would_be_late)]
        table.add_row(code, each.kind, each.unit_code or "", each.new_rule, *_dues(each), *late)
    if found:
        console.print(table)
    if len(found) > CHANGES_SHOWN:
        console.print(f"… and {len(found) - CHANGES_SHOWN} more (--out FILE writes all)")
    console.print(
        f"{len(found):,} deadlines of {len(touched):,} cases (of {seen:,}) would change; "
        f"{len(worse)} would be late that were not, {len(better)} would not be late that were"
    )


@app.command("ladder")
def ladder_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only print whom it would reach")] = False,
    at: Annotated[str | None, typer.Option(help="with --dry-run: as if it were then")] = None,
) -> None:
    """Take the steps of the reminder ladder that are due; the ingester does so by itself while it runs.

    Reports of a feed that does not tell the present wait. With --at: as if every feed told it then.
    """
    parts = _parts()
    database = parts.ready()
    if at is not None and not dry_run:
        raise SettingError("--at: only with --dry-run; what is written happens now")
    when = _instant(at) if at is not None else now()
    with database.write() if not dry_run else database.read() as session:
        behind = clockwork.feeds_behind(session, when) if at is None else {}
        take = clockwork.due_rungs if dry_run else clockwork.climb
        found = take(session, parts.rules, when, behind=behind)
    table = Table("since", "step", "to", "unit", "case", "due", "paper")
    for code, rung in found:
        unit = parts.county.unit_name(rung.unit_code)
        step = rung.step
        table.add_row(
            minute(rung.at), step.name, step.reach, unit, code, moment(rung.due_at, end_of_day=True), step.paper or ""
        )
    if found:
        console.print(table)
    console.print(f"{len(found)} steps {'would be' if dry_run else 'were'} taken")
    if behind:
        console.print(f"the reports of these feeds wait, for they don't tell the present: {_behind_words(behind)}")


@app.command("reminders")
def reminders_command(
    since: Annotated[str | None, typer.Option(help="since this day; the last seven days without it")] = None,
) -> None:
    """The register of reminders, urgings and supervisions: did they move the case?"""
    parts = _parts()
    begun = _instant(since) if since is not None else now() - timedelta(days=7)
    with parts.ready().read() as session:
        found = cases.reminders(session, begun)
    table = Table("at", "step", "unit", "case", "by", "moved", "after")
    for line in found:
        after = "" if line.moved_at is None else f"{(line.moved_at - line.at).total_seconds() / 3600:.1f} h"
        unit = parts.county.unit_name(line.unit_code)
        table.add_row(minute(line.at), line.step, unit, line.code, line.by, line.moved_by or "no", after)
    if found:
        console.print(table)
    moved = sum(line.moved_at is not None for line in found)
    console.print(f"{len(found)} reminders, {moved} of them moved the case")


@app.command("overdue")
def overdue_command(
    at: Annotated[str | None, typer.Option(help="as of this instant; now without it")] = None,
) -> None:
    """Open and overdue work by township, as of any instant, from the journal."""
    parts = _parts()
    when = _instant(at) if at is not None else now()
    with parts.ready().read() as session:
        found = cases.overdue_at(session, when)
    table = Table("township", "open", "overdue")
    for count in found:
        table.add_row(parts.county.township_name(count.township), str(count.open), str(count.overdue))
    console.print(table)
    console.print(
        f"{sum(count.open for count in found)} open, {sum(count.overdue for count in found)} overdue at {moment(when)}"
    )
    console.print("open: not finished yet; waiting for review or visit are not counted")
    if when > now():
        console.print("that instant is ahead: a forecast, if nothing more is done until then")


@case_app.command("show")
def show_case(code: str) -> None:
    """A case: its state, every clock with its rule and count, and its journal. Persons are masked."""
    parts = _parts()
    with parts.ready().read() as session:
        whole = cases.whole_case(session, parts.vault, acts.case_id_of(session, code))
        state, rules, at = whole.state, parts.rules, now()
        if state.merged_into is not None:
            console.print(f"{code} went on in {acts.code_of(session, state.merged_into)}")
    share = rules.clocks.at(at).due_soon
    marks = ", ".join(sorted(overlays(state, at, share))) or "nothing special"
    console.print(
        f"{code}: {state.status}, {colour_at(state, rules, at)}, round {state.round}, version {state.version}; {marks}"
    )
    for thread in state.threads:
        console.print(f"{thread.report} {thread.status}", style="bold", highlight=False)
        _tell(pending_lines(thread, whole.entries, rules))
        for clock in clocks_of(thread):
            stands, more = clock.state(at, share), thread.extras.extended_by
            _tell(clock_lines(clock, stands, rules.calendar, parts.county, thread.reported_at, more))
        for helper in thread.extras.helpers:
            if helper.whistle:
                _tell(whistle_lines(helper, rules, parts.county, at))
    console.print("journal", style="bold", highlight=False)
    _tell(map(journal_line, whole.entries))


@case_app.command("act")
def act_on_case(  # noqa: PLR0917 - one option for each thing a move may tell
    code: str,
    move: Annotated[str, typer.Argument(help=f"one of {', '.join(MOVES)}, merge, split")],
    by: Annotated[str, typer.Option(help="who: an account or a unit, never a person's name")],
    reason: str = "",
    report: Annotated[str | None, typer.Option(help="only this report of the case, FEED:ID")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="a unit's code or name; several for whistle")] = None,
    to: Annotated[str | None, typer.Option(help="allot: which office; merge: into which case")] = None,
    approver: str | None = None,
    amount: Annotated[int | None, typer.Option(help="ask-extension: how many working days")] = None,
    result: Result | None = None,
    mediated: Annotated[bool | None, typer.Option("--mediated/--not-mediated")] = None,
    reached: Annotated[bool | None, typer.Option("--reached/--not-reached")] = None,
    solved: Annotated[bool | None, typer.Option("--solved/--not-solved")] = None,
    satisfaction: Satisfaction | None = None,
    rating: int | None = None,
    complexity: Complexity | None = None,
    colour: Colour | None = None,
    kind: ReminderKind | None = None,
    seen: Annotated[int | None, typer.Option(help="the version you saw; refused when it is no longer that")] = None,
) -> None:
    """Do something with a case, as the desk does; a move that is not allowed is refused with a sentence."""
    parts = _parts()
    at = now()
    if seen is not None and move in ("merge", "split"):
        raise SettingError(f"--seen: not with {move}")
    with parts.ready().write() as session:
        case_id = acts.case_id_of(session, code)
        names = cases.person_names(session, parts.vault, case_id)
        reason = scrub(reason, names)
        if move == "merge":
            parent_id = acts.case_id_of(session, _given(to, "--to"))
            joining.merge_cases(session, case_id, parent_id, Merge(by=by, at=at, reason=reason), parts.county)
            for each, other in ((case_id, parent_id), (parent_id, case_id)):
                _note(parts, session, Deed.ACTED, at, each, actor=by, move="Merge", **{"with": other})
            console.print(f"{code} goes on in {to}")
            return
        if move == "split":
            out = Split(by=by, at=at, reason=reason, report=_given(report, "--report"))
            child = joining.split_report(session, case_id, out, parts.county.prefix, parts.county)
            _note(parts, session, Deed.ACTED, at, case_id, actor=by, move="Split", **{"with": child})
            console.print(f"the report goes on in {acts.code_of(session, child)}")
            return
        had_work = partial(cases.unit_had_work, session)
        units = tuple(_unit(each, parts.county, had_work, giving=move in GIVING) for each in unit or ())
        told = {
            "reason": reason, "report": report, "to": scrub(to, names) if to else None, "approver": approver, "amount": amount,
            "result": result, "mediated": mediated, "reached": reached, "solved": solved,
            "satisfaction": satisfaction, "rating": rating, "complexity": complexity, "colour": colour, "kind": kind,
            "unit": units[0] if units else None, "units": units or None,
        }  # fmt: skip
        made = _move(move, by, at, told)
        decision = acts.act(session, parts.rules, case_id, made, seen, parts.county)
        _note(
            parts, session, Deed.ACTED, at, case_id, actor=by, move=type(made).__name__, version=decision.case.version
        )
    _tell(f"{moment(entry.occurred_at)} {entry.type} {entry.report}" for entry in decision.entries)
    _tell(f"refused for {report}: {refusal}" for report, refusal in decision.refusals)
    console.print(f"{code} is {decision.case.status}, version {decision.case.version}")


def _note(
    parts: Parts, session: Session, deed: Deed, at: datetime, case_id: int | None = None, **detail: object
) -> None:
    """Into the audit, by the command line: whoever sits there has no account, and the machine's own name is nobody's business."""
    audit.record(session, parts.vault, None, deed, at, case_id=case_id, detail=detail, login=COMMAND_LINE)


def _unit(text: str, county: County, had_work: Callable[[str], bool], *, giving: bool) -> str:
    """The code of the unit a person means by a code or a name; `giving`: it is to be given work.

    Work is given to units the county knows, or the cases: sources have codes of their own.
    """
    if county.unit(text) is not None:
        return text
    named = [each for each in county.units if text in (each.name, each.full_name)]
    if len(named) == 1:
        return named[0].code
    if had_work(text):
        return text
    alike = named or _units_like(text, county)
    if not alike and not giving:
        return text
    told = ", ".join(f"{each.code} {each.name}" for each in alike[:CANDIDATES_SHOWN])
    more = f" and {len(alike) - CANDIDATES_SHOWN} more" if len(alike) > CANDIDATES_SHOWN else ""
    if not alike:
        raise SettingError(f"--unit {text}: neither the county nor any case knows such a unit; see: run.py units")
    raise SettingError(f"--unit {text}: which one? there are {told}{more}")


def _units_like(text: str, county: County) -> list[Unit]:
    """The units with the text in their code or in one of their names."""
    return [
        each for each in county.units if text and any(text in told for told in (each.code, each.name, each.full_name))
    ]


def _given(value: str | None, option: str) -> str:
    if value is None:
        raise SettingError(f"{option} is needed for this")
    return value


def _move(name: str, by: str, at: datetime, told: Mapping[str, Any]) -> Move:
    """The move of that name with what was told; names what is missing."""
    kind = MOVES.get(name)
    if kind is None:
        raise SettingError(f"{name}: no such move; there are {', '.join(MOVES)}, merge, split")
    wanted = {field.name: field for field in fields(kind) if field.name not in ("by", "at")}
    missing = [
        field.name
        for field in wanted.values()
        if field.default is MISSING and field.default_factory is MISSING and told.get(field.name) is None
    ]
    if missing:
        raise SettingError(f"{name}: needs {', '.join(f'--{OPTIONS.get(field, field)}' for field in missing)}")
    given = {name: told[name] for name in wanted if told.get(name) is not None}
    return kind(by=by, at=at, **given)


@app.command("units")
def units_command(
    text: Annotated[str, typer.Argument(help="only those with this in their code or name")] = "",
) -> None:
    """The county's units: codes, names, kinds and townships."""
    county = _parts().county
    found = _units_like(text, county) if text else county.units
    table = Table("code", "name", "full name", "kind", "township")
    for each in found:
        table.add_row(each.code, each.name, each.full_name, each.kind, county.township_name(each.township))
    if found:
        console.print(table)
    console.print(f"{len(found)} units")


@app.command("paper")
def paper_command(
    code: str,
    kind: Annotated[
        Paper, typer.Argument(help="dispatch 交办单, urging 催办通知书, prompt 工作提示函, feedback 反馈表")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="the file to write; named by itself without it")
    ] = None,
    number: Annotated[str | None, typer.Option(help="the paper's own number; the case's code without it")] = None,
) -> None:
    """Write a paper of a case as a Word file. Persons are masked, texts are scrubbed."""
    parts = _parts()
    with parts.ready().read() as session:
        whole = cases.whole_case(session, parts.vault, acts.case_id_of(session, code))
    if not whole.reports:
        raise SettingError(f"{code} has no reports of its own: it went on in another case")
    at = now()
    check_paper(kind, whole.state, at)
    facts = paper_facts(whole, parts.county, parts.rules, at)
    path = out or Path(file_name(kind, facts))
    try:
        path.write_bytes(paper(kind, facts, at, number or code))
    except OSError as error:
        raise SettingError(f"{path} can't be written: {error.strerror}") from None
    console.print(f"written to {path}")


@vault_app.command("new-key")
def vault_new_key() -> None:
    """Print a fresh random key."""
    console.print(new_key())


@vault_app.command("rotate")
def vault_rotate() -> None:
    """Seal everything with BIHUAN_VAULT_KEY again; what it was sealed with before must be in BIHUAN_VAULT_OLD_KEYS."""
    parts = _parts()
    migrate.require_newest(parts.database)
    with parts.database.write() as session:
        count = commands.rotate_vault(session, parts.vault, now())
    console.print(f"{count} values sealed with key {parts.vault.key_id}")


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends, or until SIGINT or SIGTERM asks to stop."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for stop in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(stop, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def main() -> None:
    gc.freeze()  # what was imported stays, and is not looked through again
    try:
        app()
    except DatabaseAway as error:
        print(f"bihuan: the database can't be used now: {error} (BIHUAN_DATABASE_URL)", file=sys.stderr)
        raise SystemExit(2) from None
    except REFUSALS as error:
        print(f"bihuan: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
