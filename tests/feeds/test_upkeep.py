"""What is kept up behind the writer: in a real child process, beside a real ingester, and chore by chore."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count, islice
from typing import Any

import psutil
import pytest

from casework.vocabulary import Feed
from db import search
from db.database import Database
from db.inbox import Recorder
from db.search import Sought
from feeds.child import ROOT
from feeds.upkeep import LOOK_SECONDS, REST_WHILE_BUSY_SECONDS, RESTS, Chore, Upkeep, keep_up
from tests.db.centre import Centre
from tests.feeds.centre import PATIENCE, TOKEN
from tests.feeds.faults import exits, fails
from tests.records import KEY, VAULT, message, order

INDEX = Chore("the words' index", partial(search.index_portion, vault=VAULT))


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def keeping_up(database: Database, *chores: Chore, story: Callable[[Upkeep], Coroutine[Any, Any, None]]) -> int:
    """Tell the story beside a running child; the id of the last one."""

    async def run() -> int:
        upkeep = Upkeep(database.address, chores)
        running = asyncio.create_task(upkeep.run())
        try:
            async with asyncio.timeout(PATIENCE):
                child = await child_of(upkeep)
                await story(upkeep)
                child = upkeep.process or child
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        return child

    return asyncio.run(run())


async def child_of(upkeep: Upkeep, *, but: int | None = None) -> int:
    while upkeep.process in (None, but):
        await asyncio.sleep(0.01)
    assert upkeep.process is not None
    return upkeep.process


def found(database: Database, words: str) -> bool:
    with database.read() as session:
        return bool(search.found(session, Sought(words), 1, still_open=False))


async def searchable(database: Database, words: str) -> None:
    while not found(database, words):
        await asyncio.sleep(0.02)


def runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_words_become_searchable_while_reports_come_in(centre: Centre) -> None:
    async def story(upkeep: Upkeep) -> None:
        for number, words in enumerate(("油烟", "噪声", "路灯")):
            await asyncio.to_thread(centre.hear, Feed.HOTLINE12345, order(orderNum=f"H{number}", title=words))
            await searchable(centre.database, words)

    ended = keeping_up(centre.database, INDEX, story=story)
    assert not runs(ended), "it ends with whoever kept it"


def test_a_child_that_is_killed_is_started_again_and_the_log_says_so(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(upkeep: Upkeep) -> None:
        first = await child_of(upkeep)
        os.kill(first, signal.SIGKILL)
        await child_of(upkeep, but=first)
        await asyncio.to_thread(centre.hear, Feed.HOTLINE12345, order(title="小区油烟扰民"))
        await searchable(centre.database, "油烟")

    keeping_up(centre.database, INDEX, story=story)
    assert "the upkeep process ended with -9 and is started again" in caplog.messages


def test_a_chore_that_ends_the_child_is_said_each_time(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async def story(upkeep: Upkeep) -> None:
        while sum("ended with 7" in line for line in caplog.messages) < 2:
            await asyncio.sleep(0.02)

    keeping_up(database, Chore("a fault", exits), story=story)


def test_what_goes_wrong_in_the_child_is_in_the_ingesters_log_and_stops_no_other_chore(
    centre: Centre, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(upkeep: Upkeep) -> None:
        await asyncio.to_thread(centre.hear, Feed.HOTLINE12345, order(title="小区油烟扰民"))
        await searchable(centre.database, "油烟")
        while "a fault waits: LookupError" not in caplog.messages:
            await asyncio.sleep(0.02)

    caplog.set_level(logging.INFO)
    keeping_up(centre.database, Chore("a fault", fails), INDEX, story=story)


class Over(threading.Event):
    """Is over after so many rests, which it remembers instead of resting."""

    def __init__(self, rests: int) -> None:
        super().__init__()
        self.left = rests
        self.rests: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.rests.append(timeout)
        self.left -= 1
        return self.left == 0


def test_a_chores_trouble_is_said_once_and_so_is_its_end(database: Database) -> None:
    rounds = iter([True, True, False, True])
    said: list[tuple[str, str]] = []

    def sometimes(database: Database) -> bool:
        if next(rounds):
            raise LookupError
        return False

    keep_up(database, [Chore("a fault", sometimes)], Over(4), lambda name, trouble: said.append((name, trouble)))
    assert said == [("a fault", "LookupError"), ("a fault", ""), ("a fault", "LookupError")]


def test_who_has_much_to_catch_up_with_rests_longer_than_it_works(database: Database) -> None:
    def works(database: Database) -> bool:
        time.sleep(0.05)
        return True

    over = Over(3)
    keep_up(database, [Chore("busy", works), Chore("idle", lambda _: False)], over, lambda *words: None)
    assert min(over.rests) >= 0.05 * RESTS, over.rests
    assert min(over.rests) < LOOK_SECONDS, (
        over.rests
    )  # a slow machine may have slept for longer than a look now and then


def test_while_reports_come_in_fast_it_rests_longer_and_still_gets_on(centre: Centre) -> None:
    numbers = count(1)

    class Rushed(Over):
        """Reports come in while it rests."""

        def wait(self, timeout: float | None = None) -> bool:
            told = [(number, order(orderNum=f"H{number}")) for number in islice(numbers, 100)]
            with centre.writing() as session:
                heard = [message(Feed.HOTLINE12345, record, f"e{number}", number) for number, record in told]
                centre.recorder.record(session, heard)
            return super().wait(timeout)

    def works(database: Database) -> bool:
        time.sleep(0.05)
        return True

    over = Rushed(3)
    keep_up(centre.database, [Chore("busy", works)], over, lambda *words: None)
    assert all(rest == REST_WHILE_BUSY_SECONDS for rest in over.rests[1:]), over.rests


@pytest.mark.parametrize(("seconds", "more"), [(0.4, True), (0.0, False)])
def test_nothing_waits_for_longer_than_a_look_is_far_from_the_next(
    database: Database, seconds: float, more: bool
) -> None:
    def works(database: Database) -> bool:
        time.sleep(seconds)
        return more

    over = Over(2)
    keep_up(database, [Chore("slow", works)], over, lambda *words: None)
    assert over.rests == [LOOK_SECONDS] * 2


def test_an_event_is_committed_while_the_index_is_being_written(centre: Centre) -> None:
    """Where there are two writers at once; on SQLite a portion is short."""
    database = centre.database
    for number in range(search.PORTION + 1):
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"H{number}", title="小区油烟扰民"))
    if database.is_sqlite:
        assert search.index_portion(database, VAULT)
        with database.read() as session:
            assert search.pending(session, 100) == 1
        return
    with database.write() as session:
        assert search.index_pending(session, VAULT, 100) == search.PORTION + 1
        written = threading.Thread(
            target=centre.hear, args=(Feed.HOTLINE12345, order(orderNum="H99", title="路灯不亮"))
        )
        written.start()
        written.join(PATIENCE)
        assert not written.is_alive()
        with database.read() as other:
            assert search.pending(other, 100) == search.PORTION + 2, "and its words have waited for nobody"


@contextmanager
def an_ingester(url: str) -> Iterator[psutil.Process]:
    """`run.py ingest`, once it listens and its children run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
    environment |= {"BIHUAN_DATABASE_URL": url, "BIHUAN_VAULT_KEY": KEY, "BIHUAN_LISTEN__PORT": "0"}
    for feed in Feed:
        environment |= {
            f"BIHUAN_FEEDS__{feed.upper()}__MODE": "listen",
            f"BIHUAN_FEEDS__{feed.upper()}__TOKEN": TOKEN,
        }
    command = [sys.executable, "run.py", "ingest"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert started.stderr is not None
            said = ""
            while "listening" not in said:
                line = started.stderr.readline()
                assert line, f"the ingester ended: {said}"
                said += line
            yield psutil.Process(started.pid)
        finally:
            started.kill()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # processes end without asking one
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_an_ingesters_children_end_with_it_however_it_ends(database_url: str, how: signal.Signals) -> None:
    with an_ingester(database_url) as ingester:
        deadline = time.monotonic() + PATIENCE
        while len(children := ingester.children()) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert sorted(child.cmdline()[-1] for child in children) == ["feeds.reading", "feeds.upkeep"]
        ingester.send_signal(how)
        while any(runs(process.pid) for process in (ingester, *children)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not any(runs(process.pid) for process in (ingester, *children))
