"""Every table, in one file: what is stored, and which index each question needs.

The journal is the truth; `cases` and `assignments` are projections of it. Personal data is in `vault_reports` and, sealed,
in `feed_messages.body` and `dead_letters.body`, nowhere else.
"""

from datetime import date

from sqlalchemy import Index, MetaData, UniqueConstraint, false, text
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


class SearchPending(Base):
    """A report whose words changed since the index of words took it up (`db.search`): marked by triggers, once a change.

    The index itself, `report_words`, is no table of the models: an FTS5 table on SQLite, a tsvector on PostgreSQL (`0005`).
    """

    __tablename__ = "search_pending"
    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    report_id: Mapped[int] = mapped_column(ROW_ID)


class VaultKey(Base):
    """Which keys have sealed something here: a process with another key must not start."""

    __tablename__ = "vault_keys"
    key_id: Mapped[Code] = mapped_column(primary_key=True)
    added_at: Mapped[Instant]


class JournalEntry(Base):
    """What happened. Append-only; ids are given out in commit order, without gaps."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        # A report that is taken out goes back to where it came from, whichever case that was.
        Index("ix_journal_report", "report"),
        # Objections of a period; word for word what `db.queries.review_notes` asks.
        Index(
            "ix_journal_objections",
            "occurred_at",
            postgresql_where=text("type IN ('objected', 'objection_settled')"),
            sqlite_where=text("type IN ('objected', 'objection_settled')"),
        ),
    )
    id: Mapped[RowId] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ROW_ID)
    version: Mapped[int]
    type: Mapped[Code]
    report: Mapped[Key]
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    actor: Mapped[Code]
    payload: Mapped[Payload]


_ENDED = (
    "id",
    "reported_at",
    "township",
    "village",
    "grid",
    "unit_code",
    "feed",
    "category",
    "status",
    "urgency",
    "colour",
    "sensitive",
    "ended",
)
_RARE = "colour = 'red' OR urgency = 'critical' OR status = 'declined'"


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
        # Weeks of cases are counted by place and category from the index alone.
        Index("ix_cases_reported_at", "reported_at", "township", "village", "category", "merged_into"),
        # The desk looks through years of ended cases by any of these, newest first, and touches no row that does not match:
        # a tenth of a second for a million. Written once a case, when it ends.
        Index("ix_cases_history", *_ENDED, postgresql_where=text("ended"), sqlite_where=text("ended = 1")),
        # The same for one category, of which there are some thirty.
        Index(
            "ix_cases_history_category",
            "category",
            "id",
            "reported_at",
            "township",
            "village",
            "grid",
            "unit_code",
            "sensitive",
            "ended",
            postgresql_where=text("ended"),
            sqlite_where=text("ended = 1"),
        ),
        # And for what few are, a thirtieth of them.
        Index(
            "ix_cases_history_rare",
            *_ENDED,
            postgresql_where=text(f"ended AND ({_RARE})"),
            sqlite_where=text(f"ended = 1 AND ({_RARE})"),
        ),
        Index("ix_cases_closed_at", "closed_at"),
        # What went on in a case: few ever did.
        Index(
            "ix_cases_merged_into",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
            sqlite_where=text("merged_into IS NOT NULL"),
        ),
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
    `satisfaction`: what the last return visit found of what was finished in it. From `excluded` on: what only scores ask for,
    see `casework.indicators.UnitSpan`.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        # Whether a unit had a case, and all cases it had (`db.queries.sight`), from the index alone.
        Index("ix_assignments_unit_code", "unit_code", "case_id"),
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
        # What was open in a period, however long ago it was given: it had not ended before.
        Index("ix_assignments_ended_at", "ended_at", "assigned_at"),
        # The few that something is said of in a review; word for word what `db.queries.performance.spans_noted` asks.
        Index(
            "ix_assignments_noted",
            "ended_at",
            postgresql_where=text("excluded OR again OR objection IS NOT NULL"),
            sqlite_where=text("excluded OR again OR objection IS NOT NULL"),
        ),
        Index(
            "ix_assignments_objection",
            "objection",
            postgresql_where=text("objection IS NOT NULL"),
            sqlite_where=text("objection IS NOT NULL"),
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
    excluded: Mapped[bool] = mapped_column(server_default=false())
    objection: Mapped[Code | None]
    again: Mapped[bool] = mapped_column(server_default=false())
    paused_seconds: Mapped[int] = mapped_column(server_default="0")
    result: Mapped[Code | None]


class UnitDay(Base):
    """Projection: how often each measure (`casework.indicators.Measure`) of a unit's ended spans fell on a local day; `excluded`
    are those of spans that score nobody. Spans that have not ended are counted by whoever reads (`db.rollup`)."""

    __tablename__ = "unit_days"
    __table_args__ = ({"sqlite_with_rowid": False},)
    day: Mapped[date] = mapped_column(primary_key=True)
    unit_code: Mapped[Code] = mapped_column(primary_key=True)
    measure: Mapped[Code] = mapped_column(primary_key=True)
    excluded: Mapped[bool] = mapped_column(primary_key=True)
    good: Mapped[int]
    total: Mapped[int]


class Meeting(Base):
    """A weekly review held: which period was looked at, from when to when, and who opened it."""

    __tablename__ = "meetings"
    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[Code]
    began_at: Mapped[Instant]
    began_by: Mapped[Code]
    ended_at: Mapped[Instant | None]


class Decision(Base):
    """What a meeting charged a unit with (`casework.review.Decision`). `meeting`: its period's name; `matter` is scrubbed."""

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_meeting", "meeting"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    meeting: Mapped[Code]
    unit_code: Mapped[Code]
    matter: Mapped[Body]
    case_id: Mapped[int | None] = mapped_column(ROW_ID)
    due_at: Mapped[Instant]
    made_at: Mapped[Instant]
    made_by: Mapped[Code]
    state: Mapped[Code]
    settled_at: Mapped[Instant | None]
    settled_by: Mapped[Code | None]
    outcome: Mapped[Body]


