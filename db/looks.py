"""Whose eyes a case is or was before: written down once in ten minutes, and told to whoever may ask (谁看过这件); and who has it
open now, at the desks of which process."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from casework.roles import Account, Sight
from db import audit
from db.audit import Deed
from db.database import Database
from db.models import Account as AccountRow
from db.models import AuditRow, Case, Sitting
from db.queries.sight import in_sight
from db.vault import Vault

SITS_FOR: Final = timedelta(seconds=15)  # a process that was killed takes nobody's leave
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


def sit(session: Session, process: str, opened: Collection[tuple[int, str]], at: datetime) -> None:
    """Who (accounts by id) has which case (by code) open at the desks of a process, in place of what it said before."""
    session.execute(delete(Sitting).where(or_(Sitting.process == process, Sitting.seen_at <= at - SITS_FOR)))
    rows = [Sitting(process=process, account_id=who, code=code, seen_at=at) for who, code in sorted(opened)]
    session.add_all(rows)


def sitting_elsewhere(session: Session, process: str, at: datetime) -> set[tuple[str, str]]:
    """(code, person's name) of whoever has a case open at the desks of another process."""
    wanted = (
        select(Sitting.code, AccountRow.name)
        .join(AccountRow, AccountRow.id == Sitting.account_id)
        .where(Sitting.process != process, Sitting.seen_at > at - SITS_FOR)
    )
    return {(code, name) for code, name in session.execute(wanted)}
