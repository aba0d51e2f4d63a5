"""Create the journal, its projections, the inbox and the vault."""

import sqlalchemy as sa
from alembic import op

from db.types import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignments",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(length=256), nullable=False),
        sa.Column("unit_code", sa.String(length=64), nullable=False),
        sa.Column("unit_name", sa.String(length=256), nullable=True),
        sa.Column("assigned_at", UTCDateTime(), nullable=False),
        sa.Column("sign_due_at", UTCDateTime(), nullable=False),
        sa.Column("signed_at", UTCDateTime(), nullable=True),
        sa.Column("contact_due_at", UTCDateTime(), nullable=False),
        sa.Column("contacted_at", UTCDateTime(), nullable=True),
        sa.Column("finish_due_at", UTCDateTime(), nullable=False),
        sa.Column("finish_rule", sa.String(length=256), nullable=False),
        sa.Column("original_due_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_assignments_finish_due_at", ["finish_due_at", "finished_at", "ended_at"], unique=False
        )
        batch_op.create_index("ix_assignments_finished_at", ["finished_at", "finish_due_at"], unique=False)
        batch_op.create_index("ix_assignments_unit_code", ["unit_code", "assigned_at"], unique=False)

    op.create_table(
        "case_counters",
        sa.Column("day", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_case_counters")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("report", sa.String(length=256), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("appeal", sa.String(length=64), nullable=False),
        sa.Column("urgency", sa.String(length=64), nullable=False),
        sa.Column("colour", sa.String(length=64), nullable=False),
        sa.Column("township", sa.String(length=64), nullable=True),
        sa.Column("village", sa.String(length=64), nullable=True),
        sa.Column("grid", sa.String(length=64), nullable=True),
        sa.Column("unit_code", sa.String(length=64), nullable=True),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("due_rule", sa.String(length=256), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("merged_into", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_closed_at", ["closed_at"], unique=False)
        batch_op.create_index(
            "ix_cases_open",
            ["feed", "reported_at", "id"],
            unique=False,
            postgresql_where=sa.text("NOT ended"),
            sqlite_where=sa.text("ended = 0"),
        )
        batch_op.create_index(
            "ix_cases_open_due",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("NOT ended"),
            sqlite_where=sa.text("ended = 0"),
        )
        batch_op.create_index("ix_cases_reported_at", ["reported_at"], unique=False)

    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dead_letters_open",
            ["feed"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
            sqlite_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "device_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("token_hash", sa.String(length=256), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_device_links_token_hash")),
    )
    op.create_table(
        "feed_cursors",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_cursors")),
    )
    op.create_table(
        "feed_messages",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=256), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "event_id", name=op.f("pk_feed_messages")),
    )
    op.create_table(
        "feed_status",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("last_event_at", UTCDateTime(), nullable=True),
        sa.Column("last_received_at", UTCDateTime(), nullable=True),
        sa.Column("events_per_minute", sa.Double(), nullable=False),
        sa.Column("lag_seconds", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_feed_status")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("report", sa.String(length=256), nullable=False),
        sa.Column("occurred_at", UTCDateTime(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_journal_case_id_version")),
    )
    op.create_table(
        "report_links",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=256), nullable=False),
        sa.Column("target", sa.String(length=256), nullable=False),
        sa.PrimaryKeyConstraint("feed", "source_id", "target", name=op.f("pk_report_links")),
    )
    with op.batch_alter_table("report_links", schema=None) as batch_op:
        batch_op.create_index("ix_report_links_feed_target", ["feed", "target"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=256), nullable=False),
        sa.Column("version_at", UTCDateTime(), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("source_category", sa.String(length=256), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("unknown_codes", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("feed", "source_id", name=op.f("uq_reports_feed_source_id")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_case_id", ["case_id"], unique=False)

    op.create_table(
        "vault_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_vault_keys")),
    )
    op.create_table(
        "vault_reports",
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("caller_hash", sa.LargeBinary(length=16), nullable=True),
        sa.Column("contact_hash", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_vault_reports")),
    )
    with op.batch_alter_table("vault_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vault_reports_caller_hash"), ["caller_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_vault_reports_contact_hash"), ["contact_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("vault_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vault_reports_contact_hash"))
        batch_op.drop_index(batch_op.f("ix_vault_reports_caller_hash"))

    op.drop_table("vault_reports")
    op.drop_table("vault_keys")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reports_case_id")

    op.drop_table("reports")
    with op.batch_alter_table("report_links", schema=None) as batch_op:
        batch_op.drop_index("ix_report_links_feed_target")

    op.drop_table("report_links")
    op.drop_table("journal")
    op.drop_table("feed_status")
    op.drop_table("feed_messages")
    op.drop_table("feed_cursors")
    op.drop_table("device_links")
    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_dead_letters_open", postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'")
        )

    op.drop_table("dead_letters")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_reported_at")
        batch_op.drop_index(
            "ix_cases_open_due", postgresql_where=sa.text("NOT ended"), sqlite_where=sa.text("ended = 0")
        )
        batch_op.drop_index("ix_cases_open", postgresql_where=sa.text("NOT ended"), sqlite_where=sa.text("ended = 0"))
        batch_op.drop_index("ix_cases_closed_at")

    op.drop_table("cases")
    op.drop_table("case_counters")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_assignments_unit_code")
        batch_op.drop_index("ix_assignments_finished_at")
        batch_op.drop_index("ix_assignments_finish_due_at")

    op.drop_table("assignments")
