"""What a review rests on and leads to: decisions and what became of them, objections, the court's figures, definitions, and
the foot with what names its numbers. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from casework.indicators import Indicator
from casework.review import By, CourtFigure, Decision, DecisionState, Objection, ObjectionState, Review, Tally
from casework.scoring import ScoreRules, Term
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.attributes import attributes
from dashboard.components.review_lists import case_link
from dashboard.components.review_parts import card, nothing, titles, wide
from dashboard.components.review_words import Telling
from dashboard.words import Words, mark


def decisions(review: Review, telling: Telling) -> Component:
    """What meetings charged units with, the late and open ones first, and what became of it; as in the pack (`narrowed`), what
    another unit is charged with is theirs."""
    words, at, sight = telling.words, review.period.at, telling.sight
    title = words[mark("What meetings decided")]
    own = [each for each in review.decisions if sight.whole_county or each.unit_code in sight.units]
    if not own:
        return card("decisions", title, [nothing(words[mark("No meeting has decided anything here.")])])
    ordered = sorted(own, key=lambda each: (each.state is not DecisionState.OPEN, each.due_at))
    rows = html.Ul([_decision(each, at, telling) for each in ordered], className="review-rows")
    return card("decisions", title, [rows], words[mark("{n} decisions")].format(n=len(ordered)))


def _decision(decision: Decision, at: datetime, telling: Telling) -> Component:
    words, late = telling.words, decision.late_by(at)
    told, texts = telling.name(By.UNIT, decision.unit_code), telling.sight.texts
    if texts:
        told = words[mark("{unit}: {matter}")].format(unit=told, matter=decision.matter)
    due = words[mark("due {time}")].format(time=review_words.minute(decision.due_at, words, deadline=True))
    more = [decision.meeting, due, decision.outcome if texts else ""]
    return html.Li(
        [
            html.Span(told, className="review-matter"),
            html.Span(" · ".join(filter(None, more)), className="review-row-why figures"),
            html.Span(
                _became(decision, late is not None, at, words),
                className="review-chip",
                **attributes(data_state=_state(decision, at)),
            ),
            case_link(decision.case_code, telling) if decision.case_code and telling.sight.whole_county else None,
        ]
    )


def _state(decision: Decision, at: datetime) -> str:
    """ "late", or what became of it."""
    open_late = decision.state is DecisionState.OPEN and decision.late_by(at) is not None
    return "late" if open_late else decision.state.value


def _became(decision: Decision, late: bool, at: datetime, words: Words) -> str:
    """ "未完成 超 1 天 2 小时", "已完成 11月18日"."""
    state = words[review_words.DECISIONS[decision.state]]
    told = [state]
    if decision.settled_at is not None and decision.state is DecisionState.DONE:
        told.append(review_words.day(decision.settled_at, words))
    if late:
        told.append(words[mark("{span} late")].format(span=numbers.lateness(decision.late_by(at), words)))
    return " ".join(told)


def objections(review: Review, telling: Telling) -> Component:
    """What units contest, the open ones first; what was settled stays visible."""
    words = telling.words
    title = words[mark("Objections")]
    if not review.objections:
        return card("objections", title, [nothing(words[mark("No unit contests anything.")])])
    ordered = sorted(review.objections, key=lambda each: (each.state is not ObjectionState.OPEN, each.asked_at))
    waiting = sum(each.state is ObjectionState.OPEN for each in ordered)
    rows = html.Ul([_objection(each, telling) for each in ordered], className="review-rows")
    return card("objections", title, [rows], words[mark("{n} waiting")].format(n=waiting))


def _objection(objection: Objection, telling: Telling) -> Component:
    """The reason is the unit's own sentence: only for who sees the county's cases, or the unit itself."""
    words, unit = telling.words, objection.unit_code
    own = telling.sight.whole_county or unit in telling.sight.units
    when = words[mark("asked {time}")].format(time=review_words.minute(objection.asked_at, words))
    settled = (
        words[mark("settled {time}")].format(time=review_words.minute(objection.settled_at, words))
        if objection.settled_at is not None
        else ""
    )
    return html.Li(
        [
            html.Span(
                [
                    html.B(telling.name(By.UNIT, unit)),
                    html.Span(objection.reason) if own and telling.sight.texts else None,
                ],
                className="review-row-name review-matter",
            ),
            html.Span(" · ".join(filter(None, (when, settled))), className="review-row-why figures"),
            html.Span(
                words[review_words.OBJECTIONS[objection.state]],
                className="review-chip",
                **attributes(data_state=objection.state.value),
            ),
            case_link(objection.case_code, telling) if own else None,
        ]
    )


def court(review: Review, telling: Telling) -> Component:
    """The court's imported figures by township, with the definition they came with."""
    words = telling.words
    title = words[mark("Figures of the court")]
    if not review.court:
        return card("court", title, [nothing(words[mark("The court has told no figures for this period.")])])
    months = sorted({each.month for each in review.court})
    parts = [
        part
        for month in months
        for part in _court_month([each for each in review.court if each.month == month], telling)
    ]
    return card("court", title, parts, words[mark("imported, not scored")])


