"""The past, the register of reminders and the whole case, read from the journal."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from operator import attrgetter, itemgetter
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench.workload import demo_world
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import (
    Accept,
    Approve,
    AskExtension,
    Assign,
    Classify,
    Close,
    Continue,
    Decline,
    Finish,
    GrantExtension,
    Move,
    Pause,
    RecordVisit,
    Redo,
    Reject,
    Remind,
    Reopen,
    Return,
    Sign,
    TakeBack,
    Whistle,
)
from casework.rules import Rules
from casework.vocabulary import Complexity, EntryType, ReminderKind, Status
from config.rules import load_codes
from db import acts, joining
from db.database import Database
from db.inbox import Recorder
from db.message import Message, understood
from db.models import Case, JournalEntry, Report
from db.queries import cases
from db.queries.cases import OverdueCount, RegisteredReminder
from db.rebuild import differences
from tests.boards import overview_of
from tests.conftest import Databases
from tests.db.centre import PREFIX, Centre
from tests.records import CONFIG, SOURCES, VAULT, Feed, at, call, event, order

BEGIN = datetime(2026, 9, 14, tzinfo=UTC)  # three working weeks, the National Day holiday, and what follows
END = datetime(2026, 10, 20, tzinfo=UTC)
SMALL = 0.03  # of the demo county's pace
INSTANTS = 16
SEED = 20261121
HOTLINE, POLICE = Feed.HOTLINE12345, Feed.POLICE110
LATE = 60  # so many events may overtake one that is late
TOWNSHIPS = ("999921101", "999921102", "")
UNITS = ("U-A", "U-B", "U-C")
BUSY = 0.1  # how often somebody does something with a case that is still worked on, between two batches
STORY = {
    EntryType.ASSIGNED, EntryType.CLASSIFIED, EntryType.CLOSED, EntryType.CONTINUED, EntryType.DECLINED, EntryType.EXTENDED,
    EntryType.FINISHED, EntryType.MERGED, EntryType.PAUSED, EntryType.REDONE, EntryType.REJECTED, EntryType.REOPENED,
    EntryType.RESTORED, EntryType.RETURNED, EntryType.REVISED, EntryType.SPLIT,
}  # fmt: skip


@cache
def heard() -> list[Message]:
    """All that the demo county's sources send in five weeks, of every thirtieth matter; some of it arrives late.

    Now and then a source corrects the deadline or the township it had given, and takes the correction back.
    """
    world, randomness = demo_world(), Random(END.toordinal())
    stations = {township.station: township.code for township in world.county.townships}
    codes = {feed: load_codes(CONFIG, feed, stations) for feed in Feed}
    told = sorted(
        (version for feed in Feed for version in world.versions(feed, BEGIN, END, SMALL)), key=attrgetter("at")
    )
    messages = []
    for number, version in enumerate(told, 1):
        record = version.record
        if version.feed is Feed.HOTLINE12345 and randomness.random() < 0.1:
            due = version.at + timedelta(hours=randomness.randint(-48, 200))
            record |= {"deadlineDate": f"{due:%Y-%m-%d %H:%M:%S}", "areaCode": randomness.choice(TOWNSHIPS)}
        report = SOURCES[version.feed].translate(record, codes[version.feed])
        identity = (version.feed, f"{version.source_id}-{version.number}", number, version.at, orjson.dumps(record))
        messages.append((number + LATE * (randomness.random() < 0.1), understood(VAULT, *identity, report)))
    return [message for _, message in sorted(messages, key=itemgetter(0))]


class People:
    """Those who work on the cases, at random times and now and then by a clock that is wrong."""

    def __init__(self, rules: Rules, randomness: Random) -> None:
        self.rules = rules
        self.randomness = randomness

    def work(self, session: Session, now: datetime) -> None:
        """Each does something with a case; what is not allowed is not done."""
        for case_id, status in session.execute(select(Case.id, Case.status).order_by(Case.id)).all():
            if self.randomness.random() < (BUSY / 20 if status == Status.CLOSED else BUSY):
                self._try(partial(self._move, session, case_id, Status(status), now))
        self._try(partial(self._merge, session, now))
        self._try(partial(self._split, session, now))

    def _try(self, what: Callable[[], object]) -> None:
        with suppress(Refused):
            what()

    def _move(self, session: Session, case_id: int, status: Status, now: datetime) -> None:
        moment = now + timedelta(minutes=self.randomness.randint(-90, 30))
        for kind, more in self._plans(status):
            move = kind(by="desk", at=moment, reason="有原因", **more)
            self._try(partial(acts.act, session, self.rules, case_id, move))

    def _plans(self, status: Status) -> list[tuple[Callable[..., Move], dict[str, Any]]]:
        chosen = self.randomness.choice
        unit = {"unit": chosen(UNITS)}
        plans: dict[Status, list[list[tuple[Callable[..., Move], dict[str, Any]]]]] = {
            Status.RECEIVED: [[(Accept, {})], [(Decline, {})]],
            Status.TO_ASSIGN: [[(Assign, unit)]],
            Status.TO_SIGN: [[(Sign, {})], [(Return, {})], [(Assign, unit)]],
            Status.HANDLING: [
                [(Pause, {"approver": "centre"})],
                [(Pause, {"approver": "centre"})],
                [(Continue, {}), (Finish, {})],
                [(Continue, {})],
                [(AskExtension, {"amount": self.randomness.randint(1, 10)}), (GrantExtension, {})],
                [(Finish, {})],
                [(Classify, {"complexity": chosen(list(Complexity))})],
                [(Whistle, {"units": ("U-H",)}), (Sign, {"unit": "U-H"}), (Finish, {"unit": "U-H"})],
            ],
            Status.TO_REVIEW: [[(Approve, {})], [(Reject, {})]],
            Status.TO_VISIT: [
                [(RecordVisit, {"reached": True, "solved": False}), (Redo, {})],
                [(RecordVisit, {"reached": True, "solved": True}), (Close, {})],
            ],
            Status.CLOSED: [[(Reopen, {})]],
        }
        return chosen(plans.get(status, [[]]))

    def _merge(self, session: Session, now: datetime) -> None:
        open_cases = session.scalars(select(Case.id).where(~Case.ended).order_by(Case.id)).all()
        if len(open_cases) > 1 and self.randomness.random() < 0.25:
            child, parent = self.randomness.sample(open_cases, 2)
            joining.merge_cases(session, child, parent, Merge(by="desk", at=now, reason="同一件事"))

    def _split(self, session: Session, now: datetime) -> None:
        many = session.execute(
            select(Report.feed, Report.source_id, Report.case_id)
            .join(Case, Case.id == Report.case_id)
            .where(Case.reports > 1)
            .order_by(Report.id)
        ).all()
        if many and self.randomness.random() < 0.2:
            feed, source_id, case_id = self.randomness.choice(many)
            move = Split(by="desk", at=now, report=f"{feed}:{source_id}", reason="两件事")
            joining.split_report(session, case_id, move, PREFIX)


def lived(database: Database, recorder: Recorder, seed: int) -> datetime:
    """Five weeks of the county in the database; the instant after the last thing that happened."""
    randomness = Random(seed)
    people = People(recorder.rules, randomness)
    waiting = heard()
    while waiting:
        size = randomness.randint(5, 40)
        batch, waiting = waiting[:size], waiting[size:]
        with database.write() as session:
            recorder.record(session, batch)
        with database.write() as session:
            people.work(session, batch[-1].received_at)
    with database.read() as session:
        last: datetime = session.scalars(select(func.max(JournalEntry.occurred_at))).one()
    return last + timedelta(seconds=1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def five_weeks(
    request: pytest.FixtureRequest, databases: Databases, rules: Rules
) -> Iterator[tuple[Database, datetime]]:
    """What `lived` makes, for who only looks."""
    database = databases.open(databases.url(request.param, "five_weeks"))
    yield database, lived(database, Recorder(rules, PREFIX), SEED)
    database.close()


class Dialect(NamedTuple):
    """How a database reads an instant, and the type of a payload's field (NULL when it is not there)."""

    instant: str
    kind: str


