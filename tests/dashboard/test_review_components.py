"""The parts of the review's page, from values, without a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from casework.indicators import Indicator
from casework.review import ArrivalKey, By, ListKey, ObjectionState, Part, PeriodKind, PeriodName, Tally, key_of
from casework.roles import Sight
from config.locale import load
from dashboard.components import review_cases, review_head, review_lapse, review_lists, review_notes, review_sheet
from dashboard.components.attributes import attributes
from dashboard.components.drawing import node, nodes
from dashboard.components.review_ask import (
    LIST_ROWS,
    MOST_ROWS,
    Ask,
    BadAsk,
    address,
    asked,
    list_asked,
    sibling,
    told_instant,
    way_back,
)
from dashboard.components.review_page import drawn
from dashboard.components.review_parts import part_of, parts_of, rate_cell
from dashboard.components.review_table import headline, ranking
from dashboard.components.review_unit import picked_unit, unit
from dashboard.components.review_words import DEFINITIONS, NAMES, Telling, days, minute, period_name
from tests.dashboard.offices import county
from tests.dashboard.reviews import AT, NAME, MadeReviews, review

WORDS = load()["zh_CN"]
FIRST, SECOND = county().townships[:2]
COUNTY = Telling(county(), WORDS, Sight(whole_county=True, texts=True))
TOWNSHIP = Telling(county(), WORDS, Sight(townships=frozenset({SECOND.code}), units=frozenset({SECOND.centre})))


def within(part: Any) -> Iterator[Component]:
    """The component and all in it."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from within(each)
    elif isinstance(part, Component):
        yield part
        yield from within(getattr(part, "children", None))


def told(part: Any) -> dict[str, Any]:
    props: dict[str, Any] = part.to_plotly_json()["props"]
    return props


def text(part: Any) -> str:
    if isinstance(part, list | tuple):
        return " ".join(filter(None, map(text, part)))
    if isinstance(part, Component):
        return text(getattr(part, "children", None))
    return "" if part is None else str(part)


def lists_in(part: Any) -> list[str]:
    return [told(each)["data-list"] for each in within(part) if "data-list" in told(each)]


def test_a_rate_opens_what_it_missed() -> None:
    made = html.Td(
        html.Button(
            [html.B("90.4%"), html.Span("113/125", className="review-ratio")],
            type="button",
            className="review-number",
            **attributes(
                data_list=f"finished.missed.township.{SECOND.code}",
                data_count="12",
                aria_label="青石镇 按时办结率 90.4% 113/125",
                aria_haspopup="dialog",
            ),
        ),
        className="figures",
    )
    cell = rate_cell(Indicator.FINISHED, Tally(113, 125), By.TOWNSHIP, SECOND.code, COUNTY)
    assert node(cell) == node(made)


@pytest.mark.parametrize(
    ("indicator", "tally", "part"),
    [
        (Indicator.FINISHED, Tally(3, 4), Part.MISSED),
        (Indicator.FINISHED, Tally(4, 4), Part.ALL),
        (Indicator.RETURNED, Tally(1, 4), Part.GOOD),
        (Indicator.OVERDUE_OPEN, Tally(0, 4), Part.ALL),
        (Indicator.SETTLED_ACCEPTED, Tally(5, 4), Part.GOOD),
    ],
)
def test_what_costs_something_is_opened_first(indicator: Indicator, tally: Tally, part: Part) -> None:
    assert part_of(indicator, tally) is part
    assert part in parts_of(indicator)


def test_the_headline_opens_the_countys_lists() -> None:
    assert lists_in(headline(review(), COUNTY)) == [
        "closed.all.county.",
        "finished.missed.county.",
        "solved.missed.county.",
        "satisfied.missed.county.",
        "overdue_open.good.county.",
    ]


def test_a_township_reads_the_whole_table_and_opens_only_its_own() -> None:
    shown = drawn(review(), 1, None, TOWNSHIP, "某人", AT)
    keys = [key_of(key) for key in lists_in(shown.main)]
    assert {key for key in keys if isinstance(key, ArrivalKey)} == {
        ArrivalKey(SECOND.code, None, "07"),
        ArrivalKey(SECOND.code, county().villages_of(SECOND.code)[0].code),
    }
    assert {(key.by, key.code) for key in keys if isinstance(key, ListKey)} <= {
        (By.TOWNSHIP, SECOND.code),
        *((By.VILLAGE, village.code) for village in county().villages_of(SECOND.code)),
    }
    assert "柳林镇" in text(shown.main)
    assert "98.5" in text(shown.main)


