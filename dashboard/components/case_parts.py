"""The parts of a case's page that are no clocks and no journal: its head, what was said, its papers, where it lies. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from dash import dcc, html
from dash.development.base_component import Component

from casework.case import Case, Entry
from casework.errors import Refused
from casework.overlays import overlays
from casework.vocabulary import EntryType, Overlay
from dashboard.components.attributes import attributes
from dashboard.components.case_map import Mark
from dashboard.components.case_refusals import said
from dashboard.components.case_words import APPEALS, PERSONS, RESULTS, URGENCIES, Telling, report_name, source
from dashboard.exports.facts import check_paper
from dashboard.exports.papers import NAMES, Paper
from dashboard.live.frames import epoch_ms
from dashboard.words import CATEGORIES, COLOURS, STATUSES, mark
from db.queries.casefile import CaseFile, Spot
from db.queries.cases import ReportTexts

PAPERS: Mapping[Paper, str] = {
    Paper.DISPATCH: mark("Order to the unit"),
    Paper.URGING: mark("Urging notice"),
    Paper.PROMPT: mark("Prompt letter"),
    Paper.FEEDBACK: mark("Feedback form"),
}
OVERLAYS: Mapping[Overlay, str] = {
    Overlay.DUE_SOON: mark("due soon"),
    Overlay.OVERDUE: mark("overdue"),
    Overlay.FINISHED_LATE: mark("finished late"),
    Overlay.PROVISIONAL: mark("provisional"),
    Overlay.PAUSED: mark("stopped"),
    Overlay.URGED: mark("urged"),
    Overlay.SUPERVISED: mark("supervised"),
    Overlay.ESCALATED: mark("raised to the county"),
}


def head(file: CaseFile, due_soon: float, search: str, telling: Telling, at: datetime) -> list[Component]:
    """Mark, title, code, whose it is, and what is true of it beside its status."""
    row, case, words = file.row, file.whole.state, telling.words
    colour = f"{words[COLOURS[row.colour]]} {words[CATEGORIES[row.category]]}"
    notes = [words[OVERLAYS[each]] for each in Overlay if each in overlays(case, at, due_soon)] if case.threads else []
    notes += [words[mark("protected")]] if row.sensitive else []
    notes += [words[mark("round {n}")].format(n=row.round)] if row.round > 1 else []
    notes += [words[mark("scores nobody")]] if any(each.extras.excluded_by for each in case.threads) else []
    title = row.title or words[CATEGORIES[row.category]]
    return [
        html.H1(
            [
                html.Span(className="risk", role="img", **attributes(data_colour=row.colour.value, aria_label=colour)),
                html.Span(title),
                html.Span(row.code, className="case-code figures"),
            ],
        ),
        html.P(_summary(file, telling), className="quiet"),
        *([html.P([html.Span(note, className="note") for note in notes], className="case-notes")] if notes else []),
        *_went_on(file, search, telling),
    ]


def _summary(file: CaseFile, telling: Telling) -> list[Component | str]:
    row, case, words, county = file.row, file.whole.state, telling.words, telling.county
    facts = case.lead.facts if case.threads else None
    first = next((thread.spans[0].unit_code for thread in case.threads if thread.spans), None)
    told = [
        words[COLOURS[row.colour]],
        words[STATUSES[row.status]],
        words[CATEGORIES[row.category]],
        words[APPEALS[row.appeal]],
        words[URGENCIES[row.urgency]],
        " ".join(filter(None, (county.township_name(row.township), county.village_name(row.village)))),
        words[mark("held by {unit}")].format(unit=_unit(file, telling)) if row.unit_code else "",
        words[mark("first held by {unit}")].format(unit=county.unit_name(first))
        if first is not None and first != row.unit_code
        else "",
        words[mark("{n} people")].format(n=facts.involved) if facts is not None and facts.involved else "",
    ]
    helpers = words[mark(", ")].join(county.unit_name(unit) for unit in row.helpers)
    told.append(words[mark("with {units}")].format(units=helpers) if helpers else "")
    result = case.lead.extras.result if case.threads else None
    told.append(words[RESULTS[result]] if result is not None else "")
    return [" · ".join(filter(None, told)), " · ", html.Time(**attributes(data_at=str(epoch_ms(row.reported_at))))]


def _unit(file: CaseFile, telling: Telling) -> str:
    known = telling.county.unit(file.row.unit_code)
    return known.name if known is not None else file.row.unit_name or file.row.unit_code or ""


def _went_on(file: CaseFile, search: str, telling: Telling) -> list[Component]:
    """Where a merged-away case is told now."""
    if file.whole.state.merged_into is None:
        return []
    words = telling.words
    if file.into is None:
        return [html.P(words[mark("It went on in another case.")], className="case-went-on")]
    link = dcc.Link(file.into, href=f"/case/{file.into}{search}")
    return [html.P([words[mark("It went on in")], " ", link], className="case-went-on")]


def report_lines(report: ReportTexts, file: CaseFile, telling: Telling) -> list[Component]:
    """One report: its source and time there, whom it names, and what it says, as far as that may be read."""
    words, key = telling.words, f"{report.feed}:{report.source_id}"
    at = file.reported_at.get(key)
    told: list[Component | str] = [html.B(report_name(key, words)), f" {report.channel} " if report.channel else " "]
    told += [html.Time(**attributes(data_at=str(epoch_ms(at))))] if at is not None else []
    lines: list[Component] = [html.Div(told)]
    persons = [
        " ".join(filter(None, (words[PERSONS[role]] if role in PERSONS else role, name, phone)))
        for role, name, phone in report.persons
        if name or phone
    ]
    lines += [html.P(" · ".join(persons), className="quiet figures")] if persons else []
    lines += [html.P(report.address, className="quiet")] if report.address else []
    lines += [html.P(report.title, className="case-title")] if report.title else []
    lines += [html.Blockquote(report.content)] if report.content else []
    lines += [html.P([html.B(words[mark("Result")]), " ", report.result])] if report.result else []
    return lines


def evidence(report: str, entries: Sequence[Entry], telling: Telling) -> str:
    """Why a report is told here with another one."""
    words = telling.words
    linked = next((each for each in reversed(entries) if each.type is EntryType.LINKED and each.report == report), None)
    if linked is None:
        return words[mark("brought here by a person or by the sources' link")]
    to = linked.payload.get("to", "")
    feed = report.partition(":")[0]
    name = report_name(to, words) if ":" in to else f"{source(feed, words)} {to}"
    return words[mark("its source says that it is one matter with {report}")].format(report=name)


def papers(file: CaseFile, case: Case, telling: Telling, at: datetime) -> list[Component]:
    """What can be written, as links; what can't be yet, with the reason."""
    return [html.Ul([html.Li(_paper(kind, file, case, telling, at)) for kind in Paper], className="case-papers")]


