"""Who may ask for what. It must not know what is shown, nor where device links are kept.

A wall has no login page: it is admitted by being the machine itself, or by the device link that is bound to it, whose
secret is in a cookie. Anybody else gets one sentence.
"""

import asyncio
import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookies import CookieError, SimpleCookie
from typing import Literal, NamedTuple, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import notices
from db.device_links import InForce, Opened, Opening, hash_of

log = logging.getLogger(__name__)

LINK_COOKIE = "bihuan_link"
LINK_PATH = "/wall-link/"
LINK_COOKIE_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one
WALL_PATH = "/wall"
LIVE_PATH = "/live/wall"
REMOTE_PATH = "/remote"
STAGE_PATH = "/live/stage"
CALLBACK_PATH = "/_dash-update-component"
CALLBACK_BYTES = 64 * 1024
TRUSTED_WHILE_AWAY = 24 * 3600.0
FRESH = 0.5  # seconds for which one look at the links serves every wall
NOTED_EVERY = 30.0
GATHERED_FOR = 5.0
NO_LONGER_ADMITTED = 4403  # what a socket is closed with, so that the page can tell it from a line that broke
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013

_LOOPBACK_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_OPEN_PATHS = frozenset(
    {"/healthz", "/assets/notice.css", "/assets/tokens.css", "/assets/sign-in.css", "/_favicon.ico"}
)
_STATIC = ("/assets/", "/_dash-component-suites/")
_DASH_PATHS = frozenset({"/_dash-layout", "/_dash-dependencies"})
_WALL_PATHS = _DASH_PATHS | {"/", WALL_PATH, LIVE_PATH, CALLBACK_PATH}
_PASS = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{20,100})")


class Links(Protocol):
    """Device links, wherever they are kept. Every method may block, and raises while that place is away."""

    def open(self, token: str) -> Opened:
        """Bind the link with that token to the display that asks, if nobody has opened it yet."""

    def in_force(self) -> Mapping[int, InForce]:
        """The links that are bound and not taken back, by id."""

    def mark_seen(self, link_ids: Collection[int]) -> None:
        """Write down that these displays are there now."""


class NoLinks:
    """The links of an installation that has none."""

    def open(self, token: str) -> Opened:
        return Opened(Opening.UNKNOWN)

    def in_force(self) -> Mapping[int, InForce]:
        return {}

    def mark_seen(self, link_ids: Collection[int]) -> None:
        """Nobody is ever seen."""


@dataclass(frozen=True, slots=True)
class Access:
    """`wall` is "local" (this machine, or a device link) or "link" (a device link, always).

    A link opens the wall and nothing else. Without `metrics_token`, only this machine reads `/metrics`.
    """

    wall: Literal["local", "link"] = "local"
    links: Links = field(default_factory=NoLinks)
    metrics_token: str | None = None


class Pass(NamedTuple):
    """What a display shows to be let in: its cookie's value is `ID.SECRET`."""

    link_id: int
    secret: str

    def __str__(self) -> str:
        return f"{self.link_id}.{self.secret}"


def pass_of(cookie: str) -> Pass | None:
    found = _PASS.fullmatch(cookie)
    return Pass(int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says of where it comes from."""

    peer: str = ""
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    forwarded: bool = False
    link: str = ""
    bearer: str = ""


class Verdict(StrEnum):
    """`UNSURE`: the database is away, and nothing is known from before."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNSURE = "unsure"


class Area(StrEnum):
    """What a path belongs to."""

    OPEN = "open"
    METRICS = "metrics"
    LINK = "link"
    WALL = "wall"
    REMOTE = "remote"
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
        link=cookie_of(scope, LINK_COOKIE),
        bearer=next(
            (value[7:] for name, value in headers if name == "authorization" and value[:7] == "Bearer "),
            "",
        ),
    )


def cookie_of(scope: Scope, name: str) -> str:
    """The cookie's value; empty when there is none."""
    header = "; ".join(value.decode("latin-1") for each, value in scope["headers"] if each == b"cookie")
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def came_encrypted(scope: Scope) -> bool:
    """By TLS, to us or to the proxy before us; a false claim only makes the cookie stricter."""
    return scope.get("scheme") in {"https", "wss"} or (b"x-forwarded-proto", b"https") in scope["headers"]


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


def area_of(path: str) -> Area:
    """Everything that is not named here does not exist: Dash's own unused routes, and a page nobody was given yet."""
    if path in _OPEN_PATHS:
        return Area.OPEN
    if path == "/metrics":
        return Area.METRICS
    if path.startswith(LINK_PATH):
        return Area.LINK
    if path in {REMOTE_PATH, STAGE_PATH}:
        return Area.REMOTE
    if path in _WALL_PATHS or path.startswith(_STATIC):
        return Area.WALL
    return Area.NOWHERE


