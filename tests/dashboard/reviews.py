"""A review made by hand, wide enough for every part of its page: nine townships, two of them unranked, and all that can be told.

What it says follows from one table of counts, so that every list is as long as its number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Final

from casework.indicators import LESS_IS_BETTER, Indicator, VisitRule
from casework.review import (
    AnyKey,
    ArrivalKey,
    By,
    CaseLine,
    CourtFigure,
    Decision,
    DecisionState,
    Handling,
    HotSpot,
    Line,
    ListKey,
    Objection,
    ObjectionState,
    Part,
    PeriodName,
    Ranked,
    Repeat,
    Review,
    Snapshot,
    Spread,
    Tally,
)
from casework.rises import Rise, RiseKind
from casework.roles import Sight
from casework.scoring import Interval, Score, ScoreRules, Standing, Term, Unranked
from casework.scoring import Part as ScorePart
from casework.vocabulary import Category, Satisfaction, Status
from dashboard.reviewing import State
from tests.dashboard.offices import county

NAME: Final = PeriodName.parse("2026-W47")
AT: Final = datetime(2026, 11, 21, 8, 42, tzinfo=UTC)
HOUR: Final = 3600.0
SATISFIED: Final = frozenset({Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED})
RULES: Final = ScoreRules(
    version="2026-1 示例",
    effective_from=date(2026, 1, 1),
    n_min=10,
    visits=VisitRule(SATISFIED, unanswered_counts=False),
    terms={
        indicator: Term(Fraction(weight), Fraction(target, 100), Fraction(2, 100), Fraction(1, 2))
        for indicator, weight, target in (
            (Indicator.SIGNED, 10, 98),
            (Indicator.CONTACTED, 15, 98),
            (Indicator.FINISHED, 30, 98),
            (Indicator.SOLVED, 20, 95),
            (Indicator.SATISFIED, 20, 95),
            (Indicator.DATA, 5, 98),
        )
    },
)
# By township, in the county's order: signed, contacted, finished, solved, satisfied, data, and how many were given.
COUNTS: Final = (
    ((274, 289), (270, 289), (269, 289), (118, 132), (121, 132), (290, 301), 301),
    ((114, 125), (116, 125), (113, 125), (42, 49), (45, 49), (121, 131), 131),
    ((114, 120), (115, 120), (113, 120), (40, 44), (41, 44), (122, 124), 124),
    ((107, 110), (108, 111), (106, 111), (49, 53), (50, 53), (111, 113), 113),
    ((105, 107), (106, 108), (104, 108), (45, 48), (46, 48), (109, 110), 110),
    ((75, 83), (76, 83), (73, 83), (27, 32), (28, 32), (80, 88), 88),
    ((77, 82), (78, 82), (76, 82), (31, 35), (33, 35), (84, 86), 86),
    ((6, 7), (6, 7), (4, 6), (2, 3), (2, 3), (7, 8), 8),
    ((0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), 0),
)
SCORED: Final = tuple(RULES.terms)
EXCLUDED: Final = 1
"""The township (青石镇) with two exclusions and a contested span."""


def tallies(counts: Sequence[tuple[int, int]], given: int) -> dict[Indicator, Tally]:
    """All indicators of a line: those told, and others that follow from how many were given."""
    told = {indicator: Tally(*pair) for indicator, pair in zip(SCORED, counts, strict=True)}
    closed = given * 9 // 10
    return told | {
        Indicator.CLOSED: Tally(closed, given),
        Indicator.CLOSED_ON_TIME: Tally(closed * 19 // 20, given),
        Indicator.OVERDUE_OPEN: Tally(given // 40, given // 8),
        Indicator.DISSATISFIED: Tally(told[Indicator.SATISFIED].missed, told[Indicator.SATISFIED].total),
        Indicator.RETURNED: Tally(given // 30, given),
        Indicator.REDONE: Tally(given // 50, closed),
        Indicator.REPEATED: Tally(given // 25, given),
        Indicator.SETTLED_ENDED: Tally(given // 6, given // 5),
        Indicator.SETTLED_ACCEPTED: Tally(given // 6, given // 4),
        Indicator.LOCAL: Tally(told[Indicator.SOLVED].good // 2, told[Indicator.SOLVED].good),
    }


def summed(each: Sequence[Mapping[Indicator, Tally]]) -> dict[Indicator, Tally]:
    return {
        indicator: Tally(sum(one[indicator].good for one in each), sum(one[indicator].total for one in each))
        for indicator in Indicator
    }


def shrunk(told: Mapping[Indicator, Tally], numerator: int, denominator: int) -> dict[Indicator, Tally]:
    """The same line smaller: the week before, or a part of the county."""
    return {
        indicator: Tally(tally.good * numerator // denominator, tally.total * numerator // denominator)
        for indicator, tally in told.items()
    }


def took(spans: int, hours: float) -> Handling:
    natural = Spread(spans, hours * HOUR, hours * 0.7 * HOUR, hours * 2.1 * HOUR)
    working = Spread(spans, hours / 3 * HOUR, hours / 4 * HOUR, hours * 0.7 * HOUR)
    return Handling(natural, working)


def score_of(told: Mapping[Indicator, Tally]) -> Score:
    parts = []
    points = Fraction(0)
    for indicator, term in RULES.terms.items():
        share = told[indicator].share or Fraction(0)
        got = term.weight * term.part(share)
        points += got
        parts.append(ScorePart(indicator, float(got), float(term.weight)))
    return Score(float(round(points, 1)), 100.0, tuple(parts))


def standings(lines: Sequence[Mapping[Indicator, Tally]]) -> list[Standing]:
    scores = [score_of(told) if told[Indicator.FINISHED].total >= RULES.n_min else None for told in lines]
    points = [score.points for score in scores if score is not None]
    found = []
    for score, told in zip(scores, lines, strict=True):
        if score is not None:
            found.append(Standing(1 + sum(other > score.points for other in points), score))
        elif told[Indicator.FINISHED].total:
            found.append(Standing(None, None, Unranked.FEW_CASES, Interval(0.3, 0.9032)))
        else:
            found.append(Standing(None, None, Unranked.NO_CASES, None))
    return found


def review(
    name: PeriodName = NAME, at: datetime = AT, as_of: datetime | None = None, position: int = 184_302
) -> Review:
    """Of any period the same numbers."""
    codes = [township.code for township in county().townships]
    each = [tallies(counts[:-1], counts[-1]) for counts in COUNTS]
    with_excluded = [dict(told) for told in each]
    more = with_excluded[EXCLUDED]
    more[Indicator.FINISHED] = Tally(113, 127)
    lines = [
        Line(
            By.TOWNSHIP,
            code,
            told,
            told_with,
            shrunk(told, 15, 16),
            took(told[Indicator.CLOSED].good, 40 + number) if told[Indicator.CLOSED].total else None,
            excluded=2 if number == EXCLUDED else 0,
            contested=1 if number == EXCLUDED else 0,
        )
        for number, (code, told, told_with) in enumerate(zip(codes, each, with_excluded, strict=True))
    ]
    ranked = [
        Ranked(
            line,
            standing,
            standing_with,
            None if standing.rank is None else (2, -1, 0, 1)[number % 4],
            tuple(None if week == 1 and number == 3 else standing.score.points - week for week in reversed(range(8)))
            if standing.score is not None
            else (None,) * 8,
        )
        for number, (line, standing, standing_with) in enumerate(
            zip(lines, standings(each), standings(with_excluded), strict=True)
        )
    ]
    ranked.sort(key=lambda one: (one.standing.rank is None, one.standing.rank or 0, one.line.code))
    whole = summed(each)
    townships, departments = county().townships, county().departments
    villages = [county().villages_of(code)[0] for code in codes[:4]]

    def part(by: By, code: str, number: int, of: int) -> Line:
        told = shrunk(whole, number, of)
        return Line(by, code, told, told, shrunk(whole, number + (1 if number % 2 else -1), of), took(5, 50))

    return Review(
        name=name,
        period=name.period(at),
        as_of=as_of,
        position=position,
        rules=RULES,
        calendar="国办 2026",
        fingerprint=f"7f3a{position:08x}",
        county=Line(By.COUNTY, "", whole, whole, shrunk(whole, 15, 16), took(865, 44.5), 2, 1),
        townships=tuple(ranked),
        departments=tuple(part(By.UNIT, unit.code, number + 1, 60) for number, unit in enumerate(departments[:8])),
        categories=tuple(
            part(By.CATEGORY, category.value, len(Category) - number, 500) for number, category in enumerate(Category)
        ),
        feeds=tuple(
            part(By.FEED, feed, number, 10) for feed, number in (("hotline12345", 6), ("grid", 3), ("police110", 1))
        ),
        rises=(
            Rise(RiseKind.PAIR, townships[6].code, Category.UTILITIES.value, 11, None, 8),
            Rise(RiseKind.PAIR, townships[1].code, Category.LABOUR.value, 9, 6.0, 8),
            Rise(RiseKind.CATEGORY, None, Category.FUMES.value, 44, 21.5, 39),
        ),
        rises_weeks=12,
        hot_spots=(
            HotSpot(villages[0].code, townships[0].code, 26, 9.0, Category.NOISE.value, 14),
            HotSpot(villages[1].code, townships[1].code, 17, None, Category.LABOUR.value, 9),
        ),
        repeats=(
            Repeat("YC-20261112-00031", Category.LABOUR.value, townships[1].code, 5, 2, at - timedelta(hours=5)),
            Repeat("YC-20261114-00012", Category.NOISE.value, townships[0].code, 3, 1, at - timedelta(days=1)),
        ),
        decisions=(
            _decision(1, departments[0].code, "欠薪案县级专班包案，本周五前支付到位", at - timedelta(hours=25)),
            _decision(
                2,
                departments[2].code,
                "供暖抢修方案",
                at - timedelta(days=2),
                DecisionState.DONE,
                at - timedelta(days=3),
            ),
            _decision(3, townships[2].centre, "逐户回访并报告", at + timedelta(days=2)),
            _decision(4, departments[5].code, "路面塌陷处会勘", at - timedelta(days=1), DecisionState.WITHDRAWN, at),
        ),
        objections=(
            _objection(townships[1].centre, "YC-20261112-00031", ObjectionState.OPEN),
            _objection(townships[1].centre, "YC-20261113-00057", ObjectionState.UPHELD, at),
            _objection(townships[5].centre, "YC-20261114-00012", ObjectionState.REFUSED, at),
        ),
        court=tuple(
            CourtFigure("2026-10", measure, township.code, 12 + number, 10_000 + number, "法院按月报送；分母为常住人口")
            for measure in ("万人成讼率", "诉前调解率")
            for number, township in enumerate(townships)
        ),
        lapse=tuple(_snapshot(name.period(at).start + timedelta(days=day + 1), day, ranked) for day in range(7)),
    )


def _decision(
    number: int,
    unit: str,
    matter: str,
    due_at: datetime,
    state: DecisionState = DecisionState.OPEN,
    settled_at: datetime | None = None,
) -> Decision:
    made_at = due_at - timedelta(days=5)
    return Decision(number, "2026-W46", unit, matter, None, due_at, made_at, "leader", state, settled_at, "")


def _objection(unit: str, code: str, state: ObjectionState, settled_at: datetime | None = None) -> Objection:
    asked_at = AT - timedelta(days=2)
    return Objection(
        code, 1, unit, "当日停电，系统无法签收", asked_at, state, settled_at, "leader" if settled_at else None
    )


def _snapshot(at: datetime, day: int, ranked: Sequence[Ranked]) -> Snapshot:
    points = {
        each.line.code: each.standing.score.points - (6 - day) * (number % 3)
        if each.standing.score is not None
        else None
        for number, each in enumerate(ranked)
    }
    told = [value for value in points.values() if value is not None]
    ranks = {
        code: 1 + sum(other > value for other in told) if value is not None else None for code, value in points.items()
    }
    return Snapshot(at, points, ranks, given=137 * (day + 1), overdue_open=10 + day)


@dataclass
class MadeReviews:
    """A source of reviews that are made by hand; `asked` is what it was asked for. Lists are as long as their numbers."""

    at_position: int = 184_302
    asked: list[tuple[PeriodName, datetime | None]] = field(default_factory=list)
    lists: list[AnyKey] = field(default_factory=list)
    cap: int = 10_000
    notes: str = ""

    def state(self) -> State:
        return State(self.at_position, self.notes)

    def read(self, name: PeriodName, at: datetime, as_of: datetime | None) -> Review:
        self.asked.append((name, as_of))
        return review(name, as_of or at, as_of, self.at_position)

    def cases(self, review: Review, key: AnyKey, sight: Sight) -> tuple[CaseLine, ...]:
        """Of the first so many spans of a line the good ones come first."""
        self.lists.append(key)
        if isinstance(key, ArrivalKey):
            return tuple(
                case_line(number, ListKey(Indicator.CLOSED, Part.ALL), review.period.at) for number in range(5)
            )
        if key.part is Part.LATE:
            told = line_of(review, key.by, key.code).tallies
            late = told[Indicator.CLOSED].good - told[Indicator.CLOSED_ON_TIME].good
            return tuple(case_line(number, key, review.period.at) for number in range(late))
        tally = line_of(review, key.by, key.code).tallies[key.indicator]
        numbers = {
            Part.GOOD: range(tally.good),
            Part.ALL: range(tally.total),
            Part.MISSED: range(tally.good, tally.total),
        }[key.part]
        return tuple(case_line(number, key, review.period.at) for number in list(numbers)[: self.cap])


def line_of(review: Review, by: By, code: str) -> Line:
    lines = {
        By.COUNTY: (review.county,),
        By.TOWNSHIP: tuple(each.line for each in review.townships),
        By.UNIT: review.departments,
        By.CATEGORY: review.categories,
        By.FEED: review.feeds,
    }[by]
    return next(line for line in lines if line.code == code)


def case_line(number: int, key: ListKey, at: datetime) -> CaseLine:
    """One span of a list; those that were missed are late, each by another time."""
    missed = key.part is Part.MISSED or (key.part is Part.GOOD and key.indicator in LESS_IS_BETTER)
    township = county().townships[number % 3]
    colour = ("blue", "yellow", "orange", "red")[number % 4]
    category = list(Category)[number % len(Category)].value
    return CaseLine(
        case_code=f"YC-20261116-{number + 1:05}",
        span=1,
        unit_code=township.centre,
        category=category,
        township=township.code,
        colour=colour,
        status=Status.HANDLING.value,
        assigned_at=at - timedelta(days=4),
        due_at=at - timedelta(days=1),
        done_at=None if number % 2 else at,
        late_seconds=(number + 1) * 5400.0 if missed else None,
        why="",
        excluded=number % 5 == 1,
        objection=ObjectionState.OPEN if number % 5 == 2 else None,
    )
