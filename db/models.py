"""Every table, in one file: what is stored, and which index each question needs.

The journal is the truth; `cases` and `assignments` are projections of it. Personal data is in `vault_reports` and, sealed,
in `feed_messages.body` and `dead_letters.body`, nowhere else.
"""

from sqlalchemy import Index, MetaData, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.types import ROW_ID, Body, Code, Instant, Key, KeyedHash, Payload, RowId, Sealed

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class FeedMessage(Base):
    """The inbox: every event once, by its id. `body` is the raw message, sealed, and emptied after the configured age."""

    __tablename__ = "feed_messages"
    feed: Mapped[Code] = mapped_column(primary_key=True)
    event_id: Mapped[Key] = mapped_column(primary_key=True)
    sequence: Mapped[int | None] = mapped_column(ROW_ID)
    received_at: Mapped[Instant]
    outcome: Mapped[Code]
    body: Mapped[Sealed | None]


class FeedCursor(Base):
    """Where a feed resumes. `epoch` counts the ingesters that have held it: only the last one may move it."""

    __tablename__ = "feed_cursors"
    feed: Mapped[Code] = mapped_column(primary_key=True)
    sequence: Mapped[int | None] = mapped_column(ROW_ID)
    epoch: Mapped[int]


class FeedStatus(Base):
    """What the holder of a feed last said of its health."""

    __tablename__ = "feed_status"
    feed: Mapped[Code] = mapped_column(primary_key=True)
    state: Mapped[Code]
    since: Mapped[Instant]
    last_event_at: Mapped[Instant | None]
    last_received_at: Mapped[Instant | None]
    events_per_minute: Mapped[float]
    lag_seconds: Mapped[float | None]
    reason: Mapped[Key]
    reported_at: Mapped[Instant]


class DeadLetter(Base):
    """A message that could not be understood, kept until someone retries or discards it."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        Index(
            "ix_dead_letters_open", "feed", postgresql_where=text("state = 'open'"), sqlite_where=text("state = 'open'")
        ),
    )
    id: Mapped[RowId] = mapped_column(primary_key=True)
    feed: Mapped[Code]
    event_id: Mapped[Key]
    sequence: Mapped[int | None] = mapped_column(ROW_ID)
    reason: Mapped[Key]
    received_at: Mapped[Instant]
    state: Mapped[Code]
    settled_at: Mapped[Instant | None]
    body: Mapped[Sealed | None]


class Report(Base):
    """One source record at its newest version. Texts are scrubbed; the originals are in the vault."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("feed", "source_id"), Index("ix_reports_case_id", "case_id"))
    id: Mapped[RowId] = mapped_column(primary_key=True)
    feed: Mapped[Code]
    source_id: Mapped[Key]
    version_at: Mapped[Instant]
    case_id: Mapped[int] = mapped_column(ROW_ID)
    reported_at: Mapped[Instant]
    received_at: Mapped[Instant]
    channel: Mapped[Code]
    source_category: Mapped[Key]
    title: Mapped[Body]
    content: Mapped[Body]
    address: Mapped[Body]
    result: Mapped[Body]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    unknown_codes: Mapped[Payload | None]


class ReportLink(Base):
    """A report names another of its feed as the same matter; the other may not have arrived yet."""

    __tablename__ = "report_links"
    __table_args__ = (Index("ix_report_links_feed_target", "feed", "target"),)
    feed: Mapped[Code] = mapped_column(primary_key=True)
    source_id: Mapped[Key] = mapped_column(primary_key=True)
    target: Mapped[Key] = mapped_column(primary_key=True)


class VaultReport(Base):
    """The personal data of one report: names, phones and unscrubbed texts, sealed; keyed hashes of the citizen's phones."""

    __tablename__ = "vault_reports"
    report_id: Mapped[RowId] = mapped_column(primary_key=True)
    sealed: Mapped[Sealed]
    caller_hash: Mapped[KeyedHash | None] = mapped_column(index=True)
    contact_hash: Mapped[KeyedHash | None] = mapped_column(index=True)


class VaultKey(Base):
    """Which keys have sealed something here: a process with another key must not start."""

    __tablename__ = "vault_keys"
    key_id: Mapped[Code] = mapped_column(primary_key=True)
    added_at: Mapped[Instant]


class JournalEntry(Base):
    """What happened. Append-only; ids are given out in commit order, without gaps."""

    __tablename__ = "journal"
    __table_args__ = (UniqueConstraint("case_id", "version"),)
    id: Mapped[RowId] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ROW_ID)
    version: Mapped[int]
    type: Mapped[Code]
    report: Mapped[Key]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    actor: Mapped[Code]
    payload: Mapped[Payload]


