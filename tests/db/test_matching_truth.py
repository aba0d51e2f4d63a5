"""What is joined unasked is one matter: measured on days of the simulated county, which knows what belongs together."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations

import orjson
import pytest
from sqlalchemy import select

from casework.evidence import facts_of
from casework.likeness import Sign
from config.rules import load_codes
from db.database import Database
from db.inbox import Recorder
from db.match_rows import State
from db.matching import Matcher
from db.message import Message, understood
from db.models import Match, Report
from db.rebuild import differences
from feeds.codes import CodeMap
from feeds.simulator.world import Version
from tests.feeds.simulator.demo import NOW, county, world
from tests.records import CONFIG, SOURCES, VAULT, Feed

DAYS = timedelta(days=6)
AT_ONCE = 400


def messages() -> Iterator[Message]:
    """All that the sources sent in these days, in the order they sent it."""
    stations = {township.station: township.code for township in county().townships}
    codes = {feed: load_codes(CONFIG, feed, stations) for feed in Feed}
    told = [version for feed in Feed for version in world().versions(feed, NOW - DAYS, NOW)]
    for number, version in enumerate(sorted(told, key=lambda each: each.at)):
        yield _message(number, version, codes)


def _message(number: int, version: Version, codes: Mapping[Feed, CodeMap]) -> Message:
    report = SOURCES[version.feed].translate(version.record, codes[version.feed])
    body = orjson.dumps(version.record)
    return understood(VAULT, version.feed, f"e{number}", number, version.at, body, report)


@pytest.fixture
def matched(database: Database, recorder: Recorder) -> Database:
    """The database after these days, reports compared as they came."""
    matcher, waiting = Matcher(recorder.rules, lambda: NOW), list(messages())
    for first in range(0, len(waiting), AT_ONCE):
        with database.write() as session:
            recorder.record(session, waiting[first : first + AT_ONCE])
        while matcher.step(database, 100):
            pass
    return database


@pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # how well is the same on both; test_matching asks both
def test_links_are_right_and_most_retold_matters_are_one_case(matched: Database) -> None:
    groups = world().truth(NOW - DAYS - timedelta(days=3), NOW)
    matter_of = {f"{feed}:{source_id}": number for number, group in enumerate(groups) for feed, source_id in group}
    with matched.read() as session:
        assert list(differences(session)) == []
        rows = list(session.scalars(select(Match).where(Match.state == State.LINKED.value)))
        cases: dict[int, list[str]] = {}
        for feed, source_id, case_id in session.execute(select(Report.feed, Report.source_id, Report.case_id)):
            cases.setdefault(case_id, []).append(f"{feed}:{source_id}")
        told = {(row.feed_a, row.source_id_a, row.feed_b, row.source_id_b) for row in session.scalars(select(Match))}
    ours = [row for row in rows if Sign.LINKED not in {fact.sign for fact in facts_of(row.evidence)}]
    right = [
        matter_of[f"{row.feed_a}:{row.source_id_a}"] == matter_of[f"{row.feed_b}:{row.source_id_b}"]
        for row in ours
        if f"{row.feed_a}:{row.source_id_a}" in matter_of and f"{row.feed_b}:{row.source_id_b}" in matter_of
    ]
    assert len(right) > 30, "the days must have matters that are told twice"
    assert sum(right) / len(right) >= 0.98
    pairs = [
        matter_of[one] == matter_of[other]
        for reports in cases.values()
        for one, other in combinations(reports, 2)
        if one in matter_of and other in matter_of
    ]
    assert sum(pairs) / len(pairs) >= 0.98, "nor do links make chains of different matters"
    retold = [
        (feed, source_id, *other) if (feed, source_id) < other else (*other, feed, source_id)
        for group in groups
        for (feed, source_id), other in combinations(sorted(group), 2)
        if {f"{feed}:{source_id}", ":".join(other)} <= {report for reports in cases.values() for report in reports}
    ]
    found = [pair in told or _together(pair, cases) for pair in retold]
    assert sum(found) / len(found) >= 0.85


def _together(pair: tuple[str, str, str, str], cases: dict[int, list[str]]) -> bool:
    return any({f"{pair[0]}:{pair[1]}", f"{pair[2]}:{pair[3]}"} <= set(reports) for reports in cases.values())
