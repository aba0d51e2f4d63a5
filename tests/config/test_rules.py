"""Rules and calendars come from files; a wrong one is refused with its file, line and field."""

import shutil
from collections.abc import Callable
from datetime import date, time
from fractions import Fraction
from pathlib import Path

import pytest

from casework.calendar import Calendar, Day
from casework.errors import RuleError
from casework.indicators import MORE_IS_BETTER, ON_THE_WALL, Indicator, VisitRule
from casework.ladder import Reach
from casework.places import Kind
from casework.report import Allowance
from casework.scoring import Term
from casework.vocabulary import Appeal, Category, Complexity, Feed, ReminderKind, Satisfaction, Urgency, WhistleStep
from config.rules import load_calendar, load_codes, load_matching, load_rules
from tests.records import CONFIG, at

NOTICE = """\
version = "2027-notice"
published = 2027

[[day]]
name = "元旦"
off = [2027-01-01]

[[day]]
name = "春节"
off = [2027-02-05, 2027-02-08]
work = [2027-01-31]
"""
COUNTY = """\
version = "yunchuan-1"
close = 17:30:00

[[day]]
name = "抗洪抢险"
work = [2026-07-18, 2026-07-19]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the configuration, to spoil."""
    for name in ("rules", "feeds", "calendar"):
        shutil.copytree(CONFIG / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def calendar(tmp_path: Path) -> Callable[..., Path]:
    """Writes calendar files, named a.toml, b.toml and so on; their folder."""

    def write(*files: str) -> Path:
        for name, content in zip("abc", files, strict=False):
            (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
        return tmp_path

    return write


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replace a piece of a file; the line the new piece begins on."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, "the piece is there, once"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def complaint(load: Callable[[Path], object], folder: Path) -> str:
    """What the loader says is wrong, without the folder."""
    with pytest.raises(RuleError) as refusal:
        load(folder)
    return str(refusal.value).removeprefix(f"{folder}/")


def test_the_repositorys_rules_can_be_read() -> None:
    rules = load_rules(CONFIG)
    clocks, risk, ladder = rules.clocks.newest, rules.risk.newest, rules.ladder.newest
    assert clocks.version == risk.version == ladder.version == "2026-1"
    assert clocks.sign[Urgency.CRITICAL] == Allowance(15, "minute")
    assert clocks.contact_by_urgency == {Urgency.CRITICAL: Allowance(2, "hour")}
    assert clocks.finish_by_category == {Category.UTILITIES: Allowance(24, "hour")}
    assert clocks.finish_by_appeal[Appeal.COMPLAINT] == clocks.otherwise == Allowance(5, "working_day")
    assert clocks.finish_by_complexity[Complexity.COMPLEX] == Allowance(20, "day")
    assert (clocks.extension, clocks.extensions, clocks.returns, clocks.unreached) == (
        Allowance(10, "working_day"), 1, 1, 3,
    )  # fmt: skip
    assert clocks.due_soon == 0.2
    assert clocks.whistle[WhistleStep.ANSWER] == Allowance(2, "hour")
    assert (risk.group_people, risk.red_overdue_working_days) == (30, 5)
    assert [(step.name, step.kind, step.reach) for step in ladder.steps] == [
        ("提醒", ReminderKind.REMIND, Reach.UNIT),
        ("催办", ReminderKind.URGE, Reach.UNIT),
        ("催办通知书", ReminderKind.NOTICE, Reach.LEADER),
        ("督办", ReminderKind.SUPERVISE, Reach.CENTRE),
    ]
    assert ladder.opens == time(9)
    assert rules.source_wins == {Feed.HOTLINE12345}


def test_the_repositorys_calendar_adds_nothing_to_the_state_councils() -> None:
    rules = load_rules(CONFIG)
    assert (rules.calendar.version, dict(rules.calendar.days)) == (Calendar().version, {})


def test_a_version_applies_from_local_midnight_of_its_day(folder: Path) -> None:
    text = (folder / "rules" / "clocks.toml").read_text(encoding="utf-8")
    for version, day, days in (("2026-2", "2026-12-01", 7), ("2027-1", "2027-06-01", 9)):
        changed = text.replace('"2026-1"', f'"{version}"').replace("2026-01-01", day)
        changed = changed.replace("complaint = { working_days = 5 }", f"complaint = {{ days = {days} }}")
        (folder / "rules" / f"clocks-{version}.toml").write_text(changed, encoding="utf-8")
    rules = load_rules(folder)
    found = [
        rules.clocks.at(moment).version
        for moment in (at("01-01 00:00"), at("11-30 23:59"), at("12-01 00:00"), at("12-31 23:59"))
    ]
    assert found == ["2026-1", "2026-1", "2026-2", "2026-2"]
    assert rules.clocks.at(at("06-01 00:00").replace(year=2027)).version == "2027-1"
    assert rules.clocks.at(at("12-24 00:00")).finish_by_appeal[Appeal.COMPLAINT] == Allowance(7, "day")
    assert rules.clocks.newest.version == "2027-1"
    assert [rule.version for rule in rules.risk.each] == ["2026-1"], "each kind of rule has versions of its own"


def test_what_happened_before_the_first_version_is_judged_by_it(folder: Path) -> None:
    spoil(folder, "rules/risk.toml", "2026-01-01", "2026-11-01")
    newer = (folder / "rules" / "risk.toml").read_text(encoding="utf-8")
    (folder / "rules" / "risk-2.toml").write_text(newer.replace('"2026-1"', '"2"').replace("-11-", "-12-"))
    rules = load_rules(folder)
    assert rules.risk.at(at("10-31 23:59")).version == "2026-1"
    assert rules.risk.at(at("12-01 00:00")).version == "2"


@pytest.mark.parametrize("kind", ["clocks", "risk", "ladder", "score"])
def test_two_versions_from_the_same_day_are_refused(folder: Path, kind: str) -> None:
    shutil.copy(folder / "rules" / f"{kind}.toml", folder / "rules" / f"{kind}-again.toml")
    text = (folder / "rules" / f"{kind}.toml").read_text(encoding="utf-8")
    line = text[: text.index("effective_from")].count("\n") + 1
    assert complaint(load_rules, folder) == (
        f"rules/{kind}.toml:{line}: effective_from: {kind}-again.toml applies from that day as well"
    )


@pytest.mark.parametrize("kind", ["clocks", "risk", "ladder", "score"])
def test_a_kind_of_rule_without_a_file_is_missed(folder: Path, kind: str) -> None:
    (folder / "rules" / f"{kind}.toml").unlink()
    assert complaint(load_rules, folder) == f"rules/{kind}.toml: the file is missing"


REST = "target = 0.98\nslope = 0.02\nfloor = "
A_LIMIT = "expected one of minutes, hours, days, working_days = a whole number above 0"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("share = 0.2 ", "share = 0.0 ", "due_soon.share: expected a share above 0 and below 1"),
        ("share = 0.2 ", "share = 1.0 ", "due_soon.share: expected a share above 0 and below 1"),
        ("share = 0.2 ", "share = -0.2 ", "due_soon.share: expected a share above 0 and below 1"),
        ("share = 0.2 ", "share = nan ", "due_soon.share: expected a share above 0 and below 1"),
        ("share = 0.2 ", "share = 20 ", "due_soon.share: expected a share of the time, like 0.2, found 20"),
        ("share = 0.2 ", "shares = 0.2 ", "due_soon.shares: is no field here; is it misspelt? known: share"),
        ("most = { working_days = 10 }", "most = { hours = 10 }", "extension.most: expected days or working_days"),
        ("most = { working_days = 10 }", "most = { minutes = 1 }", "extension.most: expected days or working_days"),
        ("most = { working_days = 10 }", "most = 10", f"extension.most: {A_LIMIT}"),
        ('version = "2026-1"', 'version = "2026/1"', "version: expected a name without /"),
        ('version = "2026-1"', 'version = ""', "version: expected a name without /"),
        ('version = "2026-1"', "version = 2026", "version: expected text, found 2026"),
        ("effective_from = 2026-01-01", 'effective_from = "2026-01-01"', "effective_from: expected a date like"),
        ("effective_from = 2026-01-01", "effective_from = 2026-01-01T00:00:00", "effective_from: expected a date like"),
        ("effective_from = 2026-01-01", "effective_from = 2026-02-30", "effective_from: Invalid date"),
        ("effective_from = 2026-01-01", "effective_from = 2026-13-01", "effective_from: Expected newline"),
        ("effective_from = 2026-01-01", "effective_from =", "effective_from: Invalid value"),
        ("critical = { minutes = 15 }", "critical = { weeks = 1 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { minutes = 0 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { minutes = -15 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { minutes = 1.5 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { minutes = true }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { minutes = 10001 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critical = { hours = 1, minutes = 15 }", f"sign.critical: {A_LIMIT}"),
        ("critical = { minutes = 15 }", "critcal = { minutes = 15 }", "sign.critcal: is no field here"),
        ("[finish.other]", "[finish.others]", "finish.others: is no field here"),
        ("[finish.other]", "[finish.other]\nlimt = { days = 1 }", "finish.other.limt: is no field here"),
        ("[minimum_handling]", "[minimum_handling]\nleast = 1", "minimum_handling.least: is no field here"),
        ("[visit]", "[visits]", "visits: is no field here"),
        ("unreached = 3", "unreached = 0", "visit.unreached: expected a whole number, 1 or more, found 0"),
        ("times = 1                            #", "times = -1 #", "return.times: expected a whole number, 0 or more"),
        ("simple = { days = 1 }", "easy = { days = 1 }", "finish.dispute.easy: 'easy' is none of simple, general"),
        ("complaint = {", "complain = {", "finish.appeal.complain: 'complain' is none of consult, help"),
        ("answer = { hours = 2 }", "reply = { hours = 2 }", "whistle.reply: 'reply' is none of blow, answer"),
    ],
)
def test_a_wrong_time_limit_is_refused_by_file_line_and_field(folder: Path, old: str, new: str, said: str) -> None:
    line = spoil(folder, "rules/clocks.toml", old, new) + new.count("\n")
    assert complaint(load_rules, folder).startswith(f"rules/clocks.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("[visit]\nlimit = { working_days = 1 }         # a bureau's rule, counted from the finish\n", "visit.limit: "),
        ("[minimum_handling]\nlimit = { working_days = 1 }", "minimum_handling: expected a table, found nothing"),
        ("effective_from = 2026-01-01", "effective_from: expected a date like 2026-01-31, found nothing"),
        ("ordinary = { working_days = 1 }", f"sign.ordinary: {A_LIMIT}"),
    ],
)
def test_what_is_missing_is_named_where_it_should_be(folder: Path, old: str, said: str) -> None:
    whole_section = old.startswith("[minimum")
    line = spoil(folder, "rules/clocks.toml", old, "[visit]\n" if old.startswith("[visit]") else "")
    if whole_section or old.startswith("effective"):
        line = 1
    elif old.startswith("ordinary"):
        line -= 3  # the section's own
    assert complaint(load_rules, folder).startswith(f"rules/clocks.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("group_people = 30", "group_people = 0", "group_people: expected a whole number, 1 or more, found 0"),
        ("group_people = 30", "group_peple = 30", "group_peple: is no field here"),
        ("red_redos = 3", 'red_redos = "3"', "red_redos: expected a whole number, 1 or more, found '3'"),
        (
            "red_overdue_working_days = 5",
            "red_overdue_working_days = 10001",
            "red_overdue_working_days: expected a whole",
        ),
        ('version = "2026-1"', 'version = "a/b"', "version: expected a name without /"),
    ],
)
def test_a_wrong_risk_rule_is_refused_by_file_line_and_field(folder: Path, old: str, new: str, said: str) -> None:
    line = spoil(folder, "rules/risk.toml", old, new)
    assert complaint(load_rules, folder).startswith(f"rules/risk.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("left = 0.2", "left = 1.2", "step[0].left: expected a share above 0 and below 1"),
        ("left = 0.2", "left = 1", "step[0].left: expected a share of the time, like 0.2, found 1"),
        ("working_days_after = 1", "working_days_after = -1", "step[2].working_days_after: expected a whole number"),
        ('name = "提醒"', 'nane = "提醒"', "step[0].nane: is no field here"),
        ('kind = "remind"', 'kind = "shout"', "step[0].kind: 'shout' is none of remind, urge, notice, supervise"),
        ('reach = "leader"', 'reach = "mayor"', "step[2].reach: 'mayor' is none of unit, leader, centre"),
        ("opens = 09:00:00", 'opens = "09:00"', "opens: expected a time like 08:30:00, found '09:00'"),
        ("opens = 09:00:00", "opens = 09:00:00\ncloses = 17:00:00", "closes: is no field here"),
        ('version = "2026-1"', 'version = "2026/1"', "version: expected a name without /"),
        ('paper = "urging"', "paper = 1", "step[2].paper: expected text, found 1"),
    ],
)
def test_a_wrong_step_is_refused_by_file_line_and_field(folder: Path, old: str, new: str, said: str) -> None:
    line = spoil(folder, "rules/ladder.toml", old, new) + new.count("\n")
    assert complaint(load_rules, folder).startswith(f"rules/ladder.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("working_days_after = 5", "working_days_after = 0", "step: expected the steps in the order they come due"),
        ("working_days_after = 0 ", "left = 0.3 ", "step: expected the steps in the order they come due"),
        ("left = 0.2 ", "working_days_after = 2 ", "step: expected the steps in the order they come due"),
        ('name = "催办"\n', 'name = "提醒"\n', "step: expected steps, each with a name of its own"),
    ],
)
def test_steps_that_do_not_make_a_ladder_are_refused_from_the_first_on(
    folder: Path, old: str, new: str, said: str
) -> None:
    spoil(folder, "rules/ladder.toml", old, new)
    assert complaint(load_rules, folder) == f"rules/ladder.toml:8: {said}"


