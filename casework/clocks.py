"""When a case must be signed for, answered, finished and visited. Rules are values handed in; this module reads no file.

A clock is never stored as late or in time: whether it is, follows from its deadline and the instant one asks about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from casework.calendar import JUST_BEFORE, Calendar, Due
from casework.case import Facts, Helper, Span, Thread
from casework.report import Allowance, Report
from casework.vocabulary import Appeal, Category, Complexity, Feed, Urgency, WhistleStep

# No holiday of the State Council's has lasted longer than nine days, and after one at least two days are worked.
LONGEST_HOLIDAY: Final = timedelta(days=16)
LONGEST_UNIT: Final = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "working_day": timedelta(days=6),
}


@dataclass(frozen=True, slots=True)
class ClockRules:
    """One version of the time limits.

    Finish limits are tried in the order urgency, category, complexity of a dispute, appeal, `otherwise`.
    `returns` and `extension`: how soon and how often a unit may ask; `unreached`: visits that reach nobody before one may
    close without an answer; `due_soon`: the part of a clock's time, at its end, in which it is 临期.
    """

    version: str
    effective_from: date
    sign: Mapping[Urgency, Allowance]
    contact: Allowance
    contact_by_urgency: Mapping[Urgency, Allowance]
    finish_by_urgency: Mapping[Urgency, Allowance]
    finish_by_category: Mapping[Category, Allowance]
    finish_by_complexity: Mapping[Complexity, Allowance]
    finish_by_appeal: Mapping[Appeal, Allowance]
    otherwise: Allowance
    minimum_handling: Allowance
    visit: Allowance
    return_within: Allowance
    returns: int
    extension: Allowance
    extensions: int
    unreached: int
    due_soon: float
    whistle: Mapping[WhistleStep, Allowance]


class Kind(StrEnum):
    """Which clock."""

    SIGN = "sign"  # 签收
    CONTACT = "contact"  # 联系
    FINISH = "finish"  # 办结, the unit's own
    PROMISE = "promise"  # 办结, what the citizen was promised
    VISIT = "visit"  # 回访


class State(StrEnum):
    """How a clock stands at an instant."""

    RUNNING = "running"
    DUE_SOON = "due_soon"  # 临期
    OVERDUE = "overdue"  # 超期
    MET = "met"
    LATE = "late"  # done, after its deadline (超期办结)
    PAUSED = "paused"  # 中止
    ENDED = "ended"  # nobody is asked any more: returned, reassigned, closed without it


class Clock(NamedTuple):
    """One clock as it stands: `stopped_at` is when what it asks for was done, `until` when nobody was asked any more."""

    kind: Kind
    unit_code: str | None
    started_at: datetime
    due: Due
    original_due_at: datetime | None
    stopped_at: datetime | None
    until: datetime | None
    paused_at: datetime | None

    def state(self, at: datetime, due_soon: float) -> State:
        """The clock at an instant; frozen from the moment it stopped."""
        if self.stopped_at is not None and self.stopped_at <= at:
            return State.LATE if self.stopped_at > self.due.at else State.MET
        if self.until is not None and self.until <= at:
            return State.ENDED if self.until <= self.due.at else State.LATE
        if self.paused_at is not None and self.paused_at <= at:
            return State.OVERDUE if self.paused_at > self.due.at else State.PAUSED
        if at > self.due.at:
            return State.OVERDUE
        return State.DUE_SOON if at >= due_soon_at(self.started_at, self.due.at, due_soon) else State.RUNNING


def due_soon_at(started_at: datetime, due_at: datetime, share: float) -> datetime:
    """When a clock's last `share` of time begins."""
    return due_at - (due_at - started_at) * share


def finish_due(
    report: Report,
    facts: Facts,
    rules: ClockRules,
    calendar: Calendar,
    wins: frozenset[Feed],
    complexity: Complexity | None = None,
) -> Due:
    """The promise to the citizen: the source's deadline where its feed is configured to win, else the rule's."""
    if report.feed in wins:
        if report.milestones.due_at is not None:
            return Due(report.milestones.due_at, "source")
        if report.allowance is not None:
            return calendar.due_after(report.reported_at, *report.allowance, "source/allowance")
    return rule_due(report.reported_at, facts, complexity, rules, calendar)


def rule_due(
    reported_at: datetime, facts: Facts, complexity: Complexity | None, rules: ClockRules, calendar: Calendar
) -> Due:
    """The promise the centre's own rules give."""
    limit, clause = finish_limit(facts, complexity, rules)
    return calendar.due_after(reported_at, limit.amount, limit.unit, f"{rules.version}/finish/{clause}")


def finish_limit(facts: Facts, complexity: Complexity | None, rules: ClockRules) -> tuple[Allowance, str]:
    """The time limit and the clause it stands in."""
    if facts.urgency in rules.finish_by_urgency:
        return rules.finish_by_urgency[facts.urgency], facts.urgency
    if facts.category in rules.finish_by_category:
        return rules.finish_by_category[facts.category], f"category-{facts.category}"
    if facts.appeal is Appeal.DISPUTE:
        known = complexity or (Complexity.COMPLEX if facts.hard else Complexity.GENERAL)
        if known in rules.finish_by_complexity:
            return rules.finish_by_complexity[known], f"dispute-{known}"
    if facts.appeal in rules.finish_by_appeal:
        return rules.finish_by_appeal[facts.appeal], facts.appeal
    return rules.otherwise, "other"


def sign_due(assigned_at: datetime, urgency: Urgency, rules: ClockRules, calendar: Calendar) -> Due:
    limit = rules.sign[urgency]
    return calendar.due_after(assigned_at, limit.amount, limit.unit, f"{rules.version}/sign/{urgency}")


