"""The dictionaries of the demo feeds: every word of the protocol's page, and every code the simulator uses."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from casework.vocabulary import Appeal, Category, Colour, Feed, Satisfaction, Status, Urgency
from config.simulator import load_simulator

CONFIG = Path(__file__).parents[2] / "config"
SETTINGS = load_simulator(CONFIG / "simulator.toml")
VOCABULARIES: dict[str, type[StrEnum]] = {
    "category": Category,
    "appeal": Appeal,
    "urgency": Urgency,
    "stage": Status,
    "satisfaction": Satisfaction,
    "colour": Colour,
}
WORDS: list[tuple[Feed, str, str]] = [
    (Feed.POLICE110, "stage", "1 2 3 4 5 7 8"),
    (Feed.POLICE110, "urgency", "1 2 3 4"),
    (Feed.POLICE110, "satisfaction", "1 2 3"),
    (Feed.HOTLINE12345, "stage", "待受理 待派遣 已派遣 待处置 已处置 待回访 待结案 已结案 不予受理"),
    (Feed.HOTLINE12345, "appeal", "咨询 求助 投诉 举报 建议"),
    (Feed.HOTLINE12345, "urgency", "特急 紧急 一般"),
    (Feed.HOTLINE12345, "satisfaction", "非常满意 满意 基本满意 不满意 非常不满意"),
    (Feed.GRID, "stage", "待受理 待派遣 处置中 待核查 已结案 作废"),
    (Feed.GRID, "appeal", "矛盾纠纷 问题隐患 便民服务"),
    (Feed.GRID, "urgency", "一级 二级 三级 四级 五级"),
    (Feed.GRID, "satisfaction", "1 0"),
    (Feed.GRID, "colour", "蓝 黄 橙 红"),
    (Feed.GRID, "channel", "排查发现 群众来访 来信 来电 上级交办 部门转来 网络发现"),
]


def dictionary(feed: Feed) -> dict[str, Any]:
    return tomllib.loads((CONFIG / "feeds" / f"{feed}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("feed", "table", "words"), WORDS)
def test_every_word_of_the_protocol_is_in_the_dictionary(feed: Feed, table: str, words: str) -> None:
    assert set(dictionary(feed)[table]) == set(words.split())


@pytest.mark.parametrize("feed", list(Feed))
def test_a_dictionary_says_only_words_we_know(feed: Feed) -> None:
    for table, vocabulary in VOCABULARIES.items():
        for word in dictionary(feed).get(table, {}).values():
            assert vocabulary(word).value == word


@pytest.mark.parametrize("feed", list(Feed))
def test_the_dictionary_files_a_theme_as_the_simulator_means_it(feed: Feed) -> None:
    categories = dictionary(feed)["category"]
    for theme in SETTINGS.theme:
        assert categories[theme.codes[feed]] == theme.category, theme.name


def test_every_category_happens_in_the_demo_county() -> None:
    assert {theme.category for theme in SETTINGS.theme} == set(Category)


@pytest.mark.parametrize("feed", list(Feed))
def test_what_no_wall_may_show_is_marked_by_its_code(feed: Feed) -> None:
    protected = {theme.codes[feed] for theme in SETTINGS.theme if theme.name in ("家庭暴力", "学生矛盾", "轻生风险")}
    assert set(dictionary(feed)["protected"]) == protected
    assert protected <= set(dictionary(feed)["category"])


def test_only_the_hotlines_own_deadline_goes_before_the_rules() -> None:
    assert {feed for feed in Feed if dictionary(feed)["deadline"]["source_wins"]} == {Feed.HOTLINE12345}
