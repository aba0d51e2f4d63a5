"""Folds journal entries into the case they tell. Pure, total over every entry ever written, and the only way a case changes.

What an entry changes of the one report it is about stands in `evolve_thread`, how its payload tells that in `payloads`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from casework.case import Case, Entry, Given, Helper, Thread
from casework.evolve_thread import CHANGES, hold, opened, span_of, with_extras
from casework.payloads import COLOURS, FROM_STATUS, STATUSES, due_of, facts_of
from casework.vocabulary import FEEDS, Colour, EntryType

FEW: Final = 8
_SOURCES_WORD: Final = frozenset({"stage", "source_unit"})


def fold(entries: Iterable[Entry]) -> Case:
    """The case a whole journal tells."""
    case, told = Case(), iter(entries)
    for entry in told:
        case = evolve(case, entry)
        if len(case.threads) > FEW:
            return _fold_many(case, told)
    return case


def _fold_many(case: Case, entries: Iterable[Entry]) -> Case:
    """The same for a case of many reports: an entry costs what its own report costs, however many there are beside it."""
    threads = {thread.report: thread for thread in case.threads}
    for entry in entries:
        if entry.type in _OF_ALL_REPORTS:
            case = evolve(case._replace(threads=tuple(threads.values())), entry)
            threads = {thread.report: thread for thread in case.threads}
            continue
        own = threads.get(entry.report)
        case = evolve(case._replace(threads=(own,) if own is not None else ()), entry)
        threads.update((thread.report, thread) for thread in case.threads)
    return case._replace(threads=tuple(threads.values()))


def evolve(case: Case, entry: Entry) -> Case:
    """The case after one more entry."""
    whole = _OF_CASE.get(entry.type)
    if whole is not None:
        return whole(case, entry)
    change = CHANGES[entry.type]
    if len(case.threads) == 1 and case.threads[0].report == entry.report:
        changed: tuple[Thread, ...] = (_told(change(case.threads[0], entry), entry),)
    else:
        changed = _with_own(case, entry, lambda thread: _told(change(thread, entry), entry))
    # Built whole: every entry comes this way, and `_replace` costs four times as much.
    return Case(changed, case.version + 1, case.spans, case.reopened, case.merged_into, case.awaited)


def _with_own(case: Case, entry: Entry, change: Callable[[Thread], Thread]) -> tuple[Thread, ...]:
    """The threads, with a change of the entry's own; one that has just joined is found at once, at the end."""
    threads = case.threads
    for place in range(len(threads) - 1, -1, -1):
        if threads[place].report == entry.report:
            return (*threads[:place], change(threads[place]), *threads[place + 1 :])
    return threads


def _told(thread: Thread, entry: Entry) -> Thread:
    """Remember the source's last word, and whether a person has decided since."""
    stage = entry.payload.get("stage")
    if stage is not None:
        thread = thread._replace(source_status=STATUSES[stage])
    if "source_unit" in entry.payload:
        thread = thread._replace(source_unit=entry.payload["source_unit"])
    if thread.extras.given is not None:
        thread = _overtaken(thread, thread.extras.given, entry)
    if entry.type not in _MOVES:
        return thread
    if entry.actor in FEEDS:
        return with_extras(thread, by_hand=False) if thread.extras.by_hand else thread
    if not thread.extras.by_hand:
        thread = with_extras(thread, by_hand=True)
    return thread


def _overtaken(thread: Thread, given: Given, entry: Entry) -> Thread:
    """Remember what happened to a report first after a person gave it to a unit.

    No such thing are the assignment itself, the colour a rule raises for it, and the source's word that it has heard of it.
    """
    kind, told = entry.type, entry.payload
    itself = kind is EntryType.ASSIGNED and FROM_STATUS in told
    raised = kind is EntryType.COLOURED and told.get("rule") != "person"
    heard = kind is EntryType.REVISED and told.keys() <= _SOURCES_WORD
    if itself or raised or heard or given.then is not None:
        return thread
    return with_extras(thread, given=given._replace(then=(kind, entry.actor)))


