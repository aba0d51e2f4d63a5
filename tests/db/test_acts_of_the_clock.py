"""What the clock does to cases by itself: the ladder's steps, and deadlines counted again when a year is published."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, text

from casework.calendar import Calendar
from casework.joining import Merge
from casework.ladder import Rung
from casework.moves import Approve, Assign, Close, Continue, Finish, Pause, RecordVisit, Remind, Sign, Whistle
from casework.report import Allowance
from casework.rules import Rules, Versions
from casework.vocabulary import FeedState, ReminderKind
from config.rules import load_rules
from db import clockwork, commands, joining, journal
from db.database import Database
from db.inbox import Recorder
from db.models import FeedStatus, JournalEntry
from tests.db.centre import Centre, with_calendar
from tests.records import CONFIG, NOW, Feed, at, call, message, order

HOTLINE, POLICE = Feed.HOTLINE12345, Feed.POLICE110
CODE = "YC-20261120-00001"
# The finish clock of `order()` runs from Friday the 20th, 09:00, to Friday the 27th, 24:00.
A_FIFTH_LEFT = at("11-26 11:24")
EXPIRY = at("11-28 00:00")
NOTICE_DUE = at("11-30 09:00")
SUPERVISION_DUE = at("12-04 09:00")
# What a notice for 2027 may say: New Year's Day is made up for on the Saturday after it.
NOTICE = Calendar(
    "2027-notice",
    {date(2027, 1, 1): (False, "元旦"), date(2027, 1, 2): (True, "元旦")},
    frozenset({2027}),
)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


@pytest.fixture
def published(rules: Rules) -> Rules:
    return with_calendar(rules, NOTICE)


def due(centre: Centre, moment: datetime) -> list[tuple[str, str]]:
    with centre.database.read() as session:
        return [(code, rung.step.name) for code, rung in clockwork.due_rungs(session, centre.rules, moment)]


def told(centre: Centre, case_id: int) -> list[tuple[str | None, datetime | None]]:
    """The last step each span's unit was told of, and when."""
    return [(span.reminded_step, span.reminded_at) for span in centre.spans(case_id)]


