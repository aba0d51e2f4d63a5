"""The desk's list: who sees which rows and what of them, in which order, and that its counts are the wall's."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.event import listen, remove

from casework.calendar import SHANGHAI
from casework.county import County
from casework.lifecycle import Rules
from casework.moves import Approve, Assign, Close, Finish, Pause, RecordVisit, Sign, Whistle
from casework.roles import Account, Role, Sight, centre_of, sight_of
from casework.vocabulary import COLOUR_ORDER, Category, Colour, Status, Urgency
from config.county import load_county
from db import journal, search
from db.database import Database
from db.inbox import Recorder
from db.models import Case
from db.queries import queue
from db.queries.queue import Column, Order, Page, queue_page
from db.queries.queue_clocks import DUE_SOON
from db.queries.queue_counts import Counts, queue_counts
from db.queries.queue_filter import Filter, State
from db.queries.queue_rows import Changed, Row, changed_rows
from db.queries.sight import in_sight, works
from tests.boards import overview_of
from tests.conftest import Databases
from tests.db.centre import Centre
from tests.db.test_wall_and_journal import County as BusyCounty
from tests.records import CONFIG, NOW, VAULT, Feed, at, call, event, order

HOTLINE, POLICE, GRID = Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID
COUNTY: County = load_county(CONFIG / "county.toml")
HOME, AWAY = COUNTY.townships[:2]
VILLAGE = COUNTY.villages_of(HOME.code)[0]
CELL = next(grid for grid in COUNTY.grids if grid.village == VILLAGE.code)
LABOUR, CITY = (unit.code for unit in COUNTY.departments[:2])
EVERYTHING = Sight(whole_county=True, texts=True, persons=True)
ALL = Filter(state=State.ALL)
CALLER_PHONE = "19900001234"
MANY = 1_000


def sight(role: Role, unit: str) -> Sight:
    return sight_of(Account(1, "somebody", "", role, unit), COUNTY)


SIGHTS = {
    "operator": sight(Role.OPERATOR, centre_of(COUNTY)),
    "leader": sight(Role.LEADER, centre_of(COUNTY)),
    "auditor": sight(Role.AUDITOR, centre_of(COUNTY)),
    "administrator": sight(Role.ADMINISTRATOR, centre_of(COUNTY)),
    "home": sight(Role.TOWNSHIP, HOME.centre),
    "away": sight(Role.TOWNSHIP, AWAY.centre),
    "labour": sight(Role.DEPARTMENT, LABOUR),
    "city": sight(Role.DEPARTMENT, CITY),
    "village": sight(Role.GRID, VILLAGE.code),
    "cell": sight(Role.GRID, CELL.code),
}


class Desk(Centre):
    """A centre whose list is looked at."""

    def page(
        self,
        sight: Sight = EVERYTHING,
        wanted: Filter = ALL,
        order: Order = Order(),  # noqa: B008 - a value
        start: int = 0,
        count: int = MANY,
        at: datetime = NOW,
    ) -> Page:
        with self.database.read() as session:
            return queue_page(session, sight, wanted, order, start, count, at, vault=VAULT, rules=self.rules)

    def ids(self, sight: Sight = EVERYTHING, wanted: Filter = ALL) -> set[int]:
        page = self.page(sight, wanted)
        assert page.total == len(page.rows) == len({row.id for row in page.rows})
        return {row.id for row in page.rows}

    def row(self, case_id: int, sight: Sight = EVERYTHING, at: datetime = NOW) -> Row:
        return next(row for row in self.page(sight, at=at).rows if row.id == case_id)

    def counts(self, sight: Sight = EVERYTHING, at: datetime = NOW) -> Counts:
        with self.database.read() as session:
            return queue_counts(session, sight, at)

    def changed(self, sight: Sight, after: int, to: int) -> Changed:
        with self.database.read() as session:
            return changed_rows(session, sight, after, to, NOW, vault=VAULT, rules=self.rules)

    def take_up(self) -> None:
        with self.database.write() as session:
            search.index_pending(session, VAULT, MANY)


@pytest.fixture
def desk(database: Database, recorder: Recorder) -> Desk:
    return Desk(database, recorder)


def at_home(**changes: Any) -> dict[str, Any]:
    return order(areaCode=HOME.code, organizationCode=CITY, **changes)


def away(**changes: Any) -> dict[str, Any]:
    return order(areaCode=AWAY.code, organizationCode=LABOUR, **changes)


class Laid:
    """Cases of every kind of place and unit, by name."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.told_to_all = cache(partial(desk.ids, EVERYTHING))
        hear, act = desk.hear, desk.act
        self.ids = {
            "home": hear(HOTLINE, at_home(orderNum="home", title="渔船漏油")),
            "away": hear(HOTLINE, away(orderNum="away", title="渔船漏油")),
            "village": hear(GRID, event(eventCode="village", streetCode=HOME.code, communityCode=VILLAGE.code)),
            "cell": hear(
                GRID,
                event(eventCode="cell", streetCode=HOME.code, communityCode=VILLAGE.code, gridCode=CELL.code),
            ),
            "protected at home": hear(HOTLINE, at_home(orderNum="protected at home", isSecret="1")),
            "protected away": hear(HOTLINE, away(orderNum="protected away", isSecret="1", title="渔船漏油")),
            "handed over": hear(HOTLINE, away(orderNum="handed over")),
            "protected, handed over": hear(HOTLINE, away(orderNum="protected, handed over", isSecret="1")),
            "whistled": hear(HOTLINE, away(orderNum="whistled")),
            "protected, whistled": hear(HOTLINE, away(orderNum="protected, whistled", isSecret="1")),
            "closed": hear(HOTLINE, at_home(orderNum="closed")),
            "protected, closed": hear(HOTLINE, at_home(orderNum="protected, closed", isSecret="1")),
            "merged": hear(HOTLINE, at_home(orderNum="merged")),
        }
        later = at("11-20 10:00")
        for name in ("handed over", "protected, handed over"):
            act(self.ids[name], Assign(by="centre", at=later, unit=HOME.centre, reason="职责"))
        for name in ("whistled", "protected, whistled"):
            act(self.ids[name], Whistle(by="centre", at=later, units=(VILLAGE.code,)))
        for name in ("closed", "protected, closed"):
            act(self.ids[name], Sign(by=CITY, at=later))
            act(self.ids[name], Finish(by=CITY, at=later))
            act(self.ids[name], Approve(by="centre", at=later))
            act(self.ids[name], RecordVisit(by="centre", at=later, reached=True, solved=True))
            act(self.ids[name], Close(by="centre", at=later))
        desk.merge(self.ids["merged"], self.ids["home"])
        desk.take_up()

    def names(self, case_ids: set[int]) -> set[str]:
        return {name for name, case_id in self.ids.items() if case_id in case_ids}