def _registered(case: Case, entry: Entry) -> Case:
    told, at = entry.payload, entry.occurred_at
    due = due_of(told, at)
    thread = Thread(
        entry.report,
        at,
        facts_of(told),
        due,
        colour=COLOURS[told.get("colour", Colour.BLUE)],
        source_status=STATUSES.get(told.get("stage", "")),
        source_due_at=due.at,
    )
    if case.awaited == entry.report:
        thread, case = with_extras(thread, again=True), case._replace(awaited=None)
    return case._replace(threads=(*case.threads, thread), version=case.version + 1)


def _reopened(case: Case, entry: Entry) -> Case:
    """A new report of a closed matter begins a round; or a person opens one report again.

    Reports that are opened again together, or in a case where others are still open, begin one round and none.
    """
    again = 1 if case.threads and case.ended else 0
    threads = tuple(
        _told(opened(thread, entry), entry) if thread.report == entry.report else thread for thread in case.threads
    )
    awaited = entry.report if case.thread(entry.report) is None else None
    return case._replace(threads=threads, version=case.version + 1, reopened=case.reopened + again, awaited=awaited)


def _merged(case: Case, entry: Entry) -> Case:
    return case._replace(version=case.version + 1, merged_into=entry.payload["into"])


def _restored(case: Case, entry: Entry) -> Case:
    """It goes on by itself; what its reports did meanwhile is told again after this entry, from their beginning."""
    return case._replace(version=case.version + 1, merged_into=None, threads=(), spans=0, reopened=0, awaited=None)


def _split(case: Case, entry: Entry) -> Case:
    """A round that nobody but the report that leaves has begun goes with it."""
    threads = tuple(thread for thread in case.threads if thread.report != entry.report)
    last = case.threads[-1] if case.threads else None
    alone = last is not None and last.report == entry.report and _began_round(last)
    reopened = max(0, case.reopened - 1) if alone else case.reopened
    return case._replace(version=case.version + 1, threads=threads, reopened=reopened)


def _began_round(thread: Thread) -> bool:
    """Whether it joined a matter that had ended before."""
    return thread.spans[0].again if thread.spans else thread.extras.again


def _assigned(case: Case, entry: Entry) -> Case:
    told, corrects = entry.payload, entry.payload.get("corrects", False)
    number = case.spans if corrects else case.spans + 1

    def held(thread: Thread) -> Thread:
        own = thread.spans[-1].number if corrects else number
        return _told(hold(thread, entry, own, told, corrects=corrects), entry)

    return case._replace(threads=_with_own(case, entry, held), version=case.version + 1, spans=number)


def _help_called(case: Case, entry: Entry) -> Case:
    """A co-handler's span is numbered with the holders', so that a number names one span of the case."""
    number, told = case.spans + 1, entry.payload
    helper = Helper(span_of(entry, number), told.get("whistle", False), told["called_by"])
    threads = tuple(
        _told(with_extras(thread, helpers=(*thread.extras.helpers, helper)), entry)
        if thread.report == entry.report
        else thread
        for thread in case.threads
    )
    return case._replace(threads=threads, version=case.version + 1, spans=number)


_OF_CASE: Final[Mapping[EntryType, Callable[[Case, Entry], Case]]] = {
    EntryType.REGISTERED: _registered,
    EntryType.REOPENED: _reopened,
    EntryType.MERGED: _merged,
    EntryType.RESTORED: _restored,
    EntryType.SPLIT: _split,
    EntryType.ASSIGNED: _assigned,
    EntryType.HELP_CALLED: _help_called,
}
# Of the others an entry changes no report but its own.
_OF_ALL_REPORTS: Final = frozenset({EntryType.REOPENED, EntryType.RESTORED, EntryType.SPLIT})
# What moves a report along: after a person did it, the source's unchanged record must not undo it.
_MOVES: Final = frozenset({
    EntryType.ACCEPTED,
    EntryType.ASSIGNED,
    EntryType.SIGNED,
    EntryType.RETURNED,
    EntryType.FINISHED,
    EntryType.REVIEWED,
    EntryType.REJECTED,
    EntryType.REDONE,
    EntryType.REOPENED,
    EntryType.CLOSED,
    EntryType.DECLINED,
    EntryType.RESUMED,
    EntryType.TAKEN_BACK,
})  # fmt: skip
