"""What the page of operations tells every two seconds: the feeds, the database, who is connected. It asks nobody.

Instants are told in Asia/Shanghai.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from casework.calendar import SHANGHAI, local_day
from casework.rules import Dated, Rules, Versions
from casework.vocabulary import Feed, FeedState
from dashboard.asking import Asking
from dashboard.components.attributes import attributes
from dashboard.exports.lines import minute
from dashboard.live.frames import feed_views
from dashboard.status import Health
from dashboard.words import FEED_STATES, FEEDS, FEEDS_SHORT, Words, mark
from db.outbox import Waiting
from db.queries.ops import DatabaseFacts, ReasonCount
from db.queries.wall import FeedHealth

PENDING_COUNTED = 10_000
MIB = 1 << 20
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told of the machine at one instant. `took`: seconds the database took to answer; `pending`: changes of
    reports not searchable yet, counted to `PENDING_COUNTED`; `audit_end`: the audit's last row, None when its end is not what
    was written."""

    at: datetime
    facts: DatabaseFacts
    took: float
    health: Health
    desks_hear: bool
    walls: int
    people: Sequence[Asking]
    pending: int
    audit_end: int | None


def feeds_table(rows: Sequence[FeedHealth], waiting: Mapping[str, Waiting], at: datetime, words: Words) -> Component:
    """One row a feed; a feed that nobody reports on is absent, whatever its last word was."""
    by_feed = {row.feed: row for row in rows}
    titles = (
        mark("Feed"),
        mark("State"),
        mark("Since"),
        mark("Last message"),
        mark("Per minute"),
        mark("Lag"),
        mark("Not understood"),
        mark("To be told"),
        mark("Why"),
    )
    body = [
        _feed_row(Feed(view["feed"]), FeedState(view["state"]), view["since"], by_feed, waiting, at, words)
        for view in feed_views(rows, at)
    ]
    head = html.Thead(html.Tr([html.Th(words[title], scope="col") for title in titles]))
    return html.Table([head, html.Tbody(body)], className="ops-feeds")


def _feed_row(
    feed: Feed,
    state: FeedState,
    since: int | None,
    by_feed: Mapping[str, FeedHealth],
    waiting: Mapping[str, Waiting],
    at: datetime,
    words: Words,
) -> Component:
    row, untold = by_feed.get(feed), waiting.get(feed)
    here = state is not FeedState.ABSENT
    cells = (
        html.Span(words[FEED_STATES[state]], className="ops-state", **attributes(data_state=state.value)),
        "—" if since is None else minute(datetime.fromtimestamp(since / 1000, UTC)),
        "—" if row is None or row.last_received_at is None else ago(at - row.last_received_at, words),
        f"{row.events_per_minute:.0f}" if row is not None and here else "—",
        "—" if row is None or row.lag_seconds is None or not here else span(timedelta(seconds=row.lag_seconds), words),
        str(row.dead_letters) if row is not None else "—",
        f"{untold.events} · {ago(at - untold.oldest, words)}" if untold is not None else "0",
        row.reason if row is not None and here else "",
    )
    return html.Tr([html.Th(words[FEEDS[feed]], scope="row"), *(html.Td(cell) for cell in cells)], className="figures")


def figures_list(told: Figures, words: Words) -> list[Component]:
    facts, health = told.facts, told.health
    follows = health["follower"] == "alive" and health["database"] == "up"
    pending = f"{told.pending}+" if told.pending == PENDING_COUNTED else f"{told.pending}"
    return [
        _figure(
            words[mark("Database")],
            f"{facts.kind} {facts.version.split()[0]}",
            words[mark("{size} MiB · schema {schema}")].format(size=f"{facts.size / MIB:.1f}", schema=facts.schema),
            words[mark("answers in {ms} ms")].format(ms=f"{told.took * 1000:.1f}"),
        ),
        _figure(words[mark("Journal")], f"{facts.position:,}", words[mark("entries")]),
        _figure(
            words[mark("Walls' line")],
            words[mark("follows")] if follows else words[mark("does not follow")],
            words[mark("at entry {n}")].format(n=f"{health['position']:,}"),
            words[mark("{n} behind")].format(n=max(0, facts.position - health["position"])),
            words[mark("{n} errors")].format(n=health["errors"]),
            wrong=not follows,
        ),
        _figure(
            words[mark("Desks' line")],
            words[mark("follows")] if told.desks_hear else words[mark("does not follow")],
            words[mark("{n} pages open")].format(n=len(told.people)),
            wrong=not told.desks_hear,
        ),
        _figure(words[mark("Walls connected")], str(told.walls)),
        _figure(words[mark("At their desks")], str(len({who.account.id for who in told.people})), _names(told.people)),
        _figure(words[mark("Not searchable yet")], pending, words[mark("reports")]),
        _figure(
            words[mark("Audit")],
            f"{told.audit_end:,}" if told.audit_end is not None else words[mark("its end is not what was written")],
            words[mark("rows")] if told.audit_end is not None else "",
            wrong=told.audit_end is None,
        ),
    ]


