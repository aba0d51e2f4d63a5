"""A review as values: a week, month or quarter of the whole county, and the key of the list behind each of its numbers.

Page, Word, Excel and terminal draw the same `Review`; none of them reckons anything. Knows no screen and no SQL.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from casework.calendar import local_day, midnight
from casework.errors import CaseworkError
from casework.indicators import By as By  # noqa: PLC0414 - for those who draw, and need no other module
from casework.indicators import Indicator, Period, UnitSpan, says_where
from casework.indicators import Tally as Tally  # noqa: PLC0414
from casework.rises import Rise
from casework.scoring import ScoreRules, Standing
from casework.vocabulary import ObjectionState as ObjectionState  # noqa: PLC0414

_NAME: Final = re.compile(r"(\d{4})-(?:W(\d{2})|Q([1-4])|(\d{2}))")
MONTHS_A_QUARTER: Final = 3
ARRIVED: Final = "arrived"
WEIGHED_WEEKS: Final = 8


class BadKey(CaseworkError):
    """A period or the key of a list that can't be."""


class PeriodKind(StrEnum):
    """How long a review is: 周研判, 月分析, 季度排名."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class PeriodName(NamedTuple):
    """A period as people name it: `2026-W47` (ISO 8601), `2026-11`, `2026-Q4`."""

    kind: PeriodKind
    year: int
    number: int

    def __str__(self) -> str:
        match self.kind:
            case PeriodKind.WEEK:
                return f"{self.year:04}-W{self.number:02}"
            case PeriodKind.MONTH:
                return f"{self.year:04}-{self.number:02}"
            case PeriodKind.QUARTER:
                return f"{self.year:04}-Q{self.number}"

    @classmethod
    def parse(cls, text: str) -> "PeriodName":
        """Raises `BadKey` for what names no period."""
        found = _NAME.fullmatch(text)
        if found is None:
            raise BadKey(f"{text}: not a period; give a week (2026-W47), a month (2026-11) or a quarter (2026-Q4)")
        year, week, quarter, month = found.groups()
        kind, number = next(
            (kind, int(told))
            for kind, told in ((PeriodKind.WEEK, week), (PeriodKind.QUARTER, quarter), (PeriodKind.MONTH, month))
            if told is not None
        )
        name = cls(kind, int(year), number)
        try:
            name.first_day()
        except ValueError:
            raise BadKey(f"{text}: there is no such period") from None
        return name

    @classmethod
    def holding(cls, at: datetime, kind: PeriodKind = PeriodKind.WEEK) -> "PeriodName":
        """The one an instant lies in."""
        return cls.of_day(local_day(at), kind)

    @classmethod
    def of_day(cls, day: date, kind: PeriodKind) -> "PeriodName":
        match kind:
            case PeriodKind.WEEK:
                year, week, _ = day.isocalendar()
                return cls(kind, year, week)
            case PeriodKind.MONTH:
                return cls(kind, day.year, day.month)
            case PeriodKind.QUARTER:
                return cls(kind, day.year, (day.month - 1) // MONTHS_A_QUARTER + 1)

    def first_day(self) -> date:
        """Raises `ValueError` where there is no such week or month."""
        match self.kind:
            case PeriodKind.WEEK:
                return date.fromisocalendar(self.year, self.number, 1)
            case PeriodKind.MONTH:
                return date(self.year, self.number, 1)
            case PeriodKind.QUARTER:
                return date(self.year, (self.number - 1) * MONTHS_A_QUARTER + 1, 1)

    def after(self) -> "PeriodName":
        longest = {PeriodKind.WEEK: 7, PeriodKind.MONTH: 31, PeriodKind.QUARTER: 92}[self.kind]
        return self.of_day(self.first_day() + timedelta(days=longest), self.kind)

    def before(self) -> "PeriodName":
        return self.of_day(self.first_day() - timedelta(days=1), self.kind)

    def period(self, at: datetime) -> Period:
        """Its instants, from midnight to midnight in Asia/Shanghai, seen at an instant."""
        return Period(midnight(self.first_day()), midnight(self.after().first_day()), at)

    def beside(self, period: Period) -> Period:
        """What its own period is compared with: the whole one before; while it runs, as much of that one as of this one is
        over, as it was seen then."""
        whole = self.before().period(period.at)
        return whole._replace(at=whole.start + (period.at - period.start)) if period.runs else whole


class Part(StrEnum):
    """Which of an indicator's cases: those that count well, all it is of, or those that cost something. `LATE` is of `CLOSED`
    alone: finished, and not in time (超时办结)."""

    GOOD = "good"
    ALL = "all"
    MISSED = "missed"
    LATE = "late"


class ListKey(NamedTuple):
    """What opens the list behind a number: `finished.missed.township.331001001`. `code` is empty for the whole county."""

    indicator: Indicator
    part: Part
    by: By = By.COUNTY
    code: str = ""

    def __str__(self) -> str:
        return ".".join((self.indicator, self.part, self.by, self.code))

    @classmethod
    def parse(cls, text: str) -> "ListKey":
        """Raises `BadKey`."""
        try:
            indicator, part, by, code = text.split(".", 3)
            return cls(Indicator(indicator), Part(part), By(by), code)
        except ValueError:
            raise BadKey("there is no such list") from None


class ArrivalKey(NamedTuple):
    """What opens the cases that a rise or a hot spot counts: those that came in during the period, of that township, village
    and category; `None`: of any. `arrived.331001001..noise`."""

    township: str | None = None
    village: str | None = None
    category: str | None = None

    def __str__(self) -> str:
        return ".".join((ARRIVED, *(each or "" for each in self)))

    @classmethod
    def parse(cls, text: str) -> "ArrivalKey":
        """Raises `BadKey`."""
        kind, *told = text.split(".")
        if kind != ARRIVED or len(told) != len(cls._fields):
            raise BadKey("there is no such list")
        return cls(*(each or None for each in told))


AnyKey = ListKey | ArrivalKey


def key_of(text: str) -> AnyKey:
    """Raises `BadKey`."""
    return ArrivalKey.parse(text) if text.startswith(f"{ARRIVED}.") else ListKey.parse(text)


class Spread(NamedTuple):
    """How long the finished spans of a period took, paused time out, in seconds. `None` where none was finished."""

    spans: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


class Handling(NamedTuple):
    """平均办理时长, in natural time and in working hours."""

    natural: Spread
    working: Spread


class Line(NamedTuple):
    """One township, department, village, category or feed: this period beside the one before.

    `tallies`: the excluded left out, which is what counts; `tallies_with`: with them, so that both can be shown. An indicator
    that says nothing has `Tally(0, 0)`.
    """

    by: By
    code: str
    tallies: Mapping[Indicator, Tally]
    tallies_with: Mapping[Indicator, Tally]
    before: Mapping[Indicator, Tally]
    handling: Handling | None = None
    excluded: int = 0
    contested: int = 0


class Ranked(NamedTuple):
    """A township's line with its place. `standing` leaves the excluded out, `standing_with` has them; `change` as in
    `scoring.TownshipRow`; `weekly`: points of the last eight periods, oldest first, `None` where unranked."""

    line: Line
    standing: Standing
    standing_with: Standing
    change: int | None
    weekly: tuple[float | None, ...]


class HotSpot(NamedTuple):
    """A village with more matters than usual, or more than any other: `usual` as in `rises.Rise`."""

    village: str
    township: str
    cases: int
    usual: float | None
    category: str
    category_cases: int


class Repeat(NamedTuple):
    """A closed matter that was brought again (再诉): so many reports in one case, so many rounds, and when it was given again."""

    case_code: str
    category: str
    township: str | None
    reports: int
    rounds: int
    last_at: datetime


class DecisionState(StrEnum):
    """What became of a decision; that it is late is a matter of its deadline."""

    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Decision(NamedTuple):
    """What a meeting charged a unit with (会议交办). `matter` is the leaders' own sentence, scrubbed."""

    id: int
    meeting: str
    unit_code: str
    matter: str
    case_code: str | None
    due_at: datetime
    made_at: datetime
    made_by: str
    state: DecisionState
    settled_at: datetime | None
    outcome: str

    def late_by(self, at: datetime) -> timedelta | None:
        """How long it is past its deadline while still open, or was when it was done."""
        until = self.settled_at or at
        return until - self.due_at if self.state is not DecisionState.WITHDRAWN and until > self.due_at else None


