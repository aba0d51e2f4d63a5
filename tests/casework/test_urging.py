"""A unit is urged, and the level above takes charge: what shows of it, and for how long."""

import pytest

from casework.case import BY_HAND
from casework.moves import Escalate, Remind, Sign
from casework.vocabulary import EntryType, Overlay, ReminderKind, Status
from tests.casework.stages import WHY, closed, given, handled
from tests.records import at


def test_the_level_above_takes_charge() -> None:
    story = handled()
    assert story.refuses(Escalate, "11-23 09:00") == "a reason is required"
    assert story.do(Escalate, "11-23 09:00", reason=WHY) == [EntryType.ESCALATED]
    assert story.overlays("11-23 09:00") == {Overlay.ESCALATED}
    assert story.status is Status.HANDLING
    assert closed().refuses(Escalate, "11-25 09:00", reason=WHY) == "the case has ended"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (ReminderKind.REMIND, set()),
        (ReminderKind.URGE, {Overlay.URGED}),
        (ReminderKind.NOTICE, {Overlay.URGED}),
        (ReminderKind.SUPERVISE, {Overlay.SUPERVISED}),
    ],
)
def test_urging_shows_until_something_moves(kind: ReminderKind, shown: set[Overlay]) -> None:
    story = given()
    assert story.do(Remind, "11-23 09:00", kind=kind, unit="U-CITY") == [EntryType.REMINDED]
    assert story.thread.extras.reminders == ((BY_HAND, kind, at("11-23 09:00"), "U-CITY"),)
    assert story.overlays("11-23 10:00") == shown
    story.do(Sign, "11-23 11:00")
    assert story.overlays("11-23 12:00") == set()


def test_the_graver_urging_is_the_one_shown() -> None:
    story = handled()
    story.do(Remind, "11-23 09:00", kind=ReminderKind.SUPERVISE, unit="U-CITY")
    story.do(Remind, "11-23 10:00", kind=ReminderKind.URGE, unit="U-CITY")
    assert story.overlays("11-23 10:00") == {Overlay.SUPERVISED}


def test_nobody_is_urged_about_what_has_ended() -> None:
    assert closed().refuses(Remind, "11-25 09:00", kind=ReminderKind.URGE, unit="U-CITY") == "the case has ended"
