"""The catalogues: what every message says in every language. It must not know where a message is shown.

`python -m config.locale` checks them and ends with 1 if a message is missing, untranslated, fuzzy or no longer used.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).resolve().parent / "locale"
HOUSE = CATALOGUES.parent.parent
LANGUAGES = ("zh_CN", "en")
SOURCES = (
    ("dashboard", "*.py", "python"),
    ("assets", "*.js", "javascript"),
    ("casework", "*.py", "python"),
    ("db", "acts.py", "python"),
    ("db", "joining.py", "python"),
    ("db", "match_acts.py", "python"),
    ("db", "meetings.py", "python"),
    ("db", "reveals.py", "python"),
    ("db", "views.py", "python"),
)
KEYWORDS: dict[str, None] = {"t": None, "mark": None, "Refused": None}

_PLACEHOLDER = re.compile(r"\{\w+\}")


def load(folder: Path = CATALOGUES) -> dict[str, dict[str, str]]:
    """Every language's messages: language → message id → text."""
    return {language: _texts(read_catalogue(folder, language)) for language in LANGUAGES}


def read_catalogue(folder: Path, language: str) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "bihuan.po").open("rb") as file:
        return read_po(file, locale=language)


def used_messages(house: Path = HOUSE) -> set[str]:
    """Every message id that is named in the sources: `t("…")`, `mark("…")`, and `Refused("…")` where screens tell it."""
    return {
        msgid
        for folder, pattern, method in SOURCES
        for path in sorted((house / folder).rglob(pattern))
        for msgid in _extracted(path, method)
    }


def faults(catalogue: Catalog, used: set[str]) -> list[str]:
    """What is wrong with one language, a sentence each; nothing is a complete catalogue."""
    known = {str(message.id): message for message in _messages(catalogue)}
    missing = [f"missing: {msgid!r}" for msgid in sorted(used - known.keys())]
    unused = [f"no longer used: {msgid!r}" for msgid in sorted(known.keys() - used)]
    return missing + unused + [fault for message in known.values() for fault in _message_faults(message)]


def check(folder: Path = CATALOGUES, house: Path = HOUSE) -> list[str]:
    used = used_messages(house)
    return [
        f"{language}: {fault}" for language in LANGUAGES for fault in faults(read_catalogue(folder, language), used)
    ]


def _message_faults(message: Message) -> Iterator[str]:
    msgid, text = str(message.id), str(message.string or "")
    if message.fuzzy:
        yield f"fuzzy: {msgid!r}"
    if not text:
        yield f"untranslated: {msgid!r}"
    elif set(_PLACEHOLDER.findall(msgid)) != set(_PLACEHOLDER.findall(text)):
        yield f"other placeholders than its id: {msgid!r}"


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _texts(catalogue: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in _messages(catalogue)}


def _extracted(path: Path, method: str) -> Iterator[str]:
    for _, message, _, _ in extract_from_file(method, str(path), keywords=KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def main() -> int:
    found = check()
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
