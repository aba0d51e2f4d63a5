"""What people decide about suggestions: once, only where they see both cases, and all of it on record."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.errors import Refused
from casework.likeness import Sign
from casework.roles import Account, Role, sight_of
from db import audit, journal, match_acts
from db.acts import Desk
from db.database import Database
from db.inbox import Recorder
from db.match_acts import Decided, NoSuchPair
from db.match_rows import State
from db.models import AuditRow
from db.queries import matches
from db.queries.matches import PairTold, Suggestions, Wanted
from tests.db.matched import (
    ANOTHER_HOME,
    COUNTY,
    HERE,
    HOTLINE,
    POLICE,
    THERE,
    WHY,
    Matching,
    account,
    also,
    desk,
    told,
)
from tests.records import NOW, VAULT

LATER = NOW + timedelta(hours=1)
TOWN = next(unit.code for unit in COUNTY.units if unit.township == HERE.code and unit.code == HERE.centre)
OF_TOWN = account(Role.TOWNSHIP, TOWN, "of.town", 2)
AUDITOR = account(Role.AUDITOR, login="reads.only", number=3)


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Matching:
    return Matching(database, recorder)


def vague(number: int, **changes: object) -> dict[str, object]:
    """The police's slip about what may be the same, days later and by another phone."""
    heard = {"bjdh": "19900009999", "bjnr": "饭店油烟大", "bjsj": f"2026-11-23 09:{number:02d}:00"}
    return also(number, **heard | changes)


def suggested(centre: Matching) -> PairTold:
    """An order and a slip that may be one matter."""
    centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, vague(1))
    centre.match()
    (found,) = asked(centre).rows
    return found.pair


def asked(centre: Matching, who: Account | None = None, wanted: Wanted | None = None, **page: int) -> Suggestions:
    place = {"start": 0, "count": 25} | page
    with centre.database.read() as session:
        sight = sight_of(who or account(), COUNTY)
        return matches.suggestions(session, sight, wanted or Wanted(), at=NOW, vault=VAULT, rules=centre.rules, **place)


def accepts(centre: Matching, pair: int, who: Desk | None = None) -> int:
    with centre.writing() as session:
        return match_acts.accept(session, who or desk(centre), pair, WHY, LATER)


def refuses(centre: Matching, pair: int, who: Desk | None = None, reason: str = WHY) -> None:
    with centre.writing() as session:
        match_acts.refuse(session, who or desk(centre), pair, reason, LATER)


def puts_off(centre: Matching, pair: int, hours: int) -> None:
    with centre.writing() as session:
        match_acts.later(session, desk(centre), pair, NOW + timedelta(hours=hours), NOW)


def audited(centre: Matching) -> list[tuple[str, int | None, dict[str, object]]]:
    with centre.database.read() as session:
        assert audit.faults(session, VAULT) == []
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.kind, row.case_id, dict(row.detail)) for row in rows]


def test_a_suggestion_shows_both_cases_and_why(centre: Matching) -> None:
    suggested(centre)
    (found,) = asked(centre).rows
    assert (found.a.code, found.b.code) == ("YC-20261120-00001", "YC-20261123-00001")
    assert found.a.title == "小区楼下油烟扰民"
    assert found.pairs == 1
    assert {Sign.ADDRESS, Sign.HOURS} <= {fact.sign for fact in found.pair.facts}
    with centre.database.read() as session:
        assert matches.waiting(session, sight_of(account(), COUNTY), NOW) == 1


def test_an_accepted_one_is_merged_in_the_persons_name(centre: Matching) -> None:
    pair = suggested(centre)
    parent = accepts(centre, pair.id)
    assert centre.keys("hotline12345:DH1") == 2
    row = centre.row("DH1", "J1")
    assert (row.state, row.decided_by, row.decided_at) == (State.ACCEPTED, "li.wei", LATER)
    child = next(case_id for case_id in (1, 2) if case_id != parent)
    with centre.database.read() as session:
        entry = journal.entries_of(session, [child])[child][-1]
    assert (entry.actor, entry.payload["reason"]) == ("li.wei", WHY)
    decided = [each for each in audited(centre) if each[0] == "match_decided"]
    assert {case_id for _, case_id, _ in decided} == {1, 2}
    assert all(detail["decision"] == "accepted" and detail["pair"] == pair.id for _, _, detail in decided)
    centre.match()
    assert centre.row("DH1", "J1").decided_by == "li.wei", "following the journal changes nothing"
    assert asked(centre).total == 0


