"""A version as a CloudEvent, and frames of them, as docs/feed-protocol.md has them. Knows no socket."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from casework.vocabulary import Feed
from feeds.simulator.instants import LOCAL
from feeds.simulator.world import Version

EVENT_TYPES: Final = {
    Feed.POLICE110: "cn.police110.jjd.v1",
    Feed.HOTLINE12345: "cn.hotline12345.order.v1",
    Feed.GRID: "cn.grid.event.v1",
}
# Well below the protocol's 1 MiB a frame.
LARGEST_FRAME: Final = 256 * 1024
EVENTS_A_FRAME: Final = 100


def event(version: Version, slug: str) -> dict[str, Any]:
    """The CloudEvent of a version; the same version always has the same id."""
    return {
        "specversion": "1.0",
        "id": f"{version.source_id}-{version.number}",
        "source": f"/{version.feed}/{slug}",
        "type": EVENT_TYPES[version.feed],
        "time": version.at.astimezone(LOCAL).isoformat(timespec="milliseconds"),
        "sequence": str(version.sequence),
        "datacontenttype": "application/json",
        "data": version.record,
    }


def frames(versions: Iterable[Version], slug: str) -> Iterator[tuple[bytes, list[int]]]:
    """UTF-8 texts to send, each with the sequences it carries: one event alone as an object, several as a batch."""
    waiting: list[bytes] = []
    sequences: list[int] = []
    size = 0
    for version in versions:
        text = orjson.dumps(event(version, slug))
        if waiting and (size + len(text) > LARGEST_FRAME or len(waiting) == EVENTS_A_FRAME):
            yield _frame(waiting), sequences
            waiting, sequences, size = [], [], 0
        waiting.append(text)
        sequences.append(version.sequence)
        size += len(text) + 1
    if waiting:
        yield _frame(waiting), sequences


def _frame(texts: list[bytes]) -> bytes:
    return texts[0] if len(texts) == 1 else b"[" + b",".join(texts) + b"]"
