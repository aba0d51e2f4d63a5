"""Who may ask for what. It must not know what is shown, nor where device links are kept.

A wall has no login page: it is admitted by being the machine itself, or by a device link in a cookie. Anybody else
gets one sentence.
"""

import asyncio
import hmac
import ipaddress
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import notices

LINK_COOKIE = "bihuan_link"
LINK_PATH = "/wall-link/"
LINK_COOKIE_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one
LIVE_PATH = "/live/wall"
CALLBACK_PATH = "/_dash-update-component"
CALLBACK_BYTES = 64 * 1024
TRUSTED_WHILE_AWAY = 24 * 3600.0

_LOOPBACK_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_OPEN_PATHS = frozenset({"/healthz", "/assets/notice.css", "/_favicon.ico"})
_STATIC = ("/assets/", "/_dash-component-suites/")
_DASH_PATHS = frozenset({"/_dash-layout", "/_dash-dependencies"})


def nobody(token: str) -> bool:
    """The link check of an installation without device links."""
    return False


@dataclass(frozen=True, slots=True)
class Access:
    """`wall` is "local" (this machine, or a device link) or "link" (a device link, always).

    `link_is_valid` may block and may raise while the database is away. Without `metrics_token`, only this machine
    reads `/metrics`.
    """

    wall: Literal["local", "link"] = "local"
    link_is_valid: Callable[[str], bool] = nobody
    metrics_token: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says of where it comes from."""

    peer: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    forwarded: bool = False
    link: str = ""
    bearer: str = ""


class Area(StrEnum):
    """What a path belongs to."""

    OPEN = "open"
    METRICS = "metrics"
    LINK = "link"
    WALL = "wall"
    NOWHERE = "nowhere"


def visitor_of(scope: Scope) -> Visitor:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    client = scope.get("client")
    return Visitor(
        peer=client[0] if client else "",
        hosts=tuple(value for name, value in headers if name == "host"),
        origins=tuple(value for name, value in headers if name == "origin"),
        forwarded=any(
            name.startswith("x-forwarded-") or name in {"forwarded", "x-real-ip", "via"} for name, _ in headers
        ),
        link=_cookie("; ".join(value for name, value in headers if name == "cookie")),
        bearer=next(
            (value[7:] for name, value in headers if name == "authorization" and value[:7] == "Bearer "),
            "",
        ),
    )


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(LINK_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _came_encrypted(scope: Scope) -> bool:
    """By TLS, to us or to the proxy before us; a false claim only makes the cookie stricter."""
    return scope.get("scheme") == "https" or (b"x-forwarded-proto", b"https") in scope["headers"]


def is_local(visitor: Visitor) -> bool:
    """This very machine: loopback at both ends, and no proxy that could speak for somebody else."""
    return (
        not visitor.forwarded
        and len(visitor.hosts) == 1
        and _LOOPBACK_HOST.fullmatch(visitor.hosts[0]) is not None
        and _is_loopback(visitor.peer)
    )


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def same_origin(visitor: Visitor) -> bool:
    """Whether the page that asks was served by the host it asks."""
    if len(visitor.hosts) != 1 or len(visitor.origins) != 1:
        return False
    origin = urlsplit(visitor.origins[0])
    return origin.scheme in {"http", "https"} and origin.netloc.lower() == visitor.hosts[0].lower()


def area_of(path: str, pages: Collection[str]) -> Area:
    """Everything that is not named here does not exist, Dash's own unused routes included."""
    if path in _OPEN_PATHS:
        return Area.OPEN
    if path == "/metrics":
        return Area.METRICS
    if path.startswith(LINK_PATH):
        return Area.LINK
    if path in pages or path in _DASH_PATHS or path in {"/", CALLBACK_PATH, LIVE_PATH} or path.startswith(_STATIC):
        return Area.WALL
    return Area.NOWHERE


@dataclass(slots=True)
class Doorkeeper:
    """Decides. A link that was good lately stays good while the database can't be asked: no wall goes dark for that."""

    access: Access
    monotonic: Callable[[], float] = time.monotonic
    _good: dict[str, float] = field(default_factory=dict)

    async def admits(self, scope: Scope) -> bool:
        visitor = visitor_of(scope)
        if scope["type"] == "websocket" and not same_origin(visitor):
            return False
        if self.access.wall == "local" and is_local(visitor):
            return True
        return bool(visitor.link) and await self.knows(visitor.link)

    async def knows(self, link: str) -> bool:
        try:
            good = await asyncio.to_thread(self.access.link_is_valid, link)
        except Exception:  # noqa: BLE001 - whatever the check fails of, the answer is the last one known
            return self._was_good(link)
        if good:
            self._good[link] = self.monotonic()
        else:
            self._good.pop(link, None)
        return good

    def may_read_metrics(self, scope: Scope) -> bool:
        visitor = visitor_of(scope)
        token = self.access.metrics_token
        return is_local(visitor) or (token is not None and hmac.compare_digest(visitor.bearer.encode(), token.encode()))

    def _was_good(self, link: str) -> bool:
        return link in self._good and self.monotonic() - self._good[link] < TRUSTED_WHILE_AWAY


class Gate:
    """The outermost door: what it does not let through never reaches Dash."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, pages: Collection[str]) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                answer = await self._answer(scope)
                await (answer or self._inside(scope))(scope, receive, send)
            case "websocket":
                await self._socket(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    def _inside(self, scope: Scope) -> ASGIApp:
        """Dash serves its index at `/` alone; pages are told apart in the browser."""
        if scope["path"] in self._pages:
            scope["path"], scope["raw_path"] = "/", b"/"
        return self._app

    async def _answer(self, scope: Scope) -> Response | None:
        """The answer given at the door, or None to let the request in."""
        area = area_of(scope["path"], self._pages)
        if area is Area.NOWHERE:
            return HTMLResponse(notices.NOT_FOUND, 404)
        if area is Area.OPEN:
            return None
        if area is Area.METRICS:
            return None if self._doorkeeper.may_read_metrics(scope) else HTMLResponse(notices.NOT_ADMITTED, 403)
        if area is Area.LINK:
            return await self._take_link(scope["path"].removeprefix(LINK_PATH), secure=_came_encrypted(scope))
        if not await self._doorkeeper.admits(scope):
            return HTMLResponse(notices.NOT_ADMITTED, 403)
        if scope["path"] == "/":
            return RedirectResponse("/wall", 307)
        return _refused_callback(scope)

    async def _take_link(self, link: str, *, secure: bool) -> Response:
        if not link or not await self._doorkeeper.knows(link):
            return HTMLResponse(notices.NOT_ADMITTED, 403)
        answer = RedirectResponse("/wall", 303)
        answer.set_cookie(
            LINK_COOKIE,
            link,
            max_age=LINK_COOKIE_SECONDS,
            httponly=True,
            secure=secure,
            samesite="strict",
        )
        return answer

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == LIVE_PATH and await self._doorkeeper.admits(scope):
            await self._app(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})


def _refused_callback(scope: Scope) -> Response | None:
    """A callback must come from our own page and be small; `None` is anything that may pass."""
    if scope["path"] != CALLBACK_PATH:
        return None
    visitor = visitor_of(scope)
    if visitor.origins and not same_origin(visitor):
        return HTMLResponse(notices.NOT_ADMITTED, 403)
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if not length.isdigit() or int(length) > CALLBACK_BYTES:
        return Response(status_code=413)
    return None