HELD_BY_CITY = {"home", "protected at home", "closed"}
TAKEN_ON = {"protected, handed over", "protected, whistled"}
SEEN = {
    "home": {"home", "village", "cell", "closed", "merged", "handed over", "whistled", *TAKEN_ON},
    "away": {"away", "handed over", "whistled"},
    "labour": {"away", "protected away", "handed over", "whistled", "protected, whistled"},
    "city": HELD_BY_CITY,
    "village": {"village", "cell", "whistled", "protected, whistled"},
    "cell": {"cell"},
    "administrator": set[str](),
}  # fmt: skip
WORDS = Filter(state=State.ALL, words="渔船")
# Every way of asking; whichever is taken, nothing beyond the sight is told.
WAYS = {
    "all": ALL,
    "open": Filter(),
    "ended": Filter(state=State.ENDED),
    "townships": replace(ALL, townships=frozenset({HOME.code, AWAY.code})),
    "villages": replace(ALL, villages=frozenset({VILLAGE.code})),
    "units": replace(ALL, units=frozenset({CITY, LABOUR, HOME.centre})),
    "helpers": replace(ALL, helpers=frozenset({VILLAGE.code})),
    "feeds": replace(ALL, feeds=frozenset(Feed)),
    "statuses": replace(ALL, statuses=frozenset(Status)),
    "colours": replace(ALL, colours=frozenset(Colour)),
    "categories": replace(ALL, categories=frozenset(Category)),
    "urgencies": replace(ALL, urgencies=frozenset(Urgency)),
    "protected": replace(ALL, sensitive=True),
    "not protected": replace(ALL, sensitive=False),
    "since": replace(ALL, reported_from=at("11-01 00:00")),
    "words": WORDS,
    "place": replace(ALL, place="新华路"),
    "phone": replace(ALL, phone_hash=VAULT.phone_hash(CALLER_PHONE)),
    "number": replace(ALL, code="1"),
    "overdue": Filter(overdue=True),
    "due": Filter(due_within=timedelta(days=60)),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def laid(request: pytest.FixtureRequest, databases: Databases, rules: Rules) -> Iterator[Laid]:
    """One for all who only look."""
    database = databases.open(databases.url(request.param, "laid"))
    yield Laid(Desk(database, Recorder(rules, "YC")))
    database.close()


@pytest.mark.parametrize("who", SIGHTS)
def test_everyone_sees_the_cases_of_their_place_and_their_units(laid: Laid, who: str) -> None:
    expected = SEEN.get(who, set(laid.ids))
    assert laid.names(laid.desk.ids(SIGHTS[who])) == expected


@pytest.mark.parametrize("who", SIGHTS)
def test_nothing_beyond_the_sight_is_told_whatever_is_asked(laid: Laid, who: str) -> None:
    """Any filter, order, search, count or change: it is what the whole county's answer has of those in sight."""
    desk, told_to_all = laid.desk, laid.told_to_all
    own = {laid.ids[name] for name in SEEN.get(who, set(laid.ids))}
    sight = SIGHTS[who]
    for name, wanted in WAYS.items():
        told = desk.ids(sight, wanted)
        assert told <= own, name
        if not (wanted.words or wanted.place or wanted.phone_hash):
            assert told == own & told_to_all(wanted), name
    for column in Column:
        for descending in (False, True):
            assert {row.id for row in desk.page(sight, order=Order(column, descending)).rows} == own
    for case_id in laid.ids.values():
        case = desk.case(case_id)
        own_number = case.report.partition(":")[2]
        for wanted in (
            replace(ALL, code=case.code),
            replace(ALL, code=case.code[-4:]),
            replace(ALL, source_id=own_number),
        ):
            assert desk.ids(sight, wanted) == told_to_all(wanted) & own
    still_open = told_to_all(Filter()) & own
    assert desk.counts(sight).open == len(still_open)
    told_ = desk.changed(sight, 0, desk.position())
    assert {row.id for row in told_.rows} == own
    assert told_.gone == (set(laid.ids.values()) - own if own else set())


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("operator", {"home", "away", "protected away"}),
        ("leader", {"home", "away", "protected away"}),
        ("auditor", set()),
        ("administrator", set()),
        ("home", {"home"}),
        ("away", {"away"}),
        ("labour", {"away", "protected away"}),
        ("city", {"home"}),
        ("village", set()),
    ],
)
def test_words_find_only_what_may_be_read(laid: Laid, who: str, expected: set[str]) -> None:
    assert laid.names(laid.desk.ids(SIGHTS[who], WORDS)) == expected


