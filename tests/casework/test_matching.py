"""Two reports are one matter when what they tell agrees, above all where."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.likeness import Fact, Features, Likeness, Line, Sign, Traits, agreement, dice, evidence, likeness, pieces
from casework.matching import MatchingRules, Verdict, key_number, keys, most_promising
from casework.places import Told
from casework.vocabulary import Category, Feed
from config.rules import load_matching
from tests.records import CONFIG

RULES = load_matching(CONFIG).newest
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
ADDRESS = "云川县城关镇新华路123号锦绣家园3号楼2单元"
TEXT = "市民来电反映：锦绣家园三号楼楼下烧烤店油烟直排，晚上不敢开窗。诉求：督促安装净化设备。"
REPORT = Features(
    "hotline12345:1",
    Feed.HOTLINE12345,
    NOON,
    phones=frozenset({b"caller"}),
    category=Category.FUMES,
    township="999921101",
    place=ADDRESS,
    lon=109.75,
    lat=37.61,
    title="锦绣家园烧烤店油烟扰民",
    text=TEXT,
)
ANOTHER = REPORT._replace(
    key="police110:2",
    feed=Feed.POLICE110,
    reported_at=NOON + timedelta(hours=3),
    phones=frozenset({b"neighbour"}),
    title="",
    text="报警人称楼下烧烤店没有装油烟净化器，烟气往楼上窜。",
)
WORDS = ["锦绣家园", "滨河小区", "新华路12号", "三组", "5号楼", "油烟扰民", "停电", "路灯不亮", "55 W Cedar St", ""]


def traits(features: Features) -> Traits:
    return RULES.traits(features)


def like(one: Features, other: Features) -> Likeness:
    found = RULES.compare(traits(one), traits(other))
    assert found is not None, "a glance showed that they are apart"
    return found


def verdict(one: Features, other: Features) -> Verdict:
    found = RULES.compare(traits(one), traits(other))
    return Verdict.APART if found is None else RULES.verdict(found)


sentences = st.lists(st.sampled_from(WORDS), max_size=4).map("，".join)
reports = st.builds(
    Features,
    key=st.sampled_from(["grid:1", "grid:2", "police110:1"]),
    feed=st.sampled_from(Feed),
    reported_at=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    links=st.sets(st.sampled_from(["grid:1", "grid:2"]), max_size=1).map(frozenset),
    phones=st.sets(st.sampled_from([b"a", b"b"])).map(frozenset),
    category=st.sampled_from([Category.FUMES, Category.NOISE, Category.OTHER]),
    township=st.sampled_from(["999921101", "999921102", None]),
    place=sentences,
    lon=st.one_of(st.none(), st.floats(109.7, 109.71)),
    lat=st.one_of(st.none(), st.floats(37.6, 37.61)),
    title=sentences,
    text=sentences,
)


@given(reports, reports)
def test_likeness_is_the_same_both_ways_and_its_score_a_share(one: Features, other: Features) -> None:
    there, back = (RULES.compare(traits(a), traits(b)) for a, b in ((one, other), (other, one)))
    assert there == back
    assert there is None or 0 <= there.score <= 1


@given(reports, reports)
def test_two_places_are_never_one_matter_whatever_else_agrees(one: Features, other: Features) -> None:
    one = one._replace(place="滨河小区3号楼", links=frozenset())
    other = other._replace(place="滨河小区5号楼", links=frozenset(), phones=one.phones, title=one.title, text=one.text)
    assert verdict(one._replace(key="grid:1"), other._replace(key="grid:2")) is Verdict.APART


@given(reports, reports)
def test_without_a_place_or_a_phone_in_common_nothing_is_linked_unasked(one: Features, other: Features) -> None:
    one, other = (
        each._replace(phones=frozenset(), place="", lon=None, links=frozenset(), title="", text="太吵了")
        for each in (one, other)
    )
    assert verdict(one, other) is not Verdict.LINK


@given(reports, st.booleans())
def test_the_same_report_again_is_linked_where_place_or_phone_agree(report: Features, by_phone: bool) -> None:
    report = report._replace(text=TEXT, phones=frozenset({b"a"} if by_phone else ()), key="grid:1", links=frozenset())
    report = report._replace(place="" if by_phone else ADDRESS, lon=None)
    found = like(report, report._replace(key="grid:3"))
    assert found.score >= RULES.link
    assert RULES.verdict(found) is Verdict.LINK


def test_one_matter_told_to_two_desks_is_linked_by_its_address() -> None:
    assert verdict(REPORT, ANOTHER) is Verdict.LINK


def test_a_source_that_names_the_other_report_needs_no_evidence() -> None:
    far = ANOTHER._replace(place="北环路5号滨河小区", lon=110.0, category=Category.NOISE, links=frozenset({REPORT.key}))
    far = far._replace(reported_at=NOON + timedelta(days=30))
    assert like(REPORT, far).score == 1
    assert verdict(far, REPORT) is Verdict.LINK


@pytest.mark.parametrize(
    "elsewhere",
    [
        "云川县城关镇新华路123号锦绣家园5号楼2单元",
        "云川县城关镇新华路123号滨河小区3号楼2单元",
        "云川县城关镇北环路9号锦绣家园5号楼",
    ],
)
def test_one_wording_about_two_places_is_two_matters(elsewhere: str) -> None:
    """A template complaint: the same sentences by the same caller, and even the same point on the map."""
    assert verdict(REPORT, REPORT._replace(key="hotline12345:9", place=elsewhere)) is Verdict.APART


def test_another_house_on_the_road_is_a_matter_a_person_decides_about() -> None:
    next_door = REPORT._replace(key="hotline12345:9", place=ADDRESS.replace("123号", "125号"))
    assert verdict(REPORT, next_door) is Verdict.SUGGEST
    assert verdict(REPORT, next_door._replace(lon=None)) is Verdict.APART


def test_a_wording_told_of_two_estates_in_titles_alone_is_two_matters() -> None:
    bare = REPORT._replace(place="", lon=None, phones=frozenset(), text="楼下烧烤店油烟直排，晚上不敢开窗")
    other = bare._replace(key="hotline12345:9", title="滨河小区烧烤店油烟扰民")
    assert verdict(bare, other) is Verdict.APART
    assert verdict(bare, other._replace(title=bare.title)) is Verdict.LINK


def test_another_township_is_another_place_unless_the_points_are_near() -> None:
    bare = REPORT._replace(place="村委会旁", phones=frozenset())
    other = bare._replace(key="grid:9", township="999921102")
    assert verdict(bare, other) is not Verdict.APART
    assert verdict(bare._replace(lon=None), other._replace(lon=None)) is Verdict.APART


def test_a_point_on_the_map_alone_links_nothing() -> None:
    """A source that knows no address often sends the middle of the town."""
    bare = REPORT._replace(place="", phones=frozenset(), title="咨询政策", text="咨询政策如何办理")
    assert verdict(bare, bare._replace(key="hotline12345:9")) is Verdict.SUGGEST


def test_a_caller_of_many_matters_is_not_linked_to_each() -> None:
    bulbs = ANOTHER._replace(
        phones=REPORT.phones,
        place="人民路8号",
        lon=109.76,
        title="路灯不亮",
        text="路灯坏了一个月",
        category=Category.ROADS,
    )
    assert verdict(REPORT, bulbs) is Verdict.APART


def test_the_same_phone_is_no_link_without_anything_else_in_common() -> None:
    bare = Features("grid:1", Feed.GRID, NOON, phones=frozenset({b"a"}), text="路灯不亮")
    assert (
        verdict(bare, bare._replace(key="grid:2", text="老人走失", reported_at=NOON + timedelta(days=9)))
        is Verdict.APART
    )


def test_the_later_a_report_comes_the_less_it_is_like() -> None:
    scores = [
        like(REPORT, ANOTHER._replace(reported_at=NOON + timedelta(hours=hours))).score for hours in (1, 24, 72, 168)
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    after_a_year = like(REPORT, ANOTHER._replace(reported_at=NOON + timedelta(days=365)))
    assert after_a_year.score == scores[-1]


def test_the_evidence_can_be_told_in_sentences() -> None:
    near = ANOTHER._replace(phones=REPORT.phones, lat=REPORT.lat and REPORT.lat + 0.00036)
    facts = dict(evidence(like(REPORT, near)))
    assert list(facts) == [Sign.PHONE, Sign.ADDRESS, Sign.METRES, Sign.CATEGORY, Sign.HOURS, Sign.WORDING]
    assert facts[Sign.METRES] == pytest.approx(40, abs=0.1)
    assert facts[Sign.HOURS] == 3
    assert 0 < (facts[Sign.WORDING] or 0) < 0.5


def test_what_speaks_against_is_evidence_too() -> None:
    other = ANOTHER._replace(place="云川县城关镇新华路125号", category=Category.NOISE, links=frozenset({REPORT.key}))
    assert evidence(like(REPORT, other))[:2] == (Fact(Sign.LINKED), Fact(Sign.NEIGHBOUR))
    assert Fact(Sign.OTHER_CATEGORY) in evidence(like(REPORT, other))
    bare = other._replace(place="", lon=None, township="999921102")
    assert Fact(Sign.ELSEWHERE) in evidence(like(REPORT, bare))


NEAR = Line((40.0, 150.0, 400.0), (1.0, 0.0, -1.0))


@pytest.mark.parametrize(
    ("told", "metres", "township", "agreed"),
    [
        (Told.SAME, 10.0, True, 1.0),
        (Told.SAME, 500.0, True, 0.0),
        (Told.SAME, None, None, 1.0),
        (Told.SAME, None, False, -1.0),
        (Told.SAME, 10.0, False, 1.0),
        (None, 10.0, None, 0.5),
        (Told.ECHO, 10.0, None, 0.5),
        (Told.ECHO, None, None, 0.45),
        (None, 150.0, None, 0.0),
        (None, None, True, None),
        (None, None, False, -1.0),
        (Told.UNLIKE, 10.0, True, 0.25),
        (Told.UNLIKE, None, True, -1.0),
        (Told.OTHER, 0.0, True, -1.0),
    ],
)
def test_places_agree_by_what_is_told_and_by_how_near_they_are(
    told: Told | None, metres: float | None, township: bool | None, agreed: float | None
) -> None:
    assert agreement(told, metres, township, NEAR) == agreed


def test_a_line_is_level_before_its_first_point_and_after_its_last() -> None:
    assert [NEAR.at(x) for x in (0, 40, 95, 150, 275, 400, 9999)] == [1, 1, 0.5, 0, -0.5, -1, -1]


def test_wording_is_compared_by_pairs_of_characters_and_by_whole_words_of_other_scripts() -> None:
    assert pieces("路灯不亮，K9！Ａ3区 Cedar St") == {"路灯", "灯不", "不亮", "k9", "cedar", "st"}
    assert dice(pieces("路灯不亮"), pieces("路灯不亮")) == 1
    assert dice(pieces("路灯不亮"), pieces("路灯亮了")) == pytest.approx(1 / 3)
    assert dice(frozenset(), frozenset()) == 0


def test_points_that_can_not_matter_are_not_reckoned() -> None:
    far = ANOTHER._replace(place="", lon=110.5, category=Category.NOISE)
    assert RULES.compare(traits(REPORT), traits(far)) is None


def test_the_score_is_the_odds_of_the_points() -> None:
    weights = RULES.weights
    bare = Features("grid:1", Feed.GRID, NOON, phones=frozenset({b"a"}), text="路灯不亮")
    found = like(bare, bare._replace(key="grid:2"))
    echo = weights.place(found.place or 0)
    points = weights.base + weights.phone + echo + weights.wording.ys[-1] + weights.time.ys[0]
    assert found.told is Told.ECHO
    assert math.log(found.score / (1 - found.score)) == pytest.approx(points)


def shared(one: Features, other: Features) -> set[str]:
    """By what keys they would find each other, by the first letter."""
    return {key[0] for key in keys(traits(one)) & keys(traits(other))}


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        (REPORT, ANOTHER, {"a", "n", "c", "k"}),
        (REPORT, ANOTHER._replace(category=Category.NOISE), {"a", "n", "c"}),
        (REPORT, ANOTHER._replace(lon=None, place="锦绣家园"), {"n"}),
        (REPORT, ANOTHER._replace(lon=None, place="", township="x", phones=REPORT.phones), {"p"}),
        (REPORT, ANOTHER._replace(lon=None, place="", township="x", links=frozenset({REPORT.key})), {"r"}),
        (
            REPORT._replace(lon=None, place=""),
            REPORT._replace(key="x", lon=None, place="", phones=frozenset()),
            {"n", "w"},
        ),
        (REPORT, ANOTHER._replace(lon=110.0, place="滨河小区"), set()),
    ],
)
def test_reports_find_each_other_by_what_they_have_in_common(one: Features, other: Features, by: set[str]) -> None:
    assert shared(one, other) == by


@given(st.floats(73, 135), st.floats(18, 53), st.floats(-100, 100), st.floats(-100, 100))
def test_neighbours_share_a_corner_wherever_the_borders_of_cells_run(
    lon: float, lat: float, east: float, north: float
) -> None:
    """Anywhere in China, up to 140 m apart."""
    moved_lat = lat + north / 111_195
    moved_lon = lon + east / (111_195 * math.cos(math.radians(lat)))
    one = Features("grid:1", Feed.GRID, NOON, lon=lon, lat=lat)
    assert "c" in shared(one, one._replace(key="grid:2", lon=moved_lon, lat=moved_lat))


def test_those_far_apart_share_no_corner() -> None:
    one = Features("grid:1", Feed.GRID, NOON, lon=109.75, lat=37.61)
    assert not shared(one, one._replace(key="grid:2", lat=37.61 + 600 / 111_195))


@given(reports)
def test_a_report_is_kept_under_a_bounded_number_of_keys(report: Features) -> None:
    assert len(keys(traits(report))) <= 48


def test_of_many_candidates_those_with_the_most_telling_keys_are_compared() -> None:
    found = {
        "corner": ["c1", "c2"],
        "phone": ["p1"],
        "category": ["c1", "k1"],
        "address": ["a1"],
        "again": ["c1", "c2"],
    }
    assert most_promising(found, 4) == ["phone", "address", "category", "corner"]


def test_rules_that_let_wording_outweigh_a_place_can_not_be_made_by_hand_either() -> None:
    assert RULES.weights.most_elsewhere < math.log(RULES.suggest / (1 - RULES.suggest))
    assert RULES.weights.most_unanchored < math.log(RULES.link / (1 - RULES.link))


def test_the_rules_have_a_bound_on_what_is_compared() -> None:
    assert isinstance(RULES, MatchingRules)
    assert 0 < RULES.newest_of_a_key <= RULES.most_candidates <= 200


def test_the_likeliest_report_of_a_case_decides_unless_another_is_elsewhere() -> None:
    alike = like(REPORT, ANOTHER._replace(phones=REPORT.phones))
    there = ANOTHER._replace(
        place="云川县城关镇滨河小区7号楼", title="滨河小区7号楼油烟", phones=REPORT.phones, lon=None, lat=None
    )
    apart = likeness(traits(REPORT), traits(there), RULES.weights)
    assert RULES.verdict(alike) is Verdict.LINK
    assert apart.elsewhere
    assert not alike.elsewhere
    assert RULES.of_case([alike]) is Verdict.LINK
    assert RULES.of_case([apart]) is Verdict.APART
    assert RULES.of_case([apart, alike]) is Verdict.SUGGEST, "no chain of places"


def test_a_key_is_kept_as_a_number_that_tells_nothing() -> None:
    numbers = [key_number(key) for key in keys(traits(REPORT))]
    assert len(set(numbers)) == len(keys(traits(REPORT)))
    assert all(0 <= number < 2**63 for number in numbers)
    assert key_number("nab") == key_number("nab") != key_number("nabc")
