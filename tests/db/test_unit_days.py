"""The days' counts are written with the spans they count, and a wrong one is found."""

from datetime import date

import pytest
from sqlalchemy import delete, select, update

from casework.moves import Assign, MarkUnreasonable
from db.database import Database
from db.inbox import Recorder
from db.models import UnitDay
from db.rebuild import differences, rebuild
from db.rollup import count_anew
from tests.db.centre import Centre
from tests.records import Feed, at, order

DONE = {"completeTime": "2026-11-20 11:00:00", "state": "已结案"}
Days = dict[tuple[date, str, str, bool], tuple[int, int]]


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def days(centre: Centre) -> Days:
    with centre.database.read() as session:
        rows = session.execute(select(*UnitDay.__table__.columns))
        return {(day, unit, measure, excluded): (good, total) for day, unit, measure, excluded, good, total in rows}


def told(centre: Centre) -> Days:
    """Those that count anything."""
    return {key: counts for key, counts in days(centre).items() if any(counts)}


def test_a_span_is_counted_when_it_has_ended_and_not_before(centre: Centre) -> None:
    centre.hear(Feed.HOTLINE12345, order())
    assert days(centre) == {}
    centre.hear(Feed.HOTLINE12345, order(updateTime="2026-11-20 12:00:00", **DONE))
    found = told(centre)
    assert found[date(2026, 11, 20), "U-CITY", "finished", False] == (1, 1)
    assert {unit for _, unit, _, _ in found} == {"U-CITY"}


def test_what_is_found_unreasonable_later_goes_to_the_excluded_and_what_is_taken_away_is_counted_for_who_had_it(
    centre: Centre,
) -> None:
    case_id = centre.hear(Feed.HOTLINE12345, order())
    centre.act(case_id, Assign(by="centre", at=at("11-20 13:00"), unit="U-FIRE", reason="职责"))
    before = told(centre)
    assert {unit for _, unit, _, _ in before} == {"U-CITY"}
    centre.act(case_id, MarkUnreasonable(by="op", at=at("11-20 14:00"), reason="无依据", approver="leader"))
    assert told(centre) == {(day, unit, measure, True): counts for (day, unit, measure, _), counts in before.items()}


def test_where_a_finished_matter_lay_changes_the_count_when_it_is_told_later(centre: Centre) -> None:
    given = date(2026, 11, 20), "U-CITY", "given", False
    centre.hear(Feed.HOTLINE12345, order(areaCode="", questionCode="020101", **DONE))
    assert told(centre)[given] == (0, 1)
    centre.hear(Feed.HOTLINE12345, order(updateTime="2026-11-20 12:00:00", questionCode="020101", **DONE))
    assert told(centre)[given] == (1, 1)
    with centre.database.read() as session:
        assert list(differences(session)) == []


def test_a_count_that_is_wrong_or_missing_is_found_and_mended(centre: Centre) -> None:
    centre.hear(Feed.HOTLINE12345, order(**DONE))
    right = told(centre)
    for spoil in (update(UnitDay).values(good=7), delete(UnitDay).where(UnitDay.measure == "finished")):
        with centre.database.write() as session:
            session.execute(spoil)
        with centre.database.read() as session:
            assert any("U-CITY on 2026-11-20" in sentence for sentence in differences(session))
        with centre.database.write() as session:
            rebuild(session)
        assert told(centre) == right
    with centre.database.write() as session:
        count_anew(session)
    assert told(centre) == right
