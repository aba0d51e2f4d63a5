"""Accounts as rows: who may be added, what ends a session, when an account is locked."""

from datetime import timedelta
from typing import Any

import pytest

from casework.roles import BadAccount, Role
from db import accounts
from db.accounts import FIRST_LOCK, IDLE, LASTS, LONGEST_LOCK, Answer
from db.database import Database
from db.device_links import hash_of
from db.models import Account, SignIn
from tests.db.people import COUNTY, PASSWORD, STORED, People

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def row(people: People, login: str = "zhangmin") -> Account:
    with people.database.read() as session:
        return accounts.account_row(session, login)


def fails(people: People, times: int) -> None:
    with people.database.write() as session:
        account_id = accounts.account_row(session, "zhangmin").id
        for _ in range(times):
            accounts.note_failure(session, account_id, people.now)


def test_an_account_is_kept_as_it_was_added(people: People) -> None:
    unit = COUNTY.departments[0].code
    added = people.add("lina", Role.DEPARTMENT, unit, name=" 李娜 ", subject="sub-1")
    assert added._replace(id=0) == (0, "lina", "李娜", Role.DEPARTMENT, unit)
    with people.database.read() as session:
        assert accounts.named(session, [added.id, 99]) == {added.id: added}
        assert accounts.names_of_logins(session) == {"lina": "李娜"}
        assert [each.login for each in accounts.accounts(session)] == ["lina"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "there is an account zhangmin already"),
        ({"login": "lina", "subject": "sub-1"}, "belongs to another account"),
        ({"login": "lina", "name": " "}, "needs the name"),
        ({"login": "lina", "password_hash": None}, "needs a password, or the subject"),
        ({"login": "lina", "role": Role.GRID}, "needs a unit"),
        ({"login": "Li Na"}, "a login is"),
    ],
)
def test_an_account_that_can_not_be_is_refused(people: People, changes: dict[str, Any], sentence: str) -> None:
    people.add(subject="sub-1")
    with pytest.raises(BadAccount, match=sentence):
        people.add(**changes)
    with people.database.read() as session:
        assert len(accounts.accounts(session)) == 1


def test_who_signs_in_elsewhere_needs_no_password(people: People) -> None:
    people.add(password_hash=None, subject="sub-1")
    people.add("lina", password_hash=None, subject="sub-2")
    assert people.tries().answer is Answer.WRONG
    attempt = people.door.by_subject("sub-2", "", "")
    assert attempt.account is not None
    assert attempt.account.login == "lina"
    assert people.door.by_subject("sub-3", "", "").answer is Answer.WRONG


@pytest.mark.parametrize(
    "change",
    [
        lambda session, at: accounts.disable(session, "nobody", at),
        lambda session, at: accounts.enable(session, "nobody"),
        lambda session, at: accounts.set_password(session, "nobody", STORED, at),
    ],
)
def test_an_account_nobody_has_is_named(people: People, change: Any) -> None:
    with pytest.raises(BadAccount, match="there is no account nobody"), people.database.write() as session:
        change(session, people.now)


def test_four_failures_lock_nothing_and_from_the_fifth_on_each_locks_for_twice_as_long(people: People) -> None:
    people.add()
    fails(people, 4)
    assert row(people).locked_until is None
    minutes = []
    for _ in range(7):
        fails(people, 1)
        until = row(people).locked_until
        assert until is not None
        minutes.append((until - people.now) / FIRST_LOCK)
    assert minutes == [1, 2, 4, 8, 15, 15, 15]
    with people.database.write() as session:
        accounts.account_row(session, "zhangmin").failures = 2000
    fails(people, 1)
    assert row(people).locked_until == people.now + LONGEST_LOCK


def test_a_success_ends_the_count(people: People) -> None:
    account = people.add()
    fails(people, 4)
    with people.database.write() as session:
        accounts.note_success(session, account.id)
    fails(people, 4)
    assert (row(people).failures, row(people).locked_until) == (4, None)


def test_a_failure_of_nobody_changes_nothing(people: People) -> None:
    people.add()
    with people.database.write() as session:
        accounts.note_failure(session, 99, people.now)
    assert row(people).failures == 0


@pytest.mark.parametrize("mend", ["password", "enable"])
def test_a_new_password_and_an_enabling_end_a_lock(people: People, mend: str) -> None:
    people.add()
    fails(people, 5)
    with people.database.write() as session:
        if mend == "password":
            accounts.set_password(session, "zhangmin", STORED, people.now)
        else:
            accounts.enable(session, "zhangmin")
    assert (row(people).failures, row(people).locked_until) == (0, None)
    assert people.tries().answer is Answer.ADMITTED


