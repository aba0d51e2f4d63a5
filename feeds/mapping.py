"""Turns rows of a table into records in a feed's own field names, as a mapping file says. Pure; knows no file.

A mapping routes each row to a feed, names the column or constant behind each field, and says which versions a row holds:
a row that tells when a matter was opened and when it was closed is two versions of one record.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from casework.vocabulary import Feed
from feeds.errors import BadMapping

VERSION_FIELD: Final = {Feed.POLICE110: "gxsj", Feed.HOTLINE12345: "updateTime", Feed.GRID: "updateTime"}
KEY_FIELD: Final = {Feed.POLICE110: "jjdbh", Feed.HOTLINE12345: "orderNum", Feed.GRID: "eventCode"}
LEAST_STEP: Final = timedelta(seconds=1)

Column = str | list[str]
Cell = str | int | float | bool | datetime | date | None
TableRow = Mapping[str, Cell]


class BadRow(Exception):
    """A row that can't become a record; names the column, never its content."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record: when the source would have sent it, and what."""

    feed: Feed
    source_id: str
    at: datetime
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """The fields a row gains at the time in column `at`; a row without that time has not come so far."""

    at: Column
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """Rows of one feed: those whose `column` holds one of `values` (no column: all that are left)."""

    feed: Feed
    column: str
    values: frozenset[str]
    fields: Mapping[str, Any]
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping file. `time_formats` are tried in order for cells that are text."""

    name: str
    encoding: str
    sheet: str
    zone: ZoneInfo
    time_formats: tuple[str, ...]
    source_wins: frozenset[Feed]
    routes: tuple[Route, ...]

    def versions(self, row: TableRow) -> list[Version]:
        """The row's record in all its versions, oldest first; raises `BadRow`."""
        route = self._route(row)
        record = {name: self._value(row, name, rule) for name, rule in route.fields.items()}
        source_id = str(record.get(KEY_FIELD[route.feed]) or "")
        if not source_id:
            raise BadRow(f"{KEY_FIELD[route.feed]} is empty")
        return list(self._stages(row, route, source_id, record))

    def missing_columns(self, headings: Collection[str]) -> list[str]:
        """Columns the mapping names and the table lacks; raises `BadMapping` when a record can't be made without them."""
        missing: list[str] = []
        for route in self.routes:
            needed = [*_columns(route.fields[KEY_FIELD[route.feed]]), *_columns(route.stages[0].at)]
            for names in needed:
                if not any(name in headings for name in names):
                    raise BadMapping(f"the table has no column {' or '.join(names)}; it has {', '.join(headings)}")
            rules = [
                *route.fields.values(),
                *(rule for stage in route.stages for rule in (*stage.fields.values(), stage.at)),
            ]
            read = (names for rule in rules for names in _columns(rule))
            missing.extend(" / ".join(names) for names in read if not any(name in headings for name in names))
        return sorted(set(missing))

    def _stages(self, row: TableRow, route: Route, source_id: str, record: dict[str, Any]) -> Iterator[Version]:
        at: datetime | None = None
        for number, stage in enumerate(route.stages):
            reached = self._time(row, stage.at)
            if reached is None:
                if number == 0:
                    raise BadRow(f"column {stage.at} is empty")
                continue
            # Some rows close before they open: the later stage is still the later version.
            at = reached if at is None else max(reached, at + LEAST_STEP)
            record = record | {name: self._value(row, name, rule) for name, rule in stage.fields.items()}
            yield Version(route.feed, source_id, at, record | {VERSION_FIELD[route.feed]: at.isoformat()})

    def _route(self, row: TableRow) -> Route:
        for route in self.routes:
            if not route.column or str(row.get(route.column)) in route.values:
                return route
        raise BadRow("no feed of the mapping takes this row")

    def _value(self, row: TableRow, name: str, rule: Any) -> Any:
        if isinstance(rule, (str, list)):
            return _plain(row, rule)
        if "const" in rule:
            return rule["const"]
        if "time" in rule:
            at = self._time(row, rule["time"])
            return None if at is None else at.isoformat()
        if "join" in rule:
            parts = [str(_plain(row, column) or "") for column in rule["join"]]
            return rule.get("with", " ").join(parts) if all(parts) or not rule.get("whole") else None
        found = str(_plain(row, rule["column"]) or "")
        return rule["map"].get(found, rule.get("otherwise", found))

    def _time(self, row: TableRow, column: Column) -> datetime | None:
        cell = _cell(row, column)
        if isinstance(cell, datetime):
            return cell.replace(tzinfo=self.zone).astimezone(UTC)
        if isinstance(cell, date):
            return datetime(cell.year, cell.month, cell.day, tzinfo=self.zone).astimezone(UTC)
        text = str(cell).strip() if cell is not None else ""
        if not text:
            return None
        for pattern in self.time_formats:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=self.zone).astimezone(UTC)
            except ValueError:
                continue
        raise BadRow(f"column {column} is no time in any of the mapping's formats")


