"""The table of actions, what a filled-in form means, and refusals in the words of the page."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casework import moves
from casework.authority import MAY, OF_ROLE, authority
from casework.case import Case
from casework.clocks import Kind, State
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import Assign
from casework.preview import Preview, ReportPreview, Share, UnitWeek, reassign_preview
from casework.roles import Account, Role, acting_unit
from casework.vocabulary import Colour, EntryType, Feed, ReminderKind, Satisfaction
from config.locale import load
from dashboard.components import actions
from dashboard.components.action_moves import Known, made, unit_named
from dashboard.components.action_previews import happened_lines, preview_lines
from dashboard.components.actions import BY_NAME, FORMS, Field, spec
from dashboard.components.case_refusals import said
from dashboard.components.case_words import Telling
from dashboard.words import CHINESE
from db.acts import Happened, NoSuchCase, StaleCase
from tests.casework.stories import Story
from tests.dashboard.offices import county
from tests.records import NOW, at

HOUSE = Path(__file__).resolve().parent.parent.parent
LANGUAGES = load()
CENTRE = next(unit for unit in county().units if unit.code.endswith("900000"))
OPERATOR = Account(1, "operator", "张敏", Role.OPERATOR, CENTRE.code)
WATER, ROADS = county().departments[1:3]
TELLING = Telling(county(), LANGUAGES[CHINESE], CHINESE, {"operator": "张敏", "leader": "李局"})
ENGLISH = Telling(county(), LANGUAGES["en"], "en", TELLING.names)


def know_unit(text: str) -> str:
    return unit_named(text, county(), lambda code: code == "U-CITY")


KNOWN = Known(know_unit, frozenset({"leader"}))


def move_of(name: str, **fields: str) -> Any:
    return made(BY_NAME[name], fields, OPERATOR, held(), NOW, KNOWN)


def held() -> Case:
    story = Story()
    story.hear()
    return story.case


def refused(name: str, **fields: str) -> str:
    with pytest.raises(Refused) as refusal:
        move_of(name, **fields)
    return refusal.value.sentence


def test_every_move_that_anybody_may_make_has_a_form_but_undo_which_is_a_button() -> None:
    assert {form.move for form in FORMS} == MAY.keys() - {moves.TakeBack}


def test_no_key_is_two_actions_or_one_of_the_lists_own() -> None:
    """Stopping a clock and letting it run are never both possible, and share one."""
    keys = [form.key for form in FORMS if form.key]
    assert set(keys).isdisjoint("/jkn?z")
    assert [key for key in keys if keys.count(key) > 1] == ["p", "p"]
    assert {form.move for form in FORMS if form.key == "p"} == {moves.Pause, moves.Continue}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_drawn_its_own_forms_only(role: Role) -> None:
    names = [told["name"] for told in spec(role, LANGUAGES[CHINESE])]
    assert names == [form.name for form in FORMS if form.move in OF_ROLE[role]]
    assert all(told["title"] for told in spec(role, LANGUAGES["en"]))


def test_a_forms_field_says_what_it_wants() -> None:
    fields = {told["name"]: told["fields"] for told in spec(Role.OPERATOR, LANGUAGES["en"])}
    assert fields["assign"] == [
        {"name": "unit", "label": "Unit", "must": True, "shape": "unit", "options": []},
        {"name": "reason", "label": "Reason", "must": False, "shape": "area", "options": []},
    ]
    colour = fields["colour"][0]
    assert (colour["shape"], [code for code, _ in colour["options"]]) == ("select", [each.value for each in Colour])


def test_a_filled_in_form_is_a_move() -> None:
    move = move_of("assign", unit=f"{WATER.name} {WATER.code}", reason="  涉及\n供水 ")
    assert (move.unit, move.reason, move.by, move.at) == (WATER.code, "涉及 供水", "operator", NOW)
    visit = move_of("visit", reached="yes", solved="no", satisfaction="dissatisfied")
    assert (visit.reached, visit.solved, visit.satisfaction) == (True, False, Satisfaction.DISSATISFIED)
    urge = move_of("urge")
    assert (urge.kind, urge.unit) == (ReminderKind.URGE, "U-CITY"), "the holder, where no unit is picked"
    assert move_of("whistle", units=f"{WATER.name}\n{ROADS.code}\n").units == (WATER.code, ROADS.code)
    assert move_of("unreasonable", approver="leader", reason="无依据").approver == "leader"
    assert move_of("ask-extension", amount="5", reason="取证").amount == 5
    assert move_of("split", report="grid:1", reason="两件事").report == "grid:1"
    contest = move_of("contest", span="hotline12345:DH1 2", reason="停电")
    assert (contest.report, contest.span, contest.reason) == ("hotline12345:DH1", 2, "停电")
    settled = move_of("settle-objection", contested="grid:W 1", upheld="no", approver="leader", reason="不属实")
    assert (settled.report, settled.span, settled.upheld, settled.approver) == ("grid:W", 1, False, "leader")
    assert isinstance(move_of("merge", case="YC-20261120-00002", reason="一件事"), Merge)


@pytest.mark.parametrize(
    ("name", "fields", "sentence"),
    [
        ("decline", {}, "a reason is required"),
        ("decline", {"reason": "  "}, "a reason is required"),
        ("assign", {"reason": "因为"}, "fill in what the form asks for"),
        ("assign", {"unit": "查无此局"}, "it is not clear which unit is meant; pick one from the list"),
        ("colour", {"colour": "green", "reason": "因为"}, "fill in what the form asks for"),
        ("ask-extension", {"amount": "-1", "reason": "因为"}, "fill in what the form asks for"),
        ("ask-extension", {"amount": "9999999999", "reason": "因为"}, "fill in what the form asks for"),
        ("pause", {"approver": "somebody", "reason": "因为"}, "fill in what the form asks for"),
        ("split", {"reason": "因为"}, "fill in what the form asks for"),
        ("contest", {"span": "1", "reason": "因为"}, "fill in what the form asks for"),
        ("contest", {"span": "grid:W x", "reason": "因为"}, "fill in what the form asks for"),
        ("contest", {"span": "grid:W 1"}, "a reason is required"),
        (
            "settle-objection",
            {"contested": "grid:W 1", "upheld": "yes", "approver": "operator", "reason": "因为"},
            "fill in what the form asks for",
        ),
    ],
)
def test_what_is_missing_or_means_nothing_is_refused(name: str, fields: dict[str, str], sentence: str) -> None:
    assert refused(name, **fields) == sentence


def test_a_unit_is_named_by_its_code_its_name_or_both_and_never_guessed() -> None:
    assert [know_unit(text) for text in (WATER.code, WATER.name, f" {WATER.name} {WATER.code}", "U-CITY")] == [
        WATER.code, WATER.code, WATER.code, "U-CITY",
    ]  # fmt: skip
    for text in (f"{ROADS.name} {WATER.code}", "U-OTHER", "", "村"):
        with pytest.raises(Refused, match="not clear"):
            know_unit(text)


def test_a_preview_says_what_stays_what_comes_and_whose_week_is_touched() -> None:
    move = Assign(
        by="operator", unit_of=acting_unit(OPERATOR, county()), at=at("11-20 12:00"), unit=WATER.code, reason="供水"
    )
    case = held()
    preview = reassign_preview(case, move, Story().rules, at("11-20 12:00"), authority(county(), OPERATOR))
    assert preview_lines(preview, TELLING) == [
        f"U-CITY → {WATER.name}",
        "对诉求人承诺期限不变（11-27 24:00）",
        "新承办：签收 11-23 24:00前，联系 11-21 12:00前，办结 11-27 24:00前",
        "U-CITY: 签收 已终止，不计入考核、联系 已终止，不计入考核、办结 已终止，不计入考核",
        f"本周得分不受影响：{WATER.name}、U-CITY",
    ]


def test_a_preview_tells_a_lifted_deadline_a_risen_colour_and_a_touched_week() -> None:
    due = held().lead.promise
    report = ReportPreview(
        "grid:7", None, WATER.code, due, due, due, due, True, ((Kind.FINISH, State.LATE),), Colour.ORANGE
    )
    week = UnitWeek(WATER.code, Share(1, 2, 1), Share(1, 2, 2))
    lines = preview_lines(Preview((report,), (), (week,)), ENGLISH)
    assert lines[0] == f"nobody → {WATER.name}"
    assert "that is later than the promise: the minimum handling time" in lines
    assert "the risk colour rises to orange" in lines
    assert lines[-1] == f"{WATER.name}, finished in time this week: 1/2 (+1) → 1/2 (+2)"


def test_an_offer_has_what_its_forms_let_one_choose_from() -> None:
    case = held()
    told = actions.offer("YC-1", case, (Assign, moves.Remind, Split), OPERATOR, (), TELLING)
    assert told["forms"] == ["assign", "urge", "supervise", "split"]
    assert told["version"] == case.version
    assert told["choices"][Field.WORKER] == [["U-CITY", "U-CITY"]]
    assert told["choices"][Field.REPORT] == [[f"{Feed.HOTLINE12345}:DH2026112000001", "12345 DH2026112000001"]]


def test_what_happened_meanwhile_is_told_in_words() -> None:
    happened = Happened(EntryType.SIGNED, "operator", at("11-20 16:24"))
    assert happened_lines([happened], TELLING) == ["11-20 16:24  签收  张敏"]


# Refusals.


def sentences(source: Path) -> Iterator[str]:
    """Every sentence a `Refused` is made with, and those looked up for one."""
    for node in ast.walk(ast.parse(source.read_text())):
        match node:
            case ast.Call(func=ast.Name("Refused"), args=[ast.Constant(str(told)), *_]):
                yield told
            case ast.Call(func=ast.Attribute(attr="__init__"), args=[ast.Constant(str(told)), *_]):
                yield told
            case ast.Constant(str(told)) if told.startswith(("only {who}", "the part of {unit} ended")):
                yield told


SOURCES = (*(HOUSE / "casework").glob("*.py"), *(HOUSE / "db" / name for name in ("acts.py", "joining.py", "views.py")))


def test_every_refusal_of_a_move_has_its_words() -> None:
    found = {told for source in SOURCES for told in sentences(source)}
    assert {told for told in found if told not in TELLING.words} == set()
    assert len(found) > 60


def test_a_refusal_names_states_units_and_people_in_the_pages_words() -> None:
    refusal = Refused(
        "not possible while the case is {status}; possible when it is {allowed}", status="closed",
        allowed="to_sign, handling",
    )  # fmt: skip
    assert said(refusal, county(), {}, TELLING.words) == "案件已办结，不能操作；待签收、办理中时可以"
    held_by = Refused("only {who} may do this; {unit} holds the report", who="the county centre", unit=WATER.code)
    assert said(held_by, county(), {}, TELLING.words) == f"只有县中心可以操作；{WATER.name}是承办单位"
    amount = Refused("an extension is 1 to {most} {unit}s", most=10, unit="working_day")
    assert said(amount, county(), {}, TELLING.words) == "延期须为 1 至 10 个工作日"
    since = Refused("it can't be taken back: the journal has {entry} by {by} since", entry="signed", by="operator")
    assert said(since, county(), TELLING.names, TELLING.words) == "不能撤销：其后已有“签收”（张敏）"
    assert said(StaleCase(2, 3), county(), {}, TELLING.words) == "案件已有变化：您看到的是第 2 条，现为第 3 条"
    assert said(NoSuchCase("YC-1"), county(), {}, TELLING.words) == "没有案件 YC-1"


def test_a_refusal_that_no_catalogue_has_is_told_as_it_is() -> None:
    assert said(Refused("never {seen}", seen="before"), county(), {}, TELLING.words) == "never before"


def test_only_ones_own_work_that_nobody_contested_is_offered_to_contest_and_the_rest_to_decide() -> None:
    story = Story()
    story.hear(organizationCode=WATER.code)
    story.do(Assign, "11-20 10:00", unit=ROADS.code, reason="职责")
    roads = Account(2, "roads", "路政", Role.DEPARTMENT, ROADS.code)

    def choices(account: Account) -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = actions.offer("YC-1", story.case, (), account, (), TELLING)["choices"]
        return found

    report = story.thread.report
    assert choices(roads)[Field.SPAN] == [[f"{report} 2", f"{ROADS.name}，11-20 10:00 起"]]
    story.do(moves.Contest, "11-20 11:00", span=2, reason="停电")
    assert choices(roads)[Field.SPAN] == []
    assert choices(OPERATOR)[Field.CONTESTED] == [[f"{report} 2", f"{ROADS.name}，11-20 10:00 起"]]
