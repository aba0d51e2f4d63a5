"""From an operator's word to a colleague's screen: two real browsers at the desk; one reassigns, the other notes when.

Once while nobody else is there, and once while thirty operators act at the same dashboard, none of whose acts may be lost.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from bench.figures import Figure, delays
from bench.installation import Failed, Installation, Kind
from bench.operators import OPERATORS, PACE, SHARED, Acted, Shift, work
from bench.screen import chromium
from bench.stand import Stand
from bench.workload import CONFIG
from casework.county import County
from casework.roles import Account, Role, sight_of
from casework.vocabulary import Status
from config.county import load_county
from config.rules import load_rules
from db import accounts, journal
from db.database import Database, Session
from db.models import JournalEntry
from db.passwords import Passwords
from db.queries.queue import Order, queue_page
from db.queries.queue_filter import Filter
from db.vault import Vault
from tests.dashboard.operators import Seen

TARGET: Final = "≤ 300 ms"
ACTS: Final = 40
AFTER: Final = 1_000_000  # numbers of questions that the page itself does not come to
ROWS: Final = 200  # among which there are enough to work on
DONE: Final = "done"
KINDS: Final = (DONE, "stale", "refused")
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
NOTE_ANSWERS: Final = """() => {
    const { act } = window.dash_clientside, told = act.told;
    act.told = (answer) => {
        if (answer) window.answered = [answer.n, answer.kind];
        return told(answer);
    };
}"""
ANSWERED: Final = "(n) => window.answered && window.answered[0] === n && window.answered[1]"
LATER: Final = "(version) => bihuan.desk.current().version > version"
ACT: Final = """([n, unit]) => {
    const { code, version } = bihuan.desk.current();
    const told = { n, do: "act", form: "assign", cases: [{ code, version }], fields: { unit, reason: "量测" } };
    window.dash_clientside.set_props("act-ask", { data: told });
    return [performance.timeOrigin + performance.now(), version];
}"""


def title(stand: Stand) -> str:
    return (
        f"desk_actions: {ACTS} reassignments at one desk until they show at another, both in Chromium; then beside {OPERATORS} "
        f"operators who act at once, each every {PACE[0]:g} to {PACE[1]:g} s, for {stand.options.seconds:g} s"
    )


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    installation = stand.county(kind)
    with closing(Database(installation.url)) as database, installation.serving() as dashboard, chromium() as browser:
        room = _prepare(installation, database)
        one, two = (_desk(browser, dashboard.address, login, room.code) for login in LOGINS)
        one.evaluate(NOTE_ANSWERS)
        two.evaluate(NOTE_UNITS)
        numbers, beside = count(1), list[float]()
        stand.say(f"{kind}: {ACTS} reassignments")
        alone = [_wait(one, two, next(numbers), room.units) for _ in range(ACTS)]
        stand.say(f"{kind}: the same beside {OPERATORS} operators")
        shift = Shift(dashboard.address, room.tokens, room.own, room.shared, room.codes, stand.options.seconds)
        before = _position(database)
        working = stand.sender.submit(work, shift)
        while not working.done():
            beside.append(_wait(one, two, next(numbers), room.units))
        acts = working.result()
        written = _written(database, before)
    return [
        *delays("visible at the other desk", alone, {95: TARGET}),
        *delays(f"beside {OPERATORS}: visible at the other desk", beside, {95: TARGET}),
        *delays(f"beside {OPERATORS}: an operator's answer", [act.seconds for act in acts], {}),
        *(Figure(f"beside {OPERATORS}: acts {each}", f"{sum(act.kind == each for act in acts)}") for each in KINDS),
        Figure(f"beside {OPERATORS}: acts lost, or written otherwise", f"{lost(acts, written)}", "0"),
    ]


class Room(NamedTuple):
    """The browsers' case and the two other units (code, name) it goes to and fro between; what the thirty operators work with."""

    code: str
    units: Sequence[tuple[str, str]]
    tokens: Sequence[str]
    own: Sequence[Seen]
    shared: Sequence[Seen]
    codes: Sequence[str]


def _prepare(installation: Installation, database: Database) -> Room:
    """Everybody's account and session, and cases that are in some unit's hands."""
    county, at = load_county(CONFIG / "county.toml"), datetime.now(UTC)
    stored, vault = Passwords().stored(PASSWORD), Vault([installation.vault_key])
    with database.write() as session:
        people = [_operator(session, county, login, stored, at) for login in LOGINS]
        others = [_operator(session, county, f"{LOGINS[0]}-{number}", stored, at) for number in range(OPERATORS)]
        tokens = [accounts.begin_session(session, each.id, at, "127.0.0.1", "bench") for each in others]
    wanted = Filter(statuses=frozenset({Status.HANDLING}))
    with database.read() as session:
        sight, rules = sight_of(people[0], county), load_rules(CONFIG)
        found = queue_page(session, sight, wanted, Order(), 0, ROWS, at, vault=vault, rules=rules)
    fit = (row for row in found.rows if row.reports == 1 and row.paused_at is None)
    first, *rest = [Seen(row.code, row.version, row.unit_code) for row in fit]
    own, shared = rest[:OPERATORS], rest[OPERATORS : OPERATORS + SHARED]
    units = [(unit.code, unit.name) for unit in county.departments if unit.code != first.unit]
    return Room(first.code, units[:2], tokens, own, shared, [code for code, _ in units])


def _operator(session: Session, county: County, login: str, stored: str, at: datetime) -> Account:
    return accounts.add_account(
        session, county, login=login, name=login, role=Role.OPERATOR, unit=None, password_hash=stored, at=at
    )


def _position(database: Database) -> int:
    with database.read() as session:
        return journal.position(session)


def _written(database: Database, after: int) -> Counter[str]:
    """How often each reason stands in the journal after an entry."""
    since = select(JournalEntry.payload).where(JournalEntry.id > after)
    with database.read() as session:
        return Counter(payload.get("reason", "") for payload in session.scalars(since))


def lost(acts: Sequence[Acted], written: Counter[str]) -> int:
    """How many acts the journal does not have as they were answered: once if done, else not at all."""
    return sum(written[act.reason] != (act.kind == DONE) for act in acts)


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


def _wait(one: Page, two: Page, number: int, units: Sequence[tuple[str, str]]) -> float:
    """Seconds from one desk's act until the other's row says the unit. Whoever acts has the answer before acting again."""
    unit, name = units[number % 2]
    begun, version = one.evaluate(ACT, [number + AFTER, unit])
    kind = one.wait_for_function(ANSWERED, arg=number + AFTER, timeout=PATIENCE).json_value()
    if kind != DONE:
        raise Failed(f"a reassignment that nobody disputed was answered with {kind}")
    two.wait_for_function(SHOWN, arg=name, timeout=PATIENCE)
    one.wait_for_function(LATER, arg=version, timeout=PATIENCE)
    seen: float = two.evaluate("window.seen.at(-1)[0]")
    return (seen - float(begun)) / 1000