def test_of_a_protected_case_the_holder_reads_and_a_helper_does_not(laid: Laid) -> None:
    desk, case_id = laid.desk, laid.ids["protected, whistled"]
    assert desk.row(case_id, SIGHTS["labour"]).title == "小区楼下油烟扰民"
    assert desk.row(case_id, SIGHTS["village"]).title is None
    assert case_id not in desk.ids(SIGHTS["village"], replace(ALL, words="扰民"))
    assert case_id in desk.ids(SIGHTS["labour"], replace(ALL, words="扰民"))
    number = replace(ALL, phone_hash=VAULT.phone_hash("199 0000 1234"))
    assert desk.row(case_id, SIGHTS["village"]).caller is None, "nor who told it, be it masked"
    assert case_id not in desk.ids(SIGHTS["village"], number), "nor does a number that is tried tell it"
    assert desk.row(case_id, SIGHTS["labour"]).caller is not None
    assert case_id in desk.ids(SIGHTS["labour"], number)


@pytest.mark.parametrize("who", ["auditor", "cell"])
def test_a_phone_finds_nothing_where_persons_are_not_in_sight(laid: Laid, who: str) -> None:
    wanted = replace(ALL, phone_hash=VAULT.phone_hash("199 0000 1234"))
    without = replace(SIGHTS[who], persons=False)
    assert laid.desk.ids(without, wanted) == set()
    assert laid.ids["home"] in laid.told_to_all(wanted)


