"""The open work, held in memory and kept up by what the journal changed, so that a picture costs the same after years.

Counts come from ordered instants: how many deadlines have passed is one bisection, whatever the clock says. A board knows
no database; `db.queries.wall` says what it is filled with.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from casework.calendar import ONE_DAY, SHANGHAI, local_day
from casework.escalation import shown_colour
from casework.rules import Rules
from casework.vocabulary import Colour, Feed
from db.queries.wall import HOUR, WEEK, CaseRow, SpanRow, Work

CARDS_A_LANE: Final = 16
OVERDUE_ROWS: Final = 8
DUE_SOON: Final = timedelta(hours=2)
FEW: Final = 64
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Headline:
    """Counts of cases. `next_due_*` is the nearest deadline still ahead; `longest_overdue_since` the oldest one passed:
    both of cases that may be shown, for a single deadline tells of a single case. The counts are of all.

    `on_time` / `should_finish`: assignments of this week (from Monday 00:00) that were finished in time, over those
    whose finish clock ended this week (ran out, or was met early). Both 0 means there is no rate to show. A span that was
    taken away before its deadline without being finished is nobody's failure and is not counted.
    """

    received_today: int
    received_same_time_last_week: int
    open: int
    open_provisional: int
    due_soon: int
    next_due_at: datetime | None
    next_due_township: str | None
    overdue: int
    longest_overdue_since: datetime | None
    closed_today: int
    on_time: int
    should_finish: int


@dataclass(frozen=True, slots=True)
class LaneCounts:
    """Cases whose first report came by this feed."""

    feed: str
    open: int
    today: int


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One open case as a wall shows it, in its colour at that instant. `due_at` is the finish deadline, none while a clock
    stands still that had not run out."""

    code: str
    feed: str
    category: str
    township: str | None
    unit_code: str | None
    status: str
    urgency: str
    colour: str
    reported_at: datetime
    due_at: datetime | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class TownshipLoad:
    """Open and overdue cases of a township; `None` is the township nobody knows."""

    township: str | None
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """New cases of one feed in the hour that begins at `hour` (UTC instant of a full Asia/Shanghai hour)."""

    feed: str
    hour: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What scene 1 shows, but for the feeds. `cards` holds every lane's, newest first within a lane; `inflow` the 24 hours
    that end with the running one."""

    position: int
    headline: Headline
    lanes: tuple[LaneCounts, ...]
    cards: tuple[CaseCard, ...]
    overdue: tuple[CaseCard, ...]
    townships: tuple[TownshipLoad, ...]
    inflow: tuple[HourCount, ...]
    next_strike: datetime


Mark = tuple[datetime, int]


class Line:
    """Instants in order, each with the id of what it belongs to."""

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self._new: list[Mark] = []

    def add(self, mark: Mark) -> None:
        self._new.append(mark)

    def remove(self, mark: Mark) -> None:
        marks = self._settled()
        del marks[bisect_left(marks, mark)]

    def before(self, at: datetime) -> int:
        """How many lie before an instant."""
        return bisect_left(self._settled(), (at,))

    def through(self, at: datetime) -> int:
        """How many lie before an instant or at it."""
        return bisect_right(self._settled(), (at + _INSTANT,))

    def between(self, start: datetime, end: datetime) -> int:
        """How many lie from `start` to `end`, both included."""
        return self.through(end) - self.before(start)

    def after(self, at: datetime) -> Mark | None:
        """The first that lies after an instant."""
        place = self.through(at)
        marks = self._settled()
        return marks[place] if place < len(marks) else None

    def earliest(self, most: int, at: datetime) -> list[Mark]:
        """The first ones, of those before an instant."""
        return self._settled()[: min(most, self.before(at))]

    def latest(self, most: int, at: datetime) -> list[Mark]:
        """The last ones up to an instant, newest first."""
        place = self.through(at)
        return self._settled()[max(0, place - most) : place][::-1]

    def _settled(self) -> list[Mark]:
        """The marks with the new ones in their places; many at once are sorted in."""
        if self._new:
            if len(self._new) > FEW:
                self._marks += self._new
                self._marks.sort()
            else:
                for mark in self._new:
                    insort(self._marks, mark)
            self._new.clear()
        return self._marks


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
        self._spans: dict[int, tuple[SpanRow, ...]] = {}
        self._lines: defaultdict[tuple[str, str | None], Line] = defaultdict(Line)
        self._open: Counter[tuple[str, str | None]] = Counter()

    def fill(self, work: Work, position: int, since: datetime) -> None:
        """Begin anew with `current_work`."""
        self._empty()
        self.since = since
        self.change(work, position)

    def change(self, work: Work, position: int) -> None:
        """Take in cases as they are now, each with its spans; what they were before is forgotten."""
        spans: defaultdict[int, list[SpanRow]] = defaultdict(list)
        for span in work.spans:
            spans[span.case_id].append(span)
        for case in work.cases:
            self._put(case, tuple(spans.pop(case.id, ())))
        for case_id, rest in spans.items():  # of cases that ended before, whose spans still count this week
            self._put_spans(case_id, tuple(rest))
        self.position = position

    def overview(self, at: datetime) -> Overview:
        """What scene 1 shows at an instant; "today" is its Asia/Shanghai day."""
        return Overview(
            position=self.position,
            headline=self._headline(at),
            lanes=tuple(self._lane(feed, at) for feed in Feed),
            cards=tuple(
                self._card(mark, at) for feed in Feed for mark in self._line("queue", feed).latest(CARDS_A_LANE, at)
            ),
            overdue=tuple(self._card(mark, at) for mark in self._line("late, shown").earliest(OVERDUE_ROWS, at)),
            townships=tuple(self._loads(at)),
            inflow=tuple(self._inflow(at)),
            next_strike=self._next_strike(at),
        )

    def _put(self, case: CaseRow, spans: tuple[SpanRow, ...]) -> None:
        before = self._cases.get(case.id)
        if before != case:
            if before is not None:
                self._count(before, -1)
                self._take(_case_places(before))
            self._cases[case.id] = case
            self._count(case, +1)
            self._set(_case_places(case))
        self._put_spans(case.id, spans)

    def _put_spans(self, case_id: int, spans: tuple[SpanRow, ...]) -> None:
        before = self._spans.get(case_id, ())
        if before != spans:
            self._take(place for span in before for place in _span_places(span))
            self._spans[case_id] = spans
            self._set(place for span in spans for place in _span_places(span))

    def _count(self, case: CaseRow, one: int) -> None:
        if not case.ended:
            self._open["all", None] += one
            self._open["feed", case.feed] += one
            self._open["township", case.township] += one
            self._open["provisional", None] += one * case.provisional

    def _set(self, places: Iterable[_Place]) -> None:
        for line, mark in places:
            self._lines[line].add(mark)

    def _take(self, places: Iterable[_Place]) -> None:
        for line, mark in places:
            self._lines[line].remove(mark)

    def _line(self, name: str, of: str | None = None) -> Line:
        return self._lines[name, of]

    def _headline(self, at: datetime) -> Headline:
        today, monday = _midnight(at), _monday(at)
        late, ticking, shown = self._line("late"), self._line("ticking"), self._line("ticking, shown")
        oldest = self._line("late, shown").earliest(1, at)
        upcoming = shown.after(at)
        met = self._line("met").between(monday, at)
        ran_out = self._line("ran out")
        return Headline(
            received_today=self._received(today, at),
            received_same_time_last_week=self._received(today - WEEK, at - WEEK),
            open=self._open["all", None],
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

    def _inflow(self, at: datetime) -> Iterator[HourCount]:
        last = at.replace(minute=0, second=0, microsecond=0)
        for feed in Feed:
            line = self._line("received", feed)
            for back in range(23, -1, -1):
                hour = last - back * HOUR
                count = line.before(hour + HOUR) - line.before(hour) if back else line.between(hour, at)
                if count:
                    yield HourCount(feed, hour, count)

    def _card(self, mark: Mark, at: datetime) -> CaseCard:
        """A case in its colour at an instant; a clock that stands still stands where it stood, and one that was not late
        has no deadline to show."""
        case, rules = self._cases[mark[1]], self._rules
        seen, due_at = at, case.due_at
        if case.paused_at is not None and case.paused_at <= at:
            seen = case.paused_at
            due_at = due_at if due_at is not None and due_at < seen else None
        return CaseCard(
            case.code,
            case.feed,
            case.category,
            case.township,
            case.unit_code,
            case.status,
            case.urgency,
            shown_colour(Colour(case.colour), due_at, seen, rules.risk.at(at), rules.calendar),
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
        passes, comes = ticking.after(at), ticking.after(at + DUE_SOON)
        strikes = [close, *([passes[0]] if passes else []), *([comes[0] - DUE_SOON] if comes else [])]
        return min(strikes)


def _case_places(case: CaseRow) -> Iterator[_Place]:
    """Every line a case counts on."""
    if case.merged_into is None:
        yield _Place(("received", case.feed), (case.reported_at, case.id))
    if case.closed_at is not None and case.status == "closed":
        yield _Place(("closed", None), (case.closed_at, case.id))
    if case.ended or case.finished_at is not None:
        return
    if not case.sensitive:
        yield _Place(("queue", case.feed), (case.reported_at, case.id))
    if case.due_at is None:
        return
    due = (case.due_at, case.id)
    if case.paused_at is None:
        yield _Place(("ticking", None), due)
        if not case.sensitive:
            yield _Place(("ticking, shown", None), due)
    # A clock that stands still neither comes nor passes, and what had passed before stays so.
    if case.paused_at is None or case.due_at < case.paused_at:
        yield _Place(("late", None), due)
        yield _Place(("township, late", case.township), due)
        if not case.sensitive:
            yield _Place(("late, shown", None), due)


def _span_places(span: SpanRow) -> Iterator[_Place]:
    """Where a span counts for the rate of those finished in time."""
    due = span.finish_due_at
    if span.finished_at is not None and span.finished_at <= due:
        yield _Place(("met", None), (span.finished_at, span.case_id))
    elif (span.ended_at is None or span.ended_at > due) and (span.paused_at is None or span.paused_at > due):
        yield _Place(("ran out", None), (due, span.case_id))


def _midnight(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _monday(at: datetime) -> datetime:
    midnight = _midnight(at)
    return midnight - timedelta(days=midnight.weekday())


def first_day(at: datetime) -> datetime:
    """From when on a board must know what was received, closed and due: a week before today's midnight."""
    return _midnight(at) - WEEK
