"""The pack of a review as an Excel workbook: one sheet for each table, and the definitions of all numbers.

Shares are fractions, durations hours, instants dates of China; what has nothing to divide by is empty. Knows no database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from tempfile import SpooledTemporaryFile
from typing import Final

from casework.indicators import FLOWS, Indicator
from casework.review import Handling, Line, Ranked, Tally
from casework.scoring import POINTS, Standing
from dashboard.components import review_numbers as numbers
from dashboard.components.review_words import REASONS, compared_days, days, indicator_name, period_name
from dashboard.exports.book import As, Column, Kind, Running, Table, Value, book
from dashboard.exports.pack import SHEET_NAMES, SHEET_TITLES, Pack
from dashboard.exports.pack_lists import court, decisions, definitions, every_span, objections, repeats, rises
from dashboard.words import Words, mark
from db.queries.review_spans import SpanLine

Row = list[Value | As]

SHEET_KINDS: Final = (
    *(Kind.COUNT,) * 4, Kind.SHARE, Kind.SHARE, Kind.COUNT, Kind.SHARE, Kind.COUNT, Kind.GROWTH,
)  # fmt: skip
HANDLING_TITLES: Final = (
    mark("Mean hours"),
    mark("Median hours"),
    mark("90 % within (hours)"),
    mark("Mean working hours"),
    mark("Median working hours"),
    mark("90 % within (working hours)"),
)


def pack_xlsx(pack: Pack, spans: Sequence[SpanLine]) -> SpooledTemporaryFile[bytes]:
    """The workbook; `spans` are those behind the numbers that its reader may see."""
    tables = [*(make(pack) for make in TABLES), every_span(pack, spans), definitions(pack)]
    running = Running(f"{pack.centre_name} {pack.title}", pack.stamp, pack.rests_on)
    return book(tables, running, pack.title, pack.made_by, pack.made_at)


def overview(pack: Pack) -> Table:
    """What the county's numbers are beside those of the period before, and what they rest on."""
    words = pack.words
    columns = [
        Column(words[mark("What")]),
        Column(words[mark("This period")], Kind.SHARE),
        Column(words[mark("The period before")], Kind.SHARE),
        Column(words[mark("Change")], Kind.CHANGE),
        Column(words[mark("Numerator")], Kind.COUNT),
        Column(words[mark("Denominator")], Kind.COUNT),
        Column(words[mark("Numerator before")], Kind.COUNT),
        Column(words[mark("Denominator before")], Kind.COUNT),
        Column(words[mark("With the excluded")], Kind.SHARE),
        Column(words[mark("Numerator with the excluded")], Kind.COUNT),
        Column(words[mark("Denominator with the excluded")], Kind.COUNT),
    ]
    rows = [*_facts(pack), *_given(pack), *_county_rates(pack), *_county_handling(pack)]
    return Table(
        words[mark("Overview")], columns, [row + [None] * (len(columns) - len(row)) for row in rows], filters=False
    )


def _facts(pack: Pack) -> Iterator[Row]:
    """Which period, as of when, made by whom, and what it rests on."""
    review, words = pack.review, pack.words
    yield [words[mark("Period")], As(Kind.TEXT, period_name(review.name, words))]
    yield [words[mark("Days")], As(Kind.TEXT, days(review.period, words))]
    yield [words[mark("Compared with")], As(Kind.TEXT, compared_days(review.name, review.period, words))]
    yield [words[mark("As of")], As(Kind.INSTANT, review.period.at)]
    yield [words[mark("Fingerprint")], As(Kind.TEXT, review.fingerprint)]
    yield [words[mark("Journal position")], As(Kind.COUNT, review.position)]
    yield [words[mark("Rules")], As(Kind.TEXT, review.rules.version)]
    yield [words[mark("Calendar")], As(Kind.TEXT, review.calendar)]
    yield [words[mark("Written by")], As(Kind.TEXT, pack.made_by)]
    yield [words[mark("Written at")], As(Kind.INSTANT, pack.made_at)]


def _given(pack: Pack) -> Iterator[Row]:
    row = numbers.sheet_row(pack.review.county)
    before = numbers.sheet_row(pack.review.county._replace(tallies=pack.review.county.before, before={}))
    now, then = ((each.given, each.on_time, each.late, each.unfinished) for each in (row, before))
    for title, count, earlier in zip(SHEET_TITLES, now, then, strict=False):
        growth = Fraction(count - earlier, earlier) if earlier else None
        yield [pack.words[title], As(Kind.COUNT, count), As(Kind.COUNT, earlier), As(Kind.GROWTH, growth)]
    yield [pack.words[mark("Left out (excluded)")], As(Kind.COUNT, pack.review.county.excluded)]
    yield [pack.words[mark("Contested")], As(Kind.COUNT, pack.review.county.contested)]


