"""Which unit may make which move, and what one that may not is told."""

from typing import Any

import pytest

from casework.authority import MAY, OF_ROLE, Part, allowed_moves, authority
from casework.county import UnitKind
from casework.errors import Refused
from casework.joining import Merge, Split, merge
from casework.moves import (
    Accept,
    Allot,
    Approve,
    AskExtension,
    Assign,
    Close,
    Contact,
    Finish,
    GrantReturn,
    Move,
    Pause,
    Rate,
    RecordVisit,
    RefuseReturn,
    Remind,
    Return,
    SetColour,
    Sign,
    TakeBack,
    Whistle,
)
from casework.moving import PEOPLES_MOVES, moved
from casework.roles import Account, Role, acting_unit
from casework.vocabulary import EntryType, Result
from config.county import load_county
from tests.casework.stories import RULES, Story, kinds
from tests.records import CONFIG, at

COUNTY = load_county(CONFIG / "county.toml")
CENTRE = next(unit for unit in COUNTY.units if unit.kind is UnitKind.COUNTY_CENTRE)
CITY, FIRE, WATER = COUNTY.departments[:3]
TOWNSHIP = next(unit for unit in COUNTY.units if unit.kind is UnitKind.TOWNSHIP_CENTRE)
MAY_MOVE = authority(COUNTY)
WHY = "事由"


class Desk(Story):
    """A story in which units may do only what is theirs."""

    def tries(self, kind: type[Move], by: str, when: str, /, **more: Any) -> list[EntryType]:
        move = kind(**{"by": by, "at": at(when), "reason": WHY, **more})
        decision = moved(self.case, move, self.rules, MAY_MOVE)
        return self._go_on(decision.entries, decision.case)

    def denies(self, kind: type[Move], by: str, when: str, /, **more: Any) -> str:
        with pytest.raises(Refused) as refusal:
            self.tries(kind, by, when, **more)
        return str(refusal.value)


def held() -> Desk:
    """In the hands of a department since Friday 09:00, signed at ten."""
    desk = Desk(RULES)
    desk.hear(organizationCode=CITY.code)
    desk.tries(Sign, CITY.code, "11-20 10:00")
    return desk


def helped() -> Desk:
    """Another department was called in by the holder at eleven."""
    desk = held()
    desk.tries(Whistle, CITY.code, "11-20 11:00", units=(FIRE.code,))
    return desk


def allowed(part: Part) -> set[type[Move]]:
    return {kind for kind, parts in MAY.items() if part in parts}


def test_every_move_has_its_line_in_the_table() -> None:
    assert set(MAY) == {*PEOPLES_MOVES, Merge, Split}
    assert all(MAY.values())


def test_who_handles_a_report_decides_nothing_about_it() -> None:
    assert {kind.__name__ for kind in allowed(Part.HOLDER)} == {
        "Sign", "Contact", "Return", "AskExtension", "Finish", "Pause", "Continue", "Whistle",
    }  # fmt: skip
    assert {kind.__name__ for kind in allowed(Part.CALLED_IN)} == {"Sign", "Contact", "Allot", "Finish"}
    assert allowed(Part.CALLER) == {Rate}
    assert allowed(Part.CENTRE) & (allowed(Part.HOLDER) | allowed(Part.CALLED_IN)) == {Whistle}


# What each move needs to be told beside who, when and why.
WORDS: dict[str, dict[str, Any]] = {
    "Assign": {"unit": WATER.code},
    "Pause": {"approver": CENTRE.code},
    "AskExtension": {"amount": 1},
    "RecordVisit": {"reached": True},
    "Whistle": {"units": (WATER.code,)},
    "Allot": {"to": "二中队"},
    "Oversee": {"unit": FIRE.code},
    "Rate": {"unit": FIRE.code, "rating": 3},
    "Classify": {"complexity": "simple"},
    "SetColour": {"colour": "red"},
    "MarkUnreasonable": {"approver": CENTRE.code},
    "Contest": {"span": 1},
    "SettleObjection": {"span": 1, "upheld": True, "approver": CENTRE.code},
    "Remind": {"kind": "urge", "unit": CITY.code},
}


def passes(desk: Desk, kind: type[Move], by: str) -> bool:
    """Whether the table lets it through, whatever the case says to it then."""
    more = WORDS.get(kind.__name__, {})
    try:
        MAY_MOVE(kind(**{"by": by, "at": at("11-23 10:00"), "reason": WHY, **more}), desk.thread)
    except Refused as refusal:
        assert "only" in str(refusal), "it says who may"
        return False
    return True


