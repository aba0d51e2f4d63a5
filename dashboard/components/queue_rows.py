"""Rows of the queue as the grid takes them: codes, instants and names of the county; words are the script's."""

from collections.abc import Callable, Mapping
from typing import Any

from casework.county import County
from casework.vocabulary import ENDED, Status
from dashboard.components.queue_ask import Ask
from dashboard.live.frames import epoch_ms
from db.queries.queue import Page
from db.queries.queue_counts import Counts
from db.queries.queue_rows import Row

Seal = Callable[[bytes], str]
_RUNNING = frozenset({Status.RECEIVED, Status.TO_ASSIGN, Status.TO_SIGN, Status.HANDLING})


def tag(case_id: int, seal: Seal) -> str:
    """A name of a case that tells nothing to who does not have its row: what left somebody's sight is told by it."""
    return seal(f"desk {case_id}".encode())[:16]


def grid_row(row: Row, county: County, seal: Seal) -> dict[str, Any]:
    """One row; instants in milliseconds since 1970. `runs`: its finish clock is still asked about. `title` and `caller` are
    `None` where the sight has none."""
    return {
        "key": str(row.id),
        "id": row.id,
        "tag": tag(row.id, seal),
        "code": row.code,
        "version": row.version,
        "feed": row.feeds[0].value if row.feeds else "",
        "feeds": [feed.value for feed in row.feeds],
        "reports": row.reports,
        "category": row.category.value,
        "colour": row.colour.value,
        "township_code": row.township,
        "township": county.township_name(row.township),
        "unit_code": row.unit_code,
        "unit": _unit(row, county),
        "helpers": len(row.helpers),
        "status": row.status.value,
        "ended": row.status in ENDED,
        "runs": row.status in _RUNNING,
        "round": row.round,
        "reported_at": epoch_ms(row.reported_at),
        "due_at": epoch_ms(row.due_at) if row.due_at is not None else None,
        "paused_at": epoch_ms(row.paused_at) if row.paused_at is not None else None,
        "provisional": row.provisional,
        "sensitive": row.sensitive,
        "title": row.title,
        "caller": " ".join(filter(None, row.caller)) if row.caller is not None else None,
    }


def _unit(row: Row, county: County) -> str:
    """The county's own name for the unit, else what its source calls it."""
    known = county.unit(row.unit_code)
    return known.name if known is not None else row.unit_name or row.unit_code or ""


def grid_page(page: Page, county: County, seal: Seal) -> dict[str, Any]:
    """The grid's answer: the rows of its request, and how many there are in all."""
    return {"rowData": [grid_row(row, county, seal) for row in page.rows], "rowCount": page.total}


def found(page: Page, ask: Ask, start: int, newest: int) -> dict[str, Any]:
    """What the script says of a list whose rows from the `start`-th on were read: how long it is, at which position of the
    journal, and what was looked for. `newest`: the highest id a case had then."""
    return {
        "asked": ask.number,
        "start": start,
        "newest": newest,
        "total": page.total,
        "capped": page.capped,
        "position": page.position,
        "way": ask.way.value if ask.way is not None else None,
        "ways": [way.value for way in ask.ways],
        "refused": ask.filter is None,
    }


def counts(told: Counts) -> Mapping[str, int]:
    """The numbers on the chips, by their keys: "open", "overdue", "due_soon", "hot", each status; and their position."""
    return {
        "position": told.position,
        "open": told.open,
        "overdue": told.overdue,
        "due_soon": told.due_soon,
        "hot": told.hot,
        **{status.value: number for status, number in told.by_status.items()},
    }
