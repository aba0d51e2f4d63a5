"""What the review's page asks for, as a browser sends it, and the addresses that ask for the same. Knows no database.

An address names a period and an instant, and never a person: `/review/2026-W47?as_of=2026-11-21T16:42`, in Asia/Shanghai.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from casework.calendar import SHANGHAI
from casework.errors import CaseworkError
from casework.review import AnyKey, BadKey, PeriodKind, PeriodName, key_of
from dashboard.words import mark

PATH: Final = "/review/"
EXPORT: Final = "/office/review/"
AS_OF: Final = "%Y-%m-%dT%H:%M"
YEARS: Final = range(1970, 9999)
"""Hours before the first day of time or after the last one are no time."""
LIST_ROWS: Final = 50
MOST_ROWS: Final = 2_000
"""Of one list on the screen; all of them are in the Excel file."""
A_DAY: Final = timedelta(days=1)


class BadAsk(CaseworkError):
    """What can't be shown: a period that is none, an instant that is none or has not come. Its text is a message id."""


class Ask(NamedTuple):
    """Which review. `unit`: the township whose points are shown beside it, `None` for the page's own choice."""

    name: PeriodName
    as_of: datetime | None
    unit: str | None = None


class ListAsk(NamedTuple):
    """Which list of the review with that fingerprint, and how many rows of it at most."""

    ask: Ask
    fingerprint: str
    key: AnyKey
    most: int


def asked(told: object, search: str | None, now: datetime) -> Ask:
    """`{"name", "as_of", "unit"}`; without a name, the week that runs, on its Monday the one that ended, which is the one to be
    reviewed; without "as_of", that of the page's address.

    Raises `BadAsk`.
    """
    given = told if isinstance(told, Mapping) else {}
    as_of = _text(given["as_of"] if "as_of" in given else _query(search).get("as_of"))
    name = _text(given.get("name"))
    return Ask(
        _period(name) if name else PeriodName.holding(now - A_DAY),
        _instant(as_of, now) if as_of else None,
        _text(given.get("unit")) or None,
    )


def list_asked(told: Mapping[str, Any], now: datetime) -> ListAsk:
    """`{"key", "fingerprint", "most"}` besides what names the review. Raises `BadAsk`."""
    try:
        key = key_of(_text(told.get("key")))
    except BadKey:
        raise BadAsk(mark("There is no such list.")) from None
    most = told.get("most")
    wanted = most if isinstance(most, int) and not isinstance(most, bool) else LIST_ROWS
    return ListAsk(asked(told, None, now), _text(told.get("fingerprint")), key, max(1, min(wanted, MOST_ROWS)))


def address(name: PeriodName, as_of: datetime | None, search: str, path: str = PATH, ending: str = "") -> str:
    """Of a review: its page, or a file of it. `search` is the language's: "?lang=en" or nothing."""
    asks = dict(parse_qsl(search.removeprefix("?")))
    if as_of is not None:
        asks["as_of"] = told_instant(as_of)
    return f"{path}{name}{ending}" + (f"?{urlencode(asks, safe=':')}" if asks else "")


def back_to(name: PeriodName, as_of: datetime | None) -> str:
    """What the address of a case keeps of the review it was opened from: `from=2026-W47`."""
    told = {"from": str(name)} | ({"as_of": told_instant(as_of)} if as_of is not None else {})
    return urlencode(told, safe=":")


def way_back(search: str | None, now: datetime) -> str | None:
    """The address of the review that a case was opened from; `None` where it was not, or what is told names none."""
    told = _query(search)
    if "from" not in told:
        return None
    try:
        ask = asked({"name": told["from"]}, search, now)
    except BadAsk:
        return None
    return address(ask.name, ask.as_of, language_search(search))


def told_instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime(AS_OF)


def language_search(search: str | None) -> str:
    """What a page's links keep of its address: the language."""
    language = _query(search).get("lang")
    return "?lang=en" if language == "en" else ""


def sibling(name: PeriodName, kind: PeriodKind, now: datetime) -> PeriodName:
    """The period of another kind that is beside one: the running one beside what runs, else that of its first day."""
    running = PeriodName.holding(now, name.kind) == name
    return PeriodName.holding(now, kind) if running else PeriodName.of_day(name.first_day(), kind)


def _query(search: str | None) -> dict[str, str]:
    return dict(parse_qsl((search or "").removeprefix("?")))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _period(text: str) -> PeriodName:
    try:
        name: PeriodName | None = PeriodName.parse(text)
    except BadKey:
        name = None
    if name is None or name.year not in YEARS:
        raise BadAsk(mark("There is no such period. A week is written 2026-W47, a month 2026-11, a quarter 2026-Q4."))
    return name


def _instant(text: str, now: datetime) -> datetime:
    """To the minute."""
    try:
        at: datetime | None = datetime.strptime(text[:16], AS_OF).replace(tzinfo=SHANGHAI)
    except ValueError:
        at = None
    if at is None or at.year not in YEARS:
        raise BadAsk(mark("That is no day and time; write it like 2026-11-21T16:42."))
    if at > now:
        raise BadAsk(mark("That instant has not come yet."))
    return at.astimezone(UTC)
