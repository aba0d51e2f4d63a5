"""Scores, ranks and the wall's table, from rates laid out by hand."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.indicators import (
    NOTHING,
    ON_THE_WALL,
    WEEK,
    Figures,
    Indicator,
    Period,
    Rate,
    UnitSpan,
    VisitRule,
    weeks_until,
)
from casework.scoring import (
    Part,
    ScoreRules,
    Standing,
    Term,
    TownshipRow,
    Unranked,
    Week,
    change_of_rank,
    fingerprint,
    ranking,
    score_of,
    wall_table,
    week,
    wilson,
)
from casework.vocabulary import Satisfaction
from tests.casework.stories import RULES
from tests.records import NOW, at

SIGNED, CONTACTED, FINISHED, SOLVED, SATISFIED = ON_THE_WALL
EXAMPLE = RULES.score.newest
CLOCKS_AND_VISITS = replace(EXAMPLE, terms={each: term for each, term in EXAMPLE.terms.items() if each in ON_THE_WALL})
BULLETIN = Term(Fraction(25), Fraction("0.98"), Fraction("0.02"), Fraction("0.5"))
PLAIN = Term(Fraction(1), Fraction(1), Fraction("0.01"), Fraction(0))  # earns its weight × the rate


def rules(**terms: Term) -> ScoreRules:
    named = {Indicator(name): term for name, term in terms.items()}
    return ScoreRules("1", date(2026, 1, 1), 10, VisitRule(frozenset({Satisfaction.SATISFIED}), False), named)


def rate(good: int, many: int) -> Rate:
    return Rate(tuple((1, number) for number in range(good)), tuple((1, number) for number in range(many)))


def rates(**counts: tuple[int, int]) -> Mapping[Indicator, Rate]:
    return {**NOTHING.rates, **{Indicator(name): rate(*count) for name, count in counts.items()}}


def these(**counts: tuple[int, int]) -> Figures:
    return Figures((), rates(**counts))


@pytest.mark.parametrize(
    ("good", "points"),
    [
        (1000, 25.0),
        (980, 25.0),  # the target itself
        (979, 24.95),  # a tenth of a point under it
        (970, 24.5),
        (880, 20.0),
        (740, 13.0),
        (730, 12.5),  # the floor
        (729, 12.5),
        (0, 12.5),
    ],
)
def test_a_published_bulletin_takes_half_a_point_for_each_point_under_98_and_leaves_12_and_a_half(
    good: int, points: float
) -> None:
    scored = score_of(rates(finished=(good, 1000)), rules(finished=BULLETIN))
    assert scored is not None
    assert scored.parts == (Part(FINISHED, points, 25.0),)


def test_a_score_is_the_sum_of_its_parts() -> None:
    everything = rates(
        signed=(10, 10), contacted=(97, 100), finished=(88, 100), solved=(0, 7), satisfied=(19, 20), data=(96, 100)
    )
    scored = score_of(everything, EXAMPLE)
    assert scored is not None
    assert scored.parts == (
        Part(SIGNED, 10.0, 10.0),
        Part(CONTACTED, 14.7, 15.0),
        Part(FINISHED, 24.0, 30.0),
        Part(SOLVED, 10.0, 20.0),
        Part(SATISFIED, 20.0, 20.0),
        Part(Indicator.DATA, 4.8, 5.0),
    )
    assert (scored.points, scored.possible) == (83.5, 100.0)


def test_what_has_no_denominator_says_nothing_and_the_others_share_its_weight() -> None:
    three = rules(
        signed=PLAIN._replace(weight=Fraction(20)), finished=PLAIN._replace(weight=Fraction(60)), solved=BULLETIN
    )
    scored = score_of(rates(signed=(1, 2), finished=(3, 4)), three)
    assert scored is not None
    assert scored.parts == (Part(SIGNED, 13.125, 26.25), Part(FINISHED, 59.0625, 78.75))
    assert (scored.points, scored.possible) == (72.2, 105.0)


def test_with_nothing_to_divide_by_there_is_no_score() -> None:
    assert score_of(NOTHING.rates, EXAMPLE) is None
    assert score_of(rates(solved=(1, 1)), rules(finished=BULLETIN)) is None, "nor with only what is not scored"


@pytest.mark.parametrize(
    ("good", "points"), [(1244, 12.4), (1245, 12.5), (1249, 12.5), (1250, 12.5), (1254, 12.5), (1255, 12.6)]
)
def test_half_a_tenth_is_rounded_up(good: int, points: float) -> None:
    scored = score_of(rates(finished=(good, 10_000)), rules(finished=PLAIN._replace(weight=Fraction(100))))
    assert scored is not None
    assert scored.points == points


@pytest.mark.parametrize(
    ("many", "reason"),
    [(0, Unranked.NO_CASES), (1, Unranked.FEW_CASES), (9, Unranked.FEW_CASES), (10, None), (11, None)],
)
def test_fewer_than_ten_clocks_to_finish_are_too_few_for_a_rank(many: int, reason: Unranked | None) -> None:
    found = ranking({"T": these(finished=(0, many))}, EXAMPLE)["T"]
    assert found.reason is reason
    assert (found.rank, found.score is None) == ((1, False) if reason is None else (None, True))
    assert (found.interval is None) == (reason in (None, Unranked.NO_CASES))


def test_a_township_with_visits_only_is_not_ranked() -> None:
    found = ranking({"T": these(solved=(40, 40), satisfied=(40, 40))}, EXAMPLE)["T"]
    assert found == Standing(None, None, Unranked.FEW_CASES, None)


def test_how_many_are_too_few_is_configured() -> None:
    found = ranking({"T": these(finished=(4, 4))}, replace(EXAMPLE, n_min=4))
    assert found["T"].rank == 1


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # from Wilson's formula as the roots of (p - s)² = z² p (1 - p) / n, in 50 decimal digits
        (0, 9, 0.0, 0.299145),
        (9, 9, 0.700855, 1.0),
        (8, 9, 0.565000, 0.980109),
        (1, 1, 0.206549, 1.0),
        (5, 10, 0.236593, 0.763407),
    ],
)
def test_wilsons_interval(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-6)
    assert found.high == pytest.approx(high, abs=1e-6)


def test_there_is_no_interval_without_trials() -> None:
    assert wilson(0, 0) is None


def test_equal_scores_share_a_rank_and_the_next_is_as_far_down_as_there_are_better_ones() -> None:
    scored = rules(finished=PLAIN._replace(weight=Fraction(100)))
    counts = {"C": (900, 1000), "E": (1, 2), "B": (1000, 1000), "A": (900, 1000), "D": (899, 1000)}
    found = ranking({township: these(finished=count) for township, count in counts.items()}, scored)
    assert [(township, standing.rank) for township, standing in found.items()] == [
        ("B", 1),
        ("A", 2),
        ("C", 2),
        ("D", 4),
        ("E", None),
    ]


def test_scores_that_are_shown_equal_are_equal() -> None:
    scored = rules(finished=PLAIN._replace(weight=Fraction(100)))
    counts = {"A": (90_010, 100_000), "B": (90_040, 100_000), "C": (90_050, 100_000)}
    found = ranking({township: these(finished=count) for township, count in counts.items()}, scored)
    points = {township: (each.rank, each.score and each.score.points) for township, each in found.items()}
    assert points == {"A": (2, 90.0), "B": (2, 90.0), "C": (1, 90.1)}


def test_ranks_gained_are_counted_between_rankings() -> None:
    few = Standing(None, None, Unranked.FEW_CASES, None)
    before = {"A": Standing(1, None), "B": Standing(2, None), "C": Standing(3, None), "D": few, "E": Standing(4, None)}
    now = {"A": Standing(3, None), "B": Standing(2, None), "C": Standing(1, None), "D": Standing(4, None), "E": few}
    assert change_of_rank(now | {"F": Standing(5, None)}, before) == {
        "A": -2, "B": 0, "C": 2, "D": None, "E": None, "F": None,
    }  # fmt: skip


def test_the_example_is_the_one_the_notice_gives() -> None:
    assert {indicator: int(term.weight) for indicator, term in EXAMPLE.terms.items()} == {
        SIGNED: 10, CONTACTED: 15, FINISHED: 30, SOLVED: 20, SATISFIED: 20, Indicator.DATA: 5,
    }  # fmt: skip
    assert EXAMPLE.n_min == 10
    assert EXAMPLE.visits.satisfied == {
        Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED,
    }  # fmt: skip


PERIODS = weeks_until(NOW, 8)
TOWNSHIPS = {"U-1": "T-1", "U-2": "T-2", "U-3": "T-3"}


def finished(case_id: int, unit: str, period: Period, in_time: bool) -> UnitSpan:
    """A span given and due in a week, of whose clocks only that for the finish counts."""
    begun, due = period.start + timedelta(hours=1), period.start + timedelta(hours=2)
    done = due if in_time else due + timedelta(minutes=1)
    away = begun - 60 * WEEK
    return UnitSpan(case_id, 1, unit, begun, away, None, away, None, due, done, None, None, None, None, None, None)


def history(*weeks: Mapping[str, tuple[int, int]]) -> list[Week]:
    """Weeks that end with the running one; in each, units with (in time, due)."""
    spans = [
        finished(100 * number + place, unit, period, place < good)
        for number, (period, counts) in enumerate(zip(PERIODS[-len(weeks) :], weeks, strict=True))
        for unit, (good, many) in counts.items()
        for place in range(many)
    ]
    return [week(spans, period, TOWNSHIPS, CLOCKS_AND_VISITS) for period in PERIODS[-len(weeks) :]]


def test_the_walls_table_has_a_line_for_every_township_the_unranked_apart() -> None:
    quiet: dict[str, tuple[int, int]] = {}
    table = wall_table(
        history(
            {"U-1": (10, 10), "U-2": (5, 10)},
            quiet,
            {"U-1": (9, 9), "U-3": (12, 12)},
            quiet,
            quiet,
            quiet,
            {"U-1": (20, 20), "U-2": (10, 20), "U-3": (8, 10)},
            {"U-3": (10, 10), "U-2": (11, 12), "U-1": (8, 9)},
        )
    )
    assert [(each.township, each.standing.rank, each.change, each.given) for each in table] == [
        ("T-3", 1, 1, 10),
        ("T-2", 2, 1, 12),
        ("T-1", None, None, 9),
    ]
    third, second, first = (each.weekly for each in table)
    assert third == (None, None, 95.0, None, None, None, 60.8, 95.0)
    assert second == (47.5, None, None, None, None, None, 47.5, 83.0)
    assert first == (95.0, None, None, None, None, None, 95.0, None)
    assert table[2].standing.reason is Unranked.FEW_CASES
    assert table[2].standing.interval == wilson(8, 9)
    rate_of_third = table[0].rates[FINISHED]
    assert (rate_of_third.numerator, rate_of_third.denominator) == (10, 10)
    assert isinstance(table[0], TownshipRow)


def test_an_empty_county_has_a_line_for_every_township_and_no_rank() -> None:
    table = wall_table(history({}, {}))
    assert [each.township for each in table] == ["T-1", "T-2", "T-3"]
    for each in table:
        assert each.standing == Standing(None, None, Unranked.NO_CASES, None)
        assert (each.change, each.given, each.weekly) == (None, 0, (None, None))


def test_a_first_week_has_no_week_to_change_from() -> None:
    (line, *_) = wall_table(history({"U-1": (10, 10)}))
    assert (line.standing.rank, line.change, line.weekly) == (1, None, (95.0,))


def test_each_week_is_scored_by_the_rules_it_began_under() -> None:
    before, now = history({"U-1": (8, 10)}, {"U-1": (8, 10)})
    generous = Week(before.figures, replace(EXAMPLE, terms={FINISHED: PLAIN._replace(weight=Fraction(100))}))
    (line, *_) = wall_table([generous, now])
    assert line.weekly == (80.0, 60.8)


def test_a_township_that_is_new_this_week_had_no_place_before() -> None:
    before, now = history({"U-1": (10, 10)}, {"U-1": (10, 10), "U-2": (10, 10)})
    without = Week({"T-1": before.figures["T-1"]}, before.rules)
    assert [(each.township, each.change, each.weekly) for each in wall_table([without, now])] == [
        ("T-1", 0, (95.0, 95.0)),
        ("T-2", None, (None, 95.0)),
        ("T-3", None, (None, None)),
    ]


def test_a_fingerprint_names_what_numbers_rest_on_and_nothing_else() -> None:
    period = PERIODS[-1]
    name = fingerprint(100, "2026-1", "state-council-2026", period)
    assert name == "23f91f22b814", "it is printed on papers: the same for ever"
    local = Period(*(each.astimezone(at("11-20 12:00").tzinfo) for each in period))
    assert fingerprint(100, "2026-1", "state-council-2026", local) == name, "an instant is the same in every zone"
    later = period._replace(at=period.at + timedelta(microseconds=1))
    others = {
        fingerprint(101, "2026-1", "state-council-2026", period),
        fingerprint(100, "2026-2", "state-council-2026", period),
        fingerprint(100, "2026-1", "state-council-2027", period),
        fingerprint(100, "2026-1", "state-council-2026", PERIODS[0]),
        fingerprint(100, "2026-1", "state-council-2026", later),
        fingerprint(100, '2026-1", "x', "state-council-2026", period),
        fingerprint(100, "2026-1", 'x", "state-council-2026', period),
        name,
    }
    assert len(others) == 8


COUNTS = st.integers(0, 40).flatmap(lambda many: st.tuples(st.integers(0, many), st.just(many)))
FIGURES = st.fixed_dictionaries({indicator.value: COUNTS for indicator in Indicator}).map(lambda each: these(**each))
SHARES = st.integers(0, 100).map(lambda number: Fraction(number, 100))
TERMS = st.builds(Term, st.integers(1, 1000).map(lambda tenths: Fraction(tenths, 10)), SHARES, SHARES, SHARES)
SCORE_RULES: st.SearchStrategy[ScoreRules] = st.dictionaries(st.sampled_from(Indicator), TERMS, min_size=1).map(
    lambda terms: rules(**{indicator.value: term for indicator, term in terms.items()})
)


@given(FIGURES, SCORE_RULES)
def test_a_score_lies_between_nothing_and_all_its_weights(found: Figures, scored_by: ScoreRules) -> None:
    scored = score_of(found.rates, scored_by)
    if scored is None:
        assert not any(found.rates[indicator].all for indicator in scored_by.terms)
        return
    weights = float(sum(term.weight for term in scored_by.terms.values()))
    assert 0 <= scored.points <= scored.possible == weights
    assert sum(part.possible for part in scored.parts) == pytest.approx(weights)
    assert sum(part.got for part in scored.parts) == pytest.approx(scored.points, abs=0.0501)
    for part in scored.parts:
        floor = float(scored_by.terms[part.indicator].floor)
        assert floor * part.possible - 1e-9 <= part.got <= part.possible + 1e-9


@given(st.dictionaries(st.sampled_from("ABCDEFGHI"), FIGURES), st.integers())
def test_a_ranking_does_not_depend_on_the_order_townships_are_named_in(found: dict[str, Figures], seed: int) -> None:
    ranked = ranking(found, EXAMPLE)
    names = list(found)
    random.Random(seed).shuffle(names)
    assert list(ranking({name: found[name] for name in names}, EXAMPLE).items()) == list(ranked.items())
    placed: list[Any] = [each for each in ranked.values() if each.rank is not None]
    for one in placed:
        assert one.rank == 1 + sum(other.score.points > one.score.points for other in placed)
    assert {each.rank for each in placed} <= set(range(1, len(placed) + 1))


@given(FIGURES, st.sampled_from(Indicator))
def test_doing_better_never_costs_points(found: Figures, indicator: Indicator) -> None:
    rate_now = found.rates[indicator]
    if not rate_now.missed:
        return
    better = rate(rate_now.numerator + 1, rate_now.denominator)
    before, after = score_of(found.rates, EXAMPLE), score_of({**found.rates, indicator: better}, EXAMPLE)
    assert before is not None
    assert after is not None
    assert after.points >= before.points
