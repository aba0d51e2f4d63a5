"""Reads the rule files, the county's calendar and the feeds' dictionaries into values `casework` and `feeds` work with.

Each kind of rule has one file for each of its versions, `rules/clocks*.toml` and so on; `effective_from` says from which
day a version applies.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

from casework.calendar import MOST, Calendar
from casework.clocks import ClockRules
from casework.errors import RuleError
from casework.escalation import RiskRules
from casework.indicators import MORE_IS_BETTER, Indicator, VisitRule
from casework.ladder import Ladder, Reach, Step
from casework.likeness import Line, Weights
from casework.matching import MatchingRules
from casework.places import Kind, PlaceWords
from casework.report import Allowance
from casework.rules import Dated, Rules, Versions
from casework.scoring import OFFICE_HOURS, ScoreRules, Term
from casework.vocabulary import (
    Appeal,
    Category,
    Colour,
    Complexity,
    Feed,
    ReminderKind,
    Satisfaction,
    Status,
    Urgency,
    WhistleStep,
)
from config.tables import E, Table, read_table, word, words
from feeds.codes import CodeMap

UNITS: Final = {"minutes": "minute", "hours": "hour", "days": "day", "working_days": "working_day"}
DICTIONARIES: Final = ("category", "appeal", "urgency", "stage", "satisfaction", "colour", "channel")
IN_DAYS: Final = ("day", "working_day")
PLACE_WORDS: Final = {
    "areas": Kind.AREA, "villages": Kind.VILLAGE, "bodies": Kind.BODY, "roads": Kind.ROAD,
    "buildings": Kind.BUILDING, "groups": Kind.GROUP, "houses": Kind.HOUSE,
}  # fmt: skip
MOST_POINTS: Final = 100
"""Of one kind of evidence: e to the power of all of them together is still a number."""
R = TypeVar("R", bound=Dated)


def load_rules(folder: Path) -> Rules:
    """All rules under a configuration folder; raises `RuleError` naming file, line and field."""
    return Rules(
        _versions(folder / "rules", "clocks", _clocks),
        _versions(folder / "rules", "risk", _risk),
        _versions(folder / "rules", "ladder", _ladder),
        _versions(folder / "rules", "score", _score),
        load_matching(folder),
        load_calendar(folder / "calendar"),
        frozenset(feed for feed in Feed if _source_wins(folder / "feeds" / f"{feed}.toml")),
    )


def load_matching(folder: Path) -> Versions[MatchingRules]:
    """Every version of when two reports are one matter; raises `RuleError` naming file, line and field."""
    return _versions(folder / "rules", "matching", _matching)


def load_score(path: Path) -> ScoreRules:
    """One file of scoring rules, wherever it lies; raises `RuleError` naming file, line and field."""
    return _score(read_table(path))


def load_calendar(folder: Path) -> Calendar:
    """The published calendar with what the county's files add to it; no folder adds nothing."""
    days: dict[date, tuple[bool, str]] = {}
    versions, published, close = [], set(), None
    for path in sorted(folder.glob("*.toml")):
        table = read_table(path)
        table.only("version", "published", "close", "day")
        versions.append(table.text("version"))
        if "published" in table:
            published.add(table.whole("published", least=2004, most=2100))
        if "close" in table:
            close = _close(table, close)
        for group in table.tables("day"):
            _add_days(days, group)
    plain = Calendar()
    return Calendar("+".join((plain.version, *versions)), days, frozenset(published), close)


def _close(table: Table, known: time | None) -> time:
    close = table.time("close")
    if known is not None and close != known:
        raise table.error("another file says that a day closes at another time", "close")
    if close == time(0):
        raise table.error("24:00 is what holds without this field", "close")
    return close


def _add_days(days: dict[date, tuple[bool, str]], group: Table) -> None:
    group.only("name", "off", "work")
    name = group.text("name")
    if "off" not in group and "work" not in group:
        raise group.error("expected the days that are off, the days that are worked, or both")
    for field, worked in (("off", False), ("work", True)):
        for index, day in enumerate(group.dates(field) if field in group else ()):
            if day in days:
                raise group.error(f"{day} is named twice", field, index)
            days[day] = (worked, name)


