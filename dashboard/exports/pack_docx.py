"""The pack of a review as a Word report: the sentences a leader reads out, then the tables they come from. Knows no database."""

from collections.abc import Sequence
from typing import Final

from casework.indicators import Indicator
from casework.review import By, Decision, Ranked
from casework.rises import FEWEST_SHOWN, Rise
from dashboard.components import review_numbers as numbers
from dashboard.components.review_words import DECISIONS, DEFINITIONS, OBJECTIONS, REASONS, days, indicator_name
from dashboard.exports.lines import minute, moment
from dashboard.exports.pack import SHEET_NAMES, SHEET_TITLES, Pack, sentences
from dashboard.exports.papers import fitting
from dashboard.exports.sheet import Row, Sheet
from dashboard.words import CHINESE, mark

LISTED: Final = 20
"""Repeats, villages and decisions told on paper; all of them are in the workbook."""


def pack_docx(pack: Pack) -> bytes:
    """The report; the same arguments give the same bytes."""
    sheet = begun(pack, pack.title)
    sheet.heading(pack.words[mark("The period in short")])
    sheet.sentences(sentences(pack.review, pack.telling))
    for write in (_ranking, _work, _points_lost, _rises, _repeats, _decisions, _objections, _definitions):
        write(sheet, pack)
    return sheet.packed()


def begun(pack: Pack, title: str) -> Sheet:
    """A document of the pack's with its title, whose copy it is above each page, and what it rests on below."""
    sheet = Sheet(chinese=pack.language == CHINESE)
    sheet.tell_properties(title, pack.made_by, pack.made_at)
    sheet.fit_form()
    sheet.running(fitting(f"{pack.centre_name} · {pack.stamp}"), fitting(pack.rests_on))
    sheet.head((pack.centre_name, title), days(pack.review.period, pack.words), fitting(pack.stamp))
    return sheet


def _ranking(sheet: Sheet, pack: Pack) -> None:
    words, terms = pack.words, tuple(pack.review.rules.terms)
    sheet.heading(words[mark("Ranking")])
    header = [
        words[mark("Rank")],
        words[mark("Change of rank")],
        words[mark("Township")],
        words[mark("Score")],
        *(indicator_name(indicator, words) for indicator in terms),
    ]
    ranked = [each for each in pack.review.townships if each.standing.rank is not None]
    sheet.figures(
        (10, 11, 20, 13, *_shared(102, len(terms))), header, [_ranked(each, terms, pack) for each in ranked], 3
    )
    sheet.sentences(_unranked(each, pack) for each in pack.review.townships if each.standing.rank is None)


def _shared(width: int, columns: int) -> list[float]:
    return [width / max(columns, 1)] * columns


def _ranked(ranked: Ranked, terms: Sequence[Indicator], pack: Pack) -> Row:
    score = ranked.standing.score
    tallies = [numbers.tally_of(ranked.line.tallies, indicator) for indicator in terms]
    return (
        str(ranked.standing.rank),
        numbers.change_of_rank(ranked.change),
        _name(ranked, pack),
        numbers.points(score.points if score is not None else None),
        *(
            f"{numbers.percent(tally.share)}\n{numbers.ratio(tally)}" if tally.total else numbers.NOTHING
            for tally in tallies
        ),
    )


def _unranked(ranked: Ranked, pack: Pack) -> str:
    """Why it has no rank, and where its share finished in time lies."""
    words, standing = pack.words, ranked.standing
    finished = numbers.tally_of(ranked.line.tallies, Indicator.FINISHED)
    reason = words[REASONS[standing.reason]].format(n=pack.review.rules.n_min) if standing.reason is not None else ""
    if not finished.total:
        return words[mark("{township} has no rank: {reason}.")].format(township=_name(ranked, pack), reason=reason)
    told = mark("{township} has no rank: {reason}; in time {ratio}, 95 % interval {interval}.")
    return words[told].format(
        township=_name(ranked, pack),
        reason=reason,
        ratio=numbers.ratio(finished),
        interval=numbers.interval(standing.interval),
    )