def test_texts_are_scrubbed_persons_masked_and_both_only_where_they_are_in_sight(desk: Desk) -> None:
    title = "欧阳试验反映油烟，电话19900001234"
    case_id = desk.hear(HOTLINE, at_home(title=title))
    row = desk.row(case_id, SIGHTS["operator"])
    assert (row.title, row.caller) == ("欧某反映油烟，电话[电话]", ("欧**", "199****1234"))
    hidden = desk.row(case_id, SIGHTS["auditor"])
    assert (hidden.title, hidden.caller) == (None, None)
    assert desk.row(case_id, replace(EVERYTHING, persons=False)).caller is None
    assert desk.row(case_id, replace(EVERYTHING, texts=False)).title is None


def test_one_report_of_a_case_does_not_tell_the_name_another_gives(desk: Desk) -> None:
    first = desk.hear(POLICE, call(jjdbh="J1", bjnr="邻居司徒样本装修噪音大", bjrxm="欧阳试验"))
    desk.hear(POLICE, call(jjdbh="J2", bjnr="又吵", bjrxm="司徒样本", gljjdbh="J1"))
    row = desk.row(first)
    assert (row.reports, row.title) == (2, "邻居司某装修噪音大")
    assert row.caller == ("欧**", "199****4321")


def test_a_row_tells_the_case(desk: Desk) -> None:
    case_id = desk.hear(HOTLINE, at_home(deadlineDate="2026-11-20 13:00:00"))
    desk.act(case_id, Whistle(by="centre", at=at("11-20 10:00"), units=(LABOUR,)))
    other = desk.hear(GRID, event(streetCode=HOME.code))
    desk.merge(other, case_id)
    row, case = desk.row(case_id), desk.case(case_id)
    assert (row.code, row.version, row.status, row.round) == (case.code, case.version, Status.TO_SIGN, 1)
    assert (row.feeds, row.reports) == ((HOTLINE, GRID), 2)
    assert (row.township, row.unit_code, row.unit_name, row.helpers) == (HOME.code, CITY, "城管局", (LABOUR,))
    assert (row.due_at, row.overdue, row.due_soon) == (at("11-20 13:00"), False, True)
    late = desk.row(case_id, at=at("11-20 13:01"))
    assert (late.overdue, late.due_soon, late.colour) == (True, False, Colour.YELLOW)
    assert desk.row(case_id, at=at("12-01 13:01")).colour is Colour.RED
    assert desk.row(other).status is Status.MERGED


