"""What the sources are to be told of decisions made here: written with the decision, sent by whoever holds the feed, kept.

A row's id is the sequence its source acknowledges. Ids are given under the journal's lock, so they become visible in the
order they were given, and what is acknowledged up to one of them leaves out nothing. Holds no personal data and no reason.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from casework.calendar import SHANGHAI
from db import journal
from db.models import OutboxRow


class AssignmentKind(StrEnum):
    """What was decided here about who handles a record."""

    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    TAKEN_BACK = "taken_back"


class Untold(NamedTuple):
    """Something a source is to be told. `data` is the event's, as it goes over the wire; `event_id` stays when it is resent."""

    sequence: int
    event_id: str
    at: datetime
    data: Mapping[str, Any]


class Waiting(NamedTuple):
    """How much a feed's source has not acknowledged yet; `oldest`: since when the first of it waits."""

    events: int
    oldest: datetime


def tell_assignment(
    session: Session,
    feed: str,
    source_id: str,
    unit_code: str,
    unit_name: str | None,
    code: str,
    at: datetime,
    *,
    kind: str,
    previous: str | None,
    dues: Mapping[str, datetime],
) -> None:
    """Tell the source of a record who has it now, in the transaction of the decision: both happen or neither.

    `kind` as in `AssignmentKind`, else ValueError. `unit_code` is empty for a record taken back to nobody; `previous` is the
    unit it was with before the decision, `dues` the unit's deadlines by clock ("sign", "contact", "finish").
    """
    journal.hold(session)
    data = {
        "record": source_id,
        "case": code,
        "kind": AssignmentKind(kind),
        "unit": unit_code or None,
        "unit_name": unit_name,
        "previous_unit": previous,
        "assigned_at": wire_time(at),
        "dues": {clock: wire_time(due) for clock, due in dues.items()},
    }
    # The event's id is no number: a centre restored from a backup gives its numbers out again.
    row = OutboxRow(
        id=_newest(session) + 1,
        feed=feed,
        event_id=str(uuid.uuid4()),
        source_id=source_id,
        payload=data,
        created_at=at,
        acked_at=None,
    )
    session.add(row)
    session.flush()


def unacknowledged(session: Session, feed: str, after: int, limit: int) -> list[Untold]:
    """What the feed's source has not acknowledged, above the sequence `after`, the oldest first."""
    found = session.execute(_UNACKNOWLEDGED.where(_ROW.feed == feed, _ROW.id > after).limit(limit))
    return [Untold(*row) for row in found]


def acknowledge(session: Session, feed: str, sequence: int, at: datetime) -> int:
    """The feed's source has everything up to and including `sequence`; how many rows that is news of."""
    told = update(OutboxRow).where(_ROW.feed == feed, _ROW.id <= sequence, _ROW.acked_at.is_(None))
    return session.connection().execute(told.values(acked_at=at)).rowcount


def prune(session: Session, before: datetime) -> int:
    """Forget what was acknowledged before an instant, but never the newest row: no sequence is given out twice."""
    old = delete(OutboxRow).where(_ROW.acked_at < before, _ROW.id < _newest(session))
    return session.connection().execute(old).rowcount


def waiting(session: Session) -> dict[str, Waiting]:
    """By feed, what no source has acknowledged yet. A source that has never asked to be told acknowledges nothing."""
    return {feed: Waiting(events, oldest) for feed, events, oldest in session.execute(_WAITING)}


def wire_time(at: datetime) -> str:
    """RFC 3339 with offset, to the millisecond, in local time: what people at the other end compare with their records."""
    return at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(_ROW.id))) or 0


_ROW: Final = OutboxRow.__table__.c
_UNACKNOWLEDGED: Final = (
    select(_ROW.id, _ROW.event_id, _ROW.created_at, _ROW.payload).where(_ROW.acked_at.is_(None)).order_by(_ROW.id)
)
_WAITING: Final = (
    select(_ROW.feed, func.count(), func.min(_ROW.created_at, type_=_ROW.created_at.type))
    .where(_ROW.acked_at.is_(None))
    .group_by(_ROW.feed)
)
