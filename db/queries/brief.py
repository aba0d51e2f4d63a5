"""A case in short, as the desk's side panel tells it: its row, what was said, its clocks, its last entries, who looked at it.

Everything is asked for one sight: a case out of sight is none, and texts and persons are only where `db.queries.queue` has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from casework.case import Entry, Span, Thread
from casework.clocks import Clock, Kind, clocks_of
from casework.roles import Sight
from casework.rules import Rules
from db.accounts import names_of_logins
from db.looks import Look, looks_at
from db.queries.cases import ReportTexts, whole_case
from db.queries.queue import Order, queue_page
from db.queries.queue_filter import Filter, State
from db.queries.queue_rows import Row
from db.vault import Vault

ENTRIES: Final = 5
LOOKS: Final = 4
_SHOWN: Final = (Kind.SIGN, Kind.CONTACT, Kind.FINISH, Kind.VISIT)


@dataclass(frozen=True, slots=True)
class Brief:
    """One case in short.

    `said` and `place` are `None` where the sight has no texts of it. `clocks`: of the unit that holds it, or held it last, and
    the return visit's. `promise_at`: what the citizen was promised. `entries`: the last of the journal, the newest first, and
    `more` older ones. `looks`: `None` for who may not know. `names`: of the accounts among the entries' actors, by login.
    """

    row: Row
    said: str | None
    place: str | None
    clocks: tuple[Clock, ...]
    promise_at: datetime
    provisional: bool
    entries: tuple[Entry, ...]
    more: int
    looks: tuple[Look, ...] | None
    names: Mapping[str, str]


def brief(session: Session, vault: Vault, rules: Rules, sight: Sight, code: str, at: datetime) -> Brief | None:
    """The case of that whole code as it is at `at`; `None` when there is none, or none in sight."""
    wanted = Filter(state=State.ALL, code=code)
    found = queue_page(session, sight, wanted, Order(), 0, 1, at, vault=vault, rules=rules).rows
    row = next((row for row in found if row.code == code), None)
    if row is None:
        return None
    whole = whole_case(session, vault, row.id)
    lead = whole.state.lead
    words = _words_of(whole.reports, lead)
    readable = row.title is not None
    return Brief(
        row=row,
        said=_said(words) if readable else None,
        place=_place(words) if readable else None,
        clocks=tuple(_clocks(lead)),
        promise_at=lead.promise.at,
        provisional=lead.promise.provisional,
        entries=whole.entries[: -ENTRIES - 1 : -1],
        more=max(0, len(whole.entries) - ENTRIES),
        looks=tuple(looks_at(session, row.id, LOOKS)) if _may_know_who_looked(sight, row) else None,
        names=names_of_logins(session),
    )


def _words_of(reports: Sequence[ReportTexts], lead: Thread) -> ReportTexts | None:
    """The words of the report that speaks for the case; none where it has gone on in another case."""
    return next((each for each in reports if f"{each.feed}:{each.source_id}" == lead.report), None)


def _said(words: ReportTexts | None) -> str:
    return (words.content or words.title) if words is not None else ""


def _place(words: ReportTexts | None) -> str:
    return words.address if words is not None else ""


def _clocks(lead: Thread) -> list[Clock]:
    span = _span_of(lead)
    own = (span.unit_code, span.assigned_at) if span is not None else None
    return [
        clock
        for clock in clocks_of(lead)
        if clock.kind in _SHOWN and (clock.kind is Kind.VISIT or (clock.unit_code, clock.started_at) == own)
    ]


def _span_of(lead: Thread) -> Span | None:
    """The span of the unit that holds it, or that held it to its end; none while nobody does."""
    return lead.spans[-1] if lead.spans and lead.ended else lead.holder


def _may_know_who_looked(sight: Sight, row: Row) -> bool:
    """The county centre, and the unit that holds the case."""
    return sight.whole_county or row.unit_code in sight.units