def test_a_refused_one_is_never_joined_nor_asked_about_again(centre: Matching) -> None:
    pair = suggested(centre)
    refuses(centre, pair.id, reason="不是一家，电话19900001234")
    row = centre.row("DH1", "J1")
    assert (row.state, row.decided_by, row.reason) == (State.REFUSED, "li.wei", "不是一家，电话[电话]")
    same = also(1, gxsj="2026-11-23 12:00:00", bjsj="2026-11-20 09:00:00")
    centre.hear(POLICE, same)
    centre.match()
    assert centre.case_of("hotline12345:DH1") != centre.case_of("police110:J1")
    assert centre.row("DH1", "J1").state == State.REFUSED
    assert asked(centre).total == 0


def test_a_refusal_speaks_for_the_cases_not_for_two_reports_alone(centre: Matching) -> None:
    """What joins one of the two later is not joined with the other."""
    refuses(centre, suggested(centre).id)
    centre.hear(POLICE, also(2))
    centre.match()
    assert centre.case_of("police110:J2") == centre.case_of("hotline12345:DH1")
    assert centre.case_of("police110:J1") != centre.case_of("hotline12345:DH1")


def test_what_is_put_off_is_asked_about_when_its_time_has_come(centre: Matching) -> None:
    pair = suggested(centre)
    puts_off(centre, pair.id, hours=2)
    assert asked(centre).total == 0
    assert asked(centre, wanted=Wanted(put_off=True)).total == 1
    with centre.database.read() as session:
        assert matches.waiting(session, sight_of(account(), COUNTY), NOW + timedelta(hours=3)) == 1
    with pytest.raises(Refused, match="has not come"):
        puts_off(centre, pair.id, hours=-1)


def test_the_second_of_two_is_told_what_the_first_decided(centre: Matching) -> None:
    pair = suggested(centre)
    refuses(centre, pair.id)
    position = centre.position()
    with pytest.raises(Decided) as refusal:
        accepts(centre, pair.id, desk(centre, account(login="second", number=9)))
    assert (refusal.value.state, refusal.value.by, refusal.value.at) == (State.REFUSED, "li.wei", LATER)
    assert centre.position() == position


def test_two_at_once_one_decides(centre: Matching) -> None:
    pair = suggested(centre)
    ready, said = threading.Barrier(2), []

    def decides(login: str) -> None:
        ready.wait()
        try:
            with centre.database.write() as session:
                match_acts.accept(session, desk(centre, account(login=login)), pair.id, WHY, LATER)
            said.append(login)
        except Decided as refusal:
            said.append(f"told of {refusal.by}")

    threads = [threading.Thread(target=decides, args=(login,)) for login in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(each for each in said if not each.startswith("told"))
    assert sorted(said) == sorted([winner, f"told of {winner}"])
    centre.check()


def test_a_decision_stands_at_every_pair_of_the_two_cases(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1))
    centre.hear(HOTLINE, told(2, callTime="2026-11-20 08:10:00"))
    centre.match()
    centre.hear(POLICE, vague(1))
    centre.match()
    (found,) = asked(centre).rows
    assert found.pairs == 2
    refuses(centre, found.pair.id)
    assert [each.state for each in centre.known()] == [State.LINKED, State.REFUSED, State.REFUSED]


def test_who_does_not_see_both_cases_is_told_there_is_nothing(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1, areaCode=HERE.code))
    centre.hear(POLICE, vague(1, gxdwdm=""))  # lies nowhere in particular
    centre.match()
    pair = asked(centre).rows[0].pair
    assert asked(centre, OF_TOWN).rows == ()
    with centre.database.read() as session:
        assert matches.waiting(session, sight_of(OF_TOWN, COUNTY), NOW) == 0
    for decide in (accepts, refuses):
        with pytest.raises(NoSuchPair):
            decide(centre, pair.id, desk(centre, OF_TOWN))
    with pytest.raises(NoSuchPair):
        accepts(centre, 12345)