def test_ranked_and_unranked_stand_apart_with_the_reason() -> None:
    table = next(each for each in within(ranking(review(), COUNTY, SECOND.code)) if isinstance(each, html.Table))
    _, _, ranked, unranked = table.children
    assert [text(row.children[0]) for row in ranked.children] == list("1234567")
    assert "开发区" in text(unranked)
    assert "应办结不足 10 件" in text(unranked)
    assert "30.0%–90.3%" in text(unranked)
    assert "本期无可考核的案件" in text(unranked)


def test_exclusions_and_objections_show_in_the_table_and_beside_it() -> None:
    row = next(each for each in within(ranking(review(), COUNTY, "")) if told(each).get("data-unit") == SECOND.code)
    assert "87.0" in text(row)
    assert "含剔除 86.1" in text(row)
    assert "申诉中 1 件" in text(row)
    panel = text(unit(review(), SECOND.code, COUNTY))
    assert "已剔除 2 件；如计入，得分 86.1，名次 6。" in panel
    assert "1 件正在申诉" in panel


def test_points_lost_add_up_and_open_the_cases_they_were_lost_by() -> None:
    panel = unit(review(), SECOND.code, COUNTY)
    parts = [each for each in within(panel) if getattr(each, "className", None) == "review-part"]
    assert [text(part) for part in parts][2] == "按时办结率 25.4 /30 −4.6 12 件超期"
    assert lists_in(panel)[2] == f"finished.missed.township.{SECOND.code}"
    assert all(isinstance(part, html.Button) for part in parts)


def test_the_bar_of_an_indicator_is_as_long_as_its_weight_beside_the_heaviest() -> None:
    bars = [
        each for each in within(unit(review(), SECOND.code, COUNTY)) if getattr(each, "className", "") == "review-bar"
    ]
    widths = [sum(float(part.style["width"].rstrip("%")) for part in bar.children) for bar in bars]
    assert widths == pytest.approx([100 / 3, 50, 100, 200 / 3, 200 / 3, 100 / 6], abs=0.02)


def test_one_sees_the_township_one_asked_for_else_ones_own_else_the_last() -> None:
    found = review()
    assert picked_unit(found, FIRST.code, COUNTY) == FIRST.code
    assert picked_unit(found, "no such", TOWNSHIP) == SECOND.code
    assert picked_unit(found, None, COUNTY) == county().townships[5].code


def test_an_unranked_township_shows_why_in_place_of_points() -> None:
    shown = text(unit(review(), county().townships[7].code, COUNTY))
    assert "不参与排名" in shown
    assert "失分" not in shown


def test_every_number_of_the_sheet_opens_its_own_list() -> None:
    sheet = review_sheet.sheet(review(), COUNTY)
    last = [each for each in within(sheet) if isinstance(each, html.Tr)][-1]
    assert text(last) == "云川县 961 815 46 100 89.6% 84.8% 30 7.6% +6.8%"
    assert lists_in(last) == [
        "closed.all.county.",
        "closed_on_time.good.county.",
        "closed.late.county.",
        "closed.missed.county.",
        "dissatisfied.good.county.",
    ]


def test_a_rise_tells_its_count_what_is_usual_and_the_rule() -> None:
    shown = text(review_lists.rises(review(), COUNTY))
    assert "水电气热 东岭镇 来件 11 件 常态 不足 5 件，上限 8" in shown
    assert "前 12 周" in shown
    nothing = text(review_lists.rises(review()._replace(rises=(), rises_weeks=0), COUNTY))
    assert "历史太短" in nothing


