"""How well reports of one matter are recognised: precision and recall by threshold, with 95 % Wilson intervals, and the cost.

Reports are told in the order they were made, each compared with what its keys bring up, as an ingester would. Two parts: the
simulator, whose truth is known, and labelled sets in the folder the environment variable LABELLED_DATA names
(`boston-311-2015-h1/` and `hotline-dev/`); none of that data belongs in the repository.
"""

import csv
import gzip
import os
import time
import tomllib
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import combinations, groupby, islice
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from bench.figures import Figure
from bench.installation import Kind
from bench.stand import Stand
from bench.workload import CONFIG
from casework.likeness import Features, Likeness, Traits
from casework.masking import scrub
from casework.matching import MatchingRules, Verdict, keys, most_promising
from casework.report import Report, Role
from casework.scoring import wilson
from casework.vocabulary import Feed
from config.county import load_county
from config.rules import load_codes, load_matching
from feeds.codes import CodeMap
from feeds.mapping import mapping_from
from feeds.simulator.instants import LOCAL
from feeds.simulator.world import World
from feeds.sources import grid, hotline12345, police110

FOLDER: Final = "LABELLED_DATA"
BEGIN: Final = datetime(2026, 7, 1, tzinfo=UTC)
DAYS: Final = 56
FLOOD: Final = 10_000
THRESHOLDS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
SHOWN: Final = 5
"""Suggestions a person would look at for one report."""
TRANSLATE: Final = {
    Feed.POLICE110: police110.translate,
    Feed.HOTLINE12345: hotline12345.translate,
    Feed.GRID: grid.translate,
}
CHINESE_TIMES: Final = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S")
EVENT: Final = "event"

Truth = Callable[[str, str], bool | None]
"""Whether two reports (by their keys) are one matter; `None` where nobody has said."""


class LabelledDataMissing(Exception):
    """There is nothing to measure on; says where it was looked for."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Reports and what is known about them. `matters`: the keys of each matter that has more than one report."""

    name: str
    reports: Sequence[Features]
    truth: Truth
    matters: Sequence[frozenset[str]]


class Compared(NamedTuple):
    """A report, and an earlier one it was compared with."""

    later: str
    earlier: str
    likeness: Likeness
    verdict: Verdict


@dataclass
class Run:
    """What came of a set. `reached`: pairs that shared a key and were compared."""

    compared: dict[str, list[Compared]] = field(default_factory=dict)
    most: int = 0
    comparisons: int = 0
    comparing_seconds: float = 0.0
    reading_seconds: float = 0.0

    def best(self, key: str) -> list[Compared]:
        """What a report was compared with, the likeliest first."""
        return sorted(self.compared[key], key=lambda each: -each.likeness.score)


def title(_: Stand) -> str:
    return f"matching: {DAYS} days of the simulated county, explicit links left out of precision"


def labelled_title(_: Stand) -> str:
    return f"labelled: duplicates people have marked, in ${FOLDER}"


def measure(stand: Stand, _: Kind) -> list[Figure]:
    rules = load_matching(CONFIG).newest
    simulated = simulator_set(stand.world, BEGIN, DAYS)
    flood = run(rules, list(islice(flooded(simulated.reports), FLOOD)))
    return [*_told(rules, simulated), *_cost("flood of one power cut", flood)]


def measure_labelled(_: Stand, __: Kind) -> list[Figure]:
    rules = load_matching(CONFIG).newest
    return [figure for each in labelled_sets() for figure in _told(rules, each)]


def labelled_sets() -> list[LabelledSet]:
    """Both sets, the Chinese one with and without phones; raises `LabelledDataMissing`."""
    folder = Path(os.environ.get(FOLDER, ""))
    boston, chinese = folder / "boston-311-2015-h1", folder / "hotline-dev" / "messages.csv"
    if not os.environ.get(FOLDER) or not boston.is_dir() or not chinese.is_file():
        raise LabelledDataMissing(f"the labelled sets are not there: {FOLDER} must name the folder that holds them")
    return [chinese_set(chinese, phones=True), chinese_set(chinese, phones=False), boston_set(boston)]


def run(rules: MatchingRules, reports: Iterable[Features]) -> Run:
    """Tell reports in order of time; compare each with the newest of each of its keys."""
    found, known = Run(), dict[str, Traits]()
    index: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for features in sorted(reports, key=lambda each: each.reported_at):
        began = time.process_time()
        mine = rules.traits(features)
        its_keys = keys(mine)
        read = time.process_time()
        shared: dict[str, list[str]] = defaultdict(list)
        for key in its_keys:
            for at, earlier in index[key][-rules.newest_of_a_key :][::-1]:
                if features.reported_at - at <= rules.within:
                    shared[earlier].append(key)
        candidates = most_promising(shared, rules.most_candidates)
        ready = time.process_time()
        found.compared[features.key] = [
            Compared(features.key, earlier, like, rules.verdict(like))
            for earlier in candidates
            if (like := rules.compare(mine, known[earlier])) is not None
        ]
        found.comparing_seconds += time.process_time() - ready
        found.reading_seconds += read - began
        found.most, found.comparisons = max(found.most, len(candidates)), found.comparisons + len(candidates)
        known[features.key] = mine
        for key in its_keys:
            insort(index[key], (features.reported_at, features.key))
    return found


