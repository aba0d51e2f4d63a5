"""The sheets of a review's workbook that are lists: what rose, came again, was decided and contested, every assignment, and how
all of it is counted. Knows no database.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from casework.indicators import FLOWS, Indicator
from casework.review import By
from casework.rises import RiseKind
from dashboard.components import review_numbers as numbers
from dashboard.components.review_words import DECISIONS, DEFINITIONS, MEASURES, OBJECTIONS, indicator_name
from dashboard.exports.book import As, Column, Kind, Table, Value
from dashboard.exports.pack import Pack
from dashboard.words import Words, mark
from db.queries.review_spans import SpanLine

Row = list[Value | As]

SPAN_INSTANTS: Final = (
    mark("Assigned at"),
    mark("To be signed by"),
    mark("Signed at"),
    mark("Contact due"),
    mark("Contacted at"),
    mark("To be finished by"),
    mark("Finished at"),
    mark("Ended at"),
)
_VISITS: Final = {
    True: mark("A visit that reached the citizen but has no answer counts as a no."),
    False: mark("A visit that reached the citizen but has no answer counts for nothing."),
}

RISES: Final = {
    RiseKind.TOWNSHIP: mark("A township as a whole"),
    RiseKind.CATEGORY: mark("A category in the whole county"),
    RiseKind.PAIR: mark("A category in a township"),
}


def rises(pack: Pack) -> Table:
    """What is beyond its usual range, and the villages with most matters."""
    words, review, name = pack.words, pack.review, pack.telling.name
    columns = [
        Column(words[mark("What")]),
        Column(words[mark("Township")]),
        Column(words[mark("Village")]),
        Column(words[mark("Category")]),
        Column(words[mark("Cases")], Kind.COUNT),
        Column(words[mark("Usual")], Kind.TENTHS),
        Column(words[mark("Upper limit")], Kind.COUNT),
        Column(words[mark("Cases of that category")], Kind.COUNT),
    ]
    rows: list[Row] = [
        [
            words[RISES[rise.kind]],
            name(By.TOWNSHIP, rise.township) if rise.township is not None else None,
            None,
            name(By.CATEGORY, rise.category) if rise.category is not None else None,
            rise.count,
            rise.usual,
            rise.limit,
            None,
        ]
        for rise in review.rises
    ]
    spot = words[mark("Hot spot")]
    rows += [
        [
            spot,
            name(By.TOWNSHIP, each.township),
            name(By.VILLAGE, each.village),
            name(By.CATEGORY, each.category),
            each.cases,
            each.usual,
            None,
            each.category_cases,
        ]
        for each in review.hot_spots
    ]
    return Table(words[mark("Rises and hot spots")], columns, rows)


def repeats(pack: Pack) -> Table:
    words, name = pack.words, pack.telling.name
    columns = [
        Column(words[mark("Case")]),
        Column(words[mark("Category")]),
        Column(words[mark("Township")]),
        Column(words[mark("Reports")], Kind.COUNT),
        Column(words[mark("Rounds")], Kind.COUNT),
        Column(words[mark("Given again")], Kind.INSTANT),
    ]
    rows: list[Row] = [
        [
            each.case_code,
            name(By.CATEGORY, each.category),
            name(By.TOWNSHIP, each.township) if each.township is not None else None,
            each.reports,
            each.rounds,
            each.last_at,
        ]
        for each in pack.review.repeats
    ]
    return Table(words[mark("Brought again (sheet)")], columns, rows)


def decisions(pack: Pack) -> Table:
    """会议交办: what meetings charged units with, and what became of it."""
    words, review = pack.words, pack.review
    columns = [
        Column(words[mark("Meeting")]),
        Column(words[mark("Unit in charge")]),
        Column(words[mark("Matter")], widest=60),
        Column(words[mark("Case")]),
        Column(words[mark("Deadline")], Kind.INSTANT),
        Column(words[mark("State")]),
        Column(words[mark("Ended at (decision)")], Kind.INSTANT),
        Column(words[mark("Hours late")], Kind.TENTHS),
        Column(words[mark("Outcome")], widest=60),
        Column(words[mark("Decided by")]),
        Column(words[mark("Decided at")], Kind.INSTANT),
    ]
    rows: list[Row] = []
    for each in review.decisions:
        late = each.late_by(review.period.at)
        rows.append(
            [
                each.meeting,
                pack.telling.name(By.UNIT, each.unit_code),
                each.matter,
                each.case_code,
                each.due_at,
                words[DECISIONS[each.state]],
                each.settled_at,
                late.total_seconds() / numbers.HOUR if late is not None else None,
                each.outcome,
                each.made_by,
                each.made_at,
            ]
        )
    return Table(words[mark("Decisions (sheet)")], columns, rows)


def objections(pack: Pack) -> Table:
    """考核申诉."""
    words = pack.words
    columns = [
        Column(words[mark("Case")]),
        Column(words[mark("Assignment no.")], Kind.COUNT),
        Column(words[mark("Unit in charge")]),
        Column(words[mark("Reason")], widest=60),
        Column(words[mark("Asked at")], Kind.INSTANT),
        Column(words[mark("State")]),
        Column(words[mark("Settled at")], Kind.INSTANT),
        Column(words[mark("Settled by")]),
    ]
    rows: list[Row] = [
        [
            each.case_code,
            each.span,
            pack.telling.name(By.UNIT, each.unit_code),
            each.reason,
            each.asked_at,
            words[OBJECTIONS[each.state]],
            each.settled_at,
            each.settled_by,
        ]
        for each in pack.review.objections
    ]
    return Table(words[mark("Objections (sheet)")], columns, rows)


def court(pack: Pack) -> Table:
    """The court's figures as they were imported, with their definition."""
    words = pack.words
    columns = [
        Column(words[mark("Month")]),
        Column(words[mark("Figure")]),
        Column(words[mark("Township")]),
        Column(words[mark("Numerator")], Kind.COUNT),
        Column(words[mark("Denominator")], Kind.COUNT),
        Column(words[mark("Definition")], widest=80),
    ]
    rows: list[Row] = [
        [
            each.month,
            words[MEASURES[each.measure]] if each.measure in MEASURES else each.measure,
            pack.telling.name(By.TOWNSHIP, each.code),
            each.numerator,
            each.denominator,
            each.definition,
        ]
        for each in pack.review.court
    ]
    return Table(words[mark("Court figures (sheet)")], columns, rows)


