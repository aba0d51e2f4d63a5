"""The parts of the case page, drawn from plain values."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from dash import dcc, html
from dash._utils import to_json

from casework.case import Entry
from casework.clocks import Kind, State
from casework.county import County
from casework.joining import Merge, merge
from casework.overlays import overlays
from casework.roles import Role
from casework.vocabulary import EntryType, Overlay, ReminderKind
from config.locale import load
from dashboard.components import case_clocks, case_journal, case_map, case_parts, case_reveal, case_words
from dashboard.components.attributes import attributes
from dashboard.components.case_more import FIRST, LINES, MOST, STEP, more, shown
from dashboard.components.case_words import Telling
from dashboard.components.county_map import county_map
from dashboard.live.frames import epoch_ms
from dashboard.office_shell import ROLES
from dashboard.words import CHINESE
from db import audit
from db.audit import Deed
from db.queries.casefile import Spot
from db.reveals import Waiting
from tests.casework.stories import RULES, Story, heard
from tests.dashboard.offices import county
from tests.records import NOW, at

LANGUAGES = load()
COUNTY = county()
UNIT = COUNTY.departments[0]
TELLING = Telling(COUNTY, LANGUAGES[CHINESE], CHINESE, {"operator": "张敏", "leader": "李局"})
ENGLISH = TELLING._replace(words=LANGUAGES["en"], language="en")
REPORT = "hotline12345:DH2026112000001"


def held() -> Story:
    story = Story()
    story.hear()
    return story


def drawn(component: Any) -> Any:
    """A component as the browser is told it, to be compared."""
    return orjson.loads(to_json(component))  # type: ignore[no-untyped-call]  # published untyped


def told_of(component: Any, name: str) -> Any:
    return drawn(component)["props"][name]


def texts(component: Any) -> list[str]:
    """Every text in a component, in order."""
    if isinstance(component, str):
        return [component]
    if isinstance(component, list | tuple):
        return [text for each in component for text in texts(each)]
    return texts(getattr(component, "children", None) or [])


def test_every_code_has_its_word() -> None:
    for table, kind in (
        (case_words.KINDS, Kind),
        (case_words.STATES, State),
        (case_words.ENTRIES, EntryType),
        (case_parts.OVERLAYS, Overlay),
    ):
        assert set(table) == set(kind)
    assert set(Role) == set(ROLES)


def test_a_deadline_at_midnight_is_the_end_of_its_day() -> None:
    assert case_words.when(at("11-28 00:00"), deadline=True) == "11-27 24:00"
    assert case_words.when(at("11-28 00:00")) == "11-28 00:00"


def test_a_reports_clocks_lie_on_one_stretch_of_time_each_with_its_count() -> None:
    (axis,) = case_clocks.clocks(held().case, RULES, TELLING, at("11-20 12:00"))
    begins, ends = (epoch_ms(at(when)) for when in ("11-20 08:00", "11-28 00:00"))
    assert (told_of(axis, "data-begins"), told_of(axis, "data-ends")) == (str(begins), str(ends))
    sign, contact, finish, promise = axis.children
    assert [texts(clock)[0] for clock in axis.children] == ["签收", "联系", "办结", "承诺"]
    assert "2026-1版·签收·一般 · 自 11-20 09:00 起 1 个工作日，至 11-23 24:00 · " in texts(sign)[5]
    assert texts(sign)[6:] == ["·", "11-20 星期五", "起算日", "·", "11-21 星期六", "周末", "·", "11-22 星期日", "周末",
                               "1", "11-23 星期一"]  # fmt: skip
    assert texts(promise)[1] == "对群众"
    assert "自 11-20 09:00 起 24 个小时" in texts(contact)[5], "hours are told, not counted by days"
    assert told_of(finish, "data-state") == "running"


def test_two_reports_have_an_axis_each() -> None:
    story = held()
    story.hear(heard(orderNum="DH2"), link=REPORT)
    shown = case_clocks.clocks(story.case, RULES, TELLING, at("11-20 12:00"))
    assert [texts(part) for part in shown if isinstance(part, html.H3)] == [
        ["12345 DH2026112000001"], ["12345 DH2"],
    ]  # fmt: skip


def test_of_a_flood_the_last_are_drawn_and_more_where_more_is_asked_for() -> None:
    story = held()
    for number in range(FIRST * STEP):
        story.hear(heard(orderNum=f"DH{number}"), link=REPORT)
    left_out, *axes = case_clocks.clocks(story.case, RULES, TELLING, at("11-20 12:00"), "?lang=zh_CN")
    assert texts(left_out) == ["后到的 20 件来件的时限，共 101 件。", " ", "显示更多时限"]
    assert texts(axes[0]) == [f"12345 DH{FIRST * STEP - FIRST}"]
    assert len(axes) == 2 * FIRST
    link = left_out.children[-1]
    assert link.href == "?lang=zh_CN&shown=100"
    assert texts(case_clocks.clocks(story.case, RULES, TELLING, at("11-20 12:00"), link.href)[0])[0].startswith(
        "后到的 100"
    )


def test_of_a_long_journal_the_last_entries_are_drawn() -> None:
    entries = [
        Entry(EntryType.SIGNED, f"hotline12345:DH{number}", NOW, "operator", {}) for number in range(FIRST * LINES + 1)
    ]
    (said,) = case_journal.left_out(entries, "", TELLING)
    assert texts(said)[0] == "最近 200 条记录，共 201 条。"
    lines = case_journal.journal(entries, {}, True, "", TELLING).children
    assert len(lines) == FIRST * LINES
    assert f"DH{FIRST * LINES}" in "".join(texts(lines[0])), "the newest first"
    assert case_journal.left_out(entries[1:], "", TELLING) == []


def test_no_address_asks_for_more_than_can_be_drawn() -> None:
    for asked, expected in (("9" * 30, MOST), ("-3", FIRST), ("x", FIRST), ("٣", FIRST), ("100", 100), ("0", FIRST)):
        assert shown(f"?shown={asked}") == expected
    (said,) = more("The last {n} of {all} entries.", 5, 9, f"?shown={MOST}", TELLING.words, "Show more entries")
    assert texts(said) == ["最近 5 条记录，共 9 条。"], "there is no further way"


def test_the_journal_tells_what_by_whom_for_whom_and_why() -> None:
    told = {"unit": UNIT.code, "reason": "涉及社保", "for": COUNTY.units[0].code}
    entry = Entry(EntryType.ASSIGNED, REPORT, NOW, "operator", told)
    line = case_journal.journal([entry], {}, False, "", TELLING).children[0]
    expected = html.Li(
        [
            html.Div([html.B("分派"), f" {UNIT.name}"]),
            html.Q("涉及社保"),
            html.Div(
                [
                    html.Time(**attributes(data_at=str(epoch_ms(NOW)))),
                    f" · 张敏（{COUNTY.units[0].name}）",
                ],
                className="quiet",
            ),
        ]
    )
    assert drawn(line) == drawn(expected)


def test_the_journal_tells_codes_in_words_and_a_step_of_the_ladder_by_its_name() -> None:
    entries = [
        Entry(EntryType.VISITED, REPORT, NOW, "operator", {"reached": True, "solved": False, "satisfaction": "dissatisfied"}),
        Entry(EntryType.REMINDED, REPORT, NOW, "ladder", {"step": "督办函", "kind": ReminderKind.SUPERVISE, "unit": "U"}),
        Entry(EntryType.MARKED_UNREASONABLE, REPORT, NOW, "operator", {"approver": "leader"}),
    ]  # fmt: skip
    unreasonable, reminded, visited = case_journal.journal(entries, {}, False, "", TELLING).children
    assert "不满意 · 已联系上 · 未解决" in texts(visited)
    assert texts(reminded)[0] == "督办函"
    assert "approved by 李局" in texts(case_journal.journal(entries, {}, False, "", ENGLISH))
    assert "李局批准" in texts(unreasonable)


def test_the_journal_links_to_a_case_in_sight_and_names_no_other() -> None:
    entry = Entry(EntryType.MERGED, REPORT, NOW, "operator", {"into": 7})
    shown = case_journal.journal([entry], {7: "YC-20261120-00007"}, False, "?lang=en", TELLING)
    link = dcc.Link("YC-20261120-00007", href="/case/YC-20261120-00007?lang=en")
    assert drawn(shown.children[0].children[0].children[2]) == drawn(link)
    hidden = case_journal.journal([entry], {}, False, "", TELLING)
    assert texts(hidden)[:3] == ["并入他案", " ", "另一案件"]


def test_who_looked_is_told_with_reasons_only_to_who_may_read_them() -> None:
    row = audit.Row(1, NOW, 1, "operator", Deed.REVEAL_ASKED, 7, None, {"reason": "需要核实"})
    assert "需要核实" in texts(case_journal.looks([row], TELLING, readable=True))
    assert texts(case_journal.looks([row], TELLING, readable=False)) == [" 张敏 ", "申请揭示当事人"]
    assert texts(case_journal.looks(None, TELLING, readable=True)) == ["仅承办单位和县中心可见。"]


def test_why_a_report_is_here_with_another() -> None:
    story = held()
    story.hear(heard(orderNum="DH2"), link="DH2026112000001")
    told = case_parts.evidence("hotline12345:DH2", story.entries, TELLING)
    assert told == "来源载明与 12345 DH2026112000001 为同一事项"
    assert case_parts.evidence(REPORT, story.entries, TELLING) == "由人工或来源关联并入"


def test_coordinates_are_rough_for_who_may_not_read_the_texts() -> None:
    assert case_parts.spot_words(Spot(110.447791, 38.035381, True), TELLING) == "110.4478, 38.0354"
    assert case_parts.spot_words(Spot(110.45, 38.04, False), TELLING) == "约 110.45, 38.04"


def test_a_village_is_marked_inside_its_township_and_no_finer() -> None:
    outlines = county_map(COUNTY.townships, COUNTY.map_aspect)
    for number, township in enumerate(COUNTY.townships):
        for village in COUNTY.villages_of(township.code):
            marked = case_map.mark_of(COUNTY, outlines, township.code, village.code)
            assert marked is not None
            assert marked.township == number
            assert marked.at is not None
            assert all(0 <= each <= 1000 for each in marked.at)
    first, other = COUNTY.townships[:2]
    elsewhere = COUNTY.villages_of(other.code)[0].code
    assert case_map.mark_of(COUNTY, outlines, first.code, elsewhere) == case_map.Mark(0, None)
    assert case_map.mark_of(COUNTY, outlines, None, None) is None


def test_villages_of_a_county_without_outlines_lie_in_their_tile() -> None:
    townships = tuple(replace(each, outline=()) for each in COUNTY.townships)
    flat: County = replace(COUNTY, townships=townships)
    outlines = county_map(townships)
    for number, township in enumerate(townships):
        place = outlines["places"][number]
        for village in flat.villages_of(township.code):
            marked = case_map.mark_of(flat, outlines, township.code, village.code)
            assert marked is not None
            assert marked.at is not None
            assert (
                max(abs(here - label) for here, label in zip(marked.at, place["label"], strict=True)) <= place["room"]
            )


def test_what_waits_for_a_second_person_names_the_case_who_asks_and_why() -> None:
    waiting = Waiting(3, "YC-20261120-00001", 1, "张敏", "回访需要联系", NOW)
    shown = case_reveal.consents([waiting], LANGUAGES[CHINESE])
    assert drawn(shown[0]) == drawn(html.Span(id="consent-count", hidden=True, **attributes(data_count="1")))
    assert texts(shown) == ["YC-20261120-00001", " · 张敏 · ", "回访需要联系", "同意", "不同意"]


def test_a_merged_case_has_no_overlays_and_is_still_drawn() -> None:
    child, parent = held(), Story()
    parent.hear(heard(orderNum="DH2"))
    move = Merge(by="centre", at=at("11-20 12:00"), reason="一件事")
    _, ended = merge(child.case, child.entries, parent.case, 2, move)
    assert overlays(ended.case, at("11-30 12:00") + timedelta(days=1), 0.2) == frozenset()
    assert case_clocks.clocks(ended.case, RULES, TELLING, at("11-30 12:00"))
