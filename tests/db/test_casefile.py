"""A case whole, as each sight has it: texts, persons, places, reasons, where it went, and who looked."""

from datetime import timedelta

import pytest

from casework.moves import Assign
from casework.roles import Account, Role, Sight, sight_of
from casework.vocabulary import EntryType
from db import accounts, acts, audit, reveals
from db.acts import StaleCase
from db.audit import Deed
from db.database import Database
from db.inbox import Recorder
from db.queries import casefile
from db.queries.casefile import CaseFile, Spot, case_file
from tests.db.centre import Centre
from tests.db.people import COUNTY, People
from tests.records import NOW, VAULT, Feed, at, order

HERE, THERE = COUNTY.townships[:2]
CITY, WATER = (unit.code for unit in COUNTY.departments[:2])
EVERYTHING = Sight(whole_county=True, texts=True, persons=True)
POINT = {"addressPoints": "110.447791,38.035381"}
NAME, PHONE = "欧阳试验", "19900001234"


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def heard(centre: Centre, number: int = 1, **changes: str) -> int:
    told = {"orderNum": f"DH{number}", "organizationCode": CITY, "areaCode": HERE.code, **POINT, **changes}
    return centre.hear(Feed.HOTLINE12345, order(**told))


def sight(role: Role, unit: str) -> Sight:
    return sight_of(Account(1, "somebody", "", role, unit), COUNTY)


def told(centre: Centre, case_id: int, seen: Sight = EVERYTHING) -> CaseFile | None:
    with centre.database.read() as session:
        return case_file(session, VAULT, centre.rules, seen, centre.case(case_id).code, NOW)


def found(centre: Centre, case_id: int, seen: Sight = EVERYTHING) -> CaseFile:
    file = told(centre, case_id, seen)
    assert file is not None
    return file


def test_who_may_read_it_is_told_what_was_said_where_and_by_whom_masked(centre: Centre) -> None:
    file = found(centre, heard(centre))
    (report,) = file.whole.reports
    assert "油烟直排" in report.content
    assert report.persons == (("caller", "欧**", "199****1234"),)
    assert NAME not in str(file)
    assert PHONE not in str(file)
    assert file.spots == {"hotline12345:DH1": Spot(110.447791, 38.035381, True)}
    assert file.reported_at == {"hotline12345:DH1": at("11-20 08:00")}


def test_without_texts_there_is_no_word_no_person_no_reason_and_a_rough_place(centre: Centre) -> None:
    case_id = heard(centre)
    operator = People(centre.database).add()
    desk = acts.Desk(operator, COUNTY, centre.rules, VAULT)
    with centre.writing() as session:
        move = Assign(by="?", at=at("11-20 10:00"), unit=WATER, reason="涉及供水")
        acts.act_as(session, desk, case_id, move, NOW)
    assert found(centre, case_id).whole.entries[-1].payload["reason"] == "涉及供水"
    file = found(centre, case_id, Sight(whole_county=True, persons=True))
    assert (file.readable, file.row.title) == (False, None)
    (report,) = file.whole.reports
    assert (report.title, report.content, report.address, report.result, report.persons) == ("", "", "", "", ())
    assert all("reason" not in entry.payload for entry in file.whole.entries)
    assert file.spots == {"hotline12345:DH1": Spot(110.45, 38.04, False)}


def test_a_case_out_of_sight_is_none(centre: Centre) -> None:
    case_id = heard(centre)
    assert told(centre, case_id, sight(Role.TOWNSHIP, HERE.centre)) is not None
    assert told(centre, case_id, sight(Role.TOWNSHIP, THERE.centre)) is None
    with centre.database.read() as session:
        assert case_file(session, VAULT, centre.rules, EVERYTHING, "YC-20200101-00001", NOW) is None
        assert casefile.case_state(session, sight(Role.TOWNSHIP, THERE.centre), centre.case(case_id).code) is None
        assert casefile.ids_in_sight(session, sight(Role.TOWNSHIP, THERE.centre), [centre.case(case_id).code]) == {}


def test_a_protected_case_is_read_by_its_holder_and_not_by_its_township(centre: Centre) -> None:
    case_id = heard(centre, isSecret="1", title="举报", majorContent="反映村干部的问题", callerType="举报")
    assert centre.case(case_id).sensitive
    assert told(centre, case_id, sight(Role.TOWNSHIP, HERE.centre)) is None
    assert "村干部" in found(centre, case_id, sight(Role.DEPARTMENT, CITY)).whole.reports[0].content


def test_where_a_case_went_is_told_only_to_who_sees_that_one(centre: Centre) -> None:
    child, parent = heard(centre), heard(centre, 2, areaCode=THERE.code, organizationCode=WATER)
    centre.merge(child, parent)
    assert found(centre, child).into == centre.case(parent).code
    assert found(centre, child).codes == {parent: centre.case(parent).code}
    narrow = Sight(townships=frozenset({HERE.code}), texts=True)
    assert (found(centre, child, narrow).into, found(centre, child, narrow).codes) == (None, {})


def test_who_looked_is_told_to_the_centre_and_to_the_holder(centre: Centre) -> None:
    case_id = heard(centre)
    operator = People(centre.database).add(name="张敏")
    with centre.database.write() as session:
        audit.record(session, VAULT, operator, Deed.VIEWED, NOW, case_id=case_id)
    for seen, may in (
        (EVERYTHING, True),
        (sight(Role.DEPARTMENT, CITY), True),
        (sight(Role.TOWNSHIP, HERE.centre), False),
    ):
        looks = found(centre, case_id, seen).looks
        assert ([(row.login, row.kind) for row in looks] if looks is not None else None) == (
            [(operator.login, Deed.VIEWED)] if may else None
        )
    assert found(centre, case_id).names == {operator.login: "张敏"}


def test_what_has_happened_since_somebody_looked_is_told(centre: Centre) -> None:
    case_id = heard(centre)
    seen = centre.case(case_id).version
    with centre.database.read() as session:
        casefile.must_be_as_seen(session, case_id, seen)
    with centre.database.read() as session, pytest.raises(StaleCase) as stale:
        casefile.must_be_as_seen(session, case_id, seen - 1)
    assert [(each.type, each.actor) for each in stale.value.meanwhile] == [(EntryType.ASSIGNED, "hotline12345")]


def test_leaders_in_service_may_approve(centre: Centre) -> None:
    people = People(centre.database)
    people.add()
    people.add("li.leader", Role.LEADER, name="李局")
    people.add("old.leader", Role.LEADER, name="王局")
    with centre.database.write() as session:
        accounts.disable(session, "old.leader", NOW)
    with centre.database.read() as session:
        assert casefile.approvers(session) == [("li.leader", "李局")]


def test_a_reveal_is_in_sight_while_its_case_is(centre: Centre) -> None:
    case_id = heard(centre)
    operator = People(centre.database).add()
    with centre.database.write() as session:
        number = reveals.ask(session, VAULT, operator, case_id, "回访需要联系", NOW + timedelta(minutes=1)).id
    with centre.database.read() as session:
        assert casefile.reveal_in_sight(session, EVERYTHING, number)
        assert not casefile.reveal_in_sight(session, sight(Role.TOWNSHIP, THERE.centre), number)
        assert not casefile.reveal_in_sight(session, EVERYTHING, number + 1)
