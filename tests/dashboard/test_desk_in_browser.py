"""The desk in a real browser: keys alone, what changes live, what an operator must not lose, and what it never asks for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete

from casework.moves import Remind
from casework.vocabulary import Feed, FeedState, ReminderKind
from db.models import FeedStatus
from tests.dashboard.conftest import RunningServer
from tests.dashboard.offices import Office, county, sign_in_by_hand
from tests.records import call, message, order

pytestmark = pytest.mark.browser

FIRST = county().townships[0]
CASES = 40
BEGUN = datetime.now(UTC) + timedelta(hours=8)  # as sources tell time
ALL_ANSWERED = (
    "Object.entries(store.getState().callbacks).every(([state, each]) =>"
    " ['stored', 'completed'].includes(state) || !each.length)"
)
HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'


class Desk:
    """One operator's browser: its page, and what it complained of and asked for."""

    def __init__(self, context: BrowserContext, address: str, login: str) -> None:
        sign_in_by_hand(context, address, login)
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"{address}/desk")
        self.page.wait_for_selector(".desk[data-list=ready]")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def settled(self) -> None:
        """Wait until nothing it asked is without an answer."""
        self.page.wait_for_function(ALL_ANSWERED)

    def current(self) -> str:
        told: str = self.page.evaluate("bihuan.desk.current() && bihuan.desk.current().code")
        return told

    def marked(self) -> list[str]:
        told: list[str] = self.page.evaluate("bihuan.desk.selected().map((each) => each.code)")
        return told


@contextmanager
def desks(browser: Browser, server: RunningServer, *logins: str) -> Iterator[list[Desk]]:
    contexts = [browser.new_context(viewport={"width": 1366, "height": 768}) for _ in logins]
    yield [Desk(context, server.address, login) for context, login in zip(contexts, logins, strict=True)]
    for context in contexts:
        context.close()


def slip(number: int, **changes: str) -> dict[str, str]:
    """A call of now, one of many, in the first township."""
    at = BEGUN - timedelta(minutes=number)
    told = f"{at:%Y-%m-%d %H:%M:%S}"
    units = {"gxdwdm": FIRST.station, "cbdwdm": FIRST.station}
    return call(**({"jjdbh": f"J{number:05d}", "bjsj": told, "tssj": told, "gxsj": told} | units | changes))


def hear_many(office: Office, **changes: str) -> None:
    """`CASES - 1` slips, in one batch."""
    told = [message(Feed.POLICE110, slip(number, **changes), f"many{number}", number) for number in range(1, CASES)]
    with office.centre.writing() as session:
        office.centre.recorder.record(session, told)


def test_with_keys_alone_a_case_is_found_marked_opened_and_come_back_to(office: Office, browser: Browser) -> None:
    hear_many(office, bjnr=f"邻里纠纷{HOSTILE}")
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        expect(page.locator("#desk-count-open")).to_have_text(str(CASES + 2))
        expect(page.locator("#desk-total")).to_have_text(f"{CASES + 2} 件")
        expect(page.locator("#desk-position")).to_contain_text(f"#{office.centre.position()}")
        desk.press(*"jjj")
        third = desk.current()
        expect(page.locator("#desk-brief .desk-code")).to_have_text(third)
        desk.press(" ", "j", " ")
        assert desk.marked() == [third, desk.current()]
        desk.press("Escape", *"j" * 25)
        expect(page.locator("#desk-brief .desk-code")).to_have_text(desk.current())
        far = desk.current()
        row = page.locator(".ag-center-cols-container .desk-current")
        expect(row).to_be_in_viewport()
        desk.press("Enter")
        page.wait_for_url(f"**/case/{far}")
        page.wait_for_selector("#case-shown", state="attached")  # until then the old desk stands there
        page.go_back()
        page.wait_for_selector(".desk[data-list=ready]")
        assert desk.current() == far
        expect(row).to_be_in_viewport()
        desk.press("/")
        page.keyboard.type(far[-4:])
        desk.press("Enter")
        expect(page.locator("#desk-ways [aria-pressed=true]")).to_have_text(f"编号 {far[-4:]}")
        expect(page.locator("#desk-total")).to_have_text("1 件")
        desk.press("/")
        page.keyboard.type("19900004321")
        desk.press("Enter")
        expect(page.locator("#desk-ways [aria-pressed=true]")).to_have_text("电话")
        expect(page.locator("#desk-total")).to_have_text(f"{CASES} 件")
        desk.press("/", "Escape", "?")
        expect(page.locator("#help")).to_be_visible()
        desk.press("Escape")
        expect(page.locator("#help")).to_be_hidden()
        page.evaluate(
            "window.took = []; void bihuan.desk.onAct((key, cases) => took.push(key + cases[0].code) && key === '0')"
        )
        desk.press("0")
        assert page.evaluate("took") == [f"0{far}"]
        assert page.evaluate("window.hit") is None, "what a citizen wrote is text"
        assert not any("19900004321" in url for url in desk.requests)
        assert {urlsplit(url).hostname for url in desk.requests} == {"127.0.0.1"}
        assert desk.complaints == []


