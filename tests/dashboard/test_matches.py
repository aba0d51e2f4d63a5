"""What may be one matter, asked by hand: who may see and decide it, what is written down, and what a case's page tells of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from casework.calendar import SHANGHAI
from dashboard.pages.matches import tomorrow
from db import journal
from db.models import AuditRow, Match
from tests.dashboard.matchings import case_now, code, hear_again, hear_pair, match, pair_of, pairs
from tests.dashboard.offices import Office, callback

NOT_THEIRS = ("township", "other-township", "department", "village", "auditor", "administrator")
PAGE = "..case-main.children...case-side.children.."


def listed(client: TestClient, **ask: Any) -> dict[str, Any]:
    answer = callback(client, "match-found.data", {"match-want.data": {"n": 1, **ask}}, {"address.search": ""})
    told: dict[str, Any] = answer.json().get("response", {}).get("match-found", {}).get("data") or {}
    return told


def pane(client: TestClient, pair: int) -> str:
    return callback(client, "match-pane.children", {"match-open.data": {"id": pair}}, {"address.search": ""}).text


def does(client: TestClient, do: str, pair: int = 0, **more: Any) -> dict[str, Any]:
    ask = {"n": 1, "do": do, "id": pair, **more}
    answer = callback(client, "match-told.data", {"match-ask.data": ask}, {"address.search": ""})
    told: dict[str, Any] = answer.json().get("response", {}).get("match-told", {}).get("data") or {}
    return told


def opened(client: TestClient) -> str:
    """What is drawn at the page's address."""
    at = {"address.pathname": "/matches", "address.search": ""}
    return callback(client, "..masthead.children...page.children..", at).text


def case_page(client: TestClient, number: str) -> str:
    return callback(client, PAGE, {"case-ask.data": {"code": number, "n": 0}}, {"address.search": ""}).text


def strip(client: TestClient, number: str) -> str:
    ask = {"case-ask.data": {"code": number, "n": 0}}
    return callback(client, "case-strip.children", ask, {"address.search": ""}).text


def deeds(office: Office) -> list[tuple[str, str, dict[str, Any]]]:
    with office.database.read() as session:
        found = session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.login, row.kind, dict(row.detail)) for row in found]


def test_the_list_and_a_pair_are_shown_to_operators_and_leaders_and_written_down_before(office: Office) -> None:
    one, other = hear_pair(office, 1)
    match(office)
    for login in ("operator", "leader"):
        with office.client(login) as client:
            assert "match-list" in opened(client)
            found = listed(client)
            assert [row["cases"] for row in found["rows"]] == [[one, other]]
            assert "同一地址" in found["rows"][0]["line"]
            assert listed(client)["total"] == 1
            told = pane(client, pair_of(office, 1))
            assert code(office, one) in told
            assert "饭店油烟" in told
            assert "继续办理" in told
            assert "19900009999" not in told
    looked = [(login, kind) for login, kind, _ in deeds(office) if kind in {"listed", "viewed"}]
    once = [("listed", None), ("viewed", None), ("viewed", None)]
    assert looked == [(login, kind) for login in ("operator", "leader") for kind, _ in once]


@pytest.mark.parametrize("login", NOT_THEIRS)
def test_nobody_else_is_handed_or_decides_anything(office: Office, login: str) -> None:
    hear_pair(office, 1)
    match(office)
    pair = pair_of(office, 1)
    with office.client(login) as client:
        assert listed(client) == {}
        assert "饭店" not in pane(client, pair)
        assert does(client, "accept", pair) == {}
        assert "match-list" not in opened(client)
    assert pairs(office)[("DH91", "J91")][1] == "suggested"


def test_a_leader_reads_and_decides_nothing(office: Office) -> None:
    hear_pair(office, 1)
    match(office)
    pair = pair_of(office, 1)
    with office.client("leader") as client:
        assert listed(client)["total"] == 1
        assert does(client, "refuse", pair) == {}
    assert pairs(office)[("DH91", "J91")][1] == "suggested"


def test_an_accepted_one_is_merged_with_its_evidence_for_a_reason_and_taken_apart_again(office: Office) -> None:
    one, other = hear_pair(office, 1)
    match(office)
    with office.client("operator") as client:
        told = does(client, "accept", pair_of(office, 1))
        assert (told["kind"], told["undo"]) == ("done", {"code": code(office, one), "other": code(office, other)})
        assert case_now(office, "J91") == one
        with office.database.read() as session:
            entry = journal.entries_of(session, [other])[other][-1]
        assert entry.payload["reason"].startswith("同一地址")
        assert does(client, "undo", **told["undo"])["kind"] == "done"
        match(office)
        assert case_now(office, "J91") == other
        assert pairs(office)[("DH91", "J91")][1] == "split"
        assert listed(client)["total"] == 0
    decided = [(login, detail["decision"]) for login, kind, detail in deeds(office) if kind == "match_decided"]
    assert decided == [("operator", "accepted")] * 2, "both cases tell of it"