def every_span(pack: Pack, spans: Sequence[SpanLine]) -> Table:
    """明细. Under each indicator 1 (counts well), 0 (not well) or nothing (does not count): the column's sum and count are the
    numerator and the denominator, the excluded left out. `FLOWS` have a column for each of the two."""
    words = pack.words
    columns = [
        Column(words[mark("Case")], widest=20),
        Column(words[mark("Assignment no.")], Kind.COUNT),
        Column(words[mark("Unit in charge")]),
        Column(words[mark("Township it counts for")]),
        Column(words[mark("Township of the case")]),
        Column(words[mark("Category")]),
        Column(words[mark("Source")]),
        *(Column(words[title], Kind.INSTANT) for title in SPAN_INSTANTS),
        Column(words[mark("Paused (hours)")], Kind.TENTHS),
        Column(words[mark("Excluded")]),
        Column(words[mark("Objection")]),
        *_count_columns(words),
    ]
    rows = [_span(each, pack) for each in spans]
    return Table(words[mark("Every assignment")], columns, rows, fixed=2)


def _span(span: SpanLine, pack: Pack) -> Row:
    name, county = pack.telling.name, pack.telling.county
    counted = county.township_of_unit(span.unit_code)
    return [
        span.case_code,
        span.span,
        name(By.UNIT, span.unit_code),
        name(By.TOWNSHIP, counted) if counted is not None else None,
        name(By.TOWNSHIP, span.township) if span.township is not None else None,
        name(By.CATEGORY, span.category),
        name(By.FEED, span.feed),
        span.assigned_at,
        span.sign_due_at,
        span.signed_at,
        span.contact_due_at,
        span.contacted_at,
        span.finish_due_at,
        span.finished_at,
        span.ended_at,
        span.paused_seconds / numbers.HOUR if span.paused_seconds else None,
        pack.words[mark("excluded")] if span.excluded else None,
        pack.words[OBJECTIONS[span.objection]] if span.objection is not None else None,
        *_counted(span),
    ]


