"""What a person at a terminal is told of deadlines, whistles and journals."""

from datetime import UTC, datetime, timedelta

import pytest

from casework.calendar import Calendar, Due
from casework.case import Entry
from casework.clocks import Kind, clocks_of
from casework.moves import AskExtension, Finish, GrantExtension, Return, Sign, Whistle
from casework.vocabulary import EntryType
from config.county import load_county
from dashboard.exports.lines import (
    clock_lines,
    count_lines,
    journal_line,
    moment,
    pending_lines,
    version_lines,
    whistle_lines,
)
from tests.casework.stories import RULES, Story
from tests.records import CONFIG, at

COUNTY = load_county(CONFIG / "county.toml")
WHY = "事由"


def handled() -> Story:
    story = Story()
    story.hear()
    story.do(Sign, "11-20 10:00")
    return story


def test_a_count_begins_with_the_receipt_or_with_day_0() -> None:
    start = at("11-20 08:00")
    due = Calendar().due_after(start, 1, "working_day", "r")

    def first_day(received_at: datetime | None) -> str:
        return next(line for line in count_lines(due, Calendar(), received_at) if line.startswith("  "))

    assert first_day(start) == "  2026-11-20 Fri    0  received"
    assert first_day(at("11-20 07:00")) == first_day(None) == "  2026-11-20 Fri    0  day 0"


MIDNIGHT = at("11-28 00:00")


@pytest.mark.parametrize(
    "due",
    [
        Due(MIDNIGHT, "source"),
        Due(MIDNIGHT, "source/extension"),
        Calendar().due_after(MIDNIGHT - timedelta(hours=14), 14, "hour", "source/allowance"),
        Calendar().due_after(at("11-26 10:00"), 1, "working_day", "2026-1/finish/other"),
    ],
    ids=lambda due: due.rule,
)
def test_a_deadline_on_midnight_is_the_end_of_the_day_before_whoever_gave_it(due: Due) -> None:
    assert list(count_lines(due, Calendar()))[:2] == ["2026-11-27", "due at 2026-11-27 24:00"]


def test_only_midnight_itself_is_the_end_of_a_day() -> None:
    assert moment(MIDNIGHT + timedelta(seconds=30), end_of_day=True) == "2026-11-28 00:00"
    assert moment(MIDNIGHT) == "2026-11-28 00:00", "what is no deadline is told as it is"


def test_an_extended_clock_says_how_many_of_its_days_came_by_extension() -> None:
    story = handled()

    def lines(kind: Kind) -> list[str]:
        (clock,) = (each for each in clocks_of(story.thread) if each.kind is kind)
        stands = clock.state(at("11-24 12:00"), 0.2)
        return list(clock_lines(clock, stands, Calendar(), COUNTY, None, story.thread.extras.extended_by))

    assert not [line for line in lines(Kind.PROMISE) if "extension" in line]
    story.do(AskExtension, "11-24 10:00", amount=3, reason=WHY)
    story.do(GrantExtension, "11-24 11:00")
    told = "    first due at 2026-11-27 24:00; 3 of the 8 working day(s) came by extension"
    assert told in lines(Kind.PROMISE)
    assert told in lines(Kind.FINISH)
    assert not [line for line in lines(Kind.SIGN) if "extension" in line]


def test_time_limits_have_a_first_version() -> None:
    assert list(version_lines(RULES, at("11-20 08:00"))) == []
    (line,) = version_lines(RULES, datetime(2025, 1, 1, tzinfo=UTC))
    assert line == (
        "no version of the rules was in force yet at 2025-01-01 08:00: "
        "the first one was used, 2026-1, in force since 2026-01-01"
    )


def test_the_steps_of_a_whistle_are_late_no_longer_when_the_holder_has_finished() -> None:
    story = handled()
    story.do(Whistle, "11-23 09:00", units=("U-FIRE",))

    def step(name: str) -> str:
        lines = whistle_lines(story.helper(), RULES, COUNTY, at("12-20 09:00"))
        return next(line for line in lines if line.startswith(f"    {name}: "))

    assert step("handle").endswith(" late")
    story.do(Finish, "11-23 10:00")
    assert step("handle") == "    handle: not yet, by 2026-11-26 24:00 (2026-1/whistle/handle)"


def test_what_is_asked_for_is_told_with_since_when() -> None:
    story = handled()
    assert list(pending_lines(story.thread, story.entries, RULES)) == []
    story.do(AskExtension, "11-20 11:00", amount=3, reason=WHY)
    (line,) = pending_lines(story.thread, story.entries, RULES)
    assert line == "  an extension of 3 working day(s) is asked for, since 2026-11-20 11:00"
    assert list(pending_lines(story.thread, (), RULES)) == ["  an extension of 3 working day(s) is asked for"]
    story.do(Return, "11-20 12:00", reason=WHY)
    assert list(pending_lines(story.thread, story.entries, RULES)) == [], "given back, it asks for nothing more"


def test_a_journals_line_is_whole_and_its_instants_are_local() -> None:
    due = {"due_at": "2026-11-27T16:00:00Z", "due_from": "2026-11-20T00:00:00Z"}
    told = {"reason": "长" * 500, **due, "unit": due, "round": 2, "due_rule": "2026-1/finish/other"}
    entry = Entry(EntryType.REVISED, "grid:1", at("11-20 08:00"), "grid", told)
    assert journal_line(entry) == (
        f'  2026-11-20 08:00  revised  grid  grid:1  {{"reason":"{"长" * 500}",'
        '"due_at":"2026-11-27 24:00","due_from":"2026-11-20 08:00",'
        '"unit":{"due_at":"2026-11-27 24:00","due_from":"2026-11-20 08:00"},'
        '"round":2,"due_rule":"2026-1/finish/other"}'
    )