@pytest.mark.parametrize("kind", list(MAY))
def test_the_table_is_what_holds(kind: type[Move]) -> None:
    desk = helped()
    assert passes(desk, kind, CENTRE.code) is (Part.CENTRE in MAY[kind])
    assert passes(desk, kind, FIRE.code) is (Part.CALLED_IN in MAY[kind])
    assert passes(desk, kind, CITY.code) is bool({Part.HOLDER, Part.CALLER, Part.SCORED} & MAY[kind])
    for stranger in (WATER.code, TOWNSHIP.code):
        assert not passes(desk, kind, stranger), "who neither holds it nor was called in does nothing"
    assert passes(desk, kind, "a.person")


@pytest.mark.parametrize(
    ("kind", "by", "sentence"),
    [
        (Approve, CITY.code, f"only the county centre may do this; {CITY.name} holds the report"),
        (Accept, FIRE.code, f"only the county centre may do this; {FIRE.name} was called in beside {CITY.name}"),
        (
            Finish,
            WATER.code,
            "only the unit that holds the report or a unit that was called in, for its own part may do this; "
            f"{WATER.name} neither holds the report nor was called in, {CITY.name} holds it",
        ),
    ],
)
def test_a_refusal_says_who_may(kind: type[Move], by: str, sentence: str) -> None:
    assert helped().denies(kind, by, "11-23 10:00") == sentence


def test_a_co_handlers_finish_is_its_own_and_never_the_holders() -> None:
    desk = helped()
    desk.tries(Sign, FIRE.code, "11-23 10:00")
    desk.tries(Contact, FIRE.code, "11-23 11:00")
    desk.tries(Allot, FIRE.code, "11-23 12:00", to="二中队")
    assert desk.tries(Finish, FIRE.code, "11-24 10:00", result=Result.SETTLED) == [EntryType.FINISHED]
    assert desk.helper().span.finished_at == at("11-24 10:00")
    assert (desk.holder.finished_at, desk.thread.extras.result) == (None, None)


def test_a_holder_does_not_act_for_whom_it_called_in() -> None:
    assert helped().denies(Sign, CITY.code, "11-23 10:00", unit=FIRE.code) == (
        f"{CITY.name} acts for itself only; for {FIRE.name} only {FIRE.name} may"
    )
    assert f"was called in beside {CITY.name}" in helped().denies(Return, FIRE.code, "11-23 10:00")


def test_a_unit_that_a_source_knows_by_a_code_of_its_own_is_held_to_the_table_too() -> None:
    desk = Desk(RULES)
    desk.hear()
    assert desk.denies(Approve, "U-CITY", "11-20 10:00") == (
        "only the county centre may do this; U-CITY holds the report"
    )
    assert desk.tries(Sign, "U-CITY", "11-20 10:00") == [EntryType.SIGNED]


def test_whom_the_holder_called_it_rates_even_after_the_end() -> None:
    desk = helped()
    desk.tries(Sign, FIRE.code, "11-23 10:00")
    desk.tries(Finish, FIRE.code, "11-24 10:00")
    assert "only the holder that called the unit in may do this" in desk.denies(
        Rate, CENTRE.code, "11-24 11:00", unit=FIRE.code, rating=5
    )
    desk.tries(Finish, CITY.code, "11-24 12:00")
    for kind, more in ((Approve, {}), (RecordVisit, {"reached": True}), (Close, {})):
        desk.tries(kind, CENTRE.code, "11-24 13:00", **more)
    assert desk.tries(Rate, CITY.code, "11-24 14:00", unit=FIRE.code, rating=5) == [EntryType.RATED]


def test_who_got_the_case_later_does_not_rate_whom_another_called() -> None:
    desk = helped()
    desk.tries(Sign, FIRE.code, "11-23 10:00")
    desk.tries(Finish, FIRE.code, "11-23 11:00")
    desk.tries(Assign, CENTRE.code, "11-23 12:00", unit=WATER.code)
    assert "only the holder that called" in desk.denies(Rate, WATER.code, "11-23 13:00", unit=FIRE.code, rating=1)
    assert "neither holds the report" in desk.denies(Rate, CITY.code, "11-23 13:00", unit=FIRE.code, rating=1)