class CourtFigure(Base):
    """A figure of the court, imported (`casework.review.CourtFigure`)."""

    __tablename__ = "court_figures"
    month: Mapped[Code] = mapped_column(primary_key=True)
    measure: Mapped[Code] = mapped_column(primary_key=True)
    code: Mapped[Code] = mapped_column(primary_key=True)
    numerator: Mapped[int]
    denominator: Mapped[int]
    definition: Mapped[Body]
    imported_at: Mapped[Instant]


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


class Account(Base):
    """Somebody who signs in (`casework.roles.Account`). Never deleted: the journal and the audit name it.

    `password_hash`: argon2id, with its own salt and cost; none for who signs in elsewhere (`subject`, of the identity provider).
    `failures` in a row since the last success; until `locked_until` no password is looked at.
    """

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Key]
    role: Mapped[Code]
    unit: Mapped[Code]
    password_hash: Mapped[Key | None]
    subject: Mapped[Key | None] = mapped_column(unique=True)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]
    disabled_at: Mapped[Instant | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[Instant | None]


class SignIn(Base):
    """A session: known by the hash of the token in its cookie, in force until it ends, expires or is idle too long."""

    __tablename__ = "sign_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(index=True)
    token_hash: Mapped[Key] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    address: Mapped[Code]
    agent: Mapped[Key]


class AuditRow(Base):
    """Who saw, looked for, revealed, took away or changed what. The database itself refuses to change or delete a row.

    `seal` chains each row to the one before it under a key of the audit's own: what the database's owner changes by force shows.
    `case_id` of what is about one case; `detail` holds no personal data.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_case_id", "case_id", "at"), Index("ix_audit_account_id", "account_id", "at"))
    id: Mapped[RowId] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    account_id: Mapped[int | None]
    login: Mapped[Code]
    kind: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(ROW_ID)
    detail: Mapped[Payload]
    seal: Mapped[KeyedHash]


class AuditKey(Base):
    """A key that seals the audit's rows from `first_id` on, itself sealed by the vault. Kept for as long as its rows are."""

    __tablename__ = "audit_keys"
    first_id: Mapped[RowId] = mapped_column(primary_key=True)
    sealed: Mapped[Sealed]


class AuditHead(Base):
    """Where the audit ends: its last row's id and seal, under a seal of their own. One row, so that a tail cut off shows."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    last_id: Mapped[int] = mapped_column(ROW_ID)
    last_seal: Mapped[KeyedHash]
    seal: Mapped[KeyedHash]


class Reveal(Base):
    """Somebody asks to see who is behind a case. A protected case needs a second person (`granted_by`) before it opens."""

    __tablename__ = "reveals"
    __table_args__ = (Index("ix_reveals_case_id", "case_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ROW_ID)
    account_id: Mapped[int]
    reason: Mapped[Body]
    asked_at: Mapped[Instant]
    needs_second: Mapped[bool]
    granted_by: Mapped[int | None]
    granted_at: Mapped[Instant | None]
    refused_at: Mapped[Instant | None]
    opened_at: Mapped[Instant | None]


class SavedView(Base):
    """A queue's filters and order that an account keeps under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    name: Mapped[Code]
    query: Mapped[Payload]
    created_at: Mapped[Instant]


class Sitting(Base):
    """Who has which case open now, at the desks of which process of the dashboard; old rows mean nothing (`db.looks`)."""

    __tablename__ = "sittings"
    process: Mapped[Code] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[Code] = mapped_column(primary_key=True)
    seen_at: Mapped[Instant]


class OutboxRow(Base):
    """What the source of a record is to be told of a decision made here, until it acknowledges it and some time after.

    `id` rises in commit order and is the sequence the source acknowledges. `payload` holds no personal data and no reason.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index(
            "ix_outbox_unacknowledged",
            "feed",
            "id",
            postgresql_where=text("acked_at IS NULL"),
            sqlite_where=text("acked_at IS NULL"),
        ),
    )
    id: Mapped[RowId] = mapped_column(primary_key=True)
    feed: Mapped[Code]
    event_id: Mapped[Code]
    source_id: Mapped[Key]
    payload: Mapped[Payload]
    created_at: Mapped[Instant]
    acked_at: Mapped[Instant | None]


class Match(Base):
    """Two reports that are one matter, may be, or are not; each two once, the lesser (feed, source_id) as `a`.

    For outside scripts to read: `state` is `db.matching.State`, `score` from 0 to 1, `evidence` {"facts": [[sign, number], …]} as
    `casework.likeness.Sign` tells it, nothing personal. `repeats`: the later one began a round of a closed matter (再诉).
    `rules`: the version it was found with. `later_until`: nobody is asked before.
    """

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("feed_a", "source_id_a", "feed_b", "source_id_b"),
        Index("ix_matches_report_a", "report_a"),
        Index("ix_matches_report_b", "report_b"),
        Index(
            "ix_matches_suggested",
            "score",
            "id",
            postgresql_where=text("state = 'suggested'"),
            sqlite_where=text("state = 'suggested'"),
        ),
        # What people have parted, found by either side: few, and asked for with every batch.
        Index(
            "ix_matches_apart_a",
            "report_a",
            postgresql_where=text("state IN ('refused', 'split')"),
            sqlite_where=text("state IN ('refused', 'split')"),
        ),
        Index(
            "ix_matches_apart_b",
            "report_b",
            postgresql_where=text("state IN ('refused', 'split')"),
            sqlite_where=text("state IN ('refused', 'split')"),
        ),
    )
    id: Mapped[RowId] = mapped_column(primary_key=True)
    feed_a: Mapped[Code]
    source_id_a: Mapped[Key]
    feed_b: Mapped[Code]
    source_id_b: Mapped[Key]
    report_a: Mapped[int] = mapped_column(ROW_ID)
    report_b: Mapped[int] = mapped_column(ROW_ID)
    score: Mapped[float]
    state: Mapped[Code]
    evidence: Mapped[Payload]
    rules: Mapped[Code]
    found_at: Mapped[Instant]
    repeats: Mapped[bool]
    decided_by: Mapped[Code | None]
    decided_at: Mapped[Instant | None]
    reason: Mapped[Body | None]
    later_until: Mapped[Instant | None]


class MatchKey(Base):
    """Under what a report is found (`casework.matching.keys`, as numbers). A text that changed leaves its old keys behind."""

    __tablename__ = "match_keys"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=False)
    report_id: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=False)


class MatchTraits(Base):
    """What a report is compared by beside its texts, its place and its phones, as it was when it was last looked at."""

    __tablename__ = "match_traits"
    report_id: Mapped[RowId] = mapped_column(primary_key=True)
    category: Mapped[Code]
    appeal: Mapped[Code]
    township: Mapped[Code | None]
    village: Mapped[Code | None]


class MatchPending(Base):
    """A report that is still to be compared: new, or with another text, place or phone (marked by triggers, `0007`)."""

    __tablename__ = "match_pending"
    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    report_id: Mapped[int] = mapped_column(ROW_ID)


class MatchPosition(Base):
    """How far the matching has followed the journal; one row."""

    __tablename__ = "match_position"
    id: Mapped[RowId] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ROW_ID)
