"""The review's plain tables: the sheet counties publish, what else townships are measured by, departments, how long it took, and
of what kind matters were. Every number opens its cases. Pure."""

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from casework.indicators import Indicator
from casework.review import By, Handling, Line, ListKey, Part, Review
from dashboard.components import review_numbers as numbers
from dashboard.components.attributes import attributes
from dashboard.components.review_parts import card, count_cell, indicator_title, nothing, opens, rate_cell, titles, wide
from dashboard.components.review_words import Telling
from dashboard.words import mark

PROCESS: Final = (
    Indicator.RETURNED,
    Indicator.REDONE,
    Indicator.REPEATED,
    Indicator.SETTLED_ENDED,
    Indicator.SETTLED_ACCEPTED,
    Indicator.LOCAL,
    Indicator.OVERDUE_OPEN,
)
OF_DEPARTMENTS: Final = (
    Indicator.SIGNED,
    Indicator.FINISHED,
    Indicator.SOLVED,
    Indicator.SATISFIED,
    Indicator.OVERDUE_OPEN,
)
SHEET: Final = (
    mark("Given (count)"),
    mark("Finished in time (count)"),
    mark("Finished late"),
    mark("Unfinished"),
    mark("Finished, share"),
    mark("In time, share"),
    mark("Dissatisfied (count)"),
    mark("Dissatisfied, share"),
    mark("On the period before"),
)
KINDS_SHOWN: Final = 10
WHOLE: Final = 100


def sheet(review: Review, telling: Telling) -> Component:
    """周报表: what became of what was given, by township, and of the county."""
    words = telling.words
    lines = [*(each.line for each in review.townships), review.county]
    table = html.Table(
        [
            html.Thead(html.Tr(titles([words[mark("Township")], *(words[each] for each in SHEET)]))),
            html.Tbody([_sheet_row(line, telling) for line in lines]),
        ]
    )
    return card("sheet", words[mark("Sheet of the period")], [wide(table, words[mark("Sheet of the period")])])


def _sheet_row(line: Line, telling: Telling) -> Component:
    row, name = numbers.sheet_row(line), telling.name(line.by, line.code)

    def cell(indicator: Indicator, part: Part, count: int) -> Component:
        return count_cell(ListKey(indicator, part, line.by, line.code), count, name, telling)

    return html.Tr(
        [
            html.Th(name, scope="row"),
            cell(Indicator.CLOSED, Part.ALL, row.given),
            cell(Indicator.CLOSED_ON_TIME, Part.GOOD, row.on_time),
            cell(Indicator.CLOSED, Part.LATE, row.late),
            cell(Indicator.CLOSED, Part.MISSED, row.unfinished),
            html.Td(numbers.percent(row.closed), className="figures"),
            html.Td(numbers.percent(row.closed_on_time), className="figures"),
            cell(Indicator.DISSATISFIED, Part.GOOD, row.dissatisfied),
            html.Td(numbers.percent(row.dissatisfied_share), className="figures"),
            html.Td(numbers.relative(row.change), className="figures"),
        ],
        className="review-total" if line.by is By.COUNTY else "",
    )


def process(review: Review, telling: Telling) -> Component:
    """What else a township's work is known by; none of it is scored."""
    title = telling.words[mark("How it was worked")]
    lines = [*(each.line for each in review.townships), review.county]
    return card("process", title, [wide(_rates(lines, PROCESS, telling.words[mark("Township")], telling), title)])


def departments(review: Review, telling: Telling) -> Component:
    """Departments that had anything, those with the most first."""
    words = telling.words
    title = words[mark("Departments")]
    lines = [line for line in review.departments if any(tally.total for tally in line.tallies.values())]
    lines.sort(key=lambda line: -_given(line))
    if not lines:
        return card("departments", title, [nothing(words[mark("No department had anything in this period.")])])
    table = _rates(lines, OF_DEPARTMENTS, words[mark("Department")], telling, given=True)
    return card("departments", title, [wide(table, title)])


def _rates(
    lines: Sequence[Line], indicators: Sequence[Indicator], first: str, telling: Telling, *, given: bool = False
) -> Component:
    words = telling.words
    head = titles([first, words[mark("Given")]] if given else [first])
    return html.Table(
        [
            html.Thead(html.Tr([*head, *(indicator_title(each, words) for each in indicators)])),
            html.Tbody([_rates_row(line, indicators, telling, given=given) for line in lines]),
        ]
    )


