"""The office's door: everything for people who sign in is behind it, and nothing behind it is reached without a session.

It must not know what pages show. Walls and their links are `auth`'s; the two know nothing of each other's cookies.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from casework.county import County
from casework.roles import Right, sight_of
from dashboard import notices
from dashboard.asking import Asking, NotAllowed, asked_by
from dashboard.auth import (
    POLICY_VIOLATION,
    TRY_AGAIN_LATER,
    came_encrypted,
    cookie_of,
    refuse,
    same_origin,
    show_out,
    visitor_of,
)
from dashboard.pages import sign_in
from dashboard.sessions import Sessions, SessionsAway, Throttle
from db.accounts import LASTS, Attempt, SignedIn

log = logging.getLogger(__name__)

COOKIE: Final = "bihuan_session"
OFFICE: Final = "/office/"
OFFICE_LIVE: Final = "/office/live"
PASSWORD_PATH: Final = "/office/password"  # noqa: S105 - a page
PAGES: Final = ("/desk", "/matches", "/case/", "/review/", "/ops", "/audit", PASSWORD_PATH)
SHORTENED: Final = {"/review": "/review/"}
"""Addresses people type, and the pages they mean."""
HOME: Final = "/desk"
HOME_WITHOUT_CASES: Final = "/ops"
SEE_OTHER: Final = 303
BODY_BYTES: Final = 256 * 1024
FORM_BYTES: Final = 4 * 1024
ATTEMPTS: Final = 20  # from one address within a minute, that fail: a hall full of people may share one
REQUESTS: Final = 600  # of one session within ten seconds
_SIGN_IN_PATHS: Final = frozenset({
    sign_in.PATH, sign_in.OUT_PATH, sign_in.PROVIDER_PATH, sign_in.PROVIDER_BACK_PATH,
})  # fmt: skip


class Provider(Protocol):
    """An identity provider people may sign in with."""

    async def begin(self, request: Request, then: str) -> Response:
        """Lead the browser there."""

    async def finish(self, request: Request) -> tuple[str, str] | None:
        """The subject it vouches for and the page to go on to; None when it vouches for nobody."""


def is_office(path: str) -> bool:
    """Whether an address is the office's. Pages: `/desk`, `/matches`, `/case/CODE`, `/review/PERIOD`, `/ops`, `/audit`."""
    return path.startswith(OFFICE) or path in _SIGN_IN_PATHS or path in SHORTENED or is_page(path)


def is_page(path: str) -> bool:
    return any(path.startswith(page) if page.endswith("/") else path == page for page in PAGES)


@dataclass(slots=True)
class Office:
    """What the door leads to, and whom it asks."""

    app: ASGIApp
    sessions: Sessions
    county: County
    centre_name: str
    provider: Provider | None = None


