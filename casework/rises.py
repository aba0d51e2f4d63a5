"""What has risen beyond its usual range: counts of one part of a week against the same part of earlier weeks. Knows no clock.

The rule. A series is a township, a category, or a pair of both. Let `n` earlier weeks have the mean `m` (half a case is added
to their sum: Jeffreys' prior of a Poisson rate, which gives a limit to a series that never had a case). This week's count is
expected to follow a negative binomial distribution with mean `m` and variance `phi * m * (1 + 1/n)`: `1/n` is what `n` weeks
leave unknown of the mean, and with `phi = 1` this is the posterior predictive distribution of Poisson counts (Gelman and
others, *Bayesian Data Analysis*, 3rd edition, section 2.6). `phi` is how much more counts vary than Poisson's, at least 1:
the largest of the series' own (Pearson's chi-squared over its degrees of freedom), that of all series of its kind together
(McCullagh and Nelder, *Generalized Linear Models*, 2nd edition, section 6.2), and `1 + kappa * m` with one `kappa` for the
kind (section 6.2.3: rates that swing from week to week). Twelve weeks of one series are too few to trust a small one.

The limit of a series is the largest count whose excess has a chance above `false_alarms / 3 / series of that kind`:
Bonferroni's correction (Lehmann and Romano, *Testing Statistical Hypotheses*, 3rd edition, section 9.1), a third for each
kind so that hundreds of pairs don't blunt nine townships. Bonferroni and not Benjamini and Hochberg: a limit then hardly
moves because another township has a bad week, and the promise is the one a wall needs, "a quiet week shows nothing".

Measured on simulated quiet weeks (9 townships, 27 categories, 173 to 17,300 cases a week; `tests/casework/test_rises.py` repeats
a part): with 12 earlier weeks a look shows a rise in 2 % of the weeks when counts are Poisson's or arrive in clumps, in 3 to 7 %
when rates swing by a fifth of their square from week to week; with 4 earlier weeks in 1 to 5 %, and in 7 to 11 %. Looked at
every six hours (173 cases, Poisson), a quiet week shows something at some time in 11 %. A township's doubled count is seen, with
12 weeks of Poisson counts, in 95 % of weeks at 51 cases a week, in half at 16, always from 160 on; where counts swing it is
seen less often. What has been high for weeks is usual; a holiday week is compared with weeks that had none.
"""

import math
import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from casework.errors import RuleError

# Cases by township (None: unknown) and category.
Counts = Mapping[tuple[str | None, str], int]

FEWEST_SHOWN: Final = 5
PRIOR_CASES: Final = 0.5
NEGLIGIBLE: Final = 1e-9


class RiseKind(StrEnum):
    """What a series counts."""

    TOWNSHIP = "township"
    CATEGORY = "category"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class RiseRule:
    """How sure to be; raises `RuleError`.

    `false_alarms`: the chance that one look at a week like all others shows any rise. `least_cases`: fewer are no rise; never
    below `FEWEST_SHOWN`. `least_weeks`: with fewer earlier weeks nothing is said.
    """

    false_alarms: float = 0.05
    least_cases: int = FEWEST_SHOWN
    least_weeks: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.false_alarms < 1:
            raise RuleError(f"false_alarms: {self.false_alarms} is not between 0 and 1")
        if self.least_cases < FEWEST_SHOWN:
            raise RuleError(f"least_cases: no count under {FEWEST_SHOWN} may be shown, and this is {self.least_cases}")
        if self.least_weeks < 2:  # noqa: PLR2004 - one week shows no variation
            raise RuleError(f"least_weeks: {self.least_weeks} is too few to see how much counts vary")


@dataclass(frozen=True, slots=True)
class Rise:
    """A series beyond its limit, by codes. `usual` is the median of the earlier weeks, None where it is too few to be shown."""

    kind: RiseKind
    township: str | None
    category: str | None
    count: int
    usual: float | None
    limit: int


DEFAULT: Final = RiseRule()


@dataclass(frozen=True, slots=True)
class _Series:
    """What is counted, its counts in the earlier weeks, and its count of this week."""

    township: str | None
    category: str | None
    earlier: tuple[int, ...]
    count: int

    @property
    def mean(self) -> float:
        return (sum(self.earlier) + PRIOR_CASES) / len(self.earlier)

    @property
    def variance(self) -> float:
        """Of the sample, about the mean above."""
        mean = self.mean
        return sum((count - mean) ** 2 for count in self.earlier) / (len(self.earlier) - 1)


