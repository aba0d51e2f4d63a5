"""Rows become frames."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from casework.indicators import Indicator, Rate
from casework.vocabulary import Category, Feed, FeedState
from dashboard.live import frames
from dashboard.live.frames import Picture
from dashboard.live.overview import CategoryLoad, HourCount, TownshipLoad
from dashboard.live.slow import SlowPicture
from db.queries.wall import UsualHour, local_hour
from tests.dashboard import county_rows
from tests.dashboard.county_rows import Places
from tests.dashboard.fakes import NOON

MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 2026-11-21 00:00 in Shanghai


@pytest.mark.parametrize(
    ("code", "today", "shown"),
    [
        ("YC-20261121-00412", NOON, "0412"),
        ("YC-20261121-00412", MIDNIGHT, "0412"),
        ("YC-20261121-00412", MIDNIGHT - timedelta(seconds=1), "1121-0412"),
        ("YC-20261120-00412", NOON, "1120-0412"),
        ("YC-20261121-12345", NOON, "12345"),
        ("something else", NOON, "something else"),
    ],
)
def test_a_code_is_short_on_its_own_day_and_dated_on_others(code: str, today: datetime, shown: str) -> None:
    assert frames.short_code(code, today) == shown


def test_a_card_keeps_its_key_over_midnight_though_its_code_is_told_otherwise() -> None:
    card = county_rows.a_card(NOON, 412)
    today = frames.card_view(card, NOON, Places())
    tomorrow = frames.card_view(card, NOON + timedelta(days=1), Places())
    assert today["key"] == tomorrow["key"]
    assert (today["code"], tomorrow["code"]) == ("0412", "1121-0412")


@pytest.mark.parametrize("written", ["13812345678", "王五 13812345678", "11010519491231002X"])
def test_what_the_county_knows_no_name_for_is_not_shown(written: str) -> None:
    """A source may write anything into a field for codes."""
    card = replace(county_rows.a_card(NOON, 412), township=written, unit_code=written)
    view = frames.card_view(card, NOON, Places())
    assert (view["township"], view["unit"]) == ("", "")


def test_cards_lie_in_the_lane_of_their_feed_in_the_order_they_came() -> None:
    overview = county_rows.busy(NOON)
    lanes = frames.lane_views(overview, NOON, Places())
    assert [lane["feed"] for lane in lanes] == ["police110", "hotline12345", "grid"]
    for lane in lanes:
        own = [card.code for card in overview.cards if card.feed == lane["feed"]]
        assert [card["key"] for card in lane["cards"]] == [code.removeprefix("YC-") for code in own]


def test_a_lane_without_cases_is_still_there() -> None:
    lanes = frames.lane_views(county_rows.empty(NOON), NOON, Places())
    assert [(lane["feed"], lane["open"], lane["cards"]) for lane in lanes] == [(feed, 0, []) for feed in Feed]


def test_a_feed_whose_ingester_fell_silent_is_absent_since_its_last_word() -> None:
    row = county_rows.a_feed(Feed.GRID, NOON)
    later = NOON + frames.INGESTER_GONE_AFTER + timedelta(seconds=1)
    assert frames.feed_view(Feed.GRID, row, NOON)["state"] == FeedState.CONNECTED
    gone = frames.feed_view(Feed.GRID, row, later)
    assert (gone["state"], gone["since"]) == (FeedState.ABSENT, frames.epoch_ms(NOON))


def test_only_a_lagging_feed_tells_how_late_its_events_are() -> None:
    late = replace(county_rows.a_feed(Feed.GRID, NOON, FeedState.LAGGING), lag_seconds=184.4)
    assert frames.feed_view(Feed.GRID, late, NOON)["lag_seconds"] == 184
    prompt = replace(late, state=FeedState.CONNECTED)
    assert frames.feed_view(Feed.GRID, prompt, NOON)["lag_seconds"] is None


def test_a_feed_nobody_ever_reported_on_is_absent_since_no_known_time() -> None:
    views = frames.feed_views([], NOON)
    assert [(view["state"], view["since"]) for view in views] == [(FeedState.ABSENT, None)] * 3


def test_the_inflow_has_twenty_four_hours_and_zero_where_nothing_came() -> None:
    hour = local_hour(NOON)
    view = frames.inflow_view([HourCount(Feed.GRID, hour, 7)], [], NOON)
    assert len(view["hours"]) == 24
    assert view["hours"][-1] == frames.epoch_ms(hour)
    assert view["counts"]["grid"] == [0] * 23 + [7]
    assert view["counts"]["police110"] == [0] * 24


def test_an_hour_with_too_little_history_has_no_usual_band() -> None:
    hour = local_hour(NOON)
    rows = [
        UsualHour(hour, 1.0, 2.0, 3.0, 12),
        UsualHour(hour - timedelta(hours=1), 0.0, 0.0, 0.0, 2),
    ]
    view = frames.inflow_view([], rows, NOON)
    assert view["high"][-2:] == [None, 3.0]


def test_a_frame_says_nothing_but_codes_names_clocks_and_counts() -> None:
    picture = Picture(
        county_rows.busy(NOON),
        county_rows.feeds(NOON),
        slow=SlowPicture(county_rows.usual(NOON), county_rows.standings(NOON), county_rows.rises(NOON)),
    )
    view = frames.body(picture, NOON, Places())
    assert set(view["lanes"][0]["cards"][0]) == {
        "key",
        "code",
        "category",
        "township",
        "unit",
        "status",
        "urgency",
        "colour",
        "reported_at",
        "due_at",
        "provisional",
    }


def test_a_feeds_own_reason_never_reaches_a_screen() -> None:
    row = replace(county_rows.a_feed(Feed.GRID, NOON), reason="王小明 13800001234")
    picture = Picture(feeds=(row,))
    assert "王小明".encode() not in orjson.dumps(frames.body(picture, NOON, Places()))


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_a_township_tells_nothing_or_five_and_more_and_no_few(count: int, told: int | None) -> None:
    overview = replace(county_rows.busy(NOON), townships=(TownshipLoad("999921101", count, 0),))
    first = frames.heat_views(overview, Places())[0]
    assert first["open"] == told
    assert (first["per_10000"] is None) is (told is None)


def loads(**open_cases: int) -> tuple[TownshipLoad, ...]:
    """Open cases by the last digits of the townships' codes, each with one that is overdue; `unknown` is nobody's."""
    return tuple(
        TownshipLoad(None if place == "unknown" else f"999921{place[1:]}", cases, 1)
        for place, cases in open_cases.items()
    )


def test_all_scenes_keep_back_the_same_townships_and_their_overdue_cases() -> None:
    overview = replace(county_rows.busy(NOON), townships=loads(t101=40, t102=3, t103=9, unknown=2))
    told = {view["township"]: view for view in frames.township_views(overview, Places())}
    assert (told["城关镇"]["open"], told["双桥镇"]["open"]) == (40, 9)
    for township in ("青石镇", ""):
        assert (told[township]["open"], told[township]["overdue"], told[township]["fewer_than"]) == (None, None, 5)
    heat = {view["township"]: view["open"] for view in frames.heat_views(overview, Places())}
    assert (heat["城关镇"], heat["青石镇"], heat["双桥镇"], heat["云台乡"]) == (40, None, 9, 0)


def test_a_lone_township_of_few_cases_has_company_that_hides_it() -> None:
    overview = replace(county_rows.busy(NOON), townships=loads(t101=40, t102=3))
    heat = {view["township"]: view for view in frames.heat_views(overview, Places())}
    kept = [township for township, view in heat.items() if view["open"] is None]
    assert len(kept) == 2
    assert {heat[township]["fewer_than"] for township in kept} == {5}


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((60, 12, 5), [60, 12, 5]),
        ((60, 12, 4, 1), [60, 12, (None, 5)]),
        ((60, 12, 9, 3), [60, 12, (None, 12)]),  # one alone would follow from the total
        ((60, 12, 2, 1), [60, (None, 15)]),
        ((2, 1), [(None, None)]),
        ((), []),
    ],
)
def test_categories_of_few_cases_are_told_as_one_that_is_none_of_them(
    counts: tuple[int, ...], told: list[object]
) -> None:
    rows = [CategoryLoad(category, count) for category, count in zip(Category, counts, strict=False)]
    views = frames.category_views(rows)
    assert [view["open"] if view["category"] else (None, view["open"]) for view in views] == told


def test_a_rate_of_few_cases_and_all_that_tells_of_it_is_kept_back() -> None:
    table = county_rows.standings(NOON)
    few = Rate(((1, 1), (2, 1)), ((1, 1), (2, 1), (3, 1)))
    first, last = table.rows[0], table.rows[-1]
    rows = (
        first._replace(given=4, rates={**first.rates, Indicator.SATISFIED: few}),
        last._replace(rates={**last.rates, Indicator.FINISHED: few}),
    )
    view = frames.ranking_view(SlowPicture(standings=replace(table, rows=rows)), Places())
    assert view is not None
    assert view["fewest"] == 5
    ranked, unranked = view["rows"]
    told = {rate["key"]: (rate["part"], rate["of"]) for rate in ranked["rates"]}
    assert (ranked["given"], told["satisfied"]) == (None, (None, None))
    assert told["finished"] == (first.rates[Indicator.FINISHED].numerator, first.rates[Indicator.FINISHED].denominator)
    assert unranked["interval"] is None


def test_a_step_is_sent_with_the_files_name_and_its_kind() -> None:
    rows = frames.late_view(county_rows.busy(NOON), NOON, Places())["rows"]
    assert (rows[0]["step"], rows[0]["step_kind"]) == ("督办", "supervise")
    assert (rows[-1]["step"], rows[-1]["step_kind"]) == ("", "")


@pytest.mark.parametrize(
    ("hot", "told"),
    [
        ((), (0, 0)),
        ((4, 3), (None, None)),
        ((4, 3, 3, 3, 3), (5, None)),
        ((27, 9, 4, 3, 3), (5, 27)),
        ((27,), (None, 27)),
    ],
)
def test_hot_matters_are_counted_and_no_count_under_five_is_told(
    hot: tuple[int, ...], told: tuple[int | None, int | None]
) -> None:
    slow = SlowPicture(rises=replace(county_rows.rises(NOON), hot=hot))
    view = frames.rises_view(slow, Places())
    assert view is not None
    assert (view["hot"]["matters"], view["hot"]["most"]) == told
