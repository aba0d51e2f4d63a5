"""The papers (文书) a centre makes from a case, and what each of them says. It must not know a database, a page or a clock.

They are Chinese documents in every language of the screen; how they are laid out is `dashboard.exports.sheet`'s.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

from docx.shared import Mm

from casework.calendar import ONE_DAY, SHANGHAI
from casework.report import Role
from casework.vocabulary import Appeal, Category, Colour, Feed, ReminderKind, Satisfaction, Status, Urgency
from dashboard.exports.sheet import NOTHING, Box, Row, Sheet, add_row, keep_with_next


class Paper(StrEnum):
    """The kinds of papers."""

    DISPATCH = "dispatch"  # 交办单: the order to the unit
    URGING = "urging"  # 催办通知书: to the leader in charge, the working day after expiry
    PROMPT = "prompt"  # 工作提示函: with 督办, five working days later
    FEEDBACK = "feedback"  # 反馈表: the unit fills it in and returns it


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock of the case. `days` is its count day by day: the day, whether it counts, and why."""

    name: str  # "sign", "contact", "finish" or "visit"
    due_at: datetime
    stopped_at: datetime | None
    rule: str  # as `casework.calendar.Due` names it; any other words are shown as they are
    provisional: bool
    days: tuple[tuple[date, bool, str], ...]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """What the last return visit found; `satisfaction` is a code or nothing."""

    at: datetime
    reached: bool | None
    solved: bool | None
    satisfaction: str


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """Everything a paper tells. Its maker has scrubbed the texts and masked the persons: nothing is hidden here.

    `county` is the county's name, or its centre's own full name. `status` to `urgency` and `feeds` are codes of
    `casework.vocabulary`; `persons` are (role, masked name, masked phone), `reminders` are (`ReminderKind`, when).
    `provisional` is the promise's. `texts` are (heading, what the report says) of every report, as `content` has without
    headings.
    """

    code: str
    county: str
    status: str
    colour: str
    category: str
    appeal: str
    urgency: str
    township: str
    village: str
    place: str
    title: str
    content: str
    channel: str
    feeds: tuple[str, ...]
    source_ids: tuple[str, ...]
    persons: tuple[tuple[str, str, str], ...]
    reported_at: datetime
    unit: str
    assigned_at: datetime | None
    promise_at: datetime | None
    original_promise_at: datetime | None
    provisional: bool
    paused_at: datetime | None
    clocks: tuple[ClockLine, ...]
    reminders: tuple[tuple[str, datetime], ...]
    overdue_working_days: int
    round: int
    result: str
    texts: tuple[tuple[str, str], ...] = ()
    visit: VisitLine | None = None


def paper(kind: Paper, facts: PaperFacts, at: datetime, number: str) -> bytes:
    """The paper as a .docx file, made at `at` under the centre's own `number`; the same arguments give the same bytes."""
    facts = _fitting_facts(facts)
    sheet = Sheet()
    sheet.tell_properties(f"{NAMES[kind]} {facts.code}", centre_name(facts), at)
    sheet.head((centre_name(facts), NAMES[kind]), f"编号：{fitting(number) or NOTHING}", f"制发时间：{_instant(at)}")
    _BODIES[kind](sheet, facts, at)
    _write_signatures(sheet, facts.unit if kind is Paper.FEEDBACK else centre_name(facts))
    return sheet.packed()


def file_name(kind: Paper, facts: PaperFacts) -> str:
    """Like 交办单_YC-20261121-00042.docx, without anything a file system or a header could misread."""
    return f"{NAMES[kind]}_{_UNFIT_FOR_FILES.sub('_', facts.code)}.docx"


def centre_name(facts: PaperFacts) -> str:
    """Who issues the paper."""
    return facts.county if facts.county.endswith("中心") else f"{facts.county}社会治安综合治理中心"


NAMES: Final[Mapping[Paper, str]] = {
    Paper.DISPATCH: "交办单",
    Paper.URGING: "催办通知书",
    Paper.PROMPT: "工作提示函",
    Paper.FEEDBACK: "反馈表",
}

