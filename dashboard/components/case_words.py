"""The words of codes that only cases and their actions tell, and whom and what they are told with."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Final, NamedTuple

from casework.calendar import SHANGHAI, last_day
from casework.clocks import Kind, State
from casework.county import County
from casework.joining import MATCHING
from casework.report import Role as PersonRole
from casework.vocabulary import (
    Appeal,
    Complexity,
    EntryType,
    Feed,
    Result,
    Satisfaction,
    Urgency,
)
from dashboard.words import CHINESE, FEEDS_SHORT, Words, mark
from db.audit import Deed
from db.clockwork import LADDER


class Telling(NamedTuple):
    """What a case is told with. `names`: of accounts, by login."""

    county: County
    words: Words
    language: str
    names: Mapping[str, str]

    @property
    def chinese(self) -> bool:
        return self.language == CHINESE

    def who(self, actor: str) -> str:
        """Who did it: a person by name, a unit, a source, or the machine itself."""
        return actor_name(actor, self.county, self.names, self.words)


def when(at: datetime, *, deadline: bool = False) -> str:
    """An instant in Asia/Shanghai without its year; a deadline at midnight is 24:00 of the day before."""
    local = at.astimezone(SHANGHAI)
    if deadline and local.time() == time(0):
        return f"{last_day(at):%m-%d} 24:00"
    return f"{local:%m-%d %H:%M}"


def report_name(report: str, words: Words) -> str:
    """A report by its source and number there."""
    feed, _, source_id = report.partition(":")
    return f"{source(feed, words)} {source_id}"


def source(feed: str, words: Words) -> str:
    return words[FEEDS_SHORT[Feed(feed)]] if feed in set(Feed) else feed


def actor_name(told: str, county: County, names: Mapping[str, str], words: Words) -> str:
    """`names`: of accounts, by login. A source is one before it is an account's login."""
    if told in MACHINES:
        return words[MACHINES[told]]
    if told in set(Feed):
        return source(told, words)
    return names.get(told) or county.unit_name(told)