def _work(sheet: Sheet, pack: Pack) -> None:
    """The sheet counties publish."""
    words = pack.words
    titles = (*(words[title] for title in SHEET_TITLES[:8]), words[SHEET_TITLES[-1]])
    sheet.heading(words[SHEET_NAMES[pack.review.name.kind]])
    lines = [
        *((_name(each, pack), each.line) for each in pack.review.townships),
        (pack.telling.county.name, pack.review.county),
    ]
    rows = []
    for name, line in lines:
        row = numbers.sheet_row(line)
        rows.append(
            (
                name,
                *map(numbers.count, (row.given, row.on_time, row.late, row.unfinished)),
                numbers.percent(row.closed),
                numbers.percent(row.closed_on_time),
                numbers.count(row.dissatisfied),
                numbers.percent(row.dissatisfied_share),
                numbers.relative(row.change),
            )
        )
    sheet.figures((24, 14, 14, 14, 14, 16, 16, 14, 15, 15), (words[mark("Township")], *titles), rows)


def _points_lost(sheet: Sheet, pack: Pack) -> None:
    """By township, what each scored indicator cost; the cases behind each are on the page."""
    words, terms = pack.words, tuple(pack.review.rules.terms)
    sheet.heading(words[mark("Points lost")])
    rows = [_lost(each, terms, pack) for each in pack.review.townships if each.standing.score is not None]
    header = (
        words[mark("Township")],
        words[mark("Points lost")],
        *(indicator_name(indicator, words) for indicator in terms),
    )
    sheet.figures((26, 18, *_shared(112, len(terms))), header, rows)


def _lost(ranked: Ranked, terms: Sequence[Indicator], pack: Pack) -> Row:
    score = ranked.standing.score
    parts = {part.indicator: part for part in score.parts} if score is not None else {}
    whole = str(numbers.lost_of(score.possible, score.points)) if score is not None else numbers.NOTHING
    each = [str(numbers.lost(parts[indicator])) if indicator in parts else numbers.NOTHING for indicator in terms]
    return (_name(ranked, pack), whole, *each)


def _rises(sheet: Sheet, pack: Pack) -> None:
    words, review, name = pack.words, pack.review, pack.telling.name
    sheet.heading(words[mark("Rises and hot spots")])
    sheet.sentences(_rise(each, pack) for each in review.rises)
    if not review.rises:
        sheet.sentences([words[mark("Nothing rose beyond its usual range.")]])
    rows = [
        (
            name(By.TOWNSHIP, each.township),
            name(By.VILLAGE, each.village),
            name(By.CATEGORY, each.category),
            numbers.count(each.cases),
            numbers.points(each.usual),
            numbers.count(each.category_cases),
        )
        for each in review.hot_spots[:LISTED]
    ]
    header = [
        words[mark("Township")],
        words[mark("Village")],
        words[mark("Most frequent category")],
        words[mark("Cases")],
    ]
    if rows:
        sheet.figures(
            (30, 34, 34, 18, 18, 22), [*header, words[mark("Usual")], words[mark("Cases of that category")]], rows, 3
        )


def _rise(rise: Rise, pack: Pack) -> str:
    name = pack.telling.name
    what = [
        name(By.TOWNSHIP, rise.township) if rise.township is not None else pack.words[mark("whole county")],
        name(By.CATEGORY, rise.category) if rise.category is not None else "",
    ]
    told = mark("{what}: {count} cases; usually {usual}, at most {limit} ({weeks} earlier periods).")
    usual = numbers.count(round(rise.usual)) if rise.usual is not None else f"<{FEWEST_SHOWN}"
    return pack.words[told].format(
        what=" ".join(filter(None, what)),
        count=rise.count,
        usual=usual,
        limit=rise.limit,
        weeks=pack.review.rises_weeks,
    )


