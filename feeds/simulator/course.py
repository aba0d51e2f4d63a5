"""How one report is handled, from registering to closing, as moves at epoch seconds. Knows no feed's field names.

Lateness is drawn against the same promise the centre keeps (reported + allowance, working days by the calendar), so
that overdue cases come out as rare, and as unevenly spread over townships, as the settings say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from casework.calendar import Calendar
from casework.report import Allowance
from casework.vocabulary import Urgency
from feeds.simulator.draw import happens, pick_weighed
from feeds.simulator.instants import DAY, HOUR, LOCAL_OFFSET, MICRO, MINUTE, instant_of, local_hour, sequence_at
from feeds.simulator.settings import Handling, Kind, TownshipPace

OPENS: Final = 8
SHUTS: Final = 18
LONGEST: Final = 38 * DAY
LATEST: Final = 8 * DAY
SHORTEST_STEP: Final = 2
SATISFIED: Final = 3
CALENDAR: Final = Calendar()  # the sources count as the State Council publishes, whatever a county changes


class MoveKind(StrEnum):
    """What can happen to a report in its own system."""

    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    CONTACTED = "contacted"
    RETURNED = "returned"
    EXTENDED = "extended"
    FINISHED = "finished"
    VISITED = "visited"
    REDONE = "redone"
    CLOSED = "closed"
    DECLINED = "declined"


class Move(NamedTuple):
    """One step. `unit` for dispatches and redoing, `until` for extensions, `grade` (5 best, 0 unreached) for visits."""

    kind: MoveKind
    at: int
    unit: str = ""
    until: int = 0
    grade: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides how a report fares. `units` are tried in order when one returns it; the last keeps it."""

    start: int
    allowance: Allowance
    due: int
    urgency: Urgency
    pace: TownshipPace
    handling: Handling
    units: tuple[str, ...]
    quick: float
    may_decline: bool
    may_extend: bool
    may_redo: bool


ALLOWANCES: Final[dict[Kind, Allowance]] = {
    "utilities": Allowance(24, "hour"),
    "consult": Allowance(3, "working_day"),
    "help": Allowance(3, "working_day"),
    "hazard": Allowance(3, "working_day"),
    "dispute": Allowance(7, "day"),
    "complaint": Allowance(5, "working_day"),
    "tip_off": Allowance(5, "working_day"),
    "suggestion": Allowance(5, "working_day"),
}
CRITICAL_ALLOWANCE: Final = Allowance(24, "hour")
# Minutes a step takes when it goes as usual: shortest, and the mean of what comes on top.
DISPATCHING: Final = {Urgency.CRITICAL: (1, 2), Urgency.URGENT: (2, 8), Urgency.ORDINARY: (5, 45)}
SIGNING: Final = {Urgency.CRITICAL: (1, 4), Urgency.URGENT: (4, 30), Urgency.ORDINARY: (10, 110)}
# The hours within which signing is due, as the centre counts them.
SIGN_LIMIT: Final = {Urgency.CRITICAL: 0.25, Urgency.URGENT: 2.0, Urgency.ORDINARY: 24.0}


def allowance(kind: Kind, urgency: Urgency) -> Allowance:
    return CRITICAL_ALLOWANCE if urgency is Urgency.CRITICAL else ALLOWANCES[kind]