def test_a_session_lasts_one_shift_however_much_it_is_used(people: People) -> None:
    people.add()
    people.tries()
    begun = people.now
    while people.now < begun + LASTS - IDLE / 2:
        people.passes(hours=1)
        people.door.mark_seen([each.id for each in people.door.in_force().values()])
    people.now = begun + LASTS - INSTANT
    assert len(people.door.in_force()) == 1
    people.now = begun + LASTS
    assert people.door.in_force() == {}


def test_a_session_that_is_not_used_for_two_hours_has_ended_for_good(people: People) -> None:
    people.add()
    people.tries()
    (session_id,) = (each.id for each in people.door.in_force().values())
    people.now += IDLE - INSTANT
    assert len(people.door.in_force()) == 1
    people.now += INSTANT
    assert people.door.in_force() == {}
    people.door.mark_seen([session_id])
    assert people.door.in_force() == {}, "a mark that comes too late revives nothing"


def test_a_session_in_use_is_not_idle(people: People) -> None:
    account = people.add()
    people.tries()
    for _ in range(3):
        people.now += IDLE - INSTANT
        people.door.mark_seen([each.id for each in people.door.in_force().values()])
    assert len(people.door.in_force()) == 1
    with people.database.read() as session:
        assert accounts.last_seen(session) == {account.id: people.now}


@pytest.mark.parametrize("end", ["disable", "password", "all", "one"])
def test_what_ends_sessions_ends_those_of_that_account_alone(people: People, end: str) -> None:
    account = people.add()
    people.add("lina")
    people.tries()
    people.tries()
    people.tries(login="lina")
    mine = [each for each in people.door.in_force().values() if each.account == account]
    with people.database.write() as session:
        match end:
            case "disable":
                ended = accounts.disable(session, "zhangmin", people.now)
            case "password":
                ended = accounts.set_password(session, "zhangmin", STORED, people.now)
            case "all":
                ended = accounts.end_sessions(session, account.id, people.now)
            case _:
                ended = accounts.end_sessions(session, account.id, people.now, but=mine[0].id)
    left = [each.account.login for each in people.door.in_force().values()]
    assert (ended, left) == ((1, ["zhangmin", "lina"]) if end == "one" else (2, ["lina"]))


def test_enabling_does_not_bring_back_the_sessions_that_disabling_ended(people: People) -> None:
    people.add()
    people.tries()
    with people.database.write() as session:
        accounts.disable(session, "zhangmin", people.now)
        accounts.enable(session, "zhangmin")
    assert people.door.in_force() == {}
    assert people.tries().answer is Answer.ADMITTED


def test_a_disabled_account_has_been_so_since_the_first_time(people: People) -> None:
    people.add()
    first = people.now
    for _ in range(2):
        with people.database.write() as session:
            accounts.disable(session, "zhangmin", people.now)
        people.passes(days=1)
    assert row(people).disabled_at == first


def test_the_sessions_of_an_account_are_listed_while_they_last(people: People) -> None:
    account = people.add()
    people.tries()
    people.passes(hours=1)
    people.tries()
    with people.database.read() as session:
        assert [each.created_at for each in accounts.sessions_of(session, account.id, people.now)] == [
            people.now,
            people.now - timedelta(hours=1),
        ]
        assert accounts.sessions_of(session, account.id, people.now + IDLE) == []


def test_a_sessions_token_is_told_and_not_kept(people: People) -> None:
    people.add()
    attempt = people.tries()
    assert attempt.token is not None
    assert len(attempt.token) >= 43
    with people.database.read() as session:
        kept = session.query(SignIn).one()
        assert attempt.token not in repr(vars(kept))
        assert list(people.door.in_force()) == [hash_of(attempt.token)]
    assert PASSWORD not in repr(vars(kept))


def test_a_demo_account_is_one_until_it_is_disabled_or_given_a_password(people: People) -> None:
    for login in ("one", "two", "three"):
        people.add(login, demo=True)
    people.add("four")
    with people.database.write() as session:
        assert accounts.demo_logins(session) == ["one", "three", "two"]
        accounts.disable(session, "one", people.now)
        accounts.set_password(session, "two", STORED, people.now)
    with people.database.read() as session:
        assert accounts.demo_logins(session) == ["three"]
