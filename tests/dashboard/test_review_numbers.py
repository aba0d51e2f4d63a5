"""How a review's numbers are written: rounded half up from the exact value, and what there is not is a dash."""

from datetime import timedelta
from fractions import Fraction

import pytest

from casework.indicators import Indicator
from casework.review import By, Line, Tally
from casework.scoring import Interval, Part
from dashboard.components import review_numbers as numbers
from tests.dashboard.offices import languages

CHINESE = languages()["zh_CN"]


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (Fraction(117, 125), "93.6%"),
        (Fraction(187, 2000), "9.4%"),  # 9.35 %: half up, where a float would lie below
        (Fraction(1, 3), "33.3%"),
        (Fraction(2, 3), "66.7%"),
        (Fraction(0), "0.0%"),
        (Fraction(1), "100.0%"),
        (Fraction(5, 4), "125.0%"),  # of two flows
        (None, "—"),
    ],
)
def test_a_share_is_told_to_a_tenth_of_a_percent(share: Fraction | None, told: str) -> None:
    assert numbers.percent(share) == told


def test_a_ratio_is_told_unless_there_is_nothing_to_divide_by() -> None:
    assert numbers.ratio(Tally(29, 31)) == "29/31"
    assert numbers.ratio(Tally(0, 31)) == "0/31"
    assert numbers.ratio(Tally()) == "—"


def test_points_have_one_decimal_and_halves_go_up_as_they_are_meant() -> None:
    assert [numbers.points(told) for told in (93.6, 94.0, 0.15, 2.25, None)] == ["93.6", "94.0", "0.2", "2.3", "—"]


def test_points_lost_are_those_of_the_numbers_that_are_meant() -> None:
    assert str(numbers.lost(Part(Indicator.FINISHED, 29.85, 30.0))) == "0.2"  # 0.1499… in floats
    assert str(numbers.lost(Part(Indicator.SIGNED, 10.0, 10.0))) == "0.0"


@pytest.mark.parametrize(("gained", "told"), [(2, "↑2"), (-1, "↓1"), (0, "–"), (None, "—")])
def test_a_change_of_rank_says_which_way(gained: int | None, told: str) -> None:
    assert numbers.change_of_rank(gained) == told


def test_changes_have_their_sign_and_none_is_neither() -> None:
    assert [numbers.more(now, 1200) for now in (1212, 0, 1200)] == ["+12", "−1,200", "±0"]
    assert numbers.relative(Fraction(1, 12)) == "+8.3%"
    assert numbers.relative(Fraction(-1, 12)) == "−8.3%"
    assert numbers.relative(Fraction(1, 10_000)) == "±0.0%"
    assert numbers.relative(None) == "—"


def test_a_change_of_share_is_the_exact_difference_and_not_that_of_what_is_shown() -> None:
    now, before = Fraction(936_4, 100_00), Fraction(935_5, 100_00)  # shown 93.6 and 93.6
    assert numbers.change_of_share(now, before) == "+0.1"
    assert numbers.change_of_share(now, None) == "—"


def test_an_interval_is_told_with_both_ends() -> None:
    assert numbers.interval(Interval(0.612, 0.95)) == "61.2%–95.0%"
    assert numbers.interval(None) == "—"


def test_durations_are_hours_and_lateness_is_the_two_largest_units() -> None:
    assert numbers.duration(188_280.0, CHINESE) == "52.3 小时"
    assert numbers.duration(None, CHINESE) == "—"
    assert numbers.lateness(timedelta(days=3, hours=4, minutes=59), CHINESE) == "3 天 4 时"
    assert numbers.lateness(2 * 3600 + 119, CHINESE) == "2 时 1 分"
    assert numbers.lateness(59.9, CHINESE) == "0 分"
    assert numbers.lateness(None, CHINESE) == "—"


def test_counts_are_grouped() -> None:
    assert [numbers.count(number) for number in (961, 17_300, None)] == ["961", "17,300", "—"]


def test_the_sheet_of_a_line_follows_from_what_was_given() -> None:
    told = {
        Indicator.CLOSED: Tally(90, 100),
        Indicator.CLOSED_ON_TIME: Tally(80, 100),
        Indicator.DISSATISFIED: Tally(3, 40),
    }
    row = numbers.sheet_row(Line(By.TOWNSHIP, "x", told, told, {Indicator.CLOSED: Tally(70, 80)}))
    assert row.change == Fraction(1, 4)
    assert row == (100, 80, 10, 10, Fraction(9, 10), Fraction(4, 5), 3, Fraction(3, 40), 80)


def test_a_line_of_nothing_has_a_sheet_of_nothing() -> None:
    row = numbers.sheet_row(Line(By.TOWNSHIP, "x", {}, {}, {}))
    assert row.change is None
    assert row == (0, 0, 0, 0, None, None, 0, None, 0)