def test_what_changes_is_shown_in_place_and_takes_nothing_from_who_works(office: Office, browser: Browser) -> None:
    hear_many(office)
    with office.served() as server, desks(browser, server, "operator", "leader") as [mine, theirs]:
        page = mine.page
        mine.press(*"j" * 20, " ")
        opened = mine.current()
        expect(page.locator("#desk-brief .desk-code")).to_have_text(opened)
        theirs.press(*"j" * 20)
        expect(theirs.page.locator(".desk-current .note[data-kind=present]")).to_have_text("operator 正在看")
        page.evaluate(
            "document.getElementById('desk-actions').append("
            "Object.assign(document.createElement('textarea'), { id: 'draft' }))"
        )
        page.fill("#draft", "写了一半的理由")
        top = scrolled(page)
        number = number_of(page, opened)
        office.centre.hear(Feed.POLICE110, slip(number, jdzt="5", gxsj=f"{BEGUN:%Y-%m-%d %H:%M:%S}"))
        office.centre.hear(Feed.POLICE110, slip(CASES))
        fresh, left = page.locator("#desk-fresh"), page.locator(".ag-center-cols-container .desk-left")
        expect(fresh).to_have_text("1 件新的 · 1 件已不在此列 · 显示")
        expect(left).to_contain_text("已办结")
        assert (mine.current(), mine.marked(), scrolled(page)) == (opened, [opened], top)
        assert page.input_value("#draft") == "写了一半的理由"
        fresh.click()
        expect(left).to_have_count(0)
        expect(fresh).to_be_hidden()
        assert (mine.current(), scrolled(page)) == (opened, top)
        assert page.input_value("#draft") == "写了一半的理由"
        expect(theirs.page.locator("#desk-fresh")).to_contain_text("1 件已不在此列")
        for each in (mine, theirs):
            each.settled()
            assert each.complaints == []
        server.stop()
        expect(page.locator("#desk")).to_have_attribute("data-blind", "")
        assert page.evaluate("bihuan.desk.act('r')") is False
        expect(theirs.page.locator("#desk")).to_have_attribute("data-blind", "")
        asked = len(theirs.requests)
        theirs.page.click("#consent-open")
        expect(theirs.page.locator("#consent")).to_be_visible()
        assert not [url for url in theirs.requests[asked:] if "_dash-update" in url], "who could answer?"
        complaints = [told for told in mine.complaints + theirs.complaints if not LOST.search(told)]
        assert complaints == []


VERSION = "bihuan.desk.current().version"
NEWER = "(version) => bihuan.desk.current().version > version"


def urge(office: Office, case_id: int) -> None:
    """Somebody else's act."""
    holder = office.centre.case(case_id).unit_code
    assert holder is not None
    office.centre.act(case_id, Remind(by="leader", at=office.now(), kind=ReminderKind.URGE, unit=holder))


def test_the_open_case_is_acted_on_as_it_is_now_and_told_once_on_a_line(office: Office, browser: Browser) -> None:
    hear_many(office)
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page, told = desk.page, list[str | bytes]()

        def hear(text: str | bytes) -> None:
            told.append(text)

        page.on("websocket", lambda line: line.on("framesent", hear))
        page.reload()
        page.wait_for_selector(".desk[data-list=ready]")
        desk.press("j")
        page.wait_for_selector("[data-act=supervise]")
        opened, case_id = orjson.dumps({"open": desk.current()}).decode(), page.evaluate("bihuan.desk.current().id")
        for _ in range(2):
            before = page.evaluate(VERSION)
            urge(office, case_id)
            page.wait_for_function(NEWER, arg=before)
        assert told.count(opened) == 1
        before = page.evaluate(VERSION)
        server.stop()
        expect(page.locator("#desk")).to_have_attribute("data-blind", "")
        urge(office, case_id)
        again = RunningServer(office.app(office.wall()), server.port).start()
        try:
            page.wait_for_function(NEWER, arg=before)
            assert told.count(opened) >= 2, "another line does not know it yet"
        finally:
            again.stop()


