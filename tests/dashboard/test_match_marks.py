"""What two texts have in common is marked, and nothing of them is lost or added."""

from dash import html
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.match_marks import LONGEST, marked


def told(parts: list[Component | str]) -> list[str]:
    """Each run, the marked ones in brackets."""
    return [f"[{part.children}]" if isinstance(part, html.Mark) else str(part) for part in parts]


def test_runs_in_common_are_marked_wherever_they_stand() -> None:
    assert told(marked("楼下饭店油烟直排", "饭店油烟大，在楼下")) == ["[楼下饭店油烟]", "直排"]
    assert told(marked("饭店油烟大，在楼下", "楼下饭店油烟直排")) == ["[饭店油烟]", "大，在", "[楼下]"]


def test_one_character_alone_is_nothing_in_common() -> None:
    assert told(marked("水管漏了", "水费太高")) == ["水管漏了"]


def test_words_of_other_letters_are_common_as_a_whole_whatever_their_case() -> None:
    assert told(marked("BRT站台", "brt 车")) == ["[BRT]", "站台"]
    assert told(marked("128号", "12号")) == ["128号"], "no part of a number"


def test_a_sign_on_a_character_is_not_cut_from_it() -> None:
    assert told(marked("葛\U000e0100城里", "葛\U000e0100城里")) == ["葛\U000e0100", "[城里]"]
    assert told(marked("城里\ufe00店", "城里")) == ["[城里\ufe00]", "店"]


def test_what_is_beyond_the_longest_text_is_shown_unmarked() -> None:
    parts = marked("油烟" + "。" * LONGEST + "油烟", "油烟")
    assert told(parts)[0] == "[油烟]"
    assert told(parts)[-1].endswith("油烟")


@given(
    st.text(alphabet="油烟饭店abc1 。葛\ufe00𠮷", max_size=60),
    st.text(alphabet="油烟饭店abc1 。葛\ufe00𠮷", max_size=60),
)
def test_joined_the_runs_are_the_text_again(one: str, other: str) -> None:
    parts = marked(one, other)
    assert "".join(str(part.children) if isinstance(part, html.Mark) else str(part) for part in parts) == one
    assert marked(one, "") == ([one] if one else [])
