"""The words of the trade, as codes. Chinese for the screen lives in the catalogues; nothing here knows how it is shown.

Every code is stored by value and read by scripts outside the project, so a value, once released, never changes.
"""

from enum import StrEnum


class Feed(StrEnum):
    """The three live sources."""

    POLICE110 = "police110"
    HOTLINE12345 = "hotline12345"
    GRID = "grid"


class Status(StrEnum):
    """Where a case, or one report's handling inside it, stands. Overlays (overdue, due soon) are computed, never here."""

    RECEIVED = "received"  # 待受理
    TO_ASSIGN = "to_assign"  # 待分派
    TO_SIGN = "to_sign"  # 待签收
    HANDLING = "handling"  # 办理中
    TO_REVIEW = "to_review"  # 待审核
    TO_VISIT = "to_visit"  # 待回访
    CLOSED = "closed"  # 已办结
    DECLINED = "declined"  # 不予受理
    MERGED = "merged"  # 已并案


ENDED = frozenset({Status.CLOSED, Status.DECLINED, Status.MERGED})


class Appeal(StrEnum):
    """What the citizen wants (诉求类型)."""

    CONSULT = "consult"  # 咨询
    HELP = "help"  # 求助
    COMPLAINT = "complaint"  # 投诉
    TIP_OFF = "tip_off"  # 举报
    SUGGESTION = "suggestion"  # 建议
    DISPUTE = "dispute"  # 纠纷
    HAZARD = "hazard"  # 隐患
    UNKNOWN = "unknown"  # 未知


class Urgency(StrEnum):
    """How fast it must be taken up (紧急程度)."""

    CRITICAL = "critical"  # 特急
    URGENT = "urgent"  # 紧急
    ORDINARY = "ordinary"  # 一般


class Colour(StrEnum):
    """Risk colour, lowest first."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


COLOUR_ORDER = tuple(Colour)


class Category(StrEnum):
    """Dispute classes of GB/T 31000-2015 as running systems use them, and the everyday matters beside them."""

    MARRIAGE_FAMILY = "01"
    NEIGHBOURS = "02"
    PERSONALITY_RIGHTS = "03"
    PROPERTY_RIGHTS = "04"
    TORT = "05"
    CONTRACT = "06"
    LABOUR = "07"
    LENDING = "08"
    LAND = "09"
    OTHER_CIVIL = "10"
    URBAN_RURAL_BUILDING = "11"
    CIVIL_AFFAIRS = "12"
    OTHER_ENFORCEMENT = "13"
    LAW_AND_LITIGATION = "14"
    ORGANISATION_DISCIPLINE = "15"
    ETHNIC_RELIGIOUS = "16"
    OTHER_DISPUTE = "17"
    NOISE = "noise"
    FUMES = "fumes"
    PARKING = "parking"
    SANITATION = "sanitation"
    UTILITIES = "utilities"
    ROADS = "roads"
    PROPERTY_MANAGEMENT = "property"
    FIRE_HAZARD = "fire"
    WORK_SAFETY = "safety"
    PUBLIC_SERVICE = "service"
    OTHER = "99"


class Satisfaction(StrEnum):
    """The return visit's answer, on the widest scale in use; narrower scales map into it."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"
    UNKNOWN = "unknown"


class EntryType(StrEnum):
    """What a journal entry says happened."""

    REGISTERED = "registered"  # a report opened a case, or joined one
    LINKED = "linked"  # the report joined an existing case, and why
    REOPENED = "reopened"  # a closed case received the same matter again (再诉)
    REVISED = "revised"  # the source corrected what the report says
    ACCEPTED = "accepted"  # taken up, waiting for a unit
    MERGED = "merged"  # its reports went on in another case
    ASSIGNED = "assigned"
    SIGNED = "signed"
    CONTACTED = "contacted"
    RETURNED = "returned"
    EXTENDED = "extended"
    FINISHED = "finished"
    REVIEWED = "reviewed"  # the finish was found in order
    VISITED = "visited"
    REDONE = "redone"
    CLOSED = "closed"
    DECLINED = "declined"
    COLOURED = "coloured"  # the risk colour rose, and by which rule
    RESUMED = "resumed"  # the source took an ending back


class Outcome(StrEnum):
    """What became of one event."""

    CREATED = "created"  # a record not seen before
    UPDATED = "updated"  # a newer version of a known record
    STALE = "stale"  # the version we hold, or an older one: nothing changed
    REPEATED = "repeated"  # an event we have already: nothing changed, and nothing is written of it
    DEAD_LETTER = "dead_letter"  # could not be understood; kept and listed


class FeedState(StrEnum):
    """A feed's health as the screens tell it."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    SILENT = "silent"
    LAGGING = "lagging"
    REFUSED = "refused"
    ABSENT = "absent"  # no ingester is running for it