@pytest.mark.parametrize("written", ["left = 0.2\nworking_days_after = 0", ""])
def test_a_step_comes_due_in_one_way(folder: Path, written: str) -> None:
    line = spoil(folder, "rules/ladder.toml", "working_days_after = 0 ", f"{written} ")
    said = "step[1]: expected either left or working_days_after"
    assert complaint(load_rules, folder) == f"rules/ladder.toml:{line - 4}: {said}"


def test_a_ladder_without_steps_is_refused(folder: Path) -> None:
    ladder = folder / "rules" / "ladder.toml"
    ladder.write_text('version = "1"\neffective_from = 2026-01-01\nopens = 09:00:00\n')
    assert complaint(load_rules, folder) == "rules/ladder.toml:1: step: expected steps, each with a name of its own"


def test_the_repositorys_scoring_is_labelled_an_example() -> None:
    (score,) = load_rules(CONFIG).score.each
    assert "示例" in score.version
    assert score.terms[Indicator.FINISHED] == Term(Fraction(30), Fraction(98, 100), Fraction(2, 100), Fraction(1, 2))
    assert list(score.terms) == [*ON_THE_WALL, Indicator.DATA]
    assert sum(term.weight for term in score.terms.values()) == 100
    assert score.hours == ((time(8, 30), time(12)), (time(14, 30), time(18)))
    assert not score.visits.unanswered_counts


