"""The review: a week, a month or a quarter of the county on a tablet, and the exact cases behind each of its numbers.

Everybody who sees cases sees the county's published table; whose cases may be opened is a matter of sight. No text and no person
is on this page. That a list was opened is written down before it is shown.
"""

from collections.abc import Mapping
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from casework.roles import Right
from dashboard.asking import Asking, asking
from dashboard.callbacks import in_thread
from dashboard.components import review_ask, review_page, review_unit
from dashboard.components.attributes import attributes
from dashboard.components.drawing import Node, nodes
from dashboard.components.review_ask import BadAsk
from dashboard.components.review_cases import told_list
from dashboard.components.review_page import Drawn
from dashboard.components.review_words import Telling
from dashboard.reviewing import Reviews
from dashboard.words import language_of, mark
from dashboard.workplace import Page, Visit, Workplace
from db import audit
from db.audit import Deed

SEARCH: Final = State("address", "search")
STORES: Final = ("review-drawn", "review-unit-ask", "review-unit", "review-list-ask", "review-listed")


def layout(visit: Visit) -> Component:
    """Room and words; what is shown is asked for by the store `review-ask`."""
    account = visit.who.account
    return html.Div(
        [
            *review_page.frame(visit.words, may_export=account.may(Right.EXPORT), may_meet=account.may(Right.MEET)),
            dcc.Store(id="review-ask", data={"name": visit.rest, "n": 0}),
            *(dcc.Store(id=name) for name in STORES),
        ],
        id="review",
        className="review",
        lang=visit.language.replace("_", "-"),
        **attributes(data_search=review_ask.language_search(f"?lang={visit.language}")),
    )


PAGE: Final = Page(review_ask.PATH, mark("Review"), Right.CASES, layout)


def register(app: Dash, workplace: Workplace, reviews: Reviews) -> None:
    for name in ("drawn", "unit", "listed"):  # the script draws what arrives (`assets/review.js`)
        app.clientside_callback(ClientsideFunction("review", name), Input(f"review-{name}", "data"))  # type: ignore[no-untyped-call]

    @app.callback(Output("review-drawn", "data"), Input("review-ask", "data"), SEARCH)
    @in_thread
    def show(told: object, search: str | None) -> dict[str, list[Node]]:
        return {
            room: nodes(parts) for room, parts in read(workplace, reviews, asking(), told, search)._asdict().items()
        }

    @app.callback(Output("review-unit", "data"), Input("review-unit-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def show_unit(told: object, search: str | None) -> list[Node]:
        return nodes(read_unit(workplace, reviews, asking(), told, search))

    @app.callback(Output("review-listed", "data"), Input("review-list-ask", "data"), SEARCH, prevent_initial_call=True)
    @in_thread
    def show_list(told: object, search: str | None) -> dict[str, Any]:
        return read_list(workplace, reviews, asking(), told, search)


def telling_of(workplace: Workplace, who: Asking, search: str | None) -> Telling:
    words = workplace.languages[language_of(search, workplace.languages)]
    return Telling(workplace.county, words, who.sight, review_ask.language_search(search))


def read(workplace: Workplace, reviews: Reviews, who: Asking, told: object, search: str | None) -> Drawn:
    """The whole page; what can't be asked is answered with a sentence."""
    who.must(Right.CASES)
    telling, now = telling_of(workplace, who, search), workplace.clock.now()
    number = told.get("n") if isinstance(told, Mapping) else None
    number = number if isinstance(number, int) else 0
    try:
        ask = review_ask.asked(told, search, now)
    except BadAsk as error:
        return review_page.nothing(telling.words[str(error)], number, telling)
    review = reviews.read(ask.name, ask.as_of)
    return review_page.drawn(review, number, ask.unit, telling.of(review.name, review.as_of), who.account.name, now)


def read_unit(workplace: Workplace, reviews: Reviews, who: Asking, told: object, search: str | None) -> list[Component]:
    """The points of one township, of the review that is on the screen."""
    who.must(Right.CASES)
    ask = review_ask.asked(told, search, workplace.clock.now())
    fingerprint = str(told.get("fingerprint")) if isinstance(told, Mapping) else ""
    review = reviews.shown(ask.name, ask.as_of, fingerprint)
    telling = telling_of(workplace, who, search)
    return review_unit.unit(review, review_unit.picked_unit(review, ask.unit, telling), telling)


def read_list(workplace: Workplace, reviews: Reviews, who: Asking, told: object, search: str | None) -> dict[str, Any]:
    """The cases behind a number of the review on the screen that the account sees; `{"said"}` where it may see none."""
    who.must(Right.CASES)
    telling, at = telling_of(workplace, who, search), workplace.clock.now()
    try:
        wanted = review_ask.list_asked(told if isinstance(told, Mapping) else {}, at)
    except BadAsk as error:
        return {"said": telling.words[str(error)]}
    if not telling.may_open(wanted.key):
        return {"said": telling.words[mark("There is no such list.")]}
    review = reviews.shown(wanted.ask.name, wanted.ask.as_of, wanted.fingerprint)
    cases = reviews.cases(review, wanted.key, who.sight)
    with workplace.database.write() as session:
        detail = {
            "period": str(review.name),
            "list": str(wanted.key),
            "found": len(cases),
            "fingerprint": review.fingerprint,
        }
        audit.record(session, workplace.vault, who.account, Deed.LISTED, at, detail=detail)
    return told_list(review, wanted.key, cases, wanted.most, telling.of(review.name, review.as_of))