def contact_due(assigned_at: datetime, urgency: Urgency, rules: ClockRules, calendar: Calendar) -> Due:
    limit = rules.contact_by_urgency.get(urgency)
    clause = urgency.value if limit is not None else "limit"
    limit = limit or rules.contact
    return calendar.due_after(assigned_at, limit.amount, limit.unit, f"{rules.version}/contact/{clause}")


def longest_answer(versions: Iterable[ClockRules]) -> timedelta:
    """Longer than any clock to sign or to speak to the citizen runs under these versions, whatever days are off."""
    limits = [
        limit
        for rules in versions
        for limit in (*rules.sign.values(), rules.contact, *rules.contact_by_urgency.values())
    ]
    return max(limit.amount * LONGEST_UNIT[limit.unit] for limit in limits) + LONGEST_HOLIDAY


def visit_due(finished_at: datetime, rules: ClockRules, calendar: Calendar) -> Due:
    return calendar.due_after(finished_at, rules.visit.amount, rules.visit.unit, f"{rules.version}/visit/limit")


def span_due(promise: Due, assigned_at: datetime, rules: ClockRules, calendar: Calendar, *, first: bool) -> Due:
    """A unit's own finish clock: the promise, but never less than the minimum handling time for a later holder."""
    if first:
        return promise
    limit = rules.minimum_handling
    least = calendar.due_after(assigned_at, limit.amount, limit.unit, f"{rules.version}/minimum_handling/limit")
    return least if least.at > promise.at else promise


def extended_due(due: Due, amount: int, rules: ClockRules, calendar: Calendar) -> Due:
    """`due` and `amount` more of the extension's unit; the last day of the old deadline is day 0.

    Working days are counted on from where the old count began, so that both can be counted again with a newer calendar.
    """
    if due.start is not None and due.unit == rules.extension.unit:
        rule = f"{rules.version}/extension/most"
        return calendar.due_after(due.start, due.amount + amount, due.unit, rule)
    return calendar.due_after(due.at - JUST_BEFORE, amount, rules.extension.unit, f"{rules.version}/extension/most")


def clocks_of(thread: Thread) -> Iterator[Clock]:
    """Every clock of one report's handling, in the order they began."""
    paused = thread.paused_at
    first = thread.spans[0].assigned_at if thread.spans else None
    for span in thread.spans:
        yield from _span_clocks(span, paused if span is thread.spans[-1] else None)
    for helper in thread.extras.helpers:
        yield from _span_clocks(helper.span, None)
    yield Clock(
        Kind.PROMISE,
        None,
        min(thread.reported_at, first) if first is not None else thread.reported_at,
        thread.promise,
        thread.original_due_at,
        thread.finished_at,
        thread.closed_at,
        paused,
    )
    if thread.visit_due is not None and thread.finished_at is not None:
        visited = thread.answer.at if thread.answer is not None else None
        yield Clock(Kind.VISIT, None, thread.finished_at, thread.visit_due, None, visited, thread.closed_at, None)


def _span_clocks(span: Span, paused: datetime | None) -> Iterator[Clock]:
    begun, unit, until = span.assigned_at, span.unit_code, span.until
    yield Clock(Kind.SIGN, unit, begun, span.sign_due, None, span.signed_at, until, None)
    yield Clock(Kind.CONTACT, unit, begun, span.contact_due, None, span.contacted_at, until, None)
    yield Clock(
        Kind.FINISH, unit, begun, span.finish_due, span.original_due_at, span.finished_at, span.ended_at, paused
    )


def whistle_due(helper: Helper, step: WhistleStep, rules: ClockRules, calendar: Calendar) -> Due | None:
    """When a whistle's next step must be taken; `None` for a step that has no limit or nothing to count from yet."""
    limit, since = rules.whistle.get(step), helper.since(step)
    if limit is None or since is None:
        return None
    return calendar.due_after(since, limit.amount, limit.unit, f"{rules.version}/whistle/{step}")


def named_limits(rules: ClockRules) -> dict[str, Allowance]:
    """Every limit of a version by the name its deadlines carry, without the version: "finish/complaint", "sign/urgent"."""
    named = {f"sign/{urgency}": limit for urgency, limit in rules.sign.items()}
    named["contact/limit"] = rules.contact
    named |= {f"contact/{urgency}": limit for urgency, limit in rules.contact_by_urgency.items()}
    named |= {f"finish/{urgency}": limit for urgency, limit in rules.finish_by_urgency.items()}
    named |= {f"finish/category-{category}": limit for category, limit in rules.finish_by_category.items()}
    named |= {f"finish/dispute-{complexity}": limit for complexity, limit in rules.finish_by_complexity.items()}
    named |= {f"finish/{appeal}": limit for appeal, limit in rules.finish_by_appeal.items()}
    named["finish/other"] = rules.otherwise
    named["minimum_handling/limit"] = rules.minimum_handling
    named["visit/limit"] = rules.visit
    named["return/within"] = rules.return_within
    named["extension/most"] = rules.extension
    named |= {f"whistle/{step}": limit for step, limit in rules.whistle.items()}
    return named


def find_limit(name: str, rules: ClockRules) -> tuple[str, Allowance] | None:
    """A limit by its whole name, with or without the version, or by a last part that only one has."""
    named = named_limits(rules)
    short = name.removeprefix(f"{rules.version}/")
    if short in named:
        return short, named[short]
    ends = [known for known in named if known.endswith(f"/{short}")]
    finish = [known for known in ends if known.startswith("finish/")]
    for found in (ends, finish):
        if len(found) == 1:
            return found[0], named[found[0]]
    return None
