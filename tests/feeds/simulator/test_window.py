import pytest

from feeds.simulator.window import Window, read_ack, read_resume


def test_a_window_is_full_until_something_is_acknowledged() -> None:
    window = Window(most=3)
    window.sent([10, 20, 30])
    assert not window.has_room_for(1)
    window.acknowledged(20)
    assert window.unacknowledged == 1
    assert window.has_room_for(2)


def test_an_acknowledgement_settles_everything_up_to_it() -> None:
    window = Window()
    window.sent([10, 20, 30])
    window.acknowledged(25)
    window.acknowledged(5)
    assert window.unacknowledged == 1


@pytest.mark.parametrize("frame", ['{"ack": "1790000000000000"}', b'{"ack":1790000000000000}'])
def test_an_ack_is_digits_under_ack(frame: str | bytes) -> None:
    assert read_ack(frame) == 1_790_000_000_000_000


@pytest.mark.parametrize("frame", ["", "ack", "[]", '{"ack": null}', '{"ack": "-1"}', '{"ack": "٣"}', '{"ok": "1"}'])
def test_what_is_no_ack_settles_nothing(frame: str) -> None:
    assert read_ack(frame) is None


def test_a_centre_says_where_to_go_on_or_that_it_has_nothing() -> None:
    assert read_resume('{"resume_after": "42"}') == 42
    assert read_resume('{"resume_after": null}') is None


@pytest.mark.parametrize("frame", ["hello", "[]", '{"ack": "1"}', '{"resume_after": "x"}'])
def test_a_first_frame_that_says_nothing_of_it_is_refused(frame: str) -> None:
    with pytest.raises(ValueError, match=r"first frame|decimal digits"):
        read_resume(frame)
