"""What a unit's week comes to: indicators over spans of responsibility, each with the spans behind it. Knows no weights.

`marks` is the one function that says what a span counts for and when: rates, lists, roll-ups and time-lapse all read it. A
rate of a clock counts clocks that ended: met in time at the instant they were met, or run out at their deadline while the
unit was still asked. A span that was taken away before its deadline, or stands still there, is nobody's failure and is not
counted. So every clock counts once, in one week, and a week's numbers follow from the spans and the instant one looks at
them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from casework.calendar import JUST_BEFORE, SHANGHAI, local_day, midnight
from casework.vocabulary import Category, Feed, Result, Satisfaction

WEEK: Final = timedelta(weeks=1)
DISPUTES: Final = frozenset(category.value for category in Category if category.value < "18")
"""GB/T 31000-2015 classes 01 to 17: what can be mediated. The everyday matters beside them have words for codes."""
RETURNED, REDONE = "returned", "redone"
"""`Span.end_reason` of a span that its unit gave back (退单), and of one whose work was to be done again (重办)."""
SpanKey = tuple[int, int]
"""(`case_id`, `number`): names a span."""


class Indicator(StrEnum):
    """What units are measured by; values are the names in the rule file. Numerator / denominator, each span once:

    - `SIGNED`, `CONTACTED`, `FINISHED`: the clock met in time / the clock ended in the period, met or run out.
    - `SOLVED`: the visit in the period says solved / it reached the citizen and says. `SATISFIED`: it says one of the answers
      that count as satisfied / it says how satisfied. `DISSATISFIED`: it says dissatisfied or worse / the same.
    - `LOCAL` (就地化解率): held by a village's committee or a grid / the visit in the period says solved.
    - `DATA` (数据质量): its case says where (`says_where`) and what (a category that is not 99) / given in the period [default].
    - `RETURNED` (退单率): given back in the period / given in it. `REPEATED`: the first of a round that began because the matter
      came again / given in the period.
    - `REDONE` (重办率): ended in the period to be done again / finished in it.
    - `SETTLED_ENDED`, `SETTLED_ACCEPTED` (调处成功率, categories 01 to 17): finished in the period with the result settled /
      finished in it with any result told; and / signed in the period.
    - `CLOSED` (结案率), `CLOSED_ON_TIME` (按时结案率): finished before the period's end (and the instant looked at), at all or by
      the deadline / given in the period.
    - `OVERDUE_OPEN` (存量超期): its finish clock has run out / neither finished nor ended, at the period's end or the instant
      looked at, whichever is earlier; whenever it was given.

    What is returned, redone or settled need not be of those it is set against (`FLOWS`): both happen in the period, so that no
    past period changes by what comes later.
    """

    SIGNED = "signed"  # 按时签收率
    CONTACTED = "contacted"  # 响应率
    FINISHED = "finished"  # 按时办结率
    SOLVED = "solved"  # 解决率
    SATISFIED = "satisfied"  # 满意率
    DATA = "data"  # 数据质量
    RETURNED = "returned"  # 退单率
    REDONE = "redone"  # 重办率
    REPEATED = "repeated"  # 重复投诉率
    SETTLED_ENDED = "settled_ended"  # 调处成功率, of mediations ended
    SETTLED_ACCEPTED = "settled_accepted"  # 调处成功率, of mediations accepted
    LOCAL = "local"  # 就地化解率
    OVERDUE_OPEN = "overdue_open"  # 存量超期
    CLOSED = "closed"  # 结案率
    CLOSED_ON_TIME = "closed_on_time"  # 按时结案率
    DISSATISFIED = "dissatisfied"  # 不满意率


LESS_IS_BETTER: Final = frozenset({
    Indicator.RETURNED, Indicator.REDONE, Indicator.REPEATED, Indicator.OVERDUE_OPEN, Indicator.DISSATISFIED,
})  # fmt: skip
MORE_IS_BETTER: Final = tuple(indicator for indicator in Indicator if indicator not in LESS_IS_BETTER)
FLOWS: Final = frozenset({Indicator.RETURNED, Indicator.REDONE, Indicator.SETTLED_ACCEPTED})
"""Whose numerator is not a part of its denominator."""
ON_THE_WALL: Final = (
    Indicator.SIGNED, Indicator.CONTACTED, Indicator.FINISHED, Indicator.SOLVED, Indicator.SATISFIED,
)  # fmt: skip


class By(StrEnum):
    """What a number is told apart by. `UNIT`: a unit by its own code, such as a department. `VILLAGE`, `CATEGORY` and `FEED`
    are the case's: where it lies, what it is about, and the feed of its first report."""

    COUNTY = "county"
    TOWNSHIP = "township"
    UNIT = "unit"
    VILLAGE = "village"
    CATEGORY = "category"
    FEED = "feed"