def test_a_countys_scoring_is_read_as_it_is_written(folder: Path) -> None:
    (folder / "rules" / "score.toml").write_text(
        'version = "a"\neffective_from = 2026-01-01\nn_min = 1\n'
        '[visits]\nsatisfied = ["very_satisfied"]\nunanswered_counts = true\n'
        "[finished]\nweight = 12.5\ntarget = 1\nslope = 0\nfloor = 0.1\n"
    )
    score = load_rules(folder).score.newest
    assert score.terms == {Indicator.FINISHED: Term(Fraction(25, 2), Fraction(1), Fraction(0), Fraction(1, 10))}
    assert score.visits == VisitRule(frozenset({Satisfaction.VERY_SATISFIED}), True)
    assert score.n_min == 1


def test_scoring_has_versions_by_the_day_they_apply_from(folder: Path) -> None:
    text = (folder / "rules" / "score.toml").read_text(encoding="utf-8")
    newer = text.replace('"2026-2 示例"', '"2026-3"').replace("2026-01-01", "2026-11-16")
    (folder / "rules" / "score-2026-2.toml").write_text(newer.replace("n_min = 10", "n_min = 20"), encoding="utf-8")
    score = load_rules(folder).score
    assert [score.at(moment).n_min for moment in (at("11-15 23:59"), at("11-16 00:00"))] == [10, 20]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("n_min = 10", "n_min = 0", "n_min: expected a whole number, 1 or more, found 0"),
        ("n_min = 10", "n_min = 9.5", "n_min: expected a whole number, 1 or more, found 9.5"),
        ("n_min = 10", "nmin = 10", "nmin: is no field here"),
        ("weight = 10\n", "weight = 0\n", "signed.weight: expected a number above 0; what is not to be scored has no"),
        ("weight = 10\n", "weight = -10\n", "signed.weight: expected a number from 0 to 10000"),
        ("weight = 30", "weight = true", "finished.weight: expected a number from 0 to 10000"),
        ("weight = 30", "weight = nan", "finished.weight: expected a number from 0 to 10000"),
        ("weight = 30", "weight = inf", "finished.weight: expected a number from 0 to 10000"),
        ("weight = 30", 'weight = "30"', "finished.weight: expected a number from 0 to 10000"),
        ("weight = 30", "wieght = 30", "finished.wieght: is no field here; is it misspelt? known: weight, target"),
        ("weight = 30\ntarget = 0.98", "weight = 30\ntarget = 98", "finished.target: expected a number from 0 to 1"),
        ("weight = 30\ntarget = 0.98\nslope = 0.02", "weight = 30\ntarget = 0.98\nslope = -0.02", "finished.slope: "),
        (f"weight = 15\n{REST}0.5", f"weight = 15\n{REST}1.5", "contacted.floor: expected a number from 0 to 1"),
        ("[solved]", "[data_quality]", "data_quality: is no field here"),
        ("[data]", "[returned]", "returned: is no field here"),
        ("[visits]", "[visit]", "visit: is no field here"),
        ('"08:30-12:00"', '"8 to 12"', "handling.hours[0]: expected a stretch like 08:30-12:00, found '8 to 12'"),
        ('"14:30-18:00"', '"11:30-18:00"', "handling.hours: expected stretches of one day, one after the other"),
        ('"basically_satisfied"]', '"pleased"]', "visits.satisfied: 'pleased' is none of very_satisfied, satisfied"),
        (
            '["very_satisfied", "satisfied", "basically_satisfied"]',
            "[]",
            "visits.satisfied: expected at least one answer",
        ),
        ("unanswered_counts = false", "unanswered_counts = 0", "visits.unanswered_counts: expected true or false"),
        ('version = "2026-2 示例"', 'version = "2026/1"', "version: expected a name without /"),
        ("effective_from = 2026-01-01", 'effective_from = "now"', "effective_from: expected a date like"),
    ],
)
def test_a_wrong_score_is_refused_by_file_line_and_field(folder: Path, old: str, new: str, said: str) -> None:
    line = spoil(folder, "rules/score.toml", old, new) + new.rstrip("\n").count("\n")
    assert complaint(load_rules, folder).startswith(f"rules/score.toml:{line}: {said}")


