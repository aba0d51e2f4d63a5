"""Finds out which reports are one matter, behind the writers' backs: joins what is, suggests what may be, writes both down.

Comparing costs more than writing, so no feed waits for it. What is to be looked at is known from two places: triggers mark
reports that are new or have another text, place or phone (`match_pending`, `0007`), and the journal is followed
(`match_position`) for what only it tells: another category, a merge, a split. A step compares some reports in a snapshot, with
the newest under each of their keys, and then, with the journal held, decides by how things stand by then.

What people have parted is never joined again, a protected matter never with one that is not, and what has ended only by the
same phone's coming back with the same matter: that begins a round of it. All else is for a person to decide.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from casework.case import Case as CaseState
from casework.case import Entry
from casework.evolve import evolve, fold
from casework.joining import Match, Standing, begins_round, goes_on_in, merge
from casework.likeness import Likeness, Traits, evidence, likeness
from casework.matching import MatchingRules, Verdict, key_number, keys, most_promising
from casework.rules import Rules, Versions
from casework.vocabulary import EntryType, Status
from db import bulk, journal, match_index, match_rows
from db.casebook import Casebook
from db.database import Database, DatabaseAway, when_committed
from db.match_following import follow, is_behind
from db.match_index import About, Library, Placed
from db.match_rows import Named, Pair, State, Wanted
from db.models import Case, JournalEntry, MatchPending, Report
from db.search import among
from db.vault import Vault

CHORE: Final = "the comparison of reports"
PORTION: Final = 4
MANY: Final = 50
"""Reports of a case that is kept folded from one step to the next, rather than read again from its journal."""
CACHED_CASES: Final = 100
KEPT: Final = 8
"""Pairs of one report that are written down at most, the likeliest."""
_MARK: Final = MatchPending.__table__.c
_ENTRY: Final = JournalEntry.__table__.c
_REPORT: Final = Report.__table__.c
_CASE: Final = Case.__table__.c


class Found(NamedTuple):
    """A report that one was compared with."""

    report: int
    likeness: Likeness


@dataclass
class Look:
    """What a snapshot showed: for each report looked at, what it was compared with, and what the index is to hold of it.

    `firsts`: of those in cases of several, the case's first report. `unlike`: pairs that were suggested and are no more.
    """

    rules: MatchingRules
    marks: Sequence[int] = ()
    placed: dict[int, Placed] = field(default_factory=dict)
    traits: dict[int, Traits] = field(default_factory=dict)
    about: dict[int, About] = field(default_factory=dict)
    keys: dict[int, frozenset[str]] = field(default_factory=dict)
    firsts: dict[int, int] = field(default_factory=dict)
    compared: dict[int, list[Found]] = field(default_factory=dict)
    unlike: list[tuple[int, int]] = field(default_factory=list)

    def named(self, report_id: int) -> Named:
        return Named(report_id, self.traits[report_id].features.key)


class Outcome(NamedTuple):
    """Two cases by their ids: `one` was joined to `other`, or a person is asked; `repeats` as in `db.models.Match`."""

    one: int
    other: int
    state: State
    score: float
    repeats: bool


def _now() -> datetime:
    return datetime.now(UTC)


def step(database: Database, vault: Vault, rules: Rules, limit: int) -> int:
    """Look at up to `limit` reports; how many were. For a caller that keeps no `Matcher`, which would remember texts it has read.

    The vault's key is not needed: phones are compared by the hashes it has made.
    """
    del vault
    return Matcher(rules).step(database, limit)


def pending(session: Session, most: int) -> int:
    """How many reports are still to be looked at, counted no further than `most`."""
    marks = select(_MARK.id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(marks)) or 0


def match_pending(session: Session, rules: Rules, limit: int, at: datetime) -> int:
    """As `step`, within one transaction of the caller's."""
    matcher = Matcher(rules, lambda: at)
    while not follow(session, rules, at):
        pass
    look = matcher.look_at_pending(session, limit)
    matcher.settle(session, look or Look(rules.matching.at(at)))
    return len(look.compared) if look is not None else 0


