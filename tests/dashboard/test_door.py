"""Who comes through the office's door, and who does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from db import accounts
from tests.dashboard.offices import BASE, ORIGIN, PASSWORD, Office, callback, sign_in, sign_in_on

OPEN_PAGE = "..masthead.children...page.children.."


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    with office.client() as client:
        yield client


def opened(client: TestClient, path: str) -> str:
    return callback(client, OPEN_PAGE, {"address.pathname": path, "address.search": ""}).text


def test_a_stranger_is_led_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/case/YC-20261120-00001")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/case/YC-20261120-00001")
    assert 'value="/case/YC-20261120-00001"' in client.get(answer.headers["location"]).text


def test_the_review_is_found_without_its_last_stroke(client: TestClient) -> None:
    answer = client.get("/review")
    assert (answer.status_code, answer.headers["location"]) == (307, "/review/")
    assert client.get("/review/").headers["location"] == "/sign-in?next=/review/"


@pytest.mark.parametrize(
    "path", ["/office/", "/office/_dash-layout", "/office/_dash-dependencies", "/office/assets/office.js"]
)
def test_nothing_of_the_office_is_served_to_a_stranger(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.text == ""


def test_a_stranger_reaches_no_callback(client: TestClient) -> None:
    assert callback(client, OPEN_PAGE, {"address.pathname": "/desk", "address.search": ""}).status_code == 401


def test_the_right_password_opens_the_desk(client: TestClient) -> None:
    answer = sign_in(client, "operator")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/desk").status_code == 200
    assert "operator" in opened(client, "/desk")


def test_over_tls_the_cookie_is_for_tls_alone(client: TestClient) -> None:
    told = {"login": "operator", "password": PASSWORD}
    answer = client.post("/sign-in", data=told, headers=ORIGIN | {"x-forwarded-proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("login", ["operator", "nobody"])
def test_a_wrong_password_says_the_same_of_every_login(client: TestClient, login: str) -> None:
    answer = sign_in(client, login, "not the password")
    assert answer.status_code == 403
    assert "账号或密码不对" in answer.text
    assert "set-cookie" not in answer.headers
    assert login not in answer.text


def test_guessing_locks_the_account_and_then_the_right_password_is_refused_too(client: TestClient) -> None:
    for _ in range(accounts.FAILURES_ALLOWED):
        sign_in(client, "operator", "not the password")
    answer = sign_in(client, "operator")
    assert answer.status_code == 403
    assert answer.text == sign_in(client, "nobody").text, "who guesses learns nothing of which logins there are"


def test_one_address_may_not_try_for_ever(client: TestClient) -> None:
    answers = [sign_in(client, f"nobody{number}", "x").status_code for number in range(25)]
    assert answers[0] == 403
    assert answers[-1] == 429


def test_a_shift_may_sign_in_at_once_behind_one_address(client: TestClient) -> None:
    assert {sign_in(client, "operator").status_code for _ in range(30)} == {303}


def test_another_sites_form_signs_nobody_in(client: TestClient) -> None:
    told = {"login": "operator", "password": PASSWORD}
    for headers in ({}, {"origin": "https://evil.example"}):
        answer = client.post("/sign-in", data=told, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "/desk//evil", "/desk\\@evil", "/wall"])
def test_signing_in_leads_nowhere_else(client: TestClient, then: str) -> None:
    told = {"login": "operator", "password": PASSWORD, "next": then}
    assert client.post("/sign-in", data=told, headers=ORIGIN).headers["location"] == "/desk"


def test_another_sites_page_reaches_no_callback(client: TestClient) -> None:
    sign_in(client, "operator")
    for headers in ({}, {"origin": "https://evil.example"}):
        assert client.post("/office/_dash-update-component", json={}, headers=headers).status_code == 403


def test_a_session_that_is_signed_out_opens_nothing(client: TestClient) -> None:
    sign_in(client, "operator")
    stolen = client.cookies["bihuan_session"]
    client.post("/sign-out", headers=ORIGIN)
    client.cookies.clear()
    client.cookies.set("bihuan_session", stolen)
    assert client.get("/desk").status_code == 303
    assert callback(client, OPEN_PAGE, {"address.pathname": "/desk", "address.search": ""}).status_code == 401


def test_signing_in_again_ends_the_session_the_browser_had(client: TestClient) -> None:
    sign_in(client, "operator")
    first = client.cookies["bihuan_session"]
    sign_in(client, "leader")
    second = client.cookies["bihuan_session"]
    assert first != second
    client.cookies.clear()
    client.cookies.set("bihuan_session", first)
    assert client.get("/desk").status_code == 303


def test_who_sees_no_case_begins_elsewhere(client: TestClient) -> None:
    assert sign_in(client, "administrator").headers["location"] == "/ops"


def test_the_form_works_in_a_real_browser(office: Office, display: BrowserContext) -> None:
    """A form's own post names its origin only under a referrer policy that lets it."""
    with office.served() as server:
        page = display.new_page()
        sign_in_on(page, server.address, "operator")
        assert page.url == f"{server.address}/desk"
        page.click(".office-out")
        page.wait_for_url("**/sign-in")


def test_a_disabled_account_is_out_at_once(office: Office, client: TestClient) -> None:
    sign_in(client, "operator")
    with office.database.write() as session:
        accounts.disable(session, "operator", office.now())
    assert office.now() > datetime(2026, 1, 1, tzinfo=UTC)
    later = office.now() + timedelta(seconds=1)
    office.now = lambda: later
    _until_refused(client)


def _until_refused(client: TestClient) -> None:
    for _ in range(200):
        if client.get("/desk").status_code == 303:
            return
    pytest.fail("the session went on")


def test_a_session_ends_after_a_shift(office: Office, client: TestClient) -> None:
    sign_in(client, "operator")
    later = office.now() + accounts.LASTS
    office.now = lambda: later
    _until_refused(client)


def test_a_page_is_only_for_who_has_the_right_to_it(client: TestClient) -> None:
    sign_in(client, "administrator")
    told = opened(client, "/desk")
    assert "这里没有内容" in told
    assert '"href":"\\u002fdesk' not in told


def test_a_wall_reaches_no_callback_of_the_office(client: TestClient) -> None:
    """The wall's own application knows nothing of the office's, whatever it is asked."""
    told = client.get("/_dash-dependencies").text
    assert "masthead" not in told


def test_the_office_is_no_way_to_the_walls_line(client: TestClient) -> None:
    sign_in(client, "operator")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"ws{BASE[4:]}/office/other", headers=ORIGIN):
        pass
