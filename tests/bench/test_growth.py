"""A grown county is one that could have been: codes of its days, instants years apart, and words that are found."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bench.growth import SPREAD, grow, grow_whole
from casework.calendar import local_day
from db import search
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case, CaseCounter, Report
from db.search import Sought
from tests.records import KEY, Feed, message, order

CASES, STILL_OPEN = 30, 6
CLOSED = {"state": "已结案", "completeTime": "2026-11-20 10:00:00"}


@pytest.fixture
def county(database: Database, recorder: Recorder) -> Database:
    """Two open cases and three that have ended."""
    told = [order(orderNum=f"H{number}", **(CLOSED if number < 3 else {})) for number in range(5)]
    with database.write() as session:
        messages = [message(Feed.HOTLINE12345, record, f"e{number}") for number, record in enumerate(told)]
        recorder.record(session, messages)
    return database


def test_copies_are_spread_over_years_and_their_codes_are_of_their_days(county: Database, database_url: str) -> None:
    grow(database_url, CASES)
    with county.read() as session:
        cases = session.scalars(select(Case).order_by(Case.id)).all()
        spans = {span.case_id: span for span in session.scalars(select(Assignment))}
        counters = dict(session.execute(select(CaseCounter.day, CaseCounter.last)).all())
        reports = session.scalar(select(func.count()).select_from(Report))
    assert (len(cases), reports) == (32, 5), "nine copies of three"
    assert sum(not case.ended for case in cases) == 2
    for case in cases:
        day, number = f"{local_day(case.reported_at):%Y%m%d}", int(case.code[-5:])
        assert case.code == f"YC-{day}-{number:05d}"
        assert counters[day] >= number
        assert spans[case.id].assigned_at - case.reported_at == timedelta(hours=1)
        assert spans[case.id].report == case.report
    days = {case.reported_at.date() for case in cases}
    assert (len(days), max(days) - min(days)) == (10, SPREAD)
    assert len({case.code for case in cases}) == len({case.report for case in cases}) == 32


def test_a_whole_copy_has_its_words_and_open_cases_stay_of_today(county: Database, database_url: str) -> None:
    grow_whole(database_url, KEY, CASES, STILL_OPEN)
    with county.read() as session:
        still = session.scalars(select(Case.reported_at).where(~Case.ended)).all()
        found = search.found(session, Sought("油烟"), 1_000, still_open=False)
        assert search.pending(session, 1_000) == 0
        assert (len(still), len(set(still))) == (STILL_OPEN, 1)
        assert len(found) == session.scalar(select(func.count()).select_from(Case)) == 36


def test_a_day_of_more_than_a_thousand_cases_is_copied_to_codes_of_their_own(
    database: Database, database_url: str, recorder: Recorder
) -> None:
    for number in (201, 1201):
        with database.write() as session:
            session.merge(CaseCounter(day="20261120", last=number - 1))
        with database.write() as session:
            recorder.record(session, [message(Feed.HOTLINE12345, order(orderNum=f"H{number}"), f"e{number}")])
    grow_whole(database_url, KEY, 2, STILL_OPEN)
    with database.read() as session:
        codes = session.scalars(select(Case.code).order_by(Case.id)).all()
        last = session.scalar(select(CaseCounter.last).where(CaseCounter.day == "20261120"))
    assert codes == [f"YC-20261120-{number:05d}" for number in (201, 1201, 1402, 2402, 2603, 3603)]
    assert last == 3603