def test_a_score_of_nothing_is_refused(folder: Path) -> None:
    text = (folder / "rules" / "score.toml").read_text(encoding="utf-8")
    (folder / "rules" / "score.toml").write_text(text[: text.index("[signed]")], encoding="utf-8")
    said = f"expected at least one of the tables {', '.join(MORE_IS_BETTER)}"
    assert complaint(load_rules, folder) == f"rules/score.toml:1: {said}"


def test_a_misspelt_field_of_a_feeds_file_is_refused(folder: Path) -> None:
    """Unnoticed, it would give away the source's deadlines, or leave every word of a dictionary unknown."""
    spoil(folder, "feeds/hotline12345.toml", "source_wins = true", "source_win = true")
    assert complaint(load_rules, folder).startswith("feeds/hotline12345.toml:8: deadline.source_win: is no field here")
    line = spoil(folder, "feeds/grid.toml", "[stage]", "[stages]")

    def codes(folder: Path) -> object:
        return load_codes(folder, Feed.GRID, {})

    assert complaint(codes, folder).startswith(f"feeds/grid.toml:{line}: stages: is no field here")


def test_a_published_year_is_no_longer_provisional(calendar: Callable[..., Path]) -> None:
    told = load_calendar(calendar(NOTICE))
    assert told.day(date(2027, 1, 1)) == Day(False, "county", "元旦")
    assert told.day(date(2027, 1, 31)) == Day(True, "county", "春节")
    assert told.day(date(2027, 3, 1)) == Day(True, "weekday")
    assert told.day(date(2027, 5, 1)) == Day(False, "weekend"), "what the notice does not name is counted by weekday"
    assert told.last_published() == 2027
    assert told.version == f"{Calendar().version}+2027-notice"
    due = told.due_after(at("12-31 09:00"), 1, "working_day", "")
    assert (due.at, due.provisional) == (at("01-05 00:00").replace(year=2027), False)


