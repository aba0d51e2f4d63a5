"""What a case's papers tell, gathered from the whole case. It must not know a database, a page or a clock."""

from dataclasses import replace
from datetime import datetime

from casework.calendar import ONE_DAY, Calendar, last_day, local_day
from casework.case import Case, Span, Thread
from casework.clocks import Clock, Kind, clocks_of
from casework.county import County
from casework.errors import Refused
from dashboard.exports.papers import ClockLine, Paper, PaperFacts
from db.queries.cases import ReportTexts, WholeCase

NAMES = {Kind.SIGN: "sign", Kind.CONTACT: "contact", Kind.FINISH: "finish", Kind.VISIT: "visit"}


def check_paper(kind: Paper, case: Case, at: datetime) -> None:
    """Raise `Refused` for a paper that would say what is not so."""
    lead = case.lead
    holder = lead.holder
    if kind in (Paper.DISPATCH, Paper.FEEDBACK) and not lead.spans:
        raise Refused("no unit has been given the case yet")
    if kind not in (Paper.URGING, Paper.PROMPT):
        return
    if holder is None or lead.finished_at is not None:
        raise Refused("no unit is handling the case")
    if (lead.paused_at or at) <= holder.finish_due.at:
        raise Refused("the unit's deadline has not passed")


def paper_facts(whole: WholeCase, county: County, calendar: Calendar, at: datetime) -> PaperFacts:
    """The facts of the thread that speaks for the case, at an instant; every report's words are told."""
    case, lead = whole.state, whole.state.lead
    facts, span = lead.facts, _span_of(lead)
    words = _words_of(whole, lead)
    if any(thread.facts.sensitive for thread in case.threads):
        # A tip-off's paper may reach whom it is about: it says what is to be done, and not who said so or where they live.
        words = replace(words, address="", persons=())
    return PaperFacts(
        code=whole.code,
        county=county.centre_name,
        status=case.status,
        colour=case.colour,
        category=facts.category,
        appeal=facts.appeal,
        urgency=facts.urgency,
        township=county.township_name(facts.township) if facts.township else "",
        village=county.village_name(facts.village) if facts.village else "",
        place=words.address,
        title=words.title,
        content="\n".join(report.content for report in whole.reports if report.content),
        channel=words.channel,
        feeds=tuple(report.feed for report in whole.reports),
        source_ids=tuple(report.source_id for report in whole.reports),
        persons=words.persons,
        reported_at=case.reported_at,
        unit=county.unit_name(span.unit_code) if span is not None else "",
        assigned_at=span.assigned_at if span is not None else None,
        promise_at=lead.promise.at,
        original_promise_at=lead.original_due_at,
        provisional=lead.promise.provisional,
        paused_at=lead.paused_at,
        clocks=tuple(_line(clock, calendar) for clock in _clocks(lead, span)),
        reminders=tuple((reminder.kind.value, reminder.at) for reminder in lead.extras.reminders),
        overdue_working_days=_overdue_days(lead, span, calendar, at),
        round=case.round,
        result=lead.extras.result or words.result,
    )


def _words_of(whole: WholeCase, lead: Thread) -> ReportTexts:
    """The words of the report that speaks for the case."""
    return next(report for report in whole.reports if f"{report.feed}:{report.source_id}" == lead.report)


def _span_of(lead: Thread) -> Span | None:
    """The span of the unit that holds it, or that held it to its end; none while nobody does."""
    return lead.spans[-1] if lead.spans and lead.ended else lead.holder


def _clocks(lead: Thread, span: Span | None) -> list[Clock]:
    """The clocks of the unit's span, and the visit's."""
    own = (span.unit_code, span.assigned_at) if span is not None else None
    return [
        clock
        for clock in clocks_of(lead)
        if clock.kind is Kind.VISIT or (clock.kind in NAMES and (clock.unit_code, clock.started_at) == own)
    ]


def _line(clock: Clock, calendar: Calendar) -> ClockLine:
    due = clock.due
    days = tuple((day.day, day.counts, day.name or day.why) for day in calendar.count(due))
    return ClockLine(NAMES[clock.kind], due.at, clock.stopped_at, due.rule, due.provisional, days)


def _overdue_days(lead: Thread, span: Span | None, calendar: Calendar, at: datetime) -> int:
    """Whole working days since the unit's deadline, or since the promise's while no unit holds it."""
    due = span.finish_due if span is not None else lead.promise
    asked = lead.finished_at or lead.closed_at or lead.paused_at or at
    if asked <= due.at:
        return 0
    today = local_day(asked)
    last = today if calendar.end_of(today) <= asked else today - ONE_DAY
    return calendar.working_days_between(last_day(due.at), last)
