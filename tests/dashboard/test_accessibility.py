"""Every page of the office before axe-core: what a screen reader or a weak eye needs is there."""

from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import BrowserContext, Page

from dashboard.components.scenes import Scene
from tests.dashboard.conftest import RunningServer, Screen
from tests.dashboard.fakes import FakeWall
from tests.dashboard.offices import Office, sign_in_on

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Of the grid library's own making: the header above the boxes that mark rows has no text, each box has its own.
NOT_OURS = frozenset({"empty-table-header"})


def faults(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((told) => told.violations)")
    return [
        f"{each['id']} ({each['impact']}): {[node['target'] for node in each['nodes']]}"
        for each in found
        if each["id"] not in NOT_OURS
    ]


@pytest.mark.browser
def test_the_pages_of_the_office(office: Office, display: BrowserContext) -> None:
    case_id = office.centre.case_of("hotline12345:DH2026112000001")
    code = office.centre.case(case_id).code
    with office.served() as server:
        page = display.new_page()
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(f"{server.address}/sign-in")
        found = {"/sign-in": faults(page)}
        for login, path, ready in (
            ("operator", "/desk", ".desk[data-list=ready]"),
            ("operator", f"/case/{code}", ".case h1"),
            ("administrator", "/ops", ".ops-live table"),
            ("auditor", "/audit", ".ag-row"),
        ):
            page.context.clear_cookies()
            sign_in_on(page, server.address, login, path)
            page.wait_for_selector(ready)
            if path == "/desk":
                page.keyboard.press("j")
                page.wait_for_selector("#desk-actions button")
            found[path] = faults(page)
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.browser
def test_every_scene_of_the_wall_and_the_tablet_that_drives_it(
    serve: Callable[..., RunningServer], display: BrowserContext
) -> None:
    server = serve(FakeWall())
    screen = Screen(display.new_page())
    page, found = screen.open(f"{server.address}/wall"), {}
    for number, scene in enumerate(Scene, 1):
        page.keyboard.press(str(number))
        page.wait_for_selector(f"#scene-{scene}:visible")
        found[str(scene)] = faults(page)
    page.goto(f"{server.address}/remote")
    page.wait_for_selector("#remote-hold:enabled")
    found["/remote"] = faults(page)
    assert {name: told for name, told in found.items() if told} == {}
    assert screen.complaints == []
