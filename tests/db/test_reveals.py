"""Who is behind a case: told to whom asked with a reason, for a minute, and never without a row that says so."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from casework.errors import Refused
from casework.report import Person
from casework.report import Role as Part
from casework.roles import Account, Role
from db import audit, reveals
from db.audit import Asked, Deed
from db.database import Database
from db.inbox import Recorder
from db.models import Reveal
from db.reveals import LEAST_REASON, MOST_REASON, SHOWN_FOR, WAITS_FOR, Revealed, Waiting
from tests.db.centre import Centre
from tests.db.people import COUNTY, People
from tests.records import VAULT, Feed, call, event, order

INSTANT = timedelta(microseconds=1)
REASON = "核实住址，安排上门"
PERSONS = ("欧阳试验", "19900001234", "司徒样本", "19900004321", "诸葛虚构", "19900007777")


@dataclass
class Window(People):
    """People who ask about the cases of a centre. `case_id`: an ordinary one; `protected`: one of violence at home."""

    recorder: Recorder = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.centre = Centre(self.database, self.recorder)
        self.case_id = self.centre.hear(Feed.HOTLINE12345, order())
        self.protected = self.centre.hear(Feed.POLICE110, call(bjnr="丈夫家暴，司徒样本求助"))
        self.zhang = self.add("zhangmin")
        self.wang = self.add("wangqiang", name="王强")
        self.leader = self.add("lizhiqiang", Role.LEADER, name="李志强")

    def ask(self, case_id: int | None = None, account: Account | None = None, reason: str = REASON) -> int:
        with self.database.write() as session:
            row = reveals.ask(session, VAULT, account or self.zhang, case_id or self.case_id, reason, self.now)
            return row.id

    def decide(self, reveal_id: int, account: Account | None = None, *, grant: bool = True) -> None:
        with self.database.write() as session:
            reveals.decide(session, VAULT, account or self.leader, reveal_id, self.now, grant=grant)

    def open(self, reveal_id: int, account: Account | None = None) -> list[Revealed]:
        with self.database.write() as session:
            found, until = reveals.open_(session, VAULT, account or self.zhang, reveal_id, self.now)
            assert self.now < until <= self.now + SHOWN_FOR
            return list(found)

    def waiting(self) -> list[Waiting]:
        with self.database.read() as session:
            return reveals.waiting(session, self.now)

    def kept(self, reveal_id: int) -> Reveal:
        with self.database.read() as session:
            return session.get_one(Reveal, reveal_id)


@pytest.fixture
def window(database: Database, recorder: Recorder) -> Window:
    return Window(database, recorder=recorder)


def test_who_asks_with_a_reason_is_told_what_was_written(window: Window) -> None:
    (told,) = window.open(window.ask())
    assert told.persons == (Person(Part.CALLER, "欧阳试验", "19900001234"),)
    assert (told.feed, told.source_id, told.title) == ("hotline12345", "DH2026112000001", "小区楼下油烟扰民")
    assert "19900001234" in told.content
    assert told.address == "城关镇新华路 8 号"


def test_asking_and_seeing_are_each_written_down_with_the_case(window: Window) -> None:
    reveal_id = window.ask()
    window.passes(seconds=5)
    window.open(reveal_id)
    asked, seen = window.logged()
    assert (asked.kind, asked.login, asked.case_id) == (Deed.REVEAL_ASKED, "zhangmin", window.case_id)
    assert asked.detail == {"reveal": reveal_id, "reason": REASON, "second": False}
    assert (seen.kind, seen.login, seen.case_id, seen.at) == (Deed.REVEALED, "zhangmin", window.case_id, window.now)
    assert seen.detail == {"reveal": reveal_id}
    with window.database.read() as session:
        assert [row.kind for row in audit.of_case(session, window.case_id)] == [Deed.REVEALED, Deed.REVEAL_ASKED]


def test_every_report_of_the_case_is_told_each_as_its_own(window: Window) -> None:
    window.centre.merge(window.centre.hear(Feed.GRID, event()), window.case_id)
    told = window.open(window.ask())
    assert [(each.feed, each.persons[0].name) for each in told] == [("hotline12345", "欧阳试验"), ("grid", "诸葛虚构")]


@pytest.mark.parametrize("reason", ["", "看看", "   \n看  ", "x" * (LEAST_REASON - 1), "x" * (MOST_REASON + 1)])
def test_without_a_reason_nothing_is_asked(window: Window, reason: str) -> None:
    with pytest.raises(Refused, match="for what you need to know"):
        window.ask(reason=reason)
    assert window.logged() == []


@pytest.mark.parametrize(
    ("role", "unit", "may"),
    [
        (Role.LEADER, None, False),
        (Role.AUDITOR, None, False),
        (Role.ADMINISTRATOR, None, False),
        (Role.TOWNSHIP, COUNTY.townships[0].centre, True),
        (Role.DEPARTMENT, COUNTY.departments[0].code, True),
        (Role.GRID, COUNTY.grids[0].code, True),
    ],
)
def test_only_who_works_on_cases_may_ask(window: Window, role: Role, unit: str | None, may: bool) -> None:
    account = window.add("another", role, unit)
    if may:
        assert window.open(window.ask(account=account), account)
    else:
        with pytest.raises(Refused, match="may not see who is behind a case"):
            window.ask(account=account)


def test_the_reason_is_kept_without_what_it_says_of_persons(window: Window) -> None:
    reveal_id = window.ask(reason="回拨欧阳试验 19900001234 核实")
    assert window.kept(reveal_id).reason == "回拨欧某 [电话] 核实"
    assert window.logged()[0].detail["reason"] == "回拨欧某 [电话] 核实"


def test_it_is_shown_for_a_minute_from_the_first_look(window: Window) -> None:
    reveal_id = window.ask()
    window.passes(minutes=10)
    window.open(reveal_id)
    window.now += SHOWN_FOR - INSTANT
    assert window.open(reveal_id)
    window.now += INSTANT
    with pytest.raises(Refused, match="the minute is over"):
        window.open(reveal_id)
    assert len(window.logged(Deed.REVEALED)) == 1, "a second look within the minute is the same one"


def test_what_is_not_looked_at_for_half_an_hour_is_asked_again(window: Window) -> None:
    reveal_id = window.ask()
    window.now += WAITS_FOR + INSTANT
    with pytest.raises(Refused, match="too long ago"):
        window.open(reveal_id)
    assert window.logged(Deed.REVEALED) == []


def test_nobody_else_sees_what_somebody_asked_for(window: Window) -> None:
    reveal_id = window.ask()
    for other in (window.wang, window.leader):
        with pytest.raises(Refused, match="somebody else asked"):
            window.open(reveal_id, other)
    assert window.kept(reveal_id).opened_at is None


def test_who_may_no_longer_ask_is_told_nothing(window: Window) -> None:
    reveal_id = window.ask()
    with pytest.raises(Refused):
        window.open(reveal_id, window.zhang._replace(role=Role.AUDITOR))


def test_what_nobody_asked_for_can_neither_be_opened_nor_granted(window: Window) -> None:
    for attempt in (window.open, window.decide):
        with pytest.raises(Refused, match="nobody asked for this"):
            attempt(99)


def test_a_protected_case_waits_for_a_second_person(window: Window) -> None:
    reveal_id = window.ask(window.protected)
    code = window.centre.case(window.protected).code
    assert window.waiting() == [Waiting(reveal_id, code, window.protected, "张敏", REASON, window.now)]
    with pytest.raises(Refused, match="a second person must consent first"):
        window.open(reveal_id)
    window.passes(minutes=20)
    window.decide(reveal_id)
    assert window.waiting() == []
    window.passes(minutes=20)
    (told,) = window.open(reveal_id)
    assert told.persons[0].name == "司徒样本"
    kinds = [(row.kind, row.login) for row in window.logged()]
    assert kinds == [
        (Deed.REVEAL_ASKED, "zhangmin"),
        (Deed.REVEAL_GRANTED, "lizhiqiang"),
        (Deed.REVEALED, "zhangmin"),
    ]
    assert {row.case_id for row in window.logged()} == {window.protected}


def test_what_the_second_person_refuses_stays_closed(window: Window) -> None:
    reveal_id = window.ask(window.protected)
    window.decide(reveal_id, grant=False)
    assert window.waiting() == []
    with pytest.raises(Refused, match="the second person refused"):
        window.open(reveal_id)
    with pytest.raises(Refused, match="not waiting for consent"):
        window.decide(reveal_id)
    assert [row.login for row in window.logged(Deed.REVEAL_REFUSED)] == ["lizhiqiang"]


def test_who_asks_can_not_consent(window: Window) -> None:
    """Even after becoming a leader in between."""
    reveal_id = window.ask(window.protected)
    with pytest.raises(Refused, match="who asks can't consent"):
        window.decide(reveal_id, window.zhang._replace(role=Role.LEADER))


def test_only_a_leader_consents(window: Window) -> None:
    reveal_id = window.ask(window.protected)
    for grant in (True, False):
        with pytest.raises(Refused, match="only a leader may consent"):
            window.decide(reveal_id, window.wang, grant=grant)
    assert len(window.waiting()) == 1


def test_consent_is_given_once_in_time_and_only_where_it_is_needed(window: Window) -> None:
    ordinary, granted, late = window.ask(), window.ask(window.protected), window.ask(window.protected)
    window.decide(granted)
    window.now += WAITS_FOR
    assert window.waiting() == []
    window.now += INSTANT
    for reveal_id in (ordinary, granted, late):
        with pytest.raises(Refused, match="not waiting for consent"):
            window.decide(reveal_id)
    with pytest.raises(Refused, match="too long ago"):
        window.open(granted)


def test_a_case_that_became_protected_meanwhile_is_not_opened_without_the_second_person(window: Window) -> None:
    reveal_id = window.ask()
    later = order(majorContent="其实是家暴", updateTime="2026-11-20 11:00:00")
    window.centre.hear(Feed.HOTLINE12345, later)
    with pytest.raises(Refused, match="has become a protected one"):
        window.open(reveal_id)
    assert window.logged(Deed.REVEALED) == []
    again = window.ask()
    window.decide(again)
    assert window.open(again)


def test_a_refusal_leaves_nothing_behind(window: Window) -> None:
    reveal_id = window.ask(window.protected)
    before = len(window.logged())
    for attempt in (lambda: window.open(reveal_id), lambda: window.decide(reveal_id, window.zhang)):
        with pytest.raises(Refused):
            attempt()
    kept = window.kept(reveal_id)
    assert (kept.opened_at, kept.granted_at, kept.granted_by, kept.refused_at) == (None, None, None, None)
    assert len(window.logged()) == before


def test_nothing_personal_is_in_what_is_written_down(window: Window) -> None:
    for case_id in (window.case_id, window.protected):
        reveal_id = window.ask(case_id, reason="问欧阳试验、司徒样本，19900004321，张敏")
        if case_id == window.protected:
            window.decide(reveal_id)
        assert window.open(reveal_id)
    with window.database.read() as session:
        rows = audit.rows(session, Asked())
    told = " ".join(repr((row.login, row.kind, row.detail)) for row in rows if row.case_id == window.case_id)
    assert not any(each in told for each in ("欧阳试验", "19900001234", "19900004321"))
    told = " ".join(repr((row.login, row.kind, row.detail)) for row in rows if row.case_id == window.protected)
    assert not any(each in told for each in ("司徒样本", "19900004321"))