# A test holds these against the Chinese catalogue, which this package is not handed: a paper has but one language.
FEEDS: Final[Mapping[str, str]] = {
    Feed.POLICE110: "110 非警情",
    Feed.HOTLINE12345: "12345 热线",
    Feed.GRID: "网格上报",
}
COLOURS: Final[Mapping[str, str]] = {
    Colour.BLUE: "蓝",
    Colour.YELLOW: "黄",
    Colour.ORANGE: "橙",
    Colour.RED: "红",
}
STATUSES: Final[Mapping[str, str]] = {
    Status.RECEIVED: "待受理",
    Status.TO_ASSIGN: "待分派",
    Status.TO_SIGN: "待签收",
    Status.HANDLING: "办理中",
    Status.TO_REVIEW: "待审核",
    Status.TO_VISIT: "待回访",
    Status.CLOSED: "已办结",
    Status.DECLINED: "不予受理",
    Status.MERGED: "已并案",
}
CATEGORIES: Final[Mapping[str, str]] = {
    Category.MARRIAGE_FAMILY: "婚恋家庭",
    Category.NEIGHBOURS: "邻里纠纷",
    Category.PERSONALITY_RIGHTS: "人格权",
    Category.PROPERTY_RIGHTS: "物权纠纷",
    Category.TORT: "侵权纠纷",
    Category.CONTRACT: "合同纠纷",
    Category.LABOUR: "劳动人事",
    Category.LENDING: "金融借贷",
    Category.LAND: "土地权属",
    Category.OTHER_CIVIL: "其他民商事",
    Category.URBAN_RURAL_BUILDING: "城乡建设",
    Category.CIVIL_AFFAIRS: "涉民政",
    Category.OTHER_ENFORCEMENT: "行政执法",
    Category.LAW_AND_LITIGATION: "涉法涉诉",
    Category.ORGANISATION_DISCIPLINE: "涉组织纪检",
    Category.ETHNIC_RELIGIOUS: "民族宗教",
    Category.OTHER_DISPUTE: "其他纠纷",
    Category.NOISE: "噪音扰民",
    Category.FUMES: "油烟扰民",
    Category.PARKING: "车辆违停",
    Category.SANITATION: "环境卫生",
    Category.UTILITIES: "水电气热",
    Category.ROADS: "道路设施",
    Category.PROPERTY_MANAGEMENT: "物业管理",
    Category.FIRE_HAZARD: "消防隐患",
    Category.WORK_SAFETY: "安全生产",
    Category.PUBLIC_SERVICE: "便民求助",
    Category.OTHER: "其他",
}
APPEALS: Final[Mapping[str, str]] = {
    Appeal.CONSULT: "咨询",
    Appeal.HELP: "求助",
    Appeal.COMPLAINT: "投诉",
    Appeal.TIP_OFF: "举报",
    Appeal.SUGGESTION: "建议",
    Appeal.DISPUTE: "纠纷",
    Appeal.HAZARD: "隐患",
    Appeal.UNKNOWN: "未注明",
}
URGENCIES: Final[Mapping[str, str]] = {
    Urgency.CRITICAL: "特急",
    Urgency.URGENT: "紧急",
    Urgency.ORDINARY: "一般",
}
ROLES: Final[Mapping[str, str]] = {
    Role.CALLER: "诉求人",
    Role.CONTACT: "联系人",
    Role.WORKER: "网格员",
}
CLOCKS: Final[Mapping[str, str]] = {
    "sign": "签收",
    "contact": "联系群众",
    "finish": "办结",
    "visit": "回访",
}
REMINDERS: Final[Mapping[str, str]] = {
    ReminderKind.REMIND: "到期提醒",
    ReminderKind.URGE: "超期催办",
    ReminderKind.NOTICE: "制发《催办通知书》",
    ReminderKind.SUPERVISE: "列入督办",
}
RESULTS: Final[Mapping[str, str]] = {
    "settled": "化解成功",
    "not_settled": "化解未成功",
    "judicial": "引导司法",
    "answered": "已解答",
}
# Why a day counts or doesn't: `casework.calendar`'s reasons, and the occasions as the calendar library names them.
REASONS: Final[Mapping[str, str]] = {
    "day 0": "起算日",
    "weekday": "",
    "natural": "",
    "weekend": "周末",
    "holiday": "节假日",
    "make-up": "调休上班",
    "county": "本县安排",
    "unpublished": "放假安排未公布",
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}
_WHOLE_RULES: Final[Mapping[str, str]] = {
    "source": "来件系统载明的期限",
    "source/allowance": "来件系统载明的办理时长",
    "source/extension": "来件系统批准的延期",
    "extension": "经批准延期",
}
_CLAUSES: Final[Mapping[str, str]] = {
    **CLOCKS,
    "minimum_handling": "最短办理时间",
    "extension": "经批准延期",
    "return": "退单",
    "whistle": "吹哨",
}

