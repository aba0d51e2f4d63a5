"""Reports of one matter become one case by themselves, perhaps-es are asked about, and what people parted stays parted."""

import pickle
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from casework.evidence import facts_of
from casework.joining import MATCHING
from casework.likeness import Sign
from casework.matching import MatchingRules, key_number, keys
from casework.vocabulary import EntryType
from db import journal, match_index, matching
from db.database import Database, Session
from db.inbox import Recorder
from db.match_following import DECIDED_AT_ONCE, TAKEN_AT_ONCE, News, is_behind, news, take_up
from db.match_looking import Look
from db.match_rows import State
from db.matching import Matcher
from db.models import MatchKey, MatchPending, Report
from db.queries import matches
from tests.db.matched import ANOTHER_HOME, HERE, HOME, HOTLINE, POLICE, THERE, Matching, also, told
from tests.records import NOW, Feed, at, call, event, order


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Matching:
    return Matching(database, recorder)


def test_what_has_phone_place_and_text_in_common_becomes_one_case_with_its_evidence(centre: Matching) -> None:
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))
    assert first != second
    assert centre.match() == 2
    assert centre.case_of("police110:J1") == first
    assert centre.case(second).merged_into == first
    row = centre.row("DH1", "J1")
    assert (row.state, row.decided_by, row.rules) == (State.LINKED, None, "2026-1")
    assert row.score > 0.9
    assert {Sign.PHONE, Sign.ADDRESS, Sign.HOURS, Sign.WORDING} <= centre.signs("DH1", "J1")
    with centre.database.read() as session:
        entry = journal.entries_of(session, [second])[second][-1]
    assert (entry.type, entry.actor) == (EntryType.MERGED, MATCHING)
    assert (entry.payload["into"], entry.payload["report"], entry.payload["other"]) == (
        first,
        "police110:J1",
        "hotline12345:DH1",
    )
    assert facts_of(entry.payload) == facts_of(row.evidence)
    assert entry.payload["score"] == pytest.approx(row.score, abs=1e-4)


