"""Operations: how feeds, database and screens are, what could not be understood, who may sign in and which displays are let in.

What it tells is read anew every two seconds; whatever it changes leaves a row in the audit.
"""

from functools import partial
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from casework.roles import Right
from casework.rules import Rules
from dashboard.asking import asking
from dashboard.callbacks import in_thread
from dashboard.components import ops_live, ops_page
from dashboard.components.ops_live import PENDING_COUNTED, Figures
from dashboard.live.clock import Clock
from dashboard.machine import Machine
from dashboard.pages import ops_access, ops_letters
from dashboard.pages.ops_given import words_of
from dashboard.words import Words, mark
from dashboard.workplace import Page, Visit, Workplace
from db import audit, outbox
from db.database import DatabaseAway
from db.queries import ops, wall
from db.search import pending

PATH: Final = "/ops"
EVERY_MS: Final = 2_000
PEOPLE_EVERY_MS: Final = 10_000
REASONS: Final = 100


def page(rules: Rules, clock: Clock) -> Page:
    return Page(PATH, mark("Operations"), Right.FEEDS, partial(layout, rules, clock))


def layout(rules: Rules, clock: Clock, visit: Visit) -> Component:
    words = visit.words
    people = visit.who.account.may(Right.PEOPLE)
    return html.Div(
        [
            html.Div(
                [html.H1(words[mark("Operations")]), html.Span(id="ops-asof", className="quiet figures")],
                className="ops-head",
            ),
            ops_page.section("ops-feeds-section", words[mark("Feeds")], html.Div(id="ops-feeds", className="ops-live")),
            ops_page.section(
                "ops-machine", words[mark("Machine")], html.Div(id="ops-figures", className="ops-figures ops-live")
            ),
            ops_page.letters_section(words),
            ops_page.section(
                "ops-rules", words[mark("Rules and calendar")], ops_live.rules_table(rules, clock.now(), words)
            ),
            *((ops_page.links_section(words), ops_page.accounts_section(words)) if people else ()),
            dcc.Interval(id="ops-tick", interval=EVERY_MS),
            dcc.Interval(id="ops-people-tick", interval=PEOPLE_EVERY_MS),
        ],
        id="ops",
        className="office-sheet",
    )


def register(app: Dash, workplace: Workplace, machine: Machine) -> None:
    _register_machine(app, workplace, machine)
    ops_letters.register(app, workplace, machine)
    ops_access.register(app, workplace, machine)


def _register_machine(app: Dash, workplace: Workplace, machine: Machine) -> None:
    @app.callback(
        Output("ops-feeds", "children"),
        Output("ops-figures", "children"),
        Output("ops-reasons", "rowData"),
        Output("ops-asof", "children"),
        Input("ops-tick", "n_intervals"),
        Input("ops-letters-told", "children"),
        State("address", "search"),
    )
    @in_thread
    def show_machine(tick: object, told: object, search: str | None) -> tuple[Any, Any, Any, Any]:
        asking().must(Right.FEEDS)
        try:
            return read_machine(workplace, machine, words_of(workplace, search))
        except DatabaseAway:  # the masthead says so, and what is shown turns grey
            return no_update, no_update, no_update, no_update


def read_machine(
    workplace: Workplace, machine: Machine, words: Words
) -> tuple[Component, list[Component], list[dict[str, Any]], str]:
    """Feeds, figures, reasons and the instant they are true for."""
    at, begun = workplace.clock.now(), workplace.clock.monotonic()
    with workplace.database.read() as session:
        ops.ping(session)
        took = workplace.clock.monotonic() - begun
        feeds, waiting = wall.feed_health(session), outbox.waiting(session)
        reasons = ops.letter_reasons(session, REASONS)
        end = audit.end_of(session, workplace.vault)
        figures = Figures(
            at=at,
            facts=ops.database_facts(session),
            took=took,
            health=machine.health(),
            desks_hear=machine.desks_hear(),
            walls=machine.walls(),
            people=machine.people(),
            pending=pending(session, PENDING_COUNTED),
            audit_end=end.id if end is not None else None,
        )
    table = ops_live.feeds_table(feeds, waiting, at, words)
    return table, ops_live.figures_list(figures, words), ops_live.reason_rows(reasons, words), ops_live.as_of(at, words)
