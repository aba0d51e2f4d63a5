"""How an entry's payload tells deadlines, what the matter is and whom it was made for: what writes one and what reads it."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from casework.calendar import INSTANT, Due
from casework.case import Facts
from casework.vocabulary import Appeal, Category, Colour, Status, Urgency

_CATEGORIES: Final = {category.value: category for category in Category}
_APPEALS: Final = {appeal.value: appeal for appeal in Appeal}
_URGENCIES: Final = {urgency.value: urgency for urgency in Urgency}
COLOURS: Final = {colour.value: colour for colour in Colour}
STATUSES: Final = {status.value: status for status in Status}
# What an entry tells of who made it: the unit an account acted for, and the whole (of many cases) it was made with. An
# assignment that says where the report stood before may be taken back.
FOR: Final = "for"
BULK: Final = "bulk"
FROM_STATUS: Final = "from_status"

DueKeys = tuple[str, str, str, str, str]
# How a payload tells a deadline: its instant, its rule, its count ("5 working_day"), from when (absent: the entry's own
# instant), and whether it is provisional.
PROMISE: Final = ("due_at", "due_rule", "due_count", "due_from", "provisional")
SIGN: Final = ("sign_due_at", "sign_rule", "sign_count", "sign_from", "sign_provisional")
CONTACT: Final = ("contact_due_at", "contact_rule", "contact_count", "contact_from", "contact_provisional")
ORIGINAL: Final = "original_due_at"
VISIT: Final = ("visit_due_at", "visit_rule", "visit_count", "visit_from", "visit_provisional")


def due_items(due: Due, at: datetime, keys: DueKeys = PROMISE) -> dict[str, Any]:
    """A deadline as an entry that occurs at `at` tells it."""
    items: dict[str, Any] = {keys[0]: due.at, keys[1]: due.rule}
    if due.unit != INSTANT:
        items[keys[2]] = _count_text(due.amount, due.unit)
        if due.start != at:
            items[keys[3]] = due.start
    if due.provisional:
        items[keys[4]] = True
    return items


def due_of(payload: Mapping[str, Any], at: datetime, keys: DueKeys = PROMISE) -> Due:
    """The deadline an entry that occurred at `at` tells."""
    count = payload.get(keys[2])
    provisional = payload.get(keys[4], False)
    if count is None:
        return Due(instant(payload[keys[0]]), payload.get(keys[1], ""), provisional)
    start = payload.get(keys[3])
    begun = at if start is None else instant(start)
    return Due(instant(payload[keys[0]]), payload[keys[1]], provisional, begun, *_count_of(count))


@lru_cache(maxsize=256)
def _count_text(amount: int, unit: str) -> str:
    return f"{amount} {unit}"


@lru_cache(maxsize=256)
def _count_of(text: str) -> tuple[int, str]:
    amount, _, unit = text.partition(" ")
    return int(amount), unit


def instant(value: datetime | str) -> datetime:
    """A payload's instant: a datetime when it was just decided, ISO 8601 text when it comes from the stored journal."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def facts_of(told: Mapping[str, Any]) -> Facts:
    """What the matter is, as an entry that registers or revises a report tells it."""
    colour = told.get("source_colour")
    return Facts(
        _CATEGORIES[told["category"]],
        _APPEALS[told["appeal"]],
        _URGENCIES[told["urgency"]],
        told.get("township"),
        told.get("village"),
        told.get("grid"),
        told.get("sensitive", False),
        told.get("group", False),
        told.get("involved"),
        told.get("hard", False),
        told.get("unreasonable", False),
        COLOURS[colour] if colour is not None else None,
    )
