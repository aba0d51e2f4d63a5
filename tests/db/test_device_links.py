"""Whose a device link is, and until when."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from db.database import Database
from db.device_links import (
    OPEN_WITHIN,
    DatabaseLinks,
    InForce,
    Opened,
    Opening,
    bind_link,
    hash_of,
    links,
    mark_seen,
    new_link,
    revoke_links,
)
from db.models import DeviceLink
from tests.records import NOW

SOON = NOW + timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def token(database: Database) -> str:
    return made(database, "大厅")


def made(database: Database, name: str) -> str:
    with database.write() as session:
        return new_link(session, name, NOW)


def revoked(database: Database, name: str) -> int:
    with database.write() as session:
        return revoke_links(session, name, SOON)


def kept(database: Database) -> list[DeviceLink]:
    with database.read() as session:
        found = list(links(session))
        session.expunge_all()
        return found


def test_a_link_is_bound_to_the_display_that_opens_it_first(database: Database, token: str) -> None:
    door = DatabaseLinks(database, lambda: SOON)
    assert door.in_force() == {}
    opened = door.open(token)
    (link,) = kept(database)
    assert opened.outcome is Opening.BOUND
    assert opened.secret is not None
    assert (opened.link_id, link.bound_at, link.seen_at) == (link.id, SOON, SOON)
    assert door.in_force() == {link.id: InForce(hash_of(opened.secret))}


def test_its_token_is_of_no_use_afterwards(database: Database, token: str) -> None:
    door = DatabaseLinks(database, lambda: SOON)
    first = door.open(token)
    before = door.in_force()
    assert door.open(token) == Opened(Opening.TAKEN, first.link_id)
    assert door.in_force() == before


def test_neither_token_nor_secret_is_kept(database: Database, token: str) -> None:
    secret = DatabaseLinks(database, lambda: SOON).open(token).secret
    assert secret is not None
    with database.read() as session:
        row = repr(session.execute(select(*DeviceLink.__table__.columns)).one())
    assert token not in row
    assert secret not in row
    assert secret != token


def test_of_two_displays_that_open_it_at_once_one_gets_it(database: Database, token: str) -> None:
    """The second has found it free, and waits for the first to commit."""
    told: list[Opened] = []
    second = threading.Thread(target=lambda: told.append(DatabaseLinks(database, lambda: SOON).open(token)))
    with database.write() as session:
        first = bind_link(session, token, SOON)
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
    second.join(timeout=10)
    assert first.outcome is Opening.BOUND
    assert told == [Opened(Opening.TAKEN, first.link_id)]


def test_of_many_displays_at_once_one_gets_it(database: Database, token: str) -> None:
    told: list[Opened] = []
    ready = threading.Barrier(6)

    def open_it() -> None:
        ready.wait(timeout=10)
        told.append(DatabaseLinks(database, lambda: SOON).open(token))

    displays = [threading.Thread(target=open_it) for _ in range(6)]
    for display in displays:
        display.start()
    for display in displays:
        display.join(timeout=20)
    assert sorted(opened.outcome for opened in told) == [Opening.BOUND, *[Opening.TAKEN] * 5]
    assert sum(opened.secret is not None for opened in told) == 1


def test_a_link_that_nobody_opens_for_a_week_is_refused(database: Database, token: str) -> None:
    assert DatabaseLinks(database, lambda: NOW + OPEN_WITHIN).open(token) == Opened(Opening.EXPIRED)
    with database.write() as session:
        assert bind_link(session, token, NOW + OPEN_WITHIN) == Opened(Opening.EXPIRED)
    assert kept(database)[0].bound_at is None
    assert DatabaseLinks(database, lambda: NOW + OPEN_WITHIN - INSTANT).open(token).outcome is Opening.BOUND


def test_a_bound_link_does_not_expire(database: Database, token: str) -> None:
    first = DatabaseLinks(database, lambda: SOON).open(token)
    later = DatabaseLinks(database, lambda: SOON + timedelta(days=1000))
    assert later.open(token) == Opened(Opening.TAKEN, first.link_id)
    assert first.link_id in later.in_force()


def test_revoking_takes_back_every_link_of_that_display_and_no_other(database: Database, token: str) -> None:
    door = DatabaseLinks(database, lambda: SOON)
    door.open(token)
    unopened, other = made(database, "大厅"), door.open(made(database, "值班室"))
    assert revoked(database, "大厅") == 2
    assert revoked(database, "大厅") == 0
    assert set(door.in_force()) == {other.link_id}
    assert door.open(token) == Opened(Opening.UNKNOWN)
    assert door.open(unopened) == Opened(Opening.UNKNOWN)


def test_a_link_revoked_while_it_is_being_opened_is_not_bound(database: Database, token: str) -> None:
    revoked(database, "大厅")
    with database.write() as session:
        assert bind_link(session, token, SOON) == Opened(Opening.UNKNOWN)
    assert kept(database)[0].binding_hash is None


def test_a_token_nobody_made_is_unknown_and_waits_for_no_writer(database: Database, token: str) -> None:
    with database.write() as session:
        revoke_links(session, "值班室", SOON)  # takes SQLite's write lock
        assert DatabaseLinks(database, lambda: SOON).open("x" * 43) == Opened(Opening.UNKNOWN)
        assert DatabaseLinks(database, lambda: SOON).open("") == Opened(Opening.UNKNOWN)


def test_displays_are_noted_as_seen(database: Database, token: str) -> None:
    door = DatabaseLinks(database, lambda: SOON)
    first, second = door.open(token), door.open(made(database, "值班室"))
    assert first.link_id is not None
    assert second.link_id is not None
    later = SOON + timedelta(hours=1)
    with database.write() as session:
        mark_seen(session, {second.link_id}, later)
    assert [link.seen_at for link in kept(database)] == [SOON, later]
    DatabaseLinks(database, lambda: later).mark_seen({first.link_id})
    assert [link.seen_at for link in kept(database)] == [later, later]
