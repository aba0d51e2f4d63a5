"""Builds the application from the parts it is handed: a source of rows, names, words, and who may look."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from dash import Dash
from fastapi import FastAPI, WebSocket

from dashboard import office, shell, status
from dashboard.assets import OFFICE_ONLY, new_dash
from dashboard.auth import LIVE_PATH, Access, Doorkeeper, Gate
from dashboard.door import Door, Office, Provider, is_office
from dashboard.gauges import Gauges
from dashboard.headers import Headers, security_headers
from dashboard.live import remote
from dashboard.live.clock import Clock
from dashboard.live.desk_source import DatabaseDesks
from dashboard.live.desks import Desks
from dashboard.live.endpoint import Admits, serve_screen
from dashboard.live.frames import Names
from dashboard.live.hub import Hub
from dashboard.live.projector import Projector
from dashboard.live.source import WallSource
from dashboard.machine import Machine
from dashboard.pages import remote as remote_page
from dashboard.pages import wall
from dashboard.sessions import Sessions, SignIns
from dashboard.words import Languages
from dashboard.workplace import Workplace
from db.letters import Letters
from db.outbox import Waiting, waiting
from db.passwords import Passwords


def create_app(
    *,
    source: WallSource,
    names: Names,
    centre_name: str,
    county_map: Mapping[str, object],
    plan: Sequence[wall.Turn],
    languages: Languages,
    access: Access | None = None,
    workplace: Workplace | None = None,
    sign_ins: SignIns | None = None,
    provider: Provider | None = None,
    letters: Letters | None = None,
    passwords: Passwords | None = None,
    clock: Clock | None = None,
) -> Dash:
    """The whole dashboard; serve its `.server` with `serving.server_config`. Threads start with the server.

    Without a `workplace` and `sign_ins` there are walls and nothing else.
    """
    clock, gauges = clock or Clock(), Gauges()
    doorkeeper = Doorkeeper(access or Access(), clock.monotonic)
    hub = Hub(gauges)
    projector = Projector(source, names, hub.publish, gauges=gauges, clock=clock)
    desks = _desks(workplace, clock) if workplace is not None else None
    server = FastAPI(
        lifespan=partial(_lifespan, hub, projector, desks), docs_url=None, redoc_url=None, openapi_url=None
    )
    app = new_dash(server, shell.INDEX, OFFICE_ONLY)
    pages: dict[str, shell.Layout] = {
        wall.PATH: partial(wall.layout, centre_name, plan, county_map),
        remote_page.PATH: partial(remote_page.layout, centre_name, plan),
    }
    shell.register(app, pages, languages)
    app.title = centre_name
    status.register(app.server, projector, gauges, clock, _outbox(workplace) if workplace is not None else None)
    remote.register(app.server, source, [turn.scene for turn in plan], clock)
    _register_live(app.server, hub, gauges, doorkeeper.admits)
    doors, hashes = [], [*app.csp_hashes()]
    if workplace is not None and sign_ins is not None and desks is not None:
        machine = Machine(
            health=lambda: status.health(projector.pulse, projector.alive, clock.monotonic()),
            walls=lambda: hub.screens,
            people=desks.people,
            desks_hear=lambda: desks.hears,
            passwords=passwords or Passwords(),
            letters=letters,
            plan=plan,
        )
        desk = office.create_office(workplace, machine)
        sessions = Sessions(sign_ins, clock.monotonic, clock.now)
        door = Door(Office(desk.server, sessions, workplace.county, centre_name, provider))
        office.register_live(desk, desks, door.still_admits)
        doors.append((is_office, door))
        hashes += desk.csp_hashes()
    app.server.add_middleware(Gate, doorkeeper=doorkeeper, pages=frozenset(pages), doors=doors)
    app.server.add_middleware(Headers, headers=security_headers(hashes))
    return app


def _outbox(workplace: Workplace) -> status.Outbox:
    def read() -> Mapping[str, Waiting]:
        with workplace.database.read() as session:
            return waiting(session)

    return read


def _desks(workplace: Workplace, clock: Clock) -> Desks:
    source = DatabaseDesks(workplace.database, workplace.vault, workplace.rules, workplace.county)
    return Desks(source, clock)


def _register_live(server: FastAPI, hub: Hub, gauges: Gauges, admits: Admits) -> None:
    async def live_wall(socket: WebSocket) -> None:
        await serve_screen(socket, hub, gauges, admits)

    server.add_api_websocket_route(LIVE_PATH, live_wall)


@asynccontextmanager
async def _lifespan(hub: Hub, projector: Projector, desks: Desks | None, _: FastAPI) -> AsyncIterator[None]:
    hub.open(asyncio.get_running_loop())
    projector.start()
    beating = [asyncio.create_task(hub.beat(projector.beat))]
    if desks is not None:
        desks.open(asyncio.get_running_loop())
        beating.append(asyncio.create_task(desks.beat()))
    try:
        yield
    finally:
        for task in beating:
            task.cancel()
        hub.close()
        if desks is not None:
            await asyncio.to_thread(desks.close)
        await asyncio.to_thread(projector.stop)
