"""Records a batch of feed messages exactly once: inbox, report, vault, journal, projections, dead letters, cursor.

Everything of a batch is looked up set-wise, decided in memory in arrival order, and written set-wise, inside the caller's
one transaction. Whoever calls commits; only then may anything be acknowledged.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from casework.calendar import local_day
from casework.case import Case as CaseState
from casework.lifecycle import Receive, Rules, decide, merge
from casework.report import Report as SourceReport
from casework.vocabulary import Outcome
from db import bulk, journal, lookups
from db.casebook import Casebook
from db.database import when_committed
from db.lookups import Kind
from db.message import Contents, Message
from db.models import (
    CaseCounter,
    DeadLetter,
    FeedCursor,
    FeedMessage,
    Report,
    ReportLink,
    VaultReport,
)
from db.progress import NOT_BEGUN, Progress

CACHED_CASES: Final = 20_000
REASON_CHARACTERS: Final = 200


class LostFeed(Exception):
    """Another ingester holds this feed now; nothing of the batch was written."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to write for a feed: the epoch its holder got, and how far this connection's new events have come."""

    feed: str
    epoch: int
    connection: int = 0
    progress: Progress = NOT_BEGUN


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch became: outcomes in the messages' order, and the holds as they are after it."""

    outcomes: list[Outcome]
    holds: list[Hold]


class CaseCache:
    """Folded cases that were committed, by id; a version that no longer matches the table is folded anew."""

    def __init__(self) -> None:
        self._cases: OrderedDict[int, CaseState] = OrderedDict()

    def get(self, key: tuple[int, int]) -> CaseState | None:
        """The case by (id, version)."""
        case = self._cases.get(key[0])
        return case if case is not None and case.version == key[1] else None

    def keep(self, cases: dict[int, CaseState]) -> None:
        for case_id, case in cases.items():
            self._cases[case_id] = case
            self._cases.move_to_end(case_id)
        while len(self._cases) > CACHED_CASES:
            self._cases.popitem(last=False)


class Recorder:
    """Records messages with one set of rules and one county prefix."""

    def __init__(self, rules: Rules, prefix: str) -> None:
        self.rules = rules
        self.prefix = prefix
        self._cache = CaseCache()

    def record(self, session: Session, messages: Sequence[Message], holds: Iterable[Hold] = ()) -> Recorded:
        """Write a batch. Raises `LostFeed` when a hold is no longer valid; then nothing is written."""
        batch = _Batch(session, self.rules, self._cache)
        batch.look_up(messages)
        outcomes = [batch.take(message) for message in messages]
        moved = [_moved(hold, messages, outcomes) for hold in holds]
        batch.write(self.prefix, moved)
        states = batch.book.states  # not the batch: its messages must not outlive the transaction
        when_committed(session, partial(self._cache.keep, states))
        return Recorded(outcomes, moved)


def take_feed(session: Session, feed: str) -> Hold:
    """Become the feed's holder: everyone who held it before can write no more.

    What every batch will ask is asked once about nothing: to put that statement together takes longer than to write an event,
    and the first one need not wait for it.
    """
    journal.hold(session)
    connection = session.connection()
    lookups.answers(connection, [lookups.known(connection, feed, days=(), events=(), records=(), fresh=(), naming=())])
    row = session.get(FeedCursor, feed)
    if row is None:
        row = FeedCursor(feed=feed, sequence=None, epoch=0)
        session.add(row)
    row.epoch += 1
    session.flush()
    return Hold(feed, row.epoch)


def cursor(session: Session, feed: str) -> int | None:
    """The sequence after which the feed resumes; `None` before its first event."""
    return session.scalar(select(FeedCursor.sequence).where(FeedCursor.feed == feed))