def test_decisions_say_what_became_of_them_and_the_late_come_first() -> None:
    rows = [each for each in within(review_notes.decisions(review(), COUNTY)) if isinstance(each, html.Li)]
    assert [next(told(each)["data-state"] for each in within(row) if "data-state" in told(each)) for row in rows] == [
        "late",
        "open",
        "done",
        "withdrawn",
    ]
    assert "未完成 超 1 天 1 时" in text(rows[0])
    assert "已完成 11月18日" in text(rows[2])


def test_what_a_unit_is_charged_with_is_for_the_county_and_itself() -> None:
    def matters(sight: Sight) -> list[str]:
        shown = text(review_notes.decisions(review(), Telling(county(), WORDS, sight)))
        return [each.matter for each in review().decisions if each.matter in shown]

    whole, own = review().decisions, review().decisions[2]
    assert matters(Sight(whole_county=True, texts=True)) == [each.matter for each in whole]
    assert matters(Sight(units=frozenset({own.unit_code}), texts=True)) == [own.matter]
    assert matters(Sight(whole_county=True)) == [], "no texts for who has no right to them"


def test_a_units_reason_is_for_the_county_and_itself() -> None:
    def reasons(telling: Telling) -> int:
        return text(review_notes.objections(review(), telling)).count("当日停电")

    assert reasons(COUNTY) == 3
    assert reasons(Telling(county(), WORDS, Sight(units=frozenset({SECOND.centre}), texts=True))) == 2
    assert reasons(Telling(county(), WORDS, Sight(whole_county=True))) == 0, "no texts for who has no right to them"


def test_every_indicator_has_a_name_and_says_what_is_divided_by_what() -> None:
    assert set(NAMES) == set(DEFINITIONS) == {indicator.value for indicator in Indicator}
    assert "30.0 分；达到 98.0% 得满分" in text(review_notes.definitions(review(), COUNTY))


def test_the_foot_names_what_the_numbers_rest_on() -> None:
    assert text(review_notes.foot(review(), COUNTY)) == (
        "口径 2026-1 示例 · 日历 国办 2026 流水 #184,302 · 指纹 7f3a0002cfee"
    )


def test_a_past_instant_is_told_so_that_nobody_takes_it_for_now() -> None:
    past = review(as_of=AT)
    title = review_head.title(past, COUNTY)
    assert "按 11月21日 16:42 时的情况，此后的变化不计" in text(title)
    assert "回到现在" in text(title)
    assert "进行中" not in text(title)
    assert "进行中" in text(review_head.title(review(), COUNTY))


def test_zeros_that_mislead_are_told_from_those_of_a_quiet_week() -> None:
    coming = PeriodName.parse("2026-W52")
    assert "尚未开始" in text(review_head.title(review(coming), COUNTY))
    assert "该时刻系统尚无记录" in text(review_head.title(review(as_of=AT - timedelta(days=900), position=0), COUNTY))


def test_a_count_of_a_running_period_says_that_the_one_before_is_whole() -> None:
    running, over = text(headline(review(), COUNTY)), text(headline(review(at=AT + timedelta(days=30)), COUNTY))
    assert "较上周前 6 天 " in running
    assert "较上周 " not in running
    assert "较上周 " in over


def test_a_list_of_what_was_given_is_called_as_its_column() -> None:
    told = review_cases.told_list(review(), ListKey(Indicator.CLOSED, Part.ALL), [], 50, COUNTY)
    assert told["title"].endswith(" · 派遣总数")
    assert [part["name"] for part in told["parts"]] == ["未办结", "已办结", "派遣总数"]
    overdue = review_cases.told_list(review(), ListKey(Indicator.OVERDUE_OPEN, Part.GOOD), [], 50, COUNTY)
    assert [part["name"] for part in overdue["parts"]] == ["未计入", "计入", "全部"]


def test_one_goes_to_no_period_that_has_not_begun_and_keeps_the_past_instant_where_it_can() -> None:
    now = AT + timedelta(days=20)
    running = review_head.ways(review(), COUNTY, AT)
    assert told(running[0])["href"] == "/review/2026-W46"
    assert isinstance(running[2], html.Span), "the next week has not begun"
    past = review_head.ways(review(as_of=AT), COUNTY, now)
    assert told(past[0])["href"] == "/review/2026-W46?as_of=2026-11-21T16:42"
    assert told(past[2])["href"] == "/review/2026-W48", "it had not begun then"