def test_the_list_counts_what_the_wall_counts(desk: Desk) -> None:
    """On one database at one position: with everything people do to cases, at many instants."""
    county = BusyCounty(desk, 4)
    county.fill(150)
    county.live(1000)
    moments = [NOW + timedelta(hours=14) * number for number in range(-10, 20)]
    with desk.database.read() as session:
        dues = session.scalars(select(Case.due_at).where(~Case.ended, Case.due_at.is_not(None)).order_by(Case.id)).all()
    moments += [
        due + step for due in dues[:15] if due is not None for step in (timedelta(0), timedelta(microseconds=1))
    ]
    for moment in moments:
        told, wall = desk.counts(at=moment), overview_of(desk.database, desk.rules, moment)
        head = wall.headline
        assert told.position == wall.position == desk.position()
        assert (told.open, told.overdue, told.due_soon) == (head.open, head.overdue, head.due_soon), moment
        assert told.by_feed == {lane.feed: lane.open for lane in wall.lanes}
        assert sum(told.by_status.values()) == told.open
    seen: Counter[str] = Counter()
    for moment in moments[::6]:
        agree(desk, moment, seen)
    assert min(seen[name] for name in ("overdue", "due soon", "red", "yellow", "townships")) >= 5, seen


def agree(desk: Desk, moment: datetime, seen: Counter[str]) -> None:
    """Rows, filters and the wall's pictures of one instant."""
    wall, rows = overview_of(desk.database, desk.rules, moment), desk.page(wanted=Filter(), at=moment).rows
    by_code = {row.code: row for row in rows}
    for card in (*wall.cards, *wall.overdue, *wall.upcoming):
        row = by_code[card.code]
        assert (row.colour, row.status, row.unit_code) == (card.colour, card.status, card.unit_code), moment
    chosen = {
        "overdue": (Filter(overdue=True), [row.id for row in rows if row.overdue]),
        "due soon": (Filter(due_within=DUE_SOON), [row.id for row in rows if row.due_soon]),
        **{
            str(colour): (Filter(colours=frozenset({colour})), [row.id for row in rows if row.colour is colour])
            for colour in Colour
        },
    }
    for name, (wanted, expected) in chosen.items():
        assert {row.id for row in desk.page(wanted=wanted, at=moment).rows} == set(expected), (name, moment)
        seen[name] += len(expected)
    for load in wall.townships:
        if load.township is not None:
            wanted = Filter(townships=frozenset({load.township}))
            assert desk.page(wanted=wanted, at=moment).total == load.open
            assert desk.page(wanted=replace(wanted, overdue=True), at=moment).total == load.overdue
            seen["townships"] += 1


def test_a_case_that_stands_still_keeps_the_colour_it_had_then(desk: Desk) -> None:
    """Also where colours are filtered and ordered by, which is done by the database."""
    signed = {"deadlineDate": "2026-11-10 14:00:00", "state": "待处置", "signTime": "2026-11-20 09:30:00"}
    soon, late = (
        desk.hear(HOTLINE, at_home(orderNum=number, callTime="2026-11-09 08:00:00", **signed)) for number in "AB"
    )
    desk.act(soon, Pause(by=CITY, at=at("11-20 09:31"), reason="等鉴定", approver="centre"))
    never = desk.hear(HOTLINE, at_home(orderNum="C", **signed | {"deadlineDate": "2026-11-20 10:00:00"}))
    desk.act(never, Pause(by=CITY, at=at("11-20 10:01"), reason="等鉴定", approver="centre"))
    moment = at("12-20 12:00")
    expected = {soon: Colour.RED, late: Colour.RED, never: Colour.YELLOW}
    page = desk.page(wanted=Filter(), order=Order(Column.COLOUR, descending=True), at=moment)
    assert {row.id: row.colour for row in page.rows} == expected
    assert page.rows[-1].id == never
    for colour in Colour:
        told = desk.page(wanted=Filter(colours=frozenset({colour})), at=moment).rows
        assert {row.id for row in told} == {case_id for case_id, each in expected.items() if each is colour}


