"""Builds the application from the parts it is handed: a source of rows, names, words, and who may look."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from dash import Dash
from fastapi import FastAPI, WebSocket

from dashboard import shell, status
from dashboard.auth import LIVE_PATH, Access, Doorkeeper, Gate
from dashboard.gauges import Gauges
from dashboard.headers import Headers, security_headers
from dashboard.live import remote
from dashboard.live.clock import Clock
from dashboard.live.endpoint import Admits, serve_screen
from dashboard.live.frames import Names
from dashboard.live.hub import Hub
from dashboard.live.projector import Projector
from dashboard.live.source import WallSource
from dashboard.pages import remote as remote_page
from dashboard.pages import wall
from dashboard.words import Languages

ASSETS = Path(__file__).resolve().parent.parent / "assets"
NOT_IN_EVERY_PAGE = r"boot\.js|notice\.css"


def create_app(
    *,
    source: WallSource,
    names: Names,
    centre_name: str,
    county_map: Mapping[str, object],
    plan: Sequence[wall.Turn],
    languages: Languages,
    access: Access | None = None,
    clock: Clock | None = None,
) -> Dash:
    """The whole dashboard; serve its `.server` with `serving.server_config`. Threads start with the server."""
    clock, gauges = clock or Clock(), Gauges()
    doorkeeper = Doorkeeper(access or Access(), clock.monotonic)
    hub = Hub(gauges)
    projector = Projector(source, names, hub.publish, gauges=gauges, clock=clock)
    app = _dash(
        FastAPI(
            lifespan=partial(_lifespan, hub, projector),
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
        )
    )
    pages: dict[str, shell.Layout] = {
        wall.PATH: partial(wall.layout, centre_name, plan, county_map),
        remote_page.PATH: partial(remote_page.layout, centre_name, plan),
    }
    shell.register(app, pages, languages)
    app.title = centre_name
    status.register(app.server, projector, gauges, clock)
    remote.register(app.server, source, [turn.scene for turn in plan], clock)
    _register_live(app.server, hub, gauges, doorkeeper.admits)
    app.server.add_middleware(Gate, doorkeeper=doorkeeper, pages=frozenset(pages))
    app.server.add_middleware(Headers, headers=security_headers(_script_hashes(app)))
    return app


def _dash(server: FastAPI) -> Dash:
    return Dash(
        __name__,
        server=server,  # type: ignore[arg-type]  # Dash takes an instance too, and says so everywhere but here
        backend="fastapi",
        pages_folder="",
        use_pages=False,
        assets_folder=str(ASSETS),
        assets_ignore=NOT_IN_EVERY_PAGE,
        serve_locally=True,
        compress=True,
        update_title="",
        index_string=shell.INDEX,
        add_log_handler=False,
    )


def _script_hashes(app: Dash) -> Sequence[str]:
    return app.csp_hashes()


def _register_live(server: FastAPI, hub: Hub, gauges: Gauges, admits: Admits) -> None:
    async def live_wall(socket: WebSocket) -> None:
        await serve_screen(socket, hub, gauges, admits)

    server.add_api_websocket_route(LIVE_PATH, live_wall)


@asynccontextmanager
async def _lifespan(hub: Hub, projector: Projector, _: FastAPI) -> AsyncIterator[None]:
    hub.open(asyncio.get_running_loop())
    projector.start()
    beating = asyncio.create_task(hub.beat(projector.beat))
    try:
        yield
    finally:
        beating.cancel()
        hub.close()
        await asyncio.to_thread(projector.stop)
