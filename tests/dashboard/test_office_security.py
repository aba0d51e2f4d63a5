"""The office as somebody tries it who should not see: every callback, route and message by hand, with what is not theirs."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from casework.vocabulary import Feed
from dashboard.components.actions import FORMS, Field
from dashboard.components.queue_ask import Way
from dashboard.exports.tables import csv_file
from db import accounts, audit, reveals, search
from db.audit import Deed
from tests.dashboard.offices import BASE, ORIGIN, PASSWORD, Office, callback, county, sign_in
from tests.records import VAULT, order

NOWHERE: Final = "YC-20200101-00001"
NAME, PHONE, TITLE, ADDRESS = "欧阳试验", "19900001234", "小区楼下油烟扰民", "新华路"
SECRETS: Final = (NAME, PHONE, TITLE, ADDRESS, "欧**", "199****1234", "油烟直排")
LINE: Final = f"ws{BASE[4:]}/office/live"
HOUSE: Final = str(Path(__file__).resolve().parents[2])  # where the code lies is nobody's business
HERE = county().townships[0]
POLICY: Final = "default-src 'none'"


class Case(NamedTuple):
    """One that whoever tries may not see."""

    id: int
    code: str
    version: int


def case_of(office: Office, number: str) -> Case:
    case_id = office.centre.case_of(f"{Feed.HOTLINE12345}:{number}")
    row = office.centre.case(case_id)
    return Case(case_id, row.code, row.version)


def plain(office: Office) -> Case:
    """In the first township; the other township does not see it."""
    return case_of(office, "DH2026112000001")


def protected(office: Office) -> Case:
    """In the first township, held by a department; the township does not see it."""
    told = order(
        orderNum="DH9", isSecret="1", callerType="举报", areaCode=HERE.code,
        organizationCode=county().departments[1].code,
    )  # fmt: skip
    office.centre.hear(Feed.HOTLINE12345, told)
    case = case_of(office, "DH9")
    assert office.centre.case(case.id).sensitive
    return case


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    with office.client() as client:
        yield client


def become(client: TestClient, login: str) -> None:
    client.cookies.clear()
    assert sign_in(client, login).status_code == 303


def dependencies(client: TestClient) -> list[dict[str, Any]]:
    """Every callback that is answered by the server."""
    told = client.get("/office/_dash-dependencies").json()
    return [each for each in told if each["clientside_function"] is None]


def guesses(code: str, number: int) -> dict[str, Any]:
    """What somebody might say to each component, by "id.property", who knows a code and a number."""
    return {
        "address.pathname": f"/case/{code}",
        "address.search": "",
        "case-ask.data": {"code": code, "n": 1},
        "desk-open.data": {"code": code},
        "desk-ask.data": {"state": "all", "text": code, "way": "code", "number": 1},
        "desk-grid.getRowsRequest": {"startRow": 0, "endRow": 100},
        "desk-views-ask.data": {"do": "delete", "id": number},
        "act-look.data": {"n": 1, "cases": [{"code": code, "version": 2}]},
        "act-ask.data": {"n": 1, "do": "undo", "cases": [{"code": code, "version": 2}], "number": number},
        "reveal-reason.value": "回访需要联系诉求人",
        "reveal-number.data": number,
        "consent-ask.data": {"do": "grant", "reveal": number},
        "audit-code.value": code,
        "ops-letters.selectedRows": [{"number": number}],
        "ops-accounts.selectedRows": [{"login": "operator"}],
        "ops-account-new-password.value": "another long password",
        "ops-link-name.value": "大屏",
    }


def ask(client: TestClient, each: Mapping[str, Any], told: Mapping[str, Any]) -> Any:
    """Ask a callback as the browser would, everything that is known of it filled in."""

    def filled(given: list[dict[str, str]]) -> dict[str, Any]:
        names = [f"{one['id']}.{one['property']}" for one in given]
        return {name: told.get(name, 1 if name.endswith(("n_clicks", "n_intervals")) else None) for name in names}

    return callback(client, each["output"], filled(each["inputs"]),
                    filled(each["state"]))  # fmt: skip


# Callbacks.


def test_no_callback_answers_a_stranger(client: TestClient) -> None:
    become(client, "operator")
    known = dependencies(client)
    assert len(known) > 15
    client.cookies.clear()
    for each in known:
        answer = ask(client, each, guesses(NOWHERE, 1))
        assert (answer.status_code, answer.text) == (401, ""), each["output"]


def test_every_callback_answers_of_a_case_out_of_sight_as_of_none(office: Office, client: TestClient) -> None:
    for login, case in (("other-township", plain(office)), ("village", plain(office)), ("township", protected(office))):
        become(client, login)
        for each in dependencies(client):
            answer = ask(client, each, guesses(case.code, 1))
            nowhere = ask(client, each, guesses(NOWHERE, 1)).text
            assert answer.status_code in {200, 204}, each["output"]
            assert answer.text.replace(case.code, "") == nowhere.replace(NOWHERE, ""), (login, each["output"])
            if login == "other-township":
                assert not [secret for secret in SECRETS if secret in answer.text], each["output"]


def test_who_sees_the_case_is_answered_by_the_same_questions(office: Office, client: TestClient) -> None:
    """Or the test above would find nothing because nothing is asked rightly."""
    case = plain(office)
    become(client, "operator")
    told = {each["output"]: ask(client, each, guesses(case.code, 1)).text for each in dependencies(client)}
    assert sum(TITLE in text for text in told.values()) >= 2
    named = [output for output, text in told.items() if NAME in text]
    assert named, "by a reveal"
    assert all("reveal-shown" in output for output in named), "and by nothing else"


def test_who_may_not_change_people_changes_nobody(office: Office, client: TestClient) -> None:
    """And the administrator, who may, sees nothing of any case."""
    case = plain(office)
    for login in ("auditor", "leader", "department", "administrator"):
        become(client, login)
        for each in dependencies(client):
            if login != "administrator" or "ops-accounts-told" not in each["output"]:
                told = ask(client, each, guesses(case.code, 1)).text
                assert login != "administrator" or not [each for each in SECRETS if each in told]
    assert sign_in(client, "operator").status_code == 303, "neither disabled nor with another password"


def test_no_way_to_search_finds_a_case_out_of_sight(office: Office, client: TestClient) -> None:
    case = protected(office)
    texts = {Way.CODE: case.code, Way.PHONE: PHONE, Way.SOURCE: "DH9", Way.WORDS: "油烟", Way.PLACE: "新华路"}
    with office.database.write() as session:
        search.index_pending(session, VAULT, 100)
    for login in ("township", "operator"):
        become(client, login)
        each = next(each for each in dependencies(client) if "desk-found" in each["output"])
        for way, text in texts.items():
            told = guesses(case.code, 1) | {"desk-ask.data": {"state": "all", "text": text, "way": way.value}}
            assert (case.code in ask(client, each, told).text) is (login == "operator"), (login, way)


def test_no_move_on_a_case_out_of_sight_says_more_than_that_there_is_none(office: Office, client: TestClient) -> None:
    case = plain(office)
    entries = office.centre.position()
    become(client, "other-township")
    each = next(each for each in dependencies(client) if each["output"] == "act-told.data")

    def tried(code: str, form: str, do: str) -> str:
        fields = {field.value: "1" for field in Field} | {Field.CASE.value: code, "reason": "因为"}
        cases = [{"code": code, "version": case.version}]
        ask_ = {"n": 1, "do": do, "form": form, "fields": fields, "cases": cases, "number": 1}
        answer = ask(client, each, {"act-ask.data": ask_, "address.search": ""}).text
        return str(answer.replace(code, ""))

    for form in FORMS:
        for do in ("act", "preview") if form.previewed else ("act",):
            assert tried(case.code, form.name, do) == tried(NOWHERE, form.name, do), (form.name, do)
    assert office.centre.position() == entries
    assert "other-township" not in {row.login for row in rows_of(office, case)}


def rows_of(office: Office, case: Case) -> list[audit.Row]:
    with office.database.read() as session:
        return list(audit.of_case(session, case.id, 100))


def acted(client: TestClient, **told: Any) -> dict[str, Any]:
    answer = callback(client, "act-told.data", {"act-ask.data": {"n": 1, **told}}, {"address.search": ""})
    found: dict[str, Any] = answer.json()["response"]["act-told"]["data"]
    return found


def test_a_bulk_out_of_sight_is_none_at_all(office: Office, client: TestClient) -> None:
    office.centre.hear(Feed.HOTLINE12345, order(orderNum="DH2", areaCode=HERE.code))
    cases = [plain(office), case_of(office, "DH2")]
    become(client, "operator")
    done = acted(
        client, do="act", form="assign", fields={"unit": county().departments[2].code, "reason": "职责"},
        cases=[{"code": case.code, "version": case.version} for case in cases],
    )  # fmt: skip
    number = done["undo"]["number"]
    become(client, "other-township")
    mine, nobodys = (acted(client, do="undo-many", number=each) for each in (number, number + 50))
    assert mine["kind"] == nobodys["kind"] == "refused"
    assert mine["sentence"].replace(str(number), "") == nobodys["sentence"].replace(str(number + 50), "")
    assert all(row.login != "other-township" for case in cases for row in rows_of(office, case))
    become(client, "operator")
    assert acted(client, do="undo-many", number=number)["kind"] == "rows"


def test_a_unit_makes_no_move_of_the_centre(office: Office, client: TestClient) -> None:
    case = plain(office)
    become(client, "department")
    told = acted(
        client, do="act", form="assign", fields={"unit": county().departments[2].code, "reason": "不归我管"},
        cases=[{"code": case.code, "version": case.version}],
    )  # fmt: skip
    assert told["kind"] == "refused"
    assert plain(office).version == case.version


# Reveals.


def waited(client: TestClient, number: object) -> str:
    output = next(each for each in dependencies(client) if each["inputs"][0]["id"] == "reveal-wait")
    return str(ask(client, output, {"reveal-number.data": number, "address.search": ""}).text)


def test_a_reveal_shows_nothing_once_the_case_has_left_the_sight(office: Office, client: TestClient) -> None:
    case, at = plain(office), office.now()
    with office.database.write() as session:
        number = reveals.ask(session, VAULT, office.people["township"], case.id, "回访需要联系诉求人", at).id
    become(client, "other-township")
    assert waited(client, number) == waited(client, 999), "somebody else's, and out of sight: none at all"
    become(client, "township")
    assert NAME in waited(client, number)
    secret = order(isSecret="1", callerType="举报", areaCode=HERE.code, organizationCode=county().departments[0].code)
    office.centre.hear(Feed.HOTLINE12345, secret | {"updateTime": "2026-11-20 10:00:00"})
    assert office.centre.case(case.id).sensitive
    assert waited(client, number) == waited(client, 999)


def test_no_number_of_a_reveal_that_is_none_breaks_anything(client: TestClient) -> None:
    become(client, "operator")
    for number in (True, -1, 2**70, "1", None, {"id": 1}):
        told = waited(client, number)
        assert "Traceback" not in told
        assert NAME not in told


# Routes.


def test_no_paper_of_a_case_one_may_not_read(office: Office, client: TestClient) -> None:
    code = plain(office).code
    for login in ("other-township", "village", "auditor", "administrator"):
        become(client, login)
        there, nowhere = (client.get(f"/office/paper/{each}/dispatch") for each in (code, NOWHERE))
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content) == (404, b""), login
    become(client, "township")
    assert client.get(f"/office/paper/{code}/dispatch").status_code == 200


def test_only_an_auditor_takes_the_audit_away(client: TestClient) -> None:
    for login in ("operator", "leader", "township", "department", "village", "administrator"):
        become(client, login)
        answer = client.post("/office/audit/export", data={"asked": "{}", "format": "csv"}, headers=ORIGIN)
        assert answer.status_code == 403, login
        assert "operator" not in answer.text


def test_rubbish_is_answered_without_a_word_of_the_machine(client: TestClient) -> None:
    become(client, "auditor")
    typed = {"content-type": "application/json"}
    told: list[tuple[str, bytes]] = [
        ("/office/_dash-update-component", body)
        for body in (b"[" * 100_000, b"{", b"null", b"[]", b'{"output": "nothing.data"}', b"\xff")
    ]
    asked = (b"[", b'{"kinds": [{}]}', b'{"kinds": 1, "since": "9999-12-31"}', b'{"until": "9999-12-31"}')
    told += [("/office/audit/export", b"asked=" + each) for each in asked]
    for path, body in told:
        answer = client.post(path, content=body, headers=ORIGIN | typed)
        assert answer.status_code >= 400 or path.endswith("export"), body[:40]
        assert not [word for word in ("Traceback", HOUSE, "site-packages", "sqlalchemy") if word in answer.text]


def test_what_is_too_large_or_of_no_told_length_is_not_read(client: TestClient) -> None:
    become(client, "operator")
    for content in (b"x" * 300_000, iter([b"{}"])):
        answer = client.post("/office/_dash-update-component", content=content, headers=ORIGIN)
        assert answer.status_code == 413


def test_no_roundabout_way_leads_into_the_office(client: TestClient) -> None:
    for path in (
        "/office/paper/../_dash-layout", "/office/assets/../../run.py", "/office/assets/%2e%2e/%2e%2e/run.py", "/office",
        "//office/_dash-layout", "/office/docs", "/office/openapi.json", "/OFFICE/_dash-layout", "/%6ffice/_dash-layout",
    ):  # fmt: skip
        answer = client.get(f"{BASE}{path}")
        assert answer.status_code in {303, 401, 403, 404}, path
        assert "masthead" not in answer.text
        assert "import " not in answer.text


def test_every_answer_carries_the_policy_and_is_kept_nowhere(client: TestClient) -> None:
    answers = [client.get("/desk"), client.get("/office/_dash-layout"), client.get("/sign-in")]
    become(client, "operator")
    answers += [client.get("/desk"), client.get("/office/_dash-layout"), client.get("/office/paper/x/y")]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith(POLICY)
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


# Sessions and lines.


def test_a_session_that_was_handed_to_a_browser_is_not_the_one_it_signs_in_with(client: TestClient) -> None:
    client.cookies.set("bihuan_session", "chosen-by-somebody-else")
    sign_in(client, "operator")
    client.cookies.clear()
    client.cookies.set("bihuan_session", "chosen-by-somebody-else")
    assert client.get("/desk").status_code == 303


def closed_with(client: TestClient, end: Callable[[], object]) -> int:
    """Open a line, do something, and say with what it was closed; fails when it is not within three seconds."""
    become(client, "operator")
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(LINE, headers=ORIGIN) as line:
        _listen(line, end)
    assert isinstance(closed.value, WebSocketDisconnect)
    return closed.value.code


def _listen(line: WebSocketTestSession, end: Callable[[], object]) -> None:
    line.receive_bytes()
    end()
    for _ in range(6):  # beats come twice a second
        line.receive_bytes()


def test_a_line_ends_with_its_session(client: TestClient) -> None:
    assert closed_with(client, lambda: client.post("/sign-out", headers=ORIGIN)) == 4403


def test_a_line_ends_with_its_account(office: Office, client: TestClient) -> None:
    def disable() -> None:
        with office.database.write() as session:
            accounts.disable(session, "operator", office.now())

    assert closed_with(client, disable) == 4403


def test_a_line_is_opened_by_our_own_page_only(client: TestClient) -> None:
    become(client, "operator")
    for origin in ({}, {"origin": "https://evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(LINE, headers=origin) as line:
            line.receive_bytes()


def test_who_says_to_have_a_case_open_that_is_out_of_sight_is_not_shown_there(
    office: Office, client: TestClient
) -> None:
    case = plain(office)
    headers = []
    for login in ("other-township", "operator"):
        become(client, login)
        headers.append(ORIGIN | {"cookie": f"bihuan_session={client.cookies['bihuan_session']}"})
    client.cookies.clear()
    with (
        client.websocket_connect(LINE, headers=headers[0]) as theirs,
        client.websocket_connect(LINE, headers=headers[1]) as ours,
    ):
        theirs.send_text(orjson.dumps({"open": case.code}).decode())
        ours.send_text(orjson.dumps({"open": case.code}).decode())
        while not (present := orjson.loads(ours.receive_bytes()).get("present")):
            pass
        assert present == {case.code: ["operator"]}
        told = [orjson.loads(theirs.receive_bytes()).get("present") for _ in range(3)]
        assert not any(told), "whoever says so is told nothing of it either"


# Texts.


@pytest.mark.parametrize("text", ["=1+1", "＝1+1", "@SUM(1)", "＠SUM(1)", "\t=1", "-2", "－2"])
def test_a_file_has_no_cell_that_runs(text: str) -> None:
    with csv_file(["title"], [[text]]) as file:
        cell = file.read().decode("utf-8-sig").split("\r\n", 1)[1]
    assert cell.lstrip('"').startswith("'")


def test_the_address_to_go_on_to_is_text(client: TestClient) -> None:
    for then in ('/case/"><script>alert(1)</script>', "/case/x\r\nset-cookie: a=b"):
        answer = client.get("/sign-in", params={"next": then})
        assert "<script>" not in answer.text
        told = {"login": "operator", "password": PASSWORD, "next": then}
        back = client.post("/sign-in", data=told, headers=ORIGIN)
        assert "\n" not in back.headers["location"]
        assert "a=b" not in back.headers.get("set-cookie", "")


def test_a_search_leaves_no_word_of_it_in_the_audit_or_the_log(
    office: Office, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    become(client, "operator")
    each = next(each for each in dependencies(client) if "desk-found" in each["output"])
    for text in (PHONE, NAME):
        ask(client, each, guesses(NOWHERE, 1) | {"desk-ask.data": {"state": "all", "text": text}})
    with office.database.read() as session:
        rows = audit.rows(session, audit.Asked(kinds=(Deed.SEARCHED,)))
    assert len(rows) == 2
    assert not [secret for secret in (PHONE, NAME) if secret in str(rows) + caplog.text]
