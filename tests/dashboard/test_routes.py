"""What each address answers, and to whom."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx2
import orjson
import pytest
from playwright.sync_api import BrowserContext
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from dashboard.auth import Access
from db.database import Database, DatabaseAway
from db.device_links import OPEN_WITHIN, DatabaseLinks, InForce, Opened, links, new_link, revoke_links
from tests.dashboard.conftest import RunningServer, eventually, free_port, make_app
from tests.dashboard.fakes import FakeWall

HERE = ("127.0.0.1", 50000)
BASE = "http://127.0.0.1:8050"
ORIGIN = {"origin": BASE}
LIVE = "ws://127.0.0.1:8050/live/wall"


def client_of(source: FakeWall, access: Access | None = None, peer: tuple[str, int] = HERE) -> TestClient:
    app = make_app(source, access)
    return TestClient(
        app.server,
        base_url=BASE,
        client=peer,
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@pytest.fixture
def source() -> FakeWall:
    return FakeWall()


@pytest.fixture
def client(source: FakeWall) -> Iterator[TestClient]:
    with client_of(source) as client:
        yield client


@pytest.fixture
def stranger(source: FakeWall) -> Iterator[TestClient]:
    with client_of(source, Access(metrics_token="secret"), ("10.0.0.7", 50000)) as client:
        yield client


def test_the_root_leads_to_the_wall(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/wall")


def test_the_wall_is_a_page_of_ours_alone(client: TestClient) -> None:
    answer = client.get("/wall")
    assert answer.status_code == 200
    assert "wall.js" in answer.text
    assert "https://" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/desk",
        "/docs",
        "/openapi.json",
        "/_reload-hash",
        "/assets/../run.py",
        "/wall/x",
    ],
)
def test_other_addresses_are_a_calm_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/", "/wall", "/desk", "/healthz", "/metrics", "/_dash-layout", "/assets/wall.js"],
)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_a_stranger_gets_one_sentence_in_both_languages_and_no_login(
    stranger: TestClient,
) -> None:
    for path in (
        "/wall",
        "/",
        "/_dash-layout",
        "/_dash-dependencies",
        "/assets/wall.js",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 403
        assert "许可" in answer.text
        assert "admitted" in answer.text
        assert "script-src" in answer.headers["content-security-policy"]


def test_health_is_open_to_strangers_and_metrics_are_not(stranger: TestClient) -> None:
    assert eventually(lambda: stranger.get("/healthz").json()["ok"])
    assert stranger.get("/metrics").status_code == 403
    assert stranger.get("/metrics", headers={"authorization": "Bearer secret"}).status_code == 200


def test_this_machine_behind_a_proxy_is_a_stranger(client: TestClient) -> None:
    assert client.get("/wall", headers={"x-forwarded-for": "10.0.0.7"}).status_code == 403


def test_health_tells_status_and_nothing_else(client: TestClient, source: FakeWall) -> None:
    assert eventually(lambda: client.get("/healthz").json()["ok"])
    told = client.get("/healthz").json()
    assert set(told) == {
        "ok",
        "database",
        "position",
        "follower",
        "frame_age_seconds",
        "errors",
    }
    source.away = True
    assert eventually(lambda: client.get("/healthz").status_code == 503)
    assert client.get("/healthz").json()["database"] == "away"
    source.away = False
    assert eventually(lambda: client.get("/healthz").status_code == 200)


def test_health_is_bad_when_the_projector_fails_of_something_else(client: TestClient, source: FakeWall) -> None:
    assert eventually(lambda: client.get("/healthz").json()["ok"])
    source.broken = True
    assert eventually(lambda: client.get("/healthz").status_code == 503)


def test_metrics_count_frames_and_tell_each_feeds_state(client: TestClient) -> None:
    assert eventually(lambda: client.get("/healthz").json()["ok"])
    text = client.get("/metrics").text
    assert "bihuan_frames_total 1.0" in text
    assert 'bihuan_feed_state{feed="grid",state="connected"} 1.0' in text
    assert "bihuan_database_up 1.0" in text


def test_the_live_socket_begins_with_the_newest_frame_and_goes_on_with_beats(
    client: TestClient,
) -> None:
    assert eventually(lambda: client.get("/healthz").json()["ok"])
    with client.websocket_connect(LIVE, headers=ORIGIN) as socket:
        first = orjson.loads(socket.receive_bytes())
        second = orjson.loads(socket.receive_bytes())
    assert first["type"] == "frame"
    assert first["body"]["headline"]["open"] == 342
    assert (second["type"], second["seq"]) == ("beat", first["seq"])


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://evil.example"}, {"origin": "http://evil.example", "x-forwarded-for": "1.2.3.4"}],
)
def test_the_live_socket_is_closed_to_other_pages(client: TestClient, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(LIVE, headers=headers),
    ):
        pass


def test_a_wall_that_is_not_admitted_is_told_so_by_a_code_and_nothing_else(client: TestClient) -> None:
    assert eventually(lambda: client.get("/healthz").json()["ok"])
    with client.websocket_connect(LIVE, headers={**ORIGIN, "x-forwarded-for": "1.2.3.4"}) as socket:
        message = socket.receive()
    assert (message["type"], message["code"]) == ("websocket.close", 4403)


def test_dashs_own_socket_is_closed_to_everybody(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1:8050/_dash-ws-callback", headers=ORIGIN),
    ):
        pass


def closing_code(socket: WebSocketTestSession) -> int:
    """Read until the server closes."""
    while True:
        message = socket.receive()
        if message["type"] == "websocket.close":
            code: int = message["code"]
            return code


@pytest.mark.parametrize("chatter", [["x" * 300], ["hello"] * 25])
def test_a_screen_that_chatters_is_shown_out(client: TestClient, chatter: list[str]) -> None:
    with client.websocket_connect(LIVE, headers=ORIGIN) as socket:
        for words in chatter:
            socket.send_text(words)
        assert closing_code(socket) == 4408


def test_a_callback_from_another_site_or_of_great_size_is_refused(
    client: TestClient,
) -> None:
    path = "/_dash-update-component"
    assert client.post(path, json={}, headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post(path, content=b"{" + b" " * 70_000 + b"}").status_code == 413


def test_a_callback_that_fails_shows_nothing_of_why(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.post(
        "/_dash-update-component",
        json={"output": "王小明.x", "inputs": [], "changedPropIds": []},
    )
    assert answer.status_code == 500
    assert "王小明" not in answer.text + caplog.text
    assert "Traceback" not in answer.text


class Door(DatabaseLinks):
    """The links of a real database that can go away; `ahead` is how far its clock is."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, lambda: datetime.now(UTC) + self.ahead)
        self.database = database
        self.ahead = timedelta()
        self.away = False

    def open(self, token: str) -> Opened:
        self._be_there()
        return super().open(token)

    def in_force(self) -> Mapping[int, InForce]:
        self._be_there()
        return super().in_force()

    def mark_seen(self, link_ids: Collection[int]) -> None:
        self._be_there()
        super().mark_seen(link_ids)

    def _be_there(self) -> None:
        if self.away:
            raise DatabaseAway("gone")

    def link(self, name: str = "大厅") -> str:
        """The path a new link is opened by."""
        with self.database.write() as session:
            return f"/wall-link/{new_link(session, name, datetime.now(UTC))}"

    def revoke(self, name: str) -> None:
        with self.database.write() as session:
            assert revoke_links(session, name, datetime.now(UTC)) == 1

    def bound(self) -> list[bool]:
        with self.database.read() as session:
            return [link.bound_at is not None for link in links(session)]


