"""The review's callbacks through the office's door: what is read, what may be opened, and what is written down of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from casework.indicators import Indicator
from casework.review import ArrivalKey, By, ListKey, Part, PeriodName
from db import audit
from db.audit import Asked, Deed
from tests.dashboard.offices import Office, callback, county
from tests.dashboard.reviews import AT, NAME, MadeReviews
from tests.records import call, event, order

OPEN_PAGE = "..masthead.children...page.children.."
FIRST, SECOND = county().townships[:2]
MISSED = ListKey(Indicator.FINISHED, Part.MISSED, By.TOWNSHIP, SECOND.code)


@pytest.fixture
def made(office: Office) -> MadeReviews:
    """The office's reviews are made by hand; its clock stands."""
    office.now = lambda: AT
    made = MadeReviews()
    office.reviews = made
    return made


@pytest.fixture
def leader(office: Office, made: MadeReviews) -> Iterator[TestClient]:
    with office.client("leader") as client:
        yield client


def answer(client: TestClient, output: str, name: str, told: Mapping[str, Any], search: str = "") -> Any:
    """What a callback gives its store."""
    response = callback(client, f"{output}.data", {f"{name}.data": told}, {"address.search": search})
    assert response.status_code == 200, response.text
    return response.json()["response"][output]["data"]


def drawn(client: TestClient, told: Mapping[str, Any], search: str = "") -> str:
    return orjson.dumps(answer(client, "review-drawn", "review-ask", told, search)).decode()


def listed(client: TestClient, key: object, **more: Any) -> dict[str, Any]:
    told = {"name": str(NAME), "as_of": "", "key": str(key), "fingerprint": "", **more}
    found: dict[str, Any] = answer(client, "review-listed", "review-list-ask", told)
    return found


def logged(office: Office, kind: Deed) -> list[Mapping[str, Any]]:
    with office.database.read() as session:
        return [row.detail for row in audit.rows(session, Asked(kinds=(kind.value,)))]


def test_the_page_is_in_the_navigation_and_opens_the_week_that_runs(leader: TestClient, made: MadeReviews) -> None:
    for path in ("/review/", "/review/2026-W47"):
        assert leader.get(path).status_code == 200
        page = callback(leader, OPEN_PAGE, {"address.pathname": path, "address.search": ""}).text
        assert "review-ask" in page
        here = [
            told["children"] for told in props_in(orjson.loads(page)) if "office-tab-here" in told.get("className", "")
        ]
        assert here == ["周研判"]
    drawn(leader, {"name": "", "n": 0})
    assert made.asked == [(NAME, None)]


def test_a_stranger_is_led_to_sign_in_and_back_to_the_period(office: Office) -> None:
    with office.client() as client:
        assert client.get("/review/2026-W47").headers["location"] == "/sign-in?next=/review/2026-W47"


def test_who_sees_no_case_sees_no_review(office: Office, made: MadeReviews) -> None:
    with office.client("administrator") as client:
        page = callback(client, OPEN_PAGE, {"address.pathname": "/review/", "address.search": ""}).text
        assert "review-ask" not in page
        told = callback(client, "review-drawn.data", {"review-ask.data": {"name": ""}}, {"address.search": ""})
        assert "无权" in told.text
    assert made.asked == []


def test_a_period_and_an_instant_are_read_as_the_address_says(leader: TestClient, made: MadeReviews) -> None:
    shown = drawn(leader, {"name": "2026-Q4", "n": 0}, "?as_of=2026-11-20T08:00")
    assert made.asked == [(PeriodName.parse("2026-Q4"), AT.replace(day=20, hour=0, minute=0))]
    assert "按 11月20日 08:00 时的情况" in shown
    assert "季度排名" in shown


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"name": "last-week"}, "没有这个周期"),
        ({"name": "2026-W47", "as_of": "2030-01-01T00:00"}, "尚未到来"),
        ({"name": "2026-W47", "as_of": "soon"}, "不是有效的日期时间"),
    ],
)
def test_what_can_not_be_shown_is_answered_with_a_sentence(
    leader: TestClient, made: MadeReviews, told: Mapping[str, str], sentence: str
) -> None:
    shown = drawn(leader, told)
    assert sentence in shown
    assert "review-shown" in shown, "or the page would wait for ever"
    assert made.asked == []


@pytest.mark.parametrize("told", [{"name": 7}, 7, None, {"name": "", "n": "x", "unit": 5}])
def test_what_is_no_question_is_this_week(leader: TestClient, made: MadeReviews, told: Any) -> None:
    assert "2026 年第 47 周" in drawn(leader, told)
    assert made.asked == [(NAME, None)]