def test_the_centre_that_holds_a_case_itself_works_on_it_and_does_not_judge_it() -> None:
    desk = Desk(RULES)
    desk.hear(organizationCode=CENTRE.code)
    assert desk.tries(Sign, CENTRE.code, "11-20 10:00") == [EntryType.SIGNED]
    desk.tries(Finish, CENTRE.code, "11-20 11:00")
    assert "can't decide about its own work" in desk.denies(Approve, CENTRE.code, "11-20 12:00")


def test_a_pause_is_the_holders_with_anothers_approval() -> None:
    desk = held()
    assert "can't decide about its own work" in desk.denies(Pause, CITY.code, "11-23 10:00", approver=CITY.code)
    assert desk.tries(Pause, CITY.code, "11-23 10:00", approver=CENTRE.code) == [EntryType.PAUSED]


def test_of_several_reports_a_unit_moves_those_that_are_its_own() -> None:
    desk, other = held(), Desk(RULES)
    other.hear(orderNum="DH2", organizationCode=WATER.code)
    when = at("11-20 12:00")
    to_parent, _ = merge(other.case, other.entries, desk.case, 1, Merge(by="desk", at=when, reason=WHY))
    decision = moved(to_parent.case, Finish(by=CITY.code, at=when), RULES, MAY_MOVE)
    assert kinds(list(decision.entries)) == [EntryType.FINISHED]
    assert [report for report, _ in decision.refusals] == ["hotline12345:DH2"]


def account(role: Role, unit: str | None = None) -> Account:
    return Account(1, f"a.{role}", "某人", role, unit or CENTRE.code)


OPERATOR, LEADER = account(Role.OPERATOR), account(Role.LEADER)
OF_CITY = account(Role.DEPARTMENT, CITY.code)
VILLAGE = COUNTY.villages[0]
GRID_WORKER = account(Role.GRID, next(grid.code for grid in COUNTY.grids if grid.village == VILLAGE.code))


class Staffed(Desk):
    """A story in which accounts act, each for its own unit."""

    def has(self, who: Account, kind: type[Move], when: str, /, **more: Any) -> list[EntryType]:
        own = {"by": who.login, "unit_of": acting_unit(who, COUNTY)}
        move = kind(**{"at": at(when), "reason": WHY, **own, **more})
        decision = moved(self.case, move, self.rules, authority(COUNTY, who))
        return self._go_on(decision.entries, decision.case)

    def forbids(self, who: Account, kind: type[Move], when: str, /, **more: Any) -> str:
        with pytest.raises(Refused) as refusal:
            self.has(who, kind, when, **more)
        return str(refusal.value)

    def offers(self, who: Account, when: str | None = None) -> set[str]:
        found = allowed_moves(self.case, who, COUNTY, at(when) if when is not None else None)
        return {kind.__name__ for kind in found}


def staffed(unit: str = CITY.code, **changes: Any) -> Staffed:
    """In the hands of a unit since Friday 09:00."""
    desk = Staffed(RULES)
    desk.hear(organizationCode=unit, **changes)
    return desk


def test_every_role_has_its_line_and_none_has_more_than_its_unit_may() -> None:
    assert set(OF_ROLE) == set(Role)
    assert all(kinds_ <= set(MAY) for kinds_ in OF_ROLE.values())
    assert {role for role, kinds_ in OF_ROLE.items() if not kinds_} == {Role.AUDITOR, Role.ADMINISTRATOR}


def test_the_journal_names_the_account_and_whom_it_acted_for() -> None:
    desk = staffed()
    desk.has(OF_CITY, Sign, "11-20 10:00")
    assert (desk.entries[-1].actor, desk.told()) == (OF_CITY.login, {"reason": WHY, "for": CITY.code})
    desk.has(OF_CITY, Whistle, "11-20 11:00", units=(FIRE.code,))
    assert desk.helper().called_by == CITY.code, "the unit called, not the account"


def test_an_account_is_held_to_what_its_unit_may() -> None:
    desk = staffed()
    assert desk.forbids(OF_CITY, Approve, "11-20 10:00") == (
        f"only the county centre may do this; {CITY.name} holds the report"
    )
    of_water = account(Role.DEPARTMENT, WATER.code)
    assert "neither holds the report nor was called in" in desk.forbids(of_water, Sign, "11-20 10:00")
    assert "only the unit that holds the report" in desk.forbids(OPERATOR, Sign, "11-20 10:00")
    assert desk.has(OPERATOR, Assign, "11-20 10:00", unit=WATER.code) == [EntryType.ASSIGNED]
    assert desk.has(of_water, Sign, "11-20 10:01") == [EntryType.SIGNED]


