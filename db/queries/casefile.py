"""A case whole, for the person who opens its page: everything their sight has of it, and nothing else.

A case out of sight is none. Texts and persons are there only where `db.queries.queue` has them for the same sight, and who
looked at a case is told to the county centre and to the unit that holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry
from casework.evolve import fold
from casework.roles import Role, Sight
from casework.rules import Rules
from casework.vocabulary import EntryType
from db import audit, journal
from db.accounts import names_of_logins
from db.acts import Happened, StaleCase
from db.models import Account, Case, Report, Reveal
from db.queries.cases import WholeCase, whole_case
from db.queries.queue import Order, queue_page
from db.queries.queue_filter import Filter, State
from db.queries.queue_rows import Row
from db.queries.sight import in_sight
from db.vault import Vault

LOOKS: Final = 200
COARSE: Final = 2  # decimals of a degree, about a kilometre
_JOINING: Final = frozenset({EntryType.MERGED, EntryType.SPLIT})
_SPOKEN: Final = frozenset({"reason", "to"})  # of a payload: what somebody wrote, scrubbed


class Spot(NamedTuple):
    """Where a report says it is, WGS-84; `exact` only for who may read its texts."""

    lon: float
    lat: float
    exact: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case as one sight sees it.

    `row`: as the desk's list has it. `whole`: folded, with its journal; its reports have no texts where these are not
    `readable`, no persons where the sight has none, and its entries no reason. `codes`: by id, of the cases in sight that its
    journal names; `into`: the code of the one it went on in, if that is in sight. `looks`: `None` for who may not know.
    `names`: of accounts, by login. `spots`: of the reports that say where they are, `reported_at`: of all, both by key.
    """

    row: Row
    whole: WholeCase
    readable: bool
    codes: Mapping[int, str]
    into: str | None
    looks: Sequence[audit.Row] | None
    names: Mapping[str, str]
    spots: Mapping[str, Spot]
    reported_at: Mapping[str, datetime]


class Staff(NamedTuple):
    """An account that may approve something: its login and the person's name."""

    login: str
    name: str


def case_file(session: Session, vault: Vault, rules: Rules, sight: Sight, code: str, at: datetime) -> CaseFile | None:
    """The case of that whole code at `at`; `None` when there is none, or none in sight."""
    found = queue_page(session, sight, Filter(state=State.ALL, code=code), Order(), 0, 1, at, vault=vault, rules=rules)
    row = next((row for row in found.rows if row.code == code), None)
    if row is None:
        return None
    whole = whole_case(session, vault, row.id)
    readable = row.title is not None
    codes = _codes_of(session, sight, whole.entries)
    spots, reported_at = _places_and_times(session, row.id, exact=readable)
    return CaseFile(
        row=row,
        whole=_as_seen(whole, readable=readable, persons=readable and row.caller is not None),
        readable=readable,
        codes=codes,
        into=codes.get(whole.state.merged_into) if whole.state.merged_into is not None else None,
        looks=_looks(session, sight, row),
        names=names_of_logins(session),
        spots=spots,
        reported_at=reported_at,
    )


def case_state(session: Session, sight: Sight, code: str) -> tuple[int, CaseState] | None:
    """The id and the case itself, for deciding what may be done with it; `None` as for `case_file`."""
    case_id = session.scalar(select(Case.id).where(Case.code == code, in_sight(sight)))
    return (case_id, state_of(session, case_id)) if case_id is not None else None


def state_of(session: Session, case_id: int) -> CaseState:
    """A case folded; whether it is in sight has been asked."""
    return fold(journal.entries_of(session, [case_id])[case_id])


def ids_in_sight(session: Session, sight: Sight, codes: Sequence[str]) -> dict[str, int]:
    """Those of the codes whose cases the sight sees, and their ids."""
    found = session.execute(select(Case.code, Case.id).where(Case.code.in_(codes), in_sight(sight)))
    return dict(found.all())


def reveal_in_sight(session: Session, sight: Sight, reveal_id: int) -> bool:
    """Whether there is a reveal of that id, of a case that is in sight now."""
    wanted = select(Reveal.id).join(Case, Case.id == Reveal.case_id).where(Reveal.id == reveal_id, in_sight(sight))
    return session.scalar(wanted) is not None


def approvers(session: Session) -> list[Staff]:
    """The leaders who may approve that a clock stands still, or that a matter counts for nobody."""
    found = select(Account.login, Account.name).where(Account.role == Role.LEADER.value, Account.disabled_at.is_(None))
    return [Staff(login, name) for login, name in session.execute(found.order_by(Account.login))]


def may_know_who_looked(sight: Sight, row: Row) -> bool:
    """The county centre, and the unit that holds the case."""
    return sight.whole_county or row.unit_code in sight.units


def _looks(session: Session, sight: Sight, row: Row) -> Sequence[audit.Row] | None:
    return audit.of_case(session, row.id, LOOKS) if may_know_who_looked(sight, row) else None


def _codes_of(session: Session, sight: Sight, entries: Sequence[Entry]) -> dict[int, str]:
    """The codes of the cases in sight that reports went to."""
    named = {entry.payload["into"] for entry in entries if entry.type in _JOINING}
    return codes_of(session, sight, sorted(named))


def _places_and_times(session: Session, case_id: int, *, exact: bool) -> tuple[dict[str, Spot], dict[str, datetime]]:
    columns = Report.feed, Report.source_id, Report.reported_at, Report.lon, Report.lat
    spots, times = {}, {}
    for feed, source_id, reported_at, lon, lat in session.execute(select(*columns).where(Report.case_id == case_id)):
        key = f"{feed}:{source_id}"
        times[key] = reported_at
        if lon is not None and lat is not None:
            spots[key] = Spot(lon, lat, True) if exact else Spot(round(lon, COARSE), round(lat, COARSE), False)
    return spots, times


def _as_seen(whole: WholeCase, *, readable: bool, persons: bool) -> WholeCase:
    """Without what the sight may not read."""
    reports = tuple(
        replace(
            each,
            title=each.title if readable else "",
            content=each.content if readable else "",
            address=each.address if readable else "",
            result=each.result if readable else "",
            persons=each.persons if persons else (),
        )
        for each in whole.reports
    )
    entries = whole.entries if readable else tuple(_unspoken(entry) for entry in whole.entries)
    return replace(whole, reports=reports, entries=entries)


def _unspoken(entry: Entry) -> Entry:
    told = {name: value for name, value in entry.payload.items() if name not in _SPOKEN or entry.type in _LINKS}
    return entry._replace(payload=told)


# Its "to" names a report.
_LINKS: Final = frozenset({EntryType.LINKED})


def codes_of(session: Session, sight: Sight, case_ids: Sequence[int]) -> dict[int, str]:
    """The codes of those of the cases that are in sight, by id."""
    found = session.execute(select(Case.id, Case.code).where(Case.id.in_(case_ids), in_sight(sight)))
    return dict(found.all())


def must_be_as_seen(session: Session, case_id: int, seen: int) -> None:
    """Raise `StaleCase`, with what has happened meanwhile, unless the case is at the version that somebody saw."""
    found = session.scalars(select(Case.version).where(Case.id == case_id)).one()
    if found != seen:
        since = journal.entries_of(session, [case_id])[case_id][max(seen, 0) :]
        raise StaleCase(seen, found, [Happened(entry.type, entry.actor, entry.occurred_at) for entry in since])