def _told(rules: MatchingRules, labelled: LabelledSet) -> list[Figure]:
    """The curve of one set, then what the rules' own thresholds come to."""
    found = run(rules, labelled.reports)
    figures = []
    for threshold in THRESHOLDS:
        right, judged, _ = precision(found, labelled.truth, threshold)
        hit, wanted = recall(found, labelled, threshold)
        value = f"{_share(right, judged)}   {_share(hit, wanted)}"
        figures.append(Figure(f"{labelled.name} {threshold:.2f}: precision, recall", value))
    right, judged, unjudged = precision(found, labelled.truth, None)
    hit, wanted = recall(found, labelled, rules.suggest)
    pairs, all_pairs = pairs_found(found, labelled, rules.suggest)
    reached, _ = pairs_found(found, labelled, 0.0)
    return [
        *figures,
        Figure(f"{labelled.name}: links made are right", _share(right, judged), "≥ 0.98"),
        Figure(f"{labelled.name}: links nobody has judged", f"{unjudged}"),
        Figure(f"{labelled.name}: suggestions are right", _share(*suggestions(found, labelled.truth))),
        Figure(f"{labelled.name}: retold reports linked or suggested", _share(hit, wanted), "≥ 0.85 (Chinese)"),
        Figure(f"{labelled.name}: pairs linked or suggested", _share(pairs, all_pairs), "≥ 0.70 (Boston)"),
        Figure(f"{labelled.name}: pairs that share a key", _share(reached, all_pairs)),
        *_cost(labelled.name, found),
    ]


def precision(found: Run, truth: Truth, threshold: float | None) -> tuple[int, int, int]:
    """Of the reports whose likeliest partner reaches a threshold (`None`: is linked by the rules): how many are right, how
    many could be judged, how many could not. Explicit links are no judgement of ours."""
    right = judged = unjudged = 0
    for key in found.compared:
        for best in found.best(key)[:1]:
            taken = best.verdict is Verdict.LINK if threshold is None else best.likeness.score >= threshold
            if not taken or best.likeness.linked:
                continue
            same = truth(best.later, best.earlier)
            judged, unjudged = judged + (same is not None), unjudged + (same is None)
            right += same is True
    return right, judged, unjudged


def suggestions(found: Run, truth: Truth) -> tuple[int, int]:
    """Of all suggestions a person would be shown that could be judged: how many are right."""
    shown = [
        truth(each.later, each.earlier)
        for key in found.compared
        for each in [each for each in found.best(key) if each.verdict is Verdict.SUGGEST][:SHOWN]
    ]
    judged = [same for same in shown if same is not None]
    return sum(judged), len(judged)


def recall(found: Run, labelled: LabelledSet, threshold: float) -> tuple[int, int]:
    """Of the reports of a matter that was already reported: how many find it among the likeliest."""
    hit = wanted = 0
    for matter in labelled.matters:
        told = [key for key in found.compared if key in matter]
        for key in told[1:]:
            likely = [each for each in found.best(key)[:SHOWN] if each.likeness.score >= threshold]
            hit += any(each.earlier in matter and each.verdict is not Verdict.APART for each in likely)
            wanted += 1
    return hit, wanted


def pairs_found(found: Run, labelled: LabelledSet, threshold: float) -> tuple[int, int]:
    """Of all pairs of one matter: how many reach a threshold."""
    reached = {
        frozenset((each.later, each.earlier))
        for compared in found.compared.values()
        for each in compared
        if each.likeness.score >= threshold
    }
    wanted = [frozenset(pair) for matter in labelled.matters for pair in combinations(matter, 2)]
    return sum(pair in reached for pair in wanted), len(wanted)


def simulator_set(world: World, begin: datetime, days: int) -> LabelledSet:
    """Every record as it was first sent, through the feeds' own translators."""
    until = begin + timedelta(days=days)
    codes = _codes()
    reports = [
        features_of(TRANSLATE[feed](version.record, codes[feed]))
        for feed in Feed
        for version in world.versions(feed, begin, until)
        if version.number == 0
    ]
    told = {each.key for each in reports}
    groups = [
        frozenset(f"{feed}:{source_id}" for feed, source_id in group) & told
        for group in world.truth(begin - timedelta(days=3), until)
    ]
    matter_of = {key: number for number, group in enumerate(groups) for key in group}

    def truth(one: str, other: str) -> bool | None:
        return matter_of[one] == matter_of[other] if one in matter_of and other in matter_of else None

    return LabelledSet("simulator", reports, truth, [group for group in groups if len(group) > 1])