_CLAUSE_OBJECTS: Final[Mapping[str, str]] = {
    "other": "其他事项",
    "dispute-simple": "矛盾纠纷（简易）",
    "dispute-general": "矛盾纠纷（一般）",
    "dispute-complex": "矛盾纠纷（复杂）",
    "answer": "接哨",
    "allot": "分哨",
    "handle": "办哨",
    "oversee": "督哨",
    "rate": "评哨",
    "within": "",
    "limit": "",
    "most": "",
}

# [default] of ours: how many working days after it receives an urging notice or a prompt letter a unit has to answer.
ANSWER_WITHIN: Final[Mapping[Paper, int]] = {Paper.URGING: 1, Paper.PROMPT: 3}


PROVISIONAL: Final = "（暂定）"
_BLANK_DAY: Final = "　　　　年　　月　　日"
_SUMMARY_LENGTH: Final = 70

# What XML can't hold, further controls, and marks that turn the reading direction around.
_UNFIT_FOR_XML: Final = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_UNFIT_FOR_FILES: Final = re.compile(r"[^0-9A-Za-z一-鿿-]")


def _fitting_facts(facts: PaperFacts) -> PaperFacts:
    """The same facts without what a file can't hold. Only `content` and `texts` may have several lines."""
    told = {field.name: fitting(getattr(facts, field.name)) for field in fields(facts)}
    texts = tuple((fitting(heading), _fitting_lines(text)) for heading, text in facts.texts)
    return PaperFacts(**{**told, "content": _fitting_lines(facts.content), "texts": texts})


def _fitting_lines(text: str) -> str:
    return "\n".join(filter(None, map(fitting, text.splitlines())))


def fitting(value: Any) -> Any:
    """A text on one line, fit for XML; what holds texts, with such texts; anything else as it is."""
    if isinstance(value, str):
        return " ".join(_UNFIT_FOR_XML.sub("", value).split())
    if isinstance(value, tuple):
        return tuple(map(fitting, value))
    if isinstance(value, ClockLine):
        return replace(value, name=fitting(value.name), rule=fitting(value.rule), days=fitting(value.days))
    return value


def _instant(at: datetime | None) -> str:
    return NOTHING if at is None else _day_and_time(at.astimezone(SHANGHAI).date(), f"{at.astimezone(SHANGHAI):%H:%M}")


def _day_and_time(day: date, clock: str) -> str:
    return f"{day.year}年{day.month}月{day.day}日{clock}"


def _deadline(at: datetime | None, provisional: bool = False) -> str:
    """A deadline's words: what ends with a day ends at its 24:00, not at the next day's 0:00."""
    if at is None:
        return NOTHING
    local = at.astimezone(SHANGHAI)
    told = _day_and_time(local.date() - ONE_DAY, "24:00") if local.time() == time(0) else _instant(at)
    return told + PROVISIONAL * provisional


def rule_words(rule: str) -> str:
    """Like 2026-1版·办结·纠纷 for `2026-1/finish/dispute`; a rule of another make is told as it is named."""
    if rule in _WHOLE_RULES:
        return _WHOLE_RULES[rule]
    version, _, clause = rule.partition("/")
    name, _, about = clause.partition("/")
    if name not in _CLAUSES:
        return rule
    return "·".join(filter(None, (f"{version}版", _CLAUSES[name], _clause_object(about))))


def _clause_object(about: str) -> str:
    if about.startswith("category-"):
        return _word(CATEGORIES, about.removeprefix("category-"))
    return {**APPEALS, **URGENCIES, **_CLAUSE_OBJECTS}.get(about, about)


def _word(table: Mapping[str, str], code: str) -> str:
    """A code the tables don't know is shown itself rather than lost."""
    return table.get(code, code)


