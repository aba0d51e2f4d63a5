"""Who looked at a case: written once in ten minutes, told by the person's name."""

from datetime import timedelta

import pytest

from casework.roles import Account, sight_of
from casework.roles import Role as Part
from db.audit import Deed
from db.database import Database
from db.inbox import Recorder
from db.looks import AGAIN_AFTER, Look, codes_in_sight, looks_at, newest_case, note_look
from tests.db.centre import Centre
from tests.db.people import COUNTY, People
from tests.records import NOW, VAULT, Feed, event, order

FIRST, OTHER = COUNTY.townships[:2]


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def look(people: People, account: Account, case_id: int) -> None:
    note_look(people.database, VAULT, account, case_id, people.now)


def test_a_look_is_written_down_once_in_ten_minutes_for_each_person_and_case(people: People, centre: Centre) -> None:
    case_id, another = centre.hear(Feed.HOTLINE12345, order()), centre.hear(Feed.GRID, event())
    zhang, wang = people.add(), people.add("wangqiang", name="王强")
    for account, seen in ((zhang, case_id), (zhang, case_id), (wang, case_id), (zhang, another)):
        look(people, account, seen)
    people.now += AGAIN_AFTER - timedelta(seconds=1)
    look(people, zhang, case_id)
    people.passes(seconds=1)
    look(people, zhang, case_id)
    told = [(row.login, row.case_id) for row in people.logged(Deed.VIEWED)]
    assert told == [("zhangmin", case_id), ("wangqiang", case_id), ("zhangmin", another), ("zhangmin", case_id)]


def test_each_person_is_told_with_their_last_look(people: People, centre: Centre) -> None:
    case_id = centre.hear(Feed.HOTLINE12345, order())
    zhang, wang = people.add(), people.add("wangqiang", name="王强")
    look(people, zhang, case_id)
    people.passes(minutes=3)
    look(people, wang, case_id)
    people.passes(minutes=20)
    look(people, zhang, case_id)
    with people.database.read() as session:
        assert looks_at(session, case_id, 5) == [
            Look("张敏", NOW + timedelta(minutes=23)),
            Look("王强", NOW + timedelta(minutes=3)),
        ]
        assert [each.name for each in looks_at(session, case_id, 1)] == ["张敏"]
        assert looks_at(session, case_id + 1, 5) == []


def test_of_codes_only_those_in_sight_are_told(people: People, centre: Centre) -> None:
    near = centre.hear(Feed.HOTLINE12345, order(areaCode=FIRST.code, organizationCode=FIRST.centre))
    far = centre.hear(Feed.GRID, event(streetCode=OTHER.code, dealDeptCode=OTHER.centre))
    codes = [centre.case(near).code, centre.case(far).code, "YC-20261120-99999"]
    township = people.add("wangxiuying", Part.TOWNSHIP, FIRST.centre)
    with people.database.read() as session:
        assert codes_in_sight(session, sight_of(township, COUNTY), codes) == {codes[0]}
        assert codes_in_sight(session, sight_of(people.add(), COUNTY), codes) == set(codes[:2])


def test_the_newest_case_is_told_by_its_id(database: Database, centre: Centre) -> None:
    with database.read() as session:
        assert newest_case(session) == 0
    case_id = centre.hear(Feed.HOTLINE12345, order())
    with database.read() as session:
        assert newest_case(session) == case_id
