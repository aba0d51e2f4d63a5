"""The case page and its actions by hand, as each role: what they may see, what they may do, and what nobody else does."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from casework.vocabulary import EntryType, Feed
from db import audit
from db.audit import Deed
from tests.dashboard.offices import Office, callback, county, sign_in
from tests.records import order

SHOW = "..case-main.children...case-side.children.."
REVEAL = (
    "..reveal-number.data...reveal-said.children...reveal-shown.children...reveal-wait.disabled...reveal-reason.value.."
)
NAME, PHONE, CONTENT = "欧阳试验", "19900001234", "楼下饭店油烟直排"
SEEN = ("operator", "leader", "auditor", "township", "department")
UNSEEN = ("other-township", "village", "administrator")
DEPARTMENTS = county().departments


def first(office: Office) -> tuple[int, str]:
    """The hotline's case: its id and code."""
    case_id = office.centre.case_of(f"{Feed.HOTLINE12345}:DH2026112000001")
    return case_id, office.centre.case(case_id).code


def case_page(client: TestClient, code: str) -> str:
    return callback(client, SHOW, {"case-ask.data": {"code": code, "n": 0}}, {"address.search": ""}).text


def data_of(client: TestClient, output: str, source: str, told: Any) -> dict[str, Any]:
    answer = callback(client, f"{output}.data", {f"{source}.data": told}, {"address.search": ""}).json()
    found: dict[str, Any] = answer.get("response", {}).get(output, {}).get("data") or {}
    return found


def act(client: TestClient, form: str, *cases: tuple[str, int], do: str = "act", **fields: str) -> dict[str, Any]:
    told = {"n": 1, "do": do, "form": form, "fields": fields}
    told["cases"] = [{"code": code, "version": version} for code, version in cases]
    return data_of(client, "act-told", "act-ask", told)


def deeds(office: Office, *kinds: Deed) -> list[tuple[str, str]]:
    """Who did what, the oldest first."""
    with office.database.read() as session:
        rows = audit.rows(session, audit.Asked(kinds=tuple(kinds)))
    return [(row.login, row.kind) for row in reversed(rows)]


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    with office.client("operator") as client:
        yield client


def become(client: TestClient, login: str) -> None:
    """The same browser, signed in as somebody else: making another application takes a second."""
    client.cookies.clear()
    assert sign_in(client, login).status_code == 303


# What is seen.


def test_the_page_tells_who_may_see_it_the_case_without_anybodys_name(office: Office, client: TestClient) -> None:
    _, code = first(office)
    for login in SEEN:
        become(client, login)
        told = case_page(client, code)
        assert code in told, login
        assert "流转记录" in told
        assert "2026-1版·签收·一般" in told, "the count of each clock names its rule"
        assert NAME not in told
        assert PHONE not in told
        assert (CONTENT in told) is (login != "auditor")
    assert deeds(office, Deed.VIEWED) == [(login, Deed.VIEWED) for login in SEEN]


def test_a_case_out_of_sight_is_one_that_does_not_exist(office: Office, client: TestClient) -> None:
    _, code = first(office)
    for login in UNSEEN:
        become(client, login)
        there, nowhere = case_page(client, code), case_page(client, "YC-20200101-00001")
        assert there == nowhere
        assert client.get(f"/office/paper/{code}/dispatch").status_code == 404
        looked = data_of(client, "act-offer", "act-look", {"n": 1, "cases": [{"code": code, "version": 2}]})
        assert looked.get("forms", []) == []
        version = office.centre.case(first(office)[0]).version
        done = act(client, "urge", (code, version))
        nothing = act(client, "urge", ("YC-20200101-00001", version))
        assert done.get("sentence", "").replace(code, "") == nothing.get("sentence", "").replace(
            "YC-20200101-00001", ""
        )
        asked = callback(
            client, REVEAL, {"reveal-ask.n_clicks": 1},
            {"reveal-reason.value": "回访需要联系", "case-ask.data": {"code": code}, "address.search": ""},
        ).text  # fmt: skip
        assert NAME not in asked
    assert all(
        who not in UNSEEN for who, _ in deeds(office, Deed.VIEWED, Deed.ACTED, Deed.ACT_REFUSED, Deed.REVEAL_ASKED)
    )