def _run_ends(days: Iterable[tuple[date, bool, str]]) -> list[tuple[date, date, str]]:
    """Days that follow one another for the same reason, as first and last."""
    runs: list[tuple[date, date, str]] = []
    for day, _, code in sorted(days):
        why = REASONS.get(code, code)
        if runs and runs[-1][1] + ONE_DAY == day and runs[-1][2] == why:
            runs[-1] = (runs[-1][0], day, why)
        else:
            runs.append((day, day, why))
    return runs


def _day_words(day: date, before: date | None) -> str:
    """A day without the year and month its predecessor in the line has told already."""
    if before is None or day.year != before.year:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day}日" if day.month == before.month else f"{day.month}月{day.day}日"


def _runs_words(runs: Iterable[tuple[date, date, str]]) -> Iterator[str]:
    before: date | None = None
    for first, last, why in runs:
        until = f"至{_day_words(last, first)}" if last != first else ""
        yield f"{_day_words(first, before)}{until}" + (f"（{why}）" if why else "")
        before = last


def days_words(days: Sequence[tuple[date, bool, str]]) -> str:
    """A clock's count in one line: 计入2天：2026年2月13日至14日（调休上班）；不计1天：…"""
    told = []
    for word, wanted in (("计入", True), ("不计", False)):
        chosen = [day for day in days if day[1] is wanted]
        if chosen:
            told.append(f"{word}{len(chosen)}天：{'、'.join(_runs_words(_run_ends(chosen)))}")
    return "；".join(told)


def _clock_state(clock: ClockLine, facts: PaperFacts, at: datetime) -> str:
    if clock.stopped_at is not None:
        return f"{_instant(clock.stopped_at)}完成" + "，超期" * (clock.stopped_at > clock.due_at)
    if clock.name == "finish" and _stands_still(facts, clock.due_at):
        return "中止计时"
    return "未完成，已超期" if at > clock.due_at else "未完成，未到期"


def _stands_still(facts: PaperFacts, due_at: datetime) -> bool:
    """A clock that had run out before the case was paused stays overdue."""
    return facts.paused_at is not None and facts.paused_at <= due_at


def _clock(facts: PaperFacts, name: str) -> ClockLine | None:
    return next((clock for clock in facts.clocks if clock.name == name), None)


def _finish_words(facts: PaperFacts) -> str:
    """When the unit must have finished: by its own clock, or else by the promise to the citizen."""
    finish = _clock(facts, "finish")
    if finish is None:
        return _deadline(facts.promise_at, facts.provisional)
    return _deadline(finish.due_at, finish.provisional)


def _by_words(facts: PaperFacts) -> str:
    finish = _finish_words(facts)
    return "按规定时限" if finish == NOTHING else f"于{finish}前"


def standing(facts: PaperFacts, at: datetime) -> str:
    """Where the case stands against its deadline, a sentence."""
    finish = _clock(facts, "finish")
    due_at = facts.promise_at if finish is None else finish.due_at
    told = _finish_words(facts)
    if finish is not None and finish.stopped_at is not None:
        late = "超期" if finish.stopped_at > finish.due_at else ""
        return f"该件办结期限为{told}，已于{_instant(finish.stopped_at)}{late}办结。"
    if due_at is None:
        return f"该件截至{_instant(at)}尚未办结。"
    if _stands_still(facts, due_at):
        return f"该件办结期限为{told}，自{_instant(facts.paused_at)}起中止办理，中止期间不计入办理时限。"
    if at <= due_at:
        return f"该件办结期限为{told}，截至{_instant(at)}尚未办结。"
    return f"该件应于{told}前办结，截至{_instant(at)}仍未办结，{_lateness(facts.overdue_working_days)}。"


def _lateness(working_days: int) -> str:
    return f"已超期{working_days}个工作日" if working_days > 0 else "已超期（不足1个工作日）"


def _promise_words(facts: PaperFacts) -> str:
    told = _deadline(facts.promise_at, facts.provisional)
    if facts.original_promise_at not in (None, facts.promise_at):
        told += f"；原定{_deadline(facts.original_promise_at)}，经批准延期"
    if facts.paused_at is not None:
        told += f"；自{_instant(facts.paused_at)}起中止办理"
    return told


