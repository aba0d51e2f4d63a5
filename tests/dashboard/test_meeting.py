"""The meeting through the office's door: who holds it, what it puts on the walls, charges, settles, and takes away on paper."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import orjson
import pytest
from docx import Document
from starlette.testclient import TestClient

from casework.roles import Role
from dashboard.components import meeting_lists
from dashboard.words import CHINESE
from db import audit, meetings
from db.audit import Asked, Deed
from db.queries import wall
from tests.casework.stories import RULES
from tests.dashboard.offices import Office, callback, county, languages
from tests.dashboard.reviews import AT, NAME, MadeReviews, review

SECOND = county().townships[1]
CASE = "YC-20261120-00003"
MINUTES = f"/office/review/{NAME}/minutes.docx"


@pytest.fixture
def made(office: Office) -> MadeReviews:
    office.now = lambda: AT
    office.reviews = MadeReviews()
    return office.reviews


@pytest.fixture
def leader(office: Office, made: MadeReviews) -> Iterator[TestClient]:
    with office.client("leader") as client:
        yield client


def ask(client: TestClient, do: str, name: object = NAME, fingerprint: str = "", **fields: str) -> dict[str, Any]:
    told = {"n": 1, "do": do, "name": str(name), "fingerprint": fingerprint, "fields": fields}
    response = callback(client, "meeting-told.data", {"meeting-ask.data": told}, {"address.search": ""})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["response"]["meeting-told"]["data"]
    return found


def text(answer: Mapping[str, Any], room: str) -> str:
    return orjson.dumps(answer["drawn"][room]).decode()


def contest(office: Office, reason: str = "当日停电") -> None:
    """The other township's account contests the case its centre holds, from the case's page."""
    with office.client("other-township") as client:
        look = {"n": 1, "cases": [{"code": CASE, "version": 0}]}
        found = callback(client, "act-offer.data", {"act-look.data": look}, {"address.search": ""}).json()
        offer = found["response"]["act-offer"]["data"]
        assert "contest" in offer["forms"]
        assert "settle-objection" not in offer["forms"]
        ((span, _),) = offer["choices"]["span"]
        told = {
            "n": 1, "do": "act", "form": "contest", "cases": [{"code": CASE, "version": offer["version"]}],
            "fields": {"span": span, "reason": reason},
        }  # fmt: skip
        done = callback(client, "act-told.data", {"act-ask.data": told}, {"address.search": ""}).json()
        assert done["response"]["act-told"]["data"]["kind"] == "done"


def objection(answer: Mapping[str, Any]) -> dict[str, str]:
    """What the browser knows of the first objection in the list."""
    (_, _, items), *_ = answer["drawn"]["objections"]
    attributes = items[0][1]
    return {name: attributes[f"data-{name}"] for name in ("case", "span", "version")}


def logged(office: Office, kind: Deed) -> list[Mapping[str, Any]]:
    with office.database.read() as session:
        return [row.detail for row in audit.rows(session, Asked(kinds=(kind.value,)))]


def test_a_meeting_begins_and_ends_and_is_known_to_whoever_looks(office: Office, leader: TestClient) -> None:
    assert text(ask(leader, "look"), "state").count("meeting-begin") == 1
    begun = ask(leader, "begin")
    assert (begun["kind"], begun["sentence"], begun["held"]) == ("done", "会议已开始。", str(NAME))
    with office.client("operator") as operator:
        told = ask(operator, "look")
        assert "会议进行中，16:42 开始，主持：leader" in text(told, "state")
        assert "meeting-end" in text(told, "state")
    elsewhere = ask(leader, "look", name=NAME.before())
    assert "正在召开2026 年第 47 周的会议" in text(elsewhere, "state")
    refused = ask(leader, "begin", name=NAME.before())
    assert refused["kind"] == "refused"
    assert ask(leader, "end")["held"] == ""
    assert [each["what"] for each in logged(office, Deed.MEETING)] == ["ended", "began"]


@pytest.mark.parametrize("login", ["township", "auditor", "department", "village"])
def test_who_holds_no_meetings_has_no_panel_and_is_refused(office: Office, made: MadeReviews, login: str) -> None:
    with office.client(login) as client:
        told = callback(
            client, "review-meeting-panel.children", {"review-meeting-panel.id": "x"}, {"address.search": ""}
        )
        assert told.json()["response"]["review-meeting-panel"]["children"] is None
        asked = {"n": 1, "do": "begin", "name": str(NAME), "fingerprint": "", "fields": {}}
        response = callback(client, "meeting-told.data", {"meeting-ask.data": asked}, {"address.search": ""})
        assert "meeting-told" not in response.json().get("response", {})
        assert client.get(MINUTES).status_code == 403
        page = callback(
            client, "..masthead.children...page.children..",
            {"address.pathname": f"/review/{NAME}", "address.search": ""},
        )  # fmt: skip
        assert '"review-meeting"' not in page.text
    with office.database.read() as session:
        assert meetings.meeting_now(session) is None


def test_a_scene_is_put_on_the_walls_and_they_are_given_back(office: Office, leader: TestClient) -> None:
    told = ask(leader, "show", scene="townships")
    until = int((AT + timedelta(minutes=30)).timestamp() * 1000)
    assert (told["sentence"], told["stage"]) == ("大屏已切换：乡镇考核", {"scene": "townships", "until": until})
    assert ask(leader, "show", scene="ops")["kind"] == "refused"
    with office.database.read() as session:
        assert wall.stage(session, AT) is not None
    assert ask(leader, "show", scene="")["stage"] is None


def test_a_decision_is_recorded_listed_and_taken_back(office: Office, leader: TestClient) -> None:
    early = ask(leader, "decide", unit=SECOND.centre, day="2026-11-27", matter="会前")
    assert (early["kind"], early["sentence"]) == ("refused", "请先开始会议。")
    ask(leader, "begin")
    told = ask(leader, "decide", unit=SECOND.centre, day="2026-11-27", matter="<b>逐户回访</b>", case=CASE.lower())
    assert (told["kind"], told["counts"]["decided"]) == ("done", 1)
    assert told["sentence"] == f"已记录：{county().unit_name(SECOND.centre)}，11月27日 24:00 前完成"
    assert "逐户回访" in text(told, "decided")
    assert CASE in text(told, "decided")
    (row,) = logged(office, Deed.DECIDED)
    assert row["unit"] == SECOND.centre
    with office.database.read() as session:
        (kept,) = meetings.decisions_of(session, NAME)
    back = ask(leader, "settle", decision=str(kept.id), to="withdrawn")
    assert (back["counts"]["decided"], back["sentence"]) == (0, "已撤销。")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"unit": ""}, "请选择承办单位"),
        ({"day": ""}, "请选择完成期限"),
        ({"day": "2026-13-01"}, "请选择完成期限"),
        ({"day": "2026-11-20"}, "期限"),
        ({"matter": " "}, "200"),
        ({"unit": "NOBODY"}, "NOBODY"),
        ({"case": "YC-20261120-99999"}, "YC-20261120-99999"),
    ],
)
def test_what_can_not_be_decided_is_told_in_a_sentence(
    leader: TestClient, fields: dict[str, str], sentence: str
) -> None:
    ask(leader, "begin")
    told = ask(leader, "decide", **{"unit": SECOND.centre, "day": "2026-11-27", "matter": "回访"} | fields)
    assert told["kind"] == "refused"
    assert sentence in told["sentence"]
    assert told["counts"]["decided"] == 0


def test_what_earlier_meetings_decided_is_marked_as_done_and_as_not_done(leader: TestClient) -> None:
    ask(leader, "begin", name=NAME.before())
    ask(leader, "decide", name=NAME.before(), unit=SECOND.centre, day="2026-11-27", matter="上周的事")
    told = ask(leader, "look")
    assert "上周的事" in text(told, "earlier")
    assert "上周的事" not in text(told, "decided")
    assert told["counts"]["earlier"] == 1
    done = ask(leader, "settle", decision="1", to="done")
    assert (done["counts"]["earlier"], "改为未完成" in text(done, "earlier")) == (0, True)
    assert ask(leader, "settle", decision="1", to="done")["kind"] == "refused"
    assert ask(leader, "settle", decision="1", to="open")["counts"]["earlier"] == 1
    for wrong in ({"decision": "x", "to": "done"}, {"decision": "1", "to": "burnt"}):
        assert ask(leader, "settle", **wrong)["kind"] == "refused"


def test_an_objection_is_seen_with_what_it_is_worth_and_settled(office: Office, leader: TestClient) -> None:
    contest(office)
    told = ask(leader, "look")
    assert told["counts"]["objections"] == 1
    for word in ("当日停电", "如采纳：青石镇", CASE):
        assert word in text(told, "objections")
    known = objection(told)
    assert known["span"] == "1"
    done = ask(leader, "object", **known, to="upheld", reason="情况属实", approver="leader")
    assert (done["kind"], done["counts"]["objections"]) == ("done", 0)
    assert "已采纳：青石镇" in text(done, "objections")
    assert [span.excluded for span in office.centre.spans(3)] == [True]
    stale = ask(leader, "object", **known, to="refused", reason="复核", approver="leader")
    assert stale["kind"] == "refused"


@pytest.mark.parametrize(
    "wrong", [{"reason": " "}, {"approver": "operator"}, {"to": "open"}, {"span": "9"}, {"case": "YC-20261120-99999"}]
)
def test_an_objection_is_settled_by_who_may_with_a_reason(
    office: Office, leader: TestClient, wrong: dict[str, str]
) -> None:
    contest(office)
    fields = {**objection(ask(leader, "look")), "to": "upheld", "reason": "属实", "approver": "leader"}
    assert ask(leader, "object", **fields | wrong)["kind"] == "refused"
    assert [span.objection for span in office.centre.spans(3)] == ["open"]


def test_an_operator_settles_with_a_leader_who_approves_and_a_leader_alone(office: Office, made: MadeReviews) -> None:
    contest(office)
    office.add("second", Role.LEADER, name="王局")
    with office.client("operator") as operator:
        told = ask(operator, "look")
        assert "批准人：王局" in text(told, "objections")
        known = objection(told)
        assert ask(operator, "object", **known, to="refused", reason="复核", approver="operator")["kind"] == "refused"
        assert ask(operator, "object", **known, to="refused", reason="复核", approver="second")["kind"] == "done"
    with office.client("leader") as client:
        assert "批准人" not in text(ask(client, "look"), "objections")


def test_the_minutes_tell_what_was_shown_decided_and_settled(office: Office, leader: TestClient) -> None:
    assert leader.get(MINUTES).status_code == 404
    contest(office)
    ask(leader, "begin")
    ask(leader, "show", scene="heat")
    ask(leader, "decide", unit=SECOND.centre, day="2026-11-27", matter="逐户回访并报告")
    ask(leader, "decide", unit=SECOND.centre, day="2026-11-27", matter="说错了的")
    ask(leader, "settle", decision="2", to="withdrawn")
    ask(leader, "object", **objection(ask(leader, "look")), to="upheld", reason="属实", approver="leader")
    ask(leader, "end")
    response = leader.get(MINUTES)
    assert response.status_code == 200
    assert "filename*=UTF-8''" in response.headers["content-disposition"]
    document = Document(BytesIO(response.content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    said = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    for word in ("矛盾热力图", "逐户回访并报告", CASE, "青石镇"):
        assert word in said
    assert "说错了的" not in said
    (change,) = (cell for cell in cells if "青石镇" in cell and "→" in cell)
    before, after = change.removeprefix("青石镇 ").split(" → ")
    assert float(before) < float(after)
    (row,) = logged(office, Deed.EXPORTED)
    assert (row["what"], row["period"]) == ("minutes", str(NAME))
    assert leader.get(MINUTES.replace(str(NAME), "2026-W60")).status_code == 404


def test_the_minutes_are_of_the_last_meeting_alone(office: Office, leader: TestClient) -> None:
    for number, matter in enumerate(("上午的事", "下午的事")):
        office.now = partial(AT.__add__, timedelta(hours=number))
        ask(leader, "begin")
        ask(leader, "decide", unit=SECOND.centre, day="2026-11-27", matter=matter)
        office.now = partial(AT.__add__, timedelta(hours=number, minutes=30))
        ask(leader, "end")
    document = Document(BytesIO(leader.get(MINUTES).content))
    said = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "下午的事" in said
    assert "上午的事" not in said


def test_looking_reads_no_review_anew_and_what_is_done_does(leader: TestClient, made: MadeReviews) -> None:
    ask(leader, "begin")
    read, shown = len(made.asked), review(position=made.at_position).fingerprint
    ask(leader, "look", fingerprint=shown)
    assert len(made.asked) == read
    made.notes = "decided"  # as `db.queries.review_notes.stamp` tells
    ask(leader, "decide", fingerprint=shown, unit=SECOND.centre, day="2026-11-27", matter="回访")
    assert len(made.asked) == read + 1


def test_the_deadlines_offered_lie_ahead_and_count_working_days() -> None:
    words = languages()[CHINESE]

    def offered(when: Any) -> list[str]:
        calendar = RULES.calendar
        return [getattr(button, "data-day") for button in meeting_lists.days(when, calendar, words)]

    assert offered(AT) == ["2026-11-25", "2026-11-27"]  # a Saturday
    assert offered(AT - timedelta(days=5)) == ["2026-11-19", "2026-11-20", "2026-11-27"]  # a Monday
    assert offered(AT - timedelta(days=1)) == ["2026-11-25", "2026-11-27"]  # a Friday
