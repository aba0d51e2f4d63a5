"""Rows to the frame every wall receives. It must not know sockets, threads or where rows come from.

Times are epoch milliseconds, words are codes. There is no field here for a person, a text or an address.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypedDict

import orjson

from casework.calendar import SHANGHAI
from casework.indicators import ON_THE_WALL, Counts, Indicator
from casework.rises import FEWEST_SHOWN
from casework.scoring import Interval, Term, TownshipRow
from casework.vocabulary import Feed, FeedState
from dashboard.live.cells import untold
from dashboard.live.overview import (
    ALERT_LASTS,
    Alert,
    CaseCard,
    CategoryLoad,
    Headline,
    HourCount,
    Overview,
    TownshipLoad,
)
from dashboard.live.slow import SlowPicture
from db.queries.wall import HOUR, LEAST_SAMPLES, FeedHealth, Stage, UsualHour, local_hour

INGESTER_GONE_AFTER = timedelta(seconds=20)
HOURS = 24
RISES_SHOWN = 4


class Place(Protocol):
    """The part of a township that frames need."""

    @property
    def code(self) -> str: ...

    @property
    def population(self) -> int: ...


class Names(Protocol):
    """The part of a county that frames need."""

    @property
    def townships(self) -> Sequence[Place]: ...

    def township_name(self, code: str) -> str: ...

    def unit_name(self, code: str) -> str: ...


class HeadlineView(TypedDict):
    received_today: int
    received_change: int
    open: int
    red: int
    open_provisional: int
    due_soon: int
    next_due_at: int | None
    next_due_township: str
    overdue: int
    longest_overdue_since: int | None
    closed_today: int
    on_time: int
    should_finish: int


class CardView(TypedDict):
    """`key` stays the same for a case's whole life; `code` is what is read aloud today."""

    key: str
    code: str
    category: str
    township: str
    unit: str
    status: str
    urgency: str
    colour: str
    reported_at: int
    due_at: int | None
    provisional: bool


class LaneView(TypedDict):
    feed: str
    open: int
    today: int
    cards: list[CardView]


class FeedView(TypedDict):
    """`lag_seconds` is told only of a feed that lags: of any other it would change every frame and mean nothing."""

    feed: str
    state: str
    since: int | None
    last_event_at: int | None
    last_received_at: int | None
    lag_seconds: int | None
    dead_letters: int


class LateRowView(TypedDict):
    """An overdue assignment. `unit` is the unit that is late; `step` the last step of the ladder it was told of, as the rule
    file names it, "" for none; `step_kind` the code of its kind, for languages the file is not written in."""

    key: str
    code: str
    category: str
    township: str
    unit: str
    colour: str
    due_at: int
    step: str
    step_kind: str


class LateView(TypedDict):
    """`by_colour` counts all overdue assignments, the gravest colour first; `rows` are those that may be shown. The others are
    the counts of `overview.LateCases`."""

    by_colour: dict[str, int]
    cases: int
    cases_without: int
    cases_in_time: int
    rows: list[LateRowView]


class HeatView(TypedDict):
    """Open cases of a township; where they are not told (`cells.untold`), they are fewer than `fewer_than`."""

    township: str
    open: int | None
    per_10000: float | None
    fewer_than: int | None


class CategoryView(TypedDict):
    """Open cases of a category, or of all that are not told one by one (`category` is None, the last row): those of few cases,
    and one more where they would be fewer than `FEWEST_SHOWN` together. If all of the county's are fewer, `open` is None and
    they are fewer than `fewer_than`."""

    category: str | None
    open: int | None
    fewer_than: int | None


class AlertView(TypedDict):
    """A case that has turned red takes the screens from `at` to `until`."""

    card: CardView
    at: int
    until: int


class RateView(TypedDict):
    """`part` of `of`, both None where `of` is some, but fewer than `FEWEST_SHOWN`; `target` is the share that earns every
    point, from 0 to 1, None where it earns none."""

    key: str
    part: int | None
    of: int | None
    target: float | None


