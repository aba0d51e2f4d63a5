"""Whose eyes a case is or was before: written down once in ten minutes, and told to whoever may ask (谁看过这件)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from casework.roles import Account, Sight
from db import audit
from db.audit import Deed
from db.database import Database
from db.models import Account as AccountRow
from db.models import AuditRow, Case
from db.queries.sight import in_sight
from db.vault import Vault

AGAIN_AFTER: Final = timedelta(minutes=10)


class Look(NamedTuple):
    """Somebody's last look at a case, by the person's name."""

    name: str
    at: datetime


def note_look(database: Database, vault: Vault, account: Account, case_id: int, at: datetime) -> None:
    """Write down that the account sees the case now, unless it was written down within `AGAIN_AFTER`.

    Asked once without the audit's lock, for most looks are repeated, and once more with it.
    """
    with database.read() as session:
        if _noted(session, account, case_id, at):
            return
    with database.write() as session:
        if not _noted(session, account, case_id, at):
            audit.record(session, vault, account, Deed.VIEWED, at, case_id=case_id)


def _noted(session: Session, account: Account, case_id: int, at: datetime) -> bool:
    mine = AuditRow.case_id == case_id, AuditRow.account_id == account.id, AuditRow.kind == Deed.VIEWED.value
    return session.scalar(select(exists().where(*mine, AuditRow.at > at - AGAIN_AFTER))) is True


def looks_at(session: Session, case_id: int, most: int) -> Sequence[Look]:
    """The last look of each person at a case, the newest first."""
    last = func.max(AuditRow.at)
    wanted = (
        select(AccountRow.name, last)
        .join(AuditRow, AuditRow.account_id == AccountRow.id)
        .where(AuditRow.case_id == case_id, AuditRow.kind == Deed.VIEWED.value)
        .group_by(AccountRow.id, AccountRow.name)
        .order_by(last.desc())
        .limit(most)
    )
    return [Look(name, at) for name, at in session.execute(wanted)]


def newest_case(session: Session) -> int:
    """The id of the newest case there is, whosever it is; 0 for none. What a screen hears of with a higher one is new to it."""
    return session.scalar(select(func.max(Case.id))) or 0


def codes_in_sight(session: Session, sight: Sight, codes: Collection[str]) -> set[str]:
    """Those of the codes whose cases the sight sees."""
    return set(session.scalars(select(Case.code).where(Case.code.in_(sorted(codes)), in_sight(sight))))
