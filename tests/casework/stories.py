"""Ways to tell a case's story in tests: what feeds hand over, what people do, and every record a feed might ever send."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from casework.case import Case, Entry, Helper, Span, Thread
from casework.clocks import Kind, State, clocks_of
from casework.errors import Refused
from casework.lifecycle import Move, Receive, Rules, decide
from casework.overlays import overlays
from casework.report import Milestones, Report
from casework.vocabulary import Appeal, EntryType, Feed, Overlay, Status, Urgency
from config.rules import load_rules
from tests.records import CONFIG, at, order, translated

HOTLINE, POLICE, GRID = Feed.HOTLINE12345, Feed.POLICE110, Feed.GRID
RULES = load_rules(CONFIG)
START = datetime.fromisoformat("2026-11-20T00:00:00+00:00")
DUE_SOON = RULES.clocks.newest.due_soon
TO_HAND_OUT = {"state": "待受理", "organizationCode": "", "dispatchTime": ""}


def received(rules: Rules, *reports: Report, case: Case | None = None) -> tuple[Case, list[Entry]]:
    case = case or Case()
    entries: list[Entry] = []
    for report in reports:
        decision = decide(case, Receive(report), rules)
        entries.extend(decision.entries)
        case = decision.case
    return case, entries


def kinds(entries: list[Entry]) -> list[EntryType]:
    return [entry.type for entry in entries]


class Story:
    """One case of the hotline as it grows, with its journal. Instants are local, in November and December 2026."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self.case = Case()
        self.entries: list[Entry] = []

    def hear(self, report: Report | None = None, /, *, link: str | None = None, **changes: Any) -> list[EntryType]:
        """A feed hands over a report, or the hotline an order with these changes; what was written of it."""
        decision = decide(self.case, Receive(report or heard(**changes), link), self.rules)
        return self._go_on(decision.entries, decision.case)

    def do(self, kind: type[Move], when: str, /, **more: Any) -> list[EntryType]:
        """Somebody makes a move; what was written of it."""
        decision = decide(self.case, kind(**{"by": "desk", "at": at(when), **more}), self.rules)
        return self._go_on(decision.entries, decision.case)

    def refuses(self, kind: type[Move], when: str, /, **more: Any) -> str:
        """The sentence with which a move is refused."""
        with pytest.raises(Refused) as refusal:
            decide(self.case, kind(**{"by": "desk", "at": at(when), **more}), self.rules)
        return str(refusal.value)

    def _go_on(self, entries: tuple[Entry, ...], case: Case) -> list[EntryType]:
        self.case = case
        self.entries.extend(entries)
        return kinds(list(entries))

    @property
    def thread(self) -> Thread:
        return self.case.lead

    @property
    def status(self) -> Status:
        return self.case.status

    @property
    def promise(self) -> datetime:
        return self.thread.promise.at

    @property
    def holder(self) -> Span:
        holder = self.thread.holder
        assert holder is not None, "somebody holds it"
        return holder

    def helper(self, number: int = 0) -> Helper:
        return self.thread.extras.helpers[number]

    def told(self) -> dict[str, Any]:
        """What the last entry says beside its type."""
        return dict(self.entries[-1].payload)

    def state(self, kind: Kind, when: str, unit: str | None = None) -> State:
        """How the report's newest clock of a kind stands."""
        clocks = [clock for clock in clocks_of(self.thread) if clock.kind is kind and unit in (None, clock.unit_code)]
        return clocks[-1].state(at(when), DUE_SOON)

    def overlays(self, when: str) -> set[Overlay]:
        return set(overlays(self.case, at(when), DUE_SOON))


def heard(**changes: Any) -> Report:
    """The hotline's order, translated."""
    return translated(HOTLINE, order(**changes))


# What any feed may say, in any order.
moments = st.one_of(st.none(), st.integers(0, 400).map(lambda hours: START + timedelta(hours=hours)))
flags = st.one_of(st.none(), st.booleans())
milestones = st.builds(
    Milestones,
    stage=st.one_of(st.none(), st.sampled_from([status for status in Status if status is not Status.MERGED])),
    unit_code=st.sampled_from([None, "A", "B"]),
    assigned_at=moments,
    signed_at=moments,
    contacted_at=moments,
    returned_at=moments,
    due_at=moments,
    extended_due_at=moments,
    redo_count=st.sampled_from([None, 0, 1, 2]),
    redone=st.booleans(),
    finished_at=moments,
    visited_at=moments,
    reached=flags,
    solved=flags,
    closed_at=moments,
)
Telling = tuple[str, Milestones, Urgency, Appeal]
telling = st.tuples(
    st.sampled_from(["R1", "R2"]), milestones, st.sampled_from(list(Urgency)), st.sampled_from(list(Appeal))
)
tellings = st.lists(telling, min_size=1, max_size=8)


def report_from(told: Telling, number: int) -> Report:
    """The `number`-th version a feed hands over."""
    key, said, urgency, appeal = told
    version_at = START + timedelta(minutes=number)
    return Report(HOTLINE, key, version_at, START, urgency=urgency, appeal=appeal, milestones=said)


def reports_from(told: list[Telling]) -> list[Report]:
    return [report_from(each, number) for number, each in enumerate(told)]