class Display:
    """A browser of its own, as far as cookies go."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.http = httpx2.Client(base_url=server.address)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def listen(self) -> ClientConnection:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return connect(
            f"ws://127.0.0.1:{self.server.port}/live/wall",
            additional_headers={"Origin": self.server.address, "Cookie": cookies},
            proxy=None,
        )


Displays = Callable[[], Display]


@pytest.fixture
def door(database: Database) -> Door:
    return Door(database)


@pytest.fixture
def server(source: FakeWall, door: Door) -> Iterator[RunningServer]:
    """Every wall needs a link, this machine's too."""
    server = RunningServer(make_app(source, Access("link", door)), free_port()).start()
    assert eventually(lambda: httpx2.get(f"{server.address}/healthz").is_success)
    yield server
    server.stop()


@pytest.fixture
def displays(server: RunningServer) -> Iterator[Displays]:
    """Displays from the factory: no cookies yet."""
    made: list[Display] = []

    def make() -> Display:
        made.append(Display(server))
        return made[-1]

    yield make
    for display in made:
        display.http.close()


def is_sent_to_the_wall(answer: httpx2.Response) -> bool:
    return answer.status_code == 200 and 'http-equiv="refresh" content="0; url=/"' in answer.text


def last_words(line: ClientConnection, within: float = 10.0) -> tuple[int | None, int]:
    """The code a line is closed with, and how many messages came before."""
    end, heard = time.monotonic() + within, 0
    try:
        while time.monotonic() < end:
            line.recv(timeout=end - time.monotonic())
            heard += 1
    except ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else None, heard
    except TimeoutError:
        pass
    return None, heard


