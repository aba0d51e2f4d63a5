"""The wall's counts are what plain reckoning finds in the journal, for cases in every state people and feeds bring them to."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import or_, select

from casework.calendar import ONE_DAY, SHANGHAI, local_day
from casework.case import Case as CaseState
from casework.case import Span, Thread
from casework.errors import Refused
from casework.escalation import shown_colour
from casework.joining import Merge, Split
from casework.moves import (
    Approve,
    AskExtension,
    Assign,
    Close,
    Continue,
    Decline,
    Escalate,
    Finish,
    GrantExtension,
    GrantReturn,
    Move,
    Pause,
    RecordVisit,
    Redo,
    Reject,
    Reopen,
    Return,
    Sign,
    Whistle,
)
from casework.overlays import overlays
from casework.vocabulary import COLOUR_ORDER, Colour, Overlay
from dashboard.live.board import LATE_ROWS, OVERDUE_ROWS
from dashboard.live.overview import Overview
from dashboard.live.source import DatabaseWall
from db import acts, joining
from db.database import Database
from db.inbox import Recorder
from db.models import Case
from tests.boards import overview_of
from tests.db.centre import PREFIX, Centre, folded
from tests.records import NOW, Feed, at, call, event, message, order

HOTLINE, POLICE, GRID = Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID
BEGINNING = at("11-09 08:00")
TWO_HOURS = timedelta(hours=2)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def counts(centre: Centre, moment: datetime) -> tuple[int, int, int]:
    """Open, overdue, due soon."""
    told = overview_of(centre.database, centre.rules, moment).headline
    return told.open, told.overdue, told.due_soon


def marks(centre: Centre, case_id: int, moment: datetime) -> frozenset[Overlay]:
    return overlays(centre.state(case_id), moment, centre.rules.clocks.at(moment).due_soon)


def paused_order(centre: Centre, moment: str) -> int:
    """An order with a deadline at 14:00 on the 20th whose unit paused it."""
    signed = {"state": "待处置", "signTime": "2026-11-20 09:30:00"}
    case_id = centre.hear(HOTLINE, order(deadlineDate="2026-11-20 14:00:00", **signed))
    centre.act(case_id, Pause(by="U-CITY", at=at(moment), reason="等鉴定", approver="centre"))
    return case_id


@pytest.mark.parametrize("moment", ["11-20 13:00", "11-20 14:00", "11-20 14:01", "11-30 09:00"])
def test_a_paused_case_is_neither_due_soon_nor_overdue(centre: Centre, moment: str) -> None:
    case_id = paused_order(centre, "11-20 12:30")
    assert counts(centre, at(moment)) == (1, 0, 0)
    assert marks(centre, case_id, at(moment)) == {Overlay.PAUSED}
    shown = overview_of(centre.database, centre.rules, at(moment))
    assert shown.overdue == ()
    assert local_day(shown.next_strike - INSTANT) == local_day(shown.next_strike) - ONE_DAY, "only the day's end"


def test_a_case_paused_at_its_very_deadline_is_not_overdue(centre: Centre) -> None:
    paused_order(centre, "11-20 14:00")
    assert counts(centre, at("11-21 09:00")) == (1, 0, 0)


def test_an_overdue_case_that_is_paused_stays_overdue(centre: Centre) -> None:
    case_id = paused_order(centre, "11-20 14:01")
    assert counts(centre, at("11-21 09:00")) == (1, 1, 0)
    assert marks(centre, case_id, at("11-21 09:00")) == {Overlay.OVERDUE, Overlay.PAUSED}
    (card,) = overview_of(centre.database, centre.rules, at("12-21 09:00")).overdue
    assert (card.due_at, card.colour) == (at("11-20 14:00"), "yellow"), "standing still it gets no redder"


def test_a_case_that_goes_on_has_the_time_it_had_left(centre: Centre) -> None:
    case_id = paused_order(centre, "11-20 12:30")
    centre.act(case_id, Continue(by="U-CITY", at=at("11-23 09:00")))
    assert counts(centre, at("11-23 09:00")) == (1, 0, 1)
    assert counts(centre, at("11-23 10:30")) == (1, 0, 1)
    assert counts(centre, at("11-23 10:31")) == (1, 1, 0)


class County:
    """Some two hundred reports, and people who try whatever comes to their minds."""

    def __init__(self, centre: Centre, seed: int) -> None:
        self.centre = centre
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()

    def moment(self, after: datetime = BEGINNING, before: datetime = NOW) -> datetime:
        return after + timedelta(seconds=self.random.randrange(int((before - after).total_seconds())))

    def report(self, feed: Feed, number: int) -> dict[str, Any]:
        told = self.moment(before=NOW - timedelta(days=1))
        given = told + timedelta(minutes=self.random.randrange(240))
        deadline = local(self.moment(told, NOW + timedelta(days=10)))
        state = self.random.randrange(10)
        if feed is HOTLINE:
            states: list[dict[str, Any]] = [
                {"state": "待回访", "completeTime": local(self.moment(given))},
                {"state": "已结案", "completeTime": local(self.moment(given))},
                {"state": "待处置", "signTime": local(self.moment(given))},
                {"isSecret": "1"},
            ]
            changes = states[state] if state < len(states) else {}
            given_at = {"dispatchTime": local(given), "updateTime": local(given), "callTime": local(told)}
            if self.random.random() < 0.7:
                changes |= {"deadlineDate": deadline}
            return order(orderNum=f"{number}") | given_at | changes
        if feed is POLICE:
            linked = {"gljjdbh": f"{self.random.randrange(200)}"} if state < 3 else {}
            return call(jjdbh=f"{number}", bjsj=local(told), tssj=local(given), gxsj=local(given), jdzt="2") | linked
        times = {"eventAcceptDate": local(told), "distributeTime": local(given), "updateTime": local(given)}
        return event(eventCode=f"{number}", streetCode=f"99992100{1 + state % 5}") | times

    def fill(self, many: int) -> None:
        feeds = [self.random.choice((HOTLINE, HOTLINE, HOTLINE, POLICE, GRID)) for _ in range(many)]
        messages = [message(feed, self.report(feed, number), f"e{number}", number) for number, feed in enumerate(feeds)]
        with self.centre.database.write() as session:
            self.centre.recorder.record(session, messages)

    def live(self, many: int) -> None:
        """People's moves, in the order of their instants; most of them are refused, as most make no sense."""
        with self.centre.database.read() as session:
            cases = dict(sorted(folded(session).items()))
        times = sorted(self.moment(BEGINNING + timedelta(days=2)) for _ in range(many))
        with self.centre.database.write() as session:
            for moment in times:
                case_id = self.random.choice(list(cases))
                with suppress(Refused):
                    self.try_something(session, case_id, cases[case_id], list(cases), moment)

    def try_something(self, session: Any, case_id: int, case: CaseState, case_ids: list[int], moment: datetime) -> None:
        if self.random.random() < 0.03:
            joining.merge_cases(
                session, case_id, self.random.choice(case_ids), Merge(by="centre", at=moment, reason="同一件事")
            )
            self.done["Merge"] += 1
        elif self.random.random() < 0.05:
            report = self.random.choice(case.threads).report
            joining.split_report(
                session, case_id, Split(by="centre", at=moment, report=report, reason="同一件事"), PREFIX
            )
            self.done["Split"] += 1
        else:
            move = self.random.choice(MOVES)(moment)
            acts.act(session, self.centre.rules, case_id, move)
            self.done[type(move).__name__] += 1


