"""The wall's numbers, against cases laid out by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dashboard.live.overview import Headline, HourCount, Overview, TownshipLoad
from db.database import Database
from db.inbox import Recorder
from db.queries import wall
from tests.boards import overview_of
from tests.records import Feed, at, message, order

NOON = at("11-20 12:00")  # a Friday


class County:
    """Records orders one after the other."""

    def __init__(self, database: Database, recorder: Recorder) -> None:
        self.database = database
        self._recorder = recorder
        self._number = 0

    def add(self, **changes: Any) -> None:
        self._number += 1
        record = order(orderNum=f"DH{self._number:04}") | changes
        with self.database.write() as session:
            self._recorder.record(session, [message(Feed.HOTLINE12345, record, f"e{self._number}", self._number)])

    def overview(self, moment: datetime = NOON) -> Overview:
        return overview_of(self.database, self._recorder.rules, moment)

    def headline(self, moment: datetime = NOON) -> Headline:
        return self.overview(moment).headline


@pytest.fixture
def county(database: Database, recorder: Recorder) -> County:
    return County(database, recorder)


def finished(text: str) -> dict[str, Any]:
    return {"state": "待回访", "completeTime": text}


def test_an_empty_county_has_zeroes_and_no_rate(county: County) -> None:
    headline = county.headline()
    assert (headline.open, headline.overdue, headline.received_today) == (0, 0, 0)
    assert (headline.on_time, headline.should_finish) == (0, 0)
    assert headline.next_due_at is None
    assert headline.longest_overdue_since is None


def test_today_begins_at_local_midnight(county: County) -> None:
    county.add(callTime="2026-11-19 23:59:59")
    county.add(callTime="2026-11-20 00:00:00")
    county.add(callTime="2026-11-20 11:59:59")
    assert county.headline().received_today == 2


def test_the_same_time_last_week_is_compared_with_the_same_part_of_the_day(county: County) -> None:
    county.add(callTime="2026-11-13 11:00:00")
    county.add(callTime="2026-11-13 13:00:00")
    assert county.headline().received_same_time_last_week == 1


def test_a_deadline_is_kept_up_to_its_very_instant(county: County) -> None:
    county.add(deadlineDate="2026-11-20 12:00:00")
    assert county.headline().overdue == 0
    late = county.headline(NOON + timedelta(microseconds=1))
    assert late.overdue == 1
    assert late.longest_overdue_since == NOON


def test_due_soon_is_the_next_two_hours(county: County) -> None:
    county.add(deadlineDate="2026-11-20 14:00:00", areaCode="999921001")
    county.add(deadlineDate="2026-11-20 14:00:01")
    headline = county.headline()
    assert headline.due_soon == 1
    assert (headline.next_due_at, headline.next_due_township) == (at("11-20 14:00"), "999921001")


def test_a_finished_case_is_open_until_visited_but_no_longer_overdue(county: County) -> None:
    county.add(deadlineDate="2026-11-20 10:00:00", **finished("2026-11-20 11:00:00"))
    headline = county.headline()
    assert (headline.open, headline.overdue, headline.due_soon) == (1, 0, 0)


def test_closed_today_counts_what_is_closed_and_not_what_is_declined(county: County) -> None:
    county.add(state="已结案", completeTime="2026-11-20 09:30:00")
    county.add(state="不予受理")
    headline = county.headline()
    assert (headline.closed_today, headline.open) == (1, 0)


@pytest.mark.parametrize(
    ("deadline", "done", "counted"),
    [
        ("2026-11-20 11:00:00", "2026-11-20 10:00:00", (1, 1)),  # in time
        ("2026-11-20 11:00:00", "2026-11-20 11:00:00", (1, 1)),  # at the very instant
        ("2026-11-20 11:00:00", "2026-11-20 11:30:00", (0, 1)),  # late
        ("2026-11-20 11:00:00", None, (0, 1)),  # not done, run out
        ("2026-11-20 18:00:00", None, (0, 0)),  # not done, still time
        ("2026-11-27 18:00:00", "2026-11-20 10:00:00", (1, 1)),  # early: its clock ended now
        ("2026-11-15 18:00:00", "2026-11-20 10:00:00", (0, 0)),  # ran out on Sunday, last week's
    ],
)
def test_the_weeks_rate_counts_clocks_that_ended_in_it(
    county: County, deadline: str, done: str | None, counted: tuple[int, int]
) -> None:
    county.add(
        dispatchTime="2026-11-10 09:00:00",
        callTime="2026-11-10 08:00:00",
        deadlineDate=deadline,
        **(finished(done) if done else {}),
    )
    headline = county.headline()
    assert (headline.on_time, headline.should_finish) == counted


def test_a_unit_that_gave_the_case_back_in_time_is_not_counted(county: County) -> None:
    returned = {"state": "待派遣", "backTime": "2026-11-20 10:00:00", "deadlineDate": "2026-11-20 11:00:00"}
    county.add(**returned)
    assert county.headline().should_finish == 0


def test_a_queue_shows_the_newest_first_and_nothing_protected(county: County) -> None:
    county.add(callTime="2026-11-20 08:00:00")
    county.add(callTime="2026-11-20 09:00:00", isSecret="1")
    county.add(callTime="2026-11-20 10:00:00", callerType="举报")
    county.add(callTime="2026-11-20 10:30:00", majorContent="邻居家有人自杀未遂")
    county.add(callTime="2026-11-20 11:00:00")
    overview = county.overview()
    assert [card.code[-5:] for card in overview.cards] == ["00005", "00001"]
    assert [(lane.open, lane.today) for lane in overview.lanes] == [(0, 0), (5, 5), (0, 0)]


def test_the_longest_overdue_come_first(county: County) -> None:
    for hour in (9, 7, 11, 13):
        county.add(deadlineDate=f"2026-11-20 {hour:02}:00:00")
    due = [card.due_at for card in county.overview().overdue]
    assert due == [at("11-20 07:00"), at("11-20 09:00"), at("11-20 11:00")]


def test_a_township_carries_its_open_and_overdue_cases(county: County) -> None:
    county.add(areaCode="999921001", deadlineDate="2026-11-20 09:00:00")
    county.add(areaCode="999921001")
    county.add(areaCode="999921002", state="已结案", completeTime="2026-11-20 09:30:00")
    assert county.overview().townships == (TownshipLoad("999921001", 2, 1),)


def test_the_inflow_is_counted_by_hour_and_feed(county: County) -> None:
    for time in ("2026-11-19 12:59:59", "2026-11-19 13:00:00", "2026-11-20 11:10:00", "2026-11-20 11:50:00"):
        county.add(callTime=time)
    assert county.overview().inflow == (
        HourCount("hotline12345", at("11-19 13:00"), 1),
        HourCount("hotline12345", at("11-20 11:00"), 2),
    )


def test_the_usual_band_is_that_of_the_same_weekday_and_hour(county: County) -> None:
    for week, number in enumerate((5, 3, 1, 2), 1):
        day = (NOON - timedelta(weeks=week)).strftime("%Y-%m-%d")
        for minute in range(number):
            county.add(callTime=f"{day} 09:{minute:02}:00")
    county.add(callTime="2026-10-22 00:00:00")
    with county.database.read() as session:
        band = {usual.hour: usual for usual in wall.usual_inflow(session, NOON)}
    nine = band[at("11-20 09:00")]
    assert (nine.samples, nine.median) == (4, 2.5)
    assert nine.low < nine.median < nine.high
    assert band[at("11-20 10:00")].high == 0


def test_a_band_needs_three_weeks_of_history(county: County) -> None:
    county.add(callTime="2026-11-06 09:00:00")
    with county.database.read() as session:
        assert {usual.samples for usual in wall.usual_inflow(session, NOON)} <= {0, 1}


def test_the_next_strike_is_the_nearest_change_that_needs_no_write(county: County) -> None:
    county.add(deadlineDate="2026-11-20 13:00:00")
    county.add(deadlineDate="2026-11-20 14:30:00")
    assert county.overview().next_strike == at("11-20 12:30"), "then the second is due within two hours"
    assert county.overview(at("11-20 12:30")).next_strike == at("11-20 13:00")
    assert county.overview(at("11-20 14:30")).next_strike == at("11-21 00:00"), "the end of the working day"


def test_a_single_deadline_is_told_only_of_a_case_that_may_be_shown(county: County) -> None:
    county.add(deadlineDate="2026-11-20 13:00:00", isSecret="1")
    county.add(deadlineDate="2026-11-20 09:00:00", isSecret="1")
    headline = county.headline()
    assert (headline.due_soon, headline.overdue) == (1, 1), "counted like any other"
    assert (headline.next_due_at, headline.next_due_township, headline.longest_overdue_since) == (None, None, None)