class Door:
    """Lets people in by their session, and out again when it ends."""

    def __init__(self, office: Office) -> None:
        monotonic = office.sessions.monotonic
        self._office = office
        self._attempts = Throttle(ATTEMPTS, timedelta(minutes=1), monotonic)
        self._requests = Throttle(REQUESTS, timedelta(seconds=10), monotonic)
        self._forms: Mapping[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("GET", sign_in.PATH): self._show_form,
            ("POST", sign_in.PATH): self._try_form,
            ("POST", sign_in.OUT_PATH): self._sign_out,
            ("GET", sign_in.PROVIDER_PATH): self._to_provider,
            ("GET", sign_in.PROVIDER_BACK_PATH): self._from_provider,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["path"] in _SIGN_IN_PATHS:
            await (await self._form(Request(scope, receive)))(scope, receive, send)
        elif scope["path"] in SHORTENED:
            await RedirectResponse(SHORTENED[scope["path"]])(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def still_admits(self, scope: Scope) -> bool:
        """Whether the session of an open line is still in force; raises `SessionsAway`. A line alone keeps no session alive."""
        return await self._office.sessions.of(cookie_of(scope, COOKIE), used=False) is not None

    async def _signed_in(self, scope: Scope) -> SignedIn | None:
        return await self._office.sessions.of(cookie_of(scope, COOKIE))

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            known = await self._signed_in(scope)
        except SessionsAway:
            await HTMLResponse(notices.BROKEN, 503)(scope, receive, send)
            return
        refusal = _stranger(scope) if known is None else self._refused(scope, known)
        if refusal is not None or known is None:
            await (refusal or Response(status_code=401))(scope, receive, send)
            return
        if is_page(scope["path"]):
            scope["path"], scope["raw_path"] = OFFICE, OFFICE.encode()
        with asked_by(self._asking(known, scope)):
            try:
                await self._office.app(scope, receive, send)
            except NotAllowed:
                await HTMLResponse(notices.NOT_YOURS, 403)(scope, receive, send)

    def _asking(self, known: SignedIn, scope: Scope) -> Asking:
        sight = sight_of(known.account, self._office.county)
        return Asking(known.account, sight, known.id, visitor_of(scope).peer)

    def _refused(self, scope: Scope, known: SignedIn) -> Response | None:
        """What a session alone does not allow: another site's page, too much at once, too often."""
        if not self._requests.admits(str(known.id)):
            return Response(status_code=429, headers={"retry-after": "10"})
        if scope["method"] in {"GET", "HEAD"}:
            return None
        if not same_origin(visitor_of(scope)):
            return HTMLResponse(notices.NOT_YOURS, 403)
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        return None if length.isdigit() and int(length) <= BODY_BYTES else Response(status_code=413)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != OFFICE_LIVE or not same_origin(visitor_of(scope)):
            await refuse(receive, send, POLICY_VIOLATION)
            return
        try:
            known = await self._signed_in(scope)
        except SessionsAway:
            await refuse(receive, send, TRY_AGAIN_LATER)
            return
        if known is None:
            await show_out(receive, send)
            return
        with asked_by(self._asking(known, scope)):
            await self._office.app(scope, receive, send)

    async def _form(self, request: Request) -> Response:
        answer = self._forms.get((request.method, request.url.path))
        if answer is None:
            return Response(status_code=405)
        if request.method == "POST" and not same_origin(visitor_of(request.scope)):
            return HTMLResponse(notices.NOT_YOURS, 403)
        return await answer(request)

    async def _show_form(self, request: Request) -> Response:
        then = _then(request.query_params.get("next", HOME))
        try:
            if await self._signed_in(request.scope) is not None:
                return RedirectResponse(then, SEE_OTHER)
        except SessionsAway:
            return self._said(then, sign_in.AWAY, 503)
        return self._said(then)

    async def _try_form(self, request: Request) -> Response:
        form = await _form_of(request)
        if form is None:
            return Response(status_code=413)
        then, peer = _then(form.get("next", HOME)), visitor_of(request.scope).peer
        if not self._attempts.admits(peer):
            return self._said(then, sign_in.TOO_MANY, 429)
        try:
            attempt = await asyncio.to_thread(
                self._office.sessions.sign_ins.try_password,
                form.get("login", "").strip().lower(),
                form.get("password", ""),
                peer,
                request.headers.get("user-agent", ""),
            )
        except Exception as error:  # noqa: BLE001 - whatever it fails of, nobody is let in
            log.warning("nobody can sign in: %s", type(error).__name__)
            return self._said(then, sign_in.AWAY, 503)
        return await self._answer(request, attempt, then, sign_in.WRONG)

    async def _answer(self, request: Request, attempt: Attempt, then: str, stranger: sign_in.Sentence) -> Response:
        """A new session replaces the one this browser had."""
        if attempt.token is None:
            return self._said(then, stranger, 403)
        self._attempts.give_back(visitor_of(request.scope).peer)
        await self._end(request)
        sees_cases = attempt.account is None or attempt.account.may(Right.CASES)
        answer = RedirectResponse(then if then != HOME or sees_cases else HOME_WITHOUT_CASES, SEE_OTHER)
        _keep(answer, attempt.token, request.scope)
        return answer

    async def _sign_out(self, request: Request) -> Response:
        await self._end(request)
        answer = RedirectResponse(sign_in.PATH, SEE_OTHER)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=came_encrypted(request.scope))
        return answer

    async def _end(self, request: Request) -> None:
        """End the session this browser had, if any; that it can't be ended now must not keep anybody signed in."""
        try:
            await self._office.sessions.end(cookie_of(request.scope, COOKIE))
        except Exception as error:  # noqa: BLE001
            log.warning("a session was not ended: %s", type(error).__name__)

    async def _to_provider(self, request: Request) -> Response:
        if self._office.provider is None:
            return HTMLResponse(notices.NOT_FOUND, 404)
        return await self._office.provider.begin(request, _then(request.query_params.get("next", HOME)))

    async def _from_provider(self, request: Request) -> Response:
        if self._office.provider is None:
            return HTMLResponse(notices.NOT_FOUND, 404)
        peer = visitor_of(request.scope).peer
        if not self._attempts.admits(peer):
            return self._said(HOME, sign_in.TOO_MANY, 429)
        found = await self._office.provider.finish(request)
        if found is None:
            return self._said(HOME, sign_in.FAILED, 403)
        subject, then = found
        agent = request.headers.get("user-agent", "")
        try:
            attempt = await asyncio.to_thread(self._office.sessions.sign_ins.by_subject, subject, peer, agent)
        except Exception as error:  # noqa: BLE001 - whatever it fails of, nobody is let in
            log.warning("nobody can sign in: %s", type(error).__name__)
            return self._said(HOME, sign_in.AWAY, 503)
        answer = await self._answer(request, attempt, _then(then), sign_in.STRANGER)
        if answer.status_code != SEE_OTHER:
            return answer
        # Not a redirect: the way here began elsewhere, and would go on without the strict cookie that was just set.
        opening = HTMLResponse(sign_in.opening(_then(then)))
        opening.headers["set-cookie"] = answer.headers["set-cookie"]
        return opening

    def _said(self, then: str, said: sign_in.Sentence | None = None, status: int = 200) -> Response:
        offered = self._office.provider is not None
        return HTMLResponse(sign_in.page(self._office.centre_name, then, said, provider=offered), status)


def _stranger(scope: Scope) -> Response:
    """Whoever is not signed in is led to where they can, and back; what is no page is refused."""
    if is_page(scope["path"]) and scope["method"] == "GET":
        return RedirectResponse(f"{sign_in.PATH}?next={quote(scope['path'])}", SEE_OTHER)
    return Response(status_code=401)


def _then(path: str) -> str:
    """A page of ours, whatever was asked for: the address bar must not lead people elsewhere."""
    return path if is_page(path) and "\\" not in path and "//" not in path else HOME


async def _form_of(request: Request) -> Mapping[str, str] | None:
    """The fields of a small form; None when it is too large."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > FORM_BYTES:
        return None
    told = parse_qsl((await request.body()).decode("utf-8", "replace"))
    return {name: value.replace("\0", "") for name, value in told}  # which no database keeps


def _keep(answer: Response, token: str, scope: Scope) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        secure=came_encrypted(scope),
        samesite="strict",
    )
