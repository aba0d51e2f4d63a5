from pathlib import Path

import pytest

from config.simulator import SimulatorFileError, load_simulator

FILE = Path(__file__).parents[2] / "config" / "simulator.toml"


def test_a_wrong_figure_is_refused_by_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "simulator.toml"
    path.write_text(
        FILE.read_text(encoding="utf-8").replace("returned = 0.045", 'returned = "often"'), encoding="utf-8"
    )
    with pytest.raises(SimulatorFileError, match=r"simulator\.toml: handling\.returned: "):
        load_simulator(path)


def test_a_missing_figure_is_refused_by_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "simulator.toml"
    path.write_text(FILE.read_text(encoding="utf-8").replace("late_sign = 0.03\n", ""), encoding="utf-8")
    with pytest.raises(SimulatorFileError, match=r"simulator\.toml: handling\.late_sign: Field required"):
        load_simulator(path)
