"""Objections in the tables: nothing that happens to a case loses one, and a meeting reads them with their spans."""

import pytest

from casework.contested import Change, change_of
from casework.indicators import Period
from casework.moves import Assign, Contest, Finish, SettleObjection, Sign, TakeBack
from casework.review import ObjectionState, PeriodName
from casework.roles import Sight
from casework.rules import Rules
from casework.scoring import Standing
from casework.vocabulary import Result
from db.database import Database
from db.inbox import Recorder
from db.queries.contested import Contested, contested
from db.queries.review import ReviewRules, read_review
from db.rebuild import differences, rebuild
from tests.db.centre import Centre
from tests.db.people import COUNTY
from tests.records import NOW, Feed, at, call, order

EVERYTHING = Sight(whole_county=True)
WEEK = PeriodName.parse("2026-W47").period(NOW)
LATER = PeriodName.parse("2026-W48").period(at("11-25 12:00"))
ORDER, SLIP = "hotline12345:DH2026112000001", "police110:J2026112000001"


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def contest(centre: Centre, case_id: int, span: int = 1) -> None:
    centre.act(case_id, Contest(by="U-CITY", at=at("11-20 11:00"), span=span, reason="停电"))


def settle(centre: Centre, case_id: int, *, upheld: bool, when: str = "11-20 11:30") -> None:
    move = SettleObjection(by="centre", at=at(when), reason="属实", span=1, upheld=upheld, approver="leader")
    centre.act(case_id, move)


def told(centre: Centre, period: Period = WEEK, sight: Sight = EVERYTHING) -> tuple[Contested, ...]:
    with centre.database.read() as session:
        return contested(session, period, sight)


def objections(centre: Centre, case_id: int) -> list[str | None]:
    return [span.objection for span in centre.spans(case_id)]


def test_merging_splitting_and_taking_back_keep_an_objection_and_what_became_of_it(centre: Centre) -> None:
    case_id = centre.hear(Feed.HOTLINE12345, order())
    other_id = centre.hear(Feed.POLICE110, call())
    contest(centre, case_id)
    centre.act(case_id, Assign(by="centre", at=at("11-20 11:05"), unit="U-WATER", reason="职责"))
    centre.act(case_id, TakeBack(by="centre", at=at("11-20 11:10")))
    assert objections(centre, case_id) == ["open"]
    settle(centre, case_id, upheld=True)
    centre.merge(case_id, other_id, at("11-20 11:40"))
    assert sorted(map(str, objections(centre, other_id))) == ["None", "upheld"]
    back_in = centre.split(other_id, ORDER, at("11-20 11:50"))
    assert objections(centre, back_in) == ["upheld"]
    assert [span.excluded for span in centre.spans(back_in)] == [True]
    assert objections(centre, other_id) == [None]


def test_what_is_rebuilt_from_the_journal_has_the_same_objections(centre: Centre) -> None:
    test_merging_splitting_and_taking_back_keep_an_objection_and_what_became_of_it(centre)
    with centre.database.write() as session:
        rebuild(session)
    with centre.database.read() as session:
        assert list(differences(session)) == []
    assert objections(centre, centre.case_of(ORDER)) == ["upheld"]
    assert objections(centre, centre.case_of(SLIP)) == [None]


def test_a_meeting_reads_an_objection_with_its_span_and_the_version_that_it_may_be_settled_at(centre: Centre) -> None:
    case_id = centre.hear(Feed.HOTLINE12345, order())
    assert told(centre) == ()
    contest(centre, case_id)
    (found,) = told(centre)
    assert (found.case_id, found.version) == (case_id, centre.case(case_id).version)
    assert (found.objection.reason, found.objection.state) == ("停电", ObjectionState.OPEN)
    assert (found.span.key, found.span.unit_code, found.span.excluded) == ((case_id, 1), "U-CITY", False)
    settle(centre, case_id, upheld=True)
    (settled,) = told(centre)
    assert (settled.objection.state, settled.objection.settled_by, settled.span.excluded) == (
        ObjectionState.UPHELD,
        "leader",
        True,
    )


def test_an_open_one_stays_before_later_meetings_and_a_settled_one_does_not(centre: Centre) -> None:
    case_id = centre.hear(Feed.HOTLINE12345, order())
    contest(centre, case_id)
    assert [each.case_id for each in told(centre, LATER)] == [case_id]
    settle(centre, case_id, upheld=False)
    assert told(centre, LATER) == ()


def test_a_case_out_of_sight_has_none(centre: Centre) -> None:
    contest(centre, centre.hear(Feed.HOTLINE12345, order()))
    assert told(centre, sight=Sight(units=frozenset({"U-STATION"}))) == ()
    assert len(told(centre, sight=Sight(units=frozenset({"U-CITY"})))) == 1


def test_what_it_would_change_is_what_the_review_says_once_it_was_upheld(centre: Centre, rules: Rules) -> None:
    workings, unit = ReviewRules(rules, COUNTY), COUNTY.townships[0].centre
    name, at_its_end = PeriodName.parse("2026-W48"), at("11-29 12:00")
    for number in range(12):
        case_id = centre.hear(Feed.HOTLINE12345, order(orderNum=f"DH{number}", organizationCode=unit))
        if number < 9:
            centre.act(case_id, Sign(by=unit, at=at("11-20 10:00")))
            centre.act(case_id, Finish(by=unit, at=at("11-23 10:00"), result=Result.ANSWERED))
    centre.act(case_id, Contest(by=unit, at=at("11-28 11:00"), span=1, reason="停电"))

    def looked_at() -> tuple[Change, Standing]:
        with centre.database.read() as session:
            review = read_review(session, workings, name, at_its_end)
            (found,) = contested(session, review.period, EVERYTHING)
        change = change_of(review, found.span, workings.places)
        assert change is not None
        stands = next(each.standing for each in review.townships if each.line.code == change.township)
        return change, stands

    before, counted = looked_at()
    assert before.counted == counted
    settle(centre, case_id, upheld=True, when="11-28 12:00")
    after, left_out = looked_at()
    assert before == after
    assert before.left_out == left_out
    assert None not in (counted.score, left_out.score)
    assert counted != left_out