class RankRowView(TypedDict):
    """`rank`, `change` and `score` are None for a township that is not ranked; `interval` is then that of its share finished
    in time, None where few were due. `given` is None where it is some, but fewer than `FEWEST_SHOWN`. `weeks`: scores, oldest
    first."""

    township: str
    rank: int | None
    change: int | None
    score: float | None
    given: int | None
    rates: list[RateView]
    weeks: list[float | None]
    interval: list[float] | None


class RankingView(TypedDict):
    """`week`: its number, from `begins` to before `ends`, as of `at`; `why` it is not the running one, "few" (that ranks too few)
    or "meeting" (it is being reviewed). `most`: the points a score can reach; `least`: how many cases a rank takes; numbers
    that are None are fewer than `fewest`."""

    week: int
    begins: int
    ends: int
    why: str | None
    at: int
    most: float
    least: int
    fewest: int
    rules: str
    calendar: str
    position: int
    fingerprint: str
    rates: list[str]
    rows: list[RankRowView]


class StageView(TypedDict):
    """The scene somebody has put on all walls, until then; `in_meeting` while a meeting is being held."""

    scene: str
    until: int
    in_meeting: bool


class RiseView(TypedDict):
    township: str
    category: str
    count: int
    usual: float | None
    limit: int


class HotView(TypedDict):
    """How many open matters many told, and how many reports the one with most has; None where it is some, but fewer than
    `fewest`."""

    matters: int | None
    most: int | None
    fewest: int


class RisesView(TypedDict):
    at: int
    weeks: int
    rows: list[RiseView]
    hot: HotView


class TownshipView(TypedDict):
    """Open and overdue cases of a township; where they are not told (`cells.untold`), the open ones are fewer than
    `fewer_than`."""

    township: str
    open: int | None
    overdue: int | None
    fewer_than: int | None


class InflowView(TypedDict):
    """24 hours, oldest first. `low` and `high` are None where too little history makes a usual band."""

    hours: list[int]
    counts: dict[str, list[int]]
    low: list[float | None]
    high: list[float | None]


class AsOf(TypedDict):
    overview: int | None
    feeds: int | None


class Body(TypedDict):
    """What a frame shows; two equal bodies look the same on every screen. `failed` names what can't be read just now."""

    headline: HeadlineView | None
    lanes: list[LaneView]
    overdue: list[CardView]
    townships: list[TownshipView]
    feeds: list[FeedView]
    inflow: InflowView | None
    late: LateView | None
    upcoming: list[CardView]
    heat: list[HeatView]
    categories: list[CategoryView]
    alerts: list[AlertView]
    ranking: RankingView | None
    rises: RisesView | None
    stage: StageView | None
    failed: list[str]


class Telling(TypedDict):
    """What both frames and beats say of themselves. `database_since` is set while the database is away."""

    type: str
    now: int
    seq: int
    position: int
    database: str
    database_since: int | None
    as_of: AsOf


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything read so far; a part that has not been read yet is None."""

    overview: Overview | None = None
    feeds: tuple[FeedHealth, ...] | None = None
    stage: Stage | None = None
    slow: SlowPicture = field(default_factory=SlowPicture)


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _maybe_ms(at: datetime | None) -> int | None:
    return None if at is None else epoch_ms(at)


def short_code(code: str, today: datetime) -> str:
    """`YC-20261121-00412` is `0412` on its own day and `1121-0412` on any other; `today` is any instant of today.

    A code of another shape is shown as it is.
    """
    _, _, tail = code.partition("-")
    day, _, counter = tail.partition("-")
    if not (len(day) == len("YYYYMMDD") and day.isdigit() and counter.isdigit()):
        return code
    short = f"{int(counter):04d}"
    return short if day == f"{today.astimezone(SHANGHAI):%Y%m%d}" else f"{day[4:]}-{short}"


def _card_key(code: str) -> str:
    return code.partition("-")[2] or code


def _township(code: str | None, names: Names) -> str:
    return _named(code, names.township_name)


def _unit(code: str | None, names: Names) -> str:
    return _named(code, names.unit_name)


def _named(code: str | None, name_of: Callable[[str], str]) -> str:
    """The name behind a code; none for a code the county doesn't know, for a source may write anything there."""
    name = name_of(code) if code else ""
    return "" if name == code else name