def test_the_points_of_a_township_are_those_of_the_review_on_the_screen(leader: TestClient, made: MadeReviews) -> None:
    drawn(leader, {"name": str(NAME), "as_of": "", "n": 1})
    told = {"name": str(NAME), "as_of": "", "unit": SECOND.code, "fingerprint": "7f3a0002cfee"}
    panel = orjson.dumps(answer(leader, "review-unit", "review-unit-ask", told)).decode()
    assert "青石镇" in panel
    assert "12 件超期" in panel
    assert len(made.asked) == 1


def test_a_list_is_as_long_as_its_number_and_written_down(leader: TestClient, office: Office) -> None:
    found = listed(leader, MISSED)
    assert (found["total"], len(found["rows"])) == (12, 12)
    assert logged(office, Deed.LISTED) == [
        {"period": "2026-W47", "list": str(MISSED), "found": 12, "fingerprint": "7f3a0002cfee"}
    ]


def test_a_long_list_says_that_it_is_cut(leader: TestClient) -> None:
    found = listed(leader, MISSED._replace(part=Part.ALL), most=100)
    assert (found["total"], len(found["rows"]), found["told"]) == (125, 100, "前 100 件，共 125 件")


def test_what_rose_opens_its_cases(leader: TestClient) -> None:
    assert listed(leader, ArrivalKey(SECOND.code, None, "noise"))["title"] == "青石镇 噪音扰民 · 本期来件"


@pytest.mark.parametrize(
    "key",
    [
        MISSED,
        ListKey(Indicator.FINISHED, Part.ALL),
        ListKey(Indicator.CLOSED, Part.ALL, By.CATEGORY, "noise"),
        ListKey(Indicator.CLOSED, Part.ALL, By.UNIT, county().departments[0].code),
        ArrivalKey(None, None, "noise"),
        "no such list",
    ],
)
def test_a_township_opens_no_list_but_its_own(office: Office, made: MadeReviews, key: object) -> None:
    with office.client("township") as client:
        assert listed(client, key) == {"said": "没有这份清单。"}
        assert listed(client, ListKey(Indicator.FINISHED, Part.MISSED, By.TOWNSHIP, FIRST.code))["total"] == 20
    assert made.lists == [ListKey(Indicator.FINISHED, Part.MISSED, By.TOWNSHIP, FIRST.code)]
    assert len(logged(office, Deed.LISTED)) == 1


def test_english_is_spoken_and_kept_in_the_links(leader: TestClient) -> None:
    shown = drawn(leader, {"name": str(NAME), "n": 0}, "?lang=en")
    assert "Ranking of the townships" in shown
    assert "/review/2026-W46?lang=en" in shown


def test_the_real_review_and_its_lists_agree(office: Office) -> None:
    office.now = lambda: AT
    with office.client("leader") as client:
        shown = answer(client, "review-drawn", "review-ask", {"name": "2026-W47", "n": 0})
        lists = {told["data-list"]: int(told["data-count"]) for told in attributes_in(shown) if "data-list" in told}
        assert len(lists) > 5, "three cases are behind some numbers at least"
        assert {key: listed(client, key)["total"] for key in lists} == lists


def test_nobody_and_no_text_is_on_the_page_or_in_a_list(office: Office) -> None:
    office.now = lambda: AT
    with office.client("leader") as client:
        shown = drawn(client, {"name": "2026-W47", "n": 0})
        lists = [listed(client, ListKey(Indicator.CLOSED, Part.ALL)), listed(client, ArrivalKey())]
    everything = shown + orjson.dumps(lists).decode()
    assert lists[0]["total"] == 3
    assert lists[1]["total"] == 3
    said = ("callerName", "callerPhone", "address", "title", "majorContent", "bjdh", "bjrxm", "afdz", "bjnr", "eventAddress",
            "desc", "partyName", "partyPhone")  # fmt: skip
    secrets = {record[name] for record in (order(), call(), event()) for name in said if name in record}
    assert len(secrets) == len(said)
    assert [secret for secret in secrets if secret in everything] == []


def props_in(told: Any) -> Iterator[Mapping[str, Any]]:
    """Of every component that is told."""
    if isinstance(told, dict):
        if "props" in told:
            yield told["props"]
        for each in told.values():
            yield from props_in(each)
    elif isinstance(told, list):
        for each in told:
            yield from props_in(each)


def attributes_in(told: Any) -> Iterator[Mapping[str, Any]]:
    """Of every element that is told, whatever it is in."""
    if isinstance(told, dict):
        for each in told.values():
            yield from attributes_in(each)
    elif isinstance(told, list) and len(told) == 3 and isinstance(told[0], str) and isinstance(told[1], dict):
        yield told[1]
        yield from attributes_in(told[2])
    elif isinstance(told, list):
        for each in told:
            yield from attributes_in(each)
