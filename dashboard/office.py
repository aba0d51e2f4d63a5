"""The application of the people who sign in: an application of its own, so that no wall can reach a callback of it."""

import logging
from typing import Any

from dash import Dash, no_update, set_props
from fastapi import FastAPI, WebSocket

from casework.errors import CaseworkError, Refused
from dashboard import office_shell
from dashboard.asking import NotAllowed
from dashboard.assets import WALL_ONLY, new_dash
from dashboard.door import OFFICE, OFFICE_LIVE
from dashboard.live.desk_line import StillAdmits, serve_desk
from dashboard.live.desks import Desks
from dashboard.machine import Machine
from dashboard.pages import actions, audit, case, desk, matches, meeting, ops, password, review, review_pack
from dashboard.reviewing import DatabaseReviews, Reviews
from dashboard.workplace import Workplace
from db.database import DatabaseAway

log = logging.getLogger(__name__)


def create_office(workplace: Workplace, machine: Machine) -> Dash:
    """The pages in the order of the navigation, each with its callbacks and routes."""
    app = new_dash(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        office_shell.INDEX,
        WALL_ONLY,
        "dash_ag_grid",
        requests_pathname_prefix=OFFICE,
        routes_pathname_prefix=OFFICE,
        suppress_callback_exceptions=True,  # a page's components are there only while it is open
        on_error=say,
    )
    app.title = workplace.centre_name
    source = workplace.reviews or DatabaseReviews(workplace.database, workplace.rules, workplace.county)
    reviews = Reviews(source, workplace.clock)
    pages = (
        desk.page(workplace.county),
        matches.page(workplace.county),
        review.PAGE,
        case.page(workplace.county),
        ops.page(workplace.rules, workplace.clock),
        audit.PAGE,
        password.PAGE,
    )
    office_shell.register(app, pages, workplace.languages, workplace.centre_name)
    desk.register(app, workplace)
    case.register(app, workplace)
    actions.register(app, workplace)
    matches.register(app, workplace)
    review.register(app, workplace, reviews)
    review_pack.register(app, workplace, reviews)
    meeting.register(app, workplace, machine, reviews)
    ops.register(app, workplace, machine)
    audit.register(app, workplace)
    password.register(app, workplace, machine)
    return app


def register_live(app: Dash, desks: Desks, still_admits: StillAdmits) -> None:
    """The office's live line; `still_admits` is the door's, which can be made only when there is an office behind it."""

    async def live_desk(socket: WebSocket) -> None:
        await serve_desk(socket, desks, still_admits)

    app.server.add_api_websocket_route(OFFICE_LIVE, live_desk)


def say(error: Exception) -> Any:
    """What a callback that failed leaves on the screen: a sentence, and nothing of what was asked."""
    set_props(office_shell.NOTICE, {"children": sentence(error)})
    return no_update


def sentence(error: Exception) -> str:
    match error:
        case Refused() | CaseworkError():
            return str(error)
        case NotAllowed():
            return "您的账号无权进行此操作。 Your account may not do this."
        case DatabaseAway():
            return "数据库暂时不可用，请稍后再试。 The database is away; please try again shortly."
        case _:
            log.error("a callback failed: %s", type(error).__name__)
            return "操作没有完成，请重试。 That did not work; please try again."