def headline_view(row: Headline, names: Names) -> HeadlineView:
    return HeadlineView(
        received_today=row.received_today,
        received_change=row.received_today - row.received_same_time_last_week,
        open=row.open,
        red=row.red,
        open_provisional=row.open_provisional,
        due_soon=row.due_soon,
        next_due_at=_maybe_ms(row.next_due_at),
        next_due_township=_township(row.next_due_township, names),
        overdue=row.overdue,
        longest_overdue_since=_maybe_ms(row.longest_overdue_since),
        closed_today=row.closed_today,
        on_time=row.on_time,
        should_finish=row.should_finish,
    )


def card_view(row: CaseCard, at: datetime, names: Names) -> CardView:
    return CardView(
        key=_card_key(row.code),
        code=short_code(row.code, at),
        category=row.category,
        township=_township(row.township, names),
        unit=_unit(row.unit_code, names),
        status=row.status,
        urgency=row.urgency,
        colour=row.colour,
        reported_at=epoch_ms(row.reported_at),
        due_at=_maybe_ms(row.due_at),
        provisional=row.provisional,
    )


def lane_views(overview: Overview, at: datetime, names: Names) -> list[LaneView]:
    """One lane a feed, always all of them, in the vocabulary's order."""
    counts = {row.feed: row for row in overview.lanes}
    return [
        LaneView(
            feed=feed.value,
            open=counts[feed].open if feed in counts else 0,
            today=counts[feed].today if feed in counts else 0,
            cards=[card_view(card, at, names) for card in overview.cards if card.feed == feed],
        )
        for feed in Feed
    ]


BLIND: Final = frozenset({FeedState.SILENT, FeedState.ABSENT, FeedState.RECONNECTING, FeedState.REFUSED})
"""States in which nobody knows what a feed would tell; `assets/wall-base.js` has the same."""


def cut_feeds(rows: Iterable[FeedHealth], at: datetime) -> tuple[Feed, ...]:
    """The feeds whose reports are missing from every number."""
    known = {row.feed: row for row in rows}
    return tuple(feed for feed in Feed if feed_view(feed, known.get(feed), at)["state"] in BLIND)


def feed_view(feed: Feed, row: FeedHealth | None, at: datetime) -> FeedView:
    """A feed nobody reports on, or not lately, is absent, whatever its last word was."""
    if row is None:
        return FeedView(
            feed=feed,
            state=FeedState.ABSENT,
            since=None,
            last_event_at=None,
            last_received_at=None,
            lag_seconds=None,
            dead_letters=0,
        )
    gone = at - row.reported_at > INGESTER_GONE_AFTER
    return FeedView(
        feed=feed,
        state=FeedState.ABSENT if gone else row.state,
        since=epoch_ms(row.reported_at if gone else row.since),
        last_event_at=_maybe_ms(row.last_event_at),
        last_received_at=_maybe_ms(row.last_received_at),
        lag_seconds=_lag(row),
        dead_letters=row.dead_letters,
    )


def _lag(row: FeedHealth) -> int | None:
    lagging = row.state == FeedState.LAGGING and row.lag_seconds is not None
    return round(row.lag_seconds or 0) if lagging else None


def feed_views(rows: Iterable[FeedHealth], at: datetime) -> list[FeedView]:
    by_feed = {row.feed: row for row in rows}
    return [feed_view(feed, by_feed.get(feed), at) for feed in Feed]