def test_every_step_is_taken_when_it_is_due_and_once(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    assert centre.climb(at("11-26 11:23")) == []
    for moment, step in (
        (A_FIFTH_LEFT, "提醒"),
        (EXPIRY, "催办"),
        (NOTICE_DUE, "催办通知书"),
        (SUPERVISION_DUE, "督办"),
    ):
        assert centre.climb(moment) == [(CODE, step)]
        assert told(centre, case_id) == [(step, moment)]
        assert centre.climb(moment) == []
    assert centre.climb(at("12-31 12:00")) == []
    assert centre.kinds(case_id) == ["registered", "assigned"] + 4 * ["reminded"]


def test_a_step_is_in_the_journal_with_its_kind_and_whom_it_told(centre: Centre) -> None:
    centre.hear(HOTLINE, order())
    centre.climb(NOTICE_DUE)
    with centre.database.read() as session:
        entry = session.get_one(JournalEntry, 3)
        said = (entry.actor, entry.occurred_at, entry.payload)
    assert said == ("ladder", NOTICE_DUE, {"step": "催办通知书", "kind": "notice", "unit": "U-CITY"})


def test_of_several_steps_only_the_gravest_is_taken(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    assert centre.climb(SUPERVISION_DUE) == [(CODE, "督办")]
    assert told(centre, case_id) == [("督办", SUPERVISION_DUE)]
    assert centre.climb(SUPERVISION_DUE) == []


def test_a_persons_own_urging_takes_no_step_of_the_ladder(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, Remind(by="centre", at=at("11-27 09:00"), kind=ReminderKind.URGE, unit="U-CITY"))
    assert told(centre, case_id) == [(None, None)]
    assert centre.climb(at("11-27 10:00")) == [(CODE, "提醒")]


def test_a_clock_that_stands_still_or_has_stopped_climbs_nothing(centre: Centre) -> None:
    signed = {"state": "待处置", "signTime": "2026-11-20 09:30:00"}
    paused, finished, closed, declined, merged, into = (
        centre.hear(HOTLINE, order(orderNum=f"DH{number}", **signed)) for number in range(6)
    )
    centre.act(paused, Pause(by="U-CITY", at=at("11-23 10:00"), reason="等鉴定", approver="centre"))
    for case_id in (finished, closed):
        centre.act(case_id, Finish(by="U-CITY", at=at("11-23 10:00")))
    centre.act(closed, Approve(by="centre", at=at("11-23 11:00")))
    centre.act(closed, RecordVisit(by="centre", at=at("11-23 12:00"), reached=True))
    centre.act(closed, Close(by="centre", at=at("11-23 13:00")))
    centre.hear(HOTLINE, order(orderNum="DH3", state="不予受理", updateTime="2026-11-21 09:00:00"))
    centre.merge(merged, into)
    assert centre.case(declined).status == "declined"
    code = centre.case(into).code
    assert centre.climb(SUPERVISION_DUE) == [(code, "督办"), (code, "督办")], "each report of the merged case by itself"
    assert due(centre, at("12-31 12:00")) == []


def test_a_clock_that_goes_on_climbs_again(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, Sign(by="U-CITY", at=at("11-20 10:00")))
    assert centre.climb(A_FIFTH_LEFT) == [(CODE, "提醒")]
    centre.act(case_id, Pause(by="U-CITY", at=at("11-27 10:00"), reason="等鉴定", approver="centre"))
    assert centre.climb(SUPERVISION_DUE) == []
    centre.act(case_id, Continue(by="U-CITY", at=at("12-07 10:00")))
    assert centre.case(case_id).due_at == at("12-08 00:00"), "no day was left but the one it stopped on"
    assert centre.climb(at("12-07 11:00")) == [(CODE, "提醒")], "for the new deadline"
    assert centre.climb(at("12-08 00:00")) == [(CODE, "催办")]


def test_a_unit_that_gets_a_case_back_begins_the_ladder_anew(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.climb(A_FIFTH_LEFT)
    centre.act(case_id, Assign(by="centre", at=at("11-26 14:00"), unit="U-WATER", reason="职责"))
    centre.act(case_id, Assign(by="centre", at=at("11-26 15:00"), unit="U-CITY", reason="职责"))
    assert told(centre, case_id) == [("提醒", A_FIFTH_LEFT), (None, None), (None, None)]
    assert centre.climb(at("11-27 23:00")) == [(CODE, "提醒")]


def test_a_department_that_was_called_in_climbs_by_its_own_clock(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, Whistle(by="U-CITY", at=at("11-27 20:00"), units=("U-FIRE",), whistle=False))
    assert [span.finish_due_at for span in centre.spans(case_id)] == [EXPIRY, at("12-01 00:00")]
    centre.climb(EXPIRY)
    assert told(centre, case_id) == [("催办", EXPIRY), (None, None)]
    assert centre.climb(at("12-01 00:00")) == [(CODE, "催办通知书"), (CODE, "催办")]
    assert told(centre, case_id) == [("催办通知书", at("12-01 00:00")), ("催办", at("12-01 00:00"))]
    centre.act(case_id, Sign(by="U-FIRE", at=at("12-01 09:00"), unit="U-FIRE"))
    centre.act(case_id, Finish(by="U-FIRE", at=at("12-01 10:00"), unit="U-FIRE"))
    assert centre.climb(at("12-31 12:00")) == [(CODE, "督办")], "the holder's only"


def test_what_is_due_is_what_climbing_then_takes_and_asking_writes_nothing(centre: Centre) -> None:
    for day in range(16, 21):
        for hour in (8, 9):
            centre.hear(
                HOTLINE,
                order(
                    orderNum=f"DH{day}{hour}",
                    callTime=f"2026-11-{day} 0{hour}:00:00",
                    dispatchTime=f"2026-11-{day} 0{hour}:30:00",
                ),
            )
    taken = 0
    for moment in (at("11-20 12:00"), at("11-25 09:00"), at("11-27 09:00"), at("11-27 09:00"), at("12-04 09:00")):
        before = centre.position()
        asked = due(centre, moment)
        assert centre.position() == before
        assert sorted(asked) == sorted(centre.climb(moment))
        assert due(centre, moment) == []
        taken += len(asked)
        assert centre.position() == before + len(asked)
    assert taken > 20


def test_what_is_due_is_told_the_longest_due_first(centre: Centre) -> None:
    centre.hear(HOTLINE, order(orderNum="DH1"))
    centre.hear(HOTLINE, order(orderNum="DH2", callTime="2026-11-18 08:00:00", dispatchTime="2026-11-18 09:00:00"))
    assert due(centre, SUPERVISION_DUE) == [("YC-20261118-00001", "督办"), (CODE, "督办")]


def test_more_cases_than_fit_one_look_all_climb(centre: Centre) -> None:
    total = clockwork.CHUNK + 5
    orders = [message(HOTLINE, order(orderNum=f"DH{number}"), f"e{number}", number) for number in range(total)]
    with centre.database.write() as session:
        centre.recorder.record(session, orders)
    assert len(centre.climb(EXPIRY)) == total
    assert centre.climb(EXPIRY) == []


def tell(centre: Centre, feed: Feed, state: FeedState, told: datetime, since: timedelta = timedelta(minutes=5)) -> None:
    """The feed's ingester says how it stands, and for how long it has stood so."""
    status = FeedStatus(
        feed=feed, state=state, since=told - since, last_event_at=None, last_received_at=None,
        events_per_minute=0.0, lag_seconds=None, reason="", reported_at=told,
    )  # fmt: skip
    with centre.database.write() as session:
        commands.report_feed_status(session, [status])


def behind(centre: Centre, moment: datetime, *expected: Feed) -> dict[str, str]:
    with centre.database.read() as session:
        return clockwork.feeds_behind(session, moment, expected)


@pytest.mark.parametrize(
    ("state", "ago", "lasted", "waits"),
    [
        (FeedState.CONNECTED, 1, 300, None),
        (FeedState.SILENT, 1, 300, None),
        (FeedState.CONNECTED, 60, 300, None),
        (FeedState.CONNECTED, 61, 300, "absent"),
        (FeedState.CONNECTED, 1, 13, "only just back"),
        (FeedState.CONNECTED, 1, 14, None),
        (FeedState.LAGGING, 1, 300, "lagging"),
        (FeedState.RECONNECTING, 1, 300, "reconnecting"),
        (FeedState.REFUSED, 1, 300, "refused"),
    ],
)
def test_steps_wait_while_a_feed_does_not_tell_the_present(
    centre: Centre, state: FeedState, ago: int, lasted: int, waits: str | None
) -> None:
    """After an outage a unit may long have finished what it would be supervised for."""
    centre.hear(HOTLINE, order())
    tell(centre, HOTLINE, state, EXPIRY - timedelta(seconds=ago), timedelta(seconds=lasted))
    held = behind(centre, EXPIRY)
    assert held == ({} if waits is None else {"hotline12345": waits})
    before = centre.position()
    with centre.writing() as session:
        asked = clockwork.due_rungs(session, centre.rules, EXPIRY, held)
        found = clockwork.cases_at_a_step(session, centre.rules, EXPIRY, held)
        taken = clockwork.climb(session, centre.rules, EXPIRY, behind=held)
    assert len(asked) == len(found) == len(taken) == (1 if waits is None else 0)
    assert centre.position() == before + len(taken)


def test_only_the_reports_of_the_feed_that_is_behind_wait(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.merge(centre.hear(POLICE, call()), case_id)
    tell(centre, HOTLINE, FeedState.CONNECTED, SUPERVISION_DUE)
    tell(centre, POLICE, FeedState.RECONNECTING, SUPERVISION_DUE)
    held = behind(centre, SUPERVISION_DUE)
    assert list(held) == ["police110"]
    with centre.writing() as session:
        taken = clockwork.climb(session, centre.rules, SUPERVISION_DUE, [case_id], held)
    assert [rung.report for _, rung in taken] == ["hotline12345:DH2026112000001"]
    assert [rung.report.partition(":")[0] for rung in rungs_of(centre, held)] == []
    assert {rung.report.partition(":")[0] for rung in rungs_of(centre, {})} == {"police110"}


def rungs_of(centre: Centre, held: dict[str, str]) -> list[Rung]:
    with centre.database.read() as session:
        return [rung for _, rung in clockwork.due_rungs(session, centre.rules, SUPERVISION_DUE, held)]


def test_nobody_waits_for_a_feed_that_no_ingester_ever_spoke_of(centre: Centre) -> None:
    """Its reports were imported. An ingester that is to hold it waits for it all the same."""
    assert behind(centre, EXPIRY) == {}
    assert behind(centre, EXPIRY, HOTLINE) == {"hotline12345": "absent"}
    tell(centre, HOTLINE, FeedState.CONNECTED, EXPIRY)
    assert behind(centre, EXPIRY, HOTLINE) == {}


def climb_elsewhere(url: str, ready: Barrier, results: "Queue[int]") -> None:
    """In a process of its own: climb when everybody is ready, and say how many steps were taken."""
    database, rules = Database(url), load_rules(CONFIG)
    ready.wait(60)
    with database.write() as session:
        taken = clockwork.climb(session, rules, EXPIRY)
    database.close()
    results.put(len(taken))


def test_two_processes_that_climb_at_once_take_each_step_once(centre: Centre) -> None:
    for number in range(20):
        centre.hear(HOTLINE, order(orderNum=f"DH{number}"))
    spawn = multiprocessing.get_context("spawn")
    ready, results = spawn.Barrier(3), spawn.Queue()
    url = centre.database.url.render_as_string(hide_password=False)
    processes = [spawn.Process(target=climb_elsewhere, args=(url, ready, results)) for _ in range(2)]
    for process in processes:
        process.start()
    with centre.database.write() as session:
        journal.hold(session)
        ready.wait(60)
        wait_for_the_lock(centre.database, 2)
    taken = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(60)
    assert sorted(taken) == [0, 20]
    centre.check()


def wait_for_the_lock(database: Database, many: int) -> None:
    """Until so many wait for the journal on PostgreSQL; on SQLite they wait to begin, which nobody can see."""
    if database.is_sqlite:
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    deadline = time.monotonic() + 60
    with database.engine.connect() as connection:
        while connection.scalar(waiting) < many:
            assert time.monotonic() < deadline, "nobody asks for the journal"
            connection.rollback()


def new_years_order(**changes: Any) -> dict[str, Any]:
    """Dispatched on the last Wednesday of 2026; its five working days end in 2027."""
    times = dict.fromkeys(("dispatchTime", "updateTime"), "2026-12-30 09:00:00")
    return order(callTime="2026-12-30 08:00:00") | times | changes


EVE = at("12-31 12:00")


def year(text: str) -> datetime:
    """`MM-DD HH:MM` of 2027."""
    moment = at(text)
    return moment.replace(year=2027)


def test_a_deadline_in_an_unpublished_year_is_provisional_until_the_year_is_published(
    centre: Centre, published: Rules
) -> None:
    case_id = centre.hear(HOTLINE, new_years_order())
    (span,) = centre.spans(case_id)
    assert (centre.case(case_id).due_at, centre.case(case_id).provisional) == (year("01-08 00:00"), True)
    assert (span.finish_due_at, span.provisional) == (year("01-08 00:00"), True)

    assert centre.redate(published, EVE) == 1
    (span,) = centre.spans(case_id)
    assert (centre.case(case_id).due_at, centre.case(case_id).provisional) == (year("01-07 00:00"), False)
    assert (span.finish_due_at, span.provisional, span.original_due_at) == (year("01-07 00:00"), False, None)
    with centre.database.read() as session:
        entry = session.get_one(JournalEntry, 3)
        assert (entry.type, entry.actor, entry.occurred_at) == ("redated", "calendar", EVE)
        assert entry.payload["calendar"] == "2027-notice"

    assert centre.redate(published, EVE) == 0
    assert centre.kinds(case_id) == ["registered", "assigned", "redated"]


def test_while_the_year_is_not_published_nothing_is_redated(centre: Centre, rules: Rules) -> None:
    signed = {"state": "待处置", "signTime": "2026-12-30 09:30:00"}
    centre.hear(HOTLINE, new_years_order(orderNum="DH1"))
    centre.hear(HOTLINE, new_years_order(orderNum="DH2", **signed))
    centre.hear(HOTLINE, new_years_order(orderNum="DH3", dispatchTime="2026-12-31 09:00:00"))
    before = centre.position()
    assert centre.redate(rules, EVE) == 0
    assert centre.position() == before


def test_a_date_that_turns_out_as_it_was_is_no_longer_provisional(centre: Centre, rules: Rules) -> None:
    case_id = centre.hear(HOTLINE, new_years_order())
    assert centre.redate(
        with_calendar(rules, Calendar("as law", {date(2027, 1, 1): (False, "元旦")}, frozenset({2027}))), EVE
    )
    assert (centre.case(case_id).due_at, centre.case(case_id).provisional) == (year("01-08 00:00"), False)


def test_a_case_that_has_ended_keeps_its_dates(centre: Centre, published: Rules) -> None:
    closed = centre.hear(HOTLINE, new_years_order(orderNum="DH1", state="已结案", completeTime="2026-12-31 09:00:00"))
    merged, into = (centre.hear(POLICE, call(jjdbh=name)) for name in "AB")
    centre.merge(merged, into)
    assert centre.case(closed).status == "closed"
    assert centre.redate(published, EVE) == 0


def test_every_report_of_a_case_is_redated(centre: Centre, published: Rules) -> None:
    """The one that speaks for the case has a date of its source; the other, not given to a unit yet, a provisional one."""
    waiting: dict[str, Any] = {"organizationCode": "", "organizationName": "", "state": "待派遣"}
    lead = centre.hear(HOTLINE, new_years_order(orderNum="DH1", deadlineDate="2026-12-31", **waiting))
    other = centre.hear(HOTLINE, new_years_order(orderNum="DH2", **waiting))
    centre.merge(other, lead)
    assert centre.case(lead).provisional is False
    assert centre.redate(published, EVE) == 1
    assert [thread.promise.provisional for thread in centre.state(lead).threads] == [False, False]
    assert centre.redate(published, EVE) == 0


def test_a_time_to_sign_is_redated_even_where_the_source_gave_the_deadline(centre: Centre, published: Rules) -> None:
    given = {"deadlineDate": "2027-01-20", "dispatchTime": "2026-12-31 09:00:00"}
    case_id = centre.hear(HOTLINE, new_years_order(**given))
    (span,) = centre.spans(case_id)
    assert (span.sign_due_at, span.provisional) == (year("01-05 00:00"), False)
    assert centre.redate(published, EVE) == 1
    assert centre.spans(case_id)[0].sign_due_at == year("01-03 00:00")
    assert centre.redate(published, EVE) == 0


def test_a_return_visit_is_redated_even_where_the_source_gave_the_deadline(centre: Centre, published: Rules) -> None:
    finished = {"state": "待回访", "completeTime": "2026-12-31 09:00:00", "deadlineDate": "2026-12-31"}
    case_id = centre.hear(HOTLINE, new_years_order(**finished))
    assert centre.case(case_id).visit_due_at == year("01-05 00:00")
    assert centre.redate(published, EVE) == 1
    assert centre.case(case_id).visit_due_at == year("01-03 00:00")
    assert centre.redate(published, EVE) == 0


def test_a_time_to_contact_the_citizen_in_working_days_is_redated(
    database: Database, rules: Rules, published: Rules
) -> None:
    clocks = replace(rules.clocks.newest, contact=Allowance(1, "working_day"))
    centre = Centre(database, Recorder(replace(rules, clocks=Versions.of([clocks])), "YC"))
    signed = {"state": "待处置", "signTime": "2026-12-31 09:30:00", "dispatchTime": "2026-12-31 09:00:00"}
    case_id = centre.hear(HOTLINE, new_years_order(deadlineDate="2027-01-20", **signed))
    assert centre.spans(case_id)[0].contact_due_at == year("01-05 00:00")
    assert centre.redate(published, EVE) == 1
    assert centre.spans(case_id)[0].contact_due_at == year("01-03 00:00")
    assert centre.redate(published, EVE) == 0


def test_the_clock_of_a_department_called_in_is_redated_as_well(centre: Centre, published: Rules) -> None:
    case_id = centre.hear(HOTLINE, new_years_order(deadlineDate="2026-12-31"))
    centre.act(case_id, Whistle(by="U-CITY", at=at("12-31 10:00"), units=("U-FIRE",), whistle=False))
    assert [span.provisional for span in centre.spans(case_id)] == [False, True]
    assert centre.redate(published, EVE) == 1
    assert [span.provisional for span in centre.spans(case_id)] == [False, False]
    assert centre.spans(case_id)[1].finish_due_at == year("01-03 00:00")
    assert centre.redate(published, EVE) == 0


def test_more_cases_than_fit_one_look_are_all_redated(centre: Centre, published: Rules) -> None:
    total = clockwork.CHUNK + 5
    orders = [
        message(HOTLINE, new_years_order(orderNum=f"DH{number}"), f"e{number}", number) for number in range(total)
    ]
    with centre.database.write() as session:
        centre.recorder.record(session, orders)
    assert centre.redate(published, EVE) == total
    with centre.database.read() as session:
        assert session.scalar(select(func.count()).where(JournalEntry.type == "redated")) == total


@pytest.mark.parametrize("work", [clockwork.climb, clockwork.redate])
def test_a_case_that_is_merged_while_the_clock_waits_its_turn_is_left_to_the_other(
    centre: Centre, published: Rules, work: Callable[..., object]
) -> None:
    child = centre.hear(HOTLINE, new_years_order(orderNum="DH1"))
    parent = centre.hear(HOTLINE, new_years_order(orderNum="DH2"))
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with centre.database.write() as session:
                work(session, published, year("01-20 12:00"))
        except Exception as failure:  # noqa: BLE001 - whatever it is, it is the test's to tell
            failures.append(failure)

    thread = threading.Thread(target=run)
    with centre.database.write() as session:
        joining.merge_cases(session, child, parent, Merge(by="centre", at=NOW, reason="同一件事"))
        thread.start()
        wait_for_the_lock(centre.database, 1)
    thread.join(60)
    assert failures == []
    assert centre.kinds(child)[-1] == "merged"
    assert len(centre.kinds(parent)) > 4
    centre.check()