def test_a_township_sees_its_own_and_may_not_decide(centre: Matching) -> None:
    centre.hear(HOTLINE, told(1, areaCode=HERE.code))
    vaguely = {
        "title": "",
        "majorContent": "饭店油烟大",
        "callerPhone": "19900009999",
        "callTime": "2026-11-23 09:00:00",
    }
    centre.hear(HOTLINE, told(2, areaCode=HERE.code, **vaguely))
    centre.match()
    pair = asked(centre).rows[0].pair
    assert [each.pair.id for each in asked(centre, OF_TOWN).rows] == [pair.id]
    for decide in (accepts, refuses):
        with pytest.raises(Refused, match="only the county centre"):
            decide(centre, pair.id, desk(centre, OF_TOWN))


def test_without_texts_and_persons_in_sight_there_is_no_title_and_no_phone(centre: Matching) -> None:
    first = centre.hear(HOTLINE, told(1, isSecret="是"))
    centre.hear(POLICE, also(1))
    centre.match()
    (full,) = asked(centre).rows
    (bare,) = asked(centre, AUDITOR).rows
    assert Sign.PHONE in {fact.sign for fact in full.pair.facts}
    assert Sign.PHONE not in {fact.sign for fact in bare.pair.facts}
    assert (bare.a.title, bare.b.title, bare.a.caller) == (None, None, None)
    with centre.database.read() as session:
        evidence = matches.evidence_of(session, sight_of(AUDITOR, COUNTY), first)
        assert Sign.PHONE not in {fact.sign for each in evidence for fact in each.facts}


def test_the_likeliest_come_first_a_page_at_a_time(centre: Matching) -> None:
    for number, name in enumerate(("锦绣家园", "滨河小区", "阳光花园"), 1):
        there = f"云川县城关镇{name}{number}号楼"
        centre.hear(HOTLINE, told(number, address=there, callerPhone=f"1990000{number}111"))
        centre.hear(POLICE, vague(number, afdz=there, bjdh=f"1990000{number}222", bjnr=f"饭店油烟大{'扰民' * number}"))
    centre.match()
    whole = asked(centre)
    scores = [each.pair.score for each in whole.rows]
    assert whole.total == len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert [asked(centre, start=place, count=1).rows[0] for place in range(whole.total)] == list(whole.rows)


def test_two_ended_cases_wait_for_nobody(centre: Matching) -> None:
    over = {"state": "已结案", "completeTime": "2026-11-20 15:00:00", "updateTime": "2026-11-20 16:00:00"}
    for number in (1, 2):
        centre.hear(HOTLINE, told(number, **over))
    centre.match()
    assert asked(centre).total == 0
    assert asked(centre, wanted=Wanted(ended=True)).total == 1


def test_the_evidence_of_a_case_tells_what_is_joined_first(centre: Matching) -> None:
    first = centre.hear(HOTLINE, told(1))
    centre.hear(POLICE, also(1))
    centre.hear(POLICE, vague(2))
    centre.match()
    with centre.database.read() as session:
        found = matches.evidence_of(session, sight_of(account(), COUNTY), first)
        nobodys = matches.evidence_of(
            session, sight_of(account(Role.GRID, COUNTY.villages_of(THERE.code)[0].code), COUNTY), first
        )
    assert [(each.a, each.b, each.state) for each in found][:1] == [("hotline12345:DH1", "police110:J1", State.LINKED)]
    assert {each.state for each in found} == {State.LINKED, State.SUGGESTED}
    assert nobodys == ()


def test_hot_matters_are_counts_and_none_is_protected(centre: Matching) -> None:
    for number in range(1, 5):
        centre.hear(HOTLINE, told(number, callTime=f"2026-11-20 08:{number:02d}:00"))
    for number in range(5, 9):
        centre.hear(HOTLINE, told(number, isSecret="是", address=ANOTHER_HOME))
    centre.match()
    with centre.database.read() as session:
        wall = matches.hot_matters(session, None, 5)
        whole = matches.hot_matters(session, sight_of(account(), COUNTY), 5)
    assert [each.reports for each in wall] == [4]
    assert [each.reports for each in whole] == [4, 4]
