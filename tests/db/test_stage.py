"""What a tablet puts on all walls: one thing at a time, whoever presses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from db import commands
from db.database import Database
from db.models import Meeting
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


def test_a_meeting_that_is_being_held_drives_the_walls(database: Database) -> None:
    put(database, "late")
    with database.write() as session:
        session.add(Meeting(period="2026-W46", began_at=NOW, began_by="leader", ended_at=NOW))
    with database.read() as session:
        assert wall.stage(session, NOW) == wall.Stage("late", LATER, in_meeting=False)
    with database.write() as session:
        session.add(Meeting(period="2026-W47", began_at=NOW, began_by="leader", ended_at=None))
    with database.read() as session:
        assert wall.stage(session, NOW) == wall.Stage("late", LATER, in_meeting=True)


def test_two_tablets_at_once_are_one_after_the_other(database: Database) -> None:
    with ThreadPoolExecutor(8) as tablets:
        for done in [tablets.submit(put, database, scene) for scene in ("heat", "late") * 12]:
            done.result()
    with database.read() as session:
        assert wall.stage(session, NOW) is not None
