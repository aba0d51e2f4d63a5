"""A county's afternoon, made up: rows as the wall's queries return them, the same for the same instant and seed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import NamedTuple

from casework.calendar import SHANGHAI
from casework.indicators import ON_THE_WALL, Rate, VisitRule, week_of
from casework.rises import Rise, RiseKind
from casework.scoring import Interval, Score, ScoreRules, Standing, Term, TownshipRow, Unranked
from casework.vocabulary import Category, Colour, Feed, FeedState, ReminderKind, Status, Urgency
from dashboard.live.overview import (
    CaseCard,
    CategoryLoad,
    Headline,
    HourCount,
    LaneCounts,
    LateCases,
    LateSpan,
    Overview,
    TownshipLoad,
)
from dashboard.live.source import RisesRead
from dashboard.live.standings import Standings
from db.queries.wall import FeedHealth, UsualHour, local_hour

TOWNSHIPS = {
    "999921101": "城关镇",
    "999921102": "青石镇",
    "999921201": "河口乡",
    "999921103": "双桥镇",
    "999921104": "柳林镇",
    "999921202": "白杨乡",
    "999921105": "东岭镇",
    "999921001": "开发区",
    "999921203": "云台乡",
}
UNITS = {
    "999921801000": "人社局",
    "999921802000": "城管局",
    "999921803000": "住建局",
    "999921804000": "司法局",
    "999921807000": "消防大队",
    "999921808000": "生态环境分局",
    "999921811000": "县矛调中心",
    "999921101900": "城关综治中心",
}
LOADS = ((96, 6), (48, 3), (41, 2), (38, 1), (35, 0), (29, 2), (27, 1), (20, 2), (8, 0))
BY_FEED = {
    Feed.POLICE110: (
        Category.LABOUR,
        Category.NEIGHBOURS,
        Category.NOISE,
        Category.MARRIAGE_FAMILY,
        Category.PARKING,
    ),
    Feed.HOTLINE12345: (
        Category.UTILITIES,
        Category.ROADS,
        Category.FUMES,
        Category.PROPERTY_MANAGEMENT,
        Category.LENDING,
    ),
    Feed.GRID: (
        Category.FIRE_HAZARD,
        Category.LAND,
        Category.SANITATION,
        Category.WORK_SAFETY,
        Category.PUBLIC_SERVICE,
    ),
}


class Place(NamedTuple):
    code: str
    population: int


class Places:
    """The part of a county that frames ask."""

    townships = tuple(Place(code, 12_000 + 7_000 * (len(code) + index)) for index, code in enumerate(TOWNSHIPS))

    def township_name(self, code: str) -> str:
        return TOWNSHIPS.get(code, code)

    def unit_name(self, code: str) -> str:
        return UNITS.get(code, code)


def case_code(at: datetime, number: int) -> str:
    return f"YC-{at.astimezone(SHANGHAI):%Y%m%d}-{number:05d}"


def a_card(
    at: datetime,
    number: int,
    feed: Feed = Feed.POLICE110,
    due_in: timedelta = timedelta(days=2),
) -> CaseCard:
    """One ordinary case, received half an hour ago."""
    return CaseCard(
        code=case_code(at, number),
        feed=feed,
        category=Category.NEIGHBOURS,
        township="999921101",
        unit_code="999921801000",
        status=Status.HANDLING,
        urgency=Urgency.ORDINARY,
        colour=Colour.BLUE,
        reported_at=at - timedelta(minutes=30),
        due_at=at + due_in,
        provisional=False,
    )


def cards(at: datetime, seed: int = 1, a_lane: int = 16) -> tuple[CaseCard, ...]:
    chance = Random(seed)
    return tuple(card for feed in Feed for card in _lane(feed, at, chance, a_lane))


def _lane(feed: Feed, at: datetime, chance: Random, count: int) -> Iterator[CaseCard]:
    number = 412 - list(Feed).index(feed)
    reported = at - timedelta(minutes=chance.randint(1, 6))
    for _ in range(count):
        colour = chance.choices(list(Colour), (12, 5, 2, 1))[0]
        hours = {Colour.BLUE: 120, Colour.YELLOW: 36, Colour.ORANGE: 9, Colour.RED: 2}[colour]
        yield CaseCard(
            code=case_code(reported, number),
            feed=feed,
            category=chance.choice(BY_FEED[feed]),
            township=chance.choice(list(TOWNSHIPS)),
            unit_code=chance.choice(list(UNITS)),
            status=Status.HANDLING,
            urgency=Urgency.ORDINARY,
            colour=colour,
            reported_at=reported,
            due_at=reported + timedelta(hours=hours * chance.uniform(0.6, 1.1)),
            provisional=chance.random() < 0.08,
        )
        number -= chance.randint(1, 4)
        reported -= timedelta(minutes=chance.randint(3, 90))


def overdue_cards(at: datetime) -> tuple[CaseCard, ...]:
    shapes = (
        (Category.LAND, Colour.RED, timedelta(days=6, hours=4)),
        (Category.LABOUR, Colour.RED, timedelta(days=5, hours=20)),
        (Category.UTILITIES, Colour.ORANGE, timedelta(days=3, hours=1)),
        (Category.FUMES, Colour.YELLOW, timedelta(days=1, hours=7)),
        (Category.ROADS, Colour.YELLOW, timedelta(hours=22, minutes=8)),
        (Category.NOISE, Colour.YELLOW, timedelta(hours=3, minutes=40)),
    )
    return tuple(
        replace(
            a_card(at - late - timedelta(days=5), 100 + index),
            category=category,
            colour=colour,
            township=list(TOWNSHIPS)[index],
            unit_code=list(UNITS)[index],
            due_at=at - late,
        )
        for index, (category, colour, late) in enumerate(shapes)
    )


def late_spans(at: datetime, count: int = 17) -> tuple[LateSpan, ...]:
    steps = (
        ("督办", ReminderKind.SUPERVISE),
        ("催办通知书", ReminderKind.NOTICE),
        ("催办", ReminderKind.URGE),
        ("提醒", ReminderKind.REMIND),
        (None, None),
    )
    chance = Random(5)
    rows = []
    for index in range(count):
        colour = (Colour.RED, Colour.ORANGE, Colour.YELLOW)[index * 3 // count]
        late = timedelta(hours=150 / (index + 1) + chance.random())
        card = replace(
            a_card(at - late - timedelta(days=5), 300 + index),
            category=chance.choice(BY_FEED[Feed.HOTLINE12345]),
            colour=colour,
            township=chance.choice(list(TOWNSHIPS)),
        )
        step = steps[index * len(steps) // count]
        rows.append(LateSpan(card, 1, chance.choice(list(UNITS)), at - late, *step))
    return tuple(rows)


def upcoming_cards(at: datetime) -> tuple[CaseCard, ...]:
    chance = Random(6)
    return tuple(
        replace(
            a_card(at, 350 + index, due_in=timedelta(minutes=8 + 12 * index)),
            category=chance.choice(BY_FEED[Feed.GRID]),
            township=chance.choice(list(TOWNSHIPS)),
            colour=chance.choice(list(Colour)),
        )
        for index in range(9)
    )


def headline(at: datetime) -> Headline:
    return Headline(
        received_today=128,
        received_same_time_last_week=116,
        open=342,
        red=12,
        open_provisional=3,
        due_soon=9,
        next_due_at=at + timedelta(minutes=16),
        next_due_township="999921101",
        overdue=17,
        longest_overdue_since=at - timedelta(days=6, hours=4),
        closed_today=96,
        on_time=604,
        should_finish=641,
    )


def busy(at: datetime, position: int = 1, seed: int = 1) -> Overview:
    return Overview(
        position=position,
        headline=headline(at),
        lanes=(
            LaneCounts(Feed.POLICE110, 104, 41),
            LaneCounts(Feed.HOTLINE12345, 151, 62),
            LaneCounts(Feed.GRID, 87, 25),
        ),
        cards=cards(at, seed),
        overdue=overdue_cards(at),
        townships=tuple(TownshipLoad(code, *load) for code, load in zip(TOWNSHIPS, LOADS, strict=True)),
        inflow=inflow(at),
        late=late_spans(at),
        late_by_colour=((Colour.RED, 6), (Colour.ORANGE, 4), (Colour.YELLOW, 9)),
        late_cases=LateCases(with_late_unit=14, without=4, in_time=1),
        upcoming=upcoming_cards(at),
        categories=tuple(CategoryLoad(category, 60 - 4 * index) for index, category in enumerate(list(Category)[:14])),
        alerts=(),
        next_strike=at + timedelta(days=1),
    )


def empty(at: datetime, position: int = 0) -> Overview:
    """The first morning: nothing has ever come in."""
    return Overview(
        position=position,
        headline=Headline(0, 0, 0, 0, 0, 0, None, None, 0, None, 0, 0, 0),
        lanes=(),
        cards=(),
        overdue=(),
        townships=tuple(TownshipLoad(code, 0, 0) for code in TOWNSHIPS),
        inflow=(),
        late=(),
        late_by_colour=((Colour.RED, 0), (Colour.ORANGE, 0), (Colour.YELLOW, 0)),
        late_cases=LateCases(0, 0, 0),
        upcoming=(),
        categories=(),
        alerts=(),
        next_strike=at + timedelta(days=1),
    )


def a_feed(feed: Feed, at: datetime, state: FeedState = FeedState.CONNECTED, heard: float = 1.0) -> FeedHealth:
    """`heard` is how many seconds ago its last message came."""
    last = at - timedelta(seconds=heard)
    return FeedHealth(feed, state, last, last, last, 3.0, 0.4, 0, "", at)


def feeds(at: datetime) -> tuple[FeedHealth, ...]:
    return tuple(a_feed(feed, at, heard=1.0 + 2 * index) for index, feed in enumerate(Feed))


def _level(hour: datetime) -> float:
    local = hour.astimezone(SHANGHAI).hour
    day = (
        0.5,
        0.4,
        0.4,
        0.3,
        0.4,
        0.8,
        2,
        4.5,
        8,
        11,
        12,
        10,
        8,
        6.5,
        7,
        9,
        10,
        9,
        6.5,
        4,
        3,
        2,
        1.2,
        0.8,
    )
    return day[local]


def inflow(at: datetime, seed: int = 3) -> tuple[HourCount, ...]:
    chance, last = Random(seed), local_hour(at)
    share = {Feed.POLICE110: 0.3, Feed.HOTLINE12345: 0.5, Feed.GRID: 0.22}
    rows = (
        HourCount(feed, hour, round(_level(hour) * share[feed] * chance.uniform(0.7, 1.4)))
        for hour in (last - timedelta(hours=back) for back in range(24))
        for feed in Feed
    )
    return tuple(row for row in rows if row.count)


def usual(at: datetime) -> tuple[UsualHour, ...]:
    hours = [local_hour(at) - timedelta(hours=back) for back in range(24)]
    return tuple(UsualHour(hour, _level(hour) * 0.72, _level(hour), _level(hour) * 1.3 + 0.8, 12) for hour in hours)


def standings(at: datetime) -> Standings:
    """Eight ranked townships and one with too few cases."""
    chance, terms = Random(4), {}
    for indicator, weight in zip(ON_THE_WALL, (10, 15, 30, 20, 20), strict=True):
        terms[indicator] = Term(Fraction(weight), Fraction(92, 100), Fraction(2, 100), Fraction(1, 2))
    rules = ScoreRules("示例 2026-1", date(2026, 1, 1), 10, VisitRule(frozenset(), unanswered_counts=False), terms)
    rows = []
    for number, township in enumerate(TOWNSHIPS, 1):
        few = number == len(TOWNSHIPS)
        given = 6 if few else chance.randint(70, 320)
        rates = {indicator: _rate(round(given * chance.uniform(0.86, 0.99)), given) for indicator in ON_THE_WALL}
        points = round(93.0 - 1.6 * number, 1)
        score = None if few else Score(points, 95.0, ())
        weeks = tuple(None if few else round(points + chance.uniform(-3, 3), 1) for _ in range(7))
        interval = Interval(0.44, 0.97) if few else None
        standing = Standing(None if few else number, score, Unranked.FEW_CASES if few else None, interval)
        change = None if few else chance.choice((2, 1, 0, 0, -1, -2))
        rows.append(TownshipRow(township, standing, change, given, rates, (*weeks, score.points if score else None)))
    return Standings(week_of(at), None, tuple(rows), rules, "国办 2026", 184_302, "7f3a91c4d01b")


def _rate(part: int, of: int) -> Rate:
    spans = tuple((number, 1) for number in range(of))
    return Rate(spans[:part], spans)


def rises(at: datetime) -> RisesRead:
    return RisesRead(
        at,
        12,
        (
            Rise(RiseKind.TOWNSHIP, "999921102", None, 61, 34.0, 52),
            Rise(RiseKind.PAIR, "999921101", Category.NOISE, 23, 9.0, 19),
        ),
        hot=(27, 9, 4, 3, 3, 3),
    )