def test_every_order_is_the_same_on_both_databases_and_ties_are_by_id(desk: Desk) -> None:
    desk.hear(GRID, event(eventCode="nowhere", streetCode="", dealDeptCode=""))
    desk.hear(HOTLINE, away(orderNum="away"))
    BusyCounty(desk, 5).fill(120)
    rows = desk.page().rows
    keys: dict[Column, Any] = {
        Column.CODE: lambda row: row.code,
        Column.REPORTED: lambda row: row.reported_at,
        Column.DUE: lambda row: row.due_at if desk.case(row.id).finished_at is None else None,
        Column.STATUS: lambda row: list(Status).index(row.status),
        Column.TOWNSHIP: lambda row: row.township,
        Column.UNIT: lambda row: row.unit_code,
        Column.COLOUR: lambda row: COLOUR_ORDER.index(row.colour),
        Column.CATEGORY: lambda row: row.category,
        Column.FEED: lambda row: desk.case(row.id).feed,
    }
    assert keys.keys() == set(Column)
    for column, key in keys.items():
        for descending in (False, True):
            known = [row for row in rows if key(row) is not None]
            expected = sorted(known, key=lambda row: (key(row), row.id), reverse=descending)
            told = desk.page(order=Order(column, descending)).rows
            assert [row.id for row in told[: len(expected)]] == [row.id for row in expected], (column, descending)
            assert all(key(row) is None for row in told[len(expected) :]), "what is unknown comes last"
    assert {None, AWAY.code} < {row.township for row in rows}


def test_pages_follow_each_other_and_end(desk: Desk) -> None:
    BusyCounty(desk, 6).fill(60)
    whole = desk.page()
    for state in State:
        everything = desk.page(wanted=Filter(state=state))
        pages = [desk.page(wanted=Filter(state=state), start=start, count=7) for start in range(0, 70, 7)]
        assert [row.id for page in pages for row in page.rows] == [row.id for row in everything.rows]
        assert {page.total for page in pages} == {everything.total}
    assert not whole.capped
    assert whole.position == desk.position()


def test_a_filter_takes_what_it_names(desk: Desk) -> None:
    first = desk.hear(HOTLINE, at_home(orderNum="A", deadlineDate="2026-11-20 13:00:00"))
    second = desk.hear(GRID, event(streetCode=AWAY.code, communityCode="V2", dealDeptCode=LABOUR))
    desk.act(second, Sign(by=LABOUR, at=at("11-20 08:30")))
    desk.act(second, Pause(by=LABOUR, at=at("11-20 09:00"), reason="等鉴定", approver="centre"))
    closed = desk.hear(
        HOTLINE, away(orderNum="B", state="已结案", completeTime="2026-11-20 10:00:00", pilotLight="特急")
    )
    for wanted, expected in (
        (Filter(), {first, second}),
        (Filter(state=State.ENDED), {closed}),
        (ALL, {first, second, closed}),
        (Filter(feeds=frozenset({GRID})), {second}),
        (Filter(townships=frozenset({AWAY.code})), {second}),
        (replace(ALL, townships=frozenset({AWAY.code})), {second, closed}),
        (Filter(villages=frozenset({"V2"})), {second}),
        (Filter(units=frozenset({CITY})), {first}),
        (replace(ALL, statuses=frozenset({Status.TO_SIGN, Status.CLOSED})), {first, closed}),
        (replace(ALL, urgencies=frozenset({Urgency.CRITICAL})), {closed}),
        (replace(ALL, colours=frozenset({Colour.RED})), {closed}),
        (Filter(paused=True), {second}),
        (Filter(paused=False), {first}),
        (Filter(provisional=True), set()),
        (Filter(provisional=False), {first, second}),
        (Filter(due_within=timedelta(hours=1)), {first}),
        (Filter(due_within=timedelta(minutes=59)), set()),
        (Filter(state=State.ENDED, overdue=True), set()),
        (Filter(reports=1), {first, second}),
        (Filter(reports=2), set()),
        (replace(ALL, reported_from=at("11-20 08:00"), reported_before=at("11-20 08:01")), {first, second, closed}),
        (replace(ALL, reported_before=at("11-20 08:00")), set()),
        (Filter(feeds=frozenset({GRID}), units=frozenset({CITY})), set()),
    ):
        assert desk.ids(wanted=wanted) == expected, wanted


