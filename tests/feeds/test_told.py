"""A source that asks for it is told over its own socket what was decided here about its records."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection

from casework.lifecycle import Rules
from casework.moves import Assign
from db import acts, outbox
from db.database import Database, DatabaseAway
from db.models import DeadLetter, FeedCursor, Report
from db.vault import Vault
from feeds.simulator.following import Following
from feeds.simulator.play import Play
from feeds.simulator.source import open_source
from feeds.telling import ASSIGNMENT, MOST_TOLD
from tests.db.centre import folded
from tests.feeds.centre import FEED, PATIENCE, TOKEN, Source, admitted, frame, ingesting, link, recorded, send
from tests.feeds.simulator.demo import world
from tests.feeds.simulator.test_following import OTHER, handled
from tests.feeds.simulator.test_source import Clock
from tests.postgres import PostgresServer
from tests.records import NOW, Feed

WANTED = orjson.dumps({"accepts": [ASSIGNMENT]})
A_WHILE = 0.7  # well beyond what a decision takes to be on its way

Peer = ServerConnection | ClientConnection
Meet = Callable[[], Any]


@pytest.fixture
def centre(database_url: str, vault: Vault, rules: Rules) -> Any:
    return lambda *links: ingesting(database_url, vault, rules, *links)


@pytest.fixture(params=["dial", "listen"])
def meeting(request: pytest.FixtureRequest, centre: Any) -> Meet:
    """A running centre and a source connected to it, one way round and the other."""
    return lambda: _dialled(centre) if request.param == "dial" else _listening(centre)


@asynccontextmanager
async def _dialled(centre: Any) -> AsyncIterator[Peer]:
    source = Source()
    async with source.open() as url, centre(link("dial", url)):
        _, connection = await source.dialled()
        yield connection


@asynccontextmanager
async def _listening(centre: Any) -> AsyncIterator[Peer]:
    async with centre(link("listen")) as address, admitted(address) as (connection, _):
        yield connection


def decide(database: Database, *records: str, feed: Feed = FEED) -> None:
    """What a person does elsewhere: the records go to another unit, in a transaction of its own each."""
    for record in records:
        with database.write() as session:
            outbox.tell_assignment(
                session,
                feed,
                record,
                "U-WATER",
                "水务局",
                "YC-20261120-00001",
                NOW,
                kind="reassigned",
                previous="U-CITY",
                dues={"finish": NOW + timedelta(days=3)},
            )


def waiting(database: Database) -> int:
    with database.read() as session:
        return sum(each.events for each in outbox.waiting(session).values())


async def settled(database: Database, left: int) -> None:
    """Until so many events are left that no source has noted; a database that has only just come back is asked again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(DatabaseAway):
                if await asyncio.to_thread(waiting, database) == left:
                    return
            await asyncio.sleep(0.02)


