"""What each address answers, and to whom."""

from collections.abc import Iterator

import orjson
import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from dashboard.auth import Access
from tests.dashboard.conftest import eventually, make_app
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
    access = Access(link_is_valid=lambda link: link == "good", metrics_token="secret")
    with client_of(source, access, ("10.0.0.7", 50000)) as client:
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
    assert headers["referrer-policy"] == "no-referrer"


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


def test_a_device_link_is_turned_into_a_cookie_that_opens_the_wall(
    stranger: TestClient,
) -> None:
    assert stranger.get("/wall-link/bad").status_code == 403
    answer = stranger.get("/wall-link/good")
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert stranger.get("/wall").status_code == 200


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
    [{}, {"origin": "http://evil.example"}, {**ORIGIN, "x-forwarded-for": "1.2.3.4"}],
)
def test_the_live_socket_is_closed_to_others(client: TestClient, headers: dict[str, str]) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(LIVE, headers=headers),
    ):
        pass


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
        assert closing_code(socket) == 1008


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
