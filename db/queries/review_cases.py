"""What of a period is told of cases and not of spans: what came in, by place and category, and what came again. No row of
these has a person or a text."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.county import County
from casework.indicators import WEEK, Period, UnitSpan
from casework.review import HotSpot, Repeat
from casework.rises import FEWEST_SHOWN, Counts, Rise, rises
from db.models import Case
from db.queries.as_of import Seen
from db.search import among
from db.types import UTCDateTime

EARLIER: Final = 12
"""Weeks that a week is compared with."""
HOTTEST, MOST_HOT, TWICE = 5, 10, 2
"""[default] The villages with most matters, and those with at least twice what is usual; so many at most."""
AT_ONCE: Final = 5_000


class Arrival(NamedTuple):
    """Where a case lies and what it is about."""

    township: str | None
    village: str | None
    category: str


class Earlier(NamedTuple):
    """The cases reported in an earlier period, as it is compared: by township and category, and by village."""

    kinds: Counter[tuple[str | None, str]]
    villages: Counter[str]


class Inflow(NamedTuple):
    """The cases reported in a period, and in the same part of earlier ones, the latest first: none for months and quarters,
    which have too few before them."""

    now: Counter[Arrival]
    earlier: tuple[Earlier, ...]


def inflow(session: Session, period: Period, seen: Seen, *, weekly: bool) -> Inflow:
    """Protected cases are among them, those merged into another are not. As `db.queries.inflow` counts for the wall."""
    reader = _Arrivals(session, seen)
    start, end = period.start, min(period.end, period.at)
    if end <= start:
        return Inflow(Counter(), ())
    first = reader.first()
    weeks = 0 if first is None or not weekly else max(0, min(EARLIER, (start - first) // WEEK))
    return Inflow(reader.part(start, end), reader.earlier(start, end, weeks))


class _Arrivals:
    """Reads counts of cases as they were when the journal was at a position."""

    def __init__(self, session: Session, seen: Seen) -> None:
        self._session = session
        self._seen = seen
        self._now = list(_stored(session, seen.cases))
        self._then = [_told(case) for case in seen.cases.values() if case.threads and case.merged_into is None]

    def part(self, start: datetime, end: datetime) -> Counter[Arrival]:
        rows = self._session.execute(_RECEIVED, {"start": start, "end": end})
        counts = Counter({Arrival(*of): number for *of, number in rows})
        counts.update(self._corrections(start, end))
        return +counts

    def earlier(self, start: datetime, end: datetime, weeks: int) -> tuple[Earlier, ...]:
        """The same of so many weeks before, the latest first, in sums, which are far fewer rows."""
        if not weeks:
            return ()
        parts = [(start - back * WEEK, end - back * WEEK) for back in range(1, weeks + 1)]
        asked: dict[str, datetime] = {}
        for week, (since, until) in enumerate(parts):
            asked |= {f"start_{week}": since, f"end_{week}": until}
        found = [Earlier(Counter(), Counter()) for _ in parts]
        for township, category, number, week in self._session.execute(_by_week(weeks, _KIND), asked).all():
            found[week].kinds[township, category] = number
        for village, number, week in self._session.execute(_by_week(weeks, _VILLAGE), asked).all():
            if village is not None:
                found[week].villages[village] = number
        return tuple(self._corrected(earlier, *part) for earlier, part in zip(found, parts, strict=True))

    def _corrected(self, earlier: Earlier, start: datetime, end: datetime) -> Earlier:
        for arrival, times in self._corrections(start, end).items():
            earlier.kinds[arrival.township, arrival.category] += times
            if arrival.village is not None:
                earlier.villages[arrival.village] += times
        return Earlier(+earlier.kinds, +earlier.villages)

    def _corrections(self, start: datetime, end: datetime) -> Counter[Arrival]:
        """What is to be added to the tables' counts, and taken out of them."""
        changes: Counter[Arrival] = Counter(arrival for at, arrival in self._then if start <= at < end)
        changes.subtract(arrival for at, arrival in self._now if start <= at < end)
        return changes

    def first(self) -> datetime | None:
        """When the first of them was reported."""
        rows = self._session.execute(_FIRST.limit(len(self._seen.cases) + 1))
        stored = (at for case_id, at in rows if case_id not in self._seen.cases)
        return min((*stored, *(at for at, _ in self._then)), default=None)


def _told(case: CaseState) -> tuple[datetime, Arrival]:
    facts = case.lead.facts
    return case.reported_at, Arrival(facts.township, facts.village, facts.category)