def _names(people: Sequence[Asking]) -> str:
    """Who they are, with how many pages where it is more than one."""
    open_pages = Counter(who.account.name for who in people)
    return "、".join(f"{name} ×{pages}" if pages > 1 else name for name, pages in sorted(open_pages.items()))


def _figure(title: str, told: str, *more: str, wrong: bool = False) -> Component:
    notes = [html.Dd(each, className="quiet figures") for each in more if each]
    shown = html.Dd(told, className="ops-told figures" + (" late" if wrong else ""))
    return html.Dl([html.Dt(title), shown, *notes], className="ops-figure")


def reason_rows(reasons: Sequence[ReasonCount], words: Words) -> list[dict[str, Any]]:
    """For the list of reasons. `feed` is the code, which a browser hands back with the reason."""
    return [
        {
            "id": f"{each.feed} {each.reason}",
            "feed": each.feed,
            "source": words[FEEDS_SHORT[Feed(each.feed)]] if each.feed in set(Feed) else each.feed,
            "reason": each.reason,
            "letters": each.letters,
            "oldest": minute(each.oldest),
            "newest": minute(each.newest),
        }
        for each in reasons
    ]


def rules_table(rules: Rules, at: datetime, words: Words) -> Component:
    """Every kind of rule with the version in force, and the next one if there is one; then the calendar."""
    kinds: tuple[tuple[str, Versions[Any]], ...] = (
        (mark("Time limits"), rules.clocks),
        (mark("Risk colours"), rules.risk),
        (mark("Reminder ladder"), rules.ladder),
        (mark("Score"), rules.score),
    )
    rows = [html.Tr([html.Th(words[title], scope="row"), *_versions(each, at, words)]) for title, each in kinds]
    calendar = rules.calendar
    known = words[mark("days off are published to the end of {year}")].format(year=calendar.last_published())
    last = html.Tr(
        [html.Th(words[mark("Calendar")], scope="row"), html.Td(calendar.version), html.Td(known), html.Td("")]
    )
    titles = (mark("Rule"), mark("In force"), mark("In force from"), mark("Next version"))
    head = html.Thead(html.Tr([html.Th(words[title], scope="col") for title in titles]))
    return html.Table([head, html.Tbody([*rows, last])], className="figures")


def _versions(versions: Versions[Any], at: datetime, words: Words) -> list[Component]:
    now: Dated = versions.at(at)
    later = [each for each in versions.each if each.effective_from > local_day(at)]
    told = words[mark("{version} from {day}")]
    coming = told.format(version=later[0].version, day=later[0].effective_from) if later else "—"
    return [html.Td(now.version), html.Td(f"{now.effective_from}"), html.Td(coming)]


def as_of(at: datetime, words: Words) -> str:
    return words[mark("as of {time}")].format(time=f"{at.astimezone(SHANGHAI):%H:%M:%S}")


def ago(passed: timedelta, words: Words) -> str:
    return words[mark("{span} ago")].format(span=span(passed, words))


def span(passed: timedelta, words: Words) -> str:
    """How long, in one unit, as the office's scripts say it."""
    whole = max(timedelta(0), passed)
    if whole < MINUTE:
        return words[mark("{s} s")].format(s=whole // timedelta(seconds=1))
    if whole < HOUR:
        return words[mark("{m} min")].format(m=whole // MINUTE)
    return words[mark("{h} h")].format(h=whole // HOUR) if whole < DAY else words[mark("{d} d")].format(d=whole // DAY)