def test_no_phone_and_no_name_is_in_the_index_or_in_the_evidence(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    centre.match()
    assert "19900001234" not in repr(centre.row("DH1", "J1").evidence)
    assert "欧阳" not in repr(centre.row("DH1", "J1").evidence)
    with centre.database.read() as session:
        assert all(type(key) is int for key in session.scalars(select(MatchKey.key)))


def test_another_place_outweighs_the_same_words(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(HOTLINE, told(2, address=ANOTHER_HOME))
    centre.match()
    assert centre.known() == []
    assert centre.case_of("hotline12345:DH1") != centre.case_of("hotline12345:DH2")


def test_what_is_only_likely_is_suggested_and_nothing_is_joined(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, bjdh="19900009999", bjnr="饭店油烟大", bjsj="2026-11-23 09:00:00"))
    centre.match()
    assert [each.state for each in centre.known()] == [State.SUGGESTED]
    assert centre.case_of("hotline12345:DH1") != centre.case_of("police110:J1")
    with centre.database.read() as session:
        assert journal.entries_of(session, [2])[2][-1].type is not EntryType.MERGED


def test_nothing_is_looked_at_twice_until_what_is_compared_changes(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    assert centre.match() == 1
    centre.hear(HOTLINE, told(1, state="待处置", signTime="2026-11-20 09:30:00", updateTime="2026-11-20 09:30:00"))
    assert centre.match() == 0
    later = {"updateTime": "2026-11-20 10:00:00"}
    centre.hear(HOTLINE, told(1, majorContent="楼下饭店半夜还在排烟。", **later))
    assert centre.match() == 1
    centre.hear(
        HOTLINE,
        told(1, majorContent="楼下饭店半夜还在排烟。", callerPhone="19900008888", updateTime="2026-11-20 11:00:00"),
    )
    assert centre.match() == 1


def test_another_category_is_a_reason_to_look_again(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.match()
    centre.hear(HOTLINE, told(1, areaCode=THERE.code, updateTime="2026-11-20 10:00:00"))
    with centre.database.read() as session:
        assert matching.pending(session, 9) == 0, "no text, no place and no phone changed"
    assert centre.match() == 1


def test_much_that_was_told_is_taken_up_in_short_transactions(centre: Matching) -> None:
    """Nobody else appends meanwhile."""
    centre.hear(HOTLINE, told(1))
    centre.match()
    codes = (THERE.code, HERE.code)
    minutes = range(TAKEN_AT_ONCE + 1)
    versions = [
        told(1, areaCode=codes[each % 2], updateTime=f"2026-11-20 {10 + each // 60}:{each % 60:02}:00")
        for each in minutes
    ]
    centre.tell({HOTLINE: versions})
    taken = [taken_up(centre), taken_up(centre)]
    assert [len(each.revised) for each in taken if each is not None] == [TAKEN_AT_ONCE, 1], "none of them twice"
    assert taken_up(centre) is None
    assert centre.match() == 1


def test_few_decisions_of_people_are_taken_up_at_once(centre: Matching) -> None:
    """Each costs look-ups with the journal held."""
    cases = [centre.hear(HOTLINE, told(number, address=f"云川县城关镇{number}村")) for number in range(1, 7)]
    for case_id in cases[1:]:
        centre.merge(case_id, cases[0])
    with centre.database.read() as session:
        assert is_behind(session)
    taken = [taken_up(centre), taken_up(centre)]
    assert [len(each.decided) for each in taken if each is not None] == [DECIDED_AT_ONCE, 5 - DECIDED_AT_ONCE]
    with centre.database.read() as session:
        assert not is_behind(session)


def taken_up(centre: Matching) -> News | None:
    with centre.database.read() as session:
        found = news(session)
    if found is not None:
        with centre.writing() as session:
            take_up(session, found, centre.rules.matching.newest, match_index.Library(), NOW)
    return found


def test_what_another_has_taken_up_is_not_taken_up_again(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.match()
    centre.hear(HOTLINE, told(1, areaCode=THERE.code, updateTime="2026-11-20 10:00:00"))
    with centre.database.read() as session:
        found = news(session)
    assert found is not None
    for _ in range(2):
        with centre.writing() as session:
            take_up(session, found, centre.rules.matching.newest, match_index.Library(), NOW)
    with centre.database.read() as session:
        assert matching.pending(session, 9) == 1


def test_a_text_that_no_longer_fits_takes_its_suggestion_back(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    vague = also(1, bjdh="19900009999", bjnr="饭店油烟大", bjsj="2026-11-23 09:00:00")
    centre.hear(POLICE, vague)
    centre.match()
    assert len(centre.known()) == 1
    centre.hear(
        POLICE, vague | {"afdz": ANOTHER_HOME, "bjnr": "滨河小区7号楼饭店油烟大", "gxsj": "2026-11-23 10:00:00"}
    )
    centre.match()
    assert centre.known() == []


def test_the_feeds_own_links_are_known_with_their_evidence(centre: Matching) -> None:
    centre.hear(POLICE, call(jjdbh="J1"))
    centre.hear(POLICE, call(jjdbh="J2", gljjdbh="J1"))
    centre.match()
    assert centre.known() == [("J1", "J2", State.LINKED)]
    assert Sign.LINKED in centre.signs("J1", "J2")
    assert centre.row("J1", "J2").score == 1.0


def test_a_link_told_later_is_known_too(centre: Matching) -> None:
    centre.hear(POLICE, call(jjdbh="J1"))
    centre.hear(POLICE, call(jjdbh="J2", bjdh="19900005555", bjnr="井盖破损", afdz="河口乡"))
    centre.match()
    assert centre.known() == []
    linked = {"gljjdbh": "J1", "gxsj": "2026-11-20 09:10:00"}
    centre.hear(POLICE, call(jjdbh="J2", bjdh="19900005555", bjnr="井盖破损", afdz="河口乡", **linked))
    centre.match()
    assert centre.known() == [("J1", "J2", State.LINKED)]


def test_what_a_source_links_in_the_end_waits_for_nobody(centre: Matching) -> None:
    centre.hear(POLICE, also(1))
    vague = {"bjdh": "19900009999", "bjnr": "饭店油烟大", "bjsj": "2026-11-23 09:00:00"}
    centre.hear(POLICE, also(2, **vague))
    centre.hear(POLICE, also(3, **vague | {"bjsj": "2026-11-23 09:05:00"}))
    centre.match()
    assert State.SUGGESTED in {each.state for each in centre.known()}
    centre.hear(POLICE, also(3, gljjdbh="J1", gxsj="2026-11-23 10:00:00", **vague | {"bjsj": "2026-11-23 09:05:00"}))
    centre.match()
    assert centre.keys("police110:J1") == 3
    assert {each.state for each in centre.known()} == {State.LINKED}


def test_a_protected_matter_is_never_joined_with_one_that_is_not(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1, isSecret="是"))
    centre.hear(POLICE, also(1))
    centre.match()
    assert centre.known() == [("DH1", "J1", State.SUGGESTED)]
    centre.hear(POLICE, also(2, sfbm="1", bjsj="2026-11-20 09:30:00"))
    centre.match()
    assert centre.case_of("police110:J2") == centre.case_of("hotline12345:DH1")
    assert centre.case_of("police110:J1") != centre.case_of("hotline12345:DH1")


def test_what_a_case_was_parted_from_it_stays_parted_from_when_who_said_so_leaves(centre: Matching) -> None:
    """Few reports of a case are compared with each new one: no row tells of the others, and yet it was parted from them."""
    centre.tell({HOTLINE: [flood(number) for number in range(20)]})
    centre.match()
    case_id, last = centre.case_of("hotline12345:DH00000"), "DH00019"
    home = centre.split(case_id, f"hotline12345:{last}")
    centre.match()
    for row in [row for row in centre.known() if last in (row.a, row.b)]:
        centre.split(case_id, f"hotline12345:{row.a if row.b == last else row.b}")
        centre.match()
    assert centre.keys("hotline12345:DH00010") > 1, "the scene needs some that nobody has parted"
    changed = flood(19, updateTime="2026-11-20 10:00:00") | {
        "majorContent": "锦绣家园小区停电了，什么时候能来电？住户19号"
    }
    centre.hear(HOTLINE, changed)
    centre.match()
    assert centre.case_of(f"hotline12345:{last}") == home
    assert centre.keys(f"hotline12345:{last}") == 1
    assert State.SUGGESTED not in {row.state for row in centre.known()}, "nor is anybody asked"


def test_what_was_split_stays_split(centre: Matching) -> None:
    first = centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    centre.match()
    centre.split(first, "police110:J1")
    centre.hear(POLICE, also(1, bjnr="小区楼下饭店油烟直排扰民，请尽快处理", gxsj="2026-11-20 10:00:00"))
    centre.match()
    assert centre.known() == [("DH1", "J1", State.SPLIT)]
    assert centre.case_of("police110:J1") != first
    assert centre.row("DH1", "J1").decided_by == "centre"


def test_a_split_speaks_for_all_reports_of_the_two_cases(centre: Matching) -> None:
    """A third report of the same matter joins one of the two, and does not bring the other along."""
    first = centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    centre.match()
    centre.split(first, "police110:J1")
    centre.hear(HOTLINE, told(2, callTime="2026-11-20 10:00:00"))
    centre.match()
    assert centre.case_of("hotline12345:DH1") != centre.case_of("police110:J1")
    assert centre.keys("hotline12345:DH2") == 2


def test_a_split_of_what_was_never_known_is_kept_as_well(centre: Matching) -> None:
    """Two cases that somebody merged and took apart before any report was looked at."""
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))
    centre.merge(second, first)
    centre.split(first, "police110:J1")
    centre.match()
    assert centre.known() == [("DH1", "J1", State.SPLIT)]
    assert centre.case_of("police110:J1") == second


def test_merged_split_and_merged_again_by_hand(centre: Matching) -> None:
    first = centre.hear(HOTLINE, told(1))
    second = centre.hear(
        HOTLINE, order(orderNum="DH2", address=ANOTHER_HOME, title="路灯不亮", majorContent="路灯坏了。")
    )
    centre.match()
    states = []
    for _ in range(2):
        centre.merge(second, first)
        centre.match()
        states.append([each.state for each in centre.known()])
        assert centre.case_of("hotline12345:DH2") == first
        centre.split(first, "hotline12345:DH2")
        centre.match()
        states.append([each.state for each in centre.known()])
    centre.merge(second, first)
    centre.match()
    assert states == [[State.ACCEPTED], [State.SPLIT], [State.ACCEPTED], [State.SPLIT]]
    row = centre.row("DH1", "DH2")
    assert (row.state, row.decided_by) == (State.ACCEPTED, "centre")
    assert Sign.ELSEWHERE in centre.signs("DH1", "DH2"), "its evidence is what speaks against it, too"


def test_it_all_at_once_comes_to_the_same(centre: Matching) -> None:
    """The journal is followed in its order, however far behind one is."""
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))
    centre.merge(second, first)
    centre.split(first, "police110:J1")
    centre.merge(second, first)
    centre.match()
    assert centre.known() == [("DH1", "J1", State.ACCEPTED)]
    assert centre.case_of("police110:J1") == first