class UnitSpan(NamedTuple):
    """One unit's span of responsibility as `assignments` has it, its instants in UTC. A co-handler's counts like a holder's.

    From `category` on: its case. `excluded`: it counts for nobody (`casework.scoring`); `objection`: "open", "upheld" or
    "refused"; `again`: the first of a round that began because the matter came again; `paused_seconds`: how long its finish
    clock stood still, a pause that still lasts left out; `result`: what it was finished with.
    """

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
    end_reason: str | None = None
    excluded: bool = False
    objection: str | None = None
    again: bool = False
    paused_seconds: int = 0
    result: str | None = None
    category: str = Category.OTHER.value
    feed: str = ""
    township: str | None = None
    village: str | None = None
    sensitive: bool = False

    @property
    def key(self) -> SpanKey:
        return self.case_id, self.number


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

    @property
    def runs(self) -> bool:
        """Whether it had begun and was not over at the instant looked at."""
        return self.start <= self.at < self.end

    @property
    def last(self) -> datetime:
        """The last instant that counts: the one looked at, or the last one before the end."""
        return min(self.at, self.end - JUST_BEFORE)

    @property
    def whole_until(self) -> datetime:
        """Where the days end that are over at the instant looked at: the period's end, or the midnight before that instant."""
        return self.end if self.at >= self.end else max(self.start, midnight(local_day(self.at)))

    def by_its_end(self, at: datetime | None) -> bool:
        """Whether something had happened when the period was over, or at the instant looked at."""
        return at is not None and at < self.end and at <= self.at


class VisitRule(NamedTuple):
    """How visits are read. `satisfied`: the answers that count as satisfied; `unanswered_counts`: whether a visit that
    reached the citizen but does not say (110 and the grid never tell whether it was solved) counts, as a no."""

    satisfied: frozenset[Satisfaction]
    unanswered_counts: bool


class Counts(Protocol):
    """A rate, whether it knows the spans behind it (`Rate`) or only their number (`Tally`)."""

    @property
    def numerator(self) -> int: ...

    @property
    def denominator(self) -> int: ...

    @property
    def share(self) -> Fraction | None: ...


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
        """The spans that cost something: all that are not good."""
        good = set(self.good)
        return tuple(key for key in self.all if key not in good)


class Tally(NamedTuple):
    """An indicator as two counts: `good` of `total`."""

    good: int = 0
    total: int = 0

    @property
    def numerator(self) -> int:
        return self.good

    @property
    def denominator(self) -> int:
        return self.total

    @property
    def share(self) -> Fraction | None:
        """Exact; `None` when there is nothing to divide by. Of `FLOWS` it may be more than 1."""
        return Fraction(self.good, self.total) if self.total else None

    @property
    def missed(self) -> int:
        """How many are not good. Says nothing of `FLOWS`, whose good ones need not be among the total."""
        return self.total - self.good


class Figures(NamedTuple):
    """One township's (village's, category's …) period: the spans that were given in it, and every rate."""

    given: tuple[SpanKey, ...]
    rates: Mapping[Indicator, Rate]


NOTHING: Final = Figures((), {indicator: Rate() for indicator in Indicator})
NO_TALLIES: Final = {indicator: Tally() for indicator in Indicator}


