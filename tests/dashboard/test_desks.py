"""The desks of a process: how often they count, and whom they know to sit at another's."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from casework.roles import Account, Role, Sight, sight_of
from casework.rules import Rules
from dashboard.asking import Asking
from dashboard.live.clock import Clock
from dashboard.live.desk_source import DatabaseDesks
from dashboard.live.desks import COUNTS_AT_ONCE, COUNTS_GAP, Changed, Desks, Opened, Seat
from db import looks
from db.database import Database
from db.inbox import Recorder
from db.looks import SITS_FOR
from tests.dashboard.fakes import FakeJournal
from tests.db.centre import Centre
from tests.db.people import COUNTY, People
from tests.records import NOW, VAULT, Feed, order

FIRST, OTHER = COUNTY.townships[:2]


class FakeDesks:
    """A source whose journal can be moved, and which remembers what it was asked to count."""

    def __init__(self) -> None:
        self.journal = FakeJournal()
        self.counted: list[Sight] = []
        self.may_count = threading.Event()
        self.may_count.set()
        self.read = 0

    def position(self) -> int:
        return self.journal.position

    def changed(self, sight: Sight, after: int, to: int, at: datetime) -> Changed:
        self.read += 1
        return Changed((), ())

    def counts(self, sight: Sight, at: datetime) -> Mapping[str, int]:
        self.may_count.wait(10)
        self.counted.append(sight)
        return {"position": self.journal.position, "open": len(self.counted)}

    def visible(self, sight: Sight, codes: Collection[str]) -> Collection[str]:
        return codes

    def sit(self, process: str, opened: Opened, at: datetime) -> None:
        """Nobody else asks."""

    def cut(self, at: datetime) -> Collection[str]:
        return ()

    def elsewhere(self, process: str, at: datetime) -> Collection[tuple[str, str]]:
        return ()

    def follower(self) -> FakeJournal:
        return self.journal


def asking(account: Account, sight: Sight | None = None) -> Asking:
    return Asking(account, sight or sight_of(account, COUNTY), 1, "127.0.0.1")


async def frame_until(seat: Seat, wanted: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    """The first frame that is as wanted."""
    async with asyncio.timeout(10):
        while True:
            told = orjson.loads(await seat.take())
            if told["type"] == "frame" and wanted(told):
                return told  # type: ignore[no-any-return]


def test_rows_are_told_at_once_and_counts_so_often_and_in_the_end_all() -> None:
    source = FakeDesks()
    desks = Desks(source, Clock())
    sights = [Sight(townships=frozenset({each.code})) for each in COUNTY.townships[:6]]
    people = [Account(number, f"p{number}", f"p{number}", Role.TOWNSHIP, FIRST.centre) for number in range(len(sights))]

    async def work() -> None:
        desks.open(asyncio.get_running_loop())
        try:
            with ExitStack() as sitting:
                seats = [sitting.enter_context(desks.seat(asking(*each))) for each in zip(people, sights, strict=True)]
                for seat in seats:
                    assert (await frame_until(seat, lambda told: True))["counts"]["open"] > 0
                begun, counted, read = time.monotonic(), len(source.counted), source.read
                while time.monotonic() - begun < 4 * COUNTS_GAP:
                    source.journal.advance()
                    await asyncio.sleep(0.02)
                frames = (source.read - read) / len(sights)
                assert frames >= 4, "what changed is told between two counts"
                assert len(source.counted) - counted <= COUNTS_AT_ONCE * (frames + 1)
                assert max(map(source.counted[counted:].count, sights)) <= 5
                for seat in seats:
                    await frame_until(seat, lambda told: told["counts"]["position"] == source.journal.position)
        finally:
            await asyncio.to_thread(desks.close)

    asyncio.run(work())


def test_nobody_waits_for_a_count_to_see_what_changed_and_all_are_at_one_frame() -> None:
    source = FakeDesks()
    desks = Desks(source, Clock())
    account = Account(1, "p", "p", Role.TOWNSHIP, FIRST.centre)
    sights = [Sight(townships=frozenset({each.code})) for each in (FIRST, OTHER)]

    async def work() -> None:
        desks.open(asyncio.get_running_loop())
        try:
            with desks.seat(asking(account, sights[0])) as mine, desks.seat(asking(account, sights[1])) as theirs:
                for seat in (mine, theirs):
                    await frame_until(seat, lambda told: True)
                await asyncio.sleep(COUNTS_GAP)  # they may be counted again now
                source.may_count.clear()
                source.journal.advance()
                moved = source.journal.position
                told = [await frame_until(seat, lambda told: told["position"] == moved) for seat in (mine, theirs)]
                assert [each["counts"]["position"] < moved for each in told] == [True, True]
                assert len({each["seq"] for each in told}) == 1
                source.may_count.set()
                for seat in (mine, theirs):
                    await frame_until(seat, lambda told: told["counts"]["position"] == moved)
        finally:
            source.may_count.set()
            await asyncio.to_thread(desks.close)

    asyncio.run(work())


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def test_who_sits_at_another_process_is_told_to_those_who_see_the_case(
    database_url: str, centre: Centre, rules: Rules
) -> None:
    """Each process has a database object, a thread and connections of its own."""
    case_id = centre.hear(Feed.HOTLINE12345, order(areaCode=FIRST.code))
    code = centre.case(case_id).code
    people = People(centre.database)
    operator, leader = people.add(), people.add("liju", Role.LEADER, name="李局")
    stranger = people.add("other", Role.TOWNSHIP, OTHER.centre, name="外乡")
    databases = [Database(database_url) for _ in range(2)]
    here, there = (Desks(DatabaseDesks(each, VAULT, rules, COUNTY), Clock()) for each in databases)

    async def work() -> None:
        for desks in (here, there):
            desks.open(asyncio.get_running_loop())
        try:
            with here.seat(asking(operator)) as mine, there.seat(asking(leader)) as theirs, there.seat(
                asking(stranger)
            ) as strangers:  # fmt: skip
                here.opens(mine, code)
                assert (await frame_until(theirs, lambda told: bool(told["present"])))["present"] == {code: ["张敏"]}
                there.opens(strangers, code)  # which is none of theirs to see, whatever they say
                there.opens(theirs, code)
                told = await frame_until(mine, lambda told: len(told["present"].get(code, ())) > 1)
                assert told["present"] == {code: ["张敏", "李局"]}
                here.opens(mine, None)
                await frame_until(theirs, lambda told: told["present"] == {code: ["李局"]})
                told = await frame_until(strangers, lambda told: True)
                assert told["present"] == {}
        finally:
            for desks in (here, there):
                await asyncio.to_thread(desks.close)

    asyncio.run(work())
    for each in databases:
        each.close()


def test_a_process_that_was_killed_is_forgotten(centre: Centre) -> None:
    operator = People(centre.database).add()
    with centre.database.write() as session:
        looks.sit(session, "killed", {(operator.id, "YC-20261120-00001")}, NOW)
    with centre.database.write() as session:
        assert looks.sitting_elsewhere(session, "mine", NOW) == {("YC-20261120-00001", "张敏")}
        assert looks.sitting_elsewhere(session, "killed", NOW) == set(), "its own people it knows"
        assert looks.sitting_elsewhere(session, "mine", NOW + SITS_FOR) == set()
        looks.sit(session, "mine", set(), NOW + SITS_FOR + timedelta(seconds=1))
        assert looks.sitting_elsewhere(session, "mine", NOW) == set(), "nor is it kept"
