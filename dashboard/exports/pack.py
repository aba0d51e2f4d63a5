"""What every form of a review's pack shares: whose copy it is, what its numbers rest on, and the sentences made of them.

It must not know a file format. A pack is narrowed to what its reader may see before anything is written (`narrowed`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple

from casework.calendar import SHANGHAI
from casework.indicators import Indicator
from casework.review import By, Line, PeriodKind, PeriodName, Ranked, Review, Tally
from casework.roles import Sight
from dashboard.components import review_numbers as numbers
from dashboard.components.review_words import KINDS, Telling, indicator_name, period_name
from dashboard.components.review_words import before as before_words
from dashboard.exports.lines import minute
from dashboard.words import Words, mark

NAMED: Final = 3
"""Townships named at each end of a ranking."""

IN_PERIOD: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("In the week"),
    PeriodKind.MONTH: mark("In the month"),
    PeriodKind.QUARTER: mark("In the quarter"),
}

SHEET_NAMES: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("Weekly sheet"),
    PeriodKind.MONTH: mark("Monthly sheet"),
    PeriodKind.QUARTER: mark("Quarterly sheet"),
}
SHEET_TITLES: Final = (
    mark("Given (assignments)"),
    mark("Number finished in time"),
    mark("Number finished late"),
    mark("Number not finished"),
    mark("Share finished"),
    mark("Share finished in time"),
    mark("Number dissatisfied"),
    mark("Share dissatisfied"),
    mark("Given the period before"),
    mark("On the period before"),
)


class Pack(NamedTuple):
    """A review to be written out: in which language, for whose eyes, by whom and when."""

    review: Review
    telling: Telling
    language: str
    centre_name: str
    made_by: str
    made_at: datetime

    @property
    def words(self) -> Words:
        return self.telling.words

    @property
    def title(self) -> str:
        """As the page is called: 周研判 2026 年第 47 周."""
        name = self.review.name
        return f"{self.words[KINDS[name.kind]]} {period_name(name, self.words)}"

    @property
    def stamp(self) -> str:
        """Whose copy it is: who made it, and when."""
        return self.words[mark("made by {who}, {at}")].format(who=self.made_by, at=minute(self.made_at))

    @property
    def rests_on(self) -> str:
        """What its numbers rest on; the same stands at the foot of the page."""
        review = self.review
        return self.words[mark("fingerprint {fingerprint} · as of {at} · rules {rules}")].format(
            fingerprint=review.fingerprint, at=minute(review.period.at), rules=review.rules.version
        )


def file_name(name: PeriodName, as_of: datetime | None, words: Words, ending: str) -> str:
    """Like 周研判_2026-W47_截至20261120-0930.xlsx."""
    told = words[mark("as of")]
    seen = f"_{told}{as_of.astimezone(SHANGHAI):%Y%m%d-%H%M}" if as_of is not None else ""
    return f"{words[KINDS[name.kind]]}_{name}{seen}.{ending}".replace(" ", "-")


def narrowed(review: Review, sight: Sight, seen: Collection[str]) -> Review:
    """The same numbers, and no case that is out of sight: `seen` are the codes in it, of those the review names.

    What the meeting charged other units with is theirs, and so is why they object; without `texts` in the sight there are no
    sentences of people.
    """
    whole = sight.whole_county
    decisions = [each for each in review.decisions if whole or each.unit_code in sight.units]
    objections = [each for each in review.objections if each.case_code in seen]
    return review._replace(
        repeats=tuple(each for each in review.repeats if each.case_code in seen),
        objections=tuple(
            each if sight.texts and (whole or each.unit_code in sight.units) else each._replace(reason="")
            for each in objections
        ),
        decisions=tuple(
            each._replace(
                case_code=each.case_code if each.case_code in seen else None,
                matter=each.matter if sight.texts else "",
                outcome=each.outcome if sight.texts else "",
            )
            for each in decisions
        ),
    )


def with_kinds(review: Review, kinds: Mapping[tuple[By, str], Mapping[Indicator, Tally]]) -> Review:
    """The review with all that its categories and feeds come to, which the page does not tell."""
    return review._replace(
        categories=_whole(By.CATEGORY, review.categories, kinds), feeds=_whole(By.FEED, review.feeds, kinds)
    )


def _whole(
    by: By, lines: Sequence[Line], kinds: Mapping[tuple[By, str], Mapping[Indicator, Tally]]
) -> tuple[Line, ...]:
    told = {line.code: line for line in lines}
    others = sorted(code for kind, code in kinds if kind is by and code not in told)
    every = (*lines, *(Line(by, code, {}, {}, {}) for code in others))
    return tuple(line._replace(tallies=kinds.get((by, line.code), line.tallies)) for line in every)


def codes_in(review: Review) -> frozenset[str]:
    """Every case the review names."""
    codes = [each.case_code for each in review.repeats] + [each.case_code for each in review.objections]
    return frozenset(codes + [each.case_code for each in review.decisions if each.case_code is not None])


def sentences(review: Review, telling: Telling) -> list[str]:
    """What a leader should know first, each sentence made of numbers that the tables have too."""
    told = (_work(review, telling), _on_time(review, telling), _answers(review, telling), _ends(review, telling))
    return [*told[:3], *told[3], *_movers(review, telling), *_unranked(review, telling), *_left_out(review, telling)]


def _work(review: Review, telling: Telling) -> str:
    row, kind = numbers.sheet_row(review.county), review.name.kind
    return telling.words[
        mark(
            "{when} {given} were given ({change} {before}); {closed} of them are finished ({share}), {late} of these late."
        )
    ].format(
        when=telling.words[IN_PERIOD[kind]],
        given=numbers.count(row.given),
        change=numbers.relative(row.change),
        before=before_words(kind, review.period, telling.words),
        closed=numbers.count(row.on_time + row.late),
        share=numbers.percent(row.closed),
        late=numbers.count(row.late),
    )


def _on_time(review: Review, telling: Telling) -> str:
    now, before = _pair(review, Indicator.FINISHED)
    return telling.words[
        mark("{total} should have been finished, {good} were in time: {share} ({change} points {before}).")
    ].format(
        total=numbers.count(now.total),
        good=numbers.count(now.good),
        share=numbers.percent(now.share),
        change=numbers.change_of_share(now.share, before.share),
        before=before_words(review.name.kind, review.period, telling.words),
    )


def _answers(review: Review, telling: Telling) -> str:
    solved, satisfied, dissatisfied = (
        _pair(review, indicator)[0] for indicator in (Indicator.SOLVED, Indicator.SATISFIED, Indicator.DISSATISFIED)
    )
    return telling.words[
        mark(
            "Visits that were answered: solved {solved} ({solved_of}), satisfied {satisfied} ({satisfied_of}), {n} dissatisfied."
        )
    ].format(
        solved=numbers.percent(solved.share),
        solved_of=numbers.ratio(solved),
        satisfied=numbers.percent(satisfied.share),
        satisfied_of=numbers.ratio(satisfied),
        n=numbers.count(dissatisfied.good),
    )


def _pair(review: Review, indicator: Indicator) -> tuple[Tally, Tally]:
    """The county's counts, and those of the period before."""
    county = review.county
    return numbers.tally_of(county.tallies, indicator), numbers.tally_of(county.before, indicator)


