"""What a tablet puts on all walls: one thing at a time, whoever presses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from db import commands
from db.database import Database
from db.queries import wall
from tests.records import NOW

LATER = NOW + timedelta(minutes=30)


def put(database: Database, scene: str | None) -> None:
    with database.write() as session:
        commands.put_on_walls(session, scene, LATER)


def test_the_last_one_holds_until_its_time_is_over(database: Database) -> None:
    put(database, "heat")
    put(database, "late")
    with database.read() as session:
        assert wall.stage(session, NOW) == wall.Stage("late", LATER)
        assert wall.stage(session, LATER) is None
    put(database, None)
    with database.read() as session:
        assert wall.stage(session, NOW) is None


def test_two_tablets_at_once_are_one_after_the_other(database: Database) -> None:
    with ThreadPoolExecutor(8) as tablets:
        for done in [tablets.submit(put, database, scene) for scene in ("heat", "late") * 12]:
            done.result()
    with database.read() as session:
        assert wall.stage(session, NOW) is not None
