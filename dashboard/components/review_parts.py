"""What the parts of the review's page are made of: a card, a number that opens its cases, a column's title. Pure."""

from collections.abc import Iterable, Sequence

from dash import html
from dash.development.base_component import Component

from casework.indicators import FLOWS, LESS_IS_BETTER, Indicator
from casework.review import AnyKey, By, ListKey, Part, Tally
from dashboard.components import review_numbers as numbers
from dashboard.components.attributes import attributes
from dashboard.components.review_words import Telling, indicator_name
from dashboard.words import Words, mark


def card(name: str, title: str, parts: Sequence[Component | str], beside: str | Component = "") -> Component:
    """A part of the page; `name` tells it from others, `beside` stands at the right of its title."""
    heading = f"review-{name}-title"
    return html.Section(
        [
            html.Div(
                [html.H2(title, id=heading), html.Span(beside, className="review-beside") if beside else None],
                className="review-card-head",
            ),
            *parts,
        ],
        className=f"review-card review-card-{name}",
        **attributes(aria_labelledby=heading),
    )


def wide(table: Component, label: str) -> Component:
    """Room for a table that may be wider than a narrow screen: it is swiped sideways, and the page is not."""
    return html.Div(table, className="review-wide", role="group", tabIndex=0, **attributes(aria_label=label))


def part_of(indicator: Indicator, tally: Tally) -> Part:
    """Which cases one wants to see first: those that cost something, or all of them where none did."""
    if indicator in LESS_IS_BETTER | FLOWS:
        return Part.GOOD if tally.good else Part.ALL
    return Part.MISSED if tally.missed else Part.ALL


def count_of(tally: Tally, part: Part) -> int:
    """How many spans are behind a part of an indicator; `Part.LATE` is of two of them."""
    return {Part.GOOD: tally.good, Part.ALL: tally.total, Part.MISSED: tally.missed}[part]


def parts_of(indicator: Indicator) -> tuple[Part, ...]:
    """The parts it has: what is set against a flow is not made of it, so nothing of it is missed."""
    return (Part.GOOD, Part.ALL) if indicator in FLOWS else (Part.MISSED, Part.GOOD, Part.ALL)


def opens(key: AnyKey, number: int, shown: Sequence[Component | str], label: str, telling: Telling) -> Component:
    """A number that opens its cases; only text where there are none, or the account may not see them."""
    if number == 0 or not telling.may_open(key):
        return html.Span(shown, className="review-number")
    return html.Button(
        shown,
        type="button",
        className="review-number",
        **attributes(data_list=str(key), data_count=str(number), aria_label=label, aria_haspopup="dialog"),
    )


def count_cell(key: ListKey, number: int, name: str, telling: Telling) -> Component:
    """A count that opens exactly its cases. `name`: of the line it is in and of the column, for who can't see them."""
    return html.Td(opens(key, number, [numbers.count(number)], f"{name} {number}", telling), className="figures")


def rate_cell(indicator: Indicator, tally: Tally, by: By, code: str, telling: Telling) -> Component:
    """A rate above its two counts; opens what it missed, with the rest beside."""
    if not tally.total:
        return html.Td(html.Span(numbers.NOTHING, className="review-number review-none"), className="figures")
    key = ListKey(indicator, part_of(indicator, tally), by, code)
    shares = numbers.percent(tally.share)
    counts = numbers.ratio(tally)
    label = f"{telling.name(by, code)} {indicator_name(indicator, telling.words)} {shares} {counts}"
    shown = [html.B(shares), html.Span(counts, className="review-ratio")]
    return html.Td(opens(key, count_of(tally, key.part), shown, label, telling), className="figures")


def indicator_title(indicator: Indicator, words: Words) -> Component:
    """A column's title; its definition is one tap away."""
    return html.Th(define(indicator, indicator_name(indicator, words), words), scope="col")


def define(indicator: Indicator, shown: str, words: Words) -> Component:
    label = words[mark("{name}: how it is counted")].format(name=shown)
    return html.Button(
        shown,
        type="button",
        className="review-define",
        **attributes(data_define=indicator.value, aria_label=label, aria_haspopup="dialog"),
    )


def titles(shown: Iterable[str]) -> list[Component]:
    return [html.Th(each, scope="col") for each in shown]


def nothing(sentence: str) -> Component:
    return html.P(sentence, className="review-nothing")
