"""Find the few spans that something is said of, and the entries about objections, however long the history is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOTED = sa.text("excluded OR again OR objection IS NOT NULL")
ABOUT_ONE = sa.text("type IN ('objected', 'objection_settled')")


def upgrade() -> None:
    op.create_index("ix_assignments_noted", "assignments", ["ended_at"], postgresql_where=NOTED, sqlite_where=NOTED)
    op.create_index(
        "ix_journal_objections", "journal", ["occurred_at"], postgresql_where=ABOUT_ONE, sqlite_where=ABOUT_ONE
    )


def downgrade() -> None:
    op.drop_index("ix_journal_objections", "journal")
    op.drop_index("ix_assignments_noted", "assignments")