def test_an_account_of_a_unit_nobody_knows_may_nothing() -> None:
    stranger = account(Role.DEPARTMENT, "999999")
    assert "neither holds" in staffed().forbids(stranger, Sign, "11-20 10:00")


def test_an_account_acts_in_its_own_name_and_for_its_own_unit() -> None:
    for more in ({"by": "somebody"}, {"unit_of": CENTRE.code}, {"unit_of": None}):
        assert staffed().forbids(OF_CITY, Sign, "11-20 10:00", **more) == (
            "an account acts for its own unit, and in its own name"
        )


def test_a_co_handlers_account_that_names_no_unit_means_its_own_part() -> None:
    desk = staffed()
    desk.has(OF_CITY, Whistle, "11-20 10:00", units=(FIRE.code,))
    of_fire = account(Role.DEPARTMENT, FIRE.code)
    desk.has(of_fire, Sign, "11-20 11:00")
    desk.has(of_fire, Allot, "11-20 11:10", to="二中队")
    desk.has(of_fire, Finish, "11-20 12:00")
    assert (desk.helper().span.signed_at, desk.helper().span.finished_at) == (at("11-20 11:00"), at("11-20 12:00"))
    assert (desk.helper().allotted_to, desk.holder.signed_at) == ("二中队", None)
    assert "acts for itself only" in desk.forbids(of_fire, Sign, "11-20 13:00", unit=CITY.code)
    assert desk.has(OF_CITY, Rate, "11-20 13:00", unit=FIRE.code, rating=4) == [EntryType.RATED]


def test_a_unit_does_not_decide_about_its_own_work_through_an_account_either() -> None:
    desk = staffed(CENTRE.code)
    desk.has(OPERATOR, Sign, "11-20 10:00")
    assert "can't decide about its own work" in desk.forbids(LEADER, Pause, "11-20 11:00", approver=LEADER.login)
    desk.has(OPERATOR, Finish, "11-20 12:00")
    for who in (OPERATOR, LEADER):
        assert "can't decide about its own work" in desk.forbids(who, Approve, "11-20 13:00")
    assert "Approve" not in desk.offers(OPERATOR)


def test_a_leader_decides_and_does_not_handle() -> None:
    desk = staffed()
    assert desk.forbids(LEADER, Assign, "11-20 10:00", unit=WATER.code) == (
        "an account of role leader does not do this"
    )
    assert desk.has(LEADER, SetColour, "11-20 10:00", colour="orange") == [EntryType.COLOURED]
    assert desk.has(LEADER, Remind, "11-20 10:00", kind="supervise", unit=CITY.code) == [EntryType.REMINDED]
    desk.has(OF_CITY, Sign, "11-20 10:30")
    assert "as the one who approves it" in desk.forbids(LEADER, Pause, "11-20 11:00", approver="another")
    assert desk.has(LEADER, Pause, "11-20 11:00", approver=LEADER.login) == [EntryType.PAUSED]
    assert "only the unit that holds the report" in staffed().forbids(OPERATOR, Pause, "11-20 11:00", approver="x")


def test_a_grid_worker_does_the_committees_few_steps() -> None:
    desk = staffed(VILLAGE.code)
    assert desk.forbids(GRID_WORKER, AskExtension, "11-20 10:00", amount=1) == (
        "an account of role grid does not do this"
    )
    assert desk.offers(GRID_WORKER) == {"Sign", "Contact", "Return"}
    assert desk.has(GRID_WORKER, Sign, "11-20 10:00") == [EntryType.SIGNED]
    assert desk.told()["for"] == VILLAGE.code
    assert desk.offers(GRID_WORKER) == {"Contact", "Return", "Finish"}
    assert staffed().offers(GRID_WORKER) == set()


def test_who_only_looks_is_offered_nothing() -> None:
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        assert staffed().offers(account(role)) == set()
        assert "does not do this" in staffed().forbids(account(role), Assign, "11-20 10:00", unit=WATER.code)


