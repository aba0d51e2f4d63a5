"""The journal as a time line, whole or in short, and who looked at the case. Pure; the script puts instants into words."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from casework.case import Entry
from casework.vocabulary import Colour, Complexity, EntryType, ReminderKind, Result, Satisfaction
from dashboard.components.attributes import attributes
from dashboard.components.case_more import LINES, more, shown
from dashboard.components.case_words import COMPLEXITIES, DEEDS, ENTRIES, RESULTS, SATISFACTIONS, Telling, report_name
from dashboard.live.frames import epoch_ms
from dashboard.words import COLOURS, STEPS, mark
from db import audit

_OF_REPORTS = frozenset({EntryType.REGISTERED, EntryType.LINKED, EntryType.REVISED, EntryType.SPLIT})
Told = list[Component | str]


def journal(
    entries: Sequence[Entry], codes: Mapping[int, str], several: bool, search: str, telling: Telling
) -> Component:
    """The last of it, the newest first. `codes`: of cases in sight, by id; `several`: the case has several reports."""
    lines = [
        _line(
            entry,
            [*_about(entry, several, telling), *_into(entry.payload, codes, search, telling)],
            _further(entry, telling),
            telling,
        )
        for entry in reversed(entries[-_drawn(search) :])
    ]
    return html.Ol(lines, className="time-line case-journal")


def left_out(entries: Sequence[Entry], search: str, telling: Telling) -> list[Component]:
    """What is said of the entries that `journal` does not draw."""
    sentence = mark("The last {n} of {all} entries.")
    return more(sentence, _drawn(search), len(entries), search, telling.words, mark("Show more entries"))


def _drawn(search: str) -> int:
    return shown(search) * LINES


def in_short(entries: Sequence[Entry], telling: Telling) -> Component:
    """What happened to whom, when and by whom, and no word that somebody wrote; in the order they are handed in."""
    return html.Ol(
        [_line(entry, _about(entry, False, telling), [], telling) for entry in entries], className="time-line"
    )


def _line(entry: Entry, about: Told, further: Sequence[Component], telling: Telling) -> Component:
    who, acting = telling.who(entry.actor), entry.payload.get("for")
    if isinstance(acting, str):
        who = f"{who}（{telling.county.unit_name(acting)}）" if telling.chinese else f"{who} ({acting})"
    return html.Li(
        [
            html.Div([html.B(_what(entry, telling)), *about]),
            *further,
            html.Div(
                [html.Time(**attributes(data_at=str(epoch_ms(entry.occurred_at)))), f" · {who}"], className="quiet"
            ),
        ]
    )


def _about(entry: Entry, several: bool, telling: Telling) -> Told:
    """The unit an entry gives the case to or reminds, and the report it is about."""
    unit = entry.payload.get("unit")
    about: Told = [f" {telling.county.unit_name(unit)}"] if isinstance(unit, str) else []
    if several or entry.type in _OF_REPORTS:
        about.append(f" {report_name(entry.report, telling.words)}")
    return about


def _further(entry: Entry, telling: Telling) -> list[Component]:
    """What an entry tells beside, and the reason that was given."""
    more, reason = _more(entry, telling), entry.payload.get("reason")
    return [
        *([html.Div(" · ".join(more), className="case-more")] if more else []),
        *([html.Q(reason)] if reason else []),
    ]


def _what(entry: Entry, telling: Telling) -> str:
    if entry.type is EntryType.REMINDED:
        kind, step = ReminderKind(entry.payload["kind"]), entry.payload["step"]
        return step if telling.chinese and step != "by hand" else telling.words[STEPS[kind]]
    return telling.words[ENTRIES[entry.type]]


def _more(entry: Entry, telling: Telling) -> list[str]:
    """What an entry tells by codes and numbers; how a report came is told where the report is."""
    payload, words = entry.payload, telling.words
    if entry.type in _OF_REPORTS:
        return []
    coded = (
        ("colour", COLOURS, Colour),
        ("complexity", COMPLEXITIES, Complexity),
        ("result", RESULTS, Result),
        ("satisfaction", SATISFACTIONS, Satisfaction),
    )
    told = [words[table[kind(payload[name])]] for name, table, kind in coded if payload.get(name)]  # type: ignore[index]
    truths = (
        ("mediated", mark("mediated"), mark("not mediated")),
        ("reached", mark("reached"), mark("not reached")),
        ("solved", mark("solved"), mark("not solved")),
    )
    told += [words[yes if payload[name] else no] for name, yes, no in truths if payload.get(name) is not None]
    if isinstance(payload.get("approver"), str):
        told.append(words[mark("approved by {name}")].format(name=telling.who(payload["approver"])))
    if isinstance(payload.get("amount"), int):
        told.append(words[mark("{n} working days")].format(n=payload["amount"]))
    if isinstance(payload.get("rating"), int):
        told.append(words[mark("rated {n} of 5")].format(n=payload["rating"]))
    if payload.get("to"):
        told.append(payload["to"])
    return told


def _into(payload: Mapping[str, Any], codes: Mapping[int, str], search: str, telling: Telling) -> Told:
    into = payload.get("into")
    if into is None:
        return []
    code = codes.get(into)
    if code is None:
        return [" ", telling.words[mark("another case")]]
    return [" ", dcc.Link(code, href=f"/case/{code}{search}")]


def looks(rows: Sequence[audit.Row] | None, telling: Telling, *, readable: bool) -> list[Component]:
    """谁看过这件. `readable`: whoever asks may read what was said, reasons too."""
    words = telling.words
    if rows is None:
        return [
            html.P(
                words[mark("Only the unit that holds the case and the county centre may see this.")], className="quiet"
            )
        ]
    if not rows:
        return [html.P(words[mark("Nobody has looked at it yet.")], className="quiet")]
    return [html.Ol([_look(row, telling, readable) for row in rows], className="case-looks")]


def _look(row: audit.Row, telling: Telling, readable: bool) -> Component:
    words = telling.words
    what = words[DEEDS[row.kind]] if row.kind in DEEDS else row.kind
    reason = row.detail.get("reason") if readable else None
    return html.Li(
        [
            html.Time(**attributes(data_at=str(epoch_ms(row.at)))),
            f" {telling.names.get(row.login, row.login)} ",
            html.Span(what, className="quiet"),
            *([html.Q(reason)] if reason else []),
        ]
    )
