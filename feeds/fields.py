"""Reads the fields of a source record: absent, null and "" are the same; numbers may be text and text numbers.

A value of the wrong kind raises `Untranslatable`, which names the field and the kind found.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any, Final

from casework.calendar import SHANGHAI, end_of
from casework.errors import Untranslatable
from feeds.envelope import type_name

LONGEST_KEY: Final = 128
LONGEST_CODE: Final = 64
LONGEST_TEXT: Final = 20_000
YEARS: Final = range(1970, 2101)
_EIGHT_HOURS: Final = timedelta(hours=8)
_FIXED_OFFSET_SINCE: Final = 1992  # summer time was kept until 1991
_SLASHED: Final = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_CONTROLS: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF))
_EXACT_INTEGERS: Final = 2**53


class Fields:
    """One record's fields, by the source's own names."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def text(self, name: str, limit: int = LONGEST_TEXT) -> str:
        """Cleaned text, "" when absent; what is over the limit is cut off (the whole stays in the sealed message)."""
        value = self._data.get(name)
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            value = _number_as_text(name, value)
        value = value.strip()
        if not value.isprintable():
            value = value.translate(_CONTROLS)
        return value if len(value) <= limit else value[: limit - 1] + "…"

    def code(self, name: str) -> str:
        """A code: short, printable, "" when absent."""
        value = self.text(name, LONGEST_KEY + 1)
        if len(value) > LONGEST_CODE:
            raise Untranslatable(f"{name}: longer than {LONGEST_CODE} characters")
        return value

    def key(self, name: str) -> str:
        """The record's own id, which must be there."""
        value = self.text(name, LONGEST_KEY + 1)
        if not value:
            raise Untranslatable(f"{name}: absent, but required")
        if len(value) > LONGEST_KEY or not value.isprintable():
            raise Untranslatable(f"{name}: longer than {LONGEST_KEY} characters, or not printable")
        return value

    def time(self, name: str) -> datetime | None:
        """An instant; a local time is Asia/Shanghai."""
        value = self._data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Untranslatable(f"{name}: expected a time as text, got {type_name(value)}")
        return _instant(name, value.strip())

    def required_time(self, name: str) -> datetime:
        at = self.time(name)
        if at is None:
            raise Untranslatable(f"{name}: absent, but required")
        return at

    def deadline(self, name: str) -> datetime | None:
        """A time, or a bare date, which is over at its 24:00."""
        at = self.time(name)
        if at is not None and len(str(self._data[name]).strip()) <= len("2026-11-21"):
            return end_of(at.astimezone(SHANGHAI).date()).astimezone(UTC)
        return at

    def number(self, name: str) -> float | None:
        value = self._data.get(name)
        if value is None or value == "":
            return None
        try:
            number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            number = None
        if number is None or isnan(number):
            raise Untranslatable(f"{name}: expected a number, got {type_name(value)}")
        return number

    def integer(self, name: str, most: int = 1_000_000) -> int | None:
        number = self.number(name)
        if number is None:
            return None
        if not 0 <= number <= most or number != int(number):
            raise Untranslatable(f"{name}: expected a whole number from 0 to {most}")
        return int(number)

    def flag(self, name: str) -> bool | None:
        """1/0, true/false, 是/否; `None` when absent."""
        value = self._data.get(name)
        if value is None or value == "":
            return None
        known = _FLAGS.get(value) if isinstance(value, (str, int)) else None
        if known is None:
            raise Untranslatable(f"{name}: expected 0 or 1, got {type_name(value)}")
        return known

    def point(self, lon_name: str, lat_name: str) -> tuple[float | None, float | None]:
        return _on_earth(self.number(lon_name), self.number(lat_name))

    def point_pair(self, name: str) -> tuple[float | None, float | None]:
        """ "lon,lat" in one field."""
        value = self.text(name, LONGEST_KEY)
        if not value:
            return None, None
        parts = Fields(dict(zip(("lon", "lat"), re.split("[,，]", value), strict=False)))
        try:
            return parts.point("lon", "lat")
        except Untranslatable:
            raise Untranslatable(f'{name}: expected "lon,lat", got {type_name(value)}') from None


_FLAGS: Final[Mapping[object, bool]] = {
    1: True, 0: False, "1": True, "0": False, "true": True, "false": False, "是": True, "否": False,
}  # fmt: skip


def _number_as_text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Untranslatable(f"{name}: expected text, got {type_name(value)}")
    if isinstance(value, int):
        return str(value)
    if isnan(value) or abs(value) >= _EXACT_INTEGERS:
        raise Untranslatable(f"{name}: a number too large to be kept exactly")
    return str(int(value)) if value.is_integer() else str(value)


def _instant(name: str, value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if len(value) >= len("2026-11-21T08:00") else None
    except ValueError:
        at = None
    if at is None:
        at = _slashed(name, value)
    if at.year not in YEARS:
        raise Untranslatable(f"{name}: a year outside {YEARS[0]} to {YEARS[-1]}")
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    if at.year >= _FIXED_OFFSET_SINCE:
        return (at - _EIGHT_HOURS).replace(tzinfo=UTC)
    return at.replace(tzinfo=SHANGHAI).astimezone(UTC)


def _slashed(name: str, value: str) -> datetime:
    found = _SLASHED.fullmatch(value) if len(value) <= LONGEST_CODE else None
    try:
        if found is not None:
            return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - local time, placed by the caller
    except ValueError:
        pass
    raise Untranslatable(f"{name}: expected a time like 2026-11-21 08:30:00, got {type_name(value)}")


def _on_earth(lon: float | None, lat: float | None) -> tuple[float | None, float | None]:
    """A pair that can be a place; sources write 0,0 and worse when they don't know."""
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon == 0 and lat == 0):  # noqa: PLR2004
        return None, None
    return lon, lat