@dataclass(slots=True)
class Attendance:
    """Writes down which displays are there: each every `NOTED_EVERY` seconds, some at a time, and in nobody's way."""

    mark_seen: Callable[[Collection[int]], None]
    monotonic: Callable[[], float]
    gathered_for: float = GATHERED_FOR
    _noted: dict[int, float] = field(default_factory=dict)
    _gathered: set[int] = field(default_factory=set)
    _writing: asyncio.Task[None] | None = None

    def note(self, link_id: int) -> None:
        if link_id in self._noted and self.monotonic() - self._noted[link_id] < NOTED_EVERY:
            return
        self._noted[link_id] = self.monotonic()
        self._gathered.add(link_id)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._gathered:
            await asyncio.sleep(self.gathered_for)
            link_ids, self._gathered = self._gathered, set()
            try:
                await asyncio.to_thread(self.mark_seen, link_ids)
            except Exception as error:  # noqa: BLE001 - whatever it fails of, the walls stay lit
                log.warning("the displays seen were not written down: %s", type(error).__name__)


@dataclass(slots=True)
class Doorkeeper:
    """Decides, by the last look at the links: one look serves all walls of this process for `FRESH` seconds.

    Whom that look does not know is refused only after a newer one. Whom it knows stays admitted while the database
    can't be asked: no wall goes dark for that.
    """

    access: Access
    monotonic: Callable[[], float] = time.monotonic
    gathered_for: float = GATHERED_FOR
    _known: Mapping[int, InForce] = field(default_factory=dict)
    _known_at: float = float("-inf")  # when that was asked
    _looked_at: float = float("-inf")  # the same, or when asking last failed
    _away: bool = False
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _attendance: Attendance = field(init=False)

    def __post_init__(self) -> None:
        self._attendance = Attendance(self.access.links.mark_seen, self.monotonic, self.gathered_for)

    async def admits(self, scope: Scope) -> Verdict:
        visitor = visitor_of(scope)
        if scope["type"] == "websocket" and not same_origin(visitor):
            return Verdict.REFUSED
        if self.access.wall == "local" and is_local(visitor):
            return Verdict.ADMITTED
        shown = pass_of(visitor.link)
        return Verdict.REFUSED if shown is None else await self.knows(shown)

    async def knows(self, shown: Pass) -> Verdict:
        """Whether the link is in force and bound to the display that shows this."""
        asked_at = self.monotonic()
        if not self._knew_lately(shown):
            async with self._looking:
                if self._looked_at <= asked_at and not self._knew_lately(shown):
                    await self._look()
        if not self._knew(shown):
            return Verdict.UNSURE if self._away else Verdict.REFUSED
        if self.monotonic() - self._known_at >= TRUSTED_WHILE_AWAY:
            return Verdict.UNSURE
        self._attendance.note(shown.link_id)
        return Verdict.ADMITTED

    async def lets_drive(self, scope: Scope) -> Verdict:
        """Whether this visitor may choose what all walls show: this machine, or a tablet whose link says so."""
        verdict = await self.admits(scope)
        visitor = visitor_of(scope)
        if verdict is not Verdict.ADMITTED or (self.access.wall == "local" and is_local(visitor)):
            return verdict
        shown = pass_of(visitor.link)
        return Verdict.ADMITTED if shown is not None and self.drives(shown) else Verdict.REFUSED

    def drives(self, shown: Pass) -> bool:
        """By the last look at the links, of a display that was admitted."""
        known = self._known.get(shown.link_id)
        return known is not None and known.drives

    def may_read_metrics(self, scope: Scope) -> bool:
        visitor = visitor_of(scope)
        token = self.access.metrics_token
        return is_local(visitor) or (token is not None and hmac.compare_digest(visitor.bearer.encode(), token.encode()))

    def _knew(self, shown: Pass) -> bool:
        known = self._known.get(shown.link_id, InForce(""))
        return hmac.compare_digest(known.secret_hash, hash_of(shown.secret))

    def _knew_lately(self, shown: Pass) -> bool:
        return self._knew(shown) and self.monotonic() - self._looked_at < FRESH

    async def _look(self) -> None:
        begun = self.monotonic()
        try:
            self._known = await asyncio.to_thread(self.access.links.in_force)
        except Exception as error:  # noqa: BLE001 - whatever it fails of, the answer is the last one known
            if not self._away:
                log.warning("the device links can't be read: %s", type(error).__name__)
            self._away, self._looked_at = True, self.monotonic()
        else:
            self._away, self._looked_at, self._known_at = False, begun, begun


