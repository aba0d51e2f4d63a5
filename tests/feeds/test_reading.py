"""The reading process: a real one, asked over its real socket."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import orjson

from casework.report import Report
from db.vault import Vault
from feeds.codes import CodeMap
from feeds.protocol import Dialect, FrameReader, Read
from feeds.reading import Reading
from tests.feeds.centre import PATIENCE
from tests.records import DIALECTS, NOW, READERS, Feed, envelope, event

DEADLY = "the worker dies of this"


def frame(number: int, **changes: Any) -> bytes:
    return orjson.dumps(envelope(Feed.GRID, event(eventCode=f"WG{number}", **changes), f"e{number}", number))


def die_of_some(record: Mapping[str, Any], codes: CodeMap) -> Report:
    """A translator that takes its process with it, as a fault in a library would."""
    if record["desc"] == DEADLY:
        os._exit(3)
    return DIALECTS[Feed.GRID].translate(record, codes)


def reading(story: Callable[[Reading], Coroutine[Any, Any, None]], reader: FrameReader = READERS[Feed.GRID]) -> None:
    """Tell the story beside a running reading process; it must be over in time."""

    async def run() -> None:
        ours = Reading({Feed.GRID: reader})
        running = asyncio.create_task(ours.run())
        try:
            async with asyncio.timeout(PATIENCE):
                await story(ours)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


def ask(ours: Reading, number: int, **changes: Any) -> asyncio.Future[list[Read]]:
    return ours.read(Feed.GRID, frame(number, **changes), NOW, binary=False)


def test_frames_come_back_read_sealed_and_in_order(vault: Vault) -> None:
    async def story(ours: Reading) -> None:
        told = await asyncio.gather(*(ask(ours, number) for number in range(50)))
        assert [message.event_id for ((message, _),) in told] == [f"e{number}" for number in range(50)]
        ((message, time),) = told[0]
        assert time == NOW
        assert message.report is not None
        assert message.contents is not None
        assert vault.open_report(message.contents.persons.sealed)[0][0].name == "诸葛虚构"
        assert orjson.loads(vault.open(message.sealed, Feed.GRID))["id"] == "e0"

    reading(story)


def test_what_leaves_the_reading_process_has_no_persons_in_the_clear() -> None:
    async def story(ours: Reading) -> None:
        ((message, _),) = await ask(ours, 1, desc="当事人诸葛虚构电话19900007777")
        for secret in ("诸葛虚构", "19900007777"):
            assert secret not in repr(message)

    reading(story)


def test_frames_outlive_the_process_that_was_reading_them() -> None:
    async def story(ours: Reading) -> None:
        await ask(ours, 0)
        assert ours.process is not None
        first = ours.process
        waiting = [ask(ours, number) for number in range(1, 200)]
        os.kill(first, 9)
        told = await asyncio.gather(*waiting)
        assert [message.event_id for ((message, _),) in told] == [f"e{number}" for number in range(1, 200)]
        assert ours.process not in (None, first)

    reading(story)


def test_a_frame_the_process_dies_of_becomes_a_dead_letter() -> None:
    grid = DIALECTS[Feed.GRID]
    deadly = FrameReader(Dialect(Feed.GRID, grid.event_type, die_of_some, grid.codes), READERS[Feed.GRID].vault)

    async def story(ours: Reading) -> None:
        told = await asyncio.gather(ask(ours, 1), ask(ours, 2, desc=DEADLY), ask(ours, 3))
        assert [message.reason for ((message, _),) in told] == ["", "frame: reading it ended the reading process", ""]

    reading(story, deadly)


def test_who_no_longer_waits_disturbs_nobody() -> None:
    async def story(ours: Reading) -> None:
        ask(ours, 1).cancel()
        ((message, _),) = await ask(ours, 2)
        assert message.event_id == "e2"

    reading(story)


def test_nobody_waits_for_an_answer_after_its_end() -> None:
    """Whoever stops the ingester in the middle of a flood is not kept waiting for ever."""

    async def run() -> None:
        ours = Reading({Feed.GRID: READERS[Feed.GRID]})
        running = asyncio.create_task(ours.run())
        await ask(ours, 0)
        answers = [ask(ours, number) for number in range(50)]
        running.cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(running, *answers, return_exceptions=True)
        assert all(answer.cancelled() for answer in answers)

    asyncio.run(run())
