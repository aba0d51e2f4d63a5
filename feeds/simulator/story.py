"""One report's life as the versions its source would send. Joins what happened with how each source writes it down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from casework.county import County
from casework.report import Allowance
from casework.vocabulary import Feed, Urgency
from feeds.simulator.course import Move, MoveKind, Terms, allowance, course, deadline, squeezed
from feeds.simulator.draw import happens, pick, seeded
from feeds.simulator.instants import HOUR, local_text
from feeds.simulator.matter import Matter, Place, Telling
from feeds.simulator.settings import Settings, TownshipPace
from feeds.simulator.wording import Wording

Record = dict[str, Any]

LEAD_CHANCE: Final = 0.8
NEAR_CHANCE: Final = {Feed.POLICE110: 0.2, Feed.HOTLINE12345: 0.05, Feed.GRID: 0.38}
NEAR_UNIT: Final = {Feed.POLICE110: "station", Feed.HOTLINE12345: "centre", Feed.GRID: "village"}
LAST_RESORT: Final = "县矛调中心"
SHORT_LIVES: Final = 4 * HOUR
ANOTHER_HOLDER: Final = frozenset({MoveKind.RETURNED, MoveKind.REDONE})


@dataclass(frozen=True, slots=True)
class Case:
    """What a source's clerk has before them: the matter, this telling of it, and how long there is."""

    county: County
    wording: Wording
    matter: Matter
    telling: Telling
    caller_type: str
    allowance: Allowance
    due: int

    def unit_name(self, code: str) -> str:
        return self.county.unit_name(code)


@dataclass(frozen=True, slots=True)
class Style:
    """How one source writes: the first version, what each move changes, and the field that carries the version time."""

    opening: Callable[[Random, Case], Record]
    changes: Callable[[Random, Case, Move, Record], Record]
    version_field: str


@dataclass(frozen=True, slots=True)
class Story:
    """One record's versions, written out only when asked for.

    `seconds` are the versions' emission times; `breaks` are the versions in which a unit lost the case or got it anew.
    """

    case: Case
    style: Style
    moves: tuple[Move, ...]
    seconds: tuple[int, ...]
    breaks: tuple[int, ...]

    @property
    def lot(self) -> float:
        return self.case.matter.lot

    def record(self, number: int) -> Record:
        """The whole record as version `number` says it: everything said so far, the newest last."""
        rng = seeded(self.case.telling.seed + 1)
        last = self.seconds[number]
        record = self.style.opening(rng, self.case)
        for move in self.moves:
            if move.at > last:
                break
            record.update(self.style.changes(rng, self.case, move, record))
        record[self.style.version_field] = local_text(last)
        return record


class Storyteller:
    """Tells the reports of one feed."""

    def __init__(self, county: County, settings: Settings, styles: Mapping[Feed, Style]) -> None:
        self._county = county
        self._settings = settings
        self._styles = styles
        self._wording = Wording(county, settings)
        self._departments = {unit.name: unit.code for unit in county.departments}
        self._usual = TownshipPace()
        self._orders: dict[tuple[str, str, str, bool], tuple[str, ...]] = {}

    def tell(self, matter: Matter, telling: Telling, *, hurried: bool) -> Story:
        """The telling's story; a hurried one (of the extra worlds) is over within hours."""
        rng = seeded(telling.seed)
        case = self._case(rng, matter, telling)
        moves = course(rng, self._terms(rng, case))
        if hurried:
            moves = squeezed(moves, telling.at, int(SHORT_LIVES * (0.15 + 0.85 * rng.random())))
        return _story(case, self._styles[telling.feed], moves)

    def _case(self, rng: Random, matter: Matter, telling: Telling) -> Case:
        caller_type = pick(rng, matter.theme.callers)
        given = _allowance(matter, telling.feed, caller_type)
        due = deadline(telling.at, given)
        return Case(self._county, self._wording, matter, telling, caller_type, given, due)

    def _terms(self, rng: Random, case: Case) -> Terms:
        matter, feed = case.matter, case.telling.feed
        return Terms(
            start=case.telling.at,
            allowance=case.allowance,
            due=case.due,
            urgency=matter.urgency,
            pace=self._settings.pace.get(matter.place.township.code, self._usual),
            handling=self._settings.handling,
            units=self._units(rng, matter, feed),
            quick=matter.theme.quick,
            may_decline=feed is not Feed.POLICE110 and matter.urgency is Urgency.ORDINARY,
            may_extend=feed is Feed.HOTLINE12345,
            may_redo=feed is not Feed.GRID,
        )

    def _units(self, rng: Random, matter: Matter, feed: Feed) -> tuple[str, ...]:
        """Who gets it first, who when that one sends it back, and who can't."""
        second_leads = not happens(rng, LEAD_CHANCE)
        near = happens(rng, NEAR_CHANCE[feed]) and matter.theme.kind != "consult"
        key = (matter.theme.name, matter.place.village.code, NEAR_UNIT[feed] if near else "", second_leads)
        found = self._orders.get(key)
        if found is None:
            found = self._orders[key] = self._order(matter, key[2], second_leads=second_leads)
        return found

    def _order(self, matter: Matter, near: str, *, second_leads: bool) -> tuple[str, ...]:
        names = list(matter.theme.units)
        if second_leads and len(names) > 1:
            names[0], names[1] = names[1], names[0]
        codes = [self.unit_code(name, matter.place) for name in [near, *names, LAST_RESORT] if name]
        return tuple(dict.fromkeys(codes))

    def unit_code(self, name: str, place: Place) -> str:
        """A department by its name, or the place's own unit of that sort."""
        township = place.township
        local = {
            "centre": township.centre,
            "station": township.station,
            "judicial": township.judicial_office,
            "village": place.village.code,
        }
        return local[name] if name in local else self._departments[name]


def _allowance(matter: Matter, feed: Feed, caller_type: str) -> Allowance:
    """The hotline goes by what the caller wants, the others by the matter."""
    kind = matter.theme.kind
    if feed is Feed.HOTLINE12345 and kind != "utilities":
        kind = "help" if caller_type in ("咨询", "求助") else "complaint"
    return allowance(kind, matter.urgency)


def _story(case: Case, style: Style, moves: tuple[Move, ...]) -> Story:
    """Moves of one second make one version."""
    seconds: list[int] = []
    breaks: list[int] = []
    for move in moves:
        if not seconds or move.at != seconds[-1]:
            seconds.append(move.at)
        if move.kind in ANOTHER_HOLDER:
            breaks.append(len(seconds) - 1)
    return Story(case, style, moves, tuple(seconds), tuple(breaks))