class Objection(NamedTuple):
    """A unit contests a span that it is scored by."""

    case_code: str
    span: int
    unit_code: str
    reason: str
    asked_at: datetime
    state: ObjectionState
    settled_at: datetime | None
    settled_by: str | None


class CourtFigure(NamedTuple):
    """An imported figure of the court (万人成讼率, 诉前调解率), by the township's code, with its definition."""

    month: str
    measure: str
    code: str
    numerator: int
    denominator: int
    definition: str


class Snapshot(NamedTuple):
    """The county at the end of a day of the period, for the time-lapse: points by township as they would have been told."""

    at: datetime
    points: Mapping[str, float | None]
    ranks: Mapping[str, int | None]
    given: int
    overdue_open: int


class CaseLine(NamedTuple):
    """One row of a list behind a number: a span, and the case it belongs to. `late_seconds` past the clock that the list is
    about, `None` where it was met or is about no clock; `why` says what was missed, as a message id (`why_missed`).

    A protected case that the account may not see, but that its units were given, has a row with nothing that names it:
    `case_code`, `category`, `colour` and `status` are empty, `township` is `None`.
    """

    case_code: str
    span: int
    unit_code: str
    category: str
    township: str | None
    colour: str
    status: str
    assigned_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    late_seconds: float | None
    why: str
    excluded: bool
    objection: ObjectionState | None


