"""From figures to a score, a rank and the wall's table. Knows no span's clock, and no screen.

Reckoned in fractions: a score that lies between two tenths is rounded the same way (half up) wherever it is reckoned.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, time
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple, Protocol

from casework.indicators import Counts, Indicator, Period, Tally, UnitSpan, VisitRule, figures

TENTHS: Final = 10
POINTS: Final = 100
Z95: Final = 1.959963984540054
"""The standard normal's 97.5 % quantile."""


class Term(NamedTuple):
    """One indicator's part of the score: `weight` × f(rate).

    f is 1 from `target` upwards; each point (0.01) under it takes `slope` of the weight away, and `floor` of it stays.
    """

    weight: Fraction
    target: Fraction
    slope: Fraction
    floor: Fraction

    def part(self, share: Fraction) -> Fraction:
        """f: which part of the weight a rate earns, from `floor` to 1."""
        if share >= self.target:
            return Fraction(1)
        return max(self.floor, 1 - self.slope * (self.target - share) * POINTS)


OFFICE_HOURS: Final = ((time(8, 30), time(12)), (time(14, 30), time(18)))
"""[default] When a county's offices are open on a working day, Asia/Shanghai."""


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """One version of the scoring. `n_min`: with fewer clocks to finish that ended, a township is not ranked; `terms`: an
    indicator that is not among them is not scored; `hours`: what counts of a working day where working hours are told."""

    version: str
    effective_from: date
    n_min: int
    visits: VisitRule
    terms: Mapping[Indicator, Term]
    hours: tuple[tuple[time, time], ...] = OFFICE_HOURS


class Part(NamedTuple):
    """What an indicator brought, of what it could have; the difference is what was lost on the spans the rate missed."""

    indicator: Indicator
    got: float
    possible: float


class Score(NamedTuple):
    """`points`: of `possible`, as shown, to one decimal. `parts`: those that had anything to say, not rounded."""

    points: float
    possible: float
    parts: tuple[Part, ...]


class Unranked(StrEnum):
    """Why a township has no rank."""

    NO_CASES = "no_cases"  # no indicator has anything to divide by
    FEW_CASES = "few_cases"  # fewer than n_min clocks to finish ended


class Interval(NamedTuple):
    """Where a share lies with 95 % confidence, from 0 to 1."""

    low: float
    high: float


class Standing(NamedTuple):
    """A township's place: `rank` and `score`, or else `reason`, with the interval of its share finished in time (`None`
    where no clock to finish ended)."""

    rank: int | None
    score: Score | None
    reason: Unranked | None = None
    interval: Interval | None = None


class Measured(Protocol):
    """Whoever has rates: `indicators.Figures`, which knows the spans behind them, or `Tallied`."""

    @property
    def rates(self) -> Mapping[Indicator, Counts]: ...


class Tallied(NamedTuple):
    """Rates whose spans are not at hand."""

    rates: Mapping[Indicator, Tally]


class Week(NamedTuple):
    """A week's figures by township, and the rules in force when it began."""

    figures: Mapping[str, Measured]
    rules: ScoreRules


class TownshipRow(NamedTuple):
    """One line of the wall's table. `change`: ranks gained since the week before (negative: lost), `None` when either week
    has none; `given`: spans it was given; `weekly`: scores, oldest first and this week's last, `None` where unranked."""

    township: str
    standing: Standing
    change: int | None
    given: int
    rates: Mapping[Indicator, Counts]
    weekly: tuple[float | None, ...]


def score_of(rates: Mapping[Indicator, Counts], rules: ScoreRules) -> Score | None:
    """The score of a township's rates; `None` when none of them has a denominator.

    An indicator without a denominator says nothing, good or bad: the others share its weight in proportion to their own, so
    that every township can reach the same points.
    """
    shares = {indicator: share for indicator in rules.terms if (share := rates[indicator].share) is not None}
    if not shares:
        return None
    possible = sum((term.weight for term in rules.terms.values()), Fraction(0))
    stretch = possible / sum(rules.terms[indicator].weight for indicator in shares)
    points = Fraction(0)
    parts = []
    for indicator, share in shares.items():
        term = rules.terms[indicator]
        weight = term.weight * stretch
        got = weight * term.part(share)
        points += got
        parts.append(Part(indicator, float(got), float(weight)))
    return Score(_tenths(points) / TENTHS, float(possible), tuple(parts))


