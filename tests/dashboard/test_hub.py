"""Every screen gets the newest bytes, and a slow one costs nobody anything."""

import asyncio

import orjson

from dashboard.gauges import Gauges
from dashboard.live.edition import Edition
from dashboard.live.hub import Hub, Slot


def edition(seq: int, **changed: int) -> Edition:
    """A frame whose parts changed in the frames given by number."""
    parts = {name: (at, b"%d" % at) for name, at in (changed or {"headline": seq}).items()}
    return Edition(seq, b'{"seq":%d}' % seq, parts)


def taken(slot: Slot, count: int) -> list[bytes]:
    async def take() -> list[bytes]:
        return [await slot.take() for _ in range(count)]

    return asyncio.run(take())


def test_a_screen_that_was_slow_gets_only_the_newest_frame() -> None:
    slot = Slot()
    for number in range(100):
        slot.offer_edition(edition(number + 1))
    slot.offer_beat(b"beat")
    assert taken(slot, 2) == [edition(100).since(0), b"beat"]


def test_a_beat_older_than_a_waiting_frame_is_dropped() -> None:
    slot = Slot()
    slot.offer_beat(b"old beat")
    slot.offer_edition(edition(1))
    slot.offer_beat(b"beat")
    assert taken(slot, 2) == [edition(1).since(0), b"beat"]


def test_a_frame_has_only_what_changed_since_the_last_one_sent() -> None:
    slot = Slot()
    sent = []
    for seq, lanes in ((1, 1), (2, 1), (5, 4), (6, 4)):
        slot.offer_edition(edition(seq, headline=seq, lanes=lanes))
        sent += taken(slot, 1)
    told = [orjson.loads(frame) for frame in sent]
    assert [frame["seq"] for frame in told] == [1, 2, 5, 6]
    assert [set(frame["body"]) for frame in told] == [
        {"headline", "lanes"},
        {"headline"},
        {"headline", "lanes"},
        {"headline"},
    ]


def test_all_screens_are_sent_the_very_same_bytes() -> None:
    async def scene() -> tuple[bytes, bytes]:
        hub = Hub(Gauges())
        hub.open(asyncio.get_running_loop())
        with hub.screen() as first, hub.screen() as second:
            hub.publish(edition(7))
            return await first.take(), await second.take()

    first, second = asyncio.run(scene())
    assert first is second


def test_a_newcomer_is_shown_the_current_frame() -> None:
    async def scene() -> bytes:
        hub = Hub(Gauges())
        hub.open(asyncio.get_running_loop())
        with hub.screen() as early:
            hub.publish(edition(7))
            await early.take()
        with hub.screen() as late:
            return await late.take()

    assert asyncio.run(scene()) == edition(7).since(0)


def test_a_screen_that_left_is_forgotten() -> None:
    async def scene() -> float | None:
        gauges = Gauges()
        hub = Hub(gauges)
        with hub.screen():
            pass
        return gauges.registry.get_sample_value("bihuan_screens")

    assert asyncio.run(scene()) == 0
