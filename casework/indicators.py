"""What a township's week comes to: five rates over spans of responsibility, each with the spans behind it. Knows no weights.

A rate counts clocks that ended: met in time at the instant they were met, or run out at their deadline while the unit was
still asked. A span that was taken away before its deadline, or stands still there, is nobody's failure and is not counted.
So every clock counts once, in one week, and a week's numbers follow from the spans and the instant one looks at them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from casework.calendar import SHANGHAI
from casework.vocabulary import Satisfaction

WEEK: Final = timedelta(weeks=1)
SpanKey = tuple[int, int]
"""(`case_id`, `number`): names a span."""


class Indicator(StrEnum):
    """What a township is measured by; values are the names in the rule file."""

    SIGNED = "signed"  # 按时签收率
    CONTACTED = "contacted"  # 响应率
    FINISHED = "finished"  # 按时办结率
    SOLVED = "solved"  # 解决率
    SATISFIED = "satisfied"  # 满意率


class UnitSpan(NamedTuple):
    """One unit's span of responsibility as `assignments` has it, its instants in UTC. A co-handler's counts like a holder's."""

    case_id: int
    number: int
    unit_code: str
    assigned_at: datetime
    sign_due_at: datetime
    signed_at: datetime | None
    contact_due_at: datetime
    contacted_at: datetime | None
    finish_due_at: datetime
    finished_at: datetime | None
    ended_at: datetime | None
    paused_at: datetime | None
    visited_at: datetime | None
    reached: bool | None
    solved: bool | None
    satisfaction: str | None


class Period(NamedTuple):
    """From `start` to before `end`, as seen at `at`: what lies after `at` has not happened.

    Weeks that follow each other share no instant, and a running week is counted like a whole one.
    """

    start: datetime
    end: datetime
    at: datetime

    def has(self, at: datetime) -> bool:
        """Whether something that happened at an instant happened in the period."""
        return self.start <= at < self.end and at <= self.at

    def has_passed(self, due_at: datetime) -> bool:
        """Whether a deadline ran out in the period; it is kept up to its very instant."""
        return self.start <= due_at < self.end and due_at < self.at


class VisitRule(NamedTuple):
    """How visits are read. `satisfied`: the answers that count as satisfied; `unanswered_counts`: whether a visit that
    reached the citizen but does not say (110 and the grid never tell whether it was solved) counts, as a no."""

    satisfied: frozenset[Satisfaction]
    unanswered_counts: bool


class Rate(NamedTuple):
    """A rate as the spans behind it, in order: `good` of `all`."""

    good: tuple[SpanKey, ...] = ()
    all: tuple[SpanKey, ...] = ()

    @property
    def numerator(self) -> int:
        return len(self.good)

    @property
    def denominator(self) -> int:
        return len(self.all)

    @property
    def share(self) -> Fraction | None:
        """Exact; `None` when there is nothing to divide by."""
        return Fraction(len(self.good), len(self.all)) if self.all else None

    @property
    def missed(self) -> tuple[SpanKey, ...]:
        """The spans that cost something."""
        good = set(self.good)
        return tuple(key for key in self.all if key not in good)


class Figures(NamedTuple):
    """One township's period: the spans it was given in it, and every rate."""

    given: tuple[SpanKey, ...]
    rates: Mapping[Indicator, Rate]


NOTHING: Final = Figures((), {indicator: Rate() for indicator in Indicator})


def week_of(at: datetime) -> Period:
    """The week an instant is in, from Monday 00:00 Asia/Shanghai, seen at that instant."""
    midnight = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = (midnight - timedelta(days=midnight.weekday())).astimezone(UTC)
    return Period(monday, monday + WEEK, at)


def weeks_until(at: datetime, many: int) -> tuple[Period, ...]:
    """That many weeks, the earliest first and the running one last, all seen at `at`."""
    this = week_of(at)
    return tuple(Period(this.start - back * WEEK, this.end - back * WEEK, at) for back in reversed(range(many)))


def figures(
    spans: Iterable[UnitSpan], period: Period, townships: Mapping[str, str], visits: VisitRule
) -> dict[str, Figures]:
    """Every township's figures, by its code in order; one that had nothing has `NOTHING`.

    `townships`: unit code -> township. A span counts for the unit that held it; units of no township are left out. Which
    spans, and in which order, changes nothing as long as those that count in the period are among them.
    """
    given: dict[str, list[SpanKey]] = {}
    tallies: dict[str, dict[Indicator, _Tally]] = {}
    for span in sorted(spans, key=_key):
        township = townships.get(span.unit_code)
        if township is None:
            continue
        key = _key(span)
        if period.has(span.assigned_at):
            given.setdefault(township, []).append(key)
        for indicator, good in _outcomes(span, period, visits):
            tally = tallies.setdefault(township, {}).setdefault(indicator, _Tally([], []))
            tally.all.append(key)
            if good:
                tally.good.append(key)
    return {
        township: Figures(tuple(given.get(township, ())), _rates(tallies.get(township, {})))
        for township in sorted(set(townships.values()))
    }


def _key(span: UnitSpan) -> SpanKey:
    return span.case_id, span.number


class _Tally(NamedTuple):
    good: list[SpanKey]
    all: list[SpanKey]


def _rates(tallies: Mapping[Indicator, _Tally]) -> dict[Indicator, Rate]:
    empty = _Tally([], [])
    return {indicator: Rate(*map(tuple, tallies.get(indicator, empty))) for indicator in Indicator}


def _outcomes(span: UnitSpan, period: Period, visits: VisitRule) -> Iterator[tuple[Indicator, bool]]:
    """What a span counts for in the period, and whether well."""
    # With the work done nobody is asked any more to sign or to speak to the citizen (`casework.clocks`). A pause holds
    # only the finish clock.
    until = min((at for at in (span.finished_at, span.ended_at) if at is not None), default=None)
    clocks = (
        (Indicator.SIGNED, span.signed_at, span.sign_due_at, until, None),
        (Indicator.CONTACTED, span.contacted_at, span.contact_due_at, until, None),
        (Indicator.FINISHED, span.finished_at, span.finish_due_at, span.ended_at, span.paused_at),
    )
    for indicator, done_at, due_at, ended_at, paused_at in clocks:
        if done_at is not None and done_at <= due_at:
            if period.has(done_at):
                yield indicator, True
        elif _ran_out(due_at, ended_at, paused_at) and period.has_passed(due_at):
            yield indicator, False
    if span.visited_at is not None and span.reached and period.has(span.visited_at):
        yield from _answers(span, visits)


def _ran_out(due_at: datetime, ended_at: datetime | None, paused_at: datetime | None) -> bool:
    """Whether the clock still ran just after its deadline; the wall's headline counts by the same rule."""
    return (ended_at is None or ended_at > due_at) and (paused_at is None or paused_at > due_at)


def _answers(span: UnitSpan, visits: VisitRule) -> Iterator[tuple[Indicator, bool]]:
    if span.solved is not None or visits.unanswered_counts:
        yield Indicator.SOLVED, bool(span.solved)
    if span.satisfaction not in (None, Satisfaction.UNKNOWN) or visits.unanswered_counts:
        yield Indicator.SATISFIED, span.satisfaction in visits.satisfied
