"""From an operator's word to a colleague's screen: two real browsers at the desk; one reassigns, the other notes when."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from playwright.sync_api import Browser, Page

from bench.figures import Figure, delays
from bench.installation import Failed, Installation, Kind
from bench.screen import chromium
from bench.stand import Stand
from bench.workload import CONFIG
from casework.roles import Role, sight_of
from casework.vocabulary import Status
from config.county import load_county
from config.rules import load_rules
from db import accounts
from db.database import Database
from db.passwords import Passwords
from db.queries.queue import Order, queue_page
from db.queries.queue_filter import Filter
from db.vault import Vault

TARGET: Final = "≤ 300 ms"
ACTS: Final = 40
PATIENCE: Final = 15_000
PASSWORD: Final = "bench only, not a secret"
LOGINS: Final = ("bench-one", "bench-two")

NOTE_UNITS: Final = """() => {
    const unit = () => (document.querySelector("#desk-grid .ag-row [col-id=unit]") || { textContent: "" }).textContent;
    window.seen = [[0, unit()]];
    new MutationObserver(() => {
        if (unit() !== window.seen.at(-1)[1]) window.seen.push([performance.timeOrigin + performance.now(), unit()]);
    }).observe(document.getElementById("desk-grid"), { childList: true, characterData: true, subtree: true });
}"""
ALONE: Final = "() => document.querySelectorAll('#desk-grid .ag-center-cols-container .ag-row').length === 1"
SHOWN: Final = "(name) => window.seen.at(-1)[1] === name"
LATER: Final = "(version) => bihuan.desk.current().version > version"
ACT: Final = """([n, unit]) => {
    const { code, version } = bihuan.desk.current();
    const told = { n, do: "act", form: "assign", cases: [{ code, version }], fields: { unit, reason: "量测" } };
    window.dash_clientside.set_props("act-ask", { data: told });
    return [performance.timeOrigin + performance.now(), version];
}"""


def title(_: Stand) -> str:
    return f"desk_actions: {ACTS} reassignments at one desk until they show at another, both in Chromium"


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    installation = stand.county(kind)
    code, units = _prepare(installation)
    with installation.serving() as dashboard, chromium() as browser:
        one, two = (_desk(browser, dashboard.address, login, code) for login in LOGINS)
        two.evaluate(NOTE_UNITS)
        stand.say(f"{kind}: {ACTS} reassignments")
        waits = [_wait(one, two, number, *units[number % 2]) for number in range(1, ACTS + 1)]
    return list(delays("visible at the other desk", waits, {95: TARGET}))


def _prepare(installation: Installation) -> tuple[str, list[tuple[str, str]]]:
    """Two operators; a case in some unit's hands, and two other units (code, name) it goes to and fro between."""
    county, at = load_county(CONFIG / "county.toml"), datetime.now(UTC)
    stored, vault = Passwords().stored(PASSWORD), Vault([installation.vault_key])
    with closing(Database(installation.url)) as database:
        with database.write() as session:
            for login in LOGINS:
                operator = accounts.add_account(
                    session, county, login=login, name=login, role=Role.OPERATOR, unit=None, password_hash=stored, at=at
                )
        wanted = Filter(statuses=frozenset({Status.HANDLING}))
        with database.read() as session:
            sight, rules = sight_of(operator, county), load_rules(CONFIG)
            found = queue_page(session, sight, wanted, Order(), 0, 50, at, vault=vault, rules=rules)
    row = next(row for row in found.rows if row.reports == 1 and row.paused_at is None)
    others = [unit for unit in county.departments if unit.code != row.unit_code]
    return row.code, [(unit.code, unit.name) for unit in others[:2]]


def _desk(browser: Browser, address: str, login: str, code: str) -> Page:
    """A desk that shows that one case, and has it open."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    told: dict[str, str | float | bool] = {"login": login, "password": PASSWORD, "next": "/desk"}
    answer = context.request.post(f"{address}/sign-in", form=told, headers={"origin": address}, max_redirects=0)
    if not answer.headers.get("set-cookie"):
        raise Failed(f"{login} could not sign in: {answer.status}")
    page = context.new_page()
    page.goto(f"{address}/desk")
    page.wait_for_selector(".desk[data-list=ready]")
    page.fill("#desk-text", code)
    page.press("#desk-text", "Enter")
    page.wait_for_function(ALONE)
    page.click("#desk-grid .ag-row [col-id=township]")
    page.wait_for_selector("#desk-actions [data-act=assign]")
    return page


def _wait(one: Page, two: Page, number: int, unit: str, name: str) -> float:
    """Seconds from one desk's act until the other's row says the unit."""
    begun, version = one.evaluate(ACT, [number + 1_000_000, unit])
    two.wait_for_function(SHOWN, arg=name, timeout=PATIENCE)
    one.wait_for_function(LATER, arg=version, timeout=PATIENCE)
    seen: float = two.evaluate("window.seen.at(-1)[0]")
    return (seen - float(begun)) / 1000
