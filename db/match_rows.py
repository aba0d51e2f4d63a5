"""The rows of `matches`: each two reports once, what was found of them, and what was decided. Written under the journal's lock.

What a person has parted stays parted (`walls`): a row that is refused or split speaks for the two cases its reports are in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, delete, func, select, union, update
from sqlalchemy.orm import Session, aliased

from casework import evidence
from casework.likeness import Likeness
from casework.likeness import evidence as facts_of_likeness
from db import bulk
from db.models import Match, Report
from db.search import among


class State(StrEnum):
    """What is known of two reports."""

    LINKED = "linked"  # one matter: a source says so, or they were joined by themselves
    SUGGESTED = "suggested"  # perhaps; a person is asked
    ACCEPTED = "accepted"  # a person says they are one matter
    REFUSED = "refused"  # a person says they are not
    SPLIT = "split"  # a person took one of them out again


JOINED: Final = frozenset({State.LINKED, State.ACCEPTED})
APART: Final = (State.REFUSED.value, State.SPLIT.value)
_MATCH: Final = Match.__table__.c
_REPORTS: Final = Report.__table__
_OWN: Final = _REPORTS.alias("own").c
_ONE: Final = _REPORTS.alias("one").c
_OTHER: Final = _REPORTS.alias("other").c


class Named(NamedTuple):
    """A report by its id and its key (feed:source_id)."""

    id: int
    key: str


class Pair(NamedTuple):
    """Two reports in the order of the table."""

    a: Named
    b: Named

    @classmethod
    def of(cls, one: Named, other: Named) -> "Pair":
        """By feed, then by the source's number."""
        return cls(*sorted((one, other), key=lambda each: each.key.partition(":")))

    @property
    def ids(self) -> tuple[int, int]:
        return self.a.id, self.b.id


class Wanted(NamedTuple):
    """What is to be known of a pair. `decided_by` and `decided_at` where a person has decided."""

    pair: Pair
    likeness: Likeness
    state: State
    repeats: bool = False
    decided_by: str | None = None
    decided_at: datetime | None = None


class Known(NamedTuple):
    """A row's id and state."""

    id: int
    state: State


def rows_of(session: Session, report_ids: Collection[int]) -> dict[tuple[int, int], Known]:
    """The rows of these reports, by (report_a, report_b)."""
    found: dict[tuple[int, int], Known] = {}
    ids = list(report_ids)
    for side in (_MATCH.report_a, _MATCH.report_b):
        wanted = select(_MATCH.report_a, _MATCH.report_b, _MATCH.id, _MATCH.state).where(among(session, side, ids))
        found.update(((row.report_a, row.report_b), Known(row.id, State(row.state))) for row in session.execute(wanted))
    return found


def put(
    session: Session, wanted: Iterable[Wanted], known: Mapping[tuple[int, int], Known], rules: str, at: datetime
) -> int:
    """Write rows, in place of suggestions; how many. What was decided about two reports stays, unless they are one case now:
    then what made them one is known."""
    new, changed = [], []
    last = session.scalar(select(func.max(_MATCH.id))) or 0
    told = {each.pair.ids: each for each in wanted}
    for each in told.values():
        before = known.get(each.pair.ids)
        if before is None:
            last += 1
            new.append(_row(last, each, rules, at))
        elif before.state is State.SUGGESTED or (before.state not in JOINED and each.state in JOINED):
            changed.append(_values(each, rules) | {"row_id": before.id})
    bulk.insert(session, Match, new)
    for values in changed:
        row_id = values.pop("row_id")
        session.execute(update(Match).where(_MATCH.id == row_id).values(values))
    return len(new) + len(changed)


def forget(session: Session, row_ids: Collection[int]) -> None:
    """Take back suggestions that a changed text no longer makes."""
    if row_ids:
        session.execute(delete(Match).where(_MATCH.id.in_(list(row_ids)), _MATCH.state == State.SUGGESTED.value))


def decide(
    session: Session, row_ids: Collection[int], state: State, by: str, at: datetime, reason: str | None = None
) -> None:
    """A person's decision about rows."""
    if row_ids:
        told = {"state": state.value, "decided_by": by, "decided_at": at, "reason": reason, "later_until": None}
        session.execute(update(Match).where(_MATCH.id.in_(list(row_ids))).values(told))


