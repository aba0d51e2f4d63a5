"""A case's reports side by side, why each belongs here, how it is taken out again; and what else may be the same matter. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.attributes import attributes
from dashboard.components.case_parts import evidence, report_lines
from dashboard.components.case_words import Telling, report_name
from dashboard.components.match_evidence import STATES, sentence
from dashboard.words import CATEGORIES, mark
from db.match_rows import JOINED
from db.queries.casefile import CaseFile
from db.queries.match_sides import Joined, Opened
from db.queries.matches import PairTold

SHOWN: Final = 24
"""Reports of one case that are shown; a power cut brings thousands."""

PAIRS: Final = 2
"""Of one report, the likeliest; each has a line."""


class Joins(NamedTuple):
    """What is known of a case's reports: pairs of them, and the cases that went on in it. `may_split`: whoever looks may."""

    pairs: Sequence[PairTold]
    joined: Sequence[Joined]
    may_split: bool


def reports(file: CaseFile, joins: Joins, telling: Telling) -> list[Component]:
    """What was said, as far as it may be read, report by report; several stand side by side."""
    words, found = telling.words, file.whole.reports
    if not found:
        return []
    parts: list[Component] = [html.H2(words[mark("What was said")])]
    if not file.readable:
        parts.append(html.P(words[mark("What was said is not shown to this account.")], className="quiet"))
    if len(found) > SHOWN:
        told = words[mark("The first {n} of {all} reports.")].format(n=SHOWN, all=len(found))
        parts.append(html.P(told, className="quiet"))
    first = _first(file)
    own = _own_pairs(joins.pairs, first)
    articles = [
        html.Article(
            [
                *report_lines(report, file, telling),
                *_why(key, first, own.get(key, ()), file, telling),
                *([_out(key, telling)] if joins.may_split and len(found) > 1 else []),
            ],
            className="case-report",
            **attributes(data_report=key),
        )
        for report in found[:SHOWN]
        for key in (f"{report.feed}:{report.source_id}",)
    ]
    several = "case-reports case-side-by-side" if len(found) > 1 else "case-reports"
    return [*parts, html.Div(articles, className=several), *_parts(file, joins, telling)]


def _first(file: CaseFile) -> str:
    """The report that was told first: the others came to it."""
    at = file.reported_at
    keys = [f"{each.feed}:{each.source_id}" for each in file.whole.reports]
    return min(keys, key=lambda key: (at[key], keys.index(key))) if set(keys) <= at.keys() else keys[0]


def _own_pairs(pairs: Sequence[PairTold], first: str) -> Mapping[str, list[PairTold]]:
    """Pairs joined in this case, each with the report that came to the other: not the first one, else the second of the two."""
    found: dict[str, list[PairTold]] = {}
    for pair in pairs:
        if pair.a_case == pair.b_case and pair.state in JOINED:
            found.setdefault(pair.a if pair.b == first else pair.b, []).append(pair)
    return found


def _why(key: str, first: str, pairs: Sequence[PairTold], file: CaseFile, telling: Telling) -> list[Component]:
    if key == first:
        return []
    if not pairs:
        return [html.P(evidence(key, file.whole.entries, telling), className="case-evidence")]
    lines = [html.Li(_joined(key, pair, telling)) for pair in pairs[:PAIRS]]
    if len(pairs) > PAIRS:
        lines.append(html.Li(telling.words[mark("and with {n} more")].format(n=len(pairs) - PAIRS)))
    return [html.Ul(lines, className="case-evidence")]


def _joined(key: str, pair: PairTold, telling: Telling) -> list[Component | str]:
    """With which report, by what, how sure, and by whom."""
    words = telling.words
    other = report_name(pair.b if pair.a == key else pair.a, words)
    state = words[STATES[pair.state]]
    by = f"{telling.who(pair.decided_by)} · {state}" if pair.decided_by is not None else state
    line: list[Component | str] = [
        html.B(words[mark("with {report}")].format(report=other)),
        f" {sentence(pair.facts, words)} · ",
    ]
    score = html.Span(f"{words[mark('Likeness')]} {pair.score:.2f}", className="figures")
    again = [f" · {words[mark('tells again of a closed matter')]}"] if pair.repeats else []
    return [*line, score, f" · {by}", *again]


def _out(key: str, telling: Telling) -> Component:
    words = telling.words
    name = words[mark("Take {report} out")].format(report=report_name(key, words))
    return html.Button(
        words[mark("Take out")], type="button", className="link", **attributes(data_split=key, aria_label=name)
    )


def _parts(file: CaseFile, joins: Joins, telling: Telling) -> list[Component]:
    """The cases that went on here, each to be parted from it whole."""
    words = telling.words
    if not (joins.joined and joins.may_split):
        return []
    lines = [
        html.Li(
            [
                html.Span(words[mark("{code} went on here")].format(code=each.code), className="figures"),
                " ",
                html.Button(
                    words[mark("Take apart")],
                    type="button",
                    className="link",
                    **attributes(
                        data_match="part",
                        data_code=file.row.code,
                        data_other=each.code,
                        aria_label=words[mark("Take {code} apart from this case")].format(code=each.code),
                    ),
                ),
            ]
        )
        for each in joins.joined
    ]
    return [html.Ul(lines, className="case-parts")]


def strip(opened: Sequence[Opened], case_id: int, may_decide: bool, search: str, telling: Telling) -> list[Component]:
    """Suggestions that wait for a decision about the case, above its page; nothing where there is none."""
    if not opened:
        return []
    words = telling.words
    return [
        html.Section(
            [
                html.B(words[mark("Possible duplicates")]),
                html.Ul([_suggested(each, case_id, may_decide, search, telling) for each in opened]),
            ],
            className="case-suggested",
            **attributes(aria_label=words[mark("Possible duplicates")]),
        )
    ]


def _suggested(each: Opened, case_id: int, may_decide: bool, search: str, telling: Telling) -> Component:
    words = telling.words
    other = (each.b if each.a.row.id == case_id else each.a).row
    about = " · ".join(filter(None, (words[CATEGORIES[other.category]], telling.county.township_name(other.township))))
    doing = (
        ("accept", words[mark("Merge")]),
        ("refuse", words[mark("Not one matter")]),
        ("later", words[mark("Later")]),
    )
    buttons = [
        html.Button(word, type="button", **attributes(data_match=do, aria_label=f"{word} {other.code}"))
        for do, word in doing
    ]
    return html.Li(
        [
            html.Div(
                [
                    dcc.Link(other.code, href=f"/case/{other.code}{search}", className="figures"),
                    f" {about} ",
                    html.Span(other.title or "", className="quiet"),
                ]
            ),
            html.Div(
                [
                    f"{sentence(each.pair.facts, words)} · ",
                    html.Span(f"{words[mark('Likeness')]} {each.pair.score:.2f}", className="figures"),
                ],
                className="quiet",
            ),
            *([html.Div(buttons, className="match-row")] if may_decide else []),
        ],
        **attributes(data_pair=str(each.pair.id)),
    )
