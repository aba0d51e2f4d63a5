"""A database filled before 0002 knew the clocks goes up, down and up again, and loses nothing the journal tells."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.orm import Session

from casework.lifecycle import Rules
from casework.moves import Pause, Sign, Whistle
from db import acts, migrate
from db.database import Database
from db.inbox import Recorder
from db.models import Assignment, Case
from db.rebuild import differences, rebuild
from tests.db.centre import Centre
from tests.records import Feed, at, order

_numbers = count(1)
SIGN_DUE, CONTACT_DUE, DUE = "2026-11-23T16:00:00+00:00", "2026-11-21T01:00:00+00:00", "2026-11-27T16:00:00+00:00"
REPORTED, ASSIGNED = "2026-11-20T00:00:00+00:00", "2026-11-20T01:00:00+00:00"
SIGNED, FINISHED = "2026-11-20T02:00:00+00:00", "2026-11-20T03:00:00+00:00"
VISITED, CLOSED = "2026-11-20T04:00:00+00:00", "2026-11-20T05:00:00+00:00"
EXTENDED, IN_2027 = "2026-12-04T16:00:00+00:00", "2027-01-07T16:00:00+00:00"
RULE = "2026-1/finish/complaint"
CASE = {
    "status": "to_sign", "ended": False, "feed": "hotline12345", "reports": 1, "category": "fumes", "appeal": "complaint",
    "urgency": "ordinary", "colour": "blue", "township": "999921001", "village": None, "grid": None, "unit_code": "U-CITY",
    "sensitive": False, "round": 1, "reported_at": REPORTED, "due_at": DUE, "due_rule": RULE, "provisional": False,
    "finished_at": None, "closed_at": None, "merged_into": None,
}  # fmt: skip
SPAN = {
    "number": 1, "unit_code": "U-CITY", "unit_name": "城管局", "assigned_at": ASSIGNED, "sign_due_at": SIGN_DUE,
    "signed_at": None, "contact_due_at": CONTACT_DUE, "contacted_at": None, "finish_due_at": DUE, "finish_rule": RULE,
    "original_due_at": None, "finished_at": None, "ended_at": None, "end_reason": None,
}  # fmt: skip
DESCRIBED = {
    "category": "fumes",
    "appeal": "complaint",
    "urgency": "ordinary",
    "township": "999921001",
    "colour": "blue",
}
FINISH = {"due_at": DUE, "due_rule": RULE}
GIVEN = {"unit": "U-CITY", "unit_name": "城管局", "sign_due_at": SIGN_DUE, "contact_due_at": CONTACT_DUE}
Told = tuple[str, str, dict[str, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database at 0001, empty."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database(f"old_{next(_numbers)}")
    database = Database(url)
    assert migrate.upgrade(database, "0001") is False, "there was nothing to tell again"
    yield database
    database.close()


class Filling:
    """Writes rows as they were at 0001, in plain SQL."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._entry = count(1)

    def case(self, case_id: int, *told: Told, report: str = "", **changes: Any) -> None:
        key = report or f"hotline12345:DH{case_id}"
        row = {"id": case_id, "code": f"YC-20261120-{case_id:05}", "report": key, "version": len(told)}
        self.insert("cases", CASE | row | changes)
        for version, (kind, occurred_at, payload) in enumerate(told, 1):
            entry = {"id": next(self._entry), "case_id": case_id, "version": version, "type": kind, "report": key}
            times = {"occurred_at": occurred_at, "recorded_at": "2026-11-20T06:00:00+00:00"}
            of = payload.get("report", key)
            said = {name: value for name, value in payload.items() if name != "report"}
            self.insert("journal", entry | times | {"actor": "hotline12345", "payload": json.dumps(said), "report": of})

    def span(self, case_id: int, report: str = "", **changes: Any) -> None:
        self.insert(
            "assignments", SPAN | {"case_id": case_id, "report": report or f"hotline12345:DH{case_id}"} | changes
        )

    def insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        self.connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)


def begun(report: str = "") -> tuple[Told, Told]:
    of = {"report": report} if report else {}
    return ("registered", REPORTED, {**DESCRIBED, **FINISH, **of}), ("assigned", ASSIGNED, {**GIVEN, **FINISH, **of})


def fill_ordinary(connection: Connection) -> None:
    """Two cases on their way, one closed, and one that was merged into the second."""
    filling = Filling(connection)
    filling.case(1, *begun(), ("signed", SIGNED, {}), status="handling")
    filling.span(1, signed_at=SIGNED)
    filling.case(
        2,
        *begun(),
        ("finished", FINISHED, {"review": False}),
        ("visited", VISITED, {"reached": True, "solved": True, "satisfaction": "satisfied"}),
        ("closed", CLOSED, {}),
        status="closed",
        ended=True,
        finished_at=FINISHED,
        closed_at=CLOSED,
    )
    filling.span(2, finished_at=FINISHED, ended_at=CLOSED, end_reason="closed")
    filling.case(3, *begun(), *begun("hotline12345:DH4"), reports=2)
    filling.span(3)
    filling.span(3, "hotline12345:DH4", number=2)
    filling.case(4, *begun(), ("merged", ASSIGNED, {"into": 3}), status="merged", ended=True, merged_into=3)


