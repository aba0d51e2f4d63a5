"""Possible duplicates in a real browser: by keyboard alone, two people at once, and before axe-core."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from casework.roles import Role
from db.models import Match
from tests.dashboard.conftest import RunningServer
from tests.dashboard.matchings import case_now, code, hear_again, hear_pair, match, pair_of, pairs
from tests.dashboard.offices import Office, sign_in_by_hand
from tests.dashboard.test_accessibility import faults

pytestmark = pytest.mark.browser

LIST, SHOWN, SAID = "#match-list li", "#match-shown", "#match-said"


class Visitor:
    """One person's browser on a page, and what it complained of."""

    def __init__(self, browser: Browser, server: RunningServer, login: str, path: str = "/matches") -> None:
        self.context = browser.new_context(viewport={"width": 1366, "height": 768})
        sign_in_by_hand(self.context, server.address, login)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{server.address}{path}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, pair: int) -> None:
        expect(self.page.locator(f"{SHOWN}[data-pair='{pair}']")).to_be_attached()


@contextmanager
def visitors(browser: Browser, server: RunningServer, *logins: str) -> Iterator[list[Visitor]]:
    found = [Visitor(browser, server, login) for login in logins]
    for each in found:
        each.page.wait_for_selector(".match[data-list=ready]")
    yield found
    for each in found:
        each.context.close()


@pytest.fixture
def three(office: Office) -> list[int]:
    """Three suggestions, the likeliest first."""
    for number in (1, 2, 3):
        hear_pair(office, number)
    match(office)
    return [pair_of(office, number) for number in (1, 2, 3)]


def test_with_keys_alone_suggestions_are_decided_and_a_merge_is_taken_apart(
    office: Office, browser: Browser, three: list[int]
) -> None:
    first, second, third = three
    home, away = case_now(office, "DH91"), case_now(office, "J91")
    with office.served() as server, visitors(browser, server, "operator") as [mine]:
        page = mine.page
        mine.shows(first)
        expect(page.locator(".match-side mark").first).to_be_visible()
        expect(page.locator(".match-side")).to_have_count(2)
        assert page.evaluate("window.hit") is None, "what a citizen wrote is text"
        mine.press("j")
        mine.shows(second)
        mine.press("k")
        mine.shows(first)
        mine.press("a")
        expect(page.locator(SAID)).to_contain_text(f"{code(office, away)} 已并入 {code(office, home)}")
        expect(page.locator(LIST)).to_have_count(2)
        assert case_now(office, "J91") == home
        mine.press("z")
        expect(page.locator(SAID)).to_contain_text("已从")
        assert case_now(office, "J91") == away
        mine.shows(second)
        mine.press("x")
        expect(page.locator("#match-reason")).to_be_focused()
        mine.press("Escape")
        expect(page.locator("#match-form")).to_be_hidden()
        mine.press("x", *"ab", "Enter")
        expect(page.locator(SAID)).to_contain_text("今后不再提示")
        assert pairs(office)[("DH92", "J92")] == (second, "refused")
        mine.shows(third)
        mine.press("l", "1")
        expect(page.locator(SAID)).to_contain_text("稍后处理")
        expect(page.locator("#match-nothing")).to_have_text("没有等待处理的疑似重复。")
        mine.press("?")
        expect(page.locator("#help")).to_be_visible()
        assert mine.complaints == []


def test_what_was_done_last_is_undone_and_nothing_before_it(office: Office, browser: Browser, three: list[int]) -> None:
    home, away = case_now(office, "DH91"), case_now(office, "J91")
    office.add("second", Role.OPERATOR, name="王芳")
    with office.served() as server, visitors(browser, server, "operator", "second") as [mine, theirs]:
        undo = mine.page.locator(f"{SAID} [data-match=undo]")
        mine.shows(three[0])
        theirs.shows(three[0])
        theirs.press("j")
        theirs.shows(three[1])
        mine.press("a")
        expect(undo).to_contain_text(f"撤销并案 {code(office, away)}")
        mine.shows(three[1])
        theirs.press("x", "Enter")
        expect(mine.page.locator(SAID)).to_contain_text("王芳 已处理")
        expect(undo).to_contain_text(f"撤销并案 {code(office, away)}")
        mine.press("j")
        mine.shows(three[2])
        mine.press("l", "1")
        expect(mine.page.locator(SAID)).to_contain_text("稍后处理")
        expect(undo).to_have_count(0)
        mine.press("z", "?")
        expect(mine.page.locator("#help")).to_be_visible()
        assert case_now(office, "J91") == home
        assert mine.complaints == []