def test_the_name_of_a_saved_view_stands_only_while_it_is_what_is_asked_for(office: Office, browser: Browser) -> None:
    hear_many(office)
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        page.focus("[data-chip=to_sign]")
        desk.press("Enter")
        page.focus("#desk-view-save")
        desk.press("Enter")
        page.keyboard.type("待签")
        desk.press("Enter")
        picked = page.locator("#desk-view option:checked")
        expect(picked).to_have_text("待签")
        page.focus("[data-chip=open]")
        desk.press("Enter")
        expect(picked).to_have_text("常用视图")
        expect(page.locator("#desk-view-delete")).to_be_hidden()
        page.select_option("#desk-view", label="待签")
        expect(picked).to_have_text("待签")
        expect(page.locator("[data-chip=to_sign]")).to_have_attribute("aria-pressed", "true")


def test_a_form_has_the_panel_to_itself_and_what_sends_it_stays_in_sight(office: Office, browser: Browser) -> None:
    office.centre.hear(Feed.POLICE110, slip(1, bjnr="邻里纠纷。" * 200))
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        page.set_viewport_size({"width": 1366, "height": 620})
        desk.press(*"jj")
        expect(page.locator("#desk-brief .desk-code")).to_have_text(desk.current())
        page.wait_for_selector("[data-act=supervise]")
        desk.press("d")
        expect(page.locator("#act-reason")).to_be_in_viewport(ratio=1)
        expect(page.locator(".act-form button.main")).to_be_in_viewport(ratio=1)
        expect(page.locator(".act-buttons")).to_be_hidden()
        expect(page.locator(".desk-said")).to_be_visible()
        page.locator(".act-said").evaluate("node => (node.style.height = '900px')")
        expect(page.locator(".act-form button.main")).to_be_in_viewport(ratio=1)
        desk.press("Escape")
        expect(page.locator(".act-buttons")).to_be_visible()
        assert page.evaluate("document.activeElement.closest('.desk-current') !== null"), "back to where d was pressed"


def test_a_desk_that_is_blind_does_nothing_and_says_so(office: Office, browser: Browser) -> None:
    hear_many(office)
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        desk.press("j")
        page.wait_for_selector("[data-act=supervise]")
        opened = desk.current()
        server.stop()
        line = page.locator("#office-line")
        expect(line).to_have_attribute("data-state", "lost")
        for key in "jdkz":
            page.evaluate("document.getElementById('office-line').textContent = ''")
            desk.press(key)
            expect(line).to_contain_text("未执行")
            assert (desk.current(), page.locator(".act-form").count()) == (opened, 0), key
        page.click("[data-chip=to_sign]")
        expect(page.locator("[data-chip=to_sign]")).to_have_attribute("aria-pressed", "false")
        expect(page.locator(".desk")).to_have_attribute("data-list", "ready")


def test_a_name_that_a_view_can_not_have_is_refused_with_a_reason(office: Office, browser: Browser) -> None:
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        page.click("#desk-view-save")
        desk.press(" ", "Enter")
        expect(page.locator("#desk-name-said")).to_have_text("视图名称须为 1 至 20 个字")
        expect(page.locator("#desk-name")).to_be_focused()
        page.keyboard.type("我的")
        desk.press("Enter")
        expect(page.locator("#desk-name-dialog")).to_be_hidden()
        expect(page.locator("#desk-view option:checked")).to_have_text("我的")


def test_arrows_move_in_the_list_and_tab_leaves_it(office: Office, browser: Browser) -> None:
    hear_many(office)
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        desk.press("j", "ArrowDown", "ArrowRight")
        in_list = page.locator("#desk-grid :focus")
        expect(in_list).to_have_count(1)
        expect(in_list).not_to_have_attribute("col-id", "colour")
        at_case = page.locator("#desk-grid .desk-current :focus")
        expect(at_case).to_have_count(1)
        at = desk.current()
        expect(page.locator("#desk-brief .desk-code")).to_have_text(at)
        page.wait_for_selector("[data-act=supervise]")  # where Tab leads to
        for out, back in (("Tab", "Shift+Tab"), ("Shift+Tab", "Tab")):
            desk.press(out)
            expect(in_list).to_have_count(0)
            desk.press(back)
            expect(at_case).to_have_count(1)
            assert desk.current() == at
        desk.press(*"j" * 30)
        expect(at_case).to_have_count(1)
        desk.press("Shift+Tab", "Tab", "Tab")
        expect(in_list).to_have_count(0)
        page.evaluate("document.querySelector('#desk-grid .ag-body-viewport').scrollTop = 0")
        page.focus("[data-chip=open]")
        desk.press("k")
        expect(at_case).to_have_count(1)
        at = desk.current()
        page.click("[data-chip=to_review]")
        expect(page.locator("#desk-nothing")).to_contain_text("没有符合条件的案件。")
        page.focus("#desk-nothing button")  # the next after the list
        desk.press("Shift+Tab")
        expect(page.locator("#desk-grid .ag-header :focus")).to_have_count(1)
        assert desk.current() == at, "what is open is not in the list, and stays open"
        assert desk.complaints == []


