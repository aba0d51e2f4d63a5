"""The security headers of every answer, and the last catch for what failed. It must not know routes."""

import logging
from collections.abc import Iterable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import notices

log = logging.getLogger(__name__)


def content_policy(script_hashes: Iterable[str]) -> str:
    """No origin but our own. Plotly writes style elements, hence 'unsafe-inline' for styles and for nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def security_headers(script_hashes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return (
        ("content-security-policy", content_policy(script_hashes)),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),  # with none a form of our own would come from origin "null"
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    )


class Headers:
    """Adds the headers to whatever is answered inside, and answers itself when something inside fails."""

    def __init__(self, app: ASGIApp, headers: Sequence[tuple[str, str]]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] in {
                "http.response.start",
                "websocket.accept",
                "websocket.close",
            }:
                begun = True
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the last catch: what failed is named, its data is not
            log.error("an answer failed: %s", type(error).__name__)
            if scope["type"] == "http" and not begun:
                await HTMLResponse(notices.BROKEN, 500)(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders) -> None:
        for name, value in self._headers:
            headers[name] = value
        headers.setdefault("cache-control", "no-store")
