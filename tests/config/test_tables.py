"""A complaint names the file, the line and the field, however the file is written."""

import datetime
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import RuleError
from casework.vocabulary import Urgency
from config.tables import Table, read_table, required, word, words
from tests.records import CONFIG

RULES = """\
# Limits of the county.
version = "2026-1"
effective_from = 2026-01-01
days_off = [
    2026-01-01,  # ] = no end
    "2026-01-02",
]

[sign]
urgent = { hours = 2, from = { unit = [
    "a",
    "b" ] } }
'ordinary'.working_days = 1
note = '''
[finish]
finsh = 1'''

[finish.urgency]
"010101" = 24

[[step]]
name = "first"
until = 08:30:00

[[step]]
name = 2
  [step.limit]
  hours = 0
  [[step.who]]
  [[ step . "who" ]]  # the second
  lead = 1

[finish]
other.limit = true
"""


@pytest.fixture(name="rules")
def _rules(tmp_path: Path) -> Table:
    return written(tmp_path, RULES)


def written(folder: Path, text: str) -> Table:
    return read_table(saved(folder, text.encode()))


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "clocks.toml"
    path.write_bytes(content)
    return path


def line_of(text: str) -> int:
    return RULES[: RULES.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("version",), "version"),
        (("days_off",), "days_off"),
        (("days_off", 0), "2026-01-01,"),
        (("days_off", 1), '"2026-01-02"'),
        (("sign",), "[sign]"),
        (("sign", "urgent"), "urgent"),
        (("sign", "urgent", "hours"), "urgent"),
        (("sign", "urgent", "from", "unit"), "urgent"),
        (("sign", "urgent", "from", "unit", 1), '"b"'),
        (("sign", "ordinary"), "'ordinary'"),
        (("sign", "ordinary", "working_days"), "'ordinary'"),
        (("sign", "note"), "note"),
        (("finish",), "[finish]\nother"),
        (("finish", "urgency"), "[finish.urgency]"),
        (("finish", "urgency", "010101"), '"010101"'),
        (("finish", "other", "limit"), "other.limit"),
        (("step",), '[[step]]\nname = "first"'),
        (("step", 0), '[[step]]\nname = "first"'),
        (("step", 1), "[[step]]\nname = 2"),
        (("step", 1, "name"), "name = 2"),
        (("step", 1, "limit", "hours"), "hours = 0"),
        (("step", 1, "who", 0), "[[step.who]]"),
        (("step", 1, "who", 1), '[[ step . "who" ]]'),
        (("step", 1, "who", 1, "lead"), "lead = 1"),
    ],
)
def test_every_field_is_found_where_it_is_written(rules: Table, place: tuple[str | int, ...], text: str) -> None:
    assert rules.line(*place) == line_of(text)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("nothing",), "# Limits"),
        (("nothing", "inside", 3), "# Limits"),
        (("sign", "critical"), "[sign]"),
        (("sign", "urgent", "days"), "urgent"),
        (("step", 1, "until"), "[[step]]\nname = 2"),
        (("step", 2), '[[step]]\nname = "first"'),
        (("finish", "finsh"), "[finish]\nother"),
    ],
)
def test_a_missing_field_has_the_line_of_the_table_it_should_be_in(
    rules: Table, place: tuple[str | int, ...], text: str
) -> None:
    assert rules.line(*place) == line_of(text)


def test_a_table_inside_counts_from_where_it_is(rules: Table) -> None:
    step = rules.tables("step")[1]
    assert step.line() == line_of("[[step]]\nname = 2")
    assert step.table("limit").line("hours") == line_of("hours = 0")
    assert str(step.table("limit").error("too short", "hours")).endswith(": step[1].limit.hours: too short")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_end_as_they_like(tmp_path: Path, ending: str) -> None:
    table = written(tmp_path, RULES.replace("\n", ending))
    assert table.line("step", 1, "who", 1, "lead") == line_of("lead = 1")


