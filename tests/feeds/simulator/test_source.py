"""A small receiver, that knows nothing but the protocol's page, against the real sockets of a simulated source."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from casework.vocabulary import Feed
from feeds.simulator.instants import sequence_at
from feeds.simulator.play import Play
from feeds.simulator.source import open_source, send_live, serve_source
from feeds.simulator.window import MOST_UNACKNOWLEDGED
from tests.feeds.simulator.demo import NOW, world

TOKEN = "a-token-for-tests"
CLOUDEVENTS = Subprotocol("cloudevents.json")
PATIENCE = 20


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Receiver:
    """Collects events and acknowledges them when told to."""

    connection: ClientConnection | ServerConnection
    events: list[dict[str, Any]] = field(default_factory=list)

    async def frame(self) -> list[dict[str, Any]]:
        text = await self.connection.recv()
        assert isinstance(text, str)
        told = orjson.loads(text)
        batch = told if isinstance(told, list) else [told]
        self.events.extend(batch)
        return batch

    async def ack(self) -> None:
        await self.connection.send(orjson.dumps({"ack": self.events[-1]["sequence"]}).decode())

    async def until(self, count: int, *, acknowledge: bool = True) -> None:
        while len(self.events) < count:
            await self.frame()
            if acknowledge:
                await self.ack()

    @property
    def sequences(self) -> list[int]:
        return [int(event["sequence"]) for event in self.events]


def within_patience(scenario: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await scenario

    asyncio.run(bounded())


def play(feed: Feed = Feed.GRID, clock: Clock | None = None) -> Play:
    return Play(feed, world(), clock or Clock(), beat_seconds=0.01)


@asynccontextmanager
async def source(played: Play) -> AsyncIterator[str]:
    server = await open_source(played, port=0, token=TOKEN)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"ws://{host}:{port}/"


@asynccontextmanager
async def dialled(url: str, after: int | None = None, token: str = TOKEN) -> AsyncIterator[Receiver]:
    address = url if after is None else f"{url}?after={after}"
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(address, additional_headers=headers, subprotocols=[CLOUDEVENTS]) as connection:
        assert connection.subprotocol == CLOUDEVENTS
        yield Receiver(connection)


def expected(feed: Feed, after: timedelta, until: timedelta = timedelta(0)) -> list[int]:
    return [version.sequence for version in world().versions(feed, NOW - after, NOW - until)]


def test_a_receiver_that_was_away_is_sent_everything_since_and_nothing_else() -> None:
    async def scenario() -> None:
        away = expected(Feed.GRID, timedelta(hours=30))
        async with source(play()) as url, dialled(url, sequence_at(NOW - timedelta(hours=30))) as receiver:
            await receiver.until(len(away))
            assert receiver.sequences == away
            assert receiver.events[0]["type"] == "cn.grid.event.v1"

    within_patience(scenario())


def test_what_happens_now_arrives_as_the_clock_goes_on() -> None:
    async def scenario() -> None:
        clock = Clock(NOW - timedelta(hours=2))
        coming = expected(Feed.GRID, timedelta(hours=2))
        async with source(play(clock=clock)) as url, dialled(url, sequence_at(clock.now)) as receiver:
            for version in coming[:5]:
                clock.now = NOW - timedelta(microseconds=sequence_at(NOW) - version)
                assert [int(event["sequence"]) for event in await receiver.frame()] == [version]

    within_patience(scenario())


def test_a_first_connect_is_sent_the_history_and_then_what_happens() -> None:
    async def scenario() -> None:
        clock = Clock()
        start = NOW - timedelta(days=world().settings.history_days)
        history = [version.sequence for version in world().snapshot(Feed.POLICE110, start, NOW)]
        async with source(play(Feed.POLICE110, clock)) as url, dialled(url) as receiver:
            await receiver.until(len(history))
            assert receiver.sequences == history
            clock.now = NOW + timedelta(hours=3)
            later = expected(Feed.POLICE110, timedelta(0), -timedelta(hours=3))
            await receiver.until(len(history) + len(later))
            assert receiver.sequences[len(history) :] == later

    within_patience(scenario())


def test_no_more_than_two_thousand_events_are_ever_unacknowledged() -> None:
    async def scenario() -> None:
        async with source(play(Feed.HOTLINE12345)) as url, dialled(url) as receiver:
            await receiver.until(MOST_UNACKNOWLEDGED - 99, acknowledge=False)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await receiver.until(MOST_UNACKNOWLEDGED + 1, acknowledge=False)
            assert len(receiver.events) <= MOST_UNACKNOWLEDGED
            stopped_at = len(receiver.events)
            await receiver.ack()
            await receiver.until(stopped_at + 1500, acknowledge=False)

    within_patience(scenario())


def test_after_a_broken_line_the_rest_of_the_history_follows_and_nothing_is_lost() -> None:
    async def scenario() -> None:
        start = NOW - timedelta(days=world().settings.history_days)
        history = [version.sequence for version in world().snapshot(Feed.GRID, start, NOW)]
        async with source(play()) as url:
            async with dialled(url) as first:
                await first.until(1_000)
                first.connection.transport.abort()
            async with dialled(url, first.sequences[999]) as second:
                await second.until(len(history) - 1_000)
        assert first.sequences[:1_000] + second.sequences == history

    within_patience(scenario())


def test_two_receivers_are_told_the_same() -> None:
    async def scenario() -> None:
        after = sequence_at(NOW - timedelta(hours=6))
        async with source(play()) as url, dialled(url, after) as one, dialled(url, after) as other:
            await one.until(20)
            await other.until(20)
            assert one.events[:20] == other.events[:20]

    within_patience(scenario())


def test_frames_that_are_no_acks_do_not_disturb_a_source() -> None:
    async def scenario() -> None:
        away = expected(Feed.GRID, timedelta(hours=30))
        async with source(play()) as url, dialled(url, sequence_at(NOW - timedelta(hours=30))) as receiver:
            for frame in ("", "no json", '{"ack": null}', "[1]"):
                await receiver.connection.send(frame)
            await receiver.until(len(away))
            assert receiver.sequences == away

    within_patience(scenario())


def test_a_source_that_is_stopped_says_goodbye_and_is_gone() -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        serving = asyncio.create_task(serve_source(play(), port=port, token=TOKEN))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"ws://127.0.0.1:{port}/"
        async for connection in connect(url, additional_headers=headers, subprotocols=[CLOUDEVENTS]):
            await Receiver(connection).frame()
            serving.cancel()
            async for _ in connection:
                pass
            assert connection.close_code == 1001
            break
        with pytest.raises(asyncio.CancelledError):
            await serving

    within_patience(scenario())


def test_a_broken_line_is_no_error_of_the_source(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with source(play()) as url:
            for _ in range(2):
                async with dialled(url) as receiver:
                    await receiver.frame()
                    receiver.connection.transport.abort()

    within_patience(scenario())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(("headers", "path", "status"), [
    ({}, "", 401),
    ({"Authorization": "Bearer another"}, "", 401),
    ({"Authorization": f"Basic {TOKEN}"}, "", 401),
    ({"Authorization": f"Bearer {TOKEN}"}, "?after=yesterday", 400),
    ({"Authorization": f"Bearer {TOKEN}"}, "?after=-1", 400),
])  # fmt: skip
def test_who_may_not_or_asks_nonsense_is_turned_away(headers: dict[str, str], path: str, status: int) -> None:
    async def scenario() -> None:
        async with source(play()) as url:
            with pytest.raises(InvalidStatus) as refusal:
                await connect(url + path, additional_headers=headers, subprotocols=[CLOUDEVENTS])
            assert refusal.value.response.status_code == status

    within_patience(scenario())


@pytest.mark.parametrize("offered", [None, [Subprotocol("mqtt")]])
def test_a_receiver_of_another_subprotocol_is_turned_away(offered: list[Subprotocol] | None) -> None:
    async def scenario() -> None:
        async with source(play()) as url:
            with pytest.raises(InvalidStatus) as refusal:
                await connect(url, additional_headers={"Authorization": f"Bearer {TOKEN}"}, subprotocols=offered)
            assert refusal.value.response.status_code == 400

    within_patience(scenario())


@asynccontextmanager
async def listening_centre(
    resume_points: list[str], wanted: int
) -> AsyncIterator[tuple[str, asyncio.Future[Receiver]]]:
    """A centre that listens: hangs up on all but its last caller, who is heard until `wanted` events have come."""
    done: asyncio.Future[Receiver] = asyncio.get_running_loop().create_future()
    points = iter(resume_points)

    async def attend(connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.headers["Authorization"] == f"Bearer {TOKEN}"
        point = next(points)
        await connection.send(point)
        if point != resume_points[-1]:
            return
        receiver = Receiver(connection)
        await receiver.until(wanted)
        done.set_result(receiver)
        await connection.wait_closed()

    async with serve(attend, "127.0.0.1", 0, subprotocols=[CLOUDEVENTS]) as server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"ws://{host}:{port}/feeds/grid", done


def test_a_source_rings_a_listening_centre_again_and_goes_on_where_it_says() -> None:
    async def scenario() -> None:
        after = sequence_at(NOW - timedelta(hours=20))
        away = expected(Feed.GRID, timedelta(hours=20))
        points = ["what?", '{"resume_after": null}', f'{{"resume_after": "{after}"}}']
        async with listening_centre(points, len(away)) as (url, done):
            sending = asyncio.create_task(send_live(play(), url=url, token=TOKEN))
            receiver = await done
            assert receiver.sequences == away
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    within_patience(scenario())


def test_a_source_does_not_talk_to_a_centre_of_another_subprotocol() -> None:
    async def scenario() -> None:
        async def attend(connection: ServerConnection) -> None:
            await connection.wait_closed()

        async with serve(attend, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()[:2]
            with pytest.raises(ConnectionError, match=r"cloudevents\.json"):
                await send_live(play(), url=f"ws://{host}:{port}/feeds/grid", token=TOKEN)

    within_patience(scenario())
