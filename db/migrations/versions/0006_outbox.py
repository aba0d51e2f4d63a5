"""Keep what the sources are to be told of decisions made here, until they acknowledge it."""

import sqlalchemy as sa
from alembic import op

from db.types import ROW_ID, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNACKNOWLEDGED = sa.text("acked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ROW_ID, autoincrement=False, nullable=False),
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=256), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("acked_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    op.create_index(
        "ix_outbox_unacknowledged",
        "outbox",
        ["feed", "id"],
        postgresql_where=UNACKNOWLEDGED,
        sqlite_where=UNACKNOWLEDGED,
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_unacknowledged", "outbox")
    op.drop_table("outbox")
