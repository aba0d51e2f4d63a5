"""Saved views: an account's own, by name."""

import pytest

from casework.errors import Refused
from casework.roles import Account
from db import views
from db.database import Database
from db.views import LONGEST_NAME, MOST
from tests.db.people import People
from tests.records import NOW

LATE = {"overdue": True}
SOON = {"soon": True}


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


def save(people: People, account: Account, name: str, query: dict[str, bool]) -> None:
    with people.database.write() as session:
        views.save_view(session, account.id, name, query, NOW)


def kept(people: People, account: Account) -> list[tuple[str, dict[str, bool]]]:
    with people.database.read() as session:
        return [(view.name, dict(view.query)) for view in views.views_of(session, account.id)]


def test_a_view_is_its_accounts_alone_and_a_name_is_used_once(people: People) -> None:
    zhang, wang = people.add(), people.add("wangqiang", name="王强")
    save(people, zhang, "  我的 超期 ", LATE)
    save(people, zhang, "快到期", SOON)
    save(people, wang, "我的 超期", SOON)
    save(people, zhang, "我的 超期", LATE | SOON)
    assert kept(people, zhang) == [("我的 超期", LATE | SOON), ("快到期", SOON)]
    assert kept(people, wang) == [("我的 超期", SOON)]


def test_nobody_deletes_anothers_view(people: People) -> None:
    zhang, wang = people.add(), people.add("wangqiang", name="王强")
    save(people, zhang, "超期", LATE)
    with people.database.read() as session:
        [view] = views.views_of(session, zhang.id)
    for account, left in ((wang, 1), (zhang, 0)):
        with people.database.write() as session:
            views.delete_view(session, account.id, view.id)
        assert len(kept(people, zhang)) == left


@pytest.mark.parametrize("name", ["", "   ", "长" * (LONGEST_NAME + 1)])
def test_a_name_that_can_not_be_is_refused(people: People, name: str) -> None:
    zhang = people.add()
    with pytest.raises(Refused, match="name"):
        save(people, zhang, name, LATE)
    assert kept(people, zhang) == []


def test_one_view_too_many_is_refused_but_not_a_new_query_for_an_old_name(people: People) -> None:
    zhang = people.add()
    for number in range(MOST):
        save(people, zhang, f"视图 {number}", LATE)
    with pytest.raises(Refused, match=str(MOST)):
        save(people, zhang, "还要一个", LATE)
    save(people, zhang, "视图 0", SOON)
    assert len(kept(people, zhang)) == MOST
