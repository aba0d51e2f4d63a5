"""What a span lacks that a list shows, in words: every message `casework.review.why_missed` can give."""

from typing import Final

from dashboard.words import Words, mark

WHYS: Final = (
    mark("signed late"),
    mark("not signed"),
    mark("contacted late"),
    mark("not contacted"),
    mark("finished late"),
    mark("not finished"),
    mark("not finished in the period"),
    mark("no place told"),
    mark("no category told"),
)


def why(message: str, words: Words) -> str:
    """Such a message in words; nothing of none."""
    return words[message] if message else ""
