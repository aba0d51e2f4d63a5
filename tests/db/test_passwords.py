"""What is stored of a password, and which one is right."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from casework.roles import BadAccount
from db.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, Passwords
from tests.db.people import CHEAP, PASSWORD, STORED


def test_a_password_fits_itself_and_no_other() -> None:
    assert CHEAP.fits(STORED, PASSWORD)
    assert not CHEAP.fits(STORED, PASSWORD + " ")
    assert not CHEAP.fits(STORED, PASSWORD.upper())
    assert not CHEAP.fits(STORED, "")


def test_the_same_password_is_stored_otherwise_each_time_and_never_as_it_is() -> None:
    again = CHEAP.stored(PASSWORD)
    assert again != STORED
    assert CHEAP.fits(again, PASSWORD)
    assert PASSWORD not in again


def test_nobodys_password_is_always_wrong() -> None:
    assert not CHEAP.fits(None, PASSWORD)
    assert not CHEAP.fits(None, "nobody has this password")


@pytest.mark.parametrize(
    "stored", ["", "plain text", STORED[:-4], "$argon2id$v=19$m=8,t=1,p=1$$"], ids=["empty", "text", "cut", "hollow"]
)
def test_what_is_no_stored_password_fits_nothing(stored: str) -> None:
    assert not CHEAP.fits(stored, PASSWORD)


def test_one_that_was_stored_at_another_cost_still_fits() -> None:
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert dearer.fits(STORED, PASSWORD)


def test_the_cost_in_use_is_the_librarys_own() -> None:
    """RFC 9106, second recommendation: argon2id with 64 MiB, three passes, four lanes."""
    used = extract_parameters(Passwords().stored(PASSWORD))
    assert (used.type.name, used.memory_cost, used.time_cost, used.parallelism) == ("ID", 65536, 3, 4)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("a1b2c3d4e5f", f"needs {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters"),
        ("ab" * 129, f"needs {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters"),
        ("", f"needs {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters"),
        ("abcabcabcabcabc", "so few different characters"),
    ],
)
def test_a_password_that_is_guessed_at_once_or_never_typed_is_refused(password: str, sentence: str) -> None:
    with pytest.raises(BadAccount, match=sentence) as refusal:
        CHEAP.stored(password)
    assert not password or password not in str(refusal.value)


def test_one_of_the_greatest_length_is_taken_and_a_longer_one_is_not_looked_at() -> None:
    long = "密码很长的一句话" * 32
    assert len(long) == MOST_CHARACTERS
    stored = CHEAP.stored(long)
    assert CHEAP.fits(stored, long)
    assert not CHEAP.fits(stored, long + "x")


def test_it_is_the_same_whichever_way_a_keyboard_writes_it() -> None:
    assert CHEAP.fits(CHEAP.stored("Ｐａｓｓ１２３４５６７８"), "Pass12345678")
    assert CHEAP.fits(CHEAP.stored("cafe\u0301 au lait 12"), "caf\u00e9 au lait 12")


def test_what_is_no_text_is_wrong_and_breaks_nothing() -> None:
    assert not CHEAP.fits(STORED, "\ud800 half a character")
    assert not CHEAP.fits(STORED, "\x00" * 20)