DIALECTS = {
    "sqlite": Dialect("strftime('%Y-%m-%d %H:%M:%f', {})", "json_type(payload, '$.{}')"),
    "postgresql": Dialect("CAST({} AS timestamptz)", "json_typeof(payload -> '{}')"),
}


def overdue_statement(dialect: Dialect) -> str:
    """Open and overdue cases by township at `:at`, from the definition, over nothing but the journal."""
    moment, same = dialect.instant.format(":at"), "PARTITION BY case_id, report ORDER BY version"

    def instant(field: str) -> str:
        return dialect.instant.format(f"payload ->> '{field}'")

    def told(field: str) -> str:
        return f"{dialect.kind.format(field)} IS NOT NULL"

    def last(name: str, where: str, source: str = "told") -> str:
        ranked = f"SELECT {source}.*, row_number() OVER ({same} DESC) AS place FROM {source} WHERE {where}"
        return f"{name} AS (SELECT * FROM ({ranked}) ranked WHERE place = 1)"

    return f"""
    WITH joined AS (
      SELECT case_id, report, max(version) AS begun FROM journal WHERE type = 'registered' GROUP BY case_id, report
    ), here AS (
      SELECT * FROM joined WHERE NOT EXISTS (
        SELECT 1 FROM journal WHERE journal.case_id = joined.case_id AND version > begun AND (
          type IN ('merged', 'restored') OR (type = 'split' AND journal.report = joined.report)))
    ), told AS (
      SELECT case_id, report, version, type, payload, {dialect.instant.format("occurred_at")} AS happened,
             max(CASE WHEN type = 'extended' THEN version ELSE 0 END) OVER ({same}) AS extended,
             max(CASE WHEN type = 'reopened' AND {told("due_at")} THEN version ELSE 0 END) OVER ({same}) AS reopened
      FROM journal JOIN here USING (case_id, report) WHERE version >= begun
    ), finishes AS (
      SELECT told.*, lead(type) OVER ({same}) AS next FROM told
      WHERE (type = 'finished' AND NOT {told("span")}) OR type IN ('rejected', 'redone', 'reopened')
         OR (type = 'resumed' AND payload ->> 'status' IN ('received', 'to_assign', 'to_sign', 'handling'))
    ),
    {last("reported", f"type = 'registered' OR (type = 'revised' AND {told('reported_at')})")},
    {last("placed", f"type = 'registered' OR (type = 'revised' AND {told('township')})")},
    {last("given", f"type = 'registered' OR (type = 'revised' AND {told('due_at')} AND reopened = 0)")},
    {
        last(
            "finish",
            f"happened <= {moment} AND NOT (type = 'finished' AND coalesce(next, '') = 'finished')",
            "finishes",
        )
    },
    {
        last(
            "ending",
            f"happened <= {moment} AND type IN ('closed', 'declined', 'assigned', 'redone', 'reopened', 'resumed')",
        )
    },
    {last("pausing", f"happened <= {moment} AND type IN ('paused', 'continued', 'closed', 'declined')")},
    {
        last(
            "moved",
            f'''happened <= {moment} AND {told('due_at')} AND (
        type IN ('extended', 'continued', 'redated', 'classified', 'reopened')
        OR (type = 'revised' AND extended <= reopened))''',
        )
    },
    unfinished AS (
      SELECT case_id, begun, placed.payload ->> 'township' AS township,
             CASE WHEN moved.type IS NULL OR (moved.type = 'revised' AND moved.reopened = 0) THEN {
        instant("due_at").replace("payload", "given.payload")
    }
                  ELSE {instant("due_at").replace("payload", "moved.payload")} END AS due,
             CASE WHEN pausing.type = 'paused' THEN pausing.happened ELSE {moment} END AS asked
      FROM here JOIN reported USING (case_id, report) JOIN placed USING (case_id, report) JOIN given USING (case_id, report)
      LEFT JOIN finish USING (case_id, report) LEFT JOIN ending USING (case_id, report)
      LEFT JOIN pausing USING (case_id, report) LEFT JOIN moved USING (case_id, report)
      WHERE CASE WHEN reported.type = 'registered' THEN reported.happened
                 ELSE {instant("reported_at").replace("payload", "reported.payload")} END <= {moment}
        AND coalesce(finish.type, '') <> 'finished' AND coalesce(ending.type, '') NOT IN ('closed', 'declined')
    ), worked_on AS (
      SELECT township, max(CASE WHEN asked > due THEN 1 ELSE 0 END) OVER (PARTITION BY case_id) AS late,
             row_number() OVER (PARTITION BY case_id ORDER BY due, begun) AS place
      FROM unfinished
    )
    SELECT township, count(*), sum(late) FROM worked_on WHERE place = 1 GROUP BY township
    """


