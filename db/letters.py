"""What is done with messages that could not be understood: read once more, or put away for good. Each leaves a row in the audit.

How a message of a feed is read is handed in; nothing of what is in one is told to anybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from casework.roles import Account
from db import audit, commands
from db.audit import COMMAND_LINE, NOBODY, Deed
from db.database import Database
from db.inbox import Recorder
from db.message import Message
from db.vault import Vault

Read = Callable[[str, bytes, datetime], Sequence[Message]]
"""The messages in what a feed sent: (feed, body, when it was received)."""


class Retried(NamedTuple):
    """What came of another try: `reasons` why it is still not understood; none of both when it was settled meanwhile."""

    recorded: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letters:
    """The dead letters of one database. Every method may block. `by`: who asks; None at the command line."""

    database: Database
    vault: Vault
    recorder: Recorder
    read: Read

    def retry(self, letter_id: int, at: datetime, by: Account | None = None) -> Retried:
        """Record one letter if all of it can be understood now; it is settled by the same transaction."""
        with self.database.read() as session:
            found = commands.dead_letter_body(session, self.vault, letter_id)
        if found is None:
            return Retried(False)
        letter, body = found
        messages = self.read(letter.feed, body, letter.received_at)
        reasons = tuple(message.reason for message in messages if message.report is None)
        if reasons:
            return Retried(False, reasons)
        with self.database.write() as session:
            if not commands.settle_dead_letter(session, letter.id, "retried", at):
                return Retried(False)
            for message in messages:
                commands.forget_dead_letter(session, message)
            self.recorder.record(session, list(messages))
            detail = {"change": "retried", "feed": letter.feed, "letters": [letter.id]}
            audit.record(session, self.vault, by, Deed.LETTER_SETTLED, at, detail=detail, login=_login(by))
        return Retried(True)

    def discard(self, letter_ids: Sequence[int], at: datetime, by: Account | None = None) -> int:
        """Put letters away for good, all at once; the rows stay, marked. How many were still open."""
        with self.database.write() as session:
            done = [each for each in letter_ids if commands.settle_dead_letter(session, each, "discarded", at)]
            if done:
                detail = {"change": "discarded", "letters": done}
                audit.record(session, self.vault, by, Deed.LETTER_SETTLED, at, detail=detail, login=_login(by))
        return len(done)


def _login(by: Account | None) -> str:
    return COMMAND_LINE if by is None else NOBODY