def _county_rates(pack: Pack) -> Iterator[Row]:
    county = pack.review.county
    for indicator in Indicator:
        now, before, both = (
            numbers.tally_of(each, indicator) for each in (county.tallies, county.before, county.tallies_with)
        )
        name = indicator_name(indicator, pack.words)
        yield [
            name, now.share, before.share, _points_between(now, before),
            *_counts(now), *_counts(before), both.share, *_counts(both),
        ]  # fmt: skip


def _points_between(now: Tally, before: Tally) -> Fraction | None:
    """In percentage points."""
    return None if now.share is None or before.share is None else (now.share - before.share) * POINTS


def _county_handling(pack: Pack) -> Iterator[Row]:
    for title, told in zip(HANDLING_TITLES, _hours(pack.review.county.handling), strict=True):
        yield [pack.words[title], As(Kind.TENTHS, told)]


def ranking(pack: Pack) -> Table:
    """The townships: the ranked by rank, then the unranked with the reason."""
    words, review = pack.words, pack.review
    weekly = _earlier(pack)
    columns = [
        Column(words[mark("Rank")], Kind.COUNT),
        Column(words[mark("Ranks gained")], Kind.RANKS),
        Column(words[mark("Township")]),
        Column(words[mark("Score")], Kind.TENTHS),
        Column(words[mark("Score with the excluded")], Kind.TENTHS),
        Column(words[mark("Full score")], Kind.TENTHS),
        Column(words[mark("Given (assignments)")], Kind.COUNT),
        *_rate_columns(review.rules.terms, words),
        *(Column(words[title], Kind.TENTHS) for title in HANDLING_TITLES),
        Column(words[mark("Left out (excluded)")], Kind.COUNT),
        Column(words[mark("Contested")], Kind.COUNT),
        Column(words[mark("Why without a rank")]),
        Column(words[mark("Interval from")], Kind.SHARE),
        Column(words[mark("Interval to")], Kind.SHARE),
        *(Column(title, Kind.TENTHS) for title in weekly),
    ]
    rows = [_ranked(each, pack, len(weekly)) for each in review.townships]
    return Table(words[mark("Ranking")], columns, rows, fixed=3)


def _earlier(pack: Pack) -> list[str]:
    """The periods whose points `Ranked.weekly` holds, the earliest first, as codes."""
    many = max((len(each.weekly) for each in pack.review.townships), default=0)
    names = [pack.review.name]
    while len(names) < many:
        names.insert(0, names[0].before())
    return [str(name) for name in names[:many]]


def _ranked(ranked: Ranked, pack: Pack, weekly: int) -> Row:
    standing, line = ranked.standing, ranked.line
    low, high = standing.interval or (None, None)
    return [
        standing.rank,
        ranked.change,
        _name(line, pack),
        _points(standing),
        _points(ranked.standing_with),
        standing.score.possible if standing.score is not None else None,
        numbers.sheet_row(line).given,
        *_rates(line.tallies, pack.review.rules.terms),
        *_hours(line.handling),
        line.excluded,
        line.contested,
        pack.words[REASONS[standing.reason]].format(n=pack.review.rules.n_min) if standing.reason is not None else None,
        low,
        high,
        *_last(ranked.weekly, weekly),
    ]


def _last(weekly: Sequence[float | None], many: int) -> list[float | None]:
    """That many, the earliest first."""
    return [None] * (many - len(weekly)) + list(weekly)


def _points(standing: Standing) -> float | None:
    return standing.score.points if standing.score is not None else None


def sheet(pack: Pack) -> Table:
    """周报表, as counties publish it: the townships, and the county below them."""
    words = pack.words
    lines = [*(each.line for each in pack.review.townships), pack.review.county]
    rows: list[Row] = [[_name(line, pack), *_sheet_values(line)] for line in lines]
    columns = [Column(words[mark("Township")]), *_sheet_columns(words)]
    return Table(words[SHEET_NAMES[pack.review.name.kind]], columns, rows)


