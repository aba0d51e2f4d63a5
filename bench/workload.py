"""The events of a benchmark, made from the demo world so that texts, persons and codes are real ones. Knows no socket.

All of it follows from the world's seed: two runs send the same bytes, but for `new_cases`, which happen now.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, islice
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import orjson

from casework.vocabulary import Feed
from config.county import load_county
from config.simulator import load_simulator
from feeds.simulator.course import MoveKind
from feeds.simulator.events import event
from feeds.simulator.instants import LOCAL, MICRO, instant_of, sequence_at
from feeds.simulator.story import Record, Story, Storyteller
from feeds.simulator.world import STYLES, Version, World

CONFIG: Final = Path(__file__).resolve().parent.parent / "config"
BUSY_DAY: Final = date(2026, 9, 16)
HISTORY: Final = timedelta(days=91)
# The mix of a live county: of a hundred events 75 are a record's first, 20 a later version; the other five come again.
FIRST, LATER = 75, 20
AGAIN_WITHIN: Final = 2_000
# World 1 is the history's; what happens in other worlds shares no record with it, nor they with each other.
BUSY_WORLDS: Final = 2
NEW_WORLDS: Final = 600
WORLDS_A_SERIES: Final = 100
REPORTED: Final = {Feed.POLICE110: "bjsj", Feed.HOTLINE12345: "callTime", Feed.GRID: "eventAcceptDate"}
TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
ID_MARK: Final = b"@record@"
SEQUENCE_MARK: Final = b"@sequence@"

Key = tuple[Feed, str]


class Frame(NamedTuple):
    """One event as it is sent."""

    feed: Feed
    sequence: int
    text: bytes


def demo_world() -> World:
    settings = load_simulator(CONFIG / "simulator.toml")
    return World(load_county(CONFIG / "county.toml"), settings, settings.seed)


def history(world: World, at: datetime) -> list[Version]:
    """The county's last three months as a first connect is sent them: some 20,000 cases, most of them closed."""
    told = [version for feed in Feed for version in world.snapshot(feed, at - HISTORY, at)]
    return numbered(sorted(told, key=attrgetter("sequence")))


def busy_day(world: World, events: int, after: int = 0) -> list[Version]:
    """A day of a county so large that it sends that many events, in the order they happen."""
    rng = Random(BUSY_DAY.toordinal())
    once = _told_once(_stories(world, BUSY_WORLDS), rng)
    told = sorted(islice(once, events * (FIRST + LATER) // 100), key=attrgetter("at"))
    return numbered(list(_some_again(told, events - len(told), rng)), after)


def new_cases(world: World, cases: int, at: datetime, after: int = 0, series: int = 0) -> list[Version]:
    """Matters of their own that are reported at `at`, by each feed in turn: each makes the wall's count rise by one.

    Two series of up to 5,000 cases share none.
    """
    first = NEW_WORLDS + series * WORLDS_A_SERIES
    by_feed = {feed: _unlinked(_stories(world, first), feed) for feed in Feed}
    turns = (next(by_feed[feed]) for _ in count() for feed in Feed)
    return numbered([_happening_now(version, at) for version in islice(turns, cases)], after)


def numbered(versions: Sequence[Version], after: int = 0) -> list[Version]:
    """With sequences of our own, rising over all feeds."""
    return [replace(version, sequence=after + number) for number, version in enumerate(versions, 1)]


def frames(versions: Iterable[Version], slug: str) -> list[Frame]:
    return [Frame(version.feed, version.sequence, orjson.dumps(event(version, slug))) for version in versions]


def templates(versions: Iterable[Version], slug: str) -> list[Frame]:
    """Events in which the record's id and the sequence are left open, to be sent any number of times as new ones."""
    made = []
    for version in versions:
        text = orjson.dumps(event(version, slug) | {"sequence": SEQUENCE_MARK.decode()})
        made.append(Frame(version.feed, 0, text.replace(version.source_id.encode(), ID_MARK)))
    return made


def newest(versions: Iterable[Version]) -> dict[Key, datetime]:
    """What the database must hold in the end: every record once, at its newest version's whole second."""
    found: dict[Key, datetime] = {}
    for version in versions:
        key, at = (version.feed, version.source_id), version.at.astimezone(UTC).replace(microsecond=0)
        found[key] = max(at, found.get(key, at))
    return found


def _stories(world: World, first: int) -> Iterator[Story]:
    teller = Storyteller(world.county, world.settings, STYLES)
    for number in count(first):
        for matter in world.matters(BUSY_DAY, number):
            for telling in matter.tellings:
                yield teller.tell(matter, telling, hurried=True)


def _told_once(stories: Iterator[Story], rng: Random) -> Iterator[Version]:
    """Of each record that is dispatched that version, and of some a later one."""
    for story in stories:
        number = _dispatched(story)
        if number is None:
            continue
        yield _version(story, number)
        if number + 1 < len(story.seconds) and rng.random() < LATER / FIRST:
            yield _version(story, rng.randrange(number + 1, len(story.seconds)))


def _some_again(versions: list[Version], times: int, rng: Random) -> Iterator[Version]:
    """At so many places something comes again that was sent not long before."""
    places = set(rng.sample(range(len(versions)), times))
    for index, version in enumerate(versions):
        yield version
        if index in places:
            yield versions[rng.randrange(max(0, index - AGAIN_WITHIN), index + 1)]


def _unlinked(stories: Iterator[Story], feed: Feed) -> Iterator[Version]:
    for story in stories:
        number = _dispatched(story) if story.case.telling.feed is feed else None
        if number is not None and not story.case.telling.kin:
            yield _version(story, number)


def _dispatched(story: Story) -> int | None:
    """The first version that names a unit; `None` if there never is one."""
    for move in story.moves:
        if move.kind is MoveKind.DISPATCHED:
            return story.seconds.index(move.at)
    return None


def _version(story: Story, number: int) -> Version:
    told, sequence = story.case.telling, story.seconds[number] * MICRO
    return Version(told.feed, told.source_id, instant_of(sequence), sequence, number, story.record(number))


def _happening_now(version: Version, at: datetime) -> Version:
    """The same record, but reported and dispatched at `at`; its deadlines are as far ahead as they were."""
    at = at.replace(microsecond=0)
    record = _moved(version.record, at - version.at)
    record[REPORTED[version.feed]] = at.astimezone(LOCAL).strftime(TIME_FORMAT)
    return replace(version, at=at, sequence=sequence_at(at), record=record)


def _moved(record: Record, by: timedelta) -> Record:
    return {name: _moved_time(value, by) for name, value in record.items()}


def _moved_time(value: object, by: timedelta) -> object:
    if not isinstance(value, str) or TIME.fullmatch(value) is None:
        return value
    return (datetime.strptime(value, TIME_FORMAT).replace(tzinfo=LOCAL) + by).strftime(TIME_FORMAT)
