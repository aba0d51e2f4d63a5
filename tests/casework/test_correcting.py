"""What a person sets right: how complex a dispute is, and the risk colour."""

import pytest

from casework.moves import Accept, Assign, Classify, Return, SetColour
from casework.report import Milestones
from casework.vocabulary import Colour, Complexity, EntryType, Status
from tests.casework.stages import WHY, closed, dispute, finished, given, handled, received
from tests.records import at


@pytest.mark.parametrize(
    ("complexity", "due"),
    [
        (Complexity.SIMPLE, "11-22 00:00"),
        (Complexity.GENERAL, "11-28 00:00"),
        (Complexity.COMPLEX, "12-11 00:00"),
    ],
)
def test_a_dispute_has_one_seven_or_twenty_days(complexity: Complexity, due: str) -> None:
    story = dispute()
    assert story.do(Classify, "11-20 09:00", complexity=complexity, reason=WHY) == [EntryType.CLASSIFIED]
    assert (story.promise, story.thread.promise.rule) == (at(due), f"2026-1/finish/dispute-{complexity}")
    assert story.thread.extras.complexity is complexity


def test_a_hard_dispute_is_complex_until_somebody_says_otherwise() -> None:
    story = dispute(hard=True)
    assert story.promise == at("12-11 00:00")
    story.do(Classify, "11-20 09:00", complexity=Complexity.GENERAL, reason=WHY)
    assert story.promise == at("11-28 00:00")


def test_the_units_clock_follows_the_class() -> None:
    story = dispute()
    story.do(Assign, "11-20 09:00", unit="U-CITY")
    story.do(Classify, "11-20 10:00", complexity=Complexity.COMPLEX, reason=WHY)
    assert story.holder.finish_due == story.thread.promise
    story.do(Assign, "11-23 09:00", unit="U-WATER", reason=WHY)
    story.do(Classify, "11-23 10:00", complexity=Complexity.SIMPLE, reason=WHY)
    assert story.promise == at("11-22 00:00")
    assert story.holder.finish_due.at == at("11-25 00:00"), "never less than the minimum"


def test_a_date_of_the_source_does_not_follow_the_class() -> None:
    story = dispute(milestones=Milestones(due_at=at("12-24 12:00")))
    assert story.do(Classify, "11-20 09:00", complexity=Complexity.SIMPLE) == [EntryType.CLASSIFIED]
    assert story.promise == at("12-24 12:00")


def test_a_class_that_moves_the_promise_has_a_reason() -> None:
    story = dispute()
    assert story.refuses(Classify, "11-20 09:00", complexity=Complexity.SIMPLE) == (
        "a reason is required: the promise would move to 2026-11-21"
    )
    assert story.do(Classify, "11-20 09:00", complexity=Complexity.GENERAL) == [EntryType.CLASSIFIED], "nothing moves"
    assert story.do(Classify, "11-20 10:00", complexity=Complexity.SIMPLE, reason=WHY) == [EntryType.CLASSIFIED]
    assert story.told()["reason"] == WHY


def test_a_dispute_is_not_classified_as_what_it_is() -> None:
    story = dispute()
    story.do(Classify, "11-20 09:00", complexity=Complexity.COMPLEX, reason=WHY)
    assert story.refuses(Classify, "11-20 10:00", complexity=Complexity.COMPLEX, reason=WHY) == (
        "it is classified as complex already"
    )


def test_only_a_dispute_has_a_class() -> None:
    sentence = "only a dispute is simple, general or complex; this is complaint"
    assert given().refuses(Classify, "11-20 10:00", complexity=Complexity.SIMPLE, reason=WHY) == sentence
    story = received()
    assert story.refuses(Accept, "11-20 09:00", complexity=Complexity.SIMPLE) == sentence
    assert story.status is Status.RECEIVED


def test_a_finished_dispute_keeps_its_class() -> None:
    assert "not possible while" in finished().refuses(Classify, "11-24 09:00", complexity=Complexity.SIMPLE)


def test_a_person_lowers_a_colour_with_a_reason() -> None:
    story = handled(isHardOrder=1)
    assert story.refuses(SetColour, "11-20 11:00", colour=Colour.BLUE) == "a reason is required"
    assert story.do(SetColour, "11-20 11:00", colour=Colour.BLUE, reason=WHY) == [EntryType.COLOURED]
    assert story.told() == {"colour": "blue", "rule": "person", "rules_colour": "orange", "reason": WHY}
    assert story.case.colour is Colour.BLUE
    assert story.refuses(SetColour, "11-20 12:00", colour=Colour.BLUE, reason=WHY) == "it has that colour"


def test_a_lowered_colour_rises_again_by_a_graver_clause_only() -> None:
    story = handled(isHardOrder=1)
    story.do(SetColour, "11-20 11:00", colour=Colour.BLUE, reason=WHY)
    colours = []
    story.do(Return, "11-20 12:00", reason=WHY)
    colours.append(story.case.colour)  # a return is yellow, and orange was lowered
    for urgency in ("紧急", "特急"):
        story.hear(isHardOrder=1, updateTime="2026-11-20 13:00:00", pilotLight=urgency)
        colours.append(story.case.colour)
    assert colours == [Colour.BLUE, Colour.BLUE, Colour.RED]


def test_a_person_raises_a_colour_too() -> None:
    story = handled()
    story.do(SetColour, "11-20 11:00", colour=Colour.RED, reason=WHY)
    assert story.case.colour is Colour.RED


def test_an_ended_case_keeps_its_colour() -> None:
    assert closed().refuses(SetColour, "11-25 09:00", colour=Colour.RED, reason=WHY) == (
        "a case that has ended keeps its colour"
    )


def test_a_third_unit_that_lets_it_go_raises_it_to_orange() -> None:
    story = handled()
    colours = []
    for unit in ("U-A", "U-B", "U-C"):
        story.do(Assign, "11-23 09:00", unit=unit, reason=WHY)
        colours.append(story.case.colour)
    assert colours == [Colour.BLUE, Colour.BLUE, Colour.ORANGE]
    assert story.told()["rule"] == "2026-1/handed over"
