"""Reports go on in another case, and back: with their clocks, their parts and their rounds."""

import pytest

from casework.errors import Refused
from casework.lifecycle import Merge, Split, merge, split
from casework.moves import AskExtension, Continue, Escalate, Finish, GrantExtension, Pause, Rate, Reopen, Sign, Whistle
from casework.vocabulary import EntryType, Status
from tests.casework.stages import (
    ORDER,
    PROMISED,
    SECOND,
    WHY,
    Cabinet,
    closed,
    dispute,
    handled,
    of_the_grid,
    paused,
    two_reports,
    whistled,
)
from tests.casework.stories import kinds
from tests.records import at


def test_a_merged_case_goes_on_in_the_other() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    assert cabinet.reports(1) == [ORDER, SECOND]
    assert (cabinet.cases[2].status, cabinet.cases[2].merged_into) == (Status.MERGED, 1)
    end = cabinet.journals[2][-1]
    assert (end.type, end.occurred_at, end.actor, end.payload) == (
        EntryType.MERGED,
        at("11-24 09:00"),
        "desk",
        {"into": 1, "reason": WHY},
    )


def test_in_a_merged_case_nobody_moves() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    story = of_the_grid()
    story.case = cabinet.cases[2]
    assert story.refuses(Sign, "11-24 10:00") == "the case went on in another one; act there"


def test_what_went_on_elsewhere_is_neither_late_nor_watched_here() -> None:
    grid = of_the_grid()
    grid.do(Escalate, "11-20 10:00", reason=WHY)
    cabinet = Cabinet(handled(), grid)
    cabinet.merge(2, 1)
    grid.case = cabinet.cases[2]
    assert grid.overlays("12-30 09:00") == set()


def test_each_report_keeps_its_own_clocks_in_the_case_they_share() -> None:
    grid = of_the_grid()
    promised = grid.promise
    cabinet = Cabinet(handled(), grid)
    cabinet.merge(2, 1)
    first, second = cabinet.cases[1].threads
    assert (first.promise.at, second.promise.at) == (PROMISED, promised)
    assert [span.number for thread in (first, second) for span in thread.spans] == [1, 2]


def test_pauses_and_extensions_go_with_the_report() -> None:
    story = paused()
    story.do(Continue, "11-25 09:00")
    story.do(AskExtension, "11-25 10:00", amount=2, reason=WHY)
    story.do(GrantExtension, "11-25 11:00")
    story.do(Pause, "11-25 12:00", reason=WHY, approver="centre")
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1, "11-26 09:00")
    moved = cabinet.cases[1].thread(ORDER)
    assert moved is not None
    assert moved.extras == story.thread.extras
    assert (moved.promise, moved.original_due_at) == (story.thread.promise, story.thread.original_due_at)
    assert moved.paused_at == at("11-25 12:00")


def test_what_departments_did_goes_with_the_report() -> None:
    story = whistled()
    story.do(Sign, "11-23 10:00", unit="U-FIRE")
    story.do(Finish, "11-23 11:00", unit="U-FIRE")
    story.do(Rate, "11-23 12:00", unit="U-FIRE", rating=5)
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1)
    moved = cabinet.cases[1].thread(ORDER)
    assert moved is not None
    (helper,) = moved.extras.helpers
    assert helper == story.helper()._replace(span=story.helper().span._replace(number=3))
    assert helper.rating == 5


def test_a_report_goes_back_to_the_case_it_came_from() -> None:
    grid = of_the_grid()
    cabinet = Cabinet(handled(), grid)
    before = cabinet.cases[2]
    cabinet.merge(2, 1)
    cabinet.split(1, SECOND, 2)
    assert cabinet.reports(1) == [ORDER]
    assert cabinet.cases[2].threads == before.threads
    assert cabinet.cases[2].merged_into is None
    assert kinds(cabinet.journals[2])[-2:] == [EntryType.REGISTERED, EntryType.ASSIGNED]
    split_off = cabinet.journals[1][-1]
    assert (split_off.type, split_off.report, split_off.payload) == (
        EntryType.SPLIT,
        SECOND,
        {"into": 2, "reason": WHY},
    )


