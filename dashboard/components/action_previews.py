"""What a reassignment would do, and what happened meanwhile: sentences of the page, from what `casework` worked out."""

from collections.abc import Iterator, Sequence
from typing import Final

from casework.clocks import Kind
from casework.preview import Preview, ReportPreview, UnitWeek
from dashboard.components.case_words import ENTRIES, KINDS, STATES, Telling, report_name, when
from dashboard.words import COLOURS, mark
from db.acts import Happened


def preview_lines(preview: Preview, telling: Telling) -> list[str]:
    """What a reassignment would do, a sentence each: to the promise, to the clocks, to the weeks of the units."""
    words = telling.words
    lines = [line for report in preview.reports for line in _report_lines(report, len(preview.reports) > 1, telling)]
    untouched = [telling.who(each.unit_code) for each in preview.week if not each.is_affected]
    if untouched:
        told = words[mark("this week's score is not affected: {units}")]
        lines.append(told.format(units=words[mark(", ")].join(untouched)))
    return [*lines, *(_week_line(each, telling) for each in preview.week if each.is_affected)]


def _report_lines(report: ReportPreview, several: bool, telling: Telling) -> Iterator[str]:
    words, county = telling.words, telling.county
    old = county.unit_name(report.old_unit) if report.old_unit is not None else words[mark("nobody")]
    head = f"{report_name(report.report, words)}: " if several else ""
    yield f"{head}{old} → {county.unit_name(report.new_unit)}"
    promise = words[mark("the promise to the citizen stays: {due}")]
    yield promise.format(due=when(report.promise.at, deadline=True))
    new = words[mark("the new unit signs by {sign}, contacts by {contact}, finishes by {finish}")]
    yield new.format(
        sign=when(report.sign_due.at, deadline=True),
        contact=when(report.contact_due.at, deadline=True),
        finish=when(report.finish_due.at, deadline=True),
    )
    if report.lifted:
        yield words[mark("that is later than the promise: the minimum handling time")]
    states = [f"{words[KINDS[kind]]} {words[STATES[state]]}" for kind, state in report.old_clocks if kind in _OWN]
    if states and report.old_unit is not None:
        yield f"{old}: {words[mark(', ')].join(states)}"
    if report.raised_to is not None:
        yield words[mark("the risk colour rises to {colour}")].format(colour=words[COLOURS[report.raised_to]])


_OWN: Final = frozenset({Kind.SIGN, Kind.CONTACT, Kind.FINISH})


def _week_line(unit: UnitWeek, telling: Telling) -> str:
    told = telling.words[mark("{unit}, finished in time this week: {before} → {after}")]
    before, after = (
        f"{share.good}/{share.all}" + (f" (+{share.to_come})" if share.to_come else "")
        for share in (unit.before, unit.after)
    )
    return told.format(unit=telling.who(unit.unit_code), before=before, after=after)


def happened_lines(meanwhile: Sequence[Happened], telling: Telling) -> list[str]:
    """What somebody has not seen yet, a line each."""
    return [f"{when(each.at)}  {telling.words[ENTRIES[each.type]]}  {telling.who(each.actor)}" for each in meanwhile]