CLOSED = {
    "state": "已结案",
    "completeTime": "2026-11-20 15:00:00",
    "closeTime": "2026-11-20 16:00:00",
    "updateTime": "2026-11-20 16:00:00",
}


def closed(centre: Matching, number: int = 1) -> int:
    centre.hear(HOTLINE, told(number))
    case_id = centre.hear(HOTLINE, told(number, **CLOSED))
    assert centre.case(case_id).ended, "the scene needs a closed case"
    return case_id


def test_the_same_phone_with_a_closed_matter_begins_a_round_of_it(centre: Matching) -> None:
    first = closed(centre)
    centre.match()
    again = {
        "callTime": "2026-11-21 08:00:00",
        "dispatchTime": "2026-11-21 09:00:00",
        "updateTime": "2026-11-21 09:00:00",
    }
    second = centre.hear(HOTLINE, told(2, **again))
    centre.match()
    assert centre.case_of("hotline12345:DH2") == first
    case = centre.case(first)
    assert (case.ended, case.round, case.reports) == (False, 2, 2)
    assert centre.case(second).merged_into == first
    assert "reopened" in centre.kinds(first)
    row = centre.row("DH1", "DH2")
    assert (row.state, row.repeats) == (State.LINKED, True)
    with centre.database.read() as session:
        assert matches.repeats(session, at("11-20 00:00"), at("11-22 00:00")) == 1
        assert matches.repeats(session, at("11-22 00:00"), at("11-23 00:00")) == 0