def test_a_report_that_went_back_may_come_again() -> None:
    cabinet = Cabinet(handled(), of_the_grid())
    cabinet.merge(2, 1)
    cabinet.split(1, SECOND, 2)
    cabinet.merge(2, 1, "11-26 09:00")
    assert cabinet.reports(1) == [ORDER, SECOND]
    numbers = [span.number for thread in cabinet.cases[1].threads for span in thread.spans]
    assert numbers == [1, 3], "the numbers of the first time are not given again"
    cabinet.split(1, SECOND, 2, "11-27 09:00")
    assert cabinet.reports(2) == [SECOND]


def test_a_report_leaves_for_a_case_of_its_own() -> None:
    cabinet = Cabinet(two_reports())
    cabinet.split(1, "hotline12345:DH2", 9)
    assert cabinet.reports(1) == [ORDER]
    assert cabinet.reports(9) == ["hotline12345:DH2"]
    assert cabinet.cases[9].lead.spans[0].number == 1


def test_what_departments_did_for_a_report_that_leaves_goes_with_it() -> None:
    story = two_reports()
    story.do(Sign, "11-20 10:00")
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",), report="hotline12345:DH2")
    story.do(Sign, "11-23 10:00", unit="U-FIRE", report="hotline12345:DH2")
    cabinet = Cabinet(story)
    cabinet.split(1, "hotline12345:DH2", 9)
    (helper,) = cabinet.cases[9].lead.extras.helpers
    assert (helper.span.number, helper.span.signed_at) == (2, at("11-23 10:00"))


def test_a_case_that_came_back_counts_its_rounds_once() -> None:
    story = closed()
    story.do(Reopen, "12-01 09:00", reason=WHY)
    cabinet = Cabinet(of_the_grid(), story)
    cabinet.merge(2, 1, "12-02 09:00")
    cabinet.split(1, ORDER, 2, "12-03 09:00")
    assert cabinet.cases[2].round == story.case.round == 2


def test_what_has_gone_on_elsewhere_is_not_merged() -> None:
    cabinet = Cabinet(handled(), of_the_grid(), dispute())
    cabinet.merge(2, 1)
    for child, parent in ((2, 3), (3, 2)):
        with pytest.raises(Refused, match="a case that went on in another can't be merged"):
            cabinet.merge(child, parent)


def test_a_case_keeps_at_least_one_report() -> None:
    cabinet = Cabinet(handled())
    with pytest.raises(Refused, match="the only report of a case can't be split from it"):
        cabinet.split(1, ORDER, 9)
    with pytest.raises(Refused, match="the report grid:X is not in this case"):
        cabinet.split(1, "grid:X", 9)


def test_a_report_does_not_leave_from_where_it_no_longer_is() -> None:
    cabinet = Cabinet(two_reports(), of_the_grid())
    cabinet.merge(1, 2)
    with pytest.raises(Refused, match="the case went on in another one; act there"):
        cabinet.split(1, ORDER, 9)


def test_a_report_does_not_go_back_to_a_case_that_lives_by_itself() -> None:
    cabinet = Cabinet(two_reports(), of_the_grid())
    with pytest.raises(Refused, match="the case it would go back to goes on by itself"):
        cabinet.split(1, ORDER, 2)


def test_merging_and_splitting_by_hand_say_why() -> None:
    first, second = handled(), dispute()
    with pytest.raises(Refused, match="a reason is required"):
        merge(second.case, second.entries, first.case, 1, Merge(by="desk", at=at("11-23 10:00"), reason=" "))
    to_parent, to_child = merge(second.case, second.entries, first.case, 1)
    assert to_child.entries[-1].payload == {"into": 1}, "the sources' own link needs none"
    move = Split(by="desk", at=at("11-23 11:00"), report="hotline12345:D1")
    with pytest.raises(Refused, match="a reason is required"):
        split(to_parent.case, [*first.entries, *to_parent.entries], to_child.case, 2, move)
