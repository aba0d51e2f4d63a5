"""What people do to cases: each act is whole in journal and tables, or it is not there at all."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import (
    Approve,
    Close,
    Continue,
    Escalate,
    Finish,
    Pause,
    RecordVisit,
    Reject,
    Sign,
    Whistle,
)
from casework.vocabulary import Result, Satisfaction
from db import acts, joining
from db.acts import NoSuchCase, StaleCase
from db.database import Database
from db.inbox import Recorder
from db.models import Case, CaseCounter, JournalEntry
from tests.db.centre import PREFIX, Centre
from tests.records import NOW, Feed, at, call, order

HOTLINE, POLICE = Feed.HOTLINE12345, Feed.POLICE110
DUE = at("11-28 00:00")  # five working days after Friday the 20th


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def sign(moment: str) -> Sign:
    return Sign(by="U-CITY", at=at(moment))


def pause(moment: str) -> Pause:
    return Pause(by="U-CITY", at=at(moment), reason="等鉴定", approver="centre")


def columns(row: object, **expected: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in expected}


def stands(centre: Centre, case_id: int, **expected: Any) -> None:
    assert columns(centre.case(case_id), **expected) == expected


def held(centre: Centre, case_id: int, **expected: Any) -> None:
    """The only span of the case is so."""
    (span,) = centre.spans(case_id)
    assert columns(span, **expected) == expected


def test_a_case_goes_through_many_hands_and_every_step_is_in_the_tables(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    stands(centre, case_id, status="to_sign", unit_code="U-CITY", due_at=DUE, original_due_at=None, version=2)
    held(centre, case_id, role="holder", sign_rule="2026-1/sign/ordinary", contact_rule="2026-1/contact/limit")
    held(centre, case_id, sign_due_at=at("11-24 00:00"), finish_due_at=DUE, provisional=False, reminded_step=None)

    centre.act(case_id, sign("11-20 10:00"))
    stands(centre, case_id, status="handling", version=3)
    held(centre, case_id, signed_at=at("11-20 10:00"), paused_at=None)

    centre.act(case_id, pause("11-23 10:00"))
    stands(centre, case_id, status="handling", paused_at=at("11-23 10:00"), due_at=DUE)
    held(centre, case_id, paused_at=at("11-23 10:00"))

    centre.act(case_id, Continue(by="U-CITY", at=at("11-25 10:00")))
    stands(centre, case_id, paused_at=None, due_at=at("12-02 00:00"), original_due_at=None)
    held(centre, case_id, paused_at=None, finish_due_at=at("12-02 00:00"), original_due_at=None)

    centre.act(case_id, Finish(by="U-CITY", at=at("11-25 16:00"), result=Result.NOT_SETTLED))
    finished = at("11-25 16:00")
    stands(centre, case_id, status="to_review", finished_at=finished, visit_due_at=at("11-27 00:00"))
    stands(centre, case_id, result="not_settled", ended=False)
    held(centre, case_id, finished_at=finished, ended_at=None)

    centre.act(case_id, Reject(by="centre", at=at("11-25 17:00"), reason="没有回音"))
    stands(centre, case_id, status="handling", finished_at=None, visit_due_at=None)
    held(centre, case_id, finished_at=None)

    centre.act(case_id, Finish(by="U-CITY", at=at("11-26 16:00"), result=Result.SETTLED))
    stands(centre, case_id, status="to_review", finished_at=at("11-26 16:00"), visit_due_at=at("11-28 00:00"))
    stands(centre, case_id, result="settled")

    centre.act(case_id, Approve(by="centre", at=at("11-26 17:00")))
    stands(centre, case_id, status="to_visit", closed_at=None)

    satisfied = RecordVisit(
        by="centre", at=at("11-27 09:00"), reached=True, solved=True, satisfaction=Satisfaction.SATISFIED
    )
    centre.act(case_id, satisfied)
    centre.act(case_id, Close(by="centre", at=at("11-27 09:30")))
    stands(centre, case_id, status="closed", ended=True, closed_at=at("11-27 09:30"), result="settled", round=1)
    held(centre, case_id, ended_at=at("11-27 09:30"), end_reason="closed", finished_at=at("11-26 16:00"))
    assert centre.kinds(case_id) == [
        "registered", "assigned", "signed", "paused", "continued", "finished", "rejected", "finished", "reviewed",
        "visited", "closed",
    ]  # fmt: skip


def test_an_entry_says_who_did_it_when_and_when_we_heard(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    before = datetime.now(UTC)
    centre.act(case_id, sign("11-20 10:00"))
    with centre.database.read() as session:
        entry = session.get_one(JournalEntry, 3)
        told = (entry.type, entry.actor, entry.occurred_at, entry.version)
        assert before <= entry.recorded_at <= datetime.now(UTC)
    assert told == ("signed", "U-CITY", at("11-20 10:00"), 3)


def test_a_department_called_in_has_a_span_and_clocks_of_its_own(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, Whistle(by="U-CITY", at=at("11-20 10:00"), units=("U-FIRE",), reason="需要消防"))
    centre.act(case_id, Sign(by="U-FIRE", at=at("11-20 11:00"), unit="U-FIRE"))
    centre.act(case_id, sign("11-20 10:30"))
    centre.act(case_id, pause("11-23 10:00"))
    holder, department = centre.spans(case_id)
    assert (holder.role, holder.unit_code, holder.paused_at) == ("holder", "U-CITY", at("11-23 10:00"))
    assert (department.role, department.unit_code, department.signed_at) == ("helper", "U-FIRE", at("11-20 11:00"))
    assert (department.paused_at, department.finished_at) == (None, None), "the holder's pause is not the department's"
    centre.act(case_id, Finish(by="U-FIRE", at=at("11-24 11:00"), unit="U-FIRE"))
    assert centre.spans(case_id)[1].end_reason == "finished"
    stands(centre, case_id, status="handling", unit_code="U-CITY")


def test_several_acts_of_one_transaction_are_one_story(centre: Centre) -> None:
    first, second = centre.hear(HOTLINE, order()), centre.hear(POLICE, call())
    with centre.writing() as session:
        for case_id, move in (
            (first, sign("11-20 10:00")),
            (second, Sign(by="U-STATION", at=at("11-20 10:00"))),
            (first, pause("11-20 11:00")),
        ):
            acts.act(session, centre.rules, case_id, move)
    stands(centre, first, paused_at=at("11-20 11:00"), version=4)
    stands(centre, second, status="handling", version=3)


def test_who_saw_an_older_case_writes_nothing(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, sign("11-20 10:00"), seen=2)
    before = centre.position()
    with pytest.raises(StaleCase, match="you saw entry 2, it is at 3 now") as refusal:
        centre.act(case_id, pause("11-20 11:00"), seen=2)
    assert refusal.value.values == {"seen": 2, "found": 3}
    assert centre.position() == before
    stands(centre, case_id, paused_at=None, version=3)
    centre.check()


@pytest.mark.parametrize("case_id", [2, 0, -1, 99])
def test_a_case_nobody_knows_is_refused(centre: Centre, case_id: int) -> None:
    known = centre.hear(HOTLINE, order())
    tries: list[Callable[[], object]] = [
        lambda: centre.act(case_id, sign("11-20 10:00")),
        lambda: centre.merge(case_id, known),
        lambda: centre.merge(known, case_id),
        lambda: centre.split(case_id, "hotline12345:DH2026112000001"),
    ]
    for each in tries:
        with pytest.raises(NoSuchCase, match=f"#{case_id}"):
            each()
    assert centre.position() == 2
    centre.check()


def test_a_case_is_found_by_its_code(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    with centre.database.read() as session:
        assert acts.case_id_of(session, "YC-20261120-00001") == case_id
        with pytest.raises(NoSuchCase, match="YC-20261120-00002"):
            acts.case_id_of(session, "YC-20261120-00002")


def test_a_refused_move_writes_nothing(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    with centre.database.read() as session:
        before = [tuple(row) for row in session.execute(select(*Case.__table__.columns))]
    with pytest.raises(Refused, match="possible when it is handling"):
        centre.act(case_id, pause("11-20 10:00"))
    with centre.database.read() as session:
        assert [tuple(row) for row in session.execute(select(*Case.__table__.columns))] == before
    assert centre.kinds(case_id) == ["registered", "assigned"]


def test_a_refusal_leaves_the_transaction_fit_for_the_next_act(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    with centre.writing() as session:
        with pytest.raises(Refused):
            acts.act(session, centre.rules, case_id, pause("11-20 10:00"))
        acts.act(session, centre.rules, case_id, sign("11-20 10:00"))
    assert centre.kinds(case_id) == ["registered", "assigned", "signed"]


def at_once(shared: Database, works: list[Callable[[Database], object]]) -> list[object]:
    """What each piece of work gives back, or is refused with; every one on a connection of its own, all at once."""
    ready = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(number: int, work: Callable[[Database], object]) -> None:
        database = Database(shared.url.render_as_string(hide_password=False))
        ready.wait(30)
        try:
            results[number] = work(database)
        except Refused as refusal:
            results[number] = refusal
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_of_people_who_act_at_once_on_what_they_saw_exactly_one_wins(centre: Centre) -> None:
    case_id = centre.hear(HOTLINE, order())
    for seen in (2, 3, 4):

        def escalate(database: Database, seen: int = seen) -> object:
            with database.write() as session:
                move = Escalate(by="centre", at=at("11-20 10:00"), reason="重大")
                return acts.act(session, centre.rules, case_id, move, seen)

        results = at_once(centre.database, [escalate] * 4)
        assert sum(isinstance(result, StaleCase) for result in results) == 3
        stands(centre, case_id, version=seen + 1)
    centre.check()


def test_people_who_act_at_once_on_different_cases_all_win(centre: Centre) -> None:
    case_ids = [centre.hear(HOTLINE, order(orderNum=f"DH{number}")) for number in range(4)]

    def signing(case_id: int) -> Callable[[Database], object]:
        def work(database: Database) -> object:
            with database.write() as session:
                return acts.act(session, centre.rules, case_id, sign("11-20 10:00"), 2)

        return work

    results = at_once(centre.database, [signing(case_id) for case_id in case_ids])
    assert not any(isinstance(result, Refused) for result in results)
    for case_id in case_ids:
        stands(centre, case_id, status="handling", version=3)
    centre.check()


def test_a_feed_goes_on_from_what_people_did_meanwhile(centre: Centre) -> None:
    """The recorder remembers the cases it wrote; it must not go on from there when somebody else has written since."""
    case_id = centre.hear(HOTLINE, order())
    centre.act(case_id, sign("11-20 10:00"))
    assert centre.hear(HOTLINE, order(updateTime="2026-11-20 10:30:00", pilotLight="紧急")) == case_id
    stands(centre, case_id, urgency="urgent", status="handling", colour="yellow")
    centre.act(case_id, pause("11-20 11:00"))
    done = {"state": "待回访", "completeTime": "2026-11-21 09:00:00", "pilotLight": "紧急"}
    centre.hear(HOTLINE, order(updateTime="2026-11-21 09:00:00", **done))
    stands(centre, case_id, status="to_visit", finished_at=at("11-21 09:00"), paused_at=None)
    assert centre.kinds(case_id) == [
        "registered", "assigned", "signed", "revised", "coloured", "paused", "continued", "finished",
    ]  # fmt: skip


def two_calls(centre: Centre) -> tuple[int, int]:
    return centre.hear(POLICE, call(jjdbh="A")), centre.hear(POLICE, call(jjdbh="B"))


def later(minute: int, **changes: Any) -> dict[str, Any]:
    return call(gxsj=f"2026-11-20 09:{minute:02}:00", **changes)


def test_a_merged_case_goes_on_in_the_other_and_so_do_its_feeds(centre: Centre) -> None:
    parent, child = two_calls(centre)
    centre.act(child, Sign(by="U-STATION", at=at("11-20 08:30")))
    centre.merge(child, parent)
    stands(centre, child, status="merged", ended=True, merged_into=parent, unit_code="U-STATION")
    stands(centre, parent, status="to_sign", reports=2)
    assert centre.spans(child) == []
    assert [span.signed_at for span in centre.spans(parent)] == [None, at("11-20 08:30")]
    assert centre.hear(POLICE, later(5, jjdbh="B", jdzt="4", fksj="2026-11-20 09:05:00")) == parent
    assert [span.finished_at for span in centre.spans(parent)] == [None, at("11-20 09:05")]
    assert centre.kinds(child) == ["registered", "assigned", "signed", "merged"]


def test_what_went_on_in_another_case_is_acted_on_there_only(centre: Centre) -> None:
    parent, child = two_calls(centre)
    centre.merge(child, parent)
    before = centre.position()
    for refused in (
        lambda: centre.act(child, Sign(by="U-STATION", at=NOW)),
        lambda: centre.merge(child, parent),
        lambda: centre.merge(parent, child),
        lambda: centre.merge(parent, parent),
    ):
        with pytest.raises(Refused):
            refused()
    assert centre.position() == before


def test_two_cases_merged_into_each_other_at_once_become_one(centre: Centre) -> None:
    first, second = two_calls(centre)

    def merging(child: int, parent: int) -> Callable[[Database], None]:
        def work(database: Database) -> None:
            with database.write() as session:
                joining.merge_cases(session, child, parent, Merge(by="centre", at=NOW, reason="同一件事"))

        return work

    results = at_once(centre.database, [merging(first, second), merging(second, first)])
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert sorted(centre.case(case_id).status for case_id in (first, second)) == ["merged", "to_sign"]
    centre.check()


def test_a_report_that_is_split_off_goes_back_to_the_case_it_came_from(centre: Centre) -> None:
    parent, child = two_calls(centre)
    centre.merge(child, parent)
    centre.hear(POLICE, later(5, jjdbh="B", qssj="2026-11-20 09:05:00"))
    assert centre.split(parent, "police110:B") == child
    stands(centre, child, status="handling", merged_into=None, ended=False, code="YC-20261120-00002", reports=1)
    stands(centre, parent, status="to_sign", reports=1)
    assert [span.signed_at for span in centre.spans(child)] == [at("11-20 09:05")], "what it did meanwhile goes with it"
    assert centre.hear(POLICE, later(6, jjdbh="B", qssj="2026-11-20 09:05:00", bjnr="又来了")) == child
    assert centre.hear(POLICE, later(7, jjdbh="A", qssj="2026-11-20 09:07:00")) == parent
    stands(centre, parent, status="handling")


def test_cases_can_be_merged_and_split_again_and_again(centre: Centre) -> None:
    parent, child = two_calls(centre)
    for minute in range(1, 4):
        centre.merge(child, parent)
        assert centre.hear(POLICE, later(2 * minute, jjdbh="B", jqjb="4")) == parent
        assert centre.split(parent, "police110:B") == child
        assert centre.hear(POLICE, later(2 * minute + 1, jjdbh="B", jqjb="4")) == child
    centre.merge(parent, child)
    stands(centre, child, reports=2, merged_into=None)
    stands(centre, parent, status="merged", merged_into=child)
    assert centre.split(child, "police110:A") == parent
    assert [centre.case(case_id).status for case_id in (parent, child)] == ["to_sign", "to_sign"]


def test_a_departments_part_goes_with_its_report_wherever_that_goes(centre: Centre) -> None:
    parent, child = two_calls(centre)
    centre.act(parent, Whistle(by="U-STATION", at=at("11-20 08:20"), units=("U-WATER",)))
    centre.act(child, Whistle(by="U-STATION", at=at("11-20 08:20"), units=("U-FIRE",)))
    centre.act(child, Sign(by="U-FIRE", at=at("11-20 08:30"), unit="U-FIRE"))

    def departments(case_id: int) -> dict[str, object]:
        return {span.unit_code: span.signed_at for span in centre.spans(case_id) if span.role == "helper"}

    centre.merge(child, parent)
    assert departments(parent) == {"U-WATER": None, "U-FIRE": at("11-20 08:30")}
    centre.act(parent, Sign(by="U-WATER", at=at("11-20 08:40"), unit="U-WATER"))
    centre.split(parent, "police110:B")
    assert departments(parent) == {"U-WATER": at("11-20 08:40")}
    assert departments(child) == {"U-FIRE": at("11-20 08:30")}


def test_what_a_person_split_off_stays_so_while_the_source_repeats_its_link(centre: Centre) -> None:
    parent = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="B", gljjdbh="A"))
    child = centre.split(parent, "police110:B")
    assert centre.hear(POLICE, later(5, jjdbh="B", gljjdbh="A", qssj="2026-11-20 09:05:00")) == child


def test_a_report_that_never_had_a_case_of_its_own_gets_one(centre: Centre) -> None:
    parent = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="B", gljjdbh="A", bjsj="2026-11-19 23:00:00"))
    child = centre.split(parent, "police110:B")
    assert child not in (parent, 0)
    stands(centre, child, code="YC-20261119-00001", status="to_sign", reports=1, report="police110:B", version=3)
    stands(centre, parent, reports=1, report="police110:A")
    assert centre.hear(POLICE, later(5, jjdbh="B", qssj="2026-11-20 09:05:00")) == child
    stands(centre, child, status="handling")
    centre.merge(child, parent)
    assert centre.split(parent, "police110:B") == child


def test_a_new_case_takes_the_days_next_number_and_the_feed_the_one_after(centre: Centre) -> None:
    parent = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="B", gljjdbh="A"))
    assert centre.case(centre.split(parent, "police110:B")).code == "YC-20261120-00002"
    assert centre.case(centre.hear(POLICE, call(jjdbh="C"))).code == "YC-20261120-00003"


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        ("police110:A", "the only report of a case"),
        ("police110:B", "not in this case"),
        ("police110:Z", "not in this case"),
        (None, "not in this case"),
    ],
)
def test_a_split_that_can_not_be_uses_up_no_number(centre: Centre, report: str | None, sentence: str) -> None:
    first, _ = two_calls(centre)
    before = centre.position()
    with pytest.raises(Refused, match=sentence), centre.database.write() as session:
        joining.split_report(session, first, Split(by="centre", at=NOW, report=report, reason="同一件事"), PREFIX)
    with centre.database.read() as session:
        assert session.scalars(select(CaseCounter.last)).all() == [2]
        assert session.scalar(select(func.count()).select_from(Case)) == 2
    assert centre.position() == before


def test_nothing_is_split_from_a_case_that_went_on_in_another(centre: Centre) -> None:
    """Its reports are told in the other one: split off here, one would be in two cases."""
    first = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="B", gljjdbh="A"))
    second = centre.hear(POLICE, call(jjdbh="C"))
    centre.merge(first, second)
    with pytest.raises(Refused, match="went on in another"):
        centre.split(first, "police110:A")
    centre.check()


def test_a_report_goes_back_only_to_a_case_it_came_with(centre: Centre) -> None:
    """A was a while in the second case and left it; that the second case joins A's later does not make it A's origin."""
    first, second = two_calls(centre)
    centre.merge(first, second)
    assert centre.split(second, "police110:A") == first
    centre.merge(second, first)
    own = centre.split(first, "police110:A")
    assert own not in (first, second)
    stands(centre, second, status="merged")


def three_calls_in_one(centre: Centre) -> tuple[int, int, int]:
    """A went on in B's case, and that in C's."""
    a, b = two_calls(centre)
    c = centre.hear(POLICE, call(jjdbh="C"))
    centre.merge(a, b)
    centre.merge(b, c)
    stands(centre, c, reports=3)
    return a, b, c


@pytest.mark.parametrize("order_of_leaving", ["AB", "BA"])
def test_a_report_goes_back_over_two_cases_to_the_one_it_came_from(centre: Centre, order_of_leaving: str) -> None:
    a, b, c = three_calls_in_one(centre)
    own = {"A": a, "B": b}
    for name in order_of_leaving:
        assert centre.split(c, f"police110:{name}") == own[name]
    for case_id, report in ((a, "police110:A"), (b, "police110:B"), (c, "police110:C")):
        stands(centre, case_id, merged_into=None, reports=1, report=report, status="to_sign")
    for minute, name in enumerate("ABC", 5):
        told = later(minute, jjdbh=name, qssj=f"2026-11-20 09:{minute:02}:00")
        assert centre.hear(POLICE, told) == (own | {"C": c})[name]


def test_a_report_whose_first_case_goes_on_by_itself_gets_one_of_its_own(centre: Centre) -> None:
    a = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="A2", gljjdbh="A"))
    b, c = centre.hear(POLICE, call(jjdbh="B")), centre.hear(POLICE, call(jjdbh="C"))
    centre.merge(a, b)
    centre.merge(b, c)
    assert centre.split(c, "police110:A") == a
    own = centre.split(c, "police110:A2")
    assert own not in (a, b, c)
    assert centre.split(c, "police110:B") == b
    stands(centre, own, reports=1, report="police110:A2", status="to_sign")
    centre.merge(own, a)
    assert centre.split(a, "police110:A2") == own, "that case is where it came from since"


def test_a_report_does_not_leave_its_first_case_for_itself(centre: Centre) -> None:
    """A2 was registered in A's case and went with it to B's and back."""
    a = centre.hear(POLICE, call(jjdbh="A"))
    centre.hear(POLICE, call(jjdbh="A2", gljjdbh="A"))
    b = centre.hear(POLICE, call(jjdbh="B"))
    centre.merge(b, a)
    own = centre.split(a, "police110:A2")
    assert own not in (a, b)
    assert centre.split(a, "police110:B") == b