def test_what_came_again_by_mistake_takes_its_round_with_it_and_is_no_repeat(centre: Matching) -> None:
    first = closed(centre)
    centre.match()
    centre.hear(POLICE, also(1, bjsj="2026-11-21 09:00:00"))
    centre.match()
    assert (centre.state(first).round, spans_again(centre, first)) == (2, [False, True])
    home = centre.split(first, "police110:J1", at("11-21 12:00"))
    assert (centre.state(first).round, centre.state(first).ended) == (1, True)
    assert (centre.state(home).round, spans_again(centre, home)) == (1, [False])
    centre.merge(home, first, at("11-21 13:00"))
    assert (centre.state(first).round, spans_again(centre, first)) == (2, [False, True])
    centre.check()


def spans_again(centre: Matching, case_id: int) -> list[bool]:
    return [span.again for thread in centre.state(case_id).threads for span in thread.spans]


def test_who_tells_of_a_closed_matter_by_another_phone_is_asked_about(centre: Matching) -> None:
    first = closed(centre)
    again = {
        "callTime": "2026-11-21 08:00:00",
        "dispatchTime": "2026-11-21 09:00:00",
        "updateTime": "2026-11-21 09:00:00",
    }
    centre.hear(HOTLINE, told(2, callerPhone="19900008888", **again))
    centre.match()
    assert centre.known() == [("DH1", "DH2", State.SUGGESTED)]
    assert centre.case(first).ended


def test_two_that_have_ended_are_left_alone(centre: Matching) -> None:
    first, second = closed(centre, 1), closed(centre, 2)
    before = centre.position()
    centre.match()
    assert centre.position() == before
    assert centre.known() == [("DH1", "DH2", State.SUGGESTED)], "a script may want to know"
    assert centre.case(first).merged_into is None
    assert centre.case(second).merged_into is None