def _ends(review: Review, telling: Telling) -> list[str]:
    """Who leads and who comes last; with few ranked townships nobody is named twice."""
    words = telling.words
    ranked = [_points_of(each, telling) for each in review.townships if each.standing.rank is not None]
    first, last = ranked[:NAMED], ranked[max(NAMED, len(ranked) - NAMED) :]
    told = [words[mark("First are {townships}.")].format(townships=_listed(first, words))] if first else []
    return told + ([words[mark("Last are {townships}.")].format(townships=_listed(last, words))] if last else [])


def _points_of(ranked: Ranked, telling: Telling) -> str:
    score = ranked.standing.score
    return f"{_name(ranked, telling)} {numbers.points(score.points if score is not None else None)}"


def _movers(review: Review, telling: Telling) -> list[str]:
    """Who rose and who fell, with the indicator that did most of it."""
    words = telling.words
    told = []
    for sign, sentence in ((1, mark("Risen: {townships}.")), (-1, mark("Fallen: {townships}."))):
        moved = [each for each in review.townships if (each.change or 0) * sign > 0]
        moved.sort(key=lambda each: -abs(each.change or 0))
        if moved:
            named = [_moved(each, review, sign, telling) for each in moved[:NAMED]]
            told.append(words[sentence].format(townships=_listed(named, words)))
    return told


def _moved(ranked: Ranked, review: Review, sign: int, telling: Telling) -> str:
    told = mark("{township} {change} to rank {rank}{why}")
    return telling.words[told].format(
        township=_name(ranked, telling),
        change=numbers.change_of_rank(ranked.change),
        rank=ranked.standing.rank,
        why=_why(ranked, review, sign, telling),
    )


def _why(ranked: Ranked, review: Review, sign: int, telling: Telling) -> str:
    """The scored indicator whose share moved the points most that way; nothing where none did."""
    indicator = max(review.rules.terms, key=lambda each: sign * _gain(ranked, review, each), default=None)
    if indicator is None or sign * _gain(ranked, review, indicator) <= 0:
        return ""
    now, before = numbers.tally_of(ranked.line.tallies, indicator), numbers.tally_of(ranked.line.before, indicator)
    return telling.words[mark(" ({indicator} {change} points)")].format(
        indicator=indicator_name(indicator, telling.words),
        change=numbers.change_of_share(now.share, before.share),
    )


def _gain(ranked: Ranked, review: Review, indicator: Indicator) -> Fraction:
    """How many points of the score an indicator brought more than in the period before, by the rules of this one."""
    term = review.rules.terms[indicator]
    now, before = (numbers.tally_of(each, indicator).share for each in (ranked.line.tallies, ranked.line.before))
    if now is None or before is None:
        return Fraction(0)
    return term.weight * (term.part(now) - term.part(before))


def _unranked(review: Review, telling: Telling) -> list[str]:
    names = [_name(each, telling) for each in review.townships if each.standing.rank is None]
    if not names:
        return []
    told = mark("Without a rank, for fewer than {n} should have been finished: {townships}.")
    return [telling.words[told].format(n=review.rules.n_min, townships=_listed(names, telling.words))]


def _left_out(review: Review, telling: Telling) -> list[str]:
    """What does not count, and what is contested."""
    county = review.county
    if not county.excluded and not county.contested:
        return []
    told = mark("{excluded} are left out of the scores, {contested} are contested.")
    return [telling.words[told].format(excluded=county.excluded, contested=county.contested)]


def _name(ranked: Ranked, telling: Telling) -> str:
    return telling.name(ranked.line.by, ranked.line.code)


def _listed(names: Iterable[str], words: Words) -> str:
    return words[mark(", ")].join(names)
