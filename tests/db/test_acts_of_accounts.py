"""What accounts do to cases: only to those in their sight, in their own name, on what they saw, and all of it on record."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from casework.case import Entry
from casework.errors import Refused
from casework.joining import Merge, Split
from casework.moves import Accept, Assign, Escalate, Finish, Move, Remind, Return, Sign, TakeBack, Whistle
from casework.roles import Account, Role, Sight, sight_of
from casework.vocabulary import EntryType, ReminderKind
from config.county import load_county
from db import acts, audit, joining, journal
from db.acts import Asked, Bulk, Desk, Happened, NoSuchCase, Outcome, StaleCase
from db.database import Database
from db.inbox import Recorder
from db.models import AuditRow, Case, JournalEntry, OutboxRow
from db.queries.sight import in_sight
from tests.db.centre import Centre
from tests.records import CONFIG, NOW, VAULT, Feed, at, event, order

HOTLINE = Feed.HOTLINE12345
COUNTY = load_county(CONFIG / "county.toml")
CITY, FIRE, WATER = (unit.code for unit in COUNTY.departments[:3])
HERE, THERE = COUNTY.townships[:2]
VILLAGE = COUNTY.villages_of(HERE.code)[0]
CENTRE_UNIT = COUNTY.units[0].code
WHY = "事由"
TEN = at("11-20 10:00")


@pytest.fixture
def centre(database: Database, recorder: Recorder) -> Centre:
    return Centre(database, recorder)


def account(role: Role = Role.OPERATOR, unit: str = CENTRE_UNIT, login: str = "li.wei", number: int = 1) -> Account:
    return Account(number, login, "李伟", role, unit)


def desk(centre: Centre, who: Account | None = None) -> Desk:
    return Desk(who or account(), COUNTY, centre.rules, VAULT)


OF_CITY = account(Role.DEPARTMENT, CITY, "of.city", 2)


def assign(unit: str = WATER, when: datetime = TEN, reason: str = WHY, **more: Any) -> Assign:
    return Assign(by="?", at=when, unit=unit, reason=reason, **more)


def heard(centre: Centre, number: int = 1, **changes: Any) -> int:
    """An order in the hands of the city's managers, in the first township."""
    told = {"orderNum": f"DH{number}", "organizationCode": CITY, "areaCode": HERE.code, **changes}
    return centre.hear(HOTLINE, order(**told))


def does(centre: Centre, who: Account, case_id: int, move: Move, seen: int | None = None, when: datetime = NOW) -> Any:
    with centre.writing() as session:
        return acts.act_as(session, desk(centre, who), case_id, move, when, seen)


def many(centre: Centre, rows: list[Asked], who: Account | None = None, when: datetime = NOW) -> Bulk:
    with centre.writing() as session:
        return acts.act_many(session, desk(centre, who), rows, when)


def back(centre: Centre, number: int, when: datetime, who: Account | None = None) -> Bulk:
    with centre.writing() as session:
        return acts.take_back_many(session, desk(centre, who), number, when)


def audited(centre: Centre) -> list[tuple[str, str, int | None, dict[str, Any]]]:
    with centre.database.read() as session:
        assert audit.faults(session, VAULT) == []
        rows = session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.kind, row.login, row.case_id, dict(row.detail)) for row in rows]


