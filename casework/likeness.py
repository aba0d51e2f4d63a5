"""How alike two reports are, in points for each kind of evidence. Knows reports' features; no database, no clock.

Points are logarithms of odds, so they add: score = 1 / (1 + e^-points). What is not told brings none.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from casework.places import Spot, Told, compared, metres, normal
from casework.vocabulary import Appeal, Category, Feed

HOUR: Final = 3600.0
WORDING_LENGTH: Final = 400
PIECE: Final = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
DIVISION_MARK: Final = re.compile(r"[a-z]\d*[市区县]")
VALUE_OF: Final = {
    Told.SAME: 1.0,
    Told.SPOT: 0.5,
    Told.ALIKE: 0.5,
    Told.ECHO: 0.45,
    Told.AROUND: 0.1,
    Told.UNLIKE: -0.5,
    Told.OTHER: -1.0,
}
"""How far two places agree by what is told of them alone."""
IN_COMMON: Final = frozenset({Told.SAME, Told.SPOT, Told.ALIKE})
ANCHOR: Final = 0.6
"""An address, or a name in common and some seventy metres apart."""
ANCHOR_OF_COPIES: Final = 0.5
ELSEWHERE: Final = -0.5
COPY: Final = 0.8
"""From this share of wording on, one text is taken for a copy of the other: then a name in common will do."""


class Features(NamedTuple):
    """What is compared of a report. Texts are scrubbed; `phones` are keyed hashes of the citizen's numbers; `place` is the
    address as told; `links` are the keys (feed:id) of reports it names; lon and lat are WGS-84 degrees."""

    key: str
    feed: Feed
    reported_at: datetime
    links: frozenset[str] = frozenset()
    phones: frozenset[bytes] = frozenset()
    category: Category = Category.OTHER
    appeal: Appeal = Appeal.UNKNOWN
    township: str | None = None
    village: str | None = None
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    title: str = ""
    text: str = ""


class Traits(NamedTuple):
    """A report's features made ready for comparing, once for all comparisons: where it says it is, and the pieces of its
    wording (of the title alone, and of the whole)."""

    features: Features
    spot: Spot
    title: frozenset[str]
    wording: frozenset[str]


class Sign(StrEnum):
    """What speaks for or against two reports being one matter; each can be told as a sentence."""

    LINKED = "linked"  # one names the other
    PHONE = "phone"  # the same phone
    ADDRESS = "address"  # the same address, word for word
    PLACE = "place"  # the same estate, school, house or village group
    ECHO = "echo"  # the titles have a run of words in common
    AROUND = "around"  # the same village or road
    NEIGHBOUR = "neighbour"  # another house or road
    ELSEWHERE = "elsewhere"  # another estate, building, village group or township
    METRES = "metres"  # number: how far apart
    CATEGORY = "category"  # the same category
    OTHER_CATEGORY = "other_category"
    HOURS = "hours"  # number: how long apart
    WORDING = "wording"  # number: the share of wording in common, from 0 to 1


SIGN_OF: Final = {
    Told.SAME: Sign.ADDRESS,
    Told.SPOT: Sign.PLACE,
    Told.ALIKE: Sign.PLACE,
    Told.ECHO: Sign.ECHO,
    Told.AROUND: Sign.AROUND,
    Told.UNLIKE: Sign.NEIGHBOUR,
    Told.OTHER: Sign.ELSEWHERE,
}


class Fact(NamedTuple):
    """One sign; `number` as the sign says, `None` for those that have none."""

    sign: Sign
    number: float | None = None


class Likeness(NamedTuple):
    """The score (0 to 1) and what it is made of; `None` is "not told by both".

    `place` is the places' agreement, from -1 (another place) to 1 (the same), out of `told`, `metres` and `township`
    (whether the township is the same). `wording` is a share, `whole` that of the whole texts; `hours` are never negative.
    """

    score: float
    linked: bool
    phone: bool | None
    place: float | None
    told: Told | None
    metres: float | None
    township: bool | None
    category: bool | None
    hours: float
    wording: float | None
    whole: float | None

    @property
    def anchored(self) -> bool:
        """Whether the two have a place that is told, or a phone, in common, and not two houses.

        Wording alone never makes one matter, nor do coordinates: who knows no address often sends the middle of the town.
        """
        if self.linked:
            return True
        if self.phone:
            return self.told is not Told.UNLIKE
        copied = self.whole is not None and self.whole >= COPY
        at_least = ANCHOR_OF_COPIES if copied else ANCHOR
        return self.told in IN_COMMON and self.place is not None and self.place >= at_least

    @property
    def elsewhere(self) -> bool:
        """Whether the two tell of different places."""
        return self.place is not None and self.place <= ELSEWHERE


@dataclass(frozen=True, slots=True)
class Line:
    """Straight lines between points (x rising), level before the first and after the last."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def at(self, x: float) -> float:
        if x <= self.xs[0]:
            return self.ys[0]
        for index in range(1, len(self.xs)):
            if x < self.xs[index]:
                share = (x - self.xs[index - 1]) / (self.xs[index] - self.xs[index - 1])
                return self.ys[index - 1] + share * (self.ys[index] - self.ys[index - 1])
        return self.ys[-1]