class _Spread(NamedTuple):
    """How counts of a kind vary: `phi` times as much as Poisson's, and `kappa` times the square of the mean beyond it."""

    phi: float
    kappa: float


def rises(now: Counts, earlier: Sequence[Counts], rule: RiseRule = DEFAULT) -> tuple[Rise, ...]:
    """What has risen, the least likely first; nothing while there is too little history. `earlier`: one for each week.

    A case whose township nobody knows counts for its category only.
    """
    if len(earlier) < rule.least_weeks:
        return ()
    found: list[tuple[float, Rise]] = []
    for kind in RiseKind:
        found += _risen(kind, list(_series(kind, now, earlier)), rule)
    return tuple(rise for _, rise in sorted(found, key=lambda each: (each[0], each[1].limit - each[1].count)))


def _risen(kind: RiseKind, series: Collection[_Series], rule: RiseRule) -> Iterator[tuple[float, Rise]]:
    """Those beyond their limit, with the chance of it."""
    if not series:
        return
    chance = rule.false_alarms / len(RiseKind) / len(series)
    spread = _spread(series)
    for each in series:
        if each.count < rule.least_cases or each.count <= each.mean:
            continue
        variance = _predicted_variance(each, spread)
        likely = _chance_of(each.count, each.mean, variance)
        if likely <= chance:
            usual = statistics.median(each.earlier)
            yield (
                likely,
                Rise(
                    kind,
                    each.township,
                    each.category,
                    each.count,
                    usual if usual >= FEWEST_SHOWN else None,
                    _limit(each, variance, chance),
                ),
            )


def _series(kind: RiseKind, now: Counts, earlier: Sequence[Counts]) -> Iterator[_Series]:
    """Every series that has a case in any of the weeks."""
    weeks = [_sums(kind, week) for week in (*earlier, now)]
    for township, category in sorted({key for week in weeks for key in week}, key=str):
        counts = tuple(week[township, category] for week in weeks)
        yield _Series(township, category, counts[:-1], counts[-1])


def _sums(kind: RiseKind, counts: Counts) -> Counter[tuple[str | None, str | None]]:
    sums: Counter[tuple[str | None, str | None]] = Counter()
    for (township, category), count in counts.items():
        if kind is RiseKind.CATEGORY:
            sums[None, category] += count
        elif township is not None:
            sums[township, category if kind is RiseKind.PAIR else None] += count
    return sums


def _spread(series: Collection[_Series]) -> _Spread:
    seen = [each for each in series if any(each.earlier)]
    if not seen:
        return _Spread(1.0, 0.0)
    phi = statistics.fmean(each.variance / each.mean for each in seen)
    beyond = sum(each.variance - each.mean for each in seen)
    return _Spread(max(1.0, phi), max(0.0, beyond / sum(each.mean**2 for each in seen)))


def _predicted_variance(series: _Series, spread: _Spread) -> float:
    mean = series.mean
    phi = max(spread.phi, 1 + spread.kappa * mean, series.variance / mean)
    return phi * mean * (1 + 1 / len(series.earlier))


def _limit(series: _Series, variance: float, chance: float) -> int:
    """The largest count with a chance above `chance` of being exceeded; the count itself is known to lie beyond it."""
    low, high = math.floor(series.mean), series.count - 1
    while low < high:
        middle = (low + high) // 2
        if _chance_of(middle + 1, series.mean, variance) <= chance:
            high = middle
        else:
            low = middle + 1
    return low


def _chance_of(count: int, mean: float, variance: float) -> float:
    """The chance of `count` cases or more, negative binomial; `variance` is larger than `mean`, `count` larger than it too."""
    size = mean * mean / (variance - mean)
    more = mean / (size + mean)
    logarithm = math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
    term = math.exp(logarithm + size * math.log1p(-more) + count * math.log(more))
    total = 0.0
    while term > total * NEGLIGIBLE:
        total += term
        term *= (count + size) / (count + 1) * more
        count += 1
    return total