def test_the_first_display_that_opens_a_link_has_the_wall(displays: Displays, door: Door) -> None:
    path, hall = door.link(), displays()
    assert hall.get("/wall").status_code == 403
    answer = hall.get(path)
    assert is_sent_to_the_wall(answer)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie.split("; ")
    assert f"max-age={400 * 24 * 3600}" in cookie
    assert path.removeprefix("/wall-link/") not in answer.headers["set-cookie"]
    assert hall.get("/wall").status_code == 200
    with hall.listen() as line:
        assert orjson.loads(line.recv(timeout=5))["type"] == "frame"


def test_the_cookie_is_for_tls_alone_where_there_is_tls(displays: Displays, door: Door) -> None:
    answer = displays().get(door.link(), x_forwarded_proto="https")
    assert "secure" in answer.headers["set-cookie"].lower().split("; ")


def test_a_bound_link_leads_its_own_display_to_the_wall_and_refuses_another(displays: Displays, door: Door) -> None:
    path, hall, other, third = door.link("大厅"), displays(), displays(), displays()
    assert is_sent_to_the_wall(hall.get(path))
    assert is_sent_to_the_wall(third.get(door.link("值班室")))
    assert is_sent_to_the_wall(hall.get(path))
    for stranger in (other, third):  # the third is admitted by a link of its own
        answer = stranger.get(path)
        assert answer.status_code == 403
        assert "绑定" in answer.text
        assert "run.py wall-link new" in answer.text
        assert "set-cookie" not in answer.headers
    assert other.get("/wall").status_code == 403


def test_the_links_token_opens_nothing_itself(displays: Displays, door: Door) -> None:
    path, hall, other = door.link(), displays(), displays()
    token = path.removeprefix("/wall-link/")
    hall.get(path)
    for cookie in (token, f"1.{token}"):
        assert other.get("/wall", cookie=f"bihuan_link={cookie}").status_code == 403


def test_a_link_opened_too_late_is_refused(displays: Displays, door: Door) -> None:
    path = door.link()
    door.ahead = OPEN_WITHIN
    answer = displays().get(path)
    assert answer.status_code == 403
    assert "失效" in answer.text
    assert "run.py wall-link new" in answer.text
    assert door.bound() == [False]


def test_only_opening_a_link_binds_it(displays: Displays, door: Door) -> None:
    path, hall = door.link(), displays()
    assert hall.http.head(path).status_code == 405
    assert hall.http.post(path).status_code == 405
    assert door.bound() == [False]


def test_a_token_is_told_to_nobody(displays: Displays, door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="dashboard")
    caplog.set_level("DEBUG", logger="uvicorn")
    path, hall = door.link(), displays()
    token = path.removeprefix("/wall-link/")
    door.away = True
    answers = [hall.get(path)]
    door.away = False
    answers += [hall.get(path), displays().get(path), hall.get(f"/wall-link/{token}x")]
    assert [answer.status_code for answer in answers] == [500, 200, 403, 403]
    for answer in answers:
        assert token not in answer.text + repr(answer.headers)
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
    assert "DatabaseAway" in caplog.text
    assert token not in caplog.text


