"""Meetings and what they decide: who may hold one, what is written down, and what becomes of it."""

from datetime import timedelta

import pytest

from casework.errors import Refused
from casework.review import DecisionState, PeriodName
from casework.roles import Account, Role
from db import meetings
from db.acts import Desk, NoSuchCase
from db.audit import Deed
from db.database import Database
from db.meetings import Charge
from db.queries import review_notes, wall
from tests.casework.stories import RULES
from tests.db.people import COUNTY, People
from tests.records import NOW, VAULT

WEEK = PeriodName.parse("2026-W47")
NEXT = WEEK.after()
UNIT = COUNTY.departments[0].code
SOON = NOW + timedelta(days=3)


class Room:
    """A database with a leader in it, and whoever else is asked in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.people = People(database)
        self.leader = self.desk(self.people.add("leader", Role.LEADER))

    def desk(self, account: Account) -> Desk:
        return Desk(account, COUNTY, RULES, VAULT)

    def decide(self, matter: str = "欠薪案由专班包案", **more: object) -> int:
        told = {"unit_code": UNIT, "matter": matter, "due_at": SOON, **more}
        with self.database.write() as session:
            return meetings.decide(session, self.leader, WEEK, Charge(**told), NOW)  # type: ignore[arg-type]

    def settle(self, decision: int, state: DecisionState, outcome: str = "") -> None:
        with self.database.write() as session:
            meetings.settle(session, self.leader, decision, state, NOW + timedelta(hours=1), outcome)


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def test_what_was_open_at_a_past_instant_is_told_as_open_then_however_old_its_meeting(room: Room) -> None:
    decision = room.decide()
    room.settle(decision, DecisionState.DONE, "已支付")
    much_later = NEXT.after().after()
    with room.database.read() as session:
        (then,) = review_notes.decisions(session, much_later, NOW + timedelta(minutes=1))
        assert (then.id, then.state, then.outcome) == (decision, DecisionState.OPEN, "")
        assert review_notes.decisions(session, much_later, NOW + timedelta(hours=2)) == ()


def test_a_meeting_begins_once_and_ends(room: Room) -> None:
    with room.database.write() as session:
        first = meetings.begin(session, room.leader, WEEK, NOW)
        assert meetings.begin(session, room.leader, WEEK, NOW + timedelta(minutes=1)) == first
        assert meetings.meeting_now(session) == first
        with pytest.raises(Refused, match="2026-W47 is being held"):
            meetings.begin(session, room.leader, NEXT, NOW)
        meetings.end(session, room.leader, NOW + timedelta(hours=1))
        assert meetings.meeting_now(session) is None
        held = meetings.last_meeting(session, WEEK)
    assert held is not None
    assert held.ended_at == NOW + timedelta(hours=1)
    assert [row.detail["what"] for row in room.people.logged(Deed.MEETING)] == ["began", "ended"]


def test_who_holds_no_meetings_decides_nothing(room: Room) -> None:
    auditor = room.desk(room.people.add("auditor", Role.AUDITOR))
    charge = Charge(UNIT, "查一查", SOON)
    with room.database.write() as session:
        for act in (
            lambda: meetings.begin(session, auditor, WEEK, NOW),
            lambda: meetings.end(session, auditor, NOW),
            lambda: meetings.decide(session, auditor, WEEK, charge, NOW),
            lambda: meetings.settle(session, auditor, 1, DecisionState.DONE, NOW),
        ):
            with pytest.raises(Refused, match="does not do this"):
                act()
    assert not room.people.logged(Deed.MEETING, Deed.DECIDED)


def test_a_decision_is_kept_without_anybodys_number_and_is_late_when_its_time_has_passed(room: Room) -> None:
    number = room.decide("  联系 13812345678，\n本周五前回复 ")
    with room.database.read() as session:
        (told,) = meetings.decisions_of(session, WEEK)
        assert meetings.open_decisions(session) == (told,)
        assert meetings.decisions_of(session, NEXT) == ()
    assert (told.id, told.matter, told.made_by) == (number, "联系 [电话]， 本周五前回复", "leader")
    assert told.late_by(SOON) is None
    assert told.late_by(SOON + timedelta(days=1)) == timedelta(days=1)
    (row,) = room.people.logged(Deed.DECIDED)
    assert row.detail == {"what": "made", "period": "2026-W47", "decision": number, "unit": UNIT}


def test_what_came_of_it_is_written_down_and_can_be_taken_back(room: Room) -> None:
    number = room.decide()
    room.settle(number, DecisionState.DONE, "已全部支付")
    with pytest.raises(Refused, match="somebody was faster"):
        room.settle(number, DecisionState.DONE)
    with room.database.read() as session:
        (told,) = meetings.decisions_of(session, WEEK)
        assert meetings.open_decisions(session) == ()
    assert (told.state, told.outcome, told.late_by(SOON + timedelta(days=9))) == (
        DecisionState.DONE,
        "已全部支付",
        None,
    )
    room.settle(number, DecisionState.OPEN)
    with room.database.read() as session:
        (again,) = meetings.decisions_of(session, WEEK)
    assert (again.state, again.settled_at) == (DecisionState.OPEN, None)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"matter": "  "}, "say in 1 to"),
        ({"matter": "长" * 201}, "say in 1 to"),
        ({"unit_code": "NOBODY"}, "knows no unit NOBODY"),
        ({"due_at": NOW}, "must lie ahead"),
    ],
)
def test_what_can_not_be_is_refused_with_a_sentence(room: Room, told: dict[str, object], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        room.decide(**told)  # type: ignore[arg-type]
    with room.database.read() as session:
        assert meetings.open_decisions(session) == ()


def test_a_case_that_is_not_there_is_not_charged_with(room: Room) -> None:
    with pytest.raises(NoSuchCase):
        room.decide(case_code="YC-20261121-99999")
    with pytest.raises(Refused, match="no decision 7"):
        room.settle(7, DecisionState.DONE)


def test_what_is_put_on_the_walls_in_a_meeting_is_written_down_and_told(room: Room) -> None:
    with room.database.write() as session:
        meetings.show(session, room.leader, "heat", SOON, NOW - timedelta(minutes=1))
        held = meetings.begin(session, room.leader, WEEK, NOW)
        for number, scene in enumerate(("late", "townships", None, "late"), 1):
            meetings.show(session, room.leader, scene, SOON, NOW + timedelta(minutes=number))
        assert meetings.scenes_shown(session, held) == ("late", "townships")
        stage = wall.stage(session, NOW)
        meetings.end(session, room.leader, NOW + timedelta(minutes=3, seconds=30))
    assert stage is not None
    assert (stage.scene, stage.until) == ("late", SOON)
    with room.database.write() as session:
        over = meetings.last_meeting(session, WEEK)
        assert over is not None
        assert over.ended_at is not None
        meetings.begin(session, room.leader, WEEK, NOW + timedelta(hours=1))
        meetings.show(session, room.leader, "overview", SOON, NOW + timedelta(hours=1))
        assert meetings.scenes_shown(session, over) == ("late", "townships")


def test_who_drives_no_walls_puts_nothing_on_them(room: Room) -> None:
    auditor = room.desk(room.people.add("auditor", Role.AUDITOR))
    with room.database.write() as session, pytest.raises(Refused, match="does not do this"):
        meetings.show(session, auditor, "late", SOON, NOW)
    with room.database.read() as session:
        assert wall.stage(session, NOW) is None


def test_the_stamp_of_what_no_journal_tells_changes_with_every_decision_and_what_becomes_of_it(room: Room) -> None:
    def stamp() -> str:
        with room.database.read() as session:
            return review_notes.stamp(session)

    empty = stamp()
    assert stamp() == empty
    decision = room.decide()
    decided = stamp()
    room.settle(decision, DecisionState.DONE)
    assert len({empty, decided, stamp()}) == 3
