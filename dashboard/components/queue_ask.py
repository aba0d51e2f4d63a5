"""What a desk's screen asks of the queue, understood: filters, order, and which way a typed text is looked for.

What comes from a browser is taken for nothing else than what it may be: an unknown code, column or number is left out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from casework.masking import scrub
from casework.roles import Sight
from casework.vocabulary import Category, Colour, Feed, Status
from db.queries.queue import Column, Order
from db.queries.queue_clocks import DUE_SOON
from db.queries.queue_counts import HOT
from db.queries.queue_filter import Filter, State

BLOCK: Final = 100  # rows of one request of the grid
DEEPEST: Final = 1_000_000
LONGEST_TEXT: Final = 100
_LEAST_PHONE: Final = 7  # digits, as of `Vault.phone_hash`
_CODE: Final = re.compile(r"[A-Za-z]{1,8}-[0-9]{8}-[0-9]{5,9}|-?(?:[0-9]{1,8}-)?[0-9]{1,5}")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]*")
_SOURCE: Final = re.compile(r"[A-Za-z0-9._:/-]*[0-9][A-Za-z0-9._:/-]*")

Code = TypeVar("Code", bound=StrEnum)
PhoneHash = Callable[[str], bytes | None]


class Way(StrEnum):
    """What a typed text is taken for. The audit says no more of a search than this and how much it found."""

    CODE = "code"  # 编号
    PHONE = "phone"  # 电话
    SOURCE = "source"  # 来件编号
    WORDS = "words"  # 字句
    PLACE = "place"  # 地点


@dataclass(frozen=True, slots=True)
class Ask:
    """`way`: how the text is looked for, one of the `ways` it could be; `None` without a text. `filter` is `None` where a text
    was typed and the sight has no way to look for it: nothing is found then. `number`: the screen's own, to know its answer by.
    """

    filter: Filter | None
    way: Way | None = None
    ways: tuple[Way, ...] = ()
    number: int = 0


class Wanted(NamedTuple):
    """Which rows the grid wants, and in which order."""

    order: Order
    start: int
    most: int


def ways(text: str, sight: Sight) -> tuple[Way, ...]:
    """What a text may be, the likeliest first, of what the sight may look for."""
    digits = sum(character.isdigit() for character in text)
    spelled = any(character.isalpha() for character in text) and _CODE.fullmatch(text) is None
    fits = (
        (Way.CODE, _CODE.fullmatch(text) is not None),
        (Way.PHONE, sight.persons and _PHONE.fullmatch(text) is not None and digits >= _LEAST_PHONE),
        (Way.SOURCE, _SOURCE.fullmatch(text) is not None),
        (Way.WORDS, sight.texts and spelled),
        (Way.PLACE, sight.texts and spelled),
    )
    return tuple(way for way, so in fits if so)


def asked(told: object, sight: Sight, phone_hash: PhoneHash) -> Ask:
    """What a screen's state asks for: `{"state", "feeds", "townships", "units", "statuses", "colours", "categories", "overdue",
    "soon", "hot", "text", "way", "number"}`, each but the last as `kept` gives it back."""
    state = told if isinstance(told, Mapping) else {}
    wanted = Filter(
        state=_one(State, state.get("state"), State.OPEN),
        feeds=_codes(Feed, state.get("feeds")),
        townships=_texts(state.get("townships")),
        units=_texts(state.get("units")),
        statuses=_codes(Status, state.get("statuses")),
        colours=_codes(Colour, state.get("colours")),
        categories=_codes(Category, state.get("categories")),
        overdue=state.get("overdue") is True,
        due_within=DUE_SOON if state.get("soon") is True else None,
        reports=HOT if state.get("hot") is True else 0,
    )
    text, number = _text(state.get("text")), _number(state.get("number"), 0)
    if not text:
        return Ask(wanted, number=number)
    possible = ways(text, sight)
    if not possible:
        return Ask(None, number=number)
    way = _one(Way, state.get("way"), possible[0])
    way = way if way in possible else possible[0]
    return Ask(_looking(wanted, text, way, phone_hash), way, possible, number)


def _looking(wanted: Filter, text: str, way: Way, phone_hash: PhoneHash) -> Filter:
    match way:
        case Way.CODE:
            return replace(wanted, code=text)
        case Way.PHONE:
            return replace(wanted, phone_hash=phone_hash(text))
        case Way.SOURCE:
            return replace(wanted, source_id=text)
        case Way.WORDS:
            return replace(wanted, words=text)
        case Way.PLACE:
            return replace(wanted, place=text)


def wanted_rows(request: object) -> Wanted:
    """What the grid's request `{"startRow", "endRow", "sortModel": [{"colId", "sort"}]}` wants."""
    told = request if isinstance(request, Mapping) else {}
    start = min(_number(told.get("startRow"), 0), DEEPEST)
    most = max(0, min(_number(told.get("endRow"), start + BLOCK) - start, BLOCK))
    return Wanted(_order(told.get("sortModel")), start, most)


def _order(model: object) -> Order:
    first = model[0] if isinstance(model, Sequence) and model else {}
    told = first if isinstance(first, Mapping) else {}
    column = _one(Column, told.get("colId"), Column.DUE)
    return Order(column, told.get("sort") == "desc")


def kept(told: object) -> Mapping[str, Any]:
    """A screen's state as a saved view keeps it: nothing that is not known, and no text that may be somebody's number."""
    state = told if isinstance(told, Mapping) else {}
    text, way = _text(state.get("text")), state.get("way")
    found: dict[str, Any] = {
        "state": _one(State, state.get("state"), State.OPEN).value,
        "overdue": state.get("overdue") is True,
        "soon": state.get("soon") is True,
        "hot": state.get("hot") is True,
        "sort": _kept_order(state.get("sort")),
    }
    for name, kind in (("feeds", Feed), ("statuses", Status), ("colours", Colour), ("categories", Category)):
        found[name] = sorted(_codes(kind, state.get(name)))
    for name in ("townships", "units"):
        found[name] = sorted(_texts(state.get(name)))
    if way in {Way.WORDS, Way.PLACE} and not any(character.isdigit() for character in text):
        found |= {"text": scrub(text), "way": way}
    return found


def _kept_order(model: object) -> list[dict[str, str]]:
    order = _order(model)
    return [{"colId": order.column.value, "sort": "desc" if order.descending else "asc"}]


def _text(told: object) -> str:
    return told.strip()[:LONGEST_TEXT] if isinstance(told, str) else ""


def _number(told: object, otherwise: int) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else otherwise


def _texts(told: object) -> frozenset[str]:
    return (
        frozenset(each[:64] for each in told[:BLOCK] if isinstance(each, str))
        if isinstance(told, list)
        else frozenset()
    )


def _codes(kind: type[Code], told: object) -> frozenset[Code]:
    return frozenset(code for code in kind if code.value in _texts(told))


def _one(kind: type[Code], told: object, otherwise: Code) -> Code:
    return next((code for code in kind if code.value == told), otherwise)
