"""What machines ask: is it well (`/healthz`), and how much (`/metrics`). Neither says anything of a case."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypedDict

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from dashboard.gauges import Gauges
from dashboard.live.clock import Clock
from dashboard.live.projector import Projector, Pulse
from db.database import DatabaseAway
from db.outbox import Waiting

STUCK_AFTER = 10.0


Outbox = Callable[[], Mapping[str, Waiting]]
"""What no source has acknowledged yet, by feed; raises whatever the database raises while it is away."""


class Health(TypedDict):
    ok: bool
    database: str
    position: int
    follower: str
    frame_age_seconds: float | None
    errors: int


def health(pulse: Pulse, alive: bool, mono: float) -> Health:
    """`follower` is "dead" when the thread has ended or has not come round for `STUCK_AFTER` seconds."""
    stepping = alive and pulse.stepped is not None and mono - pulse.stepped < STUCK_AFTER
    reachable = pulse.confirmed_at is not None and pulse.away_since is None
    drawing = stepping and not pulse.failing
    return Health(
        ok=drawing and reachable,
        database="up" if reachable else "away",
        position=pulse.position,
        follower="alive" if stepping else "dead",
        frame_age_seconds=None if pulse.drawn is None else round(mono - pulse.drawn, 3),
        errors=pulse.errors,
    )


def register(server: FastAPI, projector: Projector, gauges: Gauges, clock: Clock, outbox: Outbox | None = None) -> None:
    """`outbox` is asked whenever the metrics are; without it they tell nothing of what waits."""

    async def healthz() -> Response:
        told = health(projector.pulse, projector.alive, clock.monotonic())
        return JSONResponse(told, 200 if told["ok"] else 503)

    async def metrics() -> Response:
        if outbox is not None:
            gauges.tell_outbox(await asyncio.to_thread(_read, outbox), clock.now())
        return Response(gauges.text(), media_type=CONTENT_TYPE_LATEST)

    server.add_api_route("/healthz", healthz, methods=["GET"], include_in_schema=False)
    server.add_api_route("/metrics", metrics, methods=["GET"], include_in_schema=False)


def _read(outbox: Outbox) -> Mapping[str, Waiting] | None:
    try:
        return outbox()
    except DatabaseAway:
        return None
