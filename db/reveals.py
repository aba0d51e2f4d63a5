"""Who is behind a case: asked for with a reason, shown for a minute, written down; a protected case takes a second person.

The whole of it happens here, on the server: what a page was not handed it can't show, and what it was handed it wipes. Whether
the case is in the account's sight is for the caller to ask, each time: when it is asked for and when it is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.errors import Refused
from casework.masking import scrub
from casework.report import Person
from casework.roles import Account, Right
from db import audit
from db.audit import Deed
from db.models import Account as AccountRow
from db.models import Case, Report, Reveal, VaultReport
from db.queries.cases import person_names
from db.vault import Vault

SHOWN_FOR: Final = timedelta(seconds=60)
WAITS_FOR: Final = timedelta(minutes=30)  # for the second person, and then for the asker to look
LEAST_REASON: Final = 4  # characters; "看看" is none
MOST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Revealed:
    """One report's persons and texts as they were written."""

    feed: str
    source_id: str
    persons: tuple[Person, ...]
    title: str
    content: str
    address: str
    result: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reveal that waits for a second person."""

    id: int
    code: str
    case_id: int
    asker: str
    reason: str
    asked_at: datetime


def ask(session: Session, vault: Vault, account: Account, case_id: int, reason: str, at: datetime) -> Reveal:
    """Ask, with a reason, which is kept without what it says of persons; raises `Refused` where the role may not."""
    if not account.may(Right.REVEAL):
        raise Refused("this account may not see who is behind a case")
    reason = reason.strip()
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise Refused("say in a sentence for what you need to know who it is")
    reason = scrub(reason, person_names(session, vault, case_id))
    protected = session.scalars(select(Case.sensitive).where(Case.id == case_id)).one()
    row = Reveal(case_id=case_id, account_id=account.id, reason=reason, asked_at=at, needs_second=protected)
    session.add(row)
    session.flush()
    detail = {"reveal": row.id, "reason": reason, "second": protected}
    audit.record(session, vault, account, Deed.REVEAL_ASKED, at, case_id=case_id, detail=detail)
    return row


def decide(session: Session, vault: Vault, account: Account, reveal_id: int, at: datetime, *, grant: bool) -> Reveal:
    """The second person's word; raises `Refused` for who asked, for who may not, and for what waits no more."""
    row = _kept(session, reveal_id)
    if not account.may(Right.CONSENT):
        raise Refused("only a leader may consent to this")
    if row.account_id == account.id:
        raise Refused("who asks can't consent")
    if (
        not row.needs_second
        or row.granted_at is not None
        or row.refused_at is not None
        or at - row.asked_at > WAITS_FOR
    ):
        raise Refused("this is not waiting for consent any more")
    if grant:
        row.granted_by, row.granted_at = account.id, at
    else:
        row.refused_at = at
    deed = Deed.REVEAL_GRANTED if grant else Deed.REVEAL_REFUSED
    audit.record(session, vault, account, deed, at, case_id=row.case_id, detail={"reveal": row.id})
    return row


def open_(
    session: Session, vault: Vault, account: Account, reveal_id: int, at: datetime
) -> tuple[Sequence[Revealed], datetime]:
    """What was asked for, and until when it may be shown. Only for who asked, and once: for `SHOWN_FOR` from the first look."""
    row = _kept(session, reveal_id)
    if row.account_id != account.id or not account.may(Right.REVEAL):
        raise Refused("somebody else asked for this")
    if row.refused_at is not None:
        raise Refused("the second person refused")
    if row.needs_second and row.granted_at is None:
        raise Refused("a second person must consent first")
    if not row.needs_second and session.scalars(select(Case.sensitive).where(Case.id == row.case_id)).one():
        raise Refused("the case has become a protected one since; ask again")
    if row.opened_at is None:
        if at - (row.granted_at or row.asked_at) > WAITS_FOR:
            raise Refused("this was asked for too long ago; ask again")
        row.opened_at = at
        audit.record(session, vault, account, Deed.REVEALED, at, case_id=row.case_id, detail={"reveal": row.id})
    until = row.opened_at + SHOWN_FOR
    if at >= until:
        raise Refused("the minute is over; ask again")
    return _revealed(session, vault, row.case_id), until


def waiting(session: Session, at: datetime) -> list[Waiting]:
    """What waits for a second person, the oldest first."""
    rows = session.execute(
        select(Reveal, Case.code, AccountRow.name)
        .join(Case, Case.id == Reveal.case_id)
        .join(AccountRow, AccountRow.id == Reveal.account_id)
        .where(
            Reveal.needs_second,
            Reveal.granted_at.is_(None),
            Reveal.refused_at.is_(None),
            Reveal.asked_at > at - WAITS_FOR,
        )
        .order_by(Reveal.id)
    )
    return [Waiting(row.id, code, row.case_id, name, row.reason, row.asked_at) for row, code, name in rows]


def _kept(session: Session, reveal_id: int) -> Reveal:
    row = session.get(Reveal, reveal_id, with_for_update=True)
    if row is None:
        raise Refused("nobody asked for this")
    return row


def _revealed(session: Session, vault: Vault, case_id: int) -> list[Revealed]:
    rows = session.execute(
        select(Report, VaultReport.sealed)
        .join(VaultReport, VaultReport.report_id == Report.id)
        .where(Report.case_id == case_id)
        .order_by(Report.id)
    )
    found = []
    for report, sealed in rows:
        persons, (title, content, address, result) = vault.open_report(sealed)
        found.append(Revealed(report.feed, report.source_id, persons, title, content, address, result))
    return found
