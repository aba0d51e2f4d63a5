"""Two cases side by side that may be one matter: what speaks for it, what would follow, and what both say. Pure."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.case_words import Telling, report_name
from dashboard.components.match_evidence import clauses
from dashboard.components.match_marks import marked
from dashboard.live.frames import epoch_ms
from dashboard.words import CATEGORIES, COLOURS, STATUSES, mark
from db.queries.match_sides import Opened, Side
from db.queries.queue_rows import Row

Told = list[Component | str]


def pane(opened: Opened, search: str, telling: Telling) -> list[Component]:
    """`search`: of the address, which tells the language and goes with every link."""
    words, pair = telling.words, opened.pair
    score = html.B(f"{pair.score:.2f}", className="figures match-score")
    facts = [html.Li(clause) for clause in clauses(pair.facts, words)]
    return [
        html.Div(
            [html.Span([words[mark("Likeness")], " ", score]), html.Ul(facts, className="match-facts")],
            className="match-why",
        ),
        html.Ul([html.Li(line) for line in follows(opened, telling)], className="match-follows"),
        html.Div(
            [
                _side(opened.a, opened.b, opened.stays, "o", search, telling),
                _side(opened.b, opened.a, opened.stays, "O", search, telling),
            ],
            className="match-sides",
        ),
        *([] if opened.readable else [html.P(words[mark("What was said is not shown to this account.")])]),
        html.Div(
            id="match-shown",
            hidden=True,
            **attributes(
                data_pair=str(pair.id), data_a=opened.a.row.code, data_b=opened.b.row.code, data_goes=opened.goes.code
            ),
        ),
    ]


def follows(opened: Opened, telling: Telling) -> list[str]:
    """What accepting would do: which case stays, what becomes of clocks and of the sources."""
    words, stays, goes = telling.words, opened.stays, opened.goes
    names = {"stays": stays.code, "goes": goes.code}
    goes_on = (
        mark("{goes} begins a new round of {stays}, which had ended.")
        if opened.begins_round
        else mark("{stays} goes on; {goes} goes on in it.")
    )
    lines = [words[goes_on].format(**names)]
    dues = [row.due_at for row in (stays, goes) if row.due_at is not None]
    lines.append(
        words[mark("Each report keeps its own clocks and its unit; closing closes all and tells each source.")]
    )
    if len(dues) > 1 and stays.due_at is not None and goes.due_at is not None and goes.due_at < stays.due_at:
        lines.append(words[mark("The case is then due with the report due first, that of {goes}.")].format(**names))
    return lines


def _side(side: Side, other: Side, stays: Row, key: str, search: str, telling: Telling) -> Component:
    row, words = side.row, telling.words
    colour = f"{words[COLOURS[row.colour]]} {words[CATEGORIES[row.category]]}"
    head: Told = [
        html.Span(className="risk", role="img", **attributes(data_colour=row.colour.value, aria_label=colour)),
        html.B(words[CATEGORIES[row.category]]),
        html.Span(words[STATUSES[row.status]], className="note"),
    ]
    if row.sensitive:
        head.append(html.Span(words[mark("protected")], className="note"))
    if row.id == stays.id:
        head.append(html.Span(words[mark("stays")], className="note match-stays"))
    head += [
        dcc.Link(
            [row.code, " ", html.Kbd(key, **attributes(aria_hidden="true"))],
            href=f"/case/{row.code}{search}",
            className="match-code figures",
        )
    ]
    return html.Article(
        [html.H2(head), html.Dl(_facts(side, telling)), *_said(side, other)],
        className="match-side",
        **attributes(aria_label=row.code),
    )


def _facts(side: Side, telling: Telling) -> list[Component]:
    row, words, county = side.row, telling.words, telling.county
    unit = county.unit(row.unit_code)
    told: list[tuple[str, Told]] = [
        (words[mark("Source")], [report_name(side.report, words), *_others(row, telling)]),
        (words[mark("Reported")], [_time(epoch_ms(side.reported_at))]),
        (
            words[mark("Township")],
            [" ".join(filter(None, (county.township_name(row.township), county.village_name(row.village)))) or "—"],
        ),
        (words[mark("Unit")], [unit.name if unit is not None else row.unit_name or row.unit_code or "—"]),
        (words[mark("Time limit")], [_time(epoch_ms(row.due_at), "deadline") if row.due_at is not None else "—"]),
    ]
    if row.caller is not None:
        told.append((words[mark("Caller")], [" ".join(filter(None, row.caller)) or "—"]))
    return [part for name, value in told for part in (html.Dt(name), html.Dd(value, className="figures"))]


def _others(row: Row, telling: Telling) -> Told:
    """How many more reports its case has."""
    return [" · ", telling.words[mark("{n} reports")].format(n=row.reports)] if row.reports > 1 else []


def _time(at: int, kind: str = "") -> Component:
    """The script puts it into words; a deadline at midnight is 24:00 of the day before."""
    return html.Time(**attributes(data_at=str(at), data_kind=kind))


def _said(side: Side, other: Side) -> list[Component]:
    """What both say in common is marked in each; where one of them may not be read, neither is compared."""
    words, against = side.words, other.words
    if words is None:
        return []
    theirs = ("", "", "") if against is None else against
    said = "\n".join(theirs)  # a title may stand in the other's text
    return [
        html.P(marked(words.address, theirs[2]), className="match-place"),
        html.P(marked(words.title, said), className="case-title"),
        html.Blockquote(marked(words.content, said)),
    ]