def _person_words(facts: PaperFacts) -> str:
    return "；".join(" ".join(filter(None, (_word(ROLES, role), name, phone))) for role, name, phone in facts.persons)


def _origin_words(facts: PaperFacts) -> str:
    feeds = "、".join(_word(FEEDS, feed) for feed in facts.feeds)
    return f"{feeds}（{facts.channel}）" if feeds and facts.channel else feeds or facts.channel


def report_words(feed: str, channel: str, source_id: str) -> str:
    """Which report a text is of, as a heading: 【12345 热线（电话） DH2026112000001】"""
    by = f"（{channel}）" if channel else ""
    return f"【{_word(FEEDS, feed)}{by} {source_id}】"


def _matter(facts: PaperFacts) -> Iterator[str]:
    """What the reports say, line by line; of several, each under the heading that tells which it is."""
    if len(facts.texts) < 2:  # noqa: PLR2004 - one report needs no heading
        yield from facts.content.splitlines() or [NOTHING]
        return
    for heading, text in facts.texts:
        yield heading
        yield from text.splitlines() or [NOTHING]


def _case_rows(facts: PaperFacts) -> Iterator[Row]:
    """The fields of a case, label before value: two in a row, or one that has the row to itself."""
    yield "案件编号", facts.code, "案件状态", _word(STATUSES, facts.status)
    yield "事项类别", _word(CATEGORIES, facts.category), "诉求类型", _word(APPEALS, facts.appeal)
    yield "紧急程度", _word(URGENCIES, facts.urgency), "风险等级", f"{_word(COLOURS, facts.colour)}色"
    yield "来件渠道", _origin_words(facts), "来件编号", "、".join(facts.source_ids)
    yield "受理时间", _instant(facts.reported_at), "交办时间", _instant(facts.assigned_at)
    yield "承办单位", facts.unit, "办理轮次", f"第{facts.round}轮"
    yield "所属乡镇", facts.township, "所属村居", facts.village
    yield "事发地点", facts.place
    yield "当 事 人", _person_words(facts)
    yield "承诺时限", _promise_words(facts)
    yield "事项标题", facts.title
    yield "已报结果", _word(RESULTS, facts.result)


def _feedback_rows(facts: PaperFacts) -> Iterator[Row]:
    yield "案件编号", facts.code, "承办单位", facts.unit
    yield "事项类别", _word(CATEGORIES, facts.category), "诉求类型", _word(APPEALS, facts.appeal)
    yield "交办时间", _instant(facts.assigned_at), "办结期限", _finish_words(facts)
    yield "当 事 人", _person_words(facts)
    yield "事项标题", facts.title
    yield "诉求摘要", _summary(facts.content)


def _summary(content: str) -> str:
    told = content.replace("\n", " ")
    return told if len(told) <= _SUMMARY_LENGTH else f"{told[:_SUMMARY_LENGTH]}……（全文见交办单）"


def _dispatch_asks(facts: PaperFacts, at: datetime) -> Iterator[str]:
    sign, contact = _clock(facts, "sign"), _clock(facts, "contact")
    if sign is not None and sign.stopped_at is None:
        yield f"{_asked_by(sign, at)}签收，明确承办人。"
    if contact is not None and contact.stopped_at is None:
        yield f"{_asked_by(contact, at)}联系群众，核实情况，告知办理安排。"
    yield f"{_finish_asked(facts, at)}办结，并将《反馈表》及证明材料报送本中心。"
    yield "不属你单位职责的，请在退单期限内申明退回。"
    yield "确需延期的，请在期限届满前书面申请。"


def _asked_by(clock: ClockLine, at: datetime) -> str:
    """Until when something is asked for; what is over can't be asked for by then."""
    told = _deadline(clock.due_at, clock.provisional)
    return f"请于{told}前" if at <= clock.due_at else f"期限（{told}）已过，请立即"


def _finish_asked(facts: PaperFacts, at: datetime) -> str:
    due_at, told = _finish_at(facts), _finish_words(facts)
    if due_at is not None and at > due_at and not _stands_still(facts, due_at):
        return f"期限（{told}）已过，请立即"
    return f"请{_by_words(facts)}"


def _finish_at(facts: PaperFacts) -> datetime | None:
    finish = _clock(facts, "finish")
    return finish.due_at if finish is not None else facts.promise_at