class Matcher:
    """Looks at reports, step by step; keeps what it has read. One thread at a time."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime] = _now) -> None:
        self.rules = rules
        self.clock = clock
        self._library = Library()
        self._cases = _Cases()
        self._portion = PORTION

    def step(self, database: Database, limit: int) -> int:
        """Look at up to `limit` reports, the newest first; how many were. Writes in a transaction of its own, if at all."""
        with database.read() as session:
            look = self.look_at_pending(session, limit)
            behind = is_behind(session, far=look is not None)
        while behind:
            with database.write() as session:
                behind = not follow(session, self.rules, self.clock(), self._library)
            if not behind and look is None:
                with database.read() as session:
                    look = self.look_at_pending(session, limit)
        if look is None:
            return 0
        self.settle_in(database, look)
        return len(look.compared)

    def settle_in(self, database: Database, look: Look) -> list[Outcome]:
        """As `settle`, in a transaction of its own."""
        with database.write() as session:
            return self.settle(session, look)

    def portion(self, database: Database) -> bool:
        """Look at some; whether there are more. Few, for on SQLite it is the only writer meanwhile.

        When some can't be looked at, fewer are, until the one that spoils it is alone: that one goes to the end of the queue, so
        that all others are compared, and its failure is raised, so that it is said.
        """
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
        return looked == most

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
        return _Looking(session, self._matching(), self._library, report_ids).look

    def settle(self, session: Session, look: Look) -> list[Outcome]:
        """Do what a look has found. Takes up what the journal has told meanwhile first: nothing is joined over a split."""
        at = self.clock()
        journal.hold(session)
        while not follow(session, self.rules, at, self._library):
            pass
        settling = _Settling(session, look, self._cases, at)
        outcomes = settling.decide()
        settling.write()
        when_committed(session, self._cases.keep)
        return outcomes

    def would_settle(self, session: Session, look: Look) -> list[Outcome]:
        """What `settle` would come to as things stand; writes nothing."""
        return _Settling(session, look, _Cases(), self.clock()).decide()

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


# Comparing.


class _Looking:
    """One look at some reports, in the order they came: each is compared with those before it, too."""

    def __init__(self, session: Session, rules: MatchingRules, library: Library, report_ids: Collection[int]) -> None:
        self.session = session
        self.rules = rules
        self.library = library
        self.look = look = Look(rules)
        look.placed = match_index.placed(session, report_ids)
        look.about = match_index.about(session, look.placed)
        look.traits = library.traits(session, rules, look.placed.values(), look.about)
        look.keys = {report_id: keys(traits) for report_id, traits in look.traits.items()}
        self.mine = sorted(look.placed)
        self.joined: dict[int, int] = {}
        self._find()

    def _find(self) -> None:
        """Whom to compare with whom is asked of all at once; then whoever was told before."""
        look, rules = self.look, self.rules
        numbers = {key_number(key) for each in look.keys.values() for key in each}
        batch = frozenset(self.mine)
        under = {
            number: [report_id for report_id in ids if report_id not in batch]
            for number, ids in match_index.newest_under(self.session, numbers, rules.newest_of_a_key).items()
        }
        self.asked = self._asked()
        told_of = {each for ids in (*under.values(), *self.asked.values()) for each in ids}
        look.placed |= match_index.placed(self.session, told_of)
        cases = {each.case_id for each in look.placed.values()}
        self.first_of = match_index.firsts_of(self.session, _of_several(self.session, cases))
        look.placed |= match_index.placed(self.session, set(self.first_of.values()) - look.placed.keys())
        told: dict[int, list[int]] = {}
        for report_id in self.mine:
            its_keys = look.keys[report_id]
            shared = self._shared(report_id, its_keys, under, told)
            look.compared[report_id] = self._compare(report_id, shared)
            for key in its_keys:
                told.setdefault(key_number(key), []).append(report_id)

    def _asked(self) -> dict[int, set[int]]:
        """With whom the reports were suggested before: they are compared again, whatever keys they share now."""
        found: dict[int, set[int]] = {}
        for (one, other), row in match_rows.rows_of(self.session, self.mine).items():
            if row.state is State.SUGGESTED:
                found.setdefault(one, set()).add(other)
                found.setdefault(other, set()).add(one)
        return found

    def _shared(
        self, report_id: int, its_keys: Iterable[str], under: Mapping[int, list[int]], told: Mapping[int, list[int]]
    ) -> dict[int, list[str]]:
        """The keys it shares, by report: of each key the newest reports."""
        shared: dict[int, list[str]] = {}
        for key in its_keys:
            number = key_number(key)
            fresh = told.get(number, [])[: -self.rules.newest_of_a_key - 1 : -1]
            for other in [*fresh, *under.get(number, [])][: self.rules.newest_of_a_key]:
                if other != report_id:
                    shared.setdefault(other, []).append(key)
        return shared

    def _compare(self, report_id: int, shared: Mapping[int, Collection[str]]) -> list[Found]:
        look, rules = self.look, self.rules
        before = self.asked.get(report_id, set()) & look.placed.keys()
        chosen = list(dict.fromkeys([*self._chosen(report_id, shared), *sorted(before)]))
        speaking = [*chosen, look.firsts[report_id]] if report_id in look.firsts else chosen
        missing = [look.placed[each] for each in speaking if each not in look.traits]
        look.traits |= self.library.traits(self.session, rules, missing)
        mine = look.traits[report_id]
        found = [
            Found(other, like) for other in chosen if (like := rules.compare(mine, look.traits[other])) is not None
        ]
        look.unlike += [(report_id, other) for other in before.difference(each.report for each in found)]
        self._remember(report_id, found)
        return found

    def _chosen(self, report_id: int, shared: Mapping[int, Collection[str]]) -> list[int]:
        """The likeliest, some of each case and the first of it, none of its own: but those that name it, or that it names."""
        look, rules = self.look, self.rules
        own, reported_at = self._case(report_id), look.placed[report_id].reported_at
        chosen: dict[int, None] = {}
        of_case: dict[int, int] = {}
        for other in most_promising(shared, len(shared)):
            case_id = self._case(other)
            if abs(look.placed[other].reported_at - reported_at) > rules.within:
                continue
            if case_id == own and not any(key[0] == "r" for key in shared[other]):
                continue
            if of_case.get(case_id, 0) >= rules.most_of_a_case:
                continue
            of_case[case_id] = of_case.get(case_id, 0) + 1
            chosen[other] = None
            if len(chosen) == rules.most_candidates:
                break
        for case_id in of_case:
            first = self.first_of.get(case_id)
            if first is not None and first != report_id and case_id != own:
                chosen[first] = None
        if own in self.first_of and self.first_of[own] != report_id:
            look.firsts[report_id] = self.first_of[own]
        return list(chosen)

    def _remember(self, report_id: int, found: Sequence[Found]) -> None:
        """What will be joined is one case from here on: of a flood only some are compared, within a look too."""
        groups = _by_case(found, self._case)
        if not groups:
            return
        case_id, best = groups[0]
        if self.rules.of_case([each.likeness for each in best]) is Verdict.LINK:
            own, earlier = self._case(report_id), case_id
            if own != earlier:
                self.joined[own] = earlier
                self.first_of.setdefault(earlier, best[0].report)

    def _case(self, report_id: int) -> int:
        case_id = self.look.placed[report_id].case_id
        while case_id in self.joined:
            case_id = self.joined[case_id]
        return case_id


def _of_several(session: Session, case_ids: Collection[int]) -> list[int]:
    wanted = select(_CASE.id).where(among(session, _CASE.id, list(case_ids)), _CASE.reports > 1)
    return list(session.scalars(wanted))


def _by_case(found: Iterable[Found], case_of: Callable[[int], int]) -> list[tuple[int, list[Found]]]:
    """What was compared, by case, the likeliest case first."""
    groups: dict[int, list[Found]] = {}
    for each in found:
        groups.setdefault(case_of(each.report), []).append(each)
    ordered = [(case_id, sorted(each, key=_unlikely)) for case_id, each in groups.items()]
    return sorted(ordered, key=lambda group: _unlikely(group[1][0]))


def _unlikely(found: Found) -> tuple[float, int]:
    return -found.likeness.score, found.report


# Deciding.


class _Cases:
    """Folded cases of many reports, from one transaction to the next: of what was told since only the rest is folded."""

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


class _Settling:
    """The decisions of one transaction about what a look has found."""

    def __init__(self, session: Session, look: Look, cases: _Cases, at: datetime) -> None:
        self.session = session
        self.look = look
        self.cases = cases
        self.at = at
        self.book = Casebook(session)
        told = {*look.compared, *(each.report for found in look.compared.values() for each in found)}
        self.homes = {each.id: each.case_id for each in match_index.placed(session, told).values()}
        self.sides = self._sides(set(self.homes.values()))
        self.parts = {case_id: [case_id] for case_id in self.sides}
        self.walls: set[frozenset[int]] = set()
        self.walled: set[int] = set()
        own = {self.homes[report_id] for report_id in look.compared if report_id in self.homes}
        self._know_walls({case_id for case_id in own if self._reports_in(case_id) < MANY})
        self.journals: dict[int, list[Entry]] = {}
        self.wanted: list[Wanted] = []
        self.gone: set[tuple[int, int]] = set()
        self.outcomes: list[Outcome] = []

    def decide(self) -> list[Outcome]:
        """What comes of each report, in the order they came; nothing is written yet."""
        self._open()
        for report_id in sorted(self.look.compared):
            if report_id in self.homes:
                self._decide(report_id)
        self.gone.update(self._pair(*pair).ids for pair in self.look.unlike)
        return self.outcomes

    def write(self) -> None:
        session, look = self.session, self.look
        joined = list(session.scalars(select(_REPORT.id).where(among(session, _REPORT.case_id, list(self.book.moved)))))
        self._write_cases()
        known = match_rows.rows_of(session, list(look.compared))
        match_rows.put(session, self.wanted, known, look.rules.version, self.at)
        match_rows.forget(session, {known[pair].id for pair in self.gone if pair in known})
        match_rows.settle_joined(session, joined)
        told = {report_id: (look.about[report_id], its_keys) for report_id, its_keys in look.keys.items()}
        match_index.keep(session, told)
        if look.marks:
            session.execute(delete(MatchPending).where(among(session, _MARK.id, look.marks)))

    def _sides(self, case_ids: Collection[int]) -> dict[int, _Side]:
        columns = (_CASE[name] for name in ("id", "status", "sensitive", *Standing._fields))
        rows = self.session.execute(select(*columns).where(among(self.session, _CASE.id, list(case_ids))))
        return {row.id: _Side(Standing(*row[3:]), Status(row.status), row.sensitive) for row in rows}

    def _open(self) -> None:
        """Bring in what may be joined."""
        rules, wanted = self.look.rules, set[int]()
        for report_id, found in self.look.compared.items():
            for case_id, each in _by_case(found, self._home):
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
        for case_id, found in _by_case(self.look.compared[report_id], self._home):
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

    def _write_cases(self) -> None:
        book = self.book
        if not book.entries:
            return
        last = journal.position(self.session)
        with bulk.together(self.session):
            book.write_moved_reports()
            book.write_cases()
            book.write_journal(last, self.at)
        self.cases.changed(book.states)
