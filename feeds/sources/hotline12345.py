"""工单: a 12345 hotline work order, as the hotline platform writes it."""

from collections.abc import Mapping
from typing import Any, Final

from casework.errors import Untranslatable
from casework.report import Allowance, Milestones, Person, Report, Role
from casework.vocabulary import Appeal, Category, Feed, Urgency
from feeds.codes import CodeMap, Lookup
from feeds.fields import Fields
from feeds.sources.parts import category_of, is_protected, persons, satisfaction_of

EVENT_TYPE: Final = "cn.hotline12345.order.v1"
TIME_UNITS: Final = {"工作日": "working_day", "自然日": "day", "小时": "hour"}
LONGEST_ALLOWANCE: Final = 10_000


def translate(data: Mapping[str, Any], codes: CodeMap) -> Report:
    """A report from a work order; raises `Untranslatable`."""
    fields, lookup = Fields(data), Lookup()
    title, content = fields.text("title", 500), fields.text("majorContent")
    category, source_category = _category(fields, codes, lookup)
    result = fields.text("finishContent")
    lon, lat = fields.point_pair("addressPoints")
    link = fields.text("oldOrderNum", 128)
    appeal = lookup.find(codes.appeal, "callerType", fields.code("callerType"), Appeal.UNKNOWN)
    protected = appeal is Appeal.TIP_OFF or is_protected(
        fields, codes, ("questionCode",), title + content + source_category + result
    )
    return Report(
        feed=Feed.HOTLINE12345,
        source_id=fields.key("orderNum"),
        version_at=fields.required_time("updateTime"),
        reported_at=fields.required_time("callTime"),
        links=(link,) if link else (),
        title=title,
        content=content,
        address=fields.text("address", 500),
        result=result,
        lon=lon,
        lat=lat,
        channel=fields.code("sourceType"),
        category=category,
        source_category=source_category,
        appeal=appeal,
        urgency=lookup.find(codes.urgency, "pilotLight", fields.code("pilotLight"), Urgency.ORDINARY),
        township=fields.code("areaCode") or None,
        sensitive=bool(fields.flag("isSecret")) or protected,
        hard=bool(fields.flag("isHardOrder")),
        unreasonable=bool(fields.flag("nonsenseState")),
        allowance=_allowance(fields),
        persons=persons(Person(Role.CALLER, fields.text("callerName", 64), fields.text("callerPhone", 32))),
        milestones=_milestones(fields, codes, lookup),
        unknown_codes=tuple(lookup.unknown),
    )


def _category(fields: Fields, codes: CodeMap, lookup: Lookup) -> tuple[Category, str]:
    """By code; for platforms that send only the path of names `a->b->c`, by the most specific name that is known."""
    if fields.code("questionCode"):
        return category_of(fields, codes, lookup, ("questionCode",))
    path = fields.text("questionName", 256)
    for name in reversed(path.split("->")):
        if name.strip() in codes.category:
            return codes.category[name.strip()], path
    return lookup.find(codes.category, "questionName", path, Category.OTHER), path


def _allowance(fields: Fields) -> Allowance | None:
    amount, unit = fields.integer("handleDays", LONGEST_ALLOWANCE), fields.text("timeUnit", 16)
    if not amount or not unit:
        return None
    if unit not in TIME_UNITS:
        raise Untranslatable("timeUnit: expected 工作日, 自然日 or 小时")
    return Allowance(amount, TIME_UNITS[unit])


def _milestones(fields: Fields, codes: CodeMap, lookup: Lookup) -> Milestones:
    return Milestones(
        stage=lookup.find(codes.stage, "state", fields.code("state"), None),
        unit_code=fields.code("organizationCode") or None,
        unit_name=fields.text("organizationName", 128) or None,
        assigned_at=fields.time("dispatchTime"),
        signed_at=fields.time("signTime"),
        contacted_at=fields.time("contactTime"),
        returned_at=fields.time("backTime"),
        return_reason=fields.text("backReason", 500) or None,
        due_at=fields.deadline("deadlineDate"),
        extended_due_at=fields.deadline("delayDeadlineDate"),
        extension_reason=fields.text("delayReason", 500) or None,
        redo_count=fields.integer("rehandleNum", 1000) or 0,
        finished_at=fields.time("completeTime"),
        visited_at=fields.time("visitTime"),
        reached=fields.flag("visitCallIsConnected"),
        solved=fields.flag("visitIsSolved"),
        satisfaction=satisfaction_of(fields, codes, lookup, "visitSatisfaction"),
    )
