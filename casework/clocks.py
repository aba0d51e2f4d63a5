"""When a case must be signed for, answered and finished. Rules are values handed in; this module knows no file and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casework.calendar import Due, due_after
from casework.report import Allowance, Report
from casework.vocabulary import Appeal, Category, Feed, Urgency


@dataclass(frozen=True, slots=True)
class ClockRules:
    """One version of the time limits. Finish limits are tried in the order urgency, category, appeal, `otherwise`."""

    version: str
    sign: Mapping[Urgency, Allowance]
    contact: Allowance
    finish_by_urgency: Mapping[Urgency, Allowance]
    finish_by_category: Mapping[Category, Allowance]
    finish_by_appeal: Mapping[Appeal, Allowance]
    otherwise: Allowance
    minimum_handling: Allowance
    source_wins: frozenset[Feed]


def finish_due(report: Report, rules: ClockRules) -> Due:
    """The promise to the citizen: the source's deadline where its feed is configured to win, else the rule's."""
    if report.feed in rules.source_wins:
        if report.milestones.due_at is not None:
            return Due(report.milestones.due_at, "source")
        if report.allowance is not None:
            return due_after(report.reported_at, report.allowance.amount, report.allowance.unit, "source/allowance")
    limit, clause = _finish_limit(report, rules)
    return due_after(report.reported_at, limit.amount, limit.unit, f"{rules.version}/finish/{clause}")


def _finish_limit(report: Report, rules: ClockRules) -> tuple[Allowance, str]:
    if report.urgency in rules.finish_by_urgency:
        return rules.finish_by_urgency[report.urgency], report.urgency
    if report.category in rules.finish_by_category:
        return rules.finish_by_category[report.category], f"category-{report.category}"
    if report.appeal in rules.finish_by_appeal:
        return rules.finish_by_appeal[report.appeal], report.appeal
    return rules.otherwise, "other"


def sign_due(assigned_at: datetime, urgency: Urgency, rules: ClockRules) -> datetime:
    limit = rules.sign[urgency]
    return due_after(assigned_at, limit.amount, limit.unit, "").at


def contact_due(assigned_at: datetime, rules: ClockRules) -> datetime:
    return due_after(assigned_at, rules.contact.amount, rules.contact.unit, "").at


def span_due(promise: Due, assigned_at: datetime, rules: ClockRules, *, first: bool) -> Due:
    """A unit's own finish clock: the promise, but never less than the minimum handling time for a later holder."""
    if first:
        return promise
    least = due_after(
        assigned_at, rules.minimum_handling.amount, rules.minimum_handling.unit, f"{rules.version}/minimum-handling"
    )
    return least if least.at > promise.at else promise