def test_a_countys_own_days_change_those_days_and_no_other(calendar: Callable[..., Path]) -> None:
    told = load_calendar(calendar(COUNTY))
    assert [told.day(date(2026, 7, day)).worked for day in (17, 18, 19, 25)] == [True, True, True, False]
    assert told.day(date(2027, 1, 4)).provisional
    assert told.last_published() == Calendar().last_published()


def test_a_day_ends_when_the_county_says(calendar: Callable[..., Path]) -> None:
    due = load_calendar(calendar(COUNTY)).due_after(at("11-20 09:00"), 1, "working_day", "")
    assert due.at == at("11-23 17:30")


def test_files_add_up_and_each_is_named_in_the_version(calendar: Callable[..., Path]) -> None:
    told = load_calendar(calendar(COUNTY, NOTICE, 'version = "same"\nclose = 17:30:00\n'))
    assert told.version == f"{Calendar().version}+yunchuan-1+2027-notice+same"
    assert (told.close, told.published) == (time(17, 30), frozenset({2027}))
    assert told.day(date(2026, 7, 18)).worked
    assert not told.day(date(2027, 2, 8)).worked


def test_no_calendar_files_leave_the_state_councils_calendar(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        told = load_calendar(folder)
        assert (told.version, dict(told.days), told.published, told.close) == (
            Calendar().version,
            {},
            frozenset(),
            None,
        )


def test_a_day_named_twice_is_refused_where_it_stands_the_second_time(calendar: Callable[..., Path]) -> None:
    folder = calendar(
        COUNTY, NOTICE, 'version = "x"\n\n[[day]]\nname = "y"\noff = [\n  2026-10-01,\n  2026-07-19,\n]\n'
    )
    assert complaint(load_calendar, folder) == "c.toml:7: day[0].off[1]: 2026-07-19 is named twice"


def test_a_day_can_not_be_both_off_and_worked(calendar: Callable[..., Path]) -> None:
    folder = calendar(NOTICE + "\n[[day]]\nname = '补班'\nwork = [2027-02-05]\n")
    assert complaint(load_calendar, folder) == "a.toml:15: day[2].work[0]: 2027-02-05 is named twice"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("close = 17:30:00", 'close = "17:30"', "2: close: expected a time like 08:30:00, found '17:30'"),
        ("close = 17:30:00", "close = 00:00:00", "2: close: 24:00 is what holds without this field"),
        ("close = 17:30:00", "closes = 17:30:00", "2: closes: is no field here"),
        ("close = 17:30:00", "published = 2003", "2: published: expected a whole number from 2004 to 2100, found 2003"),
        (
            "close = 17:30:00",
            "published = [2027]",
            "2: published: expected a whole number from 2004 to 2100, found a list",
        ),
        ('version = "yunchuan-1"', "version = 1", "1: version: expected text, found 1"),
        ('version = "yunchuan-1"\n', "", "1: version: expected text, found nothing"),
        ('name = "抗洪抢险"\n', "", "4: day[0].name: expected text, found nothing"),
        ("work = [", "works = [", "6: day[0].works: is no field here"),
        ("work = [2026-07-18, 2026-07-19]\n", "", "4: day[0]: expected the days that are off"),
        ("2026-07-19]", "2026-07-32]", "6: work: "),
        ("2026-07-19]", "2026-02-30]", "6: work: Invalid date or datetime (column 21)"),
        ("2026-07-19]", '"2026-07-19"]', "6: day[0].work[1]: expected a date like 2026-01-31, found '2026-07-19'"),
        ("work = [2026-07-18, 2026-07-19]", "work = 2026-07-18", "6: day[0].work: expected a list, found 2026-07-18"),
        ("[[day]]", "[day]", "4: day: expected a list, found a table"),
        ("work = [", "work = ", "6: "),
    ],
)
def test_a_wrong_calendar_is_refused_by_file_line_and_field(
    calendar: Callable[..., Path], old: str, new: str, said: str
) -> None:
    assert COUNTY.count(old) == 1
    assert complaint(load_calendar, calendar(COUNTY.replace(old, new))).startswith(f"a.toml:{said}")