def recomputed(session: Session, moment: datetime) -> list[OverdueCount]:
    statement = overdue_statement(DIALECTS[session.get_bind().dialect.name])
    found = [OverdueCount(*row) for row in session.execute(text(statement), {"at": moment.isoformat()})]
    return sorted(found, key=lambda count: (count.township is None, count.township or ""))


def test_overdue_counts_of_any_instant_are_what_sql_makes_of_the_journal(
    five_weeks: tuple[Database, datetime],
) -> None:
    (database, newest), randomness = five_weeks, Random(SEED)
    span = (newest - BEGIN) / timedelta(seconds=1)
    instants = [BEGIN + timedelta(seconds=randomness.randrange(int(span))) for _ in range(INSTANTS)]
    with database.read() as session:
        kinds = set(session.scalars(select(JournalEntry.type).distinct()))
        differing = [
            (moment, told, counted)
            for moment in [*instants, newest]
            if (told := cases.overdue_at(session, moment)) != (counted := recomputed(session, moment))
        ]
        assert differing == []
        assert list(differences(session)) == []
    assert kinds >= STORY


def test_the_wall_and_the_past_agree_on_the_newest_instant(five_weeks: tuple[Database, datetime], rules: Rules) -> None:
    database, newest = five_weeks
    with database.read() as session:
        for days in range(8):
            moment = newest + timedelta(days=days)
            counted = cases.overdue_at(session, moment)
            shown = overview_of(database, rules, moment)
            assert shown.headline.overdue == sum(count.overdue for count in counted)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def overdue(centre: Centre, when: str) -> list[OverdueCount]:
    with centre.database.read() as session:
        return cases.overdue_at(session, at(when))


