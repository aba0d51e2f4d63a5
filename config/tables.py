"""Reads TOML files so that every complaint names the file, the line and the field. Knows no rule.

`tomllib` tells the lines of syntax errors only; where a field was written is looked up when a complaint about it is made.
"""

import datetime
import json
import re
import reprlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from casework.errors import RuleError

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

Place = tuple[str | int, ...]
"""The way to a field from the top of its file: keys, and positions in lists (the first is 0)."""

_PART: Final = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[\w-]+)"""
_KEY: Final = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_BLANK: Final = re.compile(r"(?:\s|#[^\n]*)*")
_SCALAR: Final = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\])*"|'[^']*'|[^,\]}#\n]+''', re.DOTALL
)
_FIELD: Final = re.compile(rf"[ \t]*({_KEY.pattern})[ \t]*=")
_SYNTAX: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class Table(Mapping[str, Any]):
    """A file, or a table inside it, as plain TOML values; its getters raise `RuleError` with file, line and field.

    A getter demands its field: what may be left out is asked for with `in` first. Only `tables` takes absence for none.
    """

    __slots__ = ("_file", "_place", "_values")

    def __init__(self, file: "_File", values: Mapping[str, Any], place: Place = ()) -> None:
        self._file = file
        self._values = values
        self._place = place

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def path(self) -> Path:
        return self._file.path

    def line(self, *place: str | int) -> int:
        """The line a field begins on, counted from 1; a missing field's is that of the table it should be in."""
        return self._file.line((*self._place, *place))

    def error(self, sentence: str, *place: str | int) -> RuleError:
        """What to raise about a field (none: about the table itself)."""
        field = _dotted((*self._place, *place))
        return RuleError(f"{self.path}:{self.line(*place)}: {field}{': ' if field else ''}{sentence}")

    def only(self, *names: str) -> None:
        """Refuses the first field that is none of these."""
        for name in self:
            if name not in names:
                raise self.error(f"is no field here; is it misspelt? known: {', '.join(names)}", name)

    def text(self, name: str) -> str:
        return self.value(name, str, "text")

    def texts(self, name: str) -> list[str]:
        return self._each(name, str, "text")

    def whole(self, name: str, *, least: int | None = None, most: int | None = None) -> int:
        expected = f"a whole number{_limits(least, most)}"
        value = self.value(name, int, expected)
        if (least is not None and value < least) or (most is not None and value > most):
            raise self._unlike(expected, value, name)
        return value

    def flag(self, name: str) -> bool:
        return self.value(name, bool, "true or false")

    def date(self, name: str) -> datetime.date:
        return self.value(name, datetime.date, "a date like 2026-01-31")

    def dates(self, name: str) -> list[datetime.date]:
        return self._each(name, datetime.date, "a date like 2026-01-31")

    def time(self, name: str) -> datetime.time:
        return self.value(name, datetime.time, "a time like 08:30:00")

    def table(self, name: str) -> "Table":
        return Table(self._file, self.value(name, dict, "a table"), (*self._place, name))

    def tables(self, name: str) -> "list[Table]":
        """The tables of [[name]]; none when there is no such field."""
        if name not in self:
            return []
        found = self._each(name, dict, "a table")
        return [Table(self._file, values, (*self._place, name, index)) for index, values in enumerate(found)]

    def value(self, name: str, kind: type[T], expected: str) -> T:
        """What the getters are made of; `expected` is how a complaint names the kind."""
        value = self.get(name)
        # Exactly this type: true is no number here, and a date with a time of day is no date.
        if type(value) is not kind:
            raise self._unlike(expected, value, name)
        return value

    def _each(self, name: str, kind: type[T], expected: str) -> list[T]:
        values = self.value(name, list, "a list")
        for index, value in enumerate(values):
            if type(value) is not kind:
                raise self._unlike(expected, value, name, index)
        return values

    def _unlike(self, expected: str, value: object, *place: str | int) -> RuleError:
        return self.error(f"expected {expected}, found {_shown(value)}", *place)


def read_table(path: Path) -> Table:
    """The whole file; raises `RuleError` when it is absent or no TOML."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RuleError(f"{path}: the file is missing") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RuleError(f"{path}:{line}: the text is not UTF-8") from None
    try:
        return Table(_File(path, text), tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path}:{_syntax(text, str(error))}") from None


def required(table: Table, name: str, kind: type) -> Any:
    """The value of a kind at a dotted name, a table as a `Table`; raises `RuleError` naming file, line and field."""
    *above, last = name.split(".")
    for part in above:
        table = table.table(part)
    if kind is dict:
        return table.table(last)
    return table.value(last, kind, kind.__name__)


def words(table: Table, name: str, vocabulary: type[E]) -> dict[str, E]:
    """A table of code = "our word"; an absent table is empty, a word we don't have raises `RuleError`."""
    if name not in table:
        return {}
    found = table.table(name)
    return {code: word(value, vocabulary, found, code) for code, value in found.items()}