def _rates_row(line: Line, indicators: Sequence[Indicator], telling: Telling, *, given: bool) -> Component:
    name = telling.name(line.by, line.code)
    key = ListKey(Indicator.CLOSED, Part.ALL, line.by, line.code)
    first = [count_cell(key, _given(line), name, telling)] if given else []
    cells = [rate_cell(each, numbers.tally_of(line.tallies, each), line.by, line.code, telling) for each in indicators]
    total = "review-total" if line.by is By.COUNTY else ""
    return html.Tr([html.Th(name, scope="row"), *first, *cells], className=total)


def _given(line: Line) -> int:
    return numbers.tally_of(line.tallies, Indicator.CLOSED).total


def handling(review: Review, telling: Telling) -> Component:
    """平均办理时长: of what was finished in the period, in natural hours and in working hours, without pauses."""
    words = telling.words
    title = words[mark("How long it took")]
    lines = [*(each.line for each in review.townships), review.county]
    told = [_handling_row(line, line.handling, telling) for line in lines if line.handling is not None]
    if not told:
        return card("handling", title, [nothing(words[mark("Nothing was finished in this period.")])])
    spread = [words[mark("mean")], words[mark("median")], words[mark("P90")]]
    table = html.Table(
        [
            html.Thead(
                [
                    html.Tr(
                        [
                            html.Th(words[mark("Township")], scope="col", rowSpan=2),
                            html.Th(words[mark("Finished (count)")], scope="col", rowSpan=2),
                            html.Th(words[mark("Natural hours")], scope="colgroup", colSpan=3),
                            html.Th(words[mark("Working hours")], scope="colgroup", colSpan=3),
                        ]
                    ),
                    html.Tr(titles([*spread, *spread])),
                ]
            ),
            html.Tbody(told),
        ]
    )
    beside = words[mark("pauses left out")]
    return card("handling", title, [wide(table, title)], beside)


def _handling_row(line: Line, told: Handling | None, telling: Telling) -> Component:
    spreads = [] if told is None else [told.natural, told.working]
    cells = [numbers.hours(seconds) for each in spreads for seconds in (each.mean, each.median, each.p90)]
    many = numbers.count(spreads[0].spans) if spreads else numbers.NOTHING
    return html.Tr(
        [
            html.Th(telling.name(line.by, line.code), scope="row"),
            html.Td(many, className="figures"),
            *(html.Td(cell, className="figures") for cell in cells),
        ],
        className="review-total" if line.by is By.COUNTY else "",
    )


def composition(review: Review, telling: Telling) -> Component:
    """Of what kind the matters were and where they came from, beside the period before; the rarest kinds are folded away."""
    words = telling.words
    kinds = sorted((line for line in review.categories if _given(line)), key=lambda line: (-_given(line), line.code))
    most = max(map(_given, kinds), default=0)
    rows = [_kind(line, most, telling) for line in kinds]
    rest = (
        [
            html.Details(
                [
                    html.Summary(words[mark("{n} more kinds")].format(n=len(rows) - KINDS_SHOWN)),
                    html.Div(rows[KINDS_SHOWN:], className="review-kind-rows"),
                ]
            )
        ]
        if len(rows) > KINDS_SHOWN
        else []
    )
    feeds = sorted((line for line in review.feeds if _given(line)), key=lambda line: (-_given(line), line.code))
    most_fed = max(map(_given, feeds), default=0)
    return card(
        "kinds",
        words[mark("What it was about, and where it came from")],
        [
            html.Div(rows[:KINDS_SHOWN], className="review-kind-rows")
            if rows
            else nothing(words[mark("Nothing was given.")]),
            *rest,
            html.H3(words[mark("By feed")]),
            html.Div([_kind(line, most_fed, telling) for line in feeds], className="review-kind-rows"),
        ],
        words[mark("given, beside the period before")],
    )


def _kind(line: Line, most: int, telling: Telling) -> Component:
    """Its name, a bar, its count and how that changed; all of it opens the cases."""
    count, before = _given(line), numbers.tally_of(line.before, Indicator.CLOSED).total
    name = telling.name(line.by, line.code)
    change = numbers.more(count, before)
    told = [
        html.Span(name, className="review-kind-name"),
        html.Span(
            html.Span(className="review-got", style={"width": f"{WHOLE * count / most:.2f}%"}),
            className="review-bar",
            **attributes(aria_hidden="true"),
        ),
        html.B(numbers.count(count), className="figures"),
        html.Span(change, className="review-kind-change figures"),
    ]
    key = ListKey(Indicator.CLOSED, Part.ALL, line.by, line.code)
    return html.Div(opens(key, count, told, f"{name} {count} ({change})", telling), className="review-kind")