def _versions(folder: Path, kind: str, read: Callable[[Table], R]) -> Versions[R]:
    """Every version of one kind of rule."""
    found: dict[date, Path] = {}
    names: dict[str, Path] = {}
    rules = []
    for path in sorted(folder.glob(f"{kind}*.toml")):
        table = read_table(path)
        rule = read(table)
        other = found.setdefault(rule.effective_from, path)
        if other is not path:
            raise table.error(f"{other.name} applies from that day as well", "effective_from")
        if names.setdefault(rule.version, path) is not path:
            raise table.error(f"{names[rule.version].name} has that name as well", "version")
        rules.append(rule)
    if not rules:
        raise RuleError(f"{folder / kind}.toml: the file is missing")
    return Versions.of(rules)


def load_codes(folder: Path, feed: Feed, stations: Mapping[str, str]) -> CodeMap:
    """One feed's dictionaries; `stations` maps police stations to townships."""
    table = read_table(folder / "feeds" / f"{feed}.toml")
    table.only("protected", "deadline", *DICTIONARIES)
    return CodeMap(
        words(table, "category", Category),
        words(table, "appeal", Appeal),
        words(table, "urgency", Urgency),
        words(table, "stage", Status),
        words(table, "satisfaction", Satisfaction),
        words(table, "colour", Colour),
        stations,
        frozenset(table.texts("protected") if "protected" in table else ()),
    )


def _source_wins(path: Path) -> bool:
    table = read_table(path)
    if "deadline" not in table:
        return False
    deadline = _section(table, "deadline", "source_wins")
    return "source_wins" in deadline and deadline.flag("source_wins")


def _clocks(table: Table) -> ClockRules:
    table.only(
        "version", "effective_from", "sign", "contact", "finish", "minimum_handling", "visit", "return", "extension",
        "whistle", "due_soon",
    )  # fmt: skip
    sign, contact = _section(table, "sign", *Urgency), _section(table, "contact", "limit", "urgency")
    finish = _section(table, "finish", "urgency", "category", "dispute", "appeal", "other")
    visit, back = _section(table, "visit", "limit", "unreached"), _section(table, "return", "within", "times")
    more = _section(table, "extension", "most", "times")
    return ClockRules(
        version=_version(table),
        effective_from=table.date("effective_from"),
        sign={urgency: _limit(sign, urgency) for urgency in Urgency},
        contact=_limit(contact, "limit"),
        contact_by_urgency=_limits(contact, "urgency", Urgency),
        finish_by_urgency=_limits(finish, "urgency", Urgency),
        finish_by_category=_limits(finish, "category", Category),
        finish_by_complexity=_limits(finish, "dispute", Complexity),
        finish_by_appeal=_limits(finish, "appeal", Appeal),
        otherwise=_limit(_section(finish, "other", "limit"), "limit"),
        minimum_handling=_limit(_section(table, "minimum_handling", "limit"), "limit"),
        visit=_limit(visit, "limit"),
        return_within=_limit(back, "within"),
        returns=back.whole("times", least=0),
        extension=_in_days(more, "most"),
        extensions=more.whole("times", least=0),
        unreached=visit.whole("unreached", least=1),
        due_soon=_share(_section(table, "due_soon", "share"), "share"),
        whistle=_limits(table, "whistle", WhistleStep),
    )


def _section(above: Table, name: str, *fields: str) -> Table:
    """The table of that name, which has no other fields than these."""
    table = above.table(name)
    table.only(*fields)
    return table


def _version(table: Table) -> str:
    version = table.text("version")
    if not version or "/" in version:
        raise table.error("expected a name without /", "version")
    return version


def _limits(above: Table, name: str, vocabulary: type[E]) -> dict[E, Allowance]:
    if name not in above:
        return {}
    table = above.table(name)
    return {word(code, vocabulary, table, code): _limit(table, code) for code in table}


def _limit(table: Table, name: str) -> Allowance:
    value = table.get(name)
    if isinstance(value, Mapping) and len(value) == 1:
        unit, amount = next(iter(value.items()))
        if unit in UNITS and type(amount) is int and 0 < amount <= MOST:
            return Allowance(amount, UNITS[unit])
    raise table.error(f"expected one of {', '.join(UNITS)} = a whole number above 0", name)


def _in_days(table: Table, name: str) -> Allowance:
    limit = _limit(table, name)
    if limit.unit not in IN_DAYS:
        raise table.error("expected days or working_days", name)
    return limit


def _share(table: Table, name: str) -> float:
    share = table.value(name, float, "a share of the time, like 0.2")
    if not 0 < share < 1:
        raise table.error("expected a share above 0 and below 1", name)
    return share