def _repeats(sheet: Sheet, pack: Pack) -> None:
    words, repeats = pack.words, pack.review.repeats
    sheet.heading(words[mark("Brought again after it was closed")])
    if not repeats:
        sheet.sentences([words[mark("No closed matter was brought again.")]])
        return
    rows = [
        (
            each.case_code,
            pack.telling.name(By.TOWNSHIP, each.township) if each.township is not None else numbers.NOTHING,
            pack.telling.name(By.CATEGORY, each.category),
            minute(each.last_at),
            numbers.count(each.reports),
            numbers.count(each.rounds),
        )
        for each in repeats[:LISTED]
    ]
    header = [words[mark("Case")], words[mark("Township")], words[mark("Category")], words[mark("Given again")]]
    sheet.figures((38, 28, 28, 34, 14, 14), [*header, words[mark("Reports")], words[mark("Rounds")]], rows, 4)
    if len(repeats) > LISTED:
        sheet.note(words[mark("{n} more are in the workbook.")].format(n=len(repeats) - LISTED))


def _decisions(sheet: Sheet, pack: Pack) -> None:
    """What meetings decided, and what became of it."""
    words = pack.words
    sheet.heading(words[mark("Decisions and what became of them")])
    if not pack.review.decisions:
        sheet.sentences([words[mark("Nothing was decided in a meeting.")]])
        return
    header = (mark("Unit in charge"), mark("Matter"), mark("Deadline"), mark("State"), mark("Outcome"))
    rows = [_decision(each, pack) for each in pack.review.decisions]
    sheet.figures((26, 52, 30, 24, 24), [words[title] for title in header], rows, 5)


def _decision(decision: Decision, pack: Pack) -> Row:
    words = pack.words
    late = decision.late_by(pack.review.period.at)
    state = words[DECISIONS[decision.state]]
    told = (
        words[mark("{state}, {late} late")].format(state=state, late=numbers.lateness(late, words)) if late else state
    )
    return (
        pack.telling.name(By.UNIT, decision.unit_code),
        fitting(" ".join(filter(None, (decision.matter, decision.case_code)))),
        moment(decision.due_at, end_of_day=True),
        told,
        fitting(decision.outcome),
    )


def _objections(sheet: Sheet, pack: Pack) -> None:
    words, objections = pack.words, pack.review.objections
    if not objections:
        return
    sheet.heading(words[mark("Objections (sheet)")])
    rows = [
        (
            each.case_code,
            pack.telling.name(By.UNIT, each.unit_code),
            fitting(each.reason),
            words[OBJECTIONS[each.state]],
            " ".join(filter(None, (minute(each.settled_at), fitting(each.settled_by or "")))),
        )
        for each in objections
    ]
    header = (mark("Case"), mark("Unit in charge"), mark("Reason"), mark("State"), mark("Settled at"))
    sheet.figures((38, 28, 36, 24, 30), [words[title] for title in header], rows, 5)


def _definitions(sheet: Sheet, pack: Pack) -> None:
    """How the scored indicators are counted; the workbook has all of them."""
    words, rules = pack.words, pack.review.rules
    sheet.heading(words[mark("How it is counted")])
    rows = [
        (
            indicator_name(indicator, words),
            words[DEFINITIONS[indicator.value].numerator],
            words[DEFINITIONS[indicator.value].denominator],
            numbers.points(float(term.weight)),
            numbers.percent(term.target),
        )
        for indicator, term in rules.terms.items()
    ]
    told = mark("Rules {rules}; calendar {calendar}; journal position {position}; fingerprint {fingerprint}.")
    rests_on = words[told].format(
        rules=rules.version,
        calendar=pack.review.calendar,
        position=pack.review.position,
        fingerprint=pack.review.fingerprint,
    )
    sheet.note(fitting(rests_on))
    header = (mark("Indicator"), mark("Numerator"), mark("Denominator"), mark("Weight"), mark("Target"))
    sheet.figures((26, 46, 56, 14, 14), [words[title] for title in header], rows, 3)


def _name(ranked: Ranked, pack: Pack) -> str:
    return pack.telling.name(ranked.line.by, ranked.line.code)
