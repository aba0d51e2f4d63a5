"""What the commands print to, and how they get at the centre they are about. It must not know how a centre is configured."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import typer
from rich.console import Console

from casework.county import County
from db.database import Database
from db.passwords import Passwords
from db.vault import Vault

# What is printed was written by others: brackets and colons in it are no orders to the terminal.
console = Console(soft_wrap=True, markup=False, emoji=False, width=None if sys.stdout.isatty() else 160)


class Centre(Protocol):
    """What commands about people need of a centre; each is made when first asked for."""

    @property
    def county(self) -> County: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def passwords(self) -> Passwords: ...

    def ready(self) -> Database: ...

    def now(self) -> datetime: ...


def place_name(county: County, code: str) -> str:
    """The name of a unit or a grid; a code nobody knows as it is."""
    grid = county.grid(code)
    return grid.name if grid is not None else county.unit_name(code)


def centre_of(context: typer.Context) -> Centre:
    """The centre a command is about: the program's callback leaves a way to it in the context."""
    find: Callable[[], Centre] = context.obj
    return find()
