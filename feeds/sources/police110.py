"""接警单: a non-emergency call the 110 desk diverts, as its own system writes it."""

from collections.abc import Mapping
from typing import Any, Final

from casework.report import Milestones, Person, Report, Role
from casework.vocabulary import Appeal, Feed, Urgency
from feeds.codes import CodeMap, Lookup
from feeds.fields import Fields
from feeds.sources.parts import appeal_of, category_of, is_protected, persons, satisfaction_of

EVENT_TYPE: Final = "cn.police110.jjd.v1"
CATEGORY_FIELDS: Final = ("bjxldm", "bjlbdm")
REDONE: Final = "8"
RETURNED: Final = "3"


def translate(data: Mapping[str, Any], codes: CodeMap) -> Report:
    """A report from a 接警单; raises `Untranslatable`."""
    fields, lookup = Fields(data), Lookup()
    content = fields.text("bjnr")
    category, source_category = category_of(fields, codes, lookup, CATEGORY_FIELDS)
    result = fields.text("jqcljgsm")
    lon, lat = fields.point("jd", "wd")
    link = fields.text("gljjdbh", 128)
    caller_phone = fields.text("bjdh", 32)
    contact_phone = fields.text("lxdh", 32)
    return Report(
        feed=Feed.POLICE110,
        source_id=fields.key("jjdbh"),
        version_at=fields.required_time("gxsj"),
        reported_at=fields.required_time("bjsj"),
        links=(link,) if link else (),
        content=content,
        address=fields.text("afdz", 500),
        result=result,
        lon=lon,
        lat=lat,
        category=category,
        source_category=source_category,
        appeal=codes.appeal.get(source_category) or appeal_of(category, Appeal.HELP),
        urgency=lookup.find(codes.urgency, "jqjb", fields.code("jqjb"), Urgency.ORDINARY),
        township=lookup.find(codes.stations, "gxdwdm", fields.code("gxdwdm"), None),
        sensitive=bool(fields.flag("sfbm")) or is_protected(fields, codes, CATEGORY_FIELDS, content + result),
        persons=persons(
            Person(Role.CALLER, fields.text("bjrxm", 64), caller_phone),
            Person(Role.CONTACT, "", contact_phone if contact_phone != caller_phone else ""),
        ),
        milestones=_milestones(fields, codes, lookup),
        unknown_codes=tuple(lookup.unknown),
    )


def _milestones(fields: Fields, codes: CodeMap, lookup: Lookup) -> Milestones:
    state = fields.code("jdzt")
    unit = fields.code("cbdwdm") or None
    return Milestones(
        stage=lookup.find(codes.stage, "jdzt", state, None),
        unit_code=unit,
        assigned_at=fields.time("tssj") if unit else None,
        signed_at=fields.time("qssj"),
        contacted_at=fields.time("lxsj"),
        returned_at=fields.time("thsj") or (fields.time("gxsj") if state == RETURNED else None),
        return_reason=fields.text("thyy", 500) or None,
        redone=state == REDONE,
        finished_at=fields.time("fksj"),
        mediated=fields.flag("tjjg"),
        visited_at=fields.time("hfsj"),
        reached=fields.flag("hfjt"),
        satisfaction=satisfaction_of(fields, codes, lookup, "myd"),
    )
