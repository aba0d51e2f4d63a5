"""Decides what comes of reports that were compared, and writes it down.

Deciding reads much and writes nothing: it is done in a snapshot, while others write. Writing is done with the journal held, and
only if nothing that was decided by has changed since (`Settling.holds`); so the feeds wait for a few statements.

What people have parted is never joined again, a protected matter never with one that is not, and what has ended only by the
same phone's coming back with the same matter: that begins a round of it. All else is for a person to decide.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry
from casework.evolve import evolve, fold
from casework.joining import Match, Standing, begins_round, goes_on_in, merge
from casework.likeness import evidence, likeness
from casework.matching import Verdict
from casework.vocabulary import EntryType, Status
from db import journal, match_index, match_rows
from db.casebook import Casebook
from db.match_looking import Found, Look, by_case
from db.match_rows import Pair, State, Wanted
from db.models import Case, JournalEntry, MatchPending, Report
from db.search import among

MANY: Final = 50
"""Reports of a case that is kept folded from one step to the next, rather than read again from its journal."""
CACHED_CASES: Final = 100
KEPT: Final = 8
"""Pairs of one report that are written down at most, the likeliest."""
_MARK: Final = MatchPending.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_REPORT: Final = Report.__table__.c
_CASE: Final = Case.__table__.c


class Outcome(NamedTuple):
    """Two cases by their ids: `one` was joined to `other`, or a person is asked; `repeats` as in `db.models.Match`."""

    one: int
    other: int
    state: State
    score: float
    repeats: bool


class Cases:
    """Folded cases of many reports, from one step to the next: of what was told since only the rest is folded."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, CaseState] = OrderedDict()
        self._fresh: dict[int, CaseState] = {}

    def get(self, key: tuple[int, int]) -> CaseState | None:
        case = self._fresh.get(key[0])
        return case if case is not None and case.version == key[1] else None

    def bring(self, session: Session, case_ids: Collection[int]) -> dict[int, list[Entry]]:
        """Fold these cases as they are now; the journals of those that had to be read from the beginning."""
        kept = {case_id: self._kept[case_id] for case_id in case_ids if case_id in self._kept}
        journals = journal.entries_of(session, [case_id for case_id in case_ids if case_id not in kept])
        self._fresh = {case_id: fold(entries) for case_id, entries in journals.items()}
        for case_id, case in kept.items():
            for entry in _entries_after(session, case_id, case.version):
                case = evolve(case, entry)  # noqa: PLW2901 - a fold
            self._fresh[case_id] = case
        return journals

    def changed(self, states: Mapping[int, CaseState]) -> None:
        """The cases as a transaction leaves them, if it is committed."""
        self._fresh = {case_id: case for case_id, case in states.items() if len(case.threads) >= MANY}

    def keep(self) -> None:
        """The transaction was committed."""
        for case_id, case in self._fresh.items():
            self._kept[case_id] = case
            self._kept.move_to_end(case_id)
        self._fresh = {}
        while len(self._kept) > CACHED_CASES:
            self._kept.popitem(last=False)


def _entries_after(session: Session, case_id: int, version: int) -> Iterable[Entry]:
    wanted = (
        select(_ENTRY.type, _ENTRY.report, _ENTRY.occurred_at, _ENTRY.actor, _ENTRY.payload)
        .where(_ENTRY.case_id == case_id, _ENTRY.version > version)
        .order_by(_ENTRY.version)
    )
    for kind, report, occurred_at, actor, payload in session.execute(wanted):
        yield Entry(EntryType(kind), report, occurred_at, actor, payload)


class _Side(NamedTuple):
    """What must be known of a case before anything is joined to it; of a big one, without looking at all its reports."""

    standing: Standing
    status: Status
    sensitive: bool

    def with_other(self, other: "_Side") -> "_Side":
        """The two as one case, which is open: nothing is joined unasked to what has ended, but to open it again."""
        one, two = self.standing, other.standing
        status = other.status if one.ended else self.status
        joined = Standing(False, None, min(one.reported_at, two.reported_at), one.reports + two.reports)
        return _Side(joined, status, self.sensitive or other.sensitive)