class Case(Base):
    """Projection: the case as its journal tells it now. Has no column for a person, a text or an address."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("code"),
        Index(
            "ix_cases_open",
            "feed",
            "reported_at",
            "id",
            postgresql_where=text("NOT ended"),
            sqlite_where=text("ended = 0"),
        ),
        Index("ix_cases_open_due", "due_at", "id", postgresql_where=text("NOT ended"), sqlite_where=text("ended = 0")),
        Index("ix_cases_reported_at", "reported_at"),
        Index("ix_cases_closed_at", "closed_at"),
    )
    id: Mapped[RowId] = mapped_column(primary_key=True)
    code: Mapped[Code]
    status: Mapped[Code]
    ended: Mapped[bool]
    feed: Mapped[Code]
    report: Mapped[Key]
    reports: Mapped[int]
    category: Mapped[Code]
    appeal: Mapped[Code]
    urgency: Mapped[Code]
    colour: Mapped[Code]
    township: Mapped[Code | None]
    village: Mapped[Code | None]
    grid: Mapped[Code | None]
    unit_code: Mapped[Code | None]
    sensitive: Mapped[bool]
    round: Mapped[int]
    reported_at: Mapped[Instant]
    due_at: Mapped[Instant | None]
    due_rule: Mapped[Key | None]
    original_due_at: Mapped[Instant | None]
    provisional: Mapped[bool]
    paused_at: Mapped[Instant | None]
    visit_due_at: Mapped[Instant | None]
    result: Mapped[Code | None]
    finished_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]
    merged_into: Mapped[int | None] = mapped_column(ROW_ID)
    version: Mapped[int]


class Assignment(Base):
    """Projection: one unit's span of responsibility, with its own clocks; `role` "holder", or "helper" for a co-handler.

    `paused_at`: since when the finish clock stands still; a span that waits is not overdue while it does. `visited_at` to
    `satisfaction`: what the last return visit found of what was finished in it.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_unit_code", "unit_code", "assigned_at"),
        # What the on-time rate needs stands in the index itself: a week of spans is counted without touching their rows.
        Index("ix_assignments_finish_due_at", "finish_due_at", "finished_at", "ended_at"),
        Index("ix_assignments_finished_at", "finished_at", "finish_due_at"),
        # A period's performance comes in by when spans were given and when their visits were (`db.queries.performance`).
        Index("ix_assignments_assigned_at", "assigned_at"),
        Index(
            "ix_assignments_visited_at",
            "visited_at",
            postgresql_where=text("visited_at IS NOT NULL"),
            sqlite_where=text("visited_at IS NOT NULL"),
        ),
    )
    case_id: Mapped[RowId] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[Code]
    report: Mapped[Key]
    unit_code: Mapped[Code]
    unit_name: Mapped[Key | None]
    assigned_at: Mapped[Instant]
    sign_due_at: Mapped[Instant]
    sign_rule: Mapped[Key]
    signed_at: Mapped[Instant | None]
    contact_due_at: Mapped[Instant]
    contact_rule: Mapped[Key]
    contacted_at: Mapped[Instant | None]
    finish_due_at: Mapped[Instant]
    finish_rule: Mapped[Key]
    original_due_at: Mapped[Instant | None]
    provisional: Mapped[bool]
    paused_at: Mapped[Instant | None]
    reminded_step: Mapped[Key | None]
    reminded_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    end_reason: Mapped[Code | None]
    visited_at: Mapped[Instant | None]
    reached: Mapped[bool | None]
    solved: Mapped[bool | None]
    satisfaction: Mapped[Code | None]


class CaseCounter(Base):
    """The last number given out in a case code of that local day (YYYYMMDD)."""

    __tablename__ = "case_counters"
    day: Mapped[Code] = mapped_column(primary_key=True)
    last: Mapped[int]


class DeviceLink(Base):
    """A display that may show the wall: a link known by the hash of its token, then the display by that of its own secret."""

    __tablename__ = "device_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Key]
    token_hash: Mapped[Key] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    bound_at: Mapped[Instant | None]
    binding_hash: Mapped[Key | None]
    drives: Mapped[bool] = mapped_column(default=False)


class WallStage(Base):
    """What somebody has put on all walls, in place of their plan: one row, or none."""

    __tablename__ = "wall_stage"
    id: Mapped[int] = mapped_column(primary_key=True)
    scene: Mapped[Code]
    until: Mapped[Instant]
