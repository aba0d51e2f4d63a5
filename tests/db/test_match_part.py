"""A merged case is taken apart whole: what came together leaves together, with its own history, and stays apart."""

from datetime import timedelta

import pytest

from casework.errors import Refused
from casework.joining import Merge
from casework.roles import Role
from db import joining
from db.acts import Desk, NoSuchCase
from db.database import Database
from db.inbox import Recorder
from db.match_part import MOST, take_apart
from tests.db.matched import COUNTY, HERE, HOTLINE, POLICE, WHY, Matching, account, also, desk, told
from tests.records import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Matching:
    return Matching(database, recorder)


def merges(centre: Matching, child: int, parent: int) -> None:
    with centre.writing() as session:
        move = Merge(by="li.wei", at=NOW, reason=WHY)
        joining.merge_as(session, desk(centre), child, parent, move, NOW)


def parts(centre: Matching, parent: int, child: int, who: Desk | None = None) -> int:
    with centre.writing() as session:
        return take_apart(session, who or desk(centre), parent, child, WHY, LATER)


def test_all_that_came_with_a_case_goes_on_there_together(centre: Matching) -> None:
    for number in (1, 2, 3):
        centre.hear(HOTLINE, told(number, callerPhone=f"1990000100{number}"))
    centre.hear(POLICE, also(1))
    first, second, third = (centre.case_of(f"hotline12345:DH{number}") for number in (1, 2, 3))
    fourth = centre.case_of("police110:J1")
    merges(centre, third, second)
    merges(centre, fourth, second)
    before = {thread.report: thread for thread in centre.state(second).threads}
    merges(centre, second, first)
    assert len(centre.state(first).threads) == 4
    assert parts(centre, first, second) == second
    assert [thread.report for thread in centre.state(first).threads] == ["hotline12345:DH1"]
    after = {thread.report: thread for thread in centre.state(second).threads}
    assert after.keys() == before.keys()
    assert all(after[report].status is before[report].status for report in before)
    assert centre.state(second).merged_into is None
    for report in after:
        assert centre.case_of(report) == second
    centre.check()


def test_merged_taken_apart_and_merged_again_it_is_what_it_was(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, bjdh="19900009999"))
    one, other = centre.case_of("hotline12345:DH1"), centre.case_of("police110:J1")
    for _ in range(2):
        merges(centre, other, one)
        assert centre.state(other).merged_into == one
        assert parts(centre, one, other) == other
        assert [len(centre.state(each).threads) for each in (one, other)] == [1, 1]
    centre.match()
    assert centre.case_of("police110:J1") == other, "what a person has parted stays parted"
    assert centre.row("DH1", "J1").state == "split"
    centre.check()


def test_what_is_not_there_any_more_is_refused(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, bjdh="19900009999"))
    one, other = centre.case_of("hotline12345:DH1"), centre.case_of("police110:J1")
    with pytest.raises(Refused, match="not in this case any more"):
        parts(centre, one, other)
    merges(centre, other, one)
    parts(centre, one, other)
    with pytest.raises(Refused, match="not in this case any more"):
        parts(centre, one, other)


def test_who_may_not_take_reports_out_takes_no_case_apart(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, bjdh="19900009999"))
    one, other = centre.case_of("hotline12345:DH1"), centre.case_of("police110:J1")
    merges(centre, other, one)
    for role, unit in ((Role.LEADER, COUNTY.units[0].code), (Role.TOWNSHIP, HERE.centre)):
        with pytest.raises((Refused, NoSuchCase)):
            parts(centre, one, other, desk(centre, account(role, unit, "somebody", 2)))
    assert centre.state(other).merged_into == one


def test_a_flood_is_not_told_again_in_one_go(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    calls = [also(number, bjdh=f"199000{10000 + number}") for number in range(MOST + 1)]
    centre.tell({POLICE: calls})
    one, other = centre.case_of("hotline12345:DH1"), centre.case_of("police110:J0")
    for number in range(1, MOST + 1):
        merges(centre, centre.case_of(f"police110:J{number}"), other)
    merges(centre, other, one)
    with pytest.raises(Refused, match="one by one"):
        parts(centre, one, other)
