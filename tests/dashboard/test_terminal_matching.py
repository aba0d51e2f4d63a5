"""`matches`: what waits, and what another threshold would do; it tells codes, and changes nothing unless told to."""

from dataclasses import dataclass
from datetime import datetime

import pytest
import typer
from typer.testing import CliRunner

from casework.county import County
from casework.errors import Refused
from casework.rules import Rules
from dashboard.terminal import matching
from dashboard.terminal.console import console
from db.database import Database
from db.inbox import Recorder
from db.passwords import Passwords
from db.vault import Vault
from tests.db.matched import COUNTY, HOTLINE, POLICE, Matching, also, told
from tests.db.people import CHEAP
from tests.records import NOW, VAULT

VAGUE = {"bjdh": "19900009999", "bjnr": "饭店油烟大", "bjsj": "2026-11-23 09:00:00"}


@dataclass
class Installed:
    """A centre as the command finds it."""

    database: Database
    rules: Rules
    county: County = COUNTY
    vault: Vault = VAULT
    passwords: Passwords = CHEAP

    def ready(self) -> Database:
        return self.database

    def now(self) -> datetime:
        return NOW


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Matching:
    found = Matching(database, recorder)
    found.hear(HOTLINE, told(1))
    found.hear(POLICE, also(1, **VAGUE))
    found.match()
    return found


def said(centre: Matching, *arguments: str) -> str:
    app = typer.Typer()
    app.command()(matching.matches_command)
    console.width = 200
    done = CliRunner().invoke(app, arguments, obj=lambda: Installed(centre.database, centre.rules))
    if done.exception is not None:
        raise done.exception
    return done.output


def test_what_waits_is_listed_by_code_without_a_word_of_the_reports(centre: Matching) -> None:
    listed = said(centre)
    assert "YC-20261120-00001" in listed
    assert "YC-20261123-00001" in listed
    assert "1 suggestions wait" in listed
    assert "油烟" not in listed
    assert "1990000" not in listed


def test_reports_that_wait_to_be_compared_are_told(centre: Matching) -> None:
    centre.hear(HOTLINE, told(2))
    assert "1 reports are still to be compared" in said(centre)


def test_a_replay_tells_what_a_threshold_would_do_and_changes_nothing(centre: Matching) -> None:
    before, known = centre.position(), centre.known()
    high, low = said(centre, "--since", "2026-11-01"), said(centre, "--since", "2026-11-01", "--threshold", "0.5")
    assert "0 pairs of cases would be joined" in high
    assert "1 pairs of cases would be suggested" in high
    assert "1 pairs of cases would be joined" in low
    assert "nothing was changed" in low
    assert (centre.position(), centre.known()) == (before, known)


def test_a_replay_that_is_applied_joins_and_says_by_which_rules(centre: Matching) -> None:
    assert "1 pairs of cases were joined" in said(centre, "--since", "2026-11-01", "--threshold", "0.5", "--apply")
    assert centre.keys("police110:J1") == 2
    row = centre.row("DH1", "J1")
    assert (row.state, row.rules) == ("linked", "2026-1@0.5")
    centre.check()


def test_what_lies_before_the_day_is_left_alone(centre: Matching) -> None:
    assert "0 reports compared" in said(centre, "--since", "2026-11-24", "--threshold", "0.5", "--apply")
    assert centre.keys("police110:J1") == 1


def test_what_nobody_compared_yet_is_compared_by_a_replay(centre: Matching) -> None:
    """After an import, say, with no ingester beside it."""
    centre.hear(HOTLINE, told(2))
    assert "3 reports compared" in said(centre, "--since", "2026-11-01", "--apply")
    assert centre.keys("hotline12345:DH2") == 2


@pytest.mark.parametrize(
    "arguments", [["--threshold", "0.5"], ["--apply"], ["--since", "2026-11-01", "--threshold", "1.5"]]
)
def test_what_makes_no_sense_is_refused(centre: Matching, arguments: list[str]) -> None:
    with pytest.raises(Refused):
        said(centre, *arguments)