def test_files_that_disagree_about_the_close_of_a_day_are_refused(calendar: Callable[..., Path]) -> None:
    folder = calendar(COUNTY, 'version = "x"\n\nclose = 18:00:00\n')
    assert complaint(load_calendar, folder) == "b.toml:3: close: another file says that a day closes at another time"


def test_a_wrong_calendar_stops_the_rules_from_loading(folder: Path) -> None:
    (folder / "calendar" / "county.toml").write_text("version = 1\n")
    assert complaint(load_rules, folder) == "calendar/county.toml:1: version: expected text, found 1"


def test_the_repositorys_matching_can_be_read() -> None:
    (matching,) = load_matching(CONFIG).each
    assert matching.version == "2026-1"
    assert 0 < matching.suggest < matching.link < 1
    assert matching.weights.near.at(40) == 1
    assert matching.weights.near.at(400) == -1
    assert matching.weights.time.at(0) > matching.weights.time.at(9)
    assert matching.places.read("锦绣家园3号楼").numbers == {Kind.BUILDING: {3}}


def test_matching_has_versions_by_the_day_they_apply_from(folder: Path) -> None:
    text = (folder / "rules" / "matching.toml").read_text(encoding="utf-8")
    newer = (
        text.replace('"2026-1"', '"2026-2"').replace("2026-01-01", "2026-11-16").replace("link = 0.9 ", "link = 0.95 ")
    )
    (folder / "rules" / "matching-2026-2.toml").write_text(newer, encoding="utf-8")
    matching = load_matching(folder)
    assert [matching.at(moment).link for moment in (at("11-15 23:59"), at("11-16 00:00"))] == [0.9, 0.95]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("link = 0.9 ", "link = 9.0 ", "link: expected a number above 0 and below 1"),
        ("link = 0.9 ", "link = 9 ", "link: expected a number like 0.5, found 9"),
        ("suggest = 0.2 ", "suggest = 0.95 ", "suggest: expected less than link"),
        ("newest_of_a_key = 40", "newest_of_a_key = 0", "newest_of_a_key: expected a whole number"),
        ("most_candidates = 120", "most = 120", "most: is no field here"),
        ("most_of_a_case = 5 ", "most_of_a_case = 0 ", "most_of_a_case: expected a whole number"),
        ("within_days = 180 ", "within_days = 0 ", "within_days: expected a whole number"),
        ("phone_same = 2.5 ", "phone_same = -2.5 ", "points.phone_same: expected points, 0 or more"),
        ("base = -4.8", 'base = "-4.8"', "points.base: expected points, 0 or less"),
        ("base = -4.8", "base = nan", "points.base: expected points, 0 or less"),
        ("base = -4.8", "base = -1", "points.base: expected so few that nothing is linked without a place or a phone"),
        (
            "place_other = -15.0 ",
            "place_other = -2 ",
            "points.place_other: expected so few that nothing else outweighs",
        ),
        ("even = 0.1\n", "even = 0.7\n", "wording.even: expected rising numbers, two at least"),
        ("hours = [1, 24, 72, 168]", "hours = [1, 24, 168]", "time.points: expected as many as hours"),
        ("hours = [1, 24, 72, 168]", "hours = [1, 72, 24, 168]", "time.hours: expected rising numbers, two at least"),
        ("hours = [1, 24, 72, 168]", "hours = [-1, 24, 72, 168]", "time.hours: expected hours, 0 or more"),
        (
            "points = [1.5, 1.0, -1.0, -1.5]",
            'points = [1.5, "1", -1.0, -1.5]',
            "time.points: expected a list of numbers",
        ),
        ("points = [1.5, 1.0", "points = [9999, 1.0", "time.points: expected no more than 100 points"),
        ("base = -4.8", "base = -101", "points.base: expected points, 0 or less"),
        ("near = 40", "near = 150", "distance.near: expected rising numbers, two at least"),
        ('villages = ["社区", ', 'villages = ["", ', "place.villages: expected words, none of them empty"),
        ('villages = ["社区", ', 'villages = ["学院", ', "place.villages: expected each word once, in one list"),
    ],
)
def test_a_wrong_matching_rule_is_refused_by_file_and_field(folder: Path, old: str, new: str, said: str) -> None:
    spoil(folder, "rules/matching.toml", old, new)
    found = complaint(load_matching, folder)
    assert found.startswith("rules/matching.toml:")
    assert found.split(": ", 1)[1].startswith(said)