def fill_with_what_0001_did_not_keep(connection: Connection) -> None:
    """A case whose deadline was extended, and one whose deadline rests on an unpublished year."""
    filling = Filling(connection)
    filling.case(1, *begun(), ("extended", SIGNED, {"due_at": EXTENDED}), due_at=EXTENDED, due_rule="extension")
    filling.span(1, finish_due_at=EXTENDED, finish_rule="extension", original_due_at=DUE)
    later = {"due_at": IN_2027, "due_rule": RULE, "provisional": True}
    registered: Told = ("registered", REPORTED, {**DESCRIBED, **later})
    filling.case(2, registered, ("assigned", ASSIGNED, {**GIVEN, **later}), due_at=IN_2027, provisional=True)
    filling.span(2, finish_due_at=IN_2027)


def filled(database: Database, fill: Callable[[Connection], None]) -> None:
    with database.write() as session:
        fill(session.connection())


def found(database: Database) -> list[str]:
    with database.read() as session:
        return list(differences(session))


def columns(database: Database, table: str) -> set[str]:
    return {column["name"] for column in inspect(database.engine).get_columns(table)}


def contents(database: Database) -> dict[str, list[str]]:
    """What every table of 0001 holds."""
    with database.read() as session:
        return {
            name: sorted(repr(tuple(row)) for row in session.execute(text(f"SELECT * FROM {name}")))
            for name in ("cases", "assignments", "journal")
        }


def test_ordinary_cases_are_told_as_before(old: Database) -> None:
    filled(old, fill_ordinary)
    assert migrate.upgrade(old, tell_again=rebuild) is True
    assert found(old) == []
    assert migrate.differences(old) == []
    with old.read() as session:
        spans = [(span.role, span.sign_rule, span.provisional, span.paused_at) for span in session.query(Assignment)]
        assert spans == [("holder", "", False, None)] * 4
        assert {case.visit_due_at for case in session.query(Case)} == {None}


def test_down_and_up_again_nothing_is_lost(old: Database) -> None:
    filled(old, fill_ordinary)
    before = contents(old)
    migrate.upgrade(old)
    migrate.downgrade(old, "0001")
    assert contents(old) == before
    assert not {"role", "sign_rule", "paused_at", "reminded_step"} & columns(old, "assignments")
    assert not {"visit_due_at", "result", "paused_at", "original_due_at"} & columns(old, "cases")
    assert migrate.upgrade(old, tell_again=rebuild) is True
    assert found(old) == []
    assert migrate.differences(old) == []
    assert migrate.upgrade(old) is False, "it is the newest already"


def test_what_0001_did_not_keep_is_told_again_from_the_journal(old: Database) -> None:
    """`run.py` rebuilds after an upgrade of a database that was there; this is why."""
    filled(old, fill_with_what_0001_did_not_keep)
    assert migrate.upgrade(old) is True
    with old.write() as session:
        assert rebuild(session) == 2
    assert found(old) == []
    with old.read() as session:
        extended, provisional = session.query(Case).order_by(Case.id)
        assert (extended.due_at, extended.original_due_at) == (at("12-05 00:00"), at("11-28 00:00"))
        assert provisional.code == "YC-20261120-00002"
        assert [span.provisional for span in session.query(Assignment).order_by(Assignment.case_id)] == [False, True]


def test_people_can_act_on_what_was_recorded_before(old: Database, rules: Rules) -> None:
    filled(old, fill_ordinary)
    migrate.upgrade(old, tell_again=rebuild)
    with old.write() as session:
        acts.act(session, rules, 3, Sign(by="U-CITY", at=at("11-20 15:00")))
    assert found(old) == []


def test_what_0001_has_no_place_for_comes_back_from_the_journal(database: Database, recorder: Recorder) -> None:
    centre = Centre(database, recorder)
    case_id = centre.hear(Feed.HOTLINE12345, order())
    centre.act(case_id, Sign(by="U-CITY", at=at("11-20 10:00")))
    centre.act(case_id, Whistle(by="U-CITY", at=at("11-20 11:00"), units=("U-FIRE",)))
    centre.act(case_id, Pause(by="U-CITY", at=at("11-20 11:00"), reason="等鉴定", approver="centre"))
    migrate.downgrade(database, "0001")
    assert migrate.upgrade(database) is True
    assert found(database) != []
    with database.write() as session:
        rebuild(session)
    centre.check()
    assert [span.role for span in centre.spans(case_id)] == ["holder", "helper"]
    assert centre.case(case_id).paused_at == at("11-20 11:00")


def test_an_upgrade_and_what_is_told_again_are_one(old: Database) -> None:
    filled(old, fill_with_what_0001_did_not_keep)

    def fail(session: Session) -> None:
        rebuild(session)
        raise LookupError

    with pytest.raises(LookupError):
        migrate.upgrade(old, tell_again=fail)
    assert "paused_at" not in columns(old, "cases"), "the schema did not move without the journal's word"
    assert migrate.upgrade(old, tell_again=rebuild) is True
    assert found(old) == []
