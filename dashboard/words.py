"""The words of each language as pages are handed them; it must not know where catalogues are kept."""

from collections.abc import Mapping

from casework.indicators import Indicator
from casework.vocabulary import Category, Colour, Feed, FeedState, ReminderKind, Status

Words = Mapping[str, str]
Languages = Mapping[str, Words]

CHINESE = "zh_CN"


def mark(msgid: str) -> str:
    """Name a message id for the catalogue's extractor; it is looked up later, by code."""
    return msgid


FEEDS: Mapping[Feed, str] = {
    Feed.POLICE110: mark("110 non-emergency"),
    Feed.HOTLINE12345: mark("12345 hotline"),
    Feed.GRID: mark("Grid reports"),
}

FEEDS_SHORT: Mapping[Feed, str] = {
    Feed.POLICE110: mark("110"),
    Feed.HOTLINE12345: mark("12345"),
    Feed.GRID: mark("Grid"),
}

FEED_STATES: Mapping[FeedState, str] = {
    FeedState.CONNECTED: mark("connected"),
    FeedState.RECONNECTING: mark("reconnecting"),
    FeedState.SILENT: mark("silent"),
    FeedState.LAGGING: mark("lagging"),
    FeedState.REFUSED: mark("refused"),
    FeedState.ABSENT: mark("not received"),
}

COLOURS: Mapping[Colour, str] = {
    Colour.BLUE: mark("blue"),
    Colour.YELLOW: mark("yellow"),
    Colour.ORANGE: mark("orange"),
    Colour.RED: mark("red"),
}

STATUSES: Mapping[Status, str] = {
    Status.RECEIVED: mark("to accept"),
    Status.TO_ASSIGN: mark("to assign"),
    Status.TO_SIGN: mark("to sign for"),
    Status.HANDLING: mark("in hand"),
    Status.TO_REVIEW: mark("to review"),
    Status.TO_VISIT: mark("to visit"),
    Status.CLOSED: mark("closed"),
    Status.DECLINED: mark("declined"),
    Status.MERGED: mark("merged"),
}

STEPS: Mapping[ReminderKind, str] = {
    ReminderKind.REMIND: mark("reminded"),
    ReminderKind.URGE: mark("urged"),
    ReminderKind.NOTICE: mark("urging notice"),
    ReminderKind.SUPERVISE: mark("supervised"),
}
"""What a step of the ladder is in a language its rule file is not written in; Chinese pages say the file's own names."""

INDICATORS: Mapping[Indicator, str] = {
    Indicator.SIGNED: mark("Signed in time"),
    Indicator.CONTACTED: mark("Responded"),
    Indicator.FINISHED: mark("Finished in time"),
    Indicator.SOLVED: mark("Solved"),
    Indicator.SATISFIED: mark("Satisfied"),
}

CATEGORIES: Mapping[Category, str] = {
    Category.MARRIAGE_FAMILY: mark("Family"),
    Category.NEIGHBOURS: mark("Neighbours"),
    Category.PERSONALITY_RIGHTS: mark("Personal rights"),
    Category.PROPERTY_RIGHTS: mark("Property rights"),
    Category.TORT: mark("Damages"),
    Category.CONTRACT: mark("Contract"),
    Category.LABOUR: mark("Labour"),
    Category.LENDING: mark("Lending"),
    Category.LAND: mark("Land"),
    Category.OTHER_CIVIL: mark("Other civil"),
    Category.URBAN_RURAL_BUILDING: mark("Building"),
    Category.CIVIL_AFFAIRS: mark("Civil affairs"),
    Category.OTHER_ENFORCEMENT: mark("Enforcement"),
    Category.LAW_AND_LITIGATION: mark("Litigation"),
    Category.ORGANISATION_DISCIPLINE: mark("Discipline"),
    Category.ETHNIC_RELIGIOUS: mark("Ethnic, religious"),
    Category.OTHER_DISPUTE: mark("Other dispute"),
    Category.NOISE: mark("Noise"),
    Category.FUMES: mark("Fumes"),
    Category.PARKING: mark("Parking"),
    Category.SANITATION: mark("Sanitation"),
    Category.UTILITIES: mark("Utilities"),
    Category.ROADS: mark("Roads"),
    Category.PROPERTY_MANAGEMENT: mark("Housing estate"),
    Category.FIRE_HAZARD: mark("Fire hazard"),
    Category.WORK_SAFETY: mark("Work safety"),
    Category.PUBLIC_SERVICE: mark("Public service"),
    Category.OTHER: mark("Other"),
}


def language_of(search: str | None, languages: Languages) -> str:
    """The language a page's query string asks for: `?lang=en`; Chinese for anything else."""
    pairs = (search or "").removeprefix("?").split("&")
    asked = [pair.removeprefix("lang=") for pair in pairs if pair.startswith("lang=")]
    return asked[0] if asked and asked[0] in languages else CHINESE


def script_words(words: Words) -> dict[str, dict[str, str]]:
    """What a page's script says: every message by id, and the words of each code."""
    return {
        "messages": dict(words),
        "feed": {code.value: words[msgid] for code, msgid in FEEDS.items()},
        "feed_short": {code.value: words[msgid] for code, msgid in FEEDS_SHORT.items()},
        "feed_state": {code.value: words[msgid] for code, msgid in FEED_STATES.items()},
        "colour": {code.value: words[msgid] for code, msgid in COLOURS.items()},
        "status": {code.value: words[msgid] for code, msgid in STATUSES.items()},
        "step": {code.value: words[msgid] for code, msgid in STEPS.items()},
        "category": {code.value: words[msgid] for code, msgid in CATEGORIES.items()},
    }