def sign(centre: Centre, case_id: int, moment: str, report: str | None = None) -> None:
    centre.act(case_id, Sign(by="U-CITY", at=at(moment), report=report))


def pause(centre: Centre, case_id: int, moment: str, report: str | None = None) -> None:
    centre.act(case_id, Pause(by="U-CITY", at=at(moment), reason="等鉴定", approver="centre", report=report))


def due_at(text: str, **changes: Any) -> dict[str, Any]:
    return order(deadlineDate=f"2026-{text}:00", **changes)


def test_a_report_that_was_late_before_it_was_paused_makes_its_case_overdue_beside_one_that_is_not(
    centre: Centre,
) -> None:
    case_id = centre.hear(HOTLINE, due_at("11-20 12:00"))
    centre.merge(centre.hear(HOTLINE, due_at("11-30 12:00", orderNum="B")), case_id, at("11-20 10:00"))
    sign(centre, case_id, "11-20 10:30", "hotline12345:DH2026112000001")
    pause(centre, case_id, "11-21 10:00", "hotline12345:DH2026112000001")
    assert overdue(centre, "11-22 10:00") == [OverdueCount("999921001", 1, 1)]
    assert overview_of(centre.database, centre.rules, at("11-22 10:00")).headline.overdue == 1


def test_a_case_counts_once_in_the_township_of_the_report_due_first(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, due_at("11-24 12:00", areaCode="999921001"))
    centre.merge(centre.hear(HOTLINE, due_at("11-23 12:00", areaCode="999921003", orderNum="B")), case_id)
    centre.hear(HOTLINE, due_at("11-25 12:00", areaCode="", orderNum="C"))
    assert overdue(centre, "11-20 07:00") == []
    assert overdue(centre, "11-23 11:00") == [OverdueCount("999921003", 1, 0), OverdueCount(None, 1, 0)]
    assert overdue(centre, "11-23 13:00") == [OverdueCount("999921003", 1, 1), OverdueCount(None, 1, 0)]
    assert overdue(centre, "11-26 13:00") == [OverdueCount("999921003", 1, 1), OverdueCount(None, 1, 1)]


def urged(centre: Centre, case_id: int, moment: str, unit: str = "U-CITY", report: str | None = None) -> None:
    centre.act(case_id, Remind(by="centre", at=at(moment), kind=ReminderKind.URGE, unit=unit, report=report))


def register(centre: Centre, since: str = "11-20 00:00") -> list[RegisteredReminder]:
    with centre.database.read() as session:
        return cases.reminders(session, at(since))


def moves(centre: Centre) -> list[tuple[str | None, datetime | None]]:
    return [(line.moved_by, line.moved_at) for line in register(centre)]


