"""Takes told places apart and says whether two of them can be one. Knows words and metres; no report, no map, no file.

Chinese addresses go from the large to the small: 城关街道新华路12号锦绣家园3号楼. What counts is the small: names with one of
the known ends, and the numbers of buildings, groups and houses.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple, TypeVar

DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TEN: Final = "十"
NUMERALS: Final = "".join(DIGITS) + TEN
HAN: Final = r"\u3400-\u9fff"
DIVISION: Final = re.compile(r"[a-z]?\d*(?<![超城夜都])市(?![场民政])|[a-z]?\d*(?<![小社校园景新])区|[a-z]\d*县")
NOT_A_NAME: Final = re.compile(rf"[^{HAN}a-z0-9]+")
LONGEST_NAME: Final = 8
TAIL: Final = 2
RUN: Final = 4
MOST_RUNS: Final = 16
SHORTEST_ADDRESS: Final = 6
EARTH_METRES: Final = 6_371_000

T = TypeVar("T")


class Kind(StrEnum):
    """What a name names, or a number counts."""

    AREA = "area"
    VILLAGE = "village"
    BODY = "body"
    ROAD = "road"
    BUILDING = "building"
    GROUP = "group"
    HOUSE = "house"


NAMED: Final = (Kind.AREA, Kind.VILLAGE, Kind.BODY, Kind.ROAD)
COUNTED: Final = (Kind.BUILDING, Kind.GROUP, Kind.HOUSE)


class Told(StrEnum):
    """How two told places compare."""

    SAME = "same"  # word for word, but for what is larger (the county, the township)
    SPOT = "spot"  # word for word, but without any number: an estate, a school's gate, a well
    ALIKE = "alike"  # an estate, a school, a house or a village group in common, and nothing against it
    ECHO = "echo"  # no name we know of, but a run of characters in common where the place is told in a title
    AROUND = "around"  # no more than a village or a road in common
    UNLIKE = "unlike"  # houses or roads differ: neighbours, perhaps
    OTHER = "other"  # another estate, building or village group


class Name(NamedTuple):
    """A name: what comes before its end, which may begin with what does not belong to it, and the end."""

    core: str
    end: str

    @property
    def tail(self) -> str:
        """What names of one place have in common, whatever was written before them."""
        return self.core[-TAIL:] + self.end

    def like(self, other: "Name") -> bool:
        """One ends with the other, or they share so long a tail that what comes before is not part of the name."""
        if self.end != other.end or self.core[-TAIL:] != other.core[-TAIL:]:
            return False
        nearly = self.core[-TAIL - 1 :] == other.core[-TAIL - 1 :]
        return nearly or self.core.endswith(other.core) or other.core.endswith(self.core)


class Spot(NamedTuple):
    """A told place: its normalised text, and names and numbers by their kind (kinds without any are absent).

    A place told in a sentence has no text of its own, but `runs`: the pieces of the sentence a name we don't know may be in.
    """

    text: str
    names: Mapping[Kind, frozenset[Name]]
    numbers: Mapping[Kind, frozenset[int]]
    runs: frozenset[str] = frozenset()

    @property
    def told(self) -> bool:
        return bool(self.names or self.numbers)

    @property
    def exact(self) -> bool:
        """Whether it tells a number, by which neighbours can be told apart."""
        return bool(self.numbers) or (self.text.isascii() and any(map(str.isdecimal, self.text)))

    @property
    def tells_enough(self) -> bool:
        """Whether the text names more than a township: by our words, or (in another script) by its length."""
        return len(self.text) >= SHORTEST_ADDRESS and (self.told or self.text.isascii())


NOWHERE: Final = Spot("", {}, {})


@dataclass(frozen=True)
class PlaceWords:
    """The words places are told with: `ends` of names and counters of numbers by kind, `cuts` no name goes beyond, and
    `nobodys`, beginnings that name no place (本小区, 安置小区)."""

    ends: Mapping[Kind, tuple[str, ...]]
    cuts: tuple[str, ...]
    nobodys: tuple[str, ...]

    def read(self, text: str) -> Spot:
        """The place a text tells."""
        plain = normal(text)
        if not plain:
            return NOWHERE
        numbers: dict[Kind, set[int]] = {}
        for found in self._number.finditer(plain):
            numbers.setdefault(self._kinds[found["end"]], set()).add(number(found["number"]))
        names: dict[Kind, set[Name]] = {}
        for piece in self._pieces.split(self._number.sub("|", plain)):
            for found in self._name.finditer(piece):
                if not found["core"].startswith(self.nobodys):
                    names.setdefault(self._kinds[found["end"]], set()).add(Name(found["core"], found["end"]))
        return Spot(plain, _frozen(names), _frozen(numbers))

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {end: kind for kind, ends in self.ends.items() for end in ends}

    @cached_property
    def _name(self) -> re.Pattern[str]:
        ends = _any_of(end for kind in NAMED for end in self.ends.get(kind, ()))
        return re.compile(rf"(?P<core>[{HAN}a-z0-9]{{2,{LONGEST_NAME}}}?)(?P<end>{ends})")

    @cached_property
    def _number(self) -> re.Pattern[str]:
        ends = _any_of(end for kind in COUNTED for end in self.ends.get(kind, ()))
        return re.compile(rf"(?P<number>\d{{1,5}}|[{NUMERALS}]{{1,4}})(?P<end>{ends})")

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        return re.compile(rf"{DIVISION.pattern}|{NOT_A_NAME.pattern}|{_any_of(self.cuts)}")


def normal(text: str) -> str:
    """Half-width, lower-case, without blanks at the ends or doubled."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def number(numeral: str) -> int:
    """The value of Arabic digits or of a Chinese numeral below a hundred; digits without a ten are read one by one."""
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, ones = numeral.rpartition(TEN)
    if ten:
        return 10 * _digits(tens, 1) + _digits(ones, 0)
    return _digits(numeral, 0)


