"""What a wall keeps back can't be reckoned from what it tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.rises import FEWEST_SHOWN
from dashboard.live.cells import untold

TABLES = st.dictionaries(st.integers(0, 30), st.integers(0, 12) | st.integers(0, 400), min_size=2, max_size=12)


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ({"a": 60, "b": 5, "c": 0}, {}),
        ({"a": 60, "b": 3, "c": 2, "d": 0}, {"b": 5, "c": 5}),
        ({"a": 60, "b": 3, "c": 0}, {"b": 5, "c": 5}),  # an empty one stands beside it: fewer than five is true of both
        ({"a": 60, "b": 3, "c": 7, "d": 9}, {"b": 10, "c": 10}),  # else the next larger one
        ({"a": 60, "b": 4, "c": 4, "d": 12}, {"b": 20, "c": 20, "d": 20}),  # the sum of two fours betrays both
        ({"a": 3}, {"a": 5}),  # the total itself is what the only cell holds
        ({}, {}),
    ],
)
def test_few_are_kept_back_with_company(counts: dict[str, int], kept: dict[str, int]) -> None:
    assert untold(counts) == kept


@given(TABLES)
def test_no_few_are_told_and_what_is_said_instead_is_true(counts: dict[int, int]) -> None:
    kept = untold(counts)
    assert {key for key, cases in counts.items() if 0 < cases < FEWEST_SHOWN} <= kept.keys()
    assert all(counts[key] < limit for key, limit in kept.items())


@given(TABLES)
def test_the_total_and_the_other_cells_leave_every_kept_one_open(counts: dict[int, int]) -> None:
    kept = untold(counts)
    together = sum(counts.values()) - sum(cases for key, cases in counts.items() if key not in kept)
    for limit in kept.values():
        others_at_most = (len(kept) - 1) * (limit - 1)
        least, most = max(0, together - others_at_most), min(limit - 1, together)
        assert least < most or len(kept) == len(counts)