def between(
    session: Session, mine: Collection[int], other_case: int | None = None, states: Sequence[State] = tuple(State)
) -> dict[int, State]:
    """The rows of these reports with reports of a case (`None`: with any others), by their ids."""
    one, other = aliased(Report), aliased(Report)
    ids = list(mine)
    a_mine, b_mine = among(session, _MATCH.report_a, ids), among(session, _MATCH.report_b, ids)
    wanted = (
        select(_MATCH.id, _MATCH.state)
        .join(one, one.id == _MATCH.report_a)
        .join(other, other.id == _MATCH.report_b)
        .where(_MATCH.state.in_([state.value for state in states]))
    )
    found: dict[int, State] = {}
    for side, far_side, far in ((a_mine, b_mine, other), (b_mine, a_mine, one)):
        conditions = [side, ~far_side] + ([far.case_id == other_case] if other_case is not None else [])
        found.update((row.id, State(row.state)) for row in session.execute(wanted.where(*conditions)))
    return found


def walls(session: Session, case_ids: Collection[int]) -> set[frozenset[int]]:
    """Pairs of cases that a person has parted, of which one is among these."""
    if not case_ids:
        return set()
    asked = among(session, _OWN.case_id, list(case_ids))
    rows = session.execute(union(*(each.where(asked) for each in _WALLS)))
    return {frozenset(row) for row in rows if row[0] != row[1]}


def parted_from(session: Session, report_ids: Collection[int]) -> dict[int, int]:
    """The reports from which a person has parted these, and their cases."""
    found: dict[int, int] = {}
    for mine, other in ((_MATCH.report_a, _MATCH.report_b), (_MATCH.report_b, _MATCH.report_a)):
        wanted = select(_OWN.id, _OWN.case_id).join(Match, and_(other == _OWN.id, _MATCH.state.in_(APART)))
        found.update(row for row in session.execute(wanted.where(among(session, mine, list(report_ids)))))
    return found


def settle_joined(session: Session, report_ids: Collection[int]) -> None:
    """What was suggested of these reports and of others that are in one case with them now needs nobody's decision."""
    together = [
        row_id
        for side in (_MATCH.report_a, _MATCH.report_b)
        for row_id in session.scalars(_TOGETHER.where(among(session, side, list(report_ids))))
    ]
    if together:
        settled = update(Match).where(_MATCH.id.in_(together))
        session.execute(settled.values(state=State.LINKED.value, later_until=None))


def _values(each: Wanted, rules: str) -> dict[str, Any]:
    return {
        "score": each.likeness.score,
        "state": each.state.value,
        "evidence": evidence.told(facts_of_likeness(each.likeness)),
        "rules": rules,
        "repeats": each.repeats,
        "decided_by": each.decided_by,
        "decided_at": each.decided_at,
        "reason": None,
    }


def _row(row_id: int, each: Wanted, rules: str, at: datetime) -> tuple[Any, ...]:
    """`matches` in column order."""
    pair = each.pair
    (feed_a, _, source_a), (feed_b, _, source_b) = pair.a.key.partition(":"), pair.b.key.partition(":")
    told = _values(each, rules)
    return (
        row_id,
        feed_a,
        source_a,
        feed_b,
        source_b,
        *pair.ids,
        told["score"],
        told["state"],
        told["evidence"],
        rules,
        at,
        each.repeats,
        each.decided_by,
        each.decided_at,
        None,
        None,
    )


_WALLS: Final = [
    select(_ONE.case_id, _OTHER.case_id).where(
        side == _OWN.id, _MATCH.state.in_(APART), _ONE.id == _MATCH.report_a, _OTHER.id == _MATCH.report_b
    )
    for side in (_MATCH.report_a, _MATCH.report_b)
]
_TOGETHER: Final = select(_MATCH.id).where(
    _MATCH.state == State.SUGGESTED.value,
    _ONE.id == _MATCH.report_a,
    _OTHER.id == _MATCH.report_b,
    _OTHER.case_id == _ONE.case_id,
)
