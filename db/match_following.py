"""What the journal tells the matching beside new reports: other facts about a matter, and what was merged and taken apart.

Followed in the journal's order, from `match_position` on: what was told is read in a snapshot (`news`) and taken up in a short
transaction (`take_up`). A person's merge is evidence accepted, a split is kept for good.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, insert, or_, select, text, update
from sqlalchemy.orm import Session

from casework.joining import LINK, MATCHING
from casework.likeness import likeness
from casework.matching import MatchingRules
from casework.rules import Rules
from casework.vocabulary import FEEDS, EntryType
from db import journal, match_index, match_rows
from db.match_index import About, Library
from db.match_rows import Named, Pair, State, Wanted
from db.models import JournalEntry, MatchPending, MatchPosition, Report

FOLLOWED_AT_ONCE: Final = 20_000
TAKEN_AT_ONCE: Final = 200
"""Entries that matter here, of which most are a mark each."""
DECIDED_AT_ONCE: Final = 3
"""What people have decided: each costs look-ups with the journal held, and the feeds' writer waits meanwhile."""
UNSAID: Final = 2_000
"""Entries that tell nothing here, of which is not written down that they were read."""
HERE: Final = 1  # the id of the position's only row
FACTS: Final = frozenset(About._fields)
_ENTRY: Final = JournalEntry.__table__.c
_REPORT: Final = Report.__table__.c


class News(NamedTuple):
    """What the journal tells after an entry, up to another.

    `revised`: reports of which a source says something else; `linked`: cases that went on in another because a source says so;
    `decided`: entries of what people have merged and split.
    """

    after: int
    to: int
    revised: Sequence[str]
    linked: Sequence[int]
    decided: Sequence[Any]


def news(session: Session) -> News | None:
    """Some of what the journal has told since; `None` where that is nothing, or nothing worth writing down yet."""
    after, newest = _position(session), journal.position(session)
    to = min(newest, after + FOLLOWED_AT_ONCE)
    rows = session.execute(_NEWS.limit(TAKEN_AT_ONCE), {"after": after, "to": to}).all()
    if len(rows) == TAKEN_AT_ONCE:
        to = rows[-1].id
    decided = [row for row in rows if row.type != EntryType.REVISED and row.actor != LINK]
    if len(decided) > DECIDED_AT_ONCE:
        to = decided[DECIDED_AT_ONCE].id - 1
    if not rows and to - after < UNSAID:
        return None
    told = [row for row in rows if row.id <= to]
    return News(
        after,
        to,
        [row.report for row in told if row.type == EntryType.REVISED and not FACTS.isdisjoint(row.payload)],
        [row.case_id for row in told if row.actor == LINK],
        decided[:DECIDED_AT_ONCE],
    )


def is_behind(session: Session) -> bool:
    """Whether people have merged or split something that was not taken up yet: who decides now might join over it."""
    asked = {"after": _position(session), "to": journal.position(session)}
    return session.execute(_DECIDED.limit(1), asked).first() is not None


def take_up(session: Session, found: News, rules: MatchingRules, library: Library, at: datetime) -> None:
    """Take up what was found, unless another has. Holds the journal only where rows of `matches` are to be written."""
    if found.linked or found.decided:
        journal.hold(session)
    session.execute(_BEGIN)
    moved = update(MatchPosition).where(MatchPosition.id == HERE, MatchPosition.entry_id == found.after)
    if not session.execute(moved.values(entry_id=found.to)).rowcount:  # type: ignore[attr-defined]
        return
    teller = _Teller(session, rules, library, at)
    teller.mark(found.revised)
    teller.link(found.linked)
    for row in found.decided:
        teller.take(row)


def follow(session: Session, rules: Rules, at: datetime, library: Library) -> None:
    """Take up all that the journal has told, in the caller's transaction, which holds it."""
    while (found := news(session)) is not None:
        take_up(session, found, rules.matching.at(at), library, at)


def _position(session: Session) -> int:
    return session.scalar(select(MatchPosition.entry_id).where(MatchPosition.id == HERE)) or 0


class _Teller:
    """Takes up what entries of the journal tell."""

    def __init__(self, session: Session, rules: MatchingRules, library: Library, at: datetime) -> None:
        self.session = session
        self.rules = rules
        self.library = library
        self.at = at

    def mark(self, reports: Sequence[str]) -> None:
        """They are to be compared again."""
        ids = self._ids(sorted(set(reports)))
        if ids:
            self.session.execute(insert(MatchPending), [{"report_id": each} for each in ids])

    def link(self, case_ids: Sequence[int]) -> None:
        """What was asked about these reports and others of their case is answered; how alike they are is to be known."""
        if case_ids:
            told = self._told_in(case_ids)
            match_rows.settle_joined(self.session, self._ids(told))
            self.mark(told)

    def take(self, row: Any) -> None:
        """What a person has decided."""
        if row.type == EntryType.SPLIT:
            self._split(row)
        else:
            self._merged(row)

    def _split(self, row: Any) -> None:
        """What joined a report to those it left does so no more; there is always a row that says it."""
        ids = self._ids([row.report])
        joined = match_rows.between(self.session, ids, states=(State.LINKED, State.ACCEPTED))
        asked = match_rows.between(self.session, ids, row.case_id, (State.SUGGESTED,))
        match_rows.decide(self.session, {*joined, *asked}, State.SPLIT, row.actor, row.occurred_at)
        if not joined and ids:
            self._write(ids, self._first_others(row.case_id, ids), State.SPLIT, row)
        self._keep_apart(row, ids)

    def _keep_apart(self, row: Any, ids: Sequence[int]) -> None:
        """From what a report that leaves a case had been parted, the case stays parted: that was said of all of it."""
        apart = match_rows.parted_from(self.session, ids)
        walls = match_rows.walls(self.session, set(apart.values()))
        for other, case_id in apart.items():
            if case_id != row.case_id and frozenset((case_id, row.case_id)) not in walls:
                self._write([other], self._first_others(row.case_id, [other]), State.SPLIT, row)

    def _merged(self, row: Any) -> None:
        """A person joined two cases: what was known of their reports is accepted, or the likeliest two are."""
        told = self._ids(self._told_in([row.case_id]))
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

    def _told_in(self, case_ids: Sequence[int]) -> list[str]:
        """The reports that the journals of cases tell of."""
        wanted = select(_ENTRY.report).where(_ENTRY.case_id.in_(case_ids)).distinct()
        return list(self.session.scalars(wanted))

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


_BY_PEOPLE: Final = or_(
    _ENTRY.type == EntryType.SPLIT.value,
    and_(_ENTRY.type == EntryType.MERGED.value, _ENTRY.actor.not_in((LINK, MATCHING))),
)
_LINKED: Final = and_(_ENTRY.type == EntryType.MERGED.value, _ENTRY.actor == LINK)
_REVISED: Final = and_(_ENTRY.type == EntryType.REVISED.value, _ENTRY.actor.in_(sorted(FEEDS)))
_SINCE: Final = (
    select(_ENTRY.id, _ENTRY.case_id, _ENTRY.type, _ENTRY.report, _ENTRY.occurred_at, _ENTRY.actor, _ENTRY.payload)
    .where(_ENTRY.id > bindparam("after"), _ENTRY.id <= bindparam("to"))
    .order_by(_ENTRY.id)
)
_NEWS: Final = _SINCE.where(or_(_BY_PEOPLE, _LINKED, _REVISED))
_DECIDED: Final = _SINCE.where(_BY_PEOPLE)
_BEGIN: Final = text("INSERT INTO match_position (id, entry_id) VALUES (1, 0) ON CONFLICT DO NOTHING")
