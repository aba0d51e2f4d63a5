"""What the page of operations is handed besides the workplace: how this process is, and what only it can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.asking import Asking
from dashboard.pages.wall import Turn
from dashboard.status import Health
from db.letters import Letters
from db.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Machine:
    """`walls`: how many wall screens are connected; `people`: who sits at a desk, once for each open page; `desks_hear`: whether
    the desks' line follows the journal. `letters` is None where no feed's messages can be read. `plan`: the walls' own
    order of scenes."""

    health: Callable[[], Health]
    walls: Callable[[], int]
    people: Callable[[], Sequence[Asking]]
    desks_hear: Callable[[], bool]
    passwords: Passwords
    letters: Letters | None = None
    plan: Sequence[Turn] = ()