def week_of(at: datetime) -> Period:
    """The week an instant is in, from Monday 00:00 Asia/Shanghai, seen at that instant."""
    midnight = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = (midnight - timedelta(days=midnight.weekday())).astimezone(UTC)
    return Period(monday, monday + WEEK, at)


def weeks_until(at: datetime, many: int) -> tuple[Period, ...]:
    """That many weeks, the earliest first and the running one last, all seen at `at`."""
    this = week_of(at)
    return tuple(Period(this.start - back * WEEK, this.end - back * WEEK, at) for back in reversed(range(many)))


class Measure(StrEnum):
    """What is counted of a span, whatever the rules; values stand in `unit_days` and never change.

    A clock is good when it was met; `LATE` is a finish after its deadline, at its own instant. `GIVEN` is good when its case
    says where and what, `SETTLED` when the result is settled, `SOLVED` when the visit says so.
    `UNSAID`, `ANSWER_UNKNOWN`: a visit that reached the citizen and does not tell. Of the others being counted is all.
    """

    SIGNED = "signed"
    CONTACTED = "contacted"
    FINISHED = "finished"
    GIVEN = "given"
    AGAIN = "again"
    RETURNED = "returned"
    LATE = "late"
    REDONE = "redone"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    SOLVED = "solved"
    UNSAID = "unsaid"
    VERY_SATISFIED = "answer.very_satisfied"
    SATISFIED = "answer.satisfied"
    BASICALLY_SATISFIED = "answer.basically_satisfied"
    DISSATISFIED = "answer.dissatisfied"
    VERY_DISSATISFIED = "answer.very_dissatisfied"
    ANSWER_UNKNOWN = "answer.unknown"


Mark = tuple[Measure, bool, datetime, bool]
"""What a span counts for, whether well, and when; the last says that it is a deadline that ran out, just after that instant."""


def is_in(mark: Mark, period: Period) -> bool:
    _, _, at, ran_out = mark
    return period.has_passed(at) if ran_out else period.has(at)


_ANSWERS: Final = {answer.value: Measure(f"answer.{answer}") for answer in Satisfaction}
_UNHAPPY: Final = frozenset({Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED})


def says_where(span: UnitSpan) -> bool:
    """Whether its case says where, as closely as its source can: the grid by village, 110 and 12345 by township."""
    return span.village is not None or (span.feed != Feed.GRID and span.township is not None)


def marks(span: UnitSpan) -> list[Mark]:
    """All that a span counts for, ever; what lies after the instant one looks at is what will be if nothing happens."""
    given, finished, ended, paused = span.assigned_at, span.finished_at, span.ended_at, span.paused_at
    place_and_kind = says_where(span) and span.category != Category.OTHER
    found: list[Mark] = [(Measure.GIVEN, place_and_kind, given, False)]
    # With the work done nobody is asked any more to sign or to speak to the citizen (`casework.clocks`). A pause holds
    # only the finish clock.
    until = ended if finished is None or (ended is not None and ended < finished) else finished
    for measure, done, due in (
        (Measure.SIGNED, span.signed_at, span.sign_due_at),
        (Measure.CONTACTED, span.contacted_at, span.contact_due_at),
    ):
        if done is not None and done <= due:
            found.append((measure, True, done, False))
        elif until is None or until > due:
            found.append((measure, False, due, True))
    if finished is not None and finished <= span.finish_due_at:
        found.append((Measure.FINISHED, True, finished, False))
    elif finished is not None:
        found.append((Measure.LATE, True, finished, False))
    if (finished is None or finished > span.finish_due_at) and ran_out(span.finish_due_at, ended, paused):
        found.append((Measure.FINISHED, False, span.finish_due_at, True))
    if span.again:
        found.append((Measure.AGAIN, True, given, False))
    if ended is not None and span.end_reason in (RETURNED, REDONE):
        found.append((Measure(span.end_reason), True, ended, False))
    if span.category in DISPUTES:
        found += _mediated(span)
    if span.visited_at is not None and span.reached:
        solved = Measure.UNSAID if span.solved is None else Measure.SOLVED
        found.append((solved, bool(span.solved), span.visited_at, False))
        found.append((_ANSWERS[span.satisfaction or Satisfaction.UNKNOWN], True, span.visited_at, False))
    return found


