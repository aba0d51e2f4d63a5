"""The whole way from a source's socket into the database, and back."""

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed, InvalidStatus

from casework.lifecycle import Rules
from db.database import Database
from db.inbox import take_feed
from db.models import DeadLetter, FeedCursor, FeedStatus
from db.vault import Vault
from feeds.server import token_hash
from tests.feeds.centre import (
    FEED,
    PATIENCE,
    TOKEN,
    Source,
    acknowledged,
    admitted,
    frame,
    free_port,
    ingesting,
    knock,
    link,
    recorded,
    send,
)
from tests.postgres import PostgresServer
from tests.records import Feed


@pytest.fixture
def centre(database_url: str, vault: Vault, rules: Rules) -> Any:
    return lambda *links: ingesting(database_url, vault, rules, *links)


def test_the_centre_dials_and_acknowledges_what_is_committed(centre: Any, database: Database) -> None:
    async def story() -> None:
        source = Source()
        async with source.open() as url, centre(link("dial", url)):
            path, connection = await source.dialled()
            assert path == "/", "the very first connect asks for everything"
            for number in range(1, 30):
                await send(connection, frame(number))
                for ack in await acknowledged(connection, number):
                    assert f"e{ack}" in recorded(database), "no acknowledgement runs ahead of the commit"

    asyncio.run(story())
    assert len(recorded(database)) == 29


def test_after_a_break_the_centre_dials_for_what_comes_after_its_cursor(centre: Any, database: Database) -> None:
    async def story() -> None:
        source = Source()
        async with source.open() as url, centre(link("dial", url)):
            _, connection = await source.dialled()
            await send(connection, frame(1), frame(2))
            await acknowledged(connection, 2)
            await connection.close()
            path, connection = await source.dialled()
            assert path == "/?after=2"
            await send(connection, frame(2), frame(3))
            await acknowledged(connection, 3)

    asyncio.run(story())
    assert recorded(database) == {"e1": "created", "e2": "created", "e3": "created"}


def test_the_centre_goes_on_dialling_a_source_that_is_not_there_yet(centre: Any) -> None:
    async def story() -> None:
        source, port = Source(), free_port()
        async with centre(link("dial", f"ws://127.0.0.1:{port}/")):
            await asyncio.sleep(0)  # the first attempts fail: nobody listens yet
            async with source.open(port):
                await source.dialled()

    asyncio.run(story())


def test_a_listening_centre_says_where_to_resume(centre: Any) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address:
            async with admitted(address) as (connection, resume):
                assert resume is None
                await send(connection, orjson.dumps([orjson.loads(frame(number)) for number in (1, 2, 3)]))
                await acknowledged(connection, 3)
            async with admitted(address) as (_, resume):
                assert resume == "3"

    asyncio.run(story())


@pytest.mark.parametrize("token", ["wrong", "", None, f"{TOKEN}x", "sha256:" + "0" * 64, token_hash(TOKEN)])
def test_a_source_without_the_feeds_token_is_turned_away(centre: Any, token: str | None) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address:
            with pytest.raises(InvalidStatus) as refusal:
                await knock(address, token)
            assert refusal.value.response.status_code == 401

    asyncio.run(story())


@pytest.mark.parametrize("subprotocols", [None, ["mqtt"]])
def test_a_source_that_does_not_speak_the_subprotocol_is_refused(centre: Any, subprotocols: list[str] | None) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address:
            async with admitted(address):
                pass
            with pytest.raises(InvalidStatus) as refusal:
                await knock(address, subprotocols=subprotocols)
            assert refusal.value.response.status_code == 400

    asyncio.run(story())


def test_an_unknown_feed_is_no_feed(centre: Any) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address:
            with pytest.raises(InvalidStatus) as refusal:
                await knock(address, feed="water")
            assert refusal.value.response.status_code == 401

    asyncio.run(story())