@dataclass(frozen=True, slots=True)
class Weights:
    """Points: `base` of any two reports; `phone` of the same phone; `place` at agreement -1, 0 and 1; `category` the same and
    another; `wording` by the share in common; `time` by the logarithm of 1 + hours apart; `near`: agreement by metres."""

    base: float
    phone: float
    place_same: float
    place_other: float
    category_same: float
    category_other: float
    wording: Line
    time: Line
    near: Line

    def place(self, agreement: float) -> float:
        return agreement * (self.place_same if agreement > 0 else -self.place_other)

    @property
    def wording_most(self) -> float:
        return max(self.wording.ys)

    @property
    def most_unanchored(self) -> float:
        """The most points of two reports that have neither a place nor a phone in common."""
        return self.base + self.category_same + max(self.time.ys) + self.wording_most

    @property
    def most_elsewhere(self) -> float:
        """The most points of two reports about two places."""
        return self.most_unanchored + self.phone + self.place_other


def pieces(text: str) -> frozenset[str]:
    """The pieces wording is compared by: pairs of neighbouring Chinese characters, and whole words of Latin letters and
    digits. Names of cities and districts made unreadable (A3区) are left out."""
    found: set[str] = set()
    for run in PIECE.findall(DIVISION_MARK.sub(" ", normal(text[:WORDING_LENGTH]))):
        if run.isascii():
            found.add(run)
        else:
            found.update(map("".join, pairwise(run)))
    return frozenset(found)


def likeness(one: Traits, other: Traits, weights: Weights) -> Likeness:
    """How alike two reports are. Symmetric."""
    mine, theirs = one.features, other.features
    linked = mine.key in theirs.links or theirs.key in mine.links
    phone = _same_phone(mine, theirs)
    told, apart = compared(one.spot, other.spot), _metres(mine, theirs)
    township = None if mine.township is None or theirs.township is None else mine.township == theirs.township
    place = agreement(told, apart, township, weights.near)
    category = _same_category(mine, theirs)
    hours = abs((mine.reported_at - theirs.reported_at).total_seconds()) / HOUR
    whole = dice(one.wording, other.wording) if one.wording and other.wording else None
    wording = whole
    if whole is not None and one.title and other.title:
        wording = max(whole, dice(one.title, other.title))  # a title says most in fewest words
    points = weights.base + weights.time.at(math.log1p(hours))
    if phone:
        points += weights.phone
    if place is not None:
        points += weights.place(place)
    if category is not None:
        points += weights.category_same if category else weights.category_other
    if wording is not None:
        points += weights.wording.at(wording)
    score = 1.0 if linked else 1 / (1 + math.exp(-points))
    return Likeness(score, linked, phone, place, told, apart, township, category, hours, wording, whole)


def most_points(one: Traits, other: Traits, weights: Weights) -> float:
    """What two reports could come to at most, by what costs little to look at: time, phone, category and metres."""
    mine, theirs = one.features, other.features
    if mine.key in theirs.links or theirs.key in mine.links:
        return math.inf
    hours = abs((mine.reported_at - theirs.reported_at).total_seconds()) / HOUR
    points = weights.base + weights.time.at(math.log1p(hours)) + weights.wording_most
    if _same_phone(mine, theirs):
        points += weights.phone
    category = _same_category(mine, theirs)
    if category is not None:
        points += weights.category_same if category else weights.category_other
    apart = _metres(mine, theirs)
    return points + weights.place(1.0 if apart is None else (1.0 + weights.near.at(apart)) / 2)


def agreement(told: Told | None, apart: float | None, township: bool | None, near: Line) -> float | None:
    """How far two places agree, from -1 to 1: what is told and how far apart they lie, each for what it is worth.

    Another estate or building is another place however near: geocoders know no buildings. Houses that differ are another
    place unless they are known to be close. Without coordinates another township is another place. Otherwise it is the mean
    of what is told (nothing, and an echo, count 0) and what the metres say.
    """
    if told is Told.OTHER:
        return -1.0
    if apart is None:
        if township is False or told is Told.UNLIKE:
            return -1.0
        return None if told is None else VALUE_OF[told]
    by_name = 0.0 if told is None or told is Told.ECHO else VALUE_OF[told]
    return (by_name + near.at(apart)) / 2


def evidence(likeness: Likeness) -> tuple[Fact, ...]:
    """What speaks for and against, as facts that can each be told in a sentence, in the order they are told."""
    facts = [Fact(Sign.LINKED)] if likeness.linked else []
    if likeness.phone:
        facts.append(Fact(Sign.PHONE))
    if likeness.told is not None:
        facts.append(Fact(SIGN_OF[likeness.told]))
    elif likeness.metres is None and likeness.township is False:
        facts.append(Fact(Sign.ELSEWHERE))
    if likeness.metres is not None:
        facts.append(Fact(Sign.METRES, likeness.metres))
    if likeness.category is not None:
        facts.append(Fact(Sign.CATEGORY if likeness.category else Sign.OTHER_CATEGORY))
    facts.append(Fact(Sign.HOURS, likeness.hours))
    if likeness.wording is not None:
        facts.append(Fact(Sign.WORDING, likeness.wording))
    return tuple(facts)


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of pieces in common (L. R. Dice, 1945); 0 when there are none at all."""
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0


def _same_phone(one: Features, other: Features) -> bool | None:
    if not one.phones or not other.phones:
        return None
    return not one.phones.isdisjoint(other.phones)


def _same_category(one: Features, other: Features) -> bool | None:
    """Category 99 is what no source's code could be mapped to: it says nothing."""
    if Category.OTHER in (one.category, other.category):
        return None
    return one.category is other.category


def _metres(one: Features, other: Features) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    return metres(one.lon, one.lat, other.lon, other.lat)