def ranking(figures_by_township: Mapping[str, Measured], rules: ScoreRules) -> dict[str, Standing]:
    """Every township's standing, the ranked first, then by code. Scores that are shown equal share a rank (1, 1, 3)."""
    found = {township: _standing(each.rates, rules) for township, each in figures_by_township.items()}
    points = [standing.score.points for standing in found.values() if standing.score is not None]
    ranked = {township: _ranked(standing, points) for township, standing in found.items()}
    return dict(sorted(ranked.items(), key=lambda item: (item[1].rank is None, item[1].rank or 0, item[0])))


def _ranked(standing: Standing, points: Sequence[float]) -> Standing:
    """The standing with its rank among all points that are shown."""
    score = standing.score
    return standing if score is None else standing._replace(rank=1 + sum(other > score.points for other in points))


def _standing(rates: Mapping[Indicator, Counts], rules: ScoreRules) -> Standing:
    """The standing before it is compared with others."""
    reckoned = score_of(rates, rules)
    finished = rates[Indicator.FINISHED]
    if reckoned is not None and finished.denominator >= rules.n_min:
        return Standing(None, reckoned)
    reason = Unranked.NO_CASES if reckoned is None else Unranked.FEW_CASES
    return Standing(None, None, reason, wilson(finished.numerator, finished.denominator))


def change_of_rank(now: Mapping[str, Standing], before: Mapping[str, Standing]) -> dict[str, int | None]:
    """By township, how many ranks it has gained (negative: lost); `None` when it is unranked in either."""
    return {township: _gained(standing, before.get(township)) for township, standing in now.items()}


def _gained(now: Standing, before: Standing | None) -> int | None:
    if before is None or now.rank is None or before.rank is None:
        return None
    return before.rank - now.rank


def wilson(successes: int, trials: int) -> Interval | None:
    """The 95 % score interval of a share (E. B. Wilson, 1927); `None` without trials."""
    if not trials:
        return None
    share, spread = successes / trials, Z95**2 / trials
    middle = share + spread / 2
    half = math.sqrt(spread * (share * (1 - share) + spread / 4))
    return Interval(max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread)))


def week(
    spans: Iterable[UnitSpan],
    period: Period,
    townships: Mapping[str, str],
    rules: ScoreRules,
    *,
    with_excluded: bool = False,
    local: frozenset[str] = frozenset(),
) -> Week:
    """A week's figures. `rules` are those in force when the period begins (`Versions.at(period.start)`): no week is judged
    by what came in its middle. Spans that are excluded (不合理诉求, an objection that was upheld) count for nobody; shown with
    and without them, a week is reckoned twice."""
    counted = (span for span in spans if with_excluded or not span.excluded)
    return Week(figures(counted, period, townships, rules.visits, local=local), rules)


def wall_table(weeks: Sequence[Week]) -> tuple[TownshipRow, ...]:
    """The wall's table of the last of these weeks (earliest first, one at least): the ranked townships by rank, then the
    unranked, each by code. Townships are those of the last week; in a week that did not know one it has no score."""
    rankings = [ranking(each.figures, each.rules) for each in weeks]
    now = rankings[-1]
    changes = change_of_rank(now, rankings[-2] if len(rankings) > 1 else {})
    return tuple(
        TownshipRow(
            township,
            standing,
            changes[township],
            weeks[-1].figures[township].rates[Indicator.RETURNED].denominator,
            weeks[-1].figures[township].rates,
            tuple(_points(each.get(township)) for each in rankings),
        )
        for township, standing in now.items()
    )


def _points(standing: Standing | None) -> float | None:
    return standing.score.points if standing is not None and standing.score is not None else None


def fingerprint(position: int, rules: str, calendar: str, period: Period) -> str:
    """Twelve hex digits that name what numbers rest on: the journal's position, the versions of rules and calendar, and the
    period with the instant it was seen at. Equal ones mean equal numbers."""
    instants = [at.astimezone(UTC).isoformat() for at in period]
    told = json.dumps([position, rules, calendar, *instants], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _tenths(points: Fraction) -> int:
    """Rounded half up, in tenths."""
    return math.floor(points * TENTHS + Fraction(1, 2))