def flood(number: int, **changes: object) -> dict[str, object]:
    """One power cut, told by ever another phone a few seconds later."""
    minute, second = divmod(number * 7, 60)
    return order(
        orderNum=f"DH{number:05d}",
        callTime=f"2026-11-20 08:{minute % 60:02d}:{second:02d}",
        address="云川县城关镇锦绣家园",
        title="锦绣家园小区停电",
        majorContent=f"锦绣家园小区停电了，什么时候能来电？住户{number}。",
        callerPhone=f"199{number:08d}",
        **changes,
    )


def test_a_flood_of_one_power_cut_is_one_case_and_few_comparisons(
    centre: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0
    likeness = MatchingRules.compare

    def counted(*told: object) -> object:
        nonlocal compared
        compared += 1
        return likeness(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(MatchingRules, "compare", counted)
    for first in range(0, 300, 100):
        centre.tell({HOTLINE: [flood(number) for number in range(first, first + 100)]})
        centre.match(limit=40)
    assert centre.keys("hotline12345:DH00299") == 300
    assert compared <= 300 * (centre.rules.matching.newest.most_of_a_case + 1)


def test_complaints_from_one_template_make_no_chain_of_places(centre: Matching) -> None:
    centre.tell(
        {
            HOTLINE: [
                told(number) | {"address": f"云川县城关镇新华路{number}号锦绣家园{number}号楼"}
                for number in range(1, 30)
            ]
        }
    )
    centre.match()
    assert [each for each in centre.known() if each.state == State.LINKED] == []
    assert len({centre.case_of(f"hotline12345:DH{number}") for number in range(1, 30)}) == 29


def test_who_says_no_place_does_not_bring_two_places_together(centre: Matching) -> None:
    """The same caller about two estates, and a third time without saying which: it may join one of them."""
    centre.hear(HOTLINE, told(1))
    centre.hear(HOTLINE, told(2, address=ANOTHER_HOME))
    centre.match()
    centre.hear(HOTLINE, told(3) | {"address": "", "callTime": "2026-11-20 08:30:00"})
    centre.match()
    assert centre.case_of("hotline12345:DH1") != centre.case_of("hotline12345:DH2")


def test_candidates_of_many_are_found_at_once_and_only_the_newest(centre: Matching) -> None:
    centre.tell({HOTLINE: [flood(number) for number in range(20)]})
    with centre.database.write() as session:
        ids = list(range(1, 21))
        placed = match_index.placed(session, ids)
        about = match_index.about(session, placed)
        rules = centre.rules.matching.newest
        traits = match_index.Library().traits(session, rules, placed.values(), about)
        told = {each: (about[each], keys(traits[each])) for each in ids}
        match_index.keep(session, told)
        match_index.keep(session, told)  # once more changes nothing
        shared = [key for key in keys(traits[1]) if key.startswith("n")]
        own = next(key for key in keys(traits[1]) if key.startswith("p"))
        found = match_index.newest_under(session, [key_number(key) for key in (*shared, own)], 3)
    assert shared, "the scene needs a name in common"
    assert found[key_number(shared[0])] == [20, 19, 18]
    assert found[key_number(own)] == [1]


def test_what_lies_too_far_apart_in_time_is_not_compared(centre: Matching) -> None:
    narrow = replace(centre.rules.matching.newest, within=timedelta(hours=1))
    centre.matcher = Matcher(replace(centre.rules, matching=type(centre.rules.matching).of([narrow])), centre.now)
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1, bjsj="2026-11-20 10:00:00"))
    centre.match()
    assert centre.known() == []


def test_the_order_in_which_reports_are_looked_at_changes_no_case(centre: Matching) -> None:
    for number in range(1, 5):
        centre.hear(HOTLINE, told(number, callTime=f"2026-11-20 08:{number:02d}:00"))
    centre.match(limit=1)  # the newest first, one at a time
    assert centre.keys("hotline12345:DH1") == 4
    assert {each.state for each in centre.known()} == {State.LINKED}


