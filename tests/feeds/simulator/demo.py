"""The demo county and a world of it for tests: made once, as worlds remember nothing but what they can tell again."""

from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Final

from casework.county import County
from config.county import load_county
from config.simulator import load_simulator
from feeds.simulator.settings import Settings
from feeds.simulator.world import World

CONFIG: Final = Path(__file__).parents[3] / "config"
SHANGHAI: Final = timezone(timedelta(hours=8))
NOW: Final = datetime(2026, 11, 21, 16, 42, 7, tzinfo=SHANGHAI)
SEED: Final = 7


@cache
def county() -> County:
    return load_county(CONFIG / "county.toml")


@cache
def settings() -> Settings:
    return load_simulator(CONFIG / "simulator.toml")


def fresh_world(seed: int = SEED) -> World:
    return World(county(), settings(), seed)


@cache
def world() -> World:
    return fresh_world()
