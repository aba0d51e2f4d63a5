"""揭示: how somebody asks who is behind a case, what they are shown for a minute, and what a second person decides about."""

from collections.abc import Sequence
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.case_words import PERSONS, Telling, report_name
from dashboard.live.frames import epoch_ms
from dashboard.words import Words, mark
from db.reveals import MOST_REASON, Revealed, Waiting

ASK_EVERY = 2_000  # milliseconds, while a second person is waited for


def room(words: Words) -> Component:
    """Where a reveal is asked for and shown. The number of what is asked for is all that a store holds of it."""
    return html.Section(
        [
            html.H2(words[mark("Who is behind it")]),
            html.Details(
                [
                    html.Summary(words[mark("Reveal")], id="reveal-open"),
                    html.Label(words[mark("For what do you need to know?")], htmlFor="reveal-reason"),
                    dcc.Textarea(id="reveal-reason", value="", maxLength=MOST_REASON, rows=2),
                    html.P(words[mark("Shown for 60 seconds, and written down with your name.")], className="quiet"),
                    html.Button(words[mark("Reveal")], id="reveal-ask", type="button", className="main"),
                ],
                id="reveal-form",
            ),
            html.Div(id="reveal-said", role="status"),
            html.Div(id="reveal-shown", className="reveal-shown"),
            dcc.Store(id="reveal-number"),
            dcc.Interval(id="reveal-wait", interval=ASK_EVERY, disabled=True),
        ],
        id="reveal",
        className="reveal",
    )


def shown(found: Sequence[Revealed], until: datetime, telling: Telling) -> list[Component]:
    """Persons and texts as they were written, with the seconds left; the script and the interval both take them away."""
    words = telling.words
    return [
        html.P(
            [
                words[mark("Hidden again in")],
                " ",
                html.B(id="reveal-left", **attributes(data_until=str(epoch_ms(until)))),
            ],
            className="reveal-countdown figures",
            role="timer",
        ),
        *(_revealed(each, telling) for each in found),
        html.Button(words[mark("Hide now")], id="reveal-hide", type="button"),
        dcc.Interval(id="reveal-wipe", interval=60_000, max_intervals=1),
    ]


def _revealed(found: Revealed, telling: Telling) -> Component:
    words = telling.words
    persons = [
        html.Li(" ".join(filter(None, (words[PERSONS.get(person.role, PERSONS["caller"])], person.name, person.phone))))
        for person in found.persons
        if person.name or person.phone
    ]
    texts = (found.title, found.content, found.address, found.result)
    return html.Article(
        [
            html.B(report_name(f"{found.feed}:{found.source_id}", words)),
            html.Ul(persons),
            *(html.P(text) for text in texts if text),
        ]
    )


def consent_dialog(words: Words) -> Component:
    """What waits for a second person. The script puts its button, with how many wait, into the masthead."""
    return html.Dialog(
        [
            html.H2(words[mark("Reveals that wait for you")], id="consent-title"),
            html.Div(id="consent-list", **attributes(data_count="0")),
            html.Form(html.Button(words[mark("Close")], type="submit"), method="dialog"),
        ],
        id="consent",
        className="desk-dialog",
        **attributes(aria_labelledby="consent-title", data_title=words[mark("Approve")]),
    )


def consents(found: Sequence[Waiting], words: Words) -> list[Component]:
    """Each with what was said for a reason; the buttons tell the script which one is meant."""
    count = html.Span(id="consent-count", hidden=True, **attributes(data_count=str(len(found))))
    if not found:
        return [count, html.P(words[mark("Nothing waits.")], className="empty")]
    return [count, *(_consent(each, words) for each in found)]


def _consent(waiting: Waiting, words: Words) -> Component:
    return html.Article(
        [
            html.Div(
                [
                    dcc.Link(waiting.code, href=f"/case/{waiting.code}"),
                    f" · {waiting.asker} · ",
                    html.Time(**attributes(data_at=str(epoch_ms(waiting.asked_at)))),
                ]
            ),
            html.Q(waiting.reason),
            html.Div(
                [
                    html.Button(
                        words[mark("Consent")],
                        type="button",
                        className="main",
                        **attributes(data_consent="grant", data_reveal=str(waiting.id)),
                    ),
                    html.Button(
                        words[mark("Refuse")],
                        type="button",
                        **attributes(data_consent="refuse", data_reveal=str(waiting.id)),
                    ),
                ],
                className="act-row",
            ),
        ],
        className="consent",
    )
