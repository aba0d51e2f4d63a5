"""A case's clocks on one bar, each with its count day by day for whoever disputes it. Pure; the script moves the bars."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

from dash import html
from dash.development.base_component import Component

from casework.calendar import INSTANT, Calendar, Counted, Due, last_day
from casework.case import Case, Thread
from casework.clocks import Clock, clocks_of
from casework.rules import Rules
from dashboard.components.attributes import attributes
from dashboard.components.case_more import more, shown
from dashboard.components.case_words import AMOUNTS, KINDS, STATES, Telling, report_name, when
from dashboard.exports.papers import REASONS, rule_words
from dashboard.live.frames import epoch_ms
from dashboard.words import mark

WEEKDAYS = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"), mark("Sunday"),
)  # fmt: skip
MOST_DAYS = 400  # of a count; what runs longer is told by its dates


def clocks(case: Case, rules: Rules, telling: Telling, at: datetime, search: str = "") -> list[Component]:
    """One time axis for each of the last reports: from when its first clock began to its last deadline, or to now."""
    several, drawn = len(case.threads) > 1, case.threads[-shown(search) :]
    axes = [part for thread in drawn for part in _axis(thread, several, rules, telling, at)]
    left_out = mark("The clocks of the last {n} of {all} reports.")
    return [*more(left_out, len(drawn), len(case.threads), search, telling.words, mark("Show more clocks")), *axes]


def _axis(thread: Thread, several: bool, rules: Rules, telling: Telling, at: datetime) -> Iterator[Component]:
    if several:
        yield html.H3(report_name(thread.report, telling.words))
    told = list(clocks_of(thread))
    begins = min(clock.started_at for clock in told)
    ends = max(max(clock.due.at, clock.stopped_at or clock.due.at) for clock in told)
    running = any(_runs(clock) for clock in told)
    ends = max(ends, at) if running else ends
    share = rules.clocks.at(at).due_soon
    yield html.Div(
        [_clock(clock, thread, share, rules.calendar, telling, at) for clock in told],
        className="case-clocks",
        **attributes(data_begins=str(epoch_ms(begins)), data_ends=str(epoch_ms(ends))),
    )


def _runs(clock: Clock) -> bool:
    return clock.stopped_at is None and clock.until is None


def _clock(clock: Clock, thread: Thread, share: float, calendar: Calendar, telling: Telling, at: datetime) -> Component:
    words, state = telling.words, clock.state(at, share)
    instants = {
        "data_from": clock.started_at,
        "data_due": clock.due.at,
        "data_stopped": clock.stopped_at,
        "data_until": clock.until,
        "data_paused": clock.paused_at,
    }
    told = {name: str(epoch_ms(instant)) for name, instant in instants.items() if instant is not None}
    unit = telling.county.unit_name(clock.unit_code) if clock.unit_code else words[mark("to the citizen")]
    return html.Details(
        [
            html.Summary(
                [
                    html.B(words[KINDS[clock.kind]]),
                    html.Span(unit, className="quiet case-clock-unit"),
                    html.Span([html.I(), html.Em()], className="case-bar", **attributes(aria_hidden="true")),
                    html.Span(words[STATES[state]], className="case-clock-left figures"),
                    html.Span(when(clock.due.at, deadline=True), className="figures case-clock-due"),
                    html.Span(words[mark("show the count")], className="case-clock-count"),
                ]
            ),
            html.Div(_count(clock, thread, calendar, telling), className="case-count"),
        ],
        className="case-clock",
        **attributes(data_state=state.value, **told),
    )


def _count(clock: Clock, thread: Thread, calendar: Calendar, telling: Telling) -> list[Component]:
    words, due = telling.words, clock.due
    head = [_rule(due.rule, telling), _span(due, telling), calendar.version]
    if due.provisional:
        last = calendar.last_published()
        head.append(words[mark("provisional: the days off after {year} are not published yet")].format(year=last))
    if clock.original_due_at is not None:
        first = words[mark("first due {due}, before {days} came by extension")]
        original = when(clock.original_due_at, deadline=True)
        head.append(first.format(due=original, days=thread.extras.extended_by))
    lines: list[Component] = [html.P(" · ".join(filter(None, head)), className="quiet")]
    days = list(islice(calendar.count(due), MOST_DAYS))
    if not days:
        return lines
    return [*lines, html.Ol([_day(day, due, telling) for day in days], className="case-days")]


def _rule(rule: str, telling: Telling) -> str:
    return rule_words(rule) if telling.chinese else rule


def _span(due: Due, telling: Telling) -> str:
    if due.start is None or due.unit == INSTANT:
        return telling.words[mark("due {due}")].format(due=when(due.at, deadline=True))
    told = telling.words[mark("{amount} {unit} after {start}, until {due}")]
    unit = telling.words[AMOUNTS[due.unit]]
    return told.format(amount=due.amount, unit=unit, start=when(due.start), due=when(due.at, deadline=True))


def _day(day: Counted, due: Due, telling: Telling) -> Component:
    number = str(day.number) if day.counts else "·"
    last = day.day == last_day(due.at)
    return html.Li(
        [
            html.Span(number, className="case-day-number figures"),
            html.Span(f"{day.day:%m-%d} {_weekday(day.day, telling)}"),
            html.Span(_why(day, telling), className="quiet"),
        ],
        className="case-day" + (" case-day-counts" if day.counts else "") + (" case-day-last" if last else ""),
    )


def _weekday(day: date, telling: Telling) -> str:
    return telling.words[WEEKDAYS[day.weekday()]]


def _why(day: Counted, telling: Telling) -> str:
    """Why a day counts or does not, and the occasion."""
    told = (day.why, day.name)
    shown = (REASONS.get(each, each) for each in told) if telling.chinese else told
    return " · ".join(filter(None, shown))
