"""The desk's side panel: one case in short. It builds what it is handed and asks nobody; instants are put into words by the
script (`data-at`, `data-due`)."""

from dash import dcc, html
from dash.development.base_component import Component

from casework.clocks import Clock, Kind
from casework.county import County
from dashboard.components.attributes import attributes
from dashboard.components.case_journal import in_short
from dashboard.components.case_words import Telling, source
from dashboard.live.frames import epoch_ms
from dashboard.words import CATEGORIES, COLOURS, STATUSES, Words, mark
from db.queries.brief import Brief

SAID_CHARACTERS = 160

CLOCKS = {
    Kind.SIGN: mark("Sign for"),
    Kind.CONTACT: mark("Contact"),
    Kind.FINISH: mark("Finish"),
    Kind.VISIT: mark("Visit"),
}


def head(brief: Brief, county: County, words: Words, search: str) -> list[Component]:
    """What it is, what was said, and how its clocks stand. `search`: of the page's address, with its language."""
    row = brief.row
    colour = f"{words[COLOURS[row.colour]]} {words[CATEGORIES[row.category]]}"
    return [
        html.H2(
            [
                html.Span(className="risk", **attributes(data_colour=row.colour.value, aria_hidden="true")),
                html.Span(words[CATEGORIES[row.category]], **attributes(aria_label=colour)),
                dcc.Link(row.code, href=f"/case/{row.code}{search}", className="desk-code figures"),
            ]
        ),
        html.P(_where(brief, county, words), className="quiet"),
        *_said(brief, words),
        *_notes(brief, words),
        html.Div([_clock(clock, words) for clock in brief.clocks], className="desk-clocks"),
        _promise(brief, words),
    ]


def rest(brief: Brief, telling: Telling) -> list[Component]:
    """What happened last, and who looked at it."""
    words = telling.words
    more = [html.P(words[mark("{n} earlier entries")].format(n=brief.more), className="quiet")] if brief.more else []
    return [in_short(brief.entries, telling), *more, *_looks(brief, words)]


def nothing(words: Words) -> list[Component]:
    """No case, or none that this account may see."""
    return [html.P(words[mark("It does not exist, or your account may not see it.")], className="empty")]


def _where(brief: Brief, county: County, words: Words) -> list[Component | str]:
    row = brief.row
    feeds = " · ".join(source(feed.value, words) for feed in row.feeds)
    places = (county.township_name(row.township), county.village_name(row.village) if not brief.place else brief.place)
    where = " ".join(filter(None, places))
    return [
        f"{feeds} · ",
        html.Time(**attributes(data_at=str(epoch_ms(row.reported_at)))),
        f" · {where} · {words[STATUSES[row.status]]}" if where else f" · {words[STATUSES[row.status]]}",
    ]


def _said(brief: Brief, words: Words) -> list[Component]:
    if brief.said is None:
        hidden = words[mark("What was said is not shown to this account.")]
        return [html.P(hidden, className="quiet")]
    cut = brief.said[:SAID_CHARACTERS] + ("……" if len(brief.said) > SAID_CHARACTERS else "")
    return [html.Blockquote(cut, className="desk-said")] if cut else []


def _notes(brief: Brief, words: Words) -> list[Component]:
    row = brief.row
    told = (
        (row.sensitive, words[mark("protected")]),
        (row.paused_at is not None, words[mark("stopped")]),
        (row.provisional, words[mark("provisional")]),
        (row.round > 1, words[mark("round {n}")].format(n=row.round)),
        (row.reports > 1, words[mark("{n} reports")].format(n=row.reports)),
    )
    notes = [html.Span(word, className="note") for so, word in told if so]
    caller = [" ".join(filter(None, row.caller))] if row.caller is not None else []
    shown = [*notes, *(html.Span(each, className="figures") for each in caller if each)]
    return [html.P(shown, className="desk-notes")] if shown else []


def _clock(clock: Clock, words: Words) -> Component:
    """A bar that empties; the script moves it and tells the time left."""
    instants = {
        "data_from": clock.started_at,
        "data_due": clock.due.at,
        "data_stopped": clock.stopped_at,
        "data_until": clock.until,
        "data_paused": clock.paused_at,
    }
    told = {name: str(epoch_ms(at)) for name, at in instants.items() if at is not None}
    return html.Div(
        [
            html.Span(words[CLOCKS[clock.kind]]),
            html.Span(html.I(), className="desk-bar", **attributes(aria_hidden="true")),
            html.Span(className="desk-clock-left figures"),
        ],
        className="desk-clock",
        **attributes(**told),
    )


def _promise(brief: Brief, words: Words) -> Component:
    provisional = [" · ", words[mark("provisional")]] if brief.provisional else []
    return html.P(
        [
            words[mark("Promised to the citizen")],
            " ",
            html.Time(**attributes(data_at=str(epoch_ms(brief.promise_at)), data_deadline="")),
            *provisional,
        ],
        className="quiet",
    )


def _looks(brief: Brief, words: Words) -> list[Component]:
    if not brief.looks:
        return []
    told: list[Component | str] = [words[mark("Who looked")]]
    for number, look in enumerate(brief.looks):
        told += [" · " if number else " ", f"{look.name} ", html.Time(**attributes(data_at=str(epoch_ms(look.at))))]
    return [html.P(told, className="desk-looks quiet")]
