"""What the journal tells the matching beside new reports: other facts about a matter, and what was merged and taken apart.

Followed in the journal's order, from `match_position` on. A person's merge is evidence accepted, a split is kept for good.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from casework.joining import LINK, MATCHING
from casework.likeness import likeness
from casework.matching import MatchingRules
from casework.rules import Rules
from casework.vocabulary import EntryType, Feed
from db import journal, match_index, match_rows
from db.match_index import About, Library
from db.match_rows import Named, Pair, State, Wanted
from db.models import JournalEntry, MatchPending, MatchPosition, Report

FOLLOWED_AT_ONCE: Final = 20_000
TAKEN_AT_ONCE: Final = 20
"""Entries that matter here, each of which costs look-ups: the feeds' writer waits meanwhile."""
HERE: Final = 1  # the id of the position's only row
FACTS: Final = frozenset(About._fields)
_FEEDS: Final = frozenset(feed.value for feed in Feed)
_ENTRY: Final = JournalEntry.__table__.c
_REPORT: Final = Report.__table__.c


def follow(session: Session, rules: Rules, at: datetime, library: Library | None = None) -> bool:
    """Take up some of what the journal has told since; False while there is more. The caller's transaction writes."""
    journal.hold(session)
    after, newest = _position(session), journal.position(session)
    to = min(newest, after + FOLLOWED_AT_ONCE)
    if to > after:
        teller = _Teller(session, rules.matching.at(at), library or Library(), at)
        news = session.execute(_NEWS.limit(TAKEN_AT_ONCE), {"after": after, "to": to}).all()
        for row in news:
            teller.take(row)
        if len(news) == TAKEN_AT_ONCE:
            to = news[-1].id
        moved = session.execute(update(MatchPosition).where(MatchPosition.id == HERE).values(entry_id=to))
        if not moved.rowcount:  # type: ignore[attr-defined]
            session.execute(insert(MatchPosition).values(id=HERE, entry_id=to))
    return to == newest


def _position(session: Session) -> int:
    return session.scalar(select(MatchPosition.entry_id).where(MatchPosition.id == HERE)) or 0


def is_behind(session: Session, *, far: bool) -> bool:
    """Whether the journal has told anything since that matters here, or (`far`) more than one transaction takes up."""
    after, newest = _position(session), journal.position(session)
    if newest - after > FOLLOWED_AT_ONCE:
        return True
    least = TAKEN_AT_ONCE if far else 1
    return len(session.execute(_NEWS.limit(least), {"after": after, "to": newest}).all()) == least


class _Teller:
    """Takes up entries of the journal, one after the other."""

    def __init__(self, session: Session, rules: MatchingRules, library: Library, at: datetime) -> None:
        self.session = session
        self.rules = rules
        self.library = library
        self.at = at

    def take(self, row: Any) -> None:
        kind = EntryType(row.type)
        if kind is EntryType.SPLIT:
            self._split(row)
        elif kind is EntryType.REVISED:
            if row.actor in _FEEDS and not FACTS.isdisjoint(row.payload):
                self._mark(self._ids([row.report]))
        elif row.actor == LINK:
            told = self._told_in(row.case_id)
            match_rows.settle_joined(self.session, told)
            self._mark(told)  # so that the link's evidence is known
        elif row.actor != MATCHING:
            self._merged(row)

    def _split(self, row: Any) -> None:
        """What joined a report to those it left does so no more; there is always a row that says it."""
        ids = self._ids([row.report])
        joined = match_rows.between(self.session, ids, states=(State.LINKED, State.ACCEPTED))
        asked = match_rows.between(self.session, ids, row.case_id, (State.SUGGESTED,))
        match_rows.decide(self.session, {*joined, *asked}, State.SPLIT, row.actor, row.occurred_at)
        if not joined and ids:
            self._write(ids, self._first_others(row.case_id, ids), State.SPLIT, row)

    def _merged(self, row: Any) -> None:
        """A person joined two cases: what was known of their reports is accepted, or the likeliest two are."""
        told = self._told_in(row.case_id)
        home = self.session.scalar(select(_REPORT.case_id).where(_REPORT.id.in_(self._ids([row.report]))))
        mine = [each.id for each in match_index.placed(self.session, told).values() if each.case_id == home]
        others = self._first_others(home, mine) if home is not None and mine else []
        if not others:
            return  # they are apart again
        known = {
            row_id
            for row_id, state in match_rows.between(self.session, mine, home).items()
            if state not in match_rows.JOINED
        }
        joined = match_rows.between(self.session, mine, home, (State.LINKED, State.ACCEPTED))
        match_rows.decide(self.session, known, State.ACCEPTED, row.actor, row.occurred_at)
        if not known and not joined:
            self._write(mine[: self.rules.most_of_a_case], others, State.ACCEPTED, row)

    def _write(self, mine: Sequence[int], others: Sequence[int], state: State, row: Any) -> None:
        """One row, of the two that are most alike."""
        placed = match_index.placed(self.session, {*mine, *others})
        traits = self.library.traits(self.session, self.rules, placed.values(), match_index.about(self.session, placed))
        if not placed.keys() >= {*mine[:1], *others[:1]} or not others:
            return
        found = [
            (likeness(traits[one], traits[other], self.rules.weights), one, other) for one in mine for other in others
        ]
        best, one, other = max(found, key=lambda each: each[0].score)
        pair = Pair.of(*(Named(each, traits[each].features.key) for each in (one, other)))
        wanted = Wanted(pair, best, state, decided_by=row.actor, decided_at=row.occurred_at)
        known = match_rows.rows_of(self.session, [one])
        match_rows.put(self.session, [wanted], known, self.rules.version, self.at)

    def _first_others(self, case_id: int, ids: Collection[int]) -> list[int]:
        wanted = select(_REPORT.id).where(_REPORT.case_id == case_id, _REPORT.id.not_in(list(ids)))
        return list(self.session.scalars(wanted.order_by(_REPORT.id).limit(self.rules.most_of_a_case)))

    def _told_in(self, case_id: int) -> list[int]:
        """The reports that a case's journal tells of."""
        wanted = select(_ENTRY.report).where(_ENTRY.case_id == case_id).distinct()
        return self._ids(list(self.session.scalars(wanted)))

    def _ids(self, names: Sequence[str]) -> list[int]:
        found: list[int] = []
        by_feed: dict[str, list[str]] = {}
        for name in names:
            feed, _, source_id = name.partition(":")
            by_feed.setdefault(feed, []).append(source_id)
        for feed, source_ids in by_feed.items():
            wanted = select(_REPORT.id).where(_REPORT.feed == feed)
            found += self.session.scalars(
                wanted.where(match_index.among_texts(self.session, _REPORT.source_id, source_ids))
            )
        return sorted(found)

    def _mark(self, ids: Sequence[int]) -> None:
        if ids:
            self.session.execute(insert(MatchPending), [{"report_id": each} for each in ids])


_NEWS: Final = (
    select(_ENTRY.id, _ENTRY.case_id, _ENTRY.type, _ENTRY.report, _ENTRY.occurred_at, _ENTRY.actor, _ENTRY.payload)
    .where(
        _ENTRY.id > bindparam("after"),
        _ENTRY.id <= bindparam("to"),
        _ENTRY.type.in_((EntryType.SPLIT.value, EntryType.MERGED.value, EntryType.REVISED.value)),
    )
    .order_by(_ENTRY.id)
)
