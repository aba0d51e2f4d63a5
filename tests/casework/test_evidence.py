"""Evidence comes back as it was stored, rounded, and says nothing of persons to who may not know."""

from casework.evidence import facts_of, told, without_persons
from casework.likeness import Fact, Sign

FACTS = (Fact(Sign.PHONE), Fact(Sign.METRES, 39.6), Fact(Sign.HOURS, 2.3456), Fact(Sign.WORDING, 0.8187))


def test_facts_are_stored_as_signs_and_numbers() -> None:
    assert told(FACTS) == {"facts": [["phone", None], ["metres", 40], ["hours", 2.35], ["wording", 0.82]]}
    assert facts_of(told(FACTS)) == (
        Fact(Sign.PHONE),
        Fact(Sign.METRES, 40),
        Fact(Sign.HOURS, 2.35),
        Fact(Sign.WORDING, 0.82),
    )


def test_that_it_was_one_phone_is_left_out() -> None:
    assert Sign.PHONE not in {fact.sign for fact in without_persons(FACTS)}
    assert len(without_persons(FACTS)) == 3
