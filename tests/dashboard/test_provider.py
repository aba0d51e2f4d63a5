"""Signing in with an identity provider: a real one on 127.0.0.1, that can be told to lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.testclient import TestClient

from casework.roles import Role
from dashboard.provider import OpenIdProvider, Registration
from db import accounts
from tests.dashboard.offices import BASE, Office, county
from tests.records import VAULT

BACK = f"{BASE}/sign-in/provider/back"


class FakeProvider:
    """Vouches for `subject`. `claims` overrides what it says; `key` signs, and may be another than it publishes."""

    def __init__(self) -> None:
        self.subject = "sub-1"
        self.claims: dict[str, Any] = {}
        self.published = RSAKey.generate_key(2048)
        self.key = self.published
        self.asked: dict[str, str] = {}
        self.issuer = ""

    def authorise(self, address: str) -> str:
        """What a browser that was led here brings back: the query of the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["redirect_uri"] == BACK
        assert asked["code_challenge_method"] == "S256"
        self.asked = asked
        return f"code=once&state={asked['state']}"

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        verifier = form["code_verifier"][0]
        digest = hashlib.sha256(verifier.encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        told = {
            "iss": self.issuer,
            "aud": "bihuan",
            "sub": self.subject,
            "nonce": self.asked["nonce"],
            "exp": int(time.time()) + 300,
        } | self.claims
        return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode({"alg": "RS256"}, told, self.key)}

    @contextmanager
    def serving(self) -> Iterator[None]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                at = provider.issuer
                self._answer(
                    KeySet([provider.published]).as_dict(private=False)
                    if self.path == "/keys"
                    else {
                        "issuer": at,
                        "authorization_endpoint": f"{at}/authorise",
                        "token_endpoint": f"{at}/token",
                        "jwks_uri": f"{at}/keys",
                    }
                )

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self._answer(provider.token(parse_qs(body)))

            def _answer(self, told: object) -> None:
                body = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Nothing is logged."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def made() -> FakeProvider:
    """Its keys take a while to make."""
    return FakeProvider()


@pytest.fixture
def provider(made: FakeProvider) -> Iterator[FakeProvider]:
    made.subject, made.claims, made.key = "sub-1", {}, made.published
    with made.serving():
        yield made


@pytest.fixture
def client(office: Office, provider: FakeProvider) -> Iterator[TestClient]:
    office.provider = OpenIdProvider(Registration(provider.issuer, "bihuan", "secret", BACK), VAULT)
    with office.database.write() as session:
        accounts.add_account(
            session, county(), login="zhangmin", name="张敏", role=Role.OPERATOR, unit=None, password_hash=None,
            at=office.now(), subject="sub-1",
        )  # fmt: skip
    with office.client() as client:
        yield client


def there_and_back(client: TestClient, provider: FakeProvider) -> httpx2.Response:
    away = client.get("/sign-in/provider?next=/ops")
    assert away.status_code == 303
    return client.get(f"/sign-in/provider/back?{provider.authorise(away.headers['location'])}")


def test_whom_the_provider_vouches_for_is_signed_in(client: TestClient, provider: FakeProvider) -> None:
    answer = there_and_back(client, provider)
    assert answer.status_code == 200
    assert "url=/ops" in answer.text
    assert client.get("/desk").status_code == 200


def test_who_has_no_account_here_is_told_so(client: TestClient, provider: FakeProvider) -> None:
    provider.subject = "sub-2"
    answer = there_and_back(client, provider)
    assert answer.status_code == 403
    assert "没有您的账号" in answer.text
    assert client.get("/desk").status_code == 303


@pytest.mark.parametrize(
    "claims", [{"iss": "http://127.0.0.1:1"}, {"aud": "another"}, {"nonce": "another"}, {"exp": 1}, {"sub": ""}]
)
def test_a_token_that_is_not_for_us_signs_nobody_in(
    client: TestClient, provider: FakeProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert there_and_back(client, provider).status_code == 403
    assert client.get("/desk").status_code == 303


def test_a_token_signed_by_somebody_else_signs_nobody_in(client: TestClient, provider: FakeProvider) -> None:
    provider.key = RSAKey.generate_key(2048)
    assert there_and_back(client, provider).status_code == 403


def test_an_answer_nobody_asked_for_signs_nobody_in(client: TestClient, provider: FakeProvider) -> None:
    client.get("/sign-in/provider")
    assert client.get("/sign-in/provider/back?code=once&state=another").status_code == 403
    client.cookies.clear()
    assert client.get("/sign-in/provider/back?code=once&state=").status_code == 403


def test_the_form_offers_the_provider_only_where_there_is_one(client: TestClient, office: Office) -> None:
    assert "/sign-in/provider" in client.get("/sign-in").text
    office.provider = None
    with office.client() as without:
        assert "/sign-in/provider" not in without.get("/sign-in").text
        assert without.get("/sign-in/provider").status_code == 404
