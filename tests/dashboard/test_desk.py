"""The desk's callbacks and its live line, asked by hand for every role: nobody gets what is not theirs to see."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient, WebSocketTestSession

from casework.roles import Right
from casework.vocabulary import Feed
from dashboard.assets import ASSETS
from dashboard.components.queue_grid import ROW_HEIGHT
from db import search
from db.audit import Deed
from db.models import AuditRow, Case
from db.queries.queue_clocks import DUE_SOON
from tests.dashboard.offices import BASE, ORIGIN, Office, callback, county, sign_in
from tests.records import VAULT, call, event, order

LINE = f"ws{BASE[4:]}/office/live"
ROWS = "..desk-grid.getRowsResponse...desk-found.data.."
CASE = "..desk-brief.children...desk-rest.children.."
PERSONAL = ("欧阳试验", "19900001234", "司徒样本", "19900004321", "诸葛虚构", "19900007777")
# What each login of the office sees of its three cases: the hotline's, the slip, and the grid's of the other township.
SEES = {
    "operator": {Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID},
    "leader": {Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID},
    "auditor": {Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID},
    "township": {Feed.HOTLINE12345, Feed.POLICE110},
    "other-township": {Feed.GRID},
    "department": {Feed.HOTLINE12345},
    "village": set(),
}


@pytest.fixture
def codes(office: Office) -> Mapping[Feed, str]:
    with office.database.read() as session:
        return {Feed(case.feed): case.code for case in session.scalars(select(Case))}


def rows(client: TestClient, **ask: Any) -> dict[str, Any]:
    """What the callback of the grid answers, parted: its rows, how many there are, and what is said of the list."""
    request = {"startRow": 0, "endRow": 100, "sortModel": []}
    answer = callback(client, ROWS, {"desk-grid.getRowsRequest": request}, {"desk-ask.data": ask})
    assert answer.status_code == 200, answer.text
    told = answer.json()["response"]
    return told["desk-grid"]["getRowsResponse"] | {"found": told["desk-found"]["data"]} if told else {}


def shown(client: TestClient, code: str) -> str:
    return callback(client, CASE, {"desk-open.data": {"code": code}}, {"address.search": ""}).text


def logged(office: Office, kind: Deed) -> list[tuple[str, int | None, dict[str, Any]]]:
    with office.database.read() as session:
        found = session.scalars(select(AuditRow).where(AuditRow.kind == kind.value).order_by(AuditRow.id))
        return [(row.login, row.case_id, dict(row.detail)) for row in found]


@pytest.mark.parametrize("login", SEES)
def test_each_role_is_handed_its_own_rows(office: Office, codes: Mapping[Feed, str], login: str) -> None:
    with office.client(login) as client:
        told = rows(client, state="all")
    assert {row["code"] for row in told["rowData"]} == {codes[feed] for feed in SEES[login]}
    assert (told["rowCount"], told["found"]["total"]) == (len(SEES[login]), len(SEES[login]))
    account = office.people[login]
    for row in told["rowData"]:
        assert (row["title"] is not None) is account.may(Right.TEXTS)
        assert (row["caller"] is not None) is (account.may(Right.REVEAL) or account.may(Right.CONSENT))
    assert not any(word in orjson.dumps(told).decode() for word in PERSONAL)


@pytest.mark.parametrize("login", SEES)
def test_each_role_opens_its_own_cases_and_others_look_like_none(
    office: Office, codes: Mapping[Feed, str], login: str
) -> None:
    with office.client(login) as client:
        none = shown(client, "YC-20261120-99999")
        told = {feed: shown(client, code) for feed, code in codes.items()}
    for feed, text in told.items():
        assert (text == none) is (feed not in SEES[login])
        assert (codes[feed] in text) is (feed in SEES[login])
        assert not any(word in text for word in PERSONAL)
    assert {case_id for _, case_id, _ in logged(office, Deed.VIEWED)} == {
        case_id for feed, case_id in zip(Feed, (2, 1, 3), strict=True) if feed in SEES[login]
    }


def test_who_sees_no_case_asks_no_callback_of_the_desk(office: Office, codes: Mapping[Feed, str]) -> None:
    with office.client("administrator") as client:
        request = {"startRow": 0, "endRow": 100}
        told = callback(client, ROWS, {"desk-grid.getRowsRequest": request}, {"desk-ask.data": {}}).text
        told += shown(client, codes[Feed.GRID])
        told += callback(
            client, "desk-views.data", {"desk-views-ask.data": {"do": "list"}}, {"address.search": ""}
        ).text
    assert "rowData" not in told
    assert "YC-" not in told
    assert logged(office, Deed.VIEWED) == []


@pytest.mark.parametrize(
    ("ask", "way"),
    [
        ({"text": "19900007777"}, "phone"),
        ({"text": "WG2026112000001"}, "source"),
        ({"text": "消防通道", "way": "words"}, "words"),
        ({"text": "渡口村", "way": "place"}, "place"),
    ],
)
def test_another_townships_case_is_found_by_nothing(office: Office, ask: dict[str, str], way: str) -> None:
    index(office)
    for login, number in (("operator", 1), ("township", 0), ("other-township", 1)):
        with office.client(login) as client:
            told = rows(client, state="all", **ask)
        assert (told["rowCount"], told["found"]["way"]) == (number, way)


def index(office: Office) -> None:
    """What the ingester does beside its work: make the texts searchable."""
    with office.database.write() as session:
        search.index_pending(session, VAULT, 100)


def test_another_townships_case_is_not_found_by_its_code(office: Office, codes: Mapping[Feed, str]) -> None:
    for text in (codes[Feed.GRID], codes[Feed.GRID][-4:]):
        with office.client("township") as client:
            assert rows(client, state="all", text=text)["rowCount"] == 0
        with office.client("operator") as client:
            assert rows(client, state="all", text=text)["rowCount"] == 1


def test_a_search_is_written_down_by_its_kind_and_what_it_found(office: Office) -> None:
    with office.client("operator") as client:
        rows(client, state="all", text="19900007777")
        rows(client, state="all", text="没有这几个字")
        rows(client, state="all")
    assert logged(office, Deed.SEARCHED) == [
        ("operator", None, {"by": "phone", "found": 1, "from": 0}),
        ("operator", None, {"by": "words", "found": 0, "from": 0}),
    ]


def test_who_has_no_texts_is_told_so_and_finds_nothing(office: Office) -> None:
    with office.client("auditor") as client:
        told = rows(client, state="all", text="油烟")
        phone = rows(client, state="all", text="19900001234")
    assert (told["rowCount"], told["found"]["refused"]) == (0, True)
    assert (phone["rowCount"], phone["found"]["way"]) == (0, "source"), "a number is no phone to who has no persons"


def test_before_the_script_has_asked_there_is_no_list(office: Office) -> None:
    with office.client("operator") as client:
        answer = callback(client, ROWS, {"desk-grid.getRowsRequest": {"startRow": 0}}, {"desk-ask.data": None})
    assert "rowData" not in answer.text


def test_views_are_kept_for_the_account_alone(office: Office) -> None:
    def told(client: TestClient, **ask: Any) -> Any:
        answer = callback(client, "desk-views.data", {"desk-views-ask.data": ask}, {"address.search": ""})
        kept = answer.json()["response"]["desk-views"]["data"]["views"]
        return [(view["name"], view["query"]["overdue"]) for view in kept]

    query = {"overdue": True, "text": "19900001234", "way": "phone"}
    with office.client("operator") as client:
        assert told(client, do="save", name="超期", query=query) == [("超期", True)]
    with office.client("leader") as client:
        assert told(client, do="list") == []
        assert told(client, do="delete", id=1) == []
    with office.client("operator") as client:
        listed = callback(
            client, "desk-views.data", {"desk-views-ask.data": {"do": "list"}}, {"address.search": ""}
        ).text
        assert "19900001234" not in listed
        assert told(client, do="delete", id=1) == []


def test_a_name_that_can_not_be_is_refused_with_a_sentence(office: Office) -> None:
    with office.client("operator") as client:
        ask = {"desk-views-ask.data": {"do": "save", "name": "长" * 99}}
        answer = callback(client, "desk-views.data", ask, {"address.search": ""})
    assert answer.json()["response"]["desk-views"]["data"] == {"views": [], "refused": "视图名称须为 1 至 20 个字"}


# The live line.


@contextmanager
def seated(client: TestClient) -> Iterator[WebSocketTestSession]:
    with client.websocket_connect(LINE, headers=ORIGIN) as line:
        assert frame(line)["anew"] is True
        yield line


def frame(line: WebSocketTestSession) -> dict[str, Any]:
    """The next frame; beats are passed over."""
    while True:
        told: dict[str, Any] = orjson.loads(line.receive_bytes())
        if told["type"] == "frame":
            return told


def frame_with(line: WebSocketTestSession, part: str) -> dict[str, Any]:
    """The next frame in which that part is not empty."""
    while True:
        told = frame(line)
        if told[part]:
            return told


def hear_both(office: Office) -> None:
    """A call in each of the first two townships, in one breath."""
    first, other = county().townships[:2]
    office.centre.hear(Feed.POLICE110, call(jjdbh="J2", gxdwdm=first.station, cbdwdm=first.station))
    office.centre.hear(Feed.GRID, event(eventCode="WG2", streetCode=other.code, dealDeptCode=other.centre))


@pytest.mark.parametrize(
    ("login", "feeds"),
    [
        ("operator", {"police110", "grid"}),
        ("township", {"police110"}),
        ("other-township", {"grid"}),
        ("village", set()),
    ],
)
def test_each_role_hears_of_its_own_cases_alone(office: Office, login: str, feeds: set[str]) -> None:
    with office.client(login) as client, seated(client) as line:
        hear_both(office)
        to = office.centre.position()
        told: list[dict[str, Any]] = []
        while not told or told[-1]["counts"]["position"] < to:
            told.append(frame(line))
    heard = {row["feed"] for each in told for row in each["rows"]}
    assert heard == feeds
    text = orjson.dumps(told).decode()
    assert not any(word in text for word in PERSONAL)
    assert told[-1]["counts"]["open"] == len(SEES[login]) + len(feeds)
    gone = {tag for each in told for tag in each["gone"]}
    assert all(len(tag) == 16 for tag in gone), "no id, no code: a name of what one does not know"
    assert bool(gone) is (len(feeds) < 2)


def test_the_counts_of_a_frame_are_those_of_the_lists_at_that_position(office: Office) -> None:
    with office.client("operator") as client, seated(client) as line:
        hear_both(office)
        told = frame_with(line, "rows")
        while told["counts"]["position"] < office.centre.position():
            told = frame(line)
        listed = {
            key: rows(client, **ask)
            for key, ask in (
                ("open", {}),
                ("overdue", {"overdue": True}),
                ("due_soon", {"soon": True}),
                ("handling", {"statuses": ["handling"]}),
                ("to_sign", {"statuses": ["to_sign"]}),
            )
        }
    assert {key: told["counts"][key] for key in listed} == {key: each["rowCount"] for key, each in listed.items()}
    assert {each["found"]["position"] for each in listed.values()} == {told["counts"]["position"]}


def test_a_case_that_leaves_somebodys_sight_is_told_gone_by_its_tag(office: Office) -> None:
    other = county().townships[1]
    with office.client("township") as client:
        [tag] = [row["tag"] for row in rows(client)["rowData"] if row["feed"] == "hotline12345"]
        with seated(client) as line:
            office.centre.hear(
                Feed.HOTLINE12345,
                order(areaCode=other.code, organizationCode=county().departments[0].code,
                      updateTime="2026-11-20 09:30:00"),
            )  # fmt: skip
            told = frame_with(line, "gone")
    assert told["gone"] == [tag]


def test_who_has_a_case_open_is_told_to_those_who_see_it(office: Office, codes: Mapping[Feed, str]) -> None:
    opened = codes[Feed.GRID]
    with office.client() as client:
        cookies = {login: cookie_of(client, login) for login in ("operator", "other-township", "township")}
        with client.websocket_connect(LINE, headers=ORIGIN | cookies["operator"]) as mine:
            mine.send_text(orjson.dumps({"open": opened}).decode())
            assert frame_with(mine, "present")["present"] == {opened: ["operator"]}
            for login, told in (("other-township", {opened: ["operator"]}), ("township", {})):
                with client.websocket_connect(LINE, headers=ORIGIN | cookies[login]) as theirs:
                    assert frame(theirs)["present"] == told
            mine.send_text(orjson.dumps({"open": None}).decode())
            while frame(mine)["present"]:
                pass


def cookie_of(client: TestClient, login: str) -> dict[str, str]:
    """A session of its own, which the client forgets."""
    sign_in(client, login)
    token = client.cookies["bihuan_session"]
    client.cookies.clear()
    return {"cookie": f"bihuan_session={token}"}


def test_the_script_counts_with_the_same_two_hours_and_row_heights() -> None:
    script = (ASSETS / "desk.js").read_text(encoding="utf-8")
    assert f"const DUE_SOON = {DUE_SOON // timedelta(hours=1)} * 60 * 60 * 1000;" in script
    assert f"const ROW_HEIGHT = {ROW_HEIGHT};" in script
