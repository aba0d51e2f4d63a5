"""How people sign in, and who is not let in, whatever they try."""

import threading
from collections.abc import Callable

import pytest

from casework.roles import Role
from db import accounts
from db.accounts import FAILURES_ALLOWED, Answer, Attempt
from db.audit import Deed
from db.database import Database
from db.device_links import hash_of
from db.models import Account
from db.passwords import Passwords
from db.sign_ins import DatabaseSignIns
from tests.db.people import ADDRESS, AGENT, CHEAP, PASSWORD, STORED, People
from tests.records import NOW, VAULT

WRONG = "not the password at all"


@pytest.fixture
def people(database: Database) -> People:
    people = People(database)
    people.add()
    return people


class Watched(Passwords):
    """Cheap passwords that note against what they were asked to look; `meanwhile` happens while they look."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__(CHEAP._hasher)
        self.looked_at: list[str | None] = []
        self.meanwhile = meanwhile

    def fits(self, stored: str | None, password: str) -> bool:
        self.looked_at.append(stored)
        self.meanwhile()
        return super().fits(stored, password)


def locked(people: People) -> None:
    for _ in range(FAILURES_ALLOWED):
        assert people.tries(WRONG).answer is Answer.WRONG


def test_the_right_password_begins_a_session(people: People) -> None:
    attempt = people.tries()
    assert attempt.answer is Answer.ADMITTED
    assert attempt.token is not None
    (known,) = people.door.in_force().items()
    assert known[0] == hash_of(attempt.token)
    assert known[1].account == attempt.account
    (row,) = people.logged()
    assert (row.kind, row.login, row.at, row.detail) == (Deed.SIGNED_IN, "zhangmin", NOW, {"address": ADDRESS})


def test_each_sign_in_is_a_session_of_its_own(people: People) -> None:
    first, second = people.tries(), people.tries()
    assert first.token != second.token
    one, other = people.door.in_force().values()
    people.door.end(one)
    assert list(people.door.in_force().values()) == [other]
    assert [row.kind for row in people.logged()] == [Deed.SIGNED_IN, Deed.SIGNED_IN, Deed.SIGNED_OUT]


def test_a_wrong_password_begins_none_and_is_written_down_without_what_was_typed(people: People) -> None:
    assert people.tries(WRONG) == Attempt(Answer.WRONG)
    assert people.door.in_force() == {}
    (row,) = people.logged()
    assert (row.kind, row.login, row.detail) == (
        Deed.SIGN_IN_FAILED,
        "zhangmin",
        {"why": "wrong", "address": ADDRESS},
    )


def test_a_locked_accounts_right_password_is_refused_until_the_lock_ends(people: People) -> None:
    locked(people)
    assert people.tries() == Attempt(Answer.LOCKED)
    people.passes(seconds=59)
    assert people.tries() == Attempt(Answer.LOCKED)
    people.passes(seconds=1)
    assert people.tries().answer is Answer.ADMITTED
    locked(people)


def test_each_failure_after_a_lock_locks_for_longer(people: People) -> None:
    locked(people)
    for minutes in (1, 2, 4, 8, 15, 15):
        people.passes(minutes=minutes, seconds=-1)
        assert people.tries().answer is Answer.LOCKED
        people.passes(seconds=1)
        assert people.tries(WRONG).answer is Answer.WRONG


def test_tries_while_it_is_locked_do_not_lengthen_the_lock(people: People) -> None:
    locked(people)
    for _ in range(20):
        assert people.tries(WRONG).answer is Answer.LOCKED
    people.passes(minutes=1)
    assert people.tries().answer is Answer.ADMITTED


def test_the_locks_are_each_accounts_own(people: People) -> None:
    people.add("lina")
    locked(people)
    assert people.tries(login="lina").answer is Answer.ADMITTED


@pytest.mark.parametrize(
    "login", ["nobody", "", "x" * 4000, "zhang\x00min", "\ud800", "Zhangmin", "张敏", "zhangmin'--", "zhangmin "]
)
def test_a_login_nobody_has_takes_the_same_way_and_is_not_written_down(people: People, login: str) -> None:
    watched = Watched()
    door = DatabaseSignIns(people.database, VAULT, lambda: NOW, watched)
    assert door.try_password(login, PASSWORD, ADDRESS, AGENT) == Attempt(Answer.WRONG)
    assert watched.looked_at == [None], "a password is looked at, so that it takes as long"
    (row,) = people.logged()
    assert (row.login, row.account_id) == ("", None)
    assert row.detail == {"why": "wrong", "address": ADDRESS}


def test_a_locked_account_takes_as_long_and_its_password_is_not_looked_at(people: People) -> None:
    locked(people)
    watched = Watched()
    door = DatabaseSignIns(people.database, VAULT, lambda: NOW, watched)
    door.try_password("zhangmin", PASSWORD, ADDRESS, AGENT)
    assert watched.looked_at == [None]


def test_a_disabled_account_is_refused_and_only_who_knows_its_password_could_tell(people: People) -> None:
    with people.database.write() as session:
        accounts.disable(session, "zhangmin", NOW)
    assert people.tries(WRONG) == Attempt(Answer.WRONG)
    assert people.tries() == Attempt(Answer.DISABLED)
    assert [row.detail["why"] for row in people.logged()] == ["wrong", "disabled"]


def test_a_disabled_account_is_not_let_in_by_its_subject_either(people: People) -> None:
    people.add("lina", password_hash=None, subject="sub-1")
    assert people.door.by_subject("sub-1", ADDRESS, AGENT).answer is Answer.ADMITTED
    with people.database.write() as session:
        accounts.disable(session, "lina", NOW)
    assert people.door.by_subject("sub-1", ADDRESS, AGENT) == Attempt(Answer.DISABLED)
    assert people.door.in_force() == {}


def test_wrong_passwords_do_not_keep_out_whom_the_provider_vouches_for(people: People) -> None:
    people.add("lina", subject="sub-1")
    for _ in range(FAILURES_ALLOWED):
        people.tries(WRONG, "lina")
    assert people.tries(login="lina").answer is Answer.LOCKED
    assert people.door.by_subject("sub-1", ADDRESS, AGENT).answer is Answer.ADMITTED


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("disable", Answer.DISABLED),
        ("password", Answer.WRONG),
        ("lock", Answer.LOCKED),
    ],
)
def test_what_happens_while_the_password_is_looked_at_counts(people: People, change: str, answer: Answer) -> None:
    def meanwhile() -> None:
        with people.database.write() as session:
            match change:
                case "disable":
                    accounts.disable(session, "zhangmin", NOW)
                case "password":
                    accounts.set_password(session, "zhangmin", CHEAP.stored("another good password"), NOW)
                case _:
                    account_id = accounts.account_row(session, "zhangmin").id
                    for _ in range(FAILURES_ALLOWED):
                        accounts.note_failure(session, account_id, NOW)

    door = DatabaseSignIns(people.database, VAULT, lambda: NOW, Watched(meanwhile))
    assert door.try_password("zhangmin", PASSWORD, ADDRESS, AGENT) == Attempt(answer)
    assert door.in_force() == {}


def test_many_guesses_at_once_come_to_no_more_than_one_after_the_other(people: People) -> None:
    """All of them find the account unlocked before the first is answered."""
    everybody = threading.Barrier(12)
    found: list[Answer] = []

    def guess(password: str) -> None:
        door = DatabaseSignIns(people.database, VAULT, lambda: NOW, Watched(lambda: everybody.wait(timeout=20)))
        found.append(door.try_password("zhangmin", password, ADDRESS, AGENT).answer)

    guesses = [threading.Thread(target=guess, args=(f"{WRONG} {number}",)) for number in range(12)]
    for each in guesses:
        each.start()
    for each in guesses:
        each.join(timeout=40)
    assert found == [Answer.WRONG] * 12
    with people.database.read() as session:
        assert session.query(Account.failures).scalar() == 12, "each one counts"
    assert people.tries().answer is Answer.LOCKED


def test_what_a_browser_says_of_itself_is_cut_to_what_fits(people: People) -> None:
    attempt = people.door.try_password("zhangmin", PASSWORD, "f" * 500, "x" * 5000)
    assert attempt.answer is Answer.ADMITTED


def test_a_password_that_was_set_lets_in_and_the_old_one_does_not(people: People) -> None:
    with people.database.write() as session:
        accounts.set_password(session, "zhangmin", CHEAP.stored("another good password"), NOW)
    assert people.tries().answer is Answer.WRONG
    assert people.tries("another good password").answer is Answer.ADMITTED


def test_nothing_of_a_person_is_in_what_is_written_down(people: People) -> None:
    people.add("lina", Role.GRID, "999921101001", name="李娜")
    people.tries(WRONG)
    people.tries(login="lina")
    people.tries(login="13912345678")
    people.tries(PASSWORD, PASSWORD)
    told = " ".join(repr((row.login, row.kind, row.detail)) for row in people.logged())
    assert not any(secret in told for secret in (WRONG, PASSWORD, STORED, "张敏", "李娜", "13912345678", AGENT))
