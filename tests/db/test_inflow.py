"""New cases of the same part of each week, on both databases."""

from dataclasses import fields
from datetime import timedelta
from itertools import count
from typing import Any
from unittest.mock import ANY

import pytest
from sqlalchemy import event, text

from casework.vocabulary import Feed
from db.database import Database
from db.inbox import Recorder
from db.queries.inflow import Inflow, WeekPart, week_inflow
from tests.db.centre import Centre
from tests.records import at, order

NOW = at("11-20 12:00")  # a Friday
MONDAY = at("11-16 00:00")
_numbers = count(1)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def receive(centre: Centre, moment: str, **changes: str) -> int:
    """A case reported then (`MM-DD HH:MM:SS`); its id."""
    return centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{next(_numbers)}", callTime=f"2026-{moment}") | changes)


def asked(centre: Centre) -> Inflow:
    with centre.database.read() as session:
        return week_inflow(session, NOW)


def totals(inflow: Inflow) -> list[int]:
    return [sum(part.counts.values()) for part in (inflow.now, *inflow.earlier)]


def test_an_empty_county_has_no_case_and_no_earlier_week(centre: Centre) -> None:
    assert asked(centre) == Inflow(WeekPart(MONDAY, NOW, {}), ())


def test_this_week_begins_on_monday_and_ends_now(centre: Centre) -> None:
    for moment in ("11-15 23:59:59", "11-16 00:00:00", "11-20 11:59:59", "11-20 12:00:00"):
        receive(centre, moment)
    now = asked(centre).now
    assert (now.start, now.end, sum(now.counts.values())) == (MONDAY, NOW, 2)


def test_an_earlier_week_is_counted_up_to_the_same_weekday_and_time(centre: Centre) -> None:
    receive(centre, "11-01 09:00:00")
    for moment in ("11-08 23:59:59", "11-09 00:00:00", "11-13 11:59:59", "11-13 12:00:00", "11-15 09:00:00"):
        receive(centre, moment)
    inflow = asked(centre)
    assert (inflow.earlier[0].start, inflow.earlier[0].end) == (at("11-09 00:00"), at("11-13 12:00"))
    assert totals(inflow) == [0, 2, 0], "the week of 2 November had none until its Friday noon"


def test_only_weeks_that_began_after_the_first_case_are_history(centre: Centre) -> None:
    receive(centre, "11-02 00:00:01")
    assert totals(asked(centre)) == [0, 0]
    receive(centre, "11-02 00:00:00")
    assert totals(asked(centre)) == [0, 0, 2]


def test_at_most_twelve_earlier_weeks(centre: Centre) -> None:
    for week in range(1, 15):
        receive(centre, f"{MONDAY - timedelta(weeks=week) + timedelta(hours=20):%m-%d %H:%M:%S}")
    assert totals(asked(centre)) == [0] + [1] * 12


def test_cases_are_counted_by_township_and_category(centre: Centre) -> None:
    receive(centre, "11-17 09:00:00", areaCode="999921001")
    receive(centre, "11-17 09:00:00", areaCode="999921001")
    receive(centre, "11-17 09:00:00", areaCode="999921002")
    receive(centre, "11-17 09:00:00", areaCode="")
    counts = asked(centre).now.counts
    category = next(iter(counts))[1]
    assert counts == {("999921001", category): 2, ("999921002", category): 1, (None, category): 1}


def test_categories_are_kept_apart(centre: Centre) -> None:
    for code in ("070101", "020101", "020101"):
        receive(centre, "11-17 09:00:00", questionCode=code, areaCode="999921001")
    assert asked(centre).now.counts == {("999921001", "07"): 1, ("999921001", "02"): 2}


def test_a_case_merged_into_another_is_not_counted_and_the_other_is(centre: Centre) -> None:
    child, parent = receive(centre, "11-17 09:00:00"), receive(centre, "11-18 09:00:00")
    assert totals(asked(centre)) == [2]
    centre.merge(child, parent)
    assert totals(asked(centre)) == [1]


def test_a_protected_case_is_counted_like_any_other(centre: Centre) -> None:
    receive(centre, "11-17 09:00:00", isSecret="1")
    assert totals(asked(centre)) == [1]


def test_the_answer_has_no_room_for_a_person(centre: Centre) -> None:
    receive(centre, "11-17 09:00:00")
    assert [each.name for each in fields(WeekPart)] == ["start", "end", "counts"]
    told = [part for key, number in asked(centre).now.counts.items() for part in (*key, number)]
    assert told == ["999921001", ANY, 1]


def test_every_week_is_read_through_the_index(centre: Centre) -> None:
    receive(centre, "08-01 09:00:00")
    told: list[tuple[str, Any]] = []
    with centre.database.read() as session:
        engine = session.get_bind()

        def hear(*call: Any) -> None:
            told.append((call[2], call[3]))

        event.listen(engine, "before_cursor_execute", hear)
        week_inflow(session, NOW)
        event.remove(engine, "before_cursor_execute", hear)
        weeks = [(statement, values) for statement, values in told if "GROUP BY" in statement]
        assert len(weeks) == 13
        explain = "EXPLAIN QUERY PLAN " if centre.database.is_sqlite else "EXPLAIN "
        if not centre.database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # it scans tables as small as this one
        for statement, values in weeks:
            plan = session.connection().exec_driver_sql(explain + statement, values)
            assert "ix_cases_reported_at" in " ".join(str(row) for row in plan)