def compared(one: Spot, other: Spot) -> Told | None:
    """How two told places compare; `None` when they have nothing to compare. The finer kind decides."""
    if (
        one.tells_enough
        and other.tells_enough
        and (_ends_with(one.text, other.text) or _ends_with(other.text, one.text))
    ):
        return Told.SAME if one.exact and other.exact else Told.SPOT
    area = _named_alike(one, other, Kind.AREA)
    group = _counted_alike(one, other, Kind.GROUP)
    if area is False or group is False or _counted_alike(one, other, Kind.BUILDING) is False:
        return Told.OTHER
    village = _named_alike(one, other, Kind.VILLAGE)
    if village is False and area is None:
        return Told.OTHER
    house = _counted_alike(one, other, Kind.HOUSE)
    road = _named_alike(one, other, Kind.ROAD)
    body = _named_alike(one, other, Kind.BODY)
    if house is False or road is False or (body is False and area is None):
        return Told.UNLIKE
    if area or body or (village and group) or (road and house):
        return Told.ALIKE
    if not one.runs.isdisjoint(other.runs):
        return Told.ECHO
    return Told.AROUND if village or road else None


def runs(text: str) -> tuple[str, ...]:
    """Every four characters that stand next to each other in a sentence, its punctuation left out; the first sixteen."""
    plain = "".join(character for character in normal(text) if character.isalnum())
    return tuple(plain[start : start + RUN] for start in range(max(0, len(plain) - RUN + 1)))[:MOST_RUNS]


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two points in WGS-84 degrees, right to a thousandth within a county."""
    east = math.radians(other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return EARTH_METRES * math.hypot(east, math.radians(other_lat - lat))


def _ends_with(text: str, end: str) -> bool:
    """Whether a text is another with something before it; 15号 is not 5号 with something before it."""
    before = text.removesuffix(end)
    return text == end or (before != text and not before[-1].isdecimal())


def _named_alike(one: Spot, other: Spot, kind: Kind) -> bool | None:
    mine, theirs = one.names.get(kind), other.names.get(kind)
    if not mine or not theirs:
        return None
    return any(name.like(known) for name in mine for known in theirs)


def _counted_alike(one: Spot, other: Spot, kind: Kind) -> bool | None:
    mine, theirs = one.numbers.get(kind), other.numbers.get(kind)
    return None if not mine or not theirs else not mine.isdisjoint(theirs)


def _digits(numerals: str, otherwise: int) -> int:
    value = 0
    for digit in numerals:
        value = 10 * value + DIGITS.get(digit, 0)
    return value if numerals else otherwise


def _any_of(words: Iterable[str]) -> str:
    """A pattern that takes the longest of the words; of none, one that never fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def _frozen(found: Mapping[Kind, set[T]]) -> dict[Kind, frozenset[T]]:
    return {kind: frozenset(each) for kind, each in found.items()}
