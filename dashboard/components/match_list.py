"""The list of what may be one matter, as its script takes it: codes, numbers and sentences; and how one that has left it went."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from casework.county import County
from dashboard.components.case_words import Telling
from dashboard.components.match_evidence import JOIN, STATES, clauses
from dashboard.words import CATEGORIES, Words, mark
from db.match_rows import State
from db.queries.matches import PairTold, Suggestion, Suggestions
from db.queries.queue_rows import Row


def listed(found: Suggestions, county: County, words: Words) -> list[dict[str, Any]]:
    """`{"id", "score", "about", "place", "a", "b", "line", "pairs", "cases"}` each, the likeliest first; `cases`: ids of both."""
    return [_row(each, county, words) for each in found.rows]


def _row(each: Suggestion, county: County, words: Words) -> dict[str, Any]:
    return {
        "id": each.pair.id,
        "score": f"{each.pair.score:.2f}",
        "about": words[CATEGORIES[each.a.category]],
        "place": county.township_name(each.a.township) or county.township_name(each.b.township),
        "a": _code(each.a),
        "b": _code(each.b),
        "line": words[JOIN].join(clauses(each.pair.facts, words)),
        "pairs": each.pairs,
        "cases": [each.a.id, each.b.id],
    }


def _code(row: Row) -> dict[str, Any]:
    return {"code": row.code, "feeds": [feed.value for feed in row.feeds], "reports": row.reports}


def went(pairs: Mapping[int, PairTold | None], at: datetime, telling: Telling) -> list[dict[str, Any]]:
    """`{"id", "word"}` of pairs that wait no more, and why; `None` is one that is not in sight, or was taken back."""
    return [{"id": pair_id, "word": how(pair, at, telling)} for pair_id, pair in pairs.items()]


def how(pair: PairTold | None, at: datetime, telling: Telling) -> str:
    """What became of a suggestion."""
    words = telling.words
    if pair is None:
        return words[mark("no longer suggested")]
    if pair.state is State.SUGGESTED and pair.a_case != pair.b_case:
        put_off = pair.later_until is not None and pair.later_until > at
        return words[mark("put off")] if put_off else words[mark("no longer suggested")]
    state = words[STATES[pair.state if pair.state is not State.SUGGESTED else State.LINKED]]
    if pair.decided_by is None:
        return state
    return words[mark("{who} has decided: {state}")].format(who=telling.who(pair.decided_by), state=state)


def ids_of(told: object, most: int) -> list[int]:
    """The ids a screen names, as far as they may be some."""
    given: Iterable[object] = told if isinstance(told, list) else []
    return [each for each in given if isinstance(each, int) and not isinstance(each, bool)][:most]
