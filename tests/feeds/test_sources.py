"""Each source's records in the centre's words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Untranslatable
from casework.report import Allowance, Person, Role
from casework.vocabulary import Appeal, Category, Colour, Satisfaction, Status, Urgency
from tests.records import DIALECTS, Feed, at, call, event, order, translated

HOTLINE, POLICE, GRID = Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID


def test_a_110_slip_in_our_words() -> None:
    report = translated(POLICE, call(jqjb="2", sfbm="1", lxdh="19900009999", gljjdbh="J1", jd="109.5", wd=38.1))
    assert report.key == "police110:J2026112000001"
    assert (report.reported_at, report.version_at) == (at("11-20 08:00"), at("11-20 08:10"))
    assert (report.township, report.links, report.sensitive) == ("999921001", ("J1",), True)
    assert (report.lon, report.lat) == (109.5, 38.1)
    assert report.persons == (Person(Role.CALLER, "司徒样本", "19900004321"), Person(Role.CONTACT, "", "19900009999"))
    assert (report.milestones.stage, report.milestones.unit_code) == (Status.TO_SIGN, "U-STATION")
    assert report.milestones.assigned_at == at("11-20 08:10")


def test_an_order_in_our_words() -> None:
    report = translated(
        HOTLINE,
        order(
            oldOrderNum="DH0",
            handleDays="5",
            timeUnit="工作日",
            isHardOrder=1,
            nonsenseState="1",
            addressPoints="109.5,38.1",
        ),
    )
    assert (report.appeal, report.urgency, report.hard, report.unreasonable) == (
        Appeal.COMPLAINT,
        Urgency.ORDINARY,
        True,
        True,
    )
    assert report.allowance == Allowance(5, "working_day")
    assert (report.links, report.lon, report.lat) == (("DH0",), 109.5, 38.1)
    assert report.milestones.unit_name == "城管局"


def test_a_grid_event_in_our_words() -> None:
    report = translated(
        GRID, event(riskColour="橙", isGroup="1", involvedCount="35", satisfied=0, eventType1="矛盾纠纷")
    )
    assert (report.colour, report.group, report.involved) == (Colour.ORANGE, True, 35)
    assert report.milestones.satisfaction is Satisfaction.DISSATISFIED
    assert report.milestones.reached is True
    assert [person.role for person in report.persons] == [Role.CALLER]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20 08:00:00",
        "2026/11/20 8:00:00",
        "2026-11-20T08:00:00",
        "2026-11-20T08:00:00+08:00",
        "2026-11-20T00:00:00Z",
    ],
)
def test_a_time_may_be_written_in_each_of_the_ways_sources_do(written: str) -> None:
    assert translated(HOTLINE, order(callTime=written)).reported_at == at("11-20 08:00")


def test_summer_time_of_the_eighties_is_honoured() -> None:
    assert translated(HOTLINE, order(callTime="1988-07-01 09:00:00")).reported_at == datetime(
        1988, 7, 1, 0, 0, tzinfo=UTC
    )


@pytest.mark.parametrize("nothing", [None, ""])
def test_absent_null_and_empty_are_the_same(nothing: str | None) -> None:
    without = {name: value for name, value in order().items() if name not in ("dispatchTime", "callerName", "areaCode")}
    assert translated(HOTLINE, order(dispatchTime=nothing, callerName=nothing, areaCode=nothing)) == translated(
        HOTLINE, without
    )


def test_numbers_may_come_as_text_and_text_as_numbers() -> None:
    assert translated(HOTLINE, order(orderNum=123)).source_id == "123"
    assert translated(HOTLINE, order(orderNum=123.0)).source_id == "123"
    assert translated(HOTLINE, order(isSecret="1")) == translated(HOTLINE, order(isSecret=1))


@pytest.mark.parametrize(
    ("feed", "record", "field"),
    [
        (HOTLINE, order(orderNum=""), "orderNum"),
        (HOTLINE, order(orderNum="x" * 200), "orderNum"),
        (HOTLINE, order(callTime=None), "callTime"),
        (HOTLINE, order(updateTime="99999-01-01 00:00:00"), "updateTime"),
        (HOTLINE, order(updateTime="2026-13-01 00:00:00"), "updateTime"),
        (HOTLINE, order(updateTime=5), "updateTime"),
        (HOTLINE, order(title=["a"]), "title"),
        (HOTLINE, order(isSecret="maybe"), "isSecret"),
        (HOTLINE, order(handleDays="5", timeUnit="年"), "timeUnit"),
        (HOTLINE, order(handleDays="-1", timeUnit="小时"), "handleDays"),
        (HOTLINE, order(addressPoints="here"), "addressPoints"),
        (HOTLINE, order(organizationCode="x" * 65), "organizationCode"),
        (POLICE, call(jd=True, wd="38"), "jd"),
        (POLICE, call(bjsj={}), "bjsj"),
        (GRID, event(involvedCount="many"), "involvedCount"),
        (GRID, event(eventCode=1e300), "eventCode"),
    ],
)
def test_what_can_not_be_translated_is_named_and_not_quoted(feed: Feed, record: dict[str, Any], field: str) -> None:
    with pytest.raises(Untranslatable, match=f"^{field}: "):
        translated(feed, record)


def test_an_unknown_code_is_kept_and_counted_and_never_guessed() -> None:
    report = translated(
        HOTLINE, order(callerType="表扬", questionCode="Z99", state="某新状态", visitSatisfaction="五星")
    )
    assert (report.appeal, report.category) == (Appeal.UNKNOWN, Category.OTHER)
    assert report.milestones.stage is None
    assert report.milestones.satisfaction is Satisfaction.UNKNOWN
    assert set(report.unknown_codes) == {
        ("callerType", "表扬"),
        ("questionCode", "Z99"),
        ("state", "某新状态"),
        ("visitSatisfaction", "五星"),
    }


def test_a_place_nobody_can_be_at_is_no_place() -> None:
    for point in ("0,0", "500,38", "109.5,-91"):
        assert translated(HOTLINE, order(addressPoints=point)).lon is None


def test_control_characters_and_endless_texts_do_no_harm() -> None:
    report = translated(HOTLINE, order(title="a\u0000b\u001bc", address="长" * 2**20, majorContent="文" * 2**20))
    assert report.title == "abc"
    assert len(report.address) == 500
    assert report.address.endswith("…")
    assert len(report.content) == 20_000


def test_a_bare_date_is_a_deadline_at_its_midnight() -> None:
    assert translated(HOTLINE, order(deadlineDate="2026-11-27")).milestones.due_at == at("11-28 00:00")
    assert translated(HOTLINE, order(deadlineDate="2026-11-27 17:00:00")).milestones.due_at == at("11-27 17:00")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["1", "0", "2026-11-20 08:00:00"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(("feed", "record"), [(HOTLINE, order()), (POLICE, call()), (GRID, event())])
@given(data=st.data())
def test_whatever_is_in_a_field_it_is_translated_or_named(
    feed: Feed, record: dict[str, Any], data: st.DataObject
) -> None:
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(record)), VALUES, max_size=4))
    dialect = DIALECTS[feed]
    try:
        dialect.translate(record | changes, dialect.codes)
    except Untranslatable as error:
        assert str(error).split(":")[0].isidentifier()
