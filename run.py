"""The command line: reads the configuration, hands the values down, starts things. Everything else lives behind it."""

import asyncio
import csv
import gc
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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

from casework.calendar import SHANGHAI
from casework.county import County
from casework.errors import CaseworkError
from casework.lifecycle import Rules
from casework.vocabulary import Feed
from config.county import load_county
from config.locale import load as load_catalogues
from config.logs import start_logging
from config.rules import load_codes, load_rules
from config.settings import SettingError, Settings, load_settings, strangers
from config.simulator import load_simulator
from config.tables import read_table
from dashboard.app import create_app
from dashboard.auth import LINK_PATH, Access
from dashboard.live.source import DatabaseWall
from dashboard.serving import server_config
from db import commands, device_links, migrate
from db.database import Database, DatabaseError
from db.inbox import Recorder
from db.rebuild import differences, rebuild
from db.vault import Vault, VaultError, new_key
from feeds.errors import FeedError
from feeds.importer import import_table
from feeds.ingest import Address, FeedLink, Ingester
from feeds.mapping import BadRow, TableMapping, mapping_from
from feeds.protocol import Dialect, FrameReader
from feeds.replay import Replay, replays
from feeds.server import token_hash
from feeds.simulator.play import Play
from feeds.simulator.source import Script, send_live, serve_source
from feeds.simulator.world import World
from feeds.sources import grid, hotline12345, police110
from feeds.tables import table_rows

DEMO_TOKEN: Final = "demo-only-not-a-secret"  # noqa: S105 - what it says
SOURCES: Final = {Feed.POLICE110: police110, Feed.HOTLINE12345: hotline12345, Feed.GRID: grid}
SIMULATOR_PORTS: Final = {Feed.POLICE110: 8101, Feed.HOTLINE12345: 8102, Feed.GRID: 8103}
REFUSED_SHOWN: Final = 10
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
app.add_typer(letters, name="dead-letters")
app.add_typer(vault_app, name="vault")
app.add_typer(wall_links, name="wall-link")
console = Console(soft_wrap=True)
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

    @cached_property
    def vault(self) -> Vault:
        current = self.settings.vault_key.get_secret_value() or _key_file(self.database)
        old = [key for key in self.settings.vault_old_keys.get_secret_value().split(",") if key]
        return Vault([current, *old])

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


def now() -> datetime:
    return datetime.now(UTC)


def _parts() -> Parts:
    for name in strangers(os.environ):
        print(f"bihuan: {name} is no setting of ours; is it misspelt?", file=sys.stderr)
    parts = Parts(load_settings())
    _opened.callback(parts.close)
    return parts


def _key_file(database: Database) -> str:
    """The key of an installation that was given none: made once, kept beside the database, readable by its owner only."""
    folder = Path(database.url.database).parent if database.is_sqlite and database.url.database else Path("var")
    path = folder / "vault.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(new_key())
        console.print(f"made a vault key in {path}: keep a copy, without it personal data can't be read again")
    return path.read_text().strip()


@app.callback()
def begin(context: typer.Context) -> None:
    context.call_on_close(_opened.close)
    settle_in()


def settle_in() -> None:
    """What every process of ours does first."""
    start_logging()
    if os.environ.pop(WITH_PARENT, None):
        _end_with_parent()
    # Batches make many objects and no rings: with the usual thresholds a third of the time would go to looking for some.
    gc.set_threshold(100_000, 50, 50)


@app.command("migrate")
def migrate_command() -> None:
    """Create the database, or bring it to the newest schema."""
    parts = _parts()
    migrate.upgrade(parts.database)
    parts.ready()
    console.print("the database has the newest schema")


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
        console.print(f"{rebuild(session)} cases made again from the journal")


@app.command()
def ingest() -> None:
    """Receive the feeds, until stopped."""
    parts = _parts()
    parts.ready()
    _until_stopped(_ingest(parts))


async def _ingest(parts: Parts) -> None:
    settings = parts.settings
    listen = Address(settings.listen.host, settings.listen.port)
    ingester = Ingester(
        parts.database,
        parts.recorder,
        parts.vault,
        [_link(parts, feed) for feed in Feed],
        listen,
        clock=now,
        keep_raw=settings.keep_raw,
    )
    try:
        await ingester.run()
    except ExceptionGroup as group:
        # A key that was rotated away, for instance: one sentence, not a tree of tracebacks.
        refused = [error for error in group.exceptions if isinstance(error, REFUSALS)]
        raise refused[0] if refused else group from None


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
    parts.migrated()  # no vault key: what faces browsers must not be able to open anything
    _serve(parts, host or parts.settings.web.host, parts.settings.web.port if port is None else port)


def _serve(parts: Parts, host: str, port: int) -> None:
    web = parts.settings.web
    access = Access(web.wall_access, partial(_admits, parts.database), web.metrics_token.get_secret_value() or None)
    dashboard = create_app(
        source=DatabaseWall(parts.database, parts.rules),
        names=parts.county,
        centre_name=parts.county.centre_name,
        languages=load_catalogues(),
        access=access,
    )
    console.print(f"the wall is at http://{host}:{port}/wall")
    uvicorn.Server(server_config(dashboard, host, port)).run()


