"""Which cases take the screens when they turn red, and for how long."""

from datetime import datetime, timedelta

import pytest

from casework.rules import Rules
from casework.vocabulary import Colour
from dashboard.live.board import ALERTS_KEPT, Board, first_day
from dashboard.live.overview import ALERT_LASTS
from db.queries.wall import CaseRow, SpanRow, Work
from tests.records import NOW

SECOND = timedelta(seconds=1)


def case(number: int, colour: Colour = Colour.RED, reported_at: datetime = NOW) -> CaseRow:
    return CaseRow(
        id=number,
        code=f"YC-20261120-{number:05}",
        feed="hotline12345",
        status="handling",
        ended=False,
        category="02",
        township="999921101",
        unit_code="U-CITY",
        urgency="ordinary",
        colour=colour,
        sensitive=False,
        reported_at=reported_at,
        due_at=NOW + timedelta(days=3),
        provisional=False,
        paused_at=None,
        finished_at=None,
        closed_at=None,
        merged_into=None,
    )


class Told:
    """A board that is told of cases one after the other."""

    def __init__(self, rules: Rules) -> None:
        self.board = Board(rules)
        self.board.fill(Work([], []), 0, first_day(NOW))

    def hear(self, *cases: CaseRow, at: datetime = NOW, spans: tuple[SpanRow, ...] = ()) -> None:
        self.board.change(Work(list(cases), list(spans)), self.board.position + 1, at)

    def alerts(self, at: datetime) -> list[tuple[str, timedelta]]:
        return [(alert.card.code[-1], alert.at - NOW) for alert in self.board.overview(at).alerts]


@pytest.fixture
def told(rules: Rules) -> Told:
    return Told(rules)


def test_a_case_that_comes_red_or_turns_red_takes_the_screen_for_twenty_seconds(told: Told) -> None:
    told.hear(case(1), case(2, Colour.YELLOW))
    assert told.alerts(NOW + SECOND) == [("1", timedelta(0))]
    assert told.alerts(NOW + ALERT_LASTS) == []
    told.hear(case(2), at=NOW + timedelta(minutes=1))
    assert told.alerts(NOW + timedelta(minutes=1)) == [("2", timedelta(minutes=1))]
    told.hear(case(1), at=NOW + timedelta(minutes=2))
    assert told.alerts(NOW + timedelta(minutes=2)) == [], "it was red already"


def test_several_take_turns_and_none_waits_long(told: Told) -> None:
    told.hear(*(case(number) for number in range(1, 10)))
    begun = [at for _, at in told.alerts(NOW)]
    assert begun == [turn * ALERT_LASTS for turn in range(ALERTS_KEPT)]
    later = NOW + timedelta(minutes=10)
    told.hear(case(50, reported_at=later), at=later)
    assert told.alerts(later) == [("0", timedelta(minutes=10))]


def test_a_case_that_is_protected_or_ended_since_gives_the_screen_back(told: Told) -> None:
    told.hear(case(1), case(2))
    told.hear(case(1)._replace(sensitive=True), case(2)._replace(ended=True, status="closed"), at=NOW + SECOND)
    assert told.alerts(NOW + SECOND) == []


def test_what_may_not_be_shown_or_is_old_never_takes_it(told: Told) -> None:
    told.hear(
        case(1)._replace(sensitive=True),
        case(2, reported_at=NOW - timedelta(days=2)),
        case(3)._replace(finished_at=NOW),
    )
    assert told.alerts(NOW) == []


def test_a_clock_that_was_wrong_holds_no_alert_back(told: Told) -> None:
    told.hear(case(1), at=NOW + timedelta(days=30))
    told.hear(case(2), at=NOW)
    assert told.alerts(NOW) == [("2", timedelta(0))]


def test_the_gravest_that_stands_still_is_shown_among_many(told: Told) -> None:
    late = NOW - timedelta(hours=2)
    spans = [
        SpanRow(number, 1, "holder", "U-CITY", late + number * SECOND, NOW - SECOND, None, None, None)
        for number in range(1, 65)
    ]
    told.hear(
        *(case(number, Colour.RED if number == 64 else Colour.YELLOW) for number in range(1, 65)), spans=tuple(spans)
    )
    overview = told.board.overview(NOW)
    assert dict(overview.late_by_colour)[Colour.RED] == 1
    assert overview.late[0].card.code[-2:] == "64"


def test_a_co_handlers_deadline_redraws_the_wall(told: Told) -> None:
    due = NOW + timedelta(minutes=5)
    span = SpanRow(1, 2, "helper", "U-FIRE", due, None, None, None, None)
    told.hear(replaced_due(case(1)), spans=(span,))
    assert told.board.overview(NOW).next_strike == due


def replaced_due(row: CaseRow) -> CaseRow:
    return row._replace(due_at=NOW + timedelta(days=30))