def _urging_asks() -> Iterator[str]:
    yield "请主管负责同志亲自过问，明确专人，立即组织办理。"
    within = ANSWER_WITHIN[Paper.URGING]
    yield f"请自收到本通知书之日起{within}个工作日内，将办理进展、未按期办结的原因和下一步措施书面报送本中心。"
    yield "请主动联系群众，说明办理情况，做好解释疏导工作。"
    yield "经催办仍未办结的，本中心将列入督办，制发《工作提示函》。"


def _prompt_asks() -> Iterator[str]:
    yield "请主要负责同志牵头研究，逐项明确责任领导、责任人员和办结时间。"
    within = ANSWER_WITHIN[Paper.PROMPT]
    yield f"请自收到本函之日起{within}个工作日内办结，将《反馈表》及证明材料报送本中心；确不能办结的，书面说明原因、措施和时限。"
    yield "需要其他部门配合的，请及时提请本中心协调。"
    yield "本件已列入督办事项，办理情况按规定纳入综治工作成效考评。"


def _write_dispatch(sheet: Sheet, facts: PaperFacts, at: datetime) -> None:
    sheet.address(facts.unit)
    sheet.body("现将下列事项交你单位办理。请按照首接负责、限时办结的要求，及时签收，依法处理，按期反馈。")
    sheet.heading("案件情况")
    sheet.fields("案件基本情况", _case_rows(facts))
    sheet.heading("诉求内容")
    sheet.bodies(_matter(facts))
    sheet.heading("办理时限")
    _write_clocks(sheet, facts, at)
    sheet.heading("办理要求")
    sheet.asks(_dispatch_asks(facts, at))
    sheet.keep_last()


def _write_urging(sheet: Sheet, facts: PaperFacts, at: datetime) -> None:
    sheet.address(f"{facts.unit or NOTHING}主管负责同志")
    sheet.body(f"编号{facts.code}的案件由你单位承办。{standing(facts, at)}现予书面催办。")
    _write_late_case(sheet, facts, at, _urging_asks())


def _write_prompt(sheet: Sheet, facts: PaperFacts, at: datetime) -> None:
    sheet.address(facts.unit)
    sheet.body(f"编号{facts.code}的案件由你单位承办。{standing(facts, at)}现予督办，并提示如下。")
    _write_late_case(sheet, facts, at, _prompt_asks())


def _write_late_case(sheet: Sheet, facts: PaperFacts, at: datetime, asks: Iterable[str]) -> None:
    sheet.heading("办理要求")
    sheet.asks(asks)
    sheet.heading("时限与催办经过")
    _write_clocks(sheet, facts, at)
    _write_reminders(sheet, facts)
    sheet.heading("案件情况")
    sheet.fields("案件基本情况", _case_rows(facts))
    sheet.heading("诉求内容")
    sheet.bodies(_matter(facts))
    sheet.keep_last()


def _write_feedback(sheet: Sheet, facts: PaperFacts, at: datetime) -> None:
    sheet.fit_form()
    sheet.note(f"本表由承办单位填写，{_handed_in(facts, at)}报送{centre_name(facts)}；栏内写不下的，可另附页。")
    sheet.fields("案件基本情况", _feedback_rows(facts))
    sheet.gap()
    sheet.boxes("办理情况（由承办单位填写）", _boxes(facts))


def _handed_in(facts: PaperFacts, at: datetime) -> str:
    """When the form is to be handed in: no date that is past."""
    due_at, finish = _finish_at(facts), _clock(facts, "finish")
    if finish is not None and finish.stopped_at is not None:
        return "办结后及时"
    if due_at is not None and at > due_at and not _stands_still(facts, due_at):
        return "办结期限已过，请立即"
    return _by_words(facts)


