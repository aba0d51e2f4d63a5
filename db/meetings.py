"""The weekly review held as a meeting: when it was held, what it charged units with, and what became of that.

A decision belongs to the period that was reviewed. It is nobody's case and moves no clock; it stays open until somebody says
what came of it, and is late when its deadline passes first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from casework.errors import Refused
from casework.masking import scrub
from casework.review import Decision, DecisionState, PeriodName
from casework.roles import Right
from db import audit, commands, journal
from db.acts import Desk, case_id_of
from db.models import AuditRow, Case, Meeting
from db.models import Decision as DecisionRow

LONGEST_MATTER: Final = 200  # characters
MOST_LISTED: Final = 200
SHOWN: Final = "shown"


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting: `ended_at` is None while it is held."""

    id: int
    period: PeriodName
    began_at: datetime
    began_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Charge:
    """What a unit is charged with: the matter in the leaders' own words, by when, and the case it is about, if any."""

    unit_code: str
    matter: str
    due_at: datetime
    case_code: str | None = None


def begin(session: Session, desk: Desk, period: PeriodName, at: datetime) -> Held:
    """Open the meeting about a period; one that is open already goes on if it is about the same, else raises `Refused`."""
    _must_hold_meetings(desk)
    journal.hold(session)  # of two people who begin, the second finds the first's
    open_now = meeting_now(session)
    if open_now is not None:
        if open_now.period != period:
            raise Refused("the meeting about {period} is being held; end it first", period=str(open_now.period))
        return open_now
    row = Meeting(period=str(period), began_at=at, began_by=desk.account.login, ended_at=None)
    session.add(row)
    session.flush()
    audit.record(session, desk.vault, desk.account, audit.Deed.MEETING, at, detail=_told("began", str(period)))
    return _held(row)


def end(session: Session, desk: Desk, at: datetime) -> None:
    """End the meeting that is being held; nothing happens when there is none."""
    _must_hold_meetings(desk)
    for row in session.scalars(select(Meeting).where(Meeting.ended_at.is_(None))).all():
        row.ended_at = at
        audit.record(session, desk.vault, desk.account, audit.Deed.MEETING, at, detail=_told("ended", row.period))


def meeting_now(session: Session) -> Held | None:
    """The meeting that is being held."""
    row = session.scalar(select(Meeting).where(Meeting.ended_at.is_(None)).order_by(Meeting.id.desc()).limit(1))
    return _held(row) if row is not None else None


def last_meeting(session: Session, period: PeriodName) -> Held | None:
    """The last meeting about a period, held now or before."""
    wanted = select(Meeting).where(Meeting.period == str(period)).order_by(Meeting.id.desc()).limit(1)
    row = session.scalar(wanted)
    return _held(row) if row is not None else None


def show(session: Session, desk: Desk, scene: str | None, until: datetime, at: datetime) -> None:
    """Put a scene on all walls until then, or give them back to their plan (`None`). In a meeting it is written down."""
    if not desk.account.may(Right.DRIVE):
        raise Refused("an account of role {role} does not do this", role=desk.account.role.value)
    held = meeting_now(session)
    commands.put_on_walls(session, scene, until)
    if held is not None:
        detail = {**_told(SHOWN, str(held.period)), "scene": scene or ""}
        audit.record(session, desk.vault, desk.account, audit.Deed.MEETING, at, detail=detail)


def scenes_shown(session: Session, held: Held) -> tuple[str, ...]:
    """What was put on the walls during a meeting, each scene once, the first first."""
    until = AuditRow.at <= held.ended_at if held.ended_at is not None else AuditRow.at >= held.began_at
    wanted = select(AuditRow.detail).where(AuditRow.kind == audit.Deed.MEETING, AuditRow.at >= held.began_at, until)
    told = session.scalars(wanted.order_by(AuditRow.id))
    return tuple(dict.fromkeys(each["scene"] for each in told if each.get("what") == SHOWN and each.get("scene")))