def _paper(kind: Paper, file: CaseFile, case: Case, telling: Telling, at: datetime) -> list[Component | str]:
    name = NAMES[kind] if telling.chinese else telling.words[PAPERS[kind]]
    try:
        check_paper(kind, case, at)
    except Refused as refusal:
        why = said(_shown(refusal), telling.county, telling.names, telling.words)
        return [html.Span(name), " ", html.Span(why, className="quiet")]
    return [html.A(name, href=f"/office/paper/{file.row.code}/{kind.value}", className="button", download="")]


def _shown(refusal: Refused) -> Refused:
    """Without what is said to the command line only."""
    if "case act" in refusal.sentence:
        return Refused("the unit was not supervised yet, and the letter would say so; supervise it first")
    return refusal


SPOTS = 3  # that are listed: many reports of one matter tell much the same one


def place(file: CaseFile, marked: Mark | None, telling: Telling) -> list[Component]:
    """Where it lies: the village on the map, and coordinates no finer than the account may know them."""
    words, row = telling.words, file.row
    county = telling.county
    name = " ".join(filter(None, (county.township_name(row.township), county.village_name(row.village))))
    told: list[Component] = [html.P(name or words[mark("Nobody has told where.")])]
    spots = list(dict.fromkeys(spot_words(spot, telling) for spot in file.spots.values()))
    told += [html.P(spot, className="quiet figures") for spot in spots[:SPOTS]]
    if marked is None:
        return told
    shown = {"township": marked.township, "at": marked.at}
    return [html.Div(id="case-mark", **attributes(data_mark=orjson.dumps(shown).decode())), *told]


def spot_words(spot: Spot, telling: Telling) -> str:
    digits = 4 if spot.exact else 2
    told = f"{spot.lon:.{digits}f}, {spot.lat:.{digits}f}"
    return told if spot.exact else telling.words[mark("about {place}")].format(place=told)
