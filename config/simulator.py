"""Reads the simulator's file into `feeds.simulator.settings.Settings`; refuses a wrong one by file and field."""

import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from casework.errors import RuleError
from feeds.simulator.settings import Settings


class SimulatorFileError(RuleError):
    """The simulator file can't be used; the message names file, field and reason."""


def load_simulator(path: Path) -> Settings:
    """The settings of a TOML file; raises `SimulatorFileError`."""
    try:
        return TypeAdapter(Settings).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SimulatorFileError(f"{path.name}: {place}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SimulatorFileError(f"{path.name}: {error}") from error
