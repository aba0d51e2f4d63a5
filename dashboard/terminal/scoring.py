"""`score`: a period's ranking as the review page has it, now or as of a past instant, and under other rules; `court`: import.

Prints and reads no case, no person and no text.
"""

import csv
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import typer
from rich.table import Table

from casework.calendar import SHANGHAI
from casework.county import County
from casework.errors import Refused
from casework.indicators import Indicator
from casework.review import CourtFigure, PeriodName, Ranked, Review
from casework.rules import Rules, Versions
from casework.scoring import ScoreRules, Standing
from dashboard.exports.lines import minute
from dashboard.reviewing import DatabaseReviews
from dashboard.terminal.console import Centre, console
from db import court

COLUMNS: Final = ("month", "measure", "township", "numerator", "denominator", "definition")
MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
MOST: Final = 2**31 - 1


class ScoringCentre(Centre, Protocol):
    """A centre, its rules, and how a file of scoring rules is read."""

    @property
    def rules(self) -> Rules: ...

    def score_rules(self, path: Path) -> Rules:
        """The rules in force, but scored by that file alone."""


def score_command(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="2026-W47, 2026-11 or 2026-Q4; the running week if none")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(help="as it was told at that time (Asia/Shanghai)", formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="a file like config/rules/score.toml: beside the rules"),
    ] = None,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="with --rules: so many periods, the last of them --week")
    ] = 1,
    as_csv: Annotated[bool, typer.Option("--csv", help="comma-separated values, in place of tables")] = False,
) -> None:
    """Rank the townships by a period's score, with what it is made of; with --rules, beside what other rules would say."""
    find: Callable[[], ScoringCentre] = context.obj
    centre = find()
    at = centre.now()
    seen = as_of.replace(tzinfo=SHANGHAI).astimezone(UTC) if as_of is not None else None
    if seen is not None and seen > at:
        raise Refused("--as-of is still to come")
    name = PeriodName.parse(week) if week is not None else PeriodName.holding(seen or at)
    if rules is not None:
        _what_if(centre, name, weeks, rules, seen)
        return
    review = _read(centre, centre.rules, name, seen)
    if as_csv:
        _write_csv(review, centre.county)
    else:
        _print(review, centre.county)


def _read(centre: ScoringCentre, rules: Rules, name: PeriodName, as_of: datetime | None) -> Review:
    return DatabaseReviews(centre.ready(), rules, centre.county).read(name, centre.now(), as_of)


def _print(review: Review, county: County) -> None:
    scored = list(review.rules.terms)
    table = Table("rank", "township", "points", "with excluded", "change", *(f"{each}" for each in scored))
    for each in review.townships:
        table.add_row(
            _rank(each.standing),
            county.township_name(each.line.code),
            _points(each.standing),
            _points(each.standing_with),
            f"{each.change:+d}" if each.change else "",
            *(f"{each.line.tallies[indicator].good}/{each.line.tallies[indicator].total}" for indicator in scored),
        )
    console.print(f"{review.name}, seen at {minute(review.period.at)}" + (", as of then" if review.as_of else ""))
    console.print(table)
    console.print(_lost(review, county))
    console.print(
        f"rules {review.rules.version}, calendar {review.calendar}, journal {review.position},"
        f" fingerprint {review.fingerprint}"
    )


def _lost(review: Review, county: County) -> Table:
    """Points lost by indicator, with how many cases cost them."""
    scored = list(review.rules.terms)
    table = Table("points lost", *(f"{each}" for each in scored))
    for each in review.townships:
        if each.standing.score is not None:
            parts = {part.indicator: part for part in each.standing.score.parts}
            table.add_row(
                county.township_name(each.line.code), *(_loss(each, parts, indicator) for indicator in scored)
            )
    return table


def _loss(ranked: Ranked, parts: Mapping[Indicator, Any], indicator: Indicator) -> str:
    part = parts.get(indicator)
    if part is None:
        return "—"
    lost = part.possible - part.got
    return f"{lost:.2f} ({ranked.line.tallies[indicator].missed})" if lost else ""


def _rank(standing: Standing) -> str:
    return str(standing.rank) if standing.rank is not None else "—"


def _points(standing: Standing) -> str:
    return f"{standing.score.points:.1f}" if standing.score is not None else str(standing.reason)