def points_lost(pack: Pack) -> Table:
    """Every indicator of every township: what it brought, of what it could have, and how much was missed."""
    words = pack.words
    columns = [
        Column(words[mark("Township")]),
        Column(words[mark("Indicator")]),
        Column(words[mark("Points")], Kind.TENTHS),
        Column(words[mark("Full points")], Kind.TENTHS),
        Column(words[mark("Points lost")], Kind.TENTHS),
        Column(words[mark("Rate")], Kind.SHARE),
        Column(words[mark("Target")], Kind.SHARE),
        Column(words[mark("Numerator")], Kind.COUNT),
        Column(words[mark("Denominator")], Kind.COUNT),
        Column(words[mark("Difference")], Kind.COUNT),
        Column(words[mark("Rate before")], Kind.SHARE),
        Column(words[mark("Rate with the excluded")], Kind.SHARE),
    ]
    rows = [row for ranked in pack.review.townships for row in _lost(ranked, pack)]
    return Table(words[mark("Points lost")], columns, rows, fixed=2)


def _lost(ranked: Ranked, pack: Pack) -> Iterator[Row]:
    line, score, terms = ranked.line, ranked.standing.score, pack.review.rules.terms
    parts = {part.indicator: part for part in score.parts} if score is not None else {}
    for indicator in Indicator:
        now = numbers.tally_of(line.tallies, indicator)
        part = parts.get(indicator)
        yield [
            _name(line, pack),
            indicator_name(indicator, pack.words),
            *((part.got, part.possible, float(numbers.lost(part))) if part is not None else (None, None, None)),
            now.share,
            terms[indicator].target if indicator in terms else None,
            *_counts(now),
            now.missed if now.total and indicator not in FLOWS else None,
            numbers.tally_of(line.before, indicator).share,
            numbers.tally_of(line.tallies_with, indicator).share,
        ]


def departments(pack: Pack) -> Table:
    return _lines(pack, mark("Departments (sheet)"), mark("Department"), pack.review.departments)


def categories(pack: Pack) -> Table:
    return _lines(pack, mark("Categories (sheet)"), mark("Category"), pack.review.categories)


def feeds(pack: Pack) -> Table:
    return _lines(pack, mark("Sources (sheet)"), mark("Source"), pack.review.feeds)


def _lines(pack: Pack, name: str, first: str, lines: Sequence[Line]) -> Table:
    """One row for each: the sheet counties publish, the scored rates, how long it took."""
    words, terms = pack.words, pack.review.rules.terms
    columns = [
        Column(words[first]),
        *_sheet_columns(words),
        *_rate_columns(terms, words),
        *(Column(words[title], Kind.TENTHS) for title in HANDLING_TITLES),
    ]
    rows: list[Row] = [
        [_name(line, pack), *_sheet_values(line), *_rates(line.tallies, terms), *_hours(line.handling)]
        for line in lines
    ]
    return Table(words[name], columns, rows)


def _sheet_columns(words: Words) -> list[Column]:
    return [Column(words[title], kind) for title, kind in zip(SHEET_TITLES, SHEET_KINDS, strict=True)]


def _sheet_values(line: Line) -> list[Value]:
    row = numbers.sheet_row(line)
    return [*row, row.change]


def _rate_columns(indicators: Iterable[Indicator], words: Words) -> list[Column]:
    """Each rate with the two counts it is made of."""
    return [
        column
        for name in (indicator_name(indicator, words) for indicator in indicators)
        for column in (
            Column(name, Kind.SHARE),
            Column(words[mark("{rate}: numerator")].format(rate=name), Kind.COUNT),
            Column(words[mark("{rate}: denominator")].format(rate=name), Kind.COUNT),
        )
    ]


def _rates(tallies: Mapping[Indicator, Tally], indicators: Iterable[Indicator]) -> list[Value]:
    told = [numbers.tally_of(tallies, indicator) for indicator in indicators]
    return [value for tally in told for value in (tally.share, *_counts(tally))]


def _counts(tally: Tally) -> tuple[int, int]:
    return tally.good, tally.total


def _hours(handling: Handling | None) -> list[float | None]:
    """Natural and working hours, each as mean, median and P90."""
    if handling is None:
        return [None] * len(HANDLING_TITLES)
    told = [seconds for spread in handling for seconds in (spread.mean, spread.median, spread.p90)]
    return [None if seconds is None else seconds / numbers.HOUR for seconds in told]


def _name(line: Line, pack: Pack) -> str:
    return pack.telling.name(line.by, line.code)


TABLES: Final = (
    overview, ranking, sheet, points_lost, departments, categories, feeds, rises, repeats, decisions, objections, court,
)  # fmt: skip