def _boxes(facts: PaperFacts) -> Iterator[Box]:
    """The form's boxes with what is known already filled in."""
    visit = facts.visit if facts.visit is not None and facts.visit.reached is not False else None
    yield Box("处理经过", Mm(28), filled="；".join(_course(facts)))
    result = "不予受理" if facts.status == Status.DECLINED else _RESULT_CHOICES.get(facts.result, "")
    choices = "化解成功□　未成功□　引导司法□　解答□　不予受理□　其他□"
    yield Box("处理结果", Mm(25), _ticked(choices, result), filled="" if result else facts.result)
    found = [_SOLVED.get(visit.solved, ""), _SATISFIED.get(visit.satisfaction, "")] if visit is not None else []
    yield Box(
        "群众意见",
        Mm(22),
        _ticked("已解决□　未解决□　　满意□　基本满意□　不满意□", *found),
        f"群众签名：　　　　　　{_BLANK_DAY}",
        f"{_instant(visit.at)}回访" if visit is not None else "",
    )
    yield Box("证明材料", Mm(14), "现场照片□　调解协议书□　其他□　　　　共　　件")


def _course(facts: PaperFacts) -> Iterator[str]:
    """What the unit has done, as the journal has it, once it has finished; until then the unit tells it."""
    finish = _clock(facts, "finish")
    if finish is None or finish.stopped_at is None:
        return
    for name, done in (("sign", "签收"), ("contact", "联系群众"), ("finish", "办结")):
        clock = _clock(facts, name)
        if clock is not None and clock.stopped_at is not None:
            yield f"{_instant(clock.stopped_at)}{done}"


def _ticked(choices: str, *chosen: str) -> str:
    """The choices, those that are known ticked."""
    return re.sub(r"(\w+)□", lambda found: f"{found[1]}☑" if found[1] in chosen else found[0], choices)


_RESULT_CHOICES: Final[Mapping[str, str]] = {
    "settled": "化解成功",
    "not_settled": "未成功",
    "judicial": "引导司法",
    "answered": "解答",
}
_SOLVED: Final[Mapping[bool | None, str]] = {True: "已解决", False: "未解决"}
_SATISFIED: Final[Mapping[str, str]] = {
    Satisfaction.VERY_SATISFIED: "满意",
    Satisfaction.SATISFIED: "满意",
    Satisfaction.BASICALLY_SATISFIED: "基本满意",
    Satisfaction.DISSATISFIED: "不满意",
    Satisfaction.VERY_DISSATISFIED: "不满意",
}

_CLOCK_WIDTHS: Final = (Mm(22), Mm(51), Mm(43), Mm(40))
_REMINDER_WIDTHS: Final = (Mm(22), Mm(67), Mm(67))


def _write_clocks(sheet: Sheet, facts: PaperFacts, at: datetime) -> None:
    table = sheet.table(_CLOCK_WIDTHS, ("环节", "截止时间", "依据（时限规则）", "办理情况"))
    for clock in facts.clocks:
        row = add_row(table, _clock_texts(clock, facts, at))
        if clock.days:
            keep_with_next(row)
            add_row(table, ("计日", days_words(clock.days)))
    if not facts.clocks:
        add_row(table, ("",) * len(_CLOCK_WIDTHS))
    if facts.provisional or any(clock.provisional for clock in facts.clocks):
        sheet.note("注：“暂定”期限涉及放假安排尚未公布的年度，待公布后重新核定并告知。")


def _clock_texts(clock: ClockLine, facts: PaperFacts, at: datetime) -> tuple[str, ...]:
    due = _deadline(clock.due_at, clock.provisional)
    return _word(CLOCKS, clock.name), due, rule_words(clock.rule), _clock_state(clock, facts, at)


def _write_reminders(sheet: Sheet, facts: PaperFacts) -> None:
    sheet.gap()
    table = sheet.table(_REMINDER_WIDTHS, ("序号", "催办措施", "时间"))
    rows = [(str(n), _word(REMINDERS, kind), _instant(at)) for n, (kind, at) in enumerate(facts.reminders, 1)]
    for told in rows or [("", "", "")]:
        add_row(table, told)


def _write_signatures(sheet: Sheet, signer: str) -> None:
    """Who made it, who checked it, whose seal, which day."""
    sheet.signatures((("经 办 人", "", "审 核 人", ""), ("单位盖章", signer, "日　　期", _BLANK_DAY)))


_BODIES: Final[Mapping[Paper, Callable[[Sheet, PaperFacts, datetime], None]]] = {
    Paper.DISPATCH: _write_dispatch,
    Paper.URGING: _write_urging,
    Paper.PROMPT: _write_prompt,
    Paper.FEEDBACK: _write_feedback,
}
