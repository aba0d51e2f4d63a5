import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

import orjson
import pytest

from casework.vocabulary import Feed
from feeds.simulator.events import event
from feeds.simulator.instants import instant_of, sequence_at
from feeds.simulator.world import Version, World
from tests.feeds.simulator.demo import NOW, fresh_world, settings, world

FEEDS = list(Feed)
RECORD_TIMES = ("qssj", "lxsj", "thsj", "fksj", "hfsj", "tssj", "signTime", "contactTime", "completeTime", "dealTime",
                "backTime", "visitTime", "endTime", "dispatchTime", "distributeTime")  # fmt: skip
VERSION_TIME = {Feed.POLICE110: "gxsj", Feed.HOTLINE12345: "updateTime", Feed.GRID: "updateTime"}


def days_ago(days: float) -> timedelta:
    return timedelta(days=days)


def digest(versions: Iterable[Version]) -> str:
    return hashlib.sha256(b"".join(orjson.dumps(event(version, "yunchuan")) for version in versions)).hexdigest()


def window(told: World, feed: Feed, first: float, last: float, pace: float = 1.0) -> list[Version]:
    return list(told.versions(feed, NOW - days_ago(first), NOW - days_ago(last), pace))


def test_the_same_seed_tells_the_same_bytes_and_another_seed_others() -> None:
    again, other = fresh_world(), fresh_world(8)
    for feed in FEEDS:
        assert digest(window(again, feed, 1, 0)) == digest(window(world(), feed, 1, 0))
    assert digest(window(other, Feed.GRID, 1, 0)) != digest(window(world(), Feed.GRID, 1, 0))


def test_a_day_told_by_a_world_that_has_told_nothing_else_is_the_same_day() -> None:
    long_ago = fresh_world()
    begun = [version for version in window(world(), Feed.GRID, 30, 0) if version.at < NOW - days_ago(28)]
    assert digest(begun) == digest(
        long_ago.versions(Feed.GRID, NOW - days_ago(30), NOW - days_ago(28) - timedelta(microseconds=1))
    )


@pytest.mark.parametrize("pace", [0.4, 1.0, 3.5])
def test_a_window_told_in_pieces_is_the_window_told_at_once(pace: float) -> None:
    whole = window(world(), Feed.HOTLINE12345, 3, 1, pace)
    cuts = [3, 2.71, 2.2, 2.19999, 1.5, 1]
    pieces = [v for first, last in pairwise(cuts) for v in window(world(), Feed.HOTLINE12345, first, last, pace)]
    assert digest(pieces) == digest(whole)


