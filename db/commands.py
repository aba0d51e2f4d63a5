"""What people and programs may do to the database besides feeding it: imperatives, each inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, delete, inspect, select, update
from sqlalchemy.orm import Session

from casework.vocabulary import Outcome
from db import audit, bulk, journal
from db.message import Message
from db.models import DeadLetter, FeedCursor, FeedMessage, FeedStatus, VaultKey, VaultReport, WallStage
from db.vault import Vault, VaultError

CHUNK: Final = 500
_KNOWN_FEEDS: Final = select(FeedStatus.__table__.c.feed)


@dataclass(frozen=True, slots=True)
class OpenDeadLetter:
    """A dead letter as lists show it: no body."""

    id: int
    feed: str
    event_id: str
    sequence: int | None
    reason: str
    received_at: datetime


def open_dead_letters(session: Session, feed: str | None = None, limit: int = 100) -> list[OpenDeadLetter]:
    """The oldest ones first."""
    wanted = _open_letters(feed).order_by(DeadLetter.id).limit(limit)
    return [
        OpenDeadLetter(letter.id, letter.feed, letter.event_id, letter.sequence, letter.reason, letter.received_at)
        for letter in session.scalars(wanted)
    ]


def dead_letter_body(session: Session, vault: Vault, letter_id: int) -> tuple[OpenDeadLetter, bytes] | None:
    """An open dead letter with what was received, unsealed, for another try at translating it."""
    letter = session.scalar(_open_letters(None).where(DeadLetter.id == letter_id))
    if letter is None or letter.body is None:
        return None
    row = OpenDeadLetter(letter.id, letter.feed, letter.event_id, letter.sequence, letter.reason, letter.received_at)
    return row, vault.open(letter.body, letter.feed)


def settle_dead_letter(session: Session, letter_id: int, state: str, at: datetime) -> bool:
    """Mark an open dead letter "retried" or "discarded"; False when it was not open any more."""
    statement = update(DeadLetter).where(DeadLetter.id == letter_id, DeadLetter.state == "open")
    return session.connection().execute(statement.values(state=state, settled_at=at)).rowcount == 1


def forget_dead_letter(session: Session, message: Message) -> None:
    """Take a dead letter's event out of the inbox, so that its retry is not taken for a redelivery."""
    same = and_(FeedMessage.feed == message.feed, FeedMessage.event_id == message.event_id)
    session.execute(delete(FeedMessage).where(same, FeedMessage.outcome == Outcome.DEAD_LETTER))


def report_feed_status(session: Session, statuses: Sequence[FeedStatus]) -> None:
    """Store what the holders say of their feeds. Written every second, so in the cheapest way there is."""
    known = set(session.connection().execute(_KNOWN_FEEDS).scalars())
    rows = [tuple(getattr(status, name) for name in bulk.columns(FeedStatus)) for status in statuses]
    bulk.update(session, FeedStatus, [row for row in rows if row[0] in known])
    bulk.insert(session, FeedStatus, [row for row in rows if row[0] not in known])


def is_sealed(session: Session) -> bool:
    """Whether any key has sealed something here; nothing has where there are no tables yet."""
    there = inspect(session.connection()).has_table(VaultKey.__tablename__)
    return there and session.scalar(select(VaultKey.key_id).limit(1)) is not None


def admit_vault_key(session: Session, vault: Vault, at: datetime) -> None:
    """Remember the vault's key, or refuse a key that is not the one this database was sealed with."""
    journal.hold(session)  # two processes that start on a new database must not both be the first
    known = set(session.scalars(select(VaultKey.key_id)))
    if vault.key_id in known:
        return
    if known:
        raise VaultError(
            "BIHUAN_VAULT_KEY is not the key this database was sealed with; to change keys, put the old one into "
            "BIHUAN_VAULT_OLD_KEYS and run: run.py vault rotate"
        )
    session.add(VaultKey(key_id=vault.key_id, added_at=at))


def rotate_vault(session: Session, vault: Vault, at: datetime) -> int:
    """Seal everything again with the vault's first key and hash every phone with it; returns how many values."""
    journal.hold(session)
    session.execute(
        update(FeedCursor).values(epoch=FeedCursor.epoch + 1)
    )  # whoever seals with the old key loses its feeds
    known = set(session.scalars(select(VaultKey.key_id)))
    if vault.key_id not in known:
        session.add(VaultKey(key_id=vault.key_id, added_at=at))
    session.execute(delete(VaultKey).where(VaultKey.key_id != vault.key_id))
    count = (
        _rotate_bodies(session, vault, FeedMessage)
        + _rotate_bodies(session, vault, DeadLetter)
        + _rotate_reports(session, vault)
    )
    audit.rotate(session, vault, at)
    return count


def _rotate_bodies(session: Session, vault: Vault, model: Any) -> int:
    count = 0
    for row in session.scalars(select(model).where(model.body.is_not(None)).execution_options(yield_per=CHUNK)):
        row.body = vault.seal(vault.open(row.body, row.feed), row.feed)
        count += 1
    return count


def _rotate_reports(session: Session, vault: Vault) -> int:
    count = 0
    for row in session.scalars(select(VaultReport).execution_options(yield_per=CHUNK)):
        sealed = vault.reseal(row.sealed)
        row.sealed, row.caller_hash, row.contact_hash = sealed.sealed, sealed.caller_hash, sealed.contact_hash
        count += 1
    return count


def prune_bodies(session: Session, before: datetime) -> int:
    """Empty what was received before an instant; ids stay, so that a late redelivery is still known.

    A dead letter that is still open keeps its body: it may be all there is of a citizen's matter.
    """
    messages = update(FeedMessage).where(FeedMessage.received_at < before, FeedMessage.body.is_not(None))
    settled = and_(DeadLetter.received_at < before, DeadLetter.state != "open", DeadLetter.body.is_not(None))
    letters = update(DeadLetter).where(settled)
    return sum(session.connection().execute(each.values(body=None)).rowcount for each in (messages, letters))


def _open_letters(feed: str | None) -> Select[DeadLetter]:
    wanted = select(DeadLetter).where(DeadLetter.state == "open")
    return wanted if feed is None else wanted.where(DeadLetter.feed == feed)


def put_on_walls(session: Session, scene: str | None, until: datetime) -> None:
    """Show one scene on all walls until then; None gives them back to their plan."""
    journal.hold(session)  # two tablets at once: one after the other
    session.execute(delete(WallStage))
    if scene is not None:
        session.add(WallStage(id=1, scene=scene, until=until))