def _risk(table: Table) -> RiskRules:
    table.only(
        "version", "effective_from", "group_people", "orange_redos", "orange_handovers", "red_redos", "yellow_returns",
        "red_overdue_working_days",
    )  # fmt: skip
    return RiskRules(
        version=_version(table),
        effective_from=table.date("effective_from"),
        group_people=table.whole("group_people", least=1),
        orange_redos=table.whole("orange_redos", least=1),
        orange_handovers=table.whole("orange_handovers", least=1),
        red_redos=table.whole("red_redos", least=1),
        yellow_returns=table.whole("yellow_returns", least=1),
        red_overdue_working_days=table.whole("red_overdue_working_days", least=0, most=MOST),
    )


def _ladder(table: Table) -> Ladder:
    table.only("version", "effective_from", "opens", "step")
    steps = tuple(_step(step) for step in table.tables("step"))
    names = [step.name for step in steps]
    if not steps or len(set(names)) < len(names):
        raise table.error("expected steps, each with a name of its own", "step")
    order = [(step.share is None, -(step.share or 0), step.working_days) for step in steps]
    if order != sorted(order):
        raise table.error("expected the steps in the order they come due", "step")
    return Ladder(_version(table), table.date("effective_from"), table.time("opens"), steps)


def _step(table: Table) -> Step:
    table.only("name", "kind", "reach", "left", "working_days_after", "paper")
    if ("left" in table) == ("working_days_after" in table):
        raise table.error("expected either left or working_days_after")
    return Step(
        table.text("name"),
        word(table.text("kind"), ReminderKind, table, "kind"),
        word(table.text("reach"), Reach, table, "reach"),
        _share(table, "left") if "left" in table else None,
        table.whole("working_days_after", least=0, most=MOST) if "working_days_after" in table else 0,
        table.text("paper") if "paper" in table else None,
    )


def _score(table: Table) -> ScoreRules:
    table.only("version", "effective_from", "n_min", "visits", "handling", *MORE_IS_BETTER)
    visits = _section(table, "visits", "satisfied", "unanswered_counts")
    answers = [word(answer, Satisfaction, visits, "satisfied") for answer in visits.texts("satisfied")]
    if not answers:
        raise visits.error("expected at least one answer", "satisfied")
    terms = {indicator: _term(table, indicator) for indicator in MORE_IS_BETTER if indicator in table}
    if not terms:
        raise table.error(f"expected at least one of the tables {', '.join(MORE_IS_BETTER)}")
    return ScoreRules(
        version=_version(table),
        effective_from=table.date("effective_from"),
        n_min=table.whole("n_min", least=1),
        visits=VisitRule(frozenset(answers), visits.flag("unanswered_counts")),
        terms=terms,
        hours=_hours(_section(table, "handling", "hours")) if "handling" in table else OFFICE_HOURS,
    )


def _hours(table: Table) -> tuple[tuple[time, time], ...]:
    """Stretches of a working day, one after the other."""
    found = tuple(_stretch(table, index, text) for index, text in enumerate(table.texts("hours")))
    bounds = [bound for stretch in found for bound in stretch]
    if not found or bounds != sorted(set(bounds)):
        raise table.error("expected stretches of one day, one after the other", "hours")
    return found


def _stretch(table: Table, index: int, text: str) -> tuple[time, time]:
    try:
        start, end = map(time.fromisoformat, text.split("-"))
    except ValueError:
        raise table.error(f"expected a stretch like 08:30-12:00, found {text!r}", "hours", index) from None
    return start, end


def _term(above: Table, indicator: Indicator) -> Term:
    table = _section(above, indicator, "weight", "target", "slope", "floor")
    weight = _number(table, "weight", MOST)
    if not weight:
        raise table.error("expected a number above 0; what is not to be scored has no table", "weight")
    return Term(weight, _number(table, "target", 1), _number(table, "slope", 1), _number(table, "floor", 1))


def _number(table: Table, name: str, most: int) -> Fraction:
    """A number from 0 to `most`, exactly as it is written."""
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise table.error(f"expected a number from 0 to {most}", name)
    return Fraction(str(value))


