"""The hurried clock: one time for all who are handed the same numbers, as many times as fast as the machine's."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bench.clock import Hurried

BEGUN = datetime(2026, 9, 1, tzinfo=UTC)


def test_it_has_gone_so_many_times_as_far(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Hurried(3600.0, BEGUN.timestamp(), 1_000.0)
    monkeypatch.setattr(time, "time", lambda: 1_048.0)
    assert clock() == BEGUN + timedelta(days=2)


def test_another_process_makes_the_same_of_what_it_is_handed() -> None:
    clock = Hurried(3072.0, BEGUN.timestamp() + 0.1234567, 1_795_353_069.287448)
    assert Hurried(*map(float, clock.arguments)) == clock