def township_views(overview: Overview, names: Names) -> list[TownshipView]:
    """Every township that has open cases, and one for those nobody knows the township of."""
    limits = _limits(overview, names)
    return [_load(row, limits.get(row.township), names) for row in overview.townships]


def _load(row: TownshipLoad, fewer_than: int | None, names: Names) -> TownshipView:
    told = fewer_than is None
    return TownshipView(
        township=_township(row.township, names),
        open=row.open if told else None,
        overdue=row.overdue if told else None,
        fewer_than=fewer_than,
    )


def _limits(overview: Overview, names: Names) -> dict[str | None, int]:
    """The townships whose open cases are not told, on no scene: all scenes tell the same ones."""
    empty: dict[str | None, int] = dict.fromkeys((place.code for place in names.townships), 0)
    return untold(empty | {row.township: row.open for row in overview.townships})


def late_view(overview: Overview, at: datetime, names: Names) -> LateView:
    return LateView(
        by_colour={colour.value: count for colour, count in overview.late_by_colour},
        cases=overview.late_cases.with_late_unit,
        cases_without=overview.late_cases.without,
        cases_in_time=overview.late_cases.in_time,
        rows=[
            LateRowView(
                key=f"{_card_key(late.card.code)}#{late.number}",
                code=short_code(late.card.code, at),
                category=late.card.category,
                township=_township(late.card.township, names),
                unit=_unit(late.unit_code, names),
                colour=late.card.colour,
                due_at=epoch_ms(late.due_at),
                step=late.step or "",
                step_kind=late.step_kind or "",
            )
            for late in overview.late
        ],
    )


def _alert(row: Alert, at: datetime, names: Names) -> AlertView:
    return AlertView(card=card_view(row.card, at, names), at=epoch_ms(row.at), until=epoch_ms(row.at + ALERT_LASTS))


def heat_views(overview: Overview, names: Names) -> list[HeatView]:
    """Every township of the county, in its order."""
    loads, limits = {row.township: row.open for row in overview.townships}, _limits(overview, names)
    return [_heat(place, loads.get(place.code, 0), limits.get(place.code), names) for place in names.townships]


def _heat(place: Place, count: int, fewer_than: int | None, names: Names) -> HeatView:
    told = fewer_than is None
    return HeatView(
        township=_township(place.code, names),
        open=count if told else None,
        per_10000=round(count * 10_000 / place.population, 1) if told and place.population else None,
        fewer_than=fewer_than,
    )


def category_views(rows: Sequence[CategoryLoad]) -> list[CategoryView]:
    """The fullest first, as the rows are; what is of few cases is one row at the end."""
    alone = sum(row.open >= FEWEST_SHOWN for row in rows)
    rest = sum(row.open for row in rows[alone:])
    if alone and 0 < rest < FEWEST_SHOWN:
        alone -= 1
        rest += rows[alone].open
    views = [_category(row.category, row.open) for row in rows[:alone]]
    return [*views, _category(None, rest)] if rest else views


def _category(category: str | None, count: int) -> CategoryView:
    told = _some(count)
    return CategoryView(category=category, open=told, fewer_than=FEWEST_SHOWN if told is None else None)


def _some(count: int) -> int | None:
    """None for a few, but fewer than a wall may tell."""
    return None if 0 < count < FEWEST_SHOWN else count


def ranking_view(slow: SlowPicture, names: Names) -> RankingView | None:
    found = slow.standings
    if found is None:
        return None
    terms = found.rules.terms
    return RankingView(
        week=found.week.start.astimezone(SHANGHAI).isocalendar().week,
        begins=epoch_ms(found.week.start),
        ends=epoch_ms(found.week.end),
        why=found.why,
        at=epoch_ms(found.week.at),
        most=float(sum(term.weight for term in terms.values())),
        least=found.rules.n_min,
        fewest=FEWEST_SHOWN,
        rules=found.rules.version,
        calendar=found.calendar,
        position=found.position,
        fingerprint=found.fingerprint,
        rates=[indicator.value for indicator in ON_THE_WALL],
        rows=[_rank_row(row, terms, names) for row in found.rows],
    )


