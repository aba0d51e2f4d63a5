"""Reads the rule files and the feeds' dictionaries into the values `casework` and `feeds` work with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from casework.clocks import ClockRules
from casework.errors import RuleError
from casework.escalation import RiskRules
from casework.lifecycle import Rules
from casework.report import Allowance
from casework.vocabulary import Appeal, Category, Colour, Feed, Satisfaction, Status, Urgency
from config.tables import read_table, required, word, words
from feeds.codes import CodeMap

UNITS: Final = {"minutes": "minute", "hours": "hour", "days": "day", "working_days": "working_day"}


def load_rules(folder: Path) -> Rules:
    """All rules under a configuration folder; raises `RuleError` naming file and field."""
    wins = frozenset(feed for feed in Feed if _source_wins(folder / "feeds" / f"{feed}.toml"))
    return Rules(_clocks(folder / "rules" / "clocks.toml", wins), _risk(folder / "rules" / "risk.toml"))


def load_codes(folder: Path, feed: Feed, stations: Mapping[str, str]) -> CodeMap:
    """One feed's dictionaries; `stations` maps police stations to townships."""
    path = folder / "feeds" / f"{feed}.toml"
    table = read_table(path)
    return CodeMap(
        words(table, "category", Category, path),
        words(table, "appeal", Appeal, path),
        words(table, "urgency", Urgency, path),
        words(table, "stage", Status, path),
        words(table, "satisfaction", Satisfaction, path),
        words(table, "colour", Colour, path),
        stations,
        frozenset(table.get("protected", ())),
    )


def _source_wins(path: Path) -> bool:
    return bool(read_table(path).get("deadline", {}).get("source_wins", False))


def _clocks(path: Path, source_wins: frozenset[Feed]) -> ClockRules:
    table = read_table(path)
    sign = required(table, "sign", dict, path)
    finish = required(table, "finish", dict, path)
    return ClockRules(
        version=required(table, "version", str, path),
        sign={urgency: _limit(sign, urgency, path, "sign.") for urgency in Urgency},
        contact=_limit(required(table, "contact", dict, path), "limit", path, "contact."),
        finish_by_urgency=_limits(finish, "urgency", Urgency, path),
        finish_by_category=_limits(finish, "category", Category, path),
        finish_by_appeal=_limits(finish, "appeal", Appeal, path),
        otherwise=_limit(required(finish, "other", dict, path), "limit", path, "finish.other."),
        minimum_handling=_limit(required(table, "minimum_handling", dict, path), "limit", path, "minimum_handling."),
        source_wins=source_wins,
    )


def _limits(finish: Mapping[str, Any], name: str, vocabulary: Any, path: Path) -> dict[Any, Allowance]:
    table = finish.get(name, {})
    place = f"finish.{name}."
    return {word(code, vocabulary, place + code, path): _limit(table, code, path, place) for code in table}


def _limit(table: Mapping[str, Any], name: str, path: Path, place: str) -> Allowance:
    value = table.get(name)
    if isinstance(value, Mapping) and len(value) == 1:
        unit, amount = next(iter(value.items()))
        if unit in UNITS and isinstance(amount, int) and not isinstance(amount, bool) and amount > 0:
            return Allowance(amount, UNITS[unit])
    raise RuleError(f"{path}: {place}{name}: expected one of {', '.join(UNITS)} = a whole number above 0")


def _risk(path: Path) -> RiskRules:
    table = read_table(path)
    return RiskRules(
        required(table, "version", str, path),
        required(table, "group_people", int, path),
        required(table, "orange_redos", int, path),
        required(table, "red_redos", int, path),
        required(table, "yellow_returns", int, path),
        required(table, "red_overdue_working_days", int, path),
    )