def test_the_second_of_two_is_told_what_the_first_decided(office: Office) -> None:
    hear_pair(office, 1)
    match(office)
    pair = pair_of(office, 1)
    with office.client("operator") as first:
        assert does(first, "refuse", pair, reason="两家饭店")["kind"] == "done"
        told = does(first, "accept", pair)
    assert (told["kind"], told["sentence"]) == ("decided", "operator 已处理：不是同一事项")
    with office.database.read() as session:
        assert session.scalars(select(Match.reason)).one() == "两家饭店"


def test_a_list_that_is_read_anew_says_how_what_was_shown_has_left_it(office: Office) -> None:
    for number in (1, 2, 3):
        hear_pair(office, number)
    match(office)
    shown = [pair_of(office, number) for number in (1, 2, 3)]
    with office.client("operator") as client:
        does(client, "refuse", shown[0])
        assert does(client, "later", shown[1], until="hour")["kind"] == "done"
        found = listed(client, shown=[*shown, 10**9])
    assert [row["id"] for row in found["rows"]] == [shown[2]]
    gone = {each["id"]: each["word"] for each in found["gone"]}
    assert gone == {shown[0]: "operator 已处理：不是同一事项", shown[1]: "已设为稍后", 10**9: "不再提示"}


def test_what_is_put_off_comes_back_in_an_hour_or_in_the_morning(office: Office) -> None:
    hear_pair(office, 1)
    match(office)
    with office.client("operator") as client:
        does(client, "later", pair_of(office, 1), until="hour")
        assert listed(client)["total"] == 0
        moved = office.now
        office.now = lambda: moved() + timedelta(minutes=61)
        assert listed(client)["total"] == 1
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 01:30 of the 23rd in Shanghai
    assert tomorrow(late) == datetime(2026, 11, 24, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize("ask", [{"do": "drop"}, {"do": "part"}, {"id": "1"}, {"id": True}, {"id": -1}, {"id": 10**30}])
def test_what_means_nothing_is_refused_and_changes_nothing(office: Office, ask: dict[str, Any]) -> None:
    hear_pair(office, 1)
    match(office)
    with office.client("operator") as client:
        told = does(client, **{"do": "accept"} | {k: v for k, v in ask.items() if k == "do"}, pair=ask.get("id", 0))
    assert told["kind"] == "refused"
    assert pairs(office)[("DH91", "J91")][1] == "suggested"


def test_a_case_tells_what_joined_its_reports_and_what_may_be_the_same(office: Office) -> None:
    one, other = hear_pair(office, 1)
    hear_again(office, 1)
    own, far = code(office, case_now(office, "DH91")), code(office, other)
    assert case_now(office, "J771") == one
    with office.client("operator") as client:
        told = case_page(client, own)
        assert "同一电话；同一地址" in told
        assert "系统并案" in told
        assert '"data-split":"police110:J771"' in told
        assert far in strip(client, own)
        assert '"data-match":"accept"' in strip(client, own)
        assert far not in case_page(client, own)
    with office.client("leader") as client:
        assert far in strip(client, own)
        assert "data-match" not in strip(client, own)
        assert "data-split" not in case_page(client, own)
    with office.client("auditor") as client:
        assert "同一电话" not in case_page(client, own) + strip(client, own)
    with office.client("other-township") as client:
        assert far not in strip(client, own)


def test_a_case_that_went_on_in_another_opens_and_says_where_and_is_parted_from_there(office: Office) -> None:
    one, other = hear_pair(office, 1)
    match(office)
    own, far = code(office, one), code(office, other)
    with office.client("operator") as client:
        does(client, "accept", pair_of(office, 1))
        assert own in case_page(client, far)
        told = case_page(client, own)
        assert f'"data-other":"{far}"' in told
        assert does(client, "part", code=own, other=far)["kind"] == "refused", "a reason is required"
        assert does(client, "part", code=own, other=far, reason="两家饭店")["kind"] == "done"
        assert does(client, "part", code=own, other=far, reason="两家饭店")["kind"] == "refused"
    assert case_now(office, "J91") == other


def test_the_desk_counts_what_waits_and_finds_what_many_told(office: Office) -> None:
    hear_pair(office, 1)
    match(office)
    rows = "..desk-grid.getRowsResponse...desk-found.data.."
    request = {"desk-grid.getRowsRequest": {"startRow": 0, "endRow": 100, "sortModel": []}}
    with office.client("operator") as client:
        does(client, "accept", pair_of(office, 1))
        hear_again(office, 1)
        answer = callback(client, rows, request, {"desk-ask.data": {"hot": True}}).json()["response"]
        found = answer["desk-grid"]["getRowsResponse"]["rowData"]
        assert [row["reports"] for row in found] == [3]
