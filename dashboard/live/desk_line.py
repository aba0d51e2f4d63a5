"""One desk's WebSocket: frames out, and in only which case is open. Who may open it the door decides, now and later."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
from fastapi import WebSocket
from starlette.types import Scope
from starlette.websockets import WebSocketDisconnect

from dashboard.asking import asking
from dashboard.auth import NO_LONGER_ADMITTED, TRY_AGAIN_LATER
from dashboard.live.desks import Desks, Seat
from dashboard.live.endpoint import CHATTERED, close_line, first_result
from dashboard.sessions import SessionsAway

SEND_WITHIN: Final = 5.0
ASK_AGAIN_AFTER: Final = 1.0
MESSAGE_BYTES: Final = 256
MESSAGES: Final = 100
WITHIN: Final = 60.0  # seconds
CODE: Final = re.compile(r"[A-Z]{1,8}-\d{8}-\d{5,9}")

StillAdmits = Callable[[Scope], Awaitable[bool]]


async def serve_desk(socket: WebSocket, desks: Desks, still_admits: StillAdmits) -> None:
    """Serve until the desk goes, stalls, chatters or its session ends."""
    await socket.accept()
    with desks.seat(asking()) as seat:
        code = await first_result({
            asyncio.create_task(_send(socket, seat)),
            asyncio.create_task(_hear(socket, desks, seat)),
            asyncio.create_task(_watch(socket, still_admits)),
        })  # fmt: skip
    if code is not None:
        await close_line(socket, code)


async def _send(socket: WebSocket, seat: Seat) -> int | None:
    while True:
        message = await seat.take()
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await socket.send_bytes(message)
        except TimeoutError:
            return TRY_AGAIN_LATER
        except (WebSocketDisconnect, RuntimeError):
            return None


async def _hear(socket: WebSocket, desks: Desks, seat: Seat) -> int | None:
    """`{"open": CODE}` or `{"open": null}`; anything else, or too much of it, ends the line."""
    loop = asyncio.get_running_loop()
    heard_at: list[float] = []
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        now = loop.time()
        heard_at = [*(at for at in heard_at if now - at < WITHIN), now]
        told = message.get("text") or ""
        if len(heard_at) > MESSAGES or len(told) > MESSAGE_BYTES:
            return CHATTERED
        try:
            asked = orjson.loads(told)
        except orjson.JSONDecodeError:
            return CHATTERED
        match asked:
            case {"open": None}:
                desks.opens(seat, None)
            case {"open": str(code)} if CODE.fullmatch(code):
                desks.opens(seat, code)
            case _:
                return CHATTERED


async def _watch(socket: WebSocket, still_admits: StillAdmits) -> int | None:
    """A session that ends while the desk is open ends the line; while the database is away it is left open, with no news."""
    while True:
        await asyncio.sleep(ASK_AGAIN_AFTER)
        try:
            if not await still_admits(socket.scope):
                return NO_LONGER_ADMITTED
        except SessionsAway:
            continue
