"""The head of the review's page: which period, as of when, and what can be done with it. Pure.

What is pressed stays in its place while numbers change (`controls`); what is told is drawn anew (`title`, `ways`).
"""

from datetime import datetime, timedelta
from typing import Final

from dash import html
from dash.development.base_component import Component

from casework.calendar import SHANGHAI
from casework.review import PeriodKind, PeriodName, Review
from dashboard.components import review_words
from dashboard.components.attributes import attributes
from dashboard.components.review_ask import EXPORT, address, sibling, told_instant
from dashboard.components.review_words import Telling
from dashboard.live.frames import epoch_ms
from dashboard.words import Words, mark

LISTED_DAYS: Final = 14
"""Of a period, its last ones, that are offered in the as-of picker; others are typed."""
FILES: Final = ((".xlsx", mark("Excel workbook")), (".docx", mark("Word report")))


def controls(words: Words, *, may_export: bool, may_meet: bool) -> Component:
    """Buttons that outlive every redrawing; on a tablet held upright they lie at the bottom, under the thumb."""
    return html.Div(
        [
            html.Div(id="review-ways", className="review-ways"),
            html.Button(
                words[mark("As of…")], id="review-as-of-open", type="button", **attributes(aria_haspopup="dialog")
            ),
            html.Button(
                words[mark("Replay")],
                id="review-replay",
                type="button",
                **attributes(aria_expanded="false", aria_controls="review-lapse"),
            ),
            html.Button(
                words[mark("Export")], id="review-export-open", type="button", **attributes(aria_haspopup="dialog")
            )
            if may_export
            else None,
            meeting_button(words) if may_meet else None,
        ],
        className="review-controls",
        role="group",
        **attributes(aria_label=words[mark("Review")]),
    )


def meeting_button(words: Words) -> Component:
    """What it opens is the meeting mode's (`dashboard.pages.meeting`)."""
    return html.Button(
        words[mark("Meeting")],
        id="review-meeting",
        type="button",
        className="main",
        **attributes(aria_expanded="false", aria_controls="review-meeting-panel"),
    )


def title(review: Review, telling: Telling) -> list[Component]:
    """What is shown, of which days, and as of when; a past instant is told so that nobody takes it for now."""
    words, period = telling.words, review.period
    return [
        html.H1([words[review_words.KINDS[review.name.kind]], " ", review_words.period_name(review.name, words)]),
        html.P(
            [
                html.Span(review_words.days(period, words)),
                *_state(review, words),
                html.Span(_seen_at(review, words), className="review-as-of-told"),
                *_back(review, telling),
                html.Button(
                    words[mark("There is news: show it")],
                    id="review-news",
                    type="button",
                    className="link",
                    hidden=True,
                ),
            ],
            className="review-when" + (" review-past" if review.as_of is not None else ""),
        ),
    ]


def _state(review: Review, words: Words) -> list[Component]:
    """That the period has not begun or is not over, or that nothing had been written down by then: zeros that mislead else."""
    period = review.period
    if review.position == 0:
        told = mark("nothing had been recorded by then")
    elif period.at < period.start:
        told = mark("not begun")
    elif period.at < period.end and review.as_of is None:
        told = mark("running")
    else:
        return []
    return [html.Span(words[told], className="review-mark")]


def _seen_at(review: Review, words: Words) -> str:
    told = review_words.minute(review.period.at, words)
    if review.as_of is None:
        return words[mark("as of {time}")].format(time=told)
    return words[mark("As it was on {time}; what came later is not in it")].format(time=told)


def _back(review: Review, telling: Telling) -> list[Component]:
    if review.as_of is None:
        return []
    return [_go(review.name, None, telling.words[mark("Back to now")], telling, className="button")]


def _go(name: PeriodName, as_of: datetime | None, shown: str, telling: Telling, **more: str) -> Component:
    """A link to a review; the page's script follows it without leaving the page."""
    return html.A(
        shown,
        href=address(name, as_of, telling.search),
        className=f"review-go {more.pop('className', '')}".strip(),
        **attributes(data_name=str(name), data_as_of=told_instant(as_of) if as_of is not None else ""),
        **attributes(**more),
    )


def ways(review: Review, telling: Telling, now: datetime) -> list[Component]:
    """The period before, the three kinds, and the one after; none that has not begun, nor one that ended before its as-of."""
    words, name = telling.words, review.name
    return [
        _step(name.before(), "‹", words[mark("The period before")], review, telling, now),
        html.Div(
            [_kind(kind, review, telling, now) for kind in PeriodKind],
            className="review-kinds",
            role="group",
            **attributes(aria_label=words[mark("Kind of period")]),
        ),
        _step(name.after(), "›", words[mark("The period after")], review, telling, now),
    ]


