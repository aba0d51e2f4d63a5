"""The simulator's figures and words as values. Knows no file; `config` reads them, `World` is given them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from casework.vocabulary import Category, Feed

Kind = Literal["dispute", "complaint", "tip_off", "hazard", "help", "consult", "suggestion", "utilities"]
Where = Literal["urban", "rural", "any"]
HourWeights = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One sort of trouble: how each source files it, who deals with it, how people tell it.

    `units` are department names, or "centre", "station", "judicial", "village" of the place; the first usually gets it.
    The fractions are chances; `quick` is the chance of being settled on the spot. Empty `months` means all year.
    """

    name: str
    category: Category
    kind: Kind
    codes: Mapping[Feed, str]
    path: str
    weight: Mapping[Feed, float]
    callers: tuple[str, ...]
    units: tuple[str, ...]
    titles: tuple[str, ...]
    troubles: tuple[str, ...]
    asks: tuple[str, ...]
    results: tuple[str, ...]
    where: Where = "any"
    months: tuple[int, ...] = ()
    urgent: float = 0.04
    critical: float = 0.004
    group: float = 0.02
    hard: float = 0.015
    secret: float = 0.02
    unreasonable: float = 0.008
    quick: float = 0.0
    plate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Reports a day by feed, how they grow and lean on the weekday (Monday first), and how matters repeat."""

    police110: float
    hotline12345: float
    grid: float
    growth_per_year: float
    growth_from: date
    weekday: tuple[float, float, float, float, float, float, float]
    repeated: float
    third: float
    same_phone: float
    linked: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Chances along the way of one report, all between 0 and 1 but `late_mean_hours`."""

    late: float
    late_mean_hours: float
    late_sign: float
    late_contact: float
    returned: float
    returned_twice: float
    redone: float
    declined: float
    extended: float
    reached: float
    dissatisfied: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TownshipPace:
    """How a township works: `speed` above 1 is slower, `late` multiplies overruns, `share` how much it reports."""

    speed: float = 1.0
    late: float = 1.0
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Many reports within two hours. `chance` is a day's, in its months."""

    name: str
    themes: tuple[str, ...]
    months: tuple[int, ...]
    chance: float
    smallest: int
    largest: int
    villages: int
    shares: Mapping[Feed, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Sentences added to a story; `private` and `plate` carry what must be scrubbed before it is shown."""

    dispute: tuple[str, ...]
    other: tuple[str, ...]
    private: tuple[str, ...]
    plate: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The tone of each source, around a trouble, a detail and an ask; and of results."""

    police110: tuple[str, ...]
    hotline12345: tuple[str, ...]
    grid: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Reasons, and what names are made of (one character of `surnames`, one or two of `given`)."""

    back_reasons: tuple[str, ...]
    delay_reasons: tuple[str, ...]
    decline_reasons: tuple[str, ...]
    redo_results: tuple[str, ...]
    unreasonable: tuple[str, ...]
    surnames: str
    given: str
    sources_hotline: tuple[str, ...]
    sources_grid: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceNames:
    """What addresses are made of; `rural` spots are named after their village and may have a {group} number."""

    estates: tuple[str, ...]
    roads: tuple[str, ...]
    shops: tuple[str, ...]
    sites: tuple[str, ...]
    schools: tuple[str, ...]
    rural: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of it. `history_days` is what a source sends on a first connect; gaps over `replay_days` are condensed."""

    seed: int
    history_days: int
    replay_days: float
    volume: Volume
    hours: Mapping[Feed, HourWeights]
    handling: Handling
    pace: Mapping[str, TownshipPace]
    burst: tuple[Burst, ...]
    frames: Frames
    details: Details
    words: Words
    places: PlaceNames
    theme: tuple[Theme, ...]
