"""What is known of reports that are one matter, or may be: suggestions waiting for a person, a case's evidence, hot matters.

Asked for one sight, two cases are told of only where both are in it. Titles and callers are there as `db.queries.queue` has
them, and that two reports came from one phone only where both may be read and persons are in sight.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from casework.evidence import facts_of, without_persons
from casework.likeness import Fact
from casework.roles import Sight
from casework.rules import Rules
from casework.vocabulary import Category
from db.match_rows import State
from db.models import Case, Match, Report
from db.queries.queue_counts import HOT
from db.queries.queue_rows import Row, rows_of
from db.queries.sight import in_sight
from db.vault import Vault

MOST_PAIRS: Final = 200
_MATCH: Final = Match.__table__.c


class PairTold(NamedTuple):
    """Two reports by their keys (feed:source_id), and what is known of them. `a_case` and `b_case`: the cases they are in."""

    id: int
    a: str
    b: str
    a_case: int
    b_case: int
    score: float
    state: State
    facts: tuple[Fact, ...]
    repeats: bool
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    later_until: datetime | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two cases that may be one matter, by their likeliest reports; `a` and `b` are the cases of the pair's reports.

    `pairs`: how many pairs of their reports are suggested.
    """

    pair: PairTold
    a: Row
    b: Row
    pairs: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A page of suggestions, and how many there are."""

    rows: tuple[Suggestion, ...]
    total: int


class Waiting(NamedTuple):
    """Some pairs, each with the number of pairs suggested between the same two cases; and how many there are of them."""

    pairs: tuple[tuple[PairTold, int], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which suggestions. `townships`: of either case. `ended`: also between two cases that have both ended; `put_off`: also
    those that somebody wants to see later."""

    townships: frozenset[str] = frozenset()
    least: float = 0.0
    ended: bool = False
    put_off: bool = False


class HotMatter(NamedTuple):
    """An open case that many reported: no text, no person."""

    case_id: int
    code: str
    category: Category
    township: str | None
    reports: int
    reported_at: datetime


def suggestions(
    session: Session,
    sight: Sight,
    wanted: Wanted,
    start: int,
    count: int,
    at: datetime,
    *,
    vault: Vault,
    rules: Rules,
) -> Suggestions:
    """`count` suggestions from the `start`-th on, the likeliest first."""
    found = waiting_pairs(session, sight, wanted, start, count, at)
    cases = sorted({case_id for each, _ in found.pairs for case_id in (each.a_case, each.b_case)})
    rows = {row.id: row for row in rows_of(session, cases, sight, at, vault, rules)}
    told = tuple(_suggestion(pair, rows, number, sight) for pair, number in found.pairs)
    return Suggestions(told, found.total)


def waiting_pairs(session: Session, sight: Sight, wanted: Wanted, start: int, count: int, at: datetime) -> Waiting:
    """The same without what the cases tell, and with all that is known of the pairs: not for a screen."""
    if sight.blind:
        return Waiting((), 0)
    waiting = _waiting(sight, wanted, at).subquery()
    total = session.scalar(select(func.count()).select_from(waiting).where(waiting.c.place == 1)) or 0
    page = (
        select(waiting.c.id, waiting.c.pairs)
        .where(waiting.c.place == 1)
        .order_by(waiting.c.score.desc(), waiting.c.id)
        .offset(start)
        .limit(count)
    )
    numbers = dict(session.execute(page).all())
    told = {each.id: each for each in _told(session, _MATCH.id.in_(list(numbers)))}
    return Waiting(tuple((told[pair_id], number) for pair_id, number in numbers.items()), total)


def waiting(session: Session, sight: Sight, at: datetime) -> int:
    """How many suggestions wait for a decision."""
    if sight.blind:
        return 0
    asked = _waiting(sight, Wanted(), at).subquery()
    return session.scalar(select(func.count()).select_from(asked).where(asked.c.place == 1)) or 0


def pair_in_sight(session: Session, sight: Sight, pair_id: int) -> PairTold | None:
    """The pair of that id; `None` when there is none, or one of its cases is out of sight."""
    found = _told(session, _MATCH.id == pair_id)
    if not found or not _all_in_sight(session, sight, {found[0].a_case, found[0].b_case}):
        return None
    return found[0]


def evidence_of(session: Session, sight: Sight, case_id: int) -> tuple[PairTold, ...]:
    """All that is known of the case's reports, of each other and of those of other cases in sight; what is joined first.

    No more than `MOST_PAIRS`, the likeliest. Nothing for a case out of sight.
    """
    if not _all_in_sight(session, sight, {case_id}):
        return ()
    own = select(Report.id).where(Report.case_id == case_id)
    rows: dict[int, PairTold] = {}
    for side in (_MATCH.report_a, _MATCH.report_b):
        rows.update((each.id, each) for each in _told(session, side.in_(own), most=MOST_PAIRS))
    others = {each for pair in rows.values() for each in (pair.a_case, pair.b_case)}
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(others), in_sight(sight))))
    shown = [_as_seen(each, sight) for each in rows.values() if {each.a_case, each.b_case} <= seen]
    shown.sort(key=lambda each: (each.a_case != each.b_case, -each.score, each.id))
    return tuple(shown[:MOST_PAIRS])


