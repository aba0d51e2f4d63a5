"""Objections to being scored: who may raise and settle one, what the journal tells, and what it leaves out of the score."""

import pytest

from casework.evolve import fold
from casework.moves import Contest, SettleObjection
from casework.vocabulary import EntryType
from db.projections import assignment_rows
from tests.casework.stories import Story

WHY = "诉求人当日不在本地，无法联系"


def held() -> Story:
    """In the hands of U-CITY, whom the source gave it: span 1."""
    story = Story()
    story.hear()
    return story


def contested() -> Story:
    story = held()
    story.do(Contest, "11-20 11:00", span=1, reason=WHY)
    return story


def excluded(story: Story) -> bool:
    return bool(assignment_rows(1, story.case)[0][-5])


def test_it_is_told_with_its_reason_and_counts_until_it_is_upheld() -> None:
    story = held()
    assert story.do(Contest, "11-20 11:00", span=1, reason=WHY) == [EntryType.OBJECTED]
    assert story.told() == {"span": 1, "reason": WHY}
    assert (story.thread.spans[0].objection, excluded(story)) == ("open", False)
    kinds = story.do(SettleObjection, "11-20 12:00", span=1, upheld=True, approver="leader", reason="属实")
    assert kinds == [EntryType.OBJECTION_SETTLED]
    assert (story.thread.spans[0].objection, excluded(story)) == ("upheld", True)
    assert fold(story.entries) == story.case


def test_it_may_be_decided_otherwise_later() -> None:
    story = contested()
    story.do(SettleObjection, "11-20 12:00", span=1, upheld=True, approver="leader", reason="属实")
    story.do(SettleObjection, "11-20 13:00", span=1, upheld=False, approver="leader", reason="复核不属实")
    assert (story.thread.spans[0].objection, excluded(story)) == ("refused", False)
    again = {"span": 1, "upheld": False, "approver": "leader", "reason": "复核"}
    assert "decided so already" in story.refuses(SettleObjection, "11-20 14:00", **again)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"span": 1, "reason": ""}, "a reason is required"),
        ({"span": 7, "reason": WHY}, "no assignment of that number"),
    ],
)
def test_it_takes_a_reason_and_a_span_there_is(more: dict[str, object], sentence: str) -> None:
    assert sentence in held().refuses(Contest, "11-20 11:00", **more)


def test_a_span_is_contested_once() -> None:
    assert "no work left" in contested().refuses(Contest, "11-20 12:00", span=1, reason=WHY)


def test_nobody_decides_about_their_own_and_nothing_is_settled_that_was_not_raised() -> None:
    own = {"span": 1, "upheld": True, "approver": "U-CITY", "reason": "属实"}
    assert "can't decide about its own work" in contested().refuses(SettleObjection, "11-20 12:00", **own)
    fair = {**own, "approver": "leader"}
    assert "nobody has contested it" in held().refuses(SettleObjection, "11-20 12:00", **fair)


def test_the_source_correcting_itself_and_the_case_ending_leave_it() -> None:
    story = contested()
    story.hear(title="另一个标题", updateTime="2026-11-20 12:00:00")
    assert story.thread.spans[0].objection == "open"
