"""The plan of the wall: which scenes, for how long."""

from pathlib import Path

import pytest

from casework.errors import RuleError
from config.settings import DEFAULT_FOLDER
from config.wall import load_wall
from dashboard.components.scenes import Scene


def test_the_plan_that_comes_along_shows_every_scene() -> None:
    assert [turn.scene for turn in load_wall(DEFAULT_FOLDER / "wall.toml")] == list(Scene)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected at least one"),
        ('[[scene]]\nscene = "weather"\nseconds = 30\n', "weather"),
        ('[[scene]]\nscene = "late"\nseconds = 2\n', "seconds"),
        (
            '[[scene]]\nscene = "late"\nseconds = 30\n[[scene]]\nscene = "late"\nseconds = 30\n',
            "late has its turn already",
        ),
        ('[[scene]]\nscene = "late"\nseconds = 30\ncolour = "red"\n', "colour"),
    ],
)
def test_a_wrong_plan_is_refused_by_file_and_field(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "wall.toml").write_text(text)
    with pytest.raises(RuleError, match=f"wall.toml.*{sentence}"):
        load_wall(tmp_path / "wall.toml")
