"""Matters found unreasonable: who may say so, what the journal tells, and that they score nobody."""

import pytest

from casework.evolve import fold
from casework.indicators import Indicator, UnitSpan, week_of
from casework.moves import MarkUnreasonable
from casework.scoring import week
from casework.vocabulary import EntryType
from tests.casework.stories import RULES, TO_HAND_OUT, Story
from tests.records import at


def held() -> Story:
    """In the hands of U-CITY, whom the source gave it."""
    story = Story()
    story.hear()
    return story


def test_it_is_told_with_its_reason_and_who_approved_it_and_the_source_does_not_undo_it() -> None:
    desk = held()
    assert desk.do(MarkUnreasonable, "11-20 11:00", reason="诉求缺乏依据", approver="leader") == [
        EntryType.MARKED_UNREASONABLE
    ]
    assert desk.told() == {"reason": "诉求缺乏依据", "approver": "leader"}
    desk.hear(title="另一个标题", updateTime="2026-11-20 12:00:00")
    assert desk.thread.extras.excluded_by == "leader"
    assert fold(desk.entries) == desk.case


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"reason": "", "approver": "leader"}, "a reason is required"),
        ({"reason": "无依据", "approver": ""}, "who approved it is required"),
        ({"reason": "无依据", "approver": "U-CITY"}, "can't decide about its own work"),
    ],
)
def test_it_takes_a_reason_and_an_approver_who_does_not_hold_it(more: dict[str, str], sentence: str) -> None:
    assert sentence in held().refuses(MarkUnreasonable, "11-20 11:00", **more)


def test_it_is_marked_once_and_only_where_a_unit_would_be_scored() -> None:
    desk = held()
    desk.do(MarkUnreasonable, "11-20 11:00", reason="无依据", approver="leader")
    assert "already" in desk.refuses(MarkUnreasonable, "11-20 12:00", reason="无依据", approver="leader")
    fresh = Story()
    fresh.hear(**TO_HAND_OUT)
    assert "counts for nobody" in fresh.refuses(MarkUnreasonable, "11-20 11:00", reason="无依据", approver="leader")


def test_excluded_spans_count_for_nobody_and_are_counted_without_the_exclusion() -> None:
    given, due = at("11-17 09:00"), at("11-18 09:00")
    span = UnitSpan(7, 1, "U", given, due, None, due, None, due, None, None, None, None, None, None, None)
    period, rules = week_of(at("11-20 12:00")), RULES.score.at(at("11-20 12:00"))
    span = span._replace(excluded=True)
    with_it = week([span], period, {"U": "T"}, rules, with_excluded=True).figures["T"].rates[Indicator.FINISHED]
    without = week([span], period, {"U": "T"}, rules).figures["T"].rates[Indicator.FINISHED]
    assert (with_it.denominator, without.denominator) == (1, 0)
