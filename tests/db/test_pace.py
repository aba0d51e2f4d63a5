"""Whoever works beside the writer sees whether reports come in fast."""

from db.database import Database
from db.inbox import Recorder
from db.pace import MANY_A_SECOND, Pace
from tests.db.matched import HOTLINE, Matching, told


def test_reports_come_in_fast_or_they_do_not(database: Database, recorder: Recorder) -> None:
    centre, seconds = Matching(database, recorder), [0.0]
    pace = Pace(database, lambda: seconds[0])
    many = int(MANY_A_SECOND) + 1
    assert not pace.is_fast(), "nothing is known yet"
    centre.tell({HOTLINE: [told(number) for number in range(many)]})
    seconds[0] += 1
    assert pace.is_fast()
    seconds[0] += 1
    assert not pace.is_fast(), "none has come since"
    centre.tell({HOTLINE: [told(number) for number in range(many, 2 * many)]})
    seconds[0] += 2
    assert not pace.is_fast(), "the same in twice the time"


def test_to_a_database_that_is_away_none_comes(database: Database) -> None:
    gone = Database("postgresql://127.0.0.1:1/none")
    assert not Pace(gone).is_fast()
