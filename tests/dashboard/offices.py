"""An office at work, for tests: a county with cases and one account of each role, and how one signs in to it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx2
from argon2 import PasswordHasher
from dash import Dash
from playwright.sync_api import BrowserContext, Page
from starlette.testclient import TestClient

from casework.county import County
from casework.roles import Account, Role
from casework.rules import Rules
from casework.vocabulary import Feed
from config.county import load_county
from config.locale import load
from dashboard.app import create_app
from dashboard.auth import Access
from dashboard.door import Provider
from dashboard.live.clock import Clock
from dashboard.live.source import DatabaseWall, WallSource
from dashboard.reviewing import ReviewSource
from dashboard.words import Languages
from dashboard.workplace import Workplace
from db import accounts
from db.database import Database
from db.inbox import Recorder
from db.journal import Follower
from db.letters import Letters
from db.message import Message
from db.passwords import Passwords
from db.sign_ins import DatabaseSignIns
from tests.dashboard.conftest import COUNTY_MAP, PLAN, RunningServer, free_port
from tests.db.centre import Centre
from tests.records import CONFIG, READERS, VAULT, call, event, order

BASE = "http://127.0.0.1:8050"
ORIGIN = {"origin": BASE}
PASSWORD = "a long enough password"


@cache
def county() -> County:
    """The demo county, coarsely drawn: a precise map takes long to make, and is not what these tests are about."""
    drawn = load_county(CONFIG / "county.toml")
    coarse = {each.code: tuple(ring[:: max(1, len(ring) // 12)] for ring in each.outline) for each in drawn.townships}
    return replace(drawn, townships=tuple(replace(each, outline=coarse[each.code]) for each in drawn.townships))


@cache
def languages() -> Languages:
    return load()


@cache
def passwords() -> Passwords:
    """As cheap as they can be: what they cost is not what these tests are about."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@cache
def stored_password() -> str:
    return passwords().stored(PASSWORD)


def read_again(feed: str, body: bytes, at: datetime) -> list[Message]:
    """A dead letter, read once more."""
    return [message for message, _ in READERS[Feed(feed)].read(body, at)]


class EndingWall(DatabaseWall):
    """One whose follower does not wait out its second when the test is over."""

    followers: tuple[Follower, ...] = ()

    def follower(self) -> Follower:
        self.followers += (super().follower(),)
        return self.followers[-1]

    def end(self) -> None:
        for follower in self.followers:
            follower.close()


@dataclass
class Office:
    """One office: its database, its clock, its people. `now` may be moved."""

    database: Database
    rules: Rules
    centre: Centre
    people: dict[str, Account] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    provider: Provider | None = None
    reviews: ReviewSource | None = None

    def time(self) -> datetime:
        """What the office's clock says, however often it was moved."""
        return self.now()

    def add(self, login: str, role: Role, unit: str | None = None, name: str | None = None) -> Account:
        with self.database.write() as session:
            self.people[login] = accounts.add_account(
                session,
                county(),
                login=login,
                name=name or login,
                role=role,
                unit=unit,
                password_hash=stored_password(),
                at=self.now() - timedelta(days=1),
            )
        return self.people[login]

    def like_this(self, database: Database, recorder: Recorder) -> "Office":
        """The same office in a copy of its database."""
        centre = Centre(database, recorder, first=1 + self.centre.position())
        return replace(self, database=database, centre=centre, people=dict(self.people))

    def wall(self) -> "EndingWall":
        townships = {unit.code: unit.township for unit in county().units if unit.township is not None}
        return EndingWall(self.database, self.rules, townships)

    def app(self, wall: WallSource | None = None) -> Dash:
        clock = Clock(now=self.time)
        return create_app(
            source=wall or self.wall(),
            names=county(),
            centre_name=county().centre_name,
            county_map=COUNTY_MAP,
            plan=PLAN,
            languages=languages(),
            access=Access(),
            workplace=Workplace(
                self.database, VAULT, self.rules, county(), county().centre_name, languages(), clock, self.reviews
            ),
            sign_ins=DatabaseSignIns(self.database, VAULT, self.time, passwords()),
            provider=self.provider,
            letters=Letters(self.database, VAULT, self.centre.recorder, read_again),
            passwords=passwords(),
            clock=clock,
        )

    @contextmanager
    def client(self, login: str | None = None) -> Iterator[TestClient]:
        """A browser without a screen, signed in as `login`."""
        wall = self.wall()
        with TestClient(
            self.app(wall).server, base_url=BASE, client=("127.0.0.1", 50000), follow_redirects=False,
            raise_server_exceptions=False,
        ) as client:  # fmt: skip
            if login is not None:
                sign_in(client, login)
            yield client
            wall.end()

    @contextmanager
    def served(self) -> Iterator[RunningServer]:
        wall = self.wall()
        server = RunningServer(self.app(wall), free_port()).start()
        try:
            yield server
        finally:
            wall.end()
            server.stop()