# Which clock an indicator is about: the span's deadline and what it asks for; of no clock, what it counts happened then.
_SIGN: Final = ("sign_due_at", "signed_at")
_CONTACT: Final = ("contact_due_at", "contacted_at")
_FINISH: Final = ("finish_due_at", "finished_at")
_VISIT, _END = (None, "visited_at"), (None, "ended_at")
CLOCK_OF: Final[Mapping[Indicator, tuple[str | None, str | None]]] = {
    Indicator.SIGNED: _SIGN,
    Indicator.CONTACTED: _CONTACT,
    Indicator.FINISHED: _FINISH,
    Indicator.SOLVED: _VISIT,
    Indicator.SATISFIED: _VISIT,
    Indicator.DISSATISFIED: _VISIT,
    Indicator.LOCAL: _VISIT,
    Indicator.DATA: (None, None),
    Indicator.RETURNED: _END,
    Indicator.REDONE: _END,
    Indicator.REPEATED: (None, None),
    Indicator.SETTLED_ENDED: (None, "finished_at"),
    Indicator.SETTLED_ACCEPTED: (None, "finished_at"),
    Indicator.OVERDUE_OPEN: _FINISH,
    Indicator.CLOSED: _FINISH,
    Indicator.CLOSED_ON_TIME: _FINISH,
}


def why_missed(span: UnitSpan, indicator: Indicator) -> str:
    """What a span that is not good in an indicator lacks, as a message id (`dashboard.components.review_whys`); empty where
    the name of the indicator says it."""
    match indicator:
        case Indicator.SIGNED:
            return "signed late" if span.signed_at is not None else "not signed"
        case Indicator.CONTACTED:
            return "contacted late" if span.contacted_at is not None else "not contacted"
        case Indicator.FINISHED:
            return "finished late" if span.finished_at is not None else "not finished"
        case Indicator.CLOSED | Indicator.CLOSED_ON_TIME:
            late = span.finished_at is not None and span.finished_at > span.finish_due_at
            return "finished late" if late and indicator is Indicator.CLOSED_ON_TIME else "not finished in the period"
        case Indicator.DATA:
            return "no category told" if says_where(span) else "no place told"
        case _:
            return ""


class Review(NamedTuple):
    """All of it. `rises_weeks`: how many earlier weeks what rose is compared with; `as_of` is given when it was asked for as
    of a past instant: then the numbers are those of the journal's `position` then, and nothing that came later."""

    name: PeriodName
    period: Period
    as_of: datetime | None
    position: int
    rules: ScoreRules
    calendar: str
    fingerprint: str
    county: Line
    townships: tuple[Ranked, ...]
    departments: tuple[Line, ...]
    categories: tuple[Line, ...]
    feeds: tuple[Line, ...]
    rises: tuple[Rise, ...]
    rises_weeks: int
    hot_spots: tuple[HotSpot, ...]
    repeats: tuple[Repeat, ...]
    decisions: tuple[Decision, ...]
    objections: tuple[Objection, ...]
    court: tuple[CourtFigure, ...]
    lapse: tuple[Snapshot, ...]
