"""What happens in the county before anybody records it: a matter, its place, and the tellings that reach the feeds."""

from dataclasses import dataclass
from typing import Final

from casework.county import Township, Village
from casework.vocabulary import Feed, Urgency
from feeds.simulator.settings import Theme

LARGE_GROUP: Final = 30


@dataclass(frozen=True, slots=True)
class Persona:
    """An invented person. The phone begins with 19900, the ID number with a division that doesn't exist."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: `spot` is how people say it, `address` how a clerk writes it; WGS-84 degrees."""

    township: Township
    village: Village
    spot: str
    address: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Telling:
    """One report of a matter on one feed, at an epoch second. `kin` is the earlier report on the same feed it names."""

    feed: Feed
    source_id: str
    at: int
    number: int
    seed: int
    caller: Persona
    kin: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One real trouble. `lot` in [0, 1) decides whether a world played at a fraction has it; `slots` fill the texts."""

    theme: Theme
    place: Place
    slots: dict[str, str]
    urgency: Urgency
    involved: int
    hard: bool
    secret: bool
    unreasonable: bool
    lot: float
    tellings: tuple[Telling, ...]

    @property
    def group(self) -> bool:
        return self.involved >= LARGE_GROUP
