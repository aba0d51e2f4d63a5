"""What a review points out: what rose beyond its usual range, where it gathers, what came again. With its reasons. Pure."""

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from casework.review import ArrivalKey, By, HotSpot, PeriodKind, Repeat, Review
from casework.rises import FEWEST_SHOWN, Rise
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.review_parts import card, nothing, opens
from dashboard.components.review_words import Telling
from dashboard.words import mark

REPEATS_SHOWN: Final = 12


def rises(review: Review, telling: Telling) -> Component:
    """Counts above the limit of what a quiet period shows, with the rule in a sentence."""
    words = telling.words
    rows = [_rise(each, telling) for each in review.rises]
    found = (
        html.Ul(rows, className="review-rows") if rows else nothing(words[mark("Nothing rose beyond its usual range.")])
    )
    if not review.rises_weeks:
        found = nothing(words[mark("There are too few earlier periods to say what is usual.")])
    unit = {PeriodKind.WEEK: mark("weeks"), PeriodKind.MONTH: mark("months"), PeriodKind.QUARTER: mark("quarters")}
    rule = words[
        mark(
            "The rule: more than {n} earlier {units} lead one to expect, at 5 % false alarms for the whole county in a quiet "
            "period (negative binomial, Bonferroni); fewer than {fewest} cases are never a rise."
        )
    ].format(n=review.rises_weeks, units=words[unit[review.name.kind]], fewest=FEWEST_SHOWN)
    parts = [found, html.P(rule, className="review-rule")] if review.rises_weeks else [found]
    return card("rises", words[mark("Beyond its usual range")], parts)


def _rise(rise: Rise, telling: Telling) -> Component:
    words = telling.words
    names = [
        telling.name(By.CATEGORY, rise.category) if rise.category is not None else "",
        telling.name(By.TOWNSHIP, rise.township) if rise.township is not None else words[mark("whole county")],
    ]
    usual = (
        numbers.count(round(rise.usual))
        if rise.usual is not None
        else words[mark("fewer than {n}")].format(n=FEWEST_SHOWN)
    )
    return html.Li(
        [
            html.Span([html.B(each) for each in names if each], className="review-row-name"),
            html.Span(words[mark("{n} cases came in")].format(n=rise.count), className="figures"),
            html.Span(
                words[mark("usually {usual}, limit {limit}")].format(usual=usual, limit=rise.limit),
                className="review-row-why figures",
            ),
            opens(
                ArrivalKey(rise.township, None, rise.category),
                rise.count,
                [words[mark("See the cases")], " ›"],
                f"{' '.join(filter(None, names))} {rise.count}",
                telling,
            ),
        ]
    )


def hot_spots(review: Review, telling: Telling) -> Component:
    """Villages with more than usual, each with what it mostly was."""
    words = telling.words
    title = words[mark("Hot spots")]
    if not review.hot_spots:
        return card("hot", title, [nothing(words[mark("No village stands out.")])])
    return card(
        "hot", title, [html.Ul([_hot_spot(each, telling) for each in review.hot_spots], className="review-rows")]
    )


def _hot_spot(spot: HotSpot, telling: Telling) -> Component:
    words = telling.words
    name = f"{telling.name(By.TOWNSHIP, spot.township)} {telling.name(By.VILLAGE, spot.village)}"
    usual = (
        words[mark("usually {usual}")].format(usual=numbers.tenths(spot.usual))
        if spot.usual is not None
        else words[mark("more than any other village")]
    )
    mostly = words[mark("{n} of them {kind}")].format(
        n=spot.category_cases, kind=telling.name(By.CATEGORY, spot.category)
    )
    key = ArrivalKey(spot.township, spot.village)
    count = words[mark("{n} cases came in")].format(n=spot.cases)
    return html.Li(
        [
            html.Span(html.B(name), className="review-row-name"),
            html.Span(count, className="figures"),
            html.Span(f"{usual} · {mostly}" if spot.category_cases else usual, className="review-row-why figures"),
            opens(key, spot.cases, [words[mark("See the cases")], " ›"], f"{name} {count}", telling),
        ]
    )


def repeats(review: Review, telling: Telling) -> Component:
    """The matters that 重复 counts: closed ones that were brought again (再诉), with how often."""
    words = telling.words
    title = words[mark("Brought again after it was closed")]
    if not review.repeats:
        return card("repeats", title, [nothing(words[mark("No closed matter was brought again.")])])
    rows = [_repeat(each, telling) for each in review.repeats]
    rest = (
        [
            html.Details(
                [
                    html.Summary(words[mark("{n} more")].format(n=len(rows) - REPEATS_SHOWN)),
                    html.Ul(rows[REPEATS_SHOWN:], className="review-rows"),
                ]
            )
        ]
        if len(rows) > REPEATS_SHOWN
        else []
    )
    told = words[mark("{n} cases")].format(n=len(rows))
    return card("repeats", title, [html.Ul(rows[:REPEATS_SHOWN], className="review-rows"), *rest], told)


def _repeat(repeat: Repeat, telling: Telling) -> Component:
    """A case's code is a link where the account may see its township's cases; who opens it is asked again there."""
    words = telling.words
    where = telling.name(By.TOWNSHIP, repeat.township) if repeat.township is not None else words[mark("place unknown")]
    why = [
        words[mark("{n} reports")].format(n=repeat.reports) if repeat.reports > 1 else "",
        words[mark("round {n}")].format(n=repeat.rounds) if repeat.rounds > 1 else "",
        words[mark("given again on {time}")].format(time=review_words.minute(repeat.last_at, words)),
    ]
    may = telling.sight.whole_county or repeat.township in telling.sight.townships
    return html.Li(
        [
            html.Span(
                [html.B(telling.name(By.CATEGORY, repeat.category)), html.Span(where)], className="review-row-name"
            ),
            html.Span(" · ".join(filter(None, why)), className="review-row-why figures"),
            case_link(repeat.case_code, telling) if may else None,
        ]
    )


def case_link(code: str, telling: Telling) -> Component:
    return dcc.Link(code, href=telling.case_href(code), className="review-case figures")