# A blank and a comma are words too: Chinese joins otherwise.
JOINS: Final = (mark(", "), mark(" or "))
MACHINES: Final[Mapping[str, str]] = {
    LADDER: mark("the reminder ladder"),
    "calendar": mark("the calendar"),
    "link": mark("the sources' own link"),
    MATCHING: mark("the comparison of reports"),
    "centre": mark("the county centre"),
}
ENTRIES: Final[Mapping[EntryType, str]] = {
    EntryType.REGISTERED: mark("registered"),
    EntryType.LINKED: mark("joined this case"),
    EntryType.REOPENED: mark("reopened"),
    EntryType.REVISED: mark("corrected by its source"),
    EntryType.ACCEPTED: mark("accepted"),
    EntryType.MERGED: mark("merged into another case"),
    EntryType.ASSIGNED: mark("assigned"),
    EntryType.TAKEN_BACK: mark("assignment undone"),
    EntryType.SIGNED: mark("signed for"),
    EntryType.CONTACTED: mark("citizen contacted"),
    EntryType.RETURNED: mark("returned"),
    EntryType.EXTENDED: mark("extended"),
    EntryType.FINISHED: mark("finished"),
    EntryType.REVIEWED: mark("reviewed"),
    EntryType.VISITED: mark("return visit"),
    EntryType.REDONE: mark("to be redone"),
    EntryType.CLOSED: mark("case closed"),
    EntryType.DECLINED: mark("case declined"),
    EntryType.COLOURED: mark("colour changed"),
    EntryType.MARKED_UNREASONABLE: mark("marked as unreasonable"),
    EntryType.OBJECTED: mark("scoring contested"),
    EntryType.OBJECTION_SETTLED: mark("objection decided"),
    EntryType.RESUMED: mark("resumed"),
    EntryType.CLASSIFIED: mark("complexity set"),
    EntryType.RETURN_ASKED: mark("second return asked for"),
    EntryType.RETURN_REFUSED: mark("return refused"),
    EntryType.PAUSED: mark("clock stopped"),
    EntryType.CONTINUED: mark("clock runs again"),
    EntryType.EXTENSION_ASKED: mark("extension asked for"),
    EntryType.EXTENSION_REFUSED: mark("extension refused"),
    EntryType.REJECTED: mark("sent back by review"),
    EntryType.HELP_CALLED: mark("co-handler called in"),
    EntryType.ALLOTTED: mark("allotted by co-handler"),
    EntryType.OVERSEEN: mark("co-handling overseen"),
    EntryType.RATED: mark("co-handling rated"),
    EntryType.REMINDED: mark("reminder"),
    EntryType.ESCALATED: mark("raised to the county"),
    EntryType.REDATED: mark("deadline counted again"),
    EntryType.SPLIT: mark("taken out into its own case"),
    EntryType.RESTORED: mark("goes on by itself again"),
}
AMOUNTS: Final[Mapping[str, str]] = {
    "working_day": mark("working day"),
    "day": mark("day"),
    "hour": mark("hour"),
    "minute": mark("minute"),
}
KINDS: Final[Mapping[Kind, str]] = {
    Kind.SIGN: mark("Sign for"),
    Kind.CONTACT: mark("Contact"),
    Kind.FINISH: mark("Finish"),
    Kind.PROMISE: mark("Promise"),
    Kind.VISIT: mark("Visit"),
}
STATES: Final[Mapping[State, str]] = {
    State.RUNNING: mark("runs"),
    State.DUE_SOON: mark("due soon"),
    State.OVERDUE: mark("overdue"),
    State.MET: mark("done in time"),
    State.LATE: mark("late"),
    State.PAUSED: mark("stopped"),
    State.ENDED: mark("ended, counts for nobody"),
}
APPEALS: Final[Mapping[Appeal, str]] = {
    Appeal.CONSULT: mark("question"),
    Appeal.HELP: mark("plea for help"),
    Appeal.COMPLAINT: mark("complaint"),
    Appeal.TIP_OFF: mark("tip-off"),
    Appeal.SUGGESTION: mark("suggestion"),
    Appeal.DISPUTE: mark("dispute"),
    Appeal.HAZARD: mark("hazard"),
    Appeal.UNKNOWN: mark("not told"),
}
URGENCIES: Final[Mapping[Urgency, str]] = {
    Urgency.CRITICAL: mark("critical"),
    Urgency.URGENT: mark("urgent"),
    Urgency.ORDINARY: mark("ordinary"),
}
COMPLEXITIES: Final[Mapping[Complexity, str]] = {
    Complexity.SIMPLE: mark("simple"),
    Complexity.GENERAL: mark("general"),
    Complexity.COMPLEX: mark("complex"),
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.SETTLED: mark("settled"),
    Result.NOT_SETTLED: mark("not settled"),
    Result.JUDICIAL: mark("led to court"),
    Result.ANSWERED: mark("answered"),
}
SATISFACTIONS: Final[Mapping[Satisfaction, str]] = {
    Satisfaction.VERY_SATISFIED: mark("very satisfied"),
    Satisfaction.SATISFIED: mark("satisfied"),
    Satisfaction.BASICALLY_SATISFIED: mark("basically satisfied"),
    Satisfaction.DISSATISFIED: mark("dissatisfied"),
    Satisfaction.VERY_DISSATISFIED: mark("very dissatisfied"),
    Satisfaction.UNKNOWN: mark("not told"),
}
PERSONS: Final[Mapping[str, str]] = {
    PersonRole.CALLER: mark("Caller"),
    PersonRole.CONTACT: mark("Contact person"),
    PersonRole.WORKER: mark("Grid worker"),
}
DEEDS: Final[Mapping[str, str]] = {
    Deed.VIEWED: mark("looked at it"),
    Deed.REVEAL_ASKED: mark("asked who is behind it"),
    Deed.REVEAL_GRANTED: mark("consented to the reveal"),
    Deed.REVEAL_REFUSED: mark("refused the reveal"),
    Deed.REVEALED: mark("was shown who is behind it"),
    Deed.EXPORTED: mark("took a paper away"),
    Deed.ACTED: mark("acted"),
    Deed.ACT_REFUSED: mark("tried to act and was refused"),
    Deed.MATCH_DECIDED: mark("decided whether it is one matter with another"),
    Deed.DECIDED: mark("charged a unit with it in a meeting"),
}