def _stored(session: Session, case_ids: Iterable[int]) -> Iterator[tuple[datetime, Arrival]]:
    for portion in _portions(sorted(case_ids)):
        rows = session.execute(_ARRIVALS.where(_CASE.id.in_(portion), _CASE.merged_into.is_(None)))
        yield from ((at, Arrival(*of)) for at, *of in rows)


def _portions(case_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (case_ids[first : first + AT_ONCE] for first in range(0, len(case_ids), AT_ONCE))


def risen(found: Inflow) -> tuple[Rise, ...]:
    """What is beyond its usual range, by the rule of `casework.rises`."""
    return rises(_by_township(found.now), [week.kinds for week in found.earlier])


def _by_township(counts: Counter[Arrival]) -> Counts:
    sums: Counter[tuple[str | None, str]] = Counter()
    for arrival, number in counts.items():
        sums[arrival.township, arrival.category] += number
    return sums


def hot_spots(found: Inflow, county: County) -> tuple[HotSpot, ...]:
    """The villages with most matters, and those with at least twice what is usual, the hottest first.

    None with fewer than `FEWEST_SHOWN`, and no category with fewer; `usual` is the median of the earlier weeks.
    """
    now, earlier = _by_village(found.now), [week.villages for week in found.earlier]
    spots = []
    for place, (village, cases) in enumerate(sorted(now.items(), key=lambda item: (-item[1], item[0]))):
        if cases < FEWEST_SHOWN:
            break
        usual = statistics.median(week[village] for week in earlier) if earlier else 0
        if place < HOTTEST or (usual and cases >= TWICE * usual):
            spots.append(_hot_spot(village, cases, usual, found.now, county))
    return tuple(spots[:MOST_HOT])


def _by_village(counts: Counter[Arrival]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for arrival, number in counts.items():
        if arrival.village is not None:
            sums[arrival.village] += number
    return sums


def _hot_spot(village: str, cases: int, usual: float, counts: Counter[Arrival], county: County) -> HotSpot:
    kinds: Counter[str] = Counter()
    for arrival, number in counts.items():
        if arrival.village == village:
            kinds[arrival.category] += number
    category, of_category = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    if of_category < FEWEST_SHOWN:
        category, of_category = "", 0
    township = county.township_of_village(village) or ""
    return HotSpot(village, township, cases, usual if usual >= FEWEST_SHOWN else None, category, of_category)


def repeats(session: Session, again: Iterable[UnitSpan], seen: Seen) -> tuple[Repeat, ...]:
    """The matters behind 重复: those that a unit was given in the period because they came again after they were closed (再诉),
    the latest first. Protected ones are left out, though they count."""
    last: dict[int, datetime] = {}
    for span in again:
        if not span.sensitive:
            last[span.case_id] = max(span.assigned_at, last.get(span.case_id, span.assigned_at))
    rows = session.execute(_REPEATED.where(among(session, _CASE.id, sorted(last))))
    found = [_repeat(row, seen.cases.get(row.id), last[row.id]) for row in rows]
    return tuple(sorted(found, key=lambda each: (each.last_at, each.case_code), reverse=True))


def _repeat(row: Any, case: CaseState | None, last_at: datetime) -> Repeat:
    if case is None:
        return Repeat(row.code, row.category, row.township, row.reports, row.round, last_at)
    facts = case.lead.facts
    return Repeat(row.code, facts.category, facts.township, len(case.threads), case.round, last_at)


_CASE: Final[Any] = Case.__table__.c
_WHAT: Final = (_CASE.township, _CASE.village, _CASE.category)
_KIND: Final = (_CASE.township, _CASE.category)
_VILLAGE: Final = (_CASE.village,)


def _received(*what: Any, start: str = "start", end: str = "end") -> Select[Any]:
    """How many cases came in between two instants, by something of them."""
    within = and_(
        _CASE.reported_at >= bindparam(start, type_=UTCDateTime()),
        _CASE.reported_at < bindparam(end, type_=UTCDateTime()),
        _CASE.merged_into.is_(None),
    )
    return select(*what, func.count()).where(within).group_by(*what)


@lru_cache
def _by_week(weeks: int, what: tuple[Any, ...]) -> CompoundSelect[Any]:
    """The same for so many parts at once, each with its number: one statement in place of a dozen."""
    parts = (
        _received(*what, start=f"start_{week}", end=f"end_{week}").add_columns(literal_column(str(week)))
        for week in range(weeks)
    )
    return union_all(*parts)


_RECEIVED: Final = _received(*_WHAT)
_ARRIVALS: Final = select(_CASE.reported_at, *_WHAT)
_FIRST: Final = select(_CASE.id, _CASE.reported_at).order_by(_CASE.reported_at)
_REPEATED: Final = select(_CASE.id, _CASE.code, _CASE.category, _CASE.township, _CASE.reports, _CASE.round)
