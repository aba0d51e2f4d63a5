"""Told places are taken apart, and compared by the smallest thing both tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.places import DIGITS, Kind, PlaceWords, Spot, Told, compared, metres, normal, number, runs
from config.rules import load_matching
from tests.records import CONFIG

WORDS = load_matching(CONFIG).newest.places


def read(text: str) -> Spot:
    return WORDS.read(text)


def told(one: str, other: str) -> Told | None:
    return compared(read(one), read(other))


def test_an_address_is_taken_apart_into_names_and_numbers() -> None:
    spot = read("云川县城关镇新华路１２３号锦绣家园十二号楼3单元")
    assert {kind: {"".join(name) for name in names} for kind, names in spot.names.items()} == {
        Kind.ROAD: {"新华路"},
        Kind.AREA: {"锦绣家园"},
    }
    assert spot.numbers == {Kind.HOUSE: {123}, Kind.BUILDING: {12}}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("云川县城关镇新华路12号", "新华路12号", Told.SAME),
        ("新华路112号", "12号", Told.UNLIKE),
        ("云川县白杨乡沙窝村小学门口", "沙窝村小学门口", Told.SPOT),
        ("A5区劳动东路魅力之城小区一楼", "A市万科魅力之城商铺", Told.ALIKE),
        ("涉外经济学院", "A市经济学院", Told.ALIKE),
        ("新华路12号", "云川县新华路12号好邻居超市旁", Told.ALIKE),
        ("茶场村五组", "西湖街道茶场村5组老戏台", Told.ALIKE),
        ("去年长房云时代", "听说长房云时代", Told.ALIKE),
        ("万科魅力之城", "绿地魅力之城", Told.OTHER),
        ("茶场村老戏台", "茶场村卫生室旁", Told.AROUND),
        ("人民路西段", "人民路口", Told.AROUND),
        ("锦绣家园3号楼", "锦绣家园5号楼", Told.OTHER),
        ("锦绣家园三号楼1单元", "锦绣家园3栋2单元", Told.ALIKE),
        ("茶场村五组", "茶场村六组", Told.OTHER),
        ("新华路12号锦绣家园", "新华路12号滨河小区", Told.OTHER),
        ("茶场村", "沙窝村", Told.OTHER),
        ("新华路12号", "新华路14号", Told.UNLIKE),
        ("新华路", "人民路", Told.UNLIKE),
        ("实验小学", "第三中学", Told.UNLIKE),
        ("锦绣家园", "新华路12号", None),
        ("城关镇", "城关镇", None),
        ("55 W Cedar St  Boston", "55 W CEDAR ST Boston", Told.SAME),
        ("55 W Cedar St", "57 W Cedar St", None),
        ("5 W Cedar St", "55 W Cedar St", None),
        ("", "", None),
    ],
)
def test_places_are_compared_by_the_smallest_thing_both_tell(one: str, other: str, expected: Told | None) -> None:
    assert told(one, other) is expected
    assert told(other, one) is expected


@pytest.mark.parametrize("text", ["本小区油烟扰民", "老旧小区改造", "希望政府解决", "太吵了", "安置小区"])
def test_what_is_nobodys_name_is_no_place(text: str) -> None:
    assert not read(text).told


def test_a_name_nobody_knows_is_an_echo_where_it_is_told_in_a_sentence() -> None:
    one, other = (Spot("", {}, {}, frozenset(runs(text))) for text in ("五矿万境K9县质量差", "请管管五矿万境！"))
    assert compared(one, other) is Told.ECHO
    assert compared(one, Spot("", {}, {})) is None


def test_runs_leave_punctuation_out_and_end_after_the_first_sixteen() -> None:
    assert runs("五矿-万境K9") == ("五矿万境", "矿万境k", "万境k9")
    assert len(runs("一二三四五六七八九十" * 5)) == 16
    assert runs("五矿") == ()


@pytest.mark.parametrize(
    ("numeral", "value"), [("3", 3), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99), ("一零三", 103)]
)
def test_numerals_of_both_kinds_have_one_value(numeral: str, value: int) -> None:
    assert number(numeral) == value


@given(st.integers(1, 99))
def test_every_chinese_numeral_below_a_hundred_is_read(value: int) -> None:
    sign = {digit: each for each, digit in DIGITS.items() if each not in "〇两"}
    tens, ones = divmod(value, 10)
    written = ("" if tens == 0 else "十" if tens == 1 else f"{sign[tens]}十") + (sign[ones] if ones else "")
    assert number(written) == value


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_read_and_compared_both_ways(one: str, other: str) -> None:
    assert told(one, other) is told(other, one)


def test_no_words_at_all_are_words_too() -> None:
    empty = PlaceWords({}, (), ())
    assert not empty.read("锦绣家园3号楼").told


def test_half_width_and_full_width_are_one() -> None:
    assert normal(" ＡＢ　１２号 ") == "ab 12号"


@pytest.mark.parametrize(("north", "east", "expected"), [(0.001, 0, 111.2), (0, 0.001, 88.1), (0, 0, 0)])
def test_metres_between_points_at_the_latitude_of_the_demo_county(north: float, east: float, expected: float) -> None:
    assert metres(109.75, 37.61, 109.75 + east, 37.61 + north) == pytest.approx(expected, abs=0.1)