def test_bad_input_becomes_dead_letters_and_the_feed_goes_on(centre: Any, database: Database) -> None:
    bad = [
        b"not json",
        b"[" * 10_000,
        frame(2).replace(b"DH2", b"\xff\xfe"),
        frame(3, callTime="99999-01-01 00:00:00"),
        frame(4).replace('"小区楼下油烟扰民"'.encode(), b"NaN"),
        frame(5).replace('"小区楼下油烟扰民"'.encode(), b'"\\ud800"'),
        b"[]",
    ]

    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, frame(1), *bad)
            await connection.send(frame(6))  # bytes go out as a binary frame
            await send(connection, frame(7, address="长" * 300_000))
            await acknowledged(connection, 7)

    asyncio.run(story())
    with database.read() as session:
        reasons = list(session.scalars(select(DeadLetter.reason).order_by(DeadLetter.id)))
    assert len(reasons) == 8
    assert reasons[-1].startswith("frame: binary")
    assert {event: outcome for event, outcome in recorded(database).items() if outcome == "created"} == {
        "e1": "created",
        "e7": "created",
    }


def test_a_frame_over_a_mebibyte_ends_the_connection_and_nothing_else(centre: Any) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address:
            async with admitted(address) as (connection, _):
                await send(connection, b"x" * (2**20 + 1))
                with pytest.raises(ConnectionClosed) as end:
                    await asyncio.wait_for(connection.recv(), PATIENCE)
                assert end.value.rcvd is not None
                assert end.value.rcvd.code == 1009
            async with admitted(address) as (connection, _):
                await send(connection, frame(1))
                await acknowledged(connection, 1)

    asyncio.run(story())


def test_a_newer_connection_takes_the_place_of_an_older_one(centre: Any, database: Database) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (old, _), admitted(address) as (new, _):
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(old.recv(), PATIENCE)
            await send(new, frame(1))
            await acknowledged(new, 1)

    asyncio.run(story())
    assert recorded(database) == {"e1": "created"}


def test_a_peer_that_never_reads_acknowledgements_delays_nobody_else(centre: Any) -> None:
    async def story() -> None:
        links = (link("listen"), link("listen", feed=Feed.GRID))
        async with (
            centre(*links) as address,
            admitted(address, close_timeout=0.2) as (deaf, _),
            admitted(address, feed=Feed.GRID) as (other, _),
        ):
            deaf.transport.pause_reading()
            await send(deaf, *(frame(number) for number in range(1, 200)))
            await send(other, b'{"sequence":"5"}')
            assert await acknowledged(other, 5) == [5]

    asyncio.run(story())


def test_what_comes_while_the_database_is_away_is_kept_and_acknowledged_later(
    postgres: PostgresServer, vault: Vault, rules: Rules
) -> None:
    url = postgres.new_database("ingest_away", "template_bihuan")

    async def story() -> None:
        async with ingesting(url, vault, rules, link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, frame(1))
            await acknowledged(connection, 1)
            await asyncio.to_thread(postgres.stop)
            await send(connection, *(frame(number) for number in range(2, 50)))
            await asyncio.to_thread(postgres.start)
            await acknowledged(connection, 49)

    asyncio.run(story())
    database = Database(url)
    assert len(recorded(database)) == 49
    database.close()


def test_one_ingester_holds_a_feed_and_another_takes_over(centre: Any, database: Database) -> None:
    async def story() -> None:
        source = Source()
        async with source.open() as url:
            first = centre(link("dial", url))
            await first.__aenter__()
            _, connection = await source.dialled()
            async with centre(link("dial", url)):
                await send(connection, frame(1))
                await acknowledged(connection, 1)
                assert source.connections.empty(), "the second waits"
                await first.__aexit__(None, None, None)
                path, connection = await source.dialled()
                assert path == "/?after=1"
                await send(connection, frame(2))
                await acknowledged(connection, 2)

    asyncio.run(story())
    with database.read() as session:
        assert session.execute(select(FeedCursor.sequence, FeedCursor.epoch)).one() == (2, 2)


def test_a_source_whose_feed_another_ingester_took_is_told_to_try_again(centre: Any, database: Database) -> None:
    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            with database.write() as session:
                take_feed(session, FEED)
            await send(connection, frame(1))
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(connection.recv(), PATIENCE)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "another ingester holds this feed")

    asyncio.run(story())
    assert recorded(database) == {}


def test_a_feeds_health_is_stored_for_the_screens(centre: Any, database: Database) -> None:
    def states() -> list[str]:
        with database.read() as session:
            return list(session.scalars(select(FeedStatus.state)))

    async def story() -> None:
        async with centre(link("listen")) as address, admitted(address) as (connection, _):
            await send(connection, frame(1))
            await acknowledged(connection, 1)
            async with asyncio.timeout(PATIENCE):
                while states() not in (["connected"], ["lagging"]):
                    await asyncio.sleep(0.05)

    asyncio.run(story())