def outward(centre: Centre) -> list[dict[str, Any]]:
    """What sources are told, the oldest first."""
    with centre.database.read() as session:
        return [dict(row.payload) for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


def last(centre: Centre, case_id: int) -> Entry:
    with centre.database.read() as session:
        return journal.entries_of(session, [case_id])[case_id][-1]


# One at a time.


def test_an_account_acts_in_its_own_name_whatever_the_move_says(centre: Centre) -> None:
    case_id = heard(centre)
    does(centre, OF_CITY, case_id, Sign(by="somebody.else", unit_of=CENTRE_UNIT, at=TEN))
    entry = last(centre, case_id)
    assert (entry.type, entry.actor, entry.payload) == (EntryType.SIGNED, "of.city", {"for": CITY})
    assert audited(centre) == [("acted", "of.city", case_id, {"move": "Sign", "version": 3})]


def test_what_its_unit_or_its_role_may_not_is_refused_and_nothing_is_written(centre: Centre) -> None:
    case_id = heard(centre)
    before = centre.position()
    for who, sentence in (
        (OF_CITY, "only the county centre may do this"),
        (account(Role.LEADER, login="leader"), "an account of role leader does not do this"),
    ):
        with pytest.raises(Refused, match=sentence):
            does(centre, who, case_id, assign())
    assert (centre.position(), audited(centre), outward(centre)) == (before, [], [])


def test_a_case_out_of_sight_is_no_case(centre: Centre) -> None:
    """The sentence is the same as for one that never was."""
    case_id = heard(centre)
    of_water = account(Role.DEPARTMENT, WATER, "of.water", 3)
    with pytest.raises(NoSuchCase) as unseen:
        does(centre, of_water, case_id, Sign(by="?", at=TEN))
    with pytest.raises(NoSuchCase) as unknown:
        does(centre, of_water, 99, Sign(by="?", at=TEN))
    assert (str(unseen.value), str(unknown.value)) == (f"there is no case #{case_id}", "there is no case #99")
    code = centre.case(case_id).code
    with centre.database.read() as session:
        assert acts.case_id_of(session, code, sight_of(OF_CITY, COUNTY)) == case_id
        with pytest.raises(NoSuchCase):
            acts.case_id_of(session, code, sight_of(of_water, COUNTY))


def test_who_saw_an_older_case_is_told_what_has_happened_meanwhile(centre: Centre) -> None:
    case_id = heard(centre)
    does(centre, OF_CITY, case_id, Sign(by="?", at=TEN), seen=2)
    does(centre, account(login="wang"), case_id, Escalate(by="?", at=at("11-20 10:05"), reason=WHY), seen=3)
    with pytest.raises(StaleCase, match="you saw entry 2, it is at 4 now") as refusal:
        does(centre, account(), case_id, assign(when=at("11-20 10:06")), seen=2)
    assert refusal.value.meanwhile == (
        Happened(EntryType.SIGNED, "of.city", TEN),
        Happened(EntryType.ESCALATED, "wang", at("11-20 10:05")),
    )
    assert centre.position() == 4


def test_what_somebody_writes_names_nobody_of_the_case(centre: Centre) -> None:
    case_id = heard(centre)
    does(centre, account(), case_id, assign(reason="欧阳试验来电 19900001234，不属本单位"))
    told = str(last(centre, case_id).payload["reason"])
    assert "不属本单位" in told
    assert "欧阳试验" not in told
    assert "19900001234" not in told


def test_work_is_given_only_to_units_somebody_knows(centre: Centre) -> None:
    case_id = heard(centre)
    with pytest.raises(Refused, match="neither the county nor any case knows a unit nobody"):
        does(centre, account(), case_id, assign("nobody"))
    with pytest.raises(Refused, match="knows a unit nobody"):
        does(centre, OF_CITY, case_id, Whistle(by="?", at=TEN, units=(FIRE, "nobody"), reason=WHY))
    heard(centre, 2, organizationCode="U-OWN")
    does(centre, account(), case_id, assign("U-OWN"))
    assert centre.case(case_id).unit_code == "U-OWN"


def test_an_account_merges_and_splits_what_it_sees(centre: Centre) -> None:
    first, second = heard(centre), heard(centre, 2)
    leader = account(Role.LEADER, login="leader")
    with centre.writing() as session:
        with pytest.raises(Refused, match="role leader does not do this"):
            joining.merge_as(session, desk(centre, leader), second, first, Merge(by="?", at=TEN, reason=WHY), NOW)
        blind = account(Role.DEPARTMENT, WATER, "of.water", 3)
        with pytest.raises(NoSuchCase):
            joining.merge_as(session, desk(centre, blind), second, first, Merge(by="?", at=TEN, reason=WHY), NOW)
        with pytest.raises(NoSuchCase):
            joining.split_as(session, desk(centre, blind), first, Split(by="?", at=TEN, reason=WHY, report="x"), NOW)
    with centre.writing() as session:
        joining.merge_as(session, desk(centre), second, first, Merge(by="?", at=TEN, reason=WHY), NOW)
    assert last(centre, second).payload == {"into": first, "reason": WHY, "for": CENTRE_UNIT}
    with centre.writing() as session:
        out = Split(by="?", at=TEN, reason=WHY, report="hotline12345:DH2")
        assert joining.split_as(session, desk(centre), first, out, NOW) == second
    assert [(kind, case_id, told["move"]) for kind, _, case_id, told in audited(centre)] == [
        ("acted", second, "Merge"), ("acted", first, "Merge"), ("acted", first, "Split"),
    ]  # fmt: skip


# Taking back, and what sources are told.


def test_a_source_is_told_of_every_change_of_its_records_unit(centre: Centre) -> None:
    case_id = heard(centre)
    assert outward(centre) == [], "what the source itself said is no news to it"
    does(centre, account(), case_id, assign(FIRE))
    does(centre, account(), case_id, TakeBack(by="?", at=at("11-20 10:05")))
    centre.act(case_id, Return(by=CITY, at=at("11-20 10:06"), reason=WHY))
    centre.act(case_id, Assign(by="desk", at=at("11-20 10:07"), unit=WATER))
    told = [(each["record"], each["kind"], each["unit"], each["previous_unit"]) for each in outward(centre)]
    assert told == [
        ("DH1", "reassigned", FIRE, CITY), ("DH1", "taken_back", CITY, FIRE), ("DH1", "assigned", WATER, None),
    ]  # fmt: skip
    first = outward(centre)[0]
    assert (first["case"], first["unit_name"]) == (centre.case(case_id).code, COUNTY.unit_name(FIRE))
    assert first["dues"]["finish"].startswith("2026-11-28T00:00")
    assert WHY not in str(outward(centre))


def test_what_is_taken_back_to_nobody_is_told_so(centre: Centre) -> None:
    case_id = heard(centre, state="待受理", organizationCode="", dispatchTime="")
    does(centre, account(), case_id, assign())
    does(centre, account(), case_id, TakeBack(by="?", at=at("11-20 10:05")))
    told = outward(centre)[-1]
    assert (told["kind"], told["unit"], told["previous_unit"], told["dues"]) == ("taken_back", None, WATER, {})
    assert centre.spans(case_id) == []
    assert centre.case(case_id).status == "received"


def test_a_span_that_was_taken_back_is_in_the_journal_only(centre: Centre) -> None:
    case_id = heard(centre)
    before, (span,) = centre.case(case_id), centre.spans(case_id)
    does(centre, account(), case_id, assign())
    assert [each.unit_code for each in centre.spans(case_id)] == [CITY, WATER]
    does(centre, account(login="wang"), case_id, TakeBack(by="?", at=at("11-20 10:05")))
    (again,) = centre.spans(case_id)
    assert (again.number, again.unit_code, again.ended_at, again.end_reason) == (span.number, CITY, None, None)
    after = centre.case(case_id)
    assert (after.unit_code, after.status, after.due_at) == (before.unit_code, before.status, before.due_at)
    assert centre.kinds(case_id) == ["registered", "assigned", "assigned", "taken_back"]
    assert heard(centre, updateTime="2026-11-20 11:00:00") == case_id
    assert centre.kinds(case_id)[-1] == "taken_back", "the source repeats itself"


def test_refused_in_one_transaction_the_rest_of_it_stands(centre: Centre) -> None:
    """Nothing of a refused move is in journal, audit or outbox."""
    case_id = heard(centre)
    with centre.writing() as session:
        with pytest.raises(Refused, match="no assignment was made here"):
            acts.act_as(session, desk(centre), case_id, TakeBack(by="?", at=TEN), NOW)
        acts.act_as(session, desk(centre), case_id, assign(), NOW)
    assert len(audited(centre)) == len(outward(centre)) == 1


# Many at once.


def test_each_row_of_a_bulk_is_done_or_refused_by_itself(centre: Centre) -> None:
    ids = [heard(centre, number) for number in range(4)]
    does(centre, OF_CITY, ids[1], Sign(by="?", at=TEN))
    does(centre, account(), ids[2], assign(WATER))
    rows = [Asked(case_id, 2, assign(WATER, at("11-20 10:20"))) for case_id in ids]
    rows[2] = rows[2]._replace(seen=3)
    done = many(centre, [*rows, Asked(99, None, assign())])
    told = [(each.case_id, str(each.refusal) if each.refusal else None) for each in done.outcomes]
    assert told == [
        (ids[0], None),
        (ids[1], "the case has changed meanwhile: you saw entry 2, it is at 3 now"),
        (ids[2], f"{WATER} holds the case already"),
        (ids[3], None),
        (99, "there is no case #99"),
    ]
    assert [each.decision is None for each in done.outcomes] == [False, True, True, False, True]
    assert [centre.case(case_id).unit_code for case_id in ids] == [WATER, CITY, WATER, WATER]
    of_bulk = [each for each in audited(centre) if each[3].get("bulk") == done.number]
    assert [(kind, case_id) for kind, _, case_id, _ in of_bulk] == [
        ("acted", ids[0]), ("act_refused", ids[1]), ("act_refused", ids[2]), ("acted", ids[3]), ("act_refused", 99),
    ]  # fmt: skip
    assert of_bulk[2][3] == {"move": "Assign", "bulk": done.number, "refused": "{unit} holds the case already"}


def test_a_bulk_is_undone_as_a_whole_as_far_as_it_can_be(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(acts, "_AFTER", acts._AFTER.limit(3))
    ids = [heard(centre, number, pilotLight="紧急") for number in range(5)]
    other = heard(centre, 9)
    done = many(centre, [Asked(case_id, 2, assign()) for case_id in ids])
    many(centre, [Asked(other, 2, assign())])
    does(centre, account(Role.DEPARTMENT, WATER, "of.water", 3), ids[2], Sign(by="?", at=at("11-20 10:03")))
    undone = back(centre, done.number, at("11-20 10:05"), account(login="wang"))
    assert [each.case_id for each in undone.outcomes] == ids
    assert [str(each.refusal) if each.refusal else None for each in undone.outcomes] == [
        None, None, "it can't be taken back: the journal has signed by of.water since", None, None,
    ]  # fmt: skip
    assert [centre.case(case_id).unit_code for case_id in ids] == [CITY, CITY, WATER, CITY, CITY]
    assert centre.case(other).unit_code == WATER, "another bulk"
    again = back(centre, done.number, at("11-20 10:06"))
    assert all(each.refusal is not None for each in again.outcomes)


def test_the_entries_of_a_bulk_follow_each_other_with_what_the_rules_add(centre: Centre) -> None:
    """A hand-over may raise the colour; the bulk is found whole all the same."""
    ids = [heard(centre, number) for number in range(3)]
    for unit in (WATER, FIRE):
        for case_id in ids[:2]:
            does(centre, account(), case_id, assign(unit))
    done = many(centre, [Asked(case_id, None, assign(COUNTY.departments[4].code)) for case_id in ids])
    assert centre.kinds(ids[0])[-1] == "coloured"
    undone = back(centre, done.number, at("11-20 10:05"))
    assert [(each.case_id, each.refusal) for each in undone.outcomes] == [(case_id, None) for case_id in ids]
    assert centre.case(ids[0]).colour == "blue"


def test_nothing_is_undone_under_a_number_nobody_has(centre: Centre) -> None:
    heard(centre)
    for number in (1, 2, 50):
        with pytest.raises(Refused, match=f"under the number {number}"):
            back(centre, number, NOW)


def test_the_same_case_twice_in_a_bulk_is_seen_as_the_first_row_left_it(centre: Centre) -> None:
    case_id = heard(centre)
    done = many(centre, [Asked(case_id, 2, assign(WATER)), Asked(case_id, 2, assign(FIRE))])
    refusal = done.outcomes[1].refusal
    assert isinstance(refusal, StaleCase)
    assert refusal.meanwhile == (Happened(EntryType.ASSIGNED, "li.wei", TEN),)
    assert centre.case(case_id).unit_code == WATER


# All at once.

OPERATORS = 30
TRIES = 4


def test_thirty_operators_at_once_lose_nothing(centre: Centre) -> None:
    """Each acts on what it saw last; it is done, or it is told that it was not, and the journal has exactly what was done."""
    ids = [heard(centre, number) for number in range(6)]
    before = {case_id: centre.state(case_id).version for case_id in ids}
    done: list[tuple[str, int, int]] = []
    stale: list[StaleCase] = []

    def work(number: int, database: Database) -> None:
        mine = random.Random(number)
        own = desk(centre, account(login=f"operator{number}", number=number))
        for _ in range(TRIES):
            case_id = mine.choice(ids)
            with database.read() as session:
                seen = session.scalars(select(Case.version).where(Case.id == case_id)).one()
            move = mine.choice(
                [
                    Escalate(by="?", at=TEN, reason=WHY),
                    Remind(by="?", at=TEN, kind=ReminderKind.URGE, unit=CITY),
                ]
            )
            try:
                with database.write() as session:
                    decision = acts.act_as(session, own, case_id, move, NOW, seen)
                done.append((own.account.login, case_id, decision.case.version))
            except StaleCase as refusal:
                stale.append(refusal)

    run_at_once(centre.database, [partial(work, number) for number in range(OPERATORS)])
    assert len(done) + len(stale) == OPERATORS * TRIES
    assert len(done) >= len(ids), "whoever is first on a case wins"
    with centre.database.read() as session:
        wanted = select(JournalEntry.actor, JournalEntry.case_id, JournalEntry.version)
        written = session.execute(wanted.where(JournalEntry.actor.like("operator%"))).all()
        assert Counter(map(tuple, written)) == Counter(done)
        assert session.scalar(select(func.count()).select_from(AuditRow)) == len(done)
    for case_id in ids:
        acted = sorted(version for _, each, version in done if each == case_id)
        assert acted == list(range(before[case_id] + 1, centre.case(case_id).version + 1)), "one after the other"
    for refusal in stale:
        assert len(refusal.meanwhile) == int(str(refusal.values["found"])) - int(str(refusal.values["seen"])) > 0
    assert len(audited(centre)) == len(done)
    centre.check()


def run_at_once(shared: Database, works: list[Callable[[Database], None]]) -> None:
    """Every one in a thread and on connections of its own; what one raises is raised here."""
    ready = threading.Barrier(len(works))
    failed: list[Exception] = []

    def run(work: Callable[[Database], None]) -> None:
        database = Database(shared.url.render_as_string(hide_password=False))
        try:
            ready.wait(30)
            work(database)
        except Exception as error:  # noqa: BLE001 - raised again below, in the test's own thread
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    if failed:
        raise failed[0]


def test_of_those_who_assign_the_same_at_once_one_wins_and_its_source_hears_of_one(centre: Centre) -> None:
    case_id = heard(centre)
    outcomes: list[Outcome] = []

    def work(number: int, database: Database) -> None:
        own = desk(centre, account(login=f"operator{number}", number=number))
        unit = COUNTY.departments[1 + number % 5].code
        with database.write() as session:
            outcomes.extend(acts.act_many(session, own, [Asked(case_id, 2, assign(unit))], NOW).outcomes)

    run_at_once(centre.database, [partial(work, number) for number in range(8)])
    assert sum(each.decision is not None for each in outcomes) == 1
    assert sum(isinstance(each.refusal, StaleCase) for each in outcomes) == 7
    (told,) = outward(centre)
    assert told["unit"] == centre.case(case_id).unit_code
    assert Counter(kind for kind, *_ in audited(centre)) == {"acted": 1, "act_refused": 7}
    centre.check()


# Who sees what.


@pytest.fixture
def cases(centre: Centre) -> dict[str, int]:
    """Cases of two townships, protected ones among them, held by several units."""
    ids = {
        "here": heard(centre, 1),
        "there": heard(centre, 2, areaCode=THERE.code, organizationCode=WATER),
        "nowhere": heard(centre, 3, areaCode="", organizationCode=FIRE),
        "protected here": heard(centre, 4, isSecret="1"),
        "of the centre here": heard(centre, 5, organizationCode=HERE.centre, isSecret="1"),
        "left by the city": heard(centre, 6, areaCode=THERE.code),
        "protected, left by the city": heard(centre, 7, areaCode=THERE.code, isSecret="1"),
        "undone": heard(centre, 8, areaCode=THERE.code, organizationCode=WATER),
    }
    for name in ("left by the city", "protected, left by the city"):
        centre.act(ids[name], Assign(by="desk", at=TEN, unit=WATER, reason=WHY))
    centre.act(ids["undone"], Assign(by="desk", at=TEN, unit=CITY, reason=WHY))
    centre.act(ids["undone"], TakeBack(by="desk", at=at("11-20 10:05")))
    return ids


def seen(centre: Centre, sight: Sight, cases: dict[str, int]) -> set[str]:
    with centre.database.read() as session:
        found = set(session.scalars(select(Case.id).where(in_sight(sight))))
    return {name for name, case_id in cases.items() if case_id in found}


@pytest.mark.parametrize(
    ("role", "unit", "names"),
    [
        (Role.DEPARTMENT, CITY, {"here", "protected here", "left by the city"}),
        (Role.DEPARTMENT, FIRE, {"nowhere"}),
        (Role.TOWNSHIP, HERE.centre, {"here", "of the centre here"}),
        (Role.TOWNSHIP, THERE.centre, {"there", "left by the city", "undone"}),
        (Role.GRID, VILLAGE.code, set()),
        (Role.ADMINISTRATOR, CENTRE_UNIT, set()),
    ],
)
def test_an_account_sees_its_place_and_its_units_work(
    centre: Centre, cases: dict[str, int], role: Role, unit: str, names: set[str]
) -> None:
    assert seen(centre, sight_of(account(role, unit), COUNTY), cases) == names


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LEADER, Role.AUDITOR])
def test_the_countys_own_people_see_every_case(centre: Centre, cases: dict[str, int], role: Role) -> None:
    assert seen(centre, sight_of(account(role), COUNTY), cases) == set(cases)