def local(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


MOVES: tuple[Callable[[datetime], Move], ...] = (
    lambda at: Sign(by="u", at=at),
    lambda at: Sign(by="u", at=at),
    lambda at: Assign(by="u", at=at, unit="U-WATER", reason="职责"),
    lambda at: Assign(by="u", at=at, unit="U-FIRE", reason="职责"),
    lambda at: Pause(by="u", at=at, reason="等鉴定", approver="centre"),
    lambda at: Pause(by="u", at=at, reason="等鉴定", approver="centre"),
    lambda at: Continue(by="u", at=at),
    lambda at: Return(by="u", at=at, reason="不属于"),
    lambda at: GrantReturn(by="centre", at=at),
    lambda at: AskExtension(by="u", at=at, amount=3, reason="复杂"),
    lambda at: GrantExtension(by="centre", at=at),
    lambda at: Finish(by="u", at=at),
    lambda at: Approve(by="centre", at=at),
    lambda at: Reject(by="centre", at=at, reason="没有回音"),
    lambda at: RecordVisit(by="centre", at=at, reached=True),
    lambda at: Redo(by="centre", at=at, reason="不满意"),
    lambda at: Close(by="centre", at=at),
    lambda at: Reopen(by="centre", at=at, reason="再诉"),
    lambda at: Decline(by="centre", at=at, reason="不予受理"),
    lambda at: Whistle(by="u", at=at, units=("U-FIRE",)),
    lambda at: Escalate(by="centre", at=at, reason="重大"),
)


def unfinished(case: CaseState) -> list[Thread]:
    return [thread for thread in case.threads if not thread.ended and thread.finished_at is None]


def running(case: CaseState) -> list[Thread]:
    return [thread for thread in unfinished(case) if thread.paused_at is None or thread.paused_at > thread.promise.at]


def deadline(case: CaseState) -> Thread | None:
    """The report whose deadline is the case's: of those whose clock runs, or had run out before it stood still, the one due
    first; else of those that stand still."""
    return min(running(case) or unfinished(case), key=lambda thread: thread.promise.at, default=None)


def overdue(case: CaseState, moment: datetime) -> bool:
    pressing = deadline(case)
    if pressing is None:
        return False
    stopped = pressing.paused_at
    return pressing.promise.at < (moment if stopped is None else stopped)


def comes_due(case: CaseState) -> datetime | None:
    """The deadline the case is running to; one that stands still is run to no more."""
    pressing = deadline(case)
    return pressing.promise.at if pressing is not None and pressing.paused_at is None else None


def due_soon(case: CaseState, moment: datetime) -> bool:
    due = comes_due(case)
    return due is not None and moment <= due <= moment + TWO_HOURS


def shown(case: CaseState) -> bool:
    return not any(thread.facts.sensitive for thread in case.threads)


@pytest.mark.parametrize(
    ("database_url", "seed"), [("sqlite", 1), ("sqlite", 3), ("postgresql", 1)], indirect=["database_url"]
)
def test_the_wall_counts_what_plain_reckoning_finds(centre: Centre, seed: int) -> None:
    county = County(centre, seed)
    county.fill(200)
    county.live(1500)
    centre.check()
    with centre.database.read() as session:
        cases = [case for case in folded(session).values() if not case.ended]
    assert len(county.done) >= 15, "people could do most of what there is to do"
    assert sum(thread.paused_at is not None for case in cases for thread in case.threads) >= 5
    assert sum(overdue(case, NOW) for case in cases) >= 5
    moments = [NOW, *(county.moment(NOW, NOW + timedelta(days=12)) for _ in range(15))]
    later = [due for case in cases if (due := comes_due(case)) is not None and due > NOW + TWO_HOURS]
    for due in county.random.sample(later, 10):
        moments += [due, due - INSTANT, due + INSTANT, due - TWO_HOURS, due - TWO_HOURS - INSTANT]
    for moment in moments:
        compare(centre, cases, moment)


class Restless(County):
    """A county whose sources tell of the same records again and again, graver, protected, or open once more."""

    told = 0

    def fill(self, many: int) -> None:
        messages = []
        for _ in range(many):
            feed, self.told = self.random.choice((HOTLINE, HOTLINE, POLICE, GRID)), self.told + 1
            record = self.report(feed, self.random.randrange(60))
            if feed is HOTLINE and self.random.random() < 0.3:
                record |= {"pilotLight": "特急"}
            if feed is HOTLINE and self.random.random() < 0.3:
                record |= {"isSecret": self.random.choice("01")}
            messages.append(message(feed, record, f"x{self.told}", self.told))
        with self.centre.database.write() as session:
            self.centre.recorder.record(session, messages)


@pytest.mark.parametrize(
    ("database_url", "seed"),
    [("sqlite", 10), ("sqlite", 11), ("sqlite", 12), ("postgresql", 10)],
    indirect=["database_url"],
)
def test_a_board_that_is_kept_up_is_the_board_read_anew(centre: Centre, seed: int) -> None:
    """Through merges, splits and secrets, over hours and midnights, and with a clock that is set back."""
    county, wall, at = Restless(centre, seed), DatabaseWall(centre.database, centre.rules, {}), NOW
    steps = [
        timedelta(seconds=3),
        timedelta(minutes=7),
        timedelta(hours=5),
        timedelta(minutes=-20),
        timedelta(hours=-3),
    ]
    alerts = protected = 0
    for _ in range(25):
        county.fill(8)
        county.live(20)
        at += county.random.choice(steps)
        told = wall.overview(at)
        anew = overview_of(centre.database, centre.rules, at)
        assert replace(told, alerts=()) == replace(anew, alerts=())
        with centre.database.read() as session:
            hidden = set(session.scalars(select(Case.code).where(or_(Case.sensitive, Case.ended))))
        assert not hidden & {alert.card.code for alert in told.alerts}
        alerts, protected = alerts + len(told.alerts), max(protected, len(hidden))
    assert alerts >= 5
    assert protected >= 5


def compare(centre: Centre, cases: list[CaseState], moment: datetime) -> None:
    late = [case for case in cases if overdue(case, moment)]
    soon = [case for case in cases if due_soon(case, moment)]
    overview = overview_of(centre.database, centre.rules, moment)
    told, cards, loads = overview.headline, overview.overdue, overview.townships
    assert (told.open, told.overdue, told.due_soon) == (len(cases), len(late), len(soon)), moment
    pressing = [thread for thread in map(deadline, filter(shown, late)) if thread is not None]
    ahead = [due for case in cases if shown(case) and (due := comes_due(case)) is not None and due > moment]
    assert [card.due_at for card in cards] == sorted(thread.promise.at for thread in pressing)[:OVERDUE_ROWS]
    assert told.longest_overdue_since == (cards[0].due_at if cards else None)
    assert told.next_due_at == min(ahead, default=None)
    assert (sum(load.open for load in loads), sum(load.overdue for load in loads)) == (told.open, told.overdue)
    compare_late_spans(centre, cases, overview, moment)
    agree_with_overlays(centre, cases, moment)


def compare_late_spans(centre: Centre, cases: list[CaseState], overview: Overview, moment: datetime) -> None:
    """Scene 2: every overdue assignment in its colour, gravest first, and none of a case that may not be shown."""
    late = [(case, *each) for case in cases for each in late_spans(centre, case, moment)]
    assert dict(overview.late_by_colour) == {
        colour: sum(each == colour for _, _, each in late) for colour in (Colour.RED, Colour.ORANGE, Colour.YELLOW)
    }
    told = [(row.card.colour, row.due_at, row.unit_code) for row in overview.late]
    wanted = [(colour, span.finish_due.at, span.unit_code) for case, span, colour in late if shown(case)]
    assert Counter(told) <= Counter(wanted)
    assert [row[:2] for row in told] == [row[:2] for row in sorted(wanted, key=gravest)[:LATE_ROWS]]


def gravest(row: tuple[str, datetime, str]) -> tuple[int, datetime]:
    return -COLOUR_ORDER.index(Colour(row[0])), row[1]


def late_spans(centre: Centre, case: CaseState, moment: datetime) -> Iterator[tuple[Span, Colour]]:
    for thread in case.threads:
        held = [(thread.holder, thread.paused_at)] if thread.holder is not None else []
        for span, paused in [*held, *((helper.span, None) for helper in thread.extras.helpers)]:
            seen = paused if paused is not None and paused <= moment else moment
            if span.ended_at is None and span.finished_at is None and span.finish_due.at < seen:
                rules = centre.rules
                due, risk = span.finish_due.at, rules.risk.at(moment)
                yield span, shown_colour(case.colour, due, seen, risk, rules.calendar)


def agree_with_overlays(centre: Centre, cases: list[CaseState], moment: datetime) -> None:
    """超期 and 中止 on the case's page are 超期 and 中止 on the wall."""
    share = centre.rules.clocks.at(moment).due_soon
    for case in cases:
        marked = overlays(case, moment, share)
        assert overdue(case, moment) == (Overlay.OVERDUE in marked)
        assert (Overlay.PAUSED in marked) == any(thread.paused_at is not None for thread in unfinished(case))