class Gate:
    """The outermost door: what it does not let through never reaches Dash."""

    def __init__(
        self,
        app: ASGIApp,
        doorkeeper: Doorkeeper,
        pages: Collection[str],
        doors: Sequence[tuple[Callable[[str], bool], ASGIApp]] = (),
    ) -> None:
        """`doors`: of what has a door of its own, with the addresses that lie behind it."""
        self._app = app
        self._doorkeeper = doorkeeper
        self._pages = pages
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        door = next((door for is_behind, door in self._doors if is_behind(path)), None)
        match scope["type"]:
            case "http" | "websocket" if door is not None:
                await door(scope, receive, send)
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
        area = area_of(scope["path"])
        if area is Area.NOWHERE:
            return HTMLResponse(notices.NOT_FOUND, 404)
        if area is Area.OPEN:
            return None
        if area is Area.METRICS:
            return None if self._doorkeeper.may_read_metrics(scope) else HTMLResponse(notices.NOT_ADMITTED, 403)
        if area is Area.LINK:
            return await self._open_link(scope)
        asked = self._doorkeeper.lets_drive if area is Area.REMOTE else self._doorkeeper.admits
        verdict = await asked(scope)
        if area is Area.REMOTE and verdict is Verdict.REFUSED:
            known = await self._doorkeeper.admits(scope) is Verdict.ADMITTED
            return HTMLResponse(notices.SHOWS_ONLY if known else notices.NOT_ADMITTED, 403)
        if verdict is not Verdict.ADMITTED:
            return _not_admitted(scope, verdict)
        if scope["path"] == "/":
            shown = pass_of(visitor_of(scope).link)
            drives = shown is not None and self._doorkeeper.drives(shown)
            return RedirectResponse(REMOTE_PATH if drives else WALL_PATH, 307)
        return _refused_writing(scope)

    async def _open_link(self, scope: Scope) -> Response:
        """The first display that opens a link is given its pass; later the address leads only that display to the wall."""
        if scope["method"] != "GET":
            return Response(status_code=405)
        links = self._doorkeeper.access.links
        opened = await asyncio.to_thread(links.open, scope["path"].removeprefix(LINK_PATH))
        if opened.link_id is not None and opened.secret is not None:
            given = Pass(opened.link_id, opened.secret)
            return HTMLResponse(notices.OPENING, headers={"set-cookie": _set_cookie(given, scope)})
        if opened.outcome is Opening.TAKEN:
            shown = pass_of(visitor_of(scope).link)
            mine = shown is not None and shown.link_id == opened.link_id
            if shown is not None and mine and await self._doorkeeper.knows(shown) is Verdict.ADMITTED:
                return HTMLResponse(notices.OPENING)
            return HTMLResponse(notices.LINK_TAKEN, 403)
        return HTMLResponse(notices.LINK_EXPIRED if opened.outcome is Opening.EXPIRED else notices.NOT_ADMITTED, 403)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != LIVE_PATH or not same_origin(visitor_of(scope)):
            await refuse(receive, send, POLICY_VIOLATION)
            return
        match await self._doorkeeper.admits(scope):
            case Verdict.ADMITTED:
                await self._app(scope, receive, _renewing(scope, send))
            case Verdict.REFUSED:
                await show_out(receive, send)
            case Verdict.UNSURE:
                await refuse(receive, send, TRY_AGAIN_LATER)


def _not_admitted(scope: Scope, verdict: Verdict) -> Response:
    if verdict is Verdict.UNSURE:
        return HTMLResponse(notices.BROKEN, 503)
    had_a_link = pass_of(visitor_of(scope).link) is not None
    return HTMLResponse(notices.NO_LONGER_ADMITTED if had_a_link else notices.NOT_ADMITTED, 403)


def _set_cookie(shown: Pass, scope: Scope) -> str:
    """The header that has a display keep its pass, for as long as browsers keep anything."""
    answer = Response()
    answer.set_cookie(
        LINK_COOKIE,
        str(shown),
        max_age=LINK_COOKIE_SECONDS,
        httponly=True,
        secure=came_encrypted(scope),
        samesite="strict",
    )
    return answer.headers["set-cookie"]


def _renewing(scope: Scope, send: Send) -> Send:
    """A display keeps its pass anew each time its line opens: a wall that is lit for years must not lose it."""
    shown = pass_of(visitor_of(scope).link)
    if shown is None:
        return send
    cookie = _set_cookie(shown, scope)

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "websocket.accept":
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return send_with_cookie


async def refuse(receive: Receive, send: Send, code: int) -> None:
    """A handshake that fails: all that its page learns is that there is no line."""
    await receive()
    await send({"type": "websocket.close", "code": code})


async def show_out(receive: Receive, send: Send) -> None:
    """A page learns a code only of a line that was open: so it knows that it need not go on waiting for numbers."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": NO_LONGER_ADMITTED})


def _refused_writing(scope: Scope) -> Response | None:
    """What is sent to us must come from our own page and be small; `None` is anything that may pass."""
    if scope["path"] not in {CALLBACK_PATH, STAGE_PATH}:
        return None
    visitor = visitor_of(scope)
    if not same_origin(visitor) and (visitor.origins or scope["path"] == STAGE_PATH):
        return HTMLResponse(notices.NOT_ADMITTED, 403)
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if not length.isdigit() or int(length) > CALLBACK_BYTES:
        return Response(status_code=413)
    return None