def decide(session: Session, desk: Desk, period: PeriodName, charge: Charge, at: datetime) -> int:
    """Charge a unit with something; the decision's id. Raises `Refused` for a unit, a case or a deadline that can't be."""
    _must_hold_meetings(desk)
    matter = scrub(" ".join(charge.matter.split()))
    if not 0 < len(matter) <= LONGEST_MATTER:
        raise Refused("say in 1 to {most} characters what is to be done", most=LONGEST_MATTER)
    if desk.county.unit(charge.unit_code) is None:
        raise Refused("the county knows no unit {unit}", unit=charge.unit_code)
    if charge.due_at <= at:
        raise Refused("the deadline must lie ahead")
    case_id = case_id_of(session, charge.case_code, desk.sight) if charge.case_code else None
    row = DecisionRow(
        meeting=str(period),
        unit_code=charge.unit_code,
        matter=matter,
        case_id=case_id,
        due_at=charge.due_at,
        made_at=at,
        made_by=desk.account.login,
        state=DecisionState.OPEN,
        settled_at=None,
        settled_by=None,
        outcome="",
    )
    session.add(row)
    session.flush()
    _record(session, desk, row, "made", at)
    return row.id


def settle(
    session: Session, desk: Desk, decision_id: int, state: DecisionState, at: datetime, outcome: str = ""
) -> None:
    """Say what came of a decision, or that it was withdrawn; `OPEN` takes that back. Raises `Refused` when it stands so."""
    _must_hold_meetings(desk)
    row = session.get(DecisionRow, decision_id, with_for_update=True)
    if row is None:
        raise Refused("there is no decision {number}", number=decision_id)
    if row.state == state:
        raise Refused("somebody was faster: it stands so already")
    done = state is not DecisionState.OPEN
    row.state, row.outcome = state, scrub(" ".join(outcome.split()))[:LONGEST_MATTER]
    row.settled_at, row.settled_by = (at, desk.account.login) if done else (None, None)
    _record(session, desk, row, state.value, at)


def decisions_of(session: Session, period: PeriodName) -> tuple[Decision, ...]:
    """What the meeting about a period decided, the first first; what was withdrawn is among it."""
    return _decisions(session, DecisionRow.meeting == str(period))


def open_decisions(session: Session) -> tuple[Decision, ...]:
    """All that is not settled yet, of any meeting."""
    return _decisions(session, DecisionRow.state == DecisionState.OPEN)


def _decisions(session: Session, which: ColumnElement[bool]) -> tuple[Decision, ...]:
    wanted = select(DecisionRow, Case.code).outerjoin(Case, Case.id == DecisionRow.case_id).where(which)
    rows = session.execute(wanted.order_by(DecisionRow.id).limit(MOST_LISTED))
    return tuple(decision_of(row, code) for row, code in rows)


def decision_of(row: DecisionRow, code: str | None) -> Decision:
    """A decision as it is now; `code`: of the case it is about, if it is about one."""
    return Decision(
        row.id,
        row.meeting,
        row.unit_code,
        row.matter,
        code,
        row.due_at,
        row.made_at,
        row.made_by,
        DecisionState(row.state),
        row.settled_at,
        row.outcome,
    )


def _must_hold_meetings(desk: Desk) -> None:
    if not desk.account.may(Right.MEET):
        raise Refused("an account of role {role} does not do this", role=desk.account.role.value)


def _held(row: Meeting) -> Held:
    return Held(row.id, PeriodName.parse(row.period), row.began_at, row.began_by, row.ended_at)


def _told(what: str, period: str) -> dict[str, str]:
    return {"what": what, "period": period}


def _record(session: Session, desk: Desk, row: DecisionRow, what: str, at: datetime) -> None:
    detail = {**_told(what, row.meeting), "decision": row.id, "unit": row.unit_code}
    audit.record(session, desk.vault, desk.account, audit.Deed.DECIDED, at, case_id=row.case_id, detail=detail)