def _matching(table: Table) -> MatchingRules:
    table.only(
        "version", "effective_from", "link", "suggest", "newest_of_a_key", "most_candidates", "most_of_a_case",
        "within_days", "points", "wording", "time", "distance", "place",
    )  # fmt: skip
    link, suggest = _between(table, "link"), _between(table, "suggest")
    if suggest >= link:
        raise table.error("expected less than link", "suggest")
    rules = MatchingRules(
        version=_version(table),
        effective_from=table.date("effective_from"),
        link=link,
        suggest=suggest,
        newest_of_a_key=table.whole("newest_of_a_key", least=1, most=MOST),
        most_candidates=table.whole("most_candidates", least=1, most=MOST),
        most_of_a_case=table.whole("most_of_a_case", least=1, most=MOST),
        within=timedelta(days=table.whole("within_days", least=1, most=MOST)),
        weights=_weights(table),
        places=_place_words(_section(table, "place", *PLACE_WORDS, "cuts", "nobodys")),
    )
    if rules.weights.most_elsewhere >= math.log(suggest / (1 - suggest)):
        raise table.error("expected so few that nothing else outweighs another place", "points", "place_other")
    if rules.weights.most_unanchored >= math.log(link / (1 - link)):
        raise table.error(
            "expected so few that nothing is linked without a place or a phone in common", "points", "base"
        )
    return rules


def _weights(above: Table) -> Weights:
    points = _section(
        above, "points", "base", "phone_same", "place_same", "place_other", "category_same", "category_other",
        "wording_same", "wording_other",
    )  # fmt: skip
    shares, time = _section(above, "wording", "even", "full"), _section(above, "time", "hours", "points")
    distance = _section(above, "distance", "near", "even", "far")
    hours, by_hours = _numbers(time, "hours"), _numbers(time, "points")
    if min(hours, default=0) < 0:
        raise time.error("expected hours, 0 or more", "hours")
    if any(abs(each) > MOST_POINTS for each in by_hours):
        raise time.error(f"expected no more than {MOST_POINTS} points for or against", "points")
    if len(hours) != len(by_hours):
        raise time.error("expected as many as hours", "points")
    agreements = (_signed(points, "wording_other", -1), 0.0, _signed(points, "wording_same", 1))
    return Weights(
        base=_signed(points, "base", -1),
        phone=_signed(points, "phone_same", 1),
        place_same=_signed(points, "place_same", 1),
        place_other=_signed(points, "place_other", -1),
        category_same=_signed(points, "category_same", 1),
        category_other=_signed(points, "category_other", -1),
        wording=_line(shares, (0.0, _between(shares, "even"), _between(shares, "full")), agreements, "even"),
        time=_line(time, tuple(math.log1p(hour) for hour in hours), by_hours, "hours"),
        near=_line(distance, _metres(distance), (1.0, 0.0, -1.0), "near"),
    )


def _metres(table: Table) -> tuple[float, ...]:
    return tuple(float(table.whole(name, least=0, most=MOST)) for name in ("near", "even", "far"))


def _line(table: Table, xs: tuple[float, ...], ys: tuple[float, ...], name: str) -> Line:
    if len(xs) < 2 or any(later <= earlier for earlier, later in pairwise(xs)):  # noqa: PLR2004 - a line has two ends
        raise table.error("expected rising numbers, two at least", name)
    return Line(xs, ys)


def _numbers(table: Table, name: str) -> tuple[float, ...]:
    """A list of finite numbers."""
    numbers = table.get(name)
    if isinstance(numbers, list) and all(type(each) in (int, float) and abs(each) <= MOST for each in numbers):
        return tuple(float(each) for each in numbers)
    raise table.error("expected a list of numbers", name)


def _between(table: Table, name: str) -> float:
    number = table.value(name, float, "a number like 0.5")
    if not 0 < number < 1:
        raise table.error("expected a number above 0 and below 1", name)
    return number


def _signed(table: Table, name: str, sign: int) -> float:
    """Points that speak for (sign 1) or against (-1), or nothing."""
    value = table.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value * sign <= MOST_POINTS:
        return float(value)
    raise table.error(f"expected points, {'0 or more' if sign > 0 else '0 or less'}", name)


def _place_words(table: Table) -> PlaceWords:
    ends = {kind: tuple(table.texts(name)) for name, kind in PLACE_WORDS.items()}
    lists = [*ends.values(), table.texts("cuts"), table.texts("nobodys")]
    for name, each in zip((*PLACE_WORDS, "cuts", "nobodys"), lists, strict=True):
        if not all(each):
            raise table.error("expected words, none of them empty", name)
    known = [word for each in ends.values() for word in each]
    for name, kind in PLACE_WORDS.items():
        if any(known.count(word) > 1 for word in ends[kind]):
            raise table.error("expected each word once, in one list", name)
    return PlaceWords(ends, tuple(table.texts("cuts")), tuple(table.texts("nobodys")))
