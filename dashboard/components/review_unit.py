"""Where a township lost its points: what each indicator got, lost and could have got, with the cases it lost them by. Pure."""

from dash import html
from dash.development.base_component import Component

from casework.indicators import Indicator
from casework.review import By, ListKey, Ranked, Review
from casework.review import Part as Cases
from casework.scoring import Part, Score
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.attributes import attributes
from dashboard.components.review_parts import count_of, nothing, part_of
from dashboard.components.review_table import reason
from dashboard.components.review_words import Telling
from dashboard.words import mark

WHOLE = 100


def picked_unit(review: Review, wanted: str | None, telling: Telling) -> str:
    """The township whose points are shown: the one wanted, else one's own, else the last of the ranking."""
    codes = [each.line.code for each in review.townships]
    if wanted in codes:
        return wanted
    own = [code for code in codes if code in telling.sight.townships]
    ranked = [each.line.code for each in review.townships if each.standing.rank is not None]
    return next(iter([*own, *reversed(ranked), *codes]), "")


def unit(review: Review, code: str, telling: Telling) -> list[Component]:
    """The panel of one township."""
    words = telling.words
    each = next((one for one in review.townships if one.line.code == code), None)
    if each is None:
        return [nothing(words[mark("No township is known.")])]
    score = each.standing.score
    title = telling.name(By.TOWNSHIP, code)
    beside = words[mark("tap a line to see its cases")] if telling.may_open(_key(code)) and score is not None else ""
    return [
        html.Div(
            [
                html.H2([title, *_told_score(score, telling)], id="review-unit-title"),
                html.Span(beside, className="review-beside"),
            ],
            className="review-card-head",
        ),
        *(_lost(each, score, telling) if score is not None else [nothing(reason(each, review, telling))]),
        *_without(each, telling),
        *weekly(each, review, telling),
        html.Div(id="review-unit-shown", hidden=True, **attributes(data_unit=code)),
    ]


def _key(code: str) -> ListKey:
    return ListKey(Indicator.CLOSED, Cases.ALL, By.TOWNSHIP, code)


def _told_score(score: Score | None, telling: Telling) -> list[Component]:
    if score is None:
        return []
    points = telling.words[mark("{n} of {all} points")].format(
        n=numbers.points(score.points), all=_whole(score.possible)
    )
    lost = telling.words[mark("{n} lost")].format(n=numbers.tenths(score.possible - score.points))
    return [html.Span(points, className="figures"), html.Span(lost, className="review-lost figures")]


def _lost(each: Ranked, score: Score, telling: Telling) -> list[Component]:
    widest = max(part.possible for part in score.parts)
    lines = [_part(part, each, widest, telling) for part in score.parts]
    legend = html.P(
        [
            html.Span(telling.words[mark("got")], className="review-legend", **attributes(data_kind="got")),
            html.Span(telling.words[mark("lost")], className="review-legend", **attributes(data_kind="lost")),
        ],
        className="review-legends quiet",
    )
    return [html.Div(lines, className="review-parts"), legend]


def _part(part: Part, each: Ranked, widest: float, telling: Telling) -> Component:
    """One indicator: a bar of what was got and what was lost, and how many cases it was lost by; all of it opens them."""
    words, indicator = telling.words, part.indicator
    tally = numbers.tally_of(each.line.tallies, indicator)
    key = ListKey(indicator, part_of(indicator, tally), By.TOWNSHIP, each.line.code)
    name = review_words.indicator_name(indicator, words)
    lost = numbers.lost(part)
    why = review_words.missed(indicator, tally.missed, words) if tally.missed else words[mark("none missed")]
    told = [
        html.Span(name, className="review-part-name"),
        html.Span(
            [
                html.Span(className="review-got", style={"width": _share(part.got, widest)}),
                html.Span(className="review-gone", style={"width": _share(part.possible - part.got, widest)}),
            ],
            className="review-bar",
            style={"width": "100%"},
            **attributes(aria_hidden="true"),
        ),
        html.Span(
            [
                html.B(numbers.points(part.got)),
                html.Span(f"/{_whole(part.possible)}", className="review-ratio"),
            ],
            className="review-part-got figures",
        ),
        html.Span(f"{numbers.MINUS}{lost}" if lost else "0", className="review-part-lost figures"),
        html.Span(why, className="review-part-why"),
    ]
    number = count_of(tally, key.part)
    if not number or not telling.may_open(key):
        return html.Div(told, className="review-part")
    label = f"{name} {numbers.points(part.got)}/{numbers.points(part.possible)}, {why}"
    return html.Button(
        told,
        type="button",
        className="review-part",
        **attributes(data_list=str(key), data_count=str(number), aria_label=label, aria_haspopup="dialog"),
    )


def _whole(points: float) -> str:
    """What could be got is most often a whole number."""
    return numbers.points(points).removesuffix(".0")


def _share(points: float, widest: float) -> str:
    return f"{WHOLE * points / widest:.2f}%" if widest else "0%"


def _without(each: Ranked, telling: Telling) -> list[Component]:
    """What was excluded, and the score and rank it would have had."""
    words, line = telling.words, each.line
    told = []
    if line.excluded and each.standing_with.score is not None:
        sentence = words[mark("{n} excluded; counted with them it has {points} points and rank {rank}.")]
        rank = each.standing_with.rank
        told.append(
            sentence.format(
                n=line.excluded,
                points=numbers.points(each.standing_with.score.points),
                rank=rank if rank is not None else numbers.NOTHING,
            )
        )
    if line.contested:
        told.append(words[mark("{n} contested; they count until that is decided.")].format(n=line.contested))
    return [html.P(sentence, className="review-note") for sentence in told]


def weekly(each: Ranked, review: Review, telling: Telling) -> list[Component]:
    """Its points in the last periods, oldest first, as columns from nought."""
    words = telling.words
    if not any(points is not None for points in each.weekly):
        return []
    possible = float(sum(term.weight for term in review.rules.terms.values())) or WHOLE
    names = [review.name]
    while len(names) < len(each.weekly):
        names.insert(0, names[0].before())
    columns = [
        html.Li(
            [
                html.Span(numbers.points(points), className="figures"),
                html.I(
                    style={"height": f"{0.6 * WHOLE * (points or 0) / possible:.1f}%"}, **attributes(aria_hidden="true")
                ),
                html.Small(review_words.column_name(name, words)),
            ],
            **attributes(data_none="" if points is None else "no"),
        )
        for name, points in zip(names, each.weekly, strict=True)
    ]
    title = words[mark("Its last {n}")].format(n=len(columns))
    return [html.H3(title), html.Ol(columns, className="review-weekly")]
