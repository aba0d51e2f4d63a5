"""What a screen's state asks for, and that nothing else can be asked with it."""

from datetime import timedelta
from typing import Any

import pytest

from casework.roles import Sight
from casework.vocabulary import Category, Colour, Feed, Status
from dashboard.components.queue_ask import BLOCK, DEEPEST, Ask, Wanted, Way, asked, kept, wanted_rows, ways
from db.queries.queue import Column, Order
from db.queries.queue_filter import Filter, State

ALL = Sight(whole_county=True, texts=True, persons=True)
AUDITOR = Sight(whole_county=True)
READER = Sight(whole_county=True, texts=True)


def phone_hash(phone: str) -> bytes | None:
    return phone.encode()[::-1]


def ask(sight: Sight = ALL, **state: Any) -> Ask:
    return asked(state, sight, phone_hash)


def test_every_filter_is_asked_for() -> None:
    found = ask(
        state="all",
        feeds=["grid"],
        townships=["999921001"],
        units=["U-CITY"],
        statuses=["to_sign", "handling"],
        colours=["red"],
        categories=[Category.NOISE.value],
        overdue=True,
        soon=True,
    )
    assert found == Ask(
        Filter(
            state=State.ALL,
            feeds=frozenset({Feed.GRID}),
            townships=frozenset({"999921001"}),
            units=frozenset({"U-CITY"}),
            statuses=frozenset({Status.TO_SIGN, Status.HANDLING}),
            colours=frozenset({Colour.RED}),
            categories=frozenset({Category.NOISE}),
            overdue=True,
            due_within=timedelta(hours=2),
        )
    )


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "open",
        {
            "state": "everything",
            "feeds": "grid",
            "statuses": ["gone", 3, None],
            "colours": {"red": 1},
            "overdue": "yes",
        },
        {"townships": [3, {}], "soon": 1, "text": ["0412"], "way": "sql", "phone_hash": "00", "helpers": ["U"]},
    ],
)
def test_what_is_not_known_asks_for_nothing(told: object) -> None:
    assert asked(told, ALL, phone_hash) == Ask(Filter())


@pytest.mark.parametrize(
    ("text", "sight", "found"),
    [
        ("0412", ALL, (Way.CODE, Way.SOURCE)),
        ("20261121-00412", ALL, (Way.CODE, Way.PHONE, Way.SOURCE)),
        ("YC-20261121-00412", ALL, (Way.CODE, Way.SOURCE)),
        ("yc-20261121-00412", AUDITOR, (Way.CODE, Way.SOURCE)),
        ("13812345678", ALL, (Way.PHONE, Way.SOURCE)),
        ("138 1234 5678", ALL, (Way.PHONE,)),
        ("13812345678", READER, (Way.SOURCE,)),
        ("DH2026112000001", ALL, (Way.SOURCE, Way.WORDS, Way.PLACE)),
        ("油烟", ALL, (Way.WORDS, Way.PLACE)),
        ("油烟", AUDITOR, ()),
        ("新华路 8 号", READER, (Way.WORDS, Way.PLACE)),
    ],
)
def test_a_text_is_what_it_looks_like_and_what_the_sight_may_look_for(
    text: str, sight: Sight, found: tuple[Way, ...]
) -> None:
    assert ways(text, sight) == found


def test_the_likeliest_way_is_taken_unless_another_is_picked() -> None:
    assert ask(text=" 油烟 ") == Ask(Filter(words="油烟"), Way.WORDS, (Way.WORDS, Way.PLACE))
    assert ask(text="油烟", way="place") == Ask(Filter(place="油烟"), Way.PLACE, (Way.WORDS, Way.PLACE))
    assert ask(text="油烟", way="code").way is Way.WORDS
    assert (ask(number=7).number, ask(number=7, text="油烟").number, ask(number="x").number) == (7, 7, 0)
    assert ask(text="0412").filter == Filter(code="0412")
    assert ask(text="0412", way="source").filter == Filter(source_id="0412")
    assert ask(text="13812345678").filter == Filter(phone_hash=b"87654321831")


def test_who_may_not_look_for_it_finds_nothing_rather_than_everything() -> None:
    assert ask(AUDITOR, text="油烟") == Ask(None)
    assert ask(READER, text="138 1234 5678") == Ask(None)


def test_rows_are_asked_for_in_blocks_and_in_an_order() -> None:
    told = {"startRow": 200, "endRow": 260, "sortModel": [{"colId": "status", "sort": "desc"}]}
    assert wanted_rows(told) == Wanted(Order(Column.STATUS, descending=True), 200, 60)


@pytest.mark.parametrize(
    ("told", "start", "count"),
    [
        (None, 0, BLOCK),
        ({"startRow": -5, "endRow": 10**9}, 0, BLOCK),
        ({"startRow": 10**12, "endRow": 10**12 + 5}, DEEPEST, BLOCK),
        ({"startRow": 50, "endRow": 20}, 50, 0),
        ({"startRow": True, "endRow": "7"}, 0, BLOCK),
        ({"sortModel": [{"colId": "caller"}]}, 0, BLOCK),
        ({"sortModel": ["due_at"]}, 0, BLOCK),
    ],
)
def test_nobody_asks_for_more_than_a_block(told: object, start: int, count: int) -> None:
    assert wanted_rows(told) == Wanted(Order(Column.DUE), start, count)


def test_a_saved_view_keeps_filters_and_order_and_gives_the_same_question_back() -> None:
    state = {
        "state": "all",
        "feeds": ["grid"],
        "statuses": ["to_sign"],
        "townships": ["999921001"],
        "colours": ["red"],
        "overdue": True,
        "sort": [{"colId": "code", "sort": "desc"}],
        "text": "油烟",
        "way": "words",
    }
    found = kept(state | {"rows": "1=1"})
    assert "rows" not in found
    assert asked(found, ALL, phone_hash) == asked(state, ALL, phone_hash)
    assert found["sort"] == state["sort"]


@pytest.mark.parametrize(
    ("text", "way"), [("13812345678", "phone"), ("0412", "code"), ("找13812345678", "words"), ("油烟", None)]
)
def test_no_view_keeps_a_number_that_may_be_somebodys(text: str, way: str | None) -> None:
    assert "text" not in kept({"text": text, "way": way})