def _admits(database: Database, token: str) -> bool:
    """Whether a device link is in force; notes that its display is there."""
    with database.read() as session:
        link = device_links.valid_link(session, token)
        if link is None or device_links.is_seen_lately(link, now()):
            return link is not None
        link_id = link.id
    with database.write() as session:
        device_links.mark_seen(session, link_id, now())
    return True


@wall_links.command("new")
def new_wall_link(name: Annotated[str, typer.Option(help="what the display is called")]) -> None:
    """Let a display show the wall: open the printed address on it once."""
    parts = _parts()
    with parts.migrated().write() as session:
        token = device_links.new_link(session, name, now())
    web = parts.settings.web
    console.print(f"http://{web.host}:{web.port}{LINK_PATH}{token}")


@wall_links.command("list")
def list_wall_links() -> None:
    """All displays, when they were last seen, and which links were taken back."""
    table = Table("name", "made", "last seen", "revoked")
    with _parts().migrated().read() as session:
        for link in device_links.links(session):
            table.add_row(link.name, *(_minute(at) for at in (link.created_at, link.seen_at, link.revoked_at)))
    console.print(table)


@wall_links.command("revoke")
def revoke_wall_link(name: Annotated[str, typer.Option()]) -> None:
    """Take back every link of a display."""
    with _parts().migrated().write() as session:
        count = device_links.revoke_links(session, name, now())
    console.print(f"{count} links of {name} revoked")


def _minute(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


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
            tasks.create_task(serve_source(Play(feed, world, now, speed), port=port, token=token))


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
    migrate.upgrade(parts.database)
    parts.ready()
    with _children(["simulate", "--speed", str(speed)], ["ingest"]):
        console.print(
            f"{parts.county.name} is an invented county; its last twelve weeks arrive within a minute of the first start"
        )
        _serve(parts, host or parts.settings.web.host, parts.settings.web.port if port is None else port)


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
        sys.stdin.buffer.read()
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
    if report.missing_columns:
        console.print(f"columns the file does not have: {', '.join(report.missing_columns)}")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
    console.print(f"{report.rows} rows: {told or 'nothing'}, {len(report.refused)} refused")
    for number, reason in report.refused[:REFUSED_SHOWN]:
        console.print(f"  row {number}: {reason}")
    if refused is not None:
        with refused.open("w", newline="", encoding="utf-8-sig") as out:
            csv.writer(out).writerows(chain([("row", "reason")], report.refused))


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
def list_letters(feed: Annotated[Feed | None, typer.Option()] = None, limit: int = 100) -> None:
    """Those still open, the oldest first. What is in them is personal data and is not shown."""
    with _parts().ready().read() as session:
        found = commands.open_dead_letters(session, feed, limit)
    table = Table("id", "feed", "received", "sequence", "reason")
    for letter in found:
        sequence = "" if letter.sequence is None else str(letter.sequence)
        table.add_row(str(letter.id), letter.feed, f"{letter.received_at:%Y-%m-%d %H:%M:%S}Z", sequence, letter.reason)
    console.print(table)


@letters.command("retry")
def retry_letters(
    ids: Annotated[list[int] | None, typer.Argument()] = None, every: Annotated[bool, typer.Option("--all")] = False
) -> None:
    """Translate again, for example after a code map was mended; those that still can't be understood stay open."""
    parts = _parts()
    database = parts.ready()
    with database.read() as session:
        chosen = (
            [letter.id for letter in commands.open_dead_letters(session, limit=sys.maxsize)] if every else ids or []
        )
    done = sum(_retried(parts, database, letter_id) for letter_id in chosen)
    console.print(f"{done} of {len(chosen)} recorded")


def _retried(parts: Parts, database: Database, letter_id: int) -> bool:
    """Record one letter if all of it can be understood now; it is settled by the same transaction."""
    with database.read() as session:
        found = commands.dead_letter_body(session, parts.vault, letter_id)
    if found is None:
        return False
    letter, body = found
    messages = [message for message, _ in parts.readers[Feed(letter.feed)].read(body, letter.received_at)]
    reasons = [message.reason for message in messages if message.report is None]
    for reason in reasons:
        console.print(f"{letter.id}: still not understood: {reason}")
    if reasons:
        return False
    with database.write() as session:
        if not commands.settle_dead_letter(session, letter.id, "retried", now()):
            return False
        for message in messages:
            commands.forget_dead_letter(session, message)
        parts.recorder.record(session, messages)
    return True


@letters.command("discard")
def discard_letters(ids: list[int]) -> None:
    """Put away for good; the row stays, marked."""
    with _parts().ready().write() as session:
        done = sum(commands.settle_dead_letter(session, letter, "discarded", now()) for letter in ids)
    console.print(f"{done} of {len(ids)} discarded")


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
    try:
        app()
    except REFUSALS as error:
        print(f"bihuan: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
