"""Finds out which reports are one matter, behind the writers' backs: joins what is, suggests what may be, writes both down.

Comparing costs more than writing, so no feed waits for it. What is to be looked at is known from two places: triggers mark
reports that are new or have another text, place or phone (`match_pending`, `0007`), and the journal is followed
(`match_position`) for what only it tells: another category, a merge, a split. A step takes up what the journal has told, then
compares some reports (`match_looking`) and decides (`match_settling`) in one snapshot, and then writes with the journal held,
if nothing it has decided by has changed meanwhile. Where that goes wrong again and again, it decides with the journal held.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from casework.matching import MatchingRules
from casework.rules import Rules, Versions
from db import journal, match_following, match_index, match_looking
from db.database import Database, DatabaseAway, when_committed
from db.match_following import follow
from db.match_index import Library
from db.match_looking import Look
from db.match_settling import Cases, Settling
from db.match_settling import Outcome as Outcome  # noqa: PLC0414 - for who asks what was settled
from db.models import MatchPending, Report

CHORE: Final = "the comparison of reports"
PORTION: Final = 4
TRIES: Final = 3
"""How often a step decides in a snapshot, before it decides with the journal held."""
PRUNED_AT_ONCE: Final = 200
"""Keys that are looked through when nothing waits: ten million in half a day."""
_MARK: Final = MatchPending.__table__.c
_REPORT: Final = Report.__table__.c


def _now() -> datetime:
    return datetime.now(UTC)


def pending(session: Session, most: int) -> int:
    """How many reports are still to be looked at, counted no further than `most`."""
    marks = select(_MARK.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(marks)) or 0


class Matcher:
    """Looks at reports, step by step; keeps what it has read. One thread at a time."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime] = _now) -> None:
        self.rules = rules
        self.clock = clock
        self._library = Library()
        self._cases = Cases()
        self._portion = PORTION
        self._pruned = match_index.FIRST

    def step(self, database: Database, limit: int) -> int:
        """Look at up to `limit` reports, the newest first; how many were. Writes in transactions of its own, if at all."""
        look: Look | None = None
        for _ in range(TRIES):
            while self._took_up(database):
                pass
            with database.read() as session:
                look = self.look_at_pending(session, limit)
                if look is None:
                    return 0
                decided = None if match_following.is_behind(session) else self._decided(session, look)
            if decided is not None and self._written(database, decided):
                return len(look.compared)
        if look is not None:
            self.settle_in(database, look)
        return len(look.compared) if look is not None else 0

    def settle_in(self, database: Database, look: Look) -> list[Outcome]:
        """As `settle`, in a transaction of its own."""
        with database.write() as session:
            return self.settle(session, look)

    def portion(self, database: Database) -> bool:
        """Take up some of what the journal has told, or look at some reports; whether there are more. Little at a time.

        When some can't be looked at, fewer are, until the one that spoils it is alone: that one goes to the end of the queue, so
        that all others are compared, and its failure is raised, so that it is said.
        """
        if self._took_up(database):
            return True
        most = self._portion
        try:
            looked = self.step(database, most)
        except DatabaseAway:
            raise
        except Exception:
            self._portion = max(1, most // 2)
            if most > 1:
                return True
            with database.write() as session:
                put_off(session)
            raise
        self._portion = min(PORTION, 2 * most)
        if not looked:
            self.prune(database)
        return looked == most

    def prune(self, database: Database, most: int = PRUNED_AT_ONCE) -> int:
        """Look through some of the index for what ended too long ago to be compared with anything that is reported now, and take
        it out; how much. Each time where the last one ended."""
        before = self.clock() - self._matching().within
        with database.read() as session:
            outdated, self._pruned = match_index.outdated(session, self._pruned, before, most)
        if outdated:
            with database.write() as session:
                match_index.drop(session, outdated)
        return len(outdated)

    def look_at_pending(self, session: Session, limit: int) -> Look | None:
        """Compare marked reports; `None` when none is."""
        marks = session.execute(select(_MARK.id, _MARK.report_id).order_by(_MARK.id.desc()).limit(limit)).all()
        if not marks:
            return None
        look = self.look_at(session, {report_id for _, report_id in marks})
        look.marks = [mark for mark, _ in marks]
        return look

    def look_at(self, session: Session, report_ids: Collection[int]) -> Look:
        """Compare these reports with those the index has, and with each other; writes nothing."""
        return match_looking.look_at(session, self._matching(), self._library, report_ids)

    def settle(self, session: Session, look: Look) -> list[Outcome]:
        """Do what a look has found, as things stand now: takes up what the journal has told first, so that nothing is joined over
        a split. Holds the journal while it decides."""
        journal.hold(session)
        follow(session, self.rules, self.clock(), self._library)
        settling = self._decided(session, look)
        settling.index(session)
        settling.write(session)
        when_committed(session, self._cases.keep)
        return settling.outcomes

    def would_settle(self, session: Session, look: Look) -> list[Outcome]:
        """What `settle` would come to as things stand; writes nothing."""
        return Settling(session, look, Cases(), self.clock()).outcomes

    def _took_up(self, database: Database) -> bool:
        """Take up some of what the journal has told since, if it has told anything."""
        with database.read() as session:
            news = match_following.news(session)
        if news is None:
            return False
        with database.write() as session:
            match_following.take_up(session, news, self._matching(), self._library, self.clock())
        return True

    def _decided(self, session: Session, look: Look) -> Settling:
        return Settling(session, look, self._cases, self.clock())

    def _written(self, database: Database, decided: Settling) -> bool:
        """Write what was decided, unless something it was decided by has changed since."""
        with database.write() as session:
            decided.index(session)
            journal.hold(session)
            if not decided.holds(session):
                session.rollback()
                return False
            decided.write(session)
            when_committed(session, self._cases.keep)
        return True

    def _matching(self) -> MatchingRules:
        return self.rules.matching.at(self.clock())


def put_off(session: Session) -> None:
    """Put the mark that would be looked at next behind all others."""
    newest, oldest = session.execute(select(func.max(_MARK.id), func.min(_MARK.id))).one()
    if newest is not None and newest > oldest:
        session.execute(update(MatchPending).where(_MARK.id == newest).values(id=oldest - 1))


def with_threshold(rules: Rules, link: float) -> Rules:
    """The same rules, but what is linked from another score on; rows say so by the version."""
    each = [
        replace(one, version=f"{one.version}@{link:g}", link=link, suggest=min(one.suggest, link))
        for one in rules.matching.each
    ]
    return replace(rules, matching=Versions.of(each))


def reports_since(session: Session, since: datetime) -> list[int]:
    """All reports since an instant, in the order they came."""
    return list(session.scalars(select(_REPORT.id).where(_REPORT.reported_at >= since).order_by(_REPORT.id)))