def _moved(hold: Hold, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> Hold:
    """The hold as the batch leaves it."""
    progress = hold.progress
    for message, outcome in zip(messages, outcomes, strict=True):
        if message.feed == hold.feed and message.sequence is not None:
            step = progress.with_repeated if outcome is Outcome.REPEATED else progress.with_new
            progress = step(message.sequence)
    return replace(hold, progress=progress)


def _move_cursor(connection: Connection, hold: Hold) -> Any:
    """See `lookups.move_cursor`. A connection that has sent nothing new yet never moves it down."""
    progress = hold.progress
    return lookups.move_cursor(connection, hold.feed, hold.epoch, progress.highest, only_up=not progress.begun)


@dataclass(slots=True)
class _Known:
    """A report row as the batch sees it."""

    id: int
    version_at: datetime
    case_id: int
    received_at: datetime


class _Batch:
    """What one batch has looked up and decided."""

    def __init__(self, session: Session, rules: Rules, cache: CaseCache) -> None:
        self.session = session
        self.connection = session.connection()
        self.rules = rules
        self.cache = cache
        self.book = Casebook(session)
        self.seen: set[tuple[str, str]] = set()
        self.reports: dict[str, _Known] = {}
        self.wanted: dict[str, list[int]] = {}
        self.inbox: list[tuple[Any, ...]] = []
        self.dead: list[Message] = []
        self.sources: dict[str, tuple[SourceReport, Contents]] = {}
        self.new_reports: set[str] = set()
        self.links: list[tuple[str, str, str]] = []
        self.known_links: set[tuple[str, str, str]] = set()
        self.new_days: set[str] = set()
        self.days: set[str] = set()
        self.counters: dict[str, int] = {}
        self.end = journal.End()
        self.last_report = self.last_case = self.last_dead = 0

    def look_up(self, messages: Sequence[Message]) -> None:
        """Hold the journal, and ask all that is needed before the first decision, in one go."""
        connection = self.connection
        by_feed: dict[str, list[Message]] = {}
        for message in messages:
            by_feed.setdefault(message.feed, []).append(message)
        reports = {feed: [each.report for each in told if each.report is not None] for feed, told in by_feed.items()}
        self.days = {_day_code(local_day(report.reported_at)) for told in reports.values() for report in told}
        questions = [self._question(feed, told, reports[feed]) for feed, told in by_feed.items()]
        lock = [] if connection.dialect.name == "sqlite" else [lookups.the_lock()]
        for feed, found in zip(by_feed, lookups.answers(connection, lock + questions)[len(lock) :], strict=True):
            self._understand(feed, found)
        needed = {known.case_id for known in self.reports.values()}
        needed.update(case_id for case_ids in self.wanted.values() for case_id in case_ids)
        if needed:
            self.book.open(needed, self.cache)

    def _question(self, feed: str, told: Sequence[Message], reports: Sequence[SourceReport]) -> lookups.Question:
        fresh = {report.source_id for report in reports}
        return lookups.known(
            self.connection,
            feed,
            days=self.days,
            events=[message.event_id for message in told],
            records=fresh.union(link for report in reports for link in report.links),
            fresh=fresh,
            naming=[report.source_id for report in reports if report.links],
        )

    def _understand(self, feed: str, found: Sequence[Any]) -> None:
        """What the look-up of one feed found."""
        waiting: list[tuple[str, int]] = []
        for kind, name, name_2, number, number_2, at, at_2 in found:
            if kind == Kind.EVENT:
                self.seen.add((feed, name))
            elif kind == Kind.REPORT:
                self.reports[f"{feed}:{name}"] = _Known(number, at, number_2, at_2)
            elif kind == Kind.WAITING:
                waiting.append((name, number))
            elif kind == Kind.LINK:
                self.known_links.add((feed, name, name_2))
            elif kind == Kind.DAY:
                self.counters[name] = number
            elif kind == Kind.ID:
                self.last_report, self.last_case = number, number_2
            else:
                self.end, self.last_dead = journal.End(number, at), number_2
        for target, case_id in waiting:
            if f"{feed}:{target}" not in self.reports:  # one that is here was joined with who named it
                self.wanted.setdefault(f"{feed}:{target}", []).append(case_id)

    def take(self, message: Message) -> Outcome:
        identity = (message.feed, message.event_id)
        if identity in self.seen:
            return Outcome.REPEATED
        self.seen.add(identity)
        outcome = self._outcome(message)
        self.inbox.append((*identity, message.sequence, message.received_at, outcome, message.sealed))
        if outcome is Outcome.DEAD_LETTER:
            self.dead.append(message)
        return outcome

    def _outcome(self, message: Message) -> Outcome:
        report, contents = message.report, message.contents
        if report is None or contents is None:
            return Outcome.DEAD_LETTER
        key = report.key
        known = self.reports.get(key)
        if known is not None and report.version_at <= known.version_at:
            return Outcome.STALE
        self.sources[key] = (report, contents)
        if known is None:
            self._create(key, report, message)
            return Outcome.CREATED
        known.version_at = report.version_at
        self._join(key, report, known)
        return Outcome.UPDATED

    def _create(self, key: str, report: SourceReport, message: Message) -> None:
        self.last_report += 1
        known = _Known(self.last_report, report.version_at, 0, message.received_at)
        self.new_reports.add(key)
        links = self._new_links(report) if report.links else []
        related = self._related(key, report.feed, links) if links or key in self.wanted else ()
        if related:
            known.case_id = related[0]
        else:
            self.last_case += 1
            known.case_id = self.last_case
            self.book.states[self.last_case] = CaseState()
        self.reports[key] = known
        self._join(key, report, known)

    def _related(self, key: str, feed: str, links: Sequence[str]) -> list[int]:
        """Cases that a report's new links, or earlier links to it, say are the same matter; the oldest first."""
        targets = [self.reports.get(f"{feed}:{link}") for link in links]
        related = {known.case_id for known in targets if known is not None}
        related.update(self.wanted.get(key, ()))
        return sorted({self.book.current(case_id) for case_id in related})

    def _join(self, key: str, report: SourceReport, known: _Known) -> None:
        state = self.book.states[known.case_id]
        link = report.links[0] if report.links and state.threads and state.thread(key) is None else None
        decision = decide(state, Receive(report, link), self.rules)
        self.book.append(known.case_id, decision)
        links = self._new_links(report) if report.links else []
        if links or key in self.wanted:
            self._follow_links(key, report, known, links)

    def _new_links(self, report: SourceReport) -> list[str]:
        """The reports it names that it has not named before: a link is followed once, so that a split stays one."""
        rows = {link: (report.feed.value, report.source_id, link) for link in report.links if link != report.source_id}
        return [link for link, row in rows.items() if row not in self.known_links and row not in self.links]

    def _follow_links(self, key: str, report: SourceReport, known: _Known, links: Sequence[str]) -> None:
        for link in links:
            self.links.append((report.feed.value, report.source_id, link))
            self.wanted.setdefault(f"{report.feed}:{link}", []).append(known.case_id)
        own = self.book.current(known.case_id)
        parent, *children = sorted({own, *self._related(key, report.feed, links)})
        for child in children:
            self._merge(child, parent)

    def _merge(self, child: int, parent: int) -> None:
        book = self.book
        to_parent, to_child = merge(book.states[child], book.whole_journal(child), book.states[parent], parent)
        book.append(parent, to_parent)
        book.append(child, to_child)
        book.move_reports(child, parent)
        for known in self.reports.values():
            if known.case_id == child:
                known.case_id = parent

    def write(self, prefix: str, holds: Sequence[Hold]) -> None:
        """Write all that was decided, and where the feeds are now. Raises `LostFeed`; what was written is to be undone then."""
        counters = self._name_new_cases(prefix, sorted(self.book.touched - self.book.codes.keys()))
        with bulk.together(self.session):
            cursors = [_move_cursor(self.connection, hold) for hold in holds]
            bulk.insert(self.session, FeedMessage, self.inbox)
            self._write_dead_letters()
            self._write_reports()
            bulk.insert(self.session, ReportLink, self.links)
            self.book.write_cases()
            self._write_counters(counters)
            self.book.write_journal(self.end)
        for hold, moved in zip(holds, cursors, strict=True):
            if moved.rowcount != 1:
                raise LostFeed(hold.feed)

    def _write_dead_letters(self) -> None:
        rows = []
        for number, message in enumerate(self.dead, self.last_dead + 1):
            reason = message.reason[:REASON_CHARACTERS]
            identity = (message.feed, message.event_id, message.sequence)
            rows.append((number, *identity, reason, message.received_at, "open", None, message.sealed))
        bulk.insert(self.session, DeadLetter, rows)

    def _write_reports(self) -> None:
        rows: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] = ([], [])
        vault_rows: tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] = ([], [])
        for key, (report, contents) in self.sources.items():
            known, old = self.reports[key], key not in self.new_reports
            rows[old].append(_report_row(report, contents, known))
            persons = contents.persons
            vault_rows[old].append((known.id, persons.sealed, persons.caller_hash, persons.contact_hash))
        for model, (new, changed) in ((Report, rows), (VaultReport, vault_rows)):
            bulk.insert(self.session, model, new)
            bulk.update(self.session, model, changed)
        self.book.write_moved_reports()

    def _name_new_cases(self, prefix: str, case_ids: list[int]) -> dict[str, int]:
        """Codes for new cases, by the local day of their first report; gives back the counters to write."""
        if not case_ids:
            return {}
        days = {case_id: _day_code(local_day(self.book.states[case_id].reported_at)) for case_id in case_ids}
        assert self.days.issuperset(days.values()), "a new case begins on the day one of the batch's reports tells"
        last = {day: self.counters.get(day, 0) for day in days.values()}
        self.new_days = {day for day, number in last.items() if number == 0}
        for case_id, day in days.items():
            last[day] += 1
            self.book.codes[case_id] = f"{prefix}-{day}-{last[day]:05d}"
        return last

    def _write_counters(self, counters: dict[str, int]) -> None:
        bulk.insert(self.session, CaseCounter, [row for row in counters.items() if row[0] in self.new_days])
        bulk.update(self.session, CaseCounter, [row for row in counters.items() if row[0] not in self.new_days])


@lru_cache(maxsize=1024)
def _day_code(day: date) -> str:
    return f"{day:%Y%m%d}"


def _report_row(report: SourceReport, contents: Contents, known: _Known) -> tuple[Any, ...]:
    """`reports` in column order."""
    return (
        known.id,
        report.feed,
        report.source_id,
        report.version_at,
        known.case_id,
        report.reported_at,
        known.received_at,
        contents.channel,
        contents.source_category,
        contents.title,
        contents.content,
        contents.address,
        contents.result,
        report.lon,
        report.lat,
        dict(contents.unknown_codes) or None,
    )
