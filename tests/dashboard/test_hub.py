"""Every screen gets the newest bytes, and a slow one costs nobody anything."""

import asyncio

from dashboard.gauges import Gauges
from dashboard.live.hub import Hub, Slot


def taken(slot: Slot, count: int) -> list[bytes]:
    async def take() -> list[bytes]:
        return [await slot.take() for _ in range(count)]

    return asyncio.run(take())


def test_a_screen_that_was_slow_gets_only_the_newest_frame() -> None:
    slot = Slot()
    for number in range(100):
        slot.offer_frame(b"frame %d" % number)
    slot.offer_beat(b"beat")
    assert taken(slot, 2) == [b"frame 99", b"beat"]


def test_a_beat_older_than_a_waiting_frame_is_dropped() -> None:
    slot = Slot()
    slot.offer_beat(b"old beat")
    slot.offer_frame(b"frame")
    slot.offer_beat(b"beat")
    assert taken(slot, 2) == [b"frame", b"beat"]


def test_all_screens_are_sent_the_very_same_bytes() -> None:
    async def scene() -> tuple[bytes, bytes]:
        hub = Hub(Gauges())
        hub.open(asyncio.get_running_loop())
        with hub.screen() as first, hub.screen() as second:
            hub.publish(b"a frame that is long enough not to be one byte")
            return await first.take(), await second.take()

    first, second = asyncio.run(scene())
    assert first is second


def test_a_newcomer_is_shown_the_current_frame() -> None:
    async def scene() -> bytes:
        hub = Hub(Gauges())
        hub.open(asyncio.get_running_loop())
        with hub.screen() as early:
            hub.publish(b"frame")
            await early.take()
        with hub.screen() as late:
            return await late.take()

    assert asyncio.run(scene()) == b"frame"


def test_a_screen_that_left_is_forgotten() -> None:
    async def scene() -> float | None:
        gauges = Gauges()
        hub = Hub(gauges)
        with hub.screen():
            pass
        return gauges.registry.get_sample_value("bihuan_screens")

    assert asyncio.run(scene()) == 0
