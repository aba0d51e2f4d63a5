"""Signing in with an identity provider (OpenID Connect, authorisation code, PKCE), which vouches for a subject, not an account.

What is remembered between the way out and the way back travels in a sealed cookie, so that any dashboard process may answer.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard import notices
from dashboard.auth import came_encrypted
from dashboard.pages.sign_in import PROVIDER_PATH
from db.vault import Vault, VaultError

log = logging.getLogger(__name__)

COOKIE: Final = "bihuan_provider"
CONTEXT: Final = "provider cookie"
WITHIN_SECONDS: Final = 600
ANSWERS_WITHIN: Final = 10.0
LEEWAY_SECONDS: Final = 60
METADATA: Final = "/.well-known/openid-configuration"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class Registration:
    """How this centre is known to the provider. `redirect_url` is the public address of `/sign-in/provider/back`."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str


class OpenIdProvider:
    """One provider. Its metadata and keys are asked for when somebody signs in, and kept for a while."""

    def __init__(self, registration: Registration, vault: Vault) -> None:
        self._ours = registration
        self._vault = vault
        self._metadata: tuple[float, Mapping[str, Any]] = (float("-inf"), {})

    async def begin(self, request: Request, then: str) -> Response:
        """Lead the browser to the provider; 503 when that can't be reached."""
        try:
            metadata = await asyncio.to_thread(self._described)
        except (requests.RequestException, ValueError) as error:
            log.warning("the identity provider can't be reached: %s", type(error).__name__)
            return HTMLResponse(notices.BROKEN, 503)
        told = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": secrets.token_urlsafe(48),
            "then": then,
            "until": int(time.time()) + WITHIN_SECONDS,
        }
        address, _ = self._session().create_authorization_url(
            metadata["authorization_endpoint"],
            state=told["state"],
            nonce=told["nonce"],
            code_verifier=told["verifier"],
        )
        answer = RedirectResponse(address, 303)
        answer.set_cookie(
            COOKIE,
            self._vault.seal(orjson.dumps(told), CONTEXT).hex(),
            max_age=WITHIN_SECONDS,
            path=PROVIDER_PATH,
            httponly=True,
            secure=came_encrypted(request.scope),
            samesite="lax",  # the way back begins at the provider
        )
        return answer

    async def finish(self, request: Request) -> tuple[str, str] | None:
        """The subject the provider vouches for and where to go on; None, with the reason in the log, when it does not."""
        told = self._remembered(request.cookies.get(COOKIE, ""))
        code = request.query_params.get("code", "")
        if told is None or not code or not secrets.compare_digest(request.query_params.get("state", ""), told["state"]):
            log.warning("an answer of the identity provider belongs to nobody who set out from here")
            return None
        try:
            subject = await asyncio.to_thread(self._subject, code, told)
        except Exception as error:  # noqa: BLE001 - whatever it fails of, nobody is let in
            log.warning("the identity provider vouches for nobody: %s", type(error).__name__)
            return None
        return subject, told["then"]

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._ours.client_id,
            self._ours.client_secret,
            scope="openid",
            redirect_uri=self._ours.redirect_url,
            code_challenge_method="S256",
            default_timeout=ANSWERS_WITHIN,
        )

    def _described(self) -> Mapping[str, Any]:
        """The provider's metadata; raises `ValueError` when it is another's."""
        asked_at, known = self._metadata
        if time.monotonic() - asked_at < WITHIN_SECONDS:
            return known
        found = _fetched(self._ours.issuer.rstrip("/") + METADATA)
        if found.get("issuer") != self._ours.issuer:
            raise ValueError("the metadata is another issuer's")
        self._metadata = (time.monotonic(), found)
        return found

    def _subject(self, code: str, told: Mapping[str, Any]) -> str:
        metadata = self._described()
        with self._session() as session:
            given = session.fetch_token(metadata["token_endpoint"], code=code, code_verifier=told["verifier"])
        keys = KeySet.import_key_set(_fetched(metadata["jwks_uri"]))  # type: ignore[arg-type]  # it checks what it is given
        token = jwt.decode(given["id_token"], keys, algorithms=list(ALGORITHMS))
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._ours.issuer},
            aud={"essential": True, "value": self._ours.client_id},
            nonce={"essential": True, "value": told["nonce"]},
            exp={"essential": True},
            sub={"essential": True},
        )
        wanted.validate(token.claims)
        subject = token.claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise JoseError("no subject")
        return subject

    def _remembered(self, cookie: str) -> Mapping[str, Any] | None:
        try:
            told: Mapping[str, Any] = orjson.loads(self._vault.open(bytes.fromhex(cookie), CONTEXT))
        except (ValueError, VaultError):
            return None
        return told if told["until"] > time.time() else None


def _fetched(address: str) -> Mapping[str, Any]:
    answer = requests.get(address, timeout=ANSWERS_WITHIN, allow_redirects=False)
    answer.raise_for_status()
    found: Mapping[str, Any] = answer.json()
    return found