def _mediated(span: UnitSpan) -> Iterator[Mark]:
    if span.signed_at is not None:
        yield Measure.ACCEPTED, True, span.signed_at, False
    if span.finished_at is not None and span.result is not None:
        yield Measure.SETTLED, span.result == Result.SETTLED, span.finished_at, False


def ran_out(due_at: datetime, ended_at: datetime | None, paused_at: datetime | None) -> bool:
    """Whether the clock still ran just after its deadline; the wall's headline counts by the same rule."""
    return (ended_at is None or ended_at > due_at) and (paused_at is None or paused_at > due_at)


class Counted(NamedTuple):
    """What a span counts for in an indicator: of its numerator, of its denominator, or of both."""

    indicator: Indicator
    good: bool
    total: bool


@lru_cache(maxsize=64)
def readings(visits: VisitRule, local: bool) -> Mapping[tuple[Measure, bool], tuple[Counted, ...]]:
    """What each measure, well or not, counts for by a rule; `local`: of a unit of a village or grid."""
    found = {
        (measure, good): tuple(_read(measure, good, visits, local)) for measure in Measure for good in (False, True)
    }
    return {key: counted for key, counted in found.items() if counted}


def _read(measure: Measure, good: bool, visits: VisitRule, local: bool) -> Iterator[Counted]:  # noqa: PLR0912 - a table
    match measure:
        case Measure.SIGNED | Measure.CONTACTED | Measure.FINISHED:
            yield Counted(Indicator(measure), good, True)
            if measure is Measure.FINISHED and good:
                yield Counted(Indicator.REDONE, False, True)
        case Measure.GIVEN:
            yield Counted(Indicator.DATA, good, True)
            yield Counted(Indicator.RETURNED, False, True)
            yield Counted(Indicator.REPEATED, False, True)
        case Measure.AGAIN:
            yield Counted(Indicator.REPEATED, True, False)
        case Measure.RETURNED | Measure.REDONE:
            yield Counted(Indicator(measure), True, False)
        case Measure.LATE:
            yield Counted(Indicator.REDONE, False, True)
        case Measure.ACCEPTED:
            yield Counted(Indicator.SETTLED_ACCEPTED, False, True)
        case Measure.SETTLED:
            yield Counted(Indicator.SETTLED_ENDED, good, True)
            if good:
                yield Counted(Indicator.SETTLED_ACCEPTED, True, False)
        case Measure.SOLVED:
            yield Counted(Indicator.SOLVED, good, True)
            if good:
                yield Counted(Indicator.LOCAL, local, True)
        case Measure.UNSAID:
            if visits.unanswered_counts:
                yield Counted(Indicator.SOLVED, False, True)
        case _:
            answer = Satisfaction(measure.partition(".")[2])
            if answer is not Satisfaction.UNKNOWN or visits.unanswered_counts:
                yield Counted(Indicator.SATISFIED, answer in visits.satisfied, True)
                yield Counted(Indicator.DISSATISFIED, answer in _UNHAPPY, True)


def outcomes(span: UnitSpan, period: Period, visits: VisitRule, local: bool = False) -> list[Counted]:
    """What a span counts for in the period. An indicator may be named twice: once for its numerator, once for the other."""
    read = readings(visits, local)
    found: list[Counted] = []
    for mark in marks(span):
        if is_in(mark, period):
            found += read.get(mark[:2], ())
    found += stands(span, period)
    return found


def stands(span: UnitSpan, period: Period) -> Iterator[Counted]:
    """How a span stood when the period was over: no day alone decides that."""
    finished = period.by_its_end(span.finished_at)
    if period.has(span.assigned_at):
        yield Counted(Indicator.CLOSED, finished, True)
        in_time = span.finished_at is not None and span.finished_at <= span.finish_due_at
        yield Counted(Indicator.CLOSED_ON_TIME, finished and in_time, True)
    if not finished and period.by_its_end(span.assigned_at) and not period.by_its_end(span.ended_at):
        due, paused = span.finish_due_at, span.paused_at
        overdue = due < period.end and due < period.at and (paused is None or paused > due)
        yield Counted(Indicator.OVERDUE_OPEN, overdue, True)