def test_codes_are_found_whole_or_by_their_end(desk: Desk) -> None:
    ids = [desk.hear(HOTLINE, at_home(orderNum=f"H{number}")) for number in range(11)]
    before = desk.hear(HOTLINE, at_home(orderNum="before", callTime="2026-11-19 08:00:00"))
    assert desk.case(ids[10]).code == "YC-20261120-00011"
    for code, expected in (
        ("YC-20261120-00011", {ids[10]}),
        ("yc-20261120-00011 ", {ids[10]}),
        ("0011", {ids[10]}),
        ("11", {ids[10]}),
        ("20261120-00011", {ids[10]}),
        ("20-1", {ids[0]}),
        ("1", {ids[0], before}),
        ("00001", {ids[0], before}),
        ("0012", set()),
        ("20261118-00001", set()),
        ("YC-20261120", set()),
        ("%", set()),
        ("YC-%", set()),
        ("00000", set()),
    ):
        assert desk.ids(wanted=replace(ALL, code=code)) == expected, code


def test_a_report_is_found_by_its_own_number_in_whatever_case_it_is(desk: Desk) -> None:
    first = desk.hear(POLICE, call(jjdbh="J1"))
    desk.hear(POLICE, call(jjdbh="J2", gljjdbh="J1"))
    assert desk.ids(wanted=replace(ALL, source_id="J2")) == {first}
    assert desk.ids(wanted=replace(ALL, source_id="J")) == set()


def test_a_phone_finds_whose_caller_or_contact_it_is(desk: Desk) -> None:
    first = desk.hear(POLICE, call(jjdbh="J1", bjdh="19900004321", lxdh="19900005555"))
    desk.hear(POLICE, call(jjdbh="J2", bjdh="19900009999"))
    for phone in ("19900004321", "+86 199 0000 4321"):
        assert desk.ids(wanted=replace(ALL, phone_hash=VAULT.phone_hash(phone))) == {first}


def test_a_change_is_told_as_the_case_is_now_and_who_lost_it_is_told_its_id(desk: Desk) -> None:
    kept, lost = desk.hear(HOTLINE, at_home(orderNum="A")), desk.hear(HOTLINE, at_home(orderNum="B"))
    before = desk.position()
    desk.act(kept, Sign(by=CITY, at=at("11-20 10:00")))
    desk.hear(HOTLINE, at_home(orderNum="B", isSecret="1", updateTime="2026-11-20 10:00:00"))
    after = desk.position()
    told = desk.changed(SIGHTS["home"], before, after)
    assert [(row.id, row.status) for row in told.rows] == [(kept, Status.HANDLING)]
    assert told.gone == {lost}
    assert desk.changed(SIGHTS["home"], after, after) == Changed((), frozenset())
    assert desk.changed(Sight(), before, after) == Changed((), frozenset())
    assert desk.changed(EVERYTHING, before, after).gone == frozenset()


def test_nobody_helps_with_what_has_ended(desk: Desk) -> None:
    case_id = desk.hear(HOTLINE, at_home(orderNum="A"))
    desk.act(case_id, Whistle(by="centre", at=at("11-20 10:00"), units=(LABOUR,)))
    wanted = replace(ALL, helpers=frozenset({LABOUR}))
    assert desk.ids(wanted=wanted) == {case_id}
    desk.hear(
        HOTLINE,
        at_home(orderNum="A", state="已结案", updateTime="2026-11-20 11:00:00", completeTime="2026-11-20 11:00:00"),
    )
    assert desk.ids(wanted=replace(ALL, state=State.ENDED)) == {case_id}
    assert desk.ids(wanted=wanted) == set()
    with desk.database.read() as session:
        assert session.scalars(select(Case.id).where(works({LABOUR}, "helper"))).all() == [], "its span has ended too"


