"""Figures are told as they were seen."""

import pytest

from bench.figures import Figure, percentile, spread, table


@pytest.mark.parametrize(("per_cent", "seen"), [(50, 50), (95, 95), (99, 99), (100, 100), (0.5, 1)])
def test_a_percentile_is_a_value_that_was_really_seen(per_cent: float, seen: int) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], per_cent) == seen


def test_a_spread_is_minimum_median_and_maximum() -> None:
    assert spread([3000.0, 1000.0, 2000.0]) == "1,000 / 2,000 / 3,000"


def test_figures_that_depend_on_the_machine_come_last_and_are_marked() -> None:
    figures = [Figure("events/s", "5,000", "≥ 5,000", absolute=True), Figure("ratio", "9", "≥ 8")]
    lines = table("path", {"SQLite": figures, "PostgreSQL": figures[1:]}).splitlines()
    assert [line.split()[0] for line in lines[3:]] == ["ratio", "of", "events/s"]
    assert lines[4] == "  of this machine, this run:"
    assert lines[5].split() == ["events/s", "5,000", "≥", "5,000"]
