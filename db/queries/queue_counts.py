"""The counts above the desk's list: the open cases in sight, as the wall counts them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from casework.roles import Sight
from casework.vocabulary import Feed, Status
from db import journal
from db.models import Case
from db.queries.queue_clocks import DUE_SOON, due_within, overdue
from db.queries.sight import in_sight

HOT: Final = 3
"""From so many reports on a case is a hot matter."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Open cases in sight, as the wall counts them: all, by what their deadline says, by status, by the first report's feed.

    `hot`: those with `HOT` reports or more.
    """

    position: int
    open: int
    overdue: int
    due_soon: int
    by_status: Mapping[Status, int]
    by_feed: Mapping[Feed, int]
    hot: int = 0


def queue_counts(session: Session, sight: Sight, at: datetime) -> Counts:
    """The open cases in sight, counted."""
    conditions = overdue(at), due_within(at, DUE_SOON), Case.reports >= HOT
    late, soon, hot = (_number_of(condition) for condition in conditions)
    asked = select(Case.status, Case.feed, func.count(), late, soon, hot).where(~Case.ended, in_sight(sight))
    found = [] if sight.blind else session.execute(asked.group_by(Case.status, Case.feed)).all()
    by_status, by_feed = dict.fromkeys(Status, 0), dict.fromkeys(Feed, 0)
    for status, feed, number, *_ in found:
        by_status[Status(status)] += number
        by_feed[Feed(feed)] += number
    return Counts(
        journal.position(session),
        open=sum(by_feed.values()),
        overdue=sum(row[3] for row in found),
        due_soon=sum(row[4] for row in found),
        by_status=by_status,
        by_feed=by_feed,
        hot=sum(row[5] for row in found),
    )


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
