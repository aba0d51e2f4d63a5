"""The rows of a pack's list are those its numbers count, whatever was written since, and only what is in sight."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from casework.indicators import Indicator, Tally
from casework.review import By, ListKey, Part, PeriodKind, PeriodName, Review
from casework.roles import Sight
from db.database import Database
from db.inbox import Recorder
from db.queries.review import ReviewRules, cases_behind, read_review
from db.queries.review_spans import SpanLine, seen_codes, spans_behind
from tests.dashboard.offices import county
from tests.db.centre import Centre
from tests.db.test_performance import LivedIn
from tests.db.test_wall_and_journal import BEGINNING

WHOLE = Sight(whole_county=True)
FIRE = Sight(units=frozenset({"U-FIRE"}))


@pytest.fixture
def lived(database: Database, recorder: Recorder) -> LivedIn:
    """A county of some reports and what people did with them."""
    county_of_people = LivedIn(Centre(database, recorder), 7)
    county_of_people.fill(60)
    county_of_people.live(300)
    return county_of_people


def workings_of(lived: LivedIn) -> ReviewRules:
    return ReviewRules(lived.centre.rules, county())


def reviews_of(session: Session, lived: LivedIn) -> list[Review]:
    """Two weeks, the second while it ran, and their month."""
    first = PeriodName.holding(BEGINNING)
    end = first.after().first_day()
    running = first.period(BEGINNING).end + timedelta(days=3, hours=7)
    month = PeriodName.of_day(end, PeriodKind.MONTH)
    return [read_review(session, workings_of(lived), name, running) for name in (first, first.after(), month)]


def tally(lines: list[SpanLine], indicator: Indicator) -> Tally:
    return Tally(sum(indicator in line.good for line in lines), sum(indicator in line.all for line in lines))


def test_the_rows_add_up_to_every_count_of_the_county(lived: LivedIn) -> None:
    with lived.centre.database.read() as session:
        for review in reviews_of(session, lived):
            lines = spans_behind(session, workings_of(lived), review, WHOLE).lines
            counted = [line for line in lines if not line.excluded]
            assert len(counted) > 20
            assert {each: tally(counted, each) for each in Indicator} == dict(review.county.tallies)
            assert {each: tally(lines, each) for each in Indicator} == dict(review.county.tallies_with)


def test_the_categories_and_feeds_are_what_the_rows_say_and_the_page_tells_the_same_of_what_was_given(
    lived: LivedIn,
) -> None:
    with lived.centre.database.read() as session:
        for review in reviews_of(session, lived):
            behind = spans_behind(session, workings_of(lived), review, WHOLE)
            counted = [line for line in behind.lines if not line.excluded]
            assert {kind for kind, _ in behind.kinds} == {By.CATEGORY, By.FEED}
            for (by, code), tallies in behind.kinds.items():
                of_it = [line for line in counted if getattr(line, by.value) == code]
                assert tallies == {each: tally(of_it, each) for each in Indicator}
            for line in (*review.categories, *review.feeds):
                whole = behind.kinds.get((line.by, line.code), line.tallies)
                assert line.tallies[Indicator.CLOSED] == whole[Indicator.CLOSED]
                assert line.tallies[Indicator.CLOSED_ON_TIME] == whole[Indicator.CLOSED_ON_TIME]


def test_what_is_written_later_changes_no_row_of_a_review_that_was_read_before(lived: LivedIn) -> None:
    with lived.centre.database.read() as session:
        reviews = reviews_of(session, lived)
        before = [spans_behind(session, workings_of(lived), review, WHOLE).lines for review in reviews]
    lived.live(100)
    with lived.centre.database.read() as session:
        assert [spans_behind(session, workings_of(lived), review, WHOLE).lines for review in reviews] == before


def test_a_unit_is_given_the_rows_of_its_sight_as_the_lists_on_the_screen_are(lived: LivedIn) -> None:
    workings = workings_of(lived)
    with lived.centre.database.read() as session:
        review = reviews_of(session, lived)[0]
        lines = spans_behind(session, workings, review, FIRE).lines
        whole = spans_behind(session, workings, review, WHOLE).lines
        key = ListKey(Indicator.FINISHED, Part.ALL, By.COUNTY, "")
        at = review.period.at
        listed = cases_behind(session, workings, review.name, at, None, key, FIRE, position=review.position)
    told = [(line.case_code, line.unit_code) for line in lines if Indicator.FINISHED in line.all and not line.excluded]
    assert sorted(told) == sorted((line.case_code, line.unit_code) for line in listed)
    assert 0 < len(lines) < len(whole)
    assert {line.case_code for line in lines} - {""} <= {line.case_code for line in whole}


def test_codes_out_of_sight_are_not_seen(lived: LivedIn) -> None:
    with lived.centre.database.read() as session:
        review = reviews_of(session, lived)[0]
        codes = {line.case_code for line in spans_behind(session, workings_of(lived), review, WHOLE).lines}
        own = {line.case_code for line in spans_behind(session, workings_of(lived), review, FIRE).lines} - {""}
        assert seen_codes(session, codes, WHOLE) == codes
        assert seen_codes(session, codes, FIRE) == own
        assert seen_codes(session, (), WHOLE) == frozenset()