def _rank_row(row: TownshipRow, terms: Mapping[Indicator, Term], names: Names) -> RankRowView:
    standing = row.standing
    return RankRowView(
        township=_township(row.township, names),
        rank=standing.rank,
        change=row.change,
        score=standing.score.points if standing.score is not None else None,
        given=_some(row.given),
        rates=[_rate(indicator, row.rates[indicator], terms.get(indicator)) for indicator in ON_THE_WALL],
        weeks=list(row.weekly),
        interval=_interval(standing.interval, row.rates[Indicator.FINISHED]),
    )


def _interval(interval: Interval | None, finished: Counts) -> list[float] | None:
    """As many trials as it was made of could be reckoned from it."""
    return None if interval is None or _some(finished.denominator) is None else list(interval)


def _rate(indicator: Indicator, rate: Counts, term: Term | None) -> RateView:
    of = _some(rate.denominator)
    return RateView(
        key=indicator.value,
        part=None if of is None else rate.numerator,
        of=of,
        target=None if term is None else float(term.target),
    )


def rises_view(slow: SlowPicture, names: Names) -> RisesView | None:
    found = slow.rises
    if found is None:
        return None
    return RisesView(
        at=epoch_ms(found.at),
        weeks=found.weeks,
        rows=[
            RiseView(
                township=_township(rise.township, names),
                category=rise.category or "",
                count=rise.count,
                usual=rise.usual,
                limit=rise.limit,
            )
            for rise in found.rises[:RISES_SHOWN]
        ],
        hot=HotView(matters=_some(len(found.hot)), most=_some(max(found.hot, default=0)), fewest=FEWEST_SHOWN),
    )


def stage_view(stage: Stage) -> StageView:
    return StageView(scene=stage.scene, until=epoch_ms(stage.until), in_meeting=stage.in_meeting)


def inflow_view(rows: Iterable[HourCount], usual: Iterable[UsualHour], at: datetime) -> InflowView:
    last = local_hour(at)
    hours = [last - back * HOUR for back in range(HOURS - 1, -1, -1)]
    counts = {(row.feed, row.hour): row.count for row in rows}
    band = {row.hour: row for row in usual if row.samples >= LEAST_SAMPLES}
    return InflowView(
        hours=[epoch_ms(hour) for hour in hours],
        counts={feed.value: [counts.get((feed, hour), 0) for hour in hours] for feed in Feed},
        low=[band[hour].low if hour in band else None for hour in hours],
        high=[band[hour].high if hour in band else None for hour in hours],
    )


def body(picture: Picture, at: datetime, names: Names) -> Body:
    overview = picture.overview
    return Body(
        headline=headline_view(overview.headline, names) if overview else None,
        lanes=lane_views(overview, at, names) if overview else [],
        overdue=[card_view(row, at, names) for row in overview.overdue] if overview else [],
        townships=township_views(overview, names) if overview else [],
        feeds=feed_views(picture.feeds or (), at),
        inflow=inflow_view(overview.inflow, picture.slow.usual, at) if overview else None,
        late=late_view(overview, at, names) if overview else None,
        upcoming=[card_view(row, at, names) for row in overview.upcoming] if overview else [],
        heat=heat_views(overview, names) if overview else [],
        categories=category_views(overview.categories) if overview else [],
        alerts=[_alert(row, at, names) for row in overview.alerts] if overview else [],
        ranking=ranking_view(picture.slow, names),
        rises=rises_view(picture.slow, names),
        stage=stage_view(picture.stage) if picture.stage else None,
        failed=sorted(picture.slow.failed),
    )


def serialise(told: object) -> bytes:
    return orjson.dumps(told)
