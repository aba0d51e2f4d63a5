"""How the numbers of a review are written, the same on the page, in Excel, in Word and in the minutes. It must not know a county.

Everything is rounded half up to one decimal from the exact value, as `casework.scoring` does; what there is not is "—".
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Final, NamedTuple

from casework.indicators import Indicator
from casework.review import Line, Tally
from casework.scoring import Interval, Part
from dashboard.words import Words, mark

NOTHING: Final = "—"
SAME: Final = "–"
MINUS: Final = "−"
TENTH: Final = Decimal("0.1")
HOUR: Final = 3600
DAY: Final = 24 * HOUR


class SheetRow(NamedTuple):
    """What counties publish each week of a township or a department: counts of what was given in the period (派遣总数), and what
    became of it. `dissatisfied`: of the visits that reached the citizen. `before`: how many were given the period before."""

    given: int
    on_time: int
    late: int
    unfinished: int
    closed: Fraction | None
    closed_on_time: Fraction | None
    dissatisfied: int
    dissatisfied_share: Fraction | None
    before: int

    @property
    def change(self) -> Fraction | None:
        """环比: how much more was given than in the period before, as a part of that; `None` when nothing was given then."""
        return Fraction(self.given - self.before, self.before) if self.before else None


def sheet_row(line: Line) -> SheetRow:
    """The row of a line, the excluded left out."""
    closed, on_time, dissatisfied = (
        tally_of(line.tallies, indicator)
        for indicator in (Indicator.CLOSED, Indicator.CLOSED_ON_TIME, Indicator.DISSATISFIED)
    )
    return SheetRow(
        given=closed.total,
        on_time=on_time.good,
        late=closed.good - on_time.good,
        unfinished=closed.missed,
        closed=closed.share,
        closed_on_time=on_time.share,
        dissatisfied=dissatisfied.good,
        dissatisfied_share=dissatisfied.share,
        before=tally_of(line.before, Indicator.CLOSED).total,
    )


def tally_of(tallies: Mapping[Indicator, Tally], indicator: Indicator) -> Tally:
    """The indicator's counts; one that is not told says nothing."""
    return tallies.get(indicator, Tally())


def count(number: int | None) -> str:
    """1234 → "1,234"."""
    return NOTHING if number is None else f"{number:,}"


def percent(share: Fraction | None) -> str:
    """117/125 → "93.6%"."""
    return NOTHING if share is None else f"{_tenth(share * 100)}%"


def ratio(tally: Tally) -> str:
    """Its two counts: "29/31"; nothing where there is nothing to divide by."""
    return f"{tally.good}/{tally.total}" if tally.total else NOTHING


def points(told: float | None) -> str:
    """Of a score: 93.6 → "93.6"."""
    return NOTHING if told is None else str(tenths(told))


def lost(part: Part) -> Decimal:
    """The points a part of a score lost, to one decimal."""
    return lost_of(part.possible, part.got)


def lost_of(possible: float, got: float) -> Decimal:
    """The same of any points."""
    return (decimal(possible) - decimal(got)).quantize(TENTH, ROUND_HALF_UP)


def interval(told: Interval | None) -> str:
    """Where a share lies: "61.2%–95.0%"."""
    if told is None:
        return NOTHING
    low, high = (tenths(bound * 100) for bound in told)
    return f"{low}%–{high}%"


def change_of_rank(gained: int | None) -> str:
    """2 → "↑2", -1 → "↓1", 0 → "–"; "—" where there is nothing to compare."""
    if gained is None:
        return NOTHING
    return SAME if gained == 0 else f"↑{gained}" if gained > 0 else f"↓{-gained}"


def more(now: int, before: int) -> str:
    """By how many a count is larger than it was: "+12", "−3", "±0"."""
    return signed(Fraction(now - before), whole=True)


def relative(change: Fraction | None) -> str:
    """环比 of a count, as `SheetRow.change` tells it: "+8.3%"."""
    return NOTHING if change is None else f"{signed(change * 100)}%"


def change_of_share(now: Fraction | None, before: Fraction | None) -> str:
    """By how many percentage points a share is larger than it was: "+1.2". It is the difference of the exact shares, not of
    those shown, as a spreadsheet tells it."""
    return NOTHING if now is None or before is None else signed((now - before) * 100)


def hours(seconds: float | None) -> str:
    """How long something took, in hours: "52.3"."""
    return NOTHING if seconds is None else str(tenths(seconds / HOUR))


def duration(seconds: float | None, words: Words) -> str:
    """The same with its unit: "52.3 小时"."""
    return NOTHING if seconds is None else words[mark("{n} hours")].format(n=hours(seconds))


def lateness(late: timedelta | float | None, words: Words) -> str:
    """How late something is, in its two largest units, cut and not rounded: "3 天 4 小时", "25 分钟". A number is in seconds."""
    if late is None:
        return NOTHING
    seconds = int(late.total_seconds() if isinstance(late, timedelta) else late)
    days, rest = divmod(seconds, DAY)
    if days:
        return words[mark("{d} d {h} h")].format(d=days, h=rest // HOUR)
    if seconds >= HOUR:
        return words[mark("{h} h {m} min")].format(h=rest // HOUR, m=rest % HOUR // 60)
    return words[mark("{m} min")].format(m=rest // 60)


def signed(number: Fraction, *, whole: bool = False) -> str:
    """With its sign; what is shown as nothing is "±0" or "±0.0"."""
    told = Decimal(floor(abs(number) + Fraction(1, 2))) if whole else _tenth(abs(number))
    sign = "±" if not told else "+" if number > 0 else MINUS
    return f"{sign}{told:,}"


def tenths(number: float) -> Decimal:
    """Rounded half up by its decimal digits: 0.15 is what is meant by the float that is a little less."""
    return decimal(number).quantize(TENTH, ROUND_HALF_UP)


def decimal(number: float) -> Decimal:
    """The number that is meant: the shortest decimal that reads back as this float."""
    return Decimal(repr(float(number)))


def _tenth(number: Fraction) -> Decimal:
    """Of a fraction that is not negative, exactly."""
    return Decimal(floor(number * 10 + Fraction(1, 2))).scaleb(-1)
