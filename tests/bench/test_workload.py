"""What the benchmarks send is what a county sends, and what they expect of the database follows from it."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from bench.workload import busy_day, demo_world, frames, new_cases, newest
from casework.vocabulary import Feed
from feeds.simulator.instants import local_text, sequence_at
from feeds.simulator.world import Version, World

EVENTS = 1_200
NOW = datetime(2026, 11, 21, 4, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world()


@pytest.fixture(scope="module")
def day(world: World) -> list[Version]:
    return busy_day(world, EVENTS)


def identities(versions: list[Version]) -> list[tuple[str, str, int]]:
    return [(version.feed, version.source_id, version.number) for version in versions]


def test_of_a_hundred_events_75_are_first_20_are_later_and_5_come_again(day: list[Version]) -> None:
    again = EVENTS - len(set(identities(day)))
    records = len(newest(day))
    assert len(day) == EVENTS
    assert again / EVENTS == pytest.approx(0.05, abs=0.02)
    assert records / EVENTS == pytest.approx(0.75, abs=0.03)


def test_all_feeds_take_part_and_sequences_rise(day: list[Version]) -> None:
    assert min(Counter(version.feed for version in day).values()) > EVENTS / 10
    assert [version.sequence for version in day] == list(range(1, EVENTS + 1))


def test_two_runs_send_the_same_bytes(world: World, day: list[Version]) -> None:
    assert frames(busy_day(world, EVENTS), "yunchuan") == frames(day, "yunchuan")


def test_the_database_is_expected_to_hold_each_record_at_its_newest_version(day: list[Version]) -> None:
    told = [version for version in day if version.source_id == busiest(day)]
    expected = newest(day)[told[0].feed, told[0].source_id]
    assert len({version.number for version in told}) > 1
    assert expected == max(version.at for version in told)


def test_new_cases_are_reported_now_and_name_no_other_report(world: World) -> None:
    cases = new_cases(world, 6, NOW)
    assert [case.feed for case in cases] == [*Feed, *Feed]
    for case, field in zip(cases, ("bjsj", "callTime", "eventAcceptDate"), strict=False):
        assert case.record[field] == local_text(sequence_at(NOW) // 1_000_000)
        assert [case.record.get(link, "") for link in ("gljjdbh", "oldOrderNum")] == ["", ""]


def test_two_series_of_new_cases_share_no_record_with_each_other_or_the_busy_day(
    world: World, day: list[Version]
) -> None:
    records = [set(newest(found)) for found in (day, new_cases(world, 60, NOW), new_cases(world, 60, NOW, series=1))]
    assert len(set.union(*records)) == sum(map(len, records))


def busiest(day: list[Version]) -> str:
    """A record of which more than one version is sent."""
    versions = Counter(source_id for _, source_id, _ in set(identities(day)))
    return versions.most_common(1)[0][0]