LOST = re.compile("WebSocket|ERR_CONNECTION_REFUSED|Failed to fetch|the server did not respond")


def scrolled(page: Page) -> float:
    told: float = page.evaluate("document.querySelector('#desk-grid .ag-body-viewport').scrollTop")
    return told


def number_of(page: Page, code: str) -> int:
    """The number of a case's slip: its first entry names it."""
    told = page.locator("#desk-rest").inner_text()
    found = re.search(r"J(\d{5})", told)
    assert found is not None, code
    return int(found[1])


def test_what_does_not_come_in_is_told_on_every_page(office: Office, browser: Browser) -> None:
    def report(*feeds: Feed) -> None:
        at = office.now()
        with office.database.write() as session:
            for feed in feeds:
                told = {
                    "state": FeedState.CONNECTED,
                    "since": at,
                    "reported_at": at,
                    "reason": "",
                    "events_per_minute": 0,
                }
                session.merge(FeedStatus(feed=feed, **told))

    report(*Feed)
    with office.served() as server, desks(browser, server, "township") as [desk]:
        line = desk.page.locator("#office-line")
        expect(line).to_have_text("")
        with office.database.write() as session:
            session.merge(FeedStatus(feed=Feed.GRID, state=FeedState.SILENT))
        expect(line).to_have_text("网格 来件中断")
        with office.database.write() as session:
            session.execute(delete(FeedStatus).where(FeedStatus.feed == Feed.POLICE110))
        expect(line).to_have_text("110、网格 来件中断")
        desk.page.goto(f"{server.address}/review/")
        expect(line).to_have_text("110、网格 来件中断")
        report(*Feed)
        expect(line).to_have_text("")
        assert desk.complaints == []


def test_a_form_asks_for_what_its_cases_need_and_is_asked_again_when_they_change(
    office: Office, browser: Browser
) -> None:
    hear_many(office)
    unit = county().departments[0]
    with office.served() as server, desks(browser, server, "operator") as [desk]:
        page = desk.page
        reason, send, said = page.locator("#act-reason"), page.locator(".act-form .main"), page.locator(".act-said")
        desk.press(*"jjjjj")
        page.wait_for_selector("[data-act=urge]")
        desk.press("u")
        expect(page.locator(".act-form h3")).to_contain_text(county().unit_name(FIRST.station))
        expect(reason).to_be_focused()
        expect(page.locator("#act-worker")).to_have_count(0)
        desk.press("Escape", "r")
        expect(reason).to_have_attribute("required", "")
        page.fill("#act-unit", unit.name)
        page.fill("#act-reason", "属其职责")
        desk.press("Enter")
        expect(send).to_contain_text("确认")
        urge(office, page.evaluate("bihuan.desk.current().id"))
        expect(said).to_have_text("案件已有变化，请先再看一遍。")
        expect(send).to_contain_text("预览影响")
        expect(reason).to_have_value("属其职责")
        page.focus("#act-reason")
        desk.press("Enter")
        expect(send).to_contain_text("确认")
        desk.press("Escape", "j", " ", "j", " ")
        expect(page.locator("[data-act=escalate]")).to_have_count(0)  # what is offered for one case alone
        desk.press("r")
        page.fill("#act-unit", unit.name)
        desk.press("Enter")
        expect(said).to_contain_text("0 件可改派，2 件不能")
        expect(send).to_contain_text("预览影响")
        expect(reason).to_be_focused()
        page.keyboard.type("属其职责")
        desk.press("Enter")
        expect(said).to_contain_text("2 件可改派，0 件不能")
        expect(send).to_contain_text("确认")
        assert desk.complaints == []


def test_a_stranger_to_the_county_finds_an_empty_desk_that_says_so(office: Office, browser: Browser) -> None:
    with office.served() as server:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        sign_in_by_hand(context, server.address, "village")
        page.goto(f"{server.address}/desk")
        expect(page.locator("#desk-nothing")).to_have_text("没有符合条件的案件。")
        village = county().villages_of(FIRST.code)[0]
        hear = order(orderNum="DH9", areaCode=FIRST.code, organizationCode=village.code)
        office.centre.hear(Feed.HOTLINE12345, hear)
        expect(page.locator("#desk-total")).to_have_text("1 件")
        expect(page.locator(".ag-center-cols-container .ag-row")).to_have_count(1)
        context.close()
