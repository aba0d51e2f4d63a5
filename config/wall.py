"""Reads `wall.toml`: which scenes the wall shows, and for how long."""

from pathlib import Path

from casework.errors import RuleError
from config.tables import Table, read_table, word
from dashboard.components.scenes import Scene
from dashboard.pages.wall import Turn

LEAST_SECONDS = 5
MOST_SECONDS = 3600


def load_wall(path: Path) -> tuple[Turn, ...]:
    """The plan of the wall; raises `RuleError` naming file, line and field."""
    table = read_table(path)
    table.only("scene")
    plan: list[Turn] = []
    for each in table.tables("scene"):
        turn = _turn(each)
        if any(turn.scene is other.scene for other in plan):
            raise each.error(f"{turn.scene} has its turn already", "scene")
        plan.append(turn)
    if not plan:
        raise RuleError(f"{path.name}: expected at least one [[scene]]")
    return tuple(plan)


def _turn(table: Table) -> Turn:
    table.only("scene", "seconds")
    scene = word(table.text("scene"), Scene, table, "scene")
    return Turn(scene, table.whole("seconds", least=LEAST_SECONDS, most=MOST_SECONDS))