async def heard(connection: Peer, count: int) -> list[dict[str, Any]]:
    """The next `count` events the centre tells; acknowledgements of ours are read and passed over."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            told = orjson.loads(await connection.recv())
            if "ack" not in told:
                found.append(told)
    return found


async def silence(connection: Peer) -> None:
    """Nothing but acknowledgements comes for a while."""
    try:
        async with asyncio.timeout(A_WHILE):
            told = await heard(connection, 1)
    except TimeoutError:
        return
    raise AssertionError(told)


async def note(connection: Peer, event: dict[str, Any]) -> None:
    await send(connection, orjson.dumps({"noted": event["sequence"]}))


def records(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["data"]["record"] for event in events]


def test_a_source_that_asks_is_told_what_waits_and_what_is_decided_from_then_on(
    meeting: Meet, database: Database
) -> None:
    decide(database, "DH1", "DH2")
    decide(database, "WG1", feed=Feed.GRID)

    async def story() -> None:
        async with meeting() as connection:
            await send(connection, WANTED)
            told = await heard(connection, 2)
            assert records(told) == ["DH1", "DH2"]
            assert (told[0]["source"], told[0]["type"], told[0]["sequence"]) == ("/bihuan/yunchuan", ASSIGNMENT, "1")
            await note(connection, told[1])
            await settled(database, 1)
            await asyncio.to_thread(decide, database, "DH3")
            began = time.monotonic()
            (event,) = await heard(connection, 1)
            assert time.monotonic() - began < 5, "a decision is on its way at once; the time is a slow machine's"
            assert event["data"]["record"] == "DH3"
            assert event["data"]["unit"] == "U-WATER"
            await note(connection, event)
            await settled(database, 1)

    asyncio.run(story())
    with database.read() as session:
        assert list(outbox.waiting(session)) == [Feed.GRID], "the other feed's source has not been told"


def test_a_source_that_did_not_ask_gets_no_frame_it_does_not_know(meeting: Meet, database: Database) -> None:
    async def story() -> None:
        async with meeting() as connection:
            await asyncio.to_thread(decide, database, "DH1")
            await send(connection, frame(1))
            assert orjson.loads(await connection.recv()) == {"ack": "1"}
            await silence(connection)

    asyncio.run(story())
    assert waiting(database) == 1


def test_what_was_not_noted_is_told_again_over_the_next_connection(centre: Any, database: Database) -> None:
    decide(database, "DH1", "DH2", "DH3")

    async def story() -> None:
        async with centre(link("listen")) as address:
            async with admitted(address) as (connection, _):
                await send(connection, WANTED)
                before = await heard(connection, 3)
                await note(connection, before[0])
                await settled(database, 2)
            async with admitted(address) as (connection, _):
                await silence(connection)
                await send(connection, WANTED)
                assert await heard(connection, 2) == before[1:], "the same events, with the ids they had"
                await silence(connection)

    asyncio.run(story())


def test_an_ingester_that_ends_between_telling_and_hearing_tells_again(centre: Any, database: Database) -> None:
    decide(database, "DH1")

    async def once(*, noted: bool) -> dict[str, Any]:
        source = Source()
        async with source.open() as url, centre(link("dial", url)):
            _, connection = await source.dialled()
            await send(connection, WANTED)
            (event,) = await heard(connection, 1)
            if noted:
                await note(connection, event)
                await settled(database, 0)
        return event

    async def story() -> None:
        assert await once(noted=False) == await once(noted=True)

    asyncio.run(story())


def test_only_so_many_are_on_their_way_at_once(centre: Any, database: Database) -> None:
    with database.write() as session:
        for number in range(MOST_TOLD + 20):
            outbox.tell_assignment(
                session, FEED, f"DH{number}", "U", None, "YC-1", NOW, kind="assigned", previous=None, dues={}
            )

    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, WANTED)
            first = await heard(connection, MOST_TOLD)
            await silence(connection)
            await note(connection, first[2])
            more = await heard(connection, 3)
            await silence(connection)
            await note(connection, more[-1])
            rest = await heard(connection, 17)
            await note(connection, rest[-1])
            assert records([*first, *more, *rest]) == [f"DH{number}" for number in range(MOST_TOLD + 20)]
            await settled(database, 0)

    asyncio.run(story())


def test_a_source_that_never_notes_anything_goes_on_being_heard(centre: Any, database: Database) -> None:
    decide(database, *(f"DH{number}" for number in range(5)))

    async def story() -> None:
        links = (link("listen"), link("listen", feed=Feed.GRID))
        async with (
            centre(*links) as address,
            admitted(address, close_timeout=0.2) as (deaf, _),
            admitted(address, feed=Feed.GRID) as (other, _),
        ):
            await send(deaf, WANTED)
            deaf.transport.pause_reading()
            await send(deaf, *(frame(number) for number in range(1, 200)))
            await send(other, b'{"sequence":"5"}')
            assert orjson.loads(await asyncio.wait_for(other.recv(), PATIENCE)) == {"ack": "5"}
            async with asyncio.timeout(PATIENCE):
                while len(await asyncio.to_thread(recorded, database)) < 200:
                    await asyncio.sleep(0.05)

    asyncio.run(story())
    assert waiting(database) == 5


def test_telling_and_being_told_go_on_side_by_side(centre: Any, database: Database) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, WANTED)
            deciding = asyncio.to_thread(decide, database, *(f"DH{number}" for number in range(30)))
            sending = send(connection, *(frame(number) for number in range(1, 301)))
            events, acks = asyncio.gather(deciding, sending), [0]
            told: list[dict[str, Any]] = []
            async with asyncio.timeout(PATIENCE):
                while len(told) < 30 or acks[-1] < 300:
                    said = orjson.loads(await connection.recv())
                    if "ack" in said:
                        acks.append(int(said["ack"]))
                    else:
                        told.append(said)
                        await note(connection, said)
            await events
            assert records(told) == [f"DH{number}" for number in range(30)]
            await settled(database, 0)

    asyncio.run(story())
    assert len(recorded(database)) == 300, "what is said about the telling is no event"


def test_what_a_source_says_without_sense_is_logged_once_and_stops_nothing(
    centre: Any, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    decide(database, "DH1")
    nonsense = [b'{"accepts":7}', b'{"noted":"x"}', b'{"noted":"99"}', b'{"accepts":[null]}']

    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, *nonsense, WANTED)
            (event,) = await heard(connection, 1)
            await send(connection, *nonsense, frame(1))
            assert orjson.loads(await asyncio.wait_for(connection.recv(), PATIENCE)) == {"ack": "1"}
            await note(connection, event)
            await settled(database, 0)

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert [each.getMessage() for each in caplog.records if "heeded" in each.getMessage()] == [
        "feed hotline12345: the source said something that can't be heeded: "
        "accepts: expected an array of event types, got a number"
    ]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(DeadLetter)) == 0


def test_a_binary_frame_is_a_dead_letter_whatever_it_asks(centre: Any, database: Database) -> None:
    decide(database, "DH1")

    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await connection.send(WANTED)  # bytes go out as a binary frame
            await send(connection, frame(1))
            assert orjson.loads(await asyncio.wait_for(connection.recv(), PATIENCE)) == {"ack": "1"}
            await silence(connection)

    asyncio.run(story())
    assert sorted(recorded(database).values()) == ["created", "dead_letter"]


def test_whatever_is_wrong_with_the_outbox_the_sources_events_go_on(centre: Any, database: Database) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            with database.write() as session:
                session.execute(text("DROP TABLE outbox"))
            await send(connection, WANTED)
            await silence(connection)
            await send(connection, frame(1))
            assert orjson.loads(await asyncio.wait_for(connection.recv(), PATIENCE)) == {"ack": "1"}

    asyncio.run(story())


def test_two_ingesters_tell_a_source_once(centre: Any, database: Database) -> None:
    async def story() -> None:
        source = Source()
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(source.open())
            await stack.enter_async_context(centre(link("dial", url)))
            _, connection = await source.dialled()
            await stack.enter_async_context(centre(link("dial", url)))
            await send(connection, WANTED)
            await asyncio.to_thread(decide, database, "DH1")
            await heard(connection, 1)
            await silence(connection)
            assert source.connections.empty(), "only the holder is connected"

    asyncio.run(story())


def test_what_is_decided_before_and_after_the_database_was_away_is_told(
    postgres: PostgresServer, vault: Vault, rules: Rules, postgres_template: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres.new_database("told_away", postgres_template)
    database = Database(url)
    decide(database, "DH1")

    async def story() -> None:
        async with ingesting(url, vault, rules, link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, WANTED)
            told = await heard(connection, 1)
            await asyncio.to_thread(postgres.stop)
            await note(connection, told[0])
            await asyncio.sleep(0.3)
            await asyncio.to_thread(postgres.start)
            await settled(database, 0)
            await asyncio.to_thread(decide, database, "DH2")
            assert records(await heard(connection, 1)) == ["DH2"]

    asyncio.run(story())
    assert "telling its source failed" not in caplog.text, "that the database is away is the writer's to say"
    database.close()


def test_a_reassignment_goes_out_and_comes_back_as_the_sources_own_word(
    centre: Any, database: Database, rules: Rules, tmp_path: Path
) -> None:
    before, after, *_ = handled(Feed.GRID)
    clock, following = Clock(before.at), Following(Feed.GRID, tmp_path / "told")
    with database.write() as session:
        session.add(FeedCursor(feed=Feed.GRID, sequence=before.sequence - 1, epoch=0))

    def holder() -> tuple[str | None, str | None]:
        """The unit that has the record here, and the one its source last named."""
        with database.read() as session:
            threads = [thread for case in folded(session).values() for thread in case.threads]
        (thread,) = (each for each in threads if each.report == f"grid:{before.source_id}")
        return thread.holder.unit_code if thread.holder is not None else None, thread.source_unit

    def reassign() -> None:
        """A person's act, and nothing beside it."""
        at = before.at + timedelta(seconds=1)
        with database.write() as session:
            case_id = session.scalars(select(Report.case_id).where(Report.source_id == before.source_id)).one()
            acts.act(session, rules, case_id, Assign(by="centre", at=at, reason="不属其职责", unit=OTHER))

    async def story() -> None:
        played = Play(Feed.GRID, world(), clock, beat_seconds=0.01, following=following)
        async with await open_source(played, port=0, token=TOKEN, following=following) as server:
            port = server.sockets[0].getsockname()[1]
            async with centre(link("dial", f"ws://127.0.0.1:{port}/", Feed.GRID)), asyncio.timeout(PATIENCE):
                while not await asyncio.to_thread(recorded, database):
                    await asyncio.sleep(0.02)
                await asyncio.to_thread(reassign)
                await settled(database, 0)
                assert holder() == (OTHER, before.record["dealDeptCode"])
                clock.now = after.at
                while (await asyncio.to_thread(holder))[1] != OTHER:
                    await asyncio.sleep(0.02)

    asyncio.run(story())
    assert holder() == (OTHER, OTHER)