@pytest.mark.parametrize(
    ("name", "kind", "now", "beside"),
    [
        ("2026-W47", PeriodKind.MONTH, AT, "2026-11"),
        ("2026-W40", PeriodKind.MONTH, AT, "2026-09"),
        ("2026-Q3", PeriodKind.WEEK, AT, "2026-W27"),
        ("2026-Q4", PeriodKind.WEEK, AT, "2026-W47"),
    ],
)
def test_another_kind_of_period_shows_the_same_time(name: str, kind: PeriodKind, now: datetime, beside: str) -> None:
    assert str(sibling(PeriodName.parse(name), kind, now)) == beside


def test_ends_of_days_are_offered_as_far_as_they_have_come() -> None:
    ends = review_head.ends_of_days(review(), AT)
    assert [minute(at, WORDS, deadline=True) for at in ends] == [f"11月{day}日 24:00" for day in range(16, 21)]
    month = review(PeriodName.parse("2026-10"), AT)
    assert len(review_head.ends_of_days(month, AT)) == review_head.LISTED_DAYS


def test_the_time_lapse_carries_every_day() -> None:
    data = review_lapse.lapse_data(review(), COUNTY)
    assert len(data["days"]) == 7
    assert data["possible"] == 100.0
    assert data["days"][0]["told"] == "11月16日 24:00"
    assert data["days"][0]["given"] == 137
    assert data["days"][0]["rows"][county().townships[8].code] == [None, None]


def test_a_list_says_how_much_of_it_is_shown_and_its_other_parts() -> None:
    source, found = MadeReviews(), review()
    key = ListKey(Indicator.FINISHED, Part.MISSED, By.TOWNSHIP, SECOND.code)
    shown = review_cases.told_list(found, key, source.cases(found, key, COUNTY.sight), 5, COUNTY)
    assert shown["title"] == "青石镇 · 按时办结率"
    assert [part["number"] for part in shown["parts"]] == ["12", "113", "125"]
    assert (shown["total"], len(shown["rows"]), shown["told"]) == (12, 5, "前 5 件，共 12 件")
    first = shown["rows"][0]
    assert first["late"] == "7 天 3 时"
    assert first["href"] == f"/case/{first['code']}"
    there = review_cases.told_list(found, key, source.cases(found, key, COUNTY.sight), 1, COUNTY.of(found.name, AT))
    assert there["rows"][0]["href"] == f"/case/{first['code']}?from={found.name}&as_of={told_instant(AT)}"
    assert (
        way_back(f"?from={found.name}&as_of={told_instant(AT)}", AT) == f"/review/{found.name}?as_of={told_instant(AT)}"
    )
    assert way_back("?lang=en&from=2026-W47", AT) == "/review/2026-W47?lang=en"
    assert way_back("?from=//elsewhere.example", AT) is None
    assert way_back("?lang=en", AT) is None
    assert [row["notes"] for row in shown["rows"]][3:] == [["剔除"], ["申诉：待裁定"]]


def test_a_case_that_may_not_be_seen_is_a_row_that_names_nothing() -> None:
    source, found = MadeReviews(), review()
    key = ListKey(Indicator.FINISHED, Part.MISSED, By.TOWNSHIP, SECOND.code)
    hidden = source.cases(found, key, COUNTY.sight)[0]._replace(
        case_code="", category="", township=None, colour="", status="", excluded=False, objection=None
    )
    row = review_cases.told_list(found, key, [hidden], 5, COUNTY)["rows"][0]
    assert (row["code"], row["href"], row["category"], row["township"]) == ("", "", "保密", "")


def test_what_is_asked_for_is_the_week_that_runs_unless_it_is_named() -> None:
    assert asked({"name": "", "n": 0}, "", AT) == Ask(NAME, None)
    told_of = {"name": "2026-Q4", "as_of": "2026-11-20T08:00", "unit": SECOND.code}
    assert asked(told_of, "?as_of=2026-01-01T00:00", AT) == Ask(
        PeriodName.parse("2026-Q4"), datetime(2026, 11, 20, tzinfo=UTC), SECOND.code
    )


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "2026-W47"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026-W47"),
        (datetime(2026, 11, 23, 15, 59, tzinfo=UTC), "2026-W47"),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "2026-W48"),
    ],
)
def test_on_a_monday_it_is_the_week_that_ended(now: datetime, week: str) -> None:
    assert str(asked({}, "", now).name) == week