class Settling:
    """What comes of a look, decided by how things stand in the session's snapshot; `write` may be another transaction's."""

    def __init__(self, session: Session, look: Look, cases: Cases, at: datetime) -> None:
        self.session = session
        self.look = look
        self.cases = cases
        self.at = at
        self.position = journal.position(session)
        self.last_mark = session.scalar(select(func.max(_MARK.id))) or 0
        self.book = Casebook(session)
        self.homes = {each.id: each.case_id for each in match_index.placed(session, look.told).values()}
        self.sides = self._sides(set(self.homes.values()))
        self.parts = {case_id: [case_id] for case_id in self.sides}
        self.walled = {case_id for case_id in self.sides if self._reports_in(case_id) < MANY}
        self.walls = match_rows.walls(session, self.walled)
        self.journals: dict[int, list[Entry]] = {}
        self.wanted: list[Wanted] = []
        self.gone: set[tuple[int, int]] = set()
        self.outcomes: list[Outcome] = []
        self._decide_all()
        self.projected = self.book.projected()

    def holds(self, session: Session) -> bool:
        """Whether all that was decided by is still so. With the journal held, so that it stays so until the end.

        Told in the journal are new facts, merges and splits; marked are texts, places and phones; what people said of two
        cases is told by the walls.
        """
        told = select(_ENTRY.id).where(_ENTRY.id > self.position, among(session, _ENTRY.case_id, list(self.sides)))
        marked = select(_MARK.id).where(_MARK.id > self.last_mark, among(session, _MARK.report_id, list(self.homes)))
        return (
            session.scalar(told.limit(1)) is None
            and session.scalar(marked.limit(1)) is None
            and match_rows.walls(session, self.walled) == self.walls
        )

    def index(self, session: Session) -> None:
        """Put what was looked at into the index, and take its marks away. Needs no hold: none but the matching writes there."""
        look = self.look
        match_index.keep(session, {each: (look.about[each], its_keys) for each, its_keys in look.keys.items()})
        if look.marks:
            session.execute(delete(MatchPending).where(among(session, _MARK.id, look.marks)))

    def write(self, session: Session) -> None:
        """Join what is to be joined, and say of each two reports what is known. With the journal held."""
        moved = list(self.book.moved)
        if moved:
            joined = list(session.scalars(select(_REPORT.id).where(among(session, _REPORT.case_id, moved))))
            self._write_cases(session)
        known = match_rows.rows_of(session, list(self.look.compared))
        match_rows.put(session, self.wanted, known, self.look.rules.version, self.at)
        match_rows.forget(session, {known[pair].id for pair in self.gone if pair in known})
        if moved:
            match_rows.settle_joined(session, joined)
        self.cases.changed(self.book.states)

    def _sides(self, case_ids: Collection[int]) -> dict[int, _Side]:
        columns = (_CASE[name] for name in ("id", "status", "sensitive", *Standing._fields))
        rows = self.session.execute(select(*columns).where(among(self.session, _CASE.id, list(case_ids))))
        return {row.id: _Side(Standing(*row[3:]), Status(row.status), row.sensitive) for row in rows}

    def _decide_all(self) -> None:
        """What comes of each report, in the order they came."""
        self._open()
        for report_id in sorted(self.look.compared):
            if report_id in self.homes:
                self._decide(report_id)
        self.gone.update(self._pair(*pair).ids for pair in self.look.unlike)

    def _open(self) -> None:
        """Bring in what may be joined."""
        rules, wanted = self.look.rules, set[int]()
        for report_id, found in self.look.compared.items():
            for case_id, each in by_case(found, self._home):
                if rules.of_case([one.likeness for one in each]) is Verdict.LINK and case_id != self._home(report_id):
                    wanted |= {case_id, self._home(report_id)}
        if wanted:
            self.journals = self.cases.bring(self.session, wanted)
            self.book.open(wanted, self.cases)

    def _home(self, report_id: int) -> int:
        return self.book.current(self.homes[report_id])

    def _decide(self, report_id: int) -> None:
        rules = self.look.rules
        joined = [self.look.firsts[report_id]] if report_id in self.look.firsts else []
        rows: list[Wanted] = []
        for case_id, found in by_case(self.look.compared[report_id], self._home):
            mine = self._home(report_id)
            if case_id == mine:
                rows += [self._wanted(report_id, each, State.LINKED) for each in found if each.likeness.linked]
                continue
            if self._parted(mine, case_id):
                continue
            verdict = rules.of_case([each.likeness for each in found])
            repeats = verdict is Verdict.LINK and self._repeats(mine, case_id)
            state = State.SUGGESTED
            if verdict is Verdict.LINK and self._may_join(mine, case_id, found, joined):
                self._join(report_id, mine, case_id, found[0])
                joined += [each.report for each in found]
                state = State.LINKED
            if verdict is not Verdict.APART:
                self.outcomes.append(Outcome(mine, case_id, state, found[0].likeness.score, repeats))
            for each in found:
                if rules.verdict(each.likeness) is Verdict.APART:
                    self.gone.add(self._pair(report_id, each.report).ids)
                else:
                    rows.append(self._wanted(report_id, each, state, repeats=repeats and state is State.LINKED))
        self.wanted += sorted(rows, key=lambda each: -each.likeness.score)[:KEPT]

    def _wanted(self, report_id: int, found: Found, state: State, *, repeats: bool = False) -> Wanted:
        return Wanted(self._pair(report_id, found.report), found.likeness, state, repeats)

    def _pair(self, one: int, other: int) -> Pair:
        return Pair.of(self.look.named(one), self.look.named(other))

    def _parted(self, one: int, other: int) -> bool:
        """Whether a person said that the two cases are not one matter, or those they have become. Asked of the smaller one."""
        self._know_walls(self.parts[min(one, other, key=self._reports_in)])
        current = self.book.current
        return any({current(case_id) for case_id in wall} == {one, other} for wall in self.walls)

    def _reports_in(self, case_id: int) -> int:
        return self.sides[case_id].standing.reports

    def _know_walls(self, case_ids: Collection[int]) -> None:
        """Look up from what these cases are parted."""
        missing = set(case_ids) - self.walled
        if missing:
            self.walls |= match_rows.walls(self.session, missing)
            self.walled |= missing

    def _repeats(self, one: int, other: int) -> bool:
        """Whether one of the cases tells again of what was closed as the other."""
        for earlier, later in ((self.sides[one], self.sides[other]), (self.sides[other], self.sides[one])):
            if earlier.status is Status.CLOSED and not later.standing.ended:
                return begins_round(later.standing, earlier.standing)
        return False

    def _may_join(self, mine: int, theirs: int, found: Sequence[Found], joined: Sequence[int]) -> bool:
        """Whether two cases are joined unasked. `joined`: the reports that speak for `mine`."""
        one, other, best = self.sides[mine], self.sides[theirs], found[0].likeness
        if best.linked or one.sensitive != other.sensitive:
            return False  # who follows links is the feeds' writer; what it has not joined is apart for a reason
        if (one.standing.ended or other.standing.ended) and not (best.phone and self._repeats(mine, theirs)):
            return False
        return not any(self._elsewhere(report, each.report) for report in joined for each in found)

    def _elsewhere(self, one: int, other: int) -> bool:
        traits = self.look.traits
        if one not in traits or other not in traits:
            return False
        return likeness(traits[one], traits[other], self.look.rules.weights).elsewhere

    def _join(self, report_id: int, mine: int, theirs: int, best: Found) -> None:
        book = self.book
        child, parent = max(mine, theirs), min(mine, theirs)
        if not goes_on_in(self.sides[child].standing, self.sides[parent].standing):
            child, parent = parent, child
        match = Match(
            self.look.named(report_id).key,
            self.look.named(best.report).key,
            best.likeness.score,
            evidence(best.likeness),
        )
        to_parent, to_child = merge(book.states[child], self._journal(child), book.states[parent], parent, match=match)
        book.append(parent, to_parent)
        book.append(child, to_child)
        book.move_reports(child, parent)
        self.sides[parent] = self.sides[parent].with_other(self.sides[child])
        self.parts[parent] += self.parts[child]

    def _journal(self, case_id: int) -> list[Entry]:
        stored = self.journals.get(case_id)
        if stored is None:
            return self.book.whole_journal(case_id)
        return [*stored, *(entry for each, _, entry in self.book.entries if each == case_id)]

    def _write_cases(self, session: Session) -> None:
        """Casebook and session of the snapshot have served: what was decided is written by this transaction's own."""
        book = Casebook(session)
        decided = self.book
        book.states, book.before, book.codes = decided.states, decided.before, decided.codes
        book.entries, book.moved = decided.entries, decided.moved
        book.write(self.projected)
