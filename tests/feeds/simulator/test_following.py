"""A simulated source heeds what its centre tells it, notes it, and remembers it when it is started again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from casework.vocabulary import Feed
from db.outbox import Untold
from feeds.simulator.following import UNIT_FIELDS, Following, Told, noted, read_told
from feeds.simulator.instants import instant_of, sequence_at
from feeds.simulator.play import Play
from feeds.simulator.source import open_source
from feeds.simulator.world import Version
from feeds.telling import Noted, announcement, read_control
from tests.feeds.simulator.demo import NOW, world
from tests.feeds.simulator.test_source import TOKEN, Clock, Receiver, dialled, within_patience

OTHER = "999921000999"


def told_of(version: Version, unit: str | None = OTHER, previous: str | None = None, sequence: int = 7) -> Told:
    """The centre gives the version's record to another unit just after it was told."""
    own = version.record[UNIT_FIELDS[version.feed][0]]
    return Told(sequence, version.source_id, unit, "另一单位", previous or own, version.sequence + 1)


@cache
def handled(feed: Feed) -> list[Version]:
    """The later versions of one record that one unit has from beginning to end."""
    code, _ = UNIT_FIELDS[feed]
    stories: dict[str, list[Version]] = {}
    for version in world().versions(feed, NOW - timedelta(days=3), NOW):
        if code in version.record:
            stories.setdefault(version.source_id, []).append(version)
    return next(told for told in stories.values() if len(told) > 3 and len({each.record[code] for each in told}) == 1)


@pytest.mark.parametrize("feed", list(Feed))
def test_a_record_goes_on_as_the_unit_it_was_given_to(feed: Feed, tmp_path: Path) -> None:
    before, *after = handled(feed)
    following = Following(feed, tmp_path / "told")
    following.hear(told_of(before))
    code, name = UNIT_FIELDS[feed]
    assert following.applied([before]) == [before], "what was told before it was given away stays as it was"
    for version, changed in zip(after, following.applied(after), strict=True):
        assert changed.record[code] == OTHER
        assert name is None or changed.record[name] == "另一单位"
        others = {key for key in changed.record if changed.record[key] != version.record[key]}
        assert others == {code, name} - {None}
        assert (changed.sequence, changed.number, changed.at) == (version.sequence, version.number, version.at)


def test_a_source_that_is_started_again_remembers(tmp_path: Path) -> None:
    before, *after = handled(Feed.GRID)
    first = Following(Feed.GRID, tmp_path / "var" / "told")
    first.hear(told_of(before))
    with (tmp_path / "var" / "told").open("ab") as file:
        file.write(b"\n[8,")  # killed while it wrote
    again = Following(Feed.GRID, tmp_path / "var" / "told")
    assert again.applied(after) == first.applied(after) != after
    again.hear(told_of(before, "U-THIRD", previous=OTHER, sequence=8))
    third = Following(Feed.GRID, tmp_path / "var" / "told").applied(after)
    assert {each.record["dealDeptCode"] for each in third} == {"U-THIRD"}, "what follows half a line is read"


def test_what_is_taken_back_is_its_first_units_again(tmp_path: Path) -> None:
    before, *after = handled(Feed.GRID)
    own = before.record["dealDeptCode"]
    following = Following(Feed.GRID, tmp_path / "told")
    following.hear(told_of(before))
    following.hear(told_of(before, unit=own, previous=OTHER))
    assert following.applied(after) == after


def test_what_the_centre_tells_twice_changes_nothing(tmp_path: Path) -> None:
    before, *after = handled(Feed.GRID)
    first, second = told_of(before), told_of(before, unit="U-THIRD", previous=OTHER)
    once, twice = Following(Feed.GRID, tmp_path / "once"), Following(Feed.GRID, tmp_path / "twice")
    for told in (first, second):
        once.hear(told)
    for told in (first, second, first, second):
        twice.hear(told)
    assert once.applied(after) == twice.applied(after) != after


def test_a_unit_the_source_chose_itself_since_stands(tmp_path: Path) -> None:
    before, *after = handled(Feed.GRID)
    following = Following(Feed.GRID, tmp_path / "told")
    following.hear(told_of(before, previous="U-ANOTHER"))
    assert following.applied(after) == after


def test_a_record_nobody_had_is_left_to_the_source(tmp_path: Path) -> None:
    before, *after = handled(Feed.GRID)
    following = Following(Feed.GRID, tmp_path / "told")
    following.hear(told_of(before)._replace(previous=None))
    assert (following.applied(after), following.count) == (after, 1)


def test_a_source_without_a_memory_counts_and_follows_nothing() -> None:
    before, *after = handled(Feed.GRID)
    following = Following(Feed.GRID)
    following.hear(told_of(before))
    assert (following.applied(after), following.count) == (after, 1)


def event(version: Version, **data: Any) -> str:
    """What the centre itself sends of such an assignment."""
    told = told_of(version)
    body: dict[str, Any] = {
        "record": told.record,
        "case": "YC-20261121-00001",
        "kind": "reassigned",
        "unit": told.unit,
        "unit_name": told.unit_name,
        "previous_unit": told.previous,
        "assigned_at": instant_of(told.at).isoformat(),
        "dues": {},
    }
    return announcement(Untold(told.sequence, "an-id", NOW, body | data), "/bihuan/yunchuan")


def test_a_source_reads_what_the_centre_sends_and_the_centre_what_the_source_notes() -> None:
    before = handled(Feed.GRID)[0]
    told = read_told(event(before))
    assert told == told_of(before)
    assert read_control(noted(told).encode()) == Noted(7)


@pytest.mark.parametrize("frame", ["", "no json", "[]", '{"ack":"1"}', '{"type":"cn.bihuan.assignment.v1"}'])
def test_what_is_no_assignment_is_not_understood(frame: str) -> None:
    assert read_told(frame) is None


def test_an_assignment_without_its_instant_is_not_understood() -> None:
    assert read_told(event(handled(Feed.GRID)[0], assigned_at="yesterday")) is None


@asynccontextmanager
async def following_source(following: Following, clock: Clock) -> AsyncIterator[str]:
    played = Play(Feed.GRID, world(), clock, beat_seconds=0.01, following=following)
    async with await open_source(played, port=0, token=TOKEN, following=following) as server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"ws://{host}:{port}/"


def test_over_the_wire_the_loop_closes(tmp_path: Path) -> None:
    before, after, *_ = handled(Feed.GRID)
    clock = Clock(before.at)

    async def scenario() -> None:
        following = Following(Feed.GRID, tmp_path / "told")
        async with following_source(following, clock) as url, dialled(url, sequence_at(clock.now)) as receiver:
            assert orjson.loads(await receiver.connection.recv()) == {"accepts": ["cn.bihuan.assignment.v1"]}
            for frame in ("no json", event(before)):
                await receiver.connection.send(frame)
            assert orjson.loads(await receiver.connection.recv()) == {"noted": "7"}
            clock.now = after.at
            assert (await told_next(receiver, after))["data"]["dealDeptCode"] == OTHER

    within_patience(scenario())


async def told_next(receiver: Receiver, wanted: Version) -> dict[str, Any]:
    """The event of that version."""
    async with asyncio.timeout(10):
        while True:
            for each in await receiver.frame():
                if each["sequence"] == str(wanted.sequence):
                    return each
            await receiver.ack()
