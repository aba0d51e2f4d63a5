"""Saved views: a queue's filters and order that an account keeps under a name. It must not know what a query means.

A view is its account's alone. Saving under a name that is taken puts the new query in place of the old one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casework.errors import Refused
from db.models import SavedView

MOST: Final = 30  # of one account: more nobody finds again
LONGEST_NAME: Final = 20  # characters


class View(NamedTuple):
    """One saved view; `query` as it was handed in."""

    id: int
    name: str
    query: Mapping[str, Any]


def views_of(session: Session, account_id: int) -> Sequence[View]:
    """The account's views, the oldest first."""
    rows = session.scalars(select(SavedView).where(SavedView.account_id == account_id).order_by(SavedView.id))
    return [View(row.id, row.name, row.query) for row in rows]


def save_view(session: Session, account_id: int, name: str, query: Mapping[str, Any], at: datetime) -> None:
    """Keep a query under a name; raises `Refused` for a name that can't be, and for one view too many."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused("a view's name has 1 to {most} characters", most=LONGEST_NAME)
    mine = SavedView.account_id == account_id
    kept = session.scalar(select(SavedView).where(mine, SavedView.name == name))
    if kept is not None:
        kept.query = dict(query)
        return
    if (session.scalar(select(func.count()).select_from(SavedView).where(mine)) or 0) >= MOST:
        raise Refused("an account keeps {most} views at most; delete one first", most=MOST)
    session.add(SavedView(account_id=account_id, name=name, query=dict(query), created_at=at))
    session.flush()


def delete_view(session: Session, account_id: int, view_id: int) -> None:
    """Forget a view; nothing happens when it is not the account's."""
    session.execute(delete(SavedView).where(SavedView.account_id == account_id, SavedView.id == view_id))