@pytest.mark.parametrize(
    ("read", "complaint"),
    [
        (lambda table: table.text("effective_from"), "3: effective_from: expected text, found 2026-01-01"),
        (lambda table: table.text("author"), "1: author: expected text, found nothing"),
        (lambda table: table.texts("version"), "2: version: expected a list, found '2026-1'"),
        (lambda table: table.texts("days_off"), "5: days_off[0]: expected text, found 2026-01-01"),
        (lambda table: table.whole("version"), "2: version: expected a whole number, found '2026-1'"),
        (lambda table: table.flag("version"), "2: version: expected true or false, found '2026-1'"),
        (lambda table: table.date("version"), "2: version: expected a date like 2026-01-31, found '2026-1'"),
        (
            lambda table: table.dates("days_off"),
            "6: days_off[1]: expected a date like 2026-01-31, found '2026-01-02'",
        ),
        (lambda table: table.time("version"), "2: version: expected a time like 08:30:00, found '2026-1'"),
        (lambda table: table.table("days_off"), "4: days_off: expected a table, found a list"),
        (lambda table: table.tables("days_off"), "5: days_off[0]: expected a table, found 2026-01-01"),
        (lambda table: table.tables("sign"), "9: sign: expected a list, found a table"),
        (lambda table: table.tables("step")[1].text("name"), "26: step[1].name: expected text, found 2"),
        (lambda table: required(table, "version", int), "2: version: expected int, found '2026-1'"),
        (lambda table: required(table, "finish.other.limit", int), "34: finish.other.limit: expected int, found true"),
        (lambda table: words(table, "version", Urgency), "2: version: expected a table, found '2026-1'"),
        (
            lambda table: words(table.table("finish"), "other", Urgency),
            "34: finish.other.limit: True is none of critical, urgent, ordinary",
        ),
        (
            lambda table: word("urgnt", Urgency, table, "sign"),
            "9: sign: 'urgnt' is none of critical, urgent, ordinary",
        ),
        (
            lambda table: table.only("version", "date"),
            "3: effective_from: is no field here; is it misspelt? known: version, date",
        ),
        (
            lambda table: table.table("sign").only(*Urgency),
            "14: sign.note: is no field here; is it misspelt? known: critical, urgent, ordinary",
        ),
    ],
)
def test_what_is_wrong_is_said_by_file_line_and_field(
    rules: Table, read: Callable[[Table], object], complaint: str
) -> None:
    with pytest.raises(RuleError) as refused:
        read(rules)
    assert str(refused.value) == f"{rules.path}:{complaint}"


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        ("0", {"least": 1}, "a whole number, 1 or more, found 0"),
        ("8", {"most": 7}, "a whole number, 7 or less, found 8"),
        ("8", {"least": 1, "most": 7}, "a whole number from 1 to 7, found 8"),
        ("0", {"least": 1, "most": 7}, "a whole number from 1 to 7, found 0"),
        ("true", {}, "a whole number, found true"),
        ("1.0", {}, "a whole number, found 1.0"),
        ("{}", {"least": 0}, "a whole number, 0 or more, found a table"),
    ],
)
def test_a_number_that_does_not_fit_is_refused(
    tmp_path: Path, value: str, limits: dict[str, int], expected: str
) -> None:
    with pytest.raises(RuleError, match=f":1: days: expected {expected}$"):
        written(tmp_path, f"days = {value}").whole("days", **limits)


def test_values_come_as_what_they_are(rules: Table, tmp_path: Path) -> None:
    assert rules.text("version") == "2026-1"
    assert rules.date("effective_from") == datetime.date(2026, 1, 1)
    assert rules.tables("step")[0].time("until") == datetime.time(8, 30)
    assert rules.table("finish").table("other").flag("limit") is True
    assert rules.tables("step")[1].table("limit").whole("hours", least=0, most=0) == 0
    assert rules.table("sign").table("urgent").table("from").texts("unit") == ["a", "b"]
    assert rules.tables("nothing") == []
    assert required(rules, "finish.urgency.010101", int) == 24
    assert required(rules, "finish.urgency", dict).whole("010101") == 24
    assert words(written(tmp_path, '[urgency]\n1 = "critical"'), "urgency", Urgency) == {"1": Urgency.CRITICAL}
    assert words(rules, "nothing", Urgency) == {}
    assert written(tmp_path, "d = [2026-10-01]").dates("d") == [datetime.date(2026, 10, 1)]


def test_a_date_with_a_time_of_day_is_no_date(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=":2: from: expected a date"):
        written(tmp_path, "\nfrom = 2026-01-01 08:30:00").date("from")


def test_a_table_with_known_fields_alone_is_taken(rules: Table) -> None:
    rules.only("version", "effective_from", "days_off", "sign", "finish", "step", "another")


def test_a_whole_file_reads_like_a_dictionary(rules: Table) -> None:
    assert rules == tomllib.loads(RULES)
    assert rules["sign"]["urgent"]["hours"] == 2


