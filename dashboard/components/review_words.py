"""The words of codes that reviews are told with, on the page and in its files, and how days and periods are named. Pure."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from casework.calendar import ONE_DAY, SHANGHAI, last_day
from casework.county import County
from casework.indicators import Indicator, Period
from casework.review import AnyKey, ArrivalKey, By, DecisionState, ObjectionState, PeriodKind, PeriodName
from casework.roles import Sight
from casework.scoring import Unranked
from casework.vocabulary import Category, Feed
from dashboard.components.review_ask import back_to
from dashboard.words import CATEGORIES, FEEDS, Words, mark

NAMES: Final[Mapping[str, str]] = {
    "signed": mark("Signed in time"),
    "contacted": mark("Responded"),
    "finished": mark("Finished in time"),
    "solved": mark("Solved"),
    "satisfied": mark("Satisfied"),
    "data": mark("Data quality"),
    "returned": mark("Returned"),
    "redone": mark("Redone"),
    "repeated": mark("Brought again"),
    "settled_ended": mark("Settled of ended"),
    "settled_accepted": mark("Settled of accepted"),
    "local": mark("Solved on the spot"),
    "overdue_open": mark("Open and overdue"),
    "closed": mark("Finished"),
    "closed_on_time": mark("Finished in time of given"),
    "dissatisfied": mark("Dissatisfied"),
}
"""Of every indicator, by its value."""

MISSED: Final[Mapping[str, str]] = {
    "signed": mark("{n} signed late"),
    "contacted": mark("{n} not contacted in time"),
    "finished": mark("{n} overdue"),
    "solved": mark("{n} not solved"),
    "satisfied": mark("{n} not satisfied"),
    "data": mark("{n} without place or kind"),
}
"""How many spans an indicator was missed by; `missed` tells it of those without a word of their own."""


class Definition(NamedTuple):
    """What an indicator is a part of what: message ids."""

    numerator: str
    denominator: str


DEFINITIONS: Final[Mapping[str, Definition]] = {
    "signed": Definition(
        mark("signed for within the time to sign"),
        mark("assignments whose time to sign ended in the period: signed for, or run out"),
    ),
    "contacted": Definition(
        mark("the citizen was spoken to within the time to do so"),
        mark("assignments whose time to contact the citizen ended in the period"),
    ),
    "finished": Definition(
        mark("finished within the unit's own deadline"),
        mark("assignments that should have been finished in the period: run out in it, or finished early in it"),
    ),
    "solved": Definition(
        mark("the visit says that it is solved"), mark("visits of the period that reached the citizen and answer this")
    ),
    "satisfied": Definition(
        mark("the visit says satisfied or better, basically satisfied included"),
        mark("visits of the period that reached the citizen and answer this"),
    ),
    "data": Definition(
        mark("the case says where it lies (the grid: in which village) and what kind it is"),
        mark("assignments given in the period"),
    ),
    "returned": Definition(mark("returned by the unit in the period"), mark("assignments given in the period")),
    "redone": Definition(mark("ended in the period to be done again"), mark("assignments finished in the period")),
    "repeated": Definition(
        mark("given because a closed matter was brought again; reports joined while it was open are not"),
        mark("assignments given in the period"),
    ),
    "settled_ended": Definition(
        mark("mediations that ended in the period with a settlement"), mark("mediations that ended in the period")
    ),
    "settled_accepted": Definition(
        mark("mediations that ended in the period with a settlement"), mark("mediations accepted in the period")
    ),
    "local": Definition(
        mark("solved by a village's committee or a grid"), mark("assignments whose visit says that they are solved")
    ),
    "overdue_open": Definition(
        mark("open and past the deadline at the period's end, or now while it runs"), mark("open at that instant")
    ),
    "closed": Definition(mark("finished by the period's end, or by now"), mark("assignments given in the period")),
    "closed_on_time": Definition(
        mark("finished in time by the period's end, or by now"), mark("assignments given in the period")
    ),
    "dissatisfied": Definition(
        mark("the visit says dissatisfied or very dissatisfied"),
        mark("visits of the period that reached the citizen and answer this"),
    ),
}

REASONS: Final[Mapping[Unranked, str]] = {
    Unranked.NO_CASES: mark("nothing to measure in the period"),
    Unranked.FEW_CASES: mark("fewer than {n} that should have been finished"),
}
DECISIONS: Final[Mapping[DecisionState, str]] = {
    DecisionState.OPEN: mark("not done yet"),
    DecisionState.DONE: mark("done"),
    DecisionState.WITHDRAWN: mark("withdrawn"),
}
OBJECTIONS: Final[Mapping[ObjectionState, str]] = {
    ObjectionState.OPEN: mark("waits for a decision"),
    ObjectionState.UPHELD: mark("upheld, does not count"),
    ObjectionState.REFUSED: mark("refused, counts"),
}
KINDS: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("Weekly review"),
    PeriodKind.MONTH: mark("Monthly analysis"),
    PeriodKind.QUARTER: mark("Quarterly ranking"),
}
SHORT_KINDS: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("Weekly"),
    PeriodKind.MONTH: mark("Monthly"),
    PeriodKind.QUARTER: mark("Quarterly"),
}
NUMBERED: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("week {number} of {year}"),
    PeriodKind.MONTH: mark("month {number} of {year}"),
    PeriodKind.QUARTER: mark("quarter {number} of {year}"),
}
BEFORE: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("on the week before"),
    PeriodKind.MONTH: mark("on the month before"),
    PeriodKind.QUARTER: mark("on the quarter before"),
}
BEFORE_PART: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("on the first {n} days of the week before"),
    PeriodKind.MONTH: mark("on the first {n} days of the month before"),
    PeriodKind.QUARTER: mark("on the first {n} days of the quarter before"),
}
"""While a period runs: it is compared with as much of the one before (`casework.review.PeriodName.beside`)."""
NOT_BEGUN: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("This week has not begun: there is nothing to review yet."),
    PeriodKind.MONTH: mark("This month has not begun: there is nothing to review yet."),
    PeriodKind.QUARTER: mark("This quarter has not begun: there is nothing to review yet."),
}
COLUMNS: Final[Mapping[PeriodKind, str]] = {
    PeriodKind.WEEK: mark("W{number}"),
    PeriodKind.MONTH: mark("M{number}"),
    PeriodKind.QUARTER: mark("Q{number}"),
}
MEASURES: Final[Mapping[str, str]] = {
    "suits_per_10000": mark("Lawsuits per 10,000 people"),
    "mediated_before_suit": mark("Mediated before a suit"),
}
"""Of the court, by the code they are imported with; one that is not here is told as it was imported."""

DAY_FORM: Final = mark("{month}/{day}")
MINUTE_FORM: Final = mark("{month}/{day} {time}")


class Telling(NamedTuple):
    """What a review is told with, and whose eyes see it. `search`: of the page's address, kept in its links: "?lang=en";
    `back`: what names the review in the links to its cases."""

    county: County
    words: Words
    sight: Sight
    search: str = ""
    back: str = ""

    def of(self, name: PeriodName, as_of: datetime | None) -> "Telling":
        """The same, for a review whose cases lead back to it."""
        return self._replace(back=back_to(name, as_of))

    def case_href(self, code: str) -> str:
        """The way to a case, which knows the way back."""
        asks = "&".join(filter(None, (self.search.removeprefix("?"), self.back)))
        return f"/case/{code}?{asks}" if asks else f"/case/{code}"

    def may_open(self, key: AnyKey) -> bool:
        """Whether the account may see the cases behind a number: the whole county's people of all of them, others of their own
        township, village and units."""
        if self.sight.whole_county:
            return True
        if isinstance(key, ArrivalKey):
            at = key.township or self.county.township_of_village(key.village)
            return at in self.sight.townships or key.village in self.sight.villages
        match key.by:
            case By.TOWNSHIP:
                return key.code in self.sight.townships
            case By.UNIT:
                return key.code in self.sight.units
            case By.VILLAGE:
                return (
                    key.code in self.sight.villages or self.county.township_of_village(key.code) in self.sight.townships
                )
            case _:
                return False

    def name(self, by: By, code: str) -> str:
        """What a line is called; a code nobody knows is shown as it is."""
        match by:
            case By.COUNTY:
                return self.county.name
            case By.TOWNSHIP:
                return self.county.township_name(code)
            case By.UNIT:
                return self.county.unit_name(code)
            case By.VILLAGE:
                return self.county.village_name(code)
            case By.CATEGORY:
                return self.words[CATEGORIES[Category(code)]] if code in set(Category) else code
            case By.FEED:
                return self.words[FEEDS[Feed(code)]] if code in set(Feed) else code


def indicator_name(indicator: Indicator, words: Words) -> str:
    return words[NAMES[indicator.value]]


def missed(indicator: Indicator, number: int, words: Words) -> str:
    """ "12 件超期"."""
    return words[MISSED.get(indicator.value, mark("{n} missed"))].format(n=number)


def before(kind: PeriodKind, period: Period, words: Words) -> str:
    """ "较上周"; "较上周前 3 天" of a week on its third day."""
    if not period.runs:
        return words[BEFORE[kind]]
    return words[BEFORE_PART[kind]].format(n=(period.at - period.start) // ONE_DAY + 1)


def compared_days(name: PeriodName, period: Period, words: Words) -> str:
    """The days a period is compared with, and up to when of the last one: "11月9日 – 11月11日 16:42"."""
    beside = name.beside(period)
    if not period.runs:
        return days(beside, words)
    return f"{day(beside.start, words)} – {minute(min(beside.at, beside.end), words, deadline=True)}"


def column_name(name: PeriodName, words: Words) -> str:
    """ "47周", as short as below a column."""
    return words[COLUMNS[name.kind]].format(number=name.number)


def period_name(name: PeriodName, words: Words) -> str:
    """ "2026 年第 47 周"."""
    return words[NUMBERED[name.kind]].format(year=name.year, number=name.number)


def day(at: datetime, words: Words) -> str:
    """ "11月16日", of Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return words[DAY_FORM].format(month=local.month, day=local.day)


def minute(at: datetime, words: Words, *, deadline: bool = False) -> str:
    """ "11月21日 16:42"; a deadline at midnight is 24:00 of the day before."""
    local = at.astimezone(SHANGHAI)
    if deadline and local.time() == time(0):
        last = last_day(at)
        return words[MINUTE_FORM].format(month=last.month, day=last.day, time="24:00")
    return words[MINUTE_FORM].format(month=local.month, day=local.day, time=f"{local:%H:%M}")


def days(period: Period, words: Words) -> str:
    """ "11月16日 – 11月22日": its first and its last day."""
    return f"{day(period.start, words)} – {day(period.end - timedelta(seconds=1), words)}"
