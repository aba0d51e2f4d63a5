"""What a page of the desk's list costs among a million cases, for whom sees all of them and for whom sees few.

Asked of the database directly, with the queries the desk asks: a fixed mix of filters, orders, searches and counts.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.figures import Figure, percentile
from bench.growth import grow_whole
from bench.installation import Installation, Kind
from bench.stand import Stand
from bench.workload import CONFIG
from casework.county import County, UnitKind
from casework.roles import Account, Role, Sight, centre_of, sight_of
from casework.rules import Rules
from casework.vocabulary import Category, Colour, Feed, Status, Urgency
from config.county import load_county
from config.rules import load_rules
from db import journal
from db.database import Database
from db.models import Assignment, Case, Report, VaultReport
from db.queries.queue import Column, Order, queue_page
from db.queries.queue_counts import queue_counts
from db.queries.queue_filter import Filter, State
from db.queries.queue_rows import changed_rows
from db.vault import Vault

CASES: Final = 1_000_000
OPEN: Final = 5_000
ROWS: Final = 50
TARGET: Final = "≤ 300 ms, PostgreSQL 150"
NEWEST: Final = Order(Column.REPORTED, descending=True)
# Of the demo county's texts: in very many, in many, in few and in none.
WORDS: Final = ("扰民", "漏水", "拖欠工资", "家庭暴力", "电动车 充电", "噪", "查无此词")
PLACES: Final = ("新华路", "小区")


class Asked(NamedTuple):
    """One question of the mix, and how it is asked of a sight."""

    name: str
    ask: Callable[[Session, Sight], object]


class Known(NamedTuple):
    """Something of a case that is there, to be searched for."""

    code: str
    source_id: str
    phone_hash: bytes | None


def title(_: Stand) -> str:
    return f"desk: a page of {ROWS} rows among {CASES:,} cases, beside the same among some 20,000"


def measure(stand: Stand, kind: Kind) -> list[Figure]:
    county = _small_county(stand, kind)
    before = _times(county, stand.options.rounds)
    stand.say(f"{kind}: growing to {CASES:,} cases")
    grow_whole(county.url, county.vault_key, CASES, OPEN)
    after = _times(county, stand.options.rounds)
    figures = list(_figures(county, before, after))
    stand.ground.discard(county)
    return figures


def _small_county(stand: Stand, kind: Kind) -> Installation:
    """One of its own: the others' must not grow before they have measured it."""
    county = stand.ground.new(kind)
    with county.ingesting():
        stand.burst(county, stand.frames(stand.history))
    return county


def _figures(county: Installation, before: dict[str, list[float]], after: dict[str, list[float]]) -> Iterator[Figure]:
    yield Figure("cases in the database", f"{county.cases():,}", f"{CASES:,}", absolute=True)
    for who, seconds in after.items():
        ratio = percentile(seconds, 95) / percentile(before[who], 95)
        yield Figure(f"{who}: times the p95 among 20,000", f"{ratio:.1f}")
        yield Figure(f"{who} p50", f"{median(seconds) * 1000:,.1f} ms", absolute=True)
        yield Figure(f"{who} p95", f"{percentile(seconds, 95) * 1000:,.1f} ms", TARGET, absolute=True)
        yield Figure(f"{who} max", f"{max(seconds) * 1000:,.1f} ms", absolute=True)


def _times(installation: Installation, rounds: int) -> dict[str, list[float]]:
    """Seconds each question of the mix took, by who asked."""
    database = Database(installation.url)
    try:
        found = times(database, Vault([installation.vault_key]), rounds)
    finally:
        database.close()
    return {who: [seconds for told in questions.values() for seconds in told] for who, questions in found.items()}


def times(database: Database, vault: Vault, rounds: int) -> dict[str, dict[str, list[float]]]:
    """By who asks and by question: the seconds it took, each time in a session of its own."""
    county, rules, at = load_county(CONFIG / "county.toml"), load_rules(CONFIG), datetime.now(UTC)
    with database.read() as session:
        known = _known(session)
        sights = _sights(session, county)
    questions = list(mix(vault, rules, at, known, county))
    return {
        who: {question.name: [_seconds(database, question, sight) for _ in range(rounds)] for question in questions}
        for who, sight in sights.items()
    }


def _seconds(database: Database, question: Asked, sight: Sight) -> float:
    with database.read() as session:
        journal.position(session)  # a connection is there
        began = time.perf_counter()
        question.ask(session, sight)
        return time.perf_counter() - began


