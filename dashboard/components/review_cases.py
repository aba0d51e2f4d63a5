"""The list behind a number of a review, as the script that draws it is told: clocks and codes, no text and no person. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from casework.indicators import LESS_IS_BETTER, Indicator
from casework.review import AnyKey, By, CaseLine, Line, ListKey, Part, Review
from casework.vocabulary import Category
from dashboard.components import review_numbers as numbers
from dashboard.components import review_words
from dashboard.components.review_parts import count_of, parts_of
from dashboard.components.review_whys import why
from dashboard.components.review_words import Telling
from dashboard.words import Words, mark

PARTS: Final = {
    Part.GOOD: mark("met"),
    Part.MISSED: mark("missed"),
    Part.ALL: mark("all"),
    Part.LATE: mark("late"),
}
COUNTED: Final = mark("counted")
"""In place of "met" where the numerator is what costs something: what was returned, say."""
NOT_COUNTED: Final = mark("not counted")
"""In place of "missed" there."""
OF_GIVEN: Final = {
    Part.GOOD: mark("Finished (of given)"),
    Part.MISSED: mark("Unfinished"),
    Part.ALL: mark("Given (count)"),
    Part.LATE: mark("Finished late"),
}
"""Of what was given to units: what the page's own columns are called, as nobody misses anything there."""


def line_of(review: Review, by: By, code: str) -> Line | None:
    """The line a list belongs to."""
    lines: Sequence[Line] = {
        By.COUNTY: (review.county,),
        By.TOWNSHIP: tuple(each.line for each in review.townships),
        By.UNIT: review.departments,
        By.CATEGORY: review.categories,
        By.FEED: review.feeds,
    }.get(by, ())
    return next((line for line in lines if line.code == code), None)


def told_list(review: Review, key: AnyKey, cases: Sequence[CaseLine], most: int, telling: Telling) -> dict[str, Any]:
    """`{"key", "fingerprint", "title", "define", "parts", "total", "told", "rows"}`.

    `parts`: the other lists of the same line, each with the page's own count; `total`: how many cases the account sees behind
    this one; `rows`: the first `most` of them. `define` is the indicator, or nothing for what is none.
    """
    shown = cases[:most]
    return {
        "key": str(key),
        "fingerprint": review.fingerprint,
        "title": _title(key, telling),
        "define": key.indicator.value if isinstance(key, ListKey) else "",
        "parts": _parts(review, key, telling.words) if isinstance(key, ListKey) else [],
        "total": len(cases),
        "told": _told(len(shown), len(cases), telling.words),
        "rows": [_row(each, telling) for each in shown],
    }


def _title(key: AnyKey, telling: Telling) -> str:
    if isinstance(key, ListKey):
        name = (
            telling.words[OF_GIVEN[key.part]]
            if key.indicator is Indicator.CLOSED
            else review_words.indicator_name(key.indicator, telling.words)
        )
        return f"{telling.name(key.by, key.code)} · {name}"
    told = ((By.TOWNSHIP, key.township), (By.VILLAGE, key.village), (By.CATEGORY, key.category))
    names = " ".join(telling.name(by, code) for by, code in told if code is not None)
    came_in = telling.words[mark("came in")]
    return f"{names or telling.county.name} · {came_in}"


def _parts(review: Review, key: ListKey, words: Words) -> list[dict[str, str]]:
    line = line_of(review, key.by, key.code)
    if line is None:
        return []
    tally = numbers.tally_of(line.tallies, key.indicator)
    return [
        {
            "key": str(key._replace(part=part)),
            "name": words[_part_name(key.indicator, part)],
            "number": numbers.count(count_of(tally, part)),
        }
        for part in parts_of(key.indicator)
    ]


def _part_name(indicator: Indicator, part: Part) -> str:
    if indicator is Indicator.CLOSED:
        return OF_GIVEN[part]
    less = {Part.GOOD: COUNTED, Part.MISSED: NOT_COUNTED} if indicator in LESS_IS_BETTER else {}
    return less.get(part, PARTS[part])


def _told(shown: int, total: int, words: Words) -> str:
    if shown < total:
        return words[mark("the first {n} of {all}")].format(n=numbers.count(shown), all=numbers.count(total))
    return words[mark("{n} cases")].format(n=numbers.count(total))


def _row(each: CaseLine, telling: Telling) -> dict[str, Any]:
    """One span. Without a code the case is one the account may not see, and only counted."""
    words = telling.words
    objection = words[review_words.OBJECTIONS[each.objection]] if each.objection is not None else ""
    notes = [
        why(each.why, words),
        words[mark("excluded")] if each.excluded else "",
        words[mark("objection {state}")].format(state=objection) if objection else "",
    ]
    return {
        "code": each.case_code,
        "span": each.span,
        "href": telling.case_href(each.case_code) if each.case_code else "",
        "colour": each.colour,
        "category": telling.name(By.CATEGORY, each.category)
        if each.category in set(Category)
        else words[mark("protected")],
        "unit": telling.name(By.UNIT, each.unit_code),
        "township": telling.name(By.TOWNSHIP, each.township) if each.township is not None else "",
        "status": each.status,
        "late": numbers.lateness(each.late_seconds, words) if each.late_seconds is not None else "",
        "when": _when(each, words),
        "notes": [note for note in notes if note],
    }


def _when(each: CaseLine, words: Words) -> str:
    """When it was due, and when it was done."""
    told = [words[mark("given {time}")].format(time=review_words.minute(each.assigned_at, words))]
    if each.due_at is not None:
        told.append(words[mark("due {time}")].format(time=review_words.minute(each.due_at, words, deadline=True)))
    if each.done_at is not None:
        told.append(words[mark("done {time}")].format(time=review_words.minute(each.done_at, words)))
    return " · ".join(told)
