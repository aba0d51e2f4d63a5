"""One screen's WebSocket: newest bytes out, nothing in. Who may open it the gate decides, and is asked again later."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import WebSocket
from starlette.types import Scope
from starlette.websockets import WebSocketDisconnect

from dashboard.auth import NO_LONGER_ADMITTED, TRY_AGAIN_LATER, Verdict
from dashboard.gauges import Gauges
from dashboard.live.hub import Hub, Slot

SEND_WITHIN = 5.0
ASK_AGAIN_AFTER = 0.5  # the gate's answer may be as old again: out within two seconds, on a busy machine too
MESSAGES_ALLOWED = 20
MESSAGE_CHARACTERS = 256

CHATTERED = 4408
LINE_CUT = frozenset({1006, 1011})  # ended with no goodbye: a ping left unanswered, a cable

Admits = Callable[[Scope], Awaitable[Verdict]]


async def serve_screen(socket: WebSocket, hub: Hub, gauges: Gauges, admits: Admits) -> None:
    """Serve until the screen goes, stalls, chatters or is no longer admitted."""
    await socket.accept()
    with hub.screen() as slot:
        tasks = {
            asyncio.create_task(_send(socket, slot, gauges)),
            asyncio.create_task(_ignore(socket, gauges)),
            asyncio.create_task(_watch(socket, admits)),
        }
        code = await first_result(tasks)
    if code is not None:
        await close_line(socket, code)


async def first_result(tasks: set[asyncio.Task[int | None]]) -> int | None:
    """The result of whichever ends first; no other outlives it, nor the server's own end."""
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return next((task.result() for task in done if task.exception() is None), None)


async def _send(socket: WebSocket, slot: Slot, gauges: Gauges) -> int | None:
    while True:
        message = await slot.take()
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await socket.send_bytes(message)
        except TimeoutError:
            gauges.dropped.inc()
            return TRY_AGAIN_LATER
        except (WebSocketDisconnect, RuntimeError):
            return None


async def _ignore(socket: WebSocket, gauges: Gauges) -> int | None:
    """Screens have nothing to say; one that says too much is shown out, one that left a ping unanswered has gone."""
    for _ in range(MESSAGES_ALLOWED):
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            gauges.dropped.inc(message.get("code") in LINE_CUT)
            return None
        if len(message.get("text") or message.get("bytes") or "") > MESSAGE_CHARACTERS:
            break
    return CHATTERED


async def _watch(socket: WebSocket, admits: Admits) -> int | None:
    """A device link revoked while the wall is lit puts it out."""
    while True:
        await asyncio.sleep(ASK_AGAIN_AFTER)
        match await admits(socket.scope):
            case Verdict.REFUSED:
                return NO_LONGER_ADMITTED
            case Verdict.UNSURE:
                return TRY_AGAIN_LATER


async def close_line(socket: WebSocket, code: int) -> None:
    """A peer that stopped reading never answers the close; do not wait for it."""
    try:
        async with asyncio.timeout(1):
            await socket.close(code)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return
