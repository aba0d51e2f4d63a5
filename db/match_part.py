"""Taking a merged case apart again: all the reports that came with one case go on there, as they were before."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import Refused
from casework.joining import Merge, Split
from db import joining, journal
from db.acts import Desk
from db.casebook import Casebook
from db.models import Report

MOST: Final = 50
"""Reports that are taken out at once; each has its whole history told again."""


def take_apart(session: Session, desk: Desk, parent_id: int, child_id: int, reason: str, at: datetime) -> int:
    """拆开: what `child_id` brought when it went on in `parent_id` leaves it, together; the id of the case it is in then.

    That is the child itself, unless its reports had come there from another case before. Raises `Refused` where it did not go
    on there, brought more than `MOST` reports, or none that are still there; and as `joining.split_as` and `joining.merge_as`.
    """
    journal.hold(session)
    book = Casebook(session)
    book.open([child_id])
    if book.states[child_id].merged_into != parent_id:
        raise Refused("it is not in this case any more")
    there = set(_reports_in(session, parent_id))
    own = [thread.report for thread in book.states[child_id].threads if thread.report in there]
    if not own:
        raise Refused("it is not in this case any more")
    if len(own) > MOST:
        raise Refused("more than {n} reports came with it; take them out one by one", n=MOST)
    by = desk.account.login
    homes = [
        joining.split_as(session, desk, parent_id, Split(by=by, at=at, reason=reason, report=report), at)
        for report in own
    ]
    home = child_id if child_id in homes else homes[0]
    for stray in dict.fromkeys(homes):
        if stray != home:
            joining.merge_as(session, desk, stray, home, Merge(by=by, at=at, reason=reason), at)
    return home


def _reports_in(session: Session, case_id: int) -> list[str]:
    wanted = select(Report.feed, Report.source_id).where(Report.case_id == case_id)
    return [f"{feed}:{source_id}" for feed, source_id in session.execute(wanted)]
