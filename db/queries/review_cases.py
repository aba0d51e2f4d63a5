"""What of a period is told of cases and not of spans: what came in, by place and category, and what came again. No row of
these has a person or a text."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.county import County
from casework.indicators import WEEK, Period, UnitSpan
from casework.review import HotSpot, Repeat
from casework.rises import FEWEST_SHOWN, Counts, Rise, rises
from casework.vocabulary import EntryType, Feed
from db.models import Case, JournalEntry
from db.queries.as_of import Seen
from db.types import UTCDateTime

EARLIER: Final = 12
"""Weeks that a week is compared with."""
HOTTEST, MOST_HOT, TWICE = 5, 10, 2
"""[default] The villages with most matters, and those with at least twice what is usual; so many at most."""
AT_ONCE: Final = 5_000
_BEGINS: Final = tuple(kind.value for kind in (EntryType.REGISTERED, EntryType.REOPENED, EntryType.REDONE))


class Arrival(NamedTuple):
    """Where a case lies and what it is about."""

    township: str | None
    village: str | None
    category: str


class Inflow(NamedTuple):
    """The cases reported in a period, and in the same part of earlier ones, the latest first: none for months and quarters,
    which have too few before them."""

    now: Counter[Arrival]
    earlier: tuple[Counter[Arrival], ...]


def inflow(session: Session, period: Period, seen: Seen, *, weekly: bool) -> Inflow:
    """Protected cases are among them, those merged into another are not. As `db.queries.inflow` counts for the wall."""
    reader = _Arrivals(session, seen)
    start, end = period.start, min(period.end, period.at)
    if end <= start:
        return Inflow(Counter(), ())
    first = reader.first()
    weeks = 0 if first is None or not weekly else max(0, min(EARLIER, (start - first) // WEEK))
    earlier = (reader.part(start - week * WEEK, end - week * WEEK) for week in range(1, weeks + 1))
    return Inflow(reader.part(start, end), tuple(earlier))


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
        for reported_at, arrival in self._now:
            if start <= reported_at < end:
                counts[arrival] -= 1
        for reported_at, arrival in self._then:
            if start <= reported_at < end:
                counts[arrival] += 1
        return +counts

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
    return rises(_by_township(found.now), [_by_township(week) for week in found.earlier])


def _by_township(counts: Counter[Arrival]) -> Counts:
    sums: Counter[tuple[str | None, str]] = Counter()
    for arrival, number in counts.items():
        sums[arrival.township, arrival.category] += number
    return sums


def hot_spots(found: Inflow, county: County) -> tuple[HotSpot, ...]:
    """The villages with most matters, and those with at least twice what is usual, the hottest first.

    None with fewer than `FEWEST_SHOWN`, and no category with fewer; `usual` is the median of the earlier weeks.
    """
    now, earlier = _by_village(found.now), [_by_village(week) for week in found.earlier]
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


def repeats(session: Session, spans: Iterable[UnitSpan], period: Period, seen: Seen) -> tuple[Repeat, ...]:
    """Matters with several reports or rounds whose last one came in the period, the latest first.

    Of cases that a unit was given in the period, or that are open; protected ones are left out.
    """
    given = {span.case_id for span in spans if span.repeated and not span.sensitive and period.has(span.assigned_at)}
    still = set(session.scalars(_OPEN_REPEATED)) - seen.cases.keys()
    again = (case_id for case_id, case in seen.cases.items() if case.threads and not case.ended and _repeats(case))
    wanted = sorted(given.union(still, again))
    last = dict(_last(session, wanted, seen.position))
    came = [case_id for case_id in wanted if case_id in last and period.has(last[case_id])]
    found = [_repeat(row, seen, last[row.id]) for portion in _portions(came) for row in _cases(session, portion)]
    return tuple(
        sorted((each for each in found if each is not None), key=lambda each: (each.last_at, each.case_code))[::-1]
    )


def _repeats(case: CaseState) -> bool:
    return len(case.threads) > 1 or case.round > 1


def _last(session: Session, case_ids: Sequence[int], position: int) -> Iterator[tuple[int, datetime]]:
    """When its last report or round began."""
    for portion in _portions(case_ids):
        wanted = _LAST.where(_ENTRY.case_id.in_(portion), _ENTRY.id <= position)
        yield from ((case_id, at) for case_id, at in session.execute(wanted))


def _cases(session: Session, case_ids: Sequence[int]) -> Sequence[Any]:
    return session.execute(_REPEATED.where(_CASE.id.in_(case_ids))).all()


def _repeat(row: Any, seen: Seen, last_at: datetime) -> Repeat | None:
    case = seen.cases.get(row.id)
    if case is None:
        told = (row.category, row.township, row.reports, row.round, row.sensitive, row.merged_into)
    else:
        facts = case.lead.facts
        sensitive = any(thread.facts.sensitive for thread in case.threads)
        told = (facts.category, facts.township, len(case.threads), case.round, sensitive, case.merged_into)
    category, township, reports, rounds, protected, merged = told
    if protected or merged is not None or (reports == 1 and rounds == 1):
        return None
    return Repeat(row.code, category, township, reports, rounds, last_at)


_CASE: Final[Any] = Case.__table__.c
_ENTRY: Final[Any] = JournalEntry.__table__.c
_WHAT: Final = (_CASE.township, _CASE.village, _CASE.category)
_RECEIVED: Final = (
    select(*_WHAT, func.count())
    .where(
        _CASE.reported_at >= bindparam("start", type_=UTCDateTime()),
        _CASE.reported_at < bindparam("end", type_=UTCDateTime()),
        _CASE.merged_into.is_(None),
    )
    .group_by(*_WHAT)
)
_ARRIVALS: Final = select(_CASE.reported_at, *_WHAT)
_FIRST: Final = select(_CASE.id, _CASE.reported_at).order_by(_CASE.reported_at)
_OPEN_REPEATED: Final = select(_CASE.id).where(
    ~_CASE.ended, _CASE.feed.in_(list(map(str, Feed))), or_(_CASE.reports > 1, _CASE.round > 1), ~_CASE.sensitive
)
_REPEATED: Final = select(
    _CASE.id, _CASE.code, _CASE.category, _CASE.township, _CASE.reports, _CASE.round, _CASE.sensitive, _CASE.merged_into
)
_LAST: Final = (
    select(_ENTRY.case_id, func.max(_ENTRY.occurred_at, type_=UTCDateTime()))
    .where(_ENTRY.type.in_(_BEGINS))
    .group_by(_ENTRY.case_id)
)
