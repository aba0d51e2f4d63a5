"""The writer, with a database of its own and no socket."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from casework.vocabulary import Outcome
from db.database import Database
from db.inbox import Hold, Recorded, Recorder, take_feed
from db.message import Message
from feeds.protocol import MOST_IN_FLIGHT
from feeds.writer import Delivery, Superseded, Writer
from tests.feeds.centre import PATIENCE, idle_threads, recorded
from tests.records import Feed, event, message, order

HOTLINE, GRID = Feed.HOTLINE12345, Feed.GRID


class Desk:
    """A writer with both feeds held, and what it said was committed, in order."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self.database = database
        self.committed: asyncio.Queue[Message] = asyncio.Queue()
        self.writer = Writer(database, recorder, [HOTLINE, GRID], lambda message, outcome: None)
        for feed, inlet in self.writer.inlets.items():
            with database.write() as session:
                inlet.begin(take_feed(session, feed))

    async def put(self, *messages: Message) -> None:
        for each in messages:
            delivery = Delivery(each, lambda message, _: self.committed.put_nowait(message))
            await self.writer.inlets[each.feed].put(delivery, 1)

    async def heard(self, count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE):
            return [(await self.committed.get()).event_id for _ in range(count)]

    def tell(self, story: Any) -> None:
        async def run() -> None:
            running = asyncio.create_task(self.writer.run())
            try:
                await story()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await idle_threads()

        asyncio.run(run())


def numbered(count: int, first: int = 1) -> list[Message]:
    return [message(HOTLINE, order(orderNum=f"DH{n}"), f"e{n}", n) for n in range(first, first + count)]


def test_what_is_said_to_be_committed_is_committed(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, recorder)

    async def story() -> None:
        await desk.put(*numbered(700))
        assert await desk.heard(700) == [f"e{n}" for n in range(1, 701)]
        assert len(recorded(database)) == 700

    desk.tell(story)


def test_every_batch_is_written_on_the_same_thread(database: Database, recorder: Recorder) -> None:
    """However many other threads there are by then: each would keep memory of its own."""
    desk, threads = Desk(database, recorder), []
    record = recorder.record

    def noted(session: Session, messages: Sequence[Message], holds: Sequence[Hold] = ()) -> Recorded:
        threads.append(threading.current_thread().name)
        return record(session, messages, holds)

    async def story() -> None:
        for number in range(1, 6):
            all_at_once = threading.Barrier(number)
            await asyncio.gather(*(asyncio.to_thread(all_at_once.wait, PATIENCE) for _ in range(number)))
            await desk.put(*numbered(1, number))
            await desk.heard(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "record", noted)
        desk.tell(story)
    assert threads == ["writer_0"] * 5


def test_a_full_inlet_makes_its_source_wait_and_loses_nothing(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, recorder)

    async def story() -> None:
        offered = asyncio.create_task(desk.put(*numbered(MOST_IN_FLIGHT + 700)))
        most = 0
        heard = 0
        while heard < MOST_IN_FLIGHT + 700:
            heard += len(await desk.heard(1))
            most = max(most, len(desk.writer.inlets[HOTLINE]))
        await offered
        assert most <= MOST_IN_FLIGHT

    desk.tell(story)
    assert len(recorded(database)) == MOST_IN_FLIGHT + 700


class Spoilt(Recorder):
    """A recorder that some message makes fail, whatever it is batched with."""

    def record(self, session: Session, messages: Sequence[Message], holds: Any = ()) -> Recorded:
        if any(each.event_id == "e13" and each.report is not None for each in messages):
            raise ArithmeticError("what is in the message must not be logged")
        return super().record(session, messages, holds)


def test_one_message_that_can_not_be_written_does_not_stop_the_others(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, Spoilt(recorder.rules, recorder.prefix))

    async def story() -> None:
        await desk.put(*numbered(40))
        await desk.heard(40)

    desk.tell(story)
    outcomes = recorded(database)
    assert len(outcomes) == 40
    assert outcomes.pop("e13") == Outcome.DEAD_LETTER
    assert set(outcomes.values()) == {Outcome.CREATED}


def test_a_flood_in_one_feed_leaves_room_for_another(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, recorder)

    async def story() -> None:
        await desk.put(*numbered(1_500))
        await desk.put(message(GRID, event(), "lone", 1))
        heard = await desk.heard(1_501)
        assert heard.index("lone") < 1_000

    desk.tell(story)


def test_a_feed_that_was_lost_is_dropped_and_the_others_written(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, recorder)
    with database.write() as session:
        take_feed(session, HOTLINE)

    async def story() -> None:
        await desk.put(*numbered(3))
        await desk.put(message(GRID, event(), "grid", 1))
        assert await desk.heard(1) == ["grid"]
        await asyncio.wait_for(desk.writer.inlets[HOTLINE].lost.wait(), PATIENCE)

    desk.tell(story)
    assert recorded(database) == {"grid": "created"}


def test_a_new_connection_forgets_what_the_old_one_left(database: Database, recorder: Recorder) -> None:
    desk = Desk(database, recorder)
    inlet = desk.writer.inlets[HOTLINE]

    async def fill() -> None:
        for each in numbered(3):
            await inlet.put(Delivery(each, lambda message, _: desk.committed.put_nowait(message)), 1)
        assert inlet.restart() == 2
        with pytest.raises(Superseded):
            await inlet.put(Delivery(each, lambda message, _: desk.committed.put_nowait(message)), 1)

    asyncio.run(fill())
    assert len(inlet) == 0
    assert inlet.hold == Hold(HOTLINE, 1, connection=2)
    assert recorded(database) == {}