def new_office(database: Database, rules: Rules, recorder: Recorder) -> Office:
    """An office with one account of each role: `operator`, `leader`, `township`, `other-township`, `department`, `village`,
    `auditor` and `administrator`. Three cases: a hotline order in the first township, held by the department; a 110 slip there,
    held by the station; a grid report in the other township, held by its centre."""
    office = Office(database, rules, Centre(database, recorder))
    first, other = county().townships[:2]
    village = county().villages_of(first.code)[0]
    department = county().departments[0]
    for login, role, unit in (
        ("operator", Role.OPERATOR, None),
        ("leader", Role.LEADER, None),
        ("township", Role.TOWNSHIP, first.centre),
        ("other-township", Role.TOWNSHIP, other.centre),
        ("department", Role.DEPARTMENT, department.code),
        ("village", Role.GRID, village.code),
        ("auditor", Role.AUDITOR, None),
        ("administrator", Role.ADMINISTRATOR, None),
    ):
        office.add(login, role, unit)
    office.centre.hear(Feed.HOTLINE12345, order(areaCode=first.code, organizationCode=department.code))
    office.centre.hear(Feed.POLICE110, call(gxdwdm=first.station, cbdwdm=first.station))
    office.centre.hear(Feed.GRID, event(streetCode=other.code, dealDeptCode=other.centre))
    return office


def sign_in(client: TestClient, login: str, password: str = PASSWORD) -> httpx2.Response:
    """Sign in by the form, and keep the cookie."""
    return client.post("/sign-in", data={"login": login, "password": password, "next": "/desk"}, headers=ORIGIN)


def sign_in_on(page: Page, address: str, login: str, then: str = "/desk") -> None:
    """The same with a real browser."""
    page.goto(f"{address}{then}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("#office-masthead-inner")


def sign_in_by_hand(context: BrowserContext, address: str, login: str) -> None:
    """The same with no page shown; whatever this browser opens next is signed in."""
    told: dict[str, str | float | bool] = {"login": login, "password": PASSWORD, "next": "/desk"}
    context.request.post(f"{address}/sign-in", form=told, headers={"origin": address}, max_redirects=0)


def callback(client: TestClient, output: str, inputs: Mapping[str, Any], state: Mapping[str, Any] | None = None,
             changed: str | None = None) -> httpx2.Response:  # fmt: skip
    """Ask a callback as the browser does, by hand. `output` "a.children" or "..a.children...b.data.."; `inputs` and `state`
    by "id.property"."""
    named = output.strip(".").split("...") if output.startswith("..") else [output]
    outputs = [{"id": each.rpartition(".")[0], "property": each.rpartition(".")[2]} for each in named]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [_told(name, value) for name, value in inputs.items()],
        "state": [_told(name, value) for name, value in (state or {}).items()],
        "changedPropIds": [changed or next(iter(inputs))],
    }
    return client.post("/office/_dash-update-component", json=body, headers=ORIGIN)


def _told(name: str, value: Any) -> dict[str, Any]:
    component, _, prop = name.rpartition(".")
    return {"id": component, "property": prop, "value": value}