def test_the_address_is_asked_only_while_the_page_has_not_said() -> None:
    search = "?lang=en&as_of=2026-11-20T08:00"
    assert asked({"name": "2026-W47"}, search, AT).as_of == datetime(2026, 11, 20, tzinfo=UTC)
    assert asked({"name": "2026-W47", "as_of": ""}, search, AT).as_of is None


@pytest.mark.parametrize(
    "told_of",
    [
        {"name": "2026-W54"},
        {"name": "0000-01"},
        {"name": "9999-W53"},
        {"name": "last week"},
        {"name": "2026-W47", "as_of": "yesterday"},
        {"name": "2026-W47", "as_of": "2027-01-01T00:00"},
        {"name": "2026-W47", "as_of": "0001-01-01T00:00"},
    ],
)
def test_what_can_not_be_is_a_sentence_in_both_languages(told_of: dict[str, str]) -> None:
    with pytest.raises(BadAsk) as refused:
        asked(told_of, "", AT)
    assert str(refused.value) in load()["en"]


@pytest.mark.parametrize(
    ("most", "kept"), [(7, 7), (10**9, MOST_ROWS), (-1, 1), (None, LIST_ROWS), (True, LIST_ROWS), ("9", LIST_ROWS)]
)
def test_a_list_is_never_asked_for_without_end(most: object, kept: int) -> None:
    told_of = {"name": "2026-W47", "as_of": "", "key": "finished.missed.county.", "most": most}
    assert list_asked(told_of, AT).most == kept


@pytest.mark.parametrize("key", ["", "finished", "finished.missed.planet.", "none.missed.county.", None])
def test_a_key_that_names_no_list_is_refused(key: str | None) -> None:
    with pytest.raises(BadAsk):
        list_asked({"name": "2026-W47", "key": key}, AT)


def test_addresses_carry_the_period_and_the_instant_and_nothing_else() -> None:
    assert address(NAME, None, "") == "/review/2026-W47"
    assert address(NAME, AT, "?lang=en") == "/review/2026-W47?lang=en&as_of=2026-11-21T16:42"
    assert address(NAME, AT, "", "/office/review/", ".xlsx") == "/office/review/2026-W47.xlsx?as_of=2026-11-21T16:42"


def test_periods_and_days_are_told_as_people_write_them() -> None:
    assert period_name(NAME, WORDS) == "2026 年第 47 周"
    assert days(NAME.period(AT), WORDS) == "11月16日 – 11月22日"


def test_an_element_is_told_as_html_names_it_and_texts_stay_texts() -> None:
    part = html.Label(
        ["<b>", html.B("x"), None],
        className="quiet",
        htmlFor="id",
        hidden=False,
        style={"width": "3%"},
        **attributes(data_n="1"),
    )
    assert node(part) == [
        "label",
        {"class": "quiet", "for": "id", "style": {"width": "3%"}, "data-n": "1"},
        ["<b>", ["b", {}, ["x"]]],
    ]
    assert nodes([dcc.Link("x", href="/case/1"), None]) == [["a", {"href": "/case/1"}, ["x"]]]


def test_what_only_dash_can_draw_is_refused() -> None:
    with pytest.raises(TypeError):
        node(dcc.Store(id="x"))


def test_the_whole_page_can_be_drawn() -> None:
    shown = drawn(review(), 3, None, COUNTY, "某人", AT)
    for parts in shown:
        assert nodes(parts) is not None
    marker = next(each for each in within(shown.main) if getattr(each, "id", "") == "review-shown")
    assert told(marker)["data-n"] == "3"
    assert told(marker)["data-fingerprint"] == review().fingerprint


def test_objections_have_a_word_for_every_state() -> None:
    for state in ObjectionState:
        assert state.value in {
            told(each)["data-state"]
            for each in within(review_notes.objections(review(), COUNTY))
            if "data-state" in told(each)
        }