def test_a_second_process_that_looked_meanwhile_does_no_harm(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    slow, quick = Matcher(centre.rules, centre.now), Matcher(centre.rules, centre.now)
    with centre.database.read() as session:
        look = slow.look_at_pending(session, 10)
    assert look is not None
    quick.step(centre.database, 10)
    with centre.writing() as session:
        slow.settle(session, look)
    assert centre.known() == [("DH1", "J1", State.LINKED)]
    assert centre.keys("police110:J1") == 2


def test_a_split_between_looking_and_deciding_is_heeded(centre: Matching) -> None:
    first, second = centre.hear(HOTLINE, told(1)), centre.hear(POLICE, also(1))
    with centre.database.read() as session:
        look = centre.matcher.look_at_pending(session, 10)
    assert look is not None
    centre.merge(second, first)
    centre.split(first, "police110:J1")
    with centre.writing() as session:
        centre.matcher.settle(session, look)
    assert centre.known() == [("DH1", "J1", State.SPLIT)]
    assert centre.case_of("police110:J1") == second


def test_what_cannot_be_undone_half_way_is_not(centre: Matching) -> None:
    """The marks go with what was found: a transaction that fails leaves all to be done again."""
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    with centre.database.read() as session:
        look = centre.matcher.look_at_pending(session, 10)
    assert look is not None
    with centre.database.write() as session:
        centre.matcher.settle(session, look)
        session.rollback()
    assert centre.known() == []
    assert centre.match() == 2
    assert centre.keys("police110:J1") == 2


def test_a_matcher_travels_to_another_process(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    travelled: Matcher = pickle.loads(pickle.dumps(Matcher(centre.rules)))
    assert travelled.portion(centre.database) is False
    assert Matcher(centre.rules).step(centre.database, 10) == 0
    assert centre.keys("police110:J1") == 2


def test_three_channels_one_case(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    centre.hear(
        Feed.GRID,
        event(
            eventAddress=HOME,
            streetCode="999921001",
            partyPhone="19900001234",
            desc="锦绣家园3号楼楼下饭店油烟直排，居民反映强烈",
        ),
    )
    centre.match()
    assert centre.keys("grid:WG2026112000001") == 3


def keys_of(centre: Matching, source_id: str) -> int:
    with centre.database.read() as session:
        wanted = select(func.count()).select_from(MatchKey).join(Report, Report.id == MatchKey.report_id)
        return session.scalar(wanted.where(Report.source_id == source_id)) or 0


def test_what_ended_longer_ago_than_the_rules_reach_leaves_the_index(centre: Matching) -> None:
    closed(centre)
    centre.hear(HOTLINE, told(2))
    centre.match()
    within = centre.rules.matching.newest.within
    keys_before = keys_of(centre, "DH1")
    centre.at = at("11-20 16:00") + within
    assert prune(centre) == 0, "it is within reach still"
    centre.at += timedelta(seconds=1)
    assert prune(centre) == keys_before > 0
    assert keys_of(centre, "DH1") == 0
    assert keys_of(centre, "DH2") > 0, "what is open stays"


def prune(centre: Matching) -> int:
    """How many keys went, in portions of three: once through the whole index."""
    with centre.database.read() as session:
        many = session.scalar(select(func.count()).select_from(MatchKey)) or 0
    return sum(centre.matcher.prune(centre.database, 3) for _ in range(many // 3 + 1))


class Spoiled(Matcher):
    """Can't compare the third report."""

    def look_at(self, session: Session, report_ids: Collection[int]) -> Look:
        if 3 in report_ids:
            raise ValueError("it can't be read")
        return super().look_at(session, report_ids)


def test_a_report_that_can_not_be_compared_holds_up_no_other(centre: Matching) -> None:
    centre.tell({HOTLINE: [told(number) for number in range(1, 6)]})
    matcher, troubles = Spoiled(centre.rules, centre.now), 0
    for _ in range(20):
        try:
            matcher.portion(centre.database)
        except ValueError:
            troubles += 1
    assert troubles, "it is said"
    with centre.database.read() as session:
        left = list(session.scalars(select(MatchPending.report_id)))
    assert left == [3], "all others were compared, and it waits"