def word(value: object, vocabulary: type[E], table: Table, name: str) -> E:
    """Our word for what is written at, or as, the field `name`; one we don't have raises `RuleError`."""
    try:
        return vocabulary(str(value))
    except ValueError:
        known = ", ".join(member.value for member in vocabulary)
        raise table.error(f"{value!r} is none of {known}", name) from None


def _limits(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f", {least} or more"
    return "" if most is None else f", {most} or less"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return reprlib.repr(value) if isinstance(value, str) else str(value)


def _dotted(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in place).removeprefix(".")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)


def _syntax(text: str, error: str) -> str:
    found = _SYNTAX.fullmatch(error)
    if found is None:
        return f"1: {error}"
    sentence, line, column = found.groups()
    number = int(line) if line else text.rstrip().count("\n") + 1
    field = _begun_field(text.split("\n")[:number])
    place = f"column {column}" if line else "at the end of the file"
    return f"{number}: {field}{': ' if field else ''}{sentence} ({place})"


def _begun_field(lines: list[str]) -> str:
    """The field whose value the last of these lines breaks off, as it is written; empty when that is no field."""
    start = next(start for start in reversed(range(len(lines))) if _is_toml("\n".join(lines[:start])))
    found = _FIELD.match(lines[start])
    return found.group(1) if found is not None else ""


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


class _File:
    """What was read, kept for the complaints."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text

    def line(self, place: Place) -> int:
        while place not in self._starts:
            place = place[:-1]
        return self._text.count("\n", 0, self._starts[place]) + 1

    @cached_property
    def _starts(self) -> dict[Place, int]:
        return _Scan(self._text).starts


class _Scan:
    """Notes at which character each field of a text begins. The text is one `tomllib` took, so nothing is checked again."""

    def __init__(self, text: str) -> None:
        self.starts: dict[Place, int] = {(): 0}
        self._text = text
        self._at = 0
        self._lengths: Counter[Place] = Counter()  # of arrays of tables, so far
        table: Place = ()
        while self._next():
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _next(self) -> str:
        """The next character that is neither blank nor comment; empty at the end."""
        self._take(_BLANK)
        return self._text[self._at : self._at + 1]

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise AssertionError(f"tomllib took what the scan for lines can't read, at character {self._at}")
        self._at = found.end()
        return found.group()

    def _note(self, place: Place, start: int) -> None:
        for depth in range(1, len(place)):
            self.starts.setdefault(place[:depth], start)
        # A table may have been opened by one inside it before its own header came.
        self.starts[place] = start

    def _header(self) -> Place:
        start = self._at
        opening = "[[" if self._text.startswith("[[", start) else "["
        self._at += len(opening)
        self._next()
        *above, last = self._keys()
        place = (*self._opened(above), last)
        if opening == "[[":
            self._lengths[place] += 1
            place = (*place, self._lengths[place] - 1)
        self._note(place, start)
        self._at = self._text.index("]", self._at) + len(opening)
        return place

    def _opened(self, names: list[str]) -> Place:
        """Where the names above a header's last lead: through an array of tables, into its latest table."""
        place: Place = ()
        for name in names:
            place = (*place, name)
            if place in self._lengths:
                place = (*place, self._lengths[place] - 1)
        return place

    def _pair(self, table: Place) -> None:
        start = self._at
        place = (*table, *self._keys())
        self._note(place, start)
        self._at = self._text.index("=", self._at) + 1
        self._value(place)

    def _keys(self) -> list[str]:
        """The names of a dotted key; quotes and escapes are left to `tomllib`."""
        found: Any = tomllib.loads(f"{self._take(_KEY)} = 0")
        names = []
        while isinstance(found, dict):
            [(name, found)] = found.items()
            names.append(name)
        return names

    def _value(self, place: Place) -> None:
        opening = self._next()
        if opening not in ("[", "{"):
            self._take(_SCALAR)
            return
        self._at += 1
        for index in count():
            if self._next() in ("]", "}"):
                break
            if opening == "{":
                self._pair(place)
            else:
                self._note((*place, index), self._at)
                self._value((*place, index))
            if self._next() == ",":
                self._at += 1
        self._at += 1