def _cell(row: TableRow, column: Column) -> Cell:
    """The cell of a column, or of the first of several headings that has one."""
    if isinstance(column, str):
        return row.get(column)
    return next((cell for name in column if (cell := row.get(name)) not in (None, "")), None)


def _plain(row: TableRow, column: Column) -> Any:
    cell = _cell(row, column)
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else cell


def _columns(rule: Any) -> list[list[str]]:
    """The columns a rule reads, each as its list of possible headings."""
    if isinstance(rule, str):
        return [[rule]]
    if isinstance(rule, list):
        return [rule]
    if "join" in rule:
        return [[column] for column in rule["join"]]
    named = rule.get("time", rule.get("column"))
    return _columns(named) if named is not None else []


def mapping_from(table: Mapping[str, Any], name: str) -> TableMapping:
    """A mapping from what its TOML file holds; raises `BadMapping` naming file and field."""
    try:
        zone = ZoneInfo(table.get("timezone", "Asia/Shanghai"))
    except (ZoneInfoNotFoundError, ValueError):
        raise BadMapping(f"{name}: timezone: no such time zone") from None
    routes = tuple(_route(entry, f"{name}: feed[{number}]") for number, entry in enumerate(table.get("feed", ())))
    if not routes:
        raise BadMapping(f"{name}: feed: at least one [[feed]] is needed")
    return TableMapping(
        name=name,
        encoding=table.get("encoding", "utf-8-sig"),
        sheet=table.get("sheet", ""),
        zone=zone,
        time_formats=tuple(table.get("time_formats", ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d"))),
        source_wins=frozenset(
            _feed(feed, f"{name}: source_deadline_wins") for feed in table.get("source_deadline_wins", ())
        ),
        routes=routes,
    )


def _route(entry: Mapping[str, Any], place: str) -> Route:
    feed = _feed(entry.get("name"), f"{place}.name")
    fields = entry.get("fields", {})
    if KEY_FIELD[feed] not in fields:
        raise BadMapping(f"{place}.fields.{KEY_FIELD[feed]}: missing; it is the record's own number")
    stages = tuple(_stage(stage, f"{place}.version[{number}]") for number, stage in enumerate(entry.get("version", ())))
    if not stages:
        raise BadMapping(f"{place}.version: at least one [[feed.version]] with `at` is needed")
    for field, rule in fields.items():
        _check_rule(rule, f"{place}.fields.{field}")
    when = entry.get("when", {})
    return Route(feed, when.get("column", ""), frozenset(when.get("in", ())), fields, stages)


def _stage(entry: Mapping[str, Any], place: str) -> Stage:
    if not isinstance(entry.get("at"), (str, list)):
        raise BadMapping(f"{place}.at: expected the name of a column, or several to choose from")
    for field, rule in entry.get("fields", {}).items():
        _check_rule(rule, f"{place}.fields.{field}")
    return Stage(entry["at"], entry.get("fields", {}))


def _check_rule(rule: object, place: str) -> None:
    if isinstance(rule, str) or (isinstance(rule, list) and all(isinstance(name, str) for name in rule)):
        return
    kinds = ("const", "time", "join", "map")
    if (
        not isinstance(rule, Mapping)
        or sum(kind in rule for kind in kinds) != 1
        or ("map" in rule and "column" not in rule)
    ):
        raise BadMapping(f"{place}: expected a column name, or a table with const, time, join, or column and map")


def _feed(value: object, place: str) -> Feed:
    try:
        return Feed(str(value))
    except ValueError:
        raise BadMapping(f"{place}: expected one of {', '.join(Feed)}") from None