def test_the_register_tells_every_step_of_the_ladder_and_what_moved_the_case(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, due_at("11-23 12:00"))
    centre.climb(at("11-23 10:00"))
    sign(centre, case_id, "11-23 10:30")
    centre.climb(at("11-23 12:30"))
    assert register(centre) == [
        RegisteredReminder(
            "YC-20261120-00001", at("11-23 10:00"), "提醒", "remind", "U-CITY", "ladder", at("11-23 10:30"), "signed"
        ),
        RegisteredReminder("YC-20261120-00001", at("11-23 12:30"), "催办", "urge", "U-CITY", "ladder", None, None),
    ]
    assert [line.step for line in register(centre, "11-23 12:00")] == ["催办"]
    assert register(centre, "11-24 00:00") == []


def test_the_register_is_in_the_order_of_time_over_all_cases(centre: Centre) -> None:
    first, second = centre.hear(HOTLINE, order()), centre.hear(POLICE, call(cbdwdm="U-CITY"))
    for case_id, moment in ((first, "11-20 13:00"), (second, "11-20 12:00"), (first, "11-20 11:00")):
        urged(centre, case_id, moment)
    assert [(line.at, line.code) for line in register(centre)] == [
        (at("11-20 11:00"), "YC-20261120-00001"),
        (at("11-20 12:00"), "YC-20261120-00002"),
        (at("11-20 13:00"), "YC-20261120-00001"),
    ]


