"""What giving a case to another unit would do, before anybody does it: to its clocks, and to the weeks of the units. Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from casework.calendar import Due
from casework.case import Case, Span, Thread
from casework.clocks import Kind, State, clocks_of
from casework.errors import Refused
from casework.indicators import Figures, Indicator, Period, UnitSpan, figures, week_of
from casework.moves import Assign, Move
from casework.moving import moved
from casework.rules import Rules
from casework.vocabulary import Colour


class Share(NamedTuple):
    """This case's part of a unit's rate of finishing in time in one week, and `to_come`: its clocks to finish that still run
    and will run out before the week ends."""

    good: int
    all: int
    to_come: int


class UnitWeek(NamedTuple):
    """A unit's share before and after; a unit whose shares are equal is not affected in the week."""

    unit_code: str
    before: Share
    after: Share

    @property
    def is_affected(self) -> bool:
        return self.before != self.after


class ReportPreview(NamedTuple):
    """One report that would be given away.

    `promise` is the citizen's, and stays. `lifted`: the minimum handling time gives the new unit longer than the promise;
    `finish_due` then names that rule. `old_clocks`: how those of the old unit end: late, met, or `ENDED`, which counts for
    nobody. `raised_to`: the risk colour the rules give for the hand-over.
    """

    report: str
    old_unit: str | None
    new_unit: str
    promise: Due
    sign_due: Due
    contact_due: Due
    finish_due: Due
    lifted: bool
    old_clocks: tuple[tuple[Kind, State], ...]
    raised_to: Colour | None


class Preview(NamedTuple):
    """`refusals`: the reports that would stay, and why. `week`: every unit that has or would have a span in the case, by
    code, for the week the move is made in."""

    reports: tuple[ReportPreview, ...]
    refusals: tuple[tuple[str, Refused], ...]
    week: tuple[UnitWeek, ...]


def reassign_preview(
    case: Case, move: Assign, rules: Rules, at: datetime, may: Callable[[Move, Thread], None] | None = None
) -> Preview:
    """What the move would do if it were made now, `at`; raises `Refused` as the move itself would (`may` as in `moved`)."""
    decision = moved(case, move, rules, may)
    given = {entry.report for entry in decision.entries}
    reports = tuple(
        _report(before, after, at, rules)
        for before, after in zip(case.threads, decision.case.threads, strict=True)
        if before.report in given
    )
    return Preview(reports, decision.refusals, _week(case, decision.case, at, rules))


def _report(before: Thread, after: Thread, at: datetime, rules: Rules) -> ReportPreview:
    new = after.spans[-1]
    return ReportPreview(
        after.report,
        before.holder.unit_code if before.holder is not None else None,
        new.unit_code,
        after.promise,
        new.sign_due,
        new.contact_due,
        new.finish_due,
        new.finish_due.at > after.promise.at,
        tuple(_old_clocks(before.holder, after, at, rules)),
        after.colour if after.colour is not before.colour else None,
    )


def _old_clocks(old: Span | None, after: Thread, at: datetime, rules: Rules) -> Iterator[tuple[Kind, State]]:
    """How the clocks of the span that would end stand then."""
    if old is None:
        return
    share = rules.clocks.at(at).due_soon
    ended = next(span for span in after.spans if span.number == old.number)
    seen = max(at, ended.ended_at or at)
    for clock in clocks_of(after._replace(spans=(ended,), extras=after.extras._replace(helpers=()))):
        if clock.unit_code is not None:
            yield clock.kind, clock.state(seen, share)


def _week(before: Case, after: Case, at: datetime, rules: Rules) -> tuple[UnitWeek, ...]:
    period = week_of(at)
    was, would_be = (_shares(case, period, rules) for case in (before, after))
    nothing = Share(0, 0, 0)
    return tuple(
        UnitWeek(unit, was.get(unit, nothing), would_be.get(unit, nothing)) for unit in sorted(was.keys() | would_be)
    )


def _shares(case: Case, period: Period, rules: Rules) -> dict[str, Share]:
    """By unit; counted by the same function as every score, at the instant and at the end of the week."""
    spans = list(_spans(case))
    units = {span.unit_code: span.unit_code for span in spans}
    visits = rules.score.at(period.start).visits
    now = figures(spans, period, units, visits)
    then = figures(spans, period._replace(at=period.end), units, visits)
    return {unit: _share(now[unit], then[unit]) for unit in units}


def _share(now: Figures, then: Figures) -> Share:
    rate, in_the_end = now.rates[Indicator.FINISHED], then.rates[Indicator.FINISHED]
    return Share(rate.numerator, rate.denominator, in_the_end.denominator - rate.denominator)


def _spans(case: Case) -> Iterator[UnitSpan]:
    """Holders' and co-handlers' spans as scores read them; a pause is the holder's."""
    for thread in case.threads:
        for span in thread.spans:
            yield _unit_span(span, thread.paused_at if span.ended_at is None else None)
        for helper in thread.extras.helpers:
            yield _unit_span(helper.span, None)


def _unit_span(span: Span, paused_at: datetime | None) -> UnitSpan:
    visit = span.visit
    return UnitSpan(
        case_id=0,
        number=span.number,
        unit_code=span.unit_code,
        assigned_at=span.assigned_at,
        sign_due_at=span.sign_due.at,
        signed_at=span.signed_at,
        contact_due_at=span.contact_due.at,
        contacted_at=span.contacted_at,
        finish_due_at=span.finish_due.at,
        finished_at=span.finished_at,
        ended_at=span.ended_at,
        paused_at=paused_at,
        visited_at=visit.at if visit is not None else None,
        reached=visit.reached if visit is not None else None,
        solved=visit.solved if visit is not None else None,
        satisfaction=visit.satisfaction if visit is not None else None,
    )