def test_the_journal_keeps_reasons_from_who_reads_no_texts(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    act(client, "colour", (code, office.centre.case(case_id).version), colour="orange", reason="涉及多家住户")
    assert "涉及多家住户" in case_page(client, code)
    become(client, "auditor")
    told = case_page(client, code)
    assert "涉及多家住户" not in told
    assert "橙" in told


def test_who_looked_is_told_to_the_centre_and_the_holder_only(office: Office, client: TestClient) -> None:
    _, code = first(office)
    only = "仅承办单位和县中心可见"
    for login, may in (("operator", True), ("department", True), ("township", False)):
        become(client, login)
        assert (only not in case_page(client, code)) is may, login


def test_a_merged_case_says_where_it_went(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    other = office.centre.hear(Feed.HOTLINE12345, order(orderNum="DH2", callerName="另一人"))
    office.centre.merge(case_id, other)
    told = case_page(client, code)
    into = office.centre.case(other).code
    assert "已并入" in told
    assert f"\\u002fcase\\u002f{into}" in told


def test_a_paper_is_a_word_file_and_is_written_down(office: Office, client: TestClient) -> None:
    _, code = first(office)
    answer = client.get(f"/office/paper/{code}/dispatch")
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert NAME not in answer.headers["content-disposition"]
    assert deeds(office, Deed.EXPORTED) == [("operator", Deed.EXPORTED)]
    assert client.get(f"/office/paper/{code}/prompt").status_code == 409, "the unit was not supervised"
    assert client.get(f"/office/paper/{code}/nothing").status_code == 404


def test_no_paper_for_who_may_not_read_what_stands_in_it(office: Office, client: TestClient) -> None:
    _, code = first(office)
    for login in ("auditor", "village"):
        become(client, login)
        assert client.get(f"/office/paper/{code}/dispatch").status_code == 404
    assert deeds(office, Deed.EXPORTED) == []


# What is done.


def test_an_assignment_is_previewed_done_and_undone(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    seen, unit = office.centre.case(case_id).version, DEPARTMENTS[1]
    shown = act(client, "assign", (code, seen), do="preview", unit=unit.name, reason="涉及供水")
    assert shown["kind"] == "preview"
    assert any(unit.name in line for line in shown["lines"])
    assert office.centre.case(case_id).version == seen, "a preview writes nothing"
    done = act(client, "assign", (code, seen), unit=unit.name, reason="涉及供水")
    assert (done["kind"], done["undo"]["code"]) == ("done", code)
    assert office.centre.case(case_id).unit_code == unit.code
    undone = act(client, "undo", (code, done["version"]), do="undo")
    assert undone["kind"] == "done"
    assert office.centre.case(case_id).unit_code == DEPARTMENTS[0].code
    assert office.centre.kinds(case_id)[-1] == EntryType.TAKEN_BACK
    assert deeds(office, Deed.ACTED) == [("operator", Deed.ACTED)] * 2


def test_who_comes_second_is_told_what_the_first_did_and_nothing_is_written(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    seen = office.centre.case(case_id).version
    act(client, "urge", (code, seen), reason="请尽快")
    late = act(client, "assign", (code, seen), unit=DEPARTMENTS[1].code, reason="改派")
    assert late["kind"] == "stale"
    assert late["version"] == office.centre.case(case_id).version
    assert late["lines"][0].endswith("operator"), "who did it, of the entries since"
    assert office.centre.case(case_id).unit_code == DEPARTMENTS[0].code
    assert deeds(office, Deed.ACT_REFUSED) == [("operator", Deed.ACT_REFUSED)]


def test_of_two_that_race_one_is_done_and_one_is_told(office: Office) -> None:
    case_id, code = first(office)
    seen, answers = office.centre.case(case_id).version, list[dict[str, Any]]()
    office.add("second", office.people["operator"].role)

    def race(login: str, unit: str) -> None:
        with office.client(login) as client:
            ready.wait(30)
            answers.append(act(client, "assign", (code, seen), unit=unit, reason="改派"))

    ready = threading.Barrier(2)
    racers = [
        threading.Thread(target=race, args=(login, unit.code))
        for login, unit in zip(("operator", "second"), DEPARTMENTS[1:3], strict=True)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert sorted(answer["kind"] for answer in answers) == ["done", "stale"]
    assert office.centre.kinds(case_id).count(EntryType.ASSIGNED) == 2
    office.centre.check()


def test_many_are_assigned_each_with_its_result_and_undone_as_one(office: Office, client: TestClient) -> None:
    ids = [office.centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}")) for number in range(3)]
    cases = [(office.centre.case(case_id).code, office.centre.case(case_id).version) for case_id in ids]
    stale = (cases[2][0], cases[2][1] - 1)
    nobodys = ("YC-20200101-00001", 1)
    told = act(client, "assign", *cases[:2], stale, nobodys, unit=DEPARTMENTS[1].code, reason="统一处理")
    assert told["sentence"].startswith("改派"), "as the button said"
    assert {row["code"]: row["done"] for row in told["rows"]} == {
        cases[0][0]: True, cases[1][0]: True, stale[0]: False, nobodys[0]: False,
    }  # fmt: skip
    undone = data_of(
        client, "act-told", "act-ask", {"n": 2, "do": "undo-many", "cases": [], "number": told["undo"]["number"]}
    )
    assert [row["done"] for row in undone["rows"]] == [True, True]
    assert {office.centre.kinds(case_id)[-1] for case_id in ids[:2]} == {EntryType.TAKEN_BACK}


def test_two_cases_are_merged_and_parted_again(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    other = office.centre.hear(Feed.HOTLINE12345, order(orderNum="DH2"))
    into, seen = office.centre.case(other).code, office.centre.case(case_id).version
    assert act(client, "merge", (code, seen - 1), case=into, reason="同一件事")["kind"] == "stale"
    assert act(client, "merge", (code, seen), case=into.lower(), reason="同一件事")["other"] == into
    assert office.centre.case(case_id).merged_into == other
    seen = office.centre.case(other).version
    parted = act(client, "split", (into, seen), report="hotline12345:DH2026112000001", reason="两件事")
    assert parted["other"] == code
    assert office.centre.case(case_id).merged_into is None


def test_an_account_is_offered_and_allowed_what_is_its_own(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    for login, form, done in (
        ("department", "sign", True),
        ("department", "close", False),
        ("leader", "urge", True),
        ("leader", "assign", False),
    ):
        become(client, login)
        seen = office.centre.case(case_id).version
        told = data_of(client, "act-offer", "act-look", {"n": 1, "cases": [{"code": code, "version": seen}]})
        assert (form in told["forms"]) is done, (login, form)
        answer = act(client, form, (code, seen), unit=DEPARTMENTS[1].code if form == "assign" else "", reason="说明")
        assert (answer["kind"] == "done") is done, (login, form)


def test_who_may_not_act_does_nothing(office: Office, client: TestClient) -> None:
    case_id, code = first(office)
    seen = office.centre.case(case_id).version
    for login in ("auditor", "administrator"):
        become(client, login)
        assert act(client, "urge", (code, seen)) == {}
    assert office.centre.case(case_id).version == seen


def test_what_makes_no_sense_is_refused_without_a_word_of_data(client: TestClient) -> None:
    case: dict[str, Any] = {"do": "act", "form": "assign", "cases": [{"code": 7}], "fields": {"unit": ["x"]}}
    nonsense: tuple[Any, ...] = (
        None,
        [],
        "x",
        {},
        {"do": "act"},
        case | {"cases": "x"},
        {"do": "undo-many", "number": 10**12},
        case,
    )
    for told in nonsense:
        answer = callback(client, "act-told.data", {"act-ask.data": told}, {"address.search": ""})
        assert answer.json()["response"]["act-told"]["data"]["kind"] == "refused", told


# Who is behind it.


def ask(client: TestClient, code: str, reason: str = "回访需要联系诉求人") -> dict[str, Any]:
    told = {"reveal-reason.value": reason, "case-ask.data": {"code": code}, "address.search": ""}
    answer: dict[str, Any] = callback(client, REVEAL, {"reveal-ask.n_clicks": 1}, told).json()["response"]
    return answer


def wait(client: TestClient, number: Any) -> str:
    told = {"reveal-number.data": number, "address.search": ""}
    dependencies = client.get("/office/_dash-dependencies").json()
    output = next(
        each["output"] for each in dependencies if each["inputs"] == [{"id": "reveal-wait", "property": "n_intervals"}]
    )
    return callback(client, output, {"reveal-wait.n_intervals": 1}, told).text


def test_a_reveal_shows_the_person_for_a_minute_and_is_written_down(office: Office, client: TestClient) -> None:
    _, code = first(office)
    refused = ask(client, code, "看")
    assert NAME not in str(refused)
    shown = ask(client, code)
    assert NAME in str(shown["reveal-shown"])
    assert PHONE in str(shown["reveal-shown"])
    assert NAME not in str({key: value for key, value in shown.items() if key != "reveal-shown"})
    assert deeds(office, Deed.REVEAL_ASKED, Deed.REVEALED) == [
        ("operator", Deed.REVEAL_ASKED), ("operator", Deed.REVEALED),
    ]  # fmt: skip


def test_a_protected_case_waits_for_a_second_person(office: Office) -> None:
    office.centre.hear(Feed.HOTLINE12345, order(orderNum="DH9", isSecret="1", callerType="举报", title="举报"))
    case_id = office.centre.case_of(f"{Feed.HOTLINE12345}:DH9")
    assert office.centre.case(case_id).sensitive
    code = office.centre.case(case_id).code
    with office.client("operator") as client, office.client("leader") as leader:
        asked = ask(client, code)
        assert NAME not in str(asked)
        number = asked["reveal-number"]["data"]
        assert NAME not in wait(client, number)
        consent = {"consent-ask.data": {"do": "grant", "reveal": number}}
        callback(client, "consent-list.children", consent, {"address.search": ""})
        assert NAME not in wait(client, number), "who asks can't consent"
        listed = callback(
            leader, "consent-list.children", {"consent-ask.data": {"do": "list"}}, {"address.search": ""}
        ).text
        assert code in listed
        assert "回访需要联系诉求人" in listed
        callback(leader, "consent-list.children", consent, {"address.search": ""})
        assert NAME not in wait(leader, number), "the leader did not ask"
        assert NAME in wait(client, number)


def test_who_may_not_reveal_is_told_nothing(office: Office, client: TestClient) -> None:
    _, code = first(office)
    number = ask(client, code)["reveal-number"]["data"]
    for login in ("leader", "auditor", "other-township", "administrator"):
        become(client, login)
        told = {"reveal-reason.value": "需要联系诉求人", "case-ask.data": {"code": code}, "address.search": ""}
        assert NAME not in callback(client, REVEAL, {"reveal-ask.n_clicks": 1}, told).text
        assert NAME not in wait(client, number)


def test_who_may_not_consent_sees_nothing_that_waits(client: TestClient) -> None:
    for login in ("operator", "township", "auditor", "administrator"):
        become(client, login)
        told = callback(
            client, "consent-list.children", {"consent-ask.data": {"do": "list"}}, {"address.search": ""}
        ).text
        assert "consent-count" not in told, login