def test_what_the_feed_tells_moves_a_case_too(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    urged(centre, case_id, "11-20 10:00")
    centre.hear(HOTLINE, order(state="待处置", signTime="2026-11-20 11:00:00", updateTime="2026-11-20 11:05:00"))
    assert moves(centre) == [("signed", at("11-20 11:00"))]


def test_news_of_what_was_done_before_the_reminder_is_not_its_doing(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    urged(centre, case_id, "11-20 10:00")
    centre.hear(HOTLINE, order(state="待处置", signTime="2026-11-20 09:30:00", updateTime="2026-11-20 11:05:00"))
    assert moves(centre) == [(None, None)]


def test_a_further_reminder_or_a_colour_moves_nothing(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    urged(centre, case_id, "11-20 10:00")
    urged(centre, case_id, "11-20 11:00")
    centre.hear(HOTLINE, order(pilotLight="紧急", updateTime="2026-11-20 12:00:00"))
    assert centre.kinds(case_id)[-1] == "coloured"
    assert moves(centre) == [(None, None), (None, None)]


def test_a_pause_that_ends_moves_a_case(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    sign(centre, case_id, "11-20 10:00")
    pause(centre, case_id, "11-20 11:00")
    urged(centre, case_id, "11-20 12:00")
    centre.act(case_id, Continue(by="U-CITY", at=at("11-20 13:00")))
    assert moves(centre) == [("continued", at("11-20 13:00"))]


def test_an_assignment_moves_a_case_until_it_is_taken_back(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    urged(centre, case_id, "11-20 10:00")
    centre.act(case_id, Assign(by="centre", at=at("11-20 11:00"), unit="U-WATER", reason="涉及供水"))
    assert moves(centre) == [("assigned", at("11-20 11:00"))]
    centre.act(case_id, TakeBack(by="centre", at=at("11-20 11:05")))
    assert moves(centre) == [(None, None)]
    centre.act(case_id, Assign(by="centre", at=at("11-20 12:00"), unit="U-ROADS", reason="涉及道路"))
    assert moves(centre) == [("assigned", at("11-20 12:00"))]


def test_a_department_and_the_holder_are_each_moved_by_what_they_do_themselves(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, Whistle(by="U-CITY", at=at("11-20 10:00"), units=("U-FIRE",), reason="需要消防"))
    urged(centre, case_id, "11-20 11:00", "U-FIRE")
    urged(centre, case_id, "11-20 11:00", "U-CITY")
    sign(centre, case_id, "11-20 12:00")
    assert moves(centre) == [(None, None), ("signed", at("11-20 12:00"))]
    centre.act(case_id, Sign(by="U-FIRE", at=at("11-20 13:00"), unit="U-FIRE"))
    assert moves(centre) == [("signed", at("11-20 13:00")), ("signed", at("11-20 12:00"))]


def test_each_report_of_a_case_is_moved_by_itself(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.merge(centre.hear(HOTLINE, order(orderNum="B")), case_id, at("11-20 09:30"))
    urged(centre, case_id, "11-20 10:00", report="hotline12345:B")
    sign(centre, case_id, "11-20 11:00", "hotline12345:DH2026112000001")
    assert moves(centre) == [(None, None)]
    sign(centre, case_id, "11-20 12:00", "hotline12345:B")
    assert moves(centre) == [("signed", at("11-20 12:00"))]


def test_a_reminder_stands_in_the_register_once_however_often_its_case_was_merged_and_split(centre: Centre) -> None:
    parent, child = centre.hear(HOTLINE, order()), centre.hear(HOTLINE, order(orderNum="B"))
    urged(centre, child, "11-20 10:00")
    for _ in range(2):
        centre.merge(child, parent, at("11-20 11:00"))
        assert [line.code for line in register(centre)] == ["YC-20261120-00001"]
        assert centre.split(parent, "hotline12345:B", at("11-20 12:00")) == child
        assert [line.code for line in register(centre)] == ["YC-20261120-00002"]
    sign(centre, child, "11-20 13:00")
    assert moves(centre) == [("signed", at("11-20 13:00"))]


PERSONS = ("欧阳试验", "司徒样本", "诸葛虚构", "19900001234", "19900004321", "19900007777", "110101199003078888")


def test_a_whole_case_tells_no_person(centre: Centre) -> None:
    """Neither in its texts, nor in its journal's reasons, nor in the persons themselves."""
    told = "诸葛虚构（身份证110101199003078888）说 19900007777"
    case_id = centre.hear(
        HOTLINE,
        order(
            majorContent="欧阳试验来电19900001234",
            title="欧阳试验投诉",
            address="欧阳试验家 19900001234",
            state="待派遣",
            backTime="2026-11-20 09:30:00",
            backReason="欧阳试验 19900001234 不接电话",
        ),
    )
    centre.merge(centre.hear(POLICE, call(bjnr="司徒样本19900004321说吵")), case_id)
    centre.merge(centre.hear(Feed.GRID, event(desc=told, handleResult=told)), case_id)
    with centre.database.read() as session:
        whole = cases.whole_case(session, VAULT, case_id)
    for secret in PERSONS:
        assert secret not in repr(whole)
    assert [report.persons for report in whole.reports] == [
        (("caller", "欧**", "199****1234"),),
        (("caller", "司**", "199****4321"),),
        (("caller", "诸**", "199****7777"),),
    ]
    assert whole.reports[0].content == "欧某来电[电话]"
    assert whole.state == centre.state(case_id)
    assert [entry.type for entry in whole.entries] == centre.kinds(case_id)


def test_a_case_that_went_on_in_another_has_no_reports_of_its_own(centre: Centre) -> None:
    parent, child = centre.hear(HOTLINE, order()), centre.hear(HOTLINE, order(orderNum="B"))
    centre.merge(child, parent)
    with centre.database.read() as session:
        whole = cases.whole_case(session, VAULT, child)
    assert (whole.code, whole.reports, whole.state.merged_into) == ("YC-20261120-00002", (), parent)


def test_a_report_whose_persons_were_never_sealed_has_none(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    with centre.database.write() as session:
        session.execute(text("DELETE FROM vault_reports"))
    with centre.database.read() as session:
        (report,) = cases.whole_case(session, VAULT, case_id).reports
    assert report.persons == ()


def test_every_case_reported_since_an_instant_is_read_also_beyond_the_first_chunk(centre: Centre) -> None:
    for number in range(4):
        centre.hear(HOTLINE, order(orderNum=f"DH{number}", callTime=f"2026-11-{16 + number} 08:00:00"))
    ids = [1, cases.CHUNK, cases.CHUNK + 1, 2 * cases.CHUNK + 1]
    with centre.database.write() as session:
        for old, new in reversed(list(enumerate(ids, 1))):
            session.execute(text("UPDATE cases SET id = :new WHERE id = :old"), {"old": old, "new": new})
            session.execute(text("UPDATE journal SET case_id = :new WHERE case_id = :old"), {"old": old, "new": new})
    with centre.database.read() as session:
        every = [(case_id, len(entries)) for case_id, _, entries in cases.all_journals(session)]
        late = [code for _, code, _ in cases.all_journals(session, at("11-18 08:00"))]
    assert every == [(case_id, 2) for case_id in ids]
    assert late == ["YC-20261118-00001", "YC-20261119-00001"]