def group_of(span: UnitSpan, by: By, townships: Mapping[str, str]) -> str | None:
    """Which township, unit, village … a span counts for; none where that is not known. A span counts for the township of
    the unit that held it (`townships`: unit code -> township), wherever the case lies."""
    match by:
        case By.COUNTY:
            return ""
        case By.TOWNSHIP:
            return townships.get(span.unit_code)
        case By.UNIT:
            return span.unit_code
        case By.VILLAGE:
            return span.village
        case By.CATEGORY:
            return span.category
        case By.FEED:
            return span.feed


def figures(
    spans: Iterable[UnitSpan],
    period: Period,
    townships: Mapping[str, str],
    visits: VisitRule,
    by: By = By.TOWNSHIP,
    local: frozenset[str] = frozenset(),
) -> dict[str, Figures]:
    """Everybody's figures with the spans behind them, by code in order; a township that had nothing has `NOTHING`.

    `townships`: unit code -> township; units of no township are left out where townships are told apart. `local`: the codes of
    villages' committees and grids. Every span counts, excluded or not. Which spans, and in which order, changes nothing as
    long as those that count in the period are among them.
    """
    given: dict[str, list[SpanKey]] = {}
    rates: dict[str, dict[Indicator, _Keys]] = {}
    for span in sorted(spans, key=_key):
        group = group_of(span, by, townships)
        if group is None:
            continue
        if period.has(span.assigned_at):
            given.setdefault(group, []).append(span.key)
        for indicator, good, total in outcomes(span, period, visits, span.unit_code in local):
            keys = rates.setdefault(group, {}).setdefault(indicator, _Keys([], []))
            if good:
                keys.good.append(span.key)
            if total:
                keys.all.append(span.key)
    groups = set(townships.values()) if by is By.TOWNSHIP else given.keys() | rates.keys()
    return {group: Figures(tuple(given.get(group, ())), _rates(rates.get(group, {}))) for group in sorted(groups)}


def _key(span: UnitSpan) -> SpanKey:
    return span.case_id, span.number


class _Keys(NamedTuple):
    good: list[SpanKey]
    all: list[SpanKey]


def _rates(keys: Mapping[Indicator, _Keys]) -> dict[Indicator, Rate]:
    nothing = _Keys([], [])
    return {indicator: Rate(*map(tuple, keys.get(indicator, nothing))) for indicator in Indicator}


PLACE: Final = {indicator: 2 * number for number, indicator in enumerate(Indicator)}
"""Where an indicator's numerator stands in a list of counts; its denominator is the next one."""
PLACES: Final = 2 * len(Indicator)


@lru_cache(maxsize=64)
def places(visits: VisitRule, local: bool) -> Mapping[tuple[Measure, bool], tuple[int, ...]]:
    """`readings` as the places of the counts that go up by one: what many spans are counted with."""
    return {key: tuple(_places_of(read)) for key, read in readings(visits, local).items()}


def _places_of(counted: Iterable[Counted]) -> Iterator[int]:
    for indicator, good, total in counted:
        if good:
            yield PLACE[indicator]
        if total:
            yield PLACE[indicator] + 1


def tallied(counts: Sequence[int]) -> dict[Indicator, Tally]:
    """Counts by place as counts by indicator."""
    return {indicator: Tally(counts[place], counts[place + 1]) for indicator, place in PLACE.items()}


def added(one: Mapping[Indicator, Tally], other: Mapping[Indicator, Tally]) -> dict[Indicator, Tally]:
    """Two sets of counts in one."""
    return {
        indicator: Tally(one[indicator].good + other[indicator].good, one[indicator].total + other[indicator].total)
        for indicator in Indicator
    }