def deadline(start: int, given: Allowance) -> int:
    """The epoch second at which the allowance is over."""
    if given.unit == "hour":
        return start + given.amount * HOUR
    return _end_of_days((start + LOCAL_OFFSET) // DAY, given.amount, given.unit)


@lru_cache(maxsize=4096)
def _end_of_days(day: int, amount: int, unit: str) -> int:
    """Deadlines in days depend on the local day (counted from the epoch) alone: the calendar is asked once for each."""
    noon = day * DAY - LOCAL_OFFSET + 12 * HOUR
    return sequence_at(CALENDAR.due_after(instant_of(noon * MICRO), amount, unit, "").at) // MICRO


def course(rng: Random, terms: Terms) -> tuple[Move, ...]:
    """The whole story in time order; moves of one second are written by the source in one go."""
    registered = terms.start + MINUTE + int(rng.random() * 4 * MINUTE)
    moves = [Move(MoveKind.REGISTERED, registered)]
    if terms.may_decline and happens(rng, terms.handling.declined):
        moves.append(Move(MoveKind.DECLINED, registered + int((0.2 + 7 * rng.random()) * HOUR)))
    elif happens(rng, terms.quick):
        moves.extend(_on_the_spot(rng, registered, terms))
    else:
        moves.extend(_the_long_way(rng, registered, terms))
    return squeezed(tuple(moves), terms.start, LONGEST)


def squeezed(moves: tuple[Move, ...], start: int, longest: int) -> tuple[Move, ...]:
    """The same story within `longest` seconds, in the same order and with every step still at a second of its own."""
    span = moves[-1].at - start
    factor = min(1.0, longest / span)
    result: list[Move] = []
    before, at = start, start
    for move in moves:
        if move.at != before or not result:
            at = max(at + SHORTEST_STEP, start + int((move.at - start) * factor))
            before = move.at
        result.append(move._replace(at=at) if at != move.at else move)
    return tuple(result)


def _on_the_spot(rng: Random, registered: int, terms: Terms) -> Iterator[Move]:
    dispatched = registered + int((1 + 6 * rng.random()) * MINUTE)
    yield Move(MoveKind.DISPATCHED, dispatched, unit=terms.units[0])
    yield Move(MoveKind.SIGNED, dispatched)
    yield Move(MoveKind.CONTACTED, dispatched)
    finished = dispatched + int((5 + 40 * rng.random()) * MINUTE)
    yield Move(MoveKind.FINISHED, finished)
    yield from _ending(rng, finished, terms, terms.units[0])


def _the_long_way(rng: Random, registered: int, terms: Terms) -> Iterator[Move]:
    at = _after(rng, registered, DISPATCHING[terms.urgency], 1.0)
    unit = terms.units[0]
    yield Move(MoveKind.DISPATCHED, at, unit=unit)
    chance = terms.handling.returned
    for following in terms.units[1:]:
        if not happens(rng, chance):
            break
        for move in _returning(rng, at, terms, following):
            yield move
            at = move.at
        unit, chance = following, terms.handling.returned_twice
    signed = _signing(rng, at, terms)
    yield Move(MoveKind.SIGNED, signed)
    contacted = _contacting(rng, at, signed, terms)
    yield Move(MoveKind.CONTACTED, contacted)
    yield from _finishing(rng, contacted, terms, unit)


def _returning(rng: Random, at: int, terms: Terms, following: str) -> Iterator[Move]:
    """A unit finds it isn't its own, mostly after signing; the desk sends it on to another."""
    if happens(rng, 0.7):
        at = _signing(rng, at, terms)
        yield Move(MoveKind.SIGNED, at)
    at = _office(rng, at + int((0.3 + rng.expovariate(0.18)) * HOUR), terms.urgency)
    yield Move(MoveKind.RETURNED, at)
    yield Move(MoveKind.DISPATCHED, _after(rng, at, (10, 70), 1.0), unit=following)


def _signing(rng: Random, dispatched: int, terms: Terms) -> int:
    limit = SIGN_LIMIT[terms.urgency] * HOUR
    if happens(rng, terms.handling.late_sign * terms.pace.late):
        return dispatched + int(limit * (1.1 + rng.expovariate(2.0)))
    signed = _office(rng, _after(rng, dispatched, SIGNING[terms.urgency], terms.pace.speed), terms.urgency)
    if terms.urgency is Urgency.ORDINARY:
        return signed
    return min(signed, dispatched + int(limit * (0.5 + 0.4 * rng.random())))


def _contacting(rng: Random, dispatched: int, signed: int, terms: Terms) -> int:
    if happens(rng, terms.handling.late_contact * terms.pace.late):
        return max(signed, dispatched + DAY) + int(rng.expovariate(0.2) * HOUR)
    if happens(rng, 0.45):
        return signed
    usual = _office(rng, signed + int(terms.pace.speed * (0.1 + rng.expovariate(0.5)) * HOUR), terms.urgency)
    return max(signed, min(usual, dispatched + DAY - MINUTE * 20))


def _finishing(rng: Random, ready: int, terms: Terms, unit: str) -> Iterator[Move]:
    due = terms.due
    if terms.may_extend and terms.allowance.unit == "working_day" and happens(rng, terms.handling.extended):
        asked = ready + int((due - ready) * (0.5 + 0.4 * rng.random()))
        if ready + HOUR < asked < due:
            due = deadline(due - 1, Allowance(3 + int(rng.random() * 3), "working_day"))
            yield Move(MoveKind.EXTENDED, asked, until=due)
            ready = asked
    finished = _finish_instant(rng, ready + 8 * MINUTE, due, terms)
    yield Move(MoveKind.FINISHED, finished)
    yield from _ending(rng, finished, terms, unit)


def _finish_instant(rng: Random, earliest: int, due: int, terms: Terms) -> int:
    """Somewhere within what is left, mostly early; or over, by hours to days; or at once if nothing is left."""
    if happens(rng, terms.handling.late * terms.pace.late):
        over = rng.expovariate(1 / (terms.handling.late_mean_hours * HOUR))
        return max(earliest, due + 20 * MINUTE + min(int(over), LATEST))
    if earliest >= due:
        return earliest + int(rng.expovariate(0.3) * HOUR)
    at = earliest + int((due - earliest) * 0.97 * rng.random() ** (1.75 / terms.pace.speed))
    if terms.urgency is Urgency.CRITICAL:
        return at
    snapped = _same_day_office(rng, at)
    return snapped if earliest <= snapped < due else at


def _ending(rng: Random, finished: int, terms: Terms, unit: str) -> Iterator[Move]:
    visited, grade = _visit_instant(rng, finished, terms), _grade(rng, terms.handling)
    yield Move(MoveKind.VISITED, visited, grade=grade)
    if terms.may_redo and 0 < grade < SATISFIED and happens(rng, _redo_chance(terms.handling)):
        redone = visited + int((0.2 + 3 * rng.random()) * HOUR)
        yield Move(MoveKind.REDONE, redone, unit=unit)
        signed = _signing(rng, redone, terms)
        yield Move(MoveKind.SIGNED, signed)
        finished = _same_day_office(rng, signed + int((0.2 + rng.expovariate(0.8) * terms.pace.speed) * DAY))
        finished = max(finished, signed + HOUR)
        yield Move(MoveKind.FINISHED, finished)
        visited = _visit_instant(rng, finished, terms)
        yield Move(MoveKind.VISITED, visited, grade=3 + int(rng.random() * 2))
    yield Move(MoveKind.CLOSED, visited if happens(rng, 0.6) else visited + int((0.2 + 8 * rng.random()) * HOUR))


def _redo_chance(handling: Handling) -> float:
    """Of those who were reached and are not satisfied, so that `redone` is the share of everything finished."""
    return min(1.0, handling.redone / max(1e-9, handling.reached * handling.dissatisfied))


def _grade(rng: Random, handling: Handling) -> int:
    if not happens(rng, handling.reached):
        return 0
    if happens(rng, handling.dissatisfied):
        return 2 if happens(rng, 0.75) else 1
    return pick_weighed(rng, (3, 4, 5), (25, 78, 100))


def _visit_instant(rng: Random, finished: int, terms: Terms) -> int:
    return _office(rng, finished + int((0.7 + rng.expovariate(0.12)) * HOUR), terms.urgency)


def _after(rng: Random, at: int, minutes: tuple[float, float], speed: float) -> int:
    shortest, mean = minutes
    return at + int(MINUTE * (shortest + speed * rng.expovariate(1 / mean)))


def _office(rng: Random, at: int, urgency: Urgency) -> int:
    """Ordinary work waits for the office to open; urgent work doesn't."""
    hour = local_hour(at)
    if urgency is not Urgency.ORDINARY or OPENS <= hour < SHUTS:
        return at
    midnight = at - (at + LOCAL_OFFSET) % DAY + (DAY if hour >= SHUTS else 0)
    return midnight + OPENS * HOUR + int((0.1 + 2.5 * rng.random() ** 2) * HOUR)


def _same_day_office(rng: Random, at: int) -> int:
    """Some time in office hours of the same local day."""
    if OPENS <= local_hour(at) < SHUTS:
        return at
    midnight = at - (at + LOCAL_OFFSET) % DAY
    return midnight + OPENS * HOUR + int((0.3 + 9.5 * rng.random()) * HOUR)
