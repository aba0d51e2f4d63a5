"""Who is let in."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from dashboard.auth import (
    FRESH,
    GATHERED_FOR,
    NOTED_EVERY,
    TRUSTED_WHILE_AWAY,
    Access,
    Area,
    Attendance,
    Doorkeeper,
    Pass,
    Verdict,
    Visitor,
    area_of,
    is_local,
    pass_of,
    same_origin,
)
from dashboard.live.endpoint import ASK_AGAIN_AFTER
from db.database import BUSY_SECONDS, DatabaseAway
from db.device_links import InForce, Opened, Opening, hash_of
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
        ("/desk", Area.NOWHERE),
        ("/ops", Area.NOWHERE),
        ("/live/desk", Area.NOWHERE),
    ],
)
def test_what_is_not_named_does_not_exist(path: str, area: Area) -> None:
    assert area_of(path) is area


def scope(**headers: str) -> dict[str, Any]:
    pairs = {"host": "wall.example", **headers}
    return {
        "type": "http",
        "client": ("10.0.0.7", 5000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in pairs.items()],
    }


MINE = Pass(7, "m" * 43)
COOKIE = f"bihuan_link={MINE}"


@dataclass
class Links:
    """Links in a database that can go away; counts how often it is asked."""

    secrets: dict[int, str] = field(default_factory=lambda: dict([MINE]))
    driving: set[int] = field(default_factory=set)
    away: bool = False
    looks: int = 0
    seen: list[set[int]] = field(default_factory=list)

    def open(self, token: str) -> Opened:
        return Opened(Opening.UNKNOWN)

    def in_force(self) -> Mapping[int, InForce]:
        self.looks += 1
        if self.away:
            raise DatabaseAway("gone")
        return {link_id: InForce(hash_of(secret), link_id in self.driving) for link_id, secret in self.secrets.items()}

    def mark_seen(self, link_ids: Collection[int]) -> None:
        if self.away:
            raise DatabaseAway("gone")
        self.seen.append(set(link_ids))


@pytest.fixture
def links() -> Links:
    return Links()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def keeper(links: Links, time: FakeTime) -> Doorkeeper:
    return Doorkeeper(Access(links=links), monotonic=lambda: time.elapsed)


def verdict(keeper: Doorkeeper, **headers: str) -> Verdict:
    return asyncio.run(keeper.admits(scope(**headers)))


@pytest.mark.parametrize(
    ("cookie", "shown"),
    [
        (str(MINE), MINE),
        ("m" * 43, None),  # the token itself, as it was once kept
        ("", None),
        ("7.", None),
        ("7." + "m" * 5000, None),
        ("9" * 5000 + "." + "m" * 43, None),
        ("-7." + "m" * 43, None),
        ("\u00b2." + "m" * 43, None),
        (f"{MINE}\n", None),
    ],
)
def test_a_pass_is_a_number_and_a_secret(cookie: str, shown: Pass | None) -> None:
    assert pass_of(cookie) == shown


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (COOKIE, Verdict.ADMITTED),
        (f"bihuan_link={Pass(7, 'x' * 43)}", Verdict.REFUSED),
        (f"bihuan_link={Pass(8, 'm' * 43)}", Verdict.REFUSED),
        (f"bihuan_link=7.{hash_of(MINE.secret)}", Verdict.REFUSED),  # what the database knows opens nothing
        ("bihuan_link=7.", Verdict.REFUSED),
        ("other=1", Verdict.REFUSED),
    ],
)
def test_a_display_from_elsewhere_is_admitted_by_its_own_secret(
    keeper: Doorkeeper, cookie: str, expected: Verdict
) -> None:
    assert verdict(keeper, cookie=cookie) is expected


def test_under_the_link_policy_this_machine_needs_one_too() -> None:
    near = {**scope(host="127.0.0.1"), "client": ("127.0.0.1", 5000)}
    assert asyncio.run(Doorkeeper(Access(wall="local")).admits(near)) is Verdict.ADMITTED
    assert asyncio.run(Doorkeeper(Access(wall="link")).admits(near)) is Verdict.REFUSED


def test_a_link_in_force_stays_good_for_a_day_while_the_database_is_away(
    keeper: Doorkeeper, links: Links, time: FakeTime
) -> None:
    links.secrets[8] = "o" * 43
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    links.away = True
    time.pause(TRUSTED_WHILE_AWAY - 1)
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    assert verdict(keeper, cookie=f"bihuan_link={Pass(8, 'o' * 43)}") is Verdict.ADMITTED
    time.pause(2)
    assert verdict(keeper, cookie=COOKIE) is Verdict.UNSURE
    links.away = False
    time.pause(FRESH)
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED


def test_while_the_database_is_away_nobody_unknown_is_let_in_or_told_to_go(keeper: Doorkeeper, links: Links) -> None:
    links.away = True
    assert verdict(keeper, cookie=COOKIE) is Verdict.UNSURE
    assert verdict(keeper) is Verdict.REFUSED


def test_a_revoked_link_is_refused_within_a_second_and_not_remembered(
    keeper: Doorkeeper, links: Links, time: FakeTime
) -> None:
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    links.secrets.clear()
    time.pause(FRESH)
    assert verdict(keeper, cookie=COOKIE) is Verdict.REFUSED
    links.away = True
    time.pause(FRESH)
    assert verdict(keeper, cookie=COOKIE) is not Verdict.ADMITTED


def test_a_display_bound_just_now_is_admitted_at_once(keeper: Doorkeeper, links: Links) -> None:
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    links.secrets[8] = "o" * 43
    assert verdict(keeper, cookie=f"bihuan_link={Pass(8, 'o' * 43)}") is Verdict.ADMITTED


def test_one_look_serves_fifty_walls(keeper: Doorkeeper, links: Links, time: FakeTime) -> None:
    links.secrets = dict.fromkeys(range(50), "m" * 43)
    scopes = [scope(cookie=f"bihuan_link={Pass(number, 'm' * 43)}") for number in range(50)]

    async def all_ask() -> None:
        for looks in (1, 1, 2, 2, 3):
            assert set(await asyncio.gather(*map(keeper.admits, scopes))) == {Verdict.ADMITTED}
            assert links.looks == looks
            time.pause(FRESH * 2 / 3)

    asyncio.run(all_ask())


def test_a_crowd_of_strangers_is_refused_by_two_looks(links: Links) -> None:
    """The first of them begins one; who came later needs a newer one, and that is newer than all of them."""
    keeper = Doorkeeper(Access(links=links))
    scopes = [scope(cookie=f"bihuan_link={Pass(number, 'x' * 43)}") for number in range(50)]

    async def all_ask() -> set[Verdict]:
        return set(await asyncio.gather(*map(keeper.admits, scopes)))

    assert asyncio.run(all_ask()) == {Verdict.REFUSED}
    assert links.looks == 2


def test_a_database_that_is_away_is_asked_no_more_often(keeper: Doorkeeper, links: Links, time: FakeTime) -> None:
    assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    links.away = True
    time.pause(FRESH)
    for _ in range(3):
        assert verdict(keeper, cookie=COOKIE) is Verdict.ADMITTED
    assert links.looks == 2


def test_displays_are_written_down_some_at_a_time_and_seldom(links: Links, time: FakeTime) -> None:
    attendance = Attendance(links.mark_seen, lambda: time.elapsed, gathered_for=0.0)

    async def be_there(*link_ids: int) -> None:
        for link_id in link_ids:
            attendance.note(link_id)
        await asyncio.sleep(0.05)

    async def stay() -> None:
        await be_there(1, 2, 1)
        await be_there(1, 2)
        assert links.seen == [{1, 2}]
        time.pause(NOTED_EVERY)
        await be_there(2)
        assert links.seen == [{1, 2}, {2}]
        links.away = True
        time.pause(NOTED_EVERY)
        await be_there(1)
        links.away = False
        time.pause(NOTED_EVERY)
        await be_there(1)
        assert links.seen == [{1, 2}, {2}, {1}]

    asyncio.run(stay())


def test_what_is_written_of_a_lit_wall_is_never_a_minute_old() -> None:
    waiting_for_the_write_lock = BUSY_SECONDS
    assert NOTED_EVERY + ASK_AGAIN_AFTER + GATHERED_FOR + waiting_for_the_write_lock < 60


def test_an_admitted_display_is_written_down_and_a_refused_one_is_not(links: Links) -> None:
    keeper = Doorkeeper(Access(links=links), gathered_for=0.0)

    async def ask() -> None:
        await keeper.admits(scope(cookie=COOKIE))
        await keeper.admits(scope(cookie=f"bihuan_link={Pass(8, 'x' * 43)}"))
        await asyncio.sleep(0.05)

    asyncio.run(ask())
    assert links.seen == [{7}]


def test_metrics_are_for_this_machine_or_a_token() -> None:
    keeper = Doorkeeper(Access(metrics_token="secret"))
    assert keeper.may_read_metrics(scope(authorization="Bearer secret"))
    assert not keeper.may_read_metrics(scope(authorization="Bearer other"))
    assert not keeper.may_read_metrics(scope())
    assert not Doorkeeper(Access()).may_read_metrics(scope(authorization="Bearer "))