def _sights(session: Session, county: County) -> dict[str, Sight]:
    """A county operator, the township and the department that have most."""
    townships = select(Case.township).where(Case.township.is_not(None)).group_by(Case.township)
    township = county.township(session.scalar(townships.order_by(func.count().desc()).limit(1)))
    departments = [unit.code for unit in county.units if unit.kind is UnitKind.DEPARTMENT]
    spans = select(Assignment.unit_code).where(Assignment.unit_code.in_(departments)).group_by(Assignment.unit_code)
    department = session.scalar(spans.order_by(func.count().desc()).limit(1))
    assert township is not None, "a county's cases lie in townships it knows"
    assert department is not None, "its departments had some of them"
    places = {Role.OPERATOR: centre_of(county), Role.TOWNSHIP: township.centre, Role.DEPARTMENT: department}
    return {str(role): sight_of(Account(1, "bench", "", role, unit), county) for role, unit in places.items()}


def _known(session: Session) -> Known:
    told = select(Case.code, Report.source_id, VaultReport.caller_hash).join(Report, Report.case_id == Case.id)
    named = told.join(VaultReport, VaultReport.report_id == Report.id).where(VaultReport.caller_hash.is_not(None))
    return Known(*session.execute(named.order_by(Case.id).limit(1)).one())


def mix(vault: Vault, rules: Rules, at: datetime, known: Known, county: County) -> Iterator[Asked]:
    """What people ask of a list, the usual more often."""

    def page(name: str, wanted: Filter, order: Order = NEWEST, start: int = 0) -> Asked:
        def ask(session: Session, sight: Sight) -> object:
            return queue_page(session, sight, wanted, order, start, ROWS, at, vault=vault, rules=rules)

        return Asked(name, ask)

    def changed(session: Session, sight: Sight) -> object:
        end = journal.position(session)
        return changed_rows(session, sight, end - 100, end, at, vault=vault, rules=rules)

    township, all_ = county.townships[0].code, Filter(state=State.ALL)
    yield Asked("counts", lambda session, sight: queue_counts(session, sight, at))
    yield Asked("changed", changed)
    yield page("open", Filter(), Order())
    yield page("open, second page", Filter(), Order(), ROWS)
    yield page("overdue", Filter(overdue=True), Order())
    yield page("due within two hours", Filter(due_within=timedelta(hours=2)), Order())
    yield page("to sign", Filter(statuses=frozenset({Status.TO_SIGN})), Order())
    for column in Column:
        yield page(f"open, by {column}", Filter(), Order(column, descending=True))
        yield page(f"all, by {column}", all_, Order(column))
    yield page("all, newest", all_)
    yield page("all, page 100", all_, start=99 * ROWS)
    yield page("ended, newest", Filter(state=State.ENDED))
    for name, wanted in _histories(township, at):
        yield page(f"all, {name}", wanted)
    for words in WORDS:
        yield page(f"words {words}", Filter(state=State.ALL, words=words))
        yield page(f"open, words {words}", Filter(words=words), Order())
    for place in PLACES:
        yield page(f"place {place}", Filter(state=State.ALL, place=place))
    yield page("words and place", Filter(state=State.ALL, words=WORDS[0], place=PLACES[0]))
    yield page("code", Filter(state=State.ALL, code=known.code))
    yield page("number", Filter(state=State.ALL, code=known.code[-4:]))
    yield page("day and number", Filter(state=State.ALL, code=known.code.partition("-")[2]))
    yield page("source id", Filter(state=State.ALL, source_id=known.source_id))
    yield page("phone", Filter(state=State.ALL, phone_hash=known.phone_hash))


def _histories(township: str, at: datetime) -> Iterator[tuple[str, Filter]]:
    """Filters over everything there ever was."""
    everything = State.ALL
    yield "a township", Filter(everything, townships=frozenset({township}))
    yield "a category", Filter(everything, categories=frozenset({Category.FIRE_HAZARD}))
    yield "a rare category", Filter(everything, categories=frozenset({Category.ETHNIC_RELIGIOUS}))
    yield "a feed", Filter(everything, feeds=frozenset({Feed.POLICE110}))
    yield "red", Filter(everything, colours=frozenset({Colour.RED}))
    yield "critical", Filter(everything, urgencies=frozenset({Urgency.CRITICAL}))
    yield "declined", Filter(everything, statuses=frozenset({Status.DECLINED}))
    yield "protected", Filter(everything, sensitive=True)
    yield "two years ago", Filter(everything, reported_before=at - timedelta(days=730))
    yield (
        "a township's red of a category",
        Filter(
            everything,
            townships=frozenset({township}),
            colours=frozenset({Colour.RED}),
            categories=frozenset({Category.LABOUR}),
        ),
    )
