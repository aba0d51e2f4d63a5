"""The open work, held in memory and kept up by what the journal changed, so that a picture costs the same after years.

Counts come from ordered instants: how many deadlines have passed is one bisection, whatever the clock says. A board knows
no database; `db.queries.wall` says what it is filled with.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from casework.calendar import ONE_DAY, SHANGHAI, local_day
from casework.escalation import shown_colour, turns_red_at
from casework.indicators import WEEK, week_of
from casework.rules import Rules
from casework.vocabulary import COLOUR_ORDER, Colour, Feed, ReminderKind
from dashboard.live.line import Line, Mark
from dashboard.live.overview import (
    ALERT_LASTS,
    Alert,
    CaseCard,
    CategoryLoad,
    Headline,
    HourCount,
    LaneCounts,
    LateCases,
    LateSpan,
    Overview,
    TownshipLoad,
)
from db.queries.wall import HOUR, CaseRow, SpanRow, Work, local_hour

CARDS_A_LANE: Final = 16
OVERDUE_ROWS: Final = 8
LATE_ROWS: Final = 60
UPCOMING_ROWS: Final = 40
ALERTS_KEPT: Final = 5
ALERT_OF_LATE: Final = timedelta(days=1)  # a red case that was received longer ago than this is no news
DUE_SOON: Final = timedelta(hours=2)


class _Place(NamedTuple):
    """Where a row counts: on which line, at which instant."""

    line: tuple[str, str | None]
    mark: Mark


class Board:
    """The open work at one position of the journal. Not for several threads."""

    def __init__(self, rules: Rules) -> None:
        self.position = 0
        self.since: datetime | None = None
        self._rules = rules
        self._empty()

    def _empty(self) -> None:
        self._cases: dict[int, CaseRow] = {}
        self._spans: dict[int, dict[int, SpanRow]] = {}
        self._lines: defaultdict[tuple[str, str | None], Line] = defaultdict(Line)
        self._open: Counter[tuple[str, str | None]] = Counter()
        self._alerts: list[tuple[int, datetime]] = []

    def fill(self, work: Work, position: int, since: datetime) -> None:
        """Begin anew with `current_work`; what is red already is no news."""
        alerts = self._alerts
        self._empty()
        self.since = since
        self._take_in(work)
        self._alerts = [alert for alert in alerts if alert[0] in self._cases]
        self.position = position

    def change(self, work: Work, position: int, at: datetime) -> None:
        """Take in cases as they are at an instant, each with all its spans; what they were before is forgotten."""
        for case in work.cases:
            self._alarm(case, at)
        self._take_in(work)
        self.position = position

    def _take_in(self, work: Work) -> None:
        spans: defaultdict[int, dict[int, SpanRow]] = defaultdict(dict)
        for span in work.spans:
            spans[span.case_id][span.number] = span
        for case in work.cases:
            self._put(case.id, case, spans.pop(case.id, {}))
        for case_id, rest in spans.items():  # of cases that ended before, whose spans still count this week
            self._put(case_id, None, rest)

    def overview(self, at: datetime) -> Overview:
        """What scene 1 shows at an instant; "today" is its Asia/Shanghai day."""
        return Overview(
            position=self.position,
            headline=self._headline(at),
            lanes=tuple(self._lane(feed, at) for feed in Feed),
            cards=tuple(
                self._card(mark[1], at) for feed in Feed for mark in self._line("queue", feed).latest(CARDS_A_LANE, at)
            ),
            overdue=tuple(self._card(mark[1], at) for mark in self._line("late, shown").earliest(OVERDUE_ROWS, at)),
            townships=tuple(self._loads(at)),
            inflow=tuple(self._inflow(at)),
            late=tuple(self._late(at)),
            late_by_colour=tuple(self._late_by_colour(at)),
            late_cases=self._late_cases(at),
            upcoming=tuple(
                self._card(mark[1], at)
                for mark in self._line("ticking, shown").within(UPCOMING_ROWS, at, at + DUE_SOON)
            ),
            categories=tuple(self._categories()),
            alerts=tuple(self._alerted(at)),
            next_strike=self._next_strike(at),
        )

    def _put(self, case_id: int, case: CaseRow | None, spans: dict[int, SpanRow]) -> None:
        before, spans_before = self._cases.get(case_id), self._spans.get(case_id, {})
        if (before, spans_before) == (case, spans):
            return
        for line, mark in _places(before, spans_before.values()):
            self._lines[line].remove(mark)
        for line, mark in _places(case, spans.values()):
            self._lines[line].add(mark)
        for one, row in ((-1, before), (+1, case)):
            if row is not None:
                self._count(row, one)
        if case is not None:
            self._cases[case_id] = case
        self._spans[case_id] = spans

    def _count(self, case: CaseRow, one: int) -> None:
        if not case.ended:
            self._open["all", None] += one
            self._open["feed", case.feed] += one
            self._open["township", case.township] += one
            self._open["category", case.category] += one
            self._open["provisional", None] += one * case.provisional
            self._open["red", None] += one * (case.colour == Colour.RED)

    def _alarm(self, case: CaseRow, at: datetime) -> None:
        """A case that is red now and was not takes the screens; several do so one after the other, but none waits long:
        of a burst only the first few do."""
        before = self._cases.get(case.id)
        if (before is not None and before.colour == Colour.RED) or not _may_take_the_screen(case):
            return
        if before is None and at - case.reported_at > ALERT_OF_LATE:
            return
        longest = ALERTS_KEPT * ALERT_LASTS  # what lies further ahead was put there by a clock that was wrong
        waiting = [alert for alert in self._alerts if alert[1] - longest <= at < alert[1] + ALERT_LASTS]
        if len(waiting) < ALERTS_KEPT:
            begun = waiting[-1][1] + ALERT_LASTS if waiting else at
            self._alerts = [*waiting, (case.id, max(at, begun))]

    def _alerted(self, at: datetime) -> Iterator[Alert]:
        """Those whose time has not run out, of cases that may still be shown."""
        for case_id, begun in self._alerts:
            if at < begun + ALERT_LASTS and _may_take_the_screen(self._cases[case_id]):
                yield Alert(self._card(case_id, at), begun)

    def _line(self, name: str, of: str | None = None) -> Line:
        return self._lines[name, of]

    def _headline(self, at: datetime) -> Headline:
        today, monday = _midnight(at), week_of(at).start
        late, ticking, shown = self._line("late"), self._line("ticking"), self._line("ticking, shown")
        oldest = self._line("late, shown").earliest(1, at)
        upcoming = shown.after(at)
        met = self._line("met").between(monday, at)
        ran_out = self._line("ran out")
        return Headline(
            received_today=self._received(today, at),
            received_same_time_last_week=self._received(today - WEEK, at - WEEK),
            open=self._open["all", None],
            red=self._red(at),
            open_provisional=self._open["provisional", None],
            due_soon=ticking.between(at, at + DUE_SOON),
            next_due_at=upcoming[0] if upcoming else None,
            next_due_township=self._cases[upcoming[1]].township if upcoming else None,
            overdue=late.before(at),
            longest_overdue_since=oldest[0][0] if oldest else None,
            closed_today=self._line("closed").between(today, at),
            on_time=met,
            should_finish=met + ran_out.before(at) - ran_out.before(monday),
        )

    def _red(self, at: datetime) -> int:
        """Open cases that are red now: those that were made so, and those that their lateness has turned."""
        turned = self._line("late, not red").before_turning(at, lambda due: at > self._turns_red_at(due, at))
        still = [
            self._cases[case_id] for _, case_id, _ in self._line("late, paused, not red").earliest(sys.maxsize, at)
        ]
        turned += sum(
            self._shown(case.colour, case.due_at, _seen(case.paused_at, at), at) == Colour.RED for case in still
        )
        return self._open["red", None] + turned

    def _received(self, start: datetime, end: datetime) -> int:
        return sum(self._line("received", feed).between(start, end) for feed in Feed)

    def _lane(self, feed: Feed, at: datetime) -> LaneCounts:
        today = self._line("received", feed).between(_midnight(at), at)
        return LaneCounts(feed, self._open["feed", feed], today)

    def _loads(self, at: datetime) -> Iterator[TownshipLoad]:
        found = [township for (kind, township), count in self._open.items() if kind == "township" and count]
        for township in sorted(found, key=lambda code: (code is None, code or "")):
            yield TownshipLoad(
                township, self._open["township", township], self._line("township, late", township).before(at)
            )

    def _categories(self) -> Iterator[CategoryLoad]:
        """The fullest first."""
        found = [(count, category) for (kind, category), count in self._open.items() if kind == "category" and count]
        for count, category in sorted(found, key=lambda each: (-each[0], each[1] or "")):
            yield CategoryLoad(category or "", count)

    def _late(self, at: datetime) -> list[LateSpan]:
        """A span never turns less grave with time, so the first ones of every colour hold the first ones of all; those that
        stand still are looked at one by one."""
        lines = (self._line("late span, shown", colour) for colour in Colour)
        marks = [mark for line in lines for mark in line.earliest(LATE_ROWS, at)]
        marks += self._line("late span, paused, shown").earliest(sys.maxsize, at)
        found = [self._late_span(mark, at) for mark in marks]
        found.sort(key=lambda late: (-COLOUR_ORDER.index(Colour(late.card.colour)), late.due_at, late.card.code))
        return found[:LATE_ROWS]

    def _late_span(self, mark: Mark, at: datetime) -> LateSpan:
        _, case_id, number = mark
        span = self._spans[case_id][number]
        card = self._card(case_id, at)
        colour = self._shown(self._cases[case_id].colour, span.finish_due_at, _seen(span.paused_at, at), at)
        step = span.reminded_step
        return LateSpan(
            replace(card, colour=colour), number, span.unit_code, span.finish_due_at, step, self._kind(step)
        )

    def _kind(self, step: str | None) -> ReminderKind | None:
        """The kind of a step, by its name in the newest version of the ladder that has it."""
        ladders = reversed(self._rules.ladder.each)
        return next((each.kind for ladder in ladders for each in ladder.steps if each.name == step), None)

    def _late_by_colour(self, at: datetime) -> Iterator[tuple[Colour, int]]:
        counts: Counter[Colour] = Counter()
        for colour in Colour:
            line = self._line("late span", colour)
            red = line.before_turning(at, lambda due: at > self._turns_red_at(due, at))
            counts[Colour.RED] += red
            counts[max(colour, Colour.YELLOW, key=COLOUR_ORDER.index)] += line.before(at) - red
        for _, case_id, number in self._line("late span, paused").earliest(sys.maxsize, at):
            span = self._spans[case_id][number]
            colour = self._shown(self._cases[case_id].colour, span.finish_due_at, _seen(span.paused_at, at), at)
            counts[colour] += 1
        for colour in (Colour.RED, Colour.ORANGE, Colour.YELLOW):
            yield colour, counts[colour]

    def _late_cases(self, at: datetime) -> LateCases:
        with_late_unit, both = self._line("late unit").before(at), self._line("late, late unit").before(at)
        return LateCases(with_late_unit, self._line("late").before(at) - both, with_late_unit - both)

    def _turns_red_at(self, due_at: datetime, at: datetime) -> datetime:
        return turns_red_at(due_at, self._rules.risk.at(at), self._rules.calendar)

    def _shown(self, colour: str, due_at: datetime | None, seen: datetime, at: datetime) -> Colour:
        return shown_colour(Colour(colour), due_at, seen, self._rules.risk.at(at), self._rules.calendar)

    def _inflow(self, at: datetime) -> Iterator[HourCount]:
        last = local_hour(at)
        for feed in Feed:
            line = self._line("received", feed)
            for back in range(23, -1, -1):
                hour = last - back * HOUR
                count = line.before(hour + HOUR) - line.before(hour) if back else line.between(hour, at)
                if count:
                    yield HourCount(feed, hour, count)

    def _card(self, case_id: int, at: datetime) -> CaseCard:
        """A case in its colour at an instant; a clock that stands still stands where it stood, and one that was not late
        has no deadline to show."""
        case = self._cases[case_id]
        seen, due_at = _seen(case.paused_at, at), case.due_at
        if seen != at:
            due_at = due_at if due_at is not None and due_at < seen else None
        return CaseCard(
            case.code,
            case.feed,
            case.category,
            case.township,
            case.unit_code,
            case.status,
            case.urgency,
            self._shown(case.colour, due_at, seen, at),
            case.reported_at,
            due_at,
            case.provisional,
        )

    def _next_strike(self, at: datetime) -> datetime:
        """The next instant at which the picture changes with no write: a deadline passes, or comes within two hours, or a
        working day ends, which turns late cases red."""
        calendar, ticking = self._rules.calendar, self._line("ticking")
        close = calendar.end_of(local_day(at))
        if close <= at:
            close = calendar.end_of(local_day(at) + ONE_DAY)
        spans = (self._line("late span", colour).after(at) for colour in Colour)
        passes = [mark[0] for mark in (ticking.after(at), *spans) if mark is not None]
        comes = ticking.after(at + DUE_SOON)
        strikes = [close, *passes, *([comes[0] - DUE_SOON] if comes is not None else [])]
        return min(strikes)


def _places(case: CaseRow | None, spans: Collection[SpanRow]) -> Iterator[_Place]:
    """Every line a case and its spans count on."""
    for span in spans:
        yield from _span_places(span)
    if case is None:
        return
    yield from _case_places(case)
    late = [span for span in spans if _may_be_late(case, span)]
    for span in late:
        yield from _late_places(case, span)
    if late:
        yield from _late_case_places(case, min(span.finish_due_at for span in late))


def _may_take_the_screen(case: CaseRow) -> bool:
    return not case.sensitive and not case.ended and case.finished_at is None and case.colour == Colour.RED


def _case_places(case: CaseRow) -> Iterator[_Place]:
    """Every line a case counts on."""
    if case.merged_into is None:
        yield _Place(("received", case.feed), (case.reported_at, case.id, 0))
    if case.closed_at is not None and case.status == "closed":
        yield _Place(("closed", None), (case.closed_at, case.id, 0))
    if case.ended or case.finished_at is not None:
        return
    if not case.sensitive:
        yield _Place(("queue", case.feed), (case.reported_at, case.id, 0))
    if case.due_at is None:
        return
    due = (case.due_at, case.id, 0)
    if case.paused_at is None:
        yield _Place(("ticking", None), due)
        if not case.sensitive:
            yield _Place(("ticking, shown", None), due)
    if _may_pass(case.due_at, case.paused_at):
        yield _Place(("late", None), due)
        yield _Place(("township, late", case.township), due)
        if case.colour != Colour.RED:
            yield _Place(("late, not red" if case.paused_at is None else "late, paused, not red", None), due)
        if not case.sensitive:
            yield _Place(("late, shown", None), due)


def _may_pass(due_at: datetime, paused_at: datetime | None) -> bool:
    """A clock that stands still neither comes nor passes, and what had passed before stays so."""
    return paused_at is None or due_at < paused_at


def _may_be_late(case: CaseRow, span: SpanRow) -> bool:
    """Whether a unit is overdue once its deadline has passed: it has not finished, nor been relieved of the case."""
    running = not case.ended and span.ended_at is None and span.finished_at is None
    return running and _may_pass(span.finish_due_at, span.paused_at)


def _span_places(span: SpanRow) -> Iterator[_Place]:
    """Where a span counts for the rate of those finished in time."""
    due = span.finish_due_at
    if span.finished_at is not None and span.finished_at <= due:
        yield _Place(("met", None), (span.finished_at, span.case_id, span.number))
    elif (span.ended_at is None or span.ended_at > due) and (span.paused_at is None or span.paused_at > due):
        yield _Place(("ran out", None), (due, span.case_id, span.number))


def _late_places(case: CaseRow, span: SpanRow) -> Iterator[_Place]:
    """Where a span that may be late counts as overdue once its deadline has passed; one that stands still gets no graver."""
    mark = (span.finish_due_at, span.case_id, span.number)
    names: list[tuple[str, str | None]]
    if span.paused_at is None:
        names = [("late span", case.colour), ("late span, shown", case.colour)]
    else:
        names = [("late span, paused", None), ("late span, paused, shown", None)]
    for name in names[: 1 if case.sensitive else 2]:
        yield _Place(name, mark)


def _late_case_places(case: CaseRow, first: datetime) -> Iterator[_Place]:
    """Where a case counts once the first of its units is late, and where once it is overdue itself too."""
    yield _Place(("late unit", None), (first, case.id, 0))
    if case.finished_at is None and case.due_at is not None and _may_pass(case.due_at, case.paused_at):
        yield _Place(("late, late unit", None), (max(first, case.due_at), case.id, 0))


def _seen(paused_at: datetime | None, at: datetime) -> datetime:
    """The instant a clock stands at."""
    return paused_at if paused_at is not None and paused_at <= at else at


def _midnight(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def first_day(at: datetime) -> datetime:
    """From when on a board must know what was received, closed and due: a week before today's midnight."""
    return _midnight(at) - WEEK
