"""Rubbish in every parameter of every route of the office: an answer that says so, and never a failure."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest
from starlette.testclient import TestClient

from dashboard.door import ATTEMPTS
from dashboard.pages.audit import EXPORT_PATH, FILTERS
from db import audit
from db.audit import Deed
from tests.dashboard.offices import ORIGIN, PASSWORD, Office

TEXTS: Final = (
    "", " ", "\0", "a\0b", "%00", "../../etc/passwd", "//evil.example", "\\\\evil", "' OR 1=1 --", "<script>", "9" * 400, "-1",
    "NaN", "𠮷🙂", "\ud7ff\ue000", "%", "%%%", "{}", "[{}]", "null", "\r\nset-cookie: a=b", "٣", "²",
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    {}, [], [{}], [[]], [None], {"a": 1}, 0, -1, 1.5, 2**63, 1e300, True, ["no such kind"], ["viewed", {}], "viewed", "\0",
    ["\0"], "0001-01-01", "9999-12-31", "2026-02-30", "-0001-01-01", "2026-11-22T00:00", "9" * 400,
)  # fmt: skip


@pytest.fixture
def auditor(office: Office) -> Iterator[TestClient]:
    with office.client("auditor") as client:
        yield client


def export(client: TestClient, body: bytes | dict[str, str]) -> int:
    if isinstance(body, bytes):
        return client.post(EXPORT_PATH, content=body, headers=ORIGIN).status_code
    return client.post(EXPORT_PATH, data=body, headers=ORIGIN).status_code


def test_an_export_answers_rubbish_with_a_sentence(office: Office, auditor: TestClient) -> None:
    asked = orjson.dumps({"kinds": [{}]}).decode()
    answer = auditor.post(EXPORT_PATH, data={"asked": asked}, headers=ORIGIN)
    assert answer.status_code == 400
    assert "这个请求无法理解" in answer.text
    with office.database.read() as session:
        assert Deed.EXPORTED not in {row.kind for row in audit.rows(session, audit.Asked())}


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_of_an_export_fails(auditor: TestClient, name: str) -> None:
    for value in VALUES:
        told = orjson.dumps({name: value}, option=orjson.OPT_PASSTHROUGH_SUBCLASS) if value != 2**63 else b"{1}"
        assert export(auditor, {"asked": told.decode()}) in {200, 400}, (name, value)


@pytest.mark.parametrize("name", ["asked", "format", "language"])
def test_no_field_of_an_export_fails(auditor: TestClient, name: str) -> None:
    for text in TEXTS:
        assert export(auditor, {name: text}) in {200, 400}, (name, text)
    assert export(auditor, b"\xff\xfe=%ff&&&;;;===") in {200, 400}
    assert export(auditor, {"asked": "[" * 5_000}) == 400


@pytest.mark.parametrize(
    "path", ["/desk", "/case/{}", "/ops", "/audit", "/office/{}", "/office/paper/{}/{}", "/sign-in"]
)
def test_no_page_fails(auditor: TestClient, path: str) -> None:
    for text in TEXTS:
        told = quote(text)
        filled = path.replace("{}", quote(text, safe=""))
        for address in (filled, f"{path.replace('{}', 'x')}?next={told}&lang={told}&{told}={told}"):
            assert auditor.get(address).status_code < 500, address


@pytest.mark.parametrize("name", ["login", "password", "next", "other"])
def test_no_field_of_the_sign_in_fails(office: Office, name: str) -> None:
    with office.client() as client:
        for text in TEXTS[: ATTEMPTS - 1]:
            told = {"login": "nobody", "password": PASSWORD, "next": "/desk"} | {name: text}
            assert client.post("/sign-in", data=told, headers=ORIGIN).status_code == 403, text