def test_resuming_after_any_sequence_tells_exactly_the_rest() -> None:
    whole = window(world(), Feed.POLICE110, 1, 0, 5.0)
    for position in (0, 1, len(whole) // 2, len(whole) - 2):
        rest = list(world().versions(Feed.POLICE110, instant_of(whole[position].sequence), NOW, 5.0))
        assert rest == whole[position + 1 :]


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("pace", [1.0, 12.0])
def test_sequences_rise_strictly_and_are_the_instants_of_sending(feed: Feed, pace: float) -> None:
    told = window(world(), feed, 2, 0, pace)
    assert all(before.sequence < after.sequence for before, after in pairwise(told))
    assert all(version.sequence == sequence_at(version.at) for version in told)
    assert NOW - days_ago(2) < told[0].at
    assert told[-1].at <= NOW


@pytest.mark.parametrize("feed", FEEDS)
def test_a_later_version_says_everything_earlier_ones_said(feed: Feed) -> None:
    newest: dict[str, Version] = {}
    for version in window(world(), feed, 12, 0):
        before = newest.get(version.source_id)
        if before is not None:
            assert version.number == before.number + 1
            assert {name for name, value in before.record.items() if value not in ("", None)} <= {
                name for name, value in version.record.items() if value not in ("", None)
            }
            assert before.record[VERSION_TIME[feed]] < version.record[VERSION_TIME[feed]]
        newest[version.source_id] = version
    assert len(newest) > 300


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("pace", [1.0, 8.0])
def test_no_record_speaks_of_a_time_that_has_not_come(feed: Feed, pace: float) -> None:
    for version in window(world(), feed, 1, 0, pace):
        written = version.record[VERSION_TIME[feed]]
        assert all(version.record[name] <= written for name in RECORD_TIMES if version.record.get(name))


@pytest.mark.parametrize("feed", FEEDS)
def test_a_first_connect_is_sent_every_record_as_it_stands(feed: Feed) -> None:
    start = NOW - days_ago(20)
    newest: dict[str, Version] = {}
    everything: dict[int, Version] = {}
    for version in world().versions(feed, start, NOW):
        everything[version.sequence] = version
        if version.number == 0 or version.source_id in newest:
            newest[version.source_id] = version
    told = list(world().snapshot(feed, start, NOW))
    assert {version.source_id: version.sequence for version in told} == {
        source_id: version.sequence for source_id, version in newest.items()
    }
    assert [version.sequence for version in told] == sorted({version.sequence for version in told})
    assert all(everything[version.sequence] == version for version in told)


def test_history_keeps_the_span_of_every_unit_that_gave_a_case_back() -> None:
    """The version before a return names the unit that had it; the newest names the one that has it now."""
    start = NOW - days_ago(20)
    told: dict[str, list[Version]] = {}
    for version in world().snapshot(Feed.HOTLINE12345, start, NOW):
        told.setdefault(version.source_id, []).append(version)
    returned = [versions for versions in told.values() if versions[-1].record.get("backNum")]
    assert len(returned) > 30
    for versions in returned:
        assert len(versions) >= 1 + versions[-1].record["backNum"]
        if versions[-1].record["state"] != "待派遣":
            assert versions[0].record["organizationCode"] != versions[-1].record["organizationCode"]


def test_history_keeps_what_was_said_before_a_case_was_redone() -> None:
    told = list(world().snapshot(Feed.POLICE110, NOW - days_ago(40), NOW))
    redone = {version.source_id for version in told if version.record["jdzt"] == "8"}
    before = {version.source_id for version in told if version.record.get("myd") == "3"}
    assert redone
    assert redone <= before


def test_twelve_weeks_of_history_are_told_within_seconds() -> None:
    told = fresh_world()
    begin = time.process_time()
    records = {v.source_id for feed in Feed for v in told.snapshot(feed, NOW - days_ago(84), NOW)}
    assert 18_500 < len(records) < 23_500
    assert time.process_time() - begin < 10, (
        "under two on an idle core; a busy or weak machine takes several times as long"
    )


@pytest.mark.parametrize("pace", [0.5, 1.0, 4.0])
def test_a_pace_multiplies_what_arrives(pace: float) -> None:
    usual = Counter(version.number == 0 for version in window(world(), Feed.HOTLINE12345, 5, 1))[True]
    played = Counter(version.number == 0 for version in window(world(), Feed.HOTLINE12345, 5, 1, pace))[True]
    assert played / usual == pytest.approx(pace, rel=0.15)


def test_a_faster_pace_only_adds_to_a_slower_one() -> None:
    slow, fast = window(world(), Feed.GRID, 1, 0, 1.3), window(world(), Feed.GRID, 1, 0, 2.0)
    kept = {version.sequence for version in slow}
    assert digest(slow) == digest([version for version in fast if version.sequence in kept])


def test_stories_of_the_extra_worlds_are_over_within_hours() -> None:
    told = window(world(), Feed.POLICE110, 3, 1, 6.0)
    usual = {version.source_id for version in window(world(), Feed.POLICE110, 3, 1)}
    begun: dict[str, Version] = {}
    for version in told:
        if version.source_id in usual:
            continue
        first = begun.setdefault(version.source_id, version)
        assert version.at - first.at < timedelta(hours=4)
    assert len(begun) > 300


def test_a_pace_nobody_can_play_is_refused() -> None:
    with pytest.raises(ValueError, match="pace must be above 0"):
        window(world(), Feed.GRID, 1, 0, 0)


def test_the_truth_names_every_record_once() -> None:
    groups = world().truth(NOW - days_ago(10), NOW)
    members = [member for group in groups for member in group]
    assert len(members) == len(set(members))
    begun = {
        (version.feed, version.source_id)
        for feed in Feed
        for version in window(world(), feed, 7, 3)
        if version.number == 0
    }
    assert begun <= set(members)


def test_about_one_matter_in_twelve_is_told_by_several_channels() -> None:
    groups = world().truth(NOW - days_ago(40), NOW)
    several = [group for group in groups if len(group) > 1]
    assert 0.06 < len(several) / len(groups) < 0.12
    assert any(len({feed for feed, _ in group}) == 3 for group in several)
    assert max(len(group) for group in groups) > 3


def test_a_link_between_records_of_one_feed_is_true() -> None:
    group_of = {member: group for group in world().truth(NOW - days_ago(45), NOW) for member in group}
    links = [
        ((version.feed, version.source_id), (version.feed, version.record[field]))
        for feed, field in ((Feed.POLICE110, "gljjdbh"), (Feed.HOTLINE12345, "oldOrderNum"))
        for version in world().snapshot(feed, NOW - days_ago(40), NOW)
        if version.record[field]
    ]
    assert len(links) > 40
    assert all(group_of[later] == group_of[earlier] and later != earlier for later, earlier in links)


def test_days_have_about_the_reports_the_settings_say() -> None:
    begun = Counter(
        (feed, (NOW - days_ago(day)).date())
        for day in range(1, 57)
        for matter in world().matters((NOW - days_ago(day)).date())
        for feed in (telling.feed for telling in matter.tellings)
    )
    volume = settings().volume
    for feed, usual in zip(FEEDS, (volume.police110, volume.hotline12345, volume.grid), strict=True):
        daily = sum(count for (of, _), count in begun.items() if of is feed) / 56
        assert 0.9 * usual < daily < 1.35 * usual


def test_days_have_a_rhythm() -> None:
    hours: Counter[int] = Counter()
    weekdays: Counter[int] = Counter()
    for day in range(1, 57):
        for matter in world().matters((NOW - days_ago(day)).date()):
            at = instant_of(matter.tellings[0].at * 1_000_000).astimezone(NOW.tzinfo)
            hours[at.hour] += 1
            weekdays[at.weekday()] += 1
    assert hours[10] > 8 * hours[3]
    assert weekdays[0] > 1.1 * weekdays[6]


def test_now_and_then_many_call_at_once() -> None:
    """A burst: at least thirty reports of a few villages within two hours."""
    found = 0
    for day in range(120):
        matters = world().matters((NOW - days_ago(day)).date())
        extra = [matter for matter in matters if len(matter.tellings) > 3]
        found += bool(extra)
        for matter in extra:
            assert matter.tellings[-1].at - matter.tellings[0].at <= 2 * 3600
    assert 3 <= found <= 30


def test_no_story_lasts_longer_than_forty_days() -> None:
    told = world()
    begun = {v.source_id for feed in Feed for v in told.snapshot(feed, NOW - days_ago(51), NOW - days_ago(50))}
    ended = {
        version.source_id
        for feed in Feed
        for version in told.snapshot(feed, NOW - days_ago(51), NOW - days_ago(9), heard_until=NOW - days_ago(50))
        if set(map(str, version.record.values())) & {"已结案", "不予受理", "作废"} or version.record.get("jdzt") == "5"
    }
    assert len(begun) > 150
    assert begun == ended
