"""What shows over a case's status at an instant: due soon, overdue, finished late, provisional, standing still."""

from casework.moves import Approve, Close, Escalate, Finish, RecordVisit, Remind
from casework.vocabulary import Overlay, ReminderKind
from tests.casework.stages import WHY, closed, handled, new_years_eve, paused


def test_the_last_fifth_of_the_time_is_due_soon_and_then_it_is_overdue() -> None:
    story = handled()  # 184 hours; the last fifth begins 36.8 hours before the end
    assert story.overlays("11-26 11:11") == set()
    assert story.overlays("11-26 11:12") == {Overlay.DUE_SOON}
    assert story.overlays("11-28 00:00") == {Overlay.DUE_SOON}
    assert story.overlays("11-28 00:01") == {Overlay.OVERDUE}


def test_a_late_finish_is_finished_late_for_ever() -> None:
    story = handled()
    story.do(Finish, "11-28 00:01")
    assert story.overlays("11-28 00:01") == {Overlay.FINISHED_LATE}
    story.do(Approve, "11-28 09:00")
    story.do(RecordVisit, "11-28 10:00", reached=True)
    story.do(Close, "11-28 11:00")
    assert story.overlays("12-30 00:00") == {Overlay.FINISHED_LATE}
    assert closed().overlays("12-30 00:00") == set()


def test_a_deadline_on_an_unpublished_year_is_provisional() -> None:
    assert Overlay.PROVISIONAL in new_years_eve().overlays("12-31 10:00")


def test_what_stands_still_is_neither_due_soon_nor_overdue() -> None:
    assert paused().overlays("11-27 23:00") == paused().overlays("12-30 00:00") == {Overlay.PAUSED}


def test_nothing_is_watched_before_it_began() -> None:
    story = handled()
    story.do(Escalate, "11-23 09:00", reason=WHY)
    story.do(Remind, "11-23 09:00", kind=ReminderKind.URGE, unit="U-CITY")
    assert story.overlays("11-23 08:59") == set()
    assert story.overlays("11-23 09:00") == {Overlay.ESCALATED, Overlay.URGED}
