import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from casework.errors import RuleError
from casework.rises import DEFAULT, Counts, RiseKind, RiseRule, rises

TOWNS = {"t1": 92, "t2": 38, "t3": 28, "t4": 35, "t5": 34, "t6": 21, "t7": 25, "t8": 28, "t9": 8}
KINDS = {f"c{number:02}": 27 - number for number in range(27)}
A_WEEK = 173
BEFORE = 12


def poisson(source: random.Random, mean: float) -> int:
    """Knuth's method; for small means."""
    count, product, end = 0, source.random(), math.exp(-mean)
    while product > end:
        count += 1
        product *= source.random()
    return count


def quiet_weeks(number: int, seed: int, swing: float = 0.0, a_week: int = A_WEEK) -> list[Counts]:
    """Weeks that are all alike; with a swing, the rate of every pair has that variance from week to week (mean 1)."""
    source = random.Random(seed)
    whole = sum(TOWNS.values()) * sum(KINDS.values())
    means = {(t, c): a_week * people * share / whole for t, people in TOWNS.items() for c, share in KINDS.items()}
    return [
        {
            pair: poisson(source, mean * (source.gammavariate(1 / swing, swing) if swing else 1.0))
            for pair, mean in means.items()
        }
        for _ in range(number)
    ]


def share_with_rises(weeks: Sequence[Counts], before: int) -> float:
    looks = [bool(rises(weeks[now], weeks[now - before : now])) for now in range(before, len(weeks))]
    return sum(looks) / len(looks)


def alike(count: int, weeks: int = BEFORE) -> list[Counts]:
    """One township, one category, always the same count but for one case more or less."""
    return [{("t1", "noise"): count + (-1, 0, 1)[week % 3]} for week in range(weeks)]


def kinds_of(now: Counts, earlier: Sequence[Counts]) -> set[RiseKind]:
    return {rise.kind for rise in rises(now, earlier)}


@pytest.mark.parametrize(
    ("before", "swing", "a_week", "looks"),
    [(12, 0.0, A_WEEK, 400), (4, 0.0, A_WEEK, 400), (12, 0.2, A_WEEK, 200), (12, 0.2, 5 * A_WEEK, 200)],
)
def test_quiet_weeks_are_quiet(before: int, swing: float, a_week: int, looks: int) -> None:
    share = share_with_rises(quiet_weeks(looks + before, seed=7, swing=swing, a_week=a_week), before)
    assert share <= DEFAULT.false_alarms + 0.01


def test_a_lax_rule_finds_rises_in_the_same_weeks() -> None:
    """So that the quiet above is the rule's doing."""
    weeks = quiet_weeks(60, seed=7)
    lax = replace(DEFAULT, false_alarms=0.99)
    shown = [bool(rises(weeks[now], weeks[now - BEFORE : now], lax)) for now in range(BEFORE, len(weeks))]
    assert sum(shown) / len(shown) > 0.15


def test_a_doubled_township_is_seen() -> None:
    weeks = quiet_weeks(100 + BEFORE, seed=8)
    seen = 0
    for now in range(BEFORE, len(weeks)):
        doubled = {pair: count * (2 if pair[0] == "t1" else 1) for pair, count in weeks[now].items()}
        found = rises(doubled, weeks[now - BEFORE : now])
        seen += any(rise.kind is RiseKind.TOWNSHIP and rise.township == "t1" for rise in found)
    assert seen >= 85


def test_a_rise_tells_count_median_and_limit() -> None:
    (rise, *_) = rises({("t1", "noise"): 40}, alike(10))
    assert (rise.count, rise.usual) == (40, 10)
    assert 17 <= rise.limit <= 22, "Poisson's mean of 10 exceeds 20 once in 1,600 times"


def test_a_count_is_a_rise_just_beyond_its_limit() -> None:
    limit = rises({("t1", "noise"): 40}, alike(10))[0].limit
    assert rises({("t1", "noise"): limit}, alike(10)) == ()
    assert [rise.limit for rise in rises({("t1", "noise"): limit + 1}, alike(10))] == [limit] * 3


def test_the_limit_is_poissons_when_history_is_long() -> None:
    """The tail of a Poisson distribution, summed here by hand, against a hundred weeks that vary no more than it."""
    chance = DEFAULT.false_alarms / 3
    probability = [math.exp(-10 + k * math.log(10) - math.lgamma(k + 1)) for k in range(200)]
    limit = next(k for k in range(200) if sum(probability[k + 1 :]) <= chance)
    found = rises({("t1", "noise"): 40}, alike(10, weeks=100))
    assert [rise.limit for rise in found] == [limit] * 3


def test_a_series_that_varies_much_has_a_higher_limit() -> None:
    steady: list[Counts] = [{("t1", "noise"): 20} for _ in range(12)]
    restless: list[Counts] = [{("t1", "noise"): 5 if week % 2 else 35} for week in range(12)]
    now: Counts = {("t1", "noise"): 45}
    assert rises(now, steady)[0].limit < 40
    assert rises(now, restless) == ()


def township_limits(now: Counts, earlier: Sequence[Counts]) -> dict[str | None, int]:
    return {rise.township: rise.limit for rise in rises(now, earlier) if rise.kind is RiseKind.TOWNSHIP}


def swinging(week: int, about: int, by: int) -> int:
    return about + (by if week % 2 else -by)


