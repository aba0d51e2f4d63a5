"""Which unit may make which move, and what one that may not is told."""

from typing import Any

import pytest

from casework.authority import MAY, Part, authority
from casework.county import UnitKind
from casework.errors import Refused
from casework.joining import Merge, Split, merge
from casework.moves import (
    PEOPLES_MOVES,
    Accept,
    Allot,
    Approve,
    Assign,
    Close,
    Contact,
    Finish,
    Move,
    Pause,
    Rate,
    RecordVisit,
    Return,
    Sign,
    Whistle,
    moved,
)
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
    assert passes(desk, kind, CITY.code) is bool({Part.HOLDER, Part.CALLER} & MAY[kind])
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
