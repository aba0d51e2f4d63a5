"""How two cases become one: which of them goes on, when that begins a round, and what is told of why."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from casework.case import Case, Entry
from casework.evidence import facts_of
from casework.evolve import FEW, evolve, fold
from casework.joining import MATCHING, Match, Standing, goes_on_in, merge, standing
from casework.lifecycle import Receive, decide
from casework.likeness import Fact, Sign
from casework.vocabulary import EntryType, Feed
from tests.casework.stories import RULES, START
from tests.records import order, translated

OPEN = Standing(False, None, START, 1)
MATCH = Match("hotline12345:DH2", "hotline12345:DH1", 0.98765, (Fact(Sign.PHONE), Fact(Sign.METRES, 39.7)))


def told(number: int, case: Case | None = None, **changes: object) -> tuple[Case, list[Entry]]:
    """A case of one order, or a case with one more."""
    decision = decide(
        case or Case(), Receive(translated(Feed.HOTLINE12345, order(orderNum=f"DH{number}", **changes))), RULES
    )
    return decision.case, list(decision.entries)


def closed() -> tuple[Case, list[Entry]]:
    return told(1, state="已结案", completeTime="2026-11-20 15:00:00", updateTime="2026-11-20 16:00:00")


def test_what_comes_after_its_matter_was_closed_begins_a_round_of_it() -> None:
    (parent, _), (child, entries) = closed(), told(2, callTime="2026-11-21 08:00:00", updateTime="2026-11-21 09:00:00")
    assert parent.ended
    to_parent, to_child = merge(child, entries, parent, 1, match=MATCH)
    assert to_parent.entries[0][:2] == (EntryType.REOPENED, "hotline12345:DH2")
    assert (to_parent.case.ended, to_parent.case.round) == (False, 2)
    assert to_child.case.merged_into == 1


def test_what_came_before_it_was_closed_begins_none() -> None:
    (parent, _), (child, entries) = closed(), told(2, callTime="2026-11-20 08:30:00")
    to_parent, _ = merge(child, entries, parent, 1, match=MATCH)
    assert EntryType.REOPENED not in {entry.type for entry in to_parent.entries}
    assert to_parent.case.round == 1


def test_an_automatic_merge_says_why_and_that_nobody_was_asked() -> None:
    (parent, _), (child, entries) = told(1), told(2)
    _, to_child = merge(child, entries, parent, 1, match=MATCH)
    (end,) = to_child.entries
    assert (end.type, end.actor) == (EntryType.MERGED, MATCHING)
    assert {name: end.payload[name] for name in ("into", "report", "other", "score")} == {
        "into": 1,
        "report": MATCH.report,
        "other": MATCH.other,
        "score": 0.9877,
    }
    assert facts_of(end.payload) == (Fact(Sign.PHONE), Fact(Sign.METRES, 40))


def test_which_case_goes_on() -> None:
    day = timedelta(days=1)
    ended = Standing(True, START + day, START, 1)
    later, earlier = OPEN._replace(reported_at=START + 2 * day), OPEN
    assert goes_on_in(later, ended)
    assert not goes_on_in(ended, later), "what is closed is opened again, not moved"
    assert goes_on_in(ended, earlier), "what was open beside it goes on"
    assert not goes_on_in(earlier, ended)
    assert goes_on_in(earlier, later._replace(reports=2)), "the fewer reports are told again"
    assert goes_on_in(later, earlier)
    assert not goes_on_in(earlier, later)
    assert goes_on_in(OPEN, OPEN)


standings = st.builds(
    lambda ended, closed, reported, reports: Standing(
        ended, START + timedelta(hours=closed) if ended else None, START + timedelta(hours=reported), reports
    ),
    st.booleans(),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 3),
)


@given(standings, standings)
def test_one_of_two_goes_on_whichever_is_asked_first(one: Standing, other: Standing) -> None:
    assert goes_on_in(one, other) or goes_on_in(other, one)


def test_a_standing_is_what_the_case_says() -> None:
    case, _ = closed()
    assert standing(case) == Standing(True, case.closed_at, case.reported_at, 1)


@given(st.lists(st.tuples(st.integers(1, 2 * FEW), st.sampled_from(list("nchsr"))), min_size=FEW, max_size=60))
def test_a_case_of_many_reports_folds_to_what_its_entries_make_of_it(steps: list[tuple[int, str]]) -> None:
    """Many reports, heard again at other stages, split off, reopened and told again: the quick way is the plain way."""
    case, entries = Case(), list[Entry]()
    stages = {"n": "已派遣", "c": "已结案", "h": "待处置"}
    for hour, (number, what) in enumerate(steps):
        key, at = f"hotline12345:DH{number}", START + timedelta(hours=hour)
        more: list[Entry] = []
        if what in stages:
            when = f"2026-12-{1 + hour // 24:02d} {hour % 24:02d}:00:00"
            case, more = told(
                number, case, state=stages[what], updateTime=when, completeTime=when if what == "c" else ""
            )
        elif what == "s" and len(case.threads) > 1 and case.thread(key) is not None:
            more = [Entry(EntryType.SPLIT, key, at, "centre", {"into": 9})]
            case = evolve(case, more[0])
        elif what == "r" and case.thread(key) is not None:
            more = [Entry(EntryType.REOPENED, key, at, "centre", {})]
            case = evolve(case, more[0])
        entries += more
    assert fold(entries) == case