def _write_csv(review: Review, county: County) -> None:
    writer = csv.writer(sys.stdout)
    rates = [f"{indicator}.{part}" for indicator in Indicator for part in ("good", "total")]
    writer.writerow(["period", "code", "township", "rank", "points", "points_with_excluded", "fingerprint", *rates])
    for each in review.townships:
        points = [standing.score.points if standing.score else "" for standing in (each.standing, each.standing_with)]
        counts = [number for indicator in Indicator for number in each.line.tallies[indicator]]
        place = [str(review.name), each.line.code, county.township_name(each.line.code), each.standing.rank or ""]
        writer.writerow([*place, *points, review.fingerprint, *counts])


def _what_if(centre: ScoringCentre, name: PeriodName, many: int, path: Path, as_of: datetime | None) -> None:
    """Past periods' places under another file of rules, beside those they have."""
    others, names = centre.score_rules(path), [name]
    while len(names) < many:
        names.append(names[-1].before())
    table, moved = Table("period", "township", "rank", "points", "rank then", "points then", "change"), 0
    for each in reversed(names):
        now, then = _read(centre, centre.rules, each, as_of), _read(centre, others, each, as_of)
        other = {ranked.line.code: ranked.standing for ranked in then.townships}
        for ranked in now.townships:
            standing, changed = ranked.standing, other[ranked.line.code]
            moved += standing.rank != changed.rank
            gained = (standing.rank - changed.rank) if standing.rank and changed.rank else 0
            table.add_row(
                str(each),
                centre.county.township_name(ranked.line.code),
                _rank(standing),
                _points(standing),
                _rank(changed),
                _points(changed),
                f"{gained:+d}" if gained else "",
            )
    console.print(table)
    console.print(f"{moved} of {table.row_count} places would be others under {others.score.newest.version}")
    console.print(
        f"fingerprint {now.fingerprint} with {now.rules.version}, {then.fingerprint} with {then.rules.version}"
    )


def court_command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
) -> None:
    """Import the court's monthly figures: month, measure, township (code or name), numerator, denominator, definition."""
    find: Callable[[], ScoringCentre] = context.obj
    centre = find()
    figures = list(read_figures(path, centre.county))
    with centre.ready().write() as session:
        console.print(f"{court.keep_figures(session, figures, centre.now())} figures of the court were imported")


def read_figures(path: Path, county: County) -> Iterator[CourtFigure]:
    """The file's rows; raises `Refused` naming file, line and column. UTF-8, with or without a mark."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise Refused("{file}:1: the columns {columns} are missing", file=path.name, columns=", ".join(missing))
        seen: dict[tuple[str, str, str], int] = {}
        for row in reader:
            figure = _figure(row, f"{path.name}:{reader.line_num}", county)
            before = seen.setdefault((figure.month, figure.measure, figure.code), reader.line_num)
            if before != reader.line_num:
                raise Refused(
                    "{place}: line {line} told that already", place=f"{path.name}:{reader.line_num}", line=before
                )
            yield figure


def _figure(row: Mapping[str, str | None], place: str, county: County) -> CourtFigure:
    told = {column: (row.get(column) or "").strip() for column in COLUMNS}

    def wrong(column: str, expected: str) -> Refused:
        return Refused(
            "{place}: {column}: expected {expected}, found {found}",
            place=place,
            column=column,
            expected=expected,
            found=repr(told[column]),
        )

    townships = {each.code: each.code for each in county.townships} | {
        each.name: each.code for each in county.townships
    }
    if MONTH.fullmatch(told["month"]) is None:
        raise wrong("month", "a month like 2026-11")
    if told["township"] not in townships:
        raise wrong("township", "a township's code or name")
    for column in ("numerator", "denominator"):
        if not told[column].isdecimal() or int(told[column]) > MOST:
            raise wrong(column, "a whole number")
    for column in ("measure", "definition"):
        if not told[column]:
            raise wrong(column, "a text")
    code, counts = townships[told["township"]], (int(told["numerator"]), int(told["denominator"]))
    return CourtFigure(told["month"], told["measure"], code, *counts, told["definition"])


def scored_by(rules: Rules, score: ScoreRules) -> Rules:
    """The rules with one version of the scoring for all time."""
    return replace(rules, score=Versions.of([score]))
