"""Find a report's entries and the cases that went on in one without reading all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_journal_report", "journal", ["report"])
    op.create_index("ix_cases_merged_into", "cases", ["merged_into"], postgresql_where=MERGED, sqlite_where=MERGED)


def downgrade() -> None:
    op.drop_index("ix_cases_merged_into", "cases")
    op.drop_index("ix_journal_report", "journal")
