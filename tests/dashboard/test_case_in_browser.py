"""The case page and its actions in a real browser: by keyboard, drafts kept, a reveal that ends, texts that stay texts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from casework.moves import Remind
from casework.vocabulary import Feed, ReminderKind
from db import reveals
from tests.dashboard.conftest import RunningServer
from tests.dashboard.offices import Office, county, sign_in_by_hand
from tests.records import VAULT, call, event, order

pytestmark = pytest.mark.browser

UNIT = county().departments[1]
HOSTILE = "<img src=x onerror=hit=1><script>hit=1</script>"
CASE = f"{Feed.HOTLINE12345}:DH2026112000001"


class Visitor:
    """One person's browser, and what it complained of."""

    def __init__(self, browser: Browser, server: RunningServer, login: str) -> None:
        self.address = server.address
        self.context = browser.new_context(viewport={"width": 1366, "height": 768})
        sign_in_by_hand(self.context, self.address, login)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector("#office-masthead-inner")
        return self.page


@pytest.fixture
def server(office: Office) -> Iterator[RunningServer]:
    with office.served() as server:
        yield server


@pytest.fixture
def visitor(browser: Browser, server: RunningServer) -> Iterator[Visitor]:
    visitor = Visitor(browser, server, "operator")
    yield visitor
    visitor.context.close()


def opened(office: Office, visitor: Visitor) -> tuple[int, Page]:
    """The hotline's case on its page."""
    case_id = office.centre.case_of(CASE)
    page = visitor.open(f"/case/{office.centre.case(case_id).code}")
    page.wait_for_selector("[data-act=assign]")
    return case_id, page


def write(page: Page, *keys: str) -> None:
    for key in keys:
        if len(key) == 1 or key in {"Enter", "Escape", "Tab"}:
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


def test_a_case_is_reassigned_and_taken_back_without_a_mouse(office: Office, visitor: Visitor) -> None:
    case_id, page = opened(office, visitor)
    before = office.centre.case(case_id).unit_code
    write(page, "r", f"{UNIT.name} {UNIT.code}", "Tab", "涉及供水", "Enter")
    expect(page.locator(".act-said")).to_contain_text("对诉求人承诺期限不变")
    write(page, "Enter")
    expect(page.locator(".act-result")).to_contain_text("已完成")
    assert office.centre.case(case_id).unit_code == UNIT.code
    expect(page.locator("[data-act=undo]")).to_contain_text("9:5")
    write(page, "z")
    expect(page.locator(".act-result")).to_contain_text("撤销")
    assert office.centre.case(case_id).unit_code == before
    expect(page.locator(".case-journal li").first).to_contain_text("撤销")
    assert visitor.complaints == []


def test_a_draft_is_kept_whatever_happens_meanwhile_and_who_writes_it_is_told(office: Office, visitor: Visitor) -> None:
    case_id, page = opened(office, visitor)
    write(page, "o")
    page.select_option("#act-colour", "orange")
    page.fill("#act-reason", "写到一半")
    holder = office.centre.case(case_id).unit_code
    assert holder is not None
    office.centre.act(case_id, Remind(by="leader", at=office.now(), kind=ReminderKind.URGE, unit=holder))
    expect(page.locator(".case-journal li").first).to_contain_text("催办")  # the page has heard of it
    expect(page.locator("#act-reason")).to_have_value("写到一半")
    page.locator("#act-reason").press("Enter")
    expect(page.locator(".act-said")).to_contain_text("案件已有变化")
    expect(page.locator(".act-said")).to_contain_text("leader")
    expect(page.locator("#act-reason")).to_have_value("写到一半")
    page.locator("#act-reason").press("Enter")
    expect(page.locator(".act-result")).to_contain_text("已完成")
    assert office.centre.case(case_id).colour == "orange"


