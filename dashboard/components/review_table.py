"""The review's headline numbers and its ranking of the townships; every number opens its cases. Pure."""

from fractions import Fraction

from dash import html
from dash.development.base_component import Component

from casework.indicators import Indicator
from casework.review import By, Line, ListKey, Part, Ranked, Review
from casework.scoring import Standing, Unranked
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.attributes import attributes
from dashboard.components.review_parts import card, count_of, indicator_title, opens, part_of, rate_cell, wide
from dashboard.components.review_words import Telling
from dashboard.words import mark

HEADLINE = (Indicator.FINISHED, Indicator.SOLVED, Indicator.SATISFIED)


def headline(review: Review, telling: Telling) -> Component:
    """The county's numbers, each beside the period before."""
    words, line = telling.words, review.county
    given, given_before = (numbers.tally_of(each, Indicator.CLOSED).total for each in (line.tallies, line.before))
    late, late_before = (numbers.tally_of(each, Indicator.OVERDUE_OPEN) for each in (line.tallies, line.before))
    change = Fraction(given - given_before, given_before) if given_before else None
    before = review_words.before(review.name.kind, review.period, words)
    return html.Div(
        [
            _figure(
                ListKey(Indicator.CLOSED, Part.ALL),
                given,
                numbers.count(given),
                words[mark("Given to units")],
                f"{before} {numbers.relative(change)}",
                telling,
            ),
            *(_share(indicator, line, before, telling) for indicator in HEADLINE),
            _figure(
                ListKey(Indicator.OVERDUE_OPEN, Part.GOOD),
                late.good,
                numbers.count(late.good),
                words[mark("Open and overdue (count)")],
                f"{before} {numbers.more(late.good, late_before.good)}",
                telling,
            ),
        ],
        className="review-headline",
    )


def _share(indicator: Indicator, line: Line, before: str, telling: Telling) -> Component:
    tally, then = numbers.tally_of(line.tallies, indicator), numbers.tally_of(line.before, indicator)
    part = part_of(indicator, tally)
    change = numbers.change_of_share(tally.share, then.share)
    points = telling.words[mark("{n} points")].format(n=change) if change != numbers.NOTHING else change
    return _figure(
        ListKey(indicator, part),
        count_of(tally, part),
        numbers.percent(tally.share),
        f"{review_words.indicator_name(indicator, telling.words)} {numbers.ratio(tally)}",
        f"{before} {points}",
        telling,
    )


def _figure(key: ListKey, count: int, shown: str, name: str, beside: str, telling: Telling) -> Component:
    told = [
        html.Strong(shown, className="figures"),
        html.Span(name, className="figures"),
        html.Span(beside, className="review-change figures"),
    ]
    return opens(key, count, told, f"{name} {shown}", telling)


def ranking(review: Review, telling: Telling, picked: str) -> Component:
    """The ranked townships by rank, and apart from them those without one. A township is picked to see its points."""
    words = telling.words
    scored = tuple(review.rules.terms)
    ranked = [each for each in review.townships if each.standing.rank is not None]
    unranked = [each for each in review.townships if each.standing.rank is None]
    table = html.Table(
        [
            html.Caption(words[mark("Ranking of the townships")], className="unseen"),
            html.Thead(
                html.Tr(
                    [
                        html.Th(words[mark("Rank")], scope="col"),
                        html.Th(words[mark("Township")], scope="col"),
                        html.Th(words[mark("Score")], scope="col"),
                        *(indicator_title(indicator, words) for indicator in scored),
                    ]
                )
            ),
            html.Tbody([_ranked(each, scored, telling, picked) for each in ranked]),
            html.Tbody(
                [row for each in unranked for row in _unranked(each, scored, review, telling, picked)],
                className="review-unranked",
            ),
        ],
        className="review-ranking",
    )
    return card(
        "table",
        words[mark("Ranking of the townships")],
        [headline(review, telling), wide(table, words[mark("Ranking of the townships")])],
    )


def _ranked(each: Ranked, scored: tuple[Indicator, ...], telling: Telling, picked: str) -> Component:
    code = each.line.code
    return html.Tr(
        [
            html.Td(str(each.standing.rank), className="review-rank figures"),
            html.Th(_pick(each, telling, picked, numbers.change_of_rank(each.change)), scope="row"),
            html.Td(_score(each, telling), className="review-score figures"),
            *_rates(each.line, scored, code, telling),
        ],
        **attributes(data_unit=code),
    )


def _rates(line: Line, scored: tuple[Indicator, ...], code: str, telling: Telling) -> list[Component]:
    return [
        rate_cell(indicator, numbers.tally_of(line.tallies, indicator), By.TOWNSHIP, code, telling)
        for indicator in scored
    ]


def _pick(each: Ranked, telling: Telling, picked: str, change: str = "") -> Component:
    code = each.line.code
    name = telling.name(By.TOWNSHIP, code)
    way = "same" if not each.change else "up" if each.change > 0 else "down"
    told = [
        html.B(name),
        html.Span(change, className="review-moved figures", **attributes(data_way=way)) if change else None,
    ]
    return html.Button(
        told,
        type="button",
        className="review-pick",
        **attributes(
            data_pick=code,
            aria_pressed="true" if code == picked else "false",
            aria_label=telling.words[mark("{unit}: where points were lost")].format(unit=name)
            + (f" {change}" if change else ""),
        ),
    )


def _score(each: Ranked, telling: Telling) -> list[Component | str]:
    """The score, without what was excluded; beside it, small, the score with it, and that something is contested."""
    told: list[Component | str] = [html.B(numbers.points(_points(each.standing)))]
    words = telling.words
    if each.line.excluded:
        shown = words[mark("{points} with exclusions")].format(points=numbers.points(_points(each.standing_with)))
        told.append(html.Span(shown, className="review-with"))
    if each.line.contested:
        told.append(html.Span(words[mark("{n} contested")].format(n=each.line.contested), className="review-with"))
    return told


def _points(standing: Standing) -> float | None:
    return standing.score.points if standing.score is not None else None


def _unranked(
    each: Ranked, scored: tuple[Indicator, ...], review: Review, telling: Telling, picked: str
) -> list[Component]:
    """Two rows: its rates, and below them why it has no rank."""
    code = each.line.code
    told = html.Tr(
        [
            html.Td(numbers.NOTHING, className="review-rank"),
            html.Th(_pick(each, telling, picked), scope="row"),
            html.Td(numbers.NOTHING, className="review-score"),
            *_rates(each.line, scored, code, telling),
        ],
        **attributes(data_unit=code),
    )
    columns = len(scored) + 2
    why = html.Tr([html.Td(), html.Td(reason(each, review, telling), colSpan=columns, className="review-why")])
    return [told, why]


def reason(each: Ranked, review: Review, telling: Telling) -> str:
    """Why it has no rank, and where its share finished in time lies."""
    words, standing = telling.words, each.standing
    why = words[review_words.REASONS[standing.reason or Unranked.NO_CASES]].format(n=review.rules.n_min)
    if standing.interval is None:
        return words[mark("not ranked: {why}")].format(why=why)
    return words[mark("not ranked: {why}; 95 % interval {interval}")].format(
        why=why, interval=numbers.interval(standing.interval)
    )
