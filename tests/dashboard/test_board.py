"""What a board tells beyond its database: which cases take the screens, how many are red, and whose lateness a case's is."""

from datetime import datetime, timedelta

import pytest

from casework.rules import Rules
from casework.vocabulary import Colour, ReminderKind
from dashboard.live.board import ALERTS_KEPT, Board, first_day
from dashboard.live.overview import ALERT_LASTS, LateCases
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


def span(case_id: int, due_at: datetime, number: int = 1) -> SpanRow:
    return SpanRow(case_id, number, "holder", "U-CITY", due_at, None, None, None, None)


LATE, AHEAD = NOW - timedelta(hours=2), NOW + timedelta(hours=2)


def test_overdue_assignments_and_overdue_cases_are_told_apart(told: Told) -> None:
    """Two units late with one case, a case nobody has, a case just taken over, and one of which only a helper is late."""
    late = {number: case(number, Colour.YELLOW)._replace(due_at=LATE) for number in (1, 2, 3)}
    told.hear(
        *late.values(),
        case(4)._replace(due_at=AHEAD),
        spans=(span(1, LATE), span(1, LATE, 2), span(3, AHEAD), span(4, AHEAD), span(4, LATE, 2)),
    )
    overview = told.board.overview(NOW)
    assert (len(overview.late), overview.headline.overdue) == (3, 3)
    assert overview.late_cases == LateCases(with_late_unit=2, without=2, in_time=1)
    told.hear(late[1]._replace(ended=True, status="closed"), spans=(span(1, LATE), span(1, LATE, 2)), at=NOW + SECOND)
    after = told.board.overview(NOW + SECOND)
    assert after.late_cases == LateCases(with_late_unit=1, without=2, in_time=1)
    told.hear(late[2], spans=(span(2, LATE),), at=NOW + SECOND)
    assert told.board.overview(NOW + SECOND).late_cases == LateCases(with_late_unit=2, without=1, in_time=1)


def test_a_case_counts_as_both_from_the_later_deadline_on(told: Told) -> None:
    told.hear(case(1)._replace(due_at=NOW), spans=(span(1, AHEAD),))
    counts = [told.board.overview(at).late_cases for at in (LATE, NOW + SECOND, AHEAD + SECOND)]
    assert counts == [LateCases(0, 0, 0), LateCases(0, 1, 0), LateCases(1, 0, 0)]


def test_a_case_whose_clock_stands_still_in_time_is_neither(told: Told) -> None:
    paused = case(1)._replace(due_at=LATE, paused_at=LATE - SECOND)
    told.hear(paused, spans=(span(1, LATE)._replace(paused_at=LATE - SECOND),))
    assert told.board.overview(NOW).late_cases == LateCases(0, 0, 0)


def test_red_cases_are_counted_as_they_stand(told: Told) -> None:
    long_ago = NOW - timedelta(days=30)
    told.hear(
        case(1),
        case(2)._replace(sensitive=True),
        case(3)._replace(ended=True, status="closed"),
        case(4, Colour.YELLOW)._replace(due_at=long_ago),
        case(5, Colour.YELLOW)._replace(due_at=LATE),
        case(6, Colour.YELLOW)._replace(due_at=long_ago, paused_at=long_ago + SECOND),
        case(7, Colour.YELLOW)._replace(due_at=long_ago, paused_at=NOW - SECOND),
        case(8, Colour.YELLOW)._replace(due_at=long_ago, finished_at=NOW),
    )
    assert told.board.overview(NOW).headline.red == 4, "made red: 1 and 2; turned by their lateness: 4 and 7"
    shown = {card.code[-1] for card in told.board.overview(NOW).cards if card.colour == Colour.RED}
    assert shown == {"1", "4", "7"}, "each of them is red on its card, but for the one that may not be shown"


@pytest.mark.parametrize(
    ("step", "kind"),
    [("督办", ReminderKind.SUPERVISE), ("提醒", ReminderKind.REMIND), ("旧版的一步", None), (None, None)],
)
def test_a_step_is_told_with_its_kind(told: Told, step: str | None, kind: ReminderKind | None) -> None:
    told.hear(case(1), spans=(span(1, LATE)._replace(reminded_step=step),))
    (late,) = told.board.overview(NOW).late
    assert (late.step, late.step_kind) == (step, kind)