def test_part_of_a_name_that_one_unit_has_becomes_that_unit_before_anything_is_sent(
    office: Office, visitor: Visitor
) -> None:
    _, page = opened(office, visitor)
    write(page, "r", UNIT.name[:-1], "Tab")
    expect(page.locator("#act-unit")).to_have_value(f"{UNIT.name} {UNIT.code}")
    page.fill("#act-unit", "99992")  # many begin so
    write(page, "Tab")
    expect(page.locator("#act-unit")).to_have_value("99992")


def test_a_draft_is_written_on_without_contact_and_says_that_it_was_not_sent(
    office: Office, visitor: Visitor, server: RunningServer
) -> None:
    _, page = opened(office, visitor)
    write(page, "d")
    page.focus("#act-reason")
    write(page, "写到")
    server.stop()
    expect(page.locator("#case")).to_have_attribute("data-blind", "")
    expect(page.locator("#act-reason")).to_be_focused()
    write(page, "一半", "Enter")
    expect(page.locator(".act-said")).to_contain_text("未发送")
    expect(page.locator("#act-reason")).to_have_value("写到一半")


def test_a_button_keeps_the_focus_without_contact_and_says_why_nothing_is_done(
    office: Office, visitor: Visitor, server: RunningServer
) -> None:
    _, page = opened(office, visitor)
    button = page.locator("[data-act=supervise]")
    button.focus()
    server.stop()
    expect(page.locator("#case")).to_have_attribute("data-blind", "")
    expect(button).to_be_focused()
    write(page, "Enter")
    expect(page.locator("#office-line")).to_contain_text("未执行")
    expect(page.locator(".act-form")).to_have_count(0)


def test_a_form_whose_answer_never_comes_is_given_back_and_says_so(office: Office, visitor: Visitor) -> None:
    _, page = opened(office, visitor)
    write(page, "o")
    page.select_option("#act-colour", "orange")
    page.fill("#act-reason", "写到一半")
    page.route("**/_dash-update-component*", lambda route: route.abort())
    page.clock.install()
    page.locator("#act-reason").press("Enter")
    expect(page.locator(".act-form button[type=submit]")).to_be_disabled()
    page.clock.fast_forward(16_000)
    expect(page.locator(".act-said")).to_contain_text("没有收到答复")
    expect(page.locator(".act-form button[type=submit]")).to_be_enabled()
    expect(page.locator("#act-reason")).to_have_value("写到一半")


def test_the_focus_goes_into_what_is_opened_and_back_to_what_opened_it(office: Office, visitor: Visitor) -> None:
    _, page = opened(office, visitor)
    focused = page.locator(":focus")
    write(page, "?")
    expect(page.locator("#help")).to_contain_text("改派")
    write(page, "Escape")
    expect(page.locator("#help")).to_be_hidden()
    write(page, "o")
    expect(focused).to_have_id("act-colour")
    write(page, "Escape")
    expect(focused).to_have_attribute("data-act", "colour")
    page.focus("#reveal-open")
    write(page, "Enter")
    expect(focused).to_have_id("reveal-reason")
    write(page, "Escape")
    expect(focused).to_have_id("reveal-open")
    expect(page.locator("#reveal-ask")).to_be_hidden()
    assert visitor.complaints == []


def test_the_focus_goes_to_the_button_where_what_had_it_is_hidden(office: Office, visitor: Visitor) -> None:
    _, page = opened(office, visitor)
    page.evaluate(
        """() => {
            const help = document.getElementById("help");
            help.showModal();
            help.close();
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "o", bubbles: true }));
        }"""
    )
    expect(page.locator(":focus")).to_have_id("act-colour")
    write(page, "Escape")
    expect(page.locator(":focus")).to_have_attribute("data-act", "colour")


