"""网格事件: what a grid worker reports, as the grid app's backend writes it."""

from collections.abc import Mapping
from typing import Any, Final

from casework.report import Milestones, Person, Report, Role
from casework.vocabulary import Appeal, Feed, Satisfaction, Urgency
from feeds.codes import CodeMap, Lookup
from feeds.fields import Fields
from feeds.sources.parts import appeal_of, category_of, is_protected, persons

EVENT_TYPE: Final = "cn.grid.event.v1"
CATEGORY_FIELDS: Final = ("eventType2", "eventType1")


def translate(data: Mapping[str, Any], codes: CodeMap) -> Report:
    """A report from a grid event; raises `Untranslatable`."""
    fields, lookup = Fields(data), Lookup()
    content = fields.text("desc")
    category, source_category = category_of(fields, codes, lookup, CATEGORY_FIELDS)
    kind = fields.code("eventType1")
    result = fields.text("result")
    lon, lat = fields.point("lng", "lat")
    colour = fields.code("riskColour")
    return Report(
        feed=Feed.GRID,
        source_id=fields.key("eventCode"),
        version_at=fields.required_time("updateTime"),
        reported_at=fields.required_time("eventAcceptDate"),
        content=content,
        address=fields.text("eventAddress", 500),
        result=result,
        lon=lon,
        lat=lat,
        channel=fields.code("eventSource"),
        category=category,
        source_category=source_category,
        appeal=codes.appeal.get(kind) or appeal_of(category, Appeal.HELP),
        urgency=_urgency(fields, codes, lookup),
        colour=lookup.find(codes.colour, "riskColour", colour, None),
        township=fields.code("streetCode") or None,
        village=fields.code("communityCode") or None,
        grid=fields.code("gridCode") or None,
        sensitive=is_protected(fields, codes, CATEGORY_FIELDS, content + result),
        group=bool(fields.flag("isGroup")),
        involved=fields.integer("involvedCount"),
        hard=bool(fields.flag("isHard")),
        persons=persons(
            Person(Role.CALLER, fields.text("partyName", 64), fields.text("partyPhone", 32)),
            Person(Role.WORKER, fields.text("reportPerson", 64), fields.text("reportPhone", 32)),
        ),
        milestones=_milestones(fields, codes, lookup),
        unknown_codes=tuple(lookup.unknown),
    )


def _urgency(fields: Fields, codes: CodeMap, lookup: Lookup) -> Urgency:
    """The event's level, and at least urgent when the worker says so."""
    urgency = lookup.find(codes.urgency, "eventLevel", fields.code("eventLevel"), Urgency.ORDINARY)
    return Urgency.URGENT if fields.flag("isUrgent") and urgency is Urgency.ORDINARY else urgency


def _milestones(fields: Fields, codes: CodeMap, lookup: Lookup) -> Milestones:
    satisfied = fields.flag("satisfied")
    return Milestones(
        stage=lookup.find(codes.stage, "eventState", fields.code("eventState"), None),
        unit_code=fields.code("dealDeptCode") or None,
        assigned_at=fields.time("distributeTime"),
        signed_at=fields.time("signTime"),
        contacted_at=fields.time("contactTime"),
        returned_at=fields.time("backTime"),
        return_reason=fields.text("backReason", 500) or None,
        due_at=fields.deadline("deadlineTime"),
        finished_at=fields.time("dealTime"),
        mediated=fields.flag("mediationOk"),
        visited_at=fields.time("visitTime"),
        reached=None if satisfied is None else True,
        satisfaction=None if satisfied is None else (Satisfaction.DISSATISFIED, Satisfaction.SATISFIED)[satisfied],
        closed_at=fields.time("endTime"),
    )
