"""Somebody writes between the snapshot in which reports are compared and the transaction that says so: it is noticed, and nothing
that people or sources said meanwhile is overwritten."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from casework.rules import Rules
from db import match_acts
from db.database import Database, Session
from db.inbox import Recorder
from db.match_looking import Look
from db.match_rows import State
from db.matching import TRIES, Matcher
from tests.db.matched import ANOTHER_HOME, HOTLINE, POLICE, THERE, Matching, also, desk, told
from tests.records import NOW

VAGUE = {"bjdh": "19900009999", "bjnr": "饭店油烟大", "bjsj": "2026-11-23 09:00:00"}
CLEAR = also(1, bjdh="19900001234", bjsj="2026-11-23 09:00:00", gxsj="2026-11-23 10:00:00")


class Interrupted(Matcher):
    """Something happens after it has looked, and before it writes; `times` of its looks."""

    def __init__(self, rules: Rules, meanwhile: Callable[[], object], times: int = 1) -> None:
        super().__init__(rules, lambda: NOW)
        self.meanwhile = meanwhile
        self.times = times
        self.looks = 0

    def look_at(self, session: Session, report_ids: Collection[int]) -> Look:
        look = super().look_at(session, report_ids)
        self.looks += 1
        if self.looks <= self.times:
            self.meanwhile()
        return look


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Matching:
    return Matching(database, recorder)


def step(centre: Matching, meanwhile: Callable[[], object], times: int = 1) -> Interrupted:
    """A step with this in its middle, and then all that is left to do."""
    matcher = Interrupted(centre.rules, meanwhile, times)
    matcher.step(centre.database, 10)
    centre.check()
    return matcher


def elsewhere(number: int) -> dict[str, Any]:
    """An order that has nothing to do with the others."""
    other = {"title": "路灯不亮", "majorContent": "路灯坏了。", "callerPhone": f"1990000777{number}"}
    return told(number, address=f"云川县河口乡{number}村", **other)


def test_nobody_interrupts_and_one_look_is_enough(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    assert step(centre, lambda: None).looks == 1
    assert centre.keys("police110:J1") == 2


def test_what_has_nothing_to_do_with_it_is_no_reason_to_look_again(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    assert step(centre, lambda: centre.hear(HOTLINE, elsewhere(2))).looks == 1
    assert centre.keys("police110:J1") == 2


def test_a_split_is_noticed(centre: Matching) -> None:
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))

    def part() -> None:
        centre.merge(second, first)
        centre.split(first, "police110:J1")

    assert step(centre, part).looks > 1
    assert centre.known() == [("DH1", "J1", State.SPLIT)]
    assert centre.case_of("police110:J1") == second


class Late(Matcher):
    """Something happens after it has followed the journal, and before it looks; once."""

    def __init__(self, rules: Rules, before: Callable[[], object]) -> None:
        super().__init__(rules, lambda: NOW)
        self.before = [before]

    def look_at_pending(self, session: Session, limit: int) -> Look | None:
        if self.before:
            self.before.pop()()
        return super().look_at_pending(session, limit)


def test_a_split_that_the_matching_has_not_taken_up_is_heeded(centre: Matching) -> None:
    """The snapshot has it, and no row tells of it yet."""
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))

    def part() -> None:
        centre.merge(second, first)
        centre.split(first, "police110:J1")

    assert Late(centre.rules, part).step(centre.database, 10) == 2
    assert centre.known() == [("DH1", "J1", State.SPLIT)]
    assert centre.case_of("police110:J1") == second


def test_a_merge_is_noticed(centre: Matching) -> None:
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))
    assert step(centre, lambda: centre.merge(second, first)).looks > 1
    assert centre.case_of("police110:J1") == first
    assert centre.known() == [("DH1", "J1", State.ACCEPTED)]
    assert centre.kinds(second).count("merged") == 1


def suggested(centre: Matching) -> int:
    """The id of a pair that is asked about, and would be joined by what its second report says by now."""
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, **VAGUE))
    centre.match()
    assert centre.known() == [("DH1", "J1", State.SUGGESTED)], "the scene needs a suggestion"
    centre.hear(POLICE, CLEAR)
    return centre.row("DH1", "J1").id


def test_what_is_clear_by_now_would_be_joined(centre: Matching) -> None:
    suggested(centre)
    centre.match()
    assert centre.keys("police110:J1") == 2


def test_a_refusal_is_noticed_though_no_journal_tells_it(centre: Matching) -> None:
    pair = suggested(centre)

    def refuse() -> None:
        with centre.writing() as session:
            match_acts.refuse(session, desk(centre), pair, "两件事", NOW)

    assert step(centre, refuse).looks > 1
    assert centre.known() == [("DH1", "J1", State.REFUSED)]
    assert centre.keys("police110:J1") == 1


def test_an_acceptance_is_noticed(centre: Matching) -> None:
    pair = suggested(centre)

    def accept() -> None:
        with centre.writing() as session:
            match_acts.accept(session, desk(centre), pair, "同一件事", NOW)

    assert step(centre, accept).looks > 1
    assert centre.known() == [("DH1", "J1", State.ACCEPTED)]
    assert centre.keys("police110:J1") == 2


def test_another_category_is_noticed(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    changed = told(1, areaCode=THERE.code, updateTime="2026-11-20 10:00:00")
    assert step(centre, lambda: centre.hear(HOTLINE, changed)).looks > 1


def test_another_text_is_noticed_though_no_journal_tells_it(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    changed = told(1, address=ANOTHER_HOME, updateTime="2026-11-20 10:00:00")
    assert step(centre, lambda: centre.hear(HOTLINE, changed)).looks > 1
    assert centre.case_of("hotline12345:DH1") != centre.case_of("police110:J1")


def test_another_matcher_that_was_faster_is_noticed(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    quick = Matcher(centre.rules, centre.now)
    step(centre, lambda: quick.step(centre.database, 10))
    assert centre.known() == [("DH1", "J1", State.LINKED)]
    assert centre.keys("police110:J1") == 2


def test_another_matcher_that_only_asked_is_no_harm(centre: Matching) -> None:
    """No entry of the journal tells of it."""
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, **VAGUE))
    quick = Matcher(centre.rules, centre.now)
    step(centre, lambda: quick.step(centre.database, 10))
    assert centre.known() == [("DH1", "J1", State.SUGGESTED)]


def test_who_is_interrupted_each_time_decides_with_the_journal_held_in_the_end(centre: Matching) -> None:
    first = centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    others = iter([centre.hear(HOTLINE, elsewhere(number)) for number in range(2, 2 + TRIES)])
    assert step(centre, lambda: centre.merge(next(others), first), times=99).looks == TRIES
    assert centre.case_of("police110:J1") == first
    assert centre.keys("police110:J1") == 2 + TRIES
