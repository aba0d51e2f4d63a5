"""Which reports of a case a move is for, when it happens, and that a unit decides nothing about its own work."""

import pytest

from casework.lifecycle import Move, decide
from casework.moves import (
    Approve,
    AskExtension,
    Assign,
    Finish,
    GrantExtension,
    GrantReturn,
    Pause,
    RefuseExtension,
    RefuseReturn,
    Reject,
    Return,
    Sign,
)
from casework.vocabulary import EntryType
from tests.casework.stages import WHY, finished, given, handled, returned_once, two_reports
from tests.casework.stories import RULES, Story
from tests.records import at


def test_a_move_about_a_report_that_is_not_there_is_refused() -> None:
    assert given().refuses(Sign, "11-20 10:00", report="grid:X") == "the report grid:X is not in this case"


def test_a_move_with_a_clock_that_is_slow_happens_at_the_last_thing_known() -> None:
    story = given()
    story.do(Sign, "11-20 08:59")
    assert story.holder.signed_at == story.holder.assigned_at == at("11-20 09:00")


def own_work() -> list[tuple[Story, list[type[Move]]]]:
    """What U-WATER and U-CITY asked for or handed in, and who may decide about it."""
    returning = returned_once()
    returning.do(Return, "11-24 09:00", reason=WHY)
    extending = handled()
    extending.do(AskExtension, "11-24 09:00", amount=3, reason=WHY)
    return [
        (returning, [GrantReturn, RefuseReturn]),
        (extending, [GrantExtension, RefuseExtension]),
        (finished(), [Approve, Reject]),
    ]


def test_a_unit_does_not_decide_about_its_own_work() -> None:
    for story, deciding in own_work():
        unit = story.holder.unit_code
        for kind in deciding:
            refused = story.refuses(kind, "11-24 10:00", by=unit, reason=WHY)
            assert refused == f"{unit} holds the report and can't decide about its own work"
        assert story.do(deciding[0], "11-24 10:00", by="U-ANOTHER", reason=WHY)


def test_a_unit_does_not_approve_its_own_pause() -> None:
    story = handled()
    refused = story.refuses(Pause, "11-24 09:00", by="desk", approver="U-CITY", reason=WHY)
    assert refused == "U-CITY holds the report and can't decide about its own work"
    assert story.do(Pause, "11-24 09:00", by="U-CITY", approver="centre", reason=WHY) == [EntryType.PAUSED]


@pytest.mark.parametrize("kind", [GrantReturn, RefuseReturn])
def test_the_centre_decides_only_what_it_was_asked(kind: type[Move]) -> None:
    assert given().refuses(kind, "11-23 09:00", reason=WHY) == "nobody has asked to return it"


def test_what_one_unit_asked_is_not_asked_by_the_next() -> None:
    story = returned_once()
    story.do(Return, "11-24 09:00", reason=WHY)
    story.do(Assign, "11-24 10:00", unit="U-ROADS", reason=WHY)
    assert story.refuses(GrantReturn, "11-24 11:00") == "nobody has asked to return it"
    assert story.do(Return, "11-24 12:00", reason=WHY) == [EntryType.RETURN_ASKED]


def test_a_move_that_names_no_report_is_for_all_it_fits() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00", report="hotline12345:DH2")
    assert story.do(Sign, "11-20 11:00") == [EntryType.SIGNED]
    assert [thread.holder.signed_at for thread in story.case.threads if thread.holder] == [
        at("11-20 11:00"),
        at("11-20 10:00"),
    ]


def test_a_move_that_only_some_reports_take_says_which_it_was_refused_for() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00", report="hotline12345:DH2")
    decision = decide(story.case, Sign(by="desk", at=at("11-20 11:00")), RULES)
    ((report, refusal),) = decision.refusals
    assert report == "hotline12345:DH2"
    assert str(refusal) == "not possible while the case is handling; possible when it is to_sign"
    assert decide(decision.case, Finish(by="desk", at=at("11-20 12:00")), RULES).refusals == ()
