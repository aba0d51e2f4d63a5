"""One feed message on its way into the tables: sealed and scrubbed first, so that nothing personal travels any further.

Making it costs more than writing it. It needs no database, so an ingester has it done in another process.
"""

from datetime import datetime
from typing import NamedTuple

from casework.masking import scrub
from casework.report import Report
from db.vault import SealedPersons, Vault


class Contents(NamedTuple):
    """What a report says in words: texts without persons and numbers, and the vault's sealed whole."""

    channel: str
    source_category: str
    title: str
    content: str
    address: str
    result: str
    unknown_codes: tuple[tuple[str, str], ...]
    persons: SealedPersons


class Message(NamedTuple):
    """One event as it came in: understood (`report` and `contents`) or not (`reason`). `sealed` is its whole body.

    The report here is what a case is decided from: it has no texts and no persons.
    """

    feed: str
    event_id: str
    sequence: int | None
    received_at: datetime
    sealed: bytes
    report: Report | None = None
    contents: Contents | None = None
    reason: str = ""


def understood(
    vault: Vault, feed: str, event_id: str, sequence: int | None, received_at: datetime, body: bytes, report: Report
) -> Message:
    """The message of an event that was translated."""
    names = tuple(person.name for person in report.persons if person.name)
    contents = Contents(
        scrub(report.channel, names),
        scrub(report.source_category, names),
        scrub(report.title, names),
        scrub(report.content, names),
        scrub(report.address, names),
        scrub(report.result, names),
        tuple((name, scrub(code, names)) for name, code in report.unknown_codes),
        vault.seal_report(report),
    )
    return Message(feed, event_id, sequence, received_at, vault.seal(body, feed), _bare(report, names), contents)


def refused(
    vault: Vault, feed: str, event_id: str, sequence: int | None, received_at: datetime, body: bytes, reason: str
) -> Message:
    """The message of something that could not be understood."""
    return Message(feed, event_id, sequence, received_at, vault.seal(body, feed), reason=reason)


def _bare(report: Report, names: tuple[str, ...]) -> Report:
    told = report.milestones
    if told.return_reason or told.extension_reason:
        told = told._replace(
            return_reason=scrub(told.return_reason or "", names) or None,
            extension_reason=scrub(told.extension_reason or "", names) or None,
        )
    return report._replace(
        channel="",
        source_category="",
        title="",
        content="",
        address="",
        result="",
        persons=(),
        unknown_codes=(),
        milestones=told,
    )
