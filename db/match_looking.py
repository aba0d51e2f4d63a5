"""Compares reports in a snapshot: whom with whom, and what each comparison says. Writes nothing and decides nothing.

Of all that share a key with a report only the newest are compared, and few of a case: the cost of one report is bounded whatever
has piled up (`casework.matching`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casework.likeness import Likeness, Traits
from casework.matching import MatchingRules, Verdict, key_number, keys, most_promising
from db import match_index, match_rows
from db.match_index import About, Library, Placed
from db.match_rows import Named, State
from db.models import Case
from db.search import among

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

    @property
    def told(self) -> set[int]:
        """Every report that was looked at or compared with one."""
        return {*self.compared, *(each.report for found in self.compared.values() for each in found)}


def look_at(session: Session, rules: MatchingRules, library: Library, report_ids: Collection[int]) -> Look:
    """Compare these reports with those the index has, and with each other."""
    return _Looking(session, rules, library, report_ids).look


def by_case(found: Iterable[Found], case_of: Callable[[int], int]) -> list[tuple[int, list[Found]]]:
    """What was compared, by case, the likeliest case first."""
    groups: dict[int, list[Found]] = {}
    for each in found:
        groups.setdefault(case_of(each.report), []).append(each)
    ordered = [(case_id, sorted(each, key=_unlikely)) for case_id, each in groups.items()]
    return sorted(ordered, key=lambda group: _unlikely(group[1][0]))


def _unlikely(found: Found) -> tuple[float, int]:
    return -found.likeness.score, found.report


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
        groups = by_case(found, self._case)
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
