"""Who is let in."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from dashboard.auth import (
    TRUSTED_WHILE_AWAY,
    Access,
    Area,
    Doorkeeper,
    Visitor,
    area_of,
    is_local,
    same_origin,
)
from tests.dashboard.fakes import FakeTime

HERE = Visitor(peer="127.0.0.1", hosts=("127.0.0.1:8050",))


@pytest.mark.parametrize(
    ("visitor", "local"),
    [
        (HERE, True),
        (replace(HERE, hosts=("localhost",)), True),
        (replace(HERE, peer="::1", hosts=("[::1]:8050",)), True),
        (replace(HERE, peer="10.0.0.7"), False),
        (replace(HERE, peer=""), False),
        (replace(HERE, peer="testclient"), False),
        (replace(HERE, hosts=("wall.example",)), False),
        (replace(HERE, hosts=("127.0.0.1.evil.example",)), False),
        (replace(HERE, hosts=("localhost@evil.example",)), False),
        (replace(HERE, hosts=("localhost", "evil.example")), False),
        (replace(HERE, hosts=()), False),
        (replace(HERE, forwarded=True), False),
    ],
)
def test_only_this_machine_speaking_for_itself_is_local(visitor: Visitor, local: bool) -> None:
    assert is_local(visitor) is local


@pytest.mark.parametrize(
    ("origins", "same"),
    [
        (("http://127.0.0.1:8050",), True),
        (("https://127.0.0.1:8050",), True),
        (("http://127.0.0.1:9999",), False),
        (("http://evil.example",), False),
        (("null",), False),
        (("ws://127.0.0.1:8050",), False),
        (("http://127.0.0.1:8050", "http://evil.example"), False),
        ((), False),
    ],
)
def test_a_socket_is_opened_only_by_a_page_of_its_own_host(origins: tuple[str, ...], same: bool) -> None:
    assert same_origin(replace(HERE, origins=origins)) is same


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/", Area.WALL),
        ("/wall", Area.WALL),
        ("/live/wall", Area.WALL),
        ("/assets/wall.js", Area.WALL),
        ("/_dash-layout", Area.WALL),
        ("/_dash-update-component", Area.WALL),
        ("/healthz", Area.OPEN),
        ("/metrics", Area.METRICS),
        ("/wall-link/abc", Area.LINK),
        ("/_dash-ws-callback", Area.NOWHERE),
        ("/_reload-hash", Area.NOWHERE),
        ("/docs", Area.NOWHERE),
        ("/openapi.json", Area.NOWHERE),
        ("/wall/", Area.NOWHERE),
        ("/wp-login.php", Area.NOWHERE),
    ],
)
def test_what_is_not_named_does_not_exist(path: str, area: Area) -> None:
    assert area_of(path, {"/wall"}) is area


def scope(**headers: str) -> dict[str, Any]:
    pairs = {"host": "wall.example", **headers}
    return {
        "type": "http",
        "client": ("10.0.0.7", 5000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in pairs.items()],
    }


def admitted(keeper: Doorkeeper, **headers: str) -> bool:
    return asyncio.run(keeper.admits(scope(**headers)))


def test_a_device_link_admits_a_display_from_elsewhere() -> None:
    keeper = Doorkeeper(Access(link_is_valid=lambda link: link == "good"))
    assert admitted(keeper, cookie="bihuan_link=good")
    assert not admitted(keeper, cookie="bihuan_link=bad")
    assert not admitted(keeper)


def test_under_the_link_policy_this_machine_needs_one_too() -> None:
    near = {**scope(host="127.0.0.1"), "client": ("127.0.0.1", 5000)}
    assert asyncio.run(Doorkeeper(Access(wall="local")).admits(near))
    assert not asyncio.run(Doorkeeper(Access(wall="link")).admits(near))


class Links:
    """One good link, in a database that can go away."""

    def __init__(self) -> None:
        self.away = False
        self.good = True

    def __call__(self, link: str) -> bool:
        if self.away:
            raise ConnectionError
        return self.good


def test_a_link_that_was_good_stays_good_for_a_day_while_the_database_is_away() -> None:
    time, links = FakeTime(), Links()
    keeper = Doorkeeper(Access(link_is_valid=links), monotonic=lambda: time.elapsed)
    assert admitted(keeper, cookie="bihuan_link=mine")
    links.away = True
    assert admitted(keeper, cookie="bihuan_link=mine")
    assert not admitted(keeper, cookie="bihuan_link=another")
    time.pause(TRUSTED_WHILE_AWAY + 1)
    assert not admitted(keeper, cookie="bihuan_link=mine")


def test_a_revoked_link_is_not_remembered() -> None:
    links = Links()
    keeper = Doorkeeper(Access(link_is_valid=links))
    assert admitted(keeper, cookie="bihuan_link=mine")
    links.good = False
    assert not admitted(keeper, cookie="bihuan_link=mine")
    links.away = True
    assert not admitted(keeper, cookie="bihuan_link=mine")


def test_metrics_are_for_this_machine_or_a_token() -> None:
    keeper = Doorkeeper(Access(metrics_token="secret"))
    assert keeper.may_read_metrics(scope(authorization="Bearer secret"))
    assert not keeper.may_read_metrics(scope(authorization="Bearer other"))
    assert not keeper.may_read_metrics(scope())
    assert not Doorkeeper(Access()).may_read_metrics(scope(authorization="Bearer "))
