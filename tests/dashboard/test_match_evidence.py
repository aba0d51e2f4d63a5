"""What speaks for two reports being one matter, in the words people read."""

import pytest

from casework.likeness import Fact, Sign
from config.locale import load
from dashboard.components.match_evidence import SENTENCES, STATES, clauses, sentence
from db.match_rows import State

LANGUAGES = load()
CHINESE, ENGLISH = LANGUAGES["zh_CN"], LANGUAGES["en"]


def test_all_facts_in_one_line() -> None:
    facts = [Fact(Sign.PHONE), Fact(Sign.METRES, 40), Fact(Sign.HOURS, 2.4), Fact(Sign.WORDING, 0.82)]
    assert sentence(facts, CHINESE) == "同一电话；相距 40 米；3 小时内；文本相似 0.82"
    assert sentence(facts, ENGLISH) == "the same phone; 40 m apart; within 3 h; likeness of text 0.82"


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (Fact(Sign.HOURS, 0.0), "1 小时内"),
        (Fact(Sign.HOURS, 47.0), "47 小时内"),
        (Fact(Sign.HOURS, 47.2), "2 天内"),
        (Fact(Sign.HOURS, 49.0), "3 天内"),
        (Fact(Sign.METRES, 0), "相距 0 米"),
        (Fact(Sign.METRES, 146), "相距 150 米"),
        (Fact(Sign.WORDING, 1.0), "文本相似 1.00"),
    ],
)
def test_numbers_are_told_as_people_say_them(fact: Fact, said: str) -> None:
    assert clauses([fact], CHINESE) == [said]


@pytest.mark.parametrize("words", [CHINESE, ENGLISH])
def test_every_sign_and_every_state_has_words(words: dict[str, str]) -> None:
    told = [words[SENTENCES[sign]] for sign in Sign] + [words[STATES[state]] for state in State]
    assert len(set(told)) == len(told)
