"""What the page of the audit asks for and shows: filters as a browser sends them, rows in words. It asks nobody.

A day is one of Asia/Shanghai.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from casework import moves
from casework.calendar import SHANGHAI
from casework.roles import LOGIN
from dashboard.components.actions import FORMS
from dashboard.exports.tables import Cell
from dashboard.live.desk_line import CODE
from dashboard.office_shell import ROLES
from dashboard.words import FEEDS_SHORT, Words, mark
from db.audit import Asked, Deed, Fault, FaultKind, Row

DEEDS: Final[Mapping[Deed, str]] = {
    Deed.SIGNED_IN: mark("signed in"),
    Deed.SIGN_IN_FAILED: mark("failed to sign in"),
    Deed.SIGNED_OUT: mark("signed out"),
    Deed.VIEWED: mark("saw a case"),
    Deed.SEARCHED: mark("searched"),
    Deed.LISTED: mark("opened the list behind a number"),
    Deed.REVEAL_ASKED: mark("asked to reveal"),
    Deed.REVEAL_GRANTED: mark("consented to a reveal"),
    Deed.REVEAL_REFUSED: mark("refused a reveal"),
    Deed.REVEALED: mark("revealed persons"),
    Deed.EXPORTED: mark("exported"),
    Deed.ACTED: mark("acted on a case"),
    Deed.ACT_REFUSED: mark("was refused an act"),
    Deed.MATCH_DECIDED: mark("decided whether two cases are one matter"),
    Deed.MEETING: mark("began or ended a meeting"),
    Deed.DECIDED: mark("recorded or settled a decision"),
    Deed.LETTER_SETTLED: mark("settled a message"),
    Deed.LINK_CHANGED: mark("changed a display's link"),
    Deed.ACCOUNT_CHANGED: mark("changed an account"),
    Deed.AUDIT_READ: mark("read the audit"),
    Deed.VAULT_ROTATED: mark("changed the vault's key"),
}
FAULTS: Final[Mapping[FaultKind, str]] = {
    FaultKind.ALTERED: mark("row {id} is not what was sealed"),
    FaultKind.GAP: mark("before row {id} rows are gone"),
    FaultKind.END: mark("after row {id} rows are gone, or the mark of the end is not what was written"),
}
DETAILS: Final[Mapping[str, str]] = {
    "account": mark("account"),
    "actor": mark("in the name of"),
    "address": mark("from address"),
    "as_of": mark("as of"),
    "by": mark("by way of"),
    "case": mark("case"),
    "change": mark("change"),
    "decision": mark("decision"),
    "display": mark("display"),
    "faults": mark("faults"),
    "feed": mark("feed"),
    "fingerprint": mark("fingerprint"),
    "format": mark("format"),
    "found": mark("found"),
    "from": mark("from row"),
    "kinds": mark("kinds"),
    "letters": mark("messages"),
    "links": mark("links"),
    "list": mark("list"),
    "move": mark("move"),
    "refused": mark("refused because"),
    "version": mark("entry of the case"),
    "unit": mark("unit"),
    "second": mark("a second person is needed"),
    "demo": mark("account of the demo"),
    "drives": mark("drives the walls"),
    "login": mark("login"),
    "pair": mark("two reports"),
    "period": mark("period"),
    "reason": mark("for the reason"),
    "role": mark("role"),
    "scene": mark("on the walls"),
    "since": mark("since day"),
    "until": mark("until day"),
    "what": mark("what"),
    "why": mark("because"),
    "with": mark("with case"),
}
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "move": {
        **{form.move.__name__: form.title for form in FORMS},
        moves.Remind.__name__: mark("remind"),
        moves.TakeBack.__name__: mark("undo"),
    },
    "role": {role.value: msgid for role, msgid in ROLES.items()},
    "feed": {feed.value: msgid for feed, msgid in FEEDS_SHORT.items()},
    "change": {
        "added": mark("added"),
        "made": mark("made"),
        "revoked": mark("revoked"),
        "disabled": mark("disabled"),
        "enabled": mark("enabled"),
        "password": mark("a new password"),
        "own password": mark("own password changed"),
        "wrong password": mark("wrong password given"),
        "retried": mark("recorded after all"),
        "discarded": mark("put away"),
    },
}
_PLACE: Final = re.compile(r"\{\w+\}")
YEARS: Final = range(1970, 9999)
TITLES: Final = (mark("Row"), mark("When"), mark("Who"), mark("What"), mark("Case"), mark("More"))


class BadAsked(ValueError):
    """A question that means nothing."""


class BadDay(BadAsked):
    """What was given as a day is none."""


def asked(told: Mapping[str, Any]) -> Asked:
    """`{"login", "kinds", "code", "since", "until"}`, each may be missing; days are "YYYY-MM-DD", `until` with its whole day.

    Raises `BadDay`, and `BadAsked` for what is no text or no kind: who asks for less must not be handed more.
    """
    kinds = told.get("kinds") or ()
    if not isinstance(kinds, Sequence) or not all(isinstance(kind, str) and kind in set(Deed) for kind in kinds):
        raise BadAsked("kinds")
    until = _day(told.get("until"))
    return Asked(
        login=_text(told.get("login")),
        kinds=tuple(kinds),
        code=(_text(told.get("code")) or "").upper() or None,
        since=_begin(_day(told.get("since"))),
        until=_begin(until + timedelta(days=1)) if until is not None else None,
    )


def told_of(wanted: Asked) -> dict[str, Any]:
    """What is written down of a question: what has the form of a login or a code, and nothing else that somebody typed."""
    return {
        **({"login": wanted.login} if wanted.login is not None and LOGIN.fullmatch(wanted.login) else {}),
        **({"kinds": list(wanted.kinds)} if wanted.kinds else {}),
        **({"case": wanted.code} if wanted.code is not None and CODE.fullmatch(wanted.code) else {}),
        **({"since": wanted.since.isoformat()} if wanted.since is not None else {}),
        **({"until": wanted.until.isoformat()} if wanted.until is not None else {}),
    }


def _text(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "\0" in value:
        raise BadAsked("text")
    return value.strip() or None


def _day(value: object) -> date | None:
    text = _text(value)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadDay(text) from None
    if day.year not in YEARS:  # an hour before the first year or after the last is no time
        raise BadDay(text)
    return day


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(0), tzinfo=SHANGHAI) if day is not None else None


def grid_rows(rows: Sequence[Row], words: Words) -> list[dict[str, Any]]:
    """As the list shows them."""
    return [
        {
            "id": str(row.id),
            "row": row.id,
            "at": f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "login": row.login or "—",
            "kind": deed(row.kind, words),
            "code": row.code or "",
            "detail": detail(row.detail, words),
        }
        for row in rows
    ]


def file_row(row: Row, words: Words) -> tuple[Cell, ...]:
    """As an export has it, in the order of `TITLES`."""
    return (row.id, row.at, row.login, deed(row.kind, words), row.code or "", detail(row.detail, words))


def deed(kind: str, words: Words) -> str:
    return words[DEEDS[Deed(kind)]] if kind in set(Deed) else kind


def detail(told: Mapping[str, Any], words: Words) -> str:
    """Names and codes in words where there are some, values else as they were written."""
    named = ((words[DETAILS[name]] if name in DETAILS else name, _in_words(name, told[name], words)) for name in told)
    return " · ".join(f"{name}: {_value(value)}" for name, value in named)


def _in_words(name: str, value: object, words: Words) -> object:
    if isinstance(value, bool):
        return words[mark("yes")] if value else words[mark("no")]
    if name == "kinds" and isinstance(value, Sequence):
        return [deed(str(each), words) for each in value]
    if not isinstance(value, str):
        return value
    if name == "refused":  # what somebody wrote may have stood in its places, and was not written down
        return _PLACE.sub("…", words.get(value, value))
    codes = _CODES.get(name, {})
    return words[codes[value]] if value in codes else value


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_value, value))
    return "" if value is None else str(value)


def fault_sentence(fault: Fault, words: Words) -> str:
    return words[FAULTS[fault.kind]].format(id=fault.id)
