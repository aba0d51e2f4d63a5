"""What a person is shown before giving a case to another unit: exactly what giving it does."""

from typing import Any

import pytest

from casework.authority import authority
from casework.clocks import Kind, State
from casework.errors import Refused
from casework.joining import Merge, merge
from casework.moves import Assign, Pause, Sign, Whistle
from casework.preview import Preview, Share, UnitWeek, reassign_preview
from casework.vocabulary import Colour
from config.county import load_county
from tests.casework.stories import RULES, TO_HAND_OUT, Story
from tests.records import CONFIG, at

WHY = "事由"
NOTHING = Share(0, 0, 0)
RULE = RULES.clocks.newest.version


def held(**changes: Any) -> Story:
    """With the city's managers since Friday the 20th, 09:00; promised until the end of Friday the 27th."""
    story = Story(RULES)
    story.hear(**changes)
    return story


def preview(story: Story, when: str, unit: str = "U-WATER", **more: Any) -> Preview:
    move = Assign(**{"by": "desk", "at": at(when), "reason": WHY, "unit": unit, **more})
    return reassign_preview(story.case, move, RULES, at(when))


def week(shown: Preview) -> dict[str, UnitWeek]:
    return {each.unit_code: each for each in shown.week}


def test_the_promise_stays_and_the_units_clocks_begin_anew() -> None:
    story = held()
    (shown,) = preview(story, "11-23 10:00").reports
    assert (shown.old_unit, shown.new_unit) == ("U-CITY", "U-WATER")
    assert shown.promise == story.thread.promise
    assert (shown.sign_due.at, shown.sign_due.rule) == (at("11-25 00:00"), f"{RULE}/sign/ordinary")
    assert (shown.contact_due.at, shown.contact_due.rule) == (at("11-24 10:00"), f"{RULE}/contact/limit")
    assert (shown.finish_due, shown.lifted) == (shown.promise, False)
    assert shown.raised_to is None


def test_it_is_what_the_move_does_and_the_case_stays_as_it_is() -> None:
    story = held()
    before = story.case
    (shown,) = preview(story, "11-27 17:00").reports
    assert story.case == before
    story.do(Assign, "11-27 17:00", unit="U-WATER", reason=WHY)
    new = story.holder
    assert (new.sign_due, new.contact_due, new.finish_due) == (shown.sign_due, shown.contact_due, shown.finish_due)
    assert story.thread.promise == shown.promise


def test_a_late_hand_over_gives_the_unit_the_least_time_and_says_by_which_rule() -> None:
    (shown,) = preview(held(), "11-27 17:00").reports
    assert shown.lifted
    assert (shown.finish_due.at, shown.finish_due.rule) == (at("12-01 00:00"), f"{RULE}/minimum_handling/limit")
    assert shown.promise.at == at("11-28 00:00")


def test_a_report_nobody_holds_has_no_old_unit() -> None:
    story = held(**TO_HAND_OUT)
    shown = preview(story, "11-20 10:00")
    (report,) = shown.reports
    assert (report.old_unit, report.old_clocks) == (None, ())
    assert set(week(shown)) == {"U-WATER"}


def test_the_old_units_clocks_end_and_what_had_run_out_stays_late() -> None:
    story = held()
    story.do(Sign, "11-20 10:00", by="U-CITY")
    (shown,) = preview(story, "11-23 10:00").reports
    assert dict(shown.old_clocks) == {Kind.SIGN: State.MET, Kind.CONTACT: State.LATE, Kind.FINISH: State.ENDED}
    (shown,) = preview(story, "11-30 10:00").reports
    assert dict(shown.old_clocks)[Kind.FINISH] is State.LATE


def test_who_gives_it_away_in_time_is_not_asked_any_more_and_the_new_unit_is() -> None:
    shown = week(preview(held(), "11-24 10:00"))
    assert shown["U-CITY"] == UnitWeek("U-CITY", Share(0, 0, 1), NOTHING)
    assert shown["U-WATER"] == UnitWeek("U-WATER", NOTHING, Share(0, 0, 1))
    assert all(each.is_affected for each in shown.values())


def test_a_deadline_of_next_week_affects_nobodys_this_week() -> None:
    shown = week(preview(held(), "11-20 10:00"))
    assert shown.keys() == {"U-CITY", "U-WATER"}
    assert not any(each.is_affected for each in shown.values())


def test_a_unit_that_was_late_stays_late_whoever_has_it_then() -> None:
    shown = week(preview(held(), "11-28 10:00"))
    assert shown["U-CITY"] == UnitWeek("U-CITY", Share(0, 1, 0), Share(0, 1, 0))
    assert not shown["U-CITY"].is_affected
    assert shown["U-WATER"].after == NOTHING, "its day ends next week"


def test_a_co_handler_that_gets_it_has_two_spans_in_the_week() -> None:
    """Its part is over and was not late; the case is asked of it in its place."""
    story = held()
    story.do(Whistle, "11-23 10:00", by="U-CITY", units=("U-WATER",), whistle=False)
    shown = week(preview(story, "11-24 10:00"))
    assert shown["U-WATER"] == UnitWeek("U-WATER", Share(0, 0, 1), Share(0, 0, 1))


def test_the_third_hand_over_raises_the_colour() -> None:
    story = held()
    for minute, unit in ((0, "U-WATER"), (20, "U-FIRE")):
        story.do(Assign, f"11-20 10:{minute:02}", unit=unit, reason=WHY)
    (shown,) = preview(story, "11-20 10:40", unit="U-CITY").reports
    assert shown.raised_to is Colour.ORANGE


def test_it_is_refused_as_the_move_itself_is() -> None:
    story = held()
    with pytest.raises(Refused, match="U-CITY holds the case already"):
        preview(story, "11-20 10:00", unit="U-CITY")
    with pytest.raises(Refused, match="a reason is required"):
        preview(story, "11-20 10:00", reason="")
    story.do(Sign, "11-20 10:00", by="U-CITY")
    story.do(Pause, "11-20 11:00", by="U-CITY", reason=WHY, approver="centre")
    with pytest.raises(Refused, match="paused"):
        preview(story, "11-20 12:00")


def test_it_is_refused_to_whom_the_move_is_not_allowed() -> None:
    county = load_county(CONFIG / "county.toml")
    move = Assign(by="U-CITY", at=at("11-20 10:00"), reason=WHY, unit="U-WATER")
    with pytest.raises(Refused, match="only the county centre"):
        reassign_preview(held().case, move, RULES, at("11-20 10:00"), authority(county))


def test_of_several_reports_each_is_shown_or_said_why_not() -> None:
    story, other = held(), held(orderNum="DH2", organizationCode="U-WATER")
    joined, _ = merge(other.case, other.entries, story.case, 1, Merge(by="desk", at=at("11-20 10:00"), reason=WHY))
    story.case = joined.case
    shown = preview(story, "11-20 11:00")
    assert [each.report for each in shown.reports] == ["hotline12345:DH2026112000001"]
    assert [(report, str(refusal)) for report, refusal in shown.refusals] == [
        ("hotline12345:DH2", "U-WATER holds the case already")
    ]
