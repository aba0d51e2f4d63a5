"""A tablet in the hall chooses what all walls show. Who may do so the gate decides; this only checks what is asked."""

import asyncio
from collections.abc import Collection
from datetime import timedelta

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response

from dashboard.auth import STAGE_PATH
from dashboard.live.clock import Clock
from dashboard.live.source import WallSource
from db.database import DatabaseAway

HELD_FOR = timedelta(minutes=30)  # a tablet that is forgotten gives the walls back
REQUEST_BYTES = 1024


def register(server: FastAPI, source: WallSource, scenes: Collection[str], clock: Clock) -> None:
    """`POST {"scene": NAME}` puts a scene on all walls, `{"scene": null}` gives them back to their plan."""

    async def put_on_walls(request: Request) -> Response:
        try:
            scene = _scene(await request.body(), scenes)
        except ValueError:
            return Response(status_code=400)
        try:
            await asyncio.to_thread(source.put_on_walls, scene, clock.now() + HELD_FOR)
        except DatabaseAway:
            return Response(status_code=503)
        return Response(status_code=204)

    server.add_api_route(STAGE_PATH, put_on_walls, methods=["POST"], include_in_schema=False)


def _scene(body: bytes, scenes: Collection[str]) -> str | None:
    """The scene that is asked for; raises `ValueError` when the request is none of ours."""
    asked = orjson.loads(body) if len(body) <= REQUEST_BYTES else None
    match asked:
        case {"scene": None}:
            return None
        case {"scene": str(scene)} if scene in scenes:
            return scene
        case _:
            raise ValueError("not a scene of this wall")