def test_a_name_that_is_no_plain_word_is_quoted(tmp_path: Path) -> None:
    table = written(tmp_path, '"a.b" = 1\n"处置中" = 2\n"" = 3\n')
    assert str(table.error("no", "a.b")) == f'{table.path}:1: "a.b": no'
    assert str(table.error("no", "处置中")) == f"{table.path}:2: 处置中: no"
    assert str(table.error("no", "")) == f'{table.path}:3: "": no'
    assert str(table.error("no")) == f"{table.path}:1: no"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a = 1\n[b\nc = 2\n", ":2: Expected ']' at the end of a table declaration (column 3)"),
        (b"a = 1\nb = ", ":2: b: Invalid value (at the end of the file)"),
        (b'a = 1\nb = """\nc\n\n', ":3: b: Unterminated string (at the end of the file)"),
        (b"a = 1\r\n\r\na = 2\r\n", ":3: a: Cannot overwrite a value (column 6)"),
        (b"a = 1\neffective_from = 2026-02-30\n", ":2: effective_from: Invalid date or datetime (column 18)"),
        (b"a.b = 2026-13-01\n", ":1: a.b: Expected newline or end of document after a statement (column 11)"),
        (b"a = 1\n[[day]]\noff = [\n  2026-02-01,\n  2026-02-30,\n]\n", ":5: off: Invalid date or datetime (column 3)"),
        (b"a = 1\nb c = 2\n", ":2: Expected '=' after a key in a key/value pair (column 3)"),
        (b"a = 1\n" * 20_000 + b"# \xff\n", ":20001: the text is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_refused_by_file_and_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = saved(tmp_path, content)
    with pytest.raises(RuleError) as refused:
        read_table(path)
    assert str(refused.value) == f"{path}{complaint}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"nowhere\.toml: the file is missing$"):
        read_table(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("path", sorted(CONFIG.rglob("*.toml")), ids=lambda path: path.name)
def test_in_our_own_files_every_field_is_found_where_its_name_stands(path: Path) -> None:
    table = read_table(path)
    lines = path.read_text(encoding="utf-8").split("\n")
    for place, _ in leaves(dict(table)):
        if isinstance(place[-1], str):
            assert place[-1] in lines[table.line(*place) - 1], place


# Every generated value holds a mark that is nowhere else in the text, so the line it is on can be seen without a scan.
# A header's mark is in its comment, and once more in the table's first field, `home`.
MARKS = 9_000_000
NOISE = ["key = 1", "[table]", "[[table]]", "} ]", "a.b = { c = [", "# 1", "'", '"', ""]
WORD = st.sampled_from(["a", "b", "key", "table", "1", "010101", "-", "_x"])
NAME = WORD | st.text(alphabet="ab1.#=[]{}\"', \\\t\n处置é", max_size=4)
Tree = dict[str, Any]
"""Names and what is behind them: None for a value, a `Tree` for a table, a list of them for an array of tables."""


class Dotted(Tree):
    """A table written as dotted keys."""


class Writer:
    """Writes a random document; what it means is left to `tomllib`."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._marks = count(1)

    def document(self) -> str:
        return self._body(self._tree(3), (), "", may_follow=False) + self._pick("", "# the end", "\n\n")

    def _pick(self, *texts: str) -> str:
        return self._draw(st.sampled_from(texts))

    def _number(self, most: int, least: int = 0) -> int:
        return self._draw(st.integers(least, most))

    def _names(self) -> list[str]:
        return self._draw(st.lists(NAME, min_size=1, max_size=4, unique=True))

    def _tree(self, depth: int) -> Tree:
        return {name: self._member(depth) for name in self._names()}

    def _member(self, depth: int) -> object:
        kind = self._pick("value", "value", "dotted", *(("table", "tables") if depth else ()))
        if kind == "table":
            return self._tree(depth - 1)
        if kind == "tables":
            return [self._tree(depth - 1) for _ in range(self._number(3, least=1))]
        return self._dotted(2) if kind == "dotted" else None

    def _dotted(self, depth: int) -> Dotted:
        return Dotted(
            {name: self._dotted(depth - 1) if depth and not self._number(2) else None for name in self._names()}
        )

    def _body(self, tree: Tree, place: tuple[str, ...], header: str, *, may_follow: bool) -> str:
        """The header, its pairs and the tables inside, some of which may stand before the header."""
        inside = [self._inside(value, (*place, name)) for name, value in tree.items() if type(value) in (dict, list)]
        inside = self._draw(st.permutations(inside))
        early = self._number(len(inside)) if may_follow else 0
        pairs = [self._pairs(value, (name,)) for name, value in tree.items() if value is None or type(value) is Dotted]
        return "".join([*inside[:early], self._noise(), header, *pairs, *inside[early:]])

    def _inside(self, value: Any, place: tuple[str, ...]) -> str:
        if isinstance(value, list):
            return "".join(self._body(each, place, self._header("[[", place, "]]"), may_follow=False) for each in value)
        if all(type(each) in (dict, list) for each in value.values()) and not self._number(2):
            return self._body(value, place, "", may_follow=False)
        return self._body(value, place, self._header("[", place, "]"), may_follow=True)

    def _header(self, opening: str, place: tuple[str, ...], closing: str) -> str:
        gap = self._pick("", " ", "\t")
        mark = MARKS + next(self._marks)
        header = f"{gap}{opening}{gap}{self._key(place)}{gap}{closing}{gap}# {mark} = [ '\n"
        return f"{header}{self._noise()}{gap}home = {mark}{self._end()}"

    def _pairs(self, value: Any, place: tuple[str, ...]) -> str:
        if isinstance(value, Dotted):
            return "".join(self._pairs(each, (*place, name)) for name, each in value.items())
        gap = self._pick("", " ", "\t")
        return f"{self._noise()}{gap}{self._key(place)}{gap}={gap}{self._value(2)}{self._end()}"

    def _key(self, place: tuple[str, ...]) -> str:
        return self._pick(".", " . ", "\t.").join(self._spelt(name) for name in place)

    def _spelt(self, name: str) -> str:
        ways = [json.dumps(name, ensure_ascii=False), json.dumps(name)]
        if re.fullmatch(r"[A-Za-z0-9_-]+", name):
            ways.append(name)
        if "'" not in name and "\n" not in name:
            ways.append(f"'{name}'")
        return self._pick(*ways)

    def _value(self, depth: int) -> str:
        mark = next(self._marks)
        day = datetime.date.min + datetime.timedelta(days=mark)
        number = MARKS + mark
        kinds: list[Callable[[], str]] = [
            lambda: str(number),
            lambda: f"{number}.5e3",
            day.isoformat,
            lambda: f"{day} 07:00:00",
            lambda: f"{day}T07:00:00.25+08:00",
            lambda: self._pick("true", "-inf", "0x1F", "+1_000", "07:00:00", '""', "''"),
            lambda: f'"{number} # [ \\" {{"',
            lambda: f"'{number} # ] \\'",
            lambda: self._long('"""', number, [*NOISE, '\\"""', "'''", "\\\\", "next \\"]),
            lambda: self._long("'''", number, [*NOISE, '"""', "\\"]),
        ]
        if depth:
            kinds += [lambda: self._array(depth - 1), lambda: self._braces(depth - 1)]
        return self._draw(st.sampled_from(kinds))()

    def _long(self, quotes: str, number: int, noise: list[str]) -> str:
        lines = self._draw(st.lists(st.sampled_from(noise), max_size=4))
        left_over = quotes[: self._number(2)]
        return "\n".join([f"{quotes}{number}", *lines, f"end{left_over}{quotes}"])

    def _array(self, depth: int) -> str:
        values = [self._blank() + self._value(depth) + self._blank() for _ in range(self._number(3))]
        return f"[{','.join(values)}{',' if values and self._number(1) else ''}{self._blank()}]"

    def _braces(self, depth: int) -> str:
        names = self._names()[self._number(1) :]
        below = self._draw(st.lists(NAME, max_size=2))
        pairs = [f" {self._key((name, *below))} = {self._value(depth)} " for name in names]
        return f"{{{','.join(pairs)}}}"

    def _blank(self) -> str:
        """What may stand between the values of an array."""
        return self._pick("", " ", "\n", "\n\n\t", " # ] = ' \"\n", "\n# [x]\n")

    def _noise(self) -> str:
        """What may stand between statements."""
        return self._pick("", "", "\n", "# key = 1\n", ' # [table] """\n', "\t\n#'''\n")

    def _end(self) -> str:
        return self._pick("\n", "\n", " # key = [ '\n", "\t\n\n")


@st.composite
def documents(draw: st.DrawFn) -> str:
    return Writer(draw).document()


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*place, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*place, index))
    else:
        yield place, value


def mark_in(value: object) -> str | None:
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    found = re.search(r"9\d{6}", str(value))
    return found and found.group()


@given(documents())
def test_the_line_found_is_the_line_where_the_value_was_written(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    table = written(tmp_path_factory.getbasetemp(), text)
    for place, value in leaves(dict(table)):
        mark = mark_in(value)
        if mark is not None:
            assert table.line(*place) == text.count("\n", 0, text.rindex(mark)) + 1, place
        if mark is not None and place[-1] == "home":
            assert table.line(*place[:-1], "nowhere") == text.count("\n", 0, text.index(mark)) + 1, place