def test_what_is_offered_follows_the_state() -> None:
    desk = staffed()
    always = {"Assign", "SetColour", "MarkUnreasonable", "Escalate", "Remind", "Whistle", "Merge"}
    assert desk.offers(OPERATOR) == always
    assert desk.offers(LEADER) == {"SetColour", "MarkUnreasonable", "Escalate", "Remind"}
    assert desk.offers(OF_CITY) == {"Sign", "Contact", "Return", "AskExtension", "Whistle", "Contest"}
    desk.has(OF_CITY, Sign, "11-20 10:00")
    assert desk.offers(OF_CITY) == {"Contact", "Return", "AskExtension", "Whistle", "Pause", "Finish", "Contest"}
    desk.has(OF_CITY, Pause, "11-20 10:10", approver="centre")
    assert desk.offers(OF_CITY) == {"Contact", "Continue", "Whistle", "Contest"}
    assert "Assign" not in desk.offers(OPERATOR)


def test_a_second_return_is_offered_to_those_who_decide_it() -> None:
    desk = staffed()
    desk.has(OF_CITY, Return, "11-20 10:00")
    assert desk.offers(OF_CITY) == {"Contest"}, "who held it once is scored by that"
    desk.has(OPERATOR, Assign, "11-20 10:10", unit=CITY.code)
    desk.has(OF_CITY, Return, "11-20 10:20")
    assert {"GrantReturn", "RefuseReturn"} <= desk.offers(LEADER)
    assert "Return" not in desk.offers(OF_CITY)
    assert desk.has(LEADER, RefuseReturn, "11-20 10:30") == [EntryType.RETURN_REFUSED]
    assert not {"GrantReturn", "RefuseReturn"} & desk.offers(LEADER)
    assert GrantReturn in OF_ROLE[Role.LEADER]


def test_whom_it_called_in_the_holder_may_rate_once_it_is_done() -> None:
    desk = staffed()
    desk.has(OF_CITY, Whistle, "11-20 10:00", units=(FIRE.code,))
    assert "Rate" not in desk.offers(OF_CITY)
    of_fire = account(Role.DEPARTMENT, FIRE.code)
    assert desk.offers(of_fire) == {"Sign", "Contact", "Contest"}
    desk.has(of_fire, Sign, "11-20 11:00")
    assert desk.offers(of_fire) == {"Contact", "Finish", "Allot", "Contest"}
    desk.has(of_fire, Finish, "11-20 12:00")
    assert "Rate" in desk.offers(OF_CITY)
    assert "Rate" not in desk.offers(OPERATOR)
    assert "Oversee" in desk.offers(OPERATOR)


def test_an_assignment_is_taken_back_by_any_operator_and_no_leader_while_there_is_time() -> None:
    desk = staffed()
    desk.has(OPERATOR, Assign, "11-20 10:00", unit=WATER.code)
    assert "TakeBack" in desk.offers(OPERATOR, "11-20 10:10")
    assert "TakeBack" not in desk.offers(OPERATOR, "11-20 10:11")
    assert "does not do this" in desk.forbids(LEADER, TakeBack, "11-20 10:01")
    of_water = account(Role.DEPARTMENT, WATER.code)
    assert "only the county centre" in desk.forbids(of_water, TakeBack, "11-20 10:01")
    colleague = OPERATOR._replace(login="b.operator")
    assert desk.has(colleague, TakeBack, "11-20 10:01") == [EntryType.TAKEN_BACK]
    assert "TakeBack" not in desk.offers(OPERATOR)


def test_what_a_person_at_the_command_line_assigned_an_operator_takes_back() -> None:
    desk = staffed()
    desk.tries(Assign, "a.person", "11-20 10:00", unit=WATER.code)
    assert desk.has(OPERATOR, TakeBack, "11-20 10:01") == [EntryType.TAKEN_BACK]


def test_a_case_that_went_on_elsewhere_offers_nothing_and_one_of_two_reports_may_be_split() -> None:
    desk, other = staffed(), staffed(WATER.code, orderNum="DH2")
    assert "Split" not in desk.offers(OPERATOR)
    to_parent, to_child = merge(
        other.case, other.entries, desk.case, 1, Merge(by="desk", at=at("11-20 12:00"), reason=WHY)
    )
    other.case, desk.case = to_child.case, to_parent.case
    assert other.offers(OPERATOR) == set()
    assert {"Merge", "Split"} <= desk.offers(OPERATOR)
    assert not {"Merge", "Split"} & desk.offers(OF_CITY)
