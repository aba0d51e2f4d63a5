"""What people decide about two reports that may be one matter: that they are (accept), that they are not (refuse), or later.

A decision is about the two cases the reports are in, and stands at every pair of their reports that was suggested. Of two people
who decide, the second is told what the first decided.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casework.authority import authority
from casework.errors import Refused
from casework.joining import Merge, begins_round, goes_on_in, standing
from casework.masking import scrub
from casework.roles import acting_unit
from db import audit, joining, journal, match_rows
from db.acts import Desk
from db.casebook import Casebook
from db.match_rows import State
from db.models import Case, Match, Report
from db.queries.cases import person_names
from db.queries.matches import PairTold, pair_in_sight


class NoSuchPair(Refused):
    """No two reports have that number, or not in this sight."""

    def __init__(self, pair_id: int) -> None:
        super().__init__("there is no suggestion {pair}", pair=pair_id)


class Decided(Refused):
    """Somebody was faster; nothing was written. `state`: what they decided; `by` and `at`: who and when, where a person did."""

    def __init__(self, pair: PairTold) -> None:
        super().__init__(
            "this was decided meanwhile: {state}, by {by}", state=pair.state.value, by=pair.decided_by or "itself"
        )
        self.state = pair.state
        self.by = pair.decided_by
        self.at = pair.decided_at


def accept(session: Session, desk: Desk, pair_id: int, reason: str, at: datetime) -> int:
    """The two are one matter: their cases are merged, and the id of the one that goes on is told.

    `reason`: why, in words for the journal; the screen gives the evidence's own. Raises `NoSuchPair`, `Decided`, and `Refused`
    as `joining.merge_as`.
    """
    pair = _open_pair(session, desk, pair_id)
    book = Casebook(session)
    book.open([pair.a_case, pair.b_case])
    child, parent = max(pair.a_case, pair.b_case), min(pair.a_case, pair.b_case)
    stands = {case_id: standing(book.states[case_id]) for case_id in (child, parent)}
    if not goes_on_in(stands[child], stands[parent]):
        child, parent = parent, child
    repeats = begins_round(stands[child], stands[parent])
    rows = _rows_of_both(session, pair)
    joining.merge_as(session, desk, child, parent, Merge(by=desk.account.login, at=at, reason=reason), at)
    match_rows.decide(session, rows, State.ACCEPTED, desk.account.login, at)
    if repeats:
        session.execute(update(Match).where(Match.id == pair.id).values(repeats=True))
    _audit(session, desk, pair, at, {"decision": State.ACCEPTED.value})
    return parent


def refuse(session: Session, desk: Desk, pair_id: int, reason: str, at: datetime) -> None:
    """The two are not one matter; their cases will not be joined unasked, nor suggested again. Refusals as in `accept`."""
    pair = _open_pair(session, desk, pair_id)
    _must_be_allowed(session, desk, pair, reason, at)
    names = [name for case_id in (pair.a_case, pair.b_case) for name in person_names(session, desk.vault, case_id)]
    told = scrub(reason, tuple(names))
    match_rows.decide(session, _rows_of_both(session, pair), State.REFUSED, desk.account.login, at, told)
    _audit(session, desk, pair, at, {"decision": State.REFUSED.value})


def later(session: Session, desk: Desk, pair_id: int, until: datetime, at: datetime) -> None:
    """Nobody is asked about the two before `until`, which lies ahead. Refusals as in `accept`."""
    if until <= at:
        raise Refused("later is a time that has not come yet")
    pair = _open_pair(session, desk, pair_id)
    _must_be_allowed(session, desk, pair, "later", at)
    rows = _rows_of_both(session, pair)
    session.execute(update(Match).where(Match.id.in_(rows)).values(later_until=until))
    _audit(session, desk, pair, at, {"decision": "later", "until": until.isoformat()})


def _open_pair(session: Session, desk: Desk, pair_id: int) -> PairTold:
    """The pair, with the journal held: nobody else decides about it meanwhile."""
    journal.hold(session)
    pair = pair_in_sight(session, desk.sight, pair_id)
    if pair is None:
        raise NoSuchPair(pair_id)
    if pair.state is not State.SUGGESTED or pair.a_case == pair.b_case:
        raise Decided(pair)
    return pair


def _must_be_allowed(session: Session, desk: Desk, pair: PairTold, reason: str, at: datetime) -> None:
    """Who may not merge two cases has no say in whether they are one matter."""
    if not reason.strip():
        raise Refused("a reason is required")
    book = Casebook(session)
    book.open([pair.a_case, pair.b_case])
    unit = acting_unit(desk.account, desk.county)
    move = Merge(by=desk.account.login, at=at, reason=reason, unit_of=unit)
    may = authority(desk.county, desk.account)
    for case_id in (pair.a_case, pair.b_case):
        for thread in book.states[case_id].threads:
            may(move, thread)


def _rows_of_both(session: Session, pair: PairTold) -> Collection[int]:
    """Every suggestion between the two cases."""
    mine = list(session.scalars(select(Report.id).where(Report.case_id == pair.a_case)))
    return match_rows.between(session, mine, pair.b_case, (State.SUGGESTED,)).keys()


def _audit(session: Session, desk: Desk, pair: PairTold, at: datetime, told: dict[str, Any]) -> None:
    sides = (pair.a_case, pair.b_case)
    codes = dict(session.execute(select(Case.id, Case.code).where(Case.id.in_(sides))).all())
    for case_id, other in (sides, sides[::-1]):
        detail = {"pair": pair.id, "with": codes[other], **told}
        audit.record(session, desk.vault, desk.account, audit.Deed.MATCH_DECIDED, at, case_id=case_id, detail=detail)
