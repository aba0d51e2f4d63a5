"""`score` prints what the review tells; `court` takes what is right and names what is not."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import event, select
from typer.testing import CliRunner

from casework.county import County
from casework.errors import Refused
from casework.indicators import Indicator
from casework.review import PeriodName
from casework.rules import Rules
from config.county import load_county
from config.rules import load_score
from dashboard.terminal import scoring
from db.database import Database
from db.inbox import Recorder
from db.models import CourtFigure
from db.queries.review import ReviewRules, read_review
from tests.db.centre import Centre
from tests.records import CONFIG, Feed, at, order

NOW = at("11-22 12:00")
HEAD = "month,measure,township,numerator,denominator,definition\n"


@dataclass
class Desk:
    """A centre at one instant."""

    database: Database
    rules: Rules
    county: County

    def ready(self) -> Database:
        return self.database

    def now(self) -> datetime:
        return NOW

    def score_rules(self, path: Path) -> Rules:
        return scoring.scored_by(self.rules, load_score(path))


@pytest.fixture
def desk(database: Database, rules: Rules) -> Desk:
    centre = Centre(database, Recorder(rules, "YC"))
    for number in range(12):
        done = {"completeTime": f"2026-11-{18 if number else 21} 11:00:00", "state": "待回访"}
        given = {"callTime": "2026-11-17 09:00:00", "dispatchTime": "2026-11-17 09:05:00"}
        told = {"signTime": "2026-11-17 09:30:00", "deadlineDate": "2026-11-19 09:00:00"}
        centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}", **given, **told, **done))
    county = load_county(CONFIG / "county.toml")
    return Desk(database, rules, county)


Run = Callable[..., str]


@pytest.fixture
def run(desk: Desk) -> Run:
    app = typer.Typer()
    app.command("score")(scoring.score_command)
    app.command("court")(scoring.court_command)

    def said(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments), obj=lambda: desk)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return said


def test_a_weeks_scores_as_values_are_those_of_the_review(desk: Desk, run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("score", "--week", "2026-W47", "--csv"))))
    with desk.database.read() as session:
        review = read_review(session, ReviewRules(desk.rules, desk.county), PeriodName.parse("2026-W47"), NOW)
    assert len(rows) == len(review.townships)
    for row, ranked in zip(rows, review.townships, strict=True):
        assert (row["code"], row["fingerprint"]) == (ranked.line.code, review.fingerprint)
        score = ranked.standing.score
        assert row["points"] == (str(score.points) if score is not None else "")
        for indicator in Indicator:
            told = (int(row[f"{indicator}.good"]), int(row[f"{indicator}.total"]))
            assert told == tuple(ranked.line.tallies[indicator])


def test_a_past_instant_knows_nothing_of_what_came_later_and_none_to_come_is_told(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("score", "--as-of", "2026-11-16", "--csv"))))
    assert {row["given.total"] if "given.total" in row else row["returned.total"] for row in rows} == {"0"}
    with pytest.raises(Refused, match="still to come"):
        run("score", "--as-of", "2026-11-23")


@pytest.mark.parametrize(("as_of", "waits"), [("2026-11-22T11:59", True), ("2026-11-22T11:57", False)])
def test_an_instant_just_past_is_read_once_all_that_was_being_written_then_is_there(
    desk: Desk, run: Run, as_of: str, waits: bool
) -> None:
    written: list[str] = []
    event.listen(desk.database.engine, "commit", lambda _: written.append(as_of))
    run("score", "--as-of", as_of)
    assert bool(written) is waits


def test_other_rules_are_told_beside_those_in_force(run: Run, tmp_path: Path) -> None:
    text = (CONFIG / "rules" / "score.toml").read_text(encoding="utf-8")
    path = tmp_path / "other.toml"
    path.write_text(text.replace("weight = 30", "weight = 60").replace("2026-2 示例", "2026-9"), encoding="utf-8")
    said = run("score", "--week", "2026-W47", "--rules", str(path), "--weeks", "3")
    assert "2026-W45" in said
    assert "0 of 27 places would be others under 2026-9" in said


def test_the_courts_figures_are_imported_and_replaced(desk: Desk, run: Run, tmp_path: Path) -> None:
    path, township = tmp_path / "court.csv", desk.county.townships[0]
    for numerator in (12, 13):
        rows = f"2026-10,万人成讼率,{township.name},{numerator},10000,常住人口\n"
        path.write_text(f"\ufeff{HEAD}{rows}", encoding="utf-8")
        assert "1 figures" in run("court", str(path))
    with desk.database.read() as session:
        (kept,) = session.scalars(select(CourtFigure))
        review = read_review(session, ReviewRules(desk.rules, desk.county), PeriodName.parse("2026-11"), NOW)
    assert (kept.code, kept.numerator, kept.definition) == (township.code, 13, "常住人口")
    assert [(each.month, each.numerator) for each in review.court] == [("2026-10", 13)], "the last month that has any"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2026-13,a,999921101,1,2,d\n", "court.csv:2: month: expected a month like 2026-11, found '2026-13'"),
        ("2026-10,a,甲乡,1,2,d\n", "court.csv:2: township: expected a township's code or name, found '甲乡'"),
        ("2026-10,a,999921101,1,2,d\n2026-10,a,999921102,-1,2,d\n", "court.csv:3: numerator: expected a whole number"),
        ("2026-10,a,999921101,1,2.5,d\n", "court.csv:2: denominator: expected a whole number, found '2.5'"),
        ("2026-10,,999921101,1,2,d\n", "court.csv:2: measure: expected a text, found ''"),
        ("2026-10,a,999921101,1,2\n", "court.csv:2: definition: expected a text, found ''"),
        ("2026-10,a,999921101,1,2,d\n" * 2, "court.csv:3: line 2 told that already"),
    ],
)
def test_a_wrong_figure_is_refused_by_line_and_column_and_none_is_kept(
    desk: Desk, run: Run, tmp_path: Path, rows: str, said: str
) -> None:
    path = tmp_path / "court.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        run("court", str(path))
    assert str(refused.value).startswith(said)
    with desk.database.read() as session:
        assert session.scalars(select(CourtFigure)).first() is None


def test_a_file_without_its_columns_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    path.write_text("month,measure\n", encoding="utf-8")
    with pytest.raises(Refused, match="columns township, numerator, denominator, definition are missing"):
        run("court", str(path))
