"""A case in short: what each role is told of it, and that a case out of sight is none."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from casework.clocks import Kind
from casework.roles import Role, sight_of
from casework.rules import Rules
from casework.vocabulary import EntryType, Status
from db.database import Database
from db.inbox import Recorder
from db.looks import note_look
from db.queries.brief import Brief, brief
from tests.db.centre import Centre
from tests.db.people import COUNTY, People
from tests.records import NOW, VAULT, Feed, call, order

FIRST, OTHER = COUNTY.townships[:2]
DEPARTMENT = COUNTY.departments[0].code
PERSONAL = ("欧阳试验", "19900001234", "司徒样本", "19900004321")


@dataclass
class Desk:
    """A centre with people who ask about its cases. `protected`: one of violence at home, held by the first station."""

    people: People
    centre: Centre
    rules: Rules

    def __post_init__(self) -> None:
        self.case_id = self.centre.hear(Feed.HOTLINE12345, order(areaCode=FIRST.code, organizationCode=DEPARTMENT))
        self.protected = self.centre.hear(
            Feed.POLICE110, call(gxdwdm=FIRST.station, cbdwdm=FIRST.station, bjnr="丈夫家暴，司徒样本求助")
        )
        for login, role, unit in (
            ("operator", Role.OPERATOR, None),
            ("auditor", Role.AUDITOR, None),
            ("township", Role.TOWNSHIP, FIRST.centre),
            ("other", Role.TOWNSHIP, OTHER.centre),
            ("department", Role.DEPARTMENT, DEPARTMENT),
        ):
            setattr(self, login, self.people.add(login, role, unit, name=login))

    def told(self, login: str, case_id: int | None = None, code: str = "") -> Brief | None:
        sight = sight_of(getattr(self, login), COUNTY)
        code = code or self.centre.case(case_id or self.case_id).code
        with self.people.database.read() as session:
            return brief(session, VAULT, self.rules, sight, code, NOW)


@pytest.fixture
def desk(database: Database, recorder: Recorder, rules: Rules) -> Desk:
    return Desk(People(database), Centre(database, recorder), rules)


def test_an_operator_is_told_all_of_it_with_persons_masked(desk: Desk) -> None:
    told = desk.told("operator")
    assert told is not None
    assert told.said == "楼下饭店油烟直排，联系电话[电话]，请尽快处理。"
    assert told.place == "城关镇新华路 8 号"
    assert told.row.caller == ("欧**", "199****1234")
    assert [clock.kind for clock in told.clocks] == [Kind.SIGN, Kind.CONTACT, Kind.FINISH]
    assert told.entries[-1].type is EntryType.REGISTERED
    assert (told.looks, told.more) == ((), 0)
    assert not any(word in repr(told) for word in PERSONAL)


def test_a_case_out_of_sight_is_told_like_one_that_is_not(desk: Desk) -> None:
    assert desk.told("other") is None
    assert desk.told("operator", code="YC-20261120-99999") is None
    whole = desk.centre.case(desk.case_id).code
    assert desk.told("operator", code=whole[-4:]) is None, "a part of a code is no code"


def test_an_auditor_is_told_no_text_and_nobody(desk: Desk) -> None:
    told = desk.told("auditor")
    assert told is not None
    assert (told.said, told.place, told.row.title, told.row.caller) == (None, None, None, None)


def test_what_was_said_in_a_protected_case_is_for_the_centre_and_who_holds_it(desk: Desk) -> None:
    told = desk.told("operator", desk.protected)
    assert told is not None
    assert told.said == "丈夫家暴，司某求助"
    township = desk.told("township", desk.protected)
    assert township is not None, "the station works on it, and is one of the township's units"
    assert township.said == "丈夫家暴，司某求助"
    assert desk.told("department", desk.protected) is None


def test_who_looked_is_for_the_centre_and_who_holds_it(desk: Desk) -> None:
    note_look(desk.people.database, VAULT, desk.people.add("zhangmin"), desk.case_id, NOW - timedelta(minutes=1))
    for login, names in (("operator", ["张敏"]), ("department", ["张敏"]), ("township", None)):
        told = desk.told(login)
        assert told is not None
        assert (told.looks and [look.name for look in told.looks]) == names


def test_of_a_long_journal_the_end_is_told(desk: Desk) -> None:
    for number in range(4):
        at = f"2026-11-20 1{number}:00:00"
        desk.centre.hear(
            Feed.HOTLINE12345,
            order(
                areaCode=FIRST.code,
                organizationCode=COUNTY.departments[number].code,
                dispatchTime=at,
                updateTime=at,
            ),
        )
    told = desk.told("operator")
    assert told is not None
    assert len(told.entries) == 5
    assert told.more == told.row.version - 5
    assert told.entries[0].occurred_at == max(entry.occurred_at for entry in told.entries)


def test_a_case_that_went_on_in_another_is_told_without_words(desk: Desk) -> None:
    desk.centre.merge(desk.case_id, desk.protected)
    told = desk.told("operator")
    assert told is not None
    assert (told.said, told.row.status) == ("", Status.MERGED)
    assert told.entries[0].type is EntryType.MERGED