def features_of(report: Report) -> Features:
    """What is compared of a report, scrubbed as it is when it is written down."""
    names = tuple(person.name for person in report.persons if person.name)
    phones = (person.phone for person in report.persons if person.phone and person.role is not Role.WORKER)
    return Features(
        key=report.key,
        feed=report.feed,
        reported_at=report.reported_at,
        links=frozenset(f"{report.feed}:{link}" for link in report.links),
        phones=frozenset(blake2b(phone.encode(), digest_size=16).digest() for phone in phones),
        category=report.category,
        appeal=report.appeal,
        township=report.township,
        village=report.village,
        place=scrub(report.address, names),
        lon=report.lon,
        lat=report.lat,
        title=scrub(report.title, names),
        text=scrub(report.content, names),
    )


def boston_set(folder: Path) -> LabelledSet:
    """Boston's cases of the half year through our mapping, and the pairs city staff called duplicates; nobody has said which
    of the others are none."""
    with (CONFIG / "mappings" / "boston311.toml").open("rb") as file:
        mapping = mapping_from(tomllib.load(file), "boston311")
    with gzip.open(folder / "cases.csv.gz", "rt", encoding="utf-8") as cases:
        versions = [mapping.versions(row)[0] for row in csv.DictReader(cases)]
    codes = {feed: CodeMap() for feed in Feed}
    reports = [features_of(TRANSLATE[each.feed](each.record, codes[each.feed])) for each in versions]
    key_of = {each.source_id: f"{each.feed}:{each.source_id}" for each in versions}
    with (folder / "labelled_duplicate_pairs.csv").open(encoding="utf-8") as file_of_pairs:
        rows = csv.DictReader(file_of_pairs)
        pairs = [frozenset((key_of[row["dup_case"]], key_of[row["of_case"]])) for row in rows]
    return LabelledSet("Boston", reports, lambda _one, _other: None, pairs)


def chinese_set(file: Path, *, phones: bool) -> LabelledSet:
    """Citizens' messages: no address, no coordinates, no category; their authors' numbers stand for phones, if at all.

    Two messages outside the incidents may be about one matter without anybody having said so.
    """
    with file.open(encoding="utf-8-sig") as rows:
        messages = list(csv.DictReader(rows))
    reports = [_message(row, phones=phones) for row in messages]
    incident = {
        report.key: row["event"] if row["role"] == EVENT else "" for report, row in zip(reports, messages, strict=True)
    }
    by_incident = groupby(sorted(incident, key=incident.__getitem__), incident.__getitem__)
    matters = [frozenset(group) for name, group in by_incident if name]

    def truth(one: str, other: str) -> bool | None:
        return incident[one] == incident[other] if incident[one] or incident[other] else None

    return LabelledSet("Chinese" if phones else "Chinese, no phones", reports, truth, matters)


def _message(row: Mapping[str, str], *, phones: bool) -> Features:
    return Features(
        key=f"{Feed.HOTLINE12345}:{row['id']}",
        feed=Feed.HOTLINE12345,
        reported_at=_chinese_time(row["time"]),
        phones=frozenset({row["user"].encode()}) if phones else frozenset(),
        title=scrub(row["title"]),
        text=scrub(row["text"]),
    )


def _chinese_time(text: str) -> datetime:
    for form in CHINESE_TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=LOCAL)
        except ValueError:
            continue
    raise ValueError(f"no time of a known form: {text!r}")


def flooded(reports: Sequence[Features]) -> Iterator[Features]:
    """Reports of one power cut: one after another from around one place, a second apart, each by another phone."""
    rng = Random(1)
    first = next(each for each in reports if each.lon is not None and "停电" in each.text)
    assert first.lon is not None
    assert first.lat is not None
    number = 0
    while True:
        number += 1
        yield first._replace(
            key=f"{first.key}/{number}",
            reported_at=first.reported_at + timedelta(seconds=number),
            links=frozenset(),
            phones=frozenset({number.to_bytes(16)}),
            lon=first.lon + rng.gauss(0, 0.001),
            lat=first.lat + rng.gauss(0, 0.001),
        )


def _codes() -> dict[Feed, CodeMap]:
    county = load_county(CONFIG / "county.toml")
    stations = {township.station: township.code for township in county.townships}
    return {feed: load_codes(CONFIG, feed, stations) for feed in Feed}


def _cost(name: str, found: Run) -> list[Figure]:
    return [
        Figure(f"{name}: most comparisons for one report", f"{found.most}"),
        Figure(f"{name}: comparisons a report (mean)", f"{found.comparisons / len(found.compared):.1f}"),
        Figure(
            f"{name}: µs a comparison",
            f"{1e6 * found.comparing_seconds / max(1, found.comparisons):.1f}",
            absolute=True,
        ),
        Figure(
            f"{name}: µs to make one report ready",
            f"{1e6 * found.reading_seconds / len(found.compared):.0f}",
            absolute=True,
        ),
    ]


def _share(right: int, of: int) -> str:
    interval = wilson(right, of)
    if interval is None:
        return "none"
    return f"{right}/{of} = {right / of:.3f} ({interval.low:.3f}–{interval.high:.3f})"
