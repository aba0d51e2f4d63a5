"""A published year dates again what rested on it."""

from datetime import date, timedelta

from casework.calendar import last_day
from casework.moves import Decline, Finish, Redate, Sign, Whistle
from casework.vocabulary import EntryType
from tests.casework.stages import WHY, WITH_2027, new_years_eve
from tests.casework.stories import TO_HAND_OUT, Story
from tests.records import at


def test_a_published_year_dates_again_what_rested_on_it() -> None:
    story = new_years_eve()
    assert story.thread.promise.provisional
    assert story.promise == at("12-31 00:00") + timedelta(days=9), "to 8 January, Monday to Friday"
    story.rules = WITH_2027
    assert story.do(Redate, "12-31 10:00") == [EntryType.REDATED]
    assert story.told()["calendar"] == "with-2027"
    assert story.promise == at("12-31 00:00") + timedelta(days=12), "to 11 January, for the 4th is off"
    assert not story.thread.promise.provisional
    assert story.holder.finish_due == story.thread.promise
    assert not story.holder.sign_due.provisional
    assert story.holder.sign_due.at == at("12-31 00:00") + timedelta(days=6), "Tuesday the 5th"
    assert story.do(Redate, "12-31 11:00") == [], "there is nothing left"


def test_a_year_still_unpublished_dates_nothing() -> None:
    assert new_years_eve().do(Redate, "12-31 10:00") == []


def test_a_published_year_dates_again_what_departments_had() -> None:
    story = new_years_eve()
    story.do(Sign, "12-31 10:00")
    story.do(Whistle, "12-31 11:00", units=("U-FIRE",))
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    span = story.helper().span
    assert not span.finish_due.provisional
    assert last_day(span.finish_due.at) == date(2027, 1, 7), "the third working day of the published year"
    assert story.do(Redate, "12-31 13:00") == []


def test_a_published_year_dates_the_visit_again() -> None:
    story = new_years_eve()
    story.do(Sign, "12-31 10:00")
    story.do(Finish, "12-31 11:00")
    story.rules = WITH_2027
    story.do(Redate, "12-31 12:00")
    assert story.thread.visit_due is not None
    assert (story.thread.visit_due.provisional, story.thread.visit_due.at) == (
        False,
        at("12-31 00:00") + timedelta(days=6),
    )


def test_an_ended_case_keeps_its_dates() -> None:
    story = Story()
    story.hear(**TO_HAND_OUT, callTime="2026-12-31 08:00:00", updateTime="2026-12-31 08:00:00")
    story.do(Decline, "12-31 09:00", reason=WHY)
    story.rules = WITH_2027
    assert story.do(Redate, "12-31 10:00") == []