def test_the_keys_open_either_case_and_one_comes_back_to_the_same_place(
    office: Office, browser: Browser, three: list[int]
) -> None:
    with office.served() as server, visitors(browser, server, "operator") as [mine]:
        mine.shows(three[0])
        mine.press("j")
        mine.shows(three[1])
        mine.press("o")
        expect(mine.page).to_have_url(f"{server.address}/case/{code(office, case_now(office, 'DH92'))}")
        mine.page.wait_for_selector("#case-shown", state="attached")  # until then the list stands there
        mine.page.go_back()
        mine.shows(three[1])
        mine.press("O")
        expect(mine.page).to_have_url(f"{server.address}/case/{code(office, case_now(office, 'J92'))}")


def test_the_second_of_two_sees_what_the_first_decided_and_decides_nothing_else(
    office: Office, browser: Browser, three: list[int]
) -> None:
    office.add("second", Role.OPERATOR, name="王芳")
    with office.served() as server, visitors(browser, server, "operator", "second") as [mine, theirs]:
        mine.shows(three[0])
        theirs.shows(three[0])
        theirs.press("a")
        expect(theirs.page.locator(SAID)).to_contain_text("已并入")
        expect(mine.page.locator(SAID)).to_contain_text("王芳 已处理：同一事项")
        left = mine.page.locator(f"{LIST}[data-left]")
        expect(left).to_contain_text("王芳 已处理")
        mine.press("x")
        expect(mine.page.locator("#match-form")).to_be_hidden()
        mine.press("j")
        mine.shows(three[1])
        expect(left).to_have_count(0)
        theirs.shows(three[1])
        theirs.press("x", "Enter")
        expect(theirs.page.locator(SAID)).to_contain_text("不再提示")
        mine.press("a")  # before anything told of it
        expect(mine.page.locator(SAID)).to_contain_text("王芳 已处理：不是同一事项")
        assert case_now(office, "J92") != case_now(office, "DH92")


def test_what_is_new_and_likelier_waits_behind_a_button_and_a_refusal_is_heard_of(
    office: Office, browser: Browser, three: list[int]
) -> None:
    with office.served() as server, visitors(browser, server, "operator", "leader") as [mine, theirs]:
        mine.shows(three[0])
        expect(theirs.page.locator("#match-buttons")).to_have_count(0)
        expect(theirs.page.locator(LIST)).to_have_count(3)
        mine.press("x", "Enter")
        expect(theirs.page.locator(f"{LIST}[data-left]")).to_contain_text("已处理")
        theirs.press("j")
        expect(theirs.page.locator(LIST)).to_have_count(2)
        with office.database.write() as session:
            session.execute(update(Match).where(Match.id == three[0]).values(state="suggested", score=0.99))
        expect(theirs.page.locator("#match-fresh")).to_have_text("1 件新的 · 显示")
        expect(theirs.page.locator(LIST)).to_have_count(2)
        theirs.press("n")
        expect(theirs.page.locator(LIST).first).to_contain_text("0.99")
        expect(theirs.page.locator("[aria-current]")).to_contain_text("0.60")
        assert (mine.complaints, theirs.complaints) == ([], [])


def test_a_case_is_merged_and_parted_on_its_page_and_axe_finds_nothing(
    office: Office, browser: Browser, three: list[int]
) -> None:
    hear_again(office, 1)
    home, away = code(office, case_now(office, "DH91")), code(office, case_now(office, "J91"))
    with office.served() as server:
        mine = Visitor(browser, server, "operator", f"/case/{home}")
        page = mine.page
        page.wait_for_selector(".case-suggested")
        page.wait_for_selector("[data-act=split]")
        found = faults(page)
        page.click(f"[aria-label='并案 {away}']")
        expect(page.locator(SAID)).to_contain_text(f"{away} 已并入 {home}")
        expect(page.locator(".case-report")).to_have_count(3)
        expect(page.locator(".case-suggested")).to_have_count(0)
        page.click(f"[data-match=part][data-other='{away}']")
        page.keyboard.type("两家饭店")
        page.keyboard.press("Enter")
        expect(page.locator(SAID)).to_contain_text(f"{away} 已从 {home} 拆出")
        expect(page.locator(".case-report")).to_have_count(2)
        page.click("[data-split='police110:J771']")
        expect(page.locator("#act-report")).to_have_value("police110:J771")
        page.fill("#act-reason", "另一家")
        page.keyboard.press("Enter")
        expect(page.locator(".case-report")).to_have_count(1)
        page.goto(f"{server.address}/matches")
        page.wait_for_selector(SHOWN, state="attached")
        found += faults(page)
        page.keyboard.press("x")
        found += faults(page)
        assert found == []
        assert mine.complaints == []
        mine.context.close()