def test_a_grid_worker_sees_the_grid_and_its_committee_the_village(centre: Centre) -> None:
    grid = next(grid for grid in COUNTY.grids if grid.village == VILLAGE.code)
    case_id = centre.hear(Feed.GRID, event(eventCode="E1", gridCode=grid.code))
    with centre.database.write() as session:  # where it lies is what matters here, not how the grid app says it
        session.execute(update(Case).where(Case.id == case_id).values(grid=grid.code, village=VILLAGE.code))
    other = COUNTY.villages_of(HERE.code)[1].code
    known = {"here": case_id}
    for unit, names in ((grid.code, {"here"}), (VILLAGE.code, {"here"}), (other, set())):
        assert seen(centre, sight_of(account(Role.GRID, unit), COUNTY), known) == names


def test_a_township_takes_up_nothing_protected_that_lies_in_it(centre: Centre, cases: dict[str, int]) -> None:
    of_here = account(Role.TOWNSHIP, HERE.centre, "of.here", 4)
    with pytest.raises(NoSuchCase):
        does(centre, of_here, cases["protected here"], Accept(by="?", at=TEN))
    does(centre, of_here, cases["of the centre here"], Sign(by="?", at=TEN))
    does(centre, of_here, cases["of the centre here"], Finish(by="?", at=at("11-20 11:00")))
    after = TEN + timedelta(days=1)
    with pytest.raises(Refused, match="only the county centre"):
        does(centre, of_here, cases["here"], assign(when=after))
