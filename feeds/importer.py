"""History from a table through the same translators and the same recorder as the live feeds; importing twice changes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

import orjson

from casework.errors import Untranslatable
from casework.vocabulary import Feed, Outcome
from db.database import Database
from db.inbox import Recorder
from db.message import Message, understood
from feeds.mapping import BadRow, TableMapping, TableRow, Version
from feeds.protocol import FrameReader

BATCH: Final = 1_000


@dataclass(slots=True)
class ImportReport:
    """What an import did: outcomes by kind, and each refused row with its reason (which names fields, never contents)."""

    rows: int = 0
    missing_columns: list[str] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_table(
    database: Database,
    recorder: Recorder,
    readers: Mapping[Feed, FrameReader],
    mapping: TableMapping,
    rows: Iterable[tuple[int, TableRow]],
    at: datetime,
    progress: Callable[[int], None] = lambda rows: None,
) -> ImportReport:
    """Record every row's newest version, in batches; `progress` is told the rows done so far."""
    report = ImportReport()
    messages = _messages(readers, mapping, rows, at, report)
    while batch := list(islice(messages, BATCH)):
        with database.write() as session:
            report.outcomes.update(recorder.record(session, batch).outcomes)
        progress(report.rows)
    return report


def _messages(
    readers: Mapping[Feed, FrameReader],
    mapping: TableMapping,
    rows: Iterable[tuple[int, TableRow]],
    at: datetime,
    report: ImportReport,
) -> Iterator[Message]:
    for number, row in rows:
        if not report.rows:
            report.missing_columns = mapping.missing_columns(row.keys())
        report.rows += 1
        try:
            version = mapping.versions(row)[-1]
            yield _message(version, readers[version.feed], mapping.name, at)
        except (BadRow, Untranslatable) as error:
            report.refused.append((number, str(error)))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # one odd row must not end an import
            report.refused.append((number, f"the translator failed: {type(error).__name__}"))


def _message(version: Version, reader: FrameReader, name: str, at: datetime) -> Message:
    report = reader.dialect.translate(version.record, reader.dialect.codes)
    event_id = f"import/{name}/{version.source_id}/{version.at.timestamp():.0f}"
    return understood(reader.vault, version.feed, event_id, None, at, orjson.dumps(version.record), report)
