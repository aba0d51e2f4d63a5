"""The journal's entries in words, a line each, the newest first: what happened, when, and by whom."""

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from casework.case import Entry
from casework.county import County
from casework.vocabulary import EntryType, Feed, ReminderKind
from dashboard.components.attributes import attributes
from dashboard.live.frames import epoch_ms
from dashboard.words import FEEDS_SHORT, STEPS, Words, mark
from db.acts import LADDER

ENTRIES: Mapping[EntryType, str] = {
    EntryType.REGISTERED: mark("registered"),
    EntryType.LINKED: mark("joined this case"),
    EntryType.REOPENED: mark("reopened"),
    EntryType.REVISED: mark("corrected by its source"),
    EntryType.ACCEPTED: mark("accepted"),
    EntryType.MERGED: mark("merged into another case"),
    EntryType.ASSIGNED: mark("assigned"),
    EntryType.TAKEN_BACK: mark("assignment undone"),
    EntryType.SIGNED: mark("signed for"),
    EntryType.CONTACTED: mark("citizen contacted"),
    EntryType.RETURNED: mark("returned"),
    EntryType.EXTENDED: mark("extended"),
    EntryType.FINISHED: mark("finished"),
    EntryType.REVIEWED: mark("reviewed"),
    EntryType.VISITED: mark("return visit"),
    EntryType.REDONE: mark("to be redone"),
    EntryType.CLOSED: mark("case closed"),
    EntryType.DECLINED: mark("case declined"),
    EntryType.COLOURED: mark("colour changed"),
    EntryType.MARKED_UNREASONABLE: mark("marked as unreasonable"),
    EntryType.RESUMED: mark("resumed"),
    EntryType.CLASSIFIED: mark("complexity set"),
    EntryType.RETURN_ASKED: mark("second return asked for"),
    EntryType.RETURN_REFUSED: mark("return refused"),
    EntryType.PAUSED: mark("clock stopped"),
    EntryType.CONTINUED: mark("clock runs again"),
    EntryType.EXTENSION_ASKED: mark("extension asked for"),
    EntryType.EXTENSION_REFUSED: mark("extension refused"),
    EntryType.REJECTED: mark("sent back by review"),
    EntryType.HELP_CALLED: mark("co-handler called in"),
    EntryType.ALLOTTED: mark("allotted by co-handler"),
    EntryType.OVERSEEN: mark("co-handling overseen"),
    EntryType.RATED: mark("co-handling rated"),
    EntryType.REMINDED: mark("reminder"),
    EntryType.ESCALATED: mark("raised to the county"),
    EntryType.REDATED: mark("deadline counted again"),
    EntryType.SPLIT: mark("taken out into its own case"),
    EntryType.RESTORED: mark("goes on by itself again"),
}
MACHINES: Mapping[str, str] = {LADDER: mark("the reminder ladder")}
_OF_REPORTS = frozenset({EntryType.REGISTERED, EntryType.LINKED, EntryType.REVISED, EntryType.SPLIT})


def time_line(entries: Sequence[Entry], county: County, names: Mapping[str, str], words: Words) -> Component:
    """`names`: of accounts by login. The script puts instants into words (`data-at`)."""
    lines = [_line(entry, county, names, words) for entry in entries]
    return html.Ol(lines, className="time-line")


def _line(entry: Entry, county: County, names: Mapping[str, str], words: Words) -> Component:
    return html.Li(
        [
            html.Div([html.B(_what(entry, words)), f" {_whom(entry, county, words)}"]),
            html.Div(
                [
                    html.Time(**attributes(data_at=str(epoch_ms(entry.occurred_at)))),
                    f" · {actor(entry.actor, county, names, words)}",
                ],
                className="quiet",
            ),
        ]
    )


def _what(entry: Entry, words: Words) -> str:
    """What happened; of a reminder which step it was."""
    if entry.type is EntryType.REMINDED:
        return words[STEPS[ReminderKind(entry.payload["kind"])]]
    return words[ENTRIES[entry.type]]


def _whom(entry: Entry, county: County, words: Words) -> str:
    """The unit an entry gives the case to or reminds, or the report it is about."""
    unit = entry.payload.get("unit")
    if isinstance(unit, str):
        return county.unit_name(unit)
    feed, _, source_id = entry.report.partition(":")
    return f"{source(feed, words)} {source_id}" if entry.type in _OF_REPORTS else ""


def actor(told: str, county: County, names: Mapping[str, str], words: Words) -> str:
    """Who did it: a person by name, a unit, a source, or a rule of the centre's own."""
    if told in MACHINES:
        return words[MACHINES[told]]
    if told in set(Feed):
        return source(told, words)
    return names.get(told) or county.unit_name(told)


def source(feed: str, words: Words) -> str:
    return words[FEEDS_SHORT[Feed(feed)]] if feed in set(Feed) else feed
