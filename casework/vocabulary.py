"""The words of the trade, as codes. Chinese for the screen lives in the catalogues; nothing here knows how it is shown.

Every code is stored by value and read by scripts outside the project, so a value, once released, never changes.
"""

from enum import StrEnum
from typing import Final


class Feed(StrEnum):
    """The three live sources."""

    POLICE110 = "police110"
    HOTLINE12345 = "hotline12345"
    GRID = "grid"


# An entry whose actor is one of these was told by a source; any other was decided here.
FEEDS: Final = frozenset(feed.value for feed in Feed)


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


class Complexity(StrEnum):
    """How hard a dispute is to settle; set by whoever accepts it."""

    SIMPLE = "simple"  # 简易
    GENERAL = "general"  # 一般
    COMPLEX = "complex"  # 复杂


class Result(StrEnum):
    """How a case ended (处理结果)."""

    SETTLED = "settled"  # 化解成功
    NOT_SETTLED = "not_settled"  # 化解未成功
    JUDICIAL = "judicial"  # 引导司法
    ANSWERED = "answered"  # 解答


class WhistleStep(StrEnum):
    """The six steps of a whistle (吹哨), in order."""

    BLOW = "blow"  # 吹哨: a township calls a department in
    ANSWER = "answer"  # 接哨: the department accepts
    ALLOT = "allot"  # 分哨: it says who comes
    HANDLE = "handle"  # 办哨: its part is done
    OVERSEE = "oversee"  # 督哨: the centre looks after it
    RATE = "rate"  # 评哨: the township rates the department


class ReminderKind(StrEnum):
    """What the ladder sends, mildest first."""

    REMIND = "remind"  # 提醒
    URGE = "urge"  # 催办
    NOTICE = "notice"  # 《催办通知书》 to the leader in charge
    SUPERVISE = "supervise"  # 督办 and 《工作提示函》


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
    TAKEN_BACK = "taken_back"  # an assignment was undone: it never counts, and who held it before holds it on (撤销)
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
    MARKED_UNREASONABLE = "marked_unreasonable"  # 不合理诉求: it scores nobody; its payload names who approved
    OBJECTED = "objected"  # 考核申诉: a unit contests that a span of its work is scored
    OBJECTION_SETTLED = (
        "objection_settled"  # the centre finds it right (the span scores nobody) or not; may be settled anew
    )
    RESUMED = "resumed"  # the source took an ending back
    CLASSIFIED = "classified"  # how complex a dispute is, said by a person
    RETURN_ASKED = "return_asked"  # a second return, for the county centre to decide
    RETURN_REFUSED = "return_refused"
    PAUSED = "paused"  # 中止
    CONTINUED = "continued"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_REFUSED = "extension_refused"
    REJECTED = "rejected"  # review sent the finish back (驳回)
    HELP_CALLED = "help_called"  # a co-handler is called in, by whistle or by the centre
    ALLOTTED = "allotted"  # 分哨
    OVERSEEN = "overseen"  # 督哨
    RATED = "rated"  # 评哨
    REMINDED = "reminded"  # a step of the ladder; its payload says which
    ESCALATED = "escalated"  # 提级
    REDATED = "redated"  # a provisional deadline counted again with the published calendar
    SPLIT = "split"  # a report left for a case of its own
    RESTORED = "restored"  # a merged case goes on by itself again


class ObjectionState(StrEnum):
    """What became of a unit's objection to being scored by a span (考核申诉)."""

    OPEN = "open"
    UPHELD = "upheld"
    REFUSED = "refused"


class Overlay(StrEnum):
    """What is true of a case at an instant beside its status; always computed, never stored."""

    DUE_SOON = "due_soon"  # 临期
    OVERDUE = "overdue"  # 超期
    FINISHED_LATE = "finished_late"  # 超期办结
    PROVISIONAL = "provisional"  # 暂定
    PAUSED = "paused"  # 中止
    URGED = "urged"  # 催办中
    SUPERVISED = "supervised"  # 督办中
    ESCALATED = "escalated"  # 提级


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
