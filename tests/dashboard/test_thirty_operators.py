"""Thirty operators at one dashboard who act at once, on the same few cases and each on their own: nobody's act is lost."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any, Final, NamedTuple

import pytest
from sqlalchemy import select

from casework.roles import Role
from casework.rules import Rules
from casework.vocabulary import Feed
from db import audit
from db.audit import Deed
from db.database import Database
from db.inbox import Recorder
from db.models import Case, JournalEntry
from db.sign_ins import DatabaseSignIns
from tests.dashboard.offices import PASSWORD, Office, county, new_office, passwords
from tests.dashboard.operators import Operator, Seen, at_the_desks
from tests.records import NOW, VAULT, message, order

OPERATORS: Final = 30
SHARED: Final = 3
HOLDER, *OTHERS = county().departments


class Act(NamedTuple):
    """What an operator asked for, and what the answer said. No two have the same reason."""

    login: str
    code: str
    reason: str
    answer: dict[str, Any]

    @property
    def done(self) -> bool:
        return bool(self.answer["kind"] == "done")


@pytest.fixture
def office(database: Database, rules: Rules, recorder: Recorder) -> Office:
    """One with thirty more operators, whose clock stands: nothing falls due meanwhile."""
    office = replace(new_office(database, rules, recorder), now=lambda: NOW)
    for number in range(OPERATORS):
        office.add(f"operator-{number}", Role.OPERATOR)
    return office


def cases_of_a_department(office: Office, number: int) -> list[Seen]:
    """So many new cases, of one report each."""
    told = [order(orderNum=f"DH{each}", organizationCode=HOLDER.code) for each in range(number)]
    with office.centre.writing() as session:
        office.centre.recorder.record(session, [message(Feed.HOTLINE12345, each, each["orderNum"]) for each in told])
        wanted = select(Case.code, Case.version, Case.unit_code).order_by(Case.id.desc()).limit(number)
        return [Seen(*row) for row in session.execute(wanted)]


def token_of(office: Office, login: str) -> str:
    """Of a new session. At the form, thirty from one address would be too many at once."""
    attempt = DatabaseSignIns(office.database, VAULT, office.time, passwords()).try_password(login, PASSWORD, "", "")
    assert attempt.token is not None
    return attempt.token


async def at_work(operator: Operator, login: str, unit: str, own: Seen, shared: Seen) -> list[Act]:
    """Give two cases to one unit, a shared one and one's own; where somebody was quicker, look, and have the case supervised
    instead. Each is one entry."""

    async def act(form: str, case: Seen, **fields: str) -> Act:
        reason = f"{login}，第{len(acts) + 1}次"
        acts.append(Act(login, case.code, reason, await operator.act(form, case, reason=reason, **fields)))
        return acts[-1]

    acts: list[Act] = []
    first = await act("assign", shared, unit=unit)
    await act("assign", own, unit=unit)
    if not first.done:
        await act("supervise", await operator.sees(shared.code, first.answer["version"]))
    return acts


async def all_at_once(office: Office, address: str, own: Sequence[Seen], shared: Sequence[Seen]) -> list[Act]:
    """What thirty operators asked for. At the end each has been told of every shared case as it is then."""
    logins = [f"operator-{number}" for number in range(OPERATORS)]
    async with at_the_desks(address, [token_of(office, login) for login in logins]) as desks:
        works = map(at_work, desks, logins, (unit.code for unit in cycle(OTHERS)), own, cycle(shared))
        acts = [act for each in await asyncio.gather(*works) for act in each]
        versions = {case.code: case.version + sum(act.done for act in acts if act.code == case.code) for case in shared}
        for operator in desks:
            for code, version in versions.items():
                assert (await operator.sees(code, version)).version == version
    return acts


def test_thirty_operators_who_act_at_once_lose_nothing_and_are_told_what_happened(office: Office) -> None:
    cases = cases_of_a_department(office, OPERATORS + SHARED)
    own, shared = cases[:OPERATORS], cases[OPERATORS:]
    began = office.centre.position()
    with office.served() as server:
        acts = asyncio.run(all_at_once(office, server.address, own, shared))
    done, refused = [act for act in acts if act.done], [act for act in acts if not act.done]
    first_tries = [act for act in refused if act.reason.endswith("第1次")]
    assert len(first_tries) == OPERATORS - SHARED, "of those who saw the same version exactly one was done"
    assert {act.answer["kind"] for act in refused} == {"stale"}
    assert all(act.answer["lines"] for act in refused), "each is told what happened meanwhile"
    assert {act.code for act in done} == {case.code for case in cases}
    with office.database.read() as session:
        entries = session.execute(select(JournalEntry.payload, JournalEntry.actor).where(JournalEntry.id > began)).all()
        versions = {row.code: row.version for row in session.execute(select(Case.code, Case.version))}
        told = audit.rows(session, audit.Asked(kinds=(Deed.ACTED, Deed.ACT_REFUSED)), limit=1_000)
        assert audit.faults(session, VAULT) == []
    assert Counter((payload["reason"], actor) for payload, actor in entries) == Counter(
        (act.reason, act.login) for act in done
    )
    by_case = Counter(act.code for act in done)
    assert {case.code: versions[case.code] for case in cases} == {
        case.code: case.version + by_case[case.code] for case in cases
    }
    assert Counter((row.login, row.code, row.kind) for row in told) == Counter(
        (act.login, act.code, (Deed.ACTED if act.done else Deed.ACT_REFUSED).value) for act in acts
    )
    office.centre.check()
