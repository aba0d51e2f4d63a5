"""Every word is there in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from casework.vocabulary import Category, Colour, Feed, FeedState, ReminderKind, Status
from config import locale
from dashboard import words

PO = """
msgid "kept"
msgstr "留"

#, fuzzy
msgid "guessed"
msgstr "猜"

msgid "empty"
msgstr ""

msgid "{n} days"
msgstr "{m} 天"

msgid "gone"
msgstr "没了"
"""


def test_both_catalogues_are_complete() -> None:
    assert locale.check() == []


def test_every_kind_of_fault_is_found() -> None:
    catalogue = read_po(BytesIO(PO.encode()), locale="zh_CN")
    assert locale.faults(catalogue, {"kept", "guessed", "empty", "{n} days", "new"}) == [
        "missing: 'new'",
        "no longer used: 'gone'",
        "fuzzy: 'guessed'",
        "untranslated: 'empty'",
        "other placeholders than its id: '{n} days'",
    ]


def test_messages_of_pages_and_of_scripts_are_both_found() -> None:
    used = locale.used_messages()
    assert {
        "Received today",
        "as of {time}",
        "Neighbours",
        "{n} not understood",
    } <= used


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (words.CATEGORIES, Category),
        (words.COLOURS, Colour),
        (words.FEEDS, Feed),
        (words.FEEDS_SHORT, Feed),
        (words.FEED_STATES, FeedState),
        (words.STATUSES, Status),
        (words.STEPS, ReminderKind),
    ],
)
def test_every_code_has_a_word(table: Mapping[StrEnum, str], kind: type[StrEnum]) -> None:
    assert set(table) == set(kind)


@pytest.mark.parametrize(
    ("search", "language"),
    [
        ("?lang=en", "en"),
        ("?x=1&lang=en", "en"),
        ("", "zh_CN"),
        (None, "zh_CN"),
        ("?lang=xx", "zh_CN"),
    ],
)
def test_a_page_is_chinese_unless_english_is_asked_for(search: str | None, language: str) -> None:
    assert words.language_of(search, locale.load()) == language