def test_a_link_opens_the_wall_and_nothing_else(displays: Displays, door: Door) -> None:
    hall = displays()
    hall.get(door.link())
    assert hall.get("/wall").status_code == 200
    assert hall.get("/metrics", x_forwarded_for="10.0.0.7").status_code == 403
    for path in ("/ops", "/desk", "/case/YC-20261121-00042", "/review/2026-W47"):
        assert hall.get(path).status_code == 404


def test_revoking_puts_out_an_open_wall_within_two_seconds_and_no_other(displays: Displays, door: Door) -> None:
    hall, office = displays(), displays()
    hall.get(door.link("大厅"))
    office.get(door.link("值班室"))
    with hall.listen() as line, office.listen() as other:
        line.recv(timeout=5)
        door.revoke("大厅")
        revoked = time.monotonic()
        assert last_words(line)[0] == 4403
        assert time.monotonic() - revoked < 2
        assert last_words(other, within=1)[0] is None
    with hall.listen() as line:
        assert last_words(line) == (4403, 0)
    answer = hall.get("/wall")
    assert answer.status_code == 403
    assert "收回" in answer.text
    assert is_sent_to_the_wall(hall.get(door.link("大厅")))
    with hall.listen() as line:
        assert orjson.loads(line.recv(timeout=5))["type"] == "frame"


def test_a_wall_stays_lit_while_the_database_is_away(displays: Displays, door: Door) -> None:
    hall = displays()
    hall.get(door.link())
    with hall.listen() as line:
        line.recv(timeout=5)
        door.away = True
        code, heard = last_words(line, within=3)
        assert code is None
        assert heard >= 4
    assert hall.get("/wall").status_code == 200


def test_a_server_that_could_never_ask_tells_no_wall_to_go(displays: Displays, door: Door, source: FakeWall) -> None:
    hall = displays()
    hall.get(door.link())
    fresh = RunningServer(make_app(source, Access("link", door)), free_port()).start()
    hall.server, door.away = fresh, True
    try:
        with pytest.raises(InvalidStatus):
            hall.listen()
        door.away = False
        with hall.listen() as line:
            assert orjson.loads(line.recv(timeout=5))["type"] in {"frame", "beat"}
    finally:
        fresh.stop()


def test_a_display_keeps_its_cookie_anew_whenever_its_line_opens(displays: Displays, door: Door) -> None:
    hall = displays()
    given = hall.get(door.link()).headers["set-cookie"]
    with hall.listen() as line:
        assert line.response is not None
        assert line.response.headers["set-cookie"] == given


@pytest.mark.browser
def test_a_link_clicked_in_a_message_opens_the_wall(server: RunningServer, door: Door, display: BrowserContext) -> None:
    """From another site: a strict cookie set beside a redirect would not be sent along."""
    path, page = door.link(), display.new_page()
    page.goto(f"http://localhost:{server.port}/healthz")
    with page.expect_response(f"{server.address}/wall", timeout=10_000) as answer:
        page.evaluate("address => { location.href = address }", f"{server.address}{path}")
    assert answer.value.status == 200
    assert door.bound() == [True]


STAGE = {"scene": "heat"}


@pytest.mark.parametrize("origin", [None, "null", "http://elsewhere.example"])
def test_only_our_own_page_puts_a_scene_on_the_walls(origin: str | None) -> None:
    source = FakeWall()
    server = RunningServer(make_app(source), free_port()).start()
    try:
        with httpx2.Client(base_url=server.address) as client:
            headers = {"origin": origin} if origin is not None else {}
            assert client.post("/live/stage", json=STAGE, headers=headers).status_code == 403
            assert source.staged is None
            ours = {"origin": server.address}
            assert client.post("/live/stage", json={"scene": "weather"}, headers=ours).status_code == 400
            assert client.post("/live/stage", content=b"[[[", headers=ours).status_code == 400
            assert client.post("/live/stage", json=STAGE, headers=ours).status_code == 204
            assert source.staged is not None
            assert client.post("/live/stage", json={"scene": None}, headers=ours).status_code == 204
            assert source.staged is None
            source.away = True
            assert client.post("/live/stage", json=STAGE, headers=ours).status_code == 503
    finally:
        server.stop()