def test_consent_is_given_with_keys_alone(office: Office, browser: Browser, server: RunningServer) -> None:
    case_id = office.centre.hear(Feed.HOTLINE12345, order(orderNum="S1", isSecret="1"))
    code = office.centre.case(case_id).code
    for reason in ("回访需要联系诉求人", "核实举报内容需要"):
        with office.database.write() as session:
            reveals.ask(session, VAULT, office.people["operator"], case_id, reason, office.now())
    leader = Visitor(browser, server, "leader")
    page = leader.open(f"/case/{code}")
    button = page.locator("#consent-open.consent-waits")
    expect(button).to_contain_text("2")
    button.focus()
    focused = page.locator(":focus")
    write(page, "Enter")
    expect(page.locator("#consent [data-consent=grant]")).to_have_count(2)
    for _ in range(12):
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#consent') !== null"
        )
        write(page, "Tab")
    page.locator("[data-consent=grant]").first.focus()
    write(page, "Enter")
    expect(page.locator("#consent [data-consent=grant]")).to_have_count(1)
    expect(focused).to_have_attribute("data-consent", "grant")
    write(page, "Escape")
    expect(page.locator("#consent")).to_be_hidden()
    expect(focused).to_have_id("consent-open")
    leader.context.close()


def test_what_is_revealed_is_gone_after_a_minute(office: Office, visitor: Visitor) -> None:
    _, page = opened(office, visitor)
    page.click("#reveal-open")
    page.fill("#reveal-reason", "回访需要联系诉求人")
    page.click("#reveal-ask")
    expect(page.locator("#reveal-shown")).to_contain_text("欧阳试验")
    expect(page.locator("#reveal-left")).to_contain_text("秒")
    assert page.input_value("#reveal-reason") == ""
    real = office.now
    office.now = lambda: real() + timedelta(seconds=61)
    expect(page.locator("#reveal-shown")).to_be_empty()
    assert "欧阳试验" not in page.content()
    assert visitor.complaints == []


def hostile(record: Mapping[str, Any], *, kept: frozenset[str]) -> dict[str, Any]:
    """Every text of a record is a script of its own (a name is scrubbed from the others), but what must be understood."""
    return {name: value if name in kept else f"{HOSTILE}{name}" for name, value in record.items()}


def test_scripts_in_every_text_of_every_feed_are_shown_as_texts(office: Office, visitor: Visitor) -> None:
    first = county().townships[0]
    told = {
        Feed.HOTLINE12345: hostile(
            order(orderNum="H1", areaCode=first.code, result=HOSTILE),
            kept=frozenset({
                "orderNum", "callTime", "callerType", "pilotLight", "areaCode", "state", "dispatchTime", "updateTime",
                "organizationCode",
            }),
        ),
        Feed.POLICE110: hostile(
            call(jjdbh="J1", gxdwdm=first.station),
            kept=frozenset({"jjdbh", "bjsj", "jqjb", "gxdwdm", "tssj", "jdzt", "cbdwdm", "gxsj"}),
        ),
        Feed.GRID: hostile(
            event(eventCode="W1", streetCode=first.code),
            kept=frozenset({
                "eventCode", "eventAcceptDate", "eventType1", "streetCode", "dealDeptCode", "distributeTime", "eventState",
                "updateTime",
            }),
        ),
    }  # fmt: skip
    for feed, record in told.items():
        case_id = office.centre.hear(feed, record)
        code = office.centre.case(case_id).code
        page = visitor.open(f"/case/{code}")
        expect(page.locator(".case-report")).to_contain_text("<script>hit=1</script>")
        page.click("#reveal-open")
        page.fill("#reveal-reason", "回访需要联系诉求人")
        page.click("#reveal-ask")
        expect(page.locator("#reveal-shown")).to_contain_text("<img src=x")
        page = visitor.open("/desk")
        page.wait_for_selector(".desk[data-list=ready]")
        page.fill("#desk-text", code)
        page.press("#desk-text", "Enter")
        page.locator(f"#desk-grid .ag-row:has-text('{code[-5:]}') [col-id=township]").first.click()
        expect(page.locator("#desk-brief")).to_contain_text("<img src=x")
        assert page.evaluate("window.hit") is None
    assert visitor.complaints == []
