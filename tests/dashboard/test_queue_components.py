"""The desk's rows and side panel, built from what they are handed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash import html

from casework.calendar import Due
from casework.case import Entry
from casework.clocks import Clock, Kind
from casework.roles import Sight
from casework.vocabulary import Appeal, Category, Colour, EntryType, Feed, Status, Urgency
from config.locale import load
from dashboard.components import queue_panel
from dashboard.components.attributes import attributes
from dashboard.components.case_journal import in_short
from dashboard.components.case_words import ENTRIES, Telling, actor_name
from dashboard.components.queue_ask import Ask, Way
from dashboard.components.queue_grid import columns
from dashboard.components.queue_rows import counts, found, grid_page, grid_row, tag
from dashboard.live.frames import epoch_ms
from db.looks import Look
from db.queries.brief import Brief
from db.queries.queue import Page
from db.queries.queue_counts import Counts
from db.queries.queue_filter import Filter
from db.queries.queue_rows import Row
from tests.dashboard.offices import county
from tests.records import NOW, VAULT

HOUR = timedelta(hours=1)
WORDS = load()["zh_CN"]
TOWNSHIP = county().townships[0]
TELLING = Telling(county(), WORDS, "zh_CN", {})
ROW = Row(
    id=7,
    code="YC-20261120-00412",
    version=4,
    feeds=(Feed.POLICE110, Feed.GRID),
    reports=2,
    category=Category.LABOUR,
    appeal=Appeal.DISPUTE,
    urgency=Urgency.URGENT,
    colour=Colour.ORANGE,
    township=TOWNSHIP.code,
    village=None,
    unit_code=TOWNSHIP.station,
    unit_name="一个派出所",
    helpers=("U-1",),
    status=Status.HANDLING,
    round=2,
    reported_at=NOW - HOUR,
    due_at=NOW + HOUR,
    provisional=True,
    paused_at=None,
    overdue=False,
    due_soon=True,
    sensitive=False,
    title="三个月未发工资",
    caller=("王**", "138****5678"),
)


def seal(told: bytes) -> str:
    return told[::-1].decode().ljust(16, "0")


def test_a_row_is_codes_instants_and_names_of_the_county() -> None:
    told = grid_row(ROW, county(), seal)
    assert told == {
        "key": "7",
        "id": 7,
        "tag": "7 ksed0000000000",
        "code": "YC-20261120-00412",
        "version": 4,
        "feed": "police110",
        "feeds": ["police110", "grid"],
        "reports": 2,
        "category": Category.LABOUR.value,
        "colour": "orange",
        "township_code": TOWNSHIP.code,
        "township": TOWNSHIP.name,
        "unit_code": TOWNSHIP.station,
        "unit": county().unit_name(TOWNSHIP.station),
        "helpers": 1,
        "status": "handling",
        "ended": False,
        "runs": True,
        "round": 2,
        "reported_at": epoch_ms(NOW - HOUR),
        "due_at": epoch_ms(NOW + HOUR),
        "paused_at": None,
        "provisional": True,
        "sensitive": False,
        "title": "三个月未发工资",
        "caller": "王** 138****5678",
    }


def test_what_is_not_told_stays_untold_in_a_row() -> None:
    bare = replace(ROW, title=None, caller=None, due_at=None, unit_code="X-1", status=Status.TO_VISIT, feeds=())
    told = grid_row(bare, county(), seal)
    assert (told["title"], told["caller"], told["due_at"], told["runs"], told["feed"]) == (None, None, None, False, "")
    assert told["unit"] == "一个派出所", "what its source calls a unit the county does not know"
    assert grid_row(replace(ROW, caller=("", "138****5678")), county(), seal)["caller"] == "138****5678"


def test_a_tag_is_the_same_for_one_case_and_tells_nothing_of_it() -> None:
    tags = [tag(case_id, VAULT.fingerprint) for case_id in (7, 8, 7)]
    assert tags[0] == tags[2] != tags[1]
    assert all(len(each) == 16 and each != "0" * 15 + "7" for each in tags)


def test_a_page_says_how_long_the_list_is_and_what_was_looked_for() -> None:
    page = Page((ROW,), 342, True, 184_302)
    ask = Ask(Filter(words="油烟"), Way.WORDS, (Way.WORDS, Way.PLACE), 3)
    assert grid_page(page, county(), seal) == {"rowData": [grid_row(ROW, county(), seal)], "rowCount": 342}
    assert found(page, ask, 100, 9) == {
        "asked": 3,
        "start": 100,
        "newest": 9,
        "total": 342,
        "capped": True,
        "position": 184_302,
        "way": "words",
        "ways": ["words", "place"],
        "refused": False,
    }
    assert found(page, Ask(None), 0, 9)["refused"] is True


def test_counts_are_told_with_the_position_they_are_of() -> None:
    told = counts(Counts(5, 3, 2, 1, {Status.TO_SIGN: 3}, {}, 1))
    assert told == {"position": 5, "open": 3, "overdue": 2, "due_soon": 1, "hot": 1, "to_sign": 3}


def test_only_who_has_persons_has_a_column_for_them() -> None:
    names = [column["colId"] for column in columns(Sight(whole_county=True, persons=True), WORDS)]
    assert "caller" in names
    assert [column["colId"] for column in columns(Sight(whole_county=True), WORDS)] == [
        name for name in names if name != "caller"
    ]


def test_every_entry_has_a_word() -> None:
    assert set(ENTRIES) == set(EntryType)


def test_who_did_it_is_a_source_before_it_is_an_account() -> None:
    names = {"grid": "陈建国", "zhangmin": "张敏"}
    told = [
        actor_name(each, county(), names, WORDS) for each in ("grid", "zhangmin", "ladder", TOWNSHIP.station, "U-9")
    ]
    assert told == ["网格", "张敏", "催办阶梯", county().unit_name(TOWNSHIP.station), "U-9"]


def test_a_line_says_what_happened_to_whom_when_and_by_whom() -> None:
    entries = [
        Entry(
            EntryType.REMINDED,
            "police110:J1",
            NOW,
            "ladder",
            {"unit": TOWNSHIP.station, "kind": "urge", "step": "催办"},
        ),
        Entry(EntryType.REGISTERED, "police110:J1", NOW - HOUR, "police110", {"unit": {}}),
    ]
    built = in_short(entries, TELLING)
    unit = county().unit_name(TOWNSHIP.station)
    assert repr(built) == repr(
        html.Ol(
            [
                html.Li(
                    [
                        html.Div([html.B("催办"), f" {unit}"]),
                        html.Div(
                            [html.Time(**attributes(data_at=str(epoch_ms(NOW)))), " · 催办阶梯"], className="quiet"
                        ),
                    ]
                ),
                html.Li(
                    [
                        html.Div([html.B("登记"), " 110 J1"]),
                        html.Div(
                            [html.Time(**attributes(data_at=str(epoch_ms(NOW - HOUR)))), " · 110"], className="quiet"
                        ),
                    ]
                ),
            ],
            className="time-line",
        )
    )


def a_brief(**changes: Any) -> Brief:
    clock = Clock(Kind.SIGN, TOWNSHIP.station, NOW - HOUR, Due(NOW + HOUR, "r"), None, None, None, None)
    told = Brief(ROW, "工资三个月没发", "工地一带", (clock,), NOW + HOUR, False, (), 0, (Look("张敏", NOW),), {})
    return replace(told, **changes)


def text_of(built: object) -> str:
    return repr(built)


def test_the_panel_tells_the_case_its_words_and_its_clocks() -> None:
    built = text_of(queue_panel.head(a_brief(), county(), WORDS, "?lang=en"))
    for told in ("劳动人事", "/case/YC-20261120-00412?lang=en", "工资三个月没发", "工地一带", "138****5678", "第 2 轮"):
        assert told in built
    assert f"'{epoch_ms(NOW + HOUR)}'" in built
    assert "data-stopped" not in built


def test_a_clock_that_stopped_says_when() -> None:
    clock = a_brief().clocks[0]._replace(stopped_at=NOW, paused_at=NOW - HOUR)
    built = text_of(queue_panel.head(a_brief(clocks=(clock,)), county(), WORDS, ""))
    assert f"data-stopped='{epoch_ms(NOW)}'" in built or f"'data-stopped': '{epoch_ms(NOW)}'" in built


def test_the_panel_says_that_words_are_kept_back_and_cuts_long_ones() -> None:
    hidden = text_of(queue_panel.head(a_brief(said=None, place=None), county(), WORDS, ""))
    assert "本账号不显示诉求内容" in hidden
    long = text_of(queue_panel.head(a_brief(said="长" * 500), county(), WORDS, ""))
    assert "长" * queue_panel.SAID_CHARACTERS + "……" in long
    assert "长" * (queue_panel.SAID_CHARACTERS + 1) not in long


def test_who_looked_is_told_only_where_it_may_be() -> None:
    assert "张敏" in text_of(queue_panel.rest(a_brief(), TELLING))
    assert "谁看过" not in text_of(queue_panel.rest(a_brief(looks=None), TELLING))
    assert "更早还有 3 条" in text_of(queue_panel.rest(a_brief(more=3), TELLING))
