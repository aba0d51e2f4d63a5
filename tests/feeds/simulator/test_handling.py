"""How cases fare in the demo county: measured on twelve weeks of stories, in the bands that make a demo truthful."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from casework.vocabulary import Feed
from feeds.simulator.course import Move, MoveKind
from feeds.simulator.story import Story, Storyteller
from feeds.simulator.world import STYLES
from tests.feeds.simulator.demo import NOW, county, settings, world

NOW_SECOND = int(NOW.timestamp())


@cache
def stories() -> tuple[Story, ...]:
    return tuple(_tell())


def _tell() -> Iterator[Story]:
    teller = Storyteller(county(), settings(), STYLES)
    for day in range(84):
        for matter in world().matters((NOW - timedelta(days=day)).date()):
            for telling in matter.tellings:
                story = teller.tell(matter, telling, hurried=False)
                if story.seconds[0] <= NOW_SECOND:
                    yield story


def moves(kind: MoveKind) -> list[Move]:
    return [move for story in stories() for move in story.moves if move.kind is kind]


def due(story: Story) -> int:
    extended = [move.until for move in story.moves if move.kind is MoveKind.EXTENDED]
    return extended[0] if extended else story.case.due


def finished(story: Story) -> int | None:
    return next((move.at for move in story.moves if move.kind is MoveKind.FINISHED), None)


def late_by_township() -> dict[str, float]:
    done, late = Counter[str](), Counter[str]()
    for story in stories():
        at = finished(story)
        if at is not None:
            name = story.case.matter.place.township.name
            done[name] += 1
            late[name] += at > due(story)
    return {name: late[name] / done[name] for name in done}


def test_about_eight_hundred_are_open_and_a_few_dozen_of_them_overdue() -> None:
    open_now = [story for story in stories() if story.seconds[-1] > NOW_SECOND]
    unfinished = [story for story in open_now if (finished(story) or story.seconds[-1]) > NOW_SECOND]
    overdue = [story for story in unfinished if due(story) < NOW_SECOND]
    assert 600 < len(open_now) < 1000
    assert 15 <= len(overdue) <= 60
    assert any(NOW_SECOND - due(story) > 2 * 86_400 for story in overdue)


def test_slow_townships_are_late_more_often_than_good_ones() -> None:
    late = late_by_township()
    assert late["柳林镇"] < 0.04
    assert 0.08 < late["开发区"] < 0.2
    assert late["双桥镇"] < late["城关镇"] < late["青石镇"]


def test_returns_redoing_and_refusals_are_as_rare_as_the_settings_say() -> None:
    told = len(stories())
    assert 0.035 < len(moves(MoveKind.RETURNED)) / told < 0.06
    assert 0.012 < len(moves(MoveKind.REDONE)) / told < 0.035
    assert 0.005 < len(moves(MoveKind.DECLINED)) / told < 0.02
    assert len(moves(MoveKind.EXTENDED)) > 50


def test_a_story_has_five_or_six_versions() -> None:
    assert 5 < sum(len(story.seconds) for story in stories()) / len(stories()) < 6.5


def test_every_story_moves_forward_and_ends() -> None:
    for story in stories():
        assert list(story.seconds) == sorted(set(story.seconds))
        assert story.moves[-1].kind in (MoveKind.CLOSED, MoveKind.DECLINED)
        assert story.seconds[-1] - story.case.telling.at < 40 * 86_400


def test_who_returns_a_case_is_not_given_it_again() -> None:
    for story in stories():
        units = [move.unit for move in story.moves if move.kind is MoveKind.DISPATCHED]
        assert len(units) == len(set(units))


def test_every_sort_of_case_comes_by_every_feed() -> None:
    seen = {(story.case.telling.feed, story.case.matter.theme.name) for story in stories()}
    winter_only = {theme.name for theme in settings().theme if theme.months}
    rare = {(Feed.POLICE110, "公交出行")}
    expected = {(feed, theme.name) for feed in Feed for theme in settings().theme if theme.name not in winter_only}
    assert expected - seen <= rare


def test_each_unit_that_is_given_a_case_is_a_unit_of_the_county() -> None:
    for move in moves(MoveKind.DISPATCHED):
        assert county().unit(move.unit) is not None