def _step(name: PeriodName, shown: str, label: str, review: Review, telling: Telling, now: datetime) -> Component:
    if name.period(now).start > now:
        return html.Span(shown, className="button review-step", **attributes(aria_hidden="true", data_off=""))
    as_of = _kept(name, review.as_of)
    return _go(name, as_of, shown, telling, className="button review-step", aria_label=label)


def _kind(kind: PeriodKind, review: Review, telling: Telling, now: datetime) -> Component:
    shown = telling.words[review_words.SHORT_KINDS[kind]]
    name = review.name if kind == review.name.kind else sibling(review.name, kind, now)
    here = {"aria_current": "page"} if kind == review.name.kind else {}
    return _go(name, _kept(name, review.as_of), shown, telling, className="button", **here)


def _kept(name: PeriodName, as_of: datetime | None) -> datetime | None:
    """The past instant stays when one goes to another period, unless that had not begun then."""
    return as_of if as_of is not None and name.period(as_of).start < as_of else None


def as_of_dialog(review: Review, telling: Telling, now: datetime) -> Component:
    """Days of the period to choose from, each as it ended, and room for a field of day and time."""
    words = telling.words
    return html.Dialog(
        [
            html.H2(words[mark("See it as of")], id="review-as-of-title"),
            html.P(words[mark("Numbers, ranks and cases as they were known then; what came later is left out.")]),
            html.Div([_end_of_day(at, review, telling) for at in ends_of_days(review, now)], className="review-days"),
            html.Div(
                id="review-as-of-fields",
                className="review-fields",
                **attributes(
                    data_at=told_instant(review.period.at),
                    data_now=told_instant(now),
                    data_name=str(review.name),
                    data_label=words[mark("Day and time")],
                    data_show=words[mark("Show")],
                ),
            ),
            html.Div(
                [
                    _go(review.name, None, words[mark("Now")], telling, className="button main"),
                    html.Button(words[mark("Close")], type="button", className="review-close"),
                ],
                className="review-dialog-buttons",
            ),
        ],
        id="review-as-of",
        className="review-dialog",
        **attributes(aria_labelledby="review-as-of-title"),
    )


def ends_of_days(review: Review, now: datetime) -> list[datetime]:
    """Midnights at which the days of the period ended, the last `LISTED_DAYS` of them, as far as they have come."""
    period, day = review.period, timedelta(days=1)
    ends = [period.start + day * number for number in range(1, (period.end - period.start) // day + 1)]
    return [at for at in ends if at <= now][-LISTED_DAYS:]


def _end_of_day(at: datetime, review: Review, telling: Telling) -> Component:
    shown = review_words.minute(at, telling.words, deadline=True)
    here = {"aria_current": "true"} if review.as_of == at else {}
    return _go(review.name, at, shown, telling, className="button", **here)


def export_dialog(review: Review, telling: Telling) -> Component:
    """The files of what is shown, as of the same instant."""
    words = telling.words
    links = [
        html.A(
            words[named],
            href=address(review.name, review.as_of, telling.search, EXPORT, ending),
            className="button review-file",
            download="",
            **attributes(data_file=ending.removeprefix(".")),
        )
        for ending, named in FILES
    ]
    return html.Dialog(
        [
            html.H2(words[mark("Take it away")], id="review-export-title"),
            html.P(words[mark("The same numbers as on the screen; that it was taken away is written down.")]),
            html.Div(
                [*links, html.Button(words[mark("Print, or save as PDF")], id="review-print", type="button")],
                className="review-files",
            ),
            html.P("", id="review-export-told", className="review-told", role="status"),
            html.Div(
                [html.Button(words[mark("Close")], type="button", className="review-close")],
                className="review-dialog-buttons",
            ),
        ],
        id="review-export",
        className="review-dialog",
        **attributes(aria_labelledby="review-export-title"),
    )


def marker(review: Review, number: int, unit: str) -> Component:
    """What the script must know of what is shown: which review, as which answer, and whether news may change it."""
    return html.Div(
        id="review-shown",
        hidden=True,
        **attributes(
            data_n=str(number),
            data_name=str(review.name),
            data_as_of=told_instant(review.as_of) if review.as_of is not None else "",
            data_fingerprint=review.fingerprint,
            data_position=str(review.position),
            data_live="yes" if review.as_of is None else "no",
            data_at=str(epoch_ms(review.period.at)),
            data_unit=unit,
            data_year=str(review.period.at.astimezone(SHANGHAI).year),
        ),
    )
