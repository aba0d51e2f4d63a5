"""Two reports that may be one matter, with what a person needs to decide: both cases, what both say, and what would follow.

Asked for one sight, as `db.queries.matches`: what is out of sight is nothing, and texts are only where the desk's list has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from casework.evidence import without_persons
from casework.joining import Standing, begins_round, goes_on_in
from casework.masking import scrub
from casework.roles import Sight
from casework.rules import Rules
from db.match_rows import State
from db.models import Case, Match, Report, VaultReport
from db.queries.matches import PairTold, pair_in_sight
from db.queries.queue_rows import Row, rows_of
from db.queries.sight import in_sight
from db.vault import Vault

NAMES_OF: Final = 200
"""Reports of a case whose persons' names are kept out of its texts; a matter with more has had each scrubbed of its own."""


class Words(NamedTuple):
    """What a report says, scrubbed."""

    title: str
    content: str
    address: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. `report`: its key (feed:source_id), told at `reported_at`; `words`: `None` where they may not be read."""

    row: Row
    report: str
    reported_at: datetime
    words: Words | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A pair with both its sides. `stays`: the case that goes on when they are merged; `begins_round`: that had ended before, and
    begins a new round (再诉)."""

    pair: PairTold
    a: Side
    b: Side
    stays: Row
    goes: Row
    begins_round: bool

    @property
    def readable(self) -> bool:
        return self.a.words is not None and self.b.words is not None


class Joined(NamedTuple):
    """A case that went on in another one, and how many of its reports are told there."""

    code: str
    reports: int


def opened(session: Session, vault: Vault, rules: Rules, sight: Sight, pair_id: int, at: datetime) -> Opened | None:
    """The pair of that id as it is at `at`; `None` when there is none in sight, or nothing to decide about it."""
    pair = pair_in_sight(session, sight, pair_id)
    if pair is None or pair.state is not State.SUGGESTED or pair.a_case == pair.b_case:
        return None
    case_ids = [pair.a_case, pair.b_case]
    rows = {row.id: row for row in rows_of(session, case_ids, sight, at, vault, rules)}
    names = _names(session, vault, case_ids)
    a = _side(session, rows[pair.a_case], pair.a, names)
    b = _side(session, rows[pair.b_case], pair.b, names)
    if not sight.persons or a.words is None or b.words is None:
        pair = pair._replace(facts=without_persons(pair.facts))
    stands = _standings(session, case_ids)
    child, parent = max(case_ids), min(case_ids)
    if not goes_on_in(stands[child], stands[parent]):
        child, parent = parent, child
    return Opened(pair, a, b, rows[parent], rows[child], begins_round(stands[child], stands[parent]))


def of_case(session: Session, sight: Sight, case_id: int, most: int, at: datetime) -> list[int]:
    """The suggestions that wait for a decision about this case, by their ids: the likeliest of each other case in sight first."""
    one, other = aliased(Report), aliased(Report)
    wanted = (
        select(Match.id, Match.score)
        .join(one, one.id == Match.report_a)
        .join(other, other.id == Match.report_b)
        .where(
            Match.state == State.SUGGESTED.value,
            one.case_id != other.case_id,
            or_(Match.later_until.is_(None), Match.later_until <= at),
        )
    )
    found = [
        (-score, pair_id, far)
        for near, far_side in ((one, other), (other, one))
        for pair_id, score, far in session.execute(wanted.add_columns(far_side.case_id).where(near.case_id == case_id))
    ]
    seen = set(session.scalars(select(Case.id).where(Case.id.in_({far for _, _, far in found}), in_sight(sight))))
    likeliest: dict[int, int] = {}
    for _, pair_id, far in sorted(found):
        if far in seen:
            likeliest.setdefault(far, pair_id)
    return list(likeliest.values())[:most]


def joined_cases(session: Session, sight: Sight, case_id: int, most: int) -> list[Joined]:
    """The cases in sight that went on in this one, the `most` oldest."""
    wanted = select(Case.code, Case.reports).where(Case.merged_into == case_id, in_sight(sight))
    return [Joined(*row) for row in session.execute(wanted.order_by(Case.id).limit(most))]


def _side(session: Session, row: Row, report: str, names: Sequence[str]) -> Side:
    feed, _, source_id = report.partition(":")
    told = session.execute(
        select(Report.reported_at, Report.title, Report.content, Report.address).where(
            Report.feed == feed, Report.source_id == source_id
        )
    ).one()
    words = Words(*(scrub(each, tuple(names)) for each in told[1:])) if row.title is not None else None
    return Side(row, report, told.reported_at, words)


def _names(session: Session, vault: Vault, case_ids: Sequence[int]) -> list[str]:
    """Of everybody the cases' reports name, of each case's first ones."""
    found: list[str] = []
    for case_id in case_ids:
        wanted = select(VaultReport.sealed).join(Report, Report.id == VaultReport.report_id)
        wanted = wanted.where(Report.case_id == case_id).order_by(Report.id).limit(NAMES_OF)
        found += [
            person.name for each in session.scalars(wanted) for person in vault.open_report(each)[0] if person.name
        ]
    return found


def _standings(session: Session, case_ids: Sequence[int]) -> dict[int, Standing]:
    wanted = select(Case.id, Case.ended, Case.closed_at, Case.reported_at, Case.reports).where(Case.id.in_(case_ids))
    return {row.id: Standing(*row[1:]) for row in session.execute(wanted)}