def test_a_series_that_varies_more_than_its_neighbours_is_judged_by_itself() -> None:
    calm: Counts = {(f"t{n}", "noise"): 20 for n in range(2, 40)}
    weeks: list[Counts] = [{**calm, ("t1", "noise"): swinging(week, 20, 15)} for week in range(12)]
    assert township_limits({**calm, ("t2", "noise"): 50}, weeks).keys() == {"t2"}
    assert township_limits({**calm, ("t1", "noise"): 50}, weeks) == {}


def test_a_small_series_that_has_been_calm_is_judged_by_its_neighbours_too() -> None:
    """20 townships that swing: phi is 7.5, kappa 0.33. A calm one of 5 a week has phi 2.7 by kappa, and nearly 0 by itself."""
    weeks: list[Counts] = [
        {**{(f"t{n}", "noise"): swinging(week, 20, 12) for n in range(2, 22)}, ("t1", "noise"): 5} for week in range(12)
    ]
    assert township_limits({("t1", "noise"): 90}, weeks)["t1"] > 40, "kappa alone would say 25"


def test_a_swing_of_rates_counts_more_for_a_large_series() -> None:
    """20 townships of 400 that swing by a quarter: phi is 29. Beside them one of 1,000: kappa is 0.051, so its phi is 52."""
    weeks: list[Counts] = [
        {**{(f"t{n}", "noise"): swinging(week, 400, 100) for n in range(2, 22)}, ("t1", "noise"): 1_000}
        for week in range(12)
    ]
    limit = township_limits({("t1", "noise"): 4_000}, weeks)["t1"]
    assert (limit - 1_000) / math.sqrt(1_000 * 13 / 12) > 3.4 * math.sqrt(45)


def test_the_more_series_are_looked_at_the_higher_the_limit() -> None:
    many: list[Counts] = [{**week, **{(f"t{n}", "noise"): 10 for n in range(2, 60)}} for week in alike(10)]
    now: Counts = {("t1", "noise"): 60, **{(f"t{n}", "noise"): 10 for n in range(2, 60)}}
    alone = rises({("t1", "noise"): 60}, alike(10))
    among = [rise for rise in rises(now, many) if rise.kind is RiseKind.TOWNSHIP]
    assert [rise.township for rise in among] == ["t1"]
    assert among[0].limit > next(rise.limit for rise in alone if rise.kind is RiseKind.TOWNSHIP)


def test_fewer_than_four_weeks_say_nothing() -> None:
    assert rises({("t1", "noise"): 400}, alike(10, weeks=3)) == ()
    assert rises({("t1", "noise"): 400}, alike(10, weeks=4)) != ()


def test_four_cases_are_never_a_rise_and_five_where_there_were_none_are() -> None:
    silent: list[Counts] = [{} for _ in range(12)]
    assert rises({("t1", "noise"): 4}, silent) == ()
    found = rises({("t1", "noise"): 5}, silent)
    assert {(rise.count, rise.limit) for rise in found} == {(5, 1)}, (
        "half a case in twelve weeks: two have 1 chance in 450"
    )


def test_a_usual_count_under_five_is_not_given_out() -> None:
    silent: list[Counts] = [{("t1", "noise"): 4} for _ in range(12)]
    assert {rise.usual for rise in rises({("t1", "noise"): 30}, silent)} == {None}
    assert {rise.usual for rise in rises({("t1", "noise"): 30}, [{("t1", "noise"): 5}] * 12)} == {5}


def test_nothing_shown_is_under_five_whatever_the_weeks_are() -> None:
    source = random.Random(9)
    for _ in range(200):
        weeks: list[Counts] = [{(f"t{n}", "c"): poisson(source, 1.0) for n in range(5)} for _ in range(5)]
        now: Counts = {(f"t{n}", "c"): source.randrange(12) for n in range(5)}
        for rise in rises(now, weeks):
            assert rise.count >= 5
            assert rise.usual is None or rise.usual >= 5


def test_a_pair_can_rise_where_its_township_does_not() -> None:
    week: Counts = {**{("t1", f"c{n}"): 30 for n in range(10)}, ("t2", "c0"): 60, ("t1", "rare"): 1}
    found = rises({**week, ("t1", "rare"): 15}, [week] * 12)
    assert [(rise.kind, rise.township, rise.category) for rise in found] == [
        (RiseKind.CATEGORY, None, "rare"),
        (RiseKind.PAIR, "t1", "rare"),
    ]


def test_a_case_of_an_unknown_township_counts_for_its_category_only() -> None:
    assert kinds_of({(None, "noise"): 40}, alike(10)) == {RiseKind.CATEGORY}


def test_the_least_likely_comes_first() -> None:
    week: Counts = {("t1", "a"): 10, ("t2", "b"): 10}
    found = rises({("t1", "a"): 40, ("t2", "b"): 90}, [week] * 12)
    assert [rise.township for rise in found if rise.kind is RiseKind.TOWNSHIP] == ["t2", "t1"]
    assert rises({("t1", "a"): 4_000, ("t2", "b"): 9_000}, [week] * 12)[0].count == 9_000


def test_thousands_of_cases_are_no_trouble() -> None:
    assert kinds_of({("t1", "noise"): 30_000}, alike(20_000)) == set(RiseKind)
    assert kinds_of({("t1", "noise"): 20_100}, alike(20_000)) == set()


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"least_cases": 4}, "no count under 5 may be shown"),
        ({"false_alarms": 0.0}, "not between 0 and 1"),
        ({"least_weeks": 1}, "too few"),
    ],
)
def test_a_rule_that_says_too_much_is_refused(rule: dict[str, float], complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        RiseRule(**rule)  # type: ignore[arg-type]
