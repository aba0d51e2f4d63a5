"""What is told of a whole case, on paper and at the terminal. It must not know a database, a page or a clock."""

from dataclasses import replace
from datetime import datetime

from casework.calendar import ONE_DAY, Calendar, last_day, local_day
from casework.case import Case, Span, Thread
from casework.clocks import Clock, Kind, clocks_of
from casework.county import County
from casework.errors import Refused
from casework.escalation import shown_colour
from casework.rules import Rules
from casework.vocabulary import Colour, ReminderKind
from dashboard.exports.papers import ClockLine, Paper, PaperFacts, VisitLine, report_words
from db.queries.cases import ReportTexts, WholeCase

NAMES = {Kind.SIGN: "sign", Kind.CONTACT: "contact", Kind.FINISH: "finish", Kind.VISIT: "visit"}


def colour_at(case: Case, rules: Rules, at: datetime) -> Colour:
    """The case's colour as the wall shows it at an instant: lateness raises it, and a clock that stands still does not."""
    pressing = case.pressing
    if case.ended or pressing.finished_at is not None:
        return case.colour
    paused = pressing.paused_at
    seen = at if paused is None else min(paused, at)
    return shown_colour(case.colour, pressing.promise.at, seen, rules.risk.at(at), rules.calendar)


def check_paper(kind: Paper, case: Case, at: datetime) -> None:
    """Raise `Refused` for a paper that would say what is not so."""
    lead = case.lead
    holder = lead.holder
    if kind in (Paper.DISPATCH, Paper.FEEDBACK) and not lead.spans:
        raise Refused("no unit has been given the case yet")
    if kind not in (Paper.URGING, Paper.PROMPT):
        return
    if lead.finished_at is not None or lead.ended:
        raise Refused("the work is finished: there is nobody to urge")
    if holder is None:
        raise Refused("no unit holds the case: there is nobody to urge")
    if (lead.paused_at or at) <= holder.finish_due.at:
        raise Refused("the unit's deadline has not passed")
    if kind is Paper.PROMPT and not _is_supervised(lead, holder, at):
        raise Refused(
            "no supervision (督办) of {unit} is on record, and the letter would say so; record it first: "
            "case act … remind --kind supervise --unit {unit}",
            unit=holder.unit_code,
        )


def _is_supervised(lead: Thread, holder: Span, at: datetime) -> bool:
    """Whether the unit was told of a supervision since it holds the case."""
    return any(
        reminder.kind is ReminderKind.SUPERVISE
        and reminder.unit_code == holder.unit_code
        and holder.assigned_at <= reminder.at <= at
        for reminder in lead.extras.reminders
    )


def paper_facts(whole: WholeCase, county: County, rules: Rules, at: datetime) -> PaperFacts:
    """The facts of the thread that speaks for the case, at an instant; every report's words are told."""
    case, lead, calendar = whole.state, whole.state.lead, rules.calendar
    facts, span = lead.facts, _span_of(lead)
    words = _words_of(whole, lead)
    if any(thread.facts.sensitive for thread in case.threads):
        # A tip-off's paper may reach whom it is about: it says what is to be done, and not who said so or where they live.
        words = replace(words, address="", persons=())
    return PaperFacts(
        code=whole.code,
        county=county.centre_name,
        status=case.status,
        colour=colour_at(case, rules, at),
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
        texts=tuple((report_words(each.feed, each.channel, each.source_id), each.content) for each in whole.reports),
        visit=_visit(lead),
    )


def _visit(lead: Thread) -> VisitLine | None:
    """What the last return visit of this round found."""
    answer = lead.answer
    if answer is None:
        return None
    return VisitLine(answer.at, answer.reached, answer.solved, answer.satisfaction or "")


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
