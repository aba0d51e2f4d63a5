"""What the deadline of a case says at an instant, as SQL for a list and as a value for its rows.

It is what the wall says (`dashboard.live.board`): a case that is finished is neither overdue nor due soon, and a clock that
stands still neither comes nor passes. All instants are UTC.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from casework.calendar import ONE_DAY, end_of, local_day
from casework.escalation import shown_colour, turns_red_at
from casework.rules import Rules
from casework.vocabulary import Colour
from db.models import Case

DUE_SOON: Final = timedelta(hours=2)


def unfinished() -> ColumnElement[bool]:
    return and_(~Case.ended, Case.finished_at.is_(None))


def overdue(at: datetime) -> ColumnElement[bool]:
    """As the wall's count has it: a clock that stands still had passed before, or does not pass."""
    return and_(unfinished(), Case.due_at < at, or_(Case.paused_at.is_(None), Case.due_at < Case.paused_at))


def due_within(at: datetime, ahead: timedelta) -> ColumnElement[bool]:
    return and_(unfinished(), Case.paused_at.is_(None), Case.due_at.between(at, at + ahead))


def colours_shown(session: Session, at: datetime, rules: Rules) -> ColumnElement[str]:
    """`casework.escalation.shown_colour` of each case; those that stand still are few, and looked at one by one."""
    paused = select(Case.id, Case.colour, Case.due_at, Case.paused_at, Case.finished_at, Case.ended)
    still = session.execute(paused.where(overdue(at), Case.paused_at.is_not(None)))
    red = [row.id for row in still if colour_of(row, at, rules) is Colour.RED]
    runs_red = and_(Case.paused_at.is_(None), Case.due_at <= _red_through(at, rules))
    return case(
        (and_(overdue(at), or_(runs_red, Case.id.in_(red))), Colour.RED.value),
        (and_(overdue(at), Case.colour == Colour.BLUE.value), Colour.YELLOW.value),
        else_=Case.colour,
    )


def _red_through(at: datetime, rules: Rules) -> datetime:
    """The latest end of a day whose deadlines have been passed so long that who still runs is shown red."""
    day, risk = local_day(at), rules.risk.at(at)
    while turns_red_at(end_of(day), risk, rules.calendar) >= at:
        day -= ONE_DAY
    return end_of(day)


def colour_of(row: Any, at: datetime, rules: Rules) -> Colour:
    """As the wall shows it: an unfinished case by where its clock stands."""
    if row.ended or row.finished_at is not None:
        return Colour(row.colour)
    seen = row.paused_at if row.paused_at is not None and row.paused_at <= at else at
    return shown_colour(Colour(row.colour), row.due_at, seen, rules.risk.at(at), rules.calendar)
