"""What is kept up behind the writer, in a process of its own beside the ingester: what others read and no source waits for.

The child has connections of its own, does a little of each chore by turns and then rests longer than it worked, so that the
feeds' own writing comes first whatever there is to catch up with; longer still while reports come in fast. Everything a chore
writes must be derivable again, and be committed with the mark of how far it has come: the child may end anywhere. It ends with
its parent; when it dies it is started again. What goes wrong with a chore it tells its parent, who has the log.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Final

from db.database import Database
from db.pace import Pace
from feeds.child import Child, block, next_block, parent, start

LOOK_SECONDS: Final = 1.0
RESTS: Final = 3.0
REST_WHILE_BUSY_SECONDS: Final = 3.0
SHORTEST_REST_SECONDS: Final = 0.02
RESTART_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be kept up. It travels to the child: `portion` is a function of a module, or a partial of one.

    `portion` does a little, well under a tenth of a second, and says whether there is more to be done. `name` completes the
    sentence "… waits".
    """

    name: str
    portion: Callable[[Database], bool]


class Upkeep:
    """The child as the ingester sees it; `process` is its id while it runs."""

    def __init__(self, database_url: str, chores: Sequence[Chore]) -> None:
        self._told = (database_url, tuple(chores))
        self.process: int | None = None

    async def run(self) -> None:
        """Keep a child at its chores until cancelled; it finishes the portion it is at."""
        while True:
            code = await self._run_child()
            log.error("the upkeep process ended with %s and is started again", code)
            await asyncio.sleep(RESTART_SECONDS)

    async def _run_child(self) -> int:
        child = await start(__name__)
        try:
            child.tell(self._told)
            self.process = child.pid
            await _log_troubles(child)
        finally:
            self.process = None
            code = await child.end(PATIENCE_SECONDS)
        return code


async def _log_troubles(child: Child) -> None:
    """Until the child ends."""
    while True:
        try:
            name, trouble = await child.answer()
        except EOFError:
            return
        if trouble:
            log.warning("%s waits: %s", name, trouble)
        else:
            log.info("%s waits no longer", name)


def keep_up(
    database: Database, chores: Sequence[Chore], over: threading.Event, say: Callable[[str, str], None]
) -> None:
    """Do the chores by turns until it is `over`. `say` is told a chore's name and trouble when it begins, and "" at its end."""
    failing: set[str] = set()
    pace = Pace(database)
    while True:
        began, more = time.monotonic(), False
        for chore in chores:
            try:
                more = chore.portion(database) or more
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others must go on
                if chore.name not in failing:
                    say(chore.name, type(error).__name__)
                failing.add(chore.name)
            else:
                if chore.name in failing:
                    say(chore.name, "")
                failing.discard(chore.name)
        if over.wait(REST_WHILE_BUSY_SECONDS if pace.is_fast() else _rest(time.monotonic() - began, more=more)):
            return


def _rest(worked: float, *, more: bool) -> float:
    """Seconds until it looks again."""
    return min(max(SHORTEST_REST_SECONDS, RESTS * worked), LOOK_SECONDS) if more else LOOK_SECONDS


def main() -> None:
    """Be told what there is to do, and do it until the parent is gone."""
    with parent() as stream:
        url, chores = next_block(stream)
        over = threading.Event()
        threading.Thread(target=_wait_for_the_end, args=(stream, over), daemon=True).start()

        def say(name: str, trouble: str) -> None:
            stream.write(block((name, trouble)))
            stream.flush()

        database = Database(url)
        keep_up(database, chores, over, say)
        database.close()


def _wait_for_the_end(stream: BufferedIOBase, over: threading.Event) -> None:
    """The parent says nothing more; its end ends the stream."""
    try:
        stream.read(1)
    finally:
        over.set()


if __name__ == "__main__":
    main()