def _court_month(figures: Sequence[CourtFigure], telling: Telling) -> list[Component]:
    """A month's table: townships down, measures across; each measure's definition below it."""
    words = telling.words
    measures = list(dict.fromkeys(each.measure for each in figures))
    told = {(each.measure, each.code): Tally(each.numerator, each.denominator) for each in figures}
    names = {measure: _measure_name(measure, words) for measure in measures}
    rows = [
        html.Tr(
            [
                html.Th(telling.name(By.TOWNSHIP, code) if code else telling.county.name, scope="row"),
                *(_court_cell(told.get((measure, code), Tally())) for measure in measures),
            ]
        )
        for code in dict.fromkeys(each.code for each in figures)
    ]
    month = figures[0].month
    table = html.Table([html.Thead(html.Tr(titles([month, *names.values()]))), html.Tbody(rows)])
    definitions = dict.fromkeys((each.measure, each.definition) for each in figures if each.definition)
    colon = mark("{unit}: {matter}")
    return [
        wide(table, words[mark("Figures of the court")]),
        *(
            html.P(words[colon].format(unit=names[measure], matter=definition), className="review-rule")
            for measure, definition in definitions
        ),
    ]


def _measure_name(measure: str, words: Words) -> str:
    return words[review_words.MEASURES[measure]] if measure in review_words.MEASURES else measure


def _court_cell(tally: Tally) -> Component:
    told = [html.B(numbers.percent(tally.share)), html.Span(numbers.ratio(tally), className="review-ratio")]
    return html.Td(html.Span(told, className="review-number"), className="figures")


def definitions(review: Review, telling: Telling) -> Component:
    """口径: of every indicator what is divided by what, and what it weighs."""
    words = telling.words
    parts = [
        _definition(indicator, review.rules, words)
        for indicator in Indicator
        if indicator.value in review_words.DEFINITIONS
    ]
    return card(
        "definitions",
        words[mark("How it is counted")],
        [
            html.Div(parts, className="review-definitions"),
            html.P(_guard(review.rules, words), className="review-rule"),
        ],
        words[mark("rules {version}")].format(version=review.rules.version),
    )


def _definition(indicator: Indicator, rules: ScoreRules, words: Words) -> Component:
    told = review_words.DEFINITIONS[indicator.value]
    term = rules.terms.get(indicator)
    return html.Div(
        [
            html.H3(review_words.indicator_name(indicator, words)),
            html.Dl(
                [
                    html.Dt(words[mark("Numerator")]),
                    html.Dd(words[told.numerator]),
                    html.Dt(words[mark("Denominator")]),
                    html.Dd(words[told.denominator]),
                    html.Dt(words[mark("Weight")]),
                    html.Dd(_weight(term, words) if term is not None else words[mark("not scored")]),
                ]
            ),
        ],
        id=f"review-define-{indicator.value}",
        className="review-definition",
    )


def _weight(term: Term, words: Words) -> str:
    sentence = mark(
        "{weight} points in full from {target} on; each percentage point under it takes {slope}, {floor} always stay"
    )
    return words[sentence].format(
        weight=numbers.points(float(term.weight)),
        target=numbers.percent(term.target),
        slope=numbers.points(float(term.weight * term.slope)),
        floor=numbers.points(float(term.weight * term.floor)),
    )


def _guard(rules: ScoreRules, words: Words) -> str:
    sentence = mark(
        "With fewer than {n} that should have been finished a township is not ranked. An indicator with nothing to divide by "
        "says nothing; the others share its weight. Equal scores share a rank. Assignments, not cases, are counted: each unit "
        "for the time it held them."
    )
    return words[sentence].format(n=rules.n_min)


def foot(review: Review, telling: Telling) -> Component:
    """What the numbers rest on: equal fingerprints, equal numbers."""
    words = telling.words
    basis = words[mark("rules {rules} · calendar {calendar}")].format(
        rules=review.rules.version, calendar=review.calendar
    )
    named = words[mark("journal #{position} · fingerprint {fingerprint}")].format(
        position=numbers.count(review.position), fingerprint=review.fingerprint
    )
    return html.Footer([html.Span(basis), html.Span(named, className="figures")], className="review-foot")


def watermark(review: Review, who: str, at: datetime, telling: Telling) -> Component:
    """On paper only, across every page: who printed it, when, and what names its numbers. The script puts the first part, which
    is never shown, into the pages' margins."""
    words = telling.words
    told = f"{who} {review_words.minute(at, words)} {review.fingerprint}"
    kind = words[review_words.KINDS[review.name.kind]]
    title = f"{telling.county.centre_name} {kind} {review_words.period_name(review.name, words)}"
    return html.Div(
        [
            html.Div([html.Span(title), html.Span(told)], className="review-page-head"),
            html.Div(told, className="review-water"),
            html.Div(told, className="review-water"),
        ],
        className="review-watermark",
        **attributes(aria_hidden="true"),
    )
