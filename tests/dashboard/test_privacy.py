"""Whatever a wall is sent, whole: no person, no phone, no address and no text of any case is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from sqlalchemy import select
from websockets.sync.client import connect
from websockets.typing import Origin

from casework.rules import Rules
from casework.vocabulary import Feed
from dashboard.live.source import DatabaseWall
from db.database import Database
from db.inbox import Recorder
from db.models import Case
from tests.dashboard.conftest import RunningServer, free_port, make_app
from tests.db.centre import Centre
from tests.records import call, event, order

RECORDS = ((Feed.HOTLINE12345, order), (Feed.POLICE110, call), (Feed.GRID, event))
# What these records say of persons, places and matters, and no wall may say.
TOLD = (
    ("欧阳试验", "19900001234", "新华路", "油烟直排", "小区楼下油烟扰民"),
    ("司徒样本", "19900004321", "青石镇街口", "半夜装修"),
)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    """A county where something is late, something red and something kept back."""
    centre = Centre(database, recorder)
    now = datetime.now(UTC) + timedelta(hours=8)
    for number in range(12):
        day = f"{now - timedelta(days=number, hours=1):%Y-%m-%d %H:%M:%S}"
        late = f"{now - timedelta(hours=number):%Y-%m-%d %H:%M:%S}"
        urgent = "特急" if number % 3 == 0 else "一般"
        told: dict[str, Any] = {"callTime": day, "dispatchTime": day, "updateTime": day, "deadlineDate": late}
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number:05}", pilotLight=urgent, **told))
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"DB{number:05}", isSecret="1", **told))
    for feed, record in RECORDS:
        centre.hear(feed, record())
    return centre


@contextmanager
def served(centre: Centre, rules: Rules) -> Iterator[str]:
    server = RunningServer(make_app(DatabaseWall(centre.database, rules, {"U-CITY": "999921001"})), free_port()).start()
    try:
        yield server.address
    finally:
        server.stop()


def everything_sent(address: str) -> Iterator[str]:
    """The page, its layout, what every callback answers, its scripts' words, frames and beats, and what machines ask for."""
    with httpx2.Client(base_url=address) as client:
        for path in (
            "/wall",
            "/remote",
            "/_dash-layout",
            "/_dash-dependencies",
            "/healthz",
            "/metrics",
            "/wall-link/x",
        ):
            yield client.get(path).text
        for page in ("/wall", "/remote"):
            for search in ("", "?lang=en"):
                asked = {
                    "output": "page.children",
                    "outputs": {"id": "page", "property": "children"},
                    "inputs": [
                        {"id": "address", "property": "pathname", "value": page},
                        {"id": "address", "property": "search", "value": search},
                    ],
                    "changedPropIds": ["address.pathname"],
                }
                answer = client.post("/_dash-update-component", json=asked, headers={"origin": address})
                assert answer.status_code == 200
                yield answer.text
        yield client.post("/live/stage", content=b"{", headers={"origin": address}).text
    with connect(f"ws{address.removeprefix('http')}/live/wall", origin=Origin(address)) as line:
        parts: set[str] = set()
        while not {"headline", "late", "ranking", "rises", "heat"} <= parts:
            message = line.recv(timeout=20)
            told = orjson.loads(message)
            parts |= {name for name, part in told.get("body", {}).items() if part}
            yield orjson.dumps(told).decode()


def test_nothing_personal_reaches_a_wall(centre: Centre, rules: Rules) -> None:
    with served(centre, rules) as address:
        sent = "\n".join(everything_sent(address))
    assert len(sent) > 50_000, "everything was looked at"
    assert "DH" not in sent, "not even the source's own number"
    for words in TOLD:
        for word in words:
            assert word not in sent
            assert orjson.dumps(word).decode()[1:-1] not in sent


def test_a_protected_case_is_in_the_totals_and_nowhere_else(centre: Centre, rules: Rules) -> None:
    with centre.database.read() as session:
        cases = session.scalars(select(Case)).all()
        kept_back = [case.code for case in cases if case.sensitive]
        open_cases = sum(not case.ended for case in cases)
    assert len(kept_back) == 12
    with served(centre, rules) as address:
        frames = [orjson.loads(text) for text in everything_sent(address) if text.startswith('{"type":"frame"')]
    body: dict[str, Any] = {}
    for frame in frames:
        body |= frame["body"]
    assert body["headline"]["open"] == open_cases
    assert sum(body["late"]["by_colour"].values()) > len(body["late"]["rows"]), "counted, not shown"
    told = orjson.dumps(body).decode()
    for code in kept_back:
        assert code not in told
        assert f'"{code.partition("-")[2]}"' not in told
        assert f'"{code.partition("-")[2]}#1"' not in told