def hot_matters(session: Session, sight: Sight | None, most: int) -> tuple[HotMatter, ...]:
    """The open cases with the most reports, as far as they are in sight; without a sight what a wall may show."""
    if sight is not None and sight.blind:
        return ()
    visible = ~Case.sensitive if sight is None else in_sight(sight)
    asked = (
        select(Case.id, Case.code, Case.category, Case.township, Case.reports, Case.reported_at)
        .where(~Case.ended, Case.reports >= HOT, visible)
        .order_by(Case.reports.desc(), Case.id)
        .limit(most)
    )
    return tuple(HotMatter(row.id, row.code, Category(row.category), *row[3:]) for row in session.execute(asked))


def codes_of(session: Session, case_ids: Collection[int]) -> dict[int, str]:
    """The codes of cases by id, for who sees them all."""
    return dict(session.execute(select(Case.id, Case.code).where(Case.id.in_(list(case_ids)))).all())


def repeats(session: Session, since: datetime, until: datetime) -> int:
    """How many reports of that time tell again of a matter that had been closed, and were joined to it (重复)."""
    joined = _MATCH.state.in_([State.LINKED.value, State.ACCEPTED.value])
    later = case((_A.reported_at > _B.reported_at, _A.reported_at), else_=_B.reported_at)
    asked = _joined(select(func.count())).where(_MATCH.repeats, joined, later >= since, later < until)
    return session.scalar(asked) or 0


_A: Final = aliased(Report)
_B: Final = aliased(Report)


def _joined(asked: Select[Any]) -> Select[Any]:
    return asked.select_from(Match).join(_A, _A.id == _MATCH.report_a).join(_B, _B.id == _MATCH.report_b)


def _waiting(sight: Sight, wanted: Wanted, at: datetime) -> Select[Any]:
    """Suggested pairs with their `place` among those of the same two cases, the likeliest first, and the number of these."""
    low = case((_A.case_id < _B.case_id, _A.case_id), else_=_B.case_id)
    high = case((_A.case_id < _B.case_id, _B.case_id), else_=_A.case_id)
    of_both = [low, high]
    place = func.row_number().over(partition_by=of_both, order_by=[_MATCH.score.desc(), _MATCH.id])
    pairs = func.count().over(partition_by=of_both)
    conditions: list[ColumnElement[bool]] = [
        _MATCH.state == State.SUGGESTED.value,
        _MATCH.score >= wanted.least,
        _A.case_id != _B.case_id,
    ]
    if not sight.whole_county:
        conditions += [_is(_A.case_id, in_sight(sight)), _is(_B.case_id, in_sight(sight))]
    if not wanted.ended:
        conditions.append(or_(_is(_A.case_id, ~Case.ended), _is(_B.case_id, ~Case.ended)))
    if not wanted.put_off:
        conditions.append(or_(_MATCH.later_until.is_(None), _MATCH.later_until <= at))
    if wanted.townships:
        there = Case.township.in_(sorted(wanted.townships))
        conditions.append(or_(_is(_A.case_id, there), _is(_B.case_id, there)))
    asked = select(_MATCH.id, _MATCH.score, place.label("place"), pairs.label("pairs"))
    return _joined(asked).where(and_(*conditions))


def _is(case_id: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(literal(1)).select_from(Case).where(Case.id == case_id, condition))


def _told(session: Session, condition: ColumnElement[bool], most: int | None = None) -> list[PairTold]:
    asked = _joined(select(*_MATCH, _A.case_id.label("a_case"), _B.case_id.label("b_case"))).where(condition)
    rows = session.execute(asked.order_by(_MATCH.score.desc(), _MATCH.id).limit(most))
    return [
        PairTold(
            row.id,
            f"{row.feed_a}:{row.source_id_a}",
            f"{row.feed_b}:{row.source_id_b}",
            row.a_case,
            row.b_case,
            row.score,
            State(row.state),
            facts_of(row.evidence),
            row.repeats,
            row.found_at,
            row.decided_by,
            row.decided_at,
            row.reason,
            row.later_until,
        )
        for row in rows
    ]


def _all_in_sight(session: Session, sight: Sight, case_ids: set[int]) -> bool:
    seen = select(func.count()).select_from(Case).where(Case.id.in_(case_ids), in_sight(sight))
    return session.scalar(seen) == len(case_ids)


def _as_seen(pair: PairTold, sight: Sight) -> PairTold:
    """Without the same phone, and the reason somebody wrote, for who may not know such things."""
    facts = pair.facts if sight.persons else without_persons(pair.facts)
    return pair._replace(facts=facts, reason=pair.reason if sight.texts else None)


def _suggestion(pair: PairTold, rows: Mapping[int, Row], pairs: int, sight: Sight) -> Suggestion:
    one, other = rows[pair.a_case], rows[pair.b_case]
    shown = _as_seen(pair, sight)
    if one.title is None or other.title is None:
        shown = shown._replace(facts=without_persons(shown.facts))
    return Suggestion(shown, one, other, pairs)
