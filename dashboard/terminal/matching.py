"""`matches`: which cases may be one matter and wait for somebody, and what another threshold would join. Prints codes only."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Protocol

import typer
from rich.table import Table

from casework.calendar import SHANGHAI
from casework.errors import Refused
from casework.roles import Sight
from casework.rules import Rules
from dashboard.components.match_evidence import sentence
from dashboard.exports.lines import minute
from dashboard.terminal.console import Centre, console
from dashboard.words import Words
from db import matching
from db.database import Database
from db.match_rows import State
from db.matching import Matcher, Outcome
from db.queries import matches
from db.queries.matches import Wanted

AT_ONCE: Final = 200
EVERYTHING: Final = Sight(whole_county=True)
"""Of who sits at the machine itself."""


class RuledCentre(Centre, Protocol):
    """A centre and the rules in force."""

    @property
    def rules(self) -> Rules: ...


class _Plain(dict[str, str]):
    """Messages as they are written."""

    def __missing__(self, msgid: str) -> str:
        return msgid


PLAIN: Final[Words] = _Plain()


def matches_command(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option(help="replay: reports since that day (Asia/Shanghai)", formats=["%Y-%m-%d"])
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="replay: link from this score on; else the rules' own")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="do what the replay finds")] = False,
    limit: Annotated[int, typer.Option(min=1, help="how many to print")] = 20,
) -> None:
    """List suggestions that wait; with --since compare history again, and say what would be joined or suggested."""
    find: Callable[[], RuledCentre] = context.obj
    centre = find()
    if since is None:
        if threshold is not None or apply:
            raise Refused("--threshold and --apply are for a replay: say --since DATE")
        _list_waiting(centre, limit)
        return
    if threshold is not None and not 0 < threshold <= 1:
        raise Refused("--threshold {given}: expected a score above 0, up to 1", given=threshold)
    rules = centre.rules if threshold is None else matching.with_threshold(centre.rules, threshold)
    matcher = Matcher(rules, centre.now)
    _replay(centre.ready(), matcher, since.replace(tzinfo=SHANGHAI).astimezone(UTC), limit, apply=apply)


def _list_waiting(centre: RuledCentre, limit: int) -> None:
    at = centre.now()
    with centre.ready().read() as session:
        found = matches.waiting_pairs(session, EVERYTHING, Wanted(), 0, limit, at)
        codes = matches.codes_of(
            session, {case_id for each, _ in found.pairs for case_id in (each.a_case, each.b_case)}
        )
        unread = matching.pending(session, AT_ONCE)
    table = Table("id", "score", "case", "case", "found", "evidence")
    for pair, _ in found.pairs:
        both = codes[pair.a_case], codes[pair.b_case]
        table.add_row(str(pair.id), f"{pair.score:.2f}", *both, minute(pair.found_at), sentence(pair.facts, PLAIN))
    if found.pairs:
        console.print(table)
    console.print(f"{found.total} suggestions wait")
    if unread:
        more = "or more " if unread == AT_ONCE else ""
        console.print(f"{unread} {more}reports are still to be compared")


def _replay(database: Database, matcher: Matcher, since: datetime, limit: int, *, apply: bool) -> None:
    with database.read() as session:
        report_ids = matching.reports_since(session, since)
    outcomes = list(_distinct(_outcomes(database, matcher, report_ids, apply=apply)))
    counts = Counter(each.state for each in outcomes)
    again = sum(each.repeats for each in outcomes if each.state is State.LINKED)
    console.print(f"{len(report_ids)} reports compared since {minute(since)}")
    done = "were" if apply else "would be"
    console.print(f"{counts[State.LINKED]} pairs of cases {done} joined, {again} of them as a new round")
    console.print(f"{counts[State.SUGGESTED]} pairs of cases {done} suggested")
    _print_sample(database, outcomes, limit)
    if not apply:
        console.print("nothing was changed; --apply does it")


def _outcomes(database: Database, matcher: Matcher, report_ids: Sequence[int], *, apply: bool) -> Iterator[Outcome]:
    """Some reports at a time: the feeds write in between."""
    for first in range(0, len(report_ids), AT_ONCE):
        chunk = report_ids[first : first + AT_ONCE]
        with database.read() as session:
            look = matcher.look_at(session, chunk)
            if not apply:
                yield from matcher.would_settle(session, look)
                continue
        yield from matcher.settle_in(database, look)


def _distinct(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Each two cases once: what is seen from both sides, or from several reports, is one thing."""
    seen: dict[frozenset[int], Outcome] = {}
    for each in outcomes:
        before = seen.get(frozenset((each.one, each.other)))
        if before is None or (before.state, -before.score) > (each.state, -each.score):
            seen[frozenset((each.one, each.other))] = each
    yield from seen.values()


def _print_sample(database: Database, outcomes: Sequence[Outcome], limit: int) -> None:
    shown = sorted(outcomes, key=lambda each: (each.state, -each.score))[:limit]
    if not shown:
        return
    with database.read() as session:
        codes = matches.codes_of(session, {case_id for each in shown for case_id in (each.one, each.other)})
    table = Table("state", "score", "case", "case", "new round")
    for each in shown:
        again = "yes" if each.repeats else ""
        table.add_row(each.state, f"{each.score:.3f}", codes[each.one], codes[each.other], again)
    console.print(table)
