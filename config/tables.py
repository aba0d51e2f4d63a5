"""Reads TOML files so that every complaint names the file and the field."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from casework.errors import RuleError

E = TypeVar("E", bound=StrEnum)


def read_table(path: Path) -> dict[str, Any]:
    """The whole file; raises `RuleError` when it is absent or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"{path}: the file is missing") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}: {error}") from None


def required(table: Mapping[str, Any], name: str, kind: type, path: Path) -> Any:
    """A value of a kind; raises `RuleError` naming file and field."""
    value: Any = table
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise RuleError(f"{path}: {name}: expected {kind.__name__}, found {type(value).__name__}")
    return value


def words(table: Mapping[str, Any], name: str, vocabulary: type[E], path: Path) -> dict[str, E]:
    """A table of code = "our word"; an absent table is empty, a word we don't have raises `RuleError`."""
    found = table.get(name, {})
    if not isinstance(found, Mapping):
        raise RuleError(f"{path}: {name}: expected a table")
    return {code: word(value, vocabulary, f"{name}.{code}", path) for code, value in found.items()}


def word(value: object, vocabulary: type[E], name: str, path: Path) -> E:
    try:
        return vocabulary(str(value))
    except ValueError:
        known = ", ".join(member.value for member in vocabulary)
        raise RuleError(f"{path}: {name}: {value!r} is none of {known}") from None