@pytest.mark.parametrize("condition", [in_sight(SIGHTS["home"]), works({CITY, LABOUR}, "holder")])
def test_sqlite_looks_at_a_cases_own_spans(desk: Desk, condition: Any) -> None:
    """And not for each case at all that a unit ever had, or at all that run."""
    if not desk.database.is_sqlite:
        pytest.skip("PostgreSQL knows how many rows an index would give it")
    with desk.database.read() as session:
        wanted = select(Case.id).where(Case.id.in_([1, 2]), condition)
        asked = str(wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True}))
        steps = [step for *_, step in session.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    spans = [step for step in steps if "assignments" in step]
    assert spans
    assert all("sqlite_autoindex_assignments" in step and "case_id=?" in step for step in spans), steps


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(state=State.ENDED, categories=frozenset({Category.NOISE})), "ix_cases_history_category"),
        (Filter(state=State.ENDED, colours=frozenset({Colour.RED})), "ix_cases_history_rare"),
        (Filter(state=State.ENDED, urgencies=frozenset({Urgency.CRITICAL})), "ix_cases_history_rare"),
        (Filter(state=State.ENDED, statuses=frozenset({Status.DECLINED})), "ix_cases_history_rare"),
        (Filter(state=State.ENDED, statuses=frozenset({Status.CLOSED})), "ix_cases_history"),
    ],
)
def test_sqlite_finds_what_few_are_without_going_through_all_that_has_ended(
    desk: Desk, wanted: Filter, index: str
) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("PostgreSQL scans a table as small as this one")
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    listen(desk.database.engine, "before_cursor_execute", note)
    desk.page(wanted=wanted, order=Order(Column.REPORTED))
    remove(desk.database.engine, "before_cursor_execute", note)
    statement, parameters = next(each for each in asked if "hits" in each[0])
    with desk.database.read() as session:
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [step for *_, step in plan]
    assert any(step.partition(" INDEX ")[2].split(" ")[0] == index for step in steps), steps


def copies(desk: Desk, of: int, many: int) -> None:
    """That case so many times more, one a minute, as nothing but rows."""
    table = Case.__table__
    with desk.database.write() as session:
        row = dict(session.execute(select(table).where(table.c.id == of)).mappings().one())
        made = [
            row
            | {"id": of + number, "code": f"YC-20260101-{number:05d}", "reported_at": NOW + timedelta(minutes=number)}
            for number in range(1, many + 1)
        ]
        session.execute(insert(Case), made)


def test_of_more_than_ten_thousand_that_have_ended_the_newest_are_put_in_order_and_no_more_counted(desk: Desk) -> None:
    closed = {"state": "已结案", "completeTime": "2026-11-20 10:00:00"}
    case_id = desk.hear(HOTLINE, at_home(**closed))
    copies(desk, case_id, queue.MOST)
    for state in (State.ENDED, State.ALL):
        page = desk.page(SIGHTS["home"], Filter(state=state), Order(Column.STATUS), count=3)
        assert (page.total, page.capped, len(page.rows)) == (queue.MOST, True, 3)
        oldest = desk.page(SIGHTS["home"], Filter(state=state), Order(Column.REPORTED), count=1)
        assert oldest.rows[0].id == case_id, "an order that has an index goes through all"
        newest = desk.page(SIGHTS["home"], Filter(state=state), Order(Column.CODE, descending=True), 5_000, 2)
        assert [row.code for row in newest.rows] == ["YC-20260101-05001", "YC-20260101-05000"]
    exactly = desk.page(SIGHTS["home"], Filter(state=State.ALL, reported_from=NOW), count=1)
    assert (exactly.total, exactly.capped) == (queue.MOST, False)
    assert desk.page(SIGHTS["away"], ALL).total == 0


def test_the_page_is_of_the_instant_it_is_asked_for(desk: Desk) -> None:
    desk.hear(HOTLINE, at_home(deadlineDate="2026-11-20 13:00:00"))
    late = NOW.astimezone(SHANGHAI).replace(hour=13, minute=1)
    assert desk.page(wanted=Filter(overdue=True)).total == 0
    assert desk.page(wanted=Filter(overdue=True), at=late).total == 1


def test_position_is_the_journals(desk: Desk) -> None:
    desk.hear(HOTLINE, at_home())
    with desk.database.read() as session:
        assert (
            desk.page().position == desk.page(Sight()).position == desk.counts().position == journal.position(session)
        )