def _count_columns(words: Words) -> Iterator[Column]:
    for indicator in Indicator:
        name = indicator_name(indicator, words)
        if indicator in FLOWS:
            yield Column(words[mark("{rate}: numerator")].format(rate=name), Kind.COUNT)
            yield Column(words[mark("{rate}: denominator")].format(rate=name), Kind.COUNT)
        else:
            yield Column(name, Kind.COUNT)


def _counted(span: SpanLine) -> Iterator[int | None]:
    for indicator in Indicator:
        good, counts = (not span.excluded and indicator in each for each in (span.good, span.all))
        if indicator in FLOWS:
            yield from (int(each) or None for each in (good, counts))
        else:
            yield int(good) if counts else None


def definitions(pack: Pack) -> Table:
    """口径: what each indicator is a part of what, what it weighs, and the rules that hold for all of them."""
    words, rules = pack.words, pack.review.rules
    columns = [
        Column(words[mark("Indicator")]),
        Column(words[mark("Numerator")], widest=50),
        Column(words[mark("Denominator")], widest=60),
        Column(words[mark("Weight")], Kind.TENTHS),
        Column(words[mark("Target")], Kind.SHARE),
        Column(words[mark("Points off for each point under it")], Kind.HUNDREDTHS),
        Column(words[mark("Least points")], Kind.TENTHS),
        Column(words[mark("Rules")]),
    ]
    rows: list[Row] = []
    for indicator in Indicator:
        told, term = DEFINITIONS[indicator.value], rules.terms.get(indicator)
        weighed = (
            (term.weight, term.target, term.weight * term.slope, term.weight * term.floor)
            if term is not None
            else (None, None, None, None)
        )
        names = (indicator_name(indicator, words), words[told.numerator], words[told.denominator])
        rows.append([*names, *weighed, rules.version])
    rows += [[title, told, *[None] * 6] for title, told in _notes(pack)]
    return Table(words[mark("How it is counted")], columns, rows)


def _notes(pack: Pack) -> list[tuple[str, str]]:
    """What holds for all indicators, as a title and a sentence."""
    words, review = pack.words, pack.review
    fewest = mark(
        "With fewer than {n} that should have been finished a township has no rank; its interval is Wilson's, of 95 %."
    )
    rise = mark("Compared with {n} earlier periods, by the rule of the review's page; counts under 5 are not shown.")
    return [
        (
            words[mark("Score")],
            words[mark("Sum of weight × f(rate); an indicator without a denominator leaves its weight to the others.")],
        ),
        (words[mark("Rank")], words[fewest].format(n=review.rules.n_min)),
        (
            words[mark("Excluded")],
            words[mark("Found unreasonable, or contested with success; shown with and without them.")],
        ),
        (words[mark("Visits")], words[_VISITS[review.rules.visits.unanswered_counts]]),
        (words[mark("Rises and hot spots")], words[rise].format(n=review.rises_weeks)),
        (
            words[mark("Durations")],
            words[mark("From assignment to finish, without paused time; in natural and in working hours.")],
        ),
        (words[mark("Empty cells")], words[mark("There is nothing to divide by, or nothing to tell.")]),
        (words[mark("Calendar")], review.calendar),
        (words[mark("Fingerprint")], review.fingerprint),
        (words[mark("Journal position")], str(review.position)),
    ]
